/* SPDX-License-Identifier: MIT */
#include "common/terminal.h"

#include <fcntl.h>
#include <unistd.h>

static int open_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

static bool is_foreground(int fd)
{
	return fd >= 0 && tcgetpgrp(fd) == getpgrp();
}

void terminal_look(struct terminal *terminal)
{
	int fd = open_terminal();

	terminal->exists = fd >= 0;
	terminal->is_ours = is_foreground(fd) && tcgetattr(fd, &terminal->modes) == 0;
	if (fd >= 0)
		close(fd);
}

void terminal_restore(const struct terminal *terminal)
{
	if (!terminal->is_ours)
		return;
	int fd = open_terminal();
	if (is_foreground(fd))
		tcsetattr(fd, TCSADRAIN, &terminal->modes);
	if (fd >= 0)
		close(fd);
}

bool terminal_is_with(pid_t group)
{
	int fd = open_terminal();
	bool is_with = fd >= 0 && tcgetpgrp(fd) == group;

	if (fd >= 0)
		close(fd);
	return is_with;
}

bool terminal_give(pid_t group)
{
	int fd = open_terminal();
	bool is_given = is_foreground(fd) && tcsetpgrp(fd, group) == 0;

	if (fd >= 0)
		close(fd);
	return is_given;
}
