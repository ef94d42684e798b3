/* SPDX-License-Identifier: MIT */
/* brood_exec(): another program in our place, with all that a command says, or nothing changed. */
#include "becoming.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/time.h>

static const char *line_of(const char *text, const char *word)
{
	static char line[4096];
	const char *at = strstr(text, word);

	check(at != NULL);
	snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

/* covers: GE-13.exec API-EXEC.pid */
static void the_program_has_our_pid_and_parent(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_state")));
	struct outcome *outcome = outcome_of_cmd(&cmd);
	char wanted[64];

	check_number(outcome->status, 0);
	snprintf(wanted, sizeof wanted, "pid %d", (int)outcome->pid);
	check_text(line_of(outcome->out, "pid "), wanted);
	snprintf(wanted, sizeof wanted, "ppid %d", (int)getpid());
	check_text(line_of(outcome->out, "ppid "), wanted);
}

/* covers: API-EXEC.lookup GE-13.lookup DIFF-71 */
static void the_program_is_looked_up_as_for_a_start(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	make_file(place_at(&place, "tool"), "#!/bin/sh\necho \"$0 $1\"\n", 0755);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("tool", "x"),
		.search_path = place.path);
	char wanted[2 * PATH_MAX];

	snprintf(wanted, sizeof wanted, "%s/tool x\n", place.path);
	check_text(outcome_of_cmd(&cmd)->out, wanted);

	cmd.search_path = "/nonexistent";
	check_refused(&cmd, BROOD_ENOTFOUND, BROOD_STEP_LOOKUP);
	/* Relative to the directory that it will have. */
	cmd = (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("./tool", "y"), .dir = place.path);
	check_text(outcome_of_cmd(&cmd)->out, "./tool y\n");
	/* The path is used as it is, argv[0] may be anything. */
	cmd = (struct brood_cmd)BROOD_CMD(.path = helper("act"),
		.argv = BROOD_ARGV("", "print", "1", "anything"));
	check_text(outcome_of_cmd(&cmd)->out, "anything");
	cmd.argv = NULL;
	check_number(outcome_of_cmd(&cmd)->status, 0);
	place_leave(&place);
}

/* covers: API-EXEC.lookup */
static void a_program_of_the_current_directory_is_refused_unless_it_is_allowed(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	make_file(place_at(&place, "tool"), "#!/bin/sh\necho here\n", 0755);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("tool"), .search_path = ".:/bin");
	int old = open(".", O_PATH | O_CLOEXEC);

	check(chdir(place.path) == 0);
	check_refused(&cmd, BROOD_EDOT, BROOD_STEP_LOOKUP);
	cmd.flags = BROOD_LOOKUP_DOT;
	check_text(outcome_of_cmd(&cmd)->out, "here\n");
	check(fchdir(old) == 0);
	close(old);
	place_leave(&place);
}

/* covers: API-EXEC.shell */
static void what_is_no_program_is_run_by_the_shell_if_that_is_asked_for(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "echo \"$0 $# $1\"\n", 0755);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(path, "a b"));
	char wanted[2 * PATH_MAX];

	check_refused(&cmd, -ENOEXEC, BROOD_STEP_EXEC);
	cmd.flags = BROOD_EXEC_SHELL_FALLBACK;
	snprintf(wanted, sizeof wanted, "%s 1 a b\n", path);
	check_text(outcome_of_cmd(&cmd)->out, wanted);
	place_leave(&place);
}

/* covers: API-EXEC.environment GE-13.lookup */
static void the_environment_is_that_of_a_child(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_env")),
		.env = BROOD_ARGV("A=1", "B=2", "A=3"), .env_edit = BROOD_ARGV("B", "C=4"));
	char **env;
	struct outcome *outcome = outcome_of_cmd(&cmd);
	const char *at = outcome->out;

	check_code(brood_environ(&cmd, &env, NULL), 0, NULL);
	for (size_t i = 0; env[i]; i++) {
		check_text(at, env[i]);
		at += strlen(at) + 1;
	}
	check_text(at, "");
	free(env);
	cmd.env = BROOD_ARGV(NULL);
	cmd.env_edit = NULL;
	check_text(outcome_of_cmd(&cmd)->out, "");
}

/* The state as show_state tells it, of a command with these things. */
static const char *state_of(struct brood_cmd *cmd)
{
	cmd->argv = BROOD_ARGV(helper("show_state"));
	struct outcome *outcome = outcome_of_cmd(cmd);

	if (outcome->status != 0)
		complain(__FILE__, __LINE__, "ended with %#x: %s", (unsigned)outcome->status,
			outcome->out);
	return outcome->out;
}

/* covers: API-EXEC.attributes API-EXEC.nofile */
static void every_attribute_holds_in_the_program(void **state)
{
	(void)state;
	/* It has limits of its own. */
	if (denied("valgrind"))
		skip();
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 0031
	};
	/* Fewer descriptors than the numbers that are moved. */
	const struct brood_rlimit rlimits[] = { { RLIMIT_NOFILE, 0, 4, 9 },
		{ RLIMIT_CORE, 0, 0, 0 } };
	struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_NICE,
		.rlimits = rlimits,
		.n_rlimits = 2,
		.nice = 7 };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct brood_fd_map fds[] = { { fd, 20 } };
	struct brood_cmd cmd = BROOD_CMD(.credentials = &credentials, .limits = &limits,
		.dir = "/proc", .fds = fds, .n_fds = 1);
	const char *text = state_of(&cmd);

	check_text(line_of(text, "umask "), "umask 25");
	check_text(line_of(text, "nice "), "nice 7");
	check_text(line_of(text, "cwd "), "cwd /proc");
	check_text(line_of(text, "limit 7 "), "limit 7 4 9");
	check_text(line_of(text, "limit 4 "), "limit 4 0 0");
	close(fd);
}

static void on_signal(int number)
{
	(void)number;
}

static void state_with_dispositions(void *data)
{
	sigset_t mask;

	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGWINCH);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	becomes(data);
}

static uint64_t signals_in(const char *text, const char *word)
{
	return strtoull(line_of(text, word) + strlen(word), NULL, 16);
}

static uint64_t bit(int number)
{
	return UINT64_C(1) << (number - 1);
}

/* covers: API-EXEC.signals GE-13.dispositions DIFF-70 */
static void mask_and_dispositions_are_ours_or_as_the_command_says(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_state")));
	struct outcome *outcome = outcome_of(state_with_dispositions, &cmd);

	check_number(outcome->status, 0);
	check(signals_in(outcome->out, "SigBlk:") == bit(SIGWINCH));
	check(signals_in(outcome->out, "SigIgn:") == (bit(SIGUSR2) | bit(SIGHUP)));
	check(signals_in(outcome->out, "SigCgt:") == 0);

	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigemptyset(&signals.mask);
	sigaddset(&signals.ignore, SIGPIPE);
	sigaddset(&signals.reset, SIGHUP);
	sigaddset(&signals.mask, SIGALRM);
	cmd.signals = &signals;
	outcome = outcome_of(state_with_dispositions, &cmd);
	check_number(outcome->status, 0);
	check(signals_in(outcome->out, "SigBlk:") == bit(SIGALRM));
	check(signals_in(outcome->out, "SigIgn:") == (bit(SIGUSR2) | bit(SIGPIPE)));
}

static void pending_and_caught(void *data)
{
	sigset_t mask;

	signal(SIGUSR1, on_signal);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGUSR1);
	becomes(data);
}

/* covers: API-EXEC.pending */
static void a_pending_signal_reaches_the_program_and_not_our_handler(void **state)
{
	(void)state;
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigemptyset(&signals.mask);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "0"), .signals = &signals);
	struct outcome *outcome = outcome_of(pending_and_caught, &cmd);

	check(WIFSIGNALED(outcome->status) && WTERMSIG(outcome->status) == SIGUSR1);
	/* Blocked it stays pending. */
	cmd.signals = NULL;
	check_number(outcome_of(pending_and_caught, &cmd)->status, 0);
}

static void with_descriptors(void *data)
{
	/* Whatever the test has open besides, and some that no one asked for. */
	for (int i = 0; i < 20; i++)
		check(dup(2) >= 0);
	check(dup2(2, 900) == 900);
	becomes(data);
}

/* covers: API-EXEC.descriptors GE-13.private */
static void the_program_gets_what_is_named_and_nothing_else(void **state)
{
	(void)state;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct brood_fd_map fds[] = { { fd, 5 }, { 1, 12 }, { -1, 7 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-", "1000"),
		.fds = fds, .n_fds = 3);
	struct outcome *outcome = outcome_of(with_descriptors, &cmd);

	check_number(outcome->status, 0);
	check_text(numbers_of(outcome->out), "0 1 2 5 12 ");
	/* 3 is the first of the twenty, or what the test has there. */
	cmd.flags = BROOD_KEEP_FDS;
	outcome = outcome_of(with_descriptors, &cmd);
	check(strstr(outcome->out, "\n900 ") != NULL);
	check(strstr(outcome->out, "\n7 ") == NULL);
	close(fd);
}

static void with_four_files(void *data)
{
	const int *order = data;
	struct brood_fd_map fds[4];

	/* 3 to 6 have offsets 3 to 6. */
	for (int fd = 3; fd < 7; fd++) {
		int opened = open(helper("act"), O_RDONLY | O_CLOEXEC);
		check(opened >= 0 && (opened == fd || dup3(opened, fd, O_CLOEXEC) == fd));
		check(lseek(fd, fd, SEEK_SET) == fd);
	}
	for (int i = 0; i < 4; i++)
		fds[i] = (struct brood_fd_map){ order[i], 3 + i };
	const struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-", "20"),
		.fds = fds, .n_fds = 4);
	becomes(&cmd);
}

/* covers: API-EXEC.moves */
static void descriptors_change_places_in_every_order(void **state)
{
	(void)state;
	int order[4];

	for (int n = 0; n < 256; n += 5) {
		for (int i = 0; i < 4; i++)
			order[i] = 3 + (n >> 2 * i & 3);
		struct outcome *outcome = outcome_of(with_four_files, order);
		check_number(outcome->status, 0);
		check_text(numbers_of(outcome->out), "0 1 2 3 4 5 6 ");
		const char *line = strstr(outcome->out, "\n3 ");
		for (int i = 0; i < 4; i++) {
			int fd, cloexec;
			long long offset;
			check(line &&
				sscanf(line, " %d %*u %*u %d %lld", &fd, &cloexec, &offset) == 3);
			check_number(fd, 3 + i);
			check_number(offset, order[i]);
			check_number(cloexec, 0);
			line = strchr(line + 1, '\n');
		}
	}
}

static void closed_and_private(void *data)
{
	close(0);
	fcntl(2, F_SETFD, FD_CLOEXEC);
	becomes(data);
}

/* covers: API-EXEC.io */
static void zero_ios_are_our_own_and_files_are_opened(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "out");
	make_file(place_at(&place, "in"), "words\n", 0644);
	/* What is closed stays closed, what is close-on-exec is given. */
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-"));
	check_text(numbers_of(outcome_of(closed_and_private, &cmd)->out), "1 2 ");
	cmd = (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV(helper("play"), "both"),
		.in = brood_file(place_at(&place, "in"), 0, 0), .out = brood_file(path, 0, 0640),
		.err = brood_merge());
	check_number(outcome_of_cmd(&cmd)->status, 0);
	check_text(read_file(path), "words\nwords\n");
	cmd = (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-"),
		.in = brood_null(), .out = brood_fd(1), .err = brood_fd(-1));
	struct outcome *outcome = outcome_of(closed_and_private, &cmd);
	check_text(numbers_of(outcome->out), "0 1 ");
	struct stat null;
	unsigned long long device, inode;
	check(stat("/dev/null", &null) == 0);
	check(sscanf(outcome->out, "0 %llu %llu", &device, &inode) == 2 && inode == null.st_ino);
	place_leave(&place);
}

static int nothing(void *data)
{
	(void)data;
	return 0;
}

static int sink(void *data, const char *chunk, size_t length)
{
	(void)data;
	(void)chunk;
	(void)length;
	return 0;
}

/* covers: API-EXEC.misuse */
static void what_needs_somebody_else_is_misuse(void **state)
{
	(void)state;
	char memory[8];
	const struct brood_io outs[] = { brood_capture(0, 0), brood_into(memory, 8),
		brood_sink(sink, NULL), brood_lines(NULL, NULL, 0), brood_pipe(), brood_tty(0, 0) };

	for (size_t i = 0; i < sizeof outs / sizeof *outs; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "98"), .out = outs[i]);
		check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
		cmd.out = brood_null();
		cmd.err = outs[i];
		check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	}
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "98"), .in = brood_text("x"));
	check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd.in = brood_pipe();
	check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd = (struct brood_cmd)BROOD_CMD(.function = nothing);
	check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	struct brood_sandbox sandbox = { .size = sizeof sandbox, .clone_flags = 0x20000 };
	cmd = (struct brood_cmd)BROOD_CMD(.argv = ACT("exit", "98"), .sandbox = &sandbox);
	check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	check_refused(NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG);
}

/* covers: API-EXEC.checked GE-13.nil */
static void what_can_be_checked_is_checked_before_anything_changes(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	char *out = place_at(&place, "out");
	make_file(out, "kept", 0644);
	char *text = place_at(&place, "text");
	make_file(text, "", 0644);
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 0
	};
	/* With things to do that would be seen. */
	struct brood_cmd like = BROOD_CMD(.argv = ACT("exit", "98"), .dir = "/proc",
		.credentials = &credentials, .in = brood_null(), .out = brood_file(out, 0, 0));
	struct brood_cmd cmd = like;

	cmd.size = 0;
	check_refused(&cmd, -E2BIG, BROOD_STEP_CONFIG);
	cmd = like;
	cmd.argv = NULL;
	check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd = like;
	cmd.flags = UINT64_C(1) << 63;
	check_refused(&cmd, BROOD_EMISUSE, BROOD_STEP_CONFIG);
	cmd = like;
	cmd.env_edit = BROOD_ARGV("=x");
	check_refused(&cmd, -EINVAL, BROOD_STEP_CONFIG);
	cmd = like;
	const struct brood_fd_map closed = { 876, 3 };
	cmd.fds = &closed;
	cmd.n_fds = 1;
	check_refused(&cmd, -EBADF, BROOD_STEP_DESCRIPTORS);
	cmd = like;
	const struct brood_fd_map high = { 0, 1 << 30 };
	cmd.fds = &high;
	cmd.n_fds = 1;
	cmd.out = brood_null(); /* a number that cannot be is found out last */
	check_refused(&cmd, -EBADF, BROOD_STEP_DESCRIPTORS);
	cmd = like;
	cmd.in = brood_fd(876);
	check_refused(&cmd, -EBADF, BROOD_STEP_DESCRIPTORS);
	cmd = like;
	cmd.dir = place_at(&place, "missing");
	check_refused(&cmd, -ENOENT, BROOD_STEP_CHDIR);
	cmd.dir = text;
	check_refused(&cmd, -ENOTDIR, BROOD_STEP_CHDIR);
	cmd = like;
	cmd.argv = BROOD_ARGV(place_at(&place, "missing"));
	check_refused(&cmd, -ENOENT, BROOD_STEP_EXEC);
	cmd.argv = BROOD_ARGV(text);
	check_refused(&cmd, -EACCES, BROOD_STEP_EXEC);
	cmd.argv = BROOD_ARGV(place.path);
	check_refused(&cmd, -EACCES, BROOD_STEP_EXEC);
	/* The file was not even emptied. */
	check_text(read_file(out), "kept");
	cmd = like;
	cmd.out = brood_file(place_at(&place, "missing/out"), 0, 0);
	check_refused(&cmd, -ENOENT, BROOD_STEP_OPEN);
	place_leave(&place);
}

static void too_long(struct brood_cmd *cmd, size_t length)
{
	char *argument = malloc(length + 1);

	check(argument != NULL);
	memset(argument, 'x', length);
	argument[length] = '\0';
	char *argv[] = { helper("act"), (char *)(uintptr_t) "exit", (char *)(uintptr_t) "0",
		argument, NULL };
	cmd->argv = argv;
	if (length >= 131072)
		check_refused(cmd, -E2BIG, BROOD_STEP_EXEC);
	else
		check_number(outcome_of_cmd(cmd)->status, 0);
	free(argument);
}

/* covers: API-EXEC.size */
static void arguments_that_are_too_long_are_found_out_before(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.dir = "/proc", .env = BROOD_ARGV(NULL));
	/* With its NUL a string may have 32 pages. */
	too_long(&cmd, 131071);
	too_long(&cmd, 131072);

	/* All together: what the kernel takes is what we let pass. */
	enum { MOST = 3000 };
	static char piece[1001];
	char *argv[MOST + 4] = { helper("act"), (char *)(uintptr_t) "exit",
		(char *)(uintptr_t) "0" };
	memset(piece, 'y', 1000);
	for (size_t n = 100; n <= MOST; n += 290) {
		for (size_t i = 0; i < n; i++)
			argv[3 + i] = piece;
		argv[3 + n] = NULL;
		cmd.argv = argv;
		struct outcome *outcome = outcome_of_cmd(&cmd);
		if (outcome->status != 0) {
			check_number(WEXITSTATUS(outcome->status), STILL_ITSELF);
			check(strncmp(outcome->out, "E2BIG at exec", 13) == 0);
			check_refused(&cmd, -E2BIG, BROOD_STEP_EXEC);
		}
	}
}

/* covers: API-EXEC.size */
static void the_limit_of_the_stack_that_the_program_will_have_counts(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	char *out = place_at(&place, "out");
	make_file(out, "kept", 0644);
	struct rlimit stack;
	check(getrlimit(RLIMIT_STACK, &stack) == 0);
	/* A quarter of it. */
	const struct brood_rlimit rlimits[] = { { RLIMIT_STACK, 0, 1 << 20, stack.rlim_max } };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = 1 };
	static char piece[100001];
	memset(piece, 'y', 100000);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "0", piece, piece, piece),
		.out = brood_file(out, 0, 0));
	check_number(outcome_of_cmd(&cmd)->status, 0);
	make_file(out, "kept", 0644);
	cmd.limits = &limits;
	check_refused(&cmd, -E2BIG, BROOD_STEP_EXEC);
	check_text(read_file(out), "kept");
	place_leave(&place);
}

/* Everything that can be taken back, and a file that only execve finds to be wrong. */
static void fails_late(const char *path, int code)
{
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 0
	};
	struct rlimit now;
	check(getrlimit(RLIMIT_NOFILE, &now) == 0);
	const struct brood_rlimit rlimits[] = { { RLIMIT_NOFILE, 0, 3, now.rlim_max } };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = 1 };
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigfillset(&signals.mask);
	sigaddset(&signals.ignore, SIGUSR1);
	sigaddset(&signals.reset, SIGUSR2);
	int a = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int b = open("/proc/self/exe", O_RDONLY);
	/* One that the program is not to have. */
	int stray = dup(b);
	/* The number that is free first, behind /dev/null's: what has to be kept must not be put
	 * there. */
	int null = dup(b);
	int lowest = dup(b);
	close(null);
	close(lowest);
	const struct brood_fd_map fds[] = { { a, b }, { b, a }, { 0, lowest }, { a, 78 },
		{ -1, 79 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(path), .dir = "/proc",
		.credentials = &credentials, .limits = &limits, .signals = &signals,
		.in = brood_null(), .out = brood_fd(b), .err = brood_merge(), .fds = fds,
		.n_fds = 5);
	check_refused(&cmd, code, BROOD_STEP_EXEC);
	cmd.flags = BROOD_KEEP_FDS;
	check_refused(&cmd, code, BROOD_STEP_EXEC);
	close(stray);
	close(a);
	close(b);
}

static void with_handlers(void *data)
{
	const char *path = data;

	scene_fd = 2;
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGCHLD, on_signal);
	int fd = dup2(2, 79);
	check(fd == 79 && fcntl(79, F_SETFD, FD_CLOEXEC) == 0);
	fails_late(path, -ENOENT);
	_exit(0);
}

/* covers: API-EXEC.restored */
static void a_late_failure_takes_everything_back(void **state)
{
	(void)state;
	need_failing_execve();
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	struct outcome *outcome = outcome_of(with_handlers, path);
	check_number(outcome->status, 0);
	make_file(place_at(&place, "text"), "no program", 0755);
	fails_late(place_at(&place, "text"), -ENOEXEC);
	/* Somebody writes to it all the time. */
	int writer = open(path, O_WRONLY | O_CLOEXEC);
	fails_late(path, -ETXTBSY);
	close(writer);
	place_leave(&place);
}

static void busy_for_a_while(void *data)
{
	int ends[2];
	char byte;

	check(pipe(ends) == 0);
	if (fork() == 0) {
		int writer = open(data, O_WRONLY | O_CLOEXEC);
		check(writer >= 0 && write(ends[1], "w", 1) == 1);
		poll(NULL, 0, 20);
		_exit(0);
	}
	check(read(ends[0], &byte, 1) == 1);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data));
	becomes(&cmd);
}

/* covers: API-EXEC.busy */
static void a_file_that_is_written_to_for_a_moment_is_waited_for(void **state)
{
	(void)state;
	need_failing_execve();
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "#!/bin/sh\necho runs\n", 0755);
	check_text(outcome_of(busy_for_a_while, path)->out, "runs\n");
	place_leave(&place);
}

/* covers: API-EXEC.restored */
static void a_thousand_failures_leave_nothing(void **state)
{
	(void)state;
	need_failing_execve();
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	for (int i = 0; i < 500; i++)
		fails_late(path, -ENOENT);
	place_leave(&place);
}

static atomic_int alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void fails_under_alarms(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const struct itimerval often = { { 0, 300 }, { 0, 300 } };
	/* Ignored by default, so that it is handled all the time. */
	signal(SIGURG, on_alarm);
	signal(SIGCHLD, on_alarm);
	signal(SIGALRM, on_alarm);
	struct brood_signals signals = { .size = sizeof signals };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigaddset(&signals.ignore, SIGALRM);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data), .dir = "/proc",
		.signals = &signals);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 2000; i++) {
		raise(SIGURG);
		check_code(brood_exec(&cmd, &error), -ENOENT, &error);
	}
	check(alarms >= 2000);
	_exit(0);
}

/* covers: API-EXEC.storm */
static void signals_that_come_meanwhile_are_not_lost(void **state)
{
	(void)state;
	need_failing_execve();
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	check_number(outcome_of(fails_under_alarms, path)->status, 0);
	place_leave(&place);
}

static void lowers_for_good(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const struct brood_rlimit rlimits[] = { { RLIMIT_CORE, 0, 0, 0 } };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = 1 };
	struct rlimit core;
	check(getrlimit(RLIMIT_CORE, &core) == 0);
	if (core.rlim_max == 0)
		_exit(77);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data), .limits = &limits);
	if (getuid() == 0)
		check(setuid(65534) == 0);
	check_code(brood_exec(&cmd, &error), -ENOENT, &error);
	check_number(error.flags, BROOD_ERROR_CHANGED);
	check(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
	_exit(0);
}

/* As far as it goes: the soft limit is as it was, below the hard one that cannot rise again. */
static void lowers_in_part(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const struct brood_rlimit rlimits[] = { { RLIMIT_STACK, 0, 1 << 20, 1 << 30 } };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = 1 };
	struct rlimit before;
	struct rlimit after;
	check(getrlimit(RLIMIT_STACK, &before) == 0);
	if (before.rlim_cur >= 1 << 30 || before.rlim_max <= 1 << 30)
		_exit(77);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data), .limits = &limits);
	if (getuid() == 0)
		check(setuid(65534) == 0);
	check_code(brood_exec(&cmd, &error), -ENOENT, &error);
	check_number(error.flags, BROOD_ERROR_CHANGED);
	check(getrlimit(RLIMIT_STACK, &after) == 0);
	check_number((int64_t)after.rlim_cur, (int64_t)before.rlim_cur);
	check_number((int64_t)after.rlim_max, 1 << 30);
	_exit(0);
}

/* covers: API-EXEC.changed */
static void what_cannot_be_taken_back_is_told(void **state)
{
	(void)state;
	need_failing_execve();
	struct place place;
	place_make(&place);
	check(chmod(place.path, 0755) == 0);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	int status = outcome_of(lowers_for_good, path)->status;
	int in_part = outcome_of(lowers_in_part, path)->status;
	place_leave(&place);
	check(in_part == 0 || (WIFEXITED(in_part) && WEXITSTATUS(in_part) == 77));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	check_number(status, 0);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static const gid_t groups[] = { 3, 65534 };
static const struct brood_credentials nobody = { .size = sizeof nobody,
	.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS,
	.uid = 65534,
	.gid = 65534,
	.groups = groups,
	.n_groups = 2 };

/* covers: API-EXEC.ids */
static void ids_and_privileges_are_those_of_the_command(void **state)
{
	(void)state;
	need_root();
	struct brood_sandbox sandbox = { .size = sizeof sandbox, .flags = BROOD_NO_NEW_PRIVS };
	struct brood_cmd cmd = BROOD_CMD(.credentials = &nobody, .sandbox = &sandbox, .dir = "/",
		.argv = BROOD_ARGV("sh", "-c",
			"id -ru; id -u; id -rg; id -G; grep -E 'NoNewPrivs|CapEff' /proc/$$/status"));
	struct outcome *outcome = outcome_of_cmd(&cmd);

	check_text(outcome->out, "65534\n65534\n65534\n65534 3\n"
				 "CapEff:\t0000000000000000\nNoNewPrivs:\t1\n");
}

static void loses_its_ids(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data), .credentials = &nobody,
		.dir = "/proc");

	check_error(brood_exec(&cmd, &error), -ENOENT, &error, BROOD_STEP_EXEC);
	check_number(error.flags, BROOD_ERROR_CHANGED);
	check_number(getuid(), 65534);
	/* The rest is as it was. */
	char here[PATH_MAX];
	check(getcwd(here, sizeof here) != NULL && strcmp(here, "/") == 0);
	_exit(0);
}

/* covers: API-EXEC.changed */
static void lost_ids_are_told(void **state)
{
	(void)state;
	need_failing_execve();
	need_root();
	struct place place;
	place_make(&place);
	check(chmod(place.path, 0755) == 0);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	int old = open(".", O_PATH | O_CLOEXEC);
	check(chdir("/") == 0);
	check_number(outcome_of(loses_its_ids, path)->status, 0);
	check(fchdir(old) == 0);
	close(old);
	place_leave(&place);
}

/* What a scheduler takes from anybody, and gives back. */
static void reschedules(void *data)
{
	unsigned long one[16] = { 1 };
	struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_IO_PRIORITY,
		.affinity = one,
		.affinity_size = sizeof one,
		.io_priority = 2 << 13 | 7 };
	struct brood_session session = { .size = sizeof session, .parent_death_signal = SIGTERM };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data), .limits = &limits,
		.session = &session, .dir = "/proc");

	scene_fd = 2;
	check_refused(&cmd, -ENOENT, BROOD_STEP_EXEC);
	_exit(0);
}

/* covers: API-EXEC.restored */
static void scheduling_is_taken_back_too(void **state)
{
	(void)state;
	need_failing_execve();
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	check_number(outcome_of(reschedules, path)->status, 0);
	place_leave(&place);
}

static void *becomes_in_a_thread(void *data)
{
	becomes(data);
	return NULL;
}

static void *waits_for_ever(void *data)
{
	(void)data;
	while (pause() < 0)
		;
	return NULL;
}

static void execs_in_a_thread(void *data)
{
	pthread_t threads[9];
	for (int i = 0; i < 8; i++)
		check(pthread_create(&threads[i], NULL, waits_for_ever, NULL) == 0);
	check(pthread_create(&threads[8], NULL, becomes_in_a_thread, data) == 0);
	for (;;)
		pause();
}

/* covers: API-EXEC.threads GE-13.threads GE-13.new-threads DIFF-72 */
static void any_thread_may_call_it_and_the_others_end(void **state)
{
	(void)state;
	need_threads();
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c",
						 "echo $$ $(grep Threads /proc/$$/status)"));
	struct outcome *outcome = outcome_of(execs_in_a_thread, &cmd);
	char wanted[64];

	check_number(outcome->status, 0);
	snprintf(wanted, sizeof wanted, "%d Threads: 1\n", (int)outcome->pid);
	check_text(outcome->out, wanted);
}

/* One that is only there in this thread's table of descriptors. */
static void *fails_with_descriptors_of_its_own(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data));
	if (unshare(CLONE_FILES) < 0)
		_exit(77);
	check(dup2(2, 40) == 40 && fcntl(41, F_GETFD) < 0);
	check_error(brood_exec(&cmd, &error), -ENOENT, &error, BROOD_STEP_EXEC);
	check_number(error.flags, 0);
	check_number(fcntl(40, F_GETFD), 0);
	cmd.argv = BROOD_ARGV(helper("show_fds"), "-", "1000");
	becomes(&cmd);
}

static void execs_in_a_thread_of_its_own(void *data)
{
	pthread_t thread;
	check(pthread_create(&thread, NULL, fails_with_descriptors_of_its_own, data) == 0);
	for (;;)
		pause();
}

/* covers: API-EXEC.restored API-EXEC.threads */
static void a_thread_may_have_descriptors_of_its_own(void **state)
{
	(void)state;
	need_failing_execve();
	need_threads();
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	struct outcome *outcome = outcome_of(execs_in_a_thread_of_its_own, path);
	place_leave(&place);
	if (WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == 77)
		skip();
	check_number(outcome->status, 0);
	check_text(numbers_of(outcome->out), "0 1 2 ");
}

static void fails_without_proc(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(data));
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", "/proc", "tmpfs", 0, "") < 0)
		_exit(77);
	check(dup2(2, 40) == 40 && dup3(2, 41, O_CLOEXEC) == 41);
	check_error(brood_exec(&cmd, &error), -ENOENT, &error, BROOD_STEP_EXEC);
	check_number(error.flags, 0);
	check_number(fcntl(40, F_GETFD), 0);
	check_number(fcntl(41, F_GETFD), FD_CLOEXEC);
	cmd.argv = BROOD_ARGV(helper("show_fds"), "-", "1000");
	becomes(&cmd);
}

/* covers: API-EXEC.restored API-EXEC.descriptors */
static void it_does_without_proc(void **state)
{
	(void)state;
	need_failing_execve();
	struct place place;
	place_make(&place);
	char *path = place_at(&place, "script");
	make_file(path, "#!/nonexistent/interpreter\n", 0755);
	struct outcome *outcome = outcome_of(fails_without_proc, path);
	place_leave(&place);
	if (WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == 77)
		skip();
	check_number(outcome->status, 0);
	check_text(numbers_of(outcome->out), "0 1 2 ");
}

static void leaves_a_child(void *data)
{
	struct brood_cmd child = BROOD_CMD(.argv = ACT("exit", "7"));
	struct brood_job *job;
	struct brood_error error = BROOD_ERROR_INIT;

	check_code(brood_start(&job, &child, 1, NULL, &error), 0, &error);
	(void)data;
	/* The program that follows reaps it. */
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("wait", "print", "1", "reaped"));
	becomes(&cmd);
}

/* covers: API-EXEC.children */
static void children_are_those_of_the_program(void **state)
{
	(void)state;
	struct outcome *outcome = outcome_of(leaves_a_child, NULL);

	check_text(outcome->out, "reaped");
	check_number(outcome->status, 0);
}

static void leaves_a_tree(void *data)
{
	struct line *line = data;
	const struct brood_fd_map fds[] = { { line->writing, 3 } };
	struct brood_cmd child = BROOD_CMD(.argv = ACT(
						   "{", "setsid", "ready", "pause", "}", "pause"),
		.fds = fds, .n_fds = 1);
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	struct brood_job *job;
	struct brood_error error = BROOD_ERROR_INIT;

	check_code(brood_start(&job, &child, 1, &options, &error), 0, &error);
	close(line->writing);
	check_number(line_ready(line), 'r');
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("exit", "0"));
	becomes(&cmd);
}

/* covers: API-EXEC.trees */
static void trees_that_are_to_be_killed_are_stopped_by_their_guards(void **state)
{
	(void)state;
	if (denied("guard"))
		skip();
	struct line line = line_open();
	struct outcome *outcome = outcome_of(leaves_a_tree, &line);

	check_number(outcome->status, 0);
	line_gone(&line);
}

/* covers: GE-13.fork-exec */
static void a_command_without_argv_does_not_crash(void **state)
{
	(void)state;
	char *empty[] = { NULL };
	struct brood_cmd cmd = BROOD_CMD(.path = helper("act"), .argv = empty);
	check_number(outcome_of_cmd(&cmd)->status, 0);
	struct brood_result result = BROOD_RESULT_INIT;
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	brood_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_program_has_our_pid_and_parent),
		hygienic(the_program_is_looked_up_as_for_a_start),
		hygienic(a_program_of_the_current_directory_is_refused_unless_it_is_allowed),
		hygienic(what_is_no_program_is_run_by_the_shell_if_that_is_asked_for),
		hygienic(the_environment_is_that_of_a_child),
		hygienic(every_attribute_holds_in_the_program),
		hygienic(mask_and_dispositions_are_ours_or_as_the_command_says),
		hygienic(a_pending_signal_reaches_the_program_and_not_our_handler),
		hygienic(the_program_gets_what_is_named_and_nothing_else),
		hygienic(descriptors_change_places_in_every_order),
		hygienic(zero_ios_are_our_own_and_files_are_opened),
		hygienic(what_needs_somebody_else_is_misuse),
		hygienic(what_can_be_checked_is_checked_before_anything_changes),
		hygienic(arguments_that_are_too_long_are_found_out_before),
		hygienic(the_limit_of_the_stack_that_the_program_will_have_counts),
		hygienic(a_late_failure_takes_everything_back),
		hygienic(a_file_that_is_written_to_for_a_moment_is_waited_for),
		hygienic(a_thousand_failures_leave_nothing),
		hygienic(signals_that_come_meanwhile_are_not_lost),
		hygienic(what_cannot_be_taken_back_is_told),
		hygienic(ids_and_privileges_are_those_of_the_command),
		hygienic(lost_ids_are_told),
		hygienic(scheduling_is_taken_back_too),
		hygienic(any_thread_may_call_it_and_the_others_end),
		hygienic(a_thread_may_have_descriptors_of_its_own),
		hygienic(it_does_without_proc),
		hygienic(children_are_those_of_the_program),
		hygienic(trees_that_are_to_be_killed_are_stopped_by_their_guards),
		hygienic(a_command_without_argv_does_not_crash),
	};

	return hygiene_run("exec", tests);
}
