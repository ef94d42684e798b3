/* SPDX-License-Identifier: MIT */

/* Groups and sessions of jobs of several stages, and what each stage inherits. */

#include "stages.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static void start_n(struct row *row, size_t n, const struct brood_options *options,
	char *const *argv, int ready)
{
	struct brood_cmd cmds[MOST_STAGES];
	for (size_t i = 0; i < n; i++)
		cmds[i] = plain(argv);
	cmds[n - 1].out = brood_null();
	row_start(row, cmds, n, options, ready);
}

/* covers: API-G.stages */
static void the_first_stage_leads_the_group_of_all(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 16; n += 5) {
		struct row row;
		struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
		start_n(&row, n, &options, ACT("await", "4"), 0);
		check_number(brood_job_group(row.job), row.pids[0]);
		for (size_t i = 0; i < n; i++) {
			check_number(getpgid(row.pids[i]), row.pids[0]);
			check_number(getsid(row.pids[i]), getsid(0));
		}
		row_release(&row);
		check_code(row_wait(&row, NULL), 0, NULL);
		row_end(&row);
	}
}

/* covers: API-G.stages */
static void a_leader_that_ends_at_once_is_no_obstacle(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	for (int i = 0; i < 100; i++) {
		struct row row;
		struct brood_cmd cmds[8];
		for (int k = 0; k < 8; k++)
			cmds[k] = plain(ACT("exit", "0"));
		cmds[7] = quiet(ACT("ready", "await", "4"));
		row_start(&row, cmds, 8, &options, 1);
		check_number(getpgid(row.pids[7]), row.pids[0]);
		row_release(&row);
		check_code(row_wait(&row, NULL), 0, NULL);
		row_end(&row);
	}
}

/* covers: API-G.stages GE-10.theft */
static void a_leader_that_is_reaped_at_once_is_no_obstacle(void **state)
{
	(void)state;
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	int r = 0;
	struct brood_error error = BROOD_ERROR_INIT;
	sigaction(SIGCHLD, &ignore, &old);
	for (int i = 0; i < 100 && (r == 0 || r == BROOD_ELOST); i++) {
		struct brood_cmd cmds[8];
		for (int k = 0; k < 7; k++)
			cmds[k] = plain(ACT("exit", "0"));
		cmds[7] = quiet(ACT("exit", "0"));
		r = brood_pipeline(cmds, 8, &options, NULL, &error);
	}
	sigaction(SIGCHLD, &old, NULL);
	if (r != BROOD_ELOST)
		check_code(r, 0, &error);
}

/* covers: API-G.sessions */
static void each_stage_has_a_session_if_they_are_to_be_new(void **state)
{
	(void)state;
	struct row row;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);
	start_n(&row, 3, &options, ACT("await", "4"), 0);
	check_number(brood_job_group(row.job), row.pids[0]);
	for (int i = 0; i < 3; i++) {
		check_number(getsid(row.pids[i]), row.pids[i]);
		check_number(getpgid(row.pids[i]), row.pids[i]);
	}
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-G.stages API-G.sessions API-G.signal GE-14.group */
static void a_signal_goes_to_all_in_the_groups_of_the_job(void **state)
{
	(void)state;
	const uint64_t flags[] = { BROOD_NEW_GROUP, BROOD_NEW_SESSION };
	for (int f = 0; f < 2; f++) {
		struct row row;
		struct brood_options options = BROOD_OPTIONS(.flags = flags[f]);
		start_n(&row, 3, &options,
			ACT("{", "say-on", "10", "ready", "await", "4", "}", "say-on", "10",
				"ready", "await", "4"),
			6);
		check_code(brood_job_signal(row.job, SIGUSR1), 0, NULL);
		for (int i = 0; i < 6; i++)
			check_number(line_ready(&row.line), SIGUSR1);
		row_release(&row);
		check_code(row_wait(&row, NULL), 0, NULL);
		char byte;
		check_number(read(row.line.reading, &byte, 1), 0);
		row_end(&row);
	}
}

/* covers: GE-14.group */
static void a_signal_to_a_group_misses_those_that_left_it(void **state)
{
	(void)state;
	struct row row;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	start_n(&row, 2, &options,
		ACT("{", "setpgid", "say-on", "12", "ready", "await", "4", "}", "{", "setsid",
			"say-on", "12", "ready", "await", "4", "}", "ready", "pause"),
		6);
	check_code(brood_job_signal(row.job, SIGUSR2), 0, NULL);
	check_code(row_wait(&row, NULL), BROOD_EEXIT, NULL);
	check(!line_is_gone(&row.line));
	row_release(&row);
	char byte;
	check_number(read(row.line.reading, &byte, 1), 0);
	row_end(&row);
}

/* covers: API-G.stop API-G.stages */
static void stop_steps_go_to_all_in_the_groups_of_the_job(void **state)
{
	(void)state;
	const struct brood_stop steps[] = { { SIGTERM, 0, 50 * BROOD_MILLISECOND } };
	const uint64_t flags[] = { BROOD_NEW_GROUP, BROOD_NEW_SESSION };
	for (int f = 0; f < 2; f++) {
		struct row row;
		struct brood_result result = BROOD_RESULT_INIT;
		/* The children keep the capture, so that they are not let go before. */
		struct brood_options options = BROOD_OPTIONS(.flags = flags[f], .timeout = 1,
			.stop = steps, .n_stop = 1, .wait_delay = BROOD_FOREVER);
		struct brood_cmd cmds[] = {
			plain(ACT("{", "ignore", "15", "ready", "pause", "}", "ready", "pause")),
			captured(ACT("{", "ignore", "15", "ready", "pause", "}", "ready", "pause"))
		};
		cmds[0].err = brood_capture(0, 0);
		row_start(&row, cmds, 2, &options, 4);
		check_code(row_wait(&row, &result), BROOD_ETIMEOUT, NULL);
		check_number(result.stages[0].signal, SIGTERM);
		check_number(result.stages[1].signal, SIGTERM);
		check_number(result.notes, 0);
		brood_result_done(&result);
		row_end(&row);
	}
}

/* covers: API-G.signal */
static void a_group_can_be_signalled_while_one_stage_is_left(void **state)
{
	(void)state;
	struct row row;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_cmd cmds[] = {
		plain(ACT("{", "say-on", "10", "ready", "await", "4", "}", "exit", "0")),
		quiet(ACT("say-on", "10", "ready", "await", "4"))
	};
	row_start(&row, cmds, 2, &options, 2);
	await_zombie(row.pids[0]);
	/* The end of the leader is seen here. */
	check_code(brood_job_wait(row.job, 0, NULL, NULL), -ETIME, NULL);
	struct brood_status status = BROOD_STATUS_INIT;
	check_code(brood_job_status(row.job, 0, &status), 0, NULL);
	check_number(status.how, BROOD_EXITED);
	check_code(brood_job_signal(row.job, SIGUSR1), 0, NULL);
	check_number(line_ready(&row.line), SIGUSR1);
	check_number(line_ready(&row.line), SIGUSR1);
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-G.join API-OPT.join.1 */
static void all_stages_can_join_a_group(void **state)
{
	(void)state;
	struct row leader;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	start_n(&leader, 2, &options, ACT("say-on", "15", "ready", "await", "4"), 2);
	options = (struct brood_options)BROOD_OPTIONS(.group = leader.pids[0]);
	start_n(&row, 3, &options, ACT("ready", "pause"), 3);
	check_number(brood_job_group(row.job), leader.pids[0]);
	for (int i = 0; i < 3; i++)
		check_number(getpgid(row.pids[i]), leader.pids[0]);
	/* A group that was joined is not the job's own: signals are for its stages. */
	check_code(brood_job_signal(row.job, SIGTERM), 0, NULL);
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	for (int i = 0; i < 3; i++)
		check_number(result.stages[i].signal, SIGTERM);
	row_release(&leader);
	check_code(row_wait(&leader, NULL), 0, NULL);
	char byte;
	check_number(read(leader.line.reading, &byte, 1), 0);
	row_end(&row);
	row_end(&leader);
	brood_result_done(&result);
	/* One that is gone fails the first stage. */
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmds[] = { plain(ACT("pause")), quiet(ACT("pause")) };
	int r = brood_pipeline(cmds, 2, &options, NULL, &error);
	check_error(r, -EPERM, &error, BROOD_STEP_GROUP);
	check_number(error.stage, 0);
}

/* covers: GE-14.default API-OPT.group.1 */
static void by_default_all_stages_are_in_our_group_and_session(void **state)
{
	(void)state;
	struct row row;
	start_n(&row, 3, NULL, ACT("await", "4"), 0);
	check_number(brood_job_group(row.job), 0);
	for (int i = 0; i < 3; i++) {
		check_number(getpgid(row.pids[i]), getpgrp());
		check_number(getsid(row.pids[i]), getsid(0));
	}
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* The line of show_state that begins with a word. */
static char *state_of(const struct brood_bytes *bytes, const char *word)
{
	static char lines[4][256];
	static unsigned int turn;
	char *line = lines[turn++ % 4];
	const char *found = strstr(bytes->data, word);
	line[0] = 0;
	if (found)
		snprintf(line, sizeof lines[0], "%.*s", (int)strcspn(found, "\n"), found);
	return line;
}

/* Three stages that show what they were started with; the texts go to err and out. */
static void show_states(struct brood_cmd *cmds, struct brood_result *result)
{
	cmds[0] = plain(RUN("/bin/sh", "-c", "exec \"$0\" >&2", helper("show_state")));
	cmds[1] = plain(RUN("/bin/sh", "-c", "exec \"$0\" <&-", helper("show_state")));
	cmds[2] = captured(PLAY("copy"));
	cmds[0].err = brood_capture(0, 0);
	pipeline_of(cmds, 3, NULL, result);
}

static void caught(int number)
{
	(void)number;
}

/* What we ignore ourselves, as /proc tells it: who runs the tests may have left us more. */
static void own_ignored(char *line, size_t size)
{
	FILE *status = fopen("/proc/self/status", "re");
	check(status != NULL);
	do
		check(fgets(line, (int)size, status) != NULL);
	while (strncmp(line, "SigIgn:", 7) != 0);
	line[strcspn(line, "\n")] = 0;
	(void)fclose(status);
}

static void signals_scene(void *data)
{
	char ignored[64];
	struct brood_cmd cmds[3];
	struct brood_result result = BROOD_RESULT_INIT;
	struct sigaction action = { .sa_handler = caught };
	sigset_t mask;
	(void)data;
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGUSR2, SIG_IGN);
	own_ignored(ignored, sizeof ignored);
	check(strtoull(ignored + 7, NULL, 16) & 1 << (SIGUSR2 - 1));
	sigemptyset(&mask);
	sigaddset(&mask, SIGWINCH);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	show_states(cmds, &result);
	const struct brood_bytes *both[] = { &result.err, &result.out };
	for (int i = 0; i < 2; i++) {
		check_text(state_of(both[i], "SigBlk"), "SigBlk:\t0000000008000000");
		check_text(state_of(both[i], "SigIgn"), ignored);
		check_text(state_of(both[i], "SigCgt"), "SigCgt:\t0000000000000000");
	}
	sigprocmask(SIG_BLOCK, NULL, &mask);
	check(sigismember(&mask, SIGWINCH) && !sigismember(&mask, SIGTERM));
	brood_result_done(&result);
}

/* covers: GE-14.signals */
static void of_all_stages_caught_signals_are_default_and_ignored_ones_ignored(void **state)
{
	(void)state;
	in_scene(signals_scene, NULL);
}

struct own_state {
	struct brood_result result;
	int nice;
	const char *failed;
};

/* What the kernel keeps for each thread: directory and umask, nice. */
static void *start_with_own_state(void *data)
{
	struct own_state *own = data;
	struct brood_cmd cmds[3];
	if (unshare(CLONE_FS) < 0 || chdir("/usr") < 0) {
		own->failed = "unshare";
		return NULL;
	}
	umask(0135);
	if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), own->nice) < 0)
		own->failed = "nice";
	else
		show_states(cmds, &own->result);
	return NULL;
}

/* covers: GE-14.thread API-CMD.inherited.1 */
static void stages_inherit_from_the_thread_that_starts_them(void **state)
{
	(void)state;
	need_threads();
	pthread_t thread;
	const int nice = getpriority(PRIO_PROCESS, 0);
	char wanted[32];
	struct own_state own = { .result = BROOD_RESULT_INIT, .nice = nice < 19 ? nice + 1 : 19 };
	snprintf(wanted, sizeof wanted, "nice %d", own.nice);
	check_number(pthread_create(&thread, NULL, start_with_own_state, &own), 0);
	pthread_join(thread, NULL);
	if (own.failed && strcmp(own.failed, "unshare") == 0)
		skip();
	check(own.failed == NULL);
	const struct brood_bytes *both[] = { &own.result.err, &own.result.out };
	for (int i = 0; i < 2; i++) {
		check_text(state_of(both[i], "cwd "), "cwd /usr");
		check_text(state_of(both[i], "umask "), "umask 93");
		check_text(state_of(both[i], "nice "), wanted);
	}
	check_number(getpriority(PRIO_PROCESS, 0), nice);
	brood_result_done(&own.result);
}

static void limits_scene(void *data)
{
	struct brood_cmd cmds[3];
	struct brood_result result = BROOD_RESULT_INIT;
	char expected[64];
	const struct rlimit limit = { 100, 200 };
	(void)data;
	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	show_states(cmds, &result);
	snprintf(expected, sizeof expected, "limit %d 100 200", RLIMIT_NOFILE);
	check_text(state_of(&result.err, "limit 7 "), expected);
	check_text(state_of(&result.out, "limit 7 "), expected);
	brood_result_done(&result);
}

/* covers: GE-14.nofile GE-14.thread */
static void the_limit_of_descriptors_is_that_of_the_caller(void **state)
{
	(void)state;
	in_scene(limits_scene, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_first_stage_leads_the_group_of_all),
		hygienic(a_leader_that_ends_at_once_is_no_obstacle),
		hygienic(a_leader_that_is_reaped_at_once_is_no_obstacle),
		hygienic(each_stage_has_a_session_if_they_are_to_be_new),
		hygienic(a_signal_goes_to_all_in_the_groups_of_the_job),
		hygienic(a_signal_to_a_group_misses_those_that_left_it),
		hygienic(stop_steps_go_to_all_in_the_groups_of_the_job),
		hygienic(a_group_can_be_signalled_while_one_stage_is_left),
		hygienic(all_stages_can_join_a_group),
		hygienic(by_default_all_stages_are_in_our_group_and_session),
		hygienic(of_all_stages_caught_signals_are_default_and_ignored_ones_ignored),
		hygienic(stages_inherit_from_the_thread_that_starts_them),
		hygienic(the_limit_of_descriptors_is_that_of_the_caller),
	};
	return hygiene_run("groups", tests);
}
