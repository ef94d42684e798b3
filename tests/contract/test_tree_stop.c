/* SPDX-License-Identifier: MIT */

/* Stopping, signalling and letting go of a tree; the end of its host. */

#include "tree.h"

#include <pthread.h>
#include <sched.h>
#include <sys/time.h>

static const struct brood_stop forever[] = { { SIGTERM, 0, BROOD_FOREVER } };

/* covers: API-TREE.limit */
static void orphans_are_stopped_although_nobody_waits(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "await", "4")), &options, 5);
	scene_release(&scene);
	line_gone(&scene.line);
	scene.line = line_open();
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), 0, NULL);
	check_number(result.tree_killed, 4);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

struct host {
	const struct brood_options *options;
	struct line line;
	struct line control;
	struct line go; /* ends when the host is to go */
	bool detaches;
	pid_t *halted; /* where to put the guard, halted when it has said that the job has ended */
};

static void be_host(struct host *host, char *const *argv)
{
	const struct brood_fd_map fds[] = { { host->line.writing, 3 },
		{ host->control.reading, 4 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .out = brood_null(), .fds = fds, .n_fds = 2);
	struct brood_job *job;
	/* A failing check would go on with the next test, here too. */
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	if (brood_start(&job, &cmd, 1, host->options, NULL) != 0)
		_exit(90);
	close(host->line.writing);
	close(host->control.writing);
	if (host->halted) {
		pid_t pid = brood_job_pid(job);
		line_ready(&host->go);
		*host->halted = guard_of(pid);
		brood_job_signal(job, SIGUSR1);
		while (kill(pid, 0) == 0)
			sched_yield();
		await_state(*host->halted, 'S');
		kill(*host->halted, SIGSTOP);
	}
	line_gone(&host->go);
	_exit(host->detaches && brood_job_detach(job) != 0 ? 91 : 0);
}

/* A host of its own that starts a job. */
static pid_t start_host(struct host *host, char *const *argv, int ready)
{
	host->line = line_open();
	host->control = line_open();
	host->go = line_open();
	fflush(stdout);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0)
		be_host(host, argv);
	close(host->go.reading);
	line_started(&host->line);
	close(host->control.reading);
	for (; ready > 0; ready--)
		check_number(line_ready(&host->line), 'r');
	return pid;
}

static void end_host(struct host *host, pid_t pid, int status)
{
	int is;
	close(host->go.writing);
	check_number(waitpid(pid, &is, 0), pid);
	check_number(is, status);
}

/* Nobody of the tree is there any more, or will be for long. */
static void expect_end_of_tree(struct host *host)
{
	line_gone(&host->line);
	if (host->control.writing >= 0)
		close(host->control.writing);
	host->control.writing = -1;
}

/* covers: API-TREE.host */
static void a_tree_goes_with_its_host(void **state)
{
	(void)state;
	need_guard();
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct host host = { .options = &options };
	pid_t pid = start_host(&host, ACT(FOUR_SURVIVORS, "ready", "pause"), 5);
	end_host(&host, pid, 0);
	expect_end_of_tree(&host);
	pid = start_host(&host, ACT(FOUR_SURVIVORS, "ready", "pause"), 5);
	check_number(kill(pid, SIGKILL), 0);
	end_host(&host, pid, SIGKILL);
	expect_end_of_tree(&host);
}

/* covers: API-TREE.detach */
static void a_detached_tree_lives_on_without_its_host(void **state)
{
	(void)state;
	need_guard();
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct host host = { .options = &options, .detaches = true };
	pid_t pid = start_host(
		&host, ACT("{", "setsid", "ready", "pause", "}", "ready", "await", "4"), 2);
	end_host(&host, pid, 0);
	/* Longer than the guard takes to see that its host has gone. */
	struct pollfd end = { .fd = host.line.reading, .events = POLLIN };
	check_number(poll(&end, 1, 200), 0);
	/* The job ends by itself now, and its leftovers go as always. */
	close(host.control.writing);
	host.control.writing = -1;
	expect_end_of_tree(&host);
}

/* covers: API-TREE.detach */
static void a_tree_is_detached_whatever_its_guard_has_said_unheard(void **state)
{
	(void)state;
	need_guard();
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct host host = { .options = &options, .detaches = true };
	host.halted = mmap(NULL, sizeof *host.halted, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(host.halted != MAP_FAILED);
	options.flags |= BROOD_ORPHANS_WAIT;
	pid_t pid = start_host(&host,
		ACT("{", "setsid", "ready", "await", "4", "}", "exit-on", "10", "0", "ready",
			"pause"),
		2);
	check_number(write(host.go.writing, "x", 1), 1);
	end_host(&host, pid, 0);
	/* It finds that its host has let go of it, and is gone. */
	check_number(kill(*host.halted, SIGCONT), 0);
	struct pollfd end = { .fd = host.line.reading, .events = POLLIN };
	check_number(poll(&end, 1, 200), 0);
	close(host.control.writing);
	host.control.writing = -1;
	expect_end_of_tree(&host);
	munmap(host.halted, sizeof *host.halted);
}

/* covers: API-TREE.detach */
static void a_detached_tree_is_reaped_by_later_calls(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(HASTY);
	scene_start(&scene, quiet(ACT("ready", "await", "4")), &options, 1);
	pid_t guard = guard_of(scene.pid);
	check_code(brood_job_detach(scene.job), 0, NULL);
	scene.job = NULL;
	check_number(kill(guard, 0), 0);
	scene_release(&scene);
	scene_end(&scene);
	await_gone(guard);
}

/* covers: API-TREE.signal */
static void a_kill_reaches_all_of_a_tree_of_any_groups(void **state)
{
	(void)state;
	need_guard();
	for (int i = 0; i < 2; i++) {
		struct scene scene;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_options options = TREE_OPTIONS(.stop = forever, .n_stop = 1);
		options.flags |= i ? BROOD_NEW_GROUP : 0;
		scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
		check_code(brood_job_signal(scene.job, SIGKILL), 0, NULL);
		check_code(wait_to_end(&scene, &result), BROOD_EEXIT, NULL);
		check_number(result.cause, BROOD_CAUSE_SIGNAL);
		check_number(result.stages[0].signal, SIGKILL);
		check_number(result.notes, 0);
		check_code(brood_job_signal(scene.job, SIGKILL), -ESRCH, NULL);
		check_code(brood_job_signal(scene.job, 0), -ESRCH, NULL);
		brood_result_done(&result);
		scene_end(&scene);
	}
}

/* covers: API-TREE.signal */
static void other_signals_are_for_the_job_or_its_group(void **state)
{
	(void)state;
	need_guard();
	for (int i = 0; i < 2; i++) {
		struct scene scene;
		struct brood_options options = TREE_OPTIONS(HASTY);
		options.flags |= i ? BROOD_NEW_GROUP : 0;
		scene_start(&scene,
			quiet(ACT("{", "say-on", "12", "ready", "pause", "}", "{", "setsid",
				"say-on", "12", "ready", "pause", "}", "say-on", "12", "ready",
				"pause")),
			&options, 3);
		check_number(brood_job_group(scene.job), i ? scene.pid : 0);
		check_code(brood_job_signal(scene.job, SIGUSR2), 0, NULL);
		for (int n = 0; n <= i; n++)
			check_number(line_ready(&scene.line), SIGUSR2);
		check_code(brood_job_signal(scene.job, 0), 0, NULL);
		check_code(brood_job_signal(scene.job, 65), -EINVAL, NULL);
		check_code(brood_job_stop(scene.job), 0, NULL);
		check_code(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), BROOD_ECANCELED,
			NULL);
		char more;
		check_number(read(scene.line.reading, &more, 1), 0);
		scene_end(&scene);
	}
}

/* covers: API-TREE.steps */
static void steps_go_to_all_of_a_tree_in_their_order(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	static const int wanted[] = { SIGUSR1, SIGUSR1, SIGUSR2, SIGUSR2, SIGHUP, SIGHUP };
	const struct brood_stop steps[] = { { SIGUSR1, 0, 100 * BROOD_MILLISECOND },
		{ SIGUSR2, 0, 100 * BROOD_MILLISECOND }, { SIGHUP, 0, 100 * BROOD_MILLISECOND } };
	struct brood_options options = TREE_OPTIONS(.stop = steps, .n_stop = 3);
	scene_start(&scene,
		quiet(ACT("{", "setsid", "say-on", "10", "say-on", "12", "say-on", "1", "ready",
			"pause", "}", "say-on", "10", "say-on", "12", "say-on", "1", "ready",
			"pause")),
		&options, 2);
	int64_t begin = now_ns();
	check_code(brood_job_stop(scene.job), 0, NULL);
	for (int i = 0; i < 6; i++) {
		check_number(line_ready(&scene.line), wanted[i]);
		check(now_ns() - begin >= i / 2 * 100 * BROOD_MILLISECOND);
	}
	check_code(wait_to_end(&scene, &result), BROOD_ECANCELED, NULL);
	check(now_ns() - begin >= 300 * BROOD_MILLISECOND);
	check_number(result.notes, BROOD_NOTE_ESCALATED);
	check_number(result.stages[0].signal, SIGKILL);
	check_number(result.cause, BROOD_CAUSE_CANCEL);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.steps */
static void a_kill_in_the_list_is_the_last_step(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_stop steps[] = { { SIGKILL, 0, BROOD_FOREVER },
		{ SIGTERM, 0, BROOD_FOREVER } };
	struct brood_options options = TREE_OPTIONS(.stop = steps, .n_stop = 2);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
	check_code(brood_job_stop(scene.job), 0, NULL);
	check_code(wait_to_end(&scene, &result), BROOD_ECANCELED, NULL);
	check_number(result.stages[0].signal, SIGKILL);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.steps */
static void sixteen_steps_are_gone_through(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_stop steps[16];
	for (int i = 0; i < 16; i++)
		steps[i] = (struct brood_stop){ i % 2 ? SIGUSR1 : SIGUSR2, 0,
			20 * BROOD_MILLISECOND };
	struct brood_options options = TREE_OPTIONS(.stop = steps, .n_stop = 16);
	scene_start(
		&scene, quiet(ACT("say-on", "10", "say-on", "12", "ready", "pause")), &options, 1);
	check_code(brood_job_stop(scene.job), 0, NULL);
	for (int i = 0; i < 16; i++)
		check_number(line_ready(&scene.line), steps[i].signal);
	check_code(wait_to_end(&scene, &result), BROOD_ECANCELED, NULL);
	check_number(result.stages[0].signal, SIGKILL);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.steps */
static void what_is_left_does_not_get_a_grace_without_end(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.stop = forever, .n_stop = 1);
	int64_t begin = now_ns();
	scene_start(&scene,
		quiet(ACT("{", "ignore", "15", "ready", "pause", "}", "ready", "await", "4")),
		&options, 2);
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), 0, NULL);
	check(now_ns() - begin >= 4900 * BROOD_MILLISECOND);
	check(now_ns() - begin < 8 * BROOD_SECOND);
	check_number(result.tree_killed, 1);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.steps */
static void a_tree_that_is_halted_notices_that_it_is_to_end(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.stop = forever, .n_stop = 1);
	scene_start(&scene,
		quiet(ACT("{", "setsid", "exit-on", "15", "0", "ready", "raise", "19", "pause", "}",
			"exit-on", "15", "4", "ready", "pause")),
		&options, 2);
	check_code(brood_job_signal(scene.job, SIGSTOP), 0, NULL);
	await_state(scene.pid, 'T');
	check_code(brood_job_stop(scene.job), 0, NULL);
	check_code(wait_to_end(&scene, &result), BROOD_ECANCELED, NULL);
	check_number(result.stages[0].exit_code, 4);
	check_number(result.tree_killed, 0);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

static void *stop_it(void *data)
{
	struct scene *scene = data;
	line_ready(&scene->line);
	brood_job_stop(scene->job);
	return NULL;
}

/* covers: API-TREE.stop */
static void another_thread_can_stop_a_tree(void **state)
{
	(void)state;
	need_guard();
	need_threads();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(.stop = forever, .n_stop = 1);
	pthread_t thread;
	scene_start(&scene, quiet(ACT("{", "setsid", "ready", "pause", "}", "ready", "pause")),
		&options, 1);
	check_number(pthread_create(&thread, NULL, stop_it, &scene), 0);
	check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_ECANCELED, NULL);
	pthread_join(thread, NULL);
	check(is_deserted(&scene.line));
	check_number(result.cause, BROOD_CAUSE_CANCEL);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

static struct brood_job *job_of_handler;

static void stop_in_handler(int number)
{
	(void)number;
	int saved = errno;
	brood_job_stop(job_of_handler);
	errno = saved;
}

/* covers: API-TREE.stop */
static void a_signal_handler_can_stop_a_tree(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct sigaction action = { .sa_handler = stop_in_handler };
	struct sigaction old;
	const struct itimerval soon = { .it_value = { 0, 50000 } };
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
	job_of_handler = scene.job;
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &soon, NULL);
	check_code(wait_to_end(&scene, NULL), BROOD_ECANCELED, NULL);
	sigaction(SIGALRM, &old, NULL);
	scene_end(&scene);
}

/* covers: API-TREE.stop */
static void a_stop_can_come_before_or_after_the_end(void **state)
{
	(void)state;
	need_guard();
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	for (int i = 0; i < 40; i++) {
		struct scene scene;
		scene_start(&scene, quiet(ACT("exit", "0")), &options, 0);
		if (i % 2)
			line_gone(&scene.line);
		check_code(brood_job_stop(scene.job), 0, NULL);
		int r = brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL);
		check(r == 0 || r == BROOD_ECANCELED);
		check_number(result.notes, 0);
		check_code(brood_job_stop(scene.job), 0, NULL);
		if (i % 2)
			scene.line = line_open();
		scene_end(&scene);
	}
	brood_result_done(&result);
}

/* covers: API-TREE.free */
static void freeing_kills_the_whole_tree(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(.stop = forever, .n_stop = 1);
	scene_start(&scene, quiet(ACT(FOUR_SURVIVORS, "ready", "pause")), &options, 5);
	pid_t guard = guard_of(scene.pid);
	int64_t begin = now_ns();
	brood_job_free(scene.job);
	scene.job = NULL;
	check(now_ns() - begin < BROOD_SECOND);
	scene_end(&scene);
	await_gone(guard);
}

/* covers: API-TREE.stops */
static void stops_of_the_job_are_reported(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(HASTY);
	options.flags |= BROOD_REPORT_STOPS;
	scene_start(&scene, quiet(ACT("ready", "await", "4", "exit", "3")), &options, 1);
	for (int i = 0; i < 3; i++) {
		check_code(brood_job_signal(scene.job, SIGSTOP), 0, NULL);
		check_code(brood_job_wait(scene.job, BROOD_FOREVER, &result, &error),
			BROOD_ESTOPPED, NULL);
		check_number(error.code, BROOD_ESTOPPED);
		check_number(result.n_stages, 0);
		await_state(scene.pid, 'T');
		/* It is told once. */
		check_code(brood_job_wait(scene.job, 30 * BROOD_MILLISECOND, NULL, NULL), -ETIME,
			NULL);
		check_code(brood_job_signal(scene.job, SIGCONT), 0, NULL);
		check_code(brood_job_wait(scene.job, 30 * BROOD_MILLISECOND, NULL, NULL), -ETIME,
			NULL);
	}
	scene_release(&scene);
	check_code(wait_to_end(&scene, &result), BROOD_EEXIT, NULL);
	check_number(result.stages[0].exit_code, 3);
	check_number(result.notes, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-TREE.stops */
static void stops_are_not_reported_unasked_nor_those_of_others(void **state)
{
	(void)state;
	need_guard();
	struct scene scene;
	struct brood_options options = TREE_OPTIONS(HASTY);
	for (int i = 0; i < 2; i++) {
		options.flags |= i ? BROOD_REPORT_STOPS : 0;
		scene_start(&scene,
			quiet(ACT(
				"{", "ready", "raise", "19", "pause", "}", "ready", "await", "4")),
			&options, 2);
		if (i == 0) {
			check_code(brood_job_signal(scene.job, SIGSTOP), 0, NULL);
			await_state(scene.pid, 'T');
		}
		check_code(brood_job_wait(scene.job, 50 * BROOD_MILLISECOND, NULL, NULL), -ETIME,
			NULL);
		check_code(brood_job_signal(scene.job, SIGCONT), 0, NULL);
		scene_release(&scene);
		check_code(wait_to_end(&scene, NULL), 0, NULL);
		scene_end(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(orphans_are_stopped_although_nobody_waits),
		hygienic(a_tree_goes_with_its_host),
		hygienic(a_detached_tree_lives_on_without_its_host),
		hygienic(a_tree_is_detached_whatever_its_guard_has_said_unheard),
		hygienic(a_detached_tree_is_reaped_by_later_calls),
		hygienic(a_kill_reaches_all_of_a_tree_of_any_groups),
		hygienic(other_signals_are_for_the_job_or_its_group),
		hygienic(steps_go_to_all_of_a_tree_in_their_order),
		hygienic(a_kill_in_the_list_is_the_last_step),
		hygienic(sixteen_steps_are_gone_through),
		hygienic(what_is_left_does_not_get_a_grace_without_end),
		hygienic(a_tree_that_is_halted_notices_that_it_is_to_end),
		hygienic(another_thread_can_stop_a_tree),
		hygienic(a_signal_handler_can_stop_a_tree),
		hygienic(a_stop_can_come_before_or_after_the_end),
		hygienic(freeing_kills_the_whole_tree),
		hygienic(stops_of_the_job_are_reported),
		hygienic(stops_are_not_reported_unasked_nor_those_of_others),
	};
	return hygiene_run("tree, stopping", tests);
}
