/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/print.h"

/* Within the printer: print.c (commands) and print_word.c. */
struct printer {
	struct text *text;
	unsigned indent;
	bool is_inline;   /* all in one line, but for here-documents */
	bool is_short;    /* without here-documents */
	bool is_fresh;    /* a line begins */
	bool after_async; /* the last thing was a & */
	/* Here-documents whose bodies come behind the next newline. */
	const struct redirection **here;
	size_t n_here, here_size;
};

/* Text; at the beginning of a line the indentation before it. */
void printer_put(struct printer *printer, const char *string);
void printer_word(struct printer *printer, const struct word *word);
/* The body of a here-document. */
void printer_here(struct printer *printer, const struct word *word);
/* The commands of $( ). */
void printer_substitution(struct printer *printer, const struct node *body);
