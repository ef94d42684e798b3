/* SPDX-License-Identifier: MIT */
#include "common/standard_fds.h"

#include "common/exit_code.h"

#include <fcntl.h>
#include <unistd.h>

static bool input_was_closed;

void standard_fds_occupy(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* Meant for the child too, so not close-on-exec; it gets the lowest free number. */
		int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
		/* NOLINTNEXTLINE(android-cloexec-open) */
		if (open("/dev/null", flags) != fd)
			_exit(EXIT_BROOD);
		input_was_closed |= fd == STDIN_FILENO;
	}
}

bool standard_input_was_closed(void)
{
	return input_was_closed;
}
