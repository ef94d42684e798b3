/* SPDX-License-Identifier: MIT */
/* brood mailbox ls and stats: what is in a mailbox. */
#include "common/environment.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"
#include "mailbox/actions.h"
#include "mailbox/box.h"
#include "mailbox/show.h"
#include "mailbox/values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define LS    "mailbox ls"
#define STATS "mailbox stats"

/* Something that was asked for is not there. */
#define EXIT_NOTHING 1

/* Written in pieces of about that size, so that a long list needs no memory. */
#define PIECE_BYTES 65536

struct list_config {
	struct box_options box;
	bool json;
	bool all;
	bool has_states;
	bool states[BROOD_MESSAGE_REMOVED + 1]; /* those that are shown */
	struct id_list ids;
};

static int take_state(void *data, const char *spelled, const char *value)
{
	struct list_config *config = data;

	config->has_states = true;
	for (;;) {
		char word[32];
		size_t length = strcspn(value, ",");
		snprintf(word, sizeof word, "%.*s", (int)length, value);
		int state = value_choice(LS, spelled, word, show_states);
		if (state < 0)
			return -1;
		config->states[state] = true;
		if (value[length] == '\0')
			return 0;
		value += length + 1;
	}
}

static const struct option_row list_rows[] = {
	BOX_ROW,
	{ "all", 'a', OPTION_ALONE, NULL,
		"also those that are done or removed, as long as they\nare known", NULL,
		offsetof(struct list_config, all) },
	{ "state", 0, OPTION_VALUE, "STATE,...",
		"those only: ready, delayed, blocked, running, done,\ndead, removed", take_state,
		0 },
	{ "json", 0, OPTION_ALONE, NULL, "one line for each: brood.mailbox/1", NULL,
		offsetof(struct list_config, json) },
	BOX_HELP_ROW,
};

static const struct option_table list_table = { LS, list_rows,
	sizeof list_rows / sizeof *list_rows };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * BROOD_SECOND + now.tv_nsec;
}

/* Of the terminal; 0: there is none, and nothing is cut. */
static size_t columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

struct list {
	const struct box *box;
	const struct list_config *config;
	int64_t now;
	size_t columns;
	bool has_head;
	struct text text;
	int code;
};

static void show(struct list *list, const struct brood_message *message)
{
	if (!list->config->json && !list->has_head)
		show_table_head(&list->text, list->columns);
	list->has_head = true;
	if (list->config->json)
		show_json(&list->text, message, list->box->name);
	else
		show_table_row(&list->text, message, list->now, list->columns);
	if (list->text.length < PIECE_BYTES)
		return;
	list->code = print_text(&list->text);
	list->text.length = 0;
}

static bool is_wanted(const struct list_config *config, const struct brood_message *message)
{
	if (config->has_states)
		return message->state >= 0 && message->state <= BROOD_MESSAGE_REMOVED &&
		       config->states[message->state];
	return config->all ||
	       (message->state != BROOD_MESSAGE_DONE && message->state != BROOD_MESSAGE_REMOVED);
}

static void show_all(struct list *list)
{
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r;

	for (uint64_t id = 0; list->code == 0 &&
			      (r = brood_mailbox_next(list->box->mailbox, id, &message, NULL)) != 0;
		id = message.id) {
		if (r < 0)
			list->code = box_fail(list->box, 0, "it cannot be read", r);
		else if (is_wanted(list->config, &message))
			show(list, &message);
	}
}

static void show_those(struct list *list)
{
	struct brood_message found = BROOD_MESSAGE_INIT;
	const struct id_list *ids = &list->config->ids;
	int missing = 0;

	for (size_t i = 0; i < ids->n && list->code == 0; i++) {
		int r = brood_mailbox_look(list->box->mailbox, ids->ids[i], &found, NULL);
		if (r == 0) {
			show(list, &found);
		} else if (r == -ENOENT) {
			message("%s: message %llu: there is no such message (any more)",
				list->box->name, (unsigned long long)ids->ids[i]);
			missing = EXIT_NOTHING;
		} else {
			list->code = box_fail(list->box, ids->ids[i], "it cannot be read", r);
		}
	}
	if (list->code == 0)
		list->code = missing;
}

static int list(const struct list_config *config)
{
	const struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_READ_ONLY);
	struct box box;
	struct list list = { .box = &box, .config = config, .now = now_ns(), .columns = columns() };

	if (box_open(&box, LS, &config->box, &options) < 0) {
		box_close(&box);
		return EXIT_BROOD;
	}
	if (config->ids.n > 0)
		show_those(&list);
	else
		show_all(&list);
	if (list.text.length > 0 && list.code != EXIT_BROOD) {
		int code = print_text(&list.text);
		list.code = code != 0 ? code : list.code;
	}
	text_done(&list.text);
	box_close(&box);
	return list.code;
}

static int list_main(int argc, char **argv)
{
	struct list_config config = { 0 };
	int first = options_parse(&list_table, argc, argv, &config);
	int code = EXIT_BROOD;

	if (config.box.help)
		return subcommand_show_help(&mailbox_ls_action);
	bool is_right = first >= 0;
	for (int i = first; is_right && i < argc; i++)
		is_right = value_ids(LS, NULL, argv[i], &config.ids) == 0;
	if (is_right)
		code = list(&config);
	id_list_done(&config.ids);
	return code;
}

static void list_help(struct text *text)
{
	text_string(text, "Usage: brood mailbox ls [OPTION...] [ID...]\n\n"
			  "Lists the messages of a mailbox, or those.\n\nOptions:\n");
	options_help(&list_table, text);
	text_string(text,
		"\nAGE is the time since it is in that state. TRY is the number of its last try and\n"
		"how many it may have.\n\n"
		"Exit codes: 0; 1 one of the ids is not there; 125 brood itself failed.\n");
}

const struct subcommand mailbox_ls_action = {
	.name = "ls",
	.summary = "list the messages",
	.options = &list_table,
	.main = list_main,
	.help = list_help,
	.operands = "ID",
};

struct stats_config {
	struct box_options box;
	bool json;
};

static const struct option_row stats_rows[] = {
	BOX_ROW,
	{ "json", 0, OPTION_ALONE, NULL, "one line: brood.mailbox.stats/1", NULL,
		offsetof(struct stats_config, json) },
	BOX_HELP_ROW,
};

static const struct option_table stats_table = { STATS, stats_rows,
	sizeof stats_rows / sizeof *stats_rows };

static int stats(const struct stats_config *config)
{
	const struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_READ_ONLY);
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	struct text text = { 0 };
	struct box box;

	int code = box_open(&box, STATS, &config->box, &options) < 0 ? EXIT_BROOD : 0;
	int r = code == 0 ? brood_mailbox_count(box.mailbox, &counts, NULL) : 0;
	if (r < 0)
		code = box_fail(&box, 0, "it cannot be counted", r);
	if (code == 0) {
		if (config->json)
			show_counts_json(&text, &counts, box.name);
		else
			show_counts(&text, &counts);
		code = print_text(&text);
	}
	text_done(&text);
	box_close(&box);
	return code;
}

static int stats_main(int argc, char **argv)
{
	struct stats_config config = { 0 };
	int first = options_parse(&stats_table, argc, argv, &config);

	if (config.box.help)
		return subcommand_show_help(&mailbox_stats_action);
	if (first < 0)
		return EXIT_BROOD;
	if (first < argc) {
		message(STATS ": '%s': nothing may follow", argv[first]);
		return EXIT_BROOD;
	}
	return stats(&config);
}

static void stats_help(struct text *text)
{
	text_string(text, "Usage: brood mailbox stats [OPTION...]\n\n"
			  "Counts what is in a mailbox, and what was.\n\nOptions:\n");
	options_help(&stats_table, text);
}

const struct subcommand mailbox_stats_action = {
	.name = "stats",
	.summary = "count them",
	.options = &stats_table,
	.main = stats_main,
	.help = stats_help,
};
