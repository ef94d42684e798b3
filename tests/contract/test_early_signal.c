/* SPDX-License-Identifier: MIT */
/*
 * Signals that come while a child is prepared. A filter on the thread that starts it holds the
 * child within chdir, so that the signal certainly comes then.
 */
#include "check.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Of linux/seccomp.h, which not every libc has. */
struct filter_line {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};
struct filter {
	unsigned short length;
	const struct filter_line *lines;
};
struct notice {
	uint64_t id;
	uint32_t pid, flags;
	struct {
		int number;
		uint32_t processor;
		uint64_t at, arguments[6];
	} data;
};
struct answer {
	uint64_t id;
	int64_t value;
	int32_t error;
	uint32_t flags;
};
enum { SET_FILTER = 1, NEW_LISTENER = 8, GO_ON = 1 };
#define NOTICE_RECEIVE _IOWR('!', 0, struct notice)
#define NOTICE_ANSWER  _IOWR('!', 1, struct answer)

/* What both threads know. */
struct held {
	int listener; /* -1: there is none */
	bool has_listener;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct brood_job *job;
	int code;
	struct brood_error error;
	int signal;
	atomic_bool is_over;
};

static void say_listener(struct held *held, int listener)
{
	pthread_mutex_lock(&held->lock);
	held->listener = listener;
	held->has_listener = true;
	pthread_cond_signal(&held->changed);
	pthread_mutex_unlock(&held->lock);
}

static void *start_held(void *data)
{
	struct held *held = data;
	const struct filter_line lines[] = { { 0x20, 0, 0, 0 }, { 0x15, 0, 1, SYS_chdir },
		{ 0x06, 0, 0, 0x7fc00000 }, { 0x06, 0, 0, 0x7fff0000 } };
	const struct filter filter = { 4, lines };
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	cmd.dir = "/";
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	int listener = (int)syscall(SYS_seccomp, SET_FILTER, NEW_LISTENER, &filter);
	say_listener(held, listener);
	if (listener >= 0)
		held->code = brood_start(&held->job, &cmd, 1, NULL, &held->error);
	return NULL;
}

/* Sends the signal to the first that calls chdir, the child, and lets everybody go on. */
static void *hold(void *data)
{
	struct held *held = data;
	bool is_first = true;
	/* Not every kernel wakes who waits when the last of those who have the filter is gone. */
	while (!atomic_load(&held->is_over)) {
		struct pollfd listener = { .fd = held->listener, .events = POLLIN };
		if (poll(&listener, 1, 10) <= 0 || !(listener.revents & POLLIN))
			continue;
		struct notice notice = { .id = 0 };
		/* By the call itself: its numbers do not fit into the int that musl's ioctl()
		 * takes. */
		if (syscall(SYS_ioctl, held->listener, NOTICE_RECEIVE, &notice) < 0)
			continue;
		if (is_first)
			kill((pid_t)notice.pid, held->signal);
		is_first = false;
		struct answer answer = { .id = notice.id, .flags = GO_ON };
		syscall(SYS_ioctl, held->listener, NOTICE_ANSWER, &answer);
	}
	return NULL;
}

static void early_scene(void *data)
{
	pthread_t starter;
	pthread_t holder;
	struct brood_result result = BROOD_RESULT_INIT;
	struct held held = { .listener = -1,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.signal = *(int *)data };

	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	check_number(pthread_sigmask(SIG_BLOCK, &children, NULL), 0);
	check_number(pthread_create(&starter, NULL, start_held, &held), 0);
	pthread_mutex_lock(&held.lock);
	while (!held.has_listener)
		pthread_cond_wait(&held.changed, &held.lock);
	pthread_mutex_unlock(&held.lock);
	if (held.listener < 0) {
		check_number(pthread_join(starter, NULL), 0);
		return;
	}
	check_number(pthread_create(&holder, NULL, hold, &held), 0);
	check_number(pthread_join(starter, NULL), 0);
	check_code(held.code, 0, &held.error);
	/* Who waits for SIGCHLD gets it, as of any other end. */
	check_number(sigtimedwait(&children, NULL, &(struct timespec){ .tv_sec = 20 }), SIGCHLD);
	int r = brood_job_wait(held.job, BROOD_FOREVER, &result, NULL);
	check_code(r, BROOD_EEXIT, NULL);
	check_number(result.stages[0].how, BROOD_SIGNALED);
	check_number(result.stages[0].signal, held.signal);
	brood_result_done(&result);
	brood_job_free(held.job);
	atomic_store(&held.is_over, true);
	check_number(pthread_join(holder, NULL), 0);
}

static bool can_hold(void)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		const struct filter_line lines[] = { { 0x06, 0, 0, 0x7fff0000 } };
		const struct filter filter = { 1, lines };
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(syscall(SYS_seccomp, SET_FILTER, NEW_LISTENER, &filter) >= 0 ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* covers: ENG-ORDER.8 */
static void a_signal_while_the_child_is_prepared_ends_the_program(void **state)
{
	(void)state;
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	need_threads();
	if (!can_hold()) {
		print_message("# skipped: no filters that ask\n");
		skip();
	}
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		in_scene(early_scene, (void *)(uintptr_t)&signals[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_signal_while_the_child_is_prepared_ends_the_program),
	};
	return hygiene_run("early signals", tests);
}
