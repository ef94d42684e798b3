/* SPDX-License-Identifier: MIT */
#include "common/memory.h"

#include "common/exit_code.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void give_up(void)
{
	static const char words[] = "brood: out of memory\n";

	ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
	(void)written;
	_exit(EXIT_BROOD);
}

void *memory_resize(void *memory, size_t size)
{
	void *resized = realloc(memory, size ? size : 1);

	if (!resized)
		give_up();
	return resized;
}

void *memory_get(size_t size)
{
	return memory_resize(NULL, size);
}

char *memory_copy(const char *string, size_t length)
{
	char *copy = memory_get(length + 1);

	memcpy(copy, string, length);
	copy[length] = '\0';
	return copy;
}
