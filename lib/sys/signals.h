/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The calling thread's signal mask, as the kernel sees it: all 64 signals, bit n - 1 for signal n.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Blocks more signals; *ret_old is what to restore. */
void brood__signals_block(uint64_t more, uint64_t *ret_old);

/* Blocks every signal, those of the libc's threads included; *ret_old is what to restore. */
void brood__signals_block_all(uint64_t *ret_old);

/* Sets the mask back. */
void brood__signals_restore(uint64_t old);

/* Whether children are left to be waited for: SIGCHLD is neither caught nor ignored. */
bool brood__signals_children_are_left(void);

/* The kernel's form of a set of the libc. */
uint64_t brood__signals_pack(const sigset_t *set);
