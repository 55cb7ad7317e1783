/* Verdicts from records: every rule, the numbers beside it, what must not change it, and the exit
 * status.
 * SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "base/random.h"

/* The example of the statistics' documentation: log ratios of B to A. */
static const double example[] = {
	-.031, -.012, .004, -.022, -.017, -.009, -.027, .001, -.014, -.020
};

static void primary(Metric metric)
{
	plan.primaries = 1;
	plan.primary[0] = metric;
}

/* Blocks in which B takes exp(d) times what A takes, in seconds and joules; accuracies equal. */
static Results *ratios(const double *d, size_t n, double scale, bool joules)
{
	Results *results = lab_results(&plan);

	for (size_t i = 0; i < n; i++) {
		double a = scale * (1 + 0.1 * (double)i);
		lab_window(results, "A", (int)i, a, joules ? 10 * a : 0);
		lab_window(results, "B", (int)i, a * exp(d[i]), joules ? 10 * a * exp(d[i]) : 0);
		lab_trial(results, "A", (int)i, 0.9, 10000, lab_hits(10000, 0, 1000));
		lab_trial(results, "B", (int)i, 0.9, 10000, lab_hits(10000, 0, 1000));
	}
	return results;
}

static void the_example(void **state)
{
	(void)state;
	primary(METRIC_TIME);
	Results *results = ratios(example, 10, 1, false);
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_BETTER);
	assert_close(v.ratio, 0.985407517519);
	assert_close(v.low, 0.977505432632);
	assert_close(v.high, 0.993373482303);
	assert_close(v.visible, 0.011258530275);
	assert_close(v.p_sign_flip, 0.0078125);
	assert_close(v.median_ratio, exp(-0.0155));
	assert_close(v.better, 0.8);
	assert_close(v.level, 0.95);
	assert_close(v.margin, 0.02);
	assert_int_equal(v.n, 10);
	assert_int_equal(v.family, 1);
	assert_string_equal(v.sentence, "B is better: 1.5 % less time than A "
					"(95 % interval 0.7 to 2.2 % less; 10 blocks).");
	results_free(results);
}

/* Two cost metrics share the 5 %: 97.5 % each, and the joules are within their wider margin. */
static void families_share_the_error(void **state)
{
	(void)state;
	Results *results = ratios(example, 10, 1, true);
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_int_equal(v.family, 2);
	assert_close(v.level, 0.975);
	assert_word(VERDICT_BETTER);
	verdict_make(&v, results, 1, METRIC_ENERGY);
	assert_word(VERDICT_SAME);
	assert_close(v.level, 0.95);
	assert_string_equal(v.sentence,
			    "B and A are the same within 4 %: energy -1.5 % "
			    "(95 % interval -2.2 to -0.7 %; 10 blocks; measured, package).");
	results_free(results);
}

static void nine_blocks_decide_nothing(void **state)
{
	(void)state;
	double d[9] = { -.5, -.51, -.5, -.5, -.52, -.5, -.5, -.49, -.5 };
	Results *results;

	for (size_t n = 0; n <= 9; n++) {
		results = ratios(d, n, 1, false);
		verdict_make(&v, results, 1, METRIC_TIME);
		assert_word(VERDICT_NOT_RESOLVED);
		assert_int_equal(v.n, n);
		assert_int_equal(isnan(v.low), n < 2);
		verdict_make(&v, results, 1, METRIC_ENERGY);
		assert_word(VERDICT_NONE);
		assert_string_equal(v.sentence, "No verdict: no energy was measured or modelled.");
		results_free(results);
	}
}

static void zero_variance_has_a_word(void **state)
{
	(void)state;
	double same[12] = { 0 }, less[12];
	Results *results = ratios(same, 12, 1, false);

	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_SAME);
	assert_close(v.p_sign_flip, 1);
	assert_close(v.better, 0.5);
	assert_string_equal(v.sentence, "B and A are the same within 2 %: time 0.0 % "
					"(90 % interval 0.0 to 0.0 %; 12 blocks).");
	results_free(results);
	for (size_t i = 0; i < 12; i++)
		less[i] = log(0.5);
	results = ratios(less, 12, 1, false);
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_BETTER);
	results_free(results);
}

static void wide_intervals_are_not_resolved(void **state)
{
	(void)state;
	double d[10];

	for (size_t i = 0; i < 10; i++)
		d[i] = i % 2 ? 0.3 : -0.3;
	Results *results = ratios(d, 10, 1, false);
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_NOT_RESOLVED);
	assert_non_null(strstr(v.sentence, "This run could show differences from"));
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	results_free(results);
}

/* On request, from 30 blocks on; a run that ended before that has its t interval, and says so. */
static void bootstrap_on_request(void **state)
{
	(void)state;
	double d[30];
	Verdict by_t;

	for (size_t i = 0; i < 30; i++)
		d[i] = -0.05 + 0.02 * sin((double)i);
	primary(METRIC_TIME);
	plan.blocks_min = 30;
	for (size_t n = 29; n <= 30; n++) {
		plan.bootstrap = false;
		Results *results = ratios(d, n, 1, false);
		verdict_make(&by_t, results, 1, METRIC_TIME);
		results_free(results);
		plan.bootstrap = true;
		results = ratios(d, n, 1, false);
		verdict_make(&v, results, 1, METRIC_TIME);
		assert_word(VERDICT_BETTER);
		assert_int_equal(v.bootstrap, n == 30);
		json_t *json = verdict_json(&v, results);
		assert_string_equal(json_string_value(json_object_get(json, "interval")),
				    n == 30 ? "bootstrap" : "t");
		json_decref(json);
		assert_int_equal(strstr(v.sentence, "95 % bootstrap interval") != NULL, n == 30);
		/* Not the same interval, but nearly. */
		assert_int_equal(v.low == by_t.low, n == 29);
		assert_true(fabs(v.low - by_t.low) < 0.002 && fabs(v.high - by_t.high) < 0.002);
		assert_int_equal(verdict_stop(results), n == 30);
		results_free(results);
	}
}

/* Claims are decided by the interval that is printed. */
static void claims_follow_the_bootstrap(void **state)
{
	(void)state;
	double d[30];

	for (size_t i = 0; i < 30; i++)
		d[i] = -0.05 + 0.02 * sin((double)i);
	primary(METRIC_TIME);
	plan.blocks_min = 30;
	plan.bootstrap = true;
	Results *results = ratios(d, 30, 1, false);
	verdict_make(&v, results, 1, METRIC_TIME);
	PlanClaim claim = { .arm = 1, .metric = METRIC_TIME, .kind = CLAIM_BELOW };
	claim.value = v.high * 1.000001;
	assert_int_equal(verdict_claim(results, &claim), CLAIM_HOLDS);
	claim.value = v.high * 0.999999;
	assert_int_equal(verdict_claim(results, &claim), CLAIM_OPEN);
	claim.value = v.low * 0.999999;
	assert_int_equal(verdict_claim(results, &claim), CLAIM_REFUTED);
	results_free(results);
}

static void swap_mirrors(void **state)
{
	(void)state;
	static const VerdictWord mirror[] = {
		[VERDICT_BETTER] = VERDICT_WORSE,
		[VERDICT_WORSE] = VERDICT_BETTER,
		[VERDICT_SAME] = VERDICT_SAME,
		[VERDICT_NOT_RESOLVED] = VERDICT_NOT_RESOLVED,
	};
	Random random;
	Verdict w;
	unsigned seen = 0;

	random_init(&random, 5, RANDOM_SCRIPT);
	for (int try = 0; try < 60; try++) {
		double d[12], spread = 0.05 * random_unit(&random),
			      shift = 0.1 * random_unit(&random) - 0.05;
		for (size_t i = 0; i < 12; i++)
			d[i] = shift + spread * random_normal(&random);
		plan.versus = 0;
		Results *one = ratios(d, 12, 1, false);
		plan.versus = 1;
		Results *other = ratios(d, 12, 1, false);
		verdict_make(&v, one, 1, METRIC_TIME);
		verdict_make(&w, other, 0, METRIC_TIME);
		assert_int_equal(w.word, mirror[v.word]);
		assert_close(w.ratio, 1 / v.ratio);
		assert_close(w.low, 1 / v.high);
		assert_close(w.median_ratio, 1 / v.median_ratio);
		assert_close(w.p_sign_flip, v.p_sign_flip);
		assert_close(w.better, 1 - v.better);
		assert_close(w.visible, v.visible);
		seen |= 1u << v.word;
		results_free(one);
		results_free(other);
	}
	assert_int_equal(seen, 1 << VERDICT_BETTER | 1 << VERDICT_WORSE | 1 << VERDICT_SAME |
				       1 << VERDICT_NOT_RESOLVED);
}

static void scale_changes_nothing(void **state)
{
	(void)state;
	Verdict w;
	Results *one = ratios(example, 10, 1, true), *other = ratios(example, 10, 3.7e3, true);

	for (Metric metric = METRIC_TIME; metric <= METRIC_ENERGY; metric++) {
		verdict_make(&v, one, 1, metric);
		verdict_make(&w, other, 1, metric);
		assert_int_equal(v.word, w.word);
		assert_close(v.low, w.low);
		assert_close(v.high, w.high);
		assert_string_equal(v.sentence, w.sentence);
	}
	results_free(one);
	results_free(other);
}

/* --- energy that was not measured --- */

static Results *other_joules(const char *provenance, const char *flags)
{
	Results *results = ratios(example, 10, 1, false);

	for (int i = 0; i < 10; i++)
		for (int arm = 0; arm < 2; arm++)
			lab_take(results,
				 "{\"type\":\"window\",\"arm\":\"%s\",\"block\":%d,\"items\":1000,"
				 "\"time_s\":1,"
				 "\"energy\":{\"value\":%g,\"low\":%g,\"high\":%g,\"provenance\":"
				 "\"%s\","
				 "\"scope\":\"package\",\"source\":\"table\",\"flags\":[%s]}}",
				 arm ? "B" : "A", i, arm ? 6.5 : 10.0, arm ? 4.55 : 7.0,
				 arm ? 9.1 : 14.0, provenance, flags);
	return results;
}

static void modelled_joules_get_no_verdict(void **state)
{
	(void)state;
	Results *results = other_joules("modelled", "");
	verdict_make(&v, results, 1, METRIC_ENERGY);
	assert_word(VERDICT_NONE);
	assert_string_equal(v.why, "energy was not measured");
	/* u = ln 2/3.92 = 0.1768; exp(ln 0.65 ± 2.262157·u) = 0.436 … 0.970 */
	assert_close(v.low, 0.65 * exp(-2.2621571627982055 * log(2) / 3.92));
	assert_string_equal(v.sentence,
			    "No verdict: energy was not measured. The model says 35 % less "
			    "(95 % interval 3 to 56 % less).");
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_int_equal(v.family, 1);
	assert_int_equal(verdict_exit_status(results), 0);
	results_free(results);
	results = other_joules("measured", "\"REPLAYED\"");
	verdict_make(&v, results, 1, METRIC_ENERGY);
	assert_word(VERDICT_NONE);
	assert_string_equal(v.why, "energy was replayed, not measured");
	results_free(results);
	results = other_joules("attributed", "");
	verdict_make(&v, results, 1, METRIC_ENERGY);
	assert_word(VERDICT_NONE);
	results_free(results);
	results = other_joules("measured", "");
	lab_take(results, "{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"time_s\":1,\"energy\":{"
			  "\"value\":1,"
			  "\"provenance\":\"measured\",\"scope\":\"dram\",\"source\":\"table\"}}");
	verdict_make(&v, results, 1, METRIC_ENERGY);
	assert_word(VERDICT_NONE);
	assert_string_equal(v.why, "the source of energy changed within the run");
	results_free(results);
}

/* --- refusals --- */

static void diverged_arms_get_no_verdict(void **state)
{
	(void)state;
	Results *results = ratios(example, 10, 1, false);
	lab_take(results, "{\"type\":\"trial\",\"arm\":\"B\",\"block\":3,\"accuracy\":0.1,"
			  "\"diverged\":true}");
	for (int metric = 0; metric < METRIC_COUNT; metric++) {
		verdict_make(&v, results, 1, (Metric)metric);
		assert_word(VERDICT_NONE);
		assert_string_equal(v.sentence, "No verdict: B diverged in 1 of 10 blocks.");
	}
	assert_true(verdict_stop(results)); /* nothing is left to wait for */
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	results_free(results);
}

static void nonsense_is_answered(void **state)
{
	(void)state;
	Err err = { 0 };
	Results *results = results_new(&err);

	verdict_make(&v, results, 0, METRIC_TIME);
	assert_string_equal(v.sentence, "No verdict: the run has no plan.");
	json_t *json = verdict_json(&v, results);
	assert_true(json_is_null(json_object_get(json, "arm")));
	json_decref(json);
	assert_false(verdict_stop(results));
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	assert_int_equal(verdict_make_all(&v, results), 0);
	results_free(results);
	results = ratios(example, 10, 1, false);
	verdict_make(&v, results, 0, METRIC_TIME);
	assert_string_equal(v.sentence, "No verdict: the baseline is not compared with itself.");
	verdict_make(&v, results, 9, METRIC_TIME);
	assert_word(VERDICT_NONE);
	results_free(results);
}

static void others_are_exploratory(void **state)
{
	(void)state;
	primary(METRIC_ACCURACY);
	Results *results = ratios(example, 10, 1, false);
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_NONE);
	assert_string_equal(v.sentence,
			    "Exploratory: time -1.5 % (95 % interval -2.2 to -0.7 %; 10 blocks).");
	verdict_make(&v, results, 1, METRIC_BYTES);
	assert_string_equal(v.sentence, "Exploratory: bytes 0.0 % (exact).");
	results_free(results);
}

/* --- the run as a whole --- */

static void holm_over_the_run(void **state)
{
	(void)state;
	Verdict all[VERDICTS_MAX];
	Results *results = ratios(example, 10, 1, true);

	assert_int_equal(verdict_make_all(all, results), 3);
	assert_int_equal(all[2].metric, METRIC_ACCURACY);
	assert_close(all[0].p_holm, 2 * 0.0078125);
	assert_close(all[1].p_holm, 2 * 0.0078125);
	assert_true(isnan(all[2].p_holm));
	results_free(results);
}

static void runs_stop_on_width(void **state)
{
	(void)state;
	double d[30];
	Results *results = ratios(example, 9, 1, false);

	assert_false(verdict_stop(results));
	results_free(results);
	results = ratios(example, 10, 1, false); /* half-width 0.8 %, margin/2 1 % */
	assert_true(verdict_stop(results));
	results_free(results);
	for (size_t i = 0; i < 30; i++)
		d[i] = 0.1 * sin((double)i);
	results = ratios(d, 29, 1, false);
	assert_false(verdict_stop(results));
	results_free(results);
	results = ratios(d, 30, 1, false);
	assert_true(verdict_stop(results));
	results_free(results);
}

static PlanClaim *add_claim(Metric metric, unsigned kind, double value)
{
	PlanClaim *claim = &plan.claim[plan.claims++];

	*claim = (PlanClaim){
		.text = "c", .arm = 1, .metric = metric, .kind = kind, .value = value
	};
	return claim;
}

static int status_of(bool joules)
{
	Results *results = ratios(example, 10, 1, joules);
	int status = verdict_exit_status(results);

	results_free(results);
	return status;
}

static void claims_decide_the_exit(void **state)
{
	(void)state;
	assert_int_equal(status_of(false), 0); /* no claims; all verdicts are decided */
	assert_int_equal(status_of(true), 0);
	add_claim(METRIC_TIME, CLAIM_BELOW, 1);
	add_claim(METRIC_BYTES, CLAIM_BELOW, 1.5);
	add_claim(METRIC_ACCURACY, CLAIM_NOT_WORSE_BY_PT, 1);
	assert_int_equal(status_of(false), 0);
	add_claim(METRIC_TIME, CLAIM_ABOVE, 0.985); /* inside the interval */
	assert_int_equal(status_of(false), VERDICT_EXIT_INCONCLUSIVE);
	add_claim(METRIC_ENERGY, CLAIM_BELOW, 1);
	assert_int_equal(status_of(false), 4);
	assert_int_equal(status_of(true), VERDICT_EXIT_INCONCLUSIVE);
	add_claim(METRIC_TIME, CLAIM_ABOVE, 1);
	assert_int_equal(status_of(false), 1);
	plan.claims = 0;
	add_claim(METRIC_MACS, CLAIM_BELOW, 1);
	assert_int_equal(status_of(false), 1);
	plan.claims = 0;
	add_claim(METRIC_TIME, CLAIM_BELOW, 1)->requires_measured = true;
	assert_int_equal(status_of(false), 4);
	assert_int_equal(status_of(true), 0);
}

static void claims_need_ten_pairs(void **state)
{
	(void)state;
	add_claim(METRIC_TIME, CLAIM_BELOW, 1);
	Results *results = ratios(example, 9, 1, false);
	assert_int_equal(verdict_claim(results, &plan.claim[0]), CLAIM_OPEN);
	results_free(results);
}

/* Half the time on other data is no saving. */
static void other_data_is_other_work(void **state)
{
	static const char *const told[][3] = {
		/* dataset and split of B, and why there is no word; A: "test" of digits */
		{ "digits", "test", NULL },
		{ "", "test", NULL },
		{ "", "", NULL },
		{ "wine", "test",
		  "B ran on wine (test), A on digits (test): that is not the same work" },
		{ "digits", "train",
		  "B ran on digits (train), A on digits (test): that is not the same work" },
	};

	(void)state;
	for (size_t k = 0; k < sizeof told / sizeof *told; k++) {
		Results *results = lab_results(&plan);
		PlanClaim claim = { .arm = 1, .metric = METRIC_TIME, .kind = CLAIM_BELOW, .value = 1 };

		for (int i = 0; i < 20; i++) {
			bool b = i % 2;

			lab_window(results, b ? "B" : "A", i / 2, b ? 1 + 0.01 * i : 2 + 0.02 * i, 0);
			lab_take(results,
				 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":%d,\"attempt\":0,"
				 "\"accuracy\":0.5,\"test_rows\":100,\"dataset\":\"%s\","
				 "\"split\":\"%s\"}",
				 b ? "B" : "A", i / 2, b ? told[k][0] : "digits",
				 b ? told[k][1] : "test");
		}
		verdict_make(&v, results, 1, METRIC_TIME);
		assert_word(told[k][2] ? VERDICT_NONE : VERDICT_BETTER);
		assert_string_equal(v.why, told[k][2] ? told[k][2] : "");
		assert_int_equal(verdict_claim(results, &claim),
				 told[k][2] ? CLAIM_OPEN : CLAIM_HOLDS);
		results_free(results);
	}
}

/* Where nothing can be compared, nothing was found to be the same. */
static void a_diverged_arm_again_is_inconclusive(void **state)
{
	static const double none[10] = { 0 };

	(void)state;
	primary(METRIC_TIME);
	plan.again = true;
	Results *results = ratios(none, 10, 1, false);
	assert_int_equal(verdict_exit_status(results), 0);
	results_free(results);
	results = ratios(none, 10, 1, false);
	lab_take(results, "{\"type\":\"trial\",\"arm\":\"B\",\"block\":10,\"diverged\":true}");
	lab_take(results, "{\"type\":\"trial\",\"arm\":\"A\",\"block\":10,\"diverged\":true}");
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_NONE);
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	results_free(results);
}

/* --- the record --- */

static void assert_no_odd_number(const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	assert_non_null(text);
	assert_null(strstr(text, ":nan"));
	assert_null(strstr(text, ":inf"));
	free(text);
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)json, key, value)
	{
		char why[64];
		snprintf(why, sizeof why, "%s_why", key);
		if (json_is_null(value))
			assert_true(json_is_string(json_object_get(json, why)));
	}
}

static void records_carry_the_numbers(void **state)
{
	(void)state;
	double drifting[12];

	for (size_t i = 0; i < 12; i++)
		drifting[i] = 0.01 * (double)(i % 3);
	Results *results = ratios(drifting, 12, 1, false);
	verdict_make(&v, results, 1, METRIC_TIME);
	json_t *json = verdict_json(&v, results);
	assert_string_equal(json_string_value(json_object_get(json, "arm")), "B");
	assert_string_equal(json_string_value(json_object_get(json, "versus")), "A");
	assert_string_equal(json_string_value(json_object_get(json, "metric")), "time");
	assert_string_equal(json_string_value(json_object_get(json, "word")), verdict_name(v.word));
	assert_int_equal(json_integer_value(json_object_get(json, "n")), 12);
	assert_true(json_real_value(json_object_get(json, "ratio")) == v.ratio);
	assert_true(json_real_value(json_object_get(json, "margin")) == v.margin);
	/* The made-up times grow by 10 % of the first from block to block. */
	assert_true(json_is_true(json_object_get(json_object_get(json, "drift"), "warn")));
	assert_no_odd_number(json);
	json_decref(json);
	results_free(results);
	for (size_t n = 0; n < 3; n++) {
		results = ratios(example, n, 1, n == 2);
		for (int metric = 0; metric < METRIC_COUNT; metric++) {
			verdict_make(&v, results, 1, (Metric)metric);
			json = verdict_json(&v, results);
			assert_no_odd_number(json);
			json_decref(json);
		}
		results_free(results);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_example, fresh),
		cmocka_unit_test_setup(families_share_the_error, fresh),
		cmocka_unit_test_setup(nine_blocks_decide_nothing, fresh),
		cmocka_unit_test_setup(zero_variance_has_a_word, fresh),
		cmocka_unit_test_setup(wide_intervals_are_not_resolved, fresh),
		cmocka_unit_test_setup(bootstrap_on_request, fresh),
		cmocka_unit_test_setup(claims_follow_the_bootstrap, fresh),
		cmocka_unit_test_setup(swap_mirrors, fresh),
		cmocka_unit_test_setup(scale_changes_nothing, fresh),
		cmocka_unit_test_setup(modelled_joules_get_no_verdict, fresh),
		cmocka_unit_test_setup(diverged_arms_get_no_verdict, fresh),
		cmocka_unit_test_setup(nonsense_is_answered, fresh),
		cmocka_unit_test_setup(others_are_exploratory, fresh),
		cmocka_unit_test_setup(holm_over_the_run, fresh),
		cmocka_unit_test_setup(runs_stop_on_width, fresh),
		cmocka_unit_test_setup(claims_decide_the_exit, fresh),
		cmocka_unit_test_setup(claims_need_ten_pairs, fresh),
		cmocka_unit_test_setup(other_data_is_other_work, fresh),
		cmocka_unit_test_setup(a_diverged_arm_again_is_inconclusive, fresh),
		cmocka_unit_test_setup(records_carry_the_numbers, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
