/* Results as tables of plain values: every arm and metric with its interval, where the joules came
 * from, the ratio to the baseline and its verdict, what making the model cost, what nothing else beats,
 * and when it pays back.
 *
 * For programs an observation a row, with the fields of wattle-records(5); for people an arm a row.
 * Joules that were not measured here stand in parentheses for people, and in columns of their own for
 * programs: neither ever stands among measured ones.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_TABULATE_H
#define WATTLE_LAB_TABULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "lab/payback.h"
#include "lab/results.h"
#include "lab/table.h"
#include "lab/verdict.h"

/* How many items seconds and joules are told for: 10,000 predictions, or 1 where every item is a whole
 * run of a program. */
double tabulate_quoted(const Results *results);
/* The same of one arm, which may be a program that tells no items among others that do. */
double tabulate_quoted_arm(const Results *results, size_t arm);

/* Two metrics of which an arm should be good at both. */
typedef struct ParetoPair {
	bool given;
	Metric metric[2];
} ParetoPair;

/* "accuracy,energy", in any order. ERR_USAGE names what is wrong and what there is. */
bool pareto_pair_parse(ParetoPair *out, const char *text, Err *err);

/* One arm and one metric. */
typedef struct Observation {
	size_t arm;
	Metric metric;
	bool baseline, modelled; /* modelled: joules that were not measured here */
	/* Seconds or joules for tabulate_quoted items; accuracy as a share; bytes of the file;
	 * multiply-adds of one prediction. */
	Estimate value;
	const char *value_why; /* of static storage; NULL when it is there */
	Verdict verdict;       /* of an arm other than the baseline */
	Estimate build;        /* seconds or joules; NaN where there is none */
	bool on_front;
	Payback payback;
} Observation;

/* Of one condition; see results_condition. */
void tabulate_observe(Observation *out, const Results *results, size_t arm, Metric metric);
/* What nothing else in the condition beats by the estimates; on holds plan->arms. Without a given
 * pair: accuracy with joules if all were measured, else with time; which it was is returned. */
ParetoPair tabulate_front(bool *on, const Results *results, ParetoPair pair);

/* An arm as a point for pareto_front, over several runs too. NaN: seconds and joules where one arm's
 * are those of a whole run and another's are not. */
void tabulate_point(const Results *results, size_t arm, ParetoPair pair, double *cost,
		    double *score);

/* --- for programs ----------------------------------------------------------------------------- */

/* A table of observations, type "table-row". To be freed. */
Table *tabulate_new(Err *err);
/* Adds those of all conditions. run: its id, "" when it has none. */
void tabulate_add(Table *table, const char *run, const Results *results, ParetoPair pair);

/* A table of single observations, type "trial-row": each window's seconds and joules, each trial's
 * accuracy and counts, as the records have them. To be freed. */
Table *tabulate_trials_new(Err *err);
/* Adds what a window or trial record observed; others are passed over. results: of the whole run,
 * with its plan. */
void tabulate_trials_add(Table *table, const char *run, const Results *results,
			 const json_t *record);

/* --- for people ------------------------------------------------------------------------------- */

/* One condition of one run. run and condition are shown in columns of their own where any entry has
 * one that is not "". */
typedef struct TabulateEntry {
	const char *run, *condition;
	const Results *results;
} TabulateEntry;

/* An arm a row. format: TABLE_TEXT, where each figure has its own unit, TABLE_MARKDOWN or
 * TABLE_LATEX, where the head has it. about may be NULL. */
bool tabulate_arms(FILE *to, const TabulateEntry *entry, size_t entries, TableFormat format,
		   const TableAbout *about, Err *err);
/* Differences to the baseline, an arm and metric a row, for papers. */
bool tabulate_verdicts(FILE *to, const TabulateEntry *entry, size_t entries, TableFormat format,
		       const TableAbout *about, Err *err);
/* The verdicts of one condition, what nothing beats, and what pays back, as a list. */
bool tabulate_sentences(FILE *to, const TabulateEntry *entry, ParetoPair pair, TableFormat format,
			Err *err);
/* All of a run as a part of a paper: its arms, its verdicts and what was said beside them. */
bool tabulate_paper(FILE *to, const char *run, const Results *results, ParetoPair pair,
		    TableFormat format, Err *err);

/* "35.1 ms ±0.2": an amount in the unit that keeps it between 1 and 1000, with half its interval. "" when
 * it is absent. */
void tabulate_cost_text(char *out, size_t cap, Estimate estimate, const char *unit);
/* "Nothing beats A and B in both accuracy and time, by the estimates." */
void tabulate_front_text(char *out, size_t cap, const Results *results, ParetoPair pair);
/* "B pays back after 12,400 predictions (95 % interval 11,900 to 13,000): …". "" when what making
 * the models cost is not known. */
void tabulate_payback_text(char *out, size_t cap, const Results *results, size_t arm,
			   Metric metric);
/* "MEASURED package rapl-perf", "MODELLED …", "NONE: time only": the badge of the joules. */
void tabulate_badge(char *out, size_t cap, const Results *results);

#endif
