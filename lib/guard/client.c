/* SPDX-License-Identifier: MIT */
/* Starting a guard, and talking to it. */

#include "guard/client.h"

#include "base/put.h"
#include "base/strings.h"
#include "guard/attributes.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/signals.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <guard_image.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef MFD_CLOEXEC
#	define MFD_CLOEXEC 1u
#endif
#define MEMFD_EXEC 16u /* Linux 6.3 */

/* How long execve of the job's program may take. */
#define LONGEST_START (30 * BROOD_SECOND)

/* How often a guard that is killed at once is replaced. */
#define START_TRIES 3

/* Socket, image, group's directory and its parent, procs, a number for the report, a spare, our 0
 * to 2. */
#define MORE_WANTS  10
#define NUMBER_SIZE 12

/* What one start of a guard holds while it lasts. */
struct setup {
	struct brood__guard *guard;
	struct brood__start *start;
	const struct brood__guard_terms *terms;
	struct brood__report *report;
	int theirs;        /* the guard's end of the socket */
	int procs;         /* of the command's control group, or -1 */
	int report_number; /* holds a number free for the job's report, or -1 */
	int image;         /* -1: it is executed by its path */
	struct brood__guard_plan *plan;
	size_t sent; /* bytes of it */
	struct brood__fd_want *wants;
	size_t n_wants;
	struct brood__fd_op *ops;
	int32_t *private_fds;
	uint32_t n_private;
	int spare[2];
	char **argv;
	char number[NUMBER_SIZE];
	void *block;
};

static int refuse(struct setup *setup, int step, int code)
{
	setup->report->step = step;
	setup->report->fd = -1;
	setup->report->os_errno = -code;
	return code;
}

/* The program as a file of its own: in memory, or where it was installed. */
static int open_image(void)
{
	long fd = RAW2(SYS_memfd_create, "brood-guard", MFD_CLOEXEC | MEMFD_EXEC);
	if (fd == -EINVAL)
		fd = RAW2(SYS_memfd_create, "brood-guard", MFD_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	long n = RAW3(SYS_write, fd, guard_image, sizeof guard_image);
	if (n == (long)sizeof guard_image)
		return brood__fd_above_stdio((int)fd);
	RAW1(SYS_close, fd);
	return n < 0 ? (int)n : -EIO;
}

static int open_socket(struct setup *setup)
{
	int ends[2] = { -1, -1 };
	long r = RAW4(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
	if (r < 0)
		return (int)r;
	setup->guard->socket = brood__fd_above_stdio(ends[0]);
	setup->theirs = brood__fd_above_stdio(ends[1]);
	return setup->guard->socket < 0 ? setup->guard->socket
	       : setup->theirs < 0      ? setup->theirs
					: 0;
}

static int by_source(const void *a, const void *b)
{
	const struct brood__fd_want *x = a;
	const struct brood__fd_want *y = b;
	return (x->source > y->source) - (x->source < y->source);
}

/* One descriptor may have been named more than once. */
static void sort_wants(struct setup *setup)
{
	size_t n = 0;
	qsort(setup->wants, setup->n_wants, sizeof *setup->wants, by_source);
	for (size_t i = 0; i < setup->n_wants; i++) {
		if (i == 0 || setup->wants[i].source != setup->wants[n - 1].source)
			setup->wants[n++] = setup->wants[i];
	}
	setup->n_wants = n;
}

static void want(struct setup *setup, int fd)
{
	setup->wants[setup->n_wants++] = (struct brood__fd_want){ fd, fd, BROOD__FD_OPTIONAL };
}

/* With others kept, what was private to us would pass from the guard to the job. */
static void keep_private(struct setup *setup, int fd)
{
	long flags = RAW2(SYS_fcntl, fd, F_GETFD);
	if (flags >= 0 && flags & FD_CLOEXEC)
		setup->private_fds[setup->n_private++] = fd;
}

static void gather_descriptors(struct setup *setup)
{
	const struct brood__start *start = setup->start;
	const struct brood__guard_terms *terms = setup->terms;
	for (size_t i = 0; i < start->n_wants; i++) {
		if (start->wants[i].source >= 0)
			want(setup, start->wants[i].source);
	}
	want(setup, setup->theirs);
	if (setup->image >= 0)
		want(setup, setup->image);
	if (terms->cgroup_dir >= 0) {
		want(setup, terms->cgroup_dir);
		want(setup, terms->cgroup_parent);
	}
	if (setup->procs >= 0)
		want(setup, setup->procs);
	if (setup->report_number >= 0)
		want(setup, setup->report_number);
	/* One of them may have to do as the terminal. */
	for (int fd = 0; start->plan.foreground && fd < 3; fd++)
		want(setup, fd);
	sort_wants(setup);
	for (size_t i = 0; start->keep_fds && i < setup->n_wants; i++)
		keep_private(setup, setup->wants[i].source);
}

/* Numbers that the job's moves may use although others are kept. */
static int reserve_numbers(struct setup *setup, struct brood__fd_plan *fds)
{
	struct brood__start *start = setup->start;
	for (int i = 0; i < fds->n_spare; i++) {
		setup->spare[i] = brood__launch_reserve(start, setup->report_number);
		if (setup->spare[i] < 0)
			return setup->spare[i];
		fds->spare[i] = setup->spare[i];
	}
	fds->use_spare = true;
	return brood__fdmap_plan(start->wants, start->n_wants, setup->report_number, true, fds);
}

static int plan_moves(struct setup *setup, struct brood__fd_plan *fds)
{
	struct brood__start *start = setup->start;
	*fds = (struct brood__fd_plan){ .ops = start->ops };
	int r = brood__fdmap_plan(
		start->wants, start->n_wants, setup->report_number, start->keep_fds, fds);
	if (r == 0 && start->keep_fds && fds->n_spare > 0)
		r = reserve_numbers(setup, fds);
	return r;
}

static uint32_t flags_of(const struct setup *setup)
{
	const struct brood__plan *plan = &setup->start->plan;
	return setup->terms->flags | (plan->new_session ? BROOD__GUARD_NEW_SESSION : 0) |
	       (plan->new_group ? BROOD__GUARD_NEW_GROUP : 0) |
	       (plan->foreground ? BROOD__GUARD_FOREGROUND : 0) |
	       (plan->has_ctty ? BROOD__GUARD_CTTY : 0) |
	       (plan->shell_argv ? BROOD__GUARD_SHELL : 0) |
	       (plan->dir ? BROOD__GUARD_HAS_DIR : 0) |
	       (plan->has_nice ? BROOD__GUARD_HAS_NICE : 0) |
	       (plan->has_umask ? BROOD__GUARD_HAS_UMASK : 0) |
	       (setup->procs >= 0 ? BROOD__GUARD_PROCS : 0);
}

static void fill_head(struct setup *setup, struct brood__guard_plan *head)
{
	const struct brood__plan *plan = &setup->start->plan;
	const struct brood__guard_terms *terms = setup->terms;
	uint64_t mask = plan->mask;
	if (!plan->has_mask)
		RAW4(SYS_rt_sigprocmask, SIG_BLOCK, 0, &mask, sizeof mask);
	*head = (struct brood__guard_plan){
		.magic = BROOD__GUARD_MAGIC,
		.flags = flags_of(setup),
		.front = getpid(),
		.join_group = plan->join_group,
		.null_targets = plan->null_targets,
		.reset = plan->reset,
		.ignore = plan->ignore,
		.mask = mask,
		.deadline = terms->deadline,
		.nice = plan->nice,
		.umask = plan->umask,
		.cgroup_dir = terms->cgroup_dir,
		.cgroup_parent = terms->cgroup_parent,
		.controlling_fd = plan->controlling_fd,
		.procs = setup->procs,
		.report_fd = setup->report_number,
		.n_steps = (uint32_t)terms->n_steps,
		.n_limits = (uint32_t)plan->n_limits,
		.n_private = setup->n_private,
	};
	if (plan->attributes)
		head->attributes_size = (uint32_t)brood__guard_attributes_size(plan->attributes);
	memcpy(head->steps, terms->steps, terms->n_steps * sizeof *terms->steps);
	if (terms->cgroup_dir >= 0)
		strncpy(head->cgroup_name, terms->cgroup_name, sizeof head->cgroup_name - 1);
}

static int make_plan(struct setup *setup)
{
	const struct brood__plan *plan = &setup->start->plan;
	struct brood__guard_plan head;
	struct brood__fd_plan fds;
	int r = plan_moves(setup, &fds);
	if (r < 0)
		return refuse(setup, BROOD_STEP_DESCRIPTORS, r);
	fill_head(setup, &head);
	head.n_ops = (uint32_t)fds.n_ops;
	struct brood__guard_layout layout = brood__guard_layout(
		&head, plan->dir ? strlen(plan->dir) : 0);
	if (layout.size > UINT32_MAX)
		return refuse(setup, BROOD_STEP_GUARD, -E2BIG);
	head.size = (uint32_t)layout.size;
	char *bytes = calloc(1, layout.size);
	if (!bytes)
		return refuse(setup, BROOD_STEP_GUARD, -ENOMEM);
	memcpy(bytes, &head, sizeof head);
	memcpy(bytes + layout.ops, fds.ops, fds.n_ops * sizeof *fds.ops);
	if (plan->n_limits)
		memcpy(bytes + layout.limits, plan->limits, plan->n_limits * sizeof *plan->limits);
	memcpy(bytes + layout.private_fds, setup->private_fds,
		setup->n_private * sizeof *setup->private_fds);
	if (plan->attributes)
		brood__guard_attributes_pack(plan->attributes, bytes + layout.attributes);
	if (plan->dir)
		memcpy(bytes + layout.dir, plan->dir, layout.dir_length + 1);
	setup->plan = (struct brood__guard_plan *)(void *)bytes;
	return 0;
}

/* Sends what is left of the plan. Returns 0: all is sent; -EAGAIN: the guard must read first. */
static int send_plan(struct setup *setup)
{
	const char *bytes = (const char *)setup->plan;
	while (setup->sent < setup->plan->size) {
		size_t length = setup->plan->size - setup->sent;
		if (length > BROOD__GUARD_PIECE)
			length = BROOD__GUARD_PIECE;
		long n = RAW6(SYS_sendto, setup->guard->socket, bytes + setup->sent, length,
			MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		setup->sent += (size_t)n;
	}
	return 0;
}

static int make_room(struct setup *setup)
{
	size_t n = setup->start->n_wants + MORE_WANTS;
	size_t n_argv = brood__list_length(setup->start->plan.argv) + 4;
	size_t wants_size = n * sizeof *setup->wants;
	size_t ops_size = brood__fdmap_bound(n) * sizeof *setup->ops;
	size_t private_size = (n * sizeof *setup->private_fds + 7) & ~(size_t)7;
	char *block = malloc(wants_size + ops_size + private_size + n_argv * sizeof(char *) + 8);
	if (!block)
		return refuse(setup, BROOD_STEP_GUARD, -ENOMEM);
	setup->block = block;
	setup->argv = (char **)(void *)block;
	block += n_argv * sizeof(char *);
	setup->wants = (struct brood__fd_want *)(void *)block;
	setup->ops = (struct brood__fd_op *)(void *)(block + wants_size);
	setup->private_fds = (int32_t *)(void *)(block + wants_size +
						 ((ops_size + 7) & ~(size_t)7));
	return 0;
}

static void fill_argv(struct setup *setup)
{
	static char name[] = "brood-guard";
	*brood__put_number(setup->number, setup->theirs) = 0;
	const struct brood__plan *plan = &setup->start->plan;
	size_t n = brood__list_length(plan->argv);
	setup->argv[0] = name;
	setup->argv[1] = setup->number;
	setup->argv[2] = (char *)(uintptr_t)plan->path;
	memcpy(setup->argv + 3, plan->argv, (n + 1) * sizeof(char *));
}

static int launch_guard(struct setup *setup, struct brood__child *ret_child)
{
	struct brood__start own = {
		.wants = setup->wants,
		.n_wants = setup->n_wants,
		.keep_fds = setup->start->keep_fds,
		.ops = setup->ops,
		.plan = {
			.new_group = !brood__guard_shares_group(setup->plan),
			.has_mask = true,
			.mask = UINT64_MAX,
			.by_fd = setup->image >= 0,
			.exec_fd = setup->image,
			.path = BROOD_LIBEXECDIR "/brood-guard",
			.argv = setup->argv,
			.envp = setup->start->plan.envp,
		},
	};
	fill_argv(setup);
	int r = brood__launch(&own, ret_child, setup->report);
	if (own.plan.by_fd && (r == -EACCES || r == -EPERM || r == -ENOSYS)) {
		/* No program may be run from memory here. */
		own.plan.by_fd = false;
		r = brood__launch(&own, ret_child, setup->report);
	}
	if (r < 0 && setup->report->step == BROOD_STEP_KILLED_EARLY)
		return refuse(setup, BROOD_STEP_GUARD, -ECONNRESET);
	/* Too much to hand over is the job's own trouble; else we are without a guard. */
	bool is_own = r == -E2BIG && setup->report->step == BROOD_STEP_EXEC;
	return r < 0 && !is_own ? refuse(setup, BROOD_STEP_GUARD, r) : r;
}

/* Takes one report and, with it, a descriptor. Returns as brood__guard_hear(). */
static int receive(struct brood__guard *guard, int *ret_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct brood__guard_report report;
	struct iovec part = { &report, sizeof report };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = ret_fd ? &control : NULL,
		/* Room for one, and not for what is there because of alignment. */
		.msg_controllen = ret_fd ? CMSG_LEN(sizeof(int)) : 0,
	};
	if (guard->socket < 0)
		return -EPIPE;
	long n = RAW3(SYS_recvmsg, guard->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	/* It went before it had read all that we had sent; what it said is there. */
	bool was_reset = n == -ECONNRESET;
	if (was_reset)
		n = RAW3(SYS_recvmsg, guard->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n <= 0)
		return was_reset ? -ECONNRESET : -EPIPE;
	if (ret_fd && message.msg_controllen >= sizeof control.header &&
		control.header.cmsg_type == SCM_RIGHTS)
		*ret_fd = brood__fd_above_stdio(*(int *)(void *)CMSG_DATA(&control.header));
	if (message.msg_flags & MSG_TRUNC ||
		brood__guard_check_report(&guard->last, &report, (size_t)n) < 0)
		return -EPROTO;
	guard->last = report;
	return 1;
}

int brood__guard_hear(struct brood__guard *guard)
{
	return receive(guard, NULL);
}

int brood__guard_ask(const struct brood__guard *guard, uint32_t what, int value)
{
	const struct brood__guard_request request = {
		.magic = BROOD__GUARD_MAGIC,
		.what = what,
		.value = value,
	};
	long n = RAW6(SYS_sendto, guard->socket, &request, sizeof request,
		MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
	return n < 0 ? (int)n : 0;
}

/* Waits until the guard has said something, can take more, or has ended, which 1 says. */
static int await_guard(const struct setup *setup, bool has_more, int64_t now, int64_t until)
{
	struct pollfd fds[2] = {
		{ .fd = setup->guard->socket, .events = has_more ? POLLIN | POLLOUT : POLLIN },
		{ .fd = setup->guard->pidfd, .events = POLLIN },
	};
	int r = brood__poll(fds, 2, now, until);
	if (r < 0)
		return r == -EINTR ? 0 : r;
	return r > 0 && fds[1].revents;
}

/* It has ended. Somebody who was forked meanwhile may hold its end of the socket open. */
static int receive_last(struct brood__guard *guard, int *ret_pidfd)
{
	int r = receive(guard, ret_pidfd);
	if (r == 0)
		return -EPIPE;
	return r > 0 ? 0 : r;
}

/* Waits for the first report. */
static int meet(struct setup *setup, int *ret_pidfd)
{
	int64_t now = brood__clock_now();
	int64_t until = now + LONGEST_START;
	for (;;) {
		int sent = send_plan(setup);
		if (sent < 0 && sent != -EAGAIN)
			return sent == -EPIPE && setup->sent == 0 ? -ECONNRESET : sent;
		int r = receive(setup->guard, ret_pidfd);
		if (r != 0)
			return r < 0 ? r : 0;
		if (now >= until)
			return -ETIMEDOUT;
		r = await_guard(setup, sent < 0, now, until);
		if (r < 0)
			return r;
		if (r > 0)
			return receive_last(setup->guard, ret_pidfd);
		now = brood__clock_now();
	}
}

/* What the guard says of a job that did not start, as the job's own launcher would have said it. */
static int take_failure(struct setup *setup)
{
	const struct brood__guard_report *last = &setup->guard->last;
	if (last->state != BROOD__CHILD_FAILED)
		return refuse(setup, BROOD_STEP_KILLED_EARLY, -EINTR);
	setup->report->step = last->step;
	setup->report->fd = last->fd;
	setup->report->subject = last->subject;
	setup->report->number = last->number;
	setup->report->os_errno = last->os_errno;
	return -last->os_errno;
}

/* The pid of a process in a namespace below ours, as we see it. */
static pid_t pid_of(int pidfd, pid_t inside)
{
	char path[64];
	char bytes[512];
	*brood__put_number(brood__put_text(path, "/proc/self/fdinfo/"), pidfd) = 0;
	AUTO_FD fd = brood__fd_open(path, O_RDONLY, 0);
	ssize_t length = fd < 0 ? fd : brood__fd_read(fd, bytes, sizeof bytes - 1);
	if (length <= 0)
		return inside;
	bytes[length] = 0;
	const char *line = strstr(bytes, "\nPid:\t");
	long pid = line ? strtol(line + strlen("\nPid:\t"), NULL, 10) : 0;
	return pid > 0 ? (pid_t)pid : inside;
}

/* What goes to the guard for some attributes alone. */
static int open_for_attributes(struct setup *setup)
{
	const struct brood__start *start = setup->start;
	if (start->has_cgroup) {
		setup->procs = brood__launch_open_procs(start->cgroup_dir);
		if (setup->procs < 0)
			return refuse(setup, BROOD_STEP_CGROUP, setup->procs);
	}
	if (brood__needs_own_memory(start->plan.attributes) || brood__launch_copies() > 0) {
		setup->report_number = brood__launch_reserve(start, -1);
		if (setup->report_number < 0)
			return refuse(setup, BROOD_STEP_GUARD, setup->report_number);
	}
	return 0;
}

static int begin(struct setup *setup, struct brood__child *ret_child)
{
	struct brood__guard *guard = setup->guard;
	struct brood__child own;
	int r = open_socket(setup);
	if (r < 0)
		return refuse(setup, BROOD_STEP_GUARD, r);
	setup->image = open_image();
	r = open_for_attributes(setup);
	if (r < 0)
		return r;
	r = make_room(setup);
	if (r < 0)
		return r;
	gather_descriptors(setup);
	r = make_plan(setup);
	if (r < 0)
		return r;
	if (brood__launch_copies() >= 0)
		send_plan(setup); /* as far as it goes */
	r = launch_guard(setup, &own);
	if (r < 0)
		return r;
	guard->pid = own.pid;
	guard->pidfd = own.pidfd;
	brood__fd_close(&setup->theirs);
	/* The plan, which it has not got yet, was made for a job that shares its memory. */
	if (brood__launch_copies() > 0 && setup->report_number < 0)
		return refuse(setup, BROOD_STEP_GUARD, -ECONNRESET);
	*ret_child = (struct brood__child){ .pidfd = -1 };
	r = meet(setup, &ret_child->pidfd);
	if (r < 0)
		return refuse(setup, BROOD_STEP_GUARD, r);
	if (guard->last.flags & BROOD__GUARD_FAILED)
		return take_failure(setup);
	if (ret_child->pidfd < 0)
		return refuse(setup, BROOD_STEP_GUARD, -EPROTO);
	ret_child->pid = setup->terms->flags & BROOD__GUARD_PIDNS
				 ? pid_of(ret_child->pidfd, guard->last.pid)
				 : guard->last.pid;
	ret_child->retried = guard->last.flags & BROOD__GUARD_RETRIED;
	return 0;
}

static int start_once(struct brood__guard *guard, struct brood__start *start,
	const struct brood__guard_terms *terms, struct brood__child *ret_child,
	struct brood__report *report)
{
	struct setup setup = {
		.guard = guard,
		.start = start,
		.terms = terms,
		.report = report,
		.theirs = -1,
		.procs = -1,
		.report_number = -1,
		.image = -1,
		.spare = { -1, -1 },
	};
	*guard = (struct brood__guard)BROOD__GUARD_NONE;
	ret_child->pidfd = -1;
	int r = begin(&setup, ret_child);
	brood__fd_close(&setup.theirs);
	brood__fd_close(&setup.image);
	brood__fd_close(&setup.procs);
	brood__fd_close(&setup.report_number);
	brood__fd_close(&setup.spare[0]);
	brood__fd_close(&setup.spare[1]);
	free(setup.plan);
	free(setup.block);
	if (r < 0) {
		if (ret_child->pidfd >= 0)
			brood__pidfd_signal(ret_child->pidfd, SIGKILL);
		brood__fd_close(&ret_child->pidfd);
		/* If it waits for an execve, the job dies when that is over. */
		bool is_slow = r == -ETIMEDOUT && !brood__guard_ask(guard, BROOD__GUARD_KILL, 0);
		brood__guard_reap(guard, is_slow);
		brood__guard_close(guard);
	}
	return r;
}

/*
 * A guard that somebody killed before it had read its plan has started nothing: another one takes
 * its place. Any other may have started the job, which nobody may start a second time.
 */
int brood__guard_start(struct brood__guard *guard, struct brood__start *start,
	const struct brood__guard_terms *terms, struct brood__child *ret_child,
	struct brood__report *report)
{
	int r = start_once(guard, start, terms, ret_child, report);
	for (int i = 1; i < START_TRIES && r == -ECONNRESET; i++)
		r = start_once(guard, start, terms, ret_child, report);
	bool may_have_started = r == -ECONNRESET || r == -EPIPE || r == -EPROTO || r == -ETIMEDOUT;
	if (may_have_started && report->step == BROOD_STEP_GUARD) {
		report->os_errno = -r;
		r = -EOWNERDEAD;
	}
	return r;
}
