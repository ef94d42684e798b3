/* SPDX-License-Identifier: MIT */
/* What the child may use besides resource limits: processors, priorities, a control group. */
#include "places.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct brood_limits with(uint64_t flags)
{
	return (struct brood_limits){ .size = sizeof(struct brood_limits), .flags = flags };
}

static void expect_scheduler(int policy, int priority, const char *wanted)
{
	struct rights rights;
	struct brood_limits limits = with(BROOD_SET_SCHEDULER);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	limits.scheduler = policy;
	limits.scheduler_priority = priority;
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "scheduler", wanted);
	rights_done(&rights);
}

/* covers: ATT-LIM.scheduler */
static void the_child_gets_a_scheduler(void **state)
{
	(void)state;
	expect_scheduler(SCHED_OTHER, 0, "0 0");
	expect_scheduler(SCHED_BATCH, 0, "3 0");
	expect_scheduler(SCHED_IDLE, 0, "5 0");
}

/* covers: ATT-LIM.scheduler */
static void with_the_right_to_it_also_one_of_real_time(void **state)
{
	(void)state;
	struct sched_param param = { .sched_priority = 1 };
	if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) < 0)
		skip_because("may not use real-time schedulers");
	param.sched_priority = 0;
	check_number(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param), 0);
	expect_scheduler(SCHED_FIFO, 7, "1 7");
	expect_scheduler(SCHED_RR, 99, "2 99");
}

static void ordinary_scene(void *data)
{
	(void)data;
	struct rlimit none = { 0, 0 };
	struct brood_limits limits = with(BROOD_SET_SCHEDULER);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	become(NOBODY);
	check_number(setrlimit(RLIMIT_RTPRIO, &none), 0);
	limits.scheduler = SCHED_FIFO;
	limits.scheduler_priority = 1;
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_SCHEDULER, "policy");
	limits.flags = BROOD_SET_IO_PRIORITY;
	limits.io_priority = 1 << 13;
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_SCHEDULER, "io_priority");
	limits.flags = BROOD_SET_OOM_SCORE;
	limits.oom_score_adj = -1000;
	expect_failure(&cmd, NULL, -EACCES, BROOD_STEP_LIMITS, "oom_score_adj");
}

/* covers: ATT-STEP.scheduler ATT-STEP.oom */
static void what_is_not_allowed_fails_at_its_step(void **state)
{
	(void)state;
	in_scene(ordinary_scene, NULL);
}

/* covers: ATT-LIM.affinity */
static void the_child_runs_on_the_processors_of_the_mask(void **state)
{
	(void)state;
	cpu_set_t ours;
	unsigned long mask[16] = { 0 };
	char wanted[32];
	struct rights rights;
	struct brood_limits limits = with(0);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	check_number(sched_getaffinity(0, sizeof ours, &ours), 0);
	for (int i = 0; i < 64; i++) {
		if (!CPU_ISSET(i, &ours))
			continue;
		mask[0] = 1UL << i;
		limits.affinity = mask;
		limits.affinity_size = i % 2 ? sizeof mask : sizeof *mask;
		rights_of(&rights, &cmd, NULL);
		snprintf(wanted, sizeof wanted, "%lx", mask[0]);
		check_right(&rights, "affinity", wanted);
		rights_done(&rights);
	}
	/* One that there is not: the last of the mask. */
	memset(mask, 0, sizeof mask);
	mask[15] = 1UL << 63;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_SCHEDULER, "affinity");
}

/* covers: ATT-LIM.ioprio */
static void the_child_gets_an_io_priority(void **state)
{
	(void)state;
	static const int values[] = { 2 << 13 | 0, 2 << 13 | 7, 3 << 13 };
	struct rights rights;
	char wanted[32];
	struct brood_limits limits = with(BROOD_SET_IO_PRIORITY);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		limits.io_priority = values[i];
		rights_of(&rights, &cmd, NULL);
		snprintf(wanted, sizeof wanted, "%d", values[i]);
		check_right(&rights, "ioprio", wanted);
		rights_done(&rights);
	}
}

/* covers: ATT-LIM.oom */
static void the_child_gets_an_oom_score(void **state)
{
	(void)state;
	static const int values[] = { 1000, 500, 7 };
	struct rights rights;
	char wanted[32];
	struct brood_limits limits = with(BROOD_SET_OOM_SCORE);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);
	int ours = atoi(read_file("/proc/self/oom_score_adj"));

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		if (values[i] < ours)
			continue;
		limits.oom_score_adj = values[i];
		rights_of(&rights, &cmd, NULL);
		snprintf(wanted, sizeof wanted, "%d", values[i]);
		check_right(&rights, "oom", wanted);
		rights_done(&rights);
	}
	check_number(atoi(read_file("/proc/self/oom_score_adj")), ours);
}

static void expect_invalid(const struct brood_limits *limits, int code, const char *subject)
{
	struct brood_cmd cmd = BROOD_CMD(.limits = limits);
	expect_failure(&cmd, NULL, code, BROOD_STEP_CONFIG, subject);
}

/* covers: ATT-LIM.range */
static void numbers_that_cannot_be_are_refused_before_the_start(void **state)
{
	(void)state;
	static const struct {
		int policy, priority;
	} schedulers[] = { { SCHED_OTHER, 1 }, { SCHED_BATCH, -1 }, { SCHED_IDLE, 5 },
		{ SCHED_FIFO, 0 }, { SCHED_FIFO, 100 }, { SCHED_RR, 0 }, { 4, 0 }, { 6, 0 },
		{ 7, 0 }, { -1, 0 }, { INT_MAX, 0 }, { 0x40000000, 0 } };
	static const int io_priorities[] = { -1, 0x10000, INT_MAX, INT_MIN };
	static const int scores[] = { -1001, 1001, INT_MAX, INT_MIN };
	static const unsigned long zeros[2048];
	struct brood_limits limits = with(BROOD_SET_SCHEDULER);

	for (size_t i = 0; i < sizeof schedulers / sizeof *schedulers; i++) {
		limits.scheduler = schedulers[i].policy;
		limits.scheduler_priority = schedulers[i].priority;
		expect_invalid(&limits, -EINVAL, "cmd.limits.scheduler");
	}
	for (size_t i = 0; i < 4; i++) {
		limits = with(BROOD_SET_IO_PRIORITY);
		limits.io_priority = io_priorities[i];
		expect_invalid(&limits, -EINVAL, "cmd.limits.io_priority");
		limits = with(BROOD_SET_OOM_SCORE);
		limits.oom_score_adj = scores[i];
		expect_invalid(&limits, -EINVAL, "cmd.limits.oom_score_adj");
	}
	limits = with(0);
	limits.affinity = zeros;
	limits.affinity_size = 0;
	expect_invalid(&limits, -EINVAL, "cmd.limits.affinity");
	limits.affinity_size = sizeof *zeros;
	expect_invalid(&limits, -EINVAL, "cmd.limits.affinity");
	limits.affinity_size = 8193;
	expect_invalid(&limits, -EINVAL, "cmd.limits.affinity");
	limits = with(BROOD_SET_CGROUP_FD);
	limits.cgroup_fd = -1;
	expect_invalid(&limits, -EINVAL, "cmd.limits.cgroup_fd");
	limits.cgroup_path = "/";
	expect_invalid(&limits, BROOD_EMISUSE, "cmd.limits.cgroup_path");
}

/* The name of the group by the end of its path, which is what /proc says. */
static void expect_in_group(const struct brood_limits *limits, const char *path)
{
	struct rights rights;
	struct brood_cmd cmd = BROOD_CMD(.limits = limits);
	rights_of(&rights, &cmd, NULL);
	check(strstr(rights.text, strrchr(path, '/')) != NULL);
	rights_done(&rights);
}

static void group_of_version(int version)
{
	char path[128];
	char procs[160];
	if (denied("root") || !make_group(version, path))
		skip_because("no control group can be made");
	struct brood_limits limits = with(0);
	limits.cgroup_path = path;
	expect_in_group(&limits, path);
	limits = with(BROOD_SET_CGROUP_FD);
	limits.cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(limits.cgroup_fd >= 0);
	expect_in_group(&limits, path);
	check_number(close(limits.cgroup_fd), 0);
	/* It has gone nowhere else. */
	snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
	check_text(read_file(procs), "");
	check_number(rmdir(path), 0);
}

/* covers: ATT-LIM.cgroup2 GE-12.cgroup */
static void the_child_is_in_a_control_group_of_version_2(void **state)
{
	(void)state;
	group_of_version(2);
}

/* covers: ATT-LIM.cgroup1 DIFF-82 */
static void or_in_one_of_version_1(void **state)
{
	(void)state;
	group_of_version(1);
}

static int where_i_am(void *data)
{
	return strstr(read_file("/proc/self/cgroup"), data) ? 0 : 1;
}

/* covers: ATT-LIM.cgroup1 ATT-LIM.cgroup2 */
static void a_function_too(void **state)
{
	(void)state;
	int n = 0;
	for (int version = 1; version <= 2; version++) {
		char path[128];
		if (denied("root") || !make_group(version, path))
			continue;
		struct brood_limits limits = with(0);
		limits.cgroup_path = path;
		struct brood_cmd cmd = BROOD_CMD(.function = where_i_am,
			.function_data = strrchr(path, '/'), .limits = &limits);
		check_number(brood_run(&cmd, NULL, NULL, NULL), 0);
		check_number(rmdir(path), 0);
		n++;
	}
	if (n == 0)
		skip_because("no control group can be made");
}

/* covers: ATT-STEP.cgroup */
static void what_is_no_control_group_is_told(void **state)
{
	(void)state;
	struct brood_limits limits = with(0);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	limits.cgroup_path = "/nowhere";
	expect_failure(&cmd, NULL, -ENOENT, BROOD_STEP_CGROUP, "/nowhere");
	limits.cgroup_path = "/dev/null";
	expect_failure(&cmd, NULL, -ENOTDIR, BROOD_STEP_CGROUP, "/dev/null");
	limits.cgroup_path = "/tmp";
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CGROUP, "/tmp");
	limits = with(BROOD_SET_CGROUP_FD);
	limits.cgroup_fd = 9999;
	expect_failure(&cmd, NULL, -EBADF, BROOD_STEP_CGROUP, "cgroup_fd");
	limits.cgroup_fd = 0;
	expect_failure(&cmd, NULL, -EINVAL, BROOD_STEP_CGROUP, "cgroup_fd");
}

/* covers: ATT-STEP.early */
static void what_is_not_open_is_told_before_anything_is_opened(void **state)
{
	(void)state;
	struct place place;
	struct brood_limits limits = with(BROOD_SET_CGROUP_FD);
	struct brood_sandbox sandbox = { .size = sizeof sandbox, .flags = BROOD_SET_LANDLOCK };
	place_make(&place);
	char *out = place_at(&place, "out");
	make_file(out, "kept", 0644);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits, .in = brood_text("x"),
		.out = brood_file(out, 0, 0), .err = brood_capture(0, 0));
	/* The number that a pipe of ours would get. */
	int closed = dup(0);
	close(closed);
	limits.cgroup_fd = closed;
	expect_failure(&cmd, NULL, -EBADF, BROOD_STEP_CGROUP, "cgroup_fd");
	cmd.limits = NULL;
	cmd.sandbox = &sandbox;
	sandbox.landlock_fd = closed;
	expect_failure(&cmd, NULL, -EBADF, BROOD_STEP_SANDBOX, "landlock_fd");
	/* The file was not even emptied. */
	check_text(read_file(out), "kept");
	place_leave(&place);
}

/* covers: ATT-STEP.cgroup */
static void a_group_that_takes_nobody_is_told(void **state)
{
	(void)state;
	char path[128];
	char threads[160];
	char type[200];
	char invalid[160];
	if (denied("root") || !make_group(2, path))
		skip_because("no control group of version 2 can be made");
	struct brood_limits limits = with(0);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	/* Beside a threaded group there is none for processes. */
	snprintf(threads, sizeof threads, "%s/threads", path);
	snprintf(type, sizeof type, "%s/cgroup.type", threads);
	snprintf(invalid, sizeof invalid, "%s/invalid", path);
	check_number(mkdir(threads, 0755), 0);
	int fd = open(type, O_WRONLY | O_CLOEXEC);
	check_number(write(fd, "threaded", 8), 8);
	close(fd);
	check_number(mkdir(invalid, 0755), 0);
	limits.cgroup_path = invalid;
	expect_failure(&cmd, NULL, -EOPNOTSUPP, BROOD_STEP_CGROUP, invalid);
	check_number(rmdir(invalid) + rmdir(threads) + rmdir(path), 0);
}

static void forbidden_scene(void *data)
{
	struct brood_limits limits = with(0);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);
	become(NOBODY);
	limits.cgroup_path = data;
	expect_failure(&cmd, NULL, -EACCES, BROOD_STEP_CGROUP, data);
}

/* covers: ATT-STEP.cgroup */
static void nor_is_a_group_of_somebody_else_entered(void **state)
{
	(void)state;
	int n = 0;
	for (int version = 1; version <= 2; version++) {
		char path[128];
		if (!is_root() || !make_group(version, path))
			continue;
		in_scene(forbidden_scene, path);
		check_number(rmdir(path), 0);
		n++;
	}
	if (n == 0)
		skip_because("no control group can be made");
}

#if !UNDER_GUARD
/* covers: ATT-LIM.cgroup-tier */
static void a_tree_in_a_group_of_its_own_goes_to_no_other(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
		.tree = BROOD_TREE_CGROUP);
	struct brood_limits limits = with(0);
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	limits.cgroup_path = "/tmp";
	expect_failure(&cmd, &options, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.limits.cgroup_path");
	limits = with(BROOD_SET_CGROUP_FD);
	expect_failure(&cmd, &options, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.limits.cgroup_fd");
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_child_gets_a_scheduler),
		hygienic(with_the_right_to_it_also_one_of_real_time),
		hygienic(what_is_not_allowed_fails_at_its_step),
		hygienic(the_child_runs_on_the_processors_of_the_mask),
		hygienic(the_child_gets_an_io_priority),
		hygienic(the_child_gets_an_oom_score),
		hygienic(numbers_that_cannot_be_are_refused_before_the_start),
		hygienic(the_child_is_in_a_control_group_of_version_2),
		hygienic(or_in_one_of_version_1),
		hygienic(a_function_too),
		hygienic(what_is_no_control_group_is_told),
		hygienic(what_is_not_open_is_told_before_anything_is_opened),
		hygienic(a_group_that_takes_nobody_is_told),
		hygienic(nor_is_a_group_of_somebody_else_entered),
#if !UNDER_GUARD
		hygienic(a_tree_in_a_group_of_its_own_goes_to_no_other),
#endif
	};
	return hygiene_run("scheduling", tests);
}
