/* SPDX-License-Identifier: MIT */
/* Any words without command substitutions are expanded in every way that there is. The first byte
   chooses IFS, the positional parameters and options. */

#include "target.h"

#include "sh/expand.h"
#include "sh/parser.h"
#include "sh/shell.h"

#include <string.h>

#define LONGEST_TEXT 2000

static const char *const separators[] = { " \t\n", "", ":", " :", "x \xc3\xa9", "0123456789-", "*",
	"\\" };

static void set(struct shell *sh, const char *name, const char *value)
{
	CHECK(variable_put(sh, name, value) == 0);
}

static struct shell *begin(unsigned choice)
{
	static char locale[] = "LC_ALL=C.UTF-8", home[] = "HOME=/home/a b/";
	static char first[] = " one two:", second[] = "", third[] = ":*\\[a-z]?\xc3\xa9";
	char *environment[] = { home, choice & 64 ? locale : NULL, NULL };
	char *parameters[] = { first, second, third };
	struct shell *sh = shell_new();

	variables_begin(sh, environment);
	set(sh, "a", " b  c: d:*");
	set(sh, "b", "");
	set(sh, "c", "\\*[a-\\]x]");
	set(sh, "d", "12");
	set(sh, "IFS", separators[choice & 7]);
	parameters_set(sh, parameters, choice >> 3 & 3);
	sh->options[OPTION_NOGLOB] = true;
	sh->options[OPTION_NOUNSET] = choice & 32;
	return sh;
}

/* ---- what is left out ---- */

static bool is_command(const struct part *part)
{
	return part->kind == PART_COMMAND;
}

/* Whether it changes variables. */
static bool has_effects(const struct part *part)
{
	return part->kind == PART_ARITHMETIC ||
	       (part->kind == PART_PARAMETER && part->parameter->action == PARAMETER_ASSIGN);
}

static bool has(const struct word *word, bool (*is_such)(const struct part *part))
{
	for (uint32_t i = 0; word && i < word->n_parts; i++) {
		const struct part *part = &word->parts[i];
		if (is_such(part) ||
			(part->kind == PART_PARAMETER && has(part->parameter->word, is_such)) ||
			(part->kind == PART_ARITHMETIC && has(part->arithmetic->text, is_such)))
			return true;
	}
	return false;
}

/* ---- checks ---- */

static void check_fields(struct shell *sh, struct word *const *words, size_t n)
{
	struct fields fields;

	fields_init(&fields, &sh->scratch);
	if (expand_words(sh, words, n, &fields) < 0) {
		CHECK(sh->status != 0);
		return;
	}
	char **items = fields_end(&fields);
	for (size_t i = 0; i < fields.n; i++)
		CHECK(strlen(items[i]) < (size_t)1 << 24);
	CHECK(items[fields.n] == NULL);
}

static void check_word(struct shell *sh, const struct word *word)
{
	struct pattern pattern;
	const char *text;
	size_t length, found;

	if (expand_string(sh, word, &text, &length) < 0)
		return;
	CHECK(text[length] == '\0' && strlen(text) == length);
	if (expand_pattern(sh, word, &pattern) < 0)
		return;
	(void)pattern_matches(&pattern, text, length);
	if (pattern_prefix(&pattern, text, length, true, &found))
		CHECK(found <= length);
}

static void check_assignment(struct shell *sh, const struct assignment *assignment)
{
	const char *text;
	size_t length, value_length;

	/* The value is what the word is as a string, however it was set. */
	if (expand_string(sh, assignment->value, &text, &length) < 0)
		return;
	struct symbol *symbol = symbol_get(&sh->symbols, assignment->name, assignment->name_length);
	if (expand_assignment(sh, assignment, symbol) < 0)
		return;
	const char *value = variable_value(sh, symbol, &value_length);
	CHECK(value != NULL && strlen(value) == value_length);
	if (!has(assignment->value, has_effects))
		CHECK(value_length == length && memcmp(value, text, length) == 0);
}

static void check_command(struct shell *sh, const struct node *node)
{
	const struct simple_node *simple = (const struct simple_node *)node;

	if (!node || node->kind != NODE_SIMPLE)
		return;
	for (uint32_t i = 0; i < simple->n_words; i++)
		if (has(simple->words[i], is_command))
			return;
	for (uint32_t i = 0; i < simple->n_assignments; i++)
		if (has(simple->assignments[i].value, is_command))
			return;
	check_fields(sh, simple->words, simple->n_words);
	for (uint32_t i = 0; i < simple->n_words; i++)
		check_word(sh, simple->words[i]);
	for (uint32_t i = 0; i < simple->n_assignments; i++)
		check_assignment(sh, &simple->assignments[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[LONGEST_TEXT + 1];
	struct program *program;

	if (size < 1 || size > LONGEST_TEXT || memchr(data, '\0', size))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	struct shell *sh = begin(data[0]);
	struct source *source = source_new(SOURCE_STRING, "fuzz", text, size - 1);
	if (parse_string(sh, source, text, size - 1, &program) == PARSED) {
		check_command(sh, program->body);
		program_drop(program);
	}
	source_drop(source);
	shell_free(sh);
	return 0;
}
