/* SPDX-License-Identifier: MIT */
#include "mailbox/worker.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "mailbox/worker_signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What could not be written down is tried again that often. */
#define SETTLE_AGAIN BROOD_SECOND

/* How often the outputs of old messages are looked at. */
#define PRUNE_EVERY 64

struct worker {
	struct box *box;
	const struct worker_config *config;
	struct worker_result *result;
	struct brood_set *set;
	struct work *works; /* config->slots of them */
	size_t n_works;
	uint64_t taken;
	int64_t idle_since; /* CLOCK_MONOTONIC; when there was nothing to do for the first time */
	bool is_full;       /* there is no room for more until one has ended */
	bool is_ending;     /* takes no more */
	bool unsettled;     /* a verdict could not be written */
	bool is_paused_told;
};

static void end(struct worker *worker, enum worker_end why)
{
	/* A failure is not made good by what comes behind it. */
	if (!worker->is_ending || why == WORKER_ENDED_FAILURE)
		worker->result->end = why;
	worker->is_ending = true;
}

static struct work *find_free(struct worker *worker)
{
	for (size_t i = 0; i < worker->config->slots; i++)
		if (worker->works[i].id == 0)
			return &worker->works[i];
	return NULL;
}

/* The message is over for us, if that can be written. */
static void settle(struct worker *worker, struct work *work)
{
	struct worker_result *result = worker->result;
	int r = work_settle(work, worker->box, &worker->config->work);

	if (r < 0 && r != -ENOENT) {
		worker->unsettled = true;
		return;
	}
	result->code = work->code;
	result->verdict = work->verdict;
	result->n_dead += r > 0;
	result->n_back += r < 0 || work->verdict == WORK_RELEASED;
	result->n += work->verdict != WORK_RELEASED;
	if (r == 0 && work->verdict == WORK_DONE && !worker->config->work.is_visible &&
		result->n % PRUNE_EVERY == 0)
		box_prune_outputs(worker->box, worker->config->keep);
	work_done(work);
	worker->n_works--;
	worker->is_full = false;
	worker->idle_since = duration_now();
}

static void settle_again(struct worker *worker)
{
	worker->unsettled = false;
	for (size_t i = 0; i < worker->config->slots; i++)
		if (worker->works[i].id != 0 && worker->works[i].is_over)
			settle(worker, &worker->works[i]);
}

static void begin(struct worker *worker, struct work *work, const struct brood_message *message)
{
	worker->n_works++;
	worker->taken++;
	int r = work_start(work, worker->box, &worker->config->work, message);
	if (r == -ENOMSG) {
		end(worker, WORKER_ENDED_FAILURE);
	} else if (r < 0) {
		/* Those that run will make room; without any it is no use. */
		worker->is_full = true;
		worker->taken--;
		if (worker->n_works == 1) {
			box_fail(worker->box, work->id, "it cannot be started", r);
			end(worker, WORKER_ENDED_FAILURE);
		}
	} else if (work->job) {
		r = brood_set_add(worker->set, work->job, work);
		if (r < 0) {
			box_fail(worker->box, work->id, "it cannot be looked after", r);
			brood_job_free(work->job);
			work->job = NULL;
			work->is_over = true;
			work->verdict = WORK_RELEASED;
			end(worker, WORKER_ENDED_FAILURE);
		}
	}
	if (!work->is_over)
		return;
	bool was_full = worker->is_full;
	settle(worker, work);
	worker->is_full = was_full && worker->n_works > 0;
}

/* Nothing could be taken. */
static void look_for_the_end(struct worker *worker, int r)
{
	const struct worker_config *config = worker->config;
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;

	if (r == -ESHUTDOWN && worker->n_works == 0)
		end(worker, WORKER_ENDED_EMPTY);
	if (r != -ETIME)
		return;
	if (worker->n_works > 0 ||
		(!config->once && !config->until_empty && config->idle == BROOD_FOREVER))
		return;
	r = brood_mailbox_count(worker->box->mailbox, &counts, NULL);
	if (r < 0) {
		box_fail(worker->box, 0, "it cannot be counted", r);
		end(worker, WORKER_ENDED_FAILURE);
		return;
	}
	if (counts.paused && !worker->is_paused_told)
		message("%s: it is paused (brood mailbox resume ends that)", worker->box->name);
	worker->is_paused_told = counts.paused;
	/* What is blocked waits for one of these. */
	uint64_t left = counts.ready + counts.delayed + counts.taken;
	if (config->once || (config->until_empty && left == 0))
		end(worker, WORKER_ENDED_EMPTY);
	else if (config->idle != BROOD_FOREVER &&
		 duration_now() - worker->idle_since >= config->idle)
		end(worker, WORKER_ENDED_IDLE);
}

static void take(struct worker *worker)
{
	const struct worker_config *config = worker->config;
	struct brood_message message = BROOD_MESSAGE_INIT;
	struct work *work;

	while (!worker->is_ending && !worker->is_full && (work = find_free(worker))) {
		if (config->most > 0 && worker->taken >= config->most) {
			if (worker->n_works == 0)
				end(worker, WORKER_ENDED_MOST);
			return;
		}
		int r = brood_mailbox_receive(worker->box->mailbox, 0, &message, NULL);
		if (r == 0) {
			begin(worker, work, &message);
			continue;
		}
		if (r == -ETIME || r == -ESHUTDOWN) {
			look_for_the_end(worker, r);
			return;
		}
		if (work_is_shortage(r) && worker->n_works > 0) {
			worker->is_full = true;
		} else if (r != -EINTR) {
			box_fail(worker->box, 0, "nothing can be taken", r);
			end(worker, WORKER_ENDED_FAILURE);
		}
	}
}

static void tell_state(const struct worker *worker)
{
	char time[DURATION_TEXT_SIZE];

	message("%s: %zu of %zu slots are busy, %llu messages are over%s", worker->box->name,
		worker->n_works, worker->config->slots, (unsigned long long)worker->result->n,
		worker->is_ending ? ", no more are taken" : "");
	for (size_t i = 0; i < worker->config->slots; i++) {
		const struct work *work = &worker->works[i];
		if (work->id == 0 || !work->job)
			continue;
		brood_duration since = duration_now() - work->started;
		message("%s: message %llu: pid %d, running for %s: %s", worker->box->name,
			(unsigned long long)work->id, (int)brood_job_pid(work->job),
			duration_text(since / BROOD_SECOND * BROOD_SECOND, time), work->what);
	}
}

/* Somebody sits there, or reads it later. */
static void tell_wish(const struct worker *worker, enum worker_wish wish)
{
	const char *many = worker->n_works == 1 ? "" : "s";
	const char *them = worker->n_works == 1 ? "it" : "them";

	if (!worker->config->is_gentle || worker->n_works == 0)
		return;
	if (wish == WORKER_FINISH)
		message("%s: finishing %zu message%s; once more stops %s", worker->box->name,
			worker->n_works, many, them);
	if (wish == WORKER_STOP)
		message("%s: stopping %zu message%s; once more kills %s", worker->box->name,
			worker->n_works, many, them);
}

static void obey(struct worker *worker, enum worker_wish *done)
{
	enum worker_wish wish = worker_signals_wish();

	if (worker_signals_was_asked())
		tell_state(worker);
	if (wish == *done)
		return;
	tell_wish(worker, wish);
	end(worker, WORKER_ENDED_SIGNAL);
	for (size_t i = 0; i < worker->config->slots && wish >= WORKER_STOP; i++) {
		struct work *work = &worker->works[i];
		if (work->id == 0 || !work->job)
			continue;
		if (!work->was_stopped)
			work_stop(work);
		if (wish == WORKER_KILL)
			(void)brood_job_signal(work->job, SIGKILL);
	}
	*done = wish;
}

/* How long until something is due by the clock. */
static brood_duration time_left(const struct worker *worker)
{
	const struct worker_config *config = worker->config;

	if (worker->unsettled)
		return SETTLE_AGAIN;
	if (worker->is_ending || worker->n_works > 0 || config->idle == BROOD_FOREVER)
		return BROOD_FOREVER;
	brood_duration left = config->idle - (duration_now() - worker->idle_since);
	return left > 0 ? left : 0;
}

static void wait_for_something(struct worker *worker)
{
	bool takes = !worker->is_ending && !worker->is_full && find_free(worker) &&
		     (worker->config->most == 0 || worker->taken < worker->config->most);
	struct pollfd news[2] = {
		{ .fd = worker->n_works > 0 ? brood_set_pollfd(worker->set) : -1,
			.events = POLLIN },
		{ .fd = takes ? brood_mailbox_pollfd(worker->box->mailbox) : -1, .events = POLLIN },
	};
	brood_duration left = time_left(worker);

	if (takes && news[1].fd < 0) {
		box_fail(worker->box, 0, "it cannot be watched", news[1].fd);
		end(worker, WORKER_ENDED_FAILURE);
		return;
	}
	(void)worker_signals_poll(news, 2, left, worker->config->work.mask);
}

static void hear(struct worker *worker)
{
	struct brood_event event;

	while (brood_set_count(worker->set) > 0 && brood_set_next(worker->set, 0, &event) == 0) {
		struct work *work = event.user_data;
		if (event.kind != BROOD_EVENT_DONE)
			continue;
		work_end(work, worker->box, &worker->config->work);
		settle(worker, work);
	}
}

/* Asked to stop, what cannot be written down is left to those who come later: the message is given
   back when we are gone. */
static bool is_over(const struct worker *worker)
{
	if (!worker->is_ending)
		return false;
	for (size_t i = 0; i < worker->config->slots; i++)
		if (worker->works[i].id != 0 && worker->works[i].job)
			return false;
	return worker->n_works == 0 || worker->result->end == WORKER_ENDED_FAILURE ||
	       worker_signals_wish() >= WORKER_STOP || worker->config->most > 0;
}

static void work_on(struct worker *worker)
{
	enum worker_wish done = WORKER_GO_ON;

	for (;;) {
		obey(worker, &done);
		hear(worker);
		if (worker->unsettled)
			settle_again(worker);
		/* One message was wanted, and its end cannot be written: that is ours to say. */
		if (worker->unsettled && worker->config->most > 0)
			end(worker, WORKER_ENDED_FAILURE);
		take(worker);
		if (is_over(worker))
			return;
		wait_for_something(worker);
	}
}

void worker_run(struct box *box, const struct worker_config *config, struct worker_result *result)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct worker worker = {
		.box = box, .config = config, .result = result, .idle_since = duration_now()
	};
	int r = brood_set_new(&worker.set, &error);

	*result = (struct worker_result){ .end = WORKER_ENDED_FAILURE };
	/* Both now: when jobs have taken all descriptors there would be none left for waiting. */
	if (r == 0)
		r = brood_set_pollfd(worker.set);
	if (r >= 0)
		r = brood_mailbox_pollfd(box->mailbox);
	if (r < 0) {
		box_fail(box, 0, "no jobs can be looked after", r);
		brood_set_free(worker.set);
		return;
	}
	worker.works = memory_get(config->slots * sizeof *worker.works);
	for (size_t i = 0; i < config->slots; i++)
		worker.works[i] = (struct work){ .out_fd = -1 };
	work_on(&worker);
	result->n_back += worker.n_works;
	for (size_t i = 0; i < config->slots; i++)
		work_done(&worker.works[i]);
	if (!config->work.is_visible)
		box_prune_outputs(box, config->keep);
	free(worker.works);
	brood_set_free(worker.set);
}
