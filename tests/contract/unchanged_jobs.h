/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_UNCHANGED_JOBS_H
#define TESTS_CONTRACT_UNCHANGED_JOBS_H

/* Topics for test_unchanged.c: what runs programs. */

#include "unchanged.h"

static inline struct brood_cmd no_such_program(void)
{
	static char path[] = "/nonexistent/program";
	static char *const argv[] = { path, NULL };

	return quiet(argv);
}

static inline struct brood_job *started(struct brood_cmd cmd, const struct brood_options *options)
{
	struct brood_job *job = NULL;

	goes_well(brood_start, &job, &cmd, 1, options, NULL);
	return job;
}

static inline void run_topic(void)
{
	struct brood_cmd good = quiet(ACT("exit", "0"));
	struct brood_cmd bad = quiet(ACT("exit", "3"));
	struct brood_cmd none = no_such_program();
	struct brood_cmd lost = quiet(BROOD_ARGV("brood-no-such-program"));
	struct brood_cmd folder = quiet(ACT("exit", "0"));
	struct brood_cmd filled = quiet(ACT("copy", "0", "1"));
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;

	folder.dir = "/nonexistent";
	filled.in = brood_text("text");
	filled.out = brood_capture(0, 0);
	goes_well(brood_run, &good, NULL, &result, &error);
	goes_well(brood_run, &filled, NULL, &result, &error);
	fails(brood_run, &bad, NULL, &result, &error);
	fails(brood_run, &none, NULL, &result, &error);
	fails(brood_run, &lost, NULL, &result, &error);
	fails(brood_run, &folder, NULL, &result, &error);
	fails(brood_run, NULL, NULL, NULL, NULL);
	good.out = (struct brood_io){ 0 };
	none.out = good.out;
	goes_well(brood_output, &good, NULL, &result, &error);
	fails(brood_output, &none, NULL, &result, &error);
	goes_well(brood_combined_output, &good, NULL, &result, &error);
	fails(brood_combined_output, &none, NULL, &result, &error);
	goes_well(brood_shell, "exit 0", NULL, &result, &error);
	fails(brood_shell, "exit 1", NULL, &result, &error);
	is_called(brood_result_done, &result);
}

static inline int end_at_once(void *data)
{
	(void)data;
	return 0;
}

static inline void pipeline_topic(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd stages[] = { quiet(ACT("print", "1", "x")), quiet(ACT("copy", "0", "1")),
		quiet(ACT("copy", "0", "2")) };

	stages[0].out = stages[1].out = (struct brood_io){ 0 };
	stages[2].err = brood_capture(0, 0);
	goes_well(brood_pipeline, stages, 3, NULL, &result, NULL);
	stages[2].argv = BROOD_ARGV("/nonexistent/program");
	fails(brood_pipeline, stages, 3, NULL, &result, NULL);
	stages[2] = (struct brood_cmd)BROOD_CMD(.function = end_at_once, .out = brood_null());
	goes_well(brood_pipeline, stages, 3, NULL, &result, NULL);
	brood_result_done(&result);
}

/* Whether a guard can be executed. */
static inline bool has_guard(void)
{
	return !denied("execveat") && !denied("memfd_create") && !denied("valgrind");
}

/* Whether a job may be refused because of how its tree is looked after. */
static inline bool may_be_refused(int tree, uint64_t flags)
{
	if (tree >= BROOD_TREE_CGROUP || (!has_guard() && tree == BROOD_TREE_GUARD))
		return true;
	return flags & BROOD_MEASURE_TREE && (tree == BROOD_TREE_GROUP || !has_guard());
}

/* Time limits, groups, sessions, and all means of looking after a tree. */
static inline void options_topic(void)
{
	struct brood_cmd sleeper = quiet(ACT("pause"));
	struct brood_cmd brief = quiet(ACT("{", "exit", "0", "}", "wait", "exit", "0"));
	const struct brood_stop kill[] = { { .signal = SIGKILL, .grace = 0 } };
	const uint64_t flags[] = { 0, BROOD_NEW_GROUP, BROOD_NEW_SESSION, BROOD_KILL_TREE,
		BROOD_KILL_TREE | BROOD_MEASURE_TREE };

	for (int tree = BROOD_TREE_AUTO; tree <= BROOD_TREE_PIDNS; tree++)
		for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
			struct brood_options options = BROOD_OPTIONS(.flags = flags[i],
				.timeout = -1, .stop = kill, .n_stop = 1, .tree = tree);
			if (tree != BROOD_TREE_AUTO && !(flags[i] & BROOD_KILL_TREE))
				continue;
			fails(brood_run, &sleeper, &options, NULL, NULL);
			options.timeout = 0;
			if (may_be_refused(tree, flags[i]))
				either(brood_run, &brief, &options, NULL, NULL);
			else
				goes_well(brood_run, &brief, &options, NULL, NULL);
		}
}

static inline void start_topic(void)
{
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_options group = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_cmd none = no_such_program();
	struct brood_job *job = NULL;

	fails(brood_start, &job, &none, 1, NULL, NULL);
	job = started(quiet(ACT("pause")), &group);
	goes_well(brood_job_pid, job);
	fails(brood_job_pid, NULL);
	goes_well(brood_job_group, job);
	fails(brood_job_group, NULL);
	goes_well(brood_job_status, job, 0, &status);
	fails(brood_job_status, job, 1, &status);
	goes_well(brood_job_check, job);
	fails(brood_job_check, NULL);
	fails(brood_job_wait, job, 0, NULL, NULL);
	goes_well(brood_job_signal, job, SIGTERM);
	fails(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	fails(brood_job_signal, job, SIGTERM);
	is_called(brood_job_free, job);
	is_called(brood_job_free, NULL);
	job = started(quiet(ACT("pause")), NULL);
	goes_well(brood_job_stop, job);
	fails(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	brood_job_free(job);
	fails(brood_job_stop, NULL);
	job = started(quiet(ACT("exit", "0")), NULL);
	goes_well(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	goes_well(brood_job_detach, job);
	fails(brood_job_detach, NULL);
	job = started(quiet(ACT("pause")), NULL);
	pid_t pid = brood_job_pid(job);
	is_called(brood_job_free, job);
	reap_leftover(pid);
}

static inline void pipe_topic(void)
{
	char text[16];
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"), .in = brood_pipe(),
		.out = brood_pipe(), .err = brood_pipe());
	struct brood_job *job = started(cmd, NULL);

	goes_well(brood_job_write, job, 0, 0, "text", 4);
	fails(brood_job_write, job, 0, 1, "text", 4);
	goes_well(brood_job_read, job, 0, 1, text, sizeof text);
	fails(brood_job_read, job, 0, 0, text, sizeof text);
	goes_well(brood_job_close, job, 0, 2);
	fails(brood_job_close, job, 0, 2);
	fails(brood_job_take_fd, job, 0, 2);
	int fd = brood_job_take_fd(job, 0, 0);
	came_back(__FILE__, __LINE__, "brood_job_take_fd", fd, SUCCESS);
	close(fd);
	goes_well(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	brood_job_free(job);
	/* Nobody reads any more. */
	cmd = (struct brood_cmd)BROOD_CMD(.argv = ACT("exit", "0"), .in = brood_pipe());
	job = started(cmd, NULL);
	ssize_t written;
	do {
		written = brood_job_write(job, 0, 0, "text", 4);
	} while (written >= 0);
	came_back(__FILE__, __LINE__, "brood_job_write", written, FAILURE);
	goes_well(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	brood_job_free(job);
}

static inline void event_topic(void)
{
	struct brood_event event;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "text"),
		.out = brood_lines(NULL, NULL, 0));
	struct brood_job *job = started(cmd, NULL);

	goes_well(brood_job_pollfd, job);
	fails(brood_job_pollfd, NULL);
	goes_well(brood_job_step, job);
	fails(brood_job_step, NULL);
	do {
		goes_well(brood_job_next, job, BROOD_FOREVER, &event);
	} while (event.kind != BROOD_EVENT_DONE);
	fails(brood_job_next, job, 0, &event);
	brood_job_free(job);
}

static inline void set_topic(void)
{
	struct brood_event event;
	struct brood_set *set = NULL;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_job *job = NULL;

	goes_well(brood_set_new, &set, NULL);
	fails(brood_set_new, NULL, NULL);
	goes_well(brood_start, &job, &cmd, 1, NULL, NULL);
	goes_well(brood_set_add, set, job, NULL);
	fails(brood_set_add, set, job, NULL);
	goes_well(brood_set_pollfd, set);
	fails(brood_set_pollfd, NULL);
	is_called(brood_set_count, set);
	do {
		goes_well(brood_set_next, set, BROOD_FOREVER, &event);
	} while (event.kind != BROOD_EVENT_DONE);
	fails(brood_set_next, set, 0, &event);
	is_called(brood_set_free, set);
	is_called(brood_set_free, NULL);
}

static inline void context_topic(void)
{
	struct brood_context *context = NULL;
	struct brood_job *job = NULL;
	struct brood_cmd cmd = quiet(ACT("pause"));

	goes_well(brood_context_new, &context, NULL, BROOD_HOUR);
	fails(brood_context_new, NULL, NULL, 0);
	goes_well(brood_context_error, context);
	struct brood_options options = BROOD_OPTIONS(.context = context);
	goes_well(brood_start, &job, &cmd, 1, &options, NULL);
	goes_well(brood_context_cancel, context);
	fails(brood_context_cancel, NULL);
	fails(brood_context_error, context);
	fails(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	brood_job_free(job);
	fails(brood_start, &job, &cmd, 1, &options, NULL);
	is_called(brood_context_free, context);
	is_called(brood_context_free, NULL);
}

static inline void terminal_topic(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"), .in = brood_tty(10, 20),
		.out = brood_tty(0, 0), .err = brood_tty(0, 0));
	struct brood_job *job = started(cmd, NULL);

	goes_well(brood_job_resize, job, 30, 100);
	fails(brood_job_resize, job, 0, 0);
	goes_well(brood_job_close, job, 0, 0);
	goes_well(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	fails(brood_job_resize, job, 30, 100);
	brood_job_free(job);
}

static inline int has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The terminal has another foreground group while such a job runs. */
static inline void foreground_topic(void)
{
	struct brood_options own = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_options front = BROOD_OPTIONS(.flags = BROOD_FOREGROUND);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_job *job = started(quiet(ACT("pause")), &own);

	topic_changes = "terminal";
	if (has_terminal()) {
		goes_well(brood_job_foreground, job);
		goes_well(brood_run, &cmd, &front, NULL, NULL);
	} else {
		fails(brood_job_foreground, job);
		fails(brood_run, &cmd, &front, NULL, NULL);
	}
	fails(brood_job_foreground, NULL);
	goes_well(brood_job_signal, job, SIGKILL);
	fails(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	topic_changes = NULL;
	fails(brood_job_foreground, job);
	brood_job_free(job);
}

#endif
