/* SPDX-License-Identifier: MIT */
/* Commands as data, {} in words, where a mailbox lies, lists of ids. */
#include "mailbox/box_path.h"
#include "mailbox/payload.h"
#include "mailbox/substitute.h"
#include "mailbox/values.h"

#include <brood/brood.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS(...) BROOD_ARGV(__VA_ARGS__)
#define NOTHING    ((char *const *)(char *const[]){ NULL })

static void assert_words(char *const *words, char *const *expected)
{
	size_t i = 0;

	for (; expected[i]; i++) {
		assert_non_null(words[i]);
		assert_string_equal(words[i], expected[i]);
	}
	assert_null(words[i]);
}

static void a_command_comes_back_as_it_was(void **state)
{
	const struct payload cases[] = {
		{ .argv = WORDS("true"), .env = NOTHING, .dir = "/" },
		{ .argv = WORDS("sh", "-c", "echo \"$1\"\n", "", "\001\377"),
			.env = WORDS("PATH=/bin", "EMPTY=", "=odd", "none"),
			.dir = "/tmp/a b",
			.timeout = 600 * BROOD_SECOND,
			.kill_after = BROOD_FOREVER },
		{ .argv = WORDS(""), .env = WORDS(""), .dir = "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text text = { 0 };
		struct payload read;
		payload_encode(&text, &cases[i]);
		assert_int_equal(payload_decode(&read, text.bytes, text.length), 0);
		text_done(&text);
		assert_words(read.argv, cases[i].argv);
		assert_words(read.env, cases[i].env);
		assert_string_equal(read.dir, cases[i].dir);
		assert_int_equal(read.timeout, cases[i].timeout);
		assert_int_equal(read.kill_after, cases[i].kill_after);
		payload_done(&read);
	}
}

/* Every beginning of one, and one with something behind it. The copy is exact, so that a sanitizer
   sees a look beyond its end. */
static void what_is_cut_or_too_long_is_no_command(void **state)
{
	const struct payload payload = {
		.argv = WORDS("cp", "a", "b"), .env = WORDS("A=1"), .dir = "/srv"
	};
	struct text text = { 0 };
	struct payload read;

	(void)state;
	payload_encode(&text, &payload);
	for (size_t length = 0; length < text.length; length++) {
		char *copy = malloc(length ? length : 1);
		assert_non_null(copy);
		memcpy(copy, text.bytes, length);
		assert_int_equal(payload_decode(&read, copy, length), -EINVAL);
		assert_null(read.argv);
		free(copy);
	}
	text_add(&text, "", 1);
	assert_int_equal(payload_decode(&read, text.bytes, text.length), -EINVAL);
	text_done(&text);
}

/* Each byte of the head takes each value: what is claimed is checked against what is there. */
static void no_head_leads_out_of_the_data(void **state)
{
	const struct payload payload = {
		.argv = WORDS("cp", "a", "b"), .env = WORDS("A=1"), .dir = "/srv"
	};
	struct text text = { 0 };
	size_t n_read = 0;

	(void)state;
	payload_encode(&text, &payload);
	for (size_t at = 0; at < 32; at++) {
		char kept = text.bytes[at];
		for (int value = 0; value < 256; value++) {
			struct payload read;
			text.bytes[at] = (char)value;
			if (payload_decode(&read, text.bytes, text.length) == 0) {
				n_read++;
				payload_done(&read);
			}
		}
		text.bytes[at] = kept;
	}
	/* The command itself 32 times, other times, and other splits of the same words. */
	assert_true(n_read > 32);
	text_done(&text);
}

static void a_command_without_words_is_none(void **state)
{
	const struct payload payload = { .argv = NOTHING, .env = NOTHING, .dir = "/" };
	struct text text = { 0 };
	struct payload read;

	(void)state;
	payload_encode(&text, &payload);
	assert_int_equal(payload_decode(&read, text.bytes, text.length), -EINVAL);
	text_done(&text);
}

static void braces_stand_for_the_text(void **state)
{
	static const struct {
		const char *word, *text, *expected;
	} cases[] = {
		{ "{}", "hello", "hello" },
		{ "{}", "hello\n", "hello" },
		{ "{}", "hello\n\n", "hello\n" },
		{ "{}", "", "" },
		{ "--id={}.", "a b", "--id=a b." },
		{ "{}{}", "ab", "abab" },
		{ "{}-{}", "", "-" },
		{ "{{}}", "x", "{x}" },
		{ "{ }", "x", "{ }" },
		{ "plain", "x", "plain" },
		{ "{}", "{}", "{}" },
		{ "{}", "$(rm -rf /); 'x", "$(rm -rf /); 'x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char word[32];
		char **words = NULL;
		strcpy(word, cases[i].word);
		assert_int_equal(substitute(WORDS("cmd", word), cases[i].text,
					 strlen(cases[i].text), &words),
			0);
		assert_words(words, WORDS("cmd", cases[i].expected));
		free(words);
	}
}

static void a_nul_byte_cannot_be_in_a_word(void **state)
{
	char **words = NULL;

	(void)state;
	assert_int_equal(substitute(WORDS("cmd", "{}"), "a\0b", 3, &words), -EILSEQ);
	assert_int_equal(substitute(WORDS("cmd"), "a\0b", 3, &words), 0);
	assert_words(words, WORDS("cmd"));
	free(words);
}

static void too_much_is_refused_before_it_is_made(void **state)
{
	size_t length = (size_t)16 << 20;
	char *text = malloc(length), *word = malloc(65);
	char **words = NULL;

	(void)state;
	assert_non_null(text);
	assert_non_null(word);
	memset(text, 'x', length);
	word[0] = '\0';
	for (int i = 0; i < 32; i++)
		strcat(word, "{}");
	assert_int_equal(substitute(WORDS(word), text, length, &words), -E2BIG);
	free(word);
	free(text);
}

static void a_name_is_a_folder_below_that_for_state(void **state)
{
	static const struct {
		const char *name, *state_home, *home, *expected;
	} cases[] = {
		{ "mail", "/s", "/h", "/s/brood/mailbox/mail" },
		{ "mail", NULL, "/h", "/h/.local/state/brood/mailbox/mail" },
		{ "mail", "", "/h", "/h/.local/state/brood/mailbox/mail" },
		{ "mail", "relative", "/h", "/h/.local/state/brood/mailbox/mail" },
		{ "./mail", NULL, NULL, "./mail" },
		{ "/srv/../box", "/s", "/h", "/srv/../box" },
		{ "a b", "/s", "/h", "/s/brood/mailbox/a b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text path = { 0 };
		assert_null(box_path(&path, cases[i].name, cases[i].state_home, cases[i].home));
		assert_string_equal(path.bytes, cases[i].expected);
		text_done(&path);
	}
}

static void some_names_are_none(void **state)
{
	struct text path = { 0 };

	(void)state;
	assert_non_null(box_path(&path, "", "/s", "/h"));
	assert_non_null(box_path(&path, ".", "/s", "/h"));
	assert_non_null(box_path(&path, "..", "/s", "/h"));
	assert_non_null(box_path(&path, ".hidden", "/s", "/h"));
	assert_non_null(box_path(&path, "mail", NULL, NULL));
	assert_non_null(box_path(&path, "mail", "", ""));
	assert_non_null(box_path(&path, "mail", NULL, "relative"));
	assert_null(path.bytes);
}

static void ids_are_a_list(void **state)
{
	struct id_list list = { 0 };

	(void)state;
	assert_int_equal(value_ids("test", "--after", "7", &list), 0);
	assert_int_equal(value_ids("test", "--after", "8,9,18446744073709551615", &list), 0);
	assert_int_equal(list.n, 4);
	assert_true(list.ids[0] == 7 && list.ids[1] == 8 && list.ids[2] == 9);
	assert_true(list.ids[3] == UINT64_MAX);
	assert_true(id_list_has(&list, 8));
	assert_false(id_list_has(&list, 10));
	id_list_done(&list);
}

static void what_is_no_id_is_refused(void **state)
{
	static const char *const cases[] = { "", "0", "-1", "+1", " 1", "1 ", "1,", ",1", "1,,2",
		"x", "1x", "0x1", "18446744073709551616", "1;2" };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct id_list list = { 0 };
		assert_int_equal(value_ids("test", NULL, cases[i], &list), -1);
		id_list_done(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_comes_back_as_it_was),
		cmocka_unit_test(what_is_cut_or_too_long_is_no_command),
		cmocka_unit_test(no_head_leads_out_of_the_data),
		cmocka_unit_test(a_command_without_words_is_none),
		cmocka_unit_test(braces_stand_for_the_text),
		cmocka_unit_test(a_nul_byte_cannot_be_in_a_word),
		cmocka_unit_test(too_much_is_refused_before_it_is_made),
		cmocka_unit_test(a_name_is_a_folder_below_that_for_state),
		cmocka_unit_test(some_names_are_none),
		cmocka_unit_test(ids_are_a_list),
		cmocka_unit_test(what_is_no_id_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
