/* SPDX-License-Identifier: MIT */
#include "common/program.h"

#include "common/duration.h"
#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first bytes of a program that would not start. */
struct head {
	char bytes[256];
	size_t length;
	struct stat stat; /* zero: it could not be opened */
};

static bool read_head(const struct program *program, struct head *head)
{
	int dir = AT_FDCWD;
	char *path = NULL;
	int r = brood_lookup(program->argv[0], program->search_path, &path, NULL);
	ssize_t n = -1;

	/* A relative path counts from the directory that the command would have had. */
	if (program->dir)
		dir = open(program->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(dir, r == 0 || r == BROOD_EDOT ? path : program->argv[0],
		O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &head->stat) == 0 && S_ISREG(head->stat.st_mode))
		n = pread(fd, head->bytes, sizeof head->bytes - 1, 0);
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	free(path);
	head->length = n > 0 ? (size_t)n : 0;
	head->bytes[head->length] = '\0';
	return n >= 0;
}

/* The interpreter that a #! line names, within head; NULL if there is none. */
static const char *interpreter_of(struct head *head)
{
	if (head->length < 3 || strncmp(head->bytes, "#!", 2) != 0)
		return NULL;
	char *name = head->bytes + 2 + strspn(head->bytes + 2, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return name[0] ? name : NULL;
}

static void explain_missing(const struct program *program, struct head *head)
{
	const char *name = program->argv[0];
	const char *interpreter = interpreter_of(head);

	if (!interpreter) {
		message("%s: its interpreter (dynamic loader) was not found", name);
		return;
	}
	size_t length = strlen(interpreter);
	if (length > 0 && interpreter[length - 1] == '\r')
		message("%s: interpreter %.*s was not found: its #! line ends with a carriage return",
			name, (int)(length - 1), interpreter);
	else
		message("%s: interpreter %s was not found", name, interpreter);
}

static const char *format_hint(const struct head *head)
{
	if (head->length == 0)
		return " (it is empty)";
	if (head->length > 4 && memcmp(head->bytes, "\177ELF", 4) == 0)
		return " (made for another machine?)";
	return strncmp(head->bytes, "#!", 2) == 0 ? "" : " (no #! line?)";
}

static size_t length_of(char *const *list)
{
	size_t sum = 0;

	for (; list && *list; list++)
		sum += strlen(*list) + 1 + sizeof *list;
	return sum;
}

static void explain_exec(const struct program *program, int number)
{
	const char *name = program->argv[0];
	struct head head = { 0 };

	if (number == E2BIG) {
		message("%s: argument list too long (%zu bytes of arguments and environment at least; "
			"%ld fit, 131071 in one)",
			name, length_of(program->argv) + length_of(program->env),
			sysconf(_SC_ARG_MAX));
		return;
	}
	bool is_file = read_head(program, &head);
	if (number == EACCES && S_ISDIR(head.stat.st_mode))
		number = EISDIR;
	if (number == ENOENT && is_file)
		explain_missing(program, &head);
	else if (number == ENOEXEC && is_file)
		message("%s: %s%s", name, message_errno(number), format_hint(&head));
	else if (number == EACCES && is_file && !(head.stat.st_mode & 0111))
		message("%s: %s (it is not executable)", name, message_errno(number));
	else
		message("%s: %s", name, message_errno(number));
}

static void explain_not_found(const struct program *program, const struct brood_error *error)
{
	const char *name = program->argv[0];
	brood_duration duration = 0;

	if (error->os_errno == EACCES)
		message("%s: found on PATH, but it is not executable", name);
	else if (name[0] == '\0')
		message("'': not found (the command is an empty word)");
	else if (program->may_mean_limit && duration_parse(name, &duration) == 0 &&
		 program->argv[1])
		message("%s: not found on PATH (a time limit is given with -t %s)", name, name);
	else
		message("%s: not found on PATH", name);
}

bool program_explain(const struct program *program, int code, const struct brood_error *error)
{
	switch (error->step) {
	case BROOD_STEP_LOOKUP:
	case BROOD_STEP_EXEC:
		if (code == BROOD_ENOTFOUND)
			explain_not_found(program, error);
		else
			explain_exec(program, -code);
		return true;
	case BROOD_STEP_CHDIR:
		message("%s: %s (chdir)", program->dir, message_errno(-code));
		return true;
	default:
		return false;
	}
}
