/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The only place where processes are made.
 */

#include "sys/uapi.h"
#include <stddef.h>
#include <sys/types.h>

/* Runs in the new process and never returns. */
typedef void (*brood__child_fn)(void *arg);

/* clone3(2): the child runs fn(arg) on args->stack, or with 0 on a copy of the caller's. Returns
 * the pid or -errno, in the parent only. */
long brood__clone3(struct brood__clone_args *args, brood__child_fn fn, void *arg);

/*
 * clone(2): the child runs fn(arg) on the stack that ends at stack_top, or with NULL on a copy of
 * the caller's. flags hold the exit signal in their low byte; pidfd is written with CLONE_PIDFD.
 * Returns the pid or -errno, in the parent only.
 */
long brood__clone(unsigned long flags, void *stack_top, int *pidfd, brood__child_fn fn, void *arg);

/* fork(3) of the libc, for children that go on in C: 0 in the child. */
long brood__fork(void);

/*
 * A stack for one child that shares our memory, with a guard page below it; a few are kept for the
 * next time. Returns the lowest usable address or NULL.
 */
void *brood__stack_get(size_t *ret_size);
void brood__stack_put(void *stack);

/* Whether this runs under valgrind, which ends a program that shares its descriptor table. */
int brood__on_valgrind(void);
