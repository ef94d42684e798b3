/* SPDX-License-Identifier: MIT */
#include "mailbox/show.h"

#include "common/duration.h"
#include "common/json.h"
#include "mailbox/payload.h"

#include <brood/brood.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What of a message's text stands in its JSON. */
#define JSON_TEXT 4096
/* Below that a column says nothing. */
#define LEAST_WHAT 20
/* A terminal has to have that many for all columns of the table. */
#define WIDE_TABLE 60
#define ELLIPSIS   "..."

const char *const show_states[] = { "ready", "delayed", "blocked", "running", "done", "dead",
	"removed", NULL };

const char *show_state(int state)
{
	return state >= 0 && state <= BROOD_MESSAGE_REMOVED ? show_states[state] : "?";
}

const char *show_age(int64_t nanoseconds, char text[SHOW_AGE_SIZE])
{
	static const struct {
		int64_t unit;
		const char *name;
	} units[] = { { 24 * BROOD_HOUR, "d" }, { BROOD_HOUR, "h" }, { BROOD_MINUTE, "m" } };
	size_t i = 0;

	if (nanoseconds < 0)
		nanoseconds = 0;
	while (i < sizeof units / sizeof *units && nanoseconds < units[i].unit)
		i++;
	int64_t unit = i < sizeof units / sizeof *units ? units[i].unit : BROOD_SECOND;
	const char *name = i < sizeof units / sizeof *units ? units[i].name : "s";
	snprintf(text, SHOW_AGE_SIZE, "%lld%s", (long long)(nanoseconds / unit), name);
	return text;
}

/* Returns false if it is none; then nothing was added. */
static bool add_command(struct text *text, const struct brood_message *message)
{
	struct payload payload;

	if (message->kind != PAYLOAD_COMMAND ||
		payload_decode(&payload, message->data, message->length) < 0)
		return false;
	const struct brood_cmd cmd = BROOD_CMD(.argv = payload.argv);
	size_t length = brood_cmd_text(&cmd, NULL, 0);
	text_reserve(text, length);
	brood_cmd_text(&cmd, text->bytes + text->length, length + 1);
	text->length += length;
	payload_done(&payload);
	return true;
}

void show_text(struct text *text, const struct brood_message *message)
{
	if (!add_command(text, message))
		text_add(text, message->data, message->length);
}

/* One column each, which is not so for all of Unicode but for nearly all that is seen here. */
static size_t columns_of(const char *bytes, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++)
		n += ((unsigned char)bytes[i] & 0xc0) != 0x80;
	return n;
}

/* Cuts what was added behind `start` to that many columns. */
static void cut(struct text *text, size_t start, size_t most)
{
	size_t end = start, n = 0;

	if (most < sizeof ELLIPSIS || columns_of(text->bytes + start, text->length - start) <= most)
		return;
	for (; end < text->length; end++) {
		bool is_first = ((unsigned char)text->bytes[end] & 0xc0) != 0x80;
		if (is_first && n++ == most - strlen(ELLIPSIS))
			break;
	}
	text->length = end;
	text_string(text, ELLIPSIS);
}

void show_what(struct text *text, const struct brood_message *message, size_t most)
{
	struct text whole = { 0 };
	size_t start = text->length;

	text_string(text, "");
	show_text(&whole, message);
	if (whole.length > 0 && whole.bytes[whole.length - 1] == '\n')
		whole.length--;
	/* Four columns for a byte at most; a character is not cut. */
	size_t length = whole.length > most ? most * 4 : whole.length;
	length = length > whole.length ? whole.length : length;
	text_safe(text, whole.bytes, length);
	cut(text, start, most);
	text_done(&whole);
}

/* What stands in front of WHAT. */
static void add_columns(struct text *text, size_t columns, const char *const words[5])
{
	text_format(text, "%-5s %-8s %-5s ", words[0], words[1], words[2]);
	if (columns == 0 || columns >= WIDE_TABLE)
		text_format(text, "%-5s %-14s ", words[3], words[4]);
}

void show_table_head(struct text *text, size_t columns)
{
	add_columns(text, columns, (const char *const[]){ "ID", "STATE", "TRY", "AGE", "WORKER" });
	text_string(text, "WHAT\n");
}

static void add_worker(struct text *text, const struct brood_message *message)
{
	if (message->state != BROOD_MESSAGE_TAKEN) {
		text_string(text, "-");
		return;
	}
	text_format(text, "pid %d", (int)message->worker_pid);
	if (message->worker && message->worker[0]) {
		text_string(text, " ");
		text_safe(text, message->worker, strlen(message->worker));
	}
}

/* The time until then, as one would say it: not to the second if it is hours. */
static const char *due(int64_t left, char text[DURATION_TEXT_SIZE])
{
	int64_t unit = left > 24 * BROOD_HOUR ? BROOD_HOUR
		       : left > BROOD_HOUR    ? BROOD_MINUTE
					      : BROOD_SECOND;

	if (left < 0)
		left = 0;
	return duration_text(left / unit * unit + (left % unit > 0 ? unit : 0), text);
}

/* What stands behind the command: why it is where it is. */
static void add_note(struct text *text, const struct brood_message *message, int64_t now)
{
	char left[DURATION_TEXT_SIZE];

	if (message->state == BROOD_MESSAGE_DELAYED)
		text_format(text, "  due in %s", due(message->not_before_ns - now, left));
	if (message->state == BROOD_MESSAGE_BLOCKED && message->n_after > 0) {
		text_string(text, "  after ");
		for (size_t i = 0; i < message->n_after; i++)
			text_format(text, "%s%llu", i > 0 ? "," : "",
				(unsigned long long)message->after[i]);
	}
	if (message->reason && message->reason[0] && message->state == BROOD_MESSAGE_DEAD) {
		text_string(text, "  ");
		text_safe(text, message->reason, strlen(message->reason));
	}
}

void show_table_row(
	struct text *text, const struct brood_message *message, int64_t now, size_t columns)
{
	struct text worker = { 0 }, note = { 0 };
	char id[24], tries[32], age[SHOW_AGE_SIZE];
	size_t start = text->length;

	add_worker(&worker, message);
	text_string(&note, "");
	add_note(&note, message, now);
	snprintf(id, sizeof id, "%llu", (unsigned long long)message->id);
	snprintf(tries, sizeof tries, "%u/%u", message->tried,
		message->tries > 0 ? message->tries : 1);
	add_columns(text, columns,
		(const char *const[]){ id, show_state(message->state), tries,
			show_age(now - message->changed_ns, age), worker.bytes });
	size_t used = columns_of(text->bytes + start, text->length - start);
	size_t noted = columns_of(note.bytes, note.length);
	size_t most = columns > used + noted + LEAST_WHAT ? columns - used - noted : LEAST_WHAT;
	show_what(text, message, columns > 0 ? most : 200);
	text_add(text, note.bytes, note.length);
	if (columns > 0)
		cut(text, start, columns);
	text_string(text, "\n");
	text_done(&worker);
	text_done(&note);
}

static void add_time(struct text *text, const char *name, int64_t nanoseconds)
{
	time_t second = (time_t)(nanoseconds / BROOD_SECOND);
	struct tm parts;
	char stamp[32], whole[48];

	if (nanoseconds <= 0 || !gmtime_r(&second, &parts)) {
		put_json_null(text, name);
		return;
	}
	(void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(whole, sizeof whole, "%s.%03dZ", stamp,
		(int)(nanoseconds % BROOD_SECOND / BROOD_MILLISECOND));
	put_json_string(text, name, whole);
}

static void add_json_after(struct text *text, const struct brood_message *message)
{
	text_string(text, ",\"after\":[");
	for (size_t i = 0; i < message->n_after; i++)
		text_format(
			text, "%s%llu", i > 0 ? "," : "", (unsigned long long)message->after[i]);
	text_string(text, "]");
}

static bool is_utf8(const char *bytes, size_t length)
{
	size_t width = 1;

	for (size_t at = 0; at < length && width > 0; at += width)
		width = text_character(bytes + at, length - at);
	return width > 0;
}

/* What a string of JSON can hold, which ends at a NUL and is UTF-8. */
static void add_json_data(struct text *text, const struct brood_message *message)
{
	struct text copy = { 0 };
	size_t length = message->length < JSON_TEXT ? message->length : JSON_TEXT;

	text_add(&copy, message->data, length);
	put_json_string(text, "kind", "data");
	put_json_integer(text, "bytes", (int64_t)message->length);
	put_json_string(text, "text", copy.bytes);
	put_json_boolean(text, "is_whole",
		strlen(copy.bytes) == message->length && is_utf8(copy.bytes, message->length));
	text_done(&copy);
}

static void add_json_command(struct text *text, const struct payload *payload)
{
	put_json_string(text, "kind", "command");
	put_json_strings(text, "argv", payload->argv);
	put_json_string(text, "dir", payload->dir);
	if (payload->timeout > 0)
		put_json_seconds(text, "timeout_s", payload->timeout);
	else
		put_json_null(text, "timeout_s");
}

void show_json(struct text *text, const struct brood_message *message, const char *box)
{
	struct payload payload;

	put_json_begin(text);
	put_json_string(text, "v", "brood.mailbox/1");
	put_json_string(text, "box", box);
	put_json_integer(text, "id", (int64_t)message->id);
	put_json_string(text, "state", show_state(message->state));
	put_json_integer(text, "priority", message->priority);
	put_json_integer(text, "tried", message->tried);
	put_json_integer(text, "tries", message->tries > 0 ? message->tries : 1);
	add_time(text, "sent", message->sent_ns);
	add_time(text, "changed", message->changed_ns);
	add_time(text, "not_before", message->not_before_ns);
	add_json_after(text, message);
	if (message->worker_pid > 0)
		put_json_integer(text, "worker_pid", message->worker_pid);
	else
		put_json_null(text, "worker_pid");
	put_json_string(text, "worker", message->worker);
	put_json_integer(text, "code", message->code);
	put_json_string(text, "reason", message->reason);
	if (message->kind == PAYLOAD_COMMAND &&
		payload_decode(&payload, message->data, message->length) == 0) {
		add_json_command(text, &payload);
		payload_done(&payload);
	} else {
		add_json_data(text, message);
	}
	put_json_end(text);
}

/* In the order in which they are shown. */
struct named_count {
	const char *name;
	uint64_t count;
};

#define COUNTS 9

static void list_counts(const struct brood_mailbox_counts *counts, struct named_count list[COUNTS])
{
	const struct named_count all[COUNTS] = { { "ready", counts->ready },
		{ "delayed", counts->delayed }, { "blocked", counts->blocked },
		{ "running", counts->taken }, { "dead", counts->dead }, { "done", counts->done },
		{ "removed", counts->removed }, { "sent", counts->sent },
		{ "workers", counts->workers } };

	memcpy(list, all, sizeof all);
}

void show_counts(struct text *text, const struct brood_mailbox_counts *counts)
{
	struct named_count list[COUNTS];

	list_counts(counts, list);
	for (size_t i = 0; i < COUNTS; i++)
		text_format(text, "%-9s %llu\n", list[i].name, (unsigned long long)list[i].count);
	text_format(text, "%-9s %llu bytes\n", "on disk", (unsigned long long)counts->bytes);
	if (counts->damaged > 0)
		text_format(text, "%-9s %llu bytes passed over\n", "damaged",
			(unsigned long long)counts->damaged);
	text_format(text, "%-9s %s\n", "paused", counts->paused ? "yes" : "no");
	text_format(text, "%-9s %s\n", "draining", counts->draining ? "yes" : "no");
}

void show_counts_json(struct text *text, const struct brood_mailbox_counts *counts, const char *box)
{
	struct named_count list[COUNTS];

	list_counts(counts, list);
	put_json_begin(text);
	put_json_string(text, "v", "brood.mailbox.stats/1");
	put_json_string(text, "box", box);
	for (size_t i = 0; i < COUNTS; i++)
		put_json_integer(text, list[i].name, (int64_t)list[i].count);
	put_json_integer(text, "bytes", (int64_t)counts->bytes);
	put_json_integer(text, "damaged", (int64_t)counts->damaged);
	put_json_boolean(text, "paused", counts->paused != 0);
	put_json_boolean(text, "draining", counts->draining != 0);
	put_json_end(text);
}
