/* Sums of the rows of a table that the entries of a compressed row name: an embedding bag.
 *
 *   y = f·Σ_j x_j·table[bucket(j)],  f = 1, or 1 / (how many x_j are not 0)
 *
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_SPARSE_BAG_H
#define WATTLE_NUM_SPARSE_BAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/kernel.h"

#define BAG_CODE_ZERO 128 /* the byte that is 0 */

typedef struct Bag {
	size_t features, units, buckets;
	bool mean;
	const float *table;   /* (buckets, units); or, where it is NULL, … */
	const uint8_t *codes; /* … (byte − BAG_CODE_ZERO)·scale of its unit */
	const float *scale;   /* (units) */
} Bag;

/* Where there are fewer buckets than words some words share one, found by the mixing step of
 * murmur3; else each has its own. */
static inline size_t bag_bucket(const Bag *bag, uint32_t column)
{
	uint32_t h = column;

	if (bag->buckets >= bag->features)
		return column;
	h = (h ^ h >> 16) * UINT32_C(0x85ebca6b);
	h = (h ^ h >> 13) * UINT32_C(0xc2b2ae35);
	return (size_t)((uint64_t)(h ^ h >> 16) * bag->buckets >> 32);
}

/* A row without columns is a dense one: its entries are the features 0, 1, … */
static inline uint32_t bag_column(const SparseRow *row, size_t e)
{
	return row->column ? row->column[e] : (uint32_t)e;
}

/* f of a row. */
float bag_factor(const Bag *bag, const SparseRow *row);
/* y (n, units) of n rows; every level of features gives the same bits. */
void bag_rows(uint32_t features, const Bag *bag, const SparseRow *rows, size_t n, float *y);

#endif
