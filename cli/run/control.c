/* SPDX-License-Identifier: MIT */
#include "run/control.h"

#include "common/file.h"
#include "common/message.h"
#include "run/control_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_FILE ((size_t)16 << 20)
/* Groups that the command has made in its own. */
#define MOST_LEVELS 16

struct controller {
	const char *name, *option;
	const char *limit_v2, *limit_v1; /* files */
	const char *instead;
};

static const struct controller memory = { "memory", "--mem", "memory.max", "memory.limit_in_bytes",
	"-l as=SIZE limits each process alone" };
static const struct controller tasks = { "pids", "--tasks", "pids.max", "pids.max",
	"-l nproc=N limits all processes of its user" };

/* Limits of a group of version 2. */
static const char *const own_limits[] = { "memory.max", "memory.high", "memory.swap.max",
	"memory.swap.high", "memory.zswap.max", "pids.max", "cpu.max", "cpu.weight", "cpu.idle",
	"cpuset.cpus", "cpuset.mems", "io.max", "io.weight" };

/* Where the groups go. */
struct places {
	struct text mountinfo, cgroups;
};

static int write_file(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = write_all(fd, text, strlen(text));
	close(fd);
	return r;
}

static uint64_t read_number(const char *dir, const char *name, const char *key)
{
	char path[PATH_MAX + 64];
	struct text text = { 0 };
	uint64_t number = 0;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (file_read(path, &text, LARGEST_FILE) == 0 && text.length > 0)
		number = key ? control_number(text.bytes, key) : strtoull(text.bytes, NULL, 10);
	text_done(&text);
	return number;
}

/* What tells this process from all others that get its number, here and in other namespaces of
   process ids: brood-NAMESPACE-PID-START. Returns false if pid is not there. */
static bool process_name(pid_t pid, char name[96])
{
	char path[64], space[64] = "";
	struct text text = { 0 };

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	bool is_there = file_read(path, &text, LARGEST_FILE) == 0 && text.length > 0;
	const char *at = is_there ? strrchr(text.bytes, ')') : NULL;
	/* Field 22, and behind the name in brackets comes field 3. */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	unsigned long long start = at ? strtoull(at + 1, NULL, 10) : 0;
	text_done(&text);
	ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
	const char *number = n > 0 ? strchr(space, '[') : NULL;
	snprintf(name, 96, "brood-%lu-%d-%llu", number ? strtoul(number + 1, NULL, 10) : 0,
		(int)pid, start);
	return at != NULL;
}

/* A group, and those that were made in it. Whoever is still there keeps it. Returns whether it is
   gone. */
static bool remove_group(int parent, const char *name, int level)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return true;
	int fd = level < MOST_LEVELS
			 ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
			 : -1;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	bool has_some = false;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			has_some |= remove_group(dirfd(dir), entry->d_name, level + 1);
	closedir(dir);
	return has_some && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

/* What broods that were killed have left: those whose process is another one now, or none. */
static void sweep(const char *parent)
{
	char own[96], theirs[96];
	DIR *dir = opendir(parent);

	if (!dir)
		return;
	process_name(getpid(), own);
	/* "brood-NAMESPACE-" */
	size_t length = (size_t)(strchr(own + 6, '-') - own) + 1;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (strncmp(entry->d_name, own, length) != 0)
			continue;
		pid_t pid = (pid_t)strtol(entry->d_name + length, NULL, 10);
		if (!process_name(pid, theirs) || strcmp(theirs, entry->d_name) != 0)
			remove_group(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
}

/* The group above the one that is to be made, and ours, if ours is beside it. Returns false after
   having said why there is none. */
static bool find_parent(const struct places *places, const struct controller *controller,
	bool *ret_is_v2, char parent[PATH_MAX], char own[PATH_MAX])
{
	char own_v1[PATH_MAX], words[CONTROL_WORDS];
	const char *mountinfo = places->mountinfo.bytes, *cgroups = places->cgroups.bytes;

	bool has_v2 = control_place_v2(mountinfo, cgroups, own);
	*ret_is_v2 = has_v2 && control_parent_v2(own, controller->name, parent);
	if (*ret_is_v2) {
		if (strcmp(own, parent) == 0)
			own[0] = '\0';
		return true;
	}
	bool has_v1 = control_place_v1(mountinfo, cgroups, controller->name, own_v1);
	if (has_v1 && access(own_v1, W_OK | X_OK) == 0) {
		memcpy(parent, own_v1, sizeof own_v1);
		own[0] = '\0';
		return true;
	}
	control_why_not(has_v2 ? own : NULL, has_v1 ? own_v1 : NULL, controller->name, words);
	message("run: %s: the %s controller is not there for us: %s (%s)", controller->option,
		controller->name, words, controller->instead);
	return false;
}

static int make_group(struct control_group *group, const char *parent, const char *option)
{
	char name[96];

	process_name(getpid(), name);
	sweep(parent);
	int length = snprintf(group->path, sizeof group->path, "%s/%s", parent, name);
	int r = length >= (int)sizeof group->path ? -ENAMETOOLONG : 0;
	if (r == 0 && mkdir(group->path, 0755) < 0)
		r = -errno;
	if (r == 0) {
		group->fd = open(group->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = group->fd < 0 ? -errno : 0;
	}
	if (r < 0)
		message("run: %s: %s: %s", option, group->path, message_errno(-r));
	return r;
}

/* A file of limits of our group for the one beside it, if that has another. io.max has a line for
   each device, and each is a write of its own. */
static int copy_limit(const char *own, const char *beside, const char *file)
{
	char path[PATH_MAX + 64], *rest = NULL;
	struct text ours = { 0 }, theirs = { 0 };
	int r = 0;

	snprintf(path, sizeof path, "%s/%s", own, file);
	bool is_there = file_read(path, &ours, LARGEST_FILE) == 0 && ours.length > 0;
	snprintf(path, sizeof path, "%s/%s", beside, file);
	is_there = is_there && file_read(path, &theirs, LARGEST_FILE) == 0;
	if (is_there && (theirs.length == 0 || strcmp(ours.bytes, theirs.bytes) != 0))
		for (char *line = strtok_r(ours.bytes, "\n", &rest); line && r == 0;
			line = strtok_r(NULL, "\n", &rest))
			r = write_file(beside, file, line);
	text_done(&ours);
	text_done(&theirs);
	return r;
}

/* What holds for us is to hold for the command too, though its group is not below ours. */
static int copy_limits(const char *own, const struct control_group *group, const char *option)
{
	for (size_t i = 0; i < sizeof own_limits / sizeof *own_limits; i++) {
		int r = copy_limit(own, group->path, own_limits[i]);
		if (r < 0) {
			message("run: %s: %s/%s: %s", option, group->path, own_limits[i],
				message_errno(-r));
			return r;
		}
	}
	return 0;
}

/* The group for a controller: the one that is there for the other one, if that is the same tree. */
static struct control_group *group_of(
	struct control *control, const struct places *places, const struct controller *controller)
{
	char parent[PATH_MAX], own[PATH_MAX];
	bool is_v2 = false;

	if (!find_parent(places, controller, &is_v2, parent, own))
		return NULL;
	for (size_t i = 0; i < control->n; i++) {
		size_t length = strlen(parent);
		const char *path = control->groups[i].path;
		if (strncmp(path, parent, length) == 0 && strchr(path + length + 1, '/') == NULL)
			return &control->groups[i];
	}
	struct control_group *group = &control->groups[control->n];
	*group = (struct control_group){ .fd = -1, .is_v2 = is_v2 };
	if (make_group(group, parent, controller->option) < 0)
		return NULL;
	control->n++;
	if (is_v2 && own[0] != '\0' && copy_limits(own, group, controller->option) < 0)
		return NULL;
	return group;
}

/* Returns 1 if a lower one, of our own group's, is there. */
static int set_limit(
	const struct control_group *group, const struct controller *controller, uint64_t limit)
{
	const char *file = group->is_v2 ? controller->limit_v2 : controller->limit_v1;
	char text[32];
	uint64_t there = read_number(group->path, file, NULL);

	/* "max" is no number. */
	if (there > 0 && there < limit)
		return 1;
	snprintf(text, sizeof text, "%llu", (unsigned long long)limit);
	int r = write_file(group->path, file, text);
	if (r < 0)
		message("run: %s: %s/%s: %s", controller->option, group->path, file,
			message_errno(-r));
	return r;
}

static int open_groups(
	struct control *control, const struct places *places, const struct control_wanted *wanted)
{
	struct control_group *group;

	if (wanted->memory > 0) {
		group = group_of(control, places, &memory);
		int r = group ? set_limit(group, &memory, wanted->memory) : -1;
		if (r < 0)
			return -1;
		/* Who has more than a lower one has not yet had what --mem says. */
		group->has_memory = r == 0;
		/* All of it or nothing: half a command is of no use. Older kernels lack it. */
		if (group->is_v2)
			(void)write_file(group->path, "memory.oom.group", "1");
	}
	if (wanted->tasks > 0) {
		group = group_of(control, places, &tasks);
		if (!group || set_limit(group, &tasks, wanted->tasks) < 0)
			return -1;
		group->has_tasks = true;
		group->tasks = wanted->tasks;
	}
	return 0;
}

int control_open(struct control *control, const struct control_wanted *wanted)
{
	struct places places = { 0 };

	*control = (struct control){ 0 };
	if (wanted->memory == 0 && wanted->tasks == 0)
		return 0;
	/* Without /proc nothing is found, and that is what is said. */
	text_string(&places.mountinfo, "");
	text_string(&places.cgroups, "");
	(void)file_read("/proc/self/mountinfo", &places.mountinfo, LARGEST_FILE);
	(void)file_read("/proc/self/cgroup", &places.cgroups, LARGEST_FILE);
	int r = open_groups(control, &places, wanted);
	text_done(&places.mountinfo);
	text_done(&places.cgroups);
	if (r < 0)
		control_close(control);
	return r;
}

void control_connect(
	const struct control *control, struct attributes_made *made, struct brood_cmd *cmd)
{
	if (control->n == 0)
		return;
	made->limits.cgroup_path = control->groups[0].path;
	cmd->limits = &made->limits;
}

static uint64_t kills_of(const struct control_group *group)
{
	return read_number(
		group->path, group->is_v2 ? "memory.events" : "memory.oom_control", "oom_kill");
}

/* Moves a process; a zombie, or none any more, is in no group. */
static int move(const char *group, pid_t pid)
{
	char text[24];

	snprintf(text, sizeof text, "%d", (int)pid);
	return write_file(group, "cgroup.procs", text);
}

static void set_tasks(const struct control_group *group, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)number);
	(void)write_file(group->path, "pids.max", text);
}

int control_begin(struct control *control, unsigned int n_guards)
{
	for (size_t i = 0; i < control->n; i++)
		if (control->groups[i].has_memory)
			control->groups[i].kills = kills_of(&control->groups[i]);
	if (control->n < 2)
		return 0;
	/* We and the guards count as long as we are there, and the command has what it may have. */
	const struct control_group *group = &control->groups[1];
	set_tasks(group, group->tasks + 1 + n_guards);
	int r = move(group->path, getpid());
	if (r < 0)
		message("run: --tasks: %s: %s", group->path, message_errno(-r));
	return r;
}

static pid_t parent_of(pid_t pid)
{
	char path[64];
	struct text text = { 0 };

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	bool is_there = file_read(path, &text, LARGEST_FILE) == 0 && text.length > 0;
	pid_t parent = is_there ? (pid_t)control_number(text.bytes, "PPid:") : 0;
	text_done(&text);
	return parent;
}

/* The limit comes first: what it may have it has had all the time. */
void control_started(const struct control *control, pid_t pid)
{
	if (control->n < 2)
		return;
	const struct control_group *group = &control->groups[1];
	char parent[sizeof group->path];
	memcpy(parent, group->path, sizeof parent);
	*strrchr(parent, '/') = '\0';
	set_tasks(group, group->tasks);
	(void)move(parent, getpid());
	/* The guards are those between us and the command. When it has ended already they end too.
	 */
	for (pid_t guard = pid > 0 ? parent_of(pid) : 0; guard > 1 && guard != getpid();
		guard = parent_of(guard))
		(void)move(parent, guard);
}

bool control_ran_out(const struct control *control)
{
	for (size_t i = 0; i < control->n; i++) {
		const struct control_group *group = &control->groups[i];
		if (!group->has_memory || kills_of(group) <= group->kills)
			continue;
		/* It may also have been the machine that had no more. */
		if (group->is_v2 ? read_number(group->path, "memory.events", "oom") > 0
				 : read_number(group->path, "memory.failcnt", NULL) > 0)
			return true;
	}
	return false;
}

void control_close(struct control *control)
{
	for (size_t i = 0; i < control->n; i++) {
		close(control->groups[i].fd);
		remove_group(AT_FDCWD, control->groups[i].path, 0);
	}
	control->n = 0;
}
