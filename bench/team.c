/* SPDX-License-Identifier: MIT */
#include "team.h"

#include "subject.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_MEMBERS 64
#define MOST_PATH    4096

struct team {
	long n;
	int orders[MOST_MEMBERS]; /* where to write to each of them */
	int answers;
	char folder[MOST_PATH];
};

static void serve(
	const struct bench_member *member, char **args, const char *folder, int in, int out)
{
	void *state = member->begin(args, folder);
	long n;
	while (read(in, &n, sizeof n) == (ssize_t)sizeof n) {
		member->work(state, n);
		if (write(out, "", 1) != 1)
			bench_die("answer");
	}
	_exit(0);
}

static void start(struct team *team, const struct bench_member *member, char **args)
{
	int answers[2];
	if (pipe2(answers, O_CLOEXEC) < 0)
		bench_die("pipe");
	team->answers = answers[0];
	for (long i = 0; i < team->n; i++) {
		int orders[2];
		if (pipe2(orders, O_CLOEXEC) < 0)
			bench_die("pipe");
		pid_t pid = fork();
		if (pid < 0)
			bench_die("fork");
		if (pid == 0) {
			/* Those of the others, so that each sees the end of its own. */
			for (long k = 0; k < i; k++)
				close(team->orders[k]);
			close(orders[1]);
			close(answers[0]);
			serve(member, args, team->folder, orders[0], answers[1]);
		}
		close(orders[0]);
		team->orders[i] = orders[1];
	}
	close(answers[1]);
}

static void work(const struct team *team, long n)
{
	for (long i = 0; i < team->n; i++) {
		long part = n * (i + 1) / team->n - n * i / team->n;
		if (write(team->orders[i], &part, sizeof part) != (ssize_t)sizeof part)
			bench_die("order");
	}
	for (long i = 0; i < team->n; i++) {
		char done;
		errno = 0;
		if (read(team->answers, &done, 1) != 1)
			bench_die("a member of the team failed");
	}
}

static void end(struct team *team)
{
	char path[2 * MOST_PATH];
	const struct dirent *entry;
	for (long i = 0; i < team->n; i++)
		close(team->orders[i]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	DIR *dir = opendir(team->folder);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof path, "%s/%s", team->folder, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(team->folder);
}

int bench_serve_team(const struct bench_member *member, char **args)
{
	static struct team team;
	const char *below = getenv("BENCH_FOLDER");
	char line[32];
	errno = 0;
	team.n = args[0] ? strtol(args[0], NULL, 10) : 0;
	if (team.n < 1 || team.n > MOST_MEMBERS)
		bench_die("not a number of members");
	snprintf(team.folder, sizeof team.folder, "%s/bench-XXXXXX", below ? below : ".");
	if (!mkdtemp(team.folder))
		bench_die(team.folder);
	start(&team, member, args + 1);
	while (fgets(line, sizeof line, stdin)) {
		long n = strtol(line, NULL, 10);
		int64_t begin = bench_now();
		work(&team, n);
		printf("%" PRId64 " %ld\n", bench_now() - begin, n);
		fflush(stdout);
	}
	end(&team);
	return 0;
}
