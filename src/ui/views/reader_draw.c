/* The reader of one lesson: panes.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/views/flow.h"
#include "ui/views/markdown.h"
#include "ui/views/panes.h"
#include "ui/views/reader.h"

#define WIDE 130
#define TEXT_BESIDE 34 /* columns of the lesson beside a chart, with its frame */
#define TEXT_HEIGHT 8  /* at least */
#define DOTS_MAX 24    /* steps that are shown as dots */

/* The page of the current step; *focus_line: of the question's field at work. */
static void page_flow(const Reader *reader, Flow *flow, Glyphs glyphs, size_t *focus_line)
{
	const Step *step = &reader->steps[reader->at];
	const Question *prediction = reader_prediction(reader);

	if (step->title && step->title[0] && !step->markdown) {
		flow_text(flow, STYLE_TITLE, step->title);
		flow_gap(flow);
	}
	if (step->markdown)
		markdown_flow(flow, step->markdown, glyphs);
	if (step->kind != STEP_PREDICT && step->kind != STEP_QUIZ && step->kind != STEP_TEXT &&
	    prediction)
		question_answer_flow(prediction, flow);
	question_flow(&step->question, flow, glyphs, reader_prompting(reader), focus_line);
	if (step->kind == STEP_RUN && !reader->race.results)
		flow_text(flow, STYLE_DIM,
			  reader->running ? "The experiment begins."
					  : "Press r to run the experiment.");
	if (step->kind == STEP_RUN && reader->race.told && reader->race.told->sentences > 0) {
		flow_gap(flow);
		panes_verdicts_flow(&reader->race, flow, glyphs);
	}
}

/* "step 3/8 ●●◉○○" */
static void page_title(const Reader *reader, const Canvas *canvas, char *out, size_t cap)
{
	size_t len = text_format(out, cap, "step %zu/%zu ", reader->at + 1, reader->n);

	for (size_t i = 0; i < reader->n && reader->n <= DOTS_MAX; i++) {
		char dot[5];
		flow_encode(dot, canvas_mark(canvas, i == reader->at         ? MARK_NOW
						     : reader->steps[i].seen ? MARK_DOT
									     : MARK_RING));
		len += text_format(out + len, cap - len, "%s", dot);
	}
	text_format(out + len, cap - len, " %s", reader_kind(reader->steps[reader->at].kind));
}

/* The hardware cursor rests in the pane that has the keys. */
static void rest_cursor(const Reader *reader, Canvas *canvas, const Pane *pane, int which)
{
	if (reader->focus != which)
		return;
	canvas->cursor_x = pane->x + 1;
	canvas->cursor_y = pane->y + 1;
}

static void draw_page(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	int columns = pane->width - 4 < FLOW_COLUMNS_MAX ? pane->width - 4 : FLOW_COLUMNS_MAX;
	size_t focus_line = 0, first = reader->scroll[READER_TEXT],
	       room = pane->height > 2 ? (size_t)pane->height - 2 : 0;
	char title[256];
	Flow flow;

	flow_init(&flow, columns);
	page_flow(reader, &flow, canvas->glyphs, &focus_line);
	page_title(reader, canvas, title, sizeof title);
	reader->noted[READER_TEXT] = panes_scroll_max(flow_lines(&flow), pane->height - 2);
	if (reader_prompting(reader)) /* the field at work stays in sight */
		first = (size_t)view_scroll((int)first, (int)focus_line, (int)flow_lines(&flow),
					    (int)room);
	first = first < reader->noted[READER_TEXT] ? first : reader->noted[READER_TEXT];
	panes_flow(&flow, canvas, pane, title, first, reader->focus == READER_TEXT);
	if (reader_prompting(reader)) {
		canvas->cursor_x = pane->x + 2;
		canvas->cursor_y =
			pane->y + 1 + (int)(focus_line - (focus_line < first ? focus_line : first));
	} else {
		rest_cursor(reader, canvas, pane, READER_TEXT);
	}
	flow_done(&flow);
}

static void draw_outline(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	char note[64];
	Pane inside;
	int top;

	text_format(note, sizeof note, "%zu steps, %lld minutes", reader->n,
		    (long long)reader->minutes);
	canvas_frame(canvas, pane, "Outline", note, true, &inside);
	canvas_clip(canvas, &inside);
	top = view_scroll(0, (int)reader->row, (int)reader->n, inside.height);
	for (int row = 0; row < inside.height && (size_t)(top + row) < reader->n; row++) {
		const Step *step = &reader->steps[top + row];
		bool here = (size_t)(top + row) == reader->row;
		Style style = here ? STYLE_FOCUS : STYLE_TEXT;
		int y = inside.y + row;
		Mark mark = (size_t)(top + row) == reader->at ? MARK_NOW
			    : step->seen                      ? MARK_DOT
							      : MARK_RING;
		canvas_put(canvas, inside.x + 1, y, canvas_mark(canvas, mark), style);
		canvas_printf(canvas, inside.x + 3, y, 14, style, "%2d %s", top + row + 1,
			      reader_kind(step->kind));
		canvas_text(canvas, inside.x + 16, y, inside.width - 17, style,
			    step->title ? step->title : "");
		if (here) {
			canvas->cursor_x = inside.x + 1;
			canvas->cursor_y = y;
		}
	}
	canvas_clip(canvas, NULL);
}

static void draw_table(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	size_t arms = reader->race.plan ? reader->race.plan->arms : 0;
	size_t most = reader->noted[READER_TABLE] = panes_scroll_max(arms, pane->height - 4);
	size_t first = reader->scroll[READER_TABLE] < most ? reader->scroll[READER_TABLE] : most;

	panes_table(&reader->race, canvas, pane, first, scene, reader->focus == READER_TABLE);
	rest_cursor(reader, canvas, pane, READER_TABLE);
}

/* While arms are measured their costs are what moves; before, their loss. */
static RaceChart live_chart(const Reader *reader)
{
	return reader->race.phase == RACE_MEASURING && reader->race.plan &&
			       results_blocks(reader->race.results) > 0
		       ? RACE_CHART_COST
		       : RACE_CHART_LOSS;
}

static void draw_chart(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	panes_chart(&reader->race, canvas, pane, live_chart(reader), scene,
		    reader->focus == READER_CHART);
	rest_cursor(reader, canvas, pane, READER_CHART);
}

static void draw_zoomed(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	if (reader->focus == READER_TABLE)
		draw_table(reader, canvas, pane, scene);
	else if (reader->focus == READER_CHART)
		draw_chart(reader, canvas, pane, scene);
	else
		draw_page(reader, canvas, pane);
}

static void draw_narrow(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int table = panes_table_height(&reader->race), above, left = pane->width;
	bool live = reader->steps[reader->at].kind == STEP_RUN || reader->focus == READER_CHART;

	if (table > pane->height - TEXT_HEIGHT)
		table = pane->height - TEXT_HEIGHT;
	above = pane->height - table;
	if (live) {
		left = TEXT_BESIDE;
		draw_chart(reader, canvas,
			   &(Pane){ pane->x + left, pane->y, pane->width - left, above }, scene);
	}
	draw_page(reader, canvas, &(Pane){ pane->x, pane->y, left, above });
	draw_table(reader, canvas, &(Pane){ pane->x, pane->y + above, pane->width, table }, scene);
}

static void draw_wide(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int table = panes_table_height(&reader->race), left = pane->width * 2 / 5, above, half,
	    right, rest;
	const Race *race = &reader->race;

	if (left > FLOW_COLUMNS_MAX + 4)
		left = FLOW_COLUMNS_MAX + 4;
	if (table > pane->height - 2 * TEXT_HEIGHT)
		table = pane->height - 2 * TEXT_HEIGHT;
	above = pane->height - table;
	half = above / 2;
	right = pane->x + left;
	rest = pane->width - left;
	draw_page(reader, canvas, &(Pane){ pane->x, pane->y, left, above });
	panes_chart(race, canvas, &(Pane){ right, pane->y, rest / 2, half }, RACE_CHART_LOSS, scene,
		    reader->focus == READER_CHART);
	rest_cursor(reader, canvas, &(Pane){ right, pane->y, rest / 2, half }, READER_CHART);
	panes_chart(race, canvas, &(Pane){ right + rest / 2, pane->y, rest - rest / 2, half },
		    RACE_CHART_ACCURACY, scene, false);
	panes_chart(race, canvas, &(Pane){ right, pane->y + half, rest / 2, above - half },
		    RACE_CHART_COST, scene, false);
	panes_chart(race, canvas,
		    &(Pane){ right + rest / 2, pane->y + half, rest - rest / 2, above - half },
		    RACE_CHART_TIME, scene, false);
	draw_table(reader, canvas, &(Pane){ pane->x, pane->y + above, pane->width, table }, scene);
}

void reader_draw(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	if (reader->n == 0)
		canvas_text(canvas, pane->x + 1, pane->y, pane->width - 1, STYLE_DIM,
			    "This lesson has no steps. q goes back.");
	else if (reader->outline)
		draw_outline(reader, canvas, pane);
	else if (!reader->race.results)
		draw_page(reader, canvas, pane);
	else if (reader->zoomed)
		draw_zoomed(reader, canvas, pane, scene);
	else if (pane->width >= WIDE && pane->height >= 5 * TEXT_HEIGHT)
		draw_wide(reader, canvas, pane, scene);
	else
		draw_narrow(reader, canvas, pane, scene);
}

static void say_lesson(const Reader *reader, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "Lesson: %s. %zu steps, %lld minutes.",
		    reader->title ? reader->title : "", reader->n, (long long)reader->minutes);
	flow_break(flow);
	for (size_t i = 0; i < reader->goals; i++) {
		flow->indent = 2;
		flow_format(flow, STYLE_TEXT, "You will: %s.", reader->goal[i]);
		flow_break(flow);
	}
}

static void say_check(const Question *question, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "%s. %lld of %lld points. %s",
		    question->pass ? "Right" : "Not right", (long long)question->got,
		    (long long)question->of, question->said ? question->said : "");
}

static void say_text(const Reader *reader, const Step *step, Flow *flow)
{
	const Question *prediction = reader_prediction(reader);

	markdown_flow(flow, step->markdown ? step->markdown : "", GLYPHS_ASCII);
	if (step->kind == STEP_REVEAL && prediction)
		question_answer_flow(prediction, flow);
	if (step->kind == STEP_RUN && !step->ran)
		flow_text(flow, STYLE_TEXT, "The command run starts the experiment.");
}

/* What is open now: a question's field, or the commands. */
static void say_now(const Reader *reader, const Speech *speech)
{
	if (reader_prompting(reader))
		question_say_field(&reader->steps[reader->at].question, speech);
	else
		speech->line(speech->user,
			     "Commands: next, back, run, rerun, stop, outline, help, quit. >");
}

void reader_say(Reader *reader, const json_t *record, const Speech *speech)
{
	const char *type = race_text(record, "type");
	int64_t number = race_integer(record, "step", 0);
	const Step *step =
		number >= 1 && (uint64_t)number <= reader->n ? &reader->steps[number - 1] : NULL;
	Flow flow;

	if (!record) {
		say_now(reader, speech);
		return;
	}
	flow_init(&flow, RACE_SAY_COLUMNS);
	if (strcmp(type, "lesson") == 0)
		say_lesson(reader, &flow);
	else if (strcmp(type, "step") == 0 && step)
		flow_format(&flow, STYLE_TEXT, "Step %lld of %zu, %s. %s", (long long)number,
			    reader->n, reader_kind(step->kind), step->title ? step->title : "");
	else if (strcmp(type, "text") == 0 && step)
		say_text(reader, step, &flow);
	else if (strcmp(type, "check") == 0 && step)
		say_check(&step->question, &flow);
	else if (strcmp(type, "step-end") == 0 && step)
		flow_format(&flow, STYLE_TEXT, "%s%s",
			    step->failed ? "The run did not finish: " : "The run has finished.",
			    step->failed ? race_text(record, "why") : "");
	flow_say(&flow, speech);
	flow_done(&flow);
	if (strcmp(type, "prompt") == 0 && step)
		question_say(&step->question, speech);
	if (strcmp(type, "step-end") != 0)
		race_say(&reader->race, record, speech);
	else
		race_say_table(&reader->race, speech);
}
