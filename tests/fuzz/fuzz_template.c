/* SPDX-License-Identifier: MIT */
/* Any bytes as a template of brood exec --render: with all variables set no value is looked at
   again, what is rendered twice is the same twice, and a place of an error lies in the text. */

#include "target.h"

#include "exec/template.h"

#include <errno.h>
#include <string.h>

/* Names that begin with an upper-case letter are set, to their own name. */
static const char *get(void *data, const char *name, size_t length)
{
	static char value[256];

	(void)data;
	if (length >= sizeof value || name[0] < 'A' || name[0] > 'Z')
		return NULL;
	memcpy(value, name, length);
	value[length] = '\0';
	return value;
}

static size_t lines_of(const char *bytes, size_t length)
{
	size_t n = 1;

	for (size_t i = 0; i < length; i++)
		n += bytes[i] == '\n';
	return n;
}

static void render(const char *bytes, size_t length, const char *only)
{
	const struct template_rules rules = { .get = get, .only = only };
	struct template_error error = { 0 }, again_error = { 0 };
	struct text text = { 0 }, again = { 0 };
	int r = template_render(bytes, length, &rules, &text, &error);

	CHECK(r == 0 || r == -EINVAL);
	CHECK(template_render(bytes, length, &rules, &again, &again_error) == r);
	CHECK(text.length == again.length);
	if (text.length > 0)
		CHECK(memcmp(text.bytes, again.bytes, text.length) == 0);
	if (r < 0) {
		CHECK(error.what.length > 0 && error.line <= lines_of(bytes, length));
		CHECK(error.line >= 1 && error.column >= 1 && error.column <= length);
	}
	/* Without a $ nothing can happen. */
	if (r == 0 && (length == 0 || !memchr(bytes, '$', length)))
		CHECK(text.length == length &&
			(length == 0 || memcmp(text.bytes, bytes, length) == 0));
	/* Where no name is ours nothing changes. */
	if (only && only[0] == '\0')
		CHECK(r == 0 && text.length == length &&
			(length == 0 || memcmp(text.bytes, bytes, length) == 0));
	text_done(&error.what);
	text_done(&again_error.what);
	text_done(&text);
	text_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	render((const char *)data, size, NULL);
	render((const char *)data, size, "A,SET");
	render((const char *)data, size, "");
	return 0;
}
