/* SPDX-License-Identifier: MIT */
/* Commands as shell text. */
#include "sh/lexer_class.h"
#include "sh/print_parts.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

static void print_command(struct printer *printer, const struct node *node);

/* ---- lines ---- */

void printer_put(struct printer *printer, const char *string)
{
	if (printer->is_fresh) {
		for (unsigned i = 0; i < printer->indent; i++)
			text_add(printer->text, "\t", 1);
	}
	printer->is_fresh = false;
	printer->after_async = false;
	text_string(printer->text, string);
}

static void print_here(struct printer *printer, const struct redirection *redirection)
{
	struct text *text = printer->text;
	const struct word *body = redirection->body;
	size_t start = text->length;
	struct printer inner = { .text = text, .is_inline = true };

	/* Its lines may still be to come: of a substitution within an alias. */
	if (body && redirection->word->is_quoted)
		text_add(text, body->literal, body->literal_length);
	else if (body)
		printer_here(&inner, body);
	free(inner.here);
	if (text->length > start && text->bytes[text->length - 1] != '\n')
		text_add(text, "\n", 1);
	for (uint32_t i = 0; i < redirection->word->n_parts; i++) {
		struct part part = redirection->word->parts[i];
		part.is_quoted = false;
		print_word(text, &(struct word){ .parts = &part, .n_parts = 1 });
	}
	text_add(text, "\n", 1);
}

static void end_line(struct printer *printer)
{
	text_add(printer->text, "\n", 1);
	for (size_t i = 0; i < printer->n_here; i++)
		print_here(printer, printer->here[i]);
	printer->n_here = 0;
	printer->is_fresh = true;
	printer->after_async = false;
}

/* Between commands in one line, if that is possible. */
static void separate(struct printer *printer)
{
	if (printer->n_here > 0)
		end_line(printer);
	else
		printer_put(printer, printer->after_async ? " " : "; ");
}

/* ---- redirections ---- */

static void expect_here(struct printer *printer, const struct redirection *redirection)
{
	if (printer->n_here == printer->here_size) {
		printer->here_size = printer->here_size ? printer->here_size * 2 : 4;
		printer->here = memory_resize(printer->here, printer->here_size * sizeof(void *));
	}
	printer->here[printer->n_here++] = redirection;
}

static void print_redirection(struct printer *printer, const struct redirection *redirection)
{
	static const char *const signs[] = {
		[REDIRECTION_READ] = "<",
		[REDIRECTION_WRITE] = ">",
		[REDIRECTION_CLOBBER] = ">|",
		[REDIRECTION_APPEND] = ">>",
		[REDIRECTION_READ_WRITE] = "<>",
		[REDIRECTION_COPY_IN] = "<&",
		[REDIRECTION_COPY_OUT] = ">&",
		[REDIRECTION_HERE] = "<<",
	};

	if (redirection->has_fd)
		text_format(printer->text, "%d", redirection->fd);
	text_string(printer->text, signs[redirection->kind]);
	if (redirection->kind != REDIRECTION_HERE) {
		printer_word(printer, redirection->word);
		return;
	}
	if (redirection->strips_tabs)
		text_string(printer->text, "-");
	size_t end = printer->text->length;
	printer_word(printer, redirection->word);
	/* << -END is not <<-END. */
	if (printer->text->bytes[end] == '-') {
		text_add(printer->text, " ", 1);
		memmove(printer->text->bytes + end + 1, printer->text->bytes + end,
			printer->text->length - end - 1);
		printer->text->bytes[end] = ' ';
	}
	if (printer->is_short)
		text_string(printer->text, "...");
	else
		expect_here(printer, redirection);
}

static void print_redirections(
	struct printer *printer, const struct redirection *redirection, bool is_first)
{
	for (; redirection != NULL; redirection = redirection->next) {
		printer_put(printer, is_first ? "" : " ");
		print_redirection(printer, redirection);
		is_first = false;
	}
}

/* ---- lists ---- */

static const struct binary_node *as_binary(const struct node *node, bool is_list)
{
	bool is_one = is_list ? node->kind == NODE_SEQUENCE || node->kind == NODE_ASYNC
			      : node->kind == NODE_AND || node->kind == NODE_OR;

	return is_one ? (const struct binary_node *)node : NULL;
}

static void print_and_or(struct printer *printer, const struct node *node)
{
	const struct binary_node *binary;

	while ((binary = as_binary(node, false)) != NULL) {
		print_command(printer, binary->left);
		printer_put(printer, node->kind == NODE_AND ? " && " : " || ");
		node = binary->right;
	}
	print_command(printer, node);
}

static void print_list(struct printer *printer, const struct node *node, bool is_inline)
{
	const struct binary_node *binary;

	while (node != NULL) {
		binary = as_binary(node, true);
		print_and_or(printer, binary ? binary->left : node);
		if (node->kind == NODE_ASYNC) {
			printer_put(printer, " &");
			printer->after_async = true;
		}
		node = binary ? binary->right : NULL;
		if (node == NULL)
			break;
		if (is_inline)
			separate(printer);
		else
			end_line(printer);
	}
}

/* A condition, and what separates it from the word that follows. */
static void print_condition(struct printer *printer, const struct node *node)
{
	print_list(printer, node, true);
	separate(printer);
}

/* A body, so that a reserved word can follow. */
static void print_body(struct printer *printer, const struct node *node)
{
	if (printer->is_inline) {
		printer_put(printer, " ");
		print_condition(printer, node);
		return;
	}
	end_line(printer);
	printer->indent++;
	print_list(printer, node, false);
	printer->indent--;
	end_line(printer);
}

/* Whether the text of the node begins with a parenthesis. */
static bool begins_with_subshell(const struct node *node)
{
	while (node->kind != NODE_SUBSHELL) {
		const struct binary_node *binary = as_binary(node, true);
		if (binary == NULL)
			binary = as_binary(node, false);
		const struct pipeline_node *pipeline = (const struct pipeline_node *)node;
		if (binary != NULL)
			node = binary->left;
		else if (node->kind == NODE_PIPELINE && !pipeline->is_negated)
			node = pipeline->commands[0];
		else
			return false;
	}
	return true;
}

void printer_substitution(struct printer *printer, const struct node *body)
{
	struct printer inner = {
		.text = printer->text,
		.is_inline = true,
		.is_short = printer->is_short,
	};

	if (body == NULL)
		return;
	if (begins_with_subshell(body))
		printer_put(&inner, " ");
	print_list(&inner, body, true);
	if (inner.n_here > 0)
		end_line(&inner);
	free(inner.here);
}

/* ---- commands ---- */

static void print_simple(struct printer *printer, const struct simple_node *node)
{
	bool is_first = true;

	for (uint32_t i = 0; i < node->n_assignments; i++) {
		const struct assignment *assignment = &node->assignments[i];
		printer_put(printer, is_first ? "" : " ");
		text_format(printer->text, "%s=", assignment->name);
		printer_word(printer, assignment->value);
		is_first = false;
	}
	/* A reserved word behind a redirection is none. */
	const struct word *word = node->n_words > 0 ? node->words[0] : NULL;
	bool is_guarded = word != NULL && is_first && word->literal != NULL && !word->is_quoted &&
			  reserved_of(word->literal, word->literal_length) != RESERVED_NONE;
	if (is_guarded) {
		print_redirections(printer, node->node.redirections, is_first);
		is_first = false;
	}
	for (uint32_t i = 0; i < node->n_words; i++) {
		printer_put(printer, is_first ? "" : " ");
		printer_word(printer, node->words[i]);
		is_first = false;
	}
	if (!is_guarded)
		print_redirections(printer, node->node.redirections, is_first);
}

static void print_pipeline(struct printer *printer, const struct pipeline_node *node)
{
	if (node->is_negated)
		printer_put(printer, "! ");
	for (uint32_t i = 0; i < node->n; i++) {
		if (i > 0)
			printer_put(printer, " | ");
		print_command(printer, node->commands[i]);
	}
}

static void print_subshell(struct printer *printer, const struct group_node *node)
{
	printer_put(printer, begins_with_subshell(node->body) ? "( " : "(");
	print_list(printer, node->body, true);
	if (printer->n_here > 0)
		end_line(printer);
	printer_put(printer, ")");
}

static void print_words(
	struct printer *printer, struct word *const *words, uint32_t n, const char *separator)
{
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			printer_put(printer, separator);
		printer_word(printer, words[i]);
	}
}

static void print_for(struct printer *printer, const struct for_node *node)
{
	printer_put(printer, "for ");
	printer_put(printer, node->name);
	if (node->has_words) {
		printer_put(printer, node->n_words > 0 ? " in " : " in");
		print_words(printer, node->words, node->n_words, " ");
	}
	separate(printer);
	printer_put(printer, "do");
	print_body(printer, node->body);
	printer_put(printer, "done");
}

static void print_item(struct printer *printer, const struct case_item *item)
{
	const struct word *first = item->patterns[0];
	bool is_esac = first->literal != NULL && !first->is_quoted &&
		       strcmp(first->literal, "esac") == 0;
	const char *end = item->end == CASE_FALL ? ";&" : ";;";

	printer_put(printer, is_esac ? "(" : "");
	print_words(printer, item->patterns, item->n_patterns, " | ");
	printer_put(printer, ")");
	if (!printer->is_inline) {
		end_line(printer);
		printer->indent++;
		if (item->body != NULL) {
			print_list(printer, item->body, false);
			end_line(printer);
		}
		printer_put(printer, end);
		printer->indent--;
		end_line(printer);
		return;
	}
	printer_put(printer, " ");
	print_list(printer, item->body, true);
	if (printer->n_here > 0)
		end_line(printer);
	printer_put(printer, end);
	printer_put(printer, " ");
}

static void print_case(struct printer *printer, const struct case_node *node)
{
	printer_put(printer, "case ");
	printer_word(printer, node->word);
	printer_put(printer, " in");
	if (printer->is_inline)
		printer_put(printer, " ");
	else
		end_line(printer);
	for (const struct case_item *item = node->items; item != NULL; item = item->next)
		print_item(printer, item);
	printer_put(printer, "esac");
}

static void print_if(struct printer *printer, const struct if_node *node)
{
	printer_put(printer, "if ");
	for (;;) {
		print_condition(printer, node->condition);
		printer_put(printer, "then");
		print_body(printer, node->body);
		const struct node *otherwise = node->otherwise;
		if (otherwise == NULL)
			break;
		const struct if_node *next = (const struct if_node *)otherwise;
		if (otherwise->kind == NODE_IF && next->is_elif) {
			printer_put(printer, "elif ");
			node = next;
			continue;
		}
		printer_put(printer, "else");
		print_body(printer, otherwise);
		break;
	}
	printer_put(printer, "fi");
}

static void print_while(struct printer *printer, const struct while_node *node)
{
	printer_put(printer, node->is_until ? "until " : "while ");
	print_condition(printer, node->condition);
	printer_put(printer, "do");
	print_body(printer, node->body);
	printer_put(printer, "done");
}

static void print_compound(struct printer *printer, const struct node *node)
{
	switch (node->kind) {
	case NODE_GROUP:
		printer_put(printer, "{");
		print_body(printer, ((const struct group_node *)node)->body);
		printer_put(printer, "}");
		break;
	case NODE_SUBSHELL:
		print_subshell(printer, (const struct group_node *)node);
		break;
	case NODE_FOR:
		print_for(printer, (const struct for_node *)node);
		break;
	case NODE_CASE:
		print_case(printer, (const struct case_node *)node);
		break;
	case NODE_IF:
		print_if(printer, (const struct if_node *)node);
		break;
	default:
		print_while(printer, (const struct while_node *)node);
		break;
	}
	print_redirections(printer, node->redirections, false);
}

static void print_command(struct printer *printer, const struct node *node)
{
	switch (node->kind) {
	case NODE_SIMPLE:
		print_simple(printer, (const struct simple_node *)node);
		break;
	case NODE_PIPELINE:
		print_pipeline(printer, (const struct pipeline_node *)node);
		break;
	case NODE_FUNCTION: {
		const struct function_node *function = (const struct function_node *)node;
		printer_put(printer, function->name);
		printer_put(printer, "() ");
		print_command(printer, function->body);
		break;
	}
	case NODE_SEQUENCE:
	case NODE_ASYNC:
	case NODE_AND:
	case NODE_OR:
		print_list(printer, node, printer->is_inline);
		break;
	default:
		print_compound(printer, node);
		break;
	}
}

void print_node(struct text *text, const struct node *node)
{
	struct printer printer = { .text = text, .is_fresh = true };

	print_list(&printer, node, false);
	end_line(&printer);
	free(printer.here);
}

void print_node_short(struct text *text, const struct node *node)
{
	struct printer printer = { .text = text, .is_inline = true, .is_short = true };

	print_list(&printer, node, true);
	free(printer.here);
}
