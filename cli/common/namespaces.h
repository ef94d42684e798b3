/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <brood/brood.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Namespaces and maps of ids as people write them. Decides only.
 */

/* CLONE_NEWTIME, which older headers lack. */
#define NAMESPACE_TIME UINT64_C(0x80)

/* "net,ipc", "user,mount,pid"; the names are those of unshare(1). Returns 0 and the CLONE_NEW...
   flags, or -EINVAL and a sentence in problem (added to it). */
#define NAMESPACES_FORMS "user, mount, pid, net, ipc, uts, cgroup, time"
int namespaces_parse(const char *list, uint64_t *ret_flags, struct text *problem);

/* The name of one flag, "net"; NULL: it is none. */
const char *namespace_name(uint64_t flag);

#define NAMESPACES_MOST_MAPS 16

/* "INSIDE:OUTSIDE:COUNT", several with commas between them, as the lines of user_namespaces(7);
   ":COUNT" may be left out and is 1 then. Added to the *n that are there. Returns 0, or -EINVAL:
   also if there are too many, if one is empty or goes beyond all ids, or if two overlap. */
#define NAMESPACES_MAP_FORMS "INSIDE:OUTSIDE:COUNT, as in 0:1000:1"
int namespaces_parse_map(
	const char *text, struct brood_id_map maps[NAMESPACES_MOST_MAPS], size_t *n);
