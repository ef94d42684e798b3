/* SPDX-License-Identifier: MIT */
/* Finding a program by the rules of Go's LookPath, which know no default search path. */

#include "spawn/lookup.h"
#include "base/error.h"
#include "base/path.h"
#include "spawn/environ.h"
#include "sys/uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns 0 if the effective user may execute this file; -EACCES if it is there and may not be
 * executed (*ret_is_there is set then), else what is in the way. */
static int check_usable(const char *path, bool *ret_is_there)
{
	struct stat st;

	*ret_is_there = false;
	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	*ret_is_there = true;
	if (syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
		return 0;
	/* An old kernel, or a container that forbids what it does not know. */
	if (errno == ENOSYS || errno == EPERM)
		return st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH) ? 0 : -EACCES;
	return -errno;
}

static int look_at(const char *path, char **ret_path, struct brood_error *error)
{
	bool is_there;
	int r = check_usable(path, &is_there);

	if (r == 0) {
		*ret_path = strdup(path);
		if (!*ret_path)
			r = -ENOMEM;
	}
	return r < 0 ? brood__fail(error, r, BROOD_STEP_LOOKUP, path) : 0;
}

/* Writes the candidate of one element, cleaned. */
static void join(char *candidate, const char *element, size_t length, const char *name)
{
	memcpy(candidate, element, length);
	candidate[length] = '/';
	/* An empty element is the current directory, not the root. */
	memcpy(candidate + (length > 0 ? length + 1 : 0), name, strlen(name) + 1);
	brood__path_clean(candidate, candidate);
}

/* Goes through the elements. candidate has room for the longest one, a slash, and the name.
 * Returns 0 with the path in candidate, -ENOENT, or -EACCES if the name was seen. */
static int search(const char *name, const char *elements, char *candidate)
{
	int result = -ENOENT;

	for (const char *element = elements;; element++) {
		size_t length = strcspn(element, ":");
		bool is_there;
		join(candidate, element, length, name);
		int r = check_usable(candidate, &is_there);
		if (r == 0)
			return 0;
		if (r == -EACCES && is_there)
			result = -EACCES;
		element += length;
		if (*element == '\0')
			return result;
	}
}

static int not_found(struct brood_error *error, const char *name, int os_errno)
{
	brood__fail(error, BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, name);
	if (error)
		error->os_errno = os_errno;
	return BROOD_ENOTFOUND;
}

int brood_lookup(
	const char *name, const char *search_path, char **ret_path, struct brood_error *error)
{
	*ret_path = NULL;
	if (!name)
		return brood__fail(error, -EINVAL, BROOD_STEP_LOOKUP, "name");
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return not_found(error, name, 0);
	if (strchr(name, '/'))
		return look_at(name, ret_path, error);
	if (!search_path)
		search_path = brood__environ_get("PATH");
	if (!search_path || search_path[0] == '\0')
		return not_found(error, name, 0);

	char *candidate = malloc(strlen(search_path) + 1 + strlen(name) + 1);
	if (!candidate)
		return brood__fail(error, -ENOMEM, BROOD_STEP_LOOKUP, name);
	int r = search(name, search_path, candidate);
	if (r < 0) {
		free(candidate);
		return not_found(error, name, r == -EACCES ? EACCES : 0);
	}
	*ret_path = candidate;
	if (candidate[0] != '/')
		return brood__fail(error, BROOD_EDOT, BROOD_STEP_LOOKUP, name);
	return 0;
}
