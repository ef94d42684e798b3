/* SPDX-License-Identifier: MIT */
/* What a failed plan takes back. */

#include "self/before.h"

#include "self/proc.h"
#include "sys/fd.h"
#include "sys/pidfd.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define IO_PRIORITY_OF_PROCESS 1
#define IO_PRIORITY_CLASS      13 /* the bits above are that */

/* Numbers of the libc's own threads, which it needs for as long as there is more than one. */
#define FIRST_OF_LIBC 32
#define LAST_OF_LIBC  33

/* What can be taken back, as bits of brood__report.changed. */
#define STEP(name) (1U << BROOD_STEP_##name)
#define RESTORABLE                                                                               \
	(1U | STEP(SIGNALS) | STEP(DESCRIPTORS) | STEP(LIMITS) | STEP(SCHEDULER) | STEP(CHDIR) | \
		STEP(SESSION))

static uint64_t bit_of(int number)
{
	return UINT64_C(1) << (number - 1);
}

static bool is_ignored_by_default(int number)
{
	return number == SIGCHLD || number == SIGURG || number == SIGWINCH || number == SIGCONT;
}

/*
 * What is caught and not blocked does from now on what it would do to the program: a handler would
 * swallow a signal that the program must see. Those that do nothing by default may be handled.
 */
static bool must_be_default(const struct brood__plan *plan, int number, unsigned long handler)
{
	return handler > 1 && !(plan->mask & bit_of(number)) && !is_ignored_by_default(number) &&
	       (number < FIRST_OF_LIBC || number > LAST_OF_LIBC);
}

/* Without /proc they count for the whole process. */
static uint64_t pending_of_thread(void)
{
	char *text = NULL;
	if (brood__proc_read("/proc/thread-self/status", &text) < 0)
		return 0;
	uint64_t bits = brood__proc_field(text, "SigPnd:", 16);
	free(text);
	return bits == UINT64_MAX ? 0 : bits;
}

static void look_at_signals(struct brood__before *before, struct brood__plan *plan)
{
	RAW2(SYS_rt_sigpending, &before->pending, sizeof before->pending);
	before->pending_of_thread = before->pending ? pending_of_thread() : 0;
	for (int n = 1; n <= BROOD__N_SIGNALS; n++) {
		struct brood__sigaction *old = &before->actions[n - 1];
		if (n == SIGKILL || n == SIGSTOP)
			continue;
		if (RAW4(SYS_rt_sigaction, n, 0, old, sizeof old->mask) < 0) {
			before->is_lossy |= ((plan->ignore | plan->reset) & bit_of(n)) != 0;
			continue;
		}
		if (!(plan->ignore & bit_of(n)) && must_be_default(plan, n, old->handler))
			plan->reset |= bit_of(n);
		if ((plan->ignore | plan->reset) & bit_of(n))
			before->changed_actions |= bit_of(n);
	}
}

static void look_at_limits(struct brood__before *before, const struct brood__plan *plan)
{
	for (size_t i = 0; i < plan->n_limits; i++) {
		int resource = plan->limits[i].resource;
		struct brood__rlimit64 now = { 0, 0 };
		bool is_known = RAW4(SYS_prlimit64, 0, resource, 0, &now) == 0;
		before->limits[resource] = (struct brood_rlimit){ is_known ? resource : -1, 0,
			now.soft, now.hard };
	}
	if (plan->has_nice)
		before->nice = (int)RAW2(SYS_getpriority, PRIO_PROCESS, 0);
}

static void look_at_attributes(
	struct brood__before *before, const struct brood__attribute_plan *attributes)
{
	if (attributes->flags & BROOD__DO_SCHEDULER) {
		before->scheduler = (int)RAW1(SYS_sched_getscheduler, 0);
		RAW2(SYS_sched_getparam, 0, &before->scheduler_priority);
	}
	if (attributes->flags & BROOD__DO_AFFINITY)
		before->affinity_size = RAW3(
			SYS_sched_getaffinity, 0, sizeof before->affinity, before->affinity);
	if (attributes->flags & BROOD__DO_IO_PRIORITY)
		before->io_priority = (int)RAW2(SYS_ioprio_get, IO_PRIORITY_OF_PROCESS, 0);
	if (attributes->death_signal)
		before->is_lossy |= RAW5(SYS_prctl, PR_GET_PDEATHSIG, &before->death_signal, 0, 0,
					    0) < 0;
	if (attributes->flags & BROOD__DO_CAPABILITIES || attributes->ambient)
		before->keeps_capabilities = (int)RAW5(SYS_prctl, PR_GET_KEEPCAPS, 0, 0, 0, 0);
	if (attributes->flags & BROOD__DO_OOM_SCORE) {
		before->oom_score = brood__fd_open("/proc/self/oom_score_adj", O_RDWR, 0);
		if (before->oom_score >= 0)
			brood__fd_read(
				before->oom_score, before->oom_text, sizeof before->oom_text - 1);
	}
}

void brood__before_look(
	struct brood__before *before, struct brood__plan *plan, const struct brood__own_fds *own)
{
	memset(before, 0, sizeof *before);
	before->oom_score = -1;
	look_at_signals(before, plan);
	look_at_limits(before, plan);
	if (plan->has_umask) /* there is no other way to ask that needs no /proc */
		before->umask = (uint32_t)RAW1(SYS_umask, plan->umask);
	/* A chroot goes to its own root. */
	bool leaves = plan->dir || (plan->attributes && plan->attributes->root);
	before->dir = leaves ? brood__own_fds_aside(
				       own, brood__fd_open(".", O_PATH | O_DIRECTORY, 0))
			     : -1;
	if (plan->attributes)
		look_at_attributes(before, plan->attributes);
	if (before->oom_score >= 0)
		before->oom_score = brood__own_fds_aside(own, before->oom_score);
}

/* A signal that was pending when it became ignored is gone. */
static bool is_lost(const struct brood__before *before, const struct brood__plan *plan, int number)
{
	bool was_dropped = plan->ignore & bit_of(number) ||
			   (plan->reset & bit_of(number) && is_ignored_by_default(number));
	return was_dropped && before->pending & bit_of(number);
}

static void bring_back(const struct brood__before *before, int number)
{
	if (before->pending_of_thread & bit_of(number))
		RAW3(SYS_tgkill, getpid(), RAW0(SYS_gettid), number);
	else
		brood__kill(getpid(), number);
}

static bool restore_dispositions(const struct brood__before *before, const struct brood__plan *plan)
{
	bool is_restored = true;
	for (int n = 1; n <= BROOD__N_SIGNALS; n++) {
		const struct brood__sigaction *old = &before->actions[n - 1];
		if (!(before->changed_actions & bit_of(n)))
			continue;
		is_restored &= RAW4(SYS_rt_sigaction, n, old, 0, sizeof old->mask) == 0;
		if (is_lost(before, plan, n))
			bring_back(before, n);
	}
	return is_restored;
}

/* As far as it goes: without privilege a hard limit does not rise again. */
static bool restore_limit(const struct brood_rlimit *old)
{
	if (old->resource < 0) /* not known */
		return false;
	struct brood__rlimit64 now = { old->soft, old->hard };
	if (RAW4(SYS_prlimit64, 0, old->resource, &now, 0) == 0)
		return true;
	if (RAW4(SYS_prlimit64, 0, old->resource, 0, &now) < 0)
		return false;
	if (now.soft == old->soft && now.hard == old->hard)
		return true;
	now.soft = old->soft < now.hard ? old->soft : now.hard;
	RAW4(SYS_prlimit64, 0, old->resource, &now, 0);
	return false;
}

static bool restore_limits(const struct brood__before *before, const struct brood__plan *plan)
{
	bool is_restored = true;
	for (size_t i = 0; i < plan->n_limits; i++)
		is_restored &= restore_limit(&before->limits[plan->limits[i].resource]);
	/* The kernel tells 20 - nice, from 1 to 40. */
	if (plan->has_nice && RAW2(SYS_getpriority, PRIO_PROCESS, 0) != before->nice)
		is_restored &= before->nice > 0 &&
			       RAW3(SYS_setpriority, PRIO_PROCESS, 0, 20 - before->nice) == 0;
	return is_restored;
}

static bool restore_scheduling(
	const struct brood__before *before, const struct brood__attribute_plan *attributes)
{
	bool is_restored = true;
	if (attributes->flags & BROOD__DO_SCHEDULER)
		is_restored &= RAW3(SYS_sched_setscheduler, 0, before->scheduler,
				       &before->scheduler_priority) == 0;
	if (attributes->flags & BROOD__DO_AFFINITY)
		is_restored &= before->affinity_size > 0 &&
			       RAW3(SYS_sched_setaffinity, 0, before->affinity_size,
				       before->affinity) == 0;
	/* Who has none is told one of no class by old kernels, which take it only without. */
	int io_priority = before->io_priority >> IO_PRIORITY_CLASS ? before->io_priority : 0;
	if (attributes->flags & BROOD__DO_IO_PRIORITY)
		is_restored &= RAW3(SYS_ioprio_set, IO_PRIORITY_OF_PROCESS, 0, io_priority) == 0;
	return is_restored;
}

static bool restore_attributes(
	struct brood__before *before, const struct brood__attribute_plan *attributes)
{
	bool is_restored = restore_scheduling(before, attributes);
	if (attributes->flags & BROOD__DO_CAPABILITIES || attributes->ambient)
		is_restored &= RAW5(SYS_prctl, PR_SET_KEEPCAPS, before->keeps_capabilities, 0, 0,
				       0) == 0;
	if (attributes->death_signal)
		is_restored &= RAW5(SYS_prctl, PR_SET_PDEATHSIG, before->death_signal, 0, 0, 0) ==
			       0;
	if (before->oom_score >= 0) {
		size_t length = strlen(before->oom_text);
		long n = RAW4(SYS_pwrite64, before->oom_score, before->oom_text, length, 0);
		is_restored &= n == (long)length;
	} else if (before->oom_score != -1) {
		is_restored = false;
	}
	brood__fd_close(&before->oom_score);
	return is_restored;
}

/* One that we may not open is no loss if no step has left it. */
static bool restore_dir(struct brood__before *before, const struct brood__plan *plan)
{
	bool was_left = plan->report->changed & (STEP(CHDIR) | STEP(CHROOT));
	if (before->dir == -1)
		return true;
	bool is_restored = !was_left || (before->dir >= 0 && RAW1(SYS_fchdir, before->dir) == 0);
	brood__fd_close(&before->dir);
	return is_restored;
}

bool brood__before_restore(struct brood__before *before, const struct brood__plan *plan)
{
	bool is_restored = !before->is_lossy && !(plan->report->changed & ~RESTORABLE);
	is_restored &= restore_dispositions(before, plan);
	is_restored &= restore_limits(before, plan);
	is_restored &= restore_dir(before, plan);
	if (plan->has_umask)
		RAW1(SYS_umask, before->umask);
	if (plan->attributes)
		is_restored &= restore_attributes(before, plan->attributes);
	return is_restored;
}
