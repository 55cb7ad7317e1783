/* The amounts that figures show: their units, and where they come from.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/sheet.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/tabulate.h"

typedef struct Words {
	const char *from, *to;
} Words;

Estimate sheet_amount(const Results *results, size_t arm, Metric metric)
{
	Estimate amount;

	if (metric == METRIC_ACCURACY) {
		amount = results_accuracy(results, arm);
		amount.value *= 100, amount.low *= 100, amount.high *= 100;
		return amount;
	}
	bool counted = metric == METRIC_BYTES || metric == METRIC_MACS;

	amount = results_cost(results, arm, metric, counted ? 1 : tabulate_quoted(results));
	if (counted && !(amount.value > 0)) /* no model was saved, or nothing was counted */
		amount = (Estimate){ NAN, NAN, NAN, 0 };
	return amount;
}

bool sheet_modelled(const Results *results, Metric metric)
{
	return metric == METRIC_ENERGY && !results_joules_measured(results);
}

bool sheet_has(const Results *results, Metric metric)
{
	if (!results_plan(results)->wanted[metric])
		return false;
	for (size_t arm = 0; arm < results_plan(results)->arms; arm++)
		if (isfinite(sheet_amount(results, arm, metric).value))
			return true;
	return false;
}

/* Half the relative width of the joules' own interval, in percent; NaN: none. */
static double source_percent(const Results *results)
{
	const Plan *plan = results_plan(results);
	double sum = 0, n = 0;

	for (size_t arm = 0; arm < plan->arms; arm++)
		for (size_t i = 0; i < results_blocks(results); i++) {
			const Cell *cell = &results_arm(results, arm)->cells[i];
			double half =
				50 * (cell->energy_high_j - cell->energy_low_j) / cell->energy_j;

			if (!isfinite(half))
				continue;
			sum += half;
			n++;
		}
	return n > 0 ? sum / n : NAN;
}

static const char *scope_word(const char *scope)
{
	static const Words words[] = {
		{ "pkg", "package" },
		{ "core", "cores" },
		{ "igpu", "integrated GPU" },
		{ "dram", "memory" },
		{ "gpu", "GPU" },
		{ "board", "board" },
		{ "", "" },
		{ "system", "whole machine" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].from, scope) == 0)
			return words[i].to;
	return scope;
}

static char *energy_badge(const Results *results, char *out)
{
	const char *provenance = results_provenance(results);
	const char *scope = scope_word(results_scope(results));
	double percent = source_percent(results);
	size_t len;

	if (strcmp(provenance, "none") == 0) {
		text_format(out, SHEET_BADGE_MAX, "time only");
		return out;
	}
	len = text_format(out, SHEET_BADGE_MAX, "%s",
			  results_replayed(results) ? "replayed, " : "");
	len += text_format(out + len, SHEET_BADGE_MAX - len, "%s", provenance);
	if (!results_joules_measured(results) && isfinite(percent))
		len += text_format(out + len, SHEET_BADGE_MAX - len, " ±%.0f %%", percent);
	text_format(out + len, SHEET_BADGE_MAX - len, "%s%s%s%s%s", *scope ? ", " : "", scope,
		    *results_source(results) ? ", " : "", results_source(results),
		    results_mixed_energy(results) ? ", and others" : "");
	return out;
}

char *sheet_badge(const Results *results, Metric metric, char *out)
{
	static const char *const others[METRIC_COUNT] = {
		[METRIC_TIME] = "measured, clock",
		[METRIC_ACCURACY] = "counted on test rows",
		[METRIC_BYTES] = "counted, exact",
		[METRIC_MACS] = "counted, exact",
	};

	if (metric == METRIC_ENERGY)
		return energy_badge(results, out);
	text_format(out, SHEET_BADGE_MAX, "%s", others[metric]);
	return out;
}

/* --- units ------------------------------------------------------------------------------------ */

static Unit unit_of(const Unit *units, size_t n, double most)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (most >= units[i].by)
			return units[i];
	return units[n - 1];
}

#define UNIT_OF(units, most) unit_of(units, sizeof(units) / sizeof *(units), most)

Unit sheet_unit(Metric metric, double most)
{
	static const Unit seconds[] = {
		{ 1, "s" }, { 1e-3, "ms" }, { 1e-6, "µs" }, { 1e-9, "ns" }
	};
	static const Unit joules[] = {
		{ 1e6, "MJ" }, { 1e3, "kJ" }, { 1, "J" }, { 1e-3, "mJ" }, { 1e-6, "µJ" }
	};
	static const Unit bytes[] = { { 1e9, "GB" }, { 1e6, "MB" }, { 1e3, "kB" }, { 1, "bytes" } };
	static const Unit counts[] = {
		{ 1e9, "billion" }, { 1e6, "million" }, { 1e3, "thousand" }, { 1, "multiply-adds" }
	};

	switch (metric) {
	case METRIC_TIME:
		return UNIT_OF(seconds, most);
	case METRIC_ENERGY:
		return UNIT_OF(joules, most);
	case METRIC_BYTES:
		return UNIT_OF(bytes, most);
	case METRIC_MACS:
		return UNIT_OF(counts, most);
	default:
		return (Unit){ 1, "%" };
	}
}

Unit sheet_clock(double most_s)
{
	static const Unit units[] = { { 3600, "h" }, { 60, "min" }, { 1, "s" }, { 1e-3, "ms" } };

	return most_s >= 7200  ? units[0]
	       : most_s >= 180 ? units[1]
	       : most_s >= 1   ? units[2]
			       : units[3];
}

const char *sheet_metric(const Results *results, Metric metric)
{
	static const char *const names[METRIC_COUNT] = {
		[METRIC_TIME] = "Time",          [METRIC_ENERGY] = "Energy",
		[METRIC_ACCURACY] = "Accuracy",  [METRIC_BYTES] = "Model file",
		[METRIC_MACS] = "Multiply-adds",
	};
	const char *split = results_split(results);

	if (metric == METRIC_ACCURACY && strcmp(split, "test") == 0)
		return "Test accuracy";
	if (metric == METRIC_ACCURACY && strcmp(split, "train") == 0)
		return "Training accuracy";
	return names[metric];
}

const char *sheet_metric_of(const Results *results, Metric metric)
{
	if (metric == METRIC_MACS)
		return "of one prediction";
	if (metric != METRIC_TIME && metric != METRIC_ENERGY)
		return "";
	return tabulate_quoted(results) == 1 ? "of one run" : "of 10,000 predictions";
}

const char *sheet_per(const Results *results)
{
	return sheet_metric_of(results, METRIC_TIME) + strlen("of ");
}

char *sheet_value(double value, char *out)
{
	double size = fabs(value);

	if (!isfinite(value))
		text_format(out, SCALE_LABEL_MAX, "–");
	else if (size >= 1e5 || (size < 1e-3 && size > 0))
		text_format(out, SCALE_LABEL_MAX, "%.2e", value);
	else
		text_format(out, SCALE_LABEL_MAX, "%.*f",
			    size >= 99.95    ? 0
			    : size >= 9.995  ? 1
			    : size >= 0.9995 ? 2
					     : 3,
			    value);
	return out;
}
