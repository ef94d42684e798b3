/* SPDX-License-Identifier: MIT */

/* Signals to a job, its group, and the two ways to let go of it: free and detach. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* covers: API-J.signal GE-15.signal.running */
static void a_signal_reaches_the_child(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, quiet(ACT("say-on", "12", "ready", "pause")), NULL, 1);
	assert_int_equal(brood_job_signal(scene.job, SIGUSR2), 0);
	assert_int_equal(line_ready(&scene.line), SIGUSR2);
	assert_int_equal(brood_job_signal(scene.job, SIGKILL), 0);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.cause, BROOD_CAUSE_SIGNAL);
	assert_int_equal(result.stages[0].signal, SIGKILL);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-J.signal.zero */
static void signal_zero_only_asks(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	assert_int_equal(brood_job_signal(scene.job, 0), 0);
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(brood_job_signal(scene.job, 0), -ESRCH);
	scene_end(&scene);
}

/* covers: GE-15.signal.after GE-5.10 API-J.signal.esrch DIFF-12 */
static void a_job_that_was_waited_for_cannot_be_signalled(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	scene_start(&scene, quiet(ACT("exit", "0")), NULL, 0);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(brood_job_signal(scene.job, SIGTERM), -ESRCH);
	scene_end(&scene);
	scene_start(&scene, quiet(ACT("exit", "0")), &options, 0);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(brood_job_signal(scene.job, SIGTERM), -ESRCH);
	scene_end(&scene);
}

/* covers: GE-16.11 API-J.signal.zombie */
static void what_has_ended_and_was_not_waited_for_can_be_signalled(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_result result = BROOD_RESULT_INIT;
	for (int i = 0; i < 2; i++) {
		scene_start(&scene, quiet(ACT("exit", "6")), i ? &options : NULL, 0);
		await_zombie(scene.pid);
		assert_int_equal(brood_job_signal(scene.job, SIGTERM), 0);
		assert_int_equal(
			brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
		assert_int_equal(result.stages[0].exit_code, 6);
		scene_end(&scene);
	}
	brood_result_done(&result);
}

/* covers: API-J.signal.einval GE-16.12 GE-15.signal.before */
static void a_number_that_is_no_signal_is_refused(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4", "exit", "0")), NULL, 1);
	assert_int_equal(brood_job_signal(scene.job, -1), -EINVAL);
	assert_int_equal(brood_job_signal(scene.job, 65), -EINVAL);
	assert_int_equal(brood_job_signal(scene.job, 1000), -EINVAL);
	assert_int_equal(brood_job_signal(NULL, SIGTERM), BROOD_EMISUSE);
	assert_int_equal(brood_job_stop(NULL), BROOD_EMISUSE);
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	scene_end(&scene);
}

/* covers: API-J.pid API-J.group */
static void a_job_without_a_group_shares_ours(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	assert_int_equal(getpgid(scene.pid), getpgrp());
	assert_int_equal(brood_job_group(scene.job), 0);
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	assert_int_equal(brood_job_pid(scene.job), scene.pid);
	scene_end(&scene);
	assert_int_equal(brood_job_pid(NULL), BROOD_EMISUSE);
	assert_int_equal(brood_job_group(NULL), BROOD_EMISUSE);
}

/* covers: API-J.group API-G.new API-G.session */
static void a_group_or_session_of_its_own_is_there_when_start_returns(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	scene_start(&scene, quiet(ACT("await", "4")), &options, 0);
	assert_int_equal(getpgid(scene.pid), scene.pid);
	assert_int_equal(getsid(scene.pid), getsid(0));
	assert_int_equal(brood_job_group(scene.job), scene.pid);
	scene_end(&scene);
	options.flags = BROOD_NEW_SESSION;
	scene_start(&scene, quiet(ACT("await", "4")), &options, 0);
	assert_int_equal(getpgid(scene.pid), scene.pid);
	assert_int_equal(getsid(scene.pid), scene.pid);
	assert_int_equal(brood_job_group(scene.job), scene.pid);
	scene_end(&scene);
}

/* covers: API-G.join API-J.group */
static void a_joined_group_is_not_signalled_as_a_whole(void **state)
{
	(void)state;
	struct scene leader;
	struct scene follower;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	scene_start(&leader, quiet(ACT("ready", "pause")), &options, 1);
	options = (struct brood_options)BROOD_OPTIONS(.group = leader.pid);
	scene_start(&follower, quiet(ACT("ready", "pause")), &options, 1);
	assert_int_equal(getpgid(follower.pid), leader.pid);
	assert_int_equal(brood_job_group(follower.job), leader.pid);
	/* A joined group is not its own: a signal is for the job alone. */
	assert_int_equal(brood_job_signal(follower.job, SIGTERM), 0);
	assert_int_equal(brood_job_wait(follower.job, BROOD_FOREVER, NULL, NULL), BROOD_EEXIT);
	assert_int_equal(brood_job_wait(leader.job, 0, NULL, NULL), -ETIME);
	scene_end(&follower);
	scene_end(&leader);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_job *job = NULL;
	assert_int_equal(brood_start(&job, &cmd, 1, &options, &error), -EPERM);
	assert_int_equal(error.step, BROOD_STEP_GROUP);
}

/* covers: API-G.signal API-R3.group */
static void a_signal_to_a_group_reaches_grandchildren_after_the_leader_was_reaped(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP,
		.wait_delay = BROOD_FOREVER);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "say-on", "10", "ready", "pause", "}",
						 "exit", "0"),
		.out = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 1);
	await_zombie(scene.pid);
	assert_int_equal(brood_job_wait(scene.job, 10 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	assert_int_equal(brood_job_signal(scene.job, SIGUSR1), 0);
	assert_int_equal(line_ready(&scene.line), SIGUSR1);
	assert_int_equal(brood_job_signal(scene.job, SIGKILL), 0);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), 0);
	assert_int_equal(result.stages[0].exit_code, 0);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-G.stop */
static void the_steps_of_a_stop_go_to_the_whole_group(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP, .timeout = 1);
	scene_start(&scene, quiet(ACT("{", "ready", "pause", "}", "ready", "pause")), &options, 2);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), BROOD_ETIMEOUT);
	line_gone(&scene.line);
	scene.line = line_open();
	scene_end(&scene);
}

/* covers: API-G.stop API-WD.forever */
static void the_steps_go_on_after_the_leader_while_others_hold_a_pipe(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_stop steps[] = { { SIGTERM, 0, 50 * BROOD_MILLISECOND } };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP, .timeout = 1,
		.stop = steps, .n_stop = 1, .wait_delay = BROOD_FOREVER);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "ignore", "15", "ready", "pause", "}",
						 "ready", "pause"),
		.out = brood_capture(0, 0));
	scene_start(&scene, cmd, &options, 2);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_ETIMEOUT);
	assert_int_equal(result.stages[0].signal, SIGTERM);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-J.signal GE-14.direct */
static void without_a_group_a_signal_is_for_the_child_alone(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_cmd cmd = quiet(ACT("{", "say-on", "10", "ready", "await", "4", "}", "exit-on",
		"10", "3", "ready", "pause"));
	scene_start(&scene, cmd, NULL, 2);
	assert_int_equal(brood_job_signal(scene.job, SIGUSR1), 0);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), BROOD_EEXIT);
	assert_false(line_is_gone(&scene.line));
	scene_release(&scene);
	char byte = 0;
	assert_int_equal(read(scene.line.reading, &byte, 1), 0); /* it had nothing to say */
	scene_end(&scene);
}

static struct brood_job *job_of_handler;

static void signal_in_handler(int number)
{
	int saved = errno;
	brood_job_signal(job_of_handler, number);
	errno = saved;
}

/* covers: API-R3.handler API-J.signal */
static void a_handler_may_pass_a_signal_on(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct sigaction action = { .sa_handler = signal_in_handler };
	struct sigaction old;
	sigaction(SIGINT, &action, &old);
	scene_start(&scene,
		quiet(ACT(
			"exit-on", "2", "7", "ready", "await", "4", "signal-parent", "2", "pause")),
		NULL, 1);
	job_of_handler = scene.job;
	scene_release(&scene);
	assert_int_equal(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 7);
	sigaction(SIGINT, &old, NULL);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-J.free API-R6.free */
static void a_job_that_is_freed_while_it_runs_is_killed(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ignore", "15", "ignore", "1", "ignore", "2",
						 "ready", "pause"),
		.in = brood_pipe(), .out = brood_capture(0, 0), .err = brood_pipe());
	scene_start(&scene, cmd, NULL, 1);
	int64_t begin = now_ns();
	brood_job_free(scene.job);
	scene.job = NULL;
	assert_true(now_ns() - begin < 5 * BROOD_SECOND);
	line_gone(&scene.line);
	scene_release(&scene);
	reap_leftover(scene.pid);
}

/* covers: API-J.free */
static void nothing_can_be_freed_as_can_what_has_ended(void **state)
{
	(void)state;
	struct scene scene;
	brood_job_free(NULL);
	scene_start(&scene, quiet(ACT("exit", "0")), NULL, 0);
	await_zombie(scene.pid);
	brood_job_free(scene.job);
	scene.job = NULL;
	assert_int_equal(waitpid(scene.pid, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	scene_end(&scene);
}

/* covers: API-J.free API-G.signal */
static void free_kills_the_whole_group(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	scene_start(&scene, quiet(ACT("{", "ready", "pause", "}", "ready", "pause")), &options, 2);
	brood_job_free(scene.job);
	scene.job = NULL;
	line_gone(&scene.line);
	scene_release(&scene);
	reap_leftover(scene.pid);
}

/* covers: API-J.detach API-R6.detach DIFF-20 */
static void a_detached_job_lives_on_and_is_reaped_later(void **state)
{
	(void)state;
	struct scene scene;
	int before = hygiene_open_descriptors();
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("say-on", "15", "say-on", "1", "say-on", "10",
						 "ready", "await", "4"),
		.in = brood_pipe(), .out = brood_capture(0, 0));
	scene_start(&scene, cmd, NULL, 1);
	assert_int_equal(brood_job_detach(scene.job), 0);
	scene.job = NULL;
	/* The first signal that it gets is ours. */
	assert_int_equal(kill(scene.pid, SIGUSR1), 0);
	assert_int_equal(line_ready(&scene.line), SIGUSR1);
	scene_release(&scene);
	await_zombie(scene.pid);
	assert_int_equal(run_quietly(ACT("exit", "0"), NULL), 0);
	assert_int_equal(waitpid(scene.pid, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	line_gone(&scene.line);
	assert_int_equal(hygiene_open_descriptors(), before);
}

/* covers: API-J.detach */
static void only_a_job_can_be_detached(void **state)
{
	(void)state;
	assert_int_equal(brood_job_detach(NULL), BROOD_EMISUSE);
}

/* In a forked child that has become nobody. Returns what went wrong. */
static int fail_to_signal_root(const char *folder, char *program)
{
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 1);
	char *argv[] = { program, (char[]){ "become-root" }, (char[]){ "ready" },
		(char[]){ "await" }, (char[]){ "4" }, (char[]){ "exit" }, (char[]){ "5" }, NULL };
	setenv("HELPERS", folder, 1); /* nobody may be unable to reach the other one */
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return 1;
	scene_start(&scene, quiet(argv), &options, 1);
	if (brood_job_signal(scene.job, SIGTERM) != -EPERM)
		return 2;
	int64_t begin = now_ns();
	if (brood_job_wait(scene.job, BROOD_FOREVER, &result, &error) != -EPERM)
		return 3;
	if (error.step != BROOD_STEP_SIGNAL || error.code != -EPERM)
		return 4;
	if (now_ns() - begin > 10 * BROOD_SECOND)
		return 5;
	if (brood_job_stop(scene.job) != -EPERM)
		return 6;
	if (line_is_gone(&scene.line))
		return 7;
	brood_result_done(&result);
	brood_job_free(scene.job);
	scene.job = NULL;
	if (now_ns() - begin > 10 * BROOD_SECOND || line_is_gone(&scene.line))
		return 8;
	scene_end(&scene);
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 9;
}

/* Holds the wait up until the time limit has passed, so that what came before it is in. */
static int outlast_limit(void *data, const char *chunk, size_t length)
{
	(void)chunk;
	(void)length;
	while (now_ns() < *(int64_t *)data)
		;
	return 0;
}

/* Runs a program that becomes root; returns what was wrong, or 0. */
static int fail_to_stop_root(const char *folder, char *program)
{
	struct line control = line_open();
	const struct brood_fd_map fds[] = { { control.reading, 3 } };
	int64_t limit = now_ns() + BROOD_SECOND;
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_SECOND);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char *argv[] = { program, (char[]){ "become-root" }, (char[]){ "print" }, (char[]){ "1" },
		(char[]){ "before" }, (char[]){ "print" }, (char[]){ "2" }, (char[]){ "x" },
		(char[]){ "await" }, (char[]){ "3" }, NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .fds = fds, .n_fds = 1,
		.out = brood_capture(0, 0), .err = brood_sink(outlast_limit, &limit));
	setenv("HELPERS", folder, 1);
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
		return 1;
	if (brood_run(&cmd, &options, &result, &error) != -EPERM || result.code != -EPERM)
		return 2;
	if (error.step != BROOD_STEP_SIGNAL || error.code != -EPERM)
		return 3;
	if (!result.out.data || strcmp(result.out.data, "before") != 0)
		return 4;
	if (result.n_stages != 1 || result.stages[0].how != BROOD_RUNNING)
		return 5;
	pid_t pid = result.stages[0].pid;
	close(control.writing);
	close(control.reading);
	brood_result_done(&result);
	reap_leftover(pid);
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 6;
}

/* covers: API-R6.eperm API-J.signal.eperm API-J.free.unkillable API-RES.partial */
static void what_may_not_be_signalled_is_said_and_not_waited_for(void **state)
{
	(void)state;
	char folder[FOLDER_SIZE];
	char program[FOLDER_SIZE + 8];
	struct statvfs system;
	make_folder(folder);
	assert_int_equal(statvfs(folder, &system), 0);
	if (geteuid() != 0 || system.f_flag & ST_NOSUID) {
		remove_folder(folder);
		skip();
	}
	snprintf(program, sizeof program, "%s/act", folder);
	assert_int_equal(run_quietly(BROOD_ARGV("/bin/cp", helper("act"), program), NULL), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(program, 04755), 0);
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(fail_to_signal_root(folder, program));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	int status_of_run = 0;
	pid = fork();
	if (pid == 0)
		_exit(fail_to_stop_root(folder, program));
	assert_int_equal(waitpid(pid, &status_of_run, 0), pid);
	remove_folder(folder);
	if (status != 0)
		fail_msg("wait status %#x of the forked child", (unsigned int)status);
	if (status_of_run != 0)
		fail_msg("wait status %#x of the one that runs", (unsigned int)status_of_run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_signal_reaches_the_child),
		hygienic(signal_zero_only_asks),
		hygienic(a_job_that_was_waited_for_cannot_be_signalled),
		hygienic(what_has_ended_and_was_not_waited_for_can_be_signalled),
		hygienic(a_number_that_is_no_signal_is_refused),
		hygienic(a_job_without_a_group_shares_ours),
		hygienic(a_group_or_session_of_its_own_is_there_when_start_returns),
		hygienic(a_joined_group_is_not_signalled_as_a_whole),
		hygienic(a_signal_to_a_group_reaches_grandchildren_after_the_leader_was_reaped),
		hygienic(the_steps_of_a_stop_go_to_the_whole_group),
		hygienic(the_steps_go_on_after_the_leader_while_others_hold_a_pipe),
		hygienic(without_a_group_a_signal_is_for_the_child_alone),
		hygienic(a_handler_may_pass_a_signal_on),
		hygienic(a_job_that_is_freed_while_it_runs_is_killed),
		hygienic(nothing_can_be_freed_as_can_what_has_ended),
		hygienic(free_kills_the_whole_group),
		hygienic(a_detached_job_lives_on_and_is_reaped_later),
		hygienic(only_a_job_can_be_detached),
		hygienic(what_may_not_be_signalled_is_said_and_not_waited_for),
	};
	return hygiene_run("signal", tests);
}
