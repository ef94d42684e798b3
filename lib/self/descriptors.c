/* SPDX-License-Identifier: MIT */
/* Our own descriptors on their way to a new program, and back. */

#include "self/descriptors.h"

#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

/* How far numbers are tried where /proc does not tell. */
#define MOST_TRIED (1 << 20)

static int compare(const void *a, const void *b)
{
	const struct brood__own_fd *first = a;
	const struct brood__own_fd *second = b;
	return (first->number > second->number) - (first->number < second->number);
}

static bool is_target(const struct brood__own_fds *own, int32_t number)
{
	const struct brood__own_fd key = { .number = number };
	return own->n_wants > 0 &&
	       bsearch(&key, own->saved, own->n_wants, sizeof key, compare) != NULL;
}

/* A descriptor of ours that leads where fd leads, at a number that no move needs. */
static int copy_aside(const struct brood__own_fds *own, int fd)
{
	long copy = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
	while (copy >= 0 && !brood__fdmap_is_free(own->wants, own->n_wants, -1, (int32_t)copy)) {
		long next = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, copy + 1);
		RAW1(SYS_close, copy);
		copy = next;
	}
	return (int)copy;
}

int brood__own_fds_aside(const struct brood__own_fds *own, int fd)
{
	int copy = fd < 0 ? fd : copy_aside(own, fd);
	brood__fd_close(&fd);
	return copy;
}

/* Nobody else shall get the number until the move. Returns 0; -EEXIST: somebody has it; -errno. */
static int hold_number(struct brood__own_fd *saved, int source)
{
	long got = RAW3(SYS_fcntl, source, F_DUPFD_CLOEXEC, saved->number);
	if (got < 0)
		return got == -EINVAL ? -EBADF : (int)got;
	if (got != saved->number) {
		RAW1(SYS_close, got);
		return -EEXIST;
	}
	saved->is_placeholder = true;
	return 0;
}

/* Looks at what stands at the number of a want, and keeps it if a move will replace it. */
static int save(struct brood__own_fds *own, struct brood__own_fd *saved, int32_t source)
{
	int r;
	do {
		long flags = RAW2(SYS_fcntl, saved->number, F_GETFD);
		r = 0;
		saved->flags = flags < 0 ? -1 : (int32_t)flags;
		if (flags < 0 && saved->is_replaced && source >= 0)
			r = hold_number(saved, source);
		else if (flags < 0 && flags != -EBADF)
			r = (int)flags;
	} while (r == -EEXIST);
	if (r < 0 || saved->flags < 0 || !saved->is_replaced)
		return r;
	saved->copy = copy_aside(own, saved->number);
	own->is_lossy |= saved->copy < 0;
	return 0;
}

static int plan_moves(
	struct brood__own_fds *own, struct brood__fd_op *ops, struct brood__fd_plan *plan)
{
	*plan = (struct brood__fd_plan){ .ops = ops };
	int r = brood__fdmap_plan(own->wants, own->n_wants, -1, true, plan);
	if (r < 0 || plan->n_spare == 0)
		return r;
	for (int i = 0; i < plan->n_spare; i++) {
		int event = brood__fd_event();
		own->spare[i] = event < 0 ? event : copy_aside(own, event);
		brood__fd_close(&event);
		if (own->spare[i] < 0)
			return own->spare[i];
		plan->spare[i] = own->spare[i];
	}
	plan->use_spare = true;
	r = brood__fdmap_plan(own->wants, own->n_wants, -1, true, plan);
	/* They are close-on-exec, and closed by ourselves otherwise. */
	if (r == 0)
		plan->n_ops -= (size_t)plan->n_spare;
	return r;
}

int brood__own_fds_plan(struct brood__own_fds *own, const struct brood__fd_want *wants, size_t n,
	struct brood__fd_op *ops, struct brood__fd_plan *ret_plan, int *ret_fd)
{
	*own = (struct brood__own_fds){ .wants = wants, .n_wants = n, .spare = { -1, -1 } };
	*ret_fd = -1;
	own->saved = calloc(n + 1, sizeof *own->saved);
	if (!own->saved)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		own->saved[i] = (struct brood__own_fd){ .number = wants[i].target,
			.flags = -1,
			.copy = -1,
			.is_replaced = wants[i].source != wants[i].target };
	for (size_t i = 0; i < n; i++) {
		int r = save(own, &own->saved[i], wants[i].source);
		if (r < 0) {
			*ret_fd = wants[i].target;
			return r;
		}
	}
	qsort(own->saved, n, sizeof *own->saved, compare);
	return plan_moves(own, ops, ret_plan);
}

static int remember(struct brood__own_fds *own, int32_t number)
{
	if (own->n_marked == own->room_marked) {
		size_t room = own->room_marked ? 2 * own->room_marked : 64;
		int32_t *marked = realloc(own->marked, room * sizeof *marked);
		if (!marked)
			return -ENOMEM;
		own->marked = marked;
		own->room_marked = room;
	}
	own->marked[own->n_marked++] = number;
	return 0;
}

static int mark(struct brood__own_fds *own, int32_t number)
{
	if (number < 3 || is_target(own, number))
		return 0;
	long flags = RAW2(SYS_fcntl, number, F_GETFD);
	if (flags < 0 || flags & FD_CLOEXEC)
		return flags == -EBADF || flags >= 0 ? 0 : (int)flags;
	int r = remember(own, number);
	if (r < 0)
		return r;
	long done = RAW3(SYS_fcntl, number, F_SETFD, flags | FD_CLOEXEC);
	if (done < 0)
		own->n_marked--;
	return done == -EBADF ? 0 : (int)done;
}

/* Without /proc. What a limit that was lowered later leaves above it is not found. */
static int mark_by_number(struct brood__own_fds *own)
{
	struct rlimit limit = { 0 };
	int32_t end = MOST_TRIED;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MOST_TRIED)
		end = (int32_t)limit.rlim_cur;
	int r = 0;
	for (int32_t number = 3; r == 0 && number < end; number++)
		r = mark(own, number);
	return r;
}

int brood__own_fds_mark(struct brood__own_fds *own)
{
	/* Ours, if we share them with nobody, and also if the first thread has ended. */
	DIR *folder = opendir("/proc/thread-self/fd");
	int r = 0;

	if (!folder)
		return mark_by_number(own);
	errno = 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is nobody else's */
	for (const struct dirent *entry; r == 0 && (entry = readdir(folder)); errno = 0) {
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			r = mark(own, (int32_t)strtol(entry->d_name, NULL, 10));
	}
	bool is_whole = r < 0 || errno == 0;
	closedir(folder);
	return is_whole ? r : mark_by_number(own);
}

static void add_range(struct brood__fd_plan *plan, int64_t first, int64_t last)
{
	if (first <= last)
		plan->ops[plan->n_ops++] = (struct brood__fd_op){ BROOD__FD_MARK_RANGE,
			(int32_t)first, (int32_t)last };
}

void brood__own_fds_sweep(const struct brood__own_fds *own, struct brood__fd_plan *plan)
{
	int64_t first = 3;

	for (size_t i = 0; i < own->n_wants; i++) {
		int64_t number = own->saved[i].number;
		add_range(plan, first, number - 1);
		first = number >= first ? number + 1 : first;
	}
	add_range(plan, first, INT32_MAX);
}

static bool restore(const struct brood__own_fd *saved)
{
	long r = 0;

	if (saved->is_placeholder)
		r = RAW1(SYS_close, saved->number);
	else if (saved->copy >= 0)
		r = RAW3(SYS_dup3, saved->copy, saved->number,
			saved->flags & FD_CLOEXEC ? O_CLOEXEC : 0);
	else if (saved->flags >= 0 && !saved->is_replaced)
		r = RAW3(SYS_fcntl, saved->number, F_SETFD, saved->flags);
	return r >= 0;
}

bool brood__own_fds_undo(struct brood__own_fds *own)
{
	bool is_restored = !own->is_lossy;

	for (size_t i = 0; own->saved && i < own->n_wants; i++) {
		is_restored &= restore(&own->saved[i]);
		brood__fd_close(&own->saved[i].copy);
	}
	for (size_t i = 0; i < own->n_marked; i++) {
		long r = RAW3(SYS_fcntl, own->marked[i], F_SETFD, 0);
		is_restored &= r == 0 || r == -EBADF; /* somebody has closed it */
	}
	brood__fd_close(&own->spare[0]);
	brood__fd_close(&own->spare[1]);
	free(own->saved);
	free(own->marked);
	*own = (struct brood__own_fds)BROOD__OWN_FDS_NONE;
	return is_restored;
}
