/* SPDX-License-Identifier: MIT */
/* Structs of another age, brought to the size of ours. */

#include "base/size.h"

#include <brood/error.h>
#include <errno.h>
#include <string.h>

int brood__struct_copy(void *to, size_t to_size, const void *from)
{
	const unsigned char *bytes = from;
	size_t size;

	memcpy(&size, from, sizeof size);
	if (size == 0)
		return -E2BIG;
	if (size < sizeof size)
		return BROOD_EMISUSE;
	for (size_t i = to_size; i < size; i++) {
		if (bytes[i] != 0)
			return -E2BIG;
	}
	size_t shared = size < to_size ? size : to_size;
	memcpy(to, from, shared);
	memset((unsigned char *)to + shared, 0, to_size - shared);
	memcpy(to, &to_size, sizeof to_size);
	return 0;
}

int brood__struct_give(void *to, const void *from, size_t from_size)
{
	size_t size;

	memcpy(&size, to, sizeof size);
	if (size == 0)
		return -E2BIG;
	if (size < sizeof size)
		return BROOD_EMISUSE;
	memset(to, 0, size);
	memcpy(to, from, size < from_size ? size : from_size);
	memcpy(to, &size, sizeof size);
	return 0;
}
