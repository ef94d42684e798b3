/* SPDX-License-Identifier: MIT */
/* $name and ${...}. */

#include "sh/expand.h"
#include "sh/expand_part.h"
#include "sh/pattern.h"

#include <string.h>

/* ---- values ---- */

static void set_number(struct parameter_value *value, int64_t number)
{
	char *text = number_text(value->digits, sizeof value->digits - 1, number);

	value->digits[sizeof value->digits - 1] = '\0';
	value->text = text;
	value->length = (size_t)(value->digits + sizeof value->digits - 1 - text);
}

static void set_text(struct parameter_value *value, const char *text)
{
	value->text = text;
	value->length = text != NULL ? strlen(text) : 0;
}

static void get_special(
	struct shell *sh, const struct parameter *parameter, struct parameter_value *value)
{
	switch (parameter->special) {
	case '#':
		set_number(value, parameters_count(sh));
		break;
	case '?':
		set_number(value, sh->status);
		break;
	case '$':
		set_number(value, sh->pid);
		break;
	case '!':
		if (sh->background != 0)
			set_number(value, sh->background);
		else
			set_text(value, NULL);
		break;
	case '-':
		options_text(sh, value->digits);
		set_text(value, value->digits);
		break;
	default:
		set_text(value,
			parameter->number == 0 ? sh->name : parameters_get(sh, parameter->number));
		break;
	}
}

void parameter_get(struct shell *sh, struct parameter *parameter, struct parameter_value *value)
{
	if (parameter->special != 0) {
		get_special(sh, parameter, value);
		return;
	}
	struct symbol *symbol = symbol_cached(&sh->symbols, &parameter->cache,
		&parameter->cache_generation, parameter->name, parameter->name_length);
	value->length = 0;
	value->text = symbol != NULL ? variable_value(sh, symbol, &value->length) : NULL;
}

static int fail(struct shell *sh)
{
	sh->status = EXPAND_ERROR;
	return -1;
}

int parameter_fail_unset(struct shell *sh, const struct part *part)
{
	shell_error(sh, part->place, "%s: parameter not set", part->parameter->name);
	return fail(sh);
}

/* ---- # ## % %% ---- */

/* Takes off what the pattern matches; NULL: nothing. */
static void cut(enum parameter_action action, const struct pattern *pattern, const char **text,
	size_t *length)
{
	size_t n = 0;

	if (pattern == NULL)
		return;
	if (action == PARAMETER_CUT_SHORTEST_PREFIX || action == PARAMETER_CUT_LONGEST_PREFIX) {
		if (!pattern_prefix(
			    pattern, *text, *length, action == PARAMETER_CUT_LONGEST_PREFIX, &n))
			return;
		*text += n;
	} else if (!pattern_suffix(
			   pattern, *text, *length, action == PARAMETER_CUT_LONGEST_SUFFIX, &n)) {
		return;
	}
	*length -= n;
}

static bool is_cut(enum parameter_action action)
{
	return action >= PARAMETER_CUT_SHORTEST_PREFIX && action <= PARAMETER_CUT_LONGEST_SUFFIX;
}

/* ---- $@ and $* ---- */

static void add_joined(
	struct buffer *buffer, const struct part *part, const struct pattern *pattern)
{
	enum byte_kind kind = part->is_quoted ? BYTE_QUOTED : BYTE_SPLIT;
	const char *separator = buffer->sh->separators.first;
	uint32_t n = parameters_count(buffer->sh);

	buffer_add(buffer, "", 0, kind);
	for (uint32_t i = 1; i <= n; i++) {
		const char *text = parameters_get(buffer->sh, i);
		size_t length = strlen(text);
		cut((enum parameter_action)part->parameter->action, pattern, &text, &length);
		if (i > 1)
			buffer_add(buffer, separator, strlen(separator), kind);
		buffer_add(buffer, text, length, kind);
	}
}

static void add_list(struct buffer *buffer, const struct part *part, const struct pattern *pattern)
{
	enum byte_kind kind = part->is_quoted ? BYTE_QUOTED : BYTE_SPLIT;
	uint32_t n = parameters_count(buffer->sh);

	if (buffer->mode != BUFFER_FIELDS || (part->parameter->special == '*' && part->is_quoted)) {
		add_joined(buffer, part, pattern);
		return;
	}
	for (uint32_t i = 1; i <= n; i++) {
		const char *text = parameters_get(buffer->sh, i);
		size_t length = strlen(text);
		cut((enum parameter_action)part->parameter->action, pattern, &text, &length);
		if (i > 1)
			buffer_add_break(buffer);
		buffer_add(buffer, text, length, kind);
	}
}

/* ---- what all of them have ---- */

/* Whether it is set; with a colon: and not empty. */
static bool is_usable(struct shell *sh, struct parameter *parameter)
{
	struct parameter_value value;

	if (!parameter_is_list(parameter)) {
		parameter_get(sh, parameter, &value);
		return value.text != NULL && !(parameter->has_colon && value.length == 0);
	}
	uint32_t n = parameters_count(sh);
	if (!parameter->has_colon || n == 0)
		return n > 0;
	if (n > 1 && sh->separators.first[0] != '\0')
		return true;
	for (uint32_t i = 1; i <= n; i++)
		if (*parameters_get(sh, i) != '\0')
			return true;
	return false;
}

static void add_value(struct buffer *buffer, const struct part *part, const struct pattern *pattern)
{
	struct parameter_value value;

	if (parameter_is_list(part->parameter)) {
		add_list(buffer, part, pattern);
		return;
	}
	parameter_get(buffer->sh, part->parameter, &value);
	if (value.text == NULL)
		value.text = "";
	cut((enum parameter_action)part->parameter->action, pattern, &value.text, &value.length);
	buffer_add(buffer, value.text, value.length, part->is_quoted ? BYTE_QUOTED : BYTE_SPLIT);
}

static int add_word(struct buffer *buffer, const struct part *part)
{
	const struct word *word = part->parameter->word;

	if (word != NULL && word->n_parts > 0)
		return expand_parts(buffer, word, BYTE_SPLIT);
	buffer_add(buffer, "", 0, part->is_quoted ? BYTE_QUOTED : BYTE_SPLIT);
	return 0;
}

/* The word as a string; "" if there is none. */
static int word_text(struct shell *sh, const struct parameter *parameter, const char **ret_text,
	size_t *ret_length)
{
	*ret_text = "";
	*ret_length = 0;
	return parameter->word == NULL ? 0
				       : expand_string(sh, parameter->word, ret_text, ret_length);
}

static int do_assign(struct buffer *buffer, const struct part *part)
{
	struct shell *sh = buffer->sh;
	struct parameter *parameter = part->parameter;
	const char *text;
	size_t length;

	if (parameter->special != 0) {
		shell_error(sh, part->place, "%s: is no variable, so ${%s=...} cannot set it",
			parameter->name, parameter->name);
		return fail(sh);
	}
	if (word_text(sh, parameter, &text, &length) < 0)
		return -1;
	struct symbol *symbol = symbol_get(&sh->symbols, parameter->name, parameter->name_length);
	if (variable_set(sh, symbol, text, length, part->place) < 0)
		return fail(sh);
	add_value(buffer, part, NULL);
	return 0;
}

static int do_error(struct buffer *buffer, const struct part *part)
{
	struct shell *sh = buffer->sh;
	const char *text;
	size_t length;

	if (word_text(sh, part->parameter, &text, &length) < 0)
		return -1;
	if (length == 0)
		text = part->parameter->has_colon ? "parameter null or not set"
						  : "parameter not set";
	shell_error(sh, part->place, "%s: %s", part->parameter->name, text);
	return fail(sh);
}

static int do_cut(struct buffer *buffer, const struct part *part)
{
	struct pattern pattern;

	/* The value is looked up behind the pattern, which may change it. */
	if (part->parameter->word == NULL)
		add_value(buffer, part, NULL);
	else if (expand_pattern(buffer->sh, part->parameter->word, &pattern) < 0)
		return -1;
	else
		add_value(buffer, part, &pattern);
	return 0;
}

static void do_length(struct buffer *buffer, const struct part *part)
{
	struct parameter_value value;
	struct parameter_value length;

	if (parameter_is_list(part->parameter)) {
		set_number(&length, parameters_count(buffer->sh));
	} else {
		parameter_get(buffer->sh, part->parameter, &value);
		set_number(&length, (int64_t)pattern_characters(value.text, value.length));
	}
	buffer_add(buffer, length.text, length.length, part->is_quoted ? BYTE_QUOTED : BYTE_SPLIT);
}

/* ---- what other shells have ---- */

static char first_character(const struct word *word)
{
	bool is_text = word != NULL && word->n_parts > 0 && word->parts[0].kind == PART_LITERAL &&
		       word->parts[0].length > 0;

	return is_text ? word->parts[0].text[0] : '\0';
}

/* What to write instead. */
static const char *advice_for(const struct parameter *parameter, char first)
{
	if (parameter->has_colon)
		return "cut with ${x#?} and ${x%?}, or with cut(1)";
	if (parameter->special == '!')
		return "use eval";
	switch (first) {
	case '/':
		return "use sed(1)";
	case '^':
	case ',':
		return "use tr(1)";
	case '[':
		return "there are no arrays; use set -- and \"$@\"";
	default:
		return NULL;
	}
}

static int fail_bad(struct shell *sh, const struct part *part)
{
	const struct parameter *parameter = part->parameter;
	const char shown[] = { first_character(parameter->word), '\0' };
	const char *advice = advice_for(parameter, shown[0]);

	shell_error(sh, part->place, "bad substitution: ${%s%s%s...}%s%s%s", parameter->name,
		parameter->has_colon ? ":" : "", shown, advice ? " is not in POSIX sh (" : "",
		advice ? advice : "", advice ? ")" : "");
	return fail(sh);
}

/* Whether set -u makes an error of it. */
static bool is_refused(struct shell *sh, struct parameter *parameter)
{
	struct parameter_value value;

	if (!sh->options[OPTION_NOUNSET] || parameter_is_list(parameter))
		return false;
	parameter_get(sh, parameter, &value);
	return value.text == NULL;
}

int expand_parameter(struct buffer *buffer, const struct part *part)
{
	struct shell *sh = buffer->sh;
	struct parameter *parameter = part->parameter;
	enum parameter_action action = (enum parameter_action)parameter->action;

	if ((action <= PARAMETER_LENGTH || is_cut(action)) && is_refused(sh, parameter))
		return parameter_fail_unset(sh, part);
	switch (action) {
	case PARAMETER_VALUE:
		add_value(buffer, part, NULL);
		return 0;
	case PARAMETER_LENGTH:
		do_length(buffer, part);
		return 0;
	case PARAMETER_ALTERNATIVE:
		if (is_usable(sh, parameter))
			return add_word(buffer, part);
		buffer_add(buffer, "", 0, part->is_quoted ? BYTE_QUOTED : BYTE_SPLIT);
		return 0;
	case PARAMETER_DEFAULT:
	case PARAMETER_ASSIGN:
	case PARAMETER_ERROR:
		if (is_usable(sh, parameter)) {
			add_value(buffer, part, NULL);
			return 0;
		}
		return action == PARAMETER_DEFAULT ? add_word(buffer, part)
		       : action == PARAMETER_ERROR ? do_error(buffer, part)
						   : do_assign(buffer, part);
	case PARAMETER_CUT_SHORTEST_PREFIX:
	case PARAMETER_CUT_LONGEST_PREFIX:
	case PARAMETER_CUT_SHORTEST_SUFFIX:
	case PARAMETER_CUT_LONGEST_SUFFIX:
		return do_cut(buffer, part);
	case PARAMETER_BAD:
		break;
	}
	return fail_bad(sh, part);
}
