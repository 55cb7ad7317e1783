/* The course.
 * SPDX-License-Identifier: MIT */
#include "ui/views/course.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ui/chart.h"
#include "ui/views/panes.h"
#include "ui/views/race.h"

#define COURSE_PAGE 10 /* lessons */
#define ABOUT_WIDTH 28 /* of the pane beside the list, at 80 columns */

static void row_done(CourseRow *row)
{
	free(row->title);
	free(row->about);
	free(row->level);
	free(row->error);
}

void course_done(Course *course)
{
	for (size_t i = 0; i < course->n; i++)
		row_done(&course->rows[i]);
	free(course->rows);
	*course = (Course){ 0 };
}

static CourseRow *find(const Course *course, const char *name)
{
	for (size_t i = 0; i < course->n; i++)
		if (strcmp(course->rows[i].name, name) == 0)
			return &course->rows[i];
	return NULL;
}

static CourseRow *add(Course *course)
{
	size_t capacity = course->capacity ? 2 * course->capacity : 16;

	if (course->n >= COURSE_LESSONS_MAX)
		return NULL;
	if (course->n == course->capacity) {
		CourseRow *rows = realloc(course->rows, capacity * sizeof *rows);
		if (!rows)
			return NULL;
		course->rows = rows;
		course->capacity = capacity;
	}
	course->rows[course->n] = (CourseRow){ 0 };
	return &course->rows[course->n];
}

void course_take(Course *course, const json_t *record)
{
	CourseRow next = { 0 }, *row;

	if (strcmp(race_text(record, "kind"), "lessons") != 0)
		return;
	text_format(next.name, sizeof next.name, "%s", race_text(record, "name"));
	next.title = strdup(race_text(record, "title"));
	next.about = strdup(race_text(record, "about"));
	next.level = strdup(race_text(record, "level"));
	next.error = strdup(race_text(record, "error"));
	next.minutes = race_integer(record, "minutes", 0);
	next.points = race_integer(record, "points", 0);
	next.steps = race_integer(record, "steps", 0);
	row = find(course, next.name);
	if (!next.title || !next.about || !next.level || !next.error ||
	    (!row && !(row = add(course)))) {
		row_done(&next);
		return;
	}
	if (row == course->rows + course->n)
		course->n++;
	next.step = row->step;
	row_done(row);
	*row = next;
}

void course_reached(Course *course, const char *name, int64_t step)
{
	CourseRow *row = find(course, name);

	if (row && step > row->step)
		row->step = step;
}

bool course_act(Course *course, Action action, Request *out)
{
	size_t last = course->n > 0 ? course->n - 1 : 0;

	if (action != ACTION_OPEN)
		return view_move(&course->here, last, COURSE_PAGE, action);
	if (course->n == 0 || course->rows[course->here].error[0])
		return course->n > 0;
	out->kind = REQUEST_OPEN_LESSON;
	text_format(out->text, sizeof out->text, "%s", course->rows[course->here].name);
	return true;
}

static Mark progress_mark(const CourseRow *row)
{
	return row->error[0]             ? MARK_WARNING
	       : row->step == 0          ? MARK_OPEN
	       : row->step >= row->steps ? MARK_DONE
					 : MARK_PART;
}

static void draw_row(const CourseRow *row, Canvas *canvas, const Pane *pane, int y, bool here)
{
	Style style = here ? STYLE_FOCUS : row->error[0] ? STYLE_WARNING : STYLE_TEXT;
	int right = 12, x = pane->x + 1, room = pane->width - right - 6;

	if (here) {
		canvas_fill(canvas, &(Pane){ pane->x, y, pane->width, 1 }, ' ', style);
		canvas_put(canvas, x, y, canvas_mark(canvas, MARK_HERE), style);
		canvas->cursor_x = x;
		canvas->cursor_y = y;
	}
	canvas_put(canvas, x + 2, y, canvas_mark(canvas, progress_mark(row)), style);
	canvas_text(canvas, x + 4, y, row->error[0] ? pane->width - 5 : room, style,
		    row->error[0] ? row->name : row->title);
	if (row->error[0])
		return;
	x = pane->x + pane->width - right;
	if (row->minutes > 0)
		canvas_printf(canvas, x, y, 4, style, "%2lldm", (long long)row->minutes);
	if (row->step > 0)
		canvas_printf(canvas, x + 5, y, 7, style, "%lld/%lld", (long long)row->step,
			      (long long)row->steps);
}

static void draw_list(const Course *course, Canvas *canvas, const Pane *pane)
{
	char note[64];
	Pane inside;
	int top;

	text_format(note, sizeof note, "%zu lesson%s", course->n, course->n == 1 ? "" : "s");
	canvas_frame(canvas, pane, "Course", note, true, &inside);
	canvas_clip(canvas, &inside);
	top = view_scroll(0, (int)course->here, (int)course->n, inside.height);
	for (int row = 0; row < inside.height && (size_t)(top + row) < course->n; row++)
		draw_row(&course->rows[top + row], canvas, &inside, inside.y + row,
			 (size_t)(top + row) == course->here);
	if (course->n == 0)
		canvas_text(canvas, inside.x + 1, inside.y, inside.width - 1, STYLE_DIM,
			    "None listed yet; the course: wattle lesson");
	canvas_clip(canvas, NULL);
}

static void about_flow(const CourseRow *row, Flow *flow)
{
	flow_text(flow, STYLE_TITLE, row->error[0] ? row->name : row->title);
	flow_gap(flow);
	if (row->error[0]) {
		flow_text(flow, STYLE_WARNING, "! This file is broken:");
		flow_text(flow, STYLE_TEXT, row->error);
		return;
	}
	if (row->step > 0)
		flow_format(flow, STYLE_TEXT, "step %lld of %lld in this sitting",
			    (long long)row->step, (long long)row->steps);
	else
		flow_format(flow, STYLE_TEXT, "%lld step%s", (long long)row->steps,
			    row->steps == 1 ? "" : "s");
	flow_break(flow);
	if (row->points > 0)
		flow_format(flow, STYLE_TEXT, "%lld points", (long long)row->points);
	flow_gap(flow);
	flow_text(flow, STYLE_EMPHASIS, "You will");
	flow_break(flow);
	flow_text(flow, STYLE_TEXT, row->about);
	flow_gap(flow);
	flow_format(flow, STYLE_DIM, "%s %s", row->name, row->level);
	flow_break(flow);
	flow_text(flow, STYLE_DIM, "energy is optional");
}

void course_draw(const Course *course, Canvas *canvas, const Pane *pane, const Scene *scene)
{
	int about = pane->width >= 120 ? 56 : ABOUT_WIDTH,
	    energy = scene->modelled && pane->height > 10 ? 2 : 0;
	Pane list = { pane->x, pane->y, pane->width - about, pane->height - energy };
	Pane beside = { pane->x + list.width, pane->y, about, list.height };
	Flow flow;

	flow_init(&flow, about - 4);
	if (course->n > 0)
		about_flow(&course->rows[course->here], &flow);
	panes_flow(&flow, canvas, &beside, "This lesson", 0, false);
	flow_done(&flow);
	if (energy) {
		canvas_text(canvas, pane->x + 1, pane->y + list.height, pane->width - 2, STYLE_DIM,
			    "Energy is modelled on this machine, not measured. Lessons decide by "
			    "time and");
		canvas_text(canvas, pane->x + 1, pane->y + list.height + 1, pane->width - 2,
			    STYLE_DIM, "counted work; modelled joules stand in ( ).  m: meters");
	}
	draw_list(course, canvas, &list);
}

const char *course_hint(const Course *course)
{
	if (course->n == 0)
		return NULL;
	return course->rows[course->here].error[0]
		       ? "This file cannot be opened as a lesson; wattle lesson FILE shows why."
		       : "Enter opens the lesson under the cursor.";
}

static void say_here(const Course *course, const Speech *speech)
{
	const CourseRow *row = &course->rows[course->here];
	Flow flow;

	flow_init(&flow, RACE_SAY_COLUMNS);
	flow_format(&flow, STYLE_TEXT, "At lesson %zu of %zu: %s. %s", course->here + 1, course->n,
		    row->error[0] ? row->name : row->title,
		    row->error[0] ? "This file is broken." : row->about);
	flow_say(&flow, speech);
	flow_done(&flow);
}

void course_say(const Course *course, const json_t *record, const Speech *speech)
{
	const CourseRow *row = record ? find(course, race_text(record, "name")) : NULL;
	Flow flow;

	if (!record) {
		if (course->n > 0)
			say_here(course, speech);
		speech->line(speech->user, "Commands: up, down, open, lab, help, quit. >");
		return;
	}
	if (!row || strcmp(race_text(record, "kind"), "lessons") != 0)
		return;
	flow_init(&flow, RACE_SAY_COLUMNS);
	if (row->error[0])
		flow_format(&flow, STYLE_TEXT, "Lesson file %s is broken: %s", row->name,
			    row->error);
	else
		flow_format(&flow, STYLE_TEXT, "Lesson %s: %s, %lld minutes, %lld steps.",
			    row->name, row->title, (long long)row->minutes, (long long)row->steps);
	flow_say(&flow, speech);
	flow_done(&flow);
}
