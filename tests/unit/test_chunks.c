/* SPDX-License-Identifier: MIT */
/* Chunks of several streams, and going through them whatever the bytes are. */

#include "pump/chunks.h"

#include <brood/io.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD 24u

static void chunks_come_back_in_order(void **state)
{
	static const char *const texts[] = { "a", "bcdefgh", "12345678", "123456789", "\n" };
	struct brood__chunks chunks = { .limit = BROOD_UNLIMITED };
	struct brood_bytes all = { 0 };
	const struct brood_chunk *chunk = NULL;
	const char *bytes = NULL;
	int64_t before = 0;
	size_t sum = 0;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		sum += strlen(texts[i]);
		assert_int_equal(
			brood__chunks_add(&chunks, i, 1 + i % 2, texts[i], strlen(texts[i])), 0);
	}
	brood__chunks_finish(&chunks, &all);
	assert_int_equal(all.total, sum);
	assert_int_equal(all.omitted, 0);
	assert_int_equal(all.length, 5 * HEAD + 8 + 8 + 8 + 16 + 8);
	assert_int_equal(all.data[all.length], 0);
	for (uint32_t i = 0; i < 5; i++) {
		chunk = brood_chunk_next(&all, chunk, i == 3 ? NULL : &bytes);
		assert_non_null(chunk);
		assert_int_equal((uintptr_t)chunk % 8, 0);
		assert_int_equal(chunk->stage, i);
		assert_int_equal(chunk->fd, 1 + i % 2);
		assert_int_equal(chunk->length, strlen(texts[i]));
		assert_true(chunk->time_ns > 0 && chunk->time_ns >= before);
		before = chunk->time_ns;
		if (i != 3)
			assert_memory_equal(bytes, texts[i], chunk->length);
	}
	assert_null(brood_chunk_next(&all, chunk, &bytes));
	free(all.data);
}

static void grows_as_far_as_it_must(void **state)
{
	struct brood__chunks chunks = { .limit = BROOD_UNLIMITED };
	struct brood_bytes all = { 0 };
	const struct brood_chunk *chunk = NULL;
	const char *bytes;
	char text[3000];

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		memset(text, (char)i, sizeof text);
		assert_int_equal(brood__chunks_add(&chunks, i, 1, text, 1 + i * 2), 0);
	}
	brood__chunks_finish(&chunks, &all);
	for (uint32_t i = 0; i < 1000; i++) {
		chunk = brood_chunk_next(&all, chunk, &bytes);
		assert_non_null(chunk);
		assert_int_equal(chunk->stage, i);
		assert_int_equal(chunk->length, 1 + i * 2);
		for (size_t k = 0; k < chunk->length; k++)
			assert_int_equal(bytes[k], (char)i);
	}
	assert_null(brood_chunk_next(&all, chunk, &bytes));
	free(all.data);
}

/* Two chunks of ten bytes with that limit: how many bytes are kept of each? */
static void expect_limit(uint64_t limit, size_t first, size_t second)
{
	struct brood__chunks chunks = { .limit = limit };
	struct brood_bytes all = { 0 };
	const struct brood_chunk *chunk = NULL;
	const char *bytes;
	size_t wanted[3] = { first, second, 0 };

	assert_int_equal(brood__chunks_add(&chunks, 0, 1, "0123456789", 10), 0);
	assert_int_equal(brood__chunks_add(&chunks, 0, 1, "0123456789", 10), 0);
	brood__chunks_finish(&chunks, &all);
	assert_int_equal(all.total, 20);
	assert_int_equal(all.omitted, 20 - first - second);
	assert_int_equal(all.data[all.length], 0);
	for (int i = 0; wanted[i] > 0; i++) {
		chunk = brood_chunk_next(&all, chunk, &bytes);
		assert_non_null(chunk);
		assert_int_equal(chunk->length, wanted[i]);
		assert_memory_equal(bytes, "0123456789", wanted[i]);
	}
	assert_null(brood_chunk_next(&all, chunk, &bytes));
	free(all.data);
}

static void keeps_what_the_limit_allows(void **state)
{
	(void)state;
	expect_limit(1, 0, 0);
	expect_limit(HEAD, 0, 0);
	expect_limit(HEAD + 1, 1, 0);
	expect_limit(HEAD + 9, 9, 0);
	expect_limit(HEAD + 10, 10, 0);
	expect_limit(HEAD + 16 + HEAD, 10, 0);
	expect_limit(HEAD + 16 + HEAD + 3, 10, 3);
	expect_limit(HEAD + 16 + HEAD + 9, 10, 9);
	expect_limit(HEAD + 16 + HEAD + 10, 10, 10);
	expect_limit(BROOD_UNLIMITED, 10, 10);
}

static void nothing_comes_after_what_was_left_out(void **state)
{
	struct brood__chunks chunks = { .limit = HEAD + 16 + HEAD + 8 };
	struct brood_bytes all = { 0 };

	(void)state;
	assert_int_equal(brood__chunks_add(&chunks, 0, 1, "0123456789", 10), 0);
	/* Cut to 8, which leaves no room; a limit raised afterwards changes nothing. */
	assert_int_equal(brood__chunks_add(&chunks, 0, 1, "0123456789", 10), 0);
	chunks.limit = 4096;
	assert_int_equal(brood__chunks_add(&chunks, 0, 1, "x", 1), 0);
	brood__chunks_finish(&chunks, &all);
	assert_int_equal(all.length, HEAD + 16 + HEAD + 8);
	assert_int_equal(all.total, 21);
	assert_int_equal(all.omitted, 3);
	free(all.data);
}

static void no_chunks_are_an_empty_text(void **state)
{
	struct brood__chunks chunks = { .limit = 100 };
	struct brood_bytes all = { 0 };

	(void)state;
	brood__chunks_finish(&chunks, &all);
	assert_non_null(all.data);
	assert_int_equal(all.data[0], 0);
	assert_int_equal(all.length, 0);
	assert_null(brood_chunk_next(&all, NULL, NULL));
	free(all.data);
	all.data = NULL;
	assert_null(brood_chunk_next(&all, NULL, NULL));
	assert_null(brood_chunk_next(NULL, NULL, NULL));
	brood__chunks_done(&chunks);
}

/* Goes through it, in memory of just that length. Returns how many chunks there were. */
static size_t walk(const void *bytes, size_t length)
{
	struct brood_bytes all = { .data = malloc(length), .length = length };
	const struct brood_chunk *chunk = NULL;
	const char *from = NULL;
	size_t n = 0;

	assert_non_null(all.data);
	memcpy(all.data, bytes, length);
	while ((chunk = brood_chunk_next(&all, chunk, &from))) {
		assert_true((const char *)chunk >= all.data);
		assert_true(from + chunk->length <= all.data + length);
		n++;
	}
	free(all.data);
	return n;
}

static void garbage_is_no_chunk(void **state)
{
	struct brood_chunk chunks[4] = { { .length = 24, .fd = 1 } };
	unsigned char bytes[200];
	unsigned int seed = 5;

	(void)state;
	/* One with 24 bytes, and one without any behind it that is not there in full. */
	chunks[2] = (struct brood_chunk){ .fd = 2 };
	assert_int_equal(walk(chunks, 48), 1);
	assert_int_equal(walk(chunks, 47), 0);
	assert_int_equal(walk(chunks, 23), 0);
	assert_int_equal(walk(chunks, 71), 1);
	assert_int_equal(walk(chunks, 72), 2);
	assert_int_equal(walk(chunks, 73), 2);
	chunks[2].fd = 3;
	assert_int_equal(walk(chunks, 72), 1);
	chunks[2].fd = 0;
	assert_int_equal(walk(chunks, 72), 1);
	/* No padding behind the last one. */
	chunks[0].length = 21;
	assert_int_equal(walk(chunks, 45), 1);
	for (uint64_t huge = UINT64_MAX; huge > UINT64_MAX - 100; huge--) {
		chunks[0].length = huge;
		assert_int_equal(walk(chunks, 96), 0);
	}
	for (int round = 0; round < 20000; round++) {
		struct brood_chunk head = { .fd = 1 };

		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1103515245u + 12345u;
			bytes[i] = (unsigned char)(seed >> 16);
		}
		head.length = bytes[0] % 64;
		memcpy(bytes, &head, sizeof head);
		head.length = bytes[50];
		memcpy(bytes + 24 + (bytes[60] % 8) * 8, &head, sizeof head);
		walk(bytes, 1 + bytes[199] % sizeof bytes);
	}
}

static void only_what_was_returned_leads_on(void **state)
{
	struct brood__chunks chunks = { .limit = BROOD_UNLIMITED };
	struct brood_bytes all = { 0 };
	const struct brood_chunk *first;
	struct brood_chunk stranger = { .length = 0, .fd = 1 };
	const char *bytes = NULL;

	(void)state;
	assert_int_equal(brood__chunks_add(&chunks, 0, 1, "0123456789", 10), 0);
	assert_int_equal(brood__chunks_add(&chunks, 0, 2, "0123456789", 10), 0);
	brood__chunks_finish(&chunks, &all);
	first = brood_chunk_next(&all, NULL, &bytes);
	assert_non_null(first);
	assert_null(brood_chunk_next(&all, &stranger, &bytes));
	assert_non_null(brood_chunk_next(&all, first, &bytes));
	free(all.data);
}

static void only_chunks_in_their_place_count(void **state)
{
	static const struct brood_chunk head = { .fd = 1 };
	struct brood_chunk block[8];
	struct brood_bytes all = { .data = (char *)&block[1], .length = 3 * HEAD };
	const void *wrong;

	(void)state;
	memset(block, 0, sizeof block);
	memcpy(all.data, &head, HEAD);
	assert_non_null(brood_chunk_next(&all, NULL, NULL));
	/* One that would lead to it, had it not been in front. */
	assert_null(brood_chunk_next(&all, &block[0], NULL));
	/* Askew, with a good one behind it. */
	memcpy(all.data + 4, &head, HEAD);
	memcpy(all.data + 32, &head, HEAD);
	wrong = all.data + 4;
	assert_null(brood_chunk_next(&all, wrong, NULL));
	all.data += 4;
	assert_null(brood_chunk_next(&all, NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_come_back_in_order),
		cmocka_unit_test(grows_as_far_as_it_must),
		cmocka_unit_test(keeps_what_the_limit_allows),
		cmocka_unit_test(nothing_comes_after_what_was_left_out),
		cmocka_unit_test(no_chunks_are_an_empty_text),
		cmocka_unit_test(garbage_is_no_chunk),
		cmocka_unit_test(only_what_was_returned_leads_on),
		cmocka_unit_test(only_chunks_in_their_place_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
