/* The reader of one lesson: keys, and what to press next.
 * SPDX-License-Identifier: MIT */
#include "ui/views/lesson/reader.h"

#include <string.h>

#include "base/text.h"

#define GOES_ON "n goes on."

bool reader_prompting(const Reader *reader)
{
	return reader->open && reader->asking && !reader->outline && !reader->ended &&
	       reader->n > 0;
}

static bool can_skip(const Step *step)
{
	return step->asks != ASKS_NOTHING && step->asks != ASKS_RUN;
}

static bool may_skip(const Reader *reader, const Step *step)
{
	return reader->allow_skip && can_skip(step) && !reader_step_done(step);
}

/* What the footer does not offer at this step. */
static uint32_t without(const Reader *reader, const Step *step)
{
	const Exercise *exercise = step->exercise;
	const Check *failing = exercise ? exercise_first_failing(exercise) : NULL;
	bool opens = exercise &&
		     (exercise->may_open || exercise->source[0] || exercise_passed(exercise));

	return (step->asks != ASKS_RUN || reader->running ? PLACE_NO_RUN : 0u) |
	       (reader->running ? PLACE_NO_MOVE : PLACE_NO_STOP) |
	       (may_skip(reader, step) && !reader->ended ? 0u : PLACE_NO_SKIP) |
	       (exercise && exercise->may_undo ? 0u : PLACE_NO_UNDO) |
	       (failing && !failing->last ? 0u : PLACE_NO_HINT) | (opens ? 0u : PLACE_NO_SOLUTION);
}

uint32_t reader_place(const Reader *reader)
{
	const Step *step = &reader->steps[reader->at];

	if (reader->confirm != CONFIRM_NOTHING)
		return PLACE_PROMPT | PLACE_CONFIRM;
	if (reader_prompting(reader) && step->reflection)
		return PLACE_WRITE;
	if (reader_prompting(reader) && question_typing(&step->question))
		return PLACE_PROMPT | (question_counting(&step->question) ? PLACE_NUMBER : 0u);
	if (reader_prompting(reader))
		return PLACE_CHOICE | without(reader, step);
	return PLACE_LESSON | without(reader, step) |
	       (step->exercise && !reader->ended ? PLACE_EXERCISE : 0u) |
	       (reader_varies(reader) ? PLACE_VARY : 0u) |
	       (reader_varies(reader) && reader->varies > 1 ? PLACE_SEVERAL : 0u);
}

static bool command(Request *out, const char *name, json_t *value)
{
	out->kind = REQUEST_COMMAND;
	text_format(out->text, sizeof out->text, "%s", name);
	out->value = value;
	return true;
}

static bool tell(Reader *reader, const char *text)
{
	text_format(reader->notice, sizeof reader->notice, "%s", text);
	reader->failed = false;
	return true;
}

/* The worker that runs would show the step when the run has ended: a surprise by then. */
static bool go_to(Reader *reader, size_t index, Request *out)
{
	if (index >= reader->n)
		return true;
	if (reader->running)
		return tell(reader, "A run is at work: go on when it has ended, or stop it.");
	reader->outline = false;
	return command(out, "step", json_pack("{s:I}", "step", (json_int_t)index + 1));
}

/* The run step that `r` means: this one, else the last before it, else the next. */
static size_t run_step(const Reader *reader)
{
	for (size_t i = reader->at + 1; i-- > 0;)
		if (i < reader->n && reader->steps[i].asks == ASKS_RUN)
			return i;
	for (size_t i = reader->at; i < reader->n; i++)
		if (reader->steps[i].asks == ASKS_RUN)
			return i;
	return reader->n;
}

static bool run(Reader *reader, bool new_seed, Request *out)
{
	size_t step = run_step(reader);
	json_int_t seed = reader->seed;

	if (step >= reader->n || reader->running)
		return true;
	const Race *race = reader->steps[step].race;

	reader_begin_run(reader, step);
	if (!new_seed)
		return command(out, "run", json_pack("{s:I}", "step", (json_int_t)step + 1));
	if (race && race->plan)
		seed = (json_int_t)results_seed(race->results);
	return command(out, "run",
		       json_pack("{s:I, s:I}", "step", (json_int_t)step + 1, "seed", seed + 1));
}

/* --- questions with y/n ----------------------------------------------------------------------- */

const char *reader_confirm_text(const Reader *reader)
{
	static const char *const texts[] = {
		[CONFIRM_NOTHING] = NULL,
		[CONFIRM_RESET] = "Put the starter in place of your file? u takes it back. y/n",
		[CONFIRM_SKIP] = "Leave this step undone? You can come back to it. y/n",
	};

	if (reader->confirm == CONFIRM_VALUE)
		return reader->changing;
	if (reader->confirm == CONFIRM_SKIP && reader->steps[reader->at].kind == STEP_PREDICT)
		return "Go on without a prediction? After the run it cannot be made up. y/n";
	return texts[reader->confirm];
}

static bool skip(Reader *reader)
{
	const Step *step = &reader->steps[reader->at];

	if (!can_skip(step))
		return tell(reader, "There is nothing to leave undone here; n goes on.");
	if (reader_step_done(step))
		return tell(reader, "This step is done; n goes on.");
	if (!reader->allow_skip)
		return tell(reader, "In this lesson no step may be left undone.");
	reader->confirm = CONFIRM_SKIP;
	return true;
}

/* Only y is yes. */
static bool answer(Reader *reader, Action action, const KeyEvent *event, Request *out)
{
	Confirm confirm = reader->confirm;
	bool yes = action == ACTION_YES || event->key == 'Y';

	reader->confirm = CONFIRM_NOTHING;
	if (confirm == CONFIRM_VALUE && !yes)
		return reader_keep_value(reader);
	if (!yes)
		return tell(reader, confirm == CONFIRM_RESET ? "Your file stays as it is."
							     : "The step stays open.");
	reader->asking = false;
	if (confirm == CONFIRM_SKIP)
		return command(out, "skip", json_pack("{s:I}", "step", (json_int_t)reader->at + 1));
	if (confirm == CONFIRM_VALUE)
		reader_send_value(reader, out);
	else
		exercise_ask(reader->steps[reader->at].exercise, "reset", out);
	return true;
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool close_something(Reader *reader)
{
	Exercise *exercise = reader->steps[reader->at].exercise;
	bool open = reader->outline || reader->zoomed || reader->asking || reader->ended ||
		    (exercise && exercise->solution);

	if (reader->outline)
		reader->outline = false;
	else if (reader->ended)
		reader->ended = false;
	else if (reader->zoomed)
		reader->zoomed = false;
	else if (exercise && exercise->solution)
		exercise->solution = false;
	else
		reader->asking = false;
	return open;
}

/* Where the step's question is answered. */
static int asking_pane(const Reader *reader)
{
	return reader->steps[reader->at].reflection ? READER_CHART : READER_TEXT;
}

static bool next_pane(Reader *reader, bool back)
{
	const Step *step = &reader->steps[reader->at];
	bool chart = reader_step_works(step) || reader_shows_drawn(reader);
	int panes = reader_shows_race(reader) ? READER_PANES : chart ? 2 : 1;

	reader->focus = (reader->focus + (back ? panes - 1 : 1)) % panes;
	reader->asking = reader->focus == asking_pane(reader) && reader_step_open(step);
	return true;
}

/* A question that was left by Esc is asked again when one comes back to it. */
static bool open_here(Reader *reader, Request *out)
{
	if (reader->outline)
		return go_to(reader, reader->row, out);
	if (reader->ended)
		return true;
	reader->focus = asking_pane(reader);
	reader->asking = reader_step_open(&reader->steps[reader->at]);
	return true;
}

static bool next(Reader *reader, Request *out)
{
	if (reader->at + 1 < reader->n)
		return go_to(reader, reader->at + 1, out);
	reader->ended = true;
	reader->outline = reader->zoomed = false;
	reader->focus = READER_TEXT;
	reader->scroll[READER_TEXT] = 0;
	return true;
}

static bool back(Reader *reader, Request *out)
{
	if (reader->ended)
		return close_something(reader);
	return reader->at == 0 || go_to(reader, reader->at - 1, out);
}

static bool act_on_exercise(Reader *reader, Action action, Request *out)
{
	Exercise *exercise = reader->steps[reader->at].exercise;
	char why[EXERCISE_WHY_MAX];

	if (!exercise || reader->ended)
		return false;
	if (action == ACTION_RESET) {
		reader->confirm = CONFIRM_RESET;
		return true;
	}
	if (!exercise_act(exercise, action, out, why))
		return false;
	if (action == ACTION_SOLUTION)
		reader->scroll[READER_TEXT] = 0;
	return why[0] ? tell(reader, why) : true;
}

static bool scroll(Reader *reader, Action action)
{
	if (reader->outline)
		return view_move(&reader->row, reader->n - 1, SCROLL_PAGE, action);
	return view_move(&reader->scroll[reader->focus], reader->noted[reader->focus], SCROLL_PAGE,
			 action);
}

static bool toggle_outline(Reader *reader)
{
	reader->outline = !reader->outline;
	reader->row = reader->at;
	return true;
}

static bool act(Reader *reader, Action action, const KeyEvent *event, Request *out)
{
	switch (action) {
	case ACTION_NEXT:
		return next(reader, out);
	case ACTION_BACK:
		return back(reader, out);
	case ACTION_RUN:
	case ACTION_RERUN:
		return run(reader, action == ACTION_RERUN, out);
	case ACTION_PAUSE:
	case ACTION_STOP:
		/* A worker that runs nothing answers nothing. */
		return reader->running ? command(out, action_command(action), NULL)
				       : tell(reader, "Nothing runs.");
	case ACTION_OUTLINE:
		return toggle_outline(reader);
	case ACTION_SKIP:
		return skip(reader);
	case ACTION_ZOOM:
		/* A figure's few words are not what is looked at closely. */
		if (!reader->zoomed && reader->steps[reader->at].figure)
			reader->focus = READER_CHART;
		reader->zoomed = !reader->zoomed;
		return true;
	case ACTION_PANE:
		return next_pane(reader, event->key == KEY_BACKTAB);
	case ACTION_OPEN:
		return open_here(reader, out);
	case ACTION_CLOSE:
		return close_something(reader);
	case ACTION_QUIT: /* what was typed is kept by whoever closes the lesson */
		out->kind = REQUEST_LEAVE_LESSON;
		return true;
	default:
		return act_on_exercise(reader, action, out) ||
		       reader_act_vary(reader, action, out) || scroll(reader, action);
	}
}

static bool answer_key(Reader *reader, Action action, const KeyEvent *event, Request *out)
{
	Step *step = &reader->steps[reader->at];
	char why[64], text[STEP_NAME_MAX];
	bool used;

	if (!reader_prompting(reader) || action == ACTION_CLOSE)
		return false;
	if (!step->reflection && question_misses(&step->question, event, why, sizeof why)) {
		text_format(text, sizeof text, "%s: %s.", step->id, why);
		return tell(reader, text);
	}
	used = step->reflection ? reflection_key(step->reflection, action, event,
						 (int)reader->noted[READER_COLUMNS], out)
				: question_key(&step->question, action, event, out);
	if (used && !reader_step_open(step))
		reader->asking = false;
	return used;
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
	if (reader->confirm != CONFIRM_NOTHING) {
		used = (event->key != KEY_CLICK || action == ACTION_YES || action == ACTION_NO) &&
		       answer(reader, action, event, out);
		reader_update_hint(reader);
		return used;
	}
	used = answer_key(reader, action, event, out);
	if (!used)
		used = act(reader, action, event, out);
	reader_update_hint(reader);
	return used;
}

/* --- hints ------------------------------------------------------------------------------------ */

static const char *run_hint(const Reader *reader, const Step *step)
{
	if (reader->running)
		return "Running. The answer comes when all arms have finished; s stops.";
	if (!step->ran)
		return "r starts the run.";
	if (race_short(reader_race(reader)) && results_blocks(reader_race(reader)->results) == 0)
		return "Nothing could be measured: r runs again, best when less else runs.";
	return "n goes on to what it means; r runs again, R with a new seed.";
}

/* What to press next. */
static const char *hint_of(const Reader *reader)
{
	const Step *step = &reader->steps[reader->at];

	if (reader->outline)
		return "Enter goes to the step under the cursor; Esc closes.";
	if (reader->ended)
		return "q goes back to the course; b goes back to the last step.";
	if (reader_prompting(reader))
		return question_hint(&step->question);
	if (reader_step_open(step) && step->skipped)
		return "You left this step undone. Enter answers after all; n goes on.";
	if (reader_step_open(step))
		return "Enter goes back to the question; n goes on without an answer.";
	if (step->kind == STEP_PREDICT)
		return "Your prediction is locked; it will stand beside the result. n goes on.";
	if (step->kind == STEP_REFLECT && step->reflection)
		return reader->at + 1 == reader->n ? "Your text is locked. n goes on to the end."
						   : "Your text is locked. n goes on.";
	if (step->asks == ASKS_RUN)
		return run_hint(reader, step);
	if (reader->at + 1 == reader->n)
		return "n goes on to the end.";
	if (step->kind == STEP_INSPECT && !step->figure && !step->ran)
		return "There is nothing to see before the run: r starts it, b leads back to it.";
	return GOES_ON;
}

/* More of a text stands below than was drawn. */
static bool more_below(const Reader *reader)
{
	return !reader->outline && !reader->ended && reader->focus == READER_TEXT &&
	       reader->scroll[READER_TEXT] < reader->noted[READER_TEXT];
}

const char *reader_hint(const Reader *reader)
{
	bool plain = strcmp(reader->hint, GOES_ON) == 0;

	return plain && more_below(reader) ? "PgDn or j reads on below; n goes on." : reader->hint;
}

void reader_update_hint(Reader *reader)
{
	const Step *step = &reader->steps[reader->at];
	const char *confirm = reader_confirm_text(reader);
	char varies[128] = "";
	bool page = reader->outline || reader->ended;

	if (confirm)
		text_format(reader->hint, sizeof reader->hint, "%s", confirm);
	else if (reader->notice[0])
		text_format(reader->hint, sizeof reader->hint, "%s%s", reader->failed ? "! " : "",
			    reader->notice);
	else if (reader->n == 0)
		reader->hint[0] = '\0';
	else if (reader_prompting(reader) && step->reflection)
		reflection_hint(step->reflection, reader->hint, sizeof reader->hint);
	else if (step->exercise && !page && step->skipped && !exercise_tried(step->exercise))
		text_format(reader->hint, sizeof reader->hint,
			    "You left this step undone. e or c takes it up after all; n goes on.");
	else if (step->exercise && !page)
		exercise_next(step->exercise, reader->hint, sizeof reader->hint);
	else {
		if (step->asks == ASKS_RUN && reader_varies(reader))
			reader_vary_hint(reader, varies, sizeof varies);
		text_format(reader->hint, sizeof reader->hint, "%s%s", hint_of(reader), varies);
	}
}
