/* Fuzzes the tokens of Lua files: any bytes are tokens, a file has everything in common with
 * itself, and the measure is the same both ways.
 * SPDX-License-Identifier: MIT */
#include "app/grading/similar.h"

#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Shingles whole, half;
	Err err;

	require(shingles_make(&whole, (const char *)data, size, &err));
	require(shingles_make(&half, (const char *)data, size / 2, &err));
	require(whole.count <= size);
	for (size_t i = 1; i < whole.count; i++)
		require(whole.hash[i - 1] < whole.hash[i]);
	require(shingles_shared(&whole, &whole) == (whole.count ? 1 : 0));
	double shared = shingles_shared(&whole, &half);

	require(shared >= 0 && shared <= 1 && shared == shingles_shared(&half, &whole));
	shingles_leave_out(&half, &whole);
	require(shingles_shared(&whole, &half) == 0);
	shingles_done(&whole);
	shingles_done(&half);
	return 0;
}
