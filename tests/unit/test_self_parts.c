/* SPDX-License-Identifier: MIT */
/* The sum of arguments, and what is read from /proc. */
#include "self/args_size.h"
#include "self/proc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = 4096, LARGE = 1 << 30 };

static char *const none[] = { NULL };

static int check(char *const *argv, char *const *envp, uint64_t stack)
{
	return brood__args_check("/p", argv, envp, stack, PAGE);
}

static void one_string_may_have_32_pages(void **state)
{
	(void)state;
	char *text = calloc(1, 32 * PAGE + 1);
	assert_non_null(text);
	char *const list[] = { text, NULL };
	memset(text, 'x', 32 * PAGE - 1);
	assert_int_equal(check(list, none, LARGE), 0);
	assert_int_equal(check(none, list, LARGE), 0);
	text[32 * PAGE - 1] = 'x';
	assert_int_equal(check(list, none, LARGE), -E2BIG);
	assert_int_equal(check(none, list, LARGE), -E2BIG);
	free(text);
}

/* How many entries of 1000 bytes are taken: found by halving. */
static size_t most(uint64_t stack, bool in_env)
{
	static char piece[1000];
	static char *list[10000];
	size_t low = 0;
	size_t high = 9999;
	memset(piece, 'y', sizeof piece - 1);
	while (low < high) {
		size_t n = (low + high + 1) / 2;
		for (size_t i = 0; i < n; i++)
			list[i] = piece;
		list[n] = NULL;
		if (check(in_env ? none : list, in_env ? list : none, stack) == 0)
			low = n;
		else
			high = n - 1;
	}
	return low;
}

static void all_together_may_have_a_quarter_of_the_stack(void **state)
{
	(void)state;
	const uint64_t path = 3;
	/* A pointer each; of no arguments the kernel makes one. */
	assert_int_equal(most(8 << 20, false), ((2 << 20) - path) / 1008);
	assert_int_equal(most(8 << 20, true), ((2 << 20) - path - 8) / 1008);
	assert_int_equal(most(0, false), ((128 << 10) - path) / 1008);
	assert_int_equal(most(512 << 10, false), ((128 << 10) - path) / 1008);
	assert_int_equal(most(24 << 20, false), ((6 << 20) - path) / 1008);
	assert_int_equal(most(UINT64_MAX, false), ((6 << 20) - path) / 1008);
}

static void fields_are_those_at_the_beginning_of_a_line(void **state)
{
	(void)state;
	const char text[] =
		"Name:\tUmask: 7\nUmask:\t0022\nCapEff:\t00000000000000ff\nEmpty:\nLast:\t9";
	assert_true(brood__proc_field(text, "Umask:", 8) == 022);
	assert_true(brood__proc_field(text, "CapEff:", 16) == 255);
	assert_true(brood__proc_field(text, "Last:", 10) == 9);
	assert_true(brood__proc_field(text, "Empty:", 10) == UINT64_MAX);
	assert_true(brood__proc_field(text, "Missing:", 10) == UINT64_MAX);
	assert_true(brood__proc_field("", "Umask:", 8) == UINT64_MAX);
}

static void the_start_is_found_behind_any_name(void **state)
{
	(void)state;
	const char *const names[] = { "a", "a b", ") 3 4", "(((", "" };
	char text[512];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int length = 0;
		strcpy(text, "12 (");
		strcat(text, names[i]);
		strcat(text, ") S");
		length = (int)strlen(text);
		for (int field = 4; field <= 30; field++) {
			text[length++] = ' ';
			text[length++] = (char)('0' + field / 10);
			text[length++] = (char)('0' + field % 10);
		}
		text[length] = '\0';
		assert_true(brood__proc_start(text) == 22);
	}
	assert_true(brood__proc_start("12 (a) S 1 2 3") == UINT64_MAX);
	assert_true(brood__proc_start("") == UINT64_MAX);
}

static void whole_files_are_read(void **state)
{
	(void)state;
	char *text = NULL;
	assert_true(brood__proc_read("/proc/self/status", &text) > 100);
	assert_true(strncmp(text, "Name:", 5) == 0);
	free(text);
	assert_int_equal(brood__proc_read("/nonexistent", &text), -ENOENT);
	assert_int_equal(brood__proc_read("/", &text), -EISDIR);
	char link[8];
	assert_int_equal(brood__proc_link("/proc/self/exe", link, sizeof link), -ENAMETOOLONG);
	assert_int_equal(brood__proc_link("/proc/self/cwd/..", link, sizeof link), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_string_may_have_32_pages),
		cmocka_unit_test(all_together_may_have_a_quarter_of_the_stack),
		cmocka_unit_test(fields_are_those_at_the_beginning_of_a_line),
		cmocka_unit_test(the_start_is_found_behind_any_name),
		cmocka_unit_test(whole_files_are_read),
	};
	return cmocka_run_group_tests_name("self_parts", tests, NULL, NULL);
}
