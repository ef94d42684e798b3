/* SPDX-License-Identifier: MIT */
/* Environments against a slow model that is easy to believe. What a child really gets is up to the
 * contract tests. */

#include "spawn/environ.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "model_environ.h"

static char **saved;

static void use(char *const *entries)
{
	saved = environ;
	environ = (char **)(uintptr_t)entries;
}

static void restore(void)
{
	environ = saved;
}

static int make(const struct brood_cmd *cmd, char *const **env, void **block)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood__environ_make(cmd, env, block, &error);

	assert_int_equal(error.code, r);
	return r;
}

static void gives_the_callers_own_list_if_nothing_changes(void **state)
{
	struct brood_cmd cmd = BROOD_CMD_INIT;
	char *const *entries = BROOD_ARGV("A=1", "bare", "B=", "bare", "=C:=x", "==");
	char *const *env = NULL;
	void *block = &cmd;

	(void)state;
	use(entries);
	assert_int_equal(make(&cmd, &env, &block), 0);
	assert_ptr_equal(env, entries);
	assert_null(block);
	cmd.env_edit = BROOD_ARGV(NULL);
	assert_int_equal(make(&cmd, &env, &block), 0);
	assert_ptr_equal(env, entries);
	cmd.env_edit = BROOD_ARGV("NOT_THERE");
	assert_int_equal(make(&cmd, &env, &block), 0);
	assert_ptr_equal(env, entries);
	assert_null(block);
	cmd.env_edit = NULL;
	cmd.env = entries;
	cmd.dir = "/";
	environ = NULL;
	assert_int_equal(make(&cmd, &env, &block), 0);
	assert_ptr_equal(env, entries);
	assert_null(block);
	restore();
}

static void gives_an_empty_list_for_no_list(void **state)
{
	struct brood_cmd cmd = BROOD_CMD_INIT;
	char *const *env = NULL;
	void *block = NULL;

	(void)state;
	use(NULL);
	assert_int_equal(make(&cmd, &env, &block), 0);
	assert_null(env[0]);
	assert_null(block);
	assert_null(brood__environ_get("PATH"));
	restore();
}

/* Around the size up to which nothing is allocated. */
static void gives_long_lists_back_as_well(void **state)
{
	static char memory[600][16];
	char *entries[601];

	(void)state;
	for (size_t n = 250; n < 600; n += n < 260 ? 1 : 100) {
		struct brood_cmd cmd = BROOD_CMD_INIT;
		char *const *env = NULL;
		void *block = NULL;
		for (size_t i = 0; i < n; i++) {
			snprintf(memory[i], sizeof memory[i], "NAME%zu=x", i);
			entries[i] = memory[i];
		}
		entries[n] = NULL;
		use(entries);
		assert_int_equal(make(&cmd, &env, &block), 0);
		assert_ptr_equal(env, entries);
		assert_null(block);
		entries[0] = memory[n - 1];
		assert_int_equal(make(&cmd, &env, &block), 0);
		assert_ptr_equal(env, block);
		assert_ptr_equal(env[0], entries[1]);
		assert_ptr_equal(env[n - 2], entries[n - 1]);
		assert_null(env[n - 1]);
		free(block);
		restore();
	}
}

static void finds_variables(void **state)
{
	char *const *entries = BROOD_ARGV("AB=1", "A", "A=2", "A=3", "EMPTY=");

	(void)state;
	use(entries);
	assert_string_equal(brood__environ_get("A"), "2");
	assert_string_equal(brood__environ_get("AB"), "1");
	assert_string_equal(brood__environ_get("EMPTY"), "");
	assert_null(brood__environ_get("B"));
	restore();
}

static void refuses_sizes_and_nothing(void **state)
{
	struct brood_cmd cmd = { 0 };
	struct brood_error error = BROOD_ERROR_INIT;
	char **env = NULL;

	(void)state;
	assert_int_equal(brood_environ(&cmd, &env, &error), -E2BIG);
	assert_int_equal(error.step, BROOD_STEP_CONFIG);
	cmd.size = 1;
	assert_int_equal(brood_environ(&cmd, &env, &error), BROOD_EMISUSE);
	assert_int_equal(brood_environ(NULL, &env, &error), BROOD_EMISUSE);
	assert_null(env);
}

/* A short command knows no env_edit. */
static void reads_no_more_than_the_size_says(void **state)
{
	struct brood_cmd cmd = BROOD_CMD(.env = BROOD_ARGV("A=1"), .env_edit = BROOD_ARGV(""));
	char **env = NULL;

	(void)state;
	assert_int_equal(brood_environ(&cmd, &env, NULL), -EINVAL);
	cmd.size = offsetof(struct brood_cmd, env_edit);
	assert_int_equal(brood_environ(&cmd, &env, NULL), 0);
	assert_string_equal(env[0], "A=1");
	assert_null(env[1]);
	free(env);
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* Short names, so that many are the same; sometimes behind one that makes them long. */
static void random_entry(char *entry, bool is_edit, uint64_t *seed)
{
	static const char bytes[] = "ABab=\xc3";
	static const char *const fronts[] = { "", "", "AB", "ABCDEF", "ABCDEFGH_IJK",
		"A_NAME_OF_24_BYTES_OR_SO" };
	size_t n = next_random(seed) % 5 + is_edit;
	const char *front = fronts[next_random(seed) % (sizeof fronts / sizeof fronts[0])];

	entry = stpcpy(entry, front);
	for (size_t i = 0; i < n; i++)
		entry[i] = bytes[next_random(seed) % (sizeof bytes - 1)];
	if (is_edit && entry[0] == '=' && !front[0])
		entry[0] = 'A';
	entry[n] = '\0';
	/* And where the differences lie in the middle of a name. */
	if (n > 0 && !strchr(entry, '=') && next_random(seed) % 2)
		strcpy(entry + n, "_THE_END_OF_A_NAME=");
}

static void agrees_with_the_model(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char memory[80][64];
		char *all[81] = { NULL };
		char *source[81] = { NULL };
		size_t n_source = next_random(&seed) % (round % 4 ? 10 : 70);
		size_t n = n_source + next_random(&seed) % 10;
		for (size_t i = 0; i < n; i++) {
			random_entry(memory[i], i >= n_source, &seed);
			all[i] = memory[i];
			if (i < n_source)
				source[i] = memory[i];
		}
		check_environ(all, n, source, n_source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_callers_own_list_if_nothing_changes),
		cmocka_unit_test(gives_an_empty_list_for_no_list),
		cmocka_unit_test(gives_long_lists_back_as_well),
		cmocka_unit_test(finds_variables),
		cmocka_unit_test(refuses_sizes_and_nothing),
		cmocka_unit_test(reads_no_more_than_the_size_says),
		cmocka_unit_test(agrees_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
