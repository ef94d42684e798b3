/* SPDX-License-Identifier: MIT */
#include "pipe/stats_history.h"

#include "common/duration.h"
#include "common/memory.h"
#include "pipe/stats_table.h"

#include <stdlib.h>
#include <string.h>

#define RECENT        4 /* one second is what is shown */
#define LEAST_SPLICED (16 << 20)
#define LEAST_SHARED  65536                     /* bytes */
#define LEAST_APART   (100 * BROOD_MILLISECOND) /* of two looks that are remembered */
#define SPLICE_PER_NS 32                        /* bytes: nobody moves more in a nanosecond */

void stats_history_init(
	struct stats_history *history, const struct pipe_stage_view *views, size_t n)
{
	*history = (struct stats_history){
		.views = views,
		.n = n,
		.can_sample = stats_can_sample(),
		.seen = memory_get((n + 1) * sizeof *history->seen),
		.shares = memory_get((n + 1) * sizeof *history->shares),
	};
	(void)stats_sample_children(&history->claimed);
	memset(history->seen, 0, (n + 1) * sizeof *history->seen);
	for (size_t i = 0; i < n; i++) {
		history->seen[i].link = -1;
		history->seen[i].queue = (struct stats_queue){ -1, -1 };
	}
}

void stats_history_disown(struct stats_history *history, const struct stats_counts *counts)
{
	for (int count = 0; count < STATS_N_COUNTS; count++)
		history->claimed.of[count] += counts->of[count];
}

void stats_history_done(struct stats_history *history)
{
	free(history->seen);
	free(history->shares);
}

static const struct stats_look *look_at(const struct stats_seen *seen, size_t back)
{
	return &seen->looks[(seen->n_looks - 1 - back) % STATS_LOOKS];
}

/* How many looks back, at most so many, there is one to compare with. */
static size_t reach(const struct stats_seen *seen, size_t most)
{
	size_t kept = seen->n_looks < STATS_LOOKS ? seen->n_looks : STATS_LOOKS;

	return kept == 0 ? 0 : kept - 1 < most ? kept - 1 : most;
}

static int64_t grown(
	const struct stats_look *first, const struct stats_look *last, enum stats_count count)
{
	return last->counts.of[count] - first->counts.of[count];
}

int stats_thousandths(int64_t part, int64_t whole)
{
	return whole > 0 && part > 0 ? (int)(part * 1000 / whole) : 0;
}

/* Counts only grow; what a process has done that nobody waits for can be told no more. */
static void take_in(struct stats_seen *seen, struct stats_sample *sample)
{
	const struct stats_sample *before = &seen->sample;

	if (!sample->is_known || (before->is_known && sample->started != before->started))
		return;
	sample->has_volumes |= before->has_volumes;
	for (int count = 0; count < STATS_N_COUNTS; count++)
		if (sample->counts.of[count] < before->counts.of[count])
			sample->counts.of[count] = before->counts.of[count];
	seen->sample = *sample;
}

/* Returns false if its process has gone. */
static bool sample_running(struct stats_seen *seen, const struct pipe_stage_view *view)
{
	struct stats_sample sample;

	if (view->has_ended)
		return false;
	if (view->pid != seen->pid) {
		seen->pid = view->pid;
		seen->sample = (struct stats_sample){ 0 };
		seen->is_final = false;
		seen->n_looks = 0;
	}
	stats_sample_stage(view->pid, &sample);
	take_in(seen, &sample);
	return sample.is_known;
}

/* Returns whether it has ended and its guard was reaped, and what it has used is not known to the
   last. That can be so before the loop has heard of it. */
static bool sample_view(struct stats_seen *seen, const struct pipe_stage_view *view)
{
	struct stats_sample sample;

	if (view->pid <= 0 || (view->pid == seen->pid && seen->is_final))
		return false;
	if (sample_running(seen, view))
		return false;
	enum stats_end end = stats_sample_end(&seen->sample, &sample);
	if (end == STATS_END_KNOWN)
		take_in(seen, &sample);
	return end == STATS_END_REAPED;
}

/* Gives what is left of a count to those who share it, by what they had before. A few bytes are the
   guards'. */
static void share_out(
	struct stats_history *history, const bool *shares, enum stats_count count, int64_t left)
{
	int64_t before = 0, n = 0;

	for (size_t i = 0; i < history->n; i++)
		if (shares[i]) {
			before += history->seen[i].sample.counts.of[count];
			left -= history->seen[i].sample.counts.of[count] +
				history->seen[i].sample.guards.of[count];
			n++;
		}
	if (left < (count == STATS_COUNT_CPU ? 1 : LEAST_SHARED))
		return;
	for (size_t i = 0; i < history->n; i++)
		if (shares[i]) {
			int64_t *own = &history->seen[i].sample.counts.of[count];
			double part = before > 0 ? (double)*own / (double)before : 1 / (double)n;
			*own += (int64_t)((double)left * part);
		}
}

/* A guard that was reaped has left its counts to us, so of one end they are exact, and of several
   at once their sum is; as long as none has come and gone unseen. */
static void share_ends(struct stats_history *history)
{
	struct stats_counts children;

	for (size_t i = 0; i < history->n; i++)
		if (history->shares[i]) {
			history->seen[i].is_final = true;
			history->has_missed |= !history->seen[i].sample.is_known;
		}
	if (history->has_missed || !stats_sample_children(&children))
		return;
	for (int count = 0; count < STATS_N_COUNTS; count++)
		share_out(history, history->shares, (enum stats_count)count,
			children.of[count] - history->claimed.of[count]);
	history->claimed = children;
}

/* Whether one side's count is no count since it uses splice(2): the other side's is far larger, and
   it has had the processor for at least as long as it takes to move so much. */
static bool is_splicer(const struct stats_seen *seen, int64_t counted, int64_t other)
{
	int64_t more = other - counted;

	return counted < other / 8 && more > LEAST_SPLICED &&
	       seen->sample.counts.of[STATS_COUNT_CPU] > more / SPLICE_PER_NS;
}

static bool is_counted(const struct stats_seen *seen, const struct pipe_stage_view *view)
{
	return seen->sample.is_known && seen->sample.has_volumes && !view->is_relay;
}

/* What has gone through the pipe that a view reads. A count has files and the like in it too, so
   the smaller one is the better one. */
static int64_t measure_link(const struct stats_history *history, size_t reader)
{
	size_t writer = (size_t)history->views[reader].source;
	const struct stats_seen *from = &history->seen[writer], *to = &history->seen[reader];
	bool has_written = is_counted(from, &history->views[writer]);
	bool has_read = is_counted(to, &history->views[reader]);
	int64_t written = from->sample.counts.of[STATS_COUNT_WRITTEN];
	int64_t read = to->sample.counts.of[STATS_COUNT_READ] +
		       (to->queue.bytes > 0 ? to->queue.bytes : 0);

	/* A reader's count alone is good as long as it is far more than its program has in files.
	 */
	if (!has_written)
		return has_read && read >= LEAST_SHARED ? read : -1;
	if (!has_read)
		return written;
	if (is_splicer(to, read, written))
		return written;
	if (is_splicer(from, written, read))
		return read;
	/* What was seen of a reader that has gone may be too old. */
	if (history->views[reader].has_ended && history->views[writer].has_ended)
		return written;
	return written < read ? written : read;
}

static void sample_link(struct stats_history *history, size_t reader)
{
	const struct pipe_stage_view *to = &history->views[reader];
	struct stats_seen *seen = &history->seen[reader];

	if (to->source < 0)
		return;
	const struct pipe_stage_view *from = &history->views[to->source];
	seen->queue = (struct stats_queue){ -1, -1 };
	if (!to->has_ended || !from->has_ended)
		stats_sample_queue(
			to->has_ended ? 0 : to->pid, from->has_ended ? 0 : from->pid, &seen->queue);
	int64_t link = measure_link(history, reader);
	if (link > seen->link)
		seen->link = link;
}

/* The view that reads what this one writes, the first of several; -1: none. */
ptrdiff_t stats_reader_of(const struct stats_history *history, size_t writer)
{
	for (size_t i = 0; i < history->n; i++)
		if (history->views[i].source == (ptrdiff_t)writer)
			return (ptrdiff_t)i;
	return -1;
}

int64_t stats_volume_out(const struct stats_history *history, size_t i)
{
	ptrdiff_t reader = stats_reader_of(history, i);

	if (reader >= 0)
		return history->seen[reader].link;
	if (!history->views[i].is_last || !history->shows_output)
		return STATS_NOT_ONE;
	return is_counted(&history->seen[i], &history->views[i])
		       ? history->seen[i].sample.counts.of[STATS_COUNT_WRITTEN]
		       : STATS_NONE;
}

static void remember(struct stats_history *history, size_t i, brood_duration now)
{
	struct stats_seen *seen = &history->seen[i];

	if (history->views[i].pid <= 0 || history->views[i].has_ended)
		return;
	if (seen->n_looks > 0 && now - look_at(seen, 0)->time < LEAST_APART)
		return;
	seen->looks[seen->n_looks++ % STATS_LOOKS] = (struct stats_look){
		.time = now,
		.wait = seen->sample.wait,
		.fill = seen->queue.bytes < 0
				? -1
				: stats_thousandths(seen->queue.bytes, seen->queue.capacity),
		.counts = seen->sample.counts,
		.out = stats_volume_out(history, i),
	};
}

/* How full its pipe was on average; -1: not known in one look at least. */
static int average_fill(const struct stats_seen *seen, size_t looks)
{
	int sum = 0;

	for (size_t back = 0; back < looks; back++) {
		if (look_at(seen, back)->fill < 0)
			return -1;
		sum += look_at(seen, back)->fill;
	}
	return looks > 0 ? sum / (int)looks : -1;
}

void stats_history_sum_up(const struct stats_history *history, size_t i, struct stats_stage *stage)
{
	const struct pipe_stage_view *view = &history->views[i];
	const struct stats_seen *seen = &history->seen[i];
	size_t looks = seen->n_looks < STATS_LOOKS ? seen->n_looks : STATS_LOOKS;

	*stage = (struct stats_stage){
		.is_alive = view->pid > 0 && !view->has_ended,
		.is_relay = view->is_relay,
		.is_last = view->is_last,
		.source = view->source,
		.looks = (int)looks,
		.fill = average_fill(seen, looks),
	};
	for (size_t back = 0; back < looks; back++)
		stage->waits[look_at(seen, back)->wait]++;
	if (looks < 2)
		return;
	const struct stats_look *first = look_at(seen, looks - 1), *last = look_at(seen, 0);
	stage->cpu = stats_thousandths(
		grown(first, last, STATS_COUNT_CPU), last->time - first->time);
	stage->disk_read = grown(first, last, STATS_COUNT_DISK_READ);
	stage->disk_written = grown(first, last, STATS_COUNT_DISK_WRITTEN);
}

void stats_history_look(struct stats_history *history)
{
	brood_duration now = duration_now();

	if (!history->can_sample)
		return;
	/* Writers first: so a reader's count is never behind its writer's. */
	bool has_ends = false;
	for (size_t i = 0; i < history->n; i++)
		has_ends |= history->shares[i] = sample_view(&history->seen[i], &history->views[i]);
	if (has_ends)
		share_ends(history);
	for (size_t i = 0; i < history->n; i++)
		sample_link(history, i);
	for (size_t i = 0; i < history->n; i++)
		remember(history, i, now);
}

/* What it was in most of the recent looks, the latest of several. */
enum stats_wait stats_recent_wait(const struct stats_seen *seen)
{
	int counts[STATS_N_WAITS] = { 0 };
	size_t looks = seen->n_looks < RECENT ? seen->n_looks : RECENT;
	enum stats_wait usual = STATS_UNKNOWN;

	for (size_t back = 0; back < looks; back++)
		counts[look_at(seen, back)->wait]++;
	for (size_t back = 0; back < looks; back++) {
		enum stats_wait wait = look_at(seen, back)->wait;
		if (counts[wait] > counts[usual])
			usual = wait;
	}
	return usual;
}

int stats_recent_cpu(const struct stats_seen *seen)
{
	size_t back = reach(seen, RECENT);

	if (!seen->sample.is_known || back == 0)
		return STATS_NONE;
	const struct stats_look *first = look_at(seen, back), *last = look_at(seen, 0);
	return stats_thousandths(grown(first, last, STATS_COUNT_CPU), last->time - first->time);
}

int64_t stats_recent_rate(const struct stats_seen *seen)
{
	size_t back = reach(seen, RECENT);

	if (back == 0 || look_at(seen, back)->out < 0)
		return STATS_NONE;
	const struct stats_look *first = look_at(seen, back), *last = look_at(seen, 0);
	return (int64_t)((double)(last->out - first->out) * BROOD_SECOND /
			 (double)(last->time - first->time));
}
