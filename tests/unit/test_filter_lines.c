/* SPDX-License-Identifier: MIT */
/* Lines on their way through brood filter: cut into chunks, selected, kept, counted. */

#include "filter/backlog.h"
#include "filter/colors.h"
#include "filter/keeper.h"
#include "filter/moved.h"
#include "filter/runs.h"
#include "filter/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned int seed;

static size_t any(size_t below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

/* Lines of random length, newline included, among them empty ones; the last one may lack it. */
static size_t make_lines(char *bytes, size_t size, size_t longest)
{
	size_t length = 0;

	while (length + longest + 1 < size) {
		for (size_t n = any(longest + 1); n > 0; n--)
			bytes[length++] = (char)('a' + any(26));
		bytes[length++] = '\n';
	}
	return any(2) || length == 0 ? length : length - 1;
}

/* What the chunks should amount to: long lines are cut, the rest of them is left out. */
static size_t expected_of(const char *bytes, size_t length, size_t max_line, char *out)
{
	size_t n = 0;

	for (size_t at = 0; at < length;) {
		size_t end = line_end(bytes, at, length, '\n');
		size_t line = end - at - (bytes[end - 1] == '\n');
		if (line > max_line) {
			memcpy(out + n, bytes + at, max_line);
			n += max_line;
			out[n++] = '!';
		} else {
			memcpy(out + n, bytes + at, line);
			n += line;
		}
		out[n++] = '\n';
		at = end;
	}
	return n;
}

static size_t take_all(struct source *source, const struct source_limits *limits, const char *bytes,
	char *out, size_t n)
{
	struct chunk chunk;

	while (source_take(source, limits, &chunk)) {
		/* A chunk lies where it says. */
		assert_memory_equal(chunk.bytes, bytes + chunk.offset, chunk.length);
		memcpy(out + n, chunk.bytes, chunk.length);
		n += chunk.length;
		if (chunk.is_cut) {
			assert_null(memchr(chunk.bytes, '\n', chunk.length));
			assert_int_equal(chunk.length, limits->max_line);
			out[n++] = '!';
			out[n++] = '\n';
		} else if (chunk.bytes[chunk.length - 1] != '\n') {
			assert_true(source->is_at_end);
			out[n++] = '\n';
		}
	}
	return n;
}

static void chunks_are_the_lines_however_they_come_in(void **state)
{
	static char bytes[6000], out[8000], expected[8000];

	(void)state;
	for (seed = 1; seed < 3000000; seed += 1201) {
		size_t max_line = 1 + any(60), longest = 1 + any(100), n = 0;
		const struct source_limits limits = { '\n', max_line };
		size_t length = make_lines(bytes, 200 + any(5000), longest);
		size_t n_expected = expected_of(bytes, length, max_line, expected);
		struct source source;
		source_init(&source, "x", true);
		for (size_t at = 0; at < length;) {
			size_t piece = 1 + any(any(4) ? 30 : 3000);
			if (piece > length - at)
				piece = length - at;
			memcpy(source_room(&source, piece), bytes + at, piece);
			source_add(&source, piece);
			at += piece;
			n = take_all(&source, &limits, bytes, out, n);
		}
		source.is_at_end = true;
		n = take_all(&source, &limits, bytes, out, n);
		/* No more is held than a line and what came with it. */
		assert_in_range(source.size, 0, 2 * (3000 + max_line));
		assert_int_equal(n, n_expected);
		assert_memory_equal(out, expected, n);
		source_done(&source);
	}
}

static void a_line_without_end_takes_no_more_memory_than_its_limit(void **state)
{
	const struct source_limits limits = { '\n', 100000 };
	struct source source;
	struct chunk chunk;
	size_t n_chunks = 0;

	(void)state;
	source_init(&source, "x", true);
	for (int i = 0; i < 10000; i++) {
		memset(source_room(&source, 65536), 'x', 65536);
		source_add(&source, 65536);
		while (source_take(&source, &limits, &chunk))
			n_chunks++;
	}
	assert_int_equal(n_chunks, 1);
	assert_int_equal(source.n_cut, 1);
	assert_in_range(source.size, 0, 400000);
	*source_room(&source, 1) = '\n';
	source_add(&source, 1);
	memcpy(source_room(&source, 3), "ab\n", 3);
	source_add(&source, 3);
	assert_true(source_take(&source, &limits, &chunk));
	assert_int_equal(chunk.length, 3);
	source_done(&source);
}

static void the_rest_of_a_line_can_be_asked_for(void **state)
{
	const struct source_limits limits = { '\n', 4 };
	struct source source;
	struct chunk chunk;

	(void)state;
	source_init(&source, "x", true);
	memcpy(source_room(&source, 4), "a\nbc", 4);
	source_add(&source, 4);
	assert_true(source_take(&source, &limits, &chunk));
	assert_false(source_take(&source, &limits, &chunk));
	assert_true(source_take_rest(&source, &limits, &chunk));
	assert_memory_equal(chunk.bytes, "bc", 2);
	assert_false(source_take_rest(&source, &limits, &chunk));
	memcpy(source_room(&source, 8), "defghijk", 8);
	source_add(&source, 8);
	assert_true(source_take(&source, &limits, &chunk));
	assert_true(chunk.is_cut);
	assert_false(source_take_rest(&source, &limits, &chunk));
	memcpy(source_room(&source, 2), "x\n", 2);
	source_add(&source, 2);
	assert_true(source_take(&source, &limits, &chunk));
	assert_memory_equal(chunk.bytes, "x\n", 2);
	source_done(&source);
}

static void lines_are_counted_at_any_length(void **state)
{
	static char bytes[3000];

	(void)state;
	for (seed = 1; seed < 100000; seed += 37) {
		size_t length = any(sizeof bytes), n = 0;
		for (size_t i = 0; i < length; i++)
			bytes[i] = any(seed % 7 + 1) == 0 ? '\n' : 'x';
		for (size_t at = 0; at < length; n++)
			at = line_end(bytes, at, length, '\n');
		assert_int_equal(count_lines(bytes, length, '\n'), n);
	}
}

static void the_last_lines_begin_where_a_line_begins(void **state)
{
	const char *block = "a\n\nbb\nc\n";

	(void)state;
	assert_int_equal(last_lines(block, 0, 8, 0, '\n'), 8);
	assert_int_equal(last_lines(block, 0, 8, 1, '\n'), 6);
	assert_int_equal(last_lines(block, 0, 8, 2, '\n'), 3);
	assert_int_equal(last_lines(block, 0, 8, 3, '\n'), 2);
	assert_int_equal(last_lines(block, 0, 8, 4, '\n'), 0);
	assert_int_equal(last_lines(block, 0, 8, 99, '\n'), 0);
	assert_int_equal(last_lines(block, 3, 6, 2, '\n'), 3);
	assert_int_equal(last_lines(block, 3, 3, 2, '\n'), 3);
}

/* Runs as a picture: a letter for each line. */
static void runs_and_gaps_are_each_others_rest(void **state)
{
	static char bytes[400];
	struct match_range at[200];
	struct runs runs = { 0 }, gaps = { 0 }, both = { 0 };

	(void)state;
	for (seed = 1; seed < 300000; seed += 97) {
		size_t length = make_lines(bytes, sizeof bytes, 1 + any(20));
		bool is_selected[400] = { false };
		struct match_ranges ranges = { at, 0, 200 };
		for (size_t start = 0; start < length;) {
			size_t end = line_end(bytes, start, length, '\n');
			if (any(2) && ranges.n < 200) {
				at[ranges.n++] = (struct match_range){ start,
					end - (bytes[end - 1] == '\n') };
				for (size_t i = start; i < end; i++)
					is_selected[i] = true;
			}
			start = end;
		}
		runs_of_ranges(&runs, &ranges, length);
		runs_of_gaps(&gaps, &ranges, length);
		runs_intersect(&both, &runs, &gaps);
		assert_int_equal(both.n, 0);
		for (size_t i = 0; i < length; i++) {
			bool in_run = false, in_gap = false;
			for (size_t j = 0; j < runs.n; j++)
				in_run |= i >= runs.at[j].start && i < runs.at[j].end;
			for (size_t j = 0; j < gaps.n; j++)
				in_gap |= i >= gaps.at[j].start && i < gaps.at[j].end;
			assert_int_equal(in_run, is_selected[i]);
			assert_int_equal(in_gap, !is_selected[i]);
		}
		for (size_t j = 1; j < runs.n; j++)
			assert_true(runs.at[j - 1].end < runs.at[j].start);
	}
	runs_done(&runs);
	runs_done(&gaps);
	runs_done(&both);
}

static void runs_intersect_as_sets_do(void **state)
{
	(void)state;
	for (seed = 1; seed < 200000; seed += 61) {
		bool in[2][64] = { { false } };
		struct runs sides[2] = { { 0 }, { 0 } }, both = { 0 };
		for (size_t s = 0; s < 2; s++)
			for (size_t i = 0; i < 64;) {
				size_t end = i + 1 + any(5);
				if (end > 64)
					end = 64;
				if (any(2)) {
					runs_add(&sides[s], i, end);
					memset(in[s] + i, 1, end - i);
				}
				i = end;
			}
		runs_intersect(&both, &sides[0], &sides[1]);
		for (size_t i = 0; i < 64; i++) {
			bool is_in = false;
			for (size_t j = 0; j < both.n; j++)
				is_in |= i >= both.at[j].start && i < both.at[j].end;
			assert_int_equal(is_in, in[0][i] && in[1][i]);
		}
		runs_done(&sides[0]);
		runs_done(&sides[1]);
		runs_done(&both);
	}
}

static void the_last_few_lines_are_kept(void **state)
{
	(void)state;
	for (size_t most = 0; most < 9; most++) {
		struct keeper keeper;
		keeper_init(&keeper, most);
		for (uint64_t i = 0; i < 40; i++) {
			char line[32];
			size_t length = (size_t)sprintf(line, "line %llu", (unsigned long long)i);
			keeper_add(&keeper, line, length, i, i * 10);
			size_t n = i + 1 < most ? i + 1 : most;
			assert_int_equal(keeper.n, n);
			for (size_t j = 0; j < n; j++) {
				const struct kept_line *kept = keeper_line(&keeper, j);
				assert_int_equal(kept->number, i - (n - 1 - j));
				assert_int_equal(kept->offset, kept->number * 10);
			}
			if (n > 0)
				assert_memory_equal(
					keeper_line(&keeper, n - 1)->bytes, line, length);
			if (i == 20) {
				keeper_clear(&keeper);
				keeper_done(&keeper);
				keeper_init(&keeper, most);
				break;
			}
		}
		keeper_done(&keeper);
	}
}

static void what_is_kept_can_be_cleared_at_any_time(void **state)
{
	struct keeper keeper;

	(void)state;
	for (seed = 1; seed < 50000; seed += 19) {
		uint64_t next = 0, oldest = 0;
		size_t most = 1 + any(6);
		keeper_init(&keeper, most);
		for (int i = 0; i < 60; i++) {
			if (any(5) == 0) {
				keeper_clear(&keeper);
				oldest = next;
			}
			keeper_add(&keeper, "x", 1, next++, 0);
			size_t n = next - oldest < most ? next - oldest : most;
			assert_int_equal(keeper.n, n);
			for (size_t j = 0; j < n; j++)
				assert_int_equal(keeper_line(&keeper, j)->number, next - n + j);
		}
		keeper_done(&keeper);
	}
}

/* Against a plain list of all lines that went in. */
static void the_backlog_drops_the_oldest_lines_and_nothing_else(void **state)
{
	(void)state;
	for (seed = 1; seed < 400000; seed += 211) {
		struct backlog backlog;
		uint64_t first = 0, last = 0, sizes[600];
		backlog_init(&backlog, 16 + any(300));
		for (int i = 0; i < 500; i++) {
			char line[64], buffer[256];
			if (any(3)) {
				size_t length = 4 + any(40);
				memset(line, 'x', length);
				memcpy(line, &last, 4);
				uint64_t n = backlog_add(&backlog, line, length);
				if (length + sizeof(size_t) > backlog.size) {
					assert_int_equal(n, 1);
					continue;
				}
				sizes[last++] = length;
				first += n;
				assert_int_equal(backlog.n_lines, last - first);
				continue;
			}
			size_t room = any(sizeof buffer);
			size_t taken = backlog_take(&backlog, buffer, room);
			for (size_t at = 0; at < taken; first++) {
				uint32_t number;
				memcpy(&number, buffer + at, 4);
				assert_int_equal(number, first);
				at += sizes[first];
				assert_true(at <= taken);
			}
			if (first < last)
				assert_true(sizes[first] > room - taken &&
					    backlog_next(&backlog) == sizes[first]);
			else
				assert_int_equal(backlog_next(&backlog), 0);
		}
		backlog_done(&backlog);
	}
}

static void renames_are_followed_to_the_last_name(void **state)
{
	struct moved moved = { .base = "log" };

	(void)state;
	moved_rename(&moved, "log", "log.1");
	moved_rename(&moved, "other", "another");
	assert_int_equal(moved.n, 1);
	moved_rename(&moved, "log.1", "log.2");
	moved_rename(&moved, "log", "log.1");
	assert_int_equal(moved.n, 2);
	assert_string_equal(moved.names[0], "log.2");
	assert_string_equal(moved.names[1], "log.1");
	/* The oldest one is overwritten. */
	moved_rename(&moved, "log.1", "log.2");
	assert_int_equal(moved.n, 1);
	assert_string_equal(moved.names[0], "log.2");
	moved_gone(&moved, "log.2");
	assert_int_equal(moved.n, 0);
	moved_rename(&moved, "log", "a");
	moved_rename(&moved, "a", "log");
	assert_string_equal(moved.names[0], "log");
	moved_clear(&moved);
	assert_int_equal(moved.n, 0);
}

static void colors_are_those_of_grep(void **state)
{
	struct colors colors;

	(void)state;
	colors_read(&colors, NULL);
	assert_string_equal(colors.selected_match, "01;31");
	assert_string_equal(colors.separator, "36");
	assert_string_equal(colors.selected_line, "");
	colors_read(&colors, "mt=1:ms=02;32:fn=:sl=7:rv:ne:xx=1:ln=3x:se=\033[1m:bn");
	assert_string_equal(colors.selected_match, "02;32");
	assert_string_equal(colors.context_match, "1");
	assert_string_equal(colors.file_name, "");
	assert_string_equal(colors.selected_line, "7");
	assert_string_equal(colors.line_number, "32");
	assert_string_equal(colors.separator, "36");
	assert_string_equal(colors.byte_offset, "32");
	assert_true(colors.reversed && colors.no_erase);
	colors_read(&colors, "ms=0000000000000000000000000000000000000000000");
	assert_string_equal(colors.selected_match, "01;31");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_are_the_lines_however_they_come_in),
		cmocka_unit_test(a_line_without_end_takes_no_more_memory_than_its_limit),
		cmocka_unit_test(the_rest_of_a_line_can_be_asked_for),
		cmocka_unit_test(lines_are_counted_at_any_length),
		cmocka_unit_test(the_last_lines_begin_where_a_line_begins),
		cmocka_unit_test(runs_and_gaps_are_each_others_rest),
		cmocka_unit_test(runs_intersect_as_sets_do),
		cmocka_unit_test(the_last_few_lines_are_kept),
		cmocka_unit_test(what_is_kept_can_be_cleared_at_any_time),
		cmocka_unit_test(the_backlog_drops_the_oldest_lines_and_nothing_else),
		cmocka_unit_test(renames_are_followed_to_the_last_name),
		cmocka_unit_test(colors_are_those_of_grep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
