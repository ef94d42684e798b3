/* SPDX-License-Identifier: MIT */

/* BROOD_TAGGED: what came from where and when. */

#include "stages.h"

static const uint64_t tagged = BROOD_TAGGED;

/* Writes the chunks as "STAGE.FD:BYTES " one behind the other, those of one origin as one. */
static char *told(const struct brood_bytes *all)
{
	static char text[1 << 16];
	const struct brood_chunk *chunk = NULL;
	const char *bytes = NULL;
	size_t length = 0;
	uint32_t stage = 99;
	uint32_t fd = 99;
	int64_t time = 0;
	text[0] = 0;
	while ((chunk = brood_chunk_next(all, chunk, &bytes))) {
		check(chunk->length > 0);
		check((uintptr_t)chunk % 8 == 0);
		check(chunk->time_ns >= time && chunk->time_ns <= now_ns());
		time = chunk->time_ns;
		if (chunk->stage != stage || chunk->fd != fd)
			length += (size_t)snprintf(text + length, sizeof text - length,
				"%s%u.%u:", length ? " " : "", chunk->stage, chunk->fd);
		stage = chunk->stage;
		fd = chunk->fd;
		check(length + chunk->length < sizeof text);
		memcpy(text + length, bytes, chunk->length);
		length += chunk->length;
		text[length] = 0;
	}
	return text;
}

/* Lets the child, which waits for a line, go on to the next time that it is ready. */
static void next_turn(struct row *row)
{
	check_code(brood_job_wait(row->job, 0, NULL, NULL), -ETIME, NULL);
	check_number(brood_job_write(row->job, 0, 0, "\n", 1), 1);
	check_number(line_ready(&row->line), '\n');
	row_ready(row, 1);
}

/* covers: API-TAG.order API-TAG.time */
static void both_streams_are_told_in_the_order_of_their_coming(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = tagged);
	struct brood_cmd cmd = captured(ACT("print", "1", "a", "ready", "line", "0", "3", "print",
		"2", "bc", "ready", "line", "0", "3", "print", "1", "def", "ready", "line", "0",
		"3", "print", "2", "!", "ready"));
	cmd.in = brood_pipe();
	cmd.err = brood_capture(0, 0);
	int64_t begin = now_ns();
	row_start(&row, &cmd, 1, &options, 1);
	for (int i = 0; i < 3; i++)
		next_turn(&row);
	check_code(row_wait(&row, &result), 0, NULL);
	check_text(told(&result.all), "0.1:a 0.2:bc 0.1:def 0.2:!");
	check_text(result.out.data, "adef");
	check_text(result.err.data, "bc!");
	check_number((int64_t)result.all.total, 7);
	check_number((int64_t)result.all.omitted, 0);
	const struct brood_chunk *chunk = brood_chunk_next(&result.all, NULL, NULL);
	check(chunk->time_ns >= begin);
	brood_result_done(&result);
	check(result.all.data == NULL);
	row_end(&row);
}

/* covers: API-TAG.order */
static void of_two_that_are_there_standard_output_comes_first(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = tagged);
	struct brood_cmd cmd = captured(
		ACT("print", "2", "later", "print", "1", "sooner", "ready"));
	cmd.err = brood_capture(0, 0);
	row_start(&row, &cmd, 1, &options, 1);
	check_code(row_wait(&row, &result), 0, NULL);
	check_text(told(&result.all), "0.1:sooner 0.2:later");
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-TAG.stages */
static void chunks_say_which_stage_wrote_them(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = tagged);
	struct brood_cmd cmds[] = { plain(PLAY("say", "2", "one")),
		plain(PLAY("drain", "0", "say", "2", "two")),
		captured(PLAY("drain", "0", "say", "1", "three")) };
	cmds[0].err = brood_null();
	cmds[1].err = brood_capture(0, 0);
	pipeline_of(cmds, 3, &options, &result);
	check_text(told(&result.all), "1.2:two 2.1:three");
	/* Those that share a capture are told as the first of them. */
	cmds[0].err = brood_capture(0, 0);
	cmds[2].err = brood_capture(0, 0);
	cmds[2].argv = PLAY("drain", "0", "say", "2", "three");
	pipeline_of(cmds, 3, &options, &result);
	check_text(told(&result.all), "0.2:onetwothree");
	brood_result_done(&result);
}

static int drop(void *data, const char *chunk, size_t length)
{
	(void)data;
	(void)chunk;
	(void)length;
	return 0;
}

/* covers: API-TAG.captures */
static void only_what_is_captured_is_told(void **state)
{
	(void)state;
	char memory[16];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = tagged);
	const struct brood_io branches[] = { brood_sink(drop, NULL), brood_capture(0, 0) };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "out", "say", "2", "err"),
		.out = brood_tee(branches, 2), .err = brood_sink(drop, NULL));
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check_text(told(&result.all), "0.1:out");
	cmd.out = brood_into(memory, sizeof memory);
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check_text(told(&result.all), "");
	cmd.out = brood_capture(0, 0);
	cmd.err = brood_merge();
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check_text(told(&result.all), "0.1:outerr");
	/* Without the flag nothing is. */
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	check(result.all.data == NULL && result.all.length == 0 && result.all.total == 0);
	brood_result_done(&result);
}

/* covers: API-TAG.limit */
static void no_more_is_kept_than_the_captures_may_keep(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = tagged);
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "100000", "emit", "2", "50000"),
		.out = brood_capture(3000, 0), .err = brood_capture(1000, 0));
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	check(result.all.length <= 4000 + 8);
	check_number((int64_t)result.all.total, 150000);
	uint64_t kept = 0;
	const struct brood_chunk *chunk = NULL;
	while ((chunk = brood_chunk_next(&result.all, chunk, NULL)))
		kept += chunk->length;
	check_number((int64_t)(result.all.omitted + kept), 150000);
	/* Streams that are not captured give no room. */
	struct brood_cmd one = BROOD_CMD(.argv = PLAY("emit", "1", "100000"),
		.out = brood_capture(500, 0), .err = brood_null());
	const struct brood_io branch = brood_capture(500, 0);
	for (int i = 0; i < 2; i++) {
		check_code(brood_run(&one, &options, &result, NULL), 0, NULL);
		check(result.all.length <= 500 + 8);
		check_number((int64_t)result.all.total, 100000);
		one.out = brood_tee(&branch, 1);
	}
	/* All of it, if there is room. */
	cmd.out = brood_capture(BROOD_UNLIMITED, 0);
	cmd.err = brood_capture(BROOD_UNLIMITED, 0);
	check_code(brood_run(&cmd, &options, &result, NULL), 0, NULL);
	uint64_t seen[3] = { 0 };
	const char *bytes;
	while ((chunk = brood_chunk_next(&result.all, chunk, &bytes))) {
		check(chunk->fd == 1 || chunk->fd == 2);
		check(pattern_match(bytes, chunk->length, seen[chunk->fd]) == chunk->length);
		seen[chunk->fd] += chunk->length;
	}
	check_number((int64_t)seen[1], 100000);
	check_number((int64_t)seen[2], 50000);
	check_number((int64_t)result.all.omitted, 0);
	brood_result_done(&result);
}

/* covers: API-TAG.next */
static void what_is_no_sequence_of_chunks_has_none(void **state)
{
	(void)state;
	const char *bytes = NULL;
	struct brood_bytes none = { 0 };
	check(brood_chunk_next(NULL, NULL, &bytes) == NULL);
	check(brood_chunk_next(&none, NULL, &bytes) == NULL);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = captured(ACT("fill", "1", "1000"));
	check_code(brood_run(&cmd, NULL, &result, NULL), 0, NULL);
	/* A text read as a head is longer than what is there. */
	check(brood_chunk_next(&result.out, NULL, &bytes) == NULL);
	for (size_t length = 0; length < 64; length++) {
		struct brood_bytes part = { .data = result.out.data, .length = length };
		check(brood_chunk_next(&part, NULL, NULL) == NULL);
	}
	brood_result_done(&result);
}

/* covers: API-TAG.failure */
static void what_came_before_a_failure_is_told(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = tagged);
	struct brood_cmd cmd = captured(ACT("print", "1", "before", "ready", "pause"));
	row_start(&row, &cmd, 1, &options, 1);
	check_code(brood_job_stop(row.job), 0, NULL);
	check_code(row_wait(&row, &result), BROOD_ECANCELED, NULL);
	check_text(told(&result.all), "0.1:before");
	brood_result_done(&result);
	row_end(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(both_streams_are_told_in_the_order_of_their_coming),
		hygienic(of_two_that_are_there_standard_output_comes_first),
		hygienic(chunks_say_which_stage_wrote_them),
		hygienic(only_what_is_captured_is_told),
		hygienic(no_more_is_kept_than_the_captures_may_keep),
		hygienic(what_is_no_sequence_of_chunks_has_none),
		hygienic(what_came_before_a_failure_is_told),
	};
	return hygiene_run("tagged", tests);
}
