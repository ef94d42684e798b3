/* SPDX-License-Identifier: MIT */
#include "mailbox/settings.h"

#include "common/environment.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/take.h"

#include <brood/brood.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_KILL_AFTER (5 * BROOD_SECOND)
#define MOST_RETRIES       1000000

void settings_init(struct settings *settings, const char *action)
{
	*settings = (struct settings){ .action = action, .kill_after = DEFAULT_KILL_AFTER };
}

void settings_done(struct settings *settings)
{
	id_list_done(&settings->after);
	free(settings->edits);
	settings->edits = NULL;
}

int settings_take_priority(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	return value_number(settings->action, spelled, value, -128, 127, &settings->priority);
}

int settings_take_retry(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	return value_number(settings->action, spelled, value, 0, MOST_RETRIES, &settings->retry);
}

int settings_take_delay(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	return take_time_limit(settings->action, spelled, value, &settings->delay);
}

int settings_take_after(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	return value_ids(settings->action, spelled, value, &settings->after);
}

int settings_take_sync(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	return value_sync(settings->action, spelled, value, &settings->sync);
}

int settings_take_timeout(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	settings->command_option = spelled[1] == '-' ? "--timeout" : "-t";
	return take_time_limit(settings->action, spelled, value, &settings->timeout);
}

int settings_take_kill_after(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	settings->command_option = spelled[1] == '-' ? "--kill-after" : "-k";
	return take_grace(settings->action, spelled, value, &settings->kill_after);
}

int settings_take_dir(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	settings->command_option = spelled[1] == '-' ? "--chdir" : "-C";
	settings->dir = value;
	if (value[0] != '\0')
		return 0;
	message("%s: %s: the name of the directory is empty", settings->action, spelled);
	return -1;
}

static void add_edit(struct settings *settings, const char *entry)
{
	if ((settings->n_edits & (settings->n_edits - 1)) == 0)
		settings->edits = memory_resize(settings->edits,
			(settings->n_edits ? settings->n_edits * 2 : 1) * sizeof *settings->edits);
	settings->edits[settings->n_edits++] = entry;
}

int settings_take_env(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	settings->command_option = spelled[1] == '-' ? "--env" : "-e";
	if (value[0] == '=' || value[0] == '\0') {
		message("%s: %s: '%s' has no name (accepted: NAME=value, NAME)", settings->action,
			spelled, value);
		return -1;
	}
	if (!strchr(value, '='))
		value = environment_entry(value, strlen(value));
	if (value)
		add_edit(settings, value);
	return 0;
}

int settings_take_clear_env(void *config, const char *spelled, const char *value)
{
	struct settings *settings = config;

	(void)spelled;
	(void)value;
	settings->command_option = "--clear-env";
	settings->clear_env = true;
	return 0;
}

void settings_message(const struct settings *settings, struct brood_message *message)
{
	message->priority = (int32_t)settings->priority;
	message->tries = (uint32_t)settings->retry + 1;
	message->delay = settings->delay;
	message->after = settings->after.ids;
	message->n_after = settings->after.n;
}

/* Where it runs: an absolute path, so that it does not matter where the worker is. */
static int make_dir(const struct settings *settings, struct text *dir)
{
	const char *wanted = settings->dir;

	if (wanted && wanted[0] == '/') {
		text_string(dir, wanted);
		return 0;
	}
	char *cwd = getcwd(NULL, 0);
	if (!cwd) {
		message("%s: the working directory: %s (-C names another one)", settings->action,
			message_errno(errno));
		return -1;
	}
	text_string(dir, cwd);
	if (wanted)
		text_format(dir, "/%s", wanted);
	free(cwd);
	return 0;
}

int settings_command(const struct settings *settings, char *const *argv, struct text *data)
{
	static char *nothing[] = { NULL };
	struct brood_error error = BROOD_ERROR_INIT;
	struct text dir = { 0 };
	char **env = NULL;

	if (make_dir(settings, &dir) < 0)
		return -1;
	char **edits = memory_get((settings->n_edits + 1) * sizeof *edits);
	if (settings->n_edits > 0)
		memcpy(edits, settings->edits, settings->n_edits * sizeof *edits);
	edits[settings->n_edits] = NULL;
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .dir = dir.bytes, .env_edit = edits);
	if (settings->clear_env)
		cmd.env = nothing;
	int r = brood_environ(&cmd, &env, &error);
	const struct payload payload = { .argv = argv,
		.env = env,
		.dir = dir.bytes,
		.timeout = settings->timeout,
		.kill_after = settings->kill_after };
	if (r < 0)
		message("%s: the environment cannot be made: %s", settings->action,
			message_errno(-r));
	else
		payload_encode(data, &payload);
	free(env);
	free(edits);
	text_done(&dir);
	return r < 0 ? -1 : 0;
}
