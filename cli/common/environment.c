/* SPDX-License-Identifier: MIT */
#include "common/environment.h"

#include <string.h>
#include <unistd.h>

char *environment_entry(const char *name, size_t length)
{
	for (char **entry = environ; entry && *entry; entry++)
		if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
			return *entry;
	return NULL;
}

const char *environment_get(const char *name)
{
	size_t length = strlen(name);
	const char *entry = environment_entry(name, length);

	return entry ? entry + length + 1 : NULL;
}
