/* SPDX-License-Identifier: MIT */
/* The front end of the shell: what becomes of text, and what is said of text that is none. */

#include "sh/alias.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sh_kit.h"

/* Parses with aliases "name=value", ending with NULL. */
static void expect_aliased(const char *const *aliases, const char *text, const char *wanted)
{
	struct shell sh;
	struct text trees = { 0 };
	struct text printed = { 0 };

	kit_begin(&sh);
	for (; *aliases; aliases++) {
		const char *equals = strchr(*aliases, '=');
		alias_set(&sh, *aliases, (size_t)(equals - *aliases), equals + 1);
	}
	bool is_good = kit_parse(&sh, text, strlen(text), &trees, &printed);
	assert_string_equal(kit_said, "");
	assert_true(is_good);
	assert_string_equal(trees.bytes ? trees.bytes : "", wanted);
	text_done(&trees);
	text_done(&printed);
	kit_end(&sh);
}

static void expect(const char *text, const char *wanted)
{
	expect_aliased((const char *const[]){ NULL }, text, wanted);
}

static void expect_error(const char *text, const char *wanted)
{
	struct shell sh;
	struct text trees = { 0 };
	struct text printed = { 0 };

	kit_begin(&sh);
	bool is_good = kit_parse(&sh, text, strlen(text), &trees, &printed);
	assert_string_equal(kit_said, wanted);
	assert_false(is_good);
	text_done(&trees);
	text_done(&printed);
	kit_end(&sh);
}

/* ---- words ---- */

static void quotes_make_quoted_literals(void **state)
{
	(void)state;
	expect("a'b c'd", "simple([=<a>q<b c><d>])");
	expect("'a'\"b\"\\c", "simple([=q<abc>])");
	expect("a\\\nb", "simple([=<ab>])");
	expect("''", "simple([=q<>])");
	expect("a\"\"", "simple([=<a>q<>])");
	expect("\"\\a\\$\\`\\\\\\\"\\\n\"", "simple([=q<\\a$`\\\">])");
	expect("'\\'", "simple([=q<\\>])");
	expect("\\\xc3\xa9x", "simple([=q<\xc3\xa9><x>])");
	expect("a\\", "simple([=<a>q<\\>])");
	expect("\"$x\"", "simple([q${x bare}])");
	expect("\"\"$x", "simple([q<>${x bare}])");
}

static void dollar_single_quotes_know_their_escapes(void **state)
{
	(void)state;
	expect("$'a\\tb\\n\\'\\\"\\\\'", "simple([=q<a\tb\n'\"\\>])");
	expect("$'\\x41\\102\\e\\a\\b\\f\\r\\v'", "simple([=q<AB\033\a\b\f\r\v>])");
	expect("$'\\cA\\c?\\c\\\\x'", "simple([=q<\001\177\034x>])");
	expect("$'\\xzz\\q'", "simple([=q<\\xzz\\q>])");
	expect("$'a\\0b'c", "simple([=q<a><c>])");
	expect("\"$'a'\"", "simple([=q<$'a'>])");
}

static void words_that_cannot_change_are_literal(void **state)
{
	(void)state;
	expect("a* 'a*' [ [a] [a a] \\[a] a?", "simple([*<a*>] [=q<a*>] [=<[>] [*<[a]>] [=<[a>] "
					       "[=<a]>] [=q<[><a]>] [*<a?>])");
	expect("[$x", "simple([*<[>${x bare}])");
}

static void parameters_have_all_their_forms(void **state)
{
	(void)state;
	expect("$x$1$12$?$$", "simple([${x bare}${1 special=01 bare}${1 special=01 bare}<2>"
			      "${? special=?0 bare}${$ special=$0 bare}])");
	expect("${x}${10}${#}${#x}${#10}", "simple([${x}${10 special=010}${# special=#0}"
					   "${x length}${10 special=010 length}])");
	expect("${x-a}${x:-a}${x=a}${x:?}${x+a b}",
		"simple([${x - [=<a>]}${x :- [=<a>]}${x = [=<a>]}${x :?}${x + [=<a b>]}])");
	expect("${x#a}${x##a}${x%a}${x%%a*}",
		"simple([${x # [=<a>]}${x ## [=<a>]}${x % [=<a>]}${x %% [*<a*>]}])");
	expect("${#-}${#-x}${##}${###}${#?}${#%}${#:-x}",
		"simple([${- special=-0 length}${# special=#0 - [=<x>]}${# special=#0 length}"
		"${# special=#0 ##}${? special=?0 length}${# special=#0 %}"
		"${# special=#0 :- [=<x>]}])");
	expect("a$ $% \"$\"", "simple([=<a$>] [=<$%>] [=q<$>])");
	expect("$\\\n{\\\nx\\\n-\\\na\\\n}", "simple([${x - [=<a>]}])");
	expect("$a\\\nb", "simple([${ab bare}])");
}

static void bad_parameters_are_left_to_the_run(void **state)
{
	(void)state;
	expect("${x/a/b}${!x}${x:1:2}${}${x[1]}${#x-a}${x:#a}${x^^}",
		"simple([${x bad [=</a/b>]}${! special=!0 bad [=<x>]}${x :bad [=<1:2>]}${ bad}"
		"${x bad [*<[1]>]}${#x bad [=<-a>]}${x :bad [=<#a>]}${x bad [=<^^>]}])");
}

static void quotes_within_braces_follow_what_is_around(void **state)
{
	(void)state;
	expect("${x-'a}'\"}\"\\}}", "simple([${x - [=q<a}}}>]}])");
	expect("\"${x-'a'\\}\\\"\\a}\"", "simple([q${x - [=q<'a'}\"\\a>]}])");
	expect("\"${x-\"a}\"}\"", "simple([q${x - [=q<a}>]}])");
	expect("\"${x#'a'*}\"", "simple([q${x # [*q<a><*>]}])");
	expect("${x-a\nb;c|d>e#f}", "simple([${x - [=<a\nb;c|d>e#f>]}])");
	expect("${x-${y-${z}}}", "simple([${x - [${y - [${z}]}]}])");
}

static void tildes_stand_where_they_count(void **state)
{
	(void)state;
	expect("~ ~/a ~u/b a~ \\~ ~'u' ~$x '~'",
		"simple([~<>] [~<></a>] [~<u></b>] [=<a~>] [=q<~>] [=<~>q<u>] [<~>${x bare}] "
		"[=q<~>])");
	expect("x=~:~u/a:b~:\\~:~", "simple(x:=[~<><:>~<u></a:b~:>q<~><:>~<>] )");
	expect("echo x=~", "simple([=<echo>] [=<x=~>])");
	expect("export x=~ 'y'=~ z", "declare([=<export>] [<x=>~<>] [=q<y><=~>] [=<z>])");
	expect("command -p readonly x=~:~", "declare([=<command>] [=<-p>] [=<readonly>] "
					    "[<x=>~<><:>~<>])");
	expect("${x-~} ${x#~/a} \"${x-~}\" \"${x#~}\"",
		"simple([${x - [~<>]}] [${x # [~<></a>]}] [q${x - [=q<~>]}] [q${x # [~<>]}])");
}

static void assignments_come_first(void **state)
{
	(void)state;
	expect("a=1 b= c d=2", "simple(a:=[=<1>] b:=[=] [=<c>] [=<d=2>])");
	expect("a=*$x", "simple(a:=[*<*>${x bare}] )");
	expect("a\\=1 'a'=1 1a=2 =3", "simple([=<a>q<=><1>] [=q<a><=1>] [=<1a=2>] [=<=3>])");
	expect(">f a=1 b", "simple(a:=[=<1>] [=<b>] 1>[=<f>])");
	expect("a\\\n=\\\nb", "simple(a:=[=<b>] )");
}

static void substitutions_are_parsed(void **state)
{
	(void)state;
	expect("$(a) \"$(b \"c\")\" $()",
		"simple([$(simple([=<a>]))] [q$(simple([=<b>] [=q<c>]))] [$()])");
	expect("$(case x in a) b;; esac)", "simple([$(case([=<x>] ([=<a>]) simple([=<b>]);;))])");
	expect("$(a # )\n)", "simple([$(simple([=<a>]))])");
	expect("`a \\`b\\` \\$c \\\\`",
		"simple([$(simple([=<a>] [$(simple([=<b>]))] [${c bare}] [=q<\\>]))])");
	expect("\"`a \\\"b c\\\"`\"", "simple([q$(simple([=<a>] [=q<b c>]))])");
	expect("`a \"b\"`", "simple([$(simple([=<a>] [=q<b>]))])");
	expect("$(\n\na\n\n)", "simple([$(simple([=<a>]))])");
}

static void arithmetic_is_told_from_subshells(void **state)
{
	(void)state;
	expect("$((1+2))", "simple([$(([=q<1+2>]))])");
	expect("$(( (1) * $x ))", "simple([$((?[q< (1) * >q${x bare}q< >]))])");
	expect("$((a) )", "simple([$(subshell(simple([=<a>])))])");
	expect("$((a); (b))", "simple([$(subshell(simple([=<a>])); subshell(simple([=<b>])))])");
	expect("$(( $((1)) ))", "simple([$((?[q< >q$(([=q<1>]))q< >]))])");
	expect("$(($((a) )))", "simple([$((?[q$(subshell(simple([=<a>])))]))])");
	expect("$((echo \"(\"); b)\n", "simple([$(subshell(simple([=<echo>] [=q<(>])); "
				       "simple([=<b>]))])");
	expect("$\\\n(\\\n(1)\\\n)", "simple([$(([=q<1>]))])");
	expect("$(())", "simple([$(([=]))])");
	/* As POSIX has it, although it could be read as a substitution. */
	expect_error("echo $((cat <<E\n+(\nE\n))", "1:6: unterminated $(( (opened here)");
}

/* ---- redirections ---- */

static void redirections_have_numbers(void **state)
{
	(void)state;
	expect("a >b 2>&1 <c 0<&- >>d >|e <>f 3<>g >&h",
		"simple([=<a>] 1>[=<b>] 2!>&[=<1>] 0<[=<c>] 0!<&[=<->] 1>>[=<d>] 1>|[=<e>] "
		"0<>[=<f>] 3!<>[=<g>] 1>&[=<h>])");
	expect("a 2 >b 'c'2>d \\2>e", "simple([=<a>] [=<2>] [=q<c><2>] [=q<2>] 1>[=<b>] 1>[=<d>] "
				      "1>[=<e>])");
	expect("2\\\n>\\\n>\\\nb", "simple( 2!>>[=<b>])");
	expect("{ a; } >b", "group(simple([=<a>]) 1>[=<b>])");
}

static void here_documents_follow_their_line(void **state)
{
	(void)state;
	expect("a <<E\nb $x \\$y \\z\nE\nc",
		"simple([=<a>] 0<<[=<E>][q<b >q${x bare}q< $y \\z\n>]); simple([=<c>])");
	expect("a <<'E'\nb $x \\\nE\n", "simple([=<a>] 0<<[=q<E>]raw[=q<b $x \\\n>])");
	expect("a <<-E\n\tb\n\t\tE\nc", "simple([=<a>] 0<<-[=<E>][=q<b\n>]); simple([=<c>])");
	expect("a <<A <<B; c\n1\nA\n2\nB\n",
		"simple([=<a>] 0<<[=<A>][=q<1\n>] 0<<[=<B>][=q<2\n>]); simple([=<c>])");
	expect("a <<E\nE\n", "simple([=<a>] 0<<[=<E>][=])");
	expect("a <<E\nb\\\nE\nE\n", "simple([=<a>] 0<<[=<E>][=q<bE\n>])");
	expect("a <<E\nb\\\\\nE\n", "simple([=<a>] 0<<[=<E>][=q<b\\\n>])");
	expect("a <<E\nE\\\n\n", "simple([=<a>] 0<<[=<E>][=])");
	expect("a << -E\nb\n-E\n", "simple([=<a>] 0<<[=<-E>][=q<b\n>])");
	expect("a <<E && b\nc\nE\n", "simple([=<a>] 0<<[=<E>][=q<c\n>]) && simple([=<b>])");
}

static void here_documents_stand_in_substitutions(void **state)
{
	(void)state;
	expect("$(a <<E\nb)\nE\n)", "simple([$(simple([=<a>] 0<<[=<E>][=q<b)\n>]))])");
	expect("a <<A; $(b <<B\n1\nB\n)\n2\nA\n",
		"simple([=<a>] 0<<[=<A>][=q<2\n>]); simple([$(simple([=<b>] 0<<[=<B>][=q<1\n>]))])");
	expect("a <<E\n$(b <<F\n1\nF\n)\nE\n",
		"simple([=<a>] 0<<[=<E>][q$(simple([=<b>] 0<<[=<F>][=q<1\n>]))q<\n>])");
	expect("`a <<E\nb\nE\n`", "simple([$(simple([=<a>] 0<<[=<E>][=q<b\n>]))])");
	expect("a <<E\n`b \\\"c\\\"`\"\nE\n",
		"simple([=<a>] 0<<[=<E>][q$(simple([=<b>] [=q<c>]))q<\"\n>])");
}

/* 1000 such lines, of 20 characters, with a beginning, in a here-document. */
static void expect_lines(const char *line, const char *beginning, const char *wanted)
{
	struct text text = { 0 };

	text_format(&text, "a <<E\n%s", beginning);
	for (int i = 0; i < 1000; i++)
		text_string(&text, line);
	text_string(&text, "E\n");
	struct shell sh;
	struct text trees = { 0 };
	struct text printed = { 0 };
	kit_begin(&sh);
	assert_true(kit_parse(&sh, text.bytes, text.length, &trees, &printed));
	assert_string_equal(kit_said, "");
	trees.bytes[strlen(wanted)] = '\0';
	assert_string_equal(trees.bytes, wanted);
	if (strstr(wanted, "text"))
		assert_string_equal(printed.bytes, text.bytes);
	text_done(&trees);
	text_done(&printed);
	text_done(&text);
	kit_end(&sh);
}

/* Lines that have to be parsed, and lines that are only looked through. */
static void expect_long(const char *beginning, const char *wanted)
{
	expect_lines("${x:-y} $((2 + $z))\n", beginning, wanted);
	expect_lines("${x:-y} $((2 + 31))\n", beginning, wanted);
}

static void long_here_documents_stay_text_unless_they_have_commands(void **state)
{
	(void)state;
	expect_long("$b c\n", "simple([=<a>] 0<<[=<E>][qtext 20005 <$b c\n${x:-y} $((>])");
	expect_long("$b \\\nc\n", "simple([=<a>] 0<<[=<E>][qtext 20007 <$b \\\nc\n${x:-y} $>])");
	expect_long("`b`\n", "simple([=<a>] 0<<[=<E>][q$(simple([=<b>]))q<");
	expect_long("${b-$(c)}\n", "simple([=<a>] 0<<[=<E>][q${b -");
	expect_long("$((b) )\n", "simple([=<a>] 0<<[=<E>][q$(subshell(simple([=<b>])))q<");
}

/* ---- commands ---- */

static void lists_lean_to_the_right(void **state)
{
	(void)state;
	expect("a; b & c\nd", "simple([=<a>]); simple([=<b>]) & simple([=<c>]); simple([=<d>])");
	expect("a && b || c", "simple([=<a>]) && simple([=<b>]) || simple([=<c>])");
	expect("a &&\n\nb |\n#x\nc", "simple([=<a>]) && pipe(simple([=<b>]) | simple([=<c>]))");
	expect("! a | b", "!pipe(simple([=<a>]) | simple([=<b>]))");
	expect("! a", "!pipe(simple([=<a>]))");
	expect("! ! a | b", "!pipe(!pipe(simple([=<a>]) | simple([=<b>])))");
	expect("a&", "simple([=<a>]) & ");
}

static void compound_commands_are_parsed(void **state)
{
	(void)state;
	expect("{ a; b; }", "group(simple([=<a>]); simple([=<b>]))");
	expect("((a))", "subshell(subshell(simple([=<a>])))");
	expect("if a; then b; elif c; then d; else e; fi",
		"if(simple([=<a>]) then simple([=<b>]) else elif simple([=<c>]) then "
		"simple([=<d>]) else simple([=<e>]))");
	expect("while a; do b; done; until a\ndo b\ndone",
		"while(simple([=<a>]) do simple([=<b>])); until(simple([=<a>]) do simple([=<b>]))");
	expect("for x in a b; do c; done", "for(x in [=<a>] [=<b>] do simple([=<c>]))");
	expect("for x do c; done", "for(x  do simple([=<c>]))");
	expect("for x; do c; done", "for(x  do simple([=<c>]))");
	expect("for x\nin\ndo c; done", "for(x in  do simple([=<c>]))");
	expect("case $x in (a|b) c;; d) ;& e) esac",
		"case([${x bare}] ([=<a>] [=<b>]) simple([=<c>]);; ([=<d>]) ;& ([=<e>]) ;;)");
	expect("case x in esac", "case([=<x>])");
	expect("f() { a; } >b", "function(f group(simple([=<a>]) 1>[=<b>]))");
	expect("f ( )\n\n(a)", "function(f subshell(simple([=<a>])))");
}

static void reserved_words_count_only_in_their_places(void **state)
{
	(void)state;
	expect("echo if then { } !", "simple([=<echo>] [=<if>] [=<then>] [=<{>] [=<}>] [=<!>])");
	expect("\\if a; 'then' b", "simple([=q<i><f>] [=<a>]); simple([=q<then>] [=<b>])");
	expect("for in in in in; do a in; done",
		"for(in in [=<in>] [=<in>] do simple([=<a>] [=<in>]))");
	expect("case in in in) esac", "case([=<in>] ([=<in>]) ;;)");
	expect("case x in (esac) ;; esac", "case([=<x>] ([=<esac>]) ;;)");
	expect("a=b if", "simple(a:=[=<b>] [=<if>])");
	expect("{ { a; } }", "group(group(simple([=<a>])))");
	expect("i\\\nf a; th\\\nen b; fi", "if(simple([=<a>]) then simple([=<b>]))");
	expect("function f", "simple([=<function>] [=<f>])");
	expect("[[ a ]]", "simple([=<[[>] [=<a>] [=<]]>])");
	expect("a &>b", "simple([=<a>]) & simple( 1>[=<b>])");
}

/* ---- aliases ---- */

static void aliases_stand_for_text(void **state)
{
	(void)state;
	expect_aliased((const char *const[]){ "a=b c", NULL }, "a d; x a",
		"simple([=<b>] [=<c>] [=<d>]); simple([=<x>] [=<a>])");
	expect_aliased((const char *const[]){ "a=b ", "c=d", NULL }, "a c c",
		"simple([=<b>] [=<d>] [=<c>])");
	expect_aliased((const char *const[]){ "a=a x", NULL }, "a", "simple([=<a>] [=<x>])");
	expect_aliased((const char *const[]){ "a=b", "b=a", NULL }, "a", "simple([=<a>])");
	expect_aliased((const char *const[]){ "lt=<", NULL }, "lt>f", "simple( 0<>[=<f>])");
	expect_aliased(
		(const char *const[]){ "q=echo 'x", NULL }, "q y'", "simple([=<echo>] [=q<x y>])");
	expect_aliased((const char *const[]){ "i=if", "t=then", NULL }, "i a; t b; fi",
		"if(simple([=<a>]) then simple([=<b>]))");
	expect_aliased((const char *const[]){ "if=x", NULL }, "if a; then b; fi",
		"if(simple([=<a>]) then simple([=<b>]))");
	expect_aliased((const char *const[]){ "a=x", NULL }, "\\a 'a' a\\\n",
		"simple([=q<a>] [=q<a>] [=<a>])");
	expect_aliased((const char *const[]){ "e=", NULL }, "e a", "simple([=<a>])");
	expect_aliased((const char *const[]){ "e=", NULL }, "e", "");
	expect_aliased((const char *const[]){ "b=x\\", NULL }, "b\ny", "simple([=<xy>])");
	expect_aliased(
		(const char *const[]){ "c=a #", NULL }, "c d\ne", "simple([=<a>]); simple([=<e>])");
	expect_aliased((const char *const[]){ "h=a <<E\nb\nE\nc", NULL }, "h",
		"simple([=<a>] 0<<[=<E>][=q<b\n>]); simple([=<c>])");
	expect_aliased((const char *const[]){ "3=x", NULL }, "3>f", "simple( 3!>[=<f>])");
	expect_aliased((const char *const[]){ "a=x", NULL }, "v=1 a; >f a; $(a)",
		"simple(v:=[=<1>] [=<x>]); simple([=<x>] 1>[=<f>]); simple([$(simple([=<a>]))])");
	expect_aliased((const char *const[]){ "f=f ", "p=()", NULL }, "f p { a; }",
		"function(f group(simple([=<a>])))");
}

/* ---- errors ---- */

static void errors_tell_place_and_reason(void **state)
{
	(void)state;
	expect_error("echo 'a\nb", "1:6: unterminated ' (opened here)");
	expect_error("echo \"a", "1:6: unterminated \" (opened here)");
	expect_error("a\n  ${x-b", "2:3: unterminated ${ (opened here)");
	expect_error("a $(b", "1:3: unterminated $( (opened here)");
	expect_error("a `b", "1:3: unterminated ` (opened here)");
	expect_error("a $'b", "1:3: unterminated $' (opened here)");
	expect_error("if a; then b\n", "2:1: found the end of input, expected \"fi\" "
				       "(for the \"if\" at line 1, column 1)");
	expect_error("{ a", "1:4: found the end of input, expected \"}\" "
			    "(for the \"{\" at line 1, column 1)");
	expect_error("a; fi", "1:4: found \"fi\", which nothing before it asks for");
	expect_error("a; in", "1:4: found \"in\", which nothing before it asks for");
	expect_error("a | | b", "1:5: found \"|\", expected a command after \"|\"");
	expect_error("a &&\n", "2:1: found the end of input, expected a command after \"&&\"");
	expect_error("for 1 in a", "1:5: found \"1\", expected the name of a variable "
				   "(for the \"for\" at line 1, column 1)");
	expect_error("f() a", "1:5: found \"a\", expected a compound command, such as { ...; }");
	expect_error("> ", "1:3: found the end of input, expected a file name");
	expect_error("if ; then", "1:4: found \";\", expected a command (for the \"if\" at line 1, "
				  "column 1)");
	expect_error("$(a; fi)", "1:6: found \"fi\", expected \")\" (for the \"$(\" at line 1, "
				 "column 1)");
	expect_error("! !", "1:4: found the end of input, expected a command after \"!\"");
	expect_error(";", "1:1: found \";\", expected a command");
}

static void what_others_have_is_refused_with_advice(void **state)
{
	(void)state;
	expect_error("a=(b c)",
		"1:3: arrays are not in POSIX sh; use \"$@\" (set -- ...), or a list "
		"in a string");
	expect_error(
		"a <<<b", "1:5: <<< is not in POSIX sh; write a here-document, or printf ... |");
	expect_error("a |& b", "1:4: |& is not in POSIX sh; write 2>&1 |");
	expect_error("function f() { a; }",
		"1:1: \"function\" is not in POSIX sh; write name() { ...; }");
	expect_error(
		"function f { a; }", "1:1: \"function\" is not in POSIX sh; write name() { ...; }");
	expect_error("if a; then function f { b; }; fi",
		"1:12: \"function\" is not in POSIX sh; write name() { ...; }");
	expect_error("select x in a; do b; done",
		"1:1: \"select\" is not in POSIX sh; write while read -r ...; do");
	expect_error("case a in b) c;;& esac", "1:17: ;;& is not in POSIX sh; write ;&");
	expect_error("for ((i=0;;)); do a; done",
		"1:1: for (( )) is not in POSIX sh; write while [ ... ]; do ...; done");
	expect_error("a <(b)", "1:4: <( ) is not in POSIX sh; write a pipeline, or use mkfifo");
}

static void expect_deep(const char *piece, const char *said)
{
	size_t length = strlen(piece);
	size_t n = 100000;
	char *text = malloc(n * length + 1);
	struct shell sh;
	struct text trees = { 0 };
	struct text printed = { 0 };

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * length, piece, length);
	text[n * length] = '\0';
	kit_begin(&sh);
	assert_false(kit_parse(&sh, text, n * length, &trees, &printed));
	assert_non_null(strstr(kit_said, said));
	kit_end(&sh);
	text_done(&trees);
	text_done(&printed);
	free(text);
}

static void too_deep_is_an_error(void **state)
{
	static const char *const pieces[] = { "(", "$(", "${x-", "\"${x-", "{ ", "if ", "f() { ",
		"case x in a) ", "$((", "$( (", "${x-$((", "while " };

	(void)state;
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		expect_deep(pieces[i], "nested too deeply");
}

/* Exactly as deep as may be, so that what walks through the tree is as deep. */
static void as_deep_as_may_be_is_parsed(void **state)
{
	struct text text = { 0 };
	struct text trees = { 0 };
	struct text printed = { 0 };
	struct shell sh;

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_string(&text, "(");
	text_string(&text, ":");
	for (int i = 0; i < 1000; i++)
		text_string(&text, ")");
	kit_begin(&sh);
	assert_true(kit_parse(&sh, text.bytes, text.length, &trees, &printed));
	kit_end(&sh);
	text_done(&text);
	text_done(&trees);
	text_done(&printed);
}

static void here_document_without_end_is_told(void **state)
{
	struct shell sh;
	struct text trees = { 0 };
	struct text printed = { 0 };

	(void)state;
	kit_begin(&sh);
	assert_true(kit_parse(&sh, "a <<E\nb", 7, &trees, &printed));
	assert_string_equal(trees.bytes, "simple([=<a>] 0<<[=<E>][=q<b>])");
	assert_string_equal(
		kit_said, "1:3: the here-document that begins here has no end: no line is \"E\"");
	/* The $(( is tried as arithmetic first. */
	assert_true(kit_parse(&sh, "$((`a <<E\nb`))", 14, &trees, &printed));
	assert_non_null(strstr(kit_said, "has no end"));
	kit_end(&sh);
	text_done(&trees);
	text_done(&printed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_make_quoted_literals),
		cmocka_unit_test(dollar_single_quotes_know_their_escapes),
		cmocka_unit_test(words_that_cannot_change_are_literal),
		cmocka_unit_test(parameters_have_all_their_forms),
		cmocka_unit_test(bad_parameters_are_left_to_the_run),
		cmocka_unit_test(quotes_within_braces_follow_what_is_around),
		cmocka_unit_test(tildes_stand_where_they_count),
		cmocka_unit_test(assignments_come_first),
		cmocka_unit_test(substitutions_are_parsed),
		cmocka_unit_test(arithmetic_is_told_from_subshells),
		cmocka_unit_test(redirections_have_numbers),
		cmocka_unit_test(here_documents_follow_their_line),
		cmocka_unit_test(here_documents_stand_in_substitutions),
		cmocka_unit_test(long_here_documents_stay_text_unless_they_have_commands),
		cmocka_unit_test(lists_lean_to_the_right),
		cmocka_unit_test(compound_commands_are_parsed),
		cmocka_unit_test(reserved_words_count_only_in_their_places),
		cmocka_unit_test(aliases_stand_for_text),
		cmocka_unit_test(errors_tell_place_and_reason),
		cmocka_unit_test(what_others_have_is_refused_with_advice),
		cmocka_unit_test(too_deep_is_an_error),
		cmocka_unit_test(as_deep_as_may_be_is_parsed),
		cmocka_unit_test(here_document_without_end_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
