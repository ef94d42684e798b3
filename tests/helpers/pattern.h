/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The bytes that children write and expect, known from their offset alone: no period shorter than
 * 16 MiB, every value of a byte occurs.
 */

#include <stddef.h>
#include <stdint.h>

static inline unsigned char pattern_byte(uint64_t offset)
{
	return (unsigned char)(offset * 31 + (offset >> 8) * 7 + (offset >> 16) * 13);
}

static inline void pattern_fill(void *memory, size_t size, uint64_t offset)
{
	unsigned char *bytes = (unsigned char *)memory;

	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern_byte(offset + i);
}

/* Returns how many bytes at memory are as they should be. */
static inline size_t pattern_match(const void *memory, size_t size, uint64_t offset)
{
	const unsigned char *bytes = (const unsigned char *)memory;
	size_t i = 0;

	while (i < size && bytes[i] == pattern_byte(offset + i))
		i++;
	return i;
}
