/* SPDX-License-Identifier: MIT */
/* Records as bytes and back. */

#include "fifo/mailbox_record.h"

#include "fifo/crc32c.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* No byte of it is valid in UTF-8 next to the others, and no end of it is a beginning of it. */
static const unsigned char magic[4] = { 0xfd, 0xb2, 0x0d, 0xf7 };

enum { AT_CRC = 4, AT_LENGTH = 8, AT_TYPE = 12, AT_MASK = 14, AT_ID = 16, AT_TIME = 24 };
enum { PUT_BODY = 24, COPY_BODY = 40, TAKE_BODY = 16, END_BODY = 24 };
enum { BEGIN_BODY = 24, SEAL_BODY = 8, DROP_BODY = 40 };
enum { MASK_FROM = AT_ID };

static void put16(unsigned char *to, uint16_t value)
{
	memcpy(to, &value, sizeof value);
}

static void put32(unsigned char *to, uint32_t value)
{
	memcpy(to, &value, sizeof value);
}

static void put64(unsigned char *to, uint64_t value)
{
	memcpy(to, &value, sizeof value);
}

/* Also of nothing, which may be nowhere. */
static unsigned char *put_text(unsigned char *to, const char *text, size_t n)
{
	if (n > 0)
		memcpy(to, text, n);
	return to + n;
}

static uint32_t get32(const unsigned char *from)
{
	uint32_t value;
	memcpy(&value, from, sizeof value);
	return value;
}

static uint64_t get64(const unsigned char *from)
{
	uint64_t value;
	memcpy(&value, from, sizeof value);
	return value;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#	error "the numbers of records are little-endian"
#endif

uint64_t brood__record_after(const struct brood__record *record, size_t i)
{
	return get64(record->after + 8 * i);
}

size_t brood__record_find(const unsigned char *bytes, size_t n, int *ret_is_whole)
{
	const unsigned char *end = bytes + n;
	const unsigned char *p = bytes;

	*ret_is_whole = 0;
	while (p < end && (p = memchr(p, magic[0], (size_t)(end - p))) != NULL) {
		size_t rest = (size_t)(end - p);
		size_t shared = rest < sizeof magic ? rest : sizeof magic;
		if (memcmp(p, magic, shared) == 0) {
			*ret_is_whole = shared == sizeof magic;
			return (size_t)(p - bytes);
		}
		p++;
	}
	return n;
}

/* What is behind the masked place is XORed with these 8 bytes again and again; 0 changes nothing.
 */
static uint64_t mask_word(uint16_t mask)
{
	return mask * UINT64_C(0x9e3779b97f4a7c15);
}

static void apply_mask(unsigned char *to, const unsigned char *from, size_t n, uint64_t word)
{
	unsigned char key[8];

	memcpy(key, &word, sizeof key);
	for (size_t i = 0; i < n; i++)
		to[i] = from[i] ^ key[i % 8];
}

/* ---- encoding ---- */

static size_t encode_message(unsigned char *to, const struct brood__record *record)
{
	unsigned char *p = to;

	put64(p, (uint64_t)record->not_before);
	put64(p + 8, record->kind | (uint64_t)record->tries << 32);
	put64(p + 16, (uint8_t)record->priority | (uint64_t)record->n_after << 8 |
			      (uint64_t)record->n_data << 32);
	p += PUT_BODY;
	if (record->type == BROOD__RECORD_COPY) {
		put64(p, (uint64_t)record->changed);
		put64(p + 8, record->worker);
		put32(p + 16, (uint32_t)record->pid);
		put32(p + 20, record->tried);
		put32(p + 24, (uint32_t)record->code);
		p[28] = record->state;
		p[29] = record->name_length;
		p[30] = record->reason_length;
		p[31] = 0;
		put32(p + 32, record->retried);
		put32(p + 36, 0);
		p += COPY_BODY;
		p = put_text(p, record->name, record->name_length);
		p = put_text(p, record->reason, record->reason_length);
	}
	if (record->n_after > 0)
		memcpy(p, record->after, 8 * (size_t)record->n_after);
	p += 8 * (size_t)record->n_after;
	return (size_t)(p - to);
}

static size_t encode_lease(unsigned char *to, const struct brood__record *record)
{
	put64(to, record->worker);
	if (record->type == BROOD__RECORD_TAKE) {
		put32(to + 8, (uint32_t)record->pid);
		put32(to + 12, record->name_length);
		put_text(to + TAKE_BODY, record->name, record->name_length);
		return TAKE_BODY + (size_t)record->name_length;
	}
	put64(to + 8, (uint64_t)record->not_before);
	put32(to + 16, (uint32_t)record->code);
	to[20] = record->is_dead;
	to[21] = record->reason_length;
	put16(to + 22, 0);
	put_text(to + END_BODY, record->reason, record->reason_length);
	return END_BODY + (size_t)record->reason_length;
}

static size_t encode_body(unsigned char *to, const struct brood__record *record)
{
	switch ((enum brood__record_type)record->type) {
	case BROOD__RECORD_PUT:
	case BROOD__RECORD_COPY:
		return encode_message(to, record);
	case BROOD__RECORD_TAKE:
	case BROOD__RECORD_DONE:
	case BROOD__RECORD_FAIL:
	case BROOD__RECORD_RETRY:
	case BROOD__RECORD_RELEASE:
	case BROOD__RECORD_LOST:
	case BROOD__RECORD_REMOVE:
	case BROOD__RECORD_REVIVE:
		return encode_lease(to, record);
	case BROOD__RECORD_PAUSE:
	case BROOD__RECORD_RESUME:
	case BROOD__RECORD_DRAIN:
	case BROOD__RECORD_UNDRAIN:
		return 0;
	case BROOD__RECORD_BEGIN:
		put32(to, record->version);
		put32(to + 4, record->segment);
		put64(to + 8, record->salt);
		put64(to + 16, record->worker);
		return BEGIN_BODY;
	case BROOD__RECORD_SEAL:
		put32(to, record->segment);
		put32(to + 4, 0);
		return SEAL_BODY;
	case BROOD__RECORD_DROP:
		put32(to, record->segment);
		put32(to + 4, record->flags);
		put64(to + 8, record->worker);
		put64(to + 16, record->sent);
		put64(to + 24, record->done);
		put64(to + 32, record->removed);
		return DROP_BODY;
	}
	return 0;
}

/* Whether the magic is in there, also across the border between head and data; or the beginning of
 * it at the end: torn there, the record would be made whole by the next one. */
static int has_magic(const struct brood__encoded *encoded)
{
	unsigned char border[6];
	size_t n = encoded->n_head - 1;
	int is_whole;

	size_t found = brood__record_find(encoded->head + 1, n, &is_whole);
	if (is_whole || encoded->n_data == 0)
		return found < n;
	size_t shared = encoded->n_data < 3 ? encoded->n_data : 3;
	memcpy(border, encoded->head + encoded->n_head - 3, 3);
	memcpy(border + 3, encoded->data, shared);
	brood__record_find(border, 3 + shared, &is_whole);
	return is_whole ||
	       brood__record_find(encoded->data, encoded->n_data, &is_whole) < encoded->n_data;
}

static void add_crc(struct brood__encoded *encoded, uint32_t seed)
{
	uint32_t crc = brood__crc32c(seed, encoded->head + AT_LENGTH, encoded->n_head - AT_LENGTH);

	if (encoded->n_data > 0)
		crc = brood__crc32c(crc, encoded->data, encoded->n_data);
	put32(encoded->head + AT_CRC, crc);
}

/* Tries masks until the magic is nowhere any more. */
static int mask(struct brood__encoded *encoded, const struct brood__record *record, uint32_t seed)
{
	unsigned char plain[sizeof encoded->head];
	const unsigned char *data = encoded->data;
	size_t n_masked = encoded->n_head - MASK_FROM;

	memcpy(plain, encoded->head, encoded->n_head);
	if (encoded->n_data > 0) {
		encoded->masked = malloc(encoded->n_data);
		if (!encoded->masked)
			return -ENOMEM;
		encoded->data = encoded->masked;
	}
	/* The mask comes from the id too, so that nobody can prepare for it. */
	for (uint32_t turn = 1; turn <= 1024; turn++) {
		uint16_t number = (uint16_t)((record->id * 31 + turn) % 65535 + 1);
		uint64_t word = mask_word(number);
		put16(encoded->head + AT_MASK, number);
		apply_mask(encoded->head + MASK_FROM, plain + MASK_FROM, n_masked, word);
		size_t turned = n_masked % 8 * 8;
		uint64_t rest = turned ? word >> turned | word << (64 - turned) : word;
		apply_mask(encoded->masked, data, encoded->n_data, rest);
		add_crc(encoded, seed);
		if (!has_magic(encoded))
			return 0;
	}
	return -EBADMSG;
}

/* Not 0 if one of these 8 bytes is the first one of the magic. */
static uint64_t may_begin(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t x = word ^ ones * magic[0];

	return (x - ones) & ~x & ones << 7;
}

/*
 * Puts data that is short behind the head, and the crc in. Returns whether the magic may be in
 * there. That is looked for in pieces that were written as they are read, and before the crc is
 * there: the processor would have to wait.
 */
static bool finish(
	struct brood__encoded *encoded, const struct brood__record *record, uint32_t seed)
{
	unsigned char *head = encoded->head;
	size_t n = encoded->n_head, at = AT_LENGTH;
	uint64_t found = 0;

	for (; at + 8 <= n; at += 8)
		found |= may_begin(get64(head + at));
	for (; at < n; at++)
		found |= head[at] == magic[0];
	encoded->data = record->data;
	encoded->n_data = record->n_data;
	encoded->masked = NULL;
	if (record->n_data > 0)
		found |= memchr(record->data, magic[0], record->n_data) != NULL;
	if (record->n_data > 0 && record->n_data <= BROOD__RECORD_INLINE) {
		memcpy(head + n, record->data, record->n_data);
		encoded->n_head += record->n_data;
		encoded->n_data = 0;
	}
	uint32_t crc = brood__crc32c(seed, head + AT_LENGTH, encoded->n_head - AT_LENGTH);
	if (encoded->n_data > 0)
		crc = brood__crc32c(crc, encoded->data, encoded->n_data);
	put32(head + AT_CRC, crc);
	return (found | may_begin(crc)) != 0;
}

int brood__record_encode(
	struct brood__encoded *encoded, struct brood__record *record, uint32_t salt)
{
	unsigned char *head = encoded->head;
	uint32_t seed = record->type == BROOD__RECORD_BEGIN ? 0 : salt;

	encoded->n_head = BROOD__RECORD_HEAD + encode_body(head + BROOD__RECORD_HEAD, record);
	record->length = (uint32_t)(encoded->n_head + record->n_data);
	memcpy(head, magic, sizeof magic);
	put64(head + AT_LENGTH, record->length | (uint64_t)record->type << 32);
	put64(head + AT_ID, record->id);
	put64(head + AT_TIME, (uint64_t)record->time);
	if (!finish(encoded, record, seed) || !has_magic(encoded))
		return 0;
	int r = mask(encoded, record, seed);
	if (r < 0)
		brood__record_done(encoded);
	return r;
}

void brood__record_done(struct brood__encoded *encoded)
{
	free(encoded->masked);
	encoded->masked = NULL;
}

/* ---- decoding ---- */

/* What is left of a body while it is taken apart. */
struct rest {
	const unsigned char *at;
	size_t n;
};

/* The next n bytes, or NULL if there are not as many. */
static const unsigned char *next(struct rest *rest, size_t n)
{
	const unsigned char *at = rest->at;

	if (n > rest->n)
		return NULL;
	rest->at += n;
	rest->n -= n;
	return at;
}

static int decode_copy(struct brood__record *record, struct rest *rest)
{
	const unsigned char *p = next(rest, COPY_BODY);

	if (!p)
		return 0;
	record->changed = (int64_t)get64(p);
	record->worker = get64(p + 8);
	record->pid = (int32_t)get32(p + 16);
	record->tried = get32(p + 20);
	record->code = (int32_t)get32(p + 24);
	record->state = p[28];
	record->name_length = p[29];
	record->reason_length = p[30];
	record->retried = get32(p + 32);
	if (record->state != BROOD_MESSAGE_READY && record->state != BROOD_MESSAGE_TAKEN &&
		record->state != BROOD_MESSAGE_DEAD && record->state != BROOD_MESSAGE_REMOVED)
		return 0;
	if (record->state == BROOD_MESSAGE_TAKEN && record->worker == 0)
		return 0;
	record->name = (const char *)next(rest, record->name_length);
	record->reason = (const char *)next(rest, record->reason_length);
	return record->name && record->reason && record->name_length <= BROOD__RECORD_NAME;
}

static int decode_message(struct brood__record *record, struct rest *rest)
{
	const unsigned char *p = next(rest, PUT_BODY);

	if (!p || record->id == 0)
		return 0;
	record->not_before = (int64_t)get64(p);
	record->kind = get32(p + 8);
	record->tries = get32(p + 12);
	record->priority = (int8_t)p[16];
	record->n_after = p[17];
	record->n_data = get32(p + 20);
	if (record->type == BROOD__RECORD_COPY && !decode_copy(record, rest))
		return 0;
	record->after = next(rest, 8 * (size_t)record->n_after);
	if (!record->after || record->n_after > BROOD_MESSAGE_AFTER_MOST)
		return 0;
	/* Nothing waits for what comes later: so nobody waits for himself. */
	for (size_t i = 0; i < record->n_after; i++) {
		uint64_t id = brood__record_after(record, i);
		if (id == 0 || id >= record->id)
			return 0;
	}
	record->data = next(rest, record->n_data);
	return record->data && record->n_data <= BROOD_MESSAGE_LONGEST;
}

static int decode_lease(struct brood__record *record, struct rest *rest)
{
	int is_take = record->type == BROOD__RECORD_TAKE;
	const unsigned char *p = next(rest, is_take ? TAKE_BODY : END_BODY);

	if (!p || record->id == 0)
		return 0;
	record->worker = get64(p);
	if (is_take) {
		record->pid = (int32_t)get32(p + 8);
		uint32_t length = get32(p + 12);
		if (length > BROOD__RECORD_NAME)
			return 0;
		record->name_length = (uint8_t)length;
		record->name = (const char *)next(rest, length);
		return record->name != NULL;
	}
	record->not_before = (int64_t)get64(p + 8);
	record->code = (int32_t)get32(p + 16);
	record->is_dead = p[20];
	record->reason_length = p[21];
	record->reason = (const char *)next(rest, record->reason_length);
	return record->reason != NULL;
}

static int decode_segment(struct brood__record *record, struct rest *rest)
{
	int is_begin = record->type == BROOD__RECORD_BEGIN;
	const unsigned char *p = next(rest, is_begin                             ? BEGIN_BODY
					    : record->type == BROOD__RECORD_SEAL ? SEAL_BODY
										 : DROP_BODY);

	if (!p)
		return 0;
	record->segment = get32(is_begin ? p + 4 : p);
	if (record->type == BROOD__RECORD_SEAL)
		return 1;
	record->worker = get64(is_begin ? p + 16 : p + 8);
	if (is_begin) {
		record->version = get32(p);
		record->salt = get32(p + 8);
		return 1;
	}
	record->flags = (uint8_t)get32(p + 4);
	record->sent = get64(p + 16);
	record->done = get64(p + 24);
	record->removed = get64(p + 32);
	return 1;
}

/* Whether the body is one of its type, to the last byte. */
static int decode_body(struct brood__record *record, struct rest rest)
{
	int is_right;

	if (record->type == BROOD__RECORD_PUT || record->type == BROOD__RECORD_COPY)
		is_right = decode_message(record, &rest);
	else if (record->type >= BROOD__RECORD_TAKE && record->type <= BROOD__RECORD_REVIVE)
		is_right = decode_lease(record, &rest);
	else if (record->type >= BROOD__RECORD_BEGIN)
		is_right = decode_segment(record, &rest);
	else
		is_right = 1;
	return is_right && rest.n == 0 && record->id < BROOD__RECORD_ID_MOST &&
	       record->worker < BROOD__RECORD_ID_MOST;
}

enum brood__decoded brood__record_decode(unsigned char *bytes, size_t n, uint32_t salt,
	struct brood__record *record, size_t *ret_need)
{
	size_t shared = n < sizeof magic ? n : sizeof magic;

	if (memcmp(bytes, magic, shared) != 0)
		return BROOD__DECODED_BAD;
	*ret_need = BROOD__RECORD_HEAD;
	if (n < BROOD__RECORD_HEAD)
		return BROOD__DECODED_MORE;
	memset(record, 0, sizeof *record);
	record->length = get32(bytes + AT_LENGTH);
	record->type = bytes[AT_TYPE];
	if (record->length < BROOD__RECORD_HEAD || record->length > BROOD__RECORD_LONGEST ||
		record->type < BROOD__RECORD_PUT || record->type > BROOD__RECORD_DROP)
		return BROOD__DECODED_BAD;
	*ret_need = record->length;
	if (n < record->length)
		return BROOD__DECODED_MORE;
	uint32_t seed = record->type == BROOD__RECORD_BEGIN ? 0 : salt;
	uint32_t crc = brood__crc32c(seed, bytes + AT_LENGTH, record->length - AT_LENGTH);
	if (crc != get32(bytes + AT_CRC))
		return BROOD__DECODED_TORN;
	uint16_t number = (uint16_t)(bytes[AT_MASK] | bytes[AT_MASK + 1] << 8);
	if (number != 0)
		apply_mask(bytes + MASK_FROM, bytes + MASK_FROM, record->length - MASK_FROM,
			mask_word(number));
	record->id = get64(bytes + AT_ID);
	record->time = (int64_t)get64(bytes + AT_TIME);
	struct rest rest = { bytes + BROOD__RECORD_HEAD, record->length - BROOD__RECORD_HEAD };
	return decode_body(record, rest) ? BROOD__DECODED : BROOD__DECODED_BAD;
}
