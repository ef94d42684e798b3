/* SPDX-License-Identifier: MIT */
/*
 * The replay of a mailbox's segments. The first byte of the input says what the rest is:
 *
 *	0  bytes of a segment, as they are
 *	1  the same made into records: magic, length and crc are set right, ids are small, so that
 * what the records amount to is gone through as well 2  records with any data, some of them torn:
 * all that are whole are found again, nothing else
 */

#include "target.h"

#include "fifo/crc32c.h"
#include "fifo/mailbox_scan.h"
#include "fifo/mailbox_state.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SALT  0x5a17u
#define HEAD  BROOD__RECORD_HEAD
#define MOST  64 /* records that are written in the third form */
#define EMPTY ((size_t)1 << 20)

static int put_into_file(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("segment", MFD_CLOEXEC);
	CHECK(fd >= 0);
	for (size_t at = 0; at < size;) {
		ssize_t n = write(fd, bytes + at, size - at);
		CHECK(n > 0);
		at += (size_t)n;
	}
	return fd;
}

/* Counts again what is counted as it goes. What is live in a segment is known only if segments come
 * as they are written. */
static void check_messages(const struct brood__messages *messages, size_t n_most, bool is_regular)
{
	uint64_t counts[BROOD_MESSAGE_REMOVED + 1] = { 0 };
	uint64_t live_bytes = 0;
	size_t n_taken = 0;

	CHECK(messages->entries.n <= n_most);
	for (size_t i = 0; i < messages->entries.size; i++) {
		const struct brood__entry *entry = messages->entries.slots[i].value;
		if (!entry || entry->base == BROOD__BASE_UNKNOWN)
			continue;
		CHECK(entry->id == messages->entries.slots[i].key);
		CHECK(entry->id < messages->next_id);
		CHECK(brood__messages_get(messages, entry->id) == entry);
		counts[entry->state]++;
		CHECK((entry->state == BROOD_MESSAGE_TAKEN) == (entry->base == BROOD__BASE_TAKEN));
		n_taken += entry->base == BROOD__BASE_TAKEN;
		CHECK(entry->base != BROOD__BASE_TAKEN || entry->worker->n_held > 0);
		for (size_t k = 0; k < messages->n_segments; k++)
			if (messages->segments[k].number == entry->put.segment &&
				brood__entry_is_live(entry))
				live_bytes += entry->put.length;
	}
	for (size_t i = 0; i <= BROOD_MESSAGE_REMOVED; i++)
		CHECK(counts[i] == messages->counts[i]);
	CHECK(!is_regular || live_bytes == messages->live_bytes);
	CHECK((n_taken > 0) == (messages->n_holders > 0));
	CHECK((brood__messages_first(messages) != NULL) == (counts[BROOD_MESSAGE_READY] > 0));
}

/* All of a file; what it amounts to. Returns how many records it has. */
static size_t replay(int fd, size_t size, struct brood__messages *messages)
{
	struct brood__scan scan = { .fd = -1 };
	struct brood__record record;
	uint64_t offset;
	uint64_t last = 0;
	bool is_regular = true;
	size_t n_most = 0;
	size_t n = 0;
	int r;

	brood__scan_begin(&scan, fd, SALT);
	while ((r = brood__scan_next(&scan, &record, &offset)) > 0) {
		CHECK(n == 0 || offset > last);
		CHECK(offset + record.length <= size);
		last = offset;
		n++;
		n_most += 1 + record.n_after;
		size_t k = messages->n_segments;
		uint32_t segment = k > 0 ? messages->segments[k - 1].number : 0;
		is_regular &= (k > 0 || record.type == BROOD__RECORD_BEGIN) &&
			      record.type != BROOD__RECORD_DROP;
		CHECK(brood__messages_apply(messages, &record,
			      (struct brood__place){ offset, segment, record.length }) == 0);
		if (record.type == BROOD__RECORD_SEAL)
			brood__messages_advance(messages, record.time);
	}
	CHECK(r == 0);
	CHECK(scan.damaged <= size);
	/* What a record claims to be is not given memory beyond the longest there may be. */
	CHECK(scan.capacity <= BROOD__RECORD_LONGEST + EMPTY);
	brood__scan_done(&scan);
	check_messages(messages, n_most, is_regular);
	return n;
}

static void try_bytes(const uint8_t *bytes, size_t size)
{
	struct brood__messages messages = { .segments = NULL };

	replay(put_into_file(bytes, size), size, &messages);
	brood__messages_done(&messages);
}

static const uint8_t *magic_of(void)
{
	static struct brood__encoded encoded;
	struct brood__record record = { .type = BROOD__RECORD_PAUSE };

	CHECK(brood__record_encode(&encoded, &record, SALT) == 0);
	return encoded.head;
}

/* Makes a record of what stands here; how long it is. */
static size_t mend(uint8_t *bytes, size_t size, uint32_t *segment)
{
	uint32_t length;
	uint64_t id;

	memcpy(&length, bytes + 8, 4);
	memcpy(&id, bytes + 16, 8);
	length = HEAD + length % 256;
	if (length > size)
		length = (uint32_t)size;
	bytes[12] = bytes[12] % (BROOD__RECORD_DROP + 1);
	id %= 32;
	memset(bytes + 14, 0, 2);
	memcpy(bytes, magic_of(), 4);
	memcpy(bytes + 8, &length, 4);
	memcpy(bytes + 16, &id, 8);
	/* Mostly the right one. */
	if (bytes[12] == BROOD__RECORD_BEGIN && length >= HEAD + 8 && bytes[13] % 4) {
		memcpy(bytes + HEAD + 4, segment, 4);
		++*segment;
	}
	uint32_t seed = bytes[12] == BROOD__RECORD_BEGIN ? 0 : SALT;
	uint32_t crc = brood__crc32c(seed, bytes + 8, length - 8);
	/* One in a while stays torn. */
	if (bytes[13] != 0x77)
		memcpy(bytes + 4, &crc, 4);
	return length;
}

static void try_mended(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	uint32_t segment = 1;

	CHECK(copy);
	memcpy(copy, bytes, size);
	for (size_t at = 0; size - at >= HEAD;)
		at += mend(copy + at, size - at, &segment);
	try_bytes(copy, size);
	free(copy);
}

/* One of the third form: how it is made is in the input before its data. */
struct form {
	uint8_t type, priority, cut, name;
	uint16_t length;
};

struct written {
	uint64_t id;
	size_t n_data;
	const uint8_t *data;
};

/* Appends a record, whole or the beginning of it. Returns whether it is whole. */
static bool put_record(int fd, const struct form *form, const struct written *written)
{
	static const uint8_t types[] = { BROOD__RECORD_PUT, BROOD__RECORD_PUT, BROOD__RECORD_COPY,
		BROOD__RECORD_TAKE, BROOD__RECORD_FAIL, BROOD__RECORD_DONE };
	struct brood__encoded encoded;
	struct brood__record record = {
		.type = types[form->type % sizeof types],
		.id = written->id,
		.priority = (int8_t)form->priority,
		.state = BROOD_MESSAGE_READY,
		.worker = 1 + form->name,
		.name = "a name",
		.name_length = form->name % 6,
		.reason = "a reason",
		.reason_length = form->name % 8,
		.data = written->data,
		.n_data = written->n_data,
		.after = NULL,
	};
	if (record.type != BROOD__RECORD_PUT && record.type != BROOD__RECORD_COPY)
		record.n_data = 0;
	if (brood__record_encode(&encoded, &record, SALT) < 0)
		return false;
	/* A cut of 0: whole. Otherwise a part that is less. */
	size_t length = encoded.n_head + encoded.n_data;
	size_t end = form->cut == 0 ? length : form->cut * length / 256;
	size_t first = end < encoded.n_head ? end : encoded.n_head;
	CHECK(write(fd, encoded.head, first) == (ssize_t)first);
	if (end > first)
		CHECK(write(fd, encoded.data, end - first) == (ssize_t)(end - first));
	brood__record_done(&encoded);
	return end == length;
}

static void try_torn(const uint8_t *bytes, size_t size)
{
	struct written whole[MOST];
	struct form form;
	size_t n = 0;
	uint64_t id = 1;
	int fd = memfd_create("segment", MFD_CLOEXEC);
	CHECK(fd >= 0);
	for (size_t at = 0; at + sizeof form <= size && n < MOST; id++) {
		memcpy(&form, bytes + at, sizeof form);
		at += sizeof form;
		size_t n_data = form.length < size - at ? form.length : size - at;
		whole[n] = (struct written){ id, n_data, bytes + at };
		at += n_data;
		n += put_record(fd, &form, &whole[n]);
	}
	struct brood__scan scan = { .fd = -1 };
	struct brood__record record;
	uint64_t offset;
	size_t found = 0;
	brood__scan_begin(&scan, fd, SALT);
	while (brood__scan_next(&scan, &record, &offset) > 0) {
		CHECK(found < n && record.id == whole[found].id);
		if (record.n_data > 0)
			CHECK(record.n_data == whole[found].n_data &&
				memcmp(record.data, whole[found].data, record.n_data) == 0);
		found++;
	}
	brood__scan_done(&scan);
	CHECK(found == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	switch (data[0] % 3) {
	case 0:
		try_bytes(data + 1, size - 1);
		break;
	case 1:
		try_mended(data + 1, size - 1);
		break;
	default:
		try_torn(data + 1, size - 1);
		break;
	}
	return 0;
}
