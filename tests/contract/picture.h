/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_PICTURE_H
#define TESTS_CONTRACT_PICTURE_H

/*
 * A picture of this process: everything that a library could change in its host and must not. Each
 * part of it is a text, so that two pictures are compared line by line and a difference can be
 * shown.
 *
 *	picture_take(&before);
 *	brood_run(...);
 *	picture_take(&after);
 *	if (picture_differs(&before, &after, PICTURE_SAME, text, sizeof text))
 *		fail_msg("%s", text);
 *
 * What belongs to a thread (mask, scheduling, ids) is that of the calling one. errno is no part of
 * it: after a call it says nothing, as after most calls of the libc; codes are returned. Nor is a
 * pending SIGCHLD, which comes for a program that ran. picture_spoil.h has a way to change each
 * part, and test_picture.c sees that each change is noticed.
 */

#include <stddef.h>

enum { PICTURE_ROOM = 1 << 18, PICTURE_MOST_PARTS = 80 };

struct picture {
	size_t used;
	size_t begins[PICTURE_MOST_PARTS]; /* of the text of each part */
	char text[PICTURE_ROOM];
};

enum picture_rule {
	PICTURE_SAME, /* nothing may be different */
	PICTURE_MORE, /* children, locks of files, and descriptors above 2 that are close-on-exec,
			 may be new */
};

/** How many parts there are, and their names. */
size_t picture_count(void);
const char *picture_name(size_t part);

/** Fails the test if something of it cannot be read. */
void picture_take(struct picture *picture);

/** One part: 0 if it is the same; else 1, and text says what is different. */
int picture_part_differs(const struct picture *before, const struct picture *after, size_t part,
	enum picture_rule rule, char *text, size_t size);

/** All parts: 0 if they are the same; else 1, and text says what of the first one is different. */
int picture_differs(const struct picture *before, const struct picture *after,
	enum picture_rule rule, char *text, size_t size);

#endif
