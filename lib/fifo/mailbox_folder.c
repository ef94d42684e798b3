/* SPDX-License-Identifier: MIT */
/* The folder of a mailbox and the names in it. */

#include "fifo/mailbox_store.h"

#include "base/error.h"
#include "base/strings.h"
#include "sys/clock.h"
#include "sys/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEGMENT_DIGITS 8

/* "PREFIX.NUMBER", with leading zeros up to this many digits. */
static const char *numbered(
	char name[BROOD__NAME_BYTES], const char *prefix, uint64_t number, int digits)
{
	char text[24];
	int n = 0;
	struct brood__text t = brood__text_over(name, BROOD__NAME_BYTES);

	do
		text[n++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (n < digits)
		text[n++] = '0';
	brood__text_add(&t, prefix);
	brood__text_add(&t, ".");
	while (n > 0)
		brood__text_add_n(&t, &text[--n], 1);
	return name;
}

const char *brood__mailbox_segment_name(char name[BROOD__NAME_BYTES], uint64_t number)
{
	return numbered(name, "log", number, SEGMENT_DIGITS);
}

const char *brood__mailbox_worker_name(char name[BROOD__NAME_BYTES], uint64_t number)
{
	return numbered(name, "worker", number, 1);
}

int brood__mailbox_fail(const struct brood_mailbox *box, struct brood_error *error, int code,
	int step, const char *name)
{
	char subject[sizeof error->subject];
	struct brood__text t = brood__text_over(subject, sizeof subject);

	if (!error)
		return code;
	brood__text_add(&t, box->path);
	if (name) {
		brood__text_add(&t, "/");
		brood__text_add(&t, name);
	}
	brood__text_mark_cut(&t);
	return brood__fail(error, code, step, subject);
}

int brood__mailbox_fail_segment(const struct brood_mailbox *box, struct brood_error *error,
	int code, int step, uint64_t number)
{
	char name[BROOD__NAME_BYTES];

	return brood__mailbox_fail(
		box, error, code, step, brood__mailbox_segment_name(name, number));
}

int brood__mailbox_open_segment(const struct brood_mailbox *box, uint64_t number, int flags)
{
	char name[BROOD__NAME_BYTES];

	return brood__file_open(
		box->folder_fd, brood__mailbox_segment_name(name, number), flags, box->file_mode);
}

/* The number of a file called PREFIX.NUMBER, as we write it; 0: it is no such name. */
static uint64_t number_of(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);
	uint64_t number = 0;
	char again[BROOD__NAME_BYTES];
	int is_segment = strcmp(prefix, "log") == 0;

	if (strncmp(name, prefix, n) != 0 || name[n] != '.' || strlen(name + n) > 20)
		return 0;
	for (const char *p = name + n + 1; *p; p++) {
		if (*p < '0' || *p > '9')
			return 0;
		number = 10 * number + (uint64_t)(*p - '0');
	}
	numbered(again, prefix, number, is_segment ? SEGMENT_DIGITS : 1);
	if (strcmp(again, name) != 0 || (is_segment && number >= UINT32_MAX))
		return 0;
	return number;
}

int brood__mailbox_each(const struct brood_mailbox *box, const char *prefix,
	int (*function)(void *data, uint64_t number), void *data)
{
	int fd = openat(box->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	DIR *folder = fdopendir(fd);
	if (!folder) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0) {
		errno = 0;
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours */
		const struct dirent *entry = readdir(folder);
		if (!entry) {
			r = -errno;
			break;
		}
		uint64_t number = number_of(entry->d_name, prefix);
		if (number > 0)
			r = function(data, number);
	}
	closedir(folder);
	return r;
}

struct range {
	uint32_t lowest, highest;
};

static int widen(void *data, uint64_t number)
{
	struct range *range = data;

	if (range->lowest == 0 || number < range->lowest)
		range->lowest = (uint32_t)number;
	if (number > range->highest)
		range->highest = (uint32_t)number;
	return 0;
}

int brood__mailbox_segments(
	const struct brood_mailbox *box, uint32_t *ret_lowest, uint32_t *ret_highest)
{
	struct range range = { 0, 0 };
	int r = brood__mailbox_each(box, "log", widen, &range);

	*ret_lowest = range.lowest;
	*ret_highest = range.highest;
	return r;
}

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t brood__mailbox_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t brood__mailbox_now_about(void)
{
	return read_clock(CLOCK_REALTIME_COARSE);
}

uint64_t brood__mailbox_luck(const struct brood_mailbox *box)
{
	uint64_t x = (uint64_t)brood__clock_now() ^ (uint64_t)(uintptr_t)box ^
		     box->worker * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}
