/* Parts of one experiment, run apart by blocks (shards), made one run again.
 *
 * The unit is the block: its arms ran beside one another, on one machine, so what is paired stays
 * paired. Pure: records in, records out.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_MERGE_H
#define WATTLE_LAB_MERGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "lab/plan.h"

/* One part: its records, run-begin first (borrowed), and what messages call it. */
typedef struct MergePart {
	const json_t *records;
	const char *name;
	const json_t *settings; /* what it was asked with, as the store has it; NULL: not known */
} MergePart;

typedef struct Merged {
	json_t *records; /* run-begin to run-end, verdicts included; owned */
	size_t dropped;  /* blocks that more than one part had: the first part's counts */
	size_t missing;  /* blocks that none has whole, up to the plan's least number */
	uint64_t first_missing;
} Merged;

/* ERR_ARGUMENT, naming the part and what differs, unless all have the plan, seed and script of the
 * first, ran on its processor by the same wattle, and were asked with the same settings (but for the
 * shard); an experiment that builds its arms once has no parts. The parts are sorted by their
 * ids, from which the run's follows: merging them again, in any order, gives the same run. */
bool merge_parts(Merged *out, MergePart *parts, size_t count, Err *err);
void merged_done(Merged *merged);

#endif
