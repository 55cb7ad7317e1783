/* What the parts of k-means share. Private to src/model/clusters/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_KMEANS_INSIDE_H
#define WATTLE_MODEL_KMEANS_INSIDE_H

#include "base/arena.h"
#include "base/random.h"
#include "model/clusters/kmeans.h"

#define KMEANS_CHUNK 512 /* rows of one piece of work; pieces do not depend on threads */
#define KMEANS_GROUPS 16 /* lower bounds of a row */
#define KMEANS_VECTOR 16 /* floats */

typedef struct KmeansWork {
	const Rows *rows;
	const KmeansOptions *options;
	Control *control;
	Pool *pool;
	uint32_t cpu;
	size_t count, features, clusters, chunks;
	size_t ld;       /* floats of a row of packed and of scores: clusters, in whole vectors */
	size_t members;  /* clusters of a group */
	float *centre;   /* (clusters, features), of this restart */
	float *moved;    /* (clusters, features) centres that are being made */
	float *packed;   /* (features, ld) centres */
	float *half;     /* (clusters) ½·|centre|² */
	float *squares;  /* (rows) |x|²; NULL: of rows that come in pieces */
	double total;    /* Σ |x|² */
	double variance; /* mean over features */
	double *sum;     /* (clusters, features) of rows, in the rows' own units */
	double unit;     /* byte_scale, or 1 */
	uint32_t *size;  /* (clusters) rows */
	float *upper;    /* (rows) distance to the own centre is at most this */
	float *lower;    /* (rows, KMEANS_GROUPS) to all others of a group at least this */
	float *drift;    /* (clusters) how far each centre moved; and the farthest of each group */
	float group_drift[KMEANS_GROUPS];
	uint16_t *label, *next; /* (rows); clusters: none yet */
	/* Of each thread: */
	float *x;        /* (KMEANS_CHUNK, features) */
	float *score;    /* (KMEANS_CHUNK, ld) x · centre */
	uint32_t *order; /* (KMEANS_CHUNK) */
} KmeansWork;

/* --- kmeans_assign.c */

/* centre is new: packs it, and its norms. */
void kmeans_pack(KmeansWork *work);
/* next of all rows, and bounds; drift says how far centres moved since the last call. */
void kmeans_assign(KmeansWork *work);
/* Scores of n rows of x by one thread (part), and which centre is nearest to each. */
void kmeans_scores(const KmeansWork *work, unsigned part, size_t n);
size_t kmeans_nearest(const KmeansWork *work, const float *score);

/* --- kmeans_seed.c */

/* Draws centre. */
bool kmeans_seed(KmeansWork *work, const Rows *rows, Random *random, Arena *arena, Err *err);

/* --- kmeans_batch.c */

bool kmeans_batches(KmeansWork *work, Random *random, size_t restart, size_t *iterations,
		    Arena *arena, Err *err);

#endif
