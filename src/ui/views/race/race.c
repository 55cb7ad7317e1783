/* A race as views see it: filing records.
 * SPDX-License-Identifier: MIT */
#include "ui/views/race/race.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "lab/tabulate.h"

#define EXIT_STOPPED 130

void race_keep(char **text, const json_t *object, const char *key)
{
	char *kept = strdup(record_text(object, key));

	if (!kept)
		return;
	free(*text);
	*text = kept;
}

void race_done(Race *race)
{
	for (size_t k = 0; k < race->conditions; k++)
		for (size_t i = 0; i < race->said_of[k].sentences; i++)
			free(race->said_of[k].sentence[i]);
	free(race->said_of);
	results_free(race->all);
	race_curves_done(race);
	race_drawn_done(race);
	*race = (Race){ 0 };
}

size_t race_arm(const Race *race, const char *name)
{
	size_t arm = 0;

	if (!race->plan)
		return 0;
	while (arm < race->plan->arms && strcmp(race->plan->arm[arm], name) != 0)
		arm++;
	return arm;
}

static void note(Race *race, const char *text, bool failed)
{
	text_format(race->notice, sizeof race->notice, "%s", text);
	race->failed = failed;
}

static void show_condition(Race *race, size_t condition)
{
	race->condition = condition;
	race->results = race->conditions ? results_condition(race->all, condition) : NULL;
	race->told = race->conditions ? &race->said_of[condition] : NULL;
}

bool race_turn(Race *race, int by)
{
	size_t n = race->conditions;

	if (n < 2)
		return false;
	show_condition(race, by < 0 ? (race->condition + n - 1) % n : (race->condition + 1) % n);
	race_curves_clear(race); /* they were those of the other */
	return true;
}

const char *race_condition(const Race *race, char out[RACE_CONDITION_MAX])
{
	out[0] = '\0';
	if (race->plan && race->plan->factors && race->results)
		text_format(out, RACE_CONDITION_MAX, "%s (%zu/%zu)",
			    results_condition_name(race->results, 0), race->condition + 1,
			    race->conditions);
	return out;
}

static void take_begin(Race *race, const json_t *record)
{
	Err err = { 0 };
	const char *script = record_text(record, "script"), *slash = strrchr(script, '/');
	const json_t *receipt = json_object_get(record, "receipt");
	char *between;

	if (race->all) /* else its training came first, as in a lesson */
		race_done(race);
	race->first_block_ns = -1;
	race->phase = RACE_BUILDING;
	text_format(race->script, sizeof race->script, "%s", slash ? slash + 1 : script);
	text_format(race->cpu, sizeof race->cpu, "%s",
		    record_text(json_object_get(receipt, "cpu"), "model"));
	text_format(race->run, sizeof race->run, "%s", record_text(record, "run"));
	text_format(race->wall, sizeof race->wall, "%.16s", record_text(record, "wall"));
	if ((between = strchr(race->wall, 'T')))
		*between = ' ';
	race->all = results_new(&err);
	if (!race->all || !results_take(race->all, record, &err))
		note(race, err.text, true);
	race->plan = race->all ? results_plan(race->all) : NULL;
	size_t conditions = race->all ? results_conditions(race->all) : 0;
	race->said_of = calloc(conditions + 1, sizeof *race->said_of);
	race->conditions = race->said_of ? conditions : 0;
	show_condition(race, 0);
}

bool race_of_shown(const Race *race, const json_t *record)
{
	return race->conditions < 2 ||
	       record_integer(record, "condition", 0) == (int64_t)race->condition;
}

static void take_window(Race *race, const json_t *record)
{
	Err err = { 0 };

	text_format(race->arm, sizeof race->arm, "%s", record_text(record, "arm"));
	race->block = record_integer(record, "block", 0);
	race->attempt = record_integer(record, "attempt", 0);
	race->phase = RACE_MEASURING;
	if (race->block >= 0 && race->first_block_ns < 0)
		race->first_block_ns = record_integer(record, "begin_ns", race->last_ns);
	if (race->all && !results_take(race->all, record, &err))
		note(race, err.text, true);
}

static bool find_word(const char *name, VerdictWord *out)
{
	for (int word = VERDICT_NONE; word <= VERDICT_UNSUPPORTED; word++)
		if (strcmp(verdict_name((VerdictWord)word), name) == 0) {
			*out = (VerdictWord)word;
			return true;
		}
	return false;
}

#define SAID_MAX 2048

/* The sentence and the notes beside it. Some sentences name no arm: one could not tell whose they
 * are. */
static void said_text(char out[SAID_MAX], const json_t *record)
{
	const char *name = record_text(record, "arm"), *sentence = record_text(record, "sentence");
	bool named = strstr(sentence, name) != NULL;
	size_t at, len = text_format(out, SAID_MAX, "%s%s%s", named ? "" : name, named ? "" : ": ",
				     sentence);
	json_t *note;

	json_array_foreach(json_object_get(record, "notes"), at, note)
	{
		if (json_is_string(note))
			len += text_format(out + len, SAID_MAX - len, " %s",
					   json_string_value(note));
	}
}

static void take_verdict(Race *race, const json_t *record)
{
	bool known;
	size_t arm = race_arm(race, record_text(record, "arm"));
	Metric metric = metric_find(record_text(record, "metric"), &known);
	const char *sentence = record_text(record, "sentence");
	int64_t condition = record_integer(record, "condition", 0);

	if (condition < 0 || condition >= (int64_t)race->conditions)
		return;
	RaceSaid *said = &race->said_of[condition];
	if (race->plan && arm < race->plan->arms && known &&
	    find_word(record_text(record, "word"), &said->word[arm][metric]))
		said->told[arm][metric] = true;
	if (!sentence[0] || said->sentences >= VERDICTS_MAX)
		return;
	char text[SAID_MAX];
	said_text(text, record);
	said->sentence[said->sentences] = strdup(text);
	said->sentences += said->sentence[said->sentences] ? 1 : 0;
}

static void take_trial(Race *race, const json_t *record)
{
	Err err = { 0 };

	if (race->all && !results_take(race->all, record, &err))
		note(race, err.text, true);
}

static void take_end(Race *race, const json_t *record)
{
	race->phase = RACE_ENDED;
	race->exit = record_integer(record, "exit", 0);
	text_format(race->why, sizeof race->why, "%s", record_text(record, "why"));
}

/* In a lesson a run step ends a race; its worker goes on. */
static void take_step_end(Race *race, const json_t *record)
{
	bool ok = json_is_true(json_object_get(record, "ok"));

	race->phase = RACE_ENDED;
	race->exit = strncmp(record_text(record, "why"), "stopped", 7) == 0 ? EXIT_STOPPED : 0;
	text_format(race->why, sizeof race->why, "%s", ok ? "done" : record_text(record, "why"));
}

static void take_arm(Race *race, const json_t *record)
{
	text_format(race->arm, sizeof race->arm, "%s", record_text(record, "arm"));
	race->epoch = race->epochs = 0;
	race->phase = RACE_BUILDING;
	if (strcmp(race->arm, PLAN_SETUP) == 0) /* a run begins */
		race_drawn_done(race);
	race_begin_curve(race, record);
}

static void take_log(Race *race, const json_t *record)
{
	note(race, record_text(record, "text"), false);
}

static void take_error(Race *race, const json_t *record)
{
	note(race, record_text(record, "text"), true);
}

static void take_dataset(Race *race, const json_t *record)
{
	text_format(race->dataset, sizeof race->dataset, "%s", record_text(record, "name"));
}

void race_take(Race *race, const json_t *record)
{
	static const struct {
		const char *type;
		void (*take)(Race *race, const json_t *record);
	} takers[] = {
		{ "arm-begin", take_arm },   { "epoch", race_take_epoch },
		{ "window", take_window },   { "trial", take_trial },
		{ "verdict", take_verdict }, { "run-end", take_end },
		{ "log", take_log },         { "error", take_error },
		{ "dataset", take_dataset }, { "step-end", take_step_end },
		{ "anew", take_trial },      { "net", take_trial },
	};
	const char *type = record_text(record, "type");

	bool building = strcmp(type, "epoch") == 0 || strcmp(type, "arm-begin") == 0;
	if (building && race->phase == RACE_ENDED) {
		race_done(race); /* a lesson trains for its next run */
		race->phase = RACE_BUILDING;
	}
	if (strcmp(type, "run-begin") == 0)
		take_begin(race, record);
	if (strcmp(type, "chart") == 0)
		race_take_drawn(race, record);
	if (!race->results && !building)
		return;
	race->last_ns = record_integer(record, "t_ns", race->last_ns);
	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
		if (strcmp(type, takers[i].type) == 0)
			takers[i].take(race, record);
}

size_t race_target(const Race *race)
{
	if (!race->plan)
		return 0;
	return results_blocks(race->results) < race->plan->blocks_min ? race->plan->blocks_min
								      : race->plan->blocks_max;
}

bool race_begun(const Race *race)
{
	return race->phase != RACE_NONE || race->drawings > 0;
}

bool race_short(const Race *race)
{
	return race->phase == RACE_ENDED && race->plan &&
	       results_blocks(race->results) < race->plan->blocks_min;
}

double race_share(const Race *race)
{
	size_t target = race_target(race);

	if (race->phase == RACE_ENDED && race->plan &&
	    results_blocks(race->results) >= race->plan->blocks_min)
		return 1;
	return target ? fmin(1, (double)results_blocks(race->results) / (double)target) : 0;
}

double race_left_s(const Race *race)
{
	size_t target = race_target(race), done = race->plan ? results_blocks(race->results) : 0;

	if (!done || race->first_block_ns < 0 || race->last_ns < race->first_block_ns ||
	    race->phase == RACE_ENDED || done >= target)
		return NAN;
	return (double)(race->last_ns - race->first_block_ns) / 1e9 / (double)done *
	       (double)(target - done);
}

Metric race_cost_metric(const Race *race)
{
	if (!race->results || strcmp(results_provenance(race->results), "none") == 0)
		return METRIC_TIME;
	return METRIC_ENERGY;
}

bool race_modelled(const Race *race)
{
	const char *word = race->results ? results_provenance(race->results) : "none";

	return strcmp(word, "none") != 0 && !results_joules_measured(race->results);
}

/* Counted, not measured: what differs, differs. */
static bool counted_standing(const Race *race, size_t arm, Metric metric, Mark *mark)
{
	double a = race_estimate(race->results, arm, metric).value,
	       b = race_estimate(race->results, race->plan->versus, metric).value;

	if (isnan(a) || isnan(b))
		return false;
	*mark = a < b ? MARK_LESS : a > b ? MARK_MORE : MARK_SAME;
	return true;
}

const char *race_each(const Race *race)
{
	return race->plan && tabulate_quoted(race->results) == 1 ? "run" : "10k";
}

Estimate race_estimate(const Results *results, size_t arm, Metric metric)
{
	const ArmResult *result = results_arm(results, arm);
	Estimate none = { NAN, NAN, NAN, 0 };

	if (!result)
		return none;
	if (metric == METRIC_ACCURACY)
		return results_accuracy(results, arm);
	if (metric == METRIC_TIME || metric == METRIC_ENERGY)
		return results_cost(results, arm, metric, tabulate_quoted(results));
	double count = (double)(metric == METRIC_BYTES ? result->size_bytes : result->macs);
	/* A tree multiplies nothing: of a model that was saved, 0 is a count. */
	return count > 0 || result->size_bytes ? (Estimate){ count, count, count, 1 } : none;
}

void race_look(VerdictWord verdict, Mark *mark, const char **word, Style *style)
{
	static const struct {
		Mark mark;
		const char *word;
		Style style;
	} table[] = {
		[VERDICT_NONE] = { MARK_OPEN, "no verdict", STYLE_DIM },
		[VERDICT_BETTER] = { MARK_LESS, "less", STYLE_LESS },
		[VERDICT_WORSE] = { MARK_MORE, "more", STYLE_MORE },
		[VERDICT_SAME] = { MARK_SAME, "same", STYLE_TEXT },
		[VERDICT_NOT_RESOLVED] = { MARK_UNSURE, "not resolved", STYLE_UNSURE },
		[VERDICT_KEPT] = { MARK_SAME, "kept", STYLE_TEXT },
		[VERDICT_LOST] = { MARK_WARNING, "lost", STYLE_WARNING },
		[VERDICT_UNSUPPORTED] = { MARK_UNSURE, "test set too small", STYLE_UNSURE },
	};

	*mark = table[verdict].mark;
	*word = table[verdict].word;
	*style = table[verdict].style;
}

bool race_standing(const Race *race, size_t arm, Metric metric, Mark *mark, const char **word,
		   Style *style)
{
	VerdictWord verdict;

	if (!race->plan || arm >= race->plan->arms || arm == race->plan->versus)
		return false;
	if (metric == METRIC_BYTES || metric == METRIC_MACS) {
		if (!counted_standing(race, arm, metric, mark))
			return false;
		verdict = *mark == MARK_LESS   ? VERDICT_BETTER
			  : *mark == MARK_MORE ? VERDICT_WORSE
					       : VERDICT_SAME;
	} else if (race->told && race->told->told[arm][metric] &&
		   race->told->word[arm][metric] != VERDICT_NONE) {
		verdict = race->told->word[arm][metric];
	} else {
		return false;
	}
	race_look(verdict, mark, word, style);
	return true;
}

static void status_measuring(const Race *race, char out[RACE_STATUS_MAX])
{
	size_t done = results_blocks(race->results), target = race_target(race);

	if (race->block < 0)
		text_format(out, RACE_STATUS_MAX, "%s: warm-up", race->arm);
	else if (race->attempt > 0)
		text_format(out, RACE_STATUS_MAX, "%s, block %zu/%zu, attempt %lld", race->arm,
			    done, target, (long long)race->attempt + 1);
	else
		text_format(out, RACE_STATUS_MAX, "%s, block %zu/%zu", race->arm, done, target);
}

void race_status(const Race *race, char out[RACE_STATUS_MAX])
{
	const char *arm =
		race->arm[0] && race_arm(race, race->arm) < (race->plan ? race->plan->arms : 0)
			? race->arm
			: "shared";

	out[0] = '\0';
	if (race_short(race))
		text_format(out, RACE_STATUS_MAX, "%s after %zu of %zu blocks",
			    race->exit == EXIT_STOPPED ? "stopped" : "ended",
			    results_blocks(race->results), race->plan->blocks_min);
	else if (race->phase == RACE_ENDED && race->plan)
		text_format(out, RACE_STATUS_MAX, "%s after %zu blocks%s%s",
			    race->exit == EXIT_STOPPED ? "stopped" : "ended",
			    results_blocks(race->results),
			    strcmp(race->why, "done") == 0 ? "" : ": ",
			    strcmp(race->why, "done") == 0 ? "" : race->why);
	else if (race->phase == RACE_ENDED)
		text_format(out, RACE_STATUS_MAX, "ended: %s", race->why);
	else if (race->phase == RACE_MEASURING && race->plan)
		status_measuring(race, out);
	else if (race->phase == RACE_BUILDING && race->epoch > 0)
		text_format(out, RACE_STATUS_MAX, "%s: %s, epoch %lld/%lld", arm, race->what,
			    (long long)race->epoch, (long long)race->epochs);
	else if (race->phase == RACE_BUILDING)
		text_format(out, RACE_STATUS_MAX, "%s: preparing", arm);
}
