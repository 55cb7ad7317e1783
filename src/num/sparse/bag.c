/* Sums of rows of a table.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/bag.h"

#include "num/simd.h"

#define BLOCK 16 /* units: a vector of AVX-512 */

float bag_factor(const Bag *bag, const SparseRow *row)
{
	size_t count = 0;

	for (size_t e = 0; bag->mean && e < row->count; e++)
		count += row->value[e] < 0 || row->value[e] > 0;
	return count > 0 ? 1 / (float)count : 1;
}

/* Adds entry e of so many units from `first` on. units and bytes are constants, here and below. */
SIMD_INLINE void bag_entry(const Bag *bag, const SparseRow *row, size_t e, size_t first,
			   size_t units, bool bytes, float *restrict sum)
{
	size_t at = bag_bucket(bag, bag_column(row, e)) * bag->units + first;
	float value = row->value[e];

	if (!bytes) {
		const float *restrict from = bag->table + at;

		SIMD_LOOP
		for (size_t u = 0; u < units; u++)
			sum[u] += value * from[u];
	} else {
		const uint8_t *restrict from = bag->codes + at;

		SIMD_LOOP
		for (size_t u = 0; u < units; u++)
			sum[u] += value * (float)((int)from[u] - BAG_CODE_ZERO);
	}
}

/* Sums of several chains, so that additions need not wait for each other. */
SIMD_INLINE void bag_block(const Bag *bag, const SparseRow *row, float factor, float *restrict y,
			   size_t first, size_t units, bool bytes)
{
	float a[BLOCK] = { 0 }, b[BLOCK] = { 0 }, c[BLOCK] = { 0 }, d[BLOCK] = { 0 };
	size_t e = 0;

	for (; e + 4 <= row->count; e += 4) {
		bag_entry(bag, row, e, first, units, bytes, a);
		bag_entry(bag, row, e + 1, first, units, bytes, b);
		bag_entry(bag, row, e + 2, first, units, bytes, c);
		bag_entry(bag, row, e + 3, first, units, bytes, d);
	}
	for (; e < row->count; e++)
		bag_entry(bag, row, e, first, units, bytes, a);
	for (size_t u = 0; u < units; u++)
		y[first + u] = (a[u] + b[u] + (c[u] + d[u])) *
			       (bytes ? factor * bag->scale[first + u] : factor);
}

SIMD_INLINE void bag_row(const Bag *bag, const SparseRow *row, bool bytes, float *y)
{
	size_t u = 0;
	float factor = bag_factor(bag, row);

	for (; u + BLOCK <= bag->units; u += BLOCK)
		bag_block(bag, row, factor, y, u, BLOCK, bytes);
	for (; u + 8 <= bag->units; u += 8)
		bag_block(bag, row, factor, y, u, 8, bytes);
	for (; u + 2 <= bag->units; u += 2)
		bag_block(bag, row, factor, y, u, 2, bytes);
	if (u < bag->units)
		bag_block(bag, row, factor, y, u, 1, bytes);
}

SIMD_INLINE void bag_floats_body(const Bag *bag, const SparseRow *row, float *y)
{
	bag_row(bag, row, false, y);
}

SIMD_INLINE void bag_bytes_body(const Bag *bag, const SparseRow *row, float *y)
{
	bag_row(bag, row, true, y);
}

SIMD_LEVELS(bag_floats, (const Bag *bag, const SparseRow *row, float *y), (bag, row, y))
SIMD_LEVELS(bag_bytes, (const Bag *bag, const SparseRow *row, float *y), (bag, row, y))

void bag_rows(uint32_t features, const Bag *bag, const SparseRow *rows, size_t n, float *y)
{
	for (size_t r = 0; r < n; r++, y += bag->units)
		if (bag->table)
			SIMD_CALL(features, bag_floats, (bag, &rows[r], y));
		else
			SIMD_CALL(features, bag_bytes, (bag, &rows[r], y));
}
