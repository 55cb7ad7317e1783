/* Principal components: the directions in which rows vary most (Pearson 1901).
 *
 * Randomised subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4) on the
 * covariance matrix. Up to PCA_FEATURES_MAX features the matrix is made, in one pass, exactly
 * for rows of bytes, and it goes on until the variances stand still; above, products with the
 * matrix are two products with the rows, PCA_PASSES times. A component's sign is such that its
 * largest weight is above 0 (scikit-learn's svd_flip by weights). The same bits for any number
 * of threads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_PCA_H
#define WATTLE_MODEL_PCA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/err.h"
#include "data/dataset.h"
#include "num/pool.h"

#define PCA_FEATURES_MAX 4096
#define PCA_PASSES 8

typedef struct PcaOptions {
	size_t components; /* at most the features, and the rows */
	uint64_t seed;     /* of the first subspace */
	Pool *pool;        /* NULL: one thread */
	/* Share of the variance that is explained so far. False ends with *err. NULL: nobody
	 * looks. */
	bool (*see)(void *user, size_t iteration, double explained, Err *err);
	void *user;
} PcaOptions;

/* Memory from the caller's arena. */
typedef struct Pca {
	double *component; /* (components, features), orthonormal */
	double *variance;  /* (components) falling; over rows − 1 */
	double *mean;      /* (features) */
	double total;      /* variance of all features together */
} Pca;

/* rows: 2 at least. A "stop" of control ends after the iteration. */
bool pca_fit(Pca *out, const Rows *rows, const PcaOptions *options, Arena *arena, Control *control,
	     Err *err);

/* --- covariance.c: for pca.c and tests */

/* Means of the features, in one order of the rows. */
void covariance_mean(const Rows *rows, Pool *pool, double *mean);
/* covariance (features, features) over rows − 1. */
bool covariance_of(const Rows *rows, const double *mean, Pool *pool, uint32_t cpu,
		   double *covariance, Arena *arena, Control *control, Err *err);

#endif
