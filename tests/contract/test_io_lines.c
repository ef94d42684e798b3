/* SPDX-License-Identifier: MIT */
/* Output line by line: what arrives, in which pieces, and when. */
#include "check.h"

enum { MIB = 1 << 20, MOST_LINES = 64, MOST_BYTES = 256 };

struct seen {
	int n;
	uint32_t flags[MOST_LINES];
	size_t lengths[MOST_LINES];
	char bytes[MOST_LINES][MOST_BYTES];
};

static int see_line(void *data, const char *line, size_t length, uint32_t flags)
{
	struct seen *seen = data;

	if (seen->n < MOST_LINES && length <= MOST_BYTES) {
		seen->flags[seen->n] = flags;
		seen->lengths[seen->n] = length;
		memcpy(seen->bytes[seen->n], line, length);
	}
	seen->n++;
	return 0;
}

/* The rules, written down a second time: what must be seen of these bytes. */
static void model(struct seen *seen, const char *bytes, size_t length, size_t longest)
{
	seen->n = 0;
	for (size_t at = 0; at < length;) {
		const char *newline = memchr(bytes + at, '\n', length - at);
		size_t end = newline ? (size_t)(newline - bytes) : length;
		uint32_t continued = 0;
		while (end - at > longest) {
			see_line(seen, bytes + at, longest, continued | BROOD_LINE_CUT);
			continued = BROOD_LINE_CONTINUED;
			at += longest;
		}
		see_line(seen, bytes + at, end - at,
			continued | (newline ? 0 : BROOD_LINE_UNTERMINATED));
		at = end + 1;
	}
}

static void check_seen(int line, const struct seen *got, const struct seen *wanted)
{
	if (got->n != wanted->n)
		complain(__FILE__, line, "%d lines, not %d", got->n, wanted->n);
	for (int i = 0; i < got->n; i++) {
		if (got->flags[i] != wanted->flags[i] || got->lengths[i] != wanted->lengths[i])
			complain(__FILE__, line, "line %d: flags %u, length %zu, not %u and %zu", i,
				got->flags[i], got->lengths[i], wanted->flags[i],
				wanted->lengths[i]);
		if (memcmp(got->bytes[i], wanted->bytes[i], got->lengths[i]) != 0)
			complain(__FILE__, line, "line %d has other bytes", i);
	}
}

/* How a text looks as arguments of the helper: in writes of `step` bytes. */
static char *const *saying(const char *bytes, size_t length, size_t step)
{
	static const char *list[3 * 256 + 2];
	static char texts[256][2 * MOST_BYTES];
	int n = 0;

	list[0] = helper("play");
	for (size_t at = 0; at < length; at += step, n++) {
		size_t end = at + step < length ? at + step : length;
		char *to = texts[n];
		for (size_t i = at; i < end; i++) {
			bool special = bytes[i] == '\n' || bytes[i] == '\0' || bytes[i] == '\r';
			if (special)
				*to++ = '\\';
			*to++ = (char)(!special           ? bytes[i]
				       : bytes[i] == '\n' ? 'n'
				       : bytes[i] == '\r' ? 'r'
							  : '0');
		}
		*to = '\0';
		list[3 * n + 1] = "say";
		list[3 * n + 2] = "1";
		list[3 * n + 3] = texts[n];
	}
	list[3 * n + 1] = NULL;
	return (char *const *)(const void *)list;
}

static void check_lines(int line, const char *bytes, size_t length, size_t longest)
{
	static struct seen got, wanted;
	struct brood_error error = BROOD_ERROR_INIT;

	model(&wanted, bytes, length, longest ? longest : BROOD_LONGEST_LINE);
	for (size_t step = 1; step <= 256; step = step * 4 + 1) {
		struct brood_cmd cmd = BROOD_CMD(.argv = saying(bytes, length, step),
			.out = brood_lines(see_line, &got, longest));
		memset(&got, 0, sizeof got);
		check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
		check_seen(line, &got, &wanted);
	}
}

#define LINES(text, longest) check_lines(__LINE__, text, sizeof(text) - 1, longest)

/* covers: API-IO.lines.1 */
static void lines_arrive_whole_and_without_their_newline(void **state)
{
	(void)state;
	LINES("", 0);
	LINES("one\n", 0);
	LINES("one\ntwo\nthree\n", 0);
	LINES("\n", 0);
	LINES("\n\n\na\n\n", 0);
}

/* covers: API-IO.lines.2 */
static void a_last_line_without_newline_is_marked(void **state)
{
	(void)state;
	LINES("a", 0);
	LINES("one\ntwo", 0);
	LINES("one\n\ntwo", 0);
}

/* covers: API-IO.lines.3 */
static void nul_bytes_and_carriage_returns_are_bytes_like_others(void **state)
{
	(void)state;
	LINES("\0\n\0a\0\n\0", 0);
	LINES("dos\r\n\r\n\rmac\r", 0);
}

/* covers: API-IO.lines.4 */
static void long_lines_come_in_marked_pieces(void **state)
{
	(void)state;
	static const char text[] = "123456789012345678901234567890";
	char bytes[64];

	for (size_t longest = 1; longest <= 6; longest++)
		for (size_t length = 0; length <= 13; length++)
			for (int newline = 0; newline < 2; newline++) {
				memcpy(bytes, text, length);
				memcpy(bytes + length, "\nab\n", 4);
				check_lines(__LINE__, bytes, length + (newline ? 4 : 0), longest);
			}
	LINES("short\na line that is too long\nshort\nanother one that is too long", 7);
}

struct long_line {
	uint64_t got;
	int pieces, bad, stop_at;
	size_t longest;
};

static int long_take(void *data, const char *line, size_t length, uint32_t flags)
{
	struct long_line *seen = data;
	uint32_t wanted = BROOD_LINE_CUT | (seen->pieces > 0 ? BROOD_LINE_CONTINUED : 0);

	(void)line;
	seen->bad += flags != wanted || length != seen->longest;
	seen->pieces++;
	seen->got += length;
	return seen->pieces == seen->stop_at;
}

/* covers: API-IO.lines.5 API-IO.lines.4 */
static void a_line_without_end_takes_no_more_memory_than_the_longest(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	static const size_t longest[] = { 100, 4096, 65536, 0 };

	for (int i = 0; i < 4; i++) {
		struct long_line seen = { .stop_at = 40, .longest = longest[i] };
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("copy"),
			.in = brood_file("/dev/zero", 0, 0),
			.out = brood_lines(long_take, &seen, longest[i]));
		if (longest[i] == 0)
			seen.longest = BROOD_LONGEST_LINE;
		check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
		check_number(result.stages[0].signal, SIGPIPE);
		check_number(seen.bad, 0);
		check_number(seen.pieces, 40);
	}
	brood_result_done(&result);
}

struct joined {
	uint64_t at;
	bool wrong;
	int answer, stop_at, calls;
};

/* Puts the lines of pattern bytes together again. */
static int join(void *data, const char *line, size_t length, uint32_t flags)
{
	struct joined *joined = data;

	joined->calls++;
	joined->wrong = joined->wrong || pattern_match(line, length, joined->at) != length;
	joined->at += length;
	if (!(flags & (BROOD_LINE_CUT | BROOD_LINE_UNTERMINATED))) {
		joined->wrong = joined->wrong || pattern_byte(joined->at) != '\n';
		joined->at++;
	}
	return joined->calls == joined->stop_at ? joined->answer : 0;
}

/* covers: API-IO.lines.1 GE-9.06 */
static void lines_of_any_output_make_up_the_output(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	static const char *const counts[] = { "0", "1", "65535", "65536", "65537", "10485760" };

	for (int i = 0; i < 6; i++)
		for (size_t longest = 0; longest < 1000; longest = longest * 9 + 3) {
			struct joined joined = { .at = 0 };
			struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("emit", "2", counts[i]),
				.out = brood_null(), .err = brood_lines(join, &joined, longest));
			check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
			check_number(joined.at, strtoll(counts[i], NULL, 10));
			check(!joined.wrong);
		}
}

/* covers: API-IO.lines.6 GE-9.07 */
static void a_line_function_can_stop_and_fail(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;

	for (int stop_at = 1; stop_at <= 3; stop_at++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct joined joined = { .stop_at = stop_at, .answer = 1 };
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("flood", "1"),
			.out = brood_lines(join, &joined, 0));
		check_code(brood_run(&cmd, NULL, &result, &error), BROOD_EEXIT, &error);
		check_number(result.stages[0].signal, SIGPIPE);
		check_number(joined.calls, stop_at);

		joined = (struct joined){ .stop_at = stop_at, .answer = -EPROTO };
		cmd.argv = PLAY("emit", "1", "2000");
		check_error(
			brood_run(&cmd, NULL, &result, &error), -EPROTO, &error, BROOD_STEP_PUMP);
		check_number(error.fd, 1);
		check_number(joined.calls, stop_at);
	}
	brood_result_done(&result);
}

/* Both streams tell of each line into one list. */
static int note_line(void *data, const char *line, size_t length, uint32_t flags)
{
	char *list = data;

	(void)flags;
	check_number(length, 2);
	strncat(list, line, length);
	return 0;
}

/* covers: API-IO.lines.7 */
static void lines_of_each_stream_keep_their_order(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	char out[64] = "";
	char err[64] = "";
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "o1\\n", "say", "2", "e1\\n",
						 "say", "1", "o2\\no3\\n", "say", "2", "e2\\n"),
		.out = brood_lines(note_line, out, 0), .err = brood_lines(note_line, err, 0));

	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_text(out, "o1o2o3");
	check_text(err, "e1e2");
	out[0] = '\0';
	cmd.err = brood_merge();
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_text(out, "o1e1o2o3e2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(lines_arrive_whole_and_without_their_newline),
		hygienic(a_last_line_without_newline_is_marked),
		hygienic(nul_bytes_and_carriage_returns_are_bytes_like_others),
		hygienic(long_lines_come_in_marked_pieces),
		hygienic(a_line_without_end_takes_no_more_memory_than_the_longest),
		hygienic(lines_of_any_output_make_up_the_output),
		hygienic(a_line_function_can_stop_and_fail),
		hygienic(lines_of_each_stream_keep_their_order),
	};
	return hygiene_run("io lines", tests);
}
