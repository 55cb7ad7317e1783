/* The reader of one lesson: its outline, and the page behind the last step.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "ui/views/panes.h"
#include "ui/views/lesson/reader.h"

static Mark step_mark(const Step *step)
{
	bool tried = step->exercise && exercise_tried(step->exercise);

	return reader_step_done(step) ? MARK_DONE
	       : step->skipped        ? MARK_WARNING
	       : step->seen || tried  ? MARK_PART
				      : MARK_OPEN;
}

/* "4/10", what it has of it. */
static void step_points(const Step *step, char out[32])
{
	double got = step->exercise ? exercise_earned(step->exercise) : (double)step->question.got,
	       of = step->exercise ? exercise_of(step->exercise) : step->points;
	bool told = step->exercise ? exercise_tried(step->exercise) : step->question.checked;

	out[0] = '\0';
	if (of > 0 && told)
		text_format(out, 32, "%g/%g", got, of);
	else if (of > 0)
		text_format(out, 32, "%g", of);
}

static void draw_row(const Reader *reader, Canvas *canvas, const Pane *line, size_t index,
		     bool here)
{
	const Step *step = &reader->steps[index];
	Style style = here ? STYLE_FOCUS : step->seen ? STYLE_TEXT : STYLE_DIM;
	char name[STEP_NAME_MAX], points[32];

	if (here) {
		canvas_fill(canvas, line, ' ', style);
		canvas->cursor_x = line->x + 1;
		canvas->cursor_y = line->y;
	}
	if (index == reader->at)
		canvas_put(canvas, line->x + 1, line->y, canvas_mark(canvas, MARK_HERE), style);
	canvas_put(canvas, line->x + 3, line->y, canvas_mark(canvas, step_mark(step)), style);
	canvas_printf(canvas, line->x + 5, line->y, 13, style, "%2zu %s", index + 1, step->word);
	canvas_text(canvas, line->x + 19, line->y, line->width - 19 - 9, style,
		    step->skipped && !reader_step_done(step) ? "left undone"
							     : reader_step_name(step, name));
	step_points(step, points);
	canvas_text_right(canvas, line->x + line->width - 8, line->y, 7, style, points);
}

void reader_draw_outline(const Reader *reader, Canvas *canvas, const Pane *pane, bool open)
{
	size_t row = open ? reader->row : reader->at;
	char title[96], note[64];
	double got, of;
	Pane inside;
	int top;

	reader_points(reader, &got, &of);
	text_format(title, sizeof title, "Outline: step %zu of %zu", reader->at + 1, reader->n);
	if (of > 0)
		text_format(note, sizeof note, "%g of %g points, %lld minutes in all", got, of,
			    (long long)reader->minutes);
	else
		text_format(note, sizeof note, "%lld minutes in all", (long long)reader->minutes);
	canvas_frame(canvas, pane, title, note, open, &inside);
	canvas_clip(canvas, &inside);
	top = view_scroll(0, (int)row, (int)reader->n, inside.height);
	for (int i = 0; i < inside.height && (size_t)(top + i) < reader->n; i++)
		draw_row(reader, canvas, &(Pane){ inside.x, inside.y + i, inside.width, 1 },
			 (size_t)(top + i), open && (size_t)(top + i) == row);
	canvas_clip(canvas, NULL);
}

/* --- the last page ---------------------------------------------------------------------------- */

static void undone_flow(const Reader *reader, Flow *flow)
{
	char name[STEP_NAME_MAX];
	size_t count = 0;

	for (size_t i = 0; i < reader->n; i++) {
		const Step *step = &reader->steps[i];

		if (reader_step_done(step))
			continue;
		if (count++ == 0) {
			flow_text(flow, STYLE_EMPHASIS, "Left undone");
			flow_break(flow);
		}
		flow->indent = 2;
		reader_step_name(step, name);
		flow_format(flow, STYLE_TEXT, "step %zu, %s%s%s", i + 1, step->word,
			    name[0] ? ": " : "", name);
		flow_break(flow);
		flow->indent = 0;
	}
	if (count > 0) {
		flow_text(flow, STYLE_DIM,
			  "The outline (o) lists all steps; Enter goes to one of them.");
		flow_gap(flow);
	}
}

void reader_end_flow(const Reader *reader, Flow *flow)
{
	double got, of;

	reader_points(reader, &got, &of);
	flow_text(flow, STYLE_TITLE, reader->title ? reader->title : "");
	flow_gap(flow);
	flow_text(flow, STYLE_TEXT, "This was the last step.");
	if (of > 0)
		flow_format(flow, STYLE_EMPHASIS, "%g of %g points.", got, of);
	flow_gap(flow);
	if (reader->reward[0] && !strstr(reader->reward, "…")) { /* every value is there */
		flow_text(flow, STYLE_TEXT, reader->reward);
		flow_gap(flow);
	}
	undone_flow(reader, flow);
	if (reader->next[0])
		flow_text(flow, STYLE_TEXT, reader->next);
	flow_break(flow);
}

void reader_draw_end(const Reader *reader, Canvas *canvas, const Pane *pane)
{
	size_t most, first = reader->scroll[READER_TEXT];
	Flow flow;

	flow_init(&flow, pane->width - 4 < FLOW_COLUMNS_MAX ? pane->width - 4 : FLOW_COLUMNS_MAX);
	reader_end_flow(reader, &flow);
	most = reader->noted[READER_TEXT] = panes_scroll_max(flow_lines(&flow), pane->height - 2);
	panes_flow(&flow, canvas, pane, "The end", first < most ? first : most, true);
	canvas->cursor_x = pane->x + 1;
	canvas->cursor_y = pane->y + 1;
	flow_done(&flow);
}
