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
#define COURSE_NEXT_MAX 160

typedef struct CourseRow {
	char name[COURSE_NAME_MAX]; /* the lesson's id, or the file of a broken one */
	json_t *record;             /* owned */
	int64_t step;               /* the last one that was come to; 0: none */
	double points;              /* got */
	bool done;
} CourseRow;

typedef struct Course {
	CourseRow *rows;
	size_t n, capacity;
	size_t here;
	bool moved; /* from where one is put at first: at the lesson that was worked at last */
	char notice[256]; /* told while no lesson is open; "" */
} Course;

typedef enum CourseState {
	COURSE_BROKEN,  /* its file cannot be loaded */
	COURSE_PLANNED, /* in preparation: has a question, cannot be opened */
	COURSE_WAITING, /* comes after one that is not done */
	COURSE_NEW,
	COURSE_BEGUN,
	COURSE_DONE
} CourseState;

void course_done(Course *course);
/* A row record of kind "lessons"; one of a known name replaces it. A notice. */
void course_take(Course *course, const json_t *record);
/* A lesson that is read has come to a step. */
void course_reached(Course *course, const char *name, int64_t step, double points, bool done);
/* What comes behind a lesson, as a sentence; "" for nothing. */
void course_next(const Course *course, const char *name, char out[COURSE_NEXT_MAX]);
/* Puts the cursor on that lesson; ended: on the one behind it, if there is one that opens. */
void course_stand(Course *course, const char *name, bool ended);
bool course_act(Course *course, Action action, Request *out);
void course_draw(const Course *course, Canvas *canvas, const Pane *pane, const Scene *scene);
const char *course_hint(const Course *course);
/* For --linear: one row, or (record NULL) what can be done. */
void course_say(const Course *course, const json_t *record, const Speech *speech);

/* --- for the course's own files --- */

CourseState course_state(const Course *course, const CourseRow *row);
/* "05" of "green.05"; "" of a broken one. */
const char *course_number(const CourseRow *row);
/* The lesson that a waiting one comes after: the first that is not done; NULL: none. */
const char *course_awaited(const Course *course, const CourseRow *row);
/* The title, or a broken one's file. */
const char *course_title(const CourseRow *row);
/* Of all lessons that can be opened: the share of their minutes that is behind, and the minutes
 * that are left. */
double course_share(const Course *course, double *left_min);
size_t course_count(const Course *course, CourseState state);

#endif
