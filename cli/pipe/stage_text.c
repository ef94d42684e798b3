/* SPDX-License-Identifier: MIT */
/* From a text to the words and the redirections of a stage. */
#include "common/memory.h"
#include "pipe/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"
/* A descriptor of several digits. */
#define MANY 10

#define REDIRECTIONS "<FILE, >FILE, >>FILE, 2>FILE, 2>>FILE, 2>&1"

static int read_single(struct pipe_reader *reader, struct text *word)
{
	const char *end = strchr(reader->at + 1, '\'');

	if (!end)
		return pipe_problem_set(reader->problem, pipe_reader_column(reader, reader->at),
			"' is never closed");
	text_add(word, reader->at + 1, (size_t)(end - reader->at - 1));
	reader->at = end + 1;
	return 0;
}

static int read_double(struct pipe_reader *reader, struct text *word)
{
	const char *opening = reader->at++;

	for (; *reader->at != '"'; reader->at++) {
		if (*reader->at == '\0')
			return pipe_problem_set(reader->problem,
				pipe_reader_column(reader, opening), "\" is never closed");
		if (reader->at[0] == '\\' && reader->at[1] != '\0' &&
			strchr("$`\"\\\n", reader->at[1])) {
			reader->at++;
			if (*reader->at == '\n')
				continue;
		}
		text_add(word, reader->at, 1);
	}
	reader->at++;
	return 0;
}

static int read_backslash(struct pipe_reader *reader, struct text *word)
{
	if (reader->at[1] == '\0')
		return pipe_problem_set(reader->problem, pipe_reader_column(reader, reader->at),
			"\\ has nothing behind it to quote");
	if (reader->at[1] != '\n')
		text_add(word, reader->at + 1, 1);
	reader->at += 2;
	return 0;
}

int pipe_read_quoted(struct pipe_reader *reader, struct text *word)
{
	if (*reader->at == '\'')
		return read_single(reader, word);
	if (*reader->at == '"')
		return read_double(reader, word);
	return read_backslash(reader, word);
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"' || c == '\\';
}

static void skip(struct pipe_reader *reader, const char *which)
{
	for (;;) {
		if (reader->at[0] == '\\' && reader->at[1] == '\n')
			reader->at += 2;
		else if (*reader->at != '\0' && strchr(which, *reader->at))
			reader->at++;
		else
			return;
	}
}

/* What a shell would take for more than one command. */
static int refuse(struct pipe_reader *reader)
{
	char c = *reader->at;
	size_t column = pipe_reader_column(reader, reader->at);

	if (c == '|' && reader->at[1] != '|')
		return pipe_problem_set(reader->problem, column,
			"| stands unquoted: each stage is an argument of its own ('|' is the "
			"character itself)");
	if (c == '(' || c == ')' || c == '`')
		return pipe_problem_set(reader->problem, column,
			"%c stands unquoted: nothing is expanded ('%c' is the character itself, sh -c "
			"'...' runs a script)",
			c, c);
	if (c == '\n')
		return pipe_problem_set(reader->problem, column,
			"a line ends here: a stage is one command (\\ in front of it joins lines, sh "
			"-c '...' runs a script)");
	bool is_double = reader->at[1] == c && c != ';';
	return pipe_problem_set(reader->problem, column,
		"%.*s stands unquoted: a stage is one command ('%.*s' is the text itself, sh -c "
		"'...' runs a script)",
		is_double ? 2 : 1, reader->at, is_double ? 2 : 1, reader->at);
}

static bool ends_word(char c)
{
	return c == '\0' || strchr(BLANKS "\n|&;()<>`", c);
}

/* Reads one word; at least one byte of it is there. */
static int read_word(struct pipe_reader *reader, struct text *word)
{
	int r = 0;

	text_add(word, "", 0);
	while (r == 0 && !ends_word(*reader->at)) {
		if (is_quote(*reader->at))
			r = pipe_read_quoted(reader, word);
		else
			text_add(word, reader->at++, 1);
	}
	return r;
}

struct redirection {
	const char *at; /* where it begins */
	int fd;         /* 0, 1 or 2 */
	bool is_appended;
	bool is_join;
};

static int read_operator(struct pipe_reader *reader, struct redirection *redirection)
{
	const char *at = reader->at;
	size_t column = pipe_reader_column(reader, redirection->at);
	bool is_input = *at == '<';
	int fd = redirection->fd >= 0 ? redirection->fd : is_input ? 0 : 1;

	if (is_input ? fd != 0 : fd != 1 && fd != 2)
		return pipe_problem_set(reader->problem, column,
			"%.*s is no redirection of a stage (accepted: " REDIRECTIONS ")",
			(int)(at + 1 - redirection->at), redirection->at);
	redirection->fd = fd;
	at++;
	redirection->is_appended = !is_input && *at == '>';
	at += redirection->is_appended;
	redirection->is_join = !is_input && fd == 2 && at[0] == '&' && at[1] == '1' &&
			       !redirection->is_appended && ends_word(at[2]);
	if (!redirection->is_join && *at != '\0' && strchr("<>&|(", *at))
		return pipe_problem_set(reader->problem, column,
			"%.*s is no redirection of a stage (accepted: " REDIRECTIONS ")",
			(int)(at + 1 - redirection->at), redirection->at);
	reader->at = at + (redirection->is_join ? 2 : 0);
	return 0;
}

/* Where a redirection leads; a second one of the same descriptor is a slip. */
static int keep(struct pipe_reader *reader, struct pipe_stage *stage,
	const struct redirection *redirection, struct text *path)
{
	size_t column = pipe_reader_column(reader, redirection->at);
	bool is_taken = redirection->fd == 0   ? stage->in_path != NULL
			: redirection->fd == 1 ? stage->out_path != NULL
					       : stage->err != PIPE_ERR_INHERIT;
	const char *name = redirection->fd == 0   ? "input"
			   : redirection->fd == 1 ? "output"
						  : "standard error";

	if (is_taken)
		return pipe_problem_set(reader->problem, column, "%s is redirected twice", name);
	if (redirection->fd == 1 && reader->has_joined)
		return pipe_problem_set(reader->problem, column,
			"> behind 2>&1: standard error would stay in the pipe (write 2>&1 last)");
	char *kept = redirection->is_join ? NULL : memory_copy(path->bytes, path->length);
	if (redirection->fd == 0) {
		stage->in_path = kept;
	} else if (redirection->fd == 1) {
		stage->out_path = kept;
		stage->out_is_appended = redirection->is_appended;
	} else {
		stage->err = redirection->is_join ? PIPE_ERR_JOIN : PIPE_ERR_FILE;
		reader->has_joined = redirection->is_join;
		stage->err_path = kept;
		stage->err_is_appended = redirection->is_appended;
	}
	return 0;
}

/* begin: where the number in front of the operator stands, or the operator itself. */
static int read_redirection(
	struct pipe_reader *reader, struct pipe_stage *stage, const char *begin, int fd)
{
	struct redirection redirection = { .at = begin, .fd = fd };
	struct text path = { 0 };
	int r = read_operator(reader, &redirection);

	if (r == 0 && !redirection.is_join) {
		skip(reader, BLANKS);
		const char *word = reader->at;
		if (ends_word(*word))
			r = pipe_problem_set(reader->problem, pipe_reader_column(reader, begin),
				"%.*s: no file is named behind it", (int)(reader->at - begin),
				begin);
		else
			r = read_word(reader, &path);
		if (r == 0 && path.length == 0)
			r = pipe_problem_set(reader->problem, pipe_reader_column(reader, word),
				"the name of the file is empty");
	}
	if (r == 0)
		r = keep(reader, stage, &redirection, &path);
	text_done(&path);
	return r;
}

static void add_word(struct pipe_stage *stage, const char *bytes, size_t length)
{
	stage->argv = memory_resize(stage->argv, (stage->n_argv + 2) * sizeof *stage->argv);
	stage->argv[stage->n_argv++] = memory_copy(bytes, length);
	stage->argv[stage->n_argv] = NULL;
}

/* LC_ALL=C sort: to a shell, not to us. */
static int check_first_word(struct pipe_problem *problem, const char *word, size_t column)
{
	size_t length = 0;

	while ((word[length] >= 'a' && word[length] <= 'z') ||
		(word[length] >= 'A' && word[length] <= 'Z') || word[length] == '_' ||
		(length > 0 && word[length] >= '0' && word[length] <= '9'))
		length++;
	if (length == 0 || word[length] != '=')
		return 0;
	return pipe_problem_set(problem, column,
		"%.*s=...: a variable is set with [env.%.*s=...] in front of the command",
		(int)length, word, (int)length, word);
}

/* A word, or the number in front of a redirection. */
static int read_item(struct pipe_reader *reader, struct pipe_stage *stage)
{
	const char *begin = reader->at;
	struct text word = { 0 };
	int r = read_word(reader, &word);
	size_t raw = (size_t)(reader->at - begin);

	bool is_number = r == 0 && raw == word.length &&
			 strspn(word.bytes, "0123456789") == word.length &&
			 (*reader->at == '<' || *reader->at == '>');
	if (is_number) {
		r = read_redirection(reader, stage, begin, raw == 1 ? *begin - '0' : MANY);
	} else if (r == 0) {
		if (stage->n_argv == 0 && raw == word.length)
			r = check_first_word(
				reader->problem, word.bytes, pipe_reader_column(reader, begin));
		if (r == 0)
			add_word(stage, word.bytes, word.length);
	}
	text_done(&word);
	return r;
}

/* Whether only blanks and newlines are left. */
static bool is_rest_empty(const char *at)
{
	return at[strspn(at, BLANKS "\n")] == '\0';
}

static int read_stage(struct pipe_reader *reader, struct pipe_stage *stage)
{
	int r = 0;

	reader->has_joined = false;
	skip(reader, BLANKS "\n");
	const char *begin = reader->at;
	if (pipe_begins_options(reader->at))
		r = pipe_read_options(reader, stage);
	while (r == 0) {
		skip(reader, BLANKS);
		char c = *reader->at;
		if (c == '\0' || (c == '\n' && is_rest_empty(reader->at)))
			break;
		if (c == '|' && reader->is_list && reader->at[1] != '|')
			break;
		if (c == '<' || c == '>')
			r = read_redirection(reader, stage, reader->at, -1);
		else if (ends_word(c))
			r = refuse(reader);
		else
			r = read_item(reader, stage);
	}
	if (r == 0 && stage->n_argv == 0)
		r = pipe_problem_set(
			reader->problem, pipe_reader_column(reader, begin), "there is no command");
	if (r < 0)
		pipe_stage_done(stage);
	return r;
}

int pipe_stage_read(const char *text, struct pipe_stage *stage, struct pipe_problem *problem)
{
	struct pipe_reader reader = { .text = text, .at = text, .problem = problem };

	*stage = (struct pipe_stage){ 0 };
	return read_stage(&reader, stage);
}

int pipe_stage_read_words(
	char *const *words, size_t n, struct pipe_stage *stage, struct pipe_problem *problem)
{
	size_t first = 0;

	*stage = (struct pipe_stage){ 0 };
	if (n > 0 && pipe_begins_options(words[0])) {
		struct pipe_reader reader = {
			.text = words[0], .at = words[0], .problem = problem
		};
		int r = pipe_read_options(&reader, stage);
		if (r == 0 && *reader.at != '\0')
			r = pipe_problem_set(problem, pipe_reader_column(&reader, reader.at),
				"the options end before here");
		if (r < 0) {
			pipe_stage_done(stage);
			return r;
		}
		first = 1;
	}
	if (first == n) {
		pipe_stage_done(stage);
		return pipe_problem_set(problem, 0, "there is no command");
	}
	for (size_t i = first; i < n; i++)
		add_word(stage, words[i], strlen(words[i]));
	return 0;
}

int pipe_line_read(
	const char *text, struct pipe_line *line, size_t *ret_stage, struct pipe_problem *problem)
{
	struct pipe_reader reader = {
		.text = text, .at = text, .problem = problem, .is_list = true
	};

	*line = (struct pipe_line){ 0 };
	for (;;) {
		*ret_stage = line->n;
		int r = read_stage(&reader, pipe_line_add(line));
		if (r < 0) {
			pipe_line_done(line);
			return r;
		}
		if (*reader.at != '|')
			return 0;
		reader.at++;
	}
}
