/* SPDX-License-Identifier: MIT */

/*
 * The foreground of a terminal: each test is a scene of its own session, with a pseudo-terminal of
 * which it holds both sides.
 */

#include "stages.h"

#include "tree.h"

#include <sys/ioctl.h>
#include <termios.h>

static int master;
static int terminal;

static void take_terminal(void)
{
	check(setsid() > 0);
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	check(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	terminal = open(ptsname(master), O_RDWR | O_CLOEXEC);
	check(terminal >= 0);
	check_number(tcgetpgrp(terminal), getpgrp());
	sigchld_block(NULL);
}

static void expect_ours(void)
{
	sigset_t mask;
	check_number(tcgetpgrp(terminal), getpgrp());
	sigprocmask(SIG_BLOCK, NULL, &mask);
	check(!sigismember(&mask, SIGTTOU));
}

static void type(const char *keys)
{
	check_number(write(master, keys, strlen(keys)), (int64_t)strlen(keys));
}

static void hear(const struct row *row, char letter, size_t n)
{
	for (; n > 0; n--)
		check_number(line_ready(&row->line), letter);
}

/* n stages that say where they are, and again when they are released. */
static void start_in_ground(struct row *row, size_t n, const struct brood_options *options, char is)
{
	struct brood_cmd cmds[MOST_STAGES];
	for (size_t i = 0; i < n; i++)
		cmds[i] = plain(ACT("ground", "await", "4", "ground"));
	cmds[n - 1].out = brood_null();
	row_start(row, cmds, n, options, 0);
	hear(row, is, n);
}

struct variant {
	uint64_t flags;
	int tree;
	size_t n;
};

static const struct variant variants[] = { { 0, 0, 1 }, { 0, 0, 3 }, { BROOD_NEW_GROUP, 0, 2 },
	{ BROOD_KILL_TREE, BROOD_TREE_AUTO, 1 }, { BROOD_KILL_TREE, BROOD_TREE_AUTO, 3 },
	{ BROOD_KILL_TREE, BROOD_TREE_GROUP, 2 } };

static struct brood_options options_of(const struct variant *variant)
{
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_FOREGROUND | variant->flags,
		.tree = variant->tree, HASTY);
	return options;
}

static void for_each_variant(void (*act)(void *))
{
	for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
		struct variant variant = variants[i];
		in_scene(act, &variant);
	}
}

static void in_the_foreground_scene(void *data)
{
	const struct variant *variant = data;
	struct row row;
	struct brood_options options = options_of(variant);
	take_terminal();
	start_in_ground(&row, variant->n, &options, 'f');
	check_number(tcgetpgrp(terminal), row.pids[0]);
	check_number(brood_job_group(row.job), row.pids[0]);
	for (size_t i = 0; i < variant->n; i++)
		check_number(getpgid(row.pids[i]), row.pids[0]);
	check_code(brood_job_wait(row.job, 10 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	check_number(tcgetpgrp(terminal), row.pids[0]);
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	expect_ours();
	row_end(&row);
	expect_ours();
}

/* covers: API-FG.start API-FG.end */
static void a_job_is_in_the_foreground_before_it_runs_and_until_it_ends(void **state)
{
	(void)state;
	for_each_variant(in_the_foreground_scene);
}

/* The next events must be that all stages have stopped or gone on, in any order. */
static void expect_all(struct row *row, int kind)
{
	size_t seen = 0;
	while (seen < row->n) {
		struct brood_event event;
		int r = brood_job_check(row->job);
		check(r >= 0);
		r = brood_job_next(row->job, 5 * BROOD_MILLISECOND, &event);
		check(r == 0 || r == -ETIME);
		if (r == 0) {
			check_number(event.kind, kind);
			seen++;
		}
	}
	check(brood_job_check(row->job) >= 0);
}

static void stopped_scene(void *data)
{
	const struct variant *variant = data;
	struct row row;
	struct brood_options options = options_of(variant);
	struct brood_status status = BROOD_STATUS_INIT;
	take_terminal();
	start_in_ground(&row, variant->n, &options, 'f');
	for (int round = 0; round < 3; round++) {
		type("\x1a"); /* Ctrl-Z */
		expect_all(&row, BROOD_EVENT_STAGE_STOPPED);
		expect_ours();
		for (size_t i = 0; i < variant->n; i++) {
			check_code(brood_job_status(row.job, i, &status), 0, NULL);
			check_number(status.how, BROOD_STOPPED);
			check_number(status.signal, SIGTSTP);
		}
		check_code(brood_job_foreground(row.job), 0, NULL);
		check_number(tcgetpgrp(terminal), row.pids[0]);
		expect_all(&row, BROOD_EVENT_STAGE_CONTINUED);
		check_number(tcgetpgrp(terminal), row.pids[0]);
	}
	row_release(&row);
	hear(&row, 'f', variant->n);
	check_code(row_wait(&row, NULL), 0, NULL);
	expect_ours();
	row_end(&row);
}

/* covers: API-FG.stop API-FG.again API-STOP.check */
static void a_job_that_stops_gives_the_terminal_back_and_can_have_it_again(void **state)
{
	(void)state;
	for_each_variant(stopped_scene);
}

static void some_stopped_scene(void *data)
{
	struct row row;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_FOREGROUND);
	(void)data;
	take_terminal();
	struct brood_cmd cmds[] = { plain(ACT("ready", "pause")), plain(ACT("ready", "pause")),
		quiet(ACT("ready", "pause")) };
	row_start(&row, cmds, 3, &options, 3);
	check_number(kill(row.pids[0], SIGSTOP), 0);
	await_state(row.pids[0], 'T');
	check_code(brood_job_check(row.job), 1, NULL);
	check_number(tcgetpgrp(terminal), row.pids[0]);
	/* One has ended and one is stopped: one is still running. */
	check_number(kill(row.pids[1], SIGKILL), 0);
	expect_event(row.job, BROOD_EVENT_STAGE_STOPPED, 0);
	expect_event(row.job, BROOD_EVENT_STAGE_ENDED, 1);
	check(brood_job_check(row.job) >= 0);
	check_number(tcgetpgrp(terminal), row.pids[0]);
	check_number(kill(row.pids[2], SIGTSTP), 0);
	await_state(row.pids[2], 'T');
	check_code(brood_job_check(row.job), 1, NULL);
	expect_ours();
	/* The signal of the end reaches them as they are. */
	check_code(brood_job_signal(row.job, SIGKILL), 0, NULL);
	check_code(row_wait(&row, NULL), BROOD_EEXIT, NULL);
	expect_ours();
	row_end(&row);
}

/* covers: API-FG.stop */
static void the_terminal_comes_back_when_all_that_is_left_is_stopped(void **state)
{
	(void)state;
	in_scene(some_stopped_scene, NULL);
}

static void fg_scene(void *data)
{
	const struct variant *variant = data;
	struct row row;
	struct brood_options options = options_of(variant);
	char text[8] = "";
	options.flags = (options.flags & ~BROOD_FOREGROUND) | BROOD_NEW_GROUP;
	take_terminal();
	/* It wants to read, and is stopped for it. */
	struct brood_cmd cmd = quiet(ACT("ground", "line", "0", "3"));
	cmd.in = brood_fd(terminal);
	row_start(&row, &cmd, 1, &options, 0);
	hear(&row, 'b', 1);
	expect_all(&row, BROOD_EVENT_STAGE_STOPPED);
	struct brood_status status = BROOD_STATUS_INIT;
	check_code(brood_job_status(row.job, 0, &status), 0, NULL);
	check_number(status.signal, SIGTTIN);
	expect_ours();
	check_code(brood_job_foreground(row.job), 0, NULL);
	check_number(tcgetpgrp(terminal), row.pids[0]);
	type("hi\n");
	for (int i = 0; i < 3; i++)
		text[i] = (char)line_ready(&row.line);
	check_text(text, "hi\n");
	check_code(row_wait(&row, NULL), 0, NULL);
	expect_ours();
	check_code(brood_job_foreground(row.job), -ESRCH, NULL);
	expect_ours();
	row_end(&row);
}

/* covers: API-FG.again */
static void a_job_of_the_background_can_be_brought_to_the_foreground(void **state)
{
	(void)state;
	for_each_variant(fg_scene);
}

static void join_scene(void *data)
{
	struct row first;
	struct row second;
	const struct variant *variant = data;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	take_terminal();
	start_in_ground(&first, 1, &options, 'b');
	options = options_of(variant);
	options.flags &= ~BROOD_NEW_GROUP;
	options.group = first.pids[0];
	start_in_ground(&second, variant->n, &options, 'f');
	check_number(tcgetpgrp(terminal), first.pids[0]);
	check_number(getpgid(second.pids[0]), first.pids[0]);
	row_release(&second);
	hear(&second, 'f', variant->n);
	check_code(row_wait(&second, NULL), 0, NULL);
	expect_ours();
	row_end(&second);
	row_release(&first);
	hear(&first, 'b', 1);
	check_code(row_wait(&first, NULL), 0, NULL);
	row_end(&first);
}

/* covers: API-FG.join */
static void a_job_that_joins_a_group_takes_that_to_the_foreground(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct variant variant = variants[i];
		in_scene(join_scene, &variant);
	}
	struct variant tree = { BROOD_KILL_TREE, BROOD_TREE_AUTO, 2 };
	in_scene(join_scene, &tree);
}

static void from_background_scene(void *data)
{
	struct row other;
	struct row row;
	const struct variant *variant = data;
	struct brood_options group = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_options options = options_of(variant);
	take_terminal();
	start_in_ground(&other, 1, &group, 'b');
	check_number(tcsetpgrp(terminal, other.pids[0]), 0);
	/* We are in the background now, and nothing stops us. */
	start_in_ground(&row, variant->n, &options, 'f');
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	check_number(tcgetpgrp(terminal), other.pids[0]);
	row_end(&row);
	/* The group that had the terminal may have gone meanwhile. */
	start_in_ground(&row, variant->n, &options, 'f');
	check_code(brood_job_signal(other.job, SIGKILL), 0, NULL);
	check_code(row_wait(&other, NULL), BROOD_EEXIT, NULL);
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
	row_end(&other);
}

/* covers: API-FG.owner */
static void the_group_that_had_the_terminal_gets_it_back(void **state)
{
	(void)state;
	for_each_variant(from_background_scene);
}

static volatile sig_atomic_t n_interrupts;

static void count_interrupt(int number)
{
	(void)number;
	n_interrupts++;
}

static void ctrl_c_scene(void *data)
{
	bool foreground = *(bool *)data;
	struct sigaction action = { .sa_handler = count_interrupt };
	struct brood_options options = BROOD_OPTIONS(.flags = foreground ? BROOD_FOREGROUND : 0);
	struct brood_result result = BROOD_RESULT_INIT;
	struct row row;
	take_terminal();
	sigaction(SIGINT, &action, NULL);
	struct brood_cmd cmds[] = { plain(ACT("ready", "pause")), quiet(ACT("ready", "pause")) };
	row_start(&row, cmds, 2, &options, 2);
	for (int i = 0; i < 2; i++) {
		check_number(getsid(row.pids[i]), getsid(0));
		check(foreground == (getpgid(row.pids[i]) != getpgrp()));
	}
	type("\x03");
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	for (int i = 0; i < 2; i++)
		check_number(result.stages[i].signal, SIGINT);
	check_number(n_interrupts, foreground ? 0 : 1);
	expect_ours();
	brood_result_done(&result);
	row_end(&row);
}

/* covers: GE-14.default API-FG.keys */
static void by_default_ctrl_c_reaches_both_and_in_the_foreground_the_job(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		bool foreground = i;
		in_scene(ctrl_c_scene, &foreground);
	}
}

static void failed_start_scene(void *data)
{
	const struct variant *variant = data;
	struct brood_options options = options_of(variant);
	struct brood_cmd cmds[3];
	struct brood_error error = BROOD_ERROR_INIT;
	take_terminal();
	int before = hygiene_open_descriptors();
	for (size_t bad = 0; bad < variant->n; bad++) {
		for (size_t i = 0; i < variant->n; i++)
			cmds[i] = plain(ACT("pause"));
		cmds[bad].argv = RUN("/nonexistent/program");
		check_code(
			brood_pipeline(cmds, variant->n, &options, NULL, &error), -ENOENT, &error);
		check_number(error.step, BROOD_STEP_EXEC);
		expect_ours();
		check(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
		check_number(hygiene_open_descriptors(), before);
	}
}

/* covers: API-FG.failed */
static void after_a_failed_start_the_terminal_is_ours(void **state)
{
	(void)state;
	for_each_variant(failed_start_scene);
}

static void freed_scene(void *data)
{
	const struct variant *variant = data;
	struct brood_options options = options_of(variant);
	struct row row;
	take_terminal();
	int before = hygiene_open_descriptors();
	start_in_ground(&row, variant->n, &options, 'f');
	brood_job_free(row.job);
	row.job = NULL;
	expect_ours();
	row_end(&row);
	check_number(hygiene_open_descriptors(), before);
}

/* covers: API-FG.end */
static void a_job_that_is_freed_gives_the_terminal_back(void **state)
{
	(void)state;
	for_each_variant(freed_scene);
}

static void no_terminal_scene(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = options_of(data);
	struct row row;
	struct brood_cmd cmd = quiet(ACT("ready"));
	check(setsid() > 0);
	int before = hygiene_open_descriptors();
	row_prepare(&row, &cmd, 1);
	int r = brood_start(&row.job, row.cmds, 1, &options, &error);
	check_error(r, -ENXIO, &error, BROOD_STEP_TERMINAL);
	line_started(&row.line);
	char byte;
	check_number(read(row.line.reading, &byte, 1), 0);
	close(row.line.reading);
	close(row.control.reading);
	close(row.control.writing);
	check_number(hygiene_open_descriptors(), before);
	options.flags = BROOD_NEW_GROUP;
	options.tree = 0;
	row_start(&row, &cmd, 1, &options, 1);
	check_code(brood_job_foreground(row.job), -ENXIO, NULL);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-FG.none */
static void without_a_terminal_there_is_no_foreground(void **state)
{
	(void)state;
	for_each_variant(no_terminal_scene);
}

static void refused_scene(void *data)
{
	struct row row;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_FOREGROUND | BROOD_NEW_SESSION);
	struct brood_job *job = NULL;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	(void)data;
	take_terminal();
	int r = brood_start(&job, &cmd, 1, &options, &error);
	check_error(r, -EINVAL, &error, BROOD_STEP_CONFIG);
	start_in_ground(&row, 2, NULL, 'f');
	check_code(brood_job_foreground(row.job), -EINVAL, NULL);
	row_end(&row);
	options.flags = BROOD_NEW_SESSION;
	start_in_ground(&row, 2, &options, 'n');
	check_code(brood_job_foreground(row.job), -EPERM, NULL);
	expect_ours();
	row_end(&row);
}

/* covers: API-FG.refused */
static void who_cannot_be_in_the_foreground_is_refused(void **state)
{
	(void)state;
	in_scene(refused_scene, NULL);
}

static void modes_scene(void *data)
{
	struct termios before;
	struct termios after;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_FOREGROUND);
	struct brood_cmd cmd = quiet(RUN("stty", "-echo"));
	(void)data;
	take_terminal();
	check_number(tcgetattr(terminal, &before), 0);
	check(before.c_lflag & ECHO);
	cmd.in = brood_fd(terminal);
	check_code(brood_run(&cmd, &options, NULL, NULL), 0, NULL);
	check_number(tcgetattr(terminal, &after), 0);
	expect_ours();
	check(!(after.c_lflag & ECHO));
	before.c_lflag &= ~(tcflag_t)ECHO;
	check(before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag &&
		before.c_oflag == after.c_oflag);
}

/* covers: API-FG.modes */
static void the_modes_of_the_terminal_are_left_alone(void **state)
{
	(void)state;
	in_scene(modes_scene, NULL);
}

static int is_in_foreground(void *data)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	(void)data;
	return fd >= 0 && tcgetpgrp(fd) == getpgrp() && getpgrp() == getpid() ? 0 : 1;
}

static void function_scene(void *data)
{
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_FOREGROUND);
	struct brood_cmd cmd = BROOD_CMD(.function = is_in_foreground);
	(void)data;
	take_terminal();
	check_code(brood_run(&cmd, &options, NULL, NULL), 0, NULL);
	expect_ours();
}

/* covers: API-FG.start API-F.4 */
static void a_function_can_have_the_foreground(void **state)
{
	(void)state;
	in_scene(function_scene, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_job_is_in_the_foreground_before_it_runs_and_until_it_ends),
		hygienic(a_job_that_stops_gives_the_terminal_back_and_can_have_it_again),
		hygienic(the_terminal_comes_back_when_all_that_is_left_is_stopped),
		hygienic(a_job_of_the_background_can_be_brought_to_the_foreground),
		hygienic(a_job_that_joins_a_group_takes_that_to_the_foreground),
		hygienic(the_group_that_had_the_terminal_gets_it_back),
		hygienic(by_default_ctrl_c_reaches_both_and_in_the_foreground_the_job),
		hygienic(after_a_failed_start_the_terminal_is_ours),
		hygienic(a_job_that_is_freed_gives_the_terminal_back),
		hygienic(without_a_terminal_there_is_no_foreground),
		hygienic(who_cannot_be_in_the_foreground_is_refused),
		hygienic(the_modes_of_the_terminal_are_left_alone),
		hygienic(a_function_can_have_the_foreground),
	};
	return hygiene_run("foreground", tests);
}
