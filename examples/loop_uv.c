/* SPDX-License-Identifier: MIT */
/* A set of jobs in the loop of libuv, by the set's descriptor: see loop_poll.c. */

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <uv.h>

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

static void on_tick(uv_timer_t *handle)
{
	++*(int *)handle->data;
	uv_close((uv_handle_t *)handle, NULL);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	if (status < 0 || !(events & UV_READABLE) || take_events(poll->data))
		return;
	uv_close((uv_handle_t *)poll, NULL);
}

int main(void)
{
	uv_loop_t *loop = uv_default_loop();
	struct brood_set *set;
	uv_timer_t timer;
	uv_poll_t poll;
	int ticks = 0;

	if (brood_set_new(&set, NULL) < 0 || start_all(set) < 0)
		return 1;
	poll.data = set;
	timer.data = &ticks;
	if (uv_poll_init(loop, &poll, brood_set_pollfd(set)) == 0)
		uv_poll_start(&poll, UV_READABLE, on_readable);
	if (uv_timer_init(loop, &timer) == 0)
		uv_timer_start(&timer, on_tick, 10, 0);
	uv_run(loop, UV_RUN_DEFAULT); /* until its handles are closed */
	uv_loop_close(loop);
	brood_set_free(set); /* after the loop has let go of its descriptor */
	printf("%s\n%s\n%s\n", verdicts[0], verdicts[1], verdicts[2]);
	printf("the loop's own timer: %s\n", ticks > 0 ? "went off" : "forgotten");
	return 0;
}
