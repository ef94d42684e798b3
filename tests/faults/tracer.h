/* SPDX-License-Identifier: MIT */
#ifndef TRACER_H
#define TRACER_H

/*
 * Runs functions as processes of their own and holds each of them at every system call: so that one
 * can be killed there, or its call made to fail or to write less, and so that several take turns as
 * a seed says instead of as it happens.
 *
 *	struct tracer tracer = { .hook = hook, .data = data, .seed = 1, .inside = &shared->inside };
 *	tracer_add(&tracer, role, data);
 *	tracer_run(&tracer)
 *
 * A role tells by *inside, in memory that it shares with us, from where on it is to be watched, and
 * makes one system call after it has set it. One role only may set it; NULL: all are watched from
 * their start on.
 *
 * With `page`, memory that the role changes, it is held at every instruction while inside, and the
 * hook is called after those that changed the page.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#define TRACER_MOST   8
#define TRACER_PIECES 8
#define TRACER_PAGE   4096

/** Where the hook is called. */
enum tracer_place { TRACER_ENTRY, TRACER_EXIT, TRACER_STORE };

/** What the hook orders. FAIL and SHORTEN at ENTRY only. LEAVE: it is not held any more. */
enum tracer_order { TRACER_GO, TRACER_KILL, TRACER_FAIL, TRACER_SHORTEN, TRACER_LEAVE };

enum tracer_state {
	TRACEE_STOPPED, /**< goes on when it is its turn */
	TRACEE_RUNNING, /**< in a call that takes its time: waits for another */
	TRACEE_ENDED
};

struct tracee {
	pid_t pid;
	enum tracer_state state;
	bool in_call;
	bool stepped; /**< by instructions, not by calls */
	bool left;    /**< not held any more */
	int status;   /**< of waitpid(2) when it has ended */
	int signal;   /**< to deliver when it goes on */
	uint64_t number, args[6];
	int64_t result;
	int fail_with; /**< the call is not made and fails so */
	bool is_short;
	struct iovec pieces[TRACER_PIECES]; /**< as they were before the call was made short */
	size_t n_pieces;
};

struct tracer {
	enum tracer_order (*hook)(void *data, struct tracee *tracee, enum tracer_place place);
	void *data;
	uint64_t seed; /**< of the order in which several take turns */
	volatile uint32_t *inside;
	const volatile void *page; /**< NULL: by calls */
	int error;                 /**< what the hook sets for FAIL */
	size_t length;             /**< what the hook sets for SHORTEN */
	struct tracee tracees[TRACER_MOST];
	size_t n;
	struct tracee *at; /**< whose turn it is, for so many more turns */
	unsigned int turns;
	unsigned char seen[TRACER_PAGE];
};

/** Keeps this process, and those that it starts, on one processor, where they take turns faster; or
    lets them be anywhere again. */
void tracer_stay(bool on_one);

/** Whether a process can be held and changed here. */
bool tracer_works(void);

/** Starts a role; it goes on in tracer_run() only. Returns -1 if that is not possible. */
int tracer_add(struct tracer *tracer, int (*role)(void *data), void *data);

/** Until all have ended. Returns -1 if nothing happened for a long time; all are killed then. */
int tracer_run(struct tracer *tracer);

/** Bytes that a write-like call is to write; -1: it is none. */
int64_t tracer_write_size(const struct tracee *tracee);

/** Copies what it is to write; returns how much that is. */
size_t tracer_written(const struct tracee *tracee, void *buffer, size_t size);

/** The path behind a descriptor of the tracee. Returns false if there is none. */
bool tracer_path(const struct tracee *tracee, int fd, char *text, size_t size);

/** The name of a system call for messages, or its number. */
const char *tracer_name(uint64_t number, char text[24]);

/** The next number of a sequence that a seed begins. */
uint64_t tracer_random(uint64_t *seed);

#endif
