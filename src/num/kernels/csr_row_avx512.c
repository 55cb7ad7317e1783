/* Sparse f32 weights for a few rows, AVX-512: 16 outputs at a time, inputs by permutation.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/csr_row.h"
#include "num/simd.h"

#if SIMD_X86

/* Inputs below window + 32 that exist. */
typedef struct Masks {
	__mmask16 low, high;
} Masks;

SIMD_INLINE SIMD_AVX512 __m512 csr_row_step(const CsrRow *csr, size_t p, const float *x,
					    Masks masks, __m512 sum)
{
	const float *from = x + csr->window[p];
	const __m128i *index = (const void *)(csr->index + p * CSR_ROW_LANES);
	__m512 low = _mm512_maskz_loadu_ps(masks.low, from);
	__m512 high = _mm512_maskz_loadu_ps(masks.high, from + 16);
	__m512 inputs =
		_mm512_permutex2var_ps(low, _mm512_cvtepu8_epi32(_mm_load_si128(index)), high);

	return _mm512_fmadd_ps(inputs, _mm512_load_ps(csr->value + p * CSR_ROW_LANES), sum);
}

static SIMD_AVX512 void csr_row_avx512_row(const CsrRow *csr, const float *x, float *y, Masks masks)
{
	__m512 low = _mm512_set1_ps(csr->relu ? 0.0f : -__builtin_inff()); /* NaN stays */

	for (size_t g = 0; g < csr->groups; g++) {
		size_t p = csr->first[g], end = csr->first[g + 1], left = csr->out - g * 16;
		__mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffff);
		__m512 even = _mm512_load_ps(csr->bias + g * CSR_ROW_LANES);
		__m512 odd = _mm512_setzero_ps();

		for (; p + 2 <= end; p += 2) {
			even = csr_row_step(csr, p, x, masks, even);
			odd = csr_row_step(csr, p + 1, x, masks, odd);
		}
		if (p < end)
			even = csr_row_step(csr, p, x, masks, even);
		_mm512_mask_storeu_ps(y + g * CSR_ROW_LANES, mask,
				      _mm512_max_ps(low, _mm512_add_ps(even, odd)));
	}
}

static void csr_row_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			       size_t y_ld, size_t rows, void *scratch)
{
	const CsrRow *csr = packed->data;
	uint32_t exist = csr->in < 32 ? (1u << csr->in) - 1 : UINT32_MAX;
	Masks masks = { (__mmask16)exist, (__mmask16)(exist >> 16) };

	(void)scratch;
	for (size_t r = 0; r < rows; r++)
		csr_row_avx512_row(csr, (const float *)x + r * x_ld, (float *)y + r * y_ld, masks);
}

#else
#define csr_row_avx512_run NULL
#endif

const Kernel kernel_csr_row_avx512 = {
	.info = {
		.name = "csr-row-avx512",
		.title = "sparse f32 for one row, AVX-512",
		.about = "Multiplies only weights that are not 0, for 16 outputs at a time.",
	},
	.form = KERNEL_CSR,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.batch_max = 4,
	.pack = csr_row_pack,
	.run = csr_row_avx512_run,
};
