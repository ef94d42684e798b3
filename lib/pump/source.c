/* SPDX-License-Identifier: MIT */
/* Input for a child. */

#include "pump/source.h"

#include <errno.h>
#include <stdlib.h>

#define BUFFER_BYTES ((size_t)64 << 10)

void brood__source_init_memory(struct brood__source *source, const void *bytes, size_t length)
{
	*source = (struct brood__source){
		.pending = bytes,
		.n_pending = length,
		.at_end = length == 0,
	};
}

void brood__source_init_function(struct brood__source *source, brood_source_fn function, void *data)
{
	*source = (struct brood__source){ .function = function, .data = data };
}

int brood__source_fill(struct brood__source *source)
{
	if (source->n_pending > 0 || source->at_end)
		return 0;
	if (!source->function) {
		source->at_end = true;
		return 0;
	}
	if (!source->buffer) {
		source->buffer = malloc(BUFFER_BYTES);
		if (!source->buffer)
			return -ENOMEM;
	}
	int64_t n = source->function(source->data, source->buffer, BUFFER_BYTES);
	if (n > (int64_t)BUFFER_BYTES)
		return -EINVAL;
	if (n < 0)
		return n < INT32_MIN ? -EIO : (int)n;
	source->pending = source->buffer;
	source->n_pending = (size_t)n;
	source->at_end = n == 0;
	return 0;
}

void brood__source_done(struct brood__source *source)
{
	free(source->buffer);
	source->buffer = NULL;
}
