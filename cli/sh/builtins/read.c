/* SPDX-License-Identifier: MIT */
#include "common/message.h"
#include "sh/builtins/list.h"
#include "sh/builtins/variables.h"
#include "sh/parser.h"
#include "sh/reader.h"
#include "sh/split.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A line as it comes: its bytes, and which of them a backslash stood before. */
struct line {
	struct text bytes;
	struct text quoted; /* empty as long as none was */
	bool has_end;       /* the delimiter came */
	int error;          /* errno; EINTR: a signal's trap is due */
};

static void add(struct line *line, const char *bytes, size_t n, bool is_quoted)
{
	static const char zeros[256];

	if (is_quoted || line->quoted.length > 0) {
		while (line->quoted.length < line->bytes.length) {
			size_t part = line->bytes.length - line->quoted.length;
			text_add(&line->quoted, zeros, part < sizeof zeros ? part : sizeof zeros);
		}
	}
	text_add(&line->bytes, bytes, n);
	if (is_quoted)
		text_add(&line->quoted, "\1", 1);
}

/* NUL bytes cannot be in a variable: they are left out. */
static void add_plain(struct line *line, const char *bytes, size_t n)
{
	const char *nul;

	while ((nul = memchr(bytes, '\0', n)) != NULL) {
		size_t part = (size_t)(nul - bytes);
		add(line, bytes, part, false);
		bytes += part + 1;
		n -= part + 1;
	}
	add(line, bytes, n, false);
}

static void read_raw(struct shell *sh, struct line *line, unsigned char delimiter)
{
	for (;;) {
		int byte = reader_byte(sh, delimiter);
		if (byte == -1)
			return;
		if (byte < 0) {
			line->error = errno;
			return;
		}
		if (byte == delimiter) {
			line->has_end = true;
			return;
		}
		char one = (char)byte;
		add_plain(line, &one, 1);
		const char *bytes;
		size_t n = reader_run(sh, delimiter, &bytes);
		if (n > 0 && (unsigned char)bytes[n - 1] == delimiter) {
			add_plain(line, bytes, n - 1);
			line->has_end = true;
			return;
		}
		add_plain(line, bytes, n);
	}
}

static void prompt_again(struct shell *sh)
{
	const char *prompt = variable_get(sh, "PS2");

	if (prompt && sh->is_interactive && isatty(0))
		(void)!write_all(2, prompt, strlen(prompt));
}

/* Backslashes quote, and one before a newline joins lines. */
static void read_cooked(struct shell *sh, struct line *line, unsigned char delimiter)
{
	for (;;) {
		int byte = reader_byte(sh, delimiter);
		bool is_quoted = byte == '\\' && delimiter != '\\';
		if (is_quoted)
			byte = reader_byte(sh, delimiter);
		if (byte == -2)
			line->error = errno;
		if (byte < 0)
			return;
		if (!is_quoted && byte == delimiter) {
			line->has_end = true;
			return;
		}
		if (is_quoted && byte == '\n') {
			prompt_again(sh);
			continue;
		}
		char one = (char)byte;
		if (byte != '\0')
			add(line, &one, 1, is_quoted);
	}
}

/* ---- variables ---- */

static int set_all(struct shell *sh, const struct line *line, char **names, size_t n)
{
	struct splitter splitter = splitter_of(sh);
	struct split_range *ranges = arena_get(&sh->scratch, n * sizeof *ranges);
	const char *bytes = line->bytes.bytes ? line->bytes.bytes : "";
	const char *quoted = line->quoted.length > 0 ? line->quoted.bytes : NULL;
	int status = 0;

	split_line(&splitter, bytes, (const unsigned char *)quoted, line->bytes.length, ranges, n);
	for (size_t i = 0; i < n; i++) {
		struct symbol *symbol = symbol_get(&sh->symbols, names[i], strlen(names[i]));
		const char *value = bytes + ranges[i].start;
		if (variable_set(sh, symbol, value, ranges[i].end - ranges[i].start,
			    variable_place(sh, symbol, names[i])) < 0)
			status = 2;
	}
	return status;
}

static int check_names(struct shell *sh, char **names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_name(names[i], strlen(names[i])))
			return builtin_usage_at(sh, names[i], "%s: is no name of a variable",
				*names[i] ? names[i] : "\"\"");
	}
	return 0;
}

int builtin_read(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	unsigned char delimiter = '\n';
	const char *prompt = NULL;
	bool is_raw = false;
	int letter;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "rd:p:", &options)) != -1) {
		if (letter == '?')
			return 2;
		if (letter == 'r')
			is_raw = true;
		else if (letter == 'd')
			delimiter = (unsigned char)options.value[0];
		else
			prompt = options.value;
	}
	char **names = argv + options.next;
	size_t n = (size_t)(argc - options.next);
	if (n == 0)
		return builtin_usage(sh, "the name of a variable is missing");
	int status = check_names(sh, names, n);
	if (status != 0)
		return status;
	if (prompt && isatty(0))
		(void)!write_all(2, prompt, strlen(prompt));
	struct line line = { .error = 0 };
	if (is_raw)
		read_raw(sh, &line, delimiter);
	else
		read_cooked(sh, &line, delimiter);
	if (line.error == 0)
		status = set_all(sh, &line, names, n);
	else if (line.error == EINTR)
		status = 128;
	else
		status = builtin_usage(sh, "%s", message_errno(line.error));
	text_done(&line.bytes);
	text_done(&line.quoted);
	return status ? status : !line.has_end;
}
