/* SPDX-License-Identifier: MIT */
/* Trees to states, and a line through all of them at once. */
#include "filter/match_nfa.h"

#include "common/memory.h"
#include "filter/match_code.h"
#include "filter/match_emit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A pattern that counts to more is PCRE2's alone. */
#define MOST_STATES 30000
#define N_CACHED    64
/* No character: what is no UTF-8, and what is before and behind the line. */
#define NO_CHAR UINT32_MAX

enum state_kind {
	STATE_CHAR, /* value: the character */
	STATE_TEST, /* value: index of the test */
	STATE_ANY,
	STATE_ASSERT, /* value: enum edge */
	STATE_SPLIT,  /* to next and to value */
	STATE_JUMP,   /* to value */
	STATE_MATCH
};

/* enum tree_assert goes on with what -w wants. */
enum edge { EDGE_NO_WORD_BEFORE = TREE_NO_WORD_EDGE + 1, EDGE_NO_WORD_BEHIND };

struct state {
	enum state_kind kind;
	uint32_t value;
};

/* A set, or a letter of any case. Above ASCII PCRE2 knows what belongs to it. */
struct test {
	uint32_t bits[8];
	struct text expression;
	struct code *code;
	uint32_t cached[N_CACHED]; /* character << 1 | answer; 0: none */
};

struct thread {
	uint32_t state;
	size_t start;
};

struct threads {
	struct thread *at;
	size_t n;
};

/* What stands around a place in the line. */
struct place {
	size_t at;
	size_t width; /* of the character here */
	uint32_t c;   /* the character here, or NO_CHAR */
	bool first;
	bool last;
	bool word_before;
	bool word_here;
};

struct nfa {
	bool utf8;
	enum nfa_edges edges;
	struct state *states;
	size_t n_states;
	size_t states_size;
	struct test *tests;
	size_t n_tests;
	size_t tests_size;
	uint32_t begins; /* the state that begins the last tree, whose split is still open */
	bool is_ready;
	uint32_t word_test;
	struct threads now;
	struct threads then;
	uint32_t *stack;
	uint64_t *seen; /* by state: the step in which it was reached last */
	uint64_t step;
};

struct nfa *nfa_new(bool utf8, enum nfa_edges edges)
{
	struct nfa *nfa = memory_get(sizeof *nfa);

	*nfa = (struct nfa){ .utf8 = utf8, .edges = edges };
	return nfa;
}

void nfa_free(struct nfa *nfa)
{
	if (!nfa)
		return;
	for (size_t i = 0; i < nfa->n_tests; i++) {
		text_done(&nfa->tests[i].expression);
		code_free(nfa->tests[i].code);
	}
	free(nfa->tests);
	free(nfa->states);
	free(nfa->now.at);
	free(nfa->then.at);
	free(nfa->stack);
	free(nfa->seen);
	free(nfa);
}

static uint32_t add_state(struct nfa *nfa, enum state_kind kind, uint32_t value)
{
	if (nfa->n_states == nfa->states_size) {
		nfa->states_size = nfa->states_size ? 2 * nfa->states_size : 64;
		nfa->states = memory_resize(nfa->states, nfa->states_size * sizeof *nfa->states);
	}
	/* Too many: the count goes on, so that it is seen. */
	if (nfa->n_states > MOST_STATES)
		return (uint32_t)nfa->n_states - 1;
	nfa->states[nfa->n_states] = (struct state){ kind, value };
	return (uint32_t)nfa->n_states++;
}

static void set_value(struct nfa *nfa, uint32_t state)
{
	nfa->states[state].value = (uint32_t)nfa->n_states;
}

static uint32_t add_test(struct nfa *nfa)
{
	if (nfa->n_tests == nfa->tests_size) {
		nfa->tests_size = nfa->tests_size ? 2 * nfa->tests_size : 16;
		nfa->tests = memory_resize(nfa->tests, nfa->tests_size * sizeof *nfa->tests);
	}
	nfa->tests[nfa->n_tests] = (struct test){ 0 };
	return (uint32_t)nfa->n_tests++;
}

/* Asks PCRE2 about one character; bytes where characters are bytes. */
static bool ask(struct nfa *nfa, struct test *test, uint32_t c)
{
	const struct code_options options = { .utf8 = nfa->utf8 };
	unsigned char bytes[4] = { (unsigned char)c };
	size_t at, length = nfa->utf8 ? tree_encode(c, bytes) : 1;
	struct match_range range;
	struct text unused = { 0 };

	if (!test->code && code_new(&test->code, test->expression.bytes, test->expression.length,
				   &options, &at, &unused) < 0)
		memory_get(SIZE_MAX);
	text_done(&unused);
	return code_search(test->code, (const char *)bytes, length, 0, &range) == CODE_YES;
}

static bool is_in_test(struct nfa *nfa, uint32_t index, uint32_t c)
{
	struct test *test = &nfa->tests[index];

	if (c < 0x80 || !nfa->utf8)
		return test->bits[c / 32] >> c % 32 & 1;
	uint32_t *cached = &test->cached[c % N_CACHED];
	if (*cached >> 1 != c)
		*cached = c << 1 | (ask(nfa, test, c) ? 1 : 0);
	return *cached & 1;
}

/* Fills in what the expression says about single bytes. */
static uint32_t finish_test(struct nfa *nfa, uint32_t index)
{
	struct test *test = &nfa->tests[index];

	for (uint32_t c = 0; c < (nfa->utf8 ? 0x80 : 0x100); c++)
		if (ask(nfa, test, c))
			test->bits[c / 32] |= (uint32_t)1 << c % 32;
	return index;
}

static enum emit_for engine_of(const struct nfa *nfa)
{
	return nfa->utf8 ? EMIT_UTF8 : EMIT_BYTES;
}

static void add(struct nfa *nfa, const struct tree *tree, uint32_t index);

static void add_char(struct nfa *nfa, const struct tree *tree, uint32_t c)
{
	if (!tree->ignore_case) {
		add_state(nfa, STATE_CHAR, c);
		return;
	}
	uint32_t test = add_test(nfa);
	tree_emit_char(tree, c, engine_of(nfa), &nfa->tests[test].expression, NULL);
	add_state(nfa, STATE_TEST, finish_test(nfa, test));
}

static void add_set(struct nfa *nfa, const struct tree *tree, const struct tree_set *set)
{
	uint32_t test = add_test(nfa);

	tree_emit_set(tree, set, engine_of(nfa), &nfa->tests[test].expression, NULL);
	add_state(nfa, STATE_TEST, finish_test(nfa, test));
}

static void add_alternatives(struct nfa *nfa, const struct tree *tree, uint32_t first)
{
	uint32_t last_jump = UINT32_MAX;

	/* The jumps to the end are chained by their values until the end is known. */
	for (uint32_t i = first; i; i = tree->nodes[i].next) {
		bool more = tree->nodes[i].next != 0;
		uint32_t split = more ? add_state(nfa, STATE_SPLIT, 0) : 0;
		add(nfa, tree, i);
		if (!more)
			break;
		last_jump = add_state(nfa, STATE_JUMP, last_jump);
		set_value(nfa, split);
	}
	while (last_jump != UINT32_MAX && nfa->n_states <= MOST_STATES) {
		uint32_t jump = last_jump;
		last_jump = nfa->states[jump].value;
		set_value(nfa, jump);
	}
}

static void add_repeat(struct nfa *nfa, const struct tree *tree, const struct tree_node *node)
{
	uint32_t last_split = UINT32_MAX;

	for (int32_t i = 0; i < node->min && nfa->n_states <= MOST_STATES; i++)
		add(nfa, tree, node->child);
	if (node->max == TREE_ENDLESS) {
		uint32_t split = add_state(nfa, STATE_SPLIT, 0);
		add(nfa, tree, node->child);
		add_state(nfa, STATE_JUMP, split);
		set_value(nfa, split);
		return;
	}
	for (int32_t i = node->min; i < node->max && nfa->n_states <= MOST_STATES; i++) {
		last_split = add_state(nfa, STATE_SPLIT, last_split);
		add(nfa, tree, node->child);
	}
	while (last_split != UINT32_MAX && nfa->n_states <= MOST_STATES) {
		uint32_t split = last_split;
		last_split = nfa->states[split].value;
		set_value(nfa, split);
	}
}

static void add(struct nfa *nfa, const struct tree *tree, uint32_t index)
{
	const struct tree_node *node = &tree->nodes[index];

	switch (node->kind) {
	case TREE_CHAR:
		add_char(nfa, tree, node->value);
		break;
	case TREE_SET:
		add_set(nfa, tree, &tree->sets[node->value]);
		break;
	case TREE_ANY:
		add_state(nfa, STATE_ANY, 0);
		break;
	case TREE_ASSERT:
		add_state(nfa, STATE_ASSERT, node->value);
		break;
	case TREE_GROUP:
		add(nfa, tree, node->child);
		break;
	case TREE_CONCAT:
		for (uint32_t i = node->child; i; i = tree->nodes[i].next)
			add(nfa, tree, i);
		break;
	case TREE_ALT:
		add_alternatives(nfa, tree, node->child);
		break;
	case TREE_REPEAT:
		add_repeat(nfa, tree, node);
		break;
	case TREE_EMPTY:
	case TREE_BACK:
	case TREE_BYTE:
		break;
	}
}

bool nfa_add(struct nfa *nfa, const struct tree *tree)
{
	if (tree->has_back || tree->has_byte)
		return false;
	if (nfa->n_states > 0)
		set_value(nfa, nfa->begins);
	nfa->begins = add_state(nfa, STATE_SPLIT, 0);
	if (nfa->edges == NFA_LINES)
		add_state(nfa, STATE_ASSERT, TREE_LINE_START);
	else if (nfa->edges == NFA_WORDS)
		add_state(nfa, STATE_ASSERT, EDGE_NO_WORD_BEFORE);
	add(nfa, tree, tree->root);
	if (nfa->edges == NFA_LINES)
		add_state(nfa, STATE_ASSERT, TREE_LINE_END);
	else if (nfa->edges == NFA_WORDS)
		add_state(nfa, STATE_ASSERT, EDGE_NO_WORD_BEHIND);
	add_state(nfa, STATE_MATCH, 0);
	nfa->is_ready = false;
	return nfa->n_states <= MOST_STATES;
}

static void get_ready(struct nfa *nfa)
{
	size_t n = nfa->n_states + 1;

	if (nfa->is_ready)
		return;
	/* The last tree has no other beside it. */
	nfa->states[nfa->begins] = (struct state){ STATE_JUMP, nfa->begins + 1 };
	nfa->word_test = add_test(nfa);
	tree_emit_word(nfa->utf8, &nfa->tests[nfa->word_test].expression);
	finish_test(nfa, nfa->word_test);
	nfa->now.at = memory_resize(nfa->now.at, n * sizeof *nfa->now.at);
	nfa->then.at = memory_resize(nfa->then.at, n * sizeof *nfa->then.at);
	nfa->stack = memory_resize(nfa->stack, 2 * n * sizeof *nfa->stack);
	nfa->seen = memory_resize(nfa->seen, n * sizeof *nfa->seen);
	memset(nfa->seen, 0, n * sizeof *nfa->seen);
	nfa->is_ready = true;
}

static uint32_t decode(const struct nfa *nfa, const char *bytes, size_t length, size_t *ret_width)
{
	const struct tree like = { .utf8 = nfa->utf8 };

	if (length == 0) {
		*ret_width = 0;
		return NO_CHAR;
	}
	if ((unsigned char)bytes[0] < 0x80) {
		*ret_width = 1;
		return (unsigned char)bytes[0];
	}
	return tree_decode(&like, bytes, length, ret_width);
}

static bool is_word(struct nfa *nfa, uint32_t c)
{
	return c != NO_CHAR && is_in_test(nfa, nfa->word_test, c);
}

/* The character that ends where `at` is. */
static uint32_t decode_before(const struct nfa *nfa, const char *line, size_t at)
{
	size_t width;

	for (size_t back = 1; back <= 4 && back <= at; back++) {
		uint32_t c = decode(nfa, line + at - back, back, &width);
		if (width == back && c != NO_CHAR)
			return c;
	}
	return NO_CHAR;
}

static void look(struct nfa *nfa, const char *line, size_t length, struct place *place)
{
	place->c = decode(nfa, line + place->at, length - place->at, &place->width);
	place->first = place->at == 0;
	place->last = place->at == length;
	place->word_here = is_word(nfa, place->c);
}

static bool holds(const struct place *place, uint32_t edge)
{
	switch (edge) {
	case TREE_LINE_START:
		return place->first;
	case TREE_LINE_END:
		return place->last;
	case TREE_WORD_START:
		return !place->word_before && place->word_here;
	case TREE_WORD_END:
		return place->word_before && !place->word_here;
	case TREE_WORD_EDGE:
		return place->word_before != place->word_here;
	case TREE_NO_WORD_EDGE:
		return place->word_before == place->word_here;
	case EDGE_NO_WORD_BEFORE:
		return !place->word_before;
	default:
		return !place->word_here;
	}
}

/* Adds a state and all that follow from it here. Returns whether a match ends here. */
static bool enter(struct nfa *nfa, struct threads *threads, const struct place *place,
	uint32_t state, size_t start)
{
	bool matched = false;
	size_t n = 0;

	nfa->stack[n++] = state;
	while (n > 0) {
		uint32_t i = nfa->stack[--n];
		if (nfa->seen[i] == nfa->step)
			continue;
		nfa->seen[i] = nfa->step;
		switch (nfa->states[i].kind) {
		case STATE_JUMP:
			nfa->stack[n++] = nfa->states[i].value;
			break;
		case STATE_SPLIT:
			nfa->stack[n++] = nfa->states[i].value;
			nfa->stack[n++] = i + 1;
			break;
		case STATE_ASSERT:
			if (holds(place, nfa->states[i].value))
				nfa->stack[n++] = i + 1;
			break;
		case STATE_MATCH:
			matched = true;
			break;
		case STATE_CHAR:
		case STATE_TEST:
		case STATE_ANY:
			threads->at[threads->n++] = (struct thread){ i, start };
			break;
		}
	}
	return matched;
}

static bool accepts(struct nfa *nfa, uint32_t index, uint32_t c)
{
	const struct state *state = &nfa->states[index];

	if (c == NO_CHAR)
		return false;
	if (state->kind == STATE_ANY)
		return true;
	if (state->kind == STATE_CHAR)
		return state->value == c;
	return is_in_test(nfa, state->value, c);
}

struct run {
	bool here; /* it begins at from */
	bool any;  /* the first match is enough, and it may be empty */
	bool found;
	struct match_range best;
};

/* What was found begins at start, and ends here. */
static void note(struct run *run, size_t start, size_t end)
{
	if (!run->any && start == end)
		return;
	if (!run->found || start <= run->best.start)
		run->best = (struct match_range){ start, end };
	run->found = true;
}

/* The threads stand in the order of their starts, so that of two in one state the first is better.
 */
static void step(struct nfa *nfa, struct run *run, const struct place *place, uint32_t c)
{
	nfa->then.n = 0;
	nfa->step++;
	for (size_t i = 0; i < nfa->now.n; i++) {
		const struct thread *thread = &nfa->now.at[i];
		if (run->found && thread->start > run->best.start)
			break;
		if (accepts(nfa, thread->state, c) &&
			enter(nfa, &nfa->then, place, thread->state + 1, thread->start))
			note(run, thread->start, place->at);
	}
	struct threads swap = nfa->now;
	nfa->now = nfa->then;
	nfa->then = swap;
}

static void run_through(
	struct nfa *nfa, const char *line, size_t length, size_t from, struct run *run)
{
	struct place place = { .at = from };

	get_ready(nfa);
	place.word_before = is_word(nfa, decode_before(nfa, line, from));
	look(nfa, line, length, &place);
	nfa->now.n = 0;
	nfa->step++;
	for (;;) {
		if (!run->found && (!run->here || place.at == from) &&
			enter(nfa, &nfa->now, &place, 0, place.at))
			note(run, place.at, place.at);
		if ((run->found && (run->any || nfa->now.n == 0)) || place.at == length ||
			(run->here && nfa->now.n == 0))
			return;
		uint32_t c = place.c;
		place.word_before = place.word_here;
		place.at += place.width;
		look(nfa, line, length, &place);
		step(nfa, run, &place, c);
	}
}

bool nfa_matches(struct nfa *nfa, const char *line, size_t length, size_t from)
{
	struct run run = { .any = true };

	run_through(nfa, line, length, from, &run);
	return run.found;
}

bool nfa_longest(struct nfa *nfa, const char *line, size_t length, size_t from, bool here,
	struct match_range *ret_range)
{
	struct run run = { .here = here };

	run_through(nfa, line, length, from, &run);
	*ret_range = run.best;
	return run.found;
}
