/* Results as tables: what programs and people read of a run, measured, modelled and absent.
 * SPDX-License-Identifier: MIT */
#include "lab/tabulate.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "lab.h"

static Plan plan;

static int fresh(void **state)
{
	(void)state;
	lab_plan(&plan);
	snprintf(plan.question, sizeof plan.question, "What does B cost?");
	return 0;
}

static void window(Results *results, const char *arm, int block, double time_s, const char *energy)
{
	lab_take(results,
		 "{\"v\":1,\"type\":\"window\",\"arm\":\"%s\",\"block\":%d,\"attempt\":0,\"items\":1000,"
		 "\"time_s\":%.17g,\"energy\":%s,\"flags\":[]}",
		 arm, block, time_s, energy);
}

static const char *joules(double value, const char *provenance)
{
	static char text[256];

	snprintf(text, sizeof text,
		 "{\"value\":%.17g,\"low\":%.17g,\"high\":%.17g,\"provenance\":\"%s\","
		 "\"scope\":\"package\",\"source\":\"fake\",\"flags\":[]}",
		 value, value * 0.9, value * 1.1, provenance);
	return text;
}

/* Ten blocks: A 1 ms, B half of that, each a prediction; joules of a provenance, or none. */
static Results *run_of(const char *provenance)
{
	Results *results = lab_results(&plan);

	for (int block = 0; block < 10; block++)
		for (int arm = 0; arm < 2; arm++) {
			double time_s = (arm ? 0.5 : 1) + 0.001 * (block % 3);

			window(results, plan.arm[arm], block, time_s,
			       provenance ? joules(10 * time_s, provenance) : "null");
			lab_trial(results, plan.arm[arm], block, arm ? 0.9 : 0.92, 100, NULL);
		}
	return results;
}

static char *written(const Table *table, TableFormat format)
{
	char *text = NULL;
	size_t size = 0;
	Err err;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	assert_true(table_write(to, table, format, NULL, &err));
	fclose(to);
	return text;
}

/* The row of an arm and metric, as JSON; a new reference. */
static json_t *row_of(const Results *results, const char *arm, const char *metric)
{
	Err err;
	Table *table = tabulate_new(&err);
	json_t *found = NULL;

	assert_non_null(table);
	tabulate_add(table, "abc", results, (ParetoPair){ .given = false });
	char *text = written(table, TABLE_JSON);

	for (char *at = text; *at; at += strcspn(at, "\n") + 1) {
		json_t *row = json_loadb(at, strcspn(at, "\n"), 0, NULL);

		assert_non_null(row);
		if (!found &&
		    strcmp(json_string_value(json_object_get(row, "arm")), arm) == 0 &&
		    strcmp(json_string_value(json_object_get(row, "metric")), metric) == 0)
			found = json_incref(row);
		json_decref(row);
	}
	free(text);
	table_free(table);
	assert_non_null(found);
	return found;
}

static double number(const json_t *row, const char *key)
{
	return json_is_null(json_object_get(row, key)) ? NAN
						       : json_number_value(json_object_get(row, key));
}

static void has_text(const json_t *row, const char *key, const char *wanted)
{
	const char *text = json_string_value(json_object_get(row, key));

	if (!text || strcmp(text, wanted) != 0)
		fail_msg("%s is '%s', not '%s'", key, text ? text : "(null)", wanted);
}

static void measured_joules_are_values(void **state)
{
	Results *results = run_of("measured");
	json_t *row = row_of(results, "B", "energy");

	(void)state;
	assert_true(fabs(number(row, "value") - 50.09) < 0.01);
	assert_true(number(row, "value_low") < 50 && number(row, "value_high") > 50);
	assert_true(isnan(number(row, "modelled")));
	has_text(row, "modelled_why", "these joules were measured");
	has_text(row, "provenance", "measured");
	has_text(row, "source", "fake");
	has_text(row, "unit", "J/10000");
	has_text(row, "versus", "A");
	has_text(row, "word", "better");
	has_text(row, "pareto", "accuracy,energy");
	assert_true(number(row, "ratio") > 0.49 && number(row, "ratio_high") < 0.51);
	assert_int_equal(number(row, "pairs"), 10);
	has_text(row, "payback_why", "what making the models cost was not recorded");
	json_decref(row);
	row = row_of(results, "A", "time");
	has_text(row, "ratio_why", "the baseline");
	has_text(row, "word_why", "the baseline");
	assert_null(json_object_get(row, "why"));
	assert_true(fabs(number(row, "value") - 10.009) < 0.001);
	json_decref(row);
	row = row_of(results, "B", "accuracy");
	assert_true(fabs(number(row, "difference_pt") + 2) < 1e-9);
	assert_true(isnan(number(row, "ratio")));
	json_decref(row);
	row = row_of(results, "B", "macs");
	assert_int_equal(number(row, "value"), 100);
	has_text(row, "word", "none");
	has_text(row, "why", "exploratory: not a primary metric of the plan");
	json_decref(row);
	results_free(results);
}

static void modelled_joules_stand_apart(void **state)
{
	Results *results = run_of("modelled");
	json_t *row = row_of(results, "B", "energy");

	(void)state;
	assert_true(isnan(number(row, "value")) && isnan(number(row, "value_low")));
	has_text(row, "value_why", "these joules were not measured here: they stand as modelled");
	assert_true(fabs(number(row, "modelled") - 50.09) < 0.01);
	assert_true(number(row, "modelled_low") < 50 && number(row, "modelled_high") > 50);
	has_text(row, "word", "none");
	/* What is modelled is no axis of the front. */
	has_text(row, "pareto", "accuracy,time");
	json_decref(row);
	results_free(results);
}

static void what_is_absent_says_why(void **state)
{
	Results *results = run_of(NULL);
	json_t *row = row_of(results, "B", "energy");

	(void)state;
	assert_true(isnan(number(row, "value")) && isnan(number(row, "modelled")));
	has_text(row, "value_why", "no source: time only");
	has_text(row, "modelled_why", "no source: time only");
	has_text(row, "provenance", "none");
	json_decref(row);
	results_free(results);
	results = lab_results(&plan); /* nothing was measured */
	row = row_of(results, "A", "time");
	has_text(row, "value_why", "no whole block");
	assert_int_equal(number(row, "n"), 0);
	json_decref(row);
	row = row_of(results, "B", "bytes");
	has_text(row, "value_why", "the model was not saved");
	json_decref(row);
	lab_take(results, "{\"type\":\"trial\",\"arm\":\"B\",\"block\":0,\"diverged\":true}");
	lab_trial(results, "A", 0, 0.5, 100, NULL);
	row = row_of(results, "B", "accuracy");
	has_text(row, "value_why", "training diverged");
	assert_false(json_is_true(json_object_get(row, "on_front")));
	json_decref(row);
	results_free(results);
}

static void csv_has_a_row_for_each_observation(void **state)
{
	Results *results = run_of("measured");
	Err err;
	Table *table = tabulate_new(&err);

	(void)state;
	assert_non_null(table);
	tabulate_add(table, "abc", results, (ParetoPair){ .given = false });
	assert_int_equal(table_rows(table), 2 * METRIC_COUNT);
	char *text = written(table, TABLE_CSV);

	assert_int_equal(
		strncmp(text,
			"run,experiment,condition,arm,versus,metric,unit,value,value_low,value_high,"
			"modelled,modelled_low,modelled_high,n,value_why,modelled_why,provenance,"
			"scope,source,ratio,ratio_low,ratio_high,difference_pt,low_pt,high_pt,level,"
			"pairs,ratio_why,word,difference_why,why,build,build_low,build_high,build_modelled,"
			"build_why,pareto,on_front,payback,payback_low,payback_high,payback_word,"
			"payback_why\r\nabc,made-up,,A,,time,s/10000,10.009,",
			60),
		0);
	assert_non_null(strstr(text, "\r\nabc,made-up,,B,A,bytes,bytes,1000,1000,1000,,,,10,,"));
	free(text);
	table_free(table);
	results_free(results);
}

/* --- for people ------------------------------------------------------------------------------- */

static char *people(const Results *results, TableFormat format, const char *run)
{
	char *text = NULL;
	size_t size = 0;
	Err err;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	assert_true(tabulate_arms(to, &(TabulateEntry){ run, "", results }, 1, format, NULL, &err));
	fclose(to);
	return text;
}

static void is_people(const Results *results, TableFormat format, const char *run,
		      const char *wanted)
{
	char *text = people(results, format, run);

	if (strcmp(text, wanted) != 0)
		fail_msg("it is\n%s\nnot\n%s", text, wanted);
	free(text);
}

static void people_read_an_arm_a_row(void **state)
{
	Results *results = run_of("measured");

	(void)state;
	is_people(results, TABLE_TEXT, "",
		  "arm  test accuracy  time / 10,000   energy / 10,000  file bytes  multiply-adds\n"
		  "A    92.00 % ±5.44  10 s ±0.0063    100 J ±10        1,000       100\n"
		  "B    90.00 % ±5.96  5.01 s ±0.0063  50.1 J ±5        1,000       100\n");
	is_people(results, TABLE_MARKDOWN, "0123456789abcdef",
		  "| run | arm | test accuracy (%) | time / 10,000 (s) | energy / 10,000 (J) | file "
		  "bytes | multiply-adds |\n"
		  "|:--|:--|--:|--:|--:|--:|--:|\n"
		  "| 01234567 | A | 92.00 ±5.44 | 10 ±0.0063 | 100 ±10 | 1,000 | 100 |\n"
		  "| 01234567 | B | 90.00 ±5.96 | 5.01 ±0.0063 | 50.1 ±5 | 1,000 | 100 |\n");
	results_free(results);
}

static void people_see_that_joules_are_modelled(void **state)
{
	Results *results = run_of("modelled");

	(void)state;
	char *text = people(results, TABLE_TEXT, "");
	assert_non_null(strstr(text, "(100 J ±10)"));
	free(text);
	text = people(results, TABLE_LATEX, "");
	assert_non_null(strstr(text, "& (100 \\(\\pm\\)10) &"));
	assert_non_null(strstr(text, "time / 10,000 (s) & energy / 10,000 (J)"));
	free(text);
	results_free(results);
	results = run_of(NULL);
	text = people(results, TABLE_TEXT, "");
	assert_non_null(strstr(text, "±0.0063    -                1,000"));
	free(text);
	results_free(results);
}

static char *paper(const Results *results, TableFormat format)
{
	char *text = NULL;
	size_t size = 0;
	Err err;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	assert_true(tabulate_paper(to, "abc", results, (ParetoPair){ .given = false }, format, &err));
	fclose(to);
	return text;
}

static void a_paper_names_where_joules_come_from(void **state)
{
	Results *results = run_of("modelled");
	char *text = paper(results, TABLE_LATEX);

	(void)state;
	assert_non_null(strstr(text, "\\caption{made-up: What does B cost? Mean of 10 blocks of 2 "
				     "arms, models trained afresh in each; \\(\\pm\\): half the 95 \\% "
				     "interval. Energy: MODELLED package fake, in parentheses: not "
				     "measured; run abc.}"));
	assert_non_null(strstr(text, "\\label{tab:made-up}"));
	assert_non_null(strstr(text, "\\label{tab:made-up-verdicts}"));
	assert_non_null(strstr(text, "B & time & -50.0 \\% & 95 \\%: -50.0 \\% to -49.9 \\% & "
				     "better \\\\"));
	assert_non_null(strstr(text, "B & energy & (-50.0 \\%) &"));
	assert_non_null(strstr(text, "\\item B is better: 50.0 \\% less time than A"));
	assert_non_null(strstr(text, "\\item Nothing beats A or B in both accuracy and time, by the "
				     "estimates."));
	free(text);
	text = paper(results, TABLE_MARKDOWN);
	assert_non_null(strstr(text, "| arm | metric | against the baseline | interval | verdict |"));
	assert_non_null(strstr(text, "\n- B is better: 50.0 % less time than A"));
	free(text);
	results_free(results);
}

/* The names are a stranger's: nothing of them may reach LaTeX, a spreadsheet or a terminal. */
static void hostile_names_do_no_harm(void **state)
{
	static const char first[] = "&%$#_{}~^\\", second[] = "=cmd|' /C calc'!A0";

	(void)state;
	memcpy(plan.arm[0], first, sizeof first);
	memcpy(plan.arm[1], second, sizeof second);
	snprintf(plan.question, sizeof plan.question, "\\input{/etc/passwd} 100 %% \x1b]0;x\x07");
	Results *results = lab_results(&plan);
	char *text = paper(results, TABLE_LATEX);

	assert_null(strstr(text, "\\input"));
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "\\&\\%\\$\\#\\_\\{\\}\\textasciitilde{}"));
	int depth = 0;

	for (const char *at = text; *at; at++) {
		bool escaped = at > text && at[-1] == '\\' && (at < text + 2 || at[-2] != '\\');

		if (!escaped)
			depth += (*at == '{') - (*at == '}');
		assert_true(depth >= 0);
	}
	assert_int_equal(depth, 0);
	free(text);
	Err err;
	Table *table = tabulate_new(&err);

	assert_non_null(table);
	tabulate_add(table, "abc", results, (ParetoPair){ .given = false });
	text = written(table, TABLE_CSV);
	assert_null(strstr(text, ",=cmd"));
	assert_non_null(strstr(text, ",'=cmd|' /C calc'!A0,"));
	free(text);
	table_free(table);
	results_free(results);
}

/* --- conditions ------------------------------------------------------------------------------- */

/* Two conditions of two arms, which took two seconds to make. */
static Results *factors_run(void)
{
	PlanFactor *factor = plan_add_factor(&plan, "threads");

	plan_add_level(&plan, factor, LEVEL_INTEGER, 1, "1");
	plan_add_level(&plan, factor, LEVEL_INTEGER, 2, "2");
	Results *results = lab_results(&plan);

	for (int condition = 0; condition < 2; condition++)
		for (int block = 0; block < 10; block++)
			for (int arm = 0; arm < 2; arm++) {
				lab_take(results,
					 "{\"type\":\"window\",\"arm\":\"%s\",\"condition\":%d,\"block\":%d,"
					 "\"attempt\":0,\"items\":1000,\"time_s\":%g,\"energy\":null,"
					 "\"flags\":[]}",
					 plan.arm[arm], condition, block,
					 (arm ? 0.5 : 1) / (condition + 1) + 0.001 * (block % 3));
				lab_take(results,
					 "{\"type\":\"trial\",\"arm\":\"%s\",\"condition\":%d,\"block\":%d,"
					 "\"attempt\":0,\"seed\":%d,\"accuracy\":0.9,\"test_rows\":100,"
					 "\"build_s\":%g}",
					 plan.arm[arm], condition, block, block + 1,
					 arm ? 2.5 + 0.01 * (block % 2) : 2);
			}
	return results;
}

static void conditions_stand_apart(void **state)
{
	Results *results = factors_run();
	Err err;
	Table *table = tabulate_new(&err);

	(void)state;
	assert_non_null(table);
	tabulate_add(table, "abc", results, (ParetoPair){ .given = false });
	assert_int_equal(table_rows(table), 2 * 2 * METRIC_COUNT);
	char *text = written(table, TABLE_CSV);

	assert_non_null(strstr(text, "\r\nabc,made-up,threads=1,B,A,time,s/10000,5.009,"));
	assert_non_null(strstr(text, "\r\nabc,made-up,threads=2,B,A,time,s/10000,2.509,"));
	free(text);
	table_free(table);
	text = paper(results, TABLE_MARKDOWN);
	assert_non_null(strstr(text, "| condition | arm | test accuracy (%) | time / 10,000 (s) | energy "
				     "/ 10,000 (J) | file bytes | multiply-adds | time to make it (s) |"));
	assert_non_null(strstr(text, "| threads=2 | B | 90.00 ±5.96 | 2.51 ±0.0063 | - | - | - | 2.5 "
				     "±0.0038 |"));
	assert_non_null(strstr(text, "\nthreads=2:\n\n- "));
	assert_non_null(strstr(text, "- B pays back in time after 1,010 predictions (95 % interval "));
	assert_non_null(strstr(text, "- B pays back in time after 2,020 predictions (95 % interval "));
	free(text);
	results_free(results);
}

static void build_costs_are_values(void **state)
{
	Results *results = factors_run();
	json_t *row = row_of(results, "B", "time");

	(void)state;
	assert_true(fabs(number(row, "build") - 2.505) < 1e-9);
	assert_true(number(row, "build_low") < 2.505 && number(row, "build_high") > 2.505);
	has_text(row, "payback_word", "after");
	assert_true(fabs(number(row, "payback") - 1010) < 1e-6);
	assert_true(number(row, "payback_low") < 1010 && number(row, "payback_high") > 1010);
	json_decref(row);
	row = row_of(results, "B", "energy");
	has_text(row, "build_why", "what making the model cost was not recorded");
	json_decref(row);
	results_free(results);
}

/* --- the front and pairs ---------------------------------------------------------------------- */

static void pairs_are_read(void **state)
{
	static const char *const bad[] = { "accuracy", "accuracy,", "time,time", "time,joules", ",time",
					   "time,energy,bytes" };
	ParetoPair pair;
	Err err;

	(void)state;
	assert_true(pareto_pair_parse(&pair, "time,bytes", &err));
	assert_true(pair.given && pair.metric[0] == METRIC_TIME && pair.metric[1] == METRIC_BYTES);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (pareto_pair_parse(&pair, bad[i], &err))
			fail_msg("%s was taken", bad[i]);
		assert_int_equal(err.code, ERR_USAGE);
		assert_non_null(strstr(err.text, "as in accuracy,energy"));
	}
}

static void the_front_is_what_nothing_beats(void **state)
{
	Results *results = run_of("measured");
	bool on[PLAN_ARMS_MAX];
	ParetoPair pair = tabulate_front(on, results, (ParetoPair){ .given = false });
	char text[256];

	(void)state;
	assert_true(pair.metric[0] == METRIC_ACCURACY && pair.metric[1] == METRIC_ENERGY);
	assert_true(on[0] && on[1]); /* A scores more, B costs less */
	tabulate_front(on, results, (ParetoPair){ true, { METRIC_TIME, METRIC_ENERGY } });
	assert_true(!on[0] && on[1]);
	tabulate_front(on, results, (ParetoPair){ true, { METRIC_TIME, METRIC_ACCURACY } });
	assert_true(on[0] && on[1]);
	tabulate_front(on, results, (ParetoPair){ true, { METRIC_BYTES, METRIC_MACS } });
	assert_true(on[0] && on[1]); /* equal in both */
	tabulate_front_text(text, sizeof text, results,
			    (ParetoPair){ true, { METRIC_TIME, METRIC_ENERGY } });
	assert_string_equal(text, "Nothing beats B in both time and energy, by the estimates.");
	results_free(results);
}

/* --- single observations ---------------------------------------------------------------------- */

static void each_window_and_trial_is_told(void **state)
{
	Results *results = lab_results(&plan);
	Err err;
	Table *table = tabulate_trials_new(&err);
	json_t *record;
	char *text;

	(void)state;
	assert_non_null(table);
	record = json_pack("{s:s, s:s, s:i, s:i, s:i, s:f, s:{s:f, s:f, s:f, s:s, s:s, s:s}, s:[s]}", "type",
			   "window", "arm", "B", "block", 3, "attempt", 1, "items", 1000, "time_s", 0.5,
			   "energy", "value", 2.0, "low", 1.5, "high", 2.5, "provenance", "modelled",
			   "scope", "package", "source", "price", "flags", "CONTENDED");
	tabulate_trials_add(table, "abc", results, record);
	json_decref(record);
	record = json_pack("{s:s, s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:n, s:s}", "type", "trial", "arm",
			   "B", "block", 3, "attempt", 1, "seed", 4, "accuracy", 0.75, "accuracy_low",
			   0.7, "accuracy_high", 0.8, "size_bytes", "size_bytes_why", "not saved");
	tabulate_trials_add(table, "abc", results, record);
	json_decref(record);
	record = json_pack("{s:s}", "type", "epoch");
	tabulate_trials_add(table, "abc", results, record);
	json_decref(record);
	assert_int_equal(table_rows(table), 4);
	text = written(table, TABLE_CSV);
	assert_non_null(strstr(text, "\r\nabc,made-up,,B,3,1,4,time,s,1000,0.5,,,,,,measured,,,"
				     "CONTENDED,true,"));
	assert_non_null(strstr(text, "\r\nabc,made-up,,B,3,1,4,energy,J,1000,,,,2,1.5,2.5,modelled,"
				     "package,price,CONTENDED,true,"));
	assert_non_null(strstr(text, "\r\nabc,made-up,,B,3,1,4,accuracy,share,,0.75,0.7,0.8,,,,"
				     "measured,,,,false,"));
	assert_non_null(strstr(text, "\r\nabc,made-up,,B,3,1,4,bytes,bytes,,,,,,,,counted,,,,false,"));
	assert_non_null(strstr(text, ",not saved,"));
	free(text);
	table_free(table);
	results_free(results);
}

static void badges_are_word_for_word(void **state)
{
	static const struct {
		const char *provenance, *wanted;
	} cases[] = { { "measured", "MEASURED package fake" },
		      { "attributed", "ATTRIBUTED package fake" },
		      { "modelled", "MODELLED package fake" },
		      { NULL, "NONE: time only" } };
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Results *results = run_of(cases[i].provenance);

		tabulate_badge(text, sizeof text, results);
		assert_string_equal(text, cases[i].wanted);
		results_free(results);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, fresh)
		TEST(measured_joules_are_values),
		TEST(modelled_joules_stand_apart),
		TEST(what_is_absent_says_why),
		TEST(csv_has_a_row_for_each_observation),
		TEST(people_read_an_arm_a_row),
		TEST(people_see_that_joules_are_modelled),
		TEST(a_paper_names_where_joules_come_from),
		TEST(hostile_names_do_no_harm),
		TEST(conditions_stand_apart),
		TEST(build_costs_are_values),
		TEST(pairs_are_read),
		TEST(the_front_is_what_nothing_beats),
		TEST(each_window_and_trial_is_told),
		TEST(badges_are_word_for_word),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
