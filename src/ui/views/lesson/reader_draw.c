/* The reader of one lesson: panes.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/views/flow.h"
#include "ui/views/markdown.h"
#include "ui/views/panes.h"
#include "ui/views/lesson/reader.h"

#define WIDE 130
#define TEXT_BESIDE 34 /* columns of the lesson beside a chart, with its frame */
#define TEXT_HEIGHT 8  /* at least */
#define DOTS_MAX 24    /* steps that are shown as dots */
#define POINTS_COLUMNS 60
#define KIND_COLUMNS 15 /* of the word for a kind, and the frame around */
#define CHART_HEIGHT 7  /* at least */
#define WORK_HEIGHT 8   /* of the pane that a step works in, at least */

static bool shows_prediction(StepKind kind)
{
	return kind == STEP_RUN || kind == STEP_REVEAL;
}

static void run_flow(const Reader *reader, Flow *flow, Glyphs glyphs)
{
	const Race *race = reader_race(reader);
	const Step *step = &reader->steps[reader->at];
	bool working = reader->running && reader->work == reader->at + 1;

	reader_vary_flow(reader, flow);
	if (working && !race->results && race->epoch > 0)
		flow_format(flow, STYLE_DIM, "Training: %s, epoch %lld of %lld.", race->what,
			    (long long)race->epoch, (long long)race->epochs);
	else if (working && !race->results)
		flow_text(flow, STYLE_DIM, "The experiment begins.");
	else if (!working && !step->ran)
		flow_text(flow, STYLE_DIM, "Press r to run the experiment.");
	if (!working && step->ran && !race->results)
		reader_numbers_flow(step, flow);
	if (race->told && race->told->sentences > 0) {
		flow_gap(flow);
		panes_verdicts_flow(race, flow, glyphs);
	}
}

static void title_flow(const Reader *reader, Flow *flow)
{
	const Step *step = &reader->steps[reader->at];

	if (!step->title || !step->title[0] || (step->markdown && !step->exercise))
		return;
	flow_text(flow, STYLE_TITLE, step->title);
	if (step->exercise) {
		flow_format(flow, STYLE_DIM, "(%g points", exercise_of(step->exercise));
		if (step->exercise->minutes > 0)
			flow_format(flow, STYLE_DIM, "in about %lld minutes",
				    (long long)step->exercise->minutes);
		flow_words(flow, STYLE_DIM, ")", 1);
		flow_break(flow);
		exercise_file_flow(step->exercise, flow);
		reader_own_flow(reader, flow);
	}
	flow_gap(flow);
}

/* The page of the current step; *focus_line: of the question's field at work. */
static void page_flow(const Reader *reader, Flow *flow, Glyphs glyphs, size_t *focus_line)
{
	const Step *step = &reader->steps[reader->at];
	char stopped[READER_STOPPED_MAX];

	title_flow(reader, flow);
	if (step->why) {
		flow_format(flow, STYLE_ERROR, "! %s", step->why);
		flow_gap(flow);
	}
	if (step->markdown && !step->figure)
		markdown_flow(flow, step->markdown, glyphs);
	if (step->figure)
		figure_caption(step->figure, true, flow);
	if (step->reflection)
		flow_text(flow, STYLE_TITLE, step->reflection->ask);
	if (shows_prediction(step->kind))
		reader_prediction_flow(reader, flow);
	question_flow(&step->question, flow, glyphs, reader_prompting(reader), focus_line);
	if (shows_prediction(step->kind) && reader_stopped(reader, stopped)[0]) {
		flow_text(flow, STYLE_WARNING, stopped);
		flow_gap(flow);
	}
	if (step->kind == STEP_RUN)
		run_flow(reader, flow, glyphs);
	if (step->skipped && !step->exercise) {
		flow_gap(flow);
		flow_text(flow, STYLE_DIM, "You left this step undone.");
	}
}

/* "step 3 of 8 ●●◉○○ run", and where there is room the points. */
static void page_title(const Reader *reader, const Canvas *canvas, int columns, char *out,
		       size_t cap)
{
	size_t len = text_format(out, cap, "step %zu of %zu ", reader->at + 1, reader->n);
	const char *fast = reader->fast ? ", FAST" : "";
	bool dots = (int)(reader->n + len + strlen(fast)) + KIND_COLUMNS <= columns;
	double got, of;

	for (size_t i = 0; i < reader->n && reader->n <= DOTS_MAX && dots; i++) {
		char dot[5];
		flow_encode(dot,
			    canvas_mark(canvas, i == reader->at                       ? MARK_NOW
						: reader_step_done(&reader->steps[i]) ? MARK_DOT
						: reader->steps[i].seen               ? MARK_PART
										      : MARK_RING));
		len += text_format(out + len, cap - len, "%s", dot);
	}
	len += text_format(out + len, cap - len, "%s%s%s", dots ? " " : "",
			   reader->steps[reader->at].word, fast);
	reader_points(reader, &got, &of);
	if (columns >= POINTS_COLUMNS && of > 0)
		text_format(out + len, cap - len, "   %g of %g points", got, of);
}

/* The hardware cursor rests in the pane that has the keys. */
static void rest_cursor(const Reader *reader, Canvas *canvas, const Pane *pane, int which)
{
	if (reader->focus != which)
		return;
	canvas->cursor_x = pane->x + 1;
	canvas->cursor_y = pane->y + 1;
}

static int text_columns_of(const Pane *pane)
{
	return pane->width - 4 < FLOW_COLUMNS_MAX ? pane->width - 4 : FLOW_COLUMNS_MAX;
}

static void draw_page(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	bool here = reader_prompting(reader) && !reader->steps[reader->at].reflection;
	size_t focus_line = 0, first = reader->scroll[READER_TEXT],
	       room = pane->height > 2 ? (size_t)pane->height - 2 : 0;
	char title[256];
	Flow flow;

	flow_init(&flow, text_columns_of(pane));
	page_flow(reader, &flow, canvas->glyphs, &focus_line);
	page_title(reader, canvas, pane->width, title, sizeof title);
	reader->noted[READER_TEXT] = panes_scroll_max(flow_lines(&flow), pane->height - 2);
	if (here) /* the field at work stays in sight */
		first = (size_t)view_scroll((int)first, (int)focus_line, (int)flow_lines(&flow),
					    (int)room);
	first = first < reader->noted[READER_TEXT] ? first : reader->noted[READER_TEXT];
	panes_flow(&flow, canvas, pane, title, first, reader->focus == READER_TEXT);
	if (here) {
		canvas->cursor_x = pane->x + 2;
		canvas->cursor_y =
			pane->y + 1 + (int)(focus_line - (focus_line < first ? focus_line : first));
	} else {
		rest_cursor(reader, canvas, pane, READER_TEXT);
	}
	flow_done(&flow);
}

/* Lines of the page at these columns. */
static int page_lines(const Reader *reader, int columns, Glyphs glyphs)
{
	size_t focus_line = 0;
	Flow flow;
	int lines;

	flow_init(&flow, columns);
	page_flow(reader, &flow, glyphs, &focus_line);
	lines = (int)flow_lines(&flow);
	flow_done(&flow);
	return lines;
}

/* --- what a step works in: checks, a figure, a text ------------------------------------------- */

static const Exercise *open_solution(const Reader *reader)
{
	const Exercise *exercise = reader->steps[reader->at].exercise;

	return exercise && exercise->solution ? exercise : NULL;
}

/* A flow that is scrolled as the given pane is. */
static void draw_scrolled(const Reader *reader, const Flow *flow, Canvas *canvas, const Pane *pane,
			  int which, const char *title)
{
	size_t most = reader->noted[which] = panes_scroll_max(flow_lines(flow), pane->height - 2);
	size_t first = reader->scroll[which] < most ? reader->scroll[which] : most;

	panes_flow(flow, canvas, pane, title, first, reader->focus == which);
	rest_cursor(reader, canvas, pane, which);
}

static void draw_solution(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	Flow flow;

	flow_init(&flow, pane->width - 4);
	exercise_solution_flow(open_solution(reader), &flow);
	draw_scrolled(reader, &flow, canvas, pane, READER_TEXT,
		      "One solution, to read; S puts it away");
	flow_done(&flow);
}

static void checks_flow(const Reader *reader, const Pane *pane, Flow *flow)
{
	flow_init(flow, text_columns_of(pane));
	exercise_flow(reader->steps[reader->at].exercise, flow);
}

static void draw_checks(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	char title[96];
	Flow flow;

	checks_flow(reader, pane, &flow);
	exercise_title(reader->steps[reader->at].exercise, title, sizeof title);
	draw_scrolled(reader, &flow, canvas, pane, READER_CHART, title);
	flow_done(&flow);
}

static void draw_figure(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	const Figure *figure = reader->steps[reader->at].figure;
	Pane inside;

	canvas_frame(canvas, pane, figure->title, NULL, reader->focus == READER_CHART, &inside);
	inside.x++;
	inside.width -= 2;
	canvas_clip(canvas, &inside);
	figure_draw(figure, canvas, &inside, reader->scroll[READER_CHART],
		    &reader->noted[READER_CHART]);
	canvas_clip(canvas, NULL);
	rest_cursor(reader, canvas, pane, READER_CHART);
}

static void draw_work(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	const Step *step = &reader->steps[reader->at];

	if (step->exercise)
		draw_checks(reader, canvas, pane);
	else if (step->figure)
		draw_figure(reader, canvas, pane);
	else
		reflection_draw(step->reflection, canvas, pane, reader->focus == READER_CHART,
				reader->scroll[READER_CHART], &reader->noted[READER_COLUMNS],
				&reader->noted[READER_CHART]);
}

static void draw_table(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	size_t arms = reader_race(reader)->plan ? reader_race(reader)->plan->arms : 0;
	size_t most = reader->noted[READER_TABLE] = panes_scroll_max(arms, pane->height - 4);
	size_t first = reader->scroll[READER_TABLE] < most ? reader->scroll[READER_TABLE] : most;

	panes_table(reader_race(reader), canvas, pane, first, scene, reader->focus == READER_TABLE);
	rest_cursor(reader, canvas, pane, READER_TABLE);
}

static bool any_epoch(const Race *race)
{
	for (size_t i = 0; i < RACE_CURVES; i++)
		if (race->curve[i].n > 0)
			return true;
	return false;
}

/* While arms are measured their costs are what moves; before, their loss. */
static RaceChart live_chart(const Reader *reader)
{
	const Race *race = reader_race(reader);

	if (!any_epoch(race) && race->plan) /* it trains nothing */
		return RACE_CHART_COST;
	return race->phase == RACE_MEASURING && race->plan && results_blocks(race->results) > 0
		       ? RACE_CHART_COST
		       : RACE_CHART_LOSS;
}

/* What the run draws itself stands below the learning or the costs, alone where it does not fit or
 * there are none. */
static void draw_chart(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	const Race *race = reader_race(reader);
	bool other = any_epoch(race) || (race->results && results_blocks(race->results) > 0),
	     focused = reader->focus == READER_CHART;
	int below = race->drawings == 0                         ? 0
		    : other && pane->height >= 2 * CHART_HEIGHT ? pane->height / 2
								: pane->height,
	    above = pane->height - below;

	if (above > 0)
		panes_chart(race, canvas, &(Pane){ pane->x, pane->y, pane->width, above },
			    live_chart(reader), scene, focused);
	if (below > 0)
		panes_chart(race, canvas, &(Pane){ pane->x, pane->y + above, pane->width, below },
			    RACE_CHART_DRAWN, scene, focused);
	rest_cursor(reader, canvas, pane, READER_CHART);
}

static void draw_zoomed(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	if (reader->focus == READER_TABLE)
		draw_table(reader, canvas, pane, scene);
	else if (reader->focus == READER_CHART && reader_step_works(&reader->steps[reader->at]))
		draw_work(reader, canvas, pane);
	else if (reader->focus == READER_CHART)
		draw_chart(reader, canvas, pane, scene);
	else if (open_solution(reader))
		draw_solution(reader, canvas, pane);
	else
		draw_page(reader, canvas, pane);
}

/* Checks get what they need, as long as the text keeps some lines; else the text does. */
static int text_height(const Reader *reader, const Canvas *canvas, const Pane *pane)
{
	int need = WORK_HEIGHT,
	    lines = 2 + page_lines(reader, text_columns_of(pane), canvas->glyphs);
	Flow flow;

	if (open_solution(reader))
		return pane->height - pane->height / 3;
	if (reader->steps[reader->at].exercise) {
		checks_flow(reader, pane, &flow);
		need = 2 + (int)flow_lines(&flow);
		flow_done(&flow);
	}
	if (need > pane->height - TEXT_HEIGHT)
		need = pane->height - TEXT_HEIGHT;
	return lines < pane->height - need ? lines : pane->height - need;
}

/* The text above, what the step works in below; the table in its place while it has the keys. */
static void draw_working(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int above = text_height(reader, canvas, pane);
	const Pane text = { pane->x, pane->y, pane->width, above },
		   work = { pane->x, pane->y + above, pane->width, pane->height - above };

	if (open_solution(reader))
		draw_solution(reader, canvas, &text);
	else
		draw_page(reader, canvas, &text);
	if (reader->focus == READER_TABLE && reader_race(reader)->results)
		draw_table(reader, canvas, &work, scene);
	else
		draw_work(reader, canvas, &work);
}

static void draw_narrow(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int table = reader_shows_race(reader) ? panes_table_height(reader_race(reader)) : 0, above,
	    left = pane->width;
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
	if (table > 0)
		draw_table(reader, canvas, &(Pane){ pane->x, pane->y + above, pane->width, table },
			   scene);
}

/* The charts of a race; of costs only the time where there are no joules. */
static void draw_charts(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	const Race *race = reader_race(reader);
	int left = pane->width / 2, right = pane->width - left, half = pane->height / 2,
	    below = pane->height - half, middle = pane->x + left, y = pane->y + half;
	bool joules = race_cost_metric(race) == METRIC_ENERGY, drawn = race->drawings > 0;

	if (!race->results) {
		draw_chart(reader, canvas, pane, scene);
		return;
	}
	panes_chart(race, canvas, &(Pane){ pane->x, pane->y, left, half }, RACE_CHART_LOSS, scene,
		    reader->focus == READER_CHART);
	rest_cursor(reader, canvas, pane, READER_CHART);
	panes_chart(race, canvas, &(Pane){ middle, pane->y, right, half },
		    drawn ? RACE_CHART_DRAWN : RACE_CHART_ACCURACY, scene, false);
	panes_chart(race, canvas, &(Pane){ pane->x, y, joules ? left : pane->width, below },
		    RACE_CHART_COST, scene, false);
	if (joules)
		panes_chart(race, canvas, &(Pane){ middle, y, right, below }, RACE_CHART_TIME,
			    scene, false);
}

static void draw_wide(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int table = reader_race(reader)->results ? panes_table_height(reader_race(reader)) : 0,
	    left = pane->width * 2 / 5, above, half;

	if (left > FLOW_COLUMNS_MAX + 4)
		left = FLOW_COLUMNS_MAX + 4;
	if (table > pane->height - 2 * TEXT_HEIGHT)
		table = pane->height - 2 * TEXT_HEIGHT;
	above = pane->height - table;
	half = open_solution(reader) ? above / 2 : above;
	draw_page(reader, canvas, &(Pane){ pane->x, pane->y, left, half });
	if (half < above)
		draw_solution(reader, canvas,
			      &(Pane){ pane->x, pane->y + half, left, above - half });
	const Pane right = { pane->x + left, pane->y, pane->width - left, above };

	if (reader_step_works(&reader->steps[reader->at]))
		draw_work(reader, canvas, &right);
	else
		draw_charts(reader, canvas, &right, scene);
	if (table > 0)
		draw_table(reader, canvas, &(Pane){ pane->x, pane->y + above, pane->width, table },
			   scene);
}

/* A text has no more columns than it can be read in: the steps stand beside it. */
static void draw_alone(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	const int left = FLOW_COLUMNS_MAX + 4;

	if (pane->width < WIDE || reader->zoomed) {
		draw_page(reader, canvas, pane);
		return;
	}
	reader_draw_outline(reader, canvas,
			    &(Pane){ pane->x + left, pane->y, pane->width - left, pane->height },
			    false);
	draw_page(reader, canvas, &(Pane){ pane->x, pane->y, left, pane->height });
}

void reader_draw(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	bool works = reader->n > 0 && reader_step_works(&reader->steps[reader->at]);

	if (reader->n == 0)
		canvas_text(canvas, pane->x + 1, pane->y, pane->width - 1, STYLE_DIM,
			    "This lesson has no steps. q goes back.");
	else if (reader->outline)
		reader_draw_outline(reader, canvas, pane, true);
	else if (reader->ended)
		reader_draw_end(reader, canvas, pane);
	else if (!reader_shows_race(reader) && !reader_shows_drawn(reader) && !works)
		draw_alone(reader, canvas, pane);
	else if (reader->zoomed)
		draw_zoomed(reader, canvas, pane, scene);
	else if (pane->width >= WIDE && pane->height >= 5 * TEXT_HEIGHT)
		draw_wide(reader, canvas, pane, scene);
	else if (works)
		draw_working(reader, canvas, pane, scene);
	else
		draw_narrow(reader, canvas, pane, scene);
}
