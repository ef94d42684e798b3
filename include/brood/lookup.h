/* SPDX-License-Identifier: MIT */
#ifndef BROOD_LOOKUP_H
#define BROOD_LOOKUP_H

/*
 * Finding a program on a search path.
 */

#include <brood/base.h>
#include <brood/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Finds the program that a name stands for.
 *
 * A name with a slash is tested as it is and found unchanged. Any other name is looked for in the
 * elements of search_path (NULL: the caller's PATH) from left to right; an empty element is the
 * current directory. A candidate is usable if it is no directory and the effective user may
 * execute it; unusable ones are passed over. There is no default search path.
 *
 * Returns 0 and sets *ret_path. Otherwise:
 *   BROOD_ENOTFOUND  nothing usable, or the name is "", "." or ".."; error.os_errno is EACCES if
 *                    a file of that name was there that may not be executed
 *   BROOD_EDOT       the first usable candidate came through a relative or empty element;
 *                    *ret_path is set to its relative path all the same
 *   -errno           the name has a slash and is not usable: -ENOENT, -EACCES, -EISDIR, ...
 *   -ENOMEM          no memory
 * error.step is BROOD_STEP_LOOKUP, error.subject the name.
 * Owns:    free *ret_path with free(3); it is NULL after any other failure than BROOD_EDOT.
 * Threads: any, unless another one changes the caller's environment.
 * Like:    Go os/exec LookPath (go1.19 and later).
 */
BROOD_API BROOD_MUST_CHECK int brood_lookup(
	const char *name, const char *search_path, char **ret_path, struct brood_error *error);

#ifdef __cplusplus
}
#endif

#endif
