/* SPDX-License-Identifier: MIT */
/*
 * Parallel moves of descriptors. A move may be made when nobody still reads its target; the first
 * copy of a source serves all its other readers, so that a number is free to be written to as soon
 * as it was read once. What is left then are pure cycles, which need one number more.
 */

#include "spawn/fdmap.h"

#include <errno.h>
#include <string.h>

/* Up to this many, insertion is the faster way to sort; wants mostly come sorted. */
#define SMALL 64

struct planner {
	const struct brood__fd_want *want;
	size_t n;
	int report_fd;
	struct brood__fd_plan *plan;
	/* By target, ascending: places in want. */
	int32_t *order;
	/* For the source of each want: the place of the want with that target, or -1. */
	int32_t *overwriter;
	/* For each want: how many moves not yet made read its target. */
	int32_t *readers;
	/* For each want: where to find what was at its target in the parent, once that was copied;
	 * else -1. */
	int32_t *copy;
	/* Numbers from 3 on that are taken, a bit each. */
	uint32_t *taken;
	size_t n_taken;
};

static size_t taken_words(size_t n)
{
	/* 2n sources and targets, a report and two spares: one of the first 2n + 3 is free. */
	return (2 * n + 3) / 32 + 1;
}

size_t brood__fdmap_bound(size_t n)
{
	size_t ops = 3 * n + 4;
	size_t scratch = 4 * n + taken_words(n);

	return ops + (scratch * sizeof(int32_t) + sizeof(struct brood__fd_op) - 1) /
			     sizeof(struct brood__fd_op);
}

static void set_up(struct planner *p)
{
	int32_t *scratch = (int32_t *)(p->plan->ops + 3 * p->n + 4);

	p->order = scratch;
	p->overwriter = scratch + p->n;
	p->readers = scratch + 2 * p->n;
	p->copy = scratch + 3 * p->n;
	p->taken = (uint32_t *)(scratch + 4 * p->n);
	p->n_taken = taken_words(p->n);
	p->plan->n_ops = 0;
	p->plan->n_spare = 0;
}

static void add_op(struct planner *p, uint32_t kind, int32_t a, int32_t b)
{
	p->plan->ops[p->plan->n_ops++] = (struct brood__fd_op){ .kind = kind, .a = a, .b = b };
}

static int32_t target_at(const struct planner *p, size_t i)
{
	return p->want[p->order[i]].target;
}

static void swap(int32_t *order, size_t i, size_t j)
{
	int32_t kept = order[i];

	order[i] = order[j];
	order[j] = kept;
}

/* Lets the entry at the root of a heap of n sink to its place; the greatest target is on top. */
static void sink(struct planner *p, size_t root, size_t n)
{
	for (;;) {
		size_t child = 2 * root + 1;
		if (child >= n)
			return;
		if (child + 1 < n && target_at(p, child) < target_at(p, child + 1))
			child++;
		if (target_at(p, root) >= target_at(p, child))
			return;
		swap(p->order, root, child);
		root = child;
	}
}

/* qsort() may allocate. */
static void sort_by_target(struct planner *p)
{
	for (size_t i = 0; i < p->n; i++)
		p->order[i] = (int32_t)i;
	if (p->n <= SMALL) {
		for (size_t i = 1; i < p->n; i++) {
			for (size_t j = i; j > 0 && target_at(p, j - 1) > target_at(p, j); j--)
				swap(p->order, j, j - 1);
		}
		return;
	}
	for (size_t root = p->n / 2; root-- > 0;)
		sink(p, root, p->n);
	for (size_t end = p->n - 1; end > 0; end--) {
		swap(p->order, 0, end);
		sink(p, 0, end);
	}
}

/* Returns the place of the want with this target, or -1. */
static int32_t find_target(const struct planner *p, int32_t target)
{
	size_t low = 0;
	size_t high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (target_at(p, middle) < target)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->n && target_at(p, low) == target ? p->order[low] : -1;
}

static bool is_move(const struct brood__fd_want *want)
{
	return want->source >= 0 && want->source != want->target;
}

static int check(const struct planner *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->want[i].target < 0 || p->want[i].source < -1)
			return -EINVAL;
		if (i > 0 && target_at(p, i - 1) == target_at(p, i))
			return -EINVAL;
	}
	return 0;
}

static void take(struct planner *p, int32_t number)
{
	if (number >= 3 && (size_t)(number - 3) / 32 < p->n_taken)
		p->taken[(number - 3) / 32] |= UINT32_C(1) << ((number - 3) % 32);
}

/* Finds who reads what, and which numbers are in use. */
static void take_stock(struct planner *p)
{
	int32_t highest = p->report_fd;

	memset(p->readers, 0, p->n * sizeof *p->readers);
	memset(p->taken, 0, p->n_taken * sizeof *p->taken);
	take(p, p->report_fd);
	for (size_t i = 0; i < p->n; i++) {
		const struct brood__fd_want *want = &p->want[i];
		p->copy[i] = -1;
		p->overwriter[i] = want->source >= 0 ? find_target(p, want->source) : -1;
		take(p, want->source);
		take(p, want->target);
		if (want->source > highest)
			highest = want->source;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (is_move(&p->want[i]) && p->overwriter[i] >= 0)
			p->readers[p->overwriter[i]]++;
	}
	p->plan->trim_first = highest < INT32_MAX ? highest + 1 : INT32_MAX;
}

/* Returns a number that may be written to. */
static int32_t spare_number(struct planner *p)
{
	int place = p->plan->n_spare++;

	if (p->plan->use_spare)
		return p->plan->spare[place];
	int32_t number = 3;
	while (p->taken[(number - 3) / 32] & UINT32_C(1) << ((number - 3) % 32))
		number++;
	take(p, number);
	p->plan->spare[place] = number;
	return number;
}

/* Saves what is at the target of want k, of which more than one reader may then make use. */
static int32_t save_target(struct planner *p, size_t k)
{
	int32_t number = spare_number(p);

	add_op(p, BROOD__FD_DUP_CLOEXEC, p->want[k].target, number);
	p->copy[k] = number;
	return number;
}

static bool is_ready(const struct planner *p, size_t i)
{
	return p->readers[i] == 0 || p->copy[i] >= 0;
}

/* Makes a move that is ready, then the one onto its source, if that has now become ready. A move
 * that was made is marked by -1 readers. */
static void make_moves(struct planner *p, size_t i)
{
	for (;;) {
		const struct brood__fd_want *want = &p->want[i];
		int32_t next = p->overwriter[i];
		bool is_copied = next >= 0 && p->copy[next] >= 0;

		add_op(p, BROOD__FD_DUP, is_copied ? p->copy[next] : want->source, want->target);
		p->readers[i] = -1;
		if (next < 0 || is_copied || !is_move(&p->want[next]))
			return;
		p->copy[next] = want->target;
		i = (size_t)next;
	}
}

/* Those that stay where they are, but must survive execve. */
static void plan_shares(struct planner *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct brood__fd_want *want = &p->want[i];
		if (want->source >= 0 && want->source == want->target &&
			!(want->flags & BROOD__FD_IN_PLACE))
			add_op(p, BROOD__FD_SHARE, want->source,
				(want->flags & BROOD__FD_OPTIONAL) != 0);
	}
}

static void plan_moves(struct planner *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct brood__fd_want *want = &p->want[i];
		if (is_move(want) && p->readers[i] >= 0 && is_ready(p, i))
			make_moves(p, i);
	}
	/* Each cycle is done before the next one begins: one number serves them all. */
	int32_t spare = -1;
	for (size_t i = 0; i < p->n; i++) {
		const struct brood__fd_want *want = &p->want[i];
		if (!is_move(want) || p->readers[i] < 0)
			continue;
		if (spare < 0)
			spare = spare_number(p);
		add_op(p, BROOD__FD_DUP_CLOEXEC, want->target, spare);
		p->copy[i] = spare;
		make_moves(p, i);
	}
	plan_shares(p);
}

static void add_range(struct planner *p, int64_t first, int64_t last)
{
	if (first <= last)
		add_op(p, BROOD__FD_CLOSE_RANGE, (int32_t)first, (int32_t)last);
}

/* Closes the gaps between what stays. */
static void plan_sweep(struct planner *p)
{
	int64_t first = 0;
	int64_t report = p->plan->report_fd;

	for (size_t i = 0; i < p->n; i++) {
		const struct brood__fd_want *want = &p->want[p->order[i]];
		if (want->source < 0)
			continue;
		if (report >= first && report < want->target) {
			add_range(p, first, report - 1);
			first = report + 1;
		}
		add_range(p, first, (int64_t)want->target - 1);
		first = (int64_t)want->target + 1;
	}
	if (report >= first) {
		add_range(p, first, report - 1);
		first = report + 1;
	}
	add_range(p, first, INT32_MAX);
}

/* Closes what is asked for and what we made ourselves. */
static void plan_closes(struct planner *p, int32_t moved_report)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->want[i].source < 0)
			add_op(p, BROOD__FD_CLOSE, p->want[i].target, 0);
	}
	for (int i = 0; i < p->plan->n_spare; i++) {
		if (p->plan->spare[i] != moved_report)
			add_op(p, BROOD__FD_CLOSE, p->plan->spare[i], 0);
	}
}

bool brood__fdmap_is_free(
	const struct brood__fd_want *want, size_t n, int report_fd, int32_t number)
{
	if (number == report_fd)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (want[i].source == number || want[i].target == number)
			return false;
	}
	return true;
}

/* The common case, at a tenth of the cost: sorted, nothing moves, no report is in the way. */
static bool is_in_place(struct planner *p)
{
	int32_t highest = -1;

	if (p->report_fd >= 0)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		const struct brood__fd_want *want = &p->want[i];
		bool is_sorted = want->target > (i > 0 ? p->want[i - 1].target : -1);
		if (!is_sorted || want->source < -1 || is_move(want))
			return false;
		if (want->source > highest)
			highest = want->source;
		p->order[i] = (int32_t)i;
	}
	p->plan->trim_first = highest < INT32_MAX ? highest + 1 : INT32_MAX;
	p->plan->report_fd = -1;
	return true;
}

static int plan_with_moves(struct planner *p, int32_t *ret_moved_report)
{
	sort_by_target(p);
	int r = check(p);
	if (r < 0)
		return r;
	take_stock(p);
	p->plan->report_fd = p->report_fd;
	int32_t obstacle = p->report_fd >= 0 ? find_target(p, p->report_fd) : -1;
	if (obstacle >= 0) {
		p->plan->report_fd = save_target(p, (size_t)obstacle);
		*ret_moved_report = p->plan->report_fd;
	}
	plan_moves(p);
	return 0;
}

int brood__fdmap_plan(const struct brood__fd_want *want, size_t n, int report_fd, bool keep_others,
	struct brood__fd_plan *plan)
{
	struct planner planner = { .want = want, .n = n, .report_fd = report_fd, .plan = plan };
	struct planner *p = &planner;

	int32_t moved_report = -1;
	set_up(p);
	if (is_in_place(p)) {
		plan_shares(p);
	} else {
		int r = plan_with_moves(p, &moved_report);
		if (r < 0)
			return r;
	}
	if (keep_others)
		plan_closes(p, moved_report);
	else
		plan_sweep(p);
	return 0;
}
