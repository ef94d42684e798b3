/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_CHECK_H
#define TESTS_CONTRACT_CHECK_H

/*
 * Checks that say what they found, and scenes: tests that must change the process they are in
 * (close descriptors 0..2, ignore signals, become another user) and so run in a forked copy of it.
 *
 *	static void the_scene(void *data) { ... check(...); ... }
 *	static void says_a_sentence(void **state) { in_scene(the_scene, NULL); }
 */

#include "../helpers/pattern.h"
#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a scene writes what went wrong; -1 outside of scenes. */
static int scene_fd = -1;

__attribute__((format(printf, 3, 4), noreturn, unused)) static void complain(
	const char *file, int line, const char *format, ...)
{
	char text[2048];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (scene_fd >= 0) {
		dprintf(scene_fd, "%s:%d: %s", file, line, text);
		_exit(1);
	}
	fail_msg("%s:%d: %s", file, line, text);
	abort(); /* cmocka does not say that it never comes back */
}

static inline void check_number_at(
	const char *file, int line, const char *what, int64_t got, int64_t wanted)
{
	if (got != wanted)
		complain(file, line, "%s is %lld, not %lld", what, (long long)got,
			(long long)wanted);
}

static inline void check_text_at(
	const char *file, int line, const char *what, const char *got, const char *wanted)
{
	if (!got || strcmp(got, wanted) != 0)
		complain(file, line, "%s is '%s', not '%s'", what, got ? got : "(null)", wanted);
}

static inline void check_code_at(
	const char *file, int line, int64_t got, int wanted, const struct brood_error *error)
{
	if (got == wanted)
		return;
	char text[512] = "";
	if (error)
		brood_explain((int)got, NULL, error, text, sizeof text);
	complain(file, line, "code %s (%lld), not %s (%d): %s", brood_code_name((int)got),
		(long long)got, brood_code_name(wanted), wanted, text);
}

#define check(condition) \
	((condition) ? (void)0 : complain(__FILE__, __LINE__, "not: %s", #condition))
#define check_number(got, wanted)      check_number_at(__FILE__, __LINE__, #got, (got), (wanted))
#define check_text(got, wanted)        check_text_at(__FILE__, __LINE__, #got, (got), (wanted))
#define check_code(got, wanted, error) check_code_at(__FILE__, __LINE__, (got), (wanted), (error))

/* The whole of a failure: what was returned, and what the error says of it. */
#define check_error(got, wanted, error, at_step)                                         \
	do {                                                                             \
		const struct brood_error *seen_ = (error);                               \
		check_code((got), (wanted), seen_);                                      \
		check_number(seen_->code, (wanted));                                     \
		if (seen_->step != (at_step))                                            \
			complain(__FILE__, __LINE__, "step %s, not %s",                  \
				brood_step_name(seen_->step), brood_step_name(at_step)); \
	} while (0)

/* Runs act in a forked copy of this process, with a minute of time, or more where all is slow. */
static inline void in_scene(void (*act)(void *data), void *data)
{
	char text[4096] = "";
	int ends[2];
	int status = 0;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(stdout);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(60U * (unsigned int)slowness());
		/* A failing assertion of cmocka's would go on with the next test, here too. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		scene_fd = fcntl(ends[1], F_DUPFD_CLOEXEC, 200);
		close(ends[0]);
		close(ends[1]);
		act(data);
		_exit(0);
	}
	close(ends[1]);
	size_t length = 0;
	ssize_t n;
	while ((n = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("scene ended with wait status %#x: %s", status, text);
}

/* The arguments of the helper that moves bytes as it is told (tests/helpers/play.c). */
#define PLAY(...) BROOD_ARGV(helper("play"), __VA_ARGS__)

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

/* An empty folder of our own; place_leave() removes it with all that is in it. */
struct place {
	char path[PATH_MAX];
};

static inline void place_make(struct place *place)
{
	strcpy(place->path, "/tmp/brood-contract-XXXXXX");
	if (!mkdtemp(place->path))
		complain(__FILE__, __LINE__, "mkdtemp: %s", strerror(errno));
}

static inline void place_leave(const struct place *place)
{
	nftw(place->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* "PLACE/NAME"; valid until the next but seven calls. */
static inline char *place_at(const struct place *place, const char *name)
{
	static char paths[8][2 * PATH_MAX];
	static unsigned int turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", place->path, name);
	return path;
}

static inline void make_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
		fchmod(fd, mode) < 0)
		complain(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	close(fd);
}

/* Reads a file as a string; valid until the next call. */
static inline char *read_file(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (n < 0)
		complain(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	close(fd);
	text[n] = '\0';
	return text;
}

/* Runs a command that must end well, and puts what it wrote to standard output into result. */
static inline void output_of(const struct brood_cmd *cmd, const struct brood_options *options,
	struct brood_result *result)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_output(cmd, options, result, &error);

	check_code(r, 0, &error);
}

#endif
