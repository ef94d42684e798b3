/* SPDX-License-Identifier: MIT */
#ifndef BENCH_TEAM_H
#define BENCH_TEAM_H

/*
 * A subject of the bench (subject.h) whose work is shared by several processes, which live as long
 * as it does: of n pieces each does its part, at the same time.
 */

/** What a member does: prepares itself, then n pieces of work whenever it is told to. */
struct bench_member {
	void *(*begin)(char **args, const char *folder);
	void (*work)(void *state, long n);
};

/** Serves bench/run: args are N_MEMBERS and what the members get. All of them work in a new folder
    below $BENCH_FOLDER (or the current one), which is removed at the end. Returns what main() is to
    return. */
int bench_serve_team(const struct bench_member *member, char **args);

#endif
