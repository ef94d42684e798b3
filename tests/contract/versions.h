/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_VERSIONS_H
#define TESTS_CONTRACT_VERSIONS_H

/*
 * Copies of the test program itself, to be started, replaced on disk and executed anew: a program
 * of one version ends in that letter, which does nothing to it.
 *
 *	version_make(path, '1');
 *	struct player player = player_start(&cmd);
 *	player_hears(&player, "version 1 ...");
 *	version_make(path, '2');
 *	player_says(&player);
 */

#include "check.h"

#include <sys/sendfile.h>

static inline void version_write(int to, char letter)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;

	check(from >= 0 && to >= 0 && fstat(from, &st) == 0);
	/* Not by its own offset, which valgrind's descriptor of the program shares. */
	for (off_t at = 0; at < st.st_size;)
		check(sendfile(to, from, &at, (size_t)(st.st_size - at)) > 0);
	check(write(to, &letter, 1) == 1 && fchmod(to, 0755) == 0);
	close(from);
}

/* Puts a version there, in the way of those who replace programs: the old one goes on. */
static inline void version_make(const char *path, char letter)
{
	char fresh[PATH_MAX];

	snprintf(fresh, sizeof fresh, "%s.new", path);
	int to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	version_write(to, letter);
	close(to);
	check(rename(fresh, path) == 0);
}

/* That of the program that runs. */
static inline char version_of_us(void)
{
	char letter = '?';
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	lseek(fd, -1, SEEK_END);
	if (read(fd, &letter, 1) != 1)
		letter = '?';
	close(fd);
	return letter;
}

/* A program that we talk with, line by line. */
struct player {
	struct brood_job *job;
	pid_t pid;
};

static inline struct player player_start(const struct brood_cmd *like)
{
	struct player player;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = *like;

	cmd.in = brood_pipe();
	cmd.out = brood_pipe();
	check_code(brood_start(&player.job, &cmd, 1, NULL, &error), 0, &error);
	player.pid = brood_job_pid(player.job);
	return player;
}

/* The next line that it writes, without its end; valid until the next call. */
static inline const char *player_line(const struct player *player)
{
	static char line[8192];
	size_t length = 0;

	do {
		ssize_t n = brood_job_read(player->job, 0, 1, line + length, 1);
		if (n <= 0)
			complain(__FILE__, __LINE__, "no line, but %zd, after '%.*s'", n,
				(int)length, line);
		length++;
	} while (line[length - 1] != '\n' && length < sizeof line - 1);
	line[length - 1] = '\0';
	return line;
}

static inline void player_says(const struct player *player)
{
	check(brood_job_write(player->job, 0, 0, "\n", 1) == 1);
}

/* It must have ended with this code. */
static inline void player_ends(struct player *player, int code)
{
	struct brood_result result = BROOD_RESULT_INIT;

	int r = brood_job_wait(player->job, 20 * BROOD_SECOND, &result, NULL);
	check(r == 0 || r == BROOD_EEXIT);
	check_number(result.stages[0].how, BROOD_EXITED);
	check_number(result.stages[0].exit_code, code);
	brood_result_done(&result);
	brood_job_free(player->job);
}

#endif
