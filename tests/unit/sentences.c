/* Every sentence of a verdict, word for word: the manual promises these texts.
 * SPDX-License-Identifier: MIT */
#include "lab/sentence.h"

#include <math.h>
#include <string.h>

#include "unit.h"

static const SentenceAbout measured = {
	.arm = "B", .versus = "A", .provenance = "measured", .scope = "package", .split = "test", .test_rows = 10000
};
static const SentenceAbout modelled = {
	.arm = "B", .versus = "A", .provenance = "modelled", .scope = "package", .split = "test", .test_rows = 10000
};

typedef struct Golden {
	Verdict verdict;
	const SentenceAbout *about;
	const char *sentence;
} Golden;

#define COST(metric_, word_, n_, ratio_, low_, high_, level_)                          \
	.metric = METRIC_##metric_, .word = VERDICT_##word_, .n = n_, .ratio = ratio_, \
	.low = low_, .high = high_, .level = level_

static const Golden goldens[] = {
	/* the six of the design */
	{ { COST(ENERGY, BETTER, 12, 0.629, 0.608, 0.650, 0.95) },
	  &measured,
	  "B is better: 37.1 % less energy than A (95 % interval 35.0 to 39.2 % less; 12 blocks; "
	  "measured, package)." },
	{ { COST(TIME, WORSE, 10, 1.084, 1.069, 1.099, 0.95) },
	  &measured,
	  "B is worse: 8.4 % more time than A (95 % interval 6.9 to 9.9 % more; 10 blocks)." },
	/* many times as much */
	{ { COST(TIME, WORSE, 10, 179.02, 170.24, 188.41, 0.95) },
	  &measured,
	  "B is worse: 179.0 times the time of A (95 % interval 170.2 to 188.4 times; 10 blocks)." },
	{ { COST(BYTES, WORSE, 1, 12, 12, 12, 0.95), .exact = true },
	  &measured,
	  "B is worse: 12.0 times the bytes of A (exact)." },
	{ { COST(ENERGY, SAME, 14, 0.994, 0.981, 1.007, 0.90), .margin = 0.04 },
	  &measured,
	  "B and A are the same within 4 %: energy -0.6 % (90 % interval -1.9 to +0.7 %; 14 "
	  "blocks; measured, package)." },
	{ { COST(ENERGY, NOT_RESOLVED, 30, 0.985, 0.940, 1.032, 0.95), .visible = 0.068 },
	  &measured,
	  "Not resolved: energy -1.5 % (95 % interval -6.0 to +3.2 %; 30 blocks). "
	  "This run could show differences from 6.8 %." },
	{ { COST(ACCURACY, KEPT, 10, -0.2, -0.6, 0.2, 0.90), .margin = 0.97 },
	  &measured,
	  "B keeps A's accuracy: -0.2 points, at worst -0.6 (margin 0.97; 10 seeds; 10000 test "
	  "items)." },
	{ { COST(ENERGY, NONE, 12, 0.65, 0.48, 0.88, 0.95), .why = "energy was not measured" },
	  &modelled,
	  "No verdict: energy was not measured. The model says 35 % less (95 % interval 12 to 52 % "
	  "less)." },
	{ { COST(ENERGY, NONE, 12, 12, 11, 13.4, 0.95), .why = "energy was not measured" },
	  &modelled,
	  "No verdict: energy was not measured. The model says 12 times as much (95 % interval 11 to "
	  "13 times)." },
	/* costs */
	{ { COST(TIME, BETTER, 10, 0.9, 0.85, 0.9496, 0.975) },
	  &measured,
	  "B is better: 10.0 % less time than A (97.5 % interval 5.0 to 15.0 % less; 10 blocks)." },
	{ { COST(TIME, SAME, 10, 1, 1, 1, 0.95), .margin = 0.02 },
	  &measured,
	  "B and A are the same within 2 %: time 0.0 % (95 % interval 0.0 to 0.0 %; 10 blocks)." },
	{ { COST(TIME, SAME, 10, 0.9996, 0.9995, 1.0004, 0.9), .margin = 0.025 },
	  &measured,
	  "B and A are the same within 2.5 %: time 0.0 % (90 % interval 0.0 to 0.0 %; 10 "
	  "blocks)." },
	{ { COST(TIME, NOT_RESOLVED, 5, 0.8, 0.7, 0.9, 1 - 0.05 / 3), .visible = 0.1 },
	  &measured,
	  "Not resolved: time -20.0 % (98.3 % interval -30.0 to -10.0 %; 5 blocks). A verdict "
	  "needs 10 blocks." },
	{ { COST(TIME, NOT_RESOLVED, 1, 0.8, NAN, NAN, 0.95), .visible = NAN },
	  &measured,
	  "Not resolved: time -20.0 % (no interval from one block; 1 block). A verdict needs 10 "
	  "blocks." },
	{ { COST(TIME, NOT_RESOLVED, 0, NAN, NAN, NAN, 0.95), .visible = NAN },
	  &measured,
	  "Not resolved: time (no whole block yet)." },
	{ { COST(TIME, NOT_RESOLVED, 2, 0.5, 0, INFINITY, 0.95), .visible = INFINITY },
	  &measured,
	  "Not resolved: time -50.0 % (95 % interval -100.0 to over 1000000 %; 2 blocks). A "
	  "verdict needs 10 blocks." },
	{ { COST(TIME, NONE, 12, 0.985, 0.940, 1.032, 0.95), .exploratory = true },
	  &measured,
	  "Exploratory: time -1.5 % (95 % interval -6.0 to +3.2 %; 12 blocks)." },
	/* by the bootstrap */
	{ { COST(TIME, BETTER, 30, 0.9, 0.85, 0.9496, 0.975), .bootstrap = true },
	  &measured,
	  "B is better: 10.0 % less time than A (97.5 % bootstrap interval 5.0 to 15.0 % less; 30 "
	  "blocks)." },
	{ { COST(TIME, SAME, 30, 1.001, 0.995, 1.007, 0.9), .margin = 0.02, .bootstrap = true },
	  &measured,
	  "B and A are the same within 2 %: time +0.1 % (90 % bootstrap interval -0.5 to +0.7 %; 30 "
	  "blocks)." },
	/* joules that carry no verdict */
	{ { COST(ENERGY, NONE, 12, 1.03, 0.9, 1.2, 0.95), .why = "energy was not measured" },
	  &modelled,
	  "No verdict: energy was not measured. The model says 3 % more (95 % interval -10 to +20 "
	  "%)." },
	{ { COST(ENERGY, NONE, 1, 0.65, NAN, NAN, 0.95), .why = "energy was not measured" },
	  &modelled,
	  "No verdict: energy was not measured. The model says 35 % less (no interval from one "
	  "block)." },
	{ { COST(ENERGY, NONE, 0, NAN, NAN, NAN, 0.95),
	    .why = "no energy was measured or modelled" },
	  &modelled,
	  "No verdict: no energy was measured or modelled." },
	{ { COST(TIME, NONE, 3, NAN, NAN, NAN, 0.95), .why = "B diverged in 2 of 5 blocks" },
	  &measured,
	  "No verdict: B diverged in 2 of 5 blocks." },
	/* counts */
	{ { COST(BYTES, BETTER, 10, 0.25, 0.25, 0.25, 1), .exact = true },
	  &measured,
	  "B is better: 75.0 % fewer bytes than A (exact)." },
	{ { COST(MACS, WORSE, 10, 1.5, 1.5, 1.5, 1), .exact = true },
	  &measured,
	  "B is worse: 50.0 % more multiply-adds than A (exact)." },
	{ { COST(MACS, SAME, 10, 1, 1, 1, 1), .exact = true },
	  &measured,
	  "B and A are the same: multiply-adds (exact)." },
	{ { COST(BYTES, NONE, 10, 0.25, 0.25, 0.25, 1), .exact = true, .exploratory = true },
	  &measured,
	  "Exploratory: bytes -75.0 % (exact)." },
	/* accuracy */
	{ { COST(ACCURACY, KEPT, 1, 0, -0.31, 0.31, 0.90), .margin = 1 },
	  &measured,
	  "B keeps A's accuracy: 0.0 points, at worst -0.3 (margin 1; 1 seed; 10000 test items)." },
	{ { COST(ACCURACY, LOST, 10, -2.3, -2.8, -1.8, 0.90), .margin = 1 },
	  &measured,
	  "B loses accuracy against A: -2.3 points, at best -1.8 (margin 1; 10 seeds; 10000 test "
	  "items)." },
	{ { COST(ACCURACY, NOT_RESOLVED, 10, -0.6, -1.4, 0.2, 0.90), .margin = 1 },
	  &measured,
	  "Not resolved: accuracy -0.6 points, at worst -1.4 (margin 1; 10 seeds; 10000 test "
	  "items)." },
	{ { COST(ACCURACY, UNSUPPORTED, 10, 0.4, -1.4, 2.2, 0.90), .margin = 1 },
	  &measured,
	  "This test set cannot support the claim: accuracy +0.4 points, at worst -1.4 "
	  "(margin 1; 10 seeds; 10000 test items)." },
	{ { COST(ACCURACY, NOT_RESOLVED, 1, -0.6, NAN, NAN, 0.90), .margin = 1 },
	  &measured,
	  "Not resolved: accuracy -0.6 points (margin 1; 1 seed; 10000 test items). An interval "
	  "needs 2 seeds." },
	{ { COST(ACCURACY, NOT_RESOLVED, 0, NAN, NAN, NAN, 0.90), .margin = 1 },
	  &measured,
	  "Not resolved: accuracy (no whole block yet)." },
};

static void goldens_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
		Verdict verdict = goldens[i].verdict;
		sentence_write(&verdict, goldens[i].about);
		assert_string_equal(verdict.sentence, goldens[i].sentence);
	}
}

static void other_origins(void **state)
{
	(void)state;
	Verdict verdict = { COST(ENERGY, BETTER, 12, 0.629, 0.608, 0.650, 0.95) };
	SentenceAbout about = measured;

	about.scope = "";
	sentence_write(&verdict, &about);
	assert_string_equal(verdict.sentence,
			    "B is better: 37.1 % less energy than A "
			    "(95 % interval 35.0 to 39.2 % less; 12 blocks; measured).");
	about.scope = "pkg";
	sentence_write(&verdict, &about);
	assert_non_null(strstr(verdict.sentence, "12 blocks; measured, package)."));
	verdict.word = VERDICT_NONE;
	strcpy(verdict.why, "energy was replayed, not measured");
	about.replayed = true;
	sentence_write(&verdict, &about);
	assert_string_equal(verdict.sentence,
			    "No verdict: energy was replayed, not measured. "
			    "The replay says 37 % less (95 % interval 35 to 39 % less).");
	strcpy(verdict.why, "energy was attributed, not measured");
	about.replayed = false;
	about.provenance = "attributed";
	sentence_write(&verdict, &about);
	assert_string_equal(verdict.sentence,
			    "No verdict: energy was attributed, not measured. "
			    "The estimate says 37 % less (95 % interval 35 to 39 % less).");
}

/* The longest names, and numbers of every kind in every word: in bounds, and never nan or inf. */
static void nothing_odd_is_printed(void **state)
{
	(void)state;
	static const double values[] = { NAN, INFINITY, 0, 1e300, 0.5, 1, 1 - 1e-9 };
	char longest[PLAN_NAME_MAX];
	SentenceAbout about = measured;

	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	about.arm = about.versus = about.scope = longest;
	for (int metric = 0; metric < METRIC_COUNT; metric++)
		for (int word = 0; word <= VERDICT_UNSUPPORTED; word++)
			for (size_t i = 0; i < 7 * 7 * 7; i++) {
				Verdict v = { .metric = (Metric)metric,
					      .word = (VerdictWord)word,
					      .n = 12,
					      .ratio = values[i % 7],
					      .low = values[i / 7 % 7],
					      .high = values[i / 49],
					      .level = 0.95,
					      .margin = 1,
					      .visible = values[i % 7],
					      .exact = metric >= METRIC_BYTES };
				sentence_write(&v, &about);
				assert_true(strlen(v.sentence) + 1 < sizeof v.sentence);
				assert_null(strstr(v.sentence, "nan"));
				assert_null(strstr(v.sentence, "inf "));
				assert_int_equal(v.sentence[strlen(v.sentence) - 1], '.');
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goldens_hold),
		cmocka_unit_test(other_origins),
		cmocka_unit_test(nothing_odd_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
