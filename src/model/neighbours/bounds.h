/* Exact search that measures few references in full, for distances in few dimensions are lower
 * bounds of the true ones.
 *
 * f(x) = (V·x, √(|x|² − |V·x|²)), with V a contraction (orthonormal rows, but for rounding), brings
 * no two rows farther apart: |f(x) − f(y)| ≤ |x − y|. V is one; and the last coordinate is the norm
 * of what V leaves of x, √(1 − V'V)·x, for which the triangle inequality gives
 *   (rest(x) − rest(y))² ≤ rest(x − y)² = |x − y|² − |V·(x − y)|².
 * V spans the main directions of a sample (randomised subspace iteration: Halko, Martinsson and
 * Tropp 2011), turned at random so that all coordinates are of a size; f is rounded to bytes of one
 * step. What rounding, of the bytes and of every product of f32, moves a row by is bounded (Higham
 * 2002: γ_n·|x|·|V|) and taken off the distance of the bytes, so what is left out cannot be among
 * the k nearest: the answer is that of measuring all.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_BOUNDS_H
#define WATTLE_MODEL_BOUNDS_H

#include "base/arena.h"
#include "model/neighbours/neighbours.h"
#include "num/pool.h"

/* Dimensions of f, the rest included. */
#define BOUNDS_DIMS 64
/* Rows of which bounds are worth their making have so many features at least, and are so many. */
#define BOUNDS_FEATURES_MIN 128
#define BOUNDS_COUNT_MIN 2048

typedef struct Bounds {
	NeighboursForm form;
	size_t count, features;
	/* The rows themselves, ld apart: bytes, or floats less the offset. */
	const void *rows;
	size_t ld;
	/* (count) of bytes, s32: Σ r² − 256·Σ r; of floats: half of Σ r², less what rounding may
	 * have added to it and to a product (sure). */
	const void *norm;
	double sure;
	const float *basis;   /* (features, BOUNDS_DIMS) V', the last column 0 */
	const float *center;  /* (features) taken off first */
	const double *middle; /* (BOUNDS_DIMS) taken off f before it is rounded */
	double step;          /* of a byte of f */
	double slack;         /* the most that a reference's bytes are away from its f */
	/* Panels of the bytes of f, and their norms, as bytes.h and neighbours.h have them. */
	const uint8_t *panels;
	const int32_t *panel_norm;
	double share; /* of the references that is measured for a query: the mean of a few */
	size_t bytes; /* of all of this */
} Bounds;

/* Whether a table is large enough to think about bounds. */
bool bounds_worth(size_t count, size_t features);
/* rows as in Bounds, borrowed; k is what will be asked for. *out stays NULL without an error where
 * bounds leave too many rows: when the main directions say little, or references that ask for their
 * own neighbours have more than share_max of all measured (1: never). Everything in the arena. */
#define BOUNDS_SHARE_MAX 0.2
bool bounds_new(NeighboursForm form, const void *rows, size_t ld, size_t count, size_t features,
		size_t k, double share_max, uint32_t cpu, Pool *pool, Arena *arena,
		const Bounds **out, Err *err);

/* Queries of which a block of references passes in such a share are measured with all of it, and
 * with all of the next blocks, by products of matrices: queries unlike any reference cost little
 * more than without bounds.
 *
 * The lists of queries that neighbours_queries has made, of k; they end with squared distances as
 * scores in f32, and as neighbours_search leaves them in bytes. room: bounds_room bytes, 64-byte
 * aligned. How many rows were measured in full, over all queries. */
size_t bounds_room(size_t features, size_t rows);
uint64_t bounds_search(const Bounds *b, Queries *queries, size_t k, void *room, uint32_t cpu);

#endif
