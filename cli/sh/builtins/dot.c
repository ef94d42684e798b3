/* SPDX-License-Identifier: MIT */
/* . and source */
#include "common/message.h"
#include "sh/builtins/list.h"
#include "sh/input.h"
#include "sh/interp.h"
#include "sh/redirect.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Along PATH, where it needs to be readable only. Sets *path to what was opened. */
static int open_along(struct shell *sh, const char *search_path, const char **path)
{
	const char *name = *path;
	int result = -ENOENT;

	for (const char *at = search_path; at;) {
		size_t length = (size_t)(strchrnul(at, ':') - at);
		char *candidate = arena_get(&sh->scratch, length + strlen(name) + 2);
		memcpy(candidate, at, length);
		if (length > 0)
			candidate[length++] = '/';
		memcpy(candidate + length, name, strlen(name) + 1);
		int fd = fd_open_text(candidate);
		if (fd >= 0) {
			*path = candidate;
			return fd;
		}
		if (fd == -EACCES)
			result = fd;
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	return result;
}

static enum control run_fd(struct shell *sh, const char *path, int fd)
{
	struct source *source = source_new(SOURCE_FILE, path, NULL, 0);
	struct input *input = input_of_fd(source, fd);

	sh->dots++;
	enum control control = run_input(sh, input, 0);
	sh->dots--;
	input_free(input);
	source_drop(source);
	return control == CONTROL_RETURN ? CONTROL_NONE : control;
}

int builtin_dot(struct shell *sh, int argc, char **argv, enum control *control)
{
	int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (i >= argc)
		return -builtin_usage(sh, "a file is missing");
	const char *path = argv[i];
	const char *search_path = variable_get(sh, "PATH");
	int fd = strchr(path, '/') || !search_path ? fd_open_text(path)
						   : open_along(sh, search_path, &path);
	if (fd < 0)
		return -builtin_error_at(sh, argv[i], "%s: %s", argv[i], message_errno(-fd));
	*control = run_fd(sh, path, fd);
	return sh->status;
}
