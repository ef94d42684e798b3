/* SPDX-License-Identifier: MIT */
/* Any bytes as a file of variables: entries are strings that begin with a name; what was read and
   is written down again, quoted, is read as the same; a place of an error lies in the text. */

#include "target.h"

#include "common/env_file.h"
#include "common/text.h"

#include <errno.h>
#include <string.h>

static const char name_bytes[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-";

struct seen {
	struct text entries; /* each with its NUL */
	struct text again;   /* a file of the same entries */
};

static void take(void *data, const char *entry)
{
	struct seen *seen = data;
	size_t name = strspn(entry, name_bytes);

	CHECK(name > 0 && !strchr("0123456789.-", entry[0]));
	CHECK(entry[name] == '=' || entry[name] == '\0');
	text_add(&seen->entries, entry, strlen(entry) + 1);
	text_add(&seen->again, entry, name);
	if (entry[name] == '=') {
		text_string(&seen->again, "=\"");
		for (const char *c = entry + name + 1; *c; c++) {
			if (*c == '"' || *c == '\\' || *c == '$')
				text_string(&seen->again, "\\");
			text_add(&seen->again, c, 1);
		}
		text_string(&seen->again, "\"");
	}
	text_string(&seen->again, " # again\n");
}

static void check_place(const char *bytes, size_t size, const struct env_file_error *error)
{
	size_t line = 1, start = 0;

	CHECK(error->what && error->what[0] != '\0' && error->line >= 1 && error->column >= 1);
	for (size_t i = 0; i < size && line < error->line; i++)
		if (bytes[i] == '\n') {
			line++;
			start = i + 1;
		}
	CHECK(line == error->line);
	/* At the latest at the newline, or behind the last byte. */
	const char *newline = size > start ? memchr(bytes + start, '\n', size - start) : NULL;
	size_t length = newline ? (size_t)(newline - bytes) - start : size - start;
	CHECK(error->column <= length + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct seen first = { 0 }, second = { 0 };
	struct env_file_error error = { 0 };
	int r = env_file_parse(bytes, size, take, &first, &error);

	CHECK(r == 0 || r == -EINVAL);
	if (r < 0)
		check_place(bytes, size, &error);
	if (first.again.length > 0) {
		CHECK(env_file_parse(
			      first.again.bytes, first.again.length, take, &second, &error) == 0);
		CHECK(second.entries.length == first.entries.length);
		CHECK(memcmp(second.entries.bytes, first.entries.bytes, first.entries.length) == 0);
	}
	text_done(&first.entries);
	text_done(&first.again);
	text_done(&second.entries);
	text_done(&second.again);
	return 0;
}
