/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Templates: a text in which variables are replaced. Decides only. What is replaced is
 *
 *	${NAME}                          its value; an error if it is not set
 *	${NAME-word}    ${NAME:-word}    word if it is not set (or is empty)
 *	${NAME?word}    ${NAME:?word}    an error that says word if it is not set (or is empty)
 *	${NAME+word}    ${NAME:+word}    word if it is set (and is not empty), else nothing
 *	$${                              a plain ${
 *
 * and nothing else: a $ without { stands for itself. A word goes to the first } that does not
 * close a ${ of its own; it may hold these forms too, and \} for a } and \\ for a \. A value is
 * never looked at again.
 */

struct template_error {
	size_t line;
	size_t column;    /* in bytes, from 1: of the $ */
	struct text what; /* to be released */
};

struct template_rules {
	/* NULL: the variable is not set. */
	const char *(*get)(void *data, const char *name, size_t length);
	void *data;
	/* NULL: none is. What ${NAME?word} says of such a variable is only that there is one. */
	bool (*is_secret)(void *data, const char *name, size_t length);
	/* Names, separated by blanks or commas: only ${ with one of these means anything, all
	   else is left as it is. NULL: every ${ must be one of the forms above. */
	const char *only;
};

/* Adds the text with its variables replaced to *text. Returns 0; -EINVAL: *error says where and
   why, and text holds a part. */
int template_render(const char *bytes, size_t length, const struct template_rules *rules,
	struct text *text, struct template_error *error);
