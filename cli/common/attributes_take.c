/* SPDX-License-Identifier: MIT */
/* The values of the options, each into the attributes; what they mean here and now is looked up
   later, by attributes_make(). */
#include "common/attributes.h"

#include "common/message.h"
#include "common/system.h"
#include "common/take.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A text that must not be empty. */
static int take_word(struct attributes *attributes, const char **field, const char *spelled,
	const char *value, const char *what)
{
	if (value[0] == '\0') {
		message("%s: %s: the name of the %s is empty", attributes->tool, spelled, what);
		return -1;
	}
	*field = value;
	return 0;
}

static int refuse(const struct attributes *attributes, const char *spelled, const char *value,
	const char *what, const char *accepted)
{
	message("%s: %s: '%s' is %s (accepted: %s)", attributes->tool, spelled, value, what,
		accepted);
	return -1;
}

/* A parser has written what is wrong. */
static int refuse_for(
	const struct attributes *attributes, const char *spelled, struct text *problem)
{
	message("%s: %s: %s", attributes->tool, spelled, problem->bytes);
	text_done(problem);
	return -1;
}

int attributes_take_user(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_word(attributes, &attributes->user, spelled, value, "user");
}

int attributes_take_group(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_word(attributes, &attributes->group, spelled, value, "group");
}

int attributes_take_groups(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	/* As in --caps=. */
	attributes->groups = value[0] != '\0' ? value : "none";
	(void)spelled;
	return 0;
}

int attributes_take_capabilities(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;
	struct text problem = { 0 };

	if (capabilities_parse(
		    value, system_last_capability(), &attributes->capabilities, &problem) < 0)
		return refuse_for(attributes, spelled, &problem);
	attributes->has_capabilities = true;
	return 0;
}

int attributes_take_nnp(void *config, const char *spelled, const char *value)
{
	(void)spelled;
	(void)value;
	((struct attributes *)config)->no_new_privileges = true;
	return 0;
}

int attributes_take_seccomp(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_word(attributes, &attributes->seccomp, spelled, value, "file");
}

int attributes_take_root(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_word(attributes, &attributes->root, spelled, value, "directory");
}

int attributes_take_namespaces(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;
	struct text problem = { 0 };
	uint64_t flags = 0;

	if (namespaces_parse(value, &flags, &problem) < 0)
		return refuse_for(attributes, spelled, &problem);
	attributes->namespaces |= flags;
	return 0;
}

int attributes_take_map_root(void *config, const char *spelled, const char *value)
{
	(void)spelled;
	(void)value;
	((struct attributes *)config)->maps_root = true;
	return 0;
}

static int take_map(const struct attributes *attributes, const char *spelled, const char *value,
	struct brood_id_map *maps, size_t *n)
{
	if (namespaces_parse_map(value, maps, n) == 0)
		return 0;
	return refuse(attributes, spelled, value, "no map of ids, or one that meets another",
		NAMESPACES_MAP_FORMS);
}

int attributes_take_map_users(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_map(
		attributes, spelled, value, attributes->user_maps, &attributes->n_user_maps);
}

int attributes_take_map_groups(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_map(
		attributes, spelled, value, attributes->group_maps, &attributes->n_group_maps);
}

int attributes_take_limit(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;
	struct text problem = { 0 };
	struct limit limit;
	size_t i = 0;

	if (limit_parse(value, &limit, &problem) < 0)
		return refuse_for(attributes, spelled, &problem);
	/* The last one counts. */
	while (i < attributes->n_wanted && attributes->wanted[i].resource != limit.resource)
		i++;
	attributes->wanted[i] = limit;
	attributes->n_wanted += i == attributes->n_wanted;
	return 0;
}

int attributes_take_nice(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;
	char *end = NULL;
	long number = strtol(value, &end, 10);
	char first = value[value[0] == '-' || value[0] == '+'];

	if (first < '0' || first > '9' || *end != '\0')
		return refuse(attributes, spelled, value, "not a whole number",
			"5, -5; it is added to ours");
	attributes->has_nice = true;
	/* Beyond this it makes no difference: the sum is kept within -20..19. */
	attributes->nice = number < -40 ? -40 : number > 40 ? 40 : (int)number;
	return 0;
}

int attributes_take_policy(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	if (scheduling_parse_policy(value, &attributes->policy, &attributes->priority) < 0)
		return refuse(attributes, spelled, value, "no policy", SCHEDULING_POLICY_FORMS);
	attributes->has_policy = true;
	return 0;
}

int attributes_take_io(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	if (scheduling_parse_io(value, &attributes->io) < 0)
		return refuse(attributes, spelled, value, "no class", SCHEDULING_IO_FORMS);
	attributes->has_io = true;
	return 0;
}

int attributes_take_cpus(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	if (scheduling_parse_cpus(value, attributes->cpus, &attributes->cpus_size) < 0)
		return refuse(
			attributes, spelled, value, "no list of processors", SCHEDULING_CPU_FORMS);
	return 0;
}

int attributes_take_oom(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	if (scheduling_parse_oom(value, &attributes->oom) < 0)
		return refuse(attributes, spelled, value, "not such a number", "-1000 to 1000");
	attributes->has_oom = true;
	return 0;
}

int attributes_take_cgroup(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_word(attributes, &attributes->cgroup, spelled, value, "directory");
}

int attributes_take_death_signal(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;

	return take_signal_number(attributes->tool, spelled, value, &attributes->death_signal);
}

int attributes_take_umask(void *config, const char *spelled, const char *value)
{
	struct attributes *attributes = config;
	mode_t now = umask(0);

	umask(now);
	if (limit_parse_umask(value, now, &attributes->umask) < 0)
		return refuse(
			attributes, spelled, value, "no file mode mask", "022, u=rwx,g=rx,o=");
	attributes->has_umask = true;
	return 0;
}
