/* SPDX-License-Identifier: MIT */
/*
 * A mailbox whose users are killed, one at a time: at each system call, in the middle of each
 * write, after each store into memory that is shared; and whose system calls fail or write less
 * than they were to. What was promised until then must be there afterwards, and the mailbox be of
 * use.
 *
 *	mailbox_kill [all]    all: every size of a short write, every store
 */

#include "mailbox_crew.h"
#include "tap.h"
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_POINTS 20000
#define SHOWN       3 /* complaints of one case */

enum way { KILL, TORN, SHORT, FAIL, STORE };

struct scene {
	const char *name;
	int (*role)(void *data);
	void (*prepare)(struct crew *crew);
	uint32_t n, longest;
	uint64_t segment_size;
	int32_t sync;
	unsigned int how; /* of crew_check() */
	int stride;       /* in the short form one point of so many is tried */
};

struct fault {
	struct crew *crew;
	struct tracer *tracer;
	enum way way;
	unsigned int variant;
	long nth; /* which of those where it can be done */
	long at;
	bool is_hit;
	char where[64];
};

static bool all;

/* What a call may fail with; at a descriptor of the mailbox only. */
static const struct {
	uint64_t number;
	int error;
} errors[] = {
	{ SYS_write, ENOSPC },
	{ SYS_write, EIO },
	{ SYS_write, EDQUOT },
	{ SYS_write, EINTR },
	{ SYS_writev, ENOSPC },
	{ SYS_writev, EIO },
	{ SYS_writev, EDQUOT },
	{ SYS_writev, EINTR },
	{ SYS_pwrite64, ENOSPC },
	{ SYS_pwrite64, EIO },
	{ SYS_pwrite64, EINTR },
	{ SYS_pwritev, ENOSPC },
	{ SYS_pwritev, EIO },
	{ SYS_read, EIO },
	{ SYS_read, EINTR },
	{ SYS_pread64, EIO },
	{ SYS_pread64, EINTR },
	{ SYS_fdatasync, EIO },
	{ SYS_fdatasync, ENOSPC },
	{ SYS_fsync, EIO },
	{ SYS_fsync, ENOSPC },
	{ SYS_ftruncate, ENOSPC },
	{ SYS_ftruncate, EIO },
	{ SYS_fallocate, ENOSPC },
	{ SYS_fallocate, EOPNOTSUPP },
	{ SYS_flock, ENOLCK },
	{ SYS_flock, EINTR },
	{ SYS_fcntl, ENOLCK },
	{ SYS_getdents64, EIO },
};

/* The same of those that have no descriptor, or a folder's. */
static const struct {
	uint64_t number;
	int error;
} other_errors[] = {
	{ SYS_openat, EMFILE },
	{ SYS_openat, ENFILE },
	{ SYS_openat, ENOSPC },
	{ SYS_openat, ENOMEM },
	{ SYS_unlinkat, EIO },
	{ SYS_renameat2, ENOSPC },
	{ SYS_renameat2, EIO },
	{ SYS_linkat, ENOSPC },
	{ SYS_mkdirat, ENOSPC },
	{ SYS_inotify_init1, EMFILE },
	{ SYS_inotify_add_watch, ENOSPC },
	{ SYS_epoll_create1, EMFILE },
	{ SYS_epoll_ctl, ENOMEM },
	{ SYS_timerfd_create, EMFILE },
/* A sanitizer gives up where it gets no memory. */
#ifndef SANITIZED
	{ SYS_mmap, ENOMEM },
#endif
#ifdef SYS_renameat
	{ SYS_renameat, ENOSPC },
	{ SYS_renameat, EIO },
#endif
#ifdef SYS_unlink
	{ SYS_unlink, EIO },
	{ SYS_rename, ENOSPC },
	{ SYS_rename, EIO },
	{ SYS_link, ENOSPC },
	{ SYS_mkdir, ENOSPC },
#endif
};

static bool is_ours(const struct fault *fault, const struct tracee *tracee)
{
	char path[512];
	return tracer_path(tracee, (int)tracee->args[0], path, sizeof path) &&
	       strncmp(path, fault->crew->folder, strlen(fault->crew->folder)) == 0;
}

/* The error of a variant, counted over both lists; 0: not for this call. */
static int error_of(const struct fault *fault, const struct tracee *tracee)
{
	size_t n = fault->variant;
	/* Giving back a lock does not fail. */
	if (tracee->number == SYS_flock && tracee->args[1] == LOCK_UN)
		return 0;
	if (n < sizeof errors / sizeof errors[0])
		return errors[n].number == tracee->number && is_ours(fault, tracee)
			       ? errors[n].error
			       : 0;
	n -= sizeof errors / sizeof errors[0];
	return other_errors[n].number == tracee->number ? other_errors[n].error : 0;
}

/* How much of a write is left, in a few sizes that matter and some between. */
static size_t part(unsigned int variant, size_t size)
{
	static const unsigned int sixteenths[] = { 8, 2, 12, 4, 14 };
	if (variant == 0)
		return 1;
	if (variant == 1)
		return size - 1;
	return size * sixteenths[(variant - 2) % 5] / 16;
}

static enum tracer_order strike(
	struct fault *fault, const struct tracee *tracee, enum tracer_order order)
{
	char text[24];
	if (++fault->at != fault->nth)
		return TRACER_GO;
	fault->is_hit = true;
	snprintf(fault->where, sizeof fault->where, "%s %ld",
		fault->way == STORE ? "store" : tracer_name(tracee->number, text), fault->nth);
	return order;
}

static enum tracer_order at_place(void *data, struct tracee *tracee, enum tracer_place place)
{
	struct fault *fault = data;
	int64_t size;
	if (place == TRACER_STORE)
		return strike(fault, tracee, TRACER_KILL);
	if (fault->is_hit && place == TRACER_EXIT)
		return fault->way == TORN ? TRACER_KILL : TRACER_LEAVE;
	if (place != TRACER_ENTRY)
		return TRACER_GO;
	switch (fault->way) {
	case KILL:
		return strike(fault, tracee, TRACER_KILL);
	case TORN:
	case SHORT:
		size = tracer_write_size(tracee);
		if (size < 2 || !is_ours(fault, tracee))
			return TRACER_GO;
		fault->tracer->length = part(fault->variant, (size_t)size);
		return strike(fault, tracee, TRACER_SHORTEN);
	case FAIL:
		fault->tracer->error = error_of(fault, tracee);
		return fault->tracer->error ? strike(fault, tracee, TRACER_FAIL) : TRACER_GO;
	case STORE:
		break;
	}
	return TRACER_GO;
}

static void *map_page(const char *folder)
{
	char path[512];
	snprintf(path, sizeof path, "%s/box", folder);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	void *page = mmap(NULL, TRACER_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return page == MAP_FAILED ? NULL : page;
}

/* One run with one fault. Returns whether there was a place for it. */
static bool run_once(const struct scene *scene, struct fault *fault)
{
	struct crew *crew = fault->crew;
	struct crew_role role = { .crew = crew, .n = scene->n, .seed = 7, .is_watched = true };
	struct tracer tracer = { .hook = at_place, .data = fault, .inside = &crew->inside };
	crew->is_frail = fault->way == FAIL || fault->way == SHORT;
	fault->tracer = &tracer;
	fault->at = 0;
	fault->is_hit = false;
	fault->where[0] = '\0';
	if (fault->way == STORE)
		tracer.page = map_page(crew->folder);
	if (tracer_add(&tracer, scene->role, &role) < 0)
		crew_complain(crew, "cannot be traced");
	else if (tracer_run(&tracer) < 0)
		crew_complain(crew, "hangs");
	else if (!WIFSIGNALED(tracer.tracees[0].status) && tracer.tracees[0].status != 0)
		crew_complain(crew, "ends with %x", (unsigned int)tracer.tracees[0].status);
	if (tracer.page)
		munmap((void *)(uintptr_t)tracer.page, TRACER_PAGE);
	return fault->is_hit;
}

struct stage {
	struct crew *crew;
	const struct scene *scene;
};

static int prepare(void *data)
{
	struct stage *stage = data;
	stage->scene->prepare(stage->crew);
	return 0;
}

static const char *const titles[] = {
	[KILL] = "killed at each system call",
	[TORN] = "killed in each write",
	[SHORT] = "each write is short",
	[FAIL] = "each system call fails",
	[STORE] = "killed after each store into the shared page",
};

static unsigned int variants_of(enum way way)
{
	switch (way) {
	case TORN:
	case SHORT:
		return all ? 7 : 3;
	case FAIL:
		return sizeof errors / sizeof errors[0] +
		       sizeof other_errors / sizeof other_errors[0];
	case KILL:
	case STORE:
		break;
	}
	return 1;
}

/* All faults of one kind, one after the other. */
static void try_way(const struct scene *scene, struct crew *crew, const char *base, enum way way)
{
	struct crew_saved *saved = crew_save(crew);
	struct fault fault = { .crew = crew, .way = way };
	int n = 0;
	int n_bad = 0;
	for (fault.variant = 0; fault.variant < variants_of(way); fault.variant++) {
		bool is_hit = true;
		long stride = all ? 1 : scene->stride;
		for (fault.nth = 1; is_hit && fault.nth < MOST_POINTS; fault.nth += stride) {
			crew_restore(crew, saved);
			if (access(base, F_OK) == 0)
				crew_copy(base, crew->folder);
			is_hit = run_once(scene, &fault);
			n += is_hit;
			if (!crew_check(crew, atomic_load(&crew->n_notes), scene->how) &&
				n_bad++ < SHOWN)
				tap_note("%s: %s of %u: %s", scene->name, fault.where,
					fault.variant, crew->complaint);
			crew_remove(crew->folder);
		}
	}
	crew_restore(crew, saved);
	free(saved);
	tap_ok(n > 0 && n_bad == 0, "%s: %s: %d faults, %d bad", scene->name, titles[way], n,
		n_bad);
}

static void try_scene(const struct scene *scene, const char *scratch, bool stores)
{
	char base[256];
	char folder[256];
	snprintf(base, sizeof base, "%s/base", scratch);
	snprintf(folder, sizeof folder, "%s/box", scratch);
	struct crew *crew = crew_new(base);
	crew->longest = scene->longest;
	crew->segment_size = scene->segment_size;
	crew->sync = scene->sync;
	struct stage stage = { crew, scene };
	if (scene->prepare && (!crew_apart(prepare, &stage) || crew->n_complaints))
		tap_ok(false, "%s: prepared: %s", scene->name, crew->complaint);
	snprintf(crew->folder, sizeof crew->folder, "%s", folder);
	if (stores) {
		try_way(scene, crew, base, STORE);
	} else {
		try_way(scene, crew, base, KILL);
		try_way(scene, crew, base, TORN);
		try_way(scene, crew, base, SHORT);
		try_way(scene, crew, base, FAIL);
	}
	crew_remove(base);
	crew_free(crew);
}

static void put_few(struct crew *crew)
{
	crew_fill(crew, 1, 6);
}

/* Segments of which some are almost, some not at all worked off. */
static void put_many(struct crew *crew)
{
	struct crew_role worker = { .crew = crew, .n = 20, .seed = 3 };
	crew_fill(crew, 1, 40);
	crew_work(&worker);
}

/* The next one fills the segment. */
static void put_full(struct crew *crew)
{
	crew_fill(crew, 1, 45);
}

#ifdef SANITIZED
static const bool sanitized = true;
#else
static const bool sanitized;
#endif

static int produce_after_boot(void *data)
{
	struct crew_role *role = data;
	return crew_boot_anew() ? crew_produce(role) : crew_complain(role->crew, "no boot");
}

int main(int argc, char **argv)
{
	(void)argv;
	static const struct scene scenes[] = {
		{ "producer of the first", crew_produce, NULL, 3, 200, 4096, BROOD_SYNC_GROUP, 0,
			1 },
		{ "producer", crew_produce, put_few, 3, 6000, 1 << 20, BROOD_SYNC_GROUP, 0, 1 },
		{ "producer, always", crew_produce, put_few, 3, 200, 4096, BROOD_SYNC_ALWAYS, 0,
			1 },
		{ "producer of many", crew_produce, put_many, 12, 3000, 4096, BROOD_SYNC_OFF, 0,
			3 },
		{ "worker", crew_work, put_few, 100, 6000, 1 << 20, BROOD_SYNC_GROUP, 0, 3 },
		{ "worker of many", crew_work, put_many, 30, 3000, 4096, BROOD_SYNC_OFF, 0, 11 },
		{ "operator", crew_operate, crew_prepare_operator, 0, 200, 4096, BROOD_SYNC_GROUP,
			CREW_OPERATED, 1 },
	};
	static const struct scene boot = { "producer after a boot", produce_after_boot, put_many, 3,
		200, 4096, BROOD_SYNC_GROUP, CREW_NEW_BOOT, 3 };
	/* Held at every instruction it takes its time: little is done here. */
	static const struct scene stored[] = {
		{ "producer", crew_produce, put_few, 2, 40, 4096, BROOD_SYNC_GROUP, 0, 1 },
		{ "producer, next segment", crew_produce, put_full, 10, 40, 4096, BROOD_SYNC_GROUP,
			0, 3 },
		{ "worker", crew_work, put_few, 1, 40, 4096, BROOD_SYNC_GROUP, 0, 1 },
	};
	char scratch[128];
	all = argc > 1;
	if (!tracer_works()) {
		tap_skip("a mailbox whose users are killed", "processes cannot be traced here");
		return tap_end();
	}
	tracer_stay(true);
	/* Filling memory would take most of the instructions. */
	mallopt(M_PERTURB, 0);
	crew_scratch(scratch);
	for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		try_scene(&scenes[i], scratch, false);
	if (crew_can_boot())
		try_scene(&boot, scratch, false);
	else
		tap_skip("producer after a boot", "no other boot id can be had");
	for (size_t i = 0; i < sizeof stored / sizeof stored[0] && !sanitized; i++)
		try_scene(&stored[i], scratch, true);
	crew_remove(scratch);
	return tap_end();
}
