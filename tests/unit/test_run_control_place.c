/* SPDX-License-Identifier: MIT */
/* Where our control groups are. */
#include "run/control_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* As systemd mounts it. */
static const char unified[] =
	"22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
	"30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
static const char unified_groups[] = "0::/user.slice/user-1000.slice/session-1.scope\n";

static const char hybrid[] =
	"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	"33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	"34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
	"35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
static const char hybrid_groups[] = "9:name=systemd:/init.scope\n"
				    "4:memory:/job\n"
				    "1:cpu,cpuacct:/\n"
				    "0::/init.scope\n";

/* In a container without a namespace for groups: the mount shows only what is below. */
static const char inner[] =
	"40 22 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
	"41 22 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";

static void our_group_of_version_2_is_found(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_true(control_place_v2(unified, unified_groups, path));
	assert_string_equal(path, "/sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope");
	assert_true(control_place_v2(unified, "0::/\n", path));
	assert_string_equal(path, "/sys/fs/cgroup");
	assert_true(control_place_v2(hybrid, hybrid_groups, path));
	assert_string_equal(path, "/sys/fs/cgroup/unified/init.scope");
	assert_true(control_place_v2(inner, "0::/docker/abc/x\n", path));
	assert_string_equal(path, "/sys/fs/cgroup/x");
	assert_true(control_place_v2(inner, "0::/docker/abc\n", path));
	assert_string_equal(path, "/sys/fs/cgroup");
}

static void what_cannot_be_seen_is_not_there(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_false(control_place_v2(inner, "0::/docker/abcd\n", path));
	assert_false(control_place_v2(inner, "0::/other\n", path));
	assert_false(control_place_v2(unified, "0::/../x\n", path));
	assert_false(control_place_v2(unified, "1:name=systemd:/\n", path));
	assert_false(control_place_v2(unified, "", path));
	assert_false(control_place_v2("", unified_groups, path));
	assert_false(control_place_v2("garbage\n- - - - -\n", unified_groups, path));
	assert_false(control_place_v1(unified, unified_groups, "memory", path));
	assert_false(control_place_v1(hybrid, hybrid_groups, "pids", path));
	assert_false(control_place_v1(hybrid, hybrid_groups, "", path));
	assert_false(control_place_v1(hybrid, hybrid_groups, "mem", path));
}

static void each_controller_of_version_1_has_its_place(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_true(control_place_v1(hybrid, hybrid_groups, "memory", path));
	assert_string_equal(path, "/sys/fs/cgroup/memory/job");
	assert_true(control_place_v1(hybrid, hybrid_groups, "cpuacct", path));
	assert_string_equal(path, "/sys/fs/cgroup/cpu,cpuacct");
	assert_true(control_place_v1(inner, "4:memory:/docker/abc/y\n", "memory", path));
	assert_string_equal(path, "/sys/fs/cgroup/memory/y");
}

static void a_mount_point_may_hold_a_blank(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_true(control_place_v2(
		"30 22 0:26 / /a\\040b\\134c rw - cgroup2 cgroup2 rw\n", "0::/x\n", path));
	assert_string_equal(path, "/a b\\c/x");
}

static void optional_fields_are_passed_over(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_true(control_place_v2("30 22 0:26 / /g rw shared:1 master:2 propagate_from:3 - "
				     "cgroup2 cgroup2 rw\n",
		"0::/x\n", path));
	assert_string_equal(path, "/g/x");
}

static void nothing_behind_the_end_is_read(void **state)
{
	const char *const texts[] = { unified, hybrid, inner };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t length = 0; length <= strlen(texts[i]); length++) {
			char *copy = strndup(texts[i], length), path[PATH_MAX];
			control_place_v2(copy, hybrid_groups, path);
			control_place_v1(copy, hybrid_groups, "memory", path);
			control_place_v1(hybrid, copy, "memory", path);
			free(copy);
		}
}

static void a_path_that_is_too_long_is_none(void **state)
{
	static char groups[PATH_MAX + 64];
	char path[PATH_MAX];

	(void)state;
	memset(groups, 'x', sizeof groups - 1);
	memcpy(groups, "0::/", 4);
	assert_false(control_place_v2(unified, groups, path));
}

static void words_and_numbers_are_whole_ones(void **state)
{
	(void)state;
	assert_true(control_has_word("cpuset cpu io memory pids\n", "memory"));
	assert_true(control_has_word("memory", "memory"));
	assert_true(control_has_word("rw,memory", "memory"));
	assert_false(control_has_word("cpuset cpu\n", "cp"));
	assert_false(control_has_word("memory.x", "memory"));
	assert_false(control_has_word("", "memory"));
	assert_int_equal(control_number("low 1\noom 2\noom_kill 3\n", "oom"), 2);
	assert_int_equal(control_number("low 1\noom 2\noom_kill 3\n", "oom_kill"), 3);
	assert_int_equal(control_number("oom_kill_disable 0\noom_kill 7", "oom_kill"), 7);
	assert_int_equal(control_number("", "oom"), 0);
	assert_int_equal(control_number("xoom 1\n", "oom"), 0);
}

static char root[] = "/tmp/brood-control-XXXXXX";

static void put(const char *group, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s%s", root, group);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s%s/%s", root, group, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const char *parent_of(const char *group)
{
	static char parent[PATH_MAX];
	char own[PATH_MAX];

	snprintf(own, sizeof own, "%s%s", root, group);
	if (!control_parent_v2(own, "memory", parent))
		return NULL;
	assert_memory_equal(parent, root, strlen(root));
	return parent + strlen(root);
}

/* What follows is a tree of plain files that looks like one of the kernel's. */
static void a_group_is_made_below_ours_or_beside_it(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	put("", "cgroup.procs", "");
	put("", "cgroup.subtree_control", "cpu memory pids\n");
	put("/a", "cgroup.procs", "1\n");
	put("/a", "cgroup.subtree_control", "");
	/* The topmost one may have both, processes and groups with controllers. */
	assert_string_equal(parent_of(""), "");
	/* Ours has processes and hands nothing on. */
	assert_string_equal(parent_of("/a"), "");
	put("/a", "cgroup.subtree_control", "cpu memory\n");
	assert_string_equal(parent_of("/a"), "/a");
	/* Not two levels above. */
	put("/a", "cgroup.subtree_control", "cpu\n");
	put("/a/b", "cgroup.procs", "1\n");
	put("/a/b", "cgroup.subtree_control", "");
	assert_null(parent_of("/a/b"));
	put("", "cgroup.subtree_control", "cpu pids memory_x\n");
	assert_null(parent_of("/a"));
}

/* What is said of a group, or of "" for none, behind the path of the tree. */
static const char *why_not(const char *own_v2, const char *own_v1)
{
	static char words[CONTROL_WORDS];
	char v2[PATH_MAX], v1[PATH_MAX];

	snprintf(v2, sizeof v2, "%s%s", root, own_v2);
	snprintf(v1, sizeof v1, "%s%s", root, own_v1);
	control_why_not(own_v2[0] ? v2 : NULL, own_v1[0] ? v1 : NULL, "memory", words);
	size_t length = strlen(root);
	return strncmp(words, root, length) == 0 ? words + length : words;
}

static void the_file_that_is_in_the_way_is_named(void **state)
{
	(void)state;
	assert_string_equal(why_not("", ""), "no cgroup v2 or v1 has it");
	assert_string_equal(why_not("/a/b", ""), "/a/b/cgroup.controllers does not have it");
	put("/a/b", "cgroup.controllers", "cpu memory_x\n");
	assert_string_equal(why_not("/a/b", ""), "/a/b/cgroup.controllers does not have it");
	put("/a/b", "cgroup.controllers", "cpu memory\n");
	/* The one above is as open as it can be, and hands it on as little. */
	assert_string_equal(why_not("/a/b", ""), "/a/b/cgroup.subtree_control does not have it");
	assert_string_equal(why_not("/a/b", "/missing"), "/missing: No such file or directory");
}

static void expect_closed(void)
{
	/* Not /a, where it could not be made anyway. */
	assert_string_equal(why_not("/a", ""), ": Permission denied");
}

/* Which is what an ordinary user finds, as a rule. */
static void a_group_that_we_may_not_write_is_none(void **state)
{
	char path[PATH_MAX];

	(void)state;
	put("", "cgroup.subtree_control", "cpu memory pids\n");
	put("/a", "cgroup.controllers", "cpu memory pids\n");
	assert_string_equal(parent_of("/a"), "");
	if (geteuid() == 0) {
		/* What it may read and not write. */
		assert_int_equal(chmod(root, 0755), 0);
		assert_int_equal(setresuid(65534, 65534, 0), 0);
		assert_null(parent_of("/a"));
		expect_closed();
		assert_int_equal(setresuid(0, 0, 0), 0);
		return;
	}
	snprintf(path, sizeof path, "%s/cgroup.procs", root);
	assert_int_equal(chmod(path, 0444), 0);
	assert_null(parent_of("/a"));
	expect_closed();
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(root, 0555), 0);
	assert_null(parent_of("/a"));
	assert_int_equal(chmod(root, 0755), 0);
}

static int remove_tree(void **state)
{
	static const char *const names[] = { "/a/b/cgroup.procs", "/a/b/cgroup.subtree_control",
		"/a/b/cgroup.controllers", "/a/cgroup.controllers", "/a/cgroup.procs",
		"/a/cgroup.subtree_control", "/cgroup.procs", "/cgroup.subtree_control", "/a/b",
		"/a", "" };
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s%s", root, names[i]);
		remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_group_of_version_2_is_found),
		cmocka_unit_test(what_cannot_be_seen_is_not_there),
		cmocka_unit_test(each_controller_of_version_1_has_its_place),
		cmocka_unit_test(a_mount_point_may_hold_a_blank),
		cmocka_unit_test(optional_fields_are_passed_over),
		cmocka_unit_test(nothing_behind_the_end_is_read),
		cmocka_unit_test(a_path_that_is_too_long_is_none),
		cmocka_unit_test(words_and_numbers_are_whole_ones),
		cmocka_unit_test(a_group_is_made_below_ours_or_beside_it),
		cmocka_unit_test(the_file_that_is_in_the_way_is_named),
		cmocka_unit_test(a_group_that_we_may_not_write_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, remove_tree);
}
