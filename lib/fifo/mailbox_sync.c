/* SPDX-License-Identifier: MIT */
/* What was written gets to the disk: one fdatasync(2) for all who wait for one. */

#include "fifo/mailbox_store.h"

#include "sys/fd.h"
#include "sys/files.h"
#include <errno.h>
#include <fcntl.h>

static void raise_to(_Atomic uint64_t *number, uint64_t value)
{
	uint64_t seen = atomic_load(number);

	while (seen < value && !atomic_compare_exchange_weak(number, &seen, value))
		;
}

static int sync_segment(struct brood_mailbox *box, uint64_t number)
{
	bool is_open = box->append_fd >= 0 && box->append_segment == number;
	AUTO_FD opened = is_open ? -1 : brood__mailbox_open_segment(box, number, O_RDWR);

	if (opened == -ENOENT) /* given up meanwhile: nothing in it is needed */
		return 0;
	if (!is_open && opened < 0)
		return opened;
	int r = brood__file_sync(is_open ? box->append_fd : opened);
	/* The kernel tells of it once; what it has written nobody knows. */
	if (r < 0)
		raise_to(&box->page->failed, number);
	return r;
}

/*
 * Syncs all that has been written. A segment is left behind only when page.segment was above it
 * before: then it was sealed, and nothing that counts was written to it after that.
 */
static int sync_all(struct brood_mailbox *box, struct brood_error *error)
{
	struct brood__page *page = box->page;
	uint64_t written = atomic_load(&page->written);
	uint64_t last = atomic_load(&page->segment);
	uint64_t from = atomic_load(&page->sync_from);

	for (uint64_t number = from; number <= last; number++) {
		int r = sync_segment(box, number);
		if (r < 0)
			return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_PUMP, number);
	}
	/* The names of new segments. */
	if (from < last) {
		int r = brood__file_sync(box->folder_fd);
		if (r < 0 && r != -EINVAL)
			return brood__mailbox_fail(box, error, r, BROOD_STEP_PUMP, NULL);
	}
	raise_to(&page->synced, written);
	raise_to(&page->sync_from, last);
	return 0;
}

/* A segment that could not be synced gets nothing more. */
static void leave_failed(struct brood_mailbox *box)
{
	bool was_locked = box->is_locked;

	if (!was_locked && brood__mailbox_lock(box, NULL) < 0)
		return;
	uint64_t number = atomic_load(&box->page->segment);
	if (atomic_load(&box->page->failed) >= number && brood__mailbox_rotate(box, NULL) == 0)
		raise_to(&box->page->sync_from, number + 1);
	if (!was_locked)
		brood__mailbox_unlock(box);
}

static int sync_once(struct brood_mailbox *box, struct brood_error *error)
{
	int r = sync_all(box, error);

	if (r == 0)
		return 0;
	leave_failed(box);
	return brood__mailbox_fail(box, error, -EIO, BROOD_STEP_PUMP, NULL);
}

int brood__mailbox_flush(struct brood_mailbox *box, struct brood_error *error)
{
	return sync_once(box, error);
}

/* With others: whoever has the lock syncs for all who have written by then. */
static int sync_together(struct brood_mailbox *box, uint64_t ticket, struct brood_error *error)
{
	struct brood__page *page = box->page;
	uint32_t number = box->append_segment;

	if (box->sync_fd < 0)
		box->sync_fd = brood__file_open(box->folder_fd, "sync", O_RDWR, 0);
	if (box->sync_fd < 0)
		return sync_once(box, error);
	int r = brood__file_lock(box->sync_fd);
	if (r < 0)
		return sync_once(box, error);
	/* First of all: later segments may have been synced since. */
	if (atomic_load(&page->failed) >= number)
		r = -EIO;
	else if (atomic_load(&page->synced) < ticket)
		r = sync_all(box, error);
	brood__file_unlock(box->sync_fd);
	if (r == 0)
		return 0;
	leave_failed(box);
	return brood__mailbox_fail_segment(box, error, -EIO, BROOD_STEP_PUMP, number);
}

int brood__mailbox_commit(struct brood_mailbox *box, uint64_t ticket, struct brood_error *error)
{
	switch (box->sync) {
	case BROOD_SYNC_OFF:
		return 0;
	case BROOD_SYNC_ALWAYS:
		return sync_once(box, error);
	default:
		return sync_together(box, ticket, error);
	}
}
