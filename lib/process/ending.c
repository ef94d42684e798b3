/* SPDX-License-Identifier: MIT */
/* A status that is written once and read by whoever shares it. */

#include "process/ending.h"

#include <stdlib.h>

enum state { UNKNOWN, WRITING, KNOWN };

struct brood__ending *brood__ending_new(const struct brood_status *status)
{
	struct brood__ending *ending = malloc(sizeof *ending);
	if (!ending)
		return NULL;
	atomic_init(&ending->references, 1);
	atomic_init(&ending->state, UNKNOWN);
	ending->status = *status;
	return ending;
}

struct brood__ending *brood__ending_ref(struct brood__ending *ending)
{
	atomic_fetch_add_explicit(&ending->references, 1, memory_order_relaxed);
	return ending;
}

void brood__ending_unref(struct brood__ending **ending)
{
	struct brood__ending *old = *ending;
	*ending = NULL;
	if (old && atomic_fetch_sub_explicit(&old->references, 1, memory_order_acq_rel) == 1)
		free(old);
}

void brood__ending_write(struct brood__ending *ending, const struct brood_status *status)
{
	int unknown = UNKNOWN;
	if (!ending || !atomic_compare_exchange_strong(&ending->state, &unknown, WRITING))
		return;
	ending->status = *status;
	atomic_store_explicit(&ending->state, KNOWN, memory_order_release);
}

bool brood__ending_read(struct brood__ending *ending, struct brood_status *ret_status)
{
	if (!ending || atomic_load_explicit(&ending->state, memory_order_acquire) != KNOWN)
		return false;
	*ret_status = ending->status;
	return true;
}
