/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/intake.h"

#include <stdbool.h>

/*
 * Files that grow, by their names: renamed and made again, cut off, deleted, not there yet. No line
 * is lost and none comes twice, with these limits: what is cut off before we have read it, and a
 * file that was cut off and holds by chance the same bytes again where we were.
 */

struct follow;

/* Opens what is there. Returns NULL after having said what is wrong. */
struct follow *follow_new(struct intake *intake);
void follow_free(struct follow *follow);

/* The descriptor that is readable when something has happened; -1: there is none. */
int follow_fd(const struct follow *follow);

/* How long to wait for it at most before follow_look(), in milliseconds. */
int follow_patience(const struct follow *follow);

/* Reads all that there is to read. */
void follow_look(struct follow *follow);

/* Whether nothing more is wanted of any of them. */
bool follow_is_done(const struct follow *follow);

/* All inputs are over. */
void follow_end(struct follow *follow);
