/* SPDX-License-Identifier: MIT */
#include "run/control_place.h"

#include "common/file.h"
#include "common/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEPARATORS   " ,\n"
#define LARGEST_FILE ((size_t)1 << 20)

struct piece {
	const char *start;
	size_t length;
};

/* Cuts off what stands before one of the separators. Returns false at the end. */
static bool next(const char **text, const char *separators, struct piece *piece)
{
	if (**text == '\0')
		return false;
	*piece = (struct piece){ *text, strcspn(*text, separators) };
	*text += piece->length;
	*text += **text != '\0';
	return true;
}

static bool is(const struct piece *piece, const char *word)
{
	return strlen(word) == piece->length && memcmp(piece->start, word, piece->length) == 0;
}

static bool has(struct piece list, const char *word)
{
	for (size_t at = 0; at < list.length;) {
		size_t end = at;
		while (end < list.length && !strchr(SEPARATORS, list.start[end]))
			end++;
		if (is(&(struct piece){ list.start + at, end - at }, word))
			return true;
		at = end + 1;
	}
	return false;
}

bool control_has_word(const char *list, const char *word)
{
	return has((struct piece){ list, strlen(list) }, word);
}

uint64_t control_number(const char *text, const char *name)
{
	struct piece line;
	size_t length = strlen(name);

	while (next(&text, "\n", &line))
		if (line.length > length && strchr(" \t", line.start[length]) &&
			memcmp(line.start, name, length) == 0)
			return strtoull(line.start + length + 1, NULL, 10);
	return 0;
}

/* Fields 4, 5, the type behind the "-", and the last one, the options of the hierarchy. */
struct mount {
	struct piece root, point, type, options;
};

static bool read_mount(const struct piece *line, struct mount *mount)
{
	const char *at = line->start, *end = at + line->length;
	bool is_behind = false;
	int n = 0;

	*mount = (struct mount){ 0 };
	while (at < end) {
		struct piece field = { at, 0 };
		while (at < end && *at != ' ')
			at++;
		field.length = (size_t)(at - field.start);
		at += at < end;
		n++;
		if (n == 4)
			mount->root = field;
		else if (n == 5)
			mount->point = field;
		else if (n > 6 && !is_behind && is(&field, "-")) {
			is_behind = true;
			n = 100;
		} else if (is_behind && n == 101)
			mount->type = field;
		else if (is_behind)
			mount->options = field;
	}
	return mount->options.start != NULL;
}

/* A blank and others are written as \040. */
static bool is_escape(const char *at, size_t length)
{
	if (length < 4 || at[0] != '\\')
		return false;
	for (int i = 1; i < 4; i++)
		if (at[i] < '0' || at[i] > '7')
			return false;
	return true;
}

static bool add_unescaped(char path[PATH_MAX], const struct piece *text)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < text->length; i++) {
		const char *at = text->start + i;
		char byte = *at;
		if (is_escape(at, text->length - i)) {
			byte = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
			i += 3;
		}
		if (n + 1 >= PATH_MAX)
			return false;
		path[n++] = byte;
	}
	path[n] = '\0';
	return true;
}

/* Our group as it is seen below the mount point, which shows what is below its root. */
static bool join(const struct mount *mount, struct piece group, char path[PATH_MAX])
{
	size_t length = is(&mount->root, "/") ? 0 : mount->root.length;

	/* Another namespace's groups stand above the root: "/..". */
	if (group.length < length || memcmp(group.start, mount->root.start, length) != 0 ||
		(group.length > length && group.start[length] != '/') ||
		(group.length >= 3 && memcmp(group.start, "/..", 3) == 0))
		return false;
	group.start += length;
	group.length -= length;
	if (is(&group, "/"))
		group.length = 0;
	path[0] = '\0';
	return add_unescaped(path, &mount->point) && strlen(path) + group.length < PATH_MAX &&
	       strncat(path, group.start, group.length);
}

/* "0::/path" and "4:memory:/path"; controller "" is that of version 2. */
static bool find_group(const char *cgroups, const char *controller, struct piece *group)
{
	struct piece line;

	while (next(&cgroups, "\n", &line)) {
		const char *end = line.start + line.length;
		const char *first = memchr(line.start, ':', line.length);
		const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1))
					   : NULL;
		if (!second)
			continue;
		struct piece list = { first + 1, (size_t)(second - first - 1) };
		bool is_v2 = list.length == 0 && line.start[0] == '0';
		if (controller[0] == '\0' ? !is_v2 : !has(list, controller))
			continue;
		*group = (struct piece){ second + 1, (size_t)(end - second - 1) };
		return group->length > 0 && group->start[0] == '/';
	}
	return false;
}

static bool place(const char *mountinfo, const char *cgroups, const char *type,
	const char *controller, char path[PATH_MAX])
{
	struct piece group, line;
	struct mount mount;

	if (!find_group(cgroups, controller, &group))
		return false;
	while (next(&mountinfo, "\n", &line))
		if (read_mount(&line, &mount) && is(&mount.type, type) &&
			(controller[0] == '\0' || has(mount.options, controller)) &&
			join(&mount, group, path))
			return true;
	return false;
}

bool control_place_v2(const char *mountinfo, const char *cgroups, char path[PATH_MAX])
{
	return place(mountinfo, cgroups, "cgroup2", "", path);
}

bool control_place_v1(
	const char *mountinfo, const char *cgroups, const char *controller, char path[PATH_MAX])
{
	return controller[0] != '\0' && place(mountinfo, cgroups, "cgroup", controller, path);
}

/* Whether a file of a group names the controller. */
static bool lists(const char *group, const char *file, const char *controller)
{
	char path[PATH_MAX + 32];
	struct text text = { 0 };

	snprintf(path, sizeof path, "%s/%s", group, file);
	bool has_it = file_read(path, &text, LARGEST_FILE) == 0 && text.length > 0 &&
		      control_has_word(text.bytes, controller);
	text_done(&text);
	return has_it;
}

/* Whether groups below this one have the controller, and we may make some and move into them. */
static bool hands_on(const char *group, const char *controller)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/cgroup.procs", group);
	return lists(group, "cgroup.subtree_control", controller) &&
	       access(group, W_OK | X_OK) == 0 && access(path, W_OK) == 0;
}

/* Writes the group above. Returns false if there is none. */
static bool above(const char *group, char parent[PATH_MAX])
{
	const char *slash = strrchr(group, '/');

	if (!slash || slash == group)
		return false;
	snprintf(parent, PATH_MAX, "%.*s", (int)(slash - group), group);
	return true;
}

bool control_parent_v2(const char *own, const char *controller, char parent[PATH_MAX])
{
	snprintf(parent, PATH_MAX, "%s", own);
	if (hands_on(parent, controller))
		return true;
	/* A group that has processes, as ours does, hands nothing on (but for the topmost one). */
	return above(own, parent) && hands_on(parent, controller);
}

/* What a group may not be written for. Returns false if it may. */
static bool is_closed(const char *group, char *words, size_t size)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/cgroup.procs", group);
	if (access(group, W_OK | X_OK) == 0 && access(path, W_OK) == 0)
		return false;
	snprintf(words, size, "%s: %s", group, message_errno(errno));
	return true;
}

void control_why_not(
	const char *own_v2, const char *own_v1, const char *controller, char words[CONTROL_WORDS])
{
	char parent[PATH_MAX];

	if (own_v1 && is_closed(own_v1, words, CONTROL_WORDS))
		return;
	if (!own_v2)
		snprintf(words, CONTROL_WORDS, "no cgroup v2 or v1 has it");
	else if (!lists(own_v2, "cgroup.controllers", controller))
		snprintf(words, CONTROL_WORDS, "%s/cgroup.controllers does not have it", own_v2);
	else if (lists(own_v2, "cgroup.subtree_control", controller) &&
		 is_closed(own_v2, words, CONTROL_WORDS))
		return;
	else if (!above(own_v2, parent) || !lists(parent, "cgroup.subtree_control", controller) ||
		 !is_closed(parent, words, CONTROL_WORDS))
		snprintf(
			words, CONTROL_WORDS, "%s/cgroup.subtree_control does not have it", own_v2);
}
