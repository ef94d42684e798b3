/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/fields.h"
#include "sh/pattern.h"
#include "sh/shell.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a word has become so far: bytes in scratch memory, and for each what it is. Within expand*.c
 * only. As long as every byte is one that nothing will be done to, there are no kinds: that is so
 * for most words.
 */
enum buffer_mode {
	BUFFER_FIELDS, /* it is split, and a pattern for pathnames */
	BUFFER_STRING, /* it is what it is */
	BUFFER_PATTERN /* it is matched with */
};

enum byte_kind {
	BYTE_PLAIN, /* written in the word, not quoted */
	BYTE_QUOTED,
	BYTE_SPLIT, /* from an expansion that is not quoted; in a pattern PLAIN */
	/* No characters, only when there are kinds: */
	BYTE_BREAK, /* between two parameters of $@ */
	BYTE_EMPTY  /* there are quotes here, with nothing in them */
};

struct buffer {
	struct shell *sh;
	enum buffer_mode mode;
	char *bytes;
	unsigned char *kinds; /* enum byte_kind; NULL: nothing will be done to any */
	size_t n, size;       /* of both */
	bool is_present;      /* it is a field even if it is empty */
	bool has_magic;       /* a *, ? or [ that is not quoted */
	struct taker *taker;  /* of a STRING: who takes what there is of it; NULL: nobody */
};

static inline struct buffer buffer_of(struct shell *sh, enum buffer_mode mode)
{
	return (struct buffer){ .sh = sh, .mode = mode };
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t n, enum byte_kind kind);
void buffer_add_break(struct buffer *buffer);

/* The bytes with a NUL behind them. */
char *buffer_text(struct buffer *buffer);
struct pattern buffer_pattern(const struct buffer *buffer);
/* Splits it and expands pathnames. */
void buffer_add_fields(struct buffer *buffer, struct fields *fields);

/* Adds a value that stands alone in a word, not quoted. is_own: it lies in scratch memory and may
   be written to; it ends with a NUL. */
void buffer_add_value(
	struct shell *sh, const char *text, size_t length, bool is_own, struct fields *fields);
