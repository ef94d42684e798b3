/* SPDX-License-Identifier: MIT */
/* Command lines as texts, and back. */

#include <brood/cmd.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_text(char *const *argv, const char *wanted)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv);
	char text[256];

	assert_int_equal(brood_cmd_text(&cmd, text, sizeof text), strlen(wanted));
	assert_string_equal(text, wanted);
}

static void quotes_only_where_needed(void **state)
{
	(void)state;
	expect_text(BROOD_ARGV("ls", "-l", "/usr/a_b,c.d:e@f+g%h"), "ls -l /usr/a_b,c.d:e@f+g%h");
	expect_text(BROOD_ARGV("echo", ""), "echo ''");
	expect_text(
		BROOD_ARGV("echo", "two words", "a\nb", "t\tt"), "echo 'two words' 'a\nb' 't\tt'");
	expect_text(BROOD_ARGV("echo", "don't"), "echo 'don'\\''t'");
	expect_text(BROOD_ARGV("echo", "'"), "echo ''\\'''");
	expect_text(BROOD_ARGV("echo", "$x", "~", "#", "a*", "{a,b}", "\\", "\xc3\xa9"),
		"echo '$x' '~' '#' 'a*' '{a,b}' '\\' '\xc3\xa9'");
	expect_text(BROOD_ARGV(""), "''");
}

static void quotes_what_means_something_at_the_beginning(void **state)
{
	(void)state;
	expect_text(BROOD_ARGV("A=1", "B=2"), "'A=1' B=2");
	expect_text(BROOD_ARGV("if", "if"), "'if' if");
	expect_text(BROOD_ARGV("time", "do"), "'time' do");
	expect_text(BROOD_ARGV("!", "x"), "'!' x");
}

static void gives_the_path_of_a_command_without_arguments(void **state)
{
	struct brood_cmd cmd = BROOD_CMD(.path = "/opt/my tool");
	struct brood_cmd none = BROOD_CMD_INIT;
	struct brood_cmd sizeless = { .path = "/bin/true" };
	char text[64] = "left";

	(void)state;
	assert_int_equal(brood_cmd_text(&cmd, text, sizeof text), 14);
	assert_string_equal(text, "'/opt/my tool'");
	cmd.argv = BROOD_ARGV(NULL);
	assert_int_equal(brood_cmd_text(&cmd, text, sizeof text), 14);
	assert_int_equal(brood_cmd_text(NULL, text, sizeof text), 0);
	assert_string_equal(text, "");
	assert_int_equal(brood_cmd_text(&none, text, sizeof text), 0);
	assert_int_equal(brood_cmd_text(&sizeless, text, sizeof text), 0);
}

static void writes_no_more_than_there_is_room_for(void **state)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("echo", "a b"));
	const char *whole = "echo 'a b'";

	(void)state;
	for (size_t size = 0; size <= 12; size++) {
		char text[16];
		memset(text, '~', sizeof text);
		assert_int_equal(brood_cmd_text(&cmd, text, size), 10);
		size_t written = size == 0 ? 0 : size > 10 ? 10 : size - 1;
		assert_memory_equal(text, whole, written);
		if (size > 0)
			assert_int_equal(text[written], '\0');
		assert_int_equal(text[size == 0 ? 0 : written + 1], '~');
	}
	assert_int_equal(brood_cmd_text(&cmd, NULL, 0), 10);
}

static void expect_words(const char *text, char *const *wanted)
{
	char **argv = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	int n = brood_words(text, &argv, &error);
	int i = 0;

	assert_true(n >= 0);
	for (; wanted[i]; i++) {
		assert_true(i < n);
		assert_string_equal(argv[i], wanted[i]);
	}
	assert_int_equal(n, i);
	assert_null(argv[n]);
	assert_int_equal(error.code, 0);
	free(argv);
}

/* The list ends with a NULL of its own, so that it may be empty. */
#define WORDS(text, ...) expect_words((text), BROOD_ARGV(__VA_ARGS__))

static void splits_at_blanks_and_newlines(void **state)
{
	(void)state;
	WORDS("", NULL);
	WORDS(" \t\n ", NULL);
	WORDS("one", "one", NULL);
	WORDS("  one\ttwo\nthree  ", "one", "two", "three", NULL);
	WORDS("a\rb a\vb", "a\rb", "a\vb", NULL);
}

static void understands_single_quotes(void **state)
{
	(void)state;
	WORDS("'a b' c", "a b", "c", NULL);
	WORDS("''", "", NULL);
	WORDS("a'b'c", "abc", NULL);
	WORDS("'$x `y` \\ \" | #'", "$x `y` \\ \" | #", NULL);
	WORDS("'a\nb'", "a\nb", NULL);
	WORDS("'don'\\''t'", "don't", NULL);
}

static void understands_double_quotes(void **state)
{
	(void)state;
	WORDS("\"a b\"c", "a bc", NULL);
	WORDS("\"\" \"\"", "", "", NULL);
	WORDS("\"\\$ \\` \\\" \\\\\"", "$ ` \" \\", NULL);
	WORDS("\"\\a \\' '\"", "\\a \\' '", NULL);
	WORDS("\"a\\\nb\"", "ab", NULL);
	WORDS("\"a\nb | & ; < > ( ) #\"", "a\nb | & ; < > ( ) #", NULL);
}

static void understands_backslashes(void **state)
{
	(void)state;
	WORDS("a\\ b \\'\\\"\\\\", "a b", "'\"\\", NULL);
	WORDS("\\$\\`\\|\\&\\;\\<\\>\\(\\)\\#", "$`|&;<>()#", NULL);
	WORDS("a\\\nb \\\n c", "ab", "c", NULL);
	WORDS("\\\n", NULL);
	WORDS("\\ ", " ", NULL);
}

static void understands_comments(void **state)
{
	(void)state;
	WORDS("a # b 'c\nd", "a", "d", NULL);
	WORDS("#all of it $( | '", NULL);
	WORDS("a#b c'#' ''#d", "a#b", "c#", "#d", NULL);
	WORDS("a \\\n#b\nc", "a", "c", NULL);
	WORDS("a\\\n#b", "a#b", NULL);
	WORDS("# a \\\nb", "b", NULL);
}

static void expands_nothing(void **state)
{
	(void)state;
	WORDS("* ? [a] ~ {a,b} ! A=1 % ^", "*", "?", "[a]", "~", "{a,b}", "!", "A=1", "%", "^",
		NULL);
}

static void expect_bad(const char *text, const char *subject)
{
	char **argv = NULL;
	struct brood_error error = BROOD_ERROR_INIT;

	assert_int_equal(brood_words(text, &argv, &error), -EINVAL);
	assert_null(argv);
	assert_int_equal(error.code, -EINVAL);
	assert_int_equal(error.step, BROOD_STEP_CONFIG);
	assert_string_equal(error.subject, subject);
	assert_int_equal(brood_words(text, &argv, NULL), -EINVAL);
}

static void refuses_what_a_shell_would_act_on(void **state)
{
	const char *special = "|&;<>()$`";

	(void)state;
	for (const char *at = special; *at; at++) {
		char text[16];
		char subject[64];
		snprintf(text, sizeof text, "one %cx", *at);
		snprintf(subject, sizeof subject, "%c at byte 5 is not quoted", *at);
		expect_bad(text, subject);
	}
	expect_bad("\"a$x\"", "$ at byte 3 is not escaped");
	expect_bad("\"`\"", "` at byte 2 is not escaped");
	expect_bad("x 'abc", "' at byte 3 is never closed");
	expect_bad("x \"abc'", "\" at byte 3 is never closed");
	expect_bad("x \"abc\\", "\" at byte 3 is never closed");
	expect_bad("abc\\", "\\ at byte 4 has nothing to quote");
	expect_bad(NULL, "text");
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* Any byte but NUL, or mostly one of those that matter. */
static void random_word(char *word, size_t most, bool is_nasty, uint64_t *seed)
{
	static const char nasty[] = " \t\n'\"\\$`|&;<>()#=~*a";
	size_t n = next_random(seed) % (most + 1);

	for (size_t i = 0; i < n; i++) {
		uint32_t random = next_random(seed);
		word[i] = is_nasty ? nasty[random % (sizeof nasty - 1)] : (char)(1 + random % 255);
	}
	word[n] = '\0';
}

static void reads_back_what_was_quoted(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char memory[8][20];
		char *argv[9] = { NULL };
		size_t n = 1 + next_random(&seed) % 8;
		for (size_t i = 0; i < n; i++) {
			random_word(memory[i], 19 - 1, round % 2, &seed);
			argv[i] = memory[i];
		}
		struct brood_cmd cmd = BROOD_CMD(.argv = argv);
		char text[1024];
		assert_true(brood_cmd_text(&cmd, text, sizeof text) < sizeof text);
		expect_words(text, argv);
	}
}

static void reads_every_byte_back(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		char word[] = { (char)byte, '\0' };
		char *argv[] = { word, word, NULL };
		struct brood_cmd cmd = BROOD_CMD(.argv = argv);
		char text[64];
		brood_cmd_text(&cmd, text, sizeof text);
		expect_words(text, argv);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_only_where_needed),
		cmocka_unit_test(quotes_what_means_something_at_the_beginning),
		cmocka_unit_test(gives_the_path_of_a_command_without_arguments),
		cmocka_unit_test(writes_no_more_than_there_is_room_for),
		cmocka_unit_test(splits_at_blanks_and_newlines),
		cmocka_unit_test(understands_single_quotes),
		cmocka_unit_test(understands_double_quotes),
		cmocka_unit_test(understands_backslashes),
		cmocka_unit_test(understands_comments),
		cmocka_unit_test(expands_nothing),
		cmocka_unit_test(refuses_what_a_shell_would_act_on),
		cmocka_unit_test(reads_back_what_was_quoted),
		cmocka_unit_test(reads_every_byte_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
