/* The k nearest of many, kept while their scores come panel by panel.
 *
 * A score orders distances, |q − r|² less what all r share. Of equals the one that came first stays
 * in front. Lists are sorted, and begin with places that anything takes.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_NEAREST_H
#define WATTLE_NUM_NEAREST_H

#include <stddef.h>
#include <stdint.h>

typedef struct Nearest {
	double score; /* every f32 and s32 is one */
	uint32_t row;
} Nearest;

/* A free place: its row is no row. */
#define NEAREST_NONE UINT32_MAX

void nearest_clear(Nearest *list, size_t k);
/* Puts it where it belongs, before what is farther; nothing where it is not nearer than the
 * last. */
void nearest_insert(Nearest *list, size_t k, double score, uint32_t row);

/* Takes what is nearer of n rows, row … row + n − 1: norm − 2·product of integers (modulo 2^32;
 * INT32_MAX − 0 is taken by no list) … */
void nearest_scan_s32(uint32_t features, const int32_t *product, const int32_t *norm, size_t n,
		      uint32_t row, Nearest *list, size_t k);
/* … and norm − product of floats (FLT_MAX − 0 by no list); norm is half the square. */
void nearest_scan_f32(uint32_t features, const float *product, const float *norm, size_t n,
		      uint32_t row, Nearest *list, size_t k);

/* mask[i]: one bit for each of 64 rows whose score, norm − 2·product[64·i …], is at most limit[i];
 * for `count` lines of products. */
void nearest_masks_s32(uint32_t features, const int32_t *product, const int32_t *norm,
		       const int32_t *limit, size_t count, uint64_t *mask);
/* The same for one line of floats: norm − product is at most limit. */
uint64_t nearest_mask_f32(uint32_t features, const float *product, const float *norm, float limit);
/* c[i] = Σ (q − x)² of the rows row[i] of x (…, n), ld apart, in f32: (n + 8)·2⁻²⁴ of it off at
 * most. */
void nearest_squares_f32(uint32_t features, const float *q, const float *x, size_t ld,
			 const uint32_t *row, size_t count, size_t n, float *c);
/* Σ (q − x)² in f64, x[i·stride]; the same bits at every instruction level and stride. */
double nearest_square_f64(uint32_t features, const float *q, const float *x, size_t stride,
			  size_t n);

#endif
