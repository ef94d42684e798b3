/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/seccomp.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reading what libjansson has read: each function says in problem where and what is wrong, and
 * returns -EINVAL then.
 */

/* Where a value stands: "syscalls[2].args[0].op". */
struct place {
	const struct place *parent;
	const char *key; /* NULL: an element, or the whole */
	size_t index;
};

/* A key that an object may have, and the type of its value; null is as good as none. */
struct key {
	const char *name;
	json_type type;
};

struct word {
	const char *name;
	uint32_t number;
};

int seccomp_fail(struct text *problem, const struct place *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* It is an object, with these keys and no others. */
int seccomp_check_keys(struct text *problem, const struct place *place, json_t *object,
	const struct key *keys, size_t n);

/* The text of a string that must be there. */
int seccomp_get_text(struct text *problem, const struct place *place, json_t *object,
	const char *key, const char **ret_text);

/* A number of 0 to most; if there is none *number stays. */
int seccomp_get_number(struct text *problem, const struct place *place, json_t *object,
	const char *key, json_int_t most, json_int_t *number);

bool seccomp_find_word(const struct word *words, size_t n, const char *name, uint32_t *ret_number);
