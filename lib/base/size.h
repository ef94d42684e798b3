/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rule for the public structs that begin with their own size, so that a program and a library
 * of different age understand each other.
 */

#include <brood/base.h>

/**
 * Copies such a struct to one of to_size bytes: a shorter one is filled up with zeros, and to's
 * size becomes to_size.
 *
 * Returns 0; -E2BIG: size is 0, or what is beyond to_size is not all zero; BROOD_EMISUSE: size is
 * smaller than the field itself.
 */
int brood__struct_copy(void *to, size_t to_size, const void *from);

/**
 * Fills a caller's struct, of the size that it says, from ours of from_size bytes: what ours does
 * not have becomes zero, what the caller's does not have is left out. Its size stays.
 *
 * Returns 0; -E2BIG: its size is 0; BROOD_EMISUSE: its size is smaller than the field itself.
 */
int brood__struct_give(void *to, const void *from, size_t from_size);

/* Whether the struct at p, of the size that it says, has this member, all of it. */
#define BROOD__STRUCT_HOLDS(p, member) \
	((p)->size >= offsetof(__typeof__(*(p)), member) + sizeof((p)->member))
