/* SPDX-License-Identifier: MIT */
/* The child's namespaces, made by the clone or by itself, and the maps of those for users. */
#include "places.h"

#include <sched.h>
#include <sys/mount.h>

static struct brood_sandbox sandbox_of(uint64_t clone_flags, uint64_t unshare_flags)
{
	return (struct brood_sandbox){ .size = sizeof(struct brood_sandbox),
		.clone_flags = clone_flags,
		.unshare_flags = unshare_flags };
}

/* A time namespace is for clone3 alone. */
static bool can_clone(uint64_t flags)
{
	return !(flags & CLONE_NEWTIME && (denied("clone3") || denied("valgrind")));
}

static bool is_another(const struct rights *ours, const struct rights *theirs, const char *name)
{
	char word[32];
	snprintf(word, sizeof word, "ns %s", name);
	const char *own = right_at(ours->text, word);
	const char *other = right_at(theirs->text, word);
	return own && other && strcmp(own, other) != 0;
}

static void each_kind(bool by_clone)
{
	struct rights ours, theirs;
	int n = 0;
	our_rights(&ours);
	for (size_t i = 0; i < N_KINDS; i++) {
		uint64_t flags = kinds[i].flag;
		if (!can_make(flags) && can_make(flags | CLONE_NEWUSER))
			flags |= CLONE_NEWUSER;
		if (!can_make(flags) || (by_clone && !can_clone(flags)))
			continue;
		struct brood_sandbox sandbox = sandbox_of(
			by_clone ? flags : 0, by_clone ? 0 : flags);
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
		rights_of(&theirs, &cmd, NULL);
		for (size_t k = 0; k < N_KINDS; k++) {
			bool is_wanted = flags & kinds[k].flag && (by_clone || enters(k));
			if (is_another(&ours, &theirs, kinds[k].name) != is_wanted)
				complain(__FILE__, __LINE__, "%s with %s", kinds[k].name,
					kinds[i].name);
		}
		if (by_clone && flags & CLONE_NEWPID)
			check_right(&theirs, "pid", "1");
		rights_done(&theirs);
		n++;
	}
	rights_done(&ours);
	if (n == 0)
		skip_because("no namespaces can be made");
}

/* covers: ATT-NS.clone GE-12.cloneflags */
static void the_child_is_born_into_new_namespaces(void **state)
{
	(void)state;
	each_kind(true);
}

/* covers: ATT-NS.unshare GE-12.unshareflags */
static void the_child_makes_namespaces_itself(void **state)
{
	(void)state;
	each_kind(false);
}

/* covers: ATT-NS.clone GE-12.cloneflags */
static void all_of_them_at_once(void **state)
{
	(void)state;
	uint64_t flags = 0;
	for (size_t i = 0; i < N_KINDS; i++)
		flags |= kinds[i].flag;
	if (!can_make(flags) || !can_clone(flags))
		skip_because("not all namespaces can be made");
	struct rights ours, theirs;
	our_rights(&ours);
	for (int i = 0; i < 2; i++) {
		struct brood_sandbox sandbox = sandbox_of(i ? 0 : flags, i ? flags : 0);
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
		rights_of(&theirs, &cmd, NULL);
		for (size_t k = 0; k < N_KINDS; k++)
			check(is_another(&ours, &theirs, kinds[k].name) == (i == 0 || enters(k)));
		rights_done(&theirs);
	}
	rights_done(&ours);
}

static void expect_maps(const struct brood_sandbox *sandbox, const char *uids, const char *gids,
	const char *setgroups)
{
	struct brood_result result = BROOD_RESULT_INIT;
	char wanted[256];
	struct brood_cmd cmd =
		BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c",
				  "set -- $(cat /proc/self/uid_map) $(cat /proc/self/gid_map); "
				  "echo $*; cat /proc/self/setgroups; id -u; id -g"),
			.sandbox = sandbox);
	snprintf(wanted, sizeof wanted, "%s %s\n%s\n0\n0\n", uids, gids, setgroups);
	output_of(&cmd, NULL, &result);
	check_text(result.out.data, wanted);
	brood_result_done(&result);
}

/* covers: ATT-NS.maps GE-12.maps */
static void maps_are_written_by_us_or_by_the_child_itself(void **state)
{
	(void)state;
	char uids[64];
	char gids[64];
	struct brood_id_map uid = { 0, geteuid(), 1 };
	struct brood_id_map gid = { 0, getegid(), 1 };
	if (!can_make(CLONE_NEWUSER))
		skip_because("no user namespaces");
	snprintf(uids, sizeof uids, "0 %u 1", geteuid());
	snprintf(gids, sizeof gids, "0 %u 1", getegid());
	for (int i = 0; i < 2; i++) {
		struct brood_sandbox sandbox = sandbox_of(
			i ? 0 : CLONE_NEWUSER, i ? CLONE_NEWUSER : 0);
		sandbox.uid_maps = &uid;
		sandbox.n_uid_maps = 1;
		sandbox.gid_maps = &gid;
		sandbox.n_gid_maps = 1;
		expect_maps(&sandbox, uids, gids, "deny");
	}
}

/* covers: ATT-NS.maps GE-12.maps */
static void with_the_right_to_it_of_many_ids_and_with_groups(void **state)
{
	(void)state;
	if (!is_root() || !has_capability(7) || !can_make(CLONE_NEWUSER))
		skip_because("needs root and user namespaces");
	const struct brood_id_map maps[] = { { 0, 0, 1 }, { 1, 100000, 65535 },
		{ 70000, 200000, 3 } };
	struct brood_sandbox sandbox = sandbox_of(CLONE_NEWUSER, 0);
	sandbox.flags = BROOD_ALLOW_SETGROUPS;
	sandbox.uid_maps = maps;
	sandbox.n_uid_maps = 3;
	sandbox.gid_maps = maps;
	sandbox.n_gid_maps = 2;
	expect_maps(
		&sandbox, "0 0 1 1 100000 65535 70000 200000 3", "0 0 1 1 100000 65535", "allow");
	/* In there the child may become any of them. */
	struct rights rights;
	static const gid_t groups[] = { 7, 8 };
	struct brood_credentials credentials = {
		.size = sizeof credentials,
		.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS,
		.uid = 70002,
		.gid = 99,
		.groups = groups,
		.n_groups = 2,
	};
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .credentials = &credentials);
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "uid", "70002 70002 70002");
	check_right(&rights, "gid", "99 99 99");
	check_right(&rights, "groups", "7 8");
	rights_done(&rights);
}

/* covers: ATT-NS.groups GE-12.cred */
static void no_groups_need_no_right_where_groups_are_forbidden(void **state)
{
	(void)state;
	if (!can_make(CLONE_NEWUSER))
		skip_because("no user namespaces");
	struct brood_id_map uid = { 0, geteuid(), 1 };
	struct brood_id_map gid = { 0, getegid(), 1 };
	struct brood_credentials credentials = { .size = sizeof credentials,
		.flags = BROOD_SET_GROUPS | BROOD_SET_UID | BROOD_SET_GID };
	for (int i = 0; i < 2; i++) {
		struct rights rights;
		static const gid_t group = 0;
		struct brood_sandbox sandbox = sandbox_of(
			i ? 0 : CLONE_NEWUSER, i ? CLONE_NEWUSER : 0);
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .credentials = &credentials);
		sandbox.uid_maps = &uid;
		sandbox.n_uid_maps = 1;
		sandbox.gid_maps = &gid;
		sandbox.n_gid_maps = 1;
		credentials.groups = &group;
		credentials.n_groups = 0;
		rights_of(&rights, &cmd, NULL);
		check_right(&rights, "uid", "0 0 0");
		rights_done(&rights);
		credentials.n_groups = 1;
		expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CREDENTIALS, "groups");
	}
}

static void ordinary_scene(void *data)
{
	(void)data;
	become(NOBODY);
	struct brood_id_map wrong = { 0, geteuid() + 1, 1 };
	struct brood_id_map right = { 0, geteuid(), 1 };
	struct brood_id_map wrong_gid = { 0, getegid() + 1, 1 };
	for (int i = 0; i < 2; i++) {
		struct brood_sandbox sandbox = sandbox_of(
			i ? 0 : CLONE_NEWUSER, i ? CLONE_NEWUSER : 0);
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
		sandbox.uid_maps = &wrong;
		sandbox.n_uid_maps = 1;
		expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_NAMESPACE, "uid_map");
		sandbox.uid_maps = &right;
		sandbox.gid_maps = &wrong_gid;
		sandbox.n_gid_maps = 1;
		expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_NAMESPACE, "gid_map");
	}
}

/* covers: ATT-STEP.namespace GE-12.maps */
static void a_map_that_is_not_allowed_is_named(void **state)
{
	(void)state;
	if (!can_make(CLONE_NEWUSER))
		skip_because("no user namespaces");
	in_scene(ordinary_scene, NULL);
}

static void forbidden_scene(void *data)
{
	(void)data;
	become(NOBODY);
	for (size_t i = 0; i < N_KINDS; i++) {
		if (kinds[i].flag == CLONE_NEWUSER || !can_clone(kinds[i].flag))
			continue;
		struct brood_sandbox sandbox = sandbox_of(kinds[i].flag, 0);
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
		expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_NAMESPACE, "clone_flags");
		sandbox = sandbox_of(0, kinds[i].flag);
		expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_NAMESPACE, "unshare_flags");
	}
	/* Nothing was learned from that: others start as before. */
	struct rights rights;
	our_rights(&rights);
	rights_done(&rights);
}

/* The low byte of clone(2), where that flag would be, is the exit signal. */
static void no_clone3_scene(void *data)
{
	struct brood_sandbox sandbox = sandbox_of(CLONE_NEWTIME | CLONE_NEWUSER, 0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	(void)data;
	if (!denied("clone3"))
		live_without(SYS_clone3);
	expect_failure(&cmd, NULL, -ENOSYS, BROOD_STEP_NAMESPACE, "clone_flags");
	sandbox = sandbox_of(CLONE_NEWUTS | CLONE_NEWUSER, 0);
	struct rights ours, theirs;
	our_rights(&ours);
	rights_of(&theirs, &cmd, NULL);
	check(is_another(&ours, &theirs, "uts") && is_another(&ours, &theirs, "user"));
	rights_done(&theirs);
	rights_done(&ours);
}

/* covers: ATT-NS.clone3 */
static void a_time_namespace_is_refused_where_there_is_no_clone3(void **state)
{
	(void)state;
	need_filters();
	if (!can_make(CLONE_NEWTIME | CLONE_NEWUSER | CLONE_NEWUTS))
		skip_because("no time namespaces");
	in_scene(no_clone3_scene, NULL);
}

/* covers: ATT-STEP.namespace */
static void a_namespace_that_is_not_allowed_is_told(void **state)
{
	(void)state;
	if (!can_make(CLONE_NEWTIME | CLONE_NEWUSER))
		skip_because("no time namespaces");
	in_scene(forbidden_scene, NULL);
}

static void shared_scene(void *data)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_sandbox sandbox = sandbox_of(0, CLONE_NEWNS);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/bin/cat", "/proc/self/mountinfo"),
		.sandbox = &sandbox);
	(void)data;
	/* All of ours are seen by others, as they are on most machines. */
	check_number(unshare(CLONE_NEWNS), 0);
	check_number(mount("none", "/", "", MS_REC | MS_SHARED, NULL), 0);
	check(strstr(read_file("/proc/self/mountinfo"), " shared:") != NULL);
	output_of(&cmd, NULL, &result);
	check(!strstr(result.out.data, " shared:") && !strstr(result.out.data, " master:"));
	brood_result_done(&result);
}

/* covers: ATT-NS.private GE-12.unshareflags */
static void and_so_are_those_that_were_shared(void **state)
{
	(void)state;
	if (!is_root() || !can_make(CLONE_NEWNS))
		skip_because("needs root and mount namespaces");
	in_scene(shared_scene, NULL);
}

/* covers: ATT-NS.private GE-12.unshareflags */
static void mounts_in_a_namespace_of_its_own_are_private(void **state)
{
	(void)state;
	uint64_t flags = CLONE_NEWNS;
	if (!can_make(flags))
		flags |= CLONE_NEWUSER;
	if (!can_make(flags))
		skip_because("no mount namespaces");
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_sandbox sandbox = sandbox_of(0, flags);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/bin/cat", "/proc/self/mountinfo"),
		.sandbox = &sandbox);
	output_of(&cmd, NULL, &result);
	check(strstr(result.out.data, " / / ") || strstr(result.out.data, " / "));
	check(!strstr(result.out.data, " shared:") && !strstr(result.out.data, " master:"));
	brood_result_done(&result);
}

/* covers: ATT-NS.time */
static void a_parent_outside_of_its_pid_namespace_is_not_missed(void **state)
{
	(void)state;
	uint64_t flags = CLONE_NEWPID;
	if (!can_make(flags))
		flags |= CLONE_NEWUSER;
	if (!can_make(flags))
		skip_because("no PID namespaces");
	struct rights rights;
	struct brood_session session = { .size = sizeof session, .parent_death_signal = SIGTERM };
	struct brood_sandbox sandbox = sandbox_of(flags, 0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .session = &session);
	/* A guard that takes itself for dead would not start it. */
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	for (int i = 0; i < 2; i++) {
		rights_of(&rights, &cmd, i ? &options : NULL);
		check_right(&rights, "pid", "1");
		check_right(&rights, "ppid", "0");
		check_right(&rights, "death", "15");
		rights_done(&rights);
	}
}

/* covers: ATT-NS.dumpable ATT-ID.dumpable */
static void a_user_namespace_leaves_us_dumpable(void **state)
{
	(void)state;
	if (!can_make(CLONE_NEWUSER))
		skip_because("no user namespaces");
	for (int i = 0; i < 2; i++) {
		struct brood_sandbox sandbox = sandbox_of(
			i ? 0 : CLONE_NEWUSER, i ? CLONE_NEWUSER : 0);
		struct brood_cmd cmd = quiet(ACT("exit", "0"));
		cmd.sandbox = &sandbox;
		check_number(brood_run(&cmd, NULL, NULL, NULL), 0);
		check_number(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
	}
}

static int nothing(void *data)
{
	(void)data;
	return 0;
}

/* covers: ATT-NS.misuse */
static void namespaces_and_maps_that_cannot_be_are_refused(void **state)
{
	(void)state;
	static struct brood_id_map many[341];
	struct brood_sandbox sandbox = sandbox_of(0, 0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	uint64_t all = 0;
	for (size_t i = 0; i < N_KINDS; i++)
		all |= kinds[i].flag;
	for (int bit = 0; bit < 64; bit++) {
		uint64_t flag = UINT64_C(1) << bit;
		if (flag & all)
			continue;
		sandbox = sandbox_of(flag, 0);
		expect_failure(
			&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.clone_flags");
		sandbox = sandbox_of(0, flag);
		expect_failure(
			&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.unshare_flags");
	}
	sandbox = sandbox_of(CLONE_NEWUSER, CLONE_NEWUSER);
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.unshare_flags");
	/* Maps without a namespace, without memory, empty, beyond the last id, too many, too long.
	 */
	static const struct brood_id_map bad[] = { { 0, 0, 0 }, { UINT32_MAX, 0, 1 },
		{ 0, UINT32_MAX, 1 }, { 1, 1, UINT32_MAX }, { UINT32_MAX - 1, 0, 2 } };
	sandbox = sandbox_of(0, 0);
	sandbox.uid_maps = many;
	sandbox.n_uid_maps = 1;
	many[0].count = 1;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.uid_maps");
	sandbox.clone_flags = CLONE_NEWUSER;
	sandbox.uid_maps = NULL;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.uid_maps");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		sandbox = sandbox_of(CLONE_NEWUSER, 0);
		sandbox.uid_maps = &bad[i];
		sandbox.n_uid_maps = 1;
		expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.uid_maps");
		sandbox.n_uid_maps = 0;
		sandbox.gid_maps = &bad[i];
		sandbox.n_gid_maps = 1;
		expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.gid_maps");
	}
	for (uint32_t i = 0; i < 341; i++)
		many[i] = (struct brood_id_map){ i, i, 1 };
	sandbox = sandbox_of(CLONE_NEWUSER, 0);
	sandbox.uid_maps = many;
	sandbox.n_uid_maps = 341;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.uid_maps");
	sandbox.n_uid_maps = 340;
	for (uint32_t i = 0; i < 341; i++)
		many[i].outside += 4000000000U;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.uid_maps");
	sandbox = sandbox_of(CLONE_NEWUSER, 0);
	sandbox.flags = BROOD_ALLOW_SETGROUPS;
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.flags");
	sandbox = sandbox_of(CLONE_NEWUTS, 0);
	cmd.function = nothing;
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.clone_flags");
}

static int uid_inside(void *data)
{
	(void)data;
	return getuid() == 0 && getgid() == 0 ? 0 : 1;
}

/* covers: ATT-NS.function */
static void a_function_makes_its_namespaces_itself(void **state)
{
	(void)state;
	if (!can_make(CLONE_NEWUSER))
		skip_because("no user namespaces");
	struct brood_id_map uid = { 0, geteuid(), 1 };
	struct brood_id_map gid = { 0, getegid(), 1 };
	struct brood_sandbox sandbox = sandbox_of(0, CLONE_NEWUSER);
	struct brood_cmd cmd = BROOD_CMD(.function = uid_inside, .sandbox = &sandbox);
	sandbox.uid_maps = &uid;
	sandbox.n_uid_maps = 1;
	sandbox.gid_maps = &gid;
	sandbox.n_gid_maps = 1;
	check_number(brood_run(&cmd, NULL, NULL, NULL), 0);
}

#if !UNDER_GUARD
/* covers: ATT-NS.pidns-tier */
static void a_guard_in_a_pid_namespace_maps_nobody(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
		.tree = BROOD_TREE_PIDNS);
	struct brood_sandbox sandbox = sandbox_of(CLONE_NEWUSER, 0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	expect_failure(&cmd, &options, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.clone_flags");
}

static void ordinary_guard_scene(void *data)
{
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
		.tree = BROOD_TREE_PIDNS);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c",
						 "set -- $(cat /proc/self/uid_map) $(cat "
						 "/proc/self/gid_map); echo $* $(id -u) $(id -g)"));
	char wanted[128];
	(void)data;
	become(NOBODY);
	unsigned int u = geteuid();
	unsigned int g = getegid();
	snprintf(wanted, sizeof wanted, "%u %u 1 %u %u 1 %u %u\n", u, u, g, g, u, g);
	output_of(&cmd, &options, &result);
	check_text(result.out.data, wanted);
	check_number(result.tree.tier, BROOD_TREE_PIDNS);
	brood_result_done(&result);
}

/* covers: ATT-NS.pidns-ids */
static void a_guard_of_an_ordinary_user_keeps_the_ids_in_its_pid_namespace(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
		.tree = BROOD_TREE_GUARD);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	if (brood_run(&cmd, &options, NULL, NULL) != 0)
		skip_because("there is no guard");
	if (!can_make(CLONE_NEWUSER | CLONE_NEWPID))
		skip_because("no user namespaces");
	in_scene(ordinary_guard_scene, NULL);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_child_is_born_into_new_namespaces),
		hygienic(the_child_makes_namespaces_itself),
		hygienic(all_of_them_at_once),
		hygienic(maps_are_written_by_us_or_by_the_child_itself),
		hygienic(with_the_right_to_it_of_many_ids_and_with_groups),
		hygienic(no_groups_need_no_right_where_groups_are_forbidden),
		hygienic(a_map_that_is_not_allowed_is_named),
		hygienic(a_time_namespace_is_refused_where_there_is_no_clone3),
		hygienic(a_namespace_that_is_not_allowed_is_told),
		hygienic(and_so_are_those_that_were_shared),
		hygienic(mounts_in_a_namespace_of_its_own_are_private),
		hygienic(a_parent_outside_of_its_pid_namespace_is_not_missed),
		hygienic(a_user_namespace_leaves_us_dumpable),
		hygienic(namespaces_and_maps_that_cannot_be_are_refused),
		hygienic(a_function_makes_its_namespaces_itself),
#if !UNDER_GUARD
		hygienic(a_guard_in_a_pid_namespace_maps_nobody),
		hygienic(a_guard_of_an_ordinary_user_keeps_the_ids_in_its_pid_namespace),
#endif
	};
	return hygiene_run("namespaces", tests);
}
