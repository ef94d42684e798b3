/* SPDX-License-Identifier: MIT */
/* Standard output and error: captures, memory of the caller, functions, and both in one. */
#include "check.h"

enum { MIB = 1 << 20 };

static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 10 * MIB };
enum { N_SIZES = sizeof sizes / sizeof *sizes };

static char *number_text(uint64_t number)
{
	static char texts[8][24];
	static unsigned int turn;
	char *text = texts[turn++ % 8];

	snprintf(text, sizeof texts[0], "%llu", (unsigned long long)number);
	return text;
}

static char *const *emitting(int fd, uint64_t count)
{
	static const char *list[5];

	list[0] = helper("play");
	list[1] = "emit";
	list[2] = fd == 1 ? "1" : "2";
	list[3] = number_text(count);
	return (char *const *)(const void *)list;
}

/* What a capture of pattern bytes must hold: all, or the first and the last half. */
static void check_capture(int line, const struct brood_bytes *bytes,
	const struct brood_result *result, uint64_t limit, uint64_t total)
{
	uint64_t kept = total < limit ? total : limit;
	size_t head = total <= limit ? (size_t)total : (size_t)(limit + 1) / 2;
	size_t tail = (size_t)kept - head;

	if (bytes->length != kept || bytes->total != total || bytes->omitted != total - kept)
		complain(__FILE__, line,
			"limit %llu, total %llu: length %zu, total %llu, omitted %llu",
			(unsigned long long)limit, (unsigned long long)total, bytes->length,
			(unsigned long long)bytes->total, (unsigned long long)bytes->omitted);
	check(bytes->data != NULL);
	if (pattern_match(bytes->data, head, 0) != head)
		complain(__FILE__, line, "limit %llu, total %llu: the head is wrong",
			(unsigned long long)limit, (unsigned long long)total);
	if (pattern_match(bytes->data + head, tail, total - tail) != tail)
		complain(__FILE__, line, "limit %llu, total %llu: the tail is wrong",
			(unsigned long long)limit, (unsigned long long)total);
	check_number(bytes->data[bytes->length], 0);
	check_number(!!(result->notes & BROOD_NOTE_TRUNCATED), total > limit);
}

/* covers: API-IO.capture.1 API-IO.capture.2 GE-9.06 */
static void captures_of_any_length_are_whole(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;

	for (int i = 0; i < N_SIZES; i++)
		for (int fd = 1; fd <= 2; fd++) {
			struct brood_error error = BROOD_ERROR_INIT;
			struct brood_cmd cmd = BROOD_CMD(.argv = emitting(fd, sizes[i]),
				.out = brood_capture(0, 0),
				.err = brood_capture(BROOD_UNLIMITED, 0));
			check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
			check_capture(__LINE__, fd == 1 ? &result.out : &result.err, &result,
				UINT64_MAX, sizes[i]);
			check_capture(__LINE__, fd == 1 ? &result.err : &result.out, &result,
				UINT64_MAX, 0);
		}
	brood_result_done(&result);
}

/* covers: API-IO.capture.3 */
static void small_limits_keep_exactly_head_and_tail(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;

	for (uint64_t limit = 1; limit <= 10; limit++)
		for (uint64_t total = 0; total <= 24; total++) {
			struct brood_cmd cmd = BROOD_CMD(.argv = emitting(1, total),
				.out = brood_capture(limit, 0));
			output_of(&cmd, NULL, &result);
			check_capture(__LINE__, &result.out, &result, limit, total);
		}
	brood_result_done(&result);
}

/* covers: API-IO.capture.3 */
static void head_and_tail_do_not_depend_on_how_it_was_written(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	static const char *list[3 * 40 + 2];

	list[0] = helper("play");
	for (int step = 1; step <= 7; step += 2) {
		for (int i = 0; i < 40; i++) {
			list[3 * i + 1] = "emit";
			list[3 * i + 2] = "1";
			list[3 * i + 3] = number_text((uint64_t)step);
		}
		for (uint64_t limit = 1; limit <= 10; limit++) {
			struct brood_cmd cmd = BROOD_CMD(.argv = (char *const *)(const void *)list,
				.out = brood_capture(limit, 0));
			output_of(&cmd, NULL, &result);
			check_capture(__LINE__, &result.out, &result, limit, 40 * (uint64_t)step);
		}
	}
	brood_result_done(&result);
}

static const uint64_t probes[] = { 0, 1, 32767, 32768, 32769, 65535, 65536, 65537, 65600, MIB,
	10 * MIB };

/* covers: API-IO.capture.3 API-IO.excerpt.1 GE-5.2.1 */
static void output_keeps_an_excerpt_of_standard_error(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;

	for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = emitting(2, probes[i]));
		output_of(&cmd, NULL, &result);
		check_capture(__LINE__, &result.err, &result, BROOD_STDERR_EXCERPT, probes[i]);
		check_number(result.out.length, 0);
	}
	brood_result_done(&result);
}

/* covers: API-IO.capture.4 */
static void the_default_limit_is_64_mib(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = emitting(1, BROOD_CAPTURE_DEFAULT + 100));

	output_of(&cmd, NULL, &result);
	check_capture(
		__LINE__, &result.out, &result, BROOD_CAPTURE_DEFAULT, BROOD_CAPTURE_DEFAULT + 100);
	cmd.out = brood_capture(BROOD_UNLIMITED, 0);
	output_of(&cmd, NULL, &result);
	check_capture(__LINE__, &result.out, &result, UINT64_MAX, BROOD_CAPTURE_DEFAULT + 100);
	brood_result_done(&result);
}

/* covers: API-IO.capture.5 */
static void overrunning_a_strict_capture_stops_the_job(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	for (int fd = 1; fd <= 2; fd++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("flood", number_text((uint64_t)fd)),
			.out = brood_capture(100000, BROOD_CAPTURE_STRICT),
			.err = brood_capture(100000, BROOD_CAPTURE_STRICT));
		check_code(brood_run(&cmd, NULL, &result, &error), BROOD_ELIMIT, &error);
		check_number(result.code, BROOD_ELIMIT);
		check_number(result.cause, BROOD_CAUSE_LIMIT);
		check_number(result.stages[0].how, BROOD_SIGNALED);
		struct brood_bytes *bytes = fd == 1 ? &result.out : &result.err;
		check(bytes->total > 100000);
		check(bytes->length <= 100000);
		check(pattern_match(bytes->data, 50000, 0) == 50000);
	}
	brood_result_done(&result);
}

/* covers: API-IO.capture.5 */
static void a_strict_capture_may_be_filled_to_the_last_byte(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	for (uint64_t limit = 1; limit < 200000; limit = limit * 7 + 1) {
		struct brood_cmd cmd = BROOD_CMD(.argv = emitting(1, limit),
			.out = brood_capture(limit, BROOD_CAPTURE_STRICT));
		output_of(&cmd, NULL, &result);
		check_capture(__LINE__, &result.out, &result, limit, limit);
		cmd.argv = emitting(1, limit + 1);
		check_code(brood_output(&cmd, NULL, &result, &error), BROOD_ELIMIT, &error);
	}
	brood_result_done(&result);
}

/* covers: API-IO.into.1 API-IO.into.2 */
static void memory_of_the_caller_gets_the_first_bytes_and_a_nul(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	enum { ROOM = 70000 };
	char *memory = malloc(ROOM + 1);

	check(memory != NULL);
	for (int i = 0; i < N_SIZES; i++)
		for (size_t room = 1; room <= ROOM; room = room * 4 + 4465) {
			size_t kept = sizes[i] < room - 1 ? sizes[i] : room - 1;
			struct brood_cmd cmd = BROOD_CMD(.argv = emitting(1, sizes[i]),
				.out = brood_into(memory, room));
			memset(memory, '#', ROOM + 1);
			check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
			check(result.out.data == memory);
			check_number(result.out.length, kept);
			check_number(result.out.total, sizes[i]);
			check_number(result.out.omitted, sizes[i] - kept);
			check(pattern_match(memory, kept, 0) == kept);
			check_number(memory[kept], 0);
			check_number(memory[room], '#');
			check(result.notes & BROOD_NOTE_OUT_BORROWED);
			check(!(result.notes & BROOD_NOTE_ERR_BORROWED));
			brood_result_done(&result);
		}
	free(memory);
}

/* covers: API-IO.into.1 */
static void both_streams_may_go_to_memory_of_the_caller(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char out[4];
	char err[40];
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "long out", "say", "2", "an err"),
		.out = brood_into(out, sizeof out), .err = brood_into(err, sizeof err));

	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_text(out, "lon");
	check_text(err, "an err");
	check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
	check_number(result.notes & (BROOD_NOTE_OUT_BORROWED | BROOD_NOTE_ERR_BORROWED),
		BROOD_NOTE_OUT_BORROWED | BROOD_NOTE_ERR_BORROWED);
	brood_result_done(&result);
}

/* A function that checks pattern bytes, and stops or fails after some. */
struct sink {
	uint64_t got, stop_after;
	int answer;
	int calls, calls_after_stop, empty;
	bool wrong, stopped;
};

static int sink_take(void *data, const char *chunk, size_t length)
{
	struct sink *sink = data;

	sink->calls++;
	sink->calls_after_stop += sink->stopped;
	sink->empty += length == 0;
	sink->wrong = sink->wrong || pattern_match(chunk, length, sink->got) != length;
	sink->got += length;
	if (sink->stop_after == 0 || sink->got < sink->stop_after)
		return 0;
	sink->stopped = true;
	return sink->answer;
}

/* covers: API-IO.sink.1 GE-9.06 */
static void a_function_gets_all_in_order_and_never_nothing(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;

	for (int i = 0; i < N_SIZES; i++) {
		struct sink sink = { .got = 0 };
		struct brood_cmd cmd = BROOD_CMD(.argv = emitting(1, sizes[i]),
			.out = brood_sink(sink_take, &sink));
		check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
		check_number(sink.got, sizes[i]);
		check(!sink.wrong);
		check_number(sink.empty, 0);
		check(sizes[i] > 0 || sink.calls == 0);
	}
}

/* covers: API-IO.sink.2 API-IO.enough GE-9.07 */
static void a_function_that_has_enough_makes_the_childs_writes_fail(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct sink sink = { .stop_after = 1, .answer = 1 };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("flood", "1"),
		.out = brood_sink(sink_take, &sink));

	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].how, BROOD_SIGNALED);
	check_number(result.stages[0].signal, SIGPIPE);
	check_number(sink.calls_after_stop, 0);

	sink = (struct sink){ .stop_after = 200000, .answer = 7 };
	cmd.argv = PLAY("ignore", "13", "flood", "1");
	check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].exit_code, EPIPE);
	check_number(sink.calls_after_stop, 0);
	check(!sink.wrong);

	sink = (struct sink){ .stop_after = 1, .answer = 1 };
	cmd.argv = emitting(1, 10);
	check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
	brood_result_done(&result);
}

/* covers: API-IO.sink.3 GE-9.07 GE-5.1.4 */
static void a_function_that_fails_fails_the_job_unless_the_child_did(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;

	for (int fd = 1; fd <= 2; fd++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct sink sink = { .stop_after = 1, .answer = -EUCLEAN };
		struct brood_cmd cmd = BROOD_CMD(.argv = emitting(fd, 10), .out = brood_null());
		*(fd == 1 ? &cmd.out : &cmd.err) = brood_sink(sink_take, &sink);
		check_error(
			brood_run(&cmd, NULL, &result, &error), -EUCLEAN, &error, BROOD_STEP_PUMP);
		check_number(error.fd, fd);
		check_number(error.os_errno, EUCLEAN);
		check_number(result.stages[0].exit_code, 0);

		sink = (struct sink){ .stop_after = 1, .answer = -EUCLEAN };
		cmd.argv = PLAY("flood", number_text((uint64_t)fd));
		check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
		check_number(result.stages[0].signal, SIGPIPE);
		check_number(sink.calls_after_stop, 0);
	}
	brood_result_done(&result);
}

/* covers: API-IO.merge.1 GE-9.12 */
static void merged_streams_keep_the_order_of_the_writes(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	static const char *list[3 * 200 + 2];
	char wanted[201] = "";

	list[0] = helper("play");
	for (int i = 0; i < 200; i++) {
		bool to_out = i * i % 7 % 2;
		list[3 * i + 1] = "say";
		list[3 * i + 2] = to_out ? "1" : "2";
		list[3 * i + 3] = to_out ? "o" : "e";
		wanted[i] = to_out ? 'o' : 'e';
	}
	struct brood_cmd cmd = BROOD_CMD(.argv = (char *const *)(const void *)list);
	check_code(brood_combined_output(&cmd, NULL, &result, &error), 0, &error);
	check_text(result.out.data, wanted);
	check(result.err.data == NULL);
	cmd.out = brood_capture(0, 0);
	cmd.err = brood_merge();
	check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
	check_text(result.out.data, wanted);
	char memory[256];
	cmd.out = brood_into(memory, sizeof memory);
	check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
	check_text(memory, wanted);
	brood_result_done(&result);
}

/* covers: API-IO.merge.2 */
static void merge_is_for_standard_error_alone(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_merge());

	check_error(brood_run(&cmd, NULL, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	check_text(error.subject, "cmd.out");
}

/* covers: API-IO.out.1 */
static void what_is_no_output_is_refused_for_outputs(void **state)
{
	(void)state;
	char memory[4];
	const struct brood_io bad[] = { brood_memory("x", 1), brood_source(NULL, NULL),
		brood_file(NULL, 0, 0), brood_tee(NULL, 1), brood_into(NULL, 5),
		brood_into(memory, 0) };

	for (int i = 0; i < 12; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null());
		*(i % 2 ? &cmd.out : &cmd.err) = bad[i / 2];
		check_error(brood_run(&cmd, NULL, NULL, &error), i < 4 ? BROOD_EMISUSE : -EINVAL,
			&error, BROOD_STEP_CONFIG);
		check_text(error.subject, i % 2 ? "cmd.out" : "cmd.err");
	}
}

/* covers: API-IO.capture.6 */
static void without_a_result_captured_output_is_dropped(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY(
						 "emit", "1", "1000000", "emit", "2", "1000000"),
		.out = brood_capture(0, 0), .err = brood_capture(0, 0));

	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
}

/* How much bigger than at first the pipes of this process are, all together. */
struct growth {
	int64_t most, first;
};

static int64_t pipe_bytes(void)
{
	int64_t sum = 0;

	for (int fd = 3; fd < 256; fd++) {
		int size = fcntl(fd, F_GETPIPE_SZ);
		sum += size > 0 ? size : 0;
	}
	return sum;
}

static int growth_take(void *data, const char *chunk, size_t length)
{
	struct growth *growth = data;
	int64_t now = pipe_bytes();

	(void)chunk;
	(void)length;
	if (growth->first == 0)
		growth->first = now;
	if (now - growth->first > growth->most)
		growth->most = now - growth->first;
	return 0;
}

/* covers: API-RULE.9.1 */
static void a_pipe_that_is_seldom_full_is_not_grown(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct growth growth = { 0, 0 };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "60000"),
		.out = brood_sink(growth_take, &growth));

	for (int i = 0; i < 20; i++)
		check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_number(growth.most, 0);
	/* Full twice in a row is not yet often. */
	cmd.argv = emitting(1, 131072);
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_number(growth.most, 0);
}

/* covers: API-RULE.9.2 */
static void a_process_grows_its_pipes_by_no_more_than_8_mib(void **state)
{
	(void)state;
	enum { JOBS = 20 };
	struct brood_job *jobs[JOBS];
	struct growth growth = { 0, 0 };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "16000000"),
		.out = brood_sink(growth_take, &growth));
	bool done[JOBS] = { false };

	for (int i = 0; i < JOBS; i++)
		check_code(brood_start(&jobs[i], &cmd, 1, NULL, &error), 0, &error);
	for (int left = JOBS; left > 0;)
		for (int i = 0; i < JOBS; i++) {
			int r = done[i] ? -ETIME : brood_job_wait(jobs[i], 0, NULL, &error);
			if (r == -ETIME)
				continue;
			check_code(r, 0, &error);
			done[i] = true;
			left--;
		}
	for (int i = 0; i < JOBS; i++)
		brood_job_free(jobs[i]);
	if (growth.most > 8 * MIB)
		complain(__FILE__, __LINE__, "%lld bytes more", (long long)growth.most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(captures_of_any_length_are_whole),
		hygienic(small_limits_keep_exactly_head_and_tail),
		hygienic(head_and_tail_do_not_depend_on_how_it_was_written),
		hygienic(output_keeps_an_excerpt_of_standard_error),
		hygienic(the_default_limit_is_64_mib),
		hygienic(overrunning_a_strict_capture_stops_the_job),
		hygienic(a_strict_capture_may_be_filled_to_the_last_byte),
		hygienic(memory_of_the_caller_gets_the_first_bytes_and_a_nul),
		hygienic(both_streams_may_go_to_memory_of_the_caller),
		hygienic(a_function_gets_all_in_order_and_never_nothing),
		hygienic(a_function_that_has_enough_makes_the_childs_writes_fail),
		hygienic(a_function_that_fails_fails_the_job_unless_the_child_did),
		hygienic(merged_streams_keep_the_order_of_the_writes),
		hygienic(merge_is_for_standard_error_alone),
		hygienic(what_is_no_output_is_refused_for_outputs),
		hygienic(without_a_result_captured_output_is_dropped),
		hygienic(a_pipe_that_is_seldom_full_is_not_grown),
		hygienic(a_process_grows_its_pipes_by_no_more_than_8_mib),
	};
	return hygiene_run("io output", tests);
}
