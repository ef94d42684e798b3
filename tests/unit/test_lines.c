/* SPDX-License-Identifier: MIT */
/* Lines: pushed and pulled ones are those of a plain model, however the bytes come. */

#include "pump/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What was handed out: for each piece its flags, its length and its bytes. */
struct record {
	char *bytes;
	size_t length;
	size_t capacity;
	size_t pieces;
	size_t stop_at; /* this piece is enough; 0: none is */
};

static int add(void *data, const char *line, size_t length, uint32_t flags)
{
	struct record *record = data;
	size_t more = sizeof flags + sizeof length + length;

	if (record->capacity < record->length + more) {
		record->capacity = (record->length + more) * 2;
		record->bytes = realloc(record->bytes, record->capacity);
		assert_non_null(record->bytes);
	}
	memcpy(record->bytes + record->length, &flags, sizeof flags);
	memcpy(record->bytes + record->length + sizeof flags, &length, sizeof length);
	memcpy(record->bytes + record->length + more - length, line, length);
	record->length += more;
	record->pieces++;
	return record->pieces == record->stop_at;
}

/* By the words of <brood/io.h>, byte by byte. */
static void model(struct record *record, const char *text, size_t n, size_t longest)
{
	size_t start = 0;
	uint32_t flags = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n') {
			add(record, text + start, i - start, flags);
			start = i + 1;
			flags = 0;
		} else if (i - start == longest) {
			add(record, text + start, longest, flags | BROOD_LINE_CUT);
			start = i;
			flags = BROOD_LINE_CONTINUED;
		}
	}
	if (start < n)
		add(record, text + start, n - start, flags | BROOD_LINE_UNTERMINATED);
}

static void expect_same(const struct record *got, const struct record *wanted)
{
	assert_int_equal(got->pieces, wanted->pieces);
	assert_int_equal(got->length, wanted->length);
	if (wanted->length > 0)
		assert_memory_equal(got->bytes, wanted->bytes, wanted->length);
}

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* Copies the next bytes, at most most, to the lines' own space. Returns how many. */
static size_t give(struct brood__lines *lines, const char *text, size_t n, size_t most)
{
	char *at;
	size_t size;

	assert_int_equal(brood__lines_space(lines, &at, &size), 0);
	assert_true(size > 0);
	n = n < size ? n : size;
	n = n < most ? n : most;
	memcpy(at, text, n);
	return n;
}

static void take_all(struct brood__lines *lines, struct record *record)
{
	const char *line;
	size_t length;
	uint32_t flags;

	while (brood__lines_has(lines)) {
		assert_true(brood__lines_take(lines, &line, &length, &flags));
		add(record, line, length, flags);
	}
	assert_false(brood__lines_take(lines, &line, &length, &flags));
}

/* All ways to get the lines of a text, in chops of 1 to most bytes. */
static void expect_lines(
	const char *text, size_t n, size_t longest, size_t most, unsigned int *seed)
{
	struct record records[4] = { 0 };
	struct brood__lines pushed;
	struct brood__lines copied;
	struct brood__lines pulled;
	size_t chop;

	model(&records[0], text, n, longest ? longest : BROOD_LONGEST_LINE);
	brood__lines_init(&pushed, add, &records[1], longest);
	brood__lines_init(&copied, add, &records[2], longest);
	brood__lines_init(&pulled, NULL, NULL, longest);
	for (size_t at = 0; at < n; at += chop) {
		chop = give(&pushed, text + at, n - at, 1 + next_random(seed) % most);
		assert_int_equal(brood__lines_advance(&pushed, chop), 0);
		assert_int_equal(brood__lines_add(&copied, text + at, chop), 0);
		for (size_t given = 0; given < chop;) {
			size_t now = give(&pulled, text + at + given, chop - given, chop);

			brood__lines_come(&pulled, now);
			given += now;
		}
		/* Now and then more comes before all is taken. */
		if (next_random(seed) % 4 != 0)
			take_all(&pulled, &records[3]);
	}
	assert_int_equal(brood__lines_finish(&pushed), 0);
	assert_int_equal(brood__lines_finish(&copied), 0);
	brood__lines_end(&pulled);
	take_all(&pulled, &records[3]);
	for (int i = 1; i < 4; i++)
		expect_same(&records[i], &records[0]);
	brood__lines_done(&pushed);
	brood__lines_done(&copied);
	brood__lines_done(&pulled);
	for (int i = 0; i < 4; i++)
		free(records[i].bytes);
}

static void random_texts_in_random_chops(void **state)
{
	static const size_t longest[] = { 1, 2, 3, 7, 8, 40, 0 };
	unsigned int seed = 4711;
	char text[600];

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = next_random(&seed) % (sizeof text + 1);
		unsigned int newlines = 1 + next_random(&seed) % 20;
		size_t most = 1 + next_random(&seed) % 100;

		for (size_t i = 0; i < n; i++) {
			unsigned int dice = next_random(&seed);

			text[i] = dice % newlines == 0 ? '\n' : (char)(dice >> 8);
		}
		expect_lines(text, n, longest[round % 7], most, &seed);
	}
}

static void lines_longer_than_any_buffer(void **state)
{
	size_t n = (size_t)3 << 20;
	char *text = malloc(n);
	unsigned int seed = 1;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	text[5] = '\n';
	text[900000] = '\n';
	text[900001] = 0;
	expect_lines(text, n, 0, n, &seed);
	expect_lines(text, n, n, 60000, &seed);
	expect_lines(text, n, 100000, 70000, &seed);
	for (size_t i = 0; i < n; i += 1 + i % 200)
		text[i] = '\n';
	expect_lines(text, n, 150, n, &seed);
	free(text);
}

static void ends_of_all_kinds(void **state)
{
	static const char *const texts[] = { "", "\n", "a", "a\n", "\n\n", "abcd", "abcd\n",
		"abcde", "abcde\n", "abcdefgh", "abcdefgh\n", "abcdefghi\n\n" };
	unsigned int seed = 3;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		for (size_t most = 1; most < 12; most++)
			expect_lines(texts[i], strlen(texts[i]), 4, most, &seed);
	}
}

static void a_function_that_has_enough_is_not_called_again(void **state)
{
	static const char text[] = "one\ntwo\nthree and more\nfour\n";
	struct brood__lines lines;

	(void)state;
	for (size_t enough = 1; enough < 7; enough++) {
		struct record record = { .stop_at = enough };

		brood__lines_init(&lines, add, &record, 5);
		assert_int_equal(brood__lines_add(&lines, text, sizeof text - 1), 1);
		assert_int_equal(record.pieces, enough);
		brood__lines_done(&lines);
		free(record.bytes);
	}
}

static void a_taken_line_stays_until_more_is_read(void **state)
{
	struct brood__lines lines;
	const char *first;
	const char *second;
	size_t length;
	uint32_t flags;

	(void)state;
	brood__lines_init(&lines, NULL, NULL, 0);
	assert_int_equal(give(&lines, "one\ntwo", 7, 7), 7);
	brood__lines_come(&lines, 7);
	assert_true(brood__lines_take(&lines, &first, &length, &flags));
	assert_false(brood__lines_has(&lines));
	brood__lines_end(&lines);
	assert_true(brood__lines_take(&lines, &second, &length, &flags));
	assert_memory_equal(first, "one", 3);
	assert_memory_equal(second, "two", 3);
	assert_int_equal(flags, BROOD_LINE_UNTERMINATED);
	brood__lines_done(&lines);
	assert_false(brood__lines_has(&lines));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_texts_in_random_chops),
		cmocka_unit_test(lines_longer_than_any_buffer),
		cmocka_unit_test(ends_of_all_kinds),
		cmocka_unit_test(a_function_that_has_enough_is_not_called_again),
		cmocka_unit_test(a_taken_line_stays_until_more_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
