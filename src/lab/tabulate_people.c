/* Results for people: arms a row, differences a row, and the sentences beside them.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/tabulate.h"

#define CELL_MAX 128
#define TITLE_MAX 64

/* --- figures ---------------------------------------------------------------------------------- */

typedef struct Scale {
	double one;
	const char *prefix;
} Scale;

/* In which a value is at least 1, and not 1000 where that can be had. */
static Scale scale_of(double value)
{
	static const Scale scales[] = { { 1, "" }, { 1e-3, "m" }, { 1e-6, "u" }, { 1e-9, "n" } };
	size_t i = 0;

	while (i < 3 && value < scales[i].one)
		i++;
	return scales[i];
}

/* So many significant digits, but never an exponent where none is needed. */
static void put_figure(char *out, size_t cap, double value, int digits)
{
	if (fabs(value) < 1e6 && fabs(value) >= pow(10, digits))
		text_format(out, cap, "%.0f", value);
	else
		text_format(out, cap, "%.*g", digits, value);
}

/* "35.1 ms ±0.2": a value in a unit, ± half its interval. */
static void put_cost(char *out, size_t cap, Estimate estimate, Scale scale, const char *unit)
{
	double half = (estimate.high - estimate.low) / 2;
	char value[32], error[32];

	if (!isfinite(estimate.value)) {
		*out = '\0';
		return;
	}
	put_figure(value, sizeof value, estimate.value / scale.one, 3);
	put_figure(error, sizeof error, half / scale.one, 2);
	text_format(out, cap, "%s%s%s%s%s%s", value, *unit ? " " : "", *unit ? scale.prefix : "",
		    unit, isfinite(half) ? " \u00b1" : "", isfinite(half) ? error : "");
}

void tabulate_cost_text(char *out, size_t cap, Estimate estimate, const char *unit)
{
	put_cost(out, cap, estimate, scale_of(estimate.value), unit);
}

/* --- arms ------------------------------------------------------------------------------------- */

enum {
	ARMS_RUN,
	ARMS_CONDITION,
	ARMS_ARM,
	ARMS_ACCURACY,
	ARMS_TIME,
	ARMS_ENERGY,
	ARMS_BYTES,
	ARMS_MACS,
	ARMS_BUILD_TIME,
	ARMS_BUILD_ENERGY,
	ARMS_COLUMNS
};

typedef struct Arms {
	const TabulateEntry *entry;
	size_t entries;
	bool text; /* each cell has its own unit; else the head has it */
	Scale scale[ARMS_COLUMNS];
	TableColumn column[ARMS_COLUMNS];
	char title[ARMS_COLUMNS][TITLE_MAX];
} Arms;

static const TableColumn arms_columns[ARMS_COLUMNS] = {
	[ARMS_RUN] = { "run", "run", TABLE_WORDS, NULL, true },
	[ARMS_CONDITION] = { "condition", "condition", TABLE_WORDS, NULL, true },
	[ARMS_ARM] = { "arm", "arm", TABLE_WORDS, NULL, false },
	[ARMS_ACCURACY] = { "accuracy", "accuracy", TABLE_FIGURES, NULL, false },
	[ARMS_TIME] = { "time", "time", TABLE_FIGURES, NULL, false },
	[ARMS_ENERGY] = { "energy", "energy", TABLE_FIGURES, NULL, false },
	[ARMS_BYTES] = { "bytes", "file bytes", TABLE_FIGURES, NULL, false },
	[ARMS_MACS] = { "macs", "multiply-adds", TABLE_FIGURES, NULL, false },
	[ARMS_BUILD_TIME] = { "build_time", "time to make it", TABLE_FIGURES, NULL, true },
	[ARMS_BUILD_ENERGY] = { "build_energy", "energy to make it", TABLE_FIGURES, NULL, true },
};

static const char *const arms_units[ARMS_COLUMNS] = {
	[ARMS_ACCURACY] = "%",   [ARMS_TIME] = "s",         [ARMS_ENERGY] = "J",
	[ARMS_BUILD_TIME] = "s", [ARMS_BUILD_ENERGY] = "J",
};

/* The amount behind a column of seconds or joules; NaN where a column has none. */
static Estimate amount(const Results *results, size_t arm, int column)
{
	switch (column) {
	case ARMS_TIME:
		return results_cost(results, arm, METRIC_TIME, tabulate_quoted_arm(results, arm));
	case ARMS_ENERGY:
		return results_cost(results, arm, METRIC_ENERGY, tabulate_quoted_arm(results, arm));
	case ARMS_BUILD_TIME:
		return results_build_cost(results, arm, METRIC_TIME);
	case ARMS_BUILD_ENERGY:
		return results_build_cost(results, arm, METRIC_ENERGY);
	default:
		return (Estimate){ NAN, NAN, NAN, 0 };
	}
}

/* The least amount of a column decides its unit, so that none is below 1. */
static void scale_column(Arms *self, int column)
{
	double least = INFINITY;

	for (size_t e = 0; e < self->entries; e++)
		for (size_t a = 0; a < results_plan(self->entry[e].results)->arms; a++) {
			double value = amount(self->entry[e].results, a, column).value;

			if (value > 0)
				least = fmin(least, value);
		}
	self->scale[column] = scale_of(isfinite(least) ? least : 1);
}

/* "test", "train", or "" where the entries differ. */
static const char *split_of(const Arms *self)
{
	const char *split = results_split(self->entry[0].results);

	for (size_t e = 0; e < self->entries; e++)
		if (strcmp(results_split(self->entry[e].results), split) != 0)
			return "";
	return strcmp(split, "mixed") == 0 ? "" : split;
}

/* What costs are told for. */
static const char *per_of(const Arms *self)
{
	double quoted = tabulate_quoted(self->entry[0].results);

	for (size_t e = 1; e < self->entries; e++)
		if (tabulate_quoted(self->entry[e].results) != quoted)
			return " / 10,000 or run";
	return quoted == 1 ? " / run" : " / 10,000";
}

static void fill_titles(Arms *self)
{
	const char *split = split_of(self), *per = per_of(self);

	for (int c = 0; c < ARMS_COLUMNS; c++) {
		const char *unit = self->text ? NULL : arms_units[c];
		const char *prefix = self->scale[c].prefix ? self->scale[c].prefix : "";
		bool of_split = c == ARMS_ACCURACY && *split;
		bool is_cost = c == ARMS_TIME || c == ARMS_ENERGY;

		text_format(self->title[c], TITLE_MAX, "%s%s%s%s%s%s%s%s", of_split ? split : "",
			    of_split ? " " : "", arms_columns[c].title, is_cost ? per : "",
			    unit ? " (" : "", unit ? prefix : "", unit ? unit : "",
			    unit ? ")" : "");
		self->column[c] = arms_columns[c];
		self->column[c].title = self->title[c];
	}
}

/* A program that tells no number of test rows has an accuracy without an interval. */
static void put_share(char cell[CELL_MAX], Estimate share, const char *unit)
{
	double half = 50 * (share.high - share.low);

	if (isfinite(half))
		text_format(cell, CELL_MAX, "%.2f%s \u00b1%.2f", 100 * share.value, unit, half);
	else
		text_format(cell, CELL_MAX, "%.2f%s", 100 * share.value, unit);
}

static void put_accuracy(const Arms *self, char cell[CELL_MAX], const Results *results, size_t arm)
{
	Estimate accuracy = results_accuracy(results, arm);

	if (!isfinite(accuracy.value))
		text_format(cell, CELL_MAX, "%s",
			    results_arm(results, arm)->diverged ? "diverged" : "");
	else
		put_share(cell, accuracy, self->text ? " %" : "");
}

static void put_amount(const Arms *self, char cell[CELL_MAX], const Results *results, size_t arm,
		       int column)
{
	Estimate estimate = amount(results, arm, column);
	bool joules = column == ARMS_ENERGY || column == ARMS_BUILD_ENERGY;
	char text[CELL_MAX - 16];

	put_cost(text, sizeof text, estimate,
		 self->text ? scale_of(estimate.value) : self->scale[column],
		 self->text ? arms_units[column] : "");
	/* So that no column mistakes them for measured ones. */
	bool modelled = joules && *text && !results_joules_measured(results);

	/* The head says what is told of the others. */
	bool run = *text && (column == ARMS_TIME || column == ARMS_ENERGY) &&
		   tabulate_quoted_arm(results, arm) != tabulate_quoted(results);

	text_format(cell, CELL_MAX, modelled ? "(%s%s)" : "%s%s", text, run ? " / run" : "");
}

static void put_count(char cell[CELL_MAX], uint64_t count)
{
	char digits[32];

	text_format(cell, CELL_MAX, "%s", count ? text_thousands(digits, count) : "");
}

static void put_cell(const Arms *self, char cell[CELL_MAX], const TabulateEntry *entry, size_t arm,
		     int column)
{
	const ArmResult *result = results_arm(entry->results, arm);

	switch (column) {
	case ARMS_RUN:
		text_format(cell, CELL_MAX, "%.8s", entry->run);
		break;
	case ARMS_CONDITION:
		text_format(cell, CELL_MAX, "%s", entry->condition);
		break;
	case ARMS_ARM:
		text_format(cell, CELL_MAX, "%s", result->name);
		break;
	case ARMS_ACCURACY:
		put_accuracy(self, cell, entry->results, arm);
		break;
	case ARMS_BYTES:
		put_count(cell, result->size_bytes);
		break;
	case ARMS_MACS:
		put_count(cell, result->macs);
		break;
	default:
		put_amount(self, cell, entry->results, arm, column);
	}
}

static void fill_rows(const Arms *self, Table *table)
{
	char cell[CELL_MAX];

	for (size_t e = 0; e < self->entries; e++)
		for (size_t a = 0; a < results_plan(self->entry[e].results)->arms; a++) {
			table_row(table);
			/* In a terminal there is no room for more. */
			for (int c = 0; c < (self->text ? ARMS_BUILD_TIME : ARMS_COLUMNS); c++) {
				put_cell(self, cell, &self->entry[e], a, c);
				table_text(table, (size_t)c, *cell ? cell : NULL);
			}
		}
}

bool tabulate_arms(FILE *to, const TabulateEntry *entry, size_t entries, TableFormat format,
		   const TableAbout *about, Err *err)
{
	Arms self = { .entry = entry, .entries = entries, .text = format == TABLE_TEXT };

	if (!entries)
		return true;
	for (int c = ARMS_TIME; c < ARMS_COLUMNS; c++)
		scale_column(&self, c);
	fill_titles(&self);
	Table *table = table_new(self.column, ARMS_COLUMNS, "arms", err);

	if (!table)
		return false;
	fill_rows(&self, table);
	bool fine = table_write(to, table, format, about, err);

	table_free(table);
	return fine;
}

/* --- differences ------------------------------------------------------------------------------ */

enum {
	DIFF_RUN,
	DIFF_CONDITION,
	DIFF_ARM,
	DIFF_METRIC,
	DIFF_CHANGE,
	DIFF_INTERVAL,
	DIFF_WORD,
	DIFF_COLUMNS
};

static const TableColumn diff_columns[DIFF_COLUMNS] = {
	[DIFF_RUN] = { "run", "run", TABLE_WORDS, NULL, true },
	[DIFF_CONDITION] = { "condition", "condition", TABLE_WORDS, NULL, true },
	[DIFF_ARM] = { "arm", "arm", TABLE_WORDS, NULL, false },
	[DIFF_METRIC] = { "metric", "metric", TABLE_WORDS, NULL, false },
	[DIFF_CHANGE] = { "change", "against the baseline", TABLE_FIGURES, NULL, false },
	[DIFF_INTERVAL] = { "interval", "interval", TABLE_FIGURES, NULL, false },
	[DIFF_WORD] = { "verdict", "verdict", TABLE_WORDS, NULL, false },
};

static void put_change(char *out, size_t cap, const Verdict *v, double value)
{
	if (v->metric == METRIC_ACCURACY)
		text_format(out, cap, "%+.2f points", value);
	else
		text_format(out, cap, "%+.1f %%", (value - 1) * 100);
}

static void diff_row(Table *table, const TabulateEntry *entry, const Verdict *v)
{
	bool modelled = v->metric == METRIC_ENERGY && !results_joules_measured(entry->results);
	char change[32], low[32], high[32], text[CELL_MAX], word[32];

	table_row(table);
	table_text(table, DIFF_RUN, *entry->run ? entry->run : NULL);
	table_text(table, DIFF_CONDITION, *entry->condition ? entry->condition : NULL);
	table_text(table, DIFF_ARM, results_plan(entry->results)->arm[v->arm]);
	table_text(table, DIFF_METRIC, metric_name(v->metric));
	if (isfinite(v->ratio)) {
		put_change(change, sizeof change, v, v->ratio);
		text_format(text, sizeof text, modelled ? "(%s)" : "%s", change);
		table_text(table, DIFF_CHANGE, text);
	}
	if (isfinite(v->low) && isfinite(v->high) && !v->exact) {
		put_change(low, sizeof low, v, v->low);
		put_change(high, sizeof high, v, v->high);
		text_format(text, sizeof text, modelled ? "(%g %%: %s to %s)" : "%g %%: %s to %s",
			    100 * v->level, low, high);
		table_text(table, DIFF_INTERVAL, text);
	}
	text_format(word, sizeof word, "%s", verdict_name(v->word));
	for (char *at = word; *at; at++)
		*at = *at == '_' ? ' ' : *at;
	table_text(table, DIFF_WORD, word);
}

bool tabulate_verdicts(FILE *to, const TabulateEntry *entry, size_t entries, TableFormat format,
		       const TableAbout *about, Err *err)
{
	Verdict *verdict = malloc(VERDICTS_MAX * sizeof *verdict);

	if (!verdict)
		return err_set(err, ERR_MEMORY, "no memory for verdicts");
	Table *table = table_new(diff_columns, DIFF_COLUMNS, "verdicts", err);

	for (size_t e = 0; table && e < entries; e++) {
		size_t n = verdict_make_all(verdict, entry[e].results);

		for (size_t i = 0; i < n; i++)
			diff_row(table, &entry[e], &verdict[i]);
	}
	bool fine = table && (!table_rows(table) || table_write(to, table, format, about, err));

	table_free(table);
	free(verdict);
	return fine;
}
