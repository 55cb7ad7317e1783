/* Sentences of verdicts. The texts are promises: tests hold them word for word.
 * SPDX-License-Identifier: MIT */
#include "lab/sentence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NUMBER_MAX 32 /* bytes of one printed number */
#define PART_MAX 192

typedef char Number[NUMBER_MAX];

/* value in steps of 10^-decimals, never "-0.0", never "nan" or "inf". sign: "+" before a
 * positive number. */
static const char *number(Number out, double value, int decimals, bool sign)
{
	double limit = 1e6;

	if (isnan(value))
		snprintf(out, NUMBER_MAX, "unknown");
	else if (fabs(value) >= limit)
		snprintf(out, NUMBER_MAX, value > 0 ? "over %.0f" : "under -%.0f", limit);
	else if (fabs(value) < 0.5 * pow(10, -decimals))
		snprintf(out, NUMBER_MAX, "%.*f", decimals, 0.0);
	else
		snprintf(out, NUMBER_MAX, sign ? "%+.*f" : "%.*f", decimals, value);
	return out;
}

/* 95, 97.5, 98.3: a level in percent, one decimal where it has one. */
static const char *level(Number out, double share)
{
	double percent = round(share * 1000) / 10;

	snprintf(out, NUMBER_MAX, percent == round(percent) ? "%.0f" : "%.1f", percent);
	return out;
}

static const char *counted(Number out, size_t n, const char *thing)
{
	snprintf(out, NUMBER_MAX, "%zu %s%s", n, thing, n == 1 ? "" : "s");
	return out;
}

/* "95 % interval", "90 % bootstrap interval": how sure, and how, where it is not by t. */
static const char *interval_name(char out[2 * NUMBER_MAX], const Verdict *v)
{
	Number share;

	snprintf(out, 2 * NUMBER_MAX, "%s %% %sinterval", level(share, v->level),
		 v->bootstrap ? "bootstrap " : "");
	return out;
}

static double percent_of(double ratio)
{
	return (ratio - 1) * 100;
}

static const char *noun(Metric metric)
{
	return metric == METRIC_MACS ? "multiply-adds" : metric_name(metric);
}

static const char *amount(Metric metric, bool less)
{
	switch (metric) {
	case METRIC_BYTES:
		return less ? "fewer bytes" : "more bytes";
	case METRIC_MACS:
		return less ? "fewer multiply-adds" : "more multiply-adds";
	case METRIC_ENERGY:
		return less ? "less energy" : "more energy";
	default:
		return less ? "less time" : "more time";
	}
}

/* From it on nobody reads per cent: "17801.9 % more" is 179 times as much. */
#define TIMES_FROM 10

static bool in_times(const Verdict *v)
{
	return v->ratio >= TIMES_FROM;
}

/* "8.4 % more time than A", or "179.0 times the time of A". */
static const char *difference(char out[PART_MAX], const Verdict *v, const SentenceAbout *about)
{
	Number change;

	if (in_times(v))
		text_format(out, PART_MAX, "%s times the %s of %s",
			    number(change, v->ratio, 1, false), noun(v->metric), about->versus);
	else
		text_format(out, PART_MAX, "%s %% %s than %s",
			    number(change, fabs(percent_of(v->ratio)), 1, false),
			    amount(v->metric, v->ratio < 1), about->versus);
	return out;
}

/* Sources name scopes briefly; a sentence says what they are. */
static const char *scope_words(const char *scope)
{
	static const char *const words[][2] = {
		{ "pkg", "package" },         { "dram", "memory" }, { "core", "cores" },
		{ "igpu", "integrated GPU" }, { "gpu", "GPU" },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(scope, words[i][0]) == 0)
			return words[i][1];
	return scope;
}

/* "; measured, package" behind a verdict on energy. */
static const char *origin(char out[PART_MAX], const Verdict *v, const SentenceAbout *about)
{
	out[0] = '\0';
	if (v->metric == METRIC_ENERGY)
		text_format(out, PART_MAX, about->scope[0] ? "; %s, %s" : "; %s", about->provenance,
			    scope_words(about->scope));
	return out;
}

/* "95 % interval 35.0 to 39.2 % less", "95 % interval 11.0 to 13.0 times" or, across zero, "95 %
 * interval -6.0 to +3.2 %". */
static const char *interval(char out[PART_MAX], const Verdict *v, int decimals)
{
	char name[2 * NUMBER_MAX];
	Number from, to;
	double low = percent_of(v->low), high = percent_of(v->high);

	interval_name(name, v);
	if (isnan(low) || isnan(high))
		snprintf(out, PART_MAX, "no interval from one block");
	else if (in_times(v) && low > 0)
		snprintf(out, PART_MAX, "%s %s to %s times", name,
			 number(from, v->low, decimals, false),
			 number(to, v->high, decimals, false));
	else if (high < 0)
		snprintf(out, PART_MAX, "%s %s to %s %% less", name,
			 number(from, -high, decimals, false), number(to, -low, decimals, false));
	else if (low > 0)
		snprintf(out, PART_MAX, "%s %s to %s %% more", name,
			 number(from, low, decimals, false), number(to, high, decimals, false));
	else
		snprintf(out, PART_MAX, "%s %s to %s %%", name, number(from, low, decimals, true),
			 number(to, high, decimals, true));
	return out;
}

/* As interval, but signed whatever the sides. */
static const char *signed_interval(char out[PART_MAX], const Verdict *v)
{
	char name[2 * NUMBER_MAX];
	Number from, to;

	if (isnan(v->low) || isnan(v->high))
		return interval(out, v, 1);
	snprintf(out, PART_MAX, "%s %s to %s %%", interval_name(name, v),
		 number(from, percent_of(v->low), 1, true),
		 number(to, percent_of(v->high), 1, true));
	return out;
}

static void say_exact(Verdict *v, const SentenceAbout *about)
{
	char than[PART_MAX];
	Number change;

	if (v->exploratory || v->word == VERDICT_NOT_RESOLVED)
		text_format(v->sentence, sizeof v->sentence, "%s: %s %s %% (exact).",
			    v->exploratory ? "Exploratory" : "Not resolved", noun(v->metric),
			    number(change, percent_of(v->ratio), 1, true));
	else if (v->word == VERDICT_SAME)
		text_format(v->sentence, sizeof v->sentence, "%s and %s are the same: %s (exact).",
			    about->arm, about->versus, noun(v->metric));
	else
		text_format(v->sentence, sizeof v->sentence, "%s is %s: %s (exact).", about->arm,
			    verdict_name(v->word), difference(than, v, about));
}

static void say_sided(Verdict *v, const SentenceAbout *about)
{
	char than[PART_MAX], range[PART_MAX], from[PART_MAX];
	Number blocks;

	text_format(v->sentence, sizeof v->sentence, "%s is %s: %s (%s; %s%s).", about->arm,
		    verdict_name(v->word), difference(than, v, about), interval(range, v, 1),
		    counted(blocks, v->n, "block"), origin(from, v, about));
}

static void say_same(Verdict *v, const SentenceAbout *about)
{
	char range[PART_MAX], from[PART_MAX];
	Number change, blocks;

	text_format(v->sentence, sizeof v->sentence,
		    "%s and %s are the same within %.3g %%: %s %s %% (%s; %s%s).", about->arm,
		    about->versus, v->margin * 100, noun(v->metric),
		    number(change, percent_of(v->ratio), 1, true), signed_interval(range, v),
		    counted(blocks, v->n, "block"), origin(from, v, about));
}

/* Also says exploratory numbers, which have an interval and no word. */
static void say_open(Verdict *v)
{
	char range[PART_MAX];
	Number change, blocks, visible;
	const char *head = v->exploratory ? "Exploratory" : "Not resolved";
	const char *name = noun(v->metric);
	size_t used;

	counted(blocks, v->n, "block");
	if (isnan(v->ratio)) {
		text_format(v->sentence, sizeof v->sentence, "%s: %s (no whole block yet).", head,
			    name);
		return;
	}
	used = text_format(v->sentence, sizeof v->sentence, "%s: %s %s %% (%s; %s).", head, name,
			   number(change, percent_of(v->ratio), 1, true), signed_interval(range, v),
			   blocks);
	if (v->exploratory)
		return;
	if (v->n < VERDICT_PAIRS_MIN)
		text_format(v->sentence + used, sizeof v->sentence - used,
			    " A verdict needs %d blocks.", VERDICT_PAIRS_MIN);
	else
		text_format(v->sentence + used, sizeof v->sentence - used,
			    " This run could show differences from %s %%.",
			    number(visible, v->visible * 100, 1, false));
}

void sentence_self(char *out, size_t cap, const SentenceSelf *self)
{
	Number change, from, to, blocks;

	counted(blocks, self->n, "block");
	number(change, percent_of(self->ratio), 1, true);
	if (isfinite(self->low) && isfinite(self->high))
		text_format(out, cap,
			    "%s %s %% when it is measured twice (99 %% interval %s to %s %%; %s)",
			    noun(self->metric), change,
			    number(from, percent_of(self->low), 1, true),
			    number(to, percent_of(self->high), 1, true), blocks);
	else
		text_format(out, cap, "%s %s %% when it is measured twice (%s)", noun(self->metric),
			    change, blocks);
}

/* A cannot be told from B where it can be told from itself. */
static void say_self(Verdict *v, const SentenceAbout *about)
{
	char numbers[PART_MAX];

	sentence_self(numbers, sizeof numbers, about->self);
	text_format(v->sentence, sizeof v->sentence, "Not resolved: %s differs from itself: %s.",
		    about->versus, numbers);
}

/* What came out all the same, for showing how it misleads. */
static void say_blocked(Verdict *v)
{
	char range[PART_MAX];
	Number change, blocks;
	size_t used = text_format(v->sentence, sizeof v->sentence, "No verdict: %s.", v->why);

	if (v->metric == METRIC_ACCURACY || v->exact || !isfinite(v->ratio))
		return;
	text_format(v->sentence + used, sizeof v->sentence - used,
		    " One after the other they showed: %s %s %% (%s; %s).", noun(v->metric),
		    number(change, percent_of(v->ratio), 1, true), signed_interval(range, v),
		    counted(blocks, v->n, "block"));
}

/* Joules that cannot carry a verdict still say what they say. */
static void say_none(Verdict *v, const SentenceAbout *about)
{
	char range[PART_MAX];
	Number change;
	const char *speaker = about->replayed                              ? "replay"
			      : strcmp(about->provenance, "modelled") == 0 ? "model"
									   : "estimate";
	size_t used = text_format(v->sentence, sizeof v->sentence, "No verdict: %s.", v->why);

	if (v->metric != METRIC_ENERGY || !isfinite(v->ratio))
		return;
	double told = in_times(v) ? v->ratio : fabs(percent_of(v->ratio));
	const char *than = in_times(v) ? "times as much" : v->ratio < 1 ? "% less" : "% more";

	text_format(v->sentence + used, sizeof v->sentence - used, " The %s says %s %s (%s).",
		    speaker, number(change, told, 0, false), than, interval(range, v, 0));
}

/* "margin 0.97; 10 seeds; 10000 test items" */
static const char *ground(char out[PART_MAX], const Verdict *v, const SentenceAbout *about)
{
	Number seeds, items;

	snprintf(out, PART_MAX, "margin %.3g; %s; %s", v->margin, counted(seeds, v->n, "seed"),
		 counted(items, about->test_rows,
			 strcmp(about->split, "train") == 0 ? "training item" : "test item"));
	return out;
}

static void say_accuracy(Verdict *v, const SentenceAbout *about)
{
	char on[PART_MAX], head[PART_MAX];
	Number change, bound;
	bool lost = v->word == VERDICT_LOST;
	double edge = lost ? v->high : v->low;

	if (v->word == VERDICT_KEPT)
		text_format(head, sizeof head, "%s keeps %s's accuracy:", about->arm,
			    about->versus);
	else if (lost)
		text_format(head, sizeof head, "%s loses accuracy against %s:", about->arm,
			    about->versus);
	else if (v->word == VERDICT_UNSUPPORTED)
		text_format(head, sizeof head, "This test set cannot support the claim: accuracy");
	else
		text_format(head, sizeof head, "%s: accuracy",
			    v->exploratory ? "Exploratory" : "Not resolved");
	number(change, v->ratio, 1, true);
	ground(on, v, about);
	if (isnan(v->ratio))
		text_format(v->sentence, sizeof v->sentence, "%s (no whole block yet).", head);
	else if (!isfinite(edge))
		text_format(v->sentence, sizeof v->sentence,
			    "%s %s points (%s). An interval needs 2 seeds.", head, change, on);
	else
		text_format(v->sentence, sizeof v->sentence, "%s %s points, at %s %s (%s).", head,
			    change, lost ? "best" : "worst", number(bound, edge, 1, true), on);
}

void sentence_write(Verdict *verdict, const SentenceAbout *about)
{
	if (about->self)
		say_self(verdict, about);
	else if (verdict->word == VERDICT_NONE && about->blocked)
		say_blocked(verdict);
	else if (verdict->word == VERDICT_NONE && !verdict->exploratory)
		say_none(verdict, about);
	else if (verdict->metric == METRIC_ACCURACY)
		say_accuracy(verdict, about);
	else if (verdict->exact)
		say_exact(verdict, about);
	else if (verdict->word == VERDICT_BETTER || verdict->word == VERDICT_WORSE)
		say_sided(verdict, about);
	else if (verdict->word == VERDICT_SAME)
		say_same(verdict, about);
	else
		say_open(verdict);
}
