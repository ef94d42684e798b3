/* SPDX-License-Identifier: MIT */

/* One job, event by event, and in somebody else's event loop. */

#include "events.h"

#include <stdio.h>

/* covers: API-EV.order API-EV.done API-EV.lines API-EV.enoent */
static void what_happens_is_told_in_order_and_done_is_the_last(void **state)
{
	(void)state;
	struct brood_job *job = start_with(
		with_lines(ACT("print", "1", "one\ntwo\n", "exit", "3")), NULL);
	struct brood_event event;
	struct brood_result result = BROOD_RESULT_INIT;
	int n_lines = 0;
	int n_ends = 0;
	while ((event = next_of(job)).kind != BROOD_EVENT_DONE) {
		assert_null(event.user_data);
		assert_int_equal(event.stage, 0);
		if (event.kind == BROOD_EVENT_STAGE_ENDED) {
			n_ends++;
			assert_int_equal(event.fd, -1);
			assert_int_equal(event.status->how, BROOD_EXITED);
			assert_int_equal(event.status->exit_code, 3);
			assert_null(event.data);
			continue;
		}
		assert_int_equal(event.kind, BROOD_EVENT_LINE);
		assert_int_equal(event.fd, 1);
		assert_int_equal(event.flags, 0);
		assert_null(event.status);
		assert_int_equal(event.length, 3);
		assert_memory_equal(event.data, n_lines++ ? "two" : "one", 3);
	}
	assert_int_equal(n_lines, 2);
	assert_int_equal(n_ends, 1);
	expect_code(event.code, BROOD_EEXIT);
	assert_int_equal(event.fd, -1);
	expect_code(brood_job_next(job, 0, &event), -ENOENT);
	expect_code(brood_job_wait(job, 0, &result, NULL), BROOD_EEXIT);
	assert_int_equal(result.stages[0].exit_code, 3);
	expect_code(brood_job_next(job, 0, &event), -ENOENT);
	brood_result_done(&result);
	brood_job_free(job);
}

/* covers: API-EV.chunks */
static void chunks_of_both_streams_come_whole(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("fill", "1", "300000", "fill", "2", "200000"),
		.out = brood_sink(NULL, NULL), .err = brood_sink(NULL, NULL));
	struct brood_job *job = start_with(cmd, NULL);
	size_t counts[3] = { 0 };
	struct brood_event event;
	while ((event = next_of(job)).kind != BROOD_EVENT_DONE) {
		if (event.kind == BROOD_EVENT_STAGE_ENDED)
			continue;
		assert_int_equal(event.kind, BROOD_EVENT_CHUNK);
		assert_in_range(event.fd, 1, 2);
		assert_true(event.length > 0);
		for (size_t i = 0; i < event.length; i++) {
			size_t at = counts[event.fd]++;
			if (event.data[i] != (char)('a' + at % (26 * 1024) % 26))
				fail_msg("byte %zu of %d is %d", at, event.fd, event.data[i]);
		}
	}
	expect_code(event.code, 0);
	assert_int_equal(counts[1], 300000);
	assert_int_equal(counts[2], 200000);
	brood_job_free(job);
}

/* covers: API-EV.pieces */
static void lines_that_are_too_long_come_in_pieces(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "abcdef\ngh"),
		.out = brood_lines(NULL, NULL, 4));
	struct brood_job *job = start_with(cmd, NULL);
	static const struct {
		const char *text;
		uint32_t flags;
	} wanted[] = { { "abcd", BROOD_LINE_CUT }, { "ef", BROOD_LINE_CONTINUED },
		{ "gh", BROOD_LINE_UNTERMINATED } };
	int n = 0;
	struct brood_event event;
	while ((event = next_of(job)).kind != BROOD_EVENT_DONE) {
		if (event.kind != BROOD_EVENT_LINE)
			continue;
		assert_in_range(n, 0, 2);
		assert_int_equal(event.length, strlen(wanted[n].text));
		assert_memory_equal(event.data, wanted[n].text, event.length);
		assert_int_equal(event.flags, wanted[n].flags);
		n++;
	}
	assert_int_equal(n, 3);
	brood_job_free(job);
}

/* covers: API-EV.stages */
static void each_stage_is_told_once(void **state)
{
	(void)state;
	struct brood_job *job = NULL;
	struct brood_cmd cmds[] = {
		BROOD_CMD(.argv = ACT("print", "1", "x", "exit", "5")),
		BROOD_CMD(.argv = ACT("copy", "0", "1", "exit", "6")),
		BROOD_CMD(.argv = ACT("copy", "0", "1"), .out = brood_sink(NULL, NULL)),
	};
	expect_code(brood_start(&job, cmds, 3, NULL, NULL), 0);
	struct brood_event event;
	int seen[3] = { 0 };
	while ((event = next_of(job)).kind != BROOD_EVENT_DONE) {
		if (event.kind == BROOD_EVENT_CHUNK) {
			assert_int_equal(event.stage, 2);
			continue;
		}
		assert_int_equal(event.kind, BROOD_EVENT_STAGE_ENDED);
		assert_in_range(event.stage, 0, 2);
		seen[event.stage]++;
		assert_int_equal(event.status->exit_code, event.stage == 2 ? 0 : 5 + event.stage);
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(seen[i], 1);
	expect_code(event.code, BROOD_EEXIT);
	brood_job_free(job);
}

/* covers: API-EV.etime */
static void a_wait_for_events_gives_up_in_time(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_event event;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	expect_code(brood_job_next(scene.job, 0, &event), -ETIME);
	expect_code(brood_job_next(scene.job, -1, &event), -ETIME);
	int64_t begin = now_ns();
	expect_code(brood_job_next(scene.job, 30 * BROOD_MILLISECOND, &event), -ETIME);
	assert_in_range(now_ns() - begin, 30 * BROOD_MILLISECOND, 10 * BROOD_SECOND);
	scene_release(&scene);
	assert_int_equal(next_of(scene.job).kind, BROOD_EVENT_STAGE_ENDED);
	assert_int_equal(next_of(scene.job).kind, BROOD_EVENT_DONE);
	scene_end(&scene);
}

/* covers: API-EV.limit */
static void the_time_limit_holds_and_stop_steps_are_taken(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_stop steps[] = { { SIGTERM, 0, 50 * BROOD_MILLISECOND } };
	struct brood_options options = BROOD_OPTIONS(.timeout = 50 * BROOD_MILLISECOND,
		.stop = steps, .n_stop = 1);
	scene_start(&scene, quiet(ACT("ignore", "15", "ready", "pause")), &options, 1);
	struct brood_event event = next_of(scene.job);
	assert_int_equal(event.kind, BROOD_EVENT_STAGE_ENDED);
	assert_int_equal(event.status->signal, SIGKILL);
	event = next_of(scene.job);
	assert_int_equal(event.kind, BROOD_EVENT_DONE);
	expect_code(event.code, BROOD_ETIMEOUT);
	expect_code(brood_job_wait(scene.job, 0, NULL, NULL), BROOD_ETIMEOUT);
	scene_end(&scene);
}

/* covers: API-EV.pipes */
static void pipes_of_the_caller_stay_open(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"), .in = brood_pipe(),
		.out = brood_lines(NULL, NULL, 0));
	struct brood_job *job = start_with(cmd, NULL);
	struct brood_event event;
	expect_code(brood_job_next(job, 20 * BROOD_MILLISECOND, &event), -ETIME);
	assert_int_equal(brood_job_write(job, 0, 0, "hello\n", 6), 6);
	event = next_of(job);
	assert_int_equal(event.kind, BROOD_EVENT_LINE);
	assert_memory_equal(event.data, "hello", 5);
	expect_code(brood_job_close(job, 0, 0), 0);
	while ((event = next_of(job)).kind != BROOD_EVENT_DONE)
		;
	expect_code(event.code, 0);
	brood_job_free(job);
}

/* covers: API-EV.pressure API-STEP.result */
static void output_that_nobody_takes_stays_where_it_is(void **state)
{
	(void)state;
	struct brood_job *job = start_with(with_chunks(ACT("fill", "1", "30000000")), NULL);
	struct brood_event event;
	await_state(brood_job_pid(job), 'S');
	expect_code(brood_job_step(job), 0);
	size_t before = memory_in_use();
	for (int i = 0; i < 1000; i++)
		expect_code(brood_job_step(job), 0);
	expect_code(brood_job_wait(job, 50 * BROOD_MILLISECOND, NULL, NULL), -ETIME);
	assert_true(memory_in_use() < before + 1000000);
	await_state(brood_job_pid(job), 'S');
	size_t total = 0;
	while ((event = next_of(job)).kind != BROOD_EVENT_DONE)
		total += event.kind == BROOD_EVENT_CHUNK ? event.length : 0;
	expect_code(event.code, 0);
	assert_int_equal(total, 30000000);
	brood_job_free(job);
}

/* covers: API-EV.wait */
static void who_waits_for_the_end_drops_what_was_not_taken(void **state)
{
	(void)state;
	struct brood_job *job = start_with(with_chunks(ACT("fill", "1", "30000000")), NULL);
	struct brood_event event = next_of(job);
	assert_int_equal(event.kind, BROOD_EVENT_CHUNK);
	expect_code(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), 0);
	expect_code(brood_job_next(job, 0, &event), -ENOENT);
	brood_job_free(job);
}

static struct brood_job *stopped_by_handler;

static void stop_in_handler(int number)
{
	(void)number;
	brood_job_stop(stopped_by_handler); /* NOLINT(bugprone-signal-handler): it may */
}

/* covers: API-EV.stop */
static void a_stop_by_another_thread_ends_the_wait(void **state)
{
	(void)state;
	need_threads();
	struct scene scene;
	scene_start(&scene, quiet(ACT("exit-on", "15", "0", "ready", "pause")), NULL, 1);
	struct later later = { .job = scene.job };
	begin_later(&later);
	assert_int_equal(next_of(scene.job).kind, BROOD_EVENT_STAGE_ENDED);
	expect_code(next_of(scene.job).code, BROOD_ECANCELED);
	end_later(&later);
	scene_end(&scene);
}

/* Runs a loop of poll and brood_job_next() until DONE. Returns its code. */
static int loop_until_done(struct brood_job *job, int fd)
{
	struct brood_event event = { .kind = 0 };
	while (event.kind != BROOD_EVENT_DONE) {
		await_readable(fd);
		int r = brood_job_next(job, 0, &event);
		if (r != -ETIME)
			expect_code(r, 0);
	}
	return event.code;
}

/* covers: API-EV.stop API-PFD.wake */
static void a_stop_by_a_handler_wakes_an_event_loop(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ignore", "15", "ready", "pause")), NULL, 1);
	int fd = brood_job_pollfd(scene.job);
	assert_true(fd > 2);
	expect_quiet(fd);
	stopped_by_handler = scene.job;
	signal(SIGUSR1, stop_in_handler);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	await_readable(fd);
	expect_code(brood_job_step(scene.job), 0);
	calm_job(scene.job);
	expect_quiet(fd);
	expect_code(brood_job_signal(scene.job, SIGKILL), 0);
	expect_code(loop_until_done(scene.job, fd), BROOD_ECANCELED);
	scene_end(&scene);
}

/* covers: API-EV.context API-PFD.wake API-PFD.quiet */
static void a_context_that_is_cancelled_wakes_an_event_loop(void **state)
{
	(void)state;
	need_threads();
	struct scene scene;
	struct brood_context *parent = NULL;
	struct brood_context *context = NULL;
	expect_code(brood_context_new(&parent, NULL, 0), 0);
	expect_code(brood_context_new(&context, parent, BROOD_HOUR), 0);
	struct brood_options options = BROOD_OPTIONS(.context = context);
	scene_start(&scene, quiet(ACT("ignore", "15", "ready", "pause")), &options, 1);
	int fd = brood_job_pollfd(scene.job);
	assert_true(fd > 2);
	calm_job(scene.job);
	expect_quiet(fd);
	struct later later = { .context = parent };
	begin_later(&later);
	await_readable(fd);
	end_later(&later);
	calm_job(scene.job);
	expect_quiet(fd);
	expect_code(brood_job_signal(scene.job, SIGKILL), 0);
	expect_code(loop_until_done(scene.job, fd), BROOD_ECANCELED);
	scene_end(&scene);
	brood_context_free(context);
	brood_context_free(parent);
}

/* covers: API-STEP.result API-STEP.over */
static void steps_never_block_and_say_when_it_is_over(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "await", "4", "fill", "1", "100000"),
		.out = brood_capture(0, 0));
	struct brood_result result = BROOD_RESULT_INIT;
	scene_start(&scene, cmd, NULL, 1);
	int fd = brood_job_pollfd(scene.job);
	expect_code(brood_job_step(scene.job), 0);
	scene_release(&scene);
	int r = 0;
	while (r == 0) {
		await_readable(fd);
		r = brood_job_step(scene.job);
	}
	expect_code(r, 1);
	expect_code(brood_job_step(scene.job), 1);
	await_readable(fd);
	expect_code(brood_job_wait(scene.job, 0, &result, NULL), 0);
	assert_int_equal(result.out.total, 100000);
	expect_code(brood_job_step(scene.job), 1);
	expect_quiet(fd);
	brood_result_done(&result);
	scene_end(&scene);
}

/* covers: API-PFD.readable API-PFD.quiet */
static void a_loop_of_steps_sleeps_while_nothing_happens(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_HOUR);
	struct brood_cmd cmds[] = {
		BROOD_CMD(.argv = ACT("print", "1", "abc", "exit", "0")),
		BROOD_CMD(.argv = ACT("ready", "await", "4"), .out = brood_null()),
	};
	scene.line = line_open();
	scene.control = line_open();
	struct brood_fd_map fds[] = { { scene.line.writing, 3 }, { scene.control.reading, 4 } };
	cmds[1].fds = fds;
	cmds[1].n_fds = 2;
	expect_code(brood_start(&scene.job, cmds, 2, &options, NULL), 0);
	scene.pid = brood_job_pid(scene.job);
	line_started(&scene.line);
	close(scene.control.reading);
	assert_int_equal(line_ready(&scene.line), 'r');
	int fd = brood_job_pollfd(scene.job);
	/* The first stage ends, and whoever goes by steps does not care. */
	struct brood_status status = BROOD_STATUS_INIT;
	while (status.how == BROOD_RUNNING) {
		await_readable(fd);
		expect_code(brood_job_step(scene.job), 0);
		expect_code(brood_job_status(scene.job, 0, &status), 0);
	}
	expect_quiet(fd);
	scene_release(&scene);
	while (brood_job_step(scene.job) == 0)
		await_readable(fd);
	scene_end(&scene);
}

/* covers: API-PFD.readable */
static void one_event_per_waking_up_is_enough(void **state)
{
	(void)state;
	static char text[200 * 2 + 1];
	for (int i = 0; i < 200; i++)
		memcpy(text + (size_t)i * 2, "x\n", 2);
	struct brood_job *job = start_with(with_lines(ACT("print", "1", text)), NULL);
	int fd = brood_job_pollfd(job);
	int n_lines = 0;
	struct brood_event event = { .kind = 0 };
	while (event.kind != BROOD_EVENT_DONE) {
		await_readable(fd);
		if (brood_job_next(job, 0, &event) == 0)
			n_lines += event.kind == BROOD_EVENT_LINE;
	}
	assert_int_equal(n_lines, 200);
	expect_code(brood_job_next(job, 0, &event), -ENOENT);
	expect_quiet(fd);
	brood_job_free(job);
}

/* covers: API-PFD.readable */
static void events_count_for_whoever_takes_them(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_event event;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT(
						 "print", "1", "a\nb\nc\n", "ready", "await", "4"),
		.out = brood_lines(NULL, NULL, 0));
	scene_start(&scene, cmd, NULL, 1);
	int fd = brood_job_pollfd(scene.job);
	/* The lines are read, and nobody has asked for events. */
	expect_code(brood_job_step(scene.job), 0);
	expect_quiet(fd);
	for (int i = 0; i < 3; i++) {
		if (i > 0)
			await_readable(fd);
		expect_code(brood_job_next(scene.job, 0, &event), 0);
		assert_int_equal(event.kind, BROOD_EVENT_LINE);
		assert_int_equal(event.data[0], 'a' + i);
	}
	expect_code(brood_job_next(scene.job, 0, &event), -ETIME);
	expect_quiet(fd);
	scene_end(&scene);
}

/* covers: API-PFD.readable API-PFD.quiet */
static void deadlines_wake_an_outer_epoll(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_stop steps[] = { { SIGTERM, 0, 300 * BROOD_MILLISECOND } };
	struct brood_options options = BROOD_OPTIONS(.timeout = 300 * BROOD_MILLISECOND,
		.stop = steps, .n_stop = 1);
	scene_start(&scene, quiet(ACT("ignore", "15", "ready", "pause")), &options, 1);
	int64_t begin = now_ns();
	int fd = brood_job_pollfd(scene.job);
	int outer = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event wanted = { .events = EPOLLIN };
	assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, fd, &wanted), 0);
	struct brood_event event = { .kind = 0 };
	int n_wakes = 0;
	while (event.kind != BROOD_EVENT_DONE) {
		assert_int_equal(epoll_wait(outer, &wanted, 1, 20000), 1);
		n_wakes++;
		int r = brood_job_next(scene.job, 0, &event);
		if (r != 0)
			expect_code(r, -ETIME);
	}
	assert_in_range(now_ns() - begin, 500 * BROOD_MILLISECOND, 10 * BROOD_SECOND);
	expect_code(event.code, BROOD_ETIMEOUT);
	/* Two steps, an end, two events, and something to spare. */
	assert_in_range(n_wakes, 3, 20);
	close(outer);
	scene_end(&scene);
}

/* covers: API-PFD.three API-PFD.again */
static void it_takes_three_descriptors_of_its_own(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	int before = hygiene_open_descriptors();
	int fd = brood_job_pollfd(scene.job);
	assert_true(fd > 2);
	assert_in_range(hygiene_open_descriptors(), before + 1, before + 3);
	int after = hygiene_open_descriptors();
	assert_int_equal(brood_job_pollfd(scene.job), fd);
	assert_int_equal(hygiene_open_descriptors(), after);
	scene_end(&scene);
}

static void *wait_long(void *data)
{
	int r;
	do
		r = brood_job_wait(data, BROOD_FOREVER, NULL, NULL);
	while (r == -EBUSY); /* the other thread was in a call */
	return (void *)(intptr_t)r;
}

/* covers: API-EV.ebusy API-STEP.ebusy API-PFD.ebusy */
static void only_one_thread_at_a_time(void **state)
{
	(void)state;
	need_threads();
	struct scene scene;
	pthread_t thread;
	struct brood_event event;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	assert_int_equal(pthread_create(&thread, NULL, wait_long, scene.job), 0);
	int r;
	while ((r = brood_job_next(scene.job, 0, &event)) != -EBUSY)
		expect_code(r, -ETIME);
	expect_code(brood_job_step(scene.job), -EBUSY);
	expect_code(brood_job_pollfd(scene.job), -EBUSY);
	scene_release(&scene);
	void *code;
	pthread_join(thread, &code);
	expect_code((int)(intptr_t)code, 0);
	scene_end(&scene);
}

static bool is_refused(void *data)
{
	struct brood_job *job = data;
	struct brood_event event;
	return brood_job_next(job, 0, &event) == BROOD_EMISUSE &&
	       brood_job_step(job) == BROOD_EMISUSE && brood_job_pollfd(job) == BROOD_EMISUSE;
}

static bool frees_it(void *data)
{
	brood_job_free(data);
	return true;
}

/* covers: API-EV.misuse API-STEP.misuse API-PFD.misuse */
static void misuse_of_events_is_refused(void **state)
{
	(void)state;
	struct brood_event event;
	expect_code(brood_job_next(NULL, 0, &event), BROOD_EMISUSE);
	expect_code(brood_job_step(NULL), BROOD_EMISUSE);
	expect_code(brood_job_pollfd(NULL), BROOD_EMISUSE);
	struct brood_job *job = start_with(quiet(ACT("exit", "0")), NULL);
	expect_code(brood_job_next(job, 0, NULL), BROOD_EMISUSE);
	in_fork(is_refused, job);
	expect_code(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), 0);
	expect_code(brood_job_pollfd(job), BROOD_EMISUSE);
	brood_job_free(job);
	struct brood_set *set = new_set();
	job = add_to(set, quiet(ACT("exit", "0")), NULL, NULL);
	expect_code(brood_job_next(job, 0, &event), BROOD_EMISUSE);
	expect_code(brood_job_step(job), BROOD_EMISUSE);
	expect_code(brood_job_pollfd(job), BROOD_EMISUSE);
	assert_int_equal(next_done(set).code, 0);
	brood_set_free(set);
}

/* covers: API-PFD.fork */
static void a_fork_that_frees_it_takes_nothing_away(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "await", "4", "print", "1", "x\n"),
		.out = brood_lines(NULL, NULL, 0));
	scene_start(&scene, cmd, NULL, 1);
	int fd = brood_job_pollfd(scene.job);
	in_fork(frees_it, scene.job);
	scene_release(&scene);
	expect_code(loop_until_done(scene.job, fd), 0);
	scene_end(&scene);
}

/* covers: API-EV.stops */
static void stops_and_continues_are_told(void **state)
{
	(void)state;
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	assert_int_equal(kill(scene.pid, SIGSTOP), 0);
	await_state(scene.pid, 'T');
	assert_int_equal(brood_job_check(scene.job), 1);
	struct brood_event event = next_of(scene.job);
	assert_int_equal(event.kind, BROOD_EVENT_STAGE_STOPPED);
	assert_int_equal(event.status->how, BROOD_STOPPED);
	assert_int_equal(event.status->signal, SIGSTOP);
	assert_int_equal(event.status->pid, scene.pid);
	assert_int_equal(brood_job_check(scene.job), 0);
	expect_code(brood_job_next(scene.job, 0, &event), -ETIME);
	assert_int_equal(kill(scene.pid, SIGCONT), 0);
	int found = 0;
	for (int64_t end = now_ns() + PATIENCE; !found && now_ns() < end;)
		found = brood_job_check(scene.job);
	assert_int_equal(found, 1);
	event = next_of(scene.job);
	assert_int_equal(event.kind, BROOD_EVENT_STAGE_CONTINUED);
	assert_int_equal(event.status->how, BROOD_RUNNING);
	scene_release(&scene);
	assert_int_equal(next_of(scene.job).kind, BROOD_EVENT_STAGE_ENDED);
	assert_int_equal(next_of(scene.job).kind, BROOD_EVENT_DONE);
	scene_end(&scene);
}

static int64_t read_from(void *data, char *buffer, size_t size)
{
	ssize_t n = read(*(int *)data, buffer, size);
	return n < 0 ? -errno : n;
}

/* covers: API-PFD.file */
static void a_source_that_epoll_refuses_is_read_all_the_same(void **state)
{
	(void)state;
	FILE *file = tmpfile();
	assert_non_null(file);
	for (int i = 0; i < 50000; i++)
		fputs("some bytes", file);
	fflush(file);
	rewind(file);
	int fd = fileno(file);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"),
		.in = brood_source(read_from, &fd), .out = brood_sink(NULL, NULL));
	cmd.in.fd = fd;
	struct brood_job *job = start_with(cmd, NULL);
	int pollfd = brood_job_pollfd(job);
	assert_true(pollfd > 2);
	struct brood_event event = { .kind = 0 };
	size_t total = 0;
	while (event.kind != BROOD_EVENT_DONE) {
		await_readable(pollfd);
		if (brood_job_next(job, 0, &event) == 0 && event.kind == BROOD_EVENT_CHUNK)
			total += event.length;
	}
	expect_code(event.code, 0);
	assert_int_equal(total, 500000);
	brood_job_free(job);
	fclose(file);
}

/* covers: API-PFD.source */
static void a_source_that_has_nothing_wakes_nobody(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"),
		.in = brood_source(read_from, &ends[0]), .out = brood_lines(NULL, NULL, 0));
	cmd.in.fd = ends[0];
	struct brood_job *job = start_with(cmd, NULL);
	int fd = brood_job_pollfd(job);
	calm_job(job);
	expect_quiet(fd);
	assert_int_equal(write(ends[1], "hi\n", 3), 3);
	struct brood_event event;
	int r;
	do {
		await_readable(fd);
		r = brood_job_next(job, 0, &event);
	} while (r == -ETIME);
	expect_code(r, 0);
	assert_int_equal(event.kind, BROOD_EVENT_LINE);
	calm_job(job);
	expect_quiet(fd);
	close(ends[1]);
	expect_code(loop_until_done(job, fd), 0);
	brood_job_free(job);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(what_happens_is_told_in_order_and_done_is_the_last),
		hygienic(chunks_of_both_streams_come_whole),
		hygienic(lines_that_are_too_long_come_in_pieces),
		hygienic(each_stage_is_told_once),
		hygienic(a_wait_for_events_gives_up_in_time),
		hygienic(the_time_limit_holds_and_stop_steps_are_taken),
		hygienic(pipes_of_the_caller_stay_open),
		hygienic(output_that_nobody_takes_stays_where_it_is),
		hygienic(who_waits_for_the_end_drops_what_was_not_taken),
		hygienic(a_stop_by_another_thread_ends_the_wait),
		hygienic(a_stop_by_a_handler_wakes_an_event_loop),
		hygienic(a_context_that_is_cancelled_wakes_an_event_loop),
		hygienic(steps_never_block_and_say_when_it_is_over),
		hygienic(a_loop_of_steps_sleeps_while_nothing_happens),
		hygienic(one_event_per_waking_up_is_enough),
		hygienic(events_count_for_whoever_takes_them),
		hygienic(deadlines_wake_an_outer_epoll),
		hygienic(it_takes_three_descriptors_of_its_own),
		hygienic(only_one_thread_at_a_time),
		hygienic(misuse_of_events_is_refused),
		hygienic(a_fork_that_frees_it_takes_nothing_away),
		hygienic(stops_and_continues_are_told),
		hygienic(a_source_that_epoll_refuses_is_read_all_the_same),
		hygienic(a_source_that_has_nothing_wakes_nobody),
	};
	return hygiene_run("events", tests);
}
