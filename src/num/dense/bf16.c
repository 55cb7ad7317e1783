/* Rounding to bfloat16 and pairing.
 * SPDX-License-Identifier: MIT */
#include "num/dense/bf16.h"

#include "num/dense/gemm_tile.h"
#include "num/kernel.h"

/* Numbers of the summed dimension that are turned upright at a time. */
#define DEPTH 128

/* Rows that are fetched ahead of those that are paired. */
#define AHEAD 16

SIMD_INLINE uint32_t pair_of(float even, float odd)
{
	return (uint32_t)bf16_from_f32(even) | (uint32_t)bf16_from_f32(odd) << 16;
}

SIMD_INLINE void pair_columns_body(const float *restrict x, size_t n, uint32_t *restrict out)
{
	SIMD_LOOP
	for (size_t i = 0; i < n / 2; i++)
		out[i] = pair_of(x[2 * i], x[2 * i + 1]);
}
SIMD_LEVELS(pair_columns, (const float *restrict x, size_t n, uint32_t *restrict out), (x, n, out))

SIMD_INLINE void pair_rows_body(const float *even, const float *odd, size_t n,
				uint32_t *restrict out)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		out[i] = pair_of(even[i], odd[i]);
}
SIMD_LEVELS(pair_rows, (const float *even, const float *odd, size_t n, uint32_t *restrict out),
	    (even, odd, n, out))

#if SIMD_X86

static SIMD_BF16 void pair_columns_bf16(const float *x, size_t n, uint32_t *out)
{
	size_t i = 0;

	for (; i + 32 <= n; i += 32)
		_mm512_storeu_si512(out + i / 2,
				    (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + 16),
								 _mm512_loadu_ps(x + i)));
	pair_columns_avx512(x + i, n - i, out + i / 2);
}

/* Lanes of an even and of an odd row to pairs. */
static const uint16_t interleave[32] = { 0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
					 21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
					 11, 27, 12, 28, 13, 29, 14, 30, 15, 31 };

SIMD_INLINE SIMD_BF16 __m512i pair_16(const float *even, const float *odd, __mmask16 mask,
				      __m512i order)
{
	__m512bh both = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(mask, odd),
					    _mm512_maskz_loadu_ps(mask, even));

	return _mm512_permutexvar_epi16(order, (__m512i)both);
}

static SIMD_BF16 void pair_rows_bf16(const float *even, const float *odd, size_t n, uint32_t *out)
{
	__m512i order = _mm512_loadu_si512(interleave);
	size_t i = 0;

	for (; i + 16 <= n; i += 16)
		_mm512_storeu_si512(out + i, pair_16(even + i, odd + i, 0xffff, order));
	if (i < n) {
		__mmask16 mask = (__mmask16)((1u << (n - i)) - 1);

		_mm512_mask_storeu_epi32(out + i, mask, pair_16(even + i, odd + i, mask, order));
	}
}

/* `pairs` pairs of rows into a panel. */
static SIMD_BF16 void panel_fill_bf16(size_t pairs, size_t columns, size_t real, const float *b,
				      size_t ldb, uint32_t *out)
{
	__m512i order = _mm512_loadu_si512(interleave);

	for (size_t p = 0; p < pairs; p++, b += 2 * ldb, out += columns) {
		for (size_t i = 0; i < columns; i += 16) {
			__mmask16 mask =
				(__mmask16)(real - i < 16 ? (1u << (real - i)) - 1 : 0xffff);

			_mm_prefetch((const char *)(b + AHEAD * ldb + i), _MM_HINT_T0);
			_mm_prefetch((const char *)(b + (AHEAD + 1) * ldb + i), _MM_HINT_T0);
			_mm512_store_si512(out + i, pair_16(b + i, b + ldb + i, mask, order));
		}
	}
}

#endif

void bf16_pair_columns(uint32_t features, const float *x, size_t x_ld, size_t rows, size_t n,
		       uint32_t *out)
{
	for (size_t r = 0; r < rows; r++, x += x_ld, out += (n + 1) / 2) {
		if (n % 2)
			out[n / 2] = pair_of(x[n - 1], 0);
#if SIMD_X86
		if (features & CPU_BF16) {
			pair_columns_bf16(x, n, out);
			continue;
		}
#endif
		SIMD_CALL(features, pair_columns, (x, n, out));
	}
}

SIMD_INLINE void pair_last_row_body(const float *restrict x, size_t n, uint32_t *restrict out)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		out[i] = pair_of(x[i], 0);
}
SIMD_LEVELS(pair_last_row, (const float *restrict x, size_t n, uint32_t *restrict out), (x, n, out))

void bf16_pair_rows(uint32_t features, const float *x, size_t x_ld, size_t rows, size_t n,
		    uint32_t *out, size_t out_ld)
{
	for (size_t r = 0; r < rows; r += 2, x += 2 * x_ld, out += out_ld) {
		if (r + 1 == rows) {
			SIMD_CALL(features, pair_last_row, (x, n, out));
			continue;
		}
#if SIMD_X86
		if (features & CPU_BF16) {
			pair_rows_bf16(x, x + x_ld, n, out);
			continue;
		}
#endif
		SIMD_CALL(features, pair_rows, (x, x + x_ld, n, out));
	}
}

/* One panel of `columns`, the first `real` of which are b's. */
static void panel_fill(uint32_t features, size_t k, size_t columns, size_t real, const float *b,
		       size_t ldb, uint32_t *out)
{
#if SIMD_X86
	if (features & CPU_BF16) {
		size_t whole = k / 2;

		panel_fill_bf16(whole, columns, real, b, ldb, out);
		bf16_pair_rows(features, b + 2 * whole * ldb, ldb, k % 2, real,
			       out + whole * columns, columns);
	} else
#endif
		bf16_pair_rows(features, b, ldb, k, real, out, columns);
	for (size_t p = 0; real < columns && p < (k + 1) / 2; p++)
		memset(out + p * columns + real, 0, (columns - real) * sizeof *out);
}

static void panels_fill(uint32_t features, size_t k, size_t n, const float *b, size_t ldb,
			uint32_t *out)
{
	size_t pairs = (k + 1) / 2, panels = gemm_panels(n, BF16_LANES, BF16_VECTORS);

	for (size_t panel = 0; panel < panels; panel++) {
		size_t begin = gemm_panel_begin(n, BF16_LANES, panels, panel);
		size_t columns = gemm_panel_begin(n, BF16_LANES, panels, panel + 1) - begin;

		panel_fill(features, k, columns, columns < n - begin ? columns : n - begin,
			   b + begin, ldb, out + begin * pairs);
	}
}

/* b stored (n,k): turned upright in pieces first. */
static void panels_fill_transposed(uint32_t features, size_t k, size_t n, const float *b,
				   size_t ldb, uint32_t *out)
{
	_Alignas(64) float upright[DEPTH * BF16_LANES * BF16_VECTORS];
	size_t pairs = (k + 1) / 2, panels = gemm_panels(n, BF16_LANES, BF16_VECTORS);

	for (size_t panel = 0; panel < panels; panel++) {
		size_t begin = gemm_panel_begin(n, BF16_LANES, panels, panel);
		size_t columns = gemm_panel_begin(n, BF16_LANES, panels, panel + 1) - begin;
		size_t real = columns < n - begin ? columns : n - begin;

		if (real < columns)
			memset(upright, 0, sizeof upright);
		for (size_t p = 0; p < k; p += DEPTH) {
			size_t depth = k - p < DEPTH ? k - p : DEPTH;

			convert_rows_to_cols(features, b + begin * ldb + p, ldb, upright, columns,
					     real, depth);
			bf16_pair_rows(features, upright, columns, depth, columns,
				       out + begin * pairs + p / 2 * columns, columns);
		}
	}
}

void bf16_panels(uint32_t features, bool transposed, size_t k, size_t n, const float *b, size_t ldb,
		 uint32_t *out)
{
	if (transposed)
		panels_fill_transposed(features, k, n, b, ldb, out);
	else
		panels_fill(features, k, n, b, ldb, out);
}
