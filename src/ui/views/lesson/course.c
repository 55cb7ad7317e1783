/* The course: its lessons, and how far each was come to.
 * SPDX-License-Identifier: MIT */
#include "ui/views/lesson/course.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/record.h"
#include "base/text.h"
#include "ui/views/flow.h"

#define COURSE_PAGE 10 /* lessons */

void course_done(Course *course)
{
	for (size_t i = 0; i < course->n; i++)
		json_decref(course->rows[i].record);
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
	if (course->n >= COURSE_LESSONS_MAX)
		return NULL;
	CourseRow *rows = list_room(course->rows, course->n, &course->capacity, sizeof *rows);

	if (!rows)
		return NULL;
	course->rows = rows;
	course->rows[course->n] = (CourseRow){ 0 };
	return &course->rows[course->n++];
}

/* The one behind a row (NULL: none) that opens or will; NULL: none. */
static const CourseRow *behind(const Course *course, const CourseRow *row)
{
	for (size_t i = row ? (size_t)(row - course->rows) + 1 : course->n; i < course->n; i++)
		if (course_state(course, &course->rows[i]) != COURSE_BROKEN)
			return &course->rows[i];
	return NULL;
}

static void stand(Course *course, const CourseRow *row, bool ended)
{
	const CourseRow *there = ended ? behind(course, row) : row;

	if (there)
		course->here = (size_t)(there - course->rows);
}

static const char *worked_at(const CourseRow *row)
{
	return record_text(json_object_get(row->record, "progress"), "wall");
}

static void stand_at_newest(Course *course)
{
	const CourseRow *newest = &course->rows[0];

	for (size_t i = 1; i < course->n; i++)
		if (strcmp(worked_at(&course->rows[i]), worked_at(newest)) > 0)
			newest = &course->rows[i];
	if (*worked_at(newest))
		stand(course, newest, newest->done);
}

static void take_row(Course *course, const json_t *record)
{
	const json_t *progress = json_object_get(record, "progress");
	char name[COURSE_NAME_MAX];
	CourseRow *row;

	text_format(name, sizeof name, "%s", record_text(record, "name"));
	row = find(course, name);
	if (!row && !(row = add(course)))
		return;
	text_format(row->name, sizeof row->name, "%s", name);
	json_decref(row->record);
	row->record = json_incref((json_t *)(uintptr_t)record);
	course_reached(course, name, record_integer(progress, "step", 0),
		       record_number(progress, "points"),
		       json_is_true(json_object_get(progress, "done")));
	if (!course->moved)
		stand_at_newest(course);
}

void course_take(Course *course, const json_t *record)
{
	const char *type = record_text(record, "type");

	if (strcmp(type, "notice") == 0)
		text_format(course->notice, sizeof course->notice, "%s",
			    record_text(record, "text"));
	else if (strcmp(type, "row") == 0 && record_is(record, "kind", "lessons"))
		take_row(course, record);
}

void course_reached(Course *course, const char *name, int64_t step, double points, bool done)
{
	CourseRow *row = find(course, name);

	if (!row)
		return;
	row->step = step > row->step ? step : row->step;
	row->points = points > row->points ? points : row->points;
	row->done = row->done || done;
}

/* --- what is known of a lesson ---------------------------------------------------------------- */

const char *course_number(const CourseRow *row)
{
	const char *dot = strrchr(row->name, '.');
	bool digits = dot && dot[1] && strspn(dot + 1, "0123456789") == strlen(dot + 1);

	return digits && strlen(dot + 1) <= 3 ? dot + 1 : "";
}

const char *course_title(const CourseRow *row)
{
	const char *title = record_text(row->record, "title");

	return title[0] ? title : row->name;
}

const char *course_awaited(const Course *course, const CourseRow *row)
{
	const json_t *after = json_object_get(row->record, "after"), *id;
	size_t i;

	json_array_foreach(after, i, id)
	{
		const char *name = json_string_value(id);
		const CourseRow *other = name ? find(course, name) : NULL;

		if (other && !other->done)
			return other->name;
	}
	return NULL;
}

CourseState course_state(const Course *course, const CourseRow *row)
{
	if (record_text(row->record, "error")[0])
		return COURSE_BROKEN;
	if (json_is_true(json_object_get(row->record, "planned")))
		return COURSE_PLANNED;
	if (row->done)
		return COURSE_DONE;
	if (row->step > 0)
		return COURSE_BEGUN;
	return course_awaited(course, row) ? COURSE_WAITING : COURSE_NEW;
}

size_t course_count(const Course *course, CourseState state)
{
	size_t count = 0;

	for (size_t i = 0; i < course->n; i++)
		count += course_state(course, &course->rows[i]) == state;
	return count;
}

double course_share(const Course *course, double *left_min)
{
	double all = 0, behind = 0;

	for (size_t i = 0; i < course->n; i++) {
		const CourseRow *row = &course->rows[i];
		double minutes = record_number(row->record, "minutes"),
		       steps = record_number(row->record, "steps");

		if (course_state(course, row) <= COURSE_PLANNED || !(minutes > 0))
			continue;
		all += minutes;
		if (row->done)
			behind += minutes;
		else if (steps > 0)
			behind += minutes * fmin((double)row->step / (steps + 1), 1);
	}
	*left_min = all - behind;
	return all > 0 ? behind / all : 0;
}

/* --- from one lesson to the next -------------------------------------------------------------- */

void course_next(const Course *course, const char *name, char out[COURSE_NEXT_MAX])
{
	const CourseRow *row = behind(course, find(course, name));

	out[0] = '\0';
	if (row)
		text_format(out, COURSE_NEXT_MAX, "Next lesson: %s %s%s.", course_number(row),
			    course_title(row),
			    course_state(course, row) == COURSE_PLANNED ? ", in preparation" : "");
}

void course_stand(Course *course, const char *name, bool ended)
{
	stand(course, find(course, name), ended);
	course->moved = true;
}

bool course_act(Course *course, Action action, Request *out)
{
	size_t last = course->n > 0 ? course->n - 1 : 0;

	course->notice[0] = '\0';
	course->moved = true;
	if (action != ACTION_OPEN)
		return view_move(&course->here, last, COURSE_PAGE, action);
	if (course->n == 0)
		return false;
	const CourseRow *row = &course->rows[course->here];

	if (course_state(course, row) <= COURSE_PLANNED)
		return true;
	out->kind = REQUEST_OPEN_LESSON;
	text_format(out->text, sizeof out->text, "%s", row->name);
	return true;
}

const char *course_hint(const Course *course)
{
	static const char *const hints[] = {
		[COURSE_BROKEN] = "This file cannot be opened as a lesson; wattle lesson FILE "
				  "shows why.",
		[COURSE_PLANNED] = "In preparation: it cannot be opened yet. Its question stands "
				   "beside.",
		[COURSE_WAITING] = "It builds on one that is not done; Enter opens it all the "
				   "same.",
		[COURSE_NEW] = "Enter opens the lesson under the cursor.",
		[COURSE_BEGUN] = "Enter goes on where you left.",
		[COURSE_DONE] = "Done. Enter opens it again.",
	};

	if (course->notice[0])
		return course->notice;
	return course->n > 0 ? hints[course_state(course, &course->rows[course->here])] : NULL;
}

/* --- said ------------------------------------------------------------------------------------- */

static void say_state(const Course *course, const CourseRow *row, Flow *flow)
{
	const char *awaited = course_awaited(course, row);
	double points = record_number(row->record, "points");

	switch (course_state(course, row)) {
	case COURSE_BROKEN:
		flow_format(flow, STYLE_TEXT, "The file is broken: %s",
			    record_text(row->record, "error"));
		return;
	case COURSE_PLANNED:
		flow_format(flow, STYLE_TEXT, "In preparation. Its question: %s",
			    record_text(row->record, "question"));
		return;
	case COURSE_DONE:
		flow_text(flow, STYLE_TEXT, "Done.");
		break;
	case COURSE_BEGUN:
		flow_format(flow, STYLE_TEXT, "At step %lld.", (long long)row->step);
		break;
	case COURSE_WAITING:
		flow_format(flow, STYLE_TEXT, "Comes after %s.", awaited ? awaited : "");
		break;
	case COURSE_NEW:
		flow_text(flow, STYLE_TEXT, "Not begun.");
		break;
	}
	if (points > 0)
		flow_format(flow, STYLE_TEXT, "%g of %g points.", row->points, points);
}

/* A title that asks keeps its own end. */
static void say_title(const CourseRow *row, Flow *flow)
{
	const char *title = course_title(row);
	size_t len = strlen(title);

	flow_text(flow, STYLE_TEXT, title);
	if (len == 0 || !strchr(".?!", title[len - 1]))
		flow_words(flow, STYLE_TEXT, ".", 1);
}

static void say_here(const Course *course, const Speech *speech)
{
	const CourseRow *row = &course->rows[course->here];
	double left_min, share = course_share(course, &left_min);
	Flow flow;

	flow_init(&flow, FLOW_SAY_COLUMNS);
	if (course->notice[0])
		flow_text(&flow, STYLE_TEXT, course->notice);
	flow_break(&flow);
	flow_format(&flow, STYLE_TEXT, "At lesson %zu of %zu:", course->here + 1, course->n);
	say_title(row, &flow);
	say_state(course, row, &flow);
	if (course_state(course, row) > COURSE_PLANNED) {
		flow_format(&flow, STYLE_TEXT, "You will: %s.", record_text(row->record, "about"));
		flow_format(&flow, STYLE_TEXT, "%.0f %% of the course is behind you.", 100 * share);
	}
	flow_say(&flow, speech);
	flow_done(&flow);
}

void course_say(const Course *course, const json_t *record, const Speech *speech)
{
	const CourseRow *row = record ? find(course, record_text(record, "name")) : NULL;
	Flow flow;

	if (!record) {
		if (course->n > 0)
			say_here(course, speech);
		speech->line(speech->user, "Commands: up, down, open, lab, help, quit. >");
		return;
	}
	flow_init(&flow, FLOW_SAY_COLUMNS);
	if (record_is(record, "type", "notice"))
		flow_text(&flow, STYLE_TEXT, course->notice);
	if (row && record_is(record, "kind", "lessons")) {
		flow_format(&flow, STYLE_TEXT, "Lesson %s:", row->name);
		say_title(row, &flow);
		if (course_state(course, row) > COURSE_PLANNED)
			flow_format(&flow, STYLE_TEXT, "%lld minutes, %lld steps.",
				    (long long)record_integer(row->record, "minutes", 0),
				    (long long)record_integer(row->record, "steps", 0));
		say_state(course, row, &flow);
	}
	flow_say(&flow, speech);
	flow_done(&flow);
}
