/* SPDX-License-Identifier: MIT */
/*
 * Takes the whole terminal, as an editor does: raw mode, every key by itself, its own Ctrl-Z, a new
 * picture when the size changes or when it is continued. Each picture is one line:
 *
 *	screen ROWSxCOLUMNS      at the start and when the size changes
 *	screen again             after it was stopped
 *	key NN                   a key came, in hexadecimal
 *
 * q ends it. With the argument "stay" it leaves the terminal raw when it is told to end.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t resized, told;

static void on_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else
		told = 1;
}

static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(98);
}

static void raw(void)
{
	struct termios modes = before;
	cfmakeraw(&modes);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

static void draw(void)
{
	struct winsize size = { 0 };
	char line[64];
	ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	snprintf(line, sizeof line, "screen %dx%d\r\n", size.ws_row, size.ws_col);
	say(line);
}

/* Its own Ctrl-Z stops all of its job, with the terminal as it was. */
static void stop(void)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	kill(0, SIGTSTP);
	tcgetattr(STDIN_FILENO, &before);
	raw();
	say("screen again\r\n");
}

static int take_key(void)
{
	unsigned char key;
	char line[32];
	ssize_t n = read(STDIN_FILENO, &key, 1);
	if (n < 0 && errno == EINTR)
		return 1;
	if (n <= 0 || key == 'q')
		return 0;
	snprintf(line, sizeof line, "key %02x\r\n", key);
	say(line);
	if (key == ('Z' & 0x1f))
		stop();
	return 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t all, none;
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
	int stays = argc > 1 && strcmp(argv[1], "stay") == 0;

	sigemptyset(&none);
	sigemptyset(&all);
	sigaddset(&all, SIGWINCH);
	sigaddset(&all, SIGTERM);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigaction(SIGWINCH, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	alarm(100);
	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return 97;
	raw();
	draw();
	while (!told) {
		/* Signals come nowhere else, so that none is missed. */
		if (ppoll(&keys, 1, NULL, &none) > 0 && !take_key())
			break;
		if (resized) {
			resized = 0;
			draw();
		}
	}
	if (!told || !stays)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	return told ? 7 : 0;
}
