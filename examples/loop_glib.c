/* SPDX-License-Identifier: MIT */
/* A set of jobs in GLib's main loop, by the set's descriptor: see loop_poll.c. */

#include <brood/brood.h>
#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>

#define JOBS 3
static const char *const scripts[JOBS] = { "exit 3", "kill -SEGV $$", "exec sleep 1000" };
static char verdicts[JOBS][64];

static int start_all(struct brood_set *set)
{
	struct brood_options options = BROOD_OPTIONS(.timeout = 200 * BROOD_MILLISECOND);
	struct brood_job *job;

	for (size_t i = 0; i < JOBS; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", scripts[i]));
		if (brood_start(&job, &cmd, 1, &options, NULL) < 0 ||
			brood_set_add(set, job, verdicts[i]) < 0)
			return -1;
	}
	return 0;
}

/* Takes what has happened and never blocks. Returns whether jobs are left. */
static int take_events(struct brood_set *set)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_event event;
	int r;

	while ((r = brood_set_next(set, 0, &event)) == 0) {
		if (event.kind != BROOD_EVENT_DONE)
			continue;
		int code = brood_job_wait(event.job, 0, &result, NULL);
		brood_explain(code, &result, NULL, event.user_data, sizeof verdicts[0]);
		brood_result_done(&result);
		brood_job_free(event.job);
	}
	return r == -ETIME;
}

static gboolean is_over;
static int ticks;

static gboolean on_tick(gpointer data)
{
	(void)data;
	ticks++;
	return G_SOURCE_CONTINUE;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer set)
{
	is_over = fd >= 0 && (condition & G_IO_IN) && !take_events(set);
	return is_over ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

int main(void)
{
	struct brood_set *set;

	if (brood_set_new(&set, NULL) < 0 || start_all(set) < 0)
		return 1;
	g_unix_fd_add(brood_set_pollfd(set), G_IO_IN, on_readable, set);
	g_timeout_add(10, on_tick, NULL);
	while (!is_over || ticks == 0)
		g_main_context_iteration(NULL, TRUE);
	brood_set_free(set);
	for (size_t i = 0; i < JOBS; i++)
		printf("%s\n", verdicts[i]);
	printf("the loop's own timer: %s\n", ticks > 0 ? "went off" : "forgotten");
	return 0;
}
