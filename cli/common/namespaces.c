/* SPDX-License-Identifier: MIT */
#include "common/namespaces.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>

static const struct {
	const char *name;
	uint64_t flag;
} kinds[] = {
	{ "user", CLONE_NEWUSER },
	{ "mount", CLONE_NEWNS },
	{ "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },
	{ "cgroup", CLONE_NEWCGROUP },
	{ "time", NAMESPACE_TIME },
};

#define N_KINDS (sizeof kinds / sizeof *kinds)

const char *namespace_name(uint64_t flag)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].flag == flag)
			return kinds[i].name;
	return NULL;
}

static uint64_t find_flag(const char *name, size_t length)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, name, length) == 0)
			return kinds[i].flag;
	return 0;
}

int namespaces_parse(const char *list, uint64_t *ret_flags, struct text *problem)
{
	uint64_t flags = 0;

	for (;;) {
		size_t length = strcspn(list, ",");
		uint64_t flag = find_flag(list, length);
		if (flag == 0) {
			text_format(problem,
				"'%.*s' is no namespace (accepted: " NAMESPACES_FORMS ")",
				(int)length, list);
			return -EINVAL;
		}
		flags |= flag;
		if (list[length] == '\0')
			break;
		list += length + 1;
	}
	*ret_flags = flags;
	return 0;
}

static bool read_number(const char **text, uint32_t *ret_number)
{
	uint64_t number = 0;

	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		number = number * 10 + (uint64_t)(**text - '0');
		if (number > UINT32_MAX)
			return false;
	}
	*ret_number = (uint32_t)number;
	return true;
}

/* Neither may reach the id that is none. */
static bool fits(uint32_t first, uint32_t count)
{
	return count > 0 && (uint64_t)first + count <= UINT32_MAX;
}

static bool meet(uint32_t a, uint32_t n_a, uint32_t b, uint32_t n_b)
{
	return a < (uint64_t)b + n_b && b < (uint64_t)a + n_a;
}

static bool read_map(const char **text, struct brood_id_map *map)
{
	*map = (struct brood_id_map){ .count = 1 };
	if (!read_number(text, &map->inside) || *(*text)++ != ':' ||
		!read_number(text, &map->outside))
		return false;
	if (**text == ':') {
		(*text)++;
		if (!read_number(text, &map->count))
			return false;
	}
	return fits(map->inside, map->count) && fits(map->outside, map->count);
}

int namespaces_parse_map(
	const char *text, struct brood_id_map maps[NAMESPACES_MOST_MAPS], size_t *n)
{
	for (;;) {
		struct brood_id_map map;
		if (*n == NAMESPACES_MOST_MAPS || !read_map(&text, &map))
			return -EINVAL;
		for (size_t i = 0; i < *n; i++)
			if (meet(map.inside, map.count, maps[i].inside, maps[i].count) ||
				meet(map.outside, map.count, maps[i].outside, maps[i].count))
				return -EINVAL;
		maps[(*n)++] = map;
		if (*text == '\0')
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}
