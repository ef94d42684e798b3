/* SPDX-License-Identifier: MIT */

/* Nothing of a job's tree survives it, by each of the means; what of its orphans; what it used. */

#include "tree.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Who is there when the job's own process ends by itself. */
static void expect_survivors_stopped(int tier, int wanted_tier)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = tier, HASTY);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "await", "4")), &options, 5);
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), 0, NULL);
	check_number(result.tree.tier, wanted_tier);
	check_number(result.tree_killed, 4);
	check_number(result.cause, BROOD_CAUSE_EXIT);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-R2 API-TREE.nothing API-TREE.auto API-TREE.killed */
static void whatever_a_job_leaves_behind_is_stopped(void **state)
{
	(void)state;
	need_guard();
	expect_survivors_stopped(BROOD_TREE_AUTO, BROOD_TREE_GUARD);
	expect_survivors_stopped(BROOD_TREE_GUARD, BROOD_TREE_GUARD);
}

/* covers: API-TREE.nothing API-TREE.group */
static void who_goes_on_without_its_first_thread_is_stopped(void **state)
{
	(void)state;
	static const int tiers[] = { BROOD_TREE_GROUP, BROOD_TREE_GUARD };
	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = TREE_OPTIONS(.tree = tiers[i], HASTY);
		if (tiers[i] == BROOD_TREE_GUARD)
			need_guard();
		scene_start(&scene,
			quiet(ACT("{", "thread", "ready", "pause", "}", "ready", "await", "4")),
			&options, 2);
		scene_release(&scene);
		check_code(wait_to_end(&scene, &result), 0, NULL);
		check_number(result.tree_killed, 1);
		brood_result_done(&result);
		scene_end(&scene);
	}
}

/* covers: API-TREE.nothing API-TREE.limit */
static void past_its_limit_all_of_a_tree_is_stopped(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	/* They have to be there before it. */
	struct brood_options options = TREE_OPTIONS(.timeout = 500 * BROOD_MILLISECOND * slowness(),
		HASTY);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
	check_code(wait_to_end(&scene, &result), BROOD_ETIMEOUT, NULL);
	check_number(result.cause, BROOD_CAUSE_TIMEOUT);
	check_number(result.stages[0].signal, SIGTERM);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.group */
static void whoever_leaves_the_group_escapes_from_it(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GROUP, HASTY);
	scene_start(&scene,
		quiet(ACT("{", "ignore", "15", "ready", "pause", "}", "{", "setsid", "say-on", "10",
			"ready", "await", "4", "}", "ready", "exit", "3")),
		&options, 3);
	check_number(getpgid(scene.pid), scene.pid);
	check_number(brood_job_group(scene.job), scene.pid);
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT, NULL);
	check_number(result.tree.tier, BROOD_TREE_GROUP);
	check_number(result.tree_killed, 1);
	check_number(result.notes & BROOD_NOTE_TREE_NOT_EMPTY, 0);
	check_number(result.stages[0].exit_code, 3);
	/* The one that left lives on, and is the only one. */
	check(!is_deserted(&scene.line));
	scene_release(&scene);
	line_gone(&scene.line);
	scene.line = line_open();
	brood_result_done(&result);
	scene_end(&scene);
}

static int idle(void *data)
{
	(void)data;
	return 5;
}

/* covers: API-TREE.auto */
static void a_function_is_looked_after_by_its_group(void **state)
{
	(void)state;
	need_guard();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_AUTO);
	struct brood_cmd cmd = BROOD_CMD(.function = idle);
	for (int i = 0; i < 2; i++) {
		check_code(brood_run(&cmd, &options, &result, &error), BROOD_EEXIT, &error);
		check_number(result.tree.tier, BROOD_TREE_GROUP);
		check_number(result.stages[0].exit_code, 5);
		check_number(result.tree_killed, 0);
		options.tree = BROOD_TREE_GROUP;
	}
	options.tree = BROOD_TREE_GUARD;
	check_code(brood_run(&cmd, &options, &result, &error), BROOD_EMISUSE, &error);
	brood_result_done(&result);
}

/* covers: API-TREE.cgroup */
static void a_control_group_is_killed_as_a_whole_or_refused(void **state)
{
	(void)state;
	need_guard();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_CGROUP, HASTY);
	struct brood_cmd cmd = quiet(ACT("exit", "4"));
	int r = brood_run(&cmd, &options, &result, &error);
	if (r != BROOD_EEXIT) {
		check(r == -EOPNOTSUPP || r == -EACCES || r == -EROFS || r == -EPERM ||
			r == -EBUSY);
		check_number(error.step, BROOD_STEP_CGROUP);
		check_number(result.stages[0].how, BROOD_NOT_STARTED);
	} else {
		check_number(result.tree.tier, BROOD_TREE_CGROUP);
		expect_survivors_stopped(BROOD_TREE_CGROUP, BROOD_TREE_CGROUP);
	}
	brood_result_done(&result);
}

/* covers: API-TREE.pidns */
static void a_pid_namespace_takes_all_with_it_or_is_refused(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_PIDNS, HASTY);
	struct brood_cmd cmd = quiet(ACT("exit", "4"));
	int r = brood_run(&cmd, &options, &result, &error);
	if (r != BROOD_EEXIT) {
		check(r == -EPERM || r == -ENOSPC || r == -EOPNOTSUPP || r == -EINVAL);
		check_number(error.step, BROOD_STEP_NAMESPACE);
	} else {
		scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "await", "4", "exit", "7")),
			&options, 5);
		check_number(kill(brood_job_pid(scene.job), 0), 0);
		scene_release(&scene);
		check_code(wait_to_end(&scene, &result), BROOD_EEXIT, NULL);
		check_number(result.stages[0].exit_code, 7);
		check_number(result.tree.tier, BROOD_TREE_PIDNS);
		scene_end(&scene);
	}
	brood_result_done(&result);
}

static void expect_count(char *const *argv, int ready, uint32_t count)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	scene_start(&scene, quiet(argv), &options, ready);
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), 0, NULL);
	check_number(result.tree_killed, count);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.killed */
static void those_that_outlived_their_parents_are_counted(void **state)
{
	(void)state;
	need_guard();
	expect_count(ACT("exit", "0"), 0, 0);
	expect_count(ACT("{", "exit", "0", "}", "wait"), 0, 0);
	expect_count(ACT("{", "ready", "pause", "}", "ready", "await", "4"), 2, 1);
	expect_count(
		ACT("{", "{", "ready", "pause", "}", "ready", "pause", "}", "ready", "await", "4"),
		3, 2);
	expect_count(ACT("{", "setsid", "{", "ready", "pause", "}", "}", "{", "ready", "pause", "}",
			     "{", "ignore", "15", "ready", "pause", "}", "ready", "await", "4"),
		4, 3);
}

/* covers: API-TREE.killed */
static void children_that_are_stopped_with_their_parents_are_not_counted(void **state)
{
	(void)state;
	need_guard();
	for (int i = 0; i < 10; i++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = TREE_OPTIONS(HASTY);
		scene_start(&scene,
			quiet(ACT("{", "{", "ready", "pause", "}", "ready", "pause", "}", "{",
				"ready", "pause", "}", "ready", "pause")),
			&options, 4);
		check_code(brood_job_stop(scene.job), 0, NULL);
		check_code(wait_to_end(&scene, &result), BROOD_ECANCELED, NULL);
		check_number(result.tree_killed, 0);
		check_number(result.notes, 0);
		brood_result_done(&result);
		scene_end(&scene);
	}
}

static void expect_orphans_waited_for(int tier)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = tier, HASTY);
	options.flags |= BROOD_ORPHANS_WAIT;
	scene_start(&scene,
		quiet(ACT("{", "ready", "await", "4", "exit", "9", "}", "ready", "exit", "6")),
		&options, 2);
	check_code(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, &result, NULL), -ETIME, NULL);
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), BROOD_EEXIT, NULL);
	check_number(result.stages[0].exit_code, 6);
	check_number(result.tree_killed, 0);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.wait */
static void orphans_can_be_waited_for(void **state)
{
	(void)state;
	need_guard();
	expect_orphans_waited_for(BROOD_TREE_GUARD);
	expect_orphans_waited_for(BROOD_TREE_GROUP);
}

/* covers: API-TREE.wait */
static void what_orphans_write_is_waited_for_too(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.wait_delay = -1);
	options.flags |= BROOD_ORPHANS_WAIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "first,", "{", "ready", "await",
						 "4", "print", "1", "last", "}"),
		.out = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 1);
	check_code(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, &result, NULL), -ETIME, NULL);
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), 0, NULL);
	check_text(result.out.data, "first,last");
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.wait */
static void the_time_limit_holds_for_orphans_that_are_waited_for(void **state)
{
	(void)state;
	need_guard();
	static const int tiers[] = { BROOD_TREE_GUARD, BROOD_TREE_GROUP };
	for (int i = 0; i < 2; i++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = TREE_OPTIONS(.tree = tiers[i],
			.timeout = 150 * BROOD_MILLISECOND, HASTY);
		options.flags |= BROOD_ORPHANS_WAIT;
		scene_start(
			&scene, quiet(ACT("{", "ready", "pause", "}", "exit", "0")), &options, 1);
		check_code(wait_to_end(&scene, &result), BROOD_ETIMEOUT, NULL);
		check_number(result.cause, BROOD_CAUSE_TIMEOUT);
		check_number(result.stages[0].how, BROOD_EXITED);
		check_number(result.tree_killed, 1);
		brood_result_done(&result);
		scene_end(&scene);
	}
}

static void expect_orphans_left(int tier)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = tier, HASTY);
	options.flags |= BROOD_ORPHANS_LEAVE;
	scene_start(&scene,
		quiet(ACT("{", "say-on", "15", "ready", "await", "4", "}", "ready", "exit", "6")),
		&options, 2);
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT, NULL);
	check_number(result.tree_killed, 0);
	check_number(result.notes, 0);
	check(!is_deserted(&scene.line));
	scene_release(&scene);
	line_gone(&scene.line);
	scene.line = line_open();
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.leave */
static void orphans_can_be_left_alone(void **state)
{
	(void)state;
	need_guard();
	expect_orphans_left(BROOD_TREE_GUARD);
	expect_orphans_left(BROOD_TREE_GROUP);
}

/* covers: API-TREE.leave */
static void a_job_that_is_stopped_goes_with_all_it_has_started(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.timeout = 500 * BROOD_MILLISECOND * slowness(),
		HASTY);
	options.flags |= BROOD_ORPHANS_LEAVE;
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
	check_code(wait_to_end(&scene, &result), BROOD_ETIMEOUT, NULL);
	brood_result_done(&result);
	scene_end(&scene);
}

static int64_t milliseconds(const struct rusage *usage)
{
	return (int64_t)usage->ru_utime.tv_sec * 1000 + usage->ru_utime.tv_usec / 1000 +
	       (int64_t)usage->ru_stime.tv_sec * 1000 + usage->ru_stime.tv_usec / 1000;
}

/* covers: API-TREE.usage */
static void the_usage_of_a_tree_is_that_of_all_its_processes(void **state)
{
	(void)state;
	need_guard();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.timeout = 20 * BROOD_SECOND);
	options.flags |= BROOD_ORPHANS_WAIT;
	struct brood_cmd cmd = quiet(ACT("{", "{", "setsid", "touch", "20", "burn", "80", "}", "}",
		"{", "burn", "80", "}", "exit", "0"));
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check(milliseconds(&result.tree.usage) >= 150);
	check(milliseconds(&result.stages[0].usage) < 80 * slowness());
	check(result.tree.usage.ru_maxrss >= 20 * 1024);
	check(result.stages[0].usage.ru_maxrss < 20 * 1024);
	check_number(result.tree.peak_memory, 0);
	check_number(result.tree.processes, 0);
	brood_result_done(&result);
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_number(result.tree.tier, 0);
	check_number(milliseconds(&result.tree.usage), 0);
	brood_result_done(&result);
}

/* covers: API-TREE.measure */
static void the_peak_of_a_tree_is_what_all_had_at_once(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	options.flags |= BROOD_MEASURE_TREE;
	scene_start(&scene,
		quiet(ACT("{", "setsid", "touch", "50", "ready", "pause", "}", "touch", "50",
			"ready", "pause")),
		&options, 2);
	/* Some looks long, now that all is there. */
	check_code(brood_job_wait(scene.job, 300 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	check_code(brood_job_stop(scene.job), 0, NULL);
	check_code(wait_to_end(&scene, &result), BROOD_ECANCELED, NULL);
	/* The kernel counts pages in batches. */
	uint64_t megabytes = result.tree.peak_memory >> 20;
	if (megabytes < 95 || megabytes > 120)
		complain(__FILE__, __LINE__, "the peak is %d MB, not about 100", (int)megabytes);
	check_number(result.tree.processes, 2);
	brood_result_done(&result);
	scene_end(&scene);
}

static void large_host_scene(void *data)
{
	(void)data;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.timeout = 20 * BROOD_SECOND);
	struct brood_cmd cmd = quiet(ACT("burn", "30"));
	size_t size = (size_t)300 << 20;
	char *bytes = malloc(size);
	check(bytes != NULL);
	memset(bytes, 1, size);
	options.flags |= BROOD_MEASURE_TREE;
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check(result.tree.peak_memory > 0);
	check(result.tree.peak_memory < UINT64_C(20) << 20);
	check(result.tree.usage.ru_maxrss < 20 * 1024);
	check(result.stages[0].usage.ru_maxrss < 20 * 1024);
	check_number(result.tree.processes, 1);
	check_number(bytes[size - 1], 1);
	free(bytes);
}

/* covers: API-TREE.measure */
static void the_memory_of_a_host_is_not_its_childs(void **state)
{
	(void)state;
	need_guard();
	in_scene(large_host_scene, NULL);
}

/* As where a filter keeps programs in memory from being made. */
static void refuse_memfd(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };
	check_number(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	check_number(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void without_image_scene(void *data)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	(void)data;
	refuse_memfd();
	/* The installed one is as good. */
	int wanted = has_guard() ? BROOD_TREE_GUARD : BROOD_TREE_GROUP;
	scene_start(&scene,
		quiet(ACT("{", "ready", "pause", "}", "{", "ignore", "15", "ready", "pause", "}",
			"ready", "await", "4")),
		&options, 3);
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), 0, NULL);
	check_number(result.tree.tier, wanted);
	check_number(result.tree_killed, 2);
}

/* covers: API-TREE.auto */
static void where_no_guard_can_be_had_the_group_is_taken(void **state)
{
	(void)state;
	in_scene(without_image_scene, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(whatever_a_job_leaves_behind_is_stopped),
		hygienic(who_goes_on_without_its_first_thread_is_stopped),
		hygienic(past_its_limit_all_of_a_tree_is_stopped),
		hygienic(whoever_leaves_the_group_escapes_from_it),
		hygienic(a_function_is_looked_after_by_its_group),
		hygienic(a_control_group_is_killed_as_a_whole_or_refused),
		hygienic(a_pid_namespace_takes_all_with_it_or_is_refused),
		hygienic(those_that_outlived_their_parents_are_counted),
		hygienic(children_that_are_stopped_with_their_parents_are_not_counted),
		hygienic(orphans_can_be_waited_for),
		hygienic(what_orphans_write_is_waited_for_too),
		hygienic(the_time_limit_holds_for_orphans_that_are_waited_for),
		hygienic(orphans_can_be_left_alone),
		hygienic(a_job_that_is_stopped_goes_with_all_it_has_started),
		hygienic(the_usage_of_a_tree_is_that_of_all_its_processes),
		hygienic(the_peak_of_a_tree_is_what_all_had_at_once),
		hygienic(the_memory_of_a_host_is_not_its_childs),
		hygienic(where_no_guard_can_be_had_the_group_is_taken),
	};
	return hygiene_run("tree", tests);
}
