/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <termios.h>

/*
 * The controlling terminal, if we are in its foreground.
 */

struct terminal {
	bool is_ours;
	struct termios modes; /* as they were when we looked */
};

void terminal_look(struct terminal *terminal);

/* Sets the modes as they were, if we are still in the foreground: what was killed could not. */
void terminal_restore(const struct terminal *terminal);
