/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/command.h"
#include "run/config.h"
#include "run/output.h"

#include <brood/brood.h>
#include <time.h>

/*
 * One run of the command, from its start until nothing of it is left, and what is known of it then.
 */

struct attempt {
	unsigned int number;
	struct timespec start;
	int code; /* what the library returned */
	bool has_started;
	bool was_silent;  /* it was stopped since it had written nothing for too long */
	bool ran_out;     /* the kernel has killed something of it for want of memory */
	bool was_asked;   /* somebody has signalled us to stop */
	int output_error; /* errno of what could not be written */
	struct brood_result result;
	struct brood_error error;
};

/* Makes us the parent of the processes of its tree that have no other one any more. */
void attempt_adopt(struct run_command *command);

/* output is NULL if it does not go through us. */
void attempt_run(struct attempt *attempt, const struct run_config *config,
	struct run_command *command, struct control *control, struct output *output);

/* NULL: it was not started. */
const struct brood_status *attempt_status(const struct attempt *attempt);

/* Whether one of our limits has stopped it. */
bool attempt_was_limited(const struct attempt *attempt);

/* What it amounts to for those who have called us. */
int attempt_exit_code(const struct attempt *attempt, const struct run_config *config);

void attempt_done(struct attempt *attempt);
