/* k-means: centres that rows are near to (Lloyd 1982).
 *
 * Seeds are drawn by greedy k-means++ (Arthur and Vassilvitskii 2007; of 2 + ⌊ln k⌋ draws the
 * best). Lloyd's steps leave out rows whose bounds by the triangle inequality show that their
 * centre cannot change (Elkan 2003 for up to 16 clusters; above, one bound for each of 16
 * groups of clusters, Ding et al. 2015), and sums of clusters change only by the rows that
 * move. Rows of bytes are summed exactly. The same bits for any number of threads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_KMEANS_H
#define WATTLE_MODEL_KMEANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/err.h"
#include "data/dataset.h"
#include "num/pool.h"

typedef enum KmeansInit { KMEANS_PLUS, KMEANS_RANDOM } KmeansInit;

typedef struct KmeansOptions {
	size_t clusters; /* at most the rows */
	KmeansInit init;
	size_t restarts; /* seeds, of which the one with the least inertia stays */
	/* Ends when the squares of all moves together are below tolerance · the mean variance of a
	 * feature, or no row moves, or after so many iterations. */
	double tolerance;
	size_t iterations;
	/* 0: Lloyd. Else mini-batches of so many rows (Sculley 2010), drawn with replacement;
	 * then an iteration is one pass over as many rows as there are. */
	size_t batch;
	uint64_t seed;
	Pool *pool; /* NULL: one thread */
	/* After each iteration: sum of squared distances to the nearest centre (of a mini-batch
	 * pass: scaled to all rows). False ends with *err. NULL: nobody looks. */
	bool (*see)(void *user, size_t restart, size_t iteration, double inertia, Err *err);
	void *user;
} KmeansOptions;

typedef struct Kmeans {
	double inertia;
	size_t iterations; /* of the best restart */
} Kmeans;

/* centre (clusters, features) is filled. ERR_MEMORY, and what control says. A "stop" of control
 * ends after the iteration. */
bool kmeans_fit(Kmeans *out, float *centre, const Rows *rows, const KmeansOptions *options,
		Control *control, Err *err);

/* Mini-batches of options->batch rows, which come in pieces instead: the first piece gives the seeds, of
 * one restart; each row is looked at once when it comes. Memory of the arena. set: what the pieces are
 * like. */
typedef struct KmeansStream KmeansStream;
KmeansStream *kmeans_stream_take(const Dataset *set, const KmeansOptions *options, Control *control,
				 Arena *arena, Err *err);
/* Adds squared distances to the nearest centre, as it was, to *inertia. */
bool kmeans_stream_rows(KmeansStream *stream, const Rows *piece, double *inertia, Err *err);
/* (clusters, features) */
const float *kmeans_stream_centres(const KmeansStream *stream);

#endif
