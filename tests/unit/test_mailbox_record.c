/* SPDX-License-Identifier: MIT */
/*
 * Records of a mailbox: every type there and back, cut at every byte, changed in every bit, with
 * the magic in every place; and a file of them read on by the scan behind every cut.
 */

#include "fifo/crc32c.h"
#include "fifo/mailbox_scan.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define SALT 0x12345678u

static const unsigned char magic[] = { 0xfd, 0xb2, 0x0d, 0xf7 };

static const uint64_t after_ids[] = { 3, 4, 5 };

/* One of each type, with everything that it can have. */
static struct brood__record example(unsigned int type)
{
	struct brood__record record = {
		.type = (uint8_t)type, .id = 77, .time = 1234567890123456789
	};
	record.reason = "";
	record.name = "";
	if (type == BROOD__RECORD_PUT || type == BROOD__RECORD_COPY) {
		record.not_before = 42;
		record.kind = 0xdeadbeef;
		record.tries = 3;
		record.priority = -7;
		record.n_after = 3;
		record.after = (const unsigned char *)after_ids;
		record.data = (const unsigned char *)"some data";
		record.n_data = 9;
	}
	if (type == BROOD__RECORD_COPY) {
		record.changed = 99;
		record.worker = 12;
		record.pid = 4321;
		record.tried = 2;
		record.retried = 8;
		record.code = -5;
		record.state = BROOD_MESSAGE_TAKEN;
		record.name = "worker";
		record.name_length = 6;
		record.reason = "because";
		record.reason_length = 7;
	}
	if (type >= BROOD__RECORD_TAKE && type <= BROOD__RECORD_REVIVE)
		record.worker = 12;
	if (type == BROOD__RECORD_TAKE) {
		record.pid = 4321;
		record.name = "worker";
		record.name_length = 6;
	}
	if (type >= BROOD__RECORD_DONE && type <= BROOD__RECORD_REVIVE) {
		record.not_before = 43;
		record.code = 69;
		record.is_dead = 1;
		record.reason = "no route";
		record.reason_length = 8;
	}
	if (type >= BROOD__RECORD_BEGIN)
		record.segment = 9;
	if (type == BROOD__RECORD_BEGIN) {
		record.version = BROOD__RECORD_VERSION;
		record.salt = SALT;
		record.worker = 13;
	}
	if (type == BROOD__RECORD_DROP) {
		record.worker = 13;
		record.flags = 3;
		record.sent = 100;
		record.done = 50;
		record.removed = 7;
	}
	return record;
}

/* Its bytes, in memory that the caller frees. */
static unsigned char *encode(struct brood__record record, size_t *ret_n)
{
	struct brood__encoded encoded;

	assert_int_equal(brood__record_encode(&encoded, &record, SALT), 0);
	*ret_n = encoded.n_head + encoded.n_data;
	assert_int_equal(*ret_n, record.length);
	unsigned char *bytes = malloc(*ret_n);
	assert_non_null(bytes);
	memcpy(bytes, encoded.head, encoded.n_head);
	if (encoded.n_data > 0)
		memcpy(bytes + encoded.n_head, encoded.data, encoded.n_data);
	brood__record_done(&encoded);
	return bytes;
}

static void assert_same(const struct brood__record *a, const struct brood__record *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->not_before, b->not_before);
	assert_int_equal(a->changed, b->changed);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->tries, b->tries);
	assert_int_equal(a->tried, b->tried);
	assert_int_equal(a->retried, b->retried);
	assert_int_equal(a->priority, b->priority);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->is_dead, b->is_dead);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->code, b->code);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->worker, b->worker);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->segment, b->segment);
	assert_int_equal(a->salt, b->salt);
	assert_int_equal(a->sent, b->sent);
	assert_int_equal(a->done, b->done);
	assert_int_equal(a->removed, b->removed);
	assert_int_equal(a->n_after, b->n_after);
	for (size_t i = 0; i < a->n_after; i++)
		assert_int_equal(brood__record_after(a, i), brood__record_after(b, i));
	assert_int_equal(a->name_length, b->name_length);
	if (a->name_length > 0)
		assert_memory_equal(a->name, b->name, a->name_length);
	assert_int_equal(a->reason_length, b->reason_length);
	if (a->reason_length > 0)
		assert_memory_equal(a->reason, b->reason, a->reason_length);
	assert_int_equal(a->n_data, b->n_data);
	if (a->n_data > 0)
		assert_memory_equal(a->data, b->data, a->n_data);
}

/* Decodes n bytes of a copy of exactly that size, so that reading beyond it is seen. */
static enum brood__decoded decode_copy(
	const unsigned char *bytes, size_t n, struct brood__record *record, size_t *ret_need)
{
	unsigned char *copy = malloc(n + !n);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	enum brood__decoded r = brood__record_decode(copy, n, SALT, record, ret_need);
	free(copy);
	return r;
}

static void crc_is_crc32c_and_the_same_by_both_ways(void **state)
{
	(void)state;
	assert_int_equal(brood__crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(brood__crc32c_by_table(0, "123456789", 9), 0xe3069283);
	unsigned char bytes[8192];
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof bytes; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(x >> 24);
	}
	for (size_t n = 0; n <= sizeof bytes; n += n < 1024 ? 1 : 61) {
		for (size_t at = 0; at < 9 && at <= n; at++)
			assert_int_equal(brood__crc32c(x, bytes + at, n - at),
				brood__crc32c_by_table(x, bytes + at, n - at));
		uint32_t half = brood__crc32c(7, bytes, n / 3);
		assert_int_equal(
			brood__crc32c(half, bytes + n / 3, n - n / 3), brood__crc32c(7, bytes, n));
	}
}

static void every_type_comes_back_as_it_was(void **state)
{
	(void)state;
	for (unsigned int type = BROOD__RECORD_PUT; type <= BROOD__RECORD_DROP; type++) {
		struct brood__record record = example(type), got;
		size_t n, need;
		unsigned char *bytes = encode(record, &n);
		assert_int_equal(brood__record_decode(bytes, n, SALT, &got, &need), BROOD__DECODED);
		assert_same(&record, &got);
		free(bytes);
	}
}

static void no_part_of_a_record_is_one(void **state)
{
	(void)state;
	for (unsigned int type = BROOD__RECORD_PUT; type <= BROOD__RECORD_DROP; type++) {
		struct brood__record got;
		size_t n, need;
		unsigned char *bytes = encode(example(type), &n);
		for (size_t cut = 0; cut < n; cut++) {
			assert_int_equal(decode_copy(bytes, cut, &got, &need), BROOD__DECODED_MORE);
			assert_true(need > cut && need <= n);
		}
		/* What follows does not matter. */
		unsigned char *more = malloc(n + 5);
		memcpy(more, bytes, n);
		memset(more + n, 'x', 5);
		assert_int_equal(decode_copy(more, n + 5, &got, &need), BROOD__DECODED);
		free(more);
		free(bytes);
	}
}

static void a_record_with_any_bit_changed_is_none(void **state)
{
	(void)state;
	for (unsigned int type = BROOD__RECORD_PUT; type <= BROOD__RECORD_DROP; type++) {
		struct brood__record got;
		size_t n, need;
		unsigned char *bytes = encode(example(type), &n);
		for (size_t bit = 0; bit < 8 * n; bit++) {
			bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
			assert_int_not_equal(decode_copy(bytes, n, &got, &need), BROOD__DECODED);
			bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		free(bytes);
	}
}

static void a_record_of_another_mailbox_is_none(void **state)
{
	(void)state;
	struct brood__record got;
	size_t n, need;
	unsigned char *bytes = encode(example(BROOD__RECORD_PUT), &n);
	assert_int_equal(
		brood__record_decode(bytes, n, SALT + 1, &got, &need), BROOD__DECODED_TORN);
	free(bytes);
	/* But whose first one it is can be read without knowing. */
	bytes = encode(example(BROOD__RECORD_BEGIN), &n);
	assert_int_equal(brood__record_decode(bytes, n, 0, &got, &need), BROOD__DECODED);
	assert_int_equal(got.salt, SALT);
	free(bytes);
}

/* Gives a record that passes the crc a body that is none. */
static void check_refused(unsigned int type, size_t at, const void *value, size_t n_value)
{
	struct brood__record got;
	size_t n, need;
	unsigned char *bytes = encode(example(type), &n);

	memcpy(bytes + at, value, n_value);
	uint32_t crc = brood__crc32c(SALT, bytes + 8, n - 8);
	memcpy(bytes + 4, &crc, sizeof crc);
	assert_int_equal(brood__record_decode(bytes, n, SALT, &got, &need), BROOD__DECODED_BAD);
	free(bytes);
}

static void numbers_out_of_their_bounds_are_refused(void **state)
{
	(void)state;
	uint64_t zero = 0, own = 77, large = BROOD__RECORD_ID_MOST;
	uint32_t long_data = 10, short_data = 8, huge = UINT32_MAX;
	unsigned char most = 255, many = 65, bad_state = BROOD_MESSAGE_DONE;

	check_refused(BROOD__RECORD_PUT, 16, &zero, 8);
	check_refused(BROOD__RECORD_PUT, 16, &large, 8);
	check_refused(BROOD__RECORD_PUT, 32 + 20, &long_data, 4);
	check_refused(BROOD__RECORD_PUT, 32 + 20, &short_data, 4);
	check_refused(BROOD__RECORD_PUT, 32 + 20, &huge, 4);
	check_refused(BROOD__RECORD_PUT, 32 + 17, &most, 1);
	check_refused(BROOD__RECORD_PUT, 32 + 17, &many, 1);
	check_refused(BROOD__RECORD_PUT, 32 + 24, &zero, 8);
	check_refused(BROOD__RECORD_PUT, 32 + 24, &own, 8);
	check_refused(BROOD__RECORD_COPY, 32 + 24 + 8, &zero, 8); /* taken by nobody */
	check_refused(BROOD__RECORD_COPY, 32 + 24 + 8, &large, 8);
	check_refused(BROOD__RECORD_COPY, 32 + 24 + 28, &bad_state, 1);
	check_refused(BROOD__RECORD_COPY, 32 + 24 + 29, &most, 1);
	check_refused(BROOD__RECORD_COPY, 32 + 24 + 30, &most, 1);
	check_refused(BROOD__RECORD_TAKE, 32 + 12, &huge, 4);
	check_refused(BROOD__RECORD_TAKE, 32 + 12, &long_data, 4);
	check_refused(BROOD__RECORD_TAKE, 32, &large, 8);
	check_refused(BROOD__RECORD_FAIL, 32 + 21, &most, 1);
	check_refused(BROOD__RECORD_FAIL, 16, &zero, 8);
	/* A body of another type does not fit either. */
	for (unsigned int type = BROOD__RECORD_PAUSE; type <= BROOD__RECORD_UNDRAIN; type++)
		check_refused(BROOD__RECORD_FAIL, 12, &type, 1);
}

static void lengths_that_cannot_be_are_refused_at_once(void **state)
{
	(void)state;
	static const uint32_t lengths[] = { 0, 31, BROOD__RECORD_LONGEST + 1, UINT32_MAX };
	struct brood__record got;
	size_t n, need;
	unsigned char *bytes = encode(example(BROOD__RECORD_DONE), &n);

	for (size_t i = 0; i < 4; i++) {
		memcpy(bytes + 8, &lengths[i], 4);
		assert_int_equal(decode_copy(bytes, 32, &got, &need), BROOD__DECODED_BAD);
	}
	free(bytes);
}

/* Whether the magic is anywhere but at the beginning. */
static int has_magic_inside(const unsigned char *bytes, size_t n)
{
	for (size_t i = 1; i + 4 <= n; i++) {
		if (memcmp(bytes + i, magic, 4) == 0)
			return 1;
	}
	return 0;
}

static void check_masked(struct brood__record record)
{
	struct brood__record got;
	size_t n, need;
	unsigned char *bytes = encode(record, &n);

	assert_false(has_magic_inside(bytes, n));
	assert_int_equal(brood__record_decode(bytes, n, SALT, &got, &need), BROOD__DECODED);
	assert_same(&record, &got);
	free(bytes);
}

static void the_magic_is_nowhere_but_at_the_beginning(void **state)
{
	(void)state;
	static unsigned char data[3 * BROOD__RECORD_INLINE];
	struct brood__record record = example(BROOD__RECORD_PUT);
	static const size_t sizes[] = { 4, 5, 9, 100, BROOD__RECORD_INLINE,
		BROOD__RECORD_INLINE + 1, sizeof data };

	record.data = data;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		record.n_data = sizes[i];
		for (size_t at = 0; at + 4 <= sizes[i]; at += at < 16 ? 1 : 997) {
			memset(data, 'x', sizeof data);
			memcpy(data + at, magic, 4);
			check_masked(record);
		}
		/* All of it. */
		for (size_t at = 0; at + 4 <= sizes[i]; at += 4)
			memcpy(data + at, magic, 4);
		check_masked(record);
	}
	/* In numbers, and across the border between them and the data. */
	memset(data, 0, sizeof data);
	uint32_t word;
	memcpy(&word, magic, 4);
	record.kind = word;
	check_masked(record);
	record.kind = 0;
	for (size_t split = 1; split < 4; split++) {
		static unsigned char ids[8];
		memset(ids, 0, sizeof ids);
		memcpy(ids + 8 - split, magic, split);
		/* Such an id is larger than the own one; so only the bytes are looked at. */
		record.n_after = 1;
		record.after = ids;
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			memcpy(data, magic + split, 4 - split);
			record.n_data = sizes[i];
			size_t n;
			unsigned char *bytes = encode(record, &n);
			assert_false(has_magic_inside(bytes, n));
			free(bytes);
		}
	}
}

static void the_magic_is_found_also_in_part(void **state)
{
	(void)state;
	unsigned char bytes[64];
	int is_whole;

	for (size_t at = 0; at <= 60; at++) {
		memset(bytes, 0xfd, sizeof bytes);
		memcpy(bytes + at, magic, 4);
		assert_int_equal(brood__record_find(bytes, sizeof bytes, &is_whole), at);
		assert_true(is_whole);
		for (size_t part = 1; part < 4; part++) {
			assert_int_equal(brood__record_find(bytes, at + part, &is_whole), at);
			assert_false(is_whole);
		}
		memset(bytes, 0, at + 1);
		assert_int_equal(brood__record_find(bytes, at, &is_whole), at);
		assert_false(is_whole);
	}
}

/* ---- scans ---- */

static int file_of(const unsigned char *bytes, size_t n)
{
	int fd = memfd_create("segment", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	return fd;
}

/* Reads DONE records and checks their ids, from first to last. */
static void check_ids(struct brood__scan *scan, uint64_t first, uint64_t last)
{
	struct brood__record record;
	uint64_t offset;

	for (uint64_t id = first; id <= last; id++) {
		assert_int_equal(brood__scan_next(scan, &record, &offset), 1);
		assert_int_equal(record.id, id);
	}
	assert_int_equal(brood__scan_next(scan, &record, &offset), 0);
}

static void behind_every_cut_the_next_record_is_found(void **state)
{
	(void)state;
	size_t n, n_next;
	struct brood__record put = example(BROOD__RECORD_PUT);
	struct brood__record next = { .type = BROOD__RECORD_DONE, .id = 1, .reason = "" };
	unsigned char *bytes = encode(put, &n);
	unsigned char *next_bytes = encode(next, &n_next);

	for (size_t cut = 0; cut < n; cut++) {
		struct brood__scan scan = { .fd = -1 };
		struct brood__record record;
		uint64_t offset;
		int fd = file_of(bytes, cut);
		brood__scan_begin(&scan, dup(fd), SALT);
		/* It may still be being written. */
		assert_int_equal(brood__scan_next(&scan, &record, &offset), 0);
		assert_int_equal(scan.damaged, 0);
		/* Part by part as well. */
		for (size_t i = 0; i < n_next; i++) {
			assert_int_equal(brood__scan_next(&scan, &record, &offset), 0);
			assert_int_equal(write(fd, next_bytes + i, 1), 1);
		}
		assert_int_equal(brood__scan_next(&scan, &record, &offset), 1);
		assert_int_equal(record.type, BROOD__RECORD_DONE);
		assert_int_equal(offset, cut);
		assert_int_equal(scan.damaged, cut);
		brood__scan_done(&scan);
		close(fd);
	}
	free(bytes);
	free(next_bytes);
}

static void a_record_that_grows_is_read_when_it_is_whole(void **state)
{
	(void)state;
	size_t n;
	unsigned char *bytes = encode(example(BROOD__RECORD_COPY), &n);
	int fd = memfd_create("segment", MFD_CLOEXEC);
	struct brood__scan scan = { .fd = -1 };
	struct brood__record record;
	uint64_t offset;

	brood__scan_begin(&scan, dup(fd), SALT);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(brood__scan_next(&scan, &record, &offset), 0);
		assert_int_equal(write(fd, bytes + i, 1), 1);
	}
	assert_int_equal(brood__scan_next(&scan, &record, &offset), 1);
	assert_int_equal(scan.damaged, 0);
	brood__scan_done(&scan);
	close(fd);
	free(bytes);
}

/* Some file systems show a length before all its bytes. */
static void bytes_that_come_late_are_read_again(void **state)
{
	(void)state;
	size_t n;
	unsigned char *bytes = encode(example(BROOD__RECORD_COPY), &n);

	for (size_t late = 33; late < n; late++) {
		unsigned char wrong = (unsigned char)~bytes[late];
		struct brood__scan scan = { .fd = -1 };
		struct brood__record record;
		uint64_t offset;
		int fd = file_of(bytes, n);
		assert_int_equal(pwrite(fd, &wrong, 1, (off_t)late), 1);
		brood__scan_begin(&scan, dup(fd), SALT);
		assert_int_equal(brood__scan_next(&scan, &record, &offset), 0);
		assert_int_equal(pwrite(fd, &bytes[late], 1, (off_t)late), 1);
		assert_int_equal(brood__scan_next(&scan, &record, &offset), 1);
		assert_int_equal(scan.damaged, 0);
		brood__scan_done(&scan);
		close(fd);
	}
	free(bytes);
}

/* Records with something between them that is none: of every length, up to more than a read. */
static void garbage_is_passed_over_and_counted(void **state)
{
	(void)state;
	static unsigned char garbage[400000];
	static const size_t sizes[] = { 1, 2, 3, 4, 7, 31, 32, 33, 4096, 131072, 399999 };
	size_t n;

	for (int kind = 0; kind < 4; kind++) {
		for (size_t i = 0; i < sizeof garbage; i++)
			garbage[i] = kind == 0   ? 0
				     : kind == 1 ? 0xfd
				     : kind == 2 ? (unsigned char)(i * 2654435761u >> 24)
						 : magic[i % 3];
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			struct brood__scan scan = { .fd = -1 };
			int fd = memfd_create("segment", MFD_CLOEXEC);
			for (uint64_t id = 1; id <= 3; id++) {
				struct brood__record done = {
					.type = BROOD__RECORD_DONE, .id = id, .reason = ""
				};
				unsigned char *bytes = encode(done, &n);
				assert_int_equal(write(fd, bytes, n), n);
				free(bytes);
				if (id < 3)
					assert_int_equal(write(fd, garbage, sizes[i]), sizes[i]);
			}
			brood__scan_begin(&scan, fd, SALT);
			check_ids(&scan, 1, 3);
			assert_int_equal(scan.damaged, 2 * sizes[i]);
			brood__scan_done(&scan);
		}
	}
}

/* A record whose head says that it is long, of which no more than the head is there. */
static void a_long_length_alone_takes_nothing_from_those_behind(void **state)
{
	(void)state;
	static unsigned char data[100000];
	struct brood__record put = example(BROOD__RECORD_PUT);
	struct brood__scan scan = { .fd = -1 };
	size_t n;

	put.data = data;
	put.n_data = sizeof data;
	unsigned char *bytes = encode(put, &n);
	int fd = file_of(bytes, 200);
	free(bytes);
	for (uint64_t id = 1; id <= 5000; id++) {
		struct brood__record done = { .type = BROOD__RECORD_DONE, .id = id, .reason = "" };
		bytes = encode(done, &n);
		assert_int_equal(write(fd, bytes, n), n);
		free(bytes);
	}
	brood__scan_begin(&scan, fd, SALT);
	check_ids(&scan, 1, 5000);
	assert_int_equal(scan.damaged, 200);
	brood__scan_done(&scan);
}

static void the_longest_message_is_read(void **state)
{
	(void)state;
	unsigned char *data = calloc(1, BROOD_MESSAGE_LONGEST);
	struct brood__record put = example(BROOD__RECORD_PUT), record;
	struct brood__scan scan = { .fd = -1 };
	uint64_t offset;
	size_t n;

	assert_non_null(data);
	put.data = data;
	put.n_data = BROOD_MESSAGE_LONGEST;
	unsigned char *bytes = encode(put, &n);
	int fd = file_of(bytes, n);
	free(bytes);
	brood__scan_begin(&scan, fd, SALT);
	assert_int_equal(brood__scan_next(&scan, &record, &offset), 1);
	assert_same(&put, &record);
	brood__scan_done(&scan);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_crc32c_and_the_same_by_both_ways),
		cmocka_unit_test(every_type_comes_back_as_it_was),
		cmocka_unit_test(no_part_of_a_record_is_one),
		cmocka_unit_test(a_record_with_any_bit_changed_is_none),
		cmocka_unit_test(a_record_of_another_mailbox_is_none),
		cmocka_unit_test(numbers_out_of_their_bounds_are_refused),
		cmocka_unit_test(lengths_that_cannot_be_are_refused_at_once),
		cmocka_unit_test(the_magic_is_nowhere_but_at_the_beginning),
		cmocka_unit_test(the_magic_is_found_also_in_part),
		cmocka_unit_test(behind_every_cut_the_next_record_is_found),
		cmocka_unit_test(a_record_that_grows_is_read_when_it_is_whole),
		cmocka_unit_test(bytes_that_come_late_are_read_again),
		cmocka_unit_test(garbage_is_passed_over_and_counted),
		cmocka_unit_test(a_long_length_alone_takes_nothing_from_those_behind),
		cmocka_unit_test(the_longest_message_is_read),
	};
	return cmocka_run_group_tests_name("records of a mailbox", tests, NULL, NULL);
}
