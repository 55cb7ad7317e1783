/* Small dense algebra in f64: bases and eigenvectors.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_EIGEN_H
#define WATTLE_NUM_EIGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Σ a·b. */
double eigen_dot(uint32_t features, const double *a, const double *b, size_t n);
/* y += factor·x. */
void eigen_add(uint32_t features, double *y, double factor, const double *x, size_t n);

/* Makes the rows of q (count, n), count ≤ n, orthonormal: Gram-Schmidt, each row twice (Giraud
 * et al. 2005). A row that depends on those before it becomes 0. */
void eigen_orthonormal(uint32_t features, double *q, size_t count, size_t n);

/* Eigenvalues of a symmetric matrix a (n,n), largest first, and their vectors as the rows of a,
 * of length 1: Householder's tridiagonal form, then implicit QL steps (EISPACK's tred2 and
 * tql2, Bowdler, Martin, Reinsch and Wilkinson 1968). room: n. False when a value does not
 * converge: a holds what is no number. */
bool eigen_symmetric(double *a, size_t n, double *values, double *room);

#endif
