/* How often to repeat on each level of an experiment (Kalibera and Jones, Rigorous benchmarking in
 * reasonable time, ISMM 2013).
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>

/* Mean over the groups of the variance within each; replaces the values by the groups' means. */
static double fold_level(double *mean, size_t *values, size_t of_group)
{
	size_t groups = *values / of_group;
	double sum = 0;

	for (size_t g = 0; g < groups; g++) {
		double sd = stats_sd(mean + g * of_group, of_group);
		sum += sd * sd;
		mean[g] = stats_mean(mean + g * of_group, of_group);
	}
	*values = groups;
	return sum / (double)groups;
}

/* ⌈√(c_{i+1}/c_i · T_i²/T_{i+1}²)⌉, within 1 … STATS_REPEATS_MAX. */
static uint64_t repeats_of(const StatsLevel *level)
{
	double r = ceil(sqrt(level[1].cost / level[0].cost * level[0].t2 / level[1].t2));

	if (isnan(r)) /* nothing varies on either level */
		return 1;
	return r < 1 ? 1 : r > STATS_REPEATS_MAX ? STATS_REPEATS_MAX : (uint64_t)r;
}

bool stats_levels(double *pilot, StatsLevel *level, size_t levels)
{
	size_t values = 1;

	for (size_t i = 0; i < levels; i++) {
		if (level[i].pilot < 2 || !(level[i].cost > 0))
			return false;
		values *= level[i].pilot;
	}
	if (!isfinite(stats_mean(pilot, values)))
		return false;
	for (size_t i = 0; i < levels; i++) {
		level[i].s2 = fold_level(pilot, &values, level[i].pilot);
		level[i].t2 = level[i].s2;
		if (i > 0)
			level[i].t2 =
				fmax(0, level[i].s2 - level[i - 1].s2 / (double)level[i - 1].pilot);
	}
	for (size_t i = 0; i < levels; i++)
		level[i].repeats = i + 1 < levels ? repeats_of(&level[i]) : 0;
	return levels > 0;
}
