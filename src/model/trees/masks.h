/* Small trees by masks: all splits of a tree are compared with 16 rows at a time, and each that a
 * row fails takes the leaves on its left from the row's set; the first leaf that is left is the
 * row's (QuickScorer: Lucchese and others, SIGIR 2015). No step waits for the one before it.
 * Private to the layer "trees".
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_MASKS_H
#define WATTLE_MODEL_TREES_MASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/trees/bytes.h"

#define MASKS_LEAVES 32 /* bits of a row's set */
#define MASKS_LANES 16
#define MASKS_FEATURES_MAX 8192 /* so that columns of some rows fit the caches */

/* One tree; leaves from left to right. */
typedef struct Masks {
	size_t splits;
	uint32_t feature[MASKS_LEAVES - 1];
	float threshold[MASKS_LEAVES - 1];
	uint8_t most[MASKS_LEAVES - 1];  /* of a tree of bytes, instead of threshold */
	uint32_t mask[MASKS_LEAVES - 1]; /* of the leaves that stay when a row goes right */
	bool missing[MASKS_LEAVES - 1];  /* what is missing goes left */
	float value[MASKS_LEAVES];
} Masks;

/* False when the tree under root has more leaves. value: one number a leaf. */
bool masks_make(Masks *out, const TreesSplit *split, const float *value, uint32_t root,
		bool missing);

/* The same of a tree of bytes. */
bool masks_make_bytes(Masks *out, const ByteSplit *split, const float *value, ByteRoot root);

/* y[i] += the tree's value of row i, of MASKS_BYTES rows; x (features, MASKS_BYTES). For
 * CPU_AVX512. */
#define MASKS_BYTES 64
void masks_add_bytes(const Masks *tree, const uint8_t *x, float *y);

/* y[i] += the tree's value of row i, of 16 rows; x (features, 16). For CPU_AVX512. */
void masks_add(const Masks *tree, const float *x, bool missing, float *y);

#endif
