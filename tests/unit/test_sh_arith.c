/* SPDX-License-Identifier: MIT */
/* Arithmetic of the shell, with variables that are kept here. */

#include "sh/arith.h"
#include "sh/shell.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- variables, and what would be said ---- */

static struct symbol *symbols[16];
static size_t n_symbols;
static char said[512];
static struct place said_at;

struct symbol *symbol_find(const struct symbols *table, const char *name, size_t length)
{
	(void)table;
	for (size_t i = 0; i < n_symbols; i++)
		if (symbols[i]->length == length && memcmp(symbols[i]->name, name, length) == 0)
			return symbols[i];
	return NULL;
}

struct symbol *symbol_get(struct symbols *table, const char *name, size_t length)
{
	struct symbol *symbol = symbol_find(table, name, length);

	if (symbol)
		return symbol;
	assert_true(n_symbols < sizeof symbols / sizeof *symbols);
	symbol = calloc(1, sizeof *symbol + length + 1);
	assert_non_null(symbol);
	memcpy(symbol->name, name, length);
	symbol->length = (uint32_t)length;
	symbols[n_symbols++] = symbol;
	return symbol;
}

const char *variable_value(struct shell *sh, struct symbol *symbol, size_t *ret_length)
{
	(void)sh;
	*ret_length = symbol->variable.value ? strlen(symbol->variable.value) : 0;
	if (symbol->variable.flags & VARIABLE_NUMBER)
		return "a number";
	return symbol->variable.value;
}

bool variable_number(struct shell *sh, struct symbol *symbol, int64_t *ret_number)
{
	size_t length;
	const char *text = variable_value(sh, symbol, &length);

	*ret_number = symbol->variable.number;
	return symbol->variable.flags & VARIABLE_NUMBER ||
	       arithmetic_number(text, length, ret_number);
}

int variable_set_number(struct shell *sh, struct symbol *symbol, int64_t number, struct place place)
{
	(void)sh;
	if (symbol->variable.flags & VARIABLE_READONLY) {
		snprintf(said, sizeof said, "%s: is read-only", symbol->name);
		said_at = place;
		return -1;
	}
	symbol->variable.number = number;
	symbol->variable.flags |= VARIABLE_NUMBER;
	return 0;
}

void shell_error(struct shell *sh, struct place place, const char *format, ...)
{
	va_list arguments;

	(void)sh;
	va_start(arguments, format);
	vsnprintf(said, sizeof said, format, arguments);
	va_end(arguments);
	said_at = place;
}

static struct symbol *variable(const char *name)
{
	return symbol_get(NULL, name, strlen(name));
}

static void set(const char *name, const char *value)
{
	struct symbol *symbol = variable(name);

	free(symbol->variable.value);
	symbol->variable = (struct variable){ .value = strdup(value) };
	assert_non_null(symbol->variable.value);
}

static int64_t number_of(const char *name)
{
	assert_true(variable(name)->variable.flags & VARIABLE_NUMBER);
	return variable(name)->variable.number;
}

static struct shell *sh;

static int begin(void **state)
{
	(void)state;
	sh = calloc(1, sizeof *sh);
	said[0] = '\0';
	return sh ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	arena_done(&sh->scratch);
	free(sh);
	for (; n_symbols > 0; n_symbols--) {
		free(symbols[n_symbols - 1]->variable.value);
		free(symbols[n_symbols - 1]);
	}
	return 0;
}

/* ---- asking ---- */

static int evaluate(const char *text, int64_t *value)
{
	/* Memory of exactly this size, so that a sanitizer sees who reads behind it. */
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, text, length);
	said[0] = '\0';
	int r = arithmetic_of(sh, copy, length, (struct place){ 7, 3 }, false, value);
	free(copy);
	return r;
}

static int64_t value_of(const char *text)
{
	int64_t value = 0;

	if (evaluate(text, &value) < 0)
		fail_msg("%s: %s", text, said);
	return value;
}

static void check_error(const char *text, const char *part)
{
	int64_t value;

	if (evaluate(text, &value) == 0)
		fail_msg("%s is %" PRId64, text, value);
	if (!strstr(said, part))
		fail_msg("%s: '%s' has no '%s'", text, said, part);
}

/* Expressions that mean the same in C; an X-list so that the compiler says what they are worth. */
#define EXPRESSIONS(X)             \
	X(1 + 2 * 3)               \
	X((1 + 2) * 3)             \
	X(10 - 4 - 3)              \
	X(100 / 7 / 2)             \
	X(-7 / 2)                  \
	X(-7 % 3)                  \
	X(7 % -3)                  \
	X(1 << 4 + 1)              \
	X(-16 >> 2)                \
	X(1 < 2)                   \
	X(2 <= 1)                  \
	X(2 > 1)                   \
	X(1 >= 2)                  \
	X(3 == 3)                  \
	X(3 != 3)                  \
	X(6 & 3)                   \
	X(6 ^ 3)                   \
	X(6 | 3)                   \
	X(1 | 6 ^ 2 & 3)           \
	X(1 == 1 & 2)              \
	X(5 & 4 == 4)              \
	X(0 && 0 || 1)             \
	X(1 || 0 && 0)             \
	X(!5)                      \
	X(!0)                      \
	X(!!5)                     \
	X(~5)                      \
	X(-~-5)                    \
	X(- - -5)                  \
	X(+5)                      \
	X(1 ? 2 : 3)               \
	X(0 ? 2 : 3)               \
	X(0 ? 1 : 0 ? 2 : 3)       \
	X(1 ? 0 ? 4 : 5 : 6)       \
	X(2 || 0)                  \
	X(2 && 3)                  \
	X(0x1F + 017 + 9)          \
	X(0XaB)                    \
	X(1 - (2 - (3 - (4 - 5)))) \
	X(9223372036854775807 / 3) \
	X(1 + 2 < 4 == 1)          \
	X(2 * 3 % 4)               \
	X(1 << 2 << 3)             \
	X(0 ? 1 : 2 ? 3 : 4)

static void expressions_are_worth_what_they_are_in_c(void **state)
{
#define CHECK(...) assert_int_equal(value_of(#__VA_ARGS__), (int64_t)(__VA_ARGS__));
	(void)state;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wparentheses"
#pragma GCC diagnostic ignored "-Wbool-compare"
#pragma GCC diagnostic ignored "-Wbool-operation"
#pragma GCC diagnostic ignored "-Wint-in-bool-context"
#pragma GCC diagnostic ignored "-Wlogical-op"
#pragma GCC diagnostic ignored "-Wduplicated-branches"
#pragma GCC diagnostic ignored "-Wpragmas"
	EXPRESSIONS(CHECK)
#pragma GCC diagnostic pop
}

static void white_space_and_nothing(void **state)
{
	(void)state;
	assert_int_equal(value_of(""), 0);
	assert_int_equal(value_of(" \t\n"), 0);
	assert_int_equal(value_of("\n1\t+\n2 "), 3);
	assert_int_equal(value_of("1+2"), 3);
	assert_int_equal(value_of("5--3"), 8);
	assert_int_equal(value_of("5++3"), 8);
	assert_int_equal(value_of("--5"), 5);
	assert_int_equal(value_of("- -5"), 5);
	assert_int_equal(value_of("1, 2"), 2);
}

static void overflow_wraps_around(void **state)
{
	(void)state;
	assert_int_equal(value_of("9223372036854775807 + 1"), INT64_MIN);
	assert_int_equal(value_of("-9223372036854775808"), INT64_MIN);
	assert_int_equal(value_of("-9223372036854775808 - 1"), INT64_MAX);
	assert_int_equal(value_of("9223372036854775807 * 2"), -2);
	assert_int_equal(value_of("-9223372036854775808 / -1"), INT64_MIN);
	assert_int_equal(value_of("-9223372036854775808 % -1"), 0);
	assert_int_equal(value_of("- -9223372036854775808"), INT64_MIN);
	assert_int_equal(value_of("0xffffffffffffffff"), -1);
	assert_int_equal(value_of("1 << 63"), INT64_MIN);
	assert_int_equal(value_of("1 << 64"), 1);
	assert_int_equal(value_of("-1 << 1"), -2);
	assert_int_equal(value_of("1 >> -63"), 0);
}

static void variables(void **state)
{
	(void)state;
	set("a", "5");
	set("b", " 2 + 1");
	set("c", "");
	assert_int_equal(value_of("a"), 5);
	assert_int_equal(value_of("a*b"), 15);
	assert_int_equal(value_of("c + nothing"), 0);
	set("d", "-0x10");
	assert_int_equal(value_of("-d"), 16);
	assert_int_equal(value_of("x = a + 1"), 6);
	assert_int_equal(number_of("x"), 6);
	assert_int_equal(value_of("x += 2, x -= 1, x *= 6, x /= 4, x %= 6"), 4);
	assert_int_equal(value_of("x <<= 3, x >>= 1, x |= 3, x &= 18, x ^= 1"), 19);
	assert_int_equal(value_of("y = z = 4"), 4);
	assert_int_equal(number_of("y"), 4);
	assert_int_equal(number_of("z"), 4);
	assert_int_equal(value_of("y + (z = 2)"), 6);
	assert_int_equal(value_of("(y) = 3"), 3);
	assert_int_equal(value_of("y = y == 3 ? 10 : 20"), 10);
}

static void increments(void **state)
{
	(void)state;
	set("i", "5");
	assert_int_equal(value_of("i++"), 5);
	assert_int_equal(value_of("i"), 6);
	assert_int_equal(value_of("++i"), 7);
	assert_int_equal(value_of("i--"), 7);
	assert_int_equal(value_of("--i"), 5);
	assert_int_equal(value_of("i+++i"), 11);
	assert_int_equal(value_of("i---1"), 5);
	assert_int_equal(value_of("i--3"), 8);
	assert_int_equal(value_of("i++2"), 7);
	assert_int_equal(value_of("- --i"), -4);
	assert_int_equal(value_of("i"), 4);
}

static void what_is_not_needed_is_not_done(void **state)
{
	(void)state;
	set("x", "0");
	assert_int_equal(value_of("0 && (x = 1)"), 0);
	assert_int_equal(value_of("1 || (x = 1)"), 1);
	assert_int_equal(value_of("1 ? 2 : (x = 1)"), 2);
	assert_int_equal(value_of("0 ? (x = 1) : 2"), 2);
	assert_int_equal(value_of("0 && 1/0"), 0);
	assert_int_equal(value_of("0 && 1/0 && 1/0 || 7"), 1);
	assert_int_equal(value_of("x"), 0);
}

static void errors_say_what_and_where(void **state)
{
	int64_t value;
	struct arithmetic_error error;

	(void)state;
	check_error("1/0", "division by zero");
	check_error("1%0", "division by zero");
	check_error("1+", "missing at the end");
	check_error("1+*2", "missing before '*'");
	check_error("(1", "missing )");
	check_error("1)", "unexpected ')'");
	check_error("1 2", "unexpected '2'");
	check_error("08", "not an octal number '08'");
	check_error("2**3", "there is no operator '**'");
	check_error("1abc", "not a number '1abc'");
	check_error("0x", "not a number '0x'");
	check_error("0xg", "not a number");
	check_error("18446744073709551616", "too large a number");
	check_error("1 = 2", "before '='");
	check_error("1 + x = 2", "before '='");
	check_error("1 ? x : y = 2", "before '='");
	check_error("1 ? 2", "missing : of '?'");
	check_error("1.5", "unexpected '.'");
	check_error("$", "missing before '$'");
	check_error("a b", "unexpected 'b'");
	check_error("1 ? : 2", "missing before ':'");
	set("n", "3x");
	check_error("1 + n", "not a number '3x'");
	variable("r")->variable.flags = VARIABLE_READONLY;
	check_error("r = 1", "r: is read-only");
	check_error("r++", "r: is read-only");
	assert_int_equal(said_at.line, 7);
	sh->options[OPTION_NOUNSET] = true;
	check_error("1 + nothing", "nothing: parameter not set");
	assert_int_equal(evaluate("nothing = 1", &value), 0);

	/* In the source the place is that of the very character. */
	const char *text = "1 +\n 2 / (3 - 3)";
	struct arithmetic_node *tree = arithmetic_parse(&sh->scratch, text, strlen(text), &error);
	assert_non_null(tree);
	assert_int_equal(arithmetic_evaluate(sh, tree, (struct place){ 7, 3 }, &value), -1);
	assert_int_equal(said_at.line, 8);
	assert_int_equal(said_at.column, 4);
	assert_null(arithmetic_parse(&sh->scratch, "1 +", 3, &error));
	assert_int_equal(error.at, 3);
}

static void a_tree_is_evaluated_again_and_again(void **state)
{
	struct arithmetic_error error;
	struct arithmetic_node *tree = arithmetic_parse(&sh->scratch, "i = i * 2 + 1", 13, &error);
	int64_t value;

	(void)state;
	assert_non_null(tree);
	for (int64_t expected = 1; expected < 1000; expected = expected * 2 + 1) {
		assert_int_equal(arithmetic_evaluate(sh, tree, (struct place){ 0 }, &value), 0);
		assert_int_equal(value, expected);
	}
}

static void values_that_lead_to_themselves_are_an_error(void **state)
{
	char name[16], next[16];

	(void)state;
	set("a", "a");
	check_error("a", "leads to itself");
	set("a", "b+1");
	set("b", "a+1");
	check_error("a", "leads to itself");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "v%d", i);
		snprintf(next, sizeof next, i < 7 ? "v%d+1" : "%d", i + 1);
		set(name, next);
	}
	assert_int_equal(value_of("v0"), 15);
	/* One that changes itself on the way. */
	set("c", "(c = 5) + 1");
	assert_int_equal(value_of("c"), 6);
}

static char *repeated(const char *piece, size_t n, const char *last)
{
	size_t length = strlen(piece);
	char *text = malloc(n * length + strlen(last) + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * length, piece, length);
	strcpy(text + n * length, last);
	return text;
}

static void depth_is_limited_and_length_is_not(void **state)
{
	static const char *const deep[] = { "(", "-", "!", "- ", "1?", "a=", "1?2:", "1+(", "-(" };
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
		text = repeated(deep[i], 100000, "1");
		check_error(text, "nested too deeply");
		free(text);
	}
	text = repeated("1+", 100000, "1");
	assert_int_equal(value_of(text), 100001);
	free(text);
	text = repeated("1*1+2-1&&", 100000, "1");
	assert_int_equal(value_of(text), 1);
	free(text);
	text = repeated("(1+", 600, "1");
	check_error(text, "missing )");
	free(text);
	text = repeated("2-(", 40, "1");
	text = realloc(text, strlen(text) + 41);
	assert_non_null(text);
	strcat(text, "))))))))))))))))))))))))))))))))))))))))");
	assert_int_equal(value_of(text), 1);
	free(text);
}

static void names_may_be_many(void **state)
{
	(void)state;
	set("x", "1");
	for (size_t n = 0; n < 70; n++) {
		char *text = repeated("x+", n, "x");
		assert_int_equal(value_of(text), n + 1);
		free(text);
		text = repeated("x=", n, "7");
		assert_int_equal(value_of(text), 7);
		free(text);
		set("x", "1");
	}
}

static void constants(void **state)
{
	static const struct {
		const char *text;
		bool is_one;
		int64_t value;
	} cases[] = { { "0", true, 0 }, { "-0", true, 0 }, { "+7", true, 7 }, { "-7", true, -7 },
		{ "010", true, 8 }, { "-010", true, -8 }, { "0x1f", true, 31 }, { "00", true, 0 },
		{ "", false, 0 }, { "-", false, 0 }, { "+", false, 0 }, { "--1", false, 0 },
		{ " 1", false, 0 }, { "1 ", false, 0 }, { "09", false, 0 }, { "0x", false, 0 },
		{ "a", false, 0 }, { "1a", false, 0 }, { "- 1", false, 0 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN }, { "99999999999999999999", false, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t value = 0;
		assert_int_equal(arithmetic_number(cases[i].text, strlen(cases[i].text), &value),
			cases[i].is_one);
		assert_int_equal(value, cases[i].value);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(expressions_are_worth_what_they_are_in_c),
		TEST(white_space_and_nothing),
		TEST(overflow_wraps_around),
		TEST(variables),
		TEST(increments),
		TEST(what_is_not_needed_is_not_done),
		TEST(errors_say_what_and_where),
		TEST(a_tree_is_evaluated_again_and_again),
		TEST(values_that_lead_to_themselves_are_an_error),
		TEST(depth_is_limited_and_length_is_not),
		TEST(names_may_be_many),
		TEST(constants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
