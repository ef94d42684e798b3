/* SPDX-License-Identifier: MIT */
/*
 * Making processes: clone3 and clone by their instructions, fork by the libc. In memory that is
 * shared with the parent the child must not return through the parent's frames, so it calls its
 * function from within the assembly.
 */

#include "sys/clone.h"

#include "sys/raw.h"
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)

/* NOLINTNEXTLINE(readability-function-size): as many as the kernel takes, and what to run */
static long enter(
	long number, long a, long b, long c, long d, long e, brood__child_fn fn, void *arg)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register brood__child_fn r12 __asm__("r12") = fn;
	register void *r13 __asm__("r13") = arg;
	long result;
	__asm__ volatile(
		"syscall\n\t"
		"testq %%rax, %%rax\n\t"
		"jnz 1f\n\t"
		"xorl %%ebp, %%ebp\n\t"
		"andq $-16, %%rsp\n\t"
		"movq %%r13, %%rdi\n\t"
		"callq *%%r12\n\t"
		"hlt\n"
		"1:"
		: "=a"(result)
		: "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r12), "r"(r13)
		: "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

/* NOLINTNEXTLINE(readability-function-size): as many as the kernel takes, and what to run */
static long enter(
	long number, long a, long b, long c, long d, long e, brood__child_fn fn, void *arg)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register brood__child_fn x9 __asm__("x9") = fn;
	register void *x10 __asm__("x10") = arg;
	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, x10\n\t"
			 "blr x9\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x9), "r"(x10)
			 : "memory");
	return x0;
}

#endif

long brood__clone3(struct brood__clone_args *args, brood__child_fn fn, void *arg)
{
	return enter(SYS_clone3, (long)args, sizeof *args, 0, 0, 0, fn, arg);
}

long brood__clone(unsigned long flags, void *stack_top, int *pidfd, brood__child_fn fn, void *arg)
{
	/* The last two arguments, tls and child_tid, differ in order by processor and are 0. */
	return enter(SYS_clone, (long)flags, (long)stack_top, (long)pidfd, 0, 0, fn, arg);
}

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
