/* SPDX-License-Identifier: MIT */
/* What is asked about bytes before PCRE2 sees them, and how long it has worked. */
#include "filter/match_code.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

brood_duration code_time(void)
{
	struct timespec time = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * BROOD_SECOND + time.tv_nsec;
}

bool code_is_ascii(const char *data, size_t length)
{
	uint64_t word, any = 0;
	size_t i = 0;

	for (; i + 64 <= length; i += 64) {
		any = 0;
		for (size_t j = 0; j < 64; j += sizeof word) {
			memcpy(&word, data + i + j, sizeof word);
			any |= word;
		}
		if (any & 0x8080808080808080U)
			return false;
	}
	for (; i < length; i++)
		any |= (unsigned char)data[i];
	return (any & 0x8080808080808080U) == 0;
}

bool code_is_utf8(const char *data, size_t length)
{
	for (size_t i = 0, width; i < length; i += width) {
		width = text_character(data + i, length - i);
		if (width == 0)
			return false;
	}
	return true;
}
