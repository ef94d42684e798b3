/* SPDX-License-Identifier: MIT */
#ifndef BROOD_JOB_H
#define BROOD_JOB_H

/*
 * Running commands. The short way is one call: brood_run(), brood_output(),
 * brood_combined_output(), brood_shell(). The long way:
 *
 *	brood_start()                            the program runs
 *	brood_job_read(), _write(), _signal()    meanwhile
 *	brood_job_wait()                         it has ended, its output is in
 *	brood_job_free()
 *
 * The library has no threads: bytes are moved and limits are kept while somebody is in
 * brood_job_wait(), _read() or _write() (the one-call functions wait by themselves). A job that
 * nobody waits for may block on a full pipe, and its time limit does not strike unless it has a
 * guard (see "Trees" below).
 *
 * A job belongs to the process that started it. In a forked child every call on it returns
 * BROOD_EMISUSE, and brood_job_free() releases memory and descriptors only.
 */

#include <brood/base.h>
#include <brood/cmd.h>
#include <brood/error.h>
#include <brood/status.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** brood_options.flags: the job gets a process group of its own, and signals go to all of it. */
#define BROOD_NEW_GROUP UINT64_C(1)
/** brood_options.flags: the job gets a session of its own (and with it a group). */
#define BROOD_NEW_SESSION UINT64_C(2)
/** brood_options.flags: the job's group becomes the terminal's foreground group. Not built yet. */
#define BROOD_FOREGROUND UINT64_C(4)
/**
 * brood_options.flags: nothing of the job's process tree survives it: no background process, no
 * daemon that left its session. options.tree says by what means, BROOD_ORPHANS_... what becomes of
 * processes that are left when the job's own process has ended by itself. See "Trees" below.
 */
#define BROOD_KILL_TREE UINT64_C(8)
/** brood_options.flags: result.all gets tagged and timed chunks. Not built yet. */
#define BROOD_TAGGED UINT64_C(16)
/** brood_options.flags: the last stage's status decides. At most one BROOD_VERDICT_ flag. */
#define BROOD_VERDICT_LAST UINT64_C(32)
/** brood_options.flags: the rightmost stage that failed decides; the default. */
#define BROOD_VERDICT_RIGHTMOST UINT64_C(64)
/** brood_options.flags: every stage must end well. */
#define BROOD_VERDICT_STRICT UINT64_C(128)

/** brood_options.flags, with BROOD_KILL_TREE: what the job's own process leaves behind when it ends
 * by itself is waited for. The time limit holds for it too. Without this flag or the next one it is
 * stopped like the job: by the stop steps. At most one of the two. */
#define BROOD_ORPHANS_WAIT UINT64_C(256)
/** brood_options.flags, with BROOD_KILL_TREE: what the job's own process leaves behind when it ends
 * by itself lives on. A job that is stopped still goes with all it has started. */
#define BROOD_ORPHANS_LEAVE UINT64_C(512)
/**
 * brood_options.flags, with BROOD_KILL_TREE: the caller is a subreaper (prctl(2)
 * PR_SET_CHILD_SUBREAPER), it runs no other job meanwhile, and all children that it has then belong
 * to this one. So if the guard is killed, what it has looked after comes to the caller and is
 * killed there.
 */
#define BROOD_ADOPTED UINT64_C(1024)
/** brood_options.flags, with BROOD_KILL_TREE: result.tree gets the peak memory and the number of
 * processes too, for which the tree is looked at 20 times a second. Not with PIDNS. */
#define BROOD_MEASURE_TREE UINT64_C(2048)
/** brood_options.flags, with BROOD_KILL_TREE and a guard: brood_job_wait() returns BROOD_ESTOPPED
 * when the job's own process was stopped by a signal, so that a caller can stop with it. */
#define BROOD_REPORT_STOPS UINT64_C(4096)

/*
 * Trees. By which means BROOD_KILL_TREE looks after a tree:
 *
 *	AUTO    the guard; where none can be started, and for a cmd.function: the group
 *	GROUP   the job gets a process group of its own (BROOD_NEW_GROUP is implied), which is
 *	        signalled until it is empty; whoever leaves the group escapes
 *	GUARD   a small program of ours becomes the parent of the job and of all its orphans,
 *	        so that nobody can escape. It carries out the time limit and the stop steps,
 *	        also when nobody waits for the job, and when the caller is killed.
 *	        result.tree.usage and the statuses come from it. Work that is handed to another
 *	        daemon is out of its reach, and so are processes that it may not signal
 *	        (set-uid programs of others)
 *	CGROUP  the guard, and a control group of the job's own below the caller's (cgroup v2,
 *	        Linux 5.14), killed as a whole, also what may not be signalled. -EOPNOTSUPP,
 *	        -EACCES, ... where none can be made
 *	PIDNS   the guard as the first process of a PID namespace: the kernel kills all with
 *	        it. The job sees other process ids; without privileges a user namespace is
 *	        needed too. -EOPNOTSUPP, -EPERM, -ENOSPC, ... where none can be made
 */
/** brood_options.tree: how BROOD_KILL_TREE is done; see "Trees" above. */
#define BROOD_TREE_AUTO   0
#define BROOD_TREE_GROUP  1
#define BROOD_TREE_GUARD  2
#define BROOD_TREE_CGROUP 3
#define BROOD_TREE_PIDNS  4

/** One step of stopping a job; 16 bytes, now and later. */
struct brood_stop {
	int32_t signal;       /**< sent to the job */
	uint32_t flags;       /**< must be 0 */
	brood_duration grace; /**< until the next step; after the last one: until SIGKILL */
};

/** A deadline and a way to cancel, shared by jobs. Not built yet. */
struct brood_context;

/** A command that runs. */
struct brood_job;

/** How a job is run. */
struct brood_options {
	size_t size;                   /**< sizeof(struct brood_options); BROOD_OPTIONS sets it */
	uint64_t flags;                /**< BROOD_NEW_GROUP, ... */
	brood_duration timeout;        /**< time limit from the start; 0: none; negative: at once */
	struct brood_context *context; /**< NULL: none; else -ENOSYS, not built yet */
	const struct brood_stop *stop; /**< how it is stopped, copied; NULL: TERM, 5 s, KILL */
	size_t n_stop;                 /**< entries at stop, at most 16 */
	brood_duration wait_delay;     /**< how long its pipes may stay open after its exit; 0: 5 s;
					    negative: not at all; BROOD_FOREVER: as long as they are */
	pid_t group;                   /**< join this process group; 0: as the flags say */
	int tree;                      /**< BROOD_TREE_... */
};

#ifdef __cplusplus
inline struct brood_options brood_options_init(void)
{
	struct brood_options options = {};
	options.size = sizeof options;
	return options;
}
#	define BROOD_OPTIONS_INIT brood_options_init()
#else
#	define BROOD_OPTIONS_INIT                           \
		{                                            \
			.size = sizeof(struct brood_options) \
		}
/** Options from designated initialisers: BROOD_OPTIONS(.timeout = 5 * BROOD_SECOND). C only. */
#	define BROOD_OPTIONS(...)                                        \
		{                                                         \
			.size = sizeof(struct brood_options), __VA_ARGS__ \
		}
#endif

/**
 * Runs a command and waits until it has ended and everything it wrote has been taken in.
 *
 * options, result and error may each be NULL. With result NULL captured output is dropped.
 *
 * Returns 0: it ran and exited with 0 (or one of cmd.ok_codes). Otherwise what brood_start() or
 * brood_job_wait() return, but for -EBUSY and -ETIME. result is filled as far as known in any
 * case: output that came before a failure is kept.
 * Owns:    result is the caller's; see brood_result_done().
 * Threads: any number at once; only the calling thread waits.
 * Signals: never raises SIGPIPE; installs no handler; restores the mask on every path. A SIGCHLD
 *          comes for a program that ran, none for one that could not be started. A handler must
 *          not leave the call by longjmp(3): the child may still read what lies on this stack.
 * Like:    Go os/exec (*Cmd).Run, with BROOD_ETIMEOUT and BROOD_ECANCELED ranking before
 *          BROOD_EEXIT.
 */
BROOD_API BROOD_MUST_CHECK int brood_run(const struct brood_cmd *cmd,
	const struct brood_options *options, struct brood_result *result,
	struct brood_error *error);

/**
 * Runs a command and captures its standard output in result.out, all of it up to 64 MiB unless
 * cmd.out is a capture that says otherwise. If cmd.err is zero, the first and last 32 KiB of
 * standard error are kept in result.err.
 *
 * Returns what brood_run() does, and
 *   BROOD_EMISUSE  cmd.out is neither zero nor a capture
 * Like:    Go os/exec (*Cmd).Output, with a limit.
 */
BROOD_API BROOD_MUST_CHECK int brood_output(const struct brood_cmd *cmd,
	const struct brood_options *options, struct brood_result *result,
	struct brood_error *error);

/**
 * Runs a command and captures standard output and standard error together, in the order in which
 * they were written, in result.out.
 *
 * Returns what brood_run() does, and
 *   BROOD_EMISUSE  cmd.out is neither zero nor a capture, or cmd.err neither zero nor a merge
 * Like:    Go os/exec (*Cmd).CombinedOutput, with a limit.
 */
BROOD_API BROOD_MUST_CHECK int brood_combined_output(const struct brood_cmd *cmd,
	const struct brood_options *options, struct brood_result *result,
	struct brood_error *error);

/**
 * Runs a text by /bin/sh -c, with all three standard streams shared with the caller.
 *
 * The caller's signal dispositions and mask are left alone, so a Ctrl-C on the terminal reaches
 * both. Exit code 127 of the shell means that it did not find a command.
 *
 * Returns what brood_run() does; -EINVAL if text is NULL.
 * Like:    system(3), but errors are told apart, limits hold, and SIGINT, SIGQUIT and SIGCHLD of
 *          the caller stay as they are.
 */
BROOD_API BROOD_MUST_CHECK int brood_shell(const char *text, const struct brood_options *options,
	struct brood_result *result, struct brood_error *error);

/**
 * Starts a job of n commands; they run when this returns. Only n == 1 is built so far.
 *
 * When it returns 0 the child has passed execve. When it fails there is no child, no zombie, no
 * descriptor and no SIGCHLD of it (but of a cmd.function, whose child is made by fork(3), and of
 * a guard, which runs before the job does).
 *
 * Returns 0 and sets *ret_job. Otherwise, first failure first:
 *   -E2BIG           a struct's size is 0, or it has fields unknown to this library that are set
 *   BROOD_EMISUSE    unknown flags or kinds, n is 0, no argv and no path, sizes differ
 *   -EINVAL          a field has a value that it cannot have; error.subject names it
 *   -ENOSYS          not built yet; error.step says what: BROOD_STEP_CONFIG (more than one stage,
 *                    a context), _TERMINAL, _PUMP (tagged, tee), _CREDENTIALS, _LIMITS,
 *                    _SCHEDULER, _CGROUP, _SESSION, _SANDBOX
 *   BROOD_ENOTFOUND, BROOD_EDOT  see brood_lookup()
 *   -errno           step OPEN, PIPE, CLONE: the parent could not make what is needed;
 *                    GUARD, CGROUP, NAMESPACE: nor what options.tree asks for;
 *                    CHDIR, GROUP, SESSION, DESCRIPTORS, SIGNALS, LIMITS, SCHEDULER: the child
 *                    could not; at LIMITS error.subject is "RLIMIT_NOFILE" or its like (-EPERM: a
 *                    hard limit may only be lowered), at SCHEDULER "nice" (-EACCES: may only be
 *                    made larger);
 *                    EXEC: execve refused: -ENOENT (also when the interpreter of a script is
 *                    missing), -EACCES, -ENOEXEC, -E2BIG, ...
 *   -EINTR           step KILLED_EARLY: somebody killed the child before it passed execve
 * Owns:    free *ret_job with brood_job_free() or brood_job_detach(). Descriptions are borrowed
 *          until the return, what a brood_io points at until the job is done or freed.
 * Threads: any number at once. Blocks until execve is done, which a slow file system can delay.
 * Signals: all are blocked in the calling thread while the child is made, and restored on every
 *          path.
 * Like:    Go os/exec (*Cmd).Start.
 */
BROOD_API BROOD_MUST_CHECK int brood_start(struct brood_job **ret_job, const struct brood_cmd *cmds,
	size_t n, const struct brood_options *options, struct brood_error *error);

/**
 * Waits until the job has ended and everything it wrote has been taken in.
 *
 * timeout limits this wait alone: BROOD_FOREVER: none; 0 or negative: look once. With
 * BROOD_FOREVER it first closes a standard input pipe that the caller drives and has not taken,
 * and reads and drops what comes through such an output pipe, so that forgetting one cannot hang.
 * When the child has ended but somebody still holds a pipe that the job reads or writes, waits for
 * options.wait_delay and then closes it; pipes that the caller drives are closed at once. Past
 * options.timeout, or after brood_job_stop(), sends the stop steps one after the other, to a group
 * of the job's own also when its leader has ended meanwhile and others keep a pipe open. Once the
 * child has ended, options.timeout does not strike any more, and brood_job_stop() makes it close
 * the pipes at once.
 *
 * With BROOD_KILL_TREE it also waits until nothing of the tree is left, or has lived through
 * SIGKILL for a second (BROOD_NOTE_TREE_NOT_EMPTY). What the job's own process leaves behind does
 * not change the code, unless it is waited for (BROOD_ORPHANS_WAIT) and options.timeout passes.
 *
 * Returns 0: it exited with 0 (or one of ok_codes). Otherwise the first of these:
 *   -ETIME            the timeout of this wait passed; the job goes on; result is left alone
 *   BROOD_EMISUSE     it was waited for to its end before; or in another process
 *   -EBUSY            another thread waits for this job
 *   BROOD_ESTOPPED    the job's own process was stopped (BROOD_REPORT_STOPS); the job goes on, and
 *                     result is left alone: wait again
 *   BROOD_ETIMEOUT    options.timeout passed and it was stopped
 *   BROOD_ECANCELED   it was stopped by brood_job_stop()
 *   BROOD_ELIMIT      a strict capture was overrun and it was stopped
 *   -EOWNERDEAD       step GUARD: its guard was killed or stalled, and it was stopped
 *   BROOD_ELOST       someone else reaped it and its status is lost
 *   BROOD_EEXIT       it exited with another code or was killed; result->stages[0] says how
 *   -EPERM            a stop step may not signal it (a set-uid child); step SIGNAL; the job goes on
 *   BROOD_EWAITDELAY  it ended well, but a pipe was open after options.wait_delay
 *   -errno            step PUMP: a source, a sink or a pipe failed
 *   -ENOMEM           step PUMP: no memory to capture in; what came before is kept
 * Owns:    result is the caller's and may be NULL; the job is still to be freed.
 * Threads: one at a time per job; brood_job_signal() and brood_job_stop() may run beside it.
 * Signals: never raises SIGPIPE; changes no mask that a caller can see, no disposition.
 * Like:    Go os/exec (*Cmd).Wait with WaitDelay.
 */
BROOD_API BROOD_MUST_CHECK int brood_job_wait(struct brood_job *job, brood_duration timeout,
	struct brood_result *result, struct brood_error *error);

/**
 * Sends a signal to the job: to its process group if it has one of its own (BROOD_NEW_GROUP,
 * BROOD_NEW_SESSION), else to its processes. Never hits a stranger with a reused process id.
 * Signal 0 only asks whether there is somebody. With a guard, SIGKILL goes to all of the tree.
 *
 * Returns 0; -ESRCH: nothing of it is left; -EINVAL: no such signal; -EPERM: not allowed;
 * BROOD_EMISUSE: job is NULL or belongs to another process.
 * Threads: any, also while another one waits; async-signal-safe.
 * Like:    Go os.Process.Signal; a process that has ended and was not waited for can be signalled.
 */
BROOD_API int brood_job_signal(struct brood_job *job, int signal);

/**
 * Begins to stop the job: sends the first of options.stop (SIGTERM by default, then SIGCONT so
 * that a stopped process notices) and wakes the thread that waits, which goes through the rest.
 * Does not wait. A second call changes nothing.
 *
 * Returns 0, also if it has ended already; -EPERM: it may not be signalled; BROOD_EMISUSE: job is
 * NULL or belongs to another process.
 * Threads: any, also while another one waits; async-signal-safe.
 */
BROOD_API int brood_job_stop(struct brood_job *job);

/**
 * Returns the process id of the first stage, also after it has ended, when the number may belong
 * to a stranger; BROOD_EMISUSE if job is NULL or belongs to another process.
 */
BROOD_API pid_t brood_job_pid(const struct brood_job *job);

/**
 * Returns the process group that the job was put in: its own or the one it joined; 0 if it shares
 * the caller's; BROOD_EMISUSE if job is NULL or belongs to another process.
 */
BROOD_API pid_t brood_job_group(const struct brood_job *job);

/**
 * Reads from a brood_pipe() of the job: fd 1 or 2 of the given stage. Blocks until something is
 * there. Moves the job's other streams and keeps its limits meanwhile.
 *
 * Returns how many bytes were read, at least 1 unless size is 0; 0: the end. Otherwise:
 *   -EBADF         that stream is no brood_pipe(), or was closed or taken, or the job is done
 *   -EBUSY         another thread waits for this job
 *   BROOD_EMISUSE  job is NULL or belongs to another process
 *   -errno of read(2)
 * Threads: one at a time per job, brood_job_wait() included.
 */
BROOD_API BROOD_MUST_CHECK ssize_t brood_job_read(
	struct brood_job *job, size_t stage, int fd, void *buffer, size_t size);

/**
 * Writes to a brood_pipe() of the job: fd 0 of stage 0. Blocks until all is written, or until
 * something can be read from another brood_pipe() of the job: then it returns early, so that
 * writing by hand and reading by hand cannot wait for each other for ever. Moves the job's other
 * streams and keeps its limits meanwhile.
 *
 * Returns how many bytes were written. Otherwise, if none were:
 *   -EAGAIN        the pipe is full and there is something to read
 *   -EPIPE         nobody reads it any more; SIGPIPE is never raised
 *   -EBADF, -EBUSY, BROOD_EMISUSE  as for brood_job_read()
 * Threads: one at a time per job, brood_job_wait() included.
 */
BROOD_API BROOD_MUST_CHECK ssize_t brood_job_write(
	struct brood_job *job, size_t stage, int fd, const void *bytes, size_t length);

/**
 * Closes the caller's end of a brood_pipe(): fd 0 makes the child see the end of its input, fd 1
 * or 2 makes its writes fail.
 *
 * Returns 0; -EBADF: that stream is no brood_pipe(), or was closed or taken; -EBUSY,
 * BROOD_EMISUSE: as for brood_job_read().
 */
BROOD_API int brood_job_close(struct brood_job *job, size_t stage, int fd);

/**
 * Hands the caller's end of a brood_pipe() over: a blocking, close-on-exec descriptor. The job
 * forgets it; writing to it can raise SIGPIPE.
 *
 * Returns the descriptor; -EBADF: that stream is no brood_pipe(), or was closed or taken; -EBUSY,
 * BROOD_EMISUSE: as for brood_job_read().
 * Owns:    the descriptor is the caller's to close.
 */
BROOD_API BROOD_MUST_CHECK int brood_job_take_fd(struct brood_job *job, size_t stage, int fd);

/**
 * Lets the job live on without us: closes its pipes, frees the handle, signals nothing. When the
 * process ends, a later call of the library reaps it. With a guard, that goes on keeping the time
 * limit, and stops what the job leaves behind as options.flags say.
 *
 * Returns 0; -EBUSY: another thread waits for it (nothing was done); BROOD_EMISUSE: job is NULL.
 * Owns:    the job is gone, unless it returns an error.
 * Like:    Go os.Process.Release, without the zombie.
 */
BROOD_API int brood_job_detach(struct brood_job *job);

/**
 * Ends and forgets a job. One that still runs gets SIGKILL, with a guard all of its tree does, and
 * at most 100 ms to go; what cannot be killed so fast is reaped by later calls of the library.
 *
 * Returns nothing. NULL is fine. In a forked child it releases memory and descriptors only.
 * Owns:    the job is gone.
 * Threads: none may use the job any more.
 */
BROOD_API void brood_job_free(struct brood_job *job);

#ifdef __cplusplus
}
#endif

#endif
