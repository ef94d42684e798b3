/* SPDX-License-Identifier: MIT */
#include "run/record.h"

#include "common/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What getrusage(2) counts storage in. */
#define BLOCK_BYTES 512

/* What it has used, as far as that is known: the tree if it was looked after, else the command and
   the children that it has waited for. */
struct usage {
	int64_t user, system;
	int64_t peak_tree, peak_largest; /* bytes; -1: not known */
	int64_t processes, killed;       /* -1: not known */
	int64_t bytes_read, bytes_written;
};

static const char *cause_of(const struct attempt *attempt)
{
	const struct brood_status *status = attempt_status(attempt);

	/* Killed early enough, it had not even said that the command runs. */
	if (attempt->code == -EOWNERDEAD)
		return "guard";
	if (!status)
		return "spawn";
	if (attempt->code == BROOD_ETIMEOUT)
		return "timeout";
	if (attempt->was_silent)
		return "idle";
	if (attempt->code == BROOD_ECANCELED ||
		(attempt->was_asked && status->how == BROOD_SIGNALED))
		return "canceled";
	if (attempt->ran_out && attempt->code != 0)
		return "oom";
	if (status->how == BROOD_SIGNALED)
		return "signal";
	return status->how == BROOD_EXITED ? "exit" : "lost";
}

static int64_t nanoseconds(struct timeval time)
{
	return time.tv_sec * BROOD_SECOND + time.tv_usec * BROOD_MICROSECOND;
}

static int64_t wall_of(const struct brood_status *status)
{
	return status->ended_ns > status->started_ns ? status->ended_ns - status->started_ns : 0;
}

static const char *start_text(const struct timespec *start, char text[48])
{
	struct tm broken;

	if (!gmtime_r(&start->tv_sec, &broken))
		return NULL;
	size_t length = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &broken);
	snprintf(text + length, 48 - length, ".%03ldZ", start->tv_nsec / 1000000);
	return text;
}

static struct usage usage_of(const struct attempt *attempt, const struct brood_status *status)
{
	const struct brood_tree_usage *tree = &attempt->result.tree;
	bool has_tree = tree->tier >= BROOD_TREE_GUARD &&
			!(attempt->result.notes & BROOD_NOTE_GUARD_LOST);
	const struct rusage *usage = has_tree ? &tree->usage : &status->usage;

	/* The kernel counts the peak of a new process from that of its parent: without the guard in
	   between it may be our own. */
	return (struct usage){
		.user = nanoseconds(usage->ru_utime),
		.system = nanoseconds(usage->ru_stime),
		.peak_tree = tree->peak_memory > 0 ? (int64_t)tree->peak_memory : -1,
		.peak_largest = has_tree ? (int64_t)usage->ru_maxrss * 1024 : -1,
		.processes = tree->processes > 0 ? (int64_t)tree->processes : -1,
		.killed = has_tree ? (int64_t)attempt->result.tree_killed : -1,
		.bytes_read = has_tree ? (int64_t)tree->read_bytes
				       : (int64_t)usage->ru_inblock * BLOCK_BYTES,
		.bytes_written = has_tree ? (int64_t)tree->written_bytes
					  : (int64_t)usage->ru_oublock * BLOCK_BYTES,
	};
}

static void put_known(struct text *text, const char *name, int64_t value)
{
	if (value < 0)
		put_json_null(text, name);
	else
		put_json_integer(text, name, value);
}

static void put_usage(
	struct text *text, const struct attempt *attempt, const struct brood_status *status)
{
	if (!status) {
		static const char *const names[] = { "wall_s", "user_s", "sys_s", "rss_peak_tree",
			"rss_peak_max", "procs", "left_killed", "read_bytes", "write_bytes" };
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			put_json_null(text, names[i]);
		return;
	}
	struct usage usage = usage_of(attempt, status);
	put_json_seconds(text, "wall_s", wall_of(status));
	put_json_seconds(text, "user_s", usage.user);
	put_json_seconds(text, "sys_s", usage.system);
	put_known(text, "rss_peak_tree", usage.peak_tree);
	put_known(text, "rss_peak_max", usage.peak_largest);
	put_known(text, "procs", usage.processes);
	put_known(text, "left_killed", usage.killed);
	put_json_integer(text, "read_bytes", usage.bytes_read);
	put_json_integer(text, "write_bytes", usage.bytes_written);
}

void record_json(struct text *text, const struct run_config *config, const struct attempt *attempt)
{
	const struct brood_status *status = attempt_status(attempt);
	char start[48];

	put_json_begin(text);
	put_json_string(text, "v", "brood.result/1");
	put_json_string(text, "name", config->name);
	if (status)
		put_json_integer(text, "pid", status->pid);
	else
		put_json_null(text, "pid");
	put_json_strings(text, "argv", config->argv);
	put_json_string(text, "cause", cause_of(attempt));
	if (status && status->how == BROOD_EXITED)
		put_json_integer(text, "code", status->exit_code);
	else
		put_json_null(text, "code");
	put_json_string(text, "signal",
		status && status->how == BROOD_SIGNALED ? brood_signal_name(status->signal) : NULL);
	put_json_boolean(text, "timed_out", attempt->code == BROOD_ETIMEOUT);
	put_json_string(text, "start", start_text(&attempt->start, start));
	put_usage(text, attempt, status);
	put_json_integer(text, "attempt", attempt->number);
	put_json_end(text);
}

static void put_bytes(struct text *text, int64_t bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	size_t unit = 0;
	double value = (double)bytes;

	for (; value >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
		value /= 1024;
	text_format(text, unit > 0 && value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void put_seconds(struct text *text, int64_t duration)
{
	double seconds = (double)duration / 1e9;

	text_format(text,
		seconds < 0.0995  ? "%.3f s"
		: seconds < 9.995 ? "%.2f s"
				  : "%.1f s",
		seconds);
}

static void put_memory(struct text *text, const struct usage *usage)
{
	if (usage->peak_tree < 0 && usage->peak_largest < 0)
		return;
	text_string(text, " · ");
	put_bytes(text, usage->peak_tree >= 0 ? usage->peak_tree : usage->peak_largest);
	text_string(text, usage->peak_tree >= 0 ? " peak (tree)" : " peak (largest process)");
}

void record_line(struct text *text, const struct run_config *config, const struct attempt *attempt)
{
	const struct brood_status *status = attempt_status(attempt);
	char end[64];

	text_format(text, "%s: ", config->name);
	if (!status) {
		text_string(text, "not started");
		return;
	}
	if (status->how == BROOD_EXITED) {
		text_format(text, "exit %d", status->exit_code);
	} else {
		brood_status_text(status, end, sizeof end);
		text_string(text, end);
	}
	struct usage usage = usage_of(attempt, status);
	int64_t wall = wall_of(status);
	int64_t cpu = usage.user + usage.system;
	text_string(text, " · ");
	put_seconds(text, wall);
	text_string(text, " wall · ");
	put_seconds(text, cpu);
	text_format(text, " cpu (%.0f %%)", wall > 0 ? 100.0 * (double)cpu / (double)wall : 0.0);
	put_memory(text, &usage);
	if (usage.processes >= 0)
		text_format(text, " · %lld process%s", (long long)usage.processes,
			usage.processes == 1 ? "" : "es");
	text_string(text, " · ");
	put_bytes(text, usage.bytes_read);
	text_string(text, " read, ");
	put_bytes(text, usage.bytes_written);
	text_string(text, " written");
}
