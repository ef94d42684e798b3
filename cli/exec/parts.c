/* SPDX-License-Identifier: MIT */
#include "exec/parts.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "exec/interrupt.h"

#include <brood/brood.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between TERM and KILL, when we are told to end. */
#define GRACE (5 * BROOD_SECOND)

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name), suffix_length = strlen(suffix);

	return length > suffix_length && strcmp(name + length - suffix_length, suffix) == 0;
}

bool parts_is_name(const char *name)
{
	static const char *const leftovers[] = { ".bak", ".orig", ".rej", ".swp", ".tmp",
		".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-tmp", ".dpkg-bak", ".ucf-old",
		".ucf-dist", ".ucf-new", ".rpmsave", ".rpmorig", ".rpmnew" };
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-.";

	if (name[0] == '\0' || name[0] == '.' || name[strspn(name, bytes)] != '\0')
		return false;
	for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
		if (ends_with(name, leftovers[i]))
			return false;
	return true;
}

static int select_name(const struct dirent *entry)
{
	return parts_is_name(entry->d_name);
}

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* 1: it is one, 0: it is left out, or -errno. */
static int look_at(const char *folder, const char *name, bool is_quiet)
{
	struct text path = { 0 };
	const char *why = NULL;
	struct stat info;
	int r = 0;

	text_format(&path, "%s/%s", folder, name);
	if (stat(path.bytes, &info) < 0)
		r = -errno;
	else if (S_ISREG(info.st_mode) && eaccess(path.bytes, X_OK) == 0)
		r = 1;
	else if (S_ISREG(info.st_mode))
		why = "it is not executable";
	/* A link that leads nowhere. */
	if (r == -ENOENT) {
		why = message_errno(ENOENT);
		r = 0;
	}
	if (why && !is_quiet)
		message("exec: run-parts: %s is left out: %s", path.bytes, why);
	text_done(&path);
	return r;
}

int parts_list(const char *folder, bool is_quiet, struct text *ret_names)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, select_name, compare), n_good = 0, r = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		if (r >= 0)
			r = look_at(folder, name, is_quiet);
		if (r > 0)
			text_add(ret_names, name, strlen(name) + 1);
		n_good += r > 0;
		free(entries[i]);
	}
	free(entries);
	return r < 0 ? r : n_good;
}

/* Moves the job on until it is over. Returns the number of a signal that has come, or 0. */
static int drive(struct brood_job *job)
{
	int fd = brood_job_pollfd(job), number = 0, over = fd < 0;

	while (!over) {
		/* What has come once comes back at once: from then on only the job counts. */
		if (number == 0 && (number = interrupt_wait(fd, INT64_MAX)) != 0)
			brood_job_stop(job);
		else if (number != 0)
			break;
		over = brood_job_step(job) != 0;
	}
	return number;
}

static int say_failure(const char *path, const struct parts_settings *settings, int code,
	const struct brood_result *result, const struct brood_error *error)
{
	char words[512], limit[DURATION_TEXT_SIZE];

	if (code == BROOD_ETIMEOUT) {
		message("exec: run-parts: %s: time limit of %s reached", path,
			duration_text(settings->timeout, limit));
		return EXIT_TIMEOUT;
	}
	if (code == BROOD_EEXIT && result->n_stages > 0) {
		brood_status_text(&result->stages[0], words, sizeof words);
		message("exec: run-parts: %s: %s", path, words);
	} else if (code == -ENOEXEC) {
		message("exec: run-parts: %s: %s (no #! line?)", path, message_errno(ENOEXEC));
	} else {
		/* Which begins with the name. */
		message("exec: run-parts: %s",
			brood_explain(code, result, error, words, sizeof words));
	}
	return EXIT_BROOD;
}

static int run_one(const char *path, const struct parts_settings *settings, char *const *env)
{
	static const struct brood_stop stop = { .signal = SIGTERM, .grace = GRACE };
	struct brood_cmd cmd = BROOD_CMD(.path = path, .argv = BROOD_ARGV(path), .env = env,
		.in = brood_inherit(), .signals = interrupt_signals());
	struct brood_options options = BROOD_OPTIONS(.timeout = settings->timeout, .stop = &stop,
		.n_stop = 1, .flags = BROOD_KILL_TREE | BROOD_ORPHANS_LEAVE);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	int number = 0, code = 0;

	if (settings->is_verbose)
		message("exec: run-parts: %s", path);
	int r = brood_start(&job, &cmd, 1, &options, &error);
	if (r == 0) {
		number = drive(job);
		r = brood_job_wait(job, BROOD_FOREVER, &result, &error);
	}
	if (number > 0) {
		message("exec: run-parts: %s: ended by %s", path, brood_signal_name(number));
		code = EXIT_SIGNAL + number;
	} else if (r < 0) {
		code = say_failure(path, settings, r, &result, &error);
	}
	brood_result_done(&result);
	brood_job_free(job);
	return code;
}

int parts_run(const char *folder, const struct parts_settings *settings, char *const *env)
{
	struct text names = { 0 }, path = { 0 };
	int n = parts_list(folder, settings->is_quiet, &names), code = 0;

	if (n < 0) {
		message("%s: %s (--run-parts)", folder, message_errno(-n));
		code = EXIT_BROOD;
	} else {
		interrupt_begin();
	}
	const char *name = names.bytes ? names.bytes : "";
	for (int i = 0; i < n && code == 0; i++, name += strlen(name) + 1) {
		path.length = 0;
		text_format(&path, "%s/%s", folder, name);
		code = run_one(path.bytes, settings, env);
	}
	text_done(&names);
	text_done(&path);
	return code;
}
