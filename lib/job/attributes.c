/* SPDX-License-Identifier: MIT */
/* From checked attributes to the plan of a child, and back to a name for what failed. */

#include "job/attributes.h"

#include "base/error.h"
#include "base/strings.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef O_PATH
#	define O_PATH 010000000
#endif

#define CGROUP_FD "cgroup_fd"

static size_t add_number(char *to, uint32_t number, char behind)
{
	char digits[12];
	struct brood__text text = brood__text_over(digits, sizeof digits);
	brood__text_add_int(&text, number);
	if (to) {
		memcpy(to, digits, text.length);
		to[text.length] = behind;
	}
	return text.length + 1;
}

size_t brood__maps_text(char *text, const struct brood_id_map *maps, size_t n)
{
	size_t length = 0;
	for (size_t i = 0; i < n; i++) {
		length += add_number(text ? text + length : NULL, maps[i].inside, ' ');
		length += add_number(text ? text + length : NULL, maps[i].outside, ' ');
		length += add_number(text ? text + length : NULL, maps[i].count, '\n');
	}
	return length;
}

/* With groups forbidden nobody may change them, not even to none, and nobody has any. */
static bool has_groups(const struct brood__attributes *attributes)
{
	const struct brood_credentials *credentials = &attributes->credentials;
	const struct brood_sandbox *sandbox = &attributes->sandbox;
	bool is_forbidden = sandbox->n_gid_maps && !(sandbox->flags & BROOD_ALLOW_SETGROUPS);
	return credentials->flags & BROOD_SET_GROUPS &&
	       (credentials->n_groups > 0 || !is_forbidden);
}

static uint32_t flags_of(const struct brood__attributes *attributes)
{
	uint64_t credentials = attributes->credentials.flags;
	uint64_t limits = attributes->limits.flags;
	uint64_t session = attributes->session.flags;
	const struct brood_sandbox *sandbox = &attributes->sandbox;
	return (credentials & BROOD_SET_UID ? BROOD__DO_UID : 0) |
	       (credentials & BROOD_SET_GID ? BROOD__DO_GID : 0) |
	       (has_groups(attributes) ? BROOD__DO_GROUPS : 0) |
	       (limits & BROOD_SET_SCHEDULER ? BROOD__DO_SCHEDULER : 0) |
	       (attributes->limits.affinity ? BROOD__DO_AFFINITY : 0) |
	       (limits & BROOD_SET_IO_PRIORITY ? BROOD__DO_IO_PRIORITY : 0) |
	       (limits & BROOD_SET_OOM_SCORE ? BROOD__DO_OOM_SCORE : 0) |
	       (session & BROOD_SET_CTTY ? BROOD__DO_STEAL_CTTY : 0) |
	       (session & BROOD_DROP_CTTY ? BROOD__DO_DROP_CTTY : 0) |
	       (session & BROOD_TRACEME ? BROOD__DO_TRACEME : 0) |
	       (sandbox->root ? BROOD__DO_CHROOT : 0) |
	       (sandbox->flags & BROOD_SET_CAPABILITIES ? BROOD__DO_CAPABILITIES : 0) |
	       (sandbox->flags & BROOD_NO_NEW_PRIVS ? BROOD__DO_NO_NEW_PRIVS : 0) |
	       (sandbox->flags & BROOD_SET_LANDLOCK ? BROOD__DO_LANDLOCK : 0) |
	       (sandbox->flags & BROOD_ALLOW_SETGROUPS ? BROOD__DO_ALLOW_SETGROUPS : 0) |
	       (sandbox->seccomp_length ? BROOD__DO_SECCOMP : 0);
}

static struct brood__attribute_plan plan_of(const struct brood__attributes *attributes)
{
	const struct brood_credentials *credentials = &attributes->credentials;
	const struct brood_limits *limits = &attributes->limits;
	const struct brood_sandbox *sandbox = &attributes->sandbox;
	_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "an id is not one of the kernel's");
	return (struct brood__attribute_plan){
		.flags = flags_of(attributes),
		.uid = credentials->uid,
		.gid = credentials->gid,
		.n_groups = (uint32_t)credentials->n_groups,
		.groups = credentials->groups,
		.scheduler = limits->scheduler,
		.scheduler_priority = limits->scheduler_priority,
		.io_priority = limits->io_priority,
		.oom_score_adj = limits->oom_score_adj,
		.affinity = limits->affinity,
		.affinity_size = limits->affinity ? (uint32_t)limits->affinity_size : 0,
		.clone_flags = sandbox->clone_flags,
		.unshare_flags = sandbox->unshare_flags,
		.capabilities = sandbox->capabilities,
		.ambient = sandbox->ambient,
		.landlock_flags = sandbox->landlock_flags,
		.landlock_fd = -1,
		.death_signal = attributes->session.parent_death_signal,
		.filter = sandbox->seccomp,
		.n_filter = (uint32_t)sandbox->seccomp_length,
		.root = sandbox->root,
		.root_size = sandbox->root ? (uint32_t)strlen(sandbox->root) + 1 : 0,
	};
}

static bool is_needed(const struct brood__attribute_plan *plan)
{
	return plan->flags || plan->clone_flags || plan->unshare_flags || plan->ambient ||
	       plan->death_signal;
}

static int open_cgroup(struct brood__attribute_room *room, const struct brood_limits *limits,
	struct brood_error *error)
{
	struct statfs status;
	bool has_fd = limits->flags & BROOD_SET_CGROUP_FD;
	const char *subject = has_fd ? CGROUP_FD : limits->cgroup_path;
	if (!has_fd && !limits->cgroup_path)
		return 0;
	room->has_cgroup = true;
	room->owns_cgroup_dir = !has_fd;
	room->cgroup_dir = has_fd ? limits->cgroup_fd
				  : brood__fd_open(limits->cgroup_path, O_PATH | O_DIRECTORY, 0);
	if (room->cgroup_dir < 0)
		return brood__fail(error, room->cgroup_dir, BROOD_STEP_CGROUP, subject);
	if (fstatfs(room->cgroup_dir, &status) < 0)
		return brood__fail(error, -errno, BROOD_STEP_CGROUP, subject);
	room->cgroup_is_v2 = status.f_type == BROOD__CGROUP2_MAGIC;
	if (!room->cgroup_is_v2 && status.f_type != BROOD__CGROUP_MAGIC)
		return brood__fail(error, -EINVAL, BROOD_STEP_CGROUP, subject);
	return 0;
}

static bool is_target(const struct brood__attributes *attributes, int fd)
{
	for (size_t i = 0; i < attributes->n_fds; i++) {
		if (attributes->fds[i].child_fd == fd)
			return true;
	}
	return false;
}

/* The child needs it when its descriptors are in place: under a number that is free there, and
 * here, since they may all be kept. */
static int open_landlock(struct brood__attribute_room *room,
	const struct brood__attributes *attributes, struct brood_error *error)
{
	if (!(attributes->sandbox.flags & BROOD_SET_LANDLOCK))
		return 0;
	int least = 3;
	do {
		brood__fd_close(&room->landlock_fd);
		room->landlock_fd = (int)RAW3(
			SYS_fcntl, attributes->sandbox.landlock_fd, F_DUPFD_CLOEXEC, least);
		if (room->landlock_fd < 0)
			return brood__fail(
				error, room->landlock_fd, BROOD_STEP_SANDBOX, "landlock_fd");
		least = room->landlock_fd + 1;
	} while (is_target(attributes, room->landlock_fd));
	room->plan->landlock_fd = room->landlock_fd;
	return 0;
}

int brood__attributes_open(struct brood__attribute_room *room,
	const struct brood__attributes *attributes, struct brood_error *error)
{
	const struct brood_sandbox *sandbox = &attributes->sandbox;
	struct brood__attribute_plan plan = plan_of(attributes);
	*room = (struct brood__attribute_room)BROOD__ATTRIBUTE_ROOM_NONE;
	if (is_needed(&plan)) {
		size_t uids = brood__maps_text(NULL, sandbox->uid_maps, sandbox->n_uid_maps);
		size_t gids = brood__maps_text(NULL, sandbox->gid_maps, sandbox->n_gid_maps);
		room->block = malloc(sizeof plan + uids + gids);
		if (!room->block)
			return brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, "attributes");
		char *text = (char *)room->block + sizeof plan;
		brood__maps_text(text, sandbox->uid_maps, sandbox->n_uid_maps);
		brood__maps_text(text + uids, sandbox->gid_maps, sandbox->n_gid_maps);
		plan.uid_map = text;
		plan.uid_map_size = (uint32_t)uids;
		plan.gid_map = text + uids;
		plan.gid_map_size = (uint32_t)gids;
		room->plan = memcpy(room->block, &plan, sizeof plan);
	}
	int r = open_cgroup(room, &attributes->limits, error);
	return r < 0 ? r : open_landlock(room, attributes, error);
}

void brood__attributes_close(struct brood__attribute_room *room)
{
	if (room->owns_cgroup_dir)
		brood__fd_close(&room->cgroup_dir);
	brood__fd_close(&room->landlock_fd);
	free(room->block);
	*room = (struct brood__attribute_room)BROOD__ATTRIBUTE_ROOM_NONE;
}

size_t brood__attributes_wants(
	const struct brood__attribute_room *room, struct brood__fd_want *wants, size_t n)
{
	if (room->landlock_fd < 0)
		return n;
	wants[n] = (struct brood__fd_want){ room->landlock_fd, room->landlock_fd, 0 };
	return n + 1;
}

void brood__attributes_into(struct brood__plan *plan, const struct brood__attributes *attributes,
	const struct brood__attribute_room *room)
{
	plan->limits = attributes->limits.rlimits;
	plan->n_limits = attributes->limits.n_rlimits;
	plan->has_nice = attributes->limits.flags & BROOD_SET_NICE;
	plan->nice = attributes->limits.nice;
	plan->has_umask = attributes->credentials.flags & BROOD_SET_UMASK;
	plan->umask = attributes->credentials.umask;
	plan->attributes = room->plan;
	if (attributes->session.flags & BROOD_SET_CTTY) {
		plan->has_ctty = true;
		plan->controlling_fd = attributes->session.controlling_fd;
	}
	if (attributes->session.parent_death_signal)
		plan->parent = getpid();
}

static const char *numbered(char text[BROOD__SUBJECT_SIZE], const char *what, int64_t number)
{
	struct brood__text t = brood__text_over(text, BROOD__SUBJECT_SIZE);
	brood__text_add(&t, what);
	brood__text_add(&t, " ");
	brood__text_add_int(&t, number);
	return text;
}

static const char *const names[BROOD__SUBJECTS] = {
	[BROOD__OF_OOM_SCORE] = "oom_score_adj",
	[BROOD__OF_NICE] = "nice",
	[BROOD__OF_SCHEDULER] = "policy",
	[BROOD__OF_AFFINITY] = "affinity",
	[BROOD__OF_IO_PRIORITY] = "io_priority",
	[BROOD__OF_GROUPS] = "groups",
	[BROOD__OF_CAPABILITIES] = "sets",
	[BROOD__OF_CLONE_FLAGS] = "clone_flags",
	[BROOD__OF_UNSHARE_FLAGS] = "unshare_flags",
	[BROOD__OF_UID_MAP] = "uid_map",
	[BROOD__OF_GID_MAP] = "gid_map",
	[BROOD__OF_SETGROUPS] = "setgroups",
	[BROOD__OF_PRIVATE_ROOT] = "/ made private",
	[BROOD__OF_DEATH_SIGNAL] = "parent_death_signal",
	[BROOD__OF_NO_NEW_PRIVS] = "no_new_privs",
	[BROOD__OF_LANDLOCK] = "landlock",
	[BROOD__OF_SECCOMP] = "seccomp",
	[BROOD__OF_DROP_CTTY] = "descriptor 0",
};

bool brood__attributes_is_subject(const char *text)
{
	bool found = text[0] == '/' || strcmp(text, CGROUP_FD) == 0 ||
		     strncmp(text, "descriptor ", strlen("descriptor ")) == 0;
	for (size_t i = 0; !found && i < BROOD__SUBJECTS; i++)
		found = names[i] && strcmp(text, names[i]) == 0;
	return found;
}

const char *brood__attributes_subject(const struct brood__report *report,
	const struct brood__attributes *attributes, char text[BROOD__SUBJECT_SIZE])
{
	int subject = report->subject;
	if (report->step == BROOD_STEP_CGROUP && attributes->limits.flags & BROOD_SET_CGROUP_FD)
		return CGROUP_FD;
	if (report->step == BROOD_STEP_CGROUP)
		return attributes->limits.cgroup_path;
	if (report->step == BROOD_STEP_CHROOT)
		return attributes->sandbox.root;
	switch (subject) {
	case BROOD__OF_RLIMIT:
		return brood__limit_name(report->number);
	case BROOD__OF_GID:
		return numbered(text, "gid", attributes->credentials.gid);
	case BROOD__OF_UID:
		return numbered(text, "uid", attributes->credentials.uid);
	case BROOD__OF_CAPABILITY:
		return numbered(text, "capability", report->number);
	case BROOD__OF_BOUNDING:
		return numbered(text, "bounding set without capability", report->number);
	case BROOD__OF_AMBIENT:
		return numbered(text, "ambient capability", report->number);
	case BROOD__OF_SET_CTTY:
		return report->fd >= 0 ? numbered(text, "descriptor", report->fd) : NULL;
	default:
		return subject > 0 && subject < BROOD__SUBJECTS ? names[subject] : NULL;
	}
}
