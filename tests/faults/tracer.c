/* SPDX-License-Identifier: MIT */
#include "tracer.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S  30
#define CALL_STOP   (SIGTRAP | 0x80)
#define LONGEST_RUN 60 /* turns in a row of one */

static volatile sig_atomic_t is_over;

uint64_t tracer_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static const struct {
	uint64_t number;
	const char *name;
} names[] = {
	{ SYS_write, "write" },
	{ SYS_writev, "writev" },
	{ SYS_pwrite64, "pwrite64" },
	{ SYS_pwritev, "pwritev" },
	{ SYS_pwritev2, "pwritev2" },
	{ SYS_read, "read" },
	{ SYS_pread64, "pread64" },
	{ SYS_openat, "openat" },
	{ SYS_close, "close" },
	{ SYS_fdatasync, "fdatasync" },
	{ SYS_fsync, "fsync" },
	{ SYS_ftruncate, "ftruncate" },
	{ SYS_fallocate, "fallocate" },
	{ SYS_flock, "flock" },
	{ SYS_fcntl, "fcntl" },
	{ SYS_unlinkat, "unlinkat" },
	{ SYS_renameat2, "renameat2" },
	{ SYS_linkat, "linkat" },
	{ SYS_mkdirat, "mkdirat" },
	{ SYS_mmap, "mmap" },
	{ SYS_munmap, "munmap" },
	{ SYS_fstat, "fstat" },
	{ SYS_newfstatat, "newfstatat" },
	{ SYS_getdents64, "getdents64" },
	{ SYS_inotify_init1, "inotify_init1" },
	{ SYS_inotify_add_watch, "inotify_add_watch" },
	{ SYS_epoll_create1, "epoll_create1" },
	{ SYS_epoll_ctl, "epoll_ctl" },
	{ SYS_epoll_pwait, "epoll_pwait" },
	{ SYS_timerfd_create, "timerfd_create" },
	{ SYS_timerfd_settime, "timerfd_settime" },
	{ SYS_lseek, "lseek" },
	{ SYS_brk, "brk" },
	{ SYS_getrandom, "getrandom" },
	{ SYS_ppoll, "ppoll" },
	{ SYS_getppid, "getppid" },
	{ SYS_exit_group, "exit_group" },
	{ SYS_statx, "statx" },
	{ SYS_dup3, "dup3" },
	{ SYS_prctl, "prctl" },
	{ SYS_getpid, "getpid" },
	{ SYS_kill, "kill" },
#ifdef SYS_unlink
	{ SYS_unlink, "unlink" },
	{ SYS_rename, "rename" },
	{ SYS_mkdir, "mkdir" },
	{ SYS_link, "link" },
	{ SYS_epoll_wait, "epoll_wait" },
	{ SYS_open, "open" },
	{ SYS_poll, "poll" },
	{ SYS_stat, "stat" },
	{ SYS_readlink, "readlink" },
#endif
};

const char *tracer_name(uint64_t number, char text[24])
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == number)
			return names[i].name;
	snprintf(text, 24, "call %llu", (unsigned long long)number);
	return text;
}

/* The few registers that are changed, on the processors that we know. */
#if defined(__x86_64__)
#	define CAN_CHANGE 1
static void change(struct tracee *tracee, bool skip, const int64_t *result, const size_t *length)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof regs };
	if (ptrace(PTRACE_GETREGSET, tracee->pid, NT_PRSTATUS, &all) < 0)
		return;
	if (skip)
		regs.orig_rax = (unsigned long long)-1;
	if (result)
		regs.rax = (unsigned long long)*result;
	if (length)
		regs.rdx = *length;
	ptrace(PTRACE_SETREGSET, tracee->pid, NT_PRSTATUS, &all);
}
#elif defined(__aarch64__)
#	define CAN_CHANGE 1
static void change(struct tracee *tracee, bool skip, const int64_t *result, const size_t *length)
{
	struct user_regs_struct regs;
	struct iovec all = { &regs, sizeof regs };
	int none = -1;
	struct iovec number = { &none, sizeof none };
	if (skip)
		ptrace(PTRACE_SETREGSET, tracee->pid, NT_ARM_SYSTEM_CALL, &number);
	if (ptrace(PTRACE_GETREGSET, tracee->pid, NT_PRSTATUS, &all) < 0)
		return;
	if (result)
		regs.regs[0] = (unsigned long long)*result;
	if (length)
		regs.regs[2] = *length;
	ptrace(PTRACE_SETREGSET, tracee->pid, NT_PRSTATUS, &all);
}
#else
#	define CAN_CHANGE 0
static void change(struct tracee *tracee, bool skip, const int64_t *result, const size_t *length)
{
	(void)tracee, (void)skip, (void)result, (void)length;
}
#endif

static bool is_vector(uint64_t number)
{
	return number == SYS_writev || number == SYS_pwritev || number == SYS_pwritev2;
}

/* The pieces of memory that a call is to write; how many there are, 0: it writes none, or more. */
static size_t pieces_of(const struct tracee *tracee, struct iovec pieces[TRACER_PIECES])
{
	if (tracee->number == SYS_write || tracee->number == SYS_pwrite64) {
		pieces[0].iov_base = (void *)(uintptr_t)tracee->args[1];
		pieces[0].iov_len = tracee->args[2];
		return 1;
	}
	if (!is_vector(tracee->number) || tracee->args[2] > TRACER_PIECES)
		return 0;
	struct iovec here = { pieces, tracee->args[2] * sizeof *pieces };
	struct iovec there = { (void *)(uintptr_t)tracee->args[1], here.iov_len };
	if (process_vm_readv(tracee->pid, &here, 1, &there, 1, 0) != (ssize_t)here.iov_len)
		return 0;
	return tracee->args[2];
}

int64_t tracer_write_size(const struct tracee *tracee)
{
	struct iovec pieces[TRACER_PIECES];
	size_t n = pieces_of(tracee, pieces);
	int64_t size = 0;
	for (size_t i = 0; i < n; i++)
		size += (int64_t)pieces[i].iov_len;
	return n == 0 ? -1 : size;
}

size_t tracer_written(const struct tracee *tracee, void *buffer, size_t size)
{
	struct iovec pieces[TRACER_PIECES];
	struct iovec here = { buffer, size };
	size_t n = pieces_of(tracee, pieces);
	ssize_t length = n == 0 ? 0 : process_vm_readv(tracee->pid, &here, 1, pieces, n, 0);
	return length < 0 ? 0 : (size_t)length;
}

static void write_pieces(struct tracee *tracee, struct iovec *pieces)
{
	struct iovec here = { pieces, tracee->n_pieces * sizeof *pieces };
	struct iovec there = { (void *)(uintptr_t)tracee->args[1], here.iov_len };
	if (process_vm_writev(tracee->pid, &here, 1, &there, 1, 0) < 0)
		perror("process_vm_writev");
}

static void shorten(struct tracee *tracee, size_t length)
{
	struct iovec pieces[TRACER_PIECES];
	if (!is_vector(tracee->number)) {
		change(tracee, false, NULL, &length);
		return;
	}
	tracee->n_pieces = pieces_of(tracee, tracee->pieces);
	memcpy(pieces, tracee->pieces, sizeof pieces);
	for (size_t i = 0; i < tracee->n_pieces; i++) {
		if (pieces[i].iov_len > length)
			pieces[i].iov_len = length;
		length -= pieces[i].iov_len;
	}
	tracee->is_short = true;
	write_pieces(tracee, pieces);
}

bool tracer_path(const struct tracee *tracee, int fd, char *text, size_t size)
{
	char where[64];
	snprintf(where, sizeof where, "/proc/%d/fd/%d", (int)tracee->pid, fd);
	ssize_t length = readlink(where, text, size - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

static char letter_of_state(pid_t pid)
{
	char name[64];
	char text[512];
	snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return '?';
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	const char *end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : '?';
}

static void obey(struct tracer *tracer, struct tracee *tracee, enum tracer_place place)
{
	switch (tracer->hook ? tracer->hook(tracer->data, tracee, place) : TRACER_GO) {
	case TRACER_KILL:
		kill(tracee->pid, SIGKILL);
		tracee->state = TRACEE_RUNNING;
		break;
	case TRACER_FAIL:
		tracee->fail_with = tracer->error;
		change(tracee, true, NULL, NULL);
		break;
	case TRACER_SHORTEN:
		shorten(tracee, tracer->length);
		break;
	case TRACER_LEAVE:
		tracee->left = true;
		break;
	case TRACER_GO:
		break;
	}
}

static bool is_inside(const struct tracer *tracer)
{
	return !tracer->inside || *tracer->inside;
}

static void copy_page(const struct tracer *tracer, unsigned char copy[TRACER_PAGE])
{
	const volatile uint64_t *from = tracer->page;
	uint64_t words[TRACER_PAGE / 8];
	for (size_t i = 0; i < TRACER_PAGE / 8; i++)
		words[i] = from[i];
	memcpy(copy, words, TRACER_PAGE);
}

static void at_call(struct tracer *tracer, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;
	memset(&info, 0, sizeof info);
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof info, &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		tracee->in_call = true;
		tracee->number = info.entry.nr;
		for (int i = 0; i < 6; i++)
			tracee->args[i] = info.entry.args[i];
		tracee->stepped = tracer->page && is_inside(tracer);
		if (tracee->stepped)
			copy_page(tracer, tracer->seen);
		else if (is_inside(tracer))
			obey(tracer, tracee, TRACER_ENTRY);
		return;
	}
	tracee->in_call = false;
	tracee->result = info.exit.rval;
	if (tracee->fail_with) {
		tracee->result = -tracee->fail_with;
		change(tracee, false, &tracee->result, NULL);
		tracee->fail_with = 0;
	}
	if (tracee->is_short)
		write_pieces(tracee, tracee->pieces);
	tracee->is_short = false;
	if (is_inside(tracer))
		obey(tracer, tracee, TRACER_EXIT);
}

static void at_instruction(struct tracer *tracer, struct tracee *tracee)
{
	unsigned char now[TRACER_PAGE];
	copy_page(tracer, now);
	tracee->stepped = is_inside(tracer);
	if (memcmp(now, tracer->seen, sizeof now) == 0)
		return;
	memcpy(tracer->seen, now, sizeof now);
	if (tracee->stepped)
		obey(tracer, tracee, TRACER_STORE);
}

/* What waitpid said of one. */
static void at_stop(struct tracer *tracer, struct tracee *tracee, int status)
{
	if (!WIFSTOPPED(status)) {
		tracee->state = TRACEE_ENDED;
		tracee->status = status;
		return;
	}
	tracee->state = TRACEE_STOPPED;
	tracee->signal = 0;
	if (WSTOPSIG(status) == CALL_STOP)
		at_call(tracer, tracee);
	else if (WSTOPSIG(status) == SIGTRAP)
		at_instruction(tracer, tracee);
	else
		tracee->signal = WSTOPSIG(status);
}

static void go_on(struct tracee *tracee)
{
	tracee->state = TRACEE_RUNNING;
	ptrace(tracee->left       ? PTRACE_CONT
		: tracee->stepped ? PTRACE_SINGLESTEP
				  : PTRACE_SYSCALL,
		tracee->pid, NULL, (void *)(intptr_t)tracee->signal);
	tracee->signal = 0;
}

static size_t n_in(const struct tracer *tracer, enum tracer_state state)
{
	size_t n = 0;
	for (size_t i = 0; i < tracer->n; i++)
		n += tracer->tracees[i].state == state;
	return n;
}

/* Whether one has stopped or ended; with others about, it may instead wait for one of them. */
static void await(struct tracer *tracer, struct tracee *tracee)
{
	int n_asleep = 0;
	bool others = n_in(tracer, TRACEE_ENDED) + 1 < tracer->n;
	for (unsigned int spins = 0; tracee->state == TRACEE_RUNNING && n_asleep < 3; spins++) {
		int status;
		pid_t pid = waitpid(tracee->pid, &status, __WALL | (others ? WNOHANG : 0));
		if (pid == tracee->pid)
			at_stop(tracer, tracee, status);
		else if (pid < 0 && is_over)
			return;
		else if (spins > 20)
			n_asleep += letter_of_state(tracee->pid) == 'S';
		if (others)
			sched_yield();
	}
}

static void look_at_running(struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->n; i++) {
		struct tracee *tracee = &tracer->tracees[i];
		int status;
		if (tracee->state == TRACEE_RUNNING &&
			waitpid(tracee->pid, &status, __WALL | WNOHANG) == tracee->pid)
			at_stop(tracer, tracee, status);
	}
}

/* The one whose turn it is; NULL: all wait. */
static struct tracee *choose(struct tracer *tracer)
{
	if (tracer->at && tracer->turns > 0 && tracer->at->state == TRACEE_STOPPED) {
		tracer->turns--;
		return tracer->at;
	}
	size_t n = n_in(tracer, TRACEE_STOPPED);
	if (n == 0)
		return NULL;
	size_t k = tracer_random(&tracer->seed) % n;
	for (size_t i = 0; i < tracer->n; i++)
		if (tracer->tracees[i].state == TRACEE_STOPPED && k-- == 0)
			tracer->at = &tracer->tracees[i];
	/* Mostly short runs, now and then a long one. */
	tracer->turns = (unsigned int)(tracer_random(&tracer->seed) %
				       (1 + tracer_random(&tracer->seed) % LONGEST_RUN));
	return tracer->at;
}

static void on_alarm(int signal)
{
	(void)signal;
	is_over = 1;
}

/* Every one of them waits: what they wait for may be the clock. */
static void wait_for_any(struct tracer *tracer)
{
	int status;
	pid_t pid = waitpid(-1, &status, __WALL);
	for (size_t i = 0; pid > 0 && i < tracer->n; i++)
		if (tracer->tracees[i].pid == pid)
			at_stop(tracer, &tracer->tracees[i], status);
}

static void kill_all(struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->n; i++) {
		struct tracee *tracee = &tracer->tracees[i];
		if (tracee->state == TRACEE_ENDED)
			continue;
		kill(tracee->pid, SIGKILL);
		while (waitpid(tracee->pid, &tracee->status, __WALL) == tracee->pid &&
			WIFSTOPPED(tracee->status))
			ptrace(PTRACE_CONT, tracee->pid, NULL, NULL);
		tracee->state = TRACEE_ENDED;
	}
}

int tracer_run(struct tracer *tracer)
{
	/* It comes again, so that one between a look at is_over and waitpid(2) is no loss. */
	struct itimerval patience = { { 1, 0 }, { PATIENCE_S, 0 } };
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm };
	struct sigaction before;
	is_over = 0;
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &patience, NULL);
	while (!is_over && n_in(tracer, TRACEE_ENDED) < tracer->n) {
		look_at_running(tracer);
		struct tracee *tracee = choose(tracer);
		if (tracee) {
			go_on(tracee);
			await(tracer, tracee);
		} else if (n_in(tracer, TRACEE_RUNNING) > 0) {
			wait_for_any(tracer);
		}
	}
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &before, NULL);
	bool hangs = n_in(tracer, TRACEE_ENDED) < tracer->n;
	kill_all(tracer);
	return hangs ? -1 : 0;
}

int tracer_add(struct tracer *tracer, int (*role)(void *data), void *data)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(99);
		raise(SIGSTOP);
		_exit(role(data));
	}
	if (pid < 0 || waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return -1;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		    (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, __WALL);
		return -1;
	}
	tracer->tracees[tracer->n++] = (struct tracee){ .pid = pid };
	return 0;
}

void tracer_stay(bool on_one)
{
	static cpu_set_t before;
	static bool is_known;
	cpu_set_t one;
	int cpu = sched_getcpu();
	if (!is_known)
		is_known = sched_getaffinity(0, sizeof before, &before) == 0;
	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	/* Where that is not possible it is only slower. */
	if (is_known && cpu >= 0)
		(void)!sched_setaffinity(0, sizeof one, on_one ? &one : &before);
}

static int make_a_call(void *data)
{
	(void)data;
	return getppid() > 0 ? 7 : 1;
}

bool tracer_works(void)
{
	struct tracer tracer = { .seed = 1 };
	return CAN_CHANGE && tracer_add(&tracer, make_a_call, NULL) == 0 &&
	       tracer_run(&tracer) == 0 && WIFEXITED(tracer.tracees[0].status) &&
	       WEXITSTATUS(tracer.tracees[0].status) == 7;
}
