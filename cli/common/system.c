/* SPDX-License-Identifier: MIT */
#include "common/system.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#define MOST_CAPABILITIES 64

unsigned int system_last_capability(void)
{
	unsigned int n = 0;

	while (n < MOST_CAPABILITIES && prctl(PR_CAPBSET_READ, (unsigned long)n, 0, 0, 0) >= 0)
		n++;
	return n > 0 ? n - 1 : 0;
}

uint64_t system_bounding_set(void)
{
	uint64_t set = 0;

	for (unsigned int n = 0; n < MOST_CAPABILITIES; n++)
		if (prctl(PR_CAPBSET_READ, (unsigned long)n, 0, 0, 0) > 0)
			set |= UINT64_C(1) << n;
	return set;
}

void system_kernel(unsigned int *ret_version, unsigned int *ret_patch)
{
	struct utsname name;

	*ret_version = 0;
	*ret_patch = 0;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	if (uname(&name) == 0 && sscanf(name.release, "%u.%u", ret_version, ret_patch) < 1)
		*ret_version = 0;
}
