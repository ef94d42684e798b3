/* SPDX-License-Identifier: MIT */
/*
 * Deadlines and cancellations that jobs share. A context ends once: whoever comes first, a cancel
 * or somebody who sees that the deadline has passed, writes ended_at, and nobody writes it again.
 * No locks, since a cancel may come from a signal handler.
 */

#include "job/context.h"

#include "base/strings.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "signal handlers write a brood__instant");

struct brood_context *brood__context_ref(struct brood_context *context)
{
	if (context)
		atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
	return context;
}

void brood__context_unref(struct brood_context *context)
{
	while (context &&
		atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) == 1) {
		struct brood_context *parent = context->parent;
		int fd = atomic_load(&context->event_fd);
		brood__fd_close(&fd);
		free(context);
		context = parent;
	}
}

static void set_deadline(struct brood_context *context, brood_duration timeout)
{
	const struct brood_context *parent = context->parent;

	context->timeout = BROOD_FOREVER;
	context->deadline = BROOD__NEVER;
	if (timeout != 0) {
		context->timeout = timeout < 0 ? 0 : timeout;
		context->deadline = brood__deadline(brood__clock_now(), timeout);
	}
	if (parent && parent->deadline <= context->deadline) {
		context->timeout = parent->timeout;
		context->deadline = parent->deadline;
	}
}

int brood_context_new(
	struct brood_context **ret_context, struct brood_context *parent, brood_duration timeout)
{
	if (!ret_context || (parent && parent->owner != getpid()))
		return BROOD_EMISUSE;
	if (parent && parent->depth >= BROOD_CONTEXT_DEPTH)
		return -ELOOP;
	struct brood_context *context = malloc(sizeof *context);
	if (!context)
		return -ENOMEM;
	atomic_init(&context->references, 1);
	atomic_init(&context->ended_at, BROOD__CONTEXT_GOES_ON);
	atomic_init(&context->event_fd, -1);
	context->owner = getpid();
	context->depth = parent ? parent->depth + 1 : 1;
	context->parent = brood__context_ref(parent);
	set_deadline(context, timeout);
	*ret_context = context;
	return 0;
}

/* Writes how it ended, unless that is known. Returns how it did. */
static brood__instant end(struct brood_context *context, brood__instant how)
{
	brood__instant known = BROOD__CONTEXT_GOES_ON;

	return atomic_compare_exchange_strong(&context->ended_at, &known, how) ? how : known;
}

int brood_context_cancel(struct brood_context *context)
{
	if (!context || context->owner != getpid())
		return BROOD_EMISUSE;
	brood__instant now = brood__clock_now();
	end(context, now < context->deadline ? now : BROOD__CONTEXT_TIMED_OUT);
	/*
	 * First the state, then the descriptor; who makes one looks at them the other way round, so
	 * one of the two sees the other. A second cancel writes too: the first one may be what a
	 * signal handler with the second has interrupted.
	 */
	if (atomic_load(&context->ended_at) > 0) {
		int fd = atomic_load(&context->event_fd);
		if (fd >= 0)
			brood__fd_event_set(fd);
	}
	return 0;
}

/* When the first of those above it was cancelled. */
static brood__instant first_cancel_above(const struct brood_context *context)
{
	brood__instant first = BROOD__NEVER;

	for (context = context->parent; context; context = context->parent) {
		brood__instant at = atomic_load(&context->ended_at);
		if (at > 0)
			first = brood__earlier(first, at);
	}
	return first;
}

int brood__context_error_at(struct brood_context *context, brood__instant now)
{
	brood__instant how = atomic_load(&context->ended_at);

	if (how == BROOD__CONTEXT_GOES_ON) {
		brood__instant cancel = first_cancel_above(context);
		if (cancel < context->deadline)
			how = end(context, cancel);
		else if (now >= context->deadline)
			how = end(context, BROOD__CONTEXT_TIMED_OUT);
	}
	if (how == BROOD__CONTEXT_GOES_ON)
		return 0;
	return how == BROOD__CONTEXT_TIMED_OUT ? BROOD_ETIMEOUT : BROOD_ECANCELED;
}

int brood_context_error(struct brood_context *context)
{
	if (!context)
		return BROOD_EMISUSE;
	return brood__context_error_at(context, brood__clock_now());
}

void brood_context_free(struct brood_context *context)
{
	brood__context_unref(context);
}

int brood__context_cancelled(const struct brood_context *context)
{
	for (; context; context = context->parent) {
		if (atomic_load(&context->ended_at) > 0)
			return BROOD_ECANCELED;
	}
	return 0;
}

/* The descriptor of this one alone, which another thread may be making too. */
static int watch_one(struct brood_context *context)
{
	int fd = atomic_load(&context->event_fd);

	if (fd >= 0)
		return fd;
	int made = brood__fd_event();
	if (made < 0)
		return made;
	if (!atomic_compare_exchange_strong(&context->event_fd, &fd, made)) {
		brood__fd_close(&made);
		return fd;
	}
	if (atomic_load(&context->ended_at) > 0)
		brood__fd_event_set(made);
	return made;
}

int brood__context_watch(struct brood_context *context, int *fds)
{
	int n = 0;

	for (; context; context = context->parent) {
		int fd = watch_one(context);
		if (fd < 0)
			return fd;
		fds[n++] = fd;
	}
	return n;
}

void brood__context_subject(const struct brood_context *context, int code, char *text, size_t size)
{
	struct brood__text t = brood__text_over(text, size);

	brood__text_add(&t, BROOD__CONTEXT_SUBJECT);
	if (code == BROOD_ETIMEOUT) {
		brood__text_add(&t, ": ");
		brood__text_add_duration(&t, context->timeout);
	}
	brood__text_mark_cut(&t);
}
