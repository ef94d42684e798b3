/* SPDX-License-Identifier: MIT */
#include "common/print.h"

#include "common/exit_code.h"
#include "common/message.h"

#include <unistd.h>

int print_text(const struct text *text)
{
	int r = write_all(STDOUT_FILENO, text->bytes, text->length);

	if (r == 0)
		return 0;
	message("standard output: %s", message_errno(-r));
	return EXIT_BROOD;
}
