/* SPDX-License-Identifier: MIT */
/* The order and the times of stop steps. Sending is up to the caller. */

#include "process/stopping.h"

#include <signal.h>

/* brood_options.stop NULL. */
static const struct brood_stop default_steps[] = {
	{ .signal = SIGTERM, .grace = 5 * BROOD_SECOND },
	{ .signal = SIGKILL, .grace = BROOD_FOREVER },
};

void brood__stop_begin(struct brood__stop_state *s, brood__instant now)
{
	if (s->begun)
		return;
	if (!s->steps) {
		s->steps = default_steps;
		s->n = sizeof default_steps / sizeof default_steps[0];
	}
	s->begun = true;
	s->next = 0;
	s->due = now;
}

bool brood__stop_due(
	struct brood__stop_state *s, brood__instant now, int *ret_signal, bool *ret_escalated)
{
	if (!s->begun || s->due == BROOD__NEVER || s->due > now)
		return false;
	bool is_last = s->next == s->n;
	*ret_signal = is_last ? SIGKILL : s->steps[s->next].signal;
	*ret_escalated = s->next > 0;
	if (*ret_signal == SIGKILL) {
		s->due = BROOD__NEVER;
		s->next = s->n;
	} else {
		s->due = brood__deadline(now, s->steps[s->next].grace);
		s->next++;
	}
	return true;
}
