/* SPDX-License-Identifier: MIT */
/* A mailbox is opened, filled and closed. */

#include "fifo/mailbox.h"

#include "base/error.h"
#include "base/size.h"
#include "base/strings.h"
#include "sys/fd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEGMENT_LEAST ((uint64_t)4 << 10)
#define SEGMENT_USUAL ((uint64_t)16 << 20)
#define SEGMENT_MOST  ((uint64_t)1 << 30)

#define FORK_PAGE 4096

int brood__mailbox_misused(struct brood_error *error)
{
	return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, NULL);
}

int brood__mailbox_check(
	const struct brood_mailbox *box, bool is_writing, struct brood_error *error)
{
	if (!box || !*box->alive)
		return brood__mailbox_misused(error);
	if (is_writing && box->flags & BROOD_MAILBOX_READ_ONLY)
		return brood__mailbox_fail(box, error, -EBADF, BROOD_STEP_CONFIG, NULL);
	return 0;
}

/* ---- opening and closing ---- */

static bool is_right(const struct brood_mailbox_options *options)
{
	const uint64_t known = BROOD_MAILBOX_EXISTING | BROOD_MAILBOX_READ_ONLY;

	return !(options->flags & ~known) && options->sync >= BROOD_SYNC_GROUP &&
	       options->sync <= BROOD_SYNC_OFF && !(options->mode & ~(mode_t)0777) &&
	       (options->segment_size == 0 || (options->segment_size >= SEGMENT_LEAST &&
						      options->segment_size <= SEGMENT_MOST));
}

/* An empty mailbox, which brood_mailbox_close() can free. */
static struct brood_mailbox *new_mailbox(
	const char *path, const struct brood_mailbox_options *options)
{
	struct brood_mailbox *box = calloc(1, sizeof *box);

	if (!box)
		return NULL;
	box->folder_fd = box->lock_fd = box->append_fd = -1;
	box->scan.fd = box->data_fd = box->worker_fd = -1;
	box->flags = options->flags;
	box->sync = options->sync;
	box->segment_size = options->segment_size ? options->segment_size : SEGMENT_USUAL;
	box->back_off = options->back_off ? options->back_off : BROOD_SECOND;
	if (options->worker)
		strncpy(box->name, options->worker, sizeof box->name - 1);
	box->path = strdup(path);
	/* A child of fork(2) finds this empty, and so knows what it is without asking for its pid.
	 */
	box->alive = mmap(
		NULL, FORK_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!box->path || box->alive == MAP_FAILED ||
		madvise(box->alive, FORK_PAGE, MADV_WIPEONFORK) < 0) {
		if (box->alive != MAP_FAILED)
			munmap(box->alive, FORK_PAGE);
		free(box->path);
		free(box);
		return NULL;
	}
	*box->alive = 1;
	return box;
}

int brood_mailbox_open(struct brood_mailbox **ret_box, const char *path,
	const struct brood_mailbox_options *options, struct brood_error *error)
{
	struct brood_mailbox_options full = BROOD_MAILBOX_OPTIONS(0);
	int r = 0;

	if (options)
		r = brood__struct_copy(&full, sizeof full, options);
	if (!ret_box || !path || (r == 0 && !is_right(&full)))
		r = BROOD_EMISUSE;
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_CONFIG, path);
	struct brood_mailbox *box = new_mailbox(path, &full);
	if (!box)
		return brood__fail(error, -ENOMEM, BROOD_STEP_OPEN, path);
	bool is_existing = full.flags & (BROOD_MAILBOX_EXISTING | BROOD_MAILBOX_READ_ONLY);
	r = brood__mailbox_open_page(box, is_existing, full.mode ? full.mode : 0700, error);
	if (r < 0) {
		brood_mailbox_close(box);
		return r;
	}
	*ret_box = box;
	return 0;
}

void brood_mailbox_close(struct brood_mailbox *box)
{
	if (!box)
		return;
	if (*box->alive) {
		brood__mailbox_retire(box);
		brood__mailbox_say_written(box);
	}
	brood__mailbox_watch_free(box);
	brood__messages_done(&box->messages);
	brood__scan_done(&box->scan);
	brood__fd_close(&box->worker_fd);
	brood__fd_close(&box->data_fd);
	brood__fd_close(&box->append_fd);
	brood__fd_close(&box->lock_fd);
	brood__fd_close(&box->folder_fd);
	if (box->page)
		munmap(box->page, BROOD__PAGE_BYTES);
	munmap(box->alive, FORK_PAGE);
	free(box->held);
	free(box->record);
	free(box->order);
	free(box->path);
	free(box);
}

int brood_mailbox_sync(struct brood_mailbox *box, struct brood_error *error)
{
	int r = brood__mailbox_check(box, true, error);

	return r < 0 ? r : brood__mailbox_flush(box, error);
}
