/* SPDX-License-Identifier: MIT */
/* Lists of capabilities, and what they come to. */
#include "common/capabilities.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LAST        40
#define ALL         ((UINT64_C(1) << (LAST + 1)) - 1)
#define BIT(number) (UINT64_C(1) << (number))

static struct capabilities parse(const char *list)
{
	struct capabilities capabilities;
	struct text problem = { 0 };

	assert_int_equal(capabilities_parse(list, LAST, &capabilities, &problem), 0);
	assert_null(problem.bytes);
	return capabilities;
}

static void a_list_says_what_there_can_be_and_what_is_given(void **state)
{
	const uint64_t base = BIT(CAP_CHOWN) | BIT(CAP_NET_RAW);
	const struct {
		const char *list;
		uint64_t bounding, ambient;
	} cases[] = {
		{ "", 0, 0 },
		{ "none", 0, 0 },
		{ "NONE", 0, 0 },
		{ "all", ALL, ALL },
		{ "chown", BIT(CAP_CHOWN), BIT(CAP_CHOWN) },
		{ "CAP_CHOWN,cap_kill", BIT(CAP_CHOWN) | BIT(CAP_KILL),
			BIT(CAP_CHOWN) | BIT(CAP_KILL) },
		{ "Cap_Net_Bind_Service", BIT(CAP_NET_BIND_SERVICE), BIT(CAP_NET_BIND_SERVICE) },
		{ "0,40,cap_39", BIT(0) | BIT(39) | BIT(40), BIT(0) | BIT(39) | BIT(40) },
		{ "all,-sys_admin", ALL & ~BIT(CAP_SYS_ADMIN), ALL & ~BIT(CAP_SYS_ADMIN) },
		{ "chown,-chown", 0, 0 },
		{ "-chown,chown", base, BIT(CAP_CHOWN) },
		/* What is left is not given to anybody. */
		{ "-chown", BIT(CAP_NET_RAW), 0 },
		{ "-kill", base, 0 },
		{ "+kill", base | BIT(CAP_KILL), BIT(CAP_KILL) },
		{ "+kill,-net_raw", BIT(CAP_CHOWN) | BIT(CAP_KILL), BIT(CAP_KILL) },
		/* As for setpriv(1). */
		{ "-all,+kill", BIT(CAP_KILL), BIT(CAP_KILL) },
		{ "+all,-kill", ALL & ~BIT(CAP_KILL), ALL & ~BIT(CAP_KILL) },
		{ "chown,none,kill", BIT(CAP_KILL), BIT(CAP_KILL) },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct capabilities capabilities = parse(cases[i].list);
		assert_int_equal(
			capabilities_bounding(&capabilities, LAST, base), cases[i].bounding);
		assert_int_equal(capabilities_ambient(&capabilities, LAST), cases[i].ambient);
	}
}

static void every_capability_has_its_name(void **state)
{
	char name[64];

	(void)state;
	for (unsigned int number = 0; number <= LAST; number++) {
		assert_non_null(capability_name(number));
		assert_int_equal(capability_number(capability_name(number),
					 strlen(capability_name(number)), LAST),
			number);
		snprintf(name, sizeof name, "CAP_%s", capability_name(number));
		for (char *at = name; *at; at++)
			*at = (char)toupper((unsigned char)*at);
		assert_int_equal(capability_number(name, strlen(name), LAST), number);
		snprintf(name, sizeof name, "%u", number);
		assert_int_equal(capability_number(name, strlen(name), LAST), number);
		/* One that the kernel does not know cannot be had. */
		if (number > 0)
			assert_int_equal(
				capability_number(name, strlen(name), number - 1), -EINVAL);
	}
	assert_null(capability_name(LAST + 1));
	/* The kernel is newer than the names. */
	assert_int_equal(capability_number("41", 2, 41), 41);
	assert_int_equal(capability_number("63", 2, 63), 63);
	assert_int_equal(capability_number("64", 2, 63), -EINVAL);
	assert_int_equal(capability_number("4294967296", 10, 63), -EINVAL);
}

static void what_is_no_capability_is_refused(void **state)
{
	static const struct {
		const char *list, *words;
	} cases[] = {
		{ "net_bind_servce", "'net_bind_servce' is no capability; did you mean "
				     "net_bind_service? (accepted: " },
		{ "CAP_CHWN", "did you mean chown?" },
		{ ",", "'' is no capability" },
		{ "chown,", "'' is no capability" },
		{ "cap_", "'cap_' is no capability" },
		{ "-", "'' is no capability" },
		{ "--chown", "'-chown' is no capability" },
		{ "chown kill", "'chown kill' is no capability" },
		{ "-none", "'none' is no capability" },
		{ "41", "this kernel has no capability '41', its last one is 40" },
		{ "64", "'64' is no capability" },
		{ "=", "'=' is no capability" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct capabilities capabilities = { .added = 7 };
		struct text problem = { 0 };
		assert_int_equal(
			capabilities_parse(cases[i].list, LAST, &capabilities, &problem), -EINVAL);
		assert_int_equal(capabilities.added, 7);
		if (!strstr(problem.bytes, cases[i].words))
			fail_msg("%s: %s", cases[i].list, problem.bytes);
		text_done(&problem);
	}
}

static void a_kernel_may_have_all_64(void **state)
{
	struct capabilities capabilities;
	struct text problem = { 0 };

	(void)state;
	assert_int_equal(capabilities_parse("all", 63, &capabilities, &problem), 0);
	assert_int_equal(capabilities_bounding(&capabilities, 63, 0), UINT64_MAX);
	assert_int_equal(capabilities_bounding(&capabilities, 0, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_says_what_there_can_be_and_what_is_given),
		cmocka_unit_test(every_capability_has_its_name),
		cmocka_unit_test(what_is_no_capability_is_refused),
		cmocka_unit_test(a_kernel_may_have_all_64),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
