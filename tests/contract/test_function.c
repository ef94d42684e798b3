/* SPDX-License-Identifier: MIT */

/* Functions among the stages of a job, as the built-ins of a shell are. */

#include "stages.h"

#include "tree.h"

#include <ctype.h>

static struct brood_cmd calling(int (*function)(void *), void *data)
{
	struct brood_cmd cmd = BROOD_CMD(.function = function, .function_data = data);
	return cmd;
}

/* Copies its input in capital letters. */
static int raise_letters(void *data)
{
	char bytes[4096];
	ssize_t n;
	(void)data;
	alarm(60);
	while ((n = read(0, bytes, sizeof bytes)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			bytes[i] = (char)toupper((unsigned char)bytes[i]);
		if (write(1, bytes, (size_t)n) != n)
			return 90;
	}
	return n == 0 ? 0 : 91;
}

/* covers: API-F.stage */
static void a_function_can_be_any_of_the_stages(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	for (int which = 0; which < 8; which++) {
		struct brood_cmd cmds[3];
		for (int i = 0; i < 3; i++)
			cmds[i] = which & 1 << i ? calling(raise_letters, NULL)
						 : plain(PLAY("copy"));
		cmds[0].in = brood_text("some text");
		cmds[2].out = brood_capture(0, 0);
		pipeline_of(cmds, 3, NULL, &result);
		check_text(result.out.data, which ? "SOME TEXT" : "some text");
		for (int i = 0; i < 3; i++)
			check_number(result.stages[i].exit_code, 0);
		check(result.stages[0].pid != result.stages[1].pid);
	}
	brood_result_done(&result);
}

static int64_t give_pattern(void *data, char *buffer, size_t size)
{
	uint64_t *given = data;
	if (*given + size > 2000000)
		size = 2000000 - *given;
	for (size_t i = 0; i < size; i++)
		buffer[i] = (char)('a' + (*given + i) % 23);
	*given += size;
	return (int64_t)size;
}

/* covers: API-F.stage API-PL.streams */
static void functions_pass_on_as_much_as_comes(void **state)
{
	(void)state;
	uint64_t given = 0;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[] = { calling(raise_letters, NULL), plain(PLAY("copy")),
		calling(raise_letters, NULL) };
	cmds[0].in = brood_source(give_pattern, &given);
	cmds[2].out = brood_capture(0, 0);
	pipeline_of(cmds, 3, NULL, &result);
	check_number((int64_t)result.out.length, 2000000);
	for (size_t i = 0; i < result.out.length; i++)
		check(result.out.data[i] == (char)('A' + i % 23));
	brood_result_done(&result);
}

static int return_code(void *data)
{
	return *(int *)data;
}

/* covers: API-F.stage API-R8.code */
static void what_a_function_returns_counts_as_an_exit_code(void **state)
{
	(void)state;
	int codes[] = { 0, 7, 0 };
	const uint8_t seven[] = { 7 };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmds[3];
	for (int i = 0; i < 3; i++)
		cmds[i] = calling(return_code, &codes[i]);
	check_code(brood_pipeline(cmds, 3, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(error.stage, 1);
	check_number(result.stages[1].exit_code, 7);
	cmds[1].ok_codes = seven;
	cmds[1].n_ok_codes = 1;
	pipeline_of(cmds, 3, NULL, &result);
	brood_result_done(&result);
}

static int count_descriptors(void *data)
{
	const char *was_open = data;
	int strays = 0;
	for (int fd = 3; fd < 1024; fd++)
		strays += fcntl(fd, F_GETFD) >= 0 && !was_open[fd];
	return strays;
}

/* covers: API-F.descriptors API-PL.keep-fds */
static void a_function_has_no_descriptor_of_the_jobs(void **state)
{
	(void)state;
	static char was_open[1024];
	static char none[1024];
	struct brood_result result = BROOD_RESULT_INIT;
	int kept = fcntl(2, F_DUPFD, 60);
	for (int fd = 0; fd < 1024; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	for (int keeps = 0; keeps < 2; keeps++) {
		for (int which = 0; which < 4; which++) {
			struct brood_cmd cmds[4];
			for (int i = 0; i < 4; i++) {
				cmds[i] = plain(PLAY("copy"));
				cmds[i].err = brood_capture(0, 0);
			}
			cmds[which] = calling(count_descriptors, keeps ? was_open : none);
			cmds[which].flags = keeps ? BROOD_KEEP_FDS : 0;
			cmds[which].err = brood_capture(0, 0);
			cmds[3].out = brood_capture(0, 0);
			pipeline_of(cmds, 4, NULL, &result);
			check_number(result.stages[which].exit_code, 0);
		}
	}
	close(kept);
	brood_result_done(&result);
}

static int run_others(void *data)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[] = { plain(PLAY("copy")), calling(raise_letters, NULL),
		plain(PLAY("copy")) };
	(void)data;
	alarm(60);
	/* A job within the job: its first stage reads our input, its last one writes our output. */
	cmds[0].in = brood_inherit();
	if (brood_pipeline(cmds, 3, NULL, &result, NULL) != 0 || result.n_stages != 3)
		return 1;
	struct brood_cmd cmd = captured(PLAY("say", "1", "!"));
	if (brood_run(&cmd, NULL, &result, NULL) != 0 || write(1, result.out.data, 1) != 1)
		return 2;
	cmd = plain(PLAY("exit", "3"));
	if (brood_run(&cmd, NULL, &result, NULL) != BROOD_EEXIT)
		return 3;
	brood_result_done(&result);
	return 0;
}

/* covers: API-F.nested */
static void a_function_may_run_jobs_of_its_own(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options tree = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	for (int which = 0; which < 3; which++) {
		struct brood_cmd cmds[3];
		for (int i = 0; i < 3; i++)
			cmds[i] = i == which ? calling(run_others, NULL) : plain(PLAY("copy"));
		cmds[0].in = brood_text("a subshell");
		cmds[2].out = brood_capture(0, 0);
		pipeline_of(cmds, 3, NULL, &result);
		check_text(result.out.data, "A SUBSHELL!");
		pipeline_of(cmds, 3, &tree, &result);
		check_text(result.out.data, "A SUBSHELL!");
		check_number(result.tree.tier, BROOD_TREE_GROUP);
	}
	brood_result_done(&result);
}

static int write_for_ever(void *data)
{
	(void)data;
	alarm(60);
	while (write(1, "y\n", 2) == 2)
		;
	return 1;
}

/* covers: API-F.stage API-PL.sigpipe */
static void a_function_without_a_reader_is_ended_by_sigpipe(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[] = { calling(write_for_ever, NULL), quiet(PLAY("read", "0", "10")) };
	pipeline_of(cmds, 2, NULL, &result);
	check_number(result.stages[0].signal, SIGPIPE);
	check_number(result.stages[0].excused, 1);
	brood_result_done(&result);
}

static int say_and_pause(void *data)
{
	(void)data;
	alarm(60);
	if (write(3, "r", 1) != 1)
		return 1;
	for (;;)
		pause();
	return 0;
}

/* covers: API-F.5 API-F.stage */
static void functions_are_stopped_with_the_others(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP, .timeout = 1);
	struct brood_cmd cmds[] = { calling(say_and_pause, NULL), plain(ACT("ready", "pause")),
		calling(say_and_pause, NULL) };
	row_start(&row, cmds, 3, &options, 3);
	for (int i = 0; i < 3; i++)
		check_number(getpgid(row.pids[i]), row.pids[0]);
	check_code(row_wait(&row, &result), BROOD_ETIMEOUT, NULL);
	for (int i = 0; i < 3; i++)
		check_number(result.stages[i].signal, SIGTERM);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-F.tiers API-TREE.auto */
static void with_a_function_all_are_looked_after_by_their_group(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	int code = 0;
	struct brood_options options = TREE_OPTIONS(HASTY);
	struct brood_cmd cmds[] = {
		plain(ACT("{", "ignore", "15", "ready", "pause", "}", "exit", "0")),
		calling(return_code, &code), quiet(ACT("{", "ready", "pause", "}", "exit", "0"))
	};
	row_start(&row, cmds, 3, &options, 2);
	check_code(row_wait(&row, &result), 0, NULL);
	check(row_is_deserted(&row));
	check_number(result.tree.tier, BROOD_TREE_GROUP);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-F.stage API-PL.half */
static void a_function_that_cannot_start_takes_the_others_along(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	for (int bad = 0; bad < 3; bad++) {
		struct brood_cmd cmds[] = { calling(say_and_pause, NULL),
			calling(say_and_pause, NULL), calling(say_and_pause, NULL) };
		struct row row;
		cmds[bad].dir = "/nonexistent";
		row_prepare(&row, cmds, 3);
		int r = brood_start(&row.job, row.cmds, 3, NULL, &error);
		check_error(r, -ENOENT, &error, BROOD_STEP_CHDIR);
		check_number(error.stage, bad);
		line_gone(&row.line);
		close(row.control.reading);
		close(row.control.writing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_function_can_be_any_of_the_stages),
		hygienic(functions_pass_on_as_much_as_comes),
		hygienic(what_a_function_returns_counts_as_an_exit_code),
		hygienic(a_function_has_no_descriptor_of_the_jobs),
		hygienic(a_function_may_run_jobs_of_its_own),
		hygienic(a_function_without_a_reader_is_ended_by_sigpipe),
		hygienic(functions_are_stopped_with_the_others),
		hygienic(with_a_function_all_are_looked_after_by_their_group),
		hygienic(a_function_that_cannot_start_takes_the_others_along),
	};
	return hygiene_run("function", tests);
}
