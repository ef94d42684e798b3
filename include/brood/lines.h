/* SPDX-License-Identifier: MIT */
#ifndef BROOD_LINES_H
#define BROOD_LINES_H

/*
 * Reading any descriptor line by line.
 *
 *	struct brood_scanner *scanner;
 *	int r = brood_scanner_new(&scanner, fd, 0);
 *	while (r >= 0 && (r = brood_scanner_next(scanner, &line, &length, NULL)) > 0)
 *		use(line, length);
 *	brood_scanner_free(scanner);
 */

#include <brood/base.h>
#include <brood/io.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Lines of a descriptor. */
struct brood_scanner;

/**
 * Makes a scanner over a descriptor. A line longer than `longest` bytes (0: BROOD_LONGEST_LINE)
 * comes in pieces.
 *
 * Returns 0 and sets *ret_scanner; -EBADF: fd is negative; -ENOMEM: no memory; BROOD_EMISUSE:
 * ret_scanner is NULL.
 * Owns:    free *ret_scanner with brood_scanner_free(). The descriptor stays the caller's; nobody
 *          else should read from it meanwhile, since the scanner reads ahead.
 * Like:    Go bufio.NewScanner with Buffer, but a line that is too long is cut, not refused.
 */
BROOD_API BROOD_MUST_CHECK int brood_scanner_new(
	struct brood_scanner **ret_scanner, int fd, size_t longest);

/**
 * Finds the next line, without its newline; not NUL-terminated, and it may hold NUL bytes. Blocks
 * for as long as the descriptor does.
 *
 * What was read before an error or the end comes first, as a line.
 *
 * Returns 1 and sets *ret_line and *ret_length, and *ret_flags (unless it is NULL) to 0 or to
 * BROOD_LINE_CUT, _CONTINUED and _UNTERMINATED; 0: there are no more. Otherwise:
 *   -EAGAIN        the descriptor does not block and has nothing more now: call again later,
 *                  nothing is lost
 *   -ENOMEM        no memory for a line that long
 *   -errno of read(2)
 *   BROOD_EMISUSE  scanner, ret_line or ret_length is NULL
 * Owns:    the line is the scanner's; it is valid until the next call.
 * Threads: one at a time per scanner.
 * Signals: a read interrupted by a handler is taken up again.
 * Like:    Go bufio.Scanner.Scan with ScanLines, but a carriage return stays.
 */
BROOD_API BROOD_MUST_CHECK int brood_scanner_next(struct brood_scanner *scanner,
	const char **ret_line, size_t *ret_length, uint32_t *ret_flags);

/**
 * Frees a scanner. What it has read ahead is gone.
 *
 * Returns nothing. NULL is fine.
 * Owns:    the descriptor stays open.
 */
BROOD_API void brood_scanner_free(struct brood_scanner *scanner);

#ifdef __cplusplus
}
#endif

#endif
