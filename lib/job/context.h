/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A context seen from a job that stands on it.
 */

#include "base/deadline.h"
#include <brood/context.h>
#include <stdatomic.h>
#include <sys/types.h>

/* brood_context.ended_at, besides the instant at which it was cancelled. */
#define BROOD__CONTEXT_GOES_ON   0
#define BROOD__CONTEXT_TIMED_OUT (-1)

struct brood_context {
	atomic_uint references; /* handles, children, jobs */
	pid_t owner;
	unsigned int depth; /* 1: it has no parent */
	struct brood_context *parent;
	brood__instant deadline; /* that of the parents included; BROOD__NEVER: none */
	brood_duration timeout; /* what was asked for where the deadline comes from, for messages */
	_Atomic(brood__instant) ended_at; /* or BROOD__CONTEXT_...; written once */
	atomic_int event_fd; /* readable for good once it was cancelled; -1: nobody watches it */
};

/* Takes a reference, or gives it back. NULL is fine. */
struct brood_context *brood__context_ref(struct brood_context *context);
void brood__context_unref(struct brood_context *context);

/*
 * Fills fds with the descriptors that become readable when the context or one above it is
 * cancelled, making those that are missing; room for BROOD_CONTEXT_DEPTH. One that was cancelled
 * before its descriptor was made has it readable at once. Returns how many, or -errno of
 * eventfd(2); what was made until then stays. They belong to the contexts.
 */
int brood__context_watch(struct brood_context *context, int *fds);

/* Whether the context, or one above it, was cancelled: BROOD_ECANCELED or 0; deadlines are left to
 * whoever has a clock. It is so as soon as one of the descriptors is readable. NULL: 0. */
int brood__context_cancelled(const struct brood_context *context);

/* brood_context_error() for somebody who has looked at the clock: says which end was the first one
 * when both a cancel and the deadline have come. */
int brood__context_error_at(struct brood_context *context, brood__instant now);

/*
 * What error.subject is to say of a job that ended, or was not started, with BROOD_ETIMEOUT or
 * BROOD_ECANCELED because of its context, so that brood_explain() can tell that from a time limit
 * and from brood_job_stop(): "options.context", with a deadline "options.context: 5s".
 */
#define BROOD__CONTEXT_SUBJECT "options.context"
void brood__context_subject(const struct brood_context *context, int code, char *text, size_t size);
