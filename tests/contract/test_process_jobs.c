/* SPDX-License-Identifier: MIT */
/* Any process: stages of jobs, held beside the job. */
#include "subjects.h"

#include <pthread.h>

static struct brood_process *stage_of(struct brood_job *job, size_t stage)
{
	struct brood_process *process = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_job_process(job, stage, &process, &error);
	/* Where clone gives no pidfd, and none can be opened. */
	if (r == -ENOSYS && denied("clone-pidfd"))
		skip();
	check_code(r, 0, &error);
	return process;
}

static struct brood_job *started(struct brood_cmd cmd, const struct brood_options *options)
{
	struct brood_job *job = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	check_code(brood_start(&job, &cmd, 1, options, &error), 0, &error);
	return job;
}

static struct brood_status ended(struct brood_process *process)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	check_code(brood_process_wait(process, BROOD_FOREVER, &status, &error), 0, &error);
	return status;
}

/* covers: API-PR.job */
static void a_stage_is_signalled_by_its_handle(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_result result = BROOD_RESULT_INIT;
	need(!denied("pidfd_send_signal=") && !denied("valgrind"));
	scene_start(&scene, quiet(ACT("ready", "pause")), NULL, 1);
	struct brood_process *process = stage_of(scene.job, 0);
	check_number(brood_process_pid(process), scene.pid);
	check_number(brood_process_signal(process, SIGUSR1), 0);
	check_number(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	check_number(result.stages[0].signal, SIGUSR1);
	check_number(brood_process_signal(process, SIGUSR1), -ESRCH);
	brood_process_free(process);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-PR.job.both */
static void the_job_that_is_waited_for_first_tells_the_handle(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job = started(quiet(ACT("exit", "5")), NULL);
	struct brood_process *process = stage_of(job, 0);
	check_number(brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	struct brood_status status = ended(process);
	check_number(status.exit_code, 5);
	check_number(status.pid, result.stages[0].pid);
	check_number(status.started_ns, result.stages[0].started_ns);
	check(status.started_ns > 0 && status.ended_ns >= status.started_ns);
	check(status.usage.ru_maxrss > 0);
	/* One that is asked for when all is over knows it as well. */
	struct brood_process *late = stage_of(job, 0);
	check_number(ended(late).exit_code, 5);
	brood_job_free(job);
	brood_process_free(late);
	brood_process_free(process);
	brood_result_done(&result);
}

/* covers: API-PR.job.both */
static void the_handle_that_is_waited_for_first_takes_nothing_from_the_job(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job = started(quiet(ACT("exit", "6")), NULL);
	struct brood_process *process = stage_of(job, 0);
	check_number(ended(process).exit_code, 6);
	check_number(brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	check_number(result.stages[0].exit_code, 6);
	check_number(result.notes & BROOD_NOTE_STATUS_RECOVERED, 0);
	check(result.stages[0].usage.ru_maxrss > 0);
	brood_job_free(job);
	brood_process_free(process);
	brood_result_done(&result);
}

static void *wait_for_handle(void *data)
{
	struct brood_status status = ended(data);
	return (void *)(intptr_t)status.exit_code;
}

/* covers: API-PR.job.both */
static void both_at_once_are_told_the_same(void **state)
{
	(void)state;
	need_threads();
	for (int i = 0; i < 50; i++) {
		char code[8];
		void *told;
		pthread_t thread;
		struct brood_result result = BROOD_RESULT_INIT;
		snprintf(code, sizeof code, "%d", 1 + i);
		struct brood_job *job = started(quiet(ACT("exit", code)), NULL);
		struct brood_process *process = stage_of(job, 0);
		check_number(pthread_create(&thread, NULL, wait_for_handle, process), 0);
		check_number(brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
		pthread_join(thread, &told);
		check_number((intptr_t)told, 1 + i);
		check_number(result.stages[0].exit_code, 1 + i);
		check_number(result.notes & BROOD_NOTE_STATUS_RECOVERED, 0);
		brood_job_free(job);
		brood_process_free(process);
		brood_result_done(&result);
	}
}

/* covers: API-PR.job.outlives */
static void a_handle_outlives_its_job(void **state)
{
	(void)state;
	struct brood_job *job = started(quiet(ACT("pause")), NULL);
	struct brood_process *process = stage_of(job, 0);
	pid_t pid = brood_job_pid(job);
	brood_job_free(job);
	struct brood_status status = ended(process);
	check_number(status.how, BROOD_SIGNALED);
	check_number(status.signal, SIGKILL);
	brood_process_free(process);
	reap_leftover(pid);
}

/* covers: API-PR.job.outlives API-J.detach */
static void the_end_of_a_detached_job_is_known_by_its_handle(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4", "exit", "7")), NULL, 1);
	struct brood_process *process = stage_of(scene.job, 0);
	check_number(brood_job_detach(scene.job), 0);
	scene.job = NULL;
	check_number(brood_process_wait(process, 0, NULL, NULL), -ETIME);
	scene_release(&scene);
	line_gone(&scene.line);
	await_zombie(scene.pid);
	/* Reaped by a later call before the handle has looked. */
	reap_leftover(scene.pid);
	struct brood_status status = ended(process);
	check_number(status.exit_code, 7);
	check(status.usage.ru_maxrss > 0);
	brood_process_free(process);
}

/* covers: API-PR.job.guard */
static void a_stage_below_a_guard_is_held_too(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	for (int handle_first = 0; handle_first < 2; handle_first++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_status status = BROOD_STATUS_INIT;
		struct brood_job *job = NULL;
		struct brood_process *process = NULL;
		struct brood_cmd cmd = quiet(ACT("exit", "8"));
		check_code(brood_start(&job, &cmd, 1, &options, &error), 0, &error);
		int r = brood_job_process(job, 0, &process, &error);
		if (r < 0) {
			check_number(r, -ENOSYS);
			brood_job_free(job);
			skip();
		}
		if (!handle_first)
			check_number(
				brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
		r = brood_process_wait(process, BROOD_FOREVER, &status, NULL);
		/* Before its job has heard of it that is up to the kernel. */
		check(r == 0 || (handle_first && r == BROOD_ELOST && !kernel_remembers()));
		check_number(status.exit_code, r == 0 ? 8 : -1);
		if (handle_first)
			check_number(
				brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
		check_number(result.stages[0].exit_code, 8);
		brood_process_free(process);
		brood_job_free(job);
		brood_result_done(&result);
	}
}

/* covers: API-PR.job.stages */
static void every_stage_has_its_own(void **state)
{
	(void)state;
	struct brood_cmd cmds[2] = { quiet(ACT("exit", "3")), quiet(ACT("exit", "4")) };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	cmds[0].out = (struct brood_io){ 0 };
	check_code(brood_start(&job, cmds, 2, NULL, &error), 0, &error);
	for (size_t i = 0; i < 2; i++) {
		struct brood_process *process = stage_of(job, i);
		check_number(ended(process).exit_code, (int64_t)(3 + i));
		brood_process_free(process);
	}
	struct brood_process *process = NULL;
	check_error(brood_job_process(job, 2, &process, &error), -EINVAL, &error, BROOD_STEP_OPEN);
	check(process == NULL);
	check_number(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), BROOD_EEXIT);
	brood_job_free(job);
}

struct other {
	struct brood_job *job;
	int code;
};

static int hold_while_waited_for(void *data, const char *chunk, size_t length)
{
	struct other *other = data;
	struct brood_process *process = NULL;
	(void)chunk;
	(void)length;
	other->code = brood_job_process(other->job, 0, &process, NULL);
	return 0;
}

static void hold_in_another_process(void *data)
{
	struct brood_process *process = NULL;
	check_number(brood_job_process(data, 0, &process, NULL), BROOD_EMISUSE);
}

/* covers: API-PR.job.misuse */
static void a_job_that_is_busy_or_anothers_gives_no_handle(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_process *process = NULL;
	struct other other = { NULL, 0 };
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x"),
		.out = brood_sink(hold_while_waited_for, &other));
	check_error(brood_job_process(NULL, 0, &process, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	other.job = started(cmd, NULL);
	check_error(brood_job_process(other.job, 0, NULL, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	in_scene(hold_in_another_process, other.job);
	check_number(brood_job_wait(other.job, BROOD_FOREVER, NULL, NULL), 0);
	check_number(other.code, -EBUSY);
	brood_job_free(other.job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_stage_is_signalled_by_its_handle),
		hygienic(the_job_that_is_waited_for_first_tells_the_handle),
		hygienic(the_handle_that_is_waited_for_first_takes_nothing_from_the_job),
		hygienic(both_at_once_are_told_the_same),
		hygienic(a_handle_outlives_its_job),
		hygienic(the_end_of_a_detached_job_is_known_by_its_handle),
		hygienic(a_stage_below_a_guard_is_held_too),
		hygienic(every_stage_has_its_own),
		hygienic(a_job_that_is_busy_or_anothers_gives_no_handle),
	};
	return hygiene_run("stages of jobs as processes", tests);
}
