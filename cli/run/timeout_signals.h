/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/brood.h>
#include <stdbool.h>

/*
 * What signals do that are sent to timeout: they are passed on to the job, and begin the time after
 * which it is killed. ALRM is as good as the end of the time limit. The signal with which the job
 * is stopped, TERM as a rule, stops it: by the stop steps, with all that it has started.
 */

struct timeout_signals {
	int stop;                  /* the signal with which the job is stopped, 0: none */
	brood_duration kill_after; /* BROOD_FOREVER: never */
	bool foreground;           /* no CONT behind a signal */
	bool shares_group;         /* what comes from the terminal has reached the job as well */
	const char *command;       /* its name, if each signal is to be told; else NULL */
};

/* Before the job starts. Signals wait until it is attached; the job's mask is to be *ret_mask. */
void timeout_signals_install(const struct timeout_signals *wanted, sigset_t *ret_mask);
void timeout_signals_attach(struct brood_job *running);
void timeout_signals_detach(void);

/* Whether ALRM has come. */
bool timeout_signals_was_alarmed(void);

/* "sending signal TERM to command 'sleep'". Async-signal-safe. */
void timeout_signals_tell(int number);
