/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/brood.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What signals sent to the program do to the job, or the jobs, that it runs.
 *
 *	TERM INT HUP  stop the job; a second one kills it. Ignored ones stay ignored.
 *	INT from the terminal, when the job shares our process group: it has got it too and may
 *	              do with it what it likes; a second one within two seconds kills it
 *	QUIT          a line on standard error says how the job is; everything goes on
 *	TSTP CONT     are passed on to a job with a group of its own; one that shares ours has
 *	              got a Ctrl-Z itself, and we stop when it has stopped
 */

/* Before the first job starts; what comes meanwhile is kept. */
void signals_install(bool shares_group);

/* The end of the job is not near when its own process has ended. */
void signals_wait_for_rest(void);

/* The job runs; the rest is what QUIT shows. limit 0: none. */
void signals_attach(struct brood_job *running, const char *name, brood_duration limit);

/* The same for several jobs at once. The array stays where it is until signals_detach(); its
   entries may be replaced meanwhile, and must be NULL before a job is freed. */
void signals_attach_all(struct brood_job *volatile const *running, size_t n, const char *name,
	brood_duration limit);

/* The job is over. */
void signals_detach(void);

/* The last of TERM, INT, HUP that came, or 0. */
int signals_received(void);

/* Whether a CONT has come since this was asked last: we may have been stopped. */
bool signals_was_continued(void);

/* The state of a process as a letter, 0 if that cannot be seen: for is_stopped below. */
char signals_state_of(pid_t pid);

/* The job, which shares our group, was stopped: so that a shell sees it, we stop, until a CONT. Not
   if both have been continued meanwhile. */
void signals_stop_too(bool (*is_stopped)(struct brood_job *job));

/* Waits between two jobs. Returns true when the time is over, false at once when one of TERM, INT,
   HUP comes or has come. state is what QUIT shows meanwhile. */
bool signals_sleep(brood_duration duration, const char *state);

/* From then on (0: now; an earlier call is forgotten), and from a signal that stops the job on, a
   blocking write of ours is interrupted again and again, and signals_is_hurried() says that it
   should give up. */
void signals_hurry_after(brood_duration duration);
bool signals_is_hurried(void);

/* Ends the program by that signal, as if it had never been caught, but without a core dump. */
_Noreturn void signals_die_of(int number);
