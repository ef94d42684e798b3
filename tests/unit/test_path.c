/* SPDX-License-Identifier: MIT */
/* Cleaning of paths: cases, and all short paths against rules applied one by one. */

#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *path, const char *wanted)
{
	char apart[32];
	char in_place[32];

	assert_int_equal(brood__path_clean(apart, path), strlen(wanted));
	assert_string_equal(apart, wanted);
	if (path[0]) {
		strcpy(in_place, path);
		brood__path_clean(in_place, in_place);
		assert_string_equal(in_place, wanted);
	}
}

static void cleans(void **state)
{
	static const char *const cases[][2] = {
		{ "", "." },
		{ ".", "." },
		{ "..", ".." },
		{ "/", "/" },
		{ "//", "/" },
		{ "/..", "/" },
		{ "/../a", "/a" },
		{ "a", "a" },
		{ "./a", "a" },
		{ "a/", "a" },
		{ "a//b", "a/b" },
		{ "a/./b/.", "a/b" },
		{ "a/..", "." },
		{ "a/../b", "b" },
		{ "a/b/..", "a" },
		{ "a/b/../..", "." },
		{ "a/b/../../..", ".." },
		{ "../a", "../a" },
		{ "../../a/..", "../.." },
		{ "../a/../b", "../b" },
		{ "/a/b/../../..", "/" },
		{ "/a/../../b", "/b" },
		{ "...", "..." },
		{ "a/...", "a/..." },
		{ ".a/..b", ".a/..b" },
		{ "//a//", "/a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect(cases[i][0], cases[i][1]);
}

static void cut(char *from, size_t n)
{
	memmove(from, from + n, strlen(from + n) + 1);
}

/* One rule, at the first place where it applies. Returns false if none does. The path is framed by
 * slashes: "/a/b/" is a/b. */
static bool apply_rule(char *path, bool is_rooted)
{
	char *found = strstr(path, "//");

	if (!found)
		found = strstr(path, "/./");
	if (found) {
		cut(found, found[1] == '/' ? 1 : 2);
		return true;
	}
	if (is_rooted && strncmp(path, "/../", 4) == 0) {
		cut(path, 3);
		return true;
	}
	for (found = path; (found = strstr(found, "/../")); found++) {
		char *before = found;
		while (before > path && before[-1] != '/')
			before--;
		if (found == path || strncmp(before, "../", 3) == 0)
			continue;
		cut(before - 1, (size_t)(found + 3 - (before - 1)));
		return true;
	}
	return false;
}

static void model(const char *path, char *to)
{
	bool is_rooted = path[0] == '/';
	char framed[32] = "/";

	strcat(framed, path);
	strcat(framed, "/");
	while (apply_rule(framed, is_rooted))
		continue;
	size_t n = strlen(framed);
	framed[n - 1] = '\0';
	strcpy(to, is_rooted ? framed : framed + (n > 1));
	if (!to[0])
		strcpy(to, is_rooted ? "/" : ".");
}

static void cleans_every_short_path_as_the_rules_say(void **state)
{
	static const char letters[] = "/.a";

	(void)state;
	for (size_t length = 1; length <= 10; length++) {
		int n = 1;
		for (size_t i = 0; i < length; i++)
			n *= 3;
		for (int code = 0; code < n; code++) {
			char path[16];
			char wanted[32];
			int rest = code;
			for (size_t i = 0; i < length; i++, rest /= 3)
				path[i] = letters[rest % 3];
			path[length] = '\0';
			model(path, wanted);
			expect(path, wanted);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleans),
		cmocka_unit_test(cleans_every_short_path_as_the_rules_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
