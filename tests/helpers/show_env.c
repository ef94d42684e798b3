/* SPDX-License-Identifier: MIT */
/* Writes its environment to standard output as it got it, each entry ended by a NUL. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	for (char **p = environ; *p; p++)
		fwrite(*p, 1, strlen(*p) + 1, stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
