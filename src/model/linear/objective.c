/* Logistic and softmax loss of all rows: threads share fixed pieces of the rows, each with a gradient
 * of its own.
 * SPDX-License-Identifier: MIT */
#include "model/linear/objective.h"

#include <string.h>

#include "model/linear/narrow.h"
#include "num/blas.h"
#include "num/train/loss.h"
#include "num/train/train.h"

#define BLOCK_FLOATS 65536 /* of x in a block: 256 KiB of f32, in the second-level cache */
#define BLOCK_ROWS_MAX 512
#define PIECES_FLOATS \
	(UINT64_C(1) << 24) /* of all gradients together, before there are fewer pieces */

/* What a thread needs for a block. */
typedef struct ObjectiveScratch {
	float *x;         /* (block, features); NULL: rows are read where they lie */
	const void **row; /* (block) the narrow way: where they lie */
	float *z;         /* (block, outputs) logits, then their gradient */
	uint16_t *labels; /* (block) */
} ObjectiveScratch;

typedef struct ObjectivePiece {
	float *grad; /* like w */
	double loss;
	size_t right;
} ObjectivePiece;

struct Objective {
	const LinearFit *fit;
	Design design;
	ObjectiveLoss kind;
	Loss loss; /* logistic */
	size_t in, out, count;
	size_t block, pieces; /* rows of a block; pieces of the rows */
	double l2;
	/* Weights and then biases, f32: (in,out) row-major, or the narrow way (out, narrow_ld(in)). */
	float *w;
	bool narrow;
	size_t weights; /* floats before the biases */
	ObjectivePiece piece[LINEAR_PIECES];
	ObjectiveScratch *scratch; /* of each thread */
	size_t from, to;           /* blocks of each piece that are in work */
	double mean_loss, accuracy;
};

/* --- memory ----------------------------------------------------------------------------------- */

static bool objective_take_scratch(Objective *o, Arena *arena, Err *err)
{
	unsigned threads = pool_threads(o->fit->pool);
	bool sparse = o->design.form == DATASET_SPARSE;

	o->scratch = arena_take(arena, threads, sizeof *o->scratch, err);
	for (unsigned i = 0; o->scratch && i < threads; i++) {
		ObjectiveScratch *s = &o->scratch[i];

		s->z = arena_take(arena, o->block * o->out, sizeof *s->z, err);
		s->labels = s->z ? arena_take(arena, o->block, sizeof *s->labels, err) : NULL;
		if (!s->labels)
			return false;
		if (o->narrow)
			s->row = arena_take(arena, o->block, sizeof *s->row, err);
		else if (!sparse)
			s->x = arena_take(arena, o->block * o->in, sizeof *s->x, err);
		if (!sparse && !s->row && !s->x)
			return false;
	}
	return o->scratch;
}

static void objective_sizes(Objective *o, ObjectiveLoss loss, size_t outputs, double l2)
{
	o->kind = loss;
	o->loss = loss_default(outputs > 1 ? LOSS_XENT : LOSS_BCE);
	o->in = o->design.features;
	o->out = outputs;
	o->count = (o->in + 1) * outputs;
	o->l2 = l2;
	o->narrow = o->design.form != DATASET_SPARSE && narrow_fits(o->fit->cpu, outputs);
	o->weights = o->narrow ? outputs * narrow_ld(o->in) : outputs * o->in;
	o->block = BLOCK_FLOATS / (o->in > outputs ? o->in : outputs);
	o->block = o->block < 16 ? 16 : o->block > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : o->block;
	o->pieces = (size_t)(PIECES_FLOATS / o->count);
	o->pieces = o->pieces < 1 ? 1 : o->pieces > LINEAR_PIECES ? LINEAR_PIECES : o->pieces;
}

Objective *objective_take(const LinearFit *fit, ObjectiveLoss loss, size_t outputs, double l2,
			  Arena *arena, Err *err)
{
	Objective *o = arena_take(arena, 1, sizeof *o, err);

	if (!o)
		return NULL;
	o->fit = fit;
	o->design = design_of_rows(fit->rows);
	objective_sizes(o, loss, outputs, l2);
	o->w = arena_take(arena, o->weights + outputs, sizeof *o->w, err);
	if (!o->w || !objective_take_scratch(o, arena, err))
		return NULL;
	for (size_t i = 0; i < o->pieces; i++) {
		o->piece[i].grad = arena_take(arena, o->weights + outputs, sizeof *o->w, err);
		if (!o->piece[i].grad)
			return NULL;
	}
	return o;
}

/* Where parameter i, as minimize.h orders them, is in o->w. */
static size_t objective_at(const Objective *o, size_t i)
{
	if (i >= o->in * o->out)
		return o->weights + i - o->in * o->out;
	return o->narrow ? i % o->out * narrow_ld(o->in) + i / o->out : i;
}

size_t objective_count(const Objective *o)
{
	return o->count;
}

/* --- a block of rows -------------------------------------------------------------------------- */

static const float *block_dense(const Objective *o, const ObjectiveScratch *s, size_t begin,
				size_t n)
{
	const float *x =
		o->design.form == DATASET_FLOATS ? rows_in_place(o->fit->rows, begin, n) : NULL;

	if (!x)
		rows_floats(o->fit->rows, begin, n, s->x);
	return x ? x : s->x;
}

static void block_logits_sparse(const Objective *o, float *z, size_t begin, size_t n)
{
	for (size_t r = 0; r < n; r++, z += o->out) {
		SparseRow row = rows_sparse(o->fit->rows, begin + r);

		memset(z, 0, o->out * sizeof *z);
		for (size_t k = 0; k < row.count; k++) {
			const float *w = o->w + row.column[k] * o->out;

			for (size_t j = 0; j < o->out; j++)
				z[j] += row.value[k] * w[j];
		}
	}
}

static void block_grad_sparse(const Objective *o, float *grad, const float *d, size_t begin,
			      size_t n)
{
	for (size_t r = 0; r < n; r++, d += o->out) {
		SparseRow row = rows_sparse(o->fit->rows, begin + r);

		for (size_t k = 0; k < row.count; k++) {
			float *g = grad + row.column[k] * o->out;

			for (size_t j = 0; j < o->out; j++)
				g[j] += row.value[k] * d[j];
		}
	}
}

/* z (n, outputs) becomes the gradient of the summed loss. */
static double block_hinge(const Objective *o, float *z, const uint16_t *labels, size_t n,
			  size_t *right)
{
	double loss = 0;

	for (size_t r = 0; r < n; r++, z += o->out) {
		size_t label = labels[r], best = 0;

		for (size_t k = 1; k < o->out; k++)
			best = z[k] > z[best] ? k : best;
		*right += (o->out == 1 ? z[0] > 0 : best) == label;
		for (size_t k = 0; k < o->out; k++) {
			float t = (o->out == 1 ? label == 1 : label == k) ? 1.0f : -1.0f;
			float lack = 1.0f - t * z[k];

			lack = lack > 0 ? lack : 0;
			loss += (double)lack * (double)lack;
			z[k] = -2.0f * t * lack;
		}
	}
	return loss;
}

/* Logits without their bias in s->z become their gradient, of the summed loss. */
static void block_loss(const Objective *o, ObjectivePiece *piece, const ObjectiveScratch *s,
		       size_t begin, size_t n)
{
	float *bias = piece->grad + o->weights;

	for (size_t r = 0; r < n; r++)
		s->labels[r] = rows_label(o->fit->rows, begin + r);
	train_bias_act(o->fit->cpu, s->z, o->w + o->weights, n, o->out, false);
	if (o->kind == OBJECTIVE_SQUARED_HINGE)
		piece->loss += block_hinge(o, s->z, s->labels, n, &piece->right);
	else {
		piece->loss += loss_run(o->fit->cpu, &o->loss, s->z, s->z, s->labels, NULL, n,
					o->out, &piece->right);
		for (size_t i = 0; i < n * o->out; i++)
			s->z[i] *= (float)n;
	}
	for (size_t r = 0; r < n; r++)
		for (size_t k = 0; k < o->out; k++)
			bias[k] += s->z[r * o->out + k];
}

/* Rows where they lie; the scale of bytes is taken into logits and their gradient. */
static void block_narrow(const Objective *o, ObjectivePiece *piece, const ObjectiveScratch *s,
			 size_t begin, size_t n)
{
	Narrow narrow = { .bytes = o->design.form == DATASET_BYTES,
			  .row = s->row,
			  .n = n,
			  .in = o->in,
			  .out = o->out };

	for (size_t r = 0; r < n; r++) {
		size_t at = design_at(&o->design, begin + r) * o->in;

		s->row[r] = narrow.bytes ? (const void *)(o->design.bytes + at)
					 : (const void *)(o->design.floats + at);
	}
	narrow_forward(&narrow, o->w, s->z);
	for (size_t i = 0; i < n * o->out; i++)
		s->z[i] *= o->design.scale;
	block_loss(o, piece, s, begin, n);
	for (size_t i = 0; i < n * o->out; i++)
		s->z[i] *= o->design.scale;
	narrow_gradient(&narrow, s->z, piece->grad);
}

static void block_run(const Objective *o, ObjectivePiece *piece, const ObjectiveScratch *s,
		      size_t begin, size_t n)
{
	uint32_t cpu = o->fit->cpu;

	if (o->design.form == DATASET_SPARSE) {
		block_logits_sparse(o, s->z, begin, n);
		block_loss(o, piece, s, begin, n);
		block_grad_sparse(o, piece->grad, s->z, begin, n);
	} else if (o->narrow) {
		block_narrow(o, piece, s, begin, n);
	} else {
		const float *x = block_dense(o, s, begin, n);

		blas_gemm_fast(cpu, false, false, n, o->out, o->in, x, o->in, o->w, o->out, 0, s->z,
			       o->out);
		block_loss(o, piece, s, begin, n);
		blas_gemm_fast(cpu, true, false, o->in, o->out, n, x, o->in, s->z, o->out, 1,
			       piece->grad, o->out);
	}
}

/* --- all rows --------------------------------------------------------------------------------- */

static void objective_part(void *user, unsigned part, unsigned parts)
{
	Objective *o = user;
	size_t first, last;

	pool_share(o->pieces, 1, part, parts, &first, &last);
	for (size_t p = first; p < last; p++) {
		size_t begin, end;

		pool_share(o->design.rows, o->block, (unsigned)p, (unsigned)o->pieces, &begin,
			   &end);
		for (size_t b = o->from; b < o->to && begin + b * o->block < end; b++) {
			size_t at = begin + b * o->block;

			block_run(o, &o->piece[p], &o->scratch[part], at,
				  end - at < o->block ? end - at : o->block);
		}
	}
}

static void objective_begin(Objective *o, const double *w)
{
	for (size_t i = 0; i < o->count; i++)
		o->w[objective_at(o, i)] = (float)w[i];
	for (size_t p = 0; p < o->pieces; p++) {
		memset(o->piece[p].grad, 0, (o->weights + o->out) * sizeof *o->w);
		o->piece[p].loss = 0;
		o->piece[p].right = 0;
	}
}

static double objective_end(Objective *o, const double *w, double *grad)
{
	double loss = 0, square = 0;
	size_t right = 0, penalized = o->in * o->out;

	if (o->kind == OBJECTIVE_SQUARED_HINGE)
		penalized = o->count;

	memset(grad, 0, o->count * sizeof *grad);
	for (size_t p = 0; p < o->pieces; p++) {
		loss += o->piece[p].loss;
		right += o->piece[p].right;
		for (size_t i = 0; i < o->count; i++)
			grad[i] += (double)o->piece[p].grad[objective_at(o, i)];
	}
	o->mean_loss = loss / (double)o->design.rows;
	o->accuracy = (double)right / (double)o->design.rows;
	for (size_t i = 0; i < penalized; i++) {
		square += w[i] * w[i];
		grad[i] += o->l2 * w[i];
	}
	return loss + 0.5 * o->l2 * square;
}

bool objective_eval(void *user, const double *w, double *grad, double *value, Err *err)
{
	Objective *o = user;
	size_t rows = o->design.rows / o->pieces + o->block, step;
	uint64_t work = (uint64_t)o->block * o->pieces * o->in;

	step = (size_t)(LINEAR_WORK * 2 / work);
	step = step < 1 ? 1 : step;
	objective_begin(o, w);
	for (o->from = 0; o->from * o->block < rows; o->from = o->to) {
		if (!control_poll(o->fit->control, err))
			return false;
		o->to = o->from + step;
		if (pool_worth(o->fit->pool, work))
			pool_run(o->fit->pool, objective_part, o);
		else
			objective_part(o, 0, 1);
	}
	*value = objective_end(o, w, grad);
	return true;
}

bool objective_minimize(LinearFit *fit, Objective *o, Minimize *m, size_t iterations, Err *err)
{
	size_t weights = o->in * o->out;
	bool stop = false;

	for (size_t i = 1; i <= iterations && !m->done && !stop; i++)
		if (!minimize_step(m, objective_eval, o, err) ||
		    !linear_report(fit, i, iterations, o->mean_loss, o->accuracy, &stop, err))
			return false;
	for (size_t i = 0; i < weights; i++)
		linear_weights(fit, 0)[i] = (float)m->w[i];
	for (size_t k = 0; k < o->out; k++)
		linear_biases(fit, 0)[k] = (float)m->w[weights + k];
	return true;
}
