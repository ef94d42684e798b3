/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * CRC-32C (Castagnoli), which finds every error of up to 32 bits in a row. crc of nothing is 0, and
 * that of more bytes is made by handing in the crc of those before; another first value is a seed.
 */

#include <stddef.h>
#include <stdint.h>

uint32_t brood__crc32c(uint32_t crc, const void *bytes, size_t n);

/* The same where the processor has no instruction for it. */
uint32_t brood__crc32c_by_table(uint32_t crc, const void *bytes, size_t n);
