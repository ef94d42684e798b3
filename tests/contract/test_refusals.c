/* SPDX-License-Identifier: MIT */

/* What is refused before anything is started, and the other children: /bin/sh and functions. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Refused means: by that code at that step, nothing made, nothing run. */
static struct brood_error refused(
	const struct brood_cmd *cmd, size_t n, const struct brood_options *options, int code)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	int before = hygiene_open_descriptors();
	int r = brood_start(&job, cmd, n, options, &error);
	assert_int_equal(r, code);
	assert_int_equal(error.code, code);
	assert_null(job);
	assert_int_equal(hygiene_open_descriptors(), before);
	return error;
}

static void expect_refused(
	const struct brood_cmd *cmd, const struct brood_options *options, int code, int step)
{
	assert_int_equal(refused(cmd, 1, options, code).step, step);
}

/* covers: API-X.verdict */
static void the_verdicts_mean_the_same_for_one_stage(void **state)
{
	(void)state;
	const uint64_t verdicts[] = { BROOD_VERDICT_LAST, BROOD_VERDICT_RIGHTMOST,
		BROOD_VERDICT_STRICT };
	for (size_t i = 0; i < 3; i++) {
		struct brood_options options = BROOD_OPTIONS(.flags = verdicts[i]);
		struct brood_cmd cmd = quiet(ACT("exit", "0"));
		assert_int_equal(brood_run(&cmd, &options, NULL, NULL), 0);
		cmd.argv = ACT("exit", "1");
		assert_int_equal(brood_run(&cmd, &options, NULL, NULL), BROOD_EEXIT);
	}
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_options both = BROOD_OPTIONS(.flags = BROOD_VERDICT_LAST |
							   BROOD_VERDICT_STRICT);
	expect_refused(&cmd, &both, BROOD_EMISUSE, BROOD_STEP_CONFIG);
}

/* covers: API-C.EMISUSE GE-5.09 API-M.flags */
static void unknown_flags_and_kinds_are_misuse(void **state)
{
	(void)state;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_options options = BROOD_OPTIONS(.flags = 0);
	for (int bit = 3; bit < 64; bit++) {
		cmd.flags = UINT64_C(1) << bit;
		expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	}
	cmd.flags = 0;
	for (int bit = 8; bit < 64; bit++) {
		options.flags = UINT64_C(1) << bit;
		expect_refused(&cmd, &options, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	}
	cmd.out.kind = 15;
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd.out = brood_null();
	cmd.out.flags = 4;
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd.out = brood_null();
	cmd.in.reserved[1] = 1;
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
}

/* covers: API-C.EMISUSE API-M.kinds */
static void an_io_of_the_wrong_direction_is_misuse(void **state)
{
	(void)state;
	static char memory[8];
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	const struct brood_io outputs[] = { brood_capture(0, 0), brood_into(memory, 8),
		brood_merge() };
	for (size_t i = 0; i < 3; i++) {
		cmd.in = outputs[i];
		expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	}
	cmd.in = brood_null();
	cmd.out = brood_text("x");
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd.out = brood_merge();
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd.out = brood_null();
	cmd.err = brood_memory("x", 1);
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
}

/* covers: API-M.nothing GE-5.09 */
static void a_command_of_nothing_is_misuse(void **state)
{
	(void)state;
	struct brood_cmd cmd = quiet(NULL);
	char *const none[] = { NULL };
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd.argv = none;
	expect_refused(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd.argv = ACT("exit", "0");
	assert_int_equal(refused(&cmd, 0, NULL, BROOD_EMISUSE).step, BROOD_STEP_CONFIG);
}

/* covers: API-M.einval API-S.6 */
static void values_that_a_field_cannot_have_are_named(void **state)
{
	(void)state;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_stop steps[17] = { { .signal = SIGTERM } };
	struct brood_options options = BROOD_OPTIONS(.stop = steps, .n_stop = 1);
	assert_int_equal(brood_run(&cmd, &options, NULL, NULL), 0);
	for (size_t i = 0; i < 17; i++)
		steps[i].signal = SIGTERM;
	options.n_stop = 16;
	assert_int_equal(brood_run(&cmd, &options, NULL, NULL), 0);
	options.n_stop = 17;
	assert_non_null(strstr(refused(&cmd, 1, &options, -EINVAL).subject, "stop"));
	options.n_stop = 1;
	steps[0].signal = 65;
	assert_non_null(strstr(refused(&cmd, 1, &options, -EINVAL).subject, "stop"));
	steps[0].signal = -1;
	assert_non_null(strstr(refused(&cmd, 1, &options, -EINVAL).subject, "stop"));
	options.n_stop = 0;
	options.group = -5;
	assert_non_null(strstr(refused(&cmd, 1, &options, -EINVAL).subject, "group"));
}

/* covers: API-M.fds */
static void maps_that_cannot_be_are_named(void **state)
{
	(void)state;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_fd_map fds[] = { { 0, 2 }, { 0, 5 } };
	cmd.fds = fds;
	cmd.n_fds = 1;
	assert_non_null(strstr(refused(&cmd, 1, NULL, -EINVAL).subject, "fds"));
	fds[0] = (struct brood_fd_map){ 0, 5 };
	cmd.n_fds = 2;
	assert_non_null(strstr(refused(&cmd, 1, NULL, -EINVAL).subject, "fds"));
	fds[0].child_fd = 6;
	assert_int_equal(brood_run(&cmd, NULL, NULL, NULL), 0);
}

/* Takes standard output and standard input away from the test, which speaks TAP there. */
struct redirected {
	int saved_in, saved_out;
	int in[2], out[2];
};

static void redirect(struct redirected *r)
{
	fflush(stdout);
	r->saved_in = fcntl(0, F_DUPFD_CLOEXEC, 10);
	r->saved_out = fcntl(1, F_DUPFD_CLOEXEC, 10);
	assert_int_equal(pipe2(r->in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(r->out, O_CLOEXEC), 0);
	dup2(r->in[0], 0);
	dup2(r->out[1], 1);
	close(r->in[0]);
	close(r->out[1]);
}

static void restore(struct redirected *r)
{
	dup2(r->saved_in, 0);
	dup2(r->saved_out, 1);
	close(r->saved_in);
	close(r->saved_out);
	close(r->in[1]);
	close(r->out[0]);
}

/* covers: API-SH.1 API-SH.2 */
static void a_shell_shares_the_three_streams(void **state)
{
	(void)state;
	struct redirected streams;
	char text[64] = "";
	redirect(&streams);
	ssize_t written = write(streams.in[1], "given\n", 6);
	int r = brood_shell("read word; echo \"got $word\" | cat", NULL, NULL, NULL);
	ssize_t n = read(streams.out[0], text, sizeof text - 1);
	restore(&streams);
	assert_int_equal(written, 6);
	assert_int_equal(r, 0);
	assert_int_equal(n, 10);
	assert_string_equal(text, "got given\n");
}

/* covers: API-SH.1 API-SH.3 */
static void a_shell_tells_its_exit_code(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	assert_int_equal(brood_shell("exit 3", NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 3);
	assert_int_equal(
		brood_shell("brood-no-such 2>/dev/null", NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 127);
	assert_int_equal(brood_shell("kill -USR1 $$", NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].signal, SIGUSR1);
	assert_int_equal(brood_shell("", NULL, &result, NULL), 0);
	assert_int_equal(brood_shell("-c true 2>/dev/null", NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(brood_shell(NULL, NULL, &result, &error), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	brood_result_done(&result);
}

static volatile sig_atomic_t interrupts;

static void count_interrupt(int number)
{
	(void)number;
	interrupts++;
}

/* covers: API-SH.4 */
static void a_shell_leaves_our_dispositions_alone(void **state)
{
	(void)state;
	struct sigaction action = { .sa_handler = count_interrupt };
	struct sigaction old_int;
	struct sigaction old_chld;
	sigaction(SIGINT, &action, &old_int);
	sigaction(SIGCHLD, &action, &old_chld);
	interrupts = 0;
	assert_int_equal(brood_shell("kill -INT $PPID", NULL, NULL, NULL), 0);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGCHLD, &old_chld, NULL);
	assert_int_equal(interrupts, 2); /* the signal, and the end of the shell */
}

/* covers: API-SH.5 */
static void a_shell_has_a_time_limit_too(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.timeout = 20 * BROOD_MILLISECOND);
	char text[64];
	snprintf(text, sizeof text, "kill -STOP $$");
	assert_int_equal(brood_shell(text, &options, NULL, NULL), BROOD_ETIMEOUT);
}

static int return_code(void *data)
{
	return *(int *)data;
}

static struct brood_cmd calling(int (*function)(void *), void *data)
{
	struct brood_cmd cmd = BROOD_CMD(.function = function, .function_data = data,
		.out = brood_null());
	return cmd;
}

/* covers: API-F.1 API-R8.code */
static void what_a_function_returns_is_the_exit_code(void **state)
{
	(void)state;
	for (int code = 0; code <= 255; code += 5) {
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_cmd cmd = calling(return_code, &code);
		int r = brood_run(&cmd, NULL, &result, NULL);
		assert_int_equal(r, code == 0 ? 0 : BROOD_EEXIT);
		assert_int_equal(result.stages[0].how, BROOD_EXITED);
		assert_int_equal(result.stages[0].exit_code, code);
		brood_result_done(&result);
	}
}

static int change_memory(void *data)
{
	int *shared = data;
	*shared = 99;
	return getpid() == getppid() || write(1, "seen", 4) != 4;
}

/* covers: API-F.2 */
static void a_function_runs_in_a_process_of_its_own(void **state)
{
	(void)state;
	int mine = 1;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = calling(change_memory, &mine);
	cmd.out = brood_capture(0, 0);
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), 0);
	assert_int_equal(mine, 1);
	assert_string_equal(result.out.data, "seen");
	brood_result_done(&result);
}

static FILE *buffered;

static int leave_buffer(void *data)
{
	(void)data;
	return fputs("child ", buffered) < 0;
}

/* covers: API-F.3 API-R8.stdio */
static void stdio_is_not_flushed_behind_a_function(void **state)
{
	(void)state;
	char text[64] = "";
	int ends[2];
	assert_int_equal(pipe(ends), 0); /* not close-on-exec, so that the child has it too */
	buffered = fdopen(ends[1], "w");
	assert_true(fputs("parent ", buffered) >= 0);
	struct brood_cmd cmd = calling(leave_buffer, NULL);
	cmd.flags = BROOD_KEEP_FDS;
	assert_int_equal(brood_run(&cmd, NULL, NULL, NULL), 0);
	fclose(buffered);
	assert_int_equal(read(ends[0], text, sizeof text - 1), 7);
	assert_string_equal(text, "parent ");
	close(ends[0]);
}

static int look_around(void *data)
{
	char folder[8] = "";
	sigset_t mask;
	struct sigaction action;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigaction(SIGINT, NULL, &action);
	(void)data;
	if (!getcwd(folder, sizeof folder) || strcmp(folder, "/tmp") != 0)
		return 1;
	if (sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGUSR1))
		return 2;
	if (action.sa_handler != SIG_DFL)
		return 3;
	if (fcntl(7, F_GETFD) != 0 || fcntl(8, F_GETFD) >= 0)
		return 4;
	return getpgrp() == getpid() ? 0 : 5;
}

/* covers: API-F.4 */
static void a_function_gets_what_a_program_would(void **state)
{
	(void)state;
	sigset_t mask;
	sigset_t old_mask;
	struct sigaction action = { .sa_handler = count_interrupt };
	struct sigaction old;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_fd_map fds[] = { { 0, 7 } };
	struct brood_cmd cmd = calling(look_around, NULL);
	cmd.dir = "/tmp";
	cmd.fds = fds;
	cmd.n_fds = 1;
	int extra = fcntl(0, F_DUPFD, 8);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_SETMASK, &mask, &old_mask);
	sigaction(SIGINT, &action, &old);
	int r = brood_run(&cmd, &options, &result, NULL);
	sigaction(SIGINT, &old, NULL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	close(extra);
	assert_int_equal(result.stages[0].exit_code, 0);
	assert_int_equal(r, 0);
	brood_result_done(&result);
}

static int wait_for_ever(void *data)
{
	(void)data;
	for (;;)
		pause();
	return 0;
}

/* covers: API-F.5 */
static void a_function_can_be_stopped_and_fail_to_start(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 20 * BROOD_MILLISECOND);
	struct brood_cmd cmd = calling(wait_for_ever, NULL);
	assert_int_equal(brood_run(&cmd, &options, &result, NULL), BROOD_ETIMEOUT);
	assert_int_equal(result.stages[0].signal, SIGTERM);
	cmd.dir = "/nonexistent";
	assert_int_equal(brood_run(&cmd, &options, &result, &error), -ENOENT);
	assert_int_equal(error.step, BROOD_STEP_CHDIR);
	assert_int_equal(result.stages[0].how, BROOD_NOT_STARTED);
	brood_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_verdicts_mean_the_same_for_one_stage),
		hygienic(unknown_flags_and_kinds_are_misuse),
		hygienic(an_io_of_the_wrong_direction_is_misuse),
		hygienic(a_command_of_nothing_is_misuse),
		hygienic(values_that_a_field_cannot_have_are_named),
		hygienic(maps_that_cannot_be_are_named),
		hygienic(a_shell_shares_the_three_streams),
		hygienic(a_shell_tells_its_exit_code),
		hygienic(a_shell_leaves_our_dispositions_alone),
		hygienic(a_shell_has_a_time_limit_too),
		hygienic(what_a_function_returns_is_the_exit_code),
		hygienic(a_function_runs_in_a_process_of_its_own),
		hygienic(stdio_is_not_flushed_behind_a_function),
		hygienic(a_function_gets_what_a_program_would),
		hygienic(a_function_can_be_stopped_and_fail_to_start),
	};
	return hygiene_run("refusals", tests);
}
