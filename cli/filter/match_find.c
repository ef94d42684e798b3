/* SPDX-License-Identifier: MIT */
/* Finding strings: a pair of rare bytes for one, fingerprints in vectors for a few, jumps by a
   table for many. */
#include "filter/match_find.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#	include <immintrin.h>
#	if __has_include(<sys/platform/x86.h>)
#		include <sys/platform/x86.h>
#	endif
#endif

/* More strings than this are not told apart well by eight buckets. */
#define MOST_IN_VECTORS 48
#define N_BUCKETS       8
#define LONGEST_PRINT   3
#define N_HASHES        ((size_t)1 << 16)

enum finder_way {
	FIND_ONE,
	FIND_ONE_IN_VECTORS,
	FIND_FEW_IN_VECTORS,
	FIND_BY_FIRST,
	FIND_BY_JUMPS
};

struct entry {
	struct cover_string string;
	uint32_t id;
};

struct finder {
	enum finder_way way;
	struct entry *entries;
	size_t n;
	size_t shortest;
	size_t rare[2]; /* of the one string: places of its rarest bytes */
	_Alignas(32) unsigned char low[LONGEST_PRINT]
				      [32]; /* buckets by the low half of a byte, twice */
	_Alignas(32) unsigned char high[LONGEST_PRINT][32];
	size_t print;                 /* bytes of a fingerprint */
	size_t bucket[N_BUCKETS + 1]; /* the first entry of each */
	unsigned char *jump;          /* by hash of the last two bytes of the window */
	uint32_t *chain;              /* N_HASHES + 1 places in order */
	uint32_t *order;              /* entries by hash */
	bool first[256];              /* bytes that strings begin with */
};

static bool is_any_case(const struct cover_string *string, size_t i)
{
	return string->any_case >> i & 1;
}

static bool is_here(const struct cover_string *string, const unsigned char *data, size_t length)
{
	if (length < string->length)
		return false;
	if (string->any_case == 0)
		return memcmp(data, string->bytes, string->length) == 0;
	for (size_t i = 0; i < string->length; i++)
		if ((data[i] | (is_any_case(string, i) ? 0x20 : 0)) != string->bytes[i])
			return false;
	return true;
}

/* How often a byte occurs in texts, roughly: the more to the left the more often. */
static size_t rarity(unsigned char byte)
{
	static const char common[] =
		" e0t1aoinsr2ld3h4c5u6m7p8f9g:-.ybw/,v=k_[]TxSEIAR()\"DNOCLMPj\tzq"
		"BFUGWHV{}'";
	const char *place = byte ? strchr(common, byte) : NULL;

	return place ? (size_t)(place - common) : sizeof common + (byte >= 0x80 ? 0 : 1);
}

static void choose_rare(struct finder *finder)
{
	const struct cover_string *string = &finder->entries[0].string;
	size_t *rare = finder->rare;

	rare[0] = rare[1] = 0;
	for (size_t i = 1; i < string->length; i++)
		if (rarity(string->bytes[i]) > rarity(string->bytes[rare[0]]))
			rare[0] = i;
	if (string->length > 1)
		rare[1] = rare[0] == 0;
	for (size_t i = 0; i < string->length; i++)
		if (i != rare[0] && rarity(string->bytes[i]) > rarity(string->bytes[rare[1]]))
			rare[1] = i;
}

/* Looks for a byte, and at the string around it. */
static size_t next_one(
	const struct finder *finder, const unsigned char *data, size_t length, size_t from)
{
	const struct cover_string *string = &finder->entries[0].string;
	size_t rare = finder->rare[0];

	for (; from + string->length <= length; from++) {
		if (is_any_case(string, rare)) {
			if ((data[from + rare] | 0x20) != string->bytes[rare])
				continue;
		} else {
			const unsigned char *hit = memchr(data + from + rare, string->bytes[rare],
				length - string->length + 1 - from);
			if (!hit)
				return length;
			from = (size_t)(hit - data) - rare;
		}
		if (is_here(string, data + from, length - from))
			return from;
	}
	return length;
}

static size_t next_by_first(const struct finder *finder, const unsigned char *data, size_t length,
	size_t from, uint32_t *ret_id)
{
	for (; from + finder->shortest <= length; from++) {
		if (!finder->first[data[from]])
			continue;
		for (size_t i = 0; i < finder->n; i++)
			if (is_here(&finder->entries[i].string, data + from, length - from)) {
				*ret_id = finder->entries[i].id;
				return from;
			}
	}
	return length;
}

static size_t hash(const unsigned char *two)
{
	return (size_t)(two[0] | 0x20) << 8 | (two[1] | 0x20);
}

static size_t next_by_jumps(const struct finder *finder, const unsigned char *data, size_t length,
	size_t from, uint32_t *ret_id)
{
	size_t last = finder->shortest - 2;

	while (from + finder->shortest <= length) {
		size_t h = hash(data + from + last);
		if (finder->jump[h] > 0) {
			from += finder->jump[h];
			continue;
		}
		for (uint32_t i = finder->chain[h]; i < finder->chain[h + 1]; i++) {
			const struct entry *entry = &finder->entries[finder->order[i]];
			if (is_here(&entry->string, data + from, length - from)) {
				*ret_id = entry->id;
				return from;
			}
		}
		from++;
	}
	return length;
}

static void make_jumps(struct finder *finder)
{
	size_t window = finder->shortest;

	finder->jump = memory_get(N_HASHES);
	memset(finder->jump, (int)(window - 1), N_HASHES);
	finder->chain = memory_get((N_HASHES + 1) * sizeof *finder->chain);
	memset(finder->chain, 0, (N_HASHES + 1) * sizeof *finder->chain);
	finder->order = memory_get(finder->n * sizeof *finder->order);
	for (size_t i = 0; i < finder->n; i++) {
		const unsigned char *bytes = finder->entries[i].string.bytes;
		for (size_t at = 0; at + 2 <= window; at++) {
			unsigned char *jump = &finder->jump[hash(bytes + at)];
			if (*jump > window - 2 - at)
				*jump = (unsigned char)(window - 2 - at);
		}
		finder->chain[hash(bytes + window - 2) + 1]++;
	}
	for (size_t h = 0; h < N_HASHES; h++)
		finder->chain[h + 1] += finder->chain[h];
	/* Filling the places from behind leaves each chain at its beginning. */
	for (size_t i = finder->n; i-- > 0;) {
		size_t h = hash(finder->entries[i].string.bytes + window - 2);
		finder->order[--finder->chain[h + 1]] = (uint32_t)i;
	}
	memmove(finder->chain, finder->chain + 1, N_HASHES * sizeof *finder->chain);
	finder->chain[N_HASHES] = (uint32_t)finder->n;
}

#if defined(__x86_64__)
#	define WITH_VECTORS __attribute__((target("avx2")))

struct rare_byte {
	__m256i byte;
	__m256i case_bit;
	size_t at;
};

WITH_VECTORS static struct rare_byte rare_byte(const struct finder *finder, size_t which)
{
	const struct cover_string *string = &finder->entries[0].string;
	size_t at = finder->rare[which];

	return (struct rare_byte){ _mm256_set1_epi8((char)string->bytes[at]),
		_mm256_set1_epi8(is_any_case(string, at) ? 0x20 : 0), at };
}

WITH_VECTORS static inline __m256i equal(const struct rare_byte *rare, const unsigned char *data)
{
	__m256i here = _mm256_loadu_si256((const __m256i *)(const void *)(data + rare->at));

	return _mm256_cmpeq_epi8(_mm256_or_si256(here, rare->case_bit), rare->byte);
}

WITH_VECTORS static size_t next_one_in_vectors(
	const struct finder *finder, const unsigned char *data, size_t length, size_t from)
{
	const struct cover_string *string = &finder->entries[0].string;
	struct rare_byte a = rare_byte(finder, 0), b = rare_byte(finder, 1);

	/* The rare bytes lie within the string: 64 places need this much. */
	for (; from + string->length + 64 <= length; from += 64) {
		__m256i left = _mm256_and_si256(equal(&a, data + from), equal(&b, data + from));
		__m256i right = _mm256_and_si256(
			equal(&a, data + from + 32), equal(&b, data + from + 32));
		if (_mm256_testz_si256(_mm256_or_si256(left, right), _mm256_set1_epi8(-1)))
			continue;
		uint64_t hits = (uint32_t)_mm256_movemask_epi8(left) |
				(uint64_t)(uint32_t)_mm256_movemask_epi8(right) << 32;
		for (; hits; hits &= hits - 1) {
			size_t at = from + (size_t)__builtin_ctzll(hits);
			if (is_here(string, data + at, length - at))
				return at;
		}
	}
	return next_one(finder, data, length, from);
}

/* The buckets whose fingerprints stand at each of 32 places. */
WITH_VECTORS static inline __m256i buckets_at(
	const struct finder *finder, const unsigned char *data)
{
	const __m256i half = _mm256_set1_epi8(0x0f);
	__m256i buckets = _mm256_set1_epi8(-1);

	for (size_t i = 0; i < finder->print; i++) {
		__m256i here = _mm256_loadu_si256((const __m256i *)(const void *)(data + i));
		__m256i low = _mm256_load_si256((const __m256i *)(const void *)finder->low[i]);
		__m256i high = _mm256_load_si256((const __m256i *)(const void *)finder->high[i]);
		low = _mm256_shuffle_epi8(low, _mm256_and_si256(here, half));
		high = _mm256_shuffle_epi8(
			high, _mm256_and_si256(_mm256_srli_epi16(here, 4), half));
		buckets = _mm256_and_si256(buckets, _mm256_and_si256(low, high));
	}
	return buckets;
}

static bool is_in_buckets(const struct finder *finder, unsigned int buckets,
	const unsigned char *data, size_t length, uint32_t *ret_id)
{
	for (; buckets; buckets &= buckets - 1) {
		size_t bucket = (size_t)__builtin_ctz(buckets);
		for (size_t i = finder->bucket[bucket]; i < finder->bucket[bucket + 1]; i++)
			if (is_here(&finder->entries[i].string, data, length)) {
				*ret_id = finder->entries[i].id;
				return true;
			}
	}
	return false;
}

WITH_VECTORS static size_t next_few_in_vectors(const struct finder *finder,
	const unsigned char *data, size_t length, size_t from, uint32_t *ret_id)
{
	_Alignas(32) unsigned char buckets[32];

	for (; from + 32 + LONGEST_PRINT <= length; from += 32) {
		__m256i found = buckets_at(finder, data + from);
		uint32_t hits = ~(uint32_t)_mm256_movemask_epi8(
			_mm256_cmpeq_epi8(found, _mm256_setzero_si256()));
		if (hits == 0)
			continue;
		_mm256_store_si256((__m256i *)(void *)buckets, found);
		for (; hits; hits &= hits - 1) {
			size_t i = (size_t)__builtin_ctz(hits);
			if (is_in_buckets(
				    finder, buckets[i], data + from + i, length - from - i, ret_id))
				return from + i;
		}
	}
	return next_by_first(finder, data, length, from, ret_id);
}

static void mark(struct finder *finder, size_t i, unsigned char byte, size_t bucket)
{
	for (size_t lane = 0; lane < 32; lane += 16) {
		finder->low[i][lane + (byte & 0x0f)] |= (unsigned char)(1U << bucket);
		finder->high[i][lane + (byte >> 4)] |= (unsigned char)(1U << bucket);
	}
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(((const struct entry *)a)->string.bytes,
		((const struct entry *)b)->string.bytes, COVER_LONGEST);
}

/* Strings that begin alike go into the same bucket. */
static void make_fingerprints(struct finder *finder)
{
	finder->print = finder->shortest < LONGEST_PRINT ? finder->shortest : LONGEST_PRINT;
	qsort(finder->entries, finder->n, sizeof *finder->entries, by_bytes);
	for (size_t bucket = 0; bucket <= N_BUCKETS; bucket++)
		finder->bucket[bucket] = bucket * finder->n / N_BUCKETS;
	for (size_t bucket = 0; bucket < N_BUCKETS; bucket++)
		for (size_t n = finder->bucket[bucket]; n < finder->bucket[bucket + 1]; n++) {
			const struct cover_string *string = &finder->entries[n].string;
			for (size_t i = 0; i < finder->print; i++) {
				mark(finder, i, string->bytes[i], bucket);
				if (is_any_case(string, i))
					mark(finder, i, string->bytes[i] & 0xdf, bucket);
			}
		}
}

static bool has_vectors(void)
{
	/* As libc found it at its own start, if it tells: the compiler's way costs every start of
	   the program. */
#	ifdef CPU_FEATURE_ACTIVE
	return CPU_FEATURE_ACTIVE(AVX2);
#	else
	return __builtin_cpu_supports("avx2");
#	endif
}
#else
static bool has_vectors(void)
{
	return false;
}

static void make_fingerprints(struct finder *finder)
{
	(void)finder;
}

static size_t next_one_in_vectors(
	const struct finder *finder, const unsigned char *data, size_t length, size_t from)
{
	return next_one(finder, data, length, from);
}

static size_t next_few_in_vectors(const struct finder *finder, const unsigned char *data,
	size_t length, size_t from, uint32_t *ret_id)
{
	return next_by_first(finder, data, length, from, ret_id);
}
#endif

static void make_firsts(struct finder *finder)
{
	finder->shortest = COVER_LONGEST;
	for (size_t i = 0; i < finder->n; i++) {
		const struct cover_string *string = &finder->entries[i].string;
		finder->first[string->bytes[0]] = true;
		if (is_any_case(string, 0))
			finder->first[string->bytes[0] & 0xdf] = true;
		if (string->length < finder->shortest)
			finder->shortest = string->length;
	}
}

struct finder *finder_new(const struct cover_string *strings, const uint32_t *ids, size_t n)
{
	/* Vectors are loaded from it. */
	struct finder *finder = aligned_alloc(32, (sizeof *finder + 31) / 32 * 32);

	if (!finder) /* which says that there is no memory, and ends us */
		finder = memory_get(SIZE_MAX);
	*finder = (struct finder){ .n = n, .entries = memory_get(n * sizeof *finder->entries) };
	for (size_t i = 0; i < n; i++)
		finder->entries[i] = (struct entry){ strings[i], ids[i] };
	make_firsts(finder);
	if (n == 1) {
		choose_rare(finder);
		finder->way = has_vectors() ? FIND_ONE_IN_VECTORS : FIND_ONE;
	} else if (n <= MOST_IN_VECTORS && has_vectors()) {
		make_fingerprints(finder);
		finder->way = FIND_FEW_IN_VECTORS;
	} else if (finder->shortest >= 2) {
		make_jumps(finder);
		finder->way = FIND_BY_JUMPS;
	} else {
		finder->way = FIND_BY_FIRST;
	}
	return finder;
}

void finder_free(struct finder *finder)
{
	if (!finder)
		return;
	free(finder->entries);
	free(finder->jump);
	free(finder->chain);
	free(finder->order);
	free(finder);
}

size_t finder_next(
	const struct finder *finder, const char *data, size_t length, size_t from, uint32_t *ret_id)
{
	const unsigned char *bytes = (const unsigned char *)data;

	*ret_id = finder->entries[0].id;
	switch (finder->way) {
	case FIND_ONE:
		return next_one(finder, bytes, length, from);
	case FIND_ONE_IN_VECTORS:
		return next_one_in_vectors(finder, bytes, length, from);
	case FIND_FEW_IN_VECTORS:
		return next_few_in_vectors(finder, bytes, length, from, ret_id);
	case FIND_BY_FIRST:
		return next_by_first(finder, bytes, length, from, ret_id);
	case FIND_BY_JUMPS:
		return next_by_jumps(finder, bytes, length, from, ret_id);
	}
	return length;
}
