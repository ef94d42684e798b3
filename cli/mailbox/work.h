/* SPDX-License-Identifier: MIT */
#pragma once

#include "mailbox/box.h"
#include "mailbox/payload.h"

#include <signal.h>

/*
 * One message that is worked on: the command that it is, or the handler that gets it; and what the
 * end of that means for the message.
 */

/* How messages are worked on, by all slots of a worker. */
struct work_config {
	char *const *handler;   /* of data; NULL: there is none */
	brood_duration timeout; /* of each try that has no limit of its own; 0: none */
	brood_duration kill_after;
	bool is_visible;   /* the output is ours, not a file of the box */
	bool shares_group; /* the job may use our terminal, and gets its signals; else it has none
			    */
	bool is_verbose;
	bool takes_commands;  /* the handler gets the text of messages that are commands */
	const sigset_t *mask; /* of the jobs */
};

/* What becomes of the message. */
enum work_verdict {
	WORK_DONE,
	WORK_FAILED, /* a try that counts */
	WORK_RETRY,  /* one that does not */
	WORK_RELEASED
};

/* Why `take` gives a command back. */
#define WORK_IS_COMMAND \
	"it is a command, for brood mailbox run (--text takes it as text); it stays there"

/* Room for the reason of a failure: what the library keeps of it. */
#define WORK_REASON_SIZE 256

struct work {
	uint64_t id; /* 0: the slot is free */
	uint32_t tried, tries;
	char *what; /* for messages; owned */
	struct payload payload;
	char **argv; /* of the handler; owned */
	char *data;  /* of the message; owned */
	size_t length;
	char box_entry[4096 + 16], id_entry[40], attempt_entry[40];
	char *edits[4];
	struct brood_signals signals;
	struct brood_stop stop;
	int out_fd;        /* -1: none */
	int64_t out_start; /* where this try begins in it */
	struct brood_job *job;
	int64_t started;
	bool was_stopped; /* by us */
	/* When it is over: */
	bool is_over;
	enum work_verdict verdict;
	int code;
	char reason[WORK_REASON_SIZE];
	bool is_told; /* that the verdict could not be written */
};

/* Whether that is for lack of room, which others make when they end. */
bool work_is_shortage(int r);

/* Takes over the message and starts it. Returns 0, also if the message turned out not to be
   startable (is_over is set then); a negative code if it is not the message's fault: there was no
   room for one more process or descriptor, or for its output; -ENOMSG: it is not for us, which has
   been said. It is to be given back then. */
int work_start(struct work *work, const struct box *box, const struct work_config *config,
	const struct brood_message *taken);

/* The job has ended. Decides the verdict. */
void work_end(struct work *work, const struct box *box, const struct work_config *config);

/* Writes the verdict into the box. Returns 0; 1: the message is dead now; a negative code: it could
   not be written, and is to be tried again. */
int work_settle(struct work *work, const struct box *box, const struct work_config *config);

/* Begins to stop it; its message will be given back. */
void work_stop(struct work *work);

void work_done(struct work *work);
