/* SPDX-License-Identifier: MIT */
#ifndef MAILBOX_CREW_H
#define MAILBOX_CREW_H

/*
 * Those who use a mailbox while somebody kills them, and the one who looks afterwards at what is
 * left. What they were promised they write into memory that they share with us, with no system call
 * between the promise and the note: so a promise counts from the moment on in which it was made.
 *
 * A message tells who it is: its tag (producer and number) is in it, and length, priority and every
 * byte follow from the tag. So one that is torn or mixed with another is found.
 */

#include <brood/brood.h>
#include <brood/mailbox.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CREW_PRODUCERS 8
#define CREW_NUMBERS   (1U << 16) /* most messages of one producer */
#define CREW_IDS       (1U << 18)
#define CREW_NOTES     (1U << 20)
#define CREW_DOOMED    (1U << 14)

#define CREW_LATE 64

#define CREW_IS_DONE   1
#define CREW_CAME_BACK 2 /* it failed, is tried again, was released */

enum crew_kind {
	CREW_NOTHING, /**< whoever was to write it was killed before */
	CREW_SENT,    /**< send returned 0 */
	CREW_REFUSED, /**< send returned code */
	CREW_ENDING,  /**< done is about to be called */
	CREW_DONE,    /**< done returned 0 */
	CREW_STEP     /**< a step of the operator is made; id: which */
};

struct crew_entry {
	_Atomic uint32_t kind;
	int32_t code;
	uint64_t id, tag;
};

/** Shared by all. */
struct crew {
	/* Set before the start. */
	char folder[256];
	uint64_t segment_size;
	int32_t sync;
	uint32_t longest; /**< most bytes of a message */
	bool patient;     /**< workers wait until the mailbox is drained */
	bool is_frail;    /**< system calls are made to fail: what fails is tried again */

	_Atomic uint32_t n_complaints;
	char complaint[256]; /**< the first one */
	uint32_t inside;     /**< of struct tracer */
	_Atomic uint32_t n_notes, n_doomed, n_troubles, n_taken, n_over;
	_Atomic uint32_t next[CREW_PRODUCERS]; /**< number of the next message; kept over deaths */
	_Atomic int32_t doomed[CREW_DOOMED];   /**< killed, or about to be */
	_Atomic int32_t holder[CREW_IDS];      /**< process that holds a message */
	_Atomic uint8_t fate[CREW_IDS];        /**< CREW_IS_... */
	struct crew_entry notes[CREW_NOTES];
};

/** One of them. */
struct crew_role {
	struct crew *crew;
	uint32_t number; /**< which producer */
	uint32_t n;      /**< messages to send, to take at most */
	uint64_t seed;
	bool is_watched; /**< by the tracer, from the opening on */
	bool is_late;    /**< a producer that notes nothing before a sync at its end */
	uint64_t late[CREW_LATE];
};

/** New shared memory, and a folder that is not there yet. */
struct crew *crew_new(const char *folder);
void crew_free(struct crew *crew);

/** Keeps what has happened so far, for CREW_SAVED ids at most; forgets what has happened since. */
#define CREW_SAVED 4096
struct crew_saved;
struct crew_saved *crew_save(const struct crew *crew);
void crew_restore(struct crew *crew, const struct crew_saved *saved);

/** From here on a role is watched. */
void crew_begin(struct crew_role *role);

/** Roles, for tracer_add() or a process of one's own: 0, or 1 with a complaint. */
int crew_produce(void *role);
int crew_work(void *role);
int crew_operate(void *role);

/** Steps that the operator makes, on a mailbox made by crew_prepare_operator(). */
#define CREW_STEPS 7
void crew_prepare_operator(struct crew *crew);

/** Sends n messages of a producer, nobody watching. */
void crew_fill(struct crew *crew, uint32_t number, uint32_t n);

/** How crew_check() looks. */
#define CREW_NEW_BOOT 1u /* as after a start of the machine: another boot id */
#define CREW_OPERATED 2u /* an operator was at work */
#define CREW_DRAINED  4u /* it is draining */

/** Looks at what is there now, in a process of its own, and compares it with the first n notes: all
    that was promised is there, whole and once, in order; and the mailbox can be used. Empties it.
 */
bool crew_check(struct crew *crew, uint32_t n_notes, unsigned int how);

/** Whether CREW_NEW_BOOT is possible here; gives this process another boot id. */
bool crew_can_boot(void);
bool crew_boot_anew(void);

/** Runs a function in a process of its own; whether it returned 0 in time. */
bool crew_apart(int (*function)(void *data), void *data);

/** Notes what was promised. */
void crew_note(struct crew *crew, enum crew_kind kind, uint64_t id, uint64_t tag, int code);

/** Opens it as one of the crew; NULL with a complaint. */
struct brood_mailbox *crew_open(struct crew_role *role);

/** Whether a call failed; a complaint too, unless calls are made to fail. */
bool crew_trouble(struct crew *crew, const char *what, int r);

/** Says what is wrong; the first one is kept. Returns 1. */
__attribute__((format(printf, 2, 3))) int crew_complain(struct crew *crew, const char *format, ...);

/** Complains of a message that is not as it was sent. */
int crew_complain_torn(struct crew *crew, const char *where, const struct brood_message *message);

/** Copies a flat folder, removes one. */
void crew_copy(const char *from, const char *to);
void crew_remove(const char *folder);

/** A folder for the mailboxes of a test, in memory if possible; removed by crew_remove(). */
void crew_scratch(char folder[128]);

/** Options with which everybody opens it. */
struct brood_mailbox_options crew_options(const struct crew *crew);

/** The message of a tag; its bytes into data, of crew->longest. */
struct brood_message crew_message(const struct crew *crew, uint64_t tag, char *data);

/** Whether it is as it was sent; which one it is. */
bool crew_is_whole(const struct crew *crew, const struct brood_message *message, uint64_t *tag);

#endif
