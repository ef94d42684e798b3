/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_GUARDED_H
#define TESTS_CONTRACT_GUARDED_H

/*
 * Included before everything else when a file of contract tests is compiled a second time: all that
 * it starts is looked after by a guard then, and nothing that it can see may be different.
 */

#include <brood/brood.h>
#include <string.h>

#define UNDER_GUARD 1

static inline struct brood_options guarded_options(
	const struct brood_cmd *cmds, size_t n, const struct brood_options *given)
{
	struct brood_options options = BROOD_OPTIONS_INIT;
	if (given)
		memcpy(&options, given,
			given->size < sizeof options ? given->size : sizeof options);
	options.size = sizeof options;
	bool are_programs = cmds && n > 0;
	for (size_t i = 0; are_programs && i < n; i++)
		are_programs = cmds[i].size == sizeof *cmds && !cmds[i].function;
	if (are_programs && !(options.flags & BROOD_KILL_TREE)) {
		options.flags |= BROOD_KILL_TREE;
		options.tree = BROOD_TREE_GUARD;
	}
	return options;
}

static inline int guarded_run(const struct brood_cmd *cmd, const struct brood_options *given,
	struct brood_result *result, struct brood_error *error)
{
	struct brood_options options = guarded_options(cmd, 1, given);
	return brood_run(cmd, &options, result, error);
}

static inline int guarded_output(const struct brood_cmd *cmd, const struct brood_options *given,
	struct brood_result *result, struct brood_error *error)
{
	struct brood_options options = guarded_options(cmd, 1, given);
	return brood_output(cmd, &options, result, error);
}

static inline int guarded_combined_output(const struct brood_cmd *cmd,
	const struct brood_options *given, struct brood_result *result, struct brood_error *error)
{
	struct brood_options options = guarded_options(cmd, 1, given);
	return brood_combined_output(cmd, &options, result, error);
}

static inline int guarded_pipeline(const struct brood_cmd *cmds, size_t n,
	const struct brood_options *given, struct brood_result *result, struct brood_error *error)
{
	struct brood_options options = guarded_options(cmds, n, given);
	return brood_pipeline(cmds, n, &options, result, error);
}

static inline int guarded_start(struct brood_job **ret_job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *given, struct brood_error *error)
{
	struct brood_options options = guarded_options(cmds, n, given);
	return brood_start(ret_job, cmds, n, &options, error);
}

#define brood_run             guarded_run
#define brood_output          guarded_output
#define brood_combined_output guarded_combined_output
#define brood_pipeline        guarded_pipeline
#define brood_start           guarded_start

#endif
