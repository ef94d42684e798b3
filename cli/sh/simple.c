/* SPDX-License-Identifier: MIT */
/* Simple commands (XCU 2.9.1): words are expanded, what they name is found and run. */
#include "sh/simple.h"

#include "sh/assign.h"
#include "sh/builtins/list.h"
#include "sh/expand.h"
#include "sh/interp.h"
#include "sh/redirect.h"
#include "sh/undo.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct redirection *redirections_of(const struct call *call)
{
	return call->node ? call->node->node.redirections : NULL;
}

/* Special built-ins are found before functions, the others after them. */
static void resolve(const struct shell *sh, struct call *call, const struct symbol *symbol)
{
	call->builtin = symbol ? symbol->builtin : NULL;
	call->function = NULL;
	/* Some are found only where their programs are looked for (XCU 2.9.1.4). */
	if (call->builtin && call->builtin->flags & BUILTIN_ON_PATH && sh->has_no_path)
		call->builtin = NULL;
	if (!symbol || !symbol->function || call->command_flags & COMMAND_NO_FUNCTIONS)
		return;
	if (call->builtin && call->builtin->kind == BUILTIN_SPECIAL)
		return;
	call->builtin = NULL;
	call->function = symbol->function;
}

/* The words behind `command` and its options; 0: it is to be run itself (-v, -V, nothing). */
static size_t skip_command(const struct call *call, unsigned *flags)
{
	size_t i = 1;

	for (; i < call->argc && call->argv[i][0] == '-' && call->argv[i][1]; i++) {
		const char *word = call->argv[i];
		if (strcmp(word, "--") == 0) {
			i++;
			break;
		}
		if (strspn(word + 1, "p") != strlen(word + 1))
			return 0;
		*flags |= COMMAND_DEFAULT_PATH;
	}
	return i < call->argc ? i : 0;
}

/* `command` in front is taken off: what follows it is run as if it stood alone, but for functions
   and for what errors of special built-ins lead to. */
static void strip_command(struct shell *sh, struct call *call)
{
	while (call->builtin && call->builtin->run == builtin_command) {
		unsigned flags = COMMAND_NO_FUNCTIONS | COMMAND_PLAIN;
		size_t n = skip_command(call, &flags);
		if (n == 0)
			return;
		call->argv += n;
		call->argc -= n;
		call->n_skipped += n;
		call->command_flags |= flags;
		resolve(sh, call, symbol_find(&sh->symbols, call->argv[0], strlen(call->argv[0])));
	}
}

/* ---- what runs in the shell ---- */

static void trace(struct shell *sh, const struct call *call, const char *prompt, int fd)
{
	if (!prompt)
		return;
	struct traced traced = {
		.assignments = assign_texts(sh, call->node),
		.n_assignments = call->node ? call->node->n_assignments : 0,
		.argv = call->argv - call->n_skipped,
		.argc = call->argc + call->n_skipped,
	};
	trace_command(prompt, fd, &traced);
}

static enum control call_builtin(struct shell *sh, const struct call *call)
{
	const struct call *outer = sh->frame.call;
	enum control control = CONTROL_NONE;
	bool is_strict = call->builtin->kind == BUILTIN_SPECIAL;

	sh->frame.call = call;
	sh->out.error = 0;
	sh->out.has_no_reader = false;
	sh->has_bad_syntax = false;
	int status = call->builtin->run(sh, (int)call->argc, call->argv, &control);
	if (sh->out.text.length > 0)
		(void)output_flush(sh);
	bool has_failed = status < 0 || (status > 0 && !(call->builtin->flags & BUILTIN_LENIENT));
	sh->status = status < 0 ? -status : status;
	/* That is said, and no error of the kind that ends a shell. */
	if (sh->out.error && sh->status == 0)
		sh->status = 1;
	sh->out.error = 0;
	sh->frame.call = outer;
	if (sh->out.has_no_reader) {
		sh->out.has_no_reader = false;
		sh->status = 128 + SIGPIPE;
		return CONTROL_EXIT;
	}
	/* What `command eval` or `command .` could not parse. */
	if (sh->has_bad_syntax && call->command_flags & COMMAND_PLAIN)
		control = CONTROL_NONE;
	if (has_failed && is_strict && control == CONTROL_NONE &&
		!(call->command_flags & COMMAND_PLAIN))
		control = shell_abort(sh);
	return control;
}

/* `exec` without a command: what it redirects stays so. */
static bool is_lasting_exec(const struct call *call)
{
	return call->builtin && call->builtin->run == builtin_exec &&
	       (call->argc == 1 || (call->argc == 2 && strcmp(call->argv[1], "--") == 0));
}

/* What stands in front of `exec` is for the program. */
static int assign_special(struct shell *sh, const struct call *call)
{
	int r = assign_lasting(sh, call->node);

	for (uint32_t i = 0;
		r == 0 && call->builtin->run == builtin_exec && i < call->node->n_assignments;
		i++) {
		const struct assignment *assignment = &call->node->assignments[i];
		struct symbol *symbol = symbol_get(
			&sh->symbols, assignment->name, assignment->name_length);
		variable_mark(sh, symbol, VARIABLE_EXPORTED);
	}
	return r;
}

static enum control run_in_shell(struct shell *sh, const struct call *call)
{
	bool is_special = call->builtin && call->builtin->kind == BUILTIN_SPECIAL &&
			  !(call->command_flags & COMMAND_PLAIN);
	struct assigned assigned = { 0 };
	struct saved_fds saved;
	enum control control = CONTROL_NONE;

	const char *prompt = trace_prompt(sh);
	int r = redirect_begin(sh, redirections_of(call), is_lasting_exec(call), &saved);
	if (r < 0) {
		sh->status = r == REDIRECT_FATAL && sh->status ? sh->status : 1;
		if (is_special || r == REDIRECT_FATAL)
			control = shell_abort(sh);
	} else if ((is_special ? assign_special(sh, call)
			       : assign_begin(sh, call->node, call->function != NULL, &assigned)) <
		   0) {
		control = shell_abort(sh);
	} else {
		trace(sh, call, prompt, redirect_old_stderr(&saved));
		control = call->function ? function_call(sh, call->function, call->argv, call->argc,
						   call->run_flags)
					 : call_builtin(sh, call);
	}
	assign_end(sh, &assigned);
	redirect_end(sh, &saved);
	return control;
}

/* ---- all of it ---- */

/* Neither redirections nor assignments, as most of them are. */
static enum control run_bare(struct shell *sh, const struct call *call)
{
	if (sh->options[OPTION_XTRACE])
		trace(sh, call, trace_prompt(sh), STDERR_FILENO);
	if (call->function)
		return function_call(sh, call->function, call->argv, call->argc, call->run_flags);
	return call_builtin(sh, call);
}

static enum control run_call(struct shell *sh, struct call *call)
{
	strip_command(sh, call);
	if (!call->builtin && !call->function)
		return run_external(sh, call);
	if (!call->node || (!call->node->node.redirections && call->node->n_assignments == 0))
		return run_bare(sh, call);
	return run_in_shell(sh, call);
}

/* Assignments and redirections alone. */
static enum control run_empty(struct shell *sh, const struct simple_node *node)
{
	struct call call = { .node = node };
	struct saved_fds saved = { 0 };
	int r = 0;

	const char *prompt = trace_prompt(sh);
	if (node->node.redirections) {
		/* As if in a subshell: they are put back before the assignments. */
		undo_begin(sh);
		r = redirect_begin(sh, node->node.redirections, false, &saved);
		redirect_end(sh, &saved);
		undo_end(sh);
	}
	if (r == REDIRECT_FATAL || (r == 0 && assign_lasting(sh, node) < 0))
		return shell_abort(sh);
	sh->status = r < 0 ? 1 : sh->substituted >= 0 ? sh->substituted : 0;
	if (prompt && r == 0)
		trace(sh, &call, prompt, STDERR_FILENO);
	return CONTROL_NONE;
}

static const struct symbol *first_symbol(
	struct shell *sh, const struct simple_node *node, const char *name)
{
	struct simple_node *own = (struct simple_node *)(uintptr_t)node;
	const struct word *word = node->words[0];

	if (!word->literal)
		return symbol_find(&sh->symbols, name, strlen(name));
	return symbol_cached(&sh->symbols, &own->cache, &own->cache_generation, word->literal,
		word->literal_length);
}

enum control run_simple(struct shell *sh, const struct simple_node *node, unsigned flags)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct fields fields;
	enum control control;

	sh->frame.place = node->node.place;
	sh->substituted = -1;
	fields_init(&fields, &sh->scratch);
	if (node->n_words > 0 && expand_words(sh, node->words, node->n_words, &fields) < 0) {
		control = shell_abort(sh);
	} else if (fields.n == 0) {
		control = run_empty(sh, node);
	} else {
		struct call call = { .node = node,
			.argv = fields_end(&fields),
			.argc = fields.n,
			.run_flags = flags };
		resolve(sh, &call, first_symbol(sh, node, call.argv[0]));
		control = run_call(sh, &call);
	}
	arena_release(&sh->scratch, mark);
	return run_errexit(sh, control);
}

enum control run_words(
	struct shell *sh, char **argv, size_t argc, unsigned command_flags, unsigned run_flags)
{
	struct call call = {
		.argv = argv, .argc = argc, .command_flags = command_flags, .run_flags = run_flags
	};

	resolve(sh, &call, symbol_find(&sh->symbols, argv[0], strlen(argv[0])));
	return run_call(sh, &call);
}
