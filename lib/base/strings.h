/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Texts in memory of the caller: bounded, always terminated, never allocated. As with snprintf,
 * lengths are those of the whole text, also of the part for which there was no room.
 *
 *	struct brood__text t = brood__text_over(memory, size);
 *	brood__text_add(&t, "exit code ");
 *	brood__text_add_int(&t, code);
 *	brood__text_mark_cut(&t);
 *	return t.length;
 */

#include <brood/base.h>

struct brood__text {
	char *at;      /* NULL only if size is 0 */
	size_t size;   /* bytes at `at`, the terminating NUL included */
	size_t length; /* of the whole text */
};

/**
 * Copies a text; one that is too long ends in "...", before which no UTF-8 sequence is split.
 * Returns the length of `from`.
 */
size_t brood__text_copy(char *to, size_t size, const char *from);

/** Begins an empty text in this memory. */
struct brood__text brood__text_over(char *at, size_t size);

/** Adds a string. */
void brood__text_add(struct brood__text *t, const char *s);

/** Adds n bytes as they are. */
void brood__text_add_n(struct brood__text *t, const char *bytes, size_t n);

/** Adds a number in decimal. */
void brood__text_add_int(struct brood__text *t, int64_t number);

/**
 * Adds n bytes that may come from anywhere: control bytes, DEL, the C1 controls and whatever is no
 * valid UTF-8 appear as \xNN.
 */
void brood__text_add_safe(struct brood__text *t, const char *bytes, size_t n);

/** Adds a length of time as people write it: 100ms 1.5s 1m30s 2h 1d12h forever. */
void brood__text_add_duration(struct brood__text *t, brood_duration d);

/** Returns how many entries a NULL-terminated list has, as argv. */
size_t brood__list_length(char *const *list);

/** If the text did not fit, makes its end "...". Nothing may be added after that. */
void brood__text_mark_cut(struct brood__text *t);

/** Returns the length of the valid UTF-8 sequence at the start of these bytes, or 0. */
size_t brood__utf8_length(const char *bytes, size_t n);
