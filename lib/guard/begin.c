/* SPDX-License-Identifier: MIT */
/* The guard's beginning: its plan, its namespace, the job. */

#include "base/put.h"
#include "guard/attributes.h"
#include "guard/program.h"
#include "spawn/child.h"
#include "spawn/child_steps.h"
#include "spawn/shell.h"
#include "sys/clone.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define BUSY_TRIES  7
#define STACK_BYTES ((size_t)32 << 10)
#define MOST_KEPT   6

static char piece[BROOD__GUARD_PIECE] __attribute__((aligned(16)));

void guard_read_auxiliary(struct guard *g, const unsigned long *auxiliary)
{
	for (; auxiliary[0] != AT_NULL; auxiliary += 2) {
		if (auxiliary[0] == AT_PAGESZ)
			g->page_bytes = auxiliary[1];
	}
}

static long receive_piece(struct guard *g, char *bytes, size_t room)
{
	long n;
	do
		n = RAW6(SYS_recvfrom, g->socket, bytes, room, 0, 0, 0);
	while (n == -EINTR);
	return n == 0 ? -EPIPE : n;
}

long guard_read_plan(struct guard *g)
{
	const struct brood__guard_plan *first = (const void *)piece;
	long n = receive_piece(g, piece, sizeof piece);
	if (n < (long)sizeof *first)
		return n < 0 ? n : -EPROTO;
	size_t have = (size_t)n;
	size_t size = first->size;
	char *bytes = piece;
	if (size > have) {
		long r = RAW6(SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (r < 0 && r > -4096)
			return r;
		bytes = (char *)r;
		for (size_t i = 0; i < have; i++)
			bytes[i] = piece[i];
	}
	while (have < size) {
		n = receive_piece(g, bytes + have, size - have);
		if (n < 0)
			return n;
		have += (size_t)n;
	}
	g->plan = (const void *)bytes;
	return brood__guard_check_plan(bytes, have, &g->layout);
}

static uint32_t put_own_map(char *text, long id)
{
	char *end = brood__put_number(text, id);
	*end++ = ' ';
	end = brood__put_number(end, id);
	end = brood__put_text(end, " 1\n");
	return (uint32_t)(end - text);
}

/* In a user namespace of our own everybody keeps the one id he has. */
static long map_own_ids(long uid, long gid)
{
	char uids[64];
	char gids[64];
	int32_t subject;
	const struct brood__attribute_plan maps = {
		.uid_map = uids,
		.uid_map_size = put_own_map(uids, uid),
		.gid_map = gids,
		.gid_map_size = put_own_map(gids, gid),
	};
	return brood__write_maps(&maps, 0, &subject);
}

static long unshare_pids(void)
{
	long uid = RAW0(SYS_geteuid);
	long gid = RAW0(SYS_getegid);
	long r = RAW1(SYS_unshare, CLONE_NEWPID);
	if (r != -EPERM)
		return r;
	r = RAW1(SYS_unshare, CLONE_NEWUSER | CLONE_NEWPID);
	return r < 0 ? r : map_own_ids(uid, gid);
}

static void go_on_as_init(void *arg)
{
	struct guard *g = arg;
	g->is_init = true;
	RAW5(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	guard_start_job(g);
	guard_watch(g);
}

long guard_enter_pidns(struct guard *g)
{
	long r = unshare_pids();
	if (r < 0)
		return r;
	long pid = brood__clone(SIGCHLD, NULL, NULL, go_on_as_init, g);
	if (pid < 0)
		return pid;
	brood__child_close(0, INT32_MAX);
	siginfo_t info;
	do
		r = RAW5(SYS_waitid, P_PID, pid, &info, WEXITED | BROOD__WALL, 0);
	while (r == -EINTR);
	guard_exit(0);
}

static void fill_plan(struct guard *g, struct brood__plan *plan, struct brood__report *report)
{
	const struct brood__guard_plan *given = g->plan;
	char *bytes = (char *)(uintptr_t)given;
	*plan = (struct brood__plan){
		.reset = given->reset,
		.ignore = given->ignore,
		.new_session = given->flags & BROOD__GUARD_NEW_SESSION,
		.new_group = given->flags & BROOD__GUARD_NEW_GROUP,
		.join_group = given->join_group,
		.foreground = given->flags & BROOD__GUARD_FOREGROUND,
		.has_ctty = given->flags & BROOD__GUARD_CTTY,
		.controlling_fd = given->controlling_fd,
		.has_umask = given->flags & BROOD__GUARD_HAS_UMASK,
		.umask = given->umask,
		.limits = (void *)(bytes + g->layout.limits),
		.n_limits = given->n_limits,
		.has_nice = given->flags & BROOD__GUARD_HAS_NICE,
		.nice = given->nice,
		.fds = { .ops = (void *)(bytes + g->layout.ops), .n_ops = given->n_ops },
		/* If we are killed, and before we could say whom we have started. */
		.death_signal = given->steps[0].signal,
		.parent = (pid_t)RAW0(SYS_getpid),
		.null_targets = given->null_targets,
		.mask = given->mask,
		.path = g->argv[0],
		.argv = g->argv + 1,
		.envp = g->envp,
		.report_fd = -1,
		.report = report,
	};
	if (given->flags & BROOD__GUARD_HAS_DIR)
		plan->dir = bytes + g->layout.dir;
	if (given->attributes_size > 0) {
		brood__guard_attributes_unpack(
			bytes + g->layout.attributes, given->attributes_size, &g->attributes);
		plan->attributes = &g->attributes;
	}
}

static long fill_shell(struct guard *g, struct brood__plan *plan)
{
	size_t n = 0;
	while (g->argv[n])
		n++;
	long r = RAW6(SYS_mmap, 0, (n + 2) * sizeof(char *), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r < 0 && r > -4096)
		return r;
	char **list = (char **)r;
	brood__shell_argv(list, g->argv[0], g->argv + 1, n - 1);
	plan->shell_argv = list;
	return 0;
}

/* What our parent ignored is not to be inherited by us, but by the job. */
static void keep_children(struct brood__plan *plan)
{
	const uint64_t bit = UINT64_C(1) << (SIGCHLD - 1);
	struct brood__sigaction plain = { 0 };
	struct brood__sigaction before = { 0 };
	RAW4(SYS_rt_sigaction, SIGCHLD, &plain, &before, sizeof before.mask);
	if (before.handler == 1 && !(plan->reset & bit))
		plan->ignore |= bit;
}

static long start_once(const struct guard *g, struct brood__plan *plan, int *ret_pidfd)
{
	static char stack[STACK_BYTES] __attribute__((aligned(16)));
	unsigned long shared = (unsigned long)(BROOD__CLONE_VM | BROOD__CLONE_VFORK);
	unsigned long with_pidfd = (unsigned long)BROOD__CLONE_PIDFD;
	plan->report->state = BROOD__CHILD_UNSEEN;
	plan->report->fd = -1;
	*ret_pidfd = -1;
	if (g->plan->report_fd >= 0)
		return guard_start_apart(g, plan, ret_pidfd);
	if (plan->attributes)
		shared |= (unsigned long)plan->attributes->clone_flags;
	/* With a signal: one that is killed within execve would end without a word otherwise, and
	 * may not be a zombie yet when we go on. */
	long pid = brood__clone(shared | with_pidfd | SIGCHLD, stack + sizeof stack, ret_pidfd,
		brood__child_exec, plan);
	/* An emulator without pidfds. */
	if (pid == -EINVAL)
		pid = brood__clone(
			shared | SIGCHLD, stack + sizeof stack, NULL, brood__child_exec, plan);
	if (pid > 0 && *ret_pidfd < 0)
		*ret_pidfd = (int)RAW2(SYS_pidfd_open, pid, 0);
	return pid;
}

static bool has_failed(const struct brood__plan *plan)
{
	return plan->report->state != BROOD__CHILD_EXECUTES;
}

static void forget_child(long pid, int *pidfd)
{
	siginfo_t info;
	while (RAW5(SYS_waitid, P_PID, pid, &info, WEXITED | BROOD__WALL, 0) == -EINTR)
		;
	if (*pidfd >= 0)
		RAW1(SYS_close, *pidfd);
	*pidfd = -1;
}

static long start(struct guard *g, struct brood__plan *plan, int *ret_pidfd)
{
	for (int i = 0;; i++) {
		long pid = start_once(g, plan, ret_pidfd);
		if (pid < 0 || !has_failed(plan))
			return pid;
		forget_child(pid, ret_pidfd);
		bool is_busy = plan->report->state == BROOD__CHILD_FAILED &&
			       plan->report->os_errno == ETXTBSY;
		if (!is_busy || i == BUSY_TRIES)
			return pid;
		const struct timespec pause = { 0, 1000000L << i };
		RAW4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, 0);
		g->report.flags |= BROOD__GUARD_RETRIED;
	}
}

/* The first report, with the descriptor by which the front knows the job. */
static void introduce(struct guard *g, int pidfd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS } };
	struct iovec part = { &g->report, sizeof g->report };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	if (pidfd >= 0) {
		*(int *)(void *)CMSG_DATA(&control.header) = pidfd;
		message.msg_control = &control;
		message.msg_controllen = sizeof control.bytes;
	}
	RAW3(SYS_sendmsg, g->socket, &message, MSG_NOSIGNAL);
}

/* Closes all but what the guard needs for itself. */
static void close_others(const struct guard *g)
{
	int kept[MOST_KEPT] = { g->socket, g->signals, g->front, g->plan->cgroup_dir,
		g->plan->cgroup_parent, INT32_MAX };
	int first = 0;
	while (first < INT32_MAX) {
		int next = INT32_MAX;
		for (int i = 0; i < MOST_KEPT; i++) {
			if (kept[i] >= first && kept[i] < next)
				next = kept[i];
		}
		if (next > first)
			brood__child_close(first, next == INT32_MAX ? INT32_MAX : next - 1);
		first = next == INT32_MAX ? INT32_MAX : next + 1;
	}
}

static void set_private(const struct guard *g)
{
	const int32_t *fds = (const void *)((const char *)g->plan + g->layout.private_fds);
	for (uint32_t i = 0; i < g->plan->n_private; i++)
		RAW3(SYS_fcntl, fds[i], F_SETFD, FD_CLOEXEC);
	RAW3(SYS_fcntl, g->socket, F_SETFD, FD_CLOEXEC);
}

static long prepare(struct guard *g, struct brood__plan *plan)
{
	set_private(g);
	keep_children(plan);
	plan->has_cgroup = g->plan->cgroup_dir >= 0 || g->plan->flags & BROOD__GUARD_PROCS;
	plan->cgroup_procs = g->plan->procs;
	if (g->plan->cgroup_dir >= 0) {
		plan->cgroup_procs = (int)RAW4(
			SYS_openat, g->plan->cgroup_dir, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
		if (plan->cgroup_procs < 0) {
			g->report.step = BROOD_STEP_CGROUP;
			return plan->cgroup_procs;
		}
	}
	long r = g->plan->report_fd >= 0 ? guard_make_page(plan) : 0;
	return r == 0 && g->plan->flags & BROOD__GUARD_SHELL ? fill_shell(g, plan) : r;
}

/* A clone that is refused with flags of the command's is refused for them. */
static _Noreturn void refuse_clone(struct guard *g, const struct brood__plan *plan, long r)
{
	bool has_flags = plan->attributes && plan->attributes->clone_flags;
	int step = g->report.step;
	bool is_short = r == -EAGAIN || r == -ENOMEM || r == -EMFILE || r == -ENFILE;
	if (step == BROOD_STEP_CLONE && has_flags && !is_short) {
		step = BROOD_STEP_NAMESPACE;
		g->report.subject = BROOD__OF_CLONE_FLAGS;
	}
	guard_refuse(g, step, r);
}

void guard_start_job(struct guard *g)
{
	struct brood__report report = { .fd = -1 };
	struct brood__plan plan;
	int pidfd = -1;
	fill_plan(g, &plan, &report);
	g->report.step = BROOD_STEP_GUARD;
	long r = prepare(g, &plan);
	if (r == 0) {
		g->report.step = BROOD_STEP_CLONE;
		r = start(g, &plan, &pidfd);
	}
	if (r < 0)
		refuse_clone(g, &plan, r);
	g->report.state = plan.report->state;
	g->report.os_errno = plan.report->os_errno;
	g->report.step = plan.report->step;
	g->report.fd = plan.report->fd;
	g->report.subject = plan.report->subject;
	g->report.number = plan.report->number;
	g->report.pid = (int32_t)r;
	g->report.flags |= BROOD__GUARD_STARTED;
	if (has_failed(&plan)) {
		guard_say(g, BROOD__GUARD_FAILED);
		guard_exit(1);
	}
	/* The job was born into our front's group, and only now are we free to go. */
	if (brood__guard_shares_group(g->plan))
		RAW0(SYS_setsid);
	introduce(g, pidfd);
	close_others(g);
	RAW1(SYS_chdir, "/");
}
