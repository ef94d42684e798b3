/* SPDX-License-Identifier: MIT */
/* What changes with some variables. */
#include "sh/interp.h"
#include "sh/pattern.h"
#include "sh/shell.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* ---- IFS ---- */

static void separators_of(
	struct separators *separators, const char *ifs, size_t length, bool is_utf8)
{
	memset(separators, 0, sizeof *separators);
	for (size_t i = 0; i < length;) {
		unsigned char byte = (unsigned char)ifs[i];
		size_t n = is_utf8 ? pattern_character(ifs + i, length - i) : 1;
		if (i == 0)
			memcpy(separators->first, ifs, n < sizeof separators->first ? n : 1);
		if (n > 1) {
			separators->kind[byte] = 3;
			separators->has_wide = true;
		} else if (separators->kind[byte] == 0) {
			bool is_blank = byte == ' ' || byte == '\t' || byte == '\n';
			separators->kind[byte] = is_blank ? 1 : 2;
		}
		i += n;
	}
}

static void look_at_ifs(struct shell *sh)
{
	struct symbol *symbol = symbol_find(&sh->symbols, "IFS", 3);
	size_t length = 0;
	const char *ifs = symbol ? variable_value(sh, symbol, &length) : NULL;

	separators_of(&sh->separators, ifs ? ifs : " \t\n", ifs ? length : 3, sh->is_utf8);
}

/* ---- the locale ---- */

/* What counts for a category: LC_ALL, the category's own variable, LANG; "" counts as not set. */
static const char *locale_of(struct shell *sh, const char *category)
{
	const char *value = variable_get(sh, "LC_ALL");

	if (!value || !*value)
		value = variable_get(sh, category);
	if (!value || !*value)
		value = variable_get(sh, "LANG");
	return value && *value ? value : "C";
}

static void set_category(struct shell *sh, int category, const char *name)
{
	/* A locale that is not there leaves the one of C. */
	if (!setlocale(category, locale_of(sh, name)))
		(void)!setlocale(category, "C");
}

static void look_at_locale(struct shell *sh)
{
	set_category(sh, LC_CTYPE, "LC_CTYPE");
	set_category(sh, LC_COLLATE, "LC_COLLATE");
	sh->is_utf8 = MB_CUR_MAX > 1;
	look_at_ifs(sh);
}

/* ---- all ---- */

void variable_changed(struct shell *sh, struct symbol *symbol)
{
	switch ((enum variable_hook)symbol->variable.hook) {
	case HOOK_NONE:
		break;
	case HOOK_IFS:
		look_at_ifs(sh);
		break;
	case HOOK_PATH:
		command_forget(sh);
		break;
	case HOOK_OPTIND:
		sh->optind_part = 0;
		break;
	case HOOK_LOCALE:
		look_at_locale(sh);
		break;
	case HOOK_LINENO:
		/* Assigned to or unset, it is a variable like any other. */
		symbol->variable.hook = HOOK_NONE;
		break;
	}
}

void variable_hooks_begin(struct shell *sh)
{
	static const struct {
		const char *name;
		enum variable_hook hook;
	} hooks[] = {
		{ "IFS", HOOK_IFS },
		{ "PATH", HOOK_PATH },
		{ "OPTIND", HOOK_OPTIND },
		{ "LC_ALL", HOOK_LOCALE },
		{ "LC_CTYPE", HOOK_LOCALE },
		{ "LC_COLLATE", HOOK_LOCALE },
		{ "LANG", HOOK_LOCALE },
		{ "LINENO", HOOK_LINENO },
	};

	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
		const char *name = hooks[i].name;
		struct variable *variable = &symbol_get(&sh->symbols, name, strlen(name))->variable;
		variable->hook = (uint8_t)hooks[i].hook;
		/* It is set, though nobody has asked for its value yet. */
		if (hooks[i].hook == HOOK_LINENO)
			variable->flags |= VARIABLE_NUMBER | VARIABLE_NO_TEXT;
	}
	look_at_locale(sh);
}
