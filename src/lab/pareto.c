/* The Pareto front, point against point: there are at most a few dozen.
 * SPDX-License-Identifier: MIT */
#include "lab/pareto.h"

#include <math.h>

static bool beats(double cost_a, double score_a, double cost_b, double score_b)
{
	return cost_a <= cost_b && score_a >= score_b && (cost_a < cost_b || score_a > score_b);
}

void pareto_front(bool *on, const double *cost, const double *score, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		on[i] = !isnan(cost[i]) && !isnan(score[i]);
		for (size_t j = 0; on[i] && j < n; j++)
			on[i] = !beats(cost[j], score[j], cost[i], score[i]);
	}
}
