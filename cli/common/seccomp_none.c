/* SPDX-License-Identifier: MIT */
/* In place of seccomp.c in a program without libseccomp and libjansson. */
#include "common/seccomp.h"

#include <errno.h>

int seccomp_compile(const char *text, size_t length, const struct seccomp_facts *facts,
	struct seccomp_filter *ret_filter, struct text *problem)
{
	(void)text;
	(void)length;
	(void)facts;
	(void)ret_filter;
	(void)problem;
	return -ENOSYS;
}
