/* SPDX-License-Identifier: MIT */
/* The locks of a PID file. */

#include "self/claim.h"

#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>

/* Which byte of the file; it need not be there. */
#define OWNERSHIP 0
#define IDENTITY  1

static struct flock lock_of(off_t byte)
{
	return (struct flock){
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
	};
}

/* Returns 0; -EBUSY: somebody else has it; other -errno. */
static int take(int fd, int command, off_t byte)
{
	struct flock lock = lock_of(byte);
	long r = RAW3(SYS_fcntl, fd, command, &lock);
	return r == -EAGAIN || r == -EACCES ? -EBUSY : (int)r;
}

/* Returns 1: somebody has it, *ret_holder if that is told; 0: nobody; -errno. */
static int ask(int fd, off_t byte, pid_t *ret_holder)
{
	struct flock lock = lock_of(byte);
	/* Asked for a description, so that this process is told of its own too. */
	long r = RAW3(SYS_fcntl, fd, F_OFD_GETLK, &lock);
	*ret_holder = 0;
	if (r < 0)
		return (int)r;
	if (lock.l_type == F_UNLCK)
		return 0;
	/* A reader's lock is none of ours, whoever has put it there. */
	if (lock.l_type == F_WRLCK && lock.l_pid > 0)
		*ret_holder = lock.l_pid;
	return 1;
}

int brood__claim_identity(int fd, pid_t *ret_holder)
{
	*ret_holder = 0;
	int r = take(fd, F_SETLK, IDENTITY);
	if (r == -EBUSY)
		ask(fd, IDENTITY, ret_holder);
	return r;
}

int brood__claim(int fd, pid_t *ret_holder)
{
	int r = brood__claim_identity(fd, ret_holder);
	if (r < 0)
		return r;
	r = take(fd, F_OFD_SETLK, OWNERSHIP);
	if (r < 0) { /* it is not ours, and nobody shall think so */
		struct flock lock = lock_of(IDENTITY);
		lock.l_type = F_UNLCK;
		RAW3(SYS_fcntl, fd, F_SETLK, &lock);
	}
	return r;
}

int brood__claim_holder(int fd, pid_t *ret_holder)
{
	pid_t ignored;
	int r = ask(fd, IDENTITY, ret_holder);
	return r != 0 ? r : ask(fd, OWNERSHIP, &ignored);
}
