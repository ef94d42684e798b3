/* SPDX-License-Identifier: MIT */
/* The calling thread's signal mask, in the kernel's own form. */

#include "sys/signals.h"

#include "sys/raw.h"
#include "sys/uapi.h"
#include <string.h>

void brood__signals_block(uint64_t more, uint64_t *ret_old)
{
	RAW4(SYS_rt_sigprocmask, SIG_BLOCK, &more, ret_old, sizeof more);
}

void brood__signals_block_all(uint64_t *ret_old)
{
	const uint64_t all = UINT64_MAX;
	RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &all, ret_old, sizeof all);
}

void brood__signals_restore(uint64_t old)
{
	RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &old, 0, sizeof old);
}

bool brood__signals_children_are_left(void)
{
	struct brood__sigaction now = { .handler = 1 };
	long r = RAW4(SYS_rt_sigaction, SIGCHLD, 0, &now, sizeof now.mask);
	return r == 0 && now.handler == 0 && !(now.flags & SA_NOCLDWAIT);
}

uint64_t brood__signals_pack(const sigset_t *set)
{
	uint64_t packed;
	memcpy(&packed, set, sizeof packed);
	return packed;
}
