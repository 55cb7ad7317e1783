/* Dual coordinate descent, class by class.
 * SPDX-License-Identifier: MIT */
#include "model/linear/dual.h"

#include <math.h>
#include <string.h>

#include "base/random.h"

#define FETCH_AHEAD 2
#define SUM_ROWS 256       /* rows summed in f32 before they go on in double */
#define NEWTON_STEPS 100   /* of one row, at most */
#define SHARE_OF_RANGE 0.1 /* back from beyond a border of (0, C) */

/* One class against the rest. */
typedef struct DualClass {
	uint16_t class;
	bool done;
	float *w;        /* (features + 1): the last is the intercept */
	double *alpha;   /* (rows) */
	uint32_t *index; /* (rows) permuted; the first `active` are in work */
	size_t active, at, passes;
	double high_old, low_old, high, low; /* of the projected gradient, last pass and this one */
	double newton_tolerance;             /* logistic */
	size_t newton_steps;
	Random random;
} DualClass;

typedef struct Dual {
	const LinearFit *fit;
	const DualOptions *options;
	Design design;
	const double *square; /* (rows) of all features and the intercept */
	double diagonal, upper;
	DualClass *class;
	size_t classes, left; /* not done */
	size_t *work;         /* (classes) those not done */
	size_t visits;        /* rows of each class in this round */
} Dual;

/* --- rows ------------------------------------------------------------------------------------- */

static double dual_sign(const Dual *d, const DualClass *c, size_t i)
{
	return rows_label(d->fit->rows, i) == c->class ? 1 : -1;
}

static double dual_product(const Dual *d, const DualClass *c, size_t i)
{
	float sum = design_dot(&d->design, i, c->w);

	return d->options->intercept ? (double)(sum + c->w[d->design.features]) : (double)sum;
}

static void dual_add(const Dual *d, DualClass *c, size_t i, double step)
{
	design_add(&d->design, i, (float)step, c->w);
	if (d->options->intercept)
		c->w[d->design.features] += (float)step;
}

/* --- hinge ------------------------------------------------------------------------------------ */

/* What is left of the gradient when alpha cannot leave its range. *shrink: alpha lies at a border, and
 * did not look like leaving it in the last pass. */
static double dual_projected(const Dual *d, const DualClass *c, double alpha, double gradient,
			     bool *shrink)
{
	if (alpha <= 0) {
		*shrink = gradient > c->high_old;
		return fmin(gradient, 0);
	}
	if (alpha >= d->upper) {
		*shrink = gradient < c->low_old;
		return fmax(gradient, 0);
	}
	return gradient;
}

/* True when the row leaves the active ones. */
static bool hinge_visit(const Dual *d, DualClass *c, size_t i)
{
	double sign = dual_sign(d, c, i), *alpha = &c->alpha[i];
	double margin = sign * dual_product(d, c, i);
	bool shrink = false;
	double projected = dual_projected(d, c, *alpha, margin - 1 + d->diagonal * *alpha, &shrink);

	if (shrink)
		return true;
	c->high = fmax(c->high, projected);
	c->low = fmin(c->low, projected);
	if (fabs(projected) > 1e-12)
		dual_add(d, c, i,
			 sign * dual_hinge_step(alpha, margin, d->square[i], d->diagonal,
						d->upper));
	return false;
}

static void hinge_pass_end(const Dual *d, DualClass *c)
{
	bool flat = c->high - c->low <= d->options->tolerance;

	if (flat && c->active == d->design.rows) {
		c->done = true;
		return;
	}
	if (flat)
		c->active = d->design.rows; /* once more with all of them */
	c->high_old = flat || c->high <= 0 ? INFINITY : c->high;
	c->low_old = flat || c->low >= 0 ? -INFINITY : c->low;
}

/* --- logistic --------------------------------------------------------------------------------- */

/* Of z·log z + (C − z)·log(C − z) + ½a(z − old)² + b·(z − old). */
static double logistic_slope(double a, double b, double c, double z, double old)
{
	return a * (z - old) + b + log(z / (c - z));
}

/* Newton's method along alpha, or along C − alpha, whichever is the smaller: it starts on the side on
 * which it converges (their algorithm 5). */
static bool logistic_visit(const Dual *d, DualClass *k, size_t i)
{
	double sign = dual_sign(d, k, i), c = d->options->c, a = d->square[i];
	double b = sign * dual_product(d, k, i), alpha = k->alpha[i], side = 1, old, z, slope;
	size_t steps = 0;

	if (0.5 * a * (c - alpha - alpha) + b < 0)
		side = -1;
	old = z = side > 0 ? alpha : c - alpha;
	if (c - z < 0.5 * c)
		z *= SHARE_OF_RANGE;
	slope = logistic_slope(a, side * b, c, z, old);
	k->high = fmax(k->high, fabs(slope));
	for (; steps < NEWTON_STEPS && fabs(slope) >= k->newton_tolerance; steps++) {
		double next = z - slope / (a + c / (c - z) / z);

		z = next <= 0 ? z * SHARE_OF_RANGE : next;
		slope = logistic_slope(a, side * b, c, z, old);
	}
	k->newton_steps += steps;
	if (steps > 0) {
		k->alpha[i] = side > 0 ? z : c - z;
		dual_add(d, k, i, sign * side * (z - old));
	}
	return false;
}

static void logistic_pass_end(const Dual *d, DualClass *k)
{
	double least = fmin(1e-8, d->options->tolerance);

	k->done = k->high < d->options->tolerance;
	if (k->newton_steps <= d->design.rows / 10)
		k->newton_tolerance = fmax(least, 0.1 * k->newton_tolerance);
	k->newton_steps = 0;
}

/* --- passes ----------------------------------------------------------------------------------- */

static void dual_pass_begin(DualClass *c)
{
	c->high = -INFINITY;
	c->low = INFINITY;
	random_shuffle(&c->random, c->index, c->active);
}

/* So many rows of one class, or fewer if its pass ends. */
static void dual_visit(const Dual *d, DualClass *c)
{
	bool logistic = d->options->loss == DUAL_LOGISTIC;

	if (c->at == 0)
		dual_pass_begin(c);
	for (size_t n = 0; n < d->visits && c->at < c->active; n++) {
		uint32_t i = c->index[c->at];

		if (c->at + FETCH_AHEAD < c->active)
			design_fetch(&d->design, c->index[c->at + FETCH_AHEAD]);
		if (logistic ? logistic_visit(d, c, i) : hinge_visit(d, c, i)) {
			c->active--;
			c->index[c->at] = c->index[c->active];
			c->index[c->active] = i;
		} else
			c->at++;
	}
	if (c->at < c->active)
		return;
	c->at = 0;
	c->passes++;
	if (logistic)
		logistic_pass_end(d, c);
	else
		hinge_pass_end(d, c);
	c->done = c->done || c->passes >= d->options->epochs;
}

static void dual_part(void *user, unsigned part, unsigned parts)
{
	Dual *d = user;

	for (size_t i = part; i < d->left; i += parts)
		dual_visit(d, &d->class[d->work[i]]);
}

/* --- begin and end ---------------------------------------------------------------------------- */

static bool dual_take(Dual *d, Arena *arena, Err *err)
{
	size_t rows = d->design.rows;
	double *square = arena_take(arena, rows, sizeof *square, err);

	d->class = arena_take(arena, d->classes, sizeof *d->class, err);
	d->work = d->class ? arena_take(arena, d->classes, sizeof *d->work, err) : NULL;
	if (!square || !d->work)
		return false;
	for (size_t i = 0; i < rows; i++)
		square[i] = design_square(&d->design, i) + (d->options->intercept ? 1 : 0);
	d->square = square;
	for (size_t k = 0; k < d->classes; k++) {
		DualClass *c = &d->class[k];

		*c = (DualClass){ .class = d->classes == 1 ? 1 : (uint16_t)k,
				  .active = rows,
				  .high_old = INFINITY,
				  .low_old = -INFINITY,
				  .newton_tolerance = 1e-2 };
		c->w = arena_take(arena, d->design.features + 1, sizeof *c->w, err);
		c->alpha = c->w ? arena_take(arena, rows, sizeof *c->alpha, err) : NULL;
		c->index = c->alpha ? arena_take(arena, rows, sizeof *c->index, err) : NULL;
		if (!c->index)
			return false;
		for (size_t i = 0; i < rows; i++)
			c->index[i] = (uint32_t)i;
		random_init(&c->random, d->options->seed, RANDOM_ROWS + ((uint64_t)k << 32));
	}
	return true;
}

/* w = Σ sign·alpha·x, in double: what many small steps have rounded off is gone. */
static void dual_sum(const Dual *d, DualClass *c, double *sum)
{
	size_t n = d->design.features + 1, waiting = 0;

	memset(sum, 0, n * sizeof *sum);
	memset(c->w, 0, n * sizeof *c->w);
	for (size_t i = 0; i <= d->design.rows; i++) {
		if (waiting == SUM_ROWS || (waiting > 0 && i == d->design.rows)) {
			for (size_t j = 0; j < n; j++)
				sum[j] += (double)c->w[j];
			memset(c->w, 0, n * sizeof *c->w);
			waiting = 0;
		}
		if (i < d->design.rows && c->alpha[i] > 0) {
			dual_add(d, c, i, dual_sign(d, c, i) * c->alpha[i]);
			waiting++;
		}
	}
	for (size_t j = 0; j < n; j++)
		c->w[j] = (float)sum[j];
}

/* Of logistic regression no alpha is 0 or C: all begin a little inside. */
static void dual_start(const Dual *d, double *sum)
{
	double c = d->options->c;

	for (size_t k = 0; d->options->loss == DUAL_LOGISTIC && k < d->classes; k++) {
		for (size_t i = 0; i < d->design.rows; i++)
			d->class[k].alpha[i] = fmin(0.001 * c, 1e-8);
		dual_sum(d, &d->class[k], sum);
	}
}

/* The classes that are not done. Returns the passes that all classes have behind them. */
static size_t dual_list(Dual *d)
{
	size_t least = SIZE_MAX, most = 0;

	d->left = 0;
	for (size_t k = 0; k < d->classes; k++) {
		const DualClass *c = &d->class[k];

		most = c->passes > most ? c->passes : most;
		if (c->done)
			continue;
		d->work[d->left++] = k;
		least = c->passes < least ? c->passes : least;
	}
	return d->left ? least : most;
}

static bool dual_run(Dual *d, LinearFit *fit, Err *err)
{
	uint64_t row = d->design.form == DATASET_SPARSE ? 128 : 2 * (uint64_t)d->design.features;
	size_t reported = 0;
	bool stop = false;

	d->visits = (size_t)(4 * LINEAR_WORK / ((row + 64) * d->classes)) + 1;
	while (!stop) {
		size_t passes = dual_list(d);

		if (passes > reported &&
		    !linear_report(fit, passes, d->options->epochs, NAN, NAN, &stop, err))
			return false;
		reported = passes;
		if (!d->left)
			return true;
		if (!control_poll(fit->control, err))
			return false;
		if (pool_worth(fit->pool, row * d->visits * d->left))
			pool_run(fit->pool, dual_part, d);
		else
			dual_part(d, 0, 1);
	}
	return true;
}

bool dual_fit(LinearFit *fit, const DualOptions *options, float *weights, float *biases,
	      size_t outputs, Err *err)
{
	Dual d = { .fit = fit,
		   .options = options,
		   .design = design_of_rows(fit->rows),
		   .diagonal = options->loss == DUAL_SQUARED_HINGE ? 0.5 / options->c : 0,
		   .upper = options->loss == DUAL_SQUARED_HINGE ? INFINITY : options->c,
		   .classes = outputs };
	size_t in = d.design.features;
	Arena *arena = arena_new(0, err);
	double *sum = arena ? arena_take(arena, in + 1, sizeof *sum, err) : NULL;
	bool fine = sum && dual_take(&d, arena, err);

	if (fine) {
		dual_start(&d, sum);
		fine = dual_run(&d, fit, err);
	}
	for (size_t k = 0; fine && k < outputs; k++) {
		dual_sum(&d, &d.class[k], sum);
		for (size_t j = 0; j < in; j++)
			weights[j * outputs + k] = d.class[k].w[j];
		biases[k] = d.class[k].w[in];
	}
	arena_free(arena);
	return fine;
}
