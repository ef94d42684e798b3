/* SPDX-License-Identifier: MIT */
/*
 * Waits for the end of its standard input, or a byte there, and ends. As small as noop.c, so that
 * ten thousand of it are nothing.
 */
#ifdef BENCH_NO_LIBC

__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
#	if defined(__x86_64__)
	"\txorl %eax, %eax\n" /* read */
	"\txorl %edi, %edi\n"
	"\tleaq -64(%rsp), %rsi\n"
	"\tmovl $1, %edx\n"
	"\tsyscall\n"
	"\tmovl $231, %eax\n" /* exit_group */
	"\txorl %edi, %edi\n"
	"\tsyscall\n"
#	elif defined(__aarch64__)
	"\tmov x8, #63\n" /* read */
	"\tmov x0, #0\n"
	"\tsub x1, sp, #64\n"
	"\tmov x2, #1\n"
	"\tsvc #0\n"
	"\tmov x8, #94\n" /* exit_group */
	"\tmov x0, #0\n"
	"\tsvc #0\n"
#	else
#		error "no start for this machine"
#	endif
	".section .note.GNU-stack,\"\",%progbits\n");

#else

#	include <unistd.h>

int main(void)
{
	char byte;
	return read(0, &byte, 1) < 0;
}

#endif
