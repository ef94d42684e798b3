/* SPDX-License-Identifier: MIT */
/* Redirections of a program: what its descriptors will lead to, without touching the shell's. */
#include "sh/redirect.h"

#include "common/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CLOSED (-1)

void redirect_plan_init(struct redirect_plan *plan)
{
	*plan = (struct redirect_plan){ .base = { 0, 1, 2 } };
}

static struct brood_fd_map *find(const struct redirect_plan *plan, int child_fd)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (plan->map[i].child_fd == child_fd)
			return &plan->map[i];
	}
	return NULL;
}

/* Where a descriptor of the child leads so far, if it can be read or written as is wanted; else
   CLOSED. What was opened for the plan is close-on-exec, and the program's all the same. */
static int lookup(const struct redirect_plan *plan, int child_fd, enum redirection_kind kind)
{
	const struct brood_fd_map *entry = find(plan, child_fd);

	if (!entry && (child_fd > STDERR_FILENO || plan->base[child_fd] == child_fd))
		return fd_is_fit(child_fd, kind) ? child_fd : CLOSED;
	int fd = entry ? entry->parent_fd : plan->base[child_fd];
	return fd != CLOSED && fd_is_open_for(fd, child_fd, kind) ? fd : CLOSED;
}

static void lead(struct shell *sh, struct redirect_plan *plan, int child_fd, int parent_fd)
{
	struct brood_fd_map *entry = find(plan, child_fd);

	if (!entry && plan->n == plan->size) {
		size_t size = plan->size * 2 + 4;
		struct brood_fd_map *map = arena_get(&sh->scratch, size * sizeof *map);
		if (plan->n > 0)
			memcpy(map, plan->map, plan->n * sizeof *map);
		plan->map = map;
		plan->size = size;
	}
	if (!entry)
		entry = &plan->map[plan->n++];
	*entry = (struct brood_fd_map){ parent_fd, child_fd };
}

static void add_opened(struct shell *sh, struct redirect_plan *plan, int fd)
{
	if (plan->n_opened == plan->opened_size) {
		size_t size = plan->opened_size * 2 + 4;
		int *opened = arena_get(&sh->scratch, size * sizeof *opened);
		if (plan->n_opened > 0)
			memcpy(opened, plan->opened, plan->n_opened * sizeof *opened);
		plan->opened = opened;
		plan->opened_size = size;
	}
	plan->opened[plan->n_opened++] = fd;
}

static int plan_one(
	struct shell *sh, const struct redirection *redirection, struct redirect_plan *plan)
{
	struct redirect_target target;
	int from = CLOSED;
	int r = redirect_resolve(sh, redirection, plan->must_not_block, &target);

	if (r != 0)
		return r;
	if (target.what == REDIRECT_FILE) {
		from = target.fd;
		add_opened(sh, plan, from);
	} else if (target.what == REDIRECT_COPY) {
		from = lookup(plan, target.fd, (enum redirection_kind)redirection->kind);
		if (from == CLOSED) {
			shell_error(
				sh, redirection->place, "%d: %s", target.fd, message_errno(EBADF));
			return -1;
		}
	}
	lead(sh, plan, redirection->fd, from);
	return 0;
}

int redirect_plan(struct shell *sh, const struct redirection *list, struct redirect_plan *plan)
{
	int r = 0;

	for (; list && r == 0; list = list->next)
		r = plan_one(sh, list, plan);
	return r;
}

void redirect_plan_done(struct redirect_plan *plan)
{
	while (plan->n_opened > 0)
		close(plan->opened[--plan->n_opened]);
}

static struct brood_io io_of(const struct redirect_plan *plan, int child_fd)
{
	const struct brood_fd_map *entry = find(plan, child_fd);
	int fd = entry ? entry->parent_fd : plan->base[child_fd];

	return fd == child_fd ? brood_inherit() : brood_fd(fd);
}

void redirect_plan_apply(struct redirect_plan *plan, struct brood_cmd *cmd)
{
	cmd->in = io_of(plan, STDIN_FILENO);
	cmd->out = io_of(plan, STDOUT_FILENO);
	cmd->err = io_of(plan, STDERR_FILENO);
	cmd->flags |= BROOD_KEEP_FDS;
	/* The rest is for `fds`. */
	size_t n = 0;
	for (size_t i = 0; i < plan->n; i++) {
		if (plan->map[i].child_fd > STDERR_FILENO)
			plan->map[n++] = plan->map[i];
	}
	plan->n = n;
	cmd->fds = n > 0 ? plan->map : NULL;
	cmd->n_fds = n;
}
