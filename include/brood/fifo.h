/* SPDX-License-Identifier: MIT */
#ifndef BROOD_FIFO_H
#define BROOD_FIFO_H

/*
 * Named pipes, and tasks over a named pipe: messages of one line each, in order, none torn into
 * another, until an end word.
 *
 *	brood_fifo_create("/run/app/box", 0600, 0, &error);
 *	fd = brood_fifo_open("/run/app/box", BROOD_FIFO_WRITE, 5 * BROOD_SECOND, &error);
 *	brood_fifo_send(fd, "task 1", 6, BROOD_SECOND, &error);
 *	brood_fifo_send(fd, "EOD", 3, BROOD_SECOND, &error);
 *
 * The other end, here a program of its own:
 *
 *	fd = brood_fifo_open("/run/app/box", BROOD_FIFO_READ, BROOD_FOREVER, &error);
 *	brood_scanner_new(&scanner, fd, 0);
 *	while ((r = brood_fifo_receive(scanner, "EOD", BROOD_FOREVER, &task, &length, &error)) > 0)
 *		work(task, length);
 *
 * None of these calls follows a symbolic link in the last component of the path, and none does
 * anything to what is no FIFO. Any program can be the other end: `echo task > /run/app/box`.
 * Messages in a FIFO are lost when the last reader goes: for those that must not be, see
 * <brood/mailbox.h>.
 */

#include <brood/base.h>
#include <brood/error.h>
#include <brood/lines.h>

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** brood_fifo_create(): what is at the path already, a FIFO too, is -EEXIST. */
#define BROOD_FIFO_EXCLUSIVE (UINT64_C(1) << 0)

/** brood_fifo_open(): for reading. Does not wait for a writer. */
#define BROOD_FIFO_READ (UINT64_C(1) << 0)
/** brood_fifo_open(): for writing. Waits for a reader. */
#define BROOD_FIFO_WRITE (UINT64_C(1) << 1)
/** brood_fifo_open(): holds both ends, so that a reader never sees an end and a writer never a
    broken pipe while writers and readers come and go. */
#define BROOD_FIFO_BOTH (BROOD_FIFO_READ | BROOD_FIFO_WRITE)

/**
 * Makes a FIFO, with exactly these permissions (umask does not count), or uses the one that is
 * there, as it is.
 *
 * Returns 1: made; 0: it was there. Otherwise, with *error (step OPEN, subject: the path):
 *   -EEXIST        what is there is no FIFO, or BROOD_FIFO_EXCLUSIVE was given
 *   -ENOENT, -EACCES, -ENOSPC, -errno of mkfifoat(2), fchmodat(2), fstatat(2); nothing was made
 *   BROOD_EMISUSE  path is NULL or empty, an unknown flag, a mode beyond 0777
 * Threads: any.
 */
BROOD_API BROOD_MUST_CHECK int brood_fifo_create(
	const char *path, mode_t mode, uint64_t flags, struct brood_error *error);

/**
 * Tells whether there is a FIFO.
 *
 * Returns 1: a FIFO; 0: nothing is there, or something that is no FIFO (a link to one is none);
 * -errno of fstatat(2), but for -ENOENT and -ENOTDIR; BROOD_EMISUSE: path is NULL or empty.
 */
BROOD_API BROOD_MUST_CHECK int brood_fifo_exists(const char *path);

/**
 * Opens a FIFO. Opening for writing waits until there is a reader, for `timeout` at most
 * (BROOD_FOREVER: no limit; 0 or negative: not at all); the other ways do not wait.
 *
 * Returns a descriptor that does not block (O_NONBLOCK), is close-on-exec and above 2. Otherwise,
 * with *error (step OPEN, subject: the path):
 *   -ETIME         no reader came in time
 *   -EINVAL        what is at the path is no FIFO: a file, a device, a link
 *   -ENOENT, -EACCES, -errno of open(2)
 *   BROOD_EMISUSE  path is NULL or empty; how is none of the three
 * Owns:    the descriptor is the caller's. To hand it to a program, clear O_NONBLOCK first.
 * Time:    a reader is noticed within 10 ms. The path is looked up again each time, so that a FIFO
 *          which its reader makes anew is found.
 * Signals: a handler does not end the wait.
 */
BROOD_API BROOD_MUST_CHECK int brood_fifo_open(
	const char *path, uint64_t how, brood_duration timeout, struct brood_error *error);

/**
 * Removes a FIFO.
 *
 * Returns 1: removed; 0: nothing is there. Otherwise, with *error (step OPEN, subject: the path):
 *   -EINVAL        what is there is no FIFO; it is left alone
 *   -errno of fstatat(2), unlinkat(2)
 *   BROOD_EMISUSE  path is NULL or empty
 * What somebody puts there between the look and the removal is removed in its place: no system call
 * can remove by what a thing is. Only who may write in the folder can do that, and remove it
 * himself.
 */
BROOD_API BROOD_MUST_CHECK int brood_fifo_remove(const char *path, struct brood_error *error);

/**
 * Writes one message and a newline into a FIFO (or a pipe), so that no other message lies within
 * it: with its newline up to PIPE_BUF bytes with one atomic write; a longer one while the FIFO is
 * locked with flock(2), which every sender of this function respects (programs that write on their
 * own do not). Waits while the FIFO is full, `timeout` at most; 0 or negative: does not wait, and a
 * long message is only begun if the FIFO is empty and holds all of it.
 *
 * Returns 0. Otherwise, with *error (step PUMP, fd):
 *   -ETIME         the FIFO was full, or locked, all the time: nothing was written
 *   -EIO           a part of a long message was written, and then nobody read for `timeout`: the
 *                  line is left torn (the next message begins a new line)
 *   -EPIPE         there is no reader (any more); SIGPIPE is not raised
 *   -EILSEQ        the message holds a newline
 *   -EINVAL        fd is neither a FIFO nor a pipe
 *   -EBADF         fd is not open for writing
 *   -errno of fstat(2), flock(2), write(2), poll(2)
 *   BROOD_EMISUSE  message is NULL with a length, fd is negative
 * A sender that dies within a long message leaves its line torn as well; the next message begins a
 * new line then too, unless it comes from a program that writes on its own, or from Linux 6.9 on
 * from another user than the FIFO's owner (and root). Who reads gets the torn line as a message.
 * Threads: any; each message is whole, from threads and processes that share fd too. (Where fd
 *          cannot be opened once more - no /proc, no free descriptor, permissions gone since - it
 *          may block longer if fd does, and those who share it must not send at the same time.)
 * Signals: a handler does not end the wait.
 */
BROOD_API BROOD_MUST_CHECK int brood_fifo_send(int fd, const void *message, size_t length,
	brood_duration timeout, struct brood_error *error);

/**
 * Takes the next message out of a scanner over a FIFO, waiting for it for `timeout` at most.
 *
 * Returns 1 and sets *ret_message and *ret_length (without the newline; not NUL-terminated); 0: the
 * end word came (NULL: there is none), or, of a FIFO opened for reading only, the last writer has
 * closed it after at least one had it open. Otherwise, with *error (step PUMP):
 *   -ETIME         no message came in time; what has come of one is kept
 *   -EMSGSIZE      a message longer than the scanner's longest line: it is passed over whole
 *   -EBADMSG       the last writer has closed it in the middle of a line: that is passed over
 *   -ENOMEM, -errno of read(2) or poll(2)
 *   BROOD_EMISUSE  a pointer is NULL
 * What stands behind the end word is not lost: the next call returns it; and behind an end, when a
 * writer comes again, what he writes.
 * Owns:    the message is the scanner's and valid until the next call.
 * Threads: one at a time per scanner.
 * Signals: a handler does not end the wait.
 */
BROOD_API BROOD_MUST_CHECK int brood_fifo_receive(struct brood_scanner *scanner,
	const char *end_word, brood_duration timeout, const char **ret_message, size_t *ret_length,
	struct brood_error *error);

#ifdef __cplusplus
}
#endif

#endif
