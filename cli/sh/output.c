/* SPDX-License-Identifier: MIT */
#include "sh/output.h"

#include "common/message.h"
#include "sh/shell.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
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
	if (text == &sh->out.text && text->length > GATHERED)
		(void)output_flush(sh);
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

static bool is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* The same without SIGPIPE, which would end more than the subshell. */
static int write_out_mute(const char *bytes, size_t length)
{
	const struct timespec now = { 0 };
	sigset_t pipe, old;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	(void)!sigprocmask(SIG_BLOCK, &pipe, &old);
	int error = write_out(bytes, length);
	if (error == EPIPE && !sigismember(&old, SIGPIPE))
		(void)!sigtimedwait(&pipe, NULL, &now);
	(void)!sigprocmask(SIG_SETMASK, &old, NULL);
	return error;
}

/* Whether that is what ends the subshell that we are in. */
static bool ends_subshell(struct shell *sh, int error)
{
	if (error != EPIPE || sh->here == 0 || is_ignored(SIGPIPE))
		return false;
	sh->out.has_no_reader = true;
	return true;
}

int output_flush(struct shell *sh)
{
	struct output *out = &sh->out;
	size_t length = out->text.length;

	if (length == 0 || is_collected(sh))
		return 0;
	/* Before the words about it, which flush as well. */
	out->text.length = 0;
	int error = out->error;
	if (error == 0)
		error = sh->here > 0 ? write_out_mute(out->text.bytes, length)
				     : write_out(out->text.bytes, length);
	if (error == 0)
		return 0;
	if (out->error == 0) {
		out->error = error;
		if (ends_subshell(sh, error))
			return -1;
		(void)builtin_error(sh, "write error: %s", message_errno(error));
	}
	return -1;
}
