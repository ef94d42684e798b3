/* SPDX-License-Identifier: MIT */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

/*
 * What all programs of the bench that are measured have in common. bench/run writes a number n to
 * such a program's standard input; it does its work n times and answers with one line, the
 * nanoseconds that took and a check. So the start of the program itself never counts, and the
 * subjects of a row can take turns.
 *
 * Options of them all, before their own arguments:
 *	--heap MIB    hold so much touched heap
 *	--fds N       hold so many more open descriptors, close-on-exec
 */

#include <stdint.h>

/** Does the work once. Returns what is added up to the check; every subject of a row must agree. */
typedef int64_t (*bench_work)(char **args);

/** Serves bench/run until it closes the pipe. Returns what main() is to return. */
int bench_serve(int argc, char **argv, bench_work work);

/** Nanoseconds of the clock that all times of the bench are taken from. */
int64_t bench_now(void);

/** Says what went wrong, with errno if that is not 0, and ends the program. */
_Noreturn void bench_die(const char *what);

#endif
