/* SPDX-License-Identifier: MIT */
/* Runs tests, and prints what became of them as TAP. */
#include "cmocka.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* For a test that is to fail. */
#define MOST_SECONDS 10

enum outcome { PASSED, FAILED, SKIPPED };

/* Where an assertion goes to, and who may go there: this thread of this process, while it runs. */
static jmp_buf way_out;
static _Thread_local bool is_running;
static pid_t runner;

/* Every line of it as a comment: what a test has to say must not be taken for a result. */
static void comment(const char *format, va_list list)
{
	char text[8192];
	char *rest = text;

	vsnprintf(text, sizeof text, format, list);
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			printf("# %s\n", line);
	fflush(stdout);
}

void print_message(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	comment(format, list);
	va_end(list);
}

static void leave(enum outcome outcome)
{
	if (!is_running || getpid() != runner)
		abort();
	longjmp(way_out, outcome);
}

void tap_skip(void)
{
	leave(SKIPPED);
	abort();
}

void tap_fail(struct tap_place place, const char *format, ...)
{
	const char *wants_abort = getenv("CMOCKA_TEST_ABORT");
	va_list list;

	print_message("%s:%d:", place.file, place.line);
	va_start(list, format);
	comment(format, list);
	va_end(list);
	if (wants_abort && *wants_abort == '1')
		abort();
	leave(FAILED);
	abort();
}

void tap_is(struct tap_place place, const char *what, bool value, bool wanted)
{
	if (value != wanted)
		tap_fail(place, "%s: %s", value ? "this is" : "this is not", what);
}

void tap_equal(struct tap_place place, uintmax_t a, uintmax_t b, bool wanted)
{
	if ((a == b) != wanted)
		tap_fail(place, "%" PRIdMAX " (%#" PRIxMAX ") %s %" PRIdMAX " (%#" PRIxMAX ")",
			(intmax_t)a, a, wanted ? "is not" : "is", (intmax_t)b, b);
}

void tap_equal_texts(struct tap_place place, const char *a, const char *b, bool wanted)
{
	if (!a || !b)
		tap_fail(place, "there is no text");
	if ((strcmp(a, b) == 0) != wanted)
		tap_fail(place, "\"%s\" %s \"%s\"", a, wanted ? "is not" : "is", b);
}

void tap_equal_bytes(struct tap_place place, const void *a, const void *b, size_t n, bool wanted)
{
	const unsigned char *left = a, *right = b;
	size_t at = 0;

	while (at < n && left[at] == right[at])
		at++;
	if (at < n && wanted)
		tap_fail(place, "byte %zu of %zu is %#04x, not %#04x", at, n, left[at], right[at]);
	if (at == n && !wanted)
		tap_fail(place, "the same %zu bytes", n);
}

void tap_in_range(struct tap_place place, uintmax_t value, uintmax_t least, uintmax_t most)
{
	if (value < least || value > most)
		tap_fail(place, "%" PRIdMAX " is not from %" PRIdMAX " to %" PRIdMAX,
			(intmax_t)value, (intmax_t)least, (intmax_t)most);
}

/* The test, or a function for before or after it; NULL passes. */
static enum outcome run(void (*test)(void **state), int (*around)(void **state), void **state)
{
	int outcome = setjmp(way_out);

	if (outcome != PASSED) {
		is_running = false;
		return (enum outcome)outcome;
	}
	is_running = true;
	if (test)
		test(state);
	int r = around ? around(state) : 0;
	is_running = false;
	if (r != 0)
		print_message("it returned %d", r);
	return r == 0 ? PASSED : FAILED;
}

/* A test that was not set up does not run; one that failed is cleaned up after all the same. */
static enum outcome run_one(const struct CMUnitTest *test, void *state)
{
	if (test->initial_state)
		state = test->initial_state;
	enum outcome outcome = run(NULL, test->setup_func, &state);
	if (outcome != PASSED) {
		print_message("the setup of %s", test->name);
		return outcome;
	}
	outcome = run(test->test_func, NULL, &state);
	enum outcome after = run(NULL, test->teardown_func, &state);
	if (after == FAILED)
		print_message("the teardown of %s", test->name);
	return after == FAILED ? FAILED : outcome;
}

/* What $TAP_MISSING names: lines "PROGRAM | TEST | REASON". NULL: it names nothing. */
static FILE *open_missing(void)
{
	const char *path = getenv("TAP_MISSING");
	FILE *file = path ? fopen(path, "re") : NULL;

	if (path && !file) {
		printf("Bail out! %s cannot be read\n", path);
		exit(1);
	}
	return file;
}

/* The next line about this program; the reason is valid until the next call. */
static const char *next_missing(FILE *file, const char **ret_reason)
{
	static char line[1024];

	while (file && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		char *test = strstr(line, " | ");
		char *reason = test ? strstr(test + 3, " | ") : NULL;
		if (!reason)
			continue;
		*test = *reason = 0;
		*ret_reason = reason + 3;
		if (strcmp(line, program_invocation_short_name) == 0)
			return test + 3;
	}
	return NULL;
}

/*
 * Why a test cannot pass here. A reason that begins with "root: " or "user: " is one for root
 * alone, or for everybody else; with "skip: " the test is not run at all.
 */
static const char *missing(const char *name)
{
	const char *reason = NULL;
	FILE *file = open_missing();
	const char *test = next_missing(file, &reason);

	while (test && strcmp(test, name) != 0)
		test = next_missing(file, &reason);
	if (file)
		fclose(file);
	if (!test || strncmp(reason, geteuid() == 0 ? "user: " : "root: ", 6) == 0)
		return NULL;
	return reason;
}

/* How many lines are about tests that there are no more. */
static int count_stale(const struct CMUnitTest *tests, size_t n)
{
	const char *reason;
	const char *name;
	int n_stale = 0;
	FILE *file = open_missing();

	while ((name = next_missing(file, &reason))) {
		size_t i = 0;
		while (i < n && strcmp(tests[i].name, name) != 0)
			i++;
		if (i < n)
			continue;
		print_message("it is listed as missing, and there is no such test: %s", name);
		n_stale++;
	}
	if (file)
		fclose(file);
	return n_stale;
}

/* One that is to fail may as well hang, or crash: it gets a process of its own, and some time. */
static enum outcome run_apart(const struct CMUnitTest *test, void *state)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		runner = getpid();
		signal(SIGALRM, SIG_DFL);
		alarm(MOST_SECONDS);
		_exit((int)run_one(test, state));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return FAILED;
	return (enum outcome)WEXITSTATUS(status);
}

/* Returns whether it was as it should be. */
static bool run_and_tell(const struct CMUnitTest *test, size_t number, void *state, bool is_set_up)
{
	const char *reason = missing(test->name);
	if (reason && strncmp(reason, "skip: ", 6) == 0) {
		printf("ok %zu - %s # SKIP %s\n", number, test->name, reason + 6);
		return true;
	}
	enum outcome outcome = !is_set_up ? FAILED
			       : reason   ? run_apart(test, state)
					  : run_one(test, state);

	printf("%sok %zu - %s%s", outcome == FAILED ? "not " : "", number, test->name,
		outcome == SKIPPED ? " # SKIP" : "");
	if (reason && outcome != SKIPPED)
		printf(" # TODO %s", reason);
	printf("\n");
	fflush(stdout);
	return outcome == SKIPPED || (outcome == FAILED) == (reason != NULL);
}

int tap_run(const char *name, const struct CMUnitTest *tests, size_t n, int (*setup)(void **state),
	int (*teardown)(void **state))
{
	void *state = NULL;
	int n_failed = 0;

	runner = getpid();
	printf("TAP version 13\n1..%zu\n", n);
	print_message("%s", name);
	bool is_set_up = run(NULL, setup, &state) == PASSED;
	for (size_t i = 0; i < n; i++)
		n_failed += !run_and_tell(&tests[i], i + 1, state, is_set_up);
	if (run(NULL, teardown, &state) == FAILED) {
		print_message("the teardown of all");
		n_failed++;
	}
	return n_failed + count_stale(tests, n);
}
