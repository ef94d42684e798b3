/* SPDX-License-Identifier: MIT */
#include "exec/plan.h"

static bool is_needed(const struct exec_config *config, enum exec_step step)
{
	switch (step) {
	case EXEC_SECRETS:
		return config->secret_files || config->n_secrets > 0;
	case EXEC_WAIT:
		return config->n_waits > 0;
	case EXEC_RENDER:
		return config->n_renders > 0;
	case EXEC_PARTS:
		return config->n_parts > 0;
	case EXEC_ENVIRONMENT:
	case EXEC_ATTRIBUTES:
	case EXEC_PROGRAM:
		return true;
	case EXEC_N_STEPS:
		break;
	}
	return false;
}

size_t exec_plan(const struct exec_config *config, enum exec_step steps[EXEC_N_STEPS])
{
	size_t n = 0;

	for (enum exec_step step = EXEC_ENVIRONMENT; step < EXEC_N_STEPS; step++)
		if (is_needed(config, step))
			steps[n++] = step;
	return n;
}

const char *exec_step_name(enum exec_step step)
{
	static const char *const names[] = { "environment", "secret", "wait", "render", "run-parts",
		"attributes", "program" };

	return step < EXEC_N_STEPS ? names[step] : "";
}
