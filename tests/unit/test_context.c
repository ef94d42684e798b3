/* SPDX-License-Identifier: MIT */
/* Contexts by themselves: how they end, who is told, what they keep. */

#include "job/context.h"
#include "sys/clock.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The linker leads calls of malloc() in the library here. */
static bool memory_is_gone;
void *__real_malloc(size_t size); /* NOLINT(bugprone-reserved-identifier): the linker's name */
void *__wrap_malloc(size_t size); /* NOLINT(bugprone-reserved-identifier): the linker's name */
void *__wrap_malloc(size_t size)
{
	return memory_is_gone ? NULL : __real_malloc(size);
}

static struct brood_context *make(struct brood_context *parent, brood_duration timeout)
{
	struct brood_context *context = NULL;

	assert_int_equal(brood_context_new(&context, parent, timeout), 0);
	assert_non_null(context);
	return context;
}

static bool is_readable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

static int open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void goes_on_until_it_is_cancelled(void **state)
{
	struct brood_context *context = make(NULL, 0);

	(void)state;
	assert_int_equal(brood_context_error(context), 0);
	assert_int_equal(brood__context_cancelled(context), 0);
	assert_int_equal(brood_context_cancel(context), 0);
	assert_int_equal(brood_context_error(context), BROOD_ECANCELED);
	assert_int_equal(brood__context_cancelled(context), BROOD_ECANCELED);
	assert_int_equal(brood_context_cancel(context), 0);
	assert_int_equal(brood_context_error(context), BROOD_ECANCELED);
	brood_context_free(context);
}

static void refuses_what_is_no_context(void **state)
{
	(void)state;
	assert_int_equal(brood_context_new(NULL, NULL, 0), BROOD_EMISUSE);
	assert_int_equal(brood_context_cancel(NULL), BROOD_EMISUSE);
	assert_int_equal(brood_context_error(NULL), BROOD_EMISUSE);
	brood_context_free(NULL);
	assert_null(brood__context_ref(NULL));
	brood__context_unref(NULL);
	assert_int_equal(brood__context_cancelled(NULL), 0);
	assert_int_equal(brood__context_watch(NULL, NULL), 0);
}

/* Deadlines are instants; any clock reading may be asked about. */
static void ends_at_its_deadline(void **state)
{
	static const brood_duration never[] = { 0, BROOD_FOREVER, INT64_MAX - 1 };
	static const brood_duration at_once[] = { -1, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct brood_context *context = make(NULL, never[i]);
		assert_true(context->deadline == BROOD__NEVER);
		assert_int_equal(brood__context_error_at(context, INT64_MAX - 1), 0);
		brood_context_free(context);
	}
	for (size_t i = 0; i < 2; i++) {
		struct brood_context *context = make(NULL, at_once[i]);
		assert_int_equal(brood_context_error(context), BROOD_ETIMEOUT);
		assert_int_equal(context->timeout, 0);
		brood_context_free(context);
	}
	brood__instant before = brood__clock_now();
	struct brood_context *context = make(NULL, BROOD_HOUR);
	brood__instant after = brood__clock_now();
	assert_true(context->deadline >= before + BROOD_HOUR);
	assert_true(context->deadline <= after + BROOD_HOUR);
	assert_true(context->timeout == BROOD_HOUR);
	assert_int_equal(brood_context_error(context), 0);
	assert_int_equal(brood__context_error_at(context, context->deadline - 1), 0);
	assert_int_equal(brood__context_error_at(context, context->deadline), BROOD_ETIMEOUT);
	/* Once said it stays, whatever the clock. */
	assert_int_equal(brood__context_error_at(context, 0), BROOD_ETIMEOUT);
	assert_int_equal(brood_context_cancel(context), 0);
	assert_int_equal(brood_context_error(context), BROOD_ETIMEOUT);
	assert_int_equal(brood__context_cancelled(context), 0);
	brood_context_free(context);
}

static void takes_the_earlier_deadline(void **state)
{
	static const struct {
		brood_duration parent, child, wanted;
	} cases[] = {
		{ 0, BROOD_HOUR, BROOD_HOUR },
		{ BROOD_HOUR, 0, BROOD_HOUR },
		{ BROOD_HOUR, BROOD_FOREVER, BROOD_HOUR },
		{ BROOD_HOUR, 2 * BROOD_HOUR, BROOD_HOUR },
		{ 2 * BROOD_HOUR, BROOD_HOUR, BROOD_HOUR },
		{ INT64_MAX - 1, BROOD_HOUR, BROOD_HOUR },
		{ -1, BROOD_HOUR, 0 },
		{ BROOD_HOUR, -1, 0 },
		{ 0, 0, BROOD_FOREVER },
		{ 0, BROOD_FOREVER, BROOD_FOREVER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct brood_context *parent = make(NULL, cases[i].parent);
		struct brood_context *child = make(parent, cases[i].child);
		assert_true(child->timeout == cases[i].wanted);
		assert_true(child->deadline <= parent->deadline);
		assert_int_equal(child->deadline == BROOD__NEVER, cases[i].wanted == BROOD_FOREVER);
		brood_context_free(child);
		brood_context_free(parent);
	}
}

static void a_child_ends_with_its_parent_and_not_the_other_way_round(void **state)
{
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *child = make(parent, 0);
	struct brood_context *grandchild = make(child, 0);
	struct brood_context *sibling = make(parent, 0);

	(void)state;
	brood_context_cancel(child);
	assert_int_equal(brood_context_error(child), BROOD_ECANCELED);
	assert_int_equal(brood_context_error(grandchild), BROOD_ECANCELED);
	assert_int_equal(brood__context_cancelled(grandchild), BROOD_ECANCELED);
	assert_int_equal(brood_context_error(parent), 0);
	assert_int_equal(brood_context_error(sibling), 0);
	brood_context_cancel(parent);
	assert_int_equal(brood_context_error(sibling), BROOD_ECANCELED);
	struct brood_context *late = make(parent, 0);
	assert_int_equal(brood_context_error(late), BROOD_ECANCELED);
	brood_context_free(parent);
	brood_context_free(child);
	brood_context_free(grandchild);
	brood_context_free(sibling);
	brood_context_free(late);
}

/* A deadline that has passed ranks before a cancel after it, also one of a parent that lives
 * longer, and a cancel before a deadline after it, whenever somebody asks. */
static void the_first_end_counts(void **state)
{
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *child = make(parent, -1);
	struct brood_context *slow = make(parent, BROOD_HOUR);
	struct brood_context *own = make(NULL, -1);

	(void)state;
	brood_context_cancel(parent);
	brood_context_cancel(own);
	assert_int_equal(brood_context_error(own), BROOD_ETIMEOUT);
	assert_int_equal(brood_context_error(child), BROOD_ETIMEOUT);
	assert_int_equal(brood_context_error(parent), BROOD_ECANCELED);
	assert_int_equal(brood__context_error_at(slow, slow->deadline + 1), BROOD_ECANCELED);
	/* Who only wants to know of cancels is told of the parent's all the same. */
	assert_int_equal(brood__context_cancelled(child), BROOD_ECANCELED);
	brood_context_free(parent);
	brood_context_free(child);
	brood_context_free(slow);
	brood_context_free(own);
}

/* A cancel has looked at its clock before the deadline, and writes after somebody has seen the
 * deadline pass: what was returned must stay. */
static void what_was_returned_once_stays(void **state)
{
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *child = make(parent, BROOD_HOUR);

	(void)state;
	assert_int_equal(brood__context_error_at(child, child->deadline), BROOD_ETIMEOUT);
	brood_context_cancel(parent);
	assert_int_equal(brood_context_error(child), BROOD_ETIMEOUT);
	brood_context_free(child);
	/* Its deadline is later than the parent's cancel, and passes before it is cancelled itself.
	 */
	child = make(parent, 1);
	assert_int_equal(brood_context_error(child), BROOD_ECANCELED);
	while (brood__clock_now() < child->deadline)
		;
	brood_context_cancel(child);
	assert_int_equal(brood_context_error(child), BROOD_ECANCELED);
	brood_context_free(child);
	brood_context_free(parent);
}

static void is_not_deeper_than_its_limit(void **state)
{
	struct brood_context *chain[BROOD_CONTEXT_DEPTH];
	struct brood_context *more = NULL;
	int fds[BROOD_CONTEXT_DEPTH];

	(void)state;
	for (int i = 0; i < BROOD_CONTEXT_DEPTH; i++)
		chain[i] = make(i > 0 ? chain[i - 1] : NULL, 0);
	struct brood_context *last = chain[BROOD_CONTEXT_DEPTH - 1];
	assert_int_equal(brood_context_new(&more, last, 0), -ELOOP);
	assert_null(more);
	assert_int_equal(brood__context_watch(last, fds), BROOD_CONTEXT_DEPTH);
	brood_context_cancel(chain[0]);
	for (int i = 0; i < BROOD_CONTEXT_DEPTH; i++) {
		assert_int_equal(brood_context_error(chain[i]), BROOD_ECANCELED);
		assert_int_equal(is_readable(fds[i]), i == BROOD_CONTEXT_DEPTH - 1);
	}
	for (int i = 0; i < BROOD_CONTEXT_DEPTH; i++)
		brood_context_free(chain[i]);
}

static void has_a_descriptor_only_for_those_who_watch(void **state)
{
	int before = open_descriptors();
	struct brood_context *parent = make(NULL, BROOD_HOUR);
	struct brood_context *child = make(parent, 0);
	struct brood_context *unwatched = make(child, 0);
	int fds[BROOD_CONTEXT_DEPTH];
	int again[BROOD_CONTEXT_DEPTH];

	(void)state;
	brood_context_cancel(unwatched);
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(brood__context_watch(child, fds), 2);
	assert_int_equal(brood__context_watch(child, again), 2);
	assert_memory_equal(fds, again, 2 * sizeof *fds);
	assert_int_not_equal(fds[0], fds[1]);
	assert_int_equal(open_descriptors(), before + 2);
	assert_false(is_readable(fds[0]) || is_readable(fds[1]));
	brood_context_cancel(child);
	assert_true(is_readable(fds[0]));
	assert_false(is_readable(fds[1]));
	/* One that was cancelled before has it readable from the start. */
	assert_int_equal(brood__context_watch(unwatched, again), 3);
	assert_true(is_readable(again[0]));
	/* A cancel that changes nothing any more wakes nobody. */
	struct brood_context *late = make(NULL, -1);
	assert_int_equal(brood__context_watch(late, fds), 1);
	brood_context_cancel(late);
	assert_false(is_readable(fds[0]));
	brood_context_free(late);
	brood_context_free(child);
	brood_context_free(parent);
	assert_int_equal(open_descriptors(), before + 3); /* unwatched keeps both of them */
	brood_context_free(unwatched);
	assert_int_equal(open_descriptors(), before);
}

static void goes_on_without_a_descriptor(void **state)
{
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *child = make(parent, 0);
	struct rlimit limit;
	int fds[BROOD_CONTEXT_DEPTH];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	int lowest = dup(0);
	const struct rlimit none = { .rlim_cur = (rlim_t)lowest, .rlim_max = limit.rlim_max };
	close(lowest);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int denied = brood__context_watch(child, fds);
	const struct rlimit one = { .rlim_cur = (rlim_t)lowest + 1, .rlim_max = limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &one), 0);
	int half = brood__context_watch(child, fds);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(denied, -EMFILE);
	assert_int_equal(half, -EMFILE);
	assert_int_equal(brood_context_error(child), 0);
	brood_context_cancel(parent);
	assert_int_equal(brood_context_error(child), BROOD_ECANCELED);
	assert_int_equal(brood__context_watch(child, fds), 2);
	assert_true(is_readable(fds[1]));
	brood_context_free(child);
	brood_context_free(parent);
}

static void is_not_made_without_memory(void **state)
{
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *child = NULL;

	(void)state;
	memory_is_gone = true;
	int r = brood_context_new(&child, parent, 0);
	memory_is_gone = false;
	assert_int_equal(r, -ENOMEM);
	assert_null(child);
	assert_int_equal(atomic_load(&parent->references), 1);
	brood_context_free(parent);
}

static void is_kept_by_those_that_stand_on_it(void **state)
{
	struct brood_context *parent = make(NULL, 0);
	struct brood_context *child = make(parent, 0);

	(void)state;
	assert_int_equal(atomic_load(&parent->references), 2);
	struct brood_context *jobs = brood__context_ref(child);
	assert_ptr_equal(jobs, child);
	brood_context_free(child);
	brood_context_cancel(parent);
	brood_context_free(parent);
	assert_int_equal(brood_context_error(jobs), BROOD_ECANCELED);
	assert_int_equal(atomic_load(&jobs->references), 1);
	brood__context_unref(jobs);
}

static void belongs_to_its_process(void **state)
{
	struct brood_context *context = make(NULL, 0);
	int fds[BROOD_CONTEXT_DEPTH];
	int status = 0;

	(void)state;
	assert_int_equal(brood__context_watch(context, fds), 1);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct brood_context *child = NULL;
		int failed = brood_context_cancel(context) != BROOD_EMISUSE;
		failed |= (brood_context_new(&child, context, 0) != BROOD_EMISUSE) << 1;
		failed |= (brood_context_error(context) != 0) << 2;
		brood_context_free(context);
		failed |= (close(fds[0]) == 0) << 3; /* its copy went with it */
		_exit(failed);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(brood_context_error(context), 0);
	assert_false(is_readable(fds[0]));
	brood_context_free(context);
}

static struct brood_context *context_of_handler;
static volatile sig_atomic_t error_in_handler;

static void cancel_in_handler(int number)
{
	(void)number;
	error_in_handler = brood_context_error(context_of_handler);
	brood_context_cancel(context_of_handler);
}

static void is_cancelled_by_a_signal_handler(void **state)
{
	const struct itimerval soon = { .it_value = { 0, 5000 } };
	struct sigaction action = { .sa_handler = cancel_in_handler };
	struct sigaction before;
	int fds[BROOD_CONTEXT_DEPTH];

	(void)state;
	context_of_handler = make(NULL, 0);
	assert_int_equal(brood__context_watch(context_of_handler, fds), 1);
	error_in_handler = 1;
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &soon, NULL);
	struct pollfd pollfd = { .fd = fds[0], .events = POLLIN };
	int n;
	do {
		n = poll(&pollfd, 1, 20000);
	} while (n < 0 && errno == EINTR);
	sigaction(SIGALRM, &before, NULL);
	assert_int_equal(n, 1);
	assert_int_equal(error_in_handler, 0);
	assert_int_equal(brood_context_error(context_of_handler), BROOD_ECANCELED);
	brood_context_free(context_of_handler);
}

/* ---- threads ---- */

enum { ROUNDS = 400 };

struct round {
	struct brood_context *parent;
	struct brood_context *child;
	pthread_barrier_t begin;
	int faults; /* of the one that watches */
};

static void *cancel_it(void *data)
{
	struct round *round = data;

	pthread_barrier_wait(&round->begin);
	brood_context_cancel(round->parent);
	return NULL;
}

static bool waits_in_vain(const int *fds, int n)
{
	struct pollfd pollfds[BROOD_CONTEXT_DEPTH];

	for (int i = 0; i < n; i++)
		pollfds[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	return poll(pollfds, (nfds_t)n, 20000) < 1;
}

/* Whoever waits on the descriptors is woken, however the two meet. */
static void *watch_it(void *data)
{
	struct round *round = data;
	int fds[BROOD_CONTEXT_DEPTH];
	int last = 0;

	pthread_barrier_wait(&round->begin);
	int n = brood__context_watch(round->child, fds);
	for (int i = 0; i < 20; i++) {
		int error = brood_context_error(round->child);
		round->faults += last != 0 && error != last;
		last = error;
	}
	round->faults += n != 2 || waits_in_vain(fds, n);
	round->faults += brood__context_cancelled(round->child) != BROOD_ECANCELED;
	round->faults += brood_context_error(round->child) != BROOD_ECANCELED;
	brood_context_free(round->child);
	return NULL;
}

/* Another one that watches: both may make the descriptors. */
static void *watch_parent(void *data)
{
	struct round *round = data;
	int fds[BROOD_CONTEXT_DEPTH];

	pthread_barrier_wait(&round->begin);
	int n = brood__context_watch(round->parent, fds);
	if (n != 1 || waits_in_vain(fds, n))
		return round;
	struct brood_context *late = NULL;
	if (brood_context_new(&late, round->parent, 0) != 0)
		return round;
	int error = brood_context_error(late);
	brood_context_free(late);
	return error == BROOD_ECANCELED ? NULL : round;
}

static void wakes_all_who_watch(void **state)
{
	int before = open_descriptors();

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct round round = { .parent = make(NULL, 0) };
		pthread_t threads[4];
		void *fault = NULL;
		round.child = make(round.parent, 0);
		pthread_barrier_init(&round.begin, NULL, 4);
		assert_int_equal(pthread_create(&threads[0], NULL, cancel_it, &round), 0);
		assert_int_equal(pthread_create(&threads[1], NULL, watch_it, &round), 0);
		assert_int_equal(pthread_create(&threads[2], NULL, watch_parent, &round), 0);
		assert_int_equal(pthread_create(&threads[3], NULL, cancel_it, &round), 0);
		for (int t = 0; t < 4; t++) {
			pthread_join(threads[t], &fault);
			assert_null(fault);
		}
		assert_int_equal(round.faults, 0);
		pthread_barrier_destroy(&round.begin);
		brood_context_free(round.parent);
	}
	assert_int_equal(open_descriptors(), before);
}

/* A deadline and cancels that come together: one of the two, the same for all, for good. */
static void *race_to_the_end(void *data)
{
	struct brood_context *context = data;
	intptr_t first = 0;

	while (first == 0)
		first = brood_context_error(context);
	brood_context_cancel(context);
	for (int i = 0; i < 10; i++) {
		if (brood_context_error(context) != first)
			first = 1;
	}
	brood__context_unref(context);
	return (void *)first;
}

static void all_see_the_same_end(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct brood_context *context = make(NULL, 200 * BROOD_MICROSECOND);
		pthread_t threads[2];
		void *ends[2];
		for (int t = 0; t < 2; t++)
			assert_int_equal(pthread_create(&threads[t], NULL, race_to_the_end,
						 brood__context_ref(context)),
				0);
		/* Some rounds end by the deadline, some by this. */
		if (i % 2)
			brood_context_cancel(context);
		for (int t = 0; t < 2; t++)
			pthread_join(threads[t], &ends[t]);
		int error = brood_context_error(context);
		assert_true(error == BROOD_ECANCELED || error == BROOD_ETIMEOUT);
		assert_int_equal((intptr_t)ends[0], error);
		assert_int_equal((intptr_t)ends[1], error);
		brood_context_free(context);
	}
}

static void is_named_in_errors(void **state)
{
	struct brood_context *parent = make(NULL, 90 * BROOD_SECOND);
	struct brood_context *child = make(parent, BROOD_HOUR);
	char text[64];

	(void)state;
	brood__context_subject(child, BROOD_ECANCELED, text, sizeof text);
	assert_string_equal(text, "options.context");
	brood__context_subject(child, BROOD_ETIMEOUT, text, sizeof text);
	assert_string_equal(text, "options.context: 1m30s");
	brood_context_free(child);
	brood_context_free(parent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_until_it_is_cancelled),
		cmocka_unit_test(refuses_what_is_no_context),
		cmocka_unit_test(ends_at_its_deadline),
		cmocka_unit_test(takes_the_earlier_deadline),
		cmocka_unit_test(a_child_ends_with_its_parent_and_not_the_other_way_round),
		cmocka_unit_test(the_first_end_counts),
		cmocka_unit_test(what_was_returned_once_stays),
		cmocka_unit_test(is_not_deeper_than_its_limit),
		cmocka_unit_test(has_a_descriptor_only_for_those_who_watch),
		cmocka_unit_test(goes_on_without_a_descriptor),
		cmocka_unit_test(is_not_made_without_memory),
		cmocka_unit_test(is_kept_by_those_that_stand_on_it),
		cmocka_unit_test(belongs_to_its_process),
		cmocka_unit_test(is_cancelled_by_a_signal_handler),
		cmocka_unit_test(wakes_all_who_watch),
		cmocka_unit_test(all_see_the_same_end),
		cmocka_unit_test(is_named_in_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
