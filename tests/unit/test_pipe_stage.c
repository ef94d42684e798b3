/* SPDX-License-Identifier: MIT */
/* Stages as they are written: words, redirections, options, and what is refused where. */
#include "pipe/stage.h"

#include <brood/brood.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST_WORDS 6

static void expect_words(const char *text, const char *const *words)
{
	struct pipe_problem problem = { 0 };
	struct pipe_stage stage;
	size_t n = 0;

	if (pipe_stage_read(text, &stage, &problem) != 0)
		fail_msg("%s: column %zu: %s", text, problem.column, problem.text.bytes);
	for (; words[n]; n++) {
		if (n >= stage.n_argv)
			fail_msg("%s: word %zu is missing", text, n);
		assert_string_equal(stage.argv[n], words[n]);
	}
	assert_int_equal(stage.n_argv, n);
	assert_null(stage.argv[n]);
	pipe_stage_done(&stage);
}

static void a_text_is_split_as_a_shell_does_it(void **state)
{
	static const struct {
		const char *text;
		const char *words[MOST_WORDS];
	} cases[] = {
		{ "cat", { "cat" } },
		{ "  zcat \t big.gz  ", { "zcat", "big.gz" } },
		{ "grep -F 'a b'", { "grep", "-F", "a b" } },
		{ "a\"b c\"'d'e", { "ab cde" } },
		{ "a ''", { "a", "" } },
		{ "a \"\" b", { "a", "", "b" } },
		{ "a\\ b", { "a b" } },
		{ "a \\\nb", { "a", "b" } },
		{ "a\\\nb", { "ab" } },
		{ "a \"x\\\ny\"", { "a", "xy" } },
		{ "\ncat\n \n", { "cat" } },
		{ "a \"\\$x \\` \\\" \\\\ \\n\"", { "a", "$x ` \" \\ \\n" } },
		{ "a '\\n'", { "a", "\\n" } },
		{ "ssh host cat \\> b.tzst", { "ssh", "host", "cat", ">", "b.tzst" } },
		{ "a 2", { "a", "2" } },
		{ "a '|' \"&&\" \\;", { "a", "|", "&&", ";" } },
		{ "'[' -f x ]", { "[", "-f", "x", "]" } },
		{ "[ -f x ]", { "[", "-f", "x", "]" } },
		{ "'A=b' c", { "A=b", "c" } },
		{ "./A=b c", { "./A=b", "c" } },
		{ "cmd A=b", { "cmd", "A=b" } },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_words(cases[i].text, cases[i].words);
}

static void nothing_is_expanded(void **state)
{
	static const struct {
		const char *text;
		const char *words[MOST_WORDS];
	} cases[] = {
		{ "echo $HOME ${x} \"$y\"", { "echo", "$HOME", "${x}", "$y" } },
		{ "ls *.c ?? [a-z]", { "ls", "*.c", "??", "[a-z]" } },
		{ "ls ~ ~root", { "ls", "~", "~root" } },
		{ "echo {a,b} !x #y", { "echo", "{a,b}", "!x", "#y" } },
		{ "echo \"`x` $(y)\"", { "echo", "`x` $(y)" } },
		{ "grep end$", { "grep", "end$" } },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_words(cases[i].text, cases[i].words);
}

static void what_a_shell_would_act_on_is_refused_where_it_stands(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *says;
	} cases[] = {
		{ "a | b", 3, "| stands unquoted: each stage is an argument" },
		{ "a|b", 2, "| stands" },
		{ "a && b", 3, "&& stands unquoted" },
		{ "a || b", 3, "|| stands unquoted" },
		{ "a &", 3, "& stands unquoted" },
		{ "a; b", 2, "; stands unquoted" },
		{ "a ;; b", 3, "; stands unquoted" },
		{ "a (b)", 3, "( stands unquoted" },
		{ "a b)", 4, ") stands unquoted" },
		{ "a $(b)", 4, "( stands unquoted" },
		{ "a `b`", 3, "` stands unquoted" },
		{ "a\nb", 2, "a line ends here" },
		{ "a \n b", 3, "a line ends here" },
		{ "a 'b", 3, "' is never closed" },
		{ "a \"b\\\"", 3, "\" is never closed" },
		{ "a b\\", 4, "\\ has nothing behind it" },
		{ "", 1, "there is no command" },
		{ "   ", 4, "there is no command" },
		{ "<x", 1, "there is no command" },
		{ "[ok=1]", 1, "there is no command" },
		{ "LC_ALL=C sort", 1, "LC_ALL=...: a variable is set with [env.LC_ALL=...]" },
		{ "  X=1", 3, "X=...: a variable" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pipe_problem problem = { 0 };
		struct pipe_stage stage;
		if (pipe_stage_read(cases[i].text, &stage, &problem) != -EINVAL)
			fail_msg("%s: accepted", cases[i].text);
		if (problem.column != cases[i].column ||
			strncmp(problem.text.bytes, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s: column %zu: %s", cases[i].text, problem.column,
				problem.text.bytes);
		assert_null(stage.argv);
		text_done(&problem.text);
	}
}

static const char *or_none(const char *string)
{
	return string ? string : "(none)";
}

static void redirections_are_those_of_a_shell(void **state)
{
	static const struct {
		const char *text;
		const char *in, *out, *err;
		enum pipe_err kind;
		bool out_is_appended, err_is_appended;
	} cases[] = {
		{ "a <x", "x", NULL, NULL, PIPE_ERR_INHERIT, false, false },
		{ "a < x >y", "x", "y", NULL, PIPE_ERR_INHERIT, false, false },
		{ "<x a", "x", NULL, NULL, PIPE_ERR_INHERIT, false, false },
		{ "a 0<x", "x", NULL, NULL, PIPE_ERR_INHERIT, false, false },
		{ "a >y", NULL, "y", NULL, PIPE_ERR_INHERIT, false, false },
		{ "a>y", NULL, "y", NULL, PIPE_ERR_INHERIT, false, false },
		{ "a 1>y", NULL, "y", NULL, PIPE_ERR_INHERIT, false, false },
		{ "a >> 'y z'", NULL, "y z", NULL, PIPE_ERR_INHERIT, true, false },
		{ "a 2>e", NULL, NULL, "e", PIPE_ERR_FILE, false, false },
		{ "a 2>>e", NULL, NULL, "e", PIPE_ERR_FILE, false, true },
		{ "a 2>&1", NULL, NULL, NULL, PIPE_ERR_JOIN, false, false },
		{ "a >y 2>&1", NULL, "y", NULL, PIPE_ERR_JOIN, false, false },
		{ "[err=join] a >y", NULL, "y", NULL, PIPE_ERR_JOIN, false, false },
		{ "a 2>&1 <x", "x", NULL, NULL, PIPE_ERR_JOIN, false, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pipe_problem problem = { 0 };
		struct pipe_stage stage;
		if (pipe_stage_read(cases[i].text, &stage, &problem) != 0)
			fail_msg("%s: %s", cases[i].text, problem.text.bytes);
		assert_int_equal(stage.n_argv, 1);
		assert_string_equal(stage.argv[0], "a");
		assert_string_equal(or_none(stage.in_path), or_none(cases[i].in));
		assert_string_equal(or_none(stage.out_path), or_none(cases[i].out));
		assert_string_equal(or_none(stage.err_path), or_none(cases[i].err));
		assert_int_equal(stage.err, cases[i].kind);
		assert_int_equal(stage.out_is_appended, cases[i].out_is_appended);
		assert_int_equal(stage.err_is_appended, cases[i].err_is_appended);
		pipe_stage_done(&stage);
	}
}

static void other_redirections_are_refused_where_they_stand(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *says;
	} cases[] = {
		{ "a <<x", 3, "<< is no redirection" },
		{ "a <>x", 3, "<> is no redirection" },
		{ "a <&3", 3, "<& is no redirection" },
		{ "a >|x", 3, ">| is no redirection" },
		{ "a >&2", 3, ">& is no redirection" },
		{ "a 1>&2", 3, "1>& is no redirection" },
		{ "a 2>&3", 3, "2>& is no redirection" },
		{ "a 2>&12", 3, "2>& is no redirection" },
		{ "a 2>>&1", 3, "2>>& is no redirection" },
		{ "a 3>x", 3, "3> is no redirection" },
		{ "a 12>x", 3, "12> is no redirection" },
		{ "a 2<x", 3, "2< is no redirection" },
		{ "a 0>x", 3, "0> is no redirection" },
		{ "a >(b)", 3, ">( is no redirection" },
		{ "a &>x", 3, "& stands unquoted" },
		{ "a >", 3, ">: no file is named behind it" },
		{ "a > ;", 3, "> : no file is named" },
		{ "a 2> ", 3, "2> : no file is named" },
		{ "a >''", 4, "the name of the file is empty" },
		{ "a <x <y", 6, "input is redirected twice" },
		{ "a >x >>y", 6, "output is redirected twice" },
		{ "a 2>x 2>&1", 7, "standard error is redirected twice" },
		{ "[err=drop] a 2>x", 14, "standard error is redirected twice" },
		{ "a 2>&1 >x", 8, "> behind 2>&1" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pipe_problem problem = { 0 };
		struct pipe_stage stage;
		if (pipe_stage_read(cases[i].text, &stage, &problem) != -EINVAL)
			fail_msg("%s: accepted", cases[i].text);
		if (problem.column != cases[i].column ||
			strncmp(problem.text.bytes, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s: column %zu: %s", cases[i].text, problem.column,
				problem.text.bytes);
		text_done(&problem.text);
	}
}

static void all_options_of_a_stage_are_read(void **state)
{
	struct pipe_problem problem = { 0 };
	struct pipe_stage stage;

	(void)state;
	assert_int_equal(
		pipe_stage_read("[name='my errors' ok=0,1,255 t=1m30s buf=1M mem=64M err=drop "
				"cwd=/srv env.LC_ALL=C\tenv.X=\"a ] b\" retry=3] grep x",
			&stage, &problem),
		0);
	assert_string_equal(stage.name, "my errors");
	assert_int_equal(stage.n_ok_codes, 3);
	assert_int_equal(stage.ok_codes[2], 255);
	assert_int_equal(stage.timeout, 90 * BROOD_SECOND);
	assert_int_equal(stage.buffer, 1 << 20);
	assert_int_equal(stage.memory, 64 << 20);
	assert_int_equal(stage.err, PIPE_ERR_DROP);
	assert_string_equal(stage.dir, "/srv");
	assert_int_equal(stage.n_env, 2);
	assert_string_equal(stage.env[0], "LC_ALL=C");
	assert_string_equal(stage.env[1], "X=a ] b");
	assert_null(stage.env[2]);
	assert_int_equal(stage.retry, 3);
	assert_int_equal(stage.n_argv, 2);
	pipe_stage_done(&stage);

	assert_int_equal(pipe_stage_read("[t=off err=e.log]x", &stage, &problem), 0);
	assert_int_equal(stage.timeout, 0);
	assert_int_equal(stage.err, PIPE_ERR_FILE);
	assert_string_equal(stage.err_path, "e.log");
	assert_string_equal(stage.argv[0], "x");
	pipe_stage_done(&stage);
	assert_int_equal(pipe_stage_read("[] x", &stage, &problem), 0);
	pipe_stage_done(&stage);
}

static void wrong_options_of_a_stage_are_refused_where_they_stand(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *says;
	} cases[] = {
		{ "[ok=0", 1, "[ is never closed" },
		{ "[ok=0 x", 7, "x: an option of a stage is NAME=value" },
		{ "[ok] x", 2, "ok: an option of a stage is NAME=value" },
		{ "[ok=] x", 5, "ok= is no list of exit codes" },
		{ "[ok=1,] x", 5, "ok=1, is no list" },
		{ "[ok=256] x", 5, "ok=256 is no list" },
		{ "[ok=-1] x", 5, "ok=-1 is no list" },
		{ "[ok=0x1] x", 5, "ok=0x1 is no list" },
		{ "[name=] x", 7, "name= is empty" },
		{ "[cwd=''] x", 6, "cwd= is empty" },
		{ "[err=] x", 6, "err= is empty" },
		{ "[t=5x] x", 4, "t=5x is no duration" },
		{ "[t=99999999999d] x", 4, "t=99999999999d is too long a time" },
		{ "[buf=0] x", 6, "buf=0 is no size" },
		{ "[buf=3G] x", 6, "buf=3G is too large" },
		{ "[buf=mem] x", 6, "buf=mem: say how much" },
		{ "[mem=x] x", 6, "mem=x is no size" },
		{ "[mem=99E] x", 6, "mem=99E is too large" },
		{ "[retry=-1] x", 8, "retry=-1 is no number of retries" },
		{ "[retry=1000001] x", 8, "retry=1000001 is no number" },
		{ "[ok=0 ok=1] x", 7, "ok= is given twice" },
		{ "[env.A=1 env.A=2] x", 10, "env.A is given twice" },
		{ "[env.=1] x", 2, "env.: the variable has no name" },
		{ "[timeout=1] x", 2, "timeout is no option of a stage; did you mean t=?" },
		{ "[nmae=1] x", 2, "nmae is no option of a stage; did you mean name=?" },
		{ "[zzz=1] x", 2, "zzz is no option of a stage (accepted: name= ok=" },
		{ "[name='x] y", 7, "' is never closed" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pipe_problem problem = { 0 };
		struct pipe_stage stage;
		if (pipe_stage_read(cases[i].text, &stage, &problem) != -EINVAL)
			fail_msg("%s: accepted", cases[i].text);
		if (problem.column != cases[i].column ||
			strncmp(problem.text.bytes, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s: column %zu: %s", cases[i].text, problem.column,
				problem.text.bytes);
		text_done(&problem.text);
	}
}

static void words_that_a_shell_has_split_are_taken_as_they_are(void **state)
{
	static char options[] = "[ok=0,1 name=x]", program[] = "grep", word[] = "a | > $x";
	static char other[] = "[ok=0] y", bracket[] = "[";
	char *words[] = { options, program, word };
	char *joined[] = { other, program };
	char *test[] = { bracket, word };
	struct pipe_problem problem = { 0 };
	struct pipe_stage stage;

	(void)state;
	assert_int_equal(pipe_stage_read_words(words, 3, &stage, &problem), 0);
	assert_int_equal(stage.n_ok_codes, 2);
	assert_int_equal(stage.n_argv, 2);
	assert_string_equal(stage.argv[1], word);
	pipe_stage_done(&stage);
	assert_int_equal(pipe_stage_read_words(words + 1, 2, &stage, &problem), 0);
	assert_string_equal(stage.argv[0], "grep");
	pipe_stage_done(&stage);
	assert_int_equal(pipe_stage_read_words(test, 2, &stage, &problem), 0);
	assert_string_equal(stage.argv[0], "[");
	pipe_stage_done(&stage);
	assert_int_equal(pipe_stage_read_words(joined, 2, &stage, &problem), -EINVAL);
	assert_int_equal(problem.column, 7);
	assert_int_equal(pipe_stage_read_words(words, 1, &stage, &problem), -EINVAL);
	assert_int_equal(pipe_stage_read_words(words, 0, &stage, &problem), -EINVAL);
	text_done(&problem.text);
}

static void bars_separate_the_stages_of_a_branch(void **state)
{
	struct pipe_problem problem = { 0 };
	struct pipe_line line;
	size_t bad = 0;

	(void)state;
	assert_int_equal(
		pipe_line_read("[name=s] sort|uniq -c '|' | cat > x", &line, &bad, &problem), 0);
	assert_int_equal(line.n, 3);
	assert_string_equal(line.stages[0].name, "s");
	assert_int_equal(line.stages[1].n_argv, 3);
	assert_string_equal(line.stages[1].argv[2], "|");
	assert_string_equal(line.stages[2].out_path, "x");
	pipe_line_done(&line);
	assert_int_equal(pipe_line_read("a | b ; c", &line, &bad, &problem), -EINVAL);
	assert_int_equal(bad, 1);
	assert_int_equal(problem.column, 7);
	assert_int_equal(pipe_line_read("a | | c", &line, &bad, &problem), -EINVAL);
	assert_int_equal(bad, 1);
	assert_int_equal(problem.column, 5);
	assert_int_equal(pipe_line_read("a |", &line, &bad, &problem), -EINVAL);
	assert_int_equal(pipe_line_read("a || b", &line, &bad, &problem), -EINVAL);
	assert_int_equal(problem.column, 3);
	assert_int_equal(line.n, 0);
	text_done(&problem.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_split_as_a_shell_does_it),
		cmocka_unit_test(nothing_is_expanded),
		cmocka_unit_test(what_a_shell_would_act_on_is_refused_where_it_stands),
		cmocka_unit_test(redirections_are_those_of_a_shell),
		cmocka_unit_test(other_redirections_are_refused_where_they_stand),
		cmocka_unit_test(all_options_of_a_stage_are_read),
		cmocka_unit_test(wrong_options_of_a_stage_are_refused_where_they_stand),
		cmocka_unit_test(words_that_a_shell_has_split_are_taken_as_they_are),
		cmocka_unit_test(bars_separate_the_stages_of_a_branch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
