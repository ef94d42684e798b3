/* SPDX-License-Identifier: MIT */
#pragma once

/* What the public calls of a mailbox share. */

#include "fifo/mailbox_store.h"

/* Why a call cannot be: BROOD_EMISUSE, or -EBADF for one that writes, when it was opened to look.
 * 0: it can. */
int brood__mailbox_check(
	const struct brood_mailbox *box, bool is_writing, struct brood_error *error);

/* The same, with BROOD_EMISUSE for a NULL. */
int brood__mailbox_misused(struct brood_error *error);
