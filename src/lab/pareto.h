/* The Pareto front: what nothing else beats in both of two ways.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_PARETO_H
#define WATTLE_LAB_PARETO_H

#include <stdbool.h>
#include <stddef.h>

/* on[i]: no other point costs no more and scores no less, one of the two strictly. cost and score
 * hold n values each; a point with a NaN is never on the front and beats nothing. Points that are
 * equal in both are on it together. */
void pareto_front(bool *on, const double *cost, const double *score, size_t n);

#endif
