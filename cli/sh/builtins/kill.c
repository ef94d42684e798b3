/* SPDX-License-Identifier: MIT */
#include "common/message.h"
#include "sh/builtins/list.h"
#include "sh/jobs.h"
#include "sh/reader.h"
#include "sh/traps.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- kill -l ---- */

static int list_one(struct shell *sh, const char *word)
{
	long status;

	if (builtin_number(word, 0, 4096, &status) == 0) {
		/* An exit status says which signal it was. */
		int number = status > 128 ? (int)status - 128 : (int)status;
		const char *name = number > 0 ? brood_signal_name(number) : NULL;
		if (!name)
			return builtin_error_at(
				sh, word, "%s: is no signal's number or status", word);
		output_format(sh, "%s\n", traps_name(number));
		return 0;
	}
	int number = traps_number(word);
	if (number < 0)
		return builtin_error_at(sh, word, "%s: is no signal", word);
	output_format(sh, "%d\n", number);
	return 0;
}

static int list(struct shell *sh, int argc, char **argv, int first)
{
	int status = 0;

	for (int i = 1; first == argc && i < TRAPS_SIGNALS; i++) {
		if (brood_signal_name(i) && strchr(traps_name(i), '?') == NULL)
			output_format(sh, "%s%c", traps_name(i), i < 31 ? ' ' : '\n');
		if (i == 31)
			break;
	}
	for (int i = first; i < argc; i++)
		status |= list_one(sh, argv[i]);
	return status;
}

/* ---- sending ---- */

static int send_to_job(struct shell *sh, const char *id, int signal)
{
	struct sh_job *job = jobs_find(sh, id);
	int error = 0;

	if (!job)
		return 1;
	if (job->group > 0) {
		error = kill(-job->group, signal) < 0 ? errno : 0;
		/* A stopped one would not notice. */
		if (error == 0 && job->state == JOB_STOPPED &&
			(signal == SIGTERM || signal == SIGHUP))
			(void)!kill(-job->group, SIGCONT);
	} else {
		error = ESRCH;
		for (size_t i = 0; i < job->n; i++) {
			int r = job->stages[i].process
					? brood_job_signal(job->stages[i].process, signal)
					: -ESRCH;
			error = r == 0 || error == 0 ? 0 : -r;
		}
	}
	return error ? builtin_error_at(sh, id, "%s: %s", id, message_errno(error)) : 0;
}

static int send_to(struct shell *sh, const char *word, int signal)
{
	char *end;

	if (word[0] == '%')
		return send_to_job(sh, word, signal);
	errno = 0;
	long pid = strtol(word, &end, 10);
	if (end == word || *end != '\0' || errno == ERANGE || pid > INT_MAX || pid < -INT_MAX)
		return builtin_error_at(sh, word, "%s: is no process id", *word ? word : "\"\"");
	if (kill((pid_t)pid, signal) < 0)
		return builtin_error_at(sh, word, "%s: %s", word, message_errno(errno));
	return 0;
}

/* The signal of the options; *first becomes the first operand. Returns it, or -1 after having said
   what is wrong, -2: the list was asked for. */
static int read_options(struct shell *sh, int argc, char **argv, int *first)
{
	const char *word = argc > 1 ? argv[1] : "", *name = NULL;

	if (strcmp(word, "--") == 0 || word[0] != '-' || word[1] == '\0') {
		*first = strcmp(word, "--") == 0 ? 2 : 1;
		return SIGTERM;
	}
	if (strcmp(word, "-l") == 0) {
		*first = argc > 2 && strcmp(argv[2], "--") == 0 ? 3 : 2;
		return -2;
	}
	*first = 2;
	if (strcmp(word, "-s") == 0 || strcmp(word, "-n") == 0) {
		name = argc > 2 ? argv[2] : NULL;
		*first = 3;
	} else {
		name = word[1] == 's' && word[2] >= 'A' && word[2] <= 'Z' ? word + 2 : word + 1;
	}
	if (!name) {
		(void)builtin_usage_at(sh, word, "%s: a signal is missing", word);
		return -1;
	}
	int signal = traps_number(name);
	if (signal < 0) {
		(void)builtin_usage_at(sh, name, "%s: is no signal", name);
		return -1;
	}
	if (*first < argc && strcmp(argv[*first], "--") == 0)
		(*first)++;
	return signal;
}

int builtin_kill(struct shell *sh, int argc, char **argv, enum control *control)
{
	int first = 1, status = 0;
	int signal = read_options(sh, argc, argv, &first);

	(void)control;
	if (signal == -1)
		return 2;
	if (signal == -2)
		return list(sh, argc, argv, first);
	if (first >= argc)
		return builtin_usage(sh, "a process id or a job is missing");
	jobs_poll(sh);
	/* It may be for us. */
	reader_settle(sh);
	for (int i = first; i < argc; i++)
		status |= send_to(sh, argv[i], signal);
	return status;
}
