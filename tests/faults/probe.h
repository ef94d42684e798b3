/* SPDX-License-Identifier: MIT */
#ifndef PROBE_H
#define PROBE_H

/*
 * The frame of a probe: one call of the library between two marks that the fault loop finds in the
 * trace, and after it a look at everything that must be as before.
 *
 *	probe_PROGRAM CHILD [ERRNO STEPS [MUST]]
 *
 * CHILD is the program child.c. ERRNO is the name of the error that the loop injects, STEPS the
 * names of the steps at which the library may report it, with commas between them. MUST is "cope":
 * the library has to succeed in spite of it; or "ran": a SIGCHLD may come even if it fails.
 *
 * A fault may hit the looking instead of the call. It hits one call only, so that every call made
 * to look is made again when it fails.
 *
 * Exit code 0: all as it should be, nothing printed.
 */

#include <brood/brood.h>

/** Makes the call under test; returns what it returned. */
typedef int (*probe_call)(
	const char *child, struct brood_result *result, struct brood_error *error);

struct probe {
	probe_call call;
	int expected_code; /**< what the call returns when nothing is made to fail */
	int expected_step; /**< error.step then */
	int how;           /**< how the child ends when it succeeds */
	const char *out;   /**< what must be in result.out when it succeeds; NULL: nothing */
	const char *err;   /**< the same for result.err */
	size_t n_stages;   /**< how many it has; 0: one */
	bool no_child;     /**< the call starts nothing, so that there is no status */
	bool runs_others;  /**< a start that fails may come behind others, so that a SIGCHLD may too
			    */
};

/** Runs the probe; the value for main to return. */
int probe_main(const struct probe *probe, int argc, char **argv);

#endif
