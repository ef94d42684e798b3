/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The fields of a line of JSON or logfmt, found where they stand: no tree is built, nothing is
 * copied, and what was not asked for is passed over.
 *
 *	{"level":"warn","http":{"status":502}}          level, http.status
 *	level=warn status=502 msg="bad gateway"         level, status
 *
 * A dot in a name leads into an object, or is a dot of the name. Of several members with the same
 * name the first counts. Of a line that is broken, what stands before the fault is found.
 */

enum field_kind {
	FIELD_NONE,   /* there is none */
	FIELD_STRING, /* without its quotes; with backslashes if has_escapes */
	FIELD_BARE,   /* number, true, false, null; any word of logfmt */
	FIELD_NESTED  /* an object or array, as it stands */
};

struct field {
	enum field_kind kind;
	bool has_escapes;
	const char *bytes; /* into the line */
	size_t length;
};

struct field_name {
	const char *bytes;
	size_t length;
};

#define FIELD_NAME(literal)                  \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/* So many can be asked for at once. */
#define FIELDS_MOST 64

/* Whether a line is one JSON object, by the look of its beginning. */
bool fields_are_json(const char *line, size_t length);

/* Looks for n fields in one pass, and sets each of found[]. Returns how many there are. */
size_t fields_find(const char *line, size_t length, const struct field_name *names, size_t n,
	struct field *found);

/* Writes the value of a FIELD_STRING without its escapes into buffer, as much as has room. Returns
   the length it has in whole, which is never more than that of the field. */
size_t field_plain(const struct field *field, char *buffer, size_t size);

/* Whether the value is that text, escapes resolved. */
bool field_is(const struct field *field, const char *text, size_t length);
