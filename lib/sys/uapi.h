/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Numbers of the kernel's interface that the headers of Debian 12 (Linux 6.1) or of musl lack.
 */

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#ifndef SYS_pidfd_send_signal
#	define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#	define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#	define SYS_clone3 435
#endif
#ifndef SYS_close_range
#	define SYS_close_range 436
#endif
#ifndef SYS_faccessat2
#	define SYS_faccessat2 439
#endif

#define BROOD__CLONE_VM            UINT64_C(0x00000100)
#define BROOD__CLONE_FILES         UINT64_C(0x00000400)
#define BROOD__CLONE_PIDFD         UINT64_C(0x00001000)
#define BROOD__CLONE_VFORK         UINT64_C(0x00004000)
#define BROOD__CLONE_CLEAR_SIGHAND UINT64_C(0x100000000)

/* struct clone_args as of Linux 5.3 (CLONE_ARGS_SIZE_VER0). */
struct brood__clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
};

#define BROOD__CLOSE_RANGE_UNSHARE 2u

#define BROOD__P_PIDFD 3
#define BROOD__WALL    0x40000000

#define BROOD__PIDFD_SIGNAL_PROCESS_GROUP 4u

/* struct pidfd_info as of Linux 6.15, the first that tells the exit status. */
struct brood__pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid;
	uint32_t tgid;
	uint32_t ppid;
	uint32_t ruid;
	uint32_t rgid;
	uint32_t euid;
	uint32_t egid;
	uint32_t suid;
	uint32_t sgid;
	uint32_t fsuid;
	uint32_t fsgid;
	int32_t exit_code;
};
#define BROOD__PIDFD_INFO_EXIT UINT64_C(8)
#define BROOD__PIDFD_GET_INFO  _IOWR(0xFF, 11, struct brood__pidfd_info)

#define BROOD__RWF_NOSIGNAL 0x100

#define BROOD__SYS_FCHMODAT2 452

/* Values of F_SET_RW_HINT. */
#define BROOD__LIFE_NOT_SET 0
#define BROOD__LIFE_EXTREME 5

/* struct termios of the kernel: fewer characters than the one of a libc. */
struct brood__termios {
	uint32_t c_iflag;
	uint32_t c_oflag;
	uint32_t c_cflag;
	uint32_t c_lflag;
	uint8_t c_line;
	uint8_t c_cc[19];
};

#ifndef TIOCGPTPEER
#	define TIOCGPTPEER _IO('T', 0x41)
#endif
