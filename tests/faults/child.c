/* SPDX-License-Identifier: MIT */
/*
 * The child of the fault tests, without a C library: after execve it makes only the calls that its
 * task needs, and each of them again when it fails, so that a fault that hits the child after
 * execve changes nothing. argv[1] is the task:
 *
 *   exit CODE     nothing
 *   echo          standard input to standard output, "complaint\n" to standard error
 *   fds           the numbers of its open descriptors to standard output, one per line
 *   flood BYTES   that many 'x' to standard output, without a newline; 0: without end
 *   linger        waits for a signal, for 100 s at most, so that a forgotten one goes
 *   deaf CODE     closes standard input, says "deaf\n", exits
 *
 * The exit code is CODE or 0; 77: a call went wrong twice; 78: no such task.
 */

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d)
{
	long result;
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall enter\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl enter\n");
#else
#	error "no system call for this processor yet"
#endif

#define AT_FDCWD_VALUE (-100)
#define AGAIN_EPIPE    (-32)

_Noreturn void enter(const long *stack);

static char buffer[1 << 16];

_Noreturn static void leave(long code)
{
	for (;;)
		call(__NR_exit_group, code, 0, 0, 0);
}

static long call_twice(long number, long a, long b, long c, long d)
{
	long result = call(number, a, b, c, d);
	if (result < 0 && result != AGAIN_EPIPE)
		result = call(number, a, b, c, d);
	return result;
}

static void put(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		long n = call_twice(__NR_write, fd, (long)bytes, (long)length, 0);
		if (n <= 0)
			leave(77);
		bytes += n;
		length -= (size_t)n;
	}
}

static size_t length_of(const char *text)
{
	size_t length = 0;
	while (text[length])
		length++;
	return length;
}

static long number_of(const char *text)
{
	long number = 0;
	for (; text && *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (*text - '0');
	return number;
}

static int is(const char *text, const char *other)
{
	while (*text && *text == *other) {
		text++;
		other++;
	}
	return *text == *other;
}

static void echo(void)
{
	long n;
	put(2, "complaint\n", 10);
	while ((n = call_twice(__NR_read, 0, (long)buffer, sizeof buffer, 0)) > 0)
		put(1, buffer, (size_t)n);
	if (n < 0)
		leave(77);
}

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t kind;
	char name[];
};

static void fds(void)
{
	long fd = call_twice(__NR_openat, AT_FDCWD_VALUE, (long)"/proc/self/fd", 0200000, 0);
	if (fd < 0)
		leave(77);
	long n;
	while ((n = call_twice(__NR_getdents64, fd, (long)buffer, sizeof buffer, 0)) > 0) {
		for (long at = 0; at < n;) {
			struct entry *entry = (struct entry *)(void *)(buffer + at);
			at += entry->length;
			if (entry->name[0] == '.' || number_of(entry->name) == fd)
				continue;
			put(1, entry->name, length_of(entry->name));
			put(1, "\n", 1);
		}
	}
	if (n < 0)
		leave(77);
}

static void flood(long bytes)
{
	for (size_t i = 0; i < sizeof buffer; i++)
		buffer[i] = 'x';
	for (long left = bytes; bytes == 0 || left > 0; left -= (long)sizeof buffer) {
		size_t n = sizeof buffer;
		if (bytes != 0 && left < (long)n)
			n = (size_t)left;
		put(1, buffer, n);
	}
}

static void linger(void)
{
	int64_t time[2] = { 100, 0 };
	/* Twice, so that one that is made to fail does not end it. */
	call_twice(__NR_ppoll, 0, 0, (long)time, 0);
}

_Noreturn void enter(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);
	const char *task = stack[0] > 1 ? argv[1] : "exit";
	const char *number = stack[0] > 2 ? argv[2] : NULL;
	if (is(task, "exit"))
		leave(number_of(number));
	if (is(task, "echo")) {
		echo();
	} else if (is(task, "fds")) {
		fds();
	} else if (is(task, "flood")) {
		flood(number_of(number));
	} else if (is(task, "linger")) {
		linger();
	} else if (is(task, "deaf")) {
		call(__NR_close, 0, 0, 0, 0);
		put(1, "deaf\n", 5);
		leave(number_of(number));
	} else {
		leave(78);
	}
	leave(0);
}
