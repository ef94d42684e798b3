/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Filling in a struct brood_error and returning its code, in one statement:
 *
 *	return brood__fail(error, -errno, BROOD_STEP_OPEN, path);
 */

#include <brood/error.h>

/** Fills *error, if there is one; the two below return the code as well. */
void brood__error_set(
	struct brood_error *error, int code, int step, int child_fd, const char *subject);

/** Does the same for a failure that concerns one descriptor of the child. */
static inline int brood__fail_fd(
	struct brood_error *error, int code, int step, int child_fd, const char *subject)
{
	brood__error_set(error, code, step, child_fd, subject);
	return code;
}

/**
 * Fills *error, if there is one, and returns code. os_errno becomes the errno in code, or 0 if code
 * is one of BROOD_E...; stage and fd become -1. A NULL subject is an empty one. (Inline, so that an
 * analyzer sees a negative code come back.)
 */
static inline int brood__fail(struct brood_error *error, int code, int step, const char *subject)
{
	return brood__fail_fd(error, code, step, -1, subject);
}
