/* SPDX-License-Identifier: MIT */
/* Maps of descriptors against the model. The input: the report descriptor, whether others are kept,
 * then a source and a target for each. */

#include "target.h"

#include "model_fdmap.h"
#include <errno.h>
#include <string.h>

#define MOST_WANTS 150

static void expect_refusal(const struct brood__fd_want *want, size_t n)
{
	struct brood__fd_plan plan = { 0 };

	plan.ops = malloc(brood__fdmap_bound(n) * sizeof *plan.ops);
	CHECK(plan.ops);
	CHECK(brood__fdmap_plan(want, n, -1, false, &plan) == -EINVAL);
	free(plan.ops);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brood__fd_want want[MOST_WANTS];
	bool has_twins = false;
	size_t n = 0;

	if (size < 2)
		return 0;
	for (size_t at = 2; at + 1 < size && n < MOST_WANTS; at += 2) {
		/* What is open in the model: 0 to 9 and the stranger. */
		int32_t source = data[at] % 12;
		want[n].source = source == 11 ? -1 : source == 10 ? STRANGER : source;
		want[n].target = data[at + 1] % 200;
		want[n].flags = 0;
		has_twins |= want_of(want, n, want[n].target) != NULL;
		n++;
	}
	if (has_twins)
		expect_refusal(want, n);
	else
		check_map(want, n, data[0] % 80 - 1, data[1] & 1);
	return 0;
}
