/* SPDX-License-Identifier: MIT */

/* Starting below a guard: failures, sizes, old kernels; what is refused. The tests of everything
 * else that a child sees run a second time, each with a guard: guarded.h. */

#include "tree.h"

#include <sys/prctl.h>
#include <sys/resource.h>

static int failing(void *data)
{
	(void)data;
	return 1;
}

static void expect_same_failure(struct brood_cmd cmd, uint64_t flags, int code, int step)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_error guarded = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = flags);
	struct brood_job *job = NULL;
	int before = hygiene_open_descriptors();
	check_error(brood_start(&job, &cmd, 1, &options, &error), code, &error, step);
	options.flags |= BROOD_KILL_TREE;
	options.tree = BROOD_TREE_GUARD;
	check_error(brood_start(&job, &cmd, 1, &options, &guarded), code, &guarded, step);
	check_number(guarded.os_errno, error.os_errno);
	check_number(guarded.fd, error.fd);
	check_text(guarded.subject, error.subject);
	check(job == NULL);
	check_number(hygiene_open_descriptors(), before);
}

/* covers: API-TREE.failures */
static void a_start_fails_as_it_does_without_a_guard(void **state)
{
	(void)state;
	need_guard();
	struct place place;
	place_make(&place);
	char *plain = place_at(&place, "plain");
	char *orphan = place_at(&place, "orphan");
	char *garbage = place_at(&place, "garbage");
	make_file(plain, "#!/bin/sh\n", 0644);
	make_file(orphan, "#!/no/such/interpreter\n", 0755);
	make_file(garbage, "garbage", 0755);
	const struct brood_fd_map bad[] = { { 777, 5 } };
	const uint64_t many = UINT64_C(1) << 32;
	const struct brood_rlimit wide[] = { { RLIMIT_NOFILE, 0, many, many } };
	const struct brood_limits limits = {
		.size = sizeof limits, .rlimits = wide, .n_rlimits = 1
	};
	struct brood_cmd cmd = quiet(BROOD_ARGV("/no/such/program"));
	expect_same_failure(cmd, 0, -ENOENT, BROOD_STEP_EXEC);
	expect_same_failure(cmd, BROOD_NEW_SESSION, -ENOENT, BROOD_STEP_EXEC);
	expect_same_failure(
		quiet(BROOD_ARGV("no-such-program")), 0, BROOD_ENOTFOUND, BROOD_STEP_LOOKUP);
	expect_same_failure(quiet(BROOD_ARGV(plain)), 0, -EACCES, BROOD_STEP_EXEC);
	expect_same_failure(quiet(BROOD_ARGV(place.path)), 0, -EACCES, BROOD_STEP_EXEC);
	expect_same_failure(quiet(BROOD_ARGV(orphan)), 0, -ENOENT, BROOD_STEP_EXEC);
	expect_same_failure(quiet(BROOD_ARGV(garbage)), 0, -ENOEXEC, BROOD_STEP_EXEC);
	cmd = quiet(ACT("exit", "0"));
	cmd.dir = "/no/such/folder";
	expect_same_failure(cmd, 0, -ENOENT, BROOD_STEP_CHDIR);
	cmd.dir = plain;
	expect_same_failure(cmd, 0, -ENOTDIR, BROOD_STEP_CHDIR);
	cmd.dir = NULL;
	cmd.fds = bad;
	cmd.n_fds = 1;
	expect_same_failure(cmd, 0, -EBADF, BROOD_STEP_DESCRIPTORS);
	cmd.n_fds = 0;
	cmd.limits = &limits;
	expect_same_failure(cmd, 0, -EPERM, BROOD_STEP_LIMITS);
	place_leave(&place);
}

/* covers: API-TREE.failures */
static void a_group_that_is_not_there_cannot_be_joined_below_a_guard_either(void **state)
{
	(void)state;
	need_guard();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.group = 1);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_job *job = NULL;
	check_error(brood_start(&job, &cmd, 1, &options, &error), -EPERM, &error, BROOD_STEP_GROUP);
}

/* covers: API-TREE.failures */
static void a_script_without_a_first_line_is_run_by_the_shell_below_a_guard(void **state)
{
	(void)state;
	need_guard();
	struct place place;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	place_make(&place);
	char *script = place_at(&place, "script");
	make_file(script, "echo \"$0: $*\"\n", 0755);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(script, "one", "two"),
		.flags = BROOD_EXEC_SHELL_FALLBACK);
	char wanted[2 * PATH_MAX];
	snprintf(wanted, sizeof wanted, "%s: one two\n", script);
	output_of(&cmd, &options, &result);
	check_text(result.out.data, wanted);
	brood_result_done(&result);
	place_leave(&place);
}

/* covers: API-TREE.failures */
static void a_busy_program_is_tried_again_below_a_guard(void **state)
{
	(void)state;
	need_guard();
	struct place place;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	struct brood_job *job;
	place_make(&place);
	char *program = place_at(&place, "program");
	check_number(run_quietly(BROOD_ARGV("/bin/cp", helper("act"), program), NULL), 0);
	int fd = open(program, O_WRONLY | O_CLOEXEC);
	check(fd >= 0);
	struct brood_cmd cmd = quiet(BROOD_ARGV(program, "exit", "0"));
	check_error(
		brood_start(&job, &cmd, 1, &options, &error), -ETXTBSY, &error, BROOD_STEP_EXEC);
	close(fd);
	check_code(brood_run(&cmd, &options, NULL, &error), 0, &error);
	place_leave(&place);
}

/* covers: API-TREE.many */
static void thousands_of_descriptors_reach_the_job(void **state)
{
	(void)state;
	need_guard();
	enum { COUNT = 3000, FIRST = 1000 };
	struct rlimit limit;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	struct brood_fd_map *fds = calloc(COUNT, sizeof *fds);
	getrlimit(RLIMIT_NOFILE, &limit);
	struct rlimit large = { limit.rlim_max, limit.rlim_max };
	if (limit.rlim_max < FIRST + COUNT + 64)
		skip();
	setrlimit(RLIMIT_NOFILE, &large);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < COUNT; i++)
		fds[i] = (struct brood_fd_map){ fd, FIRST + i };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-", "4100"),
		.fds = fds, .n_fds = COUNT, .out = brood_capture(0, 0));
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	setrlimit(RLIMIT_NOFILE, &limit);
	int lines = 0;
	for (const char *at = result.out.data; (at = strchr(at, '\n')); at++)
		lines++;
	check_number(lines, COUNT + 3);
	brood_result_done(&result);
	close(fd);
	free(fds);
}

/* covers: API-TREE.many */
static void a_megabyte_of_arguments_reaches_the_job(void **state)
{
	(void)state;
	need_guard();
	enum { COUNT = 10, LENGTH = 100000 };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	static char text[LENGTH + 1];
	char *argv[COUNT + 5] = { BROOD_ARGV("/bin/sh")[0] };
	char dash[] = "-c";
	char script[] = "echo $# ${#5}";
	memset(text, 'x', LENGTH);
	argv[1] = dash;
	argv[2] = script;
	for (int i = 0; i < COUNT; i++)
		argv[3 + i] = text;
	struct brood_cmd cmd = BROOD_CMD(.argv = argv);
	output_of(&cmd, &options, &result);
	check_text(result.out.data, "9 100000\n");
	/* Too much is the job's own trouble, as without a guard. */
	struct rlimit limit;
	getrlimit(RLIMIT_STACK, &limit);
	struct rlimit small = { 1 << 20, limit.rlim_max };
	setrlimit(RLIMIT_STACK, &small);
	int r = brood_output(&cmd, &options, &result, &error);
	setrlimit(RLIMIT_STACK, &limit);
	check_error(r, -E2BIG, &error, BROOD_STEP_EXEC);
	brood_result_done(&result);
}

static void ignoring_scene(void *data)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_result plain = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_state")));
	sigset_t set;
	(void)data;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	umask(027);
	output_of(&cmd, &options, &result);
	/* Without a guard the kernel reaps it: the status is lost, or not (Linux 6.15). */
	int r = brood_output(&cmd, NULL, &plain, &error);
	if (r != BROOD_ELOST)
		check_code(r, 0, &error);
	/* All but pid and ppid, the first two lines. */
	const char *is = strstr(result.out.data, "\npgid");
	const char *was = strstr(plain.out.data, "\npgid");
	check_text(is, was);
	check_number(result.notes, 0);
}

/* covers: API-TREE.child */
static void a_host_that_ignores_its_children_gives_the_same_to_a_job_below_a_guard(void **state)
{
	(void)state;
	need_guard();
	in_scene(ignoring_scene, NULL);
}

/* covers: API-TREE.child */
static void no_descriptor_of_the_guard_is_in_the_job(void **state)
{
	(void)state;
	need_guard();
	for (int i = 0; i < 4; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_result plain = BROOD_RESULT_INIT;
		struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
		int open_one = open("/dev/null", O_RDONLY);
		int private_one = open("/dev/null", O_RDONLY | O_CLOEXEC);
		const struct brood_fd_map fds[] = { { private_one, 7 }, { open_one, 40 } };
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-"),
			.flags = i & 1 ? BROOD_KEEP_FDS : 0, .fds = fds, .n_fds = i & 2 ? 2 : 0,
			.out = brood_fd(open_one), .err = brood_null());
		int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
		int other = open("/tmp", O_TMPFILE | O_RDWR, 0600);
		check(file >= 0 && other >= 0);
		cmd.out = brood_fd(file);
		check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
		cmd.out = brood_fd(other);
		check_code(brood_run(&cmd, NULL, &plain, NULL), 0, NULL);
		char with[8192] = "";
		char without[8192] = "";
		check(pread(file, with, sizeof with - 1, 0) > 0);
		check(pread(other, without, sizeof without - 1, 0) > 0);
		int lines[2] = { 0, 0 };
		for (const char *at = with; (at = strchr(at, '\n')); at++)
			lines[0]++;
		for (const char *at = without; (at = strchr(at, '\n')); at++)
			lines[1]++;
		check_number(lines[0], lines[1]);
		check(i & 1 || lines[0] == (i & 2 ? 5 : 3));
		close(file);
		close(other);
		close(open_one);
		close(private_one);
		brood_result_done(&result);
		brood_result_done(&plain);
	}
}

/* covers: API-TREE.refused */
static void a_tree_that_may_not_be_signalled_is_said_once(void **state)
{
	(void)state;
	need_guard();
	if (geteuid() != 0)
		skip();
	struct place place;
	place_make(&place);
	chmod(place.path, 0755);
	char *program = place_at(&place, "act");
	check_number(run_quietly(BROOD_ARGV("/bin/cp", helper("act"), program), NULL), 0);
	check_number(chmod(program, 04755), 0);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_options options = TREE_OPTIONS(HASTY);
		struct scene scene;
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(60);
		check_number(setresgid(65534, 65534, 65534), 0);
		check_number(setresuid(65534, 65534, 65534), 0);
		scene_start(&scene,
			quiet(BROOD_ARGV(program, "become-root", "ready", "await", "4")), &options,
			1);
		/* Without pidfds the guard is asked, who tells it later. */
		if (!denied("pidfd_send_signal"))
			check_code(brood_job_signal(scene.job, SIGTERM), -EPERM, NULL);
		brood_job_stop(scene.job);
		check_error(brood_job_wait(scene.job, BROOD_FOREVER, NULL, &error), -EPERM, &error,
			BROOD_STEP_SIGNAL);
		check_code(brood_job_wait(scene.job, 300 * BROOD_MILLISECOND, NULL, NULL), -ETIME,
			NULL);
		scene_release(&scene);
		check_code(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), BROOD_ECANCELED,
			NULL);
		scene_end(&scene);
		_exit(0);
	}
	int status;
	check_number(waitpid(pid, &status, 0), pid);
	place_leave(&place);
	check_number(status, 0);
}

static void expect_refusal(
	struct brood_options options, bool is_function, int code, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	if (is_function) {
		cmd = (struct brood_cmd)BROOD_CMD(.function = failing);
	}
	check_error(brood_start(&job, &cmd, 1, &options, &error), code, &error, BROOD_STEP_CONFIG);
	check_text(error.subject, subject);
	check(job == NULL);
}

/* covers: API-TREE.misuse */
static void trees_that_cannot_be_are_refused(void **state)
{
	(void)state;
	static const uint64_t only_with_a_tree[] = { BROOD_ORPHANS_WAIT, BROOD_ORPHANS_LEAVE,
		BROOD_ADOPTED, BROOD_MEASURE_TREE, BROOD_REPORT_STOPS };
	for (int i = 0; i < 5; i++)
		expect_refusal((struct brood_options)BROOD_OPTIONS(.flags = only_with_a_tree[i]),
			false, BROOD_EMISUSE, "options.flags");
	for (int tier = BROOD_TREE_GROUP; tier <= BROOD_TREE_PIDNS; tier++)
		expect_refusal((struct brood_options)BROOD_OPTIONS(.tree = tier), false,
			BROOD_EMISUSE, "options.tree");
	expect_refusal((struct brood_options)TREE_OPTIONS(.tree = BROOD_TREE_PIDNS + 1), false,
		-EINVAL, "options.tree");
	expect_refusal(
		(struct brood_options)TREE_OPTIONS(.tree = -1), false, -EINVAL, "options.tree");
	struct brood_options both = TREE_OPTIONS(.tree = 0);
	both.flags |= BROOD_ORPHANS_WAIT | BROOD_ORPHANS_LEAVE;
	expect_refusal(both, false, BROOD_EMISUSE, "options.flags");
	for (int tier = BROOD_TREE_GUARD; tier <= BROOD_TREE_PIDNS; tier++)
		expect_refusal((struct brood_options)TREE_OPTIONS(.tree = tier), true,
			BROOD_EMISUSE, "options.tree");
	expect_refusal(
		(struct brood_options)TREE_OPTIONS(.tree = BROOD_TREE_GROUP, .group = getpgrp()),
		false, -EINVAL, "options.group");
	expect_refusal(
		(struct brood_options)TREE_OPTIONS(.tree = BROOD_TREE_PIDNS, .group = getpgrp()),
		false, -EINVAL, "options.group");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_start_fails_as_it_does_without_a_guard),
		hygienic(a_group_that_is_not_there_cannot_be_joined_below_a_guard_either),
		hygienic(a_script_without_a_first_line_is_run_by_the_shell_below_a_guard),
		hygienic(a_busy_program_is_tried_again_below_a_guard),
		hygienic(thousands_of_descriptors_reach_the_job),
		hygienic(a_megabyte_of_arguments_reaches_the_job),
		hygienic(a_host_that_ignores_its_children_gives_the_same_to_a_job_below_a_guard),
		hygienic(no_descriptor_of_the_guard_is_in_the_job),
		hygienic(a_tree_that_may_not_be_signalled_is_said_once),
		hygienic(trees_that_cannot_be_are_refused),
	};
	return hygiene_run("tree, starting", tests);
}
