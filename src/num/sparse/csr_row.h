/* The packed form that the CSR kernels for a few rows read: rows in, rows out. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CSR_ROW_H
#define WATTLE_NUM_CSR_ROW_H

#include "num/kernel.h"

#define CSR_ROW_LANES 16  /* outputs of a group, one a lane */
#define CSR_ROW_WINDOW 32 /* inputs that a step can reach: two vectors, which a permutation reads */

/* Steps of CSR_ROW_LANES weights: each lane takes the next weight of its output, if its input lies
 * in the window that the step begins with, else 0. Group g has the steps first[g] … first[g + 1].
 * Where there are at least CSR_ROW_WINDOW inputs no window goes past the last. */
typedef struct CsrRow {
	size_t in, out, groups;
	bool relu;
	const uint32_t *first;  /* (groups + 1) */
	const uint16_t *window; /* first input that a step can reach */
	const uint8_t *index;   /* (steps,CSR_ROW_LANES), from there on */
	const float *value;     /* (steps,CSR_ROW_LANES) */
	const float *bias;      /* (groups,CSR_ROW_LANES) */
} CsrRow;

bool csr_row_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);

#endif
