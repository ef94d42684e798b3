/* SPDX-License-Identifier: MIT */

/* Stops and continues: what brood_job_check() finds after SIGCHLD, and how it is told. */

#include "stages.h"

#include "tree.h"

#include <pthread.h>

static const struct brood_stop patient[] = { { SIGTERM, 0, BROOD_HOUR } };

static void expect_nothing_new(struct brood_job *job)
{
	struct brood_event event;
	check_code(brood_job_check(job), 0, NULL);
	check_code(brood_job_next(job, 0, &event), -ETIME, NULL);
}

static void expect_status(struct brood_job *job, size_t stage, int how, int signal)
{
	struct brood_status status = BROOD_STATUS_INIT;
	check_code(brood_job_status(job, stage, &status), 0, NULL);
	check_number(status.how, how);
	check_number(status.signal, signal);
	check(status.ended_ns == 0);
}

static void start_three(struct row *row)
{
	/* In a group of their own: TSTP, TTIN and TTOU stop nobody in an orphaned one, as ours may
	 * be.
	 */
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP, .stop = patient,
		.n_stop = 1);
	struct brood_cmd cmds[] = { plain(ACT("ready", "await", "4")),
		plain(ACT("ready", "await", "4")), quiet(ACT("ready", "await", "4")) };
	row_start(row, cmds, 3, &options, 3);
}

/* covers: API-STOP.check API-STOP.events API-STOP.status */
static void each_stop_and_continue_of_a_stage_is_told_once(void **state)
{
	(void)state;
	struct row row;
	sigset_t old;
	sigchld_block(&old);
	start_three(&row);
	expect_nothing_new(row.job);
	for (size_t stage = 0; stage < 3; stage++) {
		const int signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
		for (size_t i = 0; i < 4; i++) {
			check_number(kill(row.pids[stage], signals[i]), 0);
			await_check(row.job);
			struct brood_event event = expect_event(
				row.job, BROOD_EVENT_STAGE_STOPPED, stage);
			check_number(event.fd, -1);
			check(event.data == NULL && event.user_data == NULL);
			check_number(event.status->how, BROOD_STOPPED);
			check_number(event.status->signal, signals[i]);
			check_number(event.status->exit_code, -1);
			check_number(event.status->pid, row.pids[stage]);
			for (size_t k = 0; k < 3; k++)
				expect_status(row.job, k,
					k == stage ? BROOD_STOPPED : BROOD_RUNNING,
					k == stage ? signals[i] : 0);
			expect_nothing_new(row.job);
			check_number(kill(row.pids[stage], SIGCONT), 0);
			await_check(row.job);
			event = expect_event(row.job, BROOD_EVENT_STAGE_CONTINUED, stage);
			check_number(event.status->how, BROOD_RUNNING);
			expect_status(row.job, stage, BROOD_RUNNING, 0);
			expect_nothing_new(row.job);
		}
	}
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	row_end(&row);
}

/* covers: API-STOP.check */
static void a_check_finds_stops_of_several_stages_at_once(void **state)
{
	(void)state;
	struct row row;
	struct brood_event event;
	bool stopped[3] = { false };
	start_three(&row);
	check_code(brood_job_signal(row.job, SIGSTOP), 0, NULL);
	for (int i = 0; i < 3; i++)
		await_state(row.pids[i], 'T');
	check_code(brood_job_check(row.job), 1, NULL);
	for (int i = 0; i < 3; i++) {
		check_code(brood_job_next(row.job, 0, &event), 0, NULL);
		check_number(event.kind, BROOD_EVENT_STAGE_STOPPED);
		check(!stopped[event.stage]);
		stopped[event.stage] = true;
	}
	expect_nothing_new(row.job);
	/* What was stopped and goes on before anybody looks goes on. */
	check_code(brood_job_signal(row.job, SIGCONT), 0, NULL);
	check_code(brood_job_check(row.job), 1, NULL);
	for (int i = 0; i < 3; i++)
		expect_status(row.job, (size_t)i, BROOD_RUNNING, 0);
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-STOP.end */
static void what_is_stopped_can_end(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	start_three(&row);
	check_number(kill(row.pids[1], SIGSTOP), 0);
	await_state(row.pids[1], 'T');
	check_code(brood_job_check(row.job), 1, NULL);
	expect_event(row.job, BROOD_EVENT_STAGE_STOPPED, 1);
	check_number(kill(row.pids[1], SIGKILL), 0);
	struct brood_event event = expect_event(row.job, BROOD_EVENT_STAGE_ENDED, 1);
	check_number(event.status->how, BROOD_SIGNALED);
	check_number(event.status->signal, SIGKILL);
	check_code(brood_job_check(row.job), 0, NULL);
	row_release(&row);
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	check_number(result.stages[1].signal, SIGKILL);
	check_code(brood_job_check(row.job), 0, NULL);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-STOP.wait */
static void a_wait_goes_on_over_stops(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	start_three(&row);
	check_code(brood_job_signal(row.job, SIGSTOP), 0, NULL);
	for (int i = 0; i < 3; i++)
		await_state(row.pids[i], 'T');
	row_release(&row);
	check_code(brood_job_wait(row.job, 30 * BROOD_MILLISECOND, &result, NULL), -ETIME, NULL);
	/* A stop step is followed by a CONT, so that they notice. */
	check_code(brood_job_stop(row.job), 0, NULL);
	check_code(row_wait(&row, &result), BROOD_ECANCELED, NULL);
	for (int i = 0; i < 3; i++)
		check_number(result.stages[i].signal, SIGTERM);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-STOP.set */
static void a_set_tells_of_stops_too(void **state)
{
	(void)state;
	struct row row;
	struct brood_set *set = NULL;
	struct brood_event event;
	int data = 0;
	start_three(&row);
	check_code(brood_set_new(&set, NULL), 0, NULL);
	check_code(brood_set_add(set, row.job, &data), 0, NULL);
	check_number(kill(row.pids[2], SIGSTOP), 0);
	await_state(row.pids[2], 'T');
	check_code(brood_set_next(set, 0, &event), -ETIME, NULL);
	check_code(brood_job_check(row.job), 1, NULL);
	check_code(brood_set_next(set, 0, &event), 0, NULL);
	check_number(event.kind, BROOD_EVENT_STAGE_STOPPED);
	check_number((int64_t)event.stage, 2);
	check(event.user_data == &data && event.job == row.job);
	check_code(brood_job_signal(row.job, SIGKILL), 0, NULL);
	int n_ended = 0;
	while (brood_set_next(set, 20 * BROOD_SECOND, &event) == 0)
		n_ended += event.kind == BROOD_EVENT_STAGE_ENDED;
	check_number(n_ended, 3);
	brood_set_free(set);
	row.job = NULL;
	row_end(&row);
}

/* covers: API-STOP.guard */
static void with_a_guard_stops_are_told_without_a_check(void **state)
{
	(void)state;
	need_guard();
	for (size_t n = 1; n <= 3; n += 2) {
		struct row row;
		struct brood_options options = TREE_OPTIONS(HASTY);
		struct brood_cmd cmds[3];
		for (size_t i = 0; i < n; i++)
			cmds[i] = plain(ACT("ready", "await", "4"));
		cmds[n - 1].out = brood_null();
		row_start(&row, cmds, n, &options, (int)n);
		for (size_t stage = 0; stage < n; stage++) {
			check_number(kill(row.pids[stage], SIGSTOP), 0);
			struct brood_event event = expect_event(
				row.job, BROOD_EVENT_STAGE_STOPPED, stage);
			check_number(event.status->signal, SIGSTOP);
			expect_status(row.job, stage, BROOD_STOPPED, SIGSTOP);
			check_number(kill(row.pids[stage], SIGCONT), 0);
			expect_event(row.job, BROOD_EVENT_STAGE_CONTINUED, stage);
			expect_status(row.job, stage, BROOD_RUNNING, 0);
		}
		row_release(&row);
		check_code(row_wait(&row, NULL), 0, NULL);
		row_end(&row);
	}
}

static void *wait_for_it(void *data)
{
	struct row *row = data;
	while (brood_job_wait(row->job, BROOD_FOREVER, NULL, NULL) == -EBUSY)
		;
	return NULL;
}

/* covers: API-STOP.busy */
static void while_another_thread_waits_a_check_is_busy(void **state)
{
	(void)state;
	need_threads();
	struct row row;
	pthread_t thread;
	struct brood_status status = BROOD_STATUS_INIT;
	start_three(&row);
	check_code(brood_job_check(NULL), BROOD_EMISUSE, NULL);
	check_code(brood_job_foreground(NULL), BROOD_EMISUSE, NULL);
	check_number(pthread_create(&thread, NULL, wait_for_it, &row), 0);
	int r;
	while ((r = brood_job_check(row.job)) == 0)
		;
	check_code(r, -EBUSY, NULL);
	check_code(brood_job_status(row.job, 0, &status), -EBUSY, NULL);
	check_code(brood_job_foreground(row.job), -EBUSY, NULL);
	row_release(&row);
	pthread_join(thread, NULL);
	row_end(&row);
}

/* covers: GE-14.async API-CMD.signals.4 */
static void an_asynchronous_command_ignores_int_and_quit(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_signals signals = { .size = sizeof signals };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigaddset(&signals.ignore, SIGINT);
	sigaddset(&signals.ignore, SIGQUIT);
	struct brood_cmd cmds[] = { plain(ACT("ready", "await", "4")),
		plain(ACT("ready", "await", "4", "exit", "3")), quiet(ACT("ready", "pause")) };
	cmds[0].signals = &signals;
	cmds[1].signals = &signals;
	row_start(&row, cmds, 3, NULL, 3);
	check_code(brood_job_signal(row.job, SIGINT), 0, NULL);
	check_code(brood_job_signal(row.job, SIGQUIT), 0, NULL);
	await_zombie(row.pids[2]);
	row_release(&row);
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	check_number(result.stages[0].exit_code, 0);
	check_number(result.stages[1].exit_code, 3);
	check(result.stages[2].signal == SIGINT || result.stages[2].signal == SIGQUIT);
	brood_result_done(&result);
	row_end(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(each_stop_and_continue_of_a_stage_is_told_once),
		hygienic(a_check_finds_stops_of_several_stages_at_once),
		hygienic(what_is_stopped_can_end),
		hygienic(a_wait_goes_on_over_stops),
		hygienic(a_set_tells_of_stops_too),
		hygienic(with_a_guard_stops_are_told_without_a_check),
		hygienic(while_another_thread_waits_a_check_is_busy),
		hygienic(an_asynchronous_command_ignores_int_and_quit),
	};
	return hygiene_run("stops", tests);
}
