/* Bases and eigenvectors.
 * SPDX-License-Identifier: MIT */
#include "num/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "num/simd.h"

/* Share of its length below which a row is taken for the rounding of those before it. */
#define DEPENDENT 1e-10
#define STEPS_MAX 60

SIMD_INLINE void dot_body(const double *a, const double *b, size_t n, double *out)
{
	double sum = 0;

#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	*out = sum;
}
SIMD_LEVELS(dot, (const double *a, const double *b, size_t n, double *out), (a, b, n, out))

double eigen_dot(uint32_t features, const double *a, const double *b, size_t n)
{
	double sum;

	SIMD_CALL(features, dot, (a, b, n, &sum));
	return sum;
}

SIMD_INLINE void add_body(double *y, double factor, const double *x, size_t n)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		y[i] += factor * x[i];
}
SIMD_LEVELS(add, (double *y, double factor, const double *x, size_t n), (y, factor, x, n))

void eigen_add(uint32_t features, double *y, double factor, const double *x, size_t n)
{
	SIMD_CALL(features, add, (y, factor, x, n));
}

void eigen_orthonormal(uint32_t features, double *q, size_t count, size_t n)
{
	for (size_t row = 0; row < count; row++) {
		double *own = q + row * n;
		double before = sqrt(eigen_dot(features, own, own, n)), after;

		for (int turn = 0; turn < 2; turn++)
			for (size_t i = 0; i < row; i++)
				eigen_add(features, own, -eigen_dot(features, q + i * n, own, n),
					  q + i * n, n);
		after = sqrt(eigen_dot(features, own, own, n));
		if (!(after > DEPENDENT * before)) {
			memset(own, 0, n * sizeof *own);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			own[i] /= after;
	}
}

/* --- tridiagonal form ------------------------------------------------------------------------- */

/* Row `at` of a, up to its diagonal, becomes a Householder vector u; its products with the rest
 * change a from both sides. side: what stands beside the diagonal. Returns ½|u|², or 0: nothing
 * to do. */
static double reduce_row(double *a, size_t n, size_t at, double *side)
{
	double *u = a + at * n, scale = 0, half = 0, f, g, sum = 0;

	for (size_t k = 0; k < at; k++)
		scale += fabs(u[k]);
	if (at < 2 || !(scale > 0)) {
		side[at] = at > 0 ? u[at - 1] : 0;
		return 0;
	}
	for (size_t k = 0; k < at; k++) {
		u[k] /= scale;
		half += u[k] * u[k];
	}
	f = u[at - 1];
	g = f >= 0 ? -sqrt(half) : sqrt(half);
	side[at] = scale * g;
	half -= f * g;
	u[at - 1] = f - g;
	for (size_t j = 0; j < at; j++) {
		a[j * n + at] = u[j] / half;
		g = 0;
		for (size_t k = 0; k <= j; k++)
			g += a[j * n + k] * u[k];
		for (size_t k = j + 1; k < at; k++)
			g += a[k * n + j] * u[k];
		side[j] = g / half;
		sum += side[j] * u[j];
	}
	sum /= 2 * half;
	for (size_t j = 0; j < at; j++) {
		f = u[j];
		side[j] = g = side[j] - sum * f;
		for (size_t k = 0; k <= j; k++)
			a[j * n + k] -= f * side[k] + g * u[k];
	}
	return half;
}

/* diagonal, side (side[0] is 0), and in a the transformation. */
static void reduce(double *a, size_t n, double *diagonal, double *side)
{
	for (size_t at = n; at-- > 0;)
		diagonal[at] = reduce_row(a, n, at, side);
	for (size_t at = 0; at < n; at++) {
		if (diagonal[at] > 0) {
			for (size_t j = 0; j < at; j++) {
				double g = 0;

				for (size_t k = 0; k < at; k++)
					g += a[at * n + k] * a[k * n + j];
				for (size_t k = 0; k < at; k++)
					a[k * n + j] -= g * a[k * n + at];
			}
		}
		diagonal[at] = a[at * n + at];
		a[at * n + at] = 1;
		for (size_t j = 0; j < at; j++)
			a[j * n + at] = a[at * n + j] = 0;
	}
}

/* --- QL steps --------------------------------------------------------------------------------- */

/* One implicit step on low … high; z: the transposed transformation, whose rows turn. */
static void ql_step(double *z, size_t n, double *d, double *e, size_t low, size_t high)
{
	double g = (d[low + 1] - d[low]) / (2 * e[low]), r = hypot(g, 1), s = 1, c = 1, p = 0;

	g = d[high] - d[low] + e[low] / (g + copysign(r, g));
	for (size_t i = high; i-- > low;) {
		double f = s * e[i], b = c * e[i];
		double *left = z + i * n, *right = left + n;

		e[i + 1] = r = hypot(f, g);
		if (!(r > 0)) {
			d[i + 1] -= p;
			e[high] = 0;
			return;
		}
		s = f / r;
		c = g / r;
		g = d[i + 1] - p;
		r = (d[i] - g) * s + 2 * c * b;
		p = s * r;
		d[i + 1] = g + p;
		g = c * r - b;
		for (size_t k = 0; k < n; k++) {
			double was = right[k];

			right[k] = s * left[k] + c * was;
			left[k] = c * left[k] - s * was;
		}
	}
	d[low] -= p;
	e[low] = g;
	e[high] = 0;
}

static bool ql(double *z, size_t n, double *d, double *e)
{
	double most = 0, small;

	for (size_t i = 0; i < n; i++)
		e[i] = i + 1 < n ? e[i + 1] : 0;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(d[i]) + fabs(e[i]));
	small = DBL_EPSILON * most;
	for (size_t low = 0; low < n; low++) {
		for (int steps = 0;; steps++) {
			size_t high = low;

			while (high + 1 < n && fabs(e[high]) > small)
				high++;
			if (high == low)
				break;
			if (steps == STEPS_MAX)
				return false;
			ql_step(z, n, d, e, low, high);
		}
	}
	return true;
}

static void transpose(double *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			double was = a[i * n + j];

			a[i * n + j] = a[j * n + i];
			a[j * n + i] = was;
		}
	}
}

bool eigen_symmetric(double *a, size_t n, double *values, double *room)
{
	for (size_t i = 0; i < n * n; i++)
		if (!isfinite(a[i]))
			return false;
	reduce(a, n, values, room);
	transpose(a, n);
	if (!ql(a, n, values, room))
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t best = i;

		for (size_t j = i + 1; j < n; j++)
			best = values[j] > values[best] ? j : best;
		double was = values[i];

		values[i] = values[best];
		values[best] = was;
		for (size_t k = 0; best != i && k < n; k++) {
			was = a[i * n + k];
			a[i * n + k] = a[best * n + k];
			a[best * n + k] = was;
		}
	}
	return true;
}
