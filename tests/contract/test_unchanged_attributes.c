/* SPDX-License-Identifier: MIT */

/*
 * What a command changes is changed in its process alone: a run with each attribute, one that
 * begins and one that fails at the last step, leaves the host as it is. That holds too for what
 * parent and child share while the child is made (its memory is ours then: a uid that is changed
 * there would make us undumpable).
 */

#include "picture_spoil.h"
#include "unchanged_jobs.h"

struct setup {
	struct brood_cmd cmd;
	struct brood_options options;
	struct brood_credentials credentials;
	struct brood_limits limits;
	struct brood_session session;
	struct brood_sandbox sandbox;
	struct brood_rlimit rlimits[2];
	struct brood_id_map uid_map;
	struct brood_id_map gid_map;
	unsigned long processors;
	char *argv[4];
	char path[PATH_MAX];
};

static const gid_t two_groups[] = { 65530, 65531 };
static struct sock_filter allow_all[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };

static void with_uid(struct setup *s)
{
	s->credentials.flags |= BROOD_SET_UID;
	s->credentials.uid = 65534;
}

static void with_gid(struct setup *s)
{
	s->credentials.flags |= BROOD_SET_GID;
	s->credentials.gid = 65534;
}

static void with_groups(struct setup *s)
{
	s->credentials.flags |= BROOD_SET_GROUPS;
	s->credentials.groups = two_groups;
	s->credentials.n_groups = 2;
}

static void with_umask(struct setup *s)
{
	s->credentials.flags |= BROOD_SET_UMASK;
	s->credentials.umask = 0111;
}

static void with_limits(struct setup *s)
{
	s->rlimits[0] = (struct brood_rlimit){ .resource = RLIMIT_CORE };
	s->rlimits[1] = (struct brood_rlimit){ .resource = RLIMIT_NOFILE, .soft = 50, .hard = 60 };
	s->limits.rlimits = s->rlimits;
	s->limits.n_rlimits = 2;
}

static void with_nice(struct setup *s)
{
	s->limits.flags |= BROOD_SET_NICE;
	s->limits.nice = 9;
}

static void with_scheduler(struct setup *s)
{
	s->limits.flags |= BROOD_SET_SCHEDULER;
	s->limits.scheduler = SCHED_IDLE;
}

static void with_affinity(struct setup *s)
{
	cpu_set_t set;
	sched_getaffinity(0, sizeof set, &set);
	for (unsigned int cpu = 0; cpu < 8 * sizeof s->processors; cpu++)
		if (CPU_ISSET(cpu, &set))
			s->processors = 1UL << cpu;
	s->limits.affinity = &s->processors;
	s->limits.affinity_size = sizeof s->processors;
}

static void with_io_priority(struct setup *s)
{
	s->limits.flags |= BROOD_SET_IO_PRIORITY;
	s->limits.io_priority = 3 << 13;
}

static void with_score(struct setup *s)
{
	s->limits.flags |= BROOD_SET_OOM_SCORE;
	s->limits.oom_score_adj = 321;
}

/* The group that we are in ourselves. */
static void with_cgroup(struct setup *s)
{
	for (int place = 0; place < 2; place++) {
		spoiled_cgroup(0, place, s->path);
		*strrchr(s->path, '/') = '\0';
		s->limits.cgroup_path = s->path;
		strcat(s->path, "/cgroup.procs");
		int there = access(s->path, F_OK) == 0;
		*strrchr(s->path, '/') = '\0';
		if (there)
			break;
	}
}

static void with_session(struct setup *s)
{
	s->options.flags |= BROOD_NEW_SESSION;
}

static void with_group(struct setup *s)
{
	s->options.flags |= BROOD_NEW_GROUP;
}

static void with_terminal(struct setup *s)
{
	s->options.flags |= BROOD_NEW_SESSION;
	s->cmd.in = brood_tty(0, 0);
	s->cmd.out = brood_tty(0, 0);
}

/* Descriptor 0 of the child is a terminal that is nobody's yet. */
static void with_controlling_terminal(struct setup *s)
{
	int front = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	check(front >= 0 && grantpt(front) == 0 && unlockpt(front) == 0);
	s->cmd.in = brood_fd(open(ptsname(front), O_RDWR | O_NOCTTY | O_CLOEXEC));
	s->options.flags |= BROOD_NEW_SESSION;
	s->session.flags |= BROOD_SET_CTTY;
	s->session.controlling_fd = 0;
}

/* The host has one, which is the child's standard input. */
static void without_terminal(struct setup *s)
{
	if (!has_terminal())
		check(spoil_terminal() == 0);
	s->cmd.in = brood_fd(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
	s->session.flags |= BROOD_DROP_CTTY;
}

static void with_tracer(struct setup *s)
{
	s->session.flags |= BROOD_TRACEME;
}

static void with_death_signal(struct setup *s)
{
	s->session.parent_death_signal = SIGKILL;
}

static void with_root(struct setup *s)
{
	s->sandbox.root = "/";
}

static void with_maps(struct setup *s)
{
	s->uid_map = (struct brood_id_map){ .outside = geteuid(), .count = 1 };
	s->gid_map = (struct brood_id_map){ .outside = getegid(), .count = 1 };
	s->sandbox.uid_maps = &s->uid_map;
	s->sandbox.gid_maps = &s->gid_map;
	s->sandbox.n_uid_maps = s->sandbox.n_gid_maps = 1;
}

static void with_new_user(struct setup *s)
{
	with_maps(s);
	s->sandbox.clone_flags |= CLONE_NEWUSER;
}

static void with_unshared_user(struct setup *s)
{
	with_maps(s);
	s->sandbox.unshare_flags |= CLONE_NEWUSER;
}

static const uint64_t other_namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
					 CLONE_NEWCGROUP;

static void with_new_namespaces(struct setup *s)
{
	s->sandbox.clone_flags |= other_namespaces | CLONE_NEWPID;
}

static void with_unshared_namespaces(struct setup *s)
{
	s->sandbox.unshare_flags |= other_namespaces;
}

static void with_few_capabilities(struct setup *s)
{
	s->sandbox.flags |= BROOD_SET_CAPABILITIES;
	s->sandbox.capabilities = UINT64_C(1) << CAP_NET_BIND_SERVICE;
}

static void with_ambient_capabilities(struct setup *s)
{
	with_few_capabilities(s);
	s->sandbox.ambient = s->sandbox.capabilities;
}

static void without_new_privileges(struct setup *s)
{
	s->sandbox.flags |= BROOD_NO_NEW_PRIVS;
}

static void with_filter(struct setup *s)
{
	s->sandbox.flags |= BROOD_NO_NEW_PRIVS;
	s->sandbox.seccomp = allow_all;
	s->sandbox.seccomp_length = 1;
}

/* Nothing in the file system may be removed: LANDLOCK_ACCESS_FS_REMOVE_FILE. */
static void with_landlock(struct setup *s)
{
	const uint64_t handled = 1 << 5;
	s->sandbox.flags |= BROOD_NO_NEW_PRIVS | BROOD_SET_LANDLOCK;
	s->sandbox.landlock_fd = (int)syscall(444, &handled, sizeof handled, 0);
	if (s->sandbox.landlock_fd >= 0)
		fcntl(s->sandbox.landlock_fd, F_SETFD, FD_CLOEXEC);
}

/* As who gives up all that he has. */
static void with_all_that_a_service_has(struct setup *s)
{
	with_uid(s);
	with_gid(s);
	with_groups(s);
	with_umask(s);
	with_limits(s);
	with_nice(s);
	with_affinity(s);
	with_io_priority(s);
	with_session(s);
	with_death_signal(s);
	with_ambient_capabilities(s);
	with_filter(s);
}

static const struct attribute {
	const char *name;
	void (*set)(struct setup *s);
} attributes[] = {
	{ "no attribute", with_group },
	{ "a user id", with_uid },
	{ "a group id", with_gid },
	{ "groups", with_groups },
	{ "a umask", with_umask },
	{ "resource limits", with_limits },
	{ "a nice value", with_nice },
	{ "a scheduler", with_scheduler },
	{ "an affinity", with_affinity },
	{ "an I/O priority", with_io_priority },
	{ "an out-of-memory score", with_score },
	{ "a control group", with_cgroup },
	{ "a session", with_session },
	{ "a pseudo-terminal", with_terminal },
	{ "a controlling terminal", with_controlling_terminal },
	{ "no controlling terminal", without_terminal },
	{ "a tracer", with_tracer },
	{ "a parent-death signal", with_death_signal },
	{ "a root directory", with_root },
	{ "a new user namespace", with_new_user },
	{ "an unshared user namespace", with_unshared_user },
	{ "new namespaces", with_new_namespaces },
	{ "unshared namespaces", with_unshared_namespaces },
	{ "few capabilities", with_few_capabilities },
	{ "ambient capabilities", with_ambient_capabilities },
	{ "no new privileges", without_new_privileges },
	{ "a filter of system calls", with_filter },
	{ "a landlock ruleset", with_landlock },
	{ "all that a service has", with_all_that_a_service_has },
};

enum { N_ATTRIBUTES = sizeof attributes / sizeof *attributes };

/* What the host is like, and who looks after the job. */
static const struct situation {
	const char *name;
	int all_set_otherwise;
	int has_guard;
} situations[] = {
	{ "a plain host", 0, 0 },
	{ "a plain host, with a guard", 0, 1 },
	{ "an unusual host", 1, 0 },
	{ "an unusual host, with a guard", 1, 1 },
};

enum { N_SITUATIONS = sizeof situations / sizeof *situations };

struct test {
	const struct attribute *attribute;
	const struct situation *situation;
	int code; /* of the run that was to begin; shared with the scene, as the error */
	struct brood_error error;
};

static void set_up(struct setup *s, const struct test *test)
{
	static char exit_word[] = "exit";
	static char code_word[] = "0";
	*s = (struct setup){
		.argv = { helper("act"), exit_word, code_word, NULL },
		.cmd = BROOD_CMD(.argv = s->argv, .out = brood_null(),
			.credentials = &s->credentials, .limits = &s->limits,
			.session = &s->session, .sandbox = &s->sandbox),
		.options = BROOD_OPTIONS_INIT,
		.credentials.size = sizeof s->credentials,
		.limits.size = sizeof s->limits,
		.session.size = sizeof s->session,
		.sandbox.size = sizeof s->sandbox,
	};
	test->attribute->set(s);
	if (test->situation->has_guard) {
		s->options.flags |= BROOD_KILL_TREE;
		s->options.tree = BROOD_TREE_GUARD;
	}
}

/* A child that is traced stops before its program begins, and is not waited for. */
static int start_and_free(const struct setup *setup, struct brood_error *error)
{
	struct brood_job *job = NULL;
	int r = brood_start(&job, &setup->cmd, 1, &setup->options, error);

	if (r < 0)
		return r;
	compare_with_before(__FILE__, __LINE__, "a start", PICTURE_MORE);
	pid_t pid = brood_job_pid(job);
	brood_job_free(job);
	reap_leftover(pid);
	return 0;
}

/* In a forked copy of this process. The first start of a process is made in another way. */
static void run_with_attribute(void *data)
{
	struct test *test = data;
	struct setup setup;
	struct brood_error error = BROOD_ERROR_INIT;

	test->error = error;
	if (test->situation->all_set_otherwise)
		for (size_t i = 0; i < N_SPOILS; i++)
			if (spoils[i].usual)
				(void)!spoils[i].change();
	set_up(&setup, test);
	if (setup.sandbox.flags & BROOD_SET_LANDLOCK && setup.sandbox.landlock_fd < 0) {
		test->code = -EOPNOTSUPP;
		return;
	}
	picture_take(&topic_before);
	test->code = start_and_free(&setup, &test->error);
	compare_with_before(__FILE__, __LINE__, "a start", PICTURE_SAME);
	if (!(setup.session.flags & BROOD_TRACEME))
		test->code = brood_run(&setup.cmd, &setup.options, NULL, &test->error);
	compare_with_before(__FILE__, __LINE__, "a run", PICTURE_SAME);
	setup.cmd.argv = BROOD_ARGV("/nonexistent/program");
	check(start_and_free(&setup, &error) < 0);
	compare_with_before(__FILE__, __LINE__, "a start that failed", PICTURE_SAME);
	check(brood_run(&setup.cmd, &setup.options, NULL, &error) < 0);
	compare_with_before(__FILE__, __LINE__, "a run that failed", PICTURE_SAME);
}

/* covers: API-R10.attributes */
static void no_attribute_of_a_command_changes_the_host(void **state)
{
	struct test *test = *state;
	test->code = 0;
	need_threads();
	in_scene(run_with_attribute, test);
	/* The guard would be the tracer, and nobody's debugger. */
	if (test->attribute->set == with_tracer && test->situation->has_guard) {
		assert_int_equal(test->code, BROOD_EMISUSE);
		return;
	}
	if (test->code == BROOD_EMISUSE || test->code == -EINVAL || test->code == -E2BIG)
		fail_msg("the command is wrong: %s at %s %s", brood_code_name(test->code),
			brood_step_name(test->error.step), test->error.subject);
	if (test->code != 0)
		printf("# %s: cannot be had here: %s at %s\n", test->attribute->name,
			brood_code_name(test->code), brood_step_name(test->error.step));
	if (test->code != 0)
		skip();
}

int main(void)
{
	enum { N = N_ATTRIBUTES * N_SITUATIONS };
	static char names[N][120];
	static struct CMUnitTest tests[N];
	struct test *data = mmap(
		NULL, N * sizeof *data, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < N; i++) {
		data[i].attribute = &attributes[i / N_SITUATIONS];
		data[i].situation = &situations[i % N_SITUATIONS];
		snprintf(names[i], sizeof names[i], "%s leaves %s as it is",
			data[i].attribute->name, data[i].situation->name);
		tests[i] = (struct CMUnitTest)hygienic(no_attribute_of_a_command_changes_the_host);
		tests[i].name = names[i];
		tests[i].initial_state = &data[i];
	}
	return hygiene_run("unchanged by attributes", tests);
}
