/* SPDX-License-Identifier: MIT */
/* Several workers and senders: leases, deaths, waiting. */

#include "mailboxes.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

/* A process that does something with a mailbox; it tells through a pipe that it is there, and ends
 * when ours is closed, or is killed. */
struct other {
	pid_t pid;
	int ready; /* it writes a byte when it has done its part */
	int go;    /* it goes on when this is closed */
};

static struct other other_start(void (*act)(const char *path, int ready, int go), const char *path)
{
	int ready[2], go[2];
	check(pipe2(ready, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0);
	fflush(stdout);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		alarm(60);
		close(ready[0]);
		close(go[1]);
		act(path, ready[1], go[0]);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	return (struct other){ pid, ready[0], go[1] };
}

static void other_ready(const struct other *other)
{
	char byte;
	check_number(read(other->ready, &byte, 1), 1);
}

static void other_end(struct other *other, int signal)
{
	int status;
	if (signal)
		kill(other->pid, signal);
	close(other->go);
	close(other->ready);
	check_number(waitpid(other->pid, &status, 0), other->pid);
	check(signal ? WIFSIGNALED(status) : status == 0);
}

static struct brood_mailbox *open_in_child(const char *path)
{
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.back_off = -1, .worker = "child");
	struct brood_mailbox *box;
	if (brood_mailbox_open(&box, path, &options, NULL) < 0)
		_exit(10);
	return box;
}

static void say(int ready)
{
	if (write(ready, "r", 1) != 1)
		_exit(11);
}

static void wait_for(int go)
{
	char byte;
	while (read(go, &byte, 1) > 0)
		;
}

/* Takes one message and keeps it. */
static void hold_one(const char *path, int ready, int go)
{
	struct brood_mailbox *box = open_in_child(path);
	struct brood_message message = BROOD_MESSAGE_INIT;
	if (brood_mailbox_receive(box, 20 * BROOD_SECOND, &message, NULL) < 0)
		_exit(12);
	say(ready);
	wait_for(go);
	brood_mailbox_close(box);
}

/* Takes what there is and keeps it. */
static void hold_all(const char *path, int ready, int go)
{
	struct brood_mailbox *box = open_in_child(path);
	struct brood_message message = BROOD_MESSAGE_INIT;
	while (brood_mailbox_receive(box, 0, &message, NULL) == 0)
		;
	say(ready);
	wait_for(go);
	brood_mailbox_close(box);
}

/* covers: API-MB.receive API-MB.one API-MB.states */
static void what_one_holds_nobody_else_gets(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	for (int i = 0; i < 3; i++)
		send_text(scene.box, "x");
	struct other other = other_start(hold_one, scene.path);
	other_ready(&other);
	struct brood_message got = look_for(scene.box, 1);
	check_number(got.state, BROOD_MESSAGE_TAKEN);
	check_number(got.worker_pid, other.pid);
	check_text(got.worker, "child");
	check_number(receive_now(scene.box).id, 2);
	struct brood_mailbox *second = box_again(&scene);
	check_number(receive_now(second).id, 3);
	check_number(receive_code(second, 0), -ETIME);
	check_number(count_of(scene.box).workers, 3);
	brood_mailbox_close(second);
	/* Closing gave it back. */
	got = look_for(scene.box, 3);
	check_number(got.state, BROOD_MESSAGE_READY);
	check_number(got.tried, 0);
	other_end(&other, 0);
	check_state(scene.box, 1, BROOD_MESSAGE_READY);
	check_number(receive_now(scene.box).id, 1);
	box_leave(&scene);
}

/* covers: API-MB.close */
static void closing_gives_back_what_is_held(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	for (int i = 0; i < 3; i++)
		send_text(scene.box, "x");
	struct brood_mailbox *other = box_again(&scene);
	for (int i = 0; i < 3; i++)
		receive_now(other);
	check_number(receive_code(scene.box, 0), -ETIME);
	brood_mailbox_close(other);
	for (uint64_t i = 1; i <= 3; i++) {
		struct brood_message got = receive_now(scene.box);
		check_number(got.id, i);
		check_number(got.tried, 1);
	}
	box_leave(&scene);
}

/* covers: API-MB.death */
static void what_a_dead_worker_held_is_there_again(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.back_off = 30 * BROOD_MILLISECOND);
	box_make(&scene, &options);
	uint64_t id = send_text(scene.box, "x");
	/* At once the first time; it may be tried once only, but this is not held against it. */
	struct other other = other_start(hold_one, scene.path);
	other_ready(&other);
	other_end(&other, SIGKILL);
	struct brood_message got = receive_now(scene.box);
	check_number(got.id, id);
	check_number(got.tried, 2);
	check_call(brood_mailbox_release(scene.box, id, &error), 0);
	/* The second time after the back-off, whatever the dead one's own was. */
	other = other_start(hold_one, scene.path);
	other_ready(&other);
	other_end(&other, SIGKILL);
	check_number(receive_code(scene.box, 0), -ETIME);
	got = look_for(scene.box, id);
	check_number(got.state, BROOD_MESSAGE_DELAYED);
	check_number(got.tried, 2);
	check(got.not_before_ns >= got.changed_ns + 30 * BROOD_MILLISECOND);
	got = receive_soon(scene.box);
	check_number(got.id, id);
	/* A failure does count against it. */
	check_call(brood_mailbox_fail(scene.box, id, 1, NULL, &error), 1);
	box_leave(&scene);
}

/* covers: API-MB.death */
static void all_that_a_dead_worker_held_comes_back_in_order(void **state)
{
	(void)state;
	struct scene_box scene;
	enum { N = 100 };
	box_make(&scene, NULL);
	for (int i = 0; i < N; i++)
		send_text(scene.box, "x");
	struct other other = other_start(hold_all, scene.path);
	other_ready(&other);
	check_number(receive_code(scene.box, 0), -ETIME);
	check_number(count_of(scene.box).taken, N);
	other_end(&other, SIGKILL);
	/* Who only looks sees what the next worker will find. */
	check_number(count_of(scene.box).taken, 0);
	check_number(count_of(scene.box).ready, N);
	check_state(scene.box, N, BROOD_MESSAGE_READY);
	for (uint64_t i = 1; i <= N; i++)
		check_number(receive_now(scene.box).id, i);
	check_number(count_of(scene.box).workers, 1);
	box_leave(&scene);
}

/* covers: API-MB.death.noticed */
static void a_waiting_worker_notices_a_death_at_once(void **state)
{
	(void)state;
	struct scene_box scene;
	brood_duration slowest = 0;
	box_make(&scene, NULL);
	uint64_t id = send_text(scene.box, "x");
	for (int i = 0; i < 20; i++) {
		struct other other = other_start(hold_one, scene.path);
		other_ready(&other);
		/* It is waited for from here on; the killer is a process of its own. */
		pid_t killer = fork();
		if (killer == 0) {
			struct timespec nap = { 0, 5000000 };
			nanosleep(&nap, NULL);
			kill(other.pid, SIGKILL);
			_exit(0);
		}
		int64_t begin = now_ns();
		check_number(receive_soon(scene.box).id, id);
		brood_duration took = now_ns() - begin;
		slowest = took > slowest ? took : slowest;
		check_call(brood_mailbox_release(scene.box, id, &error), 0);
		waitpid(killer, NULL, 0);
		other_end(&other, SIGKILL);
	}
	/* Far from any interval at which one could look. */
	check(slowest < BROOD_SECOND);
	box_leave(&scene);
}

/* ---- waking ---- */

struct later {
	char path[PATH_MAX];
	const char *what;
};

static void *do_later(void *data)
{
	const struct later *later = data;
	struct timespec nap = { 0, 10000000 };
	struct brood_mailbox *box = open_in_child(later->path);
	struct brood_message message = BROOD_MESSAGE(.data = "x", .length = 1);
	int r = 0;

	nanosleep(&nap, NULL);
	if (strcmp(later->what, "send") == 0)
		r = brood_mailbox_send(box, &message, NULL, NULL);
	else if (strcmp(later->what, "resume") == 0)
		r = brood_mailbox_pause(box, false, NULL);
	else if (strcmp(later->what, "drain") == 0)
		r = brood_mailbox_drain(box, true, NULL);
	else if (strcmp(later->what, "revive") == 0)
		r = brood_mailbox_revive(box, 1, NULL);
	brood_mailbox_close(box);
	return r == 0 ? NULL : data;
}

static void wake_by(struct scene_box *scene, const char *what, int code)
{
	struct later later = { .what = what };
	pthread_t thread;
	void *failed;
	int64_t begin = now_ns();

	strcpy(later.path, scene->path);
	check(pthread_create(&thread, NULL, do_later, &later) == 0);
	check_number(receive_code(scene->box, 20 * BROOD_SECOND), code);
	check(now_ns() - begin < 10 * BROOD_SECOND);
	pthread_join(thread, &failed);
	check(!failed);
}

/* covers: API-MB.wait.wake API-MB.wait */
static void a_waiting_worker_wakes_for_all_that_can_change(void **state)
{
	(void)state;
	need_threads();
	struct scene_box scene;
	box_make(&scene, NULL);
	wake_by(&scene, "send", 0);
	check_call(brood_mailbox_fail(scene.box, 1, 1, NULL, &error), 1);
	wake_by(&scene, "revive", 0);
	check_call(brood_mailbox_release(scene.box, 1, &error), 0);
	check_call(brood_mailbox_pause(scene.box, true, &error), 0);
	wake_by(&scene, "resume", 0);
	check_call(brood_mailbox_done(scene.box, 1, &error), 0);
	wake_by(&scene, "drain", -ESHUTDOWN);
	box_leave(&scene);
}

/* covers: API-MB.wait API-MB.receive.errors */
static void waiting_takes_as_long_as_was_said(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	int64_t begin = now_ns();
	check_number(receive_code(scene.box, 30 * BROOD_MILLISECOND), -ETIME);
	check(now_ns() - begin >= 30 * BROOD_MILLISECOND);
	begin = now_ns();
	check_number(receive_code(scene.box, -1), -ETIME);
	check(now_ns() - begin < 5 * BROOD_SECOND);
	box_leave(&scene);
}

static void ignore(int signal)
{
	(void)signal;
}

static void interrupted(void *data)
{
	struct scene_box *scene = data;
	struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	struct itimerval timer = { { 0, 5000 }, { 0, 5000 } };
	struct brood_mailbox *box = open_box(scene->path, NULL);

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	check_number(receive_code(box, BROOD_FOREVER), -EINTR);
	brood_mailbox_close(box);
}

/* covers: API-MB.receive.errors */
static void a_signal_handler_ends_the_wait(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	in_scene(interrupted, &scene);
	box_leave(&scene);
}

/* ---- the descriptor ---- */

static int is_readable(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	return poll(&poll_fd, 1, ms);
}

/* Looks until there is nothing more to hear of. */
static void quiet_down(struct brood_mailbox *box, int fd)
{
	for (int i = 0; i < 10 && is_readable(fd, 0); i++)
		check_number(receive_code(box, 0), -ETIME);
	check_number(is_readable(fd, 0), 0);
}

/* covers: API-MB.pollfd */
static void the_descriptor_tells_of_everything_and_then_is_quiet(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	struct brood_mailbox *other = box_again(&scene);
	uint64_t id = send_text(other, "before");
	int fd = brood_mailbox_pollfd(scene.box);
	check(fd > 2);
	check_number(brood_mailbox_pollfd(scene.box), fd);
	check_number(is_readable(fd, 10000), 1);
	check_number(receive_now(scene.box).id, id);
	quiet_down(scene.box, fd);
	/* What one does oneself is heard of once at most. */
	check_call(brood_mailbox_done(scene.box, id, &error), 0);
	quiet_down(scene.box, fd);
	id = send_text(other, "after");
	check_number(is_readable(fd, 10000), 1);
	check_number(receive_now(scene.box).id, id);
	check_call(brood_mailbox_done(scene.box, id, &error), 0);
	quiet_down(scene.box, fd);
	/* One that becomes due. */
	id = send_message(other, .delay = 30 * BROOD_MILLISECOND);
	check_number(is_readable(fd, 10000), 1);
	check_number(receive_code(scene.box, 0), -ETIME);
	quiet_down(scene.box, fd);
	check_number(is_readable(fd, 10000), 1);
	check_number(receive_now(scene.box).id, id);
	check_call(brood_mailbox_done(scene.box, id, &error), 0);
	quiet_down(scene.box, fd);
	check_number(is_readable(fd, 150), 0);
	/* A death. */
	send_text(other, "x");
	struct other worker = other_start(hold_one, scene.path);
	other_ready(&worker);
	while (is_readable(fd, 0))
		check_number(receive_code(scene.box, 0), -ETIME);
	other_end(&worker, SIGKILL);
	int r = -ETIME;
	while (r == -ETIME) {
		check_number(is_readable(fd, 10000), 1);
		r = receive_code(scene.box, 0);
	}
	check_number(r, 0);
	brood_mailbox_close(other);
	box_leave(&scene);
}

/* covers: API-MB.pollfd API-MB.read-only */
static void who_only_looks_hears_of_everything_too(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_READ_ONLY);
	box_make(&scene, NULL);
	struct brood_mailbox *looker = open_box(scene.path, &options);
	int fd = brood_mailbox_pollfd(looker);
	check_number(is_readable(fd, 10000), 1);
	check_number(count_of(looker).ready, 0);
	check_number(is_readable(fd, 0), 0);
	uint64_t id = send_text(scene.box, "x");
	check_number(is_readable(fd, 10000), 1);
	check_state(looker, id, BROOD_MESSAGE_READY);
	check_number(is_readable(fd, 0), 0);
	receive_now(scene.box);
	check_number(is_readable(fd, 10000), 1);
	struct brood_message got = BROOD_MESSAGE_INIT;
	check_call(brood_mailbox_next(looker, 0, &got, &error), 1);
	check_number(got.state, BROOD_MESSAGE_TAKEN);
	check_number(is_readable(fd, 0), 0);
	brood_mailbox_close(looker);
	box_leave(&scene);
}

static void without_descriptors(void *data)
{
	struct scene_box *scene = data;
	struct brood_mailbox *box = open_box(scene->path, NULL);
	int used = 0;
	send_text(box, "x");
	receive_now(box);
	struct rlimit limit = { 0, 0 };
	while (fcntl(used, F_GETFD) >= 0 || fcntl(used + 1, F_GETFD) >= 0 ||
		fcntl(used + 2, F_GETFD) >= 0)
		used++;
	getrlimit(RLIMIT_NOFILE, &limit);
	rlim_t before = limit.rlim_cur;
	int filler[2000];
	size_t n = 0;
	limit.rlim_cur = 512;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (n < 2000 && (filler[n] = dup(0)) >= 0)
		n++;
	check_number(brood_mailbox_pollfd(box), -EMFILE);
	check_number(receive_code(box, BROOD_SECOND), -EMFILE);
	while (n > 0)
		close(filler[--n]);
	limit.rlim_cur = before;
	setrlimit(RLIMIT_NOFILE, &limit);
	check(brood_mailbox_pollfd(box) > 2);
	brood_mailbox_close(box);
}

/* covers: API-MB.pollfd.emfile */
static void without_descriptors_there_is_no_waiting(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	in_scene(without_descriptors, &scene);
	box_leave(&scene);
}

/* ---- forks ---- */

static void use_in_child(void *data)
{
	struct scene_box *scene = data;
	struct brood_message message = BROOD_MESSAGE(.data = "x", .length = 1);
	/* The fork was made by in_scene(). */
	check_call(brood_mailbox_send(scene->box, &message, NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_receive(scene->box, 0, &message, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_done(scene->box, 1, &error), BROOD_EMISUSE);
	check_number(brood_mailbox_pollfd(scene->box), BROOD_EMISUSE);
	brood_mailbox_close(scene->box);
}

/* covers: API-MB.fork */
static void a_forked_child_must_not_use_it_and_does_no_harm_closing_it(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	uint64_t id = send_text(scene.box, "x");
	receive_now(scene.box);
	in_scene(use_in_child, &scene);
	struct brood_mailbox *other = box_again(&scene);
	check_number(receive_code(other, 0), -ETIME);
	brood_mailbox_close(other);
	check_call(brood_mailbox_done(scene.box, id, &error), 0);
	send_text(scene.box, "y");
	receive_now(scene.box);
	box_leave(&scene);
}

/* ---- many at once ---- */

enum { SENDERS = 3, WORKERS = 3, EACH = 1500 };

struct shared {
	_Atomic uint32_t n_done;
	_Atomic uint32_t holder[SENDERS * EACH + 1];
	_Atomic uint32_t times[SENDERS * EACH + 1];
	_Atomic uint32_t wrong;
};

static struct shared *shared;

static struct brood_mailbox *open_small(const char *path)
{
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.back_off = -1, .segment_size = 8192);
	struct brood_mailbox *box;
	if (brood_mailbox_open(&box, path, &options, NULL) < 0)
		_exit(10);
	return box;
}

static void send_many(const char *path, int ready, int go)
{
	struct brood_mailbox *box = open_small(path);
	uint64_t last = 0;
	(void)ready;
	(void)go;
	for (int i = 0; i < EACH; i++) {
		uint64_t id;
		char data[300];
		memset(data, i, sizeof data);
		struct brood_message message = BROOD_MESSAGE(.data = data,
			.length = (size_t)i % sizeof data);
		if (brood_mailbox_send(box, &message, &id, NULL) < 0 || id <= last)
			_exit(20);
		last = id;
	}
	brood_mailbox_close(box);
}

static void work_many(const char *path, int ready, int go)
{
	struct brood_mailbox *box = open_small(path);
	struct brood_message message = BROOD_MESSAGE_INIT;
	(void)ready;
	(void)go;
	while (shared->n_done < SENDERS * EACH) {
		int r = brood_mailbox_receive(box, 50 * BROOD_MILLISECOND, &message, NULL);
		if (r == -ETIME)
			continue;
		if (r < 0)
			_exit(30);
		uint32_t nobody = 0;
		if (message.id > SENDERS * EACH)
			_exit(31);
		if (!atomic_compare_exchange_strong(
			    &shared->holder[message.id], &nobody, (uint32_t)getpid()))
			shared->wrong++;
		for (size_t i = 1; i < message.length; i++)
			shared->wrong += ((const char *)message.data)[i] !=
					 ((const char *)message.data)[0];
		shared->times[message.id]++;
		shared->holder[message.id] = 0;
		if (brood_mailbox_done(box, message.id, NULL) < 0)
			_exit(32);
		shared->n_done++;
	}
	brood_mailbox_close(box);
}

/* covers: API-MB.one API-MB.ids API-MB.done API-MB.segments */
static void many_senders_and_workers_lose_nothing_and_do_nothing_twice(void **state)
{
	(void)state;
	struct scene_box scene;
	struct other others[SENDERS + WORKERS];
	shared = mmap(
		NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED);
	box_make(&scene, NULL);
	for (int i = 0; i < SENDERS + WORKERS; i++)
		others[i] = other_start(i < SENDERS ? send_many : work_many, scene.path);
	for (int i = 0; i < SENDERS + WORKERS; i++)
		other_end(&others[i], 0);
	for (int i = 1; i <= SENDERS * EACH; i++)
		check_number(shared->times[i], 1);
	check_number(shared->wrong, 0);
	struct brood_mailbox_counts counts = count_of(scene.box);
	check_number(counts.sent, SENDERS * EACH);
	check_number(counts.done, SENDERS * EACH);
	check_number(counts.damaged, 0);
	check_number(counts.ready + counts.taken + counts.dead + counts.blocked, 0);
	/* About 1.5 MB went through. */
	check(counts.bytes < 300000);
	munmap(shared, sizeof *shared);
	box_leave(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(what_one_holds_nobody_else_gets),
		hygienic(closing_gives_back_what_is_held),
		hygienic(what_a_dead_worker_held_is_there_again),
		hygienic(all_that_a_dead_worker_held_comes_back_in_order),
		hygienic(a_waiting_worker_notices_a_death_at_once),
		hygienic(a_waiting_worker_wakes_for_all_that_can_change),
		hygienic(waiting_takes_as_long_as_was_said),
		hygienic(a_signal_handler_ends_the_wait),
		hygienic(the_descriptor_tells_of_everything_and_then_is_quiet),
		hygienic(who_only_looks_hears_of_everything_too),
		hygienic(without_descriptors_there_is_no_waiting),
		hygienic(a_forked_child_must_not_use_it_and_does_no_harm_closing_it),
		hygienic(many_senders_and_workers_lose_nothing_and_do_nothing_twice),
	};
	return hygiene_run("workers of a mailbox", tests);
}
