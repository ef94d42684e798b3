/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Lists of capabilities (capabilities(7)) as people write them, with or without CAP_, in either
 * case, by name or number. Decides only.
 *
 *	net_bind_service,chown     these and no others
 *	none, or nothing at all    not one
 *	all                        every one
 *	all,-sys_admin             every one but this
 *	-sys_admin,-sys_module     what there would be otherwise, without these
 *	+net_raw                   what there would be otherwise, and this
 */

/* Bit n is capability n, in all masks. */
struct capabilities {
	bool is_relative; /* added and removed change what there would be otherwise */
	bool has_all;     /* "all", before removed is taken away */
	uint64_t added;   /* those that were called by their names */
	uint64_t removed;
};

/* last: the last one that the kernel knows. Returns 0, or -EINVAL and a sentence in problem (added
   to it). */
int capabilities_parse(
	const char *list, unsigned int last, struct capabilities *ret, struct text *problem);

/* All that the program can get: base is what there would be otherwise. */
uint64_t capabilities_bounding(
	const struct capabilities *capabilities, unsigned int last, uint64_t base);

/* Those that an ordinary user shall have as well: what was asked for, not what was left. */
uint64_t capabilities_ambient(const struct capabilities *capabilities, unsigned int last);

/* The name without CAP_, in lower case: "chown"; NULL: it has none yet. */
const char *capability_name(unsigned int number);

/* Finds the number of a name, whose length is given. Returns -EINVAL: it is none. */
int capability_number(const char *name, size_t length, unsigned int last);
