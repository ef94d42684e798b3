/* SPDX-License-Identifier: MIT */
#ifndef BROOD_JOB_H
#define BROOD_JOB_H

/*
 * Running commands. The short way is one call: brood_run(), brood_output(),
 * brood_combined_output(), brood_pipeline(), brood_shell(). The long way:
 *
 *	brood_start()                            the program runs, or several joined by pipes
 *	brood_job_read(), _write(), _signal()    meanwhile
 *	brood_job_wait()                         it has ended, its output is in
 *	brood_job_free()
 *
 * A job of several commands is a pipeline: each one, a stage, reads what the one before it writes.
 * It has one time limit, one context, one way to be stopped, and a status per stage. Instead of
 * brood_job_wait(), brood_job_next() tells what happens as it happens; brood_job_pollfd() is for
 * event loops, <brood/set.h> for many jobs at once.
 *
 * The library has no threads: bytes are moved and limits are kept while somebody is in
 * brood_job_wait(), _next(), _step(), _read() or _write(), or in brood_set_next() for all jobs of a
 * set (the one-call functions wait by themselves). A job that nobody waits for may block on a full
 * pipe, and its time limit does not strike unless it has a guard (see "Trees" below).
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

/** brood_options.flags: the job gets a process group of its own, and signals go to all of it. Its
 * first stage leads the group. */
#define BROOD_NEW_GROUP UINT64_C(1)
/** brood_options.flags: the job gets a session of its own (and with it a group); of several stages
 * each one does, and signals go to all of their groups. */
#define BROOD_NEW_SESSION UINT64_C(2)
/**
 * brood_options.flags: the job's group becomes the foreground group of the controlling terminal
 * before the program runs. Implies BROOD_NEW_GROUP, unless options.group names one. When all of the
 * job has ended, or brood_job_check() finds all of it stopped, the group that was in the foreground
 * before gets the terminal back. The terminal's modes are left alone. Not with BROOD_NEW_SESSION.
 */
#define BROOD_FOREGROUND UINT64_C(4)
/**
 * brood_options.flags: nothing of the job's process tree survives it: no background process, no
 * daemon that left its session. options.tree says by what means, BROOD_ORPHANS_... what becomes of
 * processes that are left when the job's own process has ended by itself. See "Trees" below.
 */
#define BROOD_KILL_TREE UINT64_C(8)
/** brood_options.flags: what is captured (brood_capture(), also in a tee) also goes to result.all,
 * in chunks that say where from and when: see brood_chunk_next(). It keeps as many bytes, heads
 * included, as the captures may keep together; later ones are counted only. */
#define BROOD_TAGGED UINT64_C(16)
/** brood_options.flags: the last stage's status decides. At most one BROOD_VERDICT_ flag. The
 * statuses of stages whose failure does not count say so in `excused`. */
#define BROOD_VERDICT_LAST UINT64_C(32)
/** brood_options.flags: the rightmost stage that failed decides; the default. A stage that was
 * killed by SIGPIPE is excused if the next one, its reader, ended well or was excused itself. */
#define BROOD_VERDICT_RIGHTMOST UINT64_C(64)
/** brood_options.flags: every stage must end well; of those that did not the rightmost decides. */
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

/** A deadline and a way to cancel, shared by jobs; see <brood/context.h>. */
struct brood_context;

/** A command, or several joined by pipes, that runs. */
struct brood_job;

/** How a job is run. */
struct brood_options {
	size_t size;                   /**< sizeof(struct brood_options); BROOD_OPTIONS sets it */
	uint64_t flags;                /**< BROOD_NEW_GROUP, ... */
	brood_duration timeout;        /**< time limit from the start; 0: none; negative: at once */
	struct brood_context *context; /**< stopped when it ends; kept for as long as needed; NULL:
					    none */
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
 * Runs n commands joined by pipes, and waits until all have ended and everything they wrote has
 * been taken in. See brood_start() for what leads where; the bytes between them never pass through
 * the caller.
 *
 * Returns what brood_run() does; 0: the stages that count (BROOD_VERDICT_...) ended well.
 * result->stages has a status for each.
 */
BROOD_API BROOD_MUST_CHECK int brood_pipeline(const struct brood_cmd *cmds, size_t n,
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
 * Starts a job of n commands; they run when this returns. Of several, each one's standard output
 * leads to the next one's standard input: `in` is for the first and `out` for the last of them. An
 * `err` that is brood_merge() goes where that command's output goes. Those that are brood_capture()
 * share one pipe and one capture, with the limit and flags of the first.
 *
 * When it returns 0 each child has passed execve. When it fails there is no child, no zombie, no
 * descriptor and no SIGCHLD of it (but of a cmd.function, whose child is made by fork(3), of
 * a guard, which runs before the job does, and of earlier stages). All that the parent can do is
 * done before the first stage is started; when a later one cannot be, the earlier ones are killed.
 *
 * Returns 0 and sets *ret_job. Otherwise, first failure first:
 *   -E2BIG           a struct's size is 0, or it has fields unknown to this library that are set
 *   BROOD_EMISUSE    unknown flags or kinds, n is 0, no argv and no path, sizes differ
 *   -EINVAL          a field has a value that it cannot have; error.subject names it
 *   -ENOSYS          not built yet: BROOD_TREE_PIDNS with several stages, step NAMESPACE
 *   BROOD_ENOTFOUND, BROOD_EDOT  see brood_lookup()
 *   BROOD_ECANCELED, BROOD_ETIMEOUT  options.context has ended already
 *   -errno           step OPEN, PIPE, CLONE: the parent could not make what is needed;
 *                    GUARD, CGROUP, NAMESPACE: nor what options.tree asks for;
 *                    CHDIR, GROUP, SESSION, DESCRIPTORS, SIGNALS: the child could not, nor at
 *                    the steps of its attributes: see <brood/cmd.h>; TERMINAL: no pseudo-terminal,
 * no controlling terminal (-ENXIO), or the job could not be put in its foreground; at LIMITS
 * error.subject is "RLIMIT_NOFILE" or its like (-EPERM: a hard limit may only be lowered), at
 *                    SCHEDULER "nice" (-EACCES: may only be made larger);
 *                    EXEC: execve refused: -ENOENT (also when the interpreter of a script is
 *                    missing), -EACCES, -ENOEXEC, -E2BIG, ...
 *   -EINTR           step KILLED_EARLY: somebody killed the child before it passed execve
 * With n > 1 error.stage is the one concerned.
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
 * child has ended, options.timeout does not strike any more; brood_job_stop() and the end of its
 * context make it close the pipes at once.
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
 *   BROOD_ETIMEOUT    options.timeout, or its context's deadline, passed and it was stopped
 *   BROOD_ECANCELED   it was stopped by brood_job_stop(), or its context was cancelled
 *   BROOD_ELIMIT      a strict capture was overrun and it was stopped
 *   -EOWNERDEAD       step GUARD: its guard was lost, and it was stopped. os_errno says how:
 *                     EPIPE or ECONNRESET: killed; ETIMEDOUT: stalled; EPROTO: it said what
 *                     cannot be
 *   BROOD_ELOST       someone else reaped it and its status is lost
 *   BROOD_EEXIT       it exited with another code or was killed; result->stages says how. Of
 *                     several stages options.flags say which one decides, for this code and the
 *                     one before; error.stage names it
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

/** brood_event.kind */
#define BROOD_EVENT_CHUNK           1 /**< output of a brood_sink() without a function */
#define BROOD_EVENT_LINE            2 /**< a line of a brood_lines() without a function */
#define BROOD_EVENT_STAGE_ENDED     3 /**< a stage has ended; status says how */
#define BROOD_EVENT_STAGE_STOPPED   4 /**< a stage was stopped by status->signal */
#define BROOD_EVENT_STAGE_CONTINUED 5 /**< a stage that was stopped goes on */
#define BROOD_EVENT_DONE            6 /**< brood_job_wait() returns the result at once */

/** Something that happened to a job. The library writes all of it; 80 bytes, now and later. */
struct brood_event {
	int kind;              /**< BROOD_EVENT_... */
	uint32_t flags;        /**< LINE: BROOD_LINE_... */
	struct brood_job *job; /**< whose it is */
	void *user_data;       /**< as given to brood_set_add(); else NULL */
	size_t stage;          /**< which of its stages; DONE: 0 */
	int fd;                /**< CHUNK, LINE: 1 or 2; else -1 */
	int code;              /**< DONE: what brood_job_wait() will return, but for -ENOMEM */
	const char *data;      /**< CHUNK, LINE: the bytes; a line without its newline */
	size_t length;         /**< how many */
	const struct brood_status *status; /**< STAGE_...: of that stage; else NULL */
	uint64_t reserved[2];              /**< 0 */
};

/**
 * Waits until something has happened to the job and tells it. Like brood_job_wait() it moves the
 * bytes, keeps the limits and goes through the stop steps meanwhile. timeout: BROOD_FOREVER: none;
 * 0 or negative: look once. Everything is told once; DONE is the last, and brood_job_wait() then
 * returns the result without blocking. Pipes that the caller drives stay open until then.
 *
 * Stops and continues are found by brood_job_check(), and told here; with a guard they are found
 * without it.
 *
 * Returns 0 and fills *event. Otherwise:
 *   -ETIME         the timeout passed and nothing has happened
 *   -ENOENT        DONE was told already, or the job was waited for to its end
 *   -EBUSY         another thread waits for this job
 *   -EPERM         a stop step may not signal it; the job goes on
 *   BROOD_EMISUSE  job or event is NULL, the job is another process's, or it is in a set
 * Owns:    event.data and event.status are valid until the next call with this job.
 * Threads: one at a time per job; brood_job_signal(), brood_job_stop() and brood_context_cancel()
 *          may run beside it.
 */
BROOD_API BROOD_MUST_CHECK int brood_job_next(
	struct brood_job *job, brood_duration timeout, struct brood_event *event);

/**
 * Returns a descriptor that is readable whenever brood_job_step() or brood_job_next() has something
 * to do, also because time has passed: for poll(2), epoll(7) or any event loop. It needs three
 * descriptors, made by the first call.
 *
 * Returns it; BROOD_EMISUSE: job is NULL, another process's, in a set, or was waited for to its
 * end; -EBUSY: another thread waits for it; -EMFILE, -ENFILE, -ENOMEM, -ENOSPC: it could not be
 * made.
 * Owns:    it is the job's; do not read from it, close it or add to it.
 */
BROOD_API BROOD_MUST_CHECK int brood_job_pollfd(struct brood_job *job);

/**
 * Does what can be done now, and never blocks: moves bytes, sends stop steps that are due, reaps.
 *
 * Returns 1: the job is over, brood_job_wait() returns its result at once; 0: it goes on.
 * Otherwise -EBUSY, -EPERM, BROOD_EMISUSE as for brood_job_next().
 */
BROOD_API BROOD_MUST_CHECK int brood_job_step(struct brood_job *job);

/**
 * Looks whether stages of the job were stopped or continued by signals, which no descriptor tells:
 * to be called after SIGCHLD. What it finds is told by brood_job_next() or brood_set_next(), and
 * by brood_job_status(). If BROOD_FOREGROUND was asked for and all that is left of the job is
 * stopped, the terminal goes back to the group that had it.
 *
 * Returns 1: something was found; 0: nothing new; -EBUSY: another thread waits for the job;
 * BROOD_EMISUSE: job is NULL or another process's.
 * Like:    waitpid(2) with WUNTRACED | WCONTINUED | WNOHANG, for the job's processes only.
 */
BROOD_API BROOD_MUST_CHECK int brood_job_check(struct brood_job *job);

/**
 * Puts a job into the foreground of the controlling terminal, again or for the first time, and
 * continues it (SIGCONT): the shell's fg. The job must have a group of its own or have joined one.
 * The terminal goes back when the job stops or ends, as with BROOD_FOREGROUND.
 *
 * Returns 0; -EINVAL: it shares the caller's group; -ENXIO: there is no controlling terminal;
 * -ESRCH: nothing of it is left; -EPERM: its group is not of this session; -EBUSY, BROOD_EMISUSE:
 * as for brood_job_check().
 * Signals: SIGTTOU is blocked in the calling thread meanwhile.
 * Like:    tcsetpgrp(3), then killpg(3) with SIGCONT.
 */
BROOD_API BROOD_MUST_CHECK int brood_job_foreground(struct brood_job *job);

/**
 * Tells how a stage is, as far as is known: BROOD_RUNNING, BROOD_STOPPED or how it ended.
 *
 * Returns 0 and fills *ret_status, which begins as BROOD_STATUS_INIT; -E2BIG: its size is 0;
 * -EINVAL: there is no such stage; -EBUSY: another thread waits for the job; BROOD_EMISUSE: job or
 * ret_status is NULL, or the job is another process's.
 */
BROOD_API int brood_job_status(
	struct brood_job *job, size_t stage, struct brood_status *ret_status);

/**
 * Changes the size of the job's brood_tty(); its foreground group gets SIGWINCH.
 *
 * Returns 0; -EBADF: it has none, or that was closed or taken; -EINVAL: 0 or more than 65535;
 * -EBUSY, BROOD_EMISUSE: as for brood_job_check().
 */
BROOD_API int brood_job_resize(struct brood_job *job, unsigned int rows, unsigned int columns);

/**
 * Sends a signal to the job: to its process group if it has one of its own (BROOD_NEW_GROUP,
 * BROOD_NEW_SESSION), else to each of its stages. Never hits a stranger with a reused process id.
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
 * Returns the process id of the first stage (brood_job_status() tells those of others), also after
 * it has ended, when the number may belong to a stranger; BROOD_EMISUSE if job is NULL or belongs
 * to another process.
 */
BROOD_API pid_t brood_job_pid(const struct brood_job *job);

/**
 * Returns the process group that the job was put in: its own or the one it joined; 0 if it shares
 * the caller's; BROOD_EMISUSE if job is NULL or belongs to another process.
 */
BROOD_API pid_t brood_job_group(const struct brood_job *job);

/**
 * Reads from a brood_pipe() or a brood_tty() of the job: fd 1 or 2 of the given stage. Blocks until
 * something is there. Moves the job's other streams and keeps its limits meanwhile.
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
 * Writes to a brood_pipe() or a brood_tty() of the job: fd 0 of stage 0. Blocks until all is
 * written, or until something can be read from another brood_pipe() of the job: then it returns
 * early, so that writing by hand and reading by hand cannot wait for each other for ever. Moves the
 * job's other streams and keeps its limits meanwhile.
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
