/* SPDX-License-Identifier: MIT */
/* The layout: struct head in little-endian, then dir, argv and env, each with a NUL behind it. */
#include "mailbox/payload.h"

#include "common/memory.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "brdcmd1\n";

struct head {
	char magic[8];
	uint32_t n_argv;
	uint32_t n_env;
	uint64_t timeout;
	uint64_t kill_after;
};

static uint32_t count(char *const *list)
{
	uint32_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static void add_words(struct text *text, char *const *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		text_add(text, list[i], strlen(list[i]) + 1);
}

void payload_encode(struct text *text, const struct payload *payload)
{
	uint32_t n_argv = count(payload->argv), n_env = count(payload->env);
	struct head head = {
		.n_argv = htole32(n_argv),
		.n_env = htole32(n_env),
		.timeout = htole64((uint64_t)payload->timeout),
		.kill_after = htole64((uint64_t)payload->kill_after),
	};

	memcpy(head.magic, magic, sizeof magic);
	text_add(text, &head, sizeof head);
	text_add(text, payload->dir, strlen(payload->dir) + 1);
	add_words(text, payload->argv, n_argv);
	add_words(text, payload->env, n_env);
}

/* The next n strings of [*at, end), as a list; NULL: there are not that many. */
static char **take_words(char **lists, uint32_t n, char **at, const char *end)
{
	for (uint32_t i = 0; i < n; i++) {
		char *nul = memchr(*at, '\0', (size_t)(end - *at));
		if (!nul)
			return NULL;
		lists[i] = *at;
		*at = nul + 1;
	}
	lists[n] = NULL;
	return lists;
}

int payload_decode(struct payload *payload, const void *bytes, size_t length)
{
	struct head head;

	*payload = (struct payload){ 0 };
	if (length < sizeof head)
		return -EINVAL;
	memcpy(&head, bytes, sizeof head);
	uint32_t n_argv = le32toh(head.n_argv), n_env = le32toh(head.n_env);
	size_t rest = length - sizeof head;
	/* Each word takes a byte at least: no claim is larger than what is there. */
	if (memcmp(head.magic, magic, sizeof magic) != 0 || n_argv == 0 ||
		n_argv > PAYLOAD_MOST_WORDS || n_env > PAYLOAD_MOST_WORDS ||
		(size_t)n_argv + n_env + 1 > rest)
		return -EINVAL;

	size_t n_pointers = (size_t)n_argv + n_env + 3;
	char **lists = memory_get(n_pointers * sizeof *lists + rest);
	char *at = (char *)(lists + n_pointers), *end = at + rest;
	memcpy(at, (const char *)bytes + sizeof head, rest);
	char *dir[2];
	payload->memory = lists;
	payload->timeout = (brood_duration)le64toh(head.timeout);
	payload->kill_after = (brood_duration)le64toh(head.kill_after);
	if (take_words(dir, 1, &at, end)) {
		payload->dir = dir[0];
		payload->argv = take_words(lists, n_argv, &at, end);
		if (payload->argv)
			payload->env = take_words(lists + n_argv + 1, n_env, &at, end);
	}
	if (payload->env && at == end && payload->timeout >= 0 && payload->kill_after >= 0)
		return 0;
	payload_done(payload);
	return -EINVAL;
}

void payload_done(struct payload *payload)
{
	free(payload->memory);
	*payload = (struct payload){ 0 };
}
