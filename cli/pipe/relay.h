/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>

#define PIPE_RELAY_NAME "pipe-relay"

/*
 * What brood pipe puts between two stages where a plain pipe will not do: brood itself, as
 *
 *	brood pipe-relay RATE MEMORY OUTPUTS STAGE
 *
 * It reads descriptor 0 and writes every byte to each of its outputs: descriptor 1 and, for the
 * branches, those from 3 on. RATE in bytes per second and MEMORY in bytes may be 0. An output whose
 * reader is gone is left out from then on; with the last one it ends. STAGE is the one in front of
 * it, for messages.
 *
 * Returns the exit code: 0; 125 after having said what could not be read or written.
 */
int pipe_relay_main(int argc, char **argv);

/* What a relay answers otherwise than by dying. They are blocked when it starts, until it is ready
   for them. */
void pipe_relay_signals(sigset_t *ret_set);
