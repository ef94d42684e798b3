/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Paths as texts: nothing here looks at a file.
 */

#include <brood/base.h>

/**
 * Writes the shortest path that means the same if there are no symbolic links: without double
 * slashes, "." and what a ".." takes back. "" becomes ".". `to` must have room for the path, or for
 * 2 bytes if it is shorter, and may be `path` itself if that is not empty.
 *
 * Returns the length of what was written.
 * Like:    Go path/filepath Clean.
 */
size_t brood__path_clean(char *to, const char *path);
