/* SPDX-License-Identifier: MIT */
/* Tests whose names say what is to become of them: check_tap.py compares. */
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int was_torn_down;

#define FAILS(name, assertion)                 \
	static void fails_##name(void **state) \
	{                                      \
		(void)state;                   \
		assertion;                     \
	}
#define PASSES(name, assertion)                 \
	static void passes_##name(void **state) \
	{                                       \
		(void)state;                    \
		assertion;                      \
	}

FAILS(by_fail, fail())
FAILS(by_message, fail_msg("not ok %d - a line that is none of ours\n1..%d", 1, 99))
FAILS(true, assert_true(was_torn_down == -1))
FAILS(false, assert_false(was_torn_down != -1))
FAILS(null, assert_null("text"))
FAILS(non_null, assert_non_null(NULL))
FAILS(int, assert_int_equal(-1, 1))
FAILS(int_high_half, assert_int_equal((int64_t)1 << 32, 0))
FAILS(int_not, assert_int_not_equal(7, 7))
FAILS(range_above, assert_in_range(11, 1, 10))
FAILS(range_below, assert_in_range(0, 1, 10))
FAILS(range_negative, assert_in_range(-1, 0, 10))
FAILS(pointer, assert_ptr_equal(&was_torn_down, NULL))
FAILS(pointer_not, assert_ptr_not_equal(&was_torn_down, &was_torn_down))
FAILS(string, assert_string_equal("one", "two"))
FAILS(string_null, assert_string_equal(NULL, "two"))
FAILS(string_not, assert_string_not_equal("one", "one"))
FAILS(memory, assert_memory_equal("abc", "abd", 3))
FAILS(memory_not, assert_memory_not_equal("abc", "abd", 2))

PASSES(true, assert_true((uint64_t)1 << 32))
PASSES(false, assert_false(0))
PASSES(null, assert_null(NULL))
PASSES(non_null, assert_non_null("text"))
PASSES(int, assert_int_equal(-1, (int64_t)-1))
PASSES(int_not, assert_int_not_equal(-1, 1))
PASSES(range, (assert_in_range(1, 1, 10), assert_in_range(10, 1, 10)))
PASSES(pointer, assert_ptr_equal(&was_torn_down, &was_torn_down))
PASSES(string, assert_string_equal("one", "one"))
PASSES(memory, assert_memory_equal("abc", "abd", 2))

static void dies(void **state)
{
	(void)state;
	raise(SIGKILL);
}

static void skips(void **state)
{
	(void)state;
	skip();
	fail();
}

static int give_state(void **state)
{
	*state = strdup("state");
	return 0;
}

static int take_state(void **state)
{
	was_torn_down++;
	free(*state);
	return 0;
}

static void passes_with_state(void **state)
{
	assert_string_equal(*state, "state");
}

static void fails_with_state(void **state)
{
	(void)state;
	fail();
}

static void passes_after_teardown_of_a_failed_test(void **state)
{
	(void)state;
	assert_int_equal(was_torn_down, 2);
}

static int refuse(void **state)
{
	(void)state;
	return -1;
}

static int assert_wrong(void **state)
{
	(void)state;
	assert_true(was_torn_down == -1);
	return 0;
}

static void fails_in_setup(void **state)
{
	(void)state;
	was_torn_down = 1000;
}

static void fails_in_setup_by_assertion(void **state)
{
	fails_in_setup(state);
}

static void fails_in_teardown(void **state)
{
	(void)state;
}

static void fails_in_teardown_by_assertion(void **state)
{
	(void)state;
}

/* A copy that goes on with the tests would print what is not so. */
static void passes_with_an_assertion_in_a_child(void **state)
{
	int status = 0;
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		close(1);
		fail();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void passes_as_the_last(void **state)
{
	(void)state;
	assert_in_range(was_torn_down, 2, 999);
}

#define T(test) cmocka_unit_test(test)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { T(fails_by_fail), T(fails_by_message), T(fails_true),
		T(fails_false), T(fails_null), T(fails_non_null), T(fails_int),
		T(fails_int_high_half), T(fails_int_not), T(fails_range_above),
		T(fails_range_below), T(fails_range_negative), T(fails_pointer),
		T(fails_pointer_not), T(fails_string), T(fails_string_null), T(fails_string_not),
		T(fails_memory), T(fails_memory_not), T(passes_true), T(passes_false),
		T(passes_null), T(passes_non_null), T(passes_int), T(passes_int_not),
		T(passes_range), T(passes_pointer), T(passes_string), T(passes_memory), T(skips),
		cmocka_unit_test_setup_teardown(passes_with_state, give_state, take_state),
		cmocka_unit_test_setup_teardown(fails_with_state, give_state, take_state),
		T(passes_after_teardown_of_a_failed_test),
		cmocka_unit_test_setup_teardown(fails_in_setup, refuse, NULL),
		cmocka_unit_test_setup_teardown(fails_in_setup_by_assertion, assert_wrong, NULL),
		cmocka_unit_test_setup_teardown(fails_in_teardown, NULL, refuse),
		cmocka_unit_test_setup_teardown(fails_in_teardown_by_assertion, NULL, assert_wrong),
		T(passes_with_an_assertion_in_a_child), T(passes_as_the_last) };
	const struct CMUnitTest few[] = { T(passes_true), T(skips) };
	const struct CMUnitTest dying[] = { T(dies), T(passes_true) };

	if (argc > 1 && strcmp(argv[1], "good") == 0)
		return cmocka_run_group_tests_name("good", few, NULL, NULL);
	if (argc > 1 && strcmp(argv[1], "dying") == 0)
		return cmocka_run_group_tests_name("dying", dying, NULL, NULL);
	if (argc > 1 && strcmp(argv[1], "unset") == 0)
		return cmocka_run_group_tests_name("unset", few, refuse, NULL);
	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
