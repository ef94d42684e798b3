/* SPDX-License-Identifier: MIT */
/*
 * What is large, full or closed: descriptor tables, outputs and lines without end, readers that do
 * not read. Limits hold, no SIGPIPE comes, memory does not grow with the output.
 *
 * A child of its own for every case, so that limits and peaks of memory are its own.
 */

#include "tap.h"

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static char *helper;

/* Says why a case fails; its exit code is then 1. */
#define REQUIRE(condition)                                             \
	do {                                                           \
		if (!(condition)) {                                    \
			tap_note("line %d: %s", __LINE__, #condition); \
			return 1;                                      \
		}                                                      \
	} while (0)

static long peak_kib(void)
{
	char line[200];
	long peak = -1;
	FILE *file = fopen("/proc/self/status", "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "VmHWM: %ld", &peak) == 1)
			break;
	if (file)
		fclose(file);
	return peak;
}

/* A sanitizer keeps books on memory in memory: there the peak is not the library's. */
static bool grew_little(long before)
{
#ifdef SANITIZED
	(void)before;
	return true;
#else
	return peak_kib() - before < 4096;
#endif
}

static void set_nofile(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { soft, hard };
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		tap_note("setrlimit: %s", strerror(errno));
}

static int output_echo(const char *text, struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "echo"),
		.in = brood_text(text));
	return brood_output(&cmd, NULL, result, error);
}

static int few_descriptors(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	set_nofile(20, 20);
	for (int i = 0; i < 50; i++) {
		REQUIRE(output_echo("in", &result, NULL) == 0);
		REQUIRE(strcmp(result.out.data, "in") == 0);
	}
	brood_result_done(&result);
	return 0;
}

/* With k descriptors left, for every k: an honest EMFILE or the whole output, nothing lost. */
static int full_table(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	int fds[64];
	int n = 0;
	int n_failed = 0;
	set_nofile(64, 64);
	while (n < 64 && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	REQUIRE(n > 30);
	while (n > 0) {
		struct brood_error error = BROOD_ERROR_INIT;
		int code = output_echo("in", &result, &error);
		if (code == 0) {
			REQUIRE(strcmp(result.out.data, "in") == 0);
		} else {
			REQUIRE(code == -EMFILE && error.os_errno == EMFILE);
			REQUIRE(error.step == BROOD_STEP_OPEN || error.step == BROOD_STEP_PIPE ||
				error.step == BROOD_STEP_CLONE);
			REQUIRE(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
			n_failed++;
		}
		close(fds[--n]);
		/* As many are free as were before: the next one gets the number just closed. */
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		REQUIRE(fd >= 0);
		close(fd);
		if (code == 0)
			break;
	}
	REQUIRE(n_failed > 0 && n > 0);
	brood_result_done(&result);
	return 0;
}

static int many_descriptors(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct rlimit limit;
	unsigned int most = 0;
	FILE *file = fopen("/proc/sys/fs/nr_open", "re");
	if (!file || fscanf(file, "%u", &most) != 1)
		most = 0;
	if (file)
		fclose(file);
	/* Only root may raise the hard limit. */
	set_nofile(most, most);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	int highest = (int)limit.rlim_cur - 1;
	REQUIRE(dup2(0, highest) == highest);
	for (int i = 0; i < 20; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "fds"));
		REQUIRE(brood_output(&cmd, NULL, &result, NULL) == 0);
		REQUIRE(strcmp(result.out.data, "0\n1\n2\n") == 0);
	}
	/* The highest descriptor there is can be given to a child too. */
	struct brood_fd_map fds[] = { { .parent_fd = highest, .child_fd = 7 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "fds"), .fds = fds, .n_fds = 1);
	REQUIRE(brood_output(&cmd, NULL, &result, NULL) == 0);
	REQUIRE(strcmp(result.out.data, "0\n1\n2\n7\n") == 0);
	REQUIRE(fcntl(highest, F_GETFD) >= 0);
	brood_result_done(&result);
	tap_note("the highest descriptor was %d", highest);
	return 0;
}

static int bounded_capture(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "flood", "268435456"),
		.out = brood_capture(MIB, 0));
	long before = peak_kib();
	REQUIRE(brood_output(&cmd, NULL, &result, NULL) == 0);
	REQUIRE(result.out.total == 256 * MIB);
	REQUIRE(result.out.length == MIB && result.out.omitted == 255 * MIB);
	REQUIRE(result.notes & BROOD_NOTE_TRUNCATED);
	REQUIRE(grew_little(before));
	brood_result_done(&result);
	return 0;
}

static int endless_capture(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "flood", "0"),
		.out = brood_capture(MIB, 0));
	struct brood_options options = BROOD_OPTIONS(.timeout = 300 * BROOD_MILLISECOND);
	long before = peak_kib();
	REQUIRE(brood_output(&cmd, &options, &result, NULL) == BROOD_ETIMEOUT);
	REQUIRE(result.out.length == MIB && result.out.total > MIB);
	REQUIRE(grew_little(before));
	brood_result_done(&result);
	return 0;
}

static int strict_capture(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "flood", "0"),
		.out = brood_capture(MIB, BROOD_CAPTURE_STRICT));
	REQUIRE(brood_output(&cmd, NULL, &result, NULL) == BROOD_ELIMIT);
	REQUIRE(result.cause == BROOD_CAUSE_LIMIT && result.out.length <= MIB);
	brood_result_done(&result);
	return 0;
}

struct lines {
	size_t n, bytes, longest, n_cut;
};

static int count_line(void *data, const char *line, size_t length, uint32_t flags)
{
	struct lines *lines = data;
	(void)line;
	lines->n++;
	lines->bytes += length;
	lines->n_cut += flags & BROOD_LINE_CUT ? 1 : 0;
	if (length > lines->longest)
		lines->longest = length;
	return 0;
}

static int endless_line(void)
{
	struct lines lines = { 0 };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "flood", "134217728"),
		.out = brood_lines(count_line, &lines, 64 << 10));
	long before = peak_kib();
	REQUIRE(brood_run(&cmd, NULL, NULL, NULL) == 0);
	REQUIRE(lines.bytes == 128 * MIB && lines.longest <= 64 << 10);
	REQUIRE(lines.n_cut >= 2047);
	REQUIRE(grew_little(before));
	return 0;
}

static int take_some(void *data, const char *chunk, size_t length)
{
	size_t *left = data;
	(void)chunk;
	*left -= length < *left ? length : *left;
	return *left == 0;
}

/* The child writes on; its writes fail, ours do not exist. */
static int reader_that_stops(void)
{
	size_t left = MIB;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "flood", "0"),
		.out = brood_sink(take_some, &left));
	REQUIRE(brood_run(&cmd, NULL, &result, NULL) == BROOD_EEXIT);
	REQUIRE(result.stages[0].how == BROOD_SIGNALED && result.stages[0].signal == SIGPIPE);
	brood_result_done(&result);
	return 0;
}

/* SIGPIPE is at its default here: one that came would end this process. */
static int stdin_closed_early(void)
{
	char *input = calloc(1, 32 * MIB);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "deaf", "0"),
		.in = brood_memory(input, 32 * MIB));
	signal(SIGPIPE, SIG_DFL);
	REQUIRE(input != NULL);
	for (int i = 0; i < 50; i++) {
		REQUIRE(brood_output(&cmd, NULL, &result, NULL) == 0);
		REQUIRE(strcmp(result.out.data, "deaf\n") == 0);
	}
	brood_result_done(&result);
	free(input);
	return 0;
}

static int64_t give_zeros(void *data, char *buffer, size_t size)
{
	size_t *given = data;
	memset(buffer, 'z', size);
	*given += size;
	return (int64_t)size;
}

/* A source without end into a child that never reads: the pipe fills, then nothing more is asked.
 */
static int child_that_does_not_read(void)
{
	size_t given = 0;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "linger"),
		.in = brood_source(give_zeros, &given));
	struct brood_options options = BROOD_OPTIONS(.timeout = 200 * BROOD_MILLISECOND);
	long before = peak_kib();
	REQUIRE(brood_run(&cmd, &options, &result, NULL) == BROOD_ETIMEOUT);
	REQUIRE(given < 4 * MIB);
	REQUIRE(grew_little(before));
	brood_result_done(&result);
	return 0;
}

/* Nobody takes the output: the caller has the pipe and does not read. The time limit still holds.
 */
static int pipe_that_nobody_reads(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "flood", "0"),
		.out = brood_pipe());
	struct brood_options options = BROOD_OPTIONS(.timeout = 200 * BROOD_MILLISECOND);
	struct brood_job *job = NULL;
	char buffer[100];
	REQUIRE(brood_start(&job, &cmd, 1, &options, NULL) == 0);
	REQUIRE(brood_job_read(job, 0, 1, buffer, sizeof buffer) > 0);
	int fd = brood_job_take_fd(job, 0, 1);
	REQUIRE(fd > 2);
	REQUIRE(brood_job_wait(job, BROOD_FOREVER, NULL, NULL) == BROOD_ETIMEOUT);
	brood_job_free(job);
	close(fd);
	return 0;
}

static void try_case(int (*function)(void), const char *title)
{
	int status = -1;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(60);
		_exit(function());
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		tap_ok(false, "%s: killed by signal %d", title, WTERMSIG(status));
	else
		tap_ok(WEXITSTATUS(status) == 0, "%s", title);
}

int main(void)
{
	helper = getenv("FAULT_CHILD");
	if (!helper)
		return 99;
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	signal(SIGPIPE, SIG_DFL);
	try_case(few_descriptors, "20 descriptors are enough for an output");
	try_case(full_table, "a full table is EMFILE, and works again when it is not full");
	try_case(many_descriptors, "the largest table there may be, with its last descriptor open");
	try_case(bounded_capture, "256 MiB of output into a capture of 1 MiB take 1 MiB");
	try_case(endless_capture, "output without end ends at the time limit");
	try_case(strict_capture, "output without end ends at a strict capture's limit");
	try_case(endless_line, "a line of 128 MiB comes in pieces");
	try_case(reader_that_stops, "a sink that has enough gives the child SIGPIPE");
	try_case(stdin_closed_early, "a child that closes its input early raises no SIGPIPE");
	try_case(
		child_that_does_not_read, "a child that never reads its input takes one pipe full");
	try_case(
		pipe_that_nobody_reads, "a pipe that nobody reads does not hold up the time limit");
	return tap_end();
}
