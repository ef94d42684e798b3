/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Output that goes to several places at once: the branches of a tee.
 */

#include "pump/capture.h"
#include "pump/lines.h"

struct brood__outlet {
	uint32_t kind;
	int fd;       /* INHERIT, FD, FILE: where it is written to */
	bool is_open; /* it has not failed and wants more */
	bool strict;  /* going over the capture's limit is an error */
	union {       /* by kind */
		struct brood__capture capture;
		struct brood__lines lines;
		struct {
			brood_sink_fn sink;
			void *sink_data;
		};
	};
};

/* Sets up n branches for the child's descriptor fd, and opens their files. Returns 0 or -errno,
 * and then *ret_path (if it is not NULL) is the file that could not be opened, or NULL. */
int brood__tee_open(const struct brood_io *ios, size_t n, int fd,
	struct brood__outlet **ret_outlets, const char **ret_path);

/* Hands bytes to each. Returns 0 or the first failure. */
int brood__tee_write(struct brood__outlet *outlets, size_t n, const char *bytes, size_t length);

/* Whether any of them wants more. */
bool brood__tee_is_open(const struct brood__outlet *outlets, size_t n);

/* Nothing more comes: hands on what was held back. Returns 0 or the first failure. */
int brood__tee_finish(struct brood__outlet *outlets, size_t n);

/* Closes the files; captures stay. */
void brood__tee_close(struct brood__outlet *outlets, size_t n);

/* The branch that captures, else the first one into memory of the caller, or NULL. */
struct brood__outlet *brood__tee_capture(struct brood__outlet *outlets, size_t n);

/* Frees all, outlets too. */
void brood__tee_done(struct brood__outlet *outlets, size_t n);
