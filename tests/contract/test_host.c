/* SPDX-License-Identifier: MIT */

/* What the host sees, and what it does to us: SIGCHLD, threads, stolen statuses, busy programs. */

#include "hygiene.h"
#include "kit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t counts[65];

static void count(int number)
{
	counts[number]++;
}

static struct sigaction count_from_now(int number)
{
	struct sigaction action = { .sa_handler = count };
	struct sigaction old;
	sigaction(number, &action, &old);
	counts[number] = 0;
	return old;
}

static void expect_start_to_fail(struct brood_cmd cmd, int code, int step)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = (struct brood_job *)&error;
	struct brood_job *same = job;
	int r = brood_start(&job, &cmd, 1, NULL, &error);
	assert_int_equal(r, code);
	assert_int_equal(error.code, code);
	assert_int_equal(error.step, step);
	assert_ptr_equal(job, same);
}

/* covers: API-J.start.fails GE-3.12 GE-14.sigchld GE-1.4 API-P.written */
static void a_failed_start_leaves_nothing_and_sends_no_sigchld(void **state)
{
	(void)state;
	struct sigaction old = count_from_now(SIGCHLD);
	int before = hygiene_open_descriptors();
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/nonexistent/program"),
		.in = brood_text("x"), .out = brood_capture(0, 0), .err = brood_pipe());
	expect_start_to_fail(cmd, -ENOENT, BROOD_STEP_EXEC);
	assert_int_equal(hygiene_open_descriptors(), before);
	cmd.argv = ACT("exit", "0");
	cmd.dir = "/nonexistent";
	expect_start_to_fail(cmd, -ENOENT, BROOD_STEP_CHDIR);
	cmd.dir = NULL;
	cmd.out = brood_file("/nonexistent/file", 0, 0);
	expect_start_to_fail(cmd, -ENOENT, BROOD_STEP_OPEN);
	cmd.argv = BROOD_ARGV("brood-no-such-program");
	expect_start_to_fail(cmd, BROOD_ENOTFOUND, BROOD_STEP_LOOKUP);
	assert_int_equal(hygiene_open_descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
	sigaction(SIGCHLD, &old, NULL);
	assert_int_equal(counts[SIGCHLD], 0);
}

/* covers: GE-14.sigchld */
static void a_program_that_ran_sends_one_sigchld(void **state)
{
	(void)state;
	struct sigaction old = count_from_now(SIGCHLD);
	for (int i = 1; i <= 20; i++) {
		assert_int_equal(run_quietly(ACT("exit", "0"), NULL), 0);
		assert_int_equal(counts[SIGCHLD], i);
	}
	sigaction(SIGCHLD, &old, NULL);
}

static int count_tasks(void)
{
	int n = 0;
	DIR *folder = opendir("/proc/self/task");
	assert_non_null(folder);
	struct dirent *entry;
	while ((entry = readdir(folder)))
		n += entry->d_name[0] != '.';
	closedir(folder);
	return n;
}

static int see_tasks(void *data, const char *chunk, size_t length)
{
	(void)chunk;
	(void)length;
	*(int *)data = count_tasks();
	return 0;
}

/* covers: API-R1.threads */
static void the_library_makes_no_threads(void **state)
{
	(void)state;
	int before = count_tasks();
	int within = 0;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_HOUR);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x", "ready"),
		.in = brood_text("y"), .out = brood_sink(see_tasks, &within),
		.err = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(count_tasks(), before);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(within, before);
	scene_end(&scene);
}

/* The number of the system call that a process is in; -1 while it runs. */
static long system_call_of(pid_t pid)
{
	char path[64];
	long number = -1;
	snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

/* covers: API-R1.block DIFF-1 GE-3.14 */
static void bytes_move_only_while_somebody_waits(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "1", "2000000", "ready"),
		.out = brood_capture(0, 0));
	scene_start(&scene, cmd, NULL, 0);
	await_state(scene.pid, 'S');
	assert_int_equal(system_call_of(scene.pid), SYS_write);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), 0);
	assert_int_equal(result.out.length, 2000000);
	assert_int_equal(line_ready(&scene.line), 'r');
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-R5 API-PUMP.epipe GE-16.8 */
static void a_child_that_does_not_read_raises_no_sigpipe(void **state)
{
	(void)state;
	struct sigaction old = count_from_now(SIGPIPE);
	static char much[1000000];
	struct scene scene;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.in = brood_memory(much, sizeof much);
	for (int i = 0; i < 20; i++)
		assert_int_equal(brood_run(&cmd, NULL, NULL, NULL), 0);
	cmd = quiet(ACT("close", "0", "ready", "await", "4"));
	cmd.in = brood_pipe();
	scene_start(&scene, cmd, NULL, 1);
	assert_int_equal(brood_job_write(scene.job, 0, 0, "x", 1), -EPIPE);
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	scene_end(&scene);
	struct sigaction now;
	sigaction(SIGPIPE, NULL, &now);
	assert_ptr_equal(now.sa_handler, count);
	sigaction(SIGPIPE, &old, NULL);
	assert_int_equal(counts[SIGPIPE], 0);
}

/* The child closes its input while the source is asked for more. */
static int64_t give_too_late(void *data, char *buffer, size_t size)
{
	struct scene *scene = data;
	(void)size;
	scene_release(scene);
	assert_int_equal(line_ready(&scene->line), 'r');
	buffer[0] = 'x';
	return 1;
}

/* covers: API-R5 API-PUMP.epipe GE-16.8 */
static void input_that_comes_too_late_is_no_failure(void **state)
{
	(void)state;
	struct sigaction old = count_from_now(SIGPIPE);
	struct scene scene;
	struct brood_cmd cmd = quiet(ACT("await", "4", "close", "0", "ready", "exit", "0"));
	cmd.in = brood_source(give_too_late, &scene);
	scene_start(&scene, cmd, NULL, 0);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	sigaction(SIGPIPE, &old, NULL);
	assert_int_equal(counts[SIGPIPE], 0);
	scene_end(&scene);
}

/* covers: API-R4.cloexec */
static void every_descriptor_is_close_on_exec(void **state)
{
	(void)state;
	struct scene scene;
	int was_open[1024];
	int n_new = 0;
	for (int fd = 0; fd < 1024; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "await", "4"), .in = brood_pipe(),
		.out = brood_capture(0, 0), .err = brood_pipe());
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME);
	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);
		if (was_open[fd] || flags < 0)
			continue;
		n_new++;
		assert_true(flags & FD_CLOEXEC);
	}
	assert_true(n_new >= 5); /* ours of the line and the control, and at least its three */
	int fd = brood_job_take_fd(scene.job, 0, 2);
	assert_true(fd > 2);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	scene_end(&scene);
}

/* In a forked child, with 0, 1 and 2 closed. Returns what went wrong. */
static int start_without_standard_descriptors(void)
{
	struct brood_job *job = NULL;
	char text[3] = "";
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"), .in = brood_pipe(),
		.out = brood_pipe(), .err = brood_capture(0, 0));
	if (brood_start(&job, &cmd, 1, NULL, NULL) != 0)
		return 1;
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 2 + fd;
	if (brood_job_write(job, 0, 0, "ok", 2) != 2 || brood_job_close(job, 0, 0) != 0)
		return 5;
	if (brood_job_read(job, 0, 1, text, 2) != 2 || strcmp(text, "ok") != 0)
		return 6;
	if (brood_job_wait(job, BROOD_FOREVER, NULL, NULL) != 0)
		return 7;
	brood_job_free(job);
	return 0;
}

static void expect_in_forked_child(int (*function)(void))
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(function());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("wait status %#x of the forked child", (unsigned int)status);
}

/* covers: API-R4.standard GE-16.3 */
static void no_descriptor_takes_the_place_of_a_standard_one(void **state)
{
	(void)state;
	expect_in_forked_child(start_without_standard_descriptors);
}

static int kernel_is(long wanted_major, long wanted_minor)
{
	struct utsname name;
	uname(&name);
	char *end = NULL;
	long major = strtol(name.release, &end, 10);
	long minor = strtol(end + 1, NULL, 10);
	return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
}

/* tests/faults/denied.sh plays older kernels. */
static int kernel_remembers(void)
{
	return !denied("pidfd-info") && kernel_is(6, 15);
}

/* Without CLONE_PIDFD somebody may reap a child before we hold it. */
static int may_come_late(void)
{
	return denied("clone-pidfd");
}

/* A status that somebody else has taken: told by the kernel, or lost, and never made up. */
static void expect_stolen(int r, const struct brood_result *result, int code)
{
	assert_int_equal(result->code, r);
	if (!kernel_remembers() || (r == BROOD_ELOST && may_come_late())) {
		assert_int_equal(r, BROOD_ELOST);
		assert_int_equal(result->cause, BROOD_CAUSE_LOST);
		assert_int_equal(result->stages[0].how, BROOD_LOST);
		return;
	}
	assert_int_equal(r, code == 0 ? 0 : BROOD_EEXIT);
	assert_int_equal(result->cause, BROOD_CAUSE_EXIT);
	assert_int_equal(result->stages[0].how, BROOD_EXITED);
	assert_int_equal(result->stages[0].exit_code, code);
}

/* covers: GE-10.theft API-C.ELOST API-RES.recovered GE-3.23 DIFF-19 */
static void a_status_that_somebody_else_reaped_is_recovered(void **state)
{
	(void)state;
	const char *codes[] = { "0", "1", "77", "255" };
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		scene_start(&scene, quiet(ACT("exit", codes[i])), NULL, 0);
		assert_int_equal(waitpid(scene.pid, NULL, 0), scene.pid);
		int r = brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL);
		expect_stolen(r, &result, atoi(codes[i]));
		if (r != BROOD_ELOST)
			assert_int_equal(result.notes, BROOD_NOTE_STATUS_RECOVERED);
		brood_result_done(&result);
		scene_end(&scene);
	}
}

/* covers: GE-10.theft GE-11.sys API-RES.recovered */
static void a_signal_that_killed_is_recovered_too(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, quiet(ACT("ready", "pause")), NULL, 1);
	assert_int_equal(kill(scene.pid, SIGUSR2), 0);
	assert_int_equal(waitpid(scene.pid, NULL, 0), scene.pid);
	int r = brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL);
	if (kernel_remembers()) {
		assert_int_equal(r, BROOD_EEXIT);
		assert_int_equal(result.stages[0].how, BROOD_SIGNALED);
		assert_int_equal(result.stages[0].signal, SIGUSR2);
		assert_int_equal(result.stages[0].exit_code, -1);
	} else {
		assert_int_equal(r, BROOD_ELOST);
	}
	assert_int_equal(brood_job_signal(scene.job, SIGTERM), -ESRCH);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: GE-10.theft API-C.ELOST */
static void an_ignored_sigchld_loses_nothing(void **state)
{
	(void)state;
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	char code[8];
	sigaction(SIGCHLD, &ignore, &old);
	for (int i = 0; i < 40; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		snprintf(code, sizeof code, "%d", i % 3);
		expect_stolen(run_quietly(ACT("exit", code), &result), &result, i % 3);
		brood_result_done(&result);
	}
	sigaction(SIGCHLD, &old, NULL);
}

static atomic_bool thief_goes_on;

static void *steal_all(void *data)
{
	(void)data;
	while (thief_goes_on)
		waitpid(-1, NULL, __WALL | WNOHANG);
	return NULL;
}

/* covers: GE-10.theft API-C.ELOST */
static void a_thread_that_reaps_everything_loses_nothing(void **state)
{
	(void)state;
	need_threads();
	pthread_t thread;
	char code[8];
	thief_goes_on = true;
	assert_int_equal(pthread_create(&thread, NULL, steal_all, NULL), 0);
	for (int i = 0; i < 200; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		snprintf(code, sizeof code, "%d", i % 256);
		int r = run_quietly(ACT("exit", code), &result);
		if (r == BROOD_ELOST)
			assert_true(!kernel_remembers() || may_come_late());
		else
			assert_int_equal(r, i % 256 == 0 ? 0 : BROOD_EEXIT);
		if (r != BROOD_ELOST)
			assert_int_equal(result.stages[0].exit_code, i % 256);
		brood_result_done(&result);
	}
	thief_goes_on = false;
	pthread_join(thread, NULL);
}

/* covers: API-J.start.fails */
static void a_thief_does_not_hide_why_a_start_failed(void **state)
{
	(void)state;
	need_threads();
	pthread_t thread;
	thief_goes_on = true;
	assert_int_equal(pthread_create(&thread, NULL, steal_all, NULL), 0);
	for (int i = 0; i < 100; i++)
		expect_start_to_fail(
			quiet(BROOD_ARGV("/nonexistent/program")), -ENOENT, BROOD_STEP_EXEC);
	thief_goes_on = false;
	pthread_join(thread, NULL);
}

/* From now on this process and its children get `action` for one system call. */
static int filter_call(unsigned int number, unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = code };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int lose_a_status(void)
{
	struct brood_job *job = NULL;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	if (!filter_call(SYS_ioctl, SECCOMP_RET_ERRNO | ENOTTY))
		return 1;
	if (brood_start(&job, &cmd, 1, NULL, NULL) != 0)
		return 2;
	if (waitpid(brood_job_pid(job), NULL, 0) < 0)
		return 3;
	if (brood_job_wait(job, BROOD_FOREVER, &result, &error) != BROOD_ELOST)
		return 4;
	if (result.cause != BROOD_CAUSE_LOST || result.stages[0].how != BROOD_LOST ||
		result.stages[0].exit_code != -1)
		return 5;
	if (error.code != BROOD_ELOST || error.step != BROOD_STEP_WAIT)
		return 6;
	brood_result_done(&result);
	brood_job_free(job);
	return 0;
}

/* covers: API-C.ELOST GE-5.1.1 */
static void what_nobody_can_tell_is_lost_and_no_success(void **state)
{
	(void)state;
	expect_in_forked_child(lose_a_status);
}

static int be_killed_before_execve(void)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.dir = "/"; /* chdir is what the child is killed at */
	if (!filter_call(SYS_chdir, SECCOMP_RET_KILL_PROCESS))
		return 1;
	int r = brood_run(&cmd, NULL, &result, &error);
	if (r != -EINTR)
		return 2;
	if (error.step != BROOD_STEP_KILLED_EARLY)
		return 3;
	if (result.n_stages != 1 || result.stages[0].how != BROOD_NOT_STARTED)
		return 4;
	brood_result_done(&result);
	if (waitpid(-1, NULL, WNOHANG | __WALL) != -1 || errno != ECHILD)
		return 5;
	return 0;
}

/* covers: API-J.start.killed-early */
static void a_child_killed_before_execve_was_not_started(void **state)
{
	(void)state;
	/* SIGSYS dumps the core, which ended all who share the memory. */
	if (!kernel_is(5, 16)) {
		print_message("# skipped: before Linux 5.16 it takes its parent along\n");
		skip();
	}
	expect_in_forked_child(be_killed_before_execve);
}

static void copy_program(const char *from, const char *to)
{
	assert_int_equal(run_quietly(BROOD_ARGV("/bin/cp", from, to), NULL), 0);
}

static void *close_later(void *data)
{
	usleep(20000);
	close(*(int *)data);
	return NULL;
}

/*
 * The moment between the first try and the last one cannot be awaited from outside, so a wrong
 * moment is tried again; what may come at any moment is checked each time.
 *
 * covers: API-J.start.busy API-RES.busy
 */
static void a_program_that_is_busy_is_tried_again(void **state)
{
	(void)state;
	/* Valgrind ends a process whose execve fails late. */
	if (denied("valgrind"))
		skip();
	need_threads();
	char folder[FOLDER_SIZE];
	char program[FOLDER_SIZE + 8];
	int retried = 0;
	make_folder(folder);
	snprintf(program, sizeof program, "%s/act", folder);
	copy_program(helper("act"), program);
	for (int i = 0; i < 50 && !retried; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		pthread_t thread;
		int fd = open(program, O_WRONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(pthread_create(&thread, NULL, close_later, &fd), 0);
		int r = run_quietly(BROOD_ARGV(program, "exit", "0"), &result);
		assert_true(r == 0 || r == -ETXTBSY);
		retried = r == 0 && result.notes & BROOD_NOTE_RETRIED_BUSY;
		assert_int_equal(result.notes & ~BROOD_NOTE_RETRIED_BUSY, 0);
		brood_result_done(&result);
		pthread_join(thread, NULL);
	}
	remove_folder(folder);
	assert_true(retried);
}

/* covers: API-J.start.busy */
static void a_program_that_stays_busy_is_given_up(void **state)
{
	(void)state;
	/* Valgrind ends a process whose execve fails late. */
	if (denied("valgrind"))
		skip();
	char folder[FOLDER_SIZE];
	char program[FOLDER_SIZE + 8];
	make_folder(folder);
	snprintf(program, sizeof program, "%s/act", folder);
	copy_program(helper("act"), program);
	int fd = open(program, O_WRONLY | O_CLOEXEC);
	struct sigaction old = count_from_now(SIGCHLD);
	int64_t begin = now_ns();
	expect_start_to_fail(quiet(BROOD_ARGV(program, "exit", "0")), -ETXTBSY, BROOD_STEP_EXEC);
	assert_true(now_ns() - begin < 10 * BROOD_SECOND);
	sigaction(SIGCHLD, &old, NULL);
	assert_int_equal(counts[SIGCHLD], 0);
	close(fd);
	remove_folder(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_failed_start_leaves_nothing_and_sends_no_sigchld),
		hygienic(a_program_that_ran_sends_one_sigchld),
		hygienic(the_library_makes_no_threads),
		hygienic(bytes_move_only_while_somebody_waits),
		hygienic(a_child_that_does_not_read_raises_no_sigpipe),
		hygienic(input_that_comes_too_late_is_no_failure),
		hygienic(every_descriptor_is_close_on_exec),
		hygienic(no_descriptor_takes_the_place_of_a_standard_one),
		hygienic(a_status_that_somebody_else_reaped_is_recovered),
		hygienic(a_signal_that_killed_is_recovered_too),
		hygienic(an_ignored_sigchld_loses_nothing),
		hygienic(a_thread_that_reaps_everything_loses_nothing),
		hygienic(a_thief_does_not_hide_why_a_start_failed),
		hygienic(what_nobody_can_tell_is_lost_and_no_success),
		hygienic(a_child_killed_before_execve_was_not_started),
		hygienic(a_program_that_is_busy_is_tried_again),
		hygienic(a_program_that_stays_busy_is_given_up),
	};
	return hygiene_run("host", tests);
}
