/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Making a child out of a plan: picks a launcher, climbs down the ladder of what the kernel allows,
 * and tells how it came out.
 */

#include "spawn/plan.h"
#include "sys/pidfd.h"

struct brood__start {
	struct brood__plan plan; /* all but shares_files, reset_caught, fds and report */
	const struct brood__fd_want *wants;
	size_t n_wants;
	bool keep_fds;
	struct brood__fd_op *ops;    /* room for brood__fdmap_bound(n_wants) */
	int (*function)(void *data); /* instead of exec */
	void *function_data;
	bool only_wait; /* nothing will be done but to wait for its end: the launcher may do it */
	/* The child is born into this control group, or goes there itself. */
	bool has_cgroup;
	bool cgroup_is_v2;
	int cgroup_dir;
	bool cgroup_refused; /* the launcher's own: a clone cannot do it */
};

struct brood__child {
	pid_t pid;
	int pidfd;    /* -1: the kernel gave none */
	bool retried; /* execve said ETXTBSY at first */
	bool ended;   /* the launcher has waited for its end: waited and exit say how that went */
	int waited;   /* what brood__wait_exit() returned: 1 or -errno */
	struct brood__exit exit;
};

/*
 * Returns 0 and fills *ret_child: the child has passed execve, or is about to call its function.
 * Otherwise -errno, no child is left, and report->step and report->fd say where it went wrong.
 */
int brood__launch(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report);

/*
 * Whether children get a copy of our memory where they should share it, as they do under an
 * emulator: 1, 0, or -1 while nothing was launched that could tell.
 */
int brood__launch_copies(void);

/* Opens cgroup.procs of a control group, for a child that goes there itself. Returns it or -errno.
 */
int brood__launch_open_procs(int cgroup_dir);

/* Opens a descriptor of ours whose number no move needs, so that moves may use it while others are
 * kept. Returns it or -errno. */
int brood__launch_reserve(const struct brood__start *start, int report_fd);
