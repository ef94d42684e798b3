/* SPDX-License-Identifier: MIT */
#include "common/terminal.h"

#include <fcntl.h>
#include <unistd.h>

static int open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || tcgetpgrp(fd) == getpgrp())
		return fd;
	close(fd);
	return -1;
}

void terminal_look(struct terminal *terminal)
{
	int fd = open_terminal();

	terminal->is_ours = fd >= 0 && tcgetattr(fd, &terminal->modes) == 0;
	if (fd >= 0)
		close(fd);
}

void terminal_restore(const struct terminal *terminal)
{
	if (!terminal->is_ours)
		return;
	int fd = open_terminal();
	if (fd < 0)
		return;
	tcsetattr(fd, TCSADRAIN, &terminal->modes);
	close(fd);
}
