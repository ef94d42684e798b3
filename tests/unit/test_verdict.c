/* SPDX-License-Identifier: MIT */
/*
 * Every combination of facts about an ended job of up to three stages, against the lists in
 * <brood/job.h>. The model writes a job as a word, a letter per stage, and looks for patterns in
 * it.
 */

#include "job/verdict.h"

#include <brood/error.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_STAGES = 3 };

/* ---- the model ---- */

#define WELL   'w'
#define PIPED  'p' /* killed by SIGPIPE */
#define KILLED 'k'
#define FAILED 'f'
#define LOST   'l'
#define LIVING 'r'

static char letter_of(const struct brood_status *status, const uint64_t *ok_codes)
{
	if (status->how == BROOD_LOST)
		return LOST;
	if (status->how == BROOD_SIGNALED)
		return status->signal == SIGPIPE ? PIPED : KILLED;
	if (status->how != BROOD_EXITED)
		return LIVING;
	uint64_t word = ok_codes ? ok_codes[status->exit_code >> 6] : 1;
	if (!ok_codes && status->exit_code > 0)
		return FAILED;
	return word & (UINT64_C(1) << (status->exit_code & 63)) ? WELL : FAILED;
}

/* What the job came to. */
struct expected {
	int code;
	int cause;
	size_t stage;
	bool excused[MOST_STAGES];
};

/* Whether the failure of stage i of a word does not count. */
static bool is_excused(const char *word, size_t i, uint64_t mode)
{
	if (word[i] == WELL || mode == BROOD_VERDICT_STRICT)
		return false;
	if (mode == BROOD_VERDICT_LAST)
		return word[i + 1] != '\0';
	/* A chain of producers that were killed by SIGPIPE, up to a reader that ended well. */
	size_t chain = strspn(word + i, "p");
	return chain > 0 && word[i + chain] == WELL;
}

/* The order of the header's list, with what has to hold for each; the first that does is told. */
static void rank(struct expected *e, const char *word, const struct brood__verdict_input *in)
{
	char counted[MOST_STAGES + 1];

	strcpy(counted, word);
	for (size_t i = 0; word[i]; i++) {
		if (e->excused[i])
			counted[i] = WELL;
	}
	size_t failed = strlen(counted);
	while (failed > 0 && counted[failed - 1] == WELL)
		failed--;
	char decisive = failed > 0 ? counted[failed - 1] : WELL;
	const struct {
		bool holds;
		int code;
		int cause;
	} facts[] = {
		{ in->stop_reason == BROOD__STOP_TIMEOUT, BROOD_ETIMEOUT, BROOD_CAUSE_TIMEOUT },
		{ in->stop_reason == BROOD__STOP_CANCEL, BROOD_ECANCELED, BROOD_CAUSE_CANCEL },
		{ in->stop_reason == BROOD__STOP_LIMIT, BROOD_ELIMIT, BROOD_CAUSE_LIMIT },
		{ in->stop_reason == BROOD__STOP_GUARD, -EOWNERDEAD, BROOD_CAUSE_GUARD },
		{ decisive == LOST, BROOD_ELOST, BROOD_CAUSE_LOST },
		{ decisive == FAILED, BROOD_EEXIT, BROOD_CAUSE_EXIT },
		{ decisive == KILLED || decisive == PIPED, BROOD_EEXIT, BROOD_CAUSE_SIGNAL },
		{ in->pipe_held, BROOD_EWAITDELAY, BROOD_CAUSE_WAIT_DELAY },
		{ true, in->pump_error, BROOD_CAUSE_EXIT },
	};
	size_t i = 0;
	while (!facts[i].holds)
		i++;
	e->code = facts[i].code;
	e->cause = facts[i].cause;
	bool tells_a_status = i >= 4 && i <= 6;
	e->stage = tells_a_status ? failed - 1 : strlen(word) - 1;
}

static struct expected model(const struct brood__verdict_input *in)
{
	struct expected e = {
		.code = BROOD_EMISUSE, .cause = BROOD_CAUSE_NONE, .stage = in->n - 1
	};
	char word[MOST_STAGES + 1] = "";

	for (size_t i = 0; i < in->n; i++)
		word[i] = letter_of(in->stages[i].status, in->stages[i].ok_codes);
	if (strchr(word, LIVING))
		return e;
	for (size_t i = 0; i < in->n; i++)
		e.excused[i] = is_excused(word, i, in->flags);
	rank(&e, word, in);
	return e;
}

/* ---- the comparison ---- */

/* Assertions of cmocka take long; there are millions of cases. */
static void check(const struct brood__verdict_input *in)
{
	const struct expected wanted = model(in);
	bool is_living = wanted.code == BROOD_EMISUSE;
	int cause = -1;
	size_t stage = 99;

	for (size_t i = 0; i < in->n; i++)
		in->stages[i].status->excused = is_living ? 0 : 7;
	int code = brood__verdict(in, &cause, &stage);
	bool is_as_wanted = code == wanted.code && cause == wanted.cause && stage == wanted.stage;
	for (size_t i = 0; i < in->n; i++)
		is_as_wanted &= in->stages[i].status->excused == (int)wanted.excused[i];
	if (is_as_wanted)
		return;
	for (size_t i = 0; i < in->n; i++) {
		const struct brood_status *status = in->stages[i].status;
		print_error("stage %zu: how %d, exit code %d, signal %d, excused %d, not %d\n", i,
			status->how, status->exit_code, status->signal, status->excused,
			wanted.excused[i]);
	}
	fail_msg("flags %#llx, stopped for %d, held %d, pump %d: %d, cause %d, stage %zu; not %d, "
		 "%d, %zu",
		(unsigned long long)in->flags, in->stop_reason, in->pipe_held, in->pump_error, code,
		cause, stage, wanted.code, wanted.cause, wanted.stage);
}

/* All facts that are the job's. Returns how many cases there were. */
static size_t check_around(const struct brood__verdict_stage *stages, size_t n)
{
	static const uint64_t modes[] = { 0, BROOD_VERDICT_RIGHTMOST, BROOD_VERDICT_STRICT,
		BROOD_VERDICT_LAST };
	static const int pump_errors[] = { 0, -ENOSPC, BROOD_ELIMIT };
	struct brood__verdict_input in = { .stages = stages, .n = n };
	size_t count = 0;

	for (size_t mode = 0; mode < 4; mode++) {
		in.flags = modes[mode];
		for (in.stop_reason = BROOD__STOP_NONE; in.stop_reason <= BROOD__STOP_GUARD;
			in.stop_reason++) {
			for (size_t i = 0; i < 6; i++) {
				in.pipe_held = i % 2;
				in.pump_error = pump_errors[i / 2];
				check(&in);
				count++;
			}
		}
	}
	return count;
}

static const struct brood_status kinds[] = {
	{ .how = BROOD_EXITED, .exit_code = 0 },
	{ .how = BROOD_EXITED, .exit_code = 1 },
	{ .how = BROOD_EXITED, .exit_code = 3 },
	{ .how = BROOD_EXITED, .exit_code = 141 }, /* what a shell makes of SIGPIPE */
	/* 0 and 3 as exit codes must not count for these. */
	{ .how = BROOD_SIGNALED, .signal = SIGPIPE, .exit_code = 0 },
	{ .how = BROOD_SIGNALED, .signal = SIGTERM, .exit_code = 3 },
	{ .how = BROOD_SIGNALED, .signal = SIGKILL, .exit_code = -1, .core_dumped = 1 },
	{ .how = BROOD_LOST, .signal = SIGPIPE, .exit_code = 0 },
	{ .how = BROOD_RUNNING, .exit_code = -1 },
	{ .how = BROOD_NOT_STARTED, .exit_code = 0 },
	{ .how = BROOD_STOPPED, .signal = SIGPIPE, .exit_code = -1 },
};

/* Sets of codes: with 0, and without it. */
static const uint64_t sets[][4] = { { 1 | 1 << 3, 0, 0, 0 }, { 1 << 3, 0, UINT64_C(1) << 13, 0 } };

enum {
	KINDS = sizeof kinds / sizeof kinds[0],
	SETS = 1 + sizeof sets / sizeof sets[0],
	VARIANTS = KINDS * SETS,
};

static size_t check_jobs_of(size_t n)
{
	struct brood_status statuses[MOST_STAGES];
	struct brood__verdict_stage stages[MOST_STAGES];
	size_t jobs = 1;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		jobs *= VARIANTS;
	for (size_t job = 0; job < jobs; job++) {
		size_t rest = job;
		for (size_t i = 0; i < n; i++) {
			size_t set = rest % VARIANTS / KINDS;
			statuses[i] = kinds[rest % KINDS];
			stages[i].status = &statuses[i];
			stages[i].ok_codes = set == 0 ? NULL : sets[set - 1];
			rest /= VARIANTS;
		}
		count += check_around(stages, n);
	}
	return count;
}

static void ranks_every_combination_of_one_stage(void **state)
{
	(void)state;
	assert_int_equal(check_jobs_of(1), 33 * 120);
}

static void ranks_every_combination_of_two_stages(void **state)
{
	(void)state;
	assert_int_equal(check_jobs_of(2), 33 * 33 * 120);
}

static void ranks_every_combination_of_three_stages(void **state)
{
	(void)state;
	assert_int_equal(check_jobs_of(3), 33 * 33 * 33 * 120);
}

static void knows_every_exit_code_and_signal(void **state)
{
	struct brood_status status = { .how = BROOD_EXITED };
	struct brood__verdict_stage stage = { &status, NULL };

	(void)state;
	for (status.exit_code = 0; status.exit_code < 256; status.exit_code++) {
		uint64_t alone[4] = { 0 };
		uint64_t others[4] = { ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) };
		alone[status.exit_code / 64] |= UINT64_C(1) << status.exit_code % 64;
		others[status.exit_code / 64] &= ~alone[status.exit_code / 64];
		stage.ok_codes = NULL;
		check_around(&stage, 1);
		assert_int_equal(brood__status_counts_as_success(&status, alone), true);
		assert_int_equal(brood__status_counts_as_success(&status, others), false);
	}
	status = (struct brood_status){ .how = BROOD_SIGNALED };
	for (status.signal = 1; status.signal < 65; status.signal++)
		check_around(&stage, 1);
}

/* One that nobody can have made, or that was never filled in, must not be looked up in a set. */
static void takes_no_code_outside_of_a_byte(void **state)
{
	static const uint64_t all[4] = { ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) };
	static const int codes[] = { -1, 256, 1 << 30 };

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		const struct brood_status status = { .how = BROOD_EXITED, .exit_code = codes[i] };
		assert_false(brood__status_counts_as_success(&status, all));
		assert_false(brood__status_counts_as_success(&status, NULL));
	}
}

/* The sentences about excuses, said with statuses; the model could be wrong too. */
static void excuses_whose_reader_ended_well(void **state)
{
	static const struct {
		const char *kinds; /* w: exit 0, p: SIGPIPE, f: exit 1, l: lost */
		uint64_t mode;
		int code;
		size_t stage;
		const char *excused;
	} cases[] = {
		{ "pw", 0, 0, 1, "10" },
		{ "ppw", 0, 0, 2, "110" },
		{ "wp", 0, BROOD_EEXIT, 1, "00" },
		{ "pf", 0, BROOD_EEXIT, 1, "00" },
		{ "pfw", 0, BROOD_EEXIT, 1, "000" },
		{ "fpw", 0, BROOD_EEXIT, 0, "010" },
		{ "pwf", 0, BROOD_EEXIT, 2, "100" },
		{ "fwf", 0, BROOD_EEXIT, 2, "000" },
		{ "pl", 0, BROOD_ELOST, 1, "00" },
		{ "lw", 0, BROOD_ELOST, 0, "00" },
		{ "pw", BROOD_VERDICT_STRICT, BROOD_EEXIT, 0, "00" },
		{ "fpw", BROOD_VERDICT_STRICT, BROOD_EEXIT, 1, "000" },
		{ "fpw", BROOD_VERDICT_LAST, 0, 2, "110" },
		{ "lw", BROOD_VERDICT_LAST, 0, 1, "10" },
		{ "ffl", BROOD_VERDICT_LAST, BROOD_ELOST, 2, "110" },
		{ "wwp", BROOD_VERDICT_LAST, BROOD_EEXIT, 2, "000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct brood_status statuses[MOST_STAGES];
		struct brood__verdict_stage stages[MOST_STAGES];
		size_t n = strlen(cases[i].kinds);
		for (size_t at = 0; at < n; at++) {
			char kind = cases[i].kinds[at];
			statuses[at] = kinds[kind == 'w'   ? 0
					     : kind == 'f' ? 1
					     : kind == 'p' ? 4
							   : 7];
			stages[at] = (struct brood__verdict_stage){ &statuses[at], NULL };
		}
		const struct brood__verdict_input in = {
			.stages = stages, .n = n, .flags = cases[i].mode
		};
		size_t stage = 99;
		assert_int_equal(brood__verdict(&in, NULL, &stage), cases[i].code);
		assert_int_equal(stage, cases[i].stage);
		for (size_t at = 0; at < n; at++)
			assert_int_equal(statuses[at].excused, cases[i].excused[at] == '1');
	}
}

static void has_no_verdict_on_what_has_not_ended(void **state)
{
	static const int hows[] = { BROOD_RUNNING, BROOD_NOT_STARTED, BROOD_STOPPED, 99 };
	struct brood_status statuses[2] = { { .how = BROOD_EXITED, .exit_code = 1 } };
	struct brood__verdict_stage stages[2] = { { &statuses[0], NULL }, { &statuses[1], NULL } };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof hows / sizeof hows[0]; i++) {
		statuses[i % 2] = (struct brood_status){ .how = hows[i / 2] };
		statuses[1 - i % 2] = (struct brood_status){ .how = BROOD_EXITED };
		const struct brood__verdict_input in = { .stages = stages,
			.n = 2,
			.flags = BROOD_VERDICT_LAST,
			.stop_reason = BROOD__STOP_TIMEOUT };
		int cause = -1;
		size_t stage = 99;
		assert_int_equal(brood__verdict(&in, &cause, &stage), BROOD_EMISUSE);
		assert_int_equal(cause, BROOD_CAUSE_NONE);
		assert_int_equal(stage, 1);
	}
	const struct brood__verdict_input none = { .n = 0 };
	assert_int_equal(brood__verdict(&none, NULL, NULL), BROOD_EMISUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_every_combination_of_one_stage),
		cmocka_unit_test(ranks_every_combination_of_two_stages),
		cmocka_unit_test(ranks_every_combination_of_three_stages),
		cmocka_unit_test(knows_every_exit_code_and_signal),
		cmocka_unit_test(takes_no_code_outside_of_a_byte),
		cmocka_unit_test(excuses_whose_reader_ended_well),
		cmocka_unit_test(has_no_verdict_on_what_has_not_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
