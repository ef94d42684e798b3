/* SPDX-License-Identifier: MIT */
/* What the guard does to the processes it looks after. */

#include "guard/program.h"
#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* From this round of killing on, all are stopped before: somebody is faster than we are. */
#define STOP_FIRST_ROUND 3

/* How often the tree is gone through for those born meanwhile, before they are killed anyway. */
#define STOP_PASSES 8

struct pass {
	struct guard *g;
	int signal;
	long result;   /* what the job's own process had to say */
	uint32_t news; /* those that were not stopped yet */
	uint64_t pages;
	uint32_t alive;
};

static bool is_counted(const struct guard *g, int32_t pid)
{
	for (uint32_t i = 0; i < g->n_counted; i++) {
		if (g->counted[i] == pid)
			return true;
	}
	return false;
}

/* Those that outlived their parents or the job are counted, each once. */
static void count(struct guard *g, const struct brood__walk_process *process)
{
	if (process->pid == g->report.pid || process->state == 'Z' ||
		(!process->is_adopted && !g->brain.ended) || is_counted(g, process->pid))
		return;
	g->report.killed++;
	if (g->n_counted < GUARD_MOST_COUNTED)
		g->counted[g->n_counted++] = process->pid;
}

static bool send_one(void *data, const struct brood__walk_process *process)
{
	struct pass *pass = data;
	count(pass->g, process);
	long r = brood__walk_signal(process, pass->signal);
	if (r == 0 && brood__stop_needs_cont(pass->signal))
		brood__walk_signal(process, SIGCONT);
	if (process->pid == pass->g->report.pid)
		pass->result = r;
	/* Another guard's front has got the signal too, and stops its tree as it was told to. */
	return pass->signal == SIGKILL || !process->is_guard;
}

static bool stop_one(void *data, const struct brood__walk_process *process)
{
	struct pass *pass = data;
	if (process->state != 'T' && process->state != 'Z' &&
		brood__walk_signal(process, SIGSTOP) == 0)
		pass->news++;
	return true;
}

/* Whether the number of the job's own process is still its own: we have not reaped it. */
static bool has_job(const struct guard *g)
{
	return !g->brain.ended || g->keeps_job;
}

static bool leads_group(const struct guard *g)
{
	return g->plan->flags & (BROOD__GUARD_NEW_GROUP | BROOD__GUARD_NEW_SESSION);
}

void guard_signal_job(struct guard *g, int signal)
{
	if (!has_job(g))
		return;
	long r = leads_group(g) ? RAW2(SYS_kill, -g->report.pid, signal) : -ESRCH;
	if (r == -ESRCH)
		r = RAW2(SYS_kill, g->report.pid, signal);
	if (r == -EPERM && !g->brain.ended)
		guard_say(g, BROOD__GUARD_REFUSED);
}

/* Without /proc: the job's own process and its group are known, and in a namespace of our own
 * everybody is. */
static long signal_without_proc(struct guard *g, int signal)
{
	if (g->is_init)
		return RAW2(SYS_kill, -1, signal);
	if (!has_job(g))
		return -ESRCH;
	if (leads_group(g))
		RAW2(SYS_kill, -g->report.pid, signal);
	return RAW2(SYS_kill, g->report.pid, signal);
}

static void send_all(struct guard *g, int signal)
{
	struct pass pass = { .g = g, .signal = signal };
	long found = g->is_init
			     ? -ENOENT
			     : brood__walk_tree(&g->walk, (pid_t)RAW0(SYS_getpid), send_one, &pass);
	if (found < 0) {
		pass.result = signal_without_proc(g, signal);
		if (pass.result == 0 && brood__stop_needs_cont(signal))
			signal_without_proc(g, SIGCONT);
	}
	if (pass.result == -EPERM && !g->brain.ended)
		guard_say(g, BROOD__GUARD_REFUSED);
}

void guard_signal_tree(struct guard *g, int signal)
{
	send_all(g, signal);
}

static void write_word(int dir, const char *file, const char *word, size_t length)
{
	long fd = dir < 0 ? -1 : RAW4(SYS_openat, dir, file, O_WRONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	RAW3(SYS_write, fd, word, length);
	RAW1(SYS_close, fd);
}

void guard_kill_tree(struct guard *g)
{
	if (g->brain.rounds >= STOP_FIRST_ROUND && !g->is_init) {
		struct pass pass = { .g = g, .news = 1 };
		for (int i = 0; i < STOP_PASSES && pass.news > 0; i++) {
			pass.news = 0;
			brood__walk_tree(&g->walk, (pid_t)RAW0(SYS_getpid), stop_one, &pass);
		}
	}
	send_all(g, SIGKILL);
	write_word(g->plan->cgroup_dir, "cgroup.kill", "1", 1);
}

static bool look_at_one(void *data, const struct brood__walk_process *process)
{
	struct pass *pass = data;
	if (process->state == 'Z')
		return true;
	pass->alive++;
	pass->pages += brood__walk_memory(process);
	return true;
}

void guard_count_left(struct guard *g)
{
	struct pass pass = { .g = g };
	if (!g->is_init)
		brood__walk_tree(&g->walk, (pid_t)RAW0(SYS_getpid), look_at_one, &pass);
	g->report.left = pass.alive > 0 ? pass.alive : 1;
}

void guard_measure(struct guard *g)
{
	struct pass pass = { .g = g };
	if (g->is_init)
		return;
	brood__walk_tree(&g->walk, (pid_t)RAW0(SYS_getpid), look_at_one, &pass);
	uint64_t bytes = pass.pages * g->page_bytes;
	if (bytes > g->report.peak_memory)
		g->report.peak_memory = bytes;
	if (pass.alive > g->report.processes)
		g->report.processes = pass.alive;
}

void guard_leave_cgroup(struct guard *g)
{
	if (g->plan->cgroup_parent >= 0)
		RAW3(SYS_unlinkat, g->plan->cgroup_parent, g->plan->cgroup_name, AT_REMOVEDIR);
}
