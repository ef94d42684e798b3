/* SPDX-License-Identifier: MIT */
/*
 * clone3 and clone by their instructions, without the libc: the guard has none. In memory that is
 * shared with the parent the child must not return through the parent's frames, so it calls its
 * function from within the assembly.
 */

#include "sys/clone.h"

#include "sys/raw.h"
#include <stdbool.h>

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
	bool is_long = args->flags & BROOD__CLONE_INTO_CGROUP;
	long size = is_long ? (long)sizeof *args : BROOD__CLONE_ARGS_VER0;
	return enter(SYS_clone3, (long)args, size, 0, 0, 0, fn, arg);
}

long brood__clone(unsigned long flags, void *stack_top, int *pidfd, brood__child_fn fn, void *arg)
{
	/* The last two arguments, tls and child_tid, differ in order by processor and are 0. */
	return enter(SYS_clone, (long)flags, (long)stack_top, (long)pidfd, 0, 0, fn, arg);
}
