/* SPDX-License-Identifier: MIT */
/* Files of variables. */

#include "common/env_file.h"
#include "common/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Each entry in angle brackets. */
static void collect(void *data, const char *entry)
{
	text_format(data, "<%s>", entry);
}

static void check(const char *file, const char *expected)
{
	struct env_file_error error = { 0 };
	struct text text = { 0 };

	text_add(&text, "", 0);
	int r = env_file_parse(file, strlen(file), collect, &text, &error);
	if (r != 0)
		fail_msg("%zu:%zu: %s", error.line, error.column, error.what);
	assert_string_equal(text.bytes, expected);
	text_done(&text);
}

static void check_bad(const char *file, size_t line, size_t column, const char *part)
{
	struct env_file_error error = { 0 };
	struct text text = { 0 };

	assert_int_equal(env_file_parse(file, strlen(file), collect, &text, &error), -EINVAL);
	if (error.line != line || error.column != column || !strstr(error.what, part))
		fail_msg("%zu:%zu: %s", error.line, error.column, error.what);
	text_done(&text);
}

static void plain_lines_set_variables(void **state)
{
	(void)state;
	check("", "");
	check("A=1", "<A=1>");
	check("A=1\nB=2\n", "<A=1><B=2>");
	check("A=\n", "<A=>");
	check("  A=b c  \n", "<A=b c>");
	check("A= b\n", "<A=b>");
	check("A=1\r\nB=2\r\n", "<A=1><B=2>");
	check("\xef\xbb\xbf"
	      "A=1\n",
		"<A=1>");
	check("a.b-c_1=x=y\n", "<a.b-c_1=x=y>");
	check("A=$HOME `x` \\n\n", "<A=$HOME `x` \\n>");
}

static void comments_and_empty_lines_go(void **state)
{
	(void)state;
	check("# x\n\n   \n\t# y\nA=1\n#", "<A=1>");
	check("A=1 # x\n", "<A=1>");
	check("A=1#x\n", "<A=1#x>");
	check("A=#x\n", "<A=#x>");
	check("A= #x\n", "<A=>");
	check("A='#' # x\n", "<A=#>");
}

static void the_word_export_is_passed_over(void **state)
{
	(void)state;
	check("export A=1\n", "<A=1>");
	check("export\tA\n", "<A>");
	check("export=1\n", "<export=1>");
	check("export\n", "<export>");
	check("export # a comment\n", "<export>");
	check("exporter=1\n", "<exporter=1>");
	check("export export=1\n", "<export=1>");
}

static void quotes_hold_values_together(void **state)
{
	(void)state;
	check("A='x \"y\" $z \\n '\n", "<A=x \"y\" $z \\n >");
	check("A=\"x\\ty\\n\\\"q\\\" \\\\ \\$z \\q 'w'\"\n", "<A=x\ty\n\"q\" \\ $z \\q 'w'>");
	check("A='one\ntwo'\nB=1\n", "<A=one\ntwo><B=1>");
	check("A=\"\"\nB=''\n", "<A=><B=>");
	check("A=x'y'\n", "<A=x'y'>");
}

static void a_name_alone_is_kept(void **state)
{
	(void)state;
	check("A\nB # x\n", "<A><B>");
}

static void errors_say_where(void **state)
{
	(void)state;
	check_bad("A=1\n=2\n", 2, 1, "name is missing");
	check_bad("A=1\n  1A=2\n", 2, 3, "cannot begin");
	check_bad("A B=1\n", 1, 3, "followed by =");
	check_bad("A =1\n", 1, 3, "followed by =");
	check_bad("A='x\ny\n", 1, 3, "never closed");
	check_bad("A=1\nB=\"x\\\"\n", 2, 3, "never closed");
	check_bad("A='x'y\n", 1, 6, "closing quote");
	check_bad("A='x\ny'z\n", 2, 3, "closing quote");
	check_bad("A=1\nB#x\n", 2, 2, "followed by =");
}

static void a_nul_byte_is_refused(void **state)
{
	static const char file[] = "A=1\nB=x\0y\nC=1\n";
	struct env_file_error error = { 0 };
	struct text text = { 0 };

	(void)state;
	assert_int_equal(env_file_parse(file, sizeof file - 1, collect, &text, &error), -EINVAL);
	assert_int_equal(error.line, 2);
	assert_string_equal(text.bytes, "<A=1>");
	text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_lines_set_variables),
		cmocka_unit_test(comments_and_empty_lines_go),
		cmocka_unit_test(the_word_export_is_passed_over),
		cmocka_unit_test(quotes_hold_values_together),
		cmocka_unit_test(a_name_alone_is_kept),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(a_nul_byte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
