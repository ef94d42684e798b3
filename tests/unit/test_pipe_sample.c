/* SPDX-License-Identifier: MIT */
/* Looking at stages: what is seen is true, and nothing changes by being looked at. */
#include "pipe/stats_sample.h"

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST 3

/* Programs joined by pipes, and what was seen of them. */
struct watched {
	struct brood_job *job;
	size_t n;
	pid_t pids[MOST];
	struct stats_sample samples[MOST]; /* the last one when it was alive */
	long looks;
	long queues;  /* how often a pipe could be asked */
	long volumes; /* how often those of a stage were known */
	int64_t most_queued;
};

#define YES      BROOD_ARGV("yes")
#define HEAD     BROOD_ARGV("head", "-c", "100000")
#define ONE_LINE BROOD_ARGV("head", "-n", "1")
#define CAT      BROOD_ARGV("cat")
#define ZEROS    BROOD_ARGV("head", "-c", "50000000", "/dev/zero")
#define COUNT    BROOD_ARGV("wc", "-c")

static void start(struct watched *watched, uint64_t flags, size_t n, char *const *const *argvs)
{
	struct brood_cmd cmds[MOST];
	struct brood_options options = BROOD_OPTIONS(.flags = flags);
	struct brood_status status = BROOD_STATUS_INIT;

	*watched = (struct watched){ .n = n };
	for (size_t i = 0; i < n; i++)
		cmds[i] = (struct brood_cmd)BROOD_CMD(.argv = argvs[i]);
	cmds[n - 1].out = brood_capture(0, 0);
	assert_int_equal(brood_start(&watched->job, cmds, n, &options, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(brood_job_status(watched->job, i, &status), 0);
		watched->pids[i] = status.pid;
	}
}

static void look(struct watched *watched)
{
	struct stats_sample sample;
	struct stats_queue queue;

	for (size_t i = 0; i < watched->n; i++) {
		stats_sample_stage(watched->pids[i], &sample);
		if (sample.is_known && sample.wait != STATS_UNKNOWN)
			watched->samples[i] = sample;
		watched->volumes += sample.is_known && sample.has_volumes;
		if (i == 0)
			continue;
		stats_sample_queue(watched->pids[i], watched->pids[i - 1], &queue);
		watched->queues += queue.bytes >= 0;
		if (queue.bytes > watched->most_queued)
			watched->most_queued = queue.bytes;
	}
	watched->looks++;
}

/* Looks as often as it can until all have ended. */
static int finish(struct watched *watched, struct brood_result *result)
{
	struct brood_event event;
	int r;

	do {
		look(watched);
		r = brood_job_next(watched->job, 0, &event);
		assert_true(r == 0 || r == -ETIME);
	} while (r != 0 || event.kind != BROOD_EVENT_DONE);
	r = brood_job_wait(watched->job, BROOD_FOREVER, result, NULL);
	brood_job_free(watched->job);
	return r;
}

static const uint64_t ways[] = { 0, BROOD_KILL_TREE };

static void a_writer_has_its_sigpipe_however_often_it_is_looked_at(void **state)
{
	char *const *const argvs[] = { YES, ONE_LINE };
	long queues = 0;

	(void)state;
	for (size_t way = 0; way < 2; way++)
		for (int i = 0; i < 200; i++) {
			struct brood_result result = BROOD_RESULT_INIT;
			struct watched watched;
			start(&watched, ways[way], 2, argvs);
			assert_int_equal(finish(&watched, &result), 0);
			assert_int_equal(result.stages[0].how, BROOD_SIGNALED);
			assert_int_equal(result.stages[0].signal, SIGPIPE);
			assert_int_equal(result.stages[1].how, BROOD_EXITED);
			assert_int_equal(result.stages[1].exit_code, 0);
			assert_string_equal(result.out.data, "y\n");
			queues += watched.queues;
			brood_result_done(&result);
		}
	assert_true(queues > 0);
}

static void a_reader_has_its_end_and_every_byte_however_often_it_is_looked_at(void **state)
{
	char *const *const argvs[] = { ZEROS, CAT, COUNT };
	int64_t most = 0;

	(void)state;
	for (size_t way = 0; way < 2; way++)
		for (int i = 0; i < 10; i++) {
			struct brood_result result = BROOD_RESULT_INIT;
			struct watched watched;
			start(&watched, ways[way], 3, argvs);
			assert_int_equal(finish(&watched, &result), 0);
			assert_string_equal(result.out.data, "50000000\n");
			most = watched.most_queued > most ? watched.most_queued : most;
			brood_result_done(&result);
		}
	assert_true(most > 0);
}

/* Waits until the stage is seen to do that. */
static void look_until(struct watched *watched, size_t i, enum stats_wait wait)
{
	do
		look(watched);
	while (watched->samples[i].wait != wait);
}

static void full_and_empty_pipes_and_who_waits_for_them_are_seen(void **state)
{
	char *const *const argvs[] = { YES, CAT, COUNT };
	struct brood_result result = BROOD_RESULT_INIT;
	struct stats_queue queue;
	struct watched watched;

	(void)state;
	start(&watched, BROOD_KILL_TREE, 3, argvs);
	kill(watched.pids[1], SIGSTOP);
	look_until(&watched, 1, STATS_STOPPED);
	look_until(&watched, 0, STATS_WRITES);
	stats_sample_queue(watched.pids[1], watched.pids[0], &queue);
	assert_true(queue.capacity >= 4096);
	assert_int_equal(queue.bytes, queue.capacity);
	look_until(&watched, 2, STATS_READS);
	stats_sample_queue(watched.pids[2], watched.pids[1], &queue);
	assert_int_equal(queue.bytes, 0);
	kill(watched.pids[0], SIGKILL);
	kill(watched.pids[1], SIGCONT);
	assert_int_equal(finish(&watched, &result), BROOD_EEXIT);
	assert_int_equal(result.stages[2].exit_code, 0);
	brood_result_done(&result);
}

static void volumes_and_processor_are_those_of_all_its_processes(void **state)
{
	struct watched watched = { .n = 2 };
	struct stats_sample sample;

	(void)state;
	struct brood_cmd cmds[2] = {
		BROOD_CMD(.argv = BROOD_ARGV("sh", "-c",
				  "head -c 30000000 /dev/zero | cat; (head -c 20000000 /dev/zero & wait); read x"),
			.in = brood_pipe()),
		BROOD_CMD(.argv = CAT, .out = brood_null())
	};
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	struct brood_status status = BROOD_STATUS_INIT;
	assert_int_equal(brood_start(&watched.job, cmds, 2, &options, NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(brood_job_status(watched.job, i, &status), 0);
		watched.pids[i] = status.pid;
	}
	do
		stats_sample_stage(watched.pids[1], &sample);
	while (sample.counts.of[STATS_COUNT_READ] < 50000000 ||
		sample.counts.of[STATS_COUNT_WRITTEN] < 50000000 || sample.wait != STATS_READS);
	assert_in_range(sample.counts.of[STATS_COUNT_READ], 50000000, 50200000);
	assert_in_range(sample.counts.of[STATS_COUNT_WRITTEN], 50000000, 50200000);
	/* What the inner cat has read and written counts too, once its end has been taken. */
	do
		stats_sample_stage(watched.pids[0], &sample);
	while (sample.wait != STATS_READS || sample.counts.of[STATS_COUNT_WRITTEN] < 80000000);
	assert_in_range(sample.counts.of[STATS_COUNT_WRITTEN], 80000000, 80500000);
	assert_true(sample.counts.of[STATS_COUNT_CPU] > 0);
	assert_int_equal(brood_job_close(watched.job, 0, 0), 0);
	assert_int_equal(brood_job_wait(watched.job, BROOD_FOREVER, NULL, NULL), BROOD_EEXIT);
	brood_job_free(watched.job);
}

static void orphans_count_and_what_has_ended_is_known_to_the_guard_and_then_to_us(void **state)
{
	struct brood_cmd cmd = BROOD_CMD(.in = brood_pipe(), .out = brood_null(),
		.argv = BROOD_ARGV(
			"sh", "-c", "( (head -c 30000000 /dev/zero; read x <&3) & ) 3<&0; read y"));
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	struct brood_status status = BROOD_STATUS_INIT;
	struct stats_sample sample, last;
	struct stats_counts before, after;
	struct brood_job *job;

	(void)state;
	assert_true(stats_sample_children(&before));
	assert_int_equal(brood_start(&job, &cmd, 1, &options, NULL), 0);
	assert_int_equal(brood_job_status(job, 0, &status), 0);
	do
		stats_sample_stage(status.pid, &sample);
	while (sample.counts.of[STATS_COUNT_WRITTEN] < 30000000);
	assert_in_range(sample.counts.of[STATS_COUNT_WRITTEN], 30000000, 30100000);
	do
		assert_int_equal(stats_sample_end(&sample, &last), STATS_END_KNOWN);
	while (last.counts.of[STATS_COUNT_WRITTEN] < 30000000);
	assert_int_equal(brood_job_close(job, 0, 0), 0);
	assert_int_equal(brood_job_wait(job, BROOD_FOREVER, NULL, NULL), BROOD_EEXIT);
	brood_job_free(job);
	assert_int_equal(stats_sample_end(&sample, &last), STATS_END_REAPED);
	assert_true(stats_sample_children(&after));
	assert_in_range(
		after.of[STATS_COUNT_WRITTEN] - before.of[STATS_COUNT_WRITTEN], 30000000, 30200000);
}

static void write_much(void)
{
	static char bytes[1 << 20];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
	close(fd);
}

static void *write_and_tell(void *data)
{
	write_much();
	stats_sample_thread(data);
	return NULL;
}

static void a_thread_of_ours_is_no_child(void **state)
{
	struct stats_counts before, own, after;
	pthread_t thread;
	int64_t written = 0;

	(void)state;
	write_much();
	assert_true(stats_sample_children(&before));
	assert_int_equal(pthread_create(&thread, NULL, write_and_tell, &own), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_in_range(own.of[STATS_COUNT_WRITTEN], 1 << 20, (1 << 20) + 4096);
	/* The kernel lets go of it a moment after we have heard of its end. */
	while (written == 0) {
		assert_true(stats_sample_children(&after));
		written = after.of[STATS_COUNT_WRITTEN] - before.of[STATS_COUNT_WRITTEN];
	}
	assert_int_equal(written, own.of[STATS_COUNT_WRITTEN]);
}

static void nothing_is_known_of_nobody(void **state)
{
	struct stats_sample sample = { .is_known = true };
	struct stats_queue queue = { 1, 1 };
	pid_t gone = fork();

	(void)state;
	if (gone == 0)
		_exit(0);
	assert_int_equal(waitpid(gone, NULL, 0), gone);
	stats_sample_stage(gone, &sample);
	assert_false(sample.is_known);
	stats_sample_stage(0, &sample);
	assert_false(sample.is_known);
	stats_sample_queue(gone, 0, &queue);
	assert_int_equal(queue.bytes, -1);
	assert_int_equal(queue.capacity, -1);
}

static void what_may_not_be_looked_at_is_not_known(void **state)
{
	struct stats_sample sample;
	struct stats_queue queue;
	int ready[2], data[2];
	char byte;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(pipe(ready) | pipe(data), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(data[0], STDIN_FILENO);
		close(data[1]);
		(void)!write(ready[1], "", 1);
		_exit(read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	pid_t looker = fork();
	if (looker == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(2);
		stats_sample_stage(child, &sample);
		stats_sample_queue(child, 0, &queue);
		_exit(sample.is_known && !sample.has_volumes && queue.bytes == -1 ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(looker, &status, 0), looker);
	assert_int_equal(status, 0);
	close(data[0]);
	close(data[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void an_ordinary_user_sees_what_is_his(void **state)
{
	int status;

	(void)state;
	pid_t user = fork();
	if (user == 0) {
		char *const *const argvs[] = { YES, CAT, HEAD };
		struct brood_result result = BROOD_RESULT_INIT;
		struct watched watched;
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(2);
		prctl(PR_SET_DUMPABLE, 1);
		start(&watched, BROOD_KILL_TREE, 3, argvs);
		kill(watched.pids[2], SIGSTOP);
		look_until(&watched, 2, STATS_STOPPED);
		look_until(&watched, 0, STATS_WRITES);
		kill(watched.pids[2], SIGCONT);
		(void)finish(&watched, &result);
		/* In those that are ending nobody may look any more. */
		bool is_seen = watched.volumes > 0 && watched.queues > 0 && watched.most_queued > 0;
		_exit(is_seen ? 0 : 1);
	}
	assert_int_equal(waitpid(user, &status, 0), user);
	assert_int_equal(status, 0);
}

static void names_in_the_kernel_are_sorted(void **state)
{
	static const struct {
		char state;
		const char *place;
		enum stats_wait wait;
	} cases[] = { { 'R', "0", STATS_RUNS }, { 'D', "pipe_read", STATS_DISK },
		{ 'T', "", STATS_STOPPED }, { 't', "", STATS_STOPPED }, { 'Z', "", STATS_UNKNOWN },
		{ 'X', "pipe_read", STATS_UNKNOWN }, { 'S', "", STATS_POLLS },
		{ 'S', "0", STATS_POLLS }, { 'S', "pipe_read", STATS_READS },
		{ 'S', "anon_pipe_read", STATS_READS }, { 'S', "pipe_write", STATS_WRITES },
		{ 'S', "anon_pipe_write", STATS_WRITES },
		{ 'S', "pipe_wait_readable", STATS_READS }, { 'S', "pipe_wait", STATS_POLLS },
		{ 'S', "do_sys_poll", STATS_POLLS }, { 'S', "do_select", STATS_POLLS },
		{ 'S', "ep_poll", STATS_POLLS }, { 'S', "do_wait", STATS_CHILDREN },
		{ 'S', "sk_stream_wait_memory", STATS_NETWORK },
		{ 'S', "unix_stream_read_generic", STATS_NETWORK },
		{ 'S', "hrtimer_nanosleep", STATS_SLEEPS },
		{ 'S', "futex_wait_queue", STATS_SLEEPS }, { 'S', "n_tty_read", STATS_READS } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(stats_wait_of(cases[i].state, cases[i].place), cases[i].wait);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_writer_has_its_sigpipe_however_often_it_is_looked_at),
		cmocka_unit_test(a_reader_has_its_end_and_every_byte_however_often_it_is_looked_at),
		cmocka_unit_test(full_and_empty_pipes_and_who_waits_for_them_are_seen),
		cmocka_unit_test(volumes_and_processor_are_those_of_all_its_processes),
		cmocka_unit_test(
			orphans_count_and_what_has_ended_is_known_to_the_guard_and_then_to_us),
		cmocka_unit_test(a_thread_of_ours_is_no_child),
		cmocka_unit_test(nothing_is_known_of_nobody),
		cmocka_unit_test(what_may_not_be_looked_at_is_not_known),
		cmocka_unit_test(an_ordinary_user_sees_what_is_his),
		cmocka_unit_test(names_in_the_kernel_are_sorted),
	};

	if (!stats_can_sample())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
