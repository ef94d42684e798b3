/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What fdmap has to do, on a model of a descriptor table: check_map() plans, goes through the plan
 * and looks at what came out. For the unit test and the fuzz target; CHECK(condition) is theirs.
 */

#include "spawn/fdmap.h"

#include <stdlib.h>

#define TABLE 256

/* What one number leads to; id 0: it is closed. */
struct slot {
	int id;
	bool is_cloexec;
};

struct table {
	struct slot at[TABLE];
};

/* Numbers 0 to 9 and the report are open in the parent, and one far away. */
#define STRANGER 40

static struct table parent_table(int report_fd)
{
	struct table table = { 0 };

	for (int i = 0; i < 10; i++)
		table.at[i] = (struct slot){ .id = i + 1, .is_cloexec = i % 2 == 0 };
	table.at[STRANGER] = (struct slot){ .id = STRANGER + 1 };
	if (report_fd >= 0)
		table.at[report_fd] = (struct slot){ .id = report_fd + 1, .is_cloexec = true };
	return table;
}

static void apply_range(struct table *table, int32_t first, int32_t last)
{
	for (int32_t i = first; i < TABLE && i <= last; i++)
		table->at[i] = (struct slot){ 0 };
}

static void apply(struct table *table, const struct brood__fd_op *op)
{
	switch (op->kind) {
	case BROOD__FD_DUP:
	case BROOD__FD_DUP_CLOEXEC:
		CHECK(op->b >= 0 && op->b < TABLE && op->a != op->b);
		CHECK(table->at[op->a].id != 0);
		table->at[op->b] = table->at[op->a];
		table->at[op->b].is_cloexec = op->kind == BROOD__FD_DUP_CLOEXEC;
		break;
	case BROOD__FD_SHARE:
		CHECK(op->b || table->at[op->a].id != 0);
		table->at[op->a].is_cloexec = false;
		break;
	case BROOD__FD_CLOSE:
		table->at[op->a] = (struct slot){ 0 };
		break;
	case BROOD__FD_CLOSE_RANGE:
		CHECK(op->a <= op->b);
		apply_range(table, op->a, op->b);
		break;
	default:
		CHECK(false);
	}
}

static const struct brood__fd_want *want_of(
	const struct brood__fd_want *want, size_t n, int32_t target)
{
	for (size_t i = 0; i < n; i++) {
		if (want[i].target == target)
			return &want[i];
	}
	return NULL;
}

static size_t count_readers(const struct brood__fd_want *want, size_t n, int32_t number)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += want[i].source == number;
	return count;
}

/* Says whether the moves through this number form a cycle that needs a number more, and whether
 * `start` is the least on it, so that each is counted once. */
static bool is_pure_cycle(const struct brood__fd_want *want, size_t n, int report_fd, int32_t start)
{
	int32_t at = start;

	for (size_t steps = 0; steps <= n; steps++) {
		const struct brood__fd_want *w = want_of(want, n, at);
		if (!w || w->source < 0 || w->source == w->target)
			return false;
		if (at < start || at == report_fd || count_readers(want, n, at) != 1)
			return false;
		at = w->source;
		if (at == start)
			return true;
	}
	return false;
}

static size_t least_moves(const struct brood__fd_want *want, size_t n, int report_fd)
{
	size_t least = report_fd >= 0 && want_of(want, n, report_fd) ? 1 : 0;

	for (size_t i = 0; i < n; i++) {
		least += want[i].source >= 0 && !(want[i].flags & BROOD__FD_IN_PLACE);
		least += is_pure_cycle(want, n, report_fd, want[i].target);
	}
	return least;
}

/* The runs of numbers that have to be closed. */
static size_t count_gaps(const struct brood__fd_want *want, size_t n, int report_fd)
{
	size_t gaps = 1;
	bool is_open = true;

	for (int32_t i = TABLE - 2; i >= 0; i--) {
		const struct brood__fd_want *w = want_of(want, n, i);
		bool is_kept = (w && w->source >= 0) || i == report_fd;
		gaps += !is_kept && !is_open;
		is_open = !is_kept;
	}
	return gaps;
}

static struct table expected_table(const struct table *parent, const struct brood__fd_want *want,
	size_t n, int report_fd, bool keep_others)
{
	struct table table = { 0 };

	if (keep_others)
		table = *parent;
	for (size_t i = 0; i < n; i++) {
		struct slot slot = { 0 };
		if (want[i].source >= 0)
			slot.id = parent->at[want[i].source].id;
		table.at[want[i].target] = slot;
	}
	if (report_fd >= 0 && !want_of(want, n, report_fd))
		table.at[report_fd] = parent->at[report_fd];
	return table;
}

/* As whoever keeps the parent's descriptors has to: takes free numbers of the parent. */
static void reserve_spares(struct table *table, const struct brood__fd_want *want, size_t n,
	int report_fd, struct brood__fd_plan *plan)
{
	int32_t number = 3;

	for (int i = 0; i < plan->n_spare; i++, number++) {
		while (table->at[number].id != 0 ||
			!brood__fdmap_is_free(want, n, report_fd, number))
			number++;
		plan->spare[i] = number;
		table->at[number] = (struct slot){ .id = 1000 + i, .is_cloexec = true };
	}
	plan->use_spare = true;
}

static struct brood__fd_plan plan_of(const struct brood__fd_want *want, size_t n, int report_fd,
	bool keep_others, struct table *table)
{
	struct brood__fd_plan plan = { 0 };
	/* Of exactly this size, so that ASan sees who steps over it. */
	plan.ops = malloc(brood__fdmap_bound(n) * sizeof *plan.ops);
	CHECK(plan.ops);
	CHECK(brood__fdmap_plan(want, n, report_fd, keep_others, &plan) == 0);
	if (keep_others && plan.n_spare > 0) {
		reserve_spares(table, want, n, report_fd, &plan);
		CHECK(brood__fdmap_plan(want, n, report_fd, keep_others, &plan) == 0);
	}
	return plan;
}

static void check_trim(const struct brood__fd_want *want, size_t n, int report_fd, int trim_first)
{
	int highest = report_fd;

	for (size_t i = 0; i < n; i++)
		highest = want[i].source > highest ? want[i].source : highest;
	CHECK(trim_first == highest + 1);
}

static void check_spares(const struct brood__fd_want *want, size_t n, int report_fd,
	const struct brood__fd_plan *plan)
{
	int32_t smallest = 3;

	for (int i = 0; i < plan->n_spare; i++, smallest++) {
		CHECK(brood__fdmap_is_free(want, n, report_fd, plan->spare[i]));
		while (!brood__fdmap_is_free(want, n, report_fd, smallest))
			smallest++;
		if (!plan->use_spare)
			CHECK(plan->spare[i] == smallest);
	}
}

static void check_map(const struct brood__fd_want *want, size_t n, int report_fd, bool keep_others)
{
	const struct table parent = parent_table(report_fd);
	struct table table = parent;
	struct brood__fd_plan plan = plan_of(want, n, report_fd, keep_others, &table);

	if (!keep_others)
		apply_range(&table, plan.trim_first, INT32_MAX);
	for (size_t i = 0; i < plan.n_ops; i++)
		apply(&table, &plan.ops[i]);
	check_trim(want, n, report_fd, plan.trim_first);
	check_spares(want, n, report_fd, &plan);

	struct table expected = expected_table(&parent, want, n, report_fd, keep_others);
	if (report_fd >= 0) {
		struct slot report = { .id = report_fd + 1, .is_cloexec = true };
		CHECK(!want_of(want, n, plan.report_fd));
		expected.at[plan.report_fd] = report;
	} else {
		CHECK(plan.report_fd == -1);
	}
	for (int i = 0; i < TABLE; i++) {
		CHECK(table.at[i].id == expected.at[i].id);
		CHECK(table.at[i].is_cloexec == expected.at[i].is_cloexec);
	}
	size_t least = least_moves(want, n, report_fd);
	if (keep_others) {
		bool is_moved = plan.report_fd != report_fd;
		least += count_readers(want, n, -1) + (size_t)(plan.n_spare - is_moved);
	} else {
		least += count_gaps(want, n, plan.report_fd);
	}
	CHECK(plan.n_ops == least);
	free(plan.ops);
}
