/* L-BFGS and OWL-QN in double.
 * SPDX-License-Identifier: MIT */
#include "model/linear/minimize.h"

#include <math.h>
#include <string.h>

#define ARMIJO 1e-4
#define TRIALS 20
/* A rise of F this small, relative to F, may be rounding of f32 sums. */
#define ROUNDING 1e-7
#define FLAT_STEPS 30 /* on slopes alone, in a row, without a smaller gradient */

Minimize *minimize_take(size_t n, Arena *arena, Err *err)
{
	Minimize *m = arena_take(arena, 1, sizeof *m, err);
	size_t pairs;

	if (!m)
		return NULL;
	double **const vectors[] = { &m->w,     &m->grad,       &m->steepest,      &m->direction,
				     &m->trial, &m->trial_grad, &m->trial_steepest };

	if (!size_mul(n, MINIMIZE_HISTORY, &pairs)) {
		err_set(err, ERR_MEMORY, "no memory for L-BFGS on %zu parameters", n);
		return NULL;
	}
	m->n = n;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		*vectors[i] = arena_take(arena, n, sizeof(double), err);
		if (!*vectors[i])
			return NULL;
	}
	m->s = arena_take(arena, pairs, sizeof *m->s, err);
	m->y = m->s ? arena_take(arena, pairs, sizeof *m->y, err) : NULL;
	return m->y ? m : NULL;
}

/* --- vectors ---------------------------------------------------------------------------------- */

static double dot(const double *a, const double *b, size_t n)
{
	double lane[4] = { 0 };
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (size_t k = 0; k < 4; k++)
			lane[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		lane[0] += a[i] * b[i];
	return lane[0] + lane[1] + (lane[2] + lane[3]);
}

static void add_scaled(double *y, const double *x, size_t n, double scale)
{
	for (size_t i = 0; i < n; i++)
		y[i] += scale * x[i];
}

static double largest(const double *x, size_t n)
{
	double max = 0;

	for (size_t i = 0; i < n; i++) {
		if (isnan(x[i]))
			return x[i];
		max = fmax(max, fabs(x[i]));
	}
	return max;
}

/* --- the penalty ------------------------------------------------------------------------------ */

static double penalty(const Minimize *m, const double *w)
{
	double sum = 0;

	for (size_t i = 0; m->l1 > 0 && i < m->penalized; i++)
		sum += fabs(w[i]);
	return m->l1 * sum;
}

/* The subgradient of F with the smallest size. */
static void steepest(const Minimize *m, const double *w, const double *grad, double *out)
{
	size_t i = 0;

	for (; m->l1 > 0 && i < m->penalized; i++) {
		double low = grad[i] - m->l1, high = grad[i] + m->l1;

		if (w[i] > 0 || (w[i] == 0 && high < 0))
			out[i] = high;
		else if (w[i] < 0 || (w[i] == 0 && low > 0))
			out[i] = low;
		else
			out[i] = 0;
	}
	memcpy(out + i, grad + i, (m->n - i) * sizeof *out);
}

/* --- the direction ---------------------------------------------------------------------------- */

/* direction = −H·steepest by the two loops; returns the slope along it. */
static double find_direction(Minimize *m)
{
	double *d = m->direction, alpha[MINIMIZE_HISTORY];
	size_t n = m->n, newest = (m->next + MINIMIZE_HISTORY - 1) % MINIMIZE_HISTORY;

	for (size_t i = 0; i < n; i++)
		d[i] = -m->steepest[i];
	for (size_t age = 0; age < m->kept; age++) {
		size_t k = (newest + MINIMIZE_HISTORY - age) % MINIMIZE_HISTORY;

		alpha[k] = m->rho[k] * dot(m->s + k * n, d, n);
		add_scaled(d, m->y + k * n, n, -alpha[k]);
	}
	if (m->kept > 0) {
		const double *y = m->y + newest * n;
		double scale = 1 / (m->rho[newest] * dot(y, y, n));

		for (size_t i = 0; i < n; i++)
			d[i] *= scale;
	}
	for (size_t age = m->kept; age-- > 0;) {
		size_t k = (newest + MINIMIZE_HISTORY - age) % MINIMIZE_HISTORY;

		add_scaled(d, m->s + k * n, n, alpha[k] - m->rho[k] * dot(m->y + k * n, d, n));
	}
	for (size_t i = 0; m->l1 > 0 && i < m->penalized; i++)
		if (d[i] * m->steepest[i] >= 0)
			d[i] = 0;
	return dot(d, m->steepest, n);
}

/* trial = w + step·direction; what is penalized does not cross 0. */
static void move(Minimize *m, double step)
{
	for (size_t i = 0; i < m->n; i++)
		m->trial[i] = m->w[i] + step * m->direction[i];
	for (size_t i = 0; m->l1 > 0 && i < m->penalized; i++) {
		double side = m->w[i] != 0 ? m->w[i] : -m->steepest[i];

		if (m->trial[i] * side < 0)
			m->trial[i] = 0;
	}
}

/* --- one iteration ---------------------------------------------------------------------------- */

static bool evaluate(Minimize *m, MinimizeEval eval, void *user, const double *w, double *grad,
		     double *value, Err *err)
{
	m->evaluations++;
	if (!eval(user, w, grad, value, err))
		return false;
	*value += penalty(m, w);
	return true;
}

static bool begin(Minimize *m, MinimizeEval eval, void *user, Err *err)
{
	if (!evaluate(m, eval, user, m->w, m->grad, &m->value, err))
		return false;
	steepest(m, m->w, m->grad, m->steepest);
	m->least = m->gradient = largest(m->steepest, m->n);
	if (!isfinite(m->value) || !isfinite(m->gradient))
		return err_set(err, ERR_DIVERGED, "the loss is no number at the first weights");
	return true;
}

/* Takes the point over that lies in trial, and the pair that leads to it. */
static void take_point(Minimize *m, double value)
{
	double *s = m->s + m->next * m->n, *y = m->y + m->next * m->n, curvature, *swap;

	for (size_t i = 0; i < m->n; i++) {
		s[i] = m->trial[i] - m->w[i];
		y[i] = m->trial_grad[i] - m->grad[i];
	}
	curvature = dot(s, y, m->n);
	if (curvature > 1e-12 * dot(y, y, m->n)) {
		m->rho[m->next] = 1 / curvature;
		m->next = (m->next + 1) % MINIMIZE_HISTORY;
		m->kept += m->kept < MINIMIZE_HISTORY;
	}
	swap = m->w;
	m->w = m->trial;
	m->trial = swap;
	swap = m->grad;
	m->grad = m->trial_grad;
	m->trial_grad = swap;
	m->value = value;
	steepest(m, m->w, m->grad, m->steepest);
	m->gradient = largest(m->steepest, m->n);
	if (m->gradient < m->least) {
		m->least = m->gradient;
		m->flat = 0;
	}
	m->done = m->gradient <= m->tolerance;
}

/* Whether F fell by its share of what the slope promised. Where rounding hides that, the slope alone
 * decides (the approximate Wolfe conditions, Hager and Zhang, SIAM J. Optim. 16, 2005). */
static bool low_enough(Minimize *m, double value)
{
	double promised = 0, left = 0;

	for (size_t i = 0; i < m->n; i++)
		promised += m->steepest[i] * (m->trial[i] - m->w[i]);
	if (value <= m->value + ARMIJO * promised) {
		m->flat = 0;
		return true;
	}
	if (!(value <= m->value + ROUNDING * fabs(m->value)) || m->flat >= FLAT_STEPS)
		return false;
	steepest(m, m->trial, m->trial_grad, m->trial_steepest);
	for (size_t i = 0; i < m->n; i++)
		left += m->trial_steepest[i] * (m->trial[i] - m->w[i]);
	m->flat++;
	return left >= 0.9 * promised && left <= -0.8 * promised;
}

bool minimize_step(Minimize *m, MinimizeEval eval, void *user, Err *err)
{
	double slope, step = 1, value;

	if (m->evaluations == 0 && !begin(m, eval, user, err))
		return false;
	m->done = m->gradient <= m->tolerance;
	if (m->done)
		return true;
	slope = find_direction(m);
	if (!(slope < 0)) {
		m->kept = 0;
		slope = find_direction(m);
	}
	if (m->kept == 0)
		step = fmin(1, 1 / sqrt(dot(m->steepest, m->steepest, m->n)));
	for (size_t trial = 0; trial < TRIALS; trial++) {
		double least;

		move(m, step);
		if (!evaluate(m, eval, user, m->trial, m->trial_grad, &value, err))
			return false;
		if (isfinite(value) && low_enough(m, value)) {
			take_point(m, value);
			m->iterations++;
			return true;
		}
		least = -slope * step * step / (2 * (value - m->value - slope * step));
		step = isfinite(least) ? fmin(fmax(least, 0.1 * step), 0.5 * step) : 0.1 * step;
	}
	m->done = m->kept == 0; /* else once more, down the gradient */
	m->kept = 0;
	return true;
}
