/* SPDX-License-Identifier: MIT */
#include "filter/show.h"

#include "common/environment.h"
#include "common/memory.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define CUT_MARK " [cut]"

static bool is_set(const char *name)
{
	const char *value = environment_get(name);

	return value && value[0] != '\0';
}

static bool wants_color(enum filter_color color)
{
	if (color != FILTER_COLOR_AUTO)
		return color == FILTER_COLOR_ALWAYS;
	const char *terminal = environment_get("TERM");
	return !is_set("NO_COLOR") && isatty(STDOUT_FILENO) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

void show_init(struct show *show, const struct filter_config *config, struct output *output,
	struct matcher *matcher, bool has_names)
{
	*show = (struct show){
		.config = config,
		.output = output,
		.matcher = matcher,
		.is_coloured = wants_color(config->color),
		.has_names = has_names,
		.eol = config->nul_lines ? '\0' : '\n',
	};
	colors_read(&show->colors, environment_get("GREP_COLORS"));
	show->is_plain = !show->is_coloured && !has_names && !config->line_numbers &&
			 !config->byte_offsets && !config->only_matching && config->n_fields == 0;
	text_reserve(&show->line, 256);
}

void show_done(struct show *show)
{
	text_done(&show->line);
	text_done(&show->why);
}

static void send(struct show *show)
{
	filter_output_lines(show->output, show->line.bytes, show->line.length);
	show->line.length = 0;
	show->has_shown = true;
}

void show_plain(struct show *show, const char *bytes, size_t length, bool is_cut)
{
	show->has_shown = true;
	if (!is_cut && bytes[length - 1] == show->eol) {
		filter_output_lines(show->output, bytes, length);
		return;
	}
	/* A line goes out in one piece. */
	const char *last = memrchr(bytes, show->eol, length);
	size_t before = last ? (size_t)(last - bytes) + 1 : 0;
	filter_output_lines(show->output, bytes, before);
	text_add(&show->line, bytes + before, length - before);
	if (is_cut)
		text_string(&show->line, CUT_MARK);
	text_add(&show->line, &show->eol, 1);
	send(show);
}

static void begin_color(struct show *show, const char *color)
{
	if (color[0])
		text_format(
			&show->line, show->colors.no_erase ? "\033[%sm" : "\033[%sm\033[K", color);
}

static void end_color(struct show *show, const char *color)
{
	if (color[0])
		text_string(&show->line, show->colors.no_erase ? "\033[m" : "\033[m\033[K");
}

static void add_coloured(struct show *show, const char *color, const char *bytes, size_t length)
{
	if (!show->is_coloured || length == 0) {
		text_add(&show->line, bytes, length);
		return;
	}
	begin_color(show, color);
	text_add(&show->line, bytes, length);
	end_color(show, color);
}

static void add_name(struct show *show, const char *name)
{
	add_coloured(show, show->colors.file_name, name, strlen(name));
}

static void add_number(struct show *show, const char *color, uint64_t number, char sign)
{
	char digits[24];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	add_coloured(show, color, digits + at, sizeof digits - at);
	add_coloured(show, show->colors.separator, &sign, 1);
}

static void add_prefix(
	struct show *show, const char *name, const struct shown_line *line, uint64_t offset)
{
	const struct filter_config *config = show->config;
	char sign = line->is_selected ? ':' : '-';

	if (show->has_names) {
		add_name(show, name);
		if (config->nul_names)
			text_add(&show->line, "", 1);
		else
			add_coloured(show, show->colors.separator, &sign, 1);
	}
	if (config->line_numbers)
		add_number(show, show->colors.line_number, line->number, sign);
	if (config->byte_offsets)
		add_number(show, show->colors.byte_offset, offset, sign);
}

/* The line without its newline, with what matches in colour. */
static int add_matches(struct show *show, const char *bytes, size_t length, const char *line_color,
	const char *match_color)
{
	struct match_range range;
	size_t at = 0;
	int r;

	while ((r = match_span(show->matcher, bytes, length, at, &range, &show->why)) > 0) {
		/* A match begins its own colour and ends all. */
		begin_color(show, line_color);
		text_add(&show->line, bytes + at, range.start - at);
		add_coloured(show, match_color, bytes + range.start, range.end - range.start);
		at = range.end;
	}
	add_coloured(show, line_color, bytes + at, length - at);
	return r;
}

static int add_content(struct show *show, const char *bytes, size_t length, bool is_selected)
{
	const struct colors *colors = &show->colors;
	bool is_first = is_selected != (colors->reversed && show->config->invert);
	const char *line_color = is_first ? colors->selected_line : colors->context_line;
	const char *match_color = is_selected ? colors->selected_match : colors->context_match;

	if (!show->is_coloured || (!line_color[0] && !match_color[0]) || length == 0) {
		text_add(&show->line, bytes, length);
		return 0;
	}
	/* Selected lines hold matches; with -v it is the others that do. */
	if (show->matcher && match_color[0] && is_selected != show->config->invert &&
		match_can_span(show->matcher))
		return add_matches(show, bytes, length, line_color, match_color);
	add_coloured(show, line_color, bytes, length);
	return 0;
}

/* A value must not end its line or its column. */
static void add_value(struct show *show, const struct field *field)
{
	size_t length = field->length;

	text_reserve(&show->line, length);
	char *value = show->line.bytes + show->line.length;
	if (field->kind == FIELD_STRING && field->has_escapes)
		length = field_plain(field, value, length);
	else
		memcpy(value, field->bytes, length);
	for (size_t i = 0; i < length; i++)
		if (value[i] == '\n' || value[i] == '\t' || value[i] == '\r' || value[i] == '\0')
			value[i] = ' ';
	show->line.length += length;
}

static void add_fields(struct show *show, const char *bytes, size_t length)
{
	const struct filter_config *config = show->config;
	struct field found[FIELDS_MOST];

	/* A line of another kind: a trace, a message of the runtime. */
	if (fields_find(bytes, length, config->fields, config->n_fields, found) == 0) {
		text_add(&show->line, bytes, length);
		return;
	}
	for (size_t i = 0; i < config->n_fields; i++) {
		if (i > 0)
			text_add(&show->line, "\t", 1);
		if (found[i].kind != FIELD_NONE)
			add_value(show, &found[i]);
	}
}

/* -o: every match is a line. */
static int show_matches(
	struct show *show, const char *name, const struct shown_line *line, size_t length)
{
	const char *color = line->is_selected ? show->colors.selected_match
					      : show->colors.context_match;
	struct match_range range;
	size_t at = 0;
	int r;

	while ((r = match_span(show->matcher, line->bytes, length, at, &range, &show->why)) > 0) {
		add_prefix(show, name, line, line->offset + range.start);
		add_coloured(show, color, line->bytes + range.start, range.end - range.start);
		text_add(&show->line, &show->eol, 1);
		send(show);
		at = range.end;
	}
	return r;
}

int show_line(struct show *show, const char *name, const struct shown_line *line)
{
	size_t length = line->length;
	int r = 0;

	if (length > 0 && line->bytes[length - 1] == show->eol && !line->is_cut)
		length--;
	if (show->config->only_matching) {
		if (line->is_selected && !show->config->invert)
			r = show_matches(show, name, line, length);
		return r;
	}
	add_prefix(show, name, line, line->offset);
	if (show->config->n_fields > 0 && line->is_selected)
		add_fields(show, line->bytes, length);
	else
		r = add_content(show, line->bytes, length, line->is_selected);
	if (line->is_cut)
		text_string(&show->line, CUT_MARK);
	text_add(&show->line, &show->eol, 1);
	send(show);
	return r;
}

void show_separator(struct show *show)
{
	const char *separator = show->config->group_separator;

	if (!separator)
		return;
	add_coloured(show, show->colors.separator, separator, strlen(separator));
	text_add(&show->line, "\n", 1);
	send(show);
}

void show_count(struct show *show, const char *name, uint64_t n)
{
	if (show->has_names) {
		add_name(show, name);
		if (show->config->nul_names)
			text_add(&show->line, "", 1);
		else
			add_coloured(show, show->colors.separator, ":", 1);
	}
	text_format(&show->line, "%" PRIu64 "\n", n);
	send(show);
}

void show_name(struct show *show, const char *name)
{
	add_name(show, name);
	text_add(&show->line, show->config->nul_names ? "" : "\n", 1);
	send(show);
}
