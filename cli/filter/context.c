/* SPDX-License-Identifier: MIT */
#include "filter/context.h"

#include "common/message.h"

/* The way through a chunk. */
struct walk {
	struct show *show;
	struct source *source;
	struct progress *progress;
	const struct chunk *chunk;
	size_t at;       /* all lines before it are dealt with */
	uint64_t number; /* of the line that begins there; only if numbers or context are wanted */
	int r;
};

static bool counts(const struct walk *walk)
{
	return walk->show->config->line_numbers;
}

static bool is_over(const struct walk *walk)
{
	return walk->progress->n_selected >= walk->show->config->most;
}

static size_t end_of_line(const struct walk *walk, size_t limit)
{
	return line_end(walk->chunk->bytes, walk->at, limit, walk->show->eol);
}

static void show_next(struct walk *walk, size_t limit, bool is_selected)
{
	size_t end = end_of_line(walk, limit);
	const struct shown_line line = { walk->chunk->bytes + walk->at, end - walk->at,
		walk->number, walk->chunk->offset + walk->at, is_selected, walk->chunk->is_cut };

	int r = show_line(walk->show, walk->source->name, &line);
	if (r < 0 && walk->r == 0) {
		message("filter: %s", walk->show->why.bytes);
		walk->r = r;
	}
	walk->at = end;
	walk->number++;
	walk->progress->has_shown = true;
}

static void skip_to(struct walk *walk, size_t end)
{
	if (counts(walk))
		walk->number += count_lines(
			walk->chunk->bytes + walk->at, end - walk->at, walk->show->eol);
	walk->at = end;
}

/* Context behind what was shown. */
static void show_after(struct walk *walk, size_t limit)
{
	while (walk->progress->after_left > 0 && walk->at < limit) {
		walk->progress->after_left--;
		show_next(walk, limit, false);
	}
}

/* Lines that are not shown now; the last ones may be later. */
static void keep(struct walk *walk, size_t end)
{
	size_t before = walk->show->config->before;

	if (walk->at == end)
		return;
	size_t first = last_lines(walk->chunk->bytes, walk->at, end, before, walk->show->eol);
	if (first > walk->at)
		walk->progress->gap++;
	skip_to(walk, first);
	while (walk->at < end) {
		size_t next = end_of_line(walk, end);
		keeper_add(&walk->progress->kept, walk->chunk->bytes + walk->at, next - walk->at,
			walk->number, walk->chunk->offset + walk->at);
		walk->at = next;
		walk->number++;
		walk->progress->gap++;
	}
}

static void separate(struct walk *walk, bool is_adjacent)
{
	if (walk->show->has_shown && !is_adjacent && walk->show->config->has_context)
		show_separator(walk->show);
}

/* Lines that were kept before this chunk: the last n of them. */
static void show_kept(struct walk *walk, size_t n)
{
	const struct keeper *kept = &walk->progress->kept;

	for (size_t i = kept->n - n; i < kept->n; i++) {
		const struct kept_line *line = keeper_line(kept, i);
		const struct shown_line shown = { line->bytes, line->length, line->number,
			line->offset, false, false };
		(void)show_line(walk->show, walk->source->name, &shown);
		walk->progress->has_shown = true;
	}
}

/* Context before the line at `start`. */
static void show_before(struct walk *walk, size_t start)
{
	struct progress *progress = walk->progress;
	size_t before = walk->show->config->before;
	const char *bytes = walk->chunk->bytes;
	size_t first = last_lines(bytes, walk->at, start, before, walk->show->eol);
	size_t n_here = before > 0 && progress->kept.n > 0
				? count_lines(bytes + first, start - first, walk->show->eol)
				: before;
	size_t n_kept = before - n_here < progress->kept.n ? before - n_here : progress->kept.n;
	/* Something lies between what was shown last and what is shown next. */
	bool has_gap = first > walk->at || progress->gap > n_kept;

	separate(walk, progress->has_shown && !has_gap);
	if (n_kept > 0)
		show_kept(walk, n_kept);
	keeper_clear(&progress->kept);
	progress->gap = 0;
	skip_to(walk, first);
	while (walk->at < start)
		show_next(walk, start, false);
}

static void show_run_lines(struct walk *walk, size_t end)
{
	while (walk->at < end && !is_over(walk)) {
		walk->progress->n_selected++;
		show_next(walk, end, true);
	}
	walk->progress->behind = walk->chunk->offset + walk->at;
}

int context_chunk(struct show *show, struct source *source, const struct runs *runs,
	const struct chunk *chunk)
{
	struct progress *progress = &source->progress;
	struct walk walk = { show, source, progress, chunk, 0, progress->n_lines + 1, 0 };

	/* Behind the last line that is wanted there is nothing but context. */
	for (size_t i = 0; i < runs->n && !is_over(&walk); i++) {
		const struct run *run = &runs->at[i];
		show_after(&walk, run->start);
		show_before(&walk, run->start);
		show_run_lines(&walk, run->end);
		progress->after_left = show->config->after;
	}
	show_after(&walk, chunk->length);
	keep(&walk, chunk->length);
	progress->n_lines = walk.number - 1;
	return walk.r;
}
