/* SPDX-License-Identifier: MIT */
/*
 * A mailbox whose machine crashes: what its users did is written down, and played again up to each
 * point, with all that was synced by then and with more or less of what was not (mailbox_disk.h).
 * What was promised before that point must be there.
 *
 *	mailbox_crash [SEEDS VARIANTS [FIRST]]
 */

#include "mailbox_crew.h"
#include "mailbox_disk.h"
#include "tap.h"
#include "tracer.h"

#include <stdlib.h>
#include <unistd.h>

#define SHOWN 4

/* Who is at work: producers first. */
struct plan {
	const char *name;
	unsigned int n_producers, n_workers;
	uint32_t n; /* messages of each producer */
	uint64_t segment_size;
	int32_t sync;
	bool is_late;
	unsigned int one_of; /* one of so many calls is the last of the first of them; 0: none is */
};

struct record {
	struct crew *crew;
	struct tracer *tracer;
	struct disk *disk;
	uint64_t seed;
	unsigned int one_of;
};

static enum tracer_order watch(void *data, struct tracee *tracee, enum tracer_place place)
{
	struct record *record = data;
	size_t who = (size_t)(tracee - record->tracer->tracees);
	disk_watch(record->disk, tracee, who, place, atomic_load(&record->crew->n_notes));
	if (who == 0 && record->one_of && tracer_random(&record->seed) % record->one_of == 0)
		return TRACER_KILL;
	return TRACER_GO;
}

static void run(const struct plan *plan, struct crew *crew, struct disk *disk, uint64_t seed)
{
	struct crew_role roles[TRACER_MOST];
	struct record record = { .crew = crew, .disk = disk, .seed = seed, .one_of = plan->one_of };
	struct tracer tracer = { .hook = watch, .data = &record, .seed = seed };
	record.tracer = &tracer;
	for (uint32_t i = 0; i < plan->n_producers + plan->n_workers; i++) {
		bool is_producer = i < plan->n_producers;
		roles[i] = (struct crew_role){ .crew = crew,
			.number = i,
			.n = is_producer ? plan->n : UINT32_MAX,
			.seed = seed + i,
			.is_late = plan->is_late };
		if (tracer_add(&tracer, is_producer ? crew_produce : crew_work, &roles[i]) < 0)
			crew_complain(crew, "cannot be traced");
	}
	if (tracer_run(&tracer) < 0)
		crew_complain(crew, "hangs");
	disk_end(disk, atomic_load(&crew->n_notes));
}

struct tally {
	unsigned long n_crashes, n_bad, n_promised;
};

/* One crash after another. A promise that nothing was done for cannot be kept. */
static void crash_all(const struct plan *plan, struct crew *crew, const struct disk *disk,
	uint64_t seed, unsigned int n_variants, struct tally *tally)
{
	struct crew_saved *saved = crew_save(crew);
	char text[128];
	for (size_t n = 1; n <= disk_size(disk); n++) {
		int differ = 1 << 20;
		for (unsigned int v = 0; v < n_variants && (int)v < differ; v++) {
			uint32_t n_notes = disk_notes(disk, n);
			crew_restore(crew, saved);
			differ = disk_make(disk, n, v, crew->folder);
			if (differ < 0 && n_notes > 0)
				crew_complain(crew, "the folder itself was never synced");
			bool is_well = crew_check(crew, n_notes, CREW_NEW_BOOT);
			tally->n_crashes++;
			tally->n_promised += n_notes;
			if (!is_well && tally->n_bad++ < SHOWN)
				tap_note("%s, seed %llu, after %zu (%s), variant %u: %s",
					plan->name, (unsigned long long)seed, n,
					disk_tell(disk, n - 1, text), v, crew->complaint);
			crew_remove(crew->folder);
			if (differ < 0)
				break;
		}
	}
	crew_restore(crew, saved);
	free(saved);
}

static void try_plan(const struct plan *plan, const char *folder, uint64_t first, long n_seeds,
	unsigned int n_variants)
{
	struct tally tally = { 0 };
	for (long i = 0; i < n_seeds; i++) {
		struct crew *crew = crew_new(folder);
		struct disk *disk = disk_new(folder);
		crew->sync = plan->sync;
		crew->segment_size = plan->segment_size;
		crew->longest = 1500;
		run(plan, crew, disk, first + (uint64_t)i);
		crew_remove(folder);
		if (crew->n_complaints && tally.n_bad++ < SHOWN)
			tap_note("%s, seed %llu: %s", plan->name,
				(unsigned long long)first + (uint64_t)i, crew->complaint);
		else
			crash_all(plan, crew, disk, first + (uint64_t)i, n_variants, &tally);
		disk_free(disk);
		crew_free(crew);
	}
	tap_ok(tally.n_bad == 0 && tally.n_promised > 0, "%s: %lu crashes, %lu bad", plan->name,
		tally.n_crashes, tally.n_bad);
}

int main(int argc, char **argv)
{
	static const struct plan plans[] = {
		{ "one producer", 1, 0, 5, 1 << 20, BROOD_SYNC_GROUP, false, 0 },
		{ "two producers, small segments", 2, 0, 6, 4096, BROOD_SYNC_GROUP, false, 0 },
		{ "two producers that sync each", 2, 0, 5, 4096, BROOD_SYNC_ALWAYS, false, 0 },
		{ "two producers, a worker", 2, 1, 10, 4096, BROOD_SYNC_GROUP, false, 0 },
		{ "two producers, one is killed", 2, 0, 3, 4096, BROOD_SYNC_GROUP, false, 40 },
		{ "a producer that syncs at the end", 1, 0, 12, 4096, BROOD_SYNC_OFF, true, 0 },
	};
	long n_seeds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
	unsigned int n_variants = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 4;
	uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	char scratch[128];
	char folder[256];
	if (!tracer_works() || !crew_can_boot()) {
		tap_skip("a machine crashes",
			"processes cannot be traced, or get no boot id of their own");
		return tap_end();
	}
	tracer_stay(true);
	crew_scratch(scratch);
	snprintf(folder, sizeof folder, "%s/box", scratch);
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
		try_plan(&plans[i], folder, first, n_seeds, n_variants);
	crew_remove(scratch);
	return tap_end();
}
