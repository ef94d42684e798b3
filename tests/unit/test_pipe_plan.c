/* SPDX-License-Identifier: MIT */
/* Which processes and pipes a command line amounts to, and what their ends amount to. */
#include "common/exit_code.h"
#include "pipe/verdict.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST_WORDS 12

/* A configuration out of the words of a command line. */
static void read_config(struct pipe_config *config, const char *const *words)
{
	static char copies[MOST_WORDS][128];
	char *argv[MOST_WORDS + 2] = { copies[0] };
	int argc = 1;

	strcpy(copies[0], "pipe");
	for (; words[argc - 1]; argc++) {
		strncpy(copies[argc], words[argc - 1], sizeof copies[argc] - 1);
		argv[argc] = copies[argc];
	}
	assert_int_equal(pipe_config_read(config, argc, argv), 0);
}

struct planned {
	struct pipe_config config;
	struct pipe_plan plan;
};

static void make(struct planned *planned, const char *const *words)
{
	struct pipe_problem problem = { 0 };

	read_config(&planned->config, words);
	if (pipe_plan_make(&planned->plan, &planned->config, &problem) != 0)
		fail_msg("%s", problem.text.bytes);
}

static void done(struct planned *planned)
{
	pipe_plan_done(&planned->plan);
	pipe_config_done(&planned->config);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void stages_in_a_row_need_plain_pipes_only(void **state)
{
	struct planned planned;
	const struct pipe_plan *plan = &planned.plan;

	(void)state;
	make(&planned, WORDS("a", "[buf=1M] b", "c"));
	assert_int_equal(plan->n_stages, 3);
	assert_int_equal(plan->n_nodes, 3);
	assert_int_equal(plan->n_links, 2);
	assert_int_equal(plan->links[0].size, 0);
	assert_int_equal(plan->links[1].size, 1 << 20);
	assert_int_equal(plan->nodes[0].in, PIPE_NONE);
	assert_int_equal(plan->nodes[2].source, 1);
	assert_int_equal(plan->nodes[2].outs[0], PIPE_NONE);
	assert_int_equal(plan->last, 2);
	assert_string_equal(plan->nodes[2].number, "3");
	assert_true(pipe_plan_is_end(plan, 2));
	assert_false(pipe_plan_is_end(plan, 1));
	assert_true(pipe_plan_leaves(plan, 2));
	assert_false(pipe_plan_leaves(plan, 0));
	done(&planned);
}

static void both_forms_mean_the_same(void **state)
{
	struct planned words, bars;

	(void)state;
	make(&words, WORDS("a 1", "b", "[ok=0,1] c '|'"));
	make(&bars, WORDS("-c", "a 1", "b", "|", "[ok=0,1]", "c", "||"));
	assert_int_equal(words.plan.n_nodes, 3);
	assert_int_equal(bars.plan.n_nodes, 3);
	assert_string_equal(bars.config.trunk.stages[2].argv[1], "||");
	assert_int_equal(bars.config.trunk.stages[2].n_ok_codes, 2);
	done(&words);
	done(&bars);
}

static void branches_hang_behind_their_stage(void **state)
{
	struct planned planned;
	const struct pipe_plan *plan = &planned.plan;

	(void)state;
	make(&planned, WORDS("-c", "a", "--tee", "x | y", "--tee", "z", "b", "--tee=w", "c"));
	/* 1 1a.1 1a.2 1b 2 2a 3, and two relays */
	static const char *const numbers[] = { "1", "1a.1", "1a.2", "1b", "2", "2a", "3", "1+",
		"2+" };
	assert_int_equal(plan->n_stages, 7);
	assert_int_equal(plan->n_nodes, 9);
	for (size_t i = 0; i < 9; i++)
		assert_string_equal(plan->nodes[i].number, numbers[i]);
	assert_int_equal(plan->nodes[7].n_outs, 3);
	assert_int_equal(plan->links[plan->nodes[7].outs[0]].reader, 4);
	assert_int_equal(plan->links[plan->nodes[7].outs[1]].reader, 1);
	assert_int_equal(plan->links[plan->nodes[7].outs[2]].reader, 3);
	assert_int_equal(plan->links[plan->nodes[8].outs[0]].reader, 6);
	assert_int_equal(plan->links[plan->nodes[8].outs[1]].reader, 5);
	assert_int_equal(pipe_plan_producer(plan, 1), 0);
	assert_int_equal(pipe_plan_producer(plan, 2), 1);
	assert_int_equal(pipe_plan_producer(plan, 3), 0);
	assert_int_equal(pipe_plan_producer(plan, 4), 0);
	assert_int_equal(pipe_plan_producer(plan, 5), 4);
	assert_int_equal(pipe_plan_producer(plan, 0), PIPE_NONE);
	/* Every link has the two ends that say so. */
	for (size_t i = 0; i < plan->n_links; i++)
		assert_int_equal(plan->nodes[plan->links[i].reader].in, i);
	done(&planned);
}

static void a_relay_is_made_for_what_a_pipe_cannot_do(void **state)
{
	struct planned planned;
	const struct pipe_plan *plan = &planned.plan;

	(void)state;
	make(&planned, WORDS("--rate", "10M", "a", "[mem=64M] b", "c"));
	assert_int_equal(plan->n_nodes, 5);
	assert_int_equal(plan->nodes[3].rate, 10 << 20);
	assert_int_equal(plan->nodes[3].memory, 0);
	assert_int_equal(plan->nodes[4].rate, 0);
	assert_int_equal(plan->nodes[4].memory, 64 << 20);
	assert_int_equal(plan->nodes[4].source, 1);
	assert_int_equal(plan->nodes[2].source, 4);
	done(&planned);
	make(&planned, WORDS("[mem=1M] a"));
	assert_int_equal(plan->n_nodes, 2);
	assert_int_equal(plan->nodes[1].outs[0], PIPE_NONE);
	assert_true(pipe_plan_leaves(plan, 0));
	assert_true(pipe_plan_is_end(plan, 0));
	done(&planned);
	make(&planned, WORDS("-c", "a", "--tee", "b"));
	assert_true(pipe_plan_leaves(plan, 0));
	assert_false(pipe_plan_is_end(plan, 0));
	done(&planned);
	make(&planned, WORDS("a", "b >x"));
	assert_int_equal(plan->nodes[1].n_outs, 0);
	assert_false(pipe_plan_leaves(plan, 1));
	done(&planned);
}

static void many_branches_have_many_letters(void **state)
{
	struct pipe_config config = { 0 };
	struct pipe_problem problem = { 0 };
	struct pipe_plan plan;
	size_t bad = 0;

	(void)state;
	assert_int_equal(pipe_stage_read("a", pipe_line_add(&config.trunk), &problem), 0);
	config.n_tees = 703;
	config.tees = calloc(config.n_tees, sizeof *config.tees);
	assert_non_null(config.tees);
	for (size_t i = 0; i < config.n_tees; i++)
		assert_int_equal(pipe_line_read("b", &config.tees[i].line, &bad, &problem), 0);
	assert_int_equal(pipe_plan_make(&plan, &config, &problem), 0);
	assert_string_equal(plan.nodes[1].number, "1a");
	assert_string_equal(plan.nodes[26].number, "1z");
	assert_string_equal(plan.nodes[27].number, "1aa");
	assert_string_equal(plan.nodes[702].number, "1zz");
	assert_string_equal(plan.nodes[703].number, "1aaa");
	pipe_plan_done(&plan);
	pipe_config_done(&config);
}

static void what_leads_nowhere_is_refused(void **state)
{
	static const struct {
		const char *words[MOST_WORDS];
		const char *says;
	} cases[] = {
		{ { "a", "b <x" }, "stage 2: < takes the place" },
		{ { "a >x", "b" }, "stage 1: > leaves nothing for the next stage" },
		{ { "-c", "a >x", "--tee", "b" }, "stage 1: > leaves nothing for --tee" },
		{ { "[mem=1M] a >x" }, "stage 1: > leaves nothing for mem=" },
		{ { "--rate", "1M", "a >x" }, "stage 1: > leaves nothing for --rate" },
		{ { "a", "[buf=1M] b" }, "stage 2: buf= has no pipe" },
		{ { "-c", "a", "--tee", "b <x" }, "stage 1a: < takes the place" },
		{ { "-c", "a", "--tee", "b | c <x" }, "stage 1a.2: < takes the place" },
		{ { "-c", "a", "--tee", "b >x | c" }, "stage 1a.1: > leaves nothing" },
		{ { "-c", "a", "--tee", "b | [buf=1M] c" }, "stage 1a.2: buf= has no pipe" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pipe_problem problem = { 0 };
		struct pipe_config config;
		struct pipe_plan plan;
		read_config(&config, cases[i].words);
		assert_int_equal(pipe_plan_make(&plan, &config, &problem), -EINVAL);
		if (strncmp(problem.text.bytes, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s instead of %s", problem.text.bytes, cases[i].says);
		text_done(&problem.text);
		pipe_config_done(&config);
	}
}

/* What an end can be, as far as a verdict sees it. */
enum { GOOD, ALLOWED, FAILED, PIPED, KILLED, LIMITED, STOPPED, ABSENT, NEVER, INTERRUPTED, N_ENDS };

static const struct pipe_end ends_of[N_ENDS] = {
	[GOOD] = { .how = PIPE_EXITED },
	[ALLOWED] = { .how = PIPE_EXITED, .exit_code = 1 },
	[FAILED] = { .how = PIPE_EXITED, .exit_code = 3 },
	[PIPED] = { .how = PIPE_SIGNALED, .signal = SIGPIPE },
	[KILLED] = { .how = PIPE_SIGNALED, .signal = SIGSEGV },
	[LIMITED] = { .how = PIPE_SIGNALED, .signal = SIGTERM, .was_limited = true },
	[STOPPED] = { .how = PIPE_SIGNALED, .signal = SIGTERM, .was_stopped = true },
	[ABSENT] = { .how = PIPE_NOT_STARTED, .exit_code = EXIT_NOT_FOUND },
	[NEVER] = { .how = PIPE_WAITING },
	[INTERRUPTED] = { .how = PIPE_EXITED, .exit_code = 3, .interrupted_by = SIGHUP },
};

static const int codes_of[N_ENDS] = { 0, 0, 3, EXIT_SIGNAL + SIGPIPE, EXIT_SIGNAL + SIGSEGV,
	EXIT_TIMEOUT, 0, EXIT_NOT_FOUND, 0, EXIT_SIGNAL + SIGHUP };

/* The rule once more, in other words, for three stages in a row. */
static int expected_code(const int kinds[3], enum pipe_mode mode)
{
	bool is_well[3] = { false, false, false };
	int code = 0;

	for (int i = 2; i >= 0; i--) {
		bool is_excused = kinds[i] == PIPED && mode != PIPE_MODE_STRICT && i < 2 &&
				  is_well[i + 1];
		is_well[i] = kinds[i] == GOOD || kinds[i] == ALLOWED || is_excused ||
			     (mode == PIPE_MODE_LAST && i < 2 && kinds[i] != ABSENT);
		if (!is_well[i] && code == 0)
			code = codes_of[kinds[i]];
	}
	return code;
}

static void the_rightmost_failure_that_is_not_excused_decides(void **state)
{
	static const enum pipe_mode modes[] = { PIPE_MODE_RIGHTMOST, PIPE_MODE_STRICT,
		PIPE_MODE_LAST };
	struct planned planned;
	const struct pipe_plan *plan = &planned.plan;

	(void)state;
	make(&planned, WORDS("[ok=0,1] a", "[ok=0,1] b", "[ok=0,1] c"));
	for (int i = 0; i < N_ENDS * N_ENDS * N_ENDS * 3; i++) {
		const int kinds[] = { i % N_ENDS, i / N_ENDS % N_ENDS,
			i / N_ENDS / N_ENDS % N_ENDS };
		enum pipe_mode mode = modes[i / N_ENDS / N_ENDS / N_ENDS];
		struct pipe_end ends[3] = { ends_of[kinds[0]], ends_of[kinds[1]],
			ends_of[kinds[2]] };
		size_t deciding = pipe_verdict(plan, ends, mode);
		int code = deciding == PIPE_NONE ? 0 : pipe_end_exit_code(&ends[deciding]);
		if (code != expected_code(kinds, mode))
			fail_msg("%d %d %d, mode %d: %d instead of %d", kinds[0], kinds[1],
				kinds[2], mode, code, expected_code(kinds, mode));
		for (int k = 0; k < 3; k++)
			assert_false(
				ends[k].is_excused && pipe_end_is_good(&plan->nodes[k], &ends[k]));
	}
	done(&planned);
}

static void all_readers_of_a_producer_must_be_well(void **state)
{
	struct planned planned;

	(void)state;
	/* 1, 1a, 1b, 2, relay */
	make(&planned, WORDS("-c", "a", "--tee", "b", "--tee", "c", "d"));
	for (int i = 0; i < N_ENDS * N_ENDS * N_ENDS; i++) {
		const int kinds[] = { i % N_ENDS, i / N_ENDS % N_ENDS, i / N_ENDS / N_ENDS };
		struct pipe_end ends[] = { ends_of[PIPED], ends_of[kinds[0]], ends_of[kinds[1]],
			ends_of[kinds[2]], ends_of[GOOD] };
		size_t deciding = pipe_verdict(&planned.plan, ends, PIPE_MODE_RIGHTMOST);
		bool are_well = true;
		size_t rightmost = PIPE_NONE;
		for (int k = 0; k < 3; k++) {
			are_well = are_well && kinds[k] == GOOD;
			if (kinds[k] != GOOD && kinds[k] != STOPPED && kinds[k] != NEVER)
				rightmost = (size_t)k + 1;
		}
		assert_int_equal(ends[0].is_excused, are_well);
		assert_int_equal(deciding, are_well                 ? PIPE_NONE
					   : rightmost == PIPE_NONE ? 0
								    : rightmost);
	}
	done(&planned);
}

static void the_limit_of_all_is_told_from_that_of_a_stage(void **state)
{
	struct planned planned;
	struct pipe_end ends[] = { ends_of[LIMITED], ends_of[FAILED], ends_of[GOOD] };

	(void)state;
	make(&planned, WORDS("a", "b", "c"));
	assert_false(pipe_was_limited(&planned.plan, ends));
	ends[0].was_limited_with_all = true;
	assert_true(pipe_was_limited(&planned.plan, ends));
	done(&planned);
}

static void a_relay_that_failed_counts_if_nobody_else_does(void **state)
{
	struct planned planned;
	struct pipe_end ends[] = { ends_of[GOOD], ends_of[GOOD],
		{ .how = PIPE_EXITED, .exit_code = EXIT_BROOD } };

	(void)state;
	make(&planned, WORDS("[mem=1M] a", "b"));
	assert_int_equal(pipe_verdict(&planned.plan, ends, PIPE_MODE_RIGHTMOST), 2);
	assert_int_equal(pipe_end_exit_code(&ends[2]), EXIT_BROOD);
	ends[1] = ends_of[FAILED];
	assert_int_equal(pipe_verdict(&planned.plan, ends, PIPE_MODE_RIGHTMOST), 1);
	done(&planned);
}

static void who_writes_to_the_outside_is_not_excused(void **state)
{
	struct planned planned;
	struct pipe_end ends[] = { ends_of[PIPED], ends_of[GOOD], ends_of[GOOD] };

	(void)state;
	make(&planned, WORDS("a", "b"));
	ends[1] = ends_of[PIPED];
	assert_int_equal(pipe_verdict(&planned.plan, ends, PIPE_MODE_RIGHTMOST), 1);
	assert_true(pipe_end_is_fatal(&planned.plan, 1, &ends[1], PIPE_MODE_RIGHTMOST));
	assert_false(pipe_end_is_fatal(&planned.plan, 0, &ends[0], PIPE_MODE_RIGHTMOST));
	done(&planned);
	ends[1] = ends_of[GOOD];
	make(&planned, WORDS("[mem=1M] a"));
	assert_int_equal(pipe_verdict(&planned.plan, ends, PIPE_MODE_RIGHTMOST), 0);
	done(&planned);
	make(&planned, WORDS("-c", "a", "--tee", "b"));
	assert_int_equal(pipe_verdict(&planned.plan, ends, PIPE_MODE_RIGHTMOST), 0);
	done(&planned);
}

static void a_failure_is_reason_to_stop_the_others_if_it_counts(void **state)
{
	struct planned planned;
	const struct pipe_plan *plan = &planned.plan;

	(void)state;
	make(&planned, WORDS("[ok=0,1] a", "b"));
	const struct pipe_end running = { .how = PIPE_RUNNING };
	for (size_t i = 0; i < 2; i++) {
		assert_false(pipe_end_is_fatal(plan, i, &running, PIPE_MODE_RIGHTMOST));
		assert_false(pipe_end_is_fatal(plan, i, &ends_of[GOOD], PIPE_MODE_RIGHTMOST));
		assert_true(pipe_end_is_fatal(plan, i, &ends_of[FAILED], PIPE_MODE_RIGHTMOST));
		assert_true(pipe_end_is_fatal(plan, i, &ends_of[KILLED], PIPE_MODE_STRICT));
		assert_true(pipe_end_is_fatal(plan, i, &ends_of[LIMITED], PIPE_MODE_RIGHTMOST));
		assert_false(pipe_end_is_fatal(plan, i, &ends_of[STOPPED], PIPE_MODE_RIGHTMOST));
		assert_int_equal(
			pipe_end_is_fatal(plan, i, &ends_of[FAILED], PIPE_MODE_LAST), i == 1);
		assert_int_equal(
			pipe_end_is_fatal(plan, i, &ends_of[ALLOWED], PIPE_MODE_RIGHTMOST), i == 1);
	}
	done(&planned);
}

/* Which nodes go, as letters; over: those that are over before. */
static void expect_doom(
	const struct pipe_plan *plan, size_t node, int end, const char *over, const char *doomed)
{
	bool is_over[8] = { false }, is_doomed[8] = { false };

	assert_true(plan->n_nodes <= 8 && strlen(over) == plan->n_nodes);
	for (size_t i = 0; i < plan->n_nodes; i++)
		is_over[i] = over[i] == 'x';
	pipe_doom(plan, node, &ends_of[end], is_over, is_doomed);
	for (size_t i = 0; i < plan->n_nodes; i++)
		assert_int_equal(is_doomed[i], doomed[i] == 'x');
}

static void who_goes_when_a_stage_has_failed(void **state)
{
	struct planned planned;

	(void)state;
	make(&planned, WORDS("a", "b", "c", "d"));
	expect_doom(&planned.plan, 2, FAILED, "..x.", "xxx.");
	expect_doom(&planned.plan, 0, FAILED, "x...", "x...");
	expect_doom(&planned.plan, 3, FAILED, "...x", "xxxx");
	expect_doom(&planned.plan, 2, KILLED, "..x.", "xxxx");
	expect_doom(&planned.plan, 2, LIMITED, "..x.", "xxxx");
	done(&planned);
	/* a, its branch b, c, and the relay between them. */
	make(&planned, WORDS("a", "--tee", "b", "c"));
	assert_int_equal(planned.plan.n_nodes, 4);
	expect_doom(&planned.plan, 1, FAILED, ".x..", ".x..");
	expect_doom(&planned.plan, 1, FAILED, ".xx.", "xx.x");
	expect_doom(&planned.plan, 2, FAILED, "..x.", "..x.");
	expect_doom(&planned.plan, 3, FAILED, "...x", "xxxx");
	done(&planned);
}

static void every_end_has_its_exit_code(void **state)
{
	const struct pipe_end guarded = {
		.how = PIPE_SIGNALED, .signal = SIGKILL, .was_guarded = true
	};
	const struct pipe_end missing = { .how = PIPE_NOT_STARTED, .exit_code = 127 };
	const struct pipe_end lost = { .how = PIPE_LOST };

	(void)state;
	assert_int_equal(pipe_end_exit_code(&guarded), EXIT_BROOD);
	assert_int_equal(pipe_end_exit_code(&missing), 127);
	assert_int_equal(pipe_end_exit_code(&lost), EXIT_BROOD);
	assert_int_equal(pipe_end_exit_code(&ends_of[LIMITED]), EXIT_TIMEOUT);
	assert_int_equal(pipe_end_exit_code(&ends_of[KILLED]), EXIT_SIGNAL + SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_in_a_row_need_plain_pipes_only),
		cmocka_unit_test(both_forms_mean_the_same),
		cmocka_unit_test(branches_hang_behind_their_stage),
		cmocka_unit_test(a_relay_is_made_for_what_a_pipe_cannot_do),
		cmocka_unit_test(many_branches_have_many_letters),
		cmocka_unit_test(what_leads_nowhere_is_refused),
		cmocka_unit_test(the_rightmost_failure_that_is_not_excused_decides),
		cmocka_unit_test(all_readers_of_a_producer_must_be_well),
		cmocka_unit_test(the_limit_of_all_is_told_from_that_of_a_stage),
		cmocka_unit_test(a_relay_that_failed_counts_if_nobody_else_does),
		cmocka_unit_test(who_writes_to_the_outside_is_not_excused),
		cmocka_unit_test(a_failure_is_reason_to_stop_the_others_if_it_counts),
		cmocka_unit_test(who_goes_when_a_stage_has_failed),
		cmocka_unit_test(every_end_has_its_exit_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
