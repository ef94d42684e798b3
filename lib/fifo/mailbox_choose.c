/* SPDX-License-Identifier: MIT */
/* Which message is next, and when. */

#include "fifo/mailbox_state.h"

#include <stdlib.h>

void brood__messages_advance(struct brood__messages *messages, int64_t now)
{
	struct brood__heap_item *item;

	messages->now = now;
	while ((item = brood__heap_first(&messages->delayed)) != NULL && item->due <= now) {
		/* The item is the first thing in an entry. */
		struct brood__entry *entry = (struct brood__entry *)item;
		messages->counts[entry->state]--;
		brood__entry_stand(messages, entry);
	}
}

struct brood__entry *brood__messages_first(const struct brood__messages *messages)
{
	return (struct brood__entry *)brood__heap_first(&messages->ready);
}

int64_t brood__messages_due(const struct brood__messages *messages)
{
	return brood__heap_due(&messages->delayed);
}

bool brood__messages_are_left(const struct brood__messages *messages)
{
	const uint64_t *counts = messages->counts;

	return counts[BROOD_MESSAGE_READY] + counts[BROOD_MESSAGE_DELAYED] +
		       counts[BROOD_MESSAGE_BLOCKED] + counts[BROOD_MESSAGE_TAKEN] >
	       0;
}

brood_duration brood__back_off(brood_duration back_off, uint32_t tried, uint64_t luck)
{
	if (back_off < 0)
		return 0;
	if (back_off > BROOD_HOUR)
		back_off = BROOD_HOUR;
	for (uint32_t i = 1; i < tried && back_off > 0 && back_off < BROOD_HOUR; i++)
		back_off = back_off < BROOD_HOUR / 2 ? 2 * back_off : BROOD_HOUR;
	return back_off + (brood_duration)(luck % ((uint64_t)back_off / 4 + 1));
}

void brood__messages_done(struct brood__messages *messages)
{
	for (size_t i = 0; i < messages->entries.size; i++) {
		struct brood__entry *entry = messages->entries.slots[i].value;
		if (entry)
			free(entry->edges);
		free(entry);
	}
	for (size_t i = 0; i < messages->workers.size; i++)
		free(messages->workers.slots[i].value);
	brood__table_done(&messages->entries);
	brood__table_done(&messages->workers);
	brood__heap_done(&messages->ready);
	brood__heap_done(&messages->delayed);
	free(messages->segments);
	*messages = (struct brood__messages){ .segments = NULL };
}
