/* SPDX-License-Identifier: MIT */
/*
 * Command lines as texts: brood_cmd_text() quotes, brood_words() reads. Neither knows more of a
 * shell's language than its quotes.
 */

#include "base/error.h"
#include "base/size.h"
#include "base/strings.h"

#include <brood/cmd.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that mean nothing to any shell, wherever in a word they stand. Letters and digits too. */
#define PLAIN "%+,-./:=@_"

/* Words that mean something to a shell where a command may begin. */
static const char *const reserved[] = {
	"case",
	"coproc",
	"do",
	"done",
	"elif",
	"else",
	"esac",
	"fi",
	"for",
	"function",
	"if",
	"in",
	"select",
	"then",
	"time",
	"until",
	"while",
};

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(PLAIN, c));
}

static bool is_plain_word(const char *word, bool is_first)
{
	if (*word == '\0')
		return false;
	for (const char *at = word; *at; at++) {
		/* NAME=value in front of a command is an assignment. */
		if (!is_plain(*at) || (is_first && *at == '='))
			return false;
	}
	for (size_t i = 0; is_first && i < sizeof reserved / sizeof reserved[0]; i++) {
		if (strcmp(word, reserved[i]) == 0)
			return false;
	}
	return true;
}

static void add_quoted(struct brood__text *t, const char *word)
{
	brood__text_add(t, "'");
	while (*word) {
		size_t n = strcspn(word, "'");
		brood__text_add_n(t, word, n);
		word += n;
		if (*word) {
			brood__text_add(t, "'\\''");
			word++;
		}
	}
	brood__text_add(t, "'");
}

static void add_word(struct brood__text *t, const char *word, bool is_first)
{
	if (is_plain_word(word, is_first))
		brood__text_add(t, word);
	else
		add_quoted(t, word);
}

size_t brood_cmd_text(const struct brood_cmd *cmd, char *text, size_t size)
{
	struct brood__text t = brood__text_over(text, size);
	struct brood_cmd full;

	if (!cmd || brood__struct_copy(&full, sizeof full, cmd) < 0)
		return 0;
	if (full.argv && full.argv[0]) {
		for (size_t i = 0; full.argv[i]; i++) {
			if (i > 0)
				brood__text_add(&t, " ");
			add_word(&t, full.argv[i], i == 0);
		}
	} else if (full.path) {
		add_word(&t, full.path, true);
	}
	return t.length;
}

/* A text while it is read. It is read twice: to count and check, then to copy. */
struct reader {
	const char *text;
	const char *at;
	char *to; /* NULL: counting */
	size_t n_bytes;
	const char *bad; /* what is wrong, and where */
	const char *why;
};

static void emit(struct reader *r, char c)
{
	if (r->to)
		*r->to++ = c;
	r->n_bytes++;
}

static bool refuse(struct reader *r, const char *bad, const char *why)
{
	r->bad = bad;
	r->why = why;
	return false;
}

/* Skips blanks, newlines, comments and lines that are continued, up to the next word. */
static void skip_blanks(struct reader *r)
{
	for (;;) {
		if (*r->at == '#')
			r->at += strcspn(r->at, "\n");
		else if (r->at[0] == '\\' && r->at[1] == '\n')
			r->at += 2;
		else if (*r->at == ' ' || *r->at == '\t' || *r->at == '\n')
			r->at++;
		else
			return;
	}
}

/* Each of these reads one piece of a word and leaves r->at behind it. */

static bool read_single(struct reader *r)
{
	const char *opening = r->at++;

	while (*r->at != '\'') {
		if (*r->at == '\0')
			return refuse(r, opening, "is never closed");
		emit(r, *r->at++);
	}
	r->at++;
	return true;
}

static bool read_double(struct reader *r)
{
	const char *opening = r->at++;

	while (*r->at != '"') {
		if (*r->at == '\0')
			return refuse(r, opening, "is never closed");
		if (*r->at == '$' || *r->at == '`')
			return refuse(r, r->at, "is not escaped");
		if (r->at[0] == '\\' && r->at[1] != '\0' && strchr("$`\"\\\n", r->at[1])) {
			r->at++;
			if (*r->at == '\n') {
				r->at++;
				continue;
			}
		}
		emit(r, *r->at++);
	}
	r->at++;
	return true;
}

static bool read_backslash(struct reader *r)
{
	const char *backslash = r->at++;

	if (*r->at == '\0')
		return refuse(r, backslash, "has nothing to quote");
	if (*r->at != '\n')
		emit(r, *r->at);
	r->at++;
	return true;
}

static bool read_word(struct reader *r)
{
	while (*r->at && !strchr(" \t\n", *r->at)) {
		bool is_fine = true;
		if (*r->at == '\'')
			is_fine = read_single(r);
		else if (*r->at == '"')
			is_fine = read_double(r);
		else if (*r->at == '\\')
			is_fine = read_backslash(r);
		else if (strchr("|&;<>()$`", *r->at))
			is_fine = refuse(r, r->at, "is not quoted");
		else
			emit(r, *r->at++);
		if (!is_fine)
			return false;
	}
	emit(r, '\0');
	return true;
}

/* Reads all words; argv is NULL while counting. Returns how many, or -EINVAL. */
static int read_all(struct reader *r, char **argv)
{
	int n = 0;

	for (;;) {
		skip_blanks(r);
		if (*r->at == '\0')
			return n;
		if (argv)
			argv[n] = r->to;
		if (!read_word(r))
			return -EINVAL;
		n++;
	}
}

/* As in: | at byte 7 is not quoted */
static int complain(const struct reader *r, struct brood_error *error)
{
	char subject[64];
	struct brood__text t = brood__text_over(subject, sizeof subject);

	brood__text_add_n(&t, r->bad, 1);
	brood__text_add(&t, " at byte ");
	brood__text_add_int(&t, r->bad - r->text + 1);
	brood__text_add(&t, " ");
	brood__text_add(&t, r->why);
	return brood__fail(error, -EINVAL, BROOD_STEP_CONFIG, subject);
}

int brood_words(const char *text, char ***ret_argv, struct brood_error *error)
{
	struct reader counter = { .text = text, .at = text };

	if (!text)
		return brood__fail(error, -EINVAL, BROOD_STEP_CONFIG, "text");
	int n = read_all(&counter, NULL);
	if (n < 0)
		return complain(&counter, error);
	char **argv = malloc(((size_t)n + 1) * sizeof *argv + counter.n_bytes);
	if (!argv)
		return brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, "text");
	struct reader copier = { .text = text, .at = text, .to = (char *)(argv + n + 1) };
	read_all(&copier, argv);
	argv[n] = NULL;
	*ret_argv = argv;
	return n;
}
