/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <brood/base.h>

/*
 * What --wait waits for, as people write it. Decides only.
 *
 *	tcp:HOST:PORT          something accepts a connection; HOST is a name, 192.0.2.1 or [::1]
 *	unix:PATH              the same for a socket in the file system; @NAME: an abstract one
 *	http://HOST[:PORT]/... a GET is answered with 2xx or 3xx
 *	file:PATH              there is a file, or anything else of that name
 *	exec:COMMAND           the command, words as a shell splits them, ends with 0
 */

#define WAIT_SPEC_FORMS "tcp:HOST:PORT, unix:PATH, http://HOST[:PORT]/PATH, file:PATH, exec:COMMAND"

enum wait_kind { WAIT_TCP, WAIT_UNIX, WAIT_HTTP, WAIT_FILE, WAIT_EXEC };

struct wait_spec {
	enum wait_kind kind;
	char *text; /* as it was given */
	char *host; /* without brackets */
	unsigned int port;
	char *path; /* of a URL: from the / on */
	char **argv;
};

/* Returns 0, or -EINVAL and a sentence in problem (added to it): what is wrong and what is
   accepted. */
int wait_spec_parse(const char *text, struct wait_spec *ret_spec, struct text *problem);

void wait_spec_done(struct wait_spec *spec);

/* How long after the given failed attempt (1 is the first) the next one is made: 20 ms, then twice
   as long each time, at most interval. */
brood_duration wait_spec_delay(unsigned int attempt, brood_duration interval);
