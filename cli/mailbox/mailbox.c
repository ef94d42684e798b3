/* SPDX-License-Identifier: MIT */
/* brood mailbox: which action; nothing else. */
#include "mailbox/mailbox.h"

#include "mailbox/actions.h"
#include "mailbox/fifo_read.h"
#include "mailbox/fifo_send.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof *(array))

struct mailbox_config {
	bool help;
};

static const struct option_row rows[] = {
	{ "help", 'h', OPTION_ALONE, NULL, "show this help", NULL,
		offsetof(struct mailbox_config, help) },
};

static const struct option_table table = { "mailbox", rows, N_ELEMENTS(rows) };

static const struct subcommand *const actions[] = {
	&mailbox_put_action,
	&mailbox_take_action,
	&mailbox_run_action,
	&mailbox_ls_action,
	&mailbox_log_action,
	&mailbox_wait_action,
	&mailbox_retry_action,
	&mailbox_rm_action,
	&mailbox_pause_action,
	&mailbox_resume_action,
	&mailbox_drain_action,
	&mailbox_stats_action,
	&mailbox_serve_action,
	&mailbox_read_action,
	&mailbox_send_action,
};

static int mailbox_main(int argc, char **argv)
{
	struct mailbox_config config = { 0 };

	return subcommand_act(&mailbox_subcommand, argc, argv, &config, &config.help);
}

static void mailbox_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox ACTION [OPTION...] ...\n"
		"       brood help mailbox ACTION\n\n"
		"Messages that survive, between any number of processes and without a daemon: a\n"
		"message is delivered at least once, and belongs to its worker for as long as\n"
		"that lives.\n\nActions:\n");
	subcommand_list_actions(&mailbox_subcommand, text);
	text_string(text, "\nOptions:\n");
	options_help(&table, text);
	text_string(text,
		"\nA mailbox is named with -b: a name, or a folder, with a slash in it. Names lie\n"
		"in $XDG_STATE_HOME/brood/mailbox or ~/.local/state/brood/mailbox. Without -b it\n"
		"is $BROOD_BOX, or `default`.\n\n"
		"Example:\n"
		"  brood mailbox put -b mail --retry 3 -- ./send.sh a@b\n"
		"  brood mailbox run -b mail -j 4\n");
}

const struct subcommand mailbox_subcommand = {
	.name = "mailbox",
	.summary = "messages and jobs that survive: put, take, run",
	.options = &table,
	.main = mailbox_main,
	.help = mailbox_help,
	.actions = actions,
	.n_actions = N_ELEMENTS(actions),
};
