/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <brood/base.h>

/*
 * A command as the data of a message: its words, its directory, its environment, its limits.
 * Decides only.
 */

/* brood_message.kind of such messages; all others are data. */
#define PAYLOAD_COMMAND UINT32_C(0x646e6d63)

/* More words than any kernel takes. */
#define PAYLOAD_MOST_WORDS (UINT32_C(1) << 20)

struct payload {
	char *const *argv;
	char *const *env;
	const char *dir;
	brood_duration timeout;    /* of each try; 0: none */
	brood_duration kill_after; /* BROOD_FOREVER: never */
	void *memory;              /* owned; all of it points in here */
};

/* Adds the data. */
void payload_encode(struct text *text, const struct payload *payload);

/* Reads the data, whatever it holds. Returns 0, or -EINVAL: it is no command. */
int payload_decode(struct payload *payload, const void *bytes, size_t length);

void payload_done(struct payload *payload);
