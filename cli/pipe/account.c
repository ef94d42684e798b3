/* SPDX-License-Identifier: MIT */
#include "pipe/account.h"

#include "common/json.h"

#include <stdio.h>
#include <string.h>

/* How much of a name fits into the table. */
#define NAME_WIDTH 32
#define END_WIDTH  20

void pipe_add_name(struct text *text, const struct pipe_node *node)
{
	char words[512];

	if (!node->stage) {
		text_string(text, "(relay)");
		return;
	}
	if (node->stage->name) {
		text_string(text, node->stage->name);
		return;
	}
	struct brood_cmd cmd = BROOD_CMD(.argv = node->stage->argv);
	brood_cmd_text(&cmd, words, sizeof words);
	text_string(text, words);
}

const char *pipe_short_name(const struct pipe_node *node)
{
	if (!node->stage)
		return "relay";
	return node->stage->name ? node->stage->name : text_base_name(node->stage->argv[0]);
}

/* SIGPIPE as PIPE. */
static const char *short_signal(int number)
{
	const char *name = brood_signal_name(number);

	return name ? name + strlen("SIG") : "?";
}

void pipe_add_end(struct text *text, const struct pipe_node *node, const struct pipe_end *end)
{
	if (end->was_limited)
		text_string(text, "time limit, ");
	else if (end->was_guarded)
		text_string(text, "guard killed, ");
	else if (end->was_stopped)
		text_string(text, "stopped, ");
	switch (end->how) {
	case PIPE_EXITED:
		text_format(text, "exit %d", end->exit_code);
		if (end->exit_code != 0 && pipe_end_is_good(node, end))
			text_string(text, ", ok");
		break;
	case PIPE_SIGNALED:
		text_format(text, "SIG%s", short_signal(end->signal));
		break;
	case PIPE_LOST:
		text_string(text, "status lost");
		break;
	case PIPE_NOT_STARTED:
		text_string(text, "not started");
		break;
	case PIPE_WAITING:
	case PIPE_RUNNING:
		text_string(text, end->how == PIPE_WAITING ? "not started" : "running");
		break;
	}
	if (end->is_excused)
		text_string(text, ", excused");
}

static void add_duration(struct text *text, int64_t duration)
{
	double seconds = (double)duration / 1e9;

	text_format(text,
		seconds < 0.0995  ? " %7.3f s"
		: seconds < 9.995 ? " %7.2f s"
				  : " %7.1f s",
		seconds);
}

/* How many columns a text takes, as far as one per character is right. */
static size_t width_of(const struct text *text, size_t from)
{
	size_t width = 0;

	for (size_t i = from; i < text->length; i++)
		width += ((unsigned char)text->bytes[i] & 0xc0) != 0x80;
	return width;
}

static void fill(struct text *text, size_t from, size_t width)
{
	for (size_t have = width_of(text, from); have < width; have++)
		text_add(text, " ", 1);
}

/* One that is too long loses its end. */
static void add_cut_name(struct text *text, const struct pipe_node *node)
{
	struct text name = { 0 }, safe = { 0 };
	size_t width = 0, end = 0;

	pipe_add_name(&name, node);
	text_safe(&safe, name.bytes, name.length);
	while (end < safe.length && width < NAME_WIDTH) {
		size_t character = text_character(safe.bytes + end, safe.length - end);
		end += character ? character : 1;
		width++;
	}
	if (end < safe.length) {
		/* Room for the dots: that many characters from the end. */
		for (size_t i = 0; i < 3 && end > 0; i++)
			do
				end--;
			while (end > 0 && ((unsigned char)safe.bytes[end] & 0xc0) == 0x80);
		text_add(text, safe.bytes, end);
		text_string(text, "...");
	} else {
		text_add(text, safe.bytes ? safe.bytes : "", safe.length);
	}
	text_done(&name);
	text_done(&safe);
}

static bool is_shown(const struct pipe_node *node, const struct pipe_end *end)
{
	return node->stage || (!pipe_end_is_good(node, end) && !end->was_stopped);
}

static size_t widest_name(const struct pipe_summary *summary)
{
	const struct pipe_plan *plan = summary->plan;
	size_t widest = strlen("stage");

	for (size_t i = 0; i < plan->n_nodes; i++) {
		struct text name = { 0 };
		if (!is_shown(&plan->nodes[i], &summary->accounts[i].end))
			continue;
		add_cut_name(&name, &plan->nodes[i]);
		size_t width = width_of(&name, 0);
		widest = width > widest ? width : widest;
		text_done(&name);
	}
	return widest;
}

static void add_line(struct text *text, const struct pipe_node *node,
	const struct pipe_account *account, size_t name_width)
{
	size_t begin = text->length;

	text_format(text, " %-4s ", node->number);
	size_t from = text->length;
	add_cut_name(text, node);
	fill(text, from, name_width + 2);
	from = text->length;
	pipe_add_end(text, node, &account->end);
	if (account->pid > 0) {
		fill(text, from, END_WIDTH);
		add_duration(text, account->wall);
		add_duration(text, account->user + account->system);
	}
	if (account->attempts > 1)
		text_format(text, "  attempt %u", account->attempts);
	if (account->left_killed > 0)
		text_format(text, "  %u left behind, killed", (unsigned int)account->left_killed);
	while (text->length > begin && text->bytes[text->length - 1] == ' ')
		text->bytes[--text->length] = '\0';
	text_string(text, "\n");
}

void pipe_add_table(struct text *text, const struct pipe_summary *summary)
{
	const struct pipe_plan *plan = summary->plan;
	size_t width = widest_name(summary);

	text_format(text, " %-4s %-*s  %-*s %9s %9s\n", "#", (int)width, "stage", END_WIDTH, "end",
		"wall", "cpu");
	for (size_t i = 0; i < plan->n_nodes; i++)
		if (is_shown(&plan->nodes[i], &summary->accounts[i].end))
			add_line(text, &plan->nodes[i], &summary->accounts[i], width);
}

static const char *cause_of(const struct pipe_summary *summary, const struct pipe_end *end)
{
	if (end->was_limited)
		return "timeout";
	if (end->how == PIPE_NOT_STARTED)
		return "spawn";
	if (end->how == PIPE_WAITING)
		return "dependency";
	if (end->was_guarded)
		return "guard";
	if (end->was_stopped || (summary->was_asked && end->how == PIPE_SIGNALED))
		return "canceled";
	return end->how == PIPE_EXITED ? "exit" : end->how == PIPE_SIGNALED ? "signal" : "lost";
}

static void add_stage(struct text *text, const struct pipe_summary *summary, size_t i)
{
	const struct pipe_node *node = &summary->plan->nodes[i];
	const struct pipe_account *account = &summary->accounts[i];
	const struct pipe_end *end = &account->end;

	put_json_begin(text);
	put_json_string(text, "stage", node->number);
	put_json_string(text, "name", pipe_short_name(node));
	if (node->stage)
		put_json_strings(text, "argv", node->stage->argv);
	if (account->pid > 0)
		put_json_integer(text, "pid", account->pid);
	else
		put_json_null(text, "pid");
	put_json_string(text, "cause", cause_of(summary, end));
	if (end->how == PIPE_EXITED)
		put_json_integer(text, "code", end->exit_code);
	else
		put_json_null(text, "code");
	put_json_string(
		text, "signal", end->how == PIPE_SIGNALED ? short_signal(end->signal) : NULL);
	put_json_boolean(text, "ok", pipe_end_is_good(node, end));
	put_json_boolean(text, "excused", end->is_excused);
	put_json_seconds(text, "wall_s", account->wall);
	put_json_seconds(text, "user_s", account->user);
	put_json_seconds(text, "sys_s", account->system);
	put_json_integer(text, "left_killed", account->left_killed);
	put_json_integer(text, "attempt", account->attempts);
	put_json_end(text);
	text->bytes[--text->length] = '\0';
}

static void add_start(struct text *text, const struct timespec *start)
{
	struct tm broken;
	char words[64];

	if (!gmtime_r(&start->tv_sec, &broken)) {
		put_json_null(text, "start");
		return;
	}
	size_t length = strftime(words, 32, "%Y-%m-%dT%H:%M:%S", &broken);
	snprintf(words + length, sizeof words - length, ".%03ldZ", start->tv_nsec / 1000000);
	put_json_string(text, "start", words);
}

void pipe_add_record(struct text *text, const struct pipe_summary *summary)
{
	const struct pipe_plan *plan = summary->plan;
	bool is_first = true;

	put_json_begin(text);
	put_json_string(text, "v", "brood.pipe/1");
	put_json_boolean(text, "ok", summary->code == 0);
	put_json_integer(text, "code", summary->code);
	put_json_boolean(text, "timed_out", summary->timed_out);
	add_start(text, &summary->start);
	put_json_seconds(text, "wall_s", summary->wall);
	text_string(text, ",\"stages\":[");
	for (size_t i = 0; i < plan->n_nodes; i++) {
		if (!is_shown(&plan->nodes[i], &summary->accounts[i].end))
			continue;
		if (!is_first)
			text_string(text, ",");
		is_first = false;
		add_stage(text, summary, i);
	}
	text_string(text, "]");
	put_json_end(text);
}
