/* Stored runs side by side: figures, what differs, and no word between them.
 * SPDX-License-Identifier: MIT */
#include "app/runs/compare_runs.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "unit.h"

#include "lab.h"

typedef struct Fixture {
	char *folder, path[600];
	Store *store;
	Plan plan;
	Err err;
	char *text; /* what was written last */
} Fixture;

static void need(bool fine, const Fixture *f)
{
	if (!fine)
		fail_msg("%s: %s", err_name(f->err.code), f->err.text);
}

static void put(Fixture *f, StoreWriter *writer, json_t *record)
{
	assert_non_null(record);
	need(store_writer_put(writer, record, &f->err), f);
	json_decref(record);
}

static json_t *begin_of(const char *id, const Plan *plan, const char *cpu)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:s, s:i, s:s, s:s, s:o, s:{s:{s:s}, s:s, s:i}}", "v", 1,
			 "type", "run-begin", "t_ns", 0, "run", id, "wall", "2026-01-02T03:04:05Z", "seed",
			 7, "script", "race.lua", "script_sha256", "abc", "plan", plan_json(plan), "receipt",
			 "cpu", "model", cpu, "version", "0.1.0", "threads", 1);
}

static json_t *window_of(const char *arm, int block, double time_s)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:i, s:i, s:i, s:f, s:n, s:[]}", "v", 1, "type", "window",
			 "t_ns", block, "arm", arm, "block", block, "attempt", 0, "items", 1000, "time_s",
			 time_s, "energy", "flags");
}

static json_t *trial_of(const char *arm, int block, double accuracy, const char *dataset)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:i, s:i, s:i, s:f, s:i, s:s, s:s, s:i, s:i}", "v", 1, "type",
			 "trial", "t_ns", block, "arm", arm, "block", block, "attempt", 0, "seed", block + 1,
			 "accuracy", accuracy, "test_rows", 100, "dataset", dataset, "split", "test",
			 "size_bytes", 1000, "macs", 100);
}

/* Ten blocks of A and B; B takes share of A's time. */
static void put_run(Fixture *f, const char *id, const char *cpu, const char *dataset, double share)
{
	StoreAsk ask = { .script = NULL };
	StoreWriter *writer = store_writer_new(f->store, &ask, &f->err);

	assert_non_null(writer);
	put(f, writer, begin_of(id, &f->plan, cpu));
	for (int block = 0; block < 10; block++)
		for (int arm = 0; arm < 2; arm++) {
			double time_s = (arm ? share : 1) + 0.001 * (block % 3);

			put(f, writer, window_of(f->plan.arm[arm], block, time_s));
			put(f, writer, trial_of(f->plan.arm[arm], block, 0.9, dataset));
		}
	need(store_writer_end(writer, &f->err), f);
}

static int setup(void **state)
{
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->folder = folder_new();
	snprintf(f->path, sizeof f->path, "%s/runs.db", f->folder);
	lab_plan(&f->plan);
	f->store = store_open(f->path, STORE_WRITE, &f->err);
	assert_non_null(f->store);
	put_run(f, "aa11", "Example CPU", "digits", 0.5);
	put_run(f, "bb22", "Other CPU", "iris", 0.25);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	Fixture *f = *state;

	store_close(f->store);
	folder_done(f->folder);
	free(f->text);
	free(f);
	return 0;
}

static bool compare(Fixture *f, const CompareRuns *ask)
{
	size_t size = 0;

	free(f->text);
	f->text = NULL;
	FILE *to = open_memstream(&f->text, &size);

	assert_non_null(to);
	bool fine = compare_runs(f->store, ask, to, &f->err);

	fclose(to);
	return fine;
}

static void says(const Fixture *f, const char *words)
{
	if (!strstr(f->text, words))
		fail_msg("no '%s' in\n%s", words, f->text);
}

static void two_runs_stand_side_by_side(void **state)
{
	Fixture *f = *state;
	const char *runs[] = { "aa", "last" };
	CompareRuns ask = { .run = runs, .runs = 2, .format = TABLE_TEXT };

	need(compare(f, &ask), f);
	says(f, "aa11  2026-01-02T03:04  made-up  race.lua, seed 7, 10 blocks  NONE: time only\n");
	says(f, "run   arm  test accuracy  time / 10,000");
	says(f, "\naa11  A    90.00 %");
	says(f, "\naa11  B    90.00 % ±5.96  5.01 s");
	says(f, "\nbb22  B    90.00 % ±5.96  2.51 s");
	says(f, "B is better: 50.0 % less time than A");
	says(f, "B is better: 74.9 % less time than A");
	says(f, "Between arms of different runs there is no verdict: they did not take turns on the "
		"machine.\n");
	says(f, "\nmachine: Example CPU | Other CPU\n");
	says(f, "\nscored on: 100 rows of digits (test) | 100 rows of iris (test)");
	/* What is alike is not named. */
	assert_null(strstr(f->text, "threads:"));
	assert_null(strstr(f->text, "energy: NONE"));
	assert_null(strstr(f->text, "Over all runs"));
}

static void the_front_goes_over_all_runs(void **state)
{
	Fixture *f = *state;
	const char *runs[] = { "aa11", "bb22" };
	CompareRuns ask = { .run = runs, .runs = 2, .format = TABLE_TEXT };

	need(pareto_pair_parse(&ask.pareto, "accuracy,time", &f->err), f);
	need(compare(f, &ask), f);
	says(f, "Over all runs nothing beats B (bb22) in both accuracy and time, by the estimates alone.");
	says(f, "Nothing beats B in both accuracy and time, by the estimates.");
}

static void papers_and_programs_get_theirs(void **state)
{
	Fixture *f = *state;
	const char *runs[] = { "aa11", "bb22" };
	CompareRuns ask = { .run = runs, .runs = 2, .format = TABLE_LATEX };

	need(compare(f, &ask), f);
	says(f, "\\begin{tabular}{llrrrrr}");
	says(f, "aa11 & B & 90.00 \\(\\pm\\)5.96 & 5.01 ");
	says(f, "\\item machine: Example CPU \\textbar{} Other CPU\n");
	ask.format = TABLE_MARKDOWN;
	need(compare(f, &ask), f);
	says(f, "\n- Between arms of different runs there is no verdict");
	ask.format = TABLE_CSV;
	need(compare(f, &ask), f);
	says(f, "\r\naa11,made-up,,B,A,time,s/10000,5.009,");
	says(f, "\r\nbb22,made-up,,B,A,time,s/10000,2.509,");
	assert_null(strstr(f->text, "no verdict:"));
	ask.format = TABLE_JSON;
	need(compare(f, &ask), f);
	says(f, "{\"v\":1,\"type\":\"table-row\",\"t_ns\":0,\"run\":\"aa11\",");
}

static void one_run_is_its_own_table(void **state)
{
	Fixture *f = *state;
	const char *runs[] = { "aa11" };
	CompareRuns ask = { .run = runs, .runs = 1, .format = TABLE_TEXT };

	need(compare(f, &ask), f);
	says(f, "B is better");
	assert_null(strstr(f->text, "Between arms"));
}

static void refused(Fixture *f, const CompareRuns *ask, ErrCode code, const char *words)
{
	f->err.code = ERR_NONE;
	if (compare(f, ask))
		fail_msg("taken, not: %s", words);
	assert_int_equal(f->err.code, code);
	if (!strstr(f->err.text, words))
		fail_msg("'%s' does not say '%s'", f->err.text, words);
	assert_string_equal(f->text, "");
}

static void what_cannot_be_compared_is_named(void **state)
{
	Fixture *f = *state;
	const char *twice[] = { "aa", "aa11" }, *none[] = { "aa11", "cc" }, *empty[] = { "dd33" };
	CompareRuns ask = { .run = twice, .runs = 2 };
	StoreAsk asked = { .script = NULL };

	refused(f, &ask, ERR_ARGUMENT, "the run aa11 is named twice");
	ask.run = none;
	refused(f, &ask, ERR_ARGUMENT, "there is no run 'cc'");
	ask.runs = 0;
	refused(f, &ask, ERR_USAGE, "there can be 1 to 32");
	StoreWriter *writer = store_writer_new(f->store, &asked, &f->err);

	assert_non_null(writer);
	put(f, writer, begin_of("dd33", &f->plan, "Example CPU"));
	need(store_writer_end(writer, &f->err), f);
	ask = (CompareRuns){ .run = empty, .runs = 1 };
	refused(f, &ask, ERR_ARGUMENT, "the run dd33 measured nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(two_runs_stand_side_by_side),
		TEST(the_front_goes_over_all_runs),
		TEST(papers_and_programs_get_theirs),
		TEST(one_run_is_its_own_table),
		TEST(what_cannot_be_compared_is_named),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
