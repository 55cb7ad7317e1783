/* The course: drawn.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/chart.h"
#include "ui/views/lesson/course.h"
#include "ui/views/panes.h"

#define ABOUT_COLUMNS 28 /* of the pane beside the list, at 80 columns */
#define ABOUT_WIDE 56
#define WIDE 120
#define BAR_COLUMNS 4
#define POINTS_COLUMNS 6

/* Where a row's parts stand, from the right end of the list. */
typedef struct Columns {
	int title, minutes, points, bar, bar_columns, state; /* state 0: no room for words */
} Columns;

static Columns columns_of(const Pane *list)
{
	bool wide = list->width >= ABOUT_WIDE + 20;
	int right = list->x + list->width - 1;

	if (wide)
		return (Columns){ .title = list->x + 8,
				  .minutes = right - 28,
				  .points = right - 22,
				  .bar = right - 14,
				  .bar_columns = 2 * BAR_COLUMNS,
				  .state = right - 5 };
	return (Columns){ .title = list->x + 8,
			  .minutes = right - 15,
			  .points = right - 11,
			  .bar = right - BAR_COLUMNS,
			  .bar_columns = BAR_COLUMNS };
}

static uint32_t state_code(const Canvas *canvas, CourseState state)
{
	static const Mark marks[] = {
		[COURSE_BROKEN] = MARK_WARNING, [COURSE_PLANNED] = MARK_OPEN,
		[COURSE_NEW] = MARK_OPEN,       [COURSE_BEGUN] = MARK_PART,
		[COURSE_DONE] = MARK_DONE,
	};

	return state == COURSE_WAITING ? '-' : canvas_mark(canvas, marks[state]);
}

static Style state_style(CourseState state)
{
	return state == COURSE_BROKEN                               ? STYLE_WARNING
	       : state == COURSE_PLANNED || state == COURSE_WAITING ? STYLE_DIM
								    : STYLE_TEXT;
}

static void draw_progress(const Course *course, const CourseRow *row, Canvas *canvas,
			  const Columns *columns, int y, Style style)
{
	CourseState state = course_state(course, row);
	int64_t steps = record_integer(row->record, "steps", 0);
	const char *awaited = course_awaited(course, row),
		   *dot = awaited ? strrchr(awaited, '.') : NULL;

	if (state == COURSE_WAITING)
		canvas_printf(canvas, columns->bar, y, columns->bar_columns, style, ">%s",
			      dot ? dot + 1 : awaited);
	else if (state >= COURSE_BEGUN)
		chart_bar(canvas, columns->bar, y, columns->bar_columns,
			  state == COURSE_DONE || steps < 1
				  ? 1
				  : (double)row->step / (double)(steps + 1),
			  style);
	if (columns->state && state == COURSE_BEGUN)
		canvas_printf(canvas, columns->state, y, 5, style, "%lld/%lld",
			      (long long)row->step, (long long)steps);
	else if (columns->state && state == COURSE_DONE)
		canvas_text(canvas, columns->state, y, 5, style, "done");
}

static void draw_facts(const Course *course, const CourseRow *row, Canvas *canvas,
		       const Columns *columns, int y, Style style)
{
	CourseState state = course_state(course, row);
	int64_t minutes = record_integer(row->record, "minutes", 0);
	double of = record_number(row->record, "points");
	char text[32];

	if (minutes > 0)
		canvas_printf(canvas, columns->minutes, y, 4, style, "%2lldm", (long long)minutes);
	if (of > 0 && state >= COURSE_BEGUN) {
		text_format(text, sizeof text, "%g/%g", row->points, of);
		canvas_text_right(canvas, columns->points, y, POINTS_COLUMNS, style, text);
	}
	draw_progress(course, row, canvas, columns, y, style);
}

static void draw_row(const Course *course, const CourseRow *row, Canvas *canvas, const Pane *list,
		     int y)
{
	CourseState state = course_state(course, row);
	bool here = row == &course->rows[course->here];
	Style style = here ? STYLE_FOCUS : state_style(state);
	const Columns columns = columns_of(list);
	int x = list->x + 1, right = list->x + list->width - 1, end = columns.minutes - 1;

	if (here) {
		canvas_fill(canvas, &(Pane){ list->x, y, list->width, 1 }, ' ', style);
		canvas_put(canvas, x, y, canvas_mark(canvas, MARK_HERE), style);
		canvas->cursor_x = x;
		canvas->cursor_y = y;
	}
	canvas_text(canvas, x + 2, y, 3, style, course_number(row));
	canvas_put(canvas, x + 5, y, state_code(canvas, state), style);
	if (state == COURSE_BROKEN)
		end = right;
	else if (state == COURSE_PLANNED)
		end = right - 15;
	canvas_text(canvas, columns.title, y, end - columns.title, style, course_title(row));
	if (state == COURSE_PLANNED)
		canvas_text_right(canvas, end + 1, y, right - end - 1, style, "in preparation");
	else if (state != COURSE_BROKEN)
		draw_facts(course, row, canvas, &columns, y, style);
}

static void draw_heading(Canvas *canvas, Pane *list)
{
	const Columns columns = columns_of(list);

	if (!columns.state || list->height < 3)
		return;
	canvas_text(canvas, list->x + 3, list->y, 3, STYLE_DIM, "#");
	canvas_text(canvas, columns.title, list->y, 20, STYLE_DIM, "lesson");
	canvas_text(canvas, columns.minutes, list->y, 5, STYLE_DIM, "time");
	canvas_text_right(canvas, columns.points, list->y, POINTS_COLUMNS, STYLE_DIM, "points");
	canvas_text(canvas, columns.bar, list->y, 14, STYLE_DIM, "progress");
	list->y++;
	list->height--;
}

static void draw_list(const Course *course, Canvas *canvas, const Pane *pane)
{
	size_t done = course_count(course, COURSE_DONE);
	char note[64];
	Pane inside;
	int top;

	text_format(note, sizeof note, "%zu lesson%s  %zu done", course->n,
		    course->n == 1 ? "" : "s", done);
	canvas_frame(canvas, pane, "Course", note, true, &inside);
	canvas_clip(canvas, &inside);
	if (course->n == 0)
		canvas_text(canvas, inside.x + 1, inside.y, inside.width - 1, STYLE_DIM,
			    "None listed yet; the course: wattle lesson");
	else
		draw_heading(canvas, &inside);
	top = view_scroll(0, (int)course->here, (int)course->n, inside.height);
	for (int row = 0; row < inside.height && (size_t)(top + row) < course->n; row++)
		draw_row(course, &course->rows[top + row], canvas, &inside, inside.y + row);
	canvas_clip(canvas, NULL);
}

/* --- the chosen lesson ------------------------------------------------------------------------ */

static void goals_flow(const json_t *record, Flow *flow)
{
	const json_t *goals = json_object_get(record, "goals"), *goal;
	size_t i;

	flow_gap(flow);
	flow_text(flow, STYLE_EMPHASIS, "You will");
	flow_break(flow);
	if (json_array_size(goals) == 0)
		flow_text(flow, STYLE_TEXT, record_text(record, "about"));
	json_array_foreach(goals, i, goal)
	{
		flow->indent = 0;
		flow_text(flow, STYLE_DIM, "·");
		flow->indent = 2;
		flow_text(flow, STYLE_TEXT, json_is_string(goal) ? json_string_value(goal) : "");
		flow_break(flow);
	}
	flow->indent = 0;
	flow_gap(flow);
}

/* "needs dataset fashion-mini or fashion-mnist" */
static void needs_flow(const json_t *record, Flow *flow)
{
	const json_t *needs = json_object_get(record, "needs"),
		     *datasets = json_object_get(needs, "datasets"), *name;
	size_t i;

	json_array_foreach(datasets, i, name)
	{
		flow_text(flow, STYLE_TEXT, i == 0 ? "needs dataset" : "or");
		flow_text(flow, STYLE_TEXT, json_is_string(name) ? json_string_value(name) : "");
	}
	flow_break(flow);
}

static void last_flow(const json_t *record, Flow *flow)
{
	const char *wall = record_text(json_object_get(record, "progress"), "wall");

	if (strlen(wall) >= 16)
		flow_format(flow, STYLE_DIM, "last %.10s %.5s", wall, wall + 11);
	flow_break(flow);
}

/* What the step that was come to does; where rows tell of steps. */
static void step_flow(const Course *course, const CourseRow *row, Flow *flow)
{
	const json_t *outline = json_object_get(row->record, "outline"),
		     *step = row->step > 0 ? json_array_get(outline, (size_t)row->step - 1) : NULL;
	int64_t steps = record_integer(row->record, "steps", 0);
	double points = record_number(row->record, "points");

	if (row->done)
		flow_text(flow, STYLE_TEXT, "done");
	else if (row->step > 0)
		flow_format(flow, STYLE_TEXT, "at step %lld of %lld", (long long)row->step,
			    (long long)steps);
	else
		flow_format(flow, STYLE_TEXT, "not begun, %lld step%s", (long long)steps,
			    steps == 1 ? "" : "s");
	flow_break(flow);
	if (step && !row->done) {
		flow_format(flow, STYLE_DIM, "next: %s %s", record_text(step, "kind"),
			    record_text(step, "title"));
		flow_break(flow);
	}
	if (points > 0 && row->step > 0)
		flow_format(flow, STYLE_TEXT, "%g of %g points", row->points, points);
	else if (points > 0)
		flow_format(flow, STYLE_TEXT, "%g points", points);
	flow_break(flow);
	if (course_state(course, row) == COURSE_WAITING)
		flow_format(flow, STYLE_TEXT, "comes after %s", course_awaited(course, row));
	flow_break(flow);
}

static void outline_flow(const CourseRow *row, Flow *flow)
{
	const json_t *outline = json_object_get(row->record, "outline"), *step;
	size_t i;

	if (json_array_size(outline) == 0)
		return;
	flow_gap(flow);
	flow_text(flow, STYLE_EMPHASIS, "Steps");
	flow_break(flow);
	json_array_foreach(outline, i, step)
	{
		bool behind = row->done || (int64_t)i + 1 < row->step;

		flow->indent = 0;
		flow_format(flow, behind ? STYLE_TEXT : STYLE_DIM, "%s",
			    behind                        ? "✓"
			    : (int64_t)i + 1 == row->step ? "▸"
							  : "·");
		flow->indent = 2;
		flow_format(flow, STYLE_TEXT, "%zu %s", i + 1, record_text(step, "kind"));
		flow->indent = 14;
		flow->x = flow->x < 13 ? 13 : flow->x;
		flow_text(flow, STYLE_DIM, record_text(step, "title"));
		flow_break(flow);
	}
	flow->indent = 0;
}

static void about_flow(const Course *course, const CourseRow *row, bool wide, Flow *flow)
{
	CourseState state = course_state(course, row);

	flow_text(flow, STYLE_TITLE, course_title(row));
	flow_gap(flow);
	if (state == COURSE_BROKEN) {
		flow_text(flow, STYLE_WARNING, "! This file is broken:");
		flow_text(flow, STYLE_TEXT, record_text(row->record, "error"));
		return;
	}
	if (state == COURSE_PLANNED) {
		flow_text(flow, STYLE_DIM, "In preparation. Its question:");
		flow_gap(flow);
		flow_text(flow, STYLE_TEXT, record_text(row->record, "question"));
		return;
	}
	step_flow(course, row, flow);
	goals_flow(row->record, flow);
	needs_flow(row->record, flow);
	flow_text(flow, STYLE_DIM, "energy optional");
	flow_break(flow);
	last_flow(row->record, flow);
	if (wide)
		outline_flow(row, flow);
}

static void draw_about(const Course *course, Canvas *canvas, const Pane *pane)
{
	const CourseRow *row = course->n > 0 ? &course->rows[course->here] : NULL;
	char title[COURSE_NAME_MAX + 8];
	Flow flow;

	flow_init(&flow, pane->width - 4);
	if (row)
		about_flow(course, row, pane->width >= ABOUT_WIDE, &flow);
	text_format(title, sizeof title, "%s", row ? row->name : "This lesson");
	panes_flow(&flow, canvas, pane, title, 0, false);
	flow_done(&flow);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* "Course ██████░░░░ 31 %            about 3 h 40 min left" */
static void draw_share(const Course *course, Canvas *canvas, const Pane *line)
{
	double left_min, share = course_share(course, &left_min);
	char text[64];
	int64_t left = (int64_t)(left_min + 0.5);

	canvas_text(canvas, line->x + 1, line->y, 7, STYLE_TEXT, "Course");
	chart_bar(canvas, line->x + 8, line->y, 18, share, STYLE_SERIES1);
	canvas_printf(canvas, line->x + 27, line->y, 6, STYLE_TEXT, "%.0f %%", 100 * share);
	if (left >= 60)
		text_format(text, sizeof text, "about %lld h %02lld min left",
			    (long long)(left / 60), (long long)(left % 60));
	else
		text_format(text, sizeof text, "about %lld min left", (long long)left);
	canvas_text_right(canvas, line->x + 34, line->y, line->width - 35, STYLE_TEXT, text);
}

void course_draw(const Course *course, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int about = pane->width >= WIDE ? ABOUT_WIDE : ABOUT_COLUMNS,
	    energy = scene->modelled && pane->height > 10 ? 2 : 0,
	    share = course->n > 0 && pane->height > 10 ? 1 : 0;
	Pane list = { pane->x, pane->y, pane->width - about, pane->height - energy - share };
	Pane line = { pane->x, pane->y + list.height, pane->width, 1 };

	draw_about(course, canvas, &(Pane){ pane->x + list.width, pane->y, about, list.height });
	if (energy) {
		canvas_text(canvas, line.x + 1, line.y++, pane->width - 2, STYLE_DIM,
			    "Energy is modelled on this machine, not measured. Lessons decide by "
			    "time and");
		canvas_text(canvas, line.x + 1, line.y++, pane->width - 2, STYLE_DIM,
			    "counted work; modelled joules stand in ( ).  m: meters");
	}
	if (share)
		draw_share(course, canvas, &line);
	draw_list(course, canvas, &list);
}
