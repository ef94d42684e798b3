/* SPDX-License-Identifier: MIT */
/* What errors and signals are called where message_words_np.c is not to be had. */
#include "common/message.h"

#include <signal.h>
#include <string.h>

const char *message_errno(int number)
{
	return strerror(number);
}

const char *message_signal(int number)
{
	return number > 0 && number < SIGRTMIN ? strsignal(number) : NULL;
}
