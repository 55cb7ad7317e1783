/* Exact integer products of rows of bytes, and the panels in which the many of them stand.
 *
 * One operand are panels: BYTES_PANEL rows side by side, four features at a time, so that byte
 * i of a panel's row r is panel[(i / 4)·4·BYTES_PANEL + 4·r + i % 4]. What is padded, features
 * up to a multiple of 4 and rows past the last, is 0. The other are rows of s8, each a byte
 * less 128, for VPDPBUSD wants one operand of each kind:
 *   Σ (q − 128)·r = Σ q·r − 128·Σ r
 * The sums are exact in s32 for up to BYTES_FEATURES_MAX features, and the same at every
 * instruction level.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_BYTES_H
#define WATTLE_NUM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BYTES_PANEL 64
/* Features for which a squared distance, and what it is made of, stays below 2^31. */
#define BYTES_FEATURES_MAX 16384
/* Row stride of the s8 operand is a multiple of this; what is past the last feature is 0. */
#define BYTES_ALIGN 64

/* Bytes of a panel of rows of n features. */
static inline size_t bytes_panel_size(size_t n)
{
	return (n + 3) / 4 * 4 * BYTES_PANEL;
}

/* One row into panels, and back. */
void bytes_panel_set(uint8_t *panels, size_t n, size_t row, const uint8_t *x);
void bytes_panel_get(const uint8_t *panels, size_t n, size_t row, uint8_t *x);
/* count rows of n bytes, x_ld apart, into whole panels. */
void bytes_to_panels(const uint8_t *x, size_t x_ld, size_t count, size_t n, uint8_t *panels);
/* A row less 128, padded with 0 to q_ld. */
void bytes_to_signed(const uint8_t *x, size_t n, int8_t *q, size_t q_ld);

/* c (rows, BYTES_PANEL) = q · panel, or c += where add; q (rows, n) and c with strides q_ld and
 * c_ld. */
void bytes_products(uint32_t features, const int8_t *q, size_t q_ld, size_t rows,
		    const uint8_t *panel, size_t n, int32_t *c, size_t c_ld, bool add);
/* c (count, rows) = q · x': x (rows, n) bytes as they came, q (count, n) s8, padded as above. */
void bytes_dots(uint32_t features, const uint8_t *x, size_t x_ld, size_t rows, const int8_t *q,
		size_t q_ld, size_t count, size_t n, int32_t *c);
/* c[i] = x[row[i]] · q of `count` rows of x, x_ld apart, with one q. */
void bytes_dots_of(uint32_t features, const int8_t *q, const uint8_t *x, size_t x_ld,
		   const uint32_t *row, size_t count, size_t n, int32_t *c);
/* Σ x and Σ x² of n bytes, n at most BYTES_FEATURES_MAX. */
void bytes_sums(uint32_t features, const uint8_t *x, size_t n, int32_t *sum, int32_t *squares);

#endif
