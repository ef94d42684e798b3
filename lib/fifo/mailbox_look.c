/* SPDX-License-Identifier: MIT */
/* A mailbox is looked at; nothing is changed. */

#include "fifo/mailbox.h"

#include "base/error.h"
#include "base/size.h"
#include "sys/fd.h"
#include "sys/files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Takes in what is new. */
static int look(struct brood_mailbox *box, struct brood_error *error)
{
	brood__mailbox_watch_drain(box);
	int r = brood__mailbox_refresh(box, error);
	if (r < 0)
		return r;
	brood__messages_advance(&box->messages, brood__mailbox_now());
	brood__mailbox_watch_due(box, brood__messages_due(&box->messages));
	return 0;
}

/* Whether a worker holds messages, but is dead. */
static bool is_orphaned(const struct brood_mailbox *box, const struct brood__worker *worker)
{
	return worker->n_held > 0 && (box->worker_fd < 0 || worker->number != box->worker) &&
	       brood__mailbox_is_alive(box, worker->number) == 0;
}

/* How many messages dead workers hold. */
static uint64_t count_orphaned(const struct brood_mailbox *box)
{
	const struct brood__table *workers = &box->messages.workers;
	uint64_t n = 0;

	for (size_t i = 0; box->messages.n_holders > 0 && i < workers->size; i++) {
		const struct brood__worker *worker = workers->slots[i].value;
		if (worker && is_orphaned(box, worker))
			n += worker->n_held;
	}
	return n;
}

static int give(struct brood_mailbox *box, const struct brood__entry *entry,
	struct brood_message *message, struct brood_error *error)
{
	struct brood_message told;
	int r = brood__mailbox_tell(box, entry, &told);

	/* The next worker will find it so. */
	if (entry->base == BROOD__BASE_TAKEN && is_orphaned(box, entry->worker))
		told.state = BROOD_MESSAGE_READY;

	if (r < 0 && r != -EUCLEAN)
		return brood__mailbox_fail_segment(
			box, error, r, BROOD_STEP_PUMP, entry->put.segment);
	r = brood__struct_give(message, &told, sizeof told);
	return r < 0 ? brood__mailbox_fail(box, error, r, BROOD_STEP_CONFIG, NULL) : 0;
}

int brood_mailbox_look(struct brood_mailbox *box, uint64_t id, struct brood_message *message,
	struct brood_error *error)
{
	int r = brood__mailbox_check(box, false, error);

	if (r < 0)
		return r;
	if (!message)
		return brood__mailbox_misused(error);
	r = look(box, error);
	if (r < 0)
		return r;
	const struct brood__entry *entry = id > 0 ? brood__messages_get(&box->messages, id) : NULL;
	if (!entry)
		return brood__mailbox_fail(box, error, -ENOENT, BROOD_STEP_CONFIG, NULL);
	return give(box, entry, message, error);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

/* Puts the ids above this one in order. */
static int make_order(struct brood_mailbox *box, uint64_t above)
{
	const struct brood__table *entries = &box->messages.entries;

	box->n_order = box->order_at = 0;
	if (box->order_capacity < entries->n) {
		uint64_t *order = realloc(box->order, entries->n * sizeof *order);
		if (!order)
			return -ENOMEM;
		box->order = order;
		box->order_capacity = entries->n;
	}
	for (size_t i = 0; i < entries->size; i++) {
		const struct brood__entry *entry = entries->slots[i].value;
		if (entry && entry->base != BROOD__BASE_UNKNOWN && entry->id > above)
			box->order[box->n_order++] = entry->id;
	}
	if (box->n_order > 1)
		qsort(box->order, box->n_order, sizeof *box->order, compare);
	return 0;
}

/* The first entry above this id, or NULL. */
static const struct brood__entry *first_above(struct brood_mailbox *box, uint64_t above, int *ret)
{
	bool is_fresh = false;

	*ret = 0;
	if (box->order_at == 0 || box->order_at > box->n_order ||
		box->order[box->order_at - 1] != above) {
		*ret = make_order(box, above);
		is_fresh = true;
	}
	while (*ret == 0) {
		while (box->order_at < box->n_order) {
			const struct brood__entry *entry = brood__messages_get(
				&box->messages, box->order[box->order_at++]);
			if (entry)
				return entry;
		}
		/* Others may have come while these were told. */
		if (is_fresh)
			break;
		*ret = make_order(box, above);
		is_fresh = true;
	}
	return NULL;
}

int brood_mailbox_next(struct brood_mailbox *box, uint64_t above, struct brood_message *message,
	struct brood_error *error)
{
	int r = brood__mailbox_check(box, false, error);

	if (r < 0)
		return r;
	if (!message)
		return brood__mailbox_misused(error);
	r = look(box, error);
	if (r < 0)
		return r;
	const struct brood__entry *entry = first_above(box, above, &r);
	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_PUMP, NULL);
	if (!entry)
		return 0;
	r = give(box, entry, message, error);
	return r < 0 ? r : 1;
}

static int add_size(void *data, uint64_t number)
{
	struct brood_mailbox *box = ((void **)data)[0];
	uint64_t *bytes = ((void **)data)[1];
	AUTO_FD fd = brood__mailbox_open_segment(box, number, O_RDONLY);
	int64_t size = fd < 0 ? 0 : brood__file_size(fd);

	*bytes += size > 0 ? (uint64_t)size : 0;
	return 0;
}

int brood_mailbox_count(
	struct brood_mailbox *box, struct brood_mailbox_counts *counts, struct brood_error *error)
{
	int r = brood__mailbox_check(box, false, error);

	if (r < 0)
		return r;
	if (!counts)
		return brood__mailbox_misused(error);
	r = look(box, error);
	if (r < 0)
		return r;
	const struct brood__messages *messages = &box->messages;
	struct brood_mailbox_counts told = {
		.size = sizeof told,
		.ready = messages->counts[BROOD_MESSAGE_READY],
		.delayed = messages->counts[BROOD_MESSAGE_DELAYED],
		.blocked = messages->counts[BROOD_MESSAGE_BLOCKED],
		.taken = messages->counts[BROOD_MESSAGE_TAKEN],
		.dead = messages->counts[BROOD_MESSAGE_DEAD],
		.sent = messages->base.sent + messages->sent,
		.done = messages->base.done + messages->done,
		.removed = messages->base.removed + messages->removed,
		.damaged = box->scan.damaged,
		.paused = messages->paused,
		.draining = messages->draining,
	};
	uint64_t n_orphaned = count_orphaned(box);
	told.ready += n_orphaned;
	told.taken -= n_orphaned;
	void *data[] = { box, &told.bytes };
	r = brood__mailbox_each(box, "log", add_size, data);
	int workers = r < 0 ? r : brood__mailbox_count_workers(box);
	if (workers < 0)
		return brood__mailbox_fail(box, error, workers, BROOD_STEP_OPEN, NULL);
	told.workers = (uint32_t)workers;
	r = brood__struct_give(counts, &told, sizeof told);
	return r < 0 ? brood__mailbox_fail(box, error, r, BROOD_STEP_CONFIG, NULL) : 0;
}

int brood_mailbox_pollfd(struct brood_mailbox *box)
{
	int r = brood__mailbox_check(box, false, NULL);

	if (r < 0)
		return r;
	bool is_new = !box->watch;
	r = brood__mailbox_watch(box);
	/* What came before the watch is still to be seen. */
	if (r >= 0 && is_new)
		brood__mailbox_watch_due(box, 0);
	return r;
}
