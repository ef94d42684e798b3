/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/builtins.h"

/* What table.c lists; see `man brood-sh` for each. */
#define BUILTIN(name) \
	int builtin_##name(struct shell *sh, int argc, char **argv, enum control *control)

BUILTIN(alias);
BUILTIN(bg);
BUILTIN(break);
BUILTIN(cd);
BUILTIN(colon);
BUILTIN(command);
BUILTIN(continue);
BUILTIN(dot);
BUILTIN(echo);
BUILTIN(eval);
BUILTIN(exec);
BUILTIN(exit);
BUILTIN(export);
BUILTIN(false);
BUILTIN(fg);
BUILTIN(getopts);
BUILTIN(hash);
BUILTIN(jobs);
BUILTIN(kill);
BUILTIN(local);
BUILTIN(printf);
BUILTIN(pwd);
BUILTIN(read);
BUILTIN(readonly);
BUILTIN(return );
BUILTIN(set);
BUILTIN(shift);
BUILTIN(test);
BUILTIN(times);
BUILTIN(trap);
BUILTIN(true);
BUILTIN(type);
BUILTIN(ulimit);
BUILTIN(umask);
BUILTIN(unalias);
BUILTIN(unset);
BUILTIN(wait);
