/* SPDX-License-Identifier: MIT */
/* Is this a description that can be run? Copies it at full size and says what is wrong with it. */

#include "base/error.h"
#include "base/size.h"
#include "job/job.h"
#include "sys/signals.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CMD_FLAGS    (BROOD_KEEP_FDS | BROOD_LOOKUP_DOT | BROOD_EXEC_SHELL_FALLBACK)
#define ORPHAN_FLAGS (BROOD_ORPHANS_WAIT | BROOD_ORPHANS_LEAVE)
#define TREE_FLAGS   (ORPHAN_FLAGS | BROOD_ADOPTED | BROOD_MEASURE_TREE | BROOD_REPORT_STOPS)
#define OPTION_FLAGS                                                                               \
	(BROOD_NEW_GROUP | BROOD_NEW_SESSION | BROOD_FOREGROUND | BROOD_KILL_TREE | BROOD_TAGGED | \
		BROOD__VERDICT_FLAGS | TREE_FLAGS)

static int bad(struct brood_error *error, int code, const char *field)
{
	return brood__fail(error, code, BROOD_STEP_CONFIG, field);
}

static int not_built(struct brood_error *error, int step, const char *field)
{
	return brood__fail(error, -ENOSYS, step, field);
}

/* Which kinds fit which descriptor: bit k of the mask for kind k. */
#define KIND(k) (1u << (k))
#define COMMON_KINDS                                                             \
	(KIND(BROOD_IO_DEFAULT) | KIND(BROOD_IO_NULL) | KIND(BROOD_IO_INHERIT) | \
		KIND(BROOD_IO_FD) | KIND(BROOD_IO_FILE) | KIND(BROOD_IO_PIPE) |  \
		KIND(BROOD_IO_TTY))
#define IN_KINDS (COMMON_KINDS | TYPED_KINDS)
#define KEPT_KINDS \
	(KIND(BROOD_IO_CAPTURE) | KIND(BROOD_IO_INTO) | KIND(BROOD_IO_SINK) | KIND(BROOD_IO_LINES))
#define TYPED_KINDS  (KIND(BROOD_IO_MEMORY) | KIND(BROOD_IO_SOURCE))
#define OUT_KINDS    (COMMON_KINDS | KEPT_KINDS | KIND(BROOD_IO_TEE))
#define BRANCH_KINDS (KEPT_KINDS | KIND(BROOD_IO_INHERIT) | KIND(BROOD_IO_FD) | KIND(BROOD_IO_FILE))
static const uint32_t fitting_kinds[3] = { IN_KINDS, OUT_KINDS, OUT_KINDS | KIND(BROOD_IO_MERGE) };
/* The most branches of a brood_tee(). */
#define MOST_BRANCHES 64
static const char *const io_names[3] = { "cmd.in", "cmd.out", "cmd.err" };

static uint32_t flags_of_kind(uint32_t kind)
{
	if (kind == BROOD_IO_FILE)
		return BROOD_MAY_BLOCK;
	return kind == BROOD_IO_CAPTURE ? BROOD_CAPTURE_STRICT : 0;
}

static bool has_values(const struct brood_io *io)
{
	switch (io->kind) {
	case BROOD_IO_FD:
		return io->fd >= -1;
	case BROOD_IO_FILE:
	case BROOD_IO_SOURCE:
		return io->pointer != NULL;
	case BROOD_IO_MEMORY:
		return io->pointer != NULL || io->limit == 0;
	case BROOD_IO_INTO:
		return io->data != NULL && io->limit > 0;
	case BROOD_IO_TEE:
		return io->pointer != NULL && io->limit > 0 && io->limit <= MOST_BRANCHES;
	case BROOD_IO_TTY:
		return io->mode >> 16 && io->mode & 0xffff;
	default:
		return true;
	}
}

/* What is the same for every io, wherever it stands. */
static int check_form(
	const struct brood_io *io, uint32_t kinds, const char *name, struct brood_error *error)
{
	if (io->kind > BROOD_IO_TTY || !(kinds & KIND(io->kind)))
		return bad(error, BROOD_EMISUSE, name);
	if (io->flags & ~flags_of_kind(io->kind))
		return bad(error, BROOD_EMISUSE, name);
	if (io->reserved[0] || io->reserved[1] || io->reserved[2])
		return bad(error, BROOD_EMISUSE, name);
	return has_values(io) ? 0 : bad(error, -EINVAL, name);
}

static int check_tee(const struct brood_io *io, const char *name, struct brood_error *error)
{
	const struct brood_io *branches = io->pointer;
	int n_captures = 0;
	for (size_t i = 0; i < io->limit; i++) {
		const struct brood_io *branch = &branches[i];
		int r = check_form(branch, BRANCH_KINDS, name, error);
		if (r < 0)
			return r;
		bool is_called = branch->kind == BROOD_IO_SINK || branch->kind == BROOD_IO_LINES;
		if ((is_called && !branch->pointer) ||
			(branch->kind == BROOD_IO_FD && branch->fd < 0))
			return bad(error, -EINVAL, name);
		n_captures += branch->kind == BROOD_IO_CAPTURE;
	}
	return n_captures > 1 ? bad(error, BROOD_EMISUSE, name) : 0;
}

/* What the job does with its side of a pseudo-terminal. */
static int check_tty(const struct brood_io *io, int fd, struct brood_error *error)
{
	const struct brood_io *inner = io->pointer;
	if (!inner)
		return 0;
	if (fd == 2)
		return bad(error, BROOD_EMISUSE, io_names[fd]);
	uint32_t kinds = fd == 0 ? TYPED_KINDS : KEPT_KINDS | KIND(BROOD_IO_TEE);
	int r = check_form(inner, kinds, io_names[fd], error);
	if (r == 0 && inner->kind == BROOD_IO_TEE)
		r = check_tee(inner, io_names[fd], error);
	return r;
}

static int check_io(const struct brood_io *io, int fd, struct brood_error *error)
{
	int r = check_form(io, fitting_kinds[fd], io_names[fd], error);
	if (r == 0 && io->kind == BROOD_IO_TEE)
		r = check_tee(io, io_names[fd], error);
	if (r == 0 && io->kind == BROOD_IO_TTY)
		r = check_tty(io, fd, error);
	return r;
}

static int check_fds(const struct brood_cmd *cmd, struct brood_error *error)
{
	if (cmd->n_fds > INT32_MAX || (cmd->n_fds && !cmd->fds))
		return bad(error, -EINVAL, "cmd.fds");
	for (size_t i = 0; i < cmd->n_fds; i++) {
		if (cmd->fds[i].child_fd < 3 || cmd->fds[i].parent_fd < -1)
			return bad(error, -EINVAL, "cmd.fds");
		for (size_t k = 0; k < i; k++) {
			if (cmd->fds[k].child_fd == cmd->fds[i].child_fd)
				return bad(error, -EINVAL, "cmd.fds");
		}
	}
	return 0;
}

static int check_signals(struct brood__stage_request *request, struct brood_error *error)
{
	const struct brood_signals *given = request->cmd.signals;
	request->has_signals = given != NULL;
	if (!given)
		return 0;
	int r = brood__struct_copy(&request->signals, sizeof request->signals, given);
	if (r < 0)
		return bad(error, r, "cmd.signals.size");
	uint64_t ignore = brood__signals_pack(&request->signals.ignore);
	uint64_t reset = brood__signals_pack(&request->signals.reset);
	uint64_t never = UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1);
	if (ignore & (reset | never))
		return bad(error, -EINVAL, "cmd.signals.ignore");
	return 0;
}

static int check_cmd(struct brood__stage_request *request, struct brood_error *error)
{
	const struct brood_cmd *cmd = &request->cmd;
	bool has_argv = cmd->argv && cmd->argv[0];
	if (cmd->flags & ~CMD_FLAGS)
		return bad(error, BROOD_EMISUSE, "cmd.flags");
	if (!cmd->function && !has_argv && !cmd->path)
		return bad(error, BROOD_EMISUSE, "cmd.argv");
	if (cmd->function && cmd->path)
		return bad(error, BROOD_EMISUSE, "cmd.path");
	for (int fd = 0; fd < 3; fd++) {
		int r = check_io(fd == 0 ? &cmd->in : fd == 1 ? &cmd->out : &cmd->err, fd, error);
		if (r < 0)
			return r;
	}
	if (cmd->n_ok_codes && !cmd->ok_codes)
		return bad(error, -EINVAL, "cmd.ok_codes");
	int r = check_fds(cmd, error);
	if (r == 0)
		r = check_signals(request, error);
	if (r == 0)
		r = brood__check_attributes(&request->attributes, cmd, error);
	return r;
}

static int check_stop(const struct brood_options *options, struct brood_error *error)
{
	if (!options->stop)
		return options->n_stop ? bad(error, -EINVAL, "options.n_stop") : 0;
	if (options->n_stop == 0 || options->n_stop > BROOD__STOP_STEPS)
		return bad(error, -EINVAL, "options.n_stop");
	for (size_t i = 0; i < options->n_stop; i++) {
		if (options->stop[i].flags)
			return bad(error, BROOD_EMISUSE, "options.stop.flags");
		if (options->stop[i].signal < 1 || options->stop[i].signal > 64)
			return bad(error, -EINVAL, "options.stop.signal");
	}
	return 0;
}

bool brood__request_has_function(const struct brood__request *request)
{
	for (size_t i = 0; i < request->n; i++) {
		if (request->stages[i].cmd.function)
			return true;
	}
	return false;
}

static int check_tree(const struct brood__request *request, struct brood_error *error)
{
	const struct brood_options *options = &request->options;
	if (options->tree < BROOD_TREE_AUTO || options->tree > BROOD_TREE_PIDNS)
		return bad(error, -EINVAL, "options.tree");
	if (!(options->flags & BROOD_KILL_TREE)) {
		if (options->flags & TREE_FLAGS)
			return bad(error, BROOD_EMISUSE, "options.flags");
		return options->tree ? bad(error, BROOD_EMISUSE, "options.tree") : 0;
	}
	if ((options->flags & ORPHAN_FLAGS) == ORPHAN_FLAGS)
		return bad(error, BROOD_EMISUSE, "options.flags");
	bool by_group = options->tree == BROOD_TREE_GROUP;
	if (brood__request_has_function(request) && options->tree != BROOD_TREE_AUTO && !by_group)
		return bad(error, BROOD_EMISUSE, "options.tree");
	if (options->group && (by_group || options->tree == BROOD_TREE_PIDNS))
		return bad(error, -EINVAL, "options.group");
	if (request->n > 1 && options->tree == BROOD_TREE_PIDNS)
		return not_built(error, BROOD_STEP_NAMESPACE, "options.tree");
	return 0;
}

static int check_options(const struct brood_options *options, struct brood_error *error)
{
	uint64_t verdict = options->flags & BROOD__VERDICT_FLAGS;
	if (options->flags & ~OPTION_FLAGS || verdict & (verdict - 1))
		return bad(error, BROOD_EMISUSE, "options.flags");
	bool new_one = options->flags & (BROOD_NEW_GROUP | BROOD_NEW_SESSION);
	if (options->group < 0 || (options->group && new_one))
		return bad(error, -EINVAL, "options.group");
	if (options->flags & BROOD_FOREGROUND && options->flags & BROOD_NEW_SESSION)
		return bad(error, -EINVAL, "options.flags");
	if (options->context && options->context->owner != getpid())
		return bad(error, BROOD_EMISUSE, "options.context");
	return check_stop(options, error);
}

/* A terminal means a session of its own, for one program. */
static int check_terminals(const struct brood__request *request, struct brood_error *error)
{
	bool has_tty = false;
	for (size_t i = 0; i < request->n; i++) {
		const struct brood_cmd *cmd = &request->stages[i].cmd;
		has_tty |= cmd->in.kind == BROOD_IO_TTY || cmd->out.kind == BROOD_IO_TTY ||
			   cmd->err.kind == BROOD_IO_TTY;
	}
	if (!has_tty)
		return 0;
	if (request->n > 1)
		return bad(error, -EINVAL, "brood_tty() in a pipeline");
	if (request->options.group)
		return bad(error, -EINVAL, "options.group");
	if (request->options.flags & BROOD_FOREGROUND)
		return bad(error, -EINVAL, "options.flags");
	return 0;
}

static int check_stage(struct brood__request *request, size_t i, struct brood_error *error)
{
	struct brood_cmd *cmd = &request->stages[i].cmd;
	if (i > 0 && cmd->in.kind != BROOD_IO_DEFAULT)
		return bad(error, BROOD_EMISUSE, "cmd.in of a stage that reads the one before");
	if (i + 1 < request->n && cmd->out.kind != BROOD_IO_DEFAULT)
		return bad(error, BROOD_EMISUSE, "cmd.out of a stage that the next one reads");
	return check_cmd(&request->stages[i], error);
}

/* Copies all commands and the options at full size. */
static int copy(struct brood__request *request, const struct brood_cmd *cmds,
	const struct brood_options *options, struct brood_error *error)
{
	size_t stride = cmds->size;
	for (size_t i = 0; i < request->n; i++) {
		const struct brood_cmd *cmd =
			(const struct brood_cmd *)(const void *)((const char *)cmds + i * stride);
		size_t size;
		memcpy(&size, cmd, sizeof size);
		if (size != stride)
			return bad(error, BROOD_EMISUSE, "cmd.size");
		int r = brood__struct_copy(
			&request->stages[i].cmd, sizeof request->stages[i].cmd, cmd);
		if (r < 0)
			return bad(error, r, "cmd.size");
	}
	request->options = (struct brood_options)BROOD_OPTIONS_INIT;
	int r = 0;
	if (options)
		r = brood__struct_copy(&request->options, sizeof request->options, options);
	return r < 0 ? bad(error, r, "options.size") : 0;
}

int brood__check(struct brood__request *request, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, struct brood_error *error)
{
	request->n = n;
	int r = copy(request, cmds, options, error);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = check_stage(request, i, error);
		if (r < 0 && n > 1 && error)
			error->stage = (int32_t)i;
	}
	if (r == 0)
		r = check_options(&request->options, error);
	if (r == 0)
		r = check_tree(request, error);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = brood__check_attributes_of_job(
			&request->stages[i].attributes, &request->options, error);
		if (r < 0 && n > 1 && error)
			error->stage = (int32_t)i;
	}
	return r < 0 ? r : check_terminals(request, error);
}
