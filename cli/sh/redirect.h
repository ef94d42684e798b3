/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

#include <brood/cmd.h>

/*
 * Redirections. Of a program that is started they are a plan, carried out in its process; of
 * built-ins, functions and compound commands they change the shell's own descriptors, which are put
 * back afterwards. The shell's own files live at high numbers, close-on-exec: what is close-on-exec
 * is never the user's.
 */

/* ---- for the shell itself ---- */

struct saved_fd {
	int fd;      /* which was changed */
	int saved;   /* where it is kept; -1: it was closed */
	bool is_own; /* it was no user's */
};

struct saved_fds {
	struct saved_fd *items; /* in sh->scratch */
	size_t n, size;
	struct capture *capture; /* what sh->out.capture was */
	bool is_linked;
	struct saved_fds *outer; /* of the command around it */
};

/* A word of it could not be expanded: the caller returns shell_abort(sh). */
#define REDIRECT_FATAL (-2)
/* Nothing was done, since opening a FIFO would block. */
#define REDIRECT_BLOCKS 1

/* Carries them out in order; *saved can be put back whatever is returned: 0, or -1 after having
   said what is wrong (the status of the command is 1 then), or REDIRECT_FATAL. is_lasting: for
   `exec`, nothing is saved. Flushes what built-ins have written before. */
int redirect_begin(
	struct shell *sh, const struct redirection *list, bool is_lasting, struct saved_fds *saved);
void redirect_end(struct shell *sh, struct saved_fds *saved);
/* Where the descriptor leads that was standard error before. */
int redirect_old_stderr(const struct saved_fds *saved);

/* ---- for a program ---- */

/* What leads where in the child: `fds` of the child and descriptors of ours. */
struct redirect_plan {
	int base[3];              /* where 0, 1, 2 lead before: a pipeline's pipes; -1: closed */
	bool must_not_block;      /* a FIFO is not opened: REDIRECT_BLOCKS */
	struct brood_fd_map *map; /* child_fd <- parent_fd, each child_fd once; in sh->scratch */
	size_t n, size;
	int *opened; /* what was opened for it: closed by redirect_plan_done() */
	size_t n_opened, opened_size;
};

/* Nothing is redirected: 0, 1 and 2 are the shell's own. */
void redirect_plan_init(struct redirect_plan *plan);
/* Opens what is needed, in order. Returns as redirect_begin() does, or REDIRECT_BLOCKS. To be
   called after redirect_plan_init(); whatever is returned, redirect_plan_done() is the caller's. */
int redirect_plan(struct shell *sh, const struct redirection *list, struct redirect_plan *plan);
void redirect_plan_done(struct redirect_plan *plan);
/* Puts it into a command: in, out, err and fds; flags get BROOD_KEEP_FDS. The plan must live until
   the command is started. */
void redirect_plan_apply(struct redirect_plan *plan, struct brood_cmd *cmd);

/* ---- redirect_open.c: one redirection ---- */

enum redirect_what { REDIRECT_FILE, REDIRECT_COPY, REDIRECT_CLOSE };

struct redirect_target {
	enum redirect_what what;
	int fd; /* FILE: newly opened, the caller's, 3 or more; COPY: the number that was written */
};

/* Expands the word and opens the file. Returns 0; -1 after having said what is wrong;
   REDIRECT_FATAL, REDIRECT_BLOCKS. */
int redirect_resolve(struct shell *sh, const struct redirection *redirection, bool must_not_block,
	struct redirect_target *ret_target);

/* A descriptor that reads these bytes: a pipe if they fit into one, else a file in memory. Returns
   it (3 or above, close-on-exec) or -errno. */
int here_document_fd(const char *bytes, size_t length);

/* ---- redirect_fds.c: whose descriptors are whose ---- */

/* The same file again at a high number, close-on-exec. Returns it, or -errno. */
int fd_keep(int fd);
/* Moves a descriptor to a high number, close-on-exec. Returns it, or -errno; closes the old one. */
int fd_move_high(int fd);
/* A file to be read as a script, moved likewise. Returns it or -errno: EISDIR for a directory. */
int fd_open_text(const char *path);
/* Open, and not one of the shell's own. */
bool fd_is_users(int fd);
/* The same, and open for what is wanted: REDIRECTION_COPY_IN reads, REDIRECTION_COPY_OUT writes.
   The standard streams are taken for either. */
bool fd_is_fit(int fd, enum redirection_kind kind);
/* The same of one that may be the shell's own; number: what the command calls it. */
bool fd_is_open_for(int fd, int number, enum redirection_kind kind);
/* Moves what the shell itself keeps at a number that the user wants. Returns 0; 1: that is not the
   shell's to move; -errno. */
int fd_vacate(struct shell *sh, int fd);
/* One of those that keep a number free. */
bool fd_is_placeholder(int fd);
/* Makes sure that what is opened from now on, by the library too, is 20 or above: to be called
   before something stays open while the user's commands run (a job in the background). Where so
   few descriptors are allowed that none would be left, it does nothing. */
void fd_reserve(struct shell *sh);
/* Closes one of the user's. */
void fd_close_users(struct shell *sh, int fd);
/* pipe2(2), close-on-exec, none of the ends below 3. Returns 0 or -errno. */
int fd_pipe(int *ret_read_end, int *ret_write_end);
