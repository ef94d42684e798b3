/* SPDX-License-Identifier: MIT */
/* Who the child is: user, group, supplementary groups. */
#include "rights.h"

#include <pthread.h>
#include <stdatomic.h>

static const gid_t some_groups[] = { 7, 5, 70000, 5 };

static struct brood_credentials somebody(void)
{
	return (struct brood_credentials){
		.size = sizeof(struct brood_credentials),
		.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS,
		.uid = SOMEBODY,
		.gid = 54321,
		.groups = some_groups,
		.n_groups = 4,
	};
}

/* covers: ATT-ID.1 GE-12.cred */
static void the_child_gets_user_group_and_groups(void **state)
{
	(void)state;
	need_root();
	struct rights rights;
	struct brood_credentials credentials = somebody();
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials);

	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "uid", "12345 12345 12345");
	check_right(&rights, "gid", "54321 54321 54321");
	check_right(&rights, "groups", "5 5 7 70000");
	check_right(&rights, "permitted", "0");
	check_right(&rights, "effective", "0");
	rights_done(&rights);
}

/* covers: ATT-ID.2 GE-12.cred */
static void each_of_them_counts_with_its_flag_alone(void **state)
{
	(void)state;
	need_root();
	struct rights ours, theirs;
	struct brood_credentials credentials = somebody();
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials);
	static const struct {
		uint64_t flag;
		const char *word, *value;
	} each[] = {
		{ BROOD_SET_UID, "uid", "12345 12345 12345" },
		{ BROOD_SET_GID, "gid", "54321 54321 54321" },
		{ BROOD_SET_GROUPS, "groups", "5 5 7 70000" },
	};

	our_rights(&ours);
	for (size_t i = 0; i < 3; i++) {
		credentials.flags = each[i].flag;
		rights_of(&theirs, &cmd, NULL);
		for (size_t k = 0; k < 3; k++)
			check_right(&theirs, each[k].word,
				k == i ? each[k].value : right_at(ours.text, each[k].word));
		rights_done(&theirs);
	}
	rights_done(&ours);
}

static void groups_scene(void *data)
{
	(void)data;
	static const gid_t ours[] = { 11, 12 };
	struct rights rights;
	struct brood_credentials credentials = somebody();
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials);

	check_number(syscall(SYS_setgroups, 2, ours), 0);
	credentials.flags = BROOD_SET_UID;
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "groups", "11 12");
	rights_done(&rights);
	credentials.flags = BROOD_SET_UID | BROOD_SET_GROUPS;
	credentials.n_groups = 0;
	credentials.groups = NULL;
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "groups", "");
	rights_done(&rights);
}

/* covers: ATT-ID.3 GE-12.cred */
static void no_groups_are_dropped_groups_and_without_the_flag_they_stay(void **state)
{
	(void)state;
	need_root();
	in_scene(groups_scene, NULL);
}

static void ordinary_scene(void *data)
{
	(void)data;
	struct rights rights;
	char ids[64];
	become(NOBODY);
	uid_t uid = geteuid();
	gid_t gid = getegid();
	gid_t none[] = { gid };
	struct brood_credentials credentials = { .size = sizeof credentials };
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials);

	credentials.flags = BROOD_SET_UID;
	credentials.uid = uid + 1;
	snprintf(ids, sizeof ids, "uid %u", uid + 1);
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CREDENTIALS, ids);
	credentials.flags = BROOD_SET_UID | BROOD_SET_GID;
	credentials.gid = gid + 1;
	snprintf(ids, sizeof ids, "gid %u", gid + 1);
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CREDENTIALS, ids);
	credentials.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS;
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CREDENTIALS, "groups");
	credentials.groups = none;
	credentials.n_groups = 1;
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CREDENTIALS, "groups");
	/* To oneself, and groups as they are: anybody may. */
	credentials.flags = BROOD_SET_UID | BROOD_SET_GID;
	credentials.uid = uid;
	credentials.gid = gid;
	rights_of(&rights, &cmd, NULL);
	snprintf(ids, sizeof ids, "%u %u %u", uid, uid, uid);
	check_right(&rights, "uid", ids);
	rights_done(&rights);
}

/* covers: ATT-ID.4 GE-12.cred ATT-STEP.credentials */
static void an_ordinary_user_becomes_nobody_else_and_is_told_who(void **state)
{
	(void)state;
	in_scene(ordinary_scene, NULL);
}

static void told_scene(void *data)
{
	(void)data;
	char text[256];
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UID, .uid = 1
	};
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"), .label = "it",
		.credentials = &credentials);

	become(NOBODY);
	struct brood_result result = BROOD_RESULT_INIT;
	int r = brood_run(&cmd, NULL, &result, &error);
	brood_explain(r, NULL, &error, text, sizeof text);
	check_text(text, "credentials uid 1: Operation not permitted");
	brood_explain(r, &result, &error, text, sizeof text);
	check_text(text, "it: credentials uid 1: Operation not permitted");
	brood_result_done(&result);
}

/* covers: ATT-STEP.credentials */
static void the_sentence_names_step_and_id(void **state)
{
	(void)state;
	in_scene(told_scene, NULL);
}

/* covers: ATT-ID.5 GE-12.order */
static void the_directory_is_judged_with_the_new_ids(void **state)
{
	(void)state;
	need_root();
	struct place place;
	struct rights rights;
	struct brood_credentials credentials = somebody();

	place_make(&place);
	char *dir = place_at(&place, "dir");
	check_number(chmod(place.path, 0711), 0);
	check_number(mkdir(dir, 0700), 0);
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials, .dir = dir);
	expect_failure(&cmd, NULL, -EACCES, BROOD_STEP_CHDIR, dir);
	check_number(chown(dir, SOMEBODY, 0), 0);
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "cwd", dir);
	rights_done(&rights);
	place_leave(&place);
}

/* covers: ATT-ID.6 */
static void the_program_is_executed_with_the_new_ids(void **state)
{
	(void)state;
	need_root();
	struct place place;
	struct brood_credentials credentials = somebody();

	place_make(&place);
	char *program = place_at(&place, "program");
	check_number(chmod(place.path, 0711), 0);
	make_file(program, "#!/bin/sh\n", 0700);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(program), .out = brood_null(),
		.credentials = &credentials);
	expect_failure(&cmd, NULL, -EACCES, BROOD_STEP_EXEC, program);
	place_leave(&place);
}

static void dumpable_scene(void *data)
{
	(void)data;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_credentials credentials = somebody();
	struct scene scene;
	struct stat st;

	check_number(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	struct brood_cmd cmd = quiet(BROOD_ARGV(everybodys_helper("act"), "ready", "await", "4"));
	cmd.credentials = &credentials;
	scene_start(&scene, cmd, NULL, 1);
	check_number(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
	check_number(stat("/proc/self/environ", &st), 0);
	check_number(st.st_uid, geteuid());
	scene_release(&scene);
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, NULL, &error), 0, &error);
	scene_end(&scene);
	cmd = (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("/nowhere/program"),
		.credentials = &credentials);
	check_error(brood_run(&cmd, NULL, NULL, &error), -ENOENT, &error, BROOD_STEP_EXEC);
	check_number(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
}

/* covers: ATT-ID.dumpable DIFF-81 */
static void a_changed_uid_never_makes_the_parent_undumpable(void **state)
{
	(void)state;
	need_root();
	in_scene(dumpable_scene, NULL);
}

static atomic_bool over;
static atomic_int n_undumpable;

static void *watch_dumpable(void *unused)
{
	while (!atomic_load(&over))
		atomic_fetch_add(&n_undumpable, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1 ? 1 : 0);
	return unused;
}

/* covers: ATT-ID.dumpable */
static void nor_for_a_moment(void **state)
{
	(void)state;
	need_root();
	need_threads();
	pthread_t watcher;
	struct brood_credentials credentials = somebody();
	struct brood_cmd cmd = quiet(BROOD_ARGV(everybodys_helper("act"), "exit", "0"));

	cmd.credentials = &credentials;
	atomic_store(&over, false);
	check_number(pthread_create(&watcher, NULL, watch_dumpable, NULL), 0);
	for (int i = 0; i < 30; i++)
		check_number(brood_run(&cmd, NULL, NULL, NULL), 0);
	atomic_store(&over, true);
	check_number(pthread_join(watcher, NULL), 0);
	check_number(atomic_load(&n_undumpable), 0);
}

/* covers: ATT-ID.7 */
static void ids_that_mean_none_are_refused(void **state)
{
	(void)state;
	gid_t groups[] = { 1, (gid_t)-1 };
	struct brood_credentials credentials = somebody();
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials);

	credentials.uid = (uid_t)-1;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.credentials.uid");
	credentials = somebody();
	credentials.gid = (gid_t)-1;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.credentials.gid");
	credentials = somebody();
	credentials.groups = groups;
	credentials.n_groups = 2;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.credentials.groups");
	credentials.groups = NULL;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.credentials.groups");
	credentials.groups = groups;
	credentials.n_groups = 65537;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.credentials.groups");
	credentials.flags = UINT64_C(16);
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.credentials.flags");
	/* What has no flag does not count. */
	credentials.flags = 0;
	credentials.uid = (uid_t)-1;
	cmd.argv = ACT("exit", "0");
	check_number(brood_run(&cmd, NULL, NULL, NULL), 0);
}

static int own_ids(void *data)
{
	(void)data;
	uid_t u[3];
	gid_t g[3];
	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return 2;
	for (int i = 0; i < 3; i++) {
		if (u[i] != SOMEBODY || g[i] != 54321)
			return 3 + i;
	}
	return getgroups(0, NULL) == 4 ? 33 : 1;
}

/* covers: ATT-ID.8 */
static void a_function_gets_them_too(void **state)
{
	(void)state;
	need_root();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_credentials credentials = somebody();
	struct brood_cmd cmd = BROOD_CMD(.function = own_ids, .credentials = &credentials);

	check_number(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	check_number(result.stages[0].exit_code, 33);
	brood_result_done(&result);
}

/* covers: ATT-ID.9 */
static void each_stage_is_somebody_of_its_own(void **state)
{
	(void)state;
	need_root();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_credentials first = somebody();
	struct brood_credentials second = {
		.size = sizeof second, .flags = BROOD_SET_UID, .uid = NOBODY
	};
	struct brood_cmd cmds[] = {
		BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c", "id -u; id -g"),
			.credentials = &first),
		BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c", "cat; id -u"), .credentials = &second,
			.out = brood_capture(0, 0)),
	};

	check_code(brood_pipeline(cmds, 2, NULL, &result, &error), 0, &error);
	check_text(result.out.data, "12345\n54321\n65534\n");
	brood_result_done(&result);
	second.uid = (uid_t)-1;
	check_error(
		brood_pipeline(cmds, 2, NULL, &result, &error), -EINVAL, &error, BROOD_STEP_CONFIG);
	check_number(error.stage, 1);
	brood_result_done(&result);
}

#if !UNDER_GUARD
/* covers: ATT-TREE.1 ATT-ID.dumpable */
static void whatever_looks_after_the_tree_it_is_the_same(void **state)
{
	(void)state;
	need_root();
	struct brood_credentials credentials = somebody();
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials);
	for (int tree = BROOD_TREE_AUTO; tree <= BROOD_TREE_PIDNS; tree++) {
		char *own[] = { everybodys_helper("show_rights"), NULL };
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
			.tree = tree);
		cmd.argv = own;
		cmd.dir = NULL;
		int r = brood_output(&cmd, &options, &result, &error);
		/* No control group, no namespace can be made here. */
		bool is_missing = r < 0 && (error.step == BROOD_STEP_CGROUP ||
						   error.step == BROOD_STEP_NAMESPACE ||
						   error.step == BROOD_STEP_GUARD);
		if (is_missing && tree != BROOD_TREE_AUTO && tree != BROOD_TREE_GROUP)
			continue;
		check_code(r, 0, &error);
		check_text(right_at(result.out.data, "uid"), "12345 12345 12345");
		check_text(right_at(result.out.data, "groups"), "5 5 7 70000");
		check_number(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
		brood_result_done(&result);
		cmd.argv = BROOD_ARGV("/nowhere/program");
		expect_failure(&cmd, &options, -ENOENT, BROOD_STEP_EXEC, "/nowhere/program");
		cmd.dir = "/root";
		if (access("/root/.", X_OK) == 0 && geteuid() == 0)
			expect_failure(&cmd, &options, -EACCES, BROOD_STEP_CHDIR, "/root");
	}
}
#endif

/* covers: ATT-ID.10 */
static void sixty_five_thousand_groups_are_not_too_many(void **state)
{
	(void)state;
	need_root();
	static gid_t groups[65536];
	struct rights rights;
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_GROUPS, .groups = groups
	};
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials);

	for (uint32_t i = 0; i < 65536; i++)
		groups[i] = i + 1;
	credentials.n_groups = 65536;
	rights_of(&rights, &cmd, NULL);
	const char *line = strstr(rights.text, "groups");
	size_t n = 0;
	for (; line && *line != '\n'; line++)
		n += *line == ' ';
	check_number((int64_t)n, 65536);
	rights_done(&rights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_child_gets_user_group_and_groups),
		hygienic(each_of_them_counts_with_its_flag_alone),
		hygienic(no_groups_are_dropped_groups_and_without_the_flag_they_stay),
		hygienic(an_ordinary_user_becomes_nobody_else_and_is_told_who),
		hygienic(the_sentence_names_step_and_id),
		hygienic(the_directory_is_judged_with_the_new_ids),
		hygienic(the_program_is_executed_with_the_new_ids),
		hygienic(a_changed_uid_never_makes_the_parent_undumpable),
		hygienic(nor_for_a_moment),
		hygienic(ids_that_mean_none_are_refused),
		hygienic(a_function_gets_them_too),
		hygienic(each_stage_is_somebody_of_its_own),
#if !UNDER_GUARD
		hygienic(whatever_looks_after_the_tree_it_is_the_same),
#endif
		hygienic(sixty_five_thousand_groups_are_not_too_many),
	};
	return hygiene_run("credentials", tests);
}
