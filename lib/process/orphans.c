/* SPDX-License-Identifier: MIT */
/* The list of children that nobody waits for any more. */

#include "process/orphans.h"

#include "sys/fd.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct orphan {
	struct orphan *next;
	pid_t owner; /* the process whose child it is: a fork of ours inherits the list */
	pid_t pid;
	int pidfd;
	struct brood__ending *ending;
};

/* No lock: one that another thread held during a fork would be held for ever in the new process. */
static _Atomic(struct orphan *) first;

static void put(struct orphan *orphan)
{
	orphan->next = atomic_load(&first);
	while (!atomic_compare_exchange_weak(&first, &orphan->next, orphan))
		;
}

void brood__orphans_add(struct brood__process *process)
{
	struct orphan *orphan = malloc(sizeof *orphan);
	if (!orphan) {
		brood__fd_close(&process->pidfd);
		return;
	}
	orphan->owner = getpid();
	orphan->pid = process->pid;
	orphan->pidfd = brood__fd_steal(&process->pidfd);
	orphan->ending = process->ending;
	process->ending = NULL;
	put(orphan);
}

static bool is_gone(const struct orphan *orphan, pid_t self)
{
	if (orphan->owner != self)
		return true;
	struct brood__exit ignored;
	struct brood__process process = {
		.pid = orphan->pid,
		.pidfd = orphan->pidfd,
		.ending = orphan->ending,
	};
	return brood__process_collect(&process, false, &ignored) != 0;
}

void brood__orphans_reap(void)
{
	if (!atomic_load_explicit(&first, memory_order_relaxed))
		return;
	pid_t self = getpid();
	struct orphan *next;
	for (struct orphan *orphan = atomic_exchange(&first, NULL); orphan; orphan = next) {
		next = orphan->next;
		if (!is_gone(orphan, self)) {
			put(orphan);
			continue;
		}
		brood__fd_close(&orphan->pidfd);
		brood__ending_unref(&orphan->ending);
		free(orphan);
	}
}
