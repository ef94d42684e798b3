/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <brood/mailbox.h>
#include <stdint.h>

/*
 * Messages of a mailbox in words, for tables and for programs. Decides only.
 */

/* What BROOD_MESSAGE_... are called, "ready", in their order; the last one is NULL. */
extern const char *const show_states[];

/* "?" for a number that is no state. */
const char *show_state(int state);

#define SHOW_AGE_SIZE 24

/* A length of time in one unit: "12s", "5m", "3h", "2d"; below a second "0s". Returns text. */
const char *show_age(int64_t nanoseconds, char text[SHOW_AGE_SIZE]);

/* What a message is, in about `most` columns and on one line that a terminal can stand: a command
   as a shell would read it, else its text; what was left out is "...". */
void show_what(struct text *text, const struct brood_message *message, size_t most);

/* The whole of it as text: a command as a shell would read it, else the data. */
void show_text(struct text *text, const struct brood_message *message);

/* The head of the table and one line of it; columns: of the terminal, 0: as many as are needed. In
   a narrow one age and worker are left out. now: CLOCK_REALTIME in nanoseconds. */
void show_table_head(struct text *text, size_t columns);
void show_table_row(
	struct text *text, const struct brood_message *message, int64_t now, size_t columns);

/* One line of JSON, schema brood.mailbox/1. box: how the user calls it. */
void show_json(struct text *text, const struct brood_message *message, const char *box);

/* The counts, for people and as one line of JSON, schema brood.mailbox.stats/1. */
void show_counts(struct text *text, const struct brood_mailbox_counts *counts);
void show_counts_json(
	struct text *text, const struct brood_mailbox_counts *counts, const char *box);
