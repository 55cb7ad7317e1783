/* The IDX format of MNIST (big-endian header, then bytes), plain or gzipped; bytes only (type
 * 0x08).
 *
 * Everything in the header is checked before memory is taken: type, 1 to 4 dimensions, no zero,
 * the product, and that exactly so many bytes follow. A file is opened once, must be a regular
 * file, and is never followed through a link.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_IDX_H
#define WATTLE_DATA_IDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"

#define IDX_DIMENSIONS_MAX 4

typedef struct Idx {
	size_t dimensions;
	size_t size[IDX_DIMENSIONS_MAX];
	uint8_t *bytes; /* product of the sizes; owned */
	size_t count;
} Idx;

/* limit_bytes: refuse a product of the sizes above this (ERR_FORMAT). sha, if not NULL, is fed
 * with every uncompressed byte, header included. ERR_NEED: there is no such file; ERR_FILE: it
 * cannot be opened or read, is a link or not a regular file. ERR_FORMAT names the file and the
 * byte: "t10k-images: file ends at byte 4096, expected 7840016". On failure out is empty. Polls
 * control about every millisecond. */
struct sha256_ctx;
bool idx_read(Idx *out, const char *path, size_t limit_bytes, struct sha256_ctx *sha,
	      Control *control, Err *err);
/* The same from memory, for tests and fuzzing: bytes may be gzipped. */
bool idx_read_memory(Idx *out, const uint8_t *bytes, size_t len, const char *name,
		     size_t limit_bytes, Err *err);
void idx_done(Idx *idx);

#endif
