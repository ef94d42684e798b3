/* SPDX-License-Identifier: MIT */
/* Pipes that the caller drives: brood_job_read(), _write(), _close(), _take_fd(). */
#include "check.h"

#include <pthread.h>

enum { MIB = 1 << 20 };

static struct brood_job *start(
	char *const *argv, struct brood_io in, struct brood_io out, struct brood_io err)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .in = in, .out = out, .err = err);

	check_code(brood_start(&job, &cmd, 1, NULL, &error), 0, &error);
	return job;
}

static void end(struct brood_job *job, int wanted)
{
	struct brood_error error = BROOD_ERROR_INIT;

	check_code(brood_job_wait(job, BROOD_FOREVER, NULL, &error), wanted, &error);
	brood_job_free(job);
}

/* Reads a whole stream by hand and checks that it is `total` bytes of pattern. */
static void read_pattern(struct brood_job *job, int fd, uint64_t total)
{
	static char buffer[10000];
	uint64_t got = 0;
	ssize_t n;

	while ((n = brood_job_read(job, 0, fd, buffer, sizeof buffer)) > 0) {
		check(pattern_match(buffer, (size_t)n, got) == (size_t)n);
		got += (uint64_t)n;
	}
	check_code(n, 0, NULL);
	check_number(got, total);
	check_code(brood_job_read(job, 0, fd, buffer, sizeof buffer), 0, NULL);
}

/* covers: API-IO.pipe.1 API-JOB.read.1 API-JOB.write.1 */
static void a_conversation_by_hand(void **state)
{
	(void)state;
	struct brood_job *job = start(PLAY("copy"), brood_pipe(), brood_pipe(), brood_null());
	char text[32];

	for (int i = 0; i < 100; i++) {
		int length = snprintf(text, sizeof text, "message %d", i);
		char answer[32] = "";
		size_t got = 0;
		check_number(brood_job_write(job, 0, 0, text, (size_t)length), length);
		while (got < (size_t)length) {
			ssize_t n = brood_job_read(job, 0, 1, answer + got, sizeof answer - got);
			check(n > 0);
			got += (size_t)n;
		}
		check_text(answer, text);
	}
	check_code(brood_job_close(job, 0, 0), 0, NULL);
	check_number(brood_job_read(job, 0, 1, text, sizeof text), 0);
	end(job, 0);
}

/* covers: API-JOB.read.1 API-JOB.read.2 */
static void reading_gives_all_and_then_the_end(void **state)
{
	(void)state;
	struct brood_job *job = start(
		PLAY("emit", "1", "3000000"), brood_null(), brood_pipe(), brood_null());
	char byte;

	check_number(brood_job_read(job, 0, 1, &byte, 0), 0);
	read_pattern(job, 1, 3000000);
	end(job, 0);
	job = start(PLAY("emit", "2", "3000000"), brood_null(), brood_null(), brood_pipe());
	read_pattern(job, 2, 3000000);
	end(job, 0);
	job = start(PLAY("exit", "0"), brood_null(), brood_pipe(), brood_null());
	read_pattern(job, 1, 0);
	end(job, 0);
}

/* covers: API-JOB.read.3 */
static void reading_moves_the_other_streams(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char *input = malloc(2 * MIB);
	char byte = 0;

	check(input != NULL);
	pattern_fill(input, 2 * MIB, 0);
	struct brood_job *job = start(
		PLAY("expect", "0", "2097152", "emit", "2", "2000000", "say", "1", "x", "wait"),
		brood_memory(input, 2 * MIB), brood_pipe(), brood_capture(0, 0));
	check_number(brood_job_read(job, 0, 1, &byte, 1), 1);
	check_number(byte, 'x');
	check_code(brood_job_signal(job, SIGKILL), 0, NULL);
	check_code(brood_job_wait(job, BROOD_FOREVER, &result, &error), BROOD_EEXIT, &error);
	check_number(result.err.length, 2000000);
	check(pattern_match(result.err.data, 2000000, 0) == 2000000);
	brood_result_done(&result);
	brood_job_free(job);
	free(input);
}

/* covers: API-JOB.read.3 */
static void reading_keeps_the_time_limit(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	char byte;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("wait"), .out = brood_pipe());
	struct brood_options options = BROOD_OPTIONS(.timeout = 30 * BROOD_MILLISECOND);

	check_code(brood_start(&job, &cmd, 1, &options, &error), 0, &error);
	check_number(brood_job_read(job, 0, 1, &byte, 1), 0);
	end(job, BROOD_ETIMEOUT);
}

/* covers: API-JOB.write.1 */
static void writing_goes_on_until_all_is_written(void **state)
{
	(void)state;
	char *bytes = malloc(10 * MIB);

	check(bytes != NULL);
	pattern_fill(bytes, 10 * MIB, 0);
	struct brood_job *job = start(
		PLAY("expect", "0", "10485760"), brood_pipe(), brood_null(), brood_null());
	check_number(brood_job_write(job, 0, 0, bytes, 0), 0);
	check_number(brood_job_write(job, 0, 0, bytes, 10 * MIB), 10 * MIB);
	end(job, 0);
	free(bytes);
}

/* covers: API-JOB.write.2 API-JOB.write.3 */
static void writing_returns_early_when_there_is_something_to_read(void **state)
{
	(void)state;
	enum { TOTAL = 4 * MIB };
	char *bytes = malloc(TOTAL);
	static char buffer[50000];
	struct brood_job *job = start(PLAY("copy"), brood_pipe(), brood_pipe(), brood_null());
	size_t written = 0;
	size_t got = 0;
	ssize_t n;

	check(bytes != NULL);
	pattern_fill(bytes, TOTAL, 0);
	/* Nobody reads: it must fill up, and say so instead of waiting for ever. */
	while ((n = brood_job_write(job, 0, 0, bytes + written, TOTAL - written)) > 0)
		written += (size_t)n;
	check_code(n, -EAGAIN, NULL);
	check(written > 0 && written < MIB);
	while (got < TOTAL) {
		n = brood_job_read(job, 0, 1, buffer, sizeof buffer);
		check(n > 0);
		check(pattern_match(buffer, (size_t)n, got) == (size_t)n);
		got += (size_t)n;
		n = written < TOTAL ? brood_job_write(job, 0, 0, bytes + written, TOTAL - written)
				    : 0;
		check(n >= 0 || n == -EAGAIN);
		written += n > 0 ? (size_t)n : 0;
	}
	check_code(brood_job_close(job, 0, 0), 0, NULL);
	read_pattern(job, 1, 0);
	end(job, 0);
	free(bytes);
}

/* covers: API-JOB.write.4 API-RULE.5.1 */
static void writing_to_a_child_that_is_gone_is_an_error_and_no_signal(void **state)
{
	(void)state;
	char *bytes = calloc(1, MIB);
	struct brood_job *job = start(
		PLAY("read", "0", "10"), brood_pipe(), brood_null(), brood_null());
	ssize_t n;

	check(bytes != NULL);
	while ((n = brood_job_write(job, 0, 0, bytes, MIB)) > 0)
		check(n < MIB);
	check_code(n, -EPIPE, NULL);
	end(job, 0);
	free(bytes);
}

/* covers: API-JOB.close.1 API-JOB.close.2 */
static void closing_ends_the_childs_input_or_fails_its_writes(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char byte = 'x';

	struct brood_job *job = start(
		PLAY("expect", "0", "0", "wait"), brood_pipe(), brood_pipe(), brood_pipe());
	check_code(brood_job_close(job, 0, 0), 0, NULL);
	check_code(brood_job_close(job, 0, 0), -EBADF, NULL);
	check_code(brood_job_write(job, 0, 0, &byte, 1), -EBADF, NULL);
	check_code(brood_job_close(job, 0, 1), 0, NULL);
	check_code(brood_job_read(job, 0, 1, &byte, 1), -EBADF, NULL);
	check_code(brood_job_take_fd(job, 0, 1), -EBADF, NULL);
	check_code(brood_job_signal(job, SIGKILL), 0, NULL);
	end(job, BROOD_EEXIT);

	job = start(PLAY("ignore", "13", "flood", "2"), brood_null(), brood_null(), brood_pipe());
	check_code(brood_job_close(job, 0, 2), 0, NULL);
	check_code(brood_job_wait(job, BROOD_FOREVER, &result, &error), BROOD_EEXIT, &error);
	check_number(result.stages[0].exit_code, EPIPE);
	brood_result_done(&result);
	brood_job_free(job);
}

/* covers: API-IO.pipe.2 API-IO.pipe.3 */
static void waiting_closes_an_untaken_input_and_drops_untaken_output(void **state)
{
	(void)state;
	struct brood_job *job = start(
		PLAY("drain", "0", "emit", "1", "3000000", "emit", "2", "3000000"), brood_pipe(),
		brood_pipe(), brood_pipe());
	char byte;

	check_number(brood_job_write(job, 0, 0, "abc", 3), 3);
	check_code(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), 0, NULL);
	check_code(brood_job_read(job, 0, 1, &byte, 1), -EBADF, NULL);
	check_code(brood_job_write(job, 0, 0, &byte, 1), -EBADF, NULL);
	check_code(brood_job_close(job, 0, 2), -EBADF, NULL);
	check_code(brood_job_take_fd(job, 0, 2), -EBADF, NULL);
	brood_job_free(job);
}

/* covers: API-JOB.take_fd.1 API-JOB.take_fd.2 */
static void a_taken_descriptor_is_the_callers(void **state)
{
	(void)state;
	struct brood_job *job = start(PLAY("copy"), brood_pipe(), brood_pipe(), brood_pipe());
	char text[8] = "";

	int in = brood_job_take_fd(job, 0, 0);
	int out = brood_job_take_fd(job, 0, 1);
	check(in >= 3 && out >= 3);
	check_number(fcntl(in, F_GETFD), FD_CLOEXEC);
	check_number(fcntl(out, F_GETFD), FD_CLOEXEC);
	check_number(fcntl(in, F_GETFL) & O_NONBLOCK, 0);
	check_number(fcntl(out, F_GETFL) & O_NONBLOCK, 0);
	check_code(brood_job_take_fd(job, 0, 0), -EBADF, NULL);
	check_code(brood_job_write(job, 0, 0, "x", 1), -EBADF, NULL);
	check_code(brood_job_read(job, 0, 1, text, 1), -EBADF, NULL);
	check_code(brood_job_close(job, 0, 1), -EBADF, NULL);
	/* The job does not close it: the child goes on waiting for its end. */
	check_code(brood_job_wait(job, 20 * BROOD_MILLISECOND, NULL, NULL), -ETIME, NULL);
	check_number(write(in, "through", 7), 7);
	check_number(read(out, text, 7), 7);
	check_text(text, "through");
	check_number(close(in), 0);
	check_number(read(out, text, 1), 0);
	end(job, 0);
	check_number(close(out), 0);
}

/* covers: API-JOB.take_fd.2 */
static void what_a_taken_descriptor_still_holds_survives_the_job(void **state)
{
	(void)state;
	struct brood_job *job = start(
		PLAY("say", "2", "last words"), brood_null(), brood_null(), brood_pipe());
	char text[16] = "";

	int err = brood_job_take_fd(job, 0, 2);
	end(job, 0);
	check_number(read(err, text, sizeof text), 10);
	check_text(text, "last words");
	close(err);
}

/* covers: API-JOB.pipe.ebadf */
static void what_is_no_pipe_of_that_direction_is_refused(void **state)
{
	(void)state;
	struct brood_job *job = start(
		PLAY("wait"), brood_pipe(), brood_capture(0, 0), brood_pipe());
	char byte = 0;
	static const int other[] = { -1, 1, 3, 1000 };

	for (int i = 0; i < 4; i++) {
		check_code(brood_job_read(job, 0, other[i], &byte, 1), -EBADF, NULL);
		check_code(brood_job_write(job, 0, other[i], &byte, 1), -EBADF, NULL);
		check_code(brood_job_close(job, 0, other[i]), -EBADF, NULL);
		check_code(brood_job_take_fd(job, 0, other[i]), -EBADF, NULL);
	}
	check_code(brood_job_read(job, 0, 0, &byte, 1), -EBADF, NULL);
	check_code(brood_job_write(job, 0, 2, &byte, 1), -EBADF, NULL);
	check_code(brood_job_write(job, 1, 0, &byte, 1), -EBADF, NULL);
	check_code(brood_job_read(job, SIZE_MAX, 2, &byte, 1), -EBADF, NULL);
	brood_job_free(job);
}

static void other_process_scene(void *data)
{
	struct brood_job *job = data;
	char byte = 0;
	int before = hygiene_open_descriptors();

	check_code(brood_job_read(job, 0, 1, &byte, 1), BROOD_EMISUSE, NULL);
	check_code(brood_job_write(job, 0, 0, &byte, 1), BROOD_EMISUSE, NULL);
	check_code(brood_job_close(job, 0, 0), BROOD_EMISUSE, NULL);
	check_code(brood_job_take_fd(job, 0, 0), BROOD_EMISUSE, NULL);
	check_number(hygiene_open_descriptors(), before);
}

/* covers: API-JOB.pipe.misuse */
static void no_job_or_one_of_another_process_is_misuse(void **state)
{
	(void)state;
	struct brood_job *job = start(PLAY("copy"), brood_pipe(), brood_pipe(), brood_null());
	char byte = 0;

	check_code(brood_job_read(NULL, 0, 1, &byte, 1), BROOD_EMISUSE, NULL);
	check_code(brood_job_write(NULL, 0, 0, &byte, 1), BROOD_EMISUSE, NULL);
	check_code(brood_job_close(NULL, 0, 0), BROOD_EMISUSE, NULL);
	check_code(brood_job_take_fd(NULL, 0, 0), BROOD_EMISUSE, NULL);
	in_scene(other_process_scene, job);
	check_number(brood_job_write(job, 0, 0, "y", 1), 1);
	check_number(brood_job_read(job, 0, 1, &byte, 1), 1);
	end(job, 0);
}

static void *wait_for_it(void *job)
{
	int r;

	do
		r = brood_job_wait(job, BROOD_FOREVER, NULL, NULL);
	while (r == -EBUSY); /* the other thread was just asking */
	return (void *)(intptr_t)r;
}

/* covers: API-JOB.pipe.busy */
static void while_another_thread_waits_the_pipes_are_busy(void **state)
{
	(void)state;
	need_threads();
	struct brood_job *job = start(PLAY("wait"), brood_pipe(), brood_pipe(), brood_null());
	pthread_t thread;
	char byte = 0;
	void *code = NULL;
	int r;

	check_number(pthread_create(&thread, NULL, wait_for_it, job), 0);
	/* Until the thread is in there, this is refused for its descriptor. */
	do
		r = (int)brood_job_read(job, 0, 0, &byte, 1);
	while (r == -EBADF);
	check_code(r, -EBUSY, NULL);
	check_code(brood_job_read(job, 0, 1, &byte, 1), -EBUSY, NULL);
	check_code(brood_job_write(job, 0, 0, &byte, 1), -EBUSY, NULL);
	check_code(brood_job_close(job, 0, 0), -EBUSY, NULL);
	check_code(brood_job_take_fd(job, 0, 0), -EBUSY, NULL);
	check_code(brood_job_stop(job), 0, NULL);
	pthread_join(thread, &code);
	check_number((intptr_t)code, BROOD_ECANCELED);
	brood_job_free(job);
}

/* covers: GE-9.11 API-RULE.1.1 */
static void nothing_moves_unless_somebody_waits(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct line line = line_open();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	const struct brood_fd_map fds[] = { { line.writing, 3 } };
	/* Out of room it blocks before it can say that it is through. */
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "1", "65536", "say", "3", "1", "emit",
						 "1", "1", "say", "3", "2"),
		.out = brood_capture(0, 0), .fds = fds, .n_fds = 1);

	check_code(brood_start(&job, &cmd, 1, NULL, &error), 0, &error);
	line_started(&line);
	check_number(line_ready(&line), '1');
	char state_letter = 0;
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)brood_job_pid(job));
	/* It sleeps in its write: nobody has taken a byte. */
	do
		sscanf(strrchr(read_file(path), ')'), ") %c", &state_letter);
	while (state_letter != 'S');
	check(!line_is_gone(&line));
	check_code(brood_job_wait(job, BROOD_FOREVER, &result, &error), 0, &error);
	check_number(result.out.length, 65537);
	check_number(line_ready(&line), '2');
	line_gone(&line);
	brood_result_done(&result);
	brood_job_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_conversation_by_hand),
		hygienic(reading_gives_all_and_then_the_end),
		hygienic(reading_moves_the_other_streams),
		hygienic(reading_keeps_the_time_limit),
		hygienic(writing_goes_on_until_all_is_written),
		hygienic(writing_returns_early_when_there_is_something_to_read),
		hygienic(writing_to_a_child_that_is_gone_is_an_error_and_no_signal),
		hygienic(closing_ends_the_childs_input_or_fails_its_writes),
		hygienic(waiting_closes_an_untaken_input_and_drops_untaken_output),
		hygienic(a_taken_descriptor_is_the_callers),
		hygienic(what_a_taken_descriptor_still_holds_survives_the_job),
		hygienic(what_is_no_pipe_of_that_direction_is_refused),
		hygienic(no_job_or_one_of_another_process_is_misuse),
		hygienic(while_another_thread_waits_the_pipes_are_busy),
		hygienic(nothing_moves_unless_somebody_waits),
	};
	return hygiene_run("io pipe", tests);
}
