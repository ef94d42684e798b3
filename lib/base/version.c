/* SPDX-License-Identifier: MIT */
/* The version of the library, from the numbers in its own header. */

#include <brood/base.h>

#define TEXT_OF(number)             #number
#define JOINED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *brood_version(void)
{
	return JOINED(BROOD_VERSION_MAJOR, BROOD_VERSION_MINOR, BROOD_VERSION_PATCH);
}
