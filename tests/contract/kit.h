/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_KIT_H
#define TESTS_CONTRACT_KIT_H

/*
 * What contract tests need to talk with their children.
 *
 * A line is a pipe whose writing end a child gets as descriptor 3, and with it every descendant
 * that keeps it. Children write a byte to it when they are ready; when all of them are gone it
 * ends.
 *
 *	struct line line = line_open();
 *	const struct brood_fd_map fds[] = { { line.writing, 3 } };
 *	... start with cmd.fds = fds ...
 *	line_started(&line);
 *	line_ready(&line);
 *	... kill ...
 *	line_gone(&line);
 */

#include <brood/brood.h>
#include <sys/types.h>

/* Whether the jobs of this file are looked after by a guard without asking for it: guarded.h. */
#ifndef UNDER_GUARD
#	define UNDER_GUARD 0
#endif

/** The path of a helper of tests/helpers; valid until the next but seven calls. */
char *helper(const char *name);

struct line {
	int reading;
	int writing;
};

struct line line_open(void);

/** Closes our copy of the writing end. */
void line_started(struct line *line);

/** Waits for one byte; fails the test if the line ends before, or after 20 s. Returns the byte. */
int line_ready(const struct line *line);

/** Waits until nobody holds the writing end any more, then closes ours; fails the test after 20 s.
 */
void line_gone(struct line *line);

/** True when nobody holds the writing end any more. Does not wait. */
int line_is_gone(const struct line *line);

/** The arguments of the helper act: see tests/helpers/act.c. */
#define ACT(...) BROOD_ARGV(helper("act"), __VA_ARGS__)

/** A command that writes nothing to our standard output. */
struct brood_cmd quiet(char *const *argv);

/** Runs it to its end with no options. */
int run_quietly(char *const *argv, struct brood_result *result);

/** Makes a folder for this test; remove it with remove_folder(). */
enum { FOLDER_SIZE = 64 };
void make_folder(char folder[FOLDER_SIZE]);
void remove_folder(const char *folder);

/** A child that we talk with: its descriptor 3 is the line, 4 ends when we release it. */
struct scene {
	struct line line;
	struct line control;
	struct brood_fd_map fds[2];
	struct brood_job *job;
	pid_t pid;
};

/** Starts cmd, with fds of its own, and waits until `ready` children have said so. */
void scene_start(
	struct scene *scene, struct brood_cmd cmd, const struct brood_options *options, int ready);

/** Lets descriptor 4 end. May be called from a callback. */
void scene_release(struct scene *scene);

/** Frees the job, if there is one, and waits until every child and grandchild is gone. */
void scene_end(struct scene *scene);

/** Waits until the process has ended and is a zombie of ours. */
void await_zombie(pid_t pid);

/** Waits until the third field of /proc/PID/stat is this letter. */
void await_state(pid_t pid, char state);

/** Waits for the end of a child that the library was left with, and gives it a chance to reap it.
 */
void reap_leftover(pid_t pid);

/** True if tests/faults/denied.sh takes this away: an entry of BROOD_TEST_DENIED begins so. */
int denied(const char *what);

/** Whether a child may be traced: no denial, and the machine's yama.ptrace_scope allows it. */
int may_trace(void);

/** How many times as long as elsewhere everything takes here (BROOD_TEST_SLOW): emulated, or with
 * a sanitizer. */
int slowness(void);

/** Skips the test where threads cannot be made: a filter that refuses clone3 breaks the libc's too.
 */
void need_threads(void);

/** CLOCK_MONOTONIC in nanoseconds. */
int64_t now_ns(void);

#endif
