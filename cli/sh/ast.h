/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The tree of shell text. It is made by the parser, lies in the arena of its program, and is never
 * changed but for the fields called `cache`, which belong to whoever runs it. Every node says in
 * its comment what its text looks like.
 *
 * Text in the tree ends with a NUL; lengths do not count it.
 */

struct arithmetic_node; /* sh/arith.h */
struct symbol;          /* sh/symbol.h */
struct node;
struct word;

/* ---- words ---- */

/*
 * What the text of a parameter expansion asks for.
 *	${name} $name ${#name} ${name-word} ${name:-word} ${name=word} ${name?word} ${name+word}
 *	${name#word} ${name##word} ${name%word} ${name%%word}
 */
enum parameter_action {
	PARAMETER_VALUE,
	PARAMETER_LENGTH,
	PARAMETER_DEFAULT,             /* - */
	PARAMETER_ASSIGN,              /* = */
	PARAMETER_ERROR,               /* ? */
	PARAMETER_ALTERNATIVE,         /* + */
	PARAMETER_CUT_SHORTEST_PREFIX, /* # */
	PARAMETER_CUT_LONGEST_PREFIX,  /* ## */
	PARAMETER_CUT_SHORTEST_SUFFIX, /* % */
	PARAMETER_CUT_LONGEST_SUFFIX,  /* %% */
	PARAMETER_BAD /* none of these: an error when it is expanded; word is what follows the name
		       */
};

struct parameter {
	const char *name;          /* "x", "10", "@" */
	const struct word *word;   /* of the action; NULL: it has none, or it is empty */
	struct symbol *cache;      /* of the variable */
	uint32_t cache_generation; /* of the table of symbols when cache was looked up */
	uint32_t name_length;
	uint32_t number;
	/* 0: a variable; '0': positional (also $0), its number in `number`; else one of @*#?-$! */
	char special;
	bool has_braces;
	bool has_colon;
	uint8_t action; /* enum parameter_action */
};

/* $( program ) or `program`. */
struct command_substitution {
	struct node *body; /* NULL: empty */
	bool is_backquoted;
	/* Its text mentions `alias` and has several lines: see substitution_is_parsed(). */
	bool may_define_aliases;
	const char *text;
	size_t text_length;
	struct place place; /* of the text's first character */
	/* What an analysis found: see sh/subshell.h. */
	uint8_t cache;
	uint32_t cache_generation;
};

/* $(( expression )) */
struct arithmetic {
	const struct word *text; /* the expression as it is to be expanded, as in double quotes */
	/* NULL: it needs its expansions first. Else the tree of it; names in it are variables. */
	struct arithmetic_node *tree;
};

enum part_kind {
	PART_LITERAL, /* characters; unquoted ones may mean something to a pattern */
	PART_PARAMETER,
	PART_COMMAND,
	PART_ARITHMETIC,
	/* The text of a long here-document: literals, parameters and arithmetic, no commands. It
	   was parsed, but its tree would be many times as large: it is parsed again, piece by
	   piece, when it is expanded. */
	PART_TEXT,
	PART_TILDE /* text is the name behind ~, "" for one's own home; in its place stands a path
		    */
};

struct part {
	uint8_t kind; /* enum part_kind */
	/* Stands in quotes of any kind (also behind a backslash), or in a here-document whose
	   delimiter is not quoted. "" makes a quoted literal of length 0. */
	bool is_quoted;
	uint32_t length;
	struct place place;
	union {
		const char *text; /* LITERAL, TEXT, TILDE */
		struct parameter *parameter;
		struct command_substitution *command;
		struct arithmetic *arithmetic;
	};
};

#define MOST_PARTS ((1u << 29) - 1) /* memory ends before that */

/* One word. */
struct word {
	/*
	 * Not NULL: all that the word can ever be is this text; no expansion, field splitting or
	 * pathname expansion changes it. (As a pattern it may still not be one: parts say what was
	 * quoted.)
	 */
	const char *literal;
	const struct part *parts;
	struct place place;
	uint32_t literal_length;
	/* Most of a large tree is words. */
	uint32_t n_parts : 29; /* 0 only for a word of no characters, such as that of ${x:-} */
	bool is_quoted : 1;    /* some character is quoted, as for a here-document's delimiter */
	bool is_pattern : 1;   /* has an unquoted *, ? or [ in a literal part */
	bool is_declared : 1;  /* NAME=value of a declaration utility: it is one field, as it is */
};

/* name=value; the value's tildes are those of an assignment (behind the = and every :). */
struct assignment {
	const char *name;
	uint32_t name_length;
	const struct word *value; /* never NULL; without parts: empty */
	struct place place;
	struct symbol *cache;
	uint32_t cache_generation;
};

/* ---- redirections ---- */

enum redirection_kind {
	REDIRECTION_READ,       /* <  */
	REDIRECTION_WRITE,      /* >  */
	REDIRECTION_CLOBBER,    /* >| */
	REDIRECTION_APPEND,     /* >> */
	REDIRECTION_READ_WRITE, /* <> */
	REDIRECTION_COPY_IN,    /* <& */
	REDIRECTION_COPY_OUT,   /* >& */
	REDIRECTION_HERE        /* << and <<- */
};

/* [fd]operator word */
struct redirection {
	struct redirection *next;
	uint8_t kind;      /* enum redirection_kind */
	bool strips_tabs;  /* <<- (the body has none any more) */
	int fd;            /* never -1: 0 or 1 if none was written */
	bool has_fd;       /* whether one was written */
	struct word *word; /* the target; HERE: the delimiter as it was written */
	struct word *body; /* HERE: what is read; if the delimiter is quoted, one quoted literal */
	struct place place;
};

/* ---- commands ---- */

enum node_kind {
	NODE_SIMPLE,
	NODE_PIPELINE,
	NODE_AND,      /* left && rest */
	NODE_OR,       /* left || rest */
	NODE_SEQUENCE, /* left ; right */
	NODE_ASYNC,    /* left & */
	NODE_GROUP,    /* { body } */
	NODE_SUBSHELL, /* ( body ) */
	NODE_FOR,
	NODE_CASE,
	NODE_IF,
	NODE_WHILE, /* and until */
	NODE_FUNCTION
};

/*
 * Any command. The kind says which struct it begins. redirections are those behind a compound
 * command (and those of a simple one, wherever they stood in it).
 */
struct node {
	uint8_t kind; /* enum node_kind */
	struct place place;
	struct redirection *redirections;
};

/* [assignment...] [word...] [redirection...], in any order but assignments before words. */
struct simple_node {
	struct node node;
	uint32_t n_assignments, n_words;
	const struct assignment *assignments;
	/* Of a declaration utility (export, readonly, local, also behind `command`) the words that
	   look like assignments were read as such: their tildes are, and they are not split. */
	struct word *const *words;
	/* What the first word is, if it is literal: see sh/simple.h. */
	struct symbol *cache;
	uint32_t cache_generation;
	bool is_declaration;
};

/* [!] command | command ...: at least two commands, or one behind `!`. */
struct pipeline_node {
	struct node node;
	bool is_negated;
	uint32_t n;
	struct node *const *commands;
};

/*
 * left && right, left || right, left ; right, left &. Lists lean to the right, so that a loop goes
 * through them: left is the first, right is the rest of the list. kind is the operator behind left.
 * SEQUENCE, ASYNC: left is one and-or list; ASYNC's right is NULL, or what follows.
 * AND, OR: left is one pipeline. `a && b || c` is AND{a, OR{b, c}}, and c is run if `a && b` fails.
 */
struct binary_node {
	struct node node;
	struct node *left, *right;
};

/* { body ; } and ( body ) */
struct group_node {
	struct node node;
	struct node *body;
	uint8_t cache; /* SUBSHELL: what an analysis found, see sh/subshell.h */
	uint32_t cache_generation;
};

/* for name [in word...]; do body; done. Without `in` it goes through "$@". */
struct for_node {
	struct node node;
	const char *name;
	bool has_words;
	uint32_t n_words;
	struct word *const *words;
	struct node *body;
	struct symbol *cache;
	uint32_t cache_generation;
};

enum case_end {
	CASE_BREAK, /* ;; or esac */
	CASE_FALL   /* ;& goes on with the next one's body */
};

/* [(] pattern [| pattern]...) [body] ;; */
struct case_item {
	struct case_item *next;
	uint32_t n_patterns;
	struct word *const *patterns;
	struct node *body; /* NULL: empty, its status is 0 */
	uint8_t end;       /* enum case_end */
	struct place place;
};

/* case word in item... esac */
struct case_node {
	struct node node;
	struct word *word;
	struct case_item *items;
};

/* if condition; then body; [elif condition; then body;]... [else otherwise;] fi.
   An elif is an if_node in `otherwise` with is_elif set. */
struct if_node {
	struct node node;
	struct node *condition, *body, *otherwise;
	bool is_elif;
};

/* while condition; do body; done, or until. */
struct while_node {
	struct node node;
	bool is_until;
	struct node *condition, *body;
};

/* name() body: body is a compound command, its redirections are those of each call. */
struct function_node {
	struct node node;
	const char *name;
	struct node *body;
};

/* ---- programs ---- */

/*
 * One complete command, or all of a string: what the parser gives at once. Functions that it
 * defines hold on to it.
 */
struct program {
	int references;
	struct source *source;
	struct node *body;   /* NULL: nothing but blanks and comments */
	struct arena *arena; /* the program itself lies in it too */
	/* Of standard input: its lines, for messages. NULL: they are found elsewhere. */
	const char *text;
	size_t length;
	uint32_t first_line;
};

struct program *program_hold(struct program *program);
void program_drop(struct program *program); /* NULL is fine */
