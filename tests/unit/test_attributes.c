/* SPDX-License-Identifier: MIT */
/* The checks of attributes, over all that their fields can say, beside a model; and their texts. */

#include "job/attributes.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EVERY(list) (sizeof(list) / sizeof *(list))

static int check(const struct brood_cmd *cmd, const char **ret_subject)
{
	static struct brood_error error;
	struct brood__attributes attributes;
	error = (struct brood_error)BROOD_ERROR_INIT;
	int r = brood__check_attributes(&attributes, cmd, &error);
	*ret_subject = r < 0 ? error.subject : "";
	if (r < 0)
		assert_int_equal(error.step, BROOD_STEP_CONFIG);
	return r;
}

static void expect(const struct brood_cmd *cmd, int code, const char *subject)
{
	const char *got;
	int r = check(cmd, &got);
	if (r != code || strcmp(got, subject) != 0)
		fail_msg("%d %s instead of %d %s", r, got, code, subject);
}

static const uint32_t ids[] = { 0, 1, 65534, UINT32_MAX - 1, UINT32_MAX };

static void credentials_of_every_kind(void **state)
{
	(void)state;
	static const gid_t good[] = { 0, UINT32_MAX - 1 };
	static const gid_t bad[] = { 0, UINT32_MAX };
	static const gid_t *const groups[] = { NULL, good, bad };
	static const mode_t masks[] = { 0, 0777, 01000, (mode_t)-1 };
	for (unsigned int i = 0; i < 16 * 5 * 5 * 3 * 4; i++) {
		struct brood_credentials c = { .size = sizeof c,
			.flags = i % 16,
			.uid = ids[i / 16 % 5],
			.gid = ids[i / 80 % 5],
			.groups = groups[i / 400 % 3],
			.n_groups = 2,
			.umask = masks[i / 1200] };
		struct brood_cmd cmd = BROOD_CMD(.credentials = &c);
		if (c.flags & BROOD_SET_UMASK && c.umask > 0777)
			expect(&cmd, -EINVAL, "cmd.credentials.umask");
		else if (c.flags & BROOD_SET_UID && c.uid == UINT32_MAX)
			expect(&cmd, -EINVAL, "cmd.credentials.uid");
		else if (c.flags & BROOD_SET_GID && c.gid == UINT32_MAX)
			expect(&cmd, -EINVAL, "cmd.credentials.gid");
		else if (c.flags & BROOD_SET_GROUPS && c.groups != good)
			expect(&cmd, -EINVAL, "cmd.credentials.groups");
		else
			expect(&cmd, 0, "");
	}
}

static void schedulers_of_every_kind(void **state)
{
	(void)state;
	for (int policy = -2; policy < 70; policy++) {
		for (int priority = -2; priority < 103; priority++) {
			struct brood_limits l = { .size = sizeof l,
				.flags = BROOD_SET_SCHEDULER,
				.scheduler = policy,
				.scheduler_priority = priority };
			struct brood_cmd cmd = BROOD_CMD(.limits = &l);
			bool is_real = policy == SCHED_FIFO || policy == SCHED_RR;
			bool is_plain = policy == SCHED_OTHER || policy == SCHED_BATCH ||
					policy == SCHED_IDLE;
			bool fits = (is_real && priority >= 1 && priority <= 99) ||
				    (is_plain && priority == 0);
			expect(&cmd, fits ? 0 : -EINVAL, fits ? "" : "cmd.limits.scheduler");
			l.flags = 0;
			expect(&cmd, 0, "");
		}
	}
}

static void numbers_of_every_size(void **state)
{
	(void)state;
	for (int n = -70000; n <= 70000; n++) {
		struct brood_limits l = { .size = sizeof l };
		struct brood_cmd cmd = BROOD_CMD(.limits = &l);
		l.io_priority = l.oom_score_adj = l.nice = n;
		l.flags = BROOD_SET_IO_PRIORITY;
		bool fits = n >= 0 && n <= 0xffff;
		expect(&cmd, fits ? 0 : -EINVAL, fits ? "" : "cmd.limits.io_priority");
		l.flags = BROOD_SET_OOM_SCORE;
		fits = n >= -1000 && n <= 1000;
		expect(&cmd, fits ? 0 : -EINVAL, fits ? "" : "cmd.limits.oom_score_adj");
		l.flags = BROOD_SET_NICE;
		fits = n >= -20 && n <= 19;
		expect(&cmd, fits ? 0 : -EINVAL, fits ? "" : "cmd.limits.nice");
	}
}

static void masks_of_every_size(void **state)
{
	(void)state;
	static unsigned char mask[9000];
	for (size_t bit = 0; bit < sizeof mask * 8; bit += 37) {
		mask[bit / 8] = (unsigned char)(1 << bit % 8);
		for (size_t size = bit / 8; size <= bit / 8 + 1; size++) {
			struct brood_limits l = { .size = sizeof l,
				.affinity = (const unsigned long *)(const void *)mask,
				.affinity_size = size };
			struct brood_cmd cmd = BROOD_CMD(.limits = &l);
			bool fits = size > bit / 8 && size <= 8192;
			expect(&cmd, fits ? 0 : -EINVAL, fits ? "" : "cmd.limits.affinity");
		}
		mask[bit / 8] = 0;
	}
}

/* Which numbers the child has, over all pairs of maps and kinds of streams. */
static void terminals_of_every_number(void **state)
{
	(void)state;
	for (int n = 0; n < 8 * 7 * 2 * 6; n++) {
		struct brood_session s = {
			.size = sizeof s, .flags = BROOD_SET_CTTY, .controlling_fd = n / 16 % 7 - 1
		};
		struct brood_fd_map fds[] = { { n & 1 ? 9 : -1, 3 }, { n & 2 ? 9 : -1, 5 } };
		struct brood_cmd cmd = BROOD_CMD(.session = &s, .fds = fds, .n_fds = 2,
			.in = brood_fd(n & 4 ? 9 : -1), .flags = n & 8 ? BROOD_KEEP_FDS : 0);
		int fd = s.controlling_fd;
		bool has = fd == 0   ? n & 4
			   : fd < 0  ? false
			   : fd < 3  ? true
			   : n & 8   ? true
			   : fd == 3 ? n & 1
			   : fd == 5 ? n & 2
				     : false;
		expect(&cmd, has ? 0 : -EINVAL, has ? "" : "cmd.session.controlling_fd");
	}
}

static void flags_of_every_struct(void **state)
{
	(void)state;
	for (unsigned int flags = 0; flags < 64; flags++) {
		struct brood_session s = { .size = sizeof s, .flags = flags };
		struct brood_cmd cmd = BROOD_CMD(.session = &s);
		bool both = (flags & 3) == 3;
		expect(&cmd, flags > 7 || both ? BROOD_EMISUSE : 0,
			flags > 7 || both ? "cmd.session.flags" : "");
		struct brood_sandbox b = { .size = sizeof b, .flags = flags };
		cmd = (struct brood_cmd)BROOD_CMD(.sandbox = &b);
		/* Groups are allowed in maps alone. */
		bool is_wrong = flags > 15 || flags & BROOD_ALLOW_SETGROUPS;
		expect(&cmd, is_wrong ? BROOD_EMISUSE : 0, is_wrong ? "cmd.sandbox.flags" : "");
	}
}

static void sets_of_capabilities(void **state)
{
	(void)state;
	static const uint64_t sets[] = { 0, 1, 2, 3, UINT64_C(1) << 63, UINT64_MAX };
	for (unsigned int i = 0; i < 2 * 6 * 6; i++) {
		struct brood_sandbox b = { .size = sizeof b,
			.flags = i % 2 ? BROOD_SET_CAPABILITIES : 0,
			.capabilities = sets[i / 2 % 6],
			.ambient = sets[i / 12] };
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &b);
		if (b.capabilities && !b.flags)
			expect(&cmd, BROOD_EMISUSE, "cmd.sandbox.capabilities");
		else if (b.flags && b.ambient & ~b.capabilities)
			expect(&cmd, -EINVAL, "cmd.sandbox.ambient");
		else
			expect(&cmd, 0, "");
	}
}

static void lines_of_maps(void **state)
{
	(void)state;
	static const uint32_t counts[] = { 0, 1, 2, UINT32_MAX - 1, UINT32_MAX };
	for (unsigned int i = 0; i < 5 * 5 * 5; i++) {
		const struct brood_id_map map = { ids[i % 5], ids[i / 5 % 5], counts[i / 25] };
		struct brood_sandbox b = { .size = sizeof b,
			.clone_flags = BROOD__CLONE_NEWUSER,
			.uid_maps = &map,
			.n_uid_maps = 1 };
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &b);
		uint64_t last_inside = (uint64_t)map.inside + map.count;
		uint64_t last_outside = (uint64_t)map.outside + map.count;
		bool fits = map.count > 0 && last_inside <= UINT32_MAX &&
			    last_outside <= UINT32_MAX;
		expect(&cmd, fits ? 0 : -EINVAL, fits ? "" : "cmd.sandbox.uid_maps");
		char wanted[64];
		char text[64];
		int length = snprintf(
			wanted, sizeof wanted, "%u %u %u\n", map.inside, map.outside, map.count);
		assert_int_equal(brood__maps_text(NULL, &map, 1), length);
		assert_int_equal(brood__maps_text(text, &map, 1), length);
		assert_memory_equal(text, wanted, (size_t)length);
	}
}

static void jobs_of_every_kind(void **state)
{
	(void)state;
	static const uint64_t flags[] = { 0, BROOD_NEW_GROUP, BROOD_NEW_SESSION, BROOD_KILL_TREE,
		BROOD_KILL_TREE | BROOD_NEW_SESSION };
	for (unsigned int i = 0; i < 8 * 5 * 5 * 4; i++) {
		struct brood__attributes a = { .session.flags = i % 8 };
		struct brood_options options = BROOD_OPTIONS(.flags = flags[i / 8 % 5],
			.tree = (int)(i / 40 % 5));
		unsigned int what = i / 200;
		a.limits.cgroup_path = what == 1 ? "/x" : NULL;
		a.limits.flags = what == 2 ? BROOD_SET_CGROUP_FD : 0;
		a.sandbox.clone_flags = what == 3 ? BROOD__CLONE_NEWUSER : 0;
		struct brood_error error = BROOD_ERROR_INIT;
		int r = brood__check_attributes_of_job(&a, &options, &error);
		bool is_leader = options.flags & BROOD_NEW_SESSION;
		bool has_guard = options.flags & BROOD_KILL_TREE &&
				 options.tree != BROOD_TREE_GROUP;
		int wanted = a.session.flags & BROOD_SET_CTTY && !is_leader  ? -EPERM
			     : a.session.flags & BROOD_TRACEME && has_guard  ? BROOD_EMISUSE
			     : what == 3 && options.tree == BROOD_TREE_PIDNS ? BROOD_EMISUSE
			     : (what == 1 || what == 2) && options.tree == BROOD_TREE_CGROUP
				     ? BROOD_EMISUSE
				     : 0;
		assert_int_equal(r, wanted);
		assert_int_equal(brood__check_attributes_alone(&a, &error),
			a.session.flags & BROOD_TRACEME ? BROOD_EMISUSE : 0);
	}
}

/* Every subject has a name, but for the step itself. */
static void subjects_have_names(void **state)
{
	(void)state;
	const struct brood__attributes attributes = {
		.credentials = { .uid = 7, .gid = 8 },
		.limits.cgroup_path = "/group",
		.sandbox.root = "/root",
	};
	for (int subject = 1; subject < BROOD__SUBJECTS; subject++) {
		char text[BROOD__SUBJECT_SIZE];
		const struct brood__report report = {
			.subject = subject, .number = 2, .fd = 3, .step = BROOD_STEP_LIMITS
		};
		const char *name = brood__attributes_subject(&report, &attributes, text);
		assert_non_null(name);
		assert_true(name[0] != 0);
	}
	const struct brood__report none = { .subject = 0, .step = BROOD_STEP_SESSION };
	assert_null(brood__attributes_subject(&none, &attributes, NULL));
	const struct brood__report odd = { .subject = 9999, .step = BROOD_STEP_SESSION };
	assert_null(brood__attributes_subject(&odd, &attributes, NULL));
	assert_true(brood__attributes_is_subject("uid_map"));
	assert_true(brood__attributes_is_subject("descriptor 3"));
	assert_false(brood__attributes_is_subject("make"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_of_every_kind),
		cmocka_unit_test(schedulers_of_every_kind),
		cmocka_unit_test(numbers_of_every_size),
		cmocka_unit_test(masks_of_every_size),
		cmocka_unit_test(terminals_of_every_number),
		cmocka_unit_test(flags_of_every_struct),
		cmocka_unit_test(sets_of_capabilities),
		cmocka_unit_test(lines_of_maps),
		cmocka_unit_test(jobs_of_every_kind),
		cmocka_unit_test(subjects_have_names),
	};
	return cmocka_run_group_tests_name("attributes", tests, NULL, NULL);
}
