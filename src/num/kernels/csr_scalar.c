/* Sparse f32 weights, plain loops: the version for every processor.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/csr.h"

/* Columns in flight. */
#define COLUMNS KERNEL_COLS_ALIGN

static void csr_scalar_output(const Csr *csr, size_t block, size_t o, const float *x, size_t x_ld,
			      float *y)
{
	uint32_t end = csr->first[block * csr->out + o + 1];
	bool relu = csr->relu && block == csr->blocks - 1;
	float sum[COLUMNS];

	for (size_t c = 0; c < COLUMNS; c++)
		sum[c] = block ? y[c] : csr->bias[o];
	for (uint32_t p = csr->first[block * csr->out + o]; p < end; p++) {
		const float *from = x + csr->index[p] * x_ld;
		float w = csr->value[p];

		for (size_t c = 0; c < COLUMNS; c++)
			sum[c] += w * from[c];
	}
	for (size_t c = 0; c < COLUMNS; c++)
		y[c] = relu && sum[c] < 0 ? 0 : sum[c];
}

static void csr_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			   size_t y_ld, size_t rows, void *scratch)
{
	const Csr *csr = packed->data;

	(void)scratch;
	for (size_t r = 0; r < rows; r += COLUMNS)
		for (size_t block = 0; block < csr->blocks; block++)
			for (size_t o = 0; o < csr->out; o++)
				csr_scalar_output(csr, block, o, (const float *)x + r, x_ld,
						  (float *)y + o * y_ld + r);
}

const Kernel kernel_csr_scalar = {
	.info = {
		.name = "csr-scalar",
		.title = "sparse f32",
		.about = "Multiplies only weights that are not 0; plain loops.",
	},
	.form = KERNEL_CSR,
	.pack = csr_pack,
	.run = csr_scalar_run,
};
