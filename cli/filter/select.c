/* SPDX-License-Identifier: MIT */
#include "filter/select.h"

#include "common/message.h"
#include "filter/context.h"
#include "filter/level.h"

#include <string.h>

void selection_init(struct selection *selection, struct filter_config *config,
	struct matcher *matcher, struct matcher *unwanted, struct show *show)
{
	*selection = (struct selection){
		.config = config, .matcher = matcher, .unwanted = unwanted, .show = show
	};
}

void selection_done(struct selection *selection)
{
	match_ranges_done(&selection->ranges);
	match_ranges_done(&selection->unwanted_ranges);
	runs_done(&selection->matched);
	runs_done(&selection->wanted);
	runs_done(&selection->timed);
	runs_done(&selection->met);
	runs_done(&selection->both);
}

static bool has_time(const struct filter_config *config)
{
	return config->has_since || config->has_until;
}

static bool has_conditions(const struct filter_config *config)
{
	return config->levels != 0 || config->where || has_time(config) || config->n_nots > 0;
}

/* Lines with a time that is asked for, and those without one behind them. */
static void find_timed(
	struct selection *selection, struct source *source, const struct chunk *chunk)
{
	struct filter_config *config = selection->config;

	selection->timed.n = 0;
	for (size_t at = 0; at < chunk->length;) {
		size_t end = line_end(chunk->bytes, at, chunk->length, selection->show->eol);
		moment when;
		if (moment_of_line(&config->clock, chunk->bytes + at, end - at, &when))
			source->progress.in_time = (!config->has_since || when >= config->since) &&
						   (!config->has_until || when < config->until);
		if (source->progress.in_time)
			runs_add(&selection->timed, at, end);
		at = end;
	}
}

static bool meets(const struct filter_config *config, const char *line, size_t length, char eol)
{
	if (length > 0 && line[length - 1] == eol)
		length--;
	return (config->levels == 0 || (config->levels >> level_of_line(line, length) & 1)) &&
	       (!config->where || where_holds(config->where, line, length));
}

static const struct runs *find_met(
	struct selection *selection, const struct runs *runs, const struct chunk *chunk)
{
	selection->met.n = 0;
	for (size_t i = 0; i < runs->n; i++)
		for (size_t at = runs->at[i].start; at < runs->at[i].end;) {
			size_t end = line_end(
				chunk->bytes, at, runs->at[i].end, selection->show->eol);
			if (meets(selection->config, chunk->bytes + at, end - at,
				    selection->show->eol))
				runs_add(&selection->met, at, end);
			at = end;
		}
	return &selection->met;
}

/* How many of the lines that match are needed at most; 0: all. */
static size_t needed(const struct selection *selection, const struct source *source)
{
	const struct filter_config *config = selection->config;

	if (config->invert || config->has_context || has_conditions(config))
		return 0;
	if (config->quiet || config->list != FILTER_LIST_NONE)
		return 1;
	if (config->most == UINT64_MAX)
		return 0;
	return config->most - source->progress.n_selected;
}

/* Of these lines, those that no pattern of --not matches. */
static int find_wanted(
	struct selection *selection, const struct runs *runs, const struct chunk *chunk)
{
	struct match_ranges *ranges = &selection->unwanted_ranges;

	selection->wanted.n = 0;
	for (size_t i = 0; i < runs->n; i++) {
		const struct run *run = &runs->at[i];
		int r = match_block(selection->unwanted, chunk->bytes + run->start,
			run->end - run->start, 0, ranges, &selection->show->why);
		if (r < 0)
			return r;
		runs_add_gaps(&selection->wanted, ranges, run->start, run->end - run->start);
	}
	return 0;
}

static int find(struct selection *selection, struct source *source, const struct chunk *chunk,
	const struct runs **ret_runs)
{
	const struct filter_config *config = selection->config;
	const struct runs *runs = &selection->matched;
	struct text *why = &selection->show->why;

	if (!selection->matcher) {
		selection->matched.n = 0;
		runs_add(&selection->matched, 0, chunk->length);
	} else {
		int r = match_block(selection->matcher, chunk->bytes, chunk->length,
			needed(selection, source), &selection->ranges, why);
		if (r < 0)
			return r;
		if (config->invert)
			runs_of_gaps(&selection->matched, &selection->ranges, chunk->length);
		else
			runs_of_ranges(&selection->matched, &selection->ranges, chunk->length);
	}
	if (selection->unwanted) {
		int r = find_wanted(selection, runs, chunk);
		if (r < 0)
			return r;
		runs = &selection->wanted;
	}
	if (has_time(config)) {
		find_timed(selection, source, chunk);
		runs_intersect(&selection->both, runs, &selection->timed);
		runs = &selection->both;
	}
	if (config->levels != 0 || config->where)
		runs = find_met(selection, runs, chunk);
	*ret_runs = runs;
	return 0;
}

static uint64_t count(
	const struct selection *selection, const struct runs *runs, const struct chunk *chunk)
{
	uint64_t n = 0;

	if (selection->matcher && !has_conditions(selection->config)) {
		n = selection->ranges.n;
		return selection->config->invert
			       ? count_lines(chunk->bytes, chunk->length, selection->show->eol) - n
			       : n;
	}
	for (size_t i = 0; i < runs->n; i++)
		n += count_lines(chunk->bytes + runs->at[i].start,
			runs->at[i].end - runs->at[i].start, selection->show->eol);
	return n;
}

/* -c, -q, -l, -L: lines are counted. */
static void count_chunk(struct selection *selection, struct source *source, const struct runs *runs,
	const struct chunk *chunk)
{
	const struct filter_config *config = selection->config;
	struct progress *progress = &source->progress;
	uint64_t left = config->most - progress->n_selected;
	uint64_t n = runs->n > 0 ? count(selection, runs, chunk) : 0;

	if (n > left)
		n = left;
	progress->n_selected += n;
	selection->n_selected += n;
	if (n > 0 && config->quiet)
		selection->is_over = true;
	if (n > 0 && (config->quiet || config->list != FILTER_LIST_NONE))
		source->is_done = true;
	if (n > 0 && !config->quiet && config->list == FILTER_LIST_WITH)
		show_name(selection->show, source->name);
}

/* Lines as they are; the runs are at most as many lines as are still wanted. */
static void show_runs(struct selection *selection, struct source *source, const struct runs *runs,
	const struct chunk *chunk)
{
	for (size_t i = 0; i < runs->n; i++) {
		const struct run *run = &runs->at[i];
		show_plain(selection->show, chunk->bytes + run->start, run->end - run->start,
			chunk->is_cut);
		source->progress.behind = chunk->offset + run->end;
	}
	if (selection->config->most == UINT64_MAX && !selection->config->stats) {
		/* How many is nobody's question. */
		source->progress.n_selected += runs->n;
		return;
	}
	uint64_t n = count(selection, runs, chunk);
	source->progress.n_selected += n;
	selection->n_selected += n;
}

static bool is_counted_only(const struct filter_config *config)
{
	return config->quiet || config->count || config->list != FILTER_LIST_NONE;
}

int selection_chunk(struct selection *selection, struct source *source, const struct chunk *chunk)
{
	const struct filter_config *config = selection->config;
	struct progress *progress = &source->progress;
	const struct runs *runs = NULL;

	int r = find(selection, source, chunk, &runs);
	if (r < 0) {
		message("filter: %s", selection->show->why.bytes);
		return r;
	}
	if (runs->n > 0)
		selection->any = true;
	selection->n_bytes += chunk->length;
	if (config->stats)
		selection->n_lines += count_lines(
			chunk->bytes, chunk->length, selection->show->eol);
	bool is_limited = config->most != UINT64_MAX &&
			  (!selection->matcher || config->invert || has_conditions(config));
	if (is_counted_only(config)) {
		count_chunk(selection, source, runs, chunk);
	} else if (selection->show->is_plain && !config->has_context && !is_limited) {
		show_runs(selection, source, runs, chunk);
	} else {
		uint64_t before = progress->n_selected;
		r = context_chunk(selection->show, source, runs, chunk);
		selection->n_selected += progress->n_selected - before;
	}
	if (progress->n_selected >= config->most && progress->after_left == 0)
		source->is_done = true;
	return r;
}

void selection_end(struct selection *selection, struct source *source)
{
	const struct filter_config *config = selection->config;

	if (config->quiet)
		return;
	if (config->count)
		show_count(selection->show, source->name, source->progress.n_selected);
	if (config->list == FILTER_LIST_WITHOUT && source->progress.n_selected == 0)
		show_name(selection->show, source->name);
}
