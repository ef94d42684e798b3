/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
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
