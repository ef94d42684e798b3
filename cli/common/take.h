/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>

/*
 * Values of options that several tools have. Each returns 0, or -1 after having said what is wrong;
 * tool and spelled, the option as it was written, stand in that message.
 */

/* A time limit; 0 and off: 0, none. */
int take_time_limit(
	const char *tool, const char *spelled, const char *value, brood_duration *ret_limit);

/* How long until KILL; 0 and off: BROOD_FOREVER, never. */
int take_grace(const char *tool, const char *spelled, const char *value, brood_duration *ret_grace);

/* A signal that can be sent, by name or number. */
int take_signal_number(const char *tool, const char *spelled, const char *value, int *ret_number);

/* The number of a descriptor, which need not be open. */
int take_descriptor(const char *tool, const char *spelled, const char *value, int *ret_fd);

/* auto, always or never, for message_set_color(). */
int take_color_choice(const char *tool, const char *spelled, const char *value);
