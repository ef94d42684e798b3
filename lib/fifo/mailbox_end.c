/* SPDX-License-Identifier: MIT */
/* What is taken is ended; what an operator does. */

#include "fifo/mailbox.h"

#include "base/error.h"
#include <errno.h>
#include <string.h>

/* ---- ends of a lease ---- */

static struct brood__held *find_held(struct brood_mailbox *box, uint64_t id)
{
	for (size_t i = 0; i < box->n_held; i++) {
		if (box->held[i].id == id)
			return &box->held[i];
	}
	return NULL;
}

/* Appends the end of a lease. The record says how. Returns 0 or a code. */
static int end_lease(struct brood_mailbox *box, struct brood__held *held,
	struct brood__record *record, struct brood_error *error)
{
	int r = brood__mailbox_lock(box, error);

	if (r < 0)
		return r;
	record->id = held->id;
	record->worker = box->worker;
	r = brood__mailbox_append(box, record, error);
	if (r == 0) {
		*held = box->held[--box->n_held];
		brood__mailbox_rotate_if_due(box);
	}
	brood__mailbox_unlock(box);
	return r < 0 ? r : brood__mailbox_commit(box, error);
}

/* The message with this id that we hold, or NULL and a code. */
static struct brood__held *check_held(
	struct brood_mailbox *box, uint64_t id, int *ret_code, struct brood_error *error)
{
	struct brood__held *held = NULL;

	*ret_code = brood__mailbox_check(box, true, error);
	if (*ret_code == 0) {
		held = find_held(box, id);
		if (!held)
			*ret_code = brood__mailbox_fail(
				box, error, -ENOENT, BROOD_STEP_CONFIG, NULL);
	}
	return held;
}

/* When a message may be tried again. */
static int64_t after_delay(int64_t now, brood_duration delay)
{
	return delay > 0 ? brood__deadline(now, delay) : 0;
}

int brood_mailbox_done(struct brood_mailbox *box, uint64_t id, struct brood_error *error)
{
	int r;
	struct brood__held *held = check_held(box, id, &r, error);
	struct brood__record record = { .type = BROOD__RECORD_DONE, .reason = "" };

	if (!held)
		return r;
	record.time = brood__mailbox_now();
	return end_lease(box, held, &record, error);
}

int brood_mailbox_fail(struct brood_mailbox *box, uint64_t id, int code, const char *reason,
	struct brood_error *error)
{
	int r;
	struct brood__held *held = check_held(box, id, &r, error);
	struct brood__record record = { .type = BROOD__RECORD_FAIL, .code = code };

	if (!held)
		return r;
	record.time = brood__mailbox_now();
	record.reason = reason ? reason : "";
	record.reason_length = (uint8_t)strnlen(record.reason, BROOD__RECORD_REASON);
	record.is_dead = held->tried >= held->tries;
	if (!record.is_dead)
		record.not_before = after_delay(record.time,
			brood__back_off(box->back_off, held->tried, brood__mailbox_luck(box)));
	r = end_lease(box, held, &record, error);
	return r < 0 ? r : record.is_dead;
}

int brood_mailbox_retry(
	struct brood_mailbox *box, uint64_t id, brood_duration delay, struct brood_error *error)
{
	int r;
	struct brood__held *held = check_held(box, id, &r, error);
	struct brood__record record = { .type = BROOD__RECORD_RETRY, .reason = "" };

	if (!held)
		return r;
	record.time = brood__mailbox_now();
	if (delay == 0)
		delay = brood__back_off(
			box->back_off, held->tried + held->retried, brood__mailbox_luck(box));
	record.not_before = after_delay(record.time, delay);
	return end_lease(box, held, &record, error);
}

int brood_mailbox_release(struct brood_mailbox *box, uint64_t id, struct brood_error *error)
{
	int r;
	struct brood__held *held = check_held(box, id, &r, error);
	struct brood__record record = { .type = BROOD__RECORD_RELEASE, .reason = "" };

	if (!held)
		return r;
	record.time = brood__mailbox_now();
	return end_lease(box, held, &record, error);
}

/* ---- what an operator does ---- */

/* With everything read: appends a record if `why_not` is 0. Unlocks. */
static int operate(struct brood_mailbox *box, struct brood__record *record, int why_not,
	struct brood_error *error)
{
	int r = why_not;

	record->time = brood__mailbox_now();
	record->reason = "";
	if (r < 0)
		r = brood__mailbox_fail(box, error, r, BROOD_STEP_CONFIG, NULL);
	else
		r = brood__mailbox_append(box, record, error);
	if (r == 0)
		r = brood__mailbox_refresh(box, error);
	if (r == 0) {
		atomic_store(&box->page->draining, box->messages.draining);
		brood__mailbox_compact(box);
		brood__mailbox_rotate_if_due(box);
	}
	brood__mailbox_unlock(box);
	return r < 0 ? r : brood__mailbox_commit(box, error);
}

static int operate_on_message(
	struct brood_mailbox *box, uint64_t id, uint8_t type, struct brood_error *error)
{
	struct brood__record record = { .type = type, .id = id };
	int r = brood__mailbox_check(box, true, error);
	int why_not = 0;

	if (r == 0)
		r = brood__mailbox_lock_fresh(box, error);
	if (r == 0)
		r = brood__mailbox_expire(box, error);
	if (r < 0) {
		if (box && *box->alive)
			brood__mailbox_unlock(box);
		return r;
	}
	const struct brood__entry *entry = id > 0 ? brood__messages_get(&box->messages, id) : NULL;
	if (entry && entry->base == BROOD__BASE_TAKEN)
		why_not = -EBUSY;
	else if (!entry || entry->base == BROOD__BASE_DONE || entry->base == BROOD__BASE_REMOVED ||
		 (type == BROOD__RECORD_REVIVE && entry->state != BROOD_MESSAGE_DEAD))
		why_not = -ENOENT;
	return operate(box, &record, why_not, error);
}

int brood_mailbox_remove(struct brood_mailbox *box, uint64_t id, struct brood_error *error)
{
	return operate_on_message(box, id, BROOD__RECORD_REMOVE, error);
}

int brood_mailbox_revive(struct brood_mailbox *box, uint64_t id, struct brood_error *error)
{
	return operate_on_message(box, id, BROOD__RECORD_REVIVE, error);
}

/* Sets what holds for the whole mailbox. Saying it again changes nothing. */
static int set_flag(
	struct brood_mailbox *box, uint8_t on, uint8_t off, bool is_on, struct brood_error *error)
{
	struct brood__record record = { .type = is_on ? on : off };
	int r = brood__mailbox_check(box, true, error);

	if (r == 0)
		r = brood__mailbox_lock_fresh(box, error);
	if (r < 0)
		return r;
	return operate(box, &record, 0, error);
}

int brood_mailbox_pause(struct brood_mailbox *box, bool paused, struct brood_error *error)
{
	return set_flag(box, BROOD__RECORD_PAUSE, BROOD__RECORD_RESUME, paused, error);
}

int brood_mailbox_drain(struct brood_mailbox *box, bool draining, struct brood_error *error)
{
	return set_flag(box, BROOD__RECORD_DRAIN, BROOD__RECORD_UNDRAIN, draining, error);
}
