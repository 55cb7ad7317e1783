/* L-BFGS: the direction, the line search, the history.
 * SPDX-License-Identifier: MIT */
#include "num/train/lbfgs.h"

#include <math.h>
#include <string.h>

#include "num/simd.h"

#define LANES 16      /* summed apart, whatever the level */
#define ARMIJO 1e-4   /* share of the promised decrease that is wanted */
#define CURVATURE 0.9 /* share of the slope that may be left */

/* --- vectors ---------------------------------------------------------------------------------- */

SIMD_INLINE void dot_lanes_body(double sum[LANES], const float *a, const float *b, size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		SIMD_LOOP
		for (size_t lane = 0; lane < LANES; lane++)
			sum[lane] += (double)a[i + lane] * (double)b[i + lane];
	}
	for (size_t lane = 0; i + lane < n; lane++)
		sum[lane] += (double)a[i + lane] * (double)b[i + lane];
}
SIMD_LEVELS(dot_lanes, (double sum[LANES], const float *a, const float *b, size_t n),
	    (sum, a, b, n))

static double dot(const Lbfgs *l, const float *a, const float *b)
{
	double lanes[LANES] = { 0 }, sum = 0;

	SIMD_CALL(l->features, dot_lanes, (lanes, a, b, l->n));
	for (size_t lane = 0; lane < LANES; lane++)
		sum += lanes[lane];
	return sum;
}

/* y = a + scale·x; y may be a or x. */
SIMD_INLINE void add_scaled_body(float *y, const float *a, const float *x, size_t n, float scale)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		y[i] = a[i] + scale * x[i];
}
SIMD_LEVELS(add_scaled, (float *y, const float *a, const float *x, size_t n, float scale),
	    (y, a, x, n, scale))

static void add_scaled(const Lbfgs *l, float *y, const float *a, const float *x, double scale)
{
	SIMD_CALL(l->features, add_scaled, (y, a, x, l->n, (float)scale));
}

/* Not a number if one of them is none. */
static double largest(const float *x, size_t n)
{
	float max = 0;

	for (size_t i = 0; i < n; i++) {
		float a = fabsf(x[i]);

		max = a <= max ? max : a;
		if (isnan(a))
			return (double)a;
	}
	return (double)max;
}

static double sum_of_sizes(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)fabsf(x[i]);
	return sum;
}

/* --- the direction ---------------------------------------------------------------------------- */

/* Pair number age before the newest. */
static size_t pair(const Lbfgs *l, size_t age)
{
	return (l->next + l->history - 1 - age) % l->history;
}

/* direction = −H·grad by the two loops; returns the slope along it. */
static double find_direction(Lbfgs *l)
{
	float *d = l->direction;

	for (size_t i = 0; i < l->n; i++)
		d[i] = -l->grad[i];
	for (size_t age = 0; age < l->kept; age++) {
		size_t k = pair(l, age);

		l->alpha[k] = l->rho[k] * dot(l, l->s + k * l->n, d);
		add_scaled(l, d, d, l->y + k * l->n, -l->alpha[k]);
	}
	if (l->kept > 0) {
		size_t k = pair(l, 0);
		const float *y = l->y + k * l->n;
		float scale = (float)(1 / (l->rho[k] * dot(l, y, y)));

		for (size_t i = 0; i < l->n; i++)
			d[i] *= scale;
	}
	for (size_t age = l->kept; age-- > 0;) {
		size_t k = pair(l, age);

		add_scaled(l, d, d, l->s + k * l->n,
			   l->alpha[k] - l->rho[k] * dot(l, l->y + k * l->n, d));
	}
	return dot(l, l->grad, d);
}

/* Keeps the pair from (w, grad) to (best, best_grad) where its curvature is positive. */
static void keep_pair(Lbfgs *l, const float *w)
{
	float *s = l->s + l->next * l->n, *y = l->y + l->next * l->n;
	double curvature;

	add_scaled(l, s, l->best, w, -1);
	add_scaled(l, y, l->best_grad, l->grad, -1);
	curvature = dot(l, s, y);
	if (!(curvature > 1e-10 * dot(l, y, y)))
		return;
	l->rho[l->next] = 1 / curvature;
	l->next = (l->next + 1) % l->history;
	l->kept += l->kept < l->history;
}

/* --- the line search -------------------------------------------------------------------------- */

/* The loss along w + step·direction. */
typedef struct Point {
	double step, loss, slope;
} Point;

typedef struct Search {
	Lbfgs *l;
	const float *w;
	LbfgsEval eval;
	void *user;
	Point start, best; /* best: what lies in l->best; step 0: none yet */
	size_t left;       /* evaluations */
} Search;

static bool search_lower(const Search *search, const Point *point)
{
	return point->loss <= search->start.loss + ARMIJO * point->step * search->start.slope;
}

static bool search_flat(const Search *search, const Point *point)
{
	return fabs(point->slope) <= -CURVATURE * search->start.slope;
}

/* Evaluates at a step. A point that is low enough, and lower than all before, is kept. */
static bool search_at(Search *search, double step, Point *point, Err *err)
{
	Lbfgs *l = search->l;

	search->left--;
	l->evaluations++;
	point->step = step;
	add_scaled(l, l->trial, search->w, l->direction, step);
	if (!search->eval(search->user, l->trial, l->trial_grad, &point->loss, err))
		return false;
	point->slope = dot(l, l->trial_grad, l->direction);
	if (!isfinite(point->loss) || !isfinite(point->slope)) {
		point->loss = INFINITY;
		point->slope = 0;
		return true;
	}
	if (search_lower(search, point) &&
	    (search->best.step <= 0 || point->loss < search->best.loss ||
	     search_flat(search, point))) {
		float *swap = l->best;

		l->best = l->trial;
		l->trial = swap;
		swap = l->best_grad;
		l->best_grad = l->trial_grad;
		l->trial_grad = swap;
		search->best = *point;
	}
	return true;
}

/* The minimum of the cubic through two points, at least a tenth of their distance from both. */
static double search_between(const Point *a, const Point *b)
{
	double width = b->step - a->step, low = fmin(a->step, b->step) + 0.1 * fabs(width);
	double high = fmax(a->step, b->step) - 0.1 * fabs(width);
	double d1 = a->slope + b->slope - 3 * (b->loss - a->loss) / width;
	double d2 = d1 * d1 - a->slope * b->slope, at;

	if (!(d2 >= 0))
		return 0.5 * (a->step + b->step);
	d2 = width < 0 ? -sqrt(d2) : sqrt(d2);
	at = b->step - width * (b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2);
	if (isnan(at))
		return 0.5 * (a->step + b->step);
	return fmin(fmax(at, low), high);
}

/* Between low, the lowest point that satisfies Armijo, and high, a minimum lies. */
static bool search_zoom(Search *search, Point low, Point high, Err *err)
{
	while (search->left > 0 && fabs(high.step - low.step) > 1e-9 * high.step) {
		Point point;

		if (!search_at(search, search_between(&low, &high), &point, err))
			return false;
		if (!search_lower(search, &point) || point.loss >= low.loss) {
			high = point;
			continue;
		}
		if (search_flat(search, &point))
			return true;
		if (point.slope * (high.step - low.step) >= 0)
			high = low;
		low = point;
	}
	return true;
}

/* Leaves the point found in l->best; search->best.step is 0 when nothing is lower. */
static bool search_run(Search *search, double step, Err *err)
{
	Point before = search->start, point;

	while (search->left > 0) {
		if (!search_at(search, step, &point, err))
			return false;
		if (!search_lower(search, &point) || (before.step > 0 && point.loss >= before.loss))
			return search_zoom(search, before, point, err);
		if (search_flat(search, &point))
			return true;
		if (point.slope >= 0)
			return search_zoom(search, point, before, err);
		before = point;
		step *= 2;
	}
	return true;
}

/* --- iterations ------------------------------------------------------------------------------- */

static bool begin(Lbfgs *l, const float *w, LbfgsEval eval, void *user, Err *err)
{
	l->evaluations++;
	if (!eval(user, w, l->grad, &l->loss, err))
		return false;
	l->gradient = largest(l->grad, l->n);
	if (!isfinite(l->loss) || !isfinite(l->gradient))
		return err_set(err, ERR_DIVERGED,
			       "the loss is no number at the first weights of L-BFGS");
	return true;
}

bool lbfgs_step(Lbfgs *l, float *w, LbfgsEval eval, void *user, Err *err)
{
	Search search = { .l = l, .w = w, .eval = eval, .user = user, .left = LBFGS_LINE_EVALS };
	double slope, step = 1;
	float *swap;

	if (l->evaluations == 0 && !begin(l, w, eval, user, err))
		return false;
	l->done = l->gradient <= LBFGS_GRADIENT;
	if (l->done)
		return true;
	slope = find_direction(l);
	if (!(slope < 0)) { /* rounding has spoilt the history */
		l->kept = 0;
		slope = find_direction(l);
	}
	if (l->kept == 0)
		step = fmin(1, 1 / sum_of_sizes(l->grad, l->n));
	search.start = (Point){ .loss = l->loss, .slope = slope };
	if (!search_run(&search, step, err))
		return false;
	if (search.best.step <= 0) {
		l->done = l->kept == 0; /* else once more, down the gradient */
		l->kept = 0;
		return true;
	}
	keep_pair(l, w);
	memcpy(w, l->best, l->n * sizeof *w);
	swap = l->grad;
	l->grad = l->best_grad;
	l->best_grad = swap;
	l->done = l->loss - search.best.loss <= LBFGS_CHANGE * fabs(l->loss);
	l->loss = search.best.loss;
	l->gradient = largest(l->grad, l->n);
	l->done = l->done || l->gradient <= LBFGS_GRADIENT;
	l->iterations++;
	return true;
}

Lbfgs *lbfgs_take(size_t n, size_t history, uint32_t features, Arena *arena, Err *err)
{
	Lbfgs *l = arena_take(arena, 1, sizeof *l, err);
	float **const vectors[] = { &l->grad,       &l->direction, &l->trial,
				    &l->trial_grad, &l->best,      &l->best_grad };
	size_t pairs;

	if (!l)
		return NULL;
	if (!size_mul(n, history, &pairs)) {
		err_set(err, ERR_MEMORY, "no memory for L-BFGS on %zu parameters", n);
		return NULL;
	}
	*l = (Lbfgs){ .n = n, .history = history, .features = features };
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		*vectors[i] = arena_take(arena, n, sizeof(float), err);
		if (!*vectors[i])
			return NULL;
	}
	l->s = arena_take(arena, pairs, sizeof *l->s, err);
	l->y = l->s ? arena_take(arena, pairs, sizeof *l->y, err) : NULL;
	l->rho = l->y ? arena_take(arena, history, sizeof *l->rho, err) : NULL;
	l->alpha = l->rho ? arena_take(arena, history, sizeof *l->alpha, err) : NULL;
	return l->alpha ? l : NULL;
}
