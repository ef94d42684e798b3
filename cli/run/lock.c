/* SPDX-License-Identifier: MIT */
#include "run/lock.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/signals.h"
#include "common/text.h"
#include "run/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A signal that comes just before flock(2) begins to wait does not interrupt it: from then on it is
   interrupted this often. */
#define TICK (10 * BROOD_MILLISECOND)

static const int stop_signals[] = { SIGTERM, SIGINT, SIGHUP };

#define N_STOP_SIGNALS (sizeof stop_signals / sizeof *stop_signals)

static timer_t timer;
static volatile sig_atomic_t received;

static void start_timer(brood_duration first)
{
	const struct itimerspec times = {
		.it_value = { first / BROOD_SECOND, first % BROOD_SECOND },
		.it_interval = { 0, TICK },
	};

	timer_settime(timer, 0, &times, NULL);
}

static void on_signal(int number)
{
	int saved = errno;

	if (number != SIGALRM && received == 0) {
		received = number;
		start_timer(TICK);
	}
	errno = saved;
}

/* What is to be set back when the waiting is over. */
struct before {
	struct sigaction alarm;
	struct sigaction stop[N_STOP_SIGNALS];
	sigset_t mask;
};

static int begin_waiting(struct before *before)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	const struct sigaction action = { .sa_handler = on_signal };
	sigset_t alarm;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -errno;
	(void)sigaction(SIGALRM, &action, &before->alarm);
	for (size_t i = 0; i < N_STOP_SIGNALS; i++) {
		(void)sigaction(stop_signals[i], NULL, &before->stop[i]);
		if (before->stop[i].sa_handler != SIG_IGN)
			(void)sigaction(stop_signals[i], &action, NULL);
	}
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	(void)pthread_sigmask(SIG_UNBLOCK, &alarm, &before->mask);
	return 0;
}

static void end_waiting(const struct before *before)
{
	timer_delete(timer);
	(void)pthread_sigmask(SIG_SETMASK, &before->mask, NULL);
	(void)sigaction(SIGALRM, &before->alarm, NULL);
	for (size_t i = 0; i < N_STOP_SIGNALS; i++)
		(void)sigaction(stop_signals[i], &before->stop[i], NULL);
}

/* Returns 0, -ETIME, -EINTR or -errno of flock(2). */
static int wait_for(const struct lock *lock, int64_t deadline)
{
	struct before before;
	int r = begin_waiting(&before);

	if (r < 0)
		return r;
	if (deadline < BROOD_FOREVER) {
		int64_t left = deadline - duration_now();
		start_timer(left > 0 ? left : 1);
	}
	do {
		if (received != 0)
			r = -EINTR;
		else if (duration_now() >= deadline)
			r = -ETIME;
		else if (flock(lock->fd, LOCK_EX) == 0)
			r = 1;
		else if (errno != EINTR)
			r = -errno;
	} while (r == 0);
	end_waiting(&before);
	/* It may have come together with the lock. */
	if (received != 0)
		return -EINTR;
	return r < 0 ? r : 0;
}

static int refuse(const struct lock *lock, const char *what)
{
	message("run: --lock: %s: %s", lock->path, what);
	return EXIT_BROOD;
}

/* Not even opened: that alone can have effects on a device, and can block on a FIFO. */
static const char *unfit(const struct stat *stat)
{
	if (S_ISREG(stat->st_mode))
		return NULL;
	if (S_ISDIR(stat->st_mode))
		return "it is a directory (a lock is a regular file)";
	if (S_ISLNK(stat->st_mode))
		return "it is a symbolic link (a lock is a regular file)";
	if (S_ISFIFO(stat->st_mode))
		return "it is a FIFO (a lock is a regular file)";
	return "it is not a regular file";
}

/* Others may have made it, and not for us to write: to be locked, reading it is enough. */
static int open_any_way(const char *path)
{
	const int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
	int fd = open(path, O_RDWR | O_CREAT | flags, 0666);
	int number = errno;

	if (fd >= 0 || (number != EACCES && number != EROFS))
		return fd;
	/* In a directory like /tmp the kernel may refuse O_CREAT alone. */
	fd = open(path, O_RDWR | flags);
	if (fd < 0)
		fd = open(path, O_RDONLY | flags);
	if (fd < 0)
		errno = number;
	return fd;
}

/* Returns 0 or our exit code. */
static int open_file(struct lock *lock)
{
	struct stat stat;

	if (lstat(lock->path, &stat) == 0 && unfit(&stat))
		return refuse(lock, unfit(&stat));
	lock->fd = open_any_way(lock->path);
	if (lock->fd < 0)
		return refuse(lock, message_errno(errno));
	if (fstat(lock->fd, &stat) == 0 && !unfit(&stat))
		return 0;
	close(lock->fd);
	lock->fd = -1;
	return refuse(lock, "it is not a regular file");
}

static const char *time_text(time_t moment, char text[32])
{
	time_t current = time(NULL);
	struct tm then, today;

	if (!localtime_r(&moment, &then) || !localtime_r(&current, &today))
		return "?";
	bool is_today = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
	size_t length = is_today ? strftime(text, 32, "%H:%M", &then)
				 : strftime(text, 32, "%Y-%m-%d %H:%M", &then);
	return length > 0 ? text : "?";
}

/* "held by pid 812 (backup.sh) since 14:02", as far as that is known for sure. */
static void add_holder(const struct holder *holder, struct text *text)
{
	char since[32];

	if (holder->pid == 0) {
		text_string(text, "held by another process");
		return;
	}
	text_format(text, "held by pid %d", (int)holder->pid);
	if (holder->name[0] != '\0')
		text_format(text, " (%s)", holder->name);
	if (holder->since > 0)
		text_format(text, " since %s", time_text((time_t)holder->since, since));
}

/* Why it was not taken. Returns our exit code. */
static int give_up(struct lock *lock, const struct holder *holder, const char *why)
{
	struct text text = { 0 };

	add_holder(holder, &text);
	message("%s: %s: %s%s", lock->name, lock->path, why, text.bytes);
	text_done(&text);
	close(lock->fd);
	lock->fd = -1;
	return EXIT_BROOD;
}

static int wait_and_tell(struct lock *lock, int64_t deadline)
{
	char limit[DURATION_TEXT_SIZE + 32], duration[DURATION_TEXT_SIZE];
	struct holder holder;

	holder_find(lock->fd, &holder);
	if (lock->wait == 0)
		return give_up(lock, &holder, "");
	if (holder.is_ancestor)
		return give_up(lock, &holder, "would wait for itself: ");
	if (lock->is_verbose) {
		struct text text = { 0 };
		add_holder(&holder, &text);
		message("%s: %s: waiting: %s", lock->name, lock->path, text.bytes);
		text_done(&text);
	}
	int r = wait_for(lock, deadline);
	if (r == -EINTR)
		signals_die_of(received);
	if (r == -ETIME) {
		holder_find(lock->fd, &holder);
		snprintf(limit, sizeof limit,
			"not free within %s: ", duration_text(lock->wait, duration));
		(void)give_up(lock, &holder, limit);
		return EXIT_TIMEOUT;
	}
	return r < 0 ? refuse(lock, message_errno(-r)) : 0;
}

/* Whether the path still leads to the file that was locked: else another one can be locked there.
 */
static bool is_current(const struct lock *lock)
{
	struct stat ours, there;

	return fstat(lock->fd, &ours) == 0 && lstat(lock->path, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

int lock_take(struct lock *lock)
{
	int64_t start = duration_now();
	int64_t deadline = lock->wait < BROOD_FOREVER - start ? start + lock->wait : BROOD_FOREVER;
	int code = 0;

	lock->fd = -1;
	if (!lock->path)
		return 0;
	for (;;) {
		code = open_file(lock);
		if (code != 0)
			return code;
		if (flock(lock->fd, LOCK_EX | LOCK_NB) < 0)
			code = errno == EWOULDBLOCK ? wait_and_tell(lock, deadline)
						    : refuse(lock, message_errno(errno));
		if (code == 0 && is_current(lock))
			break;
		if (lock->fd >= 0)
			close(lock->fd);
		lock->fd = -1;
		if (code != 0)
			return code;
	}
	holder_write(lock->fd, lock->name);
	return 0;
}

void lock_release(struct lock *lock)
{
	if (!lock->path || lock->fd < 0)
		return;
	holder_clear(lock->fd);
	close(lock->fd);
	lock->fd = -1;
}
