/* SPDX-License-Identifier: MIT */
/* A message is put in. */

#include "fifo/mailbox.h"

#include "base/deadline.h"
#include "base/size.h"
#include "fifo/mailbox_write.h"
#include <errno.h>

static int check_message(const struct brood_mailbox *box, const struct brood_message *message)
{
	if ((!message->data && message->length > 0) || (!message->after && message->n_after > 0) ||
		message->priority < -128 || message->priority > 127)
		return BROOD_EMISUSE;
	if (message->length > BROOD_MESSAGE_LONGEST || message->n_after > BROOD_MESSAGE_AFTER_MOST)
		return -EMSGSIZE;
	if (message->n_after > 0) {
		uint64_t next_id = atomic_load(&box->page->next_id);
		for (size_t i = 0; i < message->n_after; i++) {
			if (message->after[i] == 0 || message->after[i] >= next_id)
				return -EINVAL;
		}
	}
	return 0;
}

/* Appends a PUT to the current segment, without the lock. */
static int put(
	struct brood_mailbox *box, const struct brood__encoded *encoded, struct brood_error *error)
{
	struct brood__page *page = box->page;

	for (;;) {
		uint32_t number = (uint32_t)atomic_load(&page->segment);
		int r = 0;
		if (box->append_segment != number || box->append_fd < 0)
			r = brood__mailbox_open_append(box, number);
		if (r == -ENOENT && number != atomic_load(&page->segment))
			continue;
		if (r < 0)
			return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_OPEN, number);
		r = brood__mailbox_write(box, encoded);
		if (r < 0)
			return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_PUMP, number);
		if (atomic_load(&page->closing) < number)
			return 0;
		r = brood__mailbox_lock(box, error);
		if (r < 0)
			return r;
		r = brood__mailbox_is_before_seal(box);
		brood__mailbox_unlock(box);
		if (r < 0)
			return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_PUMP, number);
		if (r > 0)
			return 0;
	}
}

/* Makes a PUT of a message, in box->sending. Returns 0, -ENOMEM, -EBADMSG, -EUCLEAN. */
static int encode(struct brood_mailbox *box, const struct brood_message *message, uint64_t *ret_id)
{
	/* What a PUT has; the rest of it is not looked at. */
	struct brood__record record;
	record.type = BROOD__RECORD_PUT;
	record.id = atomic_fetch_add(&box->page->next_id, 1);
	record.priority = (int8_t)message->priority;
	record.kind = message->kind;
	record.tries = message->tries;
	record.n_after = (uint8_t)message->n_after;
	record.after = (const unsigned char *)message->after;
	record.data = message->data;
	record.n_data = message->length;
	record.not_before = 0;
	if (message->delay > 0) {
		record.time = brood__mailbox_now();
		record.not_before = brood__deadline(record.time, message->delay);
	} else {
		record.time = brood__mailbox_now_about();
	}
	*ret_id = record.id;
	if (record.id >= BROOD__RECORD_ID_MOST)
		return -EUCLEAN;
	return brood__record_encode(&box->sending, &record, box->page->salt);
}

int brood_mailbox_send(struct brood_mailbox *box, const struct brood_message *message,
	uint64_t *ret_id, struct brood_error *error)
{
	struct brood_message full;
	uint64_t id;
	int r = brood__mailbox_check(box, true, error);

	if (r < 0)
		return r;
	if (!message) {
		r = BROOD_EMISUSE;
	} else if (message->size != sizeof full) {
		r = brood__struct_copy(&full, sizeof full, message);
		message = &full;
	}
	if (r == 0)
		r = check_message(box, message);
	if (r == 0 && atomic_load_explicit(&box->page->draining, memory_order_relaxed))
		r = -ESHUTDOWN;
	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_CONFIG, NULL);
	r = encode(box, message, &id);
	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_PUMP, "box");
	r = put(box, &box->sending, error);
	if (box->sending.masked)
		brood__record_done(&box->sending);
	if (r == 0 && box->sync != BROOD_SYNC_OFF)
		r = brood__mailbox_commit(box, error);
	if (r < 0)
		return r;
	/* Now that what we append to may be another one. */
	if (box->unsaid == 0)
		brood__mailbox_rotate_if_due(box);
	if (ret_id)
		*ret_id = id;
	return 0;
}
