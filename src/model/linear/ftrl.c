/* FTRL-Proximal over dense and sparse rows.
 * SPDX-License-Identifier: MIT */
#include "model/linear/ftrl.h"

#include <math.h>

#include "base/random.h"

typedef struct FtrlWeight {
	float z, root; /* root: √n */
} FtrlWeight;

struct Ftrl {
	LinearFit *fit;
	const FtrlOptions *options;
	size_t in, out;
	FtrlWeight *weight; /* (features + 1, outputs) */
	uint32_t *column;   /* (features) of a dense row; 0, 1, … */
	float *value;       /* (features) of a dense row */
	double *logit;      /* (outputs), then the gradients there */
	double passes;      /* over the rows so far, with its fraction */
	double loss;
	size_t right;
};

/* What a weight is now; its penalty has grown with every row, seen or not. */
static double ftrl_weight(const Ftrl *f, const FtrlWeight *w, bool bias)
{
	const FtrlOptions *o = f->options;
	double z = (double)w->z, l1 = bias ? 0 : o->l1 * f->passes,
	       l2 = bias ? 0 : o->l2 * f->passes;

	if (fabs(z) <= l1)
		return 0;
	return -(z - copysign(l1, z)) / ((o->beta + (double)w->root) / o->alpha + l2);
}

static void ftrl_move(const Ftrl *f, FtrlWeight *w, double g, bool bias)
{
	double old = ftrl_weight(f, w, bias), root = (double)w->root,
	       next = sqrt(root * root + g * g);

	w->z = (float)((double)w->z + g - (next - root) / f->options->alpha * old);
	w->root = (float)next;
}

static SparseRow ftrl_row(const Ftrl *f, size_t i)
{
	if (f->fit->rows->set->form == DATASET_SPARSE)
		return rows_sparse(f->fit->rows, i);
	rows_floats(f->fit->rows, i, 1, f->value);
	return (SparseRow){ f->in, f->column, f->value };
}

/* Gradients at the logits; the loss is log(1 + e^−margin), summed over the outputs. */
static void ftrl_loss(Ftrl *f, uint16_t label)
{
	size_t best = 0;

	for (size_t k = 1; k < f->out; k++)
		best = f->logit[k] > f->logit[best] ? k : best;
	if (f->out == 1)
		best = f->logit[0] > 0;
	f->right += best == label;
	for (size_t k = 0; k < f->out; k++) {
		double y = (f->out == 1 ? label == 1 : label == k) ? 1 : 0, z = f->logit[k];

		f->loss += fmax(z, 0) - z * y + log1p(exp(-fabs(z)));
		f->logit[k] = 1 / (1 + exp(-z)) - y;
	}
}

static void ftrl_step(Ftrl *f, size_t i)
{
	SparseRow row = ftrl_row(f, i);
	FtrlWeight *bias = f->weight + f->in * f->out;

	for (size_t k = 0; k < f->out; k++)
		f->logit[k] = ftrl_weight(f, &bias[k], true);
	for (size_t e = 0; e < row.count; e++) {
		const FtrlWeight *w = f->weight + row.column[e] * f->out;

		for (size_t k = 0; k < f->out; k++)
			f->logit[k] += (double)row.value[e] * ftrl_weight(f, &w[k], false);
	}
	ftrl_loss(f, rows_label(f->fit->rows, i));
	for (size_t e = 0; e < row.count; e++) {
		FtrlWeight *w = f->weight + row.column[e] * f->out;

		for (size_t k = 0; row.value[e] != 0 && k < f->out; k++)
			ftrl_move(f, &w[k], f->logit[k] * (double)row.value[e], false);
	}
	for (size_t k = 0; k < f->out; k++)
		ftrl_move(f, &bias[k], f->logit[k], true);
}

bool ftrl_rows(Ftrl *f, const uint32_t *order, const FtrlPlace *place, Err *err)
{
	size_t rows = f->fit->rows->count, between = LINEAR_WORK / 64 / (f->in * f->out) + 1;

	if (place->seen == 0) {
		f->loss = 0;
		f->right = 0;
	}
	for (size_t i = 0; i < rows; i++) {
		if (i % between == 0 && !control_poll(f->fit->control, err))
			return false;
		f->passes = (double)(place->epoch - 1) +
			    (double)(place->seen + i) / (double)place->rows;
		ftrl_step(f, order ? order[i] : i);
	}
	return isfinite(f->loss) ||
	       err_set(err, ERR_DIVERGED,
		       "the loss is no longer a number in pass %zu: try a smaller step",
		       place->epoch);
}

double ftrl_loss_sum(const Ftrl *f)
{
	return f->loss;
}

size_t ftrl_right(const Ftrl *f)
{
	return f->right;
}

Ftrl *ftrl_take(LinearFit *fit, const Dataset *set, const FtrlOptions *options, size_t outputs,
		Arena *arena, Err *err)
{
	Ftrl *f = arena_take(arena, 1, sizeof *f, err);

	if (!f)
		return NULL;
	*f = (Ftrl){ .fit = fit, .options = options, .in = set->features, .out = outputs };
	f->column = arena_take(arena, f->in, sizeof *f->column, err);
	f->value = f->column ? arena_take(arena, f->in, sizeof *f->value, err) : NULL;
	f->logit = f->value ? arena_take(arena, outputs, sizeof *f->logit, err) : NULL;
	f->weight =
		f->logit ? arena_take(arena, (f->in + 1) * outputs, sizeof *f->weight, err) : NULL;
	if (!f->weight)
		return NULL;
	for (size_t j = 0; j < f->in; j++)
		f->column[j] = (uint32_t)j;
	return f;
}

void ftrl_write(const Ftrl *f, float *weights, float *biases)
{
	for (size_t j = 0; j < f->in * f->out; j++)
		weights[j] = (float)ftrl_weight(f, &f->weight[j], false);
	for (size_t k = 0; k < f->out; k++)
		biases[k] = (float)ftrl_weight(f, &f->weight[f->in * f->out + k], true);
}

static bool ftrl_run(Ftrl *f, uint32_t *order, Err *err)
{
	FtrlPlace place = { .rows = f->fit->rows->count };
	bool stop = false;
	Random random;

	for (size_t i = 0; i < place.rows; i++)
		order[i] = (uint32_t)i;
	random_init(&random, f->options->seed, RANDOM_ROWS);
	for (place.epoch = 1; place.epoch <= f->options->epochs && !stop; place.epoch++) {
		random_shuffle(&random, order, place.rows);
		if (!ftrl_rows(f, order, &place, err) ||
		    !linear_report(f->fit, place.epoch, f->options->epochs,
				   f->loss / (double)place.rows,
				   (double)f->right / (double)place.rows, &stop, err))
			return false;
	}
	return true;
}

bool ftrl_fit(LinearFit *fit, const FtrlOptions *options, float *weights, float *biases,
	      size_t outputs, Err *err)
{
	Arena *arena = arena_new(0, err);
	uint32_t *order = arena ? arena_take(arena, fit->rows->count, sizeof *order, err) : NULL;
	Ftrl *f = order ? ftrl_take(fit, fit->rows->set, options, outputs, arena, err) : NULL;
	bool fine = f && ftrl_run(f, order, err);

	if (fine)
		ftrl_write(f, weights, biases);
	arena_free(arena);
	return fine;
}
