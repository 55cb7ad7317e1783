/* Our own threads: a task is cut into parts, part 0 runs on the caller. Deterministic: which
 * part does what never depends on timing. Workers spin briefly, then sleep. Not for nested use.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_POOL_H
#define WATTLE_NUM_POOL_H

#include <stddef.h>

#include "base/err.h"

#define POOL_THREADS_MAX 256

typedef struct Pool Pool;

/* threads includes the caller: 1 starts none. */
Pool *pool_new(unsigned threads, Err *err);
void pool_free(Pool *pool);
/* 1 for a NULL pool. */
unsigned pool_threads(const Pool *pool);
/* Runs task(user, part, parts) for each part, one a thread, and waits for all. Allocates
 * nothing. */
void pool_run(Pool *pool, void (*task)(void *user, unsigned part, unsigned parts), void *user);
/* Half-open share [begin, end) of n items for one part, borders at multiples of grain. */
void pool_share(size_t n, size_t grain, unsigned part, unsigned parts, size_t *begin, size_t *end);

#endif
