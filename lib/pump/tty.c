/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals. */

#include "pump/tty.h"

#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

static int open_slave(int master)
{
	int locked = 0;
	long r = RAW3(SYS_ioctl, master, TIOCSPTLCK, &locked);
	if (r < 0)
		return (int)r;
	/* Not by its path: the caller may have another /dev/pts. */
	r = RAW3(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return brood__fd_above_stdio((int)r);
}

int brood__tty_open(unsigned int rows, unsigned int columns, int *ret_master, int *ret_slave)
{
	AUTO_FD master = brood__fd_open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
	if (master < 0)
		return master;
	int r = brood__tty_resize(master, rows, columns);
	if (r < 0)
		return r;
	int slave = open_slave(master);
	if (slave < 0)
		return slave;
	*ret_master = brood__fd_steal(&master);
	*ret_slave = slave;
	return 0;
}

int brood__tty_resize(int master, unsigned int rows, unsigned int columns)
{
	if (rows > UINT16_MAX || columns > UINT16_MAX)
		return -EINVAL;
	struct winsize size = { .ws_row = (uint16_t)rows, .ws_col = (uint16_t)columns };
	return (int)RAW3(SYS_ioctl, master, TIOCSWINSZ, &size);
}

ssize_t brood__tty_write(int master, const void *bytes, size_t length)
{
	ssize_t n = brood__fd_write(master, bytes, length);
	if (n != -EAGAIN)
		return n;
	/* Linux takes what is typed to nobody, for as long as there is room, which nobody makes. */
	struct pollfd hangup = { .fd = master };
	const struct timespec at_once = { 0, 0 };
	RAW5(SYS_ppoll, &hangup, 1, &at_once, NULL, 0);
	return hangup.revents & POLLHUP ? -EIO : -EAGAIN;
}

/* Whether a program that reads lines has got all that was typed. */
static bool is_line_open(const struct brood__termios *modes, int last)
{
	if (!(modes->c_lflag & ICANON) || last == '\n' || last == modes->c_cc[VEOF])
		return false;
	return last != '\r' || !(modes->c_iflag & ICRNL);
}

int brood__tty_end_input(int master, int last)
{
	struct brood__termios modes = { 0 };
	long r = RAW3(SYS_ioctl, master, TCGETS, &modes);
	if (r < 0)
		return (int)r;
	unsigned char end[2] = { modes.c_cc[VEOF], modes.c_cc[VEOF] };
	if (end[0] == 0) /* the program has switched it off */
		return 1;
	/* The first one only hands an unfinished line to the reader. */
	ssize_t wanted = is_line_open(&modes, last) ? 2 : 1;
	ssize_t n = brood__tty_write(master, end, (size_t)wanted);
	return n < 0 ? (int)n : n == wanted;
}
