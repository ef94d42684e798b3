/* SPDX-License-Identifier: MIT */
#include "filter/keeper.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* Memory for one line that is kept from one to the next. */
#define USUAL_BYTES ((size_t)4096)

void keeper_init(struct keeper *keeper, size_t most)
{
	*keeper = (struct keeper){ .most = most };
}

void keeper_done(struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->allocated; i++)
		free(keeper->lines[i].bytes);
	free(keeper->lines);
	*keeper = (struct keeper){ 0 };
}

/* The place for one more: the oldest one's when there are enough. */
static struct kept_line *next_place(struct keeper *keeper)
{
	if (keeper->n < keeper->most && keeper->n == keeper->allocated) {
		/* It has never been full, so it begins at 0. */
		keeper->allocated = keeper->allocated ? keeper->allocated * 2 : 4;
		if (keeper->allocated > keeper->most)
			keeper->allocated = keeper->most;
		keeper->lines = memory_resize(
			keeper->lines, keeper->allocated * sizeof *keeper->lines);
		memset(keeper->lines + keeper->n, 0,
			(keeper->allocated - keeper->n) * sizeof *keeper->lines);
	}
	if (keeper->n < keeper->allocated)
		return &keeper->lines[(keeper->first + keeper->n++) % keeper->allocated];
	struct kept_line *oldest = &keeper->lines[keeper->first];
	keeper->first = (keeper->first + 1) % keeper->allocated;
	return oldest;
}

void keeper_add(
	struct keeper *keeper, const char *line, size_t length, uint64_t number, uint64_t offset)
{
	if (keeper->most == 0)
		return;
	struct kept_line *kept = next_place(keeper);
	if (kept->size < length || (kept->size > USUAL_BYTES && length <= USUAL_BYTES)) {
		kept->size = length;
		kept->bytes = memory_resize(kept->bytes, length);
	}
	memcpy(kept->bytes, line, length);
	kept->length = length;
	kept->number = number;
	kept->offset = offset;
}

void keeper_clear(struct keeper *keeper)
{
	keeper->first = 0;
	keeper->n = 0;
}

const struct kept_line *keeper_line(const struct keeper *keeper, size_t i)
{
	return &keeper->lines[(keeper->first + i) % keeper->allocated];
}
