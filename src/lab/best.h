/* Which of all arms is best by one metric: the answer to "which costs least?", where a verdict only
 * compares with the baseline.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_BEST_H
#define WATTLE_LAB_BEST_H

#include "lab/results.h"

/* The arm that is better than each other one, every difference resolved at 0.05/(arms − 1):
 * costs by t intervals of the log ratios over at least VERDICT_PAIRS_MIN whole blocks, accuracy
 * by the interval of the difference with the test set's own variance, bytes and multiply-adds by
 * their exact numbers. The number of arms when there is none: no difference can be shown, an arm
 * diverged, or joules were not measured throughout by one source. */
size_t best_arm(const Results *results, Metric metric);

#endif
