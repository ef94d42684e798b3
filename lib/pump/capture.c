/* SPDX-License-Identifier: MIT */
/* Output into memory. */

#include "pump/capture.h"

#include <brood/io.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 4096u

void brood__capture_init(struct brood__capture *capture, uint64_t limit)
{
	*capture = (struct brood__capture){ .limit = limit ? limit : BROOD_CAPTURE_DEFAULT };
	if (capture->limit > SIZE_MAX / 2)
		capture->limit = SIZE_MAX / 2;
}

void brood__capture_init_into(struct brood__capture *capture, void *memory, size_t size)
{
	*capture = (struct brood__capture){
		.data = memory,
		.capacity = size,
		.limit = size - 1,
		.borrowed = true,
	};
}

/* Where the tail begins: the head is the larger half. */
static size_t tail_start(const struct brood__capture *capture)
{
	return (size_t)((capture->limit + 1) / 2);
}

static int grow(struct brood__capture *capture, size_t want)
{
	size_t most = (size_t)capture->limit + 1;
	size_t capacity = capture->capacity ? capture->capacity * 2 : FIRST_BYTES;
	if (capacity < capture->length + want + 1)
		capacity = capture->length + want + 1;
	if (capacity > most)
		capacity = most;
	if (capacity <= capture->capacity)
		return 0;
	char *data = realloc(capture->data, capacity);
	if (!data) {
		capacity = capture->length + want + 1;
		data = capacity < most ? realloc(capture->data, capacity) : NULL;
	}
	if (!data)
		return -ENOMEM;
	capture->data = data;
	capture->capacity = capacity;
	return 0;
}

int brood__capture_space(
	struct brood__capture *capture, size_t want, char **ret_at, size_t *ret_size)
{
	*ret_size = 0;
	if (capture->length >= capture->limit)
		return 0;
	if (!capture->borrowed && capture->capacity - capture->length < want + 1) {
		int r = grow(capture, want);
		if (r < 0)
			return r;
	}
	*ret_at = capture->data + capture->length;
	*ret_size = capture->capacity - 1 - capture->length;
	return 0;
}

void brood__capture_advance(struct brood__capture *capture, size_t n)
{
	capture->length += n;
	capture->total += n;
	capture->ring_at = tail_start(capture);
}

void brood__capture_add_tail(struct brood__capture *capture, const char *bytes, size_t n)
{
	capture->total += n;
	if (capture->borrowed)
		return;
	size_t start = tail_start(capture);
	size_t size = (size_t)capture->limit - start;
	if (size == 0)
		return;
	if (n > size) {
		bytes += n - size;
		n = size;
	}
	size_t until_end = start + size - capture->ring_at;
	size_t now = n < until_end ? n : until_end;
	memcpy(capture->data + capture->ring_at, bytes, now);
	memcpy(capture->data + start, bytes + now, n - now);
	capture->ring_at += n;
	if (capture->ring_at >= start + size)
		capture->ring_at -= size;
}

int brood__capture_add(struct brood__capture *capture, const char *bytes, size_t n)
{
	while (n > 0) {
		char *at = NULL;
		size_t size;
		int r = brood__capture_space(capture, n, &at, &size);
		if (r < 0)
			return r;
		if (size == 0) {
			brood__capture_add_tail(capture, bytes, n);
			return 0;
		}
		size_t now = n < size ? n : size;
		memcpy(at, bytes, now);
		brood__capture_advance(capture, now);
		bytes += now;
		n -= now;
	}
	return 0;
}

static void reverse(char *bytes, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char c = bytes[i];
		bytes[i] = bytes[n - 1 - i];
		bytes[n - 1 - i] = c;
	}
}

/* Turns the ring so that its oldest byte is first, without memory: three reversals. */
static void straighten(struct brood__capture *capture)
{
	size_t start = tail_start(capture);
	if (capture->total <= capture->limit || capture->borrowed || capture->ring_at == start)
		return;
	char *tail = capture->data + start;
	size_t size = (size_t)capture->limit - start;
	size_t turn = capture->ring_at - start;
	reverse(tail, turn);
	reverse(tail + turn, size - turn);
	reverse(tail, size);
}

int brood__capture_finish(struct brood__capture *capture, struct brood_bytes *bytes)
{
	if (!capture->data) {
		capture->data = malloc(1);
		if (!capture->data)
			return -ENOMEM;
	}
	straighten(capture);
	capture->data[capture->length] = 0;
	bytes->data = capture->data;
	bytes->length = capture->length;
	bytes->total = capture->total;
	bytes->omitted = capture->total - capture->length;
	capture->data = NULL;
	return 0;
}

void brood__capture_done(struct brood__capture *capture)
{
	if (!capture->borrowed)
		free(capture->data);
	capture->data = NULL;
}
