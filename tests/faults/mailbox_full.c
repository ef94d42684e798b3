/* SPDX-License-Identifier: MIT */
/* A mailbox on a disk that is full, and under a limit of the size of files: nothing is promised
 * that is not kept, what was there can be read, and when there is room it goes on. */

#include "mailbox_crew.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB ((size_t)1 << 10)

struct full {
	struct crew *crew;
	char ballast[256];
	int error; /* what a send says when nothing fits any more; -ENOSPC if only a part does */
	uint32_t n_sent;
};

/* Sends until nothing fits any more, not even the shortest. */
static int fill_up(struct full *full, struct brood_mailbox *box)
{
	struct crew *crew = full->crew;
	char *data = malloc(crew->longest);
	int n_refused = 0;
	while (data && n_refused < 40 && crew->next[0] < CREW_NUMBERS - 100) {
		struct brood_error error = BROOD_ERROR_INIT;
		uint64_t tag = atomic_fetch_add(&crew->next[0], 1);
		uint64_t id = 0;
		struct brood_message message = crew_message(crew, tag, data);
		int r = brood_mailbox_send(box, &message, &id, &error);
		crew_note(crew, r == 0 ? CREW_SENT : CREW_REFUSED, id, tag, r);
		full->n_sent += r == 0;
		if (r < 0 && r != full->error && r != -ENOSPC) {
			free(data);
			return crew_complain(crew, "send: %d", r);
		}
		n_refused = r < 0 ? n_refused + 1 : 0;
	}
	free(data);
	return n_refused > 0 ? 0 : crew_complain(crew, "it never becomes full");
}

/* All that was sent can be read by one who only looks. */
static int read_all(struct full *full)
{
	struct crew *crew = full->crew;
	struct brood_mailbox_options options = crew_options(crew);
	struct brood_mailbox *box = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	uint32_t n = 0;
	uint64_t tag;
	options.flags = BROOD_MAILBOX_READ_ONLY | BROOD_MAILBOX_EXISTING;
	int r = brood_mailbox_open(&box, crew->folder, &options, &error);
	if (r < 0)
		return crew_complain(crew, "opened to look: %d", r);
	while ((r = brood_mailbox_next(box, message.id, &message, &error)) > 0) {
		n++;
		if (!crew_is_whole(crew, &message, &tag))
			crew_complain(crew, "%" PRIu64 " is not whole", (uint64_t)message.id);
	}
	brood_mailbox_close(box);
	if (r < 0)
		return crew_complain(crew, "next: %d", r);
	return n == full->n_sent ? 0 : crew_complain(crew, "%u of %u read", n, full->n_sent);
}

/* A worker may take one or not; what it says is true. */
static int take_one(struct full *full, struct brood_mailbox *box)
{
	struct crew *crew = full->crew;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_receive(box, 0, &message, &error);
	if (r == full->error || r == -ENOSPC || r == 0)
		return 0;
	return crew_complain(crew, "receive: %d", r);
}

static int until_full(struct full *full)
{
	struct brood_mailbox_options options = crew_options(full->crew);
	struct brood_mailbox *box = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_mailbox_open(&box, full->crew->folder, &options, &error);
	if (r < 0)
		return crew_complain(full->crew, "open: %d", r);
	r = fill_up(full, box) || read_all(full) || take_one(full, box);
	brood_mailbox_close(box);
	return r;
}

static bool mount_disk(const char *folder)
{
	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", folder, "tmpfs", 0, "size=1m,mode=0700") == 0;
}

static bool put_ballast(const char *path, size_t size)
{
	static char bytes[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	bool is_well = true;
	for (size_t n = 0; n < size && is_well; n += sizeof bytes)
		is_well = write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes;
	close(fd);
	return is_well;
}

static int on_full_disk(void *data)
{
	struct full *full = data;
	char disk[256];
	snprintf(disk, sizeof disk, "%s", full->crew->folder);
	*strrchr(disk, '/') = '\0';
	if (!mount_disk(disk))
		return crew_complain(full->crew, "no disk");
	if (!put_ballast(full->ballast, 256 * KIB))
		return crew_complain(full->crew, "no ballast");
	int r = until_full(full) || read_all(full);
	unlink(full->ballast);
	return r || !crew_check(full->crew, full->crew->n_notes, 0);
}

/* The disk is full before there is a mailbox. */
static int begun_on_full_disk(void *data)
{
	struct full *full = data;
	struct crew *crew = full->crew;
	struct brood_mailbox_options options = crew_options(crew);
	struct brood_mailbox *box = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	char disk[256];
	snprintf(disk, sizeof disk, "%s", crew->folder);
	*strrchr(disk, '/') = '\0';
	if (!mount_disk(disk))
		return crew_complain(crew, "no disk");
	put_ballast(full->ballast, 4096 * KIB);
	int r = brood_mailbox_open(&box, crew->folder, &options, &error);
	if (r == 0) {
		r = fill_up(full, box);
		brood_mailbox_close(box);
	} else if (r != -ENOSPC) {
		r = crew_complain(crew, "open: %d", r);
	}
	unlink(full->ballast);
	return r > 0 || !crew_check(crew, crew->n_notes, 0);
}

static int under_limit(void *data)
{
	struct full *full = data;
	struct rlimit limit = { 100 * KIB, RLIM_INFINITY };
	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return crew_complain(full->crew, "setrlimit");
	int r = until_full(full) || read_all(full);
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	return r || !crew_check(full->crew, full->crew->n_notes, 0);
}

static int try_mount(void *data)
{
	return mount_disk(data) ? 0 : 1;
}

static void try_case(int (*function)(void *), const char *scratch, const char *title, int error,
	uint64_t segment_size)
{
	char folder[256];
	snprintf(folder, sizeof folder, "%s/box", scratch);
	struct full *full = malloc(sizeof *full);
	struct crew *crew = crew_new(folder);
	if (!full)
		exit(99);
	*full = (struct full){ .crew = crew, .error = error };
	snprintf(full->ballast, sizeof full->ballast, "%s/ballast", scratch);
	crew->longest = 5000;
	crew->segment_size = segment_size;
	bool is_well = crew_apart(function, full);
	if (!is_well)
		tap_note("%s", crew->complaint);
	tap_ok(is_well && crew->n_complaints == 0, "%s, segments of %" PRIu64 " (%u notes)", title,
		segment_size, crew->n_notes);
	crew_remove(folder);
	crew_free(crew);
	free(full);
}

int main(void)
{
	static const uint64_t sizes[] = { 64 * KIB, 16 * KIB * KIB };
	char scratch[128];
	crew_scratch(scratch);
	bool is_disk = crew_apart(try_mount, scratch);
	for (size_t i = 0; i < 2; i++) {
		if (is_disk) {
			try_case(on_full_disk, scratch, "a disk becomes full", -ENOSPC, sizes[i]);
			try_case(begun_on_full_disk, scratch, "a disk was full before", -ENOSPC,
				sizes[i]);
		} else {
			tap_skip("a disk becomes full", "no file system can be mounted here");
		}
	}
	try_case(under_limit, scratch, "a file may not grow any more", -EFBIG, sizes[1]);
	crew_remove(scratch);
	return tap_end();
}
