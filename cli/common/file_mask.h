/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

/* Symbolic modes (chmod(1)) of what a mask leaves: "u=rwx,g=rx,o=", "go-w", applied to the mask as
   it is now. Returns 0 or -EINVAL. */
int file_mask_parse_symbolic(const char *word, mode_t mask, mode_t *ret_mask);
