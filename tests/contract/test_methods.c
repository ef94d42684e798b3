/* SPDX-License-Identifier: MIT */

/* The ways to run a command: names and lookup, run, output, combined output, pipes. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int run_named(const char *name, const char *path, struct brood_error *error)
{
	struct brood_cmd cmd = quiet(BROOD_ARGV(name, "exit", "0"));
	cmd.search_path = path;
	return brood_run(&cmd, NULL, NULL, error);
}

/* covers: GE-3.01 GE-1.2 DIFF-2 */
static void a_name_is_looked_up_on_the_path_when_it_starts(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = quiet(BROOD_ARGV("act", "exit", "3"));
	cmd.search_path = "/nonexistent";
	assert_int_equal(brood_run(&cmd, NULL, &result, &error), BROOD_ENOTFOUND);
	cmd.search_path = getenv("HELPERS"); /* the very same command, now with a better path */
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 3);
	brood_result_done(&result);
}

/* covers: GE-3.01b */
static void without_a_search_path_it_is_the_callers(void **state)
{
	(void)state;
	char path[PATH_MAX + 8];
	char *own[] = { path, NULL };
	char **callers = environ;
	snprintf(path, sizeof path, "PATH=%s", getenv("HELPERS"));
	assert_int_equal(run_named("act", NULL, NULL), BROOD_ENOTFOUND);
	environ = own;
	int r = run_named("act", NULL, NULL);
	environ = callers;
	assert_int_equal(r, 0);
}

/* covers: GE-3.02 GE-5.01 GE-5.02 API-C.ENOTFOUND */
static void a_name_that_is_not_found_fails_the_start(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	assert_int_equal(run_named("brood-no-such", "/bin:/usr/bin", &error), BROOD_ENOTFOUND);
	assert_int_equal(error.code, BROOD_ENOTFOUND);
	assert_int_equal(error.step, BROOD_STEP_LOOKUP);
	assert_string_equal(error.subject, "brood-no-such");
	assert_int_equal(error.os_errno, 0);
	assert_int_equal(error.stage, -1);
	assert_int_equal(error.fd, -1);
}

/* covers: GE-5.01 API-C.ENOTFOUND.eacces */
static void a_file_that_may_not_run_is_remembered_in_the_error(void **state)
{
	(void)state;
	char folder[FOLDER_SIZE];
	char file[FOLDER_SIZE + 8];
	struct brood_error error = BROOD_ERROR_INIT;
	make_folder(folder);
	snprintf(file, sizeof file, "%s/plain", folder);
	close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	assert_int_equal(run_named("plain", folder, &error), BROOD_ENOTFOUND);
	assert_int_equal(error.os_errno, EACCES);
	assert_int_equal(run_named(file, NULL, &error), -EACCES);
	assert_int_equal(error.step, BROOD_STEP_EXEC);
	remove_folder(folder);
}

/* covers: GE-3.03 GE-5.04 */
static void a_name_with_a_slash_is_used_as_it_is(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	assert_int_equal(run_named(helper("act"), "/nonexistent", NULL), 0);
	assert_int_equal(run_named("./act", getenv("HELPERS"), &error), -ENOENT);
	assert_int_equal(error.step, BROOD_STEP_EXEC);
	assert_int_equal(error.os_errno, ENOENT);
	assert_string_equal(error.subject, "./act");
	assert_int_equal(run_named("/tmp", NULL, &error), -EACCES);
	assert_int_equal(error.step, BROOD_STEP_EXEC);
}

/* covers: GE-3.04 */
static void a_slash_at_the_end_is_a_slash(void **state)
{
	(void)state;
	char name[PATH_MAX];
	struct brood_error error = BROOD_ERROR_INIT;
	snprintf(name, sizeof name, "%s/", helper("act"));
	assert_int_equal(run_named(name, getenv("HELPERS"), &error), -ENOTDIR);
	assert_int_equal(error.step, BROOD_STEP_EXEC);
	assert_int_equal(run_named("act/", getenv("HELPERS"), &error), -ENOENT);
}

/* covers: GE-3.05 GE-3.06 GE-5.02 */
static void no_name_and_folders_are_not_found(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	assert_int_equal(run_named("", getenv("HELPERS"), &error), BROOD_ENOTFOUND);
	assert_int_equal(error.step, BROOD_STEP_LOOKUP);
	assert_int_equal(run_named(".", getenv("HELPERS"), &error), BROOD_ENOTFOUND);
	assert_int_equal(run_named("..", getenv("HELPERS"), &error), BROOD_ENOTFOUND);
}

/* covers: GE-3.07 GE-5.03 API-C.EDOT GE-2.err */
static void a_program_of_the_current_directory_is_refused_unless_allowed(void **state)
{
	(void)state;
	char before[PATH_MAX];
	struct brood_error error = BROOD_ERROR_INIT;
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(getenv("HELPERS")), 0);
	struct brood_cmd cmd = quiet(BROOD_ARGV("act", "exit", "0"));
	cmd.search_path = ":/bin";
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), BROOD_EDOT);
	assert_int_equal(error.step, BROOD_STEP_LOOKUP);
	assert_string_equal(error.subject, "act");
	cmd.flags = BROOD_LOOKUP_DOT;
	assert_int_equal(brood_run(&cmd, NULL, NULL, NULL), 0);
	assert_int_equal(chdir(before), 0);
}

/* covers: GE-2.path GE-2.argv0 */
static void path_is_run_and_argv_is_handed_over(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.path = "/bin/sh",
		.argv = BROOD_ARGV("another name", "-c", "echo $0 \"$1\"", "zero", "one two"));
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), 0);
	assert_string_equal(result.out.data, "zero one two\n");
	cmd.argv = BROOD_ARGV("another name", "-c", "cat /proc/$$/cmdline");
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), 0);
	assert_string_equal(result.out.data, "another name");
	cmd = (struct brood_cmd)BROOD_CMD(.path = helper("act"));
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), 0);
	brood_result_done(&result);
}

/* covers: GE-3.10 GE-5.05 */
static void the_first_failure_is_the_one_that_is_told(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("brood-no-such"), .dir = "/nonexistent",
		.out = brood_file("/nonexistent/out", 0, 0), .flags = UINT64_C(1) << 60);
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), BROOD_EMISUSE);
	assert_int_equal(error.step, BROOD_STEP_CONFIG);
	cmd.flags = 0;
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), BROOD_ENOTFOUND);
	cmd.argv = BROOD_ARGV("/nonexistent/program");
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), -ENOENT);
	assert_int_equal(error.step, BROOD_STEP_OPEN);
	assert_string_equal(error.subject, "/nonexistent/out");
	assert_int_equal(error.fd, 1);
	cmd.out = brood_null();
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), -ENOENT);
	assert_int_equal(error.step, BROOD_STEP_CHDIR);
	assert_string_equal(error.subject, "/nonexistent");
	cmd.dir = "/";
	assert_int_equal(brood_run(&cmd, NULL, NULL, &error), -ENOENT);
	assert_int_equal(error.step, BROOD_STEP_EXEC);
	assert_string_equal(error.subject, "/nonexistent/program");
}

/* covers: GE-3.11 GE-3.12 */
static void a_full_table_of_descriptors_fails_the_start_cleanly(void **state)
{
	(void)state;
	/* Valgrind 3.19 aborts when a clone with CLONE_PIDFD fails. */
	if (denied("valgrind"))
		skip();
	struct rlimit limit;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "0"), .in = brood_text("x"),
		.out = brood_capture(0, 0), .err = brood_capture(0, 0));
	getrlimit(RLIMIT_NOFILE, &limit);
	int open_before = hygiene_open_descriptors();
	int failures = 0;
	int r = -1;
	for (rlim_t room = 3; room < 40 && r != 0; room++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct rlimit few = { room, limit.rlim_max };
		setrlimit(RLIMIT_NOFILE, &few);
		r = brood_run(&cmd, NULL, NULL, &error);
		setrlimit(RLIMIT_NOFILE, &limit);
		assert_int_equal(hygiene_open_descriptors(), open_before);
		if (r == 0)
			break;
		failures++;
		assert_int_equal(r, -EMFILE);
		assert_int_equal(error.os_errno, EMFILE);
		assert_true(error.step == BROOD_STEP_PIPE || error.step == BROOD_STEP_OPEN ||
			    error.step == BROOD_STEP_CLONE ||
			    error.step == BROOD_STEP_DESCRIPTORS ||
			    (UNDER_GUARD && error.step == BROOD_STEP_GUARD));
	}
	assert_int_equal(r, 0);
	assert_true(failures >= 3);
}

/* covers: GE-3.30 GE-3.31 GE-1.1 */
static void run_is_start_and_wait(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "done", "exit", "0"),
		.out = brood_capture(0, 0));
	for (int i = 0; i < 2; i++) { /* a command is a description: it can be run again */
		assert_int_equal(brood_run(&cmd, NULL, &result, &error), 0);
		assert_string_equal(result.out.data, "done");
		assert_int_equal(error.code, 0);
	}
	cmd.dir = "/nonexistent";
	assert_int_equal(brood_run(&cmd, NULL, &result, &error), -ENOENT);
	assert_int_equal(result.stages[0].how, BROOD_NOT_STARTED);
	brood_result_done(&result);
}

/* covers: GE-3.40 */
static void output_takes_out_for_itself(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io others[] = { brood_null(), brood_inherit(), brood_fd(1), brood_pipe(),
		brood_file("/dev/null", 0, 0) };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "0"), .out = others[i]);
		assert_int_equal(brood_output(&cmd, NULL, &result, &error), BROOD_EMISUSE);
		assert_int_equal(error.code, BROOD_EMISUSE);
		assert_int_equal(brood_combined_output(&cmd, NULL, &result, &error), BROOD_EMISUSE);
	}
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "1", "100"),
		.out = brood_capture(10, 0));
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), 0);
	assert_int_equal(result.out.length, 10);
	assert_int_equal(result.out.total, 100);
	brood_result_done(&result);
}

/* covers: GE-3.41 GE-3.42 */
static void output_collects_both_streams(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT(
						 "fill", "1", "3000000", "print", "2", "problem"));
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), 0);
	assert_int_equal(result.out.length, 3000000);
	assert_int_equal(result.out.total, 3000000);
	assert_int_equal(result.out.omitted, 0);
	for (size_t i = 0; i < result.out.length; i++)
		if (result.out.data[i] != (char)('a' + i % 26))
			fail_msg("byte %zu is wrong", i);
	assert_int_equal(result.out.data[result.out.length], 0);
	assert_string_equal(result.err.data, "problem");
	cmd.err = brood_null();
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), 0);
	assert_null(result.err.data);
	brood_result_done(&result);
}

/* covers: GE-3.43 API-RES.partial */
static void output_of_a_failure_is_kept(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "so far", "exit", "1"));
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_string_equal(result.out.data, "so far");
	cmd.argv = ACT("print", "1", "so far", "raise", "9");
	assert_int_equal(brood_output(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_string_equal(result.out.data, "so far");
	assert_int_equal(result.stages[0].signal, SIGKILL);
	brood_result_done(&result);
}

/* covers: GE-3.51 GE-3.50 */
static void combined_output_keeps_the_order_of_writing(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "a", "print", "2", "b", "print",
						 "1", "c", "print", "2", "d", "exit", "1"));
	assert_int_equal(brood_combined_output(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_string_equal(result.out.data, "abcd");
	assert_null(result.err.data);
	cmd.err = brood_merge();
	assert_int_equal(brood_combined_output(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_string_equal(result.out.data, "abcd");
	cmd.err = brood_null();
	assert_int_equal(brood_combined_output(&cmd, NULL, &result, &error), BROOD_EMISUSE);
	cmd.err = brood_capture(0, 0);
	assert_int_equal(brood_combined_output(&cmd, NULL, &result, &error), BROOD_EMISUSE);
	brood_result_done(&result);
}

/* covers: GE-3.60 GE-3.24 GE-3.13 GE-15.pipe.running */
static void pipes_are_read_and_written_while_it_runs(void **state)
{
	(void)state;
	struct scene scene;
	char text[8] = "";
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1", "print", "2", "end"),
		.in = brood_pipe(), .out = brood_pipe(), .err = brood_pipe());
	scene_start(&scene, cmd, NULL, 0);
	assert_int_equal(brood_job_write(scene.job, 0, 0, "one", 3), 3);
	assert_int_equal(brood_job_read(scene.job, 0, 1, text, sizeof text - 1), 3);
	assert_string_equal(text, "one");
	assert_int_equal(brood_job_write(scene.job, 0, 0, "two", 3), 3);
	assert_int_equal(brood_job_close(scene.job, 0, 0), 0);
	assert_int_equal(brood_job_read(scene.job, 0, 1, text, sizeof text - 1), 3);
	assert_string_equal(text, "two");
	/* Our copies of the child's ends are closed, so the end comes through. */
	assert_int_equal(brood_job_read(scene.job, 0, 1, text, sizeof text - 1), 0);
	assert_int_equal(brood_job_read(scene.job, 0, 2, text, sizeof text - 1), 3);
	assert_string_equal(text, "end");
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(brood_job_read(scene.job, 0, 1, text, sizeof text), -EBADF);
	assert_int_equal(brood_job_write(scene.job, 0, 0, "x", 1), -EBADF);
	scene_end(&scene);
}

/* covers: GE-3.62 GE-3.64 GE-15.pipe.other */
static void a_pipe_is_closed_once(void **state)
{
	(void)state;
	struct scene scene;
	char byte;
	struct brood_cmd cmd = quiet(ACT("copy", "0", "1"));
	cmd.in = brood_pipe();
	scene_start(&scene, cmd, NULL, 0);
	assert_int_equal(brood_job_close(scene.job, 0, 1), -EBADF);
	assert_int_equal(brood_job_close(scene.job, 0, 3), -EBADF);
	assert_int_equal(brood_job_close(scene.job, 1, 0), -EBADF);
	assert_int_equal(brood_job_read(scene.job, 0, 1, &byte, 1), -EBADF);
	assert_int_equal(brood_job_close(scene.job, 0, 0), 0);
	assert_int_equal(brood_job_close(scene.job, 0, 0), -EBADF);
	assert_int_equal(brood_job_write(scene.job, 0, 0, "x", 1), -EBADF);
	assert_int_equal(brood_job_take_fd(scene.job, 0, 0), -EBADF);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	scene_end(&scene);
}

/* covers: GE-3.63 API-J.take_fd */
static void the_descriptor_behind_a_pipe_can_be_taken(void **state)
{
	(void)state;
	struct scene scene;
	char text[8] = "";
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"), .in = brood_pipe(),
		.out = brood_pipe());
	scene_start(&scene, cmd, NULL, 0);
	int in = brood_job_take_fd(scene.job, 0, 0);
	int out = brood_job_take_fd(scene.job, 0, 1);
	assert_true(in > 2);
	assert_true(out > 2);
	assert_int_equal(fcntl(in, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(out, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(brood_job_take_fd(scene.job, 0, 0), -EBADF);
	assert_int_equal(write(in, "hand", 4), 4);
	assert_int_equal(read(out, text, sizeof text - 1), 4);
	assert_string_equal(text, "hand");
	close(in);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(read(out, text, sizeof text - 1), 0); /* still ours after the wait */
	close(out);
	scene_end(&scene);
}

/* covers: GE-3.61 GE-3.24 DIFF-8 API-W.untaken */
static void wait_ends_forgotten_pipes_instead_of_hanging(void **state)
{
	(void)state;
	struct scene scene;
	char byte;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1", "fill", "1", "1000000",
						 "fill", "2", "1000000", "exit", "0"),
		.in = brood_pipe(), .out = brood_pipe(), .err = brood_pipe());
	scene_start(&scene, cmd, NULL, 0);
	assert_int_equal(brood_job_write(scene.job, 0, 0, "x", 1), 1);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(brood_job_read(scene.job, 0, 1, &byte, 1), -EBADF);
	assert_int_equal(brood_job_close(scene.job, 0, 0), -EBADF);
	scene_end(&scene);
}

/* covers: API-W.keeps API-W.alone */
static void a_wait_with_a_time_limit_leaves_pipes_alone(void **state)
{
	(void)state;
	struct scene scene;
	char text[4] = "";
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"), .in = brood_pipe(),
		.out = brood_pipe());
	scene_start(&scene, cmd, NULL, 0);
	assert_int_equal(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME);
	assert_int_equal(brood_job_wait(scene.job, 10 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	assert_int_equal(brood_job_write(scene.job, 0, 0, "yes", 3), 3);
	assert_int_equal(brood_job_wait(scene.job, 10 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	assert_int_equal(brood_job_read(scene.job, 0, 1, text, 3), 3);
	assert_string_equal(text, "yes");
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	scene_end(&scene);
}

/* covers: GE-3.80 DIFF-16 */
static void a_command_is_written_so_that_a_shell_can_read_it(void **state)
{
	(void)state;
	char text[64];
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("ls", "-l", "a b", "it's", ""));
	size_t length = brood_cmd_text(&cmd, text, sizeof text);
	assert_int_equal(length, strlen(text));
	char script[80];
	snprintf(script, sizeof script, "printf '<%%s>' %s", text);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd shell = BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c", script));
	assert_int_equal(brood_output(&shell, NULL, &result, NULL), 0);
	assert_string_equal(result.out.data, "<ls><-l><a b><it's><>");
	brood_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_name_is_looked_up_on_the_path_when_it_starts),
		hygienic(without_a_search_path_it_is_the_callers),
		hygienic(a_name_that_is_not_found_fails_the_start),
		hygienic(a_file_that_may_not_run_is_remembered_in_the_error),
		hygienic(a_name_with_a_slash_is_used_as_it_is),
		hygienic(a_slash_at_the_end_is_a_slash),
		hygienic(no_name_and_folders_are_not_found),
		hygienic(a_program_of_the_current_directory_is_refused_unless_allowed),
		hygienic(path_is_run_and_argv_is_handed_over),
		hygienic(the_first_failure_is_the_one_that_is_told),
		hygienic(a_full_table_of_descriptors_fails_the_start_cleanly),
		hygienic(run_is_start_and_wait),
		hygienic(output_takes_out_for_itself),
		hygienic(output_collects_both_streams),
		hygienic(output_of_a_failure_is_kept),
		hygienic(combined_output_keeps_the_order_of_writing),
		hygienic(pipes_are_read_and_written_while_it_runs),
		hygienic(a_pipe_is_closed_once),
		hygienic(the_descriptor_behind_a_pipe_can_be_taken),
		hygienic(wait_ends_forgotten_pipes_instead_of_hanging),
		hygienic(a_wait_with_a_time_limit_leaves_pipes_alone),
		hygienic(a_command_is_written_so_that_a_shell_can_read_it),
	};
	return hygiene_run("methods", tests);
}
