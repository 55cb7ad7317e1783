/* The same bytes as gzip packs them, for readers that take both.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_SQUEEZE_H
#define WATTLE_TESTS_SQUEEZE_H

#include <zlib.h>

#include "fuzz.h"

/* To be freed. */
static inline uint8_t *squeeze(const uint8_t *data, size_t size, size_t *out_size)
{
	z_stream z = { .next_in = (uint8_t *)data, .avail_in = (uInt)size };
	size_t room = size + size / 1000 + 64;
	uint8_t *out = malloc(room);

	require(out && deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 1, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)room;
	require(deflate(&z, Z_FINISH) == Z_STREAM_END);
	*out_size = z.total_out;
	deflateEnd(&z);
	return out;
}

#endif
