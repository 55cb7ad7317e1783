/* Block-sparse f32 weights, AVX-512: a block is a vector, which up to 8 rows multiply.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/block.h"
#include "num/simd.h"

#if SIMD_X86

#define ROWS 8

/* The outputs of one group for `rows` rows, a constant; mask: outputs that exist. */
SIMD_INLINE SIMD_AVX512 void block_avx512_group(const Block *block, size_t g, const float *x,
						size_t x_ld, float *y, size_t y_ld, size_t rows,
						__mmask16 mask)
{
	const uint32_t *index = block->index;
	const float *value = block->value;
	size_t p = block->first[g], end = block->first[g + 1];
	__m512 low = _mm512_set1_ps(block->relu ? 0.0f : -__builtin_inff()); /* NaN stays */
	__m512 even[ROWS], odd[ROWS];

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		even[r] = _mm512_load_ps(block->bias + g * BLOCK_OUTPUTS);
		odd[r] = _mm512_setzero_ps();
	}
	for (; p + 2 <= end; p += 2) {
		__m512 w0 = _mm512_load_ps(value + p * BLOCK_OUTPUTS);
		__m512 w1 = _mm512_load_ps(value + (p + 1) * BLOCK_OUTPUTS);
		const float *x0 = x + index[p], *x1 = x + index[p + 1];

		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++) {
			even[r] = _mm512_fmadd_ps(_mm512_set1_ps(x0[r * x_ld]), w0, even[r]);
			odd[r] = _mm512_fmadd_ps(_mm512_set1_ps(x1[r * x_ld]), w1, odd[r]);
		}
	}
	if (p < end) {
		__m512 w = _mm512_load_ps(value + p * BLOCK_OUTPUTS);
		const float *x0 = x + index[p];

		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++)
			even[r] = _mm512_fmadd_ps(_mm512_set1_ps(x0[r * x_ld]), w, even[r]);
	}
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++)
		_mm512_mask_storeu_ps(y + r * y_ld, mask,
				      _mm512_max_ps(low, _mm512_add_ps(even[r], odd[r])));
}

#define TILE(rows)                                                                               \
	static SIMD_AVX512 void block_avx512_tile##rows(const Block *block, const float *x,      \
							size_t x_ld, float *y, size_t y_ld)      \
	{                                                                                        \
		for (size_t g = 0; g < block->groups; g++) {                                     \
			size_t left = block->out - g * BLOCK_OUTPUTS;                            \
			__mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffff);     \
                                                                                                 \
			block_avx512_group(block, g, x, x_ld, y + g * BLOCK_OUTPUTS, y_ld, rows, \
					   mask);                                                \
		}                                                                                \
	}
TILE(8)
TILE(4)
TILE(2)
TILE(1)

static void block_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			     size_t y_ld, size_t rows, void *scratch)
{
	const Block *block = packed->data;
	const float *from = x;
	float *to = y;
	size_t r = 0;

	(void)scratch;
	for (; rows - r >= 8; r += 8)
		block_avx512_tile8(block, from + r * x_ld, x_ld, to + r * y_ld, y_ld);
	for (; rows - r >= 4; r += 4)
		block_avx512_tile4(block, from + r * x_ld, x_ld, to + r * y_ld, y_ld);
	for (; rows - r >= 2; r += 2)
		block_avx512_tile2(block, from + r * x_ld, x_ld, to + r * y_ld, y_ld);
	if (r < rows)
		block_avx512_tile1(block, from + r * x_ld, x_ld, to + r * y_ld, y_ld);
}

#else
#define block_avx512_run NULL
#endif

const Kernel kernel_block_avx512 = {
	.info = {
		.name = "block-avx512",
		.title = "block-sparse f32, AVX-512",
		.about = "Multiplies only blocks of 16 outputs that hold a weight, 8 rows at a time.",
	},
	.form = KERNEL_BLOCK,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.pack = block_pack,
	.run = block_avx512_run,
};
