/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/*
 * The controlling terminal.
 */

struct terminal {
	bool exists;
	bool is_ours;         /* we were in its foreground when we looked */
	struct termios modes; /* as they were when we looked */
};

void terminal_look(struct terminal *terminal);

/* Sets the modes as they were, if we are still in the foreground: what was killed could not. */
void terminal_restore(const struct terminal *terminal);

/* Whether that process group is the one in the foreground. */
bool terminal_is_with(pid_t group);

/* Puts that group into the foreground, if we are there; returns whether it is there now.
   Async-signal-safe. */
bool terminal_give(pid_t group);
