/* SPDX-License-Identifier: MIT */
/*
 * What was written gets to the disk.
 *
 * Everybody syncs what he has written by the descriptor that he has written it with, and believes
 * nobody else's success: the kernel tells of a write that failed once per open file, and to one
 * that was opened after it not at all if somebody has heard of it already. No lock makes one
 * fdatasync(2) do for several: those that begin while the kernel commits another one are committed
 * together by it, and all woken at once.
 */

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
	/* What the kernel has of it on the disk now nobody knows. */
	if (r < 0)
		raise_to(&box->page->failed, number);
	return r;
}

/*
 * Syncs all up to this segment. Those before it are sealed, since the page has named it: what
 * counts has been written to them, and what is in this one may mean nothing without that.
 */
static int sync_to(struct brood_mailbox *box, uint64_t last)
{
	struct brood__page *page = box->page;
	uint64_t from = atomic_load(&page->sync_from);

	for (uint64_t number = from < last ? from : last; number <= last; number++) {
		int r = sync_segment(box, number);
		if (r < 0)
			return r;
	}
	/* The names of new segments. */
	if (from < last) {
		int r = brood__file_sync(box->folder_fd);
		if (r < 0 && r != -EINVAL)
			return r;
		raise_to(&page->sync_from, last);
	}
	/* Last of all: what others could not sync may be ours, in a segment that we have left, or
	 * what stands before ours. */
	return box->owed > 0 && atomic_load(&page->failed) >= box->owed ? -EIO : 0;
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

static int sync_or_leave(struct brood_mailbox *box, uint64_t last, struct brood_error *error)
{
	if (sync_to(box, last) == 0) {
		box->owed = box->append_segment;
		return 0;
	}
	leave_failed(box);
	/* This once, it has been told. */
	box->owed = (uint32_t)atomic_load(&box->page->segment);
	return brood__mailbox_fail_segment(box, error, -EIO, BROOD_STEP_PUMP, last);
}

int brood__mailbox_flush(struct brood_mailbox *box, struct brood_error *error)
{
	return sync_or_leave(box, atomic_load(&box->page->segment), error);
}

int brood__mailbox_commit(struct brood_mailbox *box, struct brood_error *error)
{
	return box->sync == BROOD_SYNC_OFF ? 0 : sync_or_leave(box, box->append_segment, error);
}
