/* What several datasets say together. Each stands alone first; they are never pooled.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_ACROSS_H
#define WATTLE_LAB_ACROSS_H

#include "lab/verdict.h"

#define ACROSS_MAX VERDICTS_MAX

/* One arm and one primary metric over the conditions that differ in nothing but the factor
 * "dataset". Beside the verdicts, never deciding. */
typedef struct Across {
	size_t arm;
	Metric metric;
	size_t condition; /* the first of those */
	size_t datasets,
		better;     /* that have a number; on which the arm is better than the baseline */
	Wilcoxon test;      /* of the mean log ratios, or of the differences of accuracy */
	char sentence[384]; /* names of arms and levels as they are: print through text.h */
} Across;

/* Of a whole run: for each setting of the other factors with 2 datasets or more, arm by arm. Returns
 * how many, at most ACROSS_MAX. */
size_t across_datasets(Across *out, const Results *results);

#endif
