/* SPDX-License-Identifier: MIT */
#include "common/options.h"

#include "common/message.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 27

static const struct option_row *find_name(
	const struct option_table *table, const char *name, size_t length)
{
	for (size_t i = 0; i < table->n_rows; i++)
		if (table->rows[i].name && strlen(table->rows[i].name) == length &&
			memcmp(table->rows[i].name, name, length) == 0)
			return &table->rows[i];
	return NULL;
}

static const struct option_row *find_letter(const struct option_table *table, char letter)
{
	for (size_t i = 0; i < table->n_rows; i++)
		if (table->rows[i].letter == letter)
			return &table->rows[i];
	return NULL;
}

/* What others call it; those who come from there try that first. */
static const char *translate(const struct option_table *table, const char *word)
{
	static const struct {
		const char *theirs;
		const char *ours; /* a blank and a value may follow the name */
	} names[] = {
		{ "affinity", "cpus" },
		{ "ambient-caps", "caps" },
		{ "bounding-set", "caps" },
		{ "cap-add", "caps" },
		{ "cap-drop", "caps" },
		{ "clear-groups", "groups none" },
		{ "core", "limit" },
		{ "cpu-list", "cpus" },
		{ "cwd", "chdir" },
		{ "directory", "chdir" },
		{ "egid", "group" },
		{ "euid", "user" },
		{ "gid", "group" },
		{ "i", "clear-env" },
		{ "ignore-environment", "clear-env" },
		{ "inh-caps", "caps" },
		{ "init-groups", "user" },
		{ "keep-groups", "groups keep" },
		{ "memlock", "limit" },
		{ "memory", "mem" },
		{ "no-new-privs", "nnp" },
		{ "nofile", "limit" },
		{ "nproc", "limit" },
		{ "pids-limit", "tasks" },
		{ "regid", "group" },
		{ "reuid", "user" },
		{ "rgid", "group" },
		{ "rlimit", "limit" },
		{ "root", "chroot" },
		{ "ruid", "user" },
		{ "stack", "limit" },
		{ "subreaper", "init" },
		{ "template", "render" },
		{ "uid", "user" },
		{ "ulimit", "limit" },
		{ "w", "chdir" },
		{ "workdir", "chdir" },
		{ "working-directory", "chdir" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].theirs, word) == 0 &&
			find_name(table, names[i].ours, strcspn(names[i].ours, " ")))
			return names[i].ours;
	return NULL;
}

static const char *nearest_name(const struct option_table *table, const char *word)
{
	const char *nearest = NULL;

	for (size_t i = 0; i < table->n_rows; i++) {
		const char *name = table->rows[i].name;
		if (name && text_is_near(word, name) &&
			(!nearest || text_distance(word, name) < text_distance(word, nearest)))
			nearest = name;
	}
	return nearest;
}

/* "run: " in front of what concerns one tool. */
static const char *tool_of(const struct option_table *table, char text[32])
{
	text[0] = '\0';
	if (table->tool)
		snprintf(text, 32, "%s: ", table->tool);
	return text;
}

static int unknown(const struct option_table *table, const char *word, size_t length)
{
	char tool[32], name[64];

	snprintf(name, sizeof name, "%.*s", (int)(length > 60 ? 60 : length), word);
	const char *nearest = translate(table, name + strspn(name, "-"));
	if (!nearest && strncmp(name, "--", 2) == 0)
		nearest = nearest_name(table, name + 2);
	if (nearest)
		message("%sunknown option %s; did you mean --%s?", tool_of(table, tool), name,
			nearest);
	else
		message("%sunknown option %s (brood %s%s--help lists them)", tool_of(table, tool),
			name, table->tool ? table->tool : "", table->tool ? " " : "");
	return -1;
}

/* One option that was recognised. */
struct use {
	const struct option_table *table;
	const struct option_row *row;
	const char *spelled;
	const char *value;
};

static int apply(const struct use *use, void *config, int words)
{
	char *field = (char *)config + use->row->offset;

	if (use->row->take) {
		int r = use->row->take(config, use->spelled, use->value);
		return r > 0 ? OPTIONS_STOP : r < 0 ? r : words;
	}
	if (use->row->takes == OPTION_ALONE)
		memcpy(field, &(bool){ true }, sizeof(bool));
	else
		memcpy(field, &use->value, sizeof use->value);
	return words;
}

/* The value is the rest of the word or the next word. */
static int apply_value(struct use *use, void *config, const char *rest, const char *next)
{
	char tool[32];

	use->value = rest ? rest : next;
	if (use->value)
		return apply(use, config, rest ? 1 : 2);
	message("%s%s needs a value: %s", tool_of(use->table, tool), use->spelled,
		use->row->value_name);
	return -1;
}

static int take_long(
	const struct option_table *table, const char *word, const char *next, void *config)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const char *rest = equals ? equals + 1 : NULL;
	char tool[32], spelled[64];
	struct use use = { table, find_name(table, word + 2, length - 2), spelled, rest };

	if (!use.row)
		return unknown(table, word, length);
	snprintf(spelled, sizeof spelled, "--%s", use.row->name);
	if (use.row->takes == OPTION_ALONE && equals) {
		message("%s%s takes no value", tool_of(table, tool), spelled);
		return -1;
	}
	if (use.row->takes == OPTION_VALUE)
		return apply_value(&use, config, rest, next);
	return apply(&use, config, 1);
}

/* A word like -qt5. */
static int take_short(
	const struct option_table *table, const char *word, const char *next, void *config)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const char spelled[3] = { '-', *letter, '\0' };
		struct use use = { table, find_letter(table, *letter), spelled, NULL };
		if (!use.row)
			return unknown(table, spelled, 2);
		if (use.row->takes == OPTION_VALUE)
			return apply_value(&use, config, letter[1] ? letter + 1 : NULL, next);
		int r = apply(&use, config, 1);
		if (r != 1)
			return r;
	}
	return 1;
}

int options_take(const struct option_table *table, int argc, char **argv, int i, void *config)
{
	const char *next = i + 1 < argc ? argv[i + 1] : NULL;

	return argv[i][1] == '-' ? take_long(table, argv[i], next, config)
				 : take_short(table, argv[i], next, config);
}

int options_parse(const struct option_table *table, int argc, char **argv, void *config)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0') {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		int taken = options_take(table, argc, argv, i, config);
		if (taken < 0)
			return taken;
		if (taken == OPTIONS_STOP)
			return argc;
		i += taken;
	}
	return i;
}

static void help_row(const struct option_row *row, struct text *text)
{
	size_t start = text->length;

	if (!row->name)
		text_format(text, "  -%c", row->letter);
	else if (row->letter)
		text_format(text, "  -%c, --%s", row->letter, row->name);
	else
		text_format(text, "      --%s", row->name);
	if (row->takes == OPTION_VALUE)
		text_format(text, " %s", row->value_name);
	else if (row->takes == OPTION_MAYBE)
		text_format(text, "[=%s]", row->value_name);

	/* Too long for its column: the words go below. */
	if (text->length - start > HELP_COLUMN - 2) {
		text_string(text, "\n");
		start = text->length;
	}
	const char *line = row->help;
	for (;;) {
		size_t length = strcspn(line, "\n");
		size_t used = text->length - start;
		text_format(text, "%*s%.*s\n", (int)(HELP_COLUMN - used), "", (int)length, line);
		if (line[length] == '\0')
			return;
		line += length + 1;
		start = text->length;
	}
}

void options_help(const struct option_table *table, struct text *text)
{
	for (size_t i = 0; i < table->n_rows; i++)
		help_row(&table->rows[i], text);
}
