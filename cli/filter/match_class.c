/* SPDX-License-Identifier: MIT */
/* Characters and sets in the syntax of an engine: classes and cases as in glibc's locale C.UTF-8.
 */
#include "filter/match_emit.h"

#include <string.h>

#define SPACES     "\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{205f}\\x{3000}"
#define ALPHA      "\\p{Alphabetic}\\p{Nd}"
#define NOT_GRAPH  SPACES "\\x{2028}\\x{2029}\\p{Cc}\\p{Cn}\\p{Cs}"
#define HIGH_BYTES "[\\x80-\\xff]{1,4}"

/* Where grep -i differs from Unicode's case folding: letters with a case that is not theirs, and
   two in ASCII's alphabet. LONERS match themselves alone; LATE_FORMS match letters that do not
   match them. */
#define LONERS     "\\x{3f4}\\x{2126}\\x{212a}\\x{212b}"
#define LATE_FORMS "\\x{1c80}-\\x{1c88}"
#define DOTLESS_I  0x131U
#define LONG_S     0x17fU
/* The titles of letter pairs are of both cases. */
#define TITLES "\\x{1c5}\\x{1c8}\\x{1cb}\\x{1f2}"
#define GREEK  "\\x{1f88}-\\x{1f8f}\\x{1f98}-\\x{1f9f}\\x{1fa8}-\\x{1faf}\\x{1fbc}\\x{1fcc}\\x{1ffc}"

/* What a class has above ASCII: these, and all but those. */
static const struct {
	const char *these;
	const char *all_but;
} wide_classes[N_CLASSES] = {
	[CLASS_ALNUM] = { ALPHA, NULL },
	[CLASS_ALPHA] = { ALPHA, NULL },
	[CLASS_BLANK] = { SPACES, NULL },
	[CLASS_CNTRL] = { "\\p{Cc}\\x{2028}\\x{2029}", NULL },
	[CLASS_GRAPH] = { NULL, NOT_GRAPH },
	[CLASS_LOWER] = { "\\p{Lowercase}" TITLES, NULL },
	[CLASS_PRINT] = { NULL, "\\x{2028}\\x{2029}\\p{Cc}\\p{Cn}\\p{Cs}" },
	[CLASS_PUNCT] = { NULL, ALPHA NOT_GRAPH },
	[CLASS_SPACE] = { SPACES "\\x{2028}\\x{2029}", NULL },
	[CLASS_UPPER] = { "\\p{Uppercase}" TITLES GREEK, NULL },
};

void tree_emit_word(bool utf8, struct text *text)
{
	text_string(text, utf8 ? "[_0-9A-Za-z" ALPHA "]" : "[_0-9A-Za-z]");
}

static bool is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const struct tree_range *ranges_of(const struct tree *tree, const struct tree_set *set)
{
	return tree->ranges ? tree->ranges + set->first_range : NULL;
}

/* A letter's other case, or itself. */
static uint32_t other_case(uint32_t c)
{
	return is_letter(c) ? c ^ 0x20 : c;
}

/* Members of ASCII that stand for two more characters. */
static bool has_letter(const struct tree *tree, const struct tree_set *set, uint32_t c)
{
	return tree->utf8 && tree->ignore_case &&
	       (tree_set_has(set, c) || tree_set_has(set, other_case(c)));
}

static bool has_range(const struct tree *tree, const struct tree_set *set, uint32_t c)
{
	const struct tree_range *range = ranges_of(tree, set);

	for (size_t i = 0; i < set->n_ranges; i++)
		if (c >= range[i].first && c <= range[i].last)
			return true;
	return false;
}

static bool is_in(const struct tree *tree, const struct tree_set *set, uint32_t c)
{
	if (tree_set_has(set, c))
		return true;
	if (!tree->ignore_case || !is_letter(c))
		return false;
	return tree_set_has(set, other_case(c)) ||
	       ((c | 0x20) == 's' && has_range(tree, set, LONG_S)) ||
	       ((c | 0x20) == 'i' && has_range(tree, set, DOTLESS_I));
}

/* The members below limit, as ranges, without what ends lines. */
static void emit_bits(
	const struct tree *tree, const struct tree_set *set, uint32_t limit, struct text *text)
{
	uint32_t line_end = tree->nul_lines ? '\0' : '\n';

	for (uint32_t c = 0, end; c < limit; c = end) {
		end = c + 1;
		if (c == line_end || !is_in(tree, set, c))
			continue;
		while (end < limit && end != line_end && is_in(tree, set, end))
			end++;
		text_format(text, end - c > 1 ? "\\x%02x-\\x%02x" : "\\x%02x", c, end - 1);
	}
}

static void emit_ranges(const struct tree *tree, const struct tree_set *set, struct text *text)
{
	const struct tree_range *range = ranges_of(tree, set);

	for (size_t i = 0; i < set->n_ranges; i++)
		text_format(text, "\\x{%x}-\\x{%x}", range[i].first, range[i].last);
}

/* The other cases of what is above ASCII; those that are ASCII are among the bits. */
static void emit_folded_ranges(
	const struct tree *tree, const struct tree_set *set, struct text *text)
{
	text_string(text, "|[");
	emit_ranges(tree, set, text);
	text_string(text, "]|(?![\\x00-\\x7f" LONERS LATE_FORMS "])(?i:[");
	emit_ranges(tree, set, text);
	text_string(text, "])");
}

/* What classes have above ASCII. */
static void emit_classes(const struct tree_set *set, struct text *text)
{
	bool begun = false;

	for (int i = 0; i < N_CLASSES; i++) {
		if (!(set->classes >> i & 1) || !wide_classes[i].these)
			continue;
		text_string(text, begun ? "" : "|(?![\\x00-\\x7f])[");
		text_string(text, wide_classes[i].these);
		begun = true;
	}
	if (begun)
		text_string(text, "]");
	for (int i = 0; i < N_CLASSES; i++)
		if (set->classes >> i & 1 && wide_classes[i].all_but)
			text_format(text, "|[^\\x00-\\x7f%s]", wide_classes[i].all_but);
}

/* The alternatives that a set of characters is made of. */
static void emit_wide_members(
	const struct tree *tree, const struct tree_set *set, struct text *text)
{
	size_t start = text->length;

	text_string(text, "[");
	emit_bits(tree, set, 0x80, text);
	if (!tree->ignore_case)
		emit_ranges(tree, set, text);
	if (has_letter(tree, set, 's'))
		text_format(text, "\\x{%x}", LONG_S);
	if (has_letter(tree, set, 'i'))
		text_format(text, "\\x{%x}", DOTLESS_I);
	if (text->length == start + 1) {
		text->length = start;
		text_string(text, "(?!)");
	} else {
		text_string(text, "]");
	}
	if (tree->ignore_case && set->n_ranges > 0)
		emit_folded_ranges(tree, set, text);
	emit_classes(set, text);
}

static const char *line_end_of(const struct tree *tree)
{
	return tree->nul_lines ? "\\x00" : "\\x0a";
}

static void emit_narrow(
	const struct tree *tree, const struct tree_set *set, uint32_t limit, struct text *text)
{
	size_t start = text->length;

	text_string(text, set->negated ? "[^" : "[");
	if (set->negated)
		text_string(text, line_end_of(tree));
	emit_bits(tree, set, limit, text);
	if (text->length == start + 1) {
		text->length = start;
		text_string(text, "(?!)");
	} else {
		text_string(text, "]");
	}
}

/* ASCII as it is, and for all else any character. */
static void emit_scanned(const struct tree *tree, const struct tree_set *set, struct text *text,
	struct emit_more *more)
{
	size_t start = text->length;

	more->wide = true;
	if (set->negated) {
		text_format(text, "(?:[^%s\\x80-\\xff", line_end_of(tree));
		emit_bits(tree, set, 0x80, text);
		text_string(text, "]|" HIGH_BYTES ")");
		return;
	}
	text_string(text, "(?:[");
	emit_bits(tree, set, 0x80, text);
	if (text->length == start + strlen("(?:[")) {
		text->length = start;
		text_string(text, HIGH_BYTES);
	} else {
		text_string(text, "]|" HIGH_BYTES ")");
	}
}

static bool is_wide(const struct tree *tree, const struct tree_set *set)
{
	return set->negated || set->n_ranges > 0 || set->classes != 0 ||
	       has_letter(tree, set, 's') || has_letter(tree, set, 'i');
}

static void emit_plain(
	const struct tree *tree, uint32_t c, enum emit_for engine, struct text *text);

static void emit_raw(const struct tree *tree, const struct tree_set *set, struct text *text)
{
	const struct tree_range *range = ranges_of(tree, set);
	size_t start;

	text_string(text, set->negated ? "(?:(?!" : "(?:");
	start = text->length;
	text_string(text, "[");
	emit_bits(tree, set, 0x80, text);
	text_string(text, "]");
	if (text->length == start + 2) {
		text->length = start;
		text_string(text, "(?!)");
	}
	for (size_t i = 0; i < set->n_ranges; i++) {
		text_string(text, "|");
		emit_plain(tree, range[i].first, EMIT_RAW, text);
	}
	if (set->negated)
		text_format(text, "|%s)" EMIT_RAW_CHARACTER, line_end_of(tree));
	text_string(text, ")");
}

static bool can_be_raw(const struct tree *tree, const struct tree_set *set)
{
	const struct tree_range *range = ranges_of(tree, set);

	for (size_t i = 0; i < set->n_ranges; i++)
		if (range[i].first != range[i].last || tree->ignore_case)
			return false;
	return set->classes == 0;
}

bool tree_can_be_raw(const struct tree *tree)
{
	for (size_t i = 1; i < tree->n_nodes; i++)
		if (tree->nodes[i].kind == TREE_CHAR && tree->nodes[i].value >= 0x80 &&
			tree->ignore_case)
			return false;
	for (size_t i = 0; i < tree->n_sets; i++)
		if (!can_be_raw(tree, &tree->sets[i]))
			return false;
	return true;
}

void tree_emit_set(const struct tree *tree, const struct tree_set *set, enum emit_for engine,
	struct text *text, struct emit_more *more)
{
	if (!tree->utf8) {
		emit_narrow(tree, set, 0x100, text);
	} else if (engine == EMIT_RAW) {
		emit_raw(tree, set, text);
	} else if (engine == EMIT_BYTES || !is_wide(tree, set)) {
		emit_narrow(tree, set, 0x80, text);
	} else if (engine == EMIT_SCAN) {
		emit_scanned(tree, set, text, more);
	} else if (set->negated) {
		text_string(text, "(?:(?!");
		emit_wide_members(tree, set, text);
		text_format(text, ")[^%s])", line_end_of(tree));
	} else {
		text_string(text, "(?:");
		emit_wide_members(tree, set, text);
		text_string(text, ")");
	}
}

/* The character itself, in one of the ways that no engine takes for anything else. */
static void emit_plain(const struct tree *tree, uint32_t c, enum emit_for engine, struct text *text)
{
	unsigned char bytes[4];

	if (is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == ' ') {
		text_format(text, "%c", (int)c);
	} else if (engine == EMIT_UTF8 || !tree->utf8 || c < 0x80) {
		text_format(text, c < 0x100 ? "\\x%02x" : "\\x{%x}", c);
	} else {
		size_t n = tree_encode(c, bytes);
		text_string(text, "(?:");
		for (size_t i = 0; i < n; i++)
			text_format(text, "\\x%02x", bytes[i]);
		text_string(text, ")");
	}
}

/* A letter of ASCII, any case. */
static void emit_letter(
	const struct tree *tree, uint32_t c, enum emit_for engine, struct text *text)
{
	uint32_t lower = c | 0x20, wide = lower == 's' ? LONG_S : lower == 'i' ? DOTLESS_I : 0;

	if (!tree->utf8 || !wide || engine == EMIT_BYTES || engine == EMIT_RAW)
		text_format(text, "[%c%c]", (int)(c & ~0x20U), (int)lower);
	else if (engine == EMIT_UTF8)
		text_format(text, "[%c%c\\x{%x}]", (int)(c & ~0x20U), (int)lower, wide);
	else
		text_format(text, "(?:[%c%c]|%s)", (int)(c & ~0x20U), (int)lower,
			wide == LONG_S ? "\\xc5\\xbf" : "\\xc4\\xb1");
}

/* A character above ASCII, any case. */
static void emit_wide_letter(const struct tree *tree, uint32_t c, enum emit_for engine,
	struct text *text, struct emit_more *more)
{
	const char *narrow = c == LONG_S ? "[Ss]" : c == DOTLESS_I ? "[Ii]" : "(?!)";
	bool lonely = c == 0x3f4 || c == 0x2126 || c == 0x212a || c == 0x212b;

	if (lonely) {
		emit_plain(tree, c, engine, text);
	} else if (engine == EMIT_BYTES) {
		text_string(text, narrow);
	} else if (engine == EMIT_SCAN) {
		more->wide = true;
		text_format(
			text, "(?:%s|" HIGH_BYTES ")", *narrow == '[' ? narrow : "[\\x80-\\xff]");
	} else if (c == DOTLESS_I) {
		text_string(text, "[Ii\\x{131}]");
	} else {
		text_format(text, "(?:\\x{%x}|(?![" LONERS LATE_FORMS "])(?i:\\x{%x}))", c, c);
	}
}

void tree_emit_char(const struct tree *tree, uint32_t c, enum emit_for engine, struct text *text,
	struct emit_more *more)
{
	if (tree->nul_lines && c == 0)
		text_string(text, "(?!)");
	else if (tree->ignore_case && is_letter(c))
		emit_letter(tree, c, engine, text);
	else if (tree->ignore_case && tree->utf8 && c >= 0x80)
		emit_wide_letter(tree, c, engine, text, more);
	else
		emit_plain(tree, c, engine, text);
}
