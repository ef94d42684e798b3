/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: makes the allocation number $FAILMALLOC fail, counted from the first mark that the
 * probe makes, and never between its second mark and the end. That it did so is told by a byte to
 * descriptor $FAILMALLOC_FD. 0 fails none and only counts what is in use.
 */

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool counting;
static long number;
static long target = -1;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool fails(void)
{
	if (!counting || ++number != target)
		return false;
	const char *fd = getenv("FAILMALLOC_FD");
	char byte = '!';
	if (fd && write(atoi(fd), &byte, 1) < 0)
		abort();
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return fails() ? NULL : __libc_realloc(memory, size);
}

int sched_get_priority_max(int policy)
{
	const char *text = getenv("FAILMALLOC");
	(void)policy;
	target = text ? atol(text) : 0;
	counting = true;
	return 99;
}

int sched_get_priority_min(int policy)
{
	(void)policy;
	counting = false;
	return 1;
}
