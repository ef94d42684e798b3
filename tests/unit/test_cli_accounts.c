/* SPDX-License-Identifier: MIT */
/* What is read off /etc/passwd and /etc/group, and what is no line of theirs. */
#include "common/accounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "# app:x:1:1::/comment:\n"
			     "+nis:x:2:2::/:\n"
			     "-nis:x:2:2::/:\n"
			     "\n"
			     ":x:3:3:no name:/:\n"
			     "few:x:4:4:fields\n"
			     "word:x:one:4::/:\n"
			     "big:x:4294967295:4::/:\n"
			     "wide:x:18446744073709551617:4::/:\n"
			     "minus:x:-1:4::/:\n"
			     "nogid:x:5:::/:\n"
			     "app:x:33:44:An App:/srv/app:/bin/sh:and:more\n"
			     "app:x:34:45:another one:/srv/other:/bin/sh\n"
			     "twin:x:33:46::/twin:\n"
			     "most:x:4294967294:4294967294::/:\n"
			     "last:x:99:99::/last:/bin/false";

static const char group[] = "root:x:0:\n"
			    "#web:x:1:app\n"
			    "few:x:2\n"
			    "word:x:two:app\n"
			    "web:x:80:app,other\n"
			    "log:x:81: other , app \n"
			    "lookalike:x:82:apple,ap,xapp\n"
			    "again:x:80:app\n"
			    "own:x:44:app\n"
			    "empty:x:83:,,\n"
			    "tail:x:84:app";

static struct account find(const char *name)
{
	struct account account;

	assert_true(accounts_find_name(passwd, sizeof passwd - 1, name, &account));
	return account;
}

static void a_user_is_found_by_name(void **state)
{
	(void)state;
	struct account account = find("app");
	assert_int_equal(account.uid, 33);
	assert_int_equal(account.gid, 44);
	assert_int_equal(account.home_length, strlen("/srv/app"));
	assert_memory_equal(account.home, "/srv/app", account.home_length);
	assert_int_equal(find("root").uid, 0);
	assert_int_equal(find("last").uid, 99);
	assert_int_equal(find("most").uid, UINT32_MAX - 1);
}

static void a_user_is_found_by_number(void **state)
{
	struct account account;

	(void)state;
	assert_true(accounts_find_uid(passwd, sizeof passwd - 1, 33, &account));
	assert_int_equal(account.name_length, 3);
	assert_memory_equal(account.name, "app", 3);
	assert_false(accounts_find_uid(passwd, sizeof passwd - 1, 5, &account));
	assert_false(accounts_find_uid(passwd, sizeof passwd - 1, 1, &account));
}

static void what_is_no_line_is_passed_over(void **state)
{
	static const char *const names[] = { "", "# app", "+nis", "nis", "few", "word", "big",
		"wide", "minus", "nogid", "ap", "appl", "ROOT", "root:x" };
	struct account account;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_false(accounts_find_name(passwd, sizeof passwd - 1, names[i], &account));
	assert_false(accounts_find_name(passwd, 0, "root", &account));
	assert_false(accounts_find_name("root:x:0:0::/:\0\n", 16, "root", &account));
}

/* A file may end anywhere; only what is there is looked at. */
static void a_file_may_be_cut_anywhere(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof passwd; length++) {
		char *copy = malloc(length + 1);
		struct account account;
		memcpy(copy, passwd, length);
		accounts_find_name(copy, length, "last", &account);
		accounts_find_uid(copy, length, 12345, &account);
		free(copy);
	}
	for (size_t length = 0; length < sizeof group; length++) {
		char *copy = malloc(length + 1);
		uint32_t gids[8];
		memcpy(copy, group, length);
		assert_in_range(accounts_groups_of(copy, length, "app", 3, 44, gids, 8), 1, 4);
		free(copy);
	}
}

static void a_group_is_found_by_name(void **state)
{
	uint32_t gid = 7;

	(void)state;
	assert_true(accounts_find_group(group, sizeof group - 1, "web", &gid));
	assert_int_equal(gid, 80);
	assert_true(accounts_find_group(group, sizeof group - 1, "tail", &gid));
	assert_int_equal(gid, 84);
	static const char *const none[] = { "", "few", "word", "#web", "we", "webs" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_false(accounts_find_group(group, sizeof group - 1, none[i], &gid));
}

static void the_groups_of_a_user_are_each_there_once(void **state)
{
	static const uint32_t expected[] = { 44, 80, 81, 84 };
	uint32_t gids[8] = { 0 };

	(void)state;
	assert_int_equal(accounts_groups_of(group, sizeof group - 1, "app", 3, 44, gids, 8), 4);
	assert_memory_equal(gids, expected, sizeof expected);
	assert_int_equal(accounts_groups_of(group, sizeof group - 1, "nobody", 6, 9, gids, 8), 1);
	assert_int_equal(gids[0], 9);
	/* An empty name is nobody's, also where two commas meet. */
	assert_int_equal(accounts_groups_of(group, sizeof group - 1, "x", 1, 9, gids, 8), 1);
	/* Not more than there is room for. */
	gids[2] = 12345;
	assert_true(accounts_groups_of(group, sizeof group - 1, "app", 3, 44, gids, 2) >= 2);
	assert_int_equal(gids[2], 12345);
	assert_int_equal(accounts_groups_of(NULL, 0, "app", 3, 44, gids, 0), 1);
}

static void an_id_is_a_number_below_the_last_one(void **state)
{
	static const char *const wrong[] = { "", " 1", "1 ", "+1", "-1", "0x1", "4294967295",
		"99999999999999999999999", "1a", "," };
	uint32_t id = 7;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(accounts_number(wrong[i], &id));
	assert_int_equal(id, 7);
	assert_true(accounts_number("4294967294", &id));
	assert_int_equal(id, 4294967294);
	assert_true(accounts_number("0010", &id));
	assert_int_equal(id, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_found_by_name),
		cmocka_unit_test(a_user_is_found_by_number),
		cmocka_unit_test(what_is_no_line_is_passed_over),
		cmocka_unit_test(a_file_may_be_cut_anywhere),
		cmocka_unit_test(a_group_is_found_by_name),
		cmocka_unit_test(the_groups_of_a_user_are_each_there_once),
		cmocka_unit_test(an_id_is_a_number_below_the_last_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
