/* SPDX-License-Identifier: MIT */
/* What files of /proc say, with names that look like something else. */

#include "process/procfs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What comes behind a name: up to the resident pages, and then up to the exit code. */
#define HEAD "S 7 8 9 34816 8 4194304 10 11 12 13 140 150 160 170 20 -5 3 0 4711 1048576 256"
#define TAIL \
	" 18446744073709551615 1 2 3 0 0 0 0 4096 81920 0 0 0 17 3 0 0 0 0 0 4 5 6 7 8 9 10 3584\n"

static int parse(const char *text, struct brood__proc_stat *stat)
{
	return brood__proc_parse_stat(text, strlen(text), stat);
}

static void a_line_is_taken_apart(void **state)
{
	struct brood__proc_stat stat;
	(void)state;
	assert_int_equal(parse("42 (name) " HEAD TAIL, &stat), 0);
	assert_int_equal(stat.pid, 42);
	assert_string_equal(stat.name, "name");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.parent, 7);
	assert_int_equal(stat.group, 8);
	assert_int_equal(stat.session, 9);
	assert_int_equal(stat.user_ticks, 140);
	assert_int_equal(stat.system_ticks, 150);
	assert_int_equal(stat.nice, -5);
	assert_int_equal(stat.threads, 3);
	assert_int_equal(stat.start_ticks, 4711);
	assert_int_equal(stat.virtual_bytes, 1048576);
	assert_int_equal(stat.resident_pages, 256);
	assert_true(stat.has_exit);
	assert_int_equal(stat.exit_status, 3584);
}

static void a_name_is_whatever_is_between_the_outer_parentheses(void **state)
{
	static const char *const names[] = { "", " ", "a b", "(", ")", "((", "))", ") R 1 2 3 (",
		"a\nb", "1 (x) Z 1", "\xff\xfe",
		"kworker/u64:3-events_unbound_and_a_very_long_name" };
	struct brood__proc_stat stat;
	char line[512];
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(line, sizeof line, "1 (%s) " HEAD TAIL, names[i]);
		assert_int_equal(parse(line, &stat), 0);
		assert_string_equal(stat.name, names[i]);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.parent, 7);
	}
}

static void a_name_that_is_too_long_is_cut(void **state)
{
	struct brood__proc_stat stat;
	char name[200];
	char line[512];
	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	snprintf(line, sizeof line, "1 (%s) " HEAD TAIL, name);
	assert_int_equal(parse(line, &stat), 0);
	assert_int_equal(strlen(stat.name), BROOD__PROC_NAME - 1);
	assert_memory_equal(stat.name, name, BROOD__PROC_NAME - 1);
	assert_int_equal(stat.start_ticks, 4711);
}

static void an_exit_code_may_be_missing(void **state)
{
	struct brood__proc_stat stat;
	(void)state;
	assert_int_equal(parse("1 (x) " HEAD "\n", &stat), 0);
	assert_false(stat.has_exit);
	assert_int_equal(stat.resident_pages, 256);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *const lines[] = { "", "1", "1 ", "1 (", "1 (x", "1 (x)", "1 (x) ",
		"1 (x) S", "1 (x) S 1", "x (x) " HEAD, "-9223372036854775808 (x) " HEAD,
		"1(x) " HEAD, "1 x " HEAD, "1 (x)" HEAD, "1 (x) S a 8 9",
		"1 (x) S 7 8 9 0 8 4 1 1 1 1 -14 15 16 17 20 0 3 0 4711 1048576 256",
		"1 (x) S 7 8 9 0 8 4 1 1 1 1 14 15 16 17 20 0 3 0 99999999999999999999 1 2",
		"1 (x) S 7 8 9 0 8 4 1 1 1 1 14 15 16 17 20 0 3 0 4711 1048576",
		"1 (x) " HEAD " 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -9",
		"1 (x) " HEAD " 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 65536" };
	struct brood__proc_stat stat;
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (parse(lines[i], &stat) != -EPROTO)
			fail_msg("'%s' was accepted", lines[i]);
	}
}

static void ids_and_peak_are_found_in_status(void **state)
{
	static const char text[] =
		"Name:\tUid: 5\\n\nUmask:\t0022\nUid:\t1000\t1001\t1002\t1003\n"
		"Gid:\t10\t11\t12\t13\nVmPeak:\t  9000 kB\nVmHWM:\t    5420 kB\n";
	struct brood__proc_status status;
	(void)state;
	brood__proc_parse_status(text, strlen(text), &status);
	assert_int_equal(status.uid, 1000);
	assert_int_equal(status.euid, 1001);
	assert_int_equal(status.gid, 10);
	assert_int_equal(status.egid, 11);
	assert_int_equal(status.peak_kib, 5420);
	/* A line without its end may be half a number. */
	for (size_t n = 0; n < strlen(text); n++) {
		brood__proc_parse_status(text, n, &status);
		assert_true(status.peak_kib == BROOD__PROC_ABSENT);
		assert_true(status.uid == 1000 || status.uid == BROOD__PROC_ABSENT);
		assert_true(status.egid == 11 || status.egid == BROOD__PROC_ABSENT);
	}
}

static void bytes_are_found_in_io(void **state)
{
	static const char text[] = "rchar: 18446744073709551615\nwchar: 2\nsyscr: 3\nsyscw: 4\n"
				   "read_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n";
	struct brood__proc_io io;
	(void)state;
	brood__proc_parse_io(text, strlen(text), &io);
	assert_true(io.read_chars == UINT64_MAX);
	assert_int_equal(io.written_chars, 2);
	assert_int_equal(io.read_bytes, 5);
	assert_int_equal(io.written_bytes, 6);
	brood__proc_parse_io("", 0, &io);
	assert_true(io.read_bytes == BROOD__PROC_ABSENT && io.written_bytes == BROOD__PROC_ABSENT);
	brood__proc_parse_io("rchar: x\nwchar:\nread_bytes: 18446744073709551616\n", 49, &io);
	assert_true(io.read_chars == BROOD__PROC_ABSENT && io.written_chars == BROOD__PROC_ABSENT &&
		    io.read_bytes == BROOD__PROC_ABSENT);
}

static void a_pidfd_is_known_by_its_line(void **state)
{
	static const struct {
		const char *text;
		int64_t pid;
	} cases[] = {
		{ "pos:\t0\nflags:\t02000002\nPid:\t28841\nNSpid:\t28841\n", 28841 },
		{ "Pid:\t-1\n", -1 },
		{ "Pid:\t0\n", 0 },
		{ "", -EINVAL },
		{ "NSpid:\t5\n", -EINVAL },
		{ "Pid:\t5", -EINVAL },
		{ "Pid:\t-2\n", -EINVAL },
		{ "Pid:\tx\n", -EINVAL },
		{ "Pid:\t99999999999\n", -EINVAL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(brood__proc_parse_pidfd(cases[i].text, strlen(cases[i].text)),
			cases[i].pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_taken_apart),
		cmocka_unit_test(a_name_is_whatever_is_between_the_outer_parentheses),
		cmocka_unit_test(a_name_that_is_too_long_is_cut),
		cmocka_unit_test(an_exit_code_may_be_missing),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(ids_and_peak_are_found_in_status),
		cmocka_unit_test(bytes_are_found_in_io),
		cmocka_unit_test(a_pidfd_is_known_by_its_line),
	};
	return cmocka_run_group_tests_name("files of /proc", tests, NULL, NULL);
}
