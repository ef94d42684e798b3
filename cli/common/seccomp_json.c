/* SPDX-License-Identifier: MIT */
#include "common/seccomp_json.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static void add_place(struct text *text, const struct place *place)
{
	if (place->parent)
		add_place(text, place->parent);
	if (place->key)
		text_format(text, "%s%s", text->length > 0 ? "." : "", place->key);
	else if (place->parent)
		text_format(text, "[%zu]", place->index);
}

int seccomp_fail(struct text *problem, const struct place *place, const char *format, ...)
{
	va_list arguments;

	add_place(problem, place);
	if (problem->length > 0)
		text_string(problem, ": ");
	va_start(arguments, format);
	text_format_list(problem, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static bool is_type(const json_t *value, json_type type)
{
	/* Tools write null for what they have nothing to say about. */
	return json_typeof(value) == type || json_is_null(value);
}

static const char *type_name(json_type type)
{
	return type == JSON_OBJECT   ? "an object"
	       : type == JSON_ARRAY  ? "an array"
	       : type == JSON_STRING ? "a string"
				     : "a whole number";
}

int seccomp_check_keys(struct text *problem, const struct place *place, json_t *object,
	const struct key *keys, size_t n)
{
	const char *name, *nearest = NULL;
	json_t *value;

	if (!json_is_object(object))
		return seccomp_fail(problem, place, "this is not an object");
	json_object_foreach(object, name, value)
	{
		const struct place here = { place, name, 0 };
		size_t i = 0;
		while (i < n && strcmp(keys[i].name, name) != 0) {
			if (text_is_near(name, keys[i].name))
				nearest = keys[i].name;
			i++;
		}
		if (i == n)
			return seccomp_fail(problem, &here, "this key means nothing%s%s%s",
				nearest ? "; did you mean " : "", nearest ? nearest : "",
				nearest ? "?" : "");
		if (!is_type(value, keys[i].type))
			return seccomp_fail(
				problem, &here, "this is not %s", type_name(keys[i].type));
	}
	return 0;
}

/* The text of a string that must be there. */
int seccomp_get_text(struct text *problem, const struct place *place, json_t *object,
	const char *key, const char **ret_text)
{
	*ret_text = json_string_value(json_object_get(object, key));
	return *ret_text ? 0 : seccomp_fail(problem, place, "%s is missing", key);
}

/* A number that was too large for the library is no integer for it. */
int seccomp_get_number(struct text *problem, const struct place *place, json_t *object,
	const char *key, json_int_t most, json_int_t *ret_number)
{
	const json_t *value = json_object_get(object, key);
	const struct place here = { place, key, 0 };

	if (!value || json_is_null(value))
		return 0;
	json_int_t number = json_integer_value(value);
	if (number < 0 || number > most)
		return seccomp_fail(problem, &here, "%lld is not within 0 to %lld",
			(long long)number, (long long)most);
	*ret_number = number;
	return 0;
}

bool seccomp_find_word(const struct word *words, size_t n, const char *name, uint32_t *ret_number)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].name, name) == 0) {
			*ret_number = words[i].number;
			return true;
		}
	return false;
}
