/* SPDX-License-Identifier: MIT */

/* Pseudo-terminals: driven by hand and by the job, their size, and how they hang up. */

#include "stages.h"

#include <sys/ioctl.h>
#include <termios.h>

static struct brood_cmd on_tty(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .in = brood_tty(0, 0),
		.out = brood_tty(0, 0), .err = brood_tty(0, 0));
	return cmd;
}

/* Reads what is shown until it ends so, or to its end if `last` is NULL. */
static char *shown_until(struct brood_job *job, const char *last)
{
	static char text[1 << 16];
	size_t length = 0;
	ssize_t n;
	text[0] = 0;
	while ((n = brood_job_read(job, 0, 1, text + length, sizeof text - 1 - length)) > 0) {
		length += (size_t)n;
		text[length] = 0;
		size_t wanted = last ? strlen(last) : 0;
		if (last && length >= wanted && strcmp(text + length - wanted, last) == 0)
			return text;
	}
	check_number(n, 0);
	if (last)
		complain(__FILE__, __LINE__, "'%s' ends without '%s'", text, last);
	return text;
}

/* covers: API-TTY.1 API-TTY.size API-TTY.read */
static void all_three_are_one_controlling_terminal_of_that_size(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmd = on_tty(ACT("terminals", "1", "size", "0", "1", "size", "2", "1"));
	row_start(&row, &cmd, 1, NULL, 0);
	check_text(shown_until(row.job, NULL), "tttc24 80 24 80 ");
	check_number(brood_job_read(row.job, 0, 1, (char[1]){ 0 }, 1), 0);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
	/* The first of them says the size. */
	cmd.in = brood_tty(10, 20);
	cmd.out = brood_tty(30, 40);
	row_start(&row, &cmd, 1, NULL, 0);
	check_text(shown_until(row.job, NULL), "tttc10 20 10 20 ");
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
	cmd.in = brood_null();
	cmd.out = brood_tty(65535, 65535);
	cmd.err = brood_null();
	cmd.argv = ACT("terminals", "1", "size", "1", "1");
	row_start(&row, &cmd, 1, NULL, 0);
	check_text(shown_until(row.job, NULL), "-t-c65535 65535 ");
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-TTY.session */
static void it_is_that_of_a_session_of_its_own(void **state)
{
	(void)state;
	struct row row;
	const uint64_t flags[] = { 0, BROOD_NEW_SESSION, BROOD_NEW_GROUP };
	for (int i = 0; i < 3; i++) {
		struct brood_options options = BROOD_OPTIONS(.flags = flags[i]);
		struct brood_cmd cmd = on_tty(ACT("ground", "ready", "await", "4"));
		row_start(&row, &cmd, 1, &options, 0);
		check_number(line_ready(&row.line), 'f');
		row_ready(&row, 1);
		check_number(getsid(row.pids[0]), row.pids[0]);
		check_number(getpgid(row.pids[0]), row.pids[0]);
		check_number(brood_job_group(row.job), row.pids[0]);
		row_release(&row);
		check_code(row_wait(&row, NULL), 0, NULL);
		row_end(&row);
	}
}

/* covers: API-TTY.write API-TTY.modes */
static void what_is_typed_is_echoed_and_read_line_by_line(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmd = on_tty(ACT("line", "0", "1", "print", "1", "> ", "line", "0", "1"));
	row_start(&row, &cmd, 1, NULL, 0);
	check_number(brood_job_write(row.job, 0, 0, "hel", 3), 3);
	check_text(shown_until(row.job, "hel"), "hel");
	check_number(brood_job_write(row.job, 0, 0, "p\x7flo\n", 5), 5);
	check_text(shown_until(row.job, "> "), "p\b \blo\r\nhello\r\n> ");
	check_number(brood_job_write(row.job, 0, 0, "bye\n", 4), 4);
	check_text(shown_until(row.job, NULL), "bye\r\nbye\r\n");
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-TTY.keys */
static void keys_that_mean_signals_are_signals(void **state)
{
	(void)state;
	const struct {
		const char *key;
		int signal;
	} keys[] = { { "\x03", SIGINT }, { "\x1c", SIGQUIT } };
	for (int i = 0; i < 2; i++) {
		struct row row;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_cmd cmd = on_tty(ACT("core", "0", "ready", "pause"));
		row_start(&row, &cmd, 1, NULL, 1);
		check_number(brood_job_write(row.job, 0, 0, keys[i].key, 1), 1);
		check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
		check_number(result.stages[0].signal, keys[i].signal);
		brood_result_done(&result);
		row_end(&row);
	}
}

/* covers: API-TTY.close */
static void closing_the_input_types_the_end_of_file(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmd = on_tty(ACT("copy", "0", "1", "print", "1", "end"));
	row_start(&row, &cmd, 1, NULL, 0);
	check_number(brood_job_write(row.job, 0, 0, "a\n", 2), 2);
	check_text(shown_until(row.job, "a\r\na\r\n"), "a\r\na\r\n");
	check_code(brood_job_close(row.job, 0, 0), 0, NULL);
	check_number(brood_job_write(row.job, 0, 0, "b\n", 2), -EBADF);
	check_code(brood_job_close(row.job, 0, 0), -EBADF, NULL);
	check_text(shown_until(row.job, NULL), "end");
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-TTY.hangup */
static void closing_the_output_hangs_up(void **state)
{
	(void)state;
	struct row row;
	char byte;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = on_tty(ACT("exit-on", "1", "7", "ready", "pause"));
	row_start(&row, &cmd, 1, NULL, 1);
	check_code(brood_job_close(row.job, 0, 1), 0, NULL);
	check_number(brood_job_read(row.job, 0, 1, &byte, 1), -EBADF);
	check_number(brood_job_write(row.job, 0, 0, "x", 1), -EBADF);
	check_code(brood_job_resize(row.job, 5, 5), -EBADF, NULL);
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	check_number(result.stages[0].exit_code, 7);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-TTY.take */
static void the_other_side_can_be_taken(void **state)
{
	(void)state;
	struct row row;
	char text[64] = "";
	struct winsize size;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = on_tty(
		ACT("print", "1", "x", "exit-on", "1", "7", "ready", "pause"));
	row_start(&row, &cmd, 1, NULL, 1);
	int fd = brood_job_take_fd(row.job, 0, 1);
	check(fd > 2);
	check(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	check(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	check_number(ioctl(fd, TIOCGWINSZ, &size), 0);
	check_number(size.ws_row, 24);
	check_number(read(fd, text, sizeof text), 1);
	check_text(text, "x");
	check_code(brood_job_take_fd(row.job, 0, 1), -EBADF, NULL);
	check_number(brood_job_read(row.job, 0, 1, text, 1), -EBADF);
	check_code(brood_job_wait(row.job, 0, NULL, NULL), -ETIME, NULL);
	close(fd);
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	check_number(result.stages[0].exit_code, 7);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-TTY.resize */
static void its_size_can_be_changed(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmd = on_tty(ACT("say-on", "28", "ready", "await", "4", "size", "0", "1"));
	row_start(&row, &cmd, 1, NULL, 1);
	check_code(brood_job_resize(row.job, 0, 80), -EINVAL, NULL);
	check_code(brood_job_resize(row.job, 24, 0), -EINVAL, NULL);
	check_code(brood_job_resize(row.job, 65536, 80), -EINVAL, NULL);
	check_code(brood_job_resize(row.job, 24, 65536), -EINVAL, NULL);
	check_code(brood_job_resize(NULL, 24, 80), BROOD_EMISUSE, NULL);
	check_code(brood_job_resize(row.job, 50, 132), 0, NULL);
	check_number(line_ready(&row.line), SIGWINCH);
	row_release(&row);
	check_text(shown_until(row.job, NULL), "50 132 ");
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
	/* A job without one. */
	cmd = quiet(ACT("ready", "await", "4"));
	row_start(&row, &cmd, 1, NULL, 1);
	check_code(brood_job_resize(row.job, 50, 132), -EBADF, NULL);
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-TTY.driven */
static void the_job_can_type_and_take_what_is_shown(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io typed = brood_text("first\nsecond\n");
	const struct brood_io taken = brood_capture(0, 0);
	struct brood_cmd cmd = on_tty(ACT("copy", "0", "2", "exit", "5"));
	cmd.in.pointer = &typed;
	cmd.out.pointer = &taken;
	cmd.err = brood_capture(0, 0);
	check_code(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT, NULL);
	check_number(result.stages[0].exit_code, 5);
	check_text(result.err.data, "first\nsecond\n");
	/* What is shown is the echo. */
	check_text(result.out.data, "first\r\nsecond\r\n");
	brood_result_done(&result);
}

static int64_t give_lines(void *data, char *buffer, size_t size)
{
	int *left = data;
	size_t length = 0;
	while (*left > 0 && length + 8 <= size) {
		char line[16];
		snprintf(line, sizeof line, "%07d\n", (*left)--);
		memcpy(buffer + length, line, 8);
		length += 8;
	}
	return (int64_t)length;
}

/* covers: API-TTY.driven API-TTY.much */
static void it_types_no_faster_than_it_is_read(void **state)
{
	(void)state;
	int left = 20000;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io typed = brood_source(give_lines, &left);
	struct brood_options options = BROOD_OPTIONS(.timeout = 60 * BROOD_SECOND);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"), .in = brood_tty(0, 0),
		.out = brood_capture(0, 0), .err = brood_null());
	cmd.in.pointer = &typed;
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check_number((int64_t)result.out.length, 160000);
	for (int i = 0; i < 20000; i++) {
		char line[16];
		snprintf(line, sizeof line, "%07d\n", 20000 - i);
		check(memcmp(result.out.data + 8 * (size_t)i, line, 8) == 0);
	}
	brood_result_done(&result);
}

static int join_lines(void *data, const char *line, size_t length, uint32_t flags)
{
	char *text = data;
	strncat(text, line, length);
	strcat(text, flags & BROOD_LINE_UNTERMINATED ? "|" : "/");
	return 0;
}

static int join_chunks(void *data, const char *chunk, size_t length)
{
	strncat(data, chunk, length);
	return 0;
}

/* covers: API-TTY.driven */
static void what_is_shown_can_go_wherever_output_can(void **state)
{
	(void)state;
	char memory[64] = "";
	char lines[64] = "";
	char chunks[64] = "";
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io branches[] = { brood_sink(join_chunks, chunks),
		brood_lines(join_lines, lines, 0), brood_capture(0, 0) };
	const struct brood_io tee = brood_tee(branches, 3);
	const struct brood_io into = brood_into(memory, sizeof memory);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "a\nb"), .out = brood_tty(0, 0),
		.err = brood_tty(0, 0));
	cmd.out.pointer = &tee;
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_text(chunks, "a\r\nb");
	check_text(lines, "a\r/b|");
	check_text(result.out.data, "a\r\nb");
	cmd.out.pointer = &into;
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_text(memory, "a\r\nb");
	brood_result_done(&result);
}

/* covers: API-TTY.much API-TTY.last */
static void all_that_is_shown_arrives(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io taken = brood_capture(0, 0);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "1", "1000000"),
		.out = brood_tty(0, 0));
	cmd.out.pointer = &taken;
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_number((int64_t)result.out.length, 1000000);
	for (size_t i = 0; i < 1000000; i++)
		check(result.out.data[i] == (char)('a' + i % (size_t)(26 * 1024) % 26));
	/* The last words of a leader, whose end hangs the terminal up. */
	cmd.argv = ACT("print", "1", "last words");
	for (int i = 0; i < 200; i++) {
		check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
		check_text(result.out.data, "last words");
		check_number(result.notes, 0);
	}
	brood_result_done(&result);
}

/* covers: API-TTY.held */
static void who_stays_behind_with_it_gets_the_wait_delay(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io taken = brood_capture(0, 0);
	struct brood_options options = BROOD_OPTIONS(.wait_delay = 100 * BROOD_MILLISECOND);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "ignore", "1", "print", "1", "behind",
						 "ready", "await", "4", "}", "line", "0", "3"),
		.in = brood_pipe(), .out = brood_tty(0, 0));
	cmd.out.pointer = &taken;
	row_start(&row, &cmd, 1, &options, 1);
	check_number(brood_job_write(row.job, 0, 0, "\n", 1), 1);
	int64_t begin = now_ns();
	int r = row_wait(&row, &result);
	/* A guard puts an end to whoever stays behind. */
	check_code(r, UNDER_GUARD ? 0 : BROOD_EWAITDELAY, NULL);
	check_number(result.notes, UNDER_GUARD ? 0 : BROOD_NOTE_PIPE_HELD);
	check(UNDER_GUARD || now_ns() - begin >= 100 * BROOD_MILLISECOND);
	check_text(result.out.data, "behind");
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-TTY.forgotten */
static void a_wait_ends_a_forgotten_terminal(void **state)
{
	(void)state;
	struct row row;
	struct brood_options options = BROOD_OPTIONS(.timeout = 60 * BROOD_SECOND);
	struct brood_cmd cmd = on_tty(ACT("fill", "1", "300000", "copy", "0", "1"));
	row_start(&row, &cmd, 1, &options, 0);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-TTY.limit */
static void a_stop_ends_who_ignores_the_hang_up(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io taken = brood_capture(0, 0);
	const struct brood_stop hup[] = { { SIGHUP, 0, 50 * BROOD_MILLISECOND } };
	struct brood_options options = BROOD_OPTIONS(.stop = hup, .n_stop = 1);
	struct brood_cmd cmd = on_tty(ACT("ignore", "1", "print", "1", "before", "ready", "pause"));
	cmd.out.pointer = &taken;
	row_start(&row, &cmd, 1, &options, 1);
	check_code(brood_job_stop(row.job), 0, NULL);
	check_code(row_wait(&row, &result), BROOD_ECANCELED, NULL);
	check_number(result.stages[0].signal, SIGKILL);
	check_text(result.out.data, "before");
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-TTY.refused */
static void terminals_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct brood_job *job = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmds[] = { plain(ACT("exit", "0")), quiet(ACT("exit", "0")) };
	const struct brood_io capture = brood_capture(0, 0);
	const struct brood_io text = brood_text("x");
	int before = hygiene_open_descriptors();
	for (int which = 0; which < 3; which++) {
		cmds[0].in = which == 0 ? brood_tty(0, 0) : brood_null();
		cmds[0].err = which == 1 ? brood_tty(0, 0) : brood_null();
		cmds[1].out = which == 2 ? brood_tty(0, 0) : brood_null();
		int r = brood_start(&job, cmds, 2, NULL, &error);
		check_error(r, -EINVAL, &error, BROOD_STEP_CONFIG);
	}
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_FOREGROUND);
	struct brood_cmd cmd = on_tty(ACT("exit", "0"));
	cmd.in.pointer = &capture;
	int r = brood_start(&job, &cmd, 1, NULL, &error);
	check_error(r, BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	cmd = on_tty(ACT("exit", "0"));
	r = brood_start(&job, &cmd, 1, &options, &error);
	check_error(r, -EINVAL, &error, BROOD_STEP_CONFIG);
	options = (struct brood_options)BROOD_OPTIONS(.group = 1);
	r = brood_start(&job, &cmd, 1, &options, &error);
	check_error(r, -EINVAL, &error, BROOD_STEP_CONFIG);
	cmd.err.pointer = &capture;
	r = brood_start(&job, &cmd, 1, NULL, &error);
	check_error(r, BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	cmd = on_tty(ACT("exit", "0"));
	cmd.out.pointer = &text;
	r = brood_start(&job, &cmd, 1, NULL, &error);
	check_error(r, BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	/* A start that fails takes its terminal along. */
	cmd = on_tty(RUN("/nonexistent/program"));
	r = brood_start(&job, &cmd, 1, NULL, &error);
	check_error(r, -ENOENT, &error, BROOD_STEP_EXEC);
	check(job == NULL);
	check_number(hygiene_open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(all_three_are_one_controlling_terminal_of_that_size),
		hygienic(it_is_that_of_a_session_of_its_own),
		hygienic(what_is_typed_is_echoed_and_read_line_by_line),
		hygienic(keys_that_mean_signals_are_signals),
		hygienic(closing_the_input_types_the_end_of_file),
		hygienic(closing_the_output_hangs_up),
		hygienic(the_other_side_can_be_taken),
		hygienic(its_size_can_be_changed),
		hygienic(the_job_can_type_and_take_what_is_shown),
		hygienic(it_types_no_faster_than_it_is_read),
		hygienic(what_is_shown_can_go_wherever_output_can),
		hygienic(all_that_is_shown_arrives),
		hygienic(who_stays_behind_with_it_gets_the_wait_delay),
		hygienic(a_wait_ends_a_forgotten_terminal),
		hygienic(a_stop_ends_who_ignores_the_hang_up),
		hygienic(terminals_that_cannot_be_are_refused),
	};
	return hygiene_run("tty", tests);
}
