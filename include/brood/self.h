/* SPDX-License-Identifier: MIT */
#ifndef BROOD_SELF_H
#define BROOD_SELF_H

/*
 * The process that we are: becoming another program, or a new version of this one; what we are; and
 * the PID file that says so.
 *
 *	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("ls", "-l"), .dir = "/srv");
 *	r = brood_exec(&cmd, &error);
 *	fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
 */

#include <brood/base.h>
#include <brood/cmd.h>
#include <brood/error.h>
#include <brood/process.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Replaces this process by the program of a command: the same PID, parent, children and session,
 * and every attribute of the command. It returns only on failure.
 *
 * What can be checked is checked first, and then nothing has been changed: the description, the
 * lookup, the environment, the size of both lists, the descriptors that are named, the directory,
 * the file; last of all the files of in, out and err are opened, which may make or empty them. Then
 * follow the steps that a child takes after it was made, in the same order (ARCHITECTURE.md). If
 * one of them fails, those before it are taken back: descriptors, close-on-exec, dispositions,
 * mask, umask, directory, limits, scheduling. What cannot be taken back (ids, a chroot, a sandbox,
 * ...; a hard limit that was lowered without the privilege to raise it) is told by
 * BROOD_ERROR_CHANGED in error.flags: such a process should say so and exit.
 *
 * cmd.in, out and err: a zero one is the caller's own, standard input too; brood_null(),
 * _inherit(), _fd(), _file() and, for err, brood_merge() are possible. The program gets 0, 1, 2 and
 * what cmd.fds names, nothing else, unless BROOD_KEEP_FDS says so. What belongs to a job (its
 * group, time limit and so on) does not exist here.
 *
 * Attributes mean what they mean for a child, but for a few. A refusal of dir or of the program is
 * not the last word if ids or capabilities change: then the step itself decides. The tracer of
 * BROOD_TRACEME and the parent of parent_death_signal are this process's parent. BROOD_SET_CTTY
 * takes the leader of a session. A leader that does BROOD_DROP_CTTY hangs up its foreground group
 * (SIGHUP), to which it mostly belongs itself. CLONE_NEWUSER in unshare_flags takes a process of
 * one thread: -EINVAL. A filter (seccomp) holds for what is taken back, too, if execve fails.
 *
 * Returns
 *   what brood_start() returns for a command that cannot be started, with the same steps; or
 *   BROOD_EMISUSE  in, out or err need somebody who moves bytes; cmd.function; clone flags in
 *                  cmd.sandbox, which only a new process can have
 *   -E2BIG         the arguments and the environment are larger than the kernel takes
 *   -ETXTBSY       the file was still written to after 127 ms
 * Owns:    nothing: what was allocated is freed on failure.
 * Threads: may be called by any thread; credentials, namespaces and the like are changed for that
 *          one only, and execve ends the others, which run on until then. Do not start threads that
 *          rely on descriptors or dispositions meanwhile.
 * Signals: blocked in the calling thread during the steps. From their beginning on, a signal that
 *          the caller catches and the program will not have blocked does what it would do to the
 *          program: by default it ends it. A handler would swallow it. The mask is the calling
 *          thread's, or that of cmd.signals; pending signals stay pending.
 * Note:    children stay children, of the new program then. Jobs whose trees are to be killed are
 *          stopped by their guards, as when the process ends. A POSIX record lock (fcntl(2), not
 *          flock(2)) on a file is lost with the first descriptor of it that is closed or replaced.
 *          stdio is not flushed, and atexit(3) is not run.
 * Like:    Go syscall.Exec, with lookup, attributes, and descriptors that are closed.
 */
BROOD_API BROOD_MUST_CHECK int brood_exec(const struct brood_cmd *cmd, struct brood_error *error);

/**
 * Executes this program anew: for a launcher that was updated on disk, with the same PID, children
 * and parent. It returns only on failure, and then everything is as it was.
 *
 * path NULL: our own program, as it is on disk now. If we were started by an absolute path (as
 * shells, brood and service managers do), that path: so a file that was replaced, and a link that
 * leads to a new version, are followed. Otherwise, and for a program that came by the #! of a
 * script, it is the file that /proc/self/exe names; if that was replaced by renaming, the new one
 * at the same path. In a process with raised privileges (AT_SECURE), and for a program that never
 * had a path (memfd), it is the very file that runs. path, if given, is used as it is, without
 * lookup.
 *
 * argv NULL: the arguments that we were started with, from /proc/self/cmdline; a program that
 * writes its title over them must give its own. env NULL: the caller's environment as it is now.
 *
 * The descriptors 0, 1, 2 and the n_keep that keep_fds names (in any order, as often as you like)
 * stay open under their numbers, and are not close-on-exec afterwards; all others are closed. How
 * the new program is told which is which is between the two of you: an argument, or a variable of
 * env.
 *
 * Returns
 *   -ENOENT        there is no such file (any more), or no /proc to find it by
 *   -EBADF         a descriptor of keep_fds is not open
 *   -EINVAL        n_keep without keep_fds
 *   what brood_exec() returns for path
 * Threads: as brood_exec().
 * Signals: the mask stays as it is, and pending signals pending; caught ones are default until the
 *          new program has its handlers. To lose none, block them before and let the new program
 *          unblock them when it is ready. In a handler the signal that is handled is blocked, and
 *          would be so for good: set a flag there, and call this from the main loop.
 * Note:    what brood_exec() says of children and locks; a PID file: brood_pid_file_fd(). The new
 *          program reaps the children of the old one, and their pids are all that it can know of
 *          them.
 */
BROOD_API BROOD_MUST_CHECK int brood_reexec(const char *path, char *const *argv, char *const *env,
	const int *keep_fds, size_t n_keep, struct brood_error *error);

/** brood_self_info.flags: what the path leads to is not what runs: it was replaced or removed. */
#define BROOD_SELF_REPLACED 1u
/** brood_self_info.flags: raised privileges: set-uid, set-gid or capabilities of the file
 * (AT_SECURE).
 */
#define BROOD_SELF_SECURE 2u

/** What this process is. Begins as BROOD_SELF_INIT; brood_self_done() frees what it owns. */
struct brood_self_info {
	size_t size;              /**< sizeof(struct brood_self_info) */
	pid_t pid;                /**< process */
	pid_t ppid;               /**< parent; 0: outside of the PID namespace */
	pid_t pgid;               /**< process group */
	pid_t sid;                /**< session */
	pid_t tid;                /**< the calling thread */
	uid_t uid;                /**< real user of the calling thread, as all ids */
	uid_t euid;               /**< effective */
	uid_t suid;               /**< saved */
	uid_t fsuid;              /**< for files */
	gid_t gid;                /**< real group */
	gid_t egid;               /**< effective */
	gid_t sgid;               /**< saved */
	gid_t fsgid;              /**< for files */
	mode_t umask;             /**< (mode_t)-1: there is no /proc to tell */
	uint32_t flags;           /**< BROOD_SELF_... */
	size_t n_groups;          /**< entries at groups */
	gid_t *groups;            /**< supplementary groups */
	char *executable;         /**< path of the program, without " (deleted)"; NULL: none */
	uint64_t start_ticks;     /**< when the process was started: brood_info.start_ticks;
				       UINT64_MAX: there is no /proc to tell */
	uint64_t cap_effective;   /**< capabilities of the calling thread: a bit each */
	uint64_t cap_permitted;   /**< those that it could have */
	uint64_t cap_inheritable; /**< those that a program may get by its file */
	uint64_t cap_bounding;    /**< beyond which no program gets any */
	uint64_t cap_ambient;     /**< those that every program gets */
};

#ifdef __cplusplus
inline struct brood_self_info brood_self_info_init(void)
{
	struct brood_self_info self = {};
	self.size = sizeof self;
	return self;
}
#	define BROOD_SELF_INIT brood_self_info_init()
#else
#	define BROOD_SELF_INIT                                \
		{                                              \
			.size = sizeof(struct brood_self_info) \
		}
#endif

/**
 * Tells what this process is, and changes nothing: the umask is read, not set.
 *
 * Returns 0 and fills *self, which was BROOD_SELF_INIT; one that was filled before is freed first.
 * Otherwise:
 *   -E2BIG, BROOD_EMISUSE  self->size is wrong
 *   -ENOMEM                no memory
 *   -errno of getgroups(2)
 *   BROOD_EMISUSE          self is NULL
 * Owns:    groups and executable are freed by brood_self_done().
 * Threads: any.
 * Like:    Go os.Getpid, Getppid, Getuid, Geteuid, Getgid, Getegid, Getgroups, Executable.
 */
BROOD_API BROOD_MUST_CHECK int brood_self(struct brood_self_info *self, struct brood_error *error);

/**
 * Frees what a brood_self_info owns, and makes it empty again.
 *
 * Returns nothing. NULL, and one that is empty, are fine.
 */
BROOD_API void brood_self_done(struct brood_self_info *self);

/** A PID file that is held by a lock. */
struct brood_pid_file;

/**
 * Makes a PID file, or takes over the one of a process that is gone, and writes "PID\n" to it. For
 * as long as this process lives it holds two locks on it, which the kernel takes back however it
 * ends, by kill -9 too: so a file that nobody holds is stale, whatever stands in it, and of many
 * who try at once one succeeds.
 *
 * The one lock belongs to the open file: a forked child has it as well, until it executes (the
 * descriptor is close-on-exec) or closes it. The other one is the process's, and by it the kernel
 * tells who holds the file: brood_pid_file_read() never believes what stands in it. It is lost when
 * this process closes any other descriptor of the file: so do not open it yourself.
 *
 * The last component of path is never followed if it is a link. The folder should be one in which
 * nobody else may write. Who may read the file can lock it, and keep it from being taken by that:
 * mode 0600 where there are such people. mode 0 means 0644; the umask does not count; a file that
 * is there keeps its own.
 *
 * Returns 0 and sets *ret_file. Otherwise, with *error (step OPEN, subject: the path):
 *   -EBUSY         somebody holds it; *ret_holder is his pid (ret_holder may be NULL); 0: he is in
 *                  another PID namespace, only children of his are left, or he just reads it
 *   -EINVAL        what is there is no regular file: a link, a FIFO, a folder, a device
 *   -EPERM         it is not ours or root's, has a second name, or everybody may write to it
 *   -EISDIR        path ends with a slash, "." or ".."
 *   -ESTALE        it was replaced again and again
 *   -ENOENT, -EACCES, -EROFS, -ENOSPC, -errno of open(2), fcntl(2), write(2)
 *   -ENOMEM
 *   BROOD_EMISUSE  ret_file or path is NULL, path is empty, mode is beyond 0777
 * Owns:    end it with brood_pid_file_remove() or _close().
 * Threads: any; one at a time for each path.
 */
BROOD_API BROOD_MUST_CHECK int brood_pid_file_create(struct brood_pid_file **ret_file,
	const char *path, mode_t mode, pid_t *ret_holder, struct brood_error *error);

/**
 * Goes on holding a PID file after brood_reexec() or brood_exec(), by the descriptor that
 * brood_pid_file_fd() gave before it; it was never let go of meanwhile.
 *
 * Returns 0 and sets *ret_file; fd is close-on-exec again. Otherwise, with *error (step OPEN,
 * subject: the path):
 *   -EBADF         fd is not open for reading and writing
 *   -EINVAL        it is no regular file
 *   -ESTALE        it is not the file at path
 *   -EBUSY         another process has it
 *   what brood_pid_file_create() returns for the folder
 *   BROOD_EMISUSE  ret_file or path is NULL, path is empty, fd is 0, 1, 2 or negative
 * Owns:    fd belongs to *ret_file then; after a failure it is still the caller's.
 */
BROOD_API BROOD_MUST_CHECK int brood_pid_file_adopt(
	struct brood_pid_file **ret_file, const char *path, int fd, struct brood_error *error);

/**
 * Returns its descriptor, for keep_fds of brood_reexec(). It stays the file's: do not close it.
 * BROOD_EMISUSE: file is NULL.
 */
BROOD_API int brood_pid_file_fd(const struct brood_pid_file *file);

/**
 * Makes it the file of the calling process, in a child that was forked with it, and writes its PID:
 * for a program that goes to the background after it has looked whether it may run. The parent must
 * have let go before, by brood_pid_file_close() or by its end.
 *
 * Returns 0. Otherwise, with *error (step OPEN, subject: the name):
 *   -EBUSY         another process still holds it
 *   -ENOSPC, -errno of fcntl(2), write(2)
 *   BROOD_EMISUSE  file is NULL
 */
BROOD_API BROOD_MUST_CHECK int brood_pid_file_update(
	struct brood_pid_file *file, struct brood_error *error);

/**
 * Removes the file, if it is still the one at its path and this process is the one that has
 * created, adopted or updated it, and lets go of it.
 *
 * Returns 1: removed; 0: not, since it is not ours (any more). Otherwise, with *error (step OPEN,
 * subject: the name), having let go of it all the same:
 *   -EACCES, -EROFS, -errno of fstatat(2), unlinkat(2)
 *   BROOD_EMISUSE  file is NULL
 * Owns:    file is freed.
 */
BROOD_API int brood_pid_file_remove(struct brood_pid_file *file, struct brood_error *error);

/**
 * Lets go of the file and leaves it where it is: whoever comes next finds it stale.
 *
 * Returns nothing. NULL is fine.
 * Owns:    file is freed.
 */
BROOD_API void brood_pid_file_close(struct brood_pid_file *file);

/**
 * Tells whether somebody holds a PID file, and who. What stands in it does not count.
 *
 * Returns 1: held, and *ret_pid is by whom; 0 there: by somebody whose number cannot be had: in
 * another PID namespace, only by children of the one who made it, or by one who has opened and
 * closed it himself. 0: nobody holds it, or there is none. Otherwise, with *error (step OPEN,
 * subject: the path):
 *   -EINVAL        what is there is no regular file: a link, too, is not followed
 *   -EACCES, -errno of open(2), fcntl(2), fstatat(2); -ENOMEM
 *   BROOD_EMISUSE  path or ret_pid is NULL, or path is empty
 * Note:    a number may be another process's a moment later: to signal the holder, use
 *          brood_pid_file_process().
 */
BROOD_API BROOD_MUST_CHECK int brood_pid_file_read(
	const char *path, pid_t *ret_pid, struct brood_error *error);

/**
 * Takes hold of the process that holds a PID file: it, and never a stranger that has got its
 * number.
 *
 * Returns 0 and sets *ret_process. Otherwise, with *error:
 *   -ESRCH         nobody holds it
 *   -ENXIO         it is held, but the kernel does not tell by whom
 *   what brood_pid_file_read() and brood_process_open() return
 * Owns:    free *ret_process with brood_process_free().
 */
BROOD_API BROOD_MUST_CHECK int brood_pid_file_process(
	const char *path, struct brood_process **ret_process, struct brood_error *error);

#ifdef __cplusplus
}
#endif

#endif
