/* SPDX-License-Identifier: MIT */
/* Reading: what is new in the segments, and single records again. */

#include "fifo/mailbox_store.h"

#include "base/error.h"
#include "sys/fd.h"
#include "sys/files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* As often a reader begins again whom the segments are taken away from. */
#define MOST_BEGINNINGS 16

/* Memory for a record that is kept between calls. */
#define KEPT_BYTES ((size_t)64 << 10)

/* Forgets everything that was read. */
static void reset(struct brood_mailbox *box)
{
	brood__messages_done(&box->messages);
	brood__scan_begin(&box->scan, -1, box->page->salt);
	box->read_segment = 0;
	box->is_loose = false;
	box->n_record = 0;
	box->n_order = box->order_at = 0;
}

/* Opens a segment and reads its BEGIN. Returns 0 or -errno; -ENOENT: there is none. */
static int begin_segment(struct brood_mailbox *box, uint32_t number)
{
	struct brood__record record;
	uint64_t offset;

	box->opened = number;
	int fd = brood__mailbox_open_segment(box, number, O_RDONLY);
	if (fd < 0)
		return fd;
	brood__fd_make_way(&fd);
	brood__scan_begin(&box->scan, fd, box->page->salt);
	int r = brood__scan_next(&box->scan, &record, &offset);
	if (r < 0)
		return r;
	if (r == 0 || offset != 0 || record.type != BROOD__RECORD_BEGIN ||
		record.version != BROOD__RECORD_VERSION || record.segment != number ||
		record.salt != box->page->salt)
		return -EUCLEAN;
	box->read_segment = number;
	return brood__messages_apply(&box->messages, &record,
		(struct brood__place){ .segment = number, .length = record.length });
}

/* Opens a segment and reads its BEGIN, while the page is being made: one of which nothing got to
 * the disk is made again. */
static int begin_or_make(struct brood_mailbox *box, uint32_t number)
{
	int r = begin_segment(box, number);

	if (!box->is_recovering || (r != -ENOENT && r != -EUCLEAN) ||
		(r == -EUCLEAN && !brood__mailbox_is_stub(box, number)))
		return r;
	r = brood__mailbox_make_segment(box, number);
	if (r < 0)
		return r;
	if (number > atomic_load(&box->page->segment)) {
		atomic_store(&box->page->closing, number - 1);
		atomic_store(&box->page->segment, number);
	}
	return begin_segment(box, number);
}

/* Goes on to the segment behind a sealed one. -EAGAIN: it is gone already. */
static int next_segment(struct brood_mailbox *box)
{
	uint32_t number = box->read_segment + 1;
	int r = begin_or_make(box, number);

	return r == -ENOENT ? -EAGAIN : r;
}

/* Nothing more seemed to be in this segment. Returns 1: read on; 0: that is all; -errno.
 * *is_again: SEAL was there already when what has been read was. */
static int at_end(struct brood_mailbox *box, bool *is_again)
{
	uint32_t last = (uint32_t)atomic_load(&box->page->segment);
	uint32_t lowest;

	if (box->is_stale) {
		int r = brood__mailbox_segments(box, &lowest, &last);
		if (r < 0)
			return r;
	}
	if (box->read_segment >= last) {
		int64_t end = brood__file_end(box->scan.fd);
		if (end < 0)
			return (int)end;
		uint64_t seen = box->scan.end_at;
		return (uint64_t)end < seen ? -EUCLEAN : (uint64_t)end > seen;
	}
	/* SEAL is written before the page says that there is a next one. */
	if (!*is_again) {
		*is_again = true;
		return 1;
	}
	int r = -EUCLEAN;
	if (box->is_recovering) {
		r = brood__mailbox_seal(box, box->read_segment);
	} else if (box->is_stale) {
		r = next_segment(box);
		box->is_loose = true;
	}
	return r < 0 ? r : 1;
}

static int read_on(struct brood_mailbox *box)
{
	struct brood__record record;
	struct brood__place place;
	bool is_again = false;

	for (;;) {
		int r = brood__scan_next(&box->scan, &record, &place.offset);
		if (r == 0) {
			r = at_end(box, &is_again);
			if (r <= 0)
				return r;
			continue;
		}
		if (r < 0)
			return r;
		if (record.type == BROOD__RECORD_BEGIN ||
			(record.type == BROOD__RECORD_SEAL && record.segment != box->read_segment))
			continue;
		place.segment = box->read_segment;
		place.length = record.length;
		r = brood__messages_apply(&box->messages, &record, place);
		if (r < 0) {
			brood__scan_again(&box->scan, place.offset);
			return r;
		}
		if (record.type == BROOD__RECORD_SEAL) {
			is_again = false;
			r = next_segment(box);
			if (r < 0)
				return r;
		}
	}
}

static int read_all(struct brood_mailbox *box)
{
	uint32_t highest;

	if (box->read_segment == 0) {
		int r = brood__mailbox_segments(box, &box->lowest, &highest);
		box->opened = box->lowest;
		if (r < 0)
			return r;
		if (box->lowest == 0)
			return -EUCLEAN;
		r = begin_or_make(box, box->lowest);
		if (r < 0)
			return r == -ENOENT ? -EAGAIN : r;
	}
	return read_on(box);
}

int brood__mailbox_refresh(struct brood_mailbox *box, struct brood_error *error)
{
	int r = -EAGAIN;

	if (box->is_loose)
		reset(box);
	for (int i = 0; r == -EAGAIN && i < MOST_BEGINNINGS; i++) {
		r = read_all(box);
		if (r == -EAGAIN)
			reset(box);
	}
	if (r >= 0)
		return 0;
	uint32_t number = box->opened;
	/* What lies behind a broken place cannot be told; the next one begins anew. */
	if (r != -ENOMEM)
		reset(box);
	if (r == -EAGAIN)
		r = -EUCLEAN;
	if (number == 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, NULL);
	return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_OPEN, number);
}

int brood__mailbox_lock_fresh(struct brood_mailbox *box, struct brood_error *error)
{
	/* What takes long is read before others have to wait for us. */
	if (box->read_segment == 0) {
		int r = brood__mailbox_refresh(box, error);
		if (r < 0)
			return r;
	}
	int r = brood__mailbox_lock(box, error);
	if (r < 0)
		return r;
	r = brood__mailbox_refresh(box, error);
	if (r < 0)
		brood__mailbox_unlock(box);
	return r;
}

/* A descriptor of a segment, for reading; it is kept. */
static int data_fd(struct brood_mailbox *box, uint32_t number)
{
	if (number == box->read_segment)
		return box->scan.fd;
	if (box->data_fd < 0 || box->data_segment != number) {
		int fd = brood__mailbox_open_segment(box, number, O_RDONLY);
		if (fd < 0)
			return fd;
		brood__fd_close(&box->data_fd);
		brood__fd_make_way(&fd);
		box->data_fd = fd;
		box->data_segment = number;
	}
	return box->data_fd;
}

/* The bytes at a place, if they were read already; or NULL. */
static unsigned char *at_hand(struct brood_mailbox *box, struct brood__place place)
{
	if (box->read_segment > 0 && place.segment == box->read_segment) {
		unsigned char *bytes = brood__scan_behind(&box->scan, place.offset, place.length);
		if (bytes)
			return bytes;
	}
	if (place.segment != box->record_place.segment || place.offset < box->record_place.offset ||
		place.offset + place.length > box->record_place.offset + box->n_record)
		return NULL;
	return box->record + (place.offset - box->record_place.offset);
}

static int reserve_record(struct brood_mailbox *box, size_t length)
{
	if (box->record_capacity >= length &&
		(box->record_capacity <= KEPT_BYTES || length > KEPT_BYTES))
		return 0;
	size_t capacity = length > KEPT_BYTES ? length : KEPT_BYTES;
	free(box->record);
	box->record = malloc(capacity);
	box->record_capacity = box->record ? capacity : 0;
	box->n_record = 0;
	return box->record ? 0 : -ENOMEM;
}

/* Reads what is at a place into box->record; and what is behind it too, if that was done so the
 * time before: whoever reads one after the other has the next ones then. Returns 0 or -errno. */
static int read_place(struct brood_mailbox *box, struct brood__place place)
{
	int fd = place.segment > 0 ? data_fd(box, place.segment) : -ENOENT;
	int r = fd < 0 ? fd : reserve_record(box, place.length);

	if (r < 0)
		return r;
	uint64_t from = box->record_place.offset;
	bool is_next = place.segment == box->record_place.segment && place.offset >= from &&
		       place.offset - from <= box->record_capacity;
	box->record_place = place;
	box->n_record = 0;
	size_t n = is_next ? box->record_capacity : place.length;
	ssize_t got = brood__file_read_some(fd, box->record, n, place.offset);
	if (got >= 0 && (size_t)got < place.length)
		got = brood__file_read_at(fd, box->record, place.length, place.offset);
	if (got < 0)
		return (int)got;
	box->n_record = (size_t)got;
	return 0;
}

int brood__mailbox_read_record(
	struct brood_mailbox *box, struct brood__place place, struct brood__record *record)
{
	const uint32_t salt = box->page->salt;
	size_t need;
	unsigned char *bytes = at_hand(box, place);

	/* What is at hand may have been read before it was written to its end, or be unmasked. */
	if (bytes &&
		brood__record_decode(bytes, place.length, salt, record, &need) == BROOD__DECODED &&
		record->length == place.length)
		return 0;
	int r = read_place(box, place);
	if (r < 0)
		return r == -ENOENT ? -EUCLEAN : r;
	if (brood__record_decode(box->record, box->n_record, salt, record, &need) != BROOD__DECODED)
		return -EUCLEAN;
	return record->length == place.length ? 0 : -EUCLEAN;
}

static void tell_record(struct brood_mailbox *box, const struct brood__record *record,
	struct brood_message *message)
{
	message->data = record->data;
	message->length = record->n_data;
	message->kind = record->kind;
	message->sent_ns = record->time;
	message->n_after = record->n_after;
	for (size_t i = 0; i < record->n_after; i++)
		box->told_after[i] = brood__record_after(record, i);
	message->after = record->n_after > 0 ? box->told_after : NULL;
}

int brood__mailbox_tell(
	struct brood_mailbox *box, const struct brood__entry *entry, struct brood_message *message)
{
	struct brood__record record;
	int r;

	*message = (struct brood_message){
		.size = sizeof *message,
		.priority = entry->priority,
		.tries = entry->tries,
		.id = entry->id,
		.state = entry->state,
		.tried = entry->tried,
		.changed_ns = entry->changed,
		.not_before_ns = entry->not_before,
		.code = entry->code,
	};
	if (entry->worker) {
		memcpy(box->told_worker, entry->worker->name, sizeof box->told_worker);
		message->worker_pid = entry->worker->pid;
		message->worker = box->told_worker[0] ? box->told_worker : NULL;
	}
	if (entry->reason.segment > 0) {
		r = brood__mailbox_read_record(box, entry->reason, &record);
		if (r < 0 && r != -EUCLEAN)
			return r;
		if (r == 0 && record.reason_length > 0) {
			memcpy(box->told_reason, record.reason, record.reason_length);
			box->told_reason[record.reason_length] = '\0';
			message->reason = box->told_reason;
		}
	}
	r = brood__mailbox_read_record(box, entry->put, &record);
	if (r == 0 && record.id != entry->id)
		r = -EUCLEAN;
	if (r == 0)
		tell_record(box, &record, message);
	return r;
}
