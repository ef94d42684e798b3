/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES 3

static int n_bad;

__attribute__((format(printf, 1, 2))) static void bad(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	n_bad++;
}

static int count_fds(void)
{
	_Alignas(16) char buffer[4096];
	for (int try = 0; try < TRIES; try++) {
		int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		int count = 0;
		long n;
		while ((n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
			for (long at = 0; at < n; count++) {
				unsigned short length;
				memcpy(&length, buffer + at + 16, sizeof length);
				at += length;
			}
		close(fd);
		if (n == 0)
			return count;
	}
	return -1;
}

static sigset_t current_mask(void)
{
	sigset_t mask;
	for (int try = 0; try < TRIES; try++) {
		/* The kernel fills the first 8 of its 128 bytes. */
		memset(&mask, 0, sizeof mask);
		if (sigprocmask(SIG_BLOCK, NULL, &mask) == 0)
			break;
	}
	return mask;
}

static bool sigchld_is_pending(void)
{
	sigset_t set;
	for (int try = 0; try < TRIES; try++) {
		sigemptyset(&set);
		if (sigpending(&set) == 0)
			break;
	}
	return sigismember(&set, SIGCHLD) == 1;
}

static size_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

static void check_no_child(void)
{
	int status = 0;
	pid_t pid = 0;
	for (int try = 0; try < TRIES; try++) {
		pid = waitpid(-1, &status, WNOHANG | __WALL);
		if (pid >= 0 || errno == ECHILD)
			break;
	}
	if (pid == 0)
		bad("a child still runs");
	else if (pid > 0)
		bad("a zombie was left, wait status %#x", (unsigned int)status);
}

static int errno_number(const char *name)
{
	for (int number = 1; number < 134; number++) {
		const char *candidate = strerrorname_np(number);
		if (candidate && strcmp(candidate, name) == 0)
			return number;
	}
	fprintf(stderr, "no such error: %s\n", name);
	exit(2);
}

static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
		if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

static void check_bytes(
	const char *name, const struct brood_bytes *bytes, const char *expected, bool whole)
{
	size_t length = expected ? strlen(expected) : 0;
	if (whole ? bytes->length != length : bytes->length > length)
		bad("%s has %zu bytes instead of %zu", name, bytes->length, length);
	else if (bytes->length > 0 && memcmp(bytes->data, expected, bytes->length) != 0)
		bad("%s has other bytes than were written", name);
}

/* A failure is fine when it names the injected error and one of the steps where it belongs. */
static void check_failure(int code, const struct brood_error *error, char **argv)
{
	const char *must = argv[4] ? argv[4] : "";
	int number = argv[2] ? errno_number(argv[2]) : 0;
	const char *step = brood_step_name(error->step);
	if (number == 0 || strcmp(must, "cope") == 0)
		bad("returned %s, step %s, instead of coping", brood_code_name(code), step);
	else if (code != -number)
		bad("returned %s, step %s", brood_code_name(code), step);
	else if (!list_has(argv[3], step))
		bad("returned %s, with the step %s", brood_code_name(code), step);
	if (error->code != code)
		bad("error.code is %d, returned was %d", error->code, code);
	if (error->os_errno != number)
		bad("error.os_errno is %d, step %s", error->os_errno, step);
}

/* Who stops reading may end who writes by SIGPIPE, if that one has not finished yet; how a program
 * ended ranks before what became of its bytes. */
static bool has_lost_its_reader(int code, const struct brood_result *result, char **argv)
{
	if (code != BROOD_EEXIT || !argv[2] || !argv[3] || !list_has(argv[3], "pump"))
		return false;
	for (size_t i = 0; i < result->n_stages; i++)
		if (result->stages[i].how == BROOD_SIGNALED && result->stages[i].signal == SIGPIPE)
			return true;
	return false;
}

static bool started(int code, const struct brood_error *error)
{
	return code == 0 || error->step >= BROOD_STEP_PUMP;
}

int probe_main(const struct probe *probe, int argc, char **argv)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	sigset_t blocked;
	if (argc < 2 || argc > 5)
		return 2;
	/* What malloc needs for itself is made by the first allocation. */
	mallopt(M_MXFAST, 0);
	void *volatile first = malloc(1);
	free(first);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGUSR2);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	int n_fds = count_fds();
	sigset_t mask = current_mask();
	size_t memory = memory_in_use();

	sched_get_priority_max(SCHED_OTHER);
	int code = probe->call(argv[1], &result, &error);
	sched_get_priority_min(SCHED_OTHER);

	sigset_t mask_after = current_mask();
	bool has_sigchld = sigchld_is_pending();
	bool as_expected = code == probe->expected_code &&
			   (code == 0 || error.step == probe->expected_step);
	if (!as_expected && !has_lost_its_reader(code, &result, argv))
		check_failure(code, &error, argv);
	check_bytes("out", &result.out, probe->out, code == 0);
	check_bytes("err", &result.err, probe->err, code == 0);
	size_t n_stages = probe->n_stages ? probe->n_stages : !probe->no_child;
	if (code == 0 && result.n_stages != n_stages)
		bad("success, but there are %zu statuses", result.n_stages);
	for (size_t i = 0; code == 0 && i < result.n_stages; i++)
		if (result.stages[i].how != probe->how)
			bad("success, but the status of stage %zu does not say so", i);
	brood_result_done(&result);
	bool may_have_run = probe->runs_others || (argc == 5 && strcmp(argv[4], "ran") == 0);
	if (!started(code, &error) && !may_have_run && has_sigchld)
		bad("SIGCHLD came for a start that failed");
	if (memcmp(&mask, &mask_after, sizeof mask) != 0)
		bad("the signal mask has changed");
	check_no_child();
	int n_fds_after = count_fds();
	if (n_fds_after != n_fds)
		bad("%d descriptors instead of %d", n_fds_after, n_fds);
	size_t memory_after = memory_in_use();
	if (n_bad == 0 && memory_after != memory)
		bad("%zu bytes of memory in use instead of %zu", memory_after, memory);
	return n_bad ? 1 : 0;
}
