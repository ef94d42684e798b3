/* SPDX-License-Identifier: MIT */
/* The table, the record, the rate and the ring of brood pipe, and sizes. */
#include "common/size.h"
#include "pipe/account.h"
#include "pipe/rate.h"
#include "pipe/ring.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void sizes_have_units_of_1024(void **state)
{
	static const struct {
		const char *text;
		int code;
		uint64_t size;
	} cases[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "64K", 0, 65536 },
		{ "64k", 0, 65536 },
		{ "1M", 0, 1 << 20 },
		{ "2G", 0, UINT64_C(2) << 30 },
		{ "7E", 0, UINT64_C(7) << 60 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "8E", -ERANGE, 0 },
		{ "99999999999999999999999K", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1KB", -EINVAL, 0 },
		{ "1 K", -EINVAL, 0 },
		{ "99999999999999999999999x", -EINVAL, 0 },
		{ "1.5M", -EINVAL, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t size = 0;
		assert_int_equal(size_parse(cases[i].text, &size), cases[i].code);
		assert_int_equal(size, cases[i].size);
	}
}

/* What has passed after a number of looks that far apart. */
static uint64_t passed(uint64_t bytes_per_second, int64_t step, unsigned int looks)
{
	struct pipe_rate rate;
	uint64_t sum = 0;

	pipe_rate_begin(&rate, bytes_per_second, 1000);
	for (unsigned int i = 1; i <= looks; i++) {
		uint64_t tokens = pipe_rate_tokens(&rate, 1000 + (int64_t)i * step);
		pipe_rate_take(&rate, tokens);
		sum += tokens;
	}
	return sum;
}

static void the_rate_is_exact_in_the_long_run(void **state)
{
	(void)state;
	/* Odd steps that are no whole number of bytes each. */
	assert_int_equal(passed(1000, 333333, 3000000), 999999);
	assert_int_equal(passed(10 << 20, 7000001, 100000), 7340033048);
	assert_int_equal(passed(1, BROOD_SECOND / 3, 300), 99);
	assert_int_equal(
		passed(UINT64_C(1) << 62, BROOD_SECOND / 1000, 1), (UINT64_C(1) << 62) / 1000);
}

static void nothing_is_saved_up_for_longer_than_half_a_second(void **state)
{
	struct pipe_rate rate;

	(void)state;
	pipe_rate_begin(&rate, 1000, 0);
	assert_int_equal(pipe_rate_tokens(&rate, 0), 0);
	assert_int_equal(pipe_rate_tokens(&rate, 100 * BROOD_MILLISECOND), 100);
	assert_int_equal(pipe_rate_tokens(&rate, 3600 * BROOD_SECOND), 500);
	pipe_rate_take(&rate, 500);
	assert_int_equal(pipe_rate_tokens(&rate, 3600 * BROOD_SECOND), 0);
	/* A clock that goes back gives nothing, and takes nothing. */
	assert_int_equal(pipe_rate_tokens(&rate, 0), 0);
}

static void the_delay_is_as_long_as_it_takes(void **state)
{
	struct pipe_rate rate;

	(void)state;
	for (uint64_t speed = 1; speed < 100000000; speed = speed * 3 + 1)
		for (uint64_t bytes = 1; bytes <= speed / 2 + 1; bytes = bytes * 5 + 1) {
			pipe_rate_begin(&rate, speed, 0);
			brood_duration delay = pipe_rate_delay(&rate, bytes);
			uint64_t most = bytes < rate.burst ? bytes : rate.burst;
			assert_true(pipe_rate_tokens(&rate, delay - 1) < most);
			assert_true(pipe_rate_tokens(&rate, delay) >= most);
			assert_int_equal(pipe_rate_delay(&rate, bytes), 0);
		}
}

static void a_ring_gives_every_byte_to_every_reader_once(void **state)
{
	char bytes[13];
	struct pipe_ring ring = { .bytes = bytes, .size = sizeof bytes };
	uint64_t readers[2] = { 0, 0 }, next_in = 0, random = 1;
	unsigned char expected[2] = { 0, 0 };
	struct iovec pieces[2];

	(void)state;
	while (readers[0] < 5000 || readers[1] < 5000) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		size_t limit = random >> 33 & 15;
		int n = pipe_ring_room(&ring, limit, pieces);
		for (int i = 0; i < n; i++) {
			for (size_t k = 0; k < pieces[i].iov_len; k++)
				((unsigned char *)pieces[i].iov_base)[k] = (unsigned char)next_in++;
			ring.head += pieces[i].iov_len;
		}
		assert_true(ring.head - ring.tail <= ring.size);
		size_t who = random >> 40 & 1;
		n = pipe_ring_rest(&ring, readers[who], random >> 41 & 15, pieces);
		for (int i = 0; i < n; i++) {
			for (size_t k = 0; k < pieces[i].iov_len; k++)
				assert_int_equal(
					((unsigned char *)pieces[i].iov_base)[k], expected[who]++);
			readers[who] += pieces[i].iov_len;
		}
		ring.tail = readers[0] < readers[1] ? readers[0] : readers[1];
	}
}

struct told {
	struct pipe_line line;
	struct pipe_node nodes[4];
	struct pipe_plan plan;
	struct pipe_account accounts[4];
	struct pipe_summary summary;
};

static void prepare(struct told *told, const char *stages)
{
	struct pipe_problem problem = { 0 };
	size_t bad = 0;

	*told = (struct told){ 0 };
	assert_int_equal(pipe_line_read(stages, &told->line, &bad, &problem), 0);
	for (size_t i = 0; i < told->line.n; i++)
		told->nodes[i] = (struct pipe_node){ .stage = &told->line.stages[i],
			.number = { (char)('1' + i) } };
	strcpy(told->nodes[told->line.n].number, "1+");
	told->plan = (struct pipe_plan){
		.nodes = told->nodes, .n_nodes = told->line.n + 1, .n_stages = told->line.n
	};
	told->summary = (struct pipe_summary){ .plan = &told->plan, .accounts = told->accounts };
	for (size_t i = 0; i < told->plan.n_nodes; i++)
		told->accounts[i] = (struct pipe_account){ .end = { .how = PIPE_EXITED },
			.pid = 100 + (pid_t)i,
			.attempts = 1,
			.wall = 1500 * BROOD_MILLISECOND,
			.user = BROOD_MILLISECOND };
}

static void the_table_has_a_line_for_each_stage(void **state)
{
	struct text text = { 0 };
	struct told told;

	(void)state;
	prepare(&told, "[name=\"a\tb\"] x | [ok=2] grep -F 'it is' | sort "
		       "--parallel=2 --buffer-size=1000M");
	told.accounts[0].end = (struct pipe_end){
		.how = PIPE_SIGNALED, .signal = SIGPIPE, .is_excused = true
	};
	told.accounts[1].end.exit_code = 2;
	told.accounts[2].end = (struct pipe_end){
		.how = PIPE_SIGNALED, .signal = SIGKILL, .was_limited = true
	};
	told.accounts[2].left_killed = 3;
	told.accounts[2].attempts = 2;
	pipe_add_table(&text, &told.summary);
	assert_string_equal(text.bytes,
		" #    stage                             end                       wall       cpu\n"
		" 1    a\\x09b                            SIGPIPE, excused        1.50 s   0.001 s\n"
		" 2    grep -F 'it is'                   exit 2, ok              1.50 s   0.001 s\n"
		" 3    sort --parallel=2 --buffer-si...  time limit, SIGKILL     1.50 s   0.001 s"
		"  attempt 2  3 left behind, killed\n");
	/* A relay is nothing to see, unless it fails. */
	text.length = 0;
	told.accounts[3].end.exit_code = 125;
	pipe_add_table(&text, &told.summary);
	assert_non_null(strstr(text.bytes, "\n 1+   (relay)"));
	text_done(&text);
	pipe_line_done(&told.line);
}

static void the_record_is_one_line_of_json(void **state)
{
	struct text text = { 0 };
	struct told told;

	(void)state;
	prepare(&told, "/usr/bin/yes | [name=first] head -5");
	told.accounts[0].end = (struct pipe_end){
		.how = PIPE_SIGNALED, .signal = SIGPIPE, .is_excused = true
	};
	pipe_add_record(&text, &told.summary);
	assert_string_equal(text.bytes,
		"{\"v\":\"brood.pipe/1\",\"ok\":true,\"code\":0,\"timed_out\":false,"
		"\"start\":\"1970-01-01T00:00:00.000Z\",\"wall_s\":0.0,\"stages\":["
		"{\"stage\":\"1\",\"name\":\"yes\",\"argv\":[\"/usr/bin/yes\"],\"pid\":100,"
		"\"cause\":\"signal\",\"code\":null,\"signal\":\"PIPE\",\"ok\":false,"
		"\"excused\":true,\"wall_s\":1.5,\"user_s\":0.001,\"sys_s\":0.0,"
		"\"left_killed\":0,\"attempt\":1},"
		"{\"stage\":\"2\",\"name\":\"first\",\"argv\":[\"head\",\"-5\"],\"pid\":101,"
		"\"cause\":\"exit\",\"code\":0,\"signal\":null,\"ok\":true,\"excused\":false,"
		"\"wall_s\":1.5,\"user_s\":0.001,\"sys_s\":0.0,\"left_killed\":0,"
		"\"attempt\":1}]}\n");
	text_done(&text);
	pipe_line_done(&told.line);
}

static void the_cause_tells_why_a_stage_ended(void **state)
{
	static const struct {
		struct pipe_end end;
		const char *cause;
		bool was_asked;
	} cases[] = {
		{ { .how = PIPE_NOT_STARTED }, "spawn", false },
		{ { .how = PIPE_NOT_STARTED, .was_limited = true }, "timeout", false },
		{ { .how = PIPE_WAITING }, "dependency", false },
		{ { .how = PIPE_EXITED, .exit_code = 3 }, "exit", true },
		{ { .how = PIPE_EXITED, .was_limited = true }, "timeout", false },
		{ { .how = PIPE_SIGNALED, .signal = SIGKILL, .was_guarded = true }, "guard",
			false },
		{ { .how = PIPE_SIGNALED, .signal = SIGTERM, .was_stopped = true }, "canceled",
			false },
		{ { .how = PIPE_SIGNALED, .signal = SIGTERM }, "canceled", true },
		{ { .how = PIPE_SIGNALED, .signal = SIGTERM }, "signal", false },
		{ { .how = PIPE_LOST }, "lost", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text text = { 0 }, cause = { 0 };
		struct told told;
		prepare(&told, "a");
		told.accounts[0].end = cases[i].end;
		told.summary.was_asked = cases[i].was_asked;
		pipe_add_record(&text, &told.summary);
		text_format(&cause, "\"cause\":\"%s\"", cases[i].cause);
		if (!strstr(text.bytes, cause.bytes))
			fail_msg("%s has no %s", text.bytes, cause.bytes);
		text_done(&text);
		text_done(&cause);
		pipe_line_done(&told.line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_units_of_1024),
		cmocka_unit_test(the_rate_is_exact_in_the_long_run),
		cmocka_unit_test(nothing_is_saved_up_for_longer_than_half_a_second),
		cmocka_unit_test(the_delay_is_as_long_as_it_takes),
		cmocka_unit_test(a_ring_gives_every_byte_to_every_reader_once),
		cmocka_unit_test(the_table_has_a_line_for_each_stage),
		cmocka_unit_test(the_record_is_one_line_of_json),
		cmocka_unit_test(the_cause_tells_why_a_stage_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
