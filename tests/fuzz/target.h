/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What fuzz targets share. A target returns 0, or ends the program if something does not hold.
 */

#include <stdint.h>
#include <stdlib.h>

#define CHECK(condition)          \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
