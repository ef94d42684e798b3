/* SPDX-License-Identifier: MIT */
/* What errors and signals are called: by glibc, whatever the locale. */
#include "common/message.h"

#include <string.h>

const char *message_errno(int number)
{
	const char *words = strerrordesc_np(number);

	return words ? words : "unknown error";
}

const char *message_signal(int number)
{
	return sigdescr_np(number);
}
