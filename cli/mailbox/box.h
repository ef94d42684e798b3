/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"

#include <brood/brood.h>
#include <brood/mailbox.h>

/*
 * The mailbox that a command line names, open. What all actions have in common.
 */

/* Must be the first member of each action's configuration. */
struct box_options {
	const char *box; /* NULL: BROOD_BOX, or the default one */
	bool help;
};

int box_take_help(void *config, const char *spelled, const char *value);

#define BOX_ROW                                                                             \
	{                                                                                   \
		"box", 'b', OPTION_VALUE, "BOX",                                            \
			"the mailbox: a name, or with a slash a folder\n($BROOD_BOX, else " \
			"default)",                                                         \
			NULL, offsetof(struct box_options, box)                             \
	}
#define BOX_HELP_ROW                                                                \
	{                                                                           \
		"help", 'h', OPTION_ALONE, NULL, "show this help", box_take_help, 0 \
	}

struct box {
	const char *name; /* as the user calls it */
	char *path;       /* absolute; owned */
	struct brood_mailbox *mailbox;
};

/* Opens it. With BROOD_MAILBOX_EXISTING or READ_ONLY in the flags it must be there, else it is
   made, with the folders above those that a name without a slash stands for. Returns 0, or -1 after
   having said what is wrong. */
int box_open(struct box *box, const char *action, const struct box_options *options,
	const struct brood_mailbox_options *wanted);

void box_close(struct box *box);

/* Says why a call failed, as "mail: message 7: ...". doing: what could not be done, as "it cannot
   be marked as done"; id 0: it is about no message; code 0: that says
   all. Returns the exit code. */
int box_fail(const struct box *box, uint64_t id, const char *doing, int code);

/* Waits until something may have changed in the box, or `until` (CLOCK_MONOTONIC in nanoseconds,
   BROOD_FOREVER: no limit). Returns 0; -ETIME; or -1 after having said what is wrong. */
int box_wait(struct box *box, int64_t until);

/* Opens the file of a job's output, below the folder `out` of the box, never through a link. flags:
   O_RDONLY, or O_WRONLY, with which it and the folder are made. Returns a descriptor or -errno. */
int box_open_output(const struct box *box, uint64_t id, int flags);

/* Removes it; a file that is not there is fine. */
void box_remove_output(const struct box *box, uint64_t id);

/* Removes the outputs of messages that are done or gone but for the last `keep`. */
void box_prune_outputs(struct box *box, size_t keep);
