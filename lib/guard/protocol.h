/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the guard and its front (the process that started it) say to each other, over a pair of
 * SOCK_SEQPACKET sockets. Plain data and pure checks: neither side believes the other.
 *
 *	front -> guard   the plan, in pieces of at most BROOD__GUARD_PIECE bytes; then requests
 *	guard -> front   reports: each is a whole picture of what the guard knows, and nothing that
 *	                 was said once is ever taken back. The first one brings the job's pidfd.
 *
 * The job's argv and environment are the guard's own: they reach it by execve.
 */

#include "base/deadline.h"
#include "spawn/plan.h"
#include <brood/job.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#define BROOD__GUARD_MAGIC UINT32_C(0x62726433)
#define BROOD__GUARD_PIECE 32768
#define BROOD__GUARD_STEPS 16

/* brood__guard_plan.flags */
#define BROOD__GUARD_NEW_SESSION   1u
#define BROOD__GUARD_NEW_GROUP     2u
#define BROOD__GUARD_ORPHANS_WAIT  4u
#define BROOD__GUARD_ORPHANS_LEAVE 8u
#define BROOD__GUARD_MEASURE       16u
#define BROOD__GUARD_SHELL         32u /* ENOEXEC: /bin/sh runs it */
#define BROOD__GUARD_HAS_DIR       64u
#define BROOD__GUARD_HAS_NICE      128u
#define BROOD__GUARD_HAS_UMASK     256u
#define BROOD__GUARD_PIDNS         512u
#define BROOD__GUARD_HOLD          1024u /* keep what has ended until RELEASE */
#define BROOD__GUARD_FOREGROUND    2048u
#define BROOD__GUARD_CTTY          4096u /* controlling_fd is the job's controlling terminal */
#define BROOD__GUARD_PROCS         8192u /* the job goes to the control group of procs */
#define BROOD__GUARD_ALL_FLAGS     16383u

/* What the guard is to do. Behind it, in this order: n_ops operations on descriptors, n_limits
 * resource limits, n_private descriptors to make close-on-exec, the attributes as attributes.h has
 * them, the directory with its NUL. */
struct brood__guard_plan {
	uint32_t magic;
	uint32_t size; /* of it all */
	uint32_t flags;
	int32_t front; /* the pid of the front, as the guard sees it; 0: do not watch it */
	int32_t join_group;
	uint32_t null_targets;
	uint64_t reset;
	uint64_t ignore;
	uint64_t mask;
	int64_t deadline; /* CLOCK_MONOTONIC */
	int32_t nice;
	uint32_t umask;
	int32_t cgroup_dir; /* descriptor of the job's control group, or -1 */
	int32_t cgroup_parent;
	char cgroup_name[32];
	int32_t controlling_fd;   /* the job's number */
	int32_t procs;            /* a cgroup.procs of the command's own */
	int32_t report_fd;        /* kept free for a job that gets memory of its own, or -1 */
	uint32_t attributes_size; /* 0: it has none */
	uint32_t n_steps;
	uint32_t n_ops;
	uint32_t n_limits;
	uint32_t n_private;
	uint32_t reserved;
	struct brood_stop steps[BROOD__GUARD_STEPS];
};

/* Whether the job stays in the process group of the front. */
static inline bool brood__guard_shares_group(const struct brood__guard_plan *plan)
{
	return plan->join_group == 0 &&
	       !(plan->flags & (BROOD__GUARD_NEW_GROUP | BROOD__GUARD_NEW_SESSION));
}

/* Where the pieces behind a plan are, and how much it is with them. */
struct brood__guard_layout {
	size_t ops;
	size_t limits;
	size_t private_fds;
	size_t attributes;
	size_t dir;
	size_t dir_length; /* without its NUL */
	size_t size;
};

/* Computes the layout from the counts and the length of the directory. */
struct brood__guard_layout brood__guard_layout(
	const struct brood__guard_plan *plan, size_t dir_length);

/* Whether a plan of that many bytes can be worked with; fills *ret_layout. Returns 0 or -EPROTO. */
int brood__guard_check_plan(
	const void *bytes, size_t length, struct brood__guard_layout *ret_layout);

/* brood__guard_request.what */
#define BROOD__GUARD_STOP    1u /* go through the stop steps; value: BROOD__STOP_... */
#define BROOD__GUARD_KILL    2u /* kill all of it now */
#define BROOD__GUARD_SIGNAL  3u /* value: a signal for the job or its group */
#define BROOD__GUARD_DETACH  4u /* our end is no reason to stop it any more; a RELEASE too */
#define BROOD__GUARD_RELEASE 5u /* with HOLD: all that it was held for is over */

struct brood__guard_request {
	uint32_t magic;
	uint32_t what;
	int32_t value;
	uint32_t reserved;
};

/* Returns 0 or -EPROTO. */
int brood__guard_check_request(const void *bytes, size_t length);

/* brood__guard_report.flags; each stays once it was there. */
#define BROOD__GUARD_STARTED   1u   /* pid is valid, or with FAILED: state, os_errno, step, fd */
#define BROOD__GUARD_FAILED    2u   /* and nothing of it is left */
#define BROOD__GUARD_STOPPING  4u   /* the steps were begun; reason says why */
#define BROOD__GUARD_ESCALATED 8u   /* a step behind the first one was needed for the job itself */
#define BROOD__GUARD_REFUSED   16u  /* the job itself may not be signalled */
#define BROOD__GUARD_ENDED     32u  /* the job itself has ended: code, status, usage */
#define BROOD__GUARD_EMPTY     64u  /* nothing of the tree is left, or it is left alone */
#define BROOD__GUARD_STUCK     128u /* KILL was sent and something is still there: left */
#define BROOD__GUARD_RETRIED   256u /* execve said ETXTBSY at first */
#define BROOD__GUARD_REPORTS   511u

struct brood__guard_report {
	uint32_t magic;
	uint32_t flags;
	int32_t pid;
	int32_t state; /* BROOD__CHILD_... */
	int32_t os_errno;
	int32_t step;
	int32_t fd;
	int32_t reason;  /* BROOD__STOP_... */
	int32_t stopped; /* the signal by which the job's process is stopped now, or 0 */
	int32_t code;    /* CLD_... */
	int32_t status;
	uint32_t killed; /* had outlived their parents, or the job, and were stopped */
	uint32_t left;
	uint32_t processes;
	int32_t subject; /* with FAILED: BROOD__OF_... */
	int32_t number;
	uint64_t peak_memory;
	int64_t ended_ns;
	uint64_t stops;           /* how often it was seen stopped; in between it has gone on */
	struct rusage usage;      /* of the job's own process */
	struct rusage tree_usage; /* of all */
};

/* Whether a report may follow *last (all zero at first). Returns 0 or -EPROTO. */
int brood__guard_check_report(
	const struct brood__guard_report *last, const void *bytes, size_t length);
