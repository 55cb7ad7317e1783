/* Records into results: run-begin, window and trial are checked field by field and filed by arm and
 * block.
 * SPDX-License-Identifier: MIT */
#include "lab/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/json.h"
#include "lab/results_internal.h"

#define ATTEMPTS_MAX 1000000
#define TEST_ROWS_MAX (UINT64_C(1) << 40)

/* A cost may be 0 (too short to see) but no larger than this; keeps sums and ratios finite. */
#define AMOUNT_MAX 1e30

/* Where a record belongs. */
typedef struct Place {
	size_t arm, block;
	bool warmup;
	uint64_t attempt;
} Place;

static bool take_place(const Results *results, const json_t *record, Place *place, Err *err)
{
	char name[PLAN_NAME_MAX] = "";
	int64_t block = INT64_MIN;
	const Plan *plan = &results->plan;

	*place = (Place){ 0 };
	if (!json_take_text(record, "arm", name, sizeof name, err) ||
	    !json_take_integer(record, "block", -PLAN_SEEDS_MAX, (int64_t)plan->blocks_max - 1,
			       &block, err) ||
	    !json_take_count(record, "attempt", ATTEMPTS_MAX, &place->attempt, err))
		return false;
	while (place->arm < plan->arms && strcmp(name, plan->arm[place->arm]) != 0)
		place->arm++;
	if (place->arm == plan->arms)
		return err_set(err, ERR_FORMAT, "arm '%s' is not in the plan", name);
	if (block == INT64_MIN)
		return err_set(err, ERR_FORMAT, "block is missing");
	place->warmup = block < 0;
	place->block = block < 0 ? 0 : (size_t)block;
	return true;
}

static bool has_flag(const json_t *flags, const char *name)
{
	size_t i;
	json_t *flag;

	json_array_foreach(flags, i,
			   flag) if (json_is_string(flag) &&
				     strcmp(json_string_value(flag), name) == 0) return true;
	return false;
}

static bool take_provenance(const json_t *energy, Provenance *out, Err *err)
{
	char word[16] = "none";

	if (!json_take_text(energy, "provenance", word, sizeof word, err))
		return false;
	*out = PROVENANCE_NONE;
	if (strcmp(word, "measured") == 0)
		*out = PROVENANCE_MEASURED;
	else if (strcmp(word, "attributed") == 0)
		*out = PROVENANCE_ATTRIBUTED;
	else if (strcmp(word, "modelled") == 0)
		*out = PROVENANCE_MODELLED;
	else if (strcmp(word, "none") != 0)
		return err_set(err, ERR_FORMAT, "provenance is '%s'", word);
	return true;
}

/* What one window says of its energy, before any of it is believed. */
typedef struct Energy {
	double value, low, high;
	Provenance provenance;
	char scope[RESULTS_LABEL_MAX], source[RESULTS_LABEL_MAX];
	bool voided, replayed;
} Energy;

static bool read_energy(const json_t *window, Energy *out, Err *err)
{
	const json_t *energy, *flags;

	*out = (Energy){ .value = NAN, .low = NAN, .high = NAN };
	if (!json_take_object(window, "energy", &energy, err))
		return false;
	if (!energy)
		return true;
	if (!json_take_number(energy, "value", 0, AMOUNT_MAX, &out->value, err) ||
	    !json_take_number(energy, "low", -AMOUNT_MAX, AMOUNT_MAX, &out->low, err) ||
	    !json_take_number(energy, "high", 0, AMOUNT_MAX, &out->high, err) ||
	    !json_take_text(energy, "scope", out->scope, sizeof out->scope, err) ||
	    !json_take_text(energy, "source", out->source, sizeof out->source, err) ||
	    !json_take_array(energy, "flags", &flags, err) ||
	    !take_provenance(energy, &out->provenance, err))
		return err_prefix(err, "energy");
	if (out->low > out->value || out->high < out->value)
		return err_set(err, ERR_FORMAT,
			       "energy: low %g, value %g, high %g are out of order", out->low,
			       out->value, out->high);
	if (out->provenance == PROVENANCE_NONE)
		out->value = out->low = out->high = NAN;
	out->voided = plan_gated(flags);
	out->replayed = has_flag(flags, "REPLAYED");
	return true;
}

/* The headline source of a run is the first that gave joules; a change of it is noted and ends
 * all verdicts. */
static void note_energy(Results *results, const Energy *energy)
{
	if (isnan(energy->value))
		return;
	if (!results->energy) {
		memcpy(results->scope, energy->scope, sizeof results->scope);
		memcpy(results->source, energy->source, sizeof results->source);
		results->provenance = energy->provenance;
	}
	results->mixed |= strcmp(results->scope, energy->scope) != 0 ||
			  strcmp(results->source, energy->source) != 0 ||
			  results->provenance != energy->provenance;
	results->energy = true;
	results->replayed |= energy->replayed;
	if (energy->provenance < results->provenance)
		results->provenance = energy->provenance;
}

/* Joules over idle power, of a window or of the net record behind it. */
static bool read_net(const json_t *record, double *out, Err *err)
{
	const json_t *net;

	*out = NAN;
	return json_take_object(record, "energy_net", &net, err) &&
	       (!net || json_take_number(net, "value", -AMOUNT_MAX, AMOUNT_MAX, out, err) ||
		err_prefix(err, "energy_net"));
}

static bool take_net(Results *results, const json_t *record, Err *err)
{
	Place place;
	double net_j;
	Entry *entry;

	if (!take_place(results, record, &place, err) || !read_net(record, &net_j, err))
		return false;
	if (place.warmup)
		return true;
	entry = results_entry(results, place.arm, place.block, err);
	if (!entry)
		return false;
	if (!entry->window || place.attempt != entry->window_attempt)
		return true;
	entry->cell.net_j = net_j;
	results_changed(results, place.block);
	return true;
}

static bool take_window(Results *results, const json_t *record, Err *err)
{
	Place place;
	Energy energy;
	const json_t *flags;
	double time_s = NAN, net_j;
	uint64_t items = 1;
	bool run = false;

	if (!take_place(results, record, &place, err) ||
	    !json_take_flag(record, "run", &run, err) ||
	    !json_take_number(record, "time_s", 0, AMOUNT_MAX, &time_s, err) ||
	    !json_take_count(record, "items", JSON_INTEGER_MAX, &items, err) ||
	    !json_take_array(record, "flags", &flags, err) || !read_energy(record, &energy, err) ||
	    !read_net(record, &net_j, err))
		return false;
	if (place.warmup)
		return true;
	Entry *entry = results_entry(results, place.arm, place.block, err);
	if (!entry)
		return false;
	if (entry->window && place.attempt < entry->window_attempt)
		return true;
	results->measured = true;
	entry->window = true;
	entry->window_attempt = place.attempt;
	entry->cell.flagged = plan_gated(flags) || energy.voided;
	entry->cell.time_s = time_s;
	entry->cell.items = items;
	entry->cell.run = run;
	entry->cell.energy_j = energy.value;
	entry->cell.net_j = net_j;
	entry->cell.energy_low_j = energy.low;
	entry->cell.energy_high_j = energy.high;
	note_energy(results, &energy);
	results_changed(results, place.block);
	return true;
}

/* A number, or an estimate with its value. Null: not recorded. */
static bool take_accuracy(const json_t *record, double *out, Err *err)
{
	*out = NAN;
	if (!json_is_object(json_object_get(record, "accuracy")))
		return json_take_number(record, "accuracy", 0, 1, out, err);
	return json_take_number(json_object_get(record, "accuracy"), "value", 0, 1, out, err) ||
	       err_prefix(err, "accuracy");
}

/* What building the arm cost; absent: not told. */
static bool take_build(const json_t *record, Cell *out, Err *err)
{
	const json_t *energy;
	Provenance provenance;

	out->build_s = out->build_j = out->build_low_j = out->build_high_j = NAN;
	if (!json_take_number(record, "build_s", 0, AMOUNT_MAX, &out->build_s, err) ||
	    !json_take_object(record, "build_energy", &energy, err))
		return false;
	if (!energy)
		return true;
	if (!json_take_number(energy, "value", 0, AMOUNT_MAX, &out->build_j, err) ||
	    !json_take_number(energy, "low", -AMOUNT_MAX, AMOUNT_MAX, &out->build_low_j, err) ||
	    !json_take_number(energy, "high", 0, AMOUNT_MAX, &out->build_high_j, err) ||
	    !take_provenance(energy, &provenance, err))
		return err_prefix(err, "build_energy");
	return !(out->build_low_j > out->build_j || out->build_high_j < out->build_j) ||
	       err_set(err, ERR_FORMAT, "build_energy: low, value and high are out of order");
}

/* What the trial was scored on, and one bit for each of those rows. */
static bool take_rows(const json_t *record, ScoredRows *rows, uint8_t **hits, Err *err)
{
	uint64_t count = 0;
	const json_t *text = json_object_get(record, "hits");

	*hits = NULL;
	*rows = (ScoredRows){ 0 };
	if (!json_take_count(record, "test_rows", TEST_ROWS_MAX, &count, err) ||
	    !json_take_text(record, "dataset", rows->dataset, sizeof rows->dataset, err) ||
	    !json_take_text(record, "split", rows->split, sizeof rows->split, err) ||
	    !json_take_text(record, "rows_sha256", rows->sha256, sizeof rows->sha256, err))
		return false;
	rows->count = (size_t)count;
	if (!text || json_is_null(text))
		return true;
	if (!json_is_string(text) || !count)
		return err_set(err, ERR_FORMAT,
			       "hits is not a text, or has no test_rows beside it");
	*hits = json_decode_base64(json_string_value(text), json_string_length(text),
				   (size_t)(count + 7) / 8, err);
	if (!*hits)
		return err_prefix(err, "hits");
	if (count % 8) /* what lies behind the last row is no hit */
		(*hits)[count / 8] &= (uint8_t)((1u << count % 8) - 1);
	return true;
}

/* What the run as a whole is said to be scored on. */
static void note_rows(Results *results, const ScoredRows *rows)
{
	if (!rows->count)
		return;
	if (!results->test_rows)
		results->test_rows = rows->count;
	if (!results->split[0])
		memcpy(results->split, rows->split, sizeof results->split);
	results->split_mixed |= strcmp(results->split, rows->split) != 0;
}

/* The entry that a trial fills; NULL without error for a warm-up that does not count. */
static bool trial_entry(Results *results, const Place *place, Entry **out, Err *err)
{
	*out = NULL;
	if (results->plan.build == PLAN_BUILD_ONCE)
		*out = &results->built[place->arm];
	else if (!place->warmup)
		*out = results_entry(results, place->arm, place->block, err);
	return *out || place->warmup;
}

static void file_trial(Results *results, Entry *entry, const Place *place, const Cell *trial,
		       const ScoredRows *rows, uint8_t *hits)
{
	note_rows(results, rows);
	results->measured = true;
	results->arms[place->arm].rows = *rows;
	entry->rows = *rows;
	entry->cell.rows = &entry->rows;
	free(entry->hits);
	entry->hits = hits;
	entry->trial = true;
	entry->trial_attempt = place->attempt;
	entry->cell.hits = hits;
	entry->cell.accuracy = trial->accuracy;
	entry->cell.seed = trial->seed;
	entry->cell.diverged = trial->diverged;
	entry->cell.build_s = trial->build_s;
	entry->cell.build_j = trial->build_j;
	entry->cell.build_low_j = trial->build_low_j;
	entry->cell.build_high_j = trial->build_high_j;
	results->arms[place->arm].accuracy = trial->diverged ? NAN : trial->accuracy;
	if (results->plan.build == PLAN_BUILD_ONCE)
		results_recount(results);
	else
		results_changed(results, place->block);
}

static bool take_trial(Results *results, const json_t *record, Err *err)
{
	Place place;
	Entry *entry;
	Cell trial = { 0 };
	ScoredRows rows;
	uint8_t *hits;

	if (!take_place(results, record, &place, err))
		return false;
	uint64_t macs = results->arms[place.arm].macs, bytes = results->arms[place.arm].size_bytes;
	if (!json_take_count(record, "seed", JSON_INTEGER_MAX, &trial.seed, err) ||
	    !json_take_count(record, "macs", JSON_INTEGER_MAX, &macs, err) ||
	    !json_take_count(record, "size_bytes", JSON_INTEGER_MAX, &bytes, err) ||
	    !json_take_flag(record, "diverged", &trial.diverged, err) ||
	    !take_accuracy(record, &trial.accuracy, err) || !take_build(record, &trial, err) ||
	    !trial_entry(results, &place, &entry, err))
		return false;
	if (!entry || (entry->trial && place.attempt < entry->trial_attempt))
		return true;
	if (!take_rows(record, &rows, &hits, err))
		return false;
	results->arms[place.arm].macs = macs;
	results->arms[place.arm].size_bytes = bytes;
	file_trial(results, entry, &place, &trial, &rows, hits);
	return true;
}

static bool make_arms(Results *results, Err *err)
{
	for (size_t a = 0; a < results->plan.arms; a++) {
		ArmResult *arm = &results->arms[a];
		memcpy(arm->name, results->plan.arm[a], sizeof arm->name);
		arm->accuracy = NAN;
		free(arm->cells);
		free(arm->scores);
		arm->cells = calloc(results->plan.blocks_max, sizeof *arm->cells);
		arm->scores = calloc(results->plan.blocks_max, sizeof *arm->scores);
		if (!arm->cells || !arm->scores)
			return err_set(err, ERR_MEMORY, "no memory for the cells of %zu blocks",
				       results->plan.blocks_max);
	}
	results->planned = true;
	return true;
}

/* All or none. */
static bool make_conditions(Results *results, Err *err)
{
	size_t n = results->plan.factors ? plan_conditions(&results->plan) : 0;
	bool fine = true;

	for (size_t k = 0; fine && k < n; k++) {
		Results *condition = results_new(err);

		results->condition[k] = condition;
		fine = condition != NULL;
		if (!fine)
			break;
		condition->plan = results->plan;
		condition->seed = results->seed;
		condition->index = (int)k;
		plan_condition_name(&results->plan, k, condition->name);
		fine = make_arms(condition, err);
	}
	for (size_t k = 0; !fine && k < n; k++) {
		results_free(results->condition[k]);
		results->condition[k] = NULL;
	}
	return fine;
}

static bool take_begin(Results *results, const json_t *record, Err *err)
{
	const json_t *plan;

	if (!json_take_object(record, "plan", &plan, err))
		return false;
	if (!plan)
		return true;
	if (results->planned)
		return err_set(err, ERR_FORMAT,
			       "a second plan: what is compared is fixed before the first block");
	return json_take_count(record, "seed", JSON_INTEGER_MAX, &results->seed, err) &&
	       plan_from_json(&results->plan, plan, err) && make_conditions(results, err) &&
	       make_arms(results, err);
}

static bool take_anew(Results *results, const json_t *record, Err *err)
{
	(void)record;
	(void)err;
	results_forget(results);
	return true;
}

static const struct {
	const char *type;
	bool (*take)(Results *results, const json_t *record, Err *err);
} takers[] = {
	{ "window", take_window },
	{ "net", take_net },
	{ "trial", take_trial },
	{ "anew", take_anew },
};

/* With factors a record says which condition it is of. */
static bool find_condition(Results **results, const json_t *record, Err *err)
{
	int64_t k = -1;

	if (!(*results)->condition[0])
		return true;
	if (!json_take_integer(record, "condition", 0, (int64_t)results_conditions(*results) - 1,
			       &k, err))
		return false;
	if (k < 0)
		return err_set(err, ERR_FORMAT, "condition is missing");
	*results = (*results)->condition[k];
	return true;
}

bool results_take(Results *results, const json_t *record, Err *err)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	bool ok = true;

	if (!type)
		return err_set(err, ERR_FORMAT, "a record without a type");
	if (strcmp(type, "run-begin") == 0)
		ok = take_begin(results, record, err);
	for (size_t i = 0; results->planned && i < sizeof takers / sizeof *takers; i++)
		if (strcmp(type, takers[i].type) == 0)
			ok = find_condition(&results, record, err) &&
			     takers[i].take(results, record, err);
	return ok || err_prefix(err, "%s", type);
}

bool results_window_void(const json_t *window)
{
	return plan_gated(json_object_get(window, "flags")) ||
	       plan_gated(json_object_get(json_object_get(window, "energy"), "flags"));
}
