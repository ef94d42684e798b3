/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/builtins.h"
#include "sh/shell.h"

#include <brood/cmd.h>

/* A simple command whose words are expanded: what simple.c and external.c share. */
struct function;
struct redirect_plan;

struct call {
	const struct simple_node *node; /* for redirections and assignments; NULL: there are none */
	char **argv;
	size_t argc;
	size_t n_skipped;              /* words in front of argv: `command` and its options */
	const struct builtin *builtin; /* NULL: it is none */
	struct function *function;     /* NULL: it is none */
	unsigned command_flags;        /* COMMAND_... */
	unsigned run_flags;            /* RUN_... */
};

/* It is a program, or there is no such thing. */
enum control run_external(struct shell *sh, const struct call *call);

/*
 * Fills in a command: what its redirections lead to, with the assignments in front of it, and the
 * program. Returns 0; the exit status 126, 127, or 1 (a redirection failed) after having said, to
 * where the program's standard error would lead, what is wrong; EXTERNAL_FATAL: the caller returns
 * shell_abort(sh); EXTERNAL_BLOCKS: plan->must_not_block, but it would. The plan is the caller's
 * to end in any case.
 */
#define EXTERNAL_FATAL  (-1)
#define EXTERNAL_BLOCKS (-2)
int external_prepare(struct shell *sh, const struct call *call, struct redirect_plan *plan,
	struct brood_cmd *cmd);
