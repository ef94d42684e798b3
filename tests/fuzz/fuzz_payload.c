/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a message of brood mailbox: as the command that `run` would run, and as `ls` and
 * `take --text` show it. What is read as a command is the same bytes again when it is written; what
 * is shown is one line that a terminal can stand; the JSON is one object.
 */

#include "target.h"

#include "mailbox/payload.h"
#include "mailbox/show.h"
#include "mailbox/substitute.h"

#include <brood/cmd.h>
#include <errno.h>
#include <string.h>

#define COLUMNS 80
#define BOX     "box"

static void try_command(const uint8_t *data, size_t size)
{
	struct payload payload;
	struct text again = { 0 };
	int r = payload_decode(&payload, data, size);

	if (r < 0) {
		CHECK(r == -EINVAL && !payload.argv && !payload.memory);
		return;
	}
	CHECK(payload.argv[0] && payload.dir && payload.env);
	CHECK(payload.timeout >= 0 && payload.kill_after >= 0);
	payload_encode(&again, &payload);
	CHECK(again.length == size && memcmp(again.bytes, data, size) == 0);
	text_done(&again);
	payload_done(&payload);
}

/* One line of what a terminal shows and does not obey. */
static void expect_tame(const struct text *text, size_t start)
{
	CHECK(text->length > start && text->bytes[text->length - 1] == '\n');
	for (size_t at = start; at < text->length - 1;) {
		size_t width = text_character(text->bytes + at, text->length - at);
		unsigned char byte = (unsigned char)text->bytes[at];
		CHECK(width > 0);
		CHECK(width > 1 || (byte >= ' ' && byte < 0x7f));
		/* The controls of Latin-1. */
		CHECK(byte != 0xc2 || (unsigned char)text->bytes[at + 1] >= 0xa0);
		at += width;
	}
}

/* Goes through a string; at stands behind its quote. Returns what is behind the other one. */
static size_t pass_string(const struct text *text, size_t at)
{
	while (text->bytes[at] != '"') {
		size_t width = text_character(text->bytes + at, text->length - at);
		CHECK(width > 0 && (unsigned char)text->bytes[at] >= ' ');
		if (text->bytes[at] == '\\') {
			at++;
			CHECK(text->bytes[at] && strchr("\"\\nrtu", text->bytes[at]));
		}
		at += width;
		CHECK(at < text->length);
	}
	return at + 1;
}

/* One object on one line: each bracket has its other one, and strings are whole. */
static void expect_object(const struct text *text)
{
	char open[8];
	size_t depth = 0, at = 0;

	CHECK(text->length > 2 && text->bytes[0] == '{');
	while (at < text->length) {
		char byte = text->bytes[at++];
		if (byte == '"') {
			at = pass_string(text, at);
		} else if (byte == '{' || byte == '[') {
			CHECK(depth < sizeof open);
			open[depth++] = byte;
		} else if (byte == '}' || byte == ']') {
			CHECK(depth > 0 && open[--depth] == (byte == '}' ? '{' : '['));
		}
		CHECK((depth == 0) == (at >= text->length - 1));
	}
	CHECK(text->bytes[text->length - 1] == '\n');
}

static void try_shown(const uint8_t *data, size_t size, uint32_t kind)
{
	static const char worker[] = "w\033[31m", reason[] = "why\n\xff";
	const struct brood_message message = BROOD_MESSAGE(.data = size > 0 ? data : NULL,
		.length = size, .kind = kind, .id = 7, .state = BROOD_MESSAGE_DEAD,
		.worker = worker, .reason = reason, .worker_pid = 1);
	struct text text = { 0 };

	for (size_t columns = 0; columns <= 2 * COLUMNS; columns += COLUMNS) {
		size_t start = text.length;
		show_table_row(&text, &message, 0, columns);
		expect_tame(&text, start);
	}
	text_done(&text);
	show_json(&text, &message, BOX);
	expect_object(&text);
	text_done(&text);
	show_text(&text, &message);
	text_done(&text);
}

/* In place of {}, as it is, and one word stays one word. */
static void try_substitute(const uint8_t *data, size_t size)
{
	static char name[] = "sh", word[] = "<{}>";
	char *const words[] = { name, word, NULL };
	size_t length = size - (size > 0 && data[size - 1] == '\n');
	char **argv = NULL;
	int r = substitute(words, (const char *)data, size, &argv);

	CHECK(r == 0 || (r == -EILSEQ && memchr(data, '\0', length)));
	if (r < 0)
		return;
	CHECK(argv[0] && strcmp(argv[0], "sh") == 0 && argv[1] && !argv[2]);
	CHECK(strlen(argv[1]) == length + 2 && argv[1][0] == '<' && argv[1][length + 1] == '>');
	CHECK(length == 0 || memcmp(argv[1] + 1, data, length) == 0);
	free(argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_command(data, size);
	try_shown(data, size, PAYLOAD_COMMAND);
	try_shown(data, size, 0);
	try_substitute(data, size);
	return 0;
}
