/* SPDX-License-Identifier: MIT */
/* $( ) and `` (XCU 2.6.3). */
#include "common/message.h"
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/parser.h"
#include "sh/subshell.h"
#include "sh/undo.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void capture_read(struct shell *sh, int fd, struct text *text)
{
	for (;;) {
		text_reserve(text, 65536);
		ssize_t n = read(fd, text->bytes + text->length, 65536);
		if (n == 0)
			return;
		if (n > 0) {
			text->length += (size_t)n;
		} else if (errno != EINTR) {
			shell_error(sh, (struct place){ 0 },
				"a command's output cannot be read: %s", message_errno(errno));
			return;
		}
	}
}

/* ---- in a child ---- */

struct body {
	struct shell *sh;
	const struct command_substitution *substitution;
};

/* Aliases make it something else than what was parsed. */
static int run_text(struct shell *sh, const struct command_substitution *substitution)
{
	char *text = arena_text(&sh->scratch, substitution->text, substitution->text_length);

	subshell_enter(sh);
	return subshell_leave(
		sh, run_part(sh, text, substitution->text_length, substitution->place));
}

static int run_child(void *data)
{
	const struct body *body = data;

	if (!substitution_is_parsed(body->sh, body->substitution))
		return run_text(body->sh, body->substitution);
	return subshell_run(body->sh, body->substitution->body, false);
}

/* ---- in this process ---- */

/* Returns 0; -1: an interrupt leads back to the prompt. */
static int run_here(
	struct shell *sh, const struct command_substitution *substitution, struct text *output)
{
	struct capture capture = { .text = { 0 }, .read_fd = -1, .outer = sh->out.capture };
	int loops = sh->loops, loops_outside = sh->loops_outside;

	sh->out.capture = &capture;
	undo_begin(sh);
	sh->here++;
	sh->loops_outside = loops;
	enum control control = run_node(sh, substitution->body, 0);
	sh->here--;
	undo_end(sh);
	sh->out.capture = capture.outer;
	sh->loops = loops;
	sh->loops_outside = loops_outside;
	*output = capture.text;
	return control == CONTROL_ABORT ? -1 : 0;
}

/* ---- both ---- */

static size_t without_nul(char *bytes, size_t length)
{
	char *to = memchr(bytes, '\0', length);

	if (!to)
		return length;
	for (const char *from = to; from < bytes + length; from++) {
		if (*from)
			*to++ = *from;
	}
	return (size_t)(to - bytes);
}

static bool is_here(struct shell *sh, struct command_substitution *substitution)
{
	return substitution_is_parsed(sh, substitution) &&
	       subshell_kind(sh, substitution->body, true, &substitution->cache,
		       &substitution->cache_generation) == SUBSHELL_HERE;
}

int substitute_command(struct shell *sh, struct command_substitution *substitution,
	const char **ret_text, size_t *ret_length)
{
	struct body body = { sh, substitution };
	struct text output = { 0 };
	struct frame frame = sh->frame;
	int r = 0;

	if (run_is_too_deep(sh, substitution->place))
		return -1;
	if (!substitution->body && substitution_is_parsed(sh, substitution))
		sh->status = 0;
	else if (is_here(sh, substitution))
		r = run_here(sh, substitution, &output);
	else
		r = launch_collect(sh, run_child, &body, &output);
	sh->frame = frame;
	sh->substituted = sh->status;
	size_t length = output.length > 0 ? without_nul(output.bytes, output.length) : 0;
	while (length > 0 && output.bytes[length - 1] == '\n')
		length--;
	*ret_text = length > 0 ? arena_text(&sh->scratch, output.bytes, length) : "";
	*ret_length = length;
	text_done(&output);
	return r;
}
