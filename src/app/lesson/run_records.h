/* The records of a run of a lesson as progress keeps them. Blocks repeat most of what their windows
 * and trials say, above all which rows were right: each tells only what differs from the one before
 * of its arm. wattle-records(5), progress.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_RUN_RECORDS_H
#define WATTLE_APP_RUN_RECORDS_H

#include <jansson.h>

/* A new array; counters and work of windows, which nothing of a lesson shows, are left out. NULL:
 * the records are longer than a line may be (or memory is short), so that they could not be sent to
 * a worker again. */
json_t *run_records_fold(const json_t *records);

/* What was folded, as a new array. NULL: it was not folded by us, or the whole is longer than a
 * line may be. */
json_t *run_records_unfold(const json_t *folded);

#endif
