/* The plan of an experiment: what is compared, in which order, until when. Fixed before the first
 * block and written whole into run-begin (statistics: randomised paired blocks).
 *
 * Pure: no tensors, no clocks. The script fills it in the worker, the reader gets it as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_PLAN_H
#define WATTLE_LAB_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PLAN_ARMS_MAX 16
#define PLAN_NAME_MAX 64
#define PLAN_TEXT_MAX 256
#define PLAN_CLAIMS_MAX 16
#define PLAN_SEEDS_MAX 1000
#define PLAN_REPEATS_MAX 100

/* X(name, title, cost?): a cost is compared by log ratios; accuracy by differences in points. */
#define METRIC_LIST(X)                 \
	X(TIME, "time", true)          \
	X(ENERGY, "energy", true)      \
	X(ACCURACY, "accuracy", false) \
	X(BYTES, "bytes", true)        \
	X(MACS, "macs", true)

typedef enum Metric {
#define X(name, title, cost) METRIC_##name,
	METRIC_LIST(X)
#undef X
		METRIC_COUNT
} Metric;

typedef enum PlanBuild {
	/* Every arm is built afresh, in a fresh worker, in each block: the claim covers the
	 * method. */
	PLAN_BUILD_BLOCK,
	/* Built once in one worker; the claim covers these models. */
	PLAN_BUILD_ONCE,
} PlanBuild;

typedef struct PlanClaim {
	char text[PLAN_TEXT_MAX];
	size_t arm;
	Metric metric;
	enum { CLAIM_BELOW, CLAIM_ABOVE, CLAIM_NOT_WORSE_BY_PT } kind;
	double value;           /* a ratio to the baseline, or points */
	bool requires_measured; /* without a meter the claim is not decided */
} PlanClaim;

typedef struct Plan {
	char name[PLAN_NAME_MAX];
	char question[PLAN_TEXT_MAX];
	size_t arms; /* 2 … PLAN_ARMS_MAX */
	char arm[PLAN_ARMS_MAX][PLAN_NAME_MAX];
	size_t versus; /* index of the baseline */
	PlanBuild build;
	size_t warmup; /* blocks that are run and discarded */
	size_t blocks_min, blocks_max;
	size_t repeats; /* of a block that a gate spoiled, at most; after that it does not count */
	double window_s, idle_s, budget_s; /* budget_s 0: none */
	size_t seeds;
	uint64_t seed[PLAN_SEEDS_MAX];
	size_t primaries; /* metrics with a verdict, in order */
	Metric primary[METRIC_COUNT];
	bool wanted[METRIC_COUNT];         /* metrics that are shown */
	double margin_time, margin_energy; /* ratios, 0.02 is 2 % */
	double margin_accuracy_pt;         /* points, 1 is one percentage point */
	bool charge_build;                 /* training counts as part of the cost */
	size_t claims;
	PlanClaim claim[PLAN_CLAIMS_MAX];
} Plan;

/* The defaults of the documentation: 1 warm-up, 10 to 30 blocks, 2 repeats, windows and idle of
 * 10 s, primary time, energy and accuracy with margins 2 %, 4 % and 1 point, build "block", no
 * arms, no seeds. */
void plan_init(Plan *plan);

/* Names the first thing that is off (too few arms, minimum over maximum, fewer seeds than blocks
 * when build is "block", a name twice, a claim on an unknown arm). ERR_SCRIPT. */
bool plan_check(const Plan *plan, Err *err);

/* The order in which a block runs its arms: a permutation of 0 … arms − 1 drawn from the run's
 * seed and the block's number (0 is the first warm-up). order holds plan->arms entries. The same
 * on every machine. */
void plan_order(const Plan *plan, uint64_t run_seed, size_t block, uint32_t *order);

/* The gates: a window with one of these flags (contended, or without trustworthy joules) has no
 * costs, and its block is run again. Ends with NULL. The plan's JSON names them in "gates"; they
 * are this version's own, whatever a plan that is read says. */
extern const char *const plan_gates[];
/* True when a list of flags holds one of them. */
bool plan_gated(const json_t *flags);

/* New reference, NULL when memory is short. */
json_t *plan_json(const Plan *plan);
bool plan_from_json(Plan *plan, const json_t *json, Err *err);

Metric metric_find(const char *name, bool *found);
const char *metric_name(Metric metric);
bool metric_is_cost(Metric metric);

#endif
