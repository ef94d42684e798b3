/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/attributes.h"
#include "common/options.h"
#include "exec/init_options.h"
#include "exec/render.h"
#include "exec/wait.h"
#include "exec/wait_spec.h"

#include <brood/base.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What the command line of brood exec says, and the variables BROOD_EXEC_... before it.
 */

/* A change of the environment, in the order in which they were given. */
enum exec_edit_kind { EXEC_EDIT_SET, EXEC_EDIT_UNSET, EXEC_EDIT_KEEP, EXEC_EDIT_FILE };

struct exec_edit {
	enum exec_edit_kind kind;
	const char *text; /* "NAME=value", "NAME", or a file, with a - in front if it may lack */
};

/* What becomes of processes that are left when the program has ended, with --init. */
enum exec_orphans { EXEC_ORPHANS_KILL, EXEC_ORPHANS_WAIT, EXEC_ORPHANS_LEAVE };

struct exec_config {
	struct attributes attributes;
	const char *dir;
	struct exec_edit *edits;
	size_t n_edits;
	bool clear_env;
	bool secret_files;
	const char **secrets; /* "NAME" or "NAME=FILE" */
	size_t n_secrets;
	struct wait_spec *waits;
	size_t n_waits;
	struct wait_settings wait;
	struct render *renders;
	size_t n_renders;
	const char *render_only; /* NULL: all variables */
	const char **parts;      /* folders, with a - in front if one may lack */
	size_t n_parts;
	brood_duration parts_timeout; /* for each program; 0: none */
	bool keeps_fds;
	bool keeps_signals;
	bool init;
	bool init_group;
	enum exec_orphans orphans;
	struct init_options ends;
	const char *init_option; /* that means nothing without --init; NULL: none */
	bool dry_run;
	bool quiet;
	bool verbose;
	bool help;
	char **argv;   /* the program */
	char ***words; /* of BROOD_EXEC_...: what the lists above point into */
	size_t n_words;
};

extern const struct option_table exec_options;

/* Reads BROOD_EXEC_... and the command line. Returns 0, or -1 after having said what is wrong. */
int exec_config_read(struct exec_config *config, int argc, char **argv);

void exec_config_done(struct exec_config *config);

/* The part of it that takes the environment. */
int exec_config_read_environment(struct exec_config *config);

/* Whether an entry of the environment is meant for us, and so is not handed on. */
bool exec_config_is_ours(const char *entry);
