/* SPDX-License-Identifier: MIT */
/* ~ and ~name. */

#include "sh/expand.h"

#include "common/text.h"
#include "sh/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PASSWD_FILE "/etc/passwd"
#define HOME_COLUMN 5 /* name:password:uid:gid:comment:home:shell */

static void read_all(int fd, struct text *text)
{
	ssize_t n;

	do {
		text_reserve(text, 4096);
		n = read(fd, text->bytes + text->length, text->size - text->length - 1);
		if (n > 0)
			text->length += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	text->bytes[text->length] = '\0';
}

/* The home in a line of the file if it is this user's; NULL: it is not. Ends *ret_length further.
 */
static const char *home_of(
	const char *line, const char *end, const char *name, size_t length, size_t *ret_length)
{
	if ((size_t)(end - line) <= length || memcmp(line, name, length) != 0 ||
		line[length] != ':')
		return NULL;
	for (int column = 0; column < HOME_COLUMN; column++) {
		line = memchr(line, ':', (size_t)(end - line));
		if (line == NULL)
			return NULL;
		line++;
	}
	const char *stop = memchr(line, ':', (size_t)(end - line));
	*ret_length = (size_t)((stop ? stop : end) - line);
	return line;
}

static const char *find_home(
	struct shell *sh, const struct text *text, const char *name, size_t length)
{
	const char *line = text->bytes, *last = text->bytes + text->length;

	while (line < last) {
		const char *newline = memchr(line, '\n', (size_t)(last - line));
		const char *end = newline ? newline : last;
		size_t home_length;
		const char *home = home_of(line, end, name, length, &home_length);
		if (home != NULL)
			return arena_text(&sh->scratch, home, home_length);
		line = end + 1;
	}
	return NULL;
}

const char *expand_tilde(struct shell *sh, const char *name, size_t length)
{
	struct text text = { 0 };

	if (length == 0)
		return variable_get(sh, "HOME");
	int fd = open(PASSWD_FILE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	read_all(fd, &text);
	close(fd);
	const char *home = find_home(sh, &text, name, length);
	text_done(&text);
	return home;
}
