/* SPDX-License-Identifier: MIT */
/* What a child is when its program begins: directory, signals, groups; and what fails first. */
#include "check.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* The line of the helper show_state that begins so, without that beginning. */
static char *state_line(const char *text, const char *name)
{
	static char lines[8][PATH_MAX];
	static unsigned int turn;
	char *line = lines[turn++ % 8];
	const char *at = strstr(text, name);

	if (!at)
		complain(__FILE__, __LINE__, "no '%s' in '%s'", name, text);
	at += strlen(name);
	snprintf(line, PATH_MAX, "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

static int64_t state_number(const char *text, const char *name)
{
	return strtoll(state_line(text, name), NULL, 10);
}

static uint64_t state_set(const char *text, const char *name)
{
	return strtoull(state_line(text, name), NULL, 16);
}

/* What the helper show_state says; valid until the next call. */
static char *state_of(const struct brood_cmd *like, const struct brood_options *options)
{
	static char text[8192];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = *like;

	cmd.argv = BROOD_ARGV(helper("show_state"));
	output_of(&cmd, options, &result);
	snprintf(text, sizeof text, "%s", result.out.data);
	brood_result_done(&result);
	return text;
}

static void directory_scene(void *data)
{
	struct place *place = data;
	struct brood_cmd cmd = BROOD_CMD(.dir = place_at(place, "sub"));
	char before[PATH_MAX];
	char after[PATH_MAX];

	check(getcwd(before, sizeof before) != NULL);
	check_text(state_line(state_of(&cmd, NULL), "cwd "), place_at(place, "sub"));
	cmd.dir = NULL;
	check_text(state_line(state_of(&cmd, NULL), "cwd "), before);
	check(getcwd(after, sizeof after) != NULL);
	check_text(after, before);
	check_number(chdir(place->path), 0);
	cmd.dir = "sub/..//./sub";
	check_text(state_line(state_of(&cmd, NULL), "cwd "), place_at(place, "sub"));
}

/* covers: API-CMD.dir.1 */
static void the_child_works_in_its_directory(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	check_number(mkdir(place_at(&place, "sub"), 0700), 0);
	in_scene(directory_scene, &place);
	place_leave(&place);
}

/* covers: API-CMD.path.1 */
static void a_relative_path_counts_from_the_childs_directory(void **state)
{
	(void)state;
	struct place place;
	struct brood_error error = BROOD_ERROR_INIT;

	place_make(&place);
	check_number(symlink(helper("play"), place_at(&place, "mine")), 0);
	struct brood_cmd cmd = BROOD_CMD(.path = "./mine", .argv = BROOD_ARGV("name", "exit", "0"),
		.dir = place.path, .out = brood_null());
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	cmd.dir = "/";
	check_error(brood_run(&cmd, NULL, NULL, &error), -ENOENT, &error, BROOD_STEP_EXEC);
	check_text(error.subject, "./mine");
	place_leave(&place);
}

/* covers: API-CMD.dir.2 */
static void a_directory_that_cannot_be_entered_is_named(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null(),
		.dir = "/nowhere/at/all");

	check_error(brood_run(&cmd, NULL, NULL, &error), -ENOENT, &error, BROOD_STEP_CHDIR);
	check_text(error.subject, "/nowhere/at/all");
	check_number(error.os_errno, ENOENT);
	cmd.dir = helper("play");
	check_error(brood_run(&cmd, NULL, NULL, &error), -ENOTDIR, &error, BROOD_STEP_CHDIR);
	check_text(error.subject, helper("play"));
}

static void catcher(int number)
{
	(void)number;
}

/* The kernel's own call: libc hides signals 32 and 33. */
static void set_disposition(int number, unsigned long handler)
{
	struct {
		unsigned long handler, flags, restorer;
		uint64_t mask;
	} action = { handler, 0, 0, 0 };

	syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
}

static void set_all_dispositions(unsigned long handler)
{
	for (int number = 1; number <= 64; number++)
		if (number != SIGKILL && number != SIGSTOP && number != SIGCHLD &&
			number != SIGALRM)
			set_disposition(number, handler);
}

static uint64_t bit_of(int number)
{
	return UINT64_C(1) << (number - 1);
}

#define UNTOUCHED (bit_of(SIGKILL) | bit_of(SIGSTOP) | bit_of(SIGCHLD) | bit_of(SIGALRM))

static void caught_scene(void *data)
{
	(void)data;
	struct brood_cmd cmd = BROOD_CMD_INIT;

	set_all_dispositions((unsigned long)(uintptr_t)catcher);
	char *text = state_of(&cmd, NULL);
	check_number(state_set(text, "SigIgn:"), 0);
	check_number(state_set(text, "SigCgt:"), 0);
	check_number(state_set(text, "SigBlk:"), 0);
}

/* covers: API-CMD.signals.1 */
static void caught_signals_are_default_in_the_child(void **state)
{
	(void)state;
	in_scene(caught_scene, NULL);
}

static void ignored_scene(void *data)
{
	(void)data;
	struct brood_cmd cmd = BROOD_CMD_INIT;

	set_all_dispositions((unsigned long)(uintptr_t)SIG_IGN);
	check_number(state_set(state_of(&cmd, NULL), "SigIgn:"), ~UNTOUCHED);
	struct brood_signals signals = { .size = sizeof signals };
	cmd.signals = &signals;
	check_number(state_set(state_of(&cmd, NULL), "SigIgn:"), ~UNTOUCHED);
}

/* covers: API-CMD.signals.2 */
static void ignored_signals_stay_ignored(void **state)
{
	(void)state;
	/* Valgrind's own signals are not ignored in its children. */
	if (denied("valgrind"))
		skip();
	in_scene(ignored_scene, NULL);
}

static void reset_scene(void *data)
{
	(void)data;
	struct brood_signals signals = { .size = sizeof signals };
	struct brood_cmd cmd = BROOD_CMD(.signals = &signals);
	const int some[] = { SIGHUP, SIGINT, SIGPIPE, SIGRTMIN, 50, 64 };
	uint64_t set = 0;

	set_all_dispositions((unsigned long)(uintptr_t)SIG_IGN);
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		sigaddset(&signals.reset, some[i]);
		set |= bit_of(some[i]);
	}
	check_number(state_set(state_of(&cmd, NULL), "SigIgn:"), ~UNTOUCHED & ~set);
	memset(&signals.reset, 0xff, 8);
	check_number(state_set(state_of(&cmd, NULL), "SigIgn:"), 0);
}

/* covers: API-CMD.signals.3 */
static void signals_to_reset_are_default_even_if_the_caller_ignores_them(void **state)
{
	(void)state;
	in_scene(reset_scene, NULL);
}

static void ignore_scene(void *data)
{
	struct brood_signals signals = { .size = sizeof signals };
	struct brood_cmd cmd = BROOD_CMD(.signals = &signals);
	const int some[] = { SIGHUP, SIGINT, SIGPIPE, SIGRTMIN, 50, 64 };
	uint64_t set = 0;

	/* Not what we were started with: the libc's posix_spawn, and so make, ignores 32 and 33. */
	set_all_dispositions((unsigned long)(uintptr_t)(data ? catcher : SIG_DFL));
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		sigaddset(&signals.ignore, some[i]);
		set |= bit_of(some[i]);
	}
	check_number(state_set(state_of(&cmd, NULL), "SigIgn:"), set);
}

/* covers: API-CMD.signals.4 */
static void signals_to_ignore_are_ignored(void **state)
{
	(void)state;
	/* Valgrind's own signals are not ignored in its children. */
	if (denied("valgrind"))
		skip();
	in_scene(ignore_scene, NULL);
	in_scene(ignore_scene, &(int){ 1 });
}

/* covers: API-CMD.signals.7 */
static void what_cannot_be_ignored_or_is_to_be_both_is_invalid(void **state)
{
	(void)state;
	static const int some[] = { SIGKILL, SIGSTOP, SIGUSR1 };

	for (int i = 0; i < 3; i++) {
		struct brood_signals signals = { .size = sizeof signals };
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null(),
			.signals = &signals);
		sigaddset(&signals.ignore, some[i]);
		if (i == 2)
			sigaddset(&signals.reset, some[i]);
		check_error(
			brood_run(&cmd, NULL, NULL, &error), -EINVAL, &error, BROOD_STEP_CONFIG);
		check_text(error.subject, "cmd.signals.ignore");
	}
}

static void set_raw_mask(uint64_t mask)
{
	check_number(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask), 0);
}

static void mask_scene(void *data)
{
	(void)data;
	static const uint64_t unmaskable = UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1)
										  << (SIGSTOP - 1);
	struct brood_signals signals = { .size = sizeof signals };
	struct brood_cmd cmd = BROOD_CMD_INIT;
	uint64_t after = 0;

	set_raw_mask(~UINT64_C(0));
	check_number(state_set(state_of(&cmd, NULL), "SigBlk:"), ~unmaskable);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &after, sizeof after);
	check_number(after, ~unmaskable);
	set_raw_mask(bit_of(SIGUSR2) | bit_of(33) | bit_of(64));
	check_number(state_set(state_of(&cmd, NULL), "SigBlk:"),
		bit_of(SIGUSR2) | bit_of(33) | bit_of(64));
	cmd.signals = &signals;
	check_number(state_set(state_of(&cmd, NULL), "SigBlk:"),
		bit_of(SIGUSR2) | bit_of(33) | bit_of(64));
	signals.has_mask = 1;
	check_number(state_set(state_of(&cmd, NULL), "SigBlk:"), 0);
	sigaddset(&signals.mask, SIGTERM);
	sigaddset(&signals.mask, 63);
	check_number(state_set(state_of(&cmd, NULL), "SigBlk:"), bit_of(SIGTERM) | bit_of(63));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &after, sizeof after);
	check_number(after, bit_of(SIGUSR2) | bit_of(33) | bit_of(64));
}

/* covers: API-CMD.signals.5 API-CMD.signals.6 */
static void the_mask_is_the_callers_or_the_given_one(void **state)
{
	(void)state;
	in_scene(mask_scene, NULL);
}

/* covers: API-OPT.group.1 */
static void by_default_a_job_is_in_the_callers_group_and_session(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD_INIT;
	char *text = state_of(&cmd, NULL);

	check((state_number(text, "ppid ") == getpid()) != UNDER_GUARD);
	check_number(state_number(text, "pgid "), getpgid(0));
	check_number(state_number(text, "sid "), getsid(0));
}

static struct brood_job *start_waiting(const struct brood_options *options, int wanted)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("wait"), .out = brood_null());

	check_code(brood_start(&job, &cmd, 1, options, &error), wanted, &error);
	if (wanted < 0) {
		check(job == NULL);
		check_number(error.step, BROOD_STEP_GROUP);
	}
	return job;
}

/* covers: API-OPT.group.1 API-OPT.group.2 API-OPT.session.1 API-JOB.group.1 */
static void groups_and_sessions_are_there_when_start_returns(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS_INIT;
	struct brood_job *job = start_waiting(&options, 0);

	check_number(getpgid(brood_job_pid(job)), getpgid(0));
	check_number(brood_job_group(job), 0);
	brood_job_free(job);

	options.flags = BROOD_NEW_GROUP;
	job = start_waiting(&options, 0);
	check_number(getpgid(brood_job_pid(job)), brood_job_pid(job));
	check_number(getsid(brood_job_pid(job)), getsid(0));
	check_number(brood_job_group(job), brood_job_pid(job));
	brood_job_free(job);

	options.flags = BROOD_NEW_SESSION;
	job = start_waiting(&options, 0);
	check_number(getpgid(brood_job_pid(job)), brood_job_pid(job));
	check_number(getsid(brood_job_pid(job)), brood_job_pid(job));
	check_number(brood_job_group(job), brood_job_pid(job));
	brood_job_free(job);
}

/* covers: API-OPT.session.2 DIFF-91 */
static void a_session_is_a_group_too_so_that_both_can_be_asked_for(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION | BROOD_NEW_GROUP);
	struct brood_job *job = start_waiting(&options, 0);

	check_number(getsid(brood_job_pid(job)), brood_job_pid(job));
	check_number(brood_job_group(job), brood_job_pid(job));
	brood_job_free(job);
}

/* covers: API-OPT.join.1 API-JOB.group.1 */
static void a_job_can_join_the_group_of_another(void **state)
{
	(void)state;
	struct brood_options leading = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_job *leader = start_waiting(&leading, 0);
	struct brood_options options = BROOD_OPTIONS(.group = brood_job_pid(leader));
	struct brood_job *job = start_waiting(&options, 0);

	check_number(getpgid(brood_job_pid(job)), brood_job_pid(leader));
	check_number(brood_job_group(job), brood_job_pid(leader));
	brood_job_free(job);
	brood_job_free(leader);
}

/* covers: API-OPT.join.2 */
static void joining_a_group_that_is_not_there_fails_at_that_step(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	check_number(waitpid(pid, NULL, 0), pid);
	struct brood_options options = BROOD_OPTIONS(.group = pid);
	start_waiting(&options, -EPERM);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null());
	options.group = -2;
	check_error(brood_run(&cmd, &options, NULL, &error), -EINVAL, &error, BROOD_STEP_CONFIG);
	options.group = getpgid(0);
	options.flags = BROOD_NEW_GROUP;
	check_error(brood_run(&cmd, &options, NULL, &error), -EINVAL, &error, BROOD_STEP_CONFIG);
	check_text(error.subject, "options.group");
}

static void inherited_scene(void *data)
{
	(void)data;
	struct brood_cmd cmd = BROOD_CMD_INIT;

	umask(0137);
	check_number(state_number(state_of(&cmd, NULL), "umask "), 0137);
}

/* covers: API-CMD.inherited.1 */
static void the_umask_is_inherited(void **state)
{
	(void)state;
	in_scene(inherited_scene, NULL);
}

/*
 * Everything is wrong at once, and is put right from the first step on: each time the next step of
 * the child must be the one that is named.
 */
static void order_scene(void *data)
{
	(void)data;
	struct rlimit limit = { 100, 100 };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_fd_map fds[] = { { 0, 90 }, { 0, 150 } };
	struct brood_cmd cmd = BROOD_CMD(.path = "/nowhere/program", .argv = BROOD_ARGV("name"),
		.dir = "/nowhere/dir", .out = brood_null(), .fds = fds, .n_fds = 2);
	struct brood_options options = BROOD_OPTIONS(.group = getppid());

	scene_fd = dup2(scene_fd, 50);
	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_number(setsid(), getpid());
	check_error(brood_run(&cmd, &options, NULL, &error), -EPERM, &error, BROOD_STEP_GROUP);
	check_number(error.fd, -1);
	options.group = 0;
	check_error(brood_run(&cmd, &options, NULL, &error), -ENOENT, &error, BROOD_STEP_CHDIR);
	check_text(error.subject, "/nowhere/dir");
	check_number(error.fd, -1);
	cmd.dir = "/";
	check_error(
		brood_run(&cmd, &options, NULL, &error), -EBADF, &error, BROOD_STEP_DESCRIPTORS);
	check_number(error.fd, 150);
	cmd.n_fds = 1;
	check_error(brood_run(&cmd, &options, NULL, &error), -ENOENT, &error, BROOD_STEP_EXEC);
	check_text(error.subject, "/nowhere/program");
	check_number(error.fd, -1);
	cmd.path = helper("show_state");
	check_code(brood_run(&cmd, &options, NULL, &error), 0, &error);
}

/* covers: ENG-ORDER.1 ENG-ORDER.2 ENG-ORDER.3 ENG-ORDER.4 */
static void the_first_step_that_fails_is_the_one_that_is_named(void **state)
{
	(void)state;
	/* Valgrind keeps the highest descriptors and their limit to itself. */
	if (denied("valgrind"))
		skip();
	in_scene(order_scene, NULL);
}

/* covers: ENG-ORDER.5 */
static void a_signal_pending_for_the_caller_does_not_hit_the_child(void **state)
{
	(void)state;
	/* Its mask is empty, so one that it got on the way would kill it. */
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	struct brood_cmd cmd = BROOD_CMD(.signals = &signals);
	sigset_t blocked, saved;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked, &saved);
	pthread_kill(pthread_self(), SIGUSR1);
	check_number(state_set(state_of(&cmd, NULL), "SigBlk:"), 0);
	struct timespec no_time = { 0, 0 };
	check_number(sigtimedwait(&blocked, NULL, &no_time), SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
}

static char *show_fds_path;

static void *start_many(void *data)
{
	int *bad = data;

	for (int i = 0; i < 150; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("show_fds", "-", "1024"),
			.path = show_fds_path, .in = brood_text("in"), .err = brood_capture(0, 0));
		int lines = 0;
		if (brood_output(&cmd, NULL, &result, NULL) == 0)
			for (size_t at = 0; at < result.out.length; at++)
				lines += result.out.data[at] == '\n';
		*bad += lines != 3;
		brood_result_done(&result);
	}
	return NULL;
}

/* covers: API-RULE.4.2 */
static void no_child_gets_a_descriptor_of_another_that_starts_at_once(void **state)
{
	(void)state;
	pthread_t threads[4];
	int bad[4] = { 0 };

	need_threads();
	show_fds_path = helper("show_fds");
	for (int i = 0; i < 4; i++)
		check_number(pthread_create(&threads[i], NULL, start_many, &bad[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		check_number(bad[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_child_works_in_its_directory),
		hygienic(a_relative_path_counts_from_the_childs_directory),
		hygienic(a_directory_that_cannot_be_entered_is_named),
		hygienic(caught_signals_are_default_in_the_child),
		hygienic(ignored_signals_stay_ignored),
		hygienic(signals_to_reset_are_default_even_if_the_caller_ignores_them),
		hygienic(signals_to_ignore_are_ignored),
		hygienic(what_cannot_be_ignored_or_is_to_be_both_is_invalid),
		hygienic(the_mask_is_the_callers_or_the_given_one),
		hygienic(by_default_a_job_is_in_the_callers_group_and_session),
		hygienic(groups_and_sessions_are_there_when_start_returns),
		hygienic(a_session_is_a_group_too_so_that_both_can_be_asked_for),
		hygienic(a_job_can_join_the_group_of_another),
		hygienic(joining_a_group_that_is_not_there_fails_at_that_step),
		hygienic(the_umask_is_inherited),
		hygienic(the_first_step_that_fails_is_the_one_that_is_named),
		hygienic(a_signal_pending_for_the_caller_does_not_hit_the_child),
		hygienic(no_child_gets_a_descriptor_of_another_that_starts_at_once),
	};
	return hygiene_run("child state", tests);
}
