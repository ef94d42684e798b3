/* SPDX-License-Identifier: MIT */
/*
 * The state of a mailbox against an independent model: every type of record in every state, and
 * long random runs, in which segments are sealed, copied from and dropped as well, and are read
 * again from every segment on that is still there.
 */

#include "fifo/mailbox_state.h"

#include "model_mailbox.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed;

static uint32_t any(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(seed >> 33) % n;
}

/* ---- a log ---- */

enum { LOG_MOST = 4096 };

/* A log of records: what is in segment files, and who reads it. */
struct logged {
	struct brood__record record;
	struct brood__place place;
	uint64_t after[MODEL_AFTER];
};

struct log {
	struct logged entries[LOG_MOST];
	size_t n;
	uint32_t segment; /* the current one */
	uint32_t lowest;  /* the first that is still there */
	uint64_t offset;
};

static struct logged *log_add(struct log *log, struct brood__record record)
{
	struct logged *entry = &log->entries[log->n++];

	assert_true(log->n < LOG_MOST);
	record.length = 40 + any(100);
	if (!record.name)
		record.name = "";
	if (!record.reason)
		record.reason = "";
	entry->record = record;
	entry->place = (struct brood__place){ log->offset, log->segment, record.length };
	log->offset += record.length;
	if (record.n_after > 0) {
		memcpy(entry->after, record.after, 8 * (size_t)record.n_after);
		entry->record.after = (const unsigned char *)entry->after;
	}
	return entry;
}

static void log_begin(struct log *log)
{
	log->segment++;
	log->offset = 0;
	log_add(log,
		(struct brood__record){ .type = BROOD__RECORD_BEGIN, .segment = log->segment });
}

static void apply_logged(struct brood__messages *messages, const struct logged *entry)
{
	assert_int_equal(brood__messages_apply(messages, &entry->record, entry->place), 0);
}

/* ---- comparing ---- */

static void compare_message(
	const struct brood__messages *messages, const struct model *model, uint64_t id, int64_t now)
{
	const struct model_message *m = &model->messages[id];
	const struct brood__entry *entry = brood__messages_get(messages, id);
	int state = model_state(model, id, now);

	if (!entry) {
		/* What is over may have been forgotten with its segment. */
		assert_true(state == -1 || state == BROOD_MESSAGE_DONE ||
			    state == BROOD_MESSAGE_REMOVED);
		return;
	}
	assert_int_equal(entry->state, state);
	assert_int_equal(entry->tried, m->tried);
	assert_int_equal(entry->retried, m->retried);
	assert_int_equal(entry->tries, m->tries);
	assert_int_equal(entry->priority, m->priority);
	assert_int_equal(entry->not_before, m->not_before);
	assert_int_equal(entry->code, m->code);
	if (m->base == M_TAKEN)
		assert_int_equal(entry->worker->number, m->worker);
}

static void compare(struct brood__messages *messages, const struct model *model, int64_t now)
{
	uint64_t counts[BROOD_MESSAGE_REMOVED + 1] = { 0 };
	int64_t due = INT64_MAX;
	uint64_t live = 0;
	bool is_left = false;

	brood__messages_advance(messages, now);
	for (uint64_t id = 1; id <= MODEL_IDS; id++) {
		int state = model_state(model, id, now);
		compare_message(messages, model, id, now);
		if (state >= 0)
			counts[state]++;
		if (state == BROOD_MESSAGE_DELAYED && model->messages[id].not_before < due)
			due = model->messages[id].not_before;
		is_left |= state >= 0 && state <= BROOD_MESSAGE_TAKEN;
		const struct brood__entry *entry = brood__messages_get(messages, id);
		if (entry && brood__entry_is_live(entry))
			live += entry->put.length;
	}
	for (int i = 0; i <= BROOD_MESSAGE_DEAD; i++) {
		if (i != BROOD_MESSAGE_DONE)
			assert_int_equal(messages->counts[i], counts[i]);
	}
	const struct brood__entry *first = brood__messages_first(messages);
	assert_int_equal(first ? first->id : 0, model_first(model, now));
	assert_int_equal(brood__messages_due(messages), due);
	assert_int_equal(brood__messages_are_left(messages), is_left);
	assert_int_equal(messages->base.sent + messages->sent, model->sent);
	assert_int_equal(messages->base.done + messages->done, model->done);
	assert_int_equal(messages->base.removed + messages->removed, model->removed);
	assert_int_equal(messages->paused, model->paused);
	assert_int_equal(messages->draining, model->draining);
	assert_int_equal(messages->live_bytes, live);
}

/* Reads what is left of the log, and compares. */
static void compare_fresh(const struct log *log, const struct model *model, int64_t now)
{
	struct brood__messages fresh = { .segments = NULL };

	for (size_t i = 0; i < log->n; i++) {
		if (log->entries[i].place.segment >= log->lowest)
			apply_logged(&fresh, &log->entries[i]);
	}
	compare(&fresh, model, now);
	brood__messages_done(&fresh);
}

/* ---- random runs ---- */

static uint64_t ids_of_after[MODEL_AFTER];

static struct brood__record random_put(uint64_t id)
{
	struct brood__record record = { .type = BROOD__RECORD_PUT, .id = id };

	record.priority = (int8_t)((int)any(3) - 1);
	record.tries = any(3);
	record.not_before = any(3) == 0 ? any(100) : 0;
	if (any(2) == 0 && id > 1) {
		record.n_after = (uint8_t)(1 + any(MODEL_AFTER));
		for (size_t i = 0; i < record.n_after; i++)
			ids_of_after[i] = 1 + any((uint32_t)id - 1);
		record.after = (const unsigned char *)ids_of_after;
	}
	return record;
}

static struct brood__record random_record(void)
{
	static const uint8_t types[] = { BROOD__RECORD_TAKE, BROOD__RECORD_TAKE, BROOD__RECORD_TAKE,
		BROOD__RECORD_DONE, BROOD__RECORD_FAIL, BROOD__RECORD_FAIL, BROOD__RECORD_RETRY,
		BROOD__RECORD_RELEASE, BROOD__RECORD_LOST, BROOD__RECORD_REMOVE,
		BROOD__RECORD_REVIVE, BROOD__RECORD_PAUSE, BROOD__RECORD_RESUME,
		BROOD__RECORD_DRAIN, BROOD__RECORD_UNDRAIN };
	struct brood__record record = { .type = types[any(sizeof types)] };

	record.id = 1 + any(MODEL_IDS);
	if (record.type >= BROOD__RECORD_PAUSE)
		record.id = 0;
	if (record.type <= BROOD__RECORD_LOST)
		record.worker = 1 + any(2);
	if (record.type > BROOD__RECORD_TAKE && record.type < BROOD__RECORD_REMOVE)
		record.not_before = any(3) == 0 ? any(100) : 0;
	if (record.type == BROOD__RECORD_FAIL) {
		record.is_dead = any(2) == 0;
		record.code = (int32_t)any(10);
	}
	return record;
}

/* Copies what lives in the oldest segment, and drops it, as mailbox_compact.c does. */
static void drop_oldest(struct log *log, struct brood__messages *messages)
{
	static const uint8_t states[] = { 0, BROOD_MESSAGE_READY, BROOD_MESSAGE_TAKEN, 0,
		BROOD_MESSAGE_DEAD, BROOD_MESSAGE_REMOVED };
	struct brood__segment_info info = messages->segments[0];

	assert_true(info.is_sealed);
	for (uint64_t id = 1; id <= MODEL_IDS; id++) {
		const struct brood__entry *entry = brood__messages_get(messages, id);
		if (!entry || !brood__entry_is_live(entry) || entry->put.segment != info.number)
			continue;
		const struct logged *put = NULL;
		for (size_t i = 0; i < log->n; i++) {
			if (log->entries[i].place.segment == entry->put.segment &&
				log->entries[i].place.offset == entry->put.offset)
				put = &log->entries[i];
		}
		if (!put)
			fail_msg("a record is nowhere");
		struct brood__record copy = { 0 };
		if (put)
			copy = put->record;
		copy.type = BROOD__RECORD_COPY;
		copy.state = states[entry->base];
		copy.not_before = entry->not_before;
		copy.tried = entry->tried;
		copy.retried = entry->retried;
		copy.code = entry->code;
		copy.worker = entry->worker ? entry->worker->number : 0;
		if (!entry->edges)
			copy.n_after = 0;
		apply_logged(messages, log_add(log, copy));
	}
	struct brood__record drop = { .type = BROOD__RECORD_DROP,
		.segment = info.number,
		.flags = info.flags,
		.sent = messages->base.sent + info.sent,
		.done = messages->base.done + info.done,
		.removed = messages->base.removed + info.removed };
	apply_logged(messages, log_add(log, drop));
	log->lowest = info.number + 1;
}

static void seal(struct log *log, struct brood__messages *messages)
{
	struct brood__record record = { .type = BROOD__RECORD_SEAL, .segment = log->segment };

	apply_logged(messages, log_add(log, record));
	log_begin(log);
	apply_logged(messages, &log->entries[log->n - 1]);
}

/* What is over is not known any more, once its segment is dropped: for the model neither. */
static void forget_in_model(struct model *model, const struct brood__messages *messages)
{
	for (uint64_t id = 1; id <= MODEL_IDS; id++) {
		enum model_base base = model->messages[id].base;
		if ((base == M_DONE || base == M_REMOVED) && !brood__messages_get(messages, id))
			model->messages[id] = (struct model_message){ .base = M_NONE };
	}
}

static void run_randomly(bool is_dropping)
{
	static struct log log;
	struct model model = { .sent = 0 };
	struct brood__messages messages = { .segments = NULL };
	uint64_t next_id = 1;
	int64_t now = 0;

	memset(&log, 0, sizeof log);
	log.lowest = 1;
	log_begin(&log);
	apply_logged(&messages, &log.entries[0]);
	for (int i = 0; i < 120; i++) {
		struct brood__record record = random_record();
		if (next_id <= MODEL_IDS && any(4) == 0)
			record = random_put(next_id++);
		/* Nobody of us writes about what was dropped. */
		bool is_known = record.id == 0 || record.type == BROOD__RECORD_PUT ||
				brood__messages_get(&messages, record.id);
		if (is_known) {
			apply_logged(&messages, log_add(&log, record));
			model_apply(&model, &record, now);
		}
		now += any(3);
		compare(&messages, &model, now);
		if (any(12) == 0)
			seal(&log, &messages);
		if (is_dropping && any(12) == 0 && messages.n_segments > 1) {
			drop_oldest(&log, &messages);
			compare(&messages, &model, now);
			forget_in_model(&model, &messages);
			compare(&messages, &model, now);
		}
		if (any(5) == 0)
			compare_fresh(&log, &model, now);
	}
	compare_fresh(&log, &model, now);
	brood__messages_done(&messages);
}

static void random_runs_are_as_the_model_says(void **state)
{
	(void)state;
	for (seed = 1; seed < 3000; seed += 7)
		run_randomly(false);
}

static void dropped_segments_change_nothing(void **state)
{
	(void)state;
	for (seed = 1; seed < 6000; seed += 7)
		run_randomly(true);
}

/* ---- every type in every state ---- */

/* Ways to bring message 2, which waits for message 1 or not, into a state. */
static const struct way {
	const char *name;
	uint8_t types[4]; /* of message 2; 1 is put before */
	bool is_waiting;
	uint8_t first[2]; /* of message 1, at last */
} ways[] = {
	{ "unknown", { 0 }, false, { 0 } },
	{ "ready", { BROOD__RECORD_PUT }, false, { 0 } },
	{ "delayed", { BROOD__RECORD_PUT, BROOD__RECORD_TAKE, BROOD__RECORD_RETRY }, false, { 0 } },
	{ "blocked", { BROOD__RECORD_PUT }, true, { 0 } },
	{ "dead by another", { BROOD__RECORD_PUT }, true, { BROOD__RECORD_REMOVE } },
	{ "ready after another", { BROOD__RECORD_PUT }, true,
		{ BROOD__RECORD_TAKE, BROOD__RECORD_DONE } },
	{ "taken", { BROOD__RECORD_PUT, BROOD__RECORD_TAKE }, false, { 0 } },
	{ "taken again",
		{ BROOD__RECORD_PUT, BROOD__RECORD_TAKE, BROOD__RECORD_LOST, BROOD__RECORD_TAKE },
		false, { 0 } },
	{ "done", { BROOD__RECORD_PUT, BROOD__RECORD_TAKE, BROOD__RECORD_DONE }, false, { 0 } },
	{ "dead", { BROOD__RECORD_PUT, BROOD__RECORD_TAKE, BROOD__RECORD_FAIL }, false, { 0 } },
	{ "removed", { BROOD__RECORD_PUT, BROOD__RECORD_REMOVE }, false, { 0 } },
	{ "removed while blocked", { BROOD__RECORD_PUT, BROOD__RECORD_REMOVE }, true, { 0 } },
};

static struct brood__record plain(unsigned int type, uint64_t id, uint64_t worker)
{
	struct brood__record record = {
		.type = (uint8_t)type, .id = id, .name = "", .reason = "", .length = 50
	};

	if (type >= BROOD__RECORD_TAKE && type <= BROOD__RECORD_LOST)
		record.worker = worker;
	record.is_dead = type == BROOD__RECORD_FAIL;
	record.not_before = type == BROOD__RECORD_RETRY ? 50 : 0;
	if (type >= BROOD__RECORD_PAUSE)
		record.id = 0;
	return record;
}

static void both(struct brood__messages *messages, struct model *model, struct brood__record record)
{
	struct brood__place place = { .segment = 1, .offset = record.id, .length = record.length };

	assert_int_equal(brood__messages_apply(messages, &record, place), 0);
	model_apply(model, &record, 10);
}

static void go(struct brood__messages *messages, struct model *model, const struct way *way)
{
	static const uint64_t one = 1;
	struct brood__record begin = { .type = BROOD__RECORD_BEGIN, .segment = 1 };

	assert_int_equal(
		brood__messages_apply(messages, &begin, (struct brood__place){ .segment = 1 }), 0);
	both(messages, model, plain(BROOD__RECORD_PUT, 1, 0));
	for (size_t i = 0; i < 4 && way->types[i]; i++) {
		struct brood__record record = plain(way->types[i], 2, 7);
		if (record.type == BROOD__RECORD_PUT && way->is_waiting) {
			record.n_after = 1;
			record.after = (const unsigned char *)&one;
		}
		both(messages, model, record);
	}
	for (size_t i = 0; i < 2 && way->first[i]; i++)
		both(messages, model, plain(way->first[i], 1, 7));
	compare(messages, model, 10);
}

static void every_record_in_every_state_does_what_the_model_says(void **state)
{
	(void)state;
	for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
		for (unsigned int type = BROOD__RECORD_PUT; type <= BROOD__RECORD_UNDRAIN; type++) {
			if (type == BROOD__RECORD_COPY)
				continue;
			/* By who holds it, and by another one. */
			for (uint64_t worker = 7; worker <= 8; worker++) {
				struct brood__messages messages = { .segments = NULL };
				struct model model = { .sent = 0 };
				go(&messages, &model, &ways[w]);
				both(&messages, &model, plain(type, 2, worker));
				compare(&messages, &model, 10);
				compare(&messages, &model, 60);
				brood__messages_done(&messages);
			}
		}
	}
}

/* A chain of messages that all wait for the one before: nothing is done by calling oneself. */
static void a_long_chain_dies_and_comes_back(void **state)
{
	(void)state;
	enum { N = 200000 };
	struct brood__messages messages = { .segments = NULL };
	struct brood__record put = plain(BROOD__RECORD_PUT, 1, 0);
	struct brood__place place = { .segment = 1 };

	for (uint64_t id = 1; id <= N; id++) {
		uint64_t before = id - 1;
		put.id = id;
		put.n_after = id > 1;
		put.after = (const unsigned char *)&before;
		assert_int_equal(brood__messages_apply(&messages, &put, place), 0);
	}
	assert_int_equal(messages.counts[BROOD_MESSAGE_BLOCKED], N - 1);
	struct brood__record take = plain(BROOD__RECORD_TAKE, 1, 7);
	struct brood__record fail = plain(BROOD__RECORD_FAIL, 1, 7);
	struct brood__record revive = plain(BROOD__RECORD_REVIVE, 1, 0);
	assert_int_equal(brood__messages_apply(&messages, &take, place), 0);
	assert_int_equal(brood__messages_apply(&messages, &fail, place), 0);
	assert_int_equal(messages.counts[BROOD_MESSAGE_DEAD], N);
	assert_int_equal(brood__messages_apply(&messages, &revive, place), 0);
	assert_int_equal(messages.counts[BROOD_MESSAGE_DEAD], 0);
	assert_int_equal(messages.counts[BROOD_MESSAGE_BLOCKED], N - 1);
	brood__messages_done(&messages);
}

static void the_back_off_doubles_up_to_an_hour(void **state)
{
	(void)state;
	for (uint32_t tried = 0; tried < 100; tried++) {
		brood_duration plain_wait = BROOD_SECOND;
		for (uint32_t i = 1; i < tried && plain_wait < BROOD_HOUR; i++)
			plain_wait *= 2;
		if (plain_wait > BROOD_HOUR)
			plain_wait = BROOD_HOUR;
		assert_int_equal(brood__back_off(BROOD_SECOND, tried, 0), plain_wait);
		for (uint64_t luck = 1; luck != 0; luck *= 3) {
			brood_duration wait = brood__back_off(BROOD_SECOND, tried, luck);
			assert_true(wait >= plain_wait && wait <= plain_wait + plain_wait / 4);
			if (luck > UINT64_MAX / 3)
				break;
		}
	}
	assert_int_equal(brood__back_off(-1, 5, 12345), 0);
	assert_int_equal(brood__back_off(INT64_MAX, 5, 0), BROOD_HOUR);
	assert_int_equal(brood__back_off(1, UINT32_MAX, 0), BROOD_HOUR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_in_every_state_does_what_the_model_says),
		cmocka_unit_test(random_runs_are_as_the_model_says),
		cmocka_unit_test(dropped_segments_change_nothing),
		cmocka_unit_test(a_long_chain_dies_and_comes_back),
		cmocka_unit_test(the_back_off_doubles_up_to_an_hour),
	};
	return cmocka_run_group_tests_name("state of a mailbox", tests, NULL, NULL);
}
