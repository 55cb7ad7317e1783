/* Fuzzes the IDX reader: what is accepted is whole, and the same bytes gzipped are judged alike.
 * SPDX-License-Identifier: MIT */
#include "data/idx.h"

#include <stdlib.h>
#include <string.h>

#include "squeeze.h"

#define LIMIT_BYTES ((size_t)1 << 20)

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
