/* SPDX-License-Identifier: MIT */
/*
 * The smallest program there is: it ends at once. Built static and without a libc where its start
 * is written down here, so that what is measured is the starting and not the program.
 */
#ifdef BENCH_NO_LIBC

__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
#	if defined(__x86_64__)
	"\tmovl $231, %eax\n" /* exit_group */
	"\txorl %edi, %edi\n"
	"\tsyscall\n"
#	elif defined(__aarch64__)
	"\tmov x8, #94\n" /* exit_group */
	"\tmov x0, #0\n"
	"\tsvc #0\n"
#	else
#		error "no start for this machine"
#	endif
	".section .note.GNU-stack,\"\",%progbits\n");

#else

int main(void)
{
	return 0;
}

#endif
