/* SPDX-License-Identifier: MIT */
/* The list of children that nobody waits for any more. */

#include "process/orphans.h"

#include "sys/fd.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct orphan {
	struct orphan *next;
	pid_t owner; /* the process whose child it is: a fork of ours inherits the list */
	pid_t pid;
	int pidfd;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct orphan *first;
static atomic_bool is_empty = true;

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
	pthread_mutex_lock(&lock);
	orphan->next = first;
	first = orphan;
	atomic_store(&is_empty, false);
	pthread_mutex_unlock(&lock);
}

static bool is_gone(const struct orphan *orphan, pid_t self)
{
	struct brood__exit ignored;
	return orphan->owner != self ||
	       brood__wait_exit(orphan->pidfd, orphan->pid, WNOHANG, &ignored) != 0;
}

void brood__orphans_reap(void)
{
	if (atomic_load_explicit(&is_empty, memory_order_relaxed) || pthread_mutex_trylock(&lock))
		return;
	pid_t self = getpid();
	for (struct orphan **at = &first; *at;) {
		struct orphan *orphan = *at;
		if (!is_gone(orphan, self)) {
			at = &orphan->next;
			continue;
		}
		*at = orphan->next;
		brood__fd_close(&orphan->pidfd);
		free(orphan);
	}
	atomic_store(&is_empty, first == NULL);
	pthread_mutex_unlock(&lock);
}
