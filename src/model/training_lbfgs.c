/* Training by L-BFGS: the loss of all rows and its gradient, batch by batch.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "model/training_inside.h"
#include "num/train/lbfgs.h"
#include "num/train/train.h"

typedef struct FullBatch {
	Training *t;
	float *w;                          /* the block as L-BFGS moves it */
	double loss[LBFGS_LINE_EVALS + 2]; /* of this iteration's evaluations … */
	size_t right[LBFGS_LINE_EVALS + 2];
	size_t evals;
} FullBatch;

/* What is not trained stays as the forward passes left it. */
static void full_batch_set(Model *model, const float *w)
{
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];

		if (span->trained)
			memcpy(model->params + span->offset, w + span->offset,
			       span->rows * span->cols * sizeof *w);
	}
}

/* grad += share·(gradients of the last batch). */
static void full_batch_add(const Training *t, float *grad, double share)
{
	const float *part = t->graph->grad;

	for (size_t i = 0; i < t->model->count; i++)
		grad[i] += (float)(share * (double)part[i]);
}

/* The penalty ½·decay·w². */
static double full_batch_decay(const Training *t, const float *w, float *grad)
{
	double decay = (double)t->options->optimizer.decay, sum = 0;

	for (size_t i = 0; decay > 0 && i < t->model->spans; i++) {
		const Span *span = &t->model->span[i];
		size_t end = span->offset + span->rows * span->cols;

		for (size_t j = span->offset; span->trained && j < end; j++) {
			sum += (double)w[j] * (double)w[j];
			grad[j] += (float)(decay * (double)w[j]);
		}
	}
	return 0.5 * decay * sum;
}

static bool full_batch_eval(void *user, const float *w, float *grad, double *loss, Err *err)
{
	FullBatch *f = user;
	Training *t = f->t;
	size_t count = t->train->count, batch = t->options->batch, right = 0;
	double sum = 0;

	full_batch_set(t->model, w);
	memset(grad, 0, t->model->count * sizeof *grad);
	for (size_t at = 0; at < count; at += batch) {
		size_t n = count - at < batch ? count - at : batch;

		if (!control_poll(t->control, err))
			return false;
		/* The same rows are dropped out at every evaluation: one function is minimized. */
		sum += training_forward(t, t->order + at, n, at / batch, &right);
		graph_backward(t->graph, n, at / batch);
		graph_gradient(t->graph, n, NULL);
		full_batch_add(t, grad, (double)n / (double)count);
	}
	*loss = sum / (double)count + full_batch_decay(t, w, grad);
	if (t->model->mask)
		train_mask(t->graph->features, grad, t->model->mask, t->model->count);
	if (f->evals < sizeof f->loss / sizeof *f->loss) {
		f->loss[f->evals] = *loss;
		f->right[f->evals++] = right;
	}
	return true;
}

/* One iteration is reported as an epoch, with what was found at the weights it ended with. */
static void full_batch_report(const FullBatch *f, const Lbfgs *l, FitEpoch *report)
{
	report->loss = l->loss;
	for (size_t i = 0; i < f->evals; i++)
		if (f->loss[i] == l->loss)
			report->accuracy = training_share(f->t, f->right[i], f->t->train->count);
}

bool training_lbfgs(Training *t, Arena *arena, Err *err)
{
	size_t n = t->model->count, epochs = t->options->epochs;
	FullBatch f = { .t = t, .w = arena_take(arena, n, sizeof(float), err) };
	Lbfgs *l = f.w ? lbfgs_take(n, LBFGS_HISTORY, t->graph->features, arena, err) : NULL;
	FitEpoch report = { .epochs = epochs };
	bool done = false;

	if (!l)
		return false;
	memcpy(f.w, t->model->params, n * sizeof *f.w);
	for (size_t epoch = 1; epoch <= epochs && !done && !l->done; epoch++) {
		int64_t begin_ns = clock_now_ns();

		if (t->options->step)
			t->options->step(t->options->step_user, t->model, epoch - 1, epochs);
		if (t->model->mask)
			train_mask(t->graph->features, f.w, t->model->mask, n);
		bool fine = lbfgs_step(l, f.w, full_batch_eval, &f, err);

		full_batch_set(t->model, f.w);
		if (!fine)
			return false;
		t->model->steps++;
		report.epoch = epoch;
		full_batch_report(&f, l, &report);
		f.evals = 0;
		report.time_s = (double)(clock_now_ns() - begin_ns) / (double)CLOCK_NS_PER_S;
		if (!training_epoch_end(t, &report, &done, err))
			return false;
	}
	return true;
}
