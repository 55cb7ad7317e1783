/* The receipt: what a result was measured with. CPU, BLAS with its core type in use and the user's
 * overrides, threads, kernels, versions, walls, peak memory.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_RECEIPT_H
#define WATTLE_TRIAL_RECEIPT_H

#include <jansson.h>

#include "num/kernel.h"

/* overrides: the user's own OPENBLAS_ and OMP_ variables as the launcher saw them (the worker's
 * differ), or NULL. walls: {"no_new_privs":true,"landlock":"ABI 4",…} of the sandbox, or NULL; both
 * borrowed. New reference. */
json_t *receipt_json(const KernelWish *wish, unsigned threads, const json_t *overrides,
		     const json_t *walls);

#endif
