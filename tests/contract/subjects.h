/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_SUBJECTS_H
#define TESTS_CONTRACT_SUBJECTS_H

/*
 * Processes to be held by tests of <brood/process.h>, made without the library.
 *
 *	struct subject subject = child_of_ours(7);       exits with 7 when it is let go
 *	struct subject subject = strangers(-SIGKILL);    no child: its parent is another process
 *	let_go(&subject);
 *	have_reaped(&subject);                           by its parent: us, or the other process
 */

#include "check.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

struct subject {
	pid_t pid;
	pid_t middle; /* the parent of a stranger; 0: we are */
	int control;  /* closing it lets the subject end */
	int reaping;  /* closing it lets the middle reap */
};

/* All that a forked process of ours must not hold. */
static inline void close_but(int one, int other)
{
	for (int fd = 3; fd < 256; fd++)
		if (fd != one && fd != other && fd != scene_fd)
			close(fd);
}

static inline void await_end_of(int fd)
{
	char byte;
	ssize_t n;
	do
		n = read(fd, &byte, 1);
	while (n > 0 || (n < 0 && errno == EINTR));
}

_Noreturn static inline void be_subject(int control, int code)
{
	alarm(100U * (unsigned int)slowness());
	close_but(control, -1);
	await_end_of(control);
	if (code >= 0)
		_exit(code);
	signal(-code, SIG_DFL);
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	kill(getpid(), -code);
	for (;;)
		pause();
}

/* Exits with code, or is killed by the signal -code. */
static inline struct subject child_of_ours(int code)
{
	int ends[2];
	check_number(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0)
		be_subject(ends[0], code);
	close(ends[0]);
	return (struct subject){ .pid = pid, .control = ends[1], .reaping = -1 };
}

_Noreturn static inline void be_middle(
	const int *control, const int *reaping, int telling, int code)
{
	close(control[1]);
	close(reaping[1]);
	alarm(100U * (unsigned int)slowness());
	pid_t pid = fork();
	if (pid == 0)
		be_subject(control[0], code);
	if (write(telling, &pid, sizeof pid) != (ssize_t)sizeof pid)
		_exit(99);
	close_but(reaping[0], -1);
	await_end_of(reaping[0]);
	_exit(waitpid(pid, NULL, 0) == pid ? 0 : 98);
}

static inline struct subject strangers(int code)
{
	int control[2];
	int reaping[2];
	int telling[2];
	struct subject subject;
	check_number(pipe2(control, O_CLOEXEC), 0);
	check_number(pipe2(reaping, O_CLOEXEC), 0);
	check_number(pipe2(telling, O_CLOEXEC), 0);
	subject.middle = fork();
	check(subject.middle >= 0);
	if (subject.middle == 0)
		be_middle(control, reaping, telling[1], code);
	close(control[0]);
	close(reaping[0]);
	close(telling[1]);
	check(read(telling[0], &subject.pid, sizeof subject.pid) == (ssize_t)sizeof subject.pid);
	close(telling[0]);
	subject.control = control[1];
	subject.reaping = reaping[1];
	return subject;
}

static inline void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void let_go(struct subject *subject)
{
	close_end(&subject->control);
}

/* Lets it go, and has its parent reap it. A child that was reaped already is fine. */
static inline void have_reaped(struct subject *subject)
{
	pid_t pid = subject->middle ? subject->middle : subject->pid;
	int status = 0;
	let_go(subject);
	close_end(&subject->reaping);
	pid_t reaped = waitpid(pid, &status, 0);
	if (subject->middle) {
		check_number(reaped, pid);
		check_number(status, 0);
	}
}

/* Waits until it has ended, whoever is to reap it; with a pidfd of our own. */
static inline void await_end_of_subject(const struct subject *subject)
{
	struct pollfd end = { .events = POLLIN };
	end.fd = (int)syscall(SYS_pidfd_open, subject->pid, 0);
	check(end.fd >= 0);
	check_number(poll(&end, 1, 20000), 1);
	close(end.fd);
}

static inline struct brood_process *opened(pid_t pid)
{
	struct brood_process *process = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	check_code(brood_process_open(&process, pid, &error), 0, &error);
	return process;
}

static inline int kernel_is(int wanted_major, int wanted_minor)
{
	struct utsname name;
	int major = 0;
	int minor = 0;
	check_number(uname(&name), 0);
	check_number(sscanf(name.release, "%d.%d", &major, &minor), 2);
	return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
}

/* Whether the status of what was reaped can be asked for. */
static inline int kernel_remembers(void)
{
	return kernel_is(6, 15) && !denied("pidfd-info");
}

/* Whether processes that are no children of ours can be held here. */
static inline int can_hold_strangers(void)
{
	return !denied("pidfd_open") && !denied("valgrind");
}

/* And signalled. */
static inline int can_signal_strangers(void)
{
	return can_hold_strangers() && !denied("pidfd_send_signal=");
}

static inline void need(int what)
{
	if (!what)
		skip();
}

#endif
