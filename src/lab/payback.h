/* Payback: after how many predictions the extra cost of making a model is saved again by what each
 * prediction saves.
 *
 *   N = (build_B − build_A) / (cost_A − cost_B)
 *
 * is a ratio of two means. Its interval is Fieller's: all ρ for which the paired t test does not
 * reject "the mean of extra − ρ·saving is 0". With the means y (extra) and x (saving), their variances
 * and covariance v, and t of the level, these are the ρ between the roots of
 *
 *   (x² − t²·v_xx)·ρ² − 2·(x·y − t²·v_xy)·ρ + (y² − t²·v_yy) = 0,
 *
 * an interval exactly if x² > t²·v_xx, which is when the saving's own interval leaves 0 out.
 * E. C. Fieller, Some problems in interval estimation, J. R. Stat. Soc. B 16 (1954) 175–185. (The delta
 * method's interval is symmetric, and too short where the saving is not far from 0.)
 *
 * A meter's constant error scales both means alike: it leaves N as it is.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_PAYBACK_H
#define WATTLE_LAB_PAYBACK_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/results.h"

typedef enum PaybackWord {
	PAYBACK_UNKNOWN,      /* nothing to go by: why says what is missing */
	PAYBACK_AT_ONCE,      /* B costs no more to make: nothing is to be repaid */
	PAYBACK_AFTER,        /* after so many predictions */
	PAYBACK_NEVER,        /* B saves nothing: the whole interval of the saving is not above 0 */
	PAYBACK_NOT_RESOLVED, /* the interval of the saving covers 0 */
} PaybackWord;

/* The means of the extra cost and of the saving of one prediction, with the variances of these means
 * and their covariance. */
typedef struct PaybackMeans {
	double extra, saving;
	double var_extra, var_saving, covariance;
	double df; /* degrees of freedom of t; 0: one value tells no spread */
} PaybackMeans;

typedef struct Payback {
	PaybackWord word;
	const char *why; /* PAYBACK_UNKNOWN; of static storage, else NULL */
	/* Predictions. AFTER and AT_ONCE: all three, low at least 0; but of models that were made once
	 * no interval. Else NaN. */
	double value, low, high;
	/* What making B costs more than A, and what one prediction saves, with their intervals. */
	double extra, extra_low, extra_high;
	double saving, saving_low, saving_high;
	size_t n;  /* paired blocks */
	bool once; /* the models were made once: what that cost has no known spread */
} Payback;

/* At the level 1 − alpha. n is left 0. */
Payback payback_of_means(const PaybackMeans *means, double alpha);
/* Of n paired blocks: what making the two models of a block cost, b's minus a's, and what each
 * prediction of b's saves in it. */
Payback payback_of_pairs(const double *extra, const double *saving, size_t n, double alpha);

/* Of an arm against another one of a run, by TIME or ENERGY, over its whole blocks; at 95 %. Where
 * the models are made once, what that cost is one number of which the spread is not known: there is
 * a value, but no interval. */
Payback payback_make(const Results *results, size_t arm, size_t versus, Metric metric);

/* What a sentence needs beside the numbers. Texts are borrowed and may be untrusted. */
typedef struct PaybackAbout {
	const char *arm, *versus;
	bool energy;      /* joules; else seconds */
	bool modelled;    /* joules that were not measured: the number stands in parentheses */
	double overtaken; /* of AT_ONCE: predictions after which versus has cost less; NaN: never */
} PaybackAbout;

/* "B pays back in joules after 12,400 predictions (95 % interval 11,900 to 13,000)." "" when nothing
 * is known. Never prints NaN or infinity. */
void payback_sentence(char *out, size_t cap, const Payback *payback, const PaybackAbout *about);

/* "at once", "never", "not resolved", "unknown", "after". */
const char *payback_name(PaybackWord word);

#endif
