/* A question of a lesson: what is shown and said of it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "ui/views/lesson/question.h"

static void flow_choices(const Question *question, Flow *flow, Glyphs glyphs, bool focused,
			 size_t *focus_line)
{
	bool here = focused && question->field == FIELD_ANSWER;

	for (size_t i = 0; i < question->choices; i++) {
		bool chosen = i == question->chosen;
		Style style = chosen && here ? STYLE_FOCUS : chosen ? STYLE_EMPHASIS : STYLE_TEXT;
		flow_break(flow);
		flow->indent = 0;
		if (chosen && here)
			*focus_line = flow->line;
		flow_text(flow, style, chosen ? (glyphs == GLYPHS_ASCII ? ">" : "▸") : "");
		flow->indent = 2;
		flow->space = false;
		if (flow->x < 2)
			flow->x = 2;
		flow_format(flow, style, "%zu", i + 1);
		flow->indent = 5;
		flow->space = false;
		flow_text(flow, style, question->choice[i]);
	}
	flow->indent = 0;
	flow_gap(flow);
}

static void flow_number(const Question *question, Flow *flow, bool focused, size_t *focus_line)
{
	bool here = focused && question->field == FIELD_ANSWER;
	char limits[QUESTION_LIMITS_MAX];

	if (here)
		*focus_line = flow->line;
	flow_format(flow, STYLE_TEXT, "A number%s", question_limits(question, limits));
	flow_format(flow, here ? STYLE_FOCUS : STYLE_EMPHASIS, "%s%s", question->number,
		    here ? "_" : "");
	flow_text(flow, STYLE_TEXT, question->unit);
	flow_gap(flow);
}

/* Before the field that has the keys. */
static void flow_here(Flow *flow, Glyphs glyphs, bool here, size_t *focus_line)
{
	if (!here)
		return;
	*focus_line = flow->line;
	flow_text(flow, STYLE_FOCUS, glyphs == GLYPHS_ASCII ? ">" : "▸");
}

static void flow_sure(const Question *question, Flow *flow, Glyphs glyphs, bool here,
		      size_t *focus_line)
{
	flow_here(flow, glyphs, here, focus_line);
	flow_text(flow, STYLE_TEXT, "How sure?");
	for (int i = 1; i <= QUESTION_SURE_MAX; i++)
		flow_format(flow,
			    i != question->sure ? STYLE_TEXT
			    : here              ? STYLE_FOCUS
						: STYLE_EMPHASIS,
			    i == question->sure ? "[%d]" : "%d", i);
	flow_text(flow, STYLE_DIM, "(1 a guess, 5 certain)");
	flow_gap(flow);
}

static void flow_why(const Question *question, Flow *flow, Glyphs glyphs, bool here,
		     size_t *focus_line)
{
	flow_here(flow, glyphs, here, focus_line);
	flow_text(flow, STYLE_TEXT, "Why?");
	flow_format(flow, here ? STYLE_FOCUS : STYLE_EMPHASIS, "%s%s", question->because,
		    here ? "_" : "");
	if (here)
		*focus_line = flow->line;
	if (!here && !question->because[0])
		flow_text(flow, STYLE_DIM, "one line, may stay empty");
	flow_gap(flow);
}

static void flow_result(const Question *question, Flow *flow, Glyphs glyphs)
{
	const char *mark = !question->pass ? "!" : glyphs == GLYPHS_ASCII ? "x" : "✓";

	if (!question->checked)
		return;
	flow_format(flow, question->pass ? STYLE_EMPHASIS : STYLE_WARNING, "%s %s.", mark,
		    question->pass ? "Right" : "Not right");
	if (question->of > 0)
		flow_format(flow, STYLE_TEXT, "%lld of %lld points.", (long long)question->got,
			    (long long)question->of);
	flow_text(flow, STYLE_TEXT, question->said ? question->said : "");
	flow_gap(flow);
}

void question_answer(const Question *question, char out[QUESTION_ANSWER_MAX])
{
	if (question->kind == QUESTION_NUMBER)
		text_format(out, QUESTION_ANSWER_MAX, "%s%s%s", question->number,
			    *question->unit ? " " : "", question->unit);
	else
		text_format(out, QUESTION_ANSWER_MAX, "%s", question->choice[question->chosen]);
}

void question_reasons_flow(const Question *question, Flow *flow)
{
	if (question->confidence)
		flow_format(flow, STYLE_TEXT, "You were sure: %d/%d.", question->sure,
			    QUESTION_SURE_MAX);
	if (question->because[0])
		flow_format(flow, STYLE_TEXT, "Why: \"%s\"", question->because);
	flow_gap(flow);
}

void question_answer_flow(const Question *question, Flow *flow)
{
	char answer[QUESTION_ANSWER_MAX];

	if (question->kind == QUESTION_NONE || !question->locked)
		return;
	question_answer(question, answer);
	flow_text(flow, STYLE_EMPHASIS,
		  question->kind == QUESTION_QUIZ ? "You answered:" : "You predicted:");
	flow_text(flow, STYLE_EMPHASIS, answer);
	if (question->confidence)
		flow_format(flow, STYLE_TEXT, "(sure: %d/%d)", question->sure, QUESTION_SURE_MAX);
	if (question->because[0])
		flow_format(flow, STYLE_TEXT, "Why: \"%s\"", question->because);
	flow_gap(flow);
}

void question_flow(const Question *question, Flow *flow, Glyphs glyphs, bool focused,
		   size_t *focus_line)
{
	if (question->kind == QUESTION_NONE)
		return;
	flow_text(flow, STYLE_TITLE, question->ask);
	flow_gap(flow);
	if (question->locked) {
		question_answer_flow(question, flow);
		flow_result(question, flow, glyphs);
		return;
	}
	if (question->kind == QUESTION_NUMBER)
		flow_number(question, flow, focused, focus_line);
	else
		flow_choices(question, flow, glyphs, focused, focus_line);
	if (question->confidence)
		flow_sure(question, flow, glyphs, focused && question->field == FIELD_CONFIDENCE,
			  focus_line);
	if (question->why)
		flow_why(question, flow, glyphs, focused && question->field == FIELD_WHY,
			 focus_line);
}

void question_say(const Question *question, const Speech *speech)
{
	Flow flow;

	if (question->kind == QUESTION_NONE)
		return;
	flow_init(&flow, FLOW_SAY_COLUMNS);
	flow_text(&flow, STYLE_TEXT, question->ask);
	flow_break(&flow);
	for (size_t i = 0; i < question->choices; i++) {
		flow.indent = 2;
		flow_format(&flow, STYLE_TEXT, "%zu.", i + 1);
		flow.indent = 5;
		flow_text(&flow, STYLE_TEXT, question->choice[i]);
		flow_break(&flow);
	}
	flow.indent = 0;
	question_answer_flow(question, &flow);
	flow_say(&flow, speech);
	flow_done(&flow);
}

/* What is there already; a line goes on behind it. */
static void say_typed(const char *typed, const Speech *speech)
{
	flow_sentence(speech, 0, "You typed before: \"%s\".", typed);
	speech->line(speech->user, "A line goes on behind it; an empty one takes it. >");
}

void question_say_field(const Question *question, const Speech *speech)
{
	const char *typed = question->field == FIELD_WHY ? question->because : question->number;
	char text[FLOW_SAY_COLUMNS], limits[QUESTION_LIMITS_MAX];

	if (question_typing(question) && typed[0]) {
		say_typed(typed, speech);
		return;
	}
	if (question->field == FIELD_CONFIDENCE)
		text_format(text, sizeof text, "How sure are you, 1 (a guess) to 5 (certain)? >");
	else if (question->field == FIELD_WHY)
		text_format(text, sizeof text, "Why? One line, or nothing. >");
	else if (question->kind != QUESTION_NUMBER)
		text_format(text, sizeof text, "Your answer, 1 to %zu? >", question->choices);
	else
		text_format(text, sizeof text, "A number%s%s%.20s? >",
			    question_limits(question, limits), *question->unit ? ", " : "",
			    question->unit);
	speech->line(speech->user, text);
}

const char *question_hint(const Question *question)
{
	bool last = !(question->field < FIELD_CONFIDENCE && question->confidence) &&
		    !(question->field < FIELD_WHY && question->why);

	if (question->field == FIELD_CONFIDENCE)
		return last ? "1 to 5: how sure; Enter locks your answer."
			    : "1 to 5: how sure; Enter goes on.";
	if (question->field == FIELD_WHY)
		return "Type a line that says why, or nothing; Enter locks your answer.";
	if (question->kind == QUESTION_NUMBER)
		return last ? "Type a number within the limits; Enter locks it. Esc leaves the "
			      "question."
			    : "Type a number within the limits; Enter goes on. Esc leaves the "
			      "question.";
	return last ? "Arrows or a digit choose; Enter locks your answer. Esc leaves the question."
		    : "Arrows or a digit choose; Enter goes on. Esc leaves the question.";
}
