/* SPDX-License-Identifier: MIT */
/* Attributes as bytes. No call is made here: the guard has no libc. */

#include "guard/attributes.h"

#include <errno.h>
#include <string.h>

#define HIGHEST_SIGNAL 64

/* Where each piece is, behind the fixed part. */
struct layout {
	size_t groups, affinity, uid_map, gid_map, filter, root, size;
};

static size_t aligned(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static struct layout lay_out(const struct brood__attribute_plan *a)
{
	struct layout layout;
	layout.groups = aligned(sizeof *a);
	layout.affinity = layout.groups + aligned(a->n_groups * sizeof *a->groups);
	layout.uid_map = layout.affinity + aligned(a->affinity_size);
	layout.gid_map = layout.uid_map + aligned(a->uid_map_size);
	layout.filter = layout.gid_map + aligned(a->gid_map_size);
	layout.root = layout.filter + aligned(a->n_filter * sizeof *a->filter);
	layout.size = layout.root + aligned(a->root_size);
	return layout;
}

size_t brood__guard_attributes_size(const struct brood__attribute_plan *attributes)
{
	return lay_out(attributes).size;
}

static void put(char *to, const void *from, size_t size)
{
	if (size)
		memcpy(to, from, size);
}

void brood__guard_attributes_pack(const struct brood__attribute_plan *attributes, char *bytes)
{
	const struct brood__attribute_plan *a = attributes;
	struct layout layout = lay_out(a);
	struct brood__attribute_plan head = *a;
	head.groups = NULL;
	head.affinity = NULL;
	head.uid_map = head.gid_map = head.root = NULL;
	head.filter = NULL;
	memset(bytes, 0, layout.size);
	memcpy(bytes, &head, sizeof head);
	put(bytes + layout.groups, a->groups, a->n_groups * sizeof *a->groups);
	put(bytes + layout.affinity, a->affinity, a->affinity_size);
	put(bytes + layout.uid_map, a->uid_map, a->uid_map_size);
	put(bytes + layout.gid_map, a->gid_map, a->gid_map_size);
	put(bytes + layout.filter, a->filter, a->n_filter * sizeof *a->filter);
	put(bytes + layout.root, a->root, a->root_size);
}

static bool has_good_sizes(const struct brood__attribute_plan *a)
{
	return a->n_groups <= BROOD__MOST_GROUPS && a->affinity_size <= BROOD__MOST_AFFINITY &&
	       a->uid_map_size <= BROOD__MOST_MAP && a->gid_map_size <= BROOD__MOST_MAP &&
	       a->n_filter <= BROOD__MOST_FILTER && a->root_size <= BROOD__MOST_ROOT;
}

/* A guard can be nobody's tracer. */
static bool has_good_values(const struct brood__attribute_plan *a)
{
	bool has_root = a->flags & BROOD__DO_CHROOT;
	if (a->flags & ~BROOD__DO_ALL || a->flags & BROOD__DO_TRACEME)
		return false;
	if ((a->clone_flags | a->unshare_flags) & ~BROOD__NAMESPACES)
		return false;
	if (a->groups || a->affinity || a->uid_map || a->gid_map || a->filter || a->root)
		return false;
	if (a->flags & BROOD__DO_LANDLOCK && a->landlock_fd < 0)
		return false;
	return a->death_signal >= 0 && a->death_signal <= HIGHEST_SIGNAL &&
	       has_root == (a->root_size > 0);
}

int brood__guard_attributes_unpack(
	const char *bytes, size_t size, struct brood__attribute_plan *ret_attributes)
{
	struct brood__attribute_plan *a = ret_attributes;
	if (size < sizeof *a)
		return -EPROTO;
	memcpy(a, bytes, sizeof *a);
	if (!has_good_sizes(a) || !has_good_values(a))
		return -EPROTO;
	struct layout layout = lay_out(a);
	if (layout.size != size)
		return -EPROTO;
	if (a->root_size && bytes[layout.root + a->root_size - 1] != 0)
		return -EPROTO;
	a->groups = (const void *)(bytes + layout.groups);
	a->affinity = (const void *)(bytes + layout.affinity);
	a->uid_map = bytes + layout.uid_map;
	a->gid_map = bytes + layout.gid_map;
	a->filter = (const void *)(bytes + layout.filter);
	a->root = bytes + layout.root;
	return 0;
}
