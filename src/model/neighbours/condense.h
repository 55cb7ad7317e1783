/* Hart's condensed nearest neighbours (The condensed nearest neighbor rule, 1968).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_CONDENSE_H
#define WATTLE_MODEL_CONDENSE_H

#include "base/control.h"
#include "data/dataset.h"
#include "model/neighbours/neighbours.h"
#include "num/pool.h"

/* Picks rows whose nearest neighbour classifies all the others right: passes over all rows in
 * their order, each taking the rows that those taken so far get wrong, until a pass takes none.
 * like gives form, offset and scale. Every pair of a row and one that was taken is compared
 * about once, whatever the number of passes. kept has room for all rows, and gets positions in
 * rows, in the order in which they were taken. The same for any number of threads. */
bool neighbours_condense(const Neighbours *like, const Rows *rows, Pool *pool, uint32_t *kept,
			 size_t *count, Control *control, Err *err);

#endif
