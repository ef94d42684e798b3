/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_BECOMING_H
#define TESTS_CONTRACT_BECOMING_H

/*
 * Copies of this process that become another program, and what came of it.
 *
 *	static void act(void *data) { ...; becomes(&cmd); }
 *	struct outcome outcome = outcome_of(act, NULL);
 *	check_text(outcome.out, "hello\n");
 *	check_number(outcome.status, 0);
 */

#include "check.h"
#include "picture.h"

struct outcome {
	pid_t pid;
	int status;      /* as waitpid() gives it */
	char out[65536]; /* what went to its standard output */
};

/* What a copy exits with if it is still itself. */
enum { STILL_ITSELF = 97 };

/* Says why and ends, where brood_exec() has returned. */
__attribute__((noreturn, unused)) static void still_itself(int r, const struct brood_error *error)
{
	char text[512];

	dprintf(1, "%s at %s: %s\n", brood_code_name(r), brood_step_name(error->step),
		brood_explain(r, NULL, error, text, sizeof text));
	_exit(STILL_ITSELF);
}

__attribute__((noreturn, unused)) static void becomes(const struct brood_cmd *cmd)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_exec(cmd, &error);

	still_itself(r, &error);
}

/* Runs act in a forked copy whose standard output is ours to read, with a minute of time. */
__attribute__((unused)) static struct outcome *outcome_of(void (*act)(void *data), void *data)
{
	static struct outcome outcome;
	int ends[2];

	check(pipe2(ends, O_CLOEXEC) == 0);
	fflush(stdout);
	outcome.pid = fork();
	check(outcome.pid >= 0);
	if (outcome.pid == 0) {
		alarm(60U * (unsigned int)slowness());
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		dup2(ends[1], 1);
		scene_fd = 2;
		close(ends[0]);
		close(ends[1]);
		act(data);
		_exit(STILL_ITSELF);
	}
	close(ends[1]);
	size_t length = 0;
	ssize_t n;
	while ((n = read(ends[0], outcome.out + length, sizeof outcome.out - 1 - length)) > 0)
		length += (size_t)n;
	outcome.out[length] = '\0';
	close(ends[0]);
	check(waitpid(outcome.pid, &outcome.status, 0) == outcome.pid);
	return &outcome;
}

/* The same for a command alone. */
__attribute__((unused)) static void becomes_cmd(void *cmd)
{
	becomes(cmd);
}

__attribute__((unused)) static struct outcome *outcome_of_cmd(struct brood_cmd *cmd)
{
	return outcome_of(becomes_cmd, cmd);
}

/* The numbers that are open by what show_fds says, as "0 1 2 5 ". */
__attribute__((unused)) static const char *numbers_of(const char *out)
{
	static char numbers[4096];
	size_t length = 0;

	numbers[0] = '\0';
	for (const char *line = out; line && *line; line = strchr(line, '\n') + 1)
		length += (size_t)snprintf(
			numbers + length, sizeof numbers - length, "%d ", atoi(line));
	return numbers;
}

/* Skips a test in which execve fails: valgrind cannot go on then. */
__attribute__((unused)) static void need_failing_execve(void)
{
	if (denied("valgrind"))
		skip();
}

/* Whether nothing of the process is another; complains otherwise. */
static struct picture picture_before;
static struct picture picture_after;

__attribute__((unused)) static void same_as_before(const char *file, int line)
{
	char text[1024];

	picture_take(&picture_after);
	if (picture_differs(&picture_before, &picture_after, PICTURE_SAME, text, sizeof text))
		complain(file, line, "%s", text);
}
#define check_same_as_before() same_as_before(__FILE__, __LINE__)

/* A failure that must leave everything as it was. */
#define check_refused(cmd, code, at_step)                           \
	do {                                                        \
		struct brood_error error_ = BROOD_ERROR_INIT;       \
		picture_take(&picture_before);                      \
		int r_ = brood_exec((cmd), &error_);                \
		check_same_as_before();                             \
		check_error(r_, (code), &error_, (at_step));        \
		check_number(error_.flags &BROOD_ERROR_CHANGED, 0); \
	} while (0)

#endif
