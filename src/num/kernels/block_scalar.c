/* Block-sparse f32 weights, plain loops: the version for every processor.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/block.h"

static void block_scalar_add(const Block *block, size_t p, const float *x, float *sum)
{
	const float *value = block->value + p * BLOCK_OUTPUTS;
	float from = x[block->index[p]];

	for (size_t o = 0; o < BLOCK_OUTPUTS; o++)
		sum[o] += from * value[o];
}

static void block_scalar_group(const Block *block, size_t g, const float *x, float *y)
{
	size_t p = block->first[g], end = block->first[g + 1];
	size_t left = block->out - g * BLOCK_OUTPUTS;
	float even[BLOCK_OUTPUTS], odd[BLOCK_OUTPUTS] = { 0 };

	for (size_t o = 0; o < BLOCK_OUTPUTS; o++)
		even[o] = block->bias[g * BLOCK_OUTPUTS + o];
	for (; p + 2 <= end; p += 2) {
		block_scalar_add(block, p, x, even);
		block_scalar_add(block, p + 1, x, odd);
	}
	if (p < end)
		block_scalar_add(block, p, x, even);
	for (size_t o = 0; o < BLOCK_OUTPUTS && o < left; o++) {
		float sum = even[o] + odd[o];

		y[o] = block->relu && sum < 0 ? 0 : sum;
	}
}

static void block_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			     size_t y_ld, size_t rows, void *scratch)
{
	const Block *block = packed->data;

	(void)scratch;
	for (size_t r = 0; r < rows; r++)
		for (size_t g = 0; g < block->groups; g++)
			block_scalar_group(block, g, (const float *)x + r * x_ld,
					   (float *)y + r * y_ld + g * BLOCK_OUTPUTS);
}

const Kernel kernel_block_scalar = {
	.info = {
		.name = "block-scalar",
		.title = "block-sparse f32",
		.about = "Multiplies only blocks of 16 outputs that hold a weight; plain loops.",
	},
	.form = KERNEL_BLOCK,
	.pack = block_pack,
	.run = block_scalar_run,
};
