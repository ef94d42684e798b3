/* SPDX-License-Identifier: MIT */
/* Messages as the records make them. */

#include "fifo/mailbox_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct brood__edge {
	struct brood__entry *from; /* it waits */
	struct brood__entry *to;   /* for this one */
	struct brood__edge *next;  /* of those that wait for the same */
	struct brood__edge *previous;
};

/* What a message means to those that wait for it. */
enum meaning { IS_FINE, IS_OPEN, IS_DEAD };

static enum meaning meaning_of(const struct brood__entry *entry)
{
	switch ((enum brood__base)entry->base) {
	case BROOD__BASE_UNKNOWN:
	case BROOD__BASE_DONE:
		return IS_FINE;
	case BROOD__BASE_WAITING:
		return entry->n_dead > 0 ? IS_DEAD : IS_OPEN;
	case BROOD__BASE_TAKEN:
		return IS_OPEN;
	case BROOD__BASE_DEAD:
	case BROOD__BASE_REMOVED:
		return IS_DEAD;
	}
	return IS_FINE;
}

bool brood__entry_is_live(const struct brood__entry *entry)
{
	/* One that was removed is still what those that wait for it are dead of. */
	return entry->base == BROOD__BASE_WAITING || entry->base == BROOD__BASE_TAKEN ||
	       entry->base == BROOD__BASE_DEAD ||
	       (entry->base == BROOD__BASE_REMOVED && entry->waiters);
}

struct brood__entry *brood__messages_get(const struct brood__messages *messages, uint64_t id)
{
	struct brood__entry *entry = brood__table_get(&messages->entries, id);

	return entry && entry->base != BROOD__BASE_UNKNOWN ? entry : NULL;
}

/* ---- segments ---- */

/* The bytes of a live message count for the segment that holds its record. */
static void count_bytes(
	struct brood__messages *messages, const struct brood__entry *entry, bool is_more)
{
	struct brood__segment_info *info = brood__segment_find(messages, entry->put.segment);
	uint64_t bytes = is_more ? entry->put.length : -(uint64_t)entry->put.length;

	if (!info)
		return;
	info->live_bytes += bytes;
	messages->live_bytes += bytes;
}

/* ---- standing ---- */

static uint8_t state_of(const struct brood__messages *messages, const struct brood__entry *entry)
{
	switch ((enum brood__base)entry->base) {
	case BROOD__BASE_TAKEN:
		return BROOD_MESSAGE_TAKEN;
	case BROOD__BASE_DEAD:
		return BROOD_MESSAGE_DEAD;
	case BROOD__BASE_REMOVED:
		return BROOD_MESSAGE_REMOVED;
	case BROOD__BASE_WAITING:
		if (entry->n_dead > 0)
			return BROOD_MESSAGE_DEAD;
		if (entry->n_open > 0)
			return BROOD_MESSAGE_BLOCKED;
		return entry->not_before > messages->now ? BROOD_MESSAGE_DELAYED
							 : BROOD_MESSAGE_READY;
	case BROOD__BASE_UNKNOWN:
	case BROOD__BASE_DONE:
		break;
	}
	return BROOD_MESSAGE_DONE;
}

static void leave_heap(struct brood__messages *messages, struct brood__entry *entry)
{
	brood__heap_remove(entry->is_due ? &messages->ready : &messages->delayed, &entry->item);
}

/* Puts it where its state belongs. One of which only the name is known is counted nowhere. */
void brood__entry_stand(struct brood__messages *messages, struct brood__entry *entry)
{
	leave_heap(messages, entry);
	entry->state = state_of(messages, entry);
	if (entry->base == BROOD__BASE_UNKNOWN)
		return;
	messages->counts[entry->state]++;
	entry->is_due = entry->state == BROOD_MESSAGE_READY;
	if (entry->is_due)
		brood__heap_set(&messages->ready, &entry->item,
			((INT64_C(127) - entry->priority) << 54) + (int64_t)entry->id);
	else if (entry->state == BROOD_MESSAGE_DELAYED)
		brood__heap_set(&messages->delayed, &entry->item, entry->not_before);
}

/* What has to be known of an entry before it is changed. */
struct before {
	enum meaning meaning;
	bool is_live;
};

static struct before before_change(struct brood__messages *messages, struct brood__entry *entry)
{
	struct before before = { meaning_of(entry), brood__entry_is_live(entry) };

	if (before.is_live)
		count_bytes(messages, entry, false);
	if (entry->base != BROOD__BASE_UNKNOWN)
		messages->counts[entry->state]--;
	return before;
}

/* Those that wait for it hear what it means now; those that mean something else by that go to the
 * list of those that are to tell it on. */
static struct brood__entry *tell_waiters(struct brood__messages *messages,
	struct brood__entry *entry, enum meaning was, enum meaning is)
{
	struct brood__entry *list = NULL;

	for (struct brood__edge *edge = entry->waiters; edge; edge = edge->next) {
		struct brood__entry *waiter = edge->from;
		enum meaning waiter_was = meaning_of(waiter);
		messages->counts[waiter->state]--;
		waiter->n_open = (uint8_t)(waiter->n_open - (was == IS_OPEN) + (is == IS_OPEN));
		waiter->n_dead = (uint8_t)(waiter->n_dead - (was == IS_DEAD) + (is == IS_DEAD));
		brood__entry_stand(messages, waiter);
		if (meaning_of(waiter) != waiter_was) {
			waiter->next_changed = list;
			list = waiter;
		}
	}
	return list;
}

static void after_change(
	struct brood__messages *messages, struct brood__entry *entry, struct before before)
{
	enum meaning is = meaning_of(entry);

	brood__entry_stand(messages, entry);
	if (brood__entry_is_live(entry))
		count_bytes(messages, entry, true);
	if (is == before.meaning)
		return;
	/* Further on only a change between open and dead is passed, in the same direction for all:
	 * so one that comes into the list twice has been out of it in between. */
	struct brood__entry *list = tell_waiters(messages, entry, before.meaning, is);
	while (list) {
		struct brood__entry *next = list;
		list = next->next_changed;
		enum meaning now = meaning_of(next);
		enum meaning was = now == IS_DEAD ? IS_OPEN : IS_DEAD;
		struct brood__entry *more = tell_waiters(messages, next, was, now);
		while (more) {
			struct brood__entry *moved = more;
			more = moved->next_changed;
			moved->next_changed = list;
			list = moved;
		}
	}
}

/* ---- entries, edges, workers ---- */

static void free_worker(struct brood__messages *messages, struct brood__worker *worker)
{
	if (worker && --worker->n_refs == 0) {
		brood__table_remove(&messages->workers, worker->number);
		free(worker);
	}
}

void brood__entry_free(struct brood__messages *messages, struct brood__entry *entry)
{
	leave_heap(messages, entry);
	brood__table_remove(&messages->entries, entry->id);
	free_worker(messages, entry->worker);
	free(entry->edges);
	free(entry);
}

/* It waits for nobody any more. Of whom it has waited for, only the name may be left. */
static void cut_edges(struct brood__messages *messages, struct brood__entry *entry)
{
	for (size_t i = 0; i < entry->n_edges; i++) {
		struct brood__edge *edge = &entry->edges[i];
		struct brood__entry *to = edge->to;
		bool was_live = brood__entry_is_live(to);
		*(edge->previous ? &edge->previous->next : &to->waiters) = edge->next;
		if (edge->next)
			edge->next->previous = edge->previous;
		if (was_live && !brood__entry_is_live(to))
			count_bytes(messages, to, false);
		if (!to->waiters && to->base == BROOD__BASE_UNKNOWN)
			brood__entry_free(messages, to);
	}
	free(entry->edges);
	entry->edges = NULL;
	entry->n_edges = entry->n_open = entry->n_dead = 0;
}

/* The entry of an id; makes one that is not known yet. */
static struct brood__entry *entry_for(struct brood__messages *messages, uint64_t id)
{
	struct brood__entry *entry = brood__table_get(&messages->entries, id);

	if (entry)
		return entry;
	size_t room = messages->entries.n + 1;
	if (brood__table_reserve(&messages->entries) < 0 ||
		brood__heap_reserve(&messages->ready, room) < 0 ||
		brood__heap_reserve(&messages->delayed, room) < 0)
		return NULL;
	entry = calloc(1, sizeof *entry);
	if (!entry)
		return NULL;
	entry->id = id;
	brood__table_put(&messages->entries, id, entry);
	return entry;
}

/* Gives up an entry of which only the name is known, if nobody names it. */
static void drop_name(struct brood__messages *messages, struct brood__entry *entry)
{
	if (entry->base == BROOD__BASE_UNKNOWN && !entry->waiters)
		brood__entry_free(messages, entry);
}

static struct brood__edge *link_edge(
	struct brood__edge *edge, struct brood__entry *from, struct brood__entry *to)
{
	*edge = (struct brood__edge){ .from = from, .to = to, .next = to->waiters };
	if (to->waiters)
		to->waiters->previous = edge;
	to->waiters = edge;
	return edge;
}

/* Lets an entry that waits for nobody yet wait for those of a record. */
static int link_edges(struct brood__messages *messages, struct brood__entry *entry,
	const struct brood__record *record)
{
	struct brood__edge *edges = calloc(record->n_after, sizeof *edges);

	if (!edges)
		return -ENOMEM;
	entry->edges = edges;
	entry->n_edges = 0;
	for (size_t i = 0; i < record->n_after; i++) {
		struct brood__entry *to = entry_for(messages, brood__record_after(record, i));
		if (!to) {
			cut_edges(messages, entry);
			return -ENOMEM;
		}
		bool was_live = brood__entry_is_live(to);
		link_edge(&edges[entry->n_edges++], entry, to);
		if (!was_live && brood__entry_is_live(to))
			count_bytes(messages, to, true);
		entry->n_open = (uint8_t)(entry->n_open + (meaning_of(to) == IS_OPEN));
		entry->n_dead = (uint8_t)(entry->n_dead + (meaning_of(to) == IS_DEAD));
	}
	return 0;
}

/* The worker of a record; makes one that is not known yet. NULL: no memory. */
static struct brood__worker *worker_for(
	struct brood__messages *messages, const struct brood__record *record)
{
	struct brood__worker *worker = brood__table_get(&messages->workers, record->worker);

	if (worker)
		return worker;
	if (brood__table_reserve(&messages->workers) < 0)
		return NULL;
	worker = calloc(1, sizeof *worker);
	if (!worker)
		return NULL;
	worker->number = record->worker;
	worker->pid = record->pid;
	memcpy(worker->name, record->name, record->name_length);
	brood__table_put(&messages->workers, worker->number, worker);
	return worker;
}

static void set_worker(
	struct brood__messages *messages, struct brood__entry *entry, struct brood__worker *worker)
{
	struct brood__worker *last = entry->worker;

	worker->n_refs++;
	entry->worker = worker;
	free_worker(messages, last);
}

static void hold(struct brood__messages *messages, struct brood__worker *worker)
{
	if (worker->n_held++ == 0)
		messages->n_holders++;
}

static void let_go(struct brood__messages *messages, struct brood__entry *entry)
{
	if (--entry->worker->n_held == 0)
		messages->n_holders--;
}

/* ---- records ---- */

/* A copy of what is known says no more than where it is now. */
static void relocate(struct brood__messages *messages, struct brood__entry *entry,
	const struct brood__record *record, struct brood__place place)
{
	bool is_live = brood__entry_is_live(entry);

	if (record->type != BROOD__RECORD_COPY || !is_live)
		return;
	count_bytes(messages, entry, false);
	entry->put = place;
	count_bytes(messages, entry, true);
	if (record->reason_length > 0)
		entry->reason = place;
}

static uint8_t base_of_copy(const struct brood__record *record)
{
	switch (record->state) {
	case BROOD_MESSAGE_TAKEN:
		return BROOD__BASE_TAKEN;
	case BROOD_MESSAGE_DEAD:
		return BROOD__BASE_DEAD;
	case BROOD_MESSAGE_REMOVED:
		return BROOD__BASE_REMOVED;
	default:
		return BROOD__BASE_WAITING;
	}
}

static void fill_entry(struct brood__messages *messages, struct brood__entry *entry,
	const struct brood__record *record, struct brood__place place)
{
	entry->put = place;
	entry->priority = record->priority;
	entry->tries = record->tries;
	entry->not_before = record->not_before;
	entry->changed = record->time;
	entry->base = BROOD__BASE_WAITING;
	if (record->type == BROOD__RECORD_PUT) {
		messages->sent++;
		return;
	}
	entry->base = base_of_copy(record);
	entry->changed = record->changed;
	entry->tried = record->tried;
	entry->retried = record->retried;
	entry->code = record->code;
	if (record->reason_length > 0)
		entry->reason = place;
	if (entry->base == BROOD__BASE_TAKEN)
		hold(messages, entry->worker);
}

static int apply_message(struct brood__messages *messages, const struct brood__record *record,
	struct brood__place place)
{
	struct brood__entry *entry = entry_for(messages, record->id);
	struct brood__worker *worker = NULL;
	bool is_copy = record->type == BROOD__RECORD_COPY;

	if (!entry)
		return -ENOMEM;
	if (entry->base != BROOD__BASE_UNKNOWN) {
		relocate(messages, entry, record, place);
		return 0;
	}
	/* A worker comes last, since nobody but the entry would free it. */
	if ((record->n_after > 0 && link_edges(messages, entry, record) < 0) ||
		(is_copy && record->worker != 0 && !(worker = worker_for(messages, record)))) {
		cut_edges(messages, entry);
		drop_name(messages, entry);
		return -ENOMEM;
	}
	struct before before = before_change(messages, entry);
	if (worker)
		set_worker(messages, entry, worker);
	fill_entry(messages, entry, record, place);
	after_change(messages, entry, before);
	return 0;
}

static int apply_take(struct brood__messages *messages, const struct brood__record *record)
{
	struct brood__entry *entry = brood__messages_get(messages, record->id);

	if (!entry || entry->base != BROOD__BASE_WAITING || record->worker == 0)
		return 0;
	struct brood__worker *worker = worker_for(messages, record);
	if (!worker)
		return -ENOMEM;
	struct before before = before_change(messages, entry);
	set_worker(messages, entry, worker);
	hold(messages, worker);
	entry->base = BROOD__BASE_TAKEN;
	entry->tried++;
	entry->changed = record->time;
	after_change(messages, entry, before);
	return 0;
}

/* It is over with it: done or removed. */
static void finish(struct brood__messages *messages, struct brood__entry *entry, uint8_t base)
{
	cut_edges(messages, entry);
	entry->base = base;
	++*(base == BROOD__BASE_DONE ? &messages->done : &messages->removed);
}

/* The end of a lease. */
static void apply_end(struct brood__messages *messages, const struct brood__record *record,
	struct brood__place place)
{
	struct brood__entry *entry = brood__messages_get(messages, record->id);

	/* Its message was dropped with a segment that we have not read: it counts all the same. */
	if (!entry)
		messages->done += record->type == BROOD__RECORD_DONE;
	if (!entry || entry->base != BROOD__BASE_TAKEN || entry->worker->number != record->worker)
		return;
	struct before before = before_change(messages, entry);
	let_go(messages, entry);
	entry->changed = record->time;
	entry->not_before = record->not_before;
	entry->base = record->is_dead ? BROOD__BASE_DEAD : BROOD__BASE_WAITING;
	if (record->type == BROOD__RECORD_DONE)
		finish(messages, entry, BROOD__BASE_DONE);
	if (record->type == BROOD__RECORD_FAIL) {
		entry->code = record->code;
		entry->retried = 0;
		entry->reason = record->reason_length > 0 ? place : (struct brood__place){ 0 };
	}
	if (record->type == BROOD__RECORD_RETRY || record->type == BROOD__RECORD_RELEASE)
		entry->tried -= entry->tried > 0;
	entry->retried += record->type == BROOD__RECORD_RETRY;
	after_change(messages, entry, before);
}

static void apply_operator(struct brood__messages *messages, const struct brood__record *record)
{
	struct brood__entry *entry = brood__messages_get(messages, record->id);

	if (!entry)
		messages->removed += record->type == BROOD__RECORD_REMOVE;
	if (!entry || (entry->base != BROOD__BASE_WAITING && entry->base != BROOD__BASE_DEAD))
		return;
	if (record->type == BROOD__RECORD_REVIVE && entry->state != BROOD_MESSAGE_DEAD)
		return;
	struct before before = before_change(messages, entry);
	entry->changed = record->time;
	if (record->type == BROOD__RECORD_REMOVE) {
		finish(messages, entry, BROOD__BASE_REMOVED);
	} else {
		cut_edges(messages, entry);
		entry->base = BROOD__BASE_WAITING;
		entry->tried = 0;
		entry->retried = 0;
		entry->not_before = 0;
	}
	after_change(messages, entry, before);
}

static void apply_flag(struct brood__messages *messages, uint8_t type)
{
	if (type == BROOD__RECORD_PAUSE || type == BROOD__RECORD_RESUME) {
		messages->paused = type == BROOD__RECORD_PAUSE;
		messages->is_paused_said = true;
	} else {
		messages->draining = type == BROOD__RECORD_DRAIN;
		messages->is_draining_said = true;
	}
}

static void see_numbers(struct brood__messages *messages, const struct brood__record *record)
{
	bool is_next = record->type == BROOD__RECORD_BEGIN || record->type == BROOD__RECORD_DROP;
	uint64_t id = record->id + !is_next;
	uint64_t worker = record->worker + !is_next;

	if (id > messages->next_id)
		messages->next_id = id;
	if (worker > messages->next_worker)
		messages->next_worker = worker;
}

int brood__messages_apply(struct brood__messages *messages, const struct brood__record *record,
	struct brood__place place)
{
	int r = 0;

	switch ((enum brood__record_type)record->type) {
	case BROOD__RECORD_PUT:
	case BROOD__RECORD_COPY:
		r = apply_message(messages, record, place);
		break;
	case BROOD__RECORD_TAKE:
		r = apply_take(messages, record);
		break;
	case BROOD__RECORD_DONE:
	case BROOD__RECORD_FAIL:
	case BROOD__RECORD_RETRY:
	case BROOD__RECORD_RELEASE:
	case BROOD__RECORD_LOST:
		apply_end(messages, record, place);
		break;
	case BROOD__RECORD_REMOVE:
	case BROOD__RECORD_REVIVE:
		apply_operator(messages, record);
		break;
	case BROOD__RECORD_PAUSE:
	case BROOD__RECORD_RESUME:
	case BROOD__RECORD_DRAIN:
	case BROOD__RECORD_UNDRAIN:
		apply_flag(messages, record->type);
		break;
	case BROOD__RECORD_BEGIN:
		r = brood__segments_begin(messages, record);
		break;
	case BROOD__RECORD_SEAL:
		brood__segments_seal(messages, place);
		break;
	case BROOD__RECORD_DROP:
		brood__segments_drop(messages, record);
		break;
	}
	if (r == 0)
		see_numbers(messages, record);
	return r;
}
