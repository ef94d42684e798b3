/* SPDX-License-Identifier: MIT */

/* A guard that is killed or stalls: the front does what is left to do, soon, and says so. */

#include "tree.h"

#include <sched.h>
#include <sys/prctl.h>

/* How far behind a guard may be, and what a busy machine may add. */
#define PATIENCE (2 * BROOD_SECOND)
#define SLACK    (2 * BROOD_SECOND)

static const struct brood_stop forever[] = { { SIGTERM, 0, BROOD_FOREVER } };

/* Who may not use a pidfd cannot signal what the guard has left behind. */
static void need_pidfds(void)
{
	need_guard();
	if (denied("pidfd_send_signal"))
		skip();
}

static void expect_no_child(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
	if (pid >= 0)
		complain(__FILE__, __LINE__, "child %d is left, wait status %#x", (int)pid,
			pid ? status : 0);
	check_number(errno, ECHILD);
}

/* covers: API-TREE.lost */
static void a_job_whose_guard_is_killed_is_stopped(void **state)
{
	(void)state;
	need_pidfds();
	for (int i = 0; i < 4; i++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_options options = TREE_OPTIONS(HASTY);
		options.flags |= i & 1 ? BROOD_NEW_GROUP : 0;
		scene_start(&scene,
			quiet(i & 2 ? ACT("ignore", "15", "ready", "pause")
				    : ACT("ready", "pause")),
			&options, 1);
		pid_t guard = guard_of(scene.pid);
		int64_t begin = now_ns();
		check_number(kill(guard, SIGKILL), 0);
		check_error(brood_job_wait(scene.job, BROOD_FOREVER, &result, &error), -EOWNERDEAD,
			&error, BROOD_STEP_GUARD);
		check(error.os_errno == EPIPE || error.os_errno == ECONNRESET);
		check(now_ns() - begin < SLACK);
		check_number(result.cause, BROOD_CAUSE_GUARD);
		check(result.notes & BROOD_NOTE_GUARD_LOST);
		check(result.notes & BROOD_NOTE_TREE_NOT_EMPTY);
		check_number(result.notes & BROOD_NOTE_ESCALATED, i & 2 ? BROOD_NOTE_ESCALATED : 0);
		line_gone(&scene.line);
		scene.line = line_open();
		brood_result_done(&result);
		scene_end(&scene);
	}
}

/* covers: API-TREE.lost */
static void a_group_whose_guard_is_killed_is_stopped_as_a_whole(void **state)
{
	(void)state;
	need_pidfds();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(HASTY);
	options.flags |= BROOD_NEW_GROUP;
	scene_start(&scene,
		quiet(ACT("{", "ignore", "15", "ready", "pause", "}", "ready", "pause")), &options,
		2);
	check_number(kill(guard_of(scene.pid), SIGKILL), 0);
	check_code(wait_to_end(&scene, NULL), -EOWNERDEAD, NULL);
	scene_end(&scene);
}

/* covers: API-TREE.lost */
static void a_guard_can_die_at_any_time(void **state)
{
	(void)state;
	need_pidfds();
	for (int i = 0; i < 5; i++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = TREE_OPTIONS(.stop = forever, .n_stop = 1);
		options.flags |= i == 3 ? BROOD_ORPHANS_WAIT : 0;
		scene_start(&scene, quiet(ACT("exit-on", "15", "3", "ready", "await", "4")),
			&options, 1);
		pid_t guard = guard_of(scene.pid);
		int wanted = -EOWNERDEAD;
		if (i == 0) {
			/* It has been asked to stop, and is killed before it can. */
			halt_guard(guard);
			check_code(brood_job_stop(scene.job), 0, NULL);
			check_number(kill(guard, SIGKILL), 0);
			wanted = BROOD_ECANCELED;
		} else if (i == 1) {
			/* The job has ended, the guard has not said so. */
			halt_guard(guard);
			scene_release(&scene);
			line_gone(&scene.line);
			scene.line = line_open();
			check_number(kill(guard, SIGKILL), 0);
		} else if (i == 2) {
			check_code(brood_job_wait(scene.job, BROOD_MILLISECOND, NULL, NULL), -ETIME,
				NULL);
			check_number(kill(guard, SIGKILL), 0);
			check_code(brood_job_stop(scene.job), 0, NULL);
			wanted = BROOD_ECANCELED;
		} else {
			check_number(kill(guard, SIGKILL), 0);
			await_zombie(guard);
		}
		check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), wanted, NULL);
		check(result.notes & BROOD_NOTE_GUARD_LOST);
		line_gone(&scene.line);
		scene.line = line_open();
		brood_result_done(&result);
		scene_end(&scene);
	}
}

/* covers: API-TREE.lost API-TREE.free */
static void a_job_whose_guard_was_killed_can_be_freed_or_detached(void **state)
{
	(void)state;
	need_pidfds();
	for (int i = 0; i < 3; i++) {
		struct scene scene;
		struct brood_options options = TREE_OPTIONS(HASTY);
		scene_start(&scene, quiet(ACT("ready", "await", "4")), &options, 1);
		pid_t guard = guard_of(scene.pid);
		check_number(kill(guard, SIGKILL), 0);
		if (i > 0)
			await_zombie(guard);
		if (i == 2) {
			check_code(brood_job_detach(scene.job), 0, NULL);
			scene.job = NULL;
			/* It does not live on with nobody who looks after it. */
			line_gone(&scene.line);
			scene.line = line_open();
		}
		scene_end(&scene);
		await_gone(guard);
	}
}

static void become_subreaper(void)
{
	check_number(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

static void adopted_scene(void *data)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	bool has_ended = *(bool *)data;
	become_subreaper();
	options.flags |= BROOD_ADOPTED | (has_ended ? BROOD_ORPHANS_WAIT : 0);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "await", "4")), &options, 5);
	pid_t guard = guard_of(scene.pid);
	if (has_ended) {
		struct brood_status status = BROOD_STATUS_INIT;
		scene_release(&scene);
		do {
			int r = brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, NULL, NULL);
			check_code(r, -ETIME, NULL);
			check_number(brood_job_status(scene.job, 0, &status), 0);
		} while (status.how == BROOD_RUNNING);
	}
	check_number(kill(guard, SIGKILL), 0);
	int64_t begin = now_ns();
	int wanted = has_ended ? 0 : -EOWNERDEAD;
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, &error), wanted, &error);
	check(now_ns() - begin < SLACK);
	check(is_deserted(&scene.line));
	check_number(result.notes & (BROOD_NOTE_GUARD_LOST | BROOD_NOTE_TREE_NOT_EMPTY),
		BROOD_NOTE_GUARD_LOST);
	brood_job_free(scene.job);
	expect_no_child();
}

/* covers: API-TREE.adopted */
static void with_a_subreaper_nothing_is_left_without_the_guard(void **state)
{
	(void)state;
	need_pidfds();
	for (int i = 0; i < 2; i++)
		in_scene(adopted_scene, &(bool){ i });
}

static void kill_children(pid_t host)
{
	char path[64];
	int pid;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)host, (int)host);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (file)
		fclose(file);
}

/* Whatever happened to the guard or to the job, it is told as it is documented. */
static void check_hunted(int r, const struct brood_error *error, const struct brood_result *result)
{
	if (r == -EOWNERDEAD)
		check_number(error->step, BROOD_STEP_GUARD);
	else if (r == -EINTR)
		check_number(error->step, BROOD_STEP_KILLED_EARLY);
	else if (r == BROOD_EEXIT)
		check_number(result->stages[0].signal, SIGKILL);
	else
		check(r == 0 || r == BROOD_ELOST);
}

static void be_hunted(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct line line = line_open();
	const struct brood_fd_map fds[] = { { line.writing, 3 } };
	struct brood_cmd cmd = quiet(ACT("{", "setsid", "pause", "}", "print", "3", "x"));
	become_subreaper();
	cmd.fds = fds;
	cmd.n_fds = 1;
	options.flags |= BROOD_ADOPTED;
	check(fcntl(line.reading, F_SETFL, O_NONBLOCK) == 0);
	for (int i = 0; i < 100; i++) {
		char said[8];
		int r = brood_run(&cmd, &options, &result, &error);
		check_hunted(r, &error, &result);
		if (waitpid(-1, NULL, WNOHANG | __WALL) >= 0)
			complain(__FILE__, __LINE__, "a child is left after code %d, step %d", r,
				error.step);
		ssize_t n = read(line.reading, said, sizeof said);
		check(n <= 1);
		check(n == 1 || r != 0);
	}
	close(line.writing);
	/* Nobody else is there who could hold it. */
	check(is_deserted(&line));
	brood_result_done(&result);
}

/* covers: API-TREE.adopted API-TREE.once */
static void whoever_is_killed_the_job_runs_once_and_nothing_is_left(void **state)
{
	(void)state;
	need_pidfds();
	int status;
	fflush(stdout);
	pid_t host = fork();
	check(host >= 0);
	if (host == 0) {
		alarm(60);
		/* A failing check would go on with the next test, here too. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		be_hunted();
		_exit(0);
	}
	while (waitpid(host, &status, WNOHANG) == 0)
		kill_children(host);
	check_number(status, 0);
}

/* What a stalled guard is to be noticed by. */
struct stall {
	const char *name;
	int wanted;
	brood_duration timeout;
	brood_duration steps; /* how long they may take */
	bool stops;
	bool ends;
	bool waits;
	bool is_forever;
};

static void stalled_scene(const struct stall *stall)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.timeout = stall->timeout, HASTY);
	if (stall->is_forever)
		options.stop = forever;
	options.flags |= BROOD_ADOPTED | (stall->waits ? BROOD_ORPHANS_WAIT : 0);
	become_subreaper();
	scene_start(&scene,
		quiet(ACT("{", "setsid", "ignore", "15", "ready", "pause", "}", "ready", "await",
			"4", "exit", "3")),
		&options, 2);
	pid_t guard = guard_of(scene.pid);
	if (stall->ends && (stall->waits || stall->is_forever)) {
		scene_release(&scene);
		check_code(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, NULL, NULL), -ETIME,
			NULL);
	}
	halt_guard(guard);
	int64_t begin = now_ns();
	if (stall->stops)
		check_code(brood_job_stop(scene.job), 0, NULL);
	if (stall->ends)
		scene_release(&scene);
	struct brood_error error = BROOD_ERROR_INIT;
	check_code(
		brood_job_wait(scene.job, BROOD_FOREVER, &result, &error), stall->wanted, &error);
	if (stall->wanted == -EOWNERDEAD)
		check_number(error.os_errno, ETIMEDOUT);
	check(now_ns() - begin < stall->timeout + stall->steps + PATIENCE + SLACK);
	check(is_deserted(&scene.line));
	check(result.notes & BROOD_NOTE_GUARD_LOST);
	check_number(result.notes & BROOD_NOTE_TREE_NOT_EMPTY, 0);
	brood_job_free(scene.job);
	expect_no_child();
}

/* covers: API-TREE.stalled */
static void a_guard_that_stalls_is_not_waited_for(void **state)
{
	(void)state;
	need_pidfds();
	static const struct stall stalls[] = {
		{ "before the time limit", BROOD_ETIMEOUT, .timeout = 500 * BROOD_MILLISECOND },
		{ "before it can stop", BROOD_ECANCELED, .stops = true },
		{ "before the end of the job", -EOWNERDEAD, .ends = true },
		{ "while orphans are waited for", BROOD_ETIMEOUT, .ends = true, .waits = true,
			.timeout = BROOD_SECOND },
		{ "while orphans are stopped without end", BROOD_EEXIT, .ends = true,
			.is_forever = true, .steps = 10 * BROOD_SECOND },
	};
	enum { COUNT = sizeof stalls / sizeof *stalls };
	pid_t pids[COUNT];
	fflush(stdout);
	for (int i = 0; i < COUNT; i++) {
		pids[i] = fork();
		check(pids[i] >= 0);
		if (pids[i] == 0) {
			alarm(60);
			setenv("CMOCKA_TEST_ABORT", "1", 1);
			stalled_scene(&stalls[i]);
			_exit(0);
		}
	}
	const char *bad = NULL;
	for (int i = 0; i < COUNT; i++) {
		int status;
		check_number(waitpid(pids[i], &status, 0), pids[i]);
		bad = status ? stalls[i].name : bad;
	}
	if (bad)
		fail_msg("a guard that stalls %s", bad);
}

/* covers: API-TREE.stalled */
static void freeing_does_not_wait_for_a_guard_that_stalls(void **state)
{
	(void)state;
	need_pidfds();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(HASTY);
	scene_start(&scene, quiet(ACT("ready", "pause")), &options, 1);
	pid_t guard = guard_of(scene.pid);
	halt_guard(guard);
	int64_t begin = now_ns();
	brood_job_free(scene.job);
	scene.job = NULL;
	check(now_ns() - begin < BROOD_SECOND);
	line_gone(&scene.line);
	scene.line = line_open();
	kill(guard, SIGCONT);
	scene_end(&scene);
	await_gone(guard);
}

/* Orphans come to a parent that reaps them at once: not every first process of a machine does. */
static void run_below_a_reaper(void)
{
	int status = 0;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return;
	pid_t pid = fork();
	if (pid <= 0)
		return;
	pid_t gone;
	do
		gone = wait(&status);
	while (gone != pid && (gone > 0 || errno == EINTR));
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int main(void)
{
	run_below_a_reaper();
	const struct CMUnitTest tests[] = {
		hygienic(a_job_whose_guard_is_killed_is_stopped),
		hygienic(a_group_whose_guard_is_killed_is_stopped_as_a_whole),
		hygienic(a_guard_can_die_at_any_time),
		hygienic(a_job_whose_guard_was_killed_can_be_freed_or_detached),
		hygienic(with_a_subreaper_nothing_is_left_without_the_guard),
		hygienic(whoever_is_killed_the_job_runs_once_and_nothing_is_left),
		hygienic(a_guard_that_stalls_is_not_waited_for),
		hygienic(freeing_does_not_wait_for_a_guard_that_stalls),
	};
	return hygiene_run("tree, lost guards", tests);
}
