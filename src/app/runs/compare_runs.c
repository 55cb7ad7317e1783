/* Stored runs side by sides, and what keeps their arms from being compared.
 * SPDX-License-Identifier: MIT */
#include "app/runs/compare_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/runs/loaded_run.h"
#include "base/text.h"
#include "lab/json.h"
#include "lab/pareto.h"

#define TEXT_MAX 512
#define VALUE_MAX 160
#define ENTRIES_MAX 1024 /* conditions of all runs */

typedef struct Sides {
	LoadedRun run[COMPARE_RUNS_MAX];
	size_t runs;
	TabulateEntry entry[ENTRIES_MAX];
	size_t of[ENTRIES_MAX]; /* the run of an entry */
	size_t entries;
} Sides;

/* --- reading ---------------------------------------------------------------------------------- */

static bool add_entries(Sides *sides, size_t run, Err *err)
{
	LoadedRun *loaded = &sides->run[run];
	const Results *results = loaded->results;

	if (!results_plan(results) || !results_measured(results))
		return err_set(err, ERR_ARGUMENT, "the run %.8s measured nothing", loaded->id);
	for (size_t i = 0; i < results_conditions(results); i++) {
		if (sides->entries == ENTRIES_MAX)
			return err_set(err, ERR_LIMIT,
				       "these runs have more than %d conditions: compare fewer",
				       ENTRIES_MAX);
		sides->of[sides->entries] = run;
		sides->entry[sides->entries++] =
			(TabulateEntry){ loaded->id, results_condition_name(results, i),
					 results_condition(results, i) };
	}
	return true;
}

static bool load(Sides *sides, Store *store, const CompareRuns *ask, Err *err)
{
	if (ask->runs == 0 || ask->runs > COMPARE_RUNS_MAX)
		return err_set(err, ERR_USAGE, "%zu runs are asked for; there can be 1 to %d",
			       ask->runs, COMPARE_RUNS_MAX);
	for (size_t i = 0; i < ask->runs; i++) {
		sides->runs++;
		if (!loaded_run_open(&sides->run[i], store, ask->run[i], err))
			return false;
		for (size_t k = 0; k < i; k++)
			if (strcmp(sides->run[k].id, sides->run[i].id) == 0)
				return err_set(err, ERR_ARGUMENT, "the run %.8s is named twice",
					       sides->run[i].id);
		if (!add_entries(sides, i, err))
			return false;
	}
	return true;
}

static const TabulateEntry *first_entry(const Sides *sides, size_t run)
{
	size_t at = 0;

	while (sides->of[at] != run)
		at++;
	return &sides->entry[at];
}

/* --- what differs ----------------------------------------------------------------------------- */

/* What must be alike before one may think of comparing: the title, and where run-begin has it. */
static const struct {
	const char *title, *path;
} facts[] = {
	{ "machine", "receipt.cpu.model" },
	{ "system", "receipt.system" },
	{ "wattle", "receipt.version" },
	{ "compiler", "receipt.compiler" },
	{ "BLAS", "receipt.blas.name" },
	{ "BLAS core", "receipt.blas.core" },
	{ "BLAS settings", "receipt.blas.overrides" },
	{ "kernels", "receipt.kernels" },
	{ "threads", "receipt.threads" },
	{ "script", "script_sha256" },
	{ "models", "plan.build" },
};

static void fact_text(char out[VALUE_MAX], const json_t *value)
{
	char *text = value && !json_is_string(value)
			     ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS)
			     : NULL;

	text_format(out, VALUE_MAX, "%s",
		    json_is_string(value) ? json_string_value(value)
		    : text                ? text
					  : "not told");
	free(text);
}

static void rows_text(char out[VALUE_MAX], const TabulateEntry *entry)
{
	const ScoredRows *rows = &results_arm(entry->results, 0)->rows;

	if (!rows->count)
		text_format(out, VALUE_MAX, "not told");
	else
		text_format(out, VALUE_MAX, "%zu rows of %s (%s%s%.8s)", rows->count, rows->dataset,
			    rows->split, *rows->sha256 ? ", " : "", rows->sha256);
}

/* "machine: A | B", when the values of the runs are not all the same. */
static void put_difference(FILE *to, const char *title, char (*value)[VALUE_MAX], size_t count,
			   TableFormat format)
{
	char text[TEXT_MAX];
	size_t len = text_format(text, sizeof text, "%s: ", title);
	bool same = true;

	for (size_t i = 0; i < count; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= strcmp(value[k], value[i]) == 0;
		same &= strcmp(value[i], value[0]) == 0;
		if (!again)
			len += text_format(text + len, sizeof text - len, "%s%s", i ? " | " : "",
					   value[i]);
	}
	if (!same)
		table_write_item(to, text, format);
}

static void put_differences(FILE *to, const Sides *sides, TableFormat format)
{
	char value[COMPARE_RUNS_MAX][VALUE_MAX];

	for (size_t f = 0; f < sizeof facts / sizeof *facts; f++) {
		for (size_t i = 0; i < sides->runs; i++)
			fact_text(value[i], json_at(sides->run[i].begin, facts[f].path));
		put_difference(to, facts[f].title, value, sides->runs, format);
	}
	for (size_t i = 0; i < sides->runs; i++)
		tabulate_badge(value[i], VALUE_MAX, first_entry(sides, i)->results);
	put_difference(to, "energy", value, sides->runs, format);
	for (size_t i = 0; i < sides->runs; i++)
		rows_text(value[i], first_entry(sides, i));
	put_difference(to, "scored on", value, sides->runs, format);
}

/* --- the front over all runs ------------------------------------------------------------------ */

typedef struct Front {
	double value[2][ENTRIES_MAX * PLAN_ARMS_MAX];
	bool on[ENTRIES_MAX * PLAN_ARMS_MAX];
} Front;

static void fill_front(Front *front, const Sides *sides, ParetoPair pair)
{
	size_t n = 0;

	for (size_t e = 0; e < sides->entries; e++)
		for (size_t a = 0; a < results_plan(sides->entry[e].results)->arms; a++, n++)
			tabulate_point(sides->entry[e].results, a, pair, &front->value[0][n],
				       &front->value[1][n]);
	pareto_front(front->on, front->value[0], front->value[1], n);
}

static bool put_front(FILE *to, const Sides *sides, ParetoPair pair, TableFormat format, Err *err)
{
	Front *front = malloc(sizeof *front);
	char text[4 * TEXT_MAX] = "";
	size_t len = 0, at = 0;

	if (!front)
		return err_set(err, ERR_MEMORY, "no memory for the front");
	fill_front(front, sides, pair);
	for (size_t e = 0; e < sides->entries; e++)
		for (size_t a = 0; a < results_plan(sides->entry[e].results)->arms; a++, at++)
			if (front->on[at] && len < sizeof text)
				len += text_format(text + len, sizeof text - len, "%s%s (%.8s%s%s)",
						   len ? ", " : "Over all runs nothing beats ",
						   results_arm(sides->entry[e].results, a)->name,
						   sides->entry[e].run,
						   *sides->entry[e].condition ? " " : "",
						   sides->entry[e].condition);
	if (len)
		text_format(text + len, sizeof text - len,
			    " in both %s and %s, by the estimates alone.",
			    metric_name(pair.metric[0]), metric_name(pair.metric[1]));
	table_write_item(to, text, format);
	free(front);
	return true;
}

/* --- for people ------------------------------------------------------------------------------- */

static void put_head(FILE *to, const Sides *sides, size_t run)
{
	const json_t *begin = sides->run[run].begin;
	const Results *results = sides->run[run].results;
	const TabulateEntry *first = first_entry(sides, run);
	const char *wall = json_string_value(json_object_get(begin, "wall"));
	const char *script = json_string_value(json_object_get(begin, "script"));
	char badge[VALUE_MAX], conditions[48] = "";

	tabulate_badge(badge, sizeof badge, first->results);
	if (results_conditions(results) > 1)
		text_format(conditions, sizeof conditions, " of each of %zu conditions",
			    results_conditions(results));
	text_printf(to, "%.8s  %.16s  %s  %s, seed %llu, %zu blocks%s  %s\n", first->run,
		    wall ? wall : "", results_plan(results)->name, script ? script : "",
		    (unsigned long long)results_seed(results), results_blocks(first->results),
		    conditions, badge);
}

static bool put_between(FILE *to, const Sides *sides, const CompareRuns *ask, Err *err)
{
	if (sides->runs < 2)
		return true;
	fputs(ask->format == TABLE_TEXT ? "\n" : "", to);
	table_begin_list(to, ask->format);
	if (ask->pareto.given && !put_front(to, sides, ask->pareto, ask->format, err))
		return false;
	table_write_item(to,
			 "Between arms of different runs there is no verdict: they did not take "
			 "turns on the machine.",
			 ask->format);
	put_differences(to, sides, ask->format);
	table_end_list(to, ask->format);
	return true;
}

static bool put_people(FILE *to, const Sides *sides, const CompareRuns *ask, Err *err)
{
	TableAbout arms = { "What each arm costs and scores, run by run. Costs are of 10,000 "
			    "predictions; in parentheses: joules that were not measured.",
			    "runs" };
	bool fine;

	for (size_t i = 0; ask->format == TABLE_TEXT && i < sides->runs; i++)
		put_head(to, sides, i);
	if (ask->format == TABLE_TEXT)
		text_printf(to, "\n");
	fine = tabulate_arms(to, sides->entry, sides->entries, ask->format, &arms, err);
	for (size_t i = 0; fine && i < sides->entries; i++)
		fine = tabulate_sentences(to, &sides->entry[i], ask->pareto, ask->format, err);
	return fine && put_between(to, sides, ask, err);
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool put_programs(FILE *to, const Sides *sides, const CompareRuns *ask, Err *err)
{
	Table *table = tabulate_new(err);
	bool fine = table != NULL;

	for (size_t i = 0; fine && i < sides->runs; i++)
		tabulate_add(table, sides->run[i].id, sides->run[i].results, ask->pareto);
	fine = fine && table_write(to, table, ask->format, NULL, err);
	table_free(table);
	return fine;
}

bool compare_runs(Store *store, const CompareRuns *ask, FILE *to, Err *err)
{
	bool people = ask->format != TABLE_CSV && ask->format != TABLE_JSON;
	Sides *sides = calloc(1, sizeof *sides);
	bool fine;

	if (!sides)
		return err_set(err, ERR_MEMORY, "no memory to compare runs");
	fine = load(sides, store, ask, err) &&
	       (people ? put_people(to, sides, ask, err) : put_programs(to, sides, ask, err));
	for (size_t i = 0; i < sides->runs; i++)
		loaded_run_close(&sides->run[i]);
	free(sides);
	return fine;
}
