/* SPDX-License-Identifier: MIT */
/* Any process: waiting for its end, with others who reap it, and with numbers that are used again.
 */
#include "subjects.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/time.h>

static struct brood_status waited(struct brood_process *process)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, &error), 0, &error);
	return status;
}

/* covers: GE-10.wait API-PR.wait API-PR.wait.usage */
static void a_child_is_waited_for(void **state)
{
	(void)state;
	static const int codes[] = { 0, 1, 7, 255, -SIGKILL, -SIGTERM, -SIGUSR1 };
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		struct subject subject = child_of_ours(codes[i]);
		struct brood_process *process = opened(subject.pid);
		int64_t before = now_ns();
		let_go(&subject);
		struct brood_status status = waited(process);
		check_number(status.pid, subject.pid);
		check_number(status.how, codes[i] < 0 ? BROOD_SIGNALED : BROOD_EXITED);
		check_number(codes[i] < 0 ? -status.signal : status.exit_code, codes[i]);
		check_number(status.started_ns, 0);
		check(status.ended_ns >= before && status.ended_ns <= now_ns());
		check(status.usage.ru_maxrss > 0);
		/* It was reaped. */
		check(waitpid(subject.pid, NULL, WNOHANG) < 0);
		check_number(errno, ECHILD);
		brood_process_free(process);
	}
}

/* covers: GE-10.wait.again API-PR.wait.again DIFF-64 */
static void a_second_wait_returns_the_same_again(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(42);
	struct brood_process *process = opened(subject.pid);
	let_go(&subject);
	struct brood_status first = waited(process);
	struct brood_status second = waited(process);
	check(memcmp(&first, &second, sizeof first) == 0);
	brood_process_free(process);
}

/* covers: GE-10.stops API-PR.wait.stops */
static void a_stop_is_no_end(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(3);
	struct brood_process *process = opened(subject.pid);
	check_number(brood_process_signal(process, SIGSTOP), 0);
	await_state(subject.pid, 'T');
	check_number(brood_process_wait(process, 20 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	check_number(brood_process_signal(process, SIGCONT), 0);
	check_number(brood_process_wait(process, 20 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	let_go(&subject);
	check_number(waited(process).exit_code, 3);
	brood_process_free(process);
}

/* covers: API-PR.wait.etime API-PR.wait.size DIFF-65 */
static void a_wait_has_a_time_limit_of_its_own(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(5);
	struct brood_process *process = opened(subject.pid);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	status.exit_code = 99;
	int64_t before = now_ns();
	check_error(brood_process_wait(process, 30 * BROOD_MILLISECOND, &status, &error), -ETIME,
		&error, BROOD_STEP_WAIT);
	check(now_ns() - before >= 30 * BROOD_MILLISECOND);
	check_number(brood_process_wait(process, 0, &status, NULL), -ETIME);
	check_number(brood_process_wait(process, -1, &status, NULL), -ETIME);
	check_number(status.exit_code, 99);
	status.size = 0;
	check_error(
		brood_process_wait(process, 0, &status, &error), -E2BIG, &error, BROOD_STEP_WAIT);
	let_go(&subject);
	check_number(waited(process).exit_code, 5);
	brood_process_free(process);
}

static volatile sig_atomic_t n_alarms;

static void count_alarm(int number)
{
	(void)number;
	n_alarms++;
}

/* covers: GE-10.wait.eintr API-PR.wait.eintr */
static void a_handler_does_not_end_the_wait(void **state)
{
	(void)state;
	struct sigaction action = { .sa_handler = count_alarm };
	struct sigaction before;
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct subject subject = child_of_ours(4);
	struct brood_process *process = opened(subject.pid);
	n_alarms = 0;
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &often, NULL);
	int r;
	do
		r = brood_process_wait(process, 50 * BROOD_MILLISECOND, NULL, NULL);
	while (r == -ETIME && n_alarms < 20);
	check_number(r, -ETIME);
	let_go(&subject);
	check_number(waited(process).exit_code, 4);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	brood_process_free(process);
}

/* covers: API-PR.wait.self */
static void nobody_waits_for_himself_for_ever(void **state)
{
	(void)state;
	need(can_hold_strangers());
	struct brood_process *process = opened(getpid());
	check_number(brood_process_wait(process, BROOD_FOREVER, NULL, NULL), -EDEADLK);
	check_number(brood_process_wait(process, 0, NULL, NULL), -ETIME);
	brood_process_free(process);
}

/* A stranger whose parent has not reaped it, or has. */
static void see_stranger_end(int code, int is_reaped)
{
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject subject = strangers(code);
	struct brood_process *process = opened(subject.pid);
	check_number(brood_process_wait(process, 0, NULL, NULL), -ETIME);
	let_go(&subject);
	if (is_reaped)
		have_reaped(&subject);
	int r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
	int may_know = is_reaped ? kernel_remembers() : kernel_is(6, 1);
	check(may_know ? r == 0 : r == 0 || r == BROOD_ELOST);
	check_number(status.pid, subject.pid);
	if (r == 0) {
		check_number(status.how, code < 0 ? BROOD_SIGNALED : BROOD_EXITED);
		check_number(code < 0 ? -status.signal : status.exit_code, code);
	} else {
		check_number(status.how, BROOD_LOST);
	}
	check_number(brood_process_signal(process, 0), -ESRCH);
	if (!is_reaped) {
		/* It was left for its parent. */
		check_number(kill(subject.pid, 0), 0);
		have_reaped(&subject);
	}
	check_number(brood_process_wait(process, BROOD_FOREVER, NULL, NULL), r);
	brood_process_free(process);
}

/* covers: GE-10.wait.stranger API-PR.wait.stranger DIFF-66 */
static void who_is_no_child_is_waited_for_and_left_to_its_parent(void **state)
{
	(void)state;
	need(can_hold_strangers());
	static const int codes[] = { 0, 3, 255, -SIGTERM, -SIGKILL };
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		see_stranger_end(codes[i], 0);
		see_stranger_end(codes[i], 1);
	}
}

/* covers: API-PR.wait.stranger */
static void the_end_of_a_stranger_that_was_reaped_at_once_is_known(void **state)
{
	(void)state;
	need(can_hold_strangers());
	/* It is gone while we wait. */
	for (int i = 0; i < 30; i++) {
		struct brood_status status = BROOD_STATUS_INIT;
		struct subject subject = strangers(i);
		struct brood_process *process = opened(subject.pid);
		close_end(&subject.reaping);
		let_go(&subject);
		int r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
		check(kernel_remembers() ? r == 0 : r == 0 || r == BROOD_ELOST);
		check_number(status.how, r == 0 ? BROOD_EXITED : BROOD_LOST);
		check_number(status.exit_code, r == 0 ? i : -1);
		have_reaped(&subject);
		brood_process_free(process);
	}
}

static void dump_core(void *data)
{
	int *ret_dumped = data;
	struct place place;
	struct brood_status status = BROOD_STATUS_INIT;
	struct rlimit limit = { 1 << 20, 1 << 20 };
	int reference = 0;
	place_make(&place);
	check_number(chdir(place.path), 0);
	*ret_dumped = 0;
	if (setrlimit(RLIMIT_CORE, &limit) == 0) {
		struct subject subject = child_of_ours(-SIGABRT);
		let_go(&subject);
		check_number(waitpid(subject.pid, &reference, 0), subject.pid);
		*ret_dumped = WCOREDUMP(reference) != 0;
	}
	for (int is_reaped = 0; is_reaped < 2; is_reaped++) {
		struct subject subject = strangers(-SIGABRT);
		struct brood_process *process = opened(subject.pid);
		let_go(&subject);
		if (is_reaped)
			have_reaped(&subject);
		int r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
		if (!is_reaped)
			have_reaped(&subject);
		check(r == 0 || !kernel_remembers());
		if (r == 0) {
			check_number(status.signal, SIGABRT);
			check_number(status.core_dumped, *ret_dumped);
		}
		brood_process_free(process);
	}
	check_number(chdir("/"), 0);
	place_leave(&place);
}

/* covers: API-PR.wait.core GE-11.sys */
static void the_core_dump_of_a_stranger_is_told(void **state)
{
	(void)state;
	need(can_hold_strangers());
	int *dumped = mmap(
		NULL, sizeof *dumped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(dumped != MAP_FAILED);
	in_scene(dump_core, dumped);
	int has_dumped = *dumped;
	munmap(dumped, sizeof *dumped);
	/* The flag that is not set was compared all the same. */
	need(has_dumped);
}

static void wait_without_permission(void *data)
{
	(void)data;
	struct brood_status status = BROOD_STATUS_INIT;
	struct subject told = strangers(11);
	struct subject untold = strangers(12);
	check_number(setresuid(65534, 65534, 65534), 0);
	struct brood_process *process = opened(told.pid);
	let_go(&told);
	/* It has ended, and nobody tells us how yet. */
	check_number(brood_process_wait(process, 20 * BROOD_MILLISECOND, &status, NULL),
		kernel_remembers() ? -ETIME : BROOD_ELOST);
	have_reaped(&told);
	int r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
	check_number(r, kernel_remembers() ? 0 : BROOD_ELOST);
	check_number(status.exit_code, r == 0 ? 11 : -1);
	brood_process_free(process);
	process = opened(untold.pid);
	let_go(&untold);
	check_number(brood_process_wait(process, BROOD_FOREVER, &status, NULL), BROOD_ELOST);
	check_number(status.how, BROOD_LOST);
	check_number(status.exit_code, -1);
	check(status.ended_ns > 0);
	brood_process_free(process);
	have_reaped(&untold);
}

/* covers: API-PR.wait.lost API-C.ELOST */
static void what_nobody_may_tell_is_lost_and_no_success(void **state)
{
	(void)state;
	need(can_hold_strangers() && geteuid() == 0);
	in_scene(wait_without_permission, NULL);
}

struct thief {
	atomic_int ends;
	atomic_int n_stolen;
};

static void *steal(void *data)
{
	struct thief *thief = data;
	while (!thief->ends) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			thief->n_stolen++;
		else
			sched_yield();
	}
	return NULL;
}

static void check_stolen(struct brood_process *process, int code)
{
	struct brood_status status = BROOD_STATUS_INIT;
	int r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
	check(r == 0 || (r == BROOD_ELOST && !kernel_remembers()) ||
		(r == BROOD_ELOST && !can_hold_strangers()));
	check_number(status.how, r == 0 ? BROOD_EXITED : BROOD_LOST);
	check_number(status.exit_code, r == 0 ? code : -1);
}

/* covers: GE-10.theft API-PR.wait.theft */
static void a_thief_takes_no_status_away(void **state)
{
	(void)state;
	need_threads();
	pthread_t thread;
	struct thief thief = { 0, 0 };
	for (int i = 0; i < 100; i++) {
		struct subject subject = child_of_ours(i % 100);
		struct brood_process *process = opened(subject.pid);
		if (i == 0)
			check_number(pthread_create(&thread, NULL, steal, &thief), 0);
		let_go(&subject);
		check_stolen(process, i % 100);
		brood_process_free(process);
	}
	thief.ends = 1;
	pthread_join(thread, NULL);
}

/* covers: GE-10.theft API-PR.wait.theft */
static void nor_does_an_ignored_sigchld(void **state)
{
	(void)state;
	struct sigaction ignored = { .sa_handler = SIG_IGN };
	struct sigaction before;
	struct subject subject = child_of_ours(21);
	struct brood_process *process = opened(subject.pid);
	sigaction(SIGCHLD, &ignored, &before);
	let_go(&subject);
	check_stolen(process, 21);
	sigaction(SIGCHLD, &before, NULL);
	check_number(brood_process_signal(process, SIGTERM), -ESRCH);
	brood_process_free(process);
}

#define N_WAITERS 6

struct waiter {
	pthread_t thread;
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

/* covers: API-PR.wait.threads */
static void all_who_wait_are_told_the_same(void **state)
{
	(void)state;
	need_threads();
	struct waiter waiters[N_WAITERS];
	for (int round = 0; round < 20; round++) {
		struct subject subject = child_of_ours(round);
		struct brood_process *process = opened(subject.pid);
		for (int i = 0; i < N_WAITERS; i++) {
			waiters[i].process = process;
			check_number(
				pthread_create(&waiters[i].thread, NULL, wait_for_end, &waiters[i]),
				0);
		}
		let_go(&subject);
		for (int i = 0; i < N_WAITERS; i++) {
			pthread_join(waiters[i].thread, NULL);
			check_number(waiters[i].code, 0);
			check(memcmp(&waiters[i].status, &waiters[0].status,
				      sizeof waiters[0].status) == 0);
		}
		check_number(waiters[0].status.exit_code, round);
		brood_process_free(process);
	}
}

/* covers: API-PR.open.race */
static void one_that_ends_while_it_is_opened_is_opened_or_gone(void **state)
{
	(void)state;
	need(can_hold_strangers());
	int n_gone = 0;
	for (int i = 0; i < 60; i++) {
		struct brood_process *process = NULL;
		struct brood_status status = BROOD_STATUS_INIT;
		struct subject subject = strangers(33);
		close_end(&subject.reaping);
		let_go(&subject);
		for (int n = 0; n < i * 100; n++)
			sched_yield();
		int r = brood_process_open(&process, subject.pid, NULL);
		n_gone += r < 0;
		check(r == 0 || r == -ESRCH);
		if (r == 0) {
			r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
			check(r == 0 || (r == BROOD_ELOST && !kernel_remembers()));
			check_number(status.exit_code, r == 0 ? 33 : -1);
			brood_process_free(process);
		}
		have_reaped(&subject);
	}
	/* Both have been seen, or nothing was shown. */
	need(n_gone > 0 && n_gone < 60);
}

/* struct clone_args as of Linux 5.5, which chooses numbers; the headers of musl lack it. */
struct clone_request {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size;
};

/* Forks with a number of our choice, which must be free. */
static pid_t fork_as(pid_t pid)
{
	struct clone_request args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&pid,
		.set_tid_size = 1,
	};
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

enum { CANNOT = 7 };

/* The number of one that was reaped becomes that of another child of ours. */
static void use_a_number_again(void)
{
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_info info = BROOD_INFO_INIT;
	struct brood_process *other = NULL;
	struct subject subject = child_of_ours(17);
	struct brood_process *process = opened(subject.pid);
	int knows_start = brood_process_info(process, &info, NULL) == 0;
	/* Starts are told apart by hundredths of a second. */
	for (int64_t end = now_ns() + 20 * BROOD_MILLISECOND; now_ns() < end;)
		sched_yield();
	have_reaped(&subject);
	pid_t pid = fork_as(subject.pid);
	if (pid == 0) {
		alarm(100);
		for (;;)
			pause();
	}
	if (pid < 0)
		_exit(CANNOT);
	check_number(pid, subject.pid);
	check_number(brood_process_signal(process, SIGKILL), -ESRCH);
	int has_groups = kernel_is(6, 9) && !denied("pidfd_send_signal-flags");
	int r = brood_process_signal_group(process, SIGKILL);
	check(r == -ESRCH || (r == -ENOSYS && !has_groups));
	check_number(brood_process_info(process, &info, NULL), -ESRCH);
	check_number(brood_process_children(process, NULL, 0, NULL), -ESRCH);
	r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
	check_number(r, kernel_remembers() ? 0 : BROOD_ELOST);
	check_number(status.exit_code, r == 0 ? 17 : -1);
	if (knows_start) {
		check_number(
			brood_process_open_started(&other, pid, info.start_ticks, NULL), -ESRCH);
		check(other == NULL);
	}
	/* The stranger is as it was. */
	check_number(waitpid(pid, NULL, WNOHANG), 0);
	check_number(kill(pid, SIGKILL), 0);
	check_number(waitpid(pid, NULL, 0), pid);
	brood_process_free(process);
}

/* A stranger with a number of our choice, or the process ends with CANNOT. */
static struct subject stranger_as(pid_t pid)
{
	int control[2];
	int telling[2];
	struct subject subject = { .reaping = -1 };
	check_number(pipe2(control, O_CLOEXEC), 0);
	check_number(pipe2(telling, O_CLOEXEC), 0);
	subject.middle = fork();
	check(subject.middle >= 0);
	if (subject.middle == 0) {
		close(control[1]);
		alarm(100);
		pid = fork_as(pid);
		if (pid == 0)
			be_subject(control[0], 0);
		int told = write(telling[1], &pid, sizeof pid) == (ssize_t)sizeof pid;
		_exit(told && pid > 0 && waitpid(pid, NULL, 0) == pid ? 0 : CANNOT);
	}
	close(control[0]);
	close(telling[1]);
	check(read(telling[0], &subject.pid, sizeof subject.pid) == (ssize_t)sizeof subject.pid);
	close(telling[0]);
	subject.control = control[1];
	if (subject.pid < 0)
		_exit(CANNOT);
	return subject;
}

/* One handle reaps the child, and its number becomes a stranger's. */
static void use_a_number_elsewhere(void)
{
	struct subject subject = child_of_ours(17);
	struct brood_process *process = opened(subject.pid);
	struct brood_process *reaper = opened(subject.pid);
	let_go(&subject);
	check_number(waited(reaper).exit_code, 17);
	struct subject stranger = stranger_as(subject.pid);
	check_number(stranger.pid, subject.pid);
	check_number(brood_process_signal(process, SIGKILL), -ESRCH);
	check(brood_process_signal_group(process, SIGKILL) < 0);
	check(brood_process_signal_group(reaper, SIGKILL) < 0);
	/* It is as it was. */
	await_state(stranger.pid, 'S');
	have_reaped(&stranger);
	brood_process_free(process);
	brood_process_free(reaper);
}

static void use_a_number_again_here(void *data)
{
	int *could = data;
	pid_t pid = fork();
	if (pid == 0) {
		if (can_signal_strangers())
			use_a_number_again();
		use_a_number_elsewhere();
		_exit(0);
	}
	int status = 0;
	check_number(waitpid(pid, &status, 0), pid);
	*could = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	check(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CANNOT));
}

/* Where the number cannot be chosen: with all rights in namespaces of our own. */
static void use_a_number_again_there(void *data)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0)
		use_a_number_again_here(data);
}

/* covers: GE-10.handle API-PR.reuse API-PR.open-started */
static void a_number_that_is_used_again_is_not_mistaken(void **state)
{
	(void)state;
	need(!denied("clone3"));
	int *could = mmap(
		NULL, sizeof *could, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(could != MAP_FAILED);
	*could = 0;
	in_scene(use_a_number_again_here, could);
	if (!*could)
		in_scene(use_a_number_again_there, could);
	int done = *could;
	munmap(could, sizeof *could);
	need(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_child_is_waited_for),
		hygienic(a_second_wait_returns_the_same_again),
		hygienic(a_stop_is_no_end),
		hygienic(a_wait_has_a_time_limit_of_its_own),
		hygienic(a_handler_does_not_end_the_wait),
		hygienic(nobody_waits_for_himself_for_ever),
		hygienic(who_is_no_child_is_waited_for_and_left_to_its_parent),
		hygienic(the_end_of_a_stranger_that_was_reaped_at_once_is_known),
		hygienic(the_core_dump_of_a_stranger_is_told),
		hygienic(what_nobody_may_tell_is_lost_and_no_success),
		hygienic(a_thief_takes_no_status_away),
		hygienic(nor_does_an_ignored_sigchld),
		hygienic(all_who_wait_are_told_the_same),
		hygienic(one_that_ends_while_it_is_opened_is_opened_or_gone),
		hygienic(a_number_that_is_used_again_is_not_mistaken),
	};
	return hygiene_run("waiting for any process", tests);
}
