/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>

/*
 * Values of options and operands that several actions have. action stands in front of what they
 * say, as in "mailbox put". Each returns 0, or -1 after having said what is wrong.
 */

struct id_list {
	uint64_t *ids; /* owned */
	size_t n;
};

int value_number(const char *action, const char *spelled, const char *value, long least, long most,
	long *ret_number);

/* "7" or "7,8,9", added to the list. spelled NULL: it is an operand. */
int value_ids(const char *action, const char *spelled, const char *value, struct id_list *list);

/* One of the words of a list that ends with NULL. Returns its index. */
int value_choice(
	const char *action, const char *spelled, const char *value, const char *const *names);

/* How long to wait; off: BROOD_FOREVER. */
int value_patience(
	const char *action, const char *spelled, const char *value, brood_duration *ret_patience);

/* BROOD_SYNC_... by its name. */
int value_sync(const char *action, const char *spelled, const char *value, int *ret_sync);

void id_list_done(struct id_list *list);

/* Whether the id is in the list. */
bool id_list_has(const struct id_list *list, uint64_t id);
