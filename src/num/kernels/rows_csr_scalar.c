/* Compressed rows times dense weights, plain loops: the version for every processor.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/rows_csr.h"

#define OUTPUTS 16 /* sums in flight */

static void rows_csr_scalar_row(const RowsCsr *rows, const SparseRow *x, float *y)
{
	for (size_t o = 0; o < rows->out; o += OUTPUTS) {
		size_t n = rows->out - o < OUTPUTS ? rows->out - o : OUTPUTS;
		float sum[OUTPUTS] = { 0 };

		for (size_t e = 0; e < x->count; e++) {
			const float *w = rows->w + x->column[e] * rows->ld + o;
			float value = rows_csr_value(rows, x->value[e]);

			for (size_t k = 0; k < n; k++)
				sum[k] += value * w[k];
		}
		for (size_t k = 0; k < n; k++)
			y[o + k] = rows_csr_end(rows, sum[k], o + k);
	}
}

static void rows_csr_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				size_t y_ld, size_t rows, void *scratch)
{
	const SparseRow *row = x;

	(void)x_ld;
	(void)scratch;
	for (size_t r = 0; r < rows; r++)
		rows_csr_scalar_row(packed->data, &row[r], (float *)y + r * y_ld);
}

const Kernel kernel_rows_csr_scalar = {
	.info = {
		.name = "rows-csr-scalar",
		.title = "compressed rows",
		.about = "Multiplies only inputs that are not 0; plain loops.",
	},
	.form = KERNEL_ROWS_CSR,
	.pack = rows_csr_pack,
	.run = rows_csr_scalar_run,
};
