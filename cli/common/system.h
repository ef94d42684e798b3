/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * What holds for this process and this kernel.
 */

/* The number of the last capability that the kernel knows. */
unsigned int system_last_capability(void);

/* Our bounding set: bit n is capability n. */
uint64_t system_bounding_set(void);

/* The version of the kernel: 6 and 1 of "6.1.0-18-amd64". */
void system_kernel(unsigned int *ret_version, unsigned int *ret_patch);
