/* SPDX-License-Identifier: MIT */
/*
 * show_fds PATH [END]: writes to the file PATH ("-": standard output) one line for each descriptor
 * below END (64) that it was started with: number, device, inode, close-on-exec, offset (-1: none),
 * status flags in octal.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char text[1 << 20];

int main(int argc, char **argv)
{
	int end = argc > 2 ? atoi(argv[2]) : 64;
	size_t length = 0;

	if (argc < 2)
		return 99;
	for (int fd = 0; fd < end && length < sizeof text - 128; fd++) {
		struct stat st;
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || fstat(fd, &st) < 0)
			continue;
		length += (size_t)snprintf(text + length, sizeof text - length,
			"%d %llu %llu %d %lld %o\n", fd, (unsigned long long)st.st_dev,
			(unsigned long long)st.st_ino, flags & FD_CLOEXEC,
			(long long)lseek(fd, 0, SEEK_CUR), (unsigned int)fcntl(fd, F_GETFL));
	}
	int out = strcmp(argv[1], "-") == 0 ? 1 : open(argv[1], O_WRONLY | O_TRUNC);
	if (out < 0 || write(out, text, length) != (ssize_t)length)
		return 98;
	return 0;
}
