/* SPDX-License-Identifier: MIT */
/* Any text to words and back, and any words to a text and back. NUL ends a word of the input. */

#include "target.h"

#include <brood/cmd.h>
#include <errno.h>
#include <string.h>

#define MOST_WORDS 64

static void expect_same(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv);
	size_t length = brood_cmd_text(&cmd, NULL, 0);
	char *text = malloc(length + 1);
	char **again = NULL;
	size_t i = 0;

	CHECK(text);
	CHECK(brood_cmd_text(&cmd, text, length + 1) == length);
	CHECK(strlen(text) == length);
	int n = brood_words(text, &again, NULL);
	CHECK(n >= 0);
	for (; argv[i]; i++) {
		CHECK(again[i]);
		CHECK(strcmp(argv[i], again[i]) == 0);
	}
	CHECK((size_t)n == i && !again[i]);
	free(again);
	free(text);
}

static void try_text(const char *text)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char **argv = NULL;
	int n = brood_words(text, &argv, &error);

	if (n < 0) {
		CHECK(n == -EINVAL && error.code == n && error.subject[0]);
		return;
	}
	CHECK(!argv[n]);
	for (int i = 0; i < n; i++)
		CHECK(argv[i]);
	expect_same(argv);
	free(argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[MOST_WORDS + 1] = { NULL };
	size_t n = 0;
	char *text = malloc(size + 1);

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	try_text(text);
	for (size_t at = 0; at < size && n < MOST_WORDS; at += strlen(text + at) + 1)
		words[n++] = text + at;
	if (n > 0)
		expect_same(words);
	free(text);
	return 0;
}
