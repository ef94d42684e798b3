/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * When and where a process runs, as people write it. Decides only. Each parser returns 0, or
 * -EINVAL and writes nothing.
 */

/* "idle", "best-effort:7", "be:0", "realtime:4", "rt:0", "none", "2:3", as for ionice(1); as
   ioprio_set(2) has it. */
#define SCHEDULING_IO_FORMS "idle, best-effort:0 to 7, realtime:0 to 7, none"
int scheduling_parse_io(const char *text, int32_t *ret_priority);

/* "other", "batch", "idle", "fifo:1", "rr:99", as for chrt(1). */
#define SCHEDULING_POLICY_FORMS "other, batch, idle, fifo:1 to 99, rr:1 to 99"
int scheduling_parse_policy(const char *text, int32_t *ret_policy, int32_t *ret_priority);

/* More than any kernel is built for. */
#define SCHEDULING_MOST_CPUS 8192
#define SCHEDULING_CPU_WORDS (SCHEDULING_MOST_CPUS / (8 * sizeof(unsigned long)))

/* "0-3,5", "0-14:2" (every second one), as for taskset(1). Sets *ret_size to the bytes that count,
   whole words. */
#define SCHEDULING_CPU_FORMS "0-3,5, 0-14:2"
int scheduling_parse_cpus(
	const char *text, unsigned long mask[SCHEDULING_CPU_WORDS], size_t *ret_size);

/* -1000 to 1000. */
int scheduling_parse_oom(const char *text, int32_t *ret_adjustment);
