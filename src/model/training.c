/* Training: batches, forward, backward fused with the optimizer, schedules, patience.
 * SPDX-License-Identifier: MIT */
#include "model/training.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "model/forward.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "num/gemm.h"
#include "num/train.h"

#define TRAINING_PI 3.14159265358979323846

/* Floats of one block of a weight's gradient: with its weights and moments it stays in a 1 MiB
 * second-level cache. */
#define TRAINING_BLOCK 32768

typedef struct Training {
	Model *model;
	const FitOptions *options;
	Control *control;
	Forward forward;
	bool relu[MODEL_LAYERS_MAX];
	float *grad[2]; /* (batch, widest): at the outputs of a layer, and at its inputs */
	float *block;   /* gradient of some rows of a weight, or of a bias */
	float *m,
		*v;  /* moments, laid out as the model's block; NULL where the optimizer has none */
	float *best; /* weights of the best epoch; NULL without patience */
	uint16_t *labels;     /* (batch) */
	uint32_t *order;      /* of the training rows, as positions */
	uint32_t *in_turn;    /* 0, 1, … of the validation rows */
	uint64_t step, steps; /* done so far, planned in all */
	float lr;             /* of the current step */
	AdamStep adam;        /* the same for Adam */
} Training;

/* --- memory ----------------------------------------------------------------------------------- */

static size_t training_block_rows(const Span *span)
{
	size_t rows =
		TRAINING_BLOCK / span->cols / 16 * 16; /* whole cache lines whatever cols is */

	if (rows < 16)
		rows = 16;
	return rows < span->rows ? rows : span->rows;
}

static bool training_take_grads(Training *t, Arena *arena, Err *err)
{
	const Model *model = t->model;
	size_t widest = 0, block = 0, n;

	for (size_t i = 1; i <= model->layers; i++)
		widest = model->size[i] > widest ? model->size[i] : widest;
	for (size_t i = 0; i < model->spans; i++) {
		n = training_block_rows(&model->span[i]) * model->span[i].cols;
		block = n > block ? n : block;
	}
	if (!size_mul(t->options->batch, widest, &n))
		return err_set(err, ERR_MEMORY, "no memory for gradients of %zu rows of %zu units",
			       t->options->batch, widest);
	for (int i = 0; i < 2; i++) {
		t->grad[i] = arena_take(arena, n, sizeof(float), err);
		if (!t->grad[i])
			return false;
	}
	t->block = arena_take(arena, block, sizeof(float), err);
	return t->block;
}

static bool training_take_moments(Training *t, Arena *arena, Err *err)
{
	size_t count = t->model->count;

	if (t->options->optimizer == FIT_ADAM) {
		t->m = arena_take(arena, count, sizeof(float), err);
		if (!t->m)
			return false;
	}
	if (t->options->optimizer != FIT_SGD) {
		t->v = arena_take(arena, count, sizeof(float), err);
		if (!t->v)
			return false;
	}
	if (t->options->patience) {
		t->best = arena_take(arena, count, sizeof(float), err);
		if (!t->best)
			return false;
	}
	return true;
}

static uint32_t *training_take_order(size_t rows, Arena *arena, Err *err)
{
	uint32_t *order = arena_take(arena, rows, sizeof *order, err);

	for (size_t i = 0; order && i < rows; i++)
		order[i] = (uint32_t)i;
	return order;
}

static bool training_init(Training *t, const Rows *train, Arena *arena, Err *err)
{
	const FitOptions *options = t->options;

	for (size_t i = 0; i < t->model->layers; i++) {
		Linear layer;
		LinearQuant quant;

		t->model->kind->linear(t->model, i, &layer, &quant);
		t->relu[i] = layer.relu;
	}
	t->labels = arena_take(arena, options->batch, sizeof *t->labels, err);
	t->order = training_take_order(train->count, arena, err);
	if (!t->labels || !t->order)
		return false;
	if (options->valid) {
		t->in_turn = training_take_order(options->valid->count, arena, err);
		if (!t->in_turn)
			return false;
	}
	return forward_init(&t->forward, t->model, options->batch, arena, err) &&
	       training_take_grads(t, arena, err) && training_take_moments(t, arena, err);
}

/* --- one step --------------------------------------------------------------------------------- */

static float training_lr(const Training *t)
{
	double done = (double)t->step / (double)t->steps;
	double lr = (double)t->options->lr;

	switch (t->options->schedule) {
	case FIT_CONSTANT:
		break;
	case FIT_STEP:
		lr *= done < 1.0 / 3 ? 1 : done < 2.0 / 3 ? 0.1 : 0.01;
		break;
	case FIT_COSINE:
		lr *= 0.5 * (1 + cos(TRAINING_PI * done));
		break;
	}
	return (float)lr;
}

/* Updates n parameters at offset by their gradient in block. */
static void training_update(Training *t, size_t offset, size_t n)
{
	const FitOptions *options = t->options;
	float *w = t->model->params + offset;

	/* A pruned weight is 0 and without a gradient its moments stay 0: nothing moves it. */
	if (t->model->mask)
		train_mask(t->forward.features, t->block, t->model->mask + offset, n);
	switch (options->optimizer) {
	case FIT_ADAM:
		train_adam(t->forward.features, w, t->m + offset, t->v + offset, t->block, n,
			   &t->adam);
		break;
	case FIT_SGD:
		train_sgd(t->forward.features, w, NULL, t->block, n, t->lr, 0, options->decay);
		break;
	case FIT_MOMENTUM:
		train_sgd(t->forward.features, w, t->v + offset, t->block, n, t->lr,
			  options->momentum, options->decay);
		break;
	}
}

/* w moves along x'·grad, some rows of it at a time. */
static void training_update_weight(Training *t, const Span *weight, const float *x,
				   const float *grad, size_t rows)
{
	uint32_t features = t->forward.features;
	size_t step = training_block_rows(weight), cols = weight->cols, offset = weight->offset;

	if (features & CPU_AVX512 && t->options->optimizer == FIT_ADAM && !t->model->mask) {
		gemm_adam(features, weight->rows, cols, rows, x, grad, t->model->params + offset,
			  t->m + offset, t->v + offset, &t->adam, t->block);
		return;
	}
	for (size_t row = 0; row < weight->rows; row += step) {
		size_t n = weight->rows - row < step ? weight->rows - row : step;

		blas_gemm_fast(features, true, false, n, cols, rows, x + row, weight->rows, grad,
			       cols, 0, t->block, cols);
		training_update(t, offset + row * cols, n * cols);
	}
}

/* grad (rows, out) at the outputs of a layer: updates the layer. */
static void training_update_layer(Training *t, size_t layer, const float *grad, size_t rows)
{
	const Span *weight = &t->model->span[2 * layer];
	const Span *bias = &t->model->span[2 * layer + 1];

	training_update_weight(t, weight, t->forward.act[layer], grad, rows);
	train_bias_grad(t->forward.features, t->block, grad, rows, bias->cols);
	training_update(t, bias->offset, bias->cols);
}

/* The input gradient is taken before the layer's weights move; the first layer needs none. */
static void training_backward(Training *t, size_t rows)
{
	float *grad = t->grad[0], *below = t->grad[1];

	for (size_t layer = t->model->layers; layer-- > 0;) {
		const Span *weight = &t->model->span[2 * layer];

		if (layer > 0) {
			blas_gemm_fast(t->forward.features, false, true, rows, weight->rows,
				       weight->cols, grad, weight->cols,
				       t->model->params + weight->offset, weight->cols, 0, below,
				       weight->rows);
			if (t->relu[layer - 1])
				train_relu_grad(t->forward.features, below, t->forward.act[layer],
						rows, weight->rows);
		}
		training_update_layer(t, layer, grad, rows);

		float *swap = grad;

		grad = below;
		below = swap;
	}
}

/* Summed loss of n rows; their gradient at the logits lies in grad[0]. */
static double training_forward(Training *t, const Rows *rows, const uint32_t *order, size_t n,
			       size_t *right)
{
	size_t classes = t->model->size[t->model->layers];

	rows_gather(rows, order, n, t->forward.act[0], t->labels);
	forward_run(&t->forward, t->model, n);
	return train_softmax_xent(t->forward.features, t->grad[0], t->forward.act[t->model->layers],
				  t->labels, n, classes, right);
}

/* --- epochs ----------------------------------------------------------------------------------- */

/* One pass over the rows. *cut: a "stop" came before the last batch. */
static bool training_epoch(Training *t, const Rows *train, FitEpoch *report, bool *cut, Err *err)
{
	int64_t begin_ns = clock_now_ns();
	size_t right = 0, batch = t->options->batch;
	double loss = 0;

	for (size_t at = 0; at < train->count; at += batch) {
		size_t n = train->count - at < batch ? train->count - at : batch;

		if (!control_poll(t->control, err))
			return false;
		if (at > 0 && control_stopping(t->control)) {
			*cut = true;
			return true;
		}
		double sum = training_forward(t, train, t->order + at, n, &right);

		if (!isfinite(sum))
			return err_set(
				err, ERR_DIVERGED,
				"the loss is no longer a number in epoch %zu, step %zu (lr %g): "
				"try a smaller lr",
				report->epoch, at / batch + 1, (double)t->options->lr);
		loss += sum;
		t->lr = training_lr(t);
		t->adam = train_adam_step(t->lr, t->options->beta1, t->options->beta2,
					  t->options->epsilon, t->step + 1);
		training_backward(t, n);
		t->step++;
		t->model->steps++;
	}
	report->loss = loss / (double)train->count;
	report->accuracy = (double)right / (double)train->count;
	report->time_s = (double)(clock_now_ns() - begin_ns) / (double)CLOCK_NS_PER_S;
	return true;
}

static bool training_validate(Training *t, FitEpoch *report, Err *err)
{
	const Rows *valid = t->options->valid;
	size_t right = 0, batch = t->options->batch;
	double loss = 0;

	report->valid_loss = report->valid_accuracy = NAN;
	if (!valid)
		return true;
	for (size_t at = 0; at < valid->count; at += batch) {
		size_t n = valid->count - at < batch ? valid->count - at : batch;

		if (!control_poll(t->control, err))
			return false;
		loss += training_forward(t, valid, t->in_turn + at, n, &right);
	}
	report->valid_loss = loss / (double)valid->count;
	report->valid_accuracy = (double)right / (double)valid->count;
	return true;
}

/* Keeps the best weights; true when patience is over. */
static bool training_patience(Training *t, const FitEpoch *report, double *best, size_t *waited)
{
	if (!t->best)
		return false;
	if (report->valid_loss < *best) {
		*best = report->valid_loss;
		*waited = 0;
		memcpy(t->best, t->model->params, t->model->count * sizeof(float));
		return false;
	}
	return ++*waited >= t->options->patience;
}

static bool training_run(Training *t, const Rows *train, FitWatch *watch, Err *err)
{
	const FitOptions *options = t->options;
	double best = INFINITY;
	size_t waited = 0;
	bool done = false;
	Random random;

	random_init(&random, options->seed, RANDOM_ROWS);
	t->steps =
		(uint64_t)((train->count + options->batch - 1) / options->batch) * options->epochs;
	for (size_t epoch = 1; epoch <= options->epochs && !done; epoch++) {
		FitEpoch report = { .epoch = epoch, .epochs = options->epochs };

		random_shuffle(&random, t->order, train->count);
		if (!training_epoch(t, train, &report, &done, err))
			return false;
		if (done)
			break;
		if (!training_validate(t, &report, err))
			return false;
		done = training_patience(t, &report, &best, &waited);
		if (watch && !watch->epoch(watch, &report, err))
			return false;
		done = done || control_stopping(t->control);
	}
	if (t->best && best < INFINITY)
		memcpy(t->model->params, t->best, t->model->count * sizeof(float));
	return true;
}

bool training_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		  Control *control, Err *err)
{
	Training t = { .model = model, .options = options, .control = control };
	Arena *arena = arena_new(0, err);
	bool fine = arena && training_init(&t, train, arena, err);

	if (fine) {
		if (model->mask)
			train_mask(t.forward.features, model->params, model->mask, model->count);
		model->input_scale = train->set->byte_scale;
		fine = training_run(&t, train, watch, err);
	}
	arena_free(arena);
	return fine;
}
