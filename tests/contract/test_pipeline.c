/* SPDX-License-Identifier: MIT */

/* Commands joined by pipes: what leads where, how each one ended, and which of them decides. */

#include "stages.h"

/* covers: API-PL.bytes API-PL.between */
static void bytes_go_from_stage_to_stage(void **state)
{
	(void)state;
	struct brood_cmd cmds[16];
	struct brood_result result = BROOD_RESULT_INIT;
	for (size_t n = 2; n <= 16; n++) {
		cmds[0] = plain(PLAY("emit", "1", "300000"));
		for (size_t i = 1; i < n - 1; i++)
			cmds[i] = plain(PLAY("copy"));
		cmds[n - 1] = quiet(PLAY("expect", "0", "300000"));
		pipeline_of(cmds, n, NULL, &result);
		for (size_t i = 0; i < n; i++) {
			check_number(result.stages[i].how, BROOD_EXITED);
			check_number(result.stages[i].exit_code, 0);
			check_number(result.stages[i].excused, 0);
		}
	}
	brood_result_done(&result);
}

/* covers: API-PL.between API-PL.descriptors */
static void neighbours_share_a_pipe_and_have_nothing_else(void **state)
{
	(void)state;
	struct place place;
	struct brood_cmd cmds[16];
	struct seen seen[16][8];
	char names[16][2 * PATH_MAX];
	struct brood_result result = BROOD_RESULT_INIT;
	place_make(&place);
	for (size_t n = 2; n <= 16; n++) {
		for (size_t i = 0; i < n; i++) {
			snprintf(names[i], sizeof names[i], "%s/%zu", place.path, i);
			make_file(names[i], "", 0600);
			cmds[i] = plain(RUN(helper("show_fds"), names[i], "1024"));
			cmds[i].err = brood_null();
		}
		cmds[0].in = brood_text("x");
		cmds[n - 1].out = brood_capture(0, 0);
		pipeline_of(cmds, n, NULL, &result);
		for (size_t i = 0; i < n; i++) {
			check_number((int64_t)read_seen(names[i], seen[i], 8), 3);
			for (int fd = 0; fd < 3; fd++)
				check_number(seen[i][fd].fd, fd);
			check((seen[i][0].flags & (O_ACCMODE | O_NONBLOCK)) == O_RDONLY);
			check((seen[i][1].flags & (O_ACCMODE | O_NONBLOCK)) == O_WRONLY);
			check(seen[i][0].inode != seen[i][1].inode);
			if (i > 0)
				check(seen[i][0].inode == seen[i - 1][1].inode &&
					seen[i][0].device == seen[i - 1][1].device);
		}
	}
	place_leave(&place);
	brood_result_done(&result);
}

/* covers: API-PL.between */
static void the_caller_holds_none_of_the_pipes_between(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmds[8];
	for (size_t i = 0; i < 8; i++)
		cmds[i] = plain(ACT("ready", "await", "4"));
	cmds[7].out = brood_null();
	int before = hygiene_open_descriptors();
	row_start(&row, cmds, 8, NULL, 8);
	char from[64];
	char to[64];
	for (size_t i = 0; i + 1 < 8; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%d/fd/1", (int)row.pids[i]);
		ssize_t n = readlink(path, from, sizeof from - 1);
		check(n > 0);
		from[n] = 0;
		check(strncmp(from, "pipe:", 5) == 0);
		for (int fd = 0; fd < 256; fd++) {
			snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
			n = readlink(path, to, sizeof to - 1);
			to[n > 0 ? n : 0] = 0;
			check(strcmp(from, to) != 0);
		}
	}
	/* The line, the control, a handle for each stage, and for its guard, with a line to that.
	 */
	check(hygiene_open_descriptors() - before <= 2 + (UNDER_GUARD ? 3 : 1) * 8 + 1);
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-PL.status API-RES.stages */
static void each_stage_has_a_status_of_its_own(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[] = { plain(ACT("ready", "await", "4", "exit", "7")),
		plain(ACT("ready", "await", "4", "raise", "12")),
		quiet(ACT("ready", "burn", "30", "await", "4", "exit", "0")) };
	int64_t begin = now_ns();
	row_start(&row, cmds, 3, NULL, 3);
	struct brood_status status = BROOD_STATUS_INIT;
	for (size_t i = 0; i < 3; i++) {
		check_code(brood_job_status(row.job, i, &status), 0, NULL);
		check_number(status.how, BROOD_RUNNING);
		check_number((int64_t)status.size, sizeof status);
	}
	check_code(brood_job_status(row.job, 3, &status), -EINVAL, NULL);
	/* A program that knows less of the struct than the library gets what it knows. */
	struct brood_status small = { .size = offsetof(struct brood_status, how), .how = 99 };
	check_code(brood_job_status(row.job, 0, &small), 0, NULL);
	check(small.pid == brood_job_pid(row.job) && small.how == 99);
	check_number((int64_t)small.size, offsetof(struct brood_status, how));
	small.size = 0;
	check_code(brood_job_status(row.job, 0, &small), -E2BIG, NULL);
	check_code(brood_job_status(NULL, 0, &status), BROOD_EMISUSE, NULL);
	check_code(brood_job_status(row.job, 0, NULL), BROOD_EMISUSE, NULL);
	check(row.pids[0] != row.pids[1] && row.pids[1] != row.pids[2]);
	check_number(brood_job_pid(row.job), row.pids[0]);
	row_release(&row);
	check_code(row_wait(&row, &result), BROOD_EEXIT, NULL);
	check_number((int64_t)result.n_stages, 3);
	for (size_t i = 0; i < 3; i++) {
		check_number(result.stages[i].pid, row.pids[i]);
		check(result.stages[i].started_ns >= begin);
		check(result.stages[i].ended_ns > result.stages[i].started_ns);
		check(result.stages[i].ended_ns <= now_ns());
	}
	check(result.stages[0].started_ns <= result.stages[1].started_ns);
	check_number(result.stages[0].exit_code, 7);
	check_number(result.stages[1].how, BROOD_SIGNALED);
	check_number(result.stages[1].signal, SIGUSR2);
	check_number(result.stages[1].exit_code, -1);
	check_number(result.stages[2].exit_code, 0);
	check(result.stages[2].usage.ru_utime.tv_sec * 1000000 +
			result.stages[2].usage.ru_utime.tv_usec +
			result.stages[2].usage.ru_stime.tv_usec >=
		20000);
	check_code(brood_job_status(row.job, 1, &status), 0, NULL);
	check_number(status.signal, SIGUSR2);
	brood_result_done(&result);
	row_end(&row);
}

/* How one of three stages ends: well, with 1, by SIGPIPE, by another signal. */
static const char *const endings[][3] = { { "exit", "0" }, { "exit", "1" }, { "raise", "13" },
	{ "raise", "15" } };

/* The deciding stage by the sentences at the flags; -1: all is well. */
static int expected_decider(const int *ends, uint64_t verdict, int *excused)
{
	int decider = -1;
	bool next_is_well = false;
	for (int i = 2; i >= 0; i--) {
		bool is_well = ends[i] == 0;
		excused[i] = 0;
		if (verdict == BROOD_VERDICT_LAST)
			excused[i] = i < 2 && !is_well;
		else if (verdict != BROOD_VERDICT_STRICT)
			excused[i] = i < 2 && ends[i] == 2 && next_is_well;
		next_is_well = is_well || excused[i];
		if (!next_is_well && decider < 0)
			decider = i;
	}
	return decider;
}

static void judge_three(const int *ends, uint64_t verdict)
{
	static const char *const labels[] = { "first", "second", "third" };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = verdict);
	struct brood_cmd cmds[3];
	int excused[3];
	int decider = expected_decider(ends, verdict, excused);
	for (int i = 0; i < 3; i++) {
		cmds[i] = plain(ACT(endings[ends[i]][0], endings[ends[i]][1]));
		cmds[i].label = labels[i];
	}
	cmds[2].out = brood_null();
	int r = brood_pipeline(cmds, 3, &options, &result, &error);
	check_code(r, decider < 0 ? 0 : BROOD_EEXIT, &error);
	check_number(result.code, r);
	if (decider >= 0) {
		check_number(error.code, BROOD_EEXIT);
		check_number(error.stage, decider);
		check_text(error.subject, labels[decider]);
		check_number(
			result.cause, ends[decider] == 1 ? BROOD_CAUSE_EXIT : BROOD_CAUSE_SIGNAL);
	} else {
		check_number(result.cause, BROOD_CAUSE_EXIT);
	}
	for (int i = 0; i < 3; i++) {
		check_number(result.stages[i].excused, excused[i]);
		check_number(result.stages[i].exit_code, ends[i] < 2 ? ends[i] : -1);
		check_number(result.stages[i].signal, ends[i] < 2 ? 0 : atoi(endings[ends[i]][1]));
	}
	brood_result_done(&result);
}

/* covers: API-PL.verdict API-PL.decider */
static void the_flags_say_which_stage_decides(void **state)
{
	(void)state;
	const uint64_t verdicts[] = { 0, BROOD_VERDICT_RIGHTMOST, BROOD_VERDICT_LAST,
		BROOD_VERDICT_STRICT };
	for (int number = 0; number < 64; number++) {
		const int ends[] = { number / 16, number / 4 % 4, number % 4 };
		for (size_t v = 0; v < 4; v++)
			judge_three(ends, verdicts[v]);
	}
}

/* covers: API-PL.ok_codes */
static void each_stage_has_codes_of_its_own(void **state)
{
	(void)state;
	const uint8_t one_and_zero[] = { 0, 1 };
	const uint8_t seven[] = { 7 };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options strict = BROOD_OPTIONS(.flags = BROOD_VERDICT_STRICT);
	struct brood_cmd cmds[] = { plain(ACT("exit", "1")), plain(ACT("exit", "7")),
		quiet(ACT("exit", "0")) };
	cmds[0].ok_codes = one_and_zero;
	cmds[0].n_ok_codes = 2;
	check_code(brood_pipeline(cmds, 3, &strict, &result, &error), BROOD_EEXIT, &error);
	check_number(error.stage, 1);
	cmds[1].ok_codes = seven;
	cmds[1].n_ok_codes = 1;
	pipeline_of(cmds, 3, &strict, &result);
	check_number(result.stages[0].exit_code, 1);
	check_number(result.stages[1].excused, 0);
	/* Those of one stage are not those of the next. */
	cmds[1].argv = ACT("exit", "1");
	check_code(brood_pipeline(cmds, 3, &strict, &result, &error), BROOD_EEXIT, &error);
	check_number(error.stage, 1);
	/* A reader that ended well by its own codes excuses its writer. */
	cmds[0].argv = ACT("raise", "13");
	cmds[1].argv = ACT("exit", "7");
	pipeline_of(cmds, 3, NULL, &result);
	check_number(result.stages[0].excused, 1);
	cmds[1].argv = ACT("exit", "0");
	check_code(brood_pipeline(cmds, 3, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(error.stage, 1);
	check_number(result.stages[0].excused, 0);
	brood_result_done(&result);
}

/* covers: API-PL.sigpipe */
static void a_writer_is_excused_if_its_reader_ended_well(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options strict = BROOD_OPTIONS(.flags = BROOD_VERDICT_STRICT);
	struct brood_cmd cmds[] = { plain(PLAY("flood", "1")), plain(PLAY("copy")),
		captured(PLAY("read", "0", "10", "say", "1", "enough")) };
	pipeline_of(cmds, 3, NULL, &result);
	check_text(result.out.data, "enough");
	for (int i = 0; i < 2; i++) {
		check_number(result.stages[i].signal, SIGPIPE);
		check_number(result.stages[i].excused, 1);
	}
	check_code(brood_pipeline(cmds, 3, &strict, &result, &error), BROOD_EEXIT, &error);
	check_number(error.stage, 1);
	check_number(result.stages[0].excused + result.stages[1].excused, 0);
	cmds[2].argv = PLAY("read", "0", "10", "exit", "3");
	check_code(brood_pipeline(cmds, 3, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(error.stage, 2);
	check_number(result.stages[0].excused + result.stages[1].excused, 0);
	/* It is the signal that is excused, not a failed write. */
	cmds[0].argv = PLAY("ignore", "13", "flood", "1");
	cmds[1] = quiet(PLAY("read", "0", "10"));
	check_code(brood_pipeline(cmds, 2, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(error.stage, 0);
	check_number(result.stages[0].exit_code, EPIPE);
	brood_result_done(&result);
}

/* covers: API-PL.merge */
static void an_err_that_is_merged_goes_to_the_next_stage(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[] = { plain(PLAY("say", "2", "a", "say", "1", "b", "say", "2", "c")),
		plain(PLAY("copy", "say", "2", "d")), captured(PLAY("copy", "say", "2", "e")) };
	for (int i = 0; i < 3; i++)
		cmds[i].err = brood_merge();
	pipeline_of(cmds, 3, NULL, &result);
	check_text(result.out.data, "abcde");
	check(result.err.data == NULL);
	cmds[1].err = brood_capture(0, 0);
	pipeline_of(cmds, 3, NULL, &result);
	check_text(result.out.data, "abce");
	check_text(result.err.data, "d");
	brood_result_done(&result);
}

/* Each speaks when the one before it has ended. */
static void speakers(struct brood_cmd *cmds)
{
	cmds[0] = plain(PLAY("say", "2", "one "));
	cmds[1] = plain(PLAY("drain", "0", "say", "2", "two "));
	cmds[2] = quiet(PLAY("drain", "0", "say", "2", "three"));
	for (int i = 0; i < 3; i++)
		cmds[i].err = brood_capture(0, 0);
}

/* covers: API-PL.err */
static void captures_of_standard_error_are_one(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmds[3];
	speakers(cmds);
	pipeline_of(cmds, 3, NULL, &result);
	check_text(result.err.data, "one two three");
	check_number((int64_t)result.err.total, 13);
	/* The limit and the flags of the first of them count. */
	cmds[0].err = brood_capture(4, 0);
	pipeline_of(cmds, 3, NULL, &result);
	check_text(result.err.data, "onee");
	check_number((int64_t)result.err.omitted, 9);
	check_number(result.notes & BROOD_NOTE_TRUNCATED, BROOD_NOTE_TRUNCATED);
	cmds[0].err = brood_null();
	cmds[1].err = brood_capture(6, 0);
	cmds[2].err = brood_capture(2, BROOD_CAPTURE_STRICT);
	pipeline_of(cmds, 3, NULL, &result);
	check_text(result.err.data, "tworee");
	check_number((int64_t)result.err.total, 9);
	cmds[1].err = brood_capture(6, BROOD_CAPTURE_STRICT);
	check_code(brood_pipeline(cmds, 3, NULL, &result, &error), BROOD_ELIMIT, &error);
	check_number(result.cause, BROOD_CAUSE_LIMIT);
	brood_result_done(&result);
}

static int note_chunk(void *data, const char *chunk, size_t length)
{
	char *text = data;
	strncat(text, chunk, length);
	return 0;
}

/* covers: API-PL.err */
static void every_stage_may_have_an_err_of_its_own(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	char first[64] = "";
	char second[64] = "";
	struct place place;
	struct brood_cmd cmds[3];
	place_make(&place);
	speakers(cmds);
	cmds[0].err = brood_sink(note_chunk, first);
	cmds[1].err = brood_sink(note_chunk, second);
	cmds[2].err = brood_file(place_at(&place, "err"), 0, 0);
	pipeline_of(cmds, 3, NULL, &result);
	check_text(first, "one ");
	check_text(second, "two ");
	check_text(read_file(place_at(&place, "err")), "three");
	place_leave(&place);
	brood_result_done(&result);
}

/* covers: API-PL.streams GE-9.09 */
static void all_streams_of_all_stages_move_at_once(void **state)
{
	(void)state;
	static char much[3000000];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = 50 * BROOD_SECOND);
	struct brood_cmd cmds[] = { plain(PLAY("both")), plain(PLAY("both")),
		captured(PLAY("both")) };
	pattern_fill(much, sizeof much, 0);
	cmds[0].in = brood_memory(much, sizeof much);
	for (int i = 0; i < 3; i++)
		cmds[i].err = brood_capture(1000, 0);
	pipeline_of(cmds, 3, &options, &result);
	check_number((int64_t)result.out.length, sizeof much);
	check(memcmp(result.out.data, much, sizeof much) == 0);
	check_number((int64_t)result.err.total, 3 * sizeof much);
	/* A reader that does not read is no failure of the job's. */
	cmds[0].argv = PLAY("close", "0", "say", "1", "x");
	pipeline_of(cmds, 3, &options, &result);
	check_text(result.out.data, "x");
	brood_result_done(&result);
}

static int fail_with(void *data, const char *chunk, size_t length)
{
	(void)chunk;
	(void)length;
	return *(int *)data;
}

/* covers: API-PL.pump */
static void a_stream_that_fails_names_its_stage(void **state)
{
	(void)state;
	int code = -EIO;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmds[3];
	speakers(cmds);
	cmds[1].err = brood_sink(fail_with, &code);
	int r = brood_pipeline(cmds, 3, NULL, &result, &error);
	check_error(r, -EIO, &error, BROOD_STEP_PUMP);
	check_number(error.stage, 1);
	check_number(error.fd, 2);
	/* One that has enough is no failure, and hurts no other stage. */
	code = 1;
	pipeline_of(cmds, 3, NULL, &result);
	check_text(result.err.data, "one three");
	brood_result_done(&result);
}

/* covers: API-PL.pipes */
static void the_ends_can_be_driven_by_hand(void **state)
{
	(void)state;
	struct row row;
	char text[16] = "";
	struct brood_cmd cmds[] = { plain(PLAY("copy")), plain(PLAY("both")), plain(PLAY("copy")) };
	cmds[0].in = brood_pipe();
	cmds[1].err = brood_pipe();
	cmds[2].out = brood_pipe();
	row_start(&row, cmds, 3, NULL, 0);
	for (int i = 0; i < 3; i++) {
		check_number(brood_job_write(row.job, 0, 0, "ping", 4), 4);
		check_number(brood_job_read(row.job, 2, 1, text, sizeof text), 4);
		check_number(brood_job_read(row.job, 1, 2, text + 4, 8), 4);
		check_text(text, "pingping");
	}
	check_number(brood_job_read(row.job, 0, 1, text, 1), -EBADF);
	check_number(brood_job_read(row.job, 2, 2, text, 1), -EBADF);
	check_number(brood_job_read(row.job, 3, 1, text, 1), -EBADF);
	check_number(brood_job_write(row.job, 1, 0, "x", 1), -EBADF);
	check_code(brood_job_close(row.job, 1, 1), -EBADF, NULL);
	check_code(brood_job_take_fd(row.job, 0, 2), -EBADF, NULL);
	check_code(brood_job_close(row.job, 0, 0), 0, NULL);
	check_number(brood_job_read(row.job, 2, 1, text, 1), 0);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

/* covers: API-PL.reuse API-RES.reuse */
static void a_result_serves_jobs_of_any_length(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[5];
	for (int round = 0; round < 3; round++) {
		for (size_t n = 5; n >= 1; n--) {
			for (size_t i = 0; i < n; i++)
				cmds[i] = plain(PLAY("copy"));
			cmds[0] = plain(PLAY("say", "1", "text"));
			cmds[n - 1].out = brood_capture(0, 0);
			pipeline_of(cmds, n, NULL, &result);
			check_number((int64_t)result.out.length, n > 0 ? 4 : 0);
			check(result.err.data == NULL && result.all.data == NULL);
			check_number(result.notes, 0);
		}
	}
	brood_result_done(&result);
	check_number((int64_t)result.n_stages, 0);
}

/* covers: API-PL.one */
static void a_pipeline_of_one_is_a_run(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = captured(ACT("print", "1", "alone", "exit", "3"));
	check_code(brood_pipeline(&cmd, 1, NULL, &result, &error), BROOD_EEXIT, &error);
	check_text(result.out.data, "alone");
	check_number((int64_t)result.n_stages, 1);
	check_number(error.stage, -1);
	check_code(brood_pipeline(&cmd, 1, NULL, NULL, NULL), BROOD_EEXIT, NULL);
	brood_result_done(&result);
}

/* covers: API-PL.decider API-E.1 */
static void the_deciding_stage_is_named_in_the_explanation(void **state)
{
	(void)state;
	char text[256];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmds[] = { plain(ACT("exit", "0")), plain(ACT("exit", "4")),
		quiet(ACT("exit", "0")) };
	cmds[0].label = "left";
	cmds[1].label = "middle";
	cmds[2].label = "right";
	int r = brood_pipeline(cmds, 3, NULL, &result, &error);
	check_code(r, BROOD_EEXIT, &error);
	brood_explain(r, &result, &error, text, sizeof text);
	check(strstr(text, "middle") && strstr(text, "exit code 4"));
	brood_result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(bytes_go_from_stage_to_stage),
		hygienic(neighbours_share_a_pipe_and_have_nothing_else),
		hygienic(the_caller_holds_none_of_the_pipes_between),
		hygienic(each_stage_has_a_status_of_its_own),
		hygienic(the_flags_say_which_stage_decides),
		hygienic(each_stage_has_codes_of_its_own),
		hygienic(a_writer_is_excused_if_its_reader_ended_well),
		hygienic(an_err_that_is_merged_goes_to_the_next_stage),
		hygienic(captures_of_standard_error_are_one),
		hygienic(every_stage_may_have_an_err_of_its_own),
		hygienic(all_streams_of_all_stages_move_at_once),
		hygienic(a_stream_that_fails_names_its_stage),
		hygienic(the_ends_can_be_driven_by_hand),
		hygienic(a_result_serves_jobs_of_any_length),
		hygienic(a_pipeline_of_one_is_a_run),
		hygienic(the_deciding_stage_is_named_in_the_explanation),
	};
	return hygiene_run("pipeline", tests);
}
