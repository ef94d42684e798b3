/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>
#include <stdbool.h>

/*
 * The command line of timeout(1), as POSIX 2024 and GNU have it.
 */

struct timeout_config {
	brood_duration limit;      /* 0: none */
	brood_duration kill_after; /* BROOD_FOREVER: never */
	int signal;                /* 0: none is sent */
	bool foreground;
	bool preserve_status;
	bool verbose;
	bool help;
	bool version;
	char **argv; /* the command */
};

/* Reads it. Returns 0, or -1 after having said what is wrong. */
int timeout_config_read(struct timeout_config *config, int argc, char **argv);

/* A number as strtod(3) reads it, maybe with s, m, h or d behind it. More than fits is
   BROOD_FOREVER, and what is not nothing does not become nothing. Returns 0 or -EINVAL. */
int timeout_parse_duration(const char *text, brood_duration *ret_duration);

/* A name, with or without SIG, or a number, also that of an exit status. Returns -EINVAL if it is
   none. */
int timeout_parse_signal(const char *text);
