/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/ast.h"
#include "sh/input.h"

/*
 * Text becomes a tree (XCU 2.3, 2.4, 2.10): lexer.c makes tokens, with aliases put in, words and
 * here-documents; parser.c makes commands. $( ) is parsed here, not when it is run.
 */
struct parser;

/* Takes commands from an input, which stays the caller's. */
struct parser *parser_new(struct shell *sh, struct input *input);
void parser_free(struct parser *parser);

enum parsed {
	PARSED,       /* *ret_program is the caller's, see program_drop(); its body may be NULL */
	PARSED_END,   /* there is no more */
	PARSED_ERROR, /* said already: name, line, column; an open quote or a missing `fi` names the
			 place where it was opened */
	PARSED_FAILED,     /* the input could not be read; said already */
	PARSED_INTERRUPTED /* a signal came at the prompt: what was typed is forgotten */
};

/* The next complete command: up to a newline outside of anything. */
enum parsed parser_next(struct parser *parser, struct program **ret_program);

/* All of a string as one program, for eval, traps, `.` on small files: aliases that it defines
   count from its next call on. */
enum parsed parse_string(struct shell *sh, struct source *source, const char *text, size_t length,
	struct program **ret_program);

/*
 * $( ) is parsed without aliases (XCU 2.2.3). Whether its body is what would be run nevertheless;
 * if not, its text must be parsed again when it is run, by run_string().
 */
bool substitution_is_parsed(
	const struct shell *sh, const struct command_substitution *substitution);

/* Text as in double quotes (PS1, ENV, ...): a word, in the arena; NULL: an error, not said. */
struct word *parse_double_quoted(
	struct shell *sh, struct arena *arena, const char *text, size_t length);

/*
 * The text of a PART_TEXT, piece by piece: each is a word, valid until the next one is asked for;
 * NULL behind the last. text must stay where it is. To be freed by parser_free().
 */
struct parser *parser_of_text(
	struct shell *sh, const char *text, size_t length, struct place place);
const struct word *parser_next_piece(struct parser *parser);

/* ---- lexical facts that others need (lexer_facts.c, pure) ---- */

bool is_name(const char *text, size_t length);
/* Whether text begins with NAME=; returns the length of the name, 0: it does not. */
size_t assignment_name(const char *text, size_t length);
/* if, then, {, !, ...: */
bool is_reserved_word(const char *text, size_t length);
