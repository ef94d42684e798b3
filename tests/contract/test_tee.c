/* SPDX-License-Identifier: MIT */

/* Output that goes to several places. */

#include "stages.h"

/* Collects what a branch gets, and stops or fails behind some bytes. */
struct taker {
	char text[4096];
	size_t length;
	size_t until; /* 0: all */
	int verdict;  /* what is returned from then on */
	int n_calls_after;
};

static int take(void *data, const char *chunk, size_t length)
{
	struct taker *taker = data;
	bool is_over = taker->until && taker->length >= taker->until;
	taker->n_calls_after += is_over;
	for (size_t i = 0; i < length && taker->length + 1 < sizeof taker->text; i++)
		taker->text[taker->length++] = chunk[i];
	return taker->until && taker->length >= taker->until ? taker->verdict : 0;
}

static int take_line(void *data, const char *line, size_t length, uint32_t flags)
{
	int r = take(data, line, length);
	return r ? r : take(data, flags & BROOD_LINE_UNTERMINATED ? "|" : "/", 1);
}

/* covers: API-IO.tee.1 API-IO.tee.branches */
static void every_branch_gets_every_byte(void **state)
{
	(void)state;
	struct place place;
	char memory[8];
	struct taker sink = { .length = 0 };
	struct taker lines = { .length = 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	place_make(&place);
	int fd = open(place_at(&place, "fd"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	const struct brood_io branches[] = { brood_capture(0, 0), brood_into(memory, sizeof memory),
		brood_sink(take, &sink), brood_lines(take_line, &lines, 0), brood_fd(fd),
		brood_file(place_at(&place, "file"), 0, 0640) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY(
						 "say", "1", "one\\ntwo\\nthr", "say", "1", "ee"),
		.out = brood_tee(branches, 6));
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_text(result.out.data, "one\ntwo\nthree");
	check_number((int64_t)result.out.total, 13);
	check_text(memory, "one\ntwo");
	check_text(sink.text, "one\ntwo\nthree");
	check_text(lines.text, "one/two/three|");
	check_text(read_file(place_at(&place, "file")), "one\ntwo\nthree");
	check_text(read_file(place_at(&place, "fd")), "one\ntwo\nthree");
	struct stat st;
	check_number(stat(place_at(&place, "file"), &st), 0);
	check_number(st.st_mode & 07777, 0640);
	check(fcntl(fd, F_GETFD) >= 0);
	close(fd);
	place_leave(&place);
	brood_result_done(&result);
}

static void inherit_scene(void *data)
{
	struct place *place = data;
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io branches[] = { brood_inherit(), brood_capture(0, 0) };
	int out = open(place_at(place, "out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int err = open(place_at(place, "err"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	check(dup2(out, 1) == 1 && dup2(err, 2) == 2);
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "of out", "say", "2", "of err"),
		.out = brood_tee(branches, 2), .err = brood_tee(branches, 2));
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_text(result.out.data, "of out");
	check_text(result.err.data, "of err");
	check_text(read_file(place_at(place, "out")), "of out");
	check_text(read_file(place_at(place, "err")), "of err");
}

/* covers: API-IO.tee.branches */
static void a_branch_may_be_the_callers_own_output(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	in_scene(inherit_scene, &place);
	place_leave(&place);
}

/* covers: API-IO.tee.1 */
static void branches_get_as_much_as_comes(void **state)
{
	(void)state;
	struct place place;
	struct brood_result result = BROOD_RESULT_INIT;
	place_make(&place);
	const struct brood_io branches[] = { brood_file(place_at(&place, "file"), 0, 0),
		brood_capture(1000, 0) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "3000000"),
		.out = brood_tee(branches, 2));
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_number((int64_t)result.out.total, 3000000);
	check_number((int64_t)result.out.length, 1000);
	check_number(result.notes, BROOD_NOTE_TRUNCATED);
	struct brood_cmd again = quiet(PLAY("expect", "0", "3000000"));
	again.in = brood_file(place_at(&place, "file"), 0, 0);
	check_code(brood_run(&again, NULL, NULL, NULL), 0, NULL);
	place_leave(&place);
	brood_result_done(&result);
}

static char order[64];

static int note_first(void *data, const char *chunk, size_t length)
{
	(void)chunk;
	(void)length;
	strncat(order, data, 1);
	return 0;
}

static char first[] = "1";
static char second[] = "2";
static char third[] = "3";

/* covers: API-IO.tee.order API-IO.tee.copied */
static void branches_get_it_in_their_order_and_are_copied(void **state)
{
	(void)state;
	struct row row;
	struct brood_io branches[] = { brood_sink(note_first, first),
		brood_sink(note_first, second), brood_sink(note_first, third) };
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x", "ready", "await", "4",
						 "print", "1", "y"),
		.out = brood_tee(branches, 3));
	order[0] = 0;
	row_start(&row, &cmd, 1, NULL, 1);
	memset(branches, 0xff, sizeof branches);
	check_code(brood_job_wait(row.job, 0, NULL, NULL), -ETIME, NULL);
	check_text(order, "123");
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	check_text(order, "123123");
	row_end(&row);
}

/* covers: API-IO.tee.fails */
static void a_branch_that_fails_is_left_out_and_fails_the_job(void **state)
{
	(void)state;
	struct taker bad = { .until = 1, .verdict = -EIO };
	struct taker worse = { .until = 3, .verdict = -EPROTO };
	struct taker good = { .length = 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	const struct brood_io branches[] = { brood_sink(take, &worse), brood_sink(take, &bad),
		brood_sink(take, &good), brood_capture(0, 0) };
	/* Each of them comes for itself: the child waits for nothing, but the first is short. */
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "1", "emit", "1", "200000",
						 "exit", "0"),
		.out = brood_tee(branches, 4));
	int r = brood_run(&cmd, NULL, &result, &error);
	check(r == -EIO || r == -EPROTO);
	check_number(error.step, BROOD_STEP_PUMP);
	check_number(error.fd, 1);
	check_number((int64_t)result.out.total, 200001);
	check_number(result.stages[0].exit_code, 0);
	check_number(bad.n_calls_after + worse.n_calls_after, 0);
	check(good.length == sizeof good.text - 1);
	/* An exit code ranks before it. */
	bad = (struct taker){ .until = 1, .verdict = -EIO };
	cmd.argv = PLAY("emit", "1", "100", "exit", "4");
	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	brood_result_done(&result);
}

/* The first failure in time is the job's: the second one comes when the first has been seen. */
static int fail_after_other(void *data, const char *chunk, size_t length)
{
	int *n = data;
	(void)chunk;
	(void)length;
	return ++*n == 2 ? -EPROTO : 0;
}

/* covers: API-IO.tee.fails */
static void the_first_failure_is_that_of_the_job(void **state)
{
	(void)state;
	struct row row;
	int n = 0;
	struct taker bad = { .until = 1, .verdict = -EIO };
	const struct brood_io branches[] = { brood_sink(fail_after_other, &n),
		brood_sink(take, &bad) };
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x", "ready", "await", "4",
						 "print", "1", "y"),
		.out = brood_tee(branches, 2));
	row_start(&row, &cmd, 1, NULL, 1);
	check_code(brood_job_wait(row.job, 0, NULL, NULL), -ETIME, NULL);
	row_release(&row);
	check_code(row_wait(&row, NULL), -EIO, NULL);
	check_number(n, 2);
	row_end(&row);
}

/* covers: API-IO.tee.enough */
static void a_branch_that_has_enough_is_left_out(void **state)
{
	(void)state;
	struct taker little = { .until = 1, .verdict = 1 };
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io branches[] = { brood_sink(take, &little), brood_capture(0, 0) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "1000000"),
		.out = brood_tee(branches, 2));
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_number((int64_t)result.out.total, 1000000);
	check_number(little.n_calls_after, 0);
	brood_result_done(&result);
}

/* covers: API-IO.tee.enough */
static void reading_ends_with_the_last_branch(void **state)
{
	(void)state;
	struct taker one = { .until = 1, .verdict = 1 };
	struct taker two = { .until = 4000, .verdict = 1 };
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io branches[] = { brood_sink(take, &one), brood_sink(take, &two) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("flood", "1"), .out = brood_tee(branches, 2));
	check_code(brood_run(&cmd, NULL, &result, NULL), BROOD_EEXIT, NULL);
	check_number(result.stages[0].signal, SIGPIPE);
	check_number(one.n_calls_after + two.n_calls_after, 0);
	check(two.length >= 4000 && one.length < two.length + 1);
	brood_result_done(&result);
}

/* covers: API-IO.tee.fails */
static void a_descriptor_that_fails_is_left_out_without_a_signal(void **state)
{
	(void)state;
	int ends[2];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	check_number(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	/* With SIGPIPE at its default a signal would end this test. */
	struct brood_io branches[] = { brood_fd(ends[1]), brood_capture(0, 0) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "100000"),
		.out = brood_tee(branches, 2));
	int r = brood_run(&cmd, NULL, &result, &error);
	check_error(r, -EPIPE, &error, BROOD_STEP_PUMP);
	check_number((int64_t)result.out.total, 100000);
	branches[0] = brood_file("/dev/full", O_WRONLY, 0);
	r = brood_run(&cmd, NULL, &result, &error);
	check_error(r, -ENOSPC, &error, BROOD_STEP_PUMP);
	check_number((int64_t)result.out.total, 100000);
	close(ends[1]);
	brood_result_done(&result);
}

/* covers: API-IO.tee.strict */
static void a_strict_capture_in_a_tee_stops_the_job(void **state)
{
	(void)state;
	struct taker taker = { .length = 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io branches[] = { brood_capture(100, BROOD_CAPTURE_STRICT),
		brood_sink(take, &taker) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("flood", "1"), .out = brood_tee(branches, 2));
	check_code(brood_run(&cmd, NULL, &result, NULL), BROOD_ELIMIT, NULL);
	check_number((int64_t)result.out.length, 100);
	brood_result_done(&result);
}

/* covers: API-IO.tee.merge */
static void a_merged_err_goes_to_all_branches_too(void **state)
{
	(void)state;
	struct taker taker = { .length = 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io branches[] = { brood_capture(0, 0), brood_sink(take, &taker) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY(
						 "say", "1", "a", "say", "2", "b", "say", "1", "c"),
		.out = brood_tee(branches, 2), .err = brood_merge());
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check_text(result.out.data, "abc");
	check_text(taker.text, "abc");
	brood_result_done(&result);
}

/* covers: API-IO.tee.stages */
static void stages_may_have_tees(void **state)
{
	(void)state;
	struct taker err = { .length = 0 };
	struct taker out = { .length = 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	const struct brood_io errs[] = { brood_sink(take, &err), brood_null() };
	const struct brood_io outs[] = { brood_sink(take, &out), brood_capture(0, 0) };
	struct brood_cmd cmds[] = { plain(PLAY("say", "1", "x", "say", "2", "y")),
		plain(PLAY("copy")) };
	cmds[0].err = brood_tee(errs, 1);
	cmds[1].out = brood_tee(outs, 2);
	pipeline_of(cmds, 2, NULL, &result);
	check_text(err.text, "y");
	check_text(out.text, "x");
	check_text(result.out.data, "x");
	brood_result_done(&result);
}

static void expect_misuse(const struct brood_io *branches, size_t n)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	int before = hygiene_open_descriptors();
	cmd.out = brood_tee(branches, n);
	int r = brood_run(&cmd, NULL, NULL, &error);
	if (r != BROOD_EMISUSE && r != -EINVAL)
		complain(__FILE__, __LINE__, "branch of kind %u: %d", branches ? branches->kind : 0,
			r);
	check_number(error.step, BROOD_STEP_CONFIG);
	check_number(hygiene_open_descriptors(), before);
}

/* covers: API-IO.tee.refused */
static void what_is_no_branch_is_refused(void **state)
{
	(void)state;
	const struct brood_io inner[] = { brood_capture(0, 0) };
	const struct brood_io bad[] = { brood_tee(inner, 1), brood_pipe(), brood_tty(0, 0),
		brood_merge(), brood_text("x"), brood_sink(NULL, NULL), brood_lines(NULL, NULL, 0),
		brood_into(NULL, 0), brood_file(NULL, 0, 0) };
	const struct brood_io two[] = { brood_capture(0, 0), brood_capture(0, 0) };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		expect_misuse(&bad[i], 1);
	expect_misuse(two, 2);
	expect_misuse(NULL, 1);
	expect_misuse(inner, 0);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.in = brood_tee(inner, 1);
	check_code(brood_run(&cmd, NULL, NULL, NULL), BROOD_EMISUSE, NULL);
}

/* covers: API-IO.tee.failed-start */
static void a_branch_that_cannot_be_opened_fails_the_start(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_io branches[] = { brood_capture(0, 0), brood_file("/nonexistent/file", 0, 0) };
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	int before = hygiene_open_descriptors();
	cmd.out = brood_tee(branches, 2);
	int r = brood_run(&cmd, NULL, NULL, &error);
	check_error(r, -ENOENT, &error, BROOD_STEP_OPEN);
	check_text(error.subject, "/nonexistent/file");
	branches[1] = brood_fd(1000);
	r = brood_run(&cmd, NULL, NULL, &error);
	check_code(r, -EBADF, &error);
	check_number(hygiene_open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(every_branch_gets_every_byte),
		hygienic(a_branch_may_be_the_callers_own_output),
		hygienic(branches_get_as_much_as_comes),
		hygienic(branches_get_it_in_their_order_and_are_copied),
		hygienic(a_branch_that_fails_is_left_out_and_fails_the_job),
		hygienic(the_first_failure_is_that_of_the_job),
		hygienic(a_branch_that_has_enough_is_left_out),
		hygienic(reading_ends_with_the_last_branch),
		hygienic(a_descriptor_that_fails_is_left_out_without_a_signal),
		hygienic(a_strict_capture_in_a_tee_stops_the_job),
		hygienic(a_merged_err_goes_to_all_branches_too),
		hygienic(stages_may_have_tees),
		hygienic(what_is_no_branch_is_refused),
		hygienic(a_branch_that_cannot_be_opened_fails_the_start),
	};
	return hygiene_run("tee", tests);
}
