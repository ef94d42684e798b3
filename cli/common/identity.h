/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Who --user, --group and --groups mean: what was given, looked up in /etc/passwd and /etc/group
 * themselves. No other source of names is asked: a static program cannot load the libc's plug-ins,
 * and what is decided before a program gets its rights shall not depend on a network.
 */

struct identity_wanted {
	const char *tool;        /* for messages */
	const char *user;        /* USER, USER:GROUP, :GROUP; NULL: not given */
	const char *user_option; /* that said so, for messages; NULL: --user */
	const char *group;       /* NULL: not given */
	const char *groups;      /* a list, keep or none; NULL: not given */
	const char *root;        /* where etc/ is looked for; NULL: / */
	bool is_elsewhere;       /* in a new user namespace: what holds here says nothing */
};

/* What is to be set; nothing that holds already. */
struct identity {
	bool has_uid, has_gid, has_groups;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* owned */
	size_t n_groups;
	/* Of --user, whether or not it is another one than we are; both owned, NULL: not known. */
	bool has_user;
	char *name;
	char *home;
};

/* Returns 0, or -1 after having said what is wrong. */
int identity_find(const struct identity_wanted *wanted, struct identity *ret_identity);

void identity_done(struct identity *identity);
