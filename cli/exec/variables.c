/* SPDX-License-Identifier: MIT */
#include "exec/variables.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

void variables_done(struct variables *variables)
{
	for (size_t i = 0; i < variables->n; i++)
		free(variables->list[i].entry);
	free(variables->list);
	free(variables->made);
	*variables = (struct variables){ 0 };
}

/* Set or not; NULL: nobody has ever spoken of it. */
static struct variable *find(const struct variables *variables, const char *name, size_t length)
{
	for (size_t i = 0; i < variables->n; i++) {
		const char *entry = variables->list[i].entry;
		if (strncmp(entry, name, length) == 0 &&
			(entry[length] == '=' || entry[length] == '\0'))
			return &variables->list[i];
	}
	return NULL;
}

/* A name may begin with =, as shells of other systems have it. */
static size_t name_length(const char *entry)
{
	return entry[0] == '=' ? 1 + strcspn(entry + 1, "=") : strcspn(entry, "=");
}

static void put(struct variables *variables, const char *entry, bool is_set, bool is_wanted)
{
	size_t length = name_length(entry);
	struct variable *variable = find(variables, entry, length);

	if (!variable) {
		if ((variables->n & (variables->n - 1)) == 0)
			variables->list = memory_resize(variables->list,
				(variables->n ? variables->n * 2 : 1) * sizeof *variables->list);
		variable = &variables->list[variables->n++];
		*variable = (struct variable){ 0 };
	}
	free(variable->entry);
	variable->entry = memory_copy(entry, is_set ? strlen(entry) : length);
	variable->is_set = is_set;
	variable->is_wanted = is_wanted;
	variable->is_secret = false;
}

void variables_add_all(struct variables *variables, char *const *entries)
{
	for (; entries && *entries; entries++)
		if ((*entries)[0] != '\0')
			put(variables, *entries, true, false);
}

const char *variables_get(const struct variables *variables, const char *name, size_t length)
{
	const struct variable *variable = find(variables, name, length);

	return variable && variable->is_set && variable->entry[length] == '='
		       ? variable->entry + length + 1
		       : NULL;
}

void variables_set(struct variables *variables, const char *entry, bool is_wanted)
{
	put(variables, entry, true, is_wanted);
}

void variables_set_secret(struct variables *variables, const char *name, const char *value)
{
	size_t length = strlen(name), value_length = strlen(value);
	char *entry = memory_get(length + value_length + 2);

	memcpy(entry, name, length);
	entry[length] = '=';
	memcpy(entry + length + 1, value, value_length + 1);
	put(variables, entry, true, true);
	find(variables, name, length)->is_secret = true;
	explicit_bzero(entry, length + value_length + 1);
	free(entry);
}

bool variables_is_secret(const struct variables *variables, const char *name, size_t length)
{
	const struct variable *variable = find(variables, name, length);

	return variable && variable->is_secret;
}

void variables_unset(struct variables *variables, const char *name)
{
	put(variables, name, false, true);
}

bool variables_is_wanted(const struct variables *variables, const char *name)
{
	const struct variable *variable = find(variables, name, name_length(name));

	return variable && variable->is_wanted;
}

char *const *variables_list(struct variables *variables)
{
	size_t n = 0;

	variables->made = memory_resize(
		variables->made, (variables->n + 1) * sizeof *variables->made);
	for (size_t i = 0; i < variables->n; i++)
		if (variables->list[i].is_set)
			variables->made[n++] = variables->list[i].entry;
	variables->made[n] = NULL;
	return variables->made;
}
