/* SPDX-License-Identifier: MIT */
/* Arithmetic with points in time. Reading the clock is sys/'s. */

#include "base/deadline.h"

brood__instant brood__deadline(brood__instant now, brood_duration d)
{
	brood__instant deadline;

	if (d <= 0)
		return now;
	if (d == BROOD_FOREVER || __builtin_add_overflow(now, d, &deadline))
		return BROOD__NEVER;
	return deadline;
}

brood__instant brood__earlier(brood__instant a, brood__instant b)
{
	return a < b ? a : b;
}

brood_duration brood__remaining(brood__instant now, brood__instant deadline)
{
	brood_duration left;

	if (deadline == BROOD__NEVER)
		return BROOD_FOREVER;
	if (deadline <= now)
		return 0;
	return __builtin_sub_overflow(deadline, now, &left) ? BROOD_FOREVER : left;
}
