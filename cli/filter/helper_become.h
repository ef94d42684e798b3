/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The program brood is linked statically and cannot load Hyperscan. brood-filter is the same tool,
 * linked dynamically; it lies beside brood in a build folder, in libexec/brood/ when installed.
 */

/* Becomes brood-filter, with this command line. Returns if that is not to be had, or if we are it.
 */
void helper_become(int argc, char **argv);
