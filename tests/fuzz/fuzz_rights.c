/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what decides who a command is and what it may do. The first byte says as what: the
 * texts of /etc/passwd and /etc/group, lists of capabilities, processors, namespaces and ids, the
 * files of /proc about control groups, a profile of system calls. What was accepted is within what
 * there can be; what was refused has changed nothing.
 */

#include "target.h"

#include "common/accounts.h"
#include "common/capabilities.h"
#include "common/namespaces.h"
#include "common/scheduling.h"
#include "common/seccomp.h"
#include "run/control_place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LAST  40
#define ROOM  8
#define KINDS 5

static bool is_within(const char *at, size_t length, const char *text, size_t size)
{
	return at >= text && at <= text + size && length <= (size_t)(text + size - at);
}

static void try_accounts(const char *text, size_t size)
{
	static const char *const names[] = { "", "a", "app", "root" };
	struct account account;
	uint32_t gids[ROOM], gid = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (accounts_find_name(text, size, names[i], &account)) {
			CHECK(account.name_length == strlen(names[i]) && account.name_length > 0);
			CHECK(is_within(account.name, account.name_length, text, size));
			CHECK(is_within(account.home, account.home_length, text, size));
			CHECK(account.uid != ACCOUNTS_NO_ID && account.gid != ACCOUNTS_NO_ID);
			CHECK(!memchr(account.home, '\n', account.home_length));
			uint32_t uid = account.uid;
			CHECK(accounts_find_uid(text, size, uid, &account) && account.uid == uid);
		}
		if (accounts_find_group(text, size, names[i], &gid))
			CHECK(gid != ACCOUNTS_NO_ID);
		size_t n = accounts_groups_of(
			text, size, names[i], strlen(names[i]), 7, gids, ROOM);
		CHECK(n >= 1 && gids[0] == 7);
		for (size_t j = 1; j < n && j < ROOM; j++)
			CHECK(gids[j] != 7 && gids[j] != ACCOUNTS_NO_ID);
	}
}

static void try_lists(const char *text)
{
	struct capabilities capabilities = { .added = 7 };
	struct text problem = { 0 };
	struct brood_id_map maps[NAMESPACES_MOST_MAPS];
	unsigned long cpus[SCHEDULING_CPU_WORDS];
	int32_t a = 77, b = 77;
	size_t size = 77, n = 0;
	uint64_t flags = 77;

	if (capabilities_parse(text, LAST, &capabilities, &problem) == 0) {
		uint64_t bounding = capabilities_bounding(&capabilities, LAST, 0);
		CHECK(!(bounding >> (LAST + 1)) && !(capabilities.added & capabilities.removed));
		CHECK(!(capabilities_ambient(&capabilities, LAST) & ~bounding));
	} else {
		CHECK(capabilities.added == 7 && problem.length > 0);
	}
	CHECK(namespaces_parse(text, &flags, &problem) == 0 ? flags != 0 : flags == 77);
	text_done(&problem);
	if (namespaces_parse_map(text, maps, &n) == 0)
		CHECK(n > 0 && n <= NAMESPACES_MOST_MAPS && maps[0].count > 0);
	if (scheduling_parse_cpus(text, cpus, &size) == 0)
		CHECK(size > 0 && size <= sizeof cpus && size % sizeof *cpus == 0 &&
			cpus[size / sizeof *cpus - 1] != 0);
	else
		CHECK(size == 77);
	CHECK(scheduling_parse_io(text, &a) == 0 || a == 77);
	CHECK(scheduling_parse_policy(text, &a, &b) == 0 ? b >= 0 && b <= 99 : b == 77);
	CHECK(scheduling_parse_oom(text, &b) < 0 || (b >= -1000 && b <= 1000));
}

/* Mounts, a NUL, groups. */
static void try_places(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);
	const char *groups = end ? end + 1 : text;
	char path[PATH_MAX];

	if (control_place_v2(text, groups, path))
		CHECK(strlen(path) < PATH_MAX);
	if (control_place_v1(text, groups, "memory", path))
		CHECK(strlen(path) < PATH_MAX);
	control_number(text, "oom");
	control_has_word(text, "memory");
}

static void try_profile(const char *text, size_t size)
{
	const struct seccomp_facts facts = { .kernel = 6, .patch = 1 };
	struct seccomp_filter filter = { 0 };
	struct text problem = { 0 };
	int r = seccomp_compile(text, size, &facts, &filter, &problem);

	if (r == 0)
		CHECK(filter.instructions && filter.length > 0 && problem.length == 0);
	else
		CHECK(!filter.instructions && (r == -ENOSYS || problem.length > 0));
	free(filter.instructions);
	text_done(&problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	char *text = malloc(size);
	CHECK(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % KINDS) {
	case 0:
		try_accounts(text, size - 1);
		break;
	case 1:
	case 2:
		try_lists(text);
		break;
	case 3:
		try_places(text, size - 1);
		break;
	default:
		try_profile(text, size - 1);
		break;
	}
	free(text);
	return 0;
}
