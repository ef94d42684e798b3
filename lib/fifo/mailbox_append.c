/* SPDX-License-Identifier: MIT */
/* Records get into segments, and segments follow one another. */

#include "fifo/mailbox_write.h"

#include "base/error.h"
#include "sys/fd.h"
#include "sys/files.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the lock ---- */

static int open_lock(struct brood_mailbox *box)
{
	if (box->lock_fd < 0)
		box->lock_fd = brood__file_open(box->folder_fd, "lock", O_RDWR, 0);
	return box->lock_fd;
}

void brood__mailbox_unlock(struct brood_mailbox *box)
{
	if (box->is_locked)
		brood__file_unlock(box->lock_fd);
	box->is_locked = false;
}

/* ---- appending ---- */

/* Opens a segment for appending; what is no segment of this mailbox is never written to. Returns
 * the descriptor or -errno. */
static int open_begun(const struct brood_mailbox *box, uint32_t number)
{
	unsigned char bytes[BROOD__RECORD_META];
	struct brood__record record;
	size_t need;
	AUTO_FD fd = brood__mailbox_open_segment(box, number, O_RDWR | O_APPEND);

	if (fd < 0)
		return fd;
	ssize_t n = brood__file_read_at(fd, bytes, sizeof bytes, 0);
	if (n < 0)
		return (int)n;
	if (brood__record_decode(bytes, (size_t)n, box->page->salt, &record, &need) !=
			BROOD__DECODED ||
		record.type != BROOD__RECORD_BEGIN || record.segment != number ||
		record.salt != box->page->salt)
		return -EUCLEAN;
	return brood__fd_steal(&fd);
}

int brood__mailbox_open_append(struct brood_mailbox *box, uint32_t number)
{
	if (box->append_fd >= 0 && box->append_segment == number)
		return 0;
	int fd = open_begun(box, number);
	if (fd < 0)
		return fd;
	brood__fd_close(&box->append_fd);
	box->append_fd = fd;
	brood__fd_make_way(&box->append_fd);
	box->append_segment = number;
	if (box->owed == 0)
		box->owed = number;
	return 0;
}

void brood__mailbox_say_written(struct brood_mailbox *box)
{
	if (box->unsaid > 0)
		atomic_fetch_add(&box->page->written, box->unsaid);
	box->unsaid = 0;
}

/* Finds SEAL in a segment. Takes fd. Returns 1 and sets *ret_offset, 0, or -errno. */
static int find_seal(const struct brood_mailbox *box, int fd, uint64_t *ret_offset)
{
	struct brood__scan scan = { .fd = -1 };
	struct brood__record record;

	brood__scan_begin(&scan, fd, box->page->salt);
	int r;
	do
		r = brood__scan_next(&scan, &record, ret_offset);
	while (r > 0 && record.type != BROOD__RECORD_SEAL);
	brood__scan_done(&scan);
	return r;
}

int brood__mailbox_is_before_seal(struct brood_mailbox *box)
{
	struct brood__page *page = box->page;
	int64_t end = brood__file_position(box->append_fd);
	uint64_t seal = atomic_load(&page->seal_offset);

	if (end < 0)
		return (int)end;
	if (atomic_load(&page->seal_segment) != box->append_segment) {
		/* Its name may be gone. */
		int fd = fcntl(box->append_fd, F_DUPFD_CLOEXEC, 3);
		int r = fd < 0 ? -errno : find_seal(box, fd, &seal);
		if (r <= 0) /* whoever wanted to seal it did not live to do so */
			return r < 0 ? r : 1;
	}
	return (uint64_t)end <= seal;
}

int brood__mailbox_append(
	struct brood_mailbox *box, struct brood__record *record, struct brood_error *error)
{
	struct brood__encoded encoded;
	uint32_t number = (uint32_t)atomic_load(&box->page->segment);
	int r = brood__mailbox_open_append(box, number);

	if (r < 0)
		return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_OPEN, number);
	r = brood__record_encode(&encoded, record, box->page->salt);
	if (r == 0) {
		r = brood__mailbox_write(box, &encoded);
		brood__record_done(&encoded);
	}
	if (r < 0)
		return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_PUMP, number);
	return 0;
}

/* ---- segments ---- */

int brood__mailbox_make_segment(struct brood_mailbox *box, uint32_t number)
{
	char name[BROOD__NAME_BYTES];
	struct brood__encoded encoded;
	struct brood__record record = {
		.type = BROOD__RECORD_BEGIN,
		.version = BROOD__RECORD_VERSION,
		.segment = number,
		.salt = box->page->salt,
		.time = brood__mailbox_now(),
		.id = atomic_load(&box->page->next_id),
		.worker = atomic_load(&box->page->next_worker),
	};

	/* One that is there already was made by somebody who did not live to name it. */
	brood__mailbox_segment_name(name, number);
	if (unlinkat(box->folder_fd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	int r = brood__record_encode(&encoded, &record, box->page->salt);
	if (r < 0)
		return r;
	AUTO_FD fd = brood__mailbox_open_segment(box, number, O_RDWR | O_APPEND | O_CREAT | O_EXCL);
	if (fd < 0)
		return fd;
	if (fchmod(fd, box->file_mode) < 0)
		r = -errno;
	ssize_t n = brood__file_append(fd, encoded.head, encoded.n_head);
	if (n < 0)
		r = (int)n;
	else if ((size_t)n != encoded.n_head)
		r = -ENOSPC;
	if (r < 0)
		unlinkat(box->folder_fd, name, 0);
	return r;
}

int brood__mailbox_seal(struct brood_mailbox *box, uint32_t number)
{
	struct brood__encoded encoded;
	struct brood__record record = {
		.type = BROOD__RECORD_SEAL,
		.segment = number,
		.time = brood__mailbox_now(),
	};
	int r = brood__mailbox_open_append(box, number);

	if (r == 0)
		r = brood__record_encode(&encoded, &record, box->page->salt);
	if (r == 0)
		r = brood__mailbox_write(box, &encoded);
	if (r < 0)
		return r;
	int64_t end = brood__file_position(box->append_fd);
	/* Never one with the other's. */
	atomic_store(&box->page->seal_segment, 0);
	atomic_store(&box->page->seal_offset, (uint64_t)end - record.length);
	atomic_store(&box->page->seal_segment, end < 0 ? 0 : number);
	return 0;
}

/* Goes on to the next segment, which is there. */
static void step_over(struct brood__page *page, uint32_t number)
{
	atomic_store(&page->closing, number);
	atomic_store(&page->began, atomic_load(&page->written));
	atomic_store(&page->segment, number + 1);
}

int brood__mailbox_rotate(struct brood_mailbox *box, struct brood_error *error)
{
	struct brood__page *page = box->page;
	uint32_t number = (uint32_t)atomic_load(&page->segment);
	int r = number >= UINT32_MAX - 1 ? -EOVERFLOW
					 : brood__mailbox_make_segment(box, number + 1);

	if (r < 0)
		return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_OPEN, number + 1);
	atomic_store(&page->closing, number);
	r = brood__mailbox_seal(box, number);
	if (r < 0) {
		atomic_store(&page->closing, number - 1);
		return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_PUMP, number);
	}
	step_over(page, number);
	return 0;
}

/* Ends what somebody has begun who died while he sealed a segment. What we append to stays as it
 * is: something may lie there of which we do not know yet whether it counts. */
static int end_rotation(struct brood_mailbox *box, struct brood_error *error)
{
	struct brood__page *page = box->page;
	uint32_t number = (uint32_t)atomic_load(&page->segment);
	uint64_t offset;

	if (atomic_load(&page->closing) < number)
		return 0;
	int fd = open_begun(box, number);
	int r = fd < 0 ? fd : find_seal(box, fd, &offset);
	if (r < 0)
		return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_PUMP, number);
	if (r == 0) {
		atomic_store(&page->closing, number - 1);
		return 0;
	}
	/* The next one was made before SEAL, and somebody may be reading it already. */
	AUTO_FD next = open_begun(box, number + 1);
	r = next == -ENOENT || next == -EUCLEAN ? brood__mailbox_make_segment(box, number + 1)
						: next;
	if (r < 0)
		return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_OPEN, number + 1);
	step_over(page, number);
	return 0;
}

int brood__mailbox_lock_bare(struct brood_mailbox *box, struct brood_error *error)
{
	int r = open_lock(box);

	if (r < 0) {
		box->lock_fd = -1;
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, "lock");
	}
	r = brood__file_lock(box->lock_fd);
	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_PUMP, "lock");
	box->is_locked = true;
	return 0;
}

int brood__mailbox_lock(struct brood_mailbox *box, struct brood_error *error)
{
	int r = brood__mailbox_lock_bare(box, error);

	if (r < 0)
		return r;
	r = end_rotation(box, error);
	if (r < 0)
		brood__mailbox_unlock(box);
	return r;
}

static bool is_due(const struct brood_mailbox *box)
{
	return box->unsaid == 0 &&
	       atomic_load_explicit(&box->page->written, memory_order_relaxed) -
			       atomic_load_explicit(&box->page->began, memory_order_relaxed) >
		       box->segment_size;
}

void brood__mailbox_rotate_if_due(struct brood_mailbox *box)
{
	if (!is_due(box) || open_lock(box) < 0)
		return;
	bool was_locked = box->is_locked;
	if (!was_locked && brood__file_try_lock(box->lock_fd) < 0)
		return;
	if (is_due(box) && (was_locked || end_rotation(box, NULL) == 0) && is_due(box))
		(void)brood__mailbox_rotate(box, NULL);
	if (!was_locked)
		brood__file_unlock(box->lock_fd);
}
