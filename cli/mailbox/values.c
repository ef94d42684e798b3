/* SPDX-License-Identifier: MIT */
#include "mailbox/values.h"

#include "common/duration.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int value_number(const char *action, const char *spelled, const char *value, long least, long most,
	long *ret_number)
{
	char *end = NULL;
	char first = value[value[0] == '-' || value[0] == '+'];

	errno = 0;
	long number = strtol(value, &end, 10);
	if (first >= '0' && first <= '9' && *end == '\0' && errno == 0 && number >= least &&
		number <= most) {
		*ret_number = number;
		return 0;
	}
	message("%s: %s: '%s' is not a whole number from %ld to %ld", action, spelled, value, least,
		most);
	return -1;
}

static void add_id(struct id_list *list, uint64_t id)
{
	if ((list->n & (list->n - 1)) == 0)
		list->ids = memory_resize(
			list->ids, (list->n ? list->n * 2 : 1) * sizeof *list->ids);
	list->ids[list->n++] = id;
}

int value_ids(const char *action, const char *spelled, const char *value, struct id_list *list)
{
	const char *at = value;

	for (;;) {
		char *end = NULL;
		errno = 0;
		unsigned long long id = strtoull(at, &end, 10);
		if (*at < '0' || *at > '9' || errno != 0 || id == 0 ||
			(*end != ',' && *end != '\0'))
			break;
		add_id(list, id);
		if (*end == '\0')
			return 0;
		at = end + 1;
	}
	if (!spelled && value[0] == '-')
		message("%s: %s: options stand in front of the ids", action, value);
	else
		message("%s: %s%s'%s' is not the id of a message (accepted: 7; 7,8,9)", action,
			spelled ? spelled : "", spelled ? ": " : "", value);
	return -1;
}

int value_choice(
	const char *action, const char *spelled, const char *value, const char *const *names)
{
	struct text text = { 0 };

	for (int i = 0; names[i]; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	for (int i = 0; names[i]; i++)
		text_format(&text, "%s%s", i == 0 ? "" : names[i + 1] ? ", " : " or ", names[i]);
	message("%s: %s: '%s' is not %s", action, spelled, value, text.bytes);
	text_done(&text);
	return -1;
}

int value_patience(
	const char *action, const char *spelled, const char *value, brood_duration *ret_patience)
{
	int r = duration_take(action, spelled, value, ret_patience);

	if (r == 0 && *ret_patience == DURATION_OFF)
		*ret_patience = BROOD_FOREVER;
	return r;
}

int value_sync(const char *action, const char *spelled, const char *value, int *ret_sync)
{
	/* In the order of BROOD_SYNC_... */
	static const char *const names[] = { "group", "always", "off", NULL };
	int sync = value_choice(action, spelled, value, names);

	if (sync >= 0)
		*ret_sync = sync;
	return sync < 0 ? -1 : 0;
}

void id_list_done(struct id_list *list)
{
	free(list->ids);
	*list = (struct id_list){ 0 };
}

bool id_list_has(const struct id_list *list, uint64_t id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->ids[i] == id)
			return true;
	return false;
}
