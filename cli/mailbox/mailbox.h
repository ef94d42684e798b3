/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* brood mailbox: messages that survive, between any number of processes and without a daemon. */
extern const struct subcommand mailbox_subcommand;
