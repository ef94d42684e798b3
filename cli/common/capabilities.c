/* SPDX-License-Identifier: MIT */
#include "common/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>

/* Newer than the oldest headers that brood is built with. */
enum { PERFMON = 38, BPF = 39, CHECKPOINT_RESTORE = 40 };

static const char *const names[] = {
	[CAP_CHOWN] = "chown",
	[CAP_DAC_OVERRIDE] = "dac_override",
	[CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner",
	[CAP_FSETID] = "fsetid",
	[CAP_KILL] = "kill",
	[CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid",
	[CAP_SETPCAP] = "setpcap",
	[CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service",
	[CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin",
	[CAP_NET_RAW] = "net_raw",
	[CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner",
	[CAP_SYS_MODULE] = "sys_module",
	[CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot",
	[CAP_SYS_PTRACE] = "sys_ptrace",
	[CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin",
	[CAP_SYS_BOOT] = "sys_boot",
	[CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource",
	[CAP_SYS_TIME] = "sys_time",
	[CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod",
	[CAP_LEASE] = "lease",
	[CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control",
	[CAP_SETFCAP] = "setfcap",
	[CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin",
	[CAP_SYSLOG] = "syslog",
	[CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend",
	[CAP_AUDIT_READ] = "audit_read",
	[PERFMON] = "perfmon",
	[BPF] = "bpf",
	[CHECKPOINT_RESTORE] = "checkpoint_restore",
};

#define N_NAMES ((unsigned int)(sizeof names / sizeof *names))

/* Room for a name that is looked at; longer ones are none. */
#define NAME_SIZE 32

static const char prefix[] = "cap_";

const char *capability_name(unsigned int number)
{
	return number < N_NAMES ? names[number] : NULL;
}

static bool has_prefix(const char *name, size_t length)
{
	return length > sizeof prefix - 1 && strncasecmp(name, prefix, sizeof prefix - 1) == 0;
}

static int read_number(const char *name, size_t length)
{
	int number = 0;

	for (size_t i = 0; i < length; i++) {
		if (name[i] < '0' || name[i] > '9' || number > 63)
			return -EINVAL;
		number = number * 10 + (name[i] - '0');
	}
	return length > 0 ? number : -EINVAL;
}

int capability_number(const char *name, size_t length, unsigned int last)
{
	int number = read_number(name, length);

	if (has_prefix(name, length)) {
		name += sizeof prefix - 1;
		length -= sizeof prefix - 1;
		/* As capsh(1) shows what it has no name for. */
		if (number < 0)
			number = read_number(name, length);
	}
	for (unsigned int i = 0; number < 0 && i < N_NAMES; i++)
		if (strlen(names[i]) == length && strncasecmp(names[i], name, length) == 0)
			number = (int)i;
	return number < 0 || (unsigned int)number > last ? -EINVAL : number;
}

static void add_nearest(struct text *problem, const char *name, size_t length)
{
	const char *nearest = NULL;
	char word[NAME_SIZE];

	if (has_prefix(name, length)) {
		name += sizeof prefix - 1;
		length -= sizeof prefix - 1;
	}
	if (length >= sizeof word)
		return;
	for (size_t i = 0; i <= length; i++)
		word[i] = (char)(i == length                        ? '\0'
				 : name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a'
								    : name[i]);
	for (unsigned int i = 0; i < N_NAMES; i++)
		if (text_is_near(word, names[i]) &&
			(!nearest || text_distance(word, names[i]) < text_distance(word, nearest)))
			nearest = names[i];
	if (nearest)
		text_format(problem, "; did you mean %s?", nearest);
}

static int unknown(struct text *problem, const char *name, size_t length, unsigned int last)
{
	int number = capability_number(name, length, 63);

	if (number >= 0) {
		text_format(problem, "this kernel has no capability '%.*s', its last one is %u",
			(int)length, name, last);
		return -EINVAL;
	}
	text_format(problem, "'%.*s' is no capability", (int)length, name);
	add_nearest(problem, name, length);
	text_string(problem, " (accepted: net_bind_service,chown and others of capabilities(7); "
			     "none, all, -NAME, +NAME)");
	return -EINVAL;
}

static uint64_t all_of(unsigned int last)
{
	return last >= 63 ? UINT64_MAX : (UINT64_C(2) << last) - 1;
}

static bool is_word(const char *name, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(name, word, length) == 0;
}

/* One word of the list. The last one that says something of a capability counts. */
static int take_word(struct capabilities *capabilities, const char *word, size_t length,
	unsigned int last, struct text *problem)
{
	bool is_removed = word[0] == '-';
	size_t sign = is_removed || word[0] == '+';
	const char *name = word + sign;
	int number = capability_number(name, length - sign, last);

	if (number >= 0) {
		uint64_t bit = UINT64_C(1) << number;
		capabilities->added = is_removed ? capabilities->added & ~bit
						 : capabilities->added | bit;
		capabilities->removed = is_removed ? capabilities->removed | bit
						   : capabilities->removed & ~bit;
		return 0;
	}
	bool is_all = is_word(name, length - sign, "all");
	if (!is_all && (sign || !is_word(name, length, "none")))
		return unknown(problem, name, length - sign, last);
	*capabilities = (struct capabilities){ .has_all = is_all && !is_removed };
	return 0;
}

int capabilities_parse(
	const char *list, unsigned int last, struct capabilities *ret, struct text *problem)
{
	struct capabilities capabilities = {
		.is_relative = list[0] == '-' || list[0] == '+',
	};

	for (const char *at = list; list[0] != '\0';) {
		size_t length = strcspn(at, ",");
		int r = take_word(&capabilities, at, length, last, problem);
		if (r < 0)
			return r;
		if (at[length] == '\0')
			break;
		at += length + 1;
	}
	*ret = capabilities;
	return 0;
}

uint64_t capabilities_bounding(
	const struct capabilities *capabilities, unsigned int last, uint64_t base)
{
	uint64_t first = capabilities->has_all       ? all_of(last)
			 : capabilities->is_relative ? base
						     : 0;

	return (first | capabilities->added) & ~capabilities->removed;
}

uint64_t capabilities_ambient(const struct capabilities *capabilities, unsigned int last)
{
	return ((capabilities->has_all ? all_of(last) : 0) | capabilities->added) &
	       ~capabilities->removed;
}
