/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/arena.h"
#include "sh/ast.h"
#include "sh/output.h"
#include "sh/symbol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The state of a shell: all of it, in one struct, so that there are no globals (but for the flags
 * that a signal handler writes, in traps.c). Who owns which part is said beside it.
 */
struct call;
struct input;
struct jobs;
struct saved_fds;
struct traps;
struct undo;
struct reader;

/* ---- what running something leads to ---- */

/*
 * Running a part of the tree sets sh->status and returns how to go on. Anything but CONTROL_NONE is
 * handed upwards until somebody takes it: a loop BREAK and CONTINUE (counting sh->control_levels
 * down), a function or `.` RETURN, a subshell EXIT, the prompt ABORT.
 */
enum control {
	CONTROL_NONE,
	CONTROL_BREAK,
	CONTROL_CONTINUE,
	CONTROL_RETURN,
	CONTROL_EXIT, /* the shell (or subshell) ends with sh->status */
	CONTROL_ABORT /* back to the prompt: an error, or an interrupt, in an interactive shell */
};

/* ---- set -o ---- */

enum shell_option {       /* the letter of `set`, or none */
	OPTION_ALLEXPORT, /* a */
	OPTION_NOTIFY,    /* b */
	OPTION_NOCLOBBER, /* C */
	OPTION_ERREXIT,   /* e */
	OPTION_NOGLOB,    /* f */
	OPTION_HASHALL,   /* h */
	OPTION_IGNOREEOF,
	OPTION_MONITOR, /* m */
	OPTION_NOEXEC,  /* n */
	OPTION_NOLOG,
	OPTION_PIPEFAIL,
	OPTION_NOUNSET, /* u */
	OPTION_VERBOSE, /* v */
	OPTION_VI,
	OPTION_EMACS,
	OPTION_XTRACE,      /* x */
	OPTION_INTERACTIVE, /* i; cannot be set later */
	OPTION_STDIN,       /* s; nor this */
	OPTION_COUNT
};

/* ---- parts ---- */

/* $1, $2, ...: an allocated list of allocated strings, or, of a function, its argv, which is not
   ours (owner: parameters.c). */
struct parameters {
	char **items;
	uint32_t n;
	uint32_t shifted;    /* of items, so many at the beginning are gone */
	uint32_t undo_level; /* of the last undo_save_parameters() */
	bool is_borrowed;    /* items are not ours to free */
};

/* IFS, prepared (owner: variable_hooks.c). */
struct separators {
	unsigned char kind[256]; /* of a byte: 0 none, 1 white space, 2 another separator, 3 begins
				    a character of several bytes that is in IFS */
	char first[8];           /* the first character, for "$*"; "" if IFS is empty */
	bool has_wide;
};

/* The command that runs, for messages and $LINENO (owner: simple.c). */
struct frame {
	struct source *source;
	struct place place;
	const struct call *call; /* of the built-in whose words messages are; NULL: the shell's */
};

/* The inputs that are being read, the innermost first (owner: run_input.c). */
struct input_use {
	struct input *input;
	struct input_use *outer;
};

struct local {
	struct symbol *symbol; /* NULL: the options of `set` */
	union {
		struct variable saved;
		bool options[OPTION_COUNT];
	};
};

struct shell {
	int status;         /* $? */
	int control_levels; /* of BREAK and CONTINUE: how many loops are still to be left */
	bool is_interactive;
	bool is_forked;      /* a subshell in a process of its own */
	bool is_exiting;     /* the EXIT trap has begun */
	bool keeps_fds_low;  /* 3 to 19 are the user's alone: see fd_reserve() in sh/redirect.h */
	bool has_bad_syntax; /* text could not be parsed, which ends the shell now */
	bool has_no_path;    /* PATH is empty or not set */
	uint32_t kind_generation; /* counts what sh/subshell.h has to decide anew for */
	bool options[OPTION_COUNT];
	uint32_t options_undo_level;

	struct symbols symbols;
	bool has_aliases; /* some were set once (owner: alias.c) */
	struct parameters parameters;
	const char *name; /* $0 */
	pid_t pid;        /* $$: of the first shell, in subshells too */
	pid_t background; /* $!; 0: none yet */
	struct separators separators;
	bool is_utf8; /* of the locale that counts now */

	/* What expansions and built-ins make, and nobody frees: who runs a command takes a mark
	   first and releases it afterwards. */
	struct arena scratch;

	struct frame frame;
	struct program *program; /* whose tree is being run: functions hold on to it */
	struct input *input;     /* where commands come from now; NULL: from a tree only */
	uint64_t n_typed;        /* so many commands it has given */

	int tested;        /* > 0: within a condition, where `set -e` does not count */
	int loops;         /* around us, within this function or dot script */
	int loops_outside; /* those of them that are around the subshell we are in */
	int here;          /* subshells without a process that we are in */
	int functions;     /* calls that we are in */
	int dots;          /* dot scripts that we are in */
	/* No deeper, or it is an error, not a crash: see run_begin(). Commands end at stack_end,
	   and what is within one of them, by recursion too, at stack_floor. */
	uintptr_t stack_end, stack_floor;
	int substituted; /* the status of the last command substitution of this command; -1: none */

	struct input_use *inputs;
	struct saved_fds *saved_fds; /* the innermost: what redirections have changed */
	struct output out;
	struct reader *reader; /* of standard input, for `read`; NULL: not used yet */
	struct traps *traps;
	struct jobs *jobs;
	struct undo *undo;
	struct local *locals; /* owner: variable.c */
	size_t n_locals, locals_size;
	size_t locals_base; /* those from here on are the running function's */

	char *directory;      /* PWD as the shell sees it; NULL: not known */
	uint32_t optind_part; /* getopts: the place within a word */
	char **environment;   /* owner: variable_environment.c */
	size_t n_environment;
	bool environment_is_right;
	struct arena environment_arena;
	char **passed_on; /* entries of the first environment that are no variables */
	size_t n_passed_on;
};

/* Whether there is no stack left even for what runs no commands: words, texts, trees. */
static inline bool shell_is_at_floor(const struct shell *sh)
{
	return (uintptr_t)__builtin_frame_address(0) <= sh->stack_floor;
}

/* Everything at its beginning; nothing is read, no signal is touched yet. */
struct shell *shell_new(void);
void shell_free(struct shell *sh);

/* ---- words of the shell (say.c, say_place.c, say_line.c) ---- */

/*
 * An error at a place of what runs (or of a source): "NAME:LINE:COLUMN: text", and on a terminal
 * the line with a caret below. line 0: the frame's place. In what was typed at a prompt: "sh:
 * text". Within an eval or a trap: "NAME:LINE:COLUMN: eval:LINE:COLUMN: text", where that stands
 * and what is wrong in it. Control bytes are shown as \xNN.
 */
void shell_error(struct shell *sh, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void shell_error_at(struct shell *sh, const struct source *source, struct place place,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An error of the built-in that runs: "NAME:LINE:COLUMN: cd: text". Returns 1, for `return`. */
int builtin_error(struct shell *sh, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for wrong options and operands; returns 2. */
int builtin_usage(struct shell *sh, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same about one of its words: word points into a string of its argv, the place is that of the
   word which that came from. */
int builtin_error_at(struct shell *sh, const char *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int builtin_usage_at(struct shell *sh, const char *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* That place; where it cannot be told, the command's. */
struct place builtin_place(const struct shell *sh, const char *word);
/* The same of a call that need not be a built-in. */
struct place call_place(const struct shell *sh, const struct call *call, const char *word);

/*
 * What an error that ends a shell (XCU 2.8.1: of an expansion, an assignment, a special built-in,
 * ...) leads to: sh->status is set (1 if it is 0 already; 2 for `usage`), and a shell that is not
 * interactive ends (EXIT), an interactive one goes back to its prompt (ABORT).
 */
enum control shell_abort(struct shell *sh);

/* ---- positional parameters (parameters.c) ---- */

/* n of them, copied. */
void parameters_set(struct shell *sh, char *const *items, uint32_t n);
/* $1 is 1; NULL: it is not set. */
const char *parameters_get(const struct shell *sh, uint32_t number);
uint32_t parameters_count(const struct shell *sh);
/* Returns 0; -1: there are not as many. */
int parameters_shift(struct shell *sh, uint32_t n);
/* A function's own: argv[1] to argv[n] stand for them, without a copy, until they are set anew.
   Returns the old ones, for parameters_end_function(). */
struct parameters parameters_begin_function(struct shell *sh, char **argv, uint32_t n);
void parameters_end_function(struct shell *sh, struct parameters old);
struct parameters parameters_copy(const struct parameters *parameters);
void parameters_free(struct parameters *parameters);

/* ---- options (set_options.c) ---- */

/* By name, by letter; -1: none of that name. */
int option_by_name(const char *name);
int option_by_letter(char letter);
const char *option_name(int option);
char option_letter(int option); /* 0: none */
/* Does what setting one means (MONITOR: sets up job control; VI ends EMACS; ...). Returns 0; -1:
   it cannot be set now, said why. */
int option_set(struct shell *sh, int option, bool is_on);
/* $-; at most OPTION_COUNT bytes and a NUL. */
/* Makes all of them what they were. */
void options_put_back(struct shell *sh, const bool on[OPTION_COUNT]);
void options_text(const struct shell *sh, char text[OPTION_COUNT + 1]);
