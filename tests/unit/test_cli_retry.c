/* SPDX-License-Identifier: MIT */
/* Which attempt is followed by another one, and after what time. */
#include "run/retry.h"

#include <brood/brood.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void backoff_is_a_time_or_a_range(void **state)
{
	static const struct {
		const char *text;
		brood_duration from, to;
	} cases[] = {
		{ "1s", BROOD_SECOND, 10 * BROOD_SECOND },
		{ "1m", BROOD_MINUTE, BROOD_MINUTE },
		{ "200ms..10s", 200 * BROOD_MILLISECOND, 10 * BROOD_SECOND },
		{ "1.5..3", 1500 * BROOD_MILLISECOND, 3 * BROOD_SECOND },
		{ "0..1h", 0, BROOD_HOUR },
		{ "off", 0, 10 * BROOD_SECOND },
		{ "0..0", 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct retry retry = { 0 };
		assert_int_equal(retry_parse_backoff(&retry, cases[i].text), 0);
		assert_int_equal(retry.from, cases[i].from);
		assert_int_equal(retry.to, cases[i].to);
	}
}

static void a_wrong_backoff_changes_nothing(void **state)
{
	static const char *const cases[] = { "", "..", "1..", "..1", "x", "5..3", "1s..2x", "1...3",
		"-1", "1s ..2s" };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct retry retry = { .from = 1, .to = 2 };
		assert_int_equal(retry_parse_backoff(&retry, cases[i]), -EINVAL);
		assert_int_equal(retry.from, 1);
		assert_int_equal(retry.to, 2);
	}
	struct retry retry = { 0 };
	assert_int_equal(retry_parse_backoff(&retry, "1s..400d"), -ERANGE);
}

static void conditions_are_a_list(void **state)
{
	struct retry retry = { 0 };
	char word[RETRY_WORD_SIZE];

	(void)state;
	assert_int_equal(
		retry_parse_conditions(&retry, "7,255,0,TERM,sigkill,timeout,idle,spawn", word), 0);
	assert_true(retry.has_conditions && retry.on_timeout && retry.on_idle && retry.on_spawn);
	for (int code = 0; code < 256; code++)
		assert_int_equal(retry.codes[code], code == 7 || code == 255 || code == 0);
	for (int signal = 0; signal < 65; signal++)
		assert_int_equal(retry.signals[signal], signal == SIGTERM || signal == SIGKILL);
}

static void the_wrong_word_of_a_list_is_named(void **state)
{
	static const char *const cases[][2] = { { "7,256", "256" }, { "7,,8", "" }, { "", "" },
		{ "7,", "" }, { "7,timout,8", "timout" }, { "-1", "-1" }, { "0x1", "0x1" },
		{ "7 ", "7 " }, { "1000", "1000" } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct retry retry = { 0 };
		char word[RETRY_WORD_SIZE];
		assert_int_equal(retry_parse_conditions(&retry, cases[i][0], word), -EINVAL);
		assert_string_equal(word, cases[i][1]);
	}
	struct retry retry = { 0 };
	char word[RETRY_WORD_SIZE], endless[200];
	memset(endless, '7', sizeof endless);
	endless[sizeof endless - 1] = '\0';
	assert_int_equal(retry_parse_conditions(&retry, endless, word), -EINVAL);
}

static void without_conditions_any_failure_of_the_command_counts(void **state)
{
	const struct retry retry = { .count = 1 };

	(void)state;
	for (int code = 0; code < 256; code++) {
		const struct retry_outcome outcome = { .code = code };
		assert_int_equal(
			retry_wants(&retry, &outcome), code != 0 && (code < 125 || code > 127));
	}
}

static void with_conditions_only_these_count(void **state)
{
	static const struct {
		const char *list;
		struct retry_outcome outcome;
		bool wants;
	} cases[] = {
		{ "7", { .code = 7 }, true },
		{ "7", { .code = 8 }, false },
		{ "0", { .code = 0 }, true },
		{ "127", { .code = 127 }, true },
		{ "124", { .code = 124, .timeout = true }, true },
		{ "timeout", { .code = 124, .timeout = true }, true },
		{ "timeout", { .code = 124 }, false },
		{ "timeout", { .code = 124, .idle = true }, false },
		{ "idle", { .code = 124, .idle = true }, true },
		{ "TERM", { .code = 143, .signal = SIGTERM }, true },
		{ "143", { .code = 143, .signal = SIGTERM }, true },
		{ "TERM", { .code = 143 }, false },
		{ "KILL", { .code = 143, .signal = SIGTERM }, false },
		{ "spawn", { .code = 127, .spawn = true }, true },
		{ "spawn", { .code = 127 }, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct retry retry = { 0 };
		char word[RETRY_WORD_SIZE];
		assert_int_equal(retry_parse_conditions(&retry, cases[i].list, word), 0);
		assert_int_equal(retry_wants(&retry, &cases[i].outcome), cases[i].wants);
	}
}

static void the_delay_doubles_up_to_its_end(void **state)
{
	const struct retry retry = { .from = 100, .to = 1000 };
	static const brood_duration delays[] = { 100, 200, 400, 800, 1000, 1000 };

	(void)state;
	/* 1000 is the middle of what random chooses from. */
	for (unsigned int i = 0; i < sizeof delays / sizeof *delays; i++)
		assert_int_equal(retry_delay(&retry, i + 1, 1000), delays[i]);
	assert_int_equal(retry_delay(&retry, UINT32_MAX, 1000), 1000);
	const struct retry none = { .from = 0, .to = 1000 };
	assert_int_equal(retry_delay(&none, UINT32_MAX, 7), 0);
}

static void the_delay_differs_by_a_tenth_at_most(void **state)
{
	const struct retry retry = { .from = BROOD_SECOND, .to = BROOD_SECOND };
	const struct retry longest = { .from = 366 * 24 * BROOD_HOUR, .to = 366 * 24 * BROOD_HOUR };

	(void)state;
	assert_int_equal(retry_delay(&retry, 1, 0), 900 * BROOD_MILLISECOND);
	assert_int_equal(retry_delay(&retry, 1, 2000), 1100 * BROOD_MILLISECOND);
	assert_int_equal(retry_delay(&retry, 1, 2001), 900 * BROOD_MILLISECOND);
	for (uint32_t random = UINT32_MAX; random > UINT32_MAX - 3000; random--) {
		assert_in_range(retry_delay(&retry, 3, random), 900 * BROOD_MILLISECOND,
			1100 * BROOD_MILLISECOND);
		assert_true(retry_delay(&longest, 1, random) >= longest.from / 10 * 9);
		assert_true(retry_delay(&longest, 1, random) <= longest.from / 10 * 11);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backoff_is_a_time_or_a_range),
		cmocka_unit_test(a_wrong_backoff_changes_nothing),
		cmocka_unit_test(conditions_are_a_list),
		cmocka_unit_test(the_wrong_word_of_a_list_is_named),
		cmocka_unit_test(without_conditions_any_failure_of_the_command_counts),
		cmocka_unit_test(with_conditions_only_these_count),
		cmocka_unit_test(the_delay_doubles_up_to_its_end),
		cmocka_unit_test(the_delay_differs_by_a_tenth_at_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
