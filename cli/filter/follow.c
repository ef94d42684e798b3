/* SPDX-License-Identifier: MIT */
#include "filter/follow.h"

#include "common/duration.h"
#include "common/memory.h"
#include "common/message.h"
#include "filter/moved.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/uio.h>
#include <unistd.h>

/* What we remember of what stands in front of where we are, to see whether it is still there. */
#define MARK_BYTES 256
/* Some file systems tell nobody what others do to them; where nobody is told at all we look often.
 */
#define PATIENCE_TOLD   1000
#define PATIENCE_UNTOLD 50
/* A file that was renamed may still be written to, by those who have not noticed yet. */
#define QUIET_AFTER (60 * BROOD_SECOND)
#define MOST_OLD    64

/* One file, under whatever name. */
struct generation {
	struct source source; /* its descriptor is ours */
	dev_t dev;
	ino_t ino;
	off_t position;
	char mark[MARK_BYTES];
	size_t n_mark;
	int watch; /* -1: none */
	brood_duration last_read;
	bool is_heard; /* whatever became of its name, we have been told */
};

struct followed {
	const char *path;
	char *folder;
	int folder_watch; /* -1: none */
	struct moved moved;
	struct generation now; /* source.fd -1: nothing is there */
	struct generation old[MOST_OLD];
	size_t n_old;
	bool was_there;
	bool was_refused;
};

struct follow {
	struct intake *intake;
	int inotify; /* -1: there is none */
	struct followed *files;
	size_t n_files;
	/* The first half of a rename. */
	char from[NAME_MAX + 1];
	uint32_t from_cookie;
	int from_watch;
};

static void remember(struct generation *generation, const char *bytes, size_t length)
{
	if (length >= MARK_BYTES) {
		memcpy(generation->mark, bytes + length - MARK_BYTES, MARK_BYTES);
		generation->n_mark = MARK_BYTES;
		return;
	}
	size_t stay = MARK_BYTES - length < generation->n_mark ? MARK_BYTES - length
							       : generation->n_mark;
	memmove(generation->mark, generation->mark + generation->n_mark - stay, stay);
	memcpy(generation->mark + stay, bytes, length);
	generation->n_mark = stay + length;
}

/* The file does not hold what it did: it was cut off, and a new text begins. */
static void start_again(struct intake *intake, struct generation *generation)
{
	intake_look_rest(intake, &generation->source);
	generation->position = 0;
	generation->n_mark = 0;
}

/* One read, which tells both what is new and whether the old is still there. Returns whether there
   may be more. */
static bool read_once(struct intake *intake, struct generation *generation)
{
	char mark[MARK_BYTES];
	struct source *source = &generation->source;
	struct iovec parts[2] = {
		{ mark, generation->n_mark },
		{ source_room(source, INTAKE_BYTES), INTAKE_BYTES },
	};
	ssize_t n = preadv(source->fd, parts, 2, generation->position - (off_t)generation->n_mark);

	if (n < 0) {
		if (errno != EINTR)
			intake_complain(intake, source->name, message_errno(errno));
		return errno == EINTR;
	}
	if ((size_t)n < generation->n_mark ||
		memcmp(mark, generation->mark, generation->n_mark) != 0) {
		start_again(intake, generation);
		return true;
	}
	n -= (ssize_t)generation->n_mark;
	if (n == 0)
		return false;
	remember(generation, parts[1].iov_base, (size_t)n);
	generation->position += n;
	generation->last_read = duration_now();
	source_add(source, (size_t)n);
	intake_look(intake, source);
	return true;
}

static void read_new(struct intake *intake, struct generation *generation)
{
	while (!generation->source.is_done && !intake_is_over(intake) &&
		read_once(intake, generation))
		;
}

/* Where the last n lines begin; a line that has not ended yet counts as none. */
static off_t find_tail(int fd, off_t size, uint64_t n, char eol)
{
	char block[16384];
	off_t end = size, found = 0;
	/* The newline that ends the line before those. */
	uint64_t left = n + 1;

	while (end > 0) {
		off_t start = end > (off_t)sizeof block ? end - (off_t)sizeof block : 0;
		ssize_t length = pread(fd, block, (size_t)(end - start), start);
		if (length <= 0)
			return size;
		for (ssize_t i = length - 1; i >= 0; i--)
			if (block[i] == eol && --left == 0)
				return start + i + 1;
		end = start;
	}
	return found;
}

/* With no more than what lies before, so that it can be seen if that goes. */
static void begin_at(struct generation *generation, off_t position)
{
	off_t start = position > MARK_BYTES ? position - MARK_BYTES : 0;
	ssize_t n = pread(
		generation->source.fd, generation->mark, (size_t)(position - start), start);

	generation->position = position;
	generation->n_mark = n == position - start ? (size_t)n : 0;
}

static void watch_file(struct follow *follow, struct generation *generation)
{
	char path[64] = "/proc/self/fd/";
	char digits[16];
	size_t at = sizeof digits - 1;

	/* This file, and not another one that has taken its name. */
	digits[at] = '\0';
	for (int fd = generation->source.fd; fd > 0; fd /= 10)
		digits[--at] = (char)('0' + fd % 10);
	memcpy(path + strlen(path), digits + at, sizeof digits - at);
	generation->watch = follow->inotify < 0 ? -1
						: inotify_add_watch(follow->inotify, path,
							  IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE);
}

/* Opens what is there, under its own name or a later one. Returns 0 or -errno. */
static int open_now(struct follow *follow, const struct followed *file, const char *path,
	struct generation *ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	*ret = (struct generation){ .dev = st.st_dev, .ino = st.st_ino, .watch = -1 };
	intake_begin(follow->intake, &ret->source, file->path);
	ret->source.fd = fd;
	ret->last_read = duration_now();
	return 0;
}

static void forget(struct follow *follow, struct generation *generation)
{
	intake_look_rest(follow->intake, &generation->source);
	follow->intake->selection->n_cut += generation->source.n_cut;
	if (generation->watch >= 0)
		(void)inotify_rm_watch(follow->inotify, generation->watch);
	source_done(&generation->source);
}

/* Whether nobody has it open for writing: then a lease is to be had. */
static bool has_no_writer(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return false;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

/* Files that have lost their name, until they are written to no more. */
static void look_at_old(struct follow *follow, struct followed *file)
{
	size_t n = 0;

	for (size_t i = 0; i < file->n_old; i++) {
		struct generation *old = &file->old[i];
		/* Until we have heard of its new name it must be known that we know it. */
		bool is_over = old->is_heard &&
			       (has_no_writer(old->source.fd) ||
				       duration_now() - old->last_read > QUIET_AFTER);
		old->is_heard = true;
		read_new(follow->intake, old);
		if (is_over)
			forget(follow, old);
		else if (n++ != i)
			file->old[n - 1] = *old;
	}
	file->n_old = n;
}

/* What the lines so far mean to the next ones is not a matter of files. */
static void hand_over(struct generation *old, struct generation *new)
{
	struct progress progress = new->source.progress;

	new->source.progress = old->source.progress;
	new->source.is_done = new->source.is_done || old->source.is_done;
	old->source.progress = progress;
}

static bool is_same(const struct generation *a, const struct generation *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static bool is_known(const struct followed *file, const struct generation *generation)
{
	if (!file->was_there)
		return false;
	if (is_same(&file->now, generation))
		return true;
	for (size_t i = 0; i < file->n_old; i++)
		if (is_same(&file->old[i], generation))
			return true;
	return false;
}

/* The name is another file's now; the one that had it goes on being read. */
static void put_aside(struct follow *follow, struct followed *file, struct generation *generation)
{
	if (file->n_old == MOST_OLD) {
		read_new(follow->intake, &file->old[0]);
		forget(follow, &file->old[0]);
		memmove(file->old, file->old + 1, --file->n_old * sizeof *file->old);
	}
	generation->is_heard = false;
	file->old[file->n_old++] = *generation;
}

static void replace(struct follow *follow, struct followed *file)
{
	struct generation new = { .watch = -1 };
	int r = open_now(follow, file, file->path, &new);

	if (r == -EINVAL && !file->was_refused)
		intake_complain(follow->intake, file->path, "is not a file that grows");
	file->was_refused = r == -EINVAL;
	if (r < 0)
		return;
	if (file->was_there) {
		/* Lines of the old one before those of the new one, as far as they are there. */
		read_new(follow->intake, &file->now);
		hand_over(&file->now, &new);
		put_aside(follow, file, &file->now);
	}
	watch_file(follow, &new);
	file->now = new;
	file->was_there = true;
	read_new(follow->intake, &file->now);
}

/* Had the name between two looks. */
static void look_at_one_moved(struct follow *follow, struct followed *file, const char *path)
{
	struct generation missed = { .watch = -1 };

	if (open_now(follow, file, path, &missed) < 0)
		return;
	if (is_known(file, &missed)) {
		missed.source.is_done = true;
		forget(follow, &missed);
		return;
	}
	watch_file(follow, &missed);
	if (file->was_there)
		hand_over(&file->now, &missed);
	read_new(follow->intake, &missed);
	if (file->was_there)
		hand_over(&missed, &file->now);
	put_aside(follow, file, &missed);
}

static void look_at_moved(struct follow *follow, struct followed *file)
{
	for (size_t i = 0; i < file->moved.n; i++) {
		struct text path = { 0 };
		text_format(&path, "%s/%s", file->folder, file->moved.names[i]);
		look_at_one_moved(follow, file, path.bytes);
		text_done(&path);
	}
	moved_clear(&file->moved);
}

static void look_at(struct follow *follow, struct followed *file)
{
	struct stat st;

	if (file->was_there)
		read_new(follow->intake, &file->now);
	look_at_moved(follow, file);
	if (stat(file->path, &st) == 0 &&
		(!file->was_there || st.st_dev != file->now.dev || st.st_ino != file->now.ino))
		replace(follow, file);
	look_at_old(follow, file);
}

static void watch_folder(struct follow *follow, struct followed *file)
{
	const char *slash = strrchr(file->path, '/');
	size_t length = slash ? (size_t)(slash - file->path) : 0;

	file->folder = slash ? memory_copy(file->path, length ? length : 1) : memory_copy(".", 1);
	file->moved.base = slash ? slash + 1 : file->path;
	file->folder_watch = follow->inotify < 0 ? -1
						 : inotify_add_watch(follow->inotify, file->folder,
							   IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
								   IN_DELETE | IN_ONLYDIR);
}

/* Where its lines are wanted from. */
static void choose_place(struct follow *follow, struct followed *file)
{
	const struct filter_config *config = follow->intake->config;
	struct stat st;

	if (!config->has_tail && config->has_since)
		return;
	if (config->tail == UINT64_MAX || fstat(file->now.source.fd, &st) < 0)
		return;
	off_t position = find_tail(
		file->now.source.fd, st.st_size, config->tail, follow->intake->limits.eol);
	begin_at(&file->now, position);
}

static int begin(struct follow *follow, struct followed *file)
{
	const struct filter_config *config = follow->intake->config;
	int r = open_now(follow, file, file->path, &file->now);

	if (r == -EINVAL) {
		intake_complain(follow->intake, file->path,
			"is not a file that grows (for a named pipe there is --fifo)");
		return -1;
	}
	if (r < 0) {
		if (!config->no_messages)
			message("filter: %s: %s; waiting for it", file->path, message_errno(-r));
		/* Options that say which lines also hold for files that come later. */
		return 0;
	}
	file->was_there = true;
	choose_place(follow, file);
	/* Whoever sees the watch knows that what he appends now is new. */
	watch_file(follow, &file->now);
	return 0;
}

static void hear_one(struct follow *follow, const struct inotify_event *event)
{
	bool is_second = (event->mask & IN_MOVED_TO) && event->cookie == follow->from_cookie &&
			 event->wd == follow->from_watch;

	for (size_t i = 0; i < follow->n_files; i++) {
		struct followed *file = &follow->files[i];
		if (file->folder_watch != event->wd)
			continue;
		if (is_second)
			moved_rename(&file->moved, follow->from, event->name);
		else if (event->mask & (IN_DELETE | IN_MOVED_TO))
			moved_gone(&file->moved, event->name);
	}
	if (!(event->mask & IN_MOVED_FROM))
		return;
	follow->from_cookie = event->cookie;
	follow->from_watch = event->wd;
	strncpy(follow->from, event->name, NAME_MAX);
}

/* Which file has changed does not matter, each is looked at; but names tell what was there. */
static void hear(struct follow *follow)
{
	_Alignas(struct inotify_event) char events[16384];
	ssize_t n;

	while (follow->inotify >= 0 && (n = read(follow->inotify, events, sizeof events)) > 0)
		for (const char *at = events; at < events + n;) {
			const struct inotify_event *event = (const void *)at;
			if (event->len > 0)
				hear_one(follow, event);
			at += sizeof *event + event->len;
		}
}

struct follow *follow_new(struct intake *intake)
{
	const struct filter_config *config = intake->config;
	struct follow *follow = memory_get(sizeof *follow);

	*follow = (struct follow){
		.intake = intake,
		.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
		.files = memory_get(config->n_files * sizeof *follow->files),
	};
	for (size_t i = 0; i < config->n_files; i++) {
		struct followed *file = &follow->files[follow->n_files++];
		*file = (struct followed){ .path = config->files[i] };
		file->now.source.fd = -1;
		watch_folder(follow, file);
		if (begin(follow, file) < 0) {
			follow_free(follow);
			return NULL;
		}
	}
	/* What was renamed before we opened it is not ours to read. */
	hear(follow);
	for (size_t i = 0; i < follow->n_files; i++)
		moved_clear(&follow->files[i].moved);
	return follow;
}

void follow_free(struct follow *follow)
{
	if (!follow)
		return;
	for (size_t i = 0; i < follow->n_files; i++) {
		struct followed *file = &follow->files[i];
		if (file->was_there)
			source_done(&file->now.source);
		for (size_t j = 0; j < file->n_old; j++)
			source_done(&file->old[j].source);
		moved_clear(&file->moved);
		free(file->folder);
	}
	if (follow->inotify >= 0)
		close(follow->inotify);
	free(follow->files);
	free(follow);
}

int follow_fd(const struct follow *follow)
{
	return follow->inotify;
}

int follow_patience(const struct follow *follow)
{
	return follow->inotify >= 0 ? PATIENCE_TOLD : PATIENCE_UNTOLD;
}

void follow_look(struct follow *follow)
{
	hear(follow);
	for (size_t i = 0; i < follow->n_files && !intake_is_over(follow->intake); i++)
		look_at(follow, &follow->files[i]);
}

bool follow_is_done(const struct follow *follow)
{
	for (size_t i = 0; i < follow->n_files; i++)
		if (!follow->files[i].was_there || !follow->files[i].now.source.is_done)
			return false;
	return true;
}

void follow_end(struct follow *follow)
{
	for (size_t i = 0; i < follow->n_files; i++) {
		struct followed *file = &follow->files[i];
		if (!file->was_there)
			intake_begin(follow->intake, &file->now.source, file->path);
		selection_end(follow->intake->selection, &file->now.source);
		follow->intake->selection->n_cut += file->now.source.n_cut;
	}
}
