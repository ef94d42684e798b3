/* SPDX-License-Identifier: MIT */
#include "common/identity.h"

#include "common/accounts.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Files of that size have been seen where a whole directory was copied into them. */
#define LARGEST_FILE ((size_t)256 << 20)
/* As many as the kernel takes. */
#define MOST_GROUPS 65536

struct file {
	const char *path;
	bool is_read;
	int error; /* -errno of reading it */
	struct text text;
};

struct finder {
	const struct identity_wanted *wanted;
	struct identity *identity;
	struct file passwd, group;
};

/* A link in the new root leads to a file of the new root. */
static int open_below(const char *root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT,
	};
	int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	long fd = dir < 0 ? -1 : syscall(SYS_openat2, dir, path + 1, &how, sizeof how);
	/* Older than Linux 5.6, or under a filter that does not know it. */
	if (dir >= 0 && fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = openat(dir, path + 1, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	int number = errno;
	if (dir >= 0)
		close(dir);
	return fd < 0 ? -number : (int)fd;
}

static void read_once(struct finder *finder, struct file *file)
{
	const char *root = finder->wanted->root;

	if (file->is_read)
		return;
	file->is_read = true;
	if (!root) {
		file->error = file_read(file->path, &file->text, LARGEST_FILE);
		return;
	}
	int fd = open_below(root, file->path);
	file->error = fd < 0 ? fd : file_read_fd(fd, &file->text, LARGEST_FILE);
	if (fd >= 0)
		close(fd);
}

/* "no such user 'x' in /etc/passwd", or why nobody can know. */
static int unknown(
	const struct finder *finder, const char *option, const char *what, const char *name)
{
	const struct file *file = what[0] == 'u' ? &finder->passwd : &finder->group;
	const char *root = finder->wanted->root ? finder->wanted->root : "";

	if (file->error < 0)
		message("%s: %s: %s '%s': %s%s: %s", finder->wanted->tool, option, what, name, root,
			file->path, message_errno(-file->error));
	else
		message("%s: %s: no such %s '%s' in %s%s", finder->wanted->tool, option, what, name,
			root, file->path);
	return -1;
}

static const char *user_option(const struct finder *finder)
{
	return finder->wanted->user_option ? finder->wanted->user_option : "--user";
}

/* A name counts before a number, as everywhere. */
static int find_group(struct finder *finder, const char *option, const char *name, gid_t *ret_gid)
{
	uint32_t gid;

	read_once(finder, &finder->group);
	if (!accounts_find_group(finder->group.text.bytes, finder->group.text.length, name, &gid) &&
		!accounts_number(name, &gid))
		return unknown(finder, option, "group", name);
	*ret_gid = gid;
	return 0;
}

static void keep_account(struct identity *identity, const struct account *account)
{
	identity->uid = account->uid;
	identity->gid = account->gid;
	identity->name = memory_copy(account->name, account->name_length);
	identity->home = memory_copy(account->home, account->home_length);
}

static int find_user(struct finder *finder, const char *name)
{
	struct identity *identity = finder->identity;
	const struct text *text = &finder->passwd.text;
	struct account account;
	uint32_t uid = 0;

	read_once(finder, &finder->passwd);
	bool is_name = accounts_find_name(text->bytes, text->length, name, &account);
	if (!is_name && !accounts_number(name, &uid))
		return unknown(finder, user_option(finder), "user", name);
	if (is_name || accounts_find_uid(text->bytes, text->length, uid, &account)) {
		keep_account(identity, &account);
	} else {
		/* A number that nobody has a name for: a group of the same number is as strange to
		   all files as it is. Ours would be root's, as a rule. */
		identity->uid = uid;
		identity->gid = uid;
	}
	identity->has_user = true;
	identity->has_uid = true;
	identity->has_gid = true;
	return 0;
}

/* All groups of the user. */
static void find_memberships(struct finder *finder)
{
	struct identity *identity = finder->identity;
	const struct text *text = &finder->group.text;

	identity->has_groups = true;
	if (!identity->name)
		return;
	read_once(finder, &finder->group);
	/* Without the file there is only the one that passwd says. */
	identity->groups = memory_get(MOST_GROUPS * sizeof *identity->groups);
	size_t n = accounts_groups_of(text->bytes, text->length, identity->name,
		strlen(identity->name), identity->gid, identity->groups, MOST_GROUPS);
	identity->n_groups = n < MOST_GROUPS ? n : MOST_GROUPS;
}

static int find_list(struct finder *finder, const char *list)
{
	struct identity *identity = finder->identity;

	free(identity->groups);
	identity->groups = NULL;
	identity->n_groups = 0;
	identity->has_groups = strcmp(list, "keep") != 0;
	if (strcmp(list, "keep") == 0 || strcmp(list, "none") == 0)
		return 0;
	identity->groups = memory_get((strlen(list) + 1) * sizeof *identity->groups);
	for (;;) {
		size_t length = strcspn(list, ",");
		char *name = memory_copy(list, length);
		int r = find_group(finder, "--groups", name, &identity->groups[identity->n_groups]);
		free(name);
		if (r < 0)
			return r;
		identity->n_groups++;
		if (list[length] == '\0')
			return 0;
		list += length + 1;
	}
}

/* USER[:GROUP]; with a group that is all that it gets. */
static int find_pair(struct finder *finder, const char *pair)
{
	struct identity *identity = finder->identity;
	const char *colon = strchr(pair, ':');
	char *name = memory_copy(pair, colon ? (size_t)(colon - pair) : strlen(pair));
	int r = name[0] != '\0' || !colon ? find_user(finder, name) : 0;

	free(name);
	if (r < 0)
		return r;
	if (!colon)
		return 0;
	identity->has_gid = true;
	identity->has_groups = true;
	return find_group(finder, user_option(finder), colon + 1, &identity->gid);
}

static int compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* Sorted, each once, and without the one that counts anyway. */
static size_t tidy(gid_t *groups, size_t n, gid_t without)
{
	size_t kept = 0;

	if (n > 0)
		qsort(groups, n, sizeof *groups, compare_gids);
	for (size_t i = 0; i < n; i++)
		if (groups[i] != without && (kept == 0 || groups[kept - 1] != groups[i]))
			groups[kept++] = groups[i];
	return kept;
}

/* Whether the supplementary groups amount to the same beside the group that stays as it is. */
static bool has_these_groups(const struct identity *identity)
{
	int n = getgroups(0, NULL);

	if (n < 0)
		return false;
	gid_t *ours = memory_get(((size_t)n + 1) * sizeof *ours);
	gid_t *theirs = memory_get((identity->n_groups + 1) * sizeof *theirs);
	n = getgroups(n, ours);
	if (identity->n_groups > 0)
		memcpy(theirs, identity->groups, identity->n_groups * sizeof *theirs);
	size_t n_ours = tidy(ours, n > 0 ? (size_t)n : 0, getegid());
	size_t n_theirs = tidy(theirs, identity->n_groups, getegid());
	bool is_same = n >= 0 && n_ours == n_theirs &&
		       (n_ours == 0 || memcmp(ours, theirs, n_ours * sizeof *ours) == 0);
	free(ours);
	free(theirs);
	return is_same;
}

/* So that who may change nothing may say who he is. */
static void drop_what_holds(struct identity *identity)
{
	uid_t uid, effective, saved;
	gid_t gid, effective_gid, saved_gid;

	if (getresuid(&uid, &effective, &saved) == 0 && uid == identity->uid && effective == uid &&
		saved == uid)
		identity->has_uid = false;
	if (getresgid(&gid, &effective_gid, &saved_gid) == 0 && gid == identity->gid &&
		effective_gid == gid && saved_gid == gid)
		identity->has_gid = false;
	if (identity->has_groups && !identity->has_gid && has_these_groups(identity))
		identity->has_groups = false;
}

static int find_all(struct finder *finder)
{
	const struct identity_wanted *wanted = finder->wanted;
	struct identity *identity = finder->identity;
	int r = wanted->user ? find_pair(finder, wanted->user) : 0;

	if (r == 0 && wanted->group) {
		r = find_group(finder, "--group", wanted->group, &identity->gid);
		identity->has_gid = true;
		identity->has_groups = identity->has_groups || !wanted->user;
	}
	if (r == 0 && wanted->groups)
		return find_list(finder, wanted->groups);
	if (r == 0 && identity->has_user && !identity->has_groups)
		find_memberships(finder);
	return r;
}

int identity_find(const struct identity_wanted *wanted, struct identity *ret_identity)
{
	struct finder finder = {
		.wanted = wanted,
		.identity = ret_identity,
		.passwd.path = "/etc/passwd",
		.group.path = "/etc/group",
	};

	*ret_identity = (struct identity){ 0 };
	int r = find_all(&finder);
	text_done(&finder.passwd.text);
	text_done(&finder.group.text);
	if (r < 0)
		identity_done(ret_identity);
	else if (!wanted->is_elsewhere)
		drop_what_holds(ret_identity);
	return r;
}

void identity_done(struct identity *identity)
{
	free(identity->groups);
	free(identity->name);
	free(identity->home);
	*identity = (struct identity){ 0 };
}
