/* SPDX-License-Identifier: MIT */

/* Contexts by themselves, the jobs that they keep from being started, and who may cancel. */

#include "contexts.h"

#include <sys/time.h>

static struct brood_context *make_cancelled(void)
{
	struct brood_context *context = make(NULL, 0);
	check_code(brood_context_cancel(context), 0, NULL);
	return context;
}

/* ---- contexts without jobs ---- */

/* covers: API-CTX.new API-CTX.error */
static void a_context_goes_on_until_it_is_cancelled(void **state)
{
	(void)state;
	static const brood_duration endless[] = { 0, BROOD_FOREVER, INT64_MAX - 1, BROOD_HOUR };
	int descriptors = hygiene_open_descriptors();
	for (size_t i = 0; i < 4; i++) {
		struct brood_context *context = make(NULL, endless[i]);
		check_code(brood_context_error(context), 0, NULL);
		check_code(brood_context_cancel(context), 0, NULL);
		check_code(brood_context_error(context), BROOD_ECANCELED, NULL);
		check_number(hygiene_open_descriptors(), descriptors);
		brood_context_free(context);
	}
}

/* covers: API-CTX.first */
static void the_first_end_of_a_context_counts(void **state)
{
	(void)state;
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *late = make(parent, -1);
	check_code(brood_context_cancel(late), 0, NULL);
	check_code(brood_context_error(late), BROOD_ETIMEOUT, NULL);
	check_code(brood_context_cancel(parent), 0, NULL);
	check_code(brood_context_error(late), BROOD_ETIMEOUT, NULL);
	/* Cancelled before its deadline, and asked about before and after it. */
	struct brood_context *soon = make(parent, BROOD_MILLISECOND);
	int64_t end = now_ns() + BROOD_MILLISECOND;
	do
		check_code(brood_context_error(soon), BROOD_ECANCELED, NULL);
	while (now_ns() <= end);
	check_code(brood_context_cancel(soon), 0, NULL);
	check_code(brood_context_error(soon), BROOD_ECANCELED, NULL);
	brood_context_free(parent);
	brood_context_free(late);
	brood_context_free(soon);
}

/* covers: API-CTX.deadline API-CTX.error */
static void a_deadline_ends_a_context_and_those_below_it(void **state)
{
	(void)state;
	int64_t begin = now_ns();
	struct brood_context *parent = make(NULL, 10 * BROOD_MILLISECOND);
	struct brood_context *child = make(parent, BROOD_HOUR);
	while (brood_context_error(child) == 0)
		check(now_ns() - begin < MUCH_LATER);
	check(now_ns() - begin >= 10 * BROOD_MILLISECOND);
	check_code(brood_context_error(child), BROOD_ETIMEOUT, NULL);
	check_code(brood_context_error(parent), BROOD_ETIMEOUT, NULL);
	brood_context_free(child);
	brood_context_free(parent);
}

/* covers: API-CTX.parent */
static void parents_know_nothing_of_their_children(void **state)
{
	(void)state;
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *child = make(parent, -1);
	struct brood_context *sibling = make(parent, 0);
	check_code(brood_context_error(child), BROOD_ETIMEOUT, NULL);
	check_code(brood_context_error(parent), 0, NULL);
	check_code(brood_context_cancel(sibling), 0, NULL);
	check_code(brood_context_error(parent), 0, NULL);
	/* The child keeps what it needs of its parent. */
	struct brood_context *orphan = make(parent, BROOD_HOUR);
	brood_context_cancel(parent);
	brood_context_free(parent);
	check_code(brood_context_error(orphan), BROOD_ECANCELED, NULL);
	brood_context_free(child);
	brood_context_free(sibling);
	brood_context_free(orphan);
}

/* covers: API-CTX.new.fails DIFF-39 */
static void contexts_are_not_nested_without_end(void **state)
{
	(void)state;
	struct brood_context *chain[BROOD_CONTEXT_DEPTH + 1] = { NULL };
	for (int i = 0; i < BROOD_CONTEXT_DEPTH; i++)
		chain[i] = make(i > 0 ? chain[i - 1] : NULL, 0);
	check_code(
		brood_context_new(&chain[BROOD_CONTEXT_DEPTH], chain[BROOD_CONTEXT_DEPTH - 1], 0),
		-ELOOP, NULL);
	check(!chain[BROOD_CONTEXT_DEPTH]);
	/* A job hears of the one at the top. */
	struct scene scene;
	start_pausing(&scene, chain[BROOD_CONTEXT_DEPTH - 1]);
	brood_context_cancel(chain[0]);
	expect_end(&scene, BROOD_ECANCELED);
	for (int i = 0; i < BROOD_CONTEXT_DEPTH; i++)
		brood_context_free(chain[i]);
	check_code(brood_context_new(NULL, NULL, 0), BROOD_EMISUSE, NULL);
}

/* covers: API-CTX.misuse API-CTX.cancel API-CTX.error API-CTX.free */
static void no_context_is_misuse(void **state)
{
	(void)state;
	check_code(brood_context_cancel(NULL), BROOD_EMISUSE, NULL);
	check_code(brood_context_error(NULL), BROOD_EMISUSE, NULL);
	brood_context_free(NULL);
}

static void use_it_in_another_process(void *data)
{
	struct brood_context *context = data;
	struct brood_context *child = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	const struct brood_options options = BROOD_OPTIONS(.context = context);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	check_code(brood_context_cancel(context), BROOD_EMISUSE, NULL);
	check_code(brood_context_new(&child, context, 0), BROOD_EMISUSE, NULL);
	check_error(
		brood_run(&cmd, &options, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	check_text(error.subject, "options.context");
	brood_context_free(context);
}

/* covers: API-CTX.misuse */
static void a_context_belongs_to_the_process_that_made_it(void **state)
{
	(void)state;
	struct brood_context *context = make(NULL, 0);
	struct scene scene;
	start_pausing(&scene, context);
	/* Somebody watches it. */
	check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
	in_scene(use_it_in_another_process, context);
	check_code(brood_context_error(context), 0, NULL);
	check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
	brood_context_cancel(context);
	expect_end(&scene, BROOD_ECANCELED);
	brood_context_free(context);
}

/* ---- what is not started ---- */

static void expect_no_start(struct brood_context *context, int code, const char *says)
{
	char text[128];
	struct place place;
	place_make(&place);
	const struct brood_options options = BROOD_OPTIONS(.context = context);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "0"), .label = "git",
		.out = brood_file(place_at(&place, "out"), O_CREAT, 0600));
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job = (struct brood_job *)&error;
	int descriptors = hygiene_open_descriptors();
	check_error(brood_start(&job, &cmd, 1, &options, &error), code, &error, BROOD_STEP_CONFIG);
	check((void *)job == (void *)&error);
	check_error(brood_run(&cmd, &options, &result, &error), code, &error, BROOD_STEP_CONFIG);
	check_number(result.code, code);
	check_number(result.cause, BROOD_CAUSE_NONE);
	check_number((int64_t)result.n_stages, 1);
	check_number(result.stages[0].how, BROOD_NOT_STARTED);
	check_text(brood_explain(code, &result, &error, text, sizeof text), says);
	check(access(place_at(&place, "out"), F_OK) < 0);
	check_number(hygiene_open_descriptors(), descriptors);
	brood_result_done(&result);
	place_leave(&place);
}

/* covers: API-CTX.start GE-3.ctx */
static void a_context_that_has_ended_starts_nothing(void **state)
{
	(void)state;
	sigset_t old;
	sigset_t pending;
	sigchld_block(&old);
	struct brood_context *cancelled = make_cancelled();
	struct brood_context *timed_out = make(NULL, -1);
	struct brood_context *below = make(cancelled, BROOD_HOUR);
	struct brood_context *below_deadline = make(timed_out, 0);
	const char *was_cancelled = "git: not started: its context was cancelled";
	const char *has_passed = "git: not started: the deadline of its context has passed";
	expect_no_start(cancelled, BROOD_ECANCELED, was_cancelled);
	expect_no_start(below, BROOD_ECANCELED, was_cancelled);
	expect_no_start(timed_out, BROOD_ETIMEOUT, has_passed);
	expect_no_start(below_deadline, BROOD_ETIMEOUT, has_passed);
	sigpending(&pending);
	check(!sigismember(&pending, SIGCHLD));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	brood_context_free(cancelled);
	brood_context_free(timed_out);
	brood_context_free(below);
	brood_context_free(below_deadline);
}

/* covers: API-CTX.start.all */
static void no_stage_no_function_and_no_guard_is_started_either(void **state)
{
	(void)state;
	struct brood_context *context = make_cancelled();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.context = context);
	struct brood_cmd cmds[] = { plain(ACT("exit", "0")), captured(ACT("exit", "0")) };
	sigset_t old;
	sigset_t pending;
	sigchld_block(&old);
	check_code(brood_pipeline(cmds, 2, &options, &result, NULL), BROOD_ECANCELED, NULL);
	check_number((int64_t)result.n_stages, 2);
	check_number(result.stages[0].how, BROOD_NOT_STARTED);
	check_number(result.stages[1].how, BROOD_NOT_STARTED);
	check_code(brood_shell("exit 0", &options, &result, NULL), BROOD_ECANCELED, NULL);
	check_code(brood_output(&cmds[1], &options, &result, NULL), BROOD_ECANCELED, NULL);
	check(!result.out.data);
	options.flags = BROOD_KILL_TREE;
	check_code(brood_run(&cmds[1], &options, &result, NULL), BROOD_ECANCELED, NULL);
	sigpending(&pending);
	check(!sigismember(&pending, SIGCHLD));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	brood_result_done(&result);
	brood_context_free(context);
}

/* covers: API-CTX.start.order GE-4.start GE-3.10 */
static void what_is_wrong_with_a_command_is_told_before_the_end_of_its_context(void **state)
{
	(void)state;
	struct brood_context *context = make_cancelled();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.context = context);
	struct brood_cmd cmd = quiet(BROOD_ARGV("brood-no-such-program"));
	check_error(brood_run(&cmd, &options, NULL, &error), BROOD_ENOTFOUND, &error,
		BROOD_STEP_LOOKUP);
	cmd.flags = UINT64_C(1) << 63;
	check_error(
		brood_run(&cmd, &options, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	/* What only opening or executing would find does not come up. */
	cmd = quiet(BROOD_ARGV("/nonexistent/program"));
	cmd.in = brood_file("/nonexistent/file", 0, 0);
	check_code(brood_run(&cmd, &options, NULL, &error), BROOD_ECANCELED, &error);
	brood_context_free(context);
}

/* covers: GE-4.start */
static void a_start_that_fails_leaves_its_context_alone(void **state)
{
	(void)state;
	struct brood_context *context = make(NULL, 0);
	struct brood_options options = BROOD_OPTIONS(.context = context);
	struct brood_cmd cmd = quiet(BROOD_ARGV("/nonexistent/program"));
	int descriptors = hygiene_open_descriptors();
	check_code(brood_run(&cmd, &options, NULL, NULL), -ENOENT, NULL);
	check_code(brood_context_error(context), 0, NULL);
	check_number(hygiene_open_descriptors(), descriptors);
	struct scene scene;
	start_pausing(&scene, context);
	brood_context_cancel(context);
	expect_end(&scene, BROOD_ECANCELED);
	brood_context_free(context);
}

/* ---- who cancels ---- */

/* covers: API-CTX.cancel.thread GE-4.cancel */
static void another_thread_can_cancel(void **state)
{
	(void)state;
	need_threads();
	for (int depth = 0; depth < 3; depth++) {
		struct inside inside;
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		char text[128];
		struct brood_context *top = make(NULL, 0);
		struct brood_context *middle = make(top, BROOD_HOUR);
		struct brood_context *bottom = make(middle, 0);
		struct brood_context *chain[] = { bottom, middle, top };
		const struct brood_options options = BROOD_OPTIONS(.context = bottom, PATIENT);
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "print", "1", "x", "pause"),
			.label = "git", .out = brood_sink(tell_inside, &inside));
		inside_begin(&inside, chain[depth]);
		scene_start(&scene, cmd, &options, 1);
		/* Only who waits can send the TERM. */
		check_code(brood_job_wait(scene.job, MUCH_LATER, &result, &error), BROOD_ECANCELED,
			&error);
		expect_stopped(&result, BROOD_CAUSE_CANCEL, SIGTERM, 0);
		check_text(brood_explain(BROOD_ECANCELED, &result, &error, text, sizeof text),
			"git: killed by SIGTERM after its context was cancelled");
		inside_end(&inside);
		brood_result_done(&result);
		scene_end(&scene);
		brood_context_free(top);
		brood_context_free(middle);
		brood_context_free(bottom);
	}
}

static struct brood_context *context_of_handler;

static void cancel_in_handler(int number)
{
	(void)number;
	int saved = errno;
	if (brood_context_error(context_of_handler) == 0)
		brood_context_cancel(context_of_handler);
	errno = saved;
}

/* covers: API-CTX.cancel.handler */
static void a_signal_handler_can_cancel(void **state)
{
	(void)state;
	struct scene scene;
	struct sigaction action = { .sa_handler = cancel_in_handler };
	struct sigaction old;
	const struct itimerval soon = { .it_value = { 0, 30000 } };
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *context = make(parent, 0);
	context_of_handler = parent;
	start_pausing(&scene, context);
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &soon, NULL);
	expect_end(&scene, BROOD_ECANCELED);
	sigaction(SIGALRM, &old, NULL);
	brood_context_free(context);
	brood_context_free(parent);
}

/* covers: API-CTX.cancel API-CTX.parent */
static void a_cancel_before_the_wait_is_seen_by_the_wait(void **state)
{
	(void)state;
	for (int parents = 0; parents < 2; parents++) {
		struct scene scene;
		struct brood_context *parent = make(NULL, 0);
		struct brood_context *context = make(parent, 0);
		start_pausing(&scene, context);
		/* A wait before it makes no difference. */
		if (parents)
			check_code(brood_job_wait(scene.job, 0, NULL, NULL), -ETIME, NULL);
		brood_context_cancel(parents ? parent : context);
		brood_context_free(parent);
		brood_context_free(context);
		expect_end(&scene, BROOD_ECANCELED);
	}
}

/* covers: API-CTX.run */
static void the_calls_that_wait_by_themselves_hear_of_it_too(void **state)
{
	(void)state;
	need_threads();
	for (int call = 0; call < 3; call++) {
		struct inside inside;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_context *context = make(NULL, 0);
		const struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
		struct brood_cmd cmds[] = { plain(ACT("print", "2", "x", "pause")),
			plain(ACT("pause")) };
		size_t n = call == 2 ? 2 : 1;
		inside_begin(&inside, context);
		cmds[0].err = brood_sink(tell_inside, &inside);
		cmds[n - 1].out = call == 1 ? brood_capture(0, 0) : brood_null();
		int r = call == 0   ? brood_run(cmds, &options, &result, &error)
			: call == 1 ? brood_output(cmds, &options, &result, &error)
				    : brood_pipeline(cmds, 2, &options, &result, &error);
		check_error(r, BROOD_ECANCELED, &error, BROOD_STEP_WAIT);
		expect_stopped(&result, BROOD_CAUSE_CANCEL, SIGTERM, 0);
		check_number(result.stages[n - 1].signal, SIGTERM);
		inside_end(&inside);
		brood_result_done(&result);
		brood_context_free(context);
	}
}

/* ---- deadlines ---- */

static void expect_deadline(
	brood_duration parents, brood_duration childs, brood_duration jobs, const char *says)
{
	struct scene scene;
	char text[128];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	int64_t begin = now_ns();
	struct brood_context *parent = make(NULL, parents);
	struct brood_context *child = make(parent, childs);
	const struct brood_options options = BROOD_OPTIONS(.context = child, .timeout = jobs,
		PATIENT);
	struct brood_cmd cmd = quiet(ACT("ready", "pause"));
	cmd.label = "git";
	scene_start(&scene, cmd, &options, 1);
	check_code(brood_job_wait(scene.job, MUCH_LATER, &result, &error), BROOD_ETIMEOUT, &error);
	check(now_ns() - begin >= SOON);
	expect_stopped(&result, BROOD_CAUSE_TIMEOUT, SIGTERM, 0);
	check_text(brood_explain(BROOD_ETIMEOUT, &result, &error, text, sizeof text), says);
	brood_result_done(&result);
	scene_end(&scene);
	brood_context_free(child);
	brood_context_free(parent);
}

/* covers: API-CTX.deadline API-CTX.explain */
static void the_earliest_of_all_deadlines_strikes(void **state)
{
	(void)state;
	const char *contexts = "git: killed by SIGTERM after its context's deadline of 400ms";
	const char *jobs = "git: killed by SIGTERM after the time limit of 400ms";
	expect_deadline(0, SOON, 0, contexts);
	expect_deadline(SOON, 0, 0, contexts);
	expect_deadline(SOON, BROOD_HOUR, BROOD_HOUR, contexts);
	expect_deadline(BROOD_HOUR, SOON, BROOD_FOREVER, contexts);
	expect_deadline(BROOD_HOUR, BROOD_HOUR, SOON, jobs);
	expect_deadline(0, INT64_MAX - 1, SOON, jobs);
}

/* covers: API-CTX.deadline */
static void a_deadline_counts_from_when_the_context_was_made(void **state)
{
	(void)state;
	int64_t begin = now_ns();
	struct brood_context *context = make(NULL, 200 * BROOD_MILLISECOND);
	struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
	struct brood_cmd cmd = quiet(ACT("pause"));
	int first = brood_run(&cmd, &options, NULL, NULL);
	check_code(first, BROOD_ETIMEOUT, NULL);
	int64_t between = now_ns();
	check(between - begin >= 200 * BROOD_MILLISECOND);
	/* Nothing is left of it for a second one. */
	check_code(brood_run(&cmd, &options, NULL, NULL), BROOD_ETIMEOUT, NULL);
	check_code(brood_context_error(context), BROOD_ETIMEOUT, NULL);
	brood_context_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_context_goes_on_until_it_is_cancelled),
		hygienic(the_first_end_of_a_context_counts),
		hygienic(a_deadline_ends_a_context_and_those_below_it),
		hygienic(parents_know_nothing_of_their_children),
		hygienic(contexts_are_not_nested_without_end),
		hygienic(no_context_is_misuse),
		hygienic(a_context_belongs_to_the_process_that_made_it),
		hygienic(a_context_that_has_ended_starts_nothing),
		hygienic(no_stage_no_function_and_no_guard_is_started_either),
		hygienic(what_is_wrong_with_a_command_is_told_before_the_end_of_its_context),
		hygienic(a_start_that_fails_leaves_its_context_alone),
		hygienic(another_thread_can_cancel),
		hygienic(a_signal_handler_can_cancel),
		hygienic(a_cancel_before_the_wait_is_seen_by_the_wait),
		hygienic(the_calls_that_wait_by_themselves_hear_of_it_too),
		hygienic(the_earliest_of_all_deadlines_strikes),
		hygienic(a_deadline_counts_from_when_the_context_was_made),
	};
	return hygiene_run("context", tests);
}
