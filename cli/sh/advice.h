/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What to write instead of a command that other shells have and this one has not, for the message
 * that it was not found: "not found (not in POSIX sh; write [ ... ] or case)". A name that nobody
 * has any advice about: "not found".
 */
const char *advice_not_found(const char *name);
