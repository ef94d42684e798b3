/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Everything that a child has to do between clone and exec, decided and allocated beforehand, and
 * the report that it leaves for its parent. Plain data, read only for the child but for the report.
 */

#include "spawn/attributes.h"
#include "spawn/fdmap.h"
#include <brood/cmd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How far a child came. */
#define BROOD__CHILD_UNSEEN 0 /* did not run, or its memory is not ours */
#define BROOD__CHILD_RUNS   1
#define BROOD__CHILD_FAILED 2 /* step, os_errno and fd say at what */
#define BROOD__CHILD_EXECUTES                                               \
	3 /* everything is set up: at execve, or about to call its function \
	   */

/* The byte that announces it through a pipe; a report begins with another one, its state. */
#define BROOD__CHILD_BEGUN 1

struct brood__report {
	volatile int32_t state;
	volatile int32_t os_errno;
	volatile int32_t step;     /* BROOD_STEP_... */
	volatile int32_t fd;       /* the child's descriptor concerned, or -1 */
	volatile int32_t subject;  /* with what: BROOD__OF_... */
	volatile int32_t number;   /* which of them: RLIMIT_..., a capability */
	volatile uint32_t changed; /* bit n: step n has changed the process; 0: the umask is another
				      one */
};

/* brood__report.subject, where the step alone does not say it. */
enum brood__subject {
	BROOD__OF_NOTHING,
	BROOD__OF_RLIMIT,
	BROOD__OF_OOM_SCORE,
	BROOD__OF_NICE,
	BROOD__OF_SCHEDULER,
	BROOD__OF_AFFINITY,
	BROOD__OF_IO_PRIORITY,
	BROOD__OF_GROUPS,
	BROOD__OF_GID,
	BROOD__OF_UID,
	BROOD__OF_CAPABILITIES, /* the sets as a whole */
	BROOD__OF_CAPABILITY,
	BROOD__OF_BOUNDING,
	BROOD__OF_AMBIENT,
	BROOD__OF_CLONE_FLAGS,
	BROOD__OF_UNSHARE_FLAGS,
	BROOD__OF_UID_MAP,
	BROOD__OF_GID_MAP,
	BROOD__OF_SETGROUPS,
	BROOD__OF_PRIVATE_ROOT, /* / made private */
	BROOD__OF_DEATH_SIGNAL,
	BROOD__OF_NO_NEW_PRIVS,
	BROOD__OF_LANDLOCK,
	BROOD__OF_SECCOMP,
	BROOD__OF_DROP_CTTY,
	BROOD__OF_SET_CTTY,
	BROOD__SUBJECTS
};

struct brood__plan {
	/* 1 descriptors, while the table is still the parent's */
	bool shares_files; /* CLONE_FILES: the table must be unshared before anything else */
	/* 2 dispositions */
	bool reset_caught; /* the kernel did not do it */
	uint64_t reset;
	uint64_t ignore;
	/* 5, 6 session and group */
	bool new_session;
	bool new_group;
	pid_t join_group; /* 0: none */
	/* 7 our group becomes the foreground one of our terminal */
	bool foreground;
	/* 3, 4, 9, 10, 12, 13 and so on; NULL: nothing of that */
	const struct brood__attribute_plan *attributes;
	int map_fd;  /* 4: says when the maps are written, and how that went */
	int map_end; /* its other end, which is the parent's */
	/* 8 control group: its cgroup.procs, if has_cgroup */
	bool has_cgroup;
	int cgroup_procs;
	/* 11 umask, limits, nice; 19 the limit of descriptors, which must not bind the moves */
	bool has_umask;
	uint32_t umask;
	const struct brood_rlimit *limits;
	size_t n_limits;
	bool has_nice;
	int32_t nice;
	/* 14 directory */
	const char *dir; /* NULL: stay */
	/* 15 the signal that the parent's death brings; 0: none, unless attributes have one.
	 * Without a parent a child that has one here is not started, one that has its own gets it.
	 */
	int death_signal;
	pid_t parent;
	/* 16 descriptors */
	struct brood__fd_plan fds;
	bool closes_private;   /* no exec will close what is close-on-exec */
	uint32_t null_targets; /* bit n: /dev/null is opened as descriptor n, 0..2 */
	/* 18 a descriptor of the child becomes the controlling terminal of its session */
	bool has_ctty;
	int controlling_fd;
	/* 22 signal mask */
	bool has_mask; /* mask is given; else the launcher takes that of the calling thread */
	uint64_t mask;
	/* 23 exec */
	bool by_fd;  /* exec_fd is executed, and path is only its name */
	int exec_fd; /* close-on-exec is fine */
	const char *path;
	char *const *argv;
	char *const *envp;
	char *const *shell_argv; /* how /bin/sh runs path if execve says ENOEXEC; NULL: not */

	int report_fd;                /* -1: the report is in shared memory only */
	struct brood__report *report; /* written by the child */
};
