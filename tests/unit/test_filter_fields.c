/* SPDX-License-Identifier: MIT */
/* Fields of JSON and logfmt lines, levels, and conditions on them. */

#include "filter/fields.h"
#include "filter/level.h"
#include "filter/where.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The value of a field with its kind in front: "s:" string, "b:" bare, "n:" nested, "-": none. */
static const char *value_of(const char *line, const char *name)
{
	static char text[512];
	const struct field_name asked = { name, strlen(name) };
	struct field found;
	/* Memory of exactly this size, so that a sanitizer sees who reads behind it. */
	size_t length = strlen(line);
	char *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, line, length);
	size_t n = fields_find(copy, length, &asked, 1, &found);
	assert_int_equal(n, found.kind != FIELD_NONE);
	if (found.kind == FIELD_NONE) {
		strcpy(text, "-");
	} else {
		text[0] = " sbn"[found.kind];
		text[1] = ':';
		size_t plain = found.length;
		if (found.kind == FIELD_STRING)
			plain = field_plain(&found, text + 2, sizeof text - 3);
		else
			memcpy(text + 2, found.bytes, plain);
		text[2 + plain] = '\0';
		assert_true(field_is(&found, text + 2, plain) || found.kind != FIELD_STRING);
	}
	free(copy);
	return text;
}

static void a_member_is_found_wherever_it_stands(void **state)
{
	const char *line = " { \"a\" : 1 ,\"b\":\"x y\", \"c\":{\"d\":[1,{\"a\":2}],\"e\":true},"
			   "\"f\":null,\"g\":-1.5e3 } ";

	(void)state;
	assert_string_equal(value_of(line, "a"), "b:1");
	assert_string_equal(value_of(line, "b"), "s:x y");
	assert_string_equal(value_of(line, "c"), "n:{\"d\":[1,{\"a\":2}],\"e\":true}");
	assert_string_equal(value_of(line, "c.d"), "n:[1,{\"a\":2}]");
	assert_string_equal(value_of(line, "c.e"), "b:true");
	assert_string_equal(value_of(line, "c.a"), "-");
	assert_string_equal(value_of(line, "d"), "-");
	assert_string_equal(value_of(line, "f"), "b:null");
	assert_string_equal(value_of(line, "g"), "b:-1.5e3");
	assert_string_equal(value_of(line, ""), "-");
	assert_string_equal(value_of("{}", "a"), "-");
	assert_string_equal(value_of("{\"a\":{}}", "a"), "n:{}");
	assert_string_equal(value_of("{\"\":7}", ""), "b:7");
}

static void a_dot_leads_inwards_or_is_a_dot(void **state)
{
	(void)state;
	assert_string_equal(value_of("{\"a\":{\"b\":{\"c\":1}}}", "a.b.c"), "b:1");
	assert_string_equal(value_of("{\"a.b\":{\"c\":1}}", "a.b.c"), "b:1");
	assert_string_equal(value_of("{\"a.b.c\":1}", "a.b.c"), "b:1");
	assert_string_equal(value_of("{\"a\":{\"x\":0},\"a.b\":2}", "a.b"), "b:2");
	assert_string_equal(value_of("{\"a\":1,\"a.b\":2}", "a.b"), "b:2");
	assert_string_equal(value_of("{\"a\":{\"b\":1},\"a.b\":2}", "a.b"), "b:1");
	assert_string_equal(value_of("a.b=3", "a.b"), "b:3");
}

static void the_first_of_two_counts(void **state)
{
	(void)state;
	assert_string_equal(value_of("{\"a\":1,\"a\":2}", "a"), "b:1");
	assert_string_equal(value_of("a=1 a=2", "a"), "b:1");
}

static void several_are_found_in_one_pass(void **state)
{
	static const struct field_name asked[] = { FIELD_NAME("a"), FIELD_NAME("a.b"),
		FIELD_NAME("c"), FIELD_NAME("a") };
	const char *line = "{\"a\":{\"b\":5},\"c\":6}";
	struct field found[4];

	(void)state;
	assert_int_equal(fields_find(line, strlen(line), asked, 4, found), 4);
	assert_true(field_is(&found[0], "{\"b\":5}", 7));
	assert_true(field_is(&found[1], "5", 1));
	assert_true(field_is(&found[2], "6", 1));
	assert_true(field_is(&found[3], "{\"b\":5}", 7));
	assert_int_equal(fields_find(line, strlen(line), asked, 0, found), 0);
}

static void escapes_are_resolved_in_names_and_values(void **state)
{
	(void)state;
	assert_string_equal(
		value_of("{\"a\":\"\\n\\t\\\"\\\\\\/\\u00e4\\u20ac\\ud83d\\ude00\"}", "a"),
		"s:\n\t\"\\/\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_string_equal(
		value_of("{\"a\":\"\\ud83d x\\uzz\\q\"}", "a"), "s:\xef\xbf\xbd x\\uzz\\q");
	assert_string_equal(value_of("{\"\\u0061b\":1}", "ab"), "b:1");
	assert_string_equal(value_of("{\"x\\\"y\":1,\"y\":2}", "y"), "b:2");
	assert_string_equal(value_of("m=\"a \\\"b\\\" c\" n=1", "m"), "s:a \"b\" c");
	assert_string_equal(value_of("m=\"a \\\"n=2\\\" c\" n=1", "n"), "b:1");
}

static void logfmt_is_found_among_other_words(void **state)
{
	const char *line = "2026 start level=warn msg=\"x y\" empty= q=\"\" http.status=502 last=1";

	(void)state;
	assert_string_equal(value_of(line, "level"), "b:warn");
	assert_string_equal(value_of(line, "msg"), "s:x y");
	assert_string_equal(value_of(line, "empty"), "b:");
	assert_string_equal(value_of(line, "q"), "s:");
	assert_string_equal(value_of(line, "http.status"), "b:502");
	assert_string_equal(value_of(line, "last"), "b:1");
	assert_string_equal(value_of(line, "y"), "-");
	assert_string_equal(value_of(line, "start"), "-");
	assert_string_equal(value_of("=x a=1", "a"), "b:1");
	assert_string_equal(value_of("a==1", "a"), "b:=1");
}

static void a_broken_line_gives_what_stands_before_the_fault(void **state)
{
	const char *whole = "{\"a\":1,\"b\":\"x\\\"\",\"c\":{\"d\":[{}]},\"e\":2}";

	(void)state;
	/* Cut anywhere: never more than what is there. */
	for (size_t length = 0; length <= strlen(whole); length++) {
		char line[64] = "";
		memcpy(line, whole, length);
		const char *a = value_of(line, "a");
		assert_true(length < 6 ? a[0] == '-' : strcmp(a, "b:1") == 0);
		assert_true((strcmp(value_of(line, "b"), "-") == 0) == (length < 16));
		assert_true((strcmp(value_of(line, "e"), "-") == 0) == (length < 37));
	}
	assert_string_equal(value_of("{\"a\" 1}", "a"), "-");
	assert_string_equal(value_of("{\"a\":}", "a"), "-");
	assert_string_equal(value_of("{a:1}", "a"), "-");
	assert_string_equal(value_of("{\"b\":[1}],\"a\":1}", "a"), "-");
	assert_string_equal(value_of("[{\"a\":1}]", "a"), "-");
	assert_string_equal(value_of("", "a"), "-");
}

static void nesting_without_end_is_passed_over(void **state)
{
	char line[4096] = "", *at = line;

	(void)state;
	for (int i = 0; i < 500; i++)
		at = stpcpy(at, "{\"a\":");
	stpcpy(at, "1");
	assert_string_equal(value_of(line, "b"), "-");
	assert_string_equal(value_of(line, "a.a.a"), "-");
}

static enum level level(const char *line)
{
	return level_of_line(line, strlen(line));
}

static void a_line_says_how_serious_it_is(void **state)
{
	(void)state;
	assert_int_equal(level("ERROR: x"), LEVEL_ERROR);
	assert_int_equal(level("INFO: ERROR: x"), LEVEL_INFO);
	assert_int_equal(level("error: x"), LEVEL_ERROR);
	assert_int_equal(level("2026-11-22 07:00:00,123 WARNING x"), LEVEL_WARN);
	assert_int_equal(level("[warn] x"), LEVEL_WARN);
	assert_int_equal(level("x (debug) y"), LEVEL_DEBUG);
	assert_int_equal(level("x |info| y"), LEVEL_INFO);
	assert_int_equal(level("<notice> y"), LEVEL_NOTICE);
	assert_int_equal(level("<11>Nov 22 07:00:00 host x"), LEVEL_ERROR);
	assert_int_equal(level("<191>x"), LEVEL_DEBUG);
	assert_int_equal(level("<192>x"), LEVEL_NONE);
	assert_int_equal(level("E1122 07:00:00.1 x.go:1] y"), LEVEL_ERROR);
	assert_int_equal(level("W1122 07:00:00.1 x.go:1] y"), LEVEL_WARN);
	assert_int_equal(level("host app[1]: CRITICAL disk"), LEVEL_FATAL);
	assert_int_equal(level("{\"level\":30}"), LEVEL_INFO);
	assert_int_equal(level("{\"level\":\"Warn\"}"), LEVEL_WARN);
	assert_int_equal(level("{\"log\":{\"level\":\"err\"}}"), LEVEL_ERROR);
	assert_int_equal(level("{\"PRIORITY\":\"3\"}"), LEVEL_ERROR);
	assert_int_equal(level("ts=1 lvl=trace msg=\"ERROR: x\""), LEVEL_TRACE);
}

static void a_line_that_does_not_say_has_no_level(void **state)
{
	(void)state;
	assert_int_equal(level(""), LEVEL_NONE);
	assert_int_equal(level("an error happened"), LEVEL_NONE);
	assert_int_equal(level("no error here: really"), LEVEL_NONE);
	assert_int_equal(level("MY_ERROR_CODE and ERROR2 and X-ERROR"), LEVEL_NONE);
	assert_int_equal(level("ERRORS: 5"), LEVEL_NONE);
	assert_int_equal(level("errorlog: x"), LEVEL_NONE);
	assert_int_equal(level("{\"msg\":\"ERROR: x\"}"), LEVEL_NONE);
	assert_int_equal(level("{\"level\":8}"), LEVEL_NONE);
	assert_int_equal(level("E11x2 07:00:00"), LEVEL_NONE);
}

/* Levels as letters, from trace to fatal. */
static const char *mask(const char *text)
{
	static char letters[8];
	unsigned int bits = level_mask(text);
	size_t n = 0;

	for (unsigned int i = LEVEL_TRACE; i <= LEVEL_FATAL; i++)
		if (bits >> i & 1)
			letters[n++] = " tdinwef"[i];
	letters[n] = '\0';
	return letters;
}

static void conditions_on_levels_are_read(void **state)
{
	(void)state;
	assert_string_equal(mask("warn"), "wef");
	assert_string_equal(mask(">=warn"), "wef");
	assert_string_equal(mask(">= WARNING "), "wef");
	assert_string_equal(mask(">warn"), "ef");
	assert_string_equal(mask("<=debug"), "td");
	assert_string_equal(mask("<debug"), "t");
	assert_string_equal(mask("=info"), "i");
	assert_string_equal(mask("==info"), "i");
	assert_string_equal(mask("!=info"), "tdnwef");
	assert_string_equal(mask("=debug,error"), "def");
	assert_string_equal(mask(">=40"), "wef");
	assert_string_equal(mask("4"), "wef");
	assert_string_equal(mask("=3"), "e");
	static const char *const bad[] = { "", "foo", ">", "warn,", ",warn", "warn error", ">>warn",
		"8", "1000", "<trace", ">fatal", "=warn x" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(level_mask(bad[i]), 0);
}

static bool holds(const char *condition, const char *line)
{
	struct where *where = NULL;
	struct text why = { 0 };
	size_t column;

	if (where_new(&where, condition, &why, &column) < 0)
		fail_msg("%s: %zu: %s", condition, column, why.bytes);
	bool result = where_holds(where, line, strlen(line));
	/* A second look gives the same. */
	assert_int_equal(where_holds(where, line, strlen(line)), result);
	where_free(where);
	text_done(&why);
	return result;
}

static void comparisons_are_of_numbers_levels_or_bytes(void **state)
{
	const char *line =
		"{\"n\":10,\"f\":2.5,\"s\":\"abc\",\"level\":\"warn\",\"u\":\"a\\\"b\","
		"\"ok\":true,\"no\":false,\"nil\":null,\"neg\":-3,\"ts\":\"2026-11-22T07:00:00Z\"}";

	(void)state;
	assert_true(holds("n=10", line) && holds("n==10.0", line) && holds("n>9", line));
	assert_true(holds("n<=10", line) && holds("n!=9", line) && holds("n<1e2", line));
	assert_false(holds("n<9", line) || holds("n=1", line) || holds("n>10", line));
	assert_true(holds("f>2", line) && holds("f<2.51", line) && holds("neg<-2", line));
	assert_true(holds("s=abc", line) && holds("s='abc'", line) && holds("s<abd", line));
	assert_true(holds("s^=ab", line) && holds("s$=bc", line) && holds("s*=b", line));
	assert_false(holds("s^=bc", line) || holds("s$=ab", line) || holds("s*=x", line));
	assert_true(holds("level>=warn", line) && holds("level<error", line));
	assert_true(holds("level=WARNING", line) && holds("level!=40", line));
	assert_true(holds("u=\"a\\\"b\"", line) && holds("u*='\"'", line));
	assert_true(holds("ok", line) && holds("n", line) && !holds("no", line));
	assert_true(!holds("nil", line) && !holds("absent", line));
	assert_true(holds("ts>=2026-11-22T06:59", line) && holds("ts<2026-11-23", line));
	assert_true(holds("s>9", line) && !holds("n=ten", line));
}

static void what_is_said_of_a_missing_field_does_not_hold(void **state)
{
	static const char *const signs[] = { "=", "!=", "<", "<=", ">", ">=", "^=", "$=", "*=" };
	char condition[32];

	(void)state;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		strcpy(condition, "x");
		strcat(strcat(condition, signs[i]), "5");
		assert_false(holds(condition, "{\"y\":5}"));
	}
	assert_true(holds("not x=5", "{\"y\":5}"));
	assert_true(holds("not x", "y=5"));
}

static void and_binds_closer_than_or_and_not_closest(void **state)
{
	/* All lines of three fields against conditions that C computes as well. */
	(void)state;
	for (int i = 0; i < 8; i++) {
		bool a = i & 1, b = i & 2, c = i & 4;
		char line[64];
		strcpy(line, a ? "a=1 " : "a=0 ");
		strcat(line, b ? "b=1 " : "b=0 ");
		strcat(line, c ? "c=1" : "c=0");
		assert_int_equal(holds("a=1 or b=1 and c=1", line), a || (b && c));
		assert_int_equal(holds("(a=1 or b=1) and c=1", line), (a || b) && c);
		assert_int_equal(holds("not a=1 and b=1", line), !a && b);
		assert_int_equal(holds("not(a=1 and b=1)or c=1", line), !(a && b) || c);
		assert_int_equal(holds("not not a=1", line), a);
		assert_int_equal(
			holds("a=1 and b=1 or not c=1 and a=1", line), (a && b) || (!c && a));
		assert_int_equal(holds("((a=1))", line), a);
	}
}

static void a_wrong_condition_says_where(void **state)
{
	static const struct {
		const char *text;
		size_t column;
	} bad[] = {
		{ "", 1 },
		{ "  ", 3 },
		{ "a=", 3 },
		{ "a= ", 4 },
		{ "=5", 1 },
		{ "(a", 1 },
		{ "a)", 2 },
		{ "a b", 3 },
		{ "a and", 6 },
		{ "or a", 4 },
		{ "a='x", 3 },
		{ "'x", 1 },
		{ "a=1 (b)", 5 },
		{ "(a=1 b)", 6 },
		{ "not", 4 },
		{ "a=1 and and b=1", 13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct where *where = NULL;
		struct text why = { 0 };
		size_t column = 0;
		int r = where_new(&where, bad[i].text, &why, &column);
		if (r != -EINVAL || column != bad[i].column || why.length == 0)
			fail_msg("'%s': %d at %zu: %s", bad[i].text, r, column,
				why.bytes ? why.bytes : "nothing said");
		text_done(&why);
	}
}

static void conditions_nest_only_so_deep(void **state)
{
	char text[4096] = "";
	struct where *where = NULL;
	struct text why = { 0 };
	size_t column;

	(void)state;
	memset(text, '(', 2000);
	assert_int_equal(where_new(&where, text, &why, &column), -EINVAL);
	text_done(&why);
}

static void a_condition_may_ask_for_many_fields_but_not_for_any_number(void **state)
{
	char text[2048] = "f0";
	struct where *where = NULL;
	struct text why = { 0 };
	size_t column;

	(void)state;
	for (int i = 1; i < FIELDS_MOST; i++) {
		char more[32];
		snprintf(more, sizeof more, " or f%d", i);
		strcat(text, more);
	}
	assert_int_equal(where_new(&where, text, &why, &column), 0);
	assert_true(where_holds(where, "f63=1", 5));
	where_free(where);
	strcat(text, " or g");
	assert_int_equal(where_new(&where, text, &why, &column), -EINVAL);
	text_done(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_found_wherever_it_stands),
		cmocka_unit_test(a_dot_leads_inwards_or_is_a_dot),
		cmocka_unit_test(the_first_of_two_counts),
		cmocka_unit_test(several_are_found_in_one_pass),
		cmocka_unit_test(escapes_are_resolved_in_names_and_values),
		cmocka_unit_test(logfmt_is_found_among_other_words),
		cmocka_unit_test(a_broken_line_gives_what_stands_before_the_fault),
		cmocka_unit_test(nesting_without_end_is_passed_over),
		cmocka_unit_test(a_line_says_how_serious_it_is),
		cmocka_unit_test(a_line_that_does_not_say_has_no_level),
		cmocka_unit_test(conditions_on_levels_are_read),
		cmocka_unit_test(comparisons_are_of_numbers_levels_or_bytes),
		cmocka_unit_test(what_is_said_of_a_missing_field_does_not_hold),
		cmocka_unit_test(and_binds_closer_than_or_and_not_closest),
		cmocka_unit_test(a_wrong_condition_says_where),
		cmocka_unit_test(conditions_nest_only_so_deep),
		cmocka_unit_test(a_condition_may_ask_for_many_fields_but_not_for_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
