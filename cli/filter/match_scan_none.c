/* SPDX-License-Identifier: MIT */
/* For a program that cannot load libraries. */
#include "filter/match_scan.h"

bool scan_is_there(void)
{
	return false;
}

struct scanner *scan_new(char *const *expressions, size_t n)
{
	(void)expressions;
	(void)n;
	return NULL;
}

void scan_free(struct scanner *scanner)
{
	(void)scanner;
}

bool scan_block(struct scanner *scanner, const char *data, size_t length,
	bool (*hit)(void *context, uint32_t expression, size_t end), void *context)
{
	(void)scanner;
	(void)data;
	(void)length;
	(void)hit;
	(void)context;
	return false;
}
