/* SPDX-License-Identifier: MIT */
/* Standard input: from nowhere, from memory, from a function. */
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

static int run(struct brood_io in, char *const *argv, struct brood_error *error)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .in = in, .out = brood_null());

	return brood_run(&cmd, NULL, NULL, error);
}

/* covers: API-IO.null.2 API-IO.default.1 */
static void by_default_standard_input_is_at_its_end(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("expect", "0", "0"), .out = brood_null());

	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_code(run(brood_null(), PLAY("expect", "0", "0"), &error), 0, &error);
	check_code(
		run(brood_null(), PLAY("say", "0", "x", "exit", "0"), &error), BROOD_EEXIT, &error);
}

/* covers: API-IO.memory.1 GE-9.01 GE-9.04 */
static void memory_of_any_length_arrives_and_then_the_end(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	char *bytes = malloc(10 * MIB);

	check(bytes != NULL);
	pattern_fill(bytes, 10 * MIB, 0);
	for (int i = 0; i < N_SIZES; i++)
		check_code(run(brood_memory(bytes, sizes[i]),
				   PLAY("expect", "0", number_text(sizes[i])), &error),
			0, &error);
	free(bytes);
	check_code(run(brood_memory(NULL, 0), PLAY("expect", "0", "0"), &error), 0, &error);
}

/* covers: API-IO.text.1 */
static void a_text_arrives_without_its_nul(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("copy"), .in = brood_text("a text\n"));

	output_of(&cmd, NULL, &result);
	check_text(result.out.data, "a text\n");
	check_number(result.out.length, 7);
	cmd.in = brood_text("");
	output_of(&cmd, NULL, &result);
	check_number(result.out.length, 0);
	cmd.in = brood_text(NULL);
	output_of(&cmd, NULL, &result);
	check_number(result.out.length, 0);
	brood_result_done(&result);
}

/* Gives bytes of the pattern, so many at a time, then an end or an error. */
struct source {
	uint64_t total, given;
	size_t step;
	int end; /* 0, or a negative errno */
	int calls, calls_after_end;
	bool ended;
};

static int64_t source_read(void *data, char *buffer, size_t size)
{
	struct source *source = data;

	source->calls++;
	source->calls_after_end += source->ended;
	size_t n = source->step && source->step < size ? source->step : size;
	if (n > source->total - source->given)
		n = (size_t)(source->total - source->given);
	if (n == 0) {
		source->ended = true;
		return source->end;
	}
	pattern_fill(buffer, n, source->given);
	source->given += n;
	return (int64_t)n;
}

/* covers: API-IO.source.1 GE-9.01 GE-9.04 */
static void what_a_function_gives_arrives_and_then_the_end(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	static const size_t steps[] = { 0, 1, 4096, 4097 };

	for (int i = 0; i < N_SIZES; i++)
		for (int j = 0; j < 4; j++) {
			struct source source = { .total = sizes[i], .step = steps[j] };
			if (source.step == 1 && source.total > MIB)
				continue;
			check_code(run(brood_source(source_read, &source),
					   PLAY("expect", "0", number_text(sizes[i])), &error),
				0, &error);
			check_number(source.given, sizes[i]);
			check_number(source.calls_after_end, 0);
			check(source.ended);
		}
}

/* covers: API-IO.source.2 GE-9.02 GE-9.05 */
static void a_source_that_fails_ends_the_input_and_fails_the_job(void **state)
{
	(void)state;
	static const uint64_t totals[] = { 0, 5, 100000 };

	for (int i = 0; i < 3; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct source source = { .total = totals[i], .end = -EUCLEAN };
		check_error(run(brood_source(source_read, &source),
				    PLAY("expect", "0", number_text(totals[i])), &error),
			-EUCLEAN, &error, BROOD_STEP_PUMP);
		check_number(error.fd, 0);
		check_number(error.os_errno, EUCLEAN);
		check_number(source.calls_after_end, 0);
	}
}

/* covers: GE-9.05 */
static void a_failing_child_ranks_before_a_failing_source(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct source source = { .total = 10, .end = -EIO };

	check_code(run(brood_source(source_read, &source), PLAY("drain", "0", "exit", "9"), &error),
		BROOD_EEXIT, &error);
}

/* covers: GE-9.03 API-RULE.5.1 API-IO.memory.2 */
static void a_child_that_reads_nothing_is_no_error_and_no_sigpipe(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	char *bytes = calloc(1, 10 * MIB);

	check(bytes != NULL);
	for (int i = 0; i < N_SIZES; i++) {
		check_code(
			run(brood_memory(bytes, sizes[i]), PLAY("exit", "0"), &error), 0, &error);
		check_code(run(brood_memory(bytes, sizes[i]),
				   PLAY("read", "0", "1000", "close", "0", "exit", "0"), &error),
			0, &error);
		check_code(run(brood_memory(bytes, sizes[i]), PLAY("exit", "4"), &error),
			BROOD_EEXIT, &error);
	}
	struct source endless = { .total = UINT64_MAX };
	check_code(run(brood_source(source_read, &endless), PLAY("read", "0", "100000"), &error), 0,
		&error);
	check(endless.calls > 0);
	free(bytes);
}

/* Gives its bytes when the child has let go of its input. */
struct late {
	struct line line;
	int tell_end;
};

static int64_t late_read(void *data, char *buffer, size_t size)
{
	struct late *late = data;

	check_number(write(late->tell_end, "x", 1), 1);
	line_gone(&late->line);
	memset(buffer, 'x', size);
	return (int64_t)size;
}

/* covers: GE-9.03 API-RULE.5.1 */
static void a_child_that_closes_its_input_under_the_write_is_no_error(void **state)
{
	(void)state;
	struct late late = { .line = line_open() };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	int ends[2];

	check_number(pipe2(ends, O_CLOEXEC), 0);
	late.tell_end = ends[1];
	const struct brood_fd_map fds[] = { { late.line.writing, 3 }, { ends[0], 4 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("read", "4", "1", "close", "0", "close", "3",
						 "exit", "0"),
		.in = brood_source(late_read, &late), .out = brood_null(), .fds = fds, .n_fds = 2);
	check_code(brood_start(&job, &cmd, 1, NULL, &error), 0, &error);
	line_started(&late.line);
	check_code(brood_job_wait(job, BROOD_FOREVER, NULL, &error), 0, &error);
	brood_job_free(job);
	close(ends[0]);
	close(ends[1]);
}

static int take_line(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)line;
	(void)length;
	(void)flags;
	++*(int *)data;
	return 0;
}

/* covers: GE-9.03 */
static void the_output_still_comes_when_the_input_was_closed_early(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	char *bytes = calloc(1, MIB);
	int lines = 0;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("close", "0", "say", "1", "one\\n", "say",
						 "1", "two\\n"),
		.in = brood_memory(bytes, MIB), .out = brood_lines(take_line, &lines, 0));

	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_number(lines, 2);
	free(bytes);
}

/* A source behind a pipe: it may be asked only when something is there. */
struct behind {
	int read_end, write_end;
	int calls_too_early;
	int lines_seen;
};

static int64_t behind_read(void *data, char *buffer, size_t size)
{
	struct behind *behind = data;
	ssize_t n = read(behind->read_end, buffer, size);

	if (n < 0 && errno == EAGAIN) {
		behind->calls_too_early++;
		return 0;
	}
	return n < 0 ? -errno : n;
}

/* The child's output is what makes more input come: asked too early, the source has nothing. */
static int behind_take(void *data, const char *line, size_t length, uint32_t flags)
{
	struct behind *behind = data;

	(void)line;
	(void)length;
	(void)flags;
	if (behind->lines_seen++ == 0)
		check_number(write(behind->write_end, "answer", 6), 6);
	else
		close(behind->write_end);
	return 0;
}

/* covers: API-IO.source.3 */
static void a_source_with_a_descriptor_is_called_only_when_that_is_readable(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct behind behind = { .read_end = -1 };
	int ends[2];

	check_number(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	behind.read_end = ends[0];
	behind.write_end = ends[1];
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "ready\\n", "read", "0", "6",
						 "say", "1", "got it\\n", "expect", "0", "0"),
		.in = brood_source(behind_read, &behind),
		.out = brood_lines(behind_take, &behind, 0));
	cmd.in.fd = behind.read_end;
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_number(behind.calls_too_early, 0);
	check_number(behind.lines_seen, 2);
	close(behind.read_end);
}

/* covers: GE-9.10 */
static void the_descriptor_of_a_source_is_never_closed(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct behind behind = { .read_end = -1 };
	int ends[2];

	check_number(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	behind.read_end = ends[0];
	check_number(write(ends[1], "abc", 3), 3);
	close(ends[1]);
	struct brood_io in = brood_source(behind_read, &behind);
	in.fd = ends[0];
	check_code(run(in, PLAY("read", "0", "3", "expect", "0", "0"), &error), 0, &error);
	check_number(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	close(ends[0]);
}

/* covers: GE-9.09 */
static void input_and_both_outputs_at_once_cannot_wait_for_each_other(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct source source = { .total = 64 * (uint64_t)MIB };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("both"),
		.in = brood_source(source_read, &source), .out = brood_capture(2 * MIB, 0),
		.err = brood_capture(BROOD_UNLIMITED, 0));

	check_code(brood_run(&cmd, NULL, &result, &error), 0, &error);
	check_number(result.out.total, source.total);
	check_number(result.out.length, 2 * MIB);
	check_number(pattern_match(result.out.data, MIB, 0), MIB);
	check_number(pattern_match(result.out.data + MIB, MIB, source.total - MIB), MIB);
	check_number(result.err.length, source.total);
	check_number(pattern_match(result.err.data, result.err.length, 0), source.total);
	brood_result_done(&result);
}

/* covers: API-IO.in.1 */
static void what_is_no_input_is_refused_for_standard_input(void **state)
{
	(void)state;
	char memory[8];
	int lines = 0;
	const struct brood_io bad[] = { brood_capture(0, 0), brood_into(memory, sizeof memory),
		brood_lines(take_line, &lines, 0), brood_merge() };

	for (int i = 0; i < 4; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		check_error(run(bad[i], PLAY("exit", "0"), &error), BROOD_EMISUSE, &error,
			BROOD_STEP_CONFIG);
		check_text(error.subject, "cmd.in");
	}
}

/* covers: API-IO.in.2 */
static void a_source_without_a_function_and_memory_without_an_address_are_refused(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;

	check_error(run(brood_source(NULL, NULL), PLAY("exit", "0"), &error), -EINVAL, &error,
		BROOD_STEP_CONFIG);
	check_text(error.subject, "cmd.in");
	check_error(run(brood_memory(NULL, 5), PLAY("exit", "0"), &error), -EINVAL, &error,
		BROOD_STEP_CONFIG);
	check_text(error.subject, "cmd.in");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(by_default_standard_input_is_at_its_end),
		hygienic(memory_of_any_length_arrives_and_then_the_end),
		hygienic(a_text_arrives_without_its_nul),
		hygienic(what_a_function_gives_arrives_and_then_the_end),
		hygienic(a_source_that_fails_ends_the_input_and_fails_the_job),
		hygienic(a_failing_child_ranks_before_a_failing_source),
		hygienic(a_child_that_reads_nothing_is_no_error_and_no_sigpipe),
		hygienic(a_child_that_closes_its_input_under_the_write_is_no_error),
		hygienic(the_output_still_comes_when_the_input_was_closed_early),
		hygienic(a_source_with_a_descriptor_is_called_only_when_that_is_readable),
		hygienic(the_descriptor_of_a_source_is_never_closed),
		hygienic(input_and_both_outputs_at_once_cannot_wait_for_each_other),
		hygienic(what_is_no_input_is_refused_for_standard_input),
		hygienic(a_source_without_a_function_and_memory_without_an_address_are_refused),
	};
	return hygiene_run("io input", tests);
}
