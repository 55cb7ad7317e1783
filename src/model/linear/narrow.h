/* Products of rows with few columns, for models with few outputs: all lanes hold features, so that none
 * is wasted on outputs that are not there. Rows of bytes are converted in registers. Private to the
 * fits of src/model/.
 *
 * One evaluation of the softmax loss and its gradient, 60,000 x 784 bytes and 10 outputs, took 34 ms
 * of CPU time so, and 51 through blocks of f32 and matrix products with 10 of 16 lanes (Zen 4, one
 * thread, other programs running). AVX-512 only.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_NARROW_H
#define WATTLE_MODEL_LINEAR_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NARROW_OUTPUTS_MAX 24

/* Whether it pays, and can be. */
bool narrow_fits(uint32_t features, size_t outputs);
/* Floats from one output's weights to the next: whole vectors. */
static inline size_t narrow_ld(size_t in)
{
	return (in + 15) / 16 * 16;
}

/* Rows where they lie. */
typedef struct Narrow {
	bool bytes;
	const void *const *row; /* (n) each `in` bytes, or floats */
	size_t n, in, out;
} Narrow;

/* z (n,out) = x·w', w (out, narrow_ld(in)) with 0 behind the last. Bytes count as 0 … 255. */
void narrow_forward(const Narrow *rows, const float *w, float *z);
/* grad (out, narrow_ld(in)) += d'·x, d (n,out). */
void narrow_gradient(const Narrow *rows, const float *d, float *grad);

#endif
