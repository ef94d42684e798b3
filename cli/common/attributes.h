/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/capabilities.h"
#include "common/identity.h"
#include "common/limits.h"
#include "common/namespaces.h"
#include "common/options.h"
#include "common/scheduling.h"
#include "common/seccomp.h"

#include <brood/brood.h>
#include <stddef.h>

/*
 * Who a command is, what it may use and what it may do: the options that several tools have, with
 * the same names and the same help. A tool puts ATTRIBUTES_ROWS into its table, and its config
 * begins with a struct attributes whose tool is set (ATTRIBUTES_COME_FIRST checks that).
 */

/* One for each resource. */
#define ATTRIBUTES_MOST_LIMITS 16

struct attributes {
	const char *tool;   /* stands in messages: "run" */
	bool replaces_us;   /* the program gets this very process, and no new one */
	const char *user;   /* USER, USER:GROUP, :GROUP; NULL: not given, here as below */
	const char *group;  /* instead of the user's own */
	const char *groups; /* a list, keep or none */
	bool has_capabilities;
	struct capabilities capabilities;
	bool no_new_privileges;
	const char *seccomp; /* a profile */
	const char *root;
	uint64_t namespaces; /* CLONE_NEW... */
	bool maps_root;
	struct brood_id_map user_maps[NAMESPACES_MOST_MAPS];
	size_t n_user_maps;
	struct brood_id_map group_maps[NAMESPACES_MOST_MAPS];
	size_t n_group_maps;
	struct limit wanted[ATTRIBUTES_MOST_LIMITS]; /* as they were given, each resource once */
	size_t n_wanted;
	bool has_nice;
	int nice; /* added to ours */
	bool has_policy;
	int32_t policy, priority; /* as for sched_setscheduler(2) */
	bool has_io;
	int32_t io;       /* as for ioprio_set(2) */
	size_t cpus_size; /* bytes that count; 0: not given */
	unsigned long cpus[SCHEDULING_CPU_WORDS];
	bool has_oom;
	int32_t oom;
	const char *cgroup;
	int death_signal; /* 0: none */
	bool has_umask;
	unsigned int umask;
};

#define ATTRIBUTES_COME_FIRST(config)                                                        \
	static_assert(offsetof(config, attributes) == 0, "the rows' functions get a config " \
							 "and take it for its attributes")

/* What a command borrows. */
struct attributes_made {
	struct brood_rlimit rlimits[ATTRIBUTES_MOST_LIMITS];
	struct brood_limits limits;
	struct brood_credentials credentials;
	struct brood_session session;
	struct brood_sandbox sandbox;
	struct brood_id_map own_user, own_group; /* of --map-root */
	struct identity identity;
	struct seccomp_filter filter; /* owned */
	/* "NAME=value" and "NAME" (as in brood_cmd.env_edit) that go before the tool's own changes
	   of the environment: what --user says of HOME, USER and LOGNAME. Owned. */
	char *env[4];
	size_t n_env;
};

/* Take the value of an option. Each returns 0, or -1 after having said what is wrong. */
int attributes_take_user(void *config, const char *spelled, const char *value);
int attributes_take_group(void *config, const char *spelled, const char *value);
int attributes_take_groups(void *config, const char *spelled, const char *value);
int attributes_take_capabilities(void *config, const char *spelled, const char *value);
int attributes_take_nnp(void *config, const char *spelled, const char *value);
int attributes_take_seccomp(void *config, const char *spelled, const char *value);
int attributes_take_root(void *config, const char *spelled, const char *value);
int attributes_take_namespaces(void *config, const char *spelled, const char *value);
int attributes_take_map_root(void *config, const char *spelled, const char *value);
int attributes_take_map_users(void *config, const char *spelled, const char *value);
int attributes_take_map_groups(void *config, const char *spelled, const char *value);
int attributes_take_limit(void *config, const char *spelled, const char *value);
int attributes_take_nice(void *config, const char *spelled, const char *value);
int attributes_take_policy(void *config, const char *spelled, const char *value);
int attributes_take_io(void *config, const char *spelled, const char *value);
int attributes_take_cpus(void *config, const char *spelled, const char *value);
int attributes_take_oom(void *config, const char *spelled, const char *value);
int attributes_take_cgroup(void *config, const char *spelled, const char *value);
int attributes_take_death_signal(void *config, const char *spelled, const char *value);
int attributes_take_umask(void *config, const char *spelled, const char *value);

/* clang-format off: rows of a table */
#define ATTRIBUTES_ROWS                                                                               \
	{ "user", 'u', OPTION_VALUE, "USER[:GROUP]",                                                  \
		"be that user, by name or number, with its groups;\n"                                 \
		"HOME, USER and LOGNAME become its own",                                              \
		attributes_take_user, 0 },                                                            \
		{ "group", 0, OPTION_VALUE, "GROUP", "with that group instead of the user's own",     \
			attributes_take_group, 0 },                                                   \
		{ "groups", 0, OPTION_VALUE, "GROUP,...",                                             \
			"supplementary groups (those of the user); none, keep",                       \
			attributes_take_groups, 0 },                                                  \
		{ "caps", 0, OPTION_VALUE, "CAP,...",                                                 \
			"the capabilities that it can ever have, as in\n"                             \
			"net_bind_service; none; all; -NAME, +NAME: what it\n"                        \
			"would have without, with that one",                                          \
			attributes_take_capabilities, 0 },                                            \
		{ "nnp", 0, OPTION_ALONE, NULL, "no program can give it more rights than it has",     \
			attributes_take_nnp, 0 },                                                     \
		{ "seccomp", 0, OPTION_VALUE, "FILE",                                                 \
			"only the system calls that a profile allows, in\n"                           \
			"docker's format; implies --nnp",                                             \
			attributes_take_seccomp, 0 },                                                 \
		{ "chroot", 0, OPTION_VALUE, "DIR", "let it see that directory as /",                 \
			attributes_take_root, 0 },                                                    \
		{ "unshare", 0, OPTION_VALUE, "user|mount|pid|net|ipc|uts|cgroup|time,...",           \
			"in new namespaces", attributes_take_namespaces, 0 },                         \
		{ "map-root", 0, OPTION_ALONE, NULL, "in a new user namespace, where we are root",    \
			attributes_take_map_root, 0 },                                                \
		{ "map-users", 0, OPTION_VALUE, "INSIDE:OUTSIDE:COUNT",                               \
			"in a new user namespace: the users that it has",                             \
			attributes_take_map_users, 0 },                                               \
		{ "map-groups", 0, OPTION_VALUE, "INSIDE:OUTSIDE:COUNT", "the same of groups",        \
			attributes_take_map_groups, 0 },                                              \
		{ "limit", 'l', OPTION_VALUE, "NAME=VALUE",                                           \
			"limit a resource: VALUE or SOFT:HARD; as core cpu\n"                         \
			"data fsize locks memlock msgqueue nice nofile nproc\n"                       \
			"rss rtprio rttime sigpending stack",                                         \
			attributes_take_limit, 0 },                                                   \
		{ "nice", 0, OPTION_VALUE, "N", "be that much nicer to others",                       \
			attributes_take_nice, 0 },                                                    \
		{ "sched", 0, OPTION_VALUE, "other|batch|idle|fifo:N|rr:N",                           \
			"the scheduler's policy", attributes_take_policy, 0 },                        \
		{ "ionice", 0, OPTION_VALUE, "idle|best-effort:N|realtime:N|none",                    \
			"whose turn it is at a disk; N: 0 to 7", attributes_take_io, 0 },             \
		{ "cpus", 0, OPTION_VALUE, "LIST", "on these processors only: 0-3,5",                 \
			attributes_take_cpus, 0 },                                                    \
		{ "oom-score-adj", 0, OPTION_VALUE, "N",                                              \
			"how soon it is killed when memory runs out: -1000\n(never) to 1000 (first)", \
			attributes_take_oom, 0 },                                                     \
		{ "cgroup", 0, OPTION_VALUE, "DIR", "in that control group",                          \
			attributes_take_cgroup, 0 },                                                  \
		{ "pdeathsig", 0, OPTION_VALUE, "SIGNAL",                                             \
			"the signal that its parent's end brings it",                                 \
			attributes_take_death_signal, 0 },                                            \
	{                                                                                             \
		"umask", 0, OPTION_VALUE, "MODE", "the mask of the modes of new files",               \
			attributes_take_umask, 0                                                      \
	}
/* clang-format on */

/* Puts them into a command, which borrows made until attributes_done(). Returns 0, or -1 after
   having said what is wrong; then too made is to be released. */
int attributes_make(
	const struct attributes *attributes, struct attributes_made *made, struct brood_cmd *cmd);

void attributes_done(struct attributes_made *made);

/* Says why the command could not be started with them. Returns whether that was the reason. */
bool attributes_explain(
	const struct attributes *attributes, int code, const struct brood_error *error);
