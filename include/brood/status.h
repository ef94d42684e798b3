/* SPDX-License-Identifier: MIT */
#ifndef BROOD_STATUS_H
#define BROOD_STATUS_H

/*
 * How processes ended and what they wrote: struct brood_status (one process), struct brood_result
 * (a job), and the sentence for a person, brood_explain().
 */

#include <brood/base.h>
#include <brood/error.h>
#include <sys/resource.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** brood_status.how */
#define BROOD_RUNNING     0 /**< has not ended, as far as is known */
#define BROOD_EXITED      1 /**< called exit; exit_code is valid */
#define BROOD_SIGNALED    2 /**< killed by a signal; signal and core_dumped are valid */
#define BROOD_LOST        3 /**< ended, but nobody can say how */
#define BROOD_NOT_STARTED 4 /**< never became the program */
#define BROOD_STOPPED     5 /**< stopped by a signal; may go on */

/** How one process ended. */
struct brood_status {
	size_t size;        /**< sizeof(struct brood_status); in a result the library sets it */
	pid_t pid;          /**< its process id, 0 if it was not started */
	int how;            /**< BROOD_EXITED, ... */
	int exit_code;      /**< 0..255 if it exited, else -1 */
	int signal;         /**< the signal that killed it, else 0 */
	int core_dumped;    /**< 1 if it left a core dump */
	int excused;        /**< 1 if its failure does not count in the job's verdict */
	int64_t started_ns; /**< CLOCK_MONOTONIC when it was made, in nanoseconds; 0: not started */
	int64_t ended_ns;   /**< CLOCK_MONOTONIC when its end was seen; 0: has not ended */
	struct rusage usage; /**< of it and of the children that it waited for */
};

#ifdef __cplusplus
inline struct brood_status brood_status_init(void)
{
	struct brood_status status = {};
	status.size = sizeof status;
	return status;
}
#	define BROOD_STATUS_INIT brood_status_init()
#else
#	define BROOD_STATUS_INIT                           \
		{                                           \
			.size = sizeof(struct brood_status) \
		}
#endif

/** What a child wrote. data[length] is 0, so text can be used as a C string. */
struct brood_bytes {
	char *data;       /**< owned by the result; NULL if that stream was not captured */
	size_t length;    /**< bytes at data */
	uint64_t total;   /**< all bytes that came */
	uint64_t omitted; /**< those left out; of a capture they lie behind the first (length + 1) /
			     2 bytes, of brood_into() behind the last one */
};

/** brood_result.cause: why the job ended. */
#define BROOD_CAUSE_NONE       0 /**< it has not ended, or never started */
#define BROOD_CAUSE_EXIT       1 /**< it exited by itself */
#define BROOD_CAUSE_SIGNAL     2 /**< killed by a signal that was not ours */
#define BROOD_CAUSE_TIMEOUT    3 /**< stopped: its time limit passed */
#define BROOD_CAUSE_CANCEL     4 /**< stopped: context or brood_job_stop() */
#define BROOD_CAUSE_WAIT_DELAY 5 /**< ended well, but its pipes had to be closed */
#define BROOD_CAUSE_LIMIT      6 /**< stopped: a strict capture was overrun */
#define BROOD_CAUSE_LOST       7 /**< it ended; its status went to someone else */
#define BROOD_CAUSE_GUARD      8 /**< stopped: its guard was killed or stalled */

/** brood_result.notes */
#define BROOD_NOTE_ESCALATED        1u    /**< more than the first stop step was needed */
#define BROOD_NOTE_PIPE_HELD        2u    /**< a pipe was still open after the wait delay */
#define BROOD_NOTE_TRUNCATED        4u    /**< a capture left bytes out */
#define BROOD_NOTE_STATUS_RECOVERED 8u    /**< someone else reaped it; the kernel still knew */
#define BROOD_NOTE_TREE_NOT_EMPTY   16u   /**< processes of its tree may still be alive */
#define BROOD_NOTE_RETRIED_BUSY     32u   /**< execve said ETXTBSY at first */
#define BROOD_NOTE_GUARD_LOST       64u   /**< the guard died or stalled; its work was done by us */
#define BROOD_NOTE_OUT_BORROWED     1024u /**< out.data is the caller's memory (brood_into) */
#define BROOD_NOTE_ERR_BORROWED     2048u /**< err.data is the caller's memory (brood_into) */

/** The head of one chunk in brood_result.all; the bytes follow. 24 bytes, now and later. */
struct brood_chunk {
	int64_t time_ns; /**< CLOCK_MONOTONIC when it was read */
	uint64_t length; /**< bytes that follow; the next chunk begins at a multiple of 8 behind
			    them */
	uint32_t stage;  /**< which stage wrote it; where several share a capture, the first of them
			  */
	uint32_t fd;     /**< 1: standard output, 2: standard error */
};

/** What a process tree has used; with BROOD_KILL_TREE and a guard, else zero. */
struct brood_tree_usage {
	int tier;               /**< BROOD_TREE_...: what looked after the tree; 0: nothing did */
	uint32_t processes;     /**< most that were seen alive at once; 0: not measured */
	struct rusage usage;    /**< of all its processes; ru_maxrss is that of the largest one */
	uint64_t peak_memory;   /**< bytes: most that all had in memory at once, as it was seen; 0:
				   not measured */
	uint64_t read_bytes;    /**< fetched from storage */
	uint64_t written_bytes; /**< sent to storage */
};

/**
 * How a job ended. The caller owns it: begin with BROOD_RESULT_INIT, end with brood_result_done().
 * It may be used for one call after the other; each call that fills it clears it first.
 */
struct brood_result {
	size_t size;            /**< sizeof(struct brood_result); BROOD_RESULT_INIT sets it */
	int code;               /**< what the call returned */
	int cause;              /**< BROOD_CAUSE_... */
	uint32_t notes;         /**< BROOD_NOTE_... */
	uint32_t tree_killed;   /**< processes that outlived their parents and had to be killed */
	struct brood_bytes out; /**< captured standard output of the last stage */
	struct brood_bytes err; /**< captured standard error, of all stages that capture it */
	struct brood_bytes all; /**< with BROOD_TAGGED: chunks for brood_chunk_next() */
	struct brood_status *stages;  /**< owned by the result; one per stage */
	size_t n_stages;              /**< entries at stages */
	char label[64];               /**< what the job is called in messages; cut with "..." */
	struct brood_tree_usage tree; /**< what its process tree has used, with BROOD_KILL_TREE */
};

#ifdef __cplusplus
inline struct brood_result brood_result_init(void)
{
	struct brood_result result = {};
	result.size = sizeof result;
	return result;
}
#	define BROOD_RESULT_INIT brood_result_init()
#else
#	define BROOD_RESULT_INIT                           \
		{                                           \
			.size = sizeof(struct brood_result) \
		}
#endif

/**
 * Releases what a result owns and makes it empty again; its size stays.
 *
 * Returns nothing. NULL and an empty result are fine.
 * Owns:    frees out.data, err.data (unless borrowed by brood_into), all.data and stages.
 * Threads: one at a time per result.
 */
BROOD_API void brood_result_done(struct brood_result *result);

/**
 * Goes through the chunks of a job that ran with BROOD_TAGGED, in the order in which they were
 * read. (Two streams that were both readable at once are read standard output first.)
 *
 *	const struct brood_chunk *chunk = NULL;
 *	const char *bytes;
 *	while ((chunk = brood_chunk_next(&result.all, chunk, &bytes)))
 *		fwrite(bytes, 1, chunk->length, chunk->fd == 2 ? stderr : stdout);
 *
 * previous: NULL for the first one, else what was returned before.
 *
 * Returns the chunk and sets *ret_bytes (if it is not NULL) to its bytes; NULL behind the last one,
 * and when all is NULL, empty or no sequence of chunks.
 * Owns:    what is returned belongs to the result.
 * Threads: any.
 */
BROOD_API const struct brood_chunk *brood_chunk_next(
	const struct brood_bytes *all, const struct brood_chunk *previous, const char **ret_bytes);

/**
 * Says whether a process ended with exit code 0.
 *
 * Returns true for BROOD_EXITED with exit_code 0, else false. NULL gives false.
 * Like:    Go os.ProcessState.Success.
 */
BROOD_API bool brood_status_is_success(const struct brood_status *status);

/**
 * Describes an end in words: "exit code 3", "killed by SIGSEGV (core dumped)", "running".
 *
 * Returns the length of the whole text; at most size - 1 bytes and a NUL are written to text.
 * Like:    Go os.ProcessState.String, with names of signals instead of sentences.
 */
BROOD_API size_t brood_status_text(const struct brood_status *status, char *text, size_t size);

/**
 * Writes one line for a person that says what happened, as in
 * "git: killed by SIGTERM after the time limit of 5s; stderr: cannot connect" or
 * "git: chdir /srv/repo: No such file or directory".
 *
 * code is what a call returned; result and error are those given to the same call, or NULL. Bytes
 * that a terminal would act on are shown as \xNN. Standard error is quoted if it was captured: its
 * last line that is not empty. The text holds no newline and is cut with "..." to fit.
 *
 * Returns text, which is always terminated; "" if size is 0 or text is NULL.
 * Threads: any. Takes no locks and does no I/O; not async-signal-safe.
 */
BROOD_API const char *brood_explain(int code, const struct brood_result *result,
	const struct brood_error *error, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
