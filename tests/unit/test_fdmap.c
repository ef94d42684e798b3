/* SPDX-License-Identifier: MIT */
/* Every map of five descriptors, and random larger ones, on a model of a descriptor table. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "model_fdmap.h"

static void makes_every_map_of_five(void **state)
{
	(void)state;
	for (int code = 0; code < 6 * 6 * 6 * 6 * 6; code++) {
		struct brood__fd_want want[5] = { 0 };
		for (int i = 0, rest = code; i < 5; i++, rest /= 6) {
			want[i].target = i;
			want[i].source = rest % 6 - 1;
		}
		for (int report_fd = -1; report_fd <= 6; report_fd++) {
			check_map(want, 5, report_fd, false);
			check_map(want, 5, report_fd, true);
		}
	}
}

/* What is in its place already and not close-on-exec needs nothing at all. */
static void leaves_alone_what_is_in_place(void **state)
{
	(void)state;
	for (int code = 0; code < 6 * 6 * 6 * 6 * 6; code++) {
		struct brood__fd_want want[5] = { 0 };
		bool is_any = false;
		for (int i = 0, rest = code; i < 5; i++, rest /= 6) {
			want[i].target = i;
			want[i].source = rest % 6 - 1;
			/* The model's odd numbers are not close-on-exec. */
			if (i % 2 == 1 && want[i].source == i)
				want[i].flags = BROOD__FD_IN_PLACE;
			is_any |= want[i].flags != 0;
		}
		for (int report_fd = -1; is_any && report_fd <= 6; report_fd += 2) {
			check_map(want, 5, report_fd < 0 ? -1 : report_fd - 1, false);
			check_map(want, 5, report_fd < 0 ? -1 : report_fd - 1, true);
		}
	}
}

/* A small generator of our own, so that a failure can be repeated. */
static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* Numbers of targets, in random order, each at most once. */
static size_t random_map(struct brood__fd_want *want, size_t most, uint64_t *seed)
{
	int32_t numbers[200];
	size_t n = next_random(seed) % (most + 1);

	for (int32_t i = 0; i < 200; i++)
		numbers[i] = i;
	for (size_t i = 0; i < n; i++) {
		size_t j = i + next_random(seed) % (200 - i);
		int32_t target = numbers[j];
		numbers[j] = numbers[i];
		/* Only 0 to 9 and the stranger are open. */
		uint32_t source = next_random(seed) % 12;
		want[i].target = target;
		want[i].source = source == 11 ? -1 : source == 10 ? STRANGER : (int32_t)source;
		want[i].flags = 0;
	}
	return n;
}

static void makes_random_large_maps(void **state)
{
	struct brood__fd_want want[200];
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = random_map(want, round % 2 ? 12 : 150, &seed);
		int report_fd = (int)(next_random(&seed) % 80) - 1;
		check_map(want, n, report_fd, round % 3 == 0);
	}
}

/* A table with all numbers open, so that the permutation is arbitrary and large. */
static void makes_large_permutations(void **state)
{
	struct brood__fd_want want[200];
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct table table = { 0 };
		int32_t sources[200];
		size_t n = 1 + next_random(&seed) % 200;
		for (size_t i = 0; i < n; i++) {
			table.at[i].id = (int)i + 1;
			sources[i] = (int32_t)i;
		}
		for (size_t i = 0; i < n; i++) {
			size_t j = i + next_random(&seed) % (n - i);
			want[i] = (struct brood__fd_want){ .target = (int32_t)i,
				.source = sources[j] };
			sources[j] = sources[i];
		}
		struct brood__fd_plan plan = plan_of(want, n, -1, false, &table);
		for (size_t i = 0; i < plan.n_ops; i++)
			apply(&table, &plan.ops[i]);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(table.at[i].id, want[i].source + 1);
		assert_int_equal(table.at[n].id, 0);
		assert_int_equal(plan.n_ops, least_moves(want, n, -1) + 1);
		free(plan.ops);
	}
}

/* Numbers of the search below: four targets and two spares, with as many values. */
#define WIDTH  6
#define STATES (6 * 6 * 6 * 6 * 6 * 6)

static int digit(int state, int place)
{
	static const int power[WIDTH] = { 1, 6, 36, 216, 1296, 7776 };

	return state / power[place] % 6;
}

static int with_digit(int state, int place, int value)
{
	static const int power[WIDTH] = { 1, 6, 36, 216, 1296, 7776 };

	return state + (value - digit(state, place)) * power[place];
}

/* Finds for each content of six numbers how many duplications lead there from 0 1 2 3 4 5. */
static void search_all(unsigned char *distance, int *queue)
{
	int start = 0;
	int first = 0;
	int last = 0;

	for (int i = 0; i < WIDTH; i++)
		start = with_digit(start, i, i);
	memset(distance, 0xff, STATES);
	distance[start] = 0;
	queue[last++] = start;
	while (first < last) {
		int at = queue[first++];
		for (int a = 0; a < WIDTH; a++) {
			for (int b = 0; b < WIDTH; b++) {
				int to = with_digit(at, b, digit(at, a));
				if (distance[to] != 0xff)
					continue;
				distance[to] = (unsigned char)(distance[at] + 1);
				queue[last++] = to;
			}
		}
	}
}

static size_t shortest(const unsigned char *distance, const struct brood__fd_want *want)
{
	size_t least = 0xff;

	for (int state = 0; state < STATES; state++) {
		bool is_goal = true;
		for (int i = 0; i < 4 && is_goal; i++)
			is_goal = want[i].source < 0 || digit(state, i) == want[i].source;
		if (is_goal && distance[state] < least)
			least = distance[state];
	}
	return least;
}

static void needs_no_more_moves_than_an_exhaustive_search(void **state)
{
	unsigned char *distance = malloc(STATES);
	int *queue = malloc(STATES * sizeof *queue);

	(void)state;
	assert_non_null(distance);
	assert_non_null(queue);
	search_all(distance, queue);
	for (int code = 0; code < 5 * 5 * 5 * 5; code++) {
		struct brood__fd_want want[4] = { 0 };
		struct table table = parent_table(-1);
		size_t n_moves = 0;
		for (int i = 0, rest = code; i < 4; i++, rest /= 5) {
			want[i].target = i;
			want[i].source = rest % 5 - 1;
		}
		struct brood__fd_plan plan = plan_of(want, 4, -1, false, &table);
		for (size_t i = 0; i < plan.n_ops; i++)
			n_moves += plan.ops[i].kind == BROOD__FD_DUP ||
				   plan.ops[i].kind == BROOD__FD_DUP_CLOEXEC;
		assert_int_equal(n_moves, shortest(distance, want));
		free(plan.ops);
	}
	free(queue);
	free(distance);
}

static void plans_nothing_but_a_sweep_for_nothing(void **state)
{
	struct table table = { 0 };
	struct brood__fd_plan plan = plan_of(NULL, 0, -1, false, &table);

	(void)state;
	assert_int_equal(plan.n_ops, 1);
	assert_int_equal(plan.ops[0].kind, BROOD__FD_CLOSE_RANGE);
	assert_int_equal(plan.ops[0].a, 0);
	assert_int_equal(plan.ops[0].b, INT32_MAX);
	assert_int_equal(plan.trim_first, 0);
	free(plan.ops);
	plan = plan_of(NULL, 0, -1, true, &table);
	assert_int_equal(plan.n_ops, 0);
	free(plan.ops);
}

static void shares_the_three_standard_ones_in_four_operations(void **state)
{
	const struct brood__fd_want want[] = {
		{ .source = 0, .target = 0, .flags = BROOD__FD_OPTIONAL },
		{ .source = 1, .target = 1, .flags = 0 },
		{ .source = 2, .target = 2, .flags = BROOD__FD_OPTIONAL },
	};
	struct table table = { 0 };
	struct brood__fd_plan plan = plan_of(want, 3, -1, false, &table);

	(void)state;
	assert_int_equal(plan.n_ops, 4);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(plan.ops[i].kind, BROOD__FD_SHARE);
		assert_int_equal(plan.ops[i].a, i);
		assert_int_equal(plan.ops[i].b, i != 1);
	}
	assert_int_equal(plan.ops[3].kind, BROOD__FD_CLOSE_RANGE);
	assert_int_equal(plan.ops[3].a, 3);
	free(plan.ops);
}

static int plan_code(const struct brood__fd_want *want, size_t n)
{
	struct brood__fd_plan plan = { 0 };

	plan.ops = malloc(brood__fdmap_bound(n) * sizeof *plan.ops);
	assert_non_null(plan.ops);
	int r = brood__fdmap_plan(want, n, -1, false, &plan);
	free(plan.ops);
	return r;
}

static void refuses_bad_numbers(void **state)
{
	struct brood__fd_want want[100] = { 0 };

	(void)state;
	for (size_t i = 0; i < 100; i++)
		want[i].target = (int32_t)(99 - i);
	assert_int_equal(plan_code(want, 100), 0);
	want[0].target = 0;
	assert_int_equal(plan_code(want, 100), -EINVAL);
	want[1].target = 0;
	assert_int_equal(plan_code(want, 2), -EINVAL);
	want[1].target = -1;
	assert_int_equal(plan_code(want, 2), -EINVAL);
	want[1].target = 1;
	want[1].source = -2;
	assert_int_equal(plan_code(want, 2), -EINVAL);
	want[1].source = -1;
	assert_int_equal(plan_code(want, 2), 0);
}

static void reaches_the_highest_number(void **state)
{
	const struct brood__fd_want want[] = {
		{ .source = INT32_MAX, .target = INT32_MAX, .flags = 0 },
		{ .source = 1, .target = INT32_MAX - 2, .flags = 0 },
	};
	struct table table = { 0 };
	struct brood__fd_plan plan = plan_of(want, 2, -1, false, &table);

	(void)state;
	assert_int_equal(plan.trim_first, INT32_MAX);
	assert_int_equal(plan.n_ops, 4);
	assert_int_equal(plan.ops[2].a, 0);
	assert_int_equal(plan.ops[2].b, INT32_MAX - 3);
	assert_int_equal(plan.ops[3].a, INT32_MAX - 1);
	assert_int_equal(plan.ops[3].b, INT32_MAX - 1);
	free(plan.ops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_every_map_of_five),
		cmocka_unit_test(leaves_alone_what_is_in_place),
		cmocka_unit_test(makes_random_large_maps),
		cmocka_unit_test(makes_large_permutations),
		cmocka_unit_test(needs_no_more_moves_than_an_exhaustive_search),
		cmocka_unit_test(plans_nothing_but_a_sweep_for_nothing),
		cmocka_unit_test(shares_the_three_standard_ones_in_four_operations),
		cmocka_unit_test(refuses_bad_numbers),
		cmocka_unit_test(reaches_the_highest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
