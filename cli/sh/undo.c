/* SPDX-License-Identifier: MIT */
#include "sh/undo.h"

#include "common/memory.h"
#include "common/message.h"
#include "sh/interp.h"
#include "sh/redirect.h"
#include "sh/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum what { VARIABLE, FUNCTION, ALIAS, PARAMETERS, OPTIONS, DIRECTORY, MASK };

struct entry {
	enum what what;
	struct symbol *symbol; /* VARIABLE, FUNCTION, ALIAS */
	union {
		struct variable variable;
		struct function *function;
		char *alias;
		struct parameters parameters;
		struct {
			bool on[OPTION_COUNT];
			uint32_t undo_level;
		} options;
		struct {
			int fd;
			char *name;
		} directory;
		mode_t mask;
	};
};

struct level {
	uint32_t number;
	size_t first;  /* of its entries */
	size_t locals; /* what variable_begin_locals() returned */
	uint32_t optind_part;
};

struct undo {
	uint32_t last_number;
	struct level *levels;
	size_t n_levels, levels_size;
	struct entry *entries;
	size_t n, size;
};

uint32_t undo_level(const struct shell *sh)
{
	const struct undo *undo = sh->undo;

	return undo && undo->n_levels > 0 ? undo->levels[undo->n_levels - 1].number : 0;
}

void undo_begin(struct shell *sh)
{
	if (!sh->undo) {
		sh->undo = memory_get(sizeof *sh->undo);
		memset(sh->undo, 0, sizeof *sh->undo);
	}
	struct undo *undo = sh->undo;
	if (undo->n_levels == undo->levels_size) {
		undo->levels_size = undo->levels_size * 2 + 8;
		undo->levels = memory_resize(
			undo->levels, undo->levels_size * sizeof *undo->levels);
	}
	/* `local` in it ends with it. */
	size_t locals = variable_begin_locals(sh);
	undo->levels[undo->n_levels++] = (struct level){ ++undo->last_number, undo->n, locals,
		sh->optind_part };
}

static struct entry *add(struct undo *undo, enum what what, struct symbol *symbol)
{
	if (undo->n == undo->size) {
		undo->size = undo->size * 2 + 16;
		undo->entries = memory_resize(undo->entries, undo->size * sizeof *undo->entries);
	}
	struct entry *entry = &undo->entries[undo->n++];
	memset(entry, 0, sizeof *entry);
	entry->what = what;
	entry->symbol = symbol;
	if (symbol)
		symbol->holders++;
	return entry;
}

/* Whether this level has such an entry already; the rest of what has no number of its own. */
static bool is_saved(const struct undo *undo, enum what what, const struct symbol *symbol)
{
	for (size_t i = undo->n; i > undo->levels[undo->n_levels - 1].first; i--) {
		if (undo->entries[i - 1].what == what && undo->entries[i - 1].symbol == symbol)
			return true;
	}
	return false;
}

void undo_save_variable(struct shell *sh, struct symbol *symbol)
{
	uint32_t level = undo_level(sh);

	if (level == 0 || symbol->variable.undo_level == level)
		return;
	struct entry *entry = add(sh->undo, VARIABLE, symbol);
	struct variable *variable = &symbol->variable;
	entry->variable = *variable;
	if (variable->value) {
		variable->value = memory_copy(variable->value, variable->length);
		variable->size = variable->length + 1;
	}
	variable->undo_level = level;
}

void undo_save_function(struct shell *sh, struct symbol *symbol)
{
	if (undo_level(sh) == 0 || is_saved(sh->undo, FUNCTION, symbol))
		return;
	struct entry *entry = add(sh->undo, FUNCTION, symbol);
	entry->function = symbol->function ? function_hold(symbol->function) : NULL;
}

void undo_save_alias(struct shell *sh, struct symbol *symbol)
{
	if (undo_level(sh) == 0 || is_saved(sh->undo, ALIAS, symbol))
		return;
	struct entry *entry = add(sh->undo, ALIAS, symbol);
	entry->alias = symbol->alias ? memory_copy(symbol->alias, strlen(symbol->alias)) : NULL;
}

void undo_save_parameters(struct shell *sh)
{
	uint32_t level = undo_level(sh);

	if (level == 0 || sh->parameters.undo_level == level)
		return;
	struct entry *entry = add(sh->undo, PARAMETERS, NULL);
	struct parameters copy = parameters_copy(&sh->parameters);
	entry->parameters = sh->parameters;
	copy.undo_level = level;
	sh->parameters = copy;
}

void undo_save_options(struct shell *sh)
{
	uint32_t level = undo_level(sh);

	if (level == 0 || sh->options_undo_level == level)
		return;
	struct entry *entry = add(sh->undo, OPTIONS, NULL);
	memcpy(entry->options.on, sh->options, sizeof sh->options);
	entry->options.undo_level = sh->options_undo_level;
	sh->options_undo_level = level;
}

void undo_save_directory(struct shell *sh)
{
	if (undo_level(sh) == 0 || is_saved(sh->undo, DIRECTORY, NULL))
		return;
	struct entry *entry = add(sh->undo, DIRECTORY, NULL);
	int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	entry->directory.fd = fd < 0 ? -1 : fd_move_high(fd);
	entry->directory.name = sh->directory ? memory_copy(sh->directory, strlen(sh->directory))
					      : NULL;
}

void undo_save_umask(struct shell *sh)
{
	if (undo_level(sh) == 0 || is_saved(sh->undo, MASK, NULL))
		return;
	struct entry *entry = add(sh->undo, MASK, NULL);
	entry->mask = umask(0);
	umask(entry->mask);
}

static void put_directory_back(struct shell *sh, struct entry *entry)
{
	const char *name = entry->directory.name;
	int fd = entry->directory.fd;

	/* By its name if there was no descriptor left. */
	if (fd >= 0 ? fchdir(fd) < 0 : !name || chdir(name) < 0)
		shell_error(sh, (struct place){ 0 }, "cannot go back to %s after a subshell: %s",
			name ? name : "the directory before",
			message_errno(fd < 0 && !name ? EMFILE : errno));
	if (fd >= 0)
		close(fd);
	free(sh->directory);
	sh->directory = entry->directory.name;
}

static void put_back(struct shell *sh, struct entry *entry)
{
	struct symbol *symbol = entry->symbol;

	switch (entry->what) {
	case VARIABLE:
		variable_restore(sh, symbol, &entry->variable);
		return;
	case FUNCTION:
		if (symbol->function)
			function_drop(symbol->function);
		symbol->function = entry->function;
		break;
	case ALIAS:
		free(symbol->alias);
		symbol->alias = entry->alias;
		break;
	case PARAMETERS:
		parameters_free(&sh->parameters);
		sh->parameters = entry->parameters;
		break;
	case OPTIONS:
		memcpy(sh->options, entry->options.on, sizeof sh->options);
		sh->options_undo_level = entry->options.undo_level;
		break;
	case DIRECTORY:
		put_directory_back(sh, entry);
		break;
	case MASK:
		umask(entry->mask);
		break;
	}
	if (symbol) {
		symbol->holders--;
		symbol_review(&sh->symbols, symbol);
	}
}

void undo_end(struct shell *sh)
{
	struct undo *undo = sh->undo;
	/* Nothing that is put back is to be undone. */
	const struct level level = undo->levels[--undo->n_levels];

	variable_end_locals(sh, level.locals);
	while (undo->n > level.first) {
		struct entry entry = undo->entries[--undo->n];
		put_back(sh, &entry);
	}
	/* Last: that OPTIND is put back would begin a word anew. */
	sh->optind_part = level.optind_part;
}

void undo_forget(struct shell *sh)
{
	if (!sh->undo)
		return;
	/* What the entries hold goes with the process. */
	sh->undo->n_levels = 0;
	sh->undo->n = 0;
}

void undo_free(struct shell *sh)
{
	if (!sh->undo)
		return;
	while (sh->undo->n_levels > 0)
		undo_end(sh);
	free(sh->undo->levels);
	free(sh->undo->entries);
	free(sh->undo);
	sh->undo = NULL;
}
