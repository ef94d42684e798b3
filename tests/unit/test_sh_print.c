/* SPDX-License-Identifier: MIT */
/* Trees as shell text, which is parsed again to the same tree. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sh_kit.h"

static void expect(const char *bytes, const char *wanted)
{
	struct shell sh;
	struct text trees = { 0 };
	struct text printed = { 0 };
	struct text again = { 0 };
	struct text printed_again = { 0 };

	kit_begin(&sh);
	assert_true(kit_parse(&sh, bytes, strlen(bytes), &trees, &printed));
	assert_string_equal(printed.bytes, wanted);
	assert_true(kit_parse(&sh, printed.bytes, printed.length, &again, &printed_again));
	assert_string_equal(again.bytes, trees.bytes);
	assert_string_equal(printed_again.bytes, printed.bytes);
	kit_end(&sh);
	text_done(&trees);
	text_done(&printed);
	text_done(&again);
	text_done(&printed_again);
}

static void expect_short(const char *bytes, const char *wanted)
{
	struct shell sh;
	struct text text = { 0 };
	struct program *program;

	kit_begin(&sh);
	struct source *source = source_new(SOURCE_STRING, "test", NULL, 0);
	assert_int_equal(parse_string(&sh, source, bytes, strlen(bytes), &program), PARSED);
	print_node_short(&text, program->body);
	assert_string_equal(text.bytes, wanted);
	program_drop(program);
	source_drop(source);
	text_done(&text);
	kit_end(&sh);
}

static void words_keep_their_quotes(void **state)
{
	(void)state;
	expect("a'b c'\"d\"\\e", "a'b cde'\n");
	expect("\"a $b\"c", "\"a $b\"c\n");
	expect("\"$a\"\"b\"", "\"$a\"'b'\n");
	expect("''\"$a\"", "''\"$a\"\n");
	expect("$\"x\"", "$\"x\"\n");
	expect("$`a \\`b\\``", "$`a \\$(b)`\n");
	expect("\"it's\"", "'it'\\''s'\n");
	expect("\"${x-a\\}\"b\"}\"", "\"${x-a\\}b}\"\n");
	expect("${x-'a b'}${y#\"$z\"*}", "${x-'a b'}${y#\"$z\"*}\n");
	expect("~/a x=~b", "~/a x=~b\n");
	expect("x=~:~b", "x=~:~b\n");
	expect("\"${x-$a\"b\"}\"", "\"${x-$a\"\"b}\"\n");
	expect("${x/a/b}${!x}${#x}${##}", "${x/a/b}${!x}${#x}${##}\n");
	expect("$((a + $b)) $(( \\$x ))", "$((a + $b)) $(( \\$x ))\n");
}

static void commands_are_indented(void **state)
{
	(void)state;
	expect("if a;then b;elif c;then d;else e;fi",
		"if a; then\n\tb\nelif c; then\n\td\nelse\n\te\nfi\n");
	expect("while a & do b&c;done>d", "while a & do\n\tb &\n\tc\ndone >d\n");
	expect("for x in a b;do c;done", "for x in a b; do\n\tc\ndone\n");
	expect("for x in;do c;done;for x do c;done",
		"for x in; do\n\tc\ndone\nfor x; do\n\tc\ndone\n");
	expect("case a in b|c) d;; (esac);& e) esac",
		"case a in\nb | c)\n\td\n\t;;\n(esac)\n\t;&\ne)\n\t;;\nesac\n");
	expect("f(){ a;b; }", "f() {\n\ta\n\tb\n}\n");
	expect("! a|b&&c||d", "! a | b && c || d\n");
	expect("! ! a|b", "! ! a | b\n");
	expect("((a);b)", "( (a); b)\n");
	expect("$( (a) )", "$( (a))\n");
	expect("a=1 b=2 c >d 2>&1", "a=1 b=2 c >d 2>&1\n");
	expect(">f if a", ">f if a\n");
}

static void here_documents_come_behind_their_line(void **state)
{
	(void)state;
	expect("a <<E; b\n1 $x\nE\n", "a <<E\n1 $x\nE\nb\n");
	expect("a <<'E' && b <<-F\n$x\nE\n\t2\n\tF\n", "a <<'E' && b <<-F\n$x\nE\n2\nF\n");
	expect("x=$(a <<E\n1\nE\n)", "x=$(a <<E\n1\nE\n)\n");
	expect("if a <<E; then b; fi\n1\nE\n", "if a <<E\n1\nE\nthen\n\tb\nfi\n");
	expect("{ a <<E\n1\nE\n} | b", "{\n\ta <<E\n1\nE\n} | b\n");
	expect("a << -E\n1\n-E\n", "a << -E\n1\n-E\n");
	expect("a <<E\n\\$x \\` \"q\" ${x-\"y\"}\nE\n", "a <<E\n\\$x \\` \"q\" ${x-y}\nE\n");
}

static void short_text_is_one_line(void **state)
{
	(void)state;
	expect_short("if a\nthen b & c\nfi | d", "if a; then b & c; fi | d");
	expect_short("a <<E\n1\nE\n", "a <<E...");
	expect_short("f() {\na\n}\n", "f() { a; }");
	expect_short("case a in b) c;; esac", "case a in b) c;; esac");
}

static void strings_are_quoted_if_need_be(void **state)
{
	static const char *const pairs[][2] = { { "a_1-./:", "a_1-./:" }, { "", "''" },
		{ "a b", "'a b'" }, { "it's", "'it'\\''s'" }, { "~", "'~'" }, { "$x", "'$x'" } };

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct text text = { 0 };
		print_quoted(&text, pairs[i][0]);
		assert_string_equal(text.bytes, pairs[i][1]);
		text_done(&text);
	}
	struct text text = { 0 };
	print_always_quoted(&text, "a");
	assert_string_equal(text.bytes, "'a'");
	text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_keep_their_quotes),
		cmocka_unit_test(commands_are_indented),
		cmocka_unit_test(here_documents_come_behind_their_line),
		cmocka_unit_test(short_text_is_one_line),
		cmocka_unit_test(strings_are_quoted_if_need_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
