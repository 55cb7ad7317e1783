/* Forward selection: columns that together tell most, by orthogonal least squares (Chen, Billings
 * and Luo, Int. J. Control 50, 1989).
 *
 * Column after column is taken that lowers the squared error of a linear prediction of the classes
 * (an indicator for each; or of the number) most, given those taken before: what a taken column
 * tells, others like it need not tell again.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_FORWARD_H
#define WATTLE_DATA_FORWARD_H

#include "data/dataset.h"

#define FORWARD_COLUMNS_MAX 4096

/* chosen (keep), in the order in which they were taken, from bytes or floats without missing
 * values; keep is not above the columns, which are at most FORWARD_COLUMNS_MAX. What is left when
 * nothing tells more is taken in the order of the columns. ERR_MEMORY. */
bool forward_select(const Rows *train, size_t keep, uint32_t *chosen, Control *control, Err *err);

#endif
