/* The grades of one lesson: a mark for each check, quiz, prediction and reflection of each student,
 * in the order of the roster and of the lesson.
 *
 * Points are always ours: of a student's file only what a worker found by running it counts, of
 * answers only what the lesson says.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_GRADES_H
#define WATTLE_APP_GRADING_GRADES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/grading/by_hand.h"
#include "app/grading/roster.h"
#include "app/grading/secret.h"
#include "app/grading/submission.h"
#include "base/err.h"

/* X(NAME, "name") */
#define MARK_LIST(X)          \
	X(PASS, "pass")       \
	X(FAIL, "fail")       \
	X(ERROR, "error")     \
	X(TIMEOUT, "timeout") \
	X(SKIPPED, "skipped") \
	X(MISSING, "missing") \
	X(MANUAL, "manual")

typedef enum MarkStatus {
#define X(name, text) MARK_##name,
	MARK_LIST(X)
#undef X
		MARK_STATUSES
} MarkStatus;

/* When a student may see it. */
typedef enum MarkShow { SHOW_NOW, SHOW_AFTER_DUE, SHOW_NEVER } MarkShow;

typedef struct Mark {
	size_t student;       /* of the roster; its count: of nobody who is known */
	const char *exercise; /* the id of the step, borrowed from the source */
	const char *check;    /* "" when the step has none */
	const char *title;    /* what people read */
	bool extra;           /* of the grading file */
	MarkStatus status;
	bool unfair; /* the model solution does not pass the check either */
	MarkShow show;
	double points, max;  /* NaN: not graded by hand yet */
	double worth;        /* points if it passes; NaN: graded by hand */
	double seconds;      /* that a worker has for it */
	int64_t attempts;    /* as the student's file tells; -1: not told */
	char *message;       /* owned, or NULL */
	const HandRow *hand; /* points that a person gave, borrowed; NULL: none */
} Mark;

/* A file that was handed in. */
typedef struct Handed {
	char *file;     /* its name in the folder; owned */
	char name[256]; /* the same for people */
	char student[SUBMISSION_NAME_MAX],
		lesson[SUBMISSION_NAME_MAX]; /* as it says; "": unreadable */
	Submission submission;
	char *why; /* NULL: it can be graded; owned */
} Handed;

typedef struct Grades {
	const json_t *source;  /* of the lesson */
	const char *sha256;    /* of its file */
	const json_t *grading; /* of the grading file; NULL: there is none */
	const Secret *secret;  /* NULL: none, and hidden data are those of the student's seed */
	Roster roster;
	Handed *handed; /* by name */
	size_t handed_count;
	size_t *of; /* of a student of the roster: the file, or handed_count */
	Mark *mark;
	size_t count, room;
} Grades;

const char *mark_status_name(MarkStatus status);
/* MARK_STATUSES: there is no such word. */
MarkStatus mark_status_of(const char *name);

/* The files of a folder, and whose they say they are. ERR_FILE: the folder cannot be read;
 * ERR_NEED: it is empty. */
bool grades_find(Grades *grades, const char *folder, Err *err);
/* The lesson that all of them are for that can be read; cap: of out. ERR_NEED: none can; ERR_USAGE,
 * with a list: they differ. */
bool grades_lesson(const Grades *grades, char *out, size_t cap, Err *err);
/* How many are for another lesson than grades->source. */
size_t grades_strangers(const Grades *grades);
/* Reads them whole by grades->source; those that cannot be graded keep the reason. */
void grades_read(Grades *grades, const char *folder);
/* Whose file is whose (one for another lesson never stands in the way of one for this), and a mark
 * for all that is to be graded: answers at once, checks that must be run get status MARK_STATUSES.
 * Without a roster everyone who handed in is on it. */
bool grades_plan(Grades *grades, Err *err);
/* What came out of a check; message is copied. */
void grades_settle(Mark *mark, MarkStatus status, const char *message);
/* True when the student had the lesson in another state than it is graded in. */
bool grades_changed(const Grades *grades, size_t student);
/* True when what the student handed in is of an attempt in fast mode. */
bool grades_fast(const Grades *grades, size_t student);
/* The submission of a student; NULL: there is none that can be graded. */
const Submission *grades_submission(const Grades *grades, size_t student);
const char *grades_student(const Grades *grades, size_t student);
/* Points that people gave, for marks that are graded by hand; the others keep theirs. Those of
 * another lesson are passed over. ERR_FORMAT names the line of file: nobody of the roster, no step
 * or check of the lesson. hand outlives grades. */
bool grades_by_hand(Grades *grades, const ByHand *hand, const char *file, Err *err);
/* Whether a person is still to give points for it: something was handed in, and nobody has. */
bool grades_wait(const Grades *grades, const Mark *mark);
/* Sum over a student's marks, without those that are still to be graded by hand. */
void grades_sum(const Grades *grades, size_t student, double *points, double *max);
/* grades->source, grading and secret stay the caller's. */
void grades_done(Grades *grades);

#endif
