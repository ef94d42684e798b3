/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/completion.h"

#include <stdbool.h>

/*
 * What the scripts for the shells have in common. A place is where options belong to: "" (in front
 * of the tool), a tool, or an action of a tool as TOOL_ACTION.
 */

/* One of the words of a value's name, which | separates. */
struct completion_kind {
	const char *word;
	size_t length;
};

bool completion_next_kind(const char **names, struct completion_kind *kind);

/* Whether it is that kind, or a list of it, as in "ID,...". */
bool completion_is_kind(const struct completion_kind *kind, const char *name);

/* Whether it stands for itself: "null". Of "spill=FILE" only what goes up to = does, of "fifo:N"
   and "time,..." what goes up to : and to the comma. */
bool completion_is_literal(const struct completion_kind *kind);
int completion_literal_length(const struct completion_kind *kind);

/* Whether one of the words is that kind. */
bool completion_has_kind(const char *names, const char *name);

/* Adds help as one line between single quotes: each quote as quote says, and a backslash in front
   of what stands in escaped. */
void completion_add_help(
	struct text *text, const char *help, const char *quote, const char *escaped);

typedef void (*completion_place_fn)(
	struct text *text, const char *place, const struct subcommand *subcommand);

/* Calls add for each tool and each action. */
void completion_each_place(
	struct text *text, const struct completion *completion, completion_place_fn add);

/* Whether the operands are commands, behind which other rules begin. */
bool completion_has_commands(const struct subcommand *subcommand);

/* The states that `brood mailbox ls --state` knows. */
#define COMPLETION_STATES "ready delayed blocked running done dead removed"
#define COMPLETION_LEVELS "trace debug info notice warn error fatal"
/* What --caps knows. */
#define COMPLETION_CAPABILITIES                                                                   \
	"all none audit_control audit_read audit_write block_suspend bpf checkpoint_restore "     \
	"chown dac_override dac_read_search fowner fsetid ipc_lock ipc_owner kill lease "         \
	"linux_immutable mac_admin mac_override mknod net_admin net_bind_service net_broadcast "  \
	"net_raw perfmon setfcap setgid setpcap setuid sys_admin sys_boot sys_chroot sys_module " \
	"sys_nice sys_pacct sys_ptrace sys_rawio sys_resource sys_time sys_tty_config syslog "    \
	"wake_alarm"
/* What `set -o` knows. */
#define COMPLETION_SET_OPTIONS                                                                    \
	"allexport errexit emacs hashall ignoreeof monitor noclobber noexec noglob nolog notify " \
	"nounset pipefail verbose vi xtrace"
/* The options in brackets of a stage of `brood pipe`. */
#define COMPLETION_STAGE_OPTIONS "name= ok= t= buf= mem= err= cwd= env. retry="

void completion_add_bash(struct text *text, const struct completion *completion);
void completion_add_fish(struct text *text, const struct completion *completion);
void completion_add_zsh(struct text *text, const struct completion *completion);
