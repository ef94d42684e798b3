/* SPDX-License-Identifier: MIT */
/* The table of --stats as text: numbers, columns, widths. */
#include "pipe/stats_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND 1000000000LL

static const struct stats_row example[] = {
	{ .number = "1",
		.name = "tar c .",
		.state = "waits: write",
		.cpu = 30,
		.in = STATS_NONE,
		.out = 812LL << 20,
		.rate = 412LL << 20,
		.queued = 65536,
		.capacity = 65536 },
	{ .number = "2",
		.name = "zstd -6",
		.state = "running",
		.cpu = 1000,
		.in = 812LL << 20,
		.out = 203LL << 20,
		.rate = 103LL << 20,
		.queued = 0,
		.capacity = 65536,
		.mark = "cpu" },
	{ .number = "3",
		.name = "ssh host cat",
		.state = "waits: read",
		.cpu = 40,
		.in = 203LL << 20,
		.out = STATS_NOT_ONE,
		.rate = STATS_NOT_ONE,
		.queued = STATS_NOT_ONE },
};

static const struct stats_table usual = { .rows = example,
	.n_rows = 3,
	.total = 812LL << 20,
	.rate = 412LL << 20,
	.elapsed = 3 * SECOND };

static void check_table(const struct stats_table *table, const char *expected)
{
	struct text text = { 0 };

	stats_table_add(&text, table);
	assert_string_equal(text.bytes, expected);
	text_done(&text);
}

static void the_table_is_as_in_the_manual(void **state)
{
	(void)state;
	check_table(&usual,
		" # stage         state          cpu  in → out           rate         link queue\n"
		" 1 tar c .       waits: write    3%        - →  812MiB  [ 412MiB/s]  ▓▓▓▓▓▓▓▓ 64K/64K\n"
		" 2 zstd -6       running       100%   812MiB →  203MiB  [ 103MiB/s]  ░░░░░░░░ 0/64K    "
		"← bottleneck (cpu)\n"
		" 3 ssh host cat  waits: read     4%   203MiB →\n"
		"  812MiB 0:00:03 [ 412MiB/s] bottleneck: 2 zstd -6 (cpu)\n");
}

static void without_utf8_it_is_plain_ascii(void **state)
{
	struct stats_table table = usual;

	(void)state;
	table.is_ascii = true;
	table.width = 64;
	check_table(&table, " # stage         state          cpu  in -> out\n"
			    " 1 tar c .       waits: write    3%        - ->  812MiB\n"
			    " 2 zstd -6       running       100%   812MiB ->  203MiB  <-\n"
			    " 3 ssh host cat  waits: read     4%   203MiB ->\n"
			    "  812MiB 0:00:03 [ 412MiB/s] bottleneck: 2 zstd -6 (cpu)\n");
}

static void numbers_are_those_of_pv(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = { { 0, "    0 B" }, { 1, "    1 B" }, { 999, "  999 B" }, { 1000, "0.98KiB" },
		{ 1024, "1.00KiB" }, { 10240, "10.0KiB" }, { 65536, "64.0KiB" },
		{ 102400, " 100KiB" }, { 1022976, " 999KiB" }, { 1023487, " 999KiB" },
		{ 1023488, "0.98MiB" }, { 412LL << 20, " 412MiB" }, { 1288490189, "1.20GiB" },
		{ 4LL << 30, "4.00GiB" }, { 5LL << 50, "5.00PiB" }, { INT64_MAX, "8.00EiB" } };
	char text[STATS_NUMBER_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(stats_bytes_text(cases[i].bytes, text), cases[i].text);
	for (int64_t bytes = 1; bytes < INT64_MAX / 3; bytes += bytes / 3 + 1)
		assert_int_equal(strlen(stats_bytes_text(bytes, text)), 7);
}

static void times_are_those_of_pv(void **state)
{
	char text[STATS_NUMBER_SIZE];

	(void)state;
	assert_string_equal(stats_time_text(0, text), "0:00:00");
	assert_string_equal(stats_time_text(3 * SECOND + 999999999, text), "0:00:03");
	assert_string_equal(stats_time_text(3600 * SECOND, text), "1:00:00");
	assert_string_equal(stats_time_text(86399 * SECOND, text), "23:59:59");
	assert_string_equal(stats_time_text(86400 * SECOND, text), "1:00:00:00");
	assert_string_equal(stats_time_text(INT64_MAX, text), "106751:23:47:16");
}

/* How many columns a line takes: here all characters are narrow. */
static size_t columns(const char *line, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++)
		n += ((unsigned char)line[i] & 0xc0) != 0x80;
	return n;
}

static void check_widths(const struct stats_table *table)
{
	struct text text = { 0 };
	size_t lines = stats_table_add(&text, table), found = 0;

	for (const char *line = text.bytes; *line; found++) {
		size_t length = strcspn(line, "\n");
		assert_int_equal(line[length], '\n');
		assert_true(length == 0 || line[length - 1] != ' ');
		if (table->width > 0)
			assert_in_range(columns(line, length), 0, table->width);
		line += length + 1;
	}
	assert_int_equal(found, lines);
	if (table->height > 0)
		assert_in_range(lines, 1, table->height);
	text_done(&text);
}

static void no_line_is_wider_than_asked_and_no_table_higher(void **state)
{
	static const char *const names[] = {
		"", "x", "grep -F ERROR",
		"a very long command line with very many words that nobody can read at once, at all"
	};
	struct stats_row rows[12];

	(void)state;
	for (size_t k = 0; k < 4 * 4 * 4; k++) {
		for (size_t i = 0; i < 12; i++) {
			rows[i] = example[(i + k) % 3];
			rows[i].name = names[(i * k + k / 4) % 4];
			rows[i].number = k % 2 ? "1a.12" : "7";
			rows[i].capacity = k % 3 ? 1 << 20 : 4096;
			rows[i].queued = k % 5 ? rows[i].queued : STATS_NONE;
			rows[i].cpu = (int)(k * 1777);
		}
		for (size_t width = 20; width < 140; width++) {
			struct stats_table table = usual;
			table.rows = rows;
			table.n_rows = k % 13;
			table.width = width;
			table.height = width % 17;
			table.is_final = k % 7 == 0;
			table.is_ascii = k % 3 == 0;
			check_widths(&table);
		}
	}
}

static void the_bottleneck_is_named_however_narrow_it_is(void **state)
{
	(void)state;
	for (size_t width = 60; width < 120; width++) {
		struct stats_table table = usual;
		struct text text = { 0 };
		table.width = width;
		stats_table_add(&text, &table);
		assert_non_null(strstr(text.bytes, "\u2190"));
		assert_non_null(strstr(text.bytes, "bottleneck: 2 zstd -6 (cpu)"));
		text_done(&text);
	}
}

static void a_terminal_acts_on_no_name(void **state)
{
	struct stats_row row = example[1];
	struct stats_table table = usual;
	struct text text = { 0 };

	(void)state;
	row.name = "a\033[2Jb\nc";
	table.rows = &row;
	table.n_rows = 1;
	assert_int_equal(stats_table_add(&text, &table), 3);
	assert_null(strchr(text.bytes, '\033'));
	assert_non_null(strstr(text.bytes, " a\\x1b[2Jb\\x0ac "));
	text_done(&text);
}

static void colour_is_for_the_mark_alone_and_has_no_width(void **state)
{
	struct stats_table table = usual;
	struct text plain = { 0 }, coloured = { 0 };

	(void)state;
	stats_table_add(&plain, &table);
	assert_null(strchr(plain.bytes, '\033'));
	table.has_color = true;
	stats_table_add(&coloured, &table);
	const char *mark = strstr(coloured.bytes, "\033[1;33m\u2190 bottleneck (cpu)\033[0m\n");
	assert_non_null(mark);
	assert_int_equal(coloured.length - plain.length, strlen("\033[1;33m\033[0m"));
	assert_memory_equal(coloured.bytes, plain.bytes, (size_t)(mark - coloured.bytes));
	text_done(&plain);
	text_done(&coloured);
}

static void wide_characters_take_two_columns(void **state)
{
	struct stats_row rows[2] = { example[1], example[1] };
	struct stats_table table = usual;
	struct text text = { 0 };

	(void)state;
	rows[0].name = "漢字";
	rows[1].name = "abcd";
	rows[0].state = rows[1].state = "X";
	table.rows = rows;
	table.n_rows = 2;
	stats_table_add(&text, &table);
	assert_non_null(strstr(text.bytes, " 漢字   X"));
	assert_non_null(strstr(text.bytes, " abcd   X"));
	text_done(&text);
}

static void what_is_not_known_is_a_dash(void **state)
{
	static const struct stats_row row = { .number = "1",
		.name = "cat",
		.state = "-",
		.cpu = STATS_NONE,
		.in = STATS_NONE,
		.out = STATS_NONE,
		.rate = STATS_NONE,
		.queued = STATS_NONE,
		.capacity = STATS_NONE };
	const struct stats_table table = {
		.rows = &row, .n_rows = 1, .total = STATS_NONE, .rate = STATS_NONE
	};

	(void)state;
	check_table(&table, " # stage  state  cpu  in → out           rate         link queue\n"
			    " 1 cat    -        -        - →       -  [      -/s]  -\n"
			    "       - 0:00:00 [      -/s]\n");
}

static void a_bar_is_full_or_empty_only_if_the_pipe_is(void **state)
{
	static const struct {
		int64_t queued, capacity;
		const char *bar;
	} cases[] = { { 0, 65536, "........ 0/64K" }, { 1, 65536, "#....... 1/64K" },
		{ 32768, 65536, "####.... 32K/64K" }, { 65535, 65536, "#######. 64K/64K" },
		{ 65536, 65536, "######## 64K/64K" }, { 1 << 20, 1 << 20, "######## 1M/1M" },
		{ 3 << 19, 2 << 20, "######.. 1536K/2M" } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stats_row row = example[0];
		struct stats_table table = usual;
		struct text text = { 0 };
		row.queued = cases[i].queued;
		row.capacity = cases[i].capacity;
		table.rows = &row;
		table.n_rows = 1;
		table.is_ascii = true;
		stats_table_add(&text, &table);
		assert_non_null(strstr(text.bytes, cases[i].bar));
		text_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_as_in_the_manual),
		cmocka_unit_test(without_utf8_it_is_plain_ascii),
		cmocka_unit_test(numbers_are_those_of_pv),
		cmocka_unit_test(times_are_those_of_pv),
		cmocka_unit_test(no_line_is_wider_than_asked_and_no_table_higher),
		cmocka_unit_test(the_bottleneck_is_named_however_narrow_it_is),
		cmocka_unit_test(a_terminal_acts_on_no_name),
		cmocka_unit_test(colour_is_for_the_mark_alone_and_has_no_width),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(what_is_not_known_is_a_dash),
		cmocka_unit_test(a_bar_is_full_or_empty_only_if_the_pipe_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
