/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * Sizes in bytes as people write them: 4096, 64K, 512M, 2G, 1T, in either case; K is 1024.
 */

/* For messages: what is accepted. */
#define SIZE_FORMS "4096, 64K, 512M, 2G"

/* Returns 0; -EINVAL: no size; -ERANGE: more than 63 bits hold. */
int size_parse(const char *string, uint64_t *ret_size);
