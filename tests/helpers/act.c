/* SPDX-License-Identifier: MIT */

/*
 * Does what its arguments say, one after the other, then exits with 0.
 *
 *	ready                a byte 'r' to descriptor 3
 *	pause                waits for ever
 *	await FD             waits until FD ends
 *	exit CODE            exits
 *	raise SIGNAL         sends itself a signal, unblocked and with its default action
 *	core SIZE            the largest core dump
 *	ignore SIGNAL        ignores it
 *	exit-on SIGNAL CODE  exits with CODE when it comes
 *	say-on SIGNAL        writes its number, as one byte, to descriptor 3 when it comes
 *	print FD TEXT        writes TEXT
 *	fill FD COUNT        writes COUNT bytes, the n-th of which is 'a' + n % 26
 *	close FD             closes it
 *	copy FD FD2          copies what comes until the end
 *	burn MS              uses that much processor time
 *	touch MB             keeps that many megabytes in memory
 *	setpgid, setsid      leaves its group, its session
 *	rejoin               goes back to the group of its parent
 *	become-root          of all its user ids
 *	wait                 waits for all its children
 *	signal-parent SIGNAL sends it to its parent
 *	ground               a byte to descriptor 3: 'f' if its group is in the foreground of its
 *	                     controlling terminal, 'b' if not, 'n' if it has no such terminal
 *	terminals FD         four letters to FD: 't' for each of 0, 1, 2 that is a terminal, '-' for
 *	                     others, and 'c' if it has a controlling terminal, '-' if not
 *	size FD FD2          writes "ROWS COLUMNS " of the terminal FD to FD2
 *	line FD FD2          copies one line
 *	thread               its first thread ends, and another one does what follows
 *	{ ... }              a child does this, and exits; its parent goes on behind it at once
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* A child that a failed test has forgotten goes away by itself. */
#define LONGEST_LIFE 100

static volatile sig_atomic_t codes[65];

static void on_exit_signal(int number)
{
	_exit(codes[number]);
}

static void on_say_signal(int number)
{
	int saved = errno;
	char byte = (char)number;
	if (write(3, &byte, 1) != 1)
		_exit(98);
	errno = saved;
}

static void handle(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	if (sigaction(number, &action, NULL) < 0)
		_exit(97);
}

static void write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(96);
		bytes += n;
		length -= (size_t)n;
	}
}

static void print(int fd, const char *text)
{
	write_all(fd, text, strlen(text));
}

static void fill(int fd, size_t count)
{
	char block[26 * 1024];
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = (char)('a' + i % 26);
	for (; count > sizeof block; count -= sizeof block)
		write_all(fd, block, sizeof block);
	write_all(fd, block, count);
}

static void await(int fd)
{
	char byte;
	for (;;) {
		ssize_t n = read(fd, &byte, 1);
		if (n == 0 || (n < 0 && errno != EINTR))
			return;
	}
}

static void copy(int from, int to)
{
	char block[4096];
	for (;;) {
		ssize_t n = read(from, block, sizeof block);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(90);
		if (n == 0)
			return;
		write_all(to, block, (size_t)n);
	}
}

static void copy_line(int from, int to)
{
	char byte = 0;
	while (byte != '\n') {
		ssize_t n = read(from, &byte, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(85);
		write_all(to, &byte, 1);
	}
}

static void say_ground(void)
{
	char letter = 'n';
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal >= 0) {
		letter = tcgetpgrp(terminal) == getpgrp() ? 'f' : 'b';
		close(terminal);
	}
	write_all(3, &letter, 1);
}

static void say_terminals(int to)
{
	char letters[5] = "----";
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		if (isatty(fd))
			letters[fd] = 't';
	if (terminal >= 0) {
		letters[3] = 'c';
		close(terminal);
	}
	print(to, letters);
}

static void say_size(int terminal, int to)
{
	struct winsize size;
	char text[32];
	if (ioctl(terminal, TIOCGWINSZ, &size) < 0)
		_exit(84);
	snprintf(text, sizeof text, "%d %d ", size.ws_row, size.ws_col);
	print(to, text);
}

static void burn(long milliseconds)
{
	clock_t end = clock() + milliseconds * (CLOCKS_PER_SEC / 1000);
	while (clock() < end)
		;
}

static void touch(size_t megabytes)
{
	size_t size = megabytes << 20;
	char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		_exit(86);
	memset(bytes, 1, size);
}

static void raise_plainly(int number)
{
	sigset_t set;
	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(getpid(), number);
}

static void limit_core(rlim_t size)
{
	struct rlimit limit = { size, size };
	if (setrlimit(RLIMIT_CORE, &limit) < 0)
		_exit(95);
}

static int act(char **verb);

static char **behind_brace(char **verb)
{
	int depth = 1;
	while (depth > 0 && *verb) {
		depth += strcmp(*verb, "{") == 0;
		depth -= strcmp(*verb, "}") == 0;
		verb++;
	}
	return verb;
}

static void *act_in_thread(void *verbs)
{
	char text[512] = "";
	const char *state = NULL;
	while (!state || state[2] != 'Z') {
		int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
			_exit(86);
		close(fd);
		state = strrchr(text, ')');
		sched_yield();
	}
	exit(act(verbs));
}

static void go_on_in_thread(char **verbs)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, act_in_thread, verbs) != 0)
		_exit(85);
	pthread_exit(NULL);
}

/* The verbs without an argument. Returns where to go on, NULL if it is another verb. */
static char **act_alone(char **verb)
{
	const char *name = *verb++;
	if (strcmp(name, "ready") == 0) {
		write_all(3, "r", 1);
	} else if (strcmp(name, "pause") == 0) {
		for (;;)
			pause();
	} else if (strcmp(name, "ground") == 0) {
		say_ground();
	} else if (strcmp(name, "setpgid") == 0) {
		if (setpgid(0, 0) < 0)
			_exit(94);
	} else if (strcmp(name, "rejoin") == 0) {
		if (setpgid(0, getpgid(getppid())) < 0)
			_exit(87);
	} else if (strcmp(name, "setsid") == 0) {
		if (setsid() < 0)
			_exit(93);
	} else if (strcmp(name, "become-root") == 0) {
		if (setresuid(0, 0, 0) < 0)
			_exit(89);
	} else if (strcmp(name, "thread") == 0) {
		go_on_in_thread(verb);
	} else if (strcmp(name, "wait") == 0) {
		while (wait(NULL) > 0)
			;
	} else if (strcmp(name, "{") == 0) {
		pid_t pid = fork();
		if (pid < 0)
			_exit(92);
		if (pid > 0)
			verb = behind_brace(verb);
		else
			alarm(LONGEST_LIFE);
	} else if (strcmp(name, "}") == 0) {
		_exit(0);
	} else {
		verb = NULL;
	}
	return verb;
}

static char **act_on_signal(char **verb)
{
	const char *name = verb[0];
	int number = atoi(verb[1]);
	if (number < 0 || number > 64)
		return NULL;
	verb += 2;
	if (strcmp(name, "raise") == 0) {
		raise_plainly(number);
	} else if (strcmp(name, "ignore") == 0) {
		signal(number, SIG_IGN);
	} else if (strcmp(name, "say-on") == 0) {
		handle(number, on_say_signal);
	} else if (strcmp(name, "signal-parent") == 0) {
		if (kill(getppid(), number) < 0)
			_exit(88);
	} else if (strcmp(name, "exit-on") == 0 && *verb) {
		codes[number] = atoi(*verb++);
		handle(number, on_exit_signal);
	} else {
		return NULL;
	}
	return verb;
}

static char **act_with(char **verb)
{
	const char *name = verb[0];
	long number = atol(verb[1]);
	verb += 2;
	if (strcmp(name, "exit") == 0)
		_exit((int)number);
	else if (strcmp(name, "await") == 0)
		await((int)number);
	else if (strcmp(name, "close") == 0)
		close((int)number);
	else if (strcmp(name, "terminals") == 0)
		say_terminals((int)number);
	else if (strcmp(name, "size") == 0 && *verb)
		say_size((int)number, atoi(*verb++));
	else if (strcmp(name, "line") == 0 && *verb)
		copy_line((int)number, atoi(*verb++));
	else if (strcmp(name, "burn") == 0)
		burn(number);
	else if (strcmp(name, "touch") == 0)
		touch((size_t)number);
	else if (strcmp(name, "core") == 0)
		limit_core((rlim_t)number);
	else if (strcmp(name, "print") == 0 && *verb)
		print((int)number, *verb++);
	else if (strcmp(name, "copy") == 0 && *verb)
		copy((int)number, atoi(*verb++));
	else if (strcmp(name, "fill") == 0 && *verb)
		fill((int)number, strtoul(*verb++, NULL, 10));
	else
		return NULL;
	return verb;
}

static int act(char **verb)
{
	while (*verb) {
		char **next = act_alone(verb);
		if (!next && verb[1])
			next = act_on_signal(verb);
		if (!next && verb[1])
			next = act_with(verb);
		if (!next) {
			write_all(2, *verb, strlen(*verb));
			write_all(2, ": act does not know this\n", 25);
			return 99;
		}
		verb = next;
	}
	return 0;
}

int main(int argc, char *argv[])
{
	(void)argc;
	alarm(LONGEST_LIFE);
	return act(argv + 1);
}
