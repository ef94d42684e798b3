/* SPDX-License-Identifier: MIT */
/*
 * Old segments are given up, the oldest first: what is in later ones speaks of messages in earlier
 * ones. What lives in them is copied to the current one before.
 */

#include "fifo/mailbox_store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Segments that are given up at once, so that others do not wait for long. */
#define MOST_AT_ONCE 4
/* What is kept of what does not live: as much as does, and this many segments. */
#define SPARE_SEGMENTS 4

static struct brood__record copy_of(
	const struct brood__entry *entry, const struct brood__record *put)
{
	static const uint8_t states[] = {
		[BROOD__BASE_WAITING] = BROOD_MESSAGE_READY,
		[BROOD__BASE_TAKEN] = BROOD_MESSAGE_TAKEN,
		[BROOD__BASE_DEAD] = BROOD_MESSAGE_DEAD,
		[BROOD__BASE_REMOVED] = BROOD_MESSAGE_REMOVED,
	};
	struct brood__record copy = *put;

	copy.type = BROOD__RECORD_COPY;
	copy.state = states[entry->base];
	copy.not_before = entry->not_before;
	copy.changed = entry->changed;
	copy.tried = entry->tried;
	copy.retried = entry->retried;
	copy.code = entry->code;
	copy.worker = 0;
	copy.pid = 0;
	copy.name_length = copy.reason_length = 0;
	copy.name = copy.reason = "";
	if (entry->worker) {
		copy.worker = entry->worker->number;
		copy.pid = entry->worker->pid;
		copy.name = entry->worker->name;
		copy.name_length = (uint8_t)strlen(entry->worker->name);
	}
	/* What it waits for may have been taken from it. */
	if (!entry->edges)
		copy.n_after = 0;
	if (entry->base == BROOD__BASE_REMOVED)
		copy.n_data = 0;
	return copy;
}

static int copy_entry(struct brood_mailbox *box, const struct brood__entry *entry)
{
	char reason[BROOD__RECORD_REASON];
	uint8_t reason_length = 0;
	struct brood__record record;
	int r;

	if (entry->reason.segment > 0) {
		r = brood__mailbox_read_record(box, entry->reason, &record);
		if (r < 0 && r != -EUCLEAN)
			return r;
		if (r == 0) {
			reason_length = record.reason_length;
			memcpy(reason, record.reason, reason_length);
		}
	}
	r = brood__mailbox_read_record(box, entry->put, &record);
	if (r == -EUCLEAN && entry->base != BROOD__BASE_TAKEN) {
		/* Nothing is left of it that could be copied. */
		struct brood__record gone = { .type = BROOD__RECORD_REMOVE,
			.id = entry->id,
			.reason = "",
			.time = brood__mailbox_now() };
		return brood__mailbox_append(box, &gone, NULL);
	}
	if (r < 0)
		return r;
	struct brood__record copy = copy_of(entry, &record);
	copy.reason = reason;
	copy.reason_length = reason_length;
	return brood__mailbox_append(box, &copy, NULL);
}

/* Copies what lives in this segment. */
static int copy_all(struct brood_mailbox *box, uint32_t number)
{
	const struct brood__table *entries = &box->messages.entries;

	for (size_t i = 0; i < entries->size; i++) {
		const struct brood__entry *entry = entries->slots[i].value;
		if (!entry || !brood__entry_is_live(entry) || entry->put.segment != number)
			continue;
		int r = copy_entry(box, entry);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Gives up the oldest segment: says so, brings that and the copies to the disk, removes it. */
static int give_up(struct brood_mailbox *box, const struct brood__segment_info *info)
{
	const struct brood__segment_info *base = &box->messages.base;
	int r = info->live_bytes > 0 ? copy_all(box, info->number) : 0;
	char name[BROOD__NAME_BYTES];
	struct brood__record record = {
		.type = BROOD__RECORD_DROP,
		.segment = info->number,
		.flags = info->flags,
		.id = info->max_id,
		.worker = info->max_worker,
		.sent = base->sent + info->sent,
		.done = base->done + info->done,
		.removed = base->removed + info->removed,
		.time = brood__mailbox_now(),
	};

	brood__mailbox_segment_name(name, info->number);
	if (r == 0)
		r = brood__mailbox_append(box, &record, NULL);
	if (r == 0)
		r = brood__mailbox_refresh(box, NULL);
	/* Without copies nothing but counts could be lost with the machine. */
	if (r == 0 && (box->sync != BROOD_SYNC_OFF || info->live_bytes > 0 || info->flags))
		r = brood__mailbox_flush(box, NULL);
	if (r == 0 && unlinkat(box->folder_fd, name, 0) < 0)
		r = -errno;
	return r;
}

static bool is_worth_it(struct brood_mailbox *box)
{
	const struct brood__messages *messages = &box->messages;
	uint64_t total = box->scan.offset;

	if (messages->segments[0].live_bytes == 0)
		return true;
	/* The sum is made once per segment. */
	if (box->weighed == box->read_segment)
		return false;
	for (size_t i = 0; i < messages->n_segments; i++)
		total += messages->segments[i].size;
	if (total > 2 * messages->live_bytes + SPARE_SEGMENTS * box->segment_size)
		return true;
	box->weighed = box->read_segment;
	return false;
}

/* Files that somebody has given up who did not live to remove them. */
static void remove_left(struct brood_mailbox *box)
{
	char name[BROOD__NAME_BYTES];
	uint32_t first = box->messages.n_segments ? box->messages.segments[0].number : 0;

	for (; box->lowest < first; box->lowest++)
		(void)unlinkat(box->folder_fd, brood__mailbox_segment_name(name, box->lowest), 0);
}

void brood__mailbox_compact(struct brood_mailbox *box)
{
	const struct brood__messages *messages = &box->messages;

	for (int i = 0; i < MOST_AT_ONCE; i++) {
		if (messages->n_segments < 2 || !messages->segments[0].is_sealed ||
			!is_worth_it(box))
			break;
		struct brood__segment_info info = messages->segments[0];
		if (give_up(box, &info) < 0)
			break;
	}
	remove_left(box);
}
