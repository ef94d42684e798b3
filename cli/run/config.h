/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/attributes.h"
#include "common/options.h"
#include "run/control.h"
#include "run/retry.h"

#include <assert.h>
#include <brood/base.h>
#include <stdbool.h>

/*
 * What the command line of brood run says.
 */

enum run_stdin { RUN_STDIN_DEFAULT, RUN_STDIN_NULL, RUN_STDIN_INHERIT, RUN_STDIN_FILE };

/* What becomes of processes that the command leaves behind. */
enum run_orphans { RUN_ORPHANS_KILL, RUN_ORPHANS_WAIT, RUN_ORPHANS_LEAVE };

/* A change of the environment, in the order in which they were given. */
enum run_edit_kind { RUN_EDIT_SET, RUN_EDIT_UNSET, RUN_EDIT_KEEP };

struct run_edit {
	enum run_edit_kind kind;
	char *entry; /* SET: "NAME=value", else "NAME"; owned */
};

struct run_config {
	struct attributes attributes;
	brood_duration timeout; /* 0: none */
	brood_duration kill_after;
	brood_duration wait_delay; /* as brood_options has it */
	brood_duration idle;       /* 0: may be silent */
	int signal;
	bool preserve_status; /* the command's own status counts although a limit passed */
	bool reraise;
	bool foreground;
	enum run_orphans orphans;
	int tree; /* BROOD_TREE_... */
	struct retry retry;
	bool has_retry;
	const char *retry_option; /* that means nothing without --retry; NULL: none */
	const char *lock;         /* NULL: none */
	bool has_wait;
	brood_duration wait; /* for the lock; 0: not at all */
	struct control_wanted control;
	const char *dir;
	enum run_stdin stdin_kind;
	const char *stdin_path;
	struct run_edit *edits;
	size_t n_edits;
	bool clear_env;
	const char *output;
	bool tee;
	const char *stamp; /* format of --ts; NULL: no time stamps */
	bool has_prefix;
	const char *prefix; /* NULL: from the name of the command */
	bool quiet;
	bool report;
	bool json;
	int status_fd; /* -1: none */
	const char *status_path;
	bool verbose;
	bool help;
	bool is_timeout; /* called by that name: brood's own options mean nothing to the user */
	char **argv;     /* the command */
	const char *name;
};

ATTRIBUTES_COME_FIRST(struct run_config);

extern const struct option_table run_options;

/* Reads a command line. Returns 0, or -1 after having said what is wrong. */
int run_config_read(struct run_config *config, int argc, char **argv);

void run_config_done(struct run_config *config);
