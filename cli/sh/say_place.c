/* SPDX-License-Identifier: MIT */
/* From which word of a command a string of its argv came. */
#include "sh/shell.h"
#include "sh/simple.h"

#include <string.h>

/* Whether it becomes one field, whatever is in the variables. */
static bool is_one_field(const struct word *word)
{
	if (word->literal || word->is_declared)
		return true;
	if (word->is_pattern)
		return false;
	for (uint32_t i = 0; i < word->n_parts; i++) {
		const struct part *part = &word->parts[i];
		if (part->kind == PART_LITERAL || part->kind == PART_TILDE)
			continue;
		if (!part->is_quoted)
			return false;
		if (part->kind == PART_PARAMETER &&
			(part->parameter->special == '@' || part->parameter->word))
			return false;
	}
	return true;
}

/* The word of the field with that index, of n_fields; NULL: it cannot be told. */
static const struct word *word_of(const struct simple_node *node, size_t index, size_t n_fields)
{
	size_t n = node->n_words, first = 0, last = 0;

	while (first < n && is_one_field(node->words[first]))
		first++;
	if (index < first)
		return node->words[index];
	while (last < n - first && is_one_field(node->words[n - 1 - last]))
		last++;
	size_t from_end = n_fields - 1 - index;
	if (from_end < last)
		return node->words[n - 1 - from_end];
	return n - first - last == 1 ? node->words[first] : NULL;
}

struct place call_place(const struct shell *sh, const struct call *call, const char *word)
{
	uintptr_t at = (uintptr_t)word;

	for (size_t i = 0; call && call->node && i < call->argc; i++) {
		uintptr_t begin = (uintptr_t)call->argv[i];
		if (at < begin || at > begin + strlen(call->argv[i]))
			continue;
		const struct word *found = word_of(
			call->node, call->n_skipped + i, call->n_skipped + call->argc);
		if (found && found->place.line > 0)
			return found->place;
		break;
	}
	return sh->frame.place;
}

struct place builtin_place(const struct shell *sh, const char *word)
{
	return call_place(sh, sh->frame.call, word);
}
