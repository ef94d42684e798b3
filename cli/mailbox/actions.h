/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* The actions of brood mailbox; `read` and `send` have headers of their own. */
extern const struct subcommand mailbox_put_action;
extern const struct subcommand mailbox_take_action;
extern const struct subcommand mailbox_run_action;
extern const struct subcommand mailbox_ls_action;
extern const struct subcommand mailbox_log_action;
extern const struct subcommand mailbox_retry_action;
extern const struct subcommand mailbox_rm_action;
extern const struct subcommand mailbox_pause_action;
extern const struct subcommand mailbox_resume_action;
extern const struct subcommand mailbox_drain_action;
extern const struct subcommand mailbox_stats_action;
extern const struct subcommand mailbox_wait_action;
extern const struct subcommand mailbox_serve_action;
