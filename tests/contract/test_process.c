/* SPDX-License-Identifier: MIT */
/* Any process: opening, signalling and releasing it. */
#include "subjects.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/time.h>

/* covers: GE-10.find API-PR.open API-PR.pid */
static void a_child_and_a_stranger_are_opened_by_their_number(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	check_number(brood_process_pid(process), subject.pid);
	brood_process_free(process);
	have_reaped(&subject);
	need(can_hold_strangers());
	subject = strangers(0);
	process = opened(subject.pid);
	check_number(brood_process_pid(process), subject.pid);
	brood_process_free(process);
	have_reaped(&subject);
	process = opened(getpid());
	brood_process_free(process);
}

/* covers: GE-10.find.gone API-PR.open.gone DIFF-60 */
static void a_number_that_is_nobodys_is_not_opened(void **state)
{
	(void)state;
	struct brood_process *process = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	struct subject subject = child_of_ours(0);
	have_reaped(&subject);
	check_error(
		brood_process_open(&process, subject.pid, &error), -ESRCH, &error, BROOD_STEP_OPEN);
	check(process == NULL);
	char text[64];
	snprintf(text, sizeof text, "process %d", (int)subject.pid);
	check_text(error.subject, text);
}

/* covers: GE-10.find.guards GE-16.12 API-PR.open.guards DIFF-61 */
static void groups_and_everybody_are_no_process(void **state)
{
	(void)state;
	static const pid_t none[] = { 0, -1, -2, INT_MIN };
	struct brood_process *process = NULL;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		check_error(brood_process_open(&process, none[i], &error), -EINVAL, &error,
			BROOD_STEP_OPEN);
		check(process == NULL);
	}
}

static void *tell_tid_and_wait(void *data)
{
	int *ends = data;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	if (write(ends[1], &tid, sizeof tid) == (ssize_t)sizeof tid)
		await_end_of(ends[2]);
	return NULL;
}

/* covers: API-PR.open.thread */
static void the_number_of_a_thread_is_no_process(void **state)
{
	(void)state;
	need_threads();
	int told[2];
	int control[2];
	pthread_t thread;
	pid_t tid;
	check_number(pipe2(told, O_CLOEXEC), 0);
	check_number(pipe2(control, O_CLOEXEC), 0);
	int ends[3] = { told[0], told[1], control[0] };
	check_number(pthread_create(&thread, NULL, tell_tid_and_wait, ends), 0);
	check(read(told[0], &tid, sizeof tid) == (ssize_t)sizeof tid);
	struct brood_process *process = NULL;
	int r = brood_process_open(&process, tid, NULL);
	close(control[1]);
	pthread_join(thread, NULL);
	close(control[0]);
	close(told[0]);
	close(told[1]);
	/* Where pidfds are refused that is all that is known. */
	if (can_hold_strangers())
		check_number(r, -ESRCH);
	check(r < 0 && process == NULL);
}

/* covers: API-PR.open.refused GE-10.pidmode */
static void without_pidfds_only_children_are_held(void **state)
{
	(void)state;
	need(!can_hold_strangers());
	struct subject subject = strangers(0);
	struct brood_process *process = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_process_open(&process, subject.pid, &error);
	check(r == -ENOSYS || r == -EPERM);
	check_number(error.step, BROOD_STEP_OPEN);
	have_reaped(&subject);
	subject = child_of_ours(5);
	process = opened(subject.pid);
	check_number(brood_process_pidfd(process), -ENOSYS);
	check_number(brood_process_signal(process, SIGKILL), 0);
	struct brood_status status = BROOD_STATUS_INIT;
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, &error), 0, &error);
	check_number(status.how, BROOD_SIGNALED);
	check_number(brood_process_signal(process, 0), -ESRCH);
	brood_process_free(process);
	let_go(&subject);
}

/* covers: API-PR.misuse GE-15.signal.before */
static void no_process_is_misuse(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	check_error(
		brood_process_open(NULL, getpid(), &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(brood_process_open_started(NULL, getpid(), 1, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_error(
		brood_process_open_pidfd(NULL, 0, &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(brood_process_wait(NULL, 0, &status, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_WAIT);
	check_number(brood_process_pid(NULL), BROOD_EMISUSE);
	check_number(brood_process_pidfd(NULL), BROOD_EMISUSE);
	check_number(brood_process_signal(NULL, 0), BROOD_EMISUSE);
	check_number(brood_process_signal_group(NULL, 0), BROOD_EMISUSE);
	check_number(brood_process_release(NULL), BROOD_EMISUSE);
	brood_process_free(NULL);
}

static void use_of_another_process(void *data)
{
	struct brood_process *process = data;
	struct brood_info info = BROOD_INFO_INIT;
	char text[8];
	pid_t pids[1];
	check_number(brood_process_pid(process), BROOD_EMISUSE);
	check_number(brood_process_pidfd(process), BROOD_EMISUSE);
	check_number(brood_process_signal(process, SIGKILL), BROOD_EMISUSE);
	check_number(brood_process_signal_group(process, SIGKILL), BROOD_EMISUSE);
	check_number(brood_process_wait(process, 0, NULL, NULL), BROOD_EMISUSE);
	check_number(brood_process_info(process, &info, NULL), BROOD_EMISUSE);
	check_number(brood_process_arguments(process, text, sizeof text, NULL), BROOD_EMISUSE);
	check_number(brood_process_path(process, text, sizeof text, NULL), BROOD_EMISUSE);
	check_number(brood_process_children(process, pids, 1, NULL), BROOD_EMISUSE);
	check_number(brood_process_release(process), BROOD_EMISUSE);
	brood_process_free(process);
}

/* covers: API-PR.fork */
static void a_handle_belongs_to_the_process_that_made_it(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(3);
	struct brood_process *process = opened(subject.pid);
	in_scene(use_of_another_process, process);
	check_number(brood_process_signal(process, 0), 0);
	brood_process_free(process);
	have_reaped(&subject);
}

/* covers: GE-10.signal GE-10.signal.zero API-PR.signal */
static void a_signal_reaches_the_process_and_nobody_else(void **state)
{
	(void)state;
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject other = child_of_ours(4);
	check_number(setpgid(other.pid, other.pid), 0);
	struct subject subject = child_of_ours(0);
	check_number(setpgid(subject.pid, other.pid), 0);
	struct brood_process *process = opened(other.pid);
	check_number(brood_process_signal(process, 0), 0);
	check_number(brood_process_signal(process, SIGUSR1), 0);
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, NULL), 0, NULL);
	check_number(status.signal, SIGUSR1);
	brood_process_free(process);
	/* The other one of its group goes on. */
	process = opened(subject.pid);
	check_number(brood_process_wait(process, 0, NULL, NULL), -ETIME);
	let_go(&subject);
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, NULL), 0, NULL);
	check_number(status.how, BROOD_EXITED);
	brood_process_free(process);
	let_go(&other);
}

/* covers: GE-10.signal API-PR.signal */
static void a_stranger_is_signalled_too(void **state)
{
	(void)state;
	need(can_signal_strangers());
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject subject = strangers(0);
	struct brood_process *process = opened(subject.pid);
	check_number(brood_process_signal(process, 0), 0);
	check_number(brood_process_signal(process, SIGTERM), 0);
	await_end_of_subject(&subject);
	have_reaped(&subject);
	check_number(brood_process_signal(process, SIGTERM), -ESRCH);
	if (brood_process_wait(process, BROOD_FOREVER, &status, NULL) == 0)
		check_number(status.signal, SIGTERM);
	brood_process_free(process);
}

/* covers: API-PR.signal.enosys */
static void a_stranger_that_cannot_be_signalled_by_its_pidfd_is_not(void **state)
{
	(void)state;
	need(can_hold_strangers() && !can_signal_strangers());
	struct subject subject = strangers(0);
	struct brood_process *process = opened(subject.pid);
	int r = brood_process_signal(process, SIGTERM);
	check(r == -ENOSYS || r == -EPERM);
	check_number(brood_process_wait(process, 0, NULL, NULL), -ETIME);
	brood_process_free(process);
	have_reaped(&subject);
}

/* covers: GE-10.signal.passed API-PR.signal.einval */
static void no_number_but_a_signals_is_sent(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	check_number(brood_process_signal(process, -1), -EINVAL);
	check_number(brood_process_signal(process, 65), -EINVAL);
	check_number(brood_process_signal_group(process, -1), -EINVAL);
	check_number(brood_process_signal_group(process, 65), -EINVAL);
	brood_process_free(process);
	have_reaped(&subject);
}

static void signal_the_first_process(void *data)
{
	(void)data;
	if (geteuid() == 0)
		check_number(setresuid(65534, 65534, 65534), 0);
	struct brood_process *process = opened(1);
	check_number(brood_process_signal(process, 0), -EPERM);
	check_number(brood_process_signal(process, SIGCONT), -EPERM);
	brood_process_free(process);
}

/* covers: GE-10.signal.passed API-PR.signal.eperm */
static void who_may_not_be_signalled_is_told_of(void **state)
{
	(void)state;
	need(can_signal_strangers());
	struct stat first;
	/* In a container the first process may be our own user's. */
	if (stat("/proc/1", &first) < 0 || (geteuid() != 0 && first.st_uid == geteuid()))
		skip();
	in_scene(signal_the_first_process, NULL);
}

/* covers: GE-10.signal.zombie API-PR.signal.zombie */
static void a_zombie_can_be_signalled(void **state)
{
	(void)state;
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject subject = child_of_ours(6);
	struct brood_process *process = opened(subject.pid);
	let_go(&subject);
	await_zombie(subject.pid);
	check_number(brood_process_signal(process, SIGTERM), 0);
	check_number(brood_process_signal(process, 0), 0);
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, NULL), 0, NULL);
	check_number(status.how, BROOD_EXITED);
	check_number(status.exit_code, 6);
	brood_process_free(process);
}

/* covers: GE-10.signal.done API-PR.signal.esrch DIFF-12 */
static void what_was_waited_for_cannot_be_signalled(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	let_go(&subject);
	check_code(brood_process_wait(process, BROOD_FOREVER, NULL, NULL), 0, NULL);
	check_number(brood_process_signal(process, SIGTERM), -ESRCH);
	check_number(brood_process_signal(process, 0), -ESRCH);
	check_number(brood_process_pid(process), subject.pid);
	brood_process_free(process);
}

/* covers: GE-10.signal.esrch API-PR.signal.esrch */
static void nor_can_what_somebody_else_has_reaped(void **state)
{
	(void)state;
	need(can_signal_strangers());
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	have_reaped(&subject);
	check_number(brood_process_signal(process, SIGTERM), -ESRCH);
	brood_process_free(process);
}

/* covers: API-PR.group */
static void a_group_is_signalled_by_its_leader(void **state)
{
	(void)state;
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject leader = child_of_ours(0);
	check_number(setpgid(leader.pid, leader.pid), 0);
	struct subject subject = child_of_ours(0);
	check_number(setpgid(subject.pid, leader.pid), 0);
	struct brood_process *process = opened(leader.pid);
	struct brood_process *other = opened(subject.pid);
	check_number(brood_process_signal_group(other, SIGTERM), -ESRCH);
	check_number(brood_process_signal_group(process, 0), 0);
	let_go(&leader);
	await_zombie(leader.pid);
	check_number(brood_process_signal_group(process, SIGUSR2), 0);
	check_code(brood_process_wait(other, BROOD_FOREVER, &status, NULL), 0, NULL);
	check_number(status.signal, SIGUSR2);
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, NULL), 0, NULL);
	check_number(status.how, BROOD_EXITED);
	int r = brood_process_signal_group(process, SIGUSR2);
	check(r == -ESRCH || r == -ENOSYS || r == -EPERM);
	brood_process_free(process);
	brood_process_free(other);
	let_go(&subject);
}

static int can_signal_groups(void)
{
	struct brood_process *process = opened(getpid());
	int r = brood_process_signal_group(process, 0);
	brood_process_free(process);
	return r == 0 || r == -ESRCH;
}

/* covers: API-PR.group.leader-gone */
static void a_group_outlives_its_leader(void **state)
{
	(void)state;
	need(can_hold_strangers() && can_signal_groups());
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject leader = child_of_ours(0);
	check_number(setpgid(leader.pid, leader.pid), 0);
	struct subject subject = child_of_ours(0);
	check_number(setpgid(subject.pid, leader.pid), 0);
	struct brood_process *process = opened(leader.pid);
	struct brood_process *other = opened(subject.pid);
	have_reaped(&leader);
	check_number(brood_process_signal_group(process, SIGKILL), 0);
	check_code(brood_process_wait(other, BROOD_FOREVER, &status, NULL), 0, NULL);
	check_number(status.signal, SIGKILL);
	check_number(brood_process_signal_group(process, SIGKILL), -ESRCH);
	brood_process_free(process);
	brood_process_free(other);
	let_go(&subject);
}

/* covers: GE-10.handle GE-10.withhandle API-PR.pidfd DIFF-62 */
static void its_descriptor_can_be_watched_by_any_loop(void **state)
{
	(void)state;
	need(can_hold_strangers());
	struct subject subject = strangers(0);
	struct brood_process *process = opened(subject.pid);
	int pidfd = brood_process_pidfd(process);
	check(pidfd > 2);
	check_number(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	check_number(epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event), 0);
	check_number(epoll_wait(epoll, &event, 1, 0), 0);
	let_go(&subject);
	check_number(epoll_wait(epoll, &event, 1, 20000), 1);
	have_reaped(&subject);
	check(event.events & EPOLLIN);
	int r = brood_process_wait(process, 0, NULL, NULL);
	check(r == 0 || r == BROOD_ELOST);
	/* It is valid, and readable, for as long as the process is held. */
	check_number(brood_process_pidfd(process), pidfd);
	check_number(epoll_wait(epoll, &event, 1, 0), 1);
	close(epoll);
	brood_process_free(process);
}

/* covers: GE-10.release GE-10.signal.released GE-10.wait.released API-PR.release DIFF-63 */
static void a_released_process_goes_on_and_is_not_known_any_more(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	check_number(brood_process_release(process), 0);
	check_number(brood_process_release(process), 0);
	check_number(brood_process_pid(process), -1);
	check_number(brood_process_pidfd(process), BROOD_EMISUSE);
	check_number(brood_process_signal(process, SIGKILL), BROOD_EMISUSE);
	check_number(brood_process_signal_group(process, SIGKILL), BROOD_EMISUSE);
	check_error(brood_process_wait(process, 0, NULL, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_WAIT);
	check_number(kill(subject.pid, 0), 0);
	let_go(&subject);
	/* It becomes a zombie of ours. */
	await_zombie(subject.pid);
	brood_process_free(process);
	have_reaped(&subject);
}

/* covers: API-PR.free */
static void a_freed_process_goes_on(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(0);
	brood_process_free(opened(subject.pid));
	check_number(kill(subject.pid, 0), 0);
	have_reaped(&subject);
}

struct waiter {
	struct brood_process *process;
	struct brood_status status;
	int code;
};

static void *wait_for_end(void *data)
{
	struct waiter *waiter = data;
	waiter->status = (struct brood_status)BROOD_STATUS_INIT;
	waiter->code = brood_process_wait(waiter->process, BROOD_FOREVER, &waiter->status, NULL);
	return NULL;
}

/* Whether a thread is in this system call. */
static int is_in_call(const char *tid, long number)
{
	char path[PATH_MAX];
	long is = -1;
	snprintf(path, sizeof path, "/proc/self/task/%s/syscall", tid);
	FILE *file = fopen(path, "re");
	if (!file || fscanf(file, "%ld", &is) != 1)
		is = -1;
	if (file)
		fclose(file);
	return is == number;
}

/* Waits until a thread of ours sleeps in ppoll(2). */
static void await_sleeper(void)
{
	int64_t end = now_ns() + INT64_C(20000000000);
	for (int n = 0; n == 0;) {
		DIR *folder = opendir("/proc/self/task");
		for (struct dirent *entry; (entry = readdir(folder));)
			n += is_in_call(entry->d_name, SYS_ppoll);
		closedir(folder);
		check(now_ns() < end);
		sched_yield();
	}
}

/* covers: GE-10.count API-PR.release.waiting */
static void a_release_does_not_end_the_wait_of_another_thread(void **state)
{
	(void)state;
	need_threads();
	pthread_t thread;
	struct subject subject = child_of_ours(9);
	struct waiter waiter = { .process = opened(subject.pid) };
	int pidfd = brood_process_pidfd(waiter.process);
	check_number(pthread_create(&thread, NULL, wait_for_end, &waiter), 0);
	await_sleeper();
	check_number(brood_process_release(waiter.process), 0);
	check_number(brood_process_signal(waiter.process, SIGKILL), BROOD_EMISUSE);
	let_go(&subject);
	pthread_join(thread, NULL);
	check_number(waiter.code, 0);
	check_number(waiter.status.exit_code, 9);
	/* Closed behind the last who used it. */
	if (pidfd >= 0)
		check(fcntl(pidfd, F_GETFD) < 0);
	brood_process_free(waiter.process);
}

/* covers: API-PR.open-pidfd */
static void a_pidfd_is_enough(void **state)
{
	(void)state;
	need(can_hold_strangers());
	struct brood_process *process = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject subject = child_of_ours(8);
	int pidfd = (int)syscall(SYS_pidfd_open, subject.pid, 0);
	check_code(brood_process_open_pidfd(&process, pidfd, &error), 0, &error);
	check_number(brood_process_pid(process), subject.pid);
	check(brood_process_pidfd(process) != pidfd);
	close(pidfd);
	let_go(&subject);
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, &error), 0, &error);
	check_number(status.exit_code, 8);
	brood_process_free(process);
	have_reaped(&subject);
}

/* covers: API-PR.open-pidfd.refused */
static void what_is_no_pidfd_is_not_taken_for_one(void **state)
{
	(void)state;
	struct brood_process *process = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	int ends[2];
	check_number(pipe2(ends, O_CLOEXEC), 0);
	check_error(brood_process_open_pidfd(&process, ends[0], &error), -EINVAL, &error,
		BROOD_STEP_OPEN);
	close(ends[0]);
	close(ends[1]);
	check_error(brood_process_open_pidfd(&process, ends[0], &error), -EBADF, &error,
		BROOD_STEP_OPEN);
	check_error(
		brood_process_open_pidfd(&process, -1, &error), -EBADF, &error, BROOD_STEP_OPEN);
	check(process == NULL);
	need(can_hold_strangers());
	/* PIDFD_THREAD, of Linux 6.9: a thread is no process. */
	int thread = (int)syscall(SYS_pidfd_open, getpid(), O_EXCL);
	if (thread >= 0)
		check_error(brood_process_open_pidfd(&process, thread, &error), -EINVAL, &error,
			BROOD_STEP_OPEN);
	close(thread);
	struct subject subject = child_of_ours(0);
	int pidfd = (int)syscall(SYS_pidfd_open, subject.pid, 0);
	have_reaped(&subject);
	check_error(
		brood_process_open_pidfd(&process, pidfd, &error), -ESRCH, &error, BROOD_STEP_OPEN);
	close(pidfd);
}

static struct brood_process *handlers_process;
static volatile sig_atomic_t handlers_code = 1;

static void signal_from_handler(int number)
{
	(void)number;
	handlers_code = brood_process_signal(handlers_process, SIGTERM);
}

/* covers: API-PR.signal.safe */
static void a_handler_can_signal(void **state)
{
	(void)state;
	struct brood_status status = BROOD_STATUS_INIT;
	struct sigaction action = { .sa_handler = signal_from_handler };
	struct sigaction before;
	struct subject subject = child_of_ours(0);
	handlers_process = opened(subject.pid);
	sigaction(SIGALRM, &action, &before);
	/* While it is waited for: the handler comes in the midst of it. */
	struct itimerval soon = { .it_value = { 0, 10000 } };
	setitimer(ITIMER_REAL, &soon, NULL);
	check_code(brood_process_wait(handlers_process, BROOD_FOREVER, &status, NULL), 0, NULL);
	sigaction(SIGALRM, &before, NULL);
	check_number(handlers_code, 0);
	check_number(status.signal, SIGTERM);
	brood_process_free(handlers_process);
	let_go(&subject);
}

#define N_SIGNALS   1000
#define N_SIGNALERS 4

static void *signal_many(void *data)
{
	struct brood_process *process = data;
	intptr_t bad = 0;
	for (int i = 0; i < N_SIGNALS / N_SIGNALERS; i++) {
		int r = brood_process_signal(process, i % 10 == 0 ? SIGCONT : 0);
		if (r != 0 && r != -ESRCH)
			bad++;
	}
	return (void *)bad;
}

/* covers: API-PR.signal.threads GE-10.count */
static void a_thousand_signals_at_once_while_it_is_waited_for(void **state)
{
	(void)state;
	need_threads();
	pthread_t threads[N_SIGNALERS];
	pthread_t waiting;
	struct subject subject = child_of_ours(0);
	struct waiter waiter = { .process = opened(subject.pid) };
	check_number(pthread_create(&waiting, NULL, wait_for_end, &waiter), 0);
	for (int i = 0; i < N_SIGNALERS; i++)
		check_number(pthread_create(&threads[i], NULL, signal_many, waiter.process), 0);
	let_go(&subject);
	for (int i = 0; i < N_SIGNALERS; i++) {
		void *bad;
		pthread_join(threads[i], &bad);
		check_number((intptr_t)bad, 0);
	}
	pthread_join(waiting, NULL);
	check_number(waiter.code, 0);
	check_number(waiter.status.how, BROOD_EXITED);
	brood_process_free(waiter.process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_child_and_a_stranger_are_opened_by_their_number),
		hygienic(a_number_that_is_nobodys_is_not_opened),
		hygienic(groups_and_everybody_are_no_process),
		hygienic(the_number_of_a_thread_is_no_process),
		hygienic(without_pidfds_only_children_are_held),
		hygienic(no_process_is_misuse),
		hygienic(a_handle_belongs_to_the_process_that_made_it),
		hygienic(a_signal_reaches_the_process_and_nobody_else),
		hygienic(a_stranger_is_signalled_too),
		hygienic(a_stranger_that_cannot_be_signalled_by_its_pidfd_is_not),
		hygienic(no_number_but_a_signals_is_sent),
		hygienic(who_may_not_be_signalled_is_told_of),
		hygienic(a_zombie_can_be_signalled),
		hygienic(what_was_waited_for_cannot_be_signalled),
		hygienic(nor_can_what_somebody_else_has_reaped),
		hygienic(a_group_is_signalled_by_its_leader),
		hygienic(a_group_outlives_its_leader),
		hygienic(its_descriptor_can_be_watched_by_any_loop),
		hygienic(a_released_process_goes_on_and_is_not_known_any_more),
		hygienic(a_freed_process_goes_on),
		hygienic(a_release_does_not_end_the_wait_of_another_thread),
		hygienic(a_pidfd_is_enough),
		hygienic(what_is_no_pidfd_is_not_taken_for_one),
		hygienic(a_handler_can_signal),
		hygienic(a_thousand_signals_at_once_while_it_is_waited_for),
	};
	return hygiene_run("any process", tests);
}
