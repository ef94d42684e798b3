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
 * Who the child is. Real, effective and saved ids are set: first the groups, then the group, then
 * the user, in the new root and before the child changes its directory, so that dir and the program
 * are judged with the new ids. What has no flag stays the caller's: a change of user alone keeps
 * his groups. BROOD_SET_GROUPS with 0 groups drops all, and like every change of groups needs
 * CAP_SETGID; ordinary users leave it out. (With gid_maps that forbid groups, 0 groups need no
 * call.) From root to another user the child loses its capabilities, but for sandbox.ambient.
 *
 * Refused before the start: -EINVAL for (uid_t)-1, (gid_t)-1, more than 65536 groups, groups NULL
 * with n_groups, a umask above 0777. Fails at step CREDENTIALS, with "uid N", "gid N" or "groups"
 * as subject: -EPERM; -EINVAL for an id that the child's user namespace does not map.
 *
 * Such a child never runs in the caller's memory, which would not be dumpable any more: its start
 * costs a copy of the page tables, the more the larger the caller is.
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
 * What the child may use. All is set in the child alone: the control group before everything else,
 * then, in the new root, rlimits, nice, scheduler, affinity and I/O priority, with the caller's
 * ids, before it changes its own and its directory; RLIMIT_NOFILE last, so that it does not bind
 * the descriptors that the child is given. A limit that is too small for the program even to be
 * loaded makes the start fail at step EXEC, or the kernel kill it then.
 *
 * The control group is a directory, by path or by descriptor (which may be an O_PATH one). In one
 * of version 2 the child is born (Linux 5.7; else it goes there itself); one of version 1, and any
 * with BROOD_KILL_TREE or a function, it enters itself, so that for a moment it counts for the
 * caller's. With BROOD_TREE_CGROUP, whose group is the job's own, it is BROOD_EMISUSE.
 *
 * Refused before the start, with the field as subject: -EINVAL for numbers out of range, a priority
 * that does not go with the scheduler, a mask without processors or of more than 8192 bytes;
 * BROOD_EMISUSE for both forms of a control group.
 *
 * Fails at step LIMITS, with "RLIMIT_..." (-EPERM: above the hard one) or "oom_score_adj" (-EACCES:
 * lower than may be; -ENOENT: there is no /proc); at step SCHEDULER, with "nice" (-EACCES: lower
 * than may be), "policy", "io_priority" (-EPERM) or "affinity" (-EINVAL: none of the processors is
 * there); at step CGROUP, with the path or "cgroup_fd": -ENOENT, -ENOTDIR, -EACCES, -EBADF, -EINVAL
 * (it is no control group), -EOPNOTSUPP, -EBUSY (it cannot have processes).
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
	int32_t scheduler;                  /**< SCHED_OTHER, _BATCH, _IDLE, _FIFO or _RR */
	int32_t scheduler_priority;         /**< 1..99 for SCHED_FIFO and SCHED_RR, else 0 */
	int32_t io_priority;                /**< class << 13 | level, as for ioprio_set(2) */
	int32_t oom_score_adj;              /**< -1000..1000 */
};

/** brood_session.flags */
#define BROOD_SET_CTTY  UINT64_C(1)
#define BROOD_DROP_CTTY UINT64_C(2)
#define BROOD_TRACEME   UINT64_C(4)

/**
 * Terminal, parent, tracer.
 *
 * BROOD_SET_CTTY makes a descriptor of the child, by the child's number, its controlling terminal;
 * with CAP_SYS_ADMIN it is taken from the session that has it. It takes BROOD_NEW_SESSION; without:
 * -EPERM, step TERMINAL. (brood_tty() does all that by itself.) BROOD_DROP_CTTY gives up the
 * controlling terminal that the child's 0 leads to, which it has from the caller. Both fail at step
 * TERMINAL with "descriptor N" as subject: -ENOTTY: that is no terminal, or not the controlling
 * one; -EPERM: another session has it. Only one of them is possible, and neither with brood_tty():
 * BROOD_EMISUSE; -EINVAL for a controlling_fd that the child does not have.
 *
 * parent_death_signal comes to the child when **the thread** that has started it ends, not only
 * when the process does: a worker thread that starts it and returns kills it. Start such children
 * from the main thread, or use BROOD_KILL_TREE, which follows the process. If the parent was gone
 * before the child could ask, it sends the signal to itself; one that is born into a PID namespace
 * (clone_flags) cannot see that. execve of a set-user-id program clears it. With a guard
 * (BROOD_KILL_TREE) the parent is the guard, and the signal comes if that is killed; when the
 * caller ends the guard stops the tree by its steps.
 *
 * BROOD_TRACEME: the thread that starts the child is its tracer, right before execve, so that it
 * stops with SIGTRAP when it has become the program, and brood_start() has returned by then. Take
 * that stop with waitpid(2) (__WALL), then it is yours: ptrace(2). The job goes on waiting for the
 * end alone; signals, stop steps and brood_job_free() work as ever. Where nobody could let it go on
 * (brood_run() and the like; a guard) it is BROOD_EMISUSE. Fails at step TRACE.
 */
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

/**
 * What the child sees and may do. What is given is done, or the start fails: nothing is left out.
 *
 * root: the child's root directory (CAP_SYS_CHROOT). Its directory is / in there, or dir, which
 * counts from there, as does the path of the program. A name without a slash is still looked up in
 * the caller's root. Step CHROOT, with the path.
 *
 * clone_flags, unshare_flags: CLONE_NEW... of sched.h, all of them. By the clone the child is born
 * in the namespaces; unshared ones it makes itself, so that a PID namespace (on older kernels, such
 * as 6.1, one for time too) is for its children alone. In a mount namespace that was unshared / is
 * made private, so that nothing it mounts is seen outside. A function cannot have clone_flags. Step
 * NAMESPACE, with "clone_flags" or "unshare_flags": -EPERM; -ENOSPC: too many; -EINVAL: the kernel
 * knows none of that kind; -ENOSYS: CLONE_NEWTIME by the clone takes clone3(2), which a filter may
 * forbid.
 *
 * uid_maps, gid_maps: ids of a user namespace, made in either way: at most 340 lines and 4095 bytes
 * of text. With clone_flags the caller writes them, with his rights, while the child waits; with
 * unshare_flags the child does, which may map its own ids alone. Groups are forbidden in it
 * ("deny") unless BROOD_ALLOW_SETGROUPS is set, which takes CAP_SETGID outside. Step NAMESPACE,
 * with "uid_map", "gid_map", "setgroups" or "/ made private". With BROOD_TREE_PIDNS the clone
 * cannot make user namespaces: BROOD_EMISUSE.
 *
 * capabilities: with BROOD_SET_CAPABILITIES bounding, permitted, effective and inheritable set are
 * just these, which takes CAP_SETPCAP unless the bounding set is so already; what execve makes of
 * them depends on the user: capabilities(7). ambient: these stay with a program, and a function, of
 * any user, also without BROOD_SET_CAPABILITIES; with it they must be among the others (-EINVAL).
 * Step CAPABILITIES, with "capability N": -EPERM: the caller does not have it; -EINVAL: there is
 * none of that number; or with "bounding set without capability N"; or, where securebits forbid it,
 * with "ambient capability N" or "sets".
 *
 * BROOD_NO_NEW_PRIVS: execve gives no rights any more, by set-user-id or otherwise.
 * landlock_fd: with BROOD_SET_LANDLOCK, a ruleset that restricts the child. The program itself and
 * its interpreter are judged by it too. It is not passed to the program.
 * seccomp: a filter, seccomp_length struct sock_filter, 4096 at most. It is the last step, so that
 * it need let through nothing but execve (of a function: write and close); what fails then is told
 * all the same. Both need BROOD_NO_NEW_PRIVS or CAP_SYS_ADMIN: -EPERM and -EACCES otherwise. Step
 * SANDBOX, with "no_new_privs", "landlock", "landlock_fd" or "seccomp"; -ENOSYS, -EOPNOTSUPP: the
 * kernel has none.
 *
 * Refused before the start: unknown flags, and sets or flags whose BROOD_SET_... is missing
 * (BROOD_EMISUSE); maps without a user namespace, a namespace for users twice, lines without ids
 * (-EINVAL).
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
	uint64_t capabilities;               /**< bit n is capability n */
	uint64_t ambient;                    /**< likewise */
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
 * set, PWD becomes its absolute, lexically cleaned path (within sandbox.root, if that is set); then
 * cmd.env_edit. Of entries with the same name the last one stays, at its place; entries without '='
 * stay as they are; empty ones go.
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
