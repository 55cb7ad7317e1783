/* Our own threads: a task is cut into parts, part 0 runs on the caller. Deterministic: which
 * part does what never depends on timing. Workers spin briefly, then sleep. Not for nested use.
 *
 * What a round costs (2 cores of a Zen 4 VM, tests/bench/pool): about 0.5 us while the workers
 * spin on cores of their own, 15 us when they share one, 20 to 50 us once they sleep, and a time
 * slice of the scheduler, milliseconds, when something else holds the core. Two threads pay from
 * 5 us of work on when rounds follow each other, from 80 us on when they do not. Callers decide by
 * the size of the work, never by the clock: who runs what must not depend on timing.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_POOL_H
#define WATTLE_NUM_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
/* Whether so much work is worth a second thread: multiply-adds in f32, numbers that are touched;
 * four multiply-adds of bytes count as one. Below POOL_WORTH, about 7 us, one thread waits longer
 * for the other than it takes to do its half. False for one thread. */
#define POOL_WORTH 400000
bool pool_worth(const Pool *pool, uint64_t work);
/* Half-open share [begin, end) of n items for one part, borders at multiples of grain. */
void pool_share(size_t n, size_t grain, unsigned part, unsigned parts, size_t *begin, size_t *end);

#endif
