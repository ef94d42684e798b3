/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the texts of /etc/passwd and /etc/group say (passwd(5), group(5)). Decides only. A line that
 * is none of theirs is passed over: a comment, one with too few fields, a number that is no id, the
 * lines of NIS that begin with + or -.
 */

/* An id that no user and no group can have: it means "as it is" to setresuid(2). */
#define ACCOUNTS_NO_ID UINT32_MAX

/* One user; what it points at lies in the text. */
struct account {
	const char *name;
	size_t name_length;
	uint32_t uid, gid;
	const char *home;
	size_t home_length;
};

/* A number that can be an id: "0", "1000". */
bool accounts_number(const char *text, uint32_t *ret_id);

/* Finds a user by name, or by number; of several lines the first. */
bool accounts_find_name(
	const char *passwd, size_t length, const char *name, struct account *ret_account);
bool accounts_find_uid(
	const char *passwd, size_t length, uint32_t uid, struct account *ret_account);

/* Finds the number of a group by its name. */
bool accounts_find_group(const char *group, size_t length, const char *name, uint32_t *ret_gid);

/* The groups of a user as initgroups(3) has them: first, then each one that names it as a member,
   each once. Returns how many there are; the first room of them are written to gids. */
size_t accounts_groups_of(const char *group, size_t length, const char *user, size_t user_length,
	uint32_t first, uint32_t *gids, size_t room);
