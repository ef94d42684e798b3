/* SPDX-License-Identifier: MIT */
/* /proc/self, read and parsed. */

#include "self/proc.h"

#include "self/own_path.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096

ssize_t brood__proc_read(const char *path, char **ret_text)
{
	AUTO_FD fd = brood__fd_open(path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	size_t length = 0;
	size_t room = 0;
	char *text = NULL;
	ssize_t n;
	do {
		if (room - length < FIRST_ROOM / 2) {
			room = room ? 2 * room : FIRST_ROOM;
			char *larger = realloc(text, room);
			if (!larger) {
				free(text);
				return -ENOMEM;
			}
			text = larger;
		}
		n = brood__fd_read(fd, text + length, room - length - 1);
		length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (n < 0) {
		free(text);
		return n;
	}
	text[length] = '\0';
	*ret_text = text;
	return (ssize_t)length;
}

ssize_t brood__proc_link(const char *path, char *to, size_t size)
{
	long n = RAW4(SYS_readlinkat, AT_FDCWD, path, to, size);
	if (n < 0)
		return n;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	to[n] = '\0';
	return n;
}

ssize_t brood__proc_own_link(char *to, size_t size, const char **ret_link)
{
	*ret_link = BROOD__OWN_LINK;
	ssize_t length = brood__proc_link(BROOD__OWN_LINK, to, size);
	if (length == -ENOENT) {
		*ret_link = BROOD__OWN_LINK_OF_THREAD;
		length = brood__proc_link(BROOD__OWN_LINK_OF_THREAD, to, size);
	}
	return length;
}

/* The number that the text begins with, behind blanks. */
static uint64_t number(const char *text, int base)
{
	char *end;
	text += strspn(text, " \t");
	if (text[0] < '0' || text[0] > 'f')
		return UINT64_MAX;
	uint64_t value = strtoull(text, &end, base);
	return end == text ? UINT64_MAX : value;
}

uint64_t brood__proc_field(const char *text, const char *word, int base)
{
	size_t length = strlen(word);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += line[0] == '\n';
		if (strncmp(line, word, length) == 0)
			return number(line + length, base);
	}
	return UINT64_MAX;
}

uint64_t brood__proc_start(const char *text)
{
	const char *at = strrchr(text, ')');
	/* The next one is field 3. */
	for (int field = 3; at && field <= 22; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? number(at, 10) : UINT64_MAX;
}
