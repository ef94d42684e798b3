/* SPDX-License-Identifier: MIT */
#include "exec/describe.h"

#include "common/capabilities.h"
#include "common/limits.h"
#include "common/namespaces.h"

#include <brood/cmd.h>
#include <inttypes.h>
#include <stdbool.h>

#define LABEL DESCRIBE_LABEL

static void add_value(struct text *text, uint64_t value)
{
	if (value == UINT64_MAX)
		text_string(text, "unlimited");
	else
		text_format(text, "%" PRIu64, value);
}

static void add_limits(const struct brood_limits *limits, struct text *text)
{
	for (size_t i = 0; i < limits->n_rlimits; i++) {
		const struct brood_rlimit *rlimit = &limits->rlimits[i];
		text_format(text, LABEL "%s ", "limit", limit_name(rlimit->resource));
		add_value(text, rlimit->soft);
		text_string(text, ":");
		add_value(text, rlimit->hard);
		text_string(text, "\n");
	}
	if (limits->flags & BROOD_SET_OOM_SCORE)
		text_format(text, LABEL "%d\n", "oom score", (int)limits->oom_score_adj);
	if (limits->flags & BROOD_SET_NICE)
		text_format(text, LABEL "%d\n", "nice", (int)limits->nice);
	if (limits->flags & BROOD_SET_SCHEDULER)
		text_format(text, LABEL "policy %d, priority %d\n", "scheduler",
			(int)limits->scheduler, (int)limits->scheduler_priority);
	if (limits->flags & BROOD_SET_IO_PRIORITY)
		text_format(text, LABEL "0x%x\n", "I/O", (unsigned int)limits->io_priority);
	if (limits->affinity)
		text_format(text, LABEL "as --cpus says\n", "processors");
}

static void add_namespaces(uint64_t flags, struct text *text)
{
	bool is_first = true;

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = flags >> bit & 1 ? namespace_name(UINT64_C(1) << bit) : NULL;
		if (!name)
			continue;
		text_format(text, is_first ? LABEL "%s" : "%.0s,%s", is_first ? "namespaces" : "",
			name);
		is_first = false;
	}
	if (!is_first)
		text_string(text, "\n");
}

static void add_identity(const struct brood_credentials *credentials, struct text *text)
{
	if (credentials->flags & BROOD_SET_GROUPS) {
		text_format(text, LABEL, "groups");
		for (size_t i = 0; i < credentials->n_groups; i++)
			text_format(text, "%s%u", i ? "," : "", credentials->groups[i]);
		text_string(text, credentials->n_groups ? "\n" : "none\n");
	}
	if (credentials->flags & BROOD_SET_GID)
		text_format(text, LABEL "%u\n", "group", credentials->gid);
	if (credentials->flags & BROOD_SET_UID)
		text_format(text, LABEL "%u\n", "user", credentials->uid);
}

static void add_capabilities(const char *label, uint64_t mask, struct text *text)
{
	bool is_first = true;

	text_format(text, LABEL, label);
	for (unsigned int i = 0; i < 64; i++) {
		if (!(mask >> i & 1))
			continue;
		const char *name = capability_name(i);
		if (name)
			text_format(text, "%s%s", is_first ? "" : ",", name);
		else
			text_format(text, "%s%u", is_first ? "" : ",", i);
		is_first = false;
	}
	text_string(text, is_first ? "none\n" : "\n");
}

static void add_sandbox(const struct brood_sandbox *sandbox, struct text *text)
{
	if (sandbox->flags & BROOD_SET_CAPABILITIES) {
		add_capabilities("caps", sandbox->capabilities, text);
		if (sandbox->ambient)
			add_capabilities("ambient", sandbox->ambient, text);
	}
	if (sandbox->flags & BROOD_NO_NEW_PRIVS)
		text_format(text, LABEL "yes\n", "nnp");
	if (sandbox->seccomp_length > 0)
		text_format(text, LABEL "%zu instructions\n", "seccomp", sandbox->seccomp_length);
}

void describe(const struct brood_cmd *cmd, struct text *text)
{
	const struct brood_credentials *credentials = cmd->credentials;
	const struct brood_sandbox *sandbox = cmd->sandbox;

	if (cmd->session && cmd->session->parent_death_signal > 0)
		text_format(text, LABEL "%s\n", "pdeathsig",
			brood_signal_name(cmd->session->parent_death_signal));
	if (cmd->limits && cmd->limits->cgroup_path)
		text_format(text, LABEL "%s\n", "cgroup", cmd->limits->cgroup_path);
	if (credentials && credentials->flags & BROOD_SET_UMASK)
		text_format(text, LABEL "%04o\n", "umask", (unsigned int)credentials->umask);
	if (cmd->limits)
		add_limits(cmd->limits, text);
	if (sandbox)
		add_namespaces(sandbox->clone_flags | sandbox->unshare_flags, text);
	if (sandbox && sandbox->root)
		text_format(text, LABEL "%s\n", "chroot", sandbox->root);
	if (credentials)
		add_identity(credentials, text);
	if (cmd->dir)
		text_format(text, LABEL "%s\n", "chdir", cmd->dir);
	if (sandbox)
		add_sandbox(sandbox, text);
}
