/* Fully connected: y = x·W + b.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/layer.h"
#include "model/model.h"
#include "num/blas.h"
#include "num/dense/gemm.h"
#include "num/dense/gemm_bf16.h"
#include "num/pool.h"

#define DENSE_GRAIN 16 /* rows of the weights that a thread takes or leaves */

static bool dense_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t out = (size_t)params_get(params, "units")->integer;

	layer->out = (Shape){ out, 1, 1 };
	return layer_add_span(layer, model, "weight", shape_size(layer->in), out, true, true,
			      err) &&
	       layer_add_span(layer, model, "bias", 1, out, false, true, err);
}

/* U(±1/√fan_in) for weights and bias, the default of PyTorch's Linear. */
static bool dense_init(const Layer *layer, float *const *span, Random *random, Control *control,
		       Err *err)
{
	size_t in = shape_size(layer->in), out = layer->out.channels;
	float bound = 1 / sqrtf((float)in);

	return layer_draw(span[0], in * out, bound, random, control, err) &&
	       layer_draw(span[1], out, bound, random, control, err);
}

/* --- products of bfloat16 --------------------------------------------------------------------- */

/* Where the rounded operands of a product stand in a thread's scratch. */
typedef struct DensePack {
	uint32_t *a, *b;
	float *block; /* of gemm_bf16_adam */
} DensePack;

static size_t dense_align(size_t words)
{
	return (words + 15) / 16 * 16;
}

static DensePack dense_pack(const LayerRun *run, size_t m, size_t n, size_t k, GemmBf16Operand a,
			    GemmBf16Operand b)
{
	DensePack pack = { .a = run->scratch };

	pack.b = pack.a + dense_align(gemm_bf16_a_words(m, k));
	pack.block = (float *)(pack.b + dense_align(gemm_bf16_b_words(n, k)));
	gemm_bf16_pack_a(run->features, m, k, a, pack.a);
	gemm_bf16_pack_b(run->features, n, k, b, pack.b);
	return pack;
}

static void dense_product(const LayerRun *run, size_t m, size_t n, size_t k, GemmBf16Operand a,
			  GemmBf16Operand b, const float *bias, float *c)
{
	DensePack pack = dense_pack(run, m, n, k, a, b);

	gemm_bf16_run(run->features, &(GemmBf16){ .m = m,
						  .n = n,
						  .k = k,
						  .a = pack.a,
						  .b = pack.b,
						  .a_rows = m,
						  .a_transposed = a.transposed,
						  .bias = bias,
						  .relu = bias && run->relu,
						  .c = c,
						  .ldc = n });
}

static size_t dense_words(size_t m, size_t n, size_t k)
{
	return dense_align(gemm_bf16_a_words(m, k)) + dense_align(gemm_bf16_b_words(n, k));
}

static size_t dense_scratch(const Layer *layer, size_t rows)
{
	size_t in = shape_size(layer->in), out = layer->out.channels;
	size_t forward = dense_words(rows, out, in), backward = dense_words(rows, in, out);
	size_t gradient = dense_words(in, out, rows) + DENSE_GRAIN * out, most = forward;

	most = backward > most ? backward : most;
	most = gradient > most ? gradient : most;
	return most * sizeof(uint32_t);
}

/* --- passes ----------------------------------------------------------------------------------- */

static void dense_forward(const LayerRun *run)
{
	size_t in = shape_size(run->layer->in), out = run->layer->out.channels;
	size_t rows = run->end - run->begin;
	const float *x = run->x + run->begin * in;
	float *y = run->y + run->begin * out;

	if (run->bf16) {
		dense_product(run, rows, out, in, (GemmBf16Operand){ x, in, false },
			      (GemmBf16Operand){ run->span[0], out, false }, run->span[1], y);
		return;
	}
	blas_gemm_fast(run->features, false, false, rows, out, in, x, in, run->span[0], out, 0, y,
		       out);
	train_bias_act(run->features, y, run->span[1], rows, out, run->relu);
}

static void dense_backward(const LayerRun *run)
{
	size_t in = shape_size(run->layer->in), out = run->layer->out.channels;
	size_t rows = run->end - run->begin;
	const float *dy = run->dy + run->begin * out;
	float *dx = run->dx + run->begin * in;

	if (run->bf16)
		dense_product(run, rows, in, out, (GemmBf16Operand){ dy, out, false },
			      (GemmBf16Operand){ run->span[0], out, true }, NULL, dx);
	else
		blas_gemm_fast(run->features, false, true, rows, in, out, dy, out, run->span[0],
			       out, 0, dx, in);
}

/* Threads share the rows of the weights; the last one, often with the fewest, has the bias. */
static bool dense_share(const LayerRun *run, unsigned part, unsigned parts, size_t *begin,
			size_t *end)
{
	size_t in = shape_size(run->layer->in), out = run->layer->out.channels;

	if (part + 1 == parts)
		train_bias_grad(run->features, run->grad[1], run->dy, run->rows, out);
	pool_share(in, DENSE_GRAIN, part, parts, begin, end);
	return *begin < *end;
}

static void dense_gradient(const LayerRun *run, unsigned part, unsigned parts)
{
	size_t in = shape_size(run->layer->in), out = run->layer->out.channels, begin, end;

	if (!dense_share(run, part, parts, &begin, &end))
		return;
	if (run->bf16)
		dense_product(run, end - begin, out, run->rows,
			      (GemmBf16Operand){ run->x + begin, in, true },
			      (GemmBf16Operand){ run->dy, out, false }, NULL,
			      run->grad[0] + begin * out);
	else
		blas_gemm_fast(run->features, true, false, end - begin, out, run->rows,
			       run->x + begin, in, run->dy, out, 0, run->grad[0] + begin * out,
			       out);
}

static void dense_adam(const LayerRun *run, const AdamStep *step, float *w, float *m, float *v,
		       unsigned part, unsigned parts)
{
	size_t in = shape_size(run->layer->in), out = run->layer->out.channels, begin, end;

	if (!dense_share(run, part, parts, &begin, &end))
		return;
	size_t n = end - begin, at = begin * out;

	if (run->bf16) {
		DensePack pack = dense_pack(run, n, out, run->rows,
					    (GemmBf16Operand){ run->x + begin, in, true },
					    (GemmBf16Operand){ run->dy, out, false });

		gemm_bf16_adam(run->features, 0, n, n, out, run->rows, pack.a, pack.b, w + at,
			       m + at, v + at, step, pack.block);
	} else
		gemm_adam(run->features, n, out, run->rows, run->x + begin, in, run->dy, w + at,
			  m + at, v + at, step, run->scratch);
}

static const Param dense_params[] = {
	{ .name = "units",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 65535,
	  .unit = "units",
	  .required = true,
	  .help = "Outputs." },
	{ 0 },
};

const LayerKind layer_dense = {
	.info = { .name = "dense",
		  .title = "fully connected",
		  .about = "Every output is a weighted sum of all inputs and a bias.",
		  .params = dense_params },
	.role = LAYER_WEIGHTS,
	.place = LAYER_ROWS,
	.shape = dense_shape,
	.init = dense_init,
	.scratch_bytes = dense_scratch,
	.forward = dense_forward,
	.backward = dense_backward,
	.gradient = dense_gradient,
	.adam = dense_adam,
};
