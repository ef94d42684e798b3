/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

/*
 * Where a mailbox lies, from what the user calls it. A name with a slash is a folder; one without
 * lies below the folder for state of the user. Decides only.
 */

#define BOX_DEFAULT "default"

/* state_home and home: values of XDG_STATE_HOME and HOME, NULL if not set. Returns NULL and adds
   the path; or says why there is none. */
const char *box_path(struct text *path, const char *name, const char *state_home, const char *home);
