/* SPDX-License-Identifier: MIT */
#include "common/message.h"

#include "common/environment.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static enum message_color wanted = MESSAGE_COLOR_AUTO;
static const char *program = "brood";

void message_set_color(enum message_color color)
{
	wanted = color;
}

void message_set_name(const char *name)
{
	program = name;
}

static bool is_set(const char *name)
{
	const char *value = environment_get(name);

	return value && value[0] != '\0';
}

bool message_is_coloured(void)
{
	if (wanted != MESSAGE_COLOR_AUTO)
		return wanted == MESSAGE_COLOR_ALWAYS;
	if (is_set("NO_COLOR"))
		return false;
	const char *force = environment_get("CLICOLOR_FORCE");
	if (force && strcmp(force, "") != 0 && strcmp(force, "0") != 0)
		return true;
	const char *terminal = environment_get("TERM");
	return terminal && strcmp(terminal, "dumb") != 0 && isatty(STDERR_FILENO);
}

int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);
		if (written < 0 && errno == EAGAIN) {
			struct pollfd writable = { .fd = fd, .events = POLLOUT };
			if (poll(&writable, 1, -1) < 0 && errno != EINTR)
				return -errno;
			continue;
		}
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

void message(const char *format, ...)
{
	struct text words = { 0 };
	struct text line = { 0 };
	va_list arguments;

	va_start(arguments, format);
	text_format_list(&words, format, arguments);
	va_end(arguments);
	text_format(&line, message_is_coloured() ? "\033[1m%s:\033[0m " : "%s: ", program);
	text_safe(&line, words.bytes ? words.bytes : "", words.length);
	text_add(&line, "\n", 1);
	/* Nobody is left to be told that standard error is gone. */
	(void)write_all(STDERR_FILENO, line.bytes, line.length);
	text_done(&line);
	text_done(&words);
}
