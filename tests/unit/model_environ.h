/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What an environment has to be, in a form that is slow and easy to believe. For the unit test and
 * the fuzz target.
 */

#include <brood/cmd.h>

#include <stdlib.h>
#include <string.h>

/* Entries of the model are shorter than this. */
#define LONGEST_ENTRY 256

/* As go-exec.md says it, not as the library does it: the text before the first '=' that is not the
 * first byte; without one, "" if the entry begins with '=', else there is no name. */
static bool model_name(const char *entry, char *name)
{
	for (size_t i = 1; entry[0] && entry[i]; i++) {
		if (entry[i] == '=') {
			memcpy(name, entry, i);
			name[i] = '\0';
			return true;
		}
	}
	name[0] = '\0';
	return entry[0] == '=';
}

/* An entry stays unless a later one sets or unsets its name. */
static bool model_keeps(char *const *entries, size_t n, size_t n_source, size_t i)
{
	char name[LONGEST_ENTRY];
	char other[LONGEST_ENTRY];

	if (entries[i][0] == '\0' || (i >= n_source && !strchr(entries[i], '=')))
		return false;
	if (!model_name(entries[i], name))
		return true;
	for (size_t j = i + 1; j < n; j++) {
		bool is_unset = j >= n_source && !strchr(entries[j], '=');
		if (is_unset && strcmp(entries[j], name) == 0)
			return false;
		if (!is_unset && model_name(entries[j], other) && strcmp(other, name) == 0)
			return false;
	}
	return true;
}

/* Makes the environment of n entries, the first n_source of them as they are, the others edits, and
 * compares. The list ends with NULL, as does source. */
static void check_environ(char *const *entries, size_t n, char *const *source, size_t n_source)
{
	struct brood_cmd cmd = BROOD_CMD(.env = source, .env_edit = entries + n_source);
	char **env = NULL;
	size_t kept = 0;

	CHECK(brood_environ(&cmd, &env, NULL) == 0);
	for (size_t i = 0; i < n; i++) {
		if (!model_keeps(entries, n, n_source, i))
			continue;
		CHECK(env[kept] && strcmp(env[kept], entries[i]) == 0);
		kept++;
	}
	CHECK(!env[kept]);
	free(env);
}
