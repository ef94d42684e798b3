/* SPDX-License-Identifier: MIT */
/* Options of brood exec in the environment: BROOD_EXEC_WAIT=tcp:db:5432 stands for --wait
   tcp:db:5432 in front of all others. */
#include "common/environment.h"
#include "common/memory.h"
#include "common/message.h"
#include "exec/config.h"

#include <brood/cmd.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char prefix[] = "BROOD_EXEC_";

#define PREFIX_LENGTH (sizeof prefix - 1)
#define NAME_SIZE     64

bool exec_config_is_ours(const char *entry)
{
	return strncmp(entry, prefix, PREFIX_LENGTH) == 0;
}

/* --help is for who is there to read it. */
static bool is_variable(const struct option_row *row)
{
	return strcmp(row->name, "help") != 0;
}

/* Those that can be given more than once take a list of words, as a shell reads them. */
static bool is_list(const struct option_row *row)
{
	static const char *const names[] = { "env", "unset", "env-file", "secret", "wait", "render",
		"run-parts", "limit", "map-users", "map-groups" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(row->name, names[i]) == 0)
			return true;
	return false;
}

/* "wait-timeout" to "BROOD_EXEC_WAIT_TIMEOUT". */
static void spell(const struct option_row *row, char name[NAME_SIZE])
{
	size_t n = PREFIX_LENGTH;

	memcpy(name, prefix, n);
	for (const char *c = row->name; *c && n < NAME_SIZE - 1; c++)
		name[n++] = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	name[n] = '\0';
}

static int apply(struct exec_config *config, const struct option_row *row, const char *name,
	const char *value)
{
	char *field = (char *)config + row->offset;

	if (row->take)
		return row->take(config, name, value);
	if (row->takes == OPTION_ALONE)
		memcpy(field, &(bool){ true }, sizeof(bool));
	else
		memcpy(field, &value, sizeof value);
	return 0;
}

static int apply_switch(struct exec_config *config, const struct option_row *row, const char *name,
	const char *value)
{
	static const char *const words[] = { "", "0", "no", "false", "off", "1", "yes", "true",
		"on" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(value, words[i]) == 0)
			return i < 5 ? 0 : apply(config, row, name, NULL);
	message("exec: %s: '%s' is neither yes nor no (accepted: 1, yes, true, on; 0, no, false, "
		"off)",
		name, value);
	return -1;
}

static int apply_list(struct exec_config *config, const struct option_row *row, const char *name,
	const char *value)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char **words = NULL;
	int n = brood_words(value, &words, &error), r = 0;

	if (n < 0) {
		message("exec: %s: %s (words are separated by blanks, and quoted as for a shell)",
			name, error.subject[0] ? error.subject : message_errno(-n));
		return -1;
	}
	config->words = memory_resize(config->words, (config->n_words + 1) * sizeof(char **));
	config->words[config->n_words++] = words;
	for (int i = 0; i < n && r == 0; i++)
		r = apply(config, row, name, words[i]);
	return r;
}

/* A slip would be lost without a word. */
static int check_names(void)
{
	for (char **entry = environ; entry && *entry; entry++) {
		const struct option_row *near = NULL;
		char name[NAME_SIZE], near_name[NAME_SIZE];
		size_t length = strcspn(*entry, "=");
		bool is_known = !exec_config_is_ours(*entry);
		for (size_t i = 0; i < exec_options.n_rows && !is_known; i++) {
			if (!is_variable(&exec_options.rows[i]))
				continue;
			spell(&exec_options.rows[i], name);
			is_known = strlen(name) == length && strncmp(*entry, name, length) == 0;
			char *given = memory_copy(*entry, length);
			if (!near && text_is_near(given + PREFIX_LENGTH, name + PREFIX_LENGTH)) {
				near = &exec_options.rows[i];
				memcpy(near_name, name, sizeof name);
			}
			free(given);
		}
		if (is_known)
			continue;
		message("exec: %.*s: there is no such option%s%s%s", (int)length, *entry,
			near ? "; did you mean " : " (brood exec --help lists them)",
			near ? near_name : "", near ? "?" : "");
		return -1;
	}
	return 0;
}

int exec_config_read_environment(struct exec_config *config)
{
	bool is_any = false;

	for (char **entry = environ; entry && *entry && !is_any; entry++)
		is_any = exec_config_is_ours(*entry);
	if (!is_any)
		return 0;
	if (check_names() < 0)
		return -1;
	for (size_t i = 0; i < exec_options.n_rows; i++) {
		const struct option_row *row = &exec_options.rows[i];
		char name[NAME_SIZE];
		spell(row, name);
		const char *value = environment_get(name);
		if (!value || value[0] == '\0' || !is_variable(row))
			continue;
		int r = row->takes == OPTION_ALONE ? apply_switch(config, row, name, value)
			: is_list(row)             ? apply_list(config, row, name, value)
						   : apply(config, row, name, value);
		if (r < 0)
			return -1;
	}
	return 0;
}
