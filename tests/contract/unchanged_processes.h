/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_UNCHANGED_PROCESSES_H
#define TESTS_CONTRACT_UNCHANGED_PROCESSES_H

/* Topics for test_unchanged.c: any process, and our own. */

#include "unchanged_jobs.h"

static inline void look_at_process(struct brood_process *process)
{
	struct brood_info info = BROOD_INFO_INIT;
	pid_t pids[4];
	char text[4096];

	goes_well(brood_process_info, process, &info, NULL);
	fails(brood_process_info, NULL, &info, NULL);
	goes_well(brood_process_arguments, process, text, sizeof text, NULL);
	fails(brood_process_arguments, NULL, text, sizeof text, NULL);
	either(brood_process_path, process, text, sizeof text, NULL);
	fails(brood_process_path, NULL, text, sizeof text, NULL);
	goes_well(brood_process_children, process, pids, 4, NULL);
	fails(brood_process_children, NULL, pids, 4, NULL);
}

static inline void open_processes(struct brood_job *job)
{
	struct brood_info info = BROOD_INFO_INIT;
	struct brood_process *process = NULL;
	struct brood_process *other = NULL;
	pid_t pid = brood_job_pid(job);

	goes_well(brood_process_open, &process, pid, NULL);
	fails(brood_process_open, &other, -1, NULL);
	goes_well(brood_process_pid, process);
	fails(brood_process_pid, NULL);
	goes_well(brood_process_info, process, &info, NULL);
	goes_well(brood_process_open_started, &other, pid, info.start_ticks, NULL);
	brood_process_free(other);
	fails(brood_process_open_started, &other, pid, info.start_ticks + 1, NULL);
	goes_well(brood_process_pidfd, process);
	fails(brood_process_pidfd, NULL);
	goes_well(brood_process_open_pidfd, &other, brood_process_pidfd(process), NULL);
	fails(brood_process_open_pidfd, &other, -1, NULL);
	look_at_process(process);
	goes_well(brood_process_release, process);
	fails(brood_process_release, NULL);
	is_called(brood_process_free, process);
	is_called(brood_process_free, NULL);
	brood_process_free(other);
}

/* Of one that was reaped. */
static inline void look_in_vain(struct brood_process *process)
{
	struct brood_info info = BROOD_INFO_INIT;
	pid_t pids[4];
	char text[64];

	fails(brood_process_signal, process, SIGTERM);
	fails(brood_process_info, process, &info, NULL);
	fails(brood_process_arguments, process, text, sizeof text, NULL);
	fails(brood_process_path, process, text, sizeof text, NULL);
	fails(brood_process_children, process, pids, 4, NULL);
}

static inline bool has_pidfds(void)
{
	return !denied("pidfd_open") && !denied("pidfd_send_signal") && !denied("waitid-pidfd") &&
	       !denied("valgrind");
}

static inline void process_topic(void)
{
	struct brood_options group = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_process *process = NULL;
	struct brood_process *other = NULL;

	if (!has_pidfds())
		return;
	struct brood_job *job = started(quiet(ACT("pause")), &group);
	open_processes(job);
	goes_well(brood_job_process, job, 0, &process, NULL);
	fails(brood_job_process, job, 1, &process, NULL);
	fails(brood_process_wait, process, 0, &status, NULL);
	goes_well(brood_process_signal, process, 0);
	fails(brood_process_signal, process, -1);
	/* Before Linux 6.9 not for a job's stage. */
	either(brood_process_signal_group, process, SIGKILL);
	either(brood_process_signal, process, SIGKILL);
	if (UNDER_GUARD) {
		/* The guard reaps it: before Linux 6.15 it is lost to us until that tells. */
		either(brood_process_wait, process, BROOD_FOREVER, &status, NULL);
		either(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	} else {
		goes_well(brood_process_wait, process, BROOD_FOREVER, &status, NULL);
		fails(brood_job_wait, job, BROOD_FOREVER, NULL, NULL);
	}
	fails(brood_process_signal_group, process, SIGKILL);
	look_in_vain(process);
	fails(brood_process_open, &other, brood_process_pid(process), NULL);
	fails(brood_process_open_pidfd, &other, brood_process_pidfd(process), NULL);
	fails(brood_process_open_pidfd, &other, 0, NULL);
	brood_process_free(process);
	brood_job_free(job);
}

static inline void pid_file_topic(void)
{
	struct place place;
	struct brood_pid_file *file = NULL;
	struct brood_pid_file *other = NULL;
	struct brood_process *process = NULL;
	pid_t pid = 0;

	place_make(&place);
	char *path = place_at(&place, "pid");
	goes_well(brood_pid_file_create, &file, path, 0600, NULL, NULL);
	fails(brood_pid_file_create, &other, place_at(&place, "no/pid"), 0600, NULL, NULL);
	fails(brood_pid_file_create, &other, path, 0600, &pid, NULL);
	fails(brood_pid_file_create, &other, place.path, 0600, &pid, NULL);
	fails(brood_pid_file_read, place.path, &pid, NULL);
	goes_well(brood_pid_file_fd, file);
	fails(brood_pid_file_fd, NULL);
	goes_well(brood_pid_file_update, file, NULL);
	fails(brood_pid_file_update, NULL, NULL);
	goes_well(brood_pid_file_read, path, &pid, NULL);
	fails(brood_pid_file_read, NULL, &pid, NULL);
	fails(brood_pid_file_adopt, &other, path, -1, NULL);
	fails(brood_pid_file_adopt, &other, place_at(&place, "none"), brood_pid_file_fd(file),
		NULL);
	int fd = fcntl(brood_pid_file_fd(file), F_DUPFD_CLOEXEC, 3);
	goes_well(brood_pid_file_adopt, &other, path, fd, NULL);
	is_called(brood_pid_file_close, other);
	is_called(brood_pid_file_close, NULL);
	goes_well(brood_pid_file_remove, file, NULL);
	fails(brood_pid_file_remove, NULL, NULL);
	fails(brood_pid_file_process, path, &process, NULL);
	place_leave(&place);
}

/* Somebody else holds it: who does so is our child. */
static inline void pid_file_of_another_topic(void)
{
	struct place place;
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_process *process = NULL;
	struct brood_pid_file *file = NULL;

	if (!has_pidfds())
		return;
	struct line line = line_open();
	place_make(&place);
	char *path = place_at(&place, "pid");
	pid_t pid = fork();
	if (pid == 0) {
		alarm(60U * (unsigned int)slowness());
		if (brood_pid_file_create(&file, path, 0600, NULL, NULL) == 0)
			(void)!write(line.writing, "r", 1);
		pause();
		_exit(0);
	}
	line_started(&line);
	check(line_ready(&line) == 'r');
	goes_well(brood_pid_file_process, path, &process, NULL);
	fails(brood_pid_file_create, &file, path, 0600, NULL, NULL);
	goes_well(brood_pid_file_read, path, &(pid_t){ 0 }, NULL);
	check(setpgid(pid, pid) == 0);
	goes_well(brood_process_signal_group, process, SIGKILL);
	goes_well(brood_process_wait, process, BROOD_FOREVER, &status, NULL);
	brood_process_free(process);
	line_gone(&line);
	place_leave(&place);
}

static inline void self_topic(void)
{
	struct brood_self_info self = BROOD_SELF_INIT;

	goes_well(brood_self, &self, NULL);
	is_called(brood_self_done, &self);
	is_called(brood_self_done, NULL);
	fails(brood_self, NULL, NULL);
}

/* All that can be taken back when the very last step, execve, fails. */
static inline void exec_nearly(const char *junk)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct rlimit stack = { 0, 0 };
	struct brood_rlimit rlimits[] = { { .resource = RLIMIT_STACK, .soft = 1 << 20 } };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = 1 };
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 0123
	};
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	const struct brood_fd_map fds[] = { { 2, 3 }, { 0, 4 }, { -1, 5 }, { 1, 40 } };
	struct brood_cmd cmd = BROOD_CMD(.path = junk, .argv = BROOD_ARGV("junk"), .dir = "/etc",
		.limits = &limits, .credentials = &credentials, .signals = &signals, .fds = fds,
		.n_fds = 4, .in = brood_null(), .out = brood_null(), .err = brood_merge());

	getrlimit(RLIMIT_STACK, &stack);
	rlimits[0].hard = stack.rlim_max;
	sigfillset(&signals.mask);
	sigfillset(&signals.ignore);
	sigdelset(&signals.ignore, SIGKILL);
	sigdelset(&signals.ignore, SIGSTOP);
	if (geteuid() == 0) {
		limits.flags = BROOD_SET_NICE;
		limits.nice = 7;
	}
	fails(brood_exec, &cmd, &error);
	check_number(error.step, BROOD_STEP_EXEC);
	check_number(error.flags & BROOD_ERROR_CHANGED, 0);
	cmd.flags = BROOD_KEEP_FDS;
	fails(brood_exec, &cmd, &error);
}

static inline void exec_topic(void)
{
	struct place place;
	struct brood_cmd none = no_such_program();
	struct brood_cmd lost = quiet(BROOD_ARGV("brood-no-such-program"));
	struct brood_cmd folder = quiet(BROOD_ARGV("/bin/sh"));
	struct brood_cmd mover = quiet(BROOD_ARGV("/bin/sh"));
	const int fds[] = { 0, 1, 2, 199 };

	place_make(&place);
	char *junk = place_at(&place, "junk");
	make_file(junk, "no program\n", 0755);
	folder.dir = "/nonexistent";
	mover.out = brood_capture(0, 0);
	fails(brood_exec, &none, NULL);
	fails(brood_exec, &lost, NULL);
	fails(brood_exec, &folder, NULL);
	fails(brood_exec, &mover, NULL);
	fails(brood_exec, NULL, NULL);
	exec_nearly(junk);
	fails(brood_reexec, "/nonexistent/program", NULL, NULL, NULL, 0, NULL);
	fails(brood_reexec, junk, NULL, NULL, NULL, 0, NULL);
	fails(brood_reexec, junk, NULL, NULL, fds, 3, NULL);
	fails(brood_reexec, NULL, NULL, NULL, fds, 4, NULL);
	place_leave(&place);
}

#endif
