/* Marks: who handed in what, what it is worth, and what answers say.
 * SPDX-License-Identifier: MIT */
#include "app/grading/grades.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/lesson/source.h"
#include "base/list.h"
#include "base/record.h"
#include "base/text.h"

#define CHECK_SECONDS 20

static const char *const status_names[] = {
#define X(name, text) text,
	MARK_LIST(X)
#undef X
};

const char *mark_status_name(MarkStatus status)
{
	return status_names[status];
}

MarkStatus mark_status_of(const char *name)
{
	MarkStatus status = 0;
	while (status < MARK_STATUSES && strcmp(status_names[status], name) != 0)
		status++;
	return status;
}

/* --- who handed in what ----------------------------------------------------------------------- */

const Submission *grades_submission(const Grades *grades, size_t student)
{
	size_t at = student < grades->roster.count ? grades->of[student] : grades->handed_count;
	bool fine = at < grades->handed_count && !grades->handed[at].why;
	return fine ? &grades->handed[at].submission : NULL;
}

const char *grades_student(const Grades *grades, size_t student)
{
	return student < grades->roster.count ? grades->roster.entry[student].student : "";
}

bool grades_changed(const Grades *grades, size_t student)
{
	const Submission *submission = grades_submission(grades, student);
	const char *had = submission ? record_text(submission->head, "lesson_sha256") : "";
	return *had && strcmp(had, grades->sha256) != 0;
}

bool grades_fast(const Grades *grades, size_t student)
{
	const Submission *submission = grades_submission(grades, student);
	return submission && json_is_true(json_object_get(submission->head, "fast"));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const RosterEntry *)a)->student, ((const RosterEntry *)b)->student);
}

/* Everyone who handed in, by name. */
static bool roster_of_handed(Grades *grades, Err *err)
{
	Roster *roster = &grades->roster;
	for (size_t i = 0; i < grades->handed_count; i++) {
		const char *student = grades->handed[i].student;
		if (*student && roster_find(roster, student) == roster->count &&
		    !roster_add(roster, student, NULL, NULL, err))
			return false;
	}
	if (roster->count)
		qsort(roster->entry, roster->count, sizeof *roster->entry, by_name);
	return true;
}

/* The file is not graded, for that reason. */
static void refuse(Handed *handed, const char *format, const char *a, const char *b)
{
	char text[ERR_TEXT_MAX];
	text_format(text, sizeof text, format, a, b);
	free(handed->why);
	handed->why = strdup(text);
}

static bool is_for_it(const Grades *grades, size_t handed)
{
	return handed < grades->handed_count &&
	       strcmp(grades->handed[handed].lesson, record_text(grades->source, "id")) == 0;
}

/* Two files of one student: neither is taken, for either may be somebody else's. */
static void assign(Grades *grades)
{
	for (size_t i = 0; i < grades->handed_count; i++) {
		Handed *handed = &grades->handed[i];
		size_t student = roster_find(&grades->roster, handed->student);
		if (!*handed->student)
			continue;
		if (student == grades->roster.count) {
			refuse(handed, "%s: '%s' does not stand on the roster", handed->name,
			       handed->student);
			continue;
		}
		size_t first = grades->of[student];
		bool fits = is_for_it(grades, i);
		if (first == grades->handed_count || (fits && !is_for_it(grades, first)))
			grades->of[student] = i;
		else if (fits)
			refuse(&grades->handed[first],
			       "both %s and %s are of this student: keep one",
			       grades->handed[first].name, handed->name);
	}
}

/* --- marks ------------------------------------------------------------------------------------ */

static Mark *add_mark(Grades *grades, Err *err)
{
	Mark *more = list_room(grades->mark, grades->count, &grades->room, sizeof *more);
	if (!more) {
		err_set(err, ERR_MEMORY, "no memory for the grades");
		return NULL;
	}
	grades->mark = more;
	Mark *mark = &grades->mark[grades->count++];
	*mark = (Mark){ .check = "", .exercise = "", .title = "", .attempts = -1 };
	return mark;
}

void grades_settle(Mark *mark, MarkStatus status, const char *message)
{
	free(mark->message);
	mark->message = message && *message ? strdup(message) : NULL;
	mark->status = status;
	mark->max = mark->worth;
	mark->points = status == MARK_PASS ? mark->worth : 0;
	/* What a worker leaves out (no meter is there) nobody could have earned. */
	if (status == MARK_SKIPPED)
		mark->max = 0;
	if (!isnan(mark->worth))
		return;
	mark->points = mark->hand ? mark->hand->points : NAN;
	mark->max = mark->hand ? mark->hand->max : NAN;
}

/* A skipped step counts as the grading file says: it leaves the maximum, or it is worth nothing. */
static void settle_skip(const Grades *grades, Mark *mark)
{
	bool allowed = json_is_true(json_object_get(grades->grading, "allow_skip"));
	grades_settle(mark, MARK_SKIPPED, NULL);
	if (!allowed)
		mark->max = mark->worth;
}

/* What a step is worth: by the grading file, else its own points; NaN: by hand. */
static double step_worth(const Grades *grades, const json_t *step)
{
	const json_t *weights = json_object_get(grades->grading, "weights");
	const json_t *weight = json_object_get(weights, record_text(step, "id"));
	if (json_is_string(weight) || (!weight && source_is(step, "reflect")))
		return NAN;
	return json_number_value(weight ? weight : json_object_get(step, "points"));
}

static MarkShow show_of(const json_t *check)
{
	const char *show = record_text(check, "show");
	return strcmp(show, "after_due") == 0 ? SHOW_AFTER_DUE
	       : strcmp(show, "never") == 0   ? SHOW_NEVER
					      : SHOW_NOW;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void grade_quiz(Mark *mark, const json_t *step, const json_t *answer)
{
	char text[ERR_TEXT_MAX];
	json_int_t chosen = json_integer_value(json_object_get(answer, "choice"));
	const json_t *choice = json_array_get(json_object_get(step, "choices"), (size_t)chosen - 1);
	bool right = json_is_true(json_object_get(choice, "right"));
	text_format(text, sizeof text, "chosen: %s", record_text(choice, "text"));
	grades_settle(mark, right ? MARK_PASS : MARK_FAIL, right ? NULL : text);
}

/* A number that the lesson would not have taken: only who writes a submission by hand can hand it
 * in, or who had other limits. */
static bool in_limits(Mark *mark, const json_t *step, const json_t *answer)
{
	const json_t *least = json_object_get(step, "min"), *most = json_object_get(step, "max");
	double number = json_number_value(json_object_get(answer, "number"));
	bool below = least && number < json_number_value(least),
	     above = most && number > json_number_value(most);
	char text[96];
	if (!below && !above)
		return true;
	text_format(text, sizeof text, "the lesson takes no number %s %.10g; it is %.10g",
		    below ? "below" : "above", json_number_value(below ? least : most), number);
	grades_settle(mark, MARK_ERROR, text);
	return false;
}

/* A prediction earns its points by being made: what is right differs from machine to machine. */
static void grade_answer(const Grades *grades, Mark *mark, const json_t *step, const json_t *answer)
{
	if (!answer)
		grades_settle(mark, MARK_MISSING, "not answered");
	else if (json_is_true(json_object_get(answer, "skipped")))
		settle_skip(grades, mark);
	else if (isnan(mark->worth))
		grades_settle(mark, MARK_MANUAL, record_text(answer, "text"));
	else if (source_is(step, "quiz"))
		grade_quiz(mark, step, answer);
	else if (in_limits(mark, step, answer))
		grades_settle(mark, MARK_PASS, NULL);
}

/* --- the plan --------------------------------------------------------------------------------- */

/* A student's work in one step, for its marks. */
typedef struct Work {
	size_t student;
	const Submission *submission; /* NULL: none */
	const char *why;              /* why not; NULL: nothing was handed in */
} Work;

/* True when there is nothing to grade, which the mark then says. */
static bool settle_absent(Mark *mark, const Work *work)
{
	if (!work->submission)
		grades_settle(mark, work->why ? MARK_ERROR : MARK_MISSING,
			      work->why ? work->why : "nothing was handed in");
	return !work->submission;
}

static bool plan_check(Grades *grades, const Work *work, const json_t *step, const json_t *check,
		       double worth, bool extra, Err *err)
{
	const char *id = record_text(step, "id");
	const json_t *seconds = json_object_get(grades->grading, "seconds");
	/* The lesson's own checks keep the time that students had. */
	const json_t *limit = extra && json_is_number(seconds)
				      ? seconds
				      : json_object_get(source_exercise(step), "seconds");
	Mark *mark = add_mark(grades, err);
	if (!mark)
		return false;
	*mark = (Mark){ .student = work->student,
			.exercise = id,
			.check = record_text(check, "id"),
			.title = record_text(check, "text"),
			.extra = extra,
			.show = show_of(check),
			.worth = worth,
			.seconds = json_is_number(limit) ? json_number_value(limit) : CHECK_SECONDS,
			.attempts = -1 };
	if (settle_absent(mark, work))
		return true;
	const json_t *file = json_object_get(work->submission->files, id);
	const json_t *answer = json_object_get(work->submission->answers, id);
	if (!file && json_is_true(json_object_get(answer, "skipped"))) {
		settle_skip(grades, mark);
	} else if (!file) {
		grades_settle(mark, MARK_MISSING, "the submission has no file for it");
	} else {
		mark->attempts = json_integer_value(json_object_get(file, "attempts"));
		mark->status = MARK_STATUSES;
	}
	return true;
}

static double points_of(const json_t *json)
{
	return json_number_value(json_object_get(json, "points"));
}

/* The lesson's own checks share what the exercise is worth; those of the grading file add theirs. */
static bool plan_exercise(Grades *grades, const Work *work, const json_t *step, Err *err)
{
	size_t i;
	json_t *check;
	double worth = step_worth(grades, step), own = points_of(step);
	double share = isnan(worth) || own > 0 ? worth / own : 1;
	const json_t *extra =
		json_object_get(json_object_get(grades->grading, "extra"), record_text(step, "id"));
	bool ok = true;
	json_array_foreach(json_object_get(source_exercise(step), "checks"), i, check) ok =
		ok && plan_check(grades, work, step, check, share * points_of(check), false, err);
	json_array_foreach((json_t *)(uintptr_t)extra, i, check) ok =
		ok && plan_check(grades, work, step, check, points_of(check), true, err);
	return ok;
}

static bool plan_step(Grades *grades, const Work *work, const json_t *step, Err *err)
{
	if (source_is(step, "exercise"))
		return plan_exercise(grades, work, step, err);
	if (!source_asks(step))
		return true;
	Mark *mark = add_mark(grades, err);
	if (!mark)
		return false;
	mark->student = work->student;
	mark->exercise = record_text(step, "id");
	mark->title = record_text(step, "id");
	mark->worth = step_worth(grades, step);
	if (!settle_absent(mark, work))
		grade_answer(grades, mark, step,
			     json_object_get(work->submission->answers, mark->exercise));
	return true;
}

/* A row for each file that is nobody's. */
static bool plan_strays(Grades *grades, Err *err)
{
	for (size_t i = 0; i < grades->handed_count; i++) {
		const Handed *handed = &grades->handed[i];
		size_t student = roster_find(&grades->roster, handed->student);
		if (*handed->student && student < grades->roster.count)
			continue;
		Mark *mark = add_mark(grades, err);
		if (!mark)
			return false;
		mark->student = grades->roster.count;
		grades_settle(mark, MARK_ERROR, handed->why);
	}
	return true;
}

bool grades_plan(Grades *grades, Err *err)
{
	size_t i;
	json_t *step;
	bool ok = grades->roster.count || roster_of_handed(grades, err);
	grades->of = calloc(grades->roster.count + 1, sizeof *grades->of);
	if (!ok || !grades->of)
		return ok && err_set(err, ERR_MEMORY, "no memory for the grades");
	for (size_t s = 0; s < grades->roster.count; s++)
		grades->of[s] = grades->handed_count;
	assign(grades);
	for (size_t s = 0; ok && s < grades->roster.count; s++) {
		size_t file = grades->of[s];
		Work work = { s, grades_submission(grades, s),
			      file < grades->handed_count ? grades->handed[file].why : NULL };
		json_array_foreach(json_object_get(grades->source, "steps"), i, step) ok =
			ok && plan_step(grades, &work, step, err);
	}
	return ok && plan_strays(grades, err);
}

/* --- points that people gave ------------------------------------------------------------------ */

static Mark *find_mark(const Grades *grades, size_t student, const HandRow *row)
{
	for (size_t i = 0; i < grades->count; i++) {
		Mark *mark = &grades->mark[i];
		if (mark->student == student && strcmp(mark->exercise, row->exercise) == 0 &&
		    strcmp(mark->check, row->check) == 0)
			return mark;
	}
	return NULL;
}

/* Before what spreadsheets would take for a formula generic writes a '. */
static size_t find_student(const Grades *grades, const char *student)
{
	size_t found = roster_find(&grades->roster, student);
	return found == grades->roster.count && *student == '\''
		       ? roster_find(&grades->roster, student + 1)
		       : found;
}

static bool take_hand(Grades *grades, const HandRow *row, const char *file, Err *err)
{
	size_t student = find_student(grades, row->student);
	if (student == grades->roster.count)
		return err_set(
			err, ERR_FORMAT,
			"%s:%zu: '%s' does not stand on the roster; without --roster that is "
			"who handed in",
			file, row->line, row->student);
	Mark *mark = find_mark(grades, student, row);
	if (!mark)
		return err_set(err, ERR_FORMAT, "%s:%zu: the lesson '%s' grades no '%s%s%s'", file,
			       row->line, record_text(grades->source, "id"), row->exercise,
			       *row->check ? " " : "", row->check);
	if (mark->hand)
		return err_set(err, ERR_FORMAT, "%s:%zu: '%s' has points for '%s' in line %zu",
			       file, row->line, row->student, row->exercise, mark->hand->line);
	mark->hand = row;
	if (isnan(mark->worth)) {
		mark->points = row->points;
		mark->max = row->max;
	}
	return true;
}

bool grades_by_hand(Grades *grades, const ByHand *hand, const char *file, Err *err)
{
	const char *id = record_text(grades->source, "id");
	for (size_t i = 0; i < hand->count; i++) {
		const HandRow *row = &hand->row[i];
		bool other = *row->lesson && strcmp(row->lesson, id) != 0;
		if (!other && *row->student && !take_hand(grades, row, file, err))
			return false;
	}
	return true;
}

bool grades_wait(const Grades *grades, const Mark *mark)
{
	/* The checks of an exercise that is graded by hand are run and have their status. */
	return isnan(mark->points) && mark->status != MARK_MISSING &&
	       mark->status != MARK_SKIPPED && grades_submission(grades, mark->student);
}

void grades_sum(const Grades *grades, size_t student, double *points, double *max)
{
	*points = *max = 0;
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		if (mark->student != student || isnan(mark->points))
			continue;
		*points += mark->points;
		*max += mark->max;
	}
}

void grades_done(Grades *grades)
{
	for (size_t i = 0; i < grades->count; i++)
		free(grades->mark[i].message);
	for (size_t i = 0; i < grades->handed_count; i++) {
		submission_done(&grades->handed[i].submission);
		free(grades->handed[i].file);
		free(grades->handed[i].why);
	}
	free(grades->mark);
	free(grades->handed);
	free(grades->of);
	roster_done(&grades->roster);
	*grades = (Grades){ .count = 0 };
}
