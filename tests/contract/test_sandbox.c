/* SPDX-License-Identifier: MIT */
/* What the child sees and may do: root, capabilities, no new privileges, landlock, filters. */
#include "places.h"

#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct brood_sandbox sandbox_of(uint64_t flags)
{
	return (struct brood_sandbox){ .size = sizeof(struct brood_sandbox), .flags = flags };
}

/* covers: ATT-BOX.root GE-12.chroot DIFF-80 */
static void program_and_directory_are_inside_of_the_new_root(void **state)
{
	(void)state;
	if (!is_root() || !has_capability(18))
		skip_because("needs CAP_SYS_CHROOT");
	struct place place;
	struct rights rights;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/show"), .sandbox = &sandbox);

	make_root(&place);
	sandbox.root = place.path;
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "cwd", "/");
	rights_done(&rights);
	cmd.dir = "/sub";
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "cwd", "/sub");
	rights_done(&rights);
	/* From where it is put, not from where we are. */
	cmd.dir = "sub";
	cmd.path = "../show";
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "cwd", "/sub");
	rights_done(&rights);
	char **env = NULL;
	check_number(brood_environ(&cmd, &env, NULL), 0);
	size_t n = 0;
	while (env[n] && strncmp(env[n], "PWD=", 4) != 0)
		n++;
	check_text(env[n], "PWD=/sub");
	free(env);
	place_leave(&place);
}

/* covers: ATT-BOX.root GE-12.chroot GE-12.order */
static void the_new_root_comes_before_the_ids_and_they_before_the_directory(void **state)
{
	(void)state;
	if (!is_root() || !has_capability(18))
		skip_because("needs CAP_SYS_CHROOT");
	struct place place;
	struct rights rights;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UID, .uid = SOMEBODY
	};
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/show"), .sandbox = &sandbox,
		.credentials = &credentials, .dir = "/sub");

	make_root(&place);
	sandbox.root = place.path;
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "cwd", "/sub");
	check_right(&rights, "uid", "12345 12345 12345");
	rights_done(&rights);
	check_number(chmod(place_at(&place, "sub"), 0700), 0);
	expect_failure(&cmd, NULL, -EACCES, BROOD_STEP_CHDIR, "/sub");
	place_leave(&place);
}

static void no_root_scene(void *data)
{
	(void)data;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	become(NOBODY);
	sandbox.root = "/tmp";
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CHROOT, "/tmp");
}

/* covers: ATT-STEP.chroot */
static void a_root_that_cannot_be_is_told(void **state)
{
	(void)state;
	static char long_path[5000];
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);

	in_scene(no_root_scene, NULL);
	sandbox.root = "";
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.root");
	memset(long_path, 'x', sizeof long_path - 1);
	sandbox.root = long_path;
	expect_failure(&cmd, NULL, -ENAMETOOLONG, BROOD_STEP_CONFIG, "cmd.sandbox.root");
	sandbox.root = "/nowhere/root";
	expect_failure(&cmd, NULL, -ENOENT, BROOD_STEP_CHROOT, "/nowhere/root");
}

/* covers: ATT-CAP.exact */
static void the_child_has_exactly_these_capabilities(void **state)
{
	(void)state;
	if (!is_root() || !has_capability(8) || !has_capability(CAP_KILL))
		skip_because("needs CAP_SETPCAP and CAP_KILL");
	struct rights rights;
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_CAPABILITIES);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);

	sandbox.capabilities = BIT(CAP_KILL) | BIT(CAP_NET_BIND);
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "bounding", "420");
	check_right(&rights, "inheritable", "420");
	check_right(&rights, "permitted", "420"); /* root gets what is in the bounding set */
	check_right(&rights, "effective", "420");
	check_right(&rights, "ambient", "0");
	check_right(&rights, "keepcaps", "0");
	rights_done(&rights);
	sandbox.capabilities = 0;
	rights_of(&rights, &cmd, NULL);
	static const char *const sets[] = { "bounding", "inheritable", "permitted", "effective",
		"ambient" };
	for (size_t i = 0; i < 5; i++)
		check_right(&rights, sets[i], "0");
	rights_done(&rights);
}

/* covers: ATT-CAP.ambient GE-12.ambient */
static void ambient_ones_survive_a_change_of_user(void **state)
{
	(void)state;
	if (!is_root() || !has_capability(8) || !has_capability(CAP_KILL))
		skip_because("needs CAP_SETPCAP and CAP_KILL");
	struct rights ours, rights;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_credentials credentials = {
		.size = sizeof credentials,
		.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS,
		.uid = SOMEBODY,
		.gid = SOMEBODY,
	};
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .credentials = &credentials);

	our_rights(&ours);
	sandbox.ambient = BIT(CAP_NET_BIND) | BIT(CAP_KILL);
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "uid", "12345 12345 12345");
	check_right(&rights, "ambient", "420");
	check_right(&rights, "permitted", "420");
	check_right(&rights, "effective", "420");
	check_right(&rights, "inheritable", "420");
	check_text(right_at(rights.text, "bounding"), right_at(ours.text, "bounding"));
	rights_done(&rights);
	rights_done(&ours);
	sandbox.flags = BROOD_SET_CAPABILITIES;
	sandbox.capabilities = BIT(CAP_NET_BIND) | BIT(CAP_KILL);
	sandbox.ambient = BIT(CAP_NET_BIND);
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "ambient", "400");
	check_right(&rights, "effective", "400");
	check_right(&rights, "inheritable", "420");
	check_right(&rights, "bounding", "420");
	rights_done(&rights);
}

static unsigned long long our_set(const char *name)
{
	unsigned long long bits = 0;
	const char *line = strstr(read_file("/proc/self/status"), name);
	check(line && sscanf(line + strlen(name), " %llx", &bits) == 1);
	return bits;
}

/* keepcaps must not leave a function what it was not given. */
static int only_ambient(void *data)
{
	(void)data;
	return our_set("CapPrm:") == BIT(CAP_KILL) && our_set("CapEff:") == BIT(CAP_KILL) &&
			       our_set("CapAmb:") == BIT(CAP_KILL) &&
			       prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0 && getuid() == SOMEBODY
		       ? 0
		       : 1;
}

/* covers: ATT-CAP.function */
static void a_function_has_no_more_of_them_than_a_program(void **state)
{
	(void)state;
	if (!is_root() || !has_capability(CAP_KILL))
		skip_because("needs CAP_KILL");
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UID, .uid = SOMEBODY
	};
	struct brood_cmd cmd = BROOD_CMD(.function = only_ambient, .sandbox = &sandbox,
		.credentials = &credentials);
	sandbox.ambient = BIT(CAP_KILL);
	check_number(brood_run(&cmd, NULL, NULL, NULL), 0);
}

static void no_capability_scene(void *data)
{
	(void)data;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	become(NOBODY);
	sandbox.ambient = BIT(CAP_NET_RAW);
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CAPABILITIES, "capability 13");
	sandbox = sandbox_of(BROOD_SET_CAPABILITIES);
	sandbox.capabilities = BIT(CAP_KILL) | BIT(CAP_NET_RAW);
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CAPABILITIES, "capability 5");
	sandbox.capabilities = 0;
	if (prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 1)
		expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_CAPABILITIES,
			"bounding set without capability 0");
}

/* covers: ATT-STEP.capabilities */
static void capabilities_that_we_have_not_are_named(void **state)
{
	(void)state;
	in_scene(no_capability_scene, NULL);
}

/* covers: ATT-STEP.capabilities GE-12.ambient */
static void and_those_that_there_are_not(void **state)
{
	(void)state;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	sandbox.ambient = BIT(63);
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CAPABILITIES, "capability 63");
	sandbox = sandbox_of(BROOD_SET_CAPABILITIES);
	sandbox.capabilities = BIT(62) | BIT(63);
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CAPABILITIES, "capability 62");
}

/* covers: ATT-BOX.nnp GE-12.nnp */
static void no_new_privileges_holds(void **state)
{
	(void)state;
	struct rights rights;
	struct brood_sandbox sandbox = sandbox_of(BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "nnp", "1");
	rights_done(&rights);
	check_number(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

/* covers: ATT-BOX.seccomp */
static void a_filter_holds_in_the_program(void **state)
{
	(void)state;
	need_filters();
	const struct line_of_filter filter[] = { LOAD_NUMBER, IF_EQUAL(SYS_getppid, 0, 1),
		RETURN(ERROR(55)), RETURN(ALLOW) };
	struct rights rights;
	struct brood_sandbox sandbox = sandbox_of(BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	int ours = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
	sandbox.seccomp = filter;
	sandbox.seccomp_length = 4;
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "seccomp", "2");
	check_right(&rights, "ppid", "-55");
	rights_done(&rights);
	check_number(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), ours);
}

/* covers: ATT-BOX.seccomp ATT-BOX.filter-last */
static void it_need_not_let_through_anything_but_execve(void **state)
{
	(void)state;
	need_filters();
	const struct line_of_filter filter[] = { LOAD_NUMBER, IF_EQUAL(SYS_execve, 0, 1),
		RETURN(ALLOW), RETURN(KILL) };
	const struct line_of_filter mute[] = { LOAD_NUMBER, IF_EQUAL(SYS_execve, 0, 1),
		RETURN(ALLOW), RETURN(ERROR(EPERM)) };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_sandbox sandbox = sandbox_of(BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.sandbox = &sandbox;
	sandbox.seccomp = filter;
	sandbox.seccomp_length = 4;
	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].signal, SIGSYS);
	brood_result_done(&result);
	/* And a failure is told, although it may not say a word, nor end in order. */
	cmd.path = "/nowhere/program";
	expect_failure(&cmd, NULL, -ENOENT, BROOD_STEP_EXEC, "/nowhere/program");
	sandbox.seccomp = mute;
	expect_failure(&cmd, NULL, -ENOENT, BROOD_STEP_EXEC, "/nowhere/program");
}

/* covers: ATT-BOX.seccomp ATT-STEP.sandbox */
static void a_filter_may_forbid_execve(void **state)
{
	(void)state;
	need_filters();
	const struct line_of_filter filter[] = { LOAD_NUMBER, IF_EQUAL(SYS_execve, 0, 1),
		RETURN(ERROR(77)), RETURN(ALLOW) };
	struct brood_sandbox sandbox = sandbox_of(BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	char program[PATH_MAX];
	snprintf(program, sizeof program, "%s", cmd.argv[0]);
	cmd.sandbox = &sandbox;
	sandbox.seccomp = filter;
	sandbox.seccomp_length = 4;
	expect_failure(&cmd, NULL, -77, BROOD_STEP_EXEC, program);
}

static void no_privileges_scene(void *data)
{
	const struct line_of_filter filter[] = { RETURN(ALLOW) };
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	(void)data;
	become(NOBODY);
	sandbox.seccomp = filter;
	sandbox.seccomp_length = 1;
	expect_failure(&cmd, NULL, -EACCES, BROOD_STEP_SANDBOX, "seccomp");
	check_number(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

/* covers: ATT-BOX.seccomp-nnp ATT-STEP.sandbox */
static void a_filter_needs_no_new_privileges_or_a_capability(void **state)
{
	(void)state;
	need_filters();
	in_scene(no_privileges_scene, NULL);
}

/* covers: ATT-STEP.sandbox */
static void a_program_that_is_no_filter_is_told(void **state)
{
	(void)state;
	need_filters();
	const struct line_of_filter filter[] = { LOAD_NUMBER };
	static struct line_of_filter most[4097];
	struct brood_sandbox sandbox = sandbox_of(BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	sandbox.seccomp = filter;
	sandbox.seccomp_length = 1;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_SANDBOX, "seccomp");
	sandbox.seccomp_length = 0;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.seccomp");
	sandbox.seccomp = NULL;
	sandbox.seccomp_length = 1;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.seccomp");
	for (size_t i = 0; i < 4097; i++)
		most[i] = (struct line_of_filter)RETURN(ALLOW);
	sandbox.seccomp = most;
	sandbox.seccomp_length = 4097;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.seccomp");
	sandbox.seccomp_length = 4096;
	cmd.argv = ACT("exit", "0");
	check_number(brood_run(&cmd, NULL, NULL, NULL), 0);
}

/* covers: ATT-BOX.landlock GE-12.landlock */
static void a_landlock_ruleset_holds(void **state)
{
	(void)state;
	struct rights rights;
	enum { MANY = 40 };
	struct brood_fd_map fds[MANY];
	for (int i = 0; i < MANY; i++)
		fds[i] = (struct brood_fd_map){ 0, 3 + i };
	int ruleset = make_ruleset(everybodys.path);
	if (ruleset < 0)
		skip_because("landlock is not there");
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK | BROOD_NO_NEW_PRIVS);
	sandbox.landlock_fd = ruleset;
	/* Whichever numbers are taken, by us or by the child. */
	for (size_t i = 0; i < 10; i++) {
		struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox, .fds = fds,
			.n_fds = i / 2 * 10, .flags = i % 2 ? BROOD_KEEP_FDS : 0);
		rights_of(&rights, &cmd, NULL);
		/* It could be read itself, and nothing of /proc. */
		check(right_at(rights.text, "uid") && !right_at(rights.text, "oom"));
		rights_done(&rights);
	}
	close(ruleset);
}

static int read_both(void *data)
{
	const char *const *paths = data;
	/* It has 0 to 2, and not the ruleset. */
	for (int fd = 3; fd < 100; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return 4;
	}
	int inside = open(paths[0], O_RDONLY | O_CLOEXEC);
	int outside = open(paths[1], O_RDONLY | O_CLOEXEC);
	return (inside >= 0 ? 1 : 0) | (outside < 0 && errno == EACCES ? 2 : 0);
}

/* covers: ATT-BOX.landlock */
static void it_forbids_what_it_does_not_allow(void **state)
{
	(void)state;
	struct place place;
	struct brood_result result = BROOD_RESULT_INIT;
	place_make(&place);
	make_file(place_at(&place, "inside"), "x", 0644);
	int ruleset = make_ruleset(place.path);
	if (ruleset < 0) {
		place_leave(&place);
		skip_because("landlock is not there");
	}
	const char *paths[] = { place_at(&place, "inside"), "/etc/passwd" };
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK | BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.function = read_both, .function_data = (void *)paths,
		.sandbox = &sandbox);
	sandbox.landlock_fd = ruleset;
	check_number(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT);
	check_number(result.stages[0].exit_code, 3);
	brood_result_done(&result);
	close(ruleset);
	place_leave(&place);
}

enum { STRAY = 500, PRIVATE = 501 };

/* In a root without /proc nothing says what is open, and this kernel has no close_range. */
static int only_what_was_kept(void *data)
{
	(void)data;
	bool has_stray = fcntl(STRAY, F_GETFD) >= 0;
	bool has_private = fcntl(PRIVATE, F_GETFD) >= 0;
	return (has_stray ? 1 : 0) | (has_private ? 2 : 0) |
	       (access("/proc/self", F_OK) == 0 || access("/sub", F_OK) < 0 ? 4 : 0);
}

static void rootless_scene(void *data)
{
	struct line line = line_open();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.function = only_what_was_kept, .sandbox = &sandbox);
	struct rlimit limit;
	sandbox.root = ((struct place *)data)->path;
	live_without(SYS_close_range);
	check_number(dup2(line.writing, STRAY), STRAY);
	check_number(dup3(line.writing, PRIVATE, O_CLOEXEC), PRIVATE);
	/* They stay open above a limit that comes later. */
	check_number(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 100;
	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
	cmd.flags = BROOD_KEEP_FDS;
	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].exit_code, 1);
	brood_result_done(&result);
	/* A program: once ours are closed nobody holds the line. */
	struct brood_job *job = NULL;
	cmd = quiet(BROOD_ARGV("/act", "pause"));
	cmd.sandbox = &sandbox;
	check_code(brood_start(&job, &cmd, 1, NULL, &error), 0, &error);
	close(STRAY);
	close(PRIVATE);
	line_gone(&line);
	brood_job_free(job);
}

/* covers: ATT-BOX.closed */
static void what_nobody_named_is_closed_in_a_root_without_proc_too(void **state)
{
	(void)state;
	need_filters();
	if (!is_root() || !has_capability(18) || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		skip_because("needs CAP_SYS_CHROOT and filters");
	struct place place;
	make_root(&place);
	copy_program(helper("act"), place_at(&place, "act"));
	in_scene(rootless_scene, &place);
	place_leave(&place);
}

/* Which numbers are open in the child, a bit each. */
static uint64_t open_numbers(const struct brood_cmd *cmd)
{
	uint64_t bits = 0;
	struct brood_result result = BROOD_RESULT_INIT;
	output_of(cmd, NULL, &result);
	for (const char *line = result.out.data; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		bits |= *line ? BIT(atoi(line)) : 0;
	}
	brood_result_done(&result);
	return bits;
}

/* covers: ATT-BOX.landlock-fd */
static void the_ruleset_is_no_descriptor_of_the_program(void **state)
{
	(void)state;
	int ruleset = make_ruleset("/");
	if (ruleset < 0)
		skip_because("landlock is not there");
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK | BROOD_NO_NEW_PRIVS);
	sandbox.landlock_fd = ruleset;
	const struct brood_fd_map fds[] = { { 0, 3 }, { 2, 4 }, { 1, 7 } };
	for (size_t n = 0; n <= 3; n++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-"),
			.sandbox = &sandbox, .fds = fds, .n_fds = n);
		struct brood_cmd plain = cmd;
		plain.sandbox = NULL;
		check_number(open_numbers(&cmd), open_numbers(&plain));
		cmd.flags = plain.flags = BROOD_KEEP_FDS;
		check_number(open_numbers(&cmd), open_numbers(&plain));
	}
	close(ruleset);
}

static void landlock_scene(void *data)
{
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	sandbox.landlock_fd = *(int *)data;
	become(NOBODY);
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_SANDBOX, "landlock");
}

/* covers: ATT-STEP.sandbox */
static void a_ruleset_that_cannot_be_taken_is_told(void **state)
{
	(void)state;
	struct brood_sandbox sandbox = sandbox_of(BROOD_SET_LANDLOCK | BROOD_NO_NEW_PRIVS);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	int ruleset = make_ruleset("/");
	if (ruleset < 0)
		skip_because("landlock is not there");
	in_scene(landlock_scene, &ruleset);
	close(ruleset);
	sandbox.landlock_fd = 9999;
	expect_failure(&cmd, NULL, -EBADF, BROOD_STEP_SANDBOX, "landlock_fd");
	sandbox.landlock_fd = 0;
	expect_failure(&cmd, NULL, -EBADFD, BROOD_STEP_SANDBOX, "landlock");
	sandbox.landlock_fd = make_ruleset("/");
	sandbox.landlock_flags = UINT32_C(1) << 31; /* unknown to every kernel so far */
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_SANDBOX, "landlock");
	check_number(close(sandbox.landlock_fd), 0);
}

/* covers: ATT-BOX.misuse */
static void what_would_not_hold_is_refused_before_the_start(void **state)
{
	(void)state;
	struct brood_sandbox sandbox = sandbox_of(0);
	struct brood_cmd cmd = BROOD_CMD(.sandbox = &sandbox);
	for (int bit = 4; bit < 64; bit++) {
		sandbox.flags = BIT(bit);
		expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.flags");
	}
	sandbox = sandbox_of(0);
	sandbox.capabilities = 1;
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.capabilities");
	sandbox = sandbox_of(BROOD_SET_CAPABILITIES);
	sandbox.capabilities = BIT(3);
	sandbox.ambient = BIT(4);
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.ambient");
	sandbox = sandbox_of(0);
	sandbox.landlock_flags = 1;
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.landlock_flags");
	sandbox = sandbox_of(BROOD_SET_LANDLOCK);
	sandbox.landlock_fd = -1;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.sandbox.landlock_fd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(program_and_directory_are_inside_of_the_new_root),
		hygienic(the_new_root_comes_before_the_ids_and_they_before_the_directory),
		hygienic(a_root_that_cannot_be_is_told),
		hygienic(the_child_has_exactly_these_capabilities),
		hygienic(ambient_ones_survive_a_change_of_user),
		hygienic(a_function_has_no_more_of_them_than_a_program),
		hygienic(capabilities_that_we_have_not_are_named),
		hygienic(and_those_that_there_are_not),
		hygienic(no_new_privileges_holds),
		hygienic(a_filter_holds_in_the_program),
		hygienic(it_need_not_let_through_anything_but_execve),
		hygienic(a_filter_may_forbid_execve),
		hygienic(a_filter_needs_no_new_privileges_or_a_capability),
		hygienic(a_program_that_is_no_filter_is_told),
		hygienic(a_landlock_ruleset_holds),
		hygienic(it_forbids_what_it_does_not_allow),
		hygienic(what_nobody_named_is_closed_in_a_root_without_proc_too),
		hygienic(the_ruleset_is_no_descriptor_of_the_program),
		hygienic(a_ruleset_that_cannot_be_taken_is_told),
		hygienic(what_would_not_hold_is_refused_before_the_start),
	};
	return hygiene_run("sandbox", tests);
}
