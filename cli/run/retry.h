/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether a command that failed is tried again, and when. Decides only.
 */

#define RETRY_MOST 1000000

struct retry {
	unsigned int count;  /* attempts beyond the first */
	brood_duration from; /* before the second attempt; doubled each time */
	brood_duration to;   /* at most */
	bool has_conditions; /* else any failure but our own and that of starting it */
	bool on_timeout;
	bool on_idle;
	bool on_spawn;
	bool codes[256];
	bool signals[65];
};

/* How an attempt ended. */
struct retry_outcome {
	int code;     /* our exit code for it */
	int signal;   /* that killed it, not at our request; 0: none */
	bool timeout; /* its time limit passed */
	bool idle;    /* it was silent for too long */
	bool spawn;   /* it could not be started */
};

#define RETRY_BACKOFF_FORMS   "500ms, 1s..30s, off"
#define RETRY_CONDITION_FORMS "exit codes, signals, timeout, idle, spawn"

/* Room for a word of a list that is wrong. */
#define RETRY_WORD_SIZE 64

/* "FROM" or "FROM..TO". Returns 0, -EINVAL, or -ERANGE for a time that is too long. */
int retry_parse_backoff(struct retry *retry, const char *text);

/* "7,28,TERM,timeout". Returns 0, or -EINVAL and the word that is none. */
int retry_parse_conditions(struct retry *retry, const char *list, char word[RETRY_WORD_SIZE]);

bool retry_wants(const struct retry *retry, const struct retry_outcome *outcome);

/* How long to wait behind the given attempt (1 is the first): the doubled delay, give or take a
   tenth of it as random says, so that many who failed together do not come back together. */
brood_duration retry_delay(const struct retry *retry, unsigned int attempt, uint32_t random);
