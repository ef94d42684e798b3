/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Where our control groups are, read off /proc/self/mountinfo and /proc/self/cgroup, and what their
 * files say (cgroups(7)). Decides, and
 * looks at files; makes nothing.
 */

/* The directory of our own group of version 2. Returns false if there is none that can be seen. */
bool control_place_v2(const char *mountinfo, const char *cgroups, char path[PATH_MAX]);

/* The same of version 1, of the hierarchy that has that controller. */
bool control_place_v1(
	const char *mountinfo, const char *cgroups, const char *controller, char path[PATH_MAX]);

/* The group of version 2 below which one with that controller can be made: own, or the one above
   it. Looks at the files of these two. Returns false if there is none. */
bool control_parent_v2(const char *own, const char *controller, char parent[PATH_MAX]);

/* Why there is none: which directory or file is in the way. Each of the two places of ours may be
   NULL. */
#define CONTROL_WORDS (PATH_MAX + 128)
void control_why_not(
	const char *own_v2, const char *own_v1, const char *controller, char words[CONTROL_WORDS]);

/* Whether a list, with blanks or commas between its words, has that one. */
bool control_has_word(const char *list, const char *word);

/* The number behind a name that begins a line: of "oom 1\noom_kill 2\n". Returns 0 if there is
   none. */
uint64_t control_number(const char *text, const char *name);
