/* SPDX-License-Identifier: MIT */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

/*
 * Programs that have many children alive at once. Each child reads from one pipe, the gate, and
 * ends when that is closed: so all of them are alive when the last one has been started, and all
 * end in the same moment, whoever started them.
 *
 * Such a program is a subject as in subject.h, but answers with seven numbers: nanoseconds in all,
 * children, nanoseconds of the starting alone, and what was held while all were alive: KiB of
 * memory, descriptors and threads more than before, and KiB of that which came from malloc (-1: not
 * asked for). The looking is not part of the times.
 */

#include <stddef.h>

/** Starts n children with the gate as their standard input. */
typedef void (*bench_crowd_start)(size_t n, char **args, int gate);
/** Waits for all of them, and ends the bench if one of them failed. */
typedef void (*bench_crowd_wait)(size_t n);

/** Serves bench/run: `PROGRAM N CHILD [ARGUMENT...]`. Returns what main() is to return. */
int bench_serve_crowd(int argc, char **argv, bench_crowd_start start, bench_crowd_wait wait);

#endif
