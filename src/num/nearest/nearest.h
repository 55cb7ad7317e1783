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

#endif
