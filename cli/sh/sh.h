/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* `brood sh`; and sh(1) through a link of that name. */
extern const struct subcommand sh_subcommand;
int sh_main(int argc, char **argv);
