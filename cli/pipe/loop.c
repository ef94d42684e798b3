/* SPDX-License-Identifier: MIT */
/* What happens while a pipeline runs: ends, failures, retries, stops, limits. */
#include "common/duration.h"
#include "common/message.h"
#include "common/signals.h"
#include "pipe/run.h"
#include "pipe/sweep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long the others may take to end by themselves when one has failed; then how long after the
   signal. Together less than a second. */
#define LEAVE_ALONE (500 * BROOD_MILLISECOND)
#define STOP_GRACE  (250 * BROOD_MILLISECOND)

#define FIRST_BACKOFF   (200 * BROOD_MILLISECOND)
#define LONGEST_BACKOFF (10 * BROOD_SECOND)

/* The run that signals_stop_too() asks about: its callback knows of no data. */
static const struct pipe_run *current;

static bool is_stage(const struct pipe_run *run, size_t node)
{
	return run->plan->nodes[node].stage != NULL;
}

/* Nothing is started any more. */
static bool is_ending(const struct pipe_run *run)
{
	return signals_received() != 0 || (run->context && brood_context_error(run->context) != 0);
}

static bool is_wanted_again(const struct pipe_run *run, size_t node)
{
	const struct pipe_account *account = &run->accounts[node];
	const struct pipe_stage *stage = run->plan->nodes[node].stage;

	if (!stage || account->attempts > stage->retry || run->is_doomed[node] || is_ending(run))
		return false;
	if (pipe_end_is_good(&run->plan->nodes[node], &account->end))
		return false;
	return account->end.how != PIPE_SIGNALED || account->end.signal != SIGPIPE;
}

static brood_duration backoff_of(unsigned int attempt)
{
	brood_duration delay = FIRST_BACKOFF;

	while (--attempt > 0 && delay < LONGEST_BACKOFF)
		delay *= 2;
	return delay < LONGEST_BACKOFF ? delay : LONGEST_BACKOFF;
}

static void say_retry(const struct pipe_run *run, size_t node, brood_duration delay)
{
	const struct pipe_node *planned = &run->plan->nodes[node];
	const struct pipe_account *account = &run->accounts[node];
	char delay_text[DURATION_TEXT_SIZE];
	struct text end = { 0 };

	if (run->config->quiet)
		return;
	pipe_add_end(&end, planned, &account->end);
	message("pipe: stage %s (%s): %s, attempt %u/%u in %s", planned->number,
		pipe_short_name(planned), end.bytes, account->attempts + 1,
		planned->stage->retry + 1, duration_text(delay, delay_text));
	text_done(&end);
}

static void show_end(struct pipe_run *run, size_t node)
{
	const struct pipe_end *end = &run->accounts[node].end;
	struct pipe_stage_view *view = &run->views[node];

	view->has_ended = true;
	view->is_good = pipe_end_is_good(&run->plan->nodes[node], end);
	view->exit_code = end->how == PIPE_EXITED ? end->exit_code : -1;
	view->signal = end->how == PIPE_SIGNALED ? end->signal : 0;
}

static void stop_others_soon(struct pipe_run *run, size_t node)
{
	/* All have been told already, and have as long as they were given; or they have got the
	   Ctrl-C themselves. */
	if (run->config->keep_going || run->processes[node].was_told || is_ending(run))
		return;
	pipe_doom(run->plan, node, &run->accounts[node].end, run->is_over, run->is_doomed);
	for (size_t i = 0; i < run->plan->n_nodes && run->stop_at == 0; i++)
		if (i != node && run->is_doomed[i] && !run->is_over[i] &&
			!run->processes[i].was_told)
			run->stop_at = duration_now() + LEAVE_ALONE;
}

/* The end of a node's own process, or of all that it has left behind. */
static void take_status(
	struct pipe_run *run, size_t node, const struct brood_status *status, int code)
{
	struct pipe_account *account = &run->accounts[node];
	struct pipe_end *end = &account->end;

	*end = (struct pipe_end){
		.how = status->how == BROOD_EXITED     ? PIPE_EXITED
		       : status->how == BROOD_SIGNALED ? PIPE_SIGNALED
						       : PIPE_LOST,
		.exit_code = status->exit_code,
		.signal = status->signal,
		.was_limited = code == BROOD_ETIMEOUT,
		.was_limited_with_all = code == BROOD_ETIMEOUT &&
					!run->processes[node].has_own_limit,
		.was_guarded = code == -EOWNERDEAD,
		.was_stopped = code == BROOD_ECANCELED && run->processes[node].was_told,
	};
	account->wall = status->ended_ns > status->started_ns
				? status->ended_ns - status->started_ns
				: 0;
	account->user = status->usage.ru_utime.tv_sec * BROOD_SECOND +
			status->usage.ru_utime.tv_usec * BROOD_MICROSECOND;
	account->system = status->usage.ru_stime.tv_sec * BROOD_SECOND +
			  status->usage.ru_stime.tv_usec * BROOD_MICROSECOND;
}

/* Its own process has ended; what that has left behind may be there for a while. */
static void take_end(struct pipe_run *run, size_t node, const struct brood_status *status)
{
	take_status(run, node, status, 0);
	show_end(run, node);
	if (run->stats)
		pipe_stats_tick(run->stats);
	if (!is_wanted_again(run, node) &&
		pipe_end_is_fatal(run->plan, node, &run->accounts[node].end, run->config->mode))
		stop_others_soon(run, node);
}

/* All of a job has ended. */
static void take_done(struct pipe_run *run, size_t node)
{
	struct pipe_process *process = &run->processes[node];
	struct pipe_account *account = &run->accounts[node];
	struct brood_job *job = run->jobs[node];
	struct brood_result result = BROOD_RESULT_INIT;

	process->code = brood_job_wait(job, 0, &result, &process->error);
	if (result.n_stages > 0)
		take_status(run, node, &result.stages[0], process->code);
	else
		account->end = (struct pipe_end){ .how = PIPE_LOST };
	account->left_killed += result.tree_killed;
	if (result.tree.tier >= BROOD_TREE_GUARD) {
		account->user = result.tree.usage.ru_utime.tv_sec * BROOD_SECOND +
				result.tree.usage.ru_utime.tv_usec * BROOD_MICROSECOND;
		account->system = result.tree.usage.ru_stime.tv_sec * BROOD_SECOND +
				  result.tree.usage.ru_stime.tv_usec * BROOD_MICROSECOND;
	}
	brood_result_done(&result);
	run->jobs[node] = NULL;
	brood_job_free(job);
	run->n_running--;
	process->is_stopped = false;
	/* Nobody may hold its pipes, nor live on. */
	if (account->end.was_guarded && run->has_adopted)
		account->left_killed += (uint32_t)pipe_sweep(false);
	show_end(run, node);
	if (is_wanted_again(run, node)) {
		brood_duration delay = backoff_of(account->attempts);
		say_retry(run, node, delay);
		process->retry_at = duration_now() + delay;
		return;
	}
	run->is_over[node] = true;
	pipe_let_go(run, node);
	if (pipe_end_is_fatal(run->plan, node, &run->accounts[node].end, run->config->mode))
		stop_others_soon(run, node);
}

/* Whether all stages that run are stopped; relays take no part in that. */
static bool are_all_stopped(struct brood_job *job)
{
	size_t n = 0;

	(void)job;
	for (size_t i = 0; i < current->plan->n_stages; i++) {
		struct brood_job *stage = current->jobs[i];
		if (!stage || brood_job_signal(stage, 0) == -ESRCH)
			continue;
		char state = signals_state_of(current->accounts[i].pid);
		if (state != 'T' && state != 0 && state != 'Z')
			return false;
		n++;
	}
	return n > 0;
}

static void take_stop(struct pipe_run *run, size_t node, bool is_stopped)
{
	run->processes[node].is_stopped = is_stopped;
	if (!is_stopped || !run->shares_group)
		return;
	for (size_t i = 0; i < run->plan->n_stages; i++)
		if (run->jobs[i] && !run->processes[i].is_stopped)
			return;
	pipe_stats_hide(run->stats);
	signals_stop_too(are_all_stopped);
}

static void take_event(struct pipe_run *run, const struct brood_event *event)
{
	size_t node = (size_t)((struct pipe_process *)event->user_data - run->processes);

	switch (event->kind) {
	case BROOD_EVENT_DONE:
		take_done(run, node);
		break;
	case BROOD_EVENT_STAGE_ENDED:
		take_end(run, node, event->status);
		break;
	case BROOD_EVENT_STAGE_STOPPED:
	case BROOD_EVENT_STAGE_CONTINUED:
		if (is_stage(run, node))
			take_stop(run, node, event->kind == BROOD_EVENT_STAGE_STOPPED);
		break;
	default:
		break;
	}
}

/* An attempt that never came: what the last one said counts, but for what has kept it away. */
static void give_up_retry(struct pipe_run *run, size_t node)
{
	struct pipe_end *end = &run->accounts[node].end;

	if (!run->is_doomed[node] && signals_received() != 0)
		end->interrupted_by = signals_received();
	else if (!run->is_doomed[node] && is_ending(run))
		end->was_limited = end->was_limited_with_all = true;
	run->processes[node].retry_at = 0;
	run->is_over[node] = true;
	pipe_let_go(run, node);
}

static void stop_doomed(struct pipe_run *run)
{
	run->stop_at = 0;
	run->kill_at = duration_now() + STOP_GRACE;
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		if (!run->is_doomed[i] || run->processes[i].was_told)
			continue;
		run->processes[i].was_told = true;
		if (run->jobs[i])
			brood_job_stop(run->jobs[i]);
		if (run->processes[i].retry_at != 0)
			give_up_retry(run, i);
	}
}

static void kill_doomed(struct pipe_run *run)
{
	run->kill_at = 0;
	for (size_t i = 0; i < run->plan->n_nodes; i++)
		if (run->jobs[i] && run->processes[i].was_told)
			brood_job_signal(run->jobs[i], SIGKILL);
}

static void retry(struct pipe_run *run, size_t node)
{
	if (run->is_doomed[node] || is_ending(run))
		give_up_retry(run, node);
	else if (pipe_start_again(run, node) < 0)
		stop_others_soon(run, node);
}

static void do_what_is_due(struct pipe_run *run)
{
	int64_t now = duration_now();

	if (run->stop_at != 0 && now >= run->stop_at)
		stop_doomed(run);
	if (run->kill_at != 0 && now >= run->kill_at)
		kill_doomed(run);
	for (size_t i = 0; i < run->plan->n_stages; i++)
		if (run->processes[i].retry_at != 0 &&
			(now >= run->processes[i].retry_at || is_ending(run)))
			retry(run, i);
	if (run->stats && now >= run->tick_at) {
		pipe_stats_tick(run->stats);
		run->tick_at = now + PIPE_STATS_PERIOD;
	}
}

/* For the time of the next attempt. */
static bool is_waiting(const struct pipe_run *run)
{
	for (size_t i = 0; i < run->plan->n_stages; i++)
		if (run->processes[i].retry_at != 0)
			return true;
	return false;
}

static void earlier(int64_t *at, int64_t other)
{
	if (other != 0 && other < *at)
		*at = other;
}

static brood_duration time_left(const struct pipe_run *run)
{
	int64_t at = INT64_MAX;

	earlier(&at, run->stop_at);
	earlier(&at, run->kill_at);
	for (size_t i = 0; i < run->plan->n_stages; i++)
		earlier(&at, run->processes[i].retry_at);
	if (is_waiting(run))
		earlier(&at, run->limit_at);
	if (run->stats)
		earlier(&at, run->tick_at);
	if (at == INT64_MAX)
		return BROOD_FOREVER;
	int64_t left = at - duration_now();
	return left > 0 ? left : 0;
}

void pipe_loop(struct pipe_run *run)
{
	struct brood_event event;

	current = run;
	while (run->n_running > 0 || is_waiting(run)) {
		do_what_is_due(run);
		brood_duration left = time_left(run);
		if (run->n_running == 0) {
			if (is_waiting(run))
				signals_sleep(left, "brood: pipe: not running");
			continue;
		}
		int r = brood_set_next(run->set, left, &event);
		if (r == 0)
			take_event(run, &event);
		else if (r != -ETIME) {
			message("pipe: %s", brood_code_name(r));
			for (size_t i = 0; i < run->plan->n_nodes; i++)
				if (run->jobs[i])
					brood_job_signal(run->jobs[i], SIGKILL);
			break;
		}
	}
	current = NULL;
}
