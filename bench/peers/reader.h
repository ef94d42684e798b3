/* SPDX-License-Identifier: MIT */
#ifndef BENCH_READER_H
#define BENCH_READER_H

#include <sys/types.h>

/** Starts a program with a 1 MiB pipe as its standard output. Returns the end to read from. */
int bench_start_reading(char **args, pid_t *ret_pid);

/** The same with a 1 MiB pipe as its standard input too; sets *ret_in to the end to write to, which
 * does not block. */
int bench_start_copying(char **args, pid_t *ret_pid, int *ret_in);

/** Waits for it and ends the bench if it failed. */
void bench_finish(pid_t pid);

#endif
