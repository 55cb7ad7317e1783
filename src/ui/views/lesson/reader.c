/* The reader of one lesson: records.
 * SPDX-License-Identifier: MIT */
#include "ui/views/lesson/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

#define LINES_BYTES 150 /* of a message that the line above the footer surely holds */

static const char *const kinds[] = { "text", "predict", "run",      "reveal",
				     "quiz", "inspect", "exercise", "reflect" };

static StepKind kind_of(const char *name)
{
	int kind = STEP_TEXT;

	while (kind < STEP_OTHER && strcmp(kinds[kind], name) != 0)
		kind++;
	return (StepKind)kind;
}

static StepAsks asks_of(const char *name)
{
	static const char *const names[ASKS_COUNT] = { "", "answer", "run", "checks", "look" };
	int asks = ASKS_NOTHING;

	while (asks < ASKS_COUNT && strcmp(names[asks], name) != 0)
		asks++;
	return asks < ASKS_COUNT ? (StepAsks)asks : ASKS_NOTHING;
}

bool reader_init(Reader *reader, Err *err)
{
	memset(reader, 0, sizeof *reader);
	reader->noted = calloc(READER_NOTED, sizeof *reader->noted);
	return reader->noted || err_set(err, ERR_MEMORY, "no memory for the reader");
}

static void step_done(Step *step)
{
	free(step->title);
	free(step->markdown);
	question_done(&step->question);
	exercise_free(step->exercise);
	figure_free(step->figure);
	reflection_free(step->reflection);
	json_decref(step->draft);
	reader_forget_run(step);
	*step = (Step){ 0 };
}

static void steps_done(Reader *reader)
{
	for (size_t i = 0; i < reader->n; i++)
		step_done(&reader->steps[i]);
	reader->n = reader->at = 0;
}

static void goals_done(Reader *reader)
{
	for (size_t i = 0; i < reader->goals; i++)
		free(reader->goal[i]);
	reader->goals = 0;
	free(reader->title);
	reader->title = NULL;
}

void reader_leave(Reader *reader)
{
	size_t *noted = reader->noted;

	steps_done(reader);
	goals_done(reader);
	reader_vary_done(reader);
	race_done(&reader->race);
	memset(reader, 0, sizeof *reader);
	reader->noted = noted;
}

void reader_done(Reader *reader)
{
	reader_leave(reader);
	free(reader->noted);
	reader->noted = NULL;
}

static void describe_step(Step *step, const json_t *told)
{
	double points = record_number(told, "points");
	StepKind kind = kind_of(record_text(told, "kind"));
	const char *id = record_text(told, "id");

	if (step->kind != kind || strncmp(step->id, id, sizeof step->id - 1) != 0)
		step_done(step); /* another one stands in its place */
	free(step->title);
	step->kind = kind;
	text_format(step->word, sizeof step->word, "%s", record_text(told, "kind"));
	step->asks = asks_of(record_text(told, "asks"));
	text_format(step->id, sizeof step->id, "%s", id);
	step->title = strdup(record_text(told, "title"));
	step->points = points > 0 ? points : 0;
	if (step->asks != ASKS_CHECKS)
		return;
	if (step->exercise)
		exercise_describe(step->exercise, told);
	else
		step->exercise = exercise_new(told);
}

/* A lesson record comes again after a value was set: what was read and answered stays. One of
 * another worker is another version of the lesson, and nothing of the old one holds. */
static void take_lesson(Reader *reader, const json_t *record)
{
	const json_t *steps = json_object_get(record, "steps"),
		     *goals = json_object_get(record, "goals"), *item;
	bool again = reader->open && strcmp(reader->id, record_text(record, "id")) == 0 &&
		     record_integer(record, "sitting", 0) == reader->sitting &&
		     json_array_size(steps) == reader->n;
	size_t i;

	if (!again)
		reader_leave(reader);
	reader->again = again;
	goals_done(reader);
	reader->open = true;
	text_format(reader->id, sizeof reader->id, "%s", record_text(record, "id"));
	reader->title = strdup(record_text(record, "title"));
	reader->minutes = record_integer(record, "minutes", 0);
	reader->seed = record_integer(record, "seed", 0);
	reader->sitting = record_integer(record, "sitting", 0);
	reader->allow_skip = !json_is_false(json_object_get(record, "allow_skip"));
	reader->fast = json_is_true(json_object_get(record, "fast"));
	json_array_foreach(goals, i, item)
	{
		char *goal = reader->goals < READER_GOALS_MAX && json_is_string(item)
				     ? strdup(json_string_value(item))
				     : NULL;
		if (goal)
			reader->goal[reader->goals++] = goal;
	}
	json_array_foreach(steps, i, item)
	{
		if (i >= READER_STEPS_MAX)
			break;
		describe_step(&reader->steps[i], item);
		reader->n = i + 1;
	}
	reader_take_vary(reader, record, again);
}

/* The step that a record speaks of; NULL: none of this lesson's. */
static Step *step_of(Reader *reader, const json_t *record)
{
	int64_t step = record_integer(record, "step", 0);

	return step >= 1 && (uint64_t)step <= reader->n ? &reader->steps[step - 1] : NULL;
}

/* A question that was skipped is asked only when Enter asks for it. */
static void ask(Reader *reader, const Step *step)
{
	reader->asking = reader_step_open(step) && !step->skipped;
	if (reader->asking && step->reflection)
		reader->focus = READER_CHART;
}

static void take_step(Reader *reader, Step *step, const json_t *record)
{
	bool first = true;

	for (size_t i = 0; i < reader->n; i++)
		first = first && !reader->steps[i].seen;
	reader->at = (size_t)(step - reader->steps);
	/* Whoever goes on in the middle has come by what lies before. */
	for (size_t i = 0; first && i < reader->at; i++)
		reader->steps[i].seen = true;
	step->seen = true;
	if (step->asks != ASKS_RUN) { /* one comes back to it: it is told anew */
		free(step->why);
		step->why = NULL;
	} else if (!reader->running) {
		reader->work = reader->at + 1;
	}
	step->skipped = json_is_true(json_object_get(record, "skipped"));
	reader->focus = READER_TEXT;
	reader->outline = reader->zoomed = reader->ended = false;
	reader->confirm = CONFIRM_NOTHING;
	memset(reader->scroll, 0, sizeof reader->scroll);
	if (reader->failed) /* a notice stays until the next key */
		reader->notice[0] = '\0';
	ask(reader, step);
}

/* The last run before a step left a result. */
static bool run_before(const Reader *reader, const Step *step)
{
	for (size_t i = (size_t)(step - reader->steps); i-- > 0;)
		if (reader->steps[i].asks == ASKS_RUN)
			return reader_step_done(&reader->steps[i]);
	return false;
}

static void take_text(Reader *reader, Step *step, const json_t *record)
{
	free(step->markdown);
	step->markdown = strdup(record_text(record, "markdown"));
	if (step->kind == STEP_REVEAL)
		step->ran = json_object_get(record, "answer") != NULL;
	else if (step->kind == STEP_INSPECT) /* a figure needs no text: this says why not */
		step->ran = run_before(reader, step);
}

static void resume_draft(Step *step)
{
	if (!step->draft || (!step->reflection && step->question.kind == QUESTION_NONE))
		return;
	if (step->reflection)
		reflection_resume(step->reflection, step->draft);
	else
		question_resume(&step->question, step->draft);
	json_decref(step->draft);
	step->draft = NULL;
}

static void take_draft(Reader *reader, Step *step, const json_t *record)
{
	(void)reader;
	json_decref(step->draft);
	step->draft = json_incref((json_t *)(uintptr_t)record);
	resume_draft(step);
}

/* A run that was refused before what it waited for was answered. */
static void forget_refusals(Reader *reader)
{
	for (size_t i = 0; i < reader->n; i++) {
		Step *step = &reader->steps[i];

		if (step->asks != ASKS_RUN || step->ran)
			continue;
		free(step->why);
		step->why = NULL;
	}
}

static void take_prompt(Reader *reader, Step *step, const json_t *record)
{
	bool text = record_is(record, "kind", "reflect");

	if (text && !step->reflection)
		step->reflection = reflection_new();
	if (text && step->reflection)
		reflection_take(step->reflection, record);
	else
		question_take(&step->question, record);
	resume_draft(step);
	step->skipped = json_is_true(json_object_get(record, "skipped"));
	if (step->question.locked)
		forget_refusals(reader);
	if (step == &reader->steps[reader->at])
		ask(reader, step);
}

/* Of a quiz, or of an exercise. */
static void take_check(Reader *reader, Step *step, const json_t *record)
{
	(void)reader;
	if (step->exercise)
		exercise_take(step->exercise, record);
	else if (step->kind == STEP_QUIZ) /* where one goes on it comes before its question */
		question_check(&step->question, record);
}

static void take_work(Reader *reader, Step *step, const json_t *record)
{
	if (!step->exercise)
		return;
	exercise_take(step->exercise, record);
	if (record_is(record, "type", "solution"))
		reader->scroll[READER_TEXT] = 0;
	if (record_is(record, "type", "exercise")) /* the end of a round: what was said is over */
		reader->notice[0] = '\0';
}

static void take_figure(Reader *reader, Step *step, const json_t *record)
{
	Figure *figure = figure_new(record);

	(void)reader;
	if (!figure)
		return;
	figure_free(step->figure);
	step->figure = figure;
}

static void go_wrong(Step *step, const char *why)
{
	free(step->why);
	step->why = strdup(why);
}

/* What was run becomes the step's own. */
static void take_race(Reader *reader, Step *step)
{
	Race *race = malloc(sizeof *race);

	reader_forget_run(step);
	if (race && race_begun(&reader->race)) {
		*race = reader->race;
		reader->race = (Race){ 0 };
		step->race = race;
	} else {
		free(race);
	}
	reader->work = 0;
}

static void take_step_end(Reader *reader, Step *step, const json_t *record)
{
	if (record_text(record, "reward")[0])
		text_format(reader->reward, sizeof reader->reward, "%s",
			    record_text(record, "reward"));
	if (step->asks != ASKS_RUN)
		return;
	take_race(reader, step);
	reader->running = false;
	step->ran = true;
	step->numbers = json_incref(json_object_get(record, "numbers"));
	step->failed = !json_is_true(json_object_get(record, "ok"));
	reader->notice[0] = '\0'; /* that it was at work */
	if (!step->failed)
		return;
	go_wrong(step, record_text(record, "why"));
	text_format(reader->notice, sizeof reader->notice, "%s", record_text(record, "why"));
	reader->failed = true;
}

static void take_error(Reader *reader, const json_t *record)
{
	text_format(reader->notice, sizeof reader->notice, "%s", record_text(record, "text"));
	reader->failed = true;
	if (reader->n > 0) {
		Step *step = &reader->steps[reader->at];
		if (reader->running || strlen(reader->notice) > LINES_BYTES)
			go_wrong(reader->running && reader->work ? &reader->steps[reader->work - 1]
								 : step,
				 reader->notice);
		question_refused(&step->question);
		if (step->reflection)
			reflection_refused(step->reflection);
		ask(reader, step);
	}
	reader->running = false;
	if (!race_begun(&reader->race)) /* refused: the last result stays */
		reader->work = 0;
}

static void take_notice(Reader *reader, const json_t *record)
{
	text_format(reader->notice, sizeof reader->notice, "%s", record_text(record, "text"));
	reader->failed = false;
}

void reader_take(Reader *reader, const json_t *record)
{
	static const struct {
		const char *type;
		void (*take)(Reader *reader, Step *step, const json_t *record);
	} takers[] = {
		{ "step", take_step },     { "text", take_text },
		{ "prompt", take_prompt }, { "check", take_check },
		{ "figure", take_figure }, { "step-end", take_step_end },
		{ "hint", take_work },     { "exercise-state", take_work },
		{ "exercise", take_work }, { "solution", take_work },
		{ "draft", take_draft },
	};
	const char *type = record_text(record, "type");
	Step *step;

	if (strcmp(type, "lesson") == 0)
		take_lesson(reader, record);
	if (!reader->open)
		return;
	step = step_of(reader, record);
	if (strcmp(type, "plan") == 0 || strcmp(type, "run-begin") == 0) {
		reader->running = true;
		reader->work = step ? (size_t)(step - reader->steps) + 1 : reader->work;
	}
	race_take(&reader->race, record);
	if (strcmp(type, "error") == 0)
		take_error(reader, record);
	else if (strcmp(type, "notice") == 0)
		take_notice(reader, record);
	step = step_of(reader, record); /* of a lesson that may have come just now */
	for (size_t i = 0; step && i < sizeof takers / sizeof takers[0]; i++)
		if (strcmp(type, takers[i].type) == 0)
			takers[i].take(reader, step, record);
	if (strcmp(type, "run-end") == 0)
		reader->running = false;
	reader_update_hint(reader);
}

static json_t *draft_of(const Step *step)
{
	if (step->draft)
		return json_deep_copy(step->draft);
	return step->reflection ? reflection_draft(step->reflection)
				: question_draft(&step->question);
}

json_t *reader_drafts(const Reader *reader)
{
	json_t *drafts = json_array();

	for (size_t i = 0; i < reader->n; i++) {
		json_t *draft = draft_of(&reader->steps[i]);

		if (!draft)
			continue;
		json_object_set_new(draft, "step", json_integer((json_int_t)i + 1));
		json_array_append_new(drafts, draft);
	}
	return drafts;
}

/* --- what the records say so far -------------------------------------------------------------- */

/* Of the questions that stand together before a run the last that is locked; that of an earlier run
 * is not shown where they are open. */
const Question *reader_prediction(const Reader *reader)
{
	bool asked = false;

	for (size_t i = reader->at + 1; i-- > 0;) {
		const Step *step = i < reader->n ? &reader->steps[i] : NULL;

		if (!step)
			continue;
		if (step->kind == STEP_PREDICT && step->question.locked)
			return &step->question;
		if (step->kind == STEP_RUN && asked)
			return NULL;
		asked |= step->kind == STEP_PREDICT;
	}
	return NULL;
}

void reader_prediction_flow(const Reader *reader, Flow *flow)
{
	const Step *step = &reader->steps[reader->at];
	const Question *prediction = reader_prediction(reader);
	char answer[QUESTION_ANSWER_MAX];

	if (!prediction)
		return;
	question_answer(prediction, answer);
	if (step->kind == STEP_REVEAL && step->markdown && strstr(step->markdown, answer))
		question_reasons_flow(prediction, flow);
	else
		question_answer_flow(prediction, flow);
}

bool reader_step_open(const Step *step)
{
	return (step->question.kind != QUESTION_NONE && !step->question.locked) ||
	       (step->reflection && !step->reflection->locked);
}

bool reader_step_works(const Step *step)
{
	return step->exercise || step->figure || step->reflection;
}

bool reader_shows_race(const Reader *reader)
{
	return reader_race(reader)->results != NULL;
}

bool reader_shows_drawn(const Reader *reader)
{
	return reader_race(reader)->drawings > 0;
}

bool reader_step_done(const Step *step)
{
	switch (step->asks) {
	case ASKS_ANSWER:
		return step->reflection          ? step->reflection->locked
		       : step->kind == STEP_QUIZ ? step->question.checked
						 : step->question.locked;
	case ASKS_RUN:
		return step->ran && !step->failed;
	case ASKS_LOOK:
		return step->seen && (step->figure || step->ran);
	case ASKS_CHECKS:
		return step->exercise && exercise_passed(step->exercise);
	default:
		return step->kind == STEP_REVEAL ? step->ran : step->seen;
	}
}

void reader_points(const Reader *reader, double *got, double *of)
{
	*got = *of = 0;
	for (size_t i = 0; i < reader->n; i++) {
		const Step *step = &reader->steps[i];

		if (step->asks == ASKS_CHECKS && step->exercise) {
			*got += exercise_earned(step->exercise);
			*of += exercise_of(step->exercise);
		} else if (step->kind == STEP_QUIZ) {
			*got += step->question.checked ? (double)step->question.got : 0;
			*of += step->points;
		}
	}
}

/* What follows marks of headings and lists; one line. */
static void first_words(const char *text, char out[STEP_NAME_MAX])
{
	size_t begin = strspn(text, " \t\n#*->"), len = strcspn(text + begin, "\n");

	bool cut = len > STEP_NAME_MAX - 8;

	text_format(out, STEP_NAME_MAX, "%.*s%s", (int)(cut ? STEP_NAME_MAX - 8 : len),
		    text + begin, cut ? "…" : "");
}

const char *reader_step_name(const Step *step, char out[STEP_NAME_MAX])
{
	out[0] = '\0';
	if (step->title && step->title[0])
		text_format(out, STEP_NAME_MAX, "%s", step->title);
	else if (step->kind == STEP_REVEAL)
		text_format(out, STEP_NAME_MAX, "what came of it");
	else if (step->figure)
		text_format(out, STEP_NAME_MAX, "%s", step->figure->title);
	else if (step->reflection)
		first_words(step->reflection->ask, out);
	else if (step->question.kind != QUESTION_NONE)
		first_words(step->question.ask, out);
	else if (step->kind == STEP_TEXT && step->markdown)
		first_words(step->markdown, out);
	return out;
}
