/* SPDX-License-Identifier: MIT */

/* What is different for a host when a guard stands between it and its job. */

#include "tree.h"

#include <sys/resource.h>

/* Where no program may be executed from memory there is a guard only if one was installed. */
static void skip_without_guard(void)
{
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_error error = BROOD_ERROR_INIT;
	bool can_be_missing = denied("execveat") || denied("valgrind");
	if (can_be_missing && brood_run(&cmd, &options, NULL, &error) < 0 &&
		error.step == BROOD_STEP_GUARD)
		skip();
}

static volatile sig_atomic_t children;

static void count_child(int number)
{
	(void)number;
	children++;
}

/* covers: DIFF-32 */
static void the_child_of_a_host_is_the_guard(void **state)
{
	(void)state;
	skip_without_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct sigaction action = { .sa_handler = count_child };
	struct sigaction old;
	int status;
	scene_start(&scene,
		quiet(ACT(
			"{", "setsid", "ready", "pause", "}", "ready", "await", "4", "exit", "5")),
		&options, 2);
	pid_t guard = guard_of(scene.pid);
	check_number(parent_of(guard), getpid());
	check_number(waitpid(scene.pid, &status, WNOHANG | __WALL), -1);
	check_number(errno, ECHILD);
	children = 0;
	sigaction(SIGCHLD, &action, &old);
	scene_release(&scene);
	/* The host takes what comes, as one that reaps everything does. */
	pid_t reaped;
	do
		reaped = waitpid(-1, &status, 0);
	while (reaped < 0 && errno == EINTR);
	check_number(reaped, guard);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	check_number(children, 1);
	sigaction(SIGCHLD, &old, NULL);
	check_code(wait_to_end(&scene, &result), BROOD_EEXIT, NULL);
	check_number(result.stages[0].how, BROOD_EXITED);
	check_number(result.stages[0].exit_code, 5);
	check_number(result.tree_killed, 1);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

static int64_t processor_ms(const struct rusage *usage)
{
	return (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

static void usage_scene(void *data)
{
	struct brood_options options = TREE_OPTIONS(.timeout = 20 * BROOD_SECOND);
	struct brood_cmd cmd = quiet(ACT("{", "{", "setsid", "burn", "80", "}", "}", "exit", "0"));
	struct rusage usage;
	(void)data;
	options.flags |= BROOD_ORPHANS_WAIT;
	check_code(brood_run(&cmd, &options, NULL, NULL), 0, NULL);
	getrusage(RUSAGE_CHILDREN, &usage);
	check(processor_ms(&usage) >= 70);
}

/* covers: DIFF-32 */
static void the_usage_of_a_hosts_children_is_that_of_the_tree(void **state)
{
	(void)state;
	skip_without_guard();
	in_scene(usage_scene, NULL);
}

/* covers: DIFF-33 */
static void a_kill_is_for_the_whole_tree(void **state)
{
	(void)state;
	skip_without_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
	check_number(brood_job_signal(scene.job, SIGKILL), 0);
	check_code(wait_to_end(&scene, &result), BROOD_EEXIT, NULL);
	check_number(result.cause, BROOD_CAUSE_SIGNAL);
	check_number(result.stages[0].signal, SIGKILL);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: DIFF-33 */
static void another_signal_is_for_the_job_alone(void **state)
{
	(void)state;
	skip_without_guard();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(HASTY);
	scene_start(&scene,
		quiet(ACT("{", "say-on", "10", "setsid", "ready", "await", "4", "}", "say-on", "10",
			"ready", "await", "4", "wait")),
		&options, 2);
	check_number(brood_job_signal(scene.job, SIGUSR1), 0);
	check_number(line_ready(&scene.line), 10);
	scene_release(&scene);
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0, NULL);
	char more;
	check_number(read(scene.line.reading, &more, 1), 0);
	scene_end(&scene);
}

/* covers: DIFF-34 */
static void a_wait_ends_when_nothing_of_the_tree_is_left(void **state)
{
	(void)state;
	skip_without_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	options.flags |= BROOD_ORPHANS_WAIT;
	scene_start(&scene, quiet(ACT("{", "setsid", "ready", "await", "4", "}", "exit", "0")),
		&options, 1);
	while (kill(scene.pid, 0) == 0)
		check_code(brood_job_wait(scene.job, BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	check_code(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), 0, NULL);
	check_number(result.tree_killed, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: DIFF-35 */
static void a_guard_keeps_the_time_limit_while_nobody_waits(void **state)
{
	(void)state;
	skip_without_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.timeout = BROOD_SECOND, HASTY);
	scene_start(&scene, quiet(ACT("{", "setsid", "ready", "pause", "}", "ready", "pause")),
		&options, 2);
	line_gone(&scene.line);
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_ETIMEOUT, NULL);
	check_number(result.stages[0].signal, SIGTERM);
	brood_result_done(&result);
	scene.line = line_open();
	scene_end(&scene);
}

/* covers: DIFF-35 */
static void a_detached_tree_keeps_its_time_limit(void **state)
{
	(void)state;
	skip_without_guard();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(.timeout = BROOD_SECOND, HASTY);
	scene_start(&scene, quiet(ACT("{", "setsid", "ready", "pause", "}", "ready", "pause")),
		&options, 2);
	pid_t guard = guard_of(scene.pid);
	check_code(brood_job_detach(scene.job), 0, NULL);
	scene.job = NULL;
	line_gone(&scene.line);
	reap_leftover(guard);
	scene.line = line_open();
	scene_end(&scene);
}

/* Starts a tree that holds the line in *data, and ends without another word. */
static void leaving_host_scene(void *data)
{
	struct line *line = data;
	const struct brood_fd_map fds[] = { { line->writing, 3 } };
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct brood_cmd cmd = quiet(ACT(FOUR_SURVIVORS, "ready", "pause"));
	struct brood_job *job;
	cmd.fds = fds;
	cmd.n_fds = 1;
	check_code(brood_start(&job, &cmd, 1, &options, NULL), 0, NULL);
	for (int i = 0; i < 5; i++)
		check_number(line_ready(line), 'r');
	kill(getpid(), SIGKILL);
}

/* covers: DIFF-36 */
static void a_host_that_is_killed_takes_the_tree_with_it(void **state)
{
	(void)state;
	skip_without_guard();
	struct line line = line_open();
	pid_t host = fork();
	check(host >= 0);
	if (host == 0) {
		/* A failing check would go on with the next test, here too. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		leaving_host_scene(&line);
		_exit(1);
	}
	int status;
	check_number(waitpid(host, &status, 0), host);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	line_gone(&line);
}

/*
 * What a guard says counts from when it is heard: a job that runs for longer than the patience that
 * a guard is granted, two seconds, and tells nothing meanwhile, ends like any other.
 *
 * covers: API-TREE.stalled
 */
static void a_long_job_keeps_its_guard(void **state)
{
	(void)state;
	skip_without_guard();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS();
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sleep", "3.2"));
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check_number(result.notes, 0);
	brood_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_long_job_keeps_its_guard),
		hygienic(the_child_of_a_host_is_the_guard),
		hygienic(the_usage_of_a_hosts_children_is_that_of_the_tree),
		hygienic(a_kill_is_for_the_whole_tree),
		hygienic(another_signal_is_for_the_job_alone),
		hygienic(a_wait_ends_when_nothing_of_the_tree_is_left),
		hygienic(a_guard_keeps_the_time_limit_while_nobody_waits),
		hygienic(a_detached_tree_keeps_its_time_limit),
		hygienic(a_host_that_is_killed_takes_the_tree_with_it),
	};
	return hygiene_run("tree and host", tests);
}
