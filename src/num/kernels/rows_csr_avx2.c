/* Compressed rows times dense weights, AVX2: outputs in lanes, or entries where there are few
 * outputs. Sums of several chains, so that additions need not wait for each other.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/rows_csr.h"
#include "num/simd.h"

#if SIMD_X86

#define CHAINS 4

SIMD_INLINE SIMD_AVX2 float sum_8(__m256 sum)
{
	__m128 s = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));

	s = _mm_add_ps(s, _mm_movehl_ps(s, s));
	return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/* One or two outputs: 8 entries at a time, weights by gathers; the rest one by one. */
static SIMD_AVX2 void gather_row(const RowsCsr *rows, const SparseRow *x, float *y)
{
	__m256 sum[ROWS_CSR_GATHER] = { _mm256_setzero_ps(), _mm256_setzero_ps() };
	size_t e = 0, out = rows->out;

	for (; e + 8 <= x->count; e += 8) {
		__m256i at = _mm256_loadu_si256((const void *)(x->column + e));
		__m256 value = _mm256_loadu_ps(x->value + e);

		if (rows->binary)
			value = _mm256_and_ps(_mm256_cmp_ps(value, _mm256_set1_ps(rows->above),
							    _CMP_GT_OQ),
					      _mm256_set1_ps(1));
		if (out == 2)
			at = _mm256_slli_epi32(at, 1);
		for (size_t o = 0; o < out; o++)
			sum[o] = _mm256_fmadd_ps(value, _mm256_i32gather_ps(rows->w + o, at, 4),
						 sum[o]);
	}
	for (size_t o = 0; o < out; o++) {
		float rest = 0;

		for (size_t i = e; i < x->count; i++)
			rest += rows_csr_value(rows, x->value[i]) * rows->w[x->column[i] * out + o];
		y[o] = rows_csr_end(rows, sum_8(sum[o]) + rest, o);
	}
}

/* Adds the bias and writes the n outputs from o on. */
SIMD_INLINE SIMD_AVX2 void end_8(const RowsCsr *rows, __m256 sum, float *y, size_t o)
{
	float out[8];

	_mm256_storeu_ps(out, sum);
	for (size_t k = 0; k < 8 && o + k < rows->out; k++)
		y[o + k] = rows_csr_end(rows, out[k], o + k);
}

/* 3 … 8 outputs: CHAINS entries at a time. */
static SIMD_AVX2 void few_row(const RowsCsr *rows, const SparseRow *x, float *y)
{
	__m256i mask = rows->ld == 4 ? _mm256_setr_epi32(-1, -1, -1, -1, 0, 0, 0, 0)
				     : _mm256_set1_epi32(-1);
	__m256 sum[CHAINS];
	size_t e = 0;

	for (int c = 0; c < CHAINS; c++)
		sum[c] = _mm256_setzero_ps();
	for (; e + CHAINS <= x->count; e += CHAINS) {
		SIMD_UNROLL
		for (size_t c = 0; c < CHAINS; c++)
			sum[c] = _mm256_fmadd_ps(
				_mm256_set1_ps(rows_csr_value(rows, x->value[e + c])),
				_mm256_maskload_ps(rows->w + x->column[e + c] * rows->ld, mask),
				sum[c]);
	}
	for (; e < x->count; e++)
		sum[0] =
			_mm256_fmadd_ps(_mm256_set1_ps(rows_csr_value(rows, x->value[e])),
					_mm256_maskload_ps(rows->w + x->column[e] * rows->ld, mask),
					sum[0]);
	end_8(rows, _mm256_add_ps(_mm256_add_ps(sum[0], sum[1]), _mm256_add_ps(sum[2], sum[3])), y,
	      0);
}

/* n vectors of outputs from o on. */
SIMD_INLINE SIMD_AVX2 void many_body(const RowsCsr *rows, const SparseRow *x, float *y, size_t o,
				     size_t n)
{
	__m256 sum[CHAINS];

	for (size_t k = 0; k < n; k++)
		sum[k] = _mm256_setzero_ps();
	for (size_t e = 0; e < x->count; e++) {
		const float *w = rows->w + x->column[e] * rows->ld + o;
		__m256 value = _mm256_set1_ps(rows_csr_value(rows, x->value[e]));

		SIMD_UNROLL
		for (size_t k = 0; k < n; k++)
			sum[k] = _mm256_fmadd_ps(value, _mm256_loadu_ps(w + 8 * k), sum[k]);
	}
	for (size_t k = 0; k < n; k++)
		end_8(rows, sum[k], y, o + 8 * k);
}

/* ld is a multiple of 16. */
static SIMD_AVX2 void many_row(const RowsCsr *rows, const SparseRow *x, float *y)
{
	size_t o = 0;

	for (; o + 32 <= rows->ld; o += 32)
		many_body(rows, x, y, o, 4);
	if (o < rows->ld)
		many_body(rows, x, y, o, 2);
}

static void rows_csr_avx2_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			      size_t y_ld, size_t rows, void *scratch)
{
	const RowsCsr *layer = packed->data;
	const SparseRow *row = x;
	void (*run)(const RowsCsr *, const SparseRow *, float *) = many_row;

	(void)x_ld;
	(void)scratch;
	if (layer->out <= ROWS_CSR_GATHER)
		run = gather_row;
	else if (layer->ld <= 8)
		run = few_row;
	for (size_t r = 0; r < rows; r++)
		run(layer, &row[r], (float *)y + r * y_ld);
}

#else
#define rows_csr_avx2_run NULL
#endif

const Kernel kernel_rows_csr_avx2 = {
	.info = {
		.name = "rows-csr-avx2",
		.title = "compressed rows, AVX2",
		.about = "Multiplies only inputs that are not 0, 8 outputs or entries at a time.",
	},
	.form = KERNEL_ROWS_CSR,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.pack = rows_csr_pack,
	.run = rows_csr_avx2_run,
};
