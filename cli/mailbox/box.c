/* SPDX-License-Identifier: MIT */
#include "mailbox/box.h"

#include "common/duration.h"
#include "common/environment.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/text.h"
#include "mailbox/box_path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_FOLDER "out"
/* Between two looks when the box has said that something is new and nothing was. */
#define SHORTEST_LOOK (5 * BROOD_MILLISECOND)

int box_take_help(void *config, const char *spelled, const char *value)
{
	(void)spelled;
	(void)value;
	((struct box_options *)config)->help = true;
	return 1;
}

/* Makes the folders above the last component. Returns 0 or -errno; path is as before then. */
static int make_parents(char *path)
{
	int r = 0;

	for (char *slash = strchr(path + 1, '/'); slash && r == 0; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			r = -errno;
		*slash = '/';
	}
	return r;
}

/* is_made: it would have been made, if only it could be. */
static int fail_open(const struct box *box, const char *action, int r, bool is_made,
	const struct brood_error *error)
{
	const char *place = error->subject[0] ? error->subject : box->path;
	const char *words = r == -EUCLEAN ? "this is no mailbox, or one of another version"
			    : r == -ENOENT && is_made
				    ? "the folder that it would lie in is not there"
			    : r == -ENOENT       ? "there is no such mailbox"
			    : r == BROOD_EMISUSE ? "cannot be opened so"
						 : message_errno(-r);

	if (r == -EUCLEAN || r == -ENOENT)
		place = box->path;
	if (strcmp(place, box->name) == 0)
		message("%s: %s: %s", action, box->name, words);
	else
		message("%s: %s: %s (%s)", action, box->name, words, place);
	return -1;
}

/* The children of a job shall find the same box from wherever they are. */
static int make_absolute(struct text *path)
{
	if (path->bytes[0] == '/')
		return 0;
	char *cwd = getcwd(NULL, 0);
	if (!cwd)
		return -errno;
	struct text whole = { 0 };
	const char *relative = path->bytes;
	while (strncmp(relative, "./", 2) == 0 && relative[2] != '/' && relative[2] != '\0')
		relative += 2;
	text_format(&whole, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, relative);
	free(cwd);
	text_done(path);
	*path = whole;
	return 0;
}

static void on_signal(int number)
{
	(void)number;
}

/* A file that would become too long is an error like a full disk. Caught, and so default in jobs.
 */
static void catch_file_size(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	(void)sigaction(SIGXFSZ, &action, NULL);
}

int box_open(struct box *box, const char *action, const struct box_options *options,
	const struct brood_mailbox_options *wanted)
{
	const char *inherited = environment_get("BROOD_BOX");
	struct brood_error error = BROOD_ERROR_INIT;
	struct text path = { 0 };

	*box = (struct box){ .name = options->box };
	if (!box->name)
		box->name = inherited && inherited[0] ? inherited : BOX_DEFAULT;
	const char *problem = box_path(
		&path, box->name, environment_get("XDG_STATE_HOME"), environment_get("HOME"));
	if (problem) {
		message("%s: %s", action, problem);
		text_done(&path);
		return -1;
	}
	catch_file_size();
	int r = make_absolute(&path);
	box->path = path.bytes;
	bool is_made = !(wanted->flags & (BROOD_MAILBOX_EXISTING | BROOD_MAILBOX_READ_ONLY));
	if (r == 0 && is_made && !strchr(box->name, '/'))
		r = make_parents(box->path);
	if (r == 0)
		r = brood_mailbox_open(&box->mailbox, box->path, wanted, &error);
	return r == 0 ? 0 : fail_open(box, action, r, is_made, &error);
}

void box_close(struct box *box)
{
	brood_mailbox_close(box->mailbox);
	free(box->path);
	*box = (struct box){ 0 };
}

int box_fail(const struct box *box, uint64_t id, const char *doing, int code)
{
	const char *words = code > BROOD_EEXIT ? message_errno(-code) : brood_code_name(code);

	if (code == -ESHUTDOWN)
		words = "the mailbox is draining and takes nothing in (brood mailbox resume ends that)";
	if (code == -EBADF)
		words = "it may only be read";
	const char *colon = code == 0 ? "" : ": ";
	if (code == 0)
		words = "";
	if (id > 0)
		message("%s: message %llu: %s%s%s", box->name, (unsigned long long)id, doing, colon,
			words);
	else
		message("%s: %s%s%s", box->name, doing, colon, words);
	return EXIT_BROOD;
}

/* Never more often than that, so that what others do all the time does not keep us busy. */
static void rest(int64_t *last)
{
	int64_t now = duration_now();

	if (now - *last < SHORTEST_LOOK)
		(void)poll(NULL, 0, (int)(SHORTEST_LOOK / BROOD_MILLISECOND));
	*last = duration_now();
}

int box_wait(struct box *box, int64_t until)
{
	static int64_t last;
	struct pollfd news = { .fd = brood_mailbox_pollfd(box->mailbox), .events = POLLIN };

	if (news.fd < 0) {
		box_fail(box, 0, "it cannot be watched", news.fd);
		return -1;
	}
	rest(&last);
	int64_t left = until == BROOD_FOREVER ? BROOD_FOREVER : until - duration_now();
	if (left <= 0)
		return -ETIME;
	const struct timespec time = { left / BROOD_SECOND, left % BROOD_SECOND };
	int r = ppoll(&news, 1, left == BROOD_FOREVER ? NULL : &time, NULL);
	return r == 0 ? -ETIME : 0;
}

static int open_output_folder(const struct box *box, bool is_made)
{
	struct text path = { 0 };

	text_format(&path, "%s/" OUTPUT_FOLDER, box->path);
	if (is_made && mkdir(path.bytes, 0700) < 0 && errno != EEXIST) {
		int r = -errno;
		text_done(&path);
		return r;
	}
	int fd = open(path.bytes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : fd;
	text_done(&path);
	return r;
}

static const char *output_name(uint64_t id, char name[24])
{
	snprintf(name, 24, "%llu", (unsigned long long)id);
	return name;
}

int box_open_output(const struct box *box, uint64_t id, int flags)
{
	char name[24];
	struct stat stat;
	int folder = open_output_folder(box, flags != O_RDONLY);

	if (folder < 0)
		return folder;
	if (flags != O_RDONLY)
		flags |= O_CREAT | O_APPEND;
	/* What is there and is no file is none of ours: a FIFO would block, a device would act. */
	int fd = openat(folder, output_name(id, name),
		flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	int r = fd < 0 ? -errno : fd;
	close(folder);
	if (fd >= 0 && (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode))) {
		close(fd);
		return -EINVAL;
	}
	/* The job gets it and need not know O_NONBLOCK. */
	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, flags & O_APPEND);
	return r;
}

void box_remove_output(const struct box *box, uint64_t id)
{
	char name[24];
	int folder = open_output_folder(box, false);

	if (folder < 0)
		return;
	(void)unlinkat(folder, output_name(id, name), 0);
	close(folder);
}

struct outputs {
	uint64_t *ids;
	size_t n;
};

static bool is_over(struct box *box, uint64_t id)
{
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_look(box->mailbox, id, &message, NULL);

	return r == -ENOENT || (r == 0 && (message.state == BROOD_MESSAGE_DONE ||
						  message.state == BROOD_MESSAGE_REMOVED));
}

static void list_outputs(struct outputs *outputs, DIR *folder)
{
	const struct dirent *entry;

	while ((entry = readdir(folder))) { /* NOLINT(concurrency-mt-unsafe): one thread */
		char *end = NULL;
		uint64_t id = strtoull(entry->d_name, &end, 10);
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || *end != '\0')
			continue;
		if ((outputs->n & (outputs->n - 1)) == 0)
			outputs->ids = memory_resize(outputs->ids,
				(outputs->n ? outputs->n * 2 : 1) * sizeof *outputs->ids);
		outputs->ids[outputs->n++] = id;
	}
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

void box_prune_outputs(struct box *box, size_t keep)
{
	struct outputs outputs = { 0 };
	int fd = open_output_folder(box, false);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	list_outputs(&outputs, folder);
	closedir(folder);
	if (outputs.n > keep) {
		qsort(outputs.ids, outputs.n, sizeof *outputs.ids, compare_ids);
		for (size_t i = 0; i < outputs.n - keep; i++)
			if (is_over(box, outputs.ids[i]))
				box_remove_output(box, outputs.ids[i]);
	}
	free(outputs.ids);
}
