/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Names and numbers of signals: brood_signal_name() and brood_signal_number(), declared in
 * <brood/cmd.h>.
 */

#include <brood/cmd.h>
