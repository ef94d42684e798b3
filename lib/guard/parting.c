/* SPDX-License-Identifier: MIT */
/* Letting go of a guard. */

#include "guard/client.h"
#include "process/orphans.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* How long a guard that has said its last word, or was killed, may take to go. */
#define LAST_MOMENT (100 * BROOD_MILLISECOND)

/* Whether it has ended, within a moment. */
static bool goes(struct brood__guard *guard)
{
	int64_t now = brood__clock_now();
	int64_t until = now + LAST_MOMENT;
	for (;;) {
		struct brood__exit ignored;
		if (brood__wait_exit(guard->pidfd, guard->pid, WNOHANG, &ignored) != 0)
			return true;
		if (now >= until)
			return false;
		struct pollfd end = { .fd = guard->pidfd, .events = POLLIN };
		brood__poll(&end, 1, now, until);
		now = brood__clock_now();
	}
}

static void kill_it(struct brood__guard *guard)
{
	int r = brood__pidfd_signal(guard->pidfd, SIGKILL);
	/* With -ESRCH somebody else has reaped it, and its number may be a stranger's. */
	if (r < 0 && r != -ESRCH)
		brood__kill(guard->pid, SIGKILL);
}

void brood__guard_reap(struct brood__guard *guard, bool may_finish)
{
	if (guard->pid == 0)
		return;
	bool has_finished = guard->last.flags & (BROOD__GUARD_EMPTY | BROOD__GUARD_FAILED);
	bool is_gone = has_finished && goes(guard);
	if (!is_gone && (has_finished || !may_finish)) {
		kill_it(guard);
		is_gone = goes(guard);
	}
	if (!is_gone) {
		struct brood__process process = {
			.pid = guard->pid,
			.pidfd = brood__fd_steal(&guard->pidfd),
		};
		brood__orphans_add(&process);
	}
	brood__fd_close(&guard->pidfd);
	guard->pid = 0;
}

void brood__guard_close(struct brood__guard *guard)
{
	brood__fd_close(&guard->pidfd);
	brood__fd_close(&guard->socket);
}
