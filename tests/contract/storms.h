/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_STORMS_H
#define TESTS_CONTRACT_STORMS_H

/*
 * A storm of signals with a handler, for calls whose wait none of them may end.
 */

#include "check.h"

#include <stdatomic.h>
#include <sys/time.h>

/* valgrind does not come on from one signal to the next; ThreadSanitizer of gcc 12 puts a wrong
   mask back after two in a raw system call. */
static inline bool stands_storms(void)
{
#ifdef __SANITIZE_THREAD__
	return false;
#else
	return !denied("valgrind");
#endif
}

static atomic_int storm_handled;

static inline void storm_handle(int number)
{
	(void)number;
	atomic_fetch_add(&storm_handled, 1);
}

/* From now on, for this process alone, every 300 us. */
static inline void storm_begin(void)
{
	const struct sigaction action = { .sa_handler = storm_handle };
	const struct itimerval storm = { { 0, 300 }, { 0, 300 } };

	check_number(sigaction(SIGALRM, &action, NULL), 0);
	check_number(setitimer(ITIMER_REAL, &storm, NULL), 0);
}

/* It has come, and is over. */
static inline void storm_end(int least)
{
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	check(atomic_load(&storm_handled) > least);
}

#endif
