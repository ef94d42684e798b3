/* SPDX-License-Identifier: MIT */
/* Making a control group for a job. */

#include "guard/cgroup.h"

#include "base/strings.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_ROOM ((size_t)256 << 10)

/* Reads a file of /proc as a string. The caller frees it. */
static char *read_file(const char *path)
{
	char *text = malloc(FILE_ROOM);
	AUTO_FD fd = brood__fd_open(path, O_RDONLY, 0);
	size_t length = 0;
	while (text && fd >= 0 && length + 1 < FILE_ROOM) {
		ssize_t n = brood__fd_read(fd, text + length, FILE_ROOM - 1 - length);
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	if (text)
		text[length] = 0;
	return text;
}

/* Our group: what stands behind "0::" in /proc/self/cgroup. Returns NULL if there is none, or one
 * of another namespace, above all that is seen. */
static const char *own_group(char *text)
{
	char *line = text ? strstr(text, "0::/") : NULL;
	while (line && line != text && line[-1] != '\n')
		line = strstr(line + 1, "0::/");
	if (!line)
		return NULL;
	char *group = line + strlen("0::");
	group[strcspn(group, "\n")] = 0;
	return strncmp(group, "/..", 3) == 0 ? NULL : group;
}

/* Fields 4 and 5: what of the tree of groups a mount shows, and where. Writes where the group is
 * seen. */
static bool add_place(const char *line, const char *group, char *path, size_t size)
{
	char root[PATH_MAX], point[PATH_MAX];
	if (sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) != 2)
		return false;
	size_t above = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(group, root, above) != 0 || (group[above] != '/' && group[above] != 0))
		return false;
	return (size_t)snprintf(path, size, "%s%s", point, group + above) < size;
}

/* The directory of our group of cgroup v2: a line whose type, behind " - ", is cgroup2, and which
 * shows it. */
static bool find_own_group(char *path, size_t size)
{
	char *groups = read_file("/proc/self/cgroup");
	char *mounts = read_file("/proc/self/mountinfo");
	const char *group = own_group(groups);
	bool found = false;
	char *rest = NULL;
	for (char *line = group && mounts ? strtok_r(mounts, "\n", &rest) : NULL; line && !found;
		line = strtok_r(NULL, "\n", &rest))
		found = strstr(line, " - cgroup2 ") && add_place(line, group, path, size);
	free(groups);
	free(mounts);
	return found;
}

int brood__cgroup_make(struct brood__cgroup *cgroup)
{
	static atomic_uint serial;
	char path[PATH_MAX];
	*cgroup = (struct brood__cgroup)BROOD__CGROUP_NONE;
	if (!find_own_group(path, sizeof path))
		return -EOPNOTSUPP;
	cgroup->parent = brood__fd_open(path, O_RDONLY | O_DIRECTORY, 0);
	if (cgroup->parent < 0)
		return cgroup->parent;
	snprintf(cgroup->name, sizeof cgroup->name, "brood-%d-%u", (int)getpid(),
		atomic_fetch_add(&serial, 1));
	long r = RAW3(SYS_mkdirat, cgroup->parent, cgroup->name, 0755);
	if (r >= 0) {
		r = RAW4(SYS_openat, cgroup->parent, cgroup->name,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		cgroup->dir = r < 0 ? -1 : brood__fd_above_stdio((int)r);
		if (cgroup->dir >= 0 &&
			RAW4(SYS_faccessat, cgroup->dir, "cgroup.kill", W_OK, 0) < 0)
			r = -EOPNOTSUPP;
		if (r < 0)
			RAW3(SYS_unlinkat, cgroup->parent, cgroup->name, AT_REMOVEDIR);
	}
	if (r < 0)
		brood__cgroup_done(cgroup, false);
	return r < 0 ? (int)r : 0;
}

void brood__cgroup_kill(const struct brood__cgroup *cgroup)
{
	if (cgroup->dir < 0)
		return;
	long fd = RAW4(SYS_openat, cgroup->dir, "cgroup.kill", O_WRONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	RAW3(SYS_write, fd, "1", 1);
	RAW1(SYS_close, fd);
}

void brood__cgroup_done(struct brood__cgroup *cgroup, bool remove)
{
	if (remove && cgroup->parent >= 0)
		RAW3(SYS_unlinkat, cgroup->parent, cgroup->name, AT_REMOVEDIR);
	brood__fd_close(&cgroup->dir);
	brood__fd_close(&cgroup->parent);
}
