/* SPDX-License-Identifier: MIT */
#include "sh/advice.h"

#include "sh/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define NOT_FOUND   "not found"
#define WRITE(what) NOT_FOUND " (not in POSIX sh; write " what ")"

static const struct {
	const char *name;
	const char *text;
} commands[] = {
	{ "[[", WRITE("[ ... ] or case") },
	{ "builtin", WRITE("command NAME") },
	{ "chdir", WRITE("cd") },
	{ "coproc", WRITE("mkfifo and &") },
	{ "declare", WRITE("NAME=VALUE; local in a function, export for programs") },
	{ "dirs", WRITE("pwd") },
	{ "disown", WRITE("nohup COMMAND &") },
	{ "fc", NOT_FOUND " (there is no history yet)" },
	{ "function", WRITE("NAME() { ...; }") },
	{ "history", NOT_FOUND " (there is no history yet)" },
	{ "let", WRITE(": $((...))") },
	{ "logout", WRITE("exit") },
	{ "mapfile", WRITE("while IFS= read -r line; do ...; done <FILE") },
	{ "popd", WRITE("cd -") },
	{ "print", WRITE("printf") },
	{ "pushd", WRITE("cd, and cd - to come back") },
	{ "readarray", WRITE("while IFS= read -r line; do ...; done <FILE") },
	{ "select", WRITE("while read -r ...; do") },
	{ "shopt", NOT_FOUND " (not in POSIX sh; set -o lists the options there are)" },
	{ "suspend", WRITE("kill -STOP $$") },
	{ "typeset", WRITE("NAME=VALUE; local in a function, export for programs") },
	{ "whence", WRITE("command -v") },
};

/* NAME+=..., NAME[...]=..., NAME++: what would be no command elsewhere. */
static const char *of_assignment(const char *name)
{
	bool is_counting = strncmp(name, "++", 2) == 0 || strncmp(name, "--", 2) == 0;
	size_t length = 0;

	if (is_counting && is_name(name + 2, strlen(name + 2)))
		return WRITE(": $((...))");
	while (is_name(name, length + 1) && name[length])
		length++;
	const char *rest = name + length;
	if (length == 0)
		return NULL;
	if (strncmp(rest, "+=", 2) == 0)
		return WRITE("NAME=$NAME...");
	if (strcmp(rest, "++") == 0 || strcmp(rest, "--") == 0)
		return WRITE(": $((...))");
	if (*rest == '[' && strstr(rest, "]="))
		return NOT_FOUND " (arrays are not in POSIX sh; use \"$@\", or a list in a string)";
	return NULL;
}

const char *advice_not_found(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].text;
	}
	const char *text = of_assignment(name);
	return text ? text : NOT_FOUND;
}
