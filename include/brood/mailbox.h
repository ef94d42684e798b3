/* SPDX-License-Identifier: MIT */
#ifndef BROOD_MAILBOX_H
#define BROOD_MAILBOX_H

/*
 * The durable mailbox: a folder that any number of processes put messages into and take them out
 * of, without a daemon. A message that was acknowledged survives the death of every process and,
 * once synced, of the machine. It is delivered at least once: a worker holds it for as long as it
 * lives; when it dies, the message is there for the next.
 *
 *	struct brood_message message = BROOD_MESSAGE(.data = "hello", .length = 5);
 *	brood_mailbox_open(&box, "/var/lib/app/box", NULL, &error);
 *	brood_mailbox_send(box, &message, &id, &error);
 *
 * A worker:
 *
 *	while (brood_mailbox_receive(box, BROOD_FOREVER, &message, &error) == 0) {
 *		if (work(message.data, message.length))
 *			brood_mailbox_done(box, message.id, &error);
 *		else
 *			brood_mailbox_fail(box, message.id, 1, "why", &error);
 *	}
 *	brood_mailbox_close(box);
 *
 * Order: of what is ready, the highest priority first, within a priority the lowest id. Ids grow in
 * the order of the calls of brood_mailbox_send(), over all processes, and are never used again.
 * Times that are kept (struct brood_message) are CLOCK_REALTIME in nanoseconds.
 *
 * A worker that dies counts as a try of what it held, but never as the last one: the message is
 * ready again, at once the first time, after the back-off from then on.
 *
 * Threads: a mailbox is for one thread at a time; other threads and processes open it again.
 * A forked child must not use it (BROOD_EMISUSE); brood_mailbox_close() releases memory only there.
 * A worker counts as alive for as long as such a child neither executes, nor closes, nor ends.
 *
 * The folder holds `box` (a page that all have mapped), `log.N` (the messages), `lock` and
 * `worker.N`; other names in it are left alone. Without `box` it is made again from the messages.
 * It must lie on a local file system with flock(2), and nobody may shorten `box` while it is in
 * use.
 */

#include <brood/base.h>
#include <brood/error.h>

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An open mailbox. */
struct brood_mailbox;

/** When brood_mailbox_send() returns: after the message is on the disk. Those who send at the same
    time get there together, as far as the file system makes one commit for all of them. The
    default. */
#define BROOD_SYNC_GROUP 0
/** The same, by an fdatasync(2) of the call's own; that is how BROOD_SYNC_GROUP does it too, for
    now. */
#define BROOD_SYNC_ALWAYS 1
/** When the kernel has it: it survives the death of every process, not that of the machine, until
    brood_mailbox_sync(). */
#define BROOD_SYNC_OFF 2

/** Do not make the mailbox if it is not there: -ENOENT. */
#define BROOD_MAILBOX_EXISTING (UINT64_C(1) << 0)
/** Only look: nothing is written, no lease is held; send, receive and the like are -EBADF. Includes
    BROOD_MAILBOX_EXISTING. */
#define BROOD_MAILBOX_READ_ONLY (UINT64_C(1) << 1)

struct brood_mailbox_options {
	size_t size;
	uint64_t flags;
	int32_t sync;            /* BROOD_SYNC_... */
	mode_t mode;             /* of the folder when it is made, as it is; 0: 0700 */
	uint64_t segment_size;   /* bytes after which a new segment file is begun, 4 KiB to 1 GiB;
				    0: 16 MiB */
	brood_duration back_off; /* before the second try; doubles each time, up to 1 h, and up to a
				    quarter more by chance; 0: 1 s; negative: none */
	const char *worker;      /* a name for the list of messages, cut at 63 bytes; NULL: none */
};

#ifdef __cplusplus
inline struct brood_mailbox_options brood_mailbox_options_init(void)
{
	struct brood_mailbox_options options = {};
	options.size = sizeof options;
	return options;
}
#	define BROOD_MAILBOX_OPTIONS_INIT brood_mailbox_options_init()
#else
#	define BROOD_MAILBOX_OPTIONS_INIT                           \
		{                                                    \
			.size = sizeof(struct brood_mailbox_options) \
		}
#	define BROOD_MAILBOX_OPTIONS(...)       \
		((struct brood_mailbox_options){ \
			.size = sizeof(struct brood_mailbox_options), __VA_ARGS__ })
#endif

/** Where a message stands. */
#define BROOD_MESSAGE_READY   0 /* can be taken */
#define BROOD_MESSAGE_DELAYED 1 /* not before not_before_ns */
#define BROOD_MESSAGE_BLOCKED 2 /* a message of `after` is not done yet */
#define BROOD_MESSAGE_TAKEN   3 /* a worker holds it */
#define BROOD_MESSAGE_DONE    4
/* All its tries failed, or a message of `after` is dead or removed. */
#define BROOD_MESSAGE_DEAD    5
#define BROOD_MESSAGE_REMOVED 6

/** Longest data of one message. */
#define BROOD_MESSAGE_LONGEST (UINT32_C(16) << 20)
/** Most ids in `after`. */
#define BROOD_MESSAGE_AFTER_MOST 64

/** One message. The first part is what the sender says, the second what became of it. */
struct brood_message {
	size_t size;
	const void *data; /* any bytes */
	size_t length;
	uint32_t kind;         /* the sender's own; comes back as it was */
	int32_t priority;      /* -128 to 127; higher goes first */
	uint32_t tries;        /* how often it may be tried; 0: once */
	brood_duration delay;  /* not to be taken before */
	const uint64_t *after; /* ids that must be done before; one that the mailbox does not
				  know any more is done */
	size_t n_after;

	uint64_t id;           /* from 1 */
	int32_t state;         /* BROOD_MESSAGE_... */
	uint32_t tried;        /* tries begun and counted; the present one included */
	int64_t sent_ns;       /* when */
	int64_t changed_ns;    /* of the last change of state */
	int64_t not_before_ns; /* 0: at once */
	pid_t worker_pid;      /* TAKEN: who holds it, else who held it last; 0: nobody yet */
	int32_t code;          /* of the last failure, as brood_mailbox_fail() was told */
	const char *worker;    /* name of the worker; NULL: none */
	const char *reason;    /* of the last failure; NULL: none */
};

#ifdef __cplusplus
inline struct brood_message brood_message_init(void)
{
	struct brood_message message = {};
	message.size = sizeof message;
	return message;
}
#	define BROOD_MESSAGE_INIT brood_message_init()
#else
#	define BROOD_MESSAGE_INIT                           \
		{                                            \
			.size = sizeof(struct brood_message) \
		}
#	define BROOD_MESSAGE(...) \
		((struct brood_message){ .size = sizeof(struct brood_message), __VA_ARGS__ })
#endif

/** Counts over a mailbox. */
struct brood_mailbox_counts {
	size_t size;
	uint64_t ready, delayed, blocked, taken, dead; /* now */
	uint64_t sent, done, removed;                  /* since the mailbox was made */
	uint64_t bytes;                                /* of all its segment files */
	uint64_t damaged;          /* bytes of torn or broken records passed over */
	uint32_t workers;          /* alive */
	uint32_t paused, draining; /* 0 or 1 */
};

#ifdef __cplusplus
inline struct brood_mailbox_counts brood_mailbox_counts_init(void)
{
	struct brood_mailbox_counts counts = {};
	counts.size = sizeof counts;
	return counts;
}
#	define BROOD_MAILBOX_COUNTS_INIT brood_mailbox_counts_init()
#else
#	define BROOD_MAILBOX_COUNTS_INIT                           \
		{                                                   \
			.size = sizeof(struct brood_mailbox_counts) \
		}
#endif

/**
 * Opens the mailbox in a folder, and makes it if it is not there (its parent must be).
 *
 * Returns 0 and sets *ret_box. Otherwise, with *error (step OPEN, subject: the path concerned):
 *   -ENOENT, -ENOTDIR, -EACCES, -errno of what could not be made or opened
 *   -EUCLEAN       the folder holds something that is no mailbox, or one of another version; a file
 *                  of it is damaged
 *   -ENOSPC        the disk is full and it has to be made
 *   -ENOMEM        no memory
 *   -E2BIG         options of a later version
 *   BROOD_EMISUSE  ret_box or path is NULL, an unknown flag or sync, a mode beyond 0777, a
 *                  segment_size out of its bounds
 * Owns:    close *ret_box with brood_mailbox_close(); options are borrowed until the return.
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_open(struct brood_mailbox **ret_box, const char *path,
	const struct brood_mailbox_options *options, struct brood_error *error);

/**
 * Puts a message in. When this returns 0 the message is kept, as the mailbox's sync says. Only the
 * first part of the message counts.
 *
 * Returns 0 and sets *ret_id (unless NULL). Otherwise, with *error (step PUMP, or OPEN if a file
 * could not be opened; subject: the path concerned); nothing was put in, but for -EIO:
 *   -ENOSPC, -EDQUOT  the disk is full; what was there stays readable
 *   -EMSGSIZE      longer than BROOD_MESSAGE_LONGEST; `after` has more than
 *                  BROOD_MESSAGE_AFTER_MOST ids
 *   -EINVAL        an id of `after` is 0, or was not given to a message yet
 *   -ESHUTDOWN     the mailbox is draining
 *   -EIO           fdatasync(2) failed: it was put in, and may or may not survive a crash of the
 *                  machine
 *   -EBADF         opened READ_ONLY
 *   -E2BIG         a message of a later version
 *   -errno of write(2)
 *   BROOD_EMISUSE  a pointer is NULL (data or after: with a length), a priority out of its bounds,
 *                  a mailbox of another process
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_send(struct brood_mailbox *box,
	const struct brood_message *message, uint64_t *ret_id, struct brood_error *error);

/** Brings to the disk all that was put in and reported before. Returns 0; -errno of fdatasync(2);
    -EBADF, BROOD_EMISUSE. */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_sync(
	struct brood_mailbox *box, struct brood_error *error);

/**
 * Takes the next message, waiting for one for `timeout` at most (BROOD_FOREVER: no limit; 0 or
 * negative: look once). It is this worker's until done, fail, retry, release, close or the end of
 * the process, whichever is first; nobody else gets it meanwhile. A worker may hold several. A
 * message whose record has been damaged on the disk is passed over and becomes dead.
 *
 * Returns 0 and fills *message. Otherwise, with *error as brood_mailbox_send():
 *   -ETIME         none could be taken in time, because none was ready or the mailbox was paused
 *   -ESHUTDOWN     the mailbox is draining and nothing is left in it that could become ready
 *   -EINTR         a signal handler ran during the wait
 *   -EUCLEAN       a file of the mailbox is damaged
 *   -ENOSPC, -errno of write(2): the lease could not be written; nothing was taken
 *   -ENOMEM, -errno of open(2), read(2)
 *   -E2BIG, -EBADF, BROOD_EMISUSE
 * Owns:    message's pointers are the mailbox's, valid until the next call with this mailbox.
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_receive(struct brood_mailbox *box,
	brood_duration timeout, struct brood_message *message, struct brood_error *error);

/**
 * Says that a message which this worker holds is done.
 *
 * Returns 0. Otherwise, with *error as brood_mailbox_send():
 *   -ENOENT        this worker does not hold it
 *   -ENOSPC, -errno of write(2); the message is still held
 *   -EIO           fdatasync(2) failed: it is ended, and may be there again after a crash of the
 *                  machine
 *   BROOD_EMISUSE, -EBADF
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_done(
	struct brood_mailbox *box, uint64_t id, struct brood_error *error);

/**
 * Says that a try failed: the message is tried again after the back-off, or is dead if that was its
 * last try. The code and the reason (NULL: none; cut at 255 bytes) are kept.
 *
 * Returns 0; 1: the message is dead now; else as brood_mailbox_done().
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_fail(struct brood_mailbox *box, uint64_t id, int code,
	const char *reason, struct brood_error *error);

/**
 * Says that a message cannot be done now: it is tried again after `delay` (0: the
 * back-off, which doubles with each of these as well; negative: at once), and this try does not
 * count.
 *
 * Returns as brood_mailbox_done().
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_retry(
	struct brood_mailbox *box, uint64_t id, brood_duration delay, struct brood_error *error);

/**
 * Gives a message back: it is ready again at once, and this try does not count.
 *
 * Returns as brood_mailbox_done().
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_release(
	struct brood_mailbox *box, uint64_t id, struct brood_error *error);

/**
 * Takes a message out for good that nobody holds.
 *
 * Returns 0. Otherwise, and as brood_mailbox_done() and brood_mailbox_look():
 *   -ENOENT  there is no such message (any more)
 *   -EBUSY   a worker holds it
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_remove(
	struct brood_mailbox *box, uint64_t id, struct brood_error *error);

/**
 * Makes a dead message ready again, with all its tries; it waits for no other one any more. A
 * message that is dead because of another one waits again when that one is revived.
 *
 * Returns as brood_mailbox_remove(); -ENOENT also: it is not dead.
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_revive(
	struct brood_mailbox *box, uint64_t id, struct brood_error *error);

/**
 * Pauses the mailbox: nothing can be taken, by anybody, until it is called with false.
 *
 * Returns as brood_mailbox_remove().
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_pause(
	struct brood_mailbox *box, bool paused, struct brood_error *error);

/**
 * Drains the mailbox: nothing can be put in, by anybody, until it is called with false. A send that
 * runs at the same time may still come through.
 *
 * Returns as brood_mailbox_remove().
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_drain(
	struct brood_mailbox *box, bool draining, struct brood_error *error);

/**
 * Tells of one message. One whose worker has died is told as ready. One that is done or removed is
 * told for as long as its records are there; one whose record is damaged without its data (NULL,
 * length 0).
 *
 * Returns 0 and fills *message. Otherwise, with *error as brood_mailbox_send():
 *   -ENOENT  there is no such message (any more)
 *   -EUCLEAN, -ENOMEM, -errno of open(2), read(2), -E2BIG; BROOD_EMISUSE
 * Owns:    as brood_mailbox_receive().
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_look(struct brood_mailbox *box, uint64_t id,
	struct brood_message *message, struct brood_error *error);

/**
 * Tells of the first message with an id above `above`, as brood_mailbox_look():
 *
 *	for (id = 0; brood_mailbox_next(box, id, &message, &error) > 0; id = message.id)
 *		...
 *
 * Returns 1 and fills *message; 0: there are no more; else as brood_mailbox_look().
 * Owns:    as brood_mailbox_receive().
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_next(struct brood_mailbox *box, uint64_t above,
	struct brood_message *message, struct brood_error *error);

/** Counts. Returns 0 and fills *counts; -EUCLEAN, -E2BIG, -ENOMEM, -errno of open(2), read(2),
    BROOD_EMISUSE. */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_count(
	struct brood_mailbox *box, struct brood_mailbox_counts *counts, struct brood_error *error);

/**
 * Returns a descriptor that is readable when something may have changed: a message came, became
 * due, was given back or ended, or a worker died. For poll(2) and the like; then call
 * brood_mailbox_receive() with timeout 0, or _look, _next or _count, which take that in; at the
 * beginning too. -EMFILE, -ENFILE, -ENOMEM, BROOD_EMISUSE. Where no inotify instance is to be had
 * it is readable every 100 ms.
 * Owns:    it is the mailbox's. Waiting for it in an epoll instance is fine; reading it is not.
 */
BROOD_API BROOD_MUST_CHECK int brood_mailbox_pollfd(struct brood_mailbox *box);

/** Closes a mailbox. What it still holds is given back. Returns nothing. NULL is fine. */
BROOD_API void brood_mailbox_close(struct brood_mailbox *box);

#ifdef __cplusplus
}
#endif

#endif
