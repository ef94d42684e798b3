/* SPDX-License-Identifier: MIT */
/* The kernel's own sum (fs/exec.c, since Linux 4.13), made before anything was changed. */

#include "self/args_size.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Whatever the limit of the stack is: at least this and at most that. */
#define LEAST (UINT64_C(128) << 10)
#define MOST  (UINT64_C(6) << 20)

/* Of one string, with its NUL. */
#define LONGEST_IN_PAGES 32

/* Returns 0, or -E2BIG for a string that is too long for itself. */
static int add_list(char *const *list, uint64_t longest, uint64_t *n, uint64_t *bytes)
{
	for (size_t i = 0; list[i]; i++) {
		uint64_t length = strlen(list[i]) + 1;
		if (length > longest)
			return -E2BIG;
		*bytes += length;
		++*n;
	}
	return 0;
}

int brood__args_check(
	const char *path, char *const *argv, char *const *envp, uint64_t stack, uint64_t page)
{
	uint64_t n = argv[0] ? 0 : 1; /* the kernel adds an empty one */
	uint64_t bytes = strlen(path) + 1;
	int r = add_list(argv, LONGEST_IN_PAGES * page, &n, &bytes);

	if (r == 0)
		r = add_list(envp, LONGEST_IN_PAGES * page, &n, &bytes);
	if (r < 0)
		return r;
	uint64_t limit = stack / 4;
	limit = limit > MOST ? MOST : limit < LEAST ? LEAST : limit;
	return bytes + n * sizeof(char *) > limit ? -E2BIG : 0;
}
