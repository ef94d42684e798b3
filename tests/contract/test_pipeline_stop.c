/* SPDX-License-Identifier: MIT */

/* Time limits, stops and signals of jobs of several stages, and who still holds a pipe. */

#include "stages.h"

#include <pthread.h>
#include <sys/time.h>

static const struct brood_stop patient[] = { { SIGTERM, 0, BROOD_HOUR } };
static const struct brood_stop hasty[] = { { SIGTERM, 0, 50 * BROOD_MILLISECOND } };
#define PATIENT .stop = patient, .n_stop = 1
#define HASTY   .stop = hasty, .n_stop = 1

static void three_pausing(struct brood_cmd *cmds)
{
	cmds[0] = plain(ACT("ready", "pause"));
	cmds[1] = plain(ACT("ready", "pause"));
	cmds[2] = quiet(ACT("ready", "pause"));
}

/* covers: API-PL.limit */
static void one_limit_is_for_all_stages(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 60 * BROOD_MILLISECOND, PATIENT);
	struct brood_cmd cmds[] = { plain(ACT("print", "2", "before", "ready", "pause")),
		plain(ACT("ready", "pause")),
		captured(ACT("print", "1", "part", "ready", "pause")) };
	cmds[0].err = brood_capture(0, 0);
	int64_t begin = now_ns();
	row_start(&row, cmds, 3, &options, 3);
	check_code(row_wait(&row, &result), BROOD_ETIMEOUT, NULL);
	check(now_ns() - begin >= 60 * BROOD_MILLISECOND);
	check_number(result.cause, BROOD_CAUSE_TIMEOUT);
	check_number(result.notes, 0);
	/* What came before is kept. */
	check_text(result.out.data, "part");
	check_text(result.err.data, "before");
	for (int i = 0; i < 3; i++)
		check_number(result.stages[i].signal, SIGTERM);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.limit */
static void a_limit_holds_for_those_that_are_left(void **state)
{
	(void)state;
	for (int left = 0; left < 3; left++) {
		struct row row;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = BROOD_OPTIONS(.timeout = 1, PATIENT);
		struct brood_cmd cmds[] = { plain(ACT("exit", "0")), plain(ACT("exit", "0")),
			quiet(ACT("exit", "0")) };
		cmds[left].argv = ACT("ready", "pause");
		row_start(&row, cmds, 3, &options, 1);
		for (int i = 0; i < 3; i++)
			if (i != left)
				await_zombie(row.pids[i]);
		check_code(row_wait(&row, &result), BROOD_ETIMEOUT, NULL);
		for (int i = 0; i < 3; i++) {
			check_number(result.stages[i].signal, i == left ? SIGTERM : 0);
			check_number(
				result.stages[i].how, i == left ? BROOD_SIGNALED : BROOD_EXITED);
		}
		brood_result_done(&result);
		row_end(&row);
	}
}

/* covers: API-PL.limit DIFF-18 */
static void stages_that_had_all_ended_have_not_timed_out(void **state)
{
	(void)state;
	struct row row;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1, PATIENT);
	struct brood_cmd cmds[] = { plain(ACT("exit", "0")), quiet(ACT("exit", "0")) };
	row_start(&row, cmds, 2, &options, 0);
	await_zombie(row.pids[0]);
	await_zombie(row.pids[1]);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-PL.stop */
static void who_ignores_the_first_step_gets_the_next(void **state)
{
	(void)state;
	for (int deaf = 0; deaf < 3; deaf++) {
		struct row row;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = BROOD_OPTIONS(HASTY);
		struct brood_cmd cmds[3];
		three_pausing(cmds);
		cmds[deaf].argv = ACT("ignore", "15", "ready", "pause");
		row_start(&row, cmds, 3, &options, 3);
		int64_t begin = now_ns();
		check_code(brood_job_stop(row.job), 0, NULL);
		check_code(row_wait(&row, &result), BROOD_ECANCELED, NULL);
		check(now_ns() - begin >= 50 * BROOD_MILLISECOND);
		check_number(result.cause, BROOD_CAUSE_CANCEL);
		check_number(result.notes, BROOD_NOTE_ESCALATED);
		for (int i = 0; i < 3; i++)
			check_number(result.stages[i].signal, i == deaf ? SIGKILL : SIGTERM);
		brood_result_done(&result);
		row_end(&row);
	}
}

/* covers: API-PL.stop */
static void the_steps_go_to_every_stage_in_their_order(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_stop steps[] = { { SIGUSR1, 0, 100 * BROOD_MILLISECOND },
		{ SIGUSR2, 0, 100 * BROOD_MILLISECOND }, { SIGHUP, 0, 100 * BROOD_MILLISECOND } };
	struct brood_options options = BROOD_OPTIONS(.stop = steps, .n_stop = 3);
	struct brood_cmd cmds[3];
	three_pausing(cmds);
	for (int i = 0; i < 3; i++)
		cmds[i].argv = ACT(
			"say-on", "10", "say-on", "12", "exit-on", "1", "5", "ready", "pause");
	row_start(&row, cmds, 3, &options, 3);
	check_code(brood_job_stop(row.job), 0, NULL);
	check_code(row_wait(&row, &result), BROOD_ECANCELED, NULL);
	for (int i = 0; i < 6; i++)
		check_number(line_ready(&row.line), i < 3 ? SIGUSR1 : SIGUSR2);
	for (int i = 0; i < 3; i++)
		check_number(result.stages[i].exit_code, 5);
	brood_result_done(&result);
	row_end(&row);
}

static void *stop_it(void *data)
{
	struct row *row = data;
	line_ready(&row->line);
	brood_job_stop(row->job);
	return NULL;
}

/* covers: API-PL.stop API-R3.stop */
static void another_thread_can_stop_all_stages(void **state)
{
	(void)state;
	need_threads();
	for (int round = 0; round < 20; round++) {
		struct row row;
		struct brood_options options = BROOD_OPTIONS(PATIENT);
		struct brood_cmd cmds[3];
		pthread_t thread;
		three_pausing(cmds);
		row_start(&row, cmds, 3, &options, 2);
		check_number(pthread_create(&thread, NULL, stop_it, &row), 0);
		check_code(row_wait(&row, NULL), BROOD_ECANCELED, NULL);
		pthread_join(thread, NULL);
		row_end(&row);
	}
}

static struct brood_job *job_of_handler;

static void stop_in_handler(int number)
{
	(void)number;
	int saved = errno;
	brood_job_stop(job_of_handler);
	errno = saved;
}

/* covers: API-PL.stop API-R3.handler */
static void a_handler_can_stop_all_stages(void **state)
{
	(void)state;
	struct row row;
	struct brood_options options = BROOD_OPTIONS(PATIENT);
	struct sigaction action = { .sa_handler = stop_in_handler };
	struct sigaction old;
	const struct itimerval soon = { .it_value = { 0, 30000 } };
	struct brood_cmd cmds[3];
	three_pausing(cmds);
	row_start(&row, cmds, 3, &options, 3);
	job_of_handler = row.job;
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &soon, NULL);
	check_code(row_wait(&row, NULL), BROOD_ECANCELED, NULL);
	sigaction(SIGALRM, &old, NULL);
	row_end(&row);
}

/* covers: API-PL.signal */
static void a_signal_goes_to_each_stage_that_is_left(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[3];
	three_pausing(cmds);
	cmds[0].argv = ACT("say-on", "12", "ready", "pause");
	cmds[1].argv = ACT("ready", "await", "4", "exit", "0");
	cmds[2].argv = ACT("say-on", "12", "ready", "pause");
	row_start(&row, cmds, 3, NULL, 3);
	check_code(brood_job_signal(row.job, 0), 0, NULL);
	check_code(brood_job_signal(row.job, 65), -EINVAL, NULL);
	row_release(&row);
	await_zombie(row.pids[1]);
	check_code(brood_job_wait(row.job, 10 * BROOD_MILLISECOND, &result, NULL), -ETIME, NULL);
	check_code(brood_job_signal(row.job, SIGUSR2), 0, NULL);
	check_number(line_ready(&row.line), SIGUSR2);
	check_number(line_ready(&row.line), SIGUSR2);
	check_code(brood_job_signal(row.job, SIGKILL), 0, NULL);
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	check_number(result.cause, BROOD_CAUSE_SIGNAL);
	check_number(result.stages[0].signal, SIGKILL);
	check_number(result.stages[1].exit_code, 0);
	check_number(result.stages[2].signal, SIGKILL);
	check_code(brood_job_signal(row.job, SIGTERM), -ESRCH, NULL);
	check_code(brood_job_signal(row.job, 0), -ESRCH, NULL);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.signal GE-14.direct */
static void without_a_group_descendants_of_stages_get_none(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmds[3];
	three_pausing(cmds);
	for (int i = 0; i < 3; i++)
		cmds[i].argv = ACT("{", "say-on", "10", "ready", "await", "4", "}", "exit-on", "10",
			"0", "ready", "pause");
	row_start(&row, cmds, 3, NULL, 6);
	check_code(brood_job_signal(row.job, SIGUSR1), 0, NULL);
	check_code(row_wait(&row, NULL), 0, NULL);
	check(!line_is_gone(&row.line));
	row_release(&row);
	char byte;
	check_number(read(row.line.reading, &byte, 1), 0);
	row_end(&row);
}

/* covers: API-PL.wait-delay */
static void who_holds_the_last_pipe_gets_the_wait_delay(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = 60 * BROOD_MILLISECOND);
	struct brood_cmd cmds[] = { plain(ACT("print", "1", "from the first, ")),
		captured(ACT("copy", "0", "1", "{", "print", "1", "held", "ready", "await", "4",
			"}", "exit", "0")) };
	row_start(&row, cmds, 2, &options, 1);
	int64_t begin = now_ns();
	check_code(
		brood_job_wait(row.job, BROOD_FOREVER, &result, &error), BROOD_EWAITDELAY, &error);
	check(now_ns() - begin >= 60 * BROOD_MILLISECOND);
	check_text(result.out.data, "from the first, held");
	check_number(result.notes, BROOD_NOTE_PIPE_HELD);
	check_number(result.cause, BROOD_CAUSE_WAIT_DELAY);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.wait-delay */
static void the_delay_begins_when_the_last_stage_has_ended(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = -1);
	/* The last stage has ended long before the first one does; its capture stays open. */
	struct brood_cmd cmds[] = { plain(ACT("await", "0")),
		captured(ACT("{", "print", "1", "and ", "await", "4", "print", "1", "later",
			"close", "1", "ready", "}", "exit", "0")) };
	cmds[0].in = brood_pipe();
	row_start(&row, cmds, 2, &options, 0);
	await_zombie(row.pids[1]);
	check_code(brood_job_wait(row.job, 50 * BROOD_MILLISECOND, &result, NULL), -ETIME, NULL);
	row_release(&row);
	row_ready(&row, 1);
	check_code(brood_job_close(row.job, 0, 0), 0, NULL);
	check_code(row_wait(&row, &result), 0, NULL);
	check_text(result.out.data, "and later");
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.wait-delay */
static void who_holds_a_pipe_between_keeps_its_reader(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.wait_delay = -1);
	struct brood_cmd cmds[] = {
		plain(ACT("{", "ready", "await", "4", "print", "1", "late", "}", "exit", "0")),
		captured(ACT("copy", "0", "1"))
	};
	row_start(&row, cmds, 2, &options, 1);
	await_zombie(row.pids[0]);
	check_code(brood_job_wait(row.job, 50 * BROOD_MILLISECOND, &result, NULL), -ETIME, NULL);
	struct brood_status status = BROOD_STATUS_INIT;
	check_code(brood_job_status(row.job, 0, &status), 0, NULL);
	check_number(status.how, BROOD_EXITED);
	check_code(brood_job_status(row.job, 1, &status), 0, NULL);
	check_number(status.how, BROOD_RUNNING);
	row_release(&row);
	check_code(row_wait(&row, &result), 0, NULL);
	check_text(result.out.data, "late");
	check_number(result.notes, 0);
	brood_result_done(&result);
	row_end(&row);
}

static int take_some(void *data, const char *chunk, size_t length)
{
	uint64_t *seen = data;
	check(pattern_match(chunk, length, *seen) == length);
	*seen += length;
	return *seen > 500000;
}

/* covers: API-PL.endless */
static void output_without_end_ends_with_its_reader(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	uint64_t seen = 0;
	struct brood_cmd cmds[] = { plain(PLAY("flood", "1")), plain(PLAY("copy")),
		plain(PLAY("copy")) };
	cmds[2].out = brood_sink(take_some, &seen);
	/* All three die of SIGPIPE, one after the other; only those with a reader are excused. */
	check_code(brood_pipeline(cmds, 3, NULL, &result, NULL), BROOD_EEXIT, NULL);
	check(seen > 500000);
	for (int i = 0; i < 3; i++) {
		check_number(result.stages[i].signal, SIGPIPE);
		check_number(result.stages[i].excused, 0);
	}
	struct brood_options options = BROOD_OPTIONS(.timeout = 20 * BROOD_SECOND);
	cmds[2].out = brood_capture(100000, BROOD_CAPTURE_STRICT);
	check_code(brood_pipeline(cmds, 3, &options, &result, NULL), BROOD_ELIMIT, NULL);
	check_number((int64_t)result.out.length, 100000);
	brood_result_done(&result);
}

/* covers: API-PL.free */
static void freeing_kills_all_stages(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmds[16];
	for (int i = 0; i < 16; i++)
		cmds[i] = plain(ACT("ignore", "15", "ignore", "1", "ready", "pause"));
	cmds[15].out = brood_capture(0, 0);
	row_start(&row, cmds, 16, NULL, 16);
	int64_t begin = now_ns();
	brood_job_free(row.job);
	row.job = NULL;
	check(now_ns() - begin < 5 * BROOD_SECOND);
	line_gone(&row.line);
	row_end(&row);
}

/* covers: API-PL.detach */
static void a_detached_pipeline_lives_on_and_is_reaped_later(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmds[] = { plain(ACT("ready", "await", "4", "print", "1", "x")),
		quiet(ACT("ready", "copy", "0", "3")) };
	int before = hygiene_open_descriptors();
	row_start(&row, cmds, 2, NULL, 2);
	check_code(brood_job_detach(row.job), 0, NULL);
	row.job = NULL;
	row_release(&row);
	check_number(line_ready(&row.line), 'x');
	line_gone(&row.line);
	await_zombie(row.pids[0]);
	await_zombie(row.pids[1]);
	check_number(run_quietly(ACT("exit", "0"), NULL), 0);
	row_end(&row);
	check_number(hygiene_open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(one_limit_is_for_all_stages),
		hygienic(a_limit_holds_for_those_that_are_left),
		hygienic(stages_that_had_all_ended_have_not_timed_out),
		hygienic(who_ignores_the_first_step_gets_the_next),
		hygienic(the_steps_go_to_every_stage_in_their_order),
		hygienic(another_thread_can_stop_all_stages),
		hygienic(a_handler_can_stop_all_stages),
		hygienic(a_signal_goes_to_each_stage_that_is_left),
		hygienic(without_a_group_descendants_of_stages_get_none),
		hygienic(who_holds_the_last_pipe_gets_the_wait_delay),
		hygienic(the_delay_begins_when_the_last_stage_has_ended),
		hygienic(who_holds_a_pipe_between_keeps_its_reader),
		hygienic(output_without_end_ends_with_its_reader),
		hygienic(freeing_kills_all_stages),
		hygienic(a_detached_pipeline_lives_on_and_is_reaped_later),
	};
	return hygiene_run("pipeline stop", tests);
}
