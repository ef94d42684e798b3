/* SPDX-License-Identifier: MIT */
/* The checks of the guard's protocol. The input: what it is (plan, request, report after a report),
 * and for a plan whether its size is to be made right, then the bytes. */

#include "target.h"

#include "model_guard.h"

#include "guard/attributes.h"

/* Whether all that they point at is in the bytes. */
static void try_attributes(const char *bytes, size_t size)
{
	struct brood__attribute_plan a;

	if (brood__guard_attributes_unpack(bytes, size, &a) < 0)
		return;
	const char *end = bytes + size;
	CHECK((const char *)(a.groups + a.n_groups) <= end);
	CHECK((const char *)a.affinity + a.affinity_size <= end);
	CHECK(a.uid_map + a.uid_map_size <= end && a.gid_map + a.gid_map_size <= end);
	CHECK((const char *)(a.filter + a.n_filter) <= end && a.root + a.root_size <= end);
	CHECK(a.root_size == 0 || a.root[a.root_size - 1] == 0);
}

static void try_plan(char *bytes, size_t size, bool mend)
{
	struct brood__guard_plan *plan = (struct brood__guard_plan *)(void *)bytes;
	struct brood__guard_layout layout;

	if (mend && size >= sizeof *plan) {
		plan->magic = BROOD__GUARD_MAGIC;
		plan->size = (uint32_t)size;
	}
	if (brood__guard_check_plan(bytes, size, &layout) < 0)
		return;
	CHECK(is_harmless_plan(bytes, size, &layout));
	if (plan->attributes_size > 0)
		try_attributes(bytes + layout.attributes, plan->attributes_size);
}

/* One picture after the other, as long as they are accepted. */
static void try_reports(const char *bytes, size_t size, bool mend)
{
	struct brood__guard_report last = { 0 };
	struct brood__guard_report next;

	for (size_t at = 0; at < size; at += sizeof next) {
		size_t length = size - at < sizeof next ? size - at : sizeof next;
		memcpy(&next, bytes + at, length);
		if (mend && length == sizeof next)
			next.magic = BROOD__GUARD_MAGIC;
		if (brood__guard_check_report(&last, &next, length) < 0)
			break;
		CHECK(is_harmless_report(&last, &next, length));
		last = next;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	size_t length = size - 1;
	/* Aligned, and no byte more than there is. */
	char *bytes = malloc(length ? length : 1);
	CHECK(bytes);
	memcpy(bytes, data + 1, length);
	bool mend = data[0] & 4;
	switch (data[0] & 3) {
	case 0:
		try_plan(bytes, length, mend);
		break;
	case 1:
		if (brood__guard_check_request(bytes, length) == 0)
			CHECK(is_harmless_request(bytes, length));
		break;
	default:
		try_reports(bytes, length, mend);
		break;
	}
	free(bytes);
	return 0;
}
