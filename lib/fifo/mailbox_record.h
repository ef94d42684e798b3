/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Records of a mailbox's segments as bytes and back. No system calls.
 *
 * A record is a head of 32 bytes, what belongs to its type, and data:
 *
 *	 0 magic   4 crc of all from 8 on   8 length of all   12 type   13 0   14 mask   16 id   24
 * time
 *
 * Numbers are little-endian. The magic occurs nowhere in a record but at its beginning: if it
 * would, what is behind the mask is changed by it. So whoever has lost his way in a segment, behind
 * a record that was torn, goes on at the next magic and never takes data for a record.
 */

#include <brood/mailbox.h>
#include <stddef.h>
#include <stdint.h>

enum brood__record_type {
	BROOD__RECORD_PUT = 1,
	BROOD__RECORD_COPY = 2,  /* a message as it stands now, out of a segment that is given up */
	BROOD__RECORD_TAKE = 3,  /* a worker holds it */
	BROOD__RECORD_DONE = 4,  /* and these end that: */
	BROOD__RECORD_FAIL = 5,  /* it is tried again at not_before, or is dead */
	BROOD__RECORD_RETRY = 6, /* this try does not count */
	BROOD__RECORD_RELEASE = 7, /* given back */
	BROOD__RECORD_LOST = 8,    /* the worker died */
	BROOD__RECORD_REMOVE = 9,
	BROOD__RECORD_REVIVE = 10,
	BROOD__RECORD_PAUSE = 11,
	BROOD__RECORD_RESUME = 12,
	BROOD__RECORD_DRAIN = 13,
	BROOD__RECORD_UNDRAIN = 14,
	BROOD__RECORD_BEGIN = 15, /* the first of a segment; its crc is not salted */
	BROOD__RECORD_SEAL = 16,  /* the last: what is behind it does not count */
	BROOD__RECORD_DROP = 17   /* nothing that lives is in this segment and before */
};

#define BROOD__RECORD_HEAD    32
#define BROOD__RECORD_NAME    63
#define BROOD__RECORD_REASON  255
#define BROOD__RECORD_VERSION 1
#define BROOD__RECORD_ID_MOST (UINT64_C(1) << 54)
/* The longest of all without data, and with it. */
#define BROOD__RECORD_META    (BROOD__RECORD_HEAD + 24 + 40 + 8 * BROOD_MESSAGE_AFTER_MOST + 64 + 256)
#define BROOD__RECORD_LONGEST (BROOD__RECORD_META + BROOD_MESSAGE_LONGEST)

/* A decoded one. What its type does not have is 0. */
struct brood__record {
	uint8_t type;
	int8_t priority;
	uint8_t n_after;
	uint8_t state;       /* COPY: BROOD_MESSAGE_READY (one that waits), TAKEN, DEAD, REMOVED */
	uint8_t is_dead;     /* FAIL: that was the last try */
	uint8_t name_length; /* COPY, TAKE */
	uint8_t reason_length;
	uint8_t flags;      /* DROP: 1 paused, 2 draining */
	uint32_t length;    /* of the whole record */
	uint64_t id;        /* BEGIN, DROP: every id before was given */
	int64_t time;       /* PUT, COPY: when it was sent */
	int64_t not_before; /* PUT, COPY, FAIL, RETRY, LOST */
	int64_t changed;    /* COPY */
	uint32_t kind, tries, tried;
	uint32_t retried; /* COPY */
	int32_t code;     /* COPY, FAIL */
	int32_t pid;      /* COPY, TAKE */
	uint64_t worker;  /* COPY, those of a lease; BEGIN, DROP: every number before was given */
	uint32_t version, segment;    /* BEGIN, SEAL, DROP */
	uint32_t salt;                /* BEGIN */
	uint64_t sent, done, removed; /* DROP: up to the end of that segment */
	const unsigned char *after;   /* n_after ids of 8 bytes: brood__record_after() */
	const char *name, *reason;    /* not terminated */
	const unsigned char *data;
	size_t n_data;
};

/* The i-th id of `after`. */
uint64_t brood__record_after(const struct brood__record *record, size_t i);

/* An encoded one: head, and what of the data did not fit in there. */
#define BROOD__RECORD_INLINE 4096
struct brood__encoded {
	size_t n_head;
	const unsigned char *data; /* the caller's, or masked */
	size_t n_data;
	unsigned char *masked; /* a changed copy */
	unsigned char head[BROOD__RECORD_META + BROOD__RECORD_INLINE];
};

/*
 * Encodes a record; its length is set. The caller's data must stay as it is until the encoded one
 * is done with. Returns 0 or -ENOMEM; -EBADMSG: no mask keeps the magic out of it (only data that
 * was made for this purpose can do that).
 */
int brood__record_encode(
	struct brood__encoded *encoded, struct brood__record *record, uint32_t salt);

/* Frees what it holds. */
void brood__record_done(struct brood__encoded *encoded);

enum brood__decoded {
	BROOD__DECODED,      /* all is there and right */
	BROOD__DECODED_MORE, /* the beginning of one, as far as it goes; *ret_need bytes are needed
			      */
	BROOD__DECODED_BAD,  /* no record begins here */
	BROOD__DECODED_TORN  /* one begins here, but not all bytes are its own; *ret_need is its
				length */
};

/* Decodes what stands at the beginning of these bytes, which it may unmask: only once. */
enum brood__decoded brood__record_decode(unsigned char *bytes, size_t n, uint32_t salt,
	struct brood__record *record, size_t *ret_need);

/* Where in these bytes the next magic begins, also one of which only the first bytes are there; n
 * if none does. *ret_is_whole: all of it is there. */
size_t brood__record_find(const unsigned char *bytes, size_t n, int *ret_is_whole);
