/* SPDX-License-Identifier: MIT */
/* brood_self(): what this process is. */

#include "base/error.h"
#include "base/size.h"
#include "self/own_path.h"
#include "self/proc.h"
#include "sys/raw.h"
#include <brood/self.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "a group id is not one of the kernel's");

static void ask_ids(struct brood_self_info *self)
{
	self->pid = (pid_t)RAW0(SYS_getpid);
	self->ppid = (pid_t)RAW0(SYS_getppid);
	self->pgid = (pid_t)RAW1(SYS_getpgid, 0);
	self->sid = (pid_t)RAW1(SYS_getsid, 0);
	self->tid = (pid_t)RAW0(SYS_gettid);
	RAW3(SYS_getresuid, &self->uid, &self->euid, &self->suid);
	RAW3(SYS_getresgid, &self->gid, &self->egid, &self->sgid);
	/* An id that cannot be is refused, and the one that holds is told. */
	self->fsuid = (uid_t)RAW1(SYS_setfsuid, -1);
	self->fsgid = (gid_t)RAW1(SYS_setfsgid, -1);
	if (getauxval(AT_SECURE))
		self->flags |= BROOD_SELF_SECURE;
}

static int ask_groups(struct brood_self_info *self)
{
	long n = RAW2(SYS_getgroups, 0, NULL);
	if (n <= 0)
		return (int)n;
	self->groups = calloc((size_t)n, sizeof *self->groups);
	if (!self->groups)
		return -ENOMEM;
	n = RAW2(SYS_getgroups, n, self->groups);
	self->n_groups = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 0;
}

static int ask_executable(struct brood_self_info *self)
{
	char path[PATH_MAX + 16];
	struct stat here;
	struct stat there;
	const char *link;
	ssize_t length = brood__proc_own_link(path, sizeof path, &link);
	if (length < 0)
		return 0;
	bool is_known = stat(link, &here) == 0;
	/* A name may really end like that. */
	bool is_there = is_known && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
			here.st_ino == there.st_ino;
	if (!is_there) {
		path[brood__own_path_clean(path, (size_t)length)] = '\0';
		self->flags |= BROOD_SELF_REPLACED;
	}
	self->executable = strdup(path);
	return self->executable ? 0 : -ENOMEM;
}

static int ask_status(struct brood_self_info *self)
{
	char *text;
	self->umask = (mode_t)-1;
	self->start_ticks = UINT64_MAX;
	ssize_t r = brood__proc_read("/proc/thread-self/status", &text);
	if (r < 0)
		return r == -ENOMEM ? -ENOMEM : 0;
	self->umask = (mode_t)brood__proc_field(text, "Umask:", 8);
	self->cap_inheritable = brood__proc_field(text, "CapInh:", 16);
	self->cap_permitted = brood__proc_field(text, "CapPrm:", 16);
	self->cap_effective = brood__proc_field(text, "CapEff:", 16);
	self->cap_bounding = brood__proc_field(text, "CapBnd:", 16);
	self->cap_ambient = brood__proc_field(text, "CapAmb:", 16);
	free(text);
	r = brood__proc_read("/proc/self/stat", &text);
	if (r < 0)
		return r == -ENOMEM ? -ENOMEM : 0;
	self->start_ticks = brood__proc_start(text);
	free(text);
	return 0;
}

int brood_self(struct brood_self_info *self, struct brood_error *error)
{
	if (!self)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "self");
	struct brood_self_info old;
	struct brood_self_info new = BROOD_SELF_INIT;
	int r = brood__struct_copy(&old, sizeof old, self);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_CONFIG, "self.size");
	ask_ids(&new);
	r = ask_groups(&new);
	if (r == 0)
		r = ask_executable(&new);
	if (r == 0)
		r = ask_status(&new);
	if (r < 0) {
		brood_self_done(&new);
		return brood__fail(error, r, BROOD_STEP_CONFIG, "self");
	}
	brood_self_done(self);
	/* What a caller of another age does not have cannot be given to it. */
	if (!BROOD__STRUCT_HOLDS(self, groups))
		free(new.groups);
	if (!BROOD__STRUCT_HOLDS(self, executable))
		free(new.executable);
	return brood__struct_give(self, &new, sizeof new);
}

void brood_self_done(struct brood_self_info *self)
{
	if (!self || self->size < sizeof self->size)
		return;
	size_t size = self->size;
	if (BROOD__STRUCT_HOLDS(self, groups))
		free(self->groups);
	if (BROOD__STRUCT_HOLDS(self, executable))
		free(self->executable);
	memset(self, 0, size);
	self->size = size;
}
