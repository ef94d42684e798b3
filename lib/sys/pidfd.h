/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Processes by descriptor: opening, signalling, waiting, asking for a status that someone else has
 * reaped. Everything returns a value or -errno.
 */

#include <poll.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* pidfd_open(2), above 2. */
int brood__pidfd_open(pid_t pid);

/* pidfd_send_signal(2) to the process. */
int brood__pidfd_signal(int pidfd, int signal);

/* The same to the process group that the process leads, also after its leader was reaped.
 * -EINVAL before Linux 6.9. */
int brood__pidfd_signal_group(int pidfd, int signal);

/* kill(2). */
int brood__kill(pid_t pid, int signal);

/* How a child ended, in the terms of waitid(2). */
struct brood__exit {
	int code;   /* CLD_EXITED, CLD_KILLED, CLD_DUMPED */
	int status; /* exit code or signal */
	struct rusage usage;
};

/* Of a status in the terms of wait(2). */
struct brood__exit brood__exit_of(int status);

/*
 * Waits for the end of a child that no one else reaps; options: WNOHANG, WNOWAIT. By pidfd where
 * the kernel can, else by pid. Returns 1 and fills *ret_exit; 0: still alive (WNOHANG); -ECHILD:
 * no such child. Children that never reached execve are waited for too.
 */
int brood__wait_exit(int pidfd, pid_t pid, int options, struct brood__exit *ret_exit);

/* What the kernel still knows of a process that is gone (Linux 6.15). Returns 1; 0: it has not been
 * reaped; or -errno. */
int brood__pidfd_look_exit(int pidfd, struct brood__exit *ret_exit);

/* The same, and waits for a reaper who has not quite finished. Returns 1, or -errno. */
int brood__pidfd_last_exit(int pidfd, struct brood__exit *ret_exit);

/* ppoll(2) until an instant of CLOCK_MONOTONIC, INT64_MAX: for ever. Returns the number of ready
 * descriptors, 0 at the instant, -EINTR or another -errno. */
int brood__poll(struct pollfd *fds, unsigned int n, int64_t now, int64_t until);
