/* Block-sparse f32 weights, AVX2: a block is two vectors, which up to 3 rows multiply.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "num/sparse/block.h"
#include "num/simd.h"

#if SIMD_X86

#define ROWS 3

/* Adds block p to one of the two sums of each row. */
SIMD_INLINE SIMD_AVX2 void block_avx2_add(const Block *block, size_t p, const float *x, size_t x_ld,
					  size_t rows, __m256 left[ROWS], __m256 right[ROWS])
{
	const float *value = block->value + p * BLOCK_OUTPUTS;
	__m256 w_left = _mm256_load_ps(value), w_right = _mm256_load_ps(value + 8);

	x += block->index[p];
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		__m256 from = _mm256_set1_ps(x[r * x_ld]);

		left[r] = _mm256_fmadd_ps(from, w_left, left[r]);
		right[r] = _mm256_fmadd_ps(from, w_right, right[r]);
	}
}

/* The outputs of one group for `rows` rows, a constant, into y (rows,BLOCK_OUTPUTS). */
SIMD_INLINE SIMD_AVX2 void block_avx2_group(const Block *block, size_t g, const float *x,
					    size_t x_ld, float *y, size_t y_ld, size_t rows)
{
	const float *bias = block->bias + g * BLOCK_OUTPUTS;
	size_t p = block->first[g], end = block->first[g + 1];
	__m256 low = _mm256_set1_ps(block->relu ? 0.0f : -__builtin_inff()); /* NaN stays */
	__m256 even_left[ROWS], even_right[ROWS], odd_left[ROWS], odd_right[ROWS];

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		even_left[r] = _mm256_load_ps(bias);
		even_right[r] = _mm256_load_ps(bias + 8);
		odd_left[r] = odd_right[r] = _mm256_setzero_ps();
	}
	for (; p + 2 <= end; p += 2) {
		block_avx2_add(block, p, x, x_ld, rows, even_left, even_right);
		block_avx2_add(block, p + 1, x, x_ld, rows, odd_left, odd_right);
	}
	if (p < end)
		block_avx2_add(block, p, x, x_ld, rows, even_left, even_right);
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		_mm256_storeu_ps(y + r * y_ld,
				 _mm256_max_ps(low, _mm256_add_ps(even_left[r], odd_left[r])));
		_mm256_storeu_ps(y + r * y_ld + 8,
				 _mm256_max_ps(low, _mm256_add_ps(even_right[r], odd_right[r])));
	}
}

#define TILE(rows)                                                                              \
	static SIMD_AVX2 void block_avx2_tile##rows(const Block *block, const float *x,         \
						    size_t x_ld, float *y, size_t y_ld)         \
	{                                                                                       \
		size_t whole = block->out / BLOCK_OUTPUTS, left = block->out % BLOCK_OUTPUTS;   \
		float last[ROWS * BLOCK_OUTPUTS];                                               \
                                                                                                \
		for (size_t g = 0; g < whole; g++)                                              \
			block_avx2_group(block, g, x, x_ld, y + g * BLOCK_OUTPUTS, y_ld, rows); \
		if (!left)                                                                      \
			return;                                                                 \
		block_avx2_group(block, whole, x, x_ld, last, BLOCK_OUTPUTS, rows);             \
		for (size_t r = 0; r < rows; r++)                                               \
			memcpy(y + r * y_ld + whole * BLOCK_OUTPUTS, last + r * BLOCK_OUTPUTS,  \
			       left * sizeof *y);                                               \
	}
TILE(3)
TILE(1)

static void block_avx2_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			   size_t y_ld, size_t rows, void *scratch)
{
	const Block *block = packed->data;
	const float *from = x;
	float *to = y;
	size_t r = 0;

	(void)scratch;
	for (; rows - r >= ROWS; r += ROWS)
		block_avx2_tile3(block, from + r * x_ld, x_ld, to + r * y_ld, y_ld);
	for (; r < rows; r++)
		block_avx2_tile1(block, from + r * x_ld, x_ld, to + r * y_ld, y_ld);
}

#else
#define block_avx2_run NULL
#endif

const Kernel kernel_block_avx2 = {
	.info = {
		.name = "block-avx2",
		.title = "block-sparse f32, AVX2",
		.about = "Multiplies only blocks of 16 outputs that hold a weight, 3 rows at a time.",
	},
	.form = KERNEL_BLOCK,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.pack = block_pack,
	.run = block_avx2_run,
};
