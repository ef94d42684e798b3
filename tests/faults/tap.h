/* SPDX-License-Identifier: MIT */
#ifndef TAP_H
#define TAP_H

/*
 * The few lines of TAP that the programs of this folder print. They have threads, or stop
 * themselves, which cmocka does not like. A case may come from one thread at a time only.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_cases;
static int tap_bad;

__attribute__((format(printf, 2, 0))) static inline void tap_line(
	const char *verdict, const char *format, va_list list)
{
	printf("%s %d - ", verdict, ++tap_cases);
	vprintf(format, list);
	printf("\n");
	fflush(stdout);
}

/** Reports one case; the format makes its title. */
__attribute__((format(printf, 2, 3))) static inline bool tap_ok(bool ok, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	tap_line(ok ? "ok" : "not ok", format, list);
	va_end(list);
	tap_bad += !ok;
	return ok;
}

/** Reports a case that cannot be tried here. */
static inline void tap_skip(const char *title, const char *reason)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_cases, title, reason);
	fflush(stdout);
}

/** Prints a line that only explains. */
__attribute__((format(printf, 1, 2))) static inline void tap_note(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	printf("# ");
	vprintf(format, list);
	printf("\n");
	va_end(list);
	fflush(stdout);
}

/** Prints the plan; the value for main to return. */
static inline int tap_end(void)
{
	printf("1..%d\n", tap_cases);
	return tap_bad ? 1 : 0;
}

#endif
