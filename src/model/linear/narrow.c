/* Products with few outputs in AVX-512: tiles of 4 rows, or 4 vectors of features, by 5 outputs.
 * SPDX-License-Identifier: MIT */
#include "model/linear/narrow.h"

#include "num/simd.h"

#define ROWS 4
#define VECTORS 4
#define OUTPUTS 5

bool narrow_fits(uint32_t features, size_t outputs)
{
	return SIMD_X86 && features & CPU_AVX512 && outputs <= NARROW_OUTPUTS_MAX;
}

#if SIMD_X86

/* Sixteen numbers of a row from j on; those that mask leaves out are 0. */
SIMD_INLINE SIMD_AVX512 __m512 narrow_load(const void *row, bool bytes, size_t j, __mmask16 mask)
{
	if (bytes)
		return _mm512_cvtepi32_ps(
			_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, (const uint8_t *)row + j)));
	return _mm512_maskz_loadu_ps(mask, (const float *)row + j);
}

SIMD_INLINE SIMD_AVX512 __mmask16 narrow_mask(size_t in, size_t j)
{
	return (__mmask16)(in - j < 16 ? (1u << (in - j)) - 1 : 0xffffu);
}

/* --- z = x·w' --------------------------------------------------------------------------------- */

SIMD_INLINE SIMD_AVX512 void forward_add(__m512 sum[ROWS][OUTPUTS], const void *const *row,
					 bool bytes, const float *w, size_t ld, size_t j,
					 __mmask16 mask, size_t rows, size_t outputs)
{
	__m512 x[ROWS];

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++)
		x[r] = narrow_load(row[r], bytes, j, mask);
	SIMD_UNROLL
	for (size_t k = 0; k < outputs; k++) {
		__m512 from = _mm512_loadu_ps(w + k * ld + j);

		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++)
			sum[r][k] = _mm512_fmadd_ps(x[r], from, sum[r][k]);
	}
}

/* rows and outputs are constants. */
SIMD_INLINE SIMD_AVX512 void forward_tile(const Narrow *n, const void *const *row, bool bytes,
					  const float *w, float *z, size_t rows, size_t outputs)
{
	__m512 sum[ROWS][OUTPUTS];
	size_t ld = narrow_ld(n->in), j = 0;

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t k = 0; k < outputs; k++)
			sum[r][k] = _mm512_setzero_ps();
	}
	for (; j + 16 <= n->in; j += 16)
		forward_add(sum, row, bytes, w, ld, j, 0xffff, rows, outputs);
	if (j < n->in)
		forward_add(sum, row, bytes, w, ld, j, narrow_mask(n->in, j), rows, outputs);
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t k = 0; k < outputs; k++)
			z[r * n->out + k] = _mm512_reduce_add_ps(sum[r][k]);
	}
}

SIMD_INLINE SIMD_AVX512 void forward_rows(const Narrow *n, bool bytes, const float *w, float *z,
					  size_t outputs)
{
	size_t r = 0;

	for (; r + ROWS <= n->n; r += ROWS)
		forward_tile(n, n->row + r, bytes, w, z + r * n->out, ROWS, outputs);
	for (; r < n->n; r++)
		forward_tile(n, n->row + r, bytes, w, z + r * n->out, 1, outputs);
}

/* --- grad += d'·x ----------------------------------------------------------------------------- */

/* vectors and outputs are constants; mask: of the last vector. */
SIMD_INLINE SIMD_AVX512 void gradient_tile(const Narrow *n, bool bytes, const float *d, float *grad,
					   size_t j, __mmask16 mask, size_t vectors, size_t outputs)
{
	__m512 sum[OUTPUTS][VECTORS];
	size_t ld = narrow_ld(n->in);

	SIMD_UNROLL
	for (size_t k = 0; k < outputs; k++) {
		SIMD_UNROLL
		for (size_t v = 0; v < vectors; v++)
			sum[k][v] = _mm512_loadu_ps(grad + k * ld + j + 16 * v);
	}
	for (size_t r = 0; r < n->n; r++) {
		__m512 x[VECTORS];

		SIMD_UNROLL
		for (size_t v = 0; v < vectors; v++)
			x[v] = narrow_load(n->row[r], bytes, j + 16 * v,
					   v + 1 < vectors ? (__mmask16)0xffff : mask);
		SIMD_UNROLL
		for (size_t k = 0; k < outputs; k++) {
			__m512 by = _mm512_set1_ps(d[r * n->out + k]);

			SIMD_UNROLL
			for (size_t v = 0; v < vectors; v++)
				sum[k][v] = _mm512_fmadd_ps(by, x[v], sum[k][v]);
		}
	}
	SIMD_UNROLL
	for (size_t k = 0; k < outputs; k++) {
		SIMD_UNROLL
		for (size_t v = 0; v < vectors; v++)
			_mm512_storeu_ps(grad + k * ld + j + 16 * v, sum[k][v]);
	}
}

SIMD_INLINE SIMD_AVX512 void gradient_strips(const Narrow *n, bool bytes, const float *d,
					     float *grad, size_t outputs)
{
	size_t j = 0;

	for (; j + 16 * VECTORS <= n->in; j += 16 * VECTORS)
		gradient_tile(n, bytes, d, grad, j, 0xffff, VECTORS, outputs);
	for (; j < n->in; j += 16)
		gradient_tile(n, bytes, d, grad, j, narrow_mask(n->in, j), 1, outputs);
}

/* --- by outputs ------------------------------------------------------------------------------- */

#define BY_OUTPUTS(function, outputs, ...)      \
	switch (outputs) {                      \
	case 1:                                 \
		function(__VA_ARGS__, 1);       \
		break;                          \
	case 2:                                 \
		function(__VA_ARGS__, 2);       \
		break;                          \
	case 3:                                 \
		function(__VA_ARGS__, 3);       \
		break;                          \
	case 4:                                 \
		function(__VA_ARGS__, 4);       \
		break;                          \
	default:                                \
		function(__VA_ARGS__, OUTPUTS); \
	}

static SIMD_AVX512 void forward_bytes(const Narrow *n, const float *w, float *z, size_t outputs)
{
	BY_OUTPUTS(forward_rows, outputs, n, true, w, z)
}

static SIMD_AVX512 void forward_floats(const Narrow *n, const float *w, float *z, size_t outputs)
{
	BY_OUTPUTS(forward_rows, outputs, n, false, w, z)
}

static SIMD_AVX512 void gradient_bytes(const Narrow *n, const float *d, float *grad, size_t outputs)
{
	BY_OUTPUTS(gradient_strips, outputs, n, true, d, grad)
}

static SIMD_AVX512 void gradient_floats(const Narrow *n, const float *d, float *grad,
					size_t outputs)
{
	BY_OUTPUTS(gradient_strips, outputs, n, false, d, grad)
}

#endif

void narrow_forward(const Narrow *n, const float *w, float *z)
{
#if SIMD_X86
	for (size_t k = 0; k < n->out; k += OUTPUTS)
		(n->bytes ? forward_bytes : forward_floats)(n, w + k * narrow_ld(n->in), z + k,
							    n->out - k);
#else
	(void)n, (void)w, (void)z;
#endif
}

void narrow_gradient(const Narrow *n, const float *d, float *grad)
{
#if SIMD_X86
	for (size_t k = 0; k < n->out; k += OUTPUTS)
		(n->bytes ? gradient_bytes : gradient_floats)(n, d + k, grad + k * narrow_ld(n->in),
							      n->out - k);
#else
	(void)n, (void)d, (void)grad;
#endif
}
