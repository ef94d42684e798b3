/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * A control group (cgroup v2) for one job, below the one that we are in.
 */

struct brood__cgroup {
	int dir;    /* descriptor of its directory, or -1 */
	int parent; /* of the one above */
	char name[32];
};

#define BROOD__CGROUP_NONE              \
	{                               \
		.dir = -1, .parent = -1 \
	}

/* Makes one that can be killed as a whole. Returns 0; -EOPNOTSUPP: there is no cgroup v2 here, or
 * one without cgroup.kill; -errno of mkdir(2). */
int brood__cgroup_make(struct brood__cgroup *cgroup);

/* Kills all that is in it, if there is one. */
void brood__cgroup_kill(const struct brood__cgroup *cgroup);

/* Closes the descriptors, and removes the group if nobody else will. */
void brood__cgroup_done(struct brood__cgroup *cgroup, bool remove);
