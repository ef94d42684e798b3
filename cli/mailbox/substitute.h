/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * The text of a message in the words of a command: each {} stands for it, also within a word. What
 * the text holds stays one piece of one word; no shell ever sees it. Decides only.
 */

/* Makes a new list of the words, in one allocation, released with free(). A newline at the end of
   the text is left out. Returns 0; -EILSEQ: a {} is there, and a NUL byte in the text; -E2BIG: no
   program could be given that much. */
int substitute(char *const *argv, const char *text, size_t length, char ***ret_argv);
