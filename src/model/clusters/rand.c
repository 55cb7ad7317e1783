/* Pairs of rows, counted by the table of contingency.
 * SPDX-License-Identifier: MIT */
#include "model/clusters/rand.h"

#include <math.h>
#include <stdlib.h>

static double pairs(double n)
{
	return n * (n - 1) / 2;
}

/* Σ of pairs over the sums of a table's rows (step 1 apart in a row) or columns. */
static double pairs_of_sums(const uint32_t *table, size_t count, size_t count_step, size_t n,
			    size_t step)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		double of = 0;

		for (size_t j = 0; j < n; j++)
			of += table[i * count_step + j * step];
		sum += pairs(of);
	}
	return sum;
}

double adjusted_rand(const uint16_t *a, size_t a_parts, const uint16_t *b, size_t b_parts, size_t n)
{
	uint32_t *table = calloc(a_parts * b_parts + 1, sizeof *table);
	double same = 0, in_a, in_b, chance, most;

	if (!table)
		return NAN;
	for (size_t i = 0; i < n; i++)
		table[a[i] * b_parts + b[i]]++;
	for (size_t i = 0; i < a_parts * b_parts; i++)
		same += pairs(table[i]);
	in_a = pairs_of_sums(table, a_parts, b_parts, b_parts, 1);
	in_b = pairs_of_sums(table, b_parts, 1, a_parts, b_parts);
	free(table);
	chance = n > 1 ? in_a * in_b / pairs((double)n) : 0;
	most = (in_a + in_b) / 2;
	/* both one part, or both all apart */
	return most > chance ? (same - chance) / (most - chance) : 1;
}
