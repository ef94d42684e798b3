/* SPDX-License-Identifier: MIT */
/*
 * A set of jobs in a loop of epoll(7), beside whatever else the loop looks after. The set has one
 * descriptor, readable when there is something to do for a job, also when a time limit passes.
 */

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
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
	struct epoll_event jobs = { .events = EPOLLIN, .data.fd = brood_set_pollfd(set) };
	struct epoll_event timer = { .events = EPOLLIN };
	timer.data.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	int loop = epoll_create1(EPOLL_CLOEXEC);
	if (timerfd_settime(timer.data.fd, 0, &tick, NULL) < 0 ||
		epoll_ctl(loop, EPOLL_CTL_ADD, jobs.data.fd, &jobs) < 0 ||
		epoll_ctl(loop, EPOLL_CTL_ADD, timer.data.fd, &timer) < 0)
		return 1;
	struct epoll_event event;
	for (int more = 1; (more || ticks == 0) && epoll_wait(loop, &event, 1, -1) > 0;)
		if (event.data.fd == jobs.data.fd)
			more = take_events(set);
		else if (read(event.data.fd, &n, sizeof n) == sizeof n)
			ticks += n;
	for (size_t i = 0; i < JOBS; i++)
		printf("%s\n", verdicts[i]);
	printf("the loop's own timer: %s\n", ticks > 0 ? "went off" : "forgotten");
	close(timer.data.fd);
	close(loop);
	brood_set_free(set);
	return 0;
}
