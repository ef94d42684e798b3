/* SPDX-License-Identifier: MIT */

/* Many jobs, looked after by one thread. */

#include "events.h"
#include "tree.h"

#include <sys/resource.h>

/* covers: API-SET.empty API-SET.count */
static void an_empty_set_has_nothing_to_tell(void **state)
{
	(void)state;
	struct brood_event event;
	int before = hygiene_open_descriptors();
	struct brood_set *set = new_set();
	assert_int_equal(hygiene_open_descriptors(), before + 2);
	expect_code(brood_set_next(set, BROOD_FOREVER, &event), -ENOENT);
	assert_int_equal(brood_set_count(set), 0);
	assert_int_equal(brood_set_count(NULL), 0);
	expect_quiet(brood_set_pollfd(set));
	brood_set_free(set);
	brood_set_free(NULL);
}

/* covers: API-SET.next API-SET.data API-SET.enoent API-SET.count API-SET.done */
static void each_job_is_told_with_its_data_and_done_once(void **state)
{
	(void)state;
	static const char *const codes[] = { "0", "1", "2" };
	int seen[3] = { 0 };
	struct brood_set *set = new_set();
	for (int i = 0; i < 3; i++)
		add_to(set, quiet(ACT("exit", codes[i])), NULL, &seen[i]);
	assert_int_equal(brood_set_count(set), 3);
	for (int n = 0; n < 3; n++) {
		struct brood_event event = next_done(set);
		struct brood_result result = BROOD_RESULT_INIT;
		int *mine = event.user_data;
		assert_in_range(mine - seen, 0, 2);
		assert_int_equal((*mine)++, 0);
		expect_code(event.code, mine == seen ? 0 : BROOD_EEXIT);
		expect_code(brood_job_wait(event.job, 0, &result, NULL), event.code);
		assert_int_equal(result.stages[0].exit_code, mine - seen);
		brood_result_done(&result);
		if (n > 0)
			brood_job_free(event.job);
	}
	struct brood_event event;
	expect_code(brood_set_next(set, BROOD_FOREVER, &event), -ENOENT);
	assert_int_equal(brood_set_count(set), 1);
	brood_set_free(set);
}

/* covers: API-SET.next */
static void a_stage_that_ends_first_is_told_at_once(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct brood_job *job = NULL;
	struct line line = line_open();
	struct brood_fd_map fds[] = { { line.reading, 3 } };
	struct brood_cmd cmds[] = {
		BROOD_CMD(.argv = ACT("exit", "3")),
		BROOD_CMD(.argv = ACT("await", "3"), .out = brood_null(), .fds = fds, .n_fds = 1),
	};
	expect_code(brood_start(&job, cmds, 2, NULL, NULL), 0);
	expect_code(brood_set_add(set, job, NULL), 0);
	struct brood_event event = next_in(set);
	assert_int_equal(event.kind, BROOD_EVENT_STAGE_ENDED);
	assert_int_equal(event.stage, 0);
	assert_int_equal(event.status->exit_code, 3);
	line_started(&line);
	event = next_in(set);
	assert_int_equal(event.kind, BROOD_EVENT_STAGE_ENDED);
	assert_int_equal(event.stage, 1);
	assert_int_equal(next_in(set).kind, BROOD_EVENT_DONE);
	brood_set_free(set);
	close(line.reading);
}

/* Jobs of all sorts, told apart by what they came with. */
enum sort { QUICK, FAILING, TALKING, PULLED, LATE, SORTS };

static struct brood_job *add_one(struct brood_set *set, intptr_t number)
{
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_MINUTE);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	switch (number % SORTS) {
	case QUICK:
		return add_to(set, cmd, &options, (void *)number);
	case FAILING:
		return add_to(set, quiet(ACT("exit", "7")), &options, (void *)number);
	case TALKING:
		cmd = quiet(ACT("fill", "1", "70000"));
		cmd.out = brood_capture(0, 0);
		return add_to(set, cmd, &options, (void *)number);
	case PULLED:
		return add_to(
			set, with_lines(ACT("print", "1", "a\nb\n")), &options, (void *)number);
	default:
		options.timeout = 50 * BROOD_MILLISECOND;
		return add_to(set, quiet(ACT("pause")), &options, (void *)number);
	}
}

static void check_end(const struct brood_event *event, int n_lines)
{
	static const int codes[SORTS] = { 0, BROOD_EEXIT, 0, 0, BROOD_ETIMEOUT };
	enum sort sort = (enum sort)((intptr_t)event->user_data % SORTS);
	struct brood_result result = BROOD_RESULT_INIT;
	expect_code(event->code, codes[sort]);
	expect_code(brood_job_wait(event->job, 0, &result, NULL), codes[sort]);
	if (sort == TALKING)
		assert_int_equal(result.out.length, 70000);
	if (sort == FAILING)
		assert_int_equal(result.stages[0].exit_code, 7);
	assert_int_equal(n_lines, sort == PULLED ? 2 : 0);
	brood_result_done(&result);
	brood_job_free(event->job);
}

/* covers: API-SET.many API-SET.limits API-SET.add-any-time */
static void a_thousand_jobs_of_all_sorts_go_through(void **state)
{
	(void)state;
	enum { ALL = 1000, AT_ONCE = 120 };
	static int n_lines[ALL];
	struct brood_set *set = new_set();
	struct brood_event event;
	intptr_t n_started = 0;
	int n_done = 0;
	memset(n_lines, 0, sizeof n_lines);
	while (n_started < AT_ONCE)
		add_one(set, n_started++);
	int r;
	while ((r = brood_set_next(set, PATIENCE, &event)) == 0) {
		intptr_t number = (intptr_t)event.user_data;
		if (event.kind == BROOD_EVENT_LINE) {
			assert_memory_equal(event.data, n_lines[number]++ ? "b" : "a", 1);
		} else if (event.kind == BROOD_EVENT_DONE) {
			check_end(&event, n_lines[number]);
			n_done++;
			if (n_started < ALL)
				add_one(set, n_started++);
		}
		assert_true(brood_set_count(set) <= AT_ONCE);
	}
	expect_code(r, -ENOENT);
	assert_int_equal(n_done, ALL);
	brood_set_free(set);
}

/* covers: API-SET.memory */
static void a_plain_job_takes_less_than_two_kilobytes(void **state)
{
	(void)state;
	enum { N = 100 };
	struct line line = line_open();
	struct brood_fd_map fds[] = { { line.reading, 3 } };
	struct brood_cmd cmd = quiet(ACT("await", "3"));
	cmd.fds = fds;
	cmd.n_fds = 1;
	struct brood_set *set = new_set();
	add_to(set, cmd, NULL, NULL);
	size_t before = memory_in_use();
	int descriptors = hygiene_open_descriptors();
	for (int i = 0; i < N; i++)
		add_to(set, cmd, NULL, NULL);
	size_t each = (memory_in_use() - before) / N;
	print_message("# %zu bytes for each job\n", each);
	assert_true(each < 2048);
	assert_true(hygiene_open_descriptors() <= descriptors + N);
	close(line.writing);
	for (int i = 0; i <= N; i++)
		expect_code(next_done(set).code, 0);
	brood_set_free(set);
	close(line.reading);
}

/* covers: API-SET.turns */
static void a_job_that_talks_much_does_not_keep_the_others(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_set *set = new_set();
	add_to(set, with_lines(BROOD_ARGV("/bin/sh", "-c", "exec yes")), NULL, NULL);
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(next_in(set).kind, BROOD_EVENT_LINE);
	scene_release(&scene);
	await_zombie(scene.pid);
	struct brood_event event;
	int n_lines = 0;
	while ((event = next_in(set)).kind != BROOD_EVENT_DONE)
		n_lines += event.kind == BROOD_EVENT_LINE;
	assert_ptr_equal(event.job, scene.job);
	/* A pipe holds thousands of them. */
	assert_in_range(n_lines, 0, 200);
	scene_end(&scene);
	brood_set_free(set);
}

/* covers: API-SET.turns API-SET.limits */
static void a_caller_that_takes_its_time_does_not_hold_up_limits(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct brood_options options = BROOD_OPTIONS(.timeout = 50 * BROOD_MILLISECOND);
	add_to(set, with_lines(BROOD_ARGV("/bin/sh", "-c", "exec yes")), NULL, NULL);
	assert_int_equal(next_in(set).kind, BROOD_EVENT_LINE);
	struct brood_job *late = add_to(set, quiet(ACT("pause")), &options, NULL);
	struct timespec moment = { .tv_nsec = 60 * 1000 * 1000 };
	nanosleep(&moment, NULL);
	/* There is a line to tell, and something to do before that. */
	next_in(set);
	siginfo_t info;
	if (waitid(P_PID, (id_t)brood_job_pid(late), &info, WEXITED | WNOWAIT) < 0)
		assert_int_equal(errno, ECHILD); /* its end was seen already */
	expect_code(next_done(set).code, BROOD_ETIMEOUT);
	brood_set_free(set);
}

/* covers: API-SET.pressure */
static void a_job_that_nobody_listens_to_stays_small(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct brood_job *talker = add_to(
		set, with_chunks(ACT("fill", "1", "30000000")), NULL, NULL);
	await_state(brood_job_pid(talker), 'S');
	struct brood_event event = next_in(set);
	assert_int_equal(event.kind, BROOD_EVENT_CHUNK);
	size_t total = event.length;
	size_t before = memory_in_use();
	for (int i = 0; i < 30; i++) {
		struct brood_job *other = add_to(set, quiet(ACT("exit", "0")), NULL, NULL);
		expect_code(brood_job_wait(other, BROOD_FOREVER, NULL, NULL), 0);
		brood_job_free(other);
		expect_code(brood_job_wait(talker, 0, NULL, NULL), -ETIME);
	}
	assert_true(memory_in_use() < before + 1000000);
	await_state(brood_job_pid(talker), 'S');
	while ((event = next_in(set)).kind != BROOD_EVENT_DONE)
		total += event.kind == BROOD_EVENT_CHUNK ? event.length : 0;
	expect_code(event.code, 0);
	assert_int_equal(total, 30000000);
	brood_set_free(set);
}

/* covers: API-SET.stop */
static void a_stop_by_another_thread_reaches_a_set(void **state)
{
	(void)state;
	need_threads();
	struct scene scene;
	struct brood_set *set = new_set();
	scene_start(&scene, quiet(ACT("exit-on", "15", "0", "ready", "pause")), NULL, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	struct later later = { .job = scene.job };
	begin_later(&later);
	expect_code(next_done(set).code, BROOD_ECANCELED);
	end_later(&later);
	scene_end(&scene);
	brood_set_free(set);
}

/* covers: API-SET.stop API-PFD.wake */
static void a_stop_is_heard_though_another_job_was_waited_for_meanwhile(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_stop steps[] = { { SIGUSR1, 0, 0 } };
	struct brood_options options = BROOD_OPTIONS(.stop = steps, .n_stop = 1);
	struct brood_set *set = new_set();
	scene_start(&scene, quiet(ACT("ignore", "10", "ready", "pause")), &options, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	struct brood_job *other = add_to(set, quiet(ACT("pause")), NULL, NULL);
	int fd = brood_set_pollfd(set);
	calm_set(set);
	expect_quiet(fd);
	expect_code(brood_job_stop(scene.job), 0);
	expect_code(brood_job_wait(other, BROOD_MILLISECOND, NULL, NULL), -ETIME);
	struct brood_status status = BROOD_STATUS_INIT;
	expect_code(brood_job_status(scene.job, 0, &status), 0);
	struct brood_event event = { .kind = 0 };
	while (event.kind != BROOD_EVENT_DONE) {
		await_readable(fd);
		look_once(set, &event);
	}
	assert_ptr_equal(event.job, scene.job);
	expect_code(event.code, BROOD_ECANCELED);
	scene_end(&scene);
	brood_set_free(set);
}

/* covers: API-SET.stop */
static void a_job_that_was_told_to_stop_before_can_be_added(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_stop steps[] = { { SIGUSR1, 0, 0 } };
	struct brood_options options = BROOD_OPTIONS(.stop = steps, .n_stop = 1);
	struct brood_set *set = new_set();
	scene_start(&scene, quiet(ACT("ignore", "10", "ready", "pause")), &options, 1);
	expect_code(brood_job_stop(scene.job), 0);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	expect_code(next_done(set).code, BROOD_ECANCELED);
	scene_end(&scene);
	brood_set_free(set);
}

static struct brood_job *stopped_by_handler[50];

static void stop_in_handler(int number)
{
	(void)number;
	for (int i = 0; i < 50; i++)
		brood_job_stop(stopped_by_handler[i]); /* NOLINT(bugprone-signal-handler): it may */
}

static void *raise_later(void *data)
{
	struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	nanosleep(&moment, NULL);
	pthread_kill(*(pthread_t *)data, SIGUSR1);
	return NULL;
}

/* covers: API-SET.stop API-SET.handler */
static void a_handler_can_stop_many_while_the_set_sleeps(void **state)
{
	(void)state;
	need_threads();
	struct brood_set *set = new_set();
	pthread_t self = pthread_self();
	pthread_t thread;
	for (int i = 0; i < 50; i++)
		stopped_by_handler[i] = add_to(set, quiet(ACT("pause")), NULL, NULL);
	signal(SIGUSR1, stop_in_handler);
	assert_int_equal(pthread_create(&thread, NULL, raise_later, &self), 0);
	for (int i = 0; i < 50; i++)
		expect_code(next_done(set).code, BROOD_ECANCELED);
	pthread_join(thread, NULL);
	signal(SIGUSR1, SIG_DFL);
	brood_set_free(set);
}

static void *stop_all(void *data)
{
	struct brood_job **jobs = data;
	for (int i = 0; i < 100; i++)
		brood_job_stop(jobs[i]);
	return NULL;
}

/* covers: API-SET.stop */
static void threads_may_stop_while_the_set_is_busy(void **state)
{
	(void)state;
	need_threads();
	enum { JOBS = 100, THREADS = 4 };
	struct brood_set *set = new_set();
	struct brood_job *jobs[JOBS];
	pthread_t threads[THREADS];
	for (int i = 0; i < JOBS; i++)
		jobs[i] = add_to(set, quiet(ACT("pause")), NULL, NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, stop_all, jobs), 0);
	for (int i = 0; i < JOBS; i++)
		expect_code(next_done(set).code, BROOD_ECANCELED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	brood_set_free(set);
}

/* covers: API-SET.context */
static void a_context_that_is_cancelled_ends_all_its_jobs(void **state)
{
	(void)state;
	need_threads();
	struct brood_context *context = NULL;
	struct brood_context *child = NULL;
	expect_code(brood_context_new(&context, NULL, 0), 0);
	expect_code(brood_context_new(&child, context, 0), 0);
	struct brood_options with = BROOD_OPTIONS(.context = context);
	struct brood_options with_child = BROOD_OPTIONS(.context = child);
	struct brood_set *set = new_set();
	for (int i = 0; i < 40; i++)
		add_to(set, quiet(ACT("pause")), i % 2 ? &with : &with_child, NULL);
	struct brood_job *other = add_to(set, quiet(ACT("pause")), NULL, NULL);
	struct later later = { .context = context };
	begin_later(&later);
	for (int i = 0; i < 40; i++)
		expect_code(next_done(set).code, BROOD_ECANCELED);
	end_later(&later);
	calm_set(set);
	brood_context_free(context);
	brood_context_free(child);
	expect_code(brood_job_signal(other, SIGKILL), 0);
	expect_code(next_done(set).code, BROOD_EEXIT);
	brood_set_free(set);
}

/* covers: API-SET.context API-PFD.quiet */
static void a_cancelled_context_does_not_keep_an_event_loop_busy(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_context *context = NULL;
	expect_code(brood_context_new(&context, NULL, 0), 0);
	struct brood_options options = BROOD_OPTIONS(.context = context);
	struct brood_set *set = new_set();
	scene_start(&scene, quiet(ACT("ignore", "15", "ready", "pause")), &options, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	struct brood_job *done = add_to(set, quiet(ACT("exit", "0")), &options, NULL);
	assert_ptr_equal(next_done(set).job, done);
	int fd = brood_set_pollfd(set);
	calm_set(set);
	expect_code(brood_context_cancel(context), 0);
	await_readable(fd);
	calm_set(set);
	expect_quiet(fd);
	scene_end(&scene);
	brood_context_free(context);
	brood_set_free(set);
}

/* covers: API-SET.context */
static void the_deadline_of_a_context_is_that_of_its_jobs(void **state)
{
	(void)state;
	struct brood_context *context = NULL;
	struct brood_set *set = new_set();
	/* All of them have to be started before it. */
	expect_code(brood_context_new(&context, NULL, 500 * BROOD_MILLISECOND * slowness()), 0);
	struct brood_options options = BROOD_OPTIONS(.context = context);
	for (int i = 0; i < 5; i++)
		add_to(set, quiet(ACT("pause")), &options, NULL);
	brood_context_free(context);
	for (int i = 0; i < 5; i++)
		expect_code(next_done(set).code, BROOD_ETIMEOUT);
	brood_set_free(set);
}

/* covers: API-SET.free-one API-SET.detach */
static void jobs_can_be_freed_and_detached_at_any_time(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct brood_job *jobs[20];
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_HOUR);
	struct scene scene;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	for (int i = 0; i < 20; i++) {
		struct brood_cmd cmd = i % 2 ? with_lines(ACT("print", "1", "a\nb\nc\n"))
					     : with_lines(BROOD_ARGV("/bin/sh", "-c", "exec yes"));
		jobs[i] = add_to(set, cmd, &options, NULL);
	}
	for (int i = 0; i < 50; i++)
		assert_int_not_equal(next_in(set).kind, 0);
	for (int i = 0; i < 20; i += 2)
		brood_job_free(jobs[i]);
	assert_int_equal(brood_set_count(set), 11);
	expect_code(brood_job_detach(scene.job), 0);
	scene.job = NULL;
	assert_int_equal(brood_set_count(set), 10);
	struct brood_event event;
	int r;
	while ((r = brood_set_next(set, PATIENCE, &event)) == 0)
		;
	expect_code(r, -ENOENT);
	assert_false(line_is_gone(&scene.line));
	brood_set_free(set);
	scene_end(&scene);
}

static struct brood_job *victim;

static int free_the_victim(void *data, const char *chunk, size_t length)
{
	(void)data;
	(void)chunk;
	(void)length;
	brood_job_free(victim);
	victim = NULL;
	return 1;
}

/* covers: API-SET.free-one */
static void a_job_may_be_freed_by_a_function_of_another_one(void **state)
{
	(void)state;
	for (int turn = 0; turn < 20; turn++) {
		struct brood_set *set = new_set();
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "x"),
			.out = brood_sink(free_the_victim, NULL));
		/* Both are ready in the same round. */
		struct brood_job *first = start_with(cmd, NULL);
		victim = start_with(with_lines(ACT("print", "1", "y\n")), NULL);
		await_zombie(brood_job_pid(first));
		await_zombie(brood_job_pid(victim));
		struct brood_job *added[] = { turn % 2 ? first : victim,
			turn % 2 ? victim : first };
		expect_code(brood_set_add(set, added[0], NULL), 0);
		expect_code(brood_set_add(set, added[1], NULL), 0);
		struct brood_event event;
		do
			event = next_in(set);
		while (event.kind != BROOD_EVENT_DONE || event.job != first);
		assert_null(victim);
		assert_int_equal(brood_set_count(set), 1);
		brood_set_free(set);
	}
}

/* covers: API-SET.free */
static void freeing_a_set_kills_what_runs(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct line line = line_open();
	struct brood_fd_map fds[] = { { line.writing, 3 } };
	struct brood_cmd cmd = with_chunks(
		ACT("ignore", "15", "ready", "fill", "1", "1000000", "pause"));
	cmd.fds = fds;
	cmd.n_fds = 1;
	pid_t pids[30];
	for (int i = 0; i < 30; i++) {
		pids[i] = brood_job_pid(add_to(set, cmd, NULL, NULL));
		assert_int_equal(line_ready(&line), 'r');
	}
	for (int i = 0; i < 10; i++)
		next_in(set);
	int64_t begin = now_ns();
	brood_set_free(set);
	assert_true(now_ns() - begin < 2 * BROOD_SECOND);
	line_gone(&line);
	for (int i = 0; i < 30; i++)
		reap_leftover(pids[i]);
}

/* covers: API-SET.wait */
static void a_job_of_a_set_can_be_waited_for(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct brood_event event;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("print", "1", "text"),
		.out = brood_capture(0, 0));
	struct brood_job *job = add_to(set, cmd, NULL, NULL);
	struct brood_job *pulled = add_to(set, with_lines(ACT("print", "1", "a\nb\n")), NULL, NULL);
	expect_code(brood_job_wait(job, BROOD_FOREVER, &result, NULL), 0);
	assert_string_equal(result.out.data, "text");
	brood_result_done(&result);
	expect_code(brood_job_wait(pulled, BROOD_FOREVER, NULL, NULL), 0);
	/* No event of theirs comes any more. */
	expect_code(brood_set_next(set, BROOD_FOREVER, &event), -ENOENT);
	expect_code(brood_job_wait(job, 0, &result, NULL), BROOD_EMISUSE);
	assert_int_equal(brood_set_count(set), 2);
	brood_set_free(set);
}

static void *next_long(void *data)
{
	struct brood_event event;
	int r;
	do
		r = brood_set_next(data, BROOD_FOREVER, &event);
	while (r == -EBUSY); /* the other thread was in the call */
	return (void *)(intptr_t)r;
}

static void *wait_long(void *data)
{
	int r;
	do
		r = brood_job_wait(data, BROOD_FOREVER, NULL, NULL);
	while (r == -EBUSY);
	return (void *)(intptr_t)r;
}

/* covers: API-SET.ebusy */
static void a_set_is_for_one_thread_at_a_time(void **state)
{
	(void)state;
	need_threads();
	struct scene scene;
	struct brood_set *set = new_set();
	struct brood_event event;
	pthread_t thread;
	void *code;
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	assert_int_equal(pthread_create(&thread, NULL, wait_long, scene.job), 0);
	while (brood_job_next(scene.job, 0, &event) != -EBUSY)
		;
	expect_code(brood_set_add(set, scene.job, NULL), -EBUSY);
	scene_release(&scene);
	pthread_join(thread, &code);
	expect_code((int)(intptr_t)code, 0);
	scene_end(&scene);

	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, next_long, set), 0);
	while (brood_set_next(set, 0, &event) != -EBUSY)
		;
	scene_release(&scene);
	pthread_join(thread, &code);
	expect_code((int)(intptr_t)code, 0);
	brood_set_free(set);
	scene.job = NULL;
	scene_end(&scene);
}

struct refused {
	struct brood_set *set;
	struct brood_job *job;
};

static bool is_refused(void *data)
{
	struct refused *refused = data;
	struct brood_event event;
	bool fine = brood_set_next(refused->set, 0, &event) == BROOD_EMISUSE &&
		    brood_set_add(refused->set, refused->job, NULL) == BROOD_EMISUSE &&
		    brood_set_pollfd(refused->set) == BROOD_EMISUSE;
	brood_set_free(refused->set);
	return fine;
}

/* covers: API-SET.misuse API-SET.fork */
static void misuse_of_a_set_is_refused(void **state)
{
	(void)state;
	struct brood_event event;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_set *set = new_set();
	struct brood_set *other = new_set();
	expect_code(brood_set_new(NULL, &error), BROOD_EMISUSE);
	expect_code(error.code, BROOD_EMISUSE);
	expect_code(brood_set_next(NULL, 0, &event), BROOD_EMISUSE);
	expect_code(brood_set_next(set, 0, NULL), BROOD_EMISUSE);
	expect_code(brood_set_pollfd(NULL), BROOD_EMISUSE);
	expect_code(brood_set_add(set, NULL, NULL), BROOD_EMISUSE);
	struct brood_job *job = start_with(quiet(ACT("exit", "0")), NULL);
	expect_code(brood_set_add(NULL, job, NULL), BROOD_EMISUSE);
	expect_code(brood_set_add(set, job, NULL), 0);
	expect_code(brood_set_add(set, job, NULL), BROOD_EMISUSE);
	expect_code(brood_set_add(other, job, NULL), BROOD_EMISUSE);
	struct brood_job *waited = start_with(quiet(ACT("exit", "0")), NULL);
	expect_code(brood_job_wait(waited, BROOD_FOREVER, NULL, NULL), 0);
	expect_code(brood_set_add(set, waited, NULL), BROOD_EMISUSE);
	brood_job_free(waited);
	struct brood_job *polled = start_with(quiet(ACT("exit", "0")), NULL);
	assert_true(brood_job_pollfd(polled) > 2);
	expect_code(brood_set_add(set, polled, NULL), BROOD_EMISUSE);
	expect_code(brood_job_wait(polled, BROOD_FOREVER, NULL, NULL), 0);
	brood_job_free(polled);
	assert_int_equal(brood_set_count(set), 1);
	struct refused refused = { set, job };
	in_fork(is_refused, &refused);
	/* The fork has freed its copy, and nothing of ours is gone. */
	expect_code(next_done(set).code, 0);
	brood_set_free(set);
	brood_set_free(other);
}

/* covers: API-SET.fork API-PFD.quiet */
static void descriptors_that_a_fork_holds_leave_nothing_behind(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct line line = line_open();
	struct brood_job *job = add_to(set, with_lines(ACT("print", "1", "x\n")), NULL, NULL);
	struct brood_job *other = add_to(set, quiet(ACT("pause")), NULL, NULL);
	int fd = brood_set_pollfd(set);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char byte;
		close(line.writing);
		_exit(read(line.reading, &byte, 1) == 0 ? 0 : 1);
	}
	struct brood_event event = next_done(set);
	assert_ptr_equal(event.job, job);
	brood_job_free(job);
	calm_set(set);
	expect_quiet(fd);
	close(line.writing);
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(line.reading);
	brood_job_free(other);
	brood_set_free(set);
}

/* covers: API-SET.pollfd API-PFD.readable API-PFD.quiet */
static void an_outer_loop_sleeps_through_nothing_and_is_not_woken_for_nothing(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_set *set = new_set();
	int before = hygiene_open_descriptors();
	int fd = brood_set_pollfd(set);
	assert_int_equal(hygiene_open_descriptors(), before + 1);
	assert_int_equal(brood_set_pollfd(set), fd);
	int outer = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event wanted = { .events = EPOLLIN };
	assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, fd, &wanted), 0);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("ready", "await", "4", "print", "1", "x\n"),
		.out = brood_lines(NULL, NULL, 0));
	struct brood_options hour = BROOD_OPTIONS(.timeout = BROOD_HOUR);
	scene_start(&scene, cmd, &hour, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	for (int i = 0; i < 50; i++)
		add_to(set, quiet(ACT("pause")), &hour, NULL);
	calm_set(set);
	assert_int_equal(epoll_wait(outer, &wanted, 1, 200), 0);
	/* A chunk and an end. */
	scene_release(&scene);
	int seen[8] = { 0 };
	struct brood_event event;
	while (!seen[BROOD_EVENT_DONE]) {
		assert_int_equal(epoll_wait(outer, &wanted, 1, 20000), 1);
		if (brood_set_next(set, 0, &event) == 0)
			seen[event.kind]++;
	}
	assert_int_equal(seen[BROOD_EVENT_LINE], 1);
	assert_int_equal(seen[BROOD_EVENT_STAGE_ENDED], 1);
	calm_set(set);
	assert_int_equal(epoll_wait(outer, &wanted, 1, 200), 0);
	/* A deadline, of a job that came later than all the others. */
	struct brood_options soon = BROOD_OPTIONS(.timeout = 100 * BROOD_MILLISECOND);
	struct brood_job *late = add_to(set, quiet(ACT("pause")), &soon, NULL);
	event.kind = 0;
	while (event.kind != BROOD_EVENT_DONE) {
		assert_int_equal(epoll_wait(outer, &wanted, 1, 20000), 1);
		look_once(set, &event);
	}
	assert_ptr_equal(event.job, late);
	expect_code(event.code, BROOD_ETIMEOUT);
	calm_set(set);
	assert_int_equal(epoll_wait(outer, &wanted, 1, 200), 0);
	close(outer);
	scene_end(&scene);
	brood_set_free(set);
}

/* covers: API-SET.etime */
static void a_wait_for_a_set_gives_up_in_time(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	struct brood_event event;
	add_to(set, quiet(ACT("pause")), NULL, NULL);
	expect_code(brood_set_next(set, 0, &event), -ETIME);
	expect_code(brood_set_next(set, -1, &event), -ETIME);
	int64_t begin = now_ns();
	expect_code(brood_set_next(set, 30 * BROOD_MILLISECOND, &event), -ETIME);
	assert_in_range(now_ns() - begin, 30 * BROOD_MILLISECOND, 10 * BROOD_SECOND);
	brood_set_free(set);
}

/* covers: API-SET.tree */
static void trees_are_kept_in_a_set_too(void **state)
{
	(void)state;
	need_guard();
	struct brood_set *set = new_set();
	struct brood_stop steps[] = { { SIGTERM, 0, 20 * BROOD_MILLISECOND } };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE, .stop = steps,
		.n_stop = 1);
	struct line line = line_open();
	struct line control = line_open();
	struct brood_fd_map fds[] = { { line.writing, 3 }, { control.reading, 4 } };
	struct brood_job *jobs[10];
	for (int i = 0; i < 10; i++) {
		struct brood_cmd leaves = quiet(ACT("{", "setsid", "ignore", "15", "ready", "pause",
			"}", "await", "4", "exit", "0"));
		struct brood_cmd stays = quiet(
			ACT("{", "setsid", "ignore", "15", "ready", "pause", "}", "pause"));
		struct brood_cmd cmd = i % 2 ? leaves : stays;
		cmd.fds = fds;
		cmd.n_fds = 2;
		jobs[i] = add_to(set, cmd, &options, (void *)(intptr_t)(i % 2));
		assert_int_equal(line_ready(&line), 'r');
	}
	line_started(&line);
	line_started(&control);
	for (int i = 0; i < 10; i += 2)
		expect_code(brood_job_stop(jobs[i]), 0);
	for (int i = 0; i < 10; i++) {
		struct brood_event event = next_done(set);
		expect_code(event.code, event.user_data ? 0 : BROOD_ECANCELED);
		brood_job_free(event.job);
	}
	assert_true(line_is_gone(&line));
	line_gone(&line);
	close(control.reading);
	brood_set_free(set);
}

/* covers: API-SET.tree API-SET.free */
static void freeing_a_set_takes_trees_along(void **state)
{
	(void)state;
	need_guard();
	struct brood_set *set = new_set();
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	struct line line = line_open();
	struct brood_fd_map fds[] = { { line.writing, 3 } };
	struct brood_cmd cmd = quiet(
		ACT("{", "setsid", "ignore", "15", "ready", "pause", "}", "ignore", "15", "pause"));
	pid_t pids[10];
	cmd.fds = fds;
	cmd.n_fds = 1;
	for (int i = 0; i < 10; i++) {
		pids[i] = brood_job_pid(add_to(set, cmd, &options, NULL));
		assert_int_equal(line_ready(&line), 'r');
	}
	brood_set_free(set);
	line_gone(&line);
	for (int i = 0; i < 10; i++)
		reap_leftover(pids[i]);
}

/* covers: API-SET.thief */
static void a_thief_keeps_no_set_waiting(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	for (int i = 0; i < 10; i++) {
		struct brood_job *job = add_to(set, quiet(ACT("exit", "3")), NULL, NULL);
		int status = 0;
		assert_int_equal(waitpid(brood_job_pid(job), &status, 0), brood_job_pid(job));
	}
	for (int i = 0; i < 10; i++) {
		struct brood_event event = next_done(set);
		struct brood_result result = BROOD_RESULT_INIT;
		expect_code(brood_job_wait(event.job, 0, &result, NULL), event.code);
		if (event.code == BROOD_EEXIT) {
			assert_int_equal(result.stages[0].exit_code, 3);
			assert_true(result.notes & BROOD_NOTE_STATUS_RECOVERED);
		} else {
			expect_code(event.code, BROOD_ELOST);
		}
		brood_result_done(&result);
	}
	brood_set_free(set);
}

/* covers: API-SET.delay */
static void the_wait_delay_holds_in_a_set(void **state)
{
	(void)state;
	struct scene scene;
	struct brood_set *set = new_set();
	struct brood_options options = BROOD_OPTIONS(.wait_delay = 100 * BROOD_MILLISECOND);
	struct brood_cmd cmd = BROOD_CMD(.argv = ACT("{", "ready", "await", "4", "}", "exit", "0"),
		.out = brood_lines(NULL, NULL, 0));
	scene_start(&scene, cmd, &options, 1);
	expect_code(brood_set_add(set, scene.job, NULL), 0);
	int64_t begin = now_ns();
	expect_code(next_done(set).code, BROOD_EWAITDELAY);
	assert_in_range(now_ns() - begin, 50 * BROOD_MILLISECOND, 4 * BROOD_SECOND);
	scene_end(&scene);
	brood_set_free(set);
}

static int64_t read_one(void *data, char *buffer, size_t size)
{
	(void)size;
	ssize_t n = read(*(int *)data, buffer, 1);
	return n < 0 && errno == EAGAIN ? 0 : n;
}

/* covers: API-SET.source */
static void two_jobs_may_read_from_one_descriptor(void **state)
{
	(void)state;
	struct brood_set *set = new_set();
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	size_t total = 0;
	for (int i = 0; i < 2; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = ACT("copy", "0", "1"),
			.in = brood_source(read_one, &ends[0]), .out = brood_sink(NULL, NULL));
		cmd.in.fd = ends[0];
		add_to(set, cmd, NULL, NULL);
	}
	calm_set(set);
	assert_int_equal(write(ends[1], "abcdefgh", 8), 8);
	close(ends[1]);
	for (int n_done = 0; n_done < 2;) {
		struct brood_event event = next_in(set);
		total += event.kind == BROOD_EVENT_CHUNK ? event.length : 0;
		if (event.kind == BROOD_EVENT_DONE) {
			expect_code(event.code, 0);
			n_done++;
		}
	}
	assert_int_equal(total, 8);
	brood_set_free(set);
	close(ends[0]);
}

/* The lowest number that is free. */
static int lowest_free(void)
{
	int fd = dup(0);
	assert_true(fd >= 0);
	close(fd);
	return fd;
}

/* covers: API-SET.emfile API-PFD.emfile */
static void without_descriptors_nothing_is_made_and_nothing_left(void **state)
{
	(void)state;
	struct rlimit old;
	struct brood_set *set = new_set();
	struct brood_set *other = set;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = start_with(quiet(ACT("pause")), NULL);
	struct brood_job *mine = add_to(set, quiet(ACT("exit", "0")), NULL, NULL);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	int free_fd = lowest_free();
	int open = hygiene_open_descriptors();
	for (int more = 0; more < 3; more++) {
		struct rlimit tight = { (rlim_t)free_fd + (rlim_t)more, old.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
		if (more < 2) {
			expect_code(brood_set_new(&other, &error), -EMFILE);
			assert_null(other);
			expect_code(error.code, -EMFILE);
		}
		expect_code(brood_job_pollfd(job), -EMFILE);
		if (more == 0)
			expect_code(brood_set_pollfd(set), -EMFILE);
		/* They go on as before. */
		expect_code(brood_job_step(job), 0);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		assert_int_equal(hygiene_open_descriptors(), open);
	}
	assert_true(brood_job_pollfd(job) > 2);
	assert_ptr_equal(next_done(set).job, mine);
	brood_job_free(job);
	brood_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(an_empty_set_has_nothing_to_tell),
		hygienic(each_job_is_told_with_its_data_and_done_once),
		hygienic(a_stage_that_ends_first_is_told_at_once),
		hygienic(a_thousand_jobs_of_all_sorts_go_through),
		hygienic(a_plain_job_takes_less_than_two_kilobytes),
		hygienic(a_job_that_talks_much_does_not_keep_the_others),
		hygienic(a_caller_that_takes_its_time_does_not_hold_up_limits),
		hygienic(a_job_that_nobody_listens_to_stays_small),
		hygienic(a_stop_by_another_thread_reaches_a_set),
		hygienic(a_stop_is_heard_though_another_job_was_waited_for_meanwhile),
		hygienic(a_job_that_was_told_to_stop_before_can_be_added),
		hygienic(a_handler_can_stop_many_while_the_set_sleeps),
		hygienic(threads_may_stop_while_the_set_is_busy),
		hygienic(a_context_that_is_cancelled_ends_all_its_jobs),
		hygienic(a_cancelled_context_does_not_keep_an_event_loop_busy),
		hygienic(the_deadline_of_a_context_is_that_of_its_jobs),
		hygienic(jobs_can_be_freed_and_detached_at_any_time),
		hygienic(a_job_may_be_freed_by_a_function_of_another_one),
		hygienic(freeing_a_set_kills_what_runs),
		hygienic(a_job_of_a_set_can_be_waited_for),
		hygienic(a_set_is_for_one_thread_at_a_time),
		hygienic(misuse_of_a_set_is_refused),
		hygienic(descriptors_that_a_fork_holds_leave_nothing_behind),
		hygienic(an_outer_loop_sleeps_through_nothing_and_is_not_woken_for_nothing),
		hygienic(a_wait_for_a_set_gives_up_in_time),
		hygienic(trees_are_kept_in_a_set_too),
		hygienic(freeing_a_set_takes_trees_along),
		hygienic(a_thief_keeps_no_set_waiting),
		hygienic(the_wait_delay_holds_in_a_set),
		hygienic(two_jobs_may_read_from_one_descriptor),
		hygienic(without_descriptors_nothing_is_made_and_nothing_left),
	};
	return hygiene_run("sets", tests);
}
