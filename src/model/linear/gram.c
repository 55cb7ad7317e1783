/* The Gram matrix, block by block.
 * SPDX-License-Identifier: MIT */
#include "model/linear/gram.h"

#include <string.h>

#include "num/blas.h"
#include "num/train/train.h"

#define BLOCK_ROWS 256
#define STRIP 64 /* rows of the matrix that a thread takes */

typedef struct GramWork {
	const LinearFit *fit;
	Gram *gram;
	size_t columns;  /* features + 1 */
	size_t begin, n; /* rows of the block */
	float *block;    /* (BLOCK_ROWS, columns) */
	float *strips;   /* (threads, STRIP, columns) */
	double *sum;     /* (columns, columns) upper half; of the last round */
	double *shift;   /* (columns) what is left of the means */
	bool centred;
} GramWork;

/* Rows of the block, targets behind the features, minus the means. */
static void gram_load(void *user, unsigned part, unsigned parts)
{
	GramWork *g = user;
	size_t features = g->columns - 1, first, last;

	pool_share(g->n, 1, part, parts, &first, &last);
	for (size_t r = first; r < last; r++) {
		float *row = g->block + r * g->columns;

		rows_floats(g->fit->rows, g->begin + r, 1, row);
		row[features] = rows_target(g->fit->rows, g->begin + r);
		for (size_t j = 0; g->centred && j < g->columns; j++)
			row[j] = (float)((double)row[j] - g->gram->mean[j]);
	}
}

static void gram_multiply(void *user, unsigned part, unsigned parts)
{
	GramWork *g = user;
	size_t columns = g->columns, strips = (columns + STRIP - 1) / STRIP;
	float *out = g->strips + part * STRIP * columns;

	for (size_t s = part; s < strips; s += parts) {
		size_t row = s * STRIP, n = columns - row < STRIP ? columns - row : STRIP;
		size_t width = columns - row;

		blas_gemm_fast(g->fit->cpu, true, false, n, width, g->n, g->block + row, columns,
			       g->block + row, columns, 0, out, width);
		for (size_t i = 0; i < n; i++) {
			double *to = g->sum + (row + i) * columns + row;

			for (size_t j = i; j < width; j++)
				to[j] += (double)out[i * width + j];
		}
	}
}

static void gram_column_sums(GramWork *g, double *sum)
{
	float *part = g->strips;

	train_bias_grad(g->fit->cpu, part, g->block, g->n, g->columns);
	for (size_t j = 0; j < g->columns; j++)
		sum[j] += (double)part[j];
}

/* All rows: column sums, and the products when the means are known. */
static bool gram_rounds(GramWork *g, double *sum, Err *err)
{
	size_t rows = g->gram->rows;

	for (g->begin = 0; g->begin < rows; g->begin += BLOCK_ROWS) {
		bool share;

		if (!control_poll(g->fit->control, err))
			return false;
		g->n = rows - g->begin < BLOCK_ROWS ? rows - g->begin : BLOCK_ROWS;
		share = pool_worth(g->fit->pool, (uint64_t)g->n * g->columns * g->columns);
		if (share)
			pool_run(g->fit->pool, gram_load, g);
		else
			gram_load(g, 0, 1);
		gram_column_sums(g, sum);
		if (g->centred && share)
			pool_run(g->fit->pool, gram_multiply, g);
		else if (g->centred)
			gram_multiply(g, 0, 1);
	}
	return true;
}

/* The sums of what was centred are not quite 0: what they are off is taken out too. */
static void gram_finish(GramWork *g)
{
	Gram *gram = g->gram;
	size_t columns = g->columns, features = gram->features;
	double rows = (double)gram->rows;

	for (size_t i = 0; i < columns; i++)
		for (size_t j = i; j < columns; j++)
			g->sum[i * columns + j] -= g->shift[i] * g->shift[j] / rows;
	for (size_t i = 0; i < features; i++) {
		gram->xy[i] = g->sum[i * columns + features];
		for (size_t j = i; j < features; j++)
			gram->xx[i * features + j] = gram->xx[j * features + i] =
				g->sum[i * columns + j];
	}
	gram->yy = g->sum[features * columns + features];
	for (size_t j = 0; j < columns; j++)
		gram->mean[j] += g->shift[j] / rows;
}

Gram *gram_take(const LinearFit *fit, Arena *arena, Err *err)
{
	size_t features = fit->rows->set->features, columns = features + 1;
	Gram *gram = arena_take(arena, 1, sizeof *gram, err);
	GramWork g = { .fit = fit, .gram = gram, .columns = columns };

	if (!gram)
		return NULL;
	if (features > GRAM_COLUMNS_MAX) {
		err_set(err, ERR_ARGUMENT,
			"%s: %zu features, but at most %d for normal equations; choose features "
			"first",
			fit->model->kind->info.name, features, GRAM_COLUMNS_MAX);
		return NULL;
	}
	*gram = (Gram){ .rows = fit->rows->count, .features = features };
	gram->mean = arena_take(arena, columns, sizeof(double), err);
	gram->xx = gram->mean ? arena_take(arena, features * features, sizeof(double), err) : NULL;
	gram->xy = gram->xx ? arena_take(arena, features, sizeof(double), err) : NULL;
	ArenaMark mark = arena_mark(arena);

	g.sum = gram->xy ? arena_take(arena, columns * columns, sizeof(double), err) : NULL;
	g.shift = g.sum ? arena_take(arena, columns, sizeof(double), err) : NULL;
	g.block = g.shift ? arena_take(arena, BLOCK_ROWS * columns, sizeof(float), err) : NULL;
	g.strips = g.block ? arena_take(arena, pool_threads(fit->pool) * STRIP * columns,
					sizeof(float), err)
			   : NULL;
	if (!g.strips || !gram_rounds(&g, g.shift, err))
		return NULL;
	for (size_t j = 0; j < columns; j++)
		gram->mean[j] = g.shift[j] / (double)gram->rows;
	memset(g.shift, 0, columns * sizeof *g.shift);
	g.centred = true;
	if (!gram_rounds(&g, g.shift, err))
		return NULL;
	gram_finish(&g);
	arena_rewind(arena, mark);
	return gram;
}

double gram_intercept(const Gram *gram, const double *w)
{
	double sum = gram->mean[gram->features];

	for (size_t j = 0; j < gram->features; j++)
		sum -= w[j] * gram->mean[j];
	return sum;
}

double gram_error(const Gram *gram, const double *w)
{
	size_t n = gram->features;
	double sum = gram->yy;

	for (size_t i = 0; i < n; i++) {
		double row = 0;

		for (size_t j = 0; j < n && w[i] != 0; j++)
			row += gram->xx[i * n + j] * w[j];
		sum += w[i] * (row - 2 * gram->xy[i]);
	}
	return sum > 0 ? sum / (double)gram->rows : 0;
}
