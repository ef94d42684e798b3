/* SPDX-License-Identifier: MIT */
/* brood_exec(): everything that can be found out beforehand, and then the plan. */

#include "base/error.h"
#include "base/strings.h"
#include "job/attributes.h"
#include "job/job.h"
#include "pump/stream.h"
#include "self/args_size.h"
#include "self/become.h"
#include "spawn/environ.h"
#include "spawn/shell.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/signals.h"
#include "sys/uapi.h"
#include <brood/lookup.h>
#include <brood/self.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const io_names[3] = { "cmd.in", "cmd.out", "cmd.err" };

/* An exec under way. */
struct execution {
	struct brood__stage_request request;
	const char *label;
	char *found; /* by the lookup */
	void *env_block;
	void *block; /* wants, operations and the shell's argv */
	struct brood__fd_want *wants;
	size_t n_wants;
	struct brood__fd_op *ops;
	int opened[3]; /* for 0, 1 and 2 */
	struct brood__attribute_room room;
	int cgroup_procs;
	char *own_argv[2];
	struct brood__report report;
	struct brood__plan plan;
	struct brood_error *error;
};

static int refuse(struct execution *x, int code, int step, const char *subject)
{
	return brood__fail(x->error, code, step, subject);
}

static int refuse_fd(struct execution *x, int code, int step, int fd, const char *subject)
{
	return brood__fail_fd(x->error, code, step, fd, subject);
}

static const struct brood_io *io_of(const struct execution *x, int fd)
{
	const struct brood_cmd *cmd = &x->request.cmd;
	return fd == 0 ? &cmd->in : fd == 1 ? &cmd->out : &cmd->err;
}

/* What is the same as for a start, and what only a job can do. */
static int check(struct execution *x, const struct brood_cmd *cmd)
{
	if (!cmd)
		return refuse(x, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd");
	/* Whether we lead a session the kernel will say. */
	const struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);
	struct brood__request request = { .stages = &x->request };
	int r = brood__check(&request, cmd, 1, &options, x->error);
	if (r < 0)
		return r;
	if (x->request.cmd.function)
		return refuse(x, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.function");
	if (x->request.attributes.sandbox.clone_flags)
		return refuse(x, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.sandbox.clone_flags");
	for (int fd = 0; fd < 3; fd++) {
		uint32_t kind = io_of(x, fd)->kind;
		if (kind > BROOD_IO_FILE && kind != BROOD_IO_MERGE)
			return refuse(x, BROOD_EMISUSE, BROOD_STEP_CONFIG, io_names[fd]);
	}
	return 0;
}

static int find_program(struct execution *x)
{
	const struct brood_cmd *cmd = &x->request.cmd;
	bool has_argv = cmd->argv && cmd->argv[0];
	x->label = cmd->label ? cmd->label : has_argv ? cmd->argv[0] : cmd->path;
	x->own_argv[0] = (char *)(uintptr_t)cmd->path;
	x->plan.argv = has_argv ? cmd->argv : x->own_argv;
	x->plan.path = cmd->path ? cmd->path : x->plan.argv[0];
	if (cmd->path || !has_argv || strchr(x->plan.path, '/'))
		return 0;
	struct brood_error failure;
	int r = brood_lookup(cmd->argv[0], cmd->search_path, &x->found, &failure);
	x->plan.path = x->found;
	if (r == BROOD_EDOT && cmd->flags & BROOD_LOOKUP_DOT)
		return 0;
	if (r < 0 && x->error)
		*x->error = failure;
	return r;
}

/* The stack's limit as it will be. */
static uint64_t stack_limit(const struct execution *x)
{
	const struct brood_limits *limits = &x->request.attributes.limits;
	for (size_t i = 0; i < limits->n_rlimits; i++) {
		if (limits->rlimits[i].resource == RLIMIT_STACK)
			return limits->rlimits[i].soft;
	}
	struct rlimit limit;
	return getrlimit(RLIMIT_STACK, &limit) == 0 ? limit.rlim_cur : UINT64_MAX;
}

static int prepare_memory(struct execution *x)
{
	const struct brood_cmd *cmd = &x->request.cmd;
	int r = brood__environ_make(cmd, &x->plan.envp, &x->env_block, x->error);
	if (r < 0)
		return r;
	r = brood__args_check(x->plan.path, x->plan.argv, x->plan.envp, stack_limit(x),
		(uint64_t)sysconf(_SC_PAGESIZE));
	if (r < 0)
		return refuse(x, r, BROOD_STEP_EXEC, x->plan.path);
	x->n_wants = 3 + cmd->n_fds;
	size_t n_args = brood__list_length(x->plan.argv);
	size_t argv_size = 0;
	if (cmd->flags & BROOD_EXEC_SHELL_FALLBACK)
		argv_size = (n_args + 2) * sizeof(char *);
	size_t most_wants = x->n_wants + BROOD__ATTRIBUTE_WANTS;
	size_t wants_size = most_wants * sizeof *x->wants;
	size_t most_ops = brood__fdmap_bound(most_wants) + most_wants + 1;
	char *block = malloc(argv_size + wants_size + most_ops * sizeof *x->ops);
	if (!block)
		return refuse(x, -ENOMEM, BROOD_STEP_CONFIG, x->label);
	x->block = block;
	x->wants = (struct brood__fd_want *)(void *)(block + argv_size);
	x->ops = (struct brood__fd_op *)(void *)(block + argv_size + wants_size);
	if (argv_size == 0)
		return 0;
	char **shell_argv = (char **)(void *)block;
	brood__shell_argv(shell_argv, x->plan.path, x->plan.argv, n_args);
	x->plan.shell_argv = shell_argv;
	return 0;
}

/* Returns 0, or -EBADF. */
static int check_open(int fd)
{
	long r = RAW2(SYS_fcntl, fd, F_GETFD);
	return r < 0 ? (int)r : 0;
}

/* All numbers that the caller names, before anything of ours takes the number of a closed one. */
static int check_numbers(struct execution *x)
{
	const struct brood_cmd *cmd = &x->request.cmd;
	for (int fd = 0; fd < 3; fd++) {
		const struct brood_io *io = io_of(x, fd);
		int r = io->kind == BROOD_IO_FD && io->fd >= 0 ? check_open(io->fd) : 0;
		if (r < 0)
			return refuse_fd(x, r, BROOD_STEP_DESCRIPTORS, fd, NULL);
		x->wants[fd] = (struct brood__fd_want){ -1, fd, 0 };
		if (io->kind == BROOD_IO_FD)
			x->wants[fd].source = io->fd;
		if (io->kind <= BROOD_IO_INHERIT && io->kind != BROOD_IO_NULL &&
			check_open(fd) == 0)
			x->wants[fd] = (struct brood__fd_want){ fd, fd, BROOD__FD_OPTIONAL };
	}
	for (size_t i = 0; i < cmd->n_fds; i++) {
		const struct brood_fd_map *map = &cmd->fds[i];
		int r = map->parent_fd >= 0 ? check_open(map->parent_fd) : 0;
		if (r < 0)
			return refuse_fd(x, r, BROOD_STEP_DESCRIPTORS, map->child_fd, NULL);
		x->wants[3 + i] = (struct brood__fd_want){ map->parent_fd, map->child_fd, 0 };
	}
	return 0;
}

/* Other ids and capabilities may lead where we may not go: the step itself will tell. */
static bool has_rights_of_its_own(const struct execution *x)
{
	const struct brood__attributes *attributes = &x->request.attributes;
	const uint64_t ids = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS;
	return attributes->credentials.flags & ids ||
	       attributes->sandbox.flags & BROOD_SET_CAPABILITIES || attributes->sandbox.ambient ||
	       attributes->sandbox.unshare_flags & BROOD__CLONE_NEWUSER;
}

/* Whether what we are refused will be refused then, too. */
static bool is_final(const struct execution *x, int code)
{
	return code != -EACCES || !has_rights_of_its_own(x);
}

/* The directory that the program will have, *ret_fd: -1 for ours. Returns 1 if we may not look at
 * it. */
static int check_dir(struct execution *x, int *ret_fd)
{
	*ret_fd = -1;
	if (!x->plan.dir)
		return 0;
	int fd = brood__fd_open(x->plan.dir, O_PATH | O_DIRECTORY, 0);
	int r = fd < 0 ? fd : 0;
	/* What chdir asks for. */
	if (r == 0 && faccessat(fd, ".", X_OK, AT_EACCESS) < 0)
		r = -errno;
	if (r < 0) {
		brood__fd_close(&fd);
		return is_final(x, r) ? refuse(x, r, BROOD_STEP_CHDIR, x->plan.dir) : 1;
	}
	*ret_fd = fd;
	return 0;
}

/* Whether execve would find a file that it may execute, seen from the directory. */
static int check_file(struct execution *x, int dir_fd)
{
	int at = dir_fd >= 0 ? dir_fd : AT_FDCWD;
	struct stat st;
	int r = fstatat(at, x->plan.path, &st, 0) < 0 ? -errno : 0;
	bool is_other = r == 0 && !S_ISREG(st.st_mode);
	if (is_other)
		r = -EACCES;
	if (r == 0 && faccessat(at, x->plan.path, X_OK, AT_EACCESS) < 0)
		r = -errno;
	return r < 0 && (is_other || is_final(x, r)) ? refuse(x, r, BROOD_STEP_EXEC, x->plan.path)
						     : 0;
}

static int check_places(struct execution *x)
{
	/* Behind a chroot all paths mean something else. */
	const struct brood_sandbox *sandbox = x->request.cmd.sandbox;
	if (sandbox && sandbox->root)
		return 0;
	AUTO_FD dir = -1;
	int r = check_dir(x, &dir);
	if (r == 0)
		r = check_file(x, dir);
	return r < 0 ? r : 0;
}

static int open_one(struct execution *x, int fd)
{
	const struct brood_io *io = io_of(x, fd);
	const char *path = io->kind == BROOD_IO_NULL ? "/dev/null" : io->pointer;
	if (io->kind == BROOD_IO_MERGE) {
		x->wants[2].source = x->wants[1].source;
		return 0;
	}
	if (io->kind != BROOD_IO_NULL && io->kind != BROOD_IO_FILE)
		return 0;
	int opened = io->kind == BROOD_IO_FILE
			     ? brood__stream_open_file(io, fd)
			     : brood__fd_open(path, fd == 0 ? O_RDONLY : O_WRONLY, 0);
	if (opened < 0)
		return refuse_fd(x, opened, BROOD_STEP_OPEN, fd, path);
	x->opened[fd] = opened;
	x->wants[fd].source = opened;
	return 0;
}

static int open_files(struct execution *x)
{
	int r = 0;
	for (int fd = 0; r == 0 && fd < 3; fd++)
		r = open_one(x, fd);
	return r;
}

static void fill_plan(struct execution *x)
{
	struct brood__plan *plan = &x->plan;
	plan->dir = x->request.cmd.dir;
	if (x->request.has_signals) {
		plan->ignore = brood__signals_pack(&x->request.signals.ignore);
		plan->reset = brood__signals_pack(&x->request.signals.reset);
		plan->has_mask = x->request.signals.has_mask;
		plan->mask = brood__signals_pack(&x->request.signals.mask);
	}
	plan->report_fd = -1;
	plan->report = &x->report;
}

/* Which name belongs to the step that failed; it may be in text. */
static const char *subject_of(const struct execution *x, char text[BROOD__SUBJECT_SIZE])
{
	if (x->report.step == BROOD_STEP_CHDIR)
		return x->plan.dir;
	if (x->report.step == BROOD_STEP_EXEC)
		return x->plan.path;
	const char *subject = brood__attributes_subject(&x->report, &x->request.attributes, text);
	return subject ? subject : x->label;
}

/* What the attributes need to be open. */
static int open_attributes(struct execution *x)
{
	const struct brood__attributes *attributes = &x->request.attributes;
	int r = brood__attributes_open(&x->room, attributes, x->error);
	if (r < 0)
		return r;
	brood__attributes_into(&x->plan, attributes, &x->room);
	x->plan.parent = getppid();
	x->n_wants = brood__attributes_wants(&x->room, x->wants, x->n_wants);
	if (!x->room.has_cgroup)
		return 0;
	x->cgroup_procs = brood__launch_open_procs(x->room.cgroup_dir);
	if (x->cgroup_procs < 0) {
		char text[BROOD__SUBJECT_SIZE];
		x->report.step = BROOD_STEP_CGROUP;
		return refuse(x, x->cgroup_procs, BROOD_STEP_CGROUP, subject_of(x, text));
	}
	x->plan.has_cgroup = true;
	x->plan.cgroup_procs = x->cgroup_procs;
	return 0;
}

static int become(struct execution *x)
{
	struct brood__own_fds own = BROOD__OWN_FDS_NONE;
	int fd;
	int r = brood__own_fds_plan(&own, x->wants, x->n_wants, x->ops, &x->plan.fds, &fd);
	if (r < 0) {
		brood__own_fds_undo(&own);
		if (r == -ENOMEM)
			return refuse(x, r, BROOD_STEP_CONFIG, x->label);
		return refuse_fd(x, r, BROOD_STEP_DESCRIPTORS, fd, NULL);
	}
	bool is_changed;
	r = brood__become(&x->plan, &own, x->request.cmd.flags & BROOD_KEEP_FDS, &is_changed);
	char text[BROOD__SUBJECT_SIZE];
	refuse_fd(x, r, x->report.step, x->report.fd, subject_of(x, text));
	if (x->error && is_changed)
		x->error->flags |= BROOD_ERROR_CHANGED;
	return r;
}

static int prepare(struct execution *x, const struct brood_cmd *cmd)
{
	int r = check(x, cmd);
	if (r < 0)
		return r;
	fill_plan(x);
	r = find_program(x);
	if (r == 0)
		r = prepare_memory(x);
	if (r == 0)
		r = check_numbers(x);
	if (r == 0)
		r = check_places(x);
	if (r == 0)
		r = open_attributes(x);
	return r < 0 ? r : open_files(x);
}

int brood_exec(const struct brood_cmd *cmd, struct brood_error *error)
{
	struct execution x = {
		.opened = { -1, -1, -1 },
		.cgroup_procs = -1,
		.room = BROOD__ATTRIBUTE_ROOM_NONE,
		.report.fd = -1,
		.error = error,
	};
	int cancel_state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	int r = prepare(&x, cmd);
	if (r == 0)
		r = become(&x);
	for (int fd = 0; fd < 3; fd++)
		brood__fd_close(&x.opened[fd]);
	brood__fd_close(&x.cgroup_procs);
	brood__attributes_close(&x.room);
	free(x.found);
	free(x.env_block);
	free(x.block);
	pthread_setcancelstate(cancel_state, NULL);
	return r;
}
