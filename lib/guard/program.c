/* SPDX-License-Identifier: MIT */
/*
 * The guard: the parent of one job and, as a subreaper, of everything that loses its parent below
 * it. A program of its own without a libc, so that it is there in a tenth of a millisecond and
 * needs next to no memory. Its argv is: name, number of its socket, the path of the program, and
 * the program's argv; its environment is the program's.
 *
 * All signals are blocked, so that only KILL ends it. A job in the front's process group is looked
 * after from another session: then the front's parent, the shell, decides alone whether that group
 * is an orphaned one. A group that the job leads would be orphaned by that, and could not be
 * stopped by TSTP: there the guard stays in the session, in a group of its own.
 */

#include "guard/program.h"

#include "sys/raw.h"
#include "sys/uapi.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

static struct guard guard;

_Noreturn void guard_exit(int code)
{
	for (;;)
		RAW1(SYS_exit_group, code);
}

int64_t guard_now(void)
{
	struct timespec now = { 0, 0 };
	RAW2(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return now.tv_sec * BROOD_SECOND + now.tv_nsec;
}

/* Sends the picture if it has changed and the front can take it. */
static void tell(struct guard *g)
{
	if (!g->changed || g->socket < 0)
		return;
	long r = RAW6(SYS_sendto, g->socket, &g->report, sizeof g->report,
		MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
	if (r != -EAGAIN && r != -EINTR && r != -ENOBUFS && r != -ENOMEM)
		g->changed = false;
}

void guard_say(struct guard *g, uint32_t flag)
{
	g->report.flags |= flag;
	g->changed = true;
	tell(g);
}

#define ENDS   WEXITED
#define PAUSES (WSTOPPED | WCONTINUED)

static long wait_for(int kind, int32_t pid, int what, siginfo_t *ret_info, struct rusage *ret_usage)
{
	long r;
	ret_info->si_pid = 0;
	do
		r = RAW5(SYS_waitid, kind, pid, ret_info, what | WNOHANG | BROOD__WALL, ret_usage);
	while (r == -EINTR);
	return r;
}

static bool is_end(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED || info->si_code == CLD_KILLED ||
	       info->si_code == CLD_DUMPED;
}

/* Takes an event of the job's own process into the picture. */
static void note_job(struct guard *g, const siginfo_t *info, const struct rusage *usage)
{
	bool is_stopped = info->si_code == CLD_STOPPED;
	g->changed = true;
	g->report.stopped = is_stopped ? info->si_status : 0;
	g->report.stops += is_stopped;
	if (!is_end(info))
		return;
	g->brain.ended = true;
	g->report.code = info->si_code;
	g->report.status = info->si_status;
	g->report.usage = *usage;
	g->report.ended_ns = guard_now();
	g->report.flags |= BROOD__GUARD_ENDED;
}

/*
 * Takes the next event of a child, if there is one. As long as the job's own process is to be held
 * its end is only looked at, so that the process stays and its group with it.
 */
static long next_event(struct guard *g, siginfo_t *ret_info, struct rusage *ret_usage)
{
	if (!brood__brain_holds(&g->brain))
		return wait_for(P_ALL, 0, ENDS | PAUSES, ret_info, ret_usage);
	for (;;) {
		long r = wait_for(P_ALL, 0, ENDS | PAUSES | WNOWAIT, ret_info, ret_usage);
		if (r < 0 || ret_info->si_pid == 0)
			return r;
		bool is_job = ret_info->si_pid == g->report.pid;
		if (is_job && is_end(ret_info)) {
			g->keeps_job = true;
			return r;
		}
		r = wait_for(P_PID, ret_info->si_pid, is_job ? PAUSES : ENDS | PAUSES, ret_info,
			ret_usage);
		if (r == 0 && ret_info->si_pid != 0)
			return r;
	}
}

static bool reap_other(void *data, const struct brood__walk_process *process)
{
	const struct guard *g = data;
	siginfo_t info;
	if (process->pid != g->report.pid)
		wait_for(P_PID, process->pid, ENDS, &info, 0);
	return false;
}

/* Collects whoever has ended; says so if it is the job's own process. */
static void reap(struct guard *g)
{
	g->keeps_job = g->keeps_job && brood__brain_holds(&g->brain);
	while (!g->keeps_job) {
		siginfo_t info;
		struct rusage usage;
		long r = next_event(g, &info, &usage);
		g->brain.empty = r == -ECHILD;
		if (r < 0 || info.si_pid == 0)
			return;
		/* Without a /proc of ours those that were left behind are known by their end alone.
		 */
		bool has_gone = info.si_code != CLD_STOPPED && info.si_code != CLD_CONTINUED;
		if (g->is_init && has_gone && info.si_pid != g->report.pid && g->brain.stop.begun)
			g->report.killed++;
		if (info.si_pid == g->report.pid && !g->brain.ended)
			note_job(g, &info, &usage);
	}
	/* The kernel would tell of the one that is kept again and again, and of nobody else. */
	if (!g->is_init)
		brood__walk_tree(&g->walk, (pid_t)RAW0(SYS_getpid), reap_other, g);
}

/* Takes one request. Returns whether there may be more. */
static bool hear(struct guard *g)
{
	struct brood__guard_request request;
	long n = RAW6(
		SYS_recvfrom, g->socket, &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC, 0, 0);
	if (n == -EAGAIN)
		return false;
	/* Its end was closed with reports unread; what it had sent before comes now. */
	if (n == -ECONNRESET || n == -EINTR)
		return true;
	if (n <= 0) {
		RAW1(SYS_close, g->socket);
		g->socket = -1;
		brood__brain_front_gone(&g->brain, guard_now());
		return false;
	}
	if (brood__guard_check_request(&request, (size_t)n) < 0)
		return true;
	switch (request.what) {
	case BROOD__GUARD_STOP:
		brood__brain_stop(&g->brain, request.value, guard_now());
		break;
	case BROOD__GUARD_KILL:
		brood__brain_kill(&g->brain, guard_now());
		break;
	case BROOD__GUARD_SIGNAL:
		guard_signal_job(g, request.value);
		break;
	case BROOD__GUARD_DETACH:
		g->brain.detached = true;
		break;
	case BROOD__GUARD_RELEASE:
		g->brain.released = true;
		break;
	default:
		break;
	}
	return true;
}

static void sleep_until(struct guard *g, int64_t due)
{
	struct pollfd fds[3] = {
		{ .fd = g->signals, .events = POLLIN },
		{ .fd = g->socket, .events = g->changed ? POLLIN | POLLOUT : POLLIN },
		{ .fd = g->front, .events = POLLIN },
	};
	struct timespec left = { 0, 0 };
	int64_t now = due == BROOD__NEVER ? 0 : guard_now();
	if (due != BROOD__NEVER && due > now) {
		left.tv_sec = (due - now) / BROOD_SECOND;
		left.tv_nsec = (due - now) % BROOD_SECOND;
	}
	long r = RAW5(SYS_ppoll, fds, 3, due == BROOD__NEVER ? 0 : &left, 0, 8);
	if (r <= 0)
		return;
	if (fds[0].revents) {
		struct signalfd_siginfo ignored;
		RAW3(SYS_read, g->signals, &ignored, sizeof ignored);
		reap(g);
	}
	/* All of it, before its death: it may have let go of us. */
	while (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && hear(g))
		;
	if (fds[2].revents) {
		RAW1(SYS_close, g->front);
		g->front = -1;
		brood__brain_front_gone(&g->brain, guard_now());
	}
	/* The end of all is told at once, so that the front is woken once. */
	if (!g->brain.ended || !g->brain.empty)
		tell(g);
}

/* What the brain has decided of late. */
static void tell_decisions(struct guard *g)
{
	uint32_t flags = g->report.flags;
	if (g->brain.reason != BROOD__STOP_NONE) {
		g->report.reason = g->brain.reason;
		flags |= BROOD__GUARD_STOPPING;
	}
	if (g->brain.escalated)
		flags |= BROOD__GUARD_ESCALATED;
	if (flags != g->report.flags)
		guard_say(g, flags);
}

/* The last word waits for a front that is behind with reading, but not for one that is gone. */
static _Noreturn void finish(struct guard *g)
{
	RAW2(SYS_getrusage, RUSAGE_CHILDREN, &g->report.tree_usage);
	guard_leave_cgroup(g);
	guard_say(g, BROOD__GUARD_EMPTY);
	while (g->changed && g->socket >= 0 && g->front >= 0) {
		sleep_until(g, BROOD__NEVER);
		tell(g);
	}
	guard_exit(0);
}

_Noreturn void guard_watch(struct guard *g)
{
	brood__brain_begin(&g->brain, g->plan, guard_now());
	reap(g);
	for (;;) {
		if (g->keeps_job && !brood__brain_holds(&g->brain)) {
			tell_decisions(g);
			reap(g);
		}
		int what = brood__brain_next(&g->brain, guard_now());
		if (what == BROOD__BRAIN_FINISH)
			finish(g);
		tell_decisions(g);
		tell(g);
		switch (what) {
		case BROOD__BRAIN_SIGNAL:
			guard_signal_tree(g, g->brain.signal);
			break;
		case BROOD__BRAIN_KILL:
			guard_kill_tree(g);
			reap(g);
			break;
		case BROOD__BRAIN_STUCK:
			guard_count_left(g);
			guard_say(g, BROOD__GUARD_STUCK);
			break;
		case BROOD__BRAIN_MEASURE:
			guard_measure(g);
			break;
		default:
			sleep_until(g, g->brain.due);
			break;
		}
	}
}

_Noreturn void guard_refuse(struct guard *g, int step, long error)
{
	g->report.state = BROOD__CHILD_FAILED;
	g->report.step = step;
	g->report.os_errno = (int32_t)-error;
	g->report.fd = -1;
	guard_say(g, BROOD__GUARD_STARTED | BROOD__GUARD_FAILED);
	guard_exit(1);
}

static int parse_number(const char *text)
{
	int number = 0;
	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (*text - '0');
	return number;
}

/* A front that died before we could look is as good as none. */
static void watch_front(struct guard *g)
{
	g->front = -1;
	if (g->plan->front <= 0)
		return;
	/* In another PID namespace than ours: its end of the socket has to do. */
	if (RAW0(SYS_getppid) == 0)
		return;
	long pidfd = RAW2(SYS_pidfd_open, g->plan->front, 0);
	if (RAW0(SYS_getppid) != g->plan->front)
		guard_exit(1);
	g->front = (int)pidfd;
}

static _Noreturn void begin(char **argv, char **envp)
{
	struct guard *g = &guard;
	g->socket = parse_number(argv[1]);
	g->argv = argv + 2;
	g->envp = envp;
	g->report.magic = BROOD__GUARD_MAGIC;
	g->report.fd = -1;
	g->page_bytes = 4096;
	g->walk.reaps_alone = true;
	char **rest = envp;
	while (*rest)
		rest++;
	guard_read_auxiliary(g, (const unsigned long *)(const void *)(rest + 1));
	RAW5(SYS_prctl, PR_SET_NAME, BROOD__GUARD_NAME, 0, 0, 0);
	long r = RAW5(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (r < 0)
		guard_refuse(g, BROOD_STEP_GUARD, r);
	r = guard_read_plan(g);
	if (r < 0)
		guard_refuse(g, BROOD_STEP_GUARD, r);
	watch_front(g);
	const uint64_t mask = UINT64_C(1) << (SIGCHLD - 1);
	g->signals = (int)RAW4(SYS_signalfd4, -1, &mask, sizeof mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g->signals < 0)
		guard_refuse(g, BROOD_STEP_GUARD, g->signals);
	if (g->plan->flags & BROOD__GUARD_PIDNS) {
		r = guard_enter_pidns(g);
		if (r < 0)
			guard_refuse(g, BROOD_STEP_NAMESPACE, r);
	}
	guard_start_job(g);
	guard_watch(g);
}

/* Where the kernel begins: the stack pointer is at argc. */
#if defined(__x86_64__)
__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n\t"
	"xorl %ebp, %ebp\n\t"
	"movq %rsp, %rdi\n\t"
	"andq $-16, %rsp\n\t"
	"callq guard_begin\n\t"
	"hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n\t"
	"mov x29, xzr\n\t"
	"mov x30, xzr\n\t"
	"mov x0, sp\n\t"
	"bl guard_begin\n\t"
	"brk #1\n");
#endif

_Noreturn void guard_begin(long *stack);

_Noreturn void guard_begin(long *stack)
{
	char **argv = (char **)(void *)(stack + 1);
	long argc = stack[0];
	if (argc < 4)
		guard_exit(125);
	begin(argv, argv + argc + 1);
}
