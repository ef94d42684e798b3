/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/fields.h"

#include <stddef.h>

/*
 * How serious a line is: as JSON and logfmt lines say in a field, and others in a word.
 */

enum level {
	LEVEL_NONE, /* the line does not say */
	LEVEL_TRACE,
	LEVEL_DEBUG,
	LEVEL_INFO,
	LEVEL_NOTICE,
	LEVEL_WARN,
	LEVEL_ERROR,
	LEVEL_FATAL
};

/* For messages: what is accepted. */
#define LEVEL_FORMS "warn, '>=warn', '=info', '<error', 'info,error'"

/* The level of a name, in any case, or of a number: 10 to 60 as bunyan has them (30 is info), 0 to
   7 as syslog has them (3 is error). LEVEL_NONE: it is neither. */
enum level level_of_word(const char *word, size_t length);

/* The level of a line. */
enum level level_of_line(const char *line, size_t length);

/* Reads conditions with commas between them, of which one must hold: a name alone means that level
   and what is more serious; before it may stand = != < <= > or >=. Returns a mask of 1 << level, or
   0: that is no such text. */
unsigned int level_mask(const char *text);
