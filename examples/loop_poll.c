/* SPDX-License-Identifier: MIT */
/*
 * A set of jobs in a loop of poll(2), beside whatever else the loop looks after. The set has one
 * descriptor, readable when there is something to do for a job, also when a time limit passes.
 */

#include <brood/brood.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

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

int main(void)
{
	const struct itimerspec tick = { .it_interval.tv_nsec = 10000000,
		.it_value.tv_nsec = 10000000 };
	struct brood_set *set;
	uint64_t ticks = 0, n;

	if (brood_set_new(&set, NULL) < 0 || start_all(set) < 0)
		return 1;
	struct pollfd fds[] = {
		{ .fd = brood_set_pollfd(set), .events = POLLIN },
		{ .fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), .events = POLLIN },
	};
	if (timerfd_settime(fds[1].fd, 0, &tick, NULL) < 0)
		return 1;
	for (int more = 1; (more || ticks == 0) && poll(fds, 2, -1) > 0;) {
		if (fds[0].revents)
			more = take_events(set);
		if (fds[1].revents && read(fds[1].fd, &n, sizeof n) == sizeof n)
			ticks += n;
	}
	for (size_t i = 0; i < JOBS; i++)
		printf("%s\n", verdicts[i]);
	printf("the loop's own timer: %s\n", ticks > 0 ? "went off" : "forgotten");
	close(fds[1].fd);
	brood_set_free(set);
	return 0;
}
