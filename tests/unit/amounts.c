/* Which amounts stand where in tables: joules of a replay, shares without an interval, whole runs.
 * SPDX-License-Identifier: MIT */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "lab.h"

#include "lab/tabulate.h"

static Plan plan;

static int fresh(void **state)
{
	(void)state;
	lab_plan(&plan);
	return 0;
}

/* One window; more: further fields of the record. */
static void window(Results *results, int arm, int block, const char *source, const char *flag,
		   const char *more)
{
	lab_take(results,
		 "{\"type\":\"window\",\"arm\":\"%s\",\"block\":%d,\"attempt\":0,\"time_s\":%g,"
		 "%s,\"flags\":[],\"energy\":{\"value\":%d,\"low\":4,\"high\":11,\"provenance\":"
		 "\"measured\",\"scope\":\"package\",\"source\":\"%s\",\"flags\":[%s]}}",
		 plan.arm[arm], block, arm ? 0.5 : 1.0, more, arm ? 5 : 10, source, flag);
}

/* Ten blocks: A a second and 10 J for a thousand predictions, B half of both. */
static Results *run_of(const char *second, const char *flag)
{
	Results *results = lab_results(&plan);

	for (int block = 0; block < 10; block++)
		for (int arm = 0; arm < 2; arm++) {
			window(results, arm, block, block ? second : "first", flag,
			       "\"items\":1000");
			lab_trial(results, plan.arm[arm], block, arm ? 0.9 : 0.92, 100, NULL);
		}
	return results;
}

static char *written(const Table *table)
{
	char *text = NULL;
	size_t size = 0;
	Err err;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	assert_true(table_write(to, table, TABLE_CSV, NULL, &err));
	fclose(to);
	return text;
}

static void in_csv(const Results *results, const char *wanted)
{
	Err err;
	Table *table = tabulate_new(&err);

	assert_non_null(table);
	tabulate_add(table, "abc", results, (ParetoPair){ .given = false });
	char *text = written(table);

	if (!strstr(text, wanted))
		fail_msg("'%s' is not in\n%s", wanted, text);
	free(text);
	table_free(table);
}

static void in_text(const Results *results, const char *wanted)
{
	char *text = NULL;
	size_t size = 0;
	Err err;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	assert_true(tabulate_arms(to, &(TabulateEntry){ "", "", results }, 1, TABLE_TEXT, NULL,
				  &err));
	fclose(to);
	if (!strstr(text, wanted) || strstr(text, "nan"))
		fail_msg("'%s' is not in\n%s", wanted, text);
	free(text);
}

/* Their provenance is "measured", but of another day. */
static void replayed_joules_stand_apart(void **state)
{
	Results *results = run_of("first", "\"REPLAYED\"");
	char text[512];

	(void)state;
	assert_string_equal(results_provenance(results), "measured");
	assert_false(results_joules_measured(results));
	in_csv(results, "\r\nabc,made-up,,B,A,energy,J/10000,,,,50,15,");
	in_csv(results, "\"replayed, not measured here: these joules stand as modelled\"");
	in_csv(results, ",\"accuracy,time\",");
	in_text(results, "  (50 J ±35) ");
	tabulate_badge(text, sizeof text, results);
	assert_string_equal(text, "MEASURED REPLAYED package first");
	results_free(results);
	results = run_of("first", "");
	assert_true(results_joules_measured(results));
	in_csv(results, "\r\nabc,made-up,,B,A,energy,J/10000,50,15,");
	in_text(results, "  50 J ±35 ");
	results_free(results);
	results = lab_results(&plan);
	assert_false(results_joules_measured(results));
	results_free(results);
}

static void joules_of_two_sources_stand_apart(void **state)
{
	Results *results = run_of("second", "");

	(void)state;
	assert_false(results_joules_measured(results));
	in_csv(results, "\r\nabc,made-up,,B,A,energy,J/10000,,,,50,");
	in_csv(results, ",the source of the joules changed within the run: they stand as modelled,");
	in_text(results, "  (50 J ±35) ");
	results_free(results);
}

/* Each window's joules, too. */
static void a_replayed_window_stands_apart(void **state)
{
	Results *results = lab_results(&plan);
	Err err;
	Table *table = tabulate_trials_new(&err);
	json_t *record = json_pack("{s:s, s:s, s:i, s:i, s:i, s:f, s:{s:f, s:f, s:f, s:s, s:[s]}}",
				   "type", "window", "arm", "B", "block", 3, "attempt", 1, "items",
				   1000, "time_s", 0.5, "energy", "value", 2.0, "low", 1.5, "high",
				   2.5, "provenance", "measured", "flags", "REPLAYED");

	(void)state;
	assert_non_null(table);
	tabulate_trials_add(table, "abc", results, record);
	json_decref(record);
	char *text = written(table);

	assert_non_null(strstr(text, ",energy,J,1000,,,,2,1.5,2.5,measured,"));
	assert_non_null(
		strstr(text, "\"replayed, not measured here: these joules stand as modelled\""));
	free(text);
	table_free(table);
	results_free(results);
}

/* A program need not tell how many rows it scored. */
static void an_accuracy_may_have_no_interval(void **state)
{
	Results *results = lab_results(&plan);

	(void)state;
	for (int arm = 0; arm < 2; arm++) {
		window(results, arm, 0, "first", "", "\"items\":1000");
		lab_take(results,
			 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":0,\"attempt\":0,"
			 "\"accuracy\":0.5}",
			 plan.arm[arm]);
	}
	in_text(results, "A    50.00 %  ");
	results_free(results);
}

/* A second for a run of A is not more than half of one for a thousand predictions of B. */
static void whole_runs_stand_apart(void **state)
{
	Results *results = lab_results(&plan);
	bool on[PLAN_ARMS_MAX];
	double cost, score;
	char text[512];

	(void)state;
	for (int block = 0; block < 10; block++)
		for (int arm = 0; arm < 2; arm++) {
			window(results, arm, block, "first", "",
			       arm ? "\"items\":1000" : "\"items\":1,\"run\":true");
			lab_trial(results, plan.arm[arm], block, arm ? 0.9 : 0.92, 100, NULL);
		}
	assert_true(results_mixed_work(results));
	tabulate_front(on, results, (ParetoPair){ .given = false });
	assert_false(on[0] || on[1]);
	tabulate_front_text(text, sizeof text, results, (ParetoPair){ .given = false });
	assert_string_equal(text, "");
	/* What is counted has an order all the same. */
	tabulate_point(results, 0, (ParetoPair){ true, { METRIC_ACCURACY, METRIC_BYTES } }, &cost,
		       &score);
	assert_true(isfinite(cost) && isfinite(score));
	in_csv(results, "\r\nabc,made-up,,A,,time,s/run,1,1,1,");
	in_csv(results, "\r\nabc,made-up,,B,A,time,s/10000,5,5,5,");
	in_text(results, "  1 s ±0 / run   10 J ±3.5 / run");
	in_text(results, "  5 s ±0         50 J ±35 ");
	results_free(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, fresh)
		TEST(replayed_joules_stand_apart),
		TEST(joules_of_two_sources_stand_apart),
		TEST(a_replayed_window_stands_apart),
		TEST(whole_runs_stand_apart),
		TEST(an_accuracy_may_have_no_interval),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
