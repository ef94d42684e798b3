/* SPDX-License-Identifier: MIT */
/* What was seen of each stage over time, and drawing it. */
#include "pipe/stats.h"

#include "common/duration.h"
#include "common/environment.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/text.h"
#include "pipe/stats_bottleneck.h"
#include "pipe/stats_history.h"
#include "pipe/stats_table.h"

#include <brood/brood.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define LEAST_WIDTH  20
#define LINES_BESIDE 2 /* of a terminal: ours for the cursor, and one for others */
#define STATE_SIZE   32

/* What is kept of one view beside what was seen of it. */
struct told {
	int votes[STATS_N_REASONS]; /* how often it was the bottleneck */
	char state[STATE_SIZE];
};

struct pipe_stats {
	struct stats_history history;
	int fd;
	bool is_live;
	bool is_silent; /* nobody can be written to */
	bool is_ascii;
	brood_duration begun;
	size_t lines; /* of ours on the terminal, from the cursor on */
	int verdicts;
	brood_duration judged_at;
	struct told *told;
	struct stats_stage *stages;
	struct stats_row *rows;
};

static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = environment_get(names[i]);
		if (value && value[0] != '\0')
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static bool is_live_terminal(int fd)
{
	const char *terminal = environment_get("TERM");

	return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

struct pipe_stats *pipe_stats_new(
	const struct pipe_stage_view *views, size_t n, int fd_stderr, enum pipe_stats_kind kind)
{
	struct pipe_stats *stats = memory_get(sizeof *stats);

	*stats = (struct pipe_stats){
		.fd = fd_stderr,
		.is_live = kind == PIPE_STATS_AUTO && is_live_terminal(fd_stderr),
		.is_ascii = !is_utf8(),
		.begun = duration_now(),
		.told = memory_get((n + 1) * sizeof *stats->told),
		.stages = memory_get((n + 1) * sizeof *stats->stages),
		.rows = memory_get((n + 1) * sizeof *stats->rows),
	};
	stats_history_init(&stats->history, views, n);
	stats->history.shows_output = !isatty(STDOUT_FILENO);
	memset(stats->told, 0, (n + 1) * sizeof *stats->told);
	return stats;
}

void pipe_stats_disown(struct pipe_stats *stats, const struct stats_counts *counts)
{
	if (stats)
		stats_history_disown(&stats->history, counts);
}

/* Looks that come early, since something has happened, do not count. */
static struct stats_verdict judge(struct pipe_stats *stats)
{
	brood_duration now = duration_now();

	for (size_t i = 0; i < stats->history.n; i++)
		stats_history_sum_up(&stats->history, i, &stats->stages[i]);
	struct stats_verdict verdict = stats_bottleneck(stats->stages, stats->history.n);
	if (now < stats->judged_at + PIPE_STATS_PERIOD / 2)
		return verdict;
	stats->judged_at = now;
	if (verdict.reason != STATS_NOTHING)
		stats->told[verdict.stage].votes[verdict.reason]++;
	stats->verdicts++;
	return verdict;
}

static int votes_for(const struct told *told)
{
	int votes = 0;

	for (int reason = 0; reason < STATS_N_REASONS; reason++)
		votes += told->votes[reason];
	return votes;
}

static enum stats_reason usual_reason(const struct told *told)
{
	enum stats_reason usual = STATS_NOTHING;

	for (int reason = 0; reason < STATS_N_REASONS; reason++)
		if (told->votes[reason] > told->votes[usual])
			usual = (enum stats_reason)reason;
	return usual;
}

/* The one that it was most of the time, if it was that in two fifths of it. */
static struct stats_verdict judge_all(const struct pipe_stats *stats)
{
	struct stats_verdict verdict = { 0, STATS_NOTHING };
	int most = 0;

	for (size_t i = 0; i < stats->history.n; i++) {
		int votes = votes_for(&stats->told[i]);
		if (votes <= most || votes * 5 < stats->verdicts * 2)
			continue;
		most = votes;
		verdict = (struct stats_verdict){ i, usual_reason(&stats->told[i]) };
	}
	return verdict;
}

/* One that polls can do so for its input or its output; the pipes tell. */
static const char *polls_text(const struct pipe_stats *stats, size_t i)
{
	ptrdiff_t reader = stats_reader_of(&stats->history, i);

	if (reader >= 0 && stats->history.seen[reader].queue.bytes >= 0 &&
		stats->history.seen[reader].queue.bytes >=
			stats->history.seen[reader].queue.capacity)
		return "waits: write";
	if (stats->history.views[i].source >= 0 && stats->history.seen[i].queue.bytes == 0)
		return "waits: read";
	return "waits";
}

static const char *wait_text(const struct pipe_stats *stats, size_t i)
{
	switch (stats_recent_wait(&stats->history.seen[i])) {
	case STATS_UNKNOWN:
		return "-";
	case STATS_STOPPED:
		return "stopped";
	case STATS_CHILDREN:
	case STATS_SLEEPS:
		return "waits";
	case STATS_POLLS:
		return polls_text(stats, i);
	case STATS_NETWORK:
		return "waits: net";
	case STATS_READS:
		return "waits: read";
	case STATS_WRITES:
		return "waits: write";
	case STATS_DISK:
		return "waits: disk";
	case STATS_RUNS:
	case STATS_N_WAITS:
		break;
	}
	return "running";
}

static const char *state_text(const struct pipe_stats *stats, size_t i)
{
	const struct pipe_stage_view *view = &stats->history.views[i];
	char *text = stats->told[i].state;
	const char *name = brood_signal_name(view->signal);

	if (view->pid <= 0)
		return "not started";
	if (!view->has_ended)
		return wait_text(stats, i);
	if (view->exit_code >= 0)
		snprintf(text, STATE_SIZE, view->exit_code == 0 ? "done" : "exit %d",
			view->exit_code);
	else if (view->signal > 0)
		snprintf(text, STATE_SIZE, "%s", name ? name : "killed");
	else
		snprintf(text, STATE_SIZE, "lost");
	return text;
}

static int64_t average_rate(int64_t bytes, brood_duration elapsed)
{
	if (bytes < 0)
		return bytes;
	return elapsed <= 0 ? 0 : (int64_t)((double)bytes * BROOD_SECOND / (double)elapsed);
}

static void make_row(
	const struct pipe_stats *stats, size_t i, brood_duration elapsed, struct stats_row *row)
{
	const struct pipe_stage_view *view = &stats->history.views[i];
	const struct stats_seen *seen = &stats->history.seen[i];
	ptrdiff_t reader = stats_reader_of(&stats->history, i);
	bool is_over = elapsed > 0 || view->has_ended;
	brood_duration whole = elapsed > 0 ? elapsed : duration_now() - stats->begun;

	*row = (struct stats_row){
		.number = view->number,
		.name = view->name,
		.state = state_text(stats, i),
		.cpu = !is_over ? stats_recent_cpu(seen)
		       : seen->sample.is_known
			       ? stats_thousandths(seen->sample.counts.of[STATS_COUNT_CPU], whole)
			       : STATS_NONE,
		.in = view->source >= 0 ? seen->link : STATS_NONE,
		.out = stats_volume_out(&stats->history, i),
		.queued = reader < 0 ? STATS_NOT_ONE : stats->history.seen[reader].queue.bytes,
		.capacity = reader < 0 ? STATS_NOT_ONE : stats->history.seen[reader].queue.capacity,
	};
	row->rate = row->out < 0 ? row->out
		    : is_over    ? average_rate(row->out, whole)
				 : stats_recent_rate(seen);
}

/* A relay has no row: what there is to say about it stands with the stage that feeds it. */
static bool is_marked(const struct pipe_stats *stats, size_t i, const struct stats_verdict *verdict)
{
	ptrdiff_t stage = (ptrdiff_t)verdict->stage;

	if (verdict->reason == STATS_NOTHING)
		return false;
	while (stage >= 0 && stats->history.views[stage].is_relay)
		stage = stats->history.views[stage].source;
	return stage == (ptrdiff_t)i;
}

/* elapsed is 0 as long as the pipeline runs. */
static size_t make_rows(
	struct pipe_stats *stats, const struct stats_verdict *verdict, brood_duration elapsed)
{
	size_t n = 0;

	for (size_t i = 0; i < stats->history.n; i++) {
		if (stats->history.views[i].is_relay)
			continue;
		make_row(stats, i, elapsed, &stats->rows[n]);
		if (is_marked(stats, i, verdict))
			stats->rows[n].mark = stats_reason_text(verdict->reason);
		n++;
	}
	return n;
}

static void find_room(const struct pipe_stats *stats, struct stats_table *table)
{
	struct winsize size;
	const char *columns = environment_get("COLUMNS");

	if (ioctl(stats->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		table->width = size.ws_col;
		table->height = size.ws_row > LINES_BESIDE ? size.ws_row - LINES_BESIDE : 1;
	} else if (columns && columns[0] >= '0' && columns[0] <= '9') {
		table->width = strtoul(columns, NULL, 10);
	}
	if (table->width > 0 && table->width < LEAST_WIDTH)
		table->width = LEAST_WIDTH;
}

/* Fills the table from what the rows say. */
static struct stats_table make_table(struct pipe_stats *stats, size_t n, brood_duration elapsed)
{
	struct stats_table table = {
		.rows = stats->rows,
		.n_rows = n,
		.total = n > 0 ? stats->rows[0].out : STATS_NONE,
		.rate = n > 0 ? stats->rows[0].rate : STATS_NONE,
		.elapsed = elapsed > 0 ? elapsed : duration_now() - stats->begun,
		.is_final = elapsed > 0,
		.has_color = isatty(stats->fd) && message_is_coloured(),
		.is_ascii = stats->is_ascii,
	};

	if (table.total == STATS_NOT_ONE)
		table.total = table.rate = STATS_NONE;
	find_room(stats, &table);
	return table;
}

static bool is_job_group(const struct pipe_stats *stats, pid_t group)
{
	for (size_t i = 0; i < stats->history.n; i++)
		if (stats->history.views[i].pid > 0 && !stats->history.views[i].has_ended &&
			getpgid(stats->history.views[i].pid) == group)
			return true;
	return false;
}

/* Whether the terminal takes something at once, and is ours or our job's: in the background we keep
   quiet. */
static bool may_draw(const struct pipe_stats *stats)
{
	struct pollfd writable = { .fd = stats->fd, .events = POLLOUT };
	struct termios modes;
	pid_t group = tcgetpgrp(stats->fd);

	if (poll(&writable, 1, 0) != 1 || !(writable.revents & POLLOUT))
		return false;
	/* Not our controlling terminal: nobody is stopped for writing to it. */
	if (group < 0 || group == getpgrp())
		return true;
	bool would_stop = tcgetattr(stats->fd, &modes) == 0 && (modes.c_lflag & TOSTOP);
	return !would_stop && is_job_group(stats, group);
}

static void send_text(struct pipe_stats *stats, const struct text *text)
{
	if (text->length > 0 && write_all(stats->fd, text->bytes, text->length) < 0)
		stats->is_silent = true;
}

/* The cursor stands on an empty line above the table, so that what others write has a place. */
static void draw(struct pipe_stats *stats, const struct stats_table *table)
{
	struct text text = { 0 };

	text_string(&text, stats->lines > 0 ? "\r\033[J\033[?7l\n" : "\033[?7l\n");
	stats->lines = 1 + stats_table_add(&text, table);
	text_format(&text, "\033[?7h\033[%zuA\r", stats->lines);
	send_text(stats, &text);
	text_done(&text);
}

void pipe_stats_tick(struct pipe_stats *stats)
{
	stats_history_look(&stats->history);
	struct stats_verdict verdict = judge(stats);
	if (!stats->is_live || stats->is_silent || !may_draw(stats))
		return;
	size_t n = make_rows(stats, &verdict, 0);
	struct stats_table table = make_table(stats, n, 0);
	draw(stats, &table);
}

void pipe_stats_hide(struct pipe_stats *stats)
{
	struct text text = { 0 };

	if (!stats || stats->lines == 0 || stats->is_silent)
		return;
	text_string(&text, "\r\033[J");
	send_text(stats, &text);
	text_done(&text);
	stats->lines = 0;
}

static void draw_last(struct pipe_stats *stats)
{
	brood_duration elapsed = duration_now() - stats->begun;
	struct stats_verdict verdict = judge_all(stats);
	struct text text = { 0 };
	size_t n = make_rows(stats, &verdict, elapsed > 0 ? elapsed : 1);
	struct stats_table table = make_table(stats, n, elapsed > 0 ? elapsed : 1);

	table.height = 0;
	if (stats->lines > 0)
		text_string(&text, "\r\033[J");
	stats_table_add(&text, &table);
	send_text(stats, &text);
	text_done(&text);
}

void pipe_stats_end(struct pipe_stats *stats)
{
	if (!stats)
		return;
	stats_history_look(&stats->history);
	if (!stats->is_silent)
		draw_last(stats);
	stats_history_done(&stats->history);
	free(stats->told);
	free(stats->stages);
	free(stats->rows);
	free(stats);
}
