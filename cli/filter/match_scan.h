/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Hyperscan (or Vectorscan), loaded when it is asked for: any number of expressions in one pass.
 * The program brood is linked statically and cannot load it: there scan_is_there() says no.
 */

struct scanner;

bool scan_is_there(void);

/* Expressions in PCRE's syntax, bytes as characters. Returns NULL if Hyperscan cannot do them. */
struct scanner *scan_new(char *const *expressions, size_t n);
void scan_free(struct scanner *scanner);

/* Calls hit for each place where an expression (its index) ends a match, until hit says no. Returns
   whether that was all there was. */
bool scan_block(struct scanner *scanner, const char *data, size_t length,
	bool (*hit)(void *context, uint32_t expression, size_t end), void *context);
