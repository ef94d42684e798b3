/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* brood mailbox send: messages into a FIFO alone. */
extern const struct subcommand mailbox_send_action;
