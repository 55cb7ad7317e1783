/* Sparse f32 weights for a few rows, plain loops: output by output.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/csr.h"

/* Sums in flight, so that additions need not wait for each other. */
#define SUMS 4

static float csr_row_scalar_part(const Csr *csr, size_t at, const float *x)
{
	const uint16_t *index = csr->index;
	const float *value = csr->value;
	uint32_t p = csr->first[at], end = csr->first[at + 1];
	float sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;

	for (; end - p >= SUMS; p += SUMS) {
		sum0 += x[index[p]] * value[p];
		sum1 += x[index[p + 1]] * value[p + 1];
		sum2 += x[index[p + 2]] * value[p + 2];
		sum3 += x[index[p + 3]] * value[p + 3];
	}
	for (; p < end; p++)
		sum0 += x[index[p]] * value[p];
	return sum0 + sum1 + (sum2 + sum3);
}

static void csr_row_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			       size_t y_ld, size_t rows, void *scratch)
{
	const Csr *csr = packed->data;

	(void)scratch;
	for (size_t r = 0; r < rows; r++) {
		const float *from = (const float *)x + r * x_ld;
		float *to = (float *)y + r * y_ld;

		for (size_t o = 0; o < csr->out; o++) {
			float sum = csr->bias[o];

			for (size_t block = 0; block < csr->blocks; block++)
				sum += csr_row_scalar_part(csr, block * csr->out + o, from);
			to[o] = csr->relu && sum < 0 ? 0 : sum;
		}
	}
}

static bool csr_row_scalar_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	if (!csr_pack(out, layer, arena, err))
		return false;
	out->in = out->out = LAYOUT_ROWS_F32;
	return true;
}

const Kernel kernel_csr_row_scalar = {
	.info = {
		.name = "csr-row-scalar",
		.title = "sparse f32 for one row",
		.about = "Multiplies only weights that are not 0, output by output; plain loops.",
	},
	.form = KERNEL_CSR,
	.batch_max = 2,
	.pack = csr_row_scalar_pack,
	.run = csr_row_scalar_run,
};
