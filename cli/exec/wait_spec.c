/* SPDX-License-Identifier: MIT */
#include "exec/wait_spec.h"

#include "common/memory.h"

#include <brood/cmd.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define HTTP_PORT   80
#define LAST_PORT   65535
#define FIRST_DELAY (20 * BROOD_MILLISECOND)

static int refuse(struct text *problem, const char *text, const char *why)
{
	text_format(problem, "'%s': %s (accepted: " WAIT_SPEC_FORMS ")", text, why);
	return -EINVAL;
}

static const char *read_port(struct wait_spec *spec, const char *text, size_t length)
{
	unsigned int port = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || port > LAST_PORT)
			return "the port is not a number from 1 to 65535";
		port = port * 10 + (unsigned int)(text[i] - '0');
	}
	if (port == 0 || port > LAST_PORT)
		return "the port is not a number from 1 to 65535";
	spec->port = port;
	return NULL;
}

/* HOST:PORT or [HOST]:PORT within length bytes. Returns what is wrong, or NULL. */
static const char *read_address(
	struct wait_spec *spec, const char *text, size_t length, unsigned int default_port)
{
	const char *end = text + length;
	const char *host_end = memchr(text, ':', length);

	if (length > 0 && text[0] == '[') {
		text++;
		host_end = memchr(text, ']', (size_t)(end - text));
		if (!host_end || (host_end + 1 < end && host_end[1] != ':'))
			return "the ] of the address is missing";
	} else if (host_end && memchr(host_end + 1, ':', (size_t)(end - host_end - 1))) {
		return "an IPv6 address stands in brackets: [::1]:80";
	}
	if (!host_end)
		host_end = end;
	if (host_end == text)
		return "the host is missing";
	spec->host = memory_copy(text, (size_t)(host_end - text));
	host_end += host_end < end && *host_end == ']';
	spec->port = default_port;
	if (host_end < end)
		return read_port(spec, host_end + 1, (size_t)(end - host_end - 1));
	return default_port ? NULL : "the port is missing";
}

static const char *read_url(struct wait_spec *spec, const char *rest)
{
	size_t length = strcspn(rest, "/?#");

	for (const char *c = rest; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 127)
			return "a URL holds no blanks";
	if (memchr(rest, '@', length))
		return "a user in the URL is not supported: use exec:curl ...";
	/* What is behind # is nobody's business but a browser's. */
	const char *path = rest + length;
	spec->path = memory_get(strlen(path) + 2);
	memcpy(spec->path, "/", 2);
	size_t n = strcspn(path, "#");
	memcpy(spec->path + (path[0] != '/'), path, n);
	spec->path[n + (path[0] != '/')] = '\0';
	return read_address(spec, rest, length, HTTP_PORT);
}

static const char *read_path(struct wait_spec *spec, const char *rest)
{
	if (rest[0] == '\0' || (spec->kind == WAIT_UNIX && strcmp(rest, "@") == 0))
		return "the path is missing";
	if (spec->kind == WAIT_UNIX && strlen(rest) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
		return "the path of a socket has at most 107 bytes";
	spec->path = memory_copy(rest, strlen(rest));
	return NULL;
}

static const char *read_command(struct wait_spec *spec, const char *rest)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int n = brood_words(rest, &spec->argv, &error);

	if (n == 0)
		return "the command is missing";
	return n > 0 ? NULL
		     : "an open quote, or a sign for a shell that is not quoted: use "
		       "exec:sh -c '...'";
}

int wait_spec_parse(const char *text, struct wait_spec *ret_spec, struct text *problem)
{
	static const struct {
		const char *prefix;
		enum wait_kind kind;
		const char *(*read)(struct wait_spec *spec, const char *rest);
	} kinds[] = {
		{ "tcp:", WAIT_TCP, NULL },
		{ "unix:", WAIT_UNIX, read_path },
		{ "http://", WAIT_HTTP, read_url },
		{ "file:", WAIT_FILE, read_path },
		{ "exec:", WAIT_EXEC, read_command },
	};
	struct wait_spec spec = { 0 };
	const char *why = "it does not say what kind of thing that is";

	if (strncmp(text, "https://", 8) == 0)
		return refuse(problem, text,
			"https needs a TLS library, which brood has not: use exec:curl -fsS URL");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t length = strlen(kinds[i].prefix);
		if (strncmp(text, kinds[i].prefix, length) != 0)
			continue;
		spec.kind = kinds[i].kind;
		why = kinds[i].read ? kinds[i].read(&spec, text + length)
				    : read_address(&spec, text + length, strlen(text + length), 0);
	}
	if (why) {
		wait_spec_done(&spec);
		return refuse(problem, text, why);
	}
	spec.text = memory_copy(text, strlen(text));
	*ret_spec = spec;
	return 0;
}

void wait_spec_done(struct wait_spec *spec)
{
	free(spec->text);
	free(spec->host);
	free(spec->path);
	free(spec->argv);
	*spec = (struct wait_spec){ 0 };
}

brood_duration wait_spec_delay(unsigned int attempt, brood_duration interval)
{
	brood_duration delay = FIRST_DELAY;

	while (attempt-- > 1 && delay < interval)
		delay *= 2;
	return delay < interval ? delay : interval;
}
