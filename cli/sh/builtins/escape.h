/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/* Backslash sequences of echo and printf. */
enum escape_style {
	ESCAPE_ECHO,  /* \0ddd, \c */
	ESCAPE_FORMAT /* \ddd; \c is nothing special */
};

enum escape_end { ESCAPE_GO_ON, ESCAPE_STOP /* \c: nothing more is to be written at all */ };

/* Writes a text with its sequences carried out. */
enum escape_end escape_output(struct shell *sh, const char *text, enum escape_style style);

/* One sequence: *at is behind the backslash and is moved behind it. Returns the byte, -1 for \c,
   or -2: it is none, and the backslash stands for itself. */
int escape_byte(const char **at, enum escape_style style);
