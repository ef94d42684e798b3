/* SPDX-License-Identifier: MIT */
/* brood mailbox retry and rm: single messages. */
#include "common/exit_code.h"
#include "common/message.h"
#include "mailbox/actions.h"
#include "mailbox/box.h"
#include "mailbox/show.h"
#include "mailbox/values.h"

#include <errno.h>

#define RETRY "mailbox retry"
#define RM    "mailbox rm"

/* Something that was asked for is not there. */
#define EXIT_NOTHING 1

struct change_config {
	struct box_options box;
	bool dead; /* all dead ones */
	struct id_list ids;
	bool is_removal;
	const char *action;
};

static const struct option_row rows[] = {
	BOX_ROW,
	{ "dead", 0, OPTION_ALONE, NULL, "all that are dead", NULL,
		offsetof(struct change_config, dead) },
	BOX_HELP_ROW,
};

static const struct option_table retry_table = { RETRY, rows, sizeof rows / sizeof *rows };
static const struct option_table rm_table = { RM, rows, sizeof rows / sizeof *rows };

/* Why that one could not be changed. */
static int explain(const struct box *box, const struct change_config *config, uint64_t id, int r)
{
	struct brood_message letter = BROOD_MESSAGE_INIT;
	unsigned long long number = id;

	if (r != -ENOENT && r != -EBUSY)
		return box_fail(box, id,
			config->is_removal ? "it cannot be removed" : "it cannot be tried again",
			r);
	int found = brood_mailbox_look(box->mailbox, id, &letter, NULL);
	bool is_there = found == 0 && letter.state != BROOD_MESSAGE_REMOVED;
	if (is_there && letter.state == BROOD_MESSAGE_TAKEN && r == -EBUSY) {
		message("%s: message %llu: a worker is at it (pid %d)", box->name, number,
			(int)letter.worker_pid);
		return EXIT_BROOD;
	}
	if (is_there)
		message("%s: message %llu: it is %s%s", box->name, number, show_state(letter.state),
			config->is_removal ? " already" : ", not dead");
	else
		message("%s: message %llu: there is no such message (any more)", box->name, number);
	return EXIT_NOTHING;
}

static int change(struct box *box, const struct change_config *config, uint64_t id)
{
	int r = config->is_removal ? brood_mailbox_remove(box->mailbox, id, NULL)
				   : brood_mailbox_revive(box->mailbox, id, NULL);

	if (r == 0 && config->is_removal)
		box_remove_output(box, id);
	return r;
}

static int change_dead(struct box *box, const struct change_config *config)
{
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r, code = 0;

	for (uint64_t id = 0;
		code == 0 && (r = brood_mailbox_next(box->mailbox, id, &message, NULL)) != 0;) {
		if (r < 0)
			return box_fail(box, 0, "it cannot be read", r);
		id = message.id;
		if (message.state != BROOD_MESSAGE_DEAD)
			continue;
		r = change(box, config, id);
		/* Somebody else was faster. */
		if (r < 0 && r != -ENOENT && r != -EBUSY)
			code = explain(box, config, id, r);
	}
	return code;
}

/* One that cannot be changed is no reason to leave out the others; a mailbox that cannot be written
   is. */
static int change_named(struct box *box, const struct change_config *config)
{
	const struct id_list *ids = &config->ids;
	int r = 0, code = 0;

	for (size_t i = 0; i < ids->n && (r == 0 || r == -ENOENT || r == -EBUSY); i++) {
		r = change(box, config, ids->ids[i]);
		int bad = r < 0 ? explain(box, config, ids->ids[i], r) : 0;
		code = bad > code ? bad : code;
	}
	return code;
}

static int change_all(const struct change_config *config)
{
	const struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_EXISTING);
	struct box box;
	int code = box_open(&box, config->action, &config->box, &options) < 0 ? EXIT_BROOD : 0;

	if (code == 0 && config->dead)
		code = change_dead(&box, config);
	if (code == 0)
		code = change_named(&box, config);
	box_close(&box);
	return code;
}

static int change_main(const struct subcommand *action, int argc, char **argv)
{
	struct change_config config = { .is_removal = action == &mailbox_rm_action,
		.action = action->options->tool };
	int first = options_parse(action->options, argc, argv, &config);
	int code = EXIT_BROOD;

	if (config.box.help)
		return subcommand_show_help(action);
	bool is_right = first >= 0;
	for (int i = first; is_right && i < argc; i++)
		is_right = value_ids(config.action, NULL, argv[i], &config.ids) == 0;
	if (is_right && config.ids.n == 0 && !config.dead) {
		message("%s: which message? (ID... or --dead)", config.action);
		is_right = false;
	}
	if (is_right)
		code = change_all(&config);
	id_list_done(&config.ids);
	return code;
}

static int retry_main(int argc, char **argv)
{
	return change_main(&mailbox_retry_action, argc, argv);
}

static int rm_main(int argc, char **argv)
{
	return change_main(&mailbox_rm_action, argc, argv);
}

static void retry_help(struct text *text)
{
	text_string(text, "Usage: brood mailbox retry [OPTION...] ID...|--dead\n\n"
			  "Makes dead messages ready again, with all their tries.\n\nOptions:\n");
	options_help(&retry_table, text);
	text_string(text,
		"\nExit codes: 0; 1 one of them is not there or not dead; 125 brood itself "
		"failed.\n");
}

static void rm_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox rm [OPTION...] ID...|--dead\n\n"
		"Takes messages out for good, with what their tries have written. One that a\n"
		"worker is at cannot be removed.\n\nOptions:\n");
	options_help(&rm_table, text);
	text_string(text,
		"\nExit codes: 0; 1 one of them is not there; 125 a worker is at it, or brood\n"
		"itself failed.\n");
}

const struct subcommand mailbox_retry_action = {
	.name = "retry",
	.summary = "make dead messages ready again",
	.options = &retry_table,
	.main = retry_main,
	.help = retry_help,
	.operands = "ID",
};

const struct subcommand mailbox_rm_action = {
	.name = "rm",
	.summary = "remove messages",
	.options = &rm_table,
	.main = rm_main,
	.help = rm_help,
	.operands = "ID",
};
