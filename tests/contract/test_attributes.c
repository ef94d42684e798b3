/* SPDX-License-Identifier: MIT */
/* What a command says about its limits and credentials, and what comes of it in the child. */
#include "check.h"

#include <limits.h>
#include <sched.h>
#include <sys/resource.h>

/* In the order of their numbers. */
static const struct {
	int resource;
	const char *name;
	uint64_t soft, hard; /* room enough for a small static program */
} resources[] = {
	{ RLIMIT_CPU, "RLIMIT_CPU", 1000, 2000 },
	{ RLIMIT_FSIZE, "RLIMIT_FSIZE", 1 << 20, 1 << 21 },
	{ RLIMIT_DATA, "RLIMIT_DATA", 1 << 28, 1 << 29 },
	{ RLIMIT_STACK, "RLIMIT_STACK", 3 << 20, 5 << 20 },
	{ RLIMIT_CORE, "RLIMIT_CORE", 4096, 8192 },
	{ RLIMIT_RSS, "RLIMIT_RSS", 1 << 28, 1 << 29 },
	{ RLIMIT_NPROC, "RLIMIT_NPROC", 1001, 1002 },
	{ RLIMIT_NOFILE, "RLIMIT_NOFILE", 7, 9 },
	{ RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 4096, 12288 },
	{ RLIMIT_AS, "RLIMIT_AS", 1 << 29, 1 << 30 },
	{ RLIMIT_LOCKS, "RLIMIT_LOCKS", 10, 20 },
	{ RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING", 30, 40 },
	{ RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 1000, 2000 },
	{ RLIMIT_NICE, "RLIMIT_NICE", 3, 5 },
	{ RLIMIT_RTPRIO, "RLIMIT_RTPRIO", 2, 4 },
	{ RLIMIT_RTTIME, "RLIMIT_RTTIME", 1000000, 2000000 },
};
enum { N_RESOURCES = sizeof resources / sizeof *resources };

/* Limits, nice and umask of one process. */
struct attributes {
	struct brood_rlimit limits[N_RESOURCES];
	int nice;
	int umask;
};

static void attributes_of_us(struct attributes *ours)
{
	for (int i = 0; i < N_RESOURCES; i++) {
		struct rlimit limit;
		check_number(getrlimit((unsigned int)resources[i].resource, &limit), 0);
		ours->limits[i] = (struct brood_rlimit){ resources[i].resource, 0, limit.rlim_cur,
			limit.rlim_max };
	}
	ours->nice = getpriority(PRIO_PROCESS, 0);
	ours->umask = (int)umask(0);
	umask((mode_t)ours->umask);
}

static void check_same(const struct attributes *got, const struct attributes *wanted)
{
	for (int i = 0; i < N_RESOURCES; i++) {
		const struct brood_rlimit *g = &got->limits[i];
		const struct brood_rlimit *w = &wanted->limits[i];
		if (g->soft != w->soft || g->hard != w->hard)
			complain(__FILE__, __LINE__, "%s is %llu, %llu, not %llu, %llu",
				resources[i].name, (unsigned long long)g->soft,
				(unsigned long long)g->hard, (unsigned long long)w->soft,
				(unsigned long long)w->hard);
	}
	check_number(got->nice, wanted->nice);
	check_number(got->umask, wanted->umask);
}

static void read_attributes(const char *text, struct attributes *theirs)
{
	const char *line = strstr(text, "\numask ");
	check(line != NULL && sscanf(line, " umask %d", &theirs->umask) == 1);
	line = strstr(text, "\nnice ");
	check(line != NULL && sscanf(line, " nice %d", &theirs->nice) == 1);
	for (int i = 0; i < N_RESOURCES; i++) {
		unsigned long long soft, hard;
		char begin[32];
		snprintf(begin, sizeof begin, "\nlimit %d ", resources[i].resource);
		line = strstr(text, begin);
		check(line != NULL && sscanf(line, " limit %*d %llu %llu", &soft, &hard) == 2);
		theirs->limits[i] = (struct brood_rlimit){ resources[i].resource, 0, soft, hard };
	}
}

/* What a child of such a command has; the program is the helper show_state. */
static void attributes_with(const struct brood_cmd *like, const struct brood_options *options,
	struct attributes *theirs)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = *like;

	cmd.argv = BROOD_ARGV(helper("show_state"));
	output_of(&cmd, options, &result);
	read_attributes(result.out.data, theirs);
	brood_result_done(&result);
}

static void attributes_of(const struct brood_cmd *like, struct attributes *theirs)
{
	attributes_with(like, NULL, theirs);
}

/* A limit that anybody may set: no higher than the hard one that we have. */
static struct brood_rlimit lowered(const struct attributes *ours, int i)
{
	uint64_t most = ours->limits[i].hard;
	return (struct brood_rlimit){ resources[i].resource, 0,
		resources[i].soft < most ? resources[i].soft : most,
		resources[i].hard < most ? resources[i].hard : most };
}

/* Valgrind keeps descriptors and memory for itself, and takes no limit of them. */
static void need_own_limits(void)
{
	if (denied("valgrind"))
		skip();
}

/* covers: API-LIM.1 API-LIM.2 */
static void each_limit_holds_in_the_child_and_no_other_changes(void **state)
{
	(void)state;
	need_own_limits();
	struct attributes ours, theirs, after;

	attributes_of_us(&ours);
	for (int i = 0; i < N_RESOURCES; i++) {
		struct brood_rlimit limit = lowered(&ours, i);
		struct brood_limits limits = {
			.size = sizeof limits, .rlimits = &limit, .n_rlimits = 1
		};
		struct brood_cmd cmd = BROOD_CMD(.limits = &limits);
		struct attributes wanted = ours;
		wanted.limits[i] = limit;
		attributes_of(&cmd, &theirs);
		check_same(&theirs, &wanted);
		attributes_of_us(&after);
		check_same(&after, &ours);
	}
}

static struct attributes all_lowered(const struct attributes *ours)
{
	struct attributes wanted = { .nice = ours->nice, .umask = ours->umask };
	for (int i = 0; i < N_RESOURCES; i++)
		wanted.limits[i] = lowered(ours, i);
	return wanted;
}

/* covers: API-LIM.1 API-LIM.2 API-LIM.nice.1 API-CRED.umask.1 */
static void all_of_it_at_once_holds_in_the_child_alone(void **state)
{
	(void)state;
	need_own_limits();
	struct attributes ours, theirs, after;
	attributes_of_us(&ours);
	struct attributes wanted = all_lowered(&ours);
	struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_NICE,
		.rlimits = wanted.limits,
		.n_rlimits = N_RESOURCES,
		.nice = 19 };
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 0136
	};
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits, .credentials = &credentials);

	wanted.nice = 19;
	wanted.umask = 0136;
	attributes_of(&cmd, &theirs);
	check_same(&theirs, &wanted);
	attributes_of_us(&after);
	check_same(&after, &ours);
}

static int show_to_output(void *data)
{
	(void)data;
	struct attributes mine;
	attributes_of_us(&mine);
	return write(1, &mine, sizeof mine) != (ssize_t)sizeof mine;
}

/* covers: API-LIM.3 */
static void a_function_gets_limits_and_umask_too(void **state)
{
	(void)state;
	need_own_limits();
	struct attributes ours, theirs, after;
	attributes_of_us(&ours);
	struct attributes wanted = all_lowered(&ours);
	struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_NICE,
		.rlimits = wanted.limits,
		.n_rlimits = N_RESOURCES,
		.nice = 17 };
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 051
	};
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits, .credentials = &credentials,
		.function = show_to_output);

	/* Sanitizers have mapped more than that already. */
	wanted.limits[RLIMIT_AS] = ours.limits[RLIMIT_AS];
	wanted.limits[RLIMIT_DATA] = ours.limits[RLIMIT_DATA];
	wanted.nice = 17;
	wanted.umask = 051;
	for (int i = 0; i < 2; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		cmd.flags = i ? BROOD_KEEP_FDS : 0;
		output_of(&cmd, NULL, &result);
		check_number((int64_t)result.out.length, (int64_t)sizeof theirs);
		memcpy(&theirs, result.out.data, sizeof theirs);
		check_same(&theirs, &wanted);
		brood_result_done(&result);
	}
	attributes_of_us(&after);
	check_same(&after, &ours);
}

/* covers: API-LIM.tree */
static void a_guarded_job_gets_and_fails_at_the_same(void **state)
{
	(void)state;
	need_own_limits();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	struct attributes ours, theirs, after;
	attributes_of_us(&ours);
	struct attributes wanted = all_lowered(&ours);
	struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_NICE,
		.rlimits = wanted.limits,
		.n_rlimits = N_RESOURCES,
		.nice = 18 };
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 0135
	};
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits, .credentials = &credentials);

	wanted.nice = 18;
	wanted.umask = 0135;
	attributes_with(&cmd, &options, &theirs);
	check_same(&theirs, &wanted);
	wanted.limits[RLIMIT_NOFILE].hard = UINT64_C(1) << 40;
	cmd.argv = PLAY("say", "1", "was here");
	check_error(brood_run(&cmd, &options, NULL, &error), -EPERM, &error, BROOD_STEP_LIMITS);
	check_text(error.subject, "RLIMIT_NOFILE");
	attributes_of_us(&after);
	check_same(&after, &ours);
}

/* covers: API-LIM.4 */
static void the_greatest_number_is_unlimited(void **state)
{
	(void)state;
	struct attributes ours, theirs;
	attributes_of_us(&ours);
	int i = 0;
	while (i < N_RESOURCES && ours.limits[i].hard != RLIM_INFINITY)
		i++;
	if (i == N_RESOURCES)
		skip();
	struct brood_rlimit limit = { resources[i].resource, 0, UINT64_MAX, UINT64_MAX };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = &limit, .n_rlimits = 1 };
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	attributes_of(&cmd, &theirs);
	check(theirs.limits[i].soft == RLIM_INFINITY && theirs.limits[i].hard == RLIM_INFINITY);
}

/* covers: API-LIM.5 */
static void a_limit_that_is_overrun_ends_the_child(void **state)
{
	(void)state;
	struct place place;
	struct stat st;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_rlimit limit = { RLIMIT_FSIZE, 0, 1000, 1000 };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = &limit, .n_rlimits = 1 };

	place_make(&place);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "1", "5000", "fill", "1", "1"),
		.limits = &limits,
		.out = brood_file(place_at(&place, "out"), O_WRONLY | O_CREAT, 0600));
	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].how, BROOD_SIGNALED);
	check_number(result.stages[0].signal, SIGXFSZ);
	check_number(stat(place_at(&place, "out"), &st), 0);
	check_number(st.st_size, 1000);
	brood_result_done(&result);
	place_leave(&place);
}

/* covers: API-LIM.nofile.1 */
static void the_limit_of_descriptors_does_not_bind_their_moves(void **state)
{
	(void)state;
	need_own_limits();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_rlimit limit = { RLIMIT_NOFILE, 0, 0, 0 };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = &limit, .n_rlimits = 1 };

	for (int i = 0; i < 2; i++) {
		struct line line = line_open();
		const struct brood_fd_map fds[] = { { line.writing, 27 }, { -1, 5 },
			{ line.reading, 4 }, { line.writing, 3 } };
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "27", "x"), .fds = fds,
			.n_fds = 4, .limits = &limits, .out = brood_null(),
			.flags = i ? BROOD_KEEP_FDS : 0);
		check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
		line_started(&line);
		check_number(line_ready(&line), 'x');
		line_gone(&line);
	}
}

/* covers: API-LIM.nofile.2 ENG-ORDER.7 */
static void with_no_descriptor_allowed_a_failure_is_told_all_the_same(void **state)
{
	(void)state;
	need_own_limits();
	struct attributes ours;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_rlimit few[] = { { RLIMIT_NOFILE, 0, 0, 0 }, { RLIMIT_FSIZE, 0, 0, 0 } };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = few, .n_rlimits = 2 };
	struct brood_cmd cmd = BROOD_CMD(.path = "/nowhere/program", .argv = BROOD_ARGV("name"),
		.limits = &limits, .out = brood_null());

	check_error(brood_run(&cmd, NULL, NULL, &error), -ENOENT, &error, BROOD_STEP_EXEC);
	/* More than the kernel gives to anybody: told from behind the moves. */
	struct brood_fd_map fds[] = { { 0, 30 }, { INT_MAX, 31 } };
	few[0].soft = few[0].hard = UINT64_C(1) << 40;
	cmd.fds = fds;
	cmd.n_fds = 2;
	check_error(brood_run(&cmd, NULL, NULL, &error), -EBADF, &error, BROOD_STEP_DESCRIPTORS);
	cmd.n_fds = 1;
	check_error(brood_run(&cmd, NULL, NULL, &error), -EPERM, &error, BROOD_STEP_LIMITS);
	check_text(error.subject, "RLIMIT_NOFILE");
	check_number(error.fd, -1);
	attributes_of_us(&ours);
	check(ours.limits[RLIMIT_NOFILE].soft > 0 && ours.limits[RLIMIT_FSIZE].hard > 0);
}

/* Becomes somebody who may raise nothing, as all but root are already. */
static void become_nobody(void)
{
	if (geteuid() != 0)
		return;
	check_number(setresgid(65534, 65534, 65534), 0);
	check_number(setresuid(65534, 65534, 65534), 0);
}

static void raising_scene(void *data)
{
	(void)data;
	struct attributes ours;
	struct brood_error error = BROOD_ERROR_INIT;

	attributes_of_us(&ours);
	for (int i = 0; i < N_RESOURCES; i++) {
		struct brood_rlimit less = lowered(&ours, i);
		struct rlimit limit = { less.soft, less.hard };
		/* These two would hold for the test, too; that of descriptors is never unlimited.
		 */
		if (resources[i].resource == RLIMIT_NOFILE)
			continue;
		if (resources[i].resource == RLIMIT_AS || resources[i].resource == RLIMIT_DATA)
			limit.rlim_cur = limit.rlim_max = UINT64_C(1) << 60;
		check_number(setrlimit((unsigned int)resources[i].resource, &limit), 0);
	}
	attributes_of_us(&ours);
	become_nobody();
	for (int i = 0; i < N_RESOURCES; i++) {
		char text[256];
		char wanted[64];
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_rlimit two[] = { ours.limits[i ? 0 : 1], ours.limits[i] };
		struct brood_limits limits = {
			.size = sizeof limits, .rlimits = two, .n_rlimits = 2
		};
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"),
			.limits = &limits, .label = "it");
		two[1].hard++;
		int r = brood_run(&cmd, NULL, &result, &error);
		check_error(r, -EPERM, &error, BROOD_STEP_LIMITS);
		check_text(error.subject, resources[i].name);
		check_number(error.os_errno, EPERM);
		check_number(error.fd, -1);
		check_number(result.stages[0].how, BROOD_NOT_STARTED);
		brood_explain(r, &result, &error, text, sizeof text);
		snprintf(wanted, sizeof wanted, "it: limits %s: ", resources[i].name);
		check(strncmp(text, wanted, strlen(wanted)) == 0);
		brood_result_done(&result);
	}
}

/* covers: API-LIM.6 */
static void raising_a_hard_limit_fails_and_names_it(void **state)
{
	(void)state;
	need_own_limits();
	in_scene(raising_scene, NULL);
}

/* covers: API-LIM.7 */
static void a_limit_too_small_for_the_program_fails_the_start_or_kills_it(void **state)
{
	(void)state;
	need_own_limits();
	enum { LENGTH = 100000 };
	static char long_text[LENGTH + 1];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_rlimit limit = { RLIMIT_STACK, 0, 256 << 10, 256 << 10 };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = &limit, .n_rlimits = 1 };

	memset(long_text, 'x', LENGTH);
	struct brood_cmd cmd = quiet(ACT("exit", "0", long_text, long_text));
	cmd.limits = &limits;
	check_error(brood_run(&cmd, NULL, NULL, &error), -E2BIG, &error, BROOD_STEP_EXEC);
	cmd.limits = NULL;
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);

	cmd = quiet(ACT("exit", "0"));
	cmd.limits = &limits;
	limit = (struct brood_rlimit){ RLIMIT_AS, 0, 4096, 4096 };
	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].how, BROOD_SIGNALED);
	brood_result_done(&result);
}

static void expect_nice(int nice, uint64_t flags, int wanted)
{
	struct attributes theirs;
	struct brood_limits limits = { .size = sizeof limits, .flags = flags, .nice = nice };
	struct brood_cmd cmd = BROOD_CMD(.limits = &limits);

	attributes_of(&cmd, &theirs);
	check_number(theirs.nice, wanted);
}

static void nice_scene(void *data)
{
	(void)data;
	int ours = getpriority(PRIO_PROCESS, 0);

	for (int nice = ours; nice <= 19; nice++)
		expect_nice(nice, BROOD_SET_NICE, nice);
	check_number(setpriority(PRIO_PROCESS, 0, 5 > ours ? 5 : ours), 0);
	ours = getpriority(PRIO_PROCESS, 0);
	expect_nice(9, BROOD_SET_NICE, 9);
	expect_nice(9, 0, ours);
	expect_nice(99, 0, ours);
	if (setpriority(PRIO_PROCESS, 0, ours - 1) == 0 && setpriority(PRIO_PROCESS, 0, ours) == 0)
		for (int nice = -20; nice <= 5; nice++)
			expect_nice(nice, BROOD_SET_NICE, nice);
	check_number(getpriority(PRIO_PROCESS, 0), ours);
}

/* covers: API-LIM.nice.1 */
static void nice_is_the_value_itself_and_counts_with_its_flag(void **state)
{
	(void)state;
	in_scene(nice_scene, NULL);
}

static int nice_plus_50(void *data)
{
	(void)data;
	return getpriority(PRIO_PROCESS, 0) + 50;
}

static void less_nice_scene(void *data)
{
	(void)data;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_limits limits = { .size = sizeof limits, .flags = BROOD_SET_NICE };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"), .limits = &limits);
	struct rlimit some = { 0, 25 };
	struct rlimit none = { 0, 0 };

	/* Even root may be unable to raise it, in a container. */
	bool may_raise = setrlimit(RLIMIT_NICE, &some) == 0;
	if (!may_raise)
		check_number(setrlimit(RLIMIT_NICE, &none), 0);
	check_number(setpriority(PRIO_PROCESS, 0, 10), 0);
	become_nobody();
	for (int nice = -20; nice < 10; nice += 5) {
		limits.nice = nice;
		check_error(
			brood_run(&cmd, NULL, NULL, &error), -EACCES, &error, BROOD_STEP_SCHEDULER);
		check_text(error.subject, "nice");
		check_number(error.os_errno, EACCES);
	}
	check_number(getpriority(PRIO_PROCESS, 0), 10);
	if (!may_raise)
		return;
	/* 20 - 25 is the least that the hard limit allows; the soft one must be raised first. */
	struct brood_rlimit limit = { RLIMIT_NICE, 0, 25, 25 };
	limits.rlimits = &limit;
	limits.n_rlimits = 1;
	limits.nice = -5;
	cmd = (struct brood_cmd)BROOD_CMD(.limits = &limits, .function = nice_plus_50);
	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].exit_code, 45);
	limits.nice = -6;
	check_error(brood_run(&cmd, NULL, NULL, &error), -EACCES, &error, BROOD_STEP_SCHEDULER);
	brood_result_done(&result);
}

/* covers: API-LIM.nice.2 API-LIM.nice.3 */
static void less_nice_than_allowed_fails_at_that_step(void **state)
{
	(void)state;
	in_scene(less_nice_scene, NULL);
}

static void order_scene(void *data)
{
	(void)data;
	struct brood_error error = BROOD_ERROR_INIT;
	struct rlimit none = { 0, 0 };
	struct brood_rlimit limit = { RLIMIT_NICE, 0, 40, 40 };
	struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_NICE,
		.rlimits = &limit,
		.n_rlimits = 1,
		.nice = -20 };
	struct brood_cmd cmd = BROOD_CMD(.path = "/nowhere/program", .argv = BROOD_ARGV("name"),
		.dir = "/nowhere/dir", .out = brood_null(), .limits = &limits);
	struct brood_options options = BROOD_OPTIONS(.group = getppid());

	check_number(setsid(), getpid());
	check_number(setrlimit(RLIMIT_NICE, &none), 0);
	become_nobody();
	check_error(brood_run(&cmd, &options, NULL, &error), -EPERM, &error, BROOD_STEP_GROUP);
	options.group = 0;
	check_error(brood_run(&cmd, &options, NULL, &error), -EPERM, &error, BROOD_STEP_LIMITS);
	limits.n_rlimits = 0;
	check_error(brood_run(&cmd, &options, NULL, &error), -EACCES, &error, BROOD_STEP_SCHEDULER);
	limits.flags = 0;
	check_error(brood_run(&cmd, &options, NULL, &error), -ENOENT, &error, BROOD_STEP_CHDIR);
}

/* covers: ENG-ORDER.6 API-LIM.nice.3 */
static void limits_come_between_the_group_and_the_directory(void **state)
{
	(void)state;
	in_scene(order_scene, NULL);
}

static mode_t mode_of(const char *path)
{
	struct stat st;
	check_number(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void umask_scene(void *data)
{
	struct place *place = data;
	static const mode_t masks[] = { 0, 0777, 0137, 027, 0022, 0400 };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_credentials credentials = { .size = sizeof credentials };

	umask(0026);
	for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
		char *made = place_at(place, "made");
		char *out = place_at(place, "out");
		credentials.umask = masks[i];
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c", ": > made"),
			.dir = place->path, .credentials = &credentials,
			.out = brood_file(out, O_WRONLY | O_CREAT, 0666));
		credentials.flags = BROOD_SET_UMASK;
		check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
		check_number(mode_of(made), 0666 & ~masks[i]);
		check_number(mode_of(out), 0640);
		check_number(unlink(made), 0);
		credentials.flags = 0;
		check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
		check_number(mode_of(made), 0640);
		check_number(unlink(made) + unlink(out), 0);
	}
	check_number(umask(0), 0026);
}

/* covers: API-CRED.umask.1 API-CRED.umask.2 */
static void the_umask_holds_for_the_files_of_the_child_alone(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	in_scene(umask_scene, &place);
	place_leave(&place);
}

static void expect_limits(
	const struct brood_limits *limits, int code, int step, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"), .limits = limits);

	check_error(brood_run(&cmd, NULL, NULL, &error), code, &error, step);
	check_text(error.subject, subject);
}

static void expect_rlimits(const struct brood_rlimit *rlimits, size_t n, int code)
{
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = n };
	expect_limits(&limits, code, BROOD_STEP_CONFIG, "cmd.limits.rlimits");
}

/* covers: API-LIM.8 */
static void limits_that_cannot_be_are_invalid(void **state)
{
	(void)state;
	static const int none[] = { INT_MIN, -1, RLIM_NLIMITS, 31, 32, 64, INT_MAX };
	struct brood_rlimit two[] = { { RLIMIT_CORE, 0, 0, 0 }, { RLIMIT_CORE, 0, 0, 0 } };
	struct brood_limits limits = { .size = sizeof limits, .flags = BROOD_SET_NICE };

	expect_rlimits(NULL, 1, -EINVAL);
	expect_rlimits(two, 2, -EINVAL);
	expect_rlimits(two, SIZE_MAX, -EINVAL);
	for (int i = 0; i < N_RESOURCES; i++) {
		two[1] = (struct brood_rlimit){ resources[i].resource, 0, 1, 0 };
		expect_rlimits(two + 1, 1, -EINVAL);
		two[1].soft = UINT64_MAX;
		two[1].hard = UINT64_MAX - 1;
		expect_rlimits(two + 1, 1, -EINVAL);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		two[1] = (struct brood_rlimit){ none[i], 0, 0, 0 };
		expect_rlimits(two, 2, -EINVAL);
	}
	two[1] = (struct brood_rlimit){ RLIMIT_CPU, 1, 9, 9 };
	expect_rlimits(two, 2, BROOD_EMISUSE);
	static const int wrong[] = { INT_MIN, -21, 20, INT_MAX };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		limits.nice = wrong[i];
		expect_limits(&limits, -EINVAL, BROOD_STEP_CONFIG, "cmd.limits.nice");
	}
}

/* covers: API-LIM.9 */
static void limits_with_unknown_flags_are_misuse(void **state)
{
	(void)state;
	struct brood_limits limits = { .size = sizeof limits };

	for (int bit = 5; bit < 64; bit++) {
		limits.flags = UINT64_C(1) << bit;
		expect_limits(&limits, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.limits.flags");
	}
}

static void expect_credentials(
	const struct brood_credentials *credentials, int code, int step, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"),
		.credentials = credentials);

	check_error(brood_run(&cmd, NULL, NULL, &error), code, &error, step);
	check_text(error.subject, subject);
}

/* covers: API-CRED.2 */
static void credentials_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct brood_credentials credentials = { .size = sizeof credentials };

	for (int bit = 4; bit < 64; bit++) {
		credentials.flags = UINT64_C(1) << bit;
		expect_credentials(
			&credentials, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.credentials.flags");
	}
	credentials.flags = BROOD_SET_UMASK;
	for (int bit = 9; bit < 32; bit++) {
		credentials.umask = (mode_t)1 << bit;
		expect_credentials(
			&credentials, -EINVAL, BROOD_STEP_CONFIG, "cmd.credentials.umask");
	}
	credentials.umask = 0;
	credentials.reserved = 1;
	expect_credentials(
		&credentials, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.credentials.reserved");
}

/* covers: API-ABI.2 API-ABI.3 API-ABI.4 */
static void limits_and_credentials_of_another_size_follow_the_rules(void **state)
{
	(void)state;
	need_own_limits();
	struct {
		struct brood_limits limits;
		char tail[16];
	} wide = { .limits.flags = BROOD_SET_NICE, .limits.nice = 12 };
	struct {
		struct brood_credentials credentials;
		char tail[16];
	} long_one = { .credentials.flags = BROOD_SET_UMASK, .credentials.umask = 0123 };
	struct attributes ours, theirs;
	struct brood_cmd cmd = BROOD_CMD(.limits = &wide.limits,
		.credentials = &long_one.credentials);

	attributes_of_us(&ours);
	wide.limits.size = sizeof wide;
	long_one.credentials.size = sizeof long_one;
	attributes_of(&cmd, &theirs);
	check_number(theirs.nice, 12);
	check_number(theirs.umask, 0123);
	/* Too short for a flag: nothing is asked for. */
	wide.limits.size = long_one.credentials.size = sizeof(size_t);
	attributes_of(&cmd, &theirs);
	check_same(&theirs, &ours);
	wide.limits.size = sizeof wide;
	wide.tail[15] = 1;
	long_one.tail[15] = 1;
	expect_limits(&wide.limits, -E2BIG, BROOD_STEP_CONFIG, "cmd.limits.size");
	wide.limits.size = 0;
	expect_limits(&wide.limits, -E2BIG, BROOD_STEP_CONFIG, "cmd.limits.size");
	wide.limits.size = 7;
	expect_limits(&wide.limits, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.limits.size");
	long_one.credentials.size = sizeof long_one;
	expect_credentials(
		&long_one.credentials, -E2BIG, BROOD_STEP_CONFIG, "cmd.credentials.size");
	long_one.credentials.size = 0;
	expect_credentials(
		&long_one.credentials, -E2BIG, BROOD_STEP_CONFIG, "cmd.credentials.size");
	long_one.credentials.size = 7;
	expect_credentials(
		&long_one.credentials, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.credentials.size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(each_limit_holds_in_the_child_and_no_other_changes),
		hygienic(all_of_it_at_once_holds_in_the_child_alone),
		hygienic(a_function_gets_limits_and_umask_too),
		hygienic(a_guarded_job_gets_and_fails_at_the_same),
		hygienic(the_greatest_number_is_unlimited),
		hygienic(a_limit_that_is_overrun_ends_the_child),
		hygienic(the_limit_of_descriptors_does_not_bind_their_moves),
		hygienic(with_no_descriptor_allowed_a_failure_is_told_all_the_same),
		hygienic(raising_a_hard_limit_fails_and_names_it),
		hygienic(a_limit_too_small_for_the_program_fails_the_start_or_kills_it),
		hygienic(nice_is_the_value_itself_and_counts_with_its_flag),
		hygienic(less_nice_than_allowed_fails_at_that_step),
		hygienic(limits_come_between_the_group_and_the_directory),
		hygienic(the_umask_holds_for_the_files_of_the_child_alone),
		hygienic(limits_that_cannot_be_are_invalid),
		hygienic(limits_with_unknown_flags_are_misuse),
		hygienic(credentials_that_cannot_be_are_refused),
		hygienic(limits_and_credentials_of_another_size_follow_the_rules),
	};
	return hygiene_run("attributes", tests);
}
