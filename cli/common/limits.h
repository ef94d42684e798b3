/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Resource limits as people write them: NAME=VALUE. Decides only.
 *
 *	nofile=1024       soft and hard
 *	as=512M:1G        soft, hard
 *	core=0:           soft alone
 *	nproc=:100        hard alone
 */

#define LIMIT_UNLIMITED UINT64_MAX

struct limit {
	int resource; /* RLIMIT_... */
	bool has_soft, has_hard;
	uint64_t soft, hard; /* as setrlimit(2) counts them; LIMIT_UNLIMITED */
};

/* Returns 0, or -EINVAL and a sentence in problem (added to it): what is wrong and what is
   accepted. */
int limit_parse(const char *text, struct limit *ret_limit, struct text *problem);

/* The name of a resource, "nofile"; NULL if it is none. */
const char *limit_name(int resource);

/* "077", "0022", "u=rwx,g=rx,o=", "go-w": applied to the mask as it is now. Returns 0 or -EINVAL.
 */
int limit_parse_umask(const char *text, unsigned int now, unsigned int *ret_mask);
