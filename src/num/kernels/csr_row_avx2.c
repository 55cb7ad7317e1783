/* Sparse f32 weights for a few rows, AVX2: 16 outputs at a time, inputs by permutations.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "num/sparse/csr_row.h"
#include "num/simd.h"

#if SIMD_X86

/* 32 inputs. */
typedef struct Window {
	__m256 a, b, c, d;
} Window;

SIMD_INLINE SIMD_AVX2 Window csr_row_window(const CsrRow *csr, size_t p, const float *x)
{
	x += csr->window[p];
	return (Window){ _mm256_loadu_ps(x), _mm256_loadu_ps(x + 8), _mm256_loadu_ps(x + 16),
			 _mm256_loadu_ps(x + 24) };
}

/* half: 0 or 8, the lanes' first. Bits 0–2 of an index permute, 3 and 4 choose the vector: they are
 * brought to the sign, which a blend reads. */
SIMD_INLINE SIMD_AVX2 __m256 csr_row_half(const CsrRow *csr, size_t p, size_t half, Window x,
					  __m256 sum)
{
	const __m128i *index = (const void *)(csr->index + p * CSR_ROW_LANES + half);
	__m256i at = _mm256_cvtepu8_epi32(_mm_loadl_epi64(index));
	__m256 bit3 = _mm256_castsi256_ps(_mm256_slli_epi32(at, 28));
	__m256 bit4 = _mm256_castsi256_ps(_mm256_slli_epi32(at, 27));
	__m256 low = _mm256_blendv_ps(_mm256_permutevar8x32_ps(x.a, at),
				      _mm256_permutevar8x32_ps(x.b, at), bit3);
	__m256 high = _mm256_blendv_ps(_mm256_permutevar8x32_ps(x.c, at),
				       _mm256_permutevar8x32_ps(x.d, at), bit3);

	return _mm256_fmadd_ps(_mm256_blendv_ps(low, high, bit4),
			       _mm256_load_ps(csr->value + p * CSR_ROW_LANES + half), sum);
}

/* 16 outputs into y; sums and their order as in the AVX-512 kernel. */
static SIMD_AVX2 void csr_row_avx2_group(const CsrRow *csr, size_t g, const float *x, float *y)
{
	size_t p = csr->first[g], end = csr->first[g + 1];
	__m256 low = _mm256_set1_ps(csr->relu ? 0.0f : -__builtin_inff()); /* NaN stays */
	__m256 even_left = _mm256_load_ps(csr->bias + g * CSR_ROW_LANES);
	__m256 even_right = _mm256_load_ps(csr->bias + g * CSR_ROW_LANES + 8);
	__m256 odd_left = _mm256_setzero_ps(), odd_right = _mm256_setzero_ps();

	for (; p + 2 <= end; p += 2) {
		Window even = csr_row_window(csr, p, x), odd = csr_row_window(csr, p + 1, x);

		even_left = csr_row_half(csr, p, 0, even, even_left);
		even_right = csr_row_half(csr, p, 8, even, even_right);
		odd_left = csr_row_half(csr, p + 1, 0, odd, odd_left);
		odd_right = csr_row_half(csr, p + 1, 8, odd, odd_right);
	}
	if (p < end) {
		Window even = csr_row_window(csr, p, x);

		even_left = csr_row_half(csr, p, 0, even, even_left);
		even_right = csr_row_half(csr, p, 8, even, even_right);
	}
	_mm256_storeu_ps(y, _mm256_max_ps(low, _mm256_add_ps(even_left, odd_left)));
	_mm256_storeu_ps(y + 8, _mm256_max_ps(low, _mm256_add_ps(even_right, odd_right)));
}

static void csr_row_avx2_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			     size_t y_ld, size_t rows, void *scratch)
{
	const CsrRow *csr = packed->data;

	(void)scratch;
	for (size_t r = 0; r < rows; r++) {
		const float *from = (const float *)x + r * x_ld;
		float whole[CSR_ROW_WINDOW] = { 0 };
		float *to = (float *)y + r * y_ld;

		if (csr->in < CSR_ROW_WINDOW)
			from = memcpy(whole, from, csr->in * sizeof *from);
		for (size_t g = 0; g < csr->groups; g++) {
			size_t at = g * CSR_ROW_LANES, left = csr->out - at;
			float last[CSR_ROW_LANES];

			csr_row_avx2_group(csr, g, from, left < CSR_ROW_LANES ? last : to + at);
			if (left < CSR_ROW_LANES)
				memcpy(to + at, last, left * sizeof *to);
		}
	}
}

#else
#define csr_row_avx2_run NULL
#endif

const Kernel kernel_csr_row_avx2 = {
	.info = {
		.name = "csr-row-avx2",
		.title = "sparse f32 for one row, AVX2",
		.about = "Multiplies only weights that are not 0, for 16 outputs at a time.",
	},
	.form = KERNEL_CSR,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.batch_max = 2,
	.pack = csr_row_pack,
	.run = csr_row_avx2_run,
};
