/* SPDX-License-Identifier: MIT */
/* A worker takes messages. */

#include "fifo/mailbox.h"

#include "base/error.h"
#include "base/size.h"
#include "base/strings.h"
#include "sys/clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A busy worker looks no more often than that for those that have died. */
#define LOOK_EVERY (100 * BROOD_MILLISECOND)

/* Makes room to hold one more. */
static int reserve_held(struct brood_mailbox *box)
{
	if (box->n_held < box->held_capacity)
		return 0;
	size_t capacity = box->held_capacity ? 2 * box->held_capacity : 4;
	struct brood__held *held = realloc(box->held, capacity * sizeof *held);
	if (!held)
		return -ENOMEM;
	box->held = held;
	box->held_capacity = capacity;
	return 0;
}

static int append_take(
	struct brood_mailbox *box, const struct brood_message *message, struct brood_error *error)
{
	struct brood__record record = {
		.type = BROOD__RECORD_TAKE,
		.id = message->id,
		.time = message->changed_ns,
		.worker = box->worker,
		.pid = getpid(),
		.name = box->name,
		.name_length = (uint8_t)strlen(box->name),
	};

	return brood__mailbox_append(box, &record, error);
}

/* A message whose data is gone: nobody will ever have it, but it can be seen why. */
static int bury(
	struct brood_mailbox *box, const struct brood_message *message, struct brood_error *error)
{
	static const char reason[] = "its record is damaged";
	struct brood__record record = {
		.type = BROOD__RECORD_FAIL,
		.id = message->id,
		.time = brood__mailbox_now(),
		.worker = box->worker,
		.is_dead = 1,
		.code = EUCLEAN,
		.reason = reason,
		.reason_length = sizeof reason - 1,
	};
	int r = append_take(box, message, error);

	if (r == 0)
		r = brood__mailbox_append(box, &record, error);
	if (r == 0)
		r = brood__mailbox_refresh(box, error);
	return r;
}

/* Takes the first one that is ready. Returns 0; 1: there is none; a code. */
static int take_first(
	struct brood_mailbox *box, struct brood_message *message, struct brood_error *error)
{
	for (;;) {
		brood__messages_advance(&box->messages, brood__mailbox_now());
		if (box->messages.paused)
			return 1;
		const struct brood__entry *entry = brood__messages_first(&box->messages);
		if (!entry)
			return 1;
		int r = brood__mailbox_tell(box, entry, message);
		message->changed_ns = box->messages.now;
		if (r == -EUCLEAN) {
			r = bury(box, message, error);
			if (r < 0)
				return r;
			continue;
		}
		if (r < 0)
			return brood__mailbox_fail_segment(
				box, error, r, BROOD_STEP_PUMP, entry->put.segment);
		r = append_take(box, message, error);
		if (r < 0)
			return r;
		message->state = BROOD_MESSAGE_TAKEN;
		message->tried++;
		message->worker_pid = getpid();
		brood__text_copy(box->told_worker, sizeof box->told_worker, box->name);
		message->worker = box->name[0] ? box->told_worker : NULL;
		box->held[box->n_held++] = (struct brood__held){ message->id, message->tries,
			message->tried, entry->retried };
		return 0;
	}
}

/* Looks once; the lock is held, and all is read. Returns 0, -ETIME, -ESHUTDOWN, a code. */
static int take_locked(
	struct brood_mailbox *box, struct brood_message *message, struct brood_error *error)
{
	int r = brood__mailbox_be_worker(box, error);
	int n = 0;

	if (r < 0)
		return r;
	if (brood__clock_now() - box->looked >= LOOK_EVERY)
		n = brood__mailbox_expire(box, error);
	r = n < 0 ? n : take_first(box, message, error);
	if (r <= 0)
		return r;
	/* Before there is nothing, whoever may have died meanwhile is looked for. */
	n = box->messages.n_holders > 0 ? brood__mailbox_expire(box, error) : 0;
	r = n < 0 ? n : n > 0 ? take_first(box, message, error) : 1;
	if (r <= 0)
		return r;
	if (box->messages.draining && !brood__messages_are_left(&box->messages))
		return brood__mailbox_fail(box, error, -ESHUTDOWN, BROOD_STEP_PUMP, NULL);
	return -ETIME;
}

static int take(struct brood_mailbox *box, struct brood_message *message, struct brood_error *error)
{
	int r = reserve_held(box);

	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_PUMP, NULL);
	brood__mailbox_watch_drain(box);
	r = brood__mailbox_lock_fresh(box, error);
	if (r < 0)
		return r;
	/* Before, since it reads records where the message is to be. */
	brood__mailbox_compact(box);
	r = take_locked(box, message, error);
	brood__mailbox_rotate_if_due(box);
	brood__mailbox_unlock(box);
	brood__mailbox_watch_due(box, brood__messages_due(&box->messages));
	return r;
}

int brood_mailbox_receive(struct brood_mailbox *box, brood_duration timeout,
	struct brood_message *message, struct brood_error *error)
{
	struct brood_message told;
	brood__instant deadline = brood__deadline(brood__clock_now(), timeout);
	int r = brood__mailbox_check(box, true, error);

	if (r < 0)
		return r;
	if (!message)
		return brood__mailbox_misused(error);
	if (message->size < sizeof message->size)
		return brood__mailbox_fail(box, error, message->size == 0 ? -E2BIG : BROOD_EMISUSE,
			BROOD_STEP_CONFIG, NULL);
	for (;;) {
		r = take(box, &told, error);
		if (r == 0)
			return brood__struct_give(message, &told, sizeof told);
		brood_duration rest = brood__remaining(brood__clock_now(), deadline);
		if (r != -ETIME)
			return r;
		if (rest == 0)
			break;
		/* The watch must be there before the last look. */
		if (!box->watch) {
			r = brood__mailbox_watch(box);
			if (r < 0)
				break;
			continue;
		}
		r = brood__mailbox_watch_wait(box, rest);
		if (r < 0)
			break;
	}
	return brood__mailbox_fail(box, error, r, BROOD_STEP_PUMP, NULL);
}
