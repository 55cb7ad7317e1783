/* A linear SVM on random Fourier features, block by block.
 * SPDX-License-Identifier: MIT */
#include "model/linear/rff.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/linear/design.h"
#include "model/linear/dual.h"
#include "num/blas.h"
#include "num/train/fourier.h"

#define BLOCK_BYTES (UINT64_C(4) << 20) /* of features: they stay in the cache */
#define BLOCK_ROWS_MAX 1024
#define MEAN_ROWS 256

void rff_draw(const RffOptions *options, float *projection, size_t features, size_t pairs)
{
	double scale = sqrt(2 * options->gamma);
	Random random;

	random_init(&random, options->seed, RANDOM_WEIGHTS);
	for (size_t i = 0; i < features * pairs; i++)
		projection[i] = (float)(scale * random_normal(&random));
}

bool rff_gamma(const LinearFit *fit, double *gamma, Arena *arena, Err *err)
{
	size_t n = fit->rows->set->features, rows = fit->rows->count;
	float *x = arena_take(arena, MEAN_ROWS * n, sizeof *x, err);
	double sum = 0, square = 0, count = (double)rows * (double)n, variance;

	if (!x)
		return false;
	for (size_t at = 0; at < rows; at += MEAN_ROWS) {
		size_t some = rows - at < MEAN_ROWS ? rows - at : MEAN_ROWS;

		if (!control_poll(fit->control, err))
			return false;
		rows_floats(fit->rows, at, some, x);
		for (size_t i = 0; i < some * n; i++) {
			sum += (double)x[i];
			square += (double)x[i] * (double)x[i];
		}
	}
	variance = square / count - (sum / count) * (sum / count);
	*gamma = variance > 0 ? 1 / ((double)n * variance) : 1;
	return true;
}

/* --- one block -------------------------------------------------------------------------------- */

typedef struct Rff {
	LinearFit *fit;
	const RffOptions *options;
	const float *projection;
	size_t in, pairs, out;
	double diagonal, upper;
	uint32_t *order;  /* (rows) of this pass */
	size_t begin, n;  /* rows order[begin …] are in the block */
	size_t block;     /* rows */
	float *x, *v, *z; /* (block, in), (block, pairs), (block, 2·pairs) */
	uint16_t *labels; /* (block) */
	uint32_t *visit;  /* (block) order within the block */
	float *w;         /* (out, 2·pairs) by class */
	float *mean; /* like w, and behind it the biases: sums over blocks of the later passes */
	size_t means;
	double *bias;  /* (out) */
	double *alpha; /* (out, rows) */
	double *loss;  /* (out) */
	float *margin; /* (block, out) when the block was first seen */
	bool first;    /* pass over this block */
} Rff;

static void rff_project(void *user, unsigned part, unsigned parts)
{
	Rff *r = user;
	size_t first, last;

	pool_share(r->n, 16, part, parts, &first, &last);
	if (first == last)
		return;
	float *x = r->x + first * r->in, *v = r->v + first * r->pairs;

	rows_gather(r->fit->rows, r->order + r->begin + first, last - first, x, r->labels + first);
	blas_gemm_fast(r->fit->cpu, false, false, last - first, r->pairs, r->in, x, r->in,
		       r->projection, r->pairs, 0, v, r->pairs);
	fourier_run(r->fit->cpu, r->z + first * 2 * r->pairs, v, last - first, r->pairs);
}

/* One pass of one class over the block. The rows have |z|² = pairs: w is kept in units in which it is
 * 1. */
static void rff_class(Rff *r, size_t k)
{
	Design design = design_of_floats(r->z, r->n, 2 * r->pairs);
	float *w = r->w + k * 2 * r->pairs;
	double *alpha = r->alpha + k * r->fit->rows->count;

	for (size_t s = 0; s < r->n; s++) {
		size_t i = r->visit[s];
		bool own = r->out == 1 ? r->labels[i] == 1 : r->labels[i] == k;
		double sign = own ? 1 : -1, step;
		double margin = sign * ((double)design_dot(&design, i, w) + r->bias[k]);

		if (r->first) {
			r->margin[i * r->out + k] = (float)(sign * margin);
			r->loss[k] += margin < 1 ? 1 - margin : 0;
		}
		step = dual_hinge_step(&alpha[r->order[r->begin + i]], margin, 2, r->diagonal,
				       r->upper);
		if (fabs(step) <= 1e-12)
			continue;
		design_add(&design, i, (float)(sign * step / (double)r->pairs), w);
		r->bias[k] += sign * step;
	}
}

static void rff_classes(void *user, unsigned part, unsigned parts)
{
	Rff *r = user;

	for (size_t k = part; k < r->out; k += parts)
		rff_class(r, k);
}

static size_t rff_right(const Rff *r)
{
	size_t right = 0;

	for (size_t i = 0; i < r->n; i++) {
		const float *margin = r->margin + i * r->out;
		size_t best = 0;

		for (size_t k = 1; k < r->out; k++)
			best = margin[k] > margin[best] ? k : best;
		if (r->out == 1)
			best = margin[0] > 0;
		right += best == r->labels[i];
	}
	return right;
}

static void rff_share(Rff *r, void (*task)(void *, unsigned, unsigned), uint64_t work)
{
	if (pool_worth(r->fit->pool, work))
		pool_run(r->fit->pool, task, r);
	else
		task(r, 0, 1);
}

static bool rff_block(Rff *r, Random *random, Err *err)
{
	rff_share(r, rff_project, (uint64_t)r->n * r->in * r->pairs);
	for (size_t i = 0; i < r->n; i++)
		r->visit[i] = (uint32_t)i;
	for (size_t pass = 0; pass < r->options->inner; pass++) {
		if (!control_poll(r->fit->control, err))
			return false;
		r->first = pass == 0;
		random_shuffle(random, r->visit, r->n);
		rff_share(r, rff_classes, (uint64_t)r->n * r->pairs * r->out);
	}
	return true;
}

/* --- all rows --------------------------------------------------------------------------------- */

/* The last weights swing with the last rows: what is kept is their mean over the later half of the
 * passes. */
static void rff_mean(Rff *r)
{
	size_t n = r->out * 2 * r->pairs;

	for (size_t i = 0; i < n; i++)
		r->mean[i] += r->w[i];
	for (size_t k = 0; k < r->out; k++)
		r->mean[n + k] += (float)r->bias[k];
	r->means++;
}

static bool rff_take(Rff *r, Arena *arena, Err *err)
{
	size_t rows = r->fit->rows->count, wide = 2 * r->pairs, weights;

	r->block = (size_t)(BLOCK_BYTES / (wide * sizeof(float)));
	r->block = r->block < 32 ? 32 : r->block > BLOCK_ROWS_MAX ? BLOCK_ROWS_MAX : r->block;
	r->block = r->block < rows ? r->block : rows;
	if (!size_mul(r->out, rows, &weights) || !size_mul(r->out, wide, &weights))
		return err_set(err, ERR_MEMORY, "no memory for %zu classes of %zu rows", r->out,
			       rows);
	r->order = arena_take(arena, rows, sizeof *r->order, err);
	r->visit = r->order ? arena_take(arena, r->block, sizeof *r->visit, err) : NULL;
	r->labels = r->visit ? arena_take(arena, r->block, sizeof *r->labels, err) : NULL;
	r->x = r->labels ? arena_take(arena, r->block * r->in, sizeof *r->x, err) : NULL;
	r->v = r->x ? arena_take(arena, r->block * r->pairs, sizeof *r->v, err) : NULL;
	r->z = r->v ? arena_take(arena, r->block * wide, sizeof *r->z, err) : NULL;
	r->w = r->z ? arena_take(arena, weights, sizeof *r->w, err) : NULL;
	r->mean = r->w ? arena_take(arena, weights + r->out, sizeof *r->mean, err) : NULL;
	r->bias = r->mean ? arena_take(arena, r->out, sizeof *r->bias, err) : NULL;
	r->alpha = r->bias ? arena_take(arena, r->out * rows, sizeof *r->alpha, err) : NULL;
	r->loss = r->alpha ? arena_take(arena, r->out, sizeof *r->loss, err) : NULL;
	r->margin = r->loss ? arena_take(arena, r->block * r->out, sizeof *r->margin, err) : NULL;
	return r->margin;
}

static bool rff_run(Rff *r, Err *err)
{
	size_t rows = r->fit->rows->count, epochs = r->options->epochs;
	bool stop = false;
	Random random;

	for (size_t i = 0; i < rows; i++)
		r->order[i] = (uint32_t)i;
	random_init(&random, r->options->seed, RANDOM_ROWS);
	for (size_t epoch = 1; epoch <= epochs && !stop; epoch++) {
		size_t right = 0;
		double loss = 0;

		memset(r->loss, 0, r->out * sizeof *r->loss);
		random_shuffle(&random, r->order, rows);
		for (r->begin = 0; r->begin < rows; r->begin += r->n) {
			r->n = rows - r->begin < r->block ? rows - r->begin : r->block;
			if (!rff_block(r, &random, err))
				return false;
			right += rff_right(r);
			if (2 * epoch > epochs)
				rff_mean(r);
		}
		for (size_t k = 0; k < r->out; k++)
			loss += r->loss[k];
		if (!linear_report(r->fit, epoch, epochs, loss / (double)rows,
				   (double)right / (double)rows, &stop, err))
			return false;
	}
	return true;
}

bool rff_fit(LinearFit *fit, const RffOptions *options, const float *projection, size_t pairs,
	     float *weights, float *biases, size_t outputs, Err *err)
{
	Rff r = { .fit = fit,
		  .options = options,
		  .projection = projection,
		  .in = fit->rows->set->features,
		  .pairs = pairs,
		  .out = outputs,
		  .diagonal = options->squared ? 0.5 / options->c : 0,
		  .upper = options->squared ? INFINITY : options->c };
	Arena *arena = arena_new(0, err);
	bool fine = arena && rff_take(&r, arena, err) && rff_run(&r, err);
	size_t n = 2 * pairs;

	/* a stop may come before there is a mean */
	if (fine && r.means == 0)
		rff_mean(&r);
	for (size_t k = 0; fine && k < outputs; k++) {
		for (size_t j = 0; j < n; j++)
			weights[j * outputs + k] = r.mean[k * n + j] / (float)r.means;
		biases[k] = r.mean[outputs * n + k] / (float)r.means;
	}
	arena_free(arena);
	return fine;
}
