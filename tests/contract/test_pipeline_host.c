/* SPDX-License-Identifier: MIT */

/* Jobs of several stages in hosts that make it hard: few descriptors, threads, signals, thieves. */

#include "stages.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/utsname.h>

enum { N_THREADS = 8, N_EACH = 40 };

/* Three stages, each of which looks around; all must have 0, 1, 2 and nothing else. */
static void look_around(const struct place *place, const struct brood_options *options)
{
	struct brood_cmd cmds[3];
	struct brood_result result = BROOD_RESULT_INIT;
	struct seen seen[3][8];
	char names[3][2 * PATH_MAX];
	for (int i = 0; i < 3; i++) {
		snprintf(names[i], sizeof names[i], "%s/%d", place->path, i);
		make_file(names[i], "", 0600);
		cmds[i] = plain(RUN(helper("show_fds"), names[i], "1024"));
		cmds[i].err = brood_capture(0, 0);
	}
	cmds[0].in = brood_text("x");
	cmds[2].out = brood_capture(0, 0);
	pipeline_of(cmds, 3, options, &result);
	for (int i = 0; i < 3; i++) {
		check_number((int64_t)read_seen(names[i], seen[i], 8), 3);
		for (int fd = 0; fd < 3; fd++)
			check_number(seen[i][fd].fd, fd);
	}
	check(seen[0][1].inode == seen[1][0].inode && seen[1][1].inode == seen[2][0].inode);
	check(seen[0][2].inode == seen[1][2].inode && seen[1][2].inode == seen[2][2].inode);
	check(seen[0][2].inode != seen[2][1].inode);
	brood_result_done(&result);
}

static void without_standard_descriptors(void *data)
{
	int closed = *(int *)data;
	struct place place;
	struct brood_options tree = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	place_make(&place);
	for (int fd = 0; fd <= 2; fd++)
		if (closed & 1 << fd)
			close(fd);
	look_around(&place, NULL);
	look_around(&place, &tree);
	for (int fd = 0; fd <= 2; fd++) {
		char path[64];
		char target[256] = "closed";
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof target - 1) > 0 && closed & 1 << fd)
			complain(__FILE__, __LINE__, "%d leads to %s", fd, target);
		else if (!(closed & 1 << fd))
			check(strcmp(target, "closed") != 0);
	}
	place_leave(&place);
}

/* covers: API-PL.descriptors API-RULE.4.1 GE-16.3 */
static void it_works_with_0_1_and_2_closed(void **state)
{
	(void)state;
	for (int closed = 0; closed < 8; closed++)
		in_scene(without_standard_descriptors, &closed);
}

static void with_twenty_descriptors(void *data)
{
	const struct rlimit few = { 20, 20 };
	struct brood_cmd cmds[24];
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	size_t most = 0;
	(void)data;
	check_number(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (size_t n = 2; n <= 24; n++) {
		for (size_t i = 0; i < n; i++)
			cmds[i] = plain(PLAY("copy"));
		cmds[0] = plain(PLAY("say", "1", "through"));
		cmds[n - 1].out = brood_capture(0, 0);
		int before = hygiene_open_descriptors();
		int r = brood_pipeline(cmds, n, NULL, &result, &error);
		check(r == 0 || r == -EMFILE);
		if (r == 0) {
			check_text(result.out.data, "through");
			most = n;
		} else {
			check(error.step == BROOD_STEP_PIPE || error.step == BROOD_STEP_CLONE ||
				error.step == BROOD_STEP_OPEN);
		}
		check_number(hygiene_open_descriptors(), before);
		check(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
	}
	check(most >= 3 && most < 24);
	brood_result_done(&result);
}

/* covers: API-PL.few-descriptors */
static void with_few_descriptors_it_works_or_leaves_nothing(void **state)
{
	(void)state;
	in_scene(with_twenty_descriptors, NULL);
}

/* covers: API-PL.many-stages */
static void a_pipeline_may_have_64_stages(void **state)
{
	(void)state;
	struct row row;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[MOST_STAGES];
	for (size_t i = 0; i < MOST_STAGES; i++)
		cmds[i] = plain(ACT("ready", "copy", "0", "1"));
	cmds[0].in = brood_text("a long way");
	cmds[MOST_STAGES - 1].out = brood_capture(0, 0);
	row_start(&row, cmds, MOST_STAGES, NULL, MOST_STAGES);
	check_code(row_wait(&row, &result), 0, NULL);
	check_text(result.out.data, "a long way");
	check_number((int64_t)result.n_stages, MOST_STAGES);
	brood_result_done(&result);
	row_end(&row);
}

/* covers: API-PL.keep-fds */
static void kept_descriptors_are_never_those_of_the_job(void **state)
{
	(void)state;
	struct place place;
	struct brood_cmd cmds[3];
	struct brood_result result = BROOD_RESULT_INIT;
	struct seen seen[64];
	char *names[3];
	place_make(&place);
	int kept = fcntl(2, F_DUPFD, 40);
	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), 0 };
		names[i] = place_at(&place, name);
		make_file(names[i], "", 0600);
		cmds[i] = plain(RUN(helper("show_fds"), names[i], "1024"));
		cmds[i].err = brood_capture(0, 0);
		cmds[i].flags = i == 1 ? BROOD_KEEP_FDS : 0;
	}
	cmds[2].out = brood_capture(0, 0);
	pipeline_of(cmds, 3, NULL, &result);
	close(kept);
	for (int i = 0; i < 3; i++) {
		size_t n = read_seen(names[i], seen, 64);
		/* Those that the test itself was started with are kept too. */
		bool has_kept = false;
		for (size_t k = 0; k < n; k++)
			has_kept |= seen[k].fd == kept;
		check(has_kept == (i == 1));
		if (i != 1)
			check_number((int64_t)n, 3);
		for (size_t k = 3; k < n; k++)
			for (size_t own = 0; own < 3; own++)
				check(seen[k].inode != seen[own].inode);
	}
	place_leave(&place);
	brood_result_done(&result);
}

static atomic_int n_bad;

/* Made before the threads are. */
static char *const *copying;
static char *const *copying_twice;
static char *const *waiting;

static void *start_many(void *data)
{
	char text[32];
	snprintf(text, sizeof text, "thread %d", *(int *)data);
	for (int i = 0; i < N_EACH; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_cmd cmds[] = { plain(copying), plain(copying_twice),
			captured(copying) };
		struct brood_cmd bad[] = { plain(waiting), plain(waiting) };
		cmds[0].in = brood_text(text);
		cmds[1].err = brood_capture(0, 0);
		int r = brood_pipeline(cmds, 3, NULL, &result, NULL);
		if (r != 0 || strcmp(result.out.data, text) != 0 ||
			strcmp(result.err.data, text) != 0) {
			fprintf(stderr, "%s: %s, '%s', '%s'\n", text, brood_code_name(r),
				result.out.data, result.err.data);
			atomic_fetch_add(&n_bad, 1);
		}
		bad[1].dir = "/nonexistent";
		r = brood_pipeline(bad, 2, NULL, &result, NULL);
		if (r != -ENOENT) {
			fprintf(stderr, "%s: %s, not ENOENT\n", text, brood_code_name(r));
			atomic_fetch_add(&n_bad, 1);
		}
		brood_result_done(&result);
	}
	return NULL;
}

/* covers: API-PL.threads GE-16.2 */
static void eight_threads_start_pipelines_at_once(void **state)
{
	(void)state;
	need_threads();
	pthread_t threads[N_THREADS];
	int numbers[N_THREADS];
	n_bad = 0;
	copying = PLAY("copy");
	copying_twice = PLAY("both");
	waiting = PLAY("wait");
	for (int i = 0; i < N_THREADS; i++) {
		numbers[i] = i;
		check_number(pthread_create(&threads[i], NULL, start_many, &numbers[i]), 0);
	}
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	check_number(n_bad, 0);
}

static volatile sig_atomic_t n_alarms;

static void count_alarm(int number)
{
	(void)number;
	n_alarms++;
}

/* covers: API-PL.storm API-W.eintr */
static void a_storm_of_signals_changes_nothing(void **state)
{
	(void)state;
	static char much[300000];
	struct sigaction action = { .sa_handler = count_alarm };
	struct sigaction old;
	const struct itimerval often = { { 0, 300 }, { 0, 300 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmds[] = { plain(PLAY("both")), plain(PLAY("copy")),
		captured(PLAY("copy")) };
	pattern_fill(much, sizeof much, 0);
	cmds[0].in = brood_memory(much, sizeof much);
	cmds[0].err = brood_capture(0, 0);
	n_alarms = 0;
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 30; i++) {
		pipeline_of(cmds, 3, NULL, &result);
		check_number((int64_t)result.out.length, sizeof much);
		check_number((int64_t)result.err.length, sizeof much);
		check(memcmp(result.out.data, much, sizeof much) == 0);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	check(n_alarms > 30);
	brood_result_done(&result);
}

/* tests/faults/denied.sh plays older kernels. */
static bool kernel_remembers(void)
{
	struct utsname name;
	int major = 0;
	int minor = 0;
	uname(&name);
	return !denied("pidfd-info") && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 15));
}

/* Without CLONE_PIDFD somebody may reap a child before we hold it. */
static bool is_told(int r)
{
	return kernel_remembers() && !(r == BROOD_ELOST && denied("clone-pidfd"));
}

/* covers: API-PL.lost GE-10.theft */
static void a_stage_whose_status_was_stolen_is_recovered_or_lost(void **state)
{
	(void)state;
	for (int stolen = 0; stolen < 3; stolen++) {
		struct row row;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmds[] = { plain(ACT("exit", "0")), plain(ACT("exit", "0")),
			quiet(ACT("exit", "0")) };
		cmds[stolen].argv = ACT("exit", "5");
		row_start(&row, cmds, 3, NULL, 0);
		check_number(waitpid(row.pids[stolen], NULL, 0), row.pids[stolen]);
		int r = brood_job_wait(row.job, BROOD_FOREVER, &result, &error);
		check_number(error.stage, stolen);
		for (int i = 0; i < 3; i++)
			if (i != stolen)
				check_number(result.stages[i].exit_code, 0);
		if (is_told(r)) {
			check_code(r, BROOD_EEXIT, &error);
			check_number(result.notes, BROOD_NOTE_STATUS_RECOVERED);
			check_number(result.stages[stolen].exit_code, 5);
		} else {
			check_code(r, BROOD_ELOST, &error);
			check_number(result.cause, BROOD_CAUSE_LOST);
			check_number(result.stages[stolen].how, BROOD_LOST);
		}
		brood_result_done(&result);
		row_end(&row);
	}
}

/* covers: API-PL.lost */
static void with_sigchld_ignored_no_status_is_made_up(void **state)
{
	(void)state;
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	sigaction(SIGCHLD, &ignore, &old);
	for (int i = 0; i < 20; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_cmd cmds[] = { plain(ACT("exit", "3")), plain(ACT("exit", "4")),
			quiet(ACT("exit", "0")) };
		int r = brood_pipeline(cmds, 3, NULL, &result, NULL);
		if (is_told(r)) {
			check_code(r, BROOD_EEXIT, NULL);
			check_number(result.stages[0].exit_code, 3);
			check_number(result.stages[1].exit_code, 4);
		} else {
			check(r == BROOD_ELOST || r == BROOD_EEXIT);
			check(result.stages[0].how == BROOD_LOST ||
				result.stages[0].exit_code == 3);
		}
		brood_result_done(&result);
	}
	sigaction(SIGCHLD, &old, NULL);
}

static struct row *row_of_child;

static void every_call_is_misuse(void *data)
{
	struct row *row = row_of_child;
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_event event;
	char byte;
	(void)data;
	check_code(brood_job_wait(row->job, 0, NULL, NULL), BROOD_EMISUSE, NULL);
	check_code(brood_job_next(row->job, 0, &event), BROOD_EMISUSE, NULL);
	check_code(brood_job_step(row->job), BROOD_EMISUSE, NULL);
	check_code(brood_job_check(row->job), BROOD_EMISUSE, NULL);
	check_code(brood_job_pollfd(row->job), BROOD_EMISUSE, NULL);
	check_code(brood_job_foreground(row->job), BROOD_EMISUSE, NULL);
	check_code(brood_job_status(row->job, 0, &status), BROOD_EMISUSE, NULL);
	check_code(brood_job_resize(row->job, 1, 1), BROOD_EMISUSE, NULL);
	check_code(brood_job_signal(row->job, SIGKILL), BROOD_EMISUSE, NULL);
	check_code(brood_job_stop(row->job), BROOD_EMISUSE, NULL);
	check_number(brood_job_read(row->job, 1, 1, &byte, 1), BROOD_EMISUSE);
	brood_job_free(row->job);
}

/* covers: API-R7 */
static void in_a_forked_child_every_call_on_a_pipeline_is_misuse(void **state)
{
	(void)state;
	struct row row;
	struct brood_cmd cmds[] = { plain(ACT("ready", "await", "4")),
		captured(ACT("ready", "await", "4")) };
	row_start(&row, cmds, 2, NULL, 2);
	row_of_child = &row;
	in_scene(every_call_is_misuse, NULL);
	row_release(&row);
	check_code(row_wait(&row, NULL), 0, NULL);
	row_end(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(it_works_with_0_1_and_2_closed),
		hygienic(with_few_descriptors_it_works_or_leaves_nothing),
		hygienic(a_pipeline_may_have_64_stages),
		hygienic(kept_descriptors_are_never_those_of_the_job),
		hygienic(eight_threads_start_pipelines_at_once),
		hygienic(a_storm_of_signals_changes_nothing),
		hygienic(a_stage_whose_status_was_stolen_is_recovered_or_lost),
		hygienic(with_sigchld_ignored_no_status_is_made_up),
		hygienic(in_a_forked_child_every_call_on_a_pipeline_is_misuse),
	};
	return hygiene_run("pipeline host", tests);
}
