/* SPDX-License-Identifier: MIT */
#include "exec/environment.h"

#include "common/env_file.h"
#include "common/environment.h"
#include "common/file.h"
#include "common/message.h"

#include <brood/cmd.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_ENV_FILE ((size_t)64 << 20)

static void keep(struct variables *variables, const char *name)
{
	const char *entry = environment_entry(name, strlen(name));

	if (entry)
		variables_set(variables, entry, true);
}

static void take_entry(void *data, const char *entry)
{
	struct variables *variables = data;

	if (strchr(entry, '='))
		variables_set(variables, entry, true);
	else
		keep(variables, entry);
}

static int read_file(const char *path, struct variables *variables, bool is_verbose)
{
	bool may_lack = path[0] == '-';
	struct env_file_error error;
	struct text text = { 0 };

	path += may_lack;
	int r = file_read(path, &text, LARGEST_ENV_FILE);
	if (r == -ENOENT && may_lack)
		r = 0;
	else if (r < 0)
		message("%s: %s (--env-file)", path, message_errno(-r));
	else if ((r = env_file_parse(text.bytes, text.length, take_entry, variables, &error)) < 0)
		message("%s:%zu:%zu: %s (--env-file)", path, error.line, error.column, error.what);
	else if (is_verbose)
		message("exec: environment: %s", path);
	text_done(&text);
	return r < 0 ? -1 : 0;
}

/* As in brood run: a program that believes PWD shall not be misled. */
static int set_directory(const struct exec_config *config, struct variables *variables)
{
	struct brood_cmd cmd = BROOD_CMD(.dir = config->dir);
	struct brood_error error = BROOD_ERROR_INIT;
	char **list = NULL;
	int r = brood_environ(&cmd, &list, &error);

	if (r < 0) {
		message("%s: %s (chdir)", config->dir, message_errno(-r));
		return -1;
	}
	for (char **entry = list; *entry; entry++)
		if (strncmp(*entry, "PWD=", 4) == 0)
			variables_set(variables, *entry, false);
	free(list);
	return 0;
}

int exec_environment_make(const struct exec_config *config, struct variables *variables)
{
	if (!config->clear_env)
		for (char **entry = environ; entry && *entry; entry++)
			if (!exec_config_is_ours(*entry))
				variables_add_all(variables, (char *const[]){ *entry, NULL });
	if (config->dir && !config->clear_env && set_directory(config, variables) < 0)
		return -1;
	for (size_t i = 0; i < config->n_edits; i++) {
		const char *text = config->edits[i].text;
		switch (config->edits[i].kind) {
		case EXEC_EDIT_SET:
			variables_set(variables, text, true);
			break;
		case EXEC_EDIT_UNSET:
			variables_unset(variables, text);
			break;
		case EXEC_EDIT_KEEP:
			keep(variables, text);
			break;
		case EXEC_EDIT_FILE:
			if (read_file(text, variables, config->verbose) < 0)
				return -1;
			break;
		}
	}
	return 0;
}

void exec_environment_add_user(const struct attributes_made *made, struct variables *variables)
{
	for (size_t i = 0; i < made->n_env; i++) {
		const char *entry = made->env[i];
		if (variables_is_wanted(variables, entry))
			continue;
		if (strchr(entry, '='))
			variables_set(variables, entry, false);
		else
			variables_unset(variables, entry);
	}
}
