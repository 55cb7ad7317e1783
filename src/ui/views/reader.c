/* The reader of one lesson: records and keys.
 * SPDX-License-Identifier: MIT */
#include "ui/views/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const kinds[] = { "text", "predict", "run", "reveal", "quiz" };

const char *reader_kind(StepKind kind)
{
	return kind < STEP_OTHER ? kinds[kind] : "step";
}

static StepKind kind_of(const char *name)
{
	int kind = STEP_TEXT;

	while (kind < STEP_OTHER && strcmp(kinds[kind], name) != 0)
		kind++;
	return (StepKind)kind;
}

bool reader_init(Reader *reader, Err *err)
{
	memset(reader, 0, sizeof *reader);
	reader->noted = calloc(READER_PANES, sizeof *reader->noted);
	return reader->noted || err_set(err, ERR_MEMORY, "no memory for the reader");
}

static void steps_done(Reader *reader)
{
	for (size_t i = 0; i < reader->n; i++) {
		free(reader->steps[i].title);
		free(reader->steps[i].markdown);
		question_done(&reader->steps[i].question);
	}
	memset(reader->steps, 0, sizeof reader->steps);
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

/* A lesson record comes again after a value was set: what was read and answered stays. */
static void take_lesson(Reader *reader, const json_t *record)
{
	const json_t *steps = json_object_get(record, "steps"),
		     *goals = json_object_get(record, "goals"), *item;
	bool again = reader->open && strcmp(reader->id, race_text(record, "id")) == 0 &&
		     json_array_size(steps) == reader->n;
	size_t i;

	if (!again)
		reader_leave(reader);
	goals_done(reader);
	reader->open = true;
	text_format(reader->id, sizeof reader->id, "%s", race_text(record, "id"));
	reader->title = strdup(race_text(record, "title"));
	reader->minutes = race_integer(record, "minutes", 0);
	reader->seed = race_integer(record, "seed", 0);
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
		free(reader->steps[i].title);
		reader->steps[i].kind = kind_of(race_text(item, "kind"));
		reader->steps[i].title = strdup(race_text(item, "title"));
		reader->n = i + 1;
	}
}

/* The step that a record speaks of; NULL: none of this lesson's. */
static Step *step_of(Reader *reader, const json_t *record)
{
	int64_t step = race_integer(record, "step", 0);

	return step >= 1 && (uint64_t)step <= reader->n ? &reader->steps[step - 1] : NULL;
}

static void take_step(Reader *reader, Step *step, const json_t *record)
{
	(void)record;
	reader->at = (size_t)(step - reader->steps);
	step->seen = true;
	reader->focus = READER_TEXT;
	reader->outline = reader->zoomed = false;
	reader->scroll[READER_TEXT] = 0;
	reader->notice[0] = '\0';
	reader->asking = step->question.kind != QUESTION_NONE && !step->question.locked;
}

static void take_text(Reader *reader, Step *step, const json_t *record)
{
	(void)reader;
	free(step->markdown);
	step->markdown = strdup(race_text(record, "markdown"));
}

static void take_prompt(Reader *reader, Step *step, const json_t *record)
{
	question_take(&step->question, record);
	if (step == &reader->steps[reader->at])
		reader->asking = step->question.kind != QUESTION_NONE && !step->question.locked;
}

static void take_check(Reader *reader, Step *step, const json_t *record)
{
	(void)reader;
	if (step->question.kind != QUESTION_NONE)
		question_check(&step->question, record);
}

static void take_step_end(Reader *reader, Step *step, const json_t *record)
{
	reader->running = false;
	step->ran = true;
	step->failed = !json_is_true(json_object_get(record, "ok"));
	if (step->failed)
		text_format(reader->notice, sizeof reader->notice, "%s", race_text(record, "why"));
}

static void take_error(Reader *reader, const json_t *record)
{
	text_format(reader->notice, sizeof reader->notice, "%s", race_text(record, "text"));
	reader->running = false;
	if (reader->n > 0) {
		Question *question = &reader->steps[reader->at].question;
		question_refused(question);
		reader->asking = question->kind != QUESTION_NONE && !question->locked;
	}
}

static void update_hint(Reader *reader);

void reader_take(Reader *reader, const json_t *record)
{
	static const struct {
		const char *type;
		void (*take)(Reader *reader, Step *step, const json_t *record);
	} takers[] = {
		{ "step", take_step },   { "text", take_text },         { "prompt", take_prompt },
		{ "check", take_check }, { "step-end", take_step_end },
	};
	const char *type = race_text(record, "type");
	Step *step;

	if (strcmp(type, "lesson") == 0)
		take_lesson(reader, record);
	if (!reader->open)
		return;
	if (strcmp(type, "plan") == 0 || strcmp(type, "run-begin") == 0)
		reader->running = true;
	race_take(&reader->race, record);
	if (strcmp(type, "error") == 0)
		take_error(reader, record);
	step = step_of(reader, record);
	for (size_t i = 0; step && i < sizeof takers / sizeof takers[0]; i++)
		if (strcmp(type, takers[i].type) == 0)
			takers[i].take(reader, step, record);
	if (strcmp(type, "run-end") == 0)
		reader->running = false;
	update_hint(reader);
}

const Question *reader_prediction(const Reader *reader)
{
	for (size_t i = reader->at + 1; i-- > 0;)
		if (i < reader->n && reader->steps[i].kind == STEP_PREDICT &&
		    reader->steps[i].question.locked)
			return &reader->steps[i].question;
	return NULL;
}

bool reader_prompting(const Reader *reader)
{
	return reader->open && reader->asking && !reader->outline && reader->n > 0;
}

static bool command(Request *out, const char *name, json_t *value)
{
	out->kind = REQUEST_COMMAND;
	text_format(out->text, sizeof out->text, "%s", name);
	out->value = value;
	return true;
}

static bool go_to(Reader *reader, size_t index, Request *out)
{
	if (index >= reader->n)
		return true;
	reader->outline = false;
	return command(out, "step", json_pack("{s:I}", "step", (json_int_t)index + 1));
}

/* The run step that `r` means: this one, else the last before it, else the next. */
static size_t run_step(const Reader *reader)
{
	for (size_t i = reader->at + 1; i-- > 0;)
		if (i < reader->n && reader->steps[i].kind == STEP_RUN)
			return i;
	for (size_t i = reader->at; i < reader->n; i++)
		if (reader->steps[i].kind == STEP_RUN)
			return i;
	return reader->n;
}

static bool run(Reader *reader, bool new_seed, Request *out)
{
	size_t step = run_step(reader);
	json_int_t seed = reader->seed;

	if (step >= reader->n || reader->running)
		return true;
	reader->running = true; /* it trains for a while before it says so */
	if (!new_seed)
		return command(out, "run", json_pack("{s:I}", "step", (json_int_t)step + 1));
	if (reader->race.plan)
		seed = (json_int_t)results_seed(reader->race.results);
	return command(out, "run",
		       json_pack("{s:I, s:I}", "step", (json_int_t)step + 1, "seed", seed + 1));
}

static bool close_something(Reader *reader)
{
	bool open = reader->outline || reader->zoomed || reader->asking;

	if (reader->outline)
		reader->outline = false;
	else if (reader->zoomed)
		reader->zoomed = false;
	else
		reader->asking = false;
	return open;
}

/* A question that was left by Esc is asked again when one comes back to the text. */
static bool question_open(const Reader *reader)
{
	const Question *question = &reader->steps[reader->at].question;

	return question->kind != QUESTION_NONE && !question->locked;
}

static bool next_pane(Reader *reader, bool back)
{
	int panes = reader->race.results ? READER_PANES : 1;

	reader->focus = (reader->focus + (back ? panes - 1 : 1)) % panes;
	reader->asking = reader->focus == READER_TEXT && question_open(reader);
	return true;
}

static bool act(Reader *reader, Action action, const KeyEvent *event, Request *out)
{
	switch (action) {
	case ACTION_NEXT:
		return go_to(reader, reader->at + 1, out);
	case ACTION_BACK:
		return reader->at == 0 || go_to(reader, reader->at - 1, out);
	case ACTION_RUN:
	case ACTION_RERUN:
		return run(reader, action == ACTION_RERUN, out);
	case ACTION_PAUSE:
		return command(out, "pause", NULL);
	case ACTION_STOP:
		return command(out, "stop", NULL);
	case ACTION_OUTLINE:
		reader->outline = !reader->outline;
		reader->row = reader->at;
		return true;
	case ACTION_ZOOM:
		reader->zoomed = !reader->zoomed;
		return true;
	case ACTION_PANE:
		return next_pane(reader, event->key == KEY_BACKTAB);
	case ACTION_OPEN:
		if (reader->outline)
			return go_to(reader, reader->row, out);
		reader->focus = READER_TEXT;
		reader->asking = question_open(reader);
		return true;
	case ACTION_CLOSE:
		return close_something(reader);
	case ACTION_QUIT:
		out->kind = REQUEST_LEAVE_LESSON;
		return true;
	default:
		if (reader->outline)
			return view_move(&reader->row, reader->n - 1, SCROLL_PAGE, action);
		return view_move(&reader->scroll[reader->focus], reader->noted[reader->focus],
				 SCROLL_PAGE, action);
	}
}

bool reader_act(Reader *reader, Action action, const KeyEvent *event, Request *out)
{
	bool used;

	if (reader->n == 0) {
		if (action == ACTION_QUIT)
			out->kind = REQUEST_LEAVE_LESSON;
		return action == ACTION_QUIT;
	}
	if (action != ACTION_NONE || event->key != KEY_NONE)
		reader->notice[0] = '\0';
	used = reader_prompting(reader) && action != ACTION_CLOSE &&
	       question_key(&reader->steps[reader->at].question, action, event, out);
	if (used && reader->steps[reader->at].question.locked)
		reader->asking = false;
	/* In a question that takes no letters the lesson's keys go on working. */
	if (!used && reader_prompting(reader) && action == ACTION_NONE &&
	    !question_typing(&reader->steps[reader->at].question))
		action = key_action(event->key, PLACE_LESSON);
	if (!used)
		used = act(reader, action, event, out);
	update_hint(reader);
	return used;
}

/* What to press next. */
static const char *hint_of(const Reader *reader)
{
	const Step *step = &reader->steps[reader->at];
	bool last = reader->at + 1 >= reader->n;
	const char *on = last ? "That was the last step. q goes back to the course." : "n goes on.";

	if (reader->outline)
		return "Enter goes to the step under the cursor; Esc closes.";
	if (reader_prompting(reader))
		return question_hint(&step->question);
	if (step->question.kind != QUESTION_NONE && !step->question.locked)
		return "Enter goes back to the question; n goes on without an answer.";
	if (step->kind == STEP_PREDICT)
		return "Your prediction is locked; it will stand beside the result. n goes on.";
	if (step->kind == STEP_RUN && reader->running)
		return "Running. The answer comes when all arms have finished; s stops.";
	if (step->kind == STEP_RUN && !step->ran)
		return "r starts the run.";
	if (step->kind == STEP_RUN)
		return last ? on : "n goes on to what it means; r runs again, R with a new seed.";
	return on;
}

static void update_hint(Reader *reader)
{
	if (reader->notice[0])
		text_format(reader->hint, sizeof reader->hint, "! %s", reader->notice);
	else
		text_format(reader->hint, sizeof reader->hint, "%s",
			    reader->n > 0 ? hint_of(reader) : "");
}
