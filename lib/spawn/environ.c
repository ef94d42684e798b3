/* SPDX-License-Identifier: MIT */
/*
 * Environments: the caller's or the command's own, with PWD, edits, and no name twice. The common
 * case is that nothing changes; then nothing is copied.
 */

#include "spawn/environ.h"
#include "base/error.h"
#include "base/path.h"
#include "base/size.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fewer entries than this are looked through without allocating. */
#define SMALL 256

/* No edits, or no environment at all. */
static char *const nothing[] = { NULL };

/* Where a name is kept that is unset now, so that those behind it are still found. */
#define UNSET UINT32_MAX

/* The names of a list of entries. */
struct names {
	char *const *entries;
	uint32_t *slots; /* 0: free; UNSET; else 1 + the place of an entry */
	uint32_t mask;   /* number of slots - 1: a power of two, at most half of them in use */
};

/* An environment in the making. */
struct list {
	struct names names;
	char **entries; /* NULL where one was taken out again */
	uint32_t n;
	bool is_changed;
};

static char *const *callers(void)
{
	return environ ? environ : nothing;
}

const char *brood__environ_get(const char *name)
{
	size_t length = strlen(name);

	for (char *const *at = callers(); *at; at++) {
		if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
			return *at + length + 1;
	}
	return NULL;
}

/*
 * Finds the length of the name in an entry. One that begins with '=' has its second '=' as
 * separator, and an empty name if there is none, as in Go. Returns false if there is no '=', for
 * then it has no name at all.
 */
static bool find_name(const char *entry, size_t *ret_length)
{
	bool has_first = entry[0] == '=';
	const char *separator = strchrnul(entry + has_first, '=');

	*ret_length = *separator ? (size_t)(separator - entry) : 0;
	return *separator || has_first;
}

static bool has_name(const char *entry, const char *name, size_t length)
{
	size_t own_length;

	return find_name(entry, &own_length) && own_length == length &&
	       memcmp(entry, name, length) == 0;
}

/* Every start goes through this for each name: short ones in a few loads, not byte by byte. */
static uint32_t hash_name(const char *name, size_t length)
{
	const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
	uint64_t first = 0;
	uint64_t last = 0;
	uint64_t hash = length;

	if (length >= 8) {
		memcpy(&first, name, 8);
		memcpy(&last, name + length - 8, 8);
		for (size_t i = 8; i + 8 < length; i += 8) {
			uint64_t next;
			memcpy(&next, name + i, 8);
			hash = (hash ^ hash >> 32 ^ next) * factor;
		}
	} else if (length >= 4) {
		memcpy(&first, name, 4);
		memcpy(&last, name + length - 4, 4);
	} else {
		for (size_t i = 0; i < length; i++)
			first = first << 8 | (unsigned char)name[i];
	}
	hash = (hash ^ first) * factor;
	hash = (hash ^ hash >> 32 ^ last) * factor;
	return (uint32_t)(hash >> 32);
}

/* Finds the slot of a name, or the one where it would go. */
static uint32_t *find_slot(const struct names *names, const char *name, size_t length)
{
	uint32_t hash = hash_name(name, length);

	for (;; hash++) {
		uint32_t *slot = &names->slots[hash & names->mask];
		if (*slot == 0)
			return slot;
		if (*slot != UNSET && has_name(names->entries[*slot - 1], name, length))
			return slot;
	}
}

/* As many bits as make it rare that two names of an ordinary environment share one. */
#define FILTER_BITS 16384u

/*
 * Says whether an environment can be given as it is, for most of those that can: each name sets a
 * bit of its own. Every start comes by here.
 */
static bool is_surely_clean(char *const *entries)
{
	uint64_t filter[FILTER_BITS / 64] = { 0 };

	for (char *const *at = entries; *at; at++) {
		size_t length;
		if ((*at)[0] == '\0')
			return false;
		if (!find_name(*at, &length))
			continue;
		uint32_t bit = hash_name(*at, length) % FILTER_BITS;
		if (filter[bit / 64] & UINT64_C(1) << bit % 64)
			return false;
		filter[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	return true;
}

/* Says whether an environment can be given as it is. */
static bool is_clean(char *const *entries)
{
	uint32_t slots[2 * SMALL] = { 0 };
	const struct names names = { entries, slots, 2 * SMALL - 1 };

	for (uint32_t i = 0; entries[i]; i++) {
		size_t length;
		if (i == SMALL || entries[i][0] == '\0')
			return false;
		if (!find_name(entries[i], &length))
			continue;
		uint32_t *slot = find_slot(&names, entries[i], length);
		if (*slot)
			return false;
		*slot = i + 1;
	}
	return true;
}

static void append(struct list *list, char *entry)
{
	size_t length;

	if (entry[0] == '\0') {
		list->is_changed = true;
		return;
	}
	if (find_name(entry, &length)) {
		uint32_t *slot = find_slot(&list->names, entry, length);
		if (*slot) {
			list->entries[*slot - 1] = NULL;
			list->is_changed = true;
		}
		*slot = list->n + 1;
	}
	list->entries[list->n++] = entry;
}

static void unset(struct list *list, const char *name)
{
	uint32_t *slot = find_slot(&list->names, name, strlen(name));

	if (*slot == 0)
		return;
	list->entries[*slot - 1] = NULL;
	list->is_changed = true;
	*slot = UNSET;
}

static void finish(struct list *list)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		if (list->entries[i])
			list->entries[kept++] = list->entries[i];
	}
	list->entries[kept] = NULL;
}

static size_t count(char *const *entries)
{
	size_t n = 0;

	while (entries[n])
		n++;
	return n;
}

static bool is_here(const char *path)
{
	struct stat here;
	struct stat there;

	return stat(".", &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

/* Finds the current directory, by the name that the caller knows it by, if that is right, so that
 * symbolic links are kept. Returns its length or -errno. */
static ssize_t current_directory(char *to, size_t size)
{
	const char *pwd = brood__environ_get("PWD");

	if (pwd && pwd[0] == '/' && strlen(pwd) < size && is_here(pwd))
		memcpy(to, pwd, strlen(pwd) + 1);
	else if (!getcwd(to, size))
		return -errno;
	return (ssize_t)strlen(to);
}

/* Makes an entry PWD of a directory, which counts from / of a new root. */
static int make_pwd(const char *dir, bool has_root, char **ret_entry, struct brood_error *error)
{
	char here[PATH_MAX];
	ssize_t length = 0;

	if (dir[0] != '/' && !has_root)
		length = current_directory(here, sizeof here);
	if (length < 0)
		return brood__fail(error, (int)length, BROOD_STEP_CHDIR, dir);
	char *entry = malloc(strlen("PWD=") + (size_t)length + 1 + strlen(dir) + 1);
	if (!entry)
		return brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, "environment");
	char *path = stpcpy(entry, "PWD=");
	memcpy(path, here, (size_t)length);
	path[length] = '/';
	memcpy(path + length + 1, dir, strlen(dir) + 1);
	brood__path_clean(path, path);
	*ret_entry = entry;
	return 0;
}

static bool has_root(const struct brood_cmd *cmd)
{
	const struct brood_sandbox *sandbox = cmd->sandbox;
	return sandbox && BROOD__STRUCT_HOLDS(sandbox, root) && sandbox->root;
}

static int check_edits(char *const *edits, struct brood_error *error)
{
	for (char *const *at = edits; *at; at++) {
		if ((*at)[0] == '\0' || (*at)[0] == '=')
			return brood__fail(error, -EINVAL, BROOD_STEP_CONFIG, "env_edit");
	}
	return 0;
}

/* Makes an empty list with room for n entries, in one block that begins with them and has extra
 * bytes more at its end. */
static int begin(struct list *list, size_t n, size_t extra, char **ret_extra)
{
	size_t n_slots = 4;

	if (n > UINT32_MAX / 8)
		return -ENOMEM;
	while (n_slots < 2 * n)
		n_slots *= 2;
	size_t entry_bytes = (n + 1) * sizeof *list->entries;
	size_t slot_bytes = n_slots * sizeof *list->names.slots;
	char *block = malloc(entry_bytes + slot_bytes + extra);
	if (!block)
		return -ENOMEM;
	list->entries = (char **)(void *)block;
	list->names.entries = list->entries;
	list->names.slots = memset(block + entry_bytes, 0, slot_bytes);
	list->names.mask = (uint32_t)(n_slots - 1);
	*ret_extra = block + entry_bytes + slot_bytes;
	return 0;
}

/* The way of an environment that may have to be changed. pwd is NULL or an entry. */
static int change(char *const *source, const char *pwd, char *const *edits, char *const **ret_env,
	void **ret_block)
{
	struct list list = { .is_changed = pwd != NULL };
	size_t pwd_size = pwd ? strlen(pwd) + 1 : 0;
	char *pwd_copy;
	int r = begin(&list, count(source) + 1 + count(edits), pwd_size, &pwd_copy);

	if (r < 0)
		return r;
	for (char *const *at = source; *at; at++)
		append(&list, *at);
	if (pwd)
		append(&list, memcpy(pwd_copy, pwd, pwd_size));
	for (char *const *at = edits; *at; at++) {
		if (strchr(*at, '=')) {
			append(&list, *at);
			list.is_changed = true;
		} else {
			unset(&list, *at);
		}
	}
	finish(&list);
	if (list.is_changed) {
		*ret_env = list.entries;
		*ret_block = list.entries;
	} else {
		*ret_env = source;
		*ret_block = NULL;
		free(list.entries);
	}
	return 0;
}

int brood__environ_make(const struct brood_cmd *cmd, char *const **ret_env, void **ret_block,
	struct brood_error *error)
{
	char *const *source = cmd->env ? cmd->env : callers();
	char *const *edits = cmd->env_edit ? cmd->env_edit : nothing;
	bool has_pwd = !cmd->env && cmd->dir;
	char *pwd = NULL;

	if (!has_pwd && !edits[0] && (is_surely_clean(source) || is_clean(source))) {
		*ret_env = source;
		*ret_block = NULL;
		return 0;
	}
	int r = check_edits(edits, error);
	if (r == 0 && has_pwd)
		r = make_pwd(cmd->dir, has_root(cmd), &pwd, error);
	if (r < 0)
		return r;
	r = change(source, pwd, edits, ret_env, ret_block);
	free(pwd);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_CONFIG, "environment");
	return 0;
}

/* Copies a list and its strings into one block. */
static char **copy_list(char *const *entries)
{
	size_t n = count(entries);
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(entries[i]) + 1;
	char **copy = malloc((n + 1) * sizeof *copy + bytes);
	if (!copy)
		return NULL;
	char *to = (char *)(copy + n + 1);
	for (size_t i = 0; i < n; i++) {
		copy[i] = to;
		to = stpcpy(to, entries[i]) + 1;
	}
	copy[n] = NULL;
	return copy;
}

int brood_environ(const struct brood_cmd *cmd, char ***ret_env, struct brood_error *error)
{
	struct brood_cmd full;
	char *const *env = NULL;
	void *block = NULL;

	if (!cmd)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd");
	int r = brood__struct_copy(&full, sizeof full, cmd);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_CONFIG, "cmd.size");
	r = brood__environ_make(&full, &env, &block, error);
	if (r < 0)
		return r;
	char **copy = copy_list(env);
	free(block);
	if (!copy)
		return brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, "environment");
	*ret_env = copy;
	return 0;
}
