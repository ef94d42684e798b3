/* SPDX-License-Identifier: MIT */
/* brood_exec() with what few commands ask for: it holds in the program, or it is taken back, or
 * that it could not be taken back is told. */
#include "becoming.h"
#include "places.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

/* A program that only execve finds to be wrong. */
static struct place places;

static char *wrong_program(void)
{
	return place_at(&places, "wrong");
}

static void make_wrong_program(void)
{
	place_make(&places);
	make_file(wrong_program(), "#!/nowhere/interpreter\n", 0755);
	check_number(chmod(places.path, 0755), 0);
}

static void leave_wrong_program(void)
{
	place_leave(&places);
}

/* Becomes show_rights with the attributes of a command; what that says. */
static const char *rights_in(void (*act)(void *data), struct brood_cmd *cmd)
{
	char *own[] = { everybodys_helper("show_rights"), NULL };
	if (!cmd->argv)
		cmd->argv = own;
	struct outcome *outcome = outcome_of(act ? act : becomes_cmd, cmd);
	if (outcome->status != 0)
		complain(__FILE__, __LINE__, "ended with %#x: %s", (unsigned)outcome->status,
			outcome->out);
	cmd->argv = NULL;
	return outcome->out;
}

#define check_in(text, word, wanted) check_text(right_at((text), (word)), (wanted))

/* Fails, says at what, and has left everything as it was. */
static void fails_at(const struct brood_cmd *like, int code, int step, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = *like;
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	if (!cmd.argv)
		cmd.argv = argv;
	picture_take(&picture_before);
	int r = brood_exec(&cmd, &error);
	check_same_as_before();
	check_error(r, code, &error, step);
	check_text(error.subject, subject);
	check_number(error.flags, 0);
}

/* Fails, and says that not everything is as it was. */
static void fails_changed(const struct brood_cmd *cmd, int code, int step, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_exec(cmd, &error);
	check_error(r, code, &error, step);
	check_text(error.subject, subject);
	check_number(error.flags, BROOD_ERROR_CHANGED);
}

/* The same behind all other steps: execve itself fails. */
static void fails_late(const struct brood_cmd *like)
{
	char *argv[] = { wrong_program(), NULL };
	struct brood_cmd cmd = *like;
	cmd.argv = argv;
	fails_changed(&cmd, -ENOENT, BROOD_STEP_EXEC, argv[0]);
}

static void fails_late_scene(void *data)
{
	fails_late(data);
}

static void becomes_nobody_first(void *data)
{
	become(NOBODY);
	becomes(data);
}

/* covers: API-EXEC.limits */
static void what_it_may_use_is_that_of_the_command(void **state)
{
	(void)state;
	unsigned long mask[16] = { 0 };
	char wanted[32];
	cpu_set_t ours;
	check_number(sched_getaffinity(0, sizeof ours, &ours), 0);
	for (int i = 0; i < 64 && !mask[0]; i++)
		mask[0] = CPU_ISSET(i, &ours) ? 1UL << i : 0;
	struct brood_limits limits = {
		.size = sizeof limits,
		.flags = BROOD_SET_SCHEDULER | BROOD_SET_IO_PRIORITY | BROOD_SET_OOM_SCORE,
		.affinity = mask,
		.affinity_size = sizeof mask,
		.scheduler = SCHED_BATCH,
		.io_priority = 2 << 13 | 6,
		.oom_score_adj = 777,
	};
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);
	for (int i = 0; i < 2; i++) {
		const char *text = rights_in(i ? becomes_nobody_first : NULL, &cmd);
		snprintf(wanted, sizeof wanted, "%lx", mask[0]);
		check_in(text, "scheduler", "3 0");
		check_in(text, "affinity", wanted);
		check_in(text, "ioprio", "16390");
		check_in(text, "oom", "777");
	}
}

static void too_much_scene(void *data)
{
	(void)data;
	struct rlimit none = { 0, 0 };
	unsigned long beyond[16] = { [15] = 1UL << 63 };
	struct brood_rlimit more = { RLIMIT_NOFILE, 0, 1, UINT64_C(1) << 40 };
	struct brood_limits limits = { .size = sizeof limits, .flags = BROOD_SET_SCHEDULER };
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 0
	};
	/* With things to do before that would be seen. */
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits, .credentials = &credentials);
	become(NOBODY);
	check_number(setrlimit(RLIMIT_RTPRIO, &none), 0);
	check_number(setrlimit(RLIMIT_NICE, &none), 0);
	limits.scheduler = SCHED_FIFO;
	limits.scheduler_priority = 1;
	fails_at(&cmd, -EPERM, BROOD_STEP_SCHEDULER, "policy");
	limits.flags = BROOD_SET_IO_PRIORITY;
	limits.io_priority = 1 << 13;
	fails_at(&cmd, -EPERM, BROOD_STEP_SCHEDULER, "io_priority");
	limits.flags = BROOD_SET_OOM_SCORE;
	limits.oom_score_adj = -1000;
	fails_at(&cmd, -EACCES, BROOD_STEP_LIMITS, "oom_score_adj");
	limits.flags = BROOD_SET_NICE;
	limits.nice = -20;
	fails_at(&cmd, -EACCES, BROOD_STEP_SCHEDULER, "nice");
	limits.flags = 0;
	limits.affinity = beyond;
	limits.affinity_size = sizeof beyond;
	fails_at(&cmd, -EINVAL, BROOD_STEP_SCHEDULER, "affinity");
	limits.affinity = NULL;
	limits.rlimits = &more;
	limits.n_rlimits = 1;
	fails_at(&cmd, -EPERM, BROOD_STEP_LIMITS, "RLIMIT_NOFILE");
}

/* covers: API-EXEC.limits API-EXEC.restored */
static void what_is_not_allowed_is_told_and_nothing_is_another(void **state)
{
	(void)state;
	in_scene(too_much_scene, NULL);
}

/* Behind all of these execve fails. */
static void all_back_scene(void *data)
{
	(void)data;
	unsigned long one[16] = { 1 };
	char *argv[] = { wrong_program(), NULL };
	struct brood_limits limits = {
		.size = sizeof limits,
		.flags = BROOD_SET_SCHEDULER | BROOD_SET_IO_PRIORITY | BROOD_SET_OOM_SCORE,
		.affinity = one,
		.affinity_size = sizeof one,
		.scheduler = SCHED_BATCH,
		.io_priority = 2 << 13 | 6,
		.oom_score_adj = 777,
	};
	struct brood_session session = { .size = sizeof session, .parent_death_signal = SIGTERM };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .limits = &limits, .session = &session);
	if (data)
		become(NOBODY);
	check_number(prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0), 0);
	fails_at(&cmd, -ENOENT, BROOD_STEP_EXEC, argv[0]);
}

/* covers: API-EXEC.limits API-EXEC.restored */
static void scheduling_score_and_death_signal_are_taken_back(void **state)
{
	(void)state;
	need_failing_execve();
	in_scene(all_back_scene, NULL);
	in_scene(all_back_scene, &places);
}

/* covers: API-EXEC.group */
static void it_goes_to_the_control_group_and_says_when_it_is_there(void **state)
{
	(void)state;
	need_failing_execve();
	int n = 0;
	for (int version = 1; version <= 2; version++) {
		char path[128];
		if (denied("root") || !make_group(version, path))
			continue;
		struct brood_limits limits = { .size = sizeof limits, .cgroup_path = path };
		struct brood_cmd cmd = BROOD_CMD(.limits = &limits);
		check(strstr(rights_in(NULL, &cmd), strrchr(path, '/')) != NULL);
		limits.cgroup_path = NULL;
		limits.flags = BROOD_SET_CGROUP_FD;
		limits.cgroup_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		check(strstr(rights_in(NULL, &cmd), strrchr(path, '/')) != NULL);
		in_scene(fails_late_scene, &cmd);
		close(limits.cgroup_fd);
		check_number(rmdir(path), 0);
		n++;
	}
	if (n == 0)
		skip_because("no control group can be made");
}

static void foreign_group_scene(void *data)
{
	struct brood_limits limits = { .size = sizeof limits, .cgroup_path = data };
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);
	become(NOBODY);
	fails_at(&cmd, -EACCES, BROOD_STEP_CGROUP, data);
	limits.cgroup_path = NULL;
	limits.flags = BROOD_SET_CGROUP_FD;
	limits.cgroup_fd = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fails_at(&cmd, -EACCES, BROOD_STEP_CGROUP, "cgroup_fd");
}

/* covers: API-EXEC.group */
static void a_control_group_that_cannot_be_entered_is_named(void **state)
{
	(void)state;
	struct brood_limits limits = { .size = sizeof limits, .cgroup_path = "/tmp" };
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);
	char path[128];
	fails_at(&cmd, -EINVAL, BROOD_STEP_CGROUP, "/tmp");
	limits.cgroup_path = "/nowhere";
	fails_at(&cmd, -ENOENT, BROOD_STEP_CGROUP, "/nowhere");
	if (!is_root() || (!make_group(1, path) && !make_group(2, path)))
		skip_because("needs root and control groups");
	in_scene(foreign_group_scene, path);
	check_number(rmdir(path), 0);
}

static struct brood_sandbox sandbox_of(uint64_t flags)
{
	return (struct brood_sandbox){ .size = sizeof(struct brood_sandbox), .flags = flags };
}

static const char *own_namespace(const char *name)
{
	static char text[64];
	char path[64];
	snprintf(path, sizeof path, "/proc/self/ns/%s", name);
	ssize_t n = readlink(path, text, sizeof text - 1);
	check(n > 0);
	text[n] = '\0';
	return text;
}

/* covers: API-EXEC.namespaces */
static void it_makes_each_kind_of_namespace(void **state)
{
	(void)state;
	need_failing_execve();
	int n = 0;
	for (size_t i = 0; i < N_KINDS; i++) {
		uint64_t flags = kinds[i].flag;
		if (!can_make(flags))
			flags |= CLONE_NEWUSER;
		if (!can_make(flags))
			continue;
		struct brood_sandbox sandbox = sandbox_of(0);
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
		sandbox.unshare_flags = flags;
		const char *text = rights_in(NULL, &cmd);
		for (size_t k = 0; k < N_KINDS; k++) {
			char word[32];
			snprintf(word, sizeof word, "ns %s", kinds[k].name);
			const char *theirs = right_at(text, word);
			bool is_wanted = flags & kinds[k].flag && enters(k);
			if (theirs &&
				(strcmp(theirs, own_namespace(kinds[k].name)) != 0) != is_wanted)
				complain(__FILE__, __LINE__, "%s with %s", kinds[k].name,
					kinds[i].name);
		}
		in_scene(fails_late_scene, &cmd);
		n++;
	}
	if (n == 0)
		skip_because("no namespaces can be made");
}

static void maps_scene(void *data)
{
	if (data)
		become(NOBODY);
	struct brood_id_map uid = { 0, geteuid(), 1 };
	struct brood_id_map gid = { 7, getegid(), 1 };
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox,
		.argv = BROOD_ARGV("/bin/sh", "-c",
			"echo $(cat /proc/self/uid_map) $(cat /proc/self/gid_map) $(cat "
			"/proc/self/setgroups) $(id -u) $(id -g)"));
	sandbox.unshare_flags = CLONE_NEWUSER;
	sandbox.uid_maps = &uid;
	sandbox.n_uid_maps = 1;
	sandbox.gid_maps = &gid;
	sandbox.n_gid_maps = 1;
	becomes(&cmd);
}

/* covers: API-EXEC.namespaces */
static void it_maps_its_own_ids(void **state)
{
	(void)state;
	char wanted[128];
	if (!can_make(CLONE_NEWUSER))
		skip_because("no user namespaces");
	snprintf(wanted, sizeof wanted, "0 %u 1 7 %u 1 deny 0 7\n", geteuid(), getegid());
	check_text(outcome_of(maps_scene, NULL)->out, wanted);
	if (geteuid() == 0) {
		check_text(outcome_of(maps_scene, &places)->out, "0 65534 1 7 65534 1 deny 0 7\n");
	}
}

static void no_namespace_scene(void *data)
{
	(void)data;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	become(NOBODY);
	sandbox.unshare_flags = CLONE_NEWUTS;
	fails_at(&cmd, -EPERM, BROOD_STEP_NAMESPACE, "unshare_flags");
	if (!can_make(CLONE_NEWUSER))
		return;
	/* It is in the namespace by then, and cannot go back. */
	struct brood_id_map wrong = { 0, geteuid() + 1, 1 };
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	sandbox.unshare_flags = CLONE_NEWUSER;
	sandbox.uid_maps = &wrong;
	sandbox.n_uid_maps = 1;
	cmd.argv = argv;
	fails_changed(&cmd, -EPERM, BROOD_STEP_NAMESPACE, "uid_map");
}

/* covers: API-EXEC.namespaces API-EXEC.changed */
static void a_namespace_or_map_that_is_not_allowed_is_told(void **state)
{
	(void)state;
	in_scene(no_namespace_scene, NULL);
}

static void *waits_for_ever(void *data)
{
	(void)data;
	while (pause() < 0)
		;
	return NULL;
}

static void threads_scene(void *data)
{
	(void)data;
	pthread_t thread;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	check_number(pthread_create(&thread, NULL, waits_for_ever, NULL), 0);
	sandbox.unshare_flags = CLONE_NEWUSER;
	fails_at(&cmd, -EINVAL, BROOD_STEP_NAMESPACE, "unshare_flags");
}

/* covers: API-EXEC.namespaces */
static void beside_threads_nobody_makes_a_user_namespace(void **state)
{
	(void)state;
	need_threads();
	if (!can_make(CLONE_NEWUSER))
		skip_because("no user namespaces");
	in_scene(threads_scene, NULL);
}

/* covers: API-EXEC.root */
static void its_root_is_that_of_the_command(void **state)
{
	(void)state;
	if (!is_root() || !has_capability(18))
		skip_because("needs CAP_SYS_CHROOT");
	struct place root;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UID, .uid = SOMEBODY
	};
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/show"), .sandbox = &sandbox,
		.credentials = &credentials);
	make_root(&root);
	sandbox.root = root.path;
	const char *text = rights_in(NULL, &cmd);
	check_in(text, "cwd", "/");
	check_in(text, "uid", "12345 12345 12345");
	cmd.argv = BROOD_ARGV("../show");
	cmd.dir = "sub";
	check_in(rights_in(NULL, &cmd), "cwd", "/sub");
	place_leave(&root);
}

static void no_program_in_root_scene(void *data)
{
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/nowhere/program"),
		.sandbox = &sandbox);
	char before[PATH_MAX];
	char after[PATH_MAX];
	sandbox.root = places.path;
	(void)data;
	check(getcwd(before, sizeof before) != NULL);
	fails_changed(&cmd, -ENOENT, BROOD_STEP_EXEC, "/nowhere/program");
	/* The working directory is where it was, outside of the root that has stayed. */
	check(chroot(".") == 0 && getcwd(after, sizeof after) != NULL);
	check_text(after, "/");
}

static void no_root_scene(void *data)
{
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	/* Where it is, and it could not come back. */
	check_number(chdir(data), 0);
	check_number(chmod(data, 0), 0);
	become(NOBODY);
	sandbox.root = places.path;
	fails_at(&cmd, -EPERM, BROOD_STEP_CHROOT, places.path);
}

/* covers: API-EXEC.root API-EXEC.changed */
static void a_root_that_cannot_be_is_told_and_one_that_stays(void **state)
{
	(void)state;
	need_failing_execve();
	struct place ours;
	place_make(&ours);
	in_scene(no_root_scene, ours.path);
	place_leave(&ours);
	if (!is_root() || !has_capability(18))
		skip_because("needs CAP_SYS_CHROOT");
	in_scene(no_program_in_root_scene, NULL);
}

/* covers: API-EXEC.capabilities */
static void its_capabilities_are_those_of_the_command(void **state)
{
	(void)state;
	need_failing_execve();
	if (!is_root() || !has_capability(8) || !has_capability(CAP_KILL))
		skip_because("needs CAP_SETPCAP and CAP_KILL");
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_CAPABILITIES);
	struct brood_credentials credentials = {
		.size = sizeof credentials,
		.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS,
		.uid = SOMEBODY,
		.gid = SOMEBODY,
	};
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .credentials = &credentials);
	sandbox.capabilities = BIT(CAP_NET_BIND) | BIT(CAP_KILL);
	sandbox.ambient = BIT(CAP_NET_BIND);
	const char *text = rights_in(NULL, &cmd);
	check_in(text, "uid", "12345 12345 12345");
	check_in(text, "groups", "");
	check_in(text, "ambient", "400");
	check_in(text, "effective", "400");
	check_in(text, "permitted", "400");
	check_in(text, "inheritable", "420");
	check_in(text, "bounding", "420");
	check_in(text, "keepcaps", "0");
	in_scene(fails_late_scene, &cmd);
}

static void no_capability_scene(void *data)
{
	(void)data;
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_CAPABILITIES);
	struct brood_limits limits = { .size = sizeof limits };
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .limits = &limits);
	struct rlimit none = { 0, 0 };
	become(NOBODY);
	sandbox.capabilities = BIT(CAP_NET_RAW);
	fails_at(&cmd, -EPERM, BROOD_STEP_CAPABILITIES, "capability 13");
	/* A step before them fails: not even the flag that keeps them over a change of ids stays.
	 */
	check_number(setrlimit(RLIMIT_NICE, &none), 0);
	limits.flags = BROOD_SET_NICE;
	limits.nice = -20;
	fails_at(&cmd, -EACCES, BROOD_STEP_SCHEDULER, "nice");
}

/* covers: API-EXEC.capabilities API-EXEC.restored */
static void capabilities_that_we_have_not_are_told(void **state)
{
	(void)state;
	in_scene(no_capability_scene, NULL);
}

static void landlocked(void *data)
{
	if (*(int *)data)
		become(NOBODY);
	int ruleset = make_ruleset(everybodys.path);
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK | BROOD_NO_NEW_PRIVS);
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .sandbox = &sandbox);
	sandbox.landlock_fd = ruleset;
	becomes(&cmd);
}

struct with_ruleset {
	uint64_t flags;
	bool is_used;
};

static void with_ruleset(void *data)
{
	const struct with_ruleset *with = data;
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK | BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-", "1000"),
		.flags = with->flags);
	sandbox.landlock_fd = make_ruleset("/");
	if (with->is_used)
		cmd.sandbox = &sandbox;
	becomes(&cmd);
}

static void landlocked_and_late(void *data)
{
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK | BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	sandbox.landlock_fd = make_ruleset("/");
	(void)data;
	int free_one = dup(0);
	close(free_one);
	fails_late(&cmd);
	/* No descriptor came to stay or was lost. */
	int same = dup(0);
	check_number(same, free_one);
	close(same);
	cmd.argv = argv;
	sandbox.landlock_fd = 0;
	fails_changed(&cmd, -EBADFD, BROOD_STEP_SANDBOX, "landlock");
}

static bool has_landlock(void)
{
	int ruleset = make_ruleset("/");
	if (ruleset >= 0)
		close(ruleset);
	return ruleset >= 0;
}

/* covers: API-EXEC.landlock API-EXEC.changed */
static void a_landlock_ruleset_holds_in_it(void **state)
{
	(void)state;
	need_failing_execve();
	if (!has_landlock())
		skip_because("landlock is not there");
	for (int i = 0; i < 2; i++) {
		struct outcome *outcome = outcome_of(landlocked, &i);
		check_number(outcome->status, 0);
		check_in(outcome->out, "nnp", "1");
		check(!right_at(outcome->out, "oom")); /* nothing of /proc can be read */
	}
	/* It is no descriptor of the program. */
	for (uint64_t flags = 0; flags <= BROOD_KEEP_FDS; flags++) {
		char numbers[4096];
		struct with_ruleset with = { flags, false };
		snprintf(numbers, sizeof numbers, "%s",
			numbers_of(outcome_of(with_ruleset, &with)->out));
		with.is_used = true;
		check_text(numbers_of(outcome_of(with_ruleset, &with)->out), numbers);
	}
	in_scene(landlocked_and_late, NULL);
}

static void no_landlock_scene(void *data)
{
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	(void)data;
	become(NOBODY);
	sandbox.landlock_fd = make_ruleset("/");
	fails_at(&cmd, -EPERM, BROOD_STEP_SANDBOX, "landlock");
	sandbox.flags |= BROOD_NO_NEW_PRIVS;
	sandbox.landlock_fd = 9999;
	fails_at(&cmd, -EBADF, BROOD_STEP_SANDBOX, "landlock_fd");
}

/* covers: API-EXEC.landlock API-EXEC.restored */
static void one_that_cannot_be_taken_changes_nothing(void **state)
{
	(void)state;
	if (!has_landlock())
		skip_because("landlock is not there");
	in_scene(no_landlock_scene, NULL);
}

static const struct line_of_filter no_parent[] = { LOAD_NUMBER, IF_EQUAL(SYS_getppid, 0, 1),
	RETURN(ERROR(55)), RETURN(ALLOW) };

/* covers: API-EXEC.seccomp API-EXEC.changed */
static void a_filter_holds_in_it(void **state)
{
	(void)state;
	need_failing_execve();
	struct brood_sandbox sandbox = sandbox_of(BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	sandbox.seccomp = no_parent;
	sandbox.seccomp_length = 4;
	for (int i = 0; i < 2; i++) {
		const char *text = rights_in(i ? becomes_nobody_first : NULL, &cmd);
		check_in(text, "seccomp", "2");
		check_in(text, "nnp", "1");
		check_in(text, "ppid", "-55");
	}
	in_scene(fails_late_scene, &cmd);
}

/* What is taken back comes too late for a filter that forbids it: that is told. */
static void forbidden_scene(void *data)
{
	const struct line_of_filter filter[] = { LOAD_NUMBER, IF_EQUAL(SYS_fchdir, 0, 1),
		RETURN(ERROR(EPERM)), RETURN(ALLOW) };
	struct brood_sandbox sandbox = sandbox_of(BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .dir = "/proc");
	(void)data;
	sandbox.seccomp = filter;
	sandbox.seccomp_length = 4;
	fails_late(&cmd);
}

static void no_filter_scene(void *data)
{
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	(void)data;
	become(NOBODY);
	sandbox.seccomp = no_parent;
	sandbox.seccomp_length = 4;
	fails_at(&cmd, -EACCES, BROOD_STEP_SANDBOX, "seccomp");
}

/* covers: API-EXEC.seccomp API-EXEC.restored */
static void one_that_is_not_allowed_changes_nothing(void **state)
{
	(void)state;
	need_failing_execve();
	in_scene(no_filter_scene, NULL);
	in_scene(forbidden_scene, NULL);
}

static void with_terminal(void *data)
{
	const struct terminal *terminal = data;
	struct brood_session session = { .size = sizeof session, .flags = BROOD_SET_CTTY };
	const struct brood_fd_map fds[] = { { terminal->theirs, 9 } };
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .session = &session, .fds = fds, .n_fds = 1);
	session.controlling_fd = 9;
	check_number(setsid(), getpid());
	becomes(&cmd);
}

/* In a session of another one's it is not the leader. */
static void no_terminal_scene(void *data)
{
	const struct terminal *terminal = data;
	struct brood_session session = { .size = sizeof session, .flags = BROOD_SET_CTTY };
	struct brood_cmd cmd = BROOD_CMD(.session = &session, .in = brood_fd(terminal->theirs));
	fails_at(&cmd, -EPERM, BROOD_STEP_TERMINAL, "descriptor 0");
	session.flags = BROOD_DROP_CTTY;
	fails_at(&cmd, -ENOTTY, BROOD_STEP_TERMINAL, "descriptor 0");
	check_number(setsid(), getpid());
	session.flags = BROOD_SET_CTTY;
	fails_late(&cmd);
}

/* covers: API-EXEC.terminal API-EXEC.changed */
static void a_leader_of_a_session_gets_its_controlling_terminal(void **state)
{
	(void)state;
	need_failing_execve();
	struct terminal terminal = open_terminal();
	struct outcome *outcome = outcome_of(with_terminal, &terminal);
	char pid[16];
	snprintf(pid, sizeof pid, "%d", (int)outcome->pid);
	check_number(outcome->status, 0);
	check_in(outcome->out, "terminal", pid);
	check_in(outcome->out, "sid", pid);
	in_scene(no_terminal_scene, &terminal);
	close_terminal(&terminal);
}

/* A process of a session whose leader waits for it. */
static void drops_terminal(void *data)
{
	const struct terminal *terminal = data;
	struct brood_session session = { .size = sizeof session, .flags = BROOD_DROP_CTTY };
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .session = &session,
		.in = brood_fd(terminal->theirs));
	int status = 0;
	check_number(setsid(), getpid());
	check_number(ioctl(terminal->theirs, TIOCSCTTY, 0), 0);
	if (fork() == 0)
		becomes(&cmd);
	check(wait(&status) > 0);
	_exit(status != 0);
}

/* The leader hangs up its foreground group, to which it belongs. */
static void leader_drops_terminal(void *data)
{
	const struct terminal *terminal = data;
	struct brood_session session = { .size = sizeof session, .flags = BROOD_DROP_CTTY };
	struct brood_signals signals = { .size = sizeof signals };
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .session = &session, .signals = &signals,
		.in = brood_fd(terminal->theirs));
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	if (terminal->ours < 0)
		sigaddset(&signals.reset, SIGHUP);
	else
		sigaddset(&signals.ignore, SIGHUP);
	check_number(setsid(), getpid());
	check_number(ioctl(terminal->theirs, TIOCSCTTY, 0), 0);
	becomes(&cmd);
}

/* covers: API-EXEC.terminal */
static void it_gives_up_its_controlling_terminal(void **state)
{
	(void)state;
	struct terminal terminal = open_terminal();
	struct outcome *outcome = outcome_of(drops_terminal, &terminal);
	check_number(outcome->status, 0);
	check_in(outcome->out, "terminal", "-1");
	outcome = outcome_of(leader_drops_terminal, &terminal);
	check_number(outcome->status, 0);
	check_in(outcome->out, "terminal", "-1");
	struct terminal other = { -1, terminal.theirs };
	outcome = outcome_of(leader_drops_terminal, &other);
	check(WIFSIGNALED(outcome->status) && WTERMSIG(outcome->status) == SIGHUP);
	close_terminal(&terminal);
}

static void traced_scene(void *data)
{
	struct brood_session session = { .size = sizeof session, .flags = BROOD_TRACEME };
	struct brood_cmd cmd = quiet(ACT("exit", "5"));
	int status = 0;
	(void)data;
	cmd.session = &session;
	pid_t pid = fork();
	if (pid == 0)
		becomes(&cmd);
	check_number(waitpid(pid, &status, 0), pid);
	check(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	char path[64];
	char exe[PATH_MAX];
	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	ssize_t n = readlink(path, exe, sizeof exe - 1);
	check(n > 0);
	exe[n] = '\0';
	check(strstr(exe, "/act") != NULL);
	check_number(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	check_number(waitpid(pid, &status, 0), pid);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 5);
	/* Who cannot become it is traced all the same. */
	pid = fork();
	if (pid == 0) {
		fails_late(&cmd);
		_exit(0);
	}
	do {
		check_number(waitpid(pid, &status, 0), pid);
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, 0, 0);
	} while (WIFSTOPPED(status));
	check_number(status, 0);
}

/* covers: API-EXEC.trace API-EXEC.changed */
static void our_parent_traces_the_program(void **state)
{
	(void)state;
	need_failing_execve();
	if (!may_trace())
		skip_because("tracing is denied");
	in_scene(traced_scene, NULL);
}

static void dies_with_parent(void *data)
{
	struct brood_session session = { .size = sizeof session, .parent_death_signal = SIGUSR2 };
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UID, .uid = SOMEBODY
	};
	char *argv[] = { everybodys_helper("show_rights"), NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .session = &session);
	(void)data;
	if (is_root())
		cmd.credentials = &credentials;
	becomes(&cmd);
}

/* covers: API-EXEC.death */
static void the_parent_death_signal_comes_behind_the_ids(void **state)
{
	(void)state;
	check_in(outcome_of(dies_with_parent, NULL)->out, "death", "12");
}

/* Root without the right to look into folders of others. */
static void for_another_user(void *data)
{
	const struct brood_credentials credentials = { .size = sizeof credentials,
		.flags = BROOD_SET_UID | BROOD_SET_GID,
		.uid = SOMEBODY,
		.gid = SOMEBODY };
	char *argv[] = { place_at(data, "show"), NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .credentials = &credentials,
		.dir = place_at(data, "sub"));
	struct {
		uint32_t version;
		int pid;
	} header = { 0x20080522, 0 };
	struct {
		uint32_t effective, permitted, inheritable;
	} sets[2];
	check_number(syscall(SYS_capget, &header, sets), 0);
	for (int i = 0; i < 2; i++) {
		/* DAC_OVERRIDE and DAC_READ_SEARCH */
		sets[i].effective &= i ? ~0u : ~6u;
		sets[i].permitted = sets[i].effective;
		sets[i].inheritable = 0;
	}
	check_number(syscall(SYS_capset, &header, sets), 0);
	becomes(&cmd);
}

/* covers: API-EXEC.judged */
static void directory_and_program_are_judged_with_the_new_ids(void **state)
{
	(void)state;
	need_root();
	struct place place;
	make_root(&place);
	check_number(chmod(place_at(&place, "sub"), 0700), 0);
	check_number(chmod(place_at(&place, "show"), 0700), 0);
	check_number(chown(place_at(&place, "sub"), SOMEBODY, SOMEBODY), 0);
	check_number(chown(place_at(&place, "show"), SOMEBODY, SOMEBODY), 0);
	struct outcome *outcome = outcome_of(for_another_user, &place);
	check_in(outcome->out, "cwd", place_at(&place, "sub"));
	check_in(outcome->out, "uid", "12345 12345 12345");
	place_leave(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(what_it_may_use_is_that_of_the_command),
		hygienic(what_is_not_allowed_is_told_and_nothing_is_another),
		hygienic(scheduling_score_and_death_signal_are_taken_back),
		hygienic(it_goes_to_the_control_group_and_says_when_it_is_there),
		hygienic(a_control_group_that_cannot_be_entered_is_named),
		hygienic(it_makes_each_kind_of_namespace),
		hygienic(it_maps_its_own_ids),
		hygienic(a_namespace_or_map_that_is_not_allowed_is_told),
		hygienic(beside_threads_nobody_makes_a_user_namespace),
		hygienic(its_root_is_that_of_the_command),
		hygienic(a_root_that_cannot_be_is_told_and_one_that_stays),
		hygienic(its_capabilities_are_those_of_the_command),
		hygienic(capabilities_that_we_have_not_are_told),
		hygienic(a_landlock_ruleset_holds_in_it),
		hygienic(one_that_cannot_be_taken_changes_nothing),
		hygienic(a_filter_holds_in_it),
		hygienic(one_that_is_not_allowed_changes_nothing),
		hygienic(a_leader_of_a_session_gets_its_controlling_terminal),
		hygienic(it_gives_up_its_controlling_terminal),
		hygienic(our_parent_traces_the_program),
		hygienic(the_parent_death_signal_comes_behind_the_ids),
		hygienic(directory_and_program_are_judged_with_the_new_ids),
	};
	make_wrong_program();
	int r = hygiene_run("exec_attributes", tests);
	leave_wrong_program();
	return r;
}
