/* SPDX-License-Identifier: MIT */
/* Any descriptor line by line. */

#include "pump/scanner.h"

#include "pump/lines.h"
#include "sys/fd.h"
#include <brood/error.h>
#include <brood/lines.h>
#include <errno.h>
#include <stdlib.h>

struct brood_scanner {
	int fd;
	int end; /* 1: more may come; 0 or -errno: how it ended */
	struct brood__lines lines;
};

int brood_scanner_new(struct brood_scanner **ret_scanner, int fd, size_t longest)
{
	if (!ret_scanner)
		return BROOD_EMISUSE;
	if (fd < 0)
		return -EBADF;
	struct brood_scanner *scanner = malloc(sizeof *scanner);
	if (!scanner)
		return -ENOMEM;
	scanner->fd = fd;
	scanner->end = 1;
	brood__lines_init(&scanner->lines, NULL, NULL, longest);
	*ret_scanner = scanner;
	return 0;
}

int brood__scanner_fd(const struct brood_scanner *scanner)
{
	return scanner->fd;
}

bool brood__scanner_take(struct brood_scanner *scanner, const char **ret_line, size_t *ret_length,
	uint32_t *ret_flags)
{
	return brood__lines_take(&scanner->lines, ret_line, ret_length, ret_flags);
}

ssize_t brood__scanner_read(struct brood_scanner *scanner)
{
	char *at;
	size_t size;
	int r = brood__lines_space(&scanner->lines, &at, &size);
	if (r < 0)
		return r;
	ssize_t n = brood__fd_read(scanner->fd, at, size);
	if (n > 0)
		brood__lines_come(&scanner->lines, (size_t)n);
	return n;
}

bool brood__scanner_drop(struct brood_scanner *scanner)
{
	return brood__lines_drop(&scanner->lines);
}

int brood_scanner_next(struct brood_scanner *scanner, const char **ret_line, size_t *ret_length,
	uint32_t *ret_flags)
{
	if (!scanner || !ret_line || !ret_length)
		return BROOD_EMISUSE;
	uint32_t flags;
	while (!brood__lines_take(&scanner->lines, ret_line, ret_length, &flags)) {
		if (scanner->end <= 0)
			return scanner->end;
		ssize_t n = brood__scanner_read(scanner);
		if (n > 0)
			continue;
		if (n == -EAGAIN || n == -ENOMEM)
			return (int)n;
		/* What came before a failure is not lost: it comes first. */
		scanner->end = (int)n;
		brood__lines_end(&scanner->lines);
	}
	if (ret_flags)
		*ret_flags = flags;
	return 1;
}

void brood_scanner_free(struct brood_scanner *scanner)
{
	if (!scanner)
		return;
	brood__lines_done(&scanner->lines);
	free(scanner);
}
