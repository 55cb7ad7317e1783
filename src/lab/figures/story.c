/* Records into the story of a run.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/story.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/results.h"

static int64_t integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool short_of_memory(Err *err)
{
	return err_set(err, ERR_MEMORY, "no memory for the records of a report");
}

/* As list_room. */
static void *room(void *list, size_t n, size_t *capacity, size_t size, Err *err)
{
	void *grown = list_room(list, n, capacity, size);

	if (!grown)
		short_of_memory(err);
	return grown;
}

Story *story_new(Err *err)
{
	Story *story = calloc(1, sizeof *story);

	if (!story) {
		short_of_memory(err);
		return NULL;
	}
	story->datasets = json_array();
	story->notes = json_array();
	story->read_ns = -1;
	story->fresh = true;
	return story;
}

void story_free(Story *story)
{
	if (!story)
		return;
	for (size_t i = 0; i < story->curves; i++)
		free(story->curve[i].epoch);
	free(story->curve);
	free(story->window);
	free(story->reading);
	free(story->idle);
	json_decref(story->begin);
	json_decref(story->end);
	json_decref(story->datasets);
	json_decref(story->notes);
	free(story);
}

/* --- epochs ----------------------------------------------------------------------------------- */

static bool new_curve(Story *story, const json_t *record, Err *err)
{
	const char *what = record_text(record, "what"), *model = record_text(record, "model");
	const char *arm = record_text(record, "arm");
	const StoryCurve *last = story->curves ? &story->curve[story->curves - 1] : NULL;
	bool again = last && !story->fresh && strcmp(last->arm, arm) == 0;
	int64_t behind = integer(record, "behind");
	void *grown =
		room(story->curve, story->curves, &story->curves_room, sizeof *story->curve, err);

	if (!grown)
		return false;
	story->curve = grown;
	StoryCurve *curve = &story->curve[story->curves++];

	/* The list may have moved, but what it held stands before this one. */
	*curve = (StoryCurve){ .condition = integer(record, "condition"),
			       .number = again ? curve[-1].number + 1 : 0 };
	text_format(curve->arm, sizeof curve->arm, "%s", arm);
	text_format(curve->of, sizeof curve->of, "%s",
		    strcmp(what, "fit") == 0 && model[0] ? model : what);
	curve->behind = behind > 0 && behind <= STORY_EPOCHS_MAX ? (size_t)behind : 0;
	return true;
}

/* A technique that trains an arm on behind a fit counts its epochs from 1 again and stays on its curve. */
static bool begins_curve(const Story *story, const json_t *record)
{
	const StoryCurve *last = story->curves ? &story->curve[story->curves - 1] : NULL;
	const char *arm = record_text(record, "arm");

	return story->fresh || !last || strcmp(last->arm, arm) != 0 ||
	       last->condition != integer(record, "condition") ||
	       (strcmp(arm, PLAN_SETUP) == 0 && integer(record, "epoch") == 1);
}

static bool take_epoch(Story *story, const json_t *record, Err *err)
{
	if (begins_curve(story, record) && !new_curve(story, record, err))
		return false;
	story->fresh = false;
	StoryCurve *curve = &story->curve[story->curves - 1];
	void *grown = room(curve->epoch, curve->n, &curve->capacity, sizeof *curve->epoch, err);

	if (!grown)
		return false;
	curve->epoch = grown;
	StoryEpoch *epoch = &curve->epoch[curve->n++];

	epoch->loss = record_number(record, "loss");
	epoch_accuracies(epoch->accuracy, record);
	return true;
}

/* --- windows and power ------------------------------------------------------------------------ */

static double joules(const json_t *record, const char *key)
{
	return record_number(json_object_get(record, key), "value");
}

static bool take_window(Story *story, const json_t *record, Err *err)
{
	const json_t *energy = json_object_get(record, "energy");
	void *grown = room(story->window, story->windows, &story->windows_room,
			   sizeof *story->window, err);

	if (!grown)
		return false;
	story->window = grown;
	StoryWindow *window = &story->window[story->windows++];

	*window = (StoryWindow){
		.condition = integer(record, "condition"),
		.block = integer(record, "block"),
		.attempt = integer(record, "attempt"),
		.begin_ns = integer(record, "begin_ns"),
		.end_ns = integer(record, "end_ns"),
		.items = record_number(record, "items"),
		.time_s = record_number(record, "time_s"),
		.energy_j = joules(record, "energy"),
		.energy_low_j = record_number(energy, "low"),
		.energy_high_j = record_number(energy, "high"),
		.net_j = joules(record, "energy_net"),
		.attributed_j = joules(record, "energy_attributed"),
		.modelled = strcmp(record_text(energy, "provenance"), "measured") != 0,
		.spoiled = results_window_void(record),
	};
	text_format(window->arm, sizeof window->arm, "%s", record_text(record, "arm"));
	return true;
}

/* What idle power behind the window changed. */
static bool take_net(Story *story, const json_t *record, Err *err)
{
	int64_t condition = integer(record, "condition");

	(void)err;
	for (size_t i = story->windows; i-- > 0;) {
		StoryWindow *window = &story->window[i];

		if (window->condition != condition || window->block != integer(record, "block") ||
		    window->attempt != integer(record, "attempt") ||
		    strcmp(window->arm, record_text(record, "arm")) != 0)
			continue;
		window->net_j = joules(record, "energy_net");
		window->attributed_j = joules(record, "energy_attributed");
		break;
	}
	return true;
}

static bool add_power(StoryPower **list, size_t *n, size_t *capacity, StoryPower power, Err *err)
{
	if (!isfinite(power.watts) || power.begin_ns < 0 || power.end_ns <= power.begin_ns)
		return true;
	StoryPower *grown = room(*list, *n, capacity, sizeof **list, err);

	if (!grown)
		return false;
	*list = grown;
	(*list)[(*n)++] = power;
	return true;
}

static bool take_idle(Story *story, const json_t *record, Err *err)
{
	return add_power(&story->idle, &story->idles, &story->idles_room,
			 (StoryPower){ integer(record, "begin_ns"), integer(record, "end_ns"),
				       record_number(record, "watts") },
			 err);
}

/* Watts of the headline's domains that lie in no other, so that none counts twice. */
static bool take_reading(Story *story, const json_t *record, Err *err)
{
	const json_t *domains = json_object_get(record, "domains");
	StoryPower power = { story->read_ns, integer(record, "t_ns"), 0 };
	bool any = false;
	size_t i;
	json_t *domain;

	if (!json_is_true(json_object_get(record, "headline")))
		return true;
	json_array_foreach(domains, i, domain)
	{
		double watts = record_number(domain, "watts");

		if (integer(domain, "parent") >= 0 || !isfinite(watts))
			continue;
		power.watts += watts;
		any = true;
	}
	story->read_ns = power.end_ns;
	return !any ||
	       add_power(&story->reading, &story->readings, &story->readings_room, power, err);
}

/* --- the rest --------------------------------------------------------------------------------- */

static json_t *borrowed(const json_t *record)
{
	return json_incref((json_t *)(uintptr_t)record);
}

static bool take_begin(Story *story, const json_t *record, Err *err)
{
	(void)err;
	if (!story->begin)
		story->begin = borrowed(record);
	return true;
}

static bool take_end(Story *story, const json_t *record, Err *err)
{
	(void)err;
	json_decref(story->end);
	story->end = borrowed(record);
	return true;
}

static bool take_arm(Story *story, const json_t *record, Err *err)
{
	(void)record;
	(void)err;
	story->fresh = true;
	return true;
}

static bool take_dataset(Story *story, const json_t *record, Err *err)
{
	size_t i;
	json_t *known;

	json_array_foreach(story->datasets, i,
			   known) if (json_equal(json_object_get(known, "sha256"),
						 json_object_get(record, "sha256"))) return true;
	return json_array_append_new(story->datasets, borrowed(record)) == 0 ||
	       short_of_memory(err);
}

static bool take_note(Story *story, const json_t *record, Err *err)
{
	json_t *text = json_object_get(record, "text");
	size_t i;
	json_t *known;

	json_array_foreach(story->notes, i, known) if (json_equal(known, text)) return true;
	if (json_array_size(story->notes) >= STORY_NOTES_MAX) {
		story->notes_left++;
		return true;
	}
	return !json_is_string(text) || json_array_append(story->notes, text) == 0 ||
	       short_of_memory(err);
}

bool story_take(Story *story, const json_t *record, Err *err)
{
	static const struct {
		const char *type;
		bool (*take)(Story *, const json_t *, Err *);
	} takes[] = {
		{ "run-begin", take_begin }, { "dataset", take_dataset }, { "arm-begin", take_arm },
		{ "epoch", take_epoch },     { "window", take_window },   { "net", take_net },
		{ "idle", take_idle },       { "reading", take_reading }, { "log", take_note },
		{ "error", take_note },      { "run-end", take_end },
	};
	const char *type = record_text(record, "type");

	story->records++;
	for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
		if (strcmp(takes[i].type, type) == 0)
			return takes[i].take(story, record, err);
	return true;
}
