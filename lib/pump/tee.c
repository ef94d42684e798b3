/* SPDX-License-Identifier: MIT */
/* The branches of a tee. */

#include "pump/tee.h"

#include "pump/stream.h"
#include "sys/fd.h"
#include <brood/error.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int set_up(struct brood__outlet *outlet, const struct brood_io *io, int fd)
{
	outlet->kind = io->kind;
	switch (io->kind) {
	case BROOD_IO_CAPTURE:
		outlet->strict = io->flags & BROOD_CAPTURE_STRICT;
		brood__capture_init(&outlet->capture, io->limit);
		break;
	case BROOD_IO_INTO:
		brood__capture_init_into(&outlet->capture, io->data, (size_t)io->limit);
		break;
	case BROOD_IO_SINK:
		memcpy(&outlet->sink, &io->pointer, sizeof outlet->sink);
		outlet->sink_data = io->data;
		break;
	case BROOD_IO_LINES: {
		brood_line_fn function;
		memcpy(&function, &io->pointer, sizeof function);
		brood__lines_init(&outlet->lines, function, io->data, (size_t)io->limit);
		break;
	}
	case BROOD_IO_INHERIT:
		outlet->fd = fd;
		break;
	case BROOD_IO_FD:
		outlet->fd = io->fd;
		break;
	case BROOD_IO_FILE:
		outlet->fd = brood__stream_open_file(io, fd);
		if (outlet->fd < 0)
			return outlet->fd;
		break;
	default:
		return -EINVAL;
	}
	outlet->is_open = true;
	return 0;
}

int brood__tee_open(const struct brood_io *ios, size_t n, int fd,
	struct brood__outlet **ret_outlets, const char **ret_path)
{
	if (ret_path)
		*ret_path = NULL;
	struct brood__outlet *outlets = calloc(n ? n : 1, sizeof *outlets);
	if (!outlets)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		outlets[i].fd = -1;
	for (size_t i = 0; i < n; i++) {
		int r = set_up(&outlets[i], &ios[i], fd);
		if (r < 0) {
			if (ret_path && ios[i].kind == BROOD_IO_FILE)
				*ret_path = ios[i].pointer;
			brood__tee_done(outlets, n);
			return r;
		}
	}
	*ret_outlets = outlets;
	return 0;
}

/* Returns 0; positive: enough; a code: it failed. */
static int write_one(struct brood__outlet *outlet, const char *bytes, size_t length)
{
	int r;
	switch (outlet->kind) {
	case BROOD_IO_CAPTURE:
	case BROOD_IO_INTO:
		r = brood__capture_add(&outlet->capture, bytes, length);
		if (r == 0 && outlet->strict && outlet->capture.total > outlet->capture.limit)
			return BROOD_ELIMIT;
		return r;
	case BROOD_IO_SINK:
		return outlet->sink(outlet->sink_data, bytes, length);
	case BROOD_IO_LINES:
		return brood__lines_add(&outlet->lines, bytes, length);
	default:
		return brood__fd_write_all(outlet->fd, bytes, length);
	}
}

int brood__tee_write(struct brood__outlet *outlets, size_t n, const char *bytes, size_t length)
{
	int first = 0;
	for (size_t i = 0; i < n; i++) {
		if (!outlets[i].is_open)
			continue;
		int r = write_one(&outlets[i], bytes, length);
		if (r != 0)
			outlets[i].is_open = false;
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

bool brood__tee_is_open(const struct brood__outlet *outlets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (outlets[i].is_open)
			return true;
	}
	return false;
}

int brood__tee_finish(struct brood__outlet *outlets, size_t n)
{
	int first = 0;
	for (size_t i = 0; i < n; i++) {
		int r = 0;
		if (outlets[i].is_open && outlets[i].kind == BROOD_IO_LINES)
			r = brood__lines_finish(&outlets[i].lines);
		if (r < 0 && first == 0)
			first = r;
		outlets[i].is_open = false;
	}
	return first;
}

void brood__tee_close(struct brood__outlet *outlets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (outlets[i].kind == BROOD_IO_FILE)
			brood__fd_close(&outlets[i].fd);
		/* Of several only one becomes a result, which would end it. */
		if (outlets[i].kind == BROOD_IO_INTO && outlets[i].capture.data)
			outlets[i].capture.data[outlets[i].capture.length] = 0;
		outlets[i].is_open = false;
	}
}

struct brood__outlet *brood__tee_capture(struct brood__outlet *outlets, size_t n)
{
	struct brood__outlet *found = NULL;
	for (size_t i = 0; i < n; i++) {
		if (outlets[i].kind == BROOD_IO_CAPTURE)
			return &outlets[i];
		if (outlets[i].kind == BROOD_IO_INTO && !found)
			found = &outlets[i];
	}
	return found;
}

void brood__tee_done(struct brood__outlet *outlets, size_t n)
{
	brood__tee_close(outlets, n);
	for (size_t i = 0; i < n; i++) {
		if (outlets[i].kind == BROOD_IO_CAPTURE || outlets[i].kind == BROOD_IO_INTO)
			brood__capture_done(&outlets[i].capture);
		else if (outlets[i].kind == BROOD_IO_LINES)
			brood__lines_done(&outlets[i].lines);
	}
	free(outlets);
}
