/* SPDX-License-Identifier: MIT */
#include "common/limits.h"

#include "common/duration.h"
#include "common/file_mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* What a limit counts. */
enum unit { BYTES, COUNT, SECONDS, MICROSECONDS };

struct kind {
	const char *name;
	int resource;
	enum unit unit;
	uint64_t most; /* beyond this the kernel takes any number, but it means nothing */
};

static const struct kind kinds[] = {
	{ "as", RLIMIT_AS, BYTES, 0 },
	{ "core", RLIMIT_CORE, BYTES, 0 },
	{ "cpu", RLIMIT_CPU, SECONDS, 0 },
	{ "data", RLIMIT_DATA, BYTES, 0 },
	{ "fsize", RLIMIT_FSIZE, BYTES, 0 },
	{ "locks", RLIMIT_LOCKS, COUNT, 0 },
	{ "memlock", RLIMIT_MEMLOCK, BYTES, 0 },
	{ "msgqueue", RLIMIT_MSGQUEUE, BYTES, 0 },
	{ "nice", RLIMIT_NICE, COUNT, 40 },
	{ "nofile", RLIMIT_NOFILE, COUNT, 0 },
	{ "nproc", RLIMIT_NPROC, COUNT, 0 },
	{ "rss", RLIMIT_RSS, BYTES, 0 },
	{ "rtprio", RLIMIT_RTPRIO, COUNT, 99 },
	{ "rttime", RLIMIT_RTTIME, MICROSECONDS, 0 },
	{ "sigpending", RLIMIT_SIGPENDING, COUNT, 0 },
	{ "stack", RLIMIT_STACK, BYTES, 0 },
};

#define N_KINDS (sizeof kinds / sizeof *kinds)

static const char *const forms[] = {
	[BYTES] = "bytes, or with K, M, G or T behind them; unlimited",
	[COUNT] = "a number; unlimited",
	[SECONDS] = "500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds); unlimited",
	[MICROSECONDS] = "500us, 20ms, 2s, 1.5 (seconds); unlimited",
};

/* Room for a name that is looked at; longer ones are none. */
#define NAME_SIZE 16

static const struct kind *find_kind(const char *name, size_t length)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, name, length) == 0)
			return &kinds[i];
	return NULL;
}

const char *limit_name(int resource)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].resource == resource)
			return kinds[i].name;
	return NULL;
}

static const char *nearest_name(const char *name, size_t length)
{
	const char *nearest = NULL;
	char word[NAME_SIZE];

	if (length >= sizeof word)
		return NULL;
	memcpy(word, name, length);
	word[length] = '\0';
	for (size_t i = 0; i < N_KINDS; i++)
		if (text_is_near(word, kinds[i].name) &&
			(!nearest ||
				text_distance(word, kinds[i].name) < text_distance(word, nearest)))
			nearest = kinds[i].name;
	return nearest;
}

static int unknown(const char *name, size_t length, struct text *problem)
{
	const char *nearest = nearest_name(name, length);

	text_format(problem, "'%.*s' is no limit", (int)length, name);
	if (nearest)
		text_format(problem, "; did you mean %s?", nearest);
	text_string(problem, " (accepted:");
	for (size_t i = 0; i < N_KINDS; i++)
		text_format(problem, " %s", kinds[i].name);
	text_string(problem, ")");
	return -EINVAL;
}

static int read_number(const char *text, enum unit unit, uint64_t *ret)
{
	static const char suffixes[] = "KMGT";
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (errno == ERANGE)
		return -EINVAL;
	if (unit == BYTES && *end != '\0') {
		char letter = *end >= 'a' && *end <= 'z' ? (char)(*end - 'a' + 'A') : *end;
		const char *suffix = strchr(suffixes, letter);
		unsigned int shift = suffix ? 10 * (unsigned int)(suffix - suffixes + 1) : 0;
		if (!suffix || number > UINT64_MAX >> shift)
			return -EINVAL;
		number <<= shift;
		end++;
	}
	/* The largest number means unlimited for the kernel: that shall be said in words. */
	if (*end != '\0' || number == LIMIT_UNLIMITED)
		return -EINVAL;
	*ret = number;
	return 0;
}

/* Rounded up: a limit that is not nothing shall not become nothing. */
static int read_time(const char *text, brood_duration unit, uint64_t *ret)
{
	brood_duration duration = 0;

	if (duration_parse(text, &duration) < 0 || duration < 0)
		return -EINVAL;
	*ret = (uint64_t)(duration / unit + (duration % unit > 0));
	return 0;
}

static int read_value(const struct kind *kind, const char *text, uint64_t *ret)
{
	if (strcmp(text, "unlimited") == 0) {
		*ret = LIMIT_UNLIMITED;
		return 0;
	}
	if (kind->unit == SECONDS)
		return read_time(text, BROOD_SECOND, ret);
	if (kind->unit == MICROSECONDS)
		return read_time(text, BROOD_MICROSECOND, ret);
	int r = read_number(text, kind->unit, ret);
	return r == 0 && kind->most > 0 && *ret > kind->most ? -EINVAL : r;
}

/* SOFT, SOFT:HARD, SOFT: or :HARD */
static int read_values(const struct kind *kind, char *value, struct limit *limit)
{
	char *colon = strchr(value, ':');
	int r = 0;

	if (colon)
		*colon++ = '\0';
	limit->has_soft = value[0] != '\0';
	limit->has_hard = !colon || colon[0] != '\0';
	if (!limit->has_soft && (!colon || !limit->has_hard))
		return -EINVAL;
	if (limit->has_soft)
		r = read_value(kind, value, &limit->soft);
	if (r == 0 && limit->has_hard)
		r = read_value(kind, colon ? colon : value, &limit->hard);
	return r;
}

int limit_parse(const char *text, struct limit *ret_limit, struct text *problem)
{
	const char *equals = strchr(text, '=');
	size_t length = equals ? (size_t)(equals - text) : strlen(text);
	const struct kind *kind = find_kind(text, length);
	char value[64];

	*ret_limit = (struct limit){ 0 };
	if (!kind)
		return unknown(text, length, problem);
	ret_limit->resource = kind->resource;
	if (!equals) {
		text_format(problem, "%s has no value (accepted: %s=VALUE or %s=SOFT:HARD; %s)",
			kind->name, kind->name, kind->name, forms[kind->unit]);
		return -EINVAL;
	}
	bool fits = strlen(equals + 1) < sizeof value;
	if (fits)
		memcpy(value, equals + 1, strlen(equals + 1) + 1);
	if (!fits || read_values(kind, value, ret_limit) < 0) {
		text_format(problem, "'%s' is no value for %s (accepted: %s", equals + 1,
			kind->name, forms[kind->unit]);
		if (kind->most > 0)
			text_format(problem, "; at most %llu", (unsigned long long)kind->most);
		text_string(problem, "; SOFT:HARD)");
		return -EINVAL;
	}
	if (ret_limit->has_soft && ret_limit->has_hard && ret_limit->soft > ret_limit->hard) {
		text_format(problem, "'%s': the soft limit is above the hard one", text);
		return -EINVAL;
	}
	return 0;
}

#define ALL_BITS 0777u

int limit_parse_umask(const char *text, unsigned int now, unsigned int *ret_mask)
{
	unsigned int mask = 0;

	if (text[0] < '0' || text[0] > '9')
		return file_mask_parse_symbolic(text, now, ret_mask);
	for (; *text; text++) {
		if (*text < '0' || *text > '7' || mask > ALL_BITS >> 3)
			return -EINVAL;
		mask = mask << 3 | (unsigned int)(*text - '0');
	}
	*ret_mask = mask;
	return 0;
}
