/* Many jobs of one script, each in a fresh worker of its own, several at a time. They stand in
 * chains: of each chain one runs after the other.
 *
 * A worker that has not ended one second after its job's time limit is killed: the pool never waits
 * for one that hangs. The session hears signals; it is open and runs nothing itself.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_POOL_H
#define WATTLE_APP_GRADING_POOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/session/session.h"

#define POOL_WORKERS_MAX 256

typedef enum PoolEnd {
	POOL_DONE,
	POOL_LATE, /* it was killed: its time was over */
	POOL_DIED, /* otherwise than in order */
} PoolEnd;

typedef struct Pooled {
	size_t count;   /* chains, begun in this order */
	size_t workers; /* at a time */
	int script_fd;
	/* Fills the next job of chain i; false: it has no more. What the job points to must stay until
	 * its end. A time limit is needed. */
	bool (*fill)(void *user, size_t i, Job *job);
	/* Returns how many seconds the job has from now on, where that is less; 0: as before. */
	double (*take)(void *user, size_t i, const json_t *record);
	/* fate: how a worker that died did so. */
	void (*end)(void *user, size_t i, PoolEnd how, const char *fate);
	void *user;
} Pooled;

/* ERR_INTERRUPTED after a signal, with all workers gone; ERR_NEED when none can be started. */
bool pool_run(Session *session, const Pooled *pooled, Err *err);

#endif
