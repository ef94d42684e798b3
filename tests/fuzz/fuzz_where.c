/* SPDX-License-Identifier: MIT */
/* A condition, a newline, a line of a log: what brood filter reads off lines. */

#include "target.h"

#include "filter/level.h"
#include "filter/moment.h"
#include "filter/where.h"

#include <errno.h>
#include <string.h>

static void look_at_fields(const char *line, size_t length)
{
	static const struct field_name asked[] = { FIELD_NAME("a"), FIELD_NAME("a.b"),
		FIELD_NAME("level"), FIELD_NAME("msg") };
	struct field found[4];
	size_t n = fields_find(line, length, asked, 4, found);

	for (size_t i = 0; i < 4; i++) {
		char plain[256];
		if (found[i].kind == FIELD_NONE)
			continue;
		CHECK(n > 0 && n-- <= 4);
		CHECK(found[i].bytes >= line && found[i].bytes + found[i].length <= line + length);
		size_t whole = field_plain(&found[i], plain, sizeof plain);
		CHECK(whole <= found[i].length);
		if (whole <= sizeof plain)
			CHECK(field_is(&found[i], plain, whole));
	}
	CHECK(n == 0);
}

static void look_at_time(const char *line, size_t length, const char *option)
{
	struct moment_reader reader = { .now = INT64_C(1795333462000000000) };
	moment first, again;

	bool has_time = moment_of_line(&reader, line, length, &first);
	CHECK(moment_of_line(&reader, line, length, &again) == has_time);
	CHECK(!has_time || first == again);
	(void)moment_of_option(&reader, option, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t n_condition = end ? (size_t)(end - data) : size;
	size_t n_line = end ? size - n_condition - 1 : 0;
	char *condition = malloc(n_condition + 1);
	/* Not a byte more than the line has. */
	char *line = malloc(n_line ? n_line : 1);
	struct where *where = NULL;
	struct text why = { 0 };
	size_t column = 0;

	CHECK(condition && line);
	memcpy(condition, data, n_condition);
	condition[n_condition] = '\0';
	if (n_line > 0)
		memcpy(line, end + 1, n_line);
	look_at_fields(line, n_line);
	(void)level_of_line(line, n_line);
	look_at_time(line, n_line, condition);
	(void)level_mask(condition);
	int r = where_new(&where, condition, &why, &column);
	if (r == 0)
		CHECK(where_holds(where, line, n_line) == where_holds(where, line, n_line));
	else
		CHECK(r == -EINVAL && why.length > 0 && column >= 1 &&
			column <= strlen(condition) + 1);
	where_free(where);
	text_done(&why);
	free(line);
	free(condition);
	return 0;
}
