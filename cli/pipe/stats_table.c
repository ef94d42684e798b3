/* SPDX-License-Identifier: MIT */
#include "pipe/stats_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_CELLS    8
#define LEAST_NAME   8
#define LEAST_HEIGHT 4
#define NS           1000000000LL

enum column { NUMBER, NAME, STATE, CPU, VOLUMES, RATE, QUEUE, MARK, N_COLUMNS };

/* What is left out, one after the other, until the lines are narrow enough. */
enum cut { CUT_NONE, CUT_BAR, CUT_WORDS, CUT_RATE, CUT_QUEUE, CUT_VOLUMES, CUT_CPU, CUT_STATE };

static const char *const titles[N_COLUMNS] = {
	[NUMBER] = "#",
	[NAME] = "stage",
	[STATE] = "state",
	[CPU] = "cpu",
	[QUEUE] = "link queue",
	[MARK] = "",
};

/* How all of the table is laid out. */
struct layout {
	const struct stats_table *table;
	enum cut cut;
	size_t widths[N_COLUMNS];
};

const char *stats_bytes_text(int64_t bytes, char text[STATS_NUMBER_SIZE])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(text, STATS_NUMBER_SIZE, "%5" PRId64 " B", bytes < 0 ? 0 : bytes);
		return text;
	}
	for (; value >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
		value /= 1024;
	snprintf(text, STATS_NUMBER_SIZE, "%4.*f%s",
		value < 9.995   ? 2
		: value < 99.95 ? 1
				: 0,
		value, units[unit]);
	return text;
}

const char *stats_time_text(int64_t nanoseconds, char text[STATS_NUMBER_SIZE])
{
	int64_t seconds = nanoseconds / NS;
	int64_t days = seconds / 86400;

	if (days > 0)
		snprintf(text, STATS_NUMBER_SIZE,
			"%" PRId64 ":%02" PRId64 ":%02" PRId64 ":%02" PRId64, days,
			seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
	else
		snprintf(text, STATS_NUMBER_SIZE, "%" PRId64 ":%02" PRId64 ":%02" PRId64,
			seconds / 3600, seconds / 60 % 60, seconds % 60);
	return text;
}

/* The code point of a valid character. */
static uint32_t code_of(const char *bytes, size_t length)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = (unsigned char)bytes[0] & masks[length];

	for (size_t i = 1; i < length; i++)
		code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
	return code;
}

/* Characters that take two columns: those of East Asia, and pictures. */
static bool is_wide(uint32_t code)
{
	static const uint32_t ranges[][2] = { { 0x1100, 0x115f }, { 0x231a, 0x231b },
		{ 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
		{ 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f000, 0x1faff },
		{ 0x20000, 0x3fffd } };

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

/* How many bytes of a text fit into so many columns; *ret_used: how many they take. The text is one
   that text_safe() has made. */
static size_t fitting(const char *text, size_t columns, size_t *ret_used)
{
	size_t length = strlen(text), i = 0, used = 0;

	while (i < length) {
		size_t bytes = text_character(text + i, length - i);
		size_t width = bytes > 2 && is_wide(code_of(text + i, bytes)) ? 2 : 1;
		if (used + width > columns)
			break;
		used += width;
		i += bytes > 0 ? bytes : 1;
	}
	*ret_used = used;
	return i;
}

static size_t width_of(const char *text)
{
	size_t used;

	fitting(text, SIZE_MAX, &used);
	return used;
}

/* Adds a text cut to so many columns. Returns how many it takes. */
static size_t add_cut(struct text *text, const char *piece, size_t columns, bool is_ascii)
{
	const char *dots = is_ascii ? "..." : "\u2026";
	size_t used, room = width_of(dots);

	if (width_of(piece) <= columns) {
		text_string(text, piece);
		return width_of(piece);
	}
	if (columns < room)
		dots = "", room = 0;
	size_t length = fitting(piece, columns - room, &used);
	text_add(text, piece, length);
	text_string(text, dots);
	return used + room;
}

static void add_bytes(struct text *text, int64_t bytes)
{
	char number[STATS_NUMBER_SIZE];

	if (bytes == STATS_NOT_ONE)
		text_format(text, "%7s", "");
	else if (bytes < 0)
		text_format(text, "%7s", "-");
	else
		text_string(text, stats_bytes_text(bytes, number));
}

static void add_volumes(struct text *text, const struct stats_row *row, bool is_ascii)
{
	if (row->in == STATS_NOT_ONE && row->out == STATS_NOT_ONE)
		return;
	add_bytes(text, row->in);
	text_string(text, is_ascii ? " ->" : " \u2192");
	if (row->out == STATS_NOT_ONE)
		return;
	text_string(text, " ");
	add_bytes(text, row->out);
}

static void add_rate(struct text *text, int64_t rate)
{
	if (rate == STATS_NOT_ONE)
		return;
	text_string(text, "[");
	add_bytes(text, rate);
	text_string(text, "/s]");
}

/* As sizes are given on the command line: 512, 64K, 1M. */
static void add_size(struct text *text, int64_t bytes)
{
	if (bytes >= 1 << 20 && bytes % (1 << 20) == 0)
		text_format(text, "%" PRId64 "M", bytes >> 20);
	else if (bytes >= 1024)
		text_format(text, "%" PRId64 "K", (bytes + 512) / 1024);
	else
		text_format(text, "%" PRId64, bytes);
}

static void add_bar(struct text *text, const struct stats_row *row, bool is_ascii)
{
	int64_t filled = (row->queued * BAR_CELLS + row->capacity / 2) / row->capacity;

	if (filled == 0 && row->queued > 0)
		filled = 1;
	if (filled >= BAR_CELLS)
		filled = row->queued < row->capacity ? BAR_CELLS - 1 : BAR_CELLS;
	for (int i = 0; i < BAR_CELLS; i++)
		text_string(text, i < filled ? is_ascii ? "#" : "\u2593"
				  : is_ascii ? "."
					     : "\u2591");
	text_string(text, " ");
}

static void add_queue(struct text *text, const struct stats_row *row, const struct layout *layout)
{
	if (row->queued == STATS_NOT_ONE)
		return;
	if (row->queued < 0 || row->capacity <= 0) {
		text_string(text, "-");
		return;
	}
	if (layout->cut < CUT_BAR)
		add_bar(text, row, layout->table->is_ascii);
	add_size(text, row->queued);
	text_string(text, "/");
	add_size(text, row->capacity);
}

static void add_mark(struct text *text, const struct stats_row *row, const struct layout *layout)
{
	if (!row->mark)
		return;
	text_string(text, layout->table->is_ascii ? "<-" : "\u2190");
	if (layout->cut < CUT_WORDS)
		text_format(text, " bottleneck (%s)", row->mark);
}

static void add_cell(struct text *text, enum column column, const struct stats_row *row,
	const struct layout *layout)
{
	switch (column) {
	case NUMBER:
		text_string(text, row->number);
		break;
	case NAME:
		text_safe(text, row->name, strlen(row->name));
		break;
	case STATE:
		text_string(text, row->state);
		break;
	case CPU:
		if (row->cpu < 0)
			text_string(text, "-");
		else
			text_format(text, "%d%%", (row->cpu + 5) / 10);
		break;
	case VOLUMES:
		add_volumes(text, row, layout->table->is_ascii);
		break;
	case RATE:
		add_rate(text, row->rate);
		break;
	case QUEUE:
		add_queue(text, row, layout);
		break;
	case MARK:
		add_mark(text, row, layout);
		break;
	case N_COLUMNS:
		break;
	}
}

static const char *title_of(enum column column, const struct layout *layout)
{
	if (column == VOLUMES)
		return layout->table->is_ascii ? "in -> out" : "in \u2192 out";
	if (column == RATE)
		return "rate";
	return titles[column];
}

static bool is_shown(enum column column, const struct layout *layout)
{
	static const enum cut gone[N_COLUMNS] = { [STATE] = CUT_STATE,
		[CPU] = CUT_CPU,
		[VOLUMES] = CUT_VOLUMES,
		[RATE] = CUT_RATE,
		[QUEUE] = CUT_QUEUE };

	if (column == QUEUE && layout->table->is_final)
		return false;
	return gone[column] == CUT_NONE || layout->cut < gone[column];
}

/* Sets the widths that the columns would like to have. */
static void measure(struct layout *layout)
{
	struct text cell = { 0 };

	for (enum column column = 0; column < N_COLUMNS; column++) {
		layout->widths[column] = 0;
		if (!is_shown(column, layout))
			continue;
		layout->widths[column] = width_of(title_of(column, layout));
		for (size_t i = 0; i < layout->table->n_rows; i++) {
			cell.length = 0;
			add_cell(&cell, column, &layout->table->rows[i], layout);
			size_t width = cell.length > 0 ? width_of(cell.bytes) : 0;
			if (width > layout->widths[column])
				layout->widths[column] = width;
		}
	}
	text_done(&cell);
}

/* A blank in front of each column, two in front of most. */
static size_t gap_of(enum column column)
{
	return column == NUMBER || column == NAME ? 1 : 2;
}

static size_t line_width(const struct layout *layout)
{
	size_t width = 0;

	for (enum column column = 0; column < N_COLUMNS; column++)
		if (layout->widths[column] > 0)
			width += gap_of(column) + layout->widths[column];
	return width;
}

/* Leaves out and cuts until it fits. */
static void lay_out(struct layout *layout)
{
	size_t width = layout->table->width;

	for (;; layout->cut++) {
		measure(layout);
		size_t wanted = line_width(layout);
		if (width == 0 || wanted <= width)
			return;
		size_t name = layout->widths[NAME];
		size_t least = name < LEAST_NAME ? name : LEAST_NAME;
		if (wanted - name + least <= width || layout->cut == CUT_STATE) {
			size_t rest = wanted - name;
			layout->widths[NAME] = width > rest ? width - rest : 1;
			return;
		}
	}
}

static void add_spaces(struct text *text, size_t n)
{
	for (; n > 0; n--)
		text_string(text, " ");
}

/* A line; row is NULL for the titles. What stands behind the last word is taken back. */
static void add_line(struct text *text, const struct stats_row *row, const struct layout *layout)
{
	struct text cell = { 0 };
	bool has_color = layout->table->has_color && row && row->mark;
	size_t end = text->length;

	for (enum column column = 0; column < N_COLUMNS; column++) {
		size_t width = layout->widths[column];
		if (width == 0)
			continue;
		cell.length = 0;
		if (row)
			add_cell(&cell, column, row, layout);
		else
			text_string(&cell, title_of(column, layout));
		const char *piece = cell.length > 0 ? cell.bytes : "";
		size_t used = width_of(piece);
		size_t before = (column == NUMBER || column == CPU) && used < width ? width - used
										    : 0;
		add_spaces(text, gap_of(column) + before);
		if (column == MARK && has_color)
			text_string(text, "\033[1;33m");
		used = add_cut(text, piece, width, layout->table->is_ascii);
		if (used > 0)
			end = text->length;
		add_spaces(text, width - used - before);
	}
	text->length = end;
	text_string(text, has_color ? "\033[0m\n" : "\n");
	text_done(&cell);
}

static const struct stats_row *marked_row(const struct stats_table *table)
{
	for (size_t i = 0; i < table->n_rows; i++)
		if (table->rows[i].mark)
			return &table->rows[i];
	return NULL;
}

static void add_sum(struct text *text, const struct stats_table *table)
{
	struct text line = { 0 };
	char time[STATS_NUMBER_SIZE];
	const struct stats_row *marked = marked_row(table);

	text_string(&line, " ");
	add_bytes(&line, table->total);
	text_format(&line, " %s ", stats_time_text(table->elapsed, time));
	add_rate(&line, table->rate);
	if (marked) {
		text_format(&line, " bottleneck: %s ", marked->number);
		text_safe(&line, marked->name, strlen(marked->name));
		text_format(&line, " (%s)", marked->mark);
	}
	add_cut(text, line.bytes, table->width > 0 ? table->width : SIZE_MAX, table->is_ascii);
	text_string(text, "\n");
	text_done(&line);
}

/* How many of the rows there is room for beside titles, sum, and the line that counts the rest. */
static size_t rows_that_fit(const struct stats_table *table)
{
	if (table->height == 0 || table->n_rows + 2 <= table->height)
		return table->n_rows;
	return table->height < LEAST_HEIGHT ? 0 : table->height - 3;
}

size_t stats_table_add(struct text *text, const struct stats_table *table)
{
	struct layout layout = { .table = table };
	size_t n = rows_that_fit(table);
	size_t lines = 1;

	lay_out(&layout);
	if (n > 0) {
		add_line(text, NULL, &layout);
		lines++;
	}
	for (size_t i = 0; i < n; i++, lines++)
		add_line(text, &table->rows[i], &layout);
	if (n > 0 && n < table->n_rows) {
		text_format(text, " %s %zu more\n", table->is_ascii ? "..." : "\u2026",
			table->n_rows - n);
		lines++;
	}
	add_sum(text, table);
	return lines;
}
