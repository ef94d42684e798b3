/* SPDX-License-Identifier: MIT */
/*
 * Forks without end, and never mind signals that can be ignored:
 *
 *	forker chain       each process forks the next one and ends: nobody lives long enough to be
 *	                   looked at twice
 *	forker fan COUNT   up to COUNT children that stay, again and again
 *
 * Writes "up" when it has begun. What a failed test forgets ends by itself.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_LIFE 60

static time_t end;

static time_t now(void)
{
	struct timespec time = { 0 };
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void say_up(void)
{
	if (write(1, "up\n", 3) != 3)
		_exit(98);
}

static void chain(void)
{
	for (int links = 0; now() < end; links++) {
		if (links == 100)
			say_up();
		pid_t pid = fork();
		if (pid > 0)
			_exit(0);
		/* No process to be had: try again. */
		if (pid < 0)
			links--;
	}
}

static void fan(int count)
{
	for (int n = 0; now() < end;) {
		if (n < count) {
			pid_t pid = fork();
			if (pid == 0) {
				alarm(LONGEST_LIFE);
				for (;;)
					pause();
			}
			if (pid > 0 && ++n == count)
				say_up();
		}
		/* Whoever is killed is replaced. */
		while (waitpid(-1, NULL, n < count ? WNOHANG : 0) > 0)
			n--;
	}
}

int main(int argc, char **argv)
{
	const int ignored[] = { SIGTERM, SIGINT, SIGHUP };
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	end = now() + LONGEST_LIFE;
	if (argc == 2 && strcmp(argv[1], "chain") == 0)
		chain();
	else if (argc == 3 && strcmp(argv[1], "fan") == 0)
		fan(atoi(argv[2]));
	else
		return 99;
	return 0;
}
