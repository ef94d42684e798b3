/* SPDX-License-Identifier: MIT */
/* Bracket expressions of patterns (XBD 9.3.5, XCU 2.14.1). Ranges go by the codes of characters. */

#include "sh/pattern_code.h"

#include <ctype.h>
#include <string.h>
#include <wctype.h>

#define LONGEST_NAME 32 /* of a class or a collating element */

static bool is_special(const struct pattern *pattern, size_t at, char character)
{
	return at < pattern->length && pattern->bytes[at] == character &&
	       !pattern_is_quoted(pattern, at);
}

/* Whether [:name:], [=x=] or [.x.] begins at `at`, where an unquoted [ is. */
static bool find_named(const struct pattern *pattern, size_t at, size_t *ret_end)
{
	if (at + 1 >= pattern->length || strchr(":=.", pattern->bytes[at + 1]) == NULL ||
		pattern->bytes[at + 1] == '\0' || pattern_is_quoted(pattern, at + 1))
		return false;
	char mark = pattern->bytes[at + 1];
	/* [=]=] and [.].] : the first character is part of it, whatever it is. */
	for (size_t end = at + 2; end < pattern->length && end - at < LONGEST_NAME; end++)
		if (end > at + 2 && is_special(pattern, end, mark) &&
			is_special(pattern, end + 1, ']')) {
			*ret_end = end + 2;
			return true;
		}
	return false;
}

bool pattern_bracket_end(const struct pattern *pattern, size_t start, size_t *ret_end)
{
	size_t at = start + 1, end;

	if (is_special(pattern, at, '!') || is_special(pattern, at, '^'))
		at++;
	for (bool is_first = true; at < pattern->length; is_first = false) {
		if (pattern_is_quoted(pattern, at)) {
			at++;
		} else if (pattern->bytes[at] == ']' && !is_first) {
			*ret_end = at + 1;
			return true;
		} else if (pattern->bytes[at] == '[' && find_named(pattern, at, &end)) {
			at = end;
		} else {
			at += pattern_escapes(pattern, at) ? 2 : 1;
		}
	}
	return false;
}

static const struct character_class {
	const char *name;
	int (*has_byte)(int byte);
	int (*has_wide)(wint_t character);
} classes[] = {
	{ "alnum", isalnum, iswalnum },
	{ "alpha", isalpha, iswalpha },
	{ "blank", isblank, iswblank },
	{ "cntrl", iscntrl, iswcntrl },
	{ "digit", isdigit, iswdigit },
	{ "graph", isgraph, iswgraph },
	{ "lower", islower, iswlower },
	{ "print", isprint, iswprint },
	{ "punct", ispunct, iswpunct },
	{ "space", isspace, iswspace },
	{ "upper", isupper, iswupper },
	{ "xdigit", isxdigit, iswxdigit },
};

static bool is_in_class(const char *name, size_t length, bool is_utf8, uint32_t code)
{
	char text[LONGEST_NAME + 1];

	if (code >= PATTERN_NO_CHARACTER)
		return false;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
			return (is_utf8 ? classes[i].has_wide(code)
					: classes[i].has_byte((int)code)) != 0;
	if (!is_utf8 || length > LONGEST_NAME)
		return false;
	/* A class that only this locale has. */
	memcpy(text, name, length);
	text[length] = '\0';
	wctype_t class = wctype(text);
	return class != 0 && iswctype(code, class) != 0;
}

/* A member of a bracket expression: a class, or a character. */
struct member {
	bool is_class, is_known;
	const char *name; /* of a class */
	size_t name_length;
	uint32_t code;
};

static size_t read_named(
	const struct pattern *pattern, bool is_utf8, size_t at, size_t end, struct member *member)
{
	const char *name = pattern->bytes + at + 2;
	size_t length, name_length = end - at - 4;

	if (pattern->bytes[at + 1] == ':') {
		*member = (struct member){
			.is_class = true, .name = name, .name_length = name_length
		};
		return end;
	}
	member->code = pattern_decode(is_utf8, name, name_length, &length);
	/* No locale here has collating elements of several characters. */
	member->is_known = length == name_length;
	return end;
}

/* Reads the member at `at`; returns where the next one begins. */
static size_t read_member(
	const struct pattern *pattern, bool is_utf8, size_t at, size_t last, struct member *member)
{
	size_t length, end;

	*member = (struct member){ .is_known = true };
	if (!pattern_is_quoted(pattern, at)) {
		if (pattern->bytes[at] == '[' && find_named(pattern, at, &end))
			return read_named(pattern, is_utf8, at, end, member);
		if (at + 1 < last && pattern_escapes(pattern, at))
			at++;
	}
	member->code = pattern_decode(is_utf8, pattern->bytes + at, last - at, &length);
	return at + length;
}

bool pattern_bracket_matches(const struct pattern *pattern, bool is_utf8,
	const struct pattern_element *bracket, uint32_t code)
{
	size_t at = bracket->start + 1, last = bracket->start + bracket->length - 1;
	bool is_inverted = is_special(pattern, at, '!') || is_special(pattern, at, '^');
	struct member member, upper;

	if (is_inverted)
		at++;
	while (at < last) {
		at = read_member(pattern, is_utf8, at, last, &member);
		if (member.is_class) {
			if (is_in_class(member.name, member.name_length, is_utf8, code))
				return !is_inverted;
			continue;
		}
		upper = member;
		if (at + 1 < last && is_special(pattern, at, '-'))
			at = read_member(pattern, is_utf8, at + 1, last, &upper);
		if (member.is_known && upper.is_known && !upper.is_class && code >= member.code &&
			code <= upper.code)
			return !is_inverted;
	}
	return is_inverted;
}
