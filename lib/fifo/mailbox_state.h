/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the records of a mailbox amount to. No system calls.
 *
 * All records but PUT are written one after the other, each by somebody who has read all before: so
 * what does not fit to the state has been written by nobody of us, and does nothing.
 *
 * Whether a message waits for another one, or is dead because of it, is not kept but follows from
 * how the other one stands now. So the order in which they are read does not matter: one that was
 * copied to a later segment may come behind those that wait for it.
 */

#include "base/heap.h"
#include "fifo/mailbox_record.h"
#include "fifo/table.h"
#include <stdbool.h>

/* Where a record is. segment 0: nowhere. */
struct brood__place {
	uint64_t offset;
	uint32_t segment;
	uint32_t length;
};

struct brood__worker {
	uint64_t number;
	int32_t pid;
	uint32_t n_held;
	size_t n_refs; /* messages that it has held last */
	char name[BROOD__RECORD_NAME + 1];
};

struct brood__edge; /* from a message to one that it waits for */

enum brood__base {
	BROOD__BASE_UNKNOWN, /* only others name it */
	BROOD__BASE_WAITING, /* ready, delayed, blocked or dead because of another one */
	BROOD__BASE_TAKEN,
	BROOD__BASE_DONE,
	BROOD__BASE_DEAD,
	BROOD__BASE_REMOVED
};

struct brood__entry {
	struct brood__heap_item item;
	uint64_t id;
	struct brood__place put; /* its PUT or its last COPY */
	struct brood__place reason;
	int64_t changed;
	int64_t not_before;
	struct brood__worker *worker;
	struct brood__edge *waiters; /* those that wait for it */
	struct brood__edge *edges;   /* n_edges, those that it waits for */
	struct brood__entry *next_changed;
	int32_t code;
	uint32_t tries;
	uint32_t tried;
	uint32_t retried; /* RETRYs in a row */
	uint8_t n_edges;
	uint8_t n_open; /* of them: not done yet */
	uint8_t n_dead; /* dead or removed */
	int8_t priority;
	uint8_t base;  /* enum brood__base */
	uint8_t state; /* BROOD_MESSAGE_..., as it is told */
	bool is_due;   /* in the heap of those that are ready */
};

struct brood__segment_info {
	uint32_t number;
	bool is_sealed;
	uint8_t flags; /* of DROP, at its end */
	uint64_t size; /* when it is sealed */
	uint64_t live_bytes;
	uint64_t sent, done, removed; /* up to its end, what was dropped before not counted */
	uint64_t max_id, max_worker;
};

struct brood__messages {
	struct brood__table entries;
	struct brood__table workers;
	struct brood__heap ready;   /* by priority and id */
	struct brood__heap delayed; /* by not_before */
	int64_t now;                /* CLOCK_REALTIME, of brood__messages_advance() */
	uint64_t counts[BROOD_MESSAGE_REMOVED + 1]; /* now, by state */
	uint64_t sent, done, removed;               /* of the records that were read */
	struct brood__segment_info base;            /* what was dropped before they begin */
	bool paused, draining, is_paused_said, is_draining_said;
	uint64_t next_id, next_worker; /* above all that were seen */
	uint64_t live_bytes;
	uint32_t first_segment; /* the first one that was read */
	struct brood__segment_info *segments;
	size_t n_segments;
	size_t n_holders; /* workers that hold something */
};

/* Applies a record that was read at this place. Returns 0; -ENOMEM: it did nothing. */
int brood__messages_apply(struct brood__messages *messages, const struct brood__record *record,
	struct brood__place place);

/* It is later now: what is due becomes ready. */
void brood__messages_advance(struct brood__messages *messages, int64_t now);

/* The one to be taken next, or NULL. */
struct brood__entry *brood__messages_first(const struct brood__messages *messages);

/* When the next one becomes due, in CLOCK_REALTIME; INT64_MAX: never. */
int64_t brood__messages_due(const struct brood__messages *messages);

/* The one with this id, or NULL. */
struct brood__entry *brood__messages_get(const struct brood__messages *messages, uint64_t id);

/* Whether anything is there that is or could become ready. */
bool brood__messages_are_left(const struct brood__messages *messages);

/* Puts an entry, which has been taken out of the counts, where its state belongs. */
void brood__entry_stand(struct brood__messages *messages, struct brood__entry *entry);

/* Whether it must be kept when its segment is dropped. */
bool brood__entry_is_live(const struct brood__entry *entry);

/* How long a message waits after its tried-th try. luck: any number. */
brood_duration brood__back_off(brood_duration back_off, uint32_t tried, uint64_t luck);

/* Frees everything; it can be used again. */
void brood__messages_done(struct brood__messages *messages);

/* ---- between the files of the state ---- */

/* What is known of a segment, or NULL. */
struct brood__segment_info *brood__segment_find(struct brood__messages *messages, uint32_t number);

/* BEGIN, SEAL and DROP. */
int brood__segments_begin(struct brood__messages *messages, const struct brood__record *record);
void brood__segments_seal(struct brood__messages *messages, struct brood__place place);
void brood__segments_drop(struct brood__messages *messages, const struct brood__record *record);

/* Takes an entry, for which nobody waits, out of everything but the counts, and frees it. */
void brood__entry_free(struct brood__messages *messages, struct brood__entry *entry);
