/* SPDX-License-Identifier: MIT */
#pragma once

#include <netinet/in.h>
#include <stddef.h>

/*
 * The addresses of a host: numbers, /etc/hosts, then DNS as /etc/resolv.conf says. No plug-ins of
 * the libc, since the program is linked statically and cannot load any. Blocks.
 */

#define RESOLVE_MOST 16

struct resolved {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t length;
};

/* Returns how many were found; 0: *ret_why says why none was. */
size_t resolve(const char *host, unsigned int port, struct resolved list[RESOLVE_MOST],
	const char **ret_why);
