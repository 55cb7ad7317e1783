/* Ridge and lasso regression from products of columns.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/linear/gram.h"

#define DEPENDENT 1e-5 /* of a column's variance: less is not its own */
#define CORRECTIONS 3

/* --- Cholesky --------------------------------------------------------------------------------- */

/* The lower factor of xx + alpha·I, scaled to a unit diagonal first. scale 0: a column that depends
 * on others. */
typedef struct Factor {
	size_t n;
	double *lower, *scale;
} Factor;

static void factor_scale(Factor *f, const Gram *gram, double alpha)
{
	size_t n = f->n;

	for (size_t i = 0; i < n; i++) {
		double square = gram->xx[i * n + i], offset = gram->mean[i];
		/* a constant column: what is left of it is rounding */
		bool constant = square <= 1e-10 * (double)gram->rows * offset * offset;

		f->scale[i] = constant || !(square > 0) ? 0 : 1 / sqrt(square + alpha);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			f->lower[i * n + j] = (gram->xx[i * n + j] + (i == j ? alpha : 0)) *
					      f->scale[i] * f->scale[j];
}

static void factor_run(Factor *f)
{
	size_t n = f->n;

	for (size_t i = 0; i < n; i++) {
		double *row = f->lower + i * n, left;

		for (size_t j = 0; j <= i; j++) {
			const double *other = f->lower + j * n;
			double sum = row[j];

			for (size_t k = 0; k < j; k++)
				sum -= row[k] * other[k];
			row[j] = j < i ? (f->scale[j] > 0 ? sum / other[j] : 0) : sum;
		}
		left = row[i];
		if (f->scale[i] > 0 && left > DEPENDENT) {
			row[i] = sqrt(left);
			continue;
		}
		memset(row, 0, (i + 1) * sizeof *row);
		row[i] = 1;
		f->scale[i] = 0;
	}
}

/* x = (xx + alpha·I)⁻¹·b; 0 for columns that were dropped. */
static void factor_solve(const Factor *f, const double *b, double *x)
{
	size_t n = f->n;

	for (size_t i = 0; i < n; i++) {
		double sum = b[i] * f->scale[i];

		for (size_t k = 0; k < i; k++)
			sum -= f->lower[i * n + k] * x[k];
		x[i] = sum / f->lower[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		x[i] /= f->lower[i * n + i];
		for (size_t k = 0; k < i; k++)
			x[k] -= f->lower[i * n + k] * x[i];
	}
	for (size_t i = 0; i < n; i++)
		x[i] *= f->scale[i];
}

/* --- residuals -------------------------------------------------------------------------------- */

typedef struct Residuals {
	const LinearFit *fit;
	const Gram *gram;
	const double *w;
	double intercept;
	double *piece; /* (LINEAR_PIECES, features) */
	float *row;    /* (threads, features) */
} Residuals;

/* Σ (x − mean)·(y − x'w − b) of the rows of a piece. */
static void residuals_part(void *user, unsigned part, unsigned parts)
{
	Residuals *r = user;
	size_t n = r->gram->features, first, last;
	float *x = r->row + part * n;

	pool_share(LINEAR_PIECES, 1, part, parts, &first, &last);
	for (size_t p = first; p < last; p++) {
		double *sum = r->piece + p * n;
		size_t begin, end;

		memset(sum, 0, n * sizeof *sum);
		pool_share(r->gram->rows, 1, (unsigned)p, LINEAR_PIECES, &begin, &end);
		for (size_t i = begin; i < end; i++) {
			double left = (double)rows_target(r->fit->rows, i) - r->intercept;

			rows_floats(r->fit->rows, i, 1, x);
			for (size_t j = 0; j < n; j++)
				left -= (double)x[j] * r->w[j];
			for (size_t j = 0; j < n; j++)
				sum[j] += left * ((double)x[j] - r->gram->mean[j]);
		}
	}
}

/* What the normal equations are off at w: X'(y − Xw − b) − alpha·w. Returns its size in the scale of
 * the factor. */
static double residuals_run(Residuals *r, const Factor *f, double alpha, double *out)
{
	size_t n = f->n;
	double size = 0;

	r->intercept = gram_intercept(r->gram, r->w);
	if (pool_worth(r->fit->pool, (uint64_t)r->gram->rows * n))
		pool_run(r->fit->pool, residuals_part, r);
	else
		residuals_part(r, 0, 1);
	for (size_t j = 0; j < n; j++) {
		out[j] = -alpha * r->w[j];
		for (size_t p = 0; p < LINEAR_PIECES; p++)
			out[j] += r->piece[p * n + j];
		size = fmax(size, fabs(out[j] * f->scale[j]));
	}
	return size;
}

/* Newton's steps with the factors of f32 products and residuals in double, while they help. */
static bool ridge_correct(Residuals *r, const Factor *f, double alpha, double *w, double *off,
			  double *step, Err *err)
{
	double size = residuals_run(r, f, alpha, off), before;

	for (size_t i = 0; i < CORRECTIONS && size > 0; i++) {
		if (!control_poll(r->fit->control, err))
			return false;
		factor_solve(f, off, step);
		for (size_t j = 0; j < f->n; j++)
			w[j] += step[j];
		before = size;
		size = residuals_run(r, f, alpha, off);
		if (size < before)
			continue;
		for (size_t j = 0; j < f->n; j++)
			w[j] -= step[j];
		break;
	}
	return true;
}

bool gram_ridge(const LinearFit *fit, const Gram *gram, double alpha, double *w, Arena *arena,
		Err *err)
{
	size_t n = gram->features;
	Factor f = { .n = n };
	Residuals r = { .fit = fit, .gram = gram, .w = w };
	double *off, *step;

	f.lower = arena_take(arena, n * n, sizeof(double), err);
	f.scale = f.lower ? arena_take(arena, n, sizeof(double), err) : NULL;
	off = f.scale ? arena_take(arena, n, sizeof(double), err) : NULL;
	step = off ? arena_take(arena, n, sizeof(double), err) : NULL;
	r.piece = step ? arena_take(arena, LINEAR_PIECES * n, sizeof(double), err) : NULL;
	r.row = r.piece ? arena_take(arena, pool_threads(fit->pool) * n, sizeof(float), err) : NULL;
	if (!r.row)
		return false;
	factor_scale(&f, gram, alpha);
	factor_run(&f);
	factor_solve(&f, gram->xy, w);
	return ridge_correct(&r, &f, alpha, w, off, step, err);
}

/* --- lasso ------------------------------------------------------------------------------------ */

typedef struct Lasso {
	const Gram *gram;
	double l1;           /* rows·alpha */
	double *w, *product; /* (features); xx·w */
} Lasso;

/* One pass over the coordinates; returns the largest step relative to the largest weight. */
static double lasso_pass(Lasso *l)
{
	size_t n = l->gram->features;
	double most = 0, weight = 0;

	for (size_t j = 0; j < n; j++) {
		const double *row = l->gram->xx + j * n;
		double square = row[j], old = l->w[j], pull, next;

		if (!(square > 0))
			continue;
		pull = l->gram->xy[j] - l->product[j] + square * old;
		next = fabs(pull) <= l->l1 ? 0 : (pull - copysign(l->l1, pull)) / square;
		if (next != old) {
			for (size_t i = 0; i < n; i++)
				l->product[i] += (next - old) * row[i];
			l->w[j] = next;
		}
		most = fmax(most, fabs(next - old));
		weight = fmax(weight, fabs(next));
	}
	return weight > 0 ? most / weight : 0;
}

/* By which the objective, times the rows, is above its minimum at most (as scikit-learn has it). */
static double lasso_gap(const Lasso *l)
{
	size_t n = l->gram->features;
	double largest = 0, size = 0, wy = 0, ww = 0, share = 1, residual, gap;

	for (size_t j = 0; j < n; j++) {
		largest = fmax(largest, fabs(l->gram->xy[j] - l->product[j]));
		size += fabs(l->w[j]);
		wy += l->w[j] * l->gram->xy[j];
		ww += l->w[j] * l->product[j];
	}
	residual = l->gram->yy - 2 * wy + ww;
	if (largest > l->l1)
		share = l->l1 / largest;
	gap = largest > l->l1 ? 0.5 * residual * (1 + share * share) : residual;
	return gap + l->l1 * size - share * (l->gram->yy - wy);
}

bool gram_lasso(LinearFit *fit, const Gram *gram, double alpha, double tolerance, size_t passes,
		double *w, Arena *arena, Err *err)
{
	Lasso l = { .gram = gram, .l1 = alpha * (double)gram->rows, .w = w };
	bool stop = false;

	l.product = arena_take(arena, gram->features, sizeof(double), err);
	if (!l.product)
		return false;
	memset(w, 0, gram->features * sizeof *w);
	for (size_t pass = 1; pass <= passes && !stop; pass++) {
		double step = lasso_pass(&l);

		if (!linear_report(fit, pass, passes, gram_error(gram, w), NAN, &stop, err))
			return false;
		if ((step < tolerance || pass == passes) && lasso_gap(&l) <= tolerance * gram->yy)
			break;
	}
	return true;
}

/* --- a model ---------------------------------------------------------------------------------- */

bool gram_fit(LinearFit *fit, GramRun run, Err *err)
{
	size_t n = fit->rows->set->features;
	Arena *arena = arena_new(0, err);
	Gram *gram = arena ? gram_take(fit, arena, err) : NULL;
	double *w = gram ? arena_take(arena, n, sizeof *w, err) : NULL;
	bool fine = w && linear_restart(fit, "", 1, err) && run(fit, gram, w, arena, err), stop;

	for (size_t j = 0; fine && j < n; j++)
		linear_weights(fit, 0)[j] = (float)w[j];
	if (fine) {
		linear_biases(fit, 0)[0] = (float)gram_intercept(gram, w);
		if (fit->model->steps == 0)
			fine = linear_report(fit, 1, 1, gram_error(gram, w), NAN, &stop, err);
	}
	arena_free(arena);
	return fine;
}
