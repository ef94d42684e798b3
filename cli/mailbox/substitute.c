/* SPDX-License-Identifier: MIT */
#include "mailbox/substitute.h"

#include "common/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The kernel takes far less. */
#define MOST_BYTES ((size_t)256 << 20)

static const char mark[] = "{}";

static size_t count_marks(const char *word)
{
	size_t n = 0;

	while ((word = strstr(word, mark))) {
		word += sizeof mark - 1;
		n++;
	}
	return n;
}

/* Writes a word with its marks replaced; returns what is behind its NUL. */
static char *write_word(char *to, const char *word, const char *text, size_t length)
{
	const char *next;

	while ((next = strstr(word, mark))) {
		memcpy(to, word, (size_t)(next - word));
		to += next - word;
		if (length > 0)
			memcpy(to, text, length);
		to += length;
		word = next + sizeof mark - 1;
	}
	size_t rest = strlen(word) + 1;
	memcpy(to, word, rest);
	return to + rest;
}

int substitute(char *const *argv, const char *text, size_t length, char ***ret_argv)
{
	size_t n = 0, bytes = 0, marks = 0;

	if (length > 0 && text[length - 1] == '\n')
		length--;
	for (; argv[n]; n++) {
		size_t here = count_marks(argv[n]);
		marks += here;
		bytes += strlen(argv[n]) + 1 - here * (sizeof mark - 1);
		if (length > 0 && here > MOST_BYTES / length)
			return -E2BIG;
		bytes += here * length;
		if (bytes > MOST_BYTES)
			return -E2BIG;
	}
	if (marks > 0 && length > 0 && memchr(text, '\0', length))
		return -EILSEQ;
	char **words = memory_get((n + 1) * sizeof *words + bytes);
	char *to = (char *)(words + n + 1);
	for (size_t i = 0; i < n; i++) {
		words[i] = to;
		to = write_word(to, argv[i], text, length);
	}
	words[n] = NULL;
	*ret_argv = words;
	return 0;
}
