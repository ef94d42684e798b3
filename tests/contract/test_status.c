/* SPDX-License-Identifier: MIT */

/* How a process ended: exit codes, signals, times, usage, and what counts as success. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* covers: GE-11.exited GE-11.success GE-11.exitcode API-C.0 API-C.EEXIT GE-5.06 API-C.result-code
 */
static void every_exit_code_arrives(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	for (int code = 0; code <= 255; code++) {
		char text[8];
		snprintf(text, sizeof text, "%d", code);
		int r = run_quietly(ACT("exit", text), &result);
		assert_int_equal(r, code == 0 ? 0 : BROOD_EEXIT);
		assert_int_equal(result.code, r);
		assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
		assert_int_equal(result.notes, 0);
		assert_int_equal(result.n_stages, 1);
		const struct brood_status *status = &result.stages[0];
		assert_int_equal(status->size, sizeof *status);
		assert_int_equal(status->how, BROOD_EXITED);
		assert_int_equal(status->exit_code, code);
		assert_int_equal(status->signal, 0);
		assert_int_equal(status->core_dumped, 0);
		assert_int_equal(status->excused, 0);
		assert_int_equal(brood_status_is_success(status), code == 0);
	}
	brood_result_done(&result);
}

static int kills_by_default(int number)
{
	/* The libc's own, which its posix_spawn, and so make, leaves ignored. */
	if (number == 32 || number == 33)
		return false;
	return number != SIGCHLD && number != SIGCONT && number != SIGURG && number != SIGWINCH &&
	       number != SIGSTOP && number != SIGTSTP && number != SIGTTIN && number != SIGTTOU;
}

/* covers: GE-11.exited GE-11.success GE-11.exitcode GE-11.sys API-C.EEXIT */
static void every_signal_that_kills_is_told(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	for (int number = 1; number <= SIGRTMAX; number++) {
		if (!kills_by_default(number))
			continue;
		char text[16];
		snprintf(text, sizeof text, "%d", number);
		int r = run_quietly(ACT("core", "0", "raise", text), &result);
		assert_int_equal(r, BROOD_EEXIT);
		assert_int_equal(result.cause, BROOD_CAUSE_SIGNAL);
		const struct brood_status *status = &result.stages[0];
		assert_int_equal(status->how, BROOD_SIGNALED);
		assert_int_equal(status->signal, number);
		assert_int_equal(status->exit_code, -1);
		assert_int_equal(status->core_dumped, 0);
		assert_false(brood_status_is_success(status));
	}
	brood_result_done(&result);
}

/* What this machine does with core dumps, seen without the library. */
static int machine_dumps_core(char *const *argv, const char *folder)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(folder) == 0)
			execv(argv[0], argv);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WCOREDUMP(status);
}

/* covers: GE-11.sys GE-11.string */
static void a_core_dump_is_told(void **state)
{
	(void)state;
	char folder[FOLDER_SIZE];
	make_folder(folder);
	char *const *argv = ACT("core", "1000000000", "raise", "3");
	int dumps = machine_dumps_core(argv, folder);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = quiet(argv);
	cmd.dir = folder;
	int r = brood_run(&cmd, NULL, &result, NULL);
	remove_folder(folder);
	assert_int_equal(r, BROOD_EEXIT);
	assert_int_equal(result.stages[0].signal, SIGQUIT);
	assert_int_equal(result.stages[0].core_dumped, dumps);
	char text[80];
	brood_status_text(&result.stages[0], text, sizeof text);
	assert_string_equal(text, dumps ? "killed by SIGQUIT (core dumped)" : "killed by SIGQUIT");
	brood_result_done(&result);
}

/* covers: GE-11.pid */
static void the_process_id_is_the_childs(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	assert_int_equal(kill(scene.pid, 0), 0);
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), 0);
	assert_int_equal(result.stages[0].pid, scene.pid);
	assert_int_equal(brood_job_pid(scene.job), scene.pid);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-RES.times */
static void start_and_end_are_told_on_the_monotonic_clock(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	int64_t before_start = now_ns();
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	int64_t runs = now_ns();
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), 0);
	int64_t after_end = now_ns();
	assert_in_range(result.stages[0].started_ns, before_start, runs);
	assert_in_range(result.stages[0].ended_ns, runs, after_end);
	brood_result_done(&result);
	scene_end(&scene);
}

static int64_t cpu_us(const struct rusage *usage)
{
	return (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
	       usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

/* covers: GE-11.usage GE-11.times */
static void usage_is_that_of_the_child(void **state)
{
	(void)state;
	struct brood_result idle = BROOD_RESULT_INIT;
	struct brood_result busy = BROOD_RESULT_INIT;
	assert_int_equal(run_quietly(ACT("exit", "0"), &idle), 0);
	assert_int_equal(run_quietly(ACT("touch", "2", "burn", "200"), &busy), 0);
	assert_in_range(cpu_us(&busy.stages[0].usage), 150000, 10000000);
	assert_true(cpu_us(&idle.stages[0].usage) < 100000);
	/* The kernel counts pages in heaps: a small program may have used none. */
	assert_in_range(busy.stages[0].usage.ru_maxrss, 1024, 1000000);
	brood_result_done(&idle);
	brood_result_done(&busy);
}

/* covers: GE-11.usage */
static void usage_holds_what_the_child_waited_for(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	assert_int_equal(run_quietly(ACT("{", "burn", "200", "}", "wait"), &result), 0);
	assert_in_range(cpu_us(&result.stages[0].usage), 150000, 10000000);
	brood_result_done(&result);
}

static int run_with_ok_codes(const char *code, const uint8_t *ok, size_t n)
{
	struct brood_cmd cmd = quiet(ACT("exit", code));
	struct brood_result result = BROOD_RESULT_INIT;
	cmd.ok_codes = ok;
	cmd.n_ok_codes = n;
	int r = brood_run(&cmd, NULL, &result, NULL);
	assert_int_equal(result.stages[0].exit_code, atoi(code));
	assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
	brood_result_done(&result);
	return r;
}

/* covers: API-OK.1 */
static void other_codes_can_count_as_success(void **state)
{
	(void)state;
	const uint8_t ok[] = { 0, 1, 255 };
	assert_int_equal(run_with_ok_codes("0", ok, 3), 0);
	assert_int_equal(run_with_ok_codes("1", ok, 3), 0);
	assert_int_equal(run_with_ok_codes("255", ok, 3), 0);
	assert_int_equal(run_with_ok_codes("2", ok, 3), BROOD_EEXIT);
	assert_int_equal(run_with_ok_codes("255", ok, 2), BROOD_EEXIT);
}

/* covers: API-OK.2 */
static void a_list_of_ok_codes_stands_instead_of_zero(void **state)
{
	(void)state;
	const uint8_t ok[] = { 3 };
	assert_int_equal(run_with_ok_codes("3", ok, 1), 0);
	assert_int_equal(run_with_ok_codes("0", ok, 1), BROOD_EEXIT);
}

/* covers: API-OK.3 */
static void no_list_of_codes_excuses_a_signal(void **state)
{
	(void)state;
	uint8_t ok[256];
	for (int i = 0; i < 256; i++)
		ok[i] = (uint8_t)i;
	struct brood_cmd cmd = quiet(ACT("raise", "15"));
	struct brood_result result = BROOD_RESULT_INIT;
	cmd.ok_codes = ok;
	cmd.n_ok_codes = 256;
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].signal, SIGTERM);
	brood_result_done(&result);
}

static void expect_text(struct brood_status status, const char *expected)
{
	char text[80];
	status.size = sizeof status;
	assert_int_equal(brood_status_text(&status, text, sizeof text), strlen(expected));
	assert_string_equal(text, expected);
}

/* covers: GE-11.string */
static void an_end_is_put_into_words(void **state)
{
	(void)state;
	expect_text((struct brood_status){ .how = BROOD_EXITED, .exit_code = 3 }, "exit code 3");
	expect_text((struct brood_status){ .how = BROOD_EXITED }, "exit code 0");
	expect_text((struct brood_status){ .how = BROOD_SIGNALED, .signal = SIGTERM },
		"killed by SIGTERM");
	expect_text(
		(struct brood_status){ .how = BROOD_SIGNALED, .signal = SIGSEGV, .core_dumped = 1 },
		"killed by SIGSEGV (core dumped)");
	expect_text((struct brood_status){ .how = BROOD_SIGNALED, .signal = SIGRTMIN + 3 },
		"killed by SIGRTMIN+3");
	expect_text((struct brood_status){ .how = BROOD_RUNNING }, "running");
}

/* covers: GE-11.string */
static void the_words_are_cut_to_fit_and_their_length_told(void **state)
{
	(void)state;
	struct brood_status status = { .size = sizeof status, .how = BROOD_EXITED, .exit_code = 3 };
	char text[8] = "#######";
	assert_int_equal(brood_status_text(&status, text, 5), strlen("exit code 3"));
	assert_string_equal(text, "exit");
	assert_int_equal(brood_status_text(&status, NULL, 0), strlen("exit code 3"));
}

/* covers: GE-11.absent GE-11.exitcode */
static void no_status_is_no_success(void **state)
{
	(void)state;
	assert_false(brood_status_is_success(NULL));
	struct brood_status running = { .size = sizeof running, .how = BROOD_RUNNING };
	assert_false(brood_status_is_success(&running));
	struct brood_status lost = { .size = sizeof lost, .how = BROOD_LOST };
	assert_false(brood_status_is_success(&lost));
}

/* covers: API-RES.notstarted GE-15.processstate.failed */
static void a_failed_start_is_a_status_too(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	int r = run_quietly(BROOD_ARGV("/nonexistent/program"), &result);
	assert_int_equal(r, -ENOENT);
	assert_int_equal(result.code, -ENOENT);
	assert_int_equal(result.cause, BROOD_CAUSE_NONE);
	assert_int_equal(result.n_stages, 1);
	assert_int_equal(result.stages[0].how, BROOD_NOT_STARTED);
	assert_int_equal(result.stages[0].exit_code, -1);
	assert_int_equal(result.stages[0].pid, 0);
	assert_int_equal(result.stages[0].started_ns, 0);
	assert_int_equal(result.stages[0].ended_ns, 0);
	assert_false(brood_status_is_success(&result.stages[0]));
	brood_result_done(&result);
}

/* covers: API-RES.reuse */
static void a_result_is_cleared_before_it_is_used_again(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd noisy = BROOD_CMD(.argv = ACT("print", "1", "abc", "print", "2", "def",
						   "exit", "7"));
	assert_int_equal(brood_output(&noisy, NULL, &result, NULL), BROOD_EEXIT);
	assert_string_equal(result.out.data, "abc");
	assert_string_equal(result.err.data, "def");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(run_quietly(ACT("exit", "0"), &result), 0);
		assert_null(result.out.data);
		assert_null(result.err.data);
		assert_int_equal(result.out.total, 0);
		assert_int_equal(result.stages[0].exit_code, 0);
	}
	assert_int_equal(brood_output(&noisy, NULL, &result, NULL), BROOD_EEXIT);
	assert_int_equal(run_quietly(BROOD_ARGV("/nonexistent/program"), &result), -ENOENT);
	assert_null(result.out.data);
	assert_int_equal(result.stages[0].how, BROOD_NOT_STARTED);
	brood_result_done(&result);
}

/* covers: API-RES.done */
static void a_result_can_be_done_with_more_than_once(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	brood_result_done(NULL);
	brood_result_done(&result);
	assert_int_equal(run_quietly(ACT("exit", "1"), &result), BROOD_EEXIT);
	brood_result_done(&result);
	brood_result_done(&result);
	assert_null(result.stages);
	assert_int_equal(result.n_stages, 0);
	assert_int_equal(result.size, sizeof result);
	assert_int_equal(run_quietly(ACT("exit", "0"), &result), 0);
	brood_result_done(&result);
}

/* covers: API-RES.label */
static void the_label_is_in_the_result(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.label = "the job";
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), 0);
	assert_string_equal(result.label, "the job");
	char longer[200];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	cmd.label = longer;
	assert_int_equal(brood_run(&cmd, NULL, &result, NULL), 0);
	assert_int_equal(strlen(result.label), sizeof result.label - 1);
	assert_string_equal(result.label + sizeof result.label - 4, "...");
	brood_result_done(&result);
}

/* covers: API-P.null */
static void options_result_and_error_may_be_null(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x", "exit", "2"));
	assert_int_equal(brood_output(&cmd, NULL, NULL, NULL), BROOD_EEXIT);
	assert_int_equal(brood_combined_output(&cmd, NULL, NULL, NULL), BROOD_EEXIT);
	struct brood_cmd missing = quiet(BROOD_ARGV("/nonexistent/program"));
	assert_int_equal(brood_run(&missing, NULL, NULL, NULL), -ENOENT);
}

/* covers: API-C.names API-C.below */
static void codes_have_names_and_lie_below_every_errno(void **state)
{
	(void)state;
	assert_string_equal(brood_code_name(0), "OK");
	assert_string_equal(brood_code_name(-ENOENT), "ENOENT");
	assert_string_equal(brood_code_name(-ETIME), "ETIME");
	assert_string_equal(brood_code_name(BROOD_EEXIT), "BROOD_EEXIT");
	assert_string_equal(brood_code_name(BROOD_ENOTFOUND), "BROOD_ENOTFOUND");
	assert_string_equal(brood_code_name(BROOD_EDOT), "BROOD_EDOT");
	assert_string_equal(brood_code_name(BROOD_ETIMEOUT), "BROOD_ETIMEOUT");
	assert_string_equal(brood_code_name(BROOD_ECANCELED), "BROOD_ECANCELED");
	assert_string_equal(brood_code_name(BROOD_EWAITDELAY), "BROOD_EWAITDELAY");
	assert_string_equal(brood_code_name(BROOD_ELIMIT), "BROOD_ELIMIT");
	assert_string_equal(brood_code_name(BROOD_ELOST), "BROOD_ELOST");
	assert_string_equal(brood_code_name(BROOD_EMISUSE), "BROOD_EMISUSE");
	assert_string_equal(brood_code_name(BROOD_ESTOPPED), "BROOD_ESTOPPED");
	assert_string_equal(brood_code_name(-4000), "unknown");
	assert_string_equal(brood_code_name(-5000), "unknown");
	assert_string_equal(brood_code_name(1), "unknown");
	for (int code = BROOD_EMISUSE; code <= BROOD_EEXIT; code++)
		assert_true(code < -4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(every_exit_code_arrives),
		hygienic(every_signal_that_kills_is_told),
		hygienic(a_core_dump_is_told),
		hygienic(the_process_id_is_the_childs),
		hygienic(start_and_end_are_told_on_the_monotonic_clock),
		hygienic(usage_is_that_of_the_child),
		hygienic(usage_holds_what_the_child_waited_for),
		hygienic(other_codes_can_count_as_success),
		hygienic(a_list_of_ok_codes_stands_instead_of_zero),
		hygienic(no_list_of_codes_excuses_a_signal),
		hygienic(an_end_is_put_into_words),
		hygienic(the_words_are_cut_to_fit_and_their_length_told),
		hygienic(no_status_is_no_success),
		hygienic(a_failed_start_is_a_status_too),
		hygienic(a_result_is_cleared_before_it_is_used_again),
		hygienic(a_result_can_be_done_with_more_than_once),
		hygienic(the_label_is_in_the_result),
		hygienic(options_result_and_error_may_be_null),
		hygienic(codes_have_names_and_lie_below_every_errno),
	};
	return hygiene_run("status", tests);
}
