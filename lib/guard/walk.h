/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * All descendants of a process, from /proc. Each is held by its directory there, which stands for
 * this one process for as long as it is open, and its parent is looked up again behind it: whoever
 * took over the number of a process that ended meanwhile is not taken for it.
 *
 * Raw system calls only: the guard uses it too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a guard is called in /proc. */
#define BROOD__GUARD_NAME "brood-guard"

struct brood__walk_item {
	int32_t pid;
	int32_t parent; /* at whom it was found */
};

struct brood__walk {
	pid_t root;
	int proc;           /* /proc while it lasts */
	int children_files; /* 0: not known yet; 1: the kernel has them; -1: not */
	bool reaps_alone;   /* the root is us, and nobody reaps its children during a walk */
	struct brood__walk_item *items;
	size_t n;
	size_t room; /* items for which there is memory */
	int missed;  /* why the root's own children could not be listed, or 0 */
};

struct brood__walk_process {
	pid_t pid;
	bool is_adopted; /* its parent was the root when the walk began */
	bool is_guard;   /* it is called one */
	char state;      /* as ps shows it: Z has ended, ... */
	int dir;         /* /proc/PID, good for pidfd_send_signal(2) too; -1: not to be seen */
};

/* Called for each descendant, parents before children. Returns whether to go on below it. */
typedef bool (*brood__walk_fn)(void *data, const struct brood__walk_process *process);

/*
 * Goes through what is there now. Who is born or moves meanwhile may be missed. Returns how many
 * were found, or -errno: there is no /proc, no memory, no descriptor.
 */
long brood__walk_tree(struct brood__walk *walk, pid_t root, brood__walk_fn fn, void *data);

/* How many processes of a group are there that have not ended, or -errno. */
long brood__walk_group(struct brood__walk *walk, pid_t group);

/* Sends a signal to a process that was found. Returns 0 or -errno. */
long brood__walk_signal(const struct brood__walk_process *process, int signal);

/* Pages that it has in memory now, or 0. */
uint64_t brood__walk_memory(const struct brood__walk_process *process);

/* Gives the memory back. */
void brood__walk_done(struct brood__walk *walk);
