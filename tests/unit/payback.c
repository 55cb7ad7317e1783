/* Payback: Fieller's interval against values of R, every answer, and what cannot be told.
 * SPDX-License-Identifier: MIT */
#include "lab/payback.h"

#include <math.h>

#include "unit.h"

#include "lab.h"

#define near(value, wanted)                                                    \
	do {                                                                   \
		double near_v = (value), near_w = (wanted);                    \
		if (!(fabs(near_v - near_w) <= 1e-9 * fabs(near_w)))           \
			fail_msg("%s is %.15g, not %.15g", #value, near_v, near_w); \
	} while (0)

static const double extra[] = { 2.31, 2.05, 2.44, 2.18, 2.27, 2.39, 1.98, 2.22, 2.35, 2.11 };
static const double saving[] = { 4.1e-4, 3.7e-4, 4.6e-4, 4.0e-4, 3.9e-4,
				 4.4e-4, 3.5e-4, 4.2e-4, 4.3e-4, 3.8e-4 };

static void is_after(const Payback *p, const double *oracle)
{
	assert_int_equal(p->word, PAYBACK_AFTER);
	near(p->value, oracle[0]);
	near(p->low, oracle[1]);
	near(p->high, oracle[2]);
}

/* scripts/fixtures/make-payback.R prints these. */
static void intervals_are_those_of_r(void **state)
{
	static const double paired[] = { 5506.17283950617,  5392.57119585606,     5629.05491996497,
					 0.000405,	    0.000380858544403341, 0.000429141455596659 };
	static const double paired_99[] = { 5506.17283950617, 5345.45516184837, 5686.11684181574 };
	static const double wide[] = { 2666.66666666667, 1691.37486800371, 6114.64761397449 };
	static const double two[] = { 523.690773067332, 213.595874180531, 814.737713631092 };
	static const double once[] = { 5555.55555555555, 5243.02644420987, 5907.70519150328 };
	static const double independent[] = { 4032.25806451613, 3083.33705916621,
					      5650.05866083268 };
	static const double wide_extra[] = { 5, 4.2, 6.1, 5.5, 4.8 };
	static const double wide_saving[] = { 3.0e-3, 1.1e-3, 2.4e-3, 0.9e-3, 2.2e-3 };
	static const double two_extra[] = { 1, 1.1 }, two_saving[] = { 2.0e-3, 2.01e-3 };

	(void)state;
	Payback p = payback_of_pairs(extra, saving, 10, 0.05);
	is_after(&p, paired);
	near(p.saving, paired[3]);
	near(p.saving_low, paired[4]);
	near(p.saving_high, paired[5]);
	assert_int_equal(p.n, 10);
	p = payback_of_pairs(extra, saving, 10, 0.01);
	is_after(&p, paired_99);
	p = payback_of_pairs(wide_extra, wide_saving, 5, 0.05);
	is_after(&p, wide);
	p = payback_of_pairs(two_extra, two_saving, 2, 0.05);
	is_after(&p, two);
	PaybackMeans means = { 12.5, 0.0031, 0.36, 1.6e-7, 0, 14 };
	p = payback_of_means(&means, 0.05);
	is_after(&p, independent);
	double same[10];

	for (int i = 0; i < 10; i++)
		same[i] = 2.25;
	p = payback_of_pairs(same, saving, 10, 0.05);
	is_after(&p, once);
}

/* Ten extra seconds, and pairs of costs, at a prediction each. */
static Payback of(double y, double x, double spread)
{
	double many_extra[10], many_saving[10];

	for (int i = 0; i < 10; i++) {
		many_extra[i] = y;
		many_saving[i] = x + spread * (i % 2 ? 1 : -1);
	}
	return payback_of_pairs(many_extra, many_saving, 10, 0.05);
}

static void every_answer_is_given(void **state)
{
	(void)state;
	Payback p = of(-1, 0.1, 0.01);
	assert_int_equal(p.word, PAYBACK_AT_ONCE);
	assert_true(p.value == 0 && p.low == 0 && p.high == 0);
	p = of(0, -0.1, 0.01); /* nothing is owed, though each prediction costs more */
	assert_int_equal(p.word, PAYBACK_AT_ONCE);
	assert_true(p.saving_high < 0);
	/* By the estimate at once, but it may take some. */
	p = payback_of_pairs((double[]){ -3, 1, -2, 1 }, (double[]){ 1, 1, 1, 1 }, 4, 0.05);
	assert_int_equal(p.word, PAYBACK_AT_ONCE);
	assert_true(p.value == 0 && p.low == 0);
	near(p.high, 2.53039056613535); /* of R, too */
	p = of(1, 0.1, 0.01);
	assert_int_equal(p.word, PAYBACK_AFTER);
	near(p.value, 10);
	assert_true(p.low < 10 && p.high > 10);
	p = of(1, -0.1, 0.01);
	assert_int_equal(p.word, PAYBACK_NEVER);
	assert_true(isnan(p.value) && isnan(p.low));
	p = of(1, 0.001, 0.1);
	assert_int_equal(p.word, PAYBACK_NOT_RESOLVED);
	assert_true(isnan(p.value));
	assert_string_equal(payback_name(p.word), "not resolved");
}

static void no_spread_gives_a_point(void **state)
{
	(void)state;
	Payback p = of(3, 0.25, 0);
	assert_int_equal(p.word, PAYBACK_AFTER);
	assert_true(p.value == 12 && p.low == 12 && p.high == 12);
	p = of(3, 0, 0);
	assert_int_equal(p.word, PAYBACK_NEVER);
	p = of(0, 0, 0);
	assert_int_equal(p.word, PAYBACK_AT_ONCE);
}

static void too_little_is_said(void **state)
{
	double one = 1, none = NAN, pair[] = { 1, 2 }, holed[] = { 1, NAN };

	(void)state;
	Payback p = payback_of_pairs(&one, &one, 0, 0.05);
	assert_int_equal(p.word, PAYBACK_UNKNOWN);
	assert_string_equal(p.why, "no whole block");
	/* One block tells no spread: it may be anything. */
	p = payback_of_pairs(&one, &one, 1, 0.05);
	assert_int_equal(p.word, PAYBACK_NOT_RESOLVED);
	p = payback_of_pairs(&one, &none, 1, 0.05);
	assert_int_equal(p.word, PAYBACK_UNKNOWN);
	assert_non_null(p.why);
	p = payback_of_pairs(pair, holed, 2, 0.05);
	assert_int_equal(p.word, PAYBACK_UNKNOWN);
	PaybackMeans means = { .extra = 1, .saving = 1, .var_saving = NAN, .df = 4 };
	p = payback_of_means(&means, 0.05);
	assert_int_equal(p.word, PAYBACK_NOT_RESOLVED);
	for (int word = PAYBACK_UNKNOWN; word <= PAYBACK_NOT_RESOLVED; word++)
		assert_non_null(payback_name((PaybackWord)word));
}

/* Doubling all costs, as a meter that reads double does, changes nothing. */
static void a_scale_cancels(void **state)
{
	double twice_extra[10], twice_saving[10];

	(void)state;
	for (int i = 0; i < 10; i++) {
		twice_extra[i] = 2 * extra[i];
		twice_saving[i] = 2 * saving[i];
	}
	Payback p = payback_of_pairs(extra, saving, 10, 0.05),
		q = payback_of_pairs(twice_extra, twice_saving, 10, 0.05);
	near(q.value, p.value);
	near(q.low, p.low);
	near(q.high, p.high);
}

static void runs_that_tell_no_build_cost_say_so(void **state)
{
	Plan *plan = calloc(1, sizeof *plan);

	(void)state;
	assert_non_null(plan);
	lab_plan(plan);
	Results *results = lab_results(plan);
	Payback p = payback_make(results, 0, 0, METRIC_TIME);
	assert_string_equal(p.why, "the baseline");
	p = payback_make(results, 1, 0, METRIC_TIME);
	assert_int_equal(p.word, PAYBACK_UNKNOWN);
	assert_non_null(p.why);
	p = payback_make(results, 7, 0, METRIC_TIME);
	assert_int_equal(p.word, PAYBACK_UNKNOWN);
	lab_take(results, "{\"type\":\"trial\",\"arm\":\"B\",\"block\":0,\"diverged\":true}");
	lab_trial(results, "A", 0, 0.5, 100, NULL);
	p = payback_make(results, 1, 0, METRIC_TIME);
	assert_string_equal(p.why, "an arm diverged");
	results_free(results);
	free(plan);
}

/* The pairs of R's oracle as records: A costs 1 s a thousand predictions and nothing to make. */
static void a_run_pays_back(void **state)
{
	static const double paired[] = { 5506.17283950617, 5392.57119585606, 5629.05491996497 };
	Plan *plan = calloc(1, sizeof *plan);

	(void)state;
	assert_non_null(plan);
	lab_plan(plan);
	Results *results = lab_results(plan);
	for (int block = 0; block < 10; block++)
		for (int arm = 0; arm < 2; arm++) {
			lab_window(results, plan->arm[arm], block, arm ? 1 - 1000 * saving[block] : 1, 0);
			lab_take(results,
				 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":%d,\"attempt\":0,"
				 "\"accuracy\":0.5,\"test_rows\":100,\"build_s\":%.17g}",
				 plan->arm[arm], block, arm ? 1 + extra[block] : 1);
		}
	Payback p = payback_make(results, 1, 0, METRIC_TIME);
	is_after(&p, paired);
	p = payback_make(results, 0, 1, METRIC_TIME);
	assert_int_equal(p.word, PAYBACK_AT_ONCE);
	p = payback_make(results, 1, 0, METRIC_ENERGY);
	assert_int_equal(p.word, PAYBACK_UNKNOWN);
	p = payback_make(results, 1, 0, METRIC_BYTES);
	assert_string_equal(p.why, "only seconds and joules pay back");
	results_free(results);
	free(plan);
}

/* What is made once was made once: the blocks, each with that one cost, tell no spread of it. */
static void one_build_has_no_interval(void **state)
{
	Plan *plan = malloc(sizeof *plan);
	PaybackAbout about = { "B", "A", false, false, NAN };
	char text[256];

	(void)state;
	assert_non_null(plan);
	lab_plan(plan);
	plan->build = PLAN_BUILD_ONCE;
	plan->seeds = 1;
	Results *results = lab_results(plan);
	for (int arm = 0; arm < 2; arm++)
		lab_take(results,
			 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":0,\"attempt\":0,"
			 "\"accuracy\":0.5,\"test_rows\":100,\"build_s\":%d}",
			 plan->arm[arm], 1 + arm);
	for (int block = 0; block < 10; block++)
		for (int arm = 0; arm < 2; arm++)
			lab_window(results, plan->arm[arm], block, arm ? 1 - 1000 * saving[block] : 1, 0);
	assert_int_equal(results_blocks(results), 10);
	Payback p = payback_make(results, 1, 0, METRIC_TIME);
	assert_int_equal(p.word, PAYBACK_AFTER);
	near(p.value, 1 / 4.05e-4);
	assert_true(isnan(p.low) && isnan(p.high) && isnan(p.extra_low) && isnan(p.extra_high));
	payback_sentence(text, sizeof text, &p, &about);
	assert_string_equal(text, "B pays back in time after 2,470 predictions (one build: no interval).");
	p = payback_make(results, 0, 1, METRIC_TIME);
	assert_int_equal(p.word, PAYBACK_AT_ONCE);
	payback_sentence(text, sizeof text, &p, &about);
	assert_string_equal(text, "B pays back in time at once (one build: no interval): "
				  "making it costs no more than A.");
	results_free(results);
	free(plan);
}

static void says(const Payback *p, bool energy, bool modelled, double overtaken, const char *wanted)
{
	PaybackAbout about = { "pruned", "dense", energy, modelled, overtaken };
	char text[256];

	payback_sentence(text, sizeof text, p, &about);
	assert_string_equal(text, wanted);
}

static void every_sentence_is_word_for_word(void **state)
{
	(void)state;
	Payback p = payback_of_pairs(extra, saving, 10, 0.05);
	says(&p, false, false, NAN, "pruned pays back in time after 5,510 predictions (95 % interval 5,390 to 5,630).");
	says(&p, true, false, NAN, "pruned pays back in joules after 5,510 predictions (95 % interval 5,390 to 5,630).");
	says(&p, true, true, NAN,
	     "pruned pays back in joules that were not measured after (5,510) predictions (95 % interval 5,390 to 5,630).");
	p = (Payback){ PAYBACK_AFTER, NULL, 3e17, NAN, NAN, 1, 1, 1, 1, 1, 1, 1, false };
	says(&p, false, false, NAN, "pruned pays back in time after 3e+17 predictions.");
	p = of(0, 1, 0.1);
	says(&p, false, false, NAN, "pruned pays back in time at once: making it costs no more than dense.");
	p = of(-2, -1, 0.1);
	says(&p, false, false, 2,
	     "pruned pays back in time at once: making it costs no more than dense. But each prediction costs more: after 2 of "
	     "them dense has cost less.");
	p = of(1, -1, 0.1);
	says(&p, true, false, NAN, "pruned never pays back in joules: its predictions save nothing.");
	p = of(1, 0.001, 0.1);
	says(&p, true, false, NAN,
	     "Whether pruned pays back in joules is not resolved: it costs more to make, and the interval of what its "
	     "predictions save covers 0.");
	p = payback_of_pairs((double[]){ 1, -1 }, (double[]){ 1, -2 }, 2, 0.05);
	says(&p, false, false, NAN,
	     "Whether pruned pays back in time is not resolved: the intervals of what it costs more to make and of what its "
	     "predictions save cover 0.");
	p = payback_of_pairs((double[]){ -3, 1, -2, 1 }, (double[]){ 1, 1, 1, 1 }, 4, 0.05);
	says(&p, false, false, NAN,
	     "pruned pays back in time at once (95 % interval to 3 predictions): making it costs no more than dense.");
	p = payback_of_pairs(extra, saving, 0, 0.05);
	says(&p, false, false, NAN, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_are_those_of_r),
		cmocka_unit_test(every_answer_is_given),
		cmocka_unit_test(no_spread_gives_a_point),
		cmocka_unit_test(too_little_is_said),
		cmocka_unit_test(a_scale_cancels),
		cmocka_unit_test(a_run_pays_back),
		cmocka_unit_test(one_build_has_no_interval),
		cmocka_unit_test(every_sentence_is_word_for_word),
		cmocka_unit_test(runs_that_tell_no_build_cost_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
