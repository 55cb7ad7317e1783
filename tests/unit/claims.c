/* What may be claimed: each thing that the design forbids is refused, with a why, or cannot be asked.
 *
 * Elsewhere: parts of other processors (merge.c), stored runs (run/runs.sh), masks and fake
 * quantization (lua/api/model.lua: sizes and counts are those of what runs), percentiles of too few
 * calls (trial.c, run/bench.sh).
 * SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "lab/notes.h"

/* Ten blocks; B takes a tenth less. joules: how the windows say where theirs come from; "": none. */
static void fill(Results *results, double time_s, const char *joules)
{
	for (int i = 0; i < 10; i++)
		for (int arm = 0; arm < 2; arm++) {
			double cost = (arm ? 0.9 : 1) * (1 + 0.001 * (i % 3));
			lab_take(results,
				 "{\"type\":\"window\",\"arm\":\"%s\",\"block\":%d,\"items\":1000,"
				 "\"time_s\":%g,\"flags\":[],\"energy\":%s}",
				 arm ? "B" : "A", i, time_s * cost, *joules ? joules : "null");
			lab_trial(results, arm ? "B" : "A", i, 0.9, 10000,
				  lab_hits(10000, 0, 1000));
		}
}

#define JOULES(provenance, scope, flags)                                                       \
	"{\"value\":5,\"low\":4,\"high\":6,\"provenance\":\"" provenance "\",\"scope\":\"" scope \
	"\",\"source\":\"fake\",\"flags\":[" flags "]}"

static void refused_energy(double time_s, const char *joules, const char *why)
{
	Results *results = lab_results(&plan);

	fill(results, time_s, joules);
	verdict_make(&v, results, 1, METRIC_ENERGY);
	if (why) {
		assert_word(VERDICT_NONE);
		assert_string_equal(v.why, why);
	} else {
		assert_true(v.word != VERDICT_NONE);
	}
	results_free(results);
}

static void joules_that_were_not_measured(void **state)
{
	(void)state;
	refused_energy(1, JOULES("measured", "package", ""), NULL);
	refused_energy(1, JOULES("modelled", "package", ""), "energy was not measured");
	refused_energy(1, JOULES("attributed", "package", ""), "energy was attributed, not measured");
	refused_energy(1, JOULES("measured", "package", "\"REPLAYED\""),
		       "energy was replayed, not measured");
	refused_energy(1, "", "no energy was measured or modelled");
}

static void too_short_windows(void **state)
{
	(void)state;
	refused_energy(0.05, JOULES("measured", "package", ""),
		       "windows under 0.1 s are too short for joules");
	/* Clocks need no such length. */
	Results *results = lab_results(&plan);
	fill(results, 0.05, JOULES("measured", "package", ""));
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_BETTER);
	assert_int_equal(v.family, 1);
	results_free(results);
}

static void other_sources_or_scopes(void **state)
{
	(void)state;
	static const char *const others[] = { JOULES("measured", "dram", ""),
					      JOULES("modelled", "package", "") };

	for (size_t i = 0; i < 2; i++) {
		Results *results = lab_results(&plan);
		fill(results, 1, JOULES("measured", "package", ""));
		lab_take(results,
			 "{\"type\":\"window\",\"arm\":\"B\",\"block\":9,\"items\":1000,"
			 "\"time_s\":1,\"flags\":[],\"energy\":%s}",
			 others[i]);
		verdict_make(&v, results, 1, METRIC_ENERGY);
		assert_word(VERDICT_NONE);
		assert_string_equal(v.why, "the source of energy changed within the run");
		results_free(results);
	}
}

/* Two runs are no comparison, and a plan does not change: metrics, margins and the stop rule are of
 * the first one. */
static void a_second_plan(void **state)
{
	(void)state;
	Err err = { 0 };
	Results *results = lab_results(&plan);

	fill(results, 1, "");
	plan.margin_time = 0.2;
	plan.blocks_max = 50;
	json_t *record = json_pack("{s:s, s:i, s:o}", "type", "run-begin", "seed", 42, "plan",
				   plan_json(&plan));
	assert_false(results_take(results, record, &err));
	assert_non_null(strstr(err.text, "fixed before the first block"));
	json_decref(record);
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_close(v.margin, 0.02);
	assert_word(VERDICT_BETTER);
	results_free(results);
}

static void refused_plan(const char *why)
{
	Err err = { 0 };

	assert_false(plan_check(&plan, &err));
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
}

/* One seed is no method. */
static void one_seed(void **state)
{
	(void)state;
	plan.seeds = 1;
	refused_plan("1 seeds for up to 30 blocks");
	lab_plan(&plan);
	plan.seed[7] = plan.seed[6];
	refused_plan("would repeat, not replicate");
	/* Built once, the sentence says how many seeds it stands on. */
	lab_plan(&plan);
	plan.build = PLAN_BUILD_ONCE;
	plan.seeds = 1;
	Results *results = lab_results(&plan);
	fill(results, 1, "");
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_non_null(strstr(v.sentence, "1 seed;"));
	results_free(results);
}

/* Of a block that ran again the last try counts, not the best. */
static void the_best_of_several(void **state)
{
	(void)state;
	Results *results = lab_results(&plan);

	fill(results, 1, "");
	for (int arm = 0; arm < 2; arm++) {
		lab_take(results,
			 "{\"type\":\"window\",\"arm\":\"%s\",\"block\":3,\"attempt\":1,"
			 "\"items\":1000,\"time_s\":2,\"flags\":[],\"energy\":null}",
			 arm ? "B" : "A");
		lab_take(results,
			 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":3,\"attempt\":1,\"seed\":5,"
			 "\"accuracy\":0.5,\"test_rows\":10000}",
			 arm ? "B" : "A");
	}
	assert_int_equal(results_blocks(results), 10);
	assert_close(results_arm(results, 1)->cells[3].time_s, 2);
	assert_close(results_arm(results, 1)->cells[3].accuracy, 0.5);
	results_free(results);
}

static void no_loss_without_a_margin(void **state)
{
	(void)state;
	plan.claims = 1;
	plan.claim[0] = (PlanClaim){ .text = "no loss",
				     .arm = 1,
				     .metric = METRIC_ACCURACY,
				     .kind = CLAIM_NOT_WORSE_BY_PT };
	refused_plan("out of range");
	plan.claims = 0;
	plan.margin_accuracy_pt = 0;
	refused_plan("margin of accuracy");
	plan.margin_accuracy_pt = 1;
	plan.margin_time = 0;
	refused_plan("margin of time");
}

static void no_loss_on_a_small_test_set(void **state)
{
	(void)state;
	plan.primaries = 1;
	plan.primary[0] = METRIC_ACCURACY;
	plan.claims = 1;
	plan.claim[0] = (PlanClaim){ .text = "no loss",
				     .arm = 1,
				     .metric = METRIC_ACCURACY,
				     .kind = CLAIM_NOT_WORSE_BY_PT,
				     .value = 1 };
	Results *results = lab_results(&plan);
	for (int i = 0; i < 10; i++)
		for (int arm = 0; arm < 2; arm++) {
			lab_window(results, arm ? "B" : "A", i, 1, 0);
			lab_trial(results, arm ? "B" : "A", i, 0.9, 100,
				  lab_hits(100, arm ? 5 : 0, arm ? 15 : 10));
		}
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_UNSUPPORTED);
	assert_non_null(strstr(v.sentence, "This test set cannot support the claim"));
	assert_int_equal(verdict_claim(results, &plan.claim[0]), CLAIM_OPEN);
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	results_free(results);
}

/* --- what stands beside verdicts --------------------------------------------------------------- */

static VerdictNotes notes_of(const double *a, const double *d, size_t n)
{
	VerdictNotes notes;

	plan.primaries = 1;
	plan.primary[0] = METRIC_TIME;
	Results *results = lab_results(&plan);
	for (size_t i = 0; i < n; i++) {
		lab_window(results, "A", (int)i, a[i], 0);
		lab_window(results, "B", (int)i, a[i] * exp(d[i]), 0);
		lab_trial(results, "A", (int)i, 0.9, 100, NULL);
		lab_trial(results, "B", (int)i, 0.9, 100, NULL);
	}
	verdict_make(&v, results, 1, METRIC_TIME);
	verdict_notes(&notes, &v, results);
	json_t *json = verdict_json(&v, results);
	assert_int_equal(json_array_size(json_object_get(json, "notes")), notes.count);
	assert_int_equal(json_is_true(json_object_get(json, "usually_better")), v.usually);
	json_decref(json);
	results_free(results);
	return notes;
}

static void usually_better(void **state)
{
	(void)state;
	double flat[20], d[20];

	/* 16 of 20: mostly a little less, now and then much more. */
	for (size_t i = 0; i < 20; i++) {
		flat[i] = 1 + 0.001 * (double)(i % 5);
		d[i] = i % 5 == 0 ? 0.4 + 0.01 * (double)i : -0.05 - 0.06 * (double)(i % 7);
	}
	VerdictNotes notes = notes_of(flat, d, 20);
	assert_word(VERDICT_NOT_RESOLVED);
	assert_true(v.usually && notes.count >= 1);
	assert_string_equal(notes.note[0], "B is usually better: it took less time in 16 of 20 "
					   "blocks (80 %, 95 % interval 58 to 92 %).");
	/* 14 of 20 are not three quarters; 8 of 10 might be half. */
	d[1] = d[2] = 0.1;
	notes_of(flat, d, 20);
	assert_false(v.usually);
	notes_of(flat, d + 3, 10);
	assert_close(v.better, 0.8);
	assert_false(v.usually);
}

static void drift_outliers_spikes(void **state)
{
	(void)state;
	double a[20], d[20];

	for (size_t i = 0; i < 20; i++) {
		a[i] = 1 + 0.01 * (double)i;
		d[i] = -0.05 + 0.001 * (double)(i % 5);
	}
	VerdictNotes notes = notes_of(a, d, 20);
	assert_word(VERDICT_BETTER);
	assert_int_equal(notes.count, 1);
	assert_string_equal(notes.note[0],
			    "Over the run time drifted by +13.6 %, mean of all arms (from the first "
			    "third of the blocks to the last; rank correlation 1.00).");
	for (size_t i = 0; i < 20; i++)
		a[i] = 1 + 0.001 * (double)(i % 3);
	d[4] = d[11] = 0.5;
	notes = notes_of(a, d, 20);
	assert_int_equal(notes.count, 3); /* the first: usually better */
	assert_string_equal(notes.note[1], "2 of 20 blocks lie far outside the others; none is "
					   "dropped. The median of the blocks is -4.7 %.");
	assert_string_equal(notes.note[2],
			    "Spikes far above the median are 10 % of the windows of B and 0 % of "
			    "those of A: the interval may be too narrow.");
	/* What differs by less than 2 % is said of this build. */
	for (size_t i = 0; i < 20; i++)
		d[i] = -0.015 + 0.0005 * (double)(i % 5);
	plan.margin_time = 0.001;
	notes = notes_of(a, d, 20);
	assert_word(VERDICT_BETTER);
	assert_int_equal(notes.count, 1);
	assert_string_equal(notes.note[0],
			    "A difference under 2 % is said of this build of the programs.");
	plan.margin_time = 0.02;
	for (size_t i = 0; i < 20; i++)
		d[i] = -0.05 + 0.001 * (double)(i % 5);
	/* Even windows have none. */
	assert_int_equal(notes_of(a, d, 20).count, 0);
	assert_int_equal(notes_of(a, d, 0).count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(joules_that_were_not_measured, fresh),
		cmocka_unit_test_setup(too_short_windows, fresh),
		cmocka_unit_test_setup(other_sources_or_scopes, fresh),
		cmocka_unit_test_setup(a_second_plan, fresh),
		cmocka_unit_test_setup(one_seed, fresh),
		cmocka_unit_test_setup(the_best_of_several, fresh),
		cmocka_unit_test_setup(no_loss_without_a_margin, fresh),
		cmocka_unit_test_setup(no_loss_on_a_small_test_set, fresh),
		cmocka_unit_test_setup(usually_better, fresh),
		cmocka_unit_test_setup(drift_outliers_spikes, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
