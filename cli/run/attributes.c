/* SPDX-License-Identifier: MIT */
#include "run/attributes.h"

#include "common/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>

int attributes_take_limit(struct attributes *attributes, const char *spelled, const char *value)
{
	struct text problem = { 0 };
	struct limit limit;
	int r = limit_parse(value, &limit, &problem);
	size_t i = 0;

	if (r < 0) {
		message("run: %s: %s", spelled, problem.bytes);
		text_done(&problem);
		return -1;
	}
	/* The last one counts. */
	while (i < attributes->n_wanted && attributes->wanted[i].resource != limit.resource)
		i++;
	attributes->wanted[i] = limit;
	attributes->n_wanted += i == attributes->n_wanted;
	return 0;
}

int attributes_take_nice(struct attributes *attributes, const char *spelled, const char *value)
{
	char *end = NULL;
	long number = strtol(value, &end, 10);
	char first = value[value[0] == '-' || value[0] == '+'];

	if (first < '0' || first > '9' || *end != '\0') {
		message("run: %s: '%s' is not a whole number (accepted: 5, -5; it is added to ours)",
			spelled, value);
		return -1;
	}
	attributes->has_nice = true;
	/* Beyond this it makes no difference: the sum is kept within -20..19. */
	attributes->nice = number < -40 ? -40 : number > 40 ? 40 : (int)number;
	return 0;
}

int attributes_take_umask(struct attributes *attributes, const char *spelled, const char *value)
{
	mode_t now = umask(0);

	umask(now);
	if (limit_parse_umask(value, now, &attributes->umask) < 0) {
		message("run: %s: '%s' is no file mode mask (accepted: 022, u=rwx,g=rx,o=)",
			spelled, value);
		return -1;
	}
	attributes->has_umask = true;
	return 0;
}

/* Fills in what was not given from what holds now. */
static int make_limit(const struct limit *limit, struct brood_rlimit *rlimit)
{
	struct rlimit now;

	if (getrlimit(limit->resource, &now) < 0) {
		message("run: -l: %s: %s", limit_name(limit->resource), message_errno(errno));
		return -1;
	}
	*rlimit = (struct brood_rlimit){
		.resource = limit->resource,
		.soft = limit->has_soft ? limit->soft : now.rlim_cur,
		.hard = limit->has_hard ? limit->hard : now.rlim_max,
	};
	if (rlimit->soft <= rlimit->hard)
		return 0;
	if (!limit->has_soft) {
		rlimit->soft = rlimit->hard;
		return 0;
	}
	char wanted[24];
	if (limit->soft == UINT64_MAX)
		snprintf(wanted, sizeof wanted, "unlimited");
	else
		snprintf(wanted, sizeof wanted, "%llu", (unsigned long long)limit->soft);
	message("run: -l: %s: %s is above the hard limit, which is %llu",
		limit_name(limit->resource), wanted, (unsigned long long)rlimit->hard);
	return -1;
}

static int make_limits(const struct attributes *attributes, struct attributes_made *made)
{
	for (size_t i = 0; i < attributes->n_wanted; i++)
		if (make_limit(&attributes->wanted[i], &made->rlimits[i]) < 0)
			return -1;
	made->limits = (struct brood_limits){
		.size = sizeof made->limits,
		.rlimits = made->rlimits,
		.n_rlimits = attributes->n_wanted,
	};
	if (attributes->has_nice) {
		int sum = getpriority(PRIO_PROCESS, 0) + attributes->nice;
		made->limits.flags |= BROOD_SET_NICE;
		made->limits.nice = sum < -20 ? -20 : sum > 19 ? 19 : sum;
	}
	return 0;
}

int attributes_make(
	const struct attributes *attributes, struct attributes_made *made, struct brood_cmd *cmd)
{
	if (attributes->n_wanted > 0 || attributes->has_nice) {
		if (make_limits(attributes, made) < 0)
			return -1;
		cmd->limits = &made->limits;
	}
	if (attributes->has_umask) {
		made->credentials = (struct brood_credentials){
			.size = sizeof made->credentials,
			.flags = BROOD_SET_UMASK,
			.umask = attributes->umask,
		};
		cmd->credentials = &made->credentials;
	}
	return 0;
}

static const struct limit *find_failed(const struct attributes *attributes, const char *name)
{
	static const char prefix[] = "RLIMIT_";

	if (strncmp(name, prefix, sizeof prefix - 1) != 0)
		return NULL;
	for (size_t i = 0; i < attributes->n_wanted; i++)
		if (strcasecmp(name + sizeof prefix - 1,
			    limit_name(attributes->wanted[i].resource)) == 0)
			return &attributes->wanted[i];
	return NULL;
}

static const char *reason_of(const struct limit *limit)
{
	struct rlimit now;

	if (!limit->has_hard || getrlimit(limit->resource, &now) < 0 || limit->hard <= now.rlim_max)
		return "";
	/* Even the superuser may not go beyond what the system can do. */
	return limit->resource == RLIMIT_NOFILE
		       ? " (above the hard limit, or above fs.nr_open)"
		       : " (above the hard limit, which only the superuser may raise)";
}

bool attributes_explain(
	const struct attributes *attributes, int code, const struct brood_error *error)
{
	if (error->step == BROOD_STEP_SCHEDULER && attributes->has_nice) {
		message("--nice: %s%s", message_errno(-code),
			code == -EACCES || code == -EPERM
				? " (only the superuser may raise a priority)"
				: "");
		return true;
	}
	if (error->step != BROOD_STEP_LIMITS)
		return false;
	const struct limit *limit = find_failed(attributes, error->subject);
	if (!limit)
		return false;
	message("-l %s: %s%s", limit_name(limit->resource), message_errno(-code),
		code == -EPERM ? reason_of(limit) : "");
	return true;
}
