/* SPDX-License-Identifier: MIT */
#include "sh/expand.h"

#include "sh/expand_part.h"
#include "sh/subshell.h"

#include <stdint.h>
#include <string.h>

/* ---- fields ---- */

static char *writable(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void add_parameters(struct shell *sh, struct fields *fields)
{
	uint32_t n = parameters_count(sh);

	for (uint32_t i = 1; i <= n; i++) {
		const char *text = parameters_get(sh, i);
		fields_add(fields, arena_text(&sh->scratch, text, strlen(text)));
	}
}

/* A parameter's value as a whole word. Returns 1: done; 0: it is not so simple. */
static int expand_lone_parameter(struct shell *sh, const struct part *part, struct fields *fields)
{
	struct parameter_value value;
	struct parameter *parameter = part->parameter;

	if (parameter->action != PARAMETER_VALUE)
		return 0;
	if (parameter_is_list(parameter)) {
		if (parameter->special == '*' || !part->is_quoted)
			return 0;
		add_parameters(sh, fields);
		return 1;
	}
	parameter_get(sh, parameter, &value);
	if (value.text == NULL)
		return 0;
	if (part->is_quoted)
		fields_add(fields, arena_text(&sh->scratch, value.text, value.length));
	else
		buffer_add_value(sh, value.text, value.length, false, fields);
	return 1;
}

/* Words of one part, without a buffer. The same returns, and -1. */
static int expand_lone_part(struct shell *sh, const struct part *part, struct fields *fields)
{
	const char *text;
	size_t length;

	if (part->kind == PART_PARAMETER)
		return expand_lone_parameter(sh, part, fields);
	if (part->kind != PART_COMMAND)
		return 0;
	if (substitute_command(sh, part->command, &text, &length) < 0) {
		sh->status = EXPAND_ERROR;
		return -1;
	}
	if (part->is_quoted)
		fields_add(fields, writable(text));
	else
		buffer_add_value(sh, text, length, true, fields);
	return 1;
}

static int expand_word(struct shell *sh, const struct word *word, struct fields *fields)
{
	if (word->is_declared) {
		const char *text;
		size_t length;
		if (expand_string(sh, word, &text, &length) < 0)
			return -1;
		fields_add(fields, writable(text));
		return 0;
	}
	if (word->n_parts == 1) {
		int r = expand_lone_part(sh, word->parts, fields);
		if (r != 0)
			return r < 0 ? -1 : 0;
	}
	struct buffer buffer = buffer_of(sh, BUFFER_FIELDS);
	if (expand_parts(&buffer, word, BYTE_PLAIN) < 0)
		return -1;
	buffer_add_fields(&buffer, fields);
	return 0;
}

int expand_words(struct shell *sh, struct word *const *words, size_t n, struct fields *fields)
{
	fields_expect(fields, n);
	for (size_t i = 0; i < n; i++) {
		if (words[i]->literal != NULL)
			fields_add(fields, writable(words[i]->literal));
		else if (expand_word(sh, words[i], fields) < 0)
			return -1;
	}
	return 0;
}

/* ---- strings ---- */

/* The text of a word of one part that need not be copied: it is valid until a variable changes.
   Returns whether it was that simple. */
static bool view_of(struct shell *sh, const struct word *word, struct parameter_value *value)
{
	const struct part *part = word->parts;

	if (word->literal != NULL) {
		value->text = word->literal;
		value->length = word->literal_length;
		return true;
	}
	if (word->n_parts != 1)
		return false;
	if (part->kind == PART_LITERAL) {
		value->text = part->text;
		value->length = part->length;
		return true;
	}
	if (part->kind != PART_PARAMETER || part->parameter->action != PARAMETER_VALUE ||
		parameter_is_list(part->parameter))
		return false;
	parameter_get(sh, part->parameter, value);
	return value->text != NULL;
}

int expand_string(
	struct shell *sh, const struct word *word, const char **ret_text, size_t *ret_length)
{
	struct parameter_value value;

	if (view_of(sh, word, &value)) {
		bool is_in_tree = word->literal != NULL || word->parts[0].kind == PART_LITERAL;
		*ret_text = is_in_tree ? value.text
				       : arena_text(&sh->scratch, value.text, value.length);
		*ret_length = value.length;
		return 0;
	}
	if (word->n_parts == 1 && word->parts[0].kind == PART_COMMAND) {
		if (substitute_command(sh, word->parts[0].command, ret_text, ret_length) == 0)
			return 0;
		sh->status = EXPAND_ERROR;
		return -1;
	}
	struct buffer buffer = buffer_of(sh, BUFFER_STRING);
	if (expand_parts(&buffer, word, BYTE_PLAIN) < 0)
		return -1;
	*ret_text = buffer_text(&buffer);
	*ret_length = buffer.n;
	return 0;
}

int expand_here(struct shell *sh, const struct word *word, struct taker *taker,
	const char **ret_text, size_t *ret_length)
{
	if (word->n_parts != 1 || word->parts[0].kind != PART_TEXT)
		return expand_string(sh, word, ret_text, ret_length);
	struct buffer buffer = buffer_of(sh, BUFFER_STRING);
	buffer.taker = taker;
	if (expand_parts(&buffer, word, BYTE_PLAIN) < 0)
		return -1;
	*ret_text = buffer_text(&buffer);
	*ret_length = buffer.n;
	return 0;
}

int expand_pattern(struct shell *sh, const struct word *word, struct pattern *ret_pattern)
{
	const struct part *part = word->parts;

	if (word->literal != NULL && !word->is_pattern) {
		*ret_pattern = (struct pattern){
			.bytes = word->literal, .length = word->literal_length, .is_literal = true
		};
		return 0;
	}
	if (word->n_parts == 1 && part->kind == PART_LITERAL) {
		*ret_pattern = (struct pattern){
			.bytes = part->text, .length = part->length, .is_literal = part->is_quoted
		};
		return 0;
	}
	struct buffer buffer = buffer_of(sh, BUFFER_PATTERN);
	if (expand_parts(&buffer, word, BYTE_PLAIN) < 0)
		return -1;
	*ret_pattern = buffer_pattern(&buffer);
	return 0;
}

/* ---- assignments ---- */

/* Whether nothing in a part can change a variable. */
static bool is_harmless(const struct part *part)
{
	if (part->kind == PART_ARITHMETIC)
		return false;
	if (part->kind != PART_PARAMETER)
		return true;
	return part->parameter->action <= PARAMETER_LENGTH || part->parameter->word == NULL ||
	       part->parameter->word->literal != NULL;
}

/* Whether the value begins with the variable itself, so that the rest can be appended to it. */
static bool is_appending(const struct assignment *assignment, const struct symbol *symbol)
{
	const struct word *value = assignment->value;

	if (value->n_parts < 2 || value->parts[0].kind != PART_PARAMETER)
		return false;
	const struct parameter *first = value->parts[0].parameter;
	if (first->special != 0 || first->action != PARAMETER_VALUE ||
		first->name_length != symbol->length ||
		memcmp(first->name, symbol->name, symbol->length) != 0)
		return false;
	for (uint32_t i = 1; i < value->n_parts; i++) {
		const struct part *part = &value->parts[i];
		bool assigns = part->kind == PART_PARAMETER &&
			       part->parameter->action == PARAMETER_ASSIGN;
		if (assigns || !is_harmless(part))
			return false;
	}
	return variable_is_set(&symbol->variable) && symbol->variable.hook == HOOK_NONE;
}

static int append(struct shell *sh, const struct assignment *assignment, struct symbol *symbol)
{
	const struct word *value = assignment->value;
	struct word rest = { .n_parts = value->n_parts - 1, .parts = value->parts + 1 };
	const char *text;
	size_t length;

	if (expand_string(sh, &rest, &text, &length) < 0)
		return -1;
	return variable_append(sh, symbol, text, length, assignment->place);
}

static int assign_number(
	struct shell *sh, const struct assignment *assignment, struct symbol *symbol)
{
	int64_t number;

	if (expand_arithmetic(sh, assignment->value->parts, &number) < 0)
		return -1;
	return variable_set_number(sh, symbol, number, assignment->place);
}

static int assign_string(
	struct shell *sh, const struct assignment *assignment, struct symbol *symbol)
{
	struct parameter_value view;
	size_t length;
	const char *text;

	if (view_of(sh, assignment->value, &view))
		return variable_set(sh, symbol, view.text, view.length, assignment->place);
	if (expand_string(sh, assignment->value, &text, &length) < 0)
		return -1;
	return variable_set(sh, symbol, text, length, assignment->place);
}

int expand_assignment(struct shell *sh, const struct assignment *assignment, struct symbol *symbol)
{
	const struct word *value = assignment->value;
	int r;

	/* What is undone behind a command substitution must not take it away. */
	symbol->holders++;
	if (value->n_parts == 1 && value->parts[0].kind == PART_ARITHMETIC)
		r = assign_number(sh, assignment, symbol);
	else if (is_appending(assignment, symbol))
		r = append(sh, assignment, symbol);
	else
		r = assign_string(sh, assignment, symbol);
	symbol->holders--;
	if (r < 0)
		sh->status = EXPAND_ERROR;
	return r;
}
