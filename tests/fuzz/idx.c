/* Fuzzes the IDX reader: what is accepted is whole, and the same bytes gzipped are judged alike.
 * SPDX-License-Identifier: MIT */
#include "data/idx.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LIMIT_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fine)
{
	if (!fine)
		abort();
}

/* False when refused. Touches every byte, so that a sanitizer sees a wrong size. */
static bool read_whole(Idx *idx, const uint8_t *data, size_t size)
{
	Err err = { 0 };
	size_t product = 1;
	volatile uint8_t sum = 0;

	if (!idx_read_memory(idx, data, size, "fuzz", LIMIT_BYTES, &err)) {
		require(err.code == ERR_FORMAT || err.code == ERR_LIMIT || err.code == ERR_MEMORY);
		require(err.text[0] && !idx->bytes);
		return false;
	}
	require(idx->dimensions >= 1 && idx->dimensions <= IDX_DIMENSIONS_MAX);
	for (size_t i = 0; i < idx->dimensions; i++)
		product *= idx->size[i];
	require(product == idx->count && product > 0 && product <= LIMIT_BYTES);
	for (size_t i = 0; i < idx->count; i++)
		sum = (uint8_t)(sum + idx->bytes[i]);
	return true;
}

static uint8_t *squeeze(const uint8_t *data, size_t size, size_t *out_size)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool gzip = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
	Idx plain, packed;
	bool fine = read_whole(&plain, data, size);

	if (!gzip && size < 65536) {
		size_t squeezed_size;
		uint8_t *squeezed = squeeze(data, size, &squeezed_size);

		require(read_whole(&packed, squeezed, squeezed_size) == fine);
		if (fine)
			require(plain.count == packed.count &&
				memcmp(plain.bytes, packed.bytes, plain.count) == 0);
		idx_done(&packed);
		free(squeezed);
	}
	idx_done(&plain);
	return 0;
}
