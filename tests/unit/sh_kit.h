/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A shell that only parses, for the tests of lexer, parser and printer; and trees as texts in which
 * everything that counts can be seen.
 */

#include "common/text.h"
#include "sh/expand.h"
#include "sh/input.h"
#include "sh/jobs.h"
#include "sh/parser.h"
#include "sh/print.h"
#include "sh/reader.h"
#include "sh/redirect.h"
#include "sh/shell.h"
#include "sh/traps.h"
#include "sh/undo.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- what the front end asks the rest of the shell for ---- */

/* Of a test: what was said last, with its place before it. */
static char kit_said[400];

void shell_error_at(
	struct shell *sh, const struct source *source, struct place place, const char *format, ...)
{
	va_list arguments;
	int n = snprintf(kit_said, sizeof kit_said, "%u:%u: ", place.line, place.column);

	(void)sh;
	(void)source;
	va_start(arguments, format);
	(void)vsnprintf(kit_said + n, sizeof kit_said - (size_t)n, format, arguments);
	va_end(arguments);
}

void undo_save_alias(struct shell *sh, struct symbol *symbol)
{
	(void)sh;
	(void)symbol;
}

int reader_byte(struct shell *sh, unsigned char delimiter)
{
	(void)sh;
	(void)delimiter;
	return -1;
}

size_t reader_run(struct shell *sh, unsigned char delimiter, const char **ret_bytes)
{
	(void)sh;
	(void)delimiter;
	(void)ret_bytes;
	return 0;
}

int traps_wait_readable(struct shell *sh, int fd, bool is_continued, bool tells_children)
{
	(void)sh;
	(void)fd;
	(void)is_continued;
	(void)tells_children;
	return 0;
}

const char *traps_get(const struct shell *sh, int number)
{
	(void)sh;
	(void)number;
	return NULL;
}

bool jobs_notify(struct shell *sh, bool is_behind)
{
	(void)sh;
	(void)is_behind;
	return false;
}

int fd_move_high(int fd)
{
	return fd;
}

const char *variable_get(struct shell *sh, const char *name)
{
	(void)sh;
	(void)name;
	return NULL;
}

const char *expand_prompt(struct shell *sh, const char *text, bool is_primary)
{
	(void)sh;
	(void)is_primary;
	return text;
}

int output_flush(struct shell *sh)
{
	(void)sh;
	return 0;
}

/* ---- trees as text ---- */

static void dump_node(struct text *text, const struct node *node);
static void dump_word(struct text *text, const struct word *word);

static void dump_parameter(struct text *text, const struct parameter *parameter)
{
	static const char *const actions[] = { "", "length", "-", "=", "?", "+", "#", "##", "%",
		"%%", "bad" };

	text_format(text, "${%s", parameter->name);
	if (parameter->special)
		text_format(text, " special=%c%u", parameter->special, parameter->number);
	text_format(text, "%s%s%s", parameter->has_braces ? "" : " bare",
		parameter->action ? " " : "", parameter->has_colon ? ":" : "");
	text_string(text, actions[parameter->action]);
	if (parameter->word) {
		text_string(text, " ");
		dump_word(text, parameter->word);
	}
	text_string(text, "}");
}

static void dump_part(struct text *text, const struct part *part)
{
	text_string(text, part->is_quoted ? "q" : "");
	switch (part->kind) {
	case PART_LITERAL:
		text_string(text, "<");
		text_add(text, part->text, part->length);
		text_string(text, ">");
		break;
	case PART_TILDE:
		text_format(text, "~<%s>", part->text);
		break;
	case PART_TEXT:
		text_format(text, "text %zu <%.16s>", (size_t)part->length, part->text);
		break;
	case PART_PARAMETER:
		dump_parameter(text, part->parameter);
		break;
	case PART_COMMAND:
		text_string(text, "$(");
		if (part->command->body)
			dump_node(text, part->command->body);
		text_string(text, ")");
		break;
	default:
		text_string(text, part->arithmetic->tree ? "$((" : "$((?");
		dump_word(text, part->arithmetic->text);
		text_string(text, "))");
		break;
	}
}

static void dump_word(struct text *text, const struct word *word)
{
	text_format(text, "[%s%s", word->is_pattern ? "*" : "", word->literal ? "=" : "");
	for (uint32_t i = 0; i < word->n_parts; i++)
		dump_part(text, &word->parts[i]);
	text_string(text, "]");
}

static void dump_redirections(struct text *text, const struct redirection *redirection)
{
	static const char *const signs[] = { "<", ">", ">|", ">>", "<>", "<&", ">&", "<<" };

	for (; redirection; redirection = redirection->next) {
		text_format(text, " %d%s%s%s", redirection->fd, redirection->has_fd ? "!" : "",
			signs[redirection->kind], redirection->strips_tabs ? "-" : "");
		dump_word(text, redirection->word);
		if (redirection->body) {
			text_string(text, redirection->word->is_quoted ? "raw" : "");
			dump_word(text, redirection->body);
		}
	}
}

static void dump_words(struct text *text, struct word *const *words, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		text_string(text, i > 0 ? " " : "");
		dump_word(text, words[i]);
	}
}

static void dump_simple(struct text *text, const struct simple_node *node)
{
	text_string(text, node->is_declaration ? "declare(" : "simple(");
	for (uint32_t i = 0; i < node->n_assignments; i++) {
		text_format(text, "%s:=", node->assignments[i].name);
		dump_word(text, node->assignments[i].value);
		text_string(text, " ");
	}
	dump_words(text, node->words, node->n_words);
}

static void dump_case(struct text *text, const struct case_node *node)
{
	text_string(text, "case(");
	dump_word(text, node->word);
	for (const struct case_item *item = node->items; item; item = item->next) {
		text_string(text, " (");
		dump_words(text, item->patterns, item->n_patterns);
		text_string(text, ") ");
		if (item->body)
			dump_node(text, item->body);
		text_string(text, item->end == CASE_FALL ? ";&" : ";;");
	}
}

static void dump_list(struct text *text, const struct node *node)
{
	static const char *const signs[] = { [NODE_AND] = " && ",
		[NODE_OR] = " || ",
		[NODE_SEQUENCE] = "; ",
		[NODE_ASYNC] = " & " };
	unsigned first = node->kind;

	/* Lists lean to the right. */
	for (;;) {
		const struct binary_node *binary = (const struct binary_node *)node;
		bool is_binary = node->kind >= NODE_AND && node->kind <= NODE_ASYNC &&
				 (node->kind <= NODE_OR) == (first <= NODE_OR);
		dump_node(text, is_binary ? binary->left : node);
		if (!is_binary)
			return;
		text_string(text, signs[node->kind]);
		node = binary->right;
		if (!node)
			return;
	}
}

/* By a loop: there may be very many elifs. */
static void dump_if(struct text *text, const struct if_node *node)
{
	const struct node *otherwise;

	text_string(text, "if(");
	for (;; node = (const struct if_node *)otherwise) {
		dump_node(text, node->condition);
		text_string(text, " then ");
		dump_node(text, node->body);
		otherwise = node->otherwise;
		if (!otherwise)
			return;
		text_string(text, " else ");
		if (otherwise->kind != NODE_IF || !((const struct if_node *)otherwise)->is_elif)
			break;
		text_string(text, "elif ");
	}
	dump_node(text, otherwise);
}

static void dump_compound(struct text *text, const struct node *node)
{
	const struct for_node *loop = (const struct for_node *)node;
	const struct while_node *turns = (const struct while_node *)node;

	switch (node->kind) {
	case NODE_GROUP:
	case NODE_SUBSHELL:
		text_string(text, node->kind == NODE_GROUP ? "group(" : "subshell(");
		dump_node(text, ((const struct group_node *)node)->body);
		break;
	case NODE_FOR:
		text_format(text, "for(%s%s ", loop->name, loop->has_words ? " in" : "");
		dump_words(text, loop->words, loop->n_words);
		text_string(text, " do ");
		dump_node(text, loop->body);
		break;
	case NODE_CASE:
		dump_case(text, (const struct case_node *)node);
		break;
	case NODE_IF:
		dump_if(text, (const struct if_node *)node);
		break;
	case NODE_WHILE:
		text_string(text, turns->is_until ? "until(" : "while(");
		dump_node(text, turns->condition);
		text_string(text, " do ");
		dump_node(text, turns->body);
		break;
	default: {
		const struct function_node *function = (const struct function_node *)node;
		text_format(text, "function(%s ", function->name);
		dump_node(text, function->body);
		break;
	}
	}
}

static void dump_node(struct text *text, const struct node *node)
{
	const struct pipeline_node *pipeline = (const struct pipeline_node *)node;

	switch (node->kind) {
	case NODE_AND:
	case NODE_OR:
	case NODE_SEQUENCE:
	case NODE_ASYNC:
		dump_list(text, node);
		return;
	case NODE_PIPELINE:
		text_string(text, pipeline->is_negated ? "!pipe(" : "pipe(");
		for (uint32_t i = 0; i < pipeline->n; i++) {
			text_string(text, i > 0 ? " | " : "");
			dump_node(text, pipeline->commands[i]);
		}
		break;
	case NODE_SIMPLE:
		dump_simple(text, (const struct simple_node *)node);
		break;
	default:
		dump_compound(text, node);
		break;
	}
	dump_redirections(text, node->redirections);
	text_string(text, ")");
}

/* ---- parsing ---- */

static void kit_begin(struct shell *sh)
{
	memset(sh, 0, sizeof *sh);
	symbols_init(&sh->symbols);
}

static void kit_end(struct shell *sh)
{
	symbols_done(&sh->symbols);
	arena_done(&sh->scratch);
}

/* All of a text as one list of trees, and printed as shell text. Returns whether it can be
   parsed. */
static bool kit_parse(struct shell *sh, const char *bytes, size_t length, struct text *trees,
	struct text *printed)
{
	struct source *source = source_new(SOURCE_STRING, "test", NULL, 0);
	struct input *input = input_of_string(source, bytes, length);
	struct parser *parser = parser_new(sh, input);
	struct program *program;
	enum parsed parsed;

	kit_said[0] = '\0';
	while ((parsed = parser_next(parser, &program)) == PARSED) {
		if (program->body) {
			/* Lines and lists are the same. */
			if (trees->length > 0 && trees->bytes[trees->length - 1] != ' ')
				text_string(trees, "; ");
			dump_node(trees, program->body);
			print_node(printed, program->body);
		}
		program_drop(program);
	}
	parser_free(parser);
	input_free(input);
	source_drop(source);
	return parsed == PARSED_END;
}
