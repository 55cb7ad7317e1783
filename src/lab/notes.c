/* Notes beside verdicts: what a reader should know of the blocks, and what decides nothing.
 * SPDX-License-Identifier: MIT */
#include "lab/notes.h"

#include <math.h>

#include "base/text.h"

/* Where the shares of spikes are so far apart, a 95 % t interval covers 84 to 86 %. */
#define NOTE_SPIKES_APART 0.1

static char *next(VerdictNotes *notes)
{
	return notes->note[notes->count++];
}

/* What differs by less may come from where this build lies in memory: it is recorded, not varied. */
#define NOTE_BUILD 0.02

static const char *less(const Verdict *v)
{
	return v->metric == METRIC_ENERGY ? "used less energy" : "took less time";
}

/* A verdict that is better or worse says it already. */
static void note_usually(VerdictNotes *notes, const Verdict *v, const Plan *plan)
{
	bool said = v->word == VERDICT_BETTER || v->word == VERDICT_WORSE;
	double wins = v->better * (double)v->n;

	if (v->usually && !said)
		text_format(
			next(notes), VERDICT_NOTE_MAX,
			"%s is usually better: it %s in %g of %zu blocks (%.0f %%, 95 %% interval "
			"%.0f to %.0f %%).",
			plan->arm[v->arm], less(v), wins, v->n, 100 * v->better,
			100 * v->better_low, 100 * v->better_high);
}

/* Of the run, not of an arm: told with the first one. */
static void note_drift(VerdictNotes *notes, const Verdict *v, const Results *results)
{
	Drift drift = verdict_drift(results, v->metric);

	if (drift.warn && v->arm == (v->versus == 0 ? 1 : 0))
		text_format(next(notes), VERDICT_NOTE_MAX,
			    "Over the run %s drifted by %+.1f %%, mean of all arms (from the first "
			    "third of the blocks to the last; rank correlation %.2f).",
			    metric_name(v->metric), 100 * drift.change, drift.rho);
}

static void note_outliers(VerdictNotes *notes, const Verdict *v)
{
	if (v->severe)
		text_format(next(notes), VERDICT_NOTE_MAX,
			    "%zu of %zu blocks lie%s far outside the others; none is dropped. The "
			    "median of the blocks is %+.1f %%.",
			    v->severe, v->n, v->severe == 1 ? "s" : "",
			    100 * (v->median_ratio - 1));
}

static void note_spikes(VerdictNotes *notes, const Verdict *v, const Plan *plan)
{
	if (fabs(v->spikes_arm - v->spikes_versus) >= NOTE_SPIKES_APART)
		text_format(
			next(notes), VERDICT_NOTE_MAX,
			"Spikes far above the median are %.0f %% of the windows of %s and %.0f %% "
			"of those of %s: the interval may be too narrow.",
			100 * v->spikes_arm, plan->arm[v->arm], 100 * v->spikes_versus,
			plan->arm[v->versus]);
}

static void note_build(VerdictNotes *notes, const Verdict *v)
{
	bool differs = v->word == VERDICT_BETTER || v->word == VERDICT_WORSE;

	if (differs && fabs(v->ratio - 1) < NOTE_BUILD)
		text_format(next(notes), VERDICT_NOTE_MAX,
			    "A difference under %.0f %% is said of this build of the programs.",
			    100 * NOTE_BUILD);
}

void verdict_notes(VerdictNotes *notes, const Verdict *verdict, const Results *results)
{
	const Plan *plan = results_plan(results);

	notes->count = 0;
	if (!plan || verdict->arm >= plan->arms || !metric_is_cost(verdict->metric) ||
	    verdict->exact || !verdict->n || verdict->word == VERDICT_NONE)
		return;
	note_build(notes, verdict);
	note_usually(notes, verdict, plan);
	note_drift(notes, verdict, results);
	note_outliers(notes, verdict);
	note_spikes(notes, verdict, plan);
}
