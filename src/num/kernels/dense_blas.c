/* Dense f32 weights by OpenBLAS, bias and ReLU in one pass behind it.
 * SPDX-License-Identifier: MIT */
#include "num/blas.h"
#include "num/dense/dense.h"
#include "num/train/train.h"

static void dense_blas_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			   size_t y_ld, size_t rows, void *scratch)
{
	const Dense *dense = packed->data;
	float *to = y;

	(void)scratch;
	blas_gemm(false, false, rows, dense->out, dense->in, x, x_ld, dense->w, dense->out, 0, to,
		  y_ld);
	for (size_t r = 0; r < rows; r++)
		train_bias_act(dense->features, to + r * y_ld, dense->bias, 1, dense->out,
			       dense->relu);
}

const Kernel kernel_dense_blas = {
	.info = {
		.name = "dense-blas",
		.title = "dense f32, OpenBLAS",
		.about = "Every weight, by the matrix product of OpenBLAS.",
	},
	.form = KERNEL_DENSE,
	.pack = dense_pack,
	.run = dense_blas_run,
};
