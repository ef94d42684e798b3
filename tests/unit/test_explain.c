/* SPDX-License-Identifier: MIT */
/* The one line for a person, case by case. */

#include "base/error.h"
#include "base/strings.h"

#include <brood/status.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct brood_error error_of(int code, int step, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;

	brood__fail(&error, code, step, subject);
	return error;
}

/* How a job of this label ended; what it said is not owned here. */
static struct brood_result result_of(struct brood_status *status, const char *err)
{
	static char memory[256];
	struct brood_result result = BROOD_RESULT_INIT;

	strcpy(result.label, "git");
	if (status) {
		result.stages = status;
		result.n_stages = 1;
	}
	if (err) {
		strcpy(memory, err);
		result.err.data = memory;
		result.err.length = strlen(err);
	}
	return result;
}

static void expect(int code, const struct brood_result *result, const struct brood_error *error,
	const char *wanted)
{
	char text[512];

	assert_ptr_equal(brood_explain(code, result, error, text, sizeof text), text);
	assert_string_equal(text, wanted);
}

/* A start that failed, with a result that knows no more than the label. */
static void expect_start(int code, int step, const char *subject, const char *wanted)
{
	const struct brood_result result = result_of(NULL, NULL);
	const struct brood_error error = error_of(code, step, subject);

	expect(code, &result, &error, wanted);
}

static void explains_starts_that_failed(void **state)
{
	(void)state;
	expect_start(BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, "git", "git: not found on PATH");
	expect_start(BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, "gti", "git: gti: not found on PATH");
	expect_start(BROOD_EDOT, BROOD_STEP_LOOKUP, "git",
		"git: would come from the current directory through PATH");
	expect_start(-EACCES, BROOD_STEP_EXEC, "/usr/x",
		"git: /usr/x: Permission denied (found, but not executable)");
	expect_start(-EACCES, BROOD_STEP_LOOKUP, "./x",
		"git: ./x: Permission denied (found, but not executable)");
	expect_start(-EISDIR, BROOD_STEP_LOOKUP, "./x", "git: ./x: Is a directory");
	expect_start(-ENOENT, BROOD_STEP_LOOKUP, "./x", "git: ./x: No such file or directory");
	expect_start(-ENOENT, BROOD_STEP_EXEC, "/usr/x",
		"git: /usr/x: No such file or directory (it, or the interpreter that it names)");
	expect_start(-ENOEXEC, BROOD_STEP_EXEC, "/x.sh", "git: /x.sh: Exec format error");
	expect_start(-E2BIG, BROOD_STEP_EXEC, "git", "git: Argument list too long");
	expect_start(-ENOENT, BROOD_STEP_CHDIR, "/srv/repo",
		"git: chdir /srv/repo: No such file or directory");
	expect_start(-EACCES, BROOD_STEP_CHDIR, "/srv", "git: chdir /srv: Permission denied");
	expect_start(-EACCES, BROOD_STEP_OPEN, "/f", "git: open /f: Permission denied");
	expect_start(-EMFILE, BROOD_STEP_PIPE, "git", "git: pipe: Too many open files");
	expect_start(-EPERM, BROOD_STEP_GROUP, "git", "git: group: Operation not permitted");
	expect_start(-EINTR, BROOD_STEP_KILLED_EARLY, "git",
		"git: killed before the program could begin");
}

static void explains_attributes_that_fail(void **state)
{
	(void)state;
	expect_start(-EPERM, BROOD_STEP_CREDENTIALS, "uid 7",
		"git: credentials uid 7: Operation not permitted");
	expect_start(-EPERM, BROOD_STEP_CAPABILITIES, "capability 41",
		"git: capabilities capability 41: Operation not permitted");
	expect_start(
		-ENOENT, BROOD_STEP_CHROOT, "/srv", "git: chroot /srv: No such file or directory");
	expect_start(-EPERM, BROOD_STEP_NAMESPACE, "uid_map",
		"git: namespace uid_map: Operation not permitted");
	expect_start(-EINVAL, BROOD_STEP_CGROUP, "/tmp", "git: /tmp: no control group");
	expect_start(-EBUSY, BROOD_STEP_CGROUP, "/sys/fs/cgroup/a",
		"git: cgroup /sys/fs/cgroup/a: Device or resource busy");
	expect_start(-ENOTTY, BROOD_STEP_TERMINAL, "descriptor 0",
		"git: terminal descriptor 0: Inappropriate ioctl for device");
	expect_start(-EPERM, BROOD_STEP_TRACE, "git", "git: trace: Operation not permitted");
}

static void explains_descriptions_that_are_refused(void **state)
{
	(void)state;
	expect_start(-EINVAL, BROOD_STEP_CONFIG, "cmd.fds", "git: cmd.fds: Invalid argument");
	expect_start(BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.flags",
		"git: misuse of the library: cmd.flags");
	expect_start(BROOD_EMISUSE, BROOD_STEP_WAIT, "git", "git: misuse of the library");
	expect_start(
		-ENOSYS, BROOD_STEP_NAMESPACE, "options.tree", "git: options.tree: not built yet");
	expect_start(-ENOSYS, BROOD_STEP_SANDBOX, "landlock",
		"git: sandbox landlock: Function not implemented");
	expect_start(-E2BIG, BROOD_STEP_CONFIG, "cmd.size",
		"git: cmd.size: 0, or fields are set that this library does not know");
}

static void tells_of_one_that_may_not_be_executed(void **state)
{
	struct brood_error error = error_of(BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, "git");

	(void)state;
	error.os_errno = EACCES;
	expect(BROOD_ENOTFOUND, NULL, &error,
		"git: not found on PATH (one is there, but not executable)");
}

static void names_the_descriptor(void **state)
{
	struct brood_result result = result_of(NULL, NULL);
	struct brood_error error = error_of(-EBADF, BROOD_STEP_DESCRIPTORS, "");

	(void)state;
	error.fd = 3;
	expect(-EBADF, NULL, &error, "descriptor 3: Bad file descriptor");
	expect(-EBADF, &result, &error, "git: descriptor 3: Bad file descriptor");
	error.fd = 0;
	expect(-EBADF, NULL, &error, "standard input: Bad file descriptor");
	error.fd = -1;
	expect(-EBADF, NULL, &error, "descriptors: Bad file descriptor");
	error = error_of(-ENOSPC, BROOD_STEP_PUMP, "git");
	error.fd = 1;
	expect(-ENOSPC, NULL, &error, "git: standard output: No space left on device");
}

static void explains_how_it_ended(void **state)
{
	struct brood_status status = { .how = BROOD_EXITED, .exit_code = 3 };
	struct brood_result result = result_of(&status, NULL);

	(void)state;
	expect(BROOD_EEXIT, &result, NULL, "git: exit code 3");
	status = (struct brood_status){
		.how = BROOD_SIGNALED, .signal = SIGSEGV, .core_dumped = 1
	};
	expect(BROOD_EEXIT, &result, NULL, "git: killed by SIGSEGV (core dumped)");
	status = (struct brood_status){ .how = BROOD_EXITED };
	expect(0, &result, NULL, "git: exit code 0");
	expect(BROOD_EWAITDELAY, &result, NULL,
		"git: exit code 0, but its pipes were still open after the wait delay");
	status = (struct brood_status){ .how = BROOD_LOST };
	expect(BROOD_ELOST, &result, NULL, "git: ended, but somebody else took its status");
}

static void explains_why_it_was_stopped(void **state)
{
	struct brood_status status = { .how = BROOD_SIGNALED, .signal = SIGTERM };
	struct brood_result result = result_of(&status, NULL);
	struct brood_error error = error_of(BROOD_ETIMEOUT, BROOD_STEP_WAIT, "5s");

	(void)state;
	expect(BROOD_ETIMEOUT, &result, &error,
		"git: killed by SIGTERM after the time limit of 5s");
	expect(BROOD_ETIMEOUT, &result, NULL, "git: killed by SIGTERM after the time limit");
	expect(BROOD_ETIMEOUT, NULL, &error, "stopped after the time limit of 5s");
	error = error_of(BROOD_ECANCELED, BROOD_STEP_WAIT, "git");
	expect(BROOD_ECANCELED, &result, &error, "git: killed by SIGTERM after it was stopped");
	error = error_of(BROOD_ELIMIT, BROOD_STEP_PUMP, "git");
	error.fd = 1;
	expect(BROOD_ELIMIT, &result, &error,
		"git: killed by SIGTERM after more came from standard output than was to be captured");
	status = (struct brood_status){ .how = BROOD_EXITED, .exit_code = 0 };
	error = error_of(BROOD_ETIMEOUT, BROOD_STEP_WAIT, "100ms");
	expect(BROOD_ETIMEOUT, &result, &error, "git: exit code 0 after the time limit of 100ms");
}

static void explains_a_wait(void **state)
{
	struct brood_error error = error_of(-ETIME, BROOD_STEP_WAIT, "git");

	(void)state;
	expect(-ETIME, NULL, &error, "git: still runs: the time to wait for it has passed");
	error = error_of(-EBUSY, BROOD_STEP_WAIT, "git");
	expect(-EBUSY, NULL, &error, "git: another thread waits for it");
	error = error_of(-EPERM, BROOD_STEP_SIGNAL, "git");
	expect(-EPERM, NULL, &error, "git: signal: Operation not permitted");
}

/* What waits there is no job. */
static void explains_fifos_and_mailboxes(void **state)
{
	struct brood_error error = error_of(-ETIME, BROOD_STEP_OPEN, "/run/box");

	(void)state;
	expect(-ETIME, NULL, &error, "open /run/box: the time to wait has passed");
	error = error_of(-ETIME, BROOD_STEP_PUMP, "");
	error.fd = 7;
	expect(-ETIME, NULL, &error, "descriptor 7: the time to wait has passed");
	error = error_of(-ETIME, BROOD_STEP_PUMP, "mail");
	expect(-ETIME, NULL, &error, "mail: the time to wait has passed");
	error = error_of(-ESHUTDOWN, BROOD_STEP_PUMP, "mail");
	expect(-ESHUTDOWN, NULL, &error, "mail: the mailbox is draining");
	error = error_of(-EUCLEAN, BROOD_STEP_OPEN, "/tmp");
	expect(-EUCLEAN, NULL, &error, "/tmp: no mailbox, or damaged");
	/* What a function of the caller's has said. */
	error = error_of(-ESHUTDOWN, BROOD_STEP_PUMP, "git");
	error.fd = 1;
	expect(-ESHUTDOWN, NULL, &error,
		"git: standard output: Cannot send after transport endpoint shutdown");
}

static void quotes_the_last_line_of_standard_error(void **state)
{
	struct brood_status status = { .how = BROOD_SIGNALED, .signal = SIGTERM };
	struct brood_error error = error_of(BROOD_ETIMEOUT, BROOD_STEP_WAIT, "5s");
	struct brood_result result = result_of(&status, "first\ncannot connect\n");

	(void)state;
	expect(BROOD_ETIMEOUT, &result, &error,
		"git: killed by SIGTERM after the time limit of 5s; stderr: cannot connect");
	static const char *const cases[][2] = {
		{ "one line", "git: exit code 3; stderr: one line" },
		{ "last\n\n \r\n\t\n", "git: exit code 3; stderr: last" },
		{ "a\n  indented  \n", "git: exit code 3; stderr: indented" },
		{ "\n\n", "git: exit code 3" },
		{ "", "git: exit code 3" },
		{ "\x1b[31mred\x1b[m\n", "git: exit code 3; stderr: \\x1b[31mred\\x1b[m" },
	};
	status = (struct brood_status){ .how = BROOD_EXITED, .exit_code = 3 };
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		result = result_of(&status, cases[i][0]);
		expect(BROOD_EEXIT, &result, NULL, cases[i][1]);
	}
	result = result_of(&status, "warning\n");
	status.exit_code = 0;
	expect(0, &result, NULL, "git: exit code 0");
}

/* A job of several stages, whose statuses are not owned here. */
static struct brood_result pipeline_of(const char *label, struct brood_status *stages, size_t n)
{
	struct brood_result result = BROOD_RESULT_INIT;

	strcpy(result.label, label);
	result.stages = stages;
	result.n_stages = n;
	return result;
}

static struct brood_error error_at(int code, int step, const char *subject, int stage, int fd)
{
	struct brood_error error = error_of(code, step, subject);

	error.stage = stage;
	error.fd = fd;
	return error;
}

static void names_the_stage_that_decided(void **state)
{
	struct brood_status stages[] = {
		{ .how = BROOD_EXITED, .exit_code = 1 },
		{ .how = BROOD_EXITED, .exit_code = 3 },
		{ .how = BROOD_SIGNALED, .signal = SIGSEGV, .core_dumped = 1 },
	};
	struct brood_result result = pipeline_of("a | b | c", stages, 3);
	struct brood_error error = error_at(BROOD_EEXIT, BROOD_STEP_WAIT, "b", 1, -1);

	(void)state;
	expect(BROOD_EEXIT, &result, &error, "a | b | c: exit code 3 of b");
	error = error_at(BROOD_EEXIT, BROOD_STEP_WAIT, "c", 2, -1);
	expect(BROOD_EEXIT, &result, &error, "a | b | c: c killed by SIGSEGV (core dumped)");
	error = error_at(BROOD_ELOST, BROOD_STEP_WAIT, "a", 0, -1);
	expect(BROOD_ELOST, &result, &error,
		"a | b | c: a ended, but somebody else took its status");
	/* The subject is the label of the stage, wherever the job's is cut. */
	strcpy(result.label, "a | ...");
	error = error_at(BROOD_EEXIT, BROOD_STEP_WAIT, "a | b", 1, -1);
	expect(BROOD_EEXIT, &result, &error, "a | ...: exit code 3 of a | b");
	/* Without a result the stage is all there is. */
	error = error_at(BROOD_EEXIT, BROOD_STEP_WAIT, "b", 1, -1);
	expect(BROOD_EEXIT, NULL, &error, "b: failed");
	/* Neither memory for statuses nor a stage that the result has. */
	result = pipeline_of("a | b | c", NULL, 0);
	expect(BROOD_EEXIT, &result, &error, "a | b | c: failed");
	result = pipeline_of("a | b | c", stages, 3);
	error.stage = 3;
	expect(BROOD_EEXIT, &result, &error, "a | b | c: b killed by SIGSEGV (core dumped)");
}

static void finds_the_stage_that_decided(void **state)
{
	struct brood_status stages[] = {
		{ .how = BROOD_EXITED, .exit_code = 1 },
		{ .how = BROOD_EXITED, .exit_code = 2 },
		{ .how = BROOD_SIGNALED, .signal = SIGPIPE, .excused = 1 },
		{ .how = BROOD_EXITED, .exit_code = 0 },
		{ .how = BROOD_LOST },
	};
	struct brood_result result = pipeline_of("a | b | c | d", stages, 4);

	(void)state;
	expect(BROOD_EEXIT, &result, NULL, "a | b | c | d: exit code 2 of b");
	stages[2].excused = 0;
	expect(BROOD_EEXIT, &result, NULL, "a | b | c | d: c killed by SIGPIPE");
	result.cause = BROOD_CAUSE_EXIT;
	expect(BROOD_EEXIT, &result, NULL, "a | b | c | d: exit code 2 of b");
	result.cause = BROOD_CAUSE_SIGNAL;
	stages[0] = stages[2];
	stages[2].excused = 1;
	expect(BROOD_EEXIT, &result, NULL, "a | b | c | d: a killed by SIGPIPE");
	result = pipeline_of("v | w | x | y | z", stages, 5);
	result.cause = BROOD_CAUSE_LOST;
	expect(BROOD_ELOST, &result, NULL,
		"v | w | x | y | z: z ended, but somebody else took its status");
	/* Nothing says which: a code that did not count, maybe. */
	result = pipeline_of("c | d", stages + 2, 2);
	expect(BROOD_EEXIT, &result, NULL, "c | d: exit code 0 of d");
}

static void numbers_stages_without_a_name_of_their_own(void **state)
{
	struct brood_status stages[] = {
		{ .how = BROOD_EXITED, .exit_code = 0 },
		{ .how = BROOD_EXITED, .exit_code = 2 },
		{ .how = BROOD_EXITED, .exit_code = 0 },
	};
	struct brood_result result = pipeline_of("sed | sed | sort", stages, 3);
	struct brood_error error = error_at(BROOD_EEXIT, BROOD_STEP_WAIT, "sed", 1, -1);

	(void)state;
	expect(BROOD_EEXIT, &result, &error, "sed | sed | sort: exit code 2 of sed (stage 2)");
	expect(BROOD_EEXIT, &result, NULL, "sed | sed | sort: exit code 2 of sed (stage 2)");
	strcpy(result.label, "a-name-that-is-...");
	expect(BROOD_EEXIT, &result, NULL, "a-name-that-is-...: exit code 2 of stage 2");
	strcpy(result.label, "a | cut-...");
	expect(BROOD_EEXIT, &result, NULL, "a | cut-...: exit code 2 of stage 2");
	result.label[0] = '\0';
	expect(BROOD_EEXIT, &result, NULL, "exit code 2 of stage 2");
}

static void tells_of_a_pipeline_as_a_whole(void **state)
{
	struct brood_status stages[] = {
		{ .how = BROOD_SIGNALED, .signal = SIGTERM },
		{ .how = BROOD_EXITED, .exit_code = 0 },
	};
	struct brood_result result = pipeline_of("a | b", stages, 2);
	struct brood_error error = error_at(BROOD_ETIMEOUT, BROOD_STEP_WAIT, "5s", 1, -1);

	(void)state;
	expect(0, &result, NULL, "a | b: ended well");
	expect(BROOD_ETIMEOUT, &result, &error, "a | b: stopped after the time limit of 5s");
	expect(BROOD_ETIMEOUT, &result, NULL, "a | b: stopped after the time limit");
	error = error_at(BROOD_ECANCELED, BROOD_STEP_WAIT, "b", 1, -1);
	expect(BROOD_ECANCELED, &result, &error, "a | b: ended after it was stopped");
	error = error_at(BROOD_EWAITDELAY, BROOD_STEP_WAIT, "a | b", -1, -1);
	expect(BROOD_EWAITDELAY, &result, &error,
		"a | b: ended well, but its pipes were still open after the wait delay");
	error = error_at(BROOD_ELIMIT, BROOD_STEP_PUMP, "a", 0, 2);
	expect(BROOD_ELIMIT, &result, &error,
		"a | b: stopped after more came from standard error of a than was to be captured");
	expect(BROOD_ELIMIT, &result, NULL,
		"a | b: stopped after more came from it than was to be captured");
	error = error_at(-EOWNERDEAD, BROOD_STEP_GUARD, "a", 0, -1);
	expect(-EOWNERDEAD, &result, &error, "a | b: ended after the guard of a was lost");
	error.os_errno = ETIMEDOUT;
	expect(-EOWNERDEAD, &result, &error,
		"a | b: ended after the guard of a was lost: it did not answer");
	error.os_errno = EPROTO;
	expect(-EOWNERDEAD, &result, &error,
		"a | b: ended after the guard of a was lost: it said what cannot be");
	error.os_errno = EPIPE;
	expect(-EOWNERDEAD, &result, &error,
		"a | b: ended after the guard of a was lost: it was killed");
	expect(-EOWNERDEAD, &result, NULL, "a | b: ended after its guard was lost");
	error = error_at(-ETIME, BROOD_STEP_WAIT, "a | b", -1, -1);
	expect(-ETIME, NULL, &error, "a | b: still runs: the time to wait for it has passed");
}

/* One stage of several, and all that the error has. */
static void expect_stage(int code, int step, const char *subject, int fd, const char *wanted)
{
	struct brood_status stages[] = { { .how = BROOD_NOT_STARTED },
		{ .how = BROOD_NOT_STARTED } };
	const struct brood_result result = pipeline_of("a | b", stages, 2);
	const struct brood_error error = error_at(code, step, subject, 1, fd);

	expect(code, &result, &error, wanted);
}

static void names_the_program_that_failed(void **state)
{
	(void)state;
	expect_stage(BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, "b", -1, "a | b: b: not found on PATH");
	expect_stage(BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, "program", -1,
		"a | b: b: program: not found on PATH");
	expect_stage(BROOD_EDOT, BROOD_STEP_LOOKUP, "b", -1,
		"a | b: b: would come from the current directory through PATH");
	expect_stage(-ENOENT, BROOD_STEP_EXEC, "/bin/b", -1,
		"a | b: b: /bin/b: No such file or directory (it, or the interpreter that it "
		"names)");
	expect_stage(
		-EACCES, BROOD_STEP_CHDIR, "/srv", -1, "a | b: b: chdir /srv: Permission denied");
	expect_stage(-EMFILE, BROOD_STEP_PIPE, "b", -1, "a | b: b: pipe: Too many open files");
	expect_stage(
		-EPERM, BROOD_STEP_SIGNAL, "b", -1, "a | b: b: signal: Operation not permitted");
	expect_stage(-ENOSPC, BROOD_STEP_PUMP, "b", 1,
		"a | b: b: standard output: No space left on device");
	expect_stage(-EBADF, BROOD_STEP_DESCRIPTORS, "", 3,
		"a | b: b: descriptor 3: Bad file "
		"descriptor");
	expect_stage(BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.in", -1,
		"a | b: b: misuse of the library: cmd.in");
	expect_stage(-EINTR, BROOD_STEP_KILLED_EARLY, "b", -1,
		"a | b: b: killed before the program could begin");
	expect_stage(BROOD_ESTOPPED, BROOD_STEP_WAIT, "b", -1,
		"a | b: b: was stopped by a signal, and may go on");
	struct brood_error error = error_at(-EACCES, BROOD_STEP_CHDIR, "/srv", 1, -1);
	expect(-EACCES, NULL, &error, "stage 2: chdir /srv: Permission denied");
	error = error_at(BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, "b", 1, -1);
	expect(BROOD_ENOTFOUND, NULL, &error, "b: not found on PATH");
	error = error_at(-EMFILE, BROOD_STEP_PIPE, "b", 1, -1);
	expect(-EMFILE, NULL, &error, "b: pipe: Too many open files");
}

static void tells_a_context_from_a_time_limit(void **state)
{
	struct brood_status status = { .how = BROOD_SIGNALED, .signal = SIGTERM };
	struct brood_result result = result_of(&status, "last words\n");
	struct brood_error error = error_of(BROOD_ETIMEOUT, BROOD_STEP_WAIT, "options.context: 5s");

	(void)state;
	expect(BROOD_ETIMEOUT, &result, &error,
		"git: killed by SIGTERM after its context's deadline of 5s; stderr: last words");
	expect(BROOD_ETIMEOUT, NULL, &error, "stopped after its context's deadline of 5s");
	error = error_of(BROOD_ETIMEOUT, BROOD_STEP_WAIT, "options.context");
	expect(BROOD_ETIMEOUT, NULL, &error, "stopped after its context's deadline");
	error = error_of(BROOD_ECANCELED, BROOD_STEP_WAIT, "options.context");
	result = result_of(&status, NULL);
	expect(BROOD_ECANCELED, &result, &error,
		"git: killed by SIGTERM after its context was cancelled");
	expect(BROOD_ECANCELED, NULL, &error, "ended after its context was cancelled");
	error = error_of(BROOD_ECANCELED, BROOD_STEP_WAIT, "git");
	expect(BROOD_ECANCELED, NULL, &error, "git: ended after it was stopped");
	struct brood_status stages[] = { status, status };
	result = pipeline_of("a | b", stages, 2);
	error = error_of(BROOD_ETIMEOUT, BROOD_STEP_WAIT, "options.context: 5s");
	expect(BROOD_ETIMEOUT, &result, &error,
		"a | b: stopped after its context's deadline of 5s");
	error = error_of(BROOD_ECANCELED, BROOD_STEP_WAIT, "options.context");
	expect(BROOD_ECANCELED, &result, &error, "a | b: ended after its context was cancelled");
	/* The name of the field says nothing of a context elsewhere. */
	error = error_of(BROOD_EMISUSE, BROOD_STEP_CONFIG, "options.context");
	expect(BROOD_EMISUSE, NULL, &error, "misuse of the library: options.context");
}

static void tells_that_an_ended_context_starts_nothing(void **state)
{
	static const char *const subjects[] = { "options.context", "options.context: 5s", "git" };
	struct brood_status status = { .how = BROOD_NOT_STARTED, .exit_code = -1 };
	struct brood_result result = result_of(&status, NULL);
	struct brood_result bare = result_of(NULL, NULL);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct brood_error error = error_of(
			BROOD_ECANCELED, BROOD_STEP_CONFIG, subjects[i]);
		expect(BROOD_ECANCELED, &result, &error,
			"git: not started: its context was cancelled");
		expect(BROOD_ECANCELED, &bare, &error,
			"git: not started: its context was cancelled");
		expect(BROOD_ECANCELED, NULL, &error,
			i < 2 ? "not started: its context was cancelled"
			      : "git: not started: its context was cancelled");
		error = error_of(BROOD_ETIMEOUT, BROOD_STEP_CONFIG, subjects[i]);
		expect(BROOD_ETIMEOUT, &result, &error,
			"git: not started: the deadline of its context has passed");
		expect(BROOD_ETIMEOUT, NULL, &error,
			i < 2 ? "not started: the deadline of its context has passed"
			      : "git: not started: the deadline of its context has passed");
	}
	expect(BROOD_ETIMEOUT, &result, NULL,
		"git: not started: the deadline of its context has passed");
}

static void makes_do_with_a_code(void **state)
{
	struct brood_error stale = error_of(-ENOENT, BROOD_STEP_CHDIR, "/old");

	(void)state;
	expect(0, NULL, NULL, "ended well");
	expect(-ENOENT, NULL, NULL, "No such file or directory");
	expect(-EACCES, NULL, &stale, "Permission denied");
	expect(0, NULL, &(struct brood_error)BROOD_ERROR_INIT, "ended well");
	expect(BROOD_EEXIT, NULL, NULL, "failed");
	expect(BROOD_ENOTFOUND, NULL, NULL, "not found on PATH");
	expect(BROOD_ECANCELED, NULL, NULL, "ended after it was stopped");
	expect(BROOD_ELIMIT, NULL, NULL, "stopped after more came from it than was to be captured");
	expect(BROOD_EWAITDELAY, NULL, NULL,
		"ended well, but its pipes were still open after the wait delay");
	expect(BROOD_EMISUSE, NULL, NULL, "misuse of the library");
	expect(-5000, NULL, NULL, "unknown code -5000");
	expect(7, NULL, NULL, "unknown code 7");
	expect(-4095, NULL, NULL, "errno 4095");
}

static void makes_every_part_harmless(void **state)
{
	struct brood_error error = error_of(-ENOENT, BROOD_STEP_CHDIR, "/a\nb\x1b");
	struct brood_result result = BROOD_RESULT_INIT;

	(void)state;
	strcpy(result.label, "x\x07y");
	expect(-ENOENT, &result, &error, "x\\x07y: chdir /a\\x0ab\\x1b: No such file or directory");
}

static void cuts_to_fit(void **state)
{
	struct brood_error error = error_of(-ENOENT, BROOD_STEP_CHDIR, "/srv/repo");
	const char *whole = "chdir /srv/repo: No such file or directory";
	char text[64];

	(void)state;
	for (size_t size = 1; size < sizeof text; size++) {
		memset(text, '~', sizeof text);
		assert_ptr_equal(brood_explain(-ENOENT, NULL, &error, text, size), text);
		if (size > strlen(whole)) {
			assert_string_equal(text, whole);
			continue;
		}
		assert_int_equal(strlen(text), size - 1);
		size_t dots = size - 1 < 3 ? size - 1 : 3;
		assert_memory_equal(text, whole, size - 1 - dots);
		assert_memory_equal(text + size - 1 - dots, "...", dots);
		assert_int_equal(text[size], '~');
	}
	assert_string_equal(brood_explain(-ENOENT, NULL, &error, text, 0), "");
	assert_string_equal(brood_explain(-ENOENT, NULL, &error, NULL, 10), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explains_starts_that_failed),
		cmocka_unit_test(explains_attributes_that_fail),
		cmocka_unit_test(explains_descriptions_that_are_refused),
		cmocka_unit_test(tells_of_one_that_may_not_be_executed),
		cmocka_unit_test(names_the_descriptor),
		cmocka_unit_test(explains_how_it_ended),
		cmocka_unit_test(explains_why_it_was_stopped),
		cmocka_unit_test(explains_a_wait),
		cmocka_unit_test(explains_fifos_and_mailboxes),
		cmocka_unit_test(quotes_the_last_line_of_standard_error),
		cmocka_unit_test(names_the_stage_that_decided),
		cmocka_unit_test(finds_the_stage_that_decided),
		cmocka_unit_test(numbers_stages_without_a_name_of_their_own),
		cmocka_unit_test(tells_of_a_pipeline_as_a_whole),
		cmocka_unit_test(names_the_program_that_failed),
		cmocka_unit_test(tells_a_context_from_a_time_limit),
		cmocka_unit_test(tells_that_an_ended_context_starts_nothing),
		cmocka_unit_test(makes_do_with_a_code),
		cmocka_unit_test(makes_every_part_harmless),
		cmocka_unit_test(cuts_to_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
