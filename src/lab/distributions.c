/* The normal and Student's t distribution, through erfc and an incomplete beta function of our own.
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>

/* Iterations of the fraction grow with √max(a, b): enough for a, b up to 10^7. */
#define FRACTION_MAX 20000

static double away_from_zero(double x)
{
	return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* The continued fraction of I_x(a, b) without its factor; converges fast for x < (a + 1)/(a + b
 * + 2). */
static double beta_fraction(double x, double a, double b)
{
	double c = 1;
	double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
	double f = d;

	for (int i = 1; i <= FRACTION_MAX; i++) {
		double m = i;
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 / away_from_zero(1 + even * d);
		c = away_from_zero(1 + even / c);
		f *= d * c;
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / away_from_zero(1 + odd * d);
		c = away_from_zero(1 + odd / c);
		f *= d * c;
		if (fabs(d * c - 1) < 3e-16)
			break;
	}
	return f;
}

/* What Stirling's formula leaves out of lgamma(x), x ≥ STIRLING_MIN (DLMF 5.11.1). */
#define STIRLING_MIN 10.0

static double stirling_rest(double x)
{
	double y = 1 / (x * x);

	return (1 / 12.0 -
		y * (1 / 360.0 -
		     y * (1 / 1260.0 - y * (1 / 1680.0 - y * (1 / 1188.0 - y * 691 / 360360))))) /
	       x;
}

/* log(1 + u) − u without the loss of digits near 0. */
static double log1p_rest(double u)
{
	if (fabs(u) > 0.1)
		return log1p(u) - u;
	double sum = 0, power = u;
	for (int i = 2; i <= 20; i++) {
		power *= -u;
		sum += power / i;
	}
	return sum;
}

static double log_of(double x, double y)
{
	return y < 0.5 ? log1p(-y) : log(x);
}

/* log(x^a y^b / B(a, b)). Differences of lgamma lose a digit for each power of ten of a and b;
 * with Stirling's formula the large parts cancel on paper. */
static double log_power_beta(double x, double y, double a, double b)
{
	int sign;

	if (a < b)
		return log_power_beta(y, x, b, a);
	if (a < STIRLING_MIN)
		return lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
		       a * log_of(x, y) + b * log_of(y, x);
	if (b < STIRLING_MIN)
		return (a - 0.5) * log1p(b / a) + b * (log(a + b) - 1) + stirling_rest(a + b) -
		       stirling_rest(a) - lgamma_r(b, &sign) + a * log_of(x, y) + b * log_of(y, x);
	/* x = a/(a + b)·(1 + excess/a), and y likewise. */
	double excess = b * x - a * y;
	return a * log1p_rest(excess / a) + b * log1p_rest(-excess / b) +
	       0.5 * log(a / (2 * M_PI) * (b / (a + b))) + stirling_rest(a + b) - stirling_rest(a) -
	       stirling_rest(b);
}

/* y is 1 − x, given apart so that neither tail loses digits. */
static double beta_both(double x, double y, double a, double b)
{
	if (isnan(x) || isnan(a) || isnan(b) || a <= 0 || b <= 0)
		return NAN;
	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	double factor = exp(log_power_beta(x, y, a, b));
	if (x < (a + 1) / (a + b + 2))
		return factor * beta_fraction(x, a, b) / a;
	return 1 - factor * beta_fraction(y, b, a) / b;
}

double stats_beta(double x, double a, double b)
{
	return beta_both(x, 1 - x, a, b);
}

double stats_normal_tail(double z)
{
	return 0.5 * erfc(z * M_SQRT1_2);
}

double stats_t_tail(double t, double df)
{
	if (isnan(t) || isnan(df) || df <= 0)
		return NAN;
	if (isinf(df))
		return stats_normal_tail(t);
	if (isinf(t))
		return t > 0 ? 0 : 1;
	/* df/(df + t²) and its complement, where t² may be beyond all numbers. */
	double share = df / t / t, x = isfinite(share) ? share / (1 + share) : 1;
	double half = 0.5 * beta_both(x, 1 / (1 + share), df / 2, 0.5);
	return t >= 0 ? half : 1 - half;
}

static double t_density(double t, double df)
{
	if (isinf(df))
		return exp(-0.5 * t * t) / sqrt(2 * M_PI);
	int sign;
	double log_factor =
		lgamma_r((df + 1) / 2, &sign) - lgamma_r(df / 2, &sign) - 0.5 * log(df * M_PI);
	return exp(log_factor - (df + 1) / 2 * log1p(t * t / df));
}

/* The t > 0 whose upper tail is tail < 1/2: Newton's steps, kept inside a bracket. */
static double upper_quantile(double tail, double df)
{
	double low = 0, high = 1;

	while (stats_t_tail(high, df) > tail && high < 1e300) {
		low = high;
		high *= 2;
	}
	double t = 0.5 * (low + high);
	for (int i = 0; i < 200; i++) {
		double excess = stats_t_tail(t, df) - tail;
		if (excess > 0)
			low = t;
		else
			high = t;
		double next = t + excess / t_density(t, df);
		if (!(next > low && next < high))
			next = 0.5 * (low + high);
		if (fabs(next - t) <= 4e-16 * t)
			return next;
		t = next;
	}
	return t;
}

double stats_t_quantile(double p, double df)
{
	if (isnan(p) || isnan(df) || p < 0 || p > 1 || df < 0)
		return NAN;
	if (p == 0.5)
		return 0;
	if (df == 0 || p == 0 || p == 1)
		return p > 0.5 ? INFINITY : -INFINITY;
	return p > 0.5 ? upper_quantile(1 - p, df) : -upper_quantile(p, df);
}

double stats_normal_quantile(double p)
{
	return stats_t_quantile(p, INFINITY);
}
