/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

/* Adds what a file holds, up to limit bytes. Returns 0; -EFBIG: there is more; -errno. */
int file_read(const char *path, struct text *text, size_t limit);

/* The same, from where a descriptor stands. */
int file_read_fd(int fd, struct text *text, size_t limit);
