/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/cmd.h>
#include <stdint.h>

/*
 * While things are set up, TERM, INT, HUP and QUIT end it at once: the first process of a container
 * would not even notice them. They wait, but for interrupt_wait(). Ignored ones stay ignored.
 */

/* A second call changes nothing. */
void interrupt_begin(void);

/* What those who are started meanwhile get. */
const struct brood_signals *interrupt_signals(void);

/* Waits until the descriptor is readable or duration_now() is until. Returns the number of the
   signal if one has come, now or before, else 0. */
int interrupt_wait(int fd, int64_t until);

/* Puts everything back as it was. Returns the number of the signal that has come meanwhile, or 0.
 */
int interrupt_end(void);
