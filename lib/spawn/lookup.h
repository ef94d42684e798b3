/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Finding programs: brood_lookup(), declared in <brood/lookup.h>.
 */

#include <brood/lookup.h>
