/* Summaries of paired differences and the exact tests printed beside them.
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>
#include <string.h>

#include "base/order.h"
#include "base/random.h"

double stats_mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return n ? sum / (double)n : NAN;
}

double stats_sd(const double *x, size_t n)
{
	if (n < 2)
		return NAN;
	double mean = stats_mean(x, n), sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return sqrt(sum / (double)(n - 1));
}

Paired stats_paired(const double *d, size_t n)
{
	Paired paired = { .n = n, .mean = stats_mean(d, n), .sd = stats_sd(d, n) };

	paired.se = paired.sd / sqrt((double)n);
	return paired;
}

double stats_half_width(const Paired *paired, double alpha)
{
	if (paired->n < 2)
		return INFINITY;
	return stats_t_quantile(1 - alpha / 2, (double)paired->n - 1) * paired->se;
}

double stats_visible(const Paired *paired, double alpha)
{
	if (paired->n < 2)
		return NAN;
	double df = (double)paired->n - 1;
	return (stats_t_quantile(1 - alpha / 2, df) + stats_t_quantile(0.8, df)) * paired->se;
}

double stats_paired_shares(double b, double c, double n, double alpha)
{
	double floor_half = -log(alpha) / n, quantile = stats_normal_quantile(1 - alpha);

	if (!(n > 0))
		return NAN;
	return fmax((b + c - (b - c) * (b - c) / n) / (n * n),
		    floor_half * floor_half / (quantile * quantile));
}

/* Fills sum[0 … 2^n − 1] with the sums of d under all signs. */
static void signed_sums(const double *d, size_t n, double *sum)
{
	sum[0] = 0;
	for (size_t i = 0; i < n; i++) {
		size_t half = (size_t)1 << i;
		for (size_t j = half; j-- > 0;) {
			double before = sum[j];
			sum[j] = before - d[i];
			sum[j + half] = before + d[i];
		}
	}
}

/* How many of n sorted numbers are below the limit. */
static size_t count_below(const double *sorted, size_t n, double limit)
{
	size_t low = 0;

	while (n > low) {
		size_t middle = low + (n - low) / 2;
		if (sorted[middle] < limit)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/* Two tables of at most 2^10 sums replace 2^20 sums of 20 terms: for each sum of the left half, those
 * of the right half that reach the limit with it, on either side. */
static double sign_flip_exact(const double *d, size_t n, double limit)
{
	double left[1 << STATS_EXACT_MAX / 2], right[1 << STATS_EXACT_MAX / 2];
	size_t lefts = n / 2, rights = n - n / 2, count = 0;
	size_t sums = (size_t)1 << rights;

	if (limit <= 0)
		return 1;
	signed_sums(d, lefts, left);
	signed_sums(d + lefts, rights, right);
	order_sort(right, sums);
	for (size_t i = 0; i < (size_t)1 << lefts; i++)
		count += sums - count_below(right, sums, limit - left[i]) +
			 count_below(right, sums, nextafter(-limit - left[i], INFINITY));
	return (double)count / (double)((size_t)1 << n);
}

#define FLIP_BITS 8 /* pairs whose signed sums are looked up together */
#define FLIP_TABLES ((STATS_FLIP_MAX + FLIP_BITS - 1) / FLIP_BITS)

static double sign_flip_drawn(const double *d, size_t n, double limit, uint64_t seed)
{
	double table[FLIP_TABLES][1 << FLIP_BITS];
	Random random;
	size_t count = 0, tables = (n + FLIP_BITS - 1) / FLIP_BITS;

	for (size_t i = 0; i < tables; i++) {
		size_t first = i * FLIP_BITS;
		memset(table[i], 0, sizeof table[i]);
		signed_sums(d + first, n - first < FLIP_BITS ? n - first : FLIP_BITS, table[i]);
	}
	random_init(&random, seed, RANDOM_ORDER);
	for (size_t draw = 0; draw < STATS_DRAWS; draw++) {
		double sum = 0;
		uint64_t bits = 0;
		for (size_t i = 0; i < tables; i++, bits >>= FLIP_BITS) {
			if (i % (64 / FLIP_BITS) == 0)
				bits = random_u64(&random);
			size_t left = n - i * FLIP_BITS;
			uint64_t mask = left < FLIP_BITS ? ((uint64_t)1 << left) - 1 : 0xff;
			sum += table[i][bits & mask];
		}
		count += fabs(sum) >= limit;
	}
	return (double)(count + 1) / (STATS_DRAWS + 1);
}

double stats_sign_flip(const double *d, size_t n, uint64_t seed)
{
	double sum = 0, size = 0;

	for (size_t i = 0; i < n; i++) {
		sum += d[i];
		size += fabs(d[i]);
	}
	if (n == 0 || n > STATS_FLIP_MAX || !isfinite(size))
		return NAN;
	/* A sum in another order differs in its last digits and must still count as equal. */
	double limit = fabs(sum) - 1e-12 * size;
	return n <= STATS_EXACT_MAX ? sign_flip_exact(d, n, limit)
				    : sign_flip_drawn(d, n, limit, seed);
}

double stats_mcnemar(uint64_t b, uint64_t c)
{
	double k = (double)(b < c ? b : c), n = (double)b + (double)c;

	if (b == c)
		return 1;
	/* P(X ≤ k) = I_{1/2}(n − k, k + 1) */
	return fmin(1, 2 * stats_beta(0.5, n - k, k + 1));
}

void stats_holm(const double *p, size_t n, double *adjusted)
{
	size_t order[STATS_FAMILY_MAX], family = 0;

	for (size_t i = 0; i < n && i < STATS_FAMILY_MAX; i++) {
		if (isnan(p[i])) {
			adjusted[i] = NAN;
			continue;
		}
		size_t at = family++;
		for (; at > 0 && p[order[at - 1]] > p[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	double largest = 0;
	for (size_t i = 0; i < family; i++) {
		largest = fmax(largest, fmin(1, (double)(family - i) * p[order[i]]));
		adjusted[order[i]] = largest;
	}
}

uint64_t stats_tail_calls(uint64_t over, double p, double confidence)
{
	double b = (double)over + 1, limit = 1 - confidence;
	uint64_t low = 0, high = 1;

	if (!(p > 0 && p < 1 && confidence > 0 && confidence < 1))
		return 0;
	while (stats_beta(p, (double)high, b) > limit && high < (uint64_t)1 << 40)
		high *= 2;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		if (stats_beta(p, (double)middle, b) > limit)
			low = middle;
		else
			high = middle;
	}
	return high;
}
