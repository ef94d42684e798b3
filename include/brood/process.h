/* SPDX-License-Identifier: MIT */
#ifndef BROOD_PROCESS_H
#define BROOD_PROCESS_H

/*
 * Any process, a child or not: signalling it, waiting for its end, looking at it.
 *
 *	brood_process_open(&process, pid, &error);
 *	brood_process_signal(process, SIGTERM);
 *	brood_process_wait(process, 5 * BROOD_SECOND, &status, &error);
 *	brood_process_free(process);
 *
 * A number names a process only until that has ended and was reaped; then it may be given to
 * another one. A struct brood_process holds the process itself, by a pidfd: whatever becomes of the
 * number, nobody else is signalled, waited for or looked at. What cannot be known is whether the
 * number was still that of the process meant when it was opened: a number that was written down (in
 * a PID file, say) should have the start of its process beside it, for
 * brood_process_open_started(). The number of a child of the caller that nobody has waited for is
 * always its own.
 *
 * Where the kernel or a filter refuses pidfds, only children of the caller can be opened, which are
 * then held by not being reaped.
 *
 * To wait for its end in an event loop, watch brood_process_pidfd(): it becomes readable, and stays
 * so, when the process has ended; brood_process_wait() with a timeout of 0 then tells how.
 *
 * A struct brood_process belongs to the process that made it. In a forked child every call on it
 * returns BROOD_EMISUSE, and brood_process_free() releases memory and descriptors only.
 */

#include <brood/base.h>
#include <brood/error.h>
#include <brood/status.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A process that somebody holds. */
struct brood_process;

struct brood_job;

/**
 * Takes hold of the process that has this number now. (Of a stage of a job: brood_job_process();
 * a handle that is opened by its number takes the status from the job.)
 *
 * Returns 0 and sets *ret_process. Otherwise, with *error (step OPEN, subject: the process):
 *   -ESRCH         there is no such process; a thread that is not the first of its process is none
 *   -EINVAL        pid is 0 or negative: those are groups to kill(2), and never one process
 *   -ENOSYS, -EPERM  the kernel, or a filter, refuses pidfds, and it is no child of the caller
 *   -EMFILE, -ENFILE, -ENOMEM, -errno of pidfd_open(2)
 *   BROOD_EMISUSE  ret_process is NULL
 * Owns:    free *ret_process with brood_process_free(). The process goes on whatever is done to the
 *          handle.
 * Threads: any.
 * Like:    Go os.FindProcess, which finds everything and lets the next call fail.
 */
BROOD_API BROOD_MUST_CHECK int brood_process_open(
	struct brood_process **ret_process, pid_t pid, struct brood_error *error);

/**
 * Takes hold of the process that has this number, if it was started at `start_ticks`:
 * brood_info.start_ticks, noted when it was known to be the right one. Together with the
 * number that names one process for as long as the machine is up.
 *
 * Returns what brood_process_open() does, and
 *   -ESRCH         that process is gone; the number may be another one's by now
 *   -EACCES, -ENOENT, -errno  as for brood_process_info(): when it was started cannot be seen
 */
BROOD_API BROOD_MUST_CHECK int brood_process_open_started(struct brood_process **ret_process,
	pid_t pid, uint64_t start_ticks, struct brood_error *error);

/**
 * Takes hold of the process that a pidfd stands for: from clone(2), SO_PEERPIDFD, or another
 * process.
 *
 * Returns 0 and sets *ret_process. Otherwise, with *error (step OPEN):
 *   -EBADF         pidfd is not open
 *   -EINVAL        it is no pidfd, or that of a single thread (PIDFD_THREAD)
 *   -ESRCH         its process was reaped, or is not in this PID namespace: it has no number
 *   -ENOENT        there is no /proc to tell whose it is
 *   -EMFILE, -ENFILE, -ENOMEM
 *   BROOD_EMISUSE  ret_process is NULL
 * Owns:    pidfd stays the caller's; the handle has a copy.
 */
BROOD_API BROOD_MUST_CHECK int brood_process_open_pidfd(
	struct brood_process **ret_process, int pidfd, struct brood_error *error);

/**
 * Takes hold of a stage of a job. Both can be signalled and waited for, in any order and by
 * different threads, and neither takes the status from the other: the job reaps, and the handle is
 * told. It may outlive the job. brood_job_free() and brood_job_detach() do to the process what they
 * always do.
 *
 * With a guard (BROOD_KILL_TREE) the process is a child of that one; before Linux 6.15 its status
 * is known to the handle only if the job was waited for, or if the handle was in time to see it.
 *
 * Returns 0 and sets *ret_process. Otherwise, with *error (step OPEN):
 *   -EINVAL        the job has no such stage
 *   -ESRCH         it was not started
 *   -ENOSYS        the kernel gave no pidfd for it
 *   -EBUSY         another thread waits for the job
 *   -EMFILE, -ENFILE, -ENOMEM
 *   BROOD_EMISUSE  job or ret_process is NULL, or the job is another process's
 * Owns:    free *ret_process with brood_process_free(), before or after the job.
 * Threads: one at a time per job; the handle itself as below.
 * Like:    Go os/exec Cmd.Process.
 */
BROOD_API BROOD_MUST_CHECK int brood_job_process(struct brood_job *job, size_t stage,
	struct brood_process **ret_process, struct brood_error *error);

/**
 * Returns its process id, also after it has ended, when the number may belong to a stranger; -1
 * after brood_process_release(); BROOD_EMISUSE: process is NULL or another process's.
 * Threads: any; async-signal-safe.
 * Like:    Go os.Process.Pid.
 */
BROOD_API pid_t brood_process_pid(const struct brood_process *process);

/**
 * Returns its pidfd: for poll(2), epoll(7) or any event loop, where it becomes readable when the
 * process has ended and stays so, and for setns(2), pidfd_getfd(2), process_madvise(2). -ENOSYS:
 * the kernel refuses pidfds; BROOD_EMISUSE: process is NULL, another process's, or was released.
 * Owns:    it is the handle's, and valid until that is released or freed; do not close it.
 * Threads: any.
 * Like:    Go os.Process.WithHandle.
 */
BROOD_API BROOD_MUST_CHECK int brood_process_pidfd(const struct brood_process *process);

/**
 * Sends a signal to the process, to nobody else: no group, no stranger. Signal 0 only asks whether
 * it is there.
 *
 * A process that has ended and was waited for by nobody (a zombie) can be signalled, without
 * effect.
 *
 * Returns 0; -ESRCH: it has ended; -EPERM: not allowed; -EINVAL: no such signal; -ENOSYS: the
 * kernel cannot do it by a pidfd, and it is no child of the caller; BROOD_EMISUSE: process is NULL,
 * another process's, or was released.
 * Threads: any, also while others wait; async-signal-safe.
 * Like:    Go os.Process.Signal.
 */
BROOD_API int brood_process_signal(struct brood_process *process, int signal);

/**
 * The same to all of the process group that the process leads (its id is that of the group), also
 * when it has ended itself and others of the group go on.
 *
 * Returns what brood_process_signal() does; -ESRCH: it leads no group, or nobody is left in it;
 * -ENOSYS: before Linux 6.9 only for a child of the caller that was not waited for, and not for a
 * stage of a job, which brood_job_signal() is for.
 * Like:    killpg(3), without the danger.
 */
BROOD_API int brood_process_signal_group(struct brood_process *process, int signal);

/**
 * Waits until the process has ended, and tells how. Stops and continues are no end. timeout limits
 * this wait: BROOD_FOREVER: none; 0 or negative: look once.
 *
 * A child of the caller is reaped. Of others the status is seen before their parent reaps them (if
 * they may be looked at), or is what the kernel has kept (Linux 6.15 and later). So is that of a
 * child which somebody else has reaped. A second wait returns the same again.
 *
 * Returns 0 and fills *ret_status, which begins as BROOD_STATUS_INIT, whatever the process ended
 * with; started_ns is 0 but for brood_job_process(), usage is zero but for a child of the caller.
 * Otherwise:
 *   -ETIME         the timeout passed; nothing has changed
 *   BROOD_ELOST    it has ended and nobody can tell how; *ret_status is filled, how is BROOD_LOST
 *   -EDEADLK       it is the caller itself, and timeout is BROOD_FOREVER
 *   -E2BIG         the size of *ret_status is 0
 *   -errno         of ppoll(2)
 *   BROOD_EMISUSE  process is NULL, another process's, or was released
 * Owns:    *ret_status is the caller's and may be NULL.
 * Threads: any number at once: all are told the same. A release by another thread does not end it.
 * Signals: a handler does not end the wait.
 * Time:    without pidfds the end is noticed within 10 ms.
 * Like:    Go os.Process.Wait, for any process.
 */
BROOD_API BROOD_MUST_CHECK int brood_process_wait(struct brood_process *process,
	brood_duration timeout, struct brood_status *ret_status, struct brood_error *error);

/**
 * Lets go of the process, which goes on; a child of the caller becomes a zombie when it ends,
 * unless somebody else waits for it. The handle knows nothing any more: it is only to be freed.
 *
 * Returns 0, also the second time; BROOD_EMISUSE: process is NULL or another process's.
 * Owns:    the pidfd is closed as soon as no call of another thread uses it.
 * Threads: any; async-signal-safe.
 * Like:    Go os.Process.Release.
 */
BROOD_API int brood_process_release(struct brood_process *process);

/**
 * Releases and frees it.
 *
 * Returns nothing. NULL is fine.
 * Threads: none may use it any more.
 */
BROOD_API void brood_process_free(struct brood_process *process);

/** brood_info.state */
#define BROOD_STATE_UNKNOWN  0 /**< a letter that this library does not know */
#define BROOD_STATE_RUNNING  1 /**< runs or waits for a processor (R) */
#define BROOD_STATE_SLEEPING 2 /**< waits for something (S) */
#define BROOD_STATE_WAITING  3 /**< waits and cannot be interrupted: storage, as a rule (D) */
#define BROOD_STATE_STOPPED  4 /**< stopped by a signal (T) */
#define BROOD_STATE_TRACED   5 /**< stopped by its tracer (t) */
#define BROOD_STATE_ZOMBIE   6 /**< has ended, and nobody has waited for it (Z) */
#define BROOD_STATE_DEAD     7 /**< is going away (X) */
#define BROOD_STATE_IDLE     8 /**< a thread of the kernel without work (I) */

/** What a process is and has used. What could not be seen is UINT64_MAX, or -1. */
struct brood_info {
	size_t size;           /**< sizeof(struct brood_info) */
	pid_t pid;             /**< as /proc numbers it: in its PID namespace */
	pid_t ppid;            /**< its parent; 0: none, or one outside of the namespace */
	pid_t pgid;            /**< its process group */
	pid_t sid;             /**< its session */
	uid_t uid;             /**< its real user; (uid_t)-1: not seen, as the next three */
	uid_t euid;            /**< its effective user */
	gid_t gid;             /**< its real group */
	gid_t egid;            /**< its effective group */
	int state;             /**< BROOD_STATE_... */
	int nice;              /**< -20 to 19 */
	uint64_t threads;      /**< how many it has */
	uint64_t start_ticks;  /**< when it was started, as /proc tells it: exact, and with pid its
				  name for brood_process_open_started() */
	int64_t started_ns;    /**< the same on CLOCK_MONOTONIC, to a hundredth of a second;
				  earlier by the time that the machine has slept since */
	int64_t started_at_ns; /**< the same on CLOCK_REALTIME */
	int64_t user_ns;       /**< processor time of its own, all threads */
	int64_t system_ns;     /**< that of the kernel for it */
	uint64_t memory;       /**< bytes in memory (resident) */
	uint64_t peak_memory;  /**< most that it had; of what has ended it is not seen */
	uint64_t virtual_memory; /**< bytes of its address space */
	uint64_t read_bytes;     /**< fetched from storage; seen if we could trace it, as the next
				    three */
	uint64_t written_bytes;  /**< sent to storage */
	uint64_t read_chars;     /**< through read(2) and its like, from anywhere */
	uint64_t written_chars;  /**< through write(2) and its like */
	char name[64]; /**< its command name: 15 bytes of a program's, and what it makes of
			  it; bytes as they are */
};

#ifdef __cplusplus
inline struct brood_info brood_info_init(void)
{
	struct brood_info info = {};
	info.size = sizeof info;
	return info;
}
#	define BROOD_INFO_INIT brood_info_init()
#else
#	define BROOD_INFO_INIT                           \
		{                                         \
			.size = sizeof(struct brood_info) \
		}
#endif

/**
 * Tells what the process is and has used, from /proc; a zombie too. It is the process that was
 * opened, also if its number has become another one's meanwhile.
 *
 * Returns 0 and fills *ret_info, which begins as BROOD_INFO_INIT. Otherwise, with *error
 * (step OPEN, subject: the file):
 *   -ESRCH         it has ended and was reaped
 *   -EACCES        /proc does not show it to us (hidepid)
 *   -ENOENT        there is no /proc, or it is that of another PID namespace
 *   -EPROTO        /proc says what makes no sense
 *   -E2BIG         the size of *ret_info is 0
 *   -EMFILE, -ENFILE, -ENOMEM, -errno of open(2), read(2)
 *   BROOD_EMISUSE  process or ret_info is NULL, or process is another process's, or was released
 * Threads: any.
 */
BROOD_API BROOD_MUST_CHECK int brood_process_info(
	struct brood_process *process, struct brood_info *ret_info, struct brood_error *error);

/**
 * Reads its arguments, each ended by a NUL, argv[0] first. A process can write over its own.
 *
 * Returns their length in bytes, the last NUL included; at most size bytes are written to buffer.
 * 0: it has none, as threads of the kernel and what has ended. Otherwise what brood_process_info()
 * does. For a moment behind brood_start() the kernel is still loading the program: until then there
 * are none, or our own, and the same is true of its path and its memory.
 * Threads: any.
 */
BROOD_API BROOD_MUST_CHECK ssize_t brood_process_arguments(
	struct brood_process *process, char *buffer, size_t size, struct brood_error *error);

/**
 * Reads the path of the program that it executes; with " (deleted)" behind it if the file was
 * removed or replaced.
 *
 * Returns the length of the path; at most size - 1 bytes and a NUL are written to buffer. Otherwise
 * what brood_process_info() does, and
 *   -EACCES        we could not trace it, and may not know
 *   -ENOEXEC       it has none: it has ended, or is a thread of the kernel
 * Threads: any.
 */
BROOD_API BROOD_MUST_CHECK ssize_t brood_process_path(
	struct brood_process *process, char *buffer, size_t size, struct brood_error *error);

/**
 * Finds its children. They come and go: before one is signalled, open it, and see that its
 * brood_info.ppid is still this process.
 *
 * Returns how many it has; the first n of their ids are written to pids. Otherwise what
 * brood_process_info() does.
 * Threads: any.
 */
BROOD_API BROOD_MUST_CHECK ssize_t brood_process_children(
	struct brood_process *process, pid_t *pids, size_t n, struct brood_error *error);

#ifdef __cplusplus
}
#endif

#endif
