/* Forward pass: one sgemm, then bias and activation, for each layer.
 * SPDX-License-Identifier: MIT */
#include "model/forward.h"

#include "num/blas.h"
#include "num/cpu.h"
#include "num/train.h"

bool forward_init(Forward *forward, const Model *model, size_t batch, Arena *arena, Err *err)
{
	forward->batch = batch;
	forward->features = cpu_features();
	for (size_t i = 0; i <= model->layers; i++) {
		size_t n;

		if (!size_mul(batch, model->size[i], &n))
			return err_set(err, ERR_MEMORY, "no memory for %zu rows of %zu units",
				       batch, model->size[i]);
		forward->act[i] = arena_take(arena, n, sizeof(float), err);
		if (!forward->act[i])
			return false;
	}
	return true;
}

void forward_run(const Forward *forward, const Model *model, size_t rows)
{
	for (size_t i = 0; i < model->layers; i++) {
		Linear layer;
		LinearQuant quant;
		float *y = forward->act[i + 1];

		model->kind->linear(model, i, &layer, &quant);
		blas_gemm_fast(forward->features, false, false, rows, layer.out, layer.in,
			       forward->act[i], layer.in, layer.w, layer.out, 0, y, layer.out);
		train_bias_act(forward->features, y, layer.b, rows, layer.out, layer.relu);
	}
}
