/* SPDX-License-Identifier: MIT */
/* Corners that a review of lib/ found: each of these failed once. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A child or a tracer burns the one; whoever spins beside it uses about as much, and who sleeps
 * next to nothing. */
#define BURNT   "1000"
#define AT_MOST (400 * BROOD_MILLISECOND)

static int64_t processor_time(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * BROOD_SECOND + used.tv_nsec;
}

static int64_t give_eagain(void *data, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	++*(int *)data;
	return -EAGAIN;
}

static int take_eagain(void *data, const char *chunk, size_t length)
{
	(void)chunk;
	(void)length;
	++*(int *)data;
	return -EAGAIN;
}

static int take_line_eagain(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)flags;
	return take_eagain(data, line, length);
}

static void reap_anybody(int signal)
{
	(void)signal;
	int saved = errno;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

/* The library does not look for such a thief: it must not make a status up all the same.
 * covers: API-C.ELOST */
static void a_status_that_a_handler_took_is_not_made_up(void **state)
{
	(void)state;
	struct sigaction action = { .sa_handler = reap_anybody };
	struct sigaction before;
	struct itimerval often = { { 0, 300 }, { 0, 300 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	for (int i = 0; i < 200; i++) {
		struct brood_cmd cmd = quiet(ACT("exit", "7"));
		struct brood_result result = BROOD_RESULT_INIT;
		assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
		int r = brood_run(&cmd, NULL, &result, NULL);
		assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
		assert_true(r == BROOD_EEXIT || r == BROOD_ELOST);
		if (r == BROOD_EEXIT)
			assert_int_equal(result.stages[0].exit_code, 7);
		else
			assert_int_equal(result.stages[0].how, BROOD_LOST);
		brood_result_done(&result);
	}
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

/* covers: API-IO.source.2 API-IO.sink.3 API-IO.lines.6 */
static void eagain_of_a_function_is_a_failure_like_others(void **state)
{
	(void)state;
	int calls = 0;
	struct brood_cmd cmd = quiet(ACT("copy", "0", "2"));
	cmd.err = brood_null();
	cmd.in = brood_source(give_eagain, &calls);
	struct brood_error error = BROOD_ERROR_INIT;
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), -EAGAIN);
	assert_int_equal(error.step, BROOD_STEP_PUMP);
	assert_int_equal(calls, 1);
	const struct brood_io outs[] = { brood_sink(take_eagain, &calls),
		brood_lines(take_line_eagain, &calls, 0) };
	for (size_t i = 0; i < 2; i++) {
		calls = 0;
		cmd = quiet(ACT("print", "1", "once\n"));
		cmd.out = outs[i];
		assert_int_equal(brood_run(&cmd, NULL, NULL, &error), -EAGAIN);
		assert_int_equal(calls, 1);
	}
}

/* covers: API-JOB.read.1 API-WD.forever */
static void who_reads_by_hand_past_the_wait_delay_sleeps(void **state)
{
	(void)state;
	char byte;
	struct brood_job *job = NULL;
	struct brood_cmd cmd = quiet(ACT("{", "burn", BURNT, "}", "exit", "0"));
	struct brood_options options = BROOD_OPTIONS(.wait_delay = -1);
	cmd.out = brood_pipe();
	assert_int_equal(brood_start(&job, &cmd, 1, &options, NULL), 0);
	int64_t before = processor_time();
	assert_int_equal(brood_job_read(job, 0, 1, &byte, 1), 0);
	assert_in_range(processor_time() - before, 0, AT_MOST);
	assert_int_equal(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), 0);
	brood_job_free(job);
}

/* covers: API-JOB.write.1 */
static void who_writes_by_hand_beside_an_output_that_has_ended_sleeps(void **state)
{
	(void)state;
	enum { MUCH = 1 << 20 };
	static char bytes[MUCH];
	struct brood_job *job = NULL;
	struct brood_cmd cmd = quiet(ACT("close", "1", "burn", BURNT, "copy", "0", "2"));
	cmd.in = brood_pipe();
	cmd.out = brood_pipe();
	cmd.err = brood_null();
	assert_int_equal(brood_start(&job, &cmd, 1, NULL, NULL), 0);
	int64_t before = processor_time();
	assert_int_equal(brood_job_write(job, 0, 0, bytes, MUCH), MUCH);
	assert_in_range(processor_time() - before, 0, AT_MOST);
	assert_int_equal(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), 0);
	brood_job_free(job);
}

/* Holds the zombie of a child back for a while. Returns its pid, or -1 if that cannot be. */
static pid_t trace(const struct scene *scene)
{
	int ready[2];
	char byte = 'n';
	assert_int_equal(pipe(ready), 0);
	pid_t tracer = fork();
	if (tracer == 0) {
		close(scene->control.writing);
		close(scene->line.reading);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ptrace(PTRACE_SEIZE, scene->pid, NULL, NULL) == 0)
			byte = 'y';
		if (write(ready[1], &byte, 1) != 1)
			_exit(1);
		siginfo_t info;
		waitid(P_PID, (id_t)scene->pid, &info, WEXITED | WNOWAIT);
		int64_t begin = processor_time();
		while (byte == 'y' && processor_time() - begin < 1000 * BROOD_MILLISECOND)
			;
		_exit(0);
	}
	assert_true(tracer > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	if (byte == 'y')
		return tracer;
	waitpid(tracer, NULL, 0);
	return -1;
}

/* covers: GE-3.20 */
static void a_child_that_its_tracer_keeps_is_waited_for_asleep(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_cmd cmd = quiet(ACT("ready", "await", "4"));
	cmd.out = brood_capture(0, 0);
	scene_start(&scene, cmd, NULL, 1);
	pid_t tracer = trace(&scene);
	scene_release(&scene);
	int64_t before = processor_time();
	int code = brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL);
	int64_t used = processor_time() - before;
	scene_end(&scene);
	if (tracer < 0)
		skip();
	assert_int_equal(waitpid(tracer, NULL, 0), tracer);
	assert_int_equal(code, 0);
	assert_in_range(used, 0, AT_MOST);
}

/* covers: API-G.signal API-G.stop */
static void a_leader_that_left_its_group_is_stopped_too(void **state)
{
	(void)state;
	struct scene scene;
	const struct brood_stop steps[] = { { SIGTERM, 0, -1 } };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP, .timeout = 1,
		.stop = steps, .n_stop = 1);
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, quiet(ACT("say-on", "10", "ignore", "15", "rejoin", "ready", "pause")),
		&options, 1);
	/* Alone, and with somebody left in its group. */
	assert_int_equal(brood_job_signal(scene.job, SIGUSR1), 0);
	assert_int_equal(line_ready(&scene.line), SIGUSR1);
	assert_int_equal(
		brood_job_wait(scene.job, 20 * BROOD_SECOND, &result, NULL), BROOD_ETIMEOUT);
	assert_int_equal(result.stages[0].signal, SIGKILL);
	scene_end(&scene);
	scene_start(&scene,
		quiet(ACT("ignore", "15", "{", "ready", "pause", "}", "rejoin", "ready", "pause")),
		&options, 2);
	assert_int_equal(
		brood_job_wait(scene.job, 20 * BROOD_SECOND, &result, NULL), BROOD_ETIMEOUT);
	assert_int_equal(result.stages[0].signal, SIGKILL);
	scene_end(&scene);
	brood_result_done(&result);
}

static int count_input(void *data)
{
	char byte;
	int n = 0;
	(void)data;
	while (read(0, &byte, 1) == 1)
		n++;
	return n;
}

/* covers: API-CMD.flags.keep_fds API-F.4 */
static void a_function_that_keeps_descriptors_gets_no_private_ones(void **state)
{
	(void)state;
	struct brood_cmd cmd = quiet(NULL);
	struct brood_options options = BROOD_OPTIONS(.timeout = 20 * BROOD_SECOND);
	struct brood_result result = BROOD_RESULT_INIT;
	cmd.function = count_input;
	cmd.flags = BROOD_KEEP_FDS;
	cmd.in = brood_memory("abc", 3);
	/* With our end of its input in its hands it would never see the end. */
	assert_int_equal(brood_run(&cmd, &options, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 3);
	brood_result_done(&result);
}

#define HIGHEST 15000

static int count_private(void *data)
{
	const int *kept = data;
	int n = 0;
	for (int fd = 3; fd <= HIGHEST; fd++) {
		int flags = fcntl(fd, F_GETFD);
		n += flags >= 0 && flags & FD_CLOEXEC;
	}
	return fcntl(*kept, F_GETFD) == 0 ? n : 100;
}

/* covers: API-CMD.flags.keep_fds API-F.4 */
static void private_descriptors_with_high_numbers_are_no_functions_either(void **state)
{
	(void)state;
	static const int numbers[] = { 3, 100, 1000, 5000, HIGHEST };
	int opened[5];
	struct rlimit limit, more;
	struct brood_cmd cmd = quiet(NULL);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	more = (struct rlimit){ limit.rlim_max > HIGHEST ? HIGHEST + 1 : limit.rlim_max,
		limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &more), 0);
	int kept = fcntl(2, F_DUPFD, 60);
	/* Where the limit is lower, those within it. */
	for (int i = 0; i < 5; i++)
		opened[i] = fcntl(2, F_DUPFD_CLOEXEC, numbers[i]);
	cmd.function = count_private;
	cmd.function_data = &kept;
	cmd.flags = BROOD_KEEP_FDS;
	assert_int_equal(brood_run(&cmd, NULL, NULL, NULL), 0);
	/* What is open above a limit that was lowered since is closed as well. */
	struct rlimit low = { 64, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(brood_run(&cmd, NULL, NULL, NULL), 0);
	for (int i = 0; i < 5; i++) {
		if (opened[i] >= 0)
			close(opened[i]);
	}
	close(kept);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static pid_t stranger;
static int stranger_ends[2];
static bool wants_stranger;

/* What another thread might do at any time: a fork without exec, while a start is under way. */
static void fork_stranger(void)
{
	if (!wants_stranger)
		return;
	wants_stranger = false;
	stranger = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (stranger == 0) {
		char byte;
		close(stranger_ends[1]);
		syscall(SYS_read, stranger_ends[0], &byte, 1);
		_exit(0);
	}
}

static int return_seven(void *data)
{
	(void)data;
	return 7;
}

static void on_alarm(int number)
{
	(void)number;
	kill(stranger, SIGKILL);
}

/* covers: API-F.1 */
static void the_start_of_a_function_does_not_wait_for_forks_of_other_threads(void **state)
{
	(void)state;
	struct brood_cmd cmd = quiet(NULL);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job = NULL;
	cmd.function = return_seven;
	assert_int_equal(pipe(stranger_ends), 0);
	assert_int_equal(pthread_atfork(fork_stranger, NULL, NULL), 0);
	wants_stranger = true;
	struct sigaction before;
	const struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	sigaction(SIGALRM, &action, &before);
	alarm(20);
	int started = brood_start(&job, &cmd, 1, NULL, NULL);
	alarm(0);
	sigaction(SIGALRM, &before, NULL);
	close(stranger_ends[1]);
	int status = -1;
	assert_int_equal(waitpid(stranger, &status, 0), stranger);
	close(stranger_ends[0]);
	assert_int_equal(started, 0);
	assert_int_equal(brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 7);
	brood_job_free(job);
	brood_result_done(&result);
	assert_int_equal(status, 0); /* it was there until the start was over */
}

/* covers: API-CMD.flags.lookup_dot */
static void a_program_of_the_current_directory_that_is_accepted_is_no_error(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = quiet(BROOD_ARGV("true"));
	char *here = getcwd(NULL, 0);
	assert_non_null(here);
	assert_int_equal(chdir("/bin"), 0);
	cmd.search_path = ".";
	cmd.flags = BROOD_LOOKUP_DOT;
	int code = brood_run(&cmd, NULL, NULL, &error);
	assert_int_equal(chdir(here), 0);
	free(here);
	assert_int_equal(code, 0);
	assert_int_equal(error.code, 0);
}

/* covers: API-ABI.2 */
static void of_a_shorter_result_nothing_more_is_explained(void **state)
{
	(void)state;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t size = offsetof(struct brood_result, stages);
	char *pages = mmap(
		NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	struct brood_result *result = (void *)(pages + page - size);
	result->size = size;
	char text[64];
	assert_string_equal(brood_explain(BROOD_EEXIT, result, NULL, text, sizeof text), "failed");
	munmap(pages, 2 * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(eagain_of_a_function_is_a_failure_like_others),
		hygienic(who_reads_by_hand_past_the_wait_delay_sleeps),
		hygienic(who_writes_by_hand_beside_an_output_that_has_ended_sleeps),
		hygienic(a_child_that_its_tracer_keeps_is_waited_for_asleep),
		hygienic(a_leader_that_left_its_group_is_stopped_too),
		hygienic(a_function_that_keeps_descriptors_gets_no_private_ones),
		hygienic(private_descriptors_with_high_numbers_are_no_functions_either),
		hygienic(the_start_of_a_function_does_not_wait_for_forks_of_other_threads),
		hygienic(a_program_of_the_current_directory_that_is_accepted_is_no_error),
		hygienic(of_a_shorter_result_nothing_more_is_explained),
		hygienic(a_status_that_a_handler_took_is_not_made_up),
	};
	return hygiene_run("corners", tests);
}
