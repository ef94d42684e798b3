/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/attributes.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The control groups of --mem and --tasks: one of our own for the command, or two where the
 * controllers have trees of their own (version 1). They are there until the last attempt has ended.
 */

struct control_wanted {
	uint64_t memory;         /* bytes; 0: as much as there is */
	const char *memory_text; /* as it was given */
	uint64_t tasks;          /* 0: as many as there may be */
};

struct control_group {
	char path[PATH_MAX];
	int fd; /* -1: none */
	bool is_v2;
	bool has_memory, has_tasks;
	uint64_t kills; /* for want of memory, when the attempt began */
	uint64_t tasks;
};

struct control {
	struct control_group groups[2];
	size_t n;
};

/* Makes the groups. Returns 0, or -1 after having said what is wrong. */
int control_open(struct control *control, const struct control_wanted *wanted);

/* Has the command be born into the first one. */
void control_connect(
	const struct control *control, struct attributes_made *made, struct brood_cmd *cmd);

/* An attempt begins: around its start we are in the second group ourselves, since a child can be
   put into one only, and inherits the others. n_guards: how many processes there are between us and
   the command. Returns 0, or -1 after having said what is wrong. */
int control_begin(struct control *control, unsigned int n_guards);

/* It has started, or could not be; pid is the command's, or 0. */
void control_started(const struct control *control, pid_t pid);

/* Whether since then the kernel has killed something of the command since it had too much memory.
 */
bool control_ran_out(const struct control *control);

/* Removes the groups, unless somebody is still in them. */
void control_close(struct control *control);
