/* Results of a run: which blocks are whole, and what the whole blocks say arm by arm.
 * SPDX-License-Identifier: MIT */
#include "lab/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "lab/results_internal.h"
#include "lab/stats.h"

#define COST_MIN 1e-30 /* seconds or joules; keeps logarithms of ratios small */

static const char *const provenances[] = {
	[PROVENANCE_NONE] = "none",
	[PROVENANCE_MODELLED] = "modelled",
	[PROVENANCE_ATTRIBUTED] = "attributed",
	[PROVENANCE_MEASURED] = "measured",
};

Results *results_new(Err *err)
{
	Results *results = calloc(1, sizeof *results);

	if (!results) {
		err_set(err, ERR_MEMORY, "no memory for results");
		return NULL;
	}
	results->index = -1;
	return results;
}

static void free_entries(Results *results)
{
	for (size_t b = 0; b < PLAN_SEEDS_MAX; b++) {
		for (size_t a = 0; results->blocks[b] && a < results->plan.arms; a++)
			free(results->blocks[b][a].hits);
		free(results->blocks[b]);
		results->blocks[b] = NULL;
	}
	for (size_t a = 0; a < PLAN_ARMS_MAX; a++) {
		free(results->built[a].hits);
		results->built[a] = (Entry){ .window = false };
	}
}

void results_free(Results *results)
{
	if (!results)
		return;
	free_entries(results);
	for (size_t a = 0; a < PLAN_ARMS_MAX; a++) {
		free(results->arms[a].cells);
		free(results->arms[a].scores);
	}
	for (size_t k = 0; k < PLAN_CONDITIONS_MAX; k++)
		results_free(results->condition[k]);
	free(results);
}

void results_forget(Results *results)
{
	free_entries(results);
	results->energy = results->mixed = results->replayed = false;
	results->split[0] = '\0';
	results->split_mixed = false;
	results->test_rows = 0;
	results_recount(results);
}

Entry *results_entry(Results *results, size_t arm, size_t block, Err *err)
{
	Entry *entries = results->blocks[block];

	if (!entries) {
		entries = calloc(results->plan.arms, sizeof *entries);
		if (!entries) {
			err_set(err, ERR_MEMORY, "no memory for block %zu", block);
			return NULL;
		}
		for (size_t a = 0; a < results->plan.arms; a++) {
			Cell *cell = &entries[a].cell;
			cell->time_s = cell->accuracy = NAN;
			cell->energy_j = cell->energy_low_j = cell->energy_high_j = cell->net_j =
				NAN;
			cell->build_s = cell->build_j = NAN;
			cell->build_low_j = cell->build_high_j = NAN;
		}
		results->blocks[block] = entries;
	}
	return &entries[arm];
}

/* Where the arms are built once, block entries never hold a trial: the arm's one trial stands
 * in. */
static const Entry *trial_of(const Results *results, const Entry *entries, size_t arm)
{
	return results->plan.build == PLAN_BUILD_ONCE ? &results->built[arm] : &entries[arm];
}

static uint64_t last_attempt(const Results *results, const Entry *entries)
{
	uint64_t last = 0;

	for (size_t a = 0; a < results->plan.arms; a++) {
		if (entries[a].window && entries[a].window_attempt > last)
			last = entries[a].window_attempt;
		if (entries[a].trial && entries[a].trial_attempt > last)
			last = entries[a].trial_attempt;
	}
	return last;
}

static bool is_whole(const Results *results, const Entry *entries)
{
	if (!entries)
		return false;
	uint64_t last = last_attempt(results, entries);
	bool once = results->plan.build == PLAN_BUILD_ONCE;
	for (size_t a = 0; a < results->plan.arms; a++) {
		const Entry *trial = trial_of(results, entries, a);
		if (!trial->trial || (!once && trial->trial_attempt != last))
			return false;
		bool window = entries[a].window && entries[a].window_attempt == last;
		if (!window && !trial->cell.diverged)
			return false;
		if (window && entries[a].cell.flagged)
			return false;
	}
	return true;
}

static bool is_scored(const Results *results, const Entry *entries)
{
	for (size_t a = 0; entries && a < results->plan.arms; a++)
		if (!entries[a].trial)
			return false;
	return entries != NULL;
}

static void take_score(Cell *cell, const Entry *trial)
{
	cell->there = true;
	cell->accuracy = trial->cell.accuracy;
	cell->hits = trial->hits;
	cell->rows = &trial->rows;
	cell->seed = trial->cell.seed;
	cell->diverged = trial->cell.diverged;
	cell->build_s = trial->cell.build_s;
	cell->build_j = trial->cell.build_j;
	cell->build_low_j = trial->cell.build_low_j;
	cell->build_high_j = trial->cell.build_high_j;
	if (cell->diverged) { /* what a diverged model scores is no result */
		cell->accuracy = NAN;
		cell->hits = NULL;
	}
}

static void count_cell(const Results *results, const Entry *entries, size_t arm, ArmResult *out)
{
	Cell *cell = &out->cells[results->whole];

	*cell = entries[arm].cell;
	take_score(cell, trial_of(results, entries, arm));
	if (results->plan.charge_build)
		cell->build_items = cell->rows->count;
	if (cell->diverged) { /* nor what it costs */
		cell->time_s = NAN;
		cell->energy_j = cell->energy_low_j = cell->energy_high_j = cell->net_j = NAN;
	}
}

static void count_score(Results *results, const Entry *entries)
{
	for (size_t a = 0; a < results->plan.arms; a++) {
		ArmResult *arm = &results->arms[a];
		Cell *cell = &arm->scores[results->scored];

		*cell = (Cell){ .time_s = NAN,
				.energy_j = NAN,
				.energy_low_j = NAN,
				.energy_high_j = NAN,
				.net_j = NAN };
		take_score(cell, &entries[a]);
		arm->diverged += cell->diverged;
	}
	results->scored++;
}

void results_recount(Results *results)
{
	results->whole = results->scored = 0;
	for (size_t a = 0; a < results->plan.arms; a++)
		results->arms[a].diverged = 0;
	for (size_t b = 0; b < results->plan.blocks_max; b++) {
		const Entry *entries = results->blocks[b];
		results->has_score[b] = is_scored(results, entries);
		if (results->has_score[b])
			count_score(results, entries);
		results->counted[b] = is_whole(results, entries);
		if (!results->counted[b])
			continue;
		for (size_t a = 0; a < results->plan.arms; a++)
			count_cell(results, entries, a, &results->arms[a]);
		results->whole++;
	}
	if (results->plan.build == PLAN_BUILD_ONCE && is_scored(results, results->built))
		count_score(results, results->built);
}

void results_changed(Results *results, size_t block)
{
	const Entry *entries = results->blocks[block];

	if (results->counted[block] || results->has_score[block] || is_whole(results, entries) ||
	    is_scored(results, entries))
		results_recount(results);
}

const Plan *results_plan(const Results *results)
{
	return results->planned ? &results->plan : NULL;
}

uint64_t results_seed(const Results *results)
{
	return results->seed;
}

size_t results_blocks(const Results *results)
{
	return results->whole;
}

size_t results_scored(const Results *results)
{
	return results->scored;
}

bool results_measured(const Results *results)
{
	for (size_t k = 0; k < results_conditions(results); k++)
		if (results_condition(results, k)->measured)
			return true;
	return false;
}

size_t results_repeated(const Results *results)
{
	size_t repeated = 0;

	for (size_t b = 0; b < PLAN_SEEDS_MAX; b++)
		repeated += results->blocks[b] && last_attempt(results, results->blocks[b]) > 0;
	return repeated;
}

size_t results_disturbed(const Results *results)
{
	size_t disturbed = 0;

	for (size_t b = 0; b < results->plan.blocks_max; b++) {
		const Entry *entries = results->blocks[b];
		bool flagged = false, through = entries && !results->counted[b];

		for (size_t a = 0; through && a < results->plan.arms; a++) {
			bool diverged = trial_of(results, entries, a)->cell.diverged;
			through = diverged || (entries[a].window &&
					       entries[a].window_attempt >= results->plan.repeats);
			flagged |= entries[a].window && entries[a].cell.flagged;
		}
		disturbed += through && flagged;
	}
	return disturbed;
}

int results_next_attempt(const Results *results, size_t block)
{
	const Entry *entries = results->blocks[block];
	uint64_t last = entries ? last_attempt(results, entries) : 0;
	bool any = false, through = entries != NULL;

	for (size_t a = 0; entries && a < results->plan.arms; a++) {
		bool trial = entries[a].trial && entries[a].trial_attempt == last;

		any |= entries[a].window || entries[a].trial;
		through &= trial && (entries[a].cell.diverged ||
				     (entries[a].window && entries[a].window_attempt == last));
	}
	if (through && (results->counted[block] || last >= results->plan.repeats))
		return -1;
	return any ? (int)last + 1 : 0;
}

size_t results_test_rows(const Results *results)
{
	return results->test_rows;
}

const char *results_split(const Results *results)
{
	if (results->split_mixed)
		return "mixed";
	return results->split[0] ? results->split : "test";
}

/* A sum that one of them does not tell says nothing; programs that are arms may have none. */
static bool same_sum(const ScoredRows *x, const ScoredRows *y)
{
	return !x->sha256[0] || !y->sha256[0] || strcmp(x->sha256, y->sha256) == 0;
}

bool results_same_rows(const Results *results, size_t arm, size_t versus)
{
	size_t count = 0;

	for (size_t i = 0; i < results->scored; i++) {
		const Cell *x = &results->arms[arm].scores[i],
			   *y = &results->arms[versus].scores[i];
		if (x->diverged || y->diverged)
			continue;
		if (x->rows->count != y->rows->count || (count && x->rows->count != count) ||
		    strcmp(x->rows->dataset, y->rows->dataset) != 0 ||
		    strcmp(x->rows->split, y->rows->split) != 0 || !same_sum(x->rows, y->rows))
			return false;
		count = x->rows->count;
	}
	return true;
}

const ArmResult *results_arm(const Results *results, size_t arm)
{
	return results->planned && arm < results->plan.arms ? &results->arms[arm] : NULL;
}

const char *results_provenance(const Results *results)
{
	return provenances[results->energy ? results->provenance : PROVENANCE_NONE];
}

const char *results_scope(const Results *results)
{
	return results->scope;
}

const char *results_source(const Results *results)
{
	return results->source;
}

bool results_replayed(const Results *results)
{
	return results->replayed;
}

bool results_mixed_energy(const Results *results)
{
	return results->mixed;
}

bool results_joules_measured(const Results *results)
{
	return results->energy && results->provenance == PROVENANCE_MEASURED &&
	       !results->replayed && !results->mixed;
}

bool results_same_work(const Results *results, size_t arm, size_t versus)
{
	const Cell *x = results->arms[arm].cells, *y = results->arms[versus].cells;

	for (size_t i = 0; i < results->whole; i++)
		if (x[i].run != y[i].run)
			return false;
	return true;
}

bool results_arm_runs(const Results *results, size_t arm)
{
	for (size_t i = 0; i < results->whole; i++)
		if (!results->arms[arm].cells[i].run)
			return false;
	return results->whole > 0;
}

bool results_runs(const Results *results)
{
	for (size_t a = 0; a < results->plan.arms; a++)
		if (!results_arm_runs(results, a))
			return false;
	return results->whole > 0;
}

bool results_mixed_work(const Results *results)
{
	for (size_t a = 1; a < results->plan.arms; a++)
		if (!results_same_work(results, a, 0))
			return true;
	return false;
}

static double net_mean(const Results *results, size_t arm)
{
	const Cell *cells = results->arms[arm].cells;
	double sum = 0;

	for (size_t i = 0; i < results->whole; i++)
		sum += cells[i].net_j / (double)cells[i].items;
	return sum;
}

double results_net_ratio(const Results *results, size_t arm, size_t versus)
{
	double ours, theirs;

	/* What the builds used over idle power is not known. */
	if (!results->planned || results->whole == 0 || results->plan.charge_build)
		return NAN;
	ours = net_mean(results, arm);
	theirs = net_mean(results, versus);
	return ours > 0 && theirs > 0 ? ours / theirs : NAN;
}

double results_cell_cost(const Cell *cell, Metric metric)
{
	double total = metric == METRIC_TIME     ? cell->time_s
		       : metric == METRIC_ENERGY ? cell->energy_j
						 : NAN;

	double build = metric == METRIC_TIME ? cell->build_s : cell->build_j;

	/* Nothing is free: an amount too small to see is an amount that was not seen. */
	if (!cell->items || !(total > COST_MIN))
		return NAN;
	return total / (double)cell->items +
	       (cell->build_items ? build / (double)cell->build_items : 0);
}

/* Half the relative width of the source's own error in a cell; 0 when it states none. */
static double source_error(const Cell *cell, Metric metric)
{
	double half = 0.5 * (cell->energy_high_j - cell->energy_low_j) / cell->energy_j;

	return metric == METRIC_ENERGY && half > 0 && isfinite(half) ? half : 0;
}

/* Mean of what n blocks cost, with its interval. error: the mean of the source's own, relative;
 * it is the same in every block, does not shrink with n, and is there with one block too, of
 * which the spread is not known. */
static Estimate mean_cost(const double *cost, size_t n, double error)
{
	Estimate out = { NAN, NAN, NAN, n };

	if (!n)
		return out;
	Paired paired = stats_paired(cost, n);
	double half = error * paired.mean;

	out.value = paired.mean;
	if (n >= 2)
		half = hypot(stats_half_width(&paired, 0.05), half);
	if (n >= 2 || half > 0) {
		out.low = fmax(0, out.value - half);
		out.high = out.value + half;
	}
	return out;
}

Estimate results_cost(const Results *results, size_t arm, Metric metric, double per_items)
{
	const ArmResult *result = results_arm(results, arm);
	double cost[PLAN_SEEDS_MAX], error = 0;
	size_t n = 0;

	if (result && (metric == METRIC_BYTES || metric == METRIC_MACS)) {
		double exact = metric == METRIC_BYTES ? (double)result->size_bytes
						      : (double)result->macs * per_items;
		return (Estimate){ exact, exact, exact, results->whole };
	}
	for (size_t i = 0; result && i < results->whole; i++) {
		double x = results_cell_cost(&result->cells[i], metric) * per_items;
		if (!isfinite(x))
			continue;
		error += source_error(&result->cells[i], metric);
		cost[n++] = x;
	}
	return mean_cost(cost, n, n ? error / (double)n : 0);
}

Estimate results_build_cost(const Results *results, size_t arm, Metric metric)
{
	const ArmResult *result = results_arm(results, arm);
	double cost[PLAN_SEEDS_MAX], error = 0;
	size_t n = 0;

	for (size_t i = 0; result && i < results->scored; i++) {
		const Cell *cell = &result->scores[i];
		double half = 0.5 * (cell->build_high_j - cell->build_low_j) / cell->build_j;
		double x = metric == METRIC_TIME     ? cell->build_s
			   : metric == METRIC_ENERGY ? cell->build_j
						     : NAN;

		if (!isfinite(x) || cell->diverged)
			continue;
		error += metric == METRIC_ENERGY && half > 0 && isfinite(half) ? half : 0;
		cost[n++] = x;
	}
	return mean_cost(cost, n, n ? error / (double)n : 0);
}

Estimate results_accuracy(const Results *results, size_t arm)
{
	Estimate out = { NAN, NAN, NAN, 0 };
	const ArmResult *result = results_arm(results, arm);
	double sum = 0;
	size_t n = 0;

	if (!result)
		return out;
	for (size_t i = 0; i < results->scored; i++)
		if (!isnan(result->scores[i].accuracy)) {
			sum += result->scores[i].accuracy;
			n++;
		}
	out.n = result->rows.count;
	out.value = n ? sum / (double)n : results->scored ? NAN : result->accuracy;
	double rows = (double)out.n;
	share_wilson(out.value * rows, rows, SHARE_Z95, &out.low, &out.high);
	return out;
}

size_t results_conditions(const Results *results)
{
	return results->condition[0] ? plan_conditions(&results->plan) : 1;
}

const Results *results_condition(const Results *results, size_t condition)
{
	return results->condition[0] ? results->condition[condition] : results;
}

const char *results_condition_name(const Results *results, size_t condition)
{
	return results_condition(results, condition)->name;
}

int results_condition_index(const Results *results)
{
	return results->index;
}
