/* SPDX-License-Identifier: MIT */
/* Workers: a file each, leased for as long as its worker lives, and what becomes of what they hold.
 */

#include "fifo/mailbox_store.h"

#include "base/error.h"
#include "base/strings.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/files.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether a worker lives: 1, 0, or -errno. Its file is gone when it has gone in good order. */
int brood__mailbox_is_alive(const struct brood_mailbox *box, uint64_t number)
{
	char name[BROOD__NAME_BYTES];
	AUTO_FD fd = brood__file_open(
		box->folder_fd, brood__mailbox_worker_name(name, number), O_RDONLY, 0);

	if (fd < 0)
		return fd == -ENOENT || fd == -EUCLEAN ? 0 : fd;
	return brood__file_is_leased(fd);
}

static void remove_file(const struct brood_mailbox *box, uint64_t number)
{
	char name[BROOD__NAME_BYTES];

	(void)unlinkat(box->folder_fd, brood__mailbox_worker_name(name, number), 0);
}

/* Files of those who died holding nothing. */
static int sweep(void *data, uint64_t number)
{
	struct brood_mailbox *box = data;

	if (!brood__table_get(&box->messages.workers, number) &&
		brood__mailbox_is_alive(box, number) == 0)
		remove_file(box, number);
	return 0;
}

int brood__mailbox_be_worker(struct brood_mailbox *box, struct brood_error *error)
{
	char name[BROOD__NAME_BYTES];
	int fd;

	if (box->worker_fd >= 0)
		return 0;
	(void)brood__mailbox_each(box, "worker", sweep, box);
	do {
		box->worker = atomic_fetch_add(&box->page->next_worker, 1);
		fd = brood__file_open(box->folder_fd, brood__mailbox_worker_name(name, box->worker),
			O_RDWR | O_CREAT | O_EXCL, box->file_mode);
	} while (fd == -EEXIST);
	if (fd < 0)
		return brood__mailbox_fail(box, error, fd, BROOD_STEP_OPEN, name);
	int r = brood__file_lease(fd);
	if (r < 0) {
		remove_file(box, box->worker);
		brood__fd_close(&fd);
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, name);
	}
	(void)!fchmod(fd, box->file_mode);
	/* For people who look into the folder. */
	char text[96];
	struct brood__text t = brood__text_over(text, sizeof text);
	brood__text_add_int(&t, getpid());
	brood__text_add(&t, "\n");
	brood__text_add(&t, box->name);
	brood__text_add(&t, box->name[0] ? "\n" : "");
	(void)!brood__fd_write(fd, text, t.length);
	brood__fd_make_way(&fd);
	box->worker_fd = fd;
	return 0;
}

/* A worker is dead: what it holds is there for the next. */
static int lose(
	struct brood_mailbox *box, const struct brood__worker *worker, struct brood_error *error)
{
	const struct brood__table *entries = &box->messages.entries;
	int n = 0;

	for (size_t i = 0; i < entries->size; i++) {
		const struct brood__entry *entry = entries->slots[i].value;
		if (!entry || entry->base != BROOD__BASE_TAKEN || entry->worker != worker)
			continue;
		struct brood__record record = {
			.type = BROOD__RECORD_LOST,
			.id = entry->id,
			.worker = worker->number,
			.time = brood__mailbox_now(),
		};
		/* The first time it is nobody's fault. */
		if (entry->tried > 1) {
			brood_duration wait = brood__back_off(
				box->back_off, entry->tried - 1, brood__mailbox_luck(box));
			record.not_before = wait > 0 ? record.time + wait : 0;
		}
		int r = brood__mailbox_append(box, &record, error);
		if (r < 0)
			return r;
		n++;
	}
	return n;
}

int brood__mailbox_expire(struct brood_mailbox *box, struct brood_error *error)
{
	const struct brood__table *workers = &box->messages.workers;
	int n = 0;

	box->looked = brood__clock_now();
	if (box->messages.n_holders == 0)
		return 0;
	for (size_t i = 0; i < workers->size; i++) {
		const struct brood__worker *worker = workers->slots[i].value;
		if (!worker || worker->n_held == 0 ||
			(box->worker_fd >= 0 && worker->number == box->worker))
			continue;
		int r = brood__mailbox_is_alive(box, worker->number);
		if (r == 0) {
			r = lose(box, worker, error);
			if (r < 0)
				return r;
			n += r;
			remove_file(box, worker->number);
		} else if (r < 0) {
			char name[BROOD__NAME_BYTES];
			return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN,
				brood__mailbox_worker_name(name, worker->number));
		}
	}
	if (n > 0) {
		int r = brood__mailbox_refresh(box, error);
		if (r < 0)
			return r;
	}
	return n;
}

struct count {
	const struct brood_mailbox *box;
	int n;
};

static int count_one(void *data, uint64_t number)
{
	struct count *count = data;

	count->n += brood__mailbox_is_alive(count->box, number) > 0;
	return 0;
}

int brood__mailbox_count_workers(const struct brood_mailbox *box)
{
	struct count count = { box, 0 };
	int r = brood__mailbox_each(box, "worker", count_one, &count);

	return r < 0 ? r : count.n;
}

void brood__mailbox_retire(struct brood_mailbox *box)
{
	if (box->worker_fd < 0)
		return;
	if (box->n_held > 0 && brood__mailbox_lock(box, NULL) == 0) {
		for (size_t i = 0; i < box->n_held; i++) {
			struct brood__record record = {
				.type = BROOD__RECORD_RELEASE,
				.id = box->held[i].id,
				.worker = box->worker,
				.time = brood__mailbox_now(),
			};
			/* Without room for that they are lost with our file. */
			if (brood__mailbox_append(box, &record, NULL) < 0)
				break;
		}
		brood__mailbox_unlock(box);
	}
	remove_file(box, box->worker);
	brood__fd_close(&box->worker_fd);
}
