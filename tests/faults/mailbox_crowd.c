/* SPDX-License-Identifier: MIT */
/*
 * Many at one mailbox, with small segments, so that it changes under their hands all the time, and
 * somebody kills them. First in turns: each is held at every system call, and a seed says who goes
 * on, for how long, and who dies where; the same seed does the same. Then as it comes.
 *
 *	mailbox_crowd [SEEDS SECONDS [FIRST]]
 */

#include "mailbox_crew.h"
#include "tap.h"
#include "tracer.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_PRODUCERS 3
#define N_WORKERS   3
#define N_ALL       (N_PRODUCERS + N_WORKERS)
#define SHOWN       3

/* In turns. */

struct turns {
	struct crew *crew;
	struct tracer *tracer;
	uint64_t seed;
	unsigned int one_of; /* one of so many calls is the last of who makes it */
	unsigned int n_killed, workers_left;
};

static void note_doomed(struct crew *crew, pid_t pid)
{
	uint32_t n = atomic_load(&crew->n_doomed);
	atomic_store(&crew->doomed[n % CREW_DOOMED], (int32_t)pid);
	atomic_store(&crew->n_doomed, n + 1);
}

/* Waits until nobody sends any more, then says so: workers end when all is worked off. */
static int drain_at_last(void *data)
{
	struct crew_role *role = data;
	while (atomic_load(&role->crew->n_over) < N_PRODUCERS)
		sched_yield();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox *box = crew_open(role);
	int r = box ? brood_mailbox_drain(box, true, &error) : -1;
	brood_mailbox_close(box);
	return r < 0 ? crew_complain(role->crew, "drain: %d", r) : 0;
}

static enum tracer_order at_turn(void *data, struct tracee *tracee, enum tracer_place place)
{
	struct turns *turns = data;
	size_t who = (size_t)(tracee - turns->tracer->tracees);
	bool is_last = place == TRACER_ENTRY && tracee->number == SYS_exit_group;
	if (who >= N_ALL)
		return TRACER_GO;
	if (is_last || tracer_random(&turns->seed) % turns->one_of) {
		if (is_last && who < N_PRODUCERS)
			atomic_fetch_add(&turns->crew->n_over, 1);
		return TRACER_GO;
	}
	if (who >= N_PRODUCERS && turns->workers_left == 1)
		return TRACER_GO;
	if (who >= N_PRODUCERS)
		turns->workers_left--;
	else if (tracee->number != SYS_exit_group)
		atomic_fetch_add(&turns->crew->n_over, 1);
	note_doomed(turns->crew, tracee->pid);
	turns->n_killed++;
	return TRACER_KILL;
}

static void take_turns(struct crew *crew, struct turns *turns)
{
	struct crew_role roles[N_ALL + 1];
	struct tracer tracer = { .hook = at_turn, .data = turns, .seed = turns->seed * 31 };
	turns->tracer = &tracer;
	turns->workers_left = N_WORKERS;
	for (uint32_t i = 0; i <= N_ALL; i++) {
		roles[i] = (struct crew_role){ .crew = crew, .number = i, .seed = turns->seed + i };
		roles[i].n = i < N_PRODUCERS ? 8 : UINT32_MAX;
		int (*role)(void *) = i < N_PRODUCERS ? crew_produce
				      : i < N_ALL     ? crew_work
						      : drain_at_last;
		if (tracer_add(&tracer, role, &roles[i]) < 0)
			crew_complain(crew, "cannot be traced");
	}
	if (tracer_run(&tracer) < 0)
		crew_complain(crew, "hangs");
}

static void try_turns(const char *folder, uint64_t first, long n_seeds, int32_t sync)
{
	static const unsigned int deaths[] = { 1U << 30, 600, 150 };
	static const uint64_t sizes[] = { 4096, 8192, 1 << 20 };
	struct crew *crew = crew_new(folder);
	crew->sync = sync;
	crew->patient = true;
	crew->longest = 1500;
	struct crew_saved *saved = crew_save(crew);
	long n_bad = 0;
	unsigned int n_killed = 0;
	unsigned long n_taken = 0;
	for (long i = 0; i < n_seeds; i++) {
		struct turns turns = {
			.crew = crew, .seed = first + (uint64_t)i, .one_of = deaths[i % 3]
		};
		crew_restore(crew, saved);
		crew->segment_size = sizes[i / 3 % 3];
		take_turns(crew, &turns);
		n_killed += turns.n_killed;
		n_taken += crew->n_taken;
		if (!crew_check(crew, atomic_load(&crew->n_notes), CREW_DRAINED) && n_bad++ < SHOWN)
			tap_note("seed %llu, %u killed: %s",
				(unsigned long long)first + (uint64_t)i, turns.n_killed,
				crew->complaint);
		crew_remove(folder);
	}
	tap_ok(n_bad == 0 && n_taken > 0,
		"in turns, sync %d: %ld seeds, %lu taken, %u killed, %ld bad", (int)sync, n_seeds,
		n_taken, n_killed, n_bad);
	free(saved);
	crew_free(crew);
}

/* As it comes. */

static pid_t start(struct crew_role *role, uint64_t seed)
{
	fflush(stdout);
	role->seed = seed;
	pid_t pid = fork();
	if (pid == 0)
		_exit(role->number < N_PRODUCERS ? crew_produce(role) : crew_work(role));
	return pid;
}

static void doom(struct crew *crew, pid_t pid)
{
	note_doomed(crew, pid);
	kill(pid, SIGKILL);
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void collect(struct crew *crew, pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		crew_complain(crew, "signal %d", WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		crew_complain(crew, "exit code %d", WEXITSTATUS(status));
}

static unsigned int rage(struct crew *crew, double until, uint64_t seed)
{
	struct crew_role roles[N_ALL];
	pid_t pids[N_ALL];
	unsigned int n_killed = 0;
	for (uint32_t i = 0; i < N_ALL; i++) {
		roles[i] = (struct crew_role){ .crew = crew, .number = i };
		roles[i].n = i < N_PRODUCERS ? 2000 : UINT32_MAX;
		pids[i] = start(&roles[i], tracer_random(&seed));
	}
	while (seconds() < until && atomic_load(&crew->n_complaints) == 0 &&
		atomic_load(&crew->n_notes) < CREW_NOTES / 2) {
		/* When the next one dies: any time is right. */
		struct timespec while_ago = { 0, (long)(tracer_random(&seed) % 8000000) };
		nanosleep(&while_ago, NULL);
		size_t who = tracer_random(&seed) % N_ALL;
		n_killed++;
		doom(crew, pids[who]);
		collect(crew, pids[who]);
		pids[who] = start(&roles[who], tracer_random(&seed));
	}
	for (size_t i = 0; i < N_ALL; i++) {
		doom(crew, pids[i]);
		collect(crew, pids[i]);
	}
	return n_killed;
}

static void try_storm(const char *folder, double length, uint64_t seed, int32_t sync)
{
	struct crew *crew = crew_new(folder);
	crew->sync = sync;
	crew->patient = true;
	crew->longest = 5000;
	crew->segment_size = 64 << 10;
	unsigned int n_killed = rage(crew, seconds() + length, seed);
	uint32_t n_taken = crew->n_taken;
	uint32_t n_notes = crew->n_notes;
	bool is_well = crew->n_complaints == 0;
	is_well = crew_check(crew, n_notes, 0) && is_well;
	if (!is_well)
		tap_note("%s", crew->complaint);
	tap_ok(is_well && n_taken > 0 && n_killed > 0,
		"as it comes, sync %d: %u notes, %u taken, %u killed", (int)sync, n_notes, n_taken,
		n_killed);
	crew_remove(folder);
	crew_free(crew);
}

int main(int argc, char **argv)
{
	long n_seeds = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
	double length = argc > 2 ? strtod(argv[2], NULL) : 2;
	uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	char scratch[128];
	char folder[256];
	crew_scratch(scratch);
	snprintf(folder, sizeof folder, "%s/box", scratch);
	if (!tracer_works()) {
		tap_skip("in turns", "processes cannot be traced here");
	} else {
		tracer_stay(true);
		try_turns(folder, first, n_seeds, BROOD_SYNC_GROUP);
		try_turns(folder, first, n_seeds, BROOD_SYNC_OFF);
		tracer_stay(false);
	}
	try_storm(folder, length, first, BROOD_SYNC_GROUP);
	try_storm(folder, length, first, BROOD_SYNC_OFF);
	crew_remove(scratch);
	return tap_end();
}
