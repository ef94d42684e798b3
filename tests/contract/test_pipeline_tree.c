/* SPDX-License-Identifier: MIT */

/* BROOD_KILL_TREE for jobs of several stages: a guard each, and what they leave to each other. */

#include "stages.h"

#include "tree.h"

#define TWO_SURVIVORS \
	"{", "setsid", "ready", "pause", "}", "{", "ignore", "15", "setpgid", "ready", "pause", "}"

/* covers: API-PL.tree */
static void of_no_stage_anything_is_left(void **state)
{
	(void)state;
	need_guard();
	const int tiers[] = { BROOD_TREE_AUTO, BROOD_TREE_GUARD };
	const uint64_t flags[] = { 0, BROOD_NEW_GROUP, BROOD_NEW_SESSION };
	for (int t = 0; t < 2; t++) {
		for (int f = 0; f < 3; f++) {
			struct row row;
			struct brood_result result = BROOD_RESULT_INIT;
			struct brood_options options = TREE_OPTIONS(.tree = tiers[t], HASTY);
			struct brood_cmd cmds[] = { plain(ACT(FOUR_SURVIVORS, "exit", "0")),
				plain(ACT(FOUR_SURVIVORS, "exit", "0")),
				quiet(ACT(FOUR_SURVIVORS, "exit", "0")) };
			options.flags |= flags[f];
			row_start(&row, cmds, 3, &options, 12);
			check_code(row_wait(&row, &result), 0, NULL);
			check(row_is_deserted(&row));
			check_number(result.tree_killed, 12);
			check_number(result.tree.tier, BROOD_TREE_GUARD);
			check_number(result.notes, 0);
			brood_result_done(&result);
			row_end(&row);
		}
	}
}

/* covers: API-PL.tree API-PL.limit */
static void past_their_limit_the_trees_of_all_stages_are_stopped(void **state)
{
	(void)state;
	need_guard();
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	/* They have to be there before it. */
	struct brood_options options = TREE_OPTIONS(.timeout = 800 * BROOD_MILLISECOND * slowness(),
		HASTY);
	struct brood_cmd cmds[] = { plain(ACT(FOUR_SURVIVORS, "ready", "pause")),
		plain(ACT(FOUR_SURVIVORS, "ignore", "15", "ready", "pause")),
		quiet(ACT(FOUR_SURVIVORS, "ready", "pause")) };
	row_start(&row, cmds, 3, &options, 15);
	/* The guards keep the limit while nobody waits. */
	line_gone(&row.line);
	check_code(row_wait(&row, &result), BROOD_ETIMEOUT, NULL);
	check_number(result.stages[0].signal, SIGTERM);
	check_number(result.stages[1].signal, SIGKILL);
	check_number(result.stages[2].signal, SIGTERM);
	check_number(result.notes, BROOD_NOTE_ESCALATED);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.tree-hold */
static void what_a_stage_leaves_behind_may_go_on_writing_to_the_next(void **state)
{
	(void)state;
	need_guard();
	for (int kind = 0; kind < 3; kind++) {
		struct row row;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = TREE_OPTIONS(HASTY);
		struct brood_cmd cmds[] = { plain(ACT("{", "ready", "await", "4", "print", "1",
						    "late", "}", "exit", "0")),
			plain(ACT("copy", "0", "1")), captured(ACT("copy", "0", "1")) };
		if (kind == 1)
			cmds[0].argv = ACT("{", "setsid", "{", "setsid", "ready", "await", "4",
				"print", "1", "late", "}", "exit", "0", "}", "exit", "0");
		options.flags |= kind == 2 ? BROOD_NEW_GROUP : 0;
		row_start(&row, cmds, 3, &options, 1);
		struct brood_event event = expect_event(row.job, BROOD_EVENT_STAGE_ENDED, 0);
		check_number(event.status->exit_code, 0);
		/* Longer than the steps of a stop would take. */
		check_code(brood_job_next(row.job, 200 * BROOD_MILLISECOND, &event), -ETIME, NULL);
		check(!line_is_gone(&row.line));
		row_release(&row);
		check_code(row_wait(&row, &result), 0, NULL);
		check_text(result.out.data, "late");
		/* Its end of the pipe is closed a moment before it has ended. */
		check(result.tree_killed <= 1);
		check_number(result.notes, 0);
		brood_result_done(&result);
		row_end(&row);
	}
}

/* covers: API-PL.tree-hold */
static void what_is_left_behind_is_stopped_when_the_last_stage_has_ended(void **state)
{
	(void)state;
	need_guard();
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct brood_cmd cmds[] = { plain(ACT(TWO_SURVIVORS, "exit", "0")),
		quiet(ACT("ready", "await", "4")) };
	row_start(&row, cmds, 2, &options, 3);
	expect_event(row.job, BROOD_EVENT_STAGE_ENDED, 0);
	check_code(brood_job_wait(row.job, 100 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	row_release(&row);
	check_code(row_wait(&row, &result), 0, NULL);
	check(row_is_deserted(&row));
	check_number(result.tree_killed, 2);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.tree-orphans */
static void orphans_of_all_stages_can_be_waited_for_or_left(void **state)
{
	(void)state;
	need_guard();
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct brood_cmd cmds[] = {
		plain(ACT("{", "setsid", "ready", "await", "4", "}", "exit", "0")),
		quiet(ACT("{", "setsid", "ready", "await", "4", "}", "exit", "0"))
	};
	cmds[0].err = brood_null();
	cmds[1].err = brood_null();
	options.flags |= BROOD_ORPHANS_WAIT;
	row_start(&row, cmds, 2, &options, 2);
	check_code(brood_job_wait(row.job, 100 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	check(!line_is_gone(&row.line));
	row_release(&row);
	check_code(row_wait(&row, &result), 0, NULL);
	check(row_is_deserted(&row));
	check_number(result.tree_killed, 0);
	row_end(&row);
	options.flags ^= BROOD_ORPHANS_WAIT | BROOD_ORPHANS_LEAVE;
	/* Of the first stage nothing may keep the pipe to the second. */
	row_start(&row, cmds, 2, &options, 2);
	check_code(row_wait(&row, &result), 0, NULL);
	check(!line_is_gone(&row.line));
	check_number(result.tree_killed, 0);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.tree API-TREE.signal */
static void a_kill_reaches_the_trees_of_all_stages(void **state)
{
	(void)state;
	need_guard();
	for (int frees = 0; frees < 2; frees++) {
		struct row row;
		struct brood_options options = TREE_OPTIONS(HASTY);
		struct brood_cmd cmds[] = { plain(ACT(FOUR_SURVIVORS, "ready", "pause")),
			quiet(ACT(FOUR_SURVIVORS, "ready", "pause")) };
		row_start(&row, cmds, 2, &options, 10);
		if (frees) {
			brood_job_free(row.job);
			row.job = NULL;
			line_gone(&row.line);
		} else {
			check_code(brood_job_signal(row.job, SIGKILL), 0, NULL);
			check_code(row_wait(&row, NULL), BROOD_EEXIT, NULL);
			check(row_is_deserted(&row));
		}
		row_end(&row);
	}
}

/* A host that starts a job of three stages and is killed. */
static void host_that_is_killed(struct row *row, bool one_has_ended)
{
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct brood_cmd cmds[] = { plain(ACT(FOUR_SURVIVORS, "ready", "pause")),
		plain(ACT(FOUR_SURVIVORS, "ready", "pause")),
		quiet(ACT(FOUR_SURVIVORS, "ready", "pause")) };
	if (one_has_ended)
		cmds[0].argv = ACT(FOUR_SURVIVORS, "ready", "exit", "0");
	row_prepare(row, cmds, 3);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		if (brood_start(&row->job, row->cmds, 3, &options, NULL) != 0)
			_exit(1);
		_exit(brood_job_wait(row->job, BROOD_FOREVER, NULL, NULL) != 0);
	}
	line_started(&row->line);
	close(row->control.reading);
	row_ready(row, 15);
	check_number(kill(pid, SIGKILL), 0);
	check_number(waitpid(pid, NULL, 0), pid);
	line_gone(&row->line);
	row_release(row);
}

/* covers: API-PL.tree-host */
static void the_trees_of_all_stages_go_with_a_host_that_is_killed(void **state)
{
	(void)state;
	need_guard();
	struct row row;
	for (int i = 0; i < 6; i++)
		host_that_is_killed(&row, i % 2);
}

/* covers: API-PL.tree-lost */
static void a_pipeline_whose_guard_is_killed_is_stopped(void **state)
{
	(void)state;
	need_guard();
	/* Without its guard a stage is signalled by its pidfd or not at all. */
	if (denied("pidfd_send_signal"))
		skip();
	for (int which = 0; which < 3; which++) {
		struct row row;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_options options = TREE_OPTIONS(HASTY);
		struct brood_cmd cmds[] = { plain(ACT("ready", "pause")),
			plain(ACT("ready", "pause")), quiet(ACT("ready", "pause")) };
		row_start(&row, cmds, 3, &options, 3);
		check_number(kill(guard_of(row.pids[which]), SIGKILL), 0);
		int r = brood_job_wait(row.job, BROOD_FOREVER, &result, &error);
		check_error(r, -EOWNERDEAD, &error, BROOD_STEP_GUARD);
		check_number(result.cause, BROOD_CAUSE_GUARD);
		check(result.notes & BROOD_NOTE_GUARD_LOST);
		line_gone(&row.line);
		brood_result_done(&result);
		row_end(&row);
	}
}

/* covers: API-PL.tree-usage */
static void the_usage_of_all_trees_is_added_up(void **state)
{
	(void)state;
	need_guard();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct brood_cmd cmds[] = { plain(ACT("{", "burn", "60", "}", "burn", "60", "wait")),
		plain(ACT("{", "burn", "60", "}", "wait")), quiet(ACT("burn", "60")) };
	options.flags |= BROOD_MEASURE_TREE;
	pipeline_of(cmds, 3, &options, &result);
	int64_t us = result.tree.usage.ru_utime.tv_sec * 1000000 +
		     result.tree.usage.ru_utime.tv_usec +
		     result.tree.usage.ru_stime.tv_sec * 1000000 +
		     result.tree.usage.ru_stime.tv_usec;
	check(us >= 200000 && us < 2000000);
	check(result.tree.processes >= 3);
	check(result.tree.peak_memory > 0);
	brood_result_done(&result);
}

/* covers: API-PL.tree API-TREE.group */
static void the_group_of_all_stages_is_signalled_until_it_is_empty(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GROUP, HASTY);
	struct brood_cmd cmds[] = {
		plain(ACT("{", "ignore", "15", "ready", "pause", "}", "exit", "0")),
		plain(ACT("{", "ready", "pause", "}", "exit", "0")),
		quiet(ACT("{", "ignore", "15", "ready", "pause", "}", "exit", "0"))
	};
	row_start(&row, cmds, 3, &options, 3);
	check_code(row_wait(&row, &result), 0, NULL);
	check(row_is_deserted(&row));
	check_number(result.tree.tier, BROOD_TREE_GROUP);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.tree-cgroup */
static void control_groups_of_all_stages_are_killed_or_refused(void **state)
{
	(void)state;
	need_guard();
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_CGROUP, HASTY);
	struct brood_cmd cmds[] = { plain(ACT(TWO_SURVIVORS, "exit", "0")),
		quiet(ACT(TWO_SURVIVORS, "exit", "0")) };
	row_prepare(&row, cmds, 2);
	int r = brood_start(&row.job, row.cmds, 2, &options, &error);
	line_started(&row.line);
	close(row.control.reading);
	if (r == 0) {
		row_ready(&row, 4);
		check_code(row_wait(&row, &result), 0, NULL);
		check(row_is_deserted(&row));
		check_number(result.tree.tier, BROOD_TREE_CGROUP);
	} else {
		check_number(error.step, BROOD_STEP_CGROUP);
	}
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.tree-detach */
static void the_trees_of_a_detached_pipeline_are_still_looked_after(void **state)
{
	(void)state;
	need_guard();
	struct row row;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct brood_cmd cmds[] = {
		plain(ACT("{", "setsid", "ready", "pause", "}", "ready", "await", "4")),
		quiet(ACT("{", "setsid", "ready", "pause", "}", "ready", "await", "4"))
	};
	row_start(&row, cmds, 2, &options, 4);
	pid_t guards[] = { guard_of(row.pids[0]), guard_of(row.pids[1]) };
	check_code(brood_job_detach(row.job), 0, NULL);
	row.job = NULL;
	struct pollfd end = { .fd = row.line.reading, .events = POLLIN };
	check_number(poll(&end, 1, 200), 0);
	row_release(&row);
	line_gone(&row.line);
	await_gone(guards[0]);
	await_gone(guards[1]);
	row_end(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(of_no_stage_anything_is_left),
		hygienic(past_their_limit_the_trees_of_all_stages_are_stopped),
		hygienic(what_a_stage_leaves_behind_may_go_on_writing_to_the_next),
		hygienic(what_is_left_behind_is_stopped_when_the_last_stage_has_ended),
		hygienic(orphans_of_all_stages_can_be_waited_for_or_left),
		hygienic(a_kill_reaches_the_trees_of_all_stages),
		hygienic(the_trees_of_all_stages_go_with_a_host_that_is_killed),
		hygienic(a_pipeline_whose_guard_is_killed_is_stopped),
		hygienic(the_usage_of_all_trees_is_added_up),
		hygienic(the_group_of_all_stages_is_signalled_until_it_is_empty),
		hygienic(control_groups_of_all_stages_are_killed_or_refused),
		hygienic(the_trees_of_a_detached_pipeline_are_still_looked_after),
	};
	return hygiene_run("pipeline tree", tests);
}
