/* SPDX-License-Identifier: MIT */
/* A front whose guard lies: the guard's end of the socket is held by the test. */

#include "job/job.h"
#include "sys/clock.h"
#include "sys/fd.h"

#include <brood/error.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The patience with a guard that is behind, and what a busy machine may add. */
#define PATIENCE (2 * BROOD_SECOND)
#define SLACK    (2 * BROOD_SECOND)

static const struct brood_stop hasty = { SIGTERM, 0, 50 * BROOD_MILLISECOND };

/* A job below a guard whose words are ours. The real one is stopped and out of the way. */
struct stage {
	struct brood_job *job;
	struct brood__guard_report picture; /* as the real one has said it */
	int tongue;                         /* the guard's end */
	pid_t guard;
	int n_fds;
};

static int count_fds(void)
{
	int n = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void set_up(struct stage *stage, uint64_t flags, brood_duration timeout)
{
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE | flags,
		.tree = BROOD_TREE_GUARD, .timeout = timeout, .stop = &hasty, .n_stop = 1);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/bin/sleep", "100"));
	int ends[2];
	stage->n_fds = count_fds();
	assert_int_equal(brood_start(&stage->job, &cmd, 1, &options, NULL), 0);
	stage->guard = stage->job->stages[0].tree->guard.pid;
	assert_int_equal(kill(stage->guard, SIGSTOP), 0);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	/* The real guard keeps its end, and sees that it is closed when it wakes up. */
	assert_int_equal(dup3(ends[0], stage->job->stages[0].tree->guard.socket, O_CLOEXEC),
		stage->job->stages[0].tree->guard.socket);
	close(ends[0]);
	stage->tongue = ends[1];
	stage->picture = stage->job->stages[0].tree->guard.last;
}

/* Waits to the end of the job; it must not take longer than what is documented. */
static int wait_soon(struct stage *stage, struct brood_result *result, brood_duration within)
{
	int64_t begin = brood__clock_now();
	int r = brood_job_wait(stage->job, BROOD_FOREVER, result, NULL);
	assert_true(brood__clock_now() - begin < within + SLACK);
	return r;
}

/* Nothing is left: no process of ours, no descriptor. */
static void tear_down(struct stage *stage)
{
	brood_job_free(stage->job);
	if (stage->tongue >= 0)
		close(stage->tongue);
	kill(stage->guard, SIGCONT);
	int status;
	while (waitpid(-1, &status, __WALL) > 0)
		;
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count_fds(), stage->n_fds);
}

static void say(struct stage *stage, const void *bytes, size_t length)
{
	assert_int_equal(send(stage->tongue, bytes, length, 0), length);
}

static void say_picture(struct stage *stage, uint32_t flags)
{
	stage->picture.flags |= flags;
	say(stage, &stage->picture, sizeof stage->picture);
}

static void expect_lost(struct stage *stage, int code)
{
	struct brood_result result = BROOD_RESULT_INIT;
	assert_int_equal(wait_soon(stage, &result, PATIENCE + BROOD_SECOND), code);
	assert_true(result.notes & BROOD_NOTE_GUARD_LOST);
	brood_result_done(&result);
	tear_down(stage);
}

static void nonsense_is_not_believed(void **state)
{
	(void)state;
	static const size_t lengths[] = { 1, sizeof(struct brood__guard_report) - 1,
		sizeof(struct brood__guard_report), sizeof(struct brood__guard_report) + 1, 4096 };
	unsigned char garbage[4096];
	memset(garbage, 0xa5, sizeof garbage);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct stage stage;
		set_up(&stage, 0, 0);
		say(&stage, garbage, lengths[i]);
		expect_lost(&stage, -EOWNERDEAD);
	}
}

static void an_end_that_has_not_come_is_not_believed(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct stage stage;
		set_up(&stage, 0, 0);
		stage.picture.code = CLD_EXITED;
		stage.picture.status = 0;
		say_picture(&stage, BROOD__GUARD_ENDED | (i ? (uint32_t)BROOD__GUARD_EMPTY : 0));
		expect_lost(&stage, -EOWNERDEAD);
	}
}

static void nobody_takes_his_words_back(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct stage stage;
		set_up(&stage, 0, 0);
		if (i == 0)
			stage.picture.pid++;
		if (i == 1)
			stage.picture.flags = 0;
		if (i == 2)
			stage.picture.flags |= BROOD__GUARD_FAILED;
		say_picture(&stage, 0);
		expect_lost(&stage, -EOWNERDEAD);
	}
}

static void a_closed_socket_is_the_end_of_a_guard(void **state)
{
	(void)state;
	struct stage stage;
	set_up(&stage, 0, 0);
	close(stage.tongue);
	stage.tongue = -1;
	expect_lost(&stage, -EOWNERDEAD);
}

static void one_who_says_nothing_is_not_waited_for(void **state)
{
	(void)state;
	struct stage stage;
	set_up(&stage, 0, 100 * BROOD_MILLISECOND);
	expect_lost(&stage, BROOD_ETIMEOUT);
}

static void one_who_only_pretends_to_stop_is_not_waited_for(void **state)
{
	(void)state;
	struct stage stage;
	set_up(&stage, 0, 0);
	stage.picture.reason = BROOD__STOP_CANCEL;
	say_picture(&stage, BROOD__GUARD_STOPPING);
	expect_lost(&stage, BROOD_ECANCELED);
}

/* What it says of others is not taken for a reason to wait without end. */
static void one_who_says_that_nothing_helps_is_not_waited_for(void **state)
{
	(void)state;
	struct stage stage;
	struct brood_result result = BROOD_RESULT_INIT;
	set_up(&stage, 0, 0);
	say_picture(&stage, BROOD__GUARD_STUCK);
	int r = wait_soon(&stage, &result, PATIENCE + BROOD_SECOND);
	assert_true(r < 0);
	assert_int_not_equal(result.stages[0].how, BROOD_EXITED);
	brood_result_done(&result);
	tear_down(&stage);
}

/* The job has ended, and the guard never says that the rest has. */
static void one_who_never_finishes_is_not_waited_for(void **state)
{
	(void)state;
	struct stage stage;
	struct brood_result result = BROOD_RESULT_INIT;
	set_up(&stage, 0, 0);
	assert_int_equal(kill(stage.job->stages[0].process.pid, SIGKILL), 0);
	struct pollfd end = { .fd = stage.job->stages[0].process.pidfd, .events = POLLIN };
	assert_int_equal(poll(&end, 1, 20000), 1);
	stage.picture.code = CLD_KILLED;
	stage.picture.status = SIGKILL;
	say_picture(&stage, BROOD__GUARD_ENDED);
	assert_int_equal(wait_soon(&stage, &result, PATIENCE + BROOD_SECOND), BROOD_EEXIT);
	assert_int_equal(result.stages[0].signal, SIGKILL);
	assert_true(result.notes & BROOD_NOTE_GUARD_LOST);
	brood_result_done(&result);
	tear_down(&stage);
}

static void a_flood_of_reports_does_not_keep_a_limit_from_striking(void **state)
{
	(void)state;
	struct stage stage;
	set_up(&stage, 0, 0);
	for (int i = 0; i < 100; i++) {
		if (send(stage.tongue, &stage.picture, sizeof stage.picture, MSG_DONTWAIT) < 0)
			break;
	}
	assert_int_equal(brood_job_wait(stage.job, BROOD_MILLISECOND, NULL, NULL), -ETIME);
	assert_int_equal(brood_job_stop(stage.job), 0);
	expect_lost(&stage, BROOD_ECANCELED);
}

/* A request that the guard does not take must not block whoever makes it. */
static void one_who_does_not_listen_is_not_waited_for(void **state)
{
	(void)state;
	struct stage stage;
	set_up(&stage, 0, 0);
	struct brood__guard_request request = { .magic = BROOD__GUARD_MAGIC,
		.what = BROOD__GUARD_SIGNAL };
	while (send(stage.job->stages[0].tree->guard.socket, &request, sizeof request,
		       MSG_DONTWAIT) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(brood_job_signal(stage.job, 0), 0);
	assert_int_equal(brood_job_signal(stage.job, SIGCONT), 0);
	assert_int_equal(brood_job_stop(stage.job), 0);
	expect_lost(&stage, BROOD_ECANCELED);
}

/* Descriptors that come with a report are nobody's. */
static void descriptors_that_were_not_asked_for_are_not_kept(void **state)
{
	(void)state;
	struct stage stage;
	set_up(&stage, 0, 0);
	int before = count_fds();
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control = { .header = { CMSG_LEN(4 * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec part = { &stage.picture, sizeof stage.picture };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control.bytes };
	for (int i = 0; i < 4; i++)
		((int *)(void *)CMSG_DATA(&control.header))[i] = i % 3;
	assert_int_equal(sendmsg(stage.tongue, &message, 0), sizeof stage.picture);
	assert_int_equal(brood__guard_hear(&stage.job->stages[0].tree->guard), 1);
	assert_int_equal(count_fds(), before);
	close(stage.tongue);
	stage.tongue = -1;
	expect_lost(&stage, -EOWNERDEAD);
}

int main(void)
{
	const char *list = getenv("BROOD_TEST_DENIED");
	if (list && strstr(list, "valgrind")) {
		puts("1..0 # SKIP valgrind does not let a guard be executed");
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_not_believed),
		cmocka_unit_test(an_end_that_has_not_come_is_not_believed),
		cmocka_unit_test(nobody_takes_his_words_back),
		cmocka_unit_test(a_closed_socket_is_the_end_of_a_guard),
		cmocka_unit_test(one_who_says_nothing_is_not_waited_for),
		cmocka_unit_test(one_who_only_pretends_to_stop_is_not_waited_for),
		cmocka_unit_test(one_who_says_that_nothing_helps_is_not_waited_for),
		cmocka_unit_test(one_who_never_finishes_is_not_waited_for),
		cmocka_unit_test(a_flood_of_reports_does_not_keep_a_limit_from_striking),
		cmocka_unit_test(one_who_does_not_listen_is_not_waited_for),
		cmocka_unit_test(descriptors_that_were_not_asked_for_are_not_kept),
	};
	/* What a lost guard leaves is ours to reap. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return cmocka_run_group_tests_name("guard that lies", tests, NULL, NULL);
}
