/* SPDX-License-Identifier: MIT */
/*
 * Waiting for something to happen in the folder: inotify tells of records that are appended and of
 * workers whose file is closed, a timer of what becomes due. Where there is no inotify instance
 * left the timer goes off again and again.
 */

#include "fifo/mailbox_store.h"

#include "sys/clock.h"
#include "sys/fd.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY (100 * BROOD_MILLISECOND)

/* A file's closing is told of a moment before its lease ends. */
#define DEATH_EVERY (BROOD_MILLISECOND)
#define DEATH_FOR   (100 * BROOD_MILLISECOND)

struct brood__watch {
	int epoll_fd, inotify_fd, timer_fd;
	int64_t due;                /* CLOCK_REALTIME */
	brood__instant dying_until; /* a worker's file was closed: look again until then */
};

void brood__mailbox_watch_free(struct brood_mailbox *box)
{
	struct brood__watch *watch = box->watch;

	if (!watch)
		return;
	brood__fd_close(&watch->epoll_fd);
	brood__fd_close(&watch->inotify_fd);
	brood__fd_close(&watch->timer_fd);
	free(watch);
	box->watch = NULL;
}

/* Sets the timer to the next point in time that counts. */
static void set_timer(struct brood__watch *watch)
{
	struct itimerspec at = { { 0, 0 }, { 0, 0 } };
	int64_t due = watch->due;
	brood__instant now = brood__clock_now();

	if (watch->inotify_fd < 0 || watch->dying_until > now) {
		brood_duration soon = watch->dying_until > now ? DEATH_EVERY : LOOK_EVERY;
		int64_t then = brood__mailbox_now() + soon;
		due = then < due ? then : due;
	}
	if (due < INT64_MAX) {
		at.it_value.tv_sec = due / BROOD_SECOND;
		at.it_value.tv_nsec = due % BROOD_SECOND;
		/* 0 would stop it. */
		at.it_value.tv_nsec += at.it_value.tv_sec == 0 && at.it_value.tv_nsec == 0;
	}
	(void)timerfd_settime(watch->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static int add(int epoll_fd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int make_inotify(const struct brood_mailbox *box)
{
	AUTO_FD fd = brood__fd_above_stdio(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
	char name[32] = "/proc/self/fd/";
	int i = 14, number = box->folder_fd, digits = 1;

	if (fd < 0)
		return -1;
	for (int n = number; n >= 10; n /= 10)
		digits++;
	for (int n = digits; n > 0; n--, number /= 10)
		name[i + n - 1] = (char)('0' + number % 10);
	const uint32_t events = IN_MODIFY | IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE;
	/* By the descriptor if possible: a path may be somebody else's by now. */
	if (inotify_add_watch(fd, name, events) < 0 && inotify_add_watch(fd, box->path, events) < 0)
		return -1;
	return brood__fd_steal(&fd);
}

int brood__mailbox_watch(struct brood_mailbox *box)
{
	if (box->watch)
		return box->watch->epoll_fd;
	struct brood__watch *watch = malloc(sizeof *watch);
	if (!watch)
		return -ENOMEM;
	*watch = (struct brood__watch){ -1, -1, -1, .due = INT64_MAX };
	box->watch = watch;
	int r = 0;
	watch->epoll_fd = brood__fd_above_stdio(epoll_create1(EPOLL_CLOEXEC));
	if (watch->epoll_fd < 0)
		r = -errno;
	if (r == 0) {
		watch->timer_fd = brood__fd_above_stdio(
			timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
		r = watch->timer_fd < 0 ? -errno : add(watch->epoll_fd, watch->timer_fd);
	}
	if (r == 0) {
		watch->inotify_fd = make_inotify(box);
		if (watch->inotify_fd >= 0)
			r = add(watch->epoll_fd, watch->inotify_fd);
	}
	if (r < 0) {
		brood__mailbox_watch_free(box);
		return r;
	}
	brood__fd_make_way(&watch->epoll_fd);
	set_timer(watch);
	return watch->epoll_fd;
}

/* Whether one of these events tells that a worker's file was closed by who could write to it. */
static bool tells_of_death(const char *bytes, size_t n)
{
	struct inotify_event event;
	bool is_death = false;

	for (size_t at = 0; at + sizeof event <= n; at += sizeof event + event.len) {
		memcpy(&event, bytes + at, sizeof event);
		const char *name = bytes + at + sizeof event;
		if (event.mask & IN_Q_OVERFLOW)
			is_death = true;
		if ((event.mask & IN_CLOSE_WRITE) && event.len > 7 &&
			strncmp(name, "worker.", 7) == 0)
			is_death = true;
	}
	return is_death;
}

void brood__mailbox_watch_drain(struct brood_mailbox *box)
{
	struct brood__watch *watch = box->watch;
	char bytes[4096];
	uint64_t count;
	ssize_t n;

	if (!watch)
		return;
	while (watch->inotify_fd >= 0 &&
		(n = brood__fd_read(watch->inotify_fd, bytes, sizeof bytes)) > 0) {
		if (tells_of_death(bytes, (size_t)n)) {
			watch->dying_until = brood__clock_now() + DEATH_FOR;
			box->looked = 0;
		}
	}
	(void)!brood__fd_read(watch->timer_fd, &count, sizeof count);
	if (watch->dying_until > 0)
		box->looked = 0;
	if (watch->dying_until <= brood__clock_now())
		watch->dying_until = 0;
	set_timer(watch);
}

void brood__mailbox_watch_due(struct brood_mailbox *box, int64_t due)
{
	if (!box->watch || box->watch->due == due)
		return;
	box->watch->due = due;
	set_timer(box->watch);
}

int brood__mailbox_watch_wait(struct brood_mailbox *box, brood_duration timeout)
{
	struct pollfd poll = { .fd = box->watch->epoll_fd, .events = POLLIN };
	struct timespec rest = { timeout / BROOD_SECOND, timeout % BROOD_SECOND };
	int r = ppoll(&poll, 1, timeout == BROOD_FOREVER ? NULL : &rest, NULL);

	return r < 0 ? -errno : 0;
}
