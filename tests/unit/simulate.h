/* Made-up experiments of two arms, from records through results, stop rule and verdict: the code that
 * real runs take. For tests/unit/simulate.c and, at full size, tests/bench/statistics.c.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_SIMULATE_H
#define WATTLE_TESTS_SIMULATE_H

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "lab/verdict.h"

#define SIM_ROWS 4000 /* of a test set */

/* One kind of experiment. Times are log-normal. */
typedef struct SimCell {
	const char *name;
	double sd;           /* of a run, relative */
	double effect;       /* log of B's true time by A's */
	double drift;        /* of the machine over the whole run, relative */
	double spikes;       /* share of B's windows that take 10 sd longer */
	size_t least, most;  /* blocks; 0: 10 and 30 */
	bool blocked;        /* AAA…BBB, in place of the plan's random order */
	bool bootstrap;
	bool accuracy;       /* accuracy is compared, not time */
	double lost_pt;      /* B's true accuracy is lower by so many points */
} SimCell;

typedef struct SimCount {
	size_t tries, blocks;
	size_t words[VERDICT_UNSUPPORTED + 1];
	size_t covers; /* the interval holds the truth */
} SimCount;

static void sim_take(Results *results, json_t *record)
{
	Err err = { 0 };

	if (!record || !results_take(results, record, &err)) {
		fprintf(stderr, "simulate: %s\n", err.text);
		abort();
	}
	json_decref(record);
}

static void sim_plan(Plan *plan, const SimCell *cell)
{
	plan_init(plan);
	memcpy(plan->name, "simulated", 10);
	plan->arms = 2;
	memcpy(plan->arm[0], "A", 2);
	memcpy(plan->arm[1], "B", 2);
	plan->primaries = 1;
	plan->primary[0] = cell->accuracy ? METRIC_ACCURACY : METRIC_TIME;
	plan->build = cell->accuracy ? PLAN_BUILD_BLOCK : PLAN_BUILD_ONCE;
	plan->bootstrap = cell->bootstrap;
	if (cell->most) {
		plan->blocks_min = cell->least;
		plan->blocks_max = cell->most;
	}
	plan->seeds = cell->accuracy ? plan->blocks_max : 1;
	for (size_t i = 0; i < plan->seeds; i++)
		plan->seed[i] = i + 1;
}

static Results *sim_begin(const Plan *plan, uint64_t seed)
{
	Err err = { 0 };
	Results *results = results_new(&err);

	if (!results)
		abort();
	sim_take(results, json_pack("{s:s, s:I, s:o}", "type", "run-begin", "seed",
				    (json_int_t)seed, "plan", plan_json(plan)));
	return results;
}

/* One window; at: its place among all windows of the run, 0 … 1. */
static void sim_window(Results *results, Random *random, const SimCell *cell, size_t arm,
		       size_t block, double at)
{
	double time = cell->sd * random_normal(random) + cell->drift * at;

	if (arm == 1)
		time += cell->effect;
	if (arm == 1 && cell->spikes > 0 && random_unit(random) < cell->spikes)
		time += 10 * cell->sd;
	sim_take(results, json_pack("{s:s, s:s, s:I, s:f, s:i}", "type", "window", "arm",
				    arm ? "B" : "A", "block", (json_int_t)block, "time_s",
				    exp(time), "items", 1));
}

static void sim_time_block(Results *results, const Plan *plan, Random *random,
			   const SimCell *cell, size_t block)
{
	uint32_t order[PLAN_ARMS_MAX];
	double windows = 2 * (double)plan->blocks_max;

	plan_order(plan, results_seed(results), plan->warmup + block, 0, order);
	for (size_t i = 0; i < 2; i++) {
		size_t arm = order[i];
		double at = (double)(2 * block + i) / windows;
		if (cell->blocked)
			at = (double)(arm * plan->blocks_max + block) / windows;
		sim_window(results, random, cell, arm, block, at);
	}
}

static void sim_trial(Results *results, const char *arm, size_t block, const uint8_t *hits,
		      size_t rows)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[SIM_ROWS / 6 + 8];
	size_t right = 0, at = 0, bytes = (rows + 7) / 8;

	for (size_t i = 0; i < rows; i++)
		right += hits[i / 8] >> i % 8 & 1;
	for (size_t i = 0; i < bytes; i += 3) {
		unsigned bits = (unsigned)hits[i] << 16;
		if (i + 1 < bytes)
			bits |= (unsigned)hits[i + 1] << 8;
		if (i + 2 < bytes)
			bits |= hits[i + 2];
		for (size_t k = 0; k < 4; k++)
			text[at++] = i + k > bytes ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	text[at] = '\0';
	sim_take(results,
		 json_pack("{s:s, s:s, s:I, s:f, s:I, s:s, s:I, s:s}", "type", "trial", "arm", arm,
			   "block", (json_int_t)block, "accuracy", (double)right / (double)rows,
			   "test_rows", (json_int_t)rows, "split", "test", "seed",
			   (json_int_t)block + 1, "hits", text));
}

/* What a row of the test set is like: most both get right or wrong; some only one of them. */
typedef enum SimRow { SIM_BOTH, SIM_NONE, SIM_ONLY_A, SIM_ONLY_B } SimRow;

static void sim_rows(uint8_t *rows, Random *random, double lost_pt)
{
	double only_b = 0.02, only_a = only_b + lost_pt / 100;

	for (size_t i = 0; i < SIM_ROWS; i++) {
		double u = random_unit(random);
		rows[i] = u < only_a            ? SIM_ONLY_A
			  : u < only_a + only_b ? SIM_ONLY_B
			  : u < 0.15            ? SIM_NONE
						: SIM_BOTH;
	}
}

/* The seeds of a method differ in 1 % of the rows, each arm on its own. */
static void sim_accuracy_block(Results *results, Random *random, const uint8_t *rows, size_t block)
{
	for (size_t arm = 0; arm < 2; arm++) {
		uint8_t hits[SIM_ROWS / 8] = { 0 };
		for (size_t i = 0; i < SIM_ROWS; i++) {
			bool right = rows[i] == SIM_BOTH ||
				     rows[i] == (arm ? SIM_ONLY_B : SIM_ONLY_A);
			if (rows[i] != SIM_BOTH && random_unit(random) < 0.05)
				right = !right;
			hits[i / 8] |= (uint8_t)(right << i % 8);
		}
		sim_take(results, json_pack("{s:s, s:s, s:I, s:f, s:i}", "type", "window", "arm",
					    arm ? "B" : "A", "block", (json_int_t)block, "time_s",
					    1.0, "items", 1));
		sim_trial(results, arm ? "B" : "A", block, hits, SIM_ROWS);
	}
}

/* The interval at 1 − alpha: that of "same" is one-sided and narrower. */
static bool sim_covers(const Verdict *v, double truth)
{
	double low = log(v->low), high = log(v->high), df = (double)v->n - 1;
	double wider = stats_t_quantile(0.975, df) / stats_t_quantile((1 + v->level) / 2, df);
	double half = (high - low) / 2 * (v->bootstrap ? 1 : wider);

	return fabs((high + low) / 2 - truth) <= half;
}

static void sim_run(SimCount *count, const SimCell *cell, uint64_t seed)
{
	uint8_t rows[SIM_ROWS];
	Random random;
	Verdict verdict;
	Plan plan;

	sim_plan(&plan, cell);
	random_init(&random, seed, RANDOM_SCRIPT);
	Results *results = sim_begin(&plan, seed);
	if (cell->accuracy)
		sim_rows(rows, &random, cell->lost_pt);
	else
		for (size_t arm = 0; arm < 2; arm++)
			sim_take(results, json_pack("{s:s, s:s, s:i, s:f}", "type", "trial", "arm",
						    arm ? "B" : "A", "block", 0, "accuracy", 0.9));
	size_t block = 0;
	for (; !verdict_stop(results); block++)
		if (cell->accuracy)
			sim_accuracy_block(results, &random, rows, block);
		else
			sim_time_block(results, &plan, &random, cell, block);
	verdict_make(&verdict, results, 1, plan.primary[0]);
	count->tries++;
	count->blocks += block;
	count->words[verdict.word]++;
	if (!cell->accuracy)
		count->covers += sim_covers(&verdict, cell->effect);
	results_free(results);
}

static SimCount simulate(const SimCell *cell, size_t tries, uint64_t seed)
{
	SimCount count = { 0 };

	for (size_t i = 0; i < tries; i++)
		sim_run(&count, cell, seed + i);
	return count;
}

static double sim_share(size_t of, const SimCount *count)
{
	return (double)of / (double)count->tries;
}

#endif
