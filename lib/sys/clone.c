/* SPDX-License-Identifier: MIT */
/* fork by the libc, the stacks of children that share our memory, and valgrind. */

#include "sys/clone.h"

#include "sys/raw.h"
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

long brood__fork(void)
{
	pid_t pid = fork();
	return pid < 0 ? -errno : pid;
}

/* A child used 3.2 KiB whatever its arguments; 32 KiB cover odd processors and compilers. */
#define STACK_BYTES ((size_t)32 << 10)
#define GUARD_BYTES ((size_t)64 << 10) /* one page of whatever size */
#define N_KEPT      4

static _Atomic(void *) kept[N_KEPT];

void *brood__stack_get(size_t *ret_size)
{
	*ret_size = STACK_BYTES;
	for (size_t i = 0; i < N_KEPT; i++) {
		void *stack = atomic_exchange(&kept[i], NULL);
		if (stack)
			return stack;
	}
	long base = RAW6(SYS_mmap, 0, GUARD_BYTES + STACK_BYTES, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (base < 0 && base > -4096)
		return NULL;
	char *stack = (char *)base + GUARD_BYTES;
	if (RAW3(SYS_mprotect, stack, STACK_BYTES, PROT_READ | PROT_WRITE) < 0) {
		RAW2(SYS_munmap, base, GUARD_BYTES + STACK_BYTES);
		return NULL;
	}
	return stack;
}

void brood__stack_put(void *stack)
{
	if (!stack)
		return;
	for (size_t i = 0; i < N_KEPT; i++) {
		void *none = NULL;
		if (atomic_compare_exchange_strong(&kept[i], &none, stack))
			return;
	}
	RAW2(SYS_munmap, (char *)stack - GUARD_BYTES, GUARD_BYTES + STACK_BYTES);
}

/*
 * Valgrind knows a client request by a sequence of instructions that do nothing on a processor:
 * request 0x1001 asks whether it is there, and the default answer is 0.
 */
int brood__on_valgrind(void)
{
	volatile unsigned long request[6] = { 0x1001, 0, 0, 0, 0, 0 };
#if defined(__x86_64__)
	unsigned long answer = 0;
	__asm__ volatile("rolq $3, %%rdi\n\t"
			 "rolq $13, %%rdi\n\t"
			 "rolq $61, %%rdi\n\t"
			 "rolq $51, %%rdi\n\t"
			 "xchgq %%rbx, %%rbx"
			 : "+d"(answer)
			 : "a"(&request[0])
			 : "cc", "memory");
#else
	register unsigned long answer __asm__("x3") = 0;
	register volatile unsigned long *x4 __asm__("x4") = &request[0];
	__asm__ volatile("ror x12, x12, #3\n\t"
			 "ror x12, x12, #13\n\t"
			 "ror x12, x12, #51\n\t"
			 "ror x12, x12, #61\n\t"
			 "orr x10, x10, x10"
			 : "+r"(answer)
			 : "r"(x4)
			 : "cc", "memory", "x12");
#endif
	return answer != 0;
}
