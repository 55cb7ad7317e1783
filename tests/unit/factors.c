/* Factors: the conditions that they make, their names, orders and checks, the round trip through
 * JSON; results and verdicts condition by condition.
 * SPDX-License-Identifier: MIT */
#include "lab/plan.h"

#include <math.h>

#include "unit.h"

#include "lab.h"
#include "lab/verdict.h"

static Plan plan;
static Err err;

/* threads {1, 2} and dataset {"b", "a"}, given in that order. */
static int two_factors(void **state)
{
	(void)state;
	memset(&err, 0, sizeof err);
	lab_plan(&plan);
	PlanFactor *factor = plan_add_factor(&plan, "threads");
	plan_add_level(&plan, factor, LEVEL_INTEGER, 1, "1");
	plan_add_level(&plan, factor, LEVEL_INTEGER, 2, "2");
	factor = plan_add_factor(&plan, "dataset");
	plan_add_level(&plan, factor, LEVEL_TEXT, 0, "b");
	plan_add_level(&plan, factor, LEVEL_TEXT, 0, "a");
	return 0;
}

static void conditions_are_a_full_cross(void **state)
{
	static const char *const names[] = { "dataset=b threads=1", "dataset=b threads=2",
					     "dataset=a threads=1", "dataset=a threads=2" };
	char name[PLAN_CONDITION_MAX];

	(void)state;
	assert_int_equal(plan_conditions(&plan), 4);
	for (size_t k = 0; k < 4; k++)
		assert_string_equal(plan_condition_name(&plan, k, name), names[k]);
	assert_string_equal(plan_level_named(&plan, 3, "threads")->text, "2");
	assert_null(plan_level_named(&plan, 3, "thread"));
	json_t *json = plan_condition_json(&plan, 2);
	assert_string_equal(json_string_value(json_object_get(json, "dataset")), "a");
	assert_int_equal(json_integer_value(json_object_get(json, "threads")), 1);
	json_decref(json);
	plan.factors = 0;
	assert_int_equal(plan_conditions(&plan), 1);
	assert_string_equal(plan_condition_name(&plan, 0, name), "");
}

static void refused(const char *part)
{
	assert_false(plan_check(&plan, &err));
	assert_int_equal(err.code, ERR_SCRIPT);
	if (!strstr(err.text, part))
		fail_msg("'%s' does not say '%s'", err.text, part);
	two_factors(NULL);
}

static void checks(void **state)
{
	(void)state;
	assert_true(plan_check(&plan, &err));
	plan.level[plan.factor[1].first].number = 0;
	refused("threads has the level");
	plan.level[plan.factor[1].first].kind = LEVEL_NUMBER;
	refused("threads has the level");
	plan.level[plan.factor[0].first].kind = LEVEL_FLAG;
	refused("dataset has the level");
	strcpy(plan.level[plan.factor[0].first].text, "a");
	refused("twice");
	strcpy(plan.level[plan.factor[0].first].text, "\xff");
	refused("UTF-8");
	strcpy(plan.factor[0].name, "seed");
	refused("would hide c.seed");
	strcpy(plan.factor[0].name, "1x");
	refused("is no name");
	plan.factor[0].levels = 0;
	refused("has no levels");
	PlanFactor *factor = plan_add_factor(&plan, "z");
	char text[8];
	for (int i = 0; i < 17; i++) {
		snprintf(text, sizeof text, "%d", i);
		plan_add_level(&plan, factor, LEVEL_INTEGER, i, text);
	}
	refused("more than 64 conditions");
	for (int i = 2; i < PLAN_FACTORS_MAX; i++)
		assert_non_null(plan_add_factor(&plan, (const char[]){ (char)('e' + i), 0 }));
	assert_null(plan_add_factor(&plan, "last"));
}

static void unusual_plans_survive_json(void **state)
{
	static Plan again;

	(void)state;
	plan.blocks_min = plan.blocks_max = 30;
	plan.bootstrap = plan.aa = plan.charge_build = true;
	strcpy(plan.left_out, "mnist");
	plan.arms = 3;
	strcpy(plan.arm[2], "A'");
	plan.report = (PlanReport){ .paretos = 1,
				    .pareto = { { METRIC_ACCURACY, METRIC_ENERGY } },
				    .table = { [PLAN_TABLE_LATEX] = true },
				    .svg = true };
	json_t *json = plan_json(&plan);
	assert_true(plan_from_json(&again, json, &err));
	assert_true(again.bootstrap && again.aa && !again.blocked && again.report.svg);
	assert_true(again.report.table[PLAN_TABLE_LATEX] && !again.report.table[PLAN_TABLE_CSV]);
	assert_int_equal(again.report.pareto[0][1], METRIC_ENERGY);
	assert_string_equal(again.left_out, "mnist");
	json_t *second = plan_json(&again);
	assert_true(json_equal(json, second));
	assert_int_equal(json_array_size(json_object_get(json, "conditions")), 4);
	json_decref(second);
	json_object_set_new(json, "order", json_string("blocked"));
	assert_true(plan_from_json(&again, json, &err) && again.blocked);
	json_object_set_new(json, "factors", json_pack("{s:[{}]}", "size"));
	assert_false(plan_from_json(&again, json, &err));
	json_object_set_new(json, "factors", json_pack("{s:i}", "size", 1));
	assert_false(plan_from_json(&again, json, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	json_decref(json);
}

static void bootstrap_needs_blocks(void **state)
{
	(void)state;
	plan.bootstrap = true;
	refused("at least 30 blocks");
	plan.aa = true;
	refused("aa: the last arm is not A'");
}

/* Each condition has its own orders, each block its own order of conditions; all of it pinned. */
static void orders_are_pinned(void **state)
{
	char text[128] = "";
	uint32_t order[PLAN_CONDITIONS_MAX];

	(void)state;
	plan.arms = 3;
	for (size_t block = 0; block < 3; block++) {
		plan_condition_order(&plan, 42, block, order);
		for (size_t i = 0; i < 4; i++)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%u", order[i]);
	}
	strcat(text, " ");
	for (size_t k = 0; k < 4; k++) {
		plan_order(&plan, 42, 1, k, order);
		for (size_t i = 0; i < 3; i++)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%u", order[i]);
	}
	assert_string_equal(text, "203132100123 201201102012");
	plan.blocked = true;
	plan_order(&plan, 42, 1, 2, order);
	assert_true(order[0] == 0 && order[1] == 1 && order[2] == 2);
}

static void numbers_are_written_short(void **state)
{
	char text[PLAN_NAME_MAX];

	(void)state;
	plan_number_text(0.1, text);
	assert_string_equal(text, "0.1");
	plan_number_text(1.0 / 3, text);
	assert_string_equal(text, "0.3333333333333333");
	plan_number_text(16777217, text);
	assert_string_equal(text, "16777217");
}

/* --- results ---------------------------------------------------------------------------------- */

static void take(Results *results, int condition, const char *arm, int block, double time_s,
		 double accuracy, double build_s)
{
	lab_take(results,
		 "{\"v\":1,\"type\":\"window\",\"condition\":%d,\"arm\":\"%s\",\"block\":%d,"
		 "\"items\":1000,\"time_s\":%.17g,\"energy\":null,\"flags\":[]}",
		 condition, arm, block, time_s);
	lab_take(results,
		 "{\"v\":1,\"type\":\"trial\",\"condition\":%d,\"arm\":\"%s\",\"block\":%d,"
		 "\"seed\":%d,\"accuracy\":%.17g,\"test_rows\":1000,\"build_s\":%.17g,"
		 "\"build_energy\":{\"value\":%.17g,\"low\":%.17g,\"high\":%.17g,"
		 "\"provenance\":\"measured\"},\"macs\":10,\"size_bytes\":10}",
		 condition, arm, block, block + 2, accuracy, build_s, 10 * build_s, 9 * build_s,
		 11 * build_s);
}

/* In condition k arm B takes 1 + k times as long as A. */
static Results *crossed(size_t blocks)
{
	Results *results = lab_results(&plan);

	for (int block = 0; block < (int)blocks; block++)
		for (int k = 0; k < 4; k++) {
			double wobble = 1 + 0.001 * ((block * 7 + k) % 5);

			take(results, k, "A", block, 1 * wobble, 0.9, 2 + 0.1 * (block % 2));
			take(results, k, "B", block, (1 + k) / wobble, 0.9, 4);
		}
	return results;
}

static void results_go_by_condition(void **state)
{
	Results *results = crossed(12);

	(void)state;
	assert_int_equal(results_conditions(results), 4);
	assert_true(results_measured(results));
	assert_int_equal(results_condition_index(results), -1);
	for (size_t k = 0; k < 4; k++) {
		const Results *condition = results_condition(results, k);

		assert_int_equal(results_blocks(condition), 12);
		assert_int_equal(results_conditions(condition), 1);
		assert_ptr_equal(results_condition(condition, 0), condition);
		assert_int_equal(results_condition_index(condition), k);
		double ratio = results_cost(condition, 1, METRIC_TIME, 1).value /
			       results_cost(condition, 0, METRIC_TIME, 1).value;
		assert_true(ratio > 0.98 * (double)(1 + k) && ratio < 1.02 * (double)(1 + k));
	}
	assert_string_equal(results_condition_name(results, 2), "dataset=a threads=1");
	assert_string_equal(results_condition_name(results_condition(results, 2), 0),
			    "dataset=a threads=1");
	assert_false(
		lab_try(results, &err, "{\"v\":1,\"type\":\"window\",\"arm\":\"A\",\"block\":0}"));
	assert_string_equal(err.text, "window: condition is missing");
	assert_false(
		lab_try(results, &err,
			"{\"v\":1,\"type\":\"window\",\"condition\":4,\"arm\":\"A\",\"block\":0}"));
	lab_take(results, "{\"v\":1,\"type\":\"anew\",\"condition\":1}");
	assert_int_equal(results_blocks(results_condition(results, 1)), 0);
	assert_int_equal(results_next_attempt(results_condition(results, 1), 0), 0);
	assert_int_equal(results_blocks(results_condition(results, 0)), 12);
	results_free(results);
}

static void verdicts_go_by_condition(void **state)
{
	static Verdict verdicts[VERDICTS_MAX];
	static const VerdictWord words[] = { VERDICT_SAME, VERDICT_WORSE, VERDICT_WORSE,
					     VERDICT_WORSE };

	(void)state;
	plan.primaries = 1;
	Results *results = crossed(12);
	for (size_t k = 0; k < 4; k++) {
		const Results *condition = results_condition(results, k);

		assert_int_equal(verdict_make_all(verdicts, condition), 1);
		assert_int_equal(verdicts[0].word, words[k]);
		json_t *json = verdict_json(&verdicts[0], condition);
		assert_int_equal(json_integer_value(json_object_get(json, "condition")), k);
		json_decref(json);
	}
	assert_int_equal(verdict_exit_status(results), 0);
	results_free(results);

	/* A claim must hold in every condition: in the first one it is refuted. */
	plan.claims = 1;
	plan.claim[0] = (PlanClaim){ .text = "B is slow",
				     .arm = 1,
				     .metric = METRIC_TIME,
				     .kind = CLAIM_ABOVE,
				     .value = 1.5 };
	results = crossed(12);
	assert_int_equal(verdict_claim(results_condition(results, 0), &plan.claim[0]),
			 CLAIM_REFUTED);
	assert_int_equal(verdict_claim(results_condition(results, 1), &plan.claim[0]), CLAIM_HOLDS);
	assert_int_equal(verdict_exit_status(results), 1);
	results_free(results);
	plan.claim[0].value = 0.5;
	results = crossed(12);
	assert_int_equal(verdict_exit_status(results), 0);
	results_free(results);
	results = crossed(3); /* open everywhere */
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	results_free(results);
}

/* --- builds ----------------------------------------------------------------------------------- */

static void builds_have_a_cost(void **state)
{
	(void)state;
	Results *results = crossed(4);
	const Results *first = results_condition(results, 0);
	Estimate build = results_build_cost(first, 0, METRIC_TIME);

	assert_int_equal(build.n, 4);
	assert_true(fabs(build.value - 2.05) < 1e-12);
	assert_true(build.low < 2.05 && build.low > 1.9 && build.high < 2.2);
	build = results_build_cost(first, 1, METRIC_ENERGY);
	assert_true(fabs(build.value - 40) < 1e-12 && fabs(build.low - 36) < 1e-9);
	assert_true(isnan(results_build_cost(first, 1, METRIC_BYTES).value));
	/* Separate: it changes no cost. */
	assert_true(fabs(results_cost(first, 0, METRIC_TIME, 1).value - 0.0010018) < 1e-6);
	results_free(results);

	plan.charge_build = true; /* 2.05 s over the 1000 rows of a pass */
	results = crossed(4);
	first = results_condition(results, 0);
	assert_true(fabs(results_cost(first, 0, METRIC_TIME, 1).value - 0.0030518) < 1e-6);
	results_free(results);
}

/* --- a baseline that differs from itself ------------------------------------------------------ */

static Results *twice(double second)
{
	plan.factors = 0;
	plan.aa = true;
	plan.arms = 3;
	strcpy(plan.arm[2], "A'");
	plan.primaries = 1;
	Results *results = lab_results(&plan);

	for (int block = 0; block < 12; block++) {
		double wobble = 1 + 0.001 * (block % 5);

		lab_window(results, "A", block, 1 * wobble, 0);
		lab_window(results, "B", block, 0.5, 0);
		lab_window(results, "A'", block, second, 0);
		for (int arm = 0; arm < 3; arm++)
			lab_trial(results, plan.arm[arm], block, 0.9, 1000, NULL);
	}
	return results;
}

static void a_baseline_that_agrees_with_itself(void **state)
{
	static Verdict verdicts[VERDICTS_MAX];
	Results *results = twice(1.002);

	(void)state;
	assert_int_equal(verdict_make_all(verdicts, results), 1);
	assert_int_equal(verdicts[0].arm, 1);
	assert_int_equal(verdicts[0].family, 1); /* the second arm is no comparison */
	assert_int_equal(verdicts[0].word, VERDICT_BETTER);
	json_t *json = verdict_json(&verdicts[0], results);
	assert_true(json_is_false(json_object_get(json_object_get(json, "self"), "differs")));
	json_decref(json);
	char text[VERDICT_SELF_MAX];
	bool differs = true;
	assert_true(verdict_self_text(results, METRIC_TIME, text, &differs));
	assert_string_equal(
		text, "A shows no difference from itself: time 0.0 % when it is measured twice "
		      "(99 % interval -0.1 to +0.2 %; 12 blocks).");
	assert_false(differs);
	assert_false(verdict_self_text(results, METRIC_ENERGY, text, &differs));
	verdict_make(&verdicts[0], results, 2, METRIC_TIME);
	assert_string_equal(verdicts[0].sentence,
			    "No verdict: it is the baseline, measured twice.");
	assert_int_equal(verdict_exit_status(results), 0);
	results_free(results);
}

static void a_baseline_that_differs_from_itself(void **state)
{
	static Verdict verdicts[VERDICTS_MAX];
	Results *results = twice(1.05);

	(void)state;
	verdict_make_all(verdicts, results);
	assert_int_equal(verdicts[0].word, VERDICT_NOT_RESOLVED);
	assert_string_equal(
		verdicts[0].sentence,
		"Not resolved: A differs from itself: time +4.8 % when it is measured twice (99 % "
		"interval +4.7 to +5.0 %; 12 blocks).");
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	plan.claim[0] = (PlanClaim){ .text = "B is fast",
				     .arm = 1,
				     .metric = METRIC_TIME,
				     .kind = CLAIM_BELOW,
				     .value = 0.8 };
	assert_int_equal(verdict_claim(results, &plan.claim[0]), CLAIM_OPEN);
	results_free(results);
}

/* --- arms one after the other ----------------------------------------------------------------- */

static void blocked_arms_get_no_verdict(void **state)
{
	static Verdict verdicts[VERDICTS_MAX];

	(void)state;
	plan.blocked = true;
	plan.blocks_min = plan.blocks_max = 12;
	Results *results = crossed(12);
	const Results *last = results_condition(results, 3);
	size_t n = verdict_make_all(verdicts, last);

	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(verdicts[i].word, VERDICT_NONE);
		assert_string_equal(verdicts[i].why, "the arms were not interleaved");
	}
	assert_string_equal(
		verdicts[0].sentence,
		"No verdict: the arms were not interleaved. One after the other they showed: "
		"time +298.5 % (95 % interval +297.7 to +299.2 %; 12 blocks).");
	assert_string_equal(verdicts[2].sentence, "No verdict: the arms were not interleaved.");
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	results_free(results);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(conditions_are_a_full_cross, two_factors),
		cmocka_unit_test_setup(checks, two_factors),
		cmocka_unit_test_setup(unusual_plans_survive_json, two_factors),
		cmocka_unit_test_setup(bootstrap_needs_blocks, two_factors),
		cmocka_unit_test_setup(orders_are_pinned, two_factors),
		cmocka_unit_test(numbers_are_written_short),
		cmocka_unit_test_setup(results_go_by_condition, two_factors),
		cmocka_unit_test_setup(verdicts_go_by_condition, two_factors),
		cmocka_unit_test_setup(builds_have_a_cost, two_factors),
		cmocka_unit_test_setup(a_baseline_that_agrees_with_itself, two_factors),
		cmocka_unit_test_setup(a_baseline_that_differs_from_itself, two_factors),
		cmocka_unit_test_setup(blocked_arms_get_no_verdict, two_factors),
	};

	return cmocka_run_group_tests_name("factors", tests, NULL, NULL);
}
