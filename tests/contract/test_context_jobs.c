/* SPDX-License-Identifier: MIT */

/* How the end of a context stops jobs, what it does not do, and who lets go first. */

#include "contexts.h"
#include "tree.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

/* ---- several jobs ---- */

/* covers: API-CTX.jobs */
static void one_context_stops_all_of_its_jobs_and_no_others(void **state)
{
	(void)state;
	for (int by_deadline = 0; by_deadline < 2; by_deadline++) {
		struct scene scenes[3];
		struct scene other;
		struct brood_context *context = make(NULL, by_deadline ? SOON : 0);
		struct brood_context *child = make(context, 0);
		struct brood_context *unconcerned = make(NULL, 0);
		start_pausing(&other, unconcerned);
		for (int i = 0; i < 3; i++)
			start_pausing(&scenes[i], i == 2 ? child : context);
		if (!by_deadline)
			brood_context_cancel(context);
		for (int i = 0; i < 3; i++)
			expect_end(&scenes[i], by_deadline ? BROOD_ETIMEOUT : BROOD_ECANCELED);
		check_code(brood_job_wait(other.job, 0, NULL, NULL), -ETIME, NULL);
		check_code(brood_job_signal(other.job, 0), 0, NULL);
		scene_end(&other);
		brood_context_free(context);
		brood_context_free(child);
		brood_context_free(unconcerned);
	}
}

/* covers: API-CTX.steps DIFF-4 GE-4.killed */
static void each_job_is_stopped_by_its_own_steps(void **state)
{
	(void)state;
	static const struct brood_stop own[] = { { SIGUSR1, 0, BROOD_HOUR } };
	struct brood_context *context = make(NULL, 0);
	struct brood_result result = BROOD_RESULT_INIT;
	struct scene scenes[3];
	struct brood_options options = BROOD_OPTIONS(.context = context, .stop = own, .n_stop = 1);
	scene_start(&scenes[0], quiet(ACT("exit-on", "10", "5", "ready", "pause")), &options, 1);
	options.stop = hasty();
	scene_start(&scenes[1], quiet(ACT("ignore", "15", "ready", "pause")), &options, 1);
	/* The default: TERM first, for the child alone. */
	options.stop = NULL;
	options.n_stop = 0;
	scene_start(&scenes[2], quiet(ACT("{", "ready", "await", "4", "}", "ready", "pause")),
		&options, 2);
	brood_context_cancel(context);
	check_code(wait_soon(scenes[0].job, &result), BROOD_ECANCELED, NULL);
	check_number(result.cause, BROOD_CAUSE_CANCEL);
	check_number(result.notes, 0);
	check_number(result.stages[0].exit_code, 5);
	check_code(wait_soon(scenes[1].job, &result), BROOD_ECANCELED, NULL);
	expect_stopped(&result, BROOD_CAUSE_CANCEL, SIGKILL, BROOD_NOTE_ESCALATED);
	check_code(wait_soon(scenes[2].job, &result), BROOD_ECANCELED, NULL);
	expect_stopped(&result, BROOD_CAUSE_CANCEL, SIGTERM, 0);
	check(!line_is_gone(&scenes[2].line));
	brood_result_done(&result);
	for (int i = 0; i < 3; i++)
		scene_end(&scenes[i]);
	brood_context_free(context);
}

/* covers: GE-4.once GE-4.lives API-CTX.first */
static void a_job_is_stopped_once_whatever_else_ends(void **state)
{
	(void)state;
	static const struct brood_stop never[] = { { SIGTERM, 0, BROOD_FOREVER } };
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *context = make(parent, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context, .timeout = SOON,
		.stop = never, .n_stop = 1);
	scene_start(&scene, quiet(ACT("say-on", "15", "ready", "await", "4")), &options, 1);
	brood_context_cancel(context);
	int64_t begin = now_ns();
	check_code(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	check_number(line_ready(&scene.line), SIGTERM);
	/* The parent's cancel, a stop and the time limit come when it is being stopped. */
	brood_context_cancel(context);
	brood_context_cancel(parent);
	check_code(brood_job_wait(scene.job, SOON, NULL, NULL), -ETIME, NULL);
	check(now_ns() - begin >= SOON);
	struct pollfd more = { .fd = scene.line.reading, .events = POLLIN };
	check_number(poll(&more, 1, 0), 0);
	/* It is waited for as long as it lives. */
	scene_release(&scene);
	check_code(wait_soon(scene.job, &result), BROOD_ECANCELED, NULL);
	check_number(result.cause, BROOD_CAUSE_CANCEL);
	check_number(result.stages[0].how, BROOD_EXITED);
	check_number(result.stages[0].exit_code, 0);
	brood_result_done(&result);
	scene_end(&scene);
	brood_context_free(context);
	brood_context_free(parent);
}

/* covers: API-CTX.pipeline */
static void all_stages_of_a_job_are_stopped(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
	struct brood_cmd cmds[] = { plain(ACT("ready", "pause")), plain(ACT("ready", "pause")),
		quiet(ACT("ready", "pause")) };
	row_start(&row, cmds, 3, &options, 3);
	brood_context_cancel(context);
	check_code(wait_soon(row.job, &result), BROOD_ECANCELED, NULL);
	check_number(result.cause, BROOD_CAUSE_CANCEL);
	for (int i = 0; i < 3; i++)
		check_number(result.stages[i].signal, SIGTERM);
	brood_result_done(&result);
	row_end(&row);
	brood_context_free(context);
}

/* ---- when the job has ended ---- */

/* covers: GE-4.ended GE-15.ctx API-CTX.late */
static void a_cancel_after_the_end_changes_nothing(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context);
	scene_start(&scene, quiet(ACT("exit", "2")), &options, 0);
	check_code(wait_soon(scene.job, &result), BROOD_EEXIT, NULL);
	check_code(brood_context_cancel(context), 0, NULL);
	check_code(brood_context_error(context), BROOD_ECANCELED, NULL);
	check_number(result.code, BROOD_EEXIT);
	check_number(result.cause, BROOD_CAUSE_EXIT);
	check_code(brood_job_wait(scene.job, 0, NULL, NULL), BROOD_EMISUSE, NULL);
	brood_result_done(&result);
	scene_end(&scene);
	brood_context_free(context);
}

/* covers: GE-4.ended.unseen DIFF-18 */
static void what_ended_before_anybody_looked_was_not_stopped_by_its_context(void **state)
{
	(void)state;
	for (int by_deadline = 0; by_deadline < 2; by_deadline++) {
		for (int code = 0; code < 2; code++) {
			struct scene scene;
			struct brood_result result = BROOD_RESULT_INIT;
			struct brood_context *context = make(NULL, by_deadline ? SOON : 0);
			const struct brood_options options = BROOD_OPTIONS(.context = context);
			scene_start(&scene, quiet(ACT("exit", code ? "3" : "0")), &options, 0);
			await_zombie(scene.pid);
			if (!by_deadline)
				brood_context_cancel(context);
			while (brood_context_error(context) == 0)
				;
			check_code(wait_soon(scene.job, &result), code ? BROOD_EEXIT : 0, NULL);
			check_number(result.cause, BROOD_CAUSE_EXIT);
			brood_result_done(&result);
			scene_end(&scene);
			brood_context_free(context);
		}
	}
}

/* covers: GE-4.unwatched DIFF-1 */
static void nothing_is_stopped_while_nobody_waits(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context);
	scene_start(&scene, quiet(ACT("say-on", "15", "say-on", "10", "ready", "await", "4")),
		&options, 1);
	brood_context_cancel(context);
	/* This is the first signal that it gets. */
	check_code(brood_job_signal(scene.job, SIGUSR1), 0, NULL);
	check_number(line_ready(&scene.line), SIGUSR1);
	check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
	check_number(line_ready(&scene.line), SIGTERM);
	scene_end(&scene);
	brood_context_free(context);
}

/* covers: API-CTX.guard */
static void a_guard_keeps_the_deadline_by_itself(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_context *parent = make(NULL, SOON);
	struct brood_context *context = make(parent, 0);
	const struct brood_options options = TREE_OPTIONS(.context = context, HASTY);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
	brood_context_free(parent);
	brood_context_free(context);
	/* Nobody waits, and nobody has a context any more. */
	line_gone(&scene.line);
	scene.line = line_open();
	check_code(wait_soon(scene.job, &result), BROOD_ETIMEOUT, NULL);
	check_number(result.cause, BROOD_CAUSE_TIMEOUT);
	check_number(result.stages[0].signal, SIGTERM);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-CTX.guard */
static void a_tree_is_stopped_when_its_context_is_cancelled(void **state)
{
	(void)state;
	need_guard();
	need_threads();
	struct inside inside;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = TREE_OPTIONS(.context = context, HASTY);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT(FOUR_SURVIVORS, "ready", "print", "1", "x",
						 "pause"),
		.out = brood_sink(tell_inside, &inside));
	inside_begin(&inside, context);
	scene_start(&scene, cmd, &options, 5);
	check_code(wait_to_end(&scene, &result), BROOD_ECANCELED, NULL);
	check_number(result.cause, BROOD_CAUSE_CANCEL);
	check_number(result.stages[0].signal, SIGTERM);
	inside_end(&inside);
	brood_result_done(&result);
	scene_end(&scene);
	brood_context_free(context);
}

/* covers: API-CTX.orphans */
static void orphans_that_are_waited_for_are_cancelled_too(void **state)
{
	(void)state;
	need_guard();
	need_threads();
	static const int tiers[] = { BROOD_TREE_GUARD, BROOD_TREE_GROUP };
	for (int i = 0; i < 2; i++) {
		struct inside inside;
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_status status = BROOD_STATUS_INIT;
		struct brood_context *context = make(NULL, 0);
		const struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE |
									    BROOD_ORPHANS_WAIT,
			.tree = tiers[i], .context = context, HASTY);
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "ready", "await", "4", "print",
							 "1", "x", "pause", "}"),
			.out = brood_sink(tell_inside, &inside));
		inside_begin(&inside, context);
		scene_start(&scene, cmd, &options, 1);
		while (status.how == BROOD_RUNNING) {
			check_code(brood_job_wait(scene.job, BROOD_MILLISECOND, NULL, NULL), -ETIME,
				NULL);
			check_code(brood_job_status(scene.job, 0, &status), 0, NULL);
		}
		scene_release(&scene);
		check_code(brood_job_wait(scene.job, MUCH_LATER, &result, NULL), BROOD_ECANCELED,
			NULL);
		check_number(result.cause, BROOD_CAUSE_CANCEL);
		check_number(result.stages[0].exit_code, 0);
		check(is_deserted(&scene.line));
		inside_end(&inside);
		brood_result_done(&result);
		scene_end(&scene);
		brood_context_free(context);
	}
}

/* ---- what ranks before what ---- */

/* covers: GE-4.success GE-4.exit DIFF-3 */
static void the_end_of_a_context_ranks_before_how_the_job_ended(void **state)
{
	(void)state;
	for (int code = 0; code < 10; code += 9) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_context *context = make(NULL, 0);
		const struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
		struct brood_cmd cmd = quiet(
			ACT("exit-on", "15", code ? "9" : "0", "ready", "pause"));
		scene_start(&scene, cmd, &options, 1);
		brood_context_cancel(context);
		check_code(wait_soon(scene.job, &result), BROOD_ECANCELED, NULL);
		check_number(result.stages[0].how, BROOD_EXITED);
		check_number(result.stages[0].exit_code, code);
		brood_result_done(&result);
		scene_end(&scene);
		brood_context_free(context);
	}
}

static char state_of_process(pid_t pid)
{
	char path[64], letter = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%*d %*s %c", &letter) != 1)
			letter = 0;
		fclose(file);
	}
	return letter;
}

/* Returns 0, or where it went wrong. */
static int wait_past_the_limit(int begun)
{
	struct scene scene;
	const struct brood_options options = BROOD_OPTIONS(.timeout = SOON, PATIENT);
	scene_start(&scene, quiet(ACT("say-on", "15", "ready", "await", "4")), &options, 1);
	if (write(begun, "", 1) != 1)
		return 2;
	if (brood_job_wait(scene.job, SOON + 100 * BROOD_MILLISECOND, NULL, NULL) != -ETIME)
		return 3;
	if (line_ready(&scene.line) != SIGTERM)
		return 4;
	brood_job_free(scene.job);
	return 0;
}

/* covers: API-J.wait.late */
static void what_fell_due_while_we_could_not_run_is_done(void **state)
{
	(void)state;
	int begun[2], status;
	char byte;
	const struct timespec a_bit = { 0, 1000000 };
	const struct timespec past_both = { 0, SOON + 200 * BROOD_MILLISECOND };
	assert_int_equal(pipe2(begun, O_CLOEXEC), 0);
	pid_t host = fork();
	if (host == 0)
		_exit(wait_past_the_limit(begun[1]));
	assert_int_equal(read(begun[0], &byte, 1), 1);
	while (state_of_process(host) != 'S')
		nanosleep(&a_bit, NULL);
	kill(host, SIGSTOP);
	nanosleep(&past_both, NULL);
	kill(host, SIGCONT);
	assert_int_equal(waitpid(host, &status, 0), host);
	assert_int_equal(status, 0);
	close(begun[0]);
	close(begun[1]);
}

/* covers: GE-4.delay GE-4.delay.rank DIFF-38 */
static void after_the_end_of_a_context_the_pipes_have_a_delay_of_their_own(void **state)
{
	(void)state;
	for (int by_deadline = 0; by_deadline < 2; by_deadline++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_context *context = make(NULL, by_deadline ? SOON : 0);
		const struct brood_options options = BROOD_OPTIONS(.context = context,
			.wait_delay = 200 * BROOD_MILLISECOND, PATIENT);
		/* The grandchild holds the pipe, and does not get the TERM. */
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "ready", "await", "4", "}",
							 "say-on", "15", "ready", "await", "4"),
			.out = brood_capture(0, 0));
		scene_start(&scene, cmd, &options, 2);
		if (!by_deadline)
			brood_context_cancel(context);
		/* Longer than the delay, which has not begun yet and kills nobody. */
		check_code(brood_job_wait(scene.job, SOON + 100 * BROOD_MILLISECOND, NULL, NULL),
			-ETIME, NULL);
		check_number(line_ready(&scene.line), SIGTERM);
		check_code(brood_job_signal(scene.job, SIGUSR2), 0, NULL);
		int64_t begin = now_ns();
		check_code(wait_soon(scene.job, &result),
			by_deadline ? BROOD_ETIMEOUT : BROOD_ECANCELED, NULL);
		/* Who has cancelled does not wait for pipes. */
		if (by_deadline)
			check(now_ns() - begin >= 190 * BROOD_MILLISECOND);
		check_number(result.notes, BROOD_NOTE_PIPE_HELD);
		check_number(result.stages[0].signal, SIGUSR2);
		brood_result_done(&result);
		scene_end(&scene);
		brood_context_free(context);
	}
}

/* covers: GE-4.delay.cancel */
static void a_cancel_ends_the_wait_for_pipes(void **state)
{
	(void)state;
	need_threads();
	for (int before = 0; before < 2; before++) {
		struct inside inside;
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_context *context = make(NULL, 0);
		const struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP,
			.context = context, .wait_delay = BROOD_FOREVER);
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "ready", "await", "4", "print",
							 "1", "x", "pause", "}"),
			.out = brood_sink(tell_inside, &inside));
		inside_begin(&inside, context);
		scene_start(&scene, cmd, &options, 1);
		await_zombie(scene.pid);
		check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
		if (before)
			brood_context_cancel(context);
		/* The grandchild lets somebody cancel who knows that we wait. */
		if (!before)
			scene_release(&scene);
		check_code(wait_soon(scene.job, &result), BROOD_EWAITDELAY, NULL);
		check_number(result.notes, BROOD_NOTE_PIPE_HELD);
		check_number(kill(-scene.pid, SIGKILL), 0);
		if (before)
			check_number(write(inside.waiting.writing, "w", 1), 1);
		inside_end(&inside);
		brood_result_done(&result);
		scene_end(&scene);
		brood_context_free(context);
	}
}

/* covers: GE-4.delay.alive DIFF-38 */
static void a_wait_delay_is_no_limit_for_what_runs(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context, .wait_delay = -1);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "await", "4"),
		.out = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 1);
	check_code(brood_job_wait(scene.job, 100 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	scene_release(&scene);
	check_code(wait_soon(scene.job, NULL), 0, NULL);
	scene_end(&scene);
	brood_context_free(context);
}

struct root {
	const char *folder;
	const char *program;
};

/* A program that becomes root is cancelled by nobody. */
static void fail_to_cancel_root(void *data)
{
	const struct root *root = data;
	struct brood_error error = BROOD_ERROR_INIT;
	struct scene scene;
	char *argv[] = { (char *)(uintptr_t)root->program, (char[]){ "become-root" },
		(char[]){ "ready" }, (char[]){ "await" }, (char[]){ "4" }, NULL };
	setenv("HELPERS", root->folder, 1);
	check(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context);
	scene_start(&scene, quiet(argv), &options, 1);
	brood_context_cancel(context);
	check_error(brood_job_wait(scene.job, MUCH_LATER, NULL, &error), -EPERM, &error,
		BROOD_STEP_SIGNAL);
	scene_release(&scene);
	scene_end(&scene);
	brood_context_free(context);
}

/* covers: GE-4.refused API-R6.eperm */
static void who_may_not_be_stopped_is_told_of(void **state)
{
	(void)state;
	struct place place;
	struct statvfs system;
	place_make(&place);
	check_number(statvfs(place.path, &system), 0);
	if (geteuid() != 0 || system.f_flag & ST_NOSUID) {
		place_leave(&place);
		skip();
	}
	const struct root root = { place.path, place_at(&place, "act") };
	check_code(
		run_quietly(BROOD_ARGV("/bin/cp", helper("act"), (char *)(uintptr_t)root.program),
			NULL),
		0, NULL);
	check_number(chmod(place.path, 0755), 0);
	check_number(chmod(root.program, 04755), 0);
	in_scene(fail_to_cancel_root, (void *)(uintptr_t)&root);
	place_leave(&place);
}

/* ---- who lets go first ---- */

/* covers: API-CTX.descriptors */
static void without_descriptors_a_cancel_is_heard_all_the_same(void **state)
{
	(void)state;
	need_threads();
	/* With one, brood_job_stop() can be heard at once, and a context cannot. */
	for (int left = 0; left < 2; left++) {
		struct inside inside;
		struct scene scene;
		struct rlimit old;
		struct brood_context *context = make(NULL, 0);
		const struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "await", "4", "print", "1",
							 "x", "pause"),
			.out = brood_sink(tell_inside, &inside));
		inside_begin(&inside, context);
		scene_start(&scene, cmd, &options, 1);
		check_number(getrlimit(RLIMIT_NOFILE, &old), 0);
		scene_release(&scene);
		int lowest = dup(0);
		const struct rlimit few = { (rlim_t)(lowest + left), old.rlim_max };
		close(lowest);
		check_number(setrlimit(RLIMIT_NOFILE, &few), 0);
		int r = brood_job_wait(scene.job, MUCH_LATER, NULL, NULL);
		check_number(setrlimit(RLIMIT_NOFILE, &old), 0);
		check_code(r, BROOD_ECANCELED, NULL);
		inside_end(&inside);
		scene_end(&scene);
		brood_context_free(context);
	}
}

/* covers: API-CTX.free */
static void a_context_may_be_freed_while_its_jobs_run(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *context = make(parent, 0);
	start_pausing(&scene, context);
	brood_context_free(context);
	check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
	brood_context_cancel(parent);
	brood_context_free(parent);
	expect_end(&scene, BROOD_ECANCELED);
	context = make(NULL, SOON);
	start_pausing(&scene, context);
	brood_context_free(context);
	expect_end(&scene, BROOD_ETIMEOUT);
}

/* covers: API-CTX.free */
static void a_job_may_be_freed_while_its_context_ends(void **state)
{
	(void)state;
	for (int waited = 0; waited < 2; waited++) {
		struct scene scene;
		struct scene other;
		struct brood_context *context = make(NULL, 0);
		start_pausing(&scene, context);
		start_pausing(&other, context);
		if (waited)
			check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
		brood_context_cancel(context);
		scene_end(&scene);
		check_code(brood_context_error(context), BROOD_ECANCELED, NULL);
		expect_end(&other, BROOD_ECANCELED);
		brood_context_free(context);
	}
}

/* covers: API-CTX.free API-J.detach */
static void a_detached_job_lets_go_of_its_context(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_context *context = make(NULL, 0);
	start_pausing(&scene, context);
	check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
	check_code(brood_job_detach(scene.job), 0, NULL);
	scene.job = NULL;
	brood_context_cancel(context);
	brood_context_free(context);
	check_number(kill(scene.pid, SIGKILL), 0);
	scene_end(&scene);
}

/* ---- reading and writing by hand ---- */

/* covers: API-CTX.read */
static void who_reads_by_hand_hears_of_it(void **state)
{
	(void)state;
	need_threads();
	struct inside inside;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	char bytes[16];
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "first", "ready", "await", "4",
						 "print", "2", "x", "pause"),
		.out = brood_pipe(), .err = brood_sink(tell_inside, &inside));
	inside_begin(&inside, context);
	scene_start(&scene, cmd, &options, 1);
	scene_release(&scene);
	check_number(brood_job_read(scene.job, 0, 1, bytes, sizeof bytes), 5);
	/* Nobody but the reader sends the TERM that ends the child. */
	check_number(brood_job_read(scene.job, 0, 1, bytes, sizeof bytes), 0);
	check_code(wait_soon(scene.job, &result), BROOD_ECANCELED, NULL);
	expect_stopped(&result, BROOD_CAUSE_CANCEL, SIGTERM, 0);
	inside_end(&inside);
	brood_result_done(&result);
	scene_end(&scene);
	brood_context_free(context);
}

/* covers: API-CTX.write */
static void who_writes_by_hand_hears_of_it(void **state)
{
	(void)state;
	need_threads();
	static const char much[4 << 20];
	struct inside inside;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_context *context = make(NULL, 0);
	const struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT(
						 "ready", "await", "4", "print", "2", "x", "pause"),
		.in = brood_pipe(), .out = brood_null(), .err = brood_sink(tell_inside, &inside));
	inside_begin(&inside, context);
	scene_start(&scene, cmd, &options, 1);
	scene_release(&scene);
	/* More than any pipe takes, and the child reads none of it. */
	ssize_t n = brood_job_write(scene.job, 0, 0, much, sizeof much);
	check(n == -EPIPE || (n > 0 && n < (ssize_t)sizeof much));
	if (n > 0)
		check_number(brood_job_write(scene.job, 0, 0, much, 1), -EPIPE);
	check_code(wait_soon(scene.job, &result), BROOD_ECANCELED, NULL);
	expect_stopped(&result, BROOD_CAUSE_CANCEL, SIGTERM, 0);
	inside_end(&inside);
	brood_result_done(&result);
	scene_end(&scene);
	brood_context_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(one_context_stops_all_of_its_jobs_and_no_others),
		hygienic(each_job_is_stopped_by_its_own_steps),
		hygienic(a_job_is_stopped_once_whatever_else_ends),
		hygienic(all_stages_of_a_job_are_stopped),
		hygienic(a_cancel_after_the_end_changes_nothing),
		hygienic(what_ended_before_anybody_looked_was_not_stopped_by_its_context),
		hygienic(nothing_is_stopped_while_nobody_waits),
		hygienic(a_guard_keeps_the_deadline_by_itself),
		hygienic(a_tree_is_stopped_when_its_context_is_cancelled),
		hygienic(orphans_that_are_waited_for_are_cancelled_too),
		hygienic(the_end_of_a_context_ranks_before_how_the_job_ended),
		hygienic(what_fell_due_while_we_could_not_run_is_done),
		hygienic(after_the_end_of_a_context_the_pipes_have_a_delay_of_their_own),
		hygienic(a_cancel_ends_the_wait_for_pipes),
		hygienic(a_wait_delay_is_no_limit_for_what_runs),
		hygienic(who_may_not_be_stopped_is_told_of),
		hygienic(without_descriptors_a_cancel_is_heard_all_the_same),
		hygienic(a_context_may_be_freed_while_its_jobs_run),
		hygienic(a_job_may_be_freed_while_its_context_ends),
		hygienic(a_detached_job_lets_go_of_its_context),
		hygienic(who_reads_by_hand_hears_of_it),
		hygienic(who_writes_by_hand_hears_of_it),
	};
	return hygiene_run("context of jobs", tests);
}
