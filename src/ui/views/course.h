/* The course: the list of lessons beside what the chosen one is for.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_COURSE_H
#define WATTLE_UI_VIEWS_COURSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/keys.h"
#include "ui/view.h"

#define COURSE_LESSONS_MAX 1000
#define COURSE_NAME_MAX 64

typedef struct CourseRow {
	char name[COURSE_NAME_MAX];          /* the lesson's id, or the file of a broken one */
	char *title, *about, *level, *error; /* owned; "" where not told; error: not broken */
	int64_t minutes, points, steps;
	int64_t step; /* reached in this sitting; 0: not opened */
} CourseRow;

typedef struct Course {
	CourseRow *rows;
	size_t n, capacity;
	size_t here;
} Course;

void course_done(Course *course);
/* A row record of kind "lessons"; one of a known name replaces it. */
void course_take(Course *course, const json_t *record);
/* A lesson that is read has come to a step. */
void course_reached(Course *course, const char *name, int64_t step);
bool course_act(Course *course, Action action, Request *out);
void course_draw(const Course *course, Canvas *canvas, const Pane *pane, const Scene *scene);
const char *course_hint(const Course *course);
/* For --linear: one row, or (record NULL) what can be done. */
void course_say(const Course *course, const json_t *record, const Speech *speech);

#endif
