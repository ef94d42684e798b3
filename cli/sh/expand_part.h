/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/expand_buffer.h"

/* The parts of a word, each added to a buffer. Within expand*.c only. Return 0, or -1 after having
   said what is wrong, with sh->status set. */

/* $? after an expansion that failed. */
#define EXPAND_ERROR 2

/* literal_kind: what unquoted characters of the word are. */
int expand_parts(struct buffer *buffer, const struct word *word, enum byte_kind literal_kind);

int expand_parameter(struct buffer *buffer, const struct part *part);

/* The value of an arithmetic expansion. */
int expand_arithmetic(struct shell *sh, const struct part *part, int64_t *ret_number);

/* The value of a parameter other than $@ and $*. */
struct parameter_value {
	const char *text; /* NULL: it is not set */
	size_t length;
	char digits[OPTION_COUNT + 24];
};

void parameter_get(struct shell *sh, struct parameter *parameter, struct parameter_value *value);

static inline bool parameter_is_list(const struct parameter *parameter)
{
	return parameter->special == '@' || parameter->special == '*';
}

/* Says that a parameter is not set, under set -u. Returns -1. */
int parameter_fail_unset(struct shell *sh, const struct part *part);

/* Writes a number; returns its first character, the end is that of the buffer. */
char *number_text(char *digits, size_t size, int64_t number);
