/* SPDX-License-Identifier: MIT */
/* Statuses in words, results and their end. */

#include <brood/status.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STATUS(...) \
	(&(const struct brood_status){ .size = sizeof(struct brood_status), __VA_ARGS__ })

static void expect(const struct brood_status *status, const char *wanted)
{
	char text[64];

	for (size_t size = 1; size <= sizeof text; size++) {
		memset(text, '~', sizeof text);
		assert_int_equal(brood_status_text(status, text, size), strlen(wanted));
		size_t n = strlen(wanted) < size ? strlen(wanted) : size - 1;
		assert_memory_equal(text, wanted, n);
		assert_int_equal(text[n], '\0');
	}
	assert_int_equal(brood_status_text(status, NULL, 0), strlen(wanted));
}

static void describes_every_end(void **state)
{
	(void)state;
	expect(STATUS(.how = BROOD_EXITED, .exit_code = 0), "exit code 0");
	expect(STATUS(.how = BROOD_EXITED, .exit_code = 3), "exit code 3");
	expect(STATUS(.how = BROOD_EXITED, .exit_code = 255), "exit code 255");
	expect(STATUS(.how = BROOD_SIGNALED, .exit_code = -1, .signal = SIGTERM),
		"killed by SIGTERM");
	expect(STATUS(.how = BROOD_SIGNALED, .signal = SIGSEGV, .core_dumped = 1),
		"killed by SIGSEGV (core dumped)");
	expect(STATUS(.how = BROOD_SIGNALED, .signal = 33), "killed by signal 33");
	expect(STATUS(.how = BROOD_RUNNING), "running");
	expect(STATUS(.how = BROOD_LOST), "ended, but its status is lost");
	expect(STATUS(.how = BROOD_NOT_STARTED), "not started");
	expect(STATUS(.how = BROOD_STOPPED), "stopped");
	expect(STATUS(.how = BROOD_STOPPED, .signal = SIGTSTP), "stopped by SIGTSTP");
	expect(STATUS(.how = 99), "unknown status");
	expect(NULL, "no status");
}

static void knows_success(void **state)
{
	(void)state;
	assert_true(brood_status_is_success(STATUS(.how = BROOD_EXITED, .exit_code = 0)));
	assert_false(brood_status_is_success(STATUS(.how = BROOD_EXITED, .exit_code = 1)));
	assert_false(brood_status_is_success(NULL));
	for (int how = 0; how < 8; how++) {
		if (how != BROOD_EXITED)
			assert_false(brood_status_is_success(STATUS(.how = how)));
	}
}

/* LeakSanitizer and valgrind see what is not freed. */
static void ends_a_result(void **state)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_result empty = BROOD_RESULT_INIT;
	char mine[4];

	(void)state;
	brood_result_done(NULL);
	brood_result_done(&result);
	assert_memory_equal(&result, &empty, sizeof result);
	for (int round = 0; round < 2; round++) {
		result.code = BROOD_EEXIT;
		result.out.data = malloc(10);
		result.err.data = malloc(10);
		result.all.data = malloc(10);
		result.stages = calloc(1, sizeof *result.stages);
		result.n_stages = 1;
		strcpy(result.label, "git");
		brood_result_done(&result);
		assert_memory_equal(&result, &empty, sizeof result);
	}
	result.out.data = mine;
	result.err.data = mine;
	result.notes = BROOD_NOTE_OUT_BORROWED | BROOD_NOTE_ERR_BORROWED;
	brood_result_done(&result);
	assert_memory_equal(&result, &empty, sizeof result);
}

/* One of a program that is newer or older than the library. */
static void leaves_what_is_beyond_the_size_alone(void **state)
{
	struct {
		struct brood_result result;
		char beyond[8];
	} larger = { .result = { .size = sizeof larger, .n_stages = 4 }, .beyond = "beyond" };
	struct brood_result zero = { 0 };

	(void)state;
	brood_result_done(&larger.result);
	assert_int_equal(larger.result.size, sizeof larger);
	assert_int_equal(larger.result.n_stages, 0);
	assert_string_equal(larger.beyond, "beyond");
	brood_result_done(&zero);
	assert_int_equal(zero.size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_every_end),
		cmocka_unit_test(knows_success),
		cmocka_unit_test(ends_a_result),
		cmocka_unit_test(leaves_what_is_beyond_the_size_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
