/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The live table of brood pipe --stats: who waits for whom. Everything is looked up in /proc four
 * times a second; nothing is put between two stages for it.
 *
 *	stats = pipe_stats_new(views, n, STDERR_FILENO, PIPE_STATS_AUTO);
 *	every PIPE_STATS_PERIOD: pipe_stats_tick(stats);
 *	pipe_stats_end(stats);
 */

#define PIPE_STATS_PERIOD (250 * 1000000LL) /* nanoseconds between two looks */

/*
 * One stage as the loop of brood pipe knows it. The array is the caller's, stays where it is until
 * pipe_stats_end(), and is changed by the caller between two ticks only: a stage gets its pid when
 * it starts (another one when it is tried again) and has_ended when it was reaped, which is before
 * the number can belong to somebody else; pid is kept then. Relays are in the array too: they carry
 * the bytes of a link, but have no line of their own.
 */
struct pipe_stage_view {
	const char *number; /* as the status table has it: "1", "2"; of a branch "1a.1", "1b.1" */
	const char *name;   /* name=, or the command line; may hold anything, any length */
	pid_t pid;          /* 0: has not started */
	bool is_relay;
	bool has_ended;
	bool is_good;     /* with has_ended: ended well, or is excused */
	int exit_code;    /* with has_ended: 0..255; -1: it did not exit by itself */
	int signal;       /* with has_ended: the signal that killed it, else 0 */
	ptrdiff_t source; /* index of the view whose output it reads; -1: our own input, a file */
	bool is_last;     /* its output goes to no stage and no relay */
};

enum pipe_stats_kind {
	PIPE_STATS_AUTO, /* a table that redraws itself on a terminal, else one at the end only */
	PIPE_STATS_FINAL /* one table at the end */
};

struct pipe_stats;
struct stats_counts;

/* views is borrowed until pipe_stats_end(). Never NULL: memory that is not there ends us. */
struct pipe_stats *pipe_stats_new(
	const struct pipe_stage_view *views, size_t n, int fd_stderr, enum pipe_stats_kind kind);

/* Looks once, and draws. Never blocks for longer than a terminal does; a failure of fd_stderr
   silences it. */
void pipe_stats_tick(struct pipe_stats *stats);

/* What a thread of ours has read and written that has ended, see stats_sample_thread(): it is no
   stage's. NULL is fine. */
void pipe_stats_disown(struct pipe_stats *stats, const struct stats_counts *counts);

/* Removes the live table until the next tick: we are about to be stopped, and the terminal is
   another one's then. NULL is fine. */
void pipe_stats_hide(struct pipe_stats *stats);

/* Removes the live table and leaves the last one, with totals, behind. Frees it; NULL is fine. */
void pipe_stats_end(struct pipe_stats *stats);
