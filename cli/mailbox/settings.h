/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"
#include "mailbox/box.h"
#include "mailbox/payload.h"
#include "mailbox/values.h"

/*
 * What a sender says about its messages; put and serve have these options in common.
 */

/* Must be the first member of their configurations. */
struct settings {
	struct box_options box;
	const char *action; /* "mailbox put" */
	long priority;
	long retry; /* tries beyond the first */
	brood_duration delay;
	struct id_list after;
	int sync; /* BROOD_SYNC_... */
	/* Of commands: */
	brood_duration timeout;
	brood_duration kill_after;
	const char *dir;
	bool clear_env;
	const char **edits; /* owned; the entries are words of the command line or ours */
	size_t n_edits;
	const char *command_option; /* one of these that was given; NULL: none was */
};

void settings_init(struct settings *settings, const char *action);
void settings_done(struct settings *settings);

int settings_take_priority(void *config, const char *spelled, const char *value);
int settings_take_retry(void *config, const char *spelled, const char *value);
int settings_take_delay(void *config, const char *spelled, const char *value);
int settings_take_after(void *config, const char *spelled, const char *value);
int settings_take_sync(void *config, const char *spelled, const char *value);
int settings_take_timeout(void *config, const char *spelled, const char *value);
int settings_take_kill_after(void *config, const char *spelled, const char *value);
int settings_take_dir(void *config, const char *spelled, const char *value);
int settings_take_env(void *config, const char *spelled, const char *value);
int settings_take_clear_env(void *config, const char *spelled, const char *value);

/* clang-format off: rows of a table */
#define SETTINGS_ROWS                                                                                \
	{ "prio", 0, OPTION_VALUE, "N", "-128 to 127; higher goes first (0)",                        \
		settings_take_priority, 0 },                                                         \
		{ "after", 0, OPTION_VALUE, "ID,...", "not before those messages are done",          \
			settings_take_after, 0 },                                                    \
		{ "retry", 0, OPTION_VALUE, "N", "try again up to N times if it fails (0)",          \
			settings_take_retry, 0 },                                                    \
		{ "delay", 0, OPTION_VALUE, "TIME", "not before that long from now",                 \
			settings_take_delay, 0 },                                                    \
		{ "timeout", 't', OPTION_VALUE, "TIME",                                              \
			"of a command: stop a try after that long", settings_take_timeout, 0 },      \
		{ "kill-after", 'k', OPTION_VALUE, "TIME",                                           \
			"of a command: KILL it that long after TERM (5s; 0\nor off: never)",         \
			settings_take_kill_after, 0 },                                               \
		{ "chdir", 'C', OPTION_VALUE, "DIR", "of a command: run it there (here)",            \
			settings_take_dir, 0 },                                                      \
		{ "env", 'e', OPTION_VALUE, "NAME=VALUE",                                            \
			"of a command: set a variable; -e NAME keeps ours", settings_take_env,       \
			0 },                                                                         \
		{ "clear-env", 0, OPTION_ALONE, NULL, "of a command: none of our variables",         \
			settings_take_clear_env, 0 },                                                \
	{                                                                                            \
		"sync", 0, OPTION_VALUE, "group|always|off",                                         \
			"on the disk before we go on: together with others\n(group), alone, or not", \
			settings_take_sync, 0                                                        \
	}
/* clang-format on */

/* Fills in what it says about each message. The message borrows the settings. */
void settings_message(const struct settings *settings, struct brood_message *message);

/* Makes the data of a command out of its words. Returns 0, or -1 after having said what is wrong.
 */
int settings_command(const struct settings *settings, char *const *argv, struct text *data);
