/* SPDX-License-Identifier: MIT */
#include "pipe/stats_bottleneck.h"

/* All in thousandths. */
#define FULL        1000
#define HALF        500
#define STANDS_OUT  600 /* by so much the pipe in front of a stage is fuller than the one behind */
#define LEAST_LOOKS 2

static int share(const struct stats_stage *stage, enum stats_wait wait)
{
	return stage->looks > 0 ? stage->waits[wait] * FULL / stage->looks : 0;
}

/* How full the pipe is that the stage reads, its source being alive. */
static int pressure(const struct stats_stage *stages, const struct stats_stage *stage)
{
	int waits_write = share(&stages[stage->source], STATS_WRITES);
	int waits_read = share(stage, STATS_READS);

	if (stage->fill < 0)
		return HALF + (waits_write - waits_read) / 2;
	return (2 * stage->fill + waits_write + FULL - waits_read) / 4;
}

static bool has_all_at_hand(const struct stats_stage *stages, const struct stats_stage *stage)
{
	return stage->source < 0 || !stages[stage->source].is_alive;
}

static int pressure_before(const struct stats_stage *stages, const struct stats_stage *stage)
{
	/* What waits in a pipe without a writer is at hand, like a file. */
	return has_all_at_hand(stages, stage) ? FULL : pressure(stages, stage);
}

/* A writer to several waits for the slowest of them. */
static int pressure_behind(const struct stats_stage *stages, size_t n, size_t writer)
{
	int most = 0;

	for (size_t i = 0; i < n; i++)
		if (stages[i].is_alive && stages[i].source == (ptrdiff_t)writer) {
			int found = pressure(stages, &stages[i]);
			most = found > most ? found : most;
		}
	return most;
}

static enum stats_wait usual_wait(const struct stats_stage *stage)
{
	enum stats_wait usual = STATS_UNKNOWN;

	for (int wait = 0; wait < STATS_N_WAITS; wait++)
		if (wait != STATS_RUNS && stage->waits[wait] >= stage->waits[usual])
			usual = (enum stats_wait)wait;
	return usual;
}

static enum stats_reason reason_of_wait(
	const struct stats_stage *stage, enum stats_wait wait, bool is_first)
{
	switch (wait) {
	case STATS_DISK:
		return stage->disk_written > stage->disk_read ? STATS_DISK_WRITE : STATS_DISK_READ;
	case STATS_NETWORK:
		return STATS_BY_NETWORK;
	case STATS_READS:
		return is_first ? STATS_INPUT : STATS_IDLE;
	case STATS_WRITES:
		return stage->is_last ? STATS_OUTPUT : STATS_IDLE;
	case STATS_POLLS:
		return stage->is_last ? STATS_OUTPUT : is_first ? STATS_INPUT : STATS_IDLE;
	case STATS_STOPPED:
		return STATS_BY_STOP;
	case STATS_RUNS:
		return STATS_CPU;
	case STATS_UNKNOWN:
	case STATS_CHILDREN:
	case STATS_SLEEPS:
	case STATS_N_WAITS:
		break;
	}
	return STATS_IDLE;
}

static enum stats_reason reason_of(const struct stats_stage *stage)
{
	/* Where processors are few it runs, but is not let to. */
	if (stage->cpu >= HALF || share(stage, STATS_RUNS) >= HALF)
		return STATS_CPU;
	if (stage->is_relay)
		return STATS_RATE;
	return reason_of_wait(stage, usual_wait(stage), stage->source < 0);
}

/* How many stages feed it, one after the other. */
static size_t depth_of(const struct stats_stage *stages, size_t n, size_t i)
{
	size_t depth = 0;

	for (; depth < n && stages[i].source >= 0; depth++)
		i = (size_t)stages[i].source;
	return depth;
}

struct stats_verdict stats_bottleneck(const struct stats_stage *stages, size_t n)
{
	struct stats_verdict verdict = { 0, STATS_NOTHING };
	int most = STANDS_OUT - 1;

	for (size_t i = 0; i < n; i++) {
		if (!stages[i].is_alive || stages[i].looks < LEAST_LOOKS)
			continue;
		int drop = pressure_before(stages, &stages[i]) - pressure_behind(stages, n, i);
		/* While things change there can be two: then it is the later one. */
		if (drop > most ||
			(drop == most && verdict.reason != STATS_NOTHING &&
				depth_of(stages, n, i) > depth_of(stages, n, verdict.stage))) {
			most = drop;
			verdict = (struct stats_verdict){ i, reason_of(&stages[i]) };
		}
	}
	return verdict;
}

const char *stats_reason_text(enum stats_reason reason)
{
	static const char *const texts[STATS_N_REASONS] = {
		[STATS_NOTHING] = "none",
		[STATS_CPU] = "cpu",
		[STATS_DISK_READ] = "reading from disk",
		[STATS_DISK_WRITE] = "writing to disk",
		[STATS_BY_NETWORK] = "network",
		[STATS_INPUT] = "waits for its input",
		[STATS_OUTPUT] = "waits for its reader",
		[STATS_RATE] = "rate limit",
		[STATS_BY_STOP] = "stopped",
		[STATS_IDLE] = "sleeps",
	};

	return texts[reason];
}
