/* SPDX-License-Identifier: MIT */
/* The heap of due times beside a plain array that is searched from end to end. */

#include "base/heap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 64 };

static void expect_sound(const struct brood__heap *heap, const struct brood__heap_item *items,
	const brood__instant *model, size_t n)
{
	size_t inside = 0;
	brood__instant earliest = BROOD__NEVER;
	for (size_t i = 0; i < n; i++) {
		if (model[i] == BROOD__NEVER) {
			assert_int_equal(items[i].at, 0);
			continue;
		}
		inside++;
		earliest = brood__earlier(earliest, model[i]);
		assert_in_range(items[i].at, 1, heap->n);
		assert_ptr_equal(heap->items[items[i].at - 1], &items[i]);
		assert_true(items[i].due == model[i]);
	}
	assert_int_equal(heap->n, inside);
	assert_true(brood__heap_due(heap) == earliest);
	const struct brood__heap_item *first = brood__heap_first(heap);
	assert_true(first ? first->due == earliest : inside == 0);
	for (size_t at = 1; at < heap->n; at++)
		assert_true(heap->items[(at - 1) / 2]->due <= heap->items[at]->due);
}

/* xorshift: the same numbers in every run. */
static uint32_t draw(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void put_change_and_remove_at_random(void **state)
{
	(void)state;
	uint32_t seed = 20261122;
	for (size_t n = 1; n <= MOST; n++) {
		struct brood__heap heap = { .n = 0 };
		struct brood__heap_item items[MOST] = { { .at = 0 } };
		brood__instant model[MOST];
		for (size_t i = 0; i < n; i++)
			model[i] = BROOD__NEVER;
		assert_int_equal(brood__heap_reserve(&heap, n), 0);
		for (int step = 0; step < 2000; step++) {
			size_t i = draw(&seed) % n;
			/* Few different values, so that many are equal. */
			brood__instant due = (brood__instant)(draw(&seed) % (n + 1)) - 2;
			switch (draw(&seed) % 4) {
			case 0:
				brood__heap_remove(&heap, &items[i]);
				model[i] = BROOD__NEVER;
				break;
			case 1:
				brood__heap_set(&heap, &items[i], BROOD__NEVER);
				model[i] = BROOD__NEVER;
				break;
			default:
				brood__heap_set(&heap, &items[i], due);
				model[i] = due;
			}
			expect_sound(&heap, items, model, n);
		}
		brood__heap_done(&heap);
	}
}

/* Every order of up to seven items, each time with each of them removed. */
static void permute(size_t *order, size_t n, size_t fixed, size_t gone)
{
	if (fixed < n) {
		for (size_t i = fixed; i < n; i++) {
			size_t kept = order[fixed];
			order[fixed] = order[i];
			order[i] = kept;
			permute(order, n, fixed + 1, gone);
			order[i] = order[fixed];
			order[fixed] = kept;
		}
		return;
	}
	struct brood__heap heap = { .n = 0 };
	struct brood__heap_item items[8] = { { .at = 0 } };
	assert_int_equal(brood__heap_reserve(&heap, n), 0);
	for (size_t i = 0; i < n; i++)
		brood__heap_set(&heap, &items[i], (brood__instant)order[i]);
	brood__heap_remove(&heap, &items[gone]);
	brood__instant last = -1;
	size_t taken = 0;
	for (struct brood__heap_item *item; (item = brood__heap_first(&heap)); taken++) {
		assert_true(item->due > last);
		last = item->due;
		brood__heap_remove(&heap, item);
	}
	assert_int_equal(taken, n - 1);
	brood__heap_done(&heap);
}

static void every_order_comes_out_sorted(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 7; n++) {
		for (size_t gone = 0; gone < n; gone++) {
			size_t order[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
			permute(order, n, 0, gone);
		}
	}
}

static void items_keep_their_places_when_it_grows(void **state)
{
	(void)state;
	struct brood__heap heap = { .n = 0 };
	static struct brood__heap_item items[1000];
	memset(items, 0, sizeof items);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(brood__heap_reserve(&heap, i + 1), 0);
		brood__heap_set(&heap, &items[i], (brood__instant)(i * 7919 % 1000));
	}
	for (brood__instant due = 0; due < 1000; due++) {
		assert_true(brood__heap_due(&heap) == due);
		brood__heap_remove(&heap, brood__heap_first(&heap));
	}
	assert_null(brood__heap_first(&heap));
	brood__heap_done(&heap);
}

static void too_much_room_is_refused(void **state)
{
	(void)state;
	struct brood__heap heap = { .n = 0 };
	struct brood__heap_item item = { .at = 0 };
	assert_int_equal(brood__heap_reserve(&heap, 1), 0);
	brood__heap_set(&heap, &item, 5);
	assert_int_equal(brood__heap_reserve(&heap, SIZE_MAX), -ENOMEM);
	assert_ptr_equal(brood__heap_first(&heap), &item);
	brood__heap_done(&heap);
	assert_true(brood__heap_due(&heap) == BROOD__NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_change_and_remove_at_random),
		cmocka_unit_test(every_order_comes_out_sorted),
		cmocka_unit_test(items_keep_their_places_when_it_grows),
		cmocka_unit_test(too_much_room_is_refused),
	};
	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
