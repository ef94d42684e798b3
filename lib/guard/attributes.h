/* SPDX-License-Identifier: MIT */
#pragma once

/* The attributes of a job as bytes in a guard's plan, and back. Pure: neither side believes the
 * other. */

#include "spawn/attributes.h"

/* How many bytes they take, a multiple of 8. */
size_t brood__guard_attributes_size(const struct brood__attribute_plan *attributes);

/* Writes them; the padding is zero. */
void brood__guard_attributes_pack(const struct brood__attribute_plan *attributes, char *bytes);

/*
 * Reads them; what *ret_attributes points at then is in the bytes, which are aligned to 8. Returns
 * 0; -EPROTO: they are not what a front may ask of a guard.
 */
int brood__guard_attributes_unpack(
	const char *bytes, size_t size, struct brood__attribute_plan *ret_attributes);
