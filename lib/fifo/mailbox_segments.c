/* SPDX-License-Identifier: MIT */
/* What the state knows of segments, and what it forgets with them. */

#include "fifo/mailbox_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct brood__segment_info *brood__segment_find(struct brood__messages *messages, uint32_t number)
{
	if (messages->n_segments == 0 || number < messages->segments[0].number)
		return NULL;
	size_t i = number - messages->segments[0].number;
	return i < messages->n_segments ? &messages->segments[i] : NULL;
}

int brood__segments_begin(struct brood__messages *messages, const struct brood__record *record)
{
	size_t n = messages->n_segments;

	/* They come in their order. */
	if (n > 0 && messages->segments[n - 1].number + 1 != record->segment)
		return 0;
	struct brood__segment_info *segments = realloc(
		messages->segments, (n + 1) * sizeof *segments);

	if (!segments)
		return -ENOMEM;
	messages->segments = segments;
	segments[n] = (struct brood__segment_info){ .number = record->segment };
	messages->n_segments++;
	if (n == 0 && messages->first_segment == 0)
		messages->first_segment = record->segment;
	return 0;
}

void brood__segments_seal(struct brood__messages *messages, struct brood__place place)
{
	struct brood__segment_info *info = brood__segment_find(messages, place.segment);

	if (!info)
		return;
	info->is_sealed = true;
	info->size = place.offset + place.length;
	info->flags = (uint8_t)(messages->paused + 2 * messages->draining);
	info->sent = messages->sent;
	info->done = messages->done;
	info->removed = messages->removed;
	info->max_id = messages->next_id;
	info->max_worker = messages->next_worker;
}

/* Forgets what is over and lies in these segments. */
static void forget(struct brood__messages *messages, uint32_t last)
{
	for (size_t i = 0; i < messages->entries.size; i++) {
		struct brood__entry *entry = messages->entries.slots[i].value;
		if (!entry || entry->base == BROOD__BASE_UNKNOWN || entry->put.segment > last ||
			brood__entry_is_live(entry))
			continue;
		messages->counts[entry->state]--;
		if (entry->waiters) {
			entry->base = BROOD__BASE_UNKNOWN;
			continue;
		}
		brood__entry_free(messages, entry);
		i--; /* the next one may have moved here */
	}
}

void brood__segments_drop(struct brood__messages *messages, const struct brood__record *record)
{
	size_t n = 0;

	if (messages->first_segment == record->segment + 1 && messages->base.number == 0) {
		messages->base = (struct brood__segment_info){ .number = record->segment,
			.sent = record->sent,
			.done = record->done,
			.removed = record->removed };
		if (!messages->is_paused_said)
			messages->paused = record->flags & 1;
		if (!messages->is_draining_said)
			messages->draining = (record->flags & 2) != 0;
	}
	while (n < messages->n_segments && messages->segments[n].number <= record->segment)
		n++;
	if (n == 0)
		return;
	forget(messages, record->segment);
	messages->n_segments -= n;
	memmove(messages->segments, messages->segments + n,
		messages->n_segments * sizeof *messages->segments);
}
