/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * One look at one stage, from /proc: all its processes together, and the pipe that it reads.
 *
 * Nothing of a pipeline may change because somebody looks. To open /proc/PID/fd/0 would: the new
 * end could come when the last reader has gone, and a writer that has had its SIGPIPE would find a
 * reader again. So the descriptor is copied out of the process (pidfd_getfd(2)), which cannot bring
 * an end back to life, asked, and closed at once. All that can come of it is what comes of a reader
 * that closes some microseconds later. Where the kernel does not let us, the queue is not known.
 */

/* What keeps a process. Of several threads and processes the largest counts. */
enum stats_wait {
	STATS_UNKNOWN,
	STATS_CHILDREN, /* processes of its own */
	STATS_STOPPED,
	STATS_SLEEPS, /* time, a lock: nothing that can be told */
	STATS_POLLS,  /* one of several descriptors, or it cannot be told */
	STATS_NETWORK,
	STATS_READS, /* what comes through a pipe or from a terminal */
	STATS_WRITES,
	STATS_DISK,
	STATS_RUNS,
	STATS_N_WAITS
};

/* What processes have used: nanoseconds, else bytes. */
enum stats_count {
	STATS_COUNT_CPU,
	STATS_COUNT_READ, /* by read(2) and its like, from wherever; not by splice(2) */
	STATS_COUNT_WRITTEN,
	STATS_COUNT_DISK_READ,
	STATS_COUNT_DISK_WRITTEN,
	STATS_N_COUNTS
};

struct stats_counts {
	int64_t of[STATS_N_COUNTS];
};

struct stats_sample {
	bool is_known;    /* else nothing could be read, and the rest is zero */
	bool has_volumes; /* else only the processor is counted */
	uint64_t started; /* says, together with the pid, which process it was */
	pid_t guard;      /* the parent of it and of all its orphans; 0: none */
	uint64_t guard_started;
	enum stats_wait wait;
	struct stats_counts counts; /* those of its processes that have ended included */
	struct stats_counts guards; /* of the guard itself */
};

/* What waits in a pipe. */
struct stats_queue {
	int64_t bytes;    /* -1: not known */
	int64_t capacity; /* -1: not known */
};

/* Whether /proc is there and speaks of our processes. */
bool stats_can_sample(void);

/* The stage whose own process is pid. With a guard above it all that the guard looks after. */
void stats_sample_stage(pid_t pid, struct stats_sample *ret_sample);

enum stats_end {
	STATS_END_KNOWN, /* the guard knew the totals */
	STATS_END_LATER, /* the guard is there but does not tell */
	STATS_END_REAPED /* stats_sample_children() counts them now */
};

/* The same when the stage's own process has ended: the last sample says who its guard was, which
   knows the totals until it has been reaped itself. *ret_sample is set if they are known. */
enum stats_end stats_sample_end(const struct stats_sample *before, struct stats_sample *ret_sample);

/* What all children have used that we have reaped, and threads of ours that have ended. Returns
   false if that cannot be known. */
bool stats_sample_children(struct stats_counts *ret_counts);

/* What the calling thread has read and written itself; nothing where that cannot be known. */
void stats_sample_thread(struct stats_counts *ret_counts);

/* The pipe that reader has as its standard input or, if it has none, writer as its output; a pid
   may be 0. */
void stats_sample_queue(pid_t reader, pid_t writer, struct stats_queue *ret_queue);

/* state is the letter of proc_pid_stat(5), place the name in /proc/PID/wchan. Pure. */
enum stats_wait stats_wait_of(char state, const char *place);
