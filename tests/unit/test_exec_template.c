/* SPDX-License-Identifier: MIT */
/* Templates of brood exec --render. */

#include "exec/template.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* SET is "value", EMPTY is "", CODE is "${SET}", A is "a"; all others are not set. */
static const char *get(void *data, const char *name, size_t length)
{
	static const char *const list[][2] = { { "SET", "value" }, { "EMPTY", "" },
		{ "CODE", "${SET}$$" }, { "A", "a" }, { "_x1", "under" } };

	(void)data;
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (strlen(list[i][0]) == length && memcmp(list[i][0], name, length) == 0)
			return list[i][1];
	return NULL;
}

static void check_only(const char *only, const char *template, const char *expected)
{
	const struct template_rules rules = { .get = get, .only = only };
	struct template_error error = { 0 };
	struct text text = { 0 };

	text_add(&text, "", 0);
	if (template_render(template, strlen(template), &rules, &text, &error) != 0)
		fail_msg("%s: %zu:%zu: %s", template, error.line, error.column, error.what.bytes);
	if (strcmp(text.bytes, expected) != 0)
		fail_msg("%s: %s instead of %s", template, text.bytes, expected);
	text_done(&text);
}

static void check(const char *template, const char *expected)
{
	check_only(NULL, template, expected);
}

static void check_bad(const char *template, size_t line, size_t column, const char *words)
{
	const struct template_rules rules = { .get = get };
	struct template_error error = { 0 };
	struct text text = { 0 };

	assert_int_equal(
		template_render(template, strlen(template), &rules, &text, &error), -EINVAL);
	if (error.line != line || error.column != column || strcmp(error.what.bytes, words) != 0)
		fail_msg("%s: %zu:%zu: %s", template, error.line, error.column, error.what.bytes);
	text_done(&error.what);
	text_done(&text);
}

static void what_is_no_form_stays(void **state)
{
	(void)state;
	check("", "");
	check("plain\n", "plain\n");
	check("$", "$");
	check("$$", "$$");
	check("$SET $host $1 $(x) `x` \\n }{ $ {SET}", "$SET $host $1 $(x) `x` \\n }{ $ {SET}");
	check("a\\}b\\\\c", "a\\}b\\\\c");
}

static void a_name_in_braces_becomes_its_value(void **state)
{
	(void)state;
	check("${SET}", "value");
	check("<${SET}${A}${EMPTY}>", "<valuea>");
	check("${_x1}", "under");
	check("$${SET}", "${SET}");
	check("$$${SET}", "$${SET}");
	check("cost: $${SET} is ${SET}$", "cost: ${SET} is value$");
}

static void a_value_is_not_looked_at_again(void **state)
{
	(void)state;
	check("${CODE}", "${SET}$$");
	check("${CODE}${SET}", "${SET}$$value");
	check("${NONE:-${CODE}}", "${SET}$$");
}

static void words_stand_in_as_in_a_shell(void **state)
{
	(void)state;
	check("${NONE-word} ${EMPTY-word} ${SET-word}", "word  value");
	check("${NONE:-word} ${EMPTY:-word} ${SET:-word}", "word word value");
	check("${NONE+word} ${EMPTY+word} ${SET+word}", " word word");
	check("${NONE:+word} ${EMPTY:+word} ${SET:+word}", "  word");
	check("${EMPTY?word}${SET?word}${SET:?word}", "valuevalue");
	check("${NONE-}${NONE:-}${NONE+x}|", "|");
	check("${NONE:-a b\nc}", "a b\nc");
	check("${NONE:--1}${NONE-:x}", "-1:x");
}

static void words_hold_forms_and_braces(void **state)
{
	(void)state;
	check("${NONE:-${NONE2:-${SET}}}", "value");
	check("${NONE:-<${SET}>${A}}", "<value>a");
	check("${SET:+${A}${SET:+b}}", "ab");
	check("${NONE:-{\"a\": 1\\}}", "{\"a\": 1}");
	check("${NONE:-a\\\\b\\c}", "a\\b\\c");
	check("${NONE:-$${A}}}", "${A}}");
	check("${NONE:-$A $}", "$A $");
	/* What is not wanted may be wrong, but must be closed. */
	check("${SET:-${NONE}}${NONE+${NONE:?no}}", "value");
}

static void what_is_not_set_is_an_error_with_its_place(void **state)
{
	(void)state;
	check_bad("${NONE}", 1, 1, "NONE is not set");
	check_bad("a\nbc ${SET} ${NONE}\n", 2, 11, "NONE is not set");
	check_bad("${NONE?}", 1, 1, "NONE is not set");
	check_bad("${EMPTY:?}", 1, 1, "EMPTY is not set, or empty");
	check_bad("${NONE:?give me ${SET}}", 1, 1, "NONE: give me value");
	check_bad("\n\n${EMPTY:?no}", 3, 1, "EMPTY: no");
	check_bad("${SET:+${NONE}}", 1, 8, "NONE is not set");
}

static void what_is_not_known_is_an_error(void **state)
{
	static const char closed[] = "${ is not closed: there is no } for it";

	(void)state;
	check_bad("x ${", 1, 3, closed);
	check_bad("x ${SET", 1, 3, closed);
	check_bad("${SET:-", 1, 1, closed);
	check_bad("${SET:-x", 1, 1, closed);
	check_bad("${NONE:-${A}", 1, 1, closed);
	check_bad("${NONE:-${A", 1, 9, closed);
	static const char accepted[] = " is followed by what is not known here (accepted: ${NAME}, "
				       "${NAME:-word}, ${NAME:?word}, ${NAME:+word}; $${ for a "
				       "plain ${)";
	static const char *const bad[] = { "}", "1}", "#SET}", " SET}", "SET%x}", "SET:}", "SET:0}",
		"SET=x}", "{x}}" };
	static const char *const names[] = { "", "", "", "", "SET", "SET", "SET", "SET", "" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct text template = { 0 }, words = { 0 };
		text_format(&template, "${%s", bad[i]);
		text_format(&words, "${%s%s", names[i], accepted);
		check_bad(template.bytes, 1, 1, words.bytes);
		text_done(&template);
		text_done(&words);
	}
}

static void only_the_listed_names_mean_something(void **state)
{
	(void)state;
	check_only(
		"SET", "${SET} ${A} ${host} ${1} ${x%y} ${", "value ${A} ${host} ${1} ${x%y} ${");
	check_only("A, SET", "${SET}${A}${NONE}", "valuea${NONE}");
	check_only("A\tSET", "${SE}${SETS}${A}", "${SE}${SETS}a");
	check_only("", "${SET}", "${SET}");
	check_only("A", "$${A} $${SET}", "${A} $${SET}");
	/* A foreign one goes to its own }, whatever it holds. */
	check_only("A", "${X:-${A}} ${A}", "${X:-${A}} a");
	check_only("N", "${N:-<${A}>}", "<${A}>");
	check_only("A", "${X ${A}", "${X a");
}

static void depth_has_an_end(void **state)
{
	struct text template = { 0 };

	(void)state;
	for (int i = 0; i < 50; i++)
		text_string(&template, "${N:-");
	text_string(&template, "x");
	for (int i = 0; i < 50; i++)
		text_string(&template, "}");
	check(template.bytes, "x");
	text_done(&template);
	for (int i = 0; i < 100000; i++)
		text_string(&template, "${N:-");
	check_bad(template.bytes, 1, 501, "${ within ${, more than 100 deep");
	text_done(&template);
}

static void bytes_pass_as_they_are(void **state)
{
	static const char bytes[] = "\0\xff${A}\0\r\n";
	static const char expected[] = "\0\xff"
				       "a\0\r\n";
	const struct template_rules rules = { .get = get };
	struct template_error error = { 0 };
	struct text text = { 0 };

	(void)state;
	assert_int_equal(template_render(bytes, sizeof bytes - 1, &rules, &text, &error), 0);
	assert_int_equal(text.length, sizeof expected - 1);
	assert_memory_equal(text.bytes, expected, sizeof expected - 1);
	text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_form_stays),
		cmocka_unit_test(a_name_in_braces_becomes_its_value),
		cmocka_unit_test(a_value_is_not_looked_at_again),
		cmocka_unit_test(words_stand_in_as_in_a_shell),
		cmocka_unit_test(words_hold_forms_and_braces),
		cmocka_unit_test(what_is_not_set_is_an_error_with_its_place),
		cmocka_unit_test(what_is_not_known_is_an_error),
		cmocka_unit_test(only_the_listed_names_mean_something),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(bytes_pass_as_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
