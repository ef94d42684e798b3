/* SPDX-License-Identifier: MIT */
#ifndef BROOD_CONTEXT_H
#define BROOD_CONTEXT_H

/*
 * A context: a deadline and a way to cancel, shared by any number of jobs. Put it into
 * brood_options.context. When it ends, each of its jobs is stopped by that job's own stop steps
 * (while somebody waits for the job; a guard keeps the deadline by itself), and no job is started
 * with it any more. A context may have a parent, and ends when that does; parents know nothing of
 * their children.
 */

#include <brood/base.h>
#include <brood/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A deadline and a way to cancel. */
struct brood_context;

/** How deep contexts may be nested, the first one included. */
#define BROOD_CONTEXT_DEPTH 8

/**
 * Makes a context. parent: NULL, or one whose end is this one's too. timeout: from now on; 0 or
 * BROOD_FOREVER: none of its own; negative: at once. The parent's deadline holds if it is earlier.
 *
 * Returns 0 and sets *ret_context. Otherwise:
 *   BROOD_EMISUSE  ret_context is NULL, or parent belongs to another process
 *   -ELOOP         parent is BROOD_CONTEXT_DEPTH deep already
 *   -ENOMEM        no memory
 * Owns:    free *ret_context with brood_context_free(). It keeps what it needs of its parent, which
 *          may be freed first.
 * Threads: any.
 * Like:    Go context.WithTimeout, WithCancel.
 */
BROOD_API BROOD_MUST_CHECK int brood_context_new(
	struct brood_context **ret_context, struct brood_context *parent, brood_duration timeout);

/**
 * Cancels a context and with it all that have it as their parent. Who waits for a job of theirs
 * wakes up and stops it. Does not wait. The first end counts: a second call, or one after the
 * deadline, changes nothing.
 *
 * Returns 0; BROOD_EMISUSE: context is NULL or belongs to another process (one that forked us).
 * Threads: any; async-signal-safe.
 * Like:    the function that Go's context.WithCancel returns.
 */
BROOD_API int brood_context_cancel(struct brood_context *context);

/**
 * Says whether a context has ended, and how.
 *
 * Returns 0: it has not; BROOD_ECANCELED: it, or one above it, was cancelled; BROOD_ETIMEOUT: its
 * deadline has passed; BROOD_EMISUSE: context is NULL. What was returned once stays so.
 * Threads: any; async-signal-safe.
 * Like:    Go context.Context.Err.
 */
BROOD_API int brood_context_error(struct brood_context *context);

/**
 * Gives a context up without ending it. Jobs and contexts that stand on it keep it alive; it can
 * then end by its deadline or with its parent only.
 *
 * Returns nothing. NULL is fine.
 * Threads: none may use this handle any more.
 */
BROOD_API void brood_context_free(struct brood_context *context);

#ifdef __cplusplus
}
#endif

#endif
