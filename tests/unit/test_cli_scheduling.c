/* SPDX-License-Identifier: MIT */
/* Priorities, processors, namespaces and maps of ids as people write them. */
#include "common/namespaces.h"
#include "common/scheduling.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void classes_of_io_are_those_of_ionice(void **state)
{
	static const struct {
		const char *text;
		int32_t priority;
	} cases[] = {
		{ "none", 0 },
		{ "0", 0 },
		{ "idle", 3 << 13 },
		{ "3", 3 << 13 },
		{ "best-effort", 2 << 13 | 4 },
		{ "be:0", 2 << 13 },
		{ "2:7", 2 << 13 | 7 },
		{ "realtime:3", 1 << 13 | 3 },
		{ "rt", 1 << 13 | 4 },
		{ "1:4", 1 << 13 | 4 },
	};
	static const char *const wrong[] = { "", ":", "idle:1", "none:0", "be:", "be:8", "be:-1",
		"be:1x", "be:10", "4", "IDLE", "best", "be :1", "be:1:2" };
	int32_t priority = 77;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(scheduling_parse_io(wrong[i], &priority), -EINVAL);
	assert_int_equal(priority, 77);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(scheduling_parse_io(cases[i].text, &priority), 0);
		assert_int_equal(priority, cases[i].priority);
	}
}

static void policies_are_those_of_chrt(void **state)
{
	static const struct {
		const char *text;
		int32_t policy, priority;
	} cases[] = {
		{ "other", SCHED_OTHER, 0 },
		{ "other:0", SCHED_OTHER, 0 },
		{ "batch", SCHED_BATCH, 0 },
		{ "idle", SCHED_IDLE, 0 },
		{ "fifo:1", SCHED_FIFO, 1 },
		{ "rr:99", SCHED_RR, 99 },
	};
	static const char *const wrong[] = { "", "fifo", "fifo:", "fifo:0", "fifo:100", "rr:-1",
		"other:1", "idle:", "deadline", "fifo:1x", "fifo:99999999999", "FIFO:1" };
	int32_t policy = 77, priority = 77;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(scheduling_parse_policy(wrong[i], &policy, &priority), -EINVAL);
	assert_true(policy == 77 && priority == 77);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(scheduling_parse_policy(cases[i].text, &policy, &priority), 0);
		assert_int_equal(policy, cases[i].policy);
		assert_int_equal(priority, cases[i].priority);
	}
}

static void processors_are_a_list_of_ranges(void **state)
{
	static const struct {
		const char *text;
		unsigned long first;
	} cases[] = {
		{ "0", 1 },
		{ "0-3,5", 0x2f },
		{ "5,0-3", 0x2f },
		{ "0-14:2", 0x5555 },
		{ "1-1", 2 },
		{ "0-7:100", 1 },
		{ "3,3,3", 8 },
		{ "63", 1ul << (63 % (8 * sizeof(long))) },
	};
	static const char *const wrong[] = { "", ",", "0,", ",0", "-1", "3-1", "0-", "0:2", "0-3:0",
		"0-3:", "8192", "0-8192", "99999999999999999999", "a", "0 ,1", "0-3:-1", "0x1" };
	unsigned long mask[SCHEDULING_CPU_WORDS] = { 77 };
	size_t size = 77;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(scheduling_parse_cpus(wrong[i], mask, &size), -EINVAL);
	assert_true(mask[0] == 77 && size == 77);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(scheduling_parse_cpus(cases[i].text, mask, &size), 0);
		assert_int_equal(mask[size / sizeof *mask - 1], cases[i].first);
	}
	assert_int_equal(scheduling_parse_cpus("8191", mask, &size), 0);
	assert_int_equal(size, sizeof mask);
	assert_int_equal(mask[SCHEDULING_CPU_WORDS - 1], ~(~0ul >> 1));
	assert_int_equal(scheduling_parse_cpus("64", mask, &size), 0);
	assert_int_equal(size, 64 / 8 + sizeof *mask);
}

static void an_oom_score_is_within_a_thousand(void **state)
{
	static const char *const wrong[] = { "", "-", "+", "1001", "-1001", "1.5", "0x1",
		"99999999999" };
	int32_t number = 77;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(scheduling_parse_oom(wrong[i], &number), -EINVAL);
	for (int expected = -1000; expected <= 1000; expected++) {
		char text[16];
		snprintf(text, sizeof text, "%d", expected);
		assert_int_equal(scheduling_parse_oom(text, &number), 0);
		assert_int_equal(number, expected);
	}
	assert_int_equal(scheduling_parse_oom("+5", &number), 0);
	assert_int_equal(number, 5);
}

static void namespaces_have_the_names_of_unshare(void **state)
{
	struct text problem = { 0 };
	uint64_t flags = 0;

	(void)state;
	assert_int_equal(namespaces_parse("net", &flags, &problem), 0);
	assert_int_equal(flags, CLONE_NEWNET);
	assert_int_equal(
		namespaces_parse("user,mount,pid,net,ipc,uts,cgroup,time", &flags, &problem), 0);
	assert_int_equal(flags, (uint64_t)CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID |
					CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
					CLONE_NEWCGROUP | NAMESPACE_TIME);
	assert_string_equal(namespace_name(CLONE_NEWNS), "mount");
	assert_null(namespace_name(3));
	static const char *const wrong[] = { "", "net,", ",net", "nets", "NET", "net,,pid" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		flags = 77;
		assert_int_equal(namespaces_parse(wrong[i], &flags, &problem), -EINVAL);
		assert_int_equal(flags, 77);
		assert_non_null(strstr(problem.bytes, "is no namespace (accepted: user, "));
		text_done(&problem);
	}
}

static void maps_are_lines_that_do_not_meet(void **state)
{
	struct brood_id_map maps[NAMESPACES_MOST_MAPS];
	size_t n = 0;

	(void)state;
	assert_int_equal(namespaces_parse_map("0:1000:1", maps, &n), 0);
	assert_int_equal(namespaces_parse_map("1:100000:65536,70000:5", maps, &n), 0);
	assert_int_equal(n, 3);
	assert_true(maps[1].inside == 1 && maps[1].outside == 100000 && maps[1].count == 65536);
	assert_true(maps[2].inside == 70000 && maps[2].outside == 5 && maps[2].count == 1);
	static const char *const wrong[] = { "", "0", "0:", ":0", "0:0:", "0:0:0", "0:0:1:1",
		"0:0:-1", "a:0:1", "4294967295:0:1", "0:4294967294:2", "0:0:4294967296",
		"200000:0:1,",
		/* These meet the ones above. */
		"0:9:1", "80000:1000:1", "65536:0:1", "90000:165535:1", "60000:200000:20000" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		size_t before = n;
		int r = namespaces_parse_map(wrong[i], maps, &n);
		assert_int_equal(r, -EINVAL);
		n = before;
	}
	n = 0;
	assert_int_equal(namespaces_parse_map("0:0:4294967295", maps, &n), 0);
	n = 0;
	for (unsigned int i = 0; i <= NAMESPACES_MOST_MAPS; i++) {
		char text[32];
		snprintf(text, sizeof text, "%u:%u:1", i, i);
		assert_int_equal(namespaces_parse_map(text, maps, &n),
			i < NAMESPACES_MOST_MAPS ? 0 : -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_of_io_are_those_of_ionice),
		cmocka_unit_test(policies_are_those_of_chrt),
		cmocka_unit_test(processors_are_a_list_of_ranges),
		cmocka_unit_test(an_oom_score_is_within_a_thousand),
		cmocka_unit_test(namespaces_have_the_names_of_unshare),
		cmocka_unit_test(maps_are_lines_that_do_not_meet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
