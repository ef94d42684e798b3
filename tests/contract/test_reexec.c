/* SPDX-License-Identifier: MIT */
/* brood_reexec(): the same program anew, replaced on disk meanwhile. */
#include "becoming.h"
#include "versions.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

/*
 * What a copy of this program does: says version, pid, arguments and descriptors, waits for a line,
 * executes itself anew (or says why not, and waits again), says the same, and ends. Of the
 * environment: PLAY_PATH a path to give; PLAY_KEEP the numbers to be kept; PLAY_DIR where to go
 * first.
 */
static void say_what_we_are(int argc, char **argv)
{
	char text[4096];
	int length = snprintf(
		text, sizeof text, "version %c pid %d args", version_of_us(), (int)getpid());

	for (int i = 1; i < argc; i++)
		length += snprintf(text + length, sizeof text - (size_t)length, " [%s]", argv[i]);
	length += snprintf(text + length, sizeof text - (size_t)length, " fds");
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			length += snprintf(text + length, sizeof text - (size_t)length, " %d%s", fd,
				fcntl(fd, F_GETFD) & FD_CLOEXEC ? "x" : "");
	text[length++] = '\n';
	check(write(1, text, (size_t)length) == length);
}

static size_t numbers_to_keep(int *numbers)
{
	const char *text = getenv("PLAY_KEEP");
	size_t n = 0;

	while (text && *text)
		numbers[n++] = (int)strtol(text, (char **)(uintptr_t)&text, 10);
	return n;
}

static int play(int argc, char **argv)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int keep[16];
	size_t n_keep = numbers_to_keep(keep);
	char line[512];
	char text[300];

	say_what_we_are(argc, argv);
	if (getenv("PLAY_AGAIN"))
		return 0;
	if (getenv("PLAY_DIR"))
		check(chdir(getenv("PLAY_DIR")) == 0);
	setenv("PLAY_AGAIN", "1", 1);
	/* Some that are to be closed, and those that are to be kept, whatever they were. */
	check(dup2(2, 40) == 40 && dup2(2, 41) == 41);
	for (size_t i = 0; i < n_keep; i++)
		if (keep[i] < 64 && fcntl(keep[i], F_GETFD) < 0)
			check(dup3(2, keep[i], O_CLOEXEC) == keep[i]);
	for (;;) {
		if (read(0, line, 1) != 1)
			return 9;
		picture_take(&picture_before);
		int r = brood_reexec(getenv("PLAY_PATH"), NULL, NULL, keep, n_keep, &error);
		check_same_as_before();
		int length = snprintf(line, sizeof line, "%s at %s: %s\n", brood_code_name(r),
			brood_step_name(error.step),
			brood_explain(r, NULL, &error, text, sizeof text));
		check(write(1, line, (size_t)length) == length);
	}
}

static void check_line(const struct player *player, char letter, const char *rest)
{
	char wanted[8192];

	snprintf(wanted, sizeof wanted, "version %c pid %d %s", letter, (int)player->pid, rest);
	check_text(player_line(player), wanted);
}

/* Where versions lie. */
struct versions {
	struct place place;
	char *tool;
};

static void versions_make(struct versions *versions)
{
	place_make(&versions->place);
	check(chmod(versions->place.path, 0755) == 0);
	versions->tool = strdup(place_at(&versions->place, "tool"));
	version_make(versions->tool, '1');
}

static void versions_leave(struct versions *versions)
{
	place_leave(&versions->place);
	free(versions->tool);
}

/* covers: API-REEXEC.replaced API-REEXEC.arguments API-REEXEC.fds */
static void a_file_that_was_replaced_is_taken(void **state)
{
	(void)state;
	struct versions versions;
	versions_make(&versions);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(versions.tool, "play", "", "a b"),
		.env_edit = BROOD_ARGV("PLAY_KEEP=7 0 5 7"));
	struct player player = player_start(&cmd);

	check_line(&player, '1', "args [play] [] [a b] fds 0 1 2");
	version_make(versions.tool, '2');
	player_says(&player);
	check_line(&player, '2', "args [play] [] [a b] fds 0 1 2 5 7");
	player_ends(&player, 0);
	versions_leave(&versions);
}

/* covers: API-REEXEC.replaced */
static void a_file_that_was_moved_away_is_not_followed(void **state)
{
	(void)state;
	struct versions versions;
	versions_make(&versions);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(versions.tool, "play"));
	struct player player = player_start(&cmd);

	check_line(&player, '1', "args [play] fds 0 1 2");
	check(rename(versions.tool, place_at(&versions.place, "tool.old")) == 0);
	version_make(versions.tool, '2');
	player_says(&player);
	check_line(&player, '2', "args [play] fds 0 1 2");
	player_ends(&player, 0);
	versions_leave(&versions);
}

/* covers: API-REEXEC.link */
static void a_link_to_a_new_version_is_followed(void **state)
{
	(void)state;
	struct versions versions;
	versions_make(&versions);
	char *current = place_at(&versions.place, "current");
	char *next = place_at(&versions.place, "next");
	version_make(place_at(&versions.place, "v2"), '2');
	check(symlink("tool", current) == 0 && symlink("v2", next) == 0);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(current, "play"));
	struct player player = player_start(&cmd);

	check_line(&player, '1', "args [play] fds 0 1 2");
	check(rename(next, current) == 0);
	player_says(&player);
	check_line(&player, '2', "args [play] fds 0 1 2");
	player_ends(&player, 0);
	versions_leave(&versions);
}

/* covers: API-REEXEC.relative */
static void a_relative_path_is_that_of_the_file_and_not_of_the_directory(void **state)
{
	(void)state;
	struct versions versions;
	versions_make(&versions);
	/* A stranger of the same name, where the program goes. */
	struct place other;
	place_make(&other);
	version_make(place_at(&other, "tool"), 'X');
	char dir[PATH_MAX + 16];
	snprintf(dir, sizeof dir, "PLAY_DIR=%s", other.path);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("./tool", "play"),
		.dir = versions.place.path, .env_edit = BROOD_ARGV(dir));
	struct player player = player_start(&cmd);

	check_line(&player, '1', "args [play] fds 0 1 2");
	version_make(versions.tool, '2');
	player_says(&player);
	check_line(&player, '2', "args [play] fds 0 1 2");
	player_ends(&player, 0);
	place_leave(&other);
	versions_leave(&versions);
}

/* covers: API-REEXEC.script */
static void an_interpreter_is_executed_and_not_its_script(void **state)
{
	(void)state;
	struct versions versions;
	versions_make(&versions);
	char *script = place_at(&versions.place, "script");
	char text[2 * PATH_MAX];
	snprintf(text, sizeof text, "#!%s play\n", versions.tool);
	make_file(script, text, 0755);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(script, "x"));
	struct player player = player_start(&cmd);

	snprintf(text, sizeof text, "args [play] [%s] [x] fds 0 1 2", script);
	check_line(&player, '1', text);
	version_make(versions.tool, '2');
	player_says(&player);
	check_line(&player, '2', text);
	player_ends(&player, 0);
	versions_leave(&versions);
}

/* covers: API-REEXEC.memfd */
static void a_program_that_never_had_a_path_is_executed_as_it_is(void **state)
{
	(void)state;
	int fd = (int)syscall(SYS_memfd_create, "tool", 0);
	if (fd < 0)
		skip();
	version_write(fd, '1');
	const struct brood_fd_map fds[] = { { fd, 9 } };
	struct brood_cmd cmd = BROOD_CMD(.path = "/proc/self/fd/9",
		.argv = BROOD_ARGV("tool", "play"), .fds = fds, .n_fds = 1);
	/* It cannot be executed while somebody may write to it. */
	char again[64];
	snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
	int reading = open(again, O_RDONLY | O_CLOEXEC);
	check(reading >= 0);
	close(fd);
	const struct brood_fd_map read_only[] = { { reading, 9 } };
	cmd.fds = read_only;
	struct player player = player_start(&cmd);

	close(reading);
	check_line(&player, '1', "args [play] fds 0 1 2 9");
	player_says(&player);
	check_line(&player, '1', "args [play] fds 0 1 2");
	player_ends(&player, 0);
}

/* covers: API-REEXEC.failure */
static void a_failure_leaves_everything_as_it_was(void **state)
{
	(void)state;
	struct versions versions;
	versions_make(&versions);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(versions.tool, "play"),
		.env_edit = BROOD_ARGV("PLAY_KEEP=50 12"));
	struct player player = player_start(&cmd);

	player_line(&player);
	check(rename(versions.tool, place_at(&versions.place, "away")) == 0);
	player_says(&player);
	char wanted[2 * PATH_MAX];
	snprintf(wanted, sizeof wanted,
		"ENOENT at exec: %s: No such file or directory (it, or the interpreter that it names)",
		versions.tool);
	check_text(player_line(&player), wanted);
	make_file(versions.tool, "no program", 0755);
	player_says(&player);
	check(strncmp(player_line(&player), "ENOEXEC at exec: ", 17) == 0);
	make_file(versions.tool, "no program", 0644);
	player_says(&player);
	check(strncmp(player_line(&player), "EACCES at exec: ", 16) == 0);
	version_make(versions.tool, '2');
	player_says(&player);
	check_line(&player, '2', "args [play] fds 0 1 2 12 50");
	player_ends(&player, 0);
	versions_leave(&versions);
}

/* covers: API-REEXEC.failure */
static void descriptors_that_are_not_open_are_refused(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	const int closed[] = { 0, 876 };
	const int negative[] = { -1 };

	check_error(brood_reexec(NULL, NULL, NULL, closed, 2, &error), -EBADF, &error,
		BROOD_STEP_DESCRIPTORS);
	check_number(error.fd, 876);
	check_error(brood_reexec(NULL, NULL, NULL, negative, 1, &error), -EBADF, &error,
		BROOD_STEP_DESCRIPTORS);
	check_error(brood_reexec(NULL, NULL, NULL, NULL, 1, &error), -EINVAL, &error,
		BROOD_STEP_CONFIG);
}

static void given(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;

	(void)data;
	int r = brood_reexec(helper("act"), BROOD_ARGV("any", "print", "1", "given"),
		BROOD_ARGV("A=1"), NULL, 0, &error);
	still_itself(r, &error);
}

static void environment_only(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;

	int r = brood_reexec(data, BROOD_ARGV("env"), BROOD_ARGV("A=1", "B=2"), NULL, 0, &error);
	still_itself(r, &error);
}

/* covers: API-REEXEC.arguments */
static void path_arguments_and_environment_can_be_given(void **state)
{
	(void)state;
	check_text(outcome_of(given, NULL)->out, "given");
	struct outcome *outcome = outcome_of(environment_only, helper("show_env"));
	check_text(outcome->out, "A=1");
	check_text(outcome->out + 4, "B=2");
	check_text(outcome->out + 8, "");
}

#ifdef __SANITIZE_THREAD__
#	define THREAD_SANITIZER 1
#else
#	define THREAD_SANITIZER 0
#endif

enum { GENERATIONS = 1000, KEPT = 30, SIGNALS = 3000 };

static volatile sig_atomic_t n_caught;

static void on_queued(int number)
{
	(void)number;
	n_caught++;
}

/*
 * One of many generations: the signal is blocked, and so pending, until the handler is there. What
 * was caught is counted in memory that is kept; in the end it says what it has seen.
 */
static int play_generation(int argc, char **argv)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int generation = argc > 2 ? atoi(argv[2]) : 0;
	int last = GENERATIONS / slowness();
	const int keep[] = { KEPT };
	sigset_t queued;
	int64_t counts[2]; /* caught, and the most descriptors */
	char number[16];

	check(pread(KEPT, counts, sizeof counts, 0) == sizeof counts);
	int64_t n_open = hygiene_open_descriptors();
	counts[1] = n_open > counts[1] ? n_open : counts[1];
	sigemptyset(&queued);
	sigaddset(&queued, SIGRTMIN);
	signal(SIGRTMIN, on_queued);
	if (generation == 0)
		check(write(1, "ready\n", 6) == 6);
	sigprocmask(SIG_UNBLOCK, &queued, NULL);
	if (generation >= last)
		while (counts[0] + n_caught < SIGNALS)
			poll(NULL, 0, 1);
	sigprocmask(SIG_BLOCK, &queued, NULL);
	counts[0] += n_caught;
	check(pwrite(KEPT, counts, sizeof counts, 0) == sizeof counts);
	if (generation >= last) {
		dprintf(1, "caught %lld open %lld\n", (long long)counts[0], (long long)counts[1]);
		return 0;
	}
	check(dup(2) >= 0 && dup(2) >= 0);
	snprintf(number, sizeof number, "%d", generation + 1);
	int r = brood_reexec(
		NULL, BROOD_ARGV(argv[0], "generation", number), NULL, keep, 1, &error);
	still_itself(r, &error);
}

/* covers: API-REEXEC.many API-REEXEC.mask */
static void a_thousand_times_under_signals_nothing_is_lost(void **state)
{
	(void)state;
	/* It keeps a signal until the program comes to a call, one of each number, and loses it
	 * with the program. */
	if (THREAD_SANITIZER) {
		print_message("# skipped: the thread sanitizer loses signals\n");
		skip();
	}
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	check(length > 0);
	path[length] = '\0';
	FILE *file = tmpfile();
	check(file != NULL);
	const int64_t counts[2] = { 0, 0 };
	check(pwrite(fileno(file), counts, sizeof counts, 0) == sizeof counts);
	const struct brood_fd_map fds[] = { { fileno(file), KEPT } };
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigemptyset(&signals.mask);
	sigaddset(&signals.mask, SIGRTMIN);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(path, "generation"), .fds = fds,
		.n_fds = 1, .signals = &signals);
	struct player player = player_start(&cmd);

	check_text(player_line(&player), "ready");
	for (int i = 0; i < SIGNALS;) {
		const union sigval value = { .sival_int = i };
		if (sigqueue(player.pid, SIGRTMIN, value) == 0)
			i++;
		else
			check_number(errno, EAGAIN);
		if (i % 16 == 0)
			sched_yield();
	}
	/* 0, 1, 2, the kept one, and that of the look. */
	check_text(player_line(&player), "caught 3000 open 4");
	player_ends(&player, 0);
	fclose(file);
}

/* Where another thread goes on with what main() was given, once that one has ended. */
static void *play_without_main(void *data)
{
	char **argv = data;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_self_info self = BROOD_SELF_INIT;
	char line;

	await_state(getpid(), 'Z');
	check(dup2(2, 40) == 40);
	check_code(brood_self(&self, &error), 0, &error);
	check_text(self.executable, argv[0]);
	brood_self_done(&self);
	/* A late failure. */
	check_error(brood_reexec(argv[2], NULL, NULL, NULL, 0, &error), -ENOENT, &error,
		BROOD_STEP_EXEC);
	check_number(error.flags, 0);
	check_number(fcntl(40, F_GETFD), 0);
	setenv("PLAY_AGAIN", "1", 1);
	check(read(0, &line, 1) == 1);
	still_itself(brood_reexec(NULL, NULL, NULL, NULL, 0, &error), &error);
}

static int play_first(int argc, char **argv)
{
	pthread_t thread;

	say_what_we_are(argc, argv);
	if (getenv("PLAY_AGAIN"))
		return 0;
	check(pthread_create(&thread, NULL, play_without_main, argv) == 0);
	pthread_exit(NULL);
}

/* covers: API-REEXEC.first-thread */
static void the_thread_that_began_may_have_ended(void **state)
{
	(void)state;
	need_threads();
	struct versions versions;
	versions_make(&versions);
	char *script = place_at(&versions.place, "script");
	char text[2 * PATH_MAX];
	make_file(script, "#!/nonexistent/interpreter\n", 0755);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(versions.tool, "first", script));
	struct player player = player_start(&cmd);

	snprintf(text, sizeof text, "args [first] [%s] fds 0 1 2", script);
	check_line(&player, '1', text);
	version_make(versions.tool, '2');
	player_says(&player);
	check_line(&player, '2', text);
	player_ends(&player, 0);
	versions_leave(&versions);
}

static int play_secure(void)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char letter = version_of_us();

	dprintf(1, "%c%d ", letter, (int)geteuid());
	if (getenv("PLAY_AGAIN"))
		return 0;
	setenv("PLAY_AGAIN", "1", 1);
	char go;
	check(read(0, &go, 1) == 1);
	int r = brood_reexec(NULL, NULL, NULL, NULL, 0, &error);
	still_itself(r, &error);
}

/* covers: API-REEXEC.secure */
static void with_raised_privileges_the_very_file_is_executed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct versions versions;
	versions_make(&versions);
	check(chmod(versions.tool, 04755) == 0);
	const struct brood_credentials nobody = { .size = sizeof nobody,
		.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS,
		.uid = 65534,
		.gid = 65534 };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(versions.tool, "secure"),
		.credentials = &nobody);
	struct player player = player_start(&cmd);
	char got[8] = "";
	check(brood_job_read(player.job, 0, 1, got, 3) == 3);
	if (got[1] != '0') { /* set-uid does not count here */
		player_says(&player);
		player_ends(&player, 0);
		versions_leave(&versions);
		skip();
	}
	check_text(got, "10 ");
	/* Somebody else could have put his own there. */
	version_make(versions.tool, 'X');
	player_says(&player);
	check(brood_job_read(player.job, 0, 1, got, 3) == 3);
	check_text(got, "10 ");
	player_ends(&player, 0);
	versions_leave(&versions);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "play") == 0)
		return play(argc, argv);
	if (argc > 1 && strcmp(argv[1], "generation") == 0)
		return play_generation(argc, argv);
	if (argc > 1 && strcmp(argv[1], "first") == 0)
		return play_first(argc, argv);
	if (argc > 1 && strcmp(argv[1], "secure") == 0)
		return play_secure();
	const struct CMUnitTest tests[] = {
		hygienic(a_file_that_was_replaced_is_taken),
		hygienic(a_file_that_was_moved_away_is_not_followed),
		hygienic(a_link_to_a_new_version_is_followed),
		hygienic(a_relative_path_is_that_of_the_file_and_not_of_the_directory),
		hygienic(an_interpreter_is_executed_and_not_its_script),
		hygienic(a_program_that_never_had_a_path_is_executed_as_it_is),
		hygienic(a_failure_leaves_everything_as_it_was),
		hygienic(descriptors_that_are_not_open_are_refused),
		hygienic(path_arguments_and_environment_can_be_given),
		hygienic(a_thousand_times_under_signals_nothing_is_lost),
		hygienic(the_thread_that_began_may_have_ended),
		hygienic(with_raised_privileges_the_very_file_is_executed),
	};

	return hygiene_run("reexec", tests);
}
