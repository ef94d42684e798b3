/* SPDX-License-Identifier: MIT */
#include "exec/resolve.h"

#include "common/file.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __GLIBC__
#	include <arpa/nameser.h>
#	include <resolv.h>
#endif

#define LARGEST_HOSTS  ((size_t)16 << 20)
#define LARGEST_ANSWER 65536

struct wanted {
	const char *host;
	in_port_t port; /* as it is sent */
	struct resolved *list;
	size_t n;
};

static void add_v4(struct wanted *wanted, const void *bytes)
{
	struct resolved found = { .length = sizeof(struct sockaddr_in) };

	if (wanted->n == RESOLVE_MOST)
		return;
	found.address.v4.sin_family = AF_INET;
	found.address.v4.sin_port = wanted->port;
	memcpy(&found.address.v4.sin_addr, bytes, sizeof found.address.v4.sin_addr);
	wanted->list[wanted->n++] = found;
}

static void add_v6(struct wanted *wanted, const void *bytes, uint32_t scope)
{
	struct resolved found = { .length = sizeof(struct sockaddr_in6) };

	if (wanted->n == RESOLVE_MOST)
		return;
	found.address.v6.sin6_family = AF_INET6;
	found.address.v6.sin6_port = wanted->port;
	found.address.v6.sin6_scope_id = scope;
	memcpy(&found.address.v6.sin6_addr, bytes, sizeof found.address.v6.sin6_addr);
	wanted->list[wanted->n++] = found;
}

/* "192.0.2.1", "::1", "fe80::1%eth0". Whether it was one. */
static bool add_number(struct wanted *wanted, const char *text)
{
	char number[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];
	size_t length = strcspn(text, "%");

	if (length >= sizeof number)
		return false;
	memcpy(number, text, length);
	number[length] = '\0';
	if (text[length] == '\0' && inet_pton(AF_INET, number, bytes) == 1) {
		add_v4(wanted, bytes);
		return true;
	}
	if (inet_pton(AF_INET6, number, bytes) != 1)
		return false;
	add_v6(wanted, bytes, text[length] ? if_nametoindex(text + length + 1) : 0);
	return true;
}

/* "ADDRESS NAME..." of a line. */
static void look_at_line(struct wanted *wanted, char *line)
{
	char *rest = NULL;

	line[strcspn(line, "#")] = '\0';
	const char *address = strtok_r(line, " \t\r", &rest);
	const char *name = NULL;
	while (address && (name = strtok_r(NULL, " \t\r", &rest)) != NULL)
		if (strcasecmp(name, wanted->host) == 0) {
			(void)add_number(wanted, address);
			return;
		}
}

static void look_in_hosts(struct wanted *wanted)
{
	struct text text = { 0 };
	char *rest = NULL;

	if (file_read("/etc/hosts", &text, LARGEST_HOSTS) == 0)
		for (char *line = strtok_r(text.bytes, "\n", &rest); line;
			line = strtok_r(NULL, "\n", &rest))
			look_at_line(wanted, line);
	text_done(&text);
}

#ifdef __GLIBC__

static void add_answer(struct wanted *wanted, ns_msg *answer)
{
	for (int i = 0; i < ns_msg_count(*answer, ns_s_an); i++) {
		ns_rr record;
		if (ns_parserr(answer, ns_s_an, i, &record) < 0)
			return;
		if (ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == 4)
			add_v4(wanted, ns_rr_rdata(record));
		else if (ns_rr_type(record) == ns_t_aaaa && ns_rr_rdlen(record) == 16)
			add_v6(wanted, ns_rr_rdata(record), 0);
	}
}

static const char *ask(struct wanted *wanted, int type)
{
	unsigned char *bytes = malloc(LARGEST_ANSWER);
	const char *why = NULL;
	ns_msg answer;

	if (!bytes)
		return "no memory";
	int length = res_search(wanted->host, ns_c_in, type, bytes, LARGEST_ANSWER);
	if (length < 0)
		why = h_errno == TRY_AGAIN ? "no name server has answered"
					   : "there is no host of that name";
	else if (length > LARGEST_ANSWER || ns_initparse(bytes, length, &answer) < 0)
		why = "the name server's answer makes no sense";
	else
		add_answer(wanted, &answer);
	free(bytes);
	return why;
}

/* The kind of address that most have comes first. */
static const char *look_in_dns(struct wanted *wanted)
{
	const char *why = ask(wanted, ns_t_a);
	const char *why_6 = ask(wanted, ns_t_aaaa);

	return why ? why : why_6;
}

#else

/* Here getaddrinfo() has no plug-ins. */
static const char *look_in_dns(struct wanted *wanted)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int r = getaddrinfo(wanted->host, NULL, &hints, &found);

	if (r != 0)
		return r == EAI_AGAIN ? "no name server has answered"
				      : "there is no host of that name";
	for (const struct addrinfo *one = found; one; one = one->ai_next) {
		struct resolved address;
		memcpy(&address.address, one->ai_addr, one->ai_addrlen);
		if (one->ai_family == AF_INET)
			add_v4(wanted, &address.address.v4.sin_addr);
		else if (one->ai_family == AF_INET6)
			add_v6(wanted, &address.address.v6.sin6_addr,
				address.address.v6.sin6_scope_id);
	}
	freeaddrinfo(found);
	return NULL;
}

#endif

size_t resolve(const char *host, unsigned int port, struct resolved list[RESOLVE_MOST],
	const char **ret_why)
{
	struct wanted wanted = { .host = host, .port = htons((in_port_t)port), .list = list };

	*ret_why = "it has no address";
	if (add_number(&wanted, host))
		return wanted.n;
	look_in_hosts(&wanted);
	/* RFC 6761: never asked of a name server. */
	if (wanted.n == 0 && strcasecmp(host, "localhost") == 0) {
		add_v4(&wanted, &(struct in_addr){ htonl(INADDR_LOOPBACK) });
		add_v6(&wanted, &in6addr_loopback, 0);
	}
	if (wanted.n == 0) {
		const char *why = look_in_dns(&wanted);
		if (wanted.n == 0 && why)
			*ret_why = why;
	}
	return wanted.n;
}
