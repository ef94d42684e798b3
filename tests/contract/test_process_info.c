/* SPDX-License-Identifier: MIT */
/* Any process: looking at it. */
#include "subjects.h"

#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>

static struct brood_info looked(struct brood_process *process)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_info info = BROOD_INFO_INIT;
	check_code(brood_process_info(process, &info, &error), 0, &error);
	return info;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * BROOD_SECOND + now.tv_nsec;
}

/* The thread sanitizer has a thread of its own in every process, from some time on. */
#if defined __SANITIZE_THREAD__
#	define OTHER_THREADS 1
#else
#	define OTHER_THREADS 0
#endif

/* To the hundredth of a second that /proc tells, and a bit for the clocks between two looks. */
#define TICK (20 * BROOD_MILLISECOND)

/* covers: API-PR.info */
static void a_process_says_what_it_is(void **state)
{
	(void)state;
	int64_t before = clock_ns(CLOCK_MONOTONIC);
	int64_t at = clock_ns(CLOCK_REALTIME);
	struct subject subject = child_of_ours(0);
	check_number(setpgid(subject.pid, subject.pid), 0);
	struct brood_process *process = opened(subject.pid);
	await_state(subject.pid, 'S');
	struct brood_info info = looked(process);
	check_number(info.pid, subject.pid);
	check_number(info.ppid, getpid());
	check_number(info.pgid, subject.pid);
	check_number(info.sid, getsid(0));
	check_number(info.uid, getuid());
	check_number(info.euid, geteuid());
	check_number(info.gid, getgid());
	check_number(info.egid, getegid());
	check_number(info.state, BROOD_STATE_SLEEPING);
	check(info.threads >= 1 && info.threads <= 1 + OTHER_THREADS);
	check_number(info.nice, getpriority(PRIO_PROCESS, 0));
	check(info.started_ns > before - TICK && info.started_ns < now_ns() + TICK);
	check(info.started_at_ns > at - TICK &&
		info.started_at_ns < clock_ns(CLOCK_REALTIME) + TICK);
	check(info.memory > 0 && info.memory <= info.virtual_memory);
	check(info.peak_memory != UINT64_MAX && info.peak_memory > 0);
	check(info.user_ns >= 0 && info.system_ns >= 0);
	char name[16];
	check_number(prctl(PR_GET_NAME, name), 0);
	check_text(info.name, name);
	brood_process_free(process);
	have_reaped(&subject);
}

static void *await_end_in_thread(void *data)
{
	await_end_of(*(int *)data);
	return NULL;
}

/* covers: API-PR.info */
static void what_it_has_used_is_told(void **state)
{
	(void)state;
	need_threads();
	need(can_hold_strangers());
	enum { MEGABYTES = 32 };
	struct brood_process *process = opened(getpid());
	struct brood_info before = looked(process);
	int control[2];
	pthread_t thread;
	check_number(pipe2(control, O_CLOEXEC), 0);
	check_number(pthread_create(&thread, NULL, await_end_in_thread, &control[0]), 0);
	char *bytes = mmap(
		NULL, MEGABYTES << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(bytes != MAP_FAILED);
	memset(bytes, 1, MEGABYTES << 20);
	for (clock_t end = clock() + CLOCKS_PER_SEC / 10; clock() < end;)
		;
	check(write(control[1], "0123456789", 10) == 10);
	struct brood_info after = looked(process);
	munmap(bytes, MEGABYTES << 20);
	struct brood_info last = looked(process);
	close(control[1]);
	pthread_join(thread, NULL);
	close(control[0]);
	check(after.threads > before.threads &&
		after.threads <= before.threads + 1 + OTHER_THREADS);
	check(after.memory > before.memory + (MEGABYTES << 20) / 2);
	check(after.virtual_memory >= before.virtual_memory + (MEGABYTES << 20));
	check(last.memory < after.memory);
	check(last.peak_memory >= after.memory / 2 && last.peak_memory > last.memory);
	check(after.user_ns + after.system_ns >=
		before.user_ns + before.system_ns + 50 * BROOD_MILLISECOND);
	check_number(after.start_ticks, before.start_ticks);
	if (after.written_chars != UINT64_MAX) {
		check(after.written_chars >= before.written_chars + 10);
		check(after.read_chars > before.read_chars);
		check(after.read_bytes != UINT64_MAX && after.written_bytes != UINT64_MAX);
	}
	brood_process_free(process);
}

/* covers: API-PR.info.states */
static void its_state_is_told(void **state)
{
	(void)state;
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	struct brood_process *self = NULL;
	check_number(brood_process_signal(process, SIGSTOP), 0);
	await_state(subject.pid, 'T');
	check_number(looked(process).state, BROOD_STATE_STOPPED);
	check_number(brood_process_signal(process, SIGCONT), 0);
	let_go(&subject);
	await_zombie(subject.pid);
	struct brood_info info = looked(process);
	check_number(info.state, BROOD_STATE_ZOMBIE);
	check_number(info.ppid, getpid());
	check_number(info.memory, 0);
	check_number(info.peak_memory, UINT64_MAX);
	check_code(brood_process_wait(process, BROOD_FOREVER, NULL, NULL), 0, NULL);
	brood_process_free(process);
	need(can_hold_strangers());
	self = opened(getpid());
	check_number(looked(self).state, BROOD_STATE_RUNNING);
	brood_process_free(self);
}

static void *go_on(void *data)
{
	await_end_of((int)(intptr_t)data);
	_exit(0);
}

/* Its first thread ends, another one goes on until it is let go. */
static struct subject child_without_first_thread(void)
{
	int ends[2];
	check_number(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		pthread_t thread;
		alarm(100);
		close_but(ends[0], -1);
		/* By value: the stack of the first one goes with it. */
		if (pthread_create(&thread, NULL, go_on, (void *)(intptr_t)ends[0]) != 0)
			_exit(99);
		pthread_exit(NULL);
	}
	close(ends[0]);
	return (struct subject){ .pid = pid, .control = ends[1], .reaping = -1 };
}

/* covers: API-PR.info.first-thread */
static void one_whose_first_thread_has_ended_goes_on(void **state)
{
	(void)state;
	char text[PATH_MAX];
	need_threads();
	need(can_hold_strangers() && !OTHER_THREADS);
	struct subject subject = child_without_first_thread();
	struct brood_process *process = opened(subject.pid);
	struct brood_process *first = opened(getpid());
	ssize_t n_arguments = brood_process_arguments(first, NULL, 0, NULL);
	brood_process_free(first);
	await_state(subject.pid, 'Z');
	struct brood_info info = looked(process);
	/* Its other thread may be on its way to where it waits. */
	while (info.state == BROOD_STATE_RUNNING)
		info = looked(process);
	check_number(info.state, BROOD_STATE_SLEEPING);
	check_number(info.pid, subject.pid);
	check(info.memory > 0 && info.memory <= info.virtual_memory);
	check(info.peak_memory != UINT64_MAX && info.peak_memory >= info.memory);
	check_number(brood_process_arguments(process, text, sizeof text, NULL), n_arguments);
	check(n_arguments > 0 && brood_process_path(process, text, sizeof text, NULL) > 0);
	check_number(brood_process_wait(process, 0, NULL, NULL), -ETIME);
	let_go(&subject);
	check_code(brood_process_wait(process, BROOD_FOREVER, NULL, NULL), 0, NULL);
	brood_process_free(process);
}

static void look_at_member_of_many_groups(void *data)
{
	enum { N = 2000 };
	static gid_t many[N];
	(void)data;
	for (gid_t i = 0; i < N; i++)
		many[i] = 1000000 + i;
	check_number(setgroups(N, many), 0);
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	check(looked(process).peak_memory != UINT64_MAX);
	brood_process_free(process);
	have_reaped(&subject);
}

/* covers: API-PR.info */
static void many_groups_hide_nothing(void **state)
{
	(void)state;
	need(geteuid() == 0);
	in_scene(look_at_member_of_many_groups, NULL);
}

/* covers: API-PR.info.gone */
static void what_was_reaped_cannot_be_looked_at(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_info info = BROOD_INFO_INIT;
	char text[32];
	pid_t pids[4];
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	have_reaped(&subject);
	info.threads = 99;
	check_error(brood_process_info(process, &info, &error), -ESRCH, &error, BROOD_STEP_OPEN);
	snprintf(text, sizeof text, "/proc/%d", (int)subject.pid);
	check_text(error.subject, text);
	check_number(info.threads, 99);
	check_error(brood_process_arguments(process, text, sizeof text, &error), -ESRCH, &error,
		BROOD_STEP_OPEN);
	check_error(brood_process_path(process, text, sizeof text, &error), -ESRCH, &error,
		BROOD_STEP_OPEN);
	check_error(
		brood_process_children(process, pids, 4, &error), -ESRCH, &error, BROOD_STEP_OPEN);
	brood_process_free(process);
}

/* covers: API-PR.info.name */
static void a_name_can_be_anything(void **state)
{
	(void)state;
	static const char *const names[] = { "a b", "a) R 1 (b", ")", "((", "x\ny", "", " " };
	need(can_hold_strangers());
	struct brood_process *process = opened(getpid());
	char before[64];
	snprintf(before, sizeof before, "%s", looked(process).name);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		check_number(prctl(PR_SET_NAME, names[i]), 0);
		struct brood_info info = looked(process);
		check_text(info.name, names[i]);
		check_number(info.state, BROOD_STATE_RUNNING);
		check_number(info.ppid, getppid());
	}
	prctl(PR_SET_NAME, before);
	brood_process_free(process);
}

/* covers: API-PR.info.size API-PR.misuse */
static void its_size_says_how_much_is_wanted(void **state)
{
	(void)state;
	struct {
		struct brood_info info;
		char beyond[16];
	} room;
	struct brood_error error = BROOD_ERROR_INIT;
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	memset(&room, 0xff, sizeof room);
	room.info.size = 0;
	check_error(
		brood_process_info(process, &room.info, &error), -E2BIG, &error, BROOD_STEP_OPEN);
	room.info.size = offsetof(struct brood_info, ppid);
	check_number(brood_process_info(process, &room.info, NULL), 0);
	check_number(room.info.pid, subject.pid);
	check_number(room.info.ppid, -1);
	room.info.size = sizeof room;
	check_number(brood_process_info(process, &room.info, NULL), 0);
	check_number(room.info.ppid, getpid());
	check_number(room.info.size, sizeof room);
	check_number(room.beyond[0], 0);
	check_error(
		brood_process_info(process, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(brood_process_arguments(process, NULL, 1, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_error(brood_process_path(process, NULL, 1, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_error(brood_process_children(process, NULL, 1, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_number(brood_process_release(process), 0);
	check_error(brood_process_info(process, &room.info, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_error(brood_process_children(process, NULL, 0, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	brood_process_free(process);
	have_reaped(&subject);
}

/* covers: API-PR.arguments API-PR.path */
static void its_arguments_and_its_program_are_read(void **state)
{
	(void)state;
	struct scene scene;
	char text[256];
	char long_text[3 * 4096 + 1];
	char resolved[PATH_MAX];
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	scene_start(&scene, quiet(ACT("ready", "await", "4", "exit", "0", "a b", "", long_text)),
		NULL, 1);
	struct brood_process *process = opened(scene.pid);
	size_t first = strlen(helper("act")) + 1;
	ssize_t whole = (ssize_t)(first + sizeof "ready" + sizeof "await" + sizeof "4" +
				  sizeof "exit" + sizeof "0" + sizeof "a b" + 1 + sizeof long_text);
	check_number(brood_process_arguments(process, text, sizeof text, NULL), whole);
	check_text(text, helper("act"));
	check_text(text + first, "ready");
	check_text(text + first + sizeof "ready", "await");
	check_number(brood_process_arguments(process, NULL, 0, NULL), whole);
	text[3] = '#';
	check_number(brood_process_arguments(process, text, 3, NULL), whole);
	check_number(text[3], '#');
	check(realpath(helper("act"), resolved) != NULL);
	char path[PATH_MAX];
	check_number(
		brood_process_path(process, path, sizeof path, NULL), (int64_t)strlen(resolved));
	check_text(path, resolved);
	check_number(brood_process_path(process, path, 5, NULL), (int64_t)strlen(resolved));
	check_number(strlen(path), 4);
	check_number(brood_process_path(process, NULL, 0, NULL), (int64_t)strlen(resolved));
	brood_process_free(process);
	scene_release(&scene);
	check_number(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	scene_end(&scene);
}

/* covers: API-PR.path.none */
static void what_has_ended_has_no_program(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[64];
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	let_go(&subject);
	await_zombie(subject.pid);
	check_number(brood_process_arguments(process, text, sizeof text, &error), 0);
	check_error(brood_process_path(process, text, sizeof text, &error), -ENOEXEC, &error,
		BROOD_STEP_OPEN);
	brood_process_free(process);
	have_reaped(&subject);
}

static void look_at_somebody_elses(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct subject subject = child_of_ours(0);
	char text[64];
	(void)data;
	check_number(setresuid(65534, 65534, 65534), 0);
	struct brood_process *process = opened(subject.pid);
	struct brood_info info = looked(process);
	check_number(info.uid, 0);
	check_number(info.euid, 0);
	check_number(info.read_bytes, UINT64_MAX);
	check_number(info.written_bytes, UINT64_MAX);
	check_number(info.read_chars, UINT64_MAX);
	check_number(info.written_chars, UINT64_MAX);
	check_error(brood_process_path(process, text, sizeof text, &error), -EACCES, &error,
		BROOD_STEP_OPEN);
	brood_process_free(process);
	have_reaped(&subject);
}

/* covers: API-PR.info.unseen API-PR.path.eacces */
static void what_may_not_be_seen_is_said_to_be_unseen(void **state)
{
	(void)state;
	need(geteuid() == 0 && can_hold_strangers());
	in_scene(look_at_somebody_elses, NULL);
}

static void look_where_proc_hides(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_info info = BROOD_INFO_INIT;
	struct subject subject = child_of_ours(0);
	int *could = data;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("proc", "/proc", "proc", 0, "hidepid=2") < 0)
		goto out;
	*could = 1;
	check_number(setgroups(0, NULL), 0);
	check_number(setresgid(65534, 65534, 65534), 0);
	check_number(setresuid(65534, 65534, 65534), 0);
	struct brood_process *process = opened(subject.pid);
	check_error(brood_process_info(process, &info, &error), -EACCES, &error, BROOD_STEP_OPEN);
	check_number(brood_process_children(process, NULL, 0, NULL), -EACCES);
	brood_process_free(process);
out:
	have_reaped(&subject);
}

static void look_without_proc(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_info info = BROOD_INFO_INIT;
	struct brood_process *process = NULL;
	struct subject subject = child_of_ours(13);
	int *could = data;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", "/proc", "tmpfs", 0, "") < 0)
		goto out;
	*could = 1;
	process = opened(subject.pid);
	check_error(brood_process_info(process, &info, &error), -ENOENT, &error, BROOD_STEP_OPEN);
	check_number(brood_process_children(process, NULL, 0, NULL), -ENOENT);
	check_number(brood_process_open_started(&process, subject.pid, 1, NULL), -ENOENT);
	/* Everything else does without. */
	check_number(brood_process_signal(process, 0), 0);
	let_go(&subject);
	check_number(brood_process_wait(process, BROOD_FOREVER, NULL, NULL), 0);
	brood_process_free(process);
out:
	have_reaped(&subject);
}

static void need_scene(void (*act)(void *data))
{
	int *could = mmap(
		NULL, sizeof *could, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(could != MAP_FAILED);
	*could = 0;
	in_scene(act, could);
	int done = *could;
	munmap(could, sizeof *could);
	need(done);
}

/* covers: API-PR.info.hidden */
static void a_proc_that_hides_others_is_told_of(void **state)
{
	(void)state;
	need(geteuid() == 0 && can_hold_strangers());
	need_scene(look_where_proc_hides);
}

/* covers: API-PR.info.no-proc */
static void so_is_one_that_is_not_there(void **state)
{
	(void)state;
	need(geteuid() == 0 && !denied("valgrind"));
	need_scene(look_without_proc);
}

/* covers: API-PR.open-started */
static void a_process_is_opened_by_its_number_and_its_start(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_process *again = NULL;
	struct subject subject = child_of_ours(0);
	struct brood_process *process = opened(subject.pid);
	struct brood_info info = looked(process);
	check_code(brood_process_open_started(&again, subject.pid, info.start_ticks, &error), 0,
		&error);
	check_number(brood_process_pid(again), subject.pid);
	brood_process_free(again);
	again = NULL;
	check_error(brood_process_open_started(&again, subject.pid, info.start_ticks + 1, &error),
		-ESRCH, &error, BROOD_STEP_OPEN);
	check_error(brood_process_open_started(&again, -1, info.start_ticks, &error), -EINVAL,
		&error, BROOD_STEP_OPEN);
	check(again == NULL);
	brood_process_free(process);
	have_reaped(&subject);
	check_error(brood_process_open_started(&again, subject.pid, info.start_ticks, &error),
		-ESRCH, &error, BROOD_STEP_OPEN);
}

/* covers: API-PR.children */
static void its_children_are_found(void **state)
{
	(void)state;
	enum { N = 3 };
	struct subject subjects[N];
	pid_t pids[N + 2];
	struct scene scene;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_process *childless;
	struct brood_process *process;
	need(can_hold_strangers());
	process = opened(getpid());
	check_number(brood_process_children(process, pids, N, &error), 0);
	for (int i = 0; i < N; i++)
		subjects[i] = child_of_ours(0);
	check_number(brood_process_children(process, pids, N + 2, &error), N);
	for (int i = 0; i < N; i++)
		check_number(pids[0] == subjects[i].pid || pids[1] == subjects[i].pid ||
				     pids[2] == subjects[i].pid,
			1);
	pids[1] = 12345678;
	check_number(brood_process_children(process, pids, 1, &error), N);
	check_number(pids[1], 12345678);
	check_number(brood_process_children(process, NULL, 0, &error), N);
	childless = opened(subjects[0].pid);
	check_number(brood_process_children(childless, pids, N, &error), 0);
	brood_process_free(childless);
	for (int i = 0; i < N; i++)
		have_reaped(&subjects[i]);
	brood_process_free(process);
	/* Children alone, and not theirs. */
	scene_start(&scene,
		quiet(ACT("{", "{", "ready", "await", "4", "}", "ready", "await", "4", "wait", "}",
			"ready", "await", "4", "wait")),
		NULL, 3);
	process = opened(scene.pid);
	check_number(brood_process_children(process, pids, N, &error), 1);
	struct brood_process *child = opened(pids[0]);
	check_number(looked(child).ppid, scene.pid);
	check_number(brood_process_children(child, pids, N, &error), 1);
	brood_process_free(child);
	brood_process_free(process);
	scene_release(&scene);
	check_number(brood_job_wait(scene.job, BROOD_FOREVER, NULL, NULL), 0);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_process_says_what_it_is),
		hygienic(what_it_has_used_is_told),
		hygienic(its_state_is_told),
		hygienic(one_whose_first_thread_has_ended_goes_on),
		hygienic(many_groups_hide_nothing),
		hygienic(what_was_reaped_cannot_be_looked_at),
		hygienic(a_name_can_be_anything),
		hygienic(its_size_says_how_much_is_wanted),
		hygienic(its_arguments_and_its_program_are_read),
		hygienic(what_has_ended_has_no_program),
		hygienic(what_may_not_be_seen_is_said_to_be_unseen),
		hygienic(a_proc_that_hides_others_is_told_of),
		hygienic(so_is_one_that_is_not_there),
		hygienic(a_process_is_opened_by_its_number_and_its_start),
		hygienic(its_children_are_found),
	};
	return hygiene_run("looking at any process", tests);
}
