/* SPDX-License-Identifier: MIT */
/* Patterns of POSIX's basic and extended syntax, and plain strings, to trees. What POSIX leaves
   open is as in GNU grep 3.8. */
#include "filter/match_tree.h"

#include <errno.h>
#include <string.h>

/* POSIX's RE_DUP_MAX, as glibc has it. */
#define MOST_TIMES 32767
/* What a pattern may nest; it is also how deep the functions below call themselves. */
#define DEEPEST 1000

enum token {
	TOKEN_START, /* before the first one */
	TOKEN_END,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_OR,
	TOKEN_REPEAT, /* min, max */
	TOKEN_ATOM    /* node */
};

struct parser {
	struct tree *tree;
	const char *bytes;
	size_t length;
	bool extended;
	size_t at;       /* behind the token */
	size_t token_at; /* where it begins */
	enum token token;
	enum token before;
	bool after_assert; /* before was ^ or the like */
	uint32_t node;
	int32_t min;
	int32_t max;
	unsigned int depth;
	uint32_t closed; /* bit n: group n is complete */
	const char *wrong;
	size_t wrong_at;
};

static void fail(struct parser *p, size_t at, const char *what)
{
	if (p->wrong)
		return;
	p->wrong = what;
	p->wrong_at = at;
	p->token = TOKEN_END;
}

static void atom(struct parser *p, uint32_t node)
{
	p->token = TOKEN_ATOM;
	p->node = node;
}

static void atom_of(struct parser *p, enum tree_kind kind, uint32_t value)
{
	atom(p, tree_add(p->tree, kind, value));
}

static void repeat(struct parser *p, int32_t min, int32_t max)
{
	p->token = TOKEN_REPEAT;
	p->min = min;
	p->max = max;
}

/* Whether a basic pattern takes an operator that stands here literally. */
static bool is_at_start(const struct parser *p)
{
	return p->before == TOKEN_START || p->before == TOKEN_OPEN || p->before == TOKEN_OR ||
	       p->after_assert;
}

static void take_char(struct parser *p)
{
	size_t width;
	uint32_t c = tree_decode(p->tree, p->bytes + p->token_at, p->length - p->token_at, &width);

	p->at = p->token_at + width;
	if (c == UINT32_MAX)
		atom_of(p, TREE_BYTE, (unsigned char)p->bytes[p->token_at]);
	else
		atom_of(p, TREE_CHAR, c);
}

/* No number, and something that is none. */
#define NONE  (-1)
#define WRONG (-2)

/* Reads up to a comma or the closing brace, and leaves *at behind it; *ret_end is which of them, or
 * 0. */
static int32_t take_number(const struct parser *p, size_t *at, char *ret_end)
{
	int32_t number = NONE;

	for (;;) {
		bool closing = !p->extended && *at + 1 < p->length && p->bytes[*at] == '\\' &&
			       p->bytes[*at + 1] == '}';
		*at += closing;
		char c = *at < p->length ? p->bytes[*at] : '\0';
		*ret_end = c == ',' || (c == '}' && (p->extended || closing)) ? c : '\0';
		if (*at >= p->length)
			return WRONG;
		++*at;
		if (*ret_end)
			return number;
		if (c < '0' || c > '9' || number == WRONG)
			number = WRONG;
		else if (number <= MOST_TIMES)
			number = (number == NONE ? 0 : number * 10) + (c - '0');
	}
}

/* {M} {M,} {M,N} {,N} {,}, behind the brace. Returns 1; 0 if it is no interval at all; -1 if it is
   a wrong one. */
static int take_interval(struct parser *p)
{
	size_t at = p->at;
	char end;
	int32_t min = take_number(p, &at, &end), max = min;

	if (min == NONE && end != ',')
		return -1;
	if (min != WRONG && end == ',') {
		max = take_number(p, &at, &end);
		min = min == NONE ? 0 : min;
	}
	if (min == WRONG || max == WRONG)
		return 0;
	if (end != '}' || (max != NONE && min > max) || min > MOST_TIMES || max > MOST_TIMES)
		return -1;
	p->at = at;
	repeat(p, min, max == NONE ? TREE_ENDLESS : max);
	return 1;
}

/* What is no interval is literal in the extended syntax. */
static void take_brace(struct parser *p)
{
	if (!p->extended && is_at_start(p)) {
		atom_of(p, TREE_CHAR, '{');
		return;
	}
	int r = take_interval(p);
	if (r < 0 && p->extended && is_at_start(p) && p->at < p->length && p->bytes[p->at] == '}')
		r = 0;
	if (r < 0 || (r == 0 && !p->extended))
		fail(p, p->token_at, "{ is not followed by one or two numbers up to 32767 and }");
	else if (r == 0)
		atom_of(p, TREE_CHAR, '{');
}

/* \w is [_[:alnum:]], \s is [[:space:]]; capitals are all other characters. */
static void take_shorthand(struct parser *p, char letter)
{
	uint32_t node = tree_add_set(p->tree);
	bool word = letter == 'w' || letter == 'W';

	tree_set_class(p->tree, word ? CLASS_ALNUM : CLASS_SPACE);
	if (word)
		tree_set_range(p->tree, '_', '_');
	p->tree->sets[p->tree->n_sets - 1].negated = letter == 'W' || letter == 'S';
	atom(p, node);
}

static void take_back(struct parser *p, uint32_t number)
{
	if (p->closed >> number & 1)
		atom_of(p, TREE_BACK, number);
	else
		fail(p, p->token_at, "a back-reference to a group that is not there");
}

/* A backslash and what means the same in both syntaxes. Returns whether it was that. */
static bool take_common_escape(struct parser *p, char c)
{
	static const char letters[] = "`'<>bB";
	static const enum tree_assert asserts[] = { TREE_LINE_START, TREE_LINE_END, TREE_WORD_START,
		TREE_WORD_END, TREE_WORD_EDGE, TREE_NO_WORD_EDGE };
	const char *letter = c ? strchr(letters, c) : NULL;

	if (letter)
		atom_of(p, TREE_ASSERT, asserts[letter - letters]);
	else if (c == 'w' || c == 'W' || c == 's' || c == 'S')
		take_shorthand(p, c);
	else if (c >= '1' && c <= '9')
		take_back(p, (uint32_t)(c - '0'));
	else
		return false;
	return true;
}

static void take_literal_escape(struct parser *p)
{
	p->token_at++;
	take_char(p);
	p->token_at--;
}

static void take_basic_escape(struct parser *p, char c)
{
	if (c == '(')
		p->token = TOKEN_OPEN;
	else if (c == ')')
		p->token = TOKEN_CLOSE;
	else if (c == '|')
		p->token = TOKEN_OR;
	else if (c == '{')
		take_brace(p);
	else if (c == '+' && !is_at_start(p))
		repeat(p, 1, TREE_ENDLESS);
	else if (c == '?' && !is_at_start(p))
		repeat(p, 0, 1);
	else
		take_literal_escape(p);
}

static void take_escape(struct parser *p)
{
	if (p->at >= p->length) {
		fail(p, p->token_at, "a backslash at the end");
		return;
	}
	char c = p->bytes[p->at++];
	if (take_common_escape(p, c))
		return;
	if (p->extended)
		take_literal_escape(p);
	else
		take_basic_escape(p, c);
}

static void take_bracket(struct parser *p)
{
	const char *wrong = NULL;

	p->at = p->token_at;
	uint32_t node = tree_bracket(p->tree, p->bytes, p->length, &p->at, &wrong);
	if (wrong)
		fail(p, p->token_at, wrong);
	else
		atom(p, node);
}

/* Whether a $ that stands here in a basic pattern is an anchor. */
static bool is_before_end(const struct parser *p)
{
	return p->at == p->length ||
	       (p->at + 1 < p->length && p->bytes[p->at] == '\\' &&
		       (p->bytes[p->at + 1] == ')' || p->bytes[p->at + 1] == '|'));
}

static void take_extended(struct parser *p, char c)
{
	switch (c) {
	case '(':
		p->token = TOKEN_OPEN;
		return;
	case ')':
		if (p->depth > 0)
			p->token = TOKEN_CLOSE;
		else
			take_char(p);
		return;
	case '|':
		p->token = TOKEN_OR;
		return;
	case '+':
		repeat(p, 1, TREE_ENDLESS);
		return;
	case '?':
		repeat(p, 0, 1);
		return;
	case '{':
		take_brace(p);
		return;
	default:
		take_char(p);
	}
}

static void take_plain(struct parser *p, char c)
{
	bool anchored = p->extended || p->before == TOKEN_START || p->before == TOKEN_OPEN ||
			p->before == TOKEN_OR;

	if (c == '\\')
		take_escape(p);
	else if (c == '[')
		take_bracket(p);
	else if (c == '.')
		atom_of(p, TREE_ANY, 0);
	else if (c == '^' && anchored)
		atom_of(p, TREE_ASSERT, TREE_LINE_START);
	else if (c == '$' && (p->extended || is_before_end(p)))
		atom_of(p, TREE_ASSERT, TREE_LINE_END);
	else if (c == '*' && (p->extended || !is_at_start(p)))
		repeat(p, 0, TREE_ENDLESS);
	else if (p->extended)
		take_extended(p, c);
	else
		take_char(p);
}

/* Reads the next token; it depends on the one before in basic patterns. */
static void next(struct parser *p)
{
	if (p->wrong)
		return;
	p->before = p->token;
	p->after_assert = p->token == TOKEN_ATOM && p->tree->nodes[p->node].kind == TREE_ASSERT;
	p->token_at = p->at;
	if (p->at == p->length) {
		p->token = TOKEN_END;
		return;
	}
	take_plain(p, p->bytes[p->at++]);
}

static uint32_t parse_alternatives(struct parser *p);

static uint32_t parse_group(struct parser *p)
{
	size_t open_at = p->token_at;
	uint32_t number = ++p->tree->n_groups;

	if (++p->depth > DEEPEST) {
		fail(p, open_at, "too many parentheses within each other");
		return 0;
	}
	next(p);
	uint32_t inner = parse_alternatives(p);
	p->depth--;
	if (p->token != TOKEN_CLOSE || p->wrong) {
		fail(p, open_at, "( without its )");
		return 0;
	}
	if (number <= 9)
		p->closed |= 1U << number;
	uint32_t group = tree_add(p->tree, TREE_GROUP, number);
	p->tree->nodes[group].child = inner;
	return group;
}

/* An atom with all the operators behind it. An operator without an atom repeats nothing. */
static uint32_t parse_repeated(struct parser *p)
{
	uint32_t node;

	if (p->token == TOKEN_OPEN) {
		node = parse_group(p);
		next(p);
	} else if (p->token == TOKEN_ATOM) {
		node = p->node;
		next(p);
	} else {
		node = tree_add(p->tree, TREE_EMPTY, 0);
	}
	enum tree_kind kind = p->tree->nodes[node].kind;
	bool nothing = kind == TREE_EMPTY || kind == TREE_ASSERT;
	while (p->token == TOKEN_REPEAT) {
		size_t sign_at = p->token_at;
		node = tree_add_repeat(p->tree, node, p->min, p->max);
		next(p);
		if (nothing && p->token == TOKEN_CLOSE && p->bytes[sign_at] != '{')
			fail(p, sign_at, "nothing stands before it that could be repeated");
	}
	return node;
}

static bool ends_alternative(const struct parser *p)
{
	return p->token == TOKEN_END || p->token == TOKEN_OR ||
	       (p->token == TOKEN_CLOSE && p->depth > 0);
}

static uint32_t parse_sequence(struct parser *p)
{
	uint32_t first = 0, last = 0, n = 0;

	while (!ends_alternative(p)) {
		if (p->token == TOKEN_CLOSE) {
			fail(p, p->token_at, ") without its (");
			break;
		}
		uint32_t node = parse_repeated(p);
		if (n++ == 0)
			first = node;
		else
			p->tree->nodes[last].next = node;
		last = node;
	}
	if (n == 0)
		return tree_add(p->tree, TREE_EMPTY, 0);
	if (n == 1)
		return first;
	uint32_t sequence = tree_add(p->tree, TREE_CONCAT, 0);
	p->tree->nodes[sequence].child = first;
	return sequence;
}

static uint32_t parse_alternatives(struct parser *p)
{
	uint32_t closed_before = p->closed, closed = 0;
	uint32_t first = parse_sequence(p), last = first;

	if (p->token != TOKEN_OR)
		return first;
	while (p->token == TOKEN_OR && !p->wrong) {
		/* An alternative cannot refer to what stands in another one. */
		closed |= p->closed;
		p->closed = closed_before;
		next(p);
		uint32_t node = parse_sequence(p);
		p->tree->nodes[last].next = node;
		last = node;
	}
	p->closed |= closed;
	uint32_t all = tree_add(p->tree, TREE_ALT, 0);
	p->tree->nodes[all].child = first;
	return all;
}

/* Strings: every byte stands for itself. */
static uint32_t parse_fixed(struct parser *p)
{
	uint32_t all = tree_add(p->tree, p->length ? TREE_CONCAT : TREE_EMPTY, 0), last = 0;

	while (p->at < p->length) {
		p->token_at = p->at;
		take_char(p);
		if (last)
			p->tree->nodes[last].next = p->node;
		else
			p->tree->nodes[all].child = p->node;
		last = p->node;
	}
	return all;
}

int tree_parse(struct tree *tree, const char *bytes, size_t length, enum match_syntax syntax,
	size_t *ret_column, struct text *why)
{
	struct parser p = {
		.tree = tree, .bytes = bytes, .length = length, .extended = syntax == MATCH_ERE
	};

	if (syntax == MATCH_FIXED) {
		tree->root = parse_fixed(&p);
		return 0;
	}
	next(&p);
	tree->root = parse_alternatives(&p);
	if (!p.wrong)
		return 0;
	*ret_column = p.wrong_at + 1;
	text_string(why, p.wrong);
	return -EINVAL;
}
