/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * System calls without the libc: the result is the value or -errno, errno is not touched, nothing
 * is a cancellation point, and a child that borrows its parent's memory may use them.
 */

#include <sys/syscall.h>

#if defined(__x86_64__)

/* NOLINTNEXTLINE(readability-function-size): as many as the kernel takes */
static inline __attribute__((always_inline)) long brood__raw6(
	long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

/* NOLINTNEXTLINE(readability-function-size): as many as the kernel takes */
static inline __attribute__((always_inline)) long brood__raw6(
	long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else
#	error "brood needs the system call instruction of this processor: see lib/sys/raw.h and clone.c"
#endif

#define RAW0(n)             brood__raw6((n), 0, 0, 0, 0, 0, 0)
#define RAW1(n, a)          brood__raw6((n), (long)(a), 0, 0, 0, 0, 0)
#define RAW2(n, a, b)       brood__raw6((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define RAW3(n, a, b, c)    brood__raw6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RAW4(n, a, b, c, d) brood__raw6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RAW5(n, a, b, c, d, e) \
	brood__raw6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define RAW6(n, a, b, c, d, e, f) \
	brood__raw6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
