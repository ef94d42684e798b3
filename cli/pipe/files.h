/* SPDX-License-Identifier: MIT */
#pragma once

#include "pipe/run.h"

/*
 * The files that stages are redirected to and from.
 */

/* The directory of a stage, as a command behind cd DIR && cd CWD would see it; to be freed. NULL:
   our own. */
char *pipe_directory_of(const struct pipe_run *run, const struct pipe_stage *stage);

/* Opens all of them, before anything starts. A FIFO waits for its other end, as it does in a shell;
   they wait all at once, since the other end may be one of them, and until the limit of all at
   most. Returns 0, or the exit code after having said what is wrong, with *ret_node the stage
   concerned. */
int pipe_open_files(struct pipe_run *run, size_t *ret_node);
