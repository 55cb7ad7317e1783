/* A question of a lesson: a prediction or a quiz, from its prompt record to the locked answer
 * and what came of it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_QUESTION_H
#define WATTLE_UI_VIEWS_QUESTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/keys.h"
#include "ui/view.h"
#include "ui/views/flow.h"

#define QUESTION_CHOICES_MAX 32
#define QUESTION_WHY_MAX 241 /* bytes of the line that says why, with its NUL */
#define QUESTION_NUMBER_MAX 32
#define QUESTION_SURE_MAX 5 /* how sure one can be, from 1 */

typedef enum QuestionKind {
	QUESTION_NONE,
	QUESTION_CHOICE,
	QUESTION_NUMBER,
	QUESTION_QUIZ
} QuestionKind;
typedef enum QuestionField { FIELD_ANSWER, FIELD_CONFIDENCE, FIELD_WHY, FIELD_COUNT } QuestionField;

typedef struct Question {
	QuestionKind kind; /* NONE: there is none */
	int64_t step;
	char *ask, *unit; /* owned, as are the choices */
	char *choice[QUESTION_CHOICES_MAX];
	size_t choices;
	double minimum, maximum; /* NaN: no limit */
	bool confidence, why;    /* asked for, too */
	int64_t points;
	/* The answer. */
	QuestionField field; /* being filled in */
	size_t chosen;       /* index */
	int sure;            /* 1 … 5 */
	char number[QUESTION_NUMBER_MAX];
	char because[QUESTION_WHY_MAX];
	bool locked;
	bool sent; /* locked here and not yet confirmed: an error unlocks it again */
	/* What came of a quiz. */
	bool checked, pass;
	int64_t got, of;
	char *said;
} Question;

void question_done(Question *question);
/* A prompt record; a locked answer in it is taken over, one that is being given stays. */
void question_take(Question *question, const json_t *record);
/* What was typed and not locked, as a new object of members of a draft record; NULL: nothing. */
json_t *question_draft(const Question *question);
/* Takes what was typed in an earlier sitting, unless something was since. */
void question_resume(Question *question, const json_t *draft);
/* A check record. */
void question_check(Question *question, const json_t *record);
/* The worker refused what was sent. */
void question_refused(Question *question);
/* A key while the question is asked. True when used; *out is the answer command once it is
 * complete. */
bool question_key(Question *question, Action action, const KeyEvent *event, Request *out);
/* True while letters are text. */
bool question_typing(const Question *question);
/* True while a number is. */
bool question_counting(const Question *question);
/* True for a digit that is none of those that answer now, and at the end of a number that is none or
 * out of its limits; *out says what is asked for. A line's number is then cleared. */
bool question_misses(Question *question, const KeyEvent *event, char *out, size_t cap);
/* " from 0 to 9", " of at most 9", or nothing. Returned. */
#define QUESTION_LIMITS_MAX 48
const char *question_limits(const Question *question, char out[QUESTION_LIMITS_MAX]);

/* --- question_draw.c */
/* The question and its fields or its answer; *focus_line is the line of the field at work. */
void question_flow(const Question *question, Flow *flow, Glyphs glyphs, bool focused,
		   size_t *focus_line);
/* What was answered, in the words of its choice, or the number with its unit. */
#define QUESTION_ANSWER_MAX 512
void question_answer(const Question *question, char out[QUESTION_ANSWER_MAX]);
/* "You were sure: 4/5. Why: …", of a locked one. */
void question_reasons_flow(const Question *question, Flow *flow);
/* "You predicted: the int8 copy (sure: 4/5). Why: …" Nothing before it is locked. */
void question_answer_flow(const Question *question, Flow *flow);
/* For --linear: the whole question, and its answer when it is locked. */
void question_say(const Question *question, const Speech *speech);
/* The line that asks for the field at work; ends with '>'. */
void question_say_field(const Question *question, const Speech *speech);
/* What to press, for the line above the footer. */
const char *question_hint(const Question *question);

#endif
