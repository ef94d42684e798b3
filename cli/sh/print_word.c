/* SPDX-License-Identifier: MIT */
/* Words as shell text. */
#include "sh/lexer_class.h"
#include "sh/print_parts.h"

#include <string.h>

/* What stands around the part. */
enum around {
	AROUND_NOTHING,
	AROUND_BRACES,        /* ${x-...} */
	AROUND_QUOTES,        /* "..." */
	AROUND_QUOTED_BRACES, /* "${x-...}" */
	AROUND_HERE           /* a here-document, or $(( )) */
};

static void print_parts(struct printer *printer, const struct word *word, enum around around);

static const char *escaped_characters(enum around around)
{
	if (around == AROUND_QUOTES)
		return "$`\\\"";
	return around == AROUND_QUOTED_BRACES ? "$`\\\"}" : "$`\\";
}

static void print_escaped(struct printer *printer, const struct part *part, enum around around)
{
	const char *escaped = escaped_characters(around);

	for (uint32_t i = 0; i < part->length; i++) {
		if (strchr(escaped, part->text[i]) != NULL)
			text_add(printer->text, "\\", 1);
		text_add(printer->text, part->text + i, 1);
	}
}

static void print_parameter(
	struct printer *printer, const struct parameter *parameter, enum around around)
{
	static const char *const signs[] = {
		[PARAMETER_VALUE] = "",
		[PARAMETER_LENGTH] = "",
		[PARAMETER_DEFAULT] = "-",
		[PARAMETER_ASSIGN] = "=",
		[PARAMETER_ERROR] = "?",
		[PARAMETER_ALTERNATIVE] = "+",
		[PARAMETER_CUT_SHORTEST_PREFIX] = "#",
		[PARAMETER_CUT_LONGEST_PREFIX] = "##",
		[PARAMETER_CUT_SHORTEST_SUFFIX] = "%",
		[PARAMETER_CUT_LONGEST_SUFFIX] = "%%",
		[PARAMETER_BAD] = "",
	};

	if (!parameter->has_braces) {
		text_format(printer->text, "$%s", parameter->name);
		return;
	}
	text_format(printer->text, "${%s%s%s%s", parameter->action == PARAMETER_LENGTH ? "#" : "",
		parameter->name, parameter->has_colon ? ":" : "", signs[parameter->action]);
	bool is_pattern = parameter->action >= PARAMETER_CUT_SHORTEST_PREFIX &&
			  parameter->action <= PARAMETER_CUT_LONGEST_SUFFIX;
	bool is_quoted = around != AROUND_NOTHING && around != AROUND_BRACES && !is_pattern;
	if (parameter->word != NULL)
		print_parts(
			printer, parameter->word, is_quoted ? AROUND_QUOTED_BRACES : AROUND_BRACES);
	text_string(printer->text, "}");
}

static void print_part(struct printer *printer, const struct part *part, enum around around)
{
	switch (part->kind) {
	case PART_LITERAL:
		if (part->is_quoted)
			print_escaped(printer, part, around);
		else
			text_add(printer->text, part->text, part->length);
		break;
	case PART_TEXT:
		text_add(printer->text, part->text, part->length);
		break;
	case PART_TILDE:
		text_format(printer->text, "~%s", part->text);
		break;
	case PART_PARAMETER:
		print_parameter(printer, part->parameter, around);
		break;
	case PART_COMMAND:
		text_string(printer->text, "$(");
		printer_substitution(printer, part->command->body);
		text_string(printer->text, ")");
		break;
	default:
		text_string(printer->text, "$((");
		print_parts(printer, part->arithmetic->text, AROUND_HERE);
		text_string(printer->text, "))");
		break;
	}
}

/* Whether a part that follows would become part of the name. */
static bool would_join(const struct part *before, const struct part *part)
{
	return before->kind == PART_PARAMETER && !before->parameter->has_braces &&
	       before->parameter->special == 0 && part->kind == PART_LITERAL && part->length > 0 &&
	       byte_is(part->text[0], BYTE_NAME);
}

static bool is_empty(const struct part *part)
{
	return part->kind == PART_LITERAL && part->length == 0;
}

/* Parts that all stand in quotes already. */
static void print_quoted_parts(
	struct printer *printer, const struct part *parts, uint32_t n, enum around around)
{
	for (uint32_t i = 0; i < n; i++) {
		bool is_joined = i > 0 && would_join(&parts[i - 1], &parts[i]);
		if ((is_joined || is_empty(&parts[i])) && around != AROUND_HERE)
			text_string(printer->text, "\"\"");
		print_part(printer, &parts[i], around);
	}
}

static void print_single(struct printer *printer, const char *text, size_t length)
{
	text_string(printer->text, "'");
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\'')
			text_string(printer->text, "'\\''");
		else
			text_add(printer->text, text + i, 1);
	}
	text_string(printer->text, "'");
}

/* Quoted parts side by side. */
static void print_run(struct printer *printer, const struct part *parts, uint32_t n, bool is_plain)
{
	const struct text *text = printer->text;
	bool after_dollar = text->length > 0 && text->bytes[text->length - 1] == '$';

	/* $' means something else. */
	if (is_plain && !after_dollar) {
		print_single(printer, parts[0].text, parts[0].length);
		return;
	}
	text_string(printer->text, "\"");
	print_quoted_parts(printer, parts, n, AROUND_QUOTES);
	text_string(printer->text, "\"");
}

/* How many parts from here on can stand in the same quotes. */
static uint32_t run_length(const struct part *parts, uint32_t n)
{
	uint32_t i = 1;

	if (is_empty(&parts[0]))
		return 1;
	while (i < n && parts[i].is_quoted && !is_empty(&parts[i]) &&
		!would_join(&parts[i - 1], &parts[i]))
		i++;
	return i;
}

/* Behind an unquoted $ that means nothing, $( would become $$. */
static void print_backquoted(struct printer *printer, const struct part *part)
{
	struct text text = { 0 };
	struct printer inner = { .text = &text, .is_short = printer->is_short };

	printer_substitution(&inner, part->command->body);
	text_string(printer->text, "`");
	for (size_t i = 0; i < text.length; i++) {
		if (strchr("$`\\", text.bytes[i]) != NULL)
			text_add(printer->text, "\\", 1);
		text_add(printer->text, text.bytes + i, 1);
	}
	text_string(printer->text, "`");
	text_done(&text);
}

static bool ends_in_dollar(const struct part *part)
{
	return part->kind == PART_LITERAL && !part->is_quoted && part->length > 0 &&
	       part->text[part->length - 1] == '$';
}

static void print_parts(struct printer *printer, const struct word *word, enum around around)
{
	if (around != AROUND_NOTHING && around != AROUND_BRACES) {
		print_quoted_parts(printer, word->parts, word->n_parts, around);
		return;
	}
	for (uint32_t i = 0; i < word->n_parts;) {
		const struct part *part = &word->parts[i];
		if (!part->is_quoted) {
			if (part->kind == PART_COMMAND && i > 0 && ends_in_dollar(part - 1))
				print_backquoted(printer, part);
			else
				print_part(printer, part, around);
			i++;
			continue;
		}
		uint32_t n = run_length(part, word->n_parts - i);
		print_run(printer, part, n, n == 1 && part->kind == PART_LITERAL);
		i += n;
	}
}

void printer_word(struct printer *printer, const struct word *word)
{
	printer_put(printer, "");
	print_parts(printer, word, AROUND_NOTHING);
}

void printer_here(struct printer *printer, const struct word *word)
{
	print_parts(printer, word, AROUND_HERE);
}

void print_word(struct text *text, const struct word *word)
{
	struct printer printer = { .text = text, .is_inline = true };

	printer_word(&printer, word);
}

/* ---- strings ---- */

void print_always_quoted(struct text *text, const char *string)
{
	struct printer printer = { .text = text };

	print_single(&printer, string, strlen(string));
}

void print_quoted(struct text *text, const char *string)
{
	size_t length = strlen(string);
	size_t n = 0;

	while (n < length &&
		(byte_is(string[n], BYTE_NAME) || strchr("-./:,+@%=", string[n]) != NULL))
		n++;
	if (n == length && length > 0)
		text_add(text, string, length);
	else
		print_always_quoted(text, string);
}
