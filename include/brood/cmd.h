/* SPDX-License-Identifier: MIT */
#ifndef BROOD_CMD_H
#define BROOD_CMD_H

/*
 * A command: the plain description of one program and of what it gets. Fill one in, hand it to
 * brood_run(), brood_output() or brood_start() (<brood/job.h>). All pointers in it are borrowed
 * until that call has started the program; nothing in it is ever written to.
 *
 *	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("git", "log", "-1"), .dir = repo);
 *
 * In C++17: struct brood_cmd cmd = BROOD_CMD_INIT; cmd.argv = argv; cmd.dir = repo;
 */

#include <brood/base.h>
#include <brood/error.h>
#include <brood/io.h>
#include <sys/select.h> /* sigset_t, in strict C99 too */
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** brood_cmd.flags: the child also gets every descriptor that is not close-on-exec (as in Go). */
#define BROOD_KEEP_FDS UINT64_C(1)
/** brood_cmd.flags: a program found through a relative or empty element of PATH is accepted. */
#define BROOD_LOOKUP_DOT UINT64_C(2)
/** brood_cmd.flags: a file that execve refuses with ENOEXEC is run by /bin/sh (as in execvp). */
#define BROOD_EXEC_SHELL_FALLBACK UINT64_C(4)

/** One more descriptor of the child; 8 bytes, now and later. */
struct brood_fd_map {
	int32_t parent_fd; /**< the caller's descriptor, which stays the caller's; -1: closed */
	int32_t child_fd;  /**< its number in the child: 3 or more, each number once */
};

/** Dispositions and mask of the child. Caught signals are default there in any case. */
struct brood_signals {
	size_t size;     /**< sizeof(struct brood_signals) */
	sigset_t ignore; /**< ignored in the child */
	sigset_t reset;  /**< default in the child, also if the caller ignores them */
	sigset_t mask;   /**< blocked in the child, if has_mask */
	int has_mask;    /**< 0: the mask of the calling thread */
};

/** brood_credentials.flags */
#define BROOD_SET_UID    UINT64_C(1)
#define BROOD_SET_GID    UINT64_C(2)
#define BROOD_SET_GROUPS UINT64_C(4)
#define BROOD_SET_UMASK  UINT64_C(8)

/**
 * Who the child is. Only BROOD_SET_UMASK is built yet: the other flags are refused with -ENOSYS.
 * What it changes is changed in the child alone.
 */
struct brood_credentials {
	size_t size;         /**< sizeof(struct brood_credentials) */
	uint64_t flags;      /**< which of the fields count: BROOD_SET_... */
	uid_t uid;           /**< user id, with BROOD_SET_UID */
	gid_t gid;           /**< group id, with BROOD_SET_GID */
	const gid_t *groups; /**< supplementary groups, with BROOD_SET_GROUPS */
	size_t n_groups;     /**< 0: none */
	mode_t umask;        /**< 0..0777, with BROOD_SET_UMASK */
	uint32_t reserved;   /**< must be 0 */
};

/** One resource limit, as for setrlimit(2); UINT64_MAX: unlimited. 24 bytes, now and later. */
struct brood_rlimit {
	int32_t resource;  /**< RLIMIT_... */
	uint32_t reserved; /**< must be 0 */
	uint64_t soft;     /**< what holds; at most hard */
	uint64_t hard;     /**< up to where the child may raise it */
};

/** brood_limits.flags */
#define BROOD_SET_NICE        UINT64_C(1)
#define BROOD_SET_SCHEDULER   UINT64_C(2)
#define BROOD_SET_IO_PRIORITY UINT64_C(4)
#define BROOD_SET_OOM_SCORE   UINT64_C(8)
#define BROOD_SET_CGROUP_FD   UINT64_C(16)

/**
 * What the child may use. Built are rlimits and BROOD_SET_NICE; the rest is refused with -ENOSYS.
 * They are set in the child alone, before it changes its directory, the limits first; RLIMIT_NOFILE
 * last, so that it does not bind the descriptors that the child is given. A limit that is too small
 * for the program even to be loaded makes the start fail at step EXEC, or the kernel kill it then.
 */
struct brood_limits {
	size_t size;                        /**< sizeof(struct brood_limits) */
	uint64_t flags;                     /**< which of the numbers count: BROOD_SET_... */
	const struct brood_rlimit *rlimits; /**< resource limits, each resource once at most */
	size_t n_rlimits;                   /**< 0: none */
	const unsigned long *affinity;      /**< bit mask of processors; NULL: inherit */
	size_t affinity_size;               /**< bytes at affinity */
	const char *cgroup_path;            /**< directory of a control group; NULL: inherit */
	int32_t cgroup_fd;                  /**< the same as a descriptor */
	int32_t nice;                       /**< -20..19, not added to the caller's */
	int32_t scheduler;                  /**< SCHED_OTHER, ... */
	int32_t scheduler_priority;         /**< for SCHED_FIFO and SCHED_RR */
	int32_t io_priority;                /**< as for ioprio_set(2) */
	int32_t oom_score_adj;              /**< -1000..1000 */
};

/** brood_session.flags */
#define BROOD_SET_CTTY  UINT64_C(1)
#define BROOD_DROP_CTTY UINT64_C(2)
#define BROOD_TRACEME   UINT64_C(4)

/** Terminal and parent. Not built yet: a command that has one is refused with -ENOSYS. */
struct brood_session {
	size_t size;                 /**< sizeof(struct brood_session) */
	uint64_t flags;              /**< BROOD_SET_CTTY, BROOD_DROP_CTTY, BROOD_TRACEME */
	int32_t controlling_fd;      /**< the child's descriptor, with BROOD_SET_CTTY */
	int32_t parent_death_signal; /**< 0: none */
};

/** One line of a uid_map or gid_map. */
struct brood_id_map {
	uint32_t inside;  /**< first id in the namespace */
	uint32_t outside; /**< first id outside of it */
	uint32_t count;   /**< how many */
};

/** brood_sandbox.flags */
#define BROOD_NO_NEW_PRIVS     UINT64_C(1)
#define BROOD_ALLOW_SETGROUPS  UINT64_C(2)
#define BROOD_SET_CAPABILITIES UINT64_C(4)
#define BROOD_SET_LANDLOCK     UINT64_C(8)

/** What the child sees and may do. Not built yet: a command that has one is refused with -ENOSYS.
 */
struct brood_sandbox {
	size_t size;                         /**< sizeof(struct brood_sandbox) */
	uint64_t flags;                      /**< BROOD_NO_NEW_PRIVS, ... */
	const char *root;                    /**< chroot; NULL: none */
	uint64_t clone_flags;                /**< CLONE_NEW... at the start */
	uint64_t unshare_flags;              /**< CLONE_NEW... by the child itself */
	const struct brood_id_map *uid_maps; /**< with CLONE_NEWUSER */
	size_t n_uid_maps;                   /**< 0: none */
	const struct brood_id_map *gid_maps; /**< with CLONE_NEWUSER */
	size_t n_gid_maps;                   /**< 0: none */
	uint64_t capabilities;               /**< bounding, permitted, inheritable: a bit each */
	uint64_t ambient;                    /**< ambient capabilities: a bit each */
	const void *seccomp;                 /**< struct sock_filter array */
	size_t seccomp_length;               /**< entries at seccomp */
	int32_t landlock_fd;                 /**< a ruleset, with BROOD_SET_LANDLOCK */
	uint32_t landlock_flags;             /**< as for landlock_restrict_self(2) */
};

/** One program and what it gets. */
struct brood_cmd {
	size_t size;             /**< sizeof(struct brood_cmd); BROOD_CMD sets it */
	const char *path;        /**< the program, used as it is; NULL: argv[0], looked up */
	char *const *argv;       /**< NULL-terminated, argv[0] included */
	const char *dir;         /**< the child's working directory; NULL: the caller's */
	char *const *env;        /**< whole environment; NULL: the caller's; {NULL}: empty */
	char *const *env_edit;   /**< on top of it: "NAME=value" sets, "NAME" unsets; NULL: none */
	const char *search_path; /**< where argv[0] is looked up; NULL: the caller's PATH */
	struct brood_io in;      /**< standard input; zero: /dev/null */
	struct brood_io out;     /**< standard output; zero: the caller's */
	struct brood_io err;     /**< standard error; zero: the caller's */
	const struct brood_fd_map *fds;      /**< further descriptors; NULL: none */
	size_t n_fds;                        /**< entries at fds */
	uint64_t flags;                      /**< BROOD_KEEP_FDS, ... */
	const uint8_t *ok_codes;             /**< exit codes that count as success; NULL: 0 */
	size_t n_ok_codes;                   /**< entries at ok_codes */
	const struct brood_signals *signals; /**< NULL: as they are */
	const struct brood_credentials *credentials; /**< NULL: the caller's */
	const struct brood_limits *limits;           /**< NULL: the caller's */
	const struct brood_session *session;         /**< NULL: the caller's */
	const struct brood_sandbox *sandbox;         /**< NULL: none */
	int (*function)(void *data); /**< runs in a forked child instead of a program; what it
					  returns is the exit code; stdio is not flushed; in a
					  host with threads it may only call what is
					  async-signal-safe; its environ is env itself, or a copy
					  that lasts */
	void *function_data;         /**< handed to function */
	const char *label;           /**< its name in messages, copied; NULL: argv[0] */
};

/** A NULL-terminated list for argv, env or env_edit: BROOD_ARGV("ls", "-l"). C only. */
#define BROOD_ARGV(...) ((char *const *)(const void *)(const char *const[]){ __VA_ARGS__, NULL })

#ifdef __cplusplus
inline struct brood_cmd brood_cmd_init(void)
{
	struct brood_cmd cmd = {};
	cmd.size = sizeof cmd;
	return cmd;
}
#	define BROOD_CMD_INIT brood_cmd_init()
#else
#	define BROOD_CMD_INIT                           \
		{                                        \
			.size = sizeof(struct brood_cmd) \
		}
/** A command from designated initialisers: BROOD_CMD(.argv = argv, .dir = "/srv"). C only. */
#	define BROOD_CMD(...)                                        \
		{                                                     \
			.size = sizeof(struct brood_cmd), __VA_ARGS__ \
		}
#endif

/**
 * Makes the environment that the child of this command would get now.
 *
 * The source is cmd.env, else the caller's environment; if that is the caller's and cmd.dir is
 * set, PWD becomes its absolute, lexically cleaned path; then cmd.env_edit. Of entries with the
 * same name the last one stays, at its place; entries without '=' stay as they are; empty ones go.
 *
 * Returns 0 and sets *ret_env, a NULL-terminated list in one allocation; or
 *   -E2BIG, BROOD_EMISUSE  cmd.size is wrong
 *   -EINVAL                an entry of cmd.env_edit is empty or begins with '='
 *   -ENOMEM                no memory
 *   -errno of getcwd(3)    cmd.dir is relative and the working directory is gone
 * Owns:    free *ret_env with free(3).
 * Threads: any, unless another one changes the caller's environment.
 * Like:    Go os/exec (*Cmd).Environ.
 */
BROOD_API BROOD_MUST_CHECK int brood_environ(
	const struct brood_cmd *cmd, char ***ret_env, struct brood_error *error);

/**
 * Writes the command line so that a shell can read it back: the arguments, quoted where needed,
 * with one space between them.
 *
 * Returns the length of the whole text; at most size - 1 bytes and a NUL are written to text.
 * A command without argv gives its path; NULL gives "".
 * Like:    Go os/exec (*Cmd).String, but quoted.
 */
BROOD_API size_t brood_cmd_text(const struct brood_cmd *cmd, char *text, size_t size);

/**
 * Splits a text into words as a shell does, but expands nothing: blanks and newlines separate;
 * 'single' and "double" quotes and backslashes quote; a # at the beginning of a word starts a
 * comment. Characters that would mean something to a shell (| & ; < > ( ) $ `) are refused
 * unless they are quoted; in double quotes $ and ` must be escaped. The inverse of
 * brood_cmd_text().
 *
 * Returns the number of words (0 or more) and sets *ret_argv, a NULL-terminated list in one
 * allocation; or
 *   -EINVAL  an open quote, or a character that is refused; error.subject says which and where
 *   -ENOMEM  no memory
 * Owns:    free *ret_argv with free(3).
 */
BROOD_API BROOD_MUST_CHECK int brood_words(
	const char *text, char ***ret_argv, struct brood_error *error);

/**
 * Names a signal as in kill -l, with SIG in front: "SIGTERM", "SIGRTMIN+3".
 *
 * Returns a constant string; NULL for a number that is no signal.
 * Threads: any; async-signal-safe.
 */
BROOD_API const char *brood_signal_name(int number);

/**
 * Finds the number of a signal: "TERM", "SIGTERM", "term", "15", "RTMIN+3", "RTMAX-1".
 *
 * Returns the number (0 for "0" and "EXIT"); -EINVAL for a text that names no signal.
 * Threads: any; async-signal-safe.
 */
BROOD_API int brood_signal_number(const char *name);

#ifdef __cplusplus
}
#endif

#endif
