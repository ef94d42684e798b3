/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What few commands ask for: ids, namespaces, a root, capabilities, filters and the like. Plain
 * data without pointers but those at its end, so that it can be sent to a guard.
 */

#include "sys/uapi.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* brood__attribute_plan.flags: which of the fields count. */
#define BROOD__DO_UID             1u
#define BROOD__DO_GID             2u
#define BROOD__DO_GROUPS          4u
#define BROOD__DO_SCHEDULER       8u
#define BROOD__DO_AFFINITY        16u
#define BROOD__DO_IO_PRIORITY     32u
#define BROOD__DO_OOM_SCORE       64u
#define BROOD__DO_CHROOT          128u
#define BROOD__DO_CAPABILITIES    256u
#define BROOD__DO_NO_NEW_PRIVS    512u
#define BROOD__DO_LANDLOCK        1024u
#define BROOD__DO_SECCOMP         2048u
#define BROOD__DO_DROP_CTTY       4096u
#define BROOD__DO_TRACEME         8192u
#define BROOD__DO_ALLOW_SETGROUPS 16384u
#define BROOD__DO_STEAL_CTTY      32768u /* the controlling terminal is taken from other sessions */
#define BROOD__DO_ALL             65535u

/* One line of a program for seccomp, as struct sock_filter. */
struct brood__filter_line {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

#define BROOD__MOST_GROUPS   65536 /* NGROUPS_MAX */
#define BROOD__MOST_FILTER   4096  /* BPF_MAXINSNS */
#define BROOD__MOST_MAP      4095  /* bytes: the kernel takes less than a page */
#define BROOD__MOST_AFFINITY 8192  /* bytes */
#define BROOD__MOST_ROOT     4096  /* PATH_MAX */

struct brood__attribute_plan {
	uint32_t flags; /* BROOD__DO_... */
	uint32_t uid;
	uint32_t gid;
	uint32_t n_groups;
	int32_t scheduler;
	int32_t scheduler_priority;
	int32_t io_priority;
	int32_t oom_score_adj;
	uint64_t clone_flags;
	uint64_t unshare_flags;
	uint64_t capabilities;
	uint64_t ambient;
	uint32_t landlock_flags;
	int32_t landlock_fd;  /* the child's number, when its descriptors are in place */
	int32_t death_signal; /* 0: none */
	uint32_t affinity_size;
	uint32_t uid_map_size; /* bytes of text; 0: none */
	uint32_t gid_map_size;
	uint32_t n_filter;
	uint32_t root_size; /* with its NUL */

	/* Of the sizes above. */
	const uint32_t *groups;
	const unsigned long *affinity;
	const char *uid_map;
	const char *gid_map;
	const struct brood__filter_line *filter;
	const char *root;
};

/*
 * Whether the child must not run in its parent's memory: a change of ids or capabilities makes the
 * memory undumpable, which the parent would never lose again; what may be read in it is more than
 * the child may see then; a filter may end the child with a core dump, and old kernels then end all
 * who share its memory; a namespace for users or time is refused to those who share it, and the
 * parent has to write maps while the child waits; a signal stops a child that is traced, and then
 * the parent, its tracer, must be able to let it go on.
 */
static inline bool brood__needs_own_memory(const struct brood__attribute_plan *a)
{
	const uint32_t some = BROOD__DO_UID | BROOD__DO_GID | BROOD__DO_GROUPS |
			      BROOD__DO_CAPABILITIES | BROOD__DO_SECCOMP | BROOD__DO_TRACEME;
	const uint64_t apart = BROOD__CLONE_NEWUSER | BROOD__CLONE_NEWTIME;
	return a && (a->flags & some || a->ambient || (a->clone_flags | a->unshare_flags) & apart);
}

/* Whether the parent is to write the maps of the child's user namespace. */
static inline bool brood__has_parents_maps(const struct brood__attribute_plan *a)
{
	return a && a->clone_flags & BROOD__CLONE_NEWUSER && a->uid_map_size + a->gid_map_size > 0;
}
