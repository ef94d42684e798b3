/* SPDX-License-Identifier: MIT */
#pragma once

/* From checked attributes to the plan of a child, and back to a name for what failed. */

#include "job/check_attributes.h"
#include "spawn/fdmap.h"
#include "spawn/plan.h"

/* What the attributes of one child hold while it is started. */
struct brood__attribute_room {
	void *block;                        /* malloc'ed */
	struct brood__attribute_plan *plan; /* in it, or NULL: there is nothing to be planned */
	bool has_cgroup;
	bool cgroup_is_v2;
	bool owns_cgroup_dir;
	int cgroup_dir;  /* with has_cgroup */
	int landlock_fd; /* with a number that the child does not use, or -1 */
};

#define BROOD__ATTRIBUTE_ROOM_NONE                  \
	{                                           \
		.cgroup_dir = -1, .landlock_fd = -1 \
	}

/* How many descriptors attributes need in the child at most, besides those of the command. */
#define BROOD__ATTRIBUTE_WANTS 1

/* Allocates the plan, and opens the control group. Returns 0 or -errno, with the error filled; the
 * room is to be closed either way. */
int brood__attributes_open(struct brood__attribute_room *room,
	const struct brood__attributes *attributes, struct brood_error *error);
void brood__attributes_close(struct brood__attribute_room *room);

/* Adds what is needed in the child to n descriptors that are wanted. Returns their new number. */
size_t brood__attributes_wants(
	const struct brood__attribute_room *room, struct brood__fd_want *wants, size_t n);

/* Puts all but the control group into the plan, which borrows all that they point at. */
void brood__attributes_into(struct brood__plan *plan, const struct brood__attributes *attributes,
	const struct brood__attribute_room *room);

#define BROOD__SUBJECT_SIZE 64

/* The name of what failed at a step, maybe in text; NULL: the step alone says it. */
const char *brood__attributes_subject(const struct brood__report *report,
	const struct brood__attributes *attributes, char text[BROOD__SUBJECT_SIZE]);

/* Whether a subject is one of these names, and so not the label of a job. */
bool brood__attributes_is_subject(const char *text);
