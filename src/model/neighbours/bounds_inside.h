/* What making bounds and searching by them share. Private to src/model/neighbours/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_BOUNDS_INSIDE_H
#define WATTLE_MODEL_BOUNDS_INSIDE_H

#include "model/neighbours/bounds.h"

#define BOUNDS_SAMPLE 1024  /* rows that the basis is made of */
#define BOUNDS_MAP_ROWS 64  /* that are mapped at once */
#define BOUNDS_MAP_DEPTH 64 /* features whose products are summed before others are added */

/* Whole lines of a cache. */
static inline size_t bounds_lines(size_t bytes)
{
	return (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

/* Room to map BOUNDS_MAP_ROWS rows. */
typedef struct BoundsMap {
	float *x;       /* (BOUNDS_MAP_ROWS, features): rows less the center */
	float *product; /* (BOUNDS_MAP_ROWS, BOUNDS_DIMS), of a few features */
	double *f;      /* (BOUNDS_MAP_ROWS, BOUNDS_DIMS) */
	double *error;  /* (BOUNDS_MAP_ROWS): how far f may be from what it would be unrounded */
} BoundsMap;

size_t bounds_map_bytes(size_t features);
BoundsMap bounds_map_at(void *room, size_t features);
/* f and error of n rows of map->x. */
void bounds_map(const Bounds *b, const BoundsMap *map, size_t n, uint32_t cpu);
/* f as bytes, and how far these are from it. */
double bounds_round(const Bounds *b, const double *f, uint8_t *bytes);

/* The basis of a sample (n, features), which is less its center; *worth is false where it holds less
 * than a share of the squares. ERR_MEMORY. */
bool bounds_basis(const float *sample, size_t n, size_t features, float *basis, uint32_t cpu,
		  bool *worth, Err *err);

#endif
