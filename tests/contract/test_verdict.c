/* SPDX-License-Identifier: MIT */

/* Which of several failures is reported, what is kept of standard error, and the words for it. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct brood_stop patient[] = { { .signal = SIGTERM, .grace = BROOD_HOUR } };

static int fail_with(void *data, const char *chunk, size_t length)
{
	(void)chunk;
	(void)length;
	return *(int *)data;
}

static int64_t source_fails(void *data, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return *(int *)data;
}

/* covers: GE-5.1.4 GE-5.1.b API-C.errno */
static void a_failing_sink_fails_a_job_that_went_well(void **state)
{
	(void)state;
	int code = -EIO;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x"),
		.out = brood_sink(fail_with, &code));
	assert_int_equal(brood_run(&cmd, NULL, &result, &error), -EIO);
	assert_int_equal(error.code, -EIO);
	assert_int_equal(error.step, BROOD_STEP_PUMP);
	assert_int_equal(error.fd, 1);
	assert_int_equal(error.os_errno, EIO);
	assert_int_equal(result.stages[0].how, BROOD_EXITED);
	assert_int_equal(result.stages[0].exit_code, 0);
	assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
	brood_result_done(&result);
}

/* covers: GE-5.1.4 API-PUMP.source */
static void a_failing_source_fails_a_job_that_went_well(void **state)
{
	(void)state;
	int code = -EIO;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = quiet(ACT("await", "0"));
	cmd.in = brood_source(source_fails, &code);
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), -EIO);
	assert_int_equal(error.step, BROOD_STEP_PUMP);
	assert_int_equal(error.fd, 0);
}

/* covers: GE-5.1.2 GE-5.1.a GE-16.9 */
static void an_exit_code_ranks_before_a_failing_sink(void **state)
{
	(void)state;
	int code = -EIO;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x", "exit", "3"),
		.out = brood_sink(fail_with, &code));
	assert_int_equal(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT);
	assert_int_equal(error.code, BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 3);
	brood_result_done(&result);
}

/* covers: GE-5.1.3 GE-5.1.c DIFF-3 */
static void a_time_limit_ranks_before_a_failing_sink(void **state)
{
	(void)state;
	int code = -EIO;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.timeout = 50 * BROOD_MILLISECOND,
		.stop = patient, .n_stop = 1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit-on", "15", "0", "ignore", "13", "print",
						 "1", "x", "ready", "pause"),
		.out = brood_sink(fail_with, &code));
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), BROOD_ETIMEOUT);
	scene_end(&scene);
}

/* covers: GE-5.1.4 */
static void a_held_pipe_ranks_before_a_failing_sink(void **state)
{
	(void)state;
	/* A guard stops who holds the pipe, maybe before it is ready. */
	if (UNDER_GUARD)
		return;
	int code = -EIO;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = -1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x", "{", "ready", "await", "4",
						 "}"),
		.out = brood_sink(fail_with, &code), .err = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), BROOD_EWAITDELAY);
	scene_end(&scene);
}

struct failing {
	struct scene *scene;
	int code;
};

static int fail_and_release(void *data, const char *chunk, size_t length)
{
	struct failing *failing = data;
	(void)chunk;
	(void)length;
	scene_release(failing->scene);
	return failing->code;
}

/* covers: GE-5.1.4 */
static void of_two_failing_sinks_the_first_in_time_is_told(void **state)
{
	(void)state;
	for (int first = 1; first <= 2; first++) {
		struct scene scene;
		struct brood_error error = BROOD_ERROR_INIT;
		struct failing out = { &scene, -EIO };
		struct failing err = { &scene, -ENOSPC };
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", first == 1 ? "1" : "2", "x",
							 "await", "4", "print",
							 first == 1 ? "2" : "1", "y"),
			.out = brood_sink(fail_and_release, &out),
			.err = brood_sink(fail_and_release, &err));
		scene_start(&scene, cmd, NULL, 0);
		int r = brood_job_wait(scene.job, BROOD_FOREVER, NULL, &error);
		assert_int_equal(r, first == 1 ? -EIO : -ENOSPC);
		assert_int_equal(error.fd, first);
		scene_end(&scene);
	}
}

/* covers: API-PUMP.enough API-IO.enough */
static void a_sink_that_has_enough_is_no_failure(void **state)
{
	(void)state;
	int code = 1;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x"),
		.out = brood_sink(fail_with, &code));
	assert_int_equal(brood_run(&cmd, NULL, NULL, NULL), 0);
	cmd.argv = ACT("fill", "1", "1000000");
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].signal, SIGPIPE); /* its writes fail at once */
	brood_result_done(&result);
}

/* covers: API-C.ELIMIT DIFF-9 */
static void a_strict_capture_stops_the_job(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.stop = patient, .n_stop = 1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "1", "1001", "ready", "pause"),
		.out = brood_capture(1000, BROOD_CAPTURE_STRICT));
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_ELIMIT);
	assert_int_equal(result.code, BROOD_ELIMIT);
	assert_int_equal(result.cause, BROOD_CAUSE_LIMIT);
	assert_int_equal(result.stages[0].signal, SIGTERM);
	assert_int_equal(result.out.total, 1001);
	assert_int_equal(result.out.length, 1000);
	assert_int_equal(result.out.data[0], 'a');
	brood_result_done(&result);
	scene_end(&scene);
	cmd.argv = ACT("exit-on", "15", "3", "fill", "1", "1001", "ready", "pause");
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_ELIMIT);
	brood_result_done(&result);
	scene_end(&scene);
	cmd.argv = ACT("fill", "1", "1000");
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), 0);
	assert_int_equal(result.out.length, 1000);
	brood_result_done(&result);
}

/* covers: GE-5.2.1 GE-5.2.2 DIFF-10 */
static void the_head_and_the_tail_of_standard_error_are_kept(void **state)
{
	(void)state;
	const size_t counts[] = { 0, 1, 32767, 32768, 32769, 65535, 65536, 65537, 65600, 1048576 };
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		char text[16];
		size_t n = counts[i];
		size_t kept = n < 65536 ? n : 65536;
		snprintf(text, sizeof text, "%zu", n);
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "2", text, "exit", "1"));
		assert_int_equal(brood_output(&cmd, NULL, &result, NULL), BROOD_EEXIT);
		assert_int_equal(result.err.total, n);
		assert_int_equal(result.err.length, kept);
		assert_int_equal(result.err.omitted, n - kept);
		assert_int_equal(result.notes, n > kept ? BROOD_NOTE_TRUNCATED : 0);
		assert_non_null(result.err.data);
		assert_int_equal(result.err.data[kept], 0);
		for (size_t at = 0; at < kept; at++) {
			size_t from = at < 32768 ? at : at + (n - kept);
			if (result.err.data[at] != (char)('a' + from % 26))
				fail_msg("of %zu bytes the one at %zu is wrong", n, at);
		}
		brood_result_done(&result);
	}
}

/* covers: GE-5.2.3 DIFF-10 */
static void standard_error_is_kept_for_a_success_too_and_only_by_output(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "2", "words"));
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), 0);
	assert_string_equal(result.err.data, "words");
	cmd.argv = ACT("exit", "1");
	cmd.out = brood_null();
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_null(result.err.data);
	brood_result_done(&result);
}

/* covers: API-C.error API-P.written */
static void an_error_is_written_on_failure_alone(void **state)
{
	(void)state;
	struct brood_error error;
	struct brood_error same;
	memset(&error, 0x5a, sizeof error);
	same = error;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), 0);
	assert_memory_equal(&error, &same, sizeof error);
	cmd.argv = ACT("exit", "1");
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), BROOD_EEXIT);
	assert_int_equal(error.code, BROOD_EEXIT);
	assert_int_equal(error.flags, 0);
	assert_int_equal(error.fd, -1);
}

/* covers: GE-5.04 GE-5.11 DIFF-7 */
static void the_step_that_failed_is_told(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_signals signals = { .size = sizeof signals };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.signals = &signals;
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigemptyset(&signals.mask);
	cmd.dir = "/nonexistent/folder";
	assert_int_equal(brood_run(&cmd, &options, NULL, &error), -ENOENT);
	assert_int_equal(error.step, BROOD_STEP_CHDIR);
	assert_int_equal(error.os_errno, ENOENT);
	assert_int_equal(error.stage, -1);
	assert_string_equal(error.subject, "/nonexistent/folder");
	cmd.dir = "/dev/null";
	assert_int_equal(brood_run(&cmd, &options, NULL, &error), -ENOTDIR);
	assert_int_equal(error.step, BROOD_STEP_CHDIR);
	cmd.dir = NULL;
	char name[400] = "/tmp/";
	memset(name + 5, 'n', 390);
	cmd.argv = BROOD_ARGV(name);
	assert_int_equal(brood_run(&cmd, &options, NULL, &error), -ENAMETOOLONG);
	assert_int_equal(error.step, BROOD_STEP_EXEC);
	assert_int_equal(strlen(error.subject), sizeof error.subject - 1);
	assert_string_equal(error.subject + sizeof error.subject - 4, "...");
	assert_string_equal(brood_step_name(BROOD_STEP_CHDIR), "chdir");
	assert_string_equal(brood_step_name(BROOD_STEP_EXEC), "exec");
	assert_string_equal(brood_step_name(12345), "unknown");
	assert_string_equal(brood_step_name(-1), "unknown");
}

/* covers: API-E.1 API-E.3 GE-5.2.4 */
static void a_time_limit_is_explained_in_one_line(void **state)
{
	(void)state;
	char text[200];
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 50 * BROOD_MILLISECOND,
		.stop = patient, .n_stop = 1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "2", "first\ncannot connect\n\n",
						 "ready", "pause"),
		.out = brood_null(), .err = brood_capture(0, 0), .label = "git");
	scene_start(&scene, cmd, &options, 1);
	int r = brood_job_wait(scene.job, BROOD_FOREVER, &result, &error);
	assert_ptr_equal(brood_explain(r, &result, &error, text, sizeof text), text);
	assert_string_equal(text,
		"git: killed by SIGTERM after the time limit of 50ms; stderr: cannot connect");
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-E.1 API-E.2 */
static void a_failed_start_is_explained_by_its_step_and_subject(void **state)
{
	(void)state;
	char text[200];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.label = "git";
	cmd.dir = "/nonexistent/repo";
	int r = brood_run(&cmd, NULL, &result, &error);
	brood_explain(r, &result, &error, text, sizeof text);
	assert_string_equal(text, "git: chdir /nonexistent/repo: No such file or directory");
	brood_explain(r, NULL, &error, text, sizeof text);
	assert_non_null(strstr(text, "chdir /nonexistent/repo: No such file or directory"));
	brood_result_done(&result);
}

/* covers: API-E.4 API-E.3 */
static void an_explanation_is_safe_to_show(void **state)
{
	(void)state;
	char text[100];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "2", "a\033[31mb\x9b", "exit", "1"),
		.label = "new\nline");
	int r = brood_output(&cmd, NULL, &result, NULL);
	brood_explain(r, &result, NULL, text, sizeof text);
	assert_non_null(strstr(text, "a\\x1b[31mb"));
	assert_non_null(strstr(text, "new\\x0aline"));
	assert_null(strchr(text, '\n'));
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(text, "exit code 1"));
	brood_result_done(&result);
}

/* covers: API-E.5 */
static void an_explanation_fits(void **state)
{
	(void)state;
	char text[100];
	char whole[100];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "2", "words", "exit", "1"));
	cmd.label = "label";
	int r = brood_output(&cmd, NULL, &result, NULL);
	brood_explain(r, &result, NULL, whole, sizeof whole);
	for (size_t size = 1; size < sizeof text; size++) {
		memset(text, '#', sizeof text);
		assert_ptr_equal(brood_explain(r, &result, NULL, text, size), text);
		assert_int_equal(text[size], '#');
		assert_true(memchr(text, '\0', size) != NULL);
		if (size > strlen(whole))
			assert_string_equal(text, whole);
		else if (size >= 4)
			assert_string_equal(text + size - 4, "...");
	}
	text[0] = '#';
	assert_string_equal(brood_explain(r, &result, NULL, text, 0), "");
	assert_int_equal(text[0], '#');
	assert_string_equal(brood_explain(r, &result, NULL, NULL, 10), "");
	brood_result_done(&result);
}

/* covers: API-E.6 */
static void every_code_can_be_explained_without_more(void **state)
{
	(void)state;
	char text[100];
	for (int code = BROOD_EMISUSE; code <= BROOD_EEXIT; code++) {
		brood_explain(code, NULL, NULL, text, sizeof text);
		assert_true(strlen(text) > 5);
	}
	brood_explain(-ENOENT, NULL, NULL, text, sizeof text);
	assert_non_null(strstr(text, "No such file or directory"));
	brood_explain(0, NULL, NULL, text, sizeof text);
	assert_true(strlen(text) > 0);
	brood_explain(-5000, NULL, NULL, text, sizeof text);
	assert_true(strlen(text) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_failing_sink_fails_a_job_that_went_well),
		hygienic(a_failing_source_fails_a_job_that_went_well),
		hygienic(an_exit_code_ranks_before_a_failing_sink),
		hygienic(a_time_limit_ranks_before_a_failing_sink),
		hygienic(a_held_pipe_ranks_before_a_failing_sink),
		hygienic(of_two_failing_sinks_the_first_in_time_is_told),
		hygienic(a_sink_that_has_enough_is_no_failure),
		hygienic(a_strict_capture_stops_the_job),
		hygienic(the_head_and_the_tail_of_standard_error_are_kept),
		hygienic(standard_error_is_kept_for_a_success_too_and_only_by_output),
		hygienic(an_error_is_written_on_failure_alone),
		hygienic(the_step_that_failed_is_told),
		hygienic(a_time_limit_is_explained_in_one_line),
		hygienic(a_failed_start_is_explained_by_its_step_and_subject),
		hygienic(an_explanation_is_safe_to_show),
		hygienic(an_explanation_fits),
		hygienic(every_code_can_be_explained_without_more),
	};
	return hygiene_run("verdict", tests);
}
