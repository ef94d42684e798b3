/* SPDX-License-Identifier: MIT */

/* Waiting: what outlives the child, waits that give up, and who may wait. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH_LATER (20 * BROOD_SECOND)

/* A child that writes "kept", leaves a grandchild which holds its output until it is released, and
 * exits with a code. */
static struct brood_cmd leaving(const char *code)
{
	static char *argv[16];
	char *const *list = ACT(
		"print", "1", "kept", "{", "ready", "await", "4", "}", "exit", code);
	memcpy(argv, list, 11 * sizeof *argv);
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .out = brood_capture(0, 0));
	return cmd;
}

static void expect_kept(const struct brood_result *result)
{
	assert_int_equal(result->out.length, 4);
	assert_string_equal(result->out.data, "kept");
}

/* covers: GE-4.reap-then-copy API-WD.negative API-C.EWAITDELAY GE-5.07 GE-3.43 GE-5.1.4 */
static void a_held_pipe_is_closed_at_once_when_the_delay_is_negative(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = -1);
	scene_start(&scene, leaving("0"), &options, 1);
	int64_t begin = now_ns();
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EWAITDELAY);
	assert_true(now_ns() - begin < 4 * BROOD_SECOND);
	assert_int_equal(result.code, BROOD_EWAITDELAY);
	assert_int_equal(result.cause, BROOD_CAUSE_WAIT_DELAY);
	assert_int_equal(result.notes, BROOD_NOTE_PIPE_HELD);
	assert_int_equal(result.stages[0].exit_code, 0);
	expect_kept(&result);
	assert_false(line_is_gone(&scene.line));
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-WD.positive API-C.EWAITDELAY */
static void a_held_pipe_is_closed_after_the_delay(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = 100 * BROOD_MILLISECOND);
	scene_start(&scene, leaving("0"), &options, 1);
	int64_t begin = now_ns();
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EWAITDELAY);
	assert_in_range(now_ns() - begin, 100 * BROOD_MILLISECOND - 1, 4 * BROOD_SECOND);
	assert_int_equal(result.notes, BROOD_NOTE_PIPE_HELD);
	expect_kept(&result);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-WD.zero DIFF-6 */
static void the_delay_is_five_seconds_unless_said_otherwise(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, leaving("0"), NULL, 1);
	int64_t begin = now_ns();
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EWAITDELAY);
	assert_in_range(now_ns() - begin, 4900 * BROOD_MILLISECOND, MUCH_LATER);
	expect_kept(&result);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-WD.forever GE-1.5 API-C.ETIME API-W.again */
static void without_end_the_delay_lasts_until_the_pipe_is_let_go(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = BROOD_FOREVER);
	scene_start(&scene, leaving("0"), &options, 1);
	await_zombie(scene.pid);
	assert_int_equal(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, &result, NULL), -ETIME);
	assert_int_equal(brood_job_wait(scene.job, 0, &result, NULL), -ETIME);
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), 0);
	assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
	assert_int_equal(result.notes, 0);
	expect_kept(&result);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-WD.inherited */
static void only_pipes_of_the_job_are_waited_for(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = BROOD_FOREVER);
	scene_start(&scene, quiet(ACT("{", "ready", "await", "4", "}", "exit", "0")), &options, 1);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_false(line_is_gone(&scene.line));
	scene_end(&scene);
}

/* covers: API-WD.output GE-4.reap-then-copy */
static void what_a_grandchild_writes_within_the_delay_is_kept(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = BROOD_HOUR);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "a", "{", "ready", "await", "4",
						 "print", "1", "b", "}"),
		.out = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(brood_job_wait(scene.job, 20 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), 0);
	assert_string_equal(result.out.data, "ab");
	brood_result_done(&result);
	scene_end(&scene);
}

/* The child has ended; what it left behind writes more while the last of the child is handled. */
static int have_more_written(void *data, const char *chunk, size_t length)
{
	struct scene *scene = data;
	(void)chunk;
	(void)length;
	scene_release(scene);
	assert_int_equal(line_ready(&scene->line), 'r');
	return 0;
}

/* covers: API-WD.negative */
static void what_a_held_pipe_still_has_is_taken_before_it_is_closed(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP, .wait_delay = -1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "await", "4", "fill", "1", "50000",
						 "ready", "pause", "}", "print", "2", "x", "exit",
						 "0"),
		.out = brood_capture(0, 0), .err = brood_sink(have_more_written, &scene));
	scene_start(&scene, cmd, &options, 0);
	await_zombie(scene.pid);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EWAITDELAY);
	assert_int_equal(result.out.length, 50000);
	brood_result_done(&result);
	assert_int_equal(kill(-scene.pid, SIGKILL), 0); /* the grandchild is left in that group */
	scene_end(&scene);
}

/* covers: GE-5.1.2 API-WD.exit GE-16.9 */
static void an_exit_code_ranks_before_a_held_pipe(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = -1);
	scene_start(&scene, leaving("6"), &options, 1);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
	assert_int_equal(result.notes, BROOD_NOTE_PIPE_HELD);
	assert_int_equal(result.stages[0].exit_code, 6);
	expect_kept(&result);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: GE-5.1.3 API-WD.timeout */
static void a_time_limit_ranks_before_a_held_pipe(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1, .wait_delay = -1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "kept", "{", "ready", "await",
						 "4", "}", "ready", "pause"),
		.out = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 2);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_ETIMEOUT);
	assert_int_equal(result.cause, BROOD_CAUSE_TIMEOUT);
	assert_int_equal(result.notes, BROOD_NOTE_PIPE_HELD);
	expect_kept(&result);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-T.6 */
static void a_time_limit_after_the_exit_is_none_of_the_childs(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 300 * BROOD_MILLISECOND,
		.wait_delay = 600 * BROOD_MILLISECOND);
	scene_start(&scene, leaving("0"), &options, 1);
	await_zombie(scene.pid);
	int r = brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL);
	assert_int_equal(r, BROOD_EWAITDELAY);
	assert_int_equal(result.stages[0].how, BROOD_EXITED);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-C.ETIME API-W.timeout API-W.alone API-RES.etime */
static void a_wait_that_gives_up_changes_nothing(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	scene_start(&scene, quiet(ACT("ready", "await", "4", "exit", "8")), NULL, 1);
	result.cause = 1234;
	result.tree_killed = 5678;
	int64_t begin = now_ns();
	assert_int_equal(
		brood_job_wait(scene.job, 30 * BROOD_MILLISECOND, &result, &error), -ETIME);
	assert_in_range(now_ns() - begin, 30 * BROOD_MILLISECOND - 1, MUCH_LATER);
	begin = now_ns();
	assert_int_equal(brood_job_wait(scene.job, 0, &result, NULL), -ETIME);
	assert_int_equal(brood_job_wait(scene.job, -1, &result, NULL), -ETIME);
	assert_int_equal(brood_job_wait(scene.job, INT64_MIN, NULL, NULL), -ETIME);
	assert_true(now_ns() - begin < MUCH_LATER);
	assert_int_equal(result.cause, 1234);
	assert_int_equal(result.tree_killed, 5678);
	assert_int_equal(brood_job_signal(scene.job, 0), 0);
	result = (struct brood_result)BROOD_RESULT_INIT;
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_HOUR, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 8);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-W.look-once */
static void a_look_finds_the_end_of_a_child_that_has_ended(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, quiet(ACT("exit", "9")), NULL, 0);
	await_zombie(scene.pid);
	assert_int_equal(brood_job_wait(scene.job, 0, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 9);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: GE-15.wait.after GE-3.21 API-C.EMISUSE GE-5.09 */
static void a_second_wait_is_misuse(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	scene_start(&scene, quiet(ACT("exit", "3")), NULL, 0);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, &error), BROOD_EMISUSE);
	assert_int_equal(error.code, BROOD_EMISUSE);
	assert_int_equal(brood_job_wait(scene.job, 0, NULL, NULL), BROOD_EMISUSE);
	assert_int_equal(result.stages[0].exit_code, 3);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: GE-15.wait.before GE-3.20 */
static void a_wait_for_no_job_is_misuse(void **state)
{
	(void)state;
	assert_int_equal(brood_job_wait(NULL, 0, NULL, NULL), BROOD_EMISUSE);
	assert_int_equal(brood_job_wait(NULL, BROOD_FOREVER, NULL, NULL), BROOD_EMISUSE);
}

/* A thread that is held inside brood_job_wait() by a sink. */
struct held {
	struct scene scene;
	int entered[2];
	int leave[2];
	int code;
};

static int hold_here(void *data, const char *chunk, size_t length)
{
	struct held *held = data;
	char byte;
	(void)chunk;
	(void)length;
	if (write(held->entered[1], "e", 1) != 1 || read(held->leave[0], &byte, 1) != 1)
		return -EIO;
	return 1;
}

static void *wait_held(void *data)
{
	struct held *held = data;
	held->code = brood_job_wait(held->scene.job, BROOD_FOREVER, NULL, NULL);
	return NULL;
}

/* covers: API-R3.busy GE-3.22 API-J.busy */
static void only_one_thread_may_wait(void **state)
{
	(void)state;
	need_threads();
	struct held held = { .code = 1 };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("say-on", "10", "ready", "print", "1", "x",
						 "await", "4", "exit", "0"),
		.in = brood_pipe(), .err = brood_pipe(), .out = brood_sink(hold_here, &held));
	pthread_t thread;
	char byte;
	assert_int_equal(pipe(held.entered), 0);
	assert_int_equal(pipe(held.leave), 0);
	scene_start(&held.scene, cmd, NULL, 1);
	struct brood_job *job = held.scene.job;
	assert_int_equal(pthread_create(&thread, NULL, wait_held, &held), 0);
	assert_int_equal(read(held.entered[0], &byte, 1), 1);
	assert_int_equal(brood_job_wait(job, 0, NULL, &error), -EBUSY);
	assert_int_equal(error.code, -EBUSY);
	assert_int_equal(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), -EBUSY);
	assert_int_equal(brood_job_read(job, 0, 2, &byte, 1), -EBUSY);
	assert_int_equal(brood_job_write(job, 0, 0, &byte, 1), -EBUSY);
	assert_int_equal(brood_job_close(job, 0, 0), -EBUSY);
	assert_int_equal(brood_job_take_fd(job, 0, 2), -EBUSY);
	assert_int_equal(brood_job_detach(job), -EBUSY);
	assert_int_equal(brood_job_signal(job, SIGUSR1), 0); /* that is allowed beside it */
	assert_int_equal(line_ready(&held.scene.line), SIGUSR1);
	assert_int_equal(brood_job_pid(job), held.scene.pid);
	assert_int_equal(write(held.leave[1], "l", 1), 1);
	scene_release(&held.scene);
	pthread_join(thread, NULL);
	assert_int_equal(held.code, 0);
	for (int i = 0; i < 2; i++) {
		close(held.entered[i]);
		close(held.leave[i]);
	}
	scene_end(&held.scene);
}

/* What a forked child may do with a job of its parent: nothing. Returns what went wrong, or 0. */
static int try_everything(struct brood_job *job)
{
	char byte = 0;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	if (brood_job_wait(job, 0, &result, &error) != BROOD_EMISUSE || error.code != BROOD_EMISUSE)
		return 1;
	if (brood_job_signal(job, SIGKILL) != BROOD_EMISUSE)
		return 2;
	if (brood_job_stop(job) != BROOD_EMISUSE)
		return 3;
	if (brood_job_pid(job) != BROOD_EMISUSE || brood_job_group(job) != BROOD_EMISUSE)
		return 4;
	if (brood_job_read(job, 0, 1, &byte, 1) != BROOD_EMISUSE)
		return 5;
	if (brood_job_write(job, 0, 0, &byte, 1) != BROOD_EMISUSE)
		return 6;
	if (brood_job_close(job, 0, 0) != BROOD_EMISUSE)
		return 7;
	if (brood_job_take_fd(job, 0, 1) != BROOD_EMISUSE)
		return 8;
	if (brood_job_detach(job) != BROOD_EMISUSE)
		return 10;
	brood_job_free(job);
	brood_result_done(&result);
	return 0;
}

/* covers: API-R7 */
static void a_job_belongs_to_the_process_that_started_it(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "copy", "0", "1", "exit", "4"),
		.in = brood_pipe(), .out = brood_pipe());
	int before = hygiene_open_descriptors();
	scene_start(&scene, cmd, NULL, 1);
	pid_t pid = fork();
	if (pid == 0) {
		int wrong = try_everything(scene.job);
		/* Only the line and the control are open beside what there was. */
		if (wrong == 0 && hygiene_open_descriptors() != before + 2)
			wrong = 9;
		_exit(wrong);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(WIFEXITED(status));
	/* And nothing of that was felt here. */
	char text[3] = "";
	struct brood_result result = BROOD_RESULT_INIT;
	assert_int_equal(brood_job_write(scene.job, 0, 0, "ok", 2), 2);
	assert_int_equal(brood_job_read(scene.job, 0, 1, text, 2), 2);
	assert_string_equal(text, "ok");
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 4);
	brood_result_done(&result);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_held_pipe_is_closed_at_once_when_the_delay_is_negative),
		hygienic(a_held_pipe_is_closed_after_the_delay),
		hygienic(the_delay_is_five_seconds_unless_said_otherwise),
		hygienic(without_end_the_delay_lasts_until_the_pipe_is_let_go),
		hygienic(only_pipes_of_the_job_are_waited_for),
		hygienic(what_a_grandchild_writes_within_the_delay_is_kept),
		hygienic(what_a_held_pipe_still_has_is_taken_before_it_is_closed),
		hygienic(an_exit_code_ranks_before_a_held_pipe),
		hygienic(a_time_limit_ranks_before_a_held_pipe),
		hygienic(a_time_limit_after_the_exit_is_none_of_the_childs),
		hygienic(a_wait_that_gives_up_changes_nothing),
		hygienic(a_look_finds_the_end_of_a_child_that_has_ended),
		hygienic(a_second_wait_is_misuse),
		hygienic(a_wait_for_no_job_is_misuse),
		hygienic(only_one_thread_may_wait),
		hygienic(a_job_belongs_to_the_process_that_started_it),
	};
	return hygiene_run("wait", tests);
}
