/* SPDX-License-Identifier: MIT */
/* The child's terminal, its parent's death, its tracer. */
#include "places.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>

static struct brood_session session_of(uint64_t flags)
{
	return (struct brood_session){ .size = sizeof(struct brood_session), .flags = flags };
}

/* covers: ATT-SES.ctty GE-12.ctty */
static void a_descriptor_of_the_child_becomes_its_controlling_terminal(void **state)
{
	(void)state;
	struct terminal terminal = open_terminal();
	static const int numbers[] = { 0, 3, 17 };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);

	for (size_t i = 0; i < 3; i++) {
		struct rights rights;
		struct brood_session session = session_of(BROOD_SET_CTTY);
		struct brood_fd_map fds[] = { { terminal.theirs, numbers[i] } };
		struct brood_cmd cmd = BROOD_CMD(.session = &session);
		session.controlling_fd = numbers[i];
		if (numbers[i] == 0) {
			cmd.in = brood_fd(terminal.theirs);
		} else {
			cmd.fds = fds;
			cmd.n_fds = 1;
		}
		rights_of(&rights, &cmd, &options);
		check_text(right_at(rights.text, "terminal"), right_at(rights.text, "pid"));
		check_text(right_at(rights.text, "sid"), right_at(rights.text, "pid"));
		rights_done(&rights);
	}
	close_terminal(&terminal);
}

static void stolen_scene(void *data)
{
	const struct terminal *terminal = data;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);
	struct brood_session session = session_of(BROOD_SET_CTTY);
	struct brood_cmd cmd = BROOD_CMD(.session = &session, .in = brood_fd(terminal->theirs));
	struct rights rights;

	/* It is ours already. */
	check_number(setsid(), getpid());
	check_number(ioctl(terminal->theirs, TIOCSCTTY, 0), 0);
	signal(SIGHUP, SIG_IGN);
	if (has_capability(21)) { /* CAP_SYS_ADMIN */
		struct brood_signals signals = { .size = sizeof signals };
		sigemptyset(&signals.ignore);
		sigemptyset(&signals.reset);
		sigaddset(&signals.reset, SIGHUP);
		cmd.signals = &signals;
		rights_of(&rights, &cmd, &options);
		check_text(right_at(rights.text, "terminal"), right_at(rights.text, "pid"));
		rights_done(&rights);
	} else {
		expect_failure(&cmd, &options, -EPERM, BROOD_STEP_TERMINAL, "descriptor 0");
	}
}

/* covers: ATT-SES.ctty GE-12.ctty ATT-STEP.terminal */
static void with_the_right_to_it_it_is_taken_from_another_session(void **state)
{
	(void)state;
	struct terminal terminal = open_terminal();
	in_scene(stolen_scene, &terminal);
	close_terminal(&terminal);
}

/* covers: ATT-SES.ctty GE-12.ctty ATT-STEP.terminal */
static void what_cannot_be_a_controlling_terminal_is_told(void **state)
{
	(void)state;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);
	struct brood_session session = session_of(BROOD_SET_CTTY);
	struct brood_cmd cmd = BROOD_CMD(.session = &session);

	/* /dev/null is none. */
	expect_failure(&cmd, &options, -ENOTTY, BROOD_STEP_TERMINAL, "descriptor 0");
	/* Without a session of its own nobody gets one. */
	expect_failure(&cmd, NULL, -EPERM, BROOD_STEP_TERMINAL, "cmd.session.controlling_fd");
	options.flags = BROOD_NEW_GROUP;
	expect_failure(&cmd, &options, -EPERM, BROOD_STEP_TERMINAL, "cmd.session.controlling_fd");
	/* A number that the child does not have. */
	options.flags = BROOD_NEW_SESSION;
	static const int numbers[] = { -1, 3, 7, INT_MAX, INT_MIN };
	struct brood_fd_map fds[] = { { 0, 5 }, { -1, 7 } };
	cmd.fds = fds;
	cmd.n_fds = 2;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		session.controlling_fd = numbers[i];
		expect_failure(
			&cmd, &options, -EINVAL, BROOD_STEP_CONFIG, "cmd.session.controlling_fd");
	}
	session.controlling_fd = 0;
	cmd.in = brood_fd(-1);
	expect_failure(&cmd, &options, -EINVAL, BROOD_STEP_CONFIG, "cmd.session.controlling_fd");
	/* What is kept may have any number. */
	session.controlling_fd = 999;
	cmd.flags = BROOD_KEEP_FDS;
	expect_failure(&cmd, &options, -EBADF, BROOD_STEP_TERMINAL, "descriptor 999");
}

static void drop_scene(void *data)
{
	const struct terminal *terminal = data;
	struct brood_session session = session_of(BROOD_DROP_CTTY);
	struct brood_cmd cmd = BROOD_CMD(.session = &session, .in = brood_fd(terminal->theirs));
	struct rights rights;

	check_number(setsid(), getpid());
	check_number(ioctl(terminal->theirs, TIOCSCTTY, 0), 0);
	rights_of(&rights, &cmd, NULL);
	check_right(&rights, "terminal", "-1");
	rights_done(&rights);
	session.flags = 0;
	rights_of(&rights, &cmd, NULL);
	check(strcmp(right_at(rights.text, "terminal"), "-1") != 0);
	rights_done(&rights);
}

/* covers: ATT-SES.noctty GE-12.noctty */
static void the_child_can_do_without_our_controlling_terminal(void **state)
{
	(void)state;
	struct terminal terminal = open_terminal();
	in_scene(drop_scene, &terminal);
	close_terminal(&terminal);
}

/* covers: ATT-SES.noctty GE-12.noctty ATT-STEP.terminal */
static void a_descriptor_0_that_is_not_it_is_told(void **state)
{
	(void)state;
	struct brood_session session = session_of(BROOD_DROP_CTTY);
	struct brood_cmd cmd = BROOD_CMD(.session = &session);
	expect_failure(&cmd, NULL, -ENOTTY, BROOD_STEP_TERMINAL, "descriptor 0");
}

/* covers: ATT-SES.misuse */
static void flags_that_exclude_each_other_are_misuse(void **state)
{
	(void)state;
	struct brood_session session = session_of(BROOD_SET_CTTY | BROOD_DROP_CTTY);
	struct brood_cmd cmd = BROOD_CMD(.session = &session);
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.session.flags");
	for (int bit = 3; bit < 64; bit++) {
		session.flags = UINT64_C(1) << bit;
		expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.session.flags");
	}
	/* A terminal of its own is its controlling one. */
	cmd.in = cmd.out = cmd.err = brood_tty(24, 80);
	session.flags = BROOD_SET_CTTY;
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.session.flags");
	session.flags = BROOD_DROP_CTTY;
	expect_failure(&cmd, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.session.flags");
	cmd = (struct brood_cmd)BROOD_CMD(.session = &session);
	session.flags = 0;
	static const int signals[] = { -1, 65, INT_MAX, INT_MIN };
	for (size_t i = 0; i < 4; i++) {
		session.parent_death_signal = signals[i];
		expect_failure(
			&cmd, NULL, -EINVAL, BROOD_STEP_CONFIG, "cmd.session.parent_death_signal");
	}
}

/* covers: ATT-SES.death.1 GE-12.pdeathsig */
static void the_child_has_a_parent_death_signal(void **state)
{
	(void)state;
	struct rights rights;
	struct brood_session session = session_of(0);
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UID, .uid = SOMEBODY
	};
	struct brood_cmd cmd = BROOD_CMD(.session = &session);
	char wanted[16];

	for (int signal = 1; signal <= 64; signal += 9) {
		session.parent_death_signal = signal;
		rights_of(&rights, &cmd, NULL);
		snprintf(wanted, sizeof wanted, "%d", signal);
		check_right(&rights, "death", wanted);
		rights_done(&rights);
	}
	/* A change of user would clear it, so it comes behind that. */
	if (is_root()) {
		session.parent_death_signal = SIGUSR2;
		cmd.credentials = &credentials;
		rights_of(&rights, &cmd, NULL);
		check_right(&rights, "death", "12");
		check_right(&rights, "uid", "12345 12345 12345");
		rights_done(&rights);
	}
}

#if !UNDER_GUARD

struct threaded {
	struct line line;
	struct brood_job *job;
	int code;
};

/* Its child gets the signal when this thread ends, although the process lives on. */
static void *start_and_end(void *data)
{
	struct threaded *threaded = data;
	struct brood_session session = session_of(0);
	struct brood_fd_map fds[] = { { threaded->line.writing, 3 } };
	struct brood_cmd cmd = quiet(ACT("ready", "pause"));
	cmd.session = &session;
	cmd.fds = fds;
	cmd.n_fds = 1;
	session.parent_death_signal = SIGUSR1;
	threaded->code = brood_start(&threaded->job, &cmd, 1, NULL, NULL);
	if (threaded->code == 0)
		line_ready(&threaded->line);
	return NULL;
}

/* covers: ATT-SES.death.2 GE-12.pdeathsig */
static void it_comes_when_the_thread_that_started_it_ends(void **state)
{
	(void)state;
	need_threads();
	pthread_t thread;
	struct brood_result result = BROOD_RESULT_INIT;
	struct threaded threaded = { .line = line_open() };

	check_number(pthread_create(&thread, NULL, start_and_end, &threaded), 0);
	check_number(pthread_join(thread, NULL), 0);
	check_number(threaded.code, 0);
	check_number(brood_job_wait(threaded.job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	check_number(result.stages[0].signal, SIGUSR1);
	brood_result_done(&result);
	brood_job_free(threaded.job);
	line_gone(&threaded.line);
}

/* Starts a child that asks for the signal, and ends. */
static void orphan_scene(void *data)
{
	struct line *line = data;
	struct brood_session session = session_of(0);
	struct brood_fd_map fds[] = { { line->writing, 3 } };
	struct brood_cmd cmd = quiet(ACT("ready", "pause"));
	struct brood_job *job = NULL;
	cmd.session = &session;
	cmd.fds = fds;
	cmd.n_fds = 1;
	session.parent_death_signal = SIGKILL;
	check_number(brood_start(&job, &cmd, 1, NULL, NULL), 0);
	close(line->writing);
	check_number(line_ready(line), 'r');
	_exit(0);
}

/* covers: ATT-SES.death.1 GE-12.pdeathsig */
static void it_comes_when_the_parent_ends(void **state)
{
	(void)state;
	struct line line = line_open();
	in_scene(orphan_scene, &line);
	/* Nobody holds it any more. */
	line_gone(&line);
}

static void starts_when_traced(void)
{
	struct brood_session session = session_of(0);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	struct brood_job *job = NULL;
	cmd.session = &session;
	session.parent_death_signal = SIGUSR2;
	check_number(ptrace(PTRACE_TRACEME, 0, 0, 0), 0);
	raise(SIGSTOP);
	_exit(brood_start(&job, &cmd, 1, NULL, NULL) != 0);
}

/* The child is held at its birth until its parent has gone. */
static void lost_parent_scene(void *data)
{
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	unsigned long born = 0;
	int status = 0;
	(void)data;
	pid_t parent = fork();
	if (parent == 0)
		starts_when_traced();
	check_number(waitpid(parent, &status, 0), parent);
	check(WIFSTOPPED(status));
	check_number(ptrace(PTRACE_SETOPTIONS, parent, 0, options), 0);
	check_number(ptrace(PTRACE_CONT, parent, 0, 0), 0);
	check_number(waitpid(parent, &status, 0), parent);
	check(WIFSTOPPED(status) && status >> 16 != 0);
	check_number(ptrace(PTRACE_GETEVENTMSG, parent, 0, &born), 0);
	pid_t child = (pid_t)born;
	check_number(waitpid(child, &status, __WALL), child);
	check_number(kill(parent, SIGKILL), 0);
	check_number(waitpid(parent, &status, 0), parent);
	check(WIFSIGNALED(status));
	for (int signal = 0; ptrace(PTRACE_CONT, child, 0, signal) == 0;) {
		check_number(waitpid(child, &status, __WALL), child);
		signal = WIFSTOPPED(status) && WSTOPSIG(status) != SIGTRAP ? WSTOPSIG(status) : 0;
	}
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2);
}

/* covers: ATT-SES.death.3 GE-12.pdeathsig */
static void a_parent_that_went_before_it_could_ask_is_noticed(void **state)
{
	(void)state;
	if (!may_trace() || denied("valgrind"))
		skip_because("tracing is denied");
	in_scene(lost_parent_scene, NULL);
}

/* covers: ATT-SES.trace.1 GE-12.ptrace */
static void a_traced_child_stops_at_execve(void **state)
{
	(void)state;
	int status = 0;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job = NULL;
	struct brood_session session = session_of(BROOD_TRACEME);
	struct brood_cmd cmd = quiet(ACT("exit", "5"));

	if (!may_trace())
		skip_because("tracing is denied");
	cmd.session = &session;
	int r = brood_start(&job, &cmd, 1, NULL, &error);
	check_code(r, 0, &error);
	pid_t pid = brood_job_pid(job);
	check_number(waitpid(pid, &status, __WALL), pid);
	check(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	/* It waits for its tracer, and the job for it. */
	check_number(brood_job_wait(job, 10 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	check_number(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	check_number(brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_EEXIT);
	check_number(result.stages[0].exit_code, 5);
	brood_result_done(&result);
	brood_job_free(job);
}

/* covers: ATT-SES.trace.1 GE-12.ptrace */
static void a_traced_child_that_cannot_execute_is_told_and_gone(void **state)
{
	(void)state;
	if (!may_trace())
		skip_because("tracing is denied");
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	struct brood_session session = session_of(BROOD_TRACEME);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/nowhere/program"),
		.session = &session);
	check_error(brood_start(&job, &cmd, 1, NULL, &error), -ENOENT, &error, BROOD_STEP_EXEC);
}

/* covers: ATT-SES.trace.1 */
static void a_traced_child_can_be_stopped_like_any_other(void **state)
{
	(void)state;
	if (!may_trace())
		skip_because("tracing is denied");
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job = NULL;
	const struct brood_stop steps[] = { { SIGKILL, 0, 0 } };
	struct brood_options options = BROOD_OPTIONS(.stop = steps, .n_stop = 1,
		.timeout = 20 * BROOD_MILLISECOND);
	struct brood_session session = session_of(BROOD_TRACEME);
	struct brood_cmd cmd = quiet(ACT("exit", "5"));
	cmd.session = &session;
	check_number(brood_start(&job, &cmd, 1, &options, NULL), 0);
	check_number(brood_job_wait(job, BROOD_FOREVER, &result, NULL), BROOD_ETIMEOUT);
	check_number(result.stages[0].signal, SIGKILL);
	brood_result_done(&result);
	brood_job_free(job);
}

static atomic_bool over;

/* Nobody minds the signal, but a tracer is told of it. */
static void *signals_our_group(void *unused)
{
	while (!atomic_load(&over))
		kill(0, SIGWINCH);
	return unused;
}

static void let_go_on(struct brood_job *job, struct brood_result *result)
{
	pid_t pid = brood_job_pid(job);
	int signal = SIGTRAP;
	int r;
	while ((r = brood_job_wait(job, BROOD_MILLISECOND, result, NULL)) == -ETIME) {
		siginfo_t info = { .si_pid = 0 };
		if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | __WALL) < 0 ||
			info.si_pid != pid)
			continue;
		/* It is its program already when we hear of it for the first time. */
		check(signal != SIGTRAP || info.si_status == SIGTRAP);
		signal = info.si_status == SIGTRAP ? 0 : info.si_status;
		check_number(ptrace(PTRACE_CONT, pid, 0, signal), 0);
	}
	check_number(r, BROOD_EEXIT);
}

static void traced_under_signals_scene(void *data)
{
	(void)data;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_session session = session_of(BROOD_TRACEME);
	check_number(setpgid(0, 0), 0);
	for (int i = 0; i < 8; i++) {
		struct brood_job *job = NULL;
		struct brood_cmd cmd = quiet(ACT("exit", "5"));
		struct brood_error error = BROOD_ERROR_INIT;
		pthread_t thread;
		cmd.session = &session;
		atomic_store(&over, false);
		check_number(pthread_create(&thread, NULL, signals_our_group, NULL), 0);
		struct brood_cmd none = BROOD_CMD(.argv = BROOD_ARGV("/nowhere/program"),
			.session = &session);
		check_error(brood_start(&job, &none, 1, NULL, &error), -ENOENT, &error,
			BROOD_STEP_EXEC);
		check_code(brood_start(&job, &cmd, 1, NULL, &error), 0, &error);
		atomic_store(&over, true);
		check_number(pthread_join(thread, NULL), 0);
		let_go_on(job, &result);
		check_number(result.stages[0].exit_code, 5);
		brood_job_free(job);
	}
	brood_result_done(&result);
}

/* covers: ATT-SES.trace.signals */
static void a_signal_before_execve_does_not_leave_a_traced_child_stopped(void **state)
{
	(void)state;
	need_threads();
	/* It gives the threads turns of its own. */
	if (denied("valgrind"))
		skip_because("the signals take all of valgrind's time");
	if (!may_trace())
		skip_because("tracing is denied");
	in_scene(traced_under_signals_scene, NULL);
}

/* covers: ATT-SES.trace.2 DIFF-83 */
static void where_nobody_could_let_it_go_on_tracing_is_misuse(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	struct brood_session session = session_of(BROOD_TRACEME);
	struct brood_cmd cmd = quiet(ACT("exit", "5"));
	cmd.session = &session;
	check_error(brood_run(&cmd, NULL, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	check_text(error.subject, "cmd.session.flags");
	check_error(
		brood_output(&cmd, NULL, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	for (int tree = BROOD_TREE_AUTO; tree <= BROOD_TREE_PIDNS; tree++) {
		if (tree == BROOD_TREE_GROUP)
			continue;
		options.tree = tree;
		check_error(brood_start(&job, &cmd, 1, &options, &error), BROOD_EMISUSE, &error,
			BROOD_STEP_CONFIG);
		check_text(error.subject, "cmd.session.flags");
	}
}

#else

/* What the guard has started dies with it, by that signal. */
static void lose_guard(int signal, int wanted)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_session session = session_of(0);
	struct scene scene;
	struct brood_cmd cmd = quiet(ACT("ready", "await", "4"));
	cmd.session = &session;
	session.parent_death_signal = signal;
	const struct brood_stop steps[] = { { SIGCONT, 0, 10 * BROOD_SECOND } };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
		.tree = BROOD_TREE_GUARD, .stop = steps, .n_stop = 1);
	scene_start(&scene, cmd, &options, 1);
	char path[64];
	int guard = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)scene.pid);
	const char *text = strrchr(read_file(path), ')');
	check(text && sscanf(text, ") %*c %d", &guard) == 1 && guard != getpid());
	check_number(kill(guard, SIGKILL), 0);
	line_gone(&scene.line);
	check(brood_job_wait(scene.job, BROOD_FOREVER, &result, NULL) < 0);
	check(result.stages[0].how == BROOD_LOST || result.stages[0].signal == wanted);
	brood_result_done(&result);
	brood_job_free(scene.job);
	scene_release(&scene);
	reap_leftover(scene.pid);
}

/* covers: ATT-SES.death.guard */
static void with_a_guard_it_comes_when_the_guard_is_killed(void **state)
{
	(void)state;
	lose_guard(SIGUSR1, SIGUSR1);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_descriptor_of_the_child_becomes_its_controlling_terminal),
		hygienic(with_the_right_to_it_it_is_taken_from_another_session),
		hygienic(what_cannot_be_a_controlling_terminal_is_told),
		hygienic(the_child_can_do_without_our_controlling_terminal),
		hygienic(a_descriptor_0_that_is_not_it_is_told),
		hygienic(flags_that_exclude_each_other_are_misuse),
		hygienic(the_child_has_a_parent_death_signal),
#if !UNDER_GUARD
		hygienic(it_comes_when_the_thread_that_started_it_ends),
		hygienic(it_comes_when_the_parent_ends),
		hygienic(a_parent_that_went_before_it_could_ask_is_noticed),
		hygienic(a_traced_child_stops_at_execve),
		hygienic(a_traced_child_that_cannot_execute_is_told_and_gone),
		hygienic(a_traced_child_can_be_stopped_like_any_other),
		hygienic(a_signal_before_execve_does_not_leave_a_traced_child_stopped),
		hygienic(where_nobody_could_let_it_go_on_tracing_is_misuse),
#else
		hygienic(with_a_guard_it_comes_when_the_guard_is_killed),
#endif
	};
	return hygiene_run("session", tests);
}
