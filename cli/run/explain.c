/* SPDX-License-Identifier: MIT */
#include "run/explain.h"

#include "common/duration.h"
#include "common/message.h"
#include "common/text.h"

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
	else if (!config->is_timeout && duration_parse(name, &duration) == 0 && config->argv[1])
		message("%s: not found on PATH (a time limit is given with -t %s)", name, name);
	else
		message("%s: not found on PATH", name);
}

/* What was asked for by name may be impossible here, and is not replaced by something weaker. */
static bool explain_tree(const struct run_config *config, const struct attempt *attempt)
{
	static const char *const names[] = { "auto", "group", "guard", "cgroup", "pidns" };
	int step = attempt->error.step, code = attempt->code;

	if (config->tree == BROOD_TREE_AUTO || code <= BROOD_EEXIT ||
		(step != BROOD_STEP_GUARD && step != BROOD_STEP_CGROUP &&
			step != BROOD_STEP_NAMESPACE))
		return false;
	message("run: --tree %s cannot be had here: %s", names[config->tree], message_errno(-code));
	return true;
}

void explain_start(
	const struct run_config *config, const char *search_path, const struct attempt *attempt)
{
	const struct brood_error *error = &attempt->error;
	int code = attempt->code;
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
		if (!explain_tree(config, attempt) &&
			!attributes_explain(&config->attributes, code, error))
			message("%s", brood_explain(code, NULL, error, text, sizeof text));
		break;
	}
}

const char *explain_status(const struct brood_status *status, char *text, size_t size)
{
	brood_status_text(status, text, size);
	return text;
}

/* "time limit of 10m reached", "no output for 60s, stopped (TERM)". */
static void add_limit(
	struct text *text, const struct run_config *config, const struct attempt *attempt)
{
	char limit[DURATION_TEXT_SIZE], grace[DURATION_TEXT_SIZE];
	const char *signal = brood_signal_name(config->signal);

	if (attempt->was_silent)
		text_format(text, ": no output for %s", duration_text(config->idle, limit));
	else
		text_format(
			text, ": time limit of %s reached", duration_text(config->timeout, limit));
	if (attempt->result.notes & BROOD_NOTE_ESCALATED)
		text_format(text, "; it did not end within %s of %s and was killed",
			duration_text(config->kill_after, grace), signal);
	else if (attempt->was_silent)
		text_format(text, ", stopped (%s)", signal + strlen("SIG"));
}

static void add_left(struct text *text, const struct brood_result *result, bool is_first)
{
	unsigned int killed = result->tree_killed;

	if (killed == 0)
		return;
	text_format(text, "%s%u process%s left behind %s killed", is_first ? ": " : ", ", killed,
		killed == 1 ? "" : "es", killed == 1 ? "was" : "were");
}

/* As shells do: nothing to say about what the user or a closed pipe has done. */
static bool is_news(const struct brood_status *status, const struct attempt *attempt)
{
	return status && status->how == BROOD_SIGNALED && !attempt->was_asked &&
	       status->signal != SIGINT && status->signal != SIGPIPE;
}

static bool explain_notes(const struct run_config *config, const struct attempt *attempt)
{
	uint32_t notes = attempt->result.notes;
	char delay[DURATION_TEXT_SIZE];

	/* When it is stopped, its pipes are not waited for. */
	if (attempt_was_limited(attempt) || attempt->was_asked)
		notes &= ~BROOD_NOTE_PIPE_HELD;
	/* Where it was the reason for the end, that has been said. */
	if (!config->verbose || attempt->code == -EOWNERDEAD)
		notes &= ~BROOD_NOTE_GUARD_LOST;
	if (notes & BROOD_NOTE_PIPE_HELD)
		message("%s: it has ended, but its output was still held open after %s (--wait-delay)",
			config->name,
			duration_text(config->wait_delay > 0 ? config->wait_delay : 0, delay));
	if (notes & BROOD_NOTE_TREE_NOT_EMPTY)
		message("%s: processes that it has started may still be alive", config->name);
	if (config->verbose && config->tree == BROOD_TREE_AUTO &&
		attempt->result.tree.tier == BROOD_TREE_GROUP)
		message("%s: no guard could be started: only its process group was looked after",
			config->name);
	if (notes & BROOD_NOTE_GUARD_LOST)
		message("%s: its guard was lost; brood has done the guard's work", config->name);
	return notes & (BROOD_NOTE_PIPE_HELD | BROOD_NOTE_TREE_NOT_EMPTY | BROOD_NOTE_GUARD_LOST);
}

bool explain_end(const struct run_config *config, const struct attempt *attempt)
{
	const struct brood_result *result = &attempt->result;
	const struct brood_status *status = attempt_status(attempt);
	struct text text = { 0 };
	char words[512];
	int code = attempt->code;
	bool is_said = true;

	text_string(&text, config->name);
	if (attempt_was_limited(attempt)) {
		add_limit(&text, config, attempt);
	} else if (code == BROOD_EEXIT && is_news(status, attempt)) {
		text_format(&text, ": %s", explain_status(status, words, sizeof words));
	} else if (code < 0 && code != BROOD_EEXIT && code != BROOD_ECANCELED &&
		   code != BROOD_EWAITDELAY) {
		text.length = 0;
		text_string(
			&text, brood_explain(code, result, &attempt->error, words, sizeof words));
	} else {
		is_said = false;
	}
	add_left(&text, result, !is_said);
	is_said = is_said || result->tree_killed > 0;
	if (is_said)
		message("%s", text.bytes);
	text_done(&text);
	return explain_notes(config, attempt) || is_said;
}
