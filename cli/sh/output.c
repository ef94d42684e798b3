/* SPDX-License-Identifier: MIT */
#include "sh/output.h"

#include "common/message.h"
#include "sh/shell.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* As much is gathered before it is written early. */
#define GATHERED ((size_t)64 << 10)

static bool is_collected(const struct shell *sh)
{
	return sh->out.capture && sh->out.capture->read_fd < 0;
}

void output_bytes(struct shell *sh, const char *bytes, size_t length)
{
	if (is_collected(sh)) {
		text_add(&sh->out.capture->text, bytes, length);
		return;
	}
	text_add(&sh->out.text, bytes, length);
	if (sh->out.text.length > GATHERED)
		(void)output_flush(sh);
}

void output_string(struct shell *sh, const char *string)
{
	output_bytes(sh, string, strlen(string));
}

void output_character(struct shell *sh, char character)
{
	output_bytes(sh, &character, 1);
}

void output_format(struct shell *sh, const char *format, ...)
{
	struct text *text = is_collected(sh) ? &sh->out.capture->text : &sh->out.text;
	va_list arguments;

	va_start(arguments, format);
	text_format_list(text, format, arguments);
	va_end(arguments);
}

/* Returns 0 or errno. */
static int write_out(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(1, bytes, length);
		if (n >= 0) {
			bytes += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd wanted = { .fd = 1, .events = POLLOUT };
			(void)!poll(&wanted, 1, -1);
		} else if (errno != EINTR) {
			return errno;
		}
	}
	return 0;
}

int output_flush(struct shell *sh)
{
	struct output *out = &sh->out;
	size_t length = out->text.length;

	if (length == 0 || is_collected(sh))
		return 0;
	/* Before the words about it, which flush as well. */
	out->text.length = 0;
	int error = out->error ? out->error : write_out(out->text.bytes, length);
	if (error == 0)
		return 0;
	if (out->error == 0) {
		out->error = error;
		(void)builtin_error(sh, "write error: %s", message_errno(error));
	}
	return -1;
}
