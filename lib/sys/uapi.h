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
#ifndef SYS_landlock_restrict_self
#	define SYS_landlock_restrict_self 446
#endif
#ifndef SYS_faccessat2
#	define SYS_faccessat2 439
#endif

#define BROOD__CLONE_VM            UINT64_C(0x00000100)
#define BROOD__CLONE_FILES         UINT64_C(0x00000400)
#define BROOD__CLONE_PIDFD         UINT64_C(0x00001000)
#define BROOD__CLONE_VFORK         UINT64_C(0x00004000)
#define BROOD__CLONE_CLEAR_SIGHAND UINT64_C(0x100000000)
#define BROOD__CLONE_INTO_CGROUP   UINT64_C(0x200000000)

#define BROOD__CLONE_NEWTIME   UINT64_C(0x00000080)
#define BROOD__CLONE_NEWNS     UINT64_C(0x00020000)
#define BROOD__CLONE_NEWCGROUP UINT64_C(0x02000000)
#define BROOD__CLONE_NEWUTS    UINT64_C(0x04000000)
#define BROOD__CLONE_NEWIPC    UINT64_C(0x08000000)
#define BROOD__CLONE_NEWUSER   UINT64_C(0x10000000)
#define BROOD__CLONE_NEWPID    UINT64_C(0x20000000)
#define BROOD__CLONE_NEWNET    UINT64_C(0x40000000)
#define BROOD__NAMESPACES                                                          \
	(BROOD__CLONE_NEWTIME | BROOD__CLONE_NEWNS | BROOD__CLONE_NEWCGROUP |      \
		BROOD__CLONE_NEWUTS | BROOD__CLONE_NEWIPC | BROOD__CLONE_NEWUSER | \
		BROOD__CLONE_NEWPID | BROOD__CLONE_NEWNET)

/* struct clone_args as of Linux 5.7 (CLONE_ARGS_SIZE_VER2); the last three are passed with
 * CLONE_INTO_CGROUP alone, since Linux 5.3 does not know them. */
struct brood__clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};
#define BROOD__CLONE_ARGS_VER0 64

/* What getdents64(2) gives. */
struct brood__dirent {
	uint64_t inode;
	int64_t next;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* struct rlimit64; UINT64_MAX is unlimited. */
struct brood__rlimit64 {
	uint64_t soft;
	uint64_t hard;
};

/* struct sigaction, the same on x86-64 and aarch64. */
struct brood__sigaction {
	unsigned long handler; /* 0: default, 1: ignored */
	unsigned long flags;
	unsigned long restorer;
	uint64_t mask;
};

/* For capget(2) and capset(2): two of the latter, low half first. */
struct brood__cap_header {
	uint32_t version;
	int32_t pid;
};
struct brood__cap_data {
	uint32_t effective;
	uint32_t permitted;
	uint32_t inheritable;
};
#define BROOD__CAP_VERSION 0x20080522u

#define BROOD__SECCOMP_SET_MODE_FILTER 1u

/* What statfs(2) says of control groups. */
#define BROOD__CGROUP_MAGIC  0x27e0ebL
#define BROOD__CGROUP2_MAGIC 0x63677270L

#define BROOD__CLOSE_RANGE_UNSHARE 2u
#define BROOD__CLOSE_RANGE_CLOEXEC 4u

#define BROOD__P_PIDFD 3
#define BROOD__WALL    0x40000000
#define BROOD__WCLONE  0x80000000

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

/* struct statx, as far as it is read. */
struct brood__statx {
	uint32_t mask;
	uint32_t blksize;
	uint64_t attributes;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint64_t ino;
	uint64_t size;
	uint64_t rest[26];
};
#define BROOD__STATX_SIZE 0x200u
_Static_assert(sizeof(struct brood__statx) == 256, "as large as the kernel's");

#ifndef TIOCGPTPEER
#	define TIOCGPTPEER _IO('T', 0x41)
#endif
