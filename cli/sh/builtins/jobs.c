/* SPDX-License-Identifier: MIT */
#include "sh/jobs.h"
#include "common/message.h"
#include "sh/builtins/list.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* ---- jobs ---- */

static void show(struct shell *sh, const struct sh_job *job, int style)
{
	struct text line = { 0 };

	if (style == 'p')
		text_format(&line, "%d\n", (int)job->stages[0].pid);
	else
		jobs_tell(sh, job, style == 'l', &line);
	output_bytes(sh, line.bytes, line.length);
	text_done(&line);
}

/* What was told of is over. */
static void forget_done(struct shell *sh)
{
	struct jobs *jobs = jobs_of(sh);

	for (size_t i = jobs->n; i-- > 0;) {
		struct sh_job *job = jobs->items[i];
		if (job->state == JOB_DONE && !job->is_changed)
			job->is_told = true;
	}
}

int builtin_jobs(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	int letter, style = 0, status = 0;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "lp", &options)) != -1) {
		if (letter == '?')
			return 2;
		style = letter;
	}
	struct jobs *jobs = jobs_of(sh);
	jobs_poll(sh);
	for (size_t i = 0; options.next == argc && i < jobs->n; i++) {
		if (jobs->items[i]->is_told)
			continue;
		show(sh, jobs->items[i], style);
		jobs->items[i]->is_changed = style == 'p' && jobs->items[i]->is_changed;
	}
	for (int i = options.next; i < argc; i++) {
		struct sh_job *job = jobs_find(sh, argv[i]);
		if (!job) {
			status = 1;
			continue;
		}
		show(sh, job, style);
		job->is_changed = style == 'p' && job->is_changed;
	}
	if (style != 'p')
		forget_done(sh);
	return status;
}

/* ---- fg and bg ---- */

/* The job of an operand (NULL: the current one); NULL after having said what is wrong. */
static struct sh_job *operand(struct shell *sh, const char *word)
{
	char id[64] = "%";
	struct sh_job *job;

	if (!jobs_have_groups(sh)) {
		(void)builtin_error(sh, "there is no job control (set -m)");
		return NULL;
	}
	jobs_poll(sh);
	if (!word) {
		job = jobs_current(sh);
		if (!job)
			(void)builtin_error(sh, "there is no current job");
	} else if (word[0] == '%') {
		job = jobs_find(sh, word);
	} else {
		strncat(id, word, sizeof id - 2);
		job = jobs_find(sh, id);
	}
	if (job && (job->state == JOB_DONE || job->group == 0)) {
		(void)builtin_error_at(sh, word, "%s: %s", word ? word : job->text,
			job->state == JOB_DONE ? "has ended" : "was started without job control");
		return NULL;
	}
	return job;
}

int builtin_fg(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };

	if (builtin_option(sh, argc, argv, "", &options) == '?')
		return 2;
	if (argc - options.next > 1)
		return builtin_usage_at(sh, argv[argc - 1], "too many operands");
	struct sh_job *job = operand(sh, options.next < argc ? argv[options.next] : NULL);
	if (!job)
		return 1;
	output_format(sh, "%s\n", job->text);
	(void)output_flush(sh);
	*control = jobs_foreground(sh, job);
	return sh->status;
}

static int continue_in_background(struct shell *sh, const char *word)
{
	struct sh_job *job = operand(sh, word);

	if (!job)
		return 1;
	if (kill(-job->group, SIGCONT) < 0)
		return builtin_error_at(sh, word, "%s: %s", job->text, message_errno(errno));
	for (size_t i = 0; i < job->n; i++)
		job->stages[i].is_stopped = false;
	job->state = JOB_RUNNING;
	job->is_changed = false;
	job->rank = ++jobs_of(sh)->last_rank;
	sh->background = job->stages[job->n - 1].pid;
	output_format(sh, "[%u] %s\n", job->number, job->text);
	return 0;
}

int builtin_bg(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	int status = 0;

	(void)control;
	if (builtin_option(sh, argc, argv, "", &options) == '?')
		return 2;
	if (options.next == argc)
		return continue_in_background(sh, NULL);
	for (int i = options.next; i < argc; i++)
		status |= continue_in_background(sh, argv[i]);
	return status;
}
