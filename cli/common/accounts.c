/* SPDX-License-Identifier: MIT */
#include "common/accounts.h"

#include <string.h>

#define PASSWD_FIELDS 7
#define GROUP_FIELDS  4

struct field {
	const char *start;
	size_t length;
};

static bool is_field(const struct field *field, const char *text, size_t length)
{
	return field->length == length && memcmp(field->start, text, length) == 0;
}

static bool read_number(const struct field *field, uint32_t *ret_id)
{
	uint64_t number = 0;

	for (size_t i = 0; i < field->length; i++) {
		char digit = field->start[i];
		if (digit < '0' || digit > '9')
			return false;
		number = number * 10 + (uint64_t)(digit - '0');
		if (number >= ACCOUNTS_NO_ID)
			return false;
	}
	if (field->length == 0)
		return false;
	*ret_id = (uint32_t)number;
	return true;
}

bool accounts_number(const char *text, uint32_t *ret_id)
{
	return read_number(&(struct field){ text, strlen(text) }, ret_id);
}

/* Cuts the next line off. Returns false at the end. */
static bool next_line(const char **text, size_t *length, struct field *line)
{
	if (*length == 0)
		return false;
	const char *end = memchr(*text, '\n', *length);
	size_t used = end ? (size_t)(end - *text) : *length;
	*line = (struct field){ *text, used };
	*text += used + (end != NULL);
	*length -= used + (end != NULL);
	return true;
}

/* The fields of a line that begins with a name; the last one may hold colons. Returns whether there
   are that many. */
static bool split(const struct field *line, struct field *fields, size_t n)
{
	const char *at = line->start, *end = at + line->length;

	for (size_t i = 0; i < n; i++) {
		const char *colon = i + 1 < n ? memchr(at, ':', (size_t)(end - at)) : end;
		if (!colon)
			return false;
		fields[i] = (struct field){ at, (size_t)(colon - at) };
		at = colon + (colon < end);
	}
	/* The libc takes a line that holds a NUL for what stands before it: that is no line. */
	return fields[0].length > 0 && !memchr("+-#", fields[0].start[0], 3) &&
	       !memchr(line->start, '\0', line->length);
}

static bool read_account(const struct field *line, struct account *account)
{
	struct field fields[PASSWD_FIELDS];

	if (!split(line, fields, PASSWD_FIELDS))
		return false;
	*account = (struct account){
		.name = fields[0].start,
		.name_length = fields[0].length,
		.home = fields[5].start,
		.home_length = fields[5].length,
	};
	return read_number(&fields[2], &account->uid) && read_number(&fields[3], &account->gid);
}

bool accounts_find_name(
	const char *passwd, size_t length, const char *name, struct account *ret_account)
{
	size_t name_length = strlen(name);
	struct account account;
	struct field line;

	while (next_line(&passwd, &length, &line))
		if (read_account(&line, &account) &&
			is_field(&(struct field){ account.name, account.name_length }, name,
				name_length)) {
			*ret_account = account;
			return true;
		}
	return false;
}

bool accounts_find_uid(const char *passwd, size_t length, uint32_t uid, struct account *ret_account)
{
	struct account account;
	struct field line;

	while (next_line(&passwd, &length, &line))
		if (read_account(&line, &account) && account.uid == uid) {
			*ret_account = account;
			return true;
		}
	return false;
}

static bool read_group(const struct field *line, struct field fields[GROUP_FIELDS], uint32_t *gid)
{
	return split(line, fields, GROUP_FIELDS) && read_number(&fields[2], gid);
}

bool accounts_find_group(const char *group, size_t length, const char *name, uint32_t *ret_gid)
{
	struct field line, fields[GROUP_FIELDS];
	uint32_t gid;

	while (next_line(&group, &length, &line))
		if (read_group(&line, fields, &gid) && is_field(&fields[0], name, strlen(name))) {
			*ret_gid = gid;
			return true;
		}
	return false;
}

/* Members stand between commas; blanks around them do not count, as for the libc. */
static bool has_member(const struct field *members, const char *user, size_t length)
{
	const char *at = members->start, *end = at + members->length;

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma ? comma : end;
		while (at < stop && (*at == ' ' || *at == '\t'))
			at++;
		const char *last = stop;
		while (last > at && (last[-1] == ' ' || last[-1] == '\t'))
			last--;
		if (is_field(&(struct field){ at, (size_t)(last - at) }, user, length))
			return true;
		at = stop + (comma != NULL);
	}
	return false;
}

/* NOLINTNEXTLINE(readability-function-size): where, of whom, and the room for them */
size_t accounts_groups_of(const char *group, size_t length, const char *user, size_t user_length,
	uint32_t first, uint32_t *gids, size_t room)
{
	struct field line, fields[GROUP_FIELDS];
	size_t n = 1;
	uint32_t gid;

	if (room > 0)
		gids[0] = first;
	while (next_line(&group, &length, &line)) {
		if (!read_group(&line, fields, &gid) || !has_member(&fields[3], user, user_length))
			continue;
		size_t i = 0, known = n < room ? n : room;
		while (i < known && gids[i] != gid)
			i++;
		if (i < known)
			continue;
		if (n < room)
			gids[n] = gid;
		n++;
	}
	return n;
}
