/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* The value of a variable of our own environment, NULL if it is not set. */
const char *environment_get(const char *name);

/* Its whole entry, "NAME=value"; the name may be longer than length. */
char *environment_entry(const char *name, size_t length);
