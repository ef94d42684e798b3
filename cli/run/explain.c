/* SPDX-License-Identifier: MIT */
#include "run/explain.h"

#include "common/duration.h"
#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

static bool read_head(const struct run_config *config, const char *search_path, struct head *head)
{
	int dir = AT_FDCWD;
	char *path = NULL;
	int r = brood_lookup(config->argv[0], search_path, &path, NULL);
	ssize_t n = -1;

	/* A relative path counts from the directory that the command would have had. */
	if (config->dir)
		dir = open(config->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(dir, r == 0 || r == BROOD_EDOT ? path : config->argv[0],
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

static void explain_missing(const struct run_config *config, struct head *head)
{
	const char *name = config->argv[0];
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

static void explain_exec(const struct run_config *config, const char *search_path, int number)
{
	const char *name = config->argv[0];
	struct head head = { 0 };

	if (number == E2BIG) {
		message("%s: argument list too long (%zu bytes of arguments and environment at least; "
			"%ld fit, 131071 in one)",
			name,
			length_of(config->argv) + length_of(config->clear_env ? NULL : environ),
			sysconf(_SC_ARG_MAX));
		return;
	}
	bool is_file = read_head(config, search_path, &head);
	if (number == EACCES && S_ISDIR(head.stat.st_mode))
		number = EISDIR;
	if (number == ENOENT && is_file)
		explain_missing(config, &head);
	else if (number == ENOEXEC && is_file)
		message("%s: %s%s", name, message_errno(number), format_hint(&head));
	else if (number == EACCES && is_file && !(head.stat.st_mode & 0111))
		message("%s: %s (it is not executable)", name, message_errno(number));
	else
		message("%s: %s", name, message_errno(number));
}

static void explain_not_found(const struct run_config *config, const struct brood_error *error)
{
	const char *name = config->argv[0];
	brood_duration duration = 0;

	if (error->os_errno == EACCES)
		message("%s: found on PATH, but it is not executable", name);
	else if (name[0] == '\0')
		message("'': not found (the command is an empty word)");
	else if (duration_parse(name, &duration) == 0 && config->argv[1])
		message("%s: not found on PATH (a time limit is given with -t %s)", name, name);
	else
		message("%s: not found on PATH", name);
}

void explain_start(const struct run_config *config, const char *search_path, int code,
	const struct brood_error *error)
{
	char text[512];

	switch (error->step) {
	case BROOD_STEP_LOOKUP:
	case BROOD_STEP_EXEC:
		if (code == BROOD_ENOTFOUND)
			explain_not_found(config, error);
		else
			explain_exec(config, search_path, -code);
		break;
	case BROOD_STEP_CHDIR:
		message("%s: %s (chdir)", config->dir, message_errno(-code));
		break;
	case BROOD_STEP_OPEN:
		message("%s: %s%s", error->subject, message_errno(-code),
			config->stdin_kind == RUN_STDIN_FILE ? " (--stdin)" : "");
		break;
	default:
		message("%s", brood_explain(code, NULL, error, text, sizeof text));
		break;
	}
}

const char *explain_status(const struct brood_status *status, char *text, size_t size)
{
	brood_status_text(status, text, size);
	return text;
}

static void explain_limit(const struct run_config *config, const struct brood_result *result)
{
	char limit[DURATION_TEXT_SIZE], grace[DURATION_TEXT_SIZE];

	duration_text(config->timeout, limit);
	if (result->notes & BROOD_NOTE_ESCALATED)
		message("%s: time limit of %s reached; it did not end within %s of %s and was killed",
			config->name, limit, duration_text(config->kill_after, grace),
			brood_signal_name(config->signal));
	else
		message("%s: time limit of %s reached", config->name, limit);
}

static void explain_signal(const struct run_config *config, const struct brood_status *status)
{
	char text[128];

	/* As shells do: nothing to say about what the user or a closed pipe has done. */
	if (status->signal != SIGINT && status->signal != SIGPIPE)
		message("%s: %s", config->name, explain_status(status, text, sizeof text));
}

void explain_end(const struct run_config *config, int code, const struct brood_result *result,
	const struct brood_error *error, bool was_asked)
{
	const struct brood_status *status = result->n_stages > 0 ? result->stages : NULL;
	char text[512];

	if (code == BROOD_ETIMEOUT)
		explain_limit(config, result);
	else if (code == BROOD_EEXIT && status && status->how == BROOD_SIGNALED && !was_asked)
		explain_signal(config, status);
	else if (code < 0 && code != BROOD_EEXIT && code != BROOD_ECANCELED &&
		 code != BROOD_EWAITDELAY)
		message("%s", brood_explain(code, result, error, text, sizeof text));
	if (result->notes & BROOD_NOTE_PIPE_HELD)
		message("%s: it has ended, but its output was still held open after %s (--wait-delay)",
			config->name,
			duration_text(config->wait_delay > 0 ? config->wait_delay : 0, text));
}
