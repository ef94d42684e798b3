/* SPDX-License-Identifier: MIT */
/* for, while, until, case. */
#include "sh/expand.h"
#include "sh/interp.h"
#include "sh/traps.h"

#include <string.h>

/* Whether the loop goes on after something in it led to *control, which becomes what the loop
   itself leads to. */
static bool goes_on(struct shell *sh, enum control *control)
{
	/* There may be no simple command in it, after which that would be done. */
	if (traps_pending && *control == CONTROL_NONE)
		*control = traps_run(sh);
	if (*control == CONTROL_NONE)
		return true;
	if (*control != CONTROL_BREAK && *control != CONTROL_CONTINUE)
		return false;
	if (--sh->control_levels > 0)
		return false;
	bool is_continued = *control == CONTROL_CONTINUE;
	*control = CONTROL_NONE;
	return is_continued;
}

enum control run_while(struct shell *sh, const struct while_node *node)
{
	enum control control;
	int status = 0;

	sh->loops++;
	for (;;) {
		control = run_tested(sh, node->condition);
		if (control == CONTROL_NONE) {
			if ((sh->status == 0) == node->is_until) {
				sh->status = status;
				break;
			}
			control = run_node(sh, node->body, 0);
		}
		status = sh->status;
		if (!goes_on(sh, &control))
			break;
	}
	sh->loops--;
	return control;
}

/* ---- for ---- */

static struct symbol *for_symbol(struct shell *sh, const struct for_node *node)
{
	struct for_node *own = (struct for_node *)(uintptr_t)node;
	struct symbol *symbol = symbol_cached(
		&sh->symbols, &own->cache, &own->cache_generation, node->name, strlen(node->name));

	return symbol ? symbol : symbol_get(&sh->symbols, node->name, strlen(node->name));
}

/* The positional parameters may be set anew in the body. */
static void add_parameters(struct shell *sh, struct fields *fields)
{
	uint32_t n = parameters_count(sh);

	for (uint32_t i = 1; i <= n; i++) {
		const char *item = parameters_get(sh, i);
		fields_add(fields, arena_text(&sh->scratch, item, strlen(item)));
	}
}

static enum control run_for_items(
	struct shell *sh, const struct for_node *node, char *const *items, size_t n)
{
	enum control control = CONTROL_NONE;

	/* The first turn still sees the status of the command before. */
	if (n == 0)
		sh->status = 0;
	sh->loops++;
	for (size_t i = 0; i < n; i++) {
		if (variable_set(sh, for_symbol(sh, node), items[i], strlen(items[i]),
			    node->node.place) < 0) {
			sh->status = 2;
			control = shell_abort(sh);
			break;
		}
		control = run_node(sh, node->body, 0);
		if (!goes_on(sh, &control))
			break;
	}
	sh->loops--;
	return control;
}

enum control run_for(struct shell *sh, const struct for_node *node)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct fields fields;
	enum control control;
	int r = 0;

	sh->frame.place = node->node.place;
	fields_init(&fields, &sh->scratch);
	if (node->has_words)
		r = expand_words(sh, node->words, node->n_words, &fields);
	else
		add_parameters(sh, &fields);
	if (r < 0)
		control = shell_abort(sh);
	else
		control = run_for_items(sh, node, fields.items, fields.n);
	arena_release(&sh->scratch, mark);
	return control;
}

/* ---- case ---- */

/* Returns 1: it matches; 0: it does not; -1: after having said what is wrong. */
static int matches(struct shell *sh, const struct word *word, const char *text, size_t length)
{
	struct pattern pattern;

	if (word->literal && !word->is_pattern && !word->is_quoted)
		return word->literal_length == length && memcmp(word->literal, text, length) == 0;
	if (expand_pattern(sh, word, &pattern) < 0)
		return -1;
	return pattern_matches(&pattern, text, length);
}

static int item_matches(
	struct shell *sh, const struct case_item *item, const char *text, size_t length)
{
	int r = 0;

	for (uint32_t i = 0; i < item->n_patterns && r == 0; i++) {
		struct arena_mark mark = arena_mark(&sh->scratch);
		r = matches(sh, item->patterns[i], text, length);
		arena_release(&sh->scratch, mark);
	}
	return r;
}

static enum control run_items(struct shell *sh, const struct case_item *item, unsigned flags)
{
	for (;; item = item->next) {
		bool is_last = item->end == CASE_BREAK || !item->next;
		enum control control = CONTROL_NONE;
		if (item->body)
			control = run_node(sh, item->body, is_last ? flags : 0);
		else
			sh->status = 0;
		if (control != CONTROL_NONE || is_last)
			return control;
	}
}

enum control run_case(struct shell *sh, const struct case_node *node, unsigned flags)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	const struct case_item *item = node->items;
	const char *text = "";
	size_t length = 0;

	sh->frame.place = node->node.place;
	int r = expand_string(sh, node->word, &text, &length);
	int found = 0;
	while (r == 0 && item && (found = item_matches(sh, item, text, length)) == 0)
		item = item->next;
	arena_release(&sh->scratch, mark);
	if (r < 0 || found < 0)
		return shell_abort(sh);
	if (!item) {
		sh->status = 0;
		return CONTROL_NONE;
	}
	return run_items(sh, item, flags);
}
