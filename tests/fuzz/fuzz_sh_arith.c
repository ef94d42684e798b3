/* SPDX-License-Identifier: MIT */
/* Any text as arithmetic, with a few variables: it has a value, or says once what is wrong. */

#include "target.h"

#include "sh/arith.h"
#include "sh/shell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_TEXT 3000

static const struct place place = { 1, 1 };

static void set(struct shell *sh, const char *name, const char *value)
{
	CHECK(variable_put(sh, name, value) == 0);
}

static struct shell *shell_with_variables(void)
{
	static char no_environment[] = "A=1";
	char *environment[] = { no_environment, NULL };
	struct shell *sh = shell_new();

	variables_begin(sh, environment);
	set(sh, "a", "7");
	set(sh, "b", "a + 1");
	set(sh, "c", "c");
	set(sh, "d", "-0x10");
	set(sh, "e", "");
	set(sh, "f", "f = 3");
	return sh;
}

/* What changes no variable is worth the same again, in parentheses, and without what cannot matter.
 */
static void check_again(struct shell *sh, const char *text, size_t length, int64_t value)
{
	static const char *const around[][2] = { { "", "" }, { "(", ")" }, { "0 ? 1/0 : (", ")" },
		{ "1/1, (", ")" } };
	char longer[LONGEST_TEXT + 40];
	int64_t other;

	for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
		int n = snprintf(longer, sizeof longer, "%s%.*s%s", around[i][0], (int)length, text,
			around[i][1]);
		CHECK(n > 0 && (size_t)n < sizeof longer);
		/* One level more may be one too many. */
		if (arithmetic_of(sh, longer, (size_t)n, place, false, &other) == 0)
			CHECK(other == value);
	}
}

static void check_number(int64_t value)
{
	char digits[32];
	int64_t again = 0;
	int n = snprintf(digits, sizeof digits, "%" PRId64, value);

	CHECK(arithmetic_number(digits, (size_t)n, &again) && again == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct arithmetic_error error;
	int64_t value;

	if (size > LONGEST_TEXT || memchr(data, '\0', size))
		return 0;
	struct shell *sh = shell_with_variables();
	struct arithmetic_node *tree = arithmetic_parse(&sh->scratch, text, size, &error);
	CHECK(tree || (error.text && error.at <= size));
	if (tree && arithmetic_evaluate(sh, tree, place, &value) == 0) {
		check_number(value);
		bool changes = memchr(data, '=', size) || memchr(data, '+', size) ||
			       memchr(data, '-', size) || memchr(data, 'f', size);
		if (!changes && size > 0)
			check_again(sh, text, size, value);
	}
	shell_free(sh);
	return 0;
}
