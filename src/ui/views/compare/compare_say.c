/* Claims, verdicts and notes on the measurement: as text in a pane, and as sentences.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "ui/views/compare/compare.h"

/* --- claims ----------------------------------------------------------------------------------- */

static const struct {
	Mark mark;
	const char *word;
	Style style;
} claims[] = {
	[CLAIM_HOLDS] = { MARK_DONE, "holds", STYLE_LESS },
	[CLAIM_REFUTED] = { MARK_FAILED, "refuted", STYLE_WARNING },
	[CLAIM_NO_METER] = { MARK_OPEN, "needs a meter", STYLE_UNSURE },
	[CLAIM_OPEN] = { MARK_UNSURE, "open", STYLE_UNSURE },
};

/* A mark of the level in front of an indented sentence; none when it is said. */
static void bullet(Flow *flow, Mark mark, Style style, Glyphs glyphs, bool spoken)
{
	const Canvas canvas = { .glyphs = glyphs };
	char text[5];

	flow->indent = 0;
	if (spoken)
		return;
	flow_encode(text, canvas_mark(&canvas, mark));
	flow_text(flow, style, text);
	flow->indent = 2;
}

static void end(Flow *flow)
{
	flow_break(flow);
	flow->indent = 0;
}

static void put_claims(const Judged *judged, const Plan *plan, Flow *flow, Glyphs glyphs,
		       bool spoken)
{
	if (!plan->claims)
		return;
	flow_text(flow, STYLE_TITLE, spoken ? "Claims:" : "Claims");
	end(flow);
	for (size_t i = 0; i < plan->claims; i++) {
		ClaimState state = judged->claim[i];
		bullet(flow, claims[state].mark, claims[state].style, glyphs, spoken);
		flow_format(flow, claims[state].style, "%s:", claims[state].word);
		flow_text(flow, STYLE_TEXT, plan->claim[i].text);
		end(flow);
	}
	flow_gap(flow);
}

/* --- verdicts --------------------------------------------------------------------------------- */

/* Gross joules rank; that idle power alone decides is to be known. */
static void put_other_order(const Judged *judged, const Verdict *verdict, Flow *flow)
{
	double net = judged->net[verdict->arm];

	if (verdict->metric == METRIC_ENERGY &&
	    (verdict->word == VERDICT_BETTER || verdict->word == VERDICT_WORSE) &&
	    (net - 1) * (verdict->ratio - 1) < 0)
		flow_format(flow, STYLE_WARNING,
			    "Without idle power the order is the other way round: %+.1f %%.",
			    (net - 1) * 100);
}

static void put_verdicts(const Judged *judged, const Results *results, Flow *flow, Glyphs glyphs,
			 bool spoken)
{
	if (!judged->primaries)
		return;
	flow_text(flow, STYLE_TITLE, spoken ? "Verdicts:" : "Verdicts");
	end(flow);
	for (size_t i = 0; i < judged->primaries; i++) {
		const Verdict *verdict = &judged->verdict[judged->sentence[i]];
		const char *name = results_arm(results, verdict->arm)->name, *word;
		Style style;
		Mark mark;
		race_look(verdict->word, &mark, &word, &style);
		bullet(flow, mark, style, glyphs, spoken);
		/* Some sentences name no arm: one could not tell whose they are. */
		if (!strstr(verdict->sentence, name))
			flow_format(flow, STYLE_TEXT, "%s:", name);
		flow_text(flow, verdict->word == VERDICT_NONE ? STYLE_DIM : STYLE_TEXT,
			  verdict->sentence);
		put_other_order(judged, verdict, flow);
		end(flow);
	}
	flow_gap(flow);
}

/* --- notes ------------------------------------------------------------------------------------ */

/* What the notes are put with. */
typedef struct Notes {
	const Judged *judged;
	const Race *race;
	Flow *flow;
	Glyphs glyphs;
	bool spoken;
} Notes;

__attribute__((format(printf, 3, 4))) static void note(const Notes *notes, bool warns,
						       const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	bullet(notes->flow, warns ? MARK_WARNING : MARK_OPEN, warns ? STYLE_WARNING : STYLE_DIM,
	       notes->glyphs, notes->spoken);
	flow_text(notes->flow, warns ? STYLE_WARNING : STYLE_TEXT, text);
	end(notes->flow);
}

static void note_blocks(const Notes *notes, const Results *results)
{
	const Plan *plan = results_plan(results);
	size_t blocks = notes->judged->blocks, repeated = results_repeated(results),
	       disturbed = notes->judged->disturbed;

	note(notes, false, "%zu block%s of %zu arms, in random order in each", blocks,
	     blocks == 1 ? "" : "s", plan->arms);
	note(notes, false, "%s",
	     plan_commands(plan) == plan->arms ? "each run is a process of its own"
	     : plan->build == PLAN_BUILD_ONCE  ? "trained once: this is of these models"
					       : "trained in each block: this is of the method");
	if (repeated > disturbed)
		note(notes, false, "%zu block%s spoiled by other work and run again",
		     repeated - disturbed, repeated - disturbed == 1 ? "" : "s");
	if (disturbed)
		note(notes, true, "%zu block%s stayed disturbed and not counted", disturbed,
		     disturbed == 1 ? " is" : "s are");
	if (blocks && blocks < VERDICT_PAIRS_MIN)
		note(notes, true, "fewer than %d blocks: no cost gets a verdict",
		     VERDICT_PAIRS_MIN);
}

static void note_family(const Notes *notes)
{
	size_t family = 1, severe = 0, outliers = 0, pairs = 0;

	for (size_t i = 0; i < notes->judged->verdicts; i++) {
		const Verdict *verdict = &notes->judged->verdict[i];
		if (verdict->metric == METRIC_ACCURACY || verdict->exact ||
		    verdict->word == VERDICT_NONE)
			continue;
		family = verdict->family > family ? verdict->family : family;
		outliers += verdict->outliers;
		severe += verdict->severe;
		pairs += verdict->n;
	}
	if (family > 1)
		note(notes, false, "%zu comparisons of costs share the 5 %%", family);
	if (outliers)
		note(notes, severe > 0, "%zu of %zu differences are outliers%s; all are kept",
		     outliers, pairs, severe ? ", some far out" : "");
	else if (pairs)
		note(notes, false, "no outliers among %zu differences", pairs);
}

static void note_drift(const Notes *notes, Metric metric)
{
	const Drift *drift = &notes->judged->drift[metric];

	if (!isfinite(drift->rho) || !isfinite(drift->change))
		return;
	if (drift->warn)
		note(notes, true,
		     "%s drifted by %+.1f %% over the run; random order guards against it",
		     metric_name(metric), 100 * drift->change);
	else
		note(notes, false, "%s: no steady drift (%+.1f %%)", metric_name(metric),
		     100 * drift->change);
}

static void note_energy(const Notes *notes, const Results *results, const CompareLook *look)
{
	const char *provenance = results_provenance(results);

	if (strcmp(provenance, "none") == 0) {
		note(notes, false, "energy is not known: time only");
		return;
	}
	if (results_replayed(results))
		note(notes, true, "joules are a replay of another run's, not measured here");
	else
		note(notes, false, "joules %s by %s (%s)%s", provenance, results_source(results),
		     results_scope(results),
		     strcmp(provenance, "measured") == 0 ? "" : ": they decide nothing");
	if (results_mixed_energy(results))
		note(notes, true, "the source of the joules changed within the run");
	if (notes->judged->any_net)
		note(notes, false, "%s",
		     look->net ? "joules over idle power are shown, without an interval; i: gross"
			       : "joules hold idle power, and rank so; i: over idle power");
}

static void put_notes(const Notes *notes, const Results *results, const CompareLook *look)
{
	const Race *race = notes->race;

	flow_text(notes->flow, STYLE_TITLE, notes->spoken ? "Notes:" : "Notes");
	end(notes->flow);
	note_blocks(notes, results);
	note_family(notes);
	note_drift(notes, METRIC_TIME);
	if (results_joules_measured(results))
		note_drift(notes, METRIC_ENERGY);
	note_energy(notes, results, look);
	if (race->run[0])
		note(notes, false, "run %.8s%s%s%s%s, seed %llu", race->run,
		     race->wall[0] ? " of " : "", race->wall, race->dataset[0] ? " on " : "",
		     race->dataset, (unsigned long long)results_seed(results));
	if (notes->judged->ended && strcmp(race->why, "done") != 0 && race->why[0])
		note(notes, true, "the run ended: %s", race->why);
	if (race->notice[0] && race->failed)
		note(notes, true, "error: %s", race->notice);
}

static void put_all(const Judged *judged, const Race *race, const CompareLook *look, Flow *flow,
		    Glyphs glyphs, bool spoken)
{
	const Results *results = judged->results;
	Notes notes = { judged, race, flow, glyphs, spoken };

	if (!results) {
		flow_text(flow, STYLE_DIM, race->notice[0] ? race->notice : "No run yet.");
		return;
	}
	if (!judged->ended) {
		flow_text(flow, STYLE_WARNING, "So far: the run goes on, and its end decides.");
		flow_gap(flow);
	}
	put_claims(judged, results_plan(results), flow, glyphs, spoken);
	put_verdicts(judged, results, flow, glyphs, spoken);
	put_notes(&notes, results, look);
}

void compare_flow(const Judged *judged, const Race *race, const CompareLook *look, Flow *flow,
		  Glyphs glyphs)
{
	put_all(judged, race, look, flow, glyphs, false);
}

/* --- sentences -------------------------------------------------------------------------------- */

static void say_condition(const Race *race, const Speech *speech)
{
	char condition[RACE_CONDITION_MAX];

	if (*race_condition(race, condition))
		flow_sentence(speech, 0, "Condition %s. turn shows the next.", condition);
}

void compare_say(const Judged *judged, const Race *race, const CompareLook *look,
		 const Speech *speech)
{
	Flow flow;

	say_condition(race, speech);
	flow_init(&flow, FLOW_SAY_COLUMNS);
	put_all(judged, race, look, &flow, GLYPHS_ASCII, true);
	end(&flow);
	if (judged->dominated[0]) {
		flow_text(&flow, STYLE_TEXT, judged->dominated);
		flow_words(&flow, STYLE_TEXT, ".", 1);
	}
	flow_say(&flow, speech);
	flow_done(&flow);
}
