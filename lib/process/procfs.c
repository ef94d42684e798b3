/* SPDX-License-Identifier: MIT */
/* What the files of a process in /proc say. */

#include "process/procfs.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* The fields of stat as proc(5) counts them. */
enum field {
	FIELD_STATE = 3,
	FIELD_PARENT = 4,
	FIELD_GROUP = 5,
	FIELD_SESSION = 6,
	FIELD_USER = 14,
	FIELD_SYSTEM = 15,
	FIELD_NICE = 19,
	FIELD_THREADS = 20,
	FIELD_START = 22,
	FIELD_VIRTUAL = 23,
	FIELD_RESIDENT = 24,
	FIELD_EXIT = 52,
	FIELDS
};

struct cursor {
	const char *at;
	const char *end;
};

static bool take(struct cursor *c, char byte)
{
	if (c->at == c->end || *c->at != byte)
		return false;
	c->at++;
	return true;
}

static bool is_digit(const struct cursor *c)
{
	return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool take_number(struct cursor *c, uint64_t *ret_number)
{
	uint64_t number = 0;
	if (!is_digit(c))
		return false;
	for (; is_digit(c); c->at++) {
		unsigned int digit = (unsigned int)(*c->at - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return true;
}

static bool take_signed(struct cursor *c, int64_t *ret_number)
{
	bool is_negative = take(c, '-');
	uint64_t number;
	if (!take_number(c, &number) || number > INT64_MAX)
		return false;
	*ret_number = is_negative ? -(int64_t)number : (int64_t)number;
	return true;
}

/* "PID (NAME) ": numbers have no parentheses, so the name ends at the last one. */
static bool take_name(struct cursor *c, struct brood__proc_stat *stat)
{
	if (!take_signed(c, &stat->pid) || !take(c, ' ') || !take(c, '('))
		return false;
	const char *close = memrchr(c->at, ')', (size_t)(c->end - c->at));
	if (!close)
		return false;
	size_t length = (size_t)(close - c->at);
	if (length > sizeof stat->name - 1)
		length = sizeof stat->name - 1;
	memcpy(stat->name, c->at, length);
	stat->name[length] = '\0';
	c->at = close + 1;
	return take(c, ' ');
}

/* One field behind the state; which of them are signed, where it matters, is known. */
static bool take_field(struct cursor *c, int field, struct brood__proc_stat *stat)
{
	int64_t number = 0;
	uint64_t ignored;
	bool is_fine;
	switch (field) {
	case FIELD_PARENT:
		return take_signed(c, &stat->parent);
	case FIELD_GROUP:
		return take_signed(c, &stat->group);
	case FIELD_SESSION:
		return take_signed(c, &stat->session);
	case FIELD_USER:
		return take_number(c, &stat->user_ticks);
	case FIELD_SYSTEM:
		return take_number(c, &stat->system_ticks);
	case FIELD_NICE:
		return take_signed(c, &stat->nice);
	case FIELD_THREADS:
		return take_number(c, &stat->threads);
	case FIELD_START:
		return take_number(c, &stat->start_ticks);
	case FIELD_VIRTUAL:
		return take_number(c, &stat->virtual_bytes);
	case FIELD_RESIDENT:
		return take_number(c, &stat->resident_pages);
	case FIELD_EXIT:
		is_fine = take_signed(c, &number) && number >= 0 && number <= USHRT_MAX;
		stat->has_exit = is_fine;
		stat->exit_status = (int)number;
		return is_fine;
	default:
		take(c, '-');
		return take_number(c, &ignored);
	}
}

int brood__proc_parse_stat(const char *bytes, size_t n, struct brood__proc_stat *ret_stat)
{
	struct cursor c = { bytes, bytes + n };
	*ret_stat = (struct brood__proc_stat){ .pid = 0 };
	if (!take_name(&c, ret_stat) || c.at == c.end)
		return -EPROTO;
	ret_stat->state = *c.at++;
	for (int field = FIELD_STATE + 1; field < FIELDS; field++) {
		bool is_there = take(&c, ' ');
		if (!is_there && field > FIELD_RESIDENT)
			break;
		if (!is_there || !take_field(&c, field, ret_stat))
			return -EPROTO;
	}
	return 0;
}

/* Finds the line that begins so, whole, and what is in it behind the blanks. */
static bool find_line(const char *bytes, size_t n, const char *key, struct cursor *ret_line)
{
	size_t length = strlen(key);
	const char *end = bytes + n;
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		if (!newline)
			return false;
		if ((size_t)(newline - bytes) >= length && memcmp(bytes, key, length) == 0) {
			*ret_line = (struct cursor){ bytes + length, newline };
			return true;
		}
		bytes = newline + 1;
	}
	return false;
}

static uint64_t next_number(struct cursor *line)
{
	uint64_t number;
	while (take(line, ' ') || take(line, '\t'))
		;
	return take_number(line, &number) ? number : BROOD__PROC_ABSENT;
}

static uint64_t number_of(const char *bytes, size_t n, const char *key)
{
	struct cursor line;
	return find_line(bytes, n, key, &line) ? next_number(&line) : BROOD__PROC_ABSENT;
}

/* "KEY: REAL EFFECTIVE SAVED FILES" */
static void take_ids(
	const char *bytes, size_t n, const char *key, uint64_t *real, uint64_t *effective)
{
	struct cursor line;
	*real = *effective = BROOD__PROC_ABSENT;
	if (!find_line(bytes, n, key, &line))
		return;
	*real = next_number(&line);
	*effective = next_number(&line);
}

void brood__proc_parse_status(const char *bytes, size_t n, struct brood__proc_status *ret_status)
{
	take_ids(bytes, n, "Uid:", &ret_status->uid, &ret_status->euid);
	take_ids(bytes, n, "Gid:", &ret_status->gid, &ret_status->egid);
	ret_status->peak_kib = number_of(bytes, n, "VmHWM:");
}

void brood__proc_parse_io(const char *bytes, size_t n, struct brood__proc_io *ret_io)
{
	ret_io->read_bytes = number_of(bytes, n, "read_bytes:");
	ret_io->written_bytes = number_of(bytes, n, "write_bytes:");
	ret_io->read_chars = number_of(bytes, n, "rchar:");
	ret_io->written_chars = number_of(bytes, n, "wchar:");
}

int64_t brood__proc_parse_pidfd(const char *bytes, size_t n)
{
	struct cursor line;
	int64_t pid;
	if (!find_line(bytes, n, "Pid:", &line))
		return -EINVAL;
	while (take(&line, ' ') || take(&line, '\t'))
		;
	if (!take_signed(&line, &pid) || pid < -1 || pid > INT_MAX)
		return -EINVAL;
	return pid;
}
