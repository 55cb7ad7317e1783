/* Compressed rows times dense weights, AVX-512: outputs in lanes, or entries where there are few
 * outputs. Sums of several chains, so that additions need not wait for each other.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/rows_csr.h"
#include "num/simd.h"

#if SIMD_X86

#define CHAINS 4

/* One or two outputs: 16 entries at a time, weights by gathers. */
static SIMD_AVX512 void gather_row(const RowsCsr *rows, const SparseRow *x, float *y)
{
	__m512 sum[ROWS_CSR_GATHER] = { _mm512_setzero_ps(), _mm512_setzero_ps() };

	for (size_t e = 0; e < x->count; e += 16) {
		size_t left = x->count - e;
		__mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffff);
		__m512i at = _mm512_maskz_loadu_epi32(mask, x->column + e);
		__m512 value = _mm512_maskz_loadu_ps(mask, x->value + e);

		if (rows->binary)
			value = _mm512_maskz_mov_ps(
				_mm512_cmp_ps_mask(value, _mm512_set1_ps(rows->above), _CMP_GT_OQ),
				_mm512_set1_ps(1));
		if (rows->out == 2)
			at = _mm512_slli_epi32(at, 1);
		for (size_t o = 0; o < rows->out; o++)
			sum[o] = _mm512_fmadd_ps(value,
						 _mm512_mask_i32gather_ps(_mm512_setzero_ps(), mask,
									  at, rows->w + o, 4),
						 sum[o]);
	}
	for (size_t o = 0; o < rows->out; o++)
		y[o] = rows_csr_end(rows, _mm512_reduce_add_ps(sum[o]), o);
}

SIMD_INLINE SIMD_AVX512 void end_16(const RowsCsr *rows, __m512 sum, float *y, size_t o)
{
	size_t left = rows->out - o;
	__mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffff);
	__m512 low = _mm512_set1_ps(rows->relu ? 0.0f : -__builtin_inff()); /* NaN stays */

	sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, rows->bias + o));
	_mm512_mask_storeu_ps(y + o, mask, _mm512_max_ps(low, sum));
}

/* 3 … 16 outputs: CHAINS entries at a time. ld: 4, 8 or 16. */
SIMD_INLINE SIMD_AVX512 void few_body(const RowsCsr *rows, const SparseRow *x, float *y, size_t ld)
{
	__mmask16 mask = (__mmask16)((1u << ld) - 1);
	__m512 sum[CHAINS];
	size_t e = 0;

	for (int c = 0; c < CHAINS; c++)
		sum[c] = _mm512_setzero_ps();
	for (; e + CHAINS <= x->count; e += CHAINS) {
		SIMD_UNROLL
		for (size_t c = 0; c < CHAINS; c++)
			sum[c] = _mm512_fmadd_ps(
				_mm512_set1_ps(rows_csr_value(rows, x->value[e + c])),
				_mm512_maskz_loadu_ps(mask, rows->w + x->column[e + c] * ld),
				sum[c]);
	}
	for (; e < x->count; e++)
		sum[0] = _mm512_fmadd_ps(_mm512_set1_ps(rows_csr_value(rows, x->value[e])),
					 _mm512_maskz_loadu_ps(mask, rows->w + x->column[e] * ld),
					 sum[0]);
	end_16(rows, _mm512_add_ps(_mm512_add_ps(sum[0], sum[1]), _mm512_add_ps(sum[2], sum[3])), y,
	       0);
}

static SIMD_AVX512 void few_row(const RowsCsr *rows, const SparseRow *x, float *y)
{
	if (rows->ld == 4)
		few_body(rows, x, y, 4);
	else if (rows->ld == 8)
		few_body(rows, x, y, 8);
	else
		few_body(rows, x, y, 16);
}

/* n vectors of outputs from o on. */
SIMD_INLINE SIMD_AVX512 void many_body(const RowsCsr *rows, const SparseRow *x, float *y, size_t o,
				       size_t n)
{
	__m512 sum[CHAINS];

	for (size_t k = 0; k < n; k++)
		sum[k] = _mm512_setzero_ps();
	for (size_t e = 0; e < x->count; e++) {
		const float *w = rows->w + x->column[e] * rows->ld + o;
		__m512 value = _mm512_set1_ps(rows_csr_value(rows, x->value[e]));

		SIMD_UNROLL
		for (size_t k = 0; k < n; k++)
			sum[k] = _mm512_fmadd_ps(value, _mm512_loadu_ps(w + 16 * k), sum[k]);
	}
	for (size_t k = 0; k < n; k++)
		end_16(rows, sum[k], y, o + 16 * k);
}

static SIMD_AVX512 void many_row(const RowsCsr *rows, const SparseRow *x, float *y)
{
	size_t o = 0;

	for (; o + 64 <= rows->ld; o += 64)
		many_body(rows, x, y, o, 4);
	if (o + 48 == rows->ld)
		many_body(rows, x, y, o, 3);
	else if (o + 32 == rows->ld)
		many_body(rows, x, y, o, 2);
	else if (o + 16 == rows->ld)
		many_body(rows, x, y, o, 1);
}

static void rows_csr_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				size_t y_ld, size_t rows, void *scratch)
{
	const RowsCsr *layer = packed->data;
	const SparseRow *row = x;
	void (*run)(const RowsCsr *, const SparseRow *, float *) = many_row;

	(void)x_ld;
	(void)scratch;
	if (layer->out <= ROWS_CSR_GATHER)
		run = gather_row;
	else if (layer->ld <= 16)
		run = few_row;
	for (size_t r = 0; r < rows; r++)
		run(layer, &row[r], (float *)y + r * y_ld);
}

#else
#define rows_csr_avx512_run NULL
#endif

const Kernel kernel_rows_csr_avx512 = {
	.info = {
		.name = "rows-csr-avx512",
		.title = "compressed rows, AVX-512",
		.about = "Multiplies only inputs that are not 0, 16 outputs or entries at a time.",
	},
	.form = KERNEL_ROWS_CSR,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.pack = rows_csr_pack,
	.run = rows_csr_avx512_run,
};
