/* SPDX-License-Identifier: MIT */
/* Which path is our own program's, by what is known of its start. */
#include "self/own_path.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char path[PATH_MAX];

/* The path that is chosen, or "". */
static const char *chosen(const char *exec_path, const char *link, const char *arguments,
	size_t n_arguments, bool is_secure)
{
	const struct brood__own_start start = { exec_path, link, BROOD__OWN_LINK, arguments,
		n_arguments, is_secure };
	return brood__own_path(&start, path) == 0 ? path : "";
}

#define ARGUMENTS(text) (text), sizeof(text)

static void an_absolute_path_is_what_we_were_started_by(void **state)
{
	(void)state;
	assert_string_equal(
		chosen("/opt/current", "/opt/v1", ARGUMENTS("current\0-x"), false), "/opt/current");
	assert_string_equal(chosen("/bin/a", "/bin/a (deleted)", ARGUMENTS("a"), false), "/bin/a");
	assert_string_equal(chosen("/bin/a", NULL, NULL, 0, false), "/bin/a");
}

static void other_paths_are_those_of_the_file(void **state)
{
	(void)state;
	assert_string_equal(chosen("./a", "/bin/a", ARGUMENTS("./a"), false), "/bin/a");
	assert_string_equal(chosen("a", "/bin/a (deleted)", ARGUMENTS("a"), false), "/bin/a");
	assert_string_equal(chosen(NULL, "/bin/a", ARGUMENTS("a"), false), "/bin/a");
	assert_string_equal(chosen("/proc/self/fd/5", "/bin/a", ARGUMENTS("a"), false), "/bin/a");
	assert_string_equal(chosen("/dev/fd/5", "/bin/a", ARGUMENTS("a"), false), "/bin/a");
	/* No name but the mark is no path. */
	assert_string_equal(chosen("a", " (deleted)", ARGUMENTS("a"), false), "/proc/self/exe");
	assert_string_equal(chosen("a", NULL, NULL, 0, false), "");
	assert_string_equal(chosen(NULL, NULL, NULL, 0, false), "");
}

static void what_has_no_path_or_no_trust_is_the_file_itself(void **state)
{
	(void)state;
	assert_string_equal(chosen("/proc/self/fd/5", "/memfd:a (deleted)", ARGUMENTS("a"), false),
		"/proc/self/exe");
	assert_string_equal(
		chosen("a", "(unreachable)/bin/a", ARGUMENTS("a"), false), "/proc/self/exe");
	assert_string_equal(chosen("/tmp/a", "/bin/a", ARGUMENTS("a"), true), "/proc/self/exe");
	assert_string_equal(chosen("/tmp/a", NULL, NULL, 0, true), "");
}

static void behind_a_script_it_is_the_interpreter(void **state)
{
	(void)state;
	assert_string_equal(
		chosen("/x/script", "/bin/a", ARGUMENTS("/bin/a\0/x/script\0y"), false), "/bin/a");
	assert_string_equal(
		chosen("/x/script", "/bin/a", ARGUMENTS("/bin/a\0-f\0/x/script"), false), "/bin/a");
	/* Farther behind it is an argument like others, and the beginning of one is not it. */
	assert_string_equal(chosen("/x/a", "/x/a", ARGUMENTS("a\0-f\0-g\0/x/a"), false), "/x/a");
	assert_string_equal(chosen("/x/a", "/y/a", ARGUMENTS("a\0/x/ab"), false), "/x/a");
	assert_string_equal(chosen("/x/ab", "/y/a", ARGUMENTS("a\0/x/a"), false), "/x/ab");
	/* What was written over, without a NUL at its end. */
	assert_string_equal(chosen("/x/a", "/x/a", "title", 5, false), "/x/a");
}

static void what_is_too_long_is_refused(void **state)
{
	(void)state;
	static char longest[PATH_MAX + 1];
	memset(longest, 'x', PATH_MAX);
	longest[0] = '/';
	const struct brood__own_start start = { .exec_path = longest };
	assert_int_equal(brood__own_path(&start, path), -ENAMETOOLONG);
	longest[PATH_MAX - 1] = '\0';
	assert_int_equal(brood__own_path(&start, path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absolute_path_is_what_we_were_started_by),
		cmocka_unit_test(other_paths_are_those_of_the_file),
		cmocka_unit_test(what_has_no_path_or_no_trust_is_the_file_itself),
		cmocka_unit_test(behind_a_script_it_is_the_interpreter),
		cmocka_unit_test(what_is_too_long_is_refused),
	};
	return cmocka_run_group_tests_name("own_path", tests, NULL, NULL);
}
