/* SPDX-License-Identifier: MIT */
#include "common/seccomp.h"

#include "common/capabilities.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/seccomp_json.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_ARGUMENTS 6
#define LARGEST_ERRNO  4095
/* What a denied call fails with where the profile does not say. */
#define DEFAULT_ERRNO   EPERM
#define LAST_CAPABILITY 63
/* SECCOMP_RET_ACTION_FULL, without the data of the action. */
#define ACTION_MASK 0xffff0000u

struct compiler {
	scmp_filter_ctx context;
	const struct seccomp_facts *facts;
	struct text *problem;
	uint32_t default_action;
};

/* NOLINTNEXTLINE(readability-function-size): where, and what the three keys are called */
static int get_action(const struct compiler *compiler, const struct place *place, json_t *object,
	const char *key, const char *errno_key, const char *errno_name, uint32_t *ret_action)
{
	static const struct word words[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
		{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
		{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
	};
	const struct place here = { place, key, 0 };
	json_int_t number = DEFAULT_ERRNO;
	const char *name;
	int r = seccomp_get_text(compiler->problem, place, object, key, &name);

	if (r == 0)
		r = seccomp_get_number(
			compiler->problem, place, object, errno_key, LARGEST_ERRNO, &number);
	if (r < 0)
		return r;
	/* Podman writes the name beside the number. */
	if (json_object_get(object, errno_name) && !json_object_get(object, errno_key))
		return seccomp_fail(
			compiler->problem, place, "%s needs %s, the number", errno_name, errno_key);
	if (strcmp(name, "SCMP_ACT_NOTIFY") == 0)
		return seccomp_fail(
			compiler->problem, &here, "%s needs somebody who listens", name);
	if (!seccomp_find_word(words, sizeof words / sizeof *words, name, ret_action))
		return seccomp_fail(compiler->problem, &here,
			"'%s' is no action (accepted: SCMP_ACT_ALLOW, _ERRNO, _KILL, _KILL_THREAD, "
			"_KILL_PROCESS, _LOG, _TRACE, _TRAP)",
			name);
	if (*ret_action == SCMP_ACT_ERRNO(0) || *ret_action == SCMP_ACT_TRACE(0))
		*ret_action |= (uint32_t)number;
	return 0;
}

/* How much an action forbids, in the kernel's own order. */
static int strictness(uint32_t action)
{
	static const uint32_t order[] = { SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_TRACE(0),
		SCMP_ACT_ERRNO(0), SCMP_ACT_TRAP, SCMP_ACT_KILL_THREAD, SCMP_ACT_KILL_PROCESS };
	int i = 0;

	while (order[i] != (action & ACTION_MASK))
		i++;
	return i;
}

/* SCMP_ARCH_X86_64 is x86_64 to the library. Returns 0: it is none. */
static uint32_t architecture_of(const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	char lower[32] = "";

	if (strncmp(name, prefix, sizeof prefix - 1) != 0)
		return 0;
	name += sizeof prefix - 1;
	for (size_t i = 0; i + 1 < sizeof lower && name[i]; i++)
		lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	return seccomp_arch_resolve_name(lower);
}

static int add_architecture(
	const struct compiler *compiler, const struct place *place, const json_t *value)
{
	const char *name = json_string_value(value);

	if (!name)
		return seccomp_fail(compiler->problem, place, "this is not a string");
	uint32_t number = architecture_of(name);
	if (number == 0)
		return seccomp_fail(compiler->problem, place,
			"'%s' is no architecture (as in SCMP_ARCH_X86_64)", name);
	int r = seccomp_arch_add(compiler->context, number);
	if (r == 0 || r == -EEXIST)
		return 0;
	return seccomp_fail(
		compiler->problem, place, "%s does not go together with this machine's own", name);
}

static int add_architectures(
	const struct compiler *compiler, const struct place *place, json_t *array)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		const struct place here = { place, NULL, i };
		int r = add_architecture(compiler, &here, value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Of the entries that of this machine counts. */
static int add_map(const struct compiler *compiler, const struct place *place, json_t *array)
{
	static const struct key keys[] = {
		{ "architecture", JSON_STRING },
		{ "subArchitectures", JSON_ARRAY },
	};
	json_t *entry;
	size_t i;

	json_array_foreach(array, i, entry)
	{
		const struct place here = { place, NULL, i };
		const struct place below = { &here, "subArchitectures", 0 };
		const char *name = NULL;
		int r = seccomp_check_keys(compiler->problem, &here, entry, keys, 2);
		if (r == 0)
			r = seccomp_get_text(
				compiler->problem, &here, entry, "architecture", &name);
		if (r == 0 && architecture_of(name) == seccomp_arch_native())
			r = add_architectures(
				compiler, &below, json_object_get(entry, "subArchitectures"));
		if (r < 0)
			return r;
	}
	return 0;
}

/* The word of the Go tools for what brood runs on. */
static bool is_this_machine(const char *name)
{
	static const struct word words[] = {
		{ "amd64", SCMP_ARCH_X86_64 },
		{ "arm64", SCMP_ARCH_AARCH64 },
		{ "386", SCMP_ARCH_X86 },
		{ "x86", SCMP_ARCH_X86 },
		{ "x32", SCMP_ARCH_X32 },
		{ "arm", SCMP_ARCH_ARM },
		{ "ppc64le", SCMP_ARCH_PPC64LE },
		{ "s390x", SCMP_ARCH_S390X },
		{ "riscv64", SCMP_ARCH_RISCV64 },
	};
	uint32_t number = 0;

	return seccomp_find_word(words, sizeof words / sizeof *words, name, &number) &&
	       number == seccomp_arch_native();
}

/* "4.8": whether the kernel is that new. */
static int is_new_enough(
	const struct compiler *compiler, const struct place *place, const char *text)
{
	char *end = NULL;
	unsigned long kernel = strtoul(text, &end, 10), patch = 0;
	bool is_right = text[0] >= '0' && text[0] <= '9' && *end == '.';

	if (is_right) {
		const char *second = end + 1;
		patch = strtoul(second, &end, 10);
		is_right = *second >= '0' && *second <= '9' && *end == '\0';
	}
	if (!is_right)
		return seccomp_fail(compiler->problem, place,
			"'%s' is no version of a kernel, as in 4.8", text);
	return compiler->facts->kernel > kernel ||
	       (compiler->facts->kernel == kernel && compiler->facts->patch >= patch);
}

static int has_capability(
	const struct compiler *compiler, const struct place *place, const char *name)
{
	int number = capability_number(name, strlen(name), LAST_CAPABILITY);

	if (number < 0)
		return seccomp_fail(compiler->problem, place, "'%s' is no capability", name);
	return (int)(compiler->facts->capabilities >> number & 1);
}

/* How many of a list hold; *ret_n: how many there are. */
static int count(const struct compiler *compiler, const struct place *place, json_t *array,
	int (*holds)(const struct compiler *, const struct place *, const char *), size_t *ret_n)
{
	const json_t *value;
	int n = 0;
	size_t i;

	*ret_n = json_array_size(array);
	json_array_foreach(array, i, value)
	{
		const struct place here = { place, NULL, i };
		if (!json_is_string(value))
			return seccomp_fail(compiler->problem, &here, "this is not a string");
		int r = holds(compiler, &here, json_string_value(value));
		if (r < 0)
			return r;
		n += r;
	}
	return n;
}

static int is_machine(const struct compiler *compiler, const struct place *place, const char *name)
{
	(void)compiler;
	(void)place;
	return is_this_machine(name);
}

/* What "includes" and "excludes" ask: a rule counts if all capabilities, one of the machines and
   the kernel are there; it does not count if any of what is excluded is. Returns 0, 1 or a negative
   number. */
static int asks(const struct compiler *compiler, const struct place *place, json_t *object,
	bool is_exclusion)
{
	static const struct key keys[] = {
		{ "caps", JSON_ARRAY },
		{ "arches", JSON_ARRAY },
		{ "minKernel", JSON_STRING },
	};
	const struct place caps = { place, "caps", 0 }, arches = { place, "arches", 0 };
	const struct place minimum = { place, "minKernel", 0 };
	size_t n_caps = 0, n_arches = 0;

	if (!object || json_is_null(object))
		return is_exclusion ? 0 : 1;
	int r = seccomp_check_keys(
		compiler->problem, place, object, keys, sizeof keys / sizeof *keys);
	if (r < 0)
		return r;
	int has = count(compiler, &caps, json_object_get(object, "caps"), has_capability, &n_caps);
	int is = count(compiler, &arches, json_object_get(object, "arches"), is_machine, &n_arches);
	const char *version = json_string_value(json_object_get(object, "minKernel"));
	int new = version ? is_new_enough(compiler, &minimum, version) : !is_exclusion;
	if (has < 0 || is < 0 || new < 0)
		return -EINVAL;
	if (is_exclusion)
		return has > 0 || is > 0 || new;
	return (size_t)has == n_caps && (is > 0 || n_arches == 0) && new;
}

static int read_argument(const struct compiler *compiler, const struct place *place, json_t *object,
	struct scmp_arg_cmp *ret_argument)
{
	static const struct key keys[] = {
		{ "index", JSON_INTEGER },
		{ "value", JSON_INTEGER },
		{ "valueTwo", JSON_INTEGER },
		{ "op", JSON_STRING },
	};
	static const struct word words[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};
	const struct place here = { place, "op", 0 };
	json_int_t index = -1, value = 0, second = 0;
	const char *name = NULL;
	uint32_t op = 0;
	int r = seccomp_check_keys(
		compiler->problem, place, object, keys, sizeof keys / sizeof *keys);

	if (r == 0)
		r = seccomp_get_text(compiler->problem, place, object, "op", &name);
	if (r == 0)
		r = seccomp_get_number(
			compiler->problem, place, object, "index", MOST_ARGUMENTS - 1, &index);
	if (r == 0)
		r = seccomp_get_number(
			compiler->problem, place, object, "value", INT64_MAX, &value);
	if (r == 0)
		r = seccomp_get_number(
			compiler->problem, place, object, "valueTwo", INT64_MAX, &second);
	if (r < 0)
		return r;
	if (index < 0)
		return seccomp_fail(compiler->problem, place, "index is missing");
	if (!seccomp_find_word(words, sizeof words / sizeof *words, name, &op))
		return seccomp_fail(compiler->problem, &here,
			"'%s' is no comparison (accepted: SCMP_CMP_EQ, _NE, _LT, _LE, _GE, _GT, "
			"_MASKED_EQ)",
			name);
	*ret_argument = (struct scmp_arg_cmp){
		.arg = (unsigned int)index,
		.op = (enum scmp_compare)op,
		.datum_a = (scmp_datum_t)value,
		.datum_b = (scmp_datum_t)second,
	};
	return 0;
}

/* What all names of a rule have in common. */
struct rule {
	uint32_t action;
	struct scmp_arg_cmp *arguments; /* owned */
	unsigned int n;
	bool is_each; /* one of them is enough */
};

static int read_arguments(const struct compiler *compiler, const struct place *place, json_t *array,
	struct rule *rule)
{
	unsigned int seen = 0;
	json_t *value;
	size_t i;

	rule->arguments = memory_get((json_array_size(array) + 1) * sizeof *rule->arguments);
	json_array_foreach(array, i, value)
	{
		const struct place here = { place, NULL, i };
		int r = read_argument(compiler, &here, value, &rule->arguments[rule->n]);
		if (r < 0)
			return r;
		/* As runc does, for which such profiles are written: the same argument twice
		   means one or the other. */
		unsigned int bit = 1u << rule->arguments[rule->n++].arg;
		rule->is_each = rule->is_each || (seen & bit);
		seen |= bit;
	}
	return 0;
}

static int add_rule(const struct compiler *compiler, int number, const struct rule *rule)
{
	if (!rule->is_each)
		return seccomp_rule_add_array(
			compiler->context, rule->action, number, rule->n, rule->arguments);
	for (unsigned int i = 0; i < rule->n; i++) {
		int r = seccomp_rule_add_array(
			compiler->context, rule->action, number, 1, &rule->arguments[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A call that is not known here cannot be made by its name, so a profile that allows it is none the
   weaker; one that forbids it does not do what it says. */
static int add_name(const struct compiler *compiler, const struct place *place, const char *name,
	const struct rule *rule)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR) {
		if (strictness(rule->action) <= strictness(compiler->default_action))
			return 0;
		return seccomp_fail(compiler->problem, place,
			"'%s' is no system call that is known here", name);
	}
	/* The library takes no rule that says what holds anyway. */
	if (rule->action == compiler->default_action)
		return 0;
	int r = add_rule(compiler, number, rule);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? seccomp_fail(compiler->problem, place,
			       "'%s': this contradicts another rule: %s", name, message_errno(-r))
		     : 0;
}

static int add_names(const struct compiler *compiler, const struct place *place, json_t *array,
	const struct rule *rule)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		const struct place here = { place, NULL, i };
		if (!json_is_string(value))
			return seccomp_fail(compiler->problem, &here, "this is not a string");
		int r = add_name(compiler, &here, json_string_value(value), rule);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_syscalls(const struct compiler *compiler, const struct place *place, json_t *object)
{
	static const struct key keys[] = {
		{ "names", JSON_ARRAY },
		{ "name", JSON_STRING },
		{ "action", JSON_STRING },
		{ "errnoRet", JSON_INTEGER },
		{ "errno", JSON_STRING },
		{ "args", JSON_ARRAY },
		{ "comment", JSON_STRING },
		{ "includes", JSON_OBJECT },
		{ "excludes", JSON_OBJECT },
	};
	const struct place includes = { place, "includes", 0 }, excludes = { place, "excludes", 0 };
	const struct place arguments = { place, "args", 0 }, names = { place, "names", 0 };
	const struct place single = { place, "name", 0 };
	struct rule rule = { 0 };
	int r = seccomp_check_keys(
		compiler->problem, place, object, keys, sizeof keys / sizeof *keys);

	if (r == 0)
		r = get_action(
			compiler, place, object, "action", "errnoRet", "errno", &rule.action);
	if (r == 0)
		r = read_arguments(compiler, &arguments, json_object_get(object, "args"), &rule);
	int is_included = r == 0 ? asks(compiler, &includes, json_object_get(object, "includes"),
					   false)
				 : r;
	int is_excluded = is_included >= 0 ? asks(compiler, &excludes,
						     json_object_get(object, "excludes"), true)
					   : is_included;
	r = is_excluded < 0 ? is_excluded : 0;
	if (r == 0 && is_included && !is_excluded) {
		const char *name = json_string_value(json_object_get(object, "name"));
		r = add_names(compiler, &names, json_object_get(object, "names"), &rule);
		if (r == 0 && name)
			r = add_name(compiler, &single, name, &rule);
	}
	free(rule.arguments);
	return r;
}

static int check_flags(const struct compiler *compiler, const struct place *place, json_t *array)
{
	/* What they ask for holds in a process of one thread; what speeds up is not needed. */
	static const char *const harmless[] = { "SECCOMP_FILTER_FLAG_TSYNC",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW" };
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		const struct place here = { place, NULL, i };
		const char *name = json_string_value(value);
		if (!name || (strcmp(name, harmless[0]) != 0 && strcmp(name, harmless[1]) != 0))
			return seccomp_fail(
				compiler->problem, &here, "this flag cannot be had here");
	}
	return 0;
}

/* Makes the context: before it there is nothing to add to. */
static int begin(struct compiler *compiler, const struct place *place, json_t *root)
{
	static const struct key keys[] = {
		{ "defaultAction", JSON_STRING },
		{ "defaultErrnoRet", JSON_INTEGER },
		{ "defaultErrno", JSON_STRING },
		{ "archMap", JSON_ARRAY },
		{ "architectures", JSON_ARRAY },
		{ "flags", JSON_ARRAY },
		{ "syscalls", JSON_ARRAY },
	};
	int r = seccomp_check_keys(
		compiler->problem, place, root, keys, sizeof keys / sizeof *keys);

	if (r == 0)
		r = get_action(compiler, place, root, "defaultAction", "defaultErrnoRet",
			"defaultErrno", &compiler->default_action);
	if (r < 0)
		return r;
	compiler->context = seccomp_init(compiler->default_action);
	if (!compiler->context)
		return -ENOMEM;
	/* A tree instead of one comparison after the other; where the library is too old for it the
	   answers are the same. */
	(void)seccomp_attr_set(compiler->context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return 0;
}

static int compile(struct compiler *compiler, json_t *root)
{
	const struct place top = { NULL, NULL, 0 };
	const struct place map = { &top, "archMap", 0 }, list = { &top, "architectures", 0 };
	const struct place flags = { &top, "flags", 0 }, syscalls = { &top, "syscalls", 0 };
	int r = begin(compiler, &top, root);
	json_t *value;
	size_t i;

	if (r == 0)
		r = add_map(compiler, &map, json_object_get(root, "archMap"));
	if (r == 0)
		r = add_architectures(compiler, &list, json_object_get(root, "architectures"));
	if (r == 0)
		r = check_flags(compiler, &flags, json_object_get(root, "flags"));
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(root, "syscalls"), i, value)
	{
		const struct place here = { &syscalls, NULL, i };
		r = add_syscalls(compiler, &here, value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The library writes to a descriptor only. */
static int export(scmp_filter_ctx context, struct seccomp_filter *ret_filter)
{
	int fd = memfd_create("seccomp", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
	struct stat stat;

	if (r == 0 && fstat(fd, &stat) < 0)
		r = -errno;
	if (r == 0) {
		size_t size = (size_t)stat.st_size;
		ret_filter->instructions = memory_get(size + 1);
		ret_filter->length = size / sizeof(struct sock_filter);
		if (pread(fd, ret_filter->instructions, size, 0) != (ssize_t)size)
			r = -EIO;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

int seccomp_compile(const char *text, size_t length, const struct seccomp_facts *facts,
	struct seccomp_filter *ret_filter, struct text *problem)
{
	struct compiler compiler = { .facts = facts, .problem = problem };
	json_error_t error;

	*ret_filter = (struct seccomp_filter){ 0 };
	json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		text_format(problem, "%d:%d: %s", error.line, error.column, error.text);
		return -EINVAL;
	}
	int r = compile(&compiler, root);
	if (r == 0)
		r = export(compiler.context, ret_filter);
	if (compiler.context)
		seccomp_release(compiler.context);
	json_decref(root);
	if (r == 0 && ret_filter->length > BPF_MAXINSNS) {
		text_format(problem, "this makes %zu instructions, and the kernel takes %d",
			ret_filter->length, BPF_MAXINSNS);
		r = -EINVAL;
	}
	if (r < 0) {
		free(ret_filter->instructions);
		*ret_filter = (struct seccomp_filter){ 0 };
	}
	return r;
}
