/* Orthogonal least squares on the products of all columns.
 * SPDX-License-Identifier: MIT */
#include "data/forward.h"

#include <math.h>

#include "num/blas.h"
#include "num/cpu.h"

#define FORWARD_ROWS 512 /* whose products are summed in f32 before they go on in double */
#define FORWARD_MACS ((size_t)1 << 30) /* between two looks at control */
/* A column of whose squares less than this share is left tells nothing but rounding. */
#define FORWARD_LEFT 1e-5

typedef struct Forward {
	const Rows *train;
	size_t columns, targets, keep;
	size_t strip;    /* columns whose products with all are made at once */
	double *mean;    /* (columns), then (targets) */
	float *x, *y;    /* (FORWARD_ROWS, columns), (…, targets), less their means */
	float *part;     /* (strip, columns) of these rows */
	float *part_y;   /* (strip, targets) */
	double *product; /* (columns, columns): x'x */
	double *tells;   /* (columns, targets): x'y less what the chosen ones told */
	double *left;    /* (columns): of x_j'x_j */
	double *whole;   /* (columns): before any was chosen */
	double *factor;  /* (keep, columns): of Cholesky */
	bool *taken;
} Forward;

static bool forward_take(Forward *f, Arena *arena, Err *err)
{
	size_t d = f->columns, t = f->targets;

	f->strip = FORWARD_MACS / (FORWARD_ROWS * (d + t));
	f->strip = f->strip < 1 ? 1 : f->strip > d ? d : f->strip;
	f->mean = arena_take(arena, d + t, sizeof *f->mean, err);
	f->x = arena_take(arena, FORWARD_ROWS * d, sizeof *f->x, err);
	f->y = arena_take(arena, FORWARD_ROWS * t, sizeof *f->y, err);
	f->part = arena_take(arena, f->strip * d, sizeof *f->part, err);
	f->part_y = arena_take(arena, f->strip * t, sizeof *f->part_y, err);
	f->product = arena_take(arena, d * d, sizeof *f->product, err);
	f->tells = arena_take(arena, d * t, sizeof *f->tells, err);
	f->left = arena_take(arena, d, sizeof *f->left, err);
	f->whole = arena_take(arena, d, sizeof *f->whole, err);
	f->factor = arena_take(arena, f->keep * d, sizeof *f->factor, err);
	f->taken = arena_take(arena, d, sizeof *f->taken, err);
	return f->mean && f->x && f->y && f->part && f->part_y && f->product && f->tells &&
	       f->left && f->whole && f->factor && f->taken;
}

/* --- products --------------------------------------------------------------------------------- */

/* The n rows from begin on, with their targets, less the means. */
static void forward_rows(const Forward *f, size_t begin, size_t n)
{
	const Rows *train = f->train;

	rows_floats(train, begin, n, f->x);
	for (size_t i = 0; i < n; i++) {
		float *x = f->x + i * f->columns, *y = f->y + i * f->targets;

		for (size_t j = 0; j < f->columns; j++)
			x[j] -= (float)f->mean[j];
		for (size_t c = 0; c < f->targets; c++) {
			double value = train->set->labels ? rows_label(train, begin + i) == c
							  : (double)rows_target(train, begin + i);

			y[c] = (float)(value - f->mean[f->columns + c]);
		}
	}
}

static size_t forward_count(const Forward *f, size_t begin)
{
	size_t n = f->train->count - begin;

	return n < FORWARD_ROWS ? n : FORWARD_ROWS;
}

/* The first pass, in which all means are still 0. */
static bool forward_means(Forward *f, Control *control, Err *err)
{
	size_t d = f->columns, t = f->targets;
	double *sum = f->left, *sum_y = f->tells; /* nothing is in them yet */

	for (size_t at = 0; at < f->train->count; at += FORWARD_ROWS) {
		size_t n = forward_count(f, at);

		if (!control_poll(control, err))
			return false;
		forward_rows(f, at, n);
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < d; j++)
				sum[j] += (double)f->x[i * d + j];
			for (size_t c = 0; c < t; c++)
				sum_y[c] += (double)f->y[i * t + c];
		}
	}
	for (size_t j = 0; j < d; j++)
		f->mean[j] = sum[j] / (double)f->train->count;
	for (size_t c = 0; c < t; c++) {
		f->mean[d + c] = sum_y[c] / (double)f->train->count;
		sum_y[c] = 0;
	}
	return true;
}

/* What n rows add to the products of columns from j on. */
static void forward_strip(Forward *f, size_t n, size_t j, uint32_t cpu)
{
	size_t d = f->columns, t = f->targets, m = d - j < f->strip ? d - j : f->strip;

	blas_gemm_fast(cpu, true, false, m, d, n, f->x + j, d, f->x, d, 0, f->part, d);
	blas_gemm_fast(cpu, true, false, m, t, n, f->x + j, d, f->y, t, 0, f->part_y, t);
	for (size_t i = 0; i < m * d; i++)
		f->product[j * d + i] += (double)f->part[i];
	for (size_t i = 0; i < m * t; i++)
		f->tells[j * t + i] += (double)f->part_y[i];
}

static bool forward_products(Forward *f, Control *control, Err *err)
{
	size_t d = f->columns;
	uint32_t cpu = cpu_features();

	for (size_t at = 0; at < f->train->count; at += FORWARD_ROWS) {
		size_t n = forward_count(f, at);

		forward_rows(f, at, n);
		for (size_t j = 0; j < d; j += f->strip) {
			if (!control_poll(control, err))
				return false;
			forward_strip(f, n, j, cpu);
		}
	}
	for (size_t j = 0; j < d; j++)
		f->whole[j] = f->left[j] = f->product[j * d + j];
	return true;
}

/* --- steps ------------------------------------------------------------------------------------ */

/* The column that lowers the error most; the first of equals. What is no number, for products of huge
 * ones are none, lowers nothing. */
static size_t forward_best(const Forward *f)
{
	size_t best = f->columns;
	double most = -1;

	for (size_t j = 0; j < f->columns; j++) {
		double sum = 0;

		if (f->taken[j])
			continue;
		for (size_t c = 0; c < f->targets; c++)
			sum += f->tells[j * f->targets + c] * f->tells[j * f->targets + c];
		sum = f->left[j] > FORWARD_LEFT * f->whole[j] ? sum / f->left[j] : 0;
		sum = isfinite(sum) ? sum : 0;
		if (sum > most) {
			most = sum;
			best = j;
		}
	}
	return best;
}

/* Takes out of all columns what column p, the k-th, tells. */
static void forward_deflate(Forward *f, size_t p, size_t k)
{
	size_t d = f->columns, t = f->targets;
	double *now = f->factor + k * d, root;

	for (size_t j = 0; j < d; j++)
		now[j] = f->product[p * d + j];
	for (size_t s = 0; s < k; s++) {
		const double *before = f->factor + s * d;
		double by = before[p];

		for (size_t j = 0; j < d; j++)
			now[j] -= by * before[j];
	}
	if (!(f->left[p] > FORWARD_LEFT * f->whole[p])) {
		for (size_t j = 0; j < d; j++)
			now[j] = 0;
		return;
	}
	root = sqrt(f->left[p]);
	for (size_t j = 0; j < d; j++)
		now[j] /= root;
	for (size_t j = 0; j < d; j++) {
		f->left[j] -= now[j] * now[j];
		for (size_t c = 0; c < t && j != p; c++)
			f->tells[j * t + c] -= now[j] * f->tells[p * t + c] / root;
	}
}

bool forward_select(const Rows *train, size_t keep, uint32_t *chosen, Control *control, Err *err)
{
	Forward f = { .train = train,
		      .columns = train->set->features,
		      .targets = train->set->classes ? train->set->classes : 1,
		      .keep = keep };
	Arena *arena = arena_new(0, err);
	bool fine = arena && forward_take(&f, arena, err) && forward_means(&f, control, err) &&
		    forward_products(&f, control, err);

	for (size_t k = 0; fine && k < keep; k++) {
		size_t p = forward_best(&f);

		fine = control_poll(control, err);
		chosen[k] = (uint32_t)p;
		f.taken[p] = true;
		forward_deflate(&f, p, k);
	}
	arena_free(arena);
	return fine;
}
