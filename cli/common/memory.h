/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Memory for the program: these end it with exit code 125 when there is none left. Released with
 * free().
 */

void *memory_get(size_t size);
void *memory_resize(void *memory, size_t size);
char *memory_copy(const char *string, size_t length);
