/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The program's own words on standard error: one line each, beginning with "brood: ", and safe for
 * a terminal whatever was put into them.
 */

enum message_color { MESSAGE_COLOR_AUTO, MESSAGE_COLOR_ALWAYS, MESSAGE_COLOR_NEVER };

/* What they begin with instead of "brood". The name is borrowed. */
void message_set_name(const char *name);

/* Decides whether "brood:" is coloured; AUTO asks the terminal and the environment. */
void message_set_color(enum message_color color);

/* Whether what goes to standard error is coloured. */
bool message_is_coloured(void);

void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text of an errno. */
const char *message_errno(int number);

/* What a signal is called in words; NULL if it has none. */
const char *message_signal(int number);

/* Writes all of it; returns 0 or -errno. */
int write_all(int fd, const char *bytes, size_t length);
