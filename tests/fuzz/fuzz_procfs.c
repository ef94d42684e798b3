/* SPDX-License-Identifier: MIT */
/* Files of /proc: stat, status, io and fdinfo, all of the same bytes, no byte more than there is.
 */

#include "target.h"

#include "process/procfs.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static void try_stat(const char *bytes, size_t size)
{
	struct brood__proc_stat stat;
	int r = brood__proc_parse_stat(bytes, size, &stat);
	CHECK(r == 0 || r == -EPROTO);
	CHECK(memchr(stat.name, '\0', sizeof stat.name) != NULL);
	if (r < 0)
		return;
	/* The name is what is there, and the state comes behind the last parenthesis. */
	CHECK(memmem(bytes, size, stat.name, strlen(stat.name)) != NULL);
	const char *close = memrchr(bytes, ')', size);
	CHECK(close && close + 2 < bytes + size && close[2] == stat.state);
	CHECK(stat.exit_status >= 0 && stat.exit_status <= USHRT_MAX);
	CHECK(stat.has_exit || stat.exit_status == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brood__proc_status status;
	struct brood__proc_io io;
	char *bytes = malloc(size ? size : 1);
	CHECK(bytes);
	if (size > 0)
		memcpy(bytes, data, size);
	try_stat(bytes, size);
	brood__proc_parse_status(bytes, size, &status);
	brood__proc_parse_io(bytes, size, &io);
	int64_t pid = brood__proc_parse_pidfd(bytes, size);
	CHECK(pid == -EINVAL || (pid >= -1 && pid <= INT_MAX));
	free(bytes);
	return 0;
}
