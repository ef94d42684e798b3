/* SPDX-License-Identifier: MIT */
#include "exec/secrets.h"

#include "common/file.h"
#include "common/memory.h"
#include "common/message.h"
#include "exec/describe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char suffix[] = "_FILE";

/* Nothing of it may be left in memory that we give back. */
static void forget(struct text *text)
{
	if (text->bytes)
		explicit_bzero(text->bytes, text->size);
	text_done(text);
}

static int read_secret(const char *name, const char *path, struct text *text)
{
	int r = file_read(path, text, SECRETS_LARGEST);

	if (r == -EFBIG) {
		message("exec: secret %s: %s is larger than 128 KiB, which no variable can be",
			name, path);
		return r;
	}
	if (r < 0) {
		message("exec: secret %s: %s: %s", name, path, message_errno(-r));
		return r;
	}
	if (memchr(text->bytes, '\0', text->length)) {
		message("exec: secret %s: %s holds a NUL byte, which no variable can", name, path);
		return -EINVAL;
	}
	while (text->length > 0 && text->bytes[text->length - 1] == '\n')
		text->bytes[--text->length] = '\0';
	/* One that was written elsewhere ends with two bytes. */
	if (text->length > 0 && text->bytes[text->length - 1] == '\r')
		text->bytes[--text->length] = '\0';
	return 0;
}

/* What its NAME_FILE says goes, whoever has said it. */
static int put(struct variables *variables, const char *name, const char *path, bool is_verbose,
	struct text *shown)
{
	struct text file_name = { 0 }, value = { 0 };

	if (variables_get(variables, name, strlen(name))) {
		message("exec: secret %s: the variable is set as well as the file %s: only one can "
			"be meant",
			name, path);
		return -1;
	}
	int r = read_secret(name, path, &value);
	if (r == 0) {
		variables_set_secret(variables, name, value.bytes);
		if (is_verbose)
			message("exec: secret %s: from %s", name, path);
		if (shown)
			text_format(shown, DESCRIBE_LABEL "%s from %s\n", "secret", name, path);
		text_format(&file_name, "%s%s", name, suffix);
		if (variables_get(variables, file_name.bytes, file_name.length))
			variables_unset(variables, file_name.bytes);
	}
	text_done(&file_name);
	forget(&value);
	return r < 0 ? -1 : 0;
}

/* Of /dev/stdout, of a pipe, of a long log, and of what only will be written one day it is not the
   content that is meant. */
static bool is_there(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
	       (size_t)info.st_size <= SECRETS_LARGEST;
}

/* Read by programs and libraries that are everywhere, and by them as names of files. */
static bool is_known(const char *name)
{
	static const char *const names[] = { "SSL_CERT", "NIX_SSL_CERT", "GIT_INDEX" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, "AWS_", 4) == 0;
}

int secrets_take_all(struct variables *variables, bool is_verbose, struct text *shown)
{
	int r = 0;

	/* Those that are added meanwhile come last, and are none. */
	for (size_t i = variables->n; i-- > 0 && r == 0;) {
		const struct variable *variable = &variables->list[i];
		const char *equals = strchr(variable->entry, '=');
		size_t length = equals ? (size_t)(equals - variable->entry) : 0;
		if (!variable->is_set || length < sizeof suffix ||
			memcmp(equals - (sizeof suffix - 1), suffix, sizeof suffix - 1) != 0)
			continue;
		char *name = memory_copy(variable->entry, length - (sizeof suffix - 1));
		char *path = memory_copy(equals + 1, strlen(equals + 1));
		if (!is_known(name) && is_there(path))
			r = put(variables, name, path, is_verbose, shown);
		else if (is_verbose)
			message("exec: secret %s: %s is left as it is", name, path);
		free(name);
		free(path);
	}
	return r;
}

int secrets_take(struct variables *variables, const char *text, bool is_verbose, struct text *shown)
{
	const char *equals = strchr(text, '=');
	char *name = memory_copy(text, equals ? (size_t)(equals - text) : strlen(text));
	struct text path = { 0 }, file_name = { 0 };

	text_format(&file_name, "%s%s", name, suffix);
	const char *said = variables_get(variables, file_name.bytes, file_name.length);
	if (equals)
		text_string(&path, equals + 1);
	else if (said)
		text_string(&path, said);
	else
		text_format(&path, SECRETS_FOLDER "/%s", name);
	int r = put(variables, name, path.bytes ? path.bytes : "", is_verbose, shown);
	text_done(&path);
	text_done(&file_name);
	free(name);
	return r;
}
