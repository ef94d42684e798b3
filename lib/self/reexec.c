/* SPDX-License-Identifier: MIT */
/* brood_reexec(): our own program, arguments and environment as a command, and then brood_exec().
 */

#include "base/error.h"
#include "self/own_path.h"
#include "self/proc.h"
#include <brood/self.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* What is found out and allocated. */
struct anew {
	char link[PATH_MAX + 16];
	char path[PATH_MAX];
	char *arguments;
	size_t n_arguments; /* bytes */
	char **argv;
	struct brood_fd_map *fds;
	size_t n_fds;
};

static int find_arguments(struct anew *anew)
{
	ssize_t length = brood__proc_read(BROOD__OWN_ARGUMENTS, &anew->arguments);
	if (length == 0) {
		free(anew->arguments);
		anew->arguments = NULL;
		length = brood__proc_read(BROOD__OWN_ARGUMENTS_OF_THREAD, &anew->arguments);
	}
	if (length < 0)
		return (int)length;
	anew->n_arguments = (size_t)length;
	size_t n = 0;
	for (size_t at = 0; at < anew->n_arguments; at += strlen(anew->arguments + at) + 1)
		n++;
	anew->argv = calloc(n + 1, sizeof *anew->argv);
	if (!anew->argv)
		return -ENOMEM;
	n = 0;
	for (size_t at = 0; at < anew->n_arguments; at += strlen(anew->arguments + at) + 1)
		anew->argv[n++] = anew->arguments + at;
	return 0;
}

static int find_path(struct anew *anew)
{
	unsigned long exec_path = getauxval(AT_EXECFN);
	const char *own_link;
	ssize_t length = brood__proc_own_link(anew->link, sizeof anew->link, &own_link);
	const struct brood__own_start start = {
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): so the kernel gives it */
		.exec_path = exec_path ? (const char *)exec_path : NULL,
		.link = length >= 0 ? anew->link : NULL,
		.own_link = own_link,
		.arguments = anew->arguments,
		.n_arguments = anew->n_arguments,
		.is_secure = getauxval(AT_SECURE),
	};
	return brood__own_path(&start, anew->path);
}

static int compare(const void *a, const void *b)
{
	const struct brood_fd_map *first = a;
	const struct brood_fd_map *second = b;
	return (first->child_fd > second->child_fd) - (first->child_fd < second->child_fd);
}

/* Each one once, and 0 to 2 are kept anyway. */
static int take_fds(struct anew *anew, const int *keep_fds, size_t n, int *ret_fd)
{
	*ret_fd = -1;
	anew->fds = calloc(n + 1, sizeof *anew->fds);
	if (!anew->fds)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		*ret_fd = keep_fds[i];
		if (keep_fds[i] < 0 || fcntl(keep_fds[i], F_GETFD) < 0)
			return -EBADF;
		if (keep_fds[i] > 2)
			anew->fds[anew->n_fds++] = (struct brood_fd_map){ keep_fds[i],
				keep_fds[i] };
	}
	qsort(anew->fds, anew->n_fds, sizeof *anew->fds, compare);
	size_t n_left = 0;
	for (size_t i = 0; i < anew->n_fds; i++) {
		if (i == 0 || anew->fds[i].child_fd != anew->fds[i - 1].child_fd)
			anew->fds[n_left++] = anew->fds[i];
	}
	anew->n_fds = n_left;
	return 0;
}

static int reexec(struct anew *anew, struct brood_cmd *cmd, const int *keep_fds, size_t n_keep,
	struct brood_error *error)
{
	if (n_keep && !keep_fds)
		return brood__fail(error, -EINVAL, BROOD_STEP_CONFIG, "keep_fds");
	int fd;
	int r = take_fds(anew, keep_fds, n_keep, &fd);
	if (r < 0)
		return brood__fail_fd(error, r, BROOD_STEP_DESCRIPTORS, fd, NULL);
	/* They also tell whether we came by a script. */
	r = cmd->path && cmd->argv ? 0 : find_arguments(anew);
	if (r < 0 && !cmd->argv)
		return brood__fail(error, r, BROOD_STEP_LOOKUP, BROOD__OWN_ARGUMENTS);
	r = cmd->path ? 0 : find_path(anew);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_LOOKUP, BROOD__OWN_LINK);
	cmd->path = cmd->path ? cmd->path : anew->path;
	cmd->argv = cmd->argv ? cmd->argv : anew->argv;
	cmd->fds = anew->fds;
	cmd->n_fds = anew->n_fds;
	return brood_exec(cmd, error);
}

int brood_reexec(const char *path, char *const *argv, char *const *env, const int *keep_fds,
	size_t n_keep, struct brood_error *error)
{
	struct anew anew = { .argv = NULL };
	struct brood_cmd cmd = BROOD_CMD(.path = path, .argv = argv, .env = env);
	int r = reexec(&anew, &cmd, keep_fds, n_keep, error);
	free(anew.fds);
	free(anew.argv);
	free(anew.arguments);
	return r;
}
