/* SPDX-License-Identifier: MIT */
#ifndef BROOD_IO_H
#define BROOD_IO_H

/*
 * Where a child's descriptor leads. A struct brood_io is made by one of the constructors below and
 * put into brood_cmd.in, .out or .err; a zeroed one is the default: standard input from /dev/null,
 * standard output and standard error shared with the caller.
 *
 * What an io points at is borrowed until the job is done or freed.
 */

#include <brood/base.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** brood_io.kind */
#define BROOD_IO_DEFAULT 0u  /**< in: BROOD_IO_NULL; out, err: BROOD_IO_INHERIT */
#define BROOD_IO_NULL    1u  /**< /dev/null */
#define BROOD_IO_INHERIT 2u  /**< the caller's own descriptor of the same number */
#define BROOD_IO_FD      3u  /**< an open descriptor of the caller */
#define BROOD_IO_FILE    4u  /**< a file, opened by the caller's process */
#define BROOD_IO_MEMORY  5u  /**< input from memory */
#define BROOD_IO_SOURCE  6u  /**< input from a function */
#define BROOD_IO_CAPTURE 7u  /**< output into memory that the result owns */
#define BROOD_IO_INTO    8u  /**< output into memory of the caller */
#define BROOD_IO_SINK    9u  /**< output to a function, in chunks */
#define BROOD_IO_LINES   10u /**< output to a function, line by line */
#define BROOD_IO_TEE     11u /**< output to several places */
#define BROOD_IO_MERGE   12u /**< err only: the same pipe as out */
#define BROOD_IO_PIPE    13u /**< a pipe that the caller reads or writes */
#define BROOD_IO_TTY     14u /**< a new pseudo-terminal */

/** brood_file(): wait for the other side when the path is a FIFO. */
#define BROOD_MAY_BLOCK 1u
/** brood_capture(): going over the limit stops the job with BROOD_ELIMIT. */
#define BROOD_CAPTURE_STRICT 2u

/** brood_capture(): no limit. */
#define BROOD_UNLIMITED UINT64_MAX
/** The limit of brood_capture(0, ...): 64 MiB. */
#define BROOD_CAPTURE_DEFAULT ((uint64_t)64 << 20)
/** What brood_output() keeps of an err that was left zero: 32 KiB of its head and of its tail. */
#define BROOD_STDERR_EXCERPT ((uint64_t)64 << 10)

/** Where one descriptor of a child leads; 64 bytes, now and later. */
struct brood_io {
	uint32_t kind;  /**< BROOD_IO_... */
	uint32_t flags; /**< BROOD_MAY_BLOCK, BROOD_CAPTURE_STRICT; others must be 0 */
	int32_t fd;     /**< BROOD_IO_FD: that one. BROOD_IO_SOURCE: see brood_source() */
	uint32_t mode;  /**< BROOD_IO_FILE: permissions of a file that is created; BROOD_IO_TTY:
			     rows and columns, 16 bits each */
	uint64_t limit; /**< size, limit, count or open(2) flags, by kind */
	const void *pointer;  /**< path, memory, function or further ios, by kind */
	void *data;           /**< what is handed to a function; brood_into(): the memory */
	uint64_t reserved[3]; /**< must be 0 */
};

/**
 * Gives the next bytes of standard input: writes up to size bytes to buffer.
 * Returns how many; 0: there are no more; a negative -errno: reading failed, the child sees the
 * end of its input, and the job fails with that code if nothing ranks higher. Called from within
 * the calls that wait, by the thread that waits, and may block it.
 */
typedef int64_t (*brood_source_fn)(void *data, char *buffer, size_t size);

/**
 * Takes a chunk of output; length is never 0. Called by the thread that waits.
 * Returns 0: go on; positive: enough, stop reading, no error; a negative -errno: stop reading, and
 * the job fails with that code if nothing ranks higher. After a stop the child's writes fail with
 * EPIPE.
 */
typedef int (*brood_sink_fn)(void *data, const char *chunk, size_t length);

/** brood_line_fn flags: the line was longer than the longest allowed; its next piece follows. */
#define BROOD_LINE_CUT 1u
/** brood_line_fn flags: this is a further piece of a line whose beginning came before. */
#define BROOD_LINE_CONTINUED 2u
/** brood_line_fn flags: the output ended without a newline behind this line. */
#define BROOD_LINE_UNTERMINATED 4u

/**
 * Takes one line of output, without its newline; not NUL-terminated; it may hold NUL bytes and is
 * valid during the call only. Called by the thread that waits. Returns as brood_sink_fn does.
 */
typedef int (*brood_line_fn)(void *data, const char *line, size_t length, uint32_t flags);

/** The longest line of brood_lines() when 0 is asked for: 1 MiB. */
#define BROOD_LONGEST_LINE ((size_t)1 << 20)

/** Returns an io that leads to /dev/null. */
BROOD_API inline struct brood_io brood_null(void)
{
	struct brood_io io;
	memset(&io, 0, sizeof io);
	io.kind = BROOD_IO_NULL;
	io.fd = -1;
	return io;
}

/** Returns an io that leads where the caller's own descriptor of that number leads. */
BROOD_API inline struct brood_io brood_inherit(void)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_INHERIT;
	return io;
}

/**
 * Returns an io that leads to an open descriptor of the caller, which stays the caller's: it is
 * never closed, and offset and flags are shared with the child. -1: closed in the child.
 */
BROOD_API inline struct brood_io brood_fd(int fd)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_FD;
	io.fd = fd;
	return io;
}

/**
 * Returns an io that leads to a file, opened in the caller's process (a relative path counts from
 * the caller's directory, not from brood_cmd.dir) when the job starts.
 * open_flags are those of open(2); 0 means O_RDONLY for standard input, else
 * O_WRONLY | O_CREAT | O_TRUNC. mode 0 means 0666, less the umask. A FIFO is opened without
 * waiting for its other side (ENXIO for a writer without a reader) unless BROOD_MAY_BLOCK is set
 * in .flags.
 */
BROOD_API inline struct brood_io brood_file(const char *path, int open_flags, unsigned int mode)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_FILE;
	io.pointer = path;
	io.limit = (uint64_t)(unsigned int)open_flags;
	io.mode = mode;
	return io;
}

/** Returns an io for standard input: the child reads these bytes, then the end. */
BROOD_API inline struct brood_io brood_memory(const void *bytes, size_t length)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_MEMORY;
	io.pointer = bytes;
	io.limit = length;
	return io;
}

/** Returns an io for standard input: the child reads the bytes of this string, then the end. */
BROOD_API inline struct brood_io brood_text(const char *string)
{
	return brood_memory(string, string ? strlen(string) : 0);
}

/**
 * Returns an io for standard input: the child reads what the function gives.
 * Set .fd of the returned io to a descriptor to have the function called only when that one is
 * readable (poll(2)), so that waiting for more input never holds up the job's other streams.
 */
BROOD_API inline struct brood_io brood_source(brood_source_fn function, void *data)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_SOURCE;
	memcpy(&io.pointer, &function, sizeof function);
	io.data = data;
	return io;
}

/**
 * Returns an io for output: it is kept in brood_result.out or .err. Of more than limit bytes the
 * first and the last half are kept; totals are exact. limit 0 means BROOD_CAPTURE_DEFAULT;
 * BROOD_UNLIMITED keeps all. flags: 0 or BROOD_CAPTURE_STRICT.
 */
BROOD_API inline struct brood_io brood_capture(uint64_t limit, uint32_t flags)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_CAPTURE;
	io.limit = limit;
	io.flags = flags;
	return io;
}

/**
 * Returns an io for output: its first size - 1 bytes go to the caller's memory, with a NUL behind
 * them; the rest is read, counted and dropped. brood_result.out.data is then that memory. size
 * must not be 0.
 */
BROOD_API inline struct brood_io brood_into(void *memory, size_t size)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_INTO;
	io.data = memory;
	io.limit = size;
	return io;
}

/**
 * Returns an io for output: the function gets it as it comes, in chunks. function NULL: it comes as
 * BROOD_EVENT_CHUNK of brood_job_next() or brood_set_next().
 */
BROOD_API inline struct brood_io brood_sink(brood_sink_fn function, void *data)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_SINK;
	memcpy(&io.pointer, &function, sizeof function);
	io.data = data;
	return io;
}

/**
 * Returns an io for output: the function gets it line by line, in order. A line longer than
 * `longest` bytes (0: BROOD_LONGEST_LINE) comes in pieces marked BROOD_LINE_CUT and
 * BROOD_LINE_CONTINUED. function NULL: the lines come as BROOD_EVENT_LINE of brood_job_next() or
 * brood_set_next().
 */
BROOD_API inline struct brood_io brood_lines(brood_line_fn function, void *data, size_t longest)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_LINES;
	memcpy(&io.pointer, &function, sizeof function);
	io.data = data;
	io.limit = longest;
	return io;
}

/** Returns an io for brood_cmd.err: the pipe, file or descriptor of out, in the child's own order.
 */
BROOD_API inline struct brood_io brood_merge(void)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_MERGE;
	return io;
}

/** Returns an io that is a pipe driven by the caller: brood_job_read(), _write(), _close(),
 * _take_fd(). */
BROOD_API inline struct brood_io brood_pipe(void)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_PIPE;
	return io;
}

/**
 * Returns an io for output that goes to several places: every byte is handed to each of the n
 * branches, in their order. A branch is a brood_capture() (one at most), brood_into(),
 * brood_sink() or brood_lines() with a function, brood_inherit() (of that number), brood_fd() or
 * brood_file(); the last three are written by the thread that waits, which they may hold up. A
 * branch that fails, or has had enough, is left out from then on; reading goes on for the others
 * and ends with the last of them. The first failure is that of the job, if nothing ranks higher.
 * The branches are copied when the job starts.
 */
BROOD_API inline struct brood_io brood_tee(const struct brood_io *branches, size_t n)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_TEE;
	io.pointer = branches;
	io.limit = n;
	return io;
}

/**
 * Returns an io that is a new pseudo-terminal of that size (0: 24 rows, 80 columns), in the state
 * in which the kernel makes it (line by line, with echo). The command must be the only one of its
 * job; it gets a session of its own (BROOD_NEW_SESSION is implied) with this as its controlling
 * terminal. Those of in, out and err that are brood_tty() are one terminal, of the size that the
 * first of them says.
 *
 * As it is, the caller drives it: what is typed goes in by brood_job_write(job, 0, 0, ...), what
 * is shown comes out by brood_job_read(job, 0, 1, ...); brood_job_close() of 0 types the end of
 * file (Ctrl-D), of 1 hangs up; brood_job_take_fd() of 1 hands the terminal's other side over.
 * With .pointer of `in` set to a brood_memory(), brood_text() or brood_source(), the job types that
 * and then the end of file; with .pointer of `out` set to a brood_capture(), _into(), _sink(),
 * _lines() or _tee(), the job takes what is shown. brood_job_resize() changes the size.
 */
BROOD_API inline struct brood_io brood_tty(unsigned int rows, unsigned int columns)
{
	struct brood_io io = brood_null();
	io.kind = BROOD_IO_TTY;
	io.mode = (rows ? rows : 24u) << 16 | ((columns ? columns : 80u) & 0xffffu);
	return io;
}

#ifdef __cplusplus
}
#endif

#endif
