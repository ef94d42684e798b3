/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/*
 * Standard input as `read` reads it: ahead, in blocks, though nothing may be taken that belongs to
 * the next command. A file is read and sought back; of a pipe a copy is looked at (tee(2)) and what
 * was used is taken out of it; a terminal gives no more than a line; anything else goes byte by
 * byte. reader_settle() is where what was only looked at is given back.
 */
struct reader;

/*
 * The next byte of standard input. Returns it, -1 at the end, -2 on an error or a signal (errno;
 * EINTR: a trap is due).
 */
int reader_byte(struct shell *sh, unsigned char delimiter);

/* What is there of the next bytes up to and with the delimiter, at once: sets *ret_bytes, valid
   until the next call. Returns how many, 0: none are there, ask for a byte. */
size_t reader_run(struct shell *sh, unsigned char delimiter, const char **ret_bytes);

/* Puts standard input where the bytes that were used end. To be called before anything else may
   read it, or it leads elsewhere. Cheap if nothing was read ahead. */
void reader_settle(struct shell *sh);
/* Where the reader keeps that number, as one of its own; NULL: it is not. */
int *reader_fd(const struct shell *sh, int fd);
void reader_free(struct shell *sh);
