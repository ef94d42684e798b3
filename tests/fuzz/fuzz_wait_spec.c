/* SPDX-License-Identifier: MIT */
/*
 * Any text as what brood exec --wait waits for, and as a limit or a mask: what was accepted is
 * within what there can be, and says the same when it is read once more; what was refused is
 * explained.
 */

#include "target.h"

#include "common/limits.h"
#include "exec/wait_spec.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>

static void check_spec(const struct wait_spec *spec, const char *text)
{
	struct wait_spec again = { 0 };
	struct text problem = { 0 };

	CHECK(strcmp(spec->text, text) == 0);
	if (spec->kind == WAIT_TCP || spec->kind == WAIT_HTTP) {
		CHECK(spec->host && spec->host[0] != '\0' && strstr(text, spec->host));
		CHECK(spec->port >= 1 && spec->port <= 65535);
	}
	if (spec->kind == WAIT_HTTP)
		CHECK(spec->path[0] == '/' && !strpbrk(spec->path, "# \r\n"));
	if (spec->kind == WAIT_UNIX)
		CHECK(strlen(spec->path) < sizeof((struct sockaddr_un *)NULL)->sun_path);
	if (spec->kind == WAIT_UNIX || spec->kind == WAIT_FILE)
		CHECK(spec->path[0] != '\0' && strcmp(strchr(text, ':') + 1, spec->path) == 0);
	if (spec->kind == WAIT_EXEC)
		CHECK(spec->argv && spec->argv[0]);
	CHECK(wait_spec_parse(spec->text, &again, &problem) == 0 && problem.length == 0);
	CHECK(again.kind == spec->kind && again.port == spec->port);
	wait_spec_done(&again);
}

static void check_limit(const struct limit *limit, const char *text)
{
	const char *name = limit_name(limit->resource);

	CHECK(name && strncmp(text, name, strlen(name)) == 0 && text[strlen(name)] == '=');
	CHECK(limit->resource >= 0 && limit->resource < RLIM_NLIMITS);
	CHECK(limit->has_soft || limit->has_hard);
	CHECK(!limit->has_soft || !limit->has_hard || limit->soft <= limit->hard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wait_spec spec = { 0 };
	struct text problem = { 0 };
	struct limit limit;
	unsigned int mask = 0777;
	char *text = malloc(size + 1);

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	int r = wait_spec_parse(text, &spec, &problem);
	CHECK(r == 0 ? problem.length == 0 : r == -EINVAL && problem.length > 0);
	if (r == 0)
		check_spec(&spec, text);
	wait_spec_done(&spec);
	text_done(&problem);
	r = limit_parse(text, &limit, &problem);
	CHECK(r == 0 ? problem.length == 0 : r == -EINVAL && problem.length > 0);
	if (r == 0)
		check_limit(&limit, text);
	text_done(&problem);
	CHECK(limit_parse_umask(text, 022, &mask) == 0 ? mask <= 0777 : mask == 0777);
	free(text);
	return 0;
}
