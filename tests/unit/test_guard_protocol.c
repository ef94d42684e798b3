/* SPDX-License-Identifier: MIT */
/* The checks of what guard and front say to each other, over every flipped bit. */

#include "model_guard.h"

#include "guard/attributes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A plan with what its flags promise, in memory of exactly its size. */
static struct brood__guard_plan *make_plan(
	uint32_t flags, uint32_t n_ops, uint32_t n_limits, uint32_t n_private, const char *dir)
{
	struct brood__guard_plan head = {
		.magic = BROOD__GUARD_MAGIC,
		.flags = flags,
		.cgroup_dir = -1,
		.cgroup_parent = -1,
		.report_fd = -1,
		.cgroup_name = "group",
		.n_steps = 2,
		.n_ops = n_ops,
		.n_limits = n_limits,
		.n_private = n_private,
		.steps = { { SIGTERM, 0, BROOD_SECOND }, { SIGKILL, 0, BROOD_FOREVER } },
	};
	struct brood__guard_layout layout = brood__guard_layout(&head, dir ? strlen(dir) : 0);
	head.size = (uint32_t)layout.size;
	char *bytes = calloc(1, layout.size);
	assert_non_null(bytes);
	memcpy(bytes, &head, sizeof head);
	if (dir)
		memcpy(bytes + layout.dir, dir, strlen(dir) + 1);
	return (struct brood__guard_plan *)(void *)bytes;
}

static void check_flips(struct brood__guard_plan *plan)
{
	struct brood__guard_layout layout;
	size_t length = plan->size;
	unsigned char *bytes = (unsigned char *)plan;
	assert_int_equal(brood__guard_check_plan(plan, length, &layout), 0);
	assert_true(is_harmless_plan(plan, length, &layout));
	for (size_t bit = 0; bit < length * 8; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		if (brood__guard_check_plan(plan, length, &layout) == 0)
			assert_true(is_harmless_plan(plan, length, &layout));
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
}

static void a_plan_with_any_flipped_bit_is_refused_or_harmless(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 8; i++) {
		const char *dir = i & 4 ? "/some/folder" : NULL;
		struct brood__guard_plan *plan = make_plan(dir ? BROOD__GUARD_HAS_DIR : 0,
			i & 1 ? 3 : 0, i & 2 ? 2 : 0, i & 1 ? 5 : 0, dir);
		check_flips(plan);
		free(plan);
	}
}

static void a_plan_of_another_length_is_refused(void **state)
{
	(void)state;
	struct brood__guard_layout layout;
	struct brood__guard_plan *plan = make_plan(BROOD__GUARD_HAS_DIR, 2, 1, 3, "/");
	for (size_t length = 0; length < plan->size; length++) {
		struct brood__guard_plan *part = malloc(length ? length : 1);
		memcpy(part, plan, length);
		assert_int_equal(brood__guard_check_plan(part, length, &layout), -EPROTO);
		free(part);
	}
	uint32_t size = plan->size;
	for (uint32_t wrong = 0; wrong < size + 100; wrong++) {
		plan->size = wrong;
		assert_int_equal(
			brood__guard_check_plan(plan, size, &layout), wrong == size ? 0 : -EPROTO);
	}
	free(plan);
}

static void counts_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	static const uint32_t counts[] = { 1, 2, 1000, 1u << 24, (1u << 24) + 1, 1u << 31,
		UINT32_MAX };
	struct brood__guard_layout layout;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		for (int field = 0; field < 3; field++) {
			struct brood__guard_plan *plan = make_plan(0, 0, 0, 0, NULL);
			uint32_t *fields[] = { &plan->n_ops, &plan->n_limits, &plan->n_private };
			*fields[field] = counts[i];
			assert_int_equal(
				brood__guard_check_plan(plan, plan->size, &layout), -EPROTO);
			free(plan);
		}
	}
}

static void steps_and_names_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct brood__guard_layout layout;
	struct brood__guard_plan *plan = make_plan(0, 0, 0, 0, NULL);
	static const int32_t signals[] = { 0, -1, 65, INT32_MAX, INT32_MIN };
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		plan->steps[1].signal = signals[i];
		assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), -EPROTO);
	}
	plan->steps[1].signal = SIGKILL;
	plan->n_steps = 0;
	assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), -EPROTO);
	plan->n_steps = BROOD__GUARD_STEPS + 1;
	assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), -EPROTO);
	plan->n_steps = 1;
	assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), 0);
	memset(plan->cgroup_name, 'x', sizeof plan->cgroup_name);
	assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), -EPROTO);
	free(plan);
}

static void a_terminal_is_a_descriptor(void **state)
{
	(void)state;
	static const int32_t numbers[] = { 0, 5, INT32_MAX, -1, INT32_MIN };
	struct brood__guard_layout layout;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct brood__guard_plan *plan = make_plan(BROOD__GUARD_CTTY, 0, 0, 0, NULL);
		plan->controlling_fd = numbers[i];
		assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout),
			numbers[i] >= 0 ? 0 : -EPROTO);
		plan->flags = BROOD__GUARD_FOREGROUND | BROOD__GUARD_HOLD;
		assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), 0);
		plan->reserved = 1;
		assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), -EPROTO);
		free(plan);
	}
}

/* Attributes of every kind, in memory of exactly their size. */
static char *make_attributes(size_t *ret_size)
{
	static const uint32_t groups[] = { 5, 6, 7 };
	static const unsigned long affinity[] = { 3 };
	static const struct brood__filter_line filter[] = { { 6, 0, 0, 0x7fff0000 } };
	const struct brood__attribute_plan attributes = {
		.flags = BROOD__DO_ALL & ~BROOD__DO_TRACEME,
		.n_groups = 3,
		.groups = groups,
		.clone_flags = BROOD__CLONE_NEWUSER,
		.unshare_flags = BROOD__CLONE_NEWNS,
		.death_signal = 9,
		.affinity = affinity,
		.affinity_size = sizeof affinity,
		.uid_map = "0 1 1\n",
		.uid_map_size = 6,
		.gid_map = "0 1 1\n1 2 3\n",
		.gid_map_size = 12,
		.filter = filter,
		.n_filter = 1,
		.root = "/srv",
		.root_size = 5,
	};
	*ret_size = brood__guard_attributes_size(&attributes);
	char *bytes = malloc(*ret_size);
	assert_non_null(bytes);
	brood__guard_attributes_pack(&attributes, bytes);
	return bytes;
}

static bool is_within(const void *at, size_t size, const char *bytes, size_t all)
{
	const char *from = at;
	return from >= bytes && from + size <= bytes + all;
}

static void check_harmless(const char *bytes, size_t size)
{
	struct brood__attribute_plan a;
	if (brood__guard_attributes_unpack(bytes, size, &a) < 0)
		return;
	assert_true(is_within(a.groups, a.n_groups * sizeof *a.groups, bytes, size));
	assert_true(is_within(a.affinity, a.affinity_size, bytes, size));
	assert_true(is_within(a.uid_map, a.uid_map_size, bytes, size));
	assert_true(is_within(a.gid_map, a.gid_map_size, bytes, size));
	assert_true(is_within(a.filter, a.n_filter * sizeof *a.filter, bytes, size));
	assert_true(is_within(a.root, a.root_size, bytes, size));
	assert_true(a.root_size == 0 || a.root[a.root_size - 1] == 0);
	assert_false(a.flags & (BROOD__DO_TRACEME | ~BROOD__DO_ALL));
	assert_false((a.clone_flags | a.unshare_flags) & ~BROOD__NAMESPACES);
}

static void attributes_come_back_as_they_were(void **state)
{
	(void)state;
	size_t size;
	char *bytes = make_attributes(&size);
	struct brood__attribute_plan a;
	assert_int_equal(brood__guard_attributes_unpack(bytes, size, &a), 0);
	assert_int_equal(a.groups[2], 7);
	assert_int_equal(a.affinity[0], 3);
	assert_memory_equal(a.uid_map, "0 1 1\n", 6);
	assert_memory_equal(a.gid_map, "0 1 1\n1 2 3\n", 12);
	assert_int_equal(a.filter[0].k, 0x7fff0000);
	assert_string_equal(a.root, "/srv");
	check_harmless(bytes, size);
	for (size_t less = 0; less < size; less++) {
		char *part = malloc(less ? less : 1);
		memcpy(part, bytes, less);
		assert_int_equal(brood__guard_attributes_unpack(part, less, &a), -EPROTO);
		free(part);
	}
	free(bytes);
}

static void attributes_with_any_flipped_bit_are_refused_or_harmless(void **state)
{
	(void)state;
	size_t size;
	char *bytes = make_attributes(&size);
	for (size_t bit = 0; bit < size * 8; bit++) {
		bytes[bit / 8] ^= (char)(1u << bit % 8);
		check_harmless(bytes, size);
		bytes[bit / 8] ^= (char)(1u << bit % 8);
	}
	free(bytes);
}

/* A plan with attributes: whether there is a number for its report must fit them. */
static void a_job_apart_has_a_number_for_its_report(void **state)
{
	(void)state;
	size_t size;
	char *attributes = make_attributes(&size);
	struct brood__guard_layout layout;
	struct brood__guard_plan *small = make_plan(0, 1, 1, 1, NULL);
	small->attributes_size = (uint32_t)size;
	layout = brood__guard_layout(small, 0);
	small->size = (uint32_t)layout.size;
	char *bytes = calloc(1, layout.size);
	struct brood__guard_plan *plan = (void *)bytes;
	memcpy(bytes, small, sizeof *small);
	memcpy(bytes + layout.attributes, attributes, size);
	assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), -EPROTO);
	plan->report_fd = 9;
	assert_int_equal(brood__guard_check_plan(plan, plan->size, &layout), 0);
	check_flips(plan);
	free(bytes);
	small->attributes_size = 0;
	small->size = (uint32_t)brood__guard_layout(small, 0).size;
	assert_int_equal(brood__guard_check_plan(small, small->size, &layout), 0);
	small->report_fd = 9;
	assert_int_equal(brood__guard_check_plan(small, small->size, &layout), 0);
	small->report_fd = -2;
	assert_int_equal(brood__guard_check_plan(small, small->size, &layout), -EPROTO);
	small->report_fd = -1;
	small->flags = BROOD__GUARD_PROCS;
	small->procs = -1;
	assert_int_equal(brood__guard_check_plan(small, small->size, &layout), -EPROTO);
	free(small);
	free(attributes);
}

static void every_request_is_good_or_refused(void **state)
{
	(void)state;
	for (uint32_t what = 0; what < 8; what++) {
		for (int32_t value = -2; value < 70; value++) {
			struct brood__guard_request request = {
				.magic = BROOD__GUARD_MAGIC, .what = what, .value = value
			};
			bool is_good = is_harmless_request(&request, sizeof request);
			assert_int_equal(brood__guard_check_request(&request, sizeof request),
				is_good ? 0 : -EPROTO);
			assert_int_equal(
				brood__guard_check_request(&request, sizeof request - 1), -EPROTO);
			assert_int_equal(
				brood__guard_check_request(&request, sizeof request + 1), -EPROTO);
			request.magic++;
			assert_int_equal(
				brood__guard_check_request(&request, sizeof request), -EPROTO);
			request.magic--;
			request.reserved = 1;
			assert_int_equal(
				brood__guard_check_request(&request, sizeof request), -EPROTO);
		}
	}
}

static struct brood__guard_report report_of(uint32_t flags)
{
	struct brood__guard_report report = {
		.magic = BROOD__GUARD_MAGIC,
		.flags = flags,
		.pid = 4711,
		.fd = -1,
		.state = BROOD__CHILD_EXECUTES,
	};
	if (flags & BROOD__GUARD_FAILED) {
		report.state = BROOD__CHILD_FAILED;
		report.os_errno = ENOENT;
	}
	if (flags & BROOD__GUARD_STOPPING)
		report.reason = BROOD__STOP_TIMEOUT;
	if (flags & BROOD__GUARD_ENDED) {
		report.code = CLD_EXITED;
		report.status = 3;
	}
	return report;
}

/* From any set of flags to any other. */
static void nothing_that_was_said_is_taken_back(void **state)
{
	(void)state;
	for (uint32_t from = 0; from <= BROOD__GUARD_REPORTS; from++) {
		struct brood__guard_report last = report_of(from);
		struct brood__guard_report none = { 0 };
		/* Only what is accepted itself is ever a last one. */
		if (from != 0 && brood__guard_check_report(&none, &last, sizeof last) < 0)
			continue;
		for (uint32_t to = 0; to <= 2 * BROOD__GUARD_REPORTS + 1; to++) {
			struct brood__guard_report next = report_of(to);
			bool is_good = is_harmless_report(from ? &last : &none, &next, sizeof next);
			assert_int_equal(
				brood__guard_check_report(from ? &last : &none, &next, sizeof next),
				is_good ? 0 : -EPROTO);
		}
	}
}

/* From every count of stops to every other. */
static void stops_are_counted_upwards(void **state)
{
	(void)state;
	static const uint64_t counts[] = { 0, 1, 2, 1000, UINT64_MAX };
	for (int i = 0; i < 25; i++) {
		struct brood__guard_report last = report_of(BROOD__GUARD_STARTED);
		struct brood__guard_report next = last;
		last.stops = counts[i / 5];
		next.stops = counts[i % 5];
		for (int32_t signal = -2; signal < 70; signal++) {
			bool is_good = next.stops >= last.stops && signal >= 0 && signal <= 64;
			next.stopped = signal;
			assert_int_equal(brood__guard_check_report(&last, &next, sizeof next),
				is_good ? 0 : -EPROTO);
		}
	}
}

static void a_report_with_any_flipped_bit_is_refused_or_harmless(void **state)
{
	(void)state;
	static const uint32_t pictures[] = {
		0,
		BROOD__GUARD_STARTED,
		BROOD__GUARD_STARTED | BROOD__GUARD_FAILED,
		BROOD__GUARD_STARTED | BROOD__GUARD_STOPPING,
		BROOD__GUARD_STARTED | BROOD__GUARD_ENDED,
		BROOD__GUARD_STARTED | BROOD__GUARD_STOPPING | BROOD__GUARD_ENDED,
		BROOD__GUARD_STARTED | BROOD__GUARD_ENDED | BROOD__GUARD_EMPTY,
	};
	enum { COUNT = sizeof pictures / sizeof *pictures };
	for (int i = 0; i < COUNT; i++) {
		struct brood__guard_report last = { 0 };
		if (pictures[i])
			last = report_of(pictures[i]);
		for (int k = 1; k < COUNT; k++) {
			struct brood__guard_report next = report_of(pictures[k]);
			unsigned char *bytes = (unsigned char *)&next;
			for (size_t bit = 0; bit < sizeof next * 8; bit++) {
				bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
				if (brood__guard_check_report(&last, &next, sizeof next) == 0)
					assert_true(is_harmless_report(&last, &next, sizeof next));
				bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
			}
			for (size_t length = 0; length < sizeof next; length++)
				assert_int_equal(
					brood__guard_check_report(&last, &next, length), -EPROTO);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_with_any_flipped_bit_is_refused_or_harmless),
		cmocka_unit_test(a_plan_of_another_length_is_refused),
		cmocka_unit_test(counts_that_do_not_fit_are_refused),
		cmocka_unit_test(steps_and_names_that_cannot_be_are_refused),
		cmocka_unit_test(a_terminal_is_a_descriptor),
		cmocka_unit_test(attributes_come_back_as_they_were),
		cmocka_unit_test(attributes_with_any_flipped_bit_are_refused_or_harmless),
		cmocka_unit_test(a_job_apart_has_a_number_for_its_report),
		cmocka_unit_test(every_request_is_good_or_refused),
		cmocka_unit_test(nothing_that_was_said_is_taken_back),
		cmocka_unit_test(stops_are_counted_upwards),
		cmocka_unit_test(a_report_with_any_flipped_bit_is_refused_or_harmless),
	};
	return cmocka_run_group_tests_name("guard protocol", tests, NULL, NULL);
}
