/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A mailbox on the disk.
 *
 *	box        a page that everybody has mapped: numbers that must be given out and known at
 * once log.N      segments, to which records are appended; the highest number is the current one
 *	lock       flock(2): who holds it may append anything; without it, PUT alone
 *	worker.N   one per worker, leased for its life, with its pid and name
 *
 * A segment ends with SEAL. Whoever puts a message in takes no lock: he appends to the segment that
 * the page names, and looks afterwards whether it is being sealed (page.closing, set before SEAL is
 * written). If not, his record lies before SEAL. Otherwise he takes the lock and looks; if it lies
 * behind SEAL, it does not count, and he appends it again to the next segment. So the segments,
 * each up to its SEAL, are one log that all read in the same order.
 */

#include "base/deadline.h"
#include "fifo/mailbox_scan.h"
#include "fifo/mailbox_state.h"
#include <brood/mailbox.h>
#include <stdatomic.h>
#include <sys/types.h>

#define BROOD__PAGE_BYTES 4096
#define BROOD__PAGE_MAGIC "broodmbx"
#define BROOD__BOOT_BYTES 40

struct brood__page {
	char magic[8];
	uint32_t version;
	uint32_t salt;                /* of the crc of all records */
	char boot[BROOD__BOOT_BYTES]; /* the boot id under which the rest is right */
	_Alignas(64) _Atomic uint64_t next_id;
	_Atomic uint64_t next_worker;
	_Alignas(64) _Atomic uint64_t written; /* bytes appended, of all segments, about */
	_Alignas(64) _Atomic uint64_t segment; /* the current one */
	_Atomic uint64_t closing;              /* the last one that is or is being sealed */
	_Atomic uint64_t sync_from;    /* the first segment that may not be on the disk wholly */
	_Atomic uint64_t failed;       /* the last one that could not be brought there */
	_Atomic uint64_t began;        /* `written` when the current one began, about */
	_Atomic uint64_t seal_segment; /* the last one that was sealed, */
	_Atomic uint64_t seal_offset;  /* and where its SEAL is */
	_Atomic uint32_t draining;
};

_Static_assert(sizeof(struct brood__page) <= BROOD__PAGE_BYTES, "it is a page");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "processes share the page");

/* A message that we hold. */
struct brood__held {
	uint64_t id;
	uint32_t tries, tried, retried;
};

struct brood__watch;

struct brood_mailbox {
	unsigned char *alive; /* *alive is 0 in a forked child */
	char *path;
	uint64_t flags;
	int32_t sync;
	uint64_t segment_size;
	brood_duration back_off;
	mode_t file_mode;
	char name[BROOD__RECORD_NAME + 1];

	int folder_fd;
	int lock_fd; /* opened when first needed */
	bool is_locked;
	bool is_recovering; /* the page is being made of what the segments say */
	bool is_stale;      /* of another boot, and read only: the page tells nothing */
	struct brood__page *page;

	int append_fd; /* of append_segment */
	uint32_t append_segment;
	uint32_t owed;   /* the first segment that we have appended to since our last sync, or 0 */
	uint64_t unsaid; /* bytes that are not in page->written yet */
	struct brood__encoded sending; /* too large for a stack */

	struct brood__scan scan; /* of read_segment */
	uint32_t read_segment;   /* 0: nothing has been read yet */
	uint32_t opened;         /* the segment that was opened last, or could not be */
	bool is_loose;           /* went past the end of a segment that is not sealed */
	int data_fd;             /* of data_segment, in which a message was read last */
	uint32_t data_segment;
	struct brood__messages messages;
	uint32_t lowest;  /* the lowest segment file that is known */
	uint32_t weighed; /* the current segment when it was not worth while to give one up */

	int worker_fd;
	uint64_t worker;
	struct brood__held *held;
	size_t n_held, held_capacity;
	brood__instant looked; /* when the workers were last looked at */

	struct brood__watch *watch;

	unsigned char *record; /* what stands at record_place and behind it */
	size_t n_record, record_capacity;
	struct brood__place record_place;
	uint64_t told_after[BROOD_MESSAGE_AFTER_MOST];
	char told_worker[BROOD__RECORD_NAME + 1];
	char told_reason[BROOD__RECORD_REASON + 1];

	uint64_t *order; /* ids, for brood_mailbox_next() */
	size_t n_order, order_at, order_capacity;
};

/* ---- mailbox_folder.c: the folder and its files ---- */

#define BROOD__NAME_BYTES 32

/* The name of a segment or a worker's file. */
const char *brood__mailbox_segment_name(char name[BROOD__NAME_BYTES], uint64_t number);
const char *brood__mailbox_worker_name(char name[BROOD__NAME_BYTES], uint64_t number);

/* Fills an error about a file of the mailbox (NULL: the folder), and returns code. */
int brood__mailbox_fail(const struct brood_mailbox *box, struct brood_error *error, int code,
	int step, const char *name);
int brood__mailbox_fail_segment(const struct brood_mailbox *box, struct brood_error *error,
	int code, int step, uint64_t number);

/* Opens a segment. Returns the descriptor or -errno. */
int brood__mailbox_open_segment(const struct brood_mailbox *box, uint64_t number, int flags);

/* Calls for every number of files called PREFIX.NUMBER. Returns 0, -errno, or what the function
 * returned if that is not 0. */
int brood__mailbox_each(const struct brood_mailbox *box, const char *prefix,
	int (*function)(void *data, uint64_t number), void *data);

/* The lowest and the highest number of a segment; 0: there is none. Returns 0 or -errno. */
int brood__mailbox_segments(
	const struct brood_mailbox *box, uint32_t *ret_lowest, uint32_t *ret_highest);

/* CLOCK_REALTIME in nanoseconds; and as it was at the last tick, which is quicker. */
int64_t brood__mailbox_now(void);
int64_t brood__mailbox_now_about(void);

/* A number that is different each time. */
uint64_t brood__mailbox_luck(const struct brood_mailbox *box);

/* ---- mailbox_page.c: opening, making, and the page after a crash ---- */

int brood__mailbox_open_page(
	struct brood_mailbox *box, bool is_existing, mode_t mode, struct brood_error *error);

/* Whether a segment has not even its first record. */
bool brood__mailbox_is_stub(struct brood_mailbox *box, uint32_t number);

/* ---- mailbox_append.c ---- */

int brood__mailbox_lock(struct brood_mailbox *box, struct brood_error *error);

/* The same before the page is right. */
int brood__mailbox_lock_bare(struct brood_mailbox *box, struct brood_error *error);

void brood__mailbox_unlock(struct brood_mailbox *box);

/* Opens a segment for appending. Returns 0 or -errno; -EUCLEAN: it is none of this mailbox. */
int brood__mailbox_open_append(struct brood_mailbox *box, uint32_t number);

/* A record was appended to a segment that was being sealed. The lock, which we have, says that this
 * is over. Returns 1 if the record lies before SEAL, 0 if behind it, or -errno. */
int brood__mailbox_is_before_seal(struct brood_mailbox *box);

/* Appends any record; the lock must be held. */
int brood__mailbox_append(
	struct brood_mailbox *box, struct brood__record *record, struct brood_error *error);

/* Brings page->written up to date. */
void brood__mailbox_say_written(struct brood_mailbox *box);

/* Begins a new segment if the current one is large enough. Does nothing if somebody else has the
 * lock, or if that fails. */
void brood__mailbox_rotate_if_due(struct brood_mailbox *box);

/* Begins a new segment; the lock must be held. */
int brood__mailbox_rotate(struct brood_mailbox *box, struct brood_error *error);

/* Makes the file of a segment, with its BEGIN. Returns 0 or -errno. */
int brood__mailbox_make_segment(struct brood_mailbox *box, uint32_t number);

/* Appends SEAL to a segment. Returns 0 or -errno. */
int brood__mailbox_seal(struct brood_mailbox *box, uint32_t number);

/* ---- mailbox_sync.c ---- */

/* What we have appended last gets to the disk, with all before it, as the mailbox's sync says. To
 * be called before anything else is appended. */
int brood__mailbox_commit(struct brood_mailbox *box, struct brood_error *error);

/* All that was written so far gets to the disk. */
int brood__mailbox_flush(struct brood_mailbox *box, struct brood_error *error);

/* ---- mailbox_read.c ---- */

/* Reads what is new. With the lock, all that there is. */
int brood__mailbox_refresh(struct brood_mailbox *box, struct brood_error *error);

/* Locks and reads all. */
int brood__mailbox_lock_fresh(struct brood_mailbox *box, struct brood_error *error);

/* Reads the record at a place into box->record and decodes it. Returns 0, -errno; -EUCLEAN: it is
 * not there. */
int brood__mailbox_read_record(
	struct brood_mailbox *box, struct brood__place place, struct brood__record *record);

/* Fills a message with all that is known of an entry, in memory of the mailbox. Returns 0 or
 * -errno; -EUCLEAN: all but its data, which is gone. */
int brood__mailbox_tell(
	struct brood_mailbox *box, const struct brood__entry *entry, struct brood_message *message);

/* ---- mailbox_worker.c ---- */

/* Makes us a worker. The lock must be held. */
int brood__mailbox_be_worker(struct brood_mailbox *box, struct brood_error *error);

/* Gives back what dead workers hold. The lock must be held, and all be read. Returns the number of
 * messages, or a code. */
int brood__mailbox_expire(struct brood_mailbox *box, struct brood_error *error);

/* Whether a worker lives: 1, 0, or -errno. */
int brood__mailbox_is_alive(const struct brood_mailbox *box, uint64_t number);

/* How many workers live, or -errno. */
int brood__mailbox_count_workers(const struct brood_mailbox *box);

/* Gives back what we hold, and is no worker any more. */
void brood__mailbox_retire(struct brood_mailbox *box);

/* ---- mailbox_compact.c ---- */

/* Gives up the oldest segments where that makes room. The lock must be held, and all be read, what
 * we have appended ourselves too. */
void brood__mailbox_compact(struct brood_mailbox *box);

/* ---- mailbox_watch.c ---- */

/* Makes the watch, if there is none. Returns its descriptor or -errno. */
int brood__mailbox_watch(struct brood_mailbox *box);

/* Takes in what has happened. */
void brood__mailbox_watch_drain(struct brood_mailbox *box);

/* Tells the watch when something becomes due. */
void brood__mailbox_watch_due(struct brood_mailbox *box, int64_t due);

/* Waits until something may have changed. Returns 0 (also when the time is over), -EINTR, -errno.
 */
int brood__mailbox_watch_wait(struct brood_mailbox *box, brood_duration timeout);

void brood__mailbox_watch_free(struct brood_mailbox *box);
