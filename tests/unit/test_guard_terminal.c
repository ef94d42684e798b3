/* SPDX-License-Identifier: MIT */
/* Terminals of jobs, and the order of a child's steps: with the launcher alone and below a guard.
 */

#include "guard_kit.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <termios.h>

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define CANNOT_BE_PLAYED 77

struct terminal {
	int master;
	int slave;
};

/* Leads a session of its own, with a new terminal as the controlling one if it is to have one. */
static struct terminal begin_scene(bool has_terminal)
{
	char name[64];
	struct terminal terminal = { -1, -1 };
	signal(SIGTTOU, SIG_DFL);
	alarm(KIT_PATIENCE / 1000);
	CHECK(setsid() == getpid());
	terminal.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(terminal.master >= 0 && unlockpt(terminal.master) == 0);
	CHECK(ptsname_r(terminal.master, name, sizeof name) == 0);
	terminal.slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(terminal.slave >= 0);
	if (has_terminal)
		CHECK(ioctl(terminal.slave, TIOCSCTTY, 0) == 0);
	return terminal;
}

static bool play(void (*scene)(bool guarded), bool guarded)
{
	int status;
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		kit_is_scene = true;
		scene(guarded);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_BE_PLAYED)
		return false;
	assert_int_equal(status, 0);
	return true;
}

static void play_both(void (*scene)(bool guarded))
{
	bool can_be_played = play(scene, false);
	if (!kit_has_no_guard())
		play(scene, true);
	if (!can_be_played)
		skip();
}

/* Ends a job that runs. */
static void end_job(struct kit_job *job, bool guarded)
{
	siginfo_t info;
	CHECK(kill(job->child.pid, SIGKILL) == 0);
	kit_await_nobody(job);
	if (guarded)
		kit_finish(job);
	else
		CHECK(waitid(P_PID, (id_t)job->child.pid, &info, WEXITED | __WALL) == 0);
}

static void expect_failure(struct kit_job *job, bool guarded, int step, int error, int fd)
{
	int r = kit_start(job, guarded);
	if (r != -error || job->report.step != step || job->report.fd != fd)
		fprintf(stderr, "got %d, step %d, descriptor %d; wanted %d, %d, %d\n", r,
			job->report.step, job->report.fd, -error, step, fd);
	CHECK(r == -error);
	CHECK(job->report.os_errno == error);
	CHECK(job->report.step == step);
	CHECK(job->report.fd == fd);
}

/* We are not in the foreground group ourselves. */
static void foreground_scene(bool guarded)
{
	struct kit_job job;
	struct terminal terminal = begin_scene(true);
	CHECK(tcgetpgrp(terminal.slave) == getpid());
	kit_describe(&job, 0, WORDS("ready", "pause"));
	job.start.plan.foreground = true;
	CHECK(kit_start(&job, guarded) == 0);
	CHECK(getpgid(job.child.pid) == job.child.pid);
	CHECK(getsid(job.child.pid) == getpid());
	CHECK(tcgetpgrp(terminal.slave) == job.child.pid);
	kit_await_ready(&job, 1);
	end_job(&job, guarded);
	/* The next one is started by a session leader that is in the background now. */
	CHECK(kit_start(&job, guarded) == 0);
	CHECK(tcgetpgrp(terminal.slave) == job.child.pid);
	kit_await_ready(&job, 1);
	end_job(&job, guarded);
}

static void a_job_takes_the_terminal_before_its_program_runs(void **state)
{
	(void)state;
	play_both(foreground_scene);
}

/* Another stage joins the group that has the terminal. */
static void joining_scene(bool guarded)
{
	struct kit_job leader;
	struct kit_job other;
	struct terminal terminal = begin_scene(true);
	kit_describe(&leader, 0, WORDS("ready", "pause"));
	leader.start.plan.foreground = true;
	CHECK(kit_start(&leader, guarded) == 0);
	kit_describe(&other, 0, WORDS("ready", "pause"));
	other.start.plan.new_group = false;
	other.start.plan.join_group = leader.child.pid;
	CHECK(kit_start(&other, guarded) == 0);
	CHECK(getpgid(other.child.pid) == leader.child.pid);
	CHECK(tcgetpgrp(terminal.slave) == leader.child.pid);
	/* With the flag it is the group that counts, and not the process. */
	struct kit_job third;
	signal(SIGTTOU, SIG_IGN);
	CHECK(tcsetpgrp(terminal.slave, getpid()) == 0);
	signal(SIGTTOU, SIG_DFL);
	kit_describe(&third, 0, WORDS("ready", "pause"));
	third.start.plan.new_group = false;
	third.start.plan.join_group = leader.child.pid;
	third.start.plan.foreground = true;
	CHECK(kit_start(&third, guarded) == 0);
	CHECK(tcgetpgrp(terminal.slave) == leader.child.pid);
	kit_await_ready(&leader, 1);
	kit_await_ready(&other, 1);
	kit_await_ready(&third, 1);
	end_job(&third, guarded);
	end_job(&other, guarded);
	end_job(&leader, guarded);
}

static void who_joins_a_group_shares_its_terminal(void **state)
{
	(void)state;
	play_both(joining_scene);
}

static void no_terminal_scene(bool guarded)
{
	struct kit_job job;
	begin_scene(false);
	kit_describe(&job, 0, WORDS("exit", "0"));
	job.start.plan.foreground = true;
	expect_failure(&job, guarded, BROOD_STEP_TERMINAL, ENXIO, -1);
}

static void without_a_terminal_there_is_no_foreground(void **state)
{
	(void)state;
	play_both(no_terminal_scene);
}

/* An empty /dev for this scene only. */
static void hide_devices(void)
{
	bool is_hidden = unshare(CLONE_NEWNS) == 0 &&
			 mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
			 mount("none", "/dev", "tmpfs", 0, NULL) == 0;
	if (!is_hidden)
		_exit(CANNOT_BE_PLAYED);
	CHECK(open("/dev/tty", O_RDWR | O_CLOEXEC) == -1 && errno == ENOENT);
}

/* One of our 0, 1 and 2 is the terminal, or none is, or they are closed; the job gets none of
 * them. */
static void fallback_scene(bool guarded)
{
	struct terminal terminal = begin_scene(true);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int alien = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int errors = fcntl(2, F_DUPFD_CLOEXEC, 10);
	CHECK(null >= 0 && alien >= 0);
	hide_devices();
	for (int which = 0; which <= 4; which++) {
		struct kit_job job;
		/* As a file, since there is no /dev/null now; descriptors that are private too. */
		for (int fd = 0; fd < 3; fd++) {
			int source = fd == which ? terminal.slave : fd == 0 ? alien : null;
			CHECK(dup3(source, fd, which % 2 ? O_CLOEXEC : 0) == fd);
			if (which == 4)
				CHECK(close(fd) == 0);
		}
		kit_describe(&job, 0, WORDS("ready", "pause"));
		job.start.plan.foreground = true;
		job.start.plan.null_targets = 0;
		for (int fd = 0; fd < 3; fd++)
			job.wants[job.start.n_wants++] = (struct brood__fd_want){ null, fd, 0 };
		int r = kit_start(&job, guarded);
		int step = job.report.step;
		for (int fd = 0; fd < 3; fd++)
			CHECK(dup2(errors, fd) == fd);
		if (which >= 3) {
			CHECK(r == -ENOENT && step == BROOD_STEP_TERMINAL);
			continue;
		}
		CHECK(r == 0);
		CHECK(tcgetpgrp(terminal.slave) == job.child.pid);
		kit_await_ready(&job, 1);
		end_job(&job, guarded);
	}
}

static void without_its_name_the_terminal_is_found_among_our_descriptors(void **state)
{
	(void)state;
	play_both(fallback_scene);
}

/* The same with descriptors that only we have, none of them kept but for this. */
static void trimmed_scene(bool guarded)
{
	struct terminal terminal = begin_scene(true);
	int errors = fcntl(2, F_DUPFD_CLOEXEC, 10);
	struct kit_job job;
	/* The first start of a process has one more. */
	kit_describe(&job, 0, WORDS("ready", "pause"));
	CHECK(kit_start(&job, guarded) == 0);
	kit_await_ready(&job, 1);
	end_job(&job, guarded);
	hide_devices();
	kit_describe(&job, 0, WORDS("exit", "7"));
	job.start.plan.foreground = true;
	job.start.plan.null_targets = 0;
	for (int fd = 0; fd < 3; fd++) {
		CHECK(dup2(fd == 2 ? terminal.slave : errors, fd) == fd);
		job.wants[job.start.n_wants++] = (struct brood__fd_want){ -1, fd, 0 };
	}
	int r = guarded ? brood__guard_start(
				  &job.guard, &job.start, &job.terms, &job.child, &job.report)
			: brood__launch(&job.start, &job.child, &job.report);
	CHECK(dup2(errors, 2) == 2);
	CHECK(r == 0);
	CHECK(tcgetpgrp(terminal.slave) == job.child.pid);
	job.ready = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	siginfo_t info;
	if (guarded)
		kit_finish(&job);
	else
		CHECK(waitid(P_PID, (id_t)job.child.pid, &info, WEXITED | __WALL) == 0 &&
			info.si_status == 7);
}

static void it_is_found_though_the_job_gets_no_descriptor(void **state)
{
	(void)state;
	play_both(trimmed_scene);
}

static void controlling_scene(bool guarded)
{
	struct kit_job job;
	pid_t session = 0;
	struct terminal terminal = begin_scene(false);
	kit_describe(&job, 0, WORDS("ready", "pause"));
	job.start.plan.new_group = false;
	job.start.plan.new_session = true;
	job.start.plan.has_ctty = true;
	job.start.plan.controlling_fd = 5;
	job.wants[job.start.n_wants++] = (struct brood__fd_want){ terminal.slave, 5, 0 };
	CHECK(kit_start(&job, guarded) == 0);
	CHECK(getsid(job.child.pid) == job.child.pid);
	CHECK(ioctl(terminal.master, TIOCGSID, &session) == 0);
	CHECK(session == job.child.pid);
	CHECK(tcgetpgrp(terminal.master) == job.child.pid);
	CHECK(open("/dev/tty", O_RDWR | O_CLOEXEC) == -1 && errno == ENXIO);
	kit_await_ready(&job, 1);
	end_job(&job, guarded);
	/* Whoever leads no session cannot have one. */
	job.start.plan.new_session = false;
	job.start.plan.new_group = true;
	expect_failure(&job, guarded, BROOD_STEP_TERMINAL, EPERM, 5);
	/* It is the child's number. */
	job.start.plan.new_session = true;
	job.start.plan.controlling_fd = 6;
	expect_failure(&job, guarded, BROOD_STEP_TERMINAL, EBADF, 6);
	job.start.plan.controlling_fd = 3;
	expect_failure(&job, guarded, BROOD_STEP_TERMINAL, ENOTTY, 3);
}

static void a_job_gets_a_controlling_terminal(void **state)
{
	(void)state;
	play_both(controlling_scene);
}

/*
 * Everything is wrong at once, and is put right from the first step on: each time the next step of
 * the child must be the one that is named.
 */
static void order_scene(bool guarded)
{
	struct kit_job job;
	struct terminal terminal = begin_scene(false);
	struct brood_rlimit limits[] = {
		{ .resource = RLIMIT_CORE, .soft = 2, .hard = 1 },
		{ .resource = RLIMIT_NOFILE, .soft = 50, .hard = 40 },
	};
	struct rlimit fewer = { 100, 100 };
	struct brood__plan *plan = &job.start.plan;
	kit_describe(&job, 0, WORDS("ready", "pause"));
	CHECK(setrlimit(RLIMIT_NOFILE, &fewer) == 0);
	plan->new_group = false;
	plan->join_group = getppid();
	plan->foreground = true;
	plan->has_cgroup = true;
	plan->cgroup_procs = 99;
	plan->limits = limits;
	plan->n_limits = 2;
	plan->dir = "/nowhere";
	job.wants[0] = (struct brood__fd_want){ terminal.slave, 150, 0 };
	job.start.n_wants = 1;
	plan->has_ctty = true;
	plan->controlling_fd = 3;
	plan->path = "/nowhere/program";
	expect_failure(&job, guarded, BROOD_STEP_GROUP, EPERM, -1);
	plan->join_group = 0;
	plan->new_session = true;
	expect_failure(&job, guarded, BROOD_STEP_TERMINAL, ENXIO, -1);
	plan->foreground = false;
	if (!guarded) /* which opens its control group itself */
		expect_failure(&job, guarded, BROOD_STEP_CGROUP, EBADF, -1);
	plan->has_cgroup = false;
	expect_failure(&job, guarded, BROOD_STEP_LIMITS, EINVAL, -1);
	CHECK(job.report.number == RLIMIT_CORE);
	limits[0].hard = 2;
	expect_failure(&job, guarded, BROOD_STEP_CHDIR, ENOENT, -1);
	plan->dir = NULL;
	expect_failure(&job, guarded, BROOD_STEP_DESCRIPTORS, EBADF, 150);
	job.wants[0].target = 4;
	expect_failure(&job, guarded, BROOD_STEP_TERMINAL, ENOTTY, 3);
	plan->controlling_fd = 4;
	expect_failure(&job, guarded, BROOD_STEP_LIMITS, EINVAL, -1);
	CHECK(job.report.number == RLIMIT_NOFILE);
	limits[1].soft = 40;
	expect_failure(&job, guarded, BROOD_STEP_EXEC, ENOENT, -1);
	plan->path = job.path;
	CHECK(kit_start(&job, guarded) == 0);
	kit_await_ready(&job, 1);
	end_job(&job, guarded);
}

static void the_first_step_that_fails_is_the_one_that_is_named(void **state)
{
	(void)state;
	/* Valgrind keeps the highest descriptors and their limit to itself. */
	if (kit_has_no_guard())
		skip();
	play_both(order_scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_takes_the_terminal_before_its_program_runs),
		cmocka_unit_test(who_joins_a_group_shares_its_terminal),
		cmocka_unit_test(without_a_terminal_there_is_no_foreground),
		cmocka_unit_test(without_its_name_the_terminal_is_found_among_our_descriptors),
		cmocka_unit_test(it_is_found_though_the_job_gets_no_descriptor),
		cmocka_unit_test(a_job_gets_a_controlling_terminal),
		cmocka_unit_test(the_first_step_that_fails_is_the_one_that_is_named),
	};
	return cmocka_run_group_tests_name("terminals of jobs", tests, NULL, NULL);
}
