/* SPDX-License-Identifier: MIT */

/* The time limit of a job, the steps by which it is stopped, and brood_job_stop(). */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* What a bug would wait for and a right library does not, even on a machine that is busy. */
#define MUCH_LATER (20 * BROOD_SECOND)

static const struct brood_stop patient[] = { { .signal = SIGTERM, .grace = BROOD_HOUR } };
static const struct brood_stop hasty[] = { { .signal = SIGTERM, .grace = 50 * BROOD_MILLISECOND } };

static void expect_killed(const struct brood_result *result, int cause, int signal, uint32_t notes)
{
	assert_int_equal(result->cause, cause);
	assert_int_equal(result->notes, notes);
	assert_int_equal(result->stages[0].how, BROOD_SIGNALED);
	assert_int_equal(result->stages[0].signal, signal);
}

/* Starts it, waits until it is ready, then waits for its end, which must come soon. */
static int wait_soon(struct scene *scene, struct brood_result *result)
{
	int64_t begin = now_ns();
	int r = brood_job_wait(scene->job, BROOD_FOREVER, result, NULL);
	assert_true(now_ns() - begin < MUCH_LATER);
	return r;
}

/* covers: API-T.1 API-C.ETIMEOUT GE-4.killed GE-5.08 DIFF-3 */
static void past_its_limit_a_job_is_stopped(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 20 * BROOD_MILLISECOND,
		.stop = patient, .n_stop = 1);
	int64_t begin = now_ns();
	scene_start(&scene, quiet(ACT("ready", "pause")), &options, 1);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_true(now_ns() - begin >= 20 * BROOD_MILLISECOND);
	assert_int_equal(result.code, BROOD_ETIMEOUT);
	expect_killed(&result, BROOD_CAUSE_TIMEOUT, SIGTERM, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-T.1 API-C.ETIMEOUT */
static void run_keeps_the_limit_too(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 20 * BROOD_MILLISECOND,
		.stop = patient, .n_stop = 1);
	struct brood_cmd cmd = quiet(ACT("pause"));
	int64_t begin = now_ns();
	assert_int_equal(brood_run(&cmd, &options, &result, NULL), BROOD_ETIMEOUT);
	assert_true(now_ns() - begin < MUCH_LATER);
	expect_killed(&result, BROOD_CAUSE_TIMEOUT, SIGTERM, 0);
	brood_result_done(&result);
}

/* covers: API-T.2 */
static void a_job_that_ends_in_time_is_left_alone(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_HOUR);
	struct brood_cmd cmd = quiet(ACT("exit", "3"));
	assert_int_equal(brood_run(&cmd, &options, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
	assert_int_equal(result.stages[0].exit_code, 3);
	options.timeout = BROOD_FOREVER;
	assert_int_equal(brood_run(&cmd, &options, &result, NULL), BROOD_EEXIT);
	brood_result_done(&result);
}

/* covers: API-T.3 */
static void a_negative_limit_strikes_at_once(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = -1, .stop = patient, .n_stop = 1);
	struct brood_cmd cmd = quiet(ACT("pause"));
	int64_t begin = now_ns();
	assert_int_equal(brood_run(&cmd, &options, &result, NULL), BROOD_ETIMEOUT);
	options.timeout = INT64_MIN;
	assert_int_equal(brood_run(&cmd, &options, &result, NULL), BROOD_ETIMEOUT);
	assert_true(now_ns() - begin < MUCH_LATER);
	expect_killed(&result, BROOD_CAUSE_TIMEOUT, SIGTERM, 0);
	brood_result_done(&result);
}

/* covers: API-T.4 DIFF-3 GE-5.1.3 GE-4.excuse */
static void a_stopped_job_that_exits_well_has_still_timed_out(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 20 * BROOD_MILLISECOND,
		.stop = patient, .n_stop = 1);
	scene_start(&scene, quiet(ACT("exit-on", "15", "0", "ready", "pause")), &options, 1);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_int_equal(result.cause, BROOD_CAUSE_TIMEOUT);
	assert_int_equal(result.stages[0].how, BROOD_EXITED);
	assert_int_equal(result.stages[0].exit_code, 0);
	brood_result_done(&result);
	scene_end(&scene);
	scene_start(&scene, quiet(ACT("exit-on", "15", "9", "ready", "pause")), &options, 1);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_int_equal(result.stages[0].exit_code, 9);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-S.2 API-S.3 API-RES.notes */
static void a_child_that_ignores_the_first_step_is_killed(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1, .stop = hasty, .n_stop = 1);
	int64_t begin = now_ns();
	scene_start(&scene, quiet(ACT("ignore", "15", "ready", "pause")), &options, 1);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_true(now_ns() - begin >= hasty[0].grace);
	expect_killed(&result, BROOD_CAUSE_TIMEOUT, SIGKILL, BROOD_NOTE_ESCALATED);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-S.1 DIFF-5 */
static void without_steps_it_is_term_five_seconds_kill(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1);
	scene_start(&scene, quiet(ACT("say-on", "15", "ready", "pause")), &options, 1);
	int64_t begin = now_ns();
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_true(now_ns() - begin >= 4900 * BROOD_MILLISECOND);
	assert_int_equal(line_ready(&scene.line), SIGTERM);
	expect_killed(&result, BROOD_CAUSE_TIMEOUT, SIGKILL, BROOD_NOTE_ESCALATED);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-S.2 API-S.4 */
static void steps_are_sent_in_their_order(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_stop steps[] = {
		{ .signal = SIGINT, .grace = 200 * BROOD_MILLISECOND },
		{ .signal = SIGHUP, .grace = 200 * BROOD_MILLISECOND },
		{ .signal = SIGUSR1, .grace = 200 * BROOD_MILLISECOND },
	};
	struct brood_options options = BROOD_OPTIONS(.timeout = 1, .stop = steps, .n_stop = 3);
	scene_start(&scene,
		quiet(ACT("say-on", "2", "say-on", "1", "say-on", "10", "ready", "pause")),
		&options, 1);
	memset(steps, 0, sizeof steps); /* they are copied at the start */
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_int_equal(line_ready(&scene.line), SIGINT);
	assert_int_equal(line_ready(&scene.line), SIGHUP);
	assert_int_equal(line_ready(&scene.line), SIGUSR1);
	expect_killed(&result, BROOD_CAUSE_TIMEOUT, SIGKILL, BROOD_NOTE_ESCALATED);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-S.2 */
static void a_later_step_may_be_the_one_that_works(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_stop steps[] = {
		{ .signal = SIGINT, .grace = -1 },
		{ .signal = SIGTERM, .grace = BROOD_FOREVER },
	};
	struct brood_options options = BROOD_OPTIONS(.timeout = 1, .stop = steps, .n_stop = 2);
	scene_start(&scene, quiet(ACT("ignore", "2", "ready", "pause")), &options, 1);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	expect_killed(&result, BROOD_CAUSE_TIMEOUT, SIGTERM, BROOD_NOTE_ESCALATED);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-S.5 DIFF-11 */
static void a_stopped_child_notices_that_it_is_to_end(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1, .stop = patient, .n_stop = 1);
	scene_start(&scene, quiet(ACT("exit-on", "15", "4", "ready", "pause")), &options, 1);
	assert_int_equal(brood_job_signal(scene.job, SIGSTOP), 0);
	await_state(scene.pid, 'T');
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_int_equal(result.stages[0].how, BROOD_EXITED);
	assert_int_equal(result.stages[0].exit_code, 4);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: GE-10.stops */
static void a_stopped_child_has_not_ended(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4", "exit", "5")), NULL, 1);
	assert_int_equal(brood_job_signal(scene.job, SIGSTOP), 0);
	await_state(scene.pid, 'T');
	assert_int_equal(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME);
	assert_int_equal(brood_job_signal(scene.job, SIGCONT), 0);
	assert_int_equal(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME);
	scene_release(&scene);
	struct brood_result result = BROOD_RESULT_INIT;
	assert_int_equal(wait_soon(&scene, &result), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 5);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-R1.limit DIFF-1 */
static void no_limit_strikes_while_nobody_waits(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1);
	scene_start(
		&scene, quiet(ACT("say-on", "15", "say-on", "10", "ready", "pause")), &options, 1);
	/* The limit of a nanosecond has passed, but this is the first signal that it gets. */
	assert_int_equal(brood_job_signal(scene.job, SIGUSR1), 0);
	assert_int_equal(line_ready(&scene.line), SIGUSR1);
	scene_end(&scene);
}

/* covers: API-T.5 DIFF-18 */
static void what_ended_before_anybody_looked_has_not_timed_out(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1);
	scene_start(&scene, quiet(ACT("exit", "0")), &options, 0);
	await_zombie(scene.pid);
	assert_int_equal(wait_soon(&scene, &result), 0);
	assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-RES.partial GE-3.43 */
static void what_it_wrote_before_its_limit_is_kept(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1, .stop = patient, .n_stop = 1);
	struct scene scene;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "out", "print", "2", "err",
						 "ready", "pause"),
		.out = brood_capture(0, 0), .err = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ETIMEOUT);
	assert_string_equal(result.out.data, "out");
	assert_string_equal(result.err.data, "err");
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-R3.stop API-C.ECANCELED API-J.stop */
static void stop_ends_a_job_that_is_waited_for_later(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.stop = patient, .n_stop = 1);
	struct brood_cmd cmd = quiet(
		ACT("say-on", "15", "say-on", "10", "ready", "await", "4", "exit", "6"));
	scene_start(&scene, cmd, &options, 1);
	assert_int_equal(brood_job_stop(scene.job), 0);
	assert_int_equal(line_ready(&scene.line), SIGTERM); /* at once, with nobody waiting */
	await_state(scene.pid, 'S'); /* so that a second SIGTERM would be heard too */
	assert_int_equal(brood_job_stop(scene.job), 0);
	assert_int_equal(brood_job_signal(scene.job, SIGUSR1), 0);
	assert_int_equal(line_ready(&scene.line), SIGUSR1);
	scene_release(&scene);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ECANCELED);
	assert_int_equal(result.cause, BROOD_CAUSE_CANCEL);
	assert_int_equal(result.stages[0].exit_code, 6);
	brood_result_done(&result);
	assert_true(line_is_gone(&scene.line)); /* there was no second SIGTERM */
	scene_end(&scene);
}

/* covers: API-J.stop API-S.2 */
static void after_stop_the_waiter_goes_through_the_steps(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.stop = hasty, .n_stop = 1);
	scene_start(&scene, quiet(ACT("ignore", "15", "ready", "pause")), &options, 1);
	assert_int_equal(brood_job_stop(scene.job), 0);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ECANCELED);
	expect_killed(&result, BROOD_CAUSE_CANCEL, SIGKILL, BROOD_NOTE_ESCALATED);
	brood_result_done(&result);
	scene_end(&scene);
}

/* A sink that tells, when it gets its first byte, that the thread which waits is inside the call.
 */
struct inside {
	struct scene scene;
	int told;
	int waiting[2];
};

static int tell_inside(void *data, const char *chunk, size_t length)
{
	struct inside *inside = data;
	(void)chunk;
	(void)length;
	if (!inside->told)
		assert_int_equal(write(inside->waiting[1], "w", 1), 1);
	inside->told = 1;
	return 0;
}

static void *stop_it_from_here(void *data)
{
	struct inside *inside = data;
	char byte;
	if (read(inside->waiting[0], &byte, 1) == 1)
		brood_job_stop(inside->scene.job);
	return NULL;
}

/* covers: API-R3.stop API-J.stop */
static void stop_from_another_thread_wakes_the_waiter(void **state)
{
	(void)state;
	need_threads();
	struct inside inside = { .told = 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.stop = hasty, .n_stop = 1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ignore", "15", "ready", "print", "1", "x",
						 "pause"),
		.out = brood_sink(tell_inside, &inside));
	pthread_t thread;
	assert_int_equal(pipe(inside.waiting), 0);
	scene_start(&inside.scene, cmd, &options, 1);
	assert_int_equal(pthread_create(&thread, NULL, stop_it_from_here, &inside), 0);
	/* Only a waiter that woke up can send the KILL, since nothing else happens meanwhile. */
	assert_int_equal(wait_soon(&inside.scene, &result), BROOD_ECANCELED);
	expect_killed(&result, BROOD_CAUSE_CANCEL, SIGKILL, BROOD_NOTE_ESCALATED);
	pthread_join(thread, NULL);
	close(inside.waiting[0]);
	close(inside.waiting[1]);
	brood_result_done(&result);
	scene_end(&inside.scene);
}

static struct brood_job *job_of_handler;

static void stop_in_handler(int number)
{
	(void)number;
	int saved = errno;
	brood_job_stop(job_of_handler);
	errno = saved;
}

/* covers: API-R3.handler API-J.stop */
static void stop_from_a_signal_handler_works(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.stop = hasty, .n_stop = 1);
	struct sigaction action = { .sa_handler = stop_in_handler };
	struct sigaction old;
	sigaction(SIGUSR1, &action, &old);
	scene_start(&scene,
		quiet(ACT("ignore", "15", "ready", "await", "4", "signal-parent", "10", "pause")),
		&options, 1);
	job_of_handler = scene.job;
	scene_release(&scene);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ECANCELED);
	expect_killed(&result, BROOD_CAUSE_CANCEL, SIGKILL, BROOD_NOTE_ESCALATED);
	sigaction(SIGUSR1, &old, NULL);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-J.stop.late */
static void stop_after_the_end_is_fine(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, quiet(ACT("exit", "2")), NULL, 0);
	assert_int_equal(wait_soon(&scene, &result), BROOD_EEXIT);
	assert_int_equal(brood_job_stop(scene.job), 0);
	assert_int_equal(result.cause, BROOD_CAUSE_EXIT);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-J.stop.zombie GE-4.zombie GE-16.11 */
static void stop_before_the_end_was_seen_is_a_cancel(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, quiet(ACT("exit", "0")), NULL, 0);
	await_zombie(scene.pid);
	assert_int_equal(brood_job_stop(scene.job), 0);
	assert_int_equal(wait_soon(&scene, &result), BROOD_ECANCELED);
	assert_int_equal(result.cause, BROOD_CAUSE_CANCEL);
	assert_int_equal(result.stages[0].how, BROOD_EXITED);
	assert_int_equal(result.stages[0].exit_code, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

static void tick(int number)
{
	(void)number;
}

/* covers: API-W.eintr */
static void signals_to_the_waiter_change_nothing(void **state)
{
	(void)state;
	/* A signal every 300 us leaves no time for anything else on valgrind. */
	if (denied("valgrind"))
		skip();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct sigaction action = { .sa_handler = tick };
	struct sigaction old;
	struct itimerval often = { { 0, 300 }, { 0, 300 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "1", "300000", "burn", "50"),
		.out = brood_capture(0, 0), .err = brood_capture(0, 0));
	int r = brood_run(&cmd, NULL, &result, NULL);
	assert_int_equal(r, 0);
	assert_int_equal(result.out.length, 300000);
	scene_start(&scene, quiet(ACT("ready", "pause")), NULL, 0);
	assert_int_equal(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	brood_result_done(&result);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(past_its_limit_a_job_is_stopped),
		hygienic(run_keeps_the_limit_too),
		hygienic(a_job_that_ends_in_time_is_left_alone),
		hygienic(a_negative_limit_strikes_at_once),
		hygienic(a_stopped_job_that_exits_well_has_still_timed_out),
		hygienic(a_child_that_ignores_the_first_step_is_killed),
		hygienic(without_steps_it_is_term_five_seconds_kill),
		hygienic(steps_are_sent_in_their_order),
		hygienic(a_later_step_may_be_the_one_that_works),
		hygienic(a_stopped_child_notices_that_it_is_to_end),
		hygienic(a_stopped_child_has_not_ended),
		hygienic(no_limit_strikes_while_nobody_waits),
		hygienic(what_ended_before_anybody_looked_has_not_timed_out),
		hygienic(what_it_wrote_before_its_limit_is_kept),
		hygienic(stop_ends_a_job_that_is_waited_for_later),
		hygienic(after_stop_the_waiter_goes_through_the_steps),
		hygienic(stop_from_another_thread_wakes_the_waiter),
		hygienic(stop_from_a_signal_handler_works),
		hygienic(stop_after_the_end_is_fine),
		hygienic(stop_before_the_end_was_seen_is_a_cancel),
		hygienic(signals_to_the_waiter_change_nothing),
	};
	return hygiene_run("limits", tests);
}
