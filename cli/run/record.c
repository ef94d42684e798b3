/* SPDX-License-Identifier: MIT */
#include "run/record.h"

#include "common/json.h"

#include <stdio.h>
#include <string.h>

/* What getrusage(2) counts storage in. */
#define BLOCK_BYTES 512

static const struct brood_status *status_of(const struct run_record *record)
{
	const struct brood_result *result = record->result;

	return result && result->n_stages > 0 && result->stages[0].pid > 0 ? result->stages : NULL;
}

static const char *cause_of(const struct run_record *record)
{
	const struct brood_status *status = status_of(record);

	if (!status)
		return "spawn";
	if (record->code == BROOD_ETIMEOUT)
		return "timeout";
	if (record->code == BROOD_ECANCELED || (record->was_asked && status->how == BROOD_SIGNALED))
		return "canceled";
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

static void put_usage(struct text *text, const struct brood_status *status)
{
	if (!status) {
		static const char *const names[] = { "wall_s", "user_s", "sys_s", "rss_peak_tree",
			"rss_peak_max", "procs", "left_killed", "read_bytes", "write_bytes" };
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			json_null(text, names[i]);
		return;
	}
	json_seconds(text, "wall_s", wall_of(status));
	json_seconds(text, "user_s", nanoseconds(status->usage.ru_utime));
	json_seconds(text, "sys_s", nanoseconds(status->usage.ru_stime));
	/* Nobody has watched the tree: not known is not 0. */
	json_null(text, "rss_peak_tree");
	json_integer(text, "rss_peak_max", (int64_t)status->usage.ru_maxrss * 1024);
	json_null(text, "procs");
	json_null(text, "left_killed");
	json_integer(text, "read_bytes", (int64_t)status->usage.ru_inblock * BLOCK_BYTES);
	json_integer(text, "write_bytes", (int64_t)status->usage.ru_oublock * BLOCK_BYTES);
}

void record_json(
	struct text *text, const struct run_config *config, const struct run_record *record)
{
	const struct brood_status *status = status_of(record);
	char start[48];

	json_begin(text);
	json_string(text, "v", "brood.result/1");
	json_string(text, "name", config->name);
	if (status)
		json_integer(text, "pid", status->pid);
	else
		json_null(text, "pid");
	json_strings(text, "argv", config->argv);
	json_string(text, "cause", cause_of(record));
	if (status && status->how == BROOD_EXITED)
		json_integer(text, "code", status->exit_code);
	else
		json_null(text, "code");
	json_string(text, "signal",
		status && status->how == BROOD_SIGNALED ? brood_signal_name(status->signal) : NULL);
	json_boolean(text, "timed_out", record->code == BROOD_ETIMEOUT);
	json_string(text, "start", start_text(&record->start, start));
	put_usage(text, status);
	json_integer(text, "attempt", 1);
	json_end(text);
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

void record_line(
	struct text *text, const struct run_config *config, const struct run_record *record)
{
	const struct brood_status *status = status_of(record);
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
	int64_t wall = wall_of(status);
	int64_t cpu = nanoseconds(status->usage.ru_utime) + nanoseconds(status->usage.ru_stime);
	text_string(text, " · ");
	put_seconds(text, wall);
	text_string(text, " wall · ");
	put_seconds(text, cpu);
	text_format(text, " cpu (%.0f %%) · ", wall > 0 ? 100.0 * (double)cpu / (double)wall : 0.0);
	put_bytes(text, (int64_t)status->usage.ru_maxrss * 1024);
	text_string(text, " peak (largest process) · ");
	put_bytes(text, (int64_t)status->usage.ru_inblock * BLOCK_BYTES);
	text_string(text, " read, ");
	put_bytes(text, (int64_t)status->usage.ru_oublock * BLOCK_BYTES);
	text_string(text, " written");
}
