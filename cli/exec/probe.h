/* SPDX-License-Identifier: MIT */
#pragma once

#include "exec/wait_spec.h"

/* One look whether what is waited for is there; not for WAIT_EXEC. It may block for as long as the
   network or a file system likes: it is done by a child. Writes lines to standard output, the last
   of which says what it is about or what was wrong. Returns 0 if it is there, else 1. data is a
   struct wait_spec. */
int probe(void *data);
