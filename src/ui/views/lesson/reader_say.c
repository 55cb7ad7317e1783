/* The reader of one lesson in sentences, for --linear.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/flow.h"
#include "ui/views/markdown.h"
#include "ui/views/lesson/reader.h"

static void say_lesson(const Reader *reader, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "Lesson: %s. %zu step%s, %lld minute%s.",
		    reader->title ? reader->title : "", reader->n, reader->n == 1 ? "" : "s",
		    (long long)reader->minutes, reader->minutes == 1 ? "" : "s");
	flow_break(flow);
	if (reader->fast) {
		flow_text(flow, STYLE_TEXT,
			  "FAST: small data, short windows; its figures are for trying out only.");
		flow_break(flow);
	}
	for (size_t i = 0; i < reader->goals; i++) {
		flow->indent = 2;
		flow_format(flow, STYLE_TEXT, "You will: %s.", reader->goal[i]);
		flow_break(flow);
	}
	reader_say_vary(reader, flow);
}

static void say_check(const Question *question, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "%s. %lld of %lld points. %s",
		    question->pass ? "Right" : "Not right", (long long)question->got,
		    (long long)question->of, question->said ? question->said : "");
}

static void say_text(const Reader *reader, const Step *step, Flow *flow)
{
	markdown_flow(flow, step->markdown ? step->markdown : "", GLYPHS_ASCII);
	if (step->kind == STEP_REVEAL)
		reader_prediction_flow(reader, flow);
}

/* A figure came with the run, and is said where it is looked at. */
static void say_step(const Reader *reader, const Step *step, Flow *flow)
{
	if (step->asks == ASKS_RUN && reader->running) { /* its heading was said */
		flow_text(flow, STYLE_TEXT, "The run begins.");
		return;
	}
	flow_format(flow, STYLE_TEXT, "Step %zu of %zu, %s. %s", (size_t)(step - reader->steps) + 1,
		    reader->n, step->word, step->title ? step->title : "");
	flow_break(flow);
	if (step->asks == ASKS_RUN && !step->ran) {
		flow_text(flow, STYLE_TEXT, "The command run starts the experiment.");
		flow_break(flow);
		reader_say_vary(reader, flow);
	}
	if (step->figure)
		figure_say(step->figure, flow);
}

static void say_step_end(const Step *step, const json_t *record, Flow *flow)
{
	if (step->asks != ASKS_RUN)
		return;
	if (json_is_true(json_object_get(record, "restored")))
		flow_text(flow, STYLE_TEXT, "The result of the earlier run is here again.");
	else if (step->failed)
		flow_format(flow, STYLE_TEXT, "The run did not finish: %s",
			    record_text(record, "why"));
	else
		flow_text(flow, STYLE_TEXT, "The run has finished.");
}

/* --- what is asked for now -------------------------------------------------------------------- */

static void say_row(const Reader *reader, size_t index, Flow *flow)
{
	const Step *step = &reader->steps[index];
	char name[STEP_NAME_MAX];

	flow_format(flow, STYLE_TEXT, "Step %zu, %s, %s", index + 1, step->word,
		    reader_step_done(step) ? "done"
		    : step->skipped        ? "left undone"
		    : step->seen           ? "begun"
					   : "not begun");
	if (reader_step_name(step, name)[0])
		flow_format(flow, STYLE_TEXT, "(%s)", name);
	flow_break(flow);
}

/* All steps when one comes to the outline, then the one that is chosen. */
static void say_outline(const Reader *reader, Flow *flow)
{
	double got, of;

	reader_points(reader, &got, &of);
	for (size_t i = 0; i < reader->n && reader->row == reader->at; i++)
		say_row(reader, i, flow);
	flow_format(flow, STYLE_TEXT, "%g of %g points. At:", got, of);
	say_row(reader, reader->row, flow);
	flow_text(flow, STYLE_TEXT, "Commands: up, down, open, close. >");
}

/* What does something here, so that not all is heard at each step. */
static const char *commands_of(const Reader *reader)
{
	const Step *step = &reader->steps[reader->at];

	if (reader->ended)
		return "Commands: back, outline, help, quit. >";
	if (step->exercise)
		return "Commands: edit, check, hint, solution, reset, undo, skip, next, back, "
		       "help. >";
	if (step->asks == ASKS_RUN && reader_varies(reader))
		return "Commands: next, back, run, rerun, more, less, outline, help, quit. >";
	if (step->asks == ASKS_RUN)
		return "Commands: next, back, run, rerun, stop, outline, help, quit. >";
	if (reader_step_open(step))
		return "Commands: open, skip, next, back, outline, help, quit. >";
	return "Commands: next, back, outline, help, quit. >";
}

/* All commands where they changed; whoever hears them again and again hears nothing else. */
static void say_commands(Reader *reader, const Speech *speech)
{
	const char *commands = commands_of(reader);

	speech->line(speech->user, commands == reader->told ? ">" : commands);
	reader->told = commands;
}

static void say_now(Reader *reader, const Speech *speech)
{
	const Step *step = &reader->steps[reader->at];
	Flow flow;

	flow_init(&flow, FLOW_SAY_COLUMNS);
	if (reader->notice[0])
		flow_text(&flow, STYLE_TEXT, reader->notice);
	flow_break(&flow);
	if (reader->confirm != CONFIRM_NOTHING)
		flow_format(&flow, STYLE_TEXT, "%s >", reader_confirm_text(reader));
	else if (reader->outline)
		say_outline(reader, &flow);
	else if (reader->ended)
		reader_end_flow(reader, &flow);
	flow_say(&flow, speech);
	flow_done(&flow);
	if (reader->confirm != CONFIRM_NOTHING || reader->outline)
		return;
	if (!reader_prompting(reader))
		say_commands(reader, speech);
	else if (step->reflection)
		reflection_say_field(step->reflection, speech);
	else
		question_say_field(&step->question, speech);
}

/* --- records ---------------------------------------------------------------------------------- */

static void say_record(const Reader *reader, const Step *step, const json_t *record, Flow *flow)
{
	const char *type = record_text(record, "type");

	if (strcmp(type, "lesson") == 0 && reader->again)
		flow_text(flow, STYLE_TEXT, reader->notice);
	else if (strcmp(type, "lesson") == 0)
		say_lesson(reader, flow);
	else if (strcmp(type, "notice") == 0)
		flow_text(flow, STYLE_TEXT, record_text(record, "text"));
	if (!step)
		return;
	if (strcmp(type, "step") == 0)
		say_step(reader, step, flow);
	else if (strcmp(type, "text") == 0)
		say_text(reader, step, flow);
	else if (strcmp(type, "step-end") == 0)
		say_step_end(step, record, flow);
	else if (strcmp(type, "figure") == 0 && step->figure && step == &reader->steps[reader->at])
		figure_say(step->figure, flow);
	else if (step->exercise)
		exercise_say(step->exercise, record, flow);
	else if (strcmp(type, "check") == 0)
		say_check(&step->question, flow);
}

/* The question once; when it comes again with the answer, that alone. */
static void say_prompt(Reader *reader, const Step *step, const Speech *speech)
{
	Flow flow;

	if (step->skipped) {
		speech->line(speech->user, "You left this step undone; open answers it.");
	} else if (step->reflection && !(reader->asked && step->reflection->locked)) {
		reflection_say(step->reflection, speech);
	} else if (step->reflection) {
		speech->line(speech->user, "Your text is locked.");
	} else if (!(reader->asked && step->question.locked)) {
		question_say(&step->question, speech);
	} else {
		flow_init(&flow, FLOW_SAY_COLUMNS);
		question_answer_flow(&step->question, &flow);
		flow_say(&flow, speech);
		flow_done(&flow);
	}
	reader->asked = true;
}

static void say_result(const Reader *reader, const Step *step, const Speech *speech)
{
	char stopped[READER_STOPPED_MAX];
	Flow flow;

	if (step->race)
		race_say_drawn(step->race, speech);
	if (step->race)
		race_say_table(step->race, speech);
	flow_init(&flow, FLOW_SAY_COLUMNS);
	if (!step->race || !step->race->results)
		reader_numbers_flow(step, &flow);
	flow_text(&flow, STYLE_TEXT, reader_stopped(reader, stopped));
	flow_say(&flow, speech);
	flow_done(&flow);
}

void reader_say(Reader *reader, const json_t *record, const Speech *speech)
{
	int64_t number = record_integer(record, "step", 0);
	const Step *step =
		number >= 1 && (uint64_t)number <= reader->n ? &reader->steps[number - 1] : NULL;
	Flow flow;

	if (!record) {
		say_now(reader, speech);
		return;
	}
	flow_init(&flow, FLOW_SAY_COLUMNS);
	say_record(reader, step, record, &flow);
	flow_say(&flow, speech);
	flow_done(&flow);
	if (record_is(record, "type", "lesson") || record_is(record, "type", "notice"))
		reader->notice[0] = '\0'; /* it is said */
	if (record_is(record, "type", "step"))
		reader->asked = false;
	if (record_is(record, "type", "prompt") && step)
		say_prompt(reader, step, speech);
	if (strcmp(record_text(record, "type"), "step-end") != 0)
		race_say(&reader->race, record, speech);
	else if (step && step->asks == ASKS_RUN)
		say_result(reader, step, speech);
}
