/* SPDX-License-Identifier: MIT */
#include "common/size.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What cannot be written as an offset in a file is too much. */
#define LARGEST ((uint64_t)INT64_MAX)

int size_parse(const char *string, uint64_t *ret_size)
{
	static const char suffixes[] = "KMGTPEkmgtpe";
	uint64_t number = 0;
	const char *at = string;
	bool is_too_much = false;

	if (*at < '0' || *at > '9')
		return -EINVAL;
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');
		is_too_much = is_too_much || number > (LARGEST - digit) / 10;
		number = is_too_much ? 0 : number * 10 + digit;
	}
	if (*at != '\0') {
		const char *suffix = strchr(suffixes, *at);
		if (!suffix || at[1] != '\0')
			return -EINVAL;
		unsigned int shift = 10 * (unsigned int)((suffix - suffixes) % 6 + 1);
		is_too_much = is_too_much || number > LARGEST >> shift;
		number <<= shift;
	}
	if (is_too_much)
		return -ERANGE;
	*ret_size = number;
	return 0;
}
