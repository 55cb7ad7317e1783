/* The scaler of every chart, on a terminal and in a figure: the range of an axis, its round ticks,
 * and what they are called. Steps are 1, 2 or 5 times a power of ten.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_SCALE_H
#define WATTLE_LAB_SCALE_H

#include <stdbool.h>

#define SCALE_TICKS_MAX 12
#define SCALE_LABEL_MAX 24

/* The round ticks of a range: returns how many were put into out (at most max). */
int scale_ticks(double low, double high, double *out, int max);
/* Of a logarithmic axis, 0 < low < high: powers of ten, every so many when there are more than max;
 * with 2 and 5 times them, or ticks of equal steps, where the powers alone are fewer than three. */
int scale_log_ticks(double low, double high, double *out, int max);

/* Tick i as text, all of an axis alike: with k, M, G, T by the largest. */
void scale_label(const double *ticks, int count, int i, char out[SCALE_LABEL_MAX]);

/* A tick of a logarithmic axis, each by itself: "50", "2k", "10M". */
void scale_log_label(double tick, char out[SCALE_LABEL_MAX]);

/* The range of an axis from that of the data, *low … *high (low above high: no data). asked_low and
 * asked_high stand in for it where they are finite; zero: 0 lies within. Never empty and never wider
 * than a double can hold. */
void scale_range(double asked_low, double asked_high, bool zero, double *low, double *high);

#endif
