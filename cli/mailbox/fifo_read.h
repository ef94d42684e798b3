/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* brood mailbox read: tasks out of a FIFO alone. */
extern const struct subcommand mailbox_read_action;
