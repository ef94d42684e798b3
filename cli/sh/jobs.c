/* SPDX-License-Identifier: MIT */
/* The table of jobs, and how they are. */
#include "sh/jobs.h"

#include "common/memory.h"
#include "sh/print.h"
#include "sh/traps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So many that have ended and that nobody has asked for are remembered. */
#define MOST_DONE 1024

struct jobs *jobs_of(struct shell *sh)
{
	if (!sh->jobs) {
		sh->jobs = memory_get(sizeof *sh->jobs);
		memset(sh->jobs, 0, sizeof *sh->jobs);
		sh->jobs->terminal = -1;
	}
	return sh->jobs;
}

bool jobs_have_groups(const struct shell *sh)
{
	return sh->jobs && sh->jobs->has_groups;
}

/* ---- stages ---- */

static void take_status(struct stage *stage)
{
	struct brood_status status = BROOD_STATUS_INIT;

	if (brood_job_status(stage->process, 0, &status) < 0 || status.how == BROOD_LOST) {
		stage->status = 127;
	} else if (status.how == BROOD_EXITED) {
		stage->status = status.exit_code;
	} else {
		stage->signal = status.signal;
		stage->status = 128 + status.signal;
		stage->has_core = status.core_dumped;
	}
	stage->is_stopped = false;
	brood_job_free(stage->process);
	stage->process = NULL;
}

static void look_whether_stopped(struct stage *stage)
{
	struct brood_status status = BROOD_STATUS_INIT;

	/* Without news it is as it was: one that was continued and has ended since is reaped the
	 * next time. */
	if (brood_job_check(stage->process) != 1 ||
		brood_job_status(stage->process, 0, &status) < 0)
		return;
	stage->is_stopped = status.how == BROOD_STOPPED;
	stage->signal = stage->is_stopped ? status.signal : 0;
	if (stage->is_stopped)
		stage->status = 128 + status.signal;
}

enum job_state stages_look(struct stage *stages, size_t n)
{
	size_t n_running = 0, n_stopped = 0;

	/* The first one last: when it is over the library takes the terminal from the group. */
	for (size_t i = n; i-- > 0;) {
		struct stage *stage = &stages[i];
		if (!stage->process || (i == 0 && n_running > 0)) {
			n_running += stage->process != NULL;
			continue;
		}
		if (brood_job_wait(stage->process, 0, NULL, NULL) != -ETIME) {
			take_status(stage);
			continue;
		}
		look_whether_stopped(stage);
		n_stopped += stage->is_stopped;
		n_running += !stage->is_stopped;
	}
	return n_running > 0 ? JOB_RUNNING : n_stopped > 0 ? JOB_STOPPED : JOB_DONE;
}

enum job_state stages_wait(struct shell *sh, struct stage *stages, size_t n)
{
	enum job_state state;

	if (jobs_have_groups(sh)) {
		jobs_of(sh)->is_due |= traps_children(sh);
		while ((state = stages_look(stages, n)) == JOB_RUNNING) {
			(void)traps_wait(sh, false);
			(void)traps_children(sh);
			/* It may have been for another one. */
			jobs_of(sh)->is_due = true;
			if (sh->options[OPTION_NOTIFY] && sh->is_interactive)
				(void)jobs_notify(sh, false);
		}
		return state;
	}
	for (size_t i = 0; i < n; i++) {
		if (!stages[i].process)
			continue;
		(void)!brood_job_wait(stages[i].process, BROOD_FOREVER, NULL, NULL);
		take_status(&stages[i]);
	}
	return JOB_DONE;
}

int stages_status(const struct shell *sh, const struct stage *stages, size_t n)
{
	for (size_t i = n; sh->options[OPTION_PIPEFAIL] && i-- > 0;) {
		if (stages[i].status != 0)
			return stages[i].status;
	}
	return stages[n - 1].status;
}

/* ---- the table ---- */

static void free_job(struct sh_job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		if (job->stages[i].process)
			(void)brood_job_detach(job->stages[i].process);
	}
	free(job->text);
	free(job);
}

void jobs_remove(struct shell *sh, struct sh_job *job)
{
	struct jobs *jobs = sh->jobs;

	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->items[i] != job)
			continue;
		memmove(&jobs->items[i], &jobs->items[i + 1],
			(jobs->n - i - 1) * sizeof(struct sh_job *));
		jobs->n--;
		free_job(job);
		return;
	}
}

/* The one that was done first, when there are too many. */
static void remove_oldest(struct shell *sh)
{
	struct jobs *jobs = sh->jobs;
	struct sh_job *oldest = NULL;
	size_t n_done = 0;

	for (size_t i = 0; i < jobs->n; i++) {
		struct sh_job *job = jobs->items[i];
		if (job->state != JOB_DONE)
			continue;
		n_done++;
		if (!oldest || job->rank < oldest->rank)
			oldest = job;
	}
	if (n_done >= MOST_DONE)
		jobs_remove(sh, oldest);
}

static char *text_of(const struct node *node)
{
	struct text text = { 0 };

	if (node)
		print_node_short(&text, node);
	else
		text_string(&text, "");
	return text.bytes ? text.bytes : memory_copy("", 0);
}

static void drop_foreign(struct shell *sh)
{
	struct jobs *jobs = sh->jobs;

	for (size_t i = jobs->n; i-- > 0;) {
		if (jobs->items[i]->is_foreign)
			jobs_remove(sh, jobs->items[i]);
	}
}

struct sh_job *jobs_add(struct shell *sh, const struct launch *launch)
{
	struct jobs *jobs = jobs_of(sh);
	struct sh_job *job = memory_get(sizeof *job + launch->n * sizeof *job->stages);

	drop_foreign(sh);
	if (jobs->n >= MOST_DONE)
		remove_oldest(sh);
	memset(job, 0, sizeof *job);
	job->number = 1;
	for (size_t i = 0; i < jobs->n; i++) {
		if (!jobs->items[i]->is_told && jobs->items[i]->number >= job->number)
			job->number = jobs->items[i]->number + 1;
	}
	job->rank = ++jobs->last_rank;
	job->group = launch->group;
	job->text = text_of(launch->node);
	job->n = launch->n;
	memcpy(job->stages, launch->stages, launch->n * sizeof *job->stages);
	if (jobs->n == jobs->size) {
		jobs->size = jobs->size * 2 + 8;
		jobs->items = memory_resize(jobs->items, jobs->size * sizeof(struct sh_job *));
	}
	jobs->items[jobs->n++] = job;
	/* Of what could not be started no SIGCHLD will tell. */
	jobs->is_due = true;
	return job;
}

void jobs_poll(struct shell *sh)
{
	struct jobs *jobs = jobs_of(sh);

	if (!traps_children(sh) && !jobs->is_due)
		return;
	jobs->is_due = false;
	for (size_t i = 0; i < jobs->n; i++) {
		struct sh_job *job = jobs->items[i];
		if (job->state == JOB_DONE || job->is_foreign || job->is_awaited)
			continue;
		enum job_state state = stages_look(job->stages, job->n);
		if (state == job->state)
			continue;
		job->state = state;
		job->is_changed = true;
		if (state == JOB_STOPPED)
			job->rank = ++jobs->last_rank;
	}
}

void jobs_forget(struct shell *sh)
{
	struct jobs *jobs = sh->jobs;

	if (!jobs)
		return;
	for (size_t i = 0; i < jobs->n; i++) {
		struct sh_job *job = jobs->items[i];
		job->is_foreign = true;
		for (size_t k = 0; k < job->n; k++) {
			/* In a child of ours this frees the memory and nothing else. */
			brood_job_free(job->stages[k].process);
			job->stages[k].process = NULL;
		}
	}
	if (jobs->terminal >= 0)
		close(jobs->terminal);
	jobs->terminal = -1;
	jobs->has_groups = false;
}

void jobs_free(struct shell *sh)
{
	struct jobs *jobs = sh->jobs;

	if (!jobs)
		return;
	for (size_t i = 0; i < jobs->n; i++)
		free_job(jobs->items[i]);
	if (jobs->terminal >= 0)
		close(jobs->terminal);
	free(jobs->items);
	free(jobs);
	sh->jobs = NULL;
}

/* ---- finding one ---- */

/* A stopped one before one that runs, the later one before the earlier; not `but`. */
static struct sh_job *best(const struct jobs *jobs, const struct sh_job *but)
{
	struct sh_job *best = NULL;

	for (size_t i = 0; i < jobs->n; i++) {
		struct sh_job *job = jobs->items[i];
		if (job == but || job->is_told)
			continue;
		bool is_stopped = job->state == JOB_STOPPED;
		bool best_is_stopped = best && best->state == JOB_STOPPED;
		if (!best || is_stopped > best_is_stopped ||
			(is_stopped == best_is_stopped && job->rank > best->rank))
			best = job;
	}
	return best;
}

struct sh_job *jobs_current(struct shell *sh)
{
	return best(jobs_of(sh), NULL);
}

struct sh_job *jobs_previous(struct shell *sh)
{
	const struct sh_job *current = jobs_current(sh);

	return current ? best(sh->jobs, current) : NULL;
}

struct sh_job *jobs_of_pid(struct shell *sh, pid_t pid)
{
	const struct jobs *jobs = jobs_of(sh);

	for (size_t i = jobs->n; i-- > 0;) {
		for (size_t k = 0; k < jobs->items[i]->n; k++) {
			if (jobs->items[i]->stages[k].pid == pid && !jobs->items[i]->is_foreign)
				return jobs->items[i];
		}
	}
	return NULL;
}

static struct sh_job *by_text(struct shell *sh, const char *id)
{
	const struct jobs *jobs = sh->jobs;
	struct sh_job *found = NULL;
	size_t n = 0;
	bool is_within = id[1] == '?';
	const char *wanted = id + 1 + is_within;

	for (size_t i = 0; i < jobs->n; i++) {
		const char *text = jobs->items[i]->text;
		if (jobs->items[i]->is_told)
			continue;
		if (is_within ? !strstr(text, wanted) : strncmp(text, wanted, strlen(wanted)) != 0)
			continue;
		found = jobs->items[i];
		n++;
	}
	if (n != 1)
		(void)builtin_error_at(sh, id, "%s: %s", id,
			n > 1 ? "could be several jobs" : "there is no such job");
	return n == 1 ? found : NULL;
}

struct sh_job *jobs_find(struct shell *sh, const char *id)
{
	const struct jobs *jobs = jobs_of(sh);
	struct sh_job *found = NULL;
	char *end;

	if (id[1] == '\0' || strcmp(id, "%%") == 0 || strcmp(id, "%+") == 0) {
		found = jobs_current(sh);
	} else if (strcmp(id, "%-") == 0) {
		found = jobs_previous(sh);
	} else {
		unsigned long number = strtoul(id + 1, &end, 10);
		if (*end != '\0' || id[1] < '0' || id[1] > '9')
			return by_text(sh, id);
		for (size_t i = 0; i < jobs->n && !found; i++) {
			if (jobs->items[i]->number == number && !jobs->items[i]->is_told)
				found = jobs->items[i];
		}
	}
	if (!found)
		(void)builtin_error_at(sh, id, "%s: there is no such job", id);
	return found;
}
