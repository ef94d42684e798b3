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

/* The mount point of cgroup v2: field 5 of the line whose type, behind " - ", is cgroup2. Writes
 * it behind what is in path already. */
static bool add_mount_point(char *path, size_t size)
{
	char *text = read_file("/proc/self/mountinfo");
	bool found = false;
	char *rest = NULL;
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line && !found;
		line = strtok_r(NULL, "\n", &rest)) {
		if (!strstr(line, " - cgroup2 "))
			continue;
		char *field = line;
		for (int i = 0; field && i < 4; i++) {
			field = strchr(field, ' ');
			field = field ? field + 1 : NULL;
		}
		char *end = field ? strchr(field, ' ') : NULL;
		if (!end || (size_t)(end - field) >= size)
			continue;
		memcpy(path, field, (size_t)(end - field));
		path[end - field] = 0;
		found = true;
	}
	free(text);
	return found;
}

/* Where we are below it: the line "0::/..." */
static bool add_own_group(char *path, size_t size)
{
	char *text = read_file("/proc/self/cgroup");
	char *line = text ? strstr(text, "0::/") : NULL;
	while (line && line != text && line[-1] != '\n')
		line = strstr(line + 1, "0::/");
	bool found = line != NULL;
	if (found) {
		char *group = line + strlen("0::");
		group[strcspn(group, "\n")] = 0;
		size_t length = strlen(path);
		size_t more = strlen(group);
		found = length + more < size;
		if (found)
			memcpy(path + length, group, more + 1);
	}
	free(text);
	return found;
}

int brood__cgroup_make(struct brood__cgroup *cgroup)
{
	static atomic_uint serial;
	char path[PATH_MAX];
	*cgroup = (struct brood__cgroup)BROOD__CGROUP_NONE;
	if (!add_mount_point(path, sizeof path) || !add_own_group(path, sizeof path))
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
