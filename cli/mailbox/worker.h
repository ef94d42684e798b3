/* SPDX-License-Identifier: MIT */
#pragma once

#include "mailbox/box.h"
#include "mailbox/work.h"

/*
 * Takes messages out of a mailbox and works on them, several at once.
 */

#define WORKER_MOST_SLOTS 1000

struct worker_config {
	struct work_config work;
	size_t slots;
	uint64_t most;       /* messages; 0: any number */
	brood_duration idle; /* ends when nothing came for that long; BROOD_FOREVER: never */
	bool once;           /* ends when nothing is ready */
	bool until_empty;    /* ends when nothing is left that could become ready */
	bool is_gentle;      /* the first INT lets it finish what it has */
	size_t keep;         /* outputs of messages that are done */
};

/* Why it has ended. */
enum worker_end {
	WORKER_ENDED_MOST,    /* as many as were wanted */
	WORKER_ENDED_IDLE,    /* nothing came */
	WORKER_ENDED_EMPTY,   /* nothing is left, or the mailbox is draining */
	WORKER_ENDED_SIGNAL,  /* it was asked to */
	WORKER_ENDED_FAILURE, /* ours; it has been said */
};

struct worker_result {
	enum worker_end end;
	int code;                  /* exit code of the last job */
	enum work_verdict verdict; /* of the last message */
	uint64_t n;                /* messages that were worked on */
	uint64_t n_dead;           /* that are dead now */
	uint64_t n_back;           /* that were given back, or could not be marked as done */
};

void worker_run(struct box *box, const struct worker_config *config, struct worker_result *result);
