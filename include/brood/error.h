/* SPDX-License-Identifier: MIT */
#ifndef BROOD_ERROR_H
#define BROOD_ERROR_H

/*
 * What can go wrong: return codes for control flow, struct brood_error for diagnosis.
 *
 * A call returns 0 or a negative code: either -errno, or one of the codes below, which lie under
 * -4096 so that no -errno collides with them. A call that takes a `struct brood_error *` fills it
 * on failure only; NULL is allowed.
 */

#include <brood/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** It ran, and ended with another exit code or by a signal; the result says how. */
#define BROOD_EEXIT (-4097)
/** No such program on the search path. os_errno is EACCES if one was there but not executable. */
#define BROOD_ENOTFOUND (-4098)
/** The program would come from the current directory through the search path. */
#define BROOD_EDOT (-4099)
/** The job's time limit passed and it was stopped. */
#define BROOD_ETIMEOUT (-4100)
/** The job's context was cancelled, or it was stopped by brood_job_stop(). */
#define BROOD_ECANCELED (-4101)
/** It ended well, but its pipes were still held after the wait delay. */
#define BROOD_EWAITDELAY (-4102)
/** A capture whose limit is an error (BROOD_CAPTURE_STRICT) was overrun. */
#define BROOD_ELIMIT (-4103)
/** Someone else reaped the child and the kernel cannot tell its status any more. */
#define BROOD_ELOST (-4104)
/** Wrong order of calls, unknown flag, bad array stride, a job used in another process. */
#define BROOD_EMISUSE (-4105)
/** The job's own process was stopped by a signal; it goes on when it is continued. */
#define BROOD_ESTOPPED (-4106)

/** The step at which something went wrong; enum brood_step values are never renumbered. */
enum brood_step {
	BROOD_STEP_NONE = 0,
	BROOD_STEP_CONFIG = 1,        /**< the description itself */
	BROOD_STEP_LOOKUP = 2,        /**< finding the program */
	BROOD_STEP_OPEN = 3,          /**< opening a file or /dev/null for the child */
	BROOD_STEP_PIPE = 4,          /**< making a pipe */
	BROOD_STEP_CLONE = 5,         /**< making the process */
	BROOD_STEP_DESCRIPTORS = 6,   /**< putting descriptors in place, in the child */
	BROOD_STEP_SIGNALS = 7,       /**< dispositions and mask, in the child */
	BROOD_STEP_SESSION = 8,       /**< setsid, parent-death signal */
	BROOD_STEP_GROUP = 9,         /**< setpgid */
	BROOD_STEP_TERMINAL = 10,     /**< controlling terminal, foreground group */
	BROOD_STEP_CGROUP = 11,       /**< control group */
	BROOD_STEP_NAMESPACE = 12,    /**< namespaces and id maps */
	BROOD_STEP_CHROOT = 13,       /**< chroot */
	BROOD_STEP_CREDENTIALS = 14,  /**< groups, group, user */
	BROOD_STEP_CAPABILITIES = 15, /**< capabilities */
	BROOD_STEP_LIMITS = 16,       /**< resource limits, oom score */
	BROOD_STEP_SCHEDULER = 17,    /**< nice, scheduler, affinity, I/O priority */
	BROOD_STEP_CHDIR = 18,        /**< chdir */
	BROOD_STEP_SANDBOX = 19,      /**< no_new_privs, landlock, seccomp */
	BROOD_STEP_EXEC = 20,         /**< execve */
	BROOD_STEP_KILLED_EARLY = 21, /**< killed by someone before it could execve */
	BROOD_STEP_PUMP = 22,         /**< moving bytes to or from the child */
	BROOD_STEP_WAIT = 23,         /**< waiting for it */
	BROOD_STEP_SIGNAL = 24,       /**< signalling it */
	BROOD_STEP_GUARD = 25,        /**< the guard of its process tree */
	BROOD_STEP_TRACE = 26         /**< ptrace */
};

/** brood_error.flags: the process was already changed when brood_exec() failed. */
#define BROOD_ERROR_CHANGED 1u

/** What went wrong, at which step, with what. Plain data: copy it, keep it; nothing to free. */
struct brood_error {
	int32_t code;      /**< what was returned; 0: nothing went wrong */
	int32_t os_errno;  /**< the errno behind it, or 0 */
	uint16_t step;     /**< one of enum brood_step */
	uint16_t flags;    /**< BROOD_ERROR_CHANGED */
	int32_t stage;     /**< the stage of the pipeline, or -1 */
	int32_t fd;        /**< the child's descriptor concerned, or -1 */
	char subject[236]; /**< program, path or name concerned; a longer one is cut with "..." */
};

/** A brood_error that says that nothing went wrong. */
#ifdef __cplusplus
inline struct brood_error brood_error_init(void)
{
	struct brood_error error = {};
	error.stage = -1;
	error.fd = -1;
	return error;
}
#	define BROOD_ERROR_INIT brood_error_init()
#else
#	define BROOD_ERROR_INIT              \
		{                             \
			.stage = -1, .fd = -1 \
		}
#endif

/**
 * Names a step in one lower-case word, as it stands in messages: "chdir", "exec", ...
 *
 * Returns a constant string; "unknown" for a number that is no step. Never NULL.
 * Threads: any; async-signal-safe.
 */
BROOD_API const char *brood_step_name(int step);

/**
 * Names a return code: "BROOD_ETIMEOUT", "ENOENT", "OK".
 *
 * Returns a constant string; "unknown" for a number that is no code. Never NULL.
 * Threads: any; async-signal-safe.
 */
BROOD_API const char *brood_code_name(int code);

#ifdef __cplusplus
}
#endif

#endif
