/* CRC-32C (Castagnoli, polynomial 0x1EDC6F41, as in RFC 3720), by the processor's instruction where
 * it has one.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_CRC32C_H
#define WATTLE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Start with crc = 0; feed the result back in to go on. crc32c(0, "123456789", 9) is 0xE3069283. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

/* The same answer by table, for processors without the instruction (and the reference that tests
 * compare with). */
uint32_t crc32c_table(uint32_t crc, const void *bytes, size_t len);

#endif
