/* The reader of one lesson: its text, its questions, and the experiment that runs beside them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_READER_H
#define WATTLE_UI_VIEWS_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/keys.h"
#include "ui/view.h"
#include "ui/views/question.h"
#include "ui/views/race.h"

#define READER_STEPS_MAX 200
#define READER_GOALS_MAX 8

typedef enum StepKind {
	STEP_TEXT,
	STEP_PREDICT,
	STEP_RUN,
	STEP_REVEAL,
	STEP_QUIZ,
	STEP_OTHER
} StepKind;

typedef struct Step {
	StepKind kind;
	char *title, *markdown; /* owned; NULL: not told */
	bool seen, failed;      /* failed: a run step that was stopped or went wrong */
	bool ran;
	Question question;
} Step;

enum { READER_TEXT, READER_CHART, READER_TABLE, READER_PANES };

typedef struct Reader {
	bool open;
	char id[64];
	char *title; /* owned */
	char *goal[READER_GOALS_MAX];
	size_t goals;
	int64_t minutes, seed;
	Step steps[READER_STEPS_MAX];
	size_t n, at; /* at: index of the current step */
	Race race;
	bool running; /* a run step is at work */
	bool asking;  /* the keys go to the step's question */
	int focus;
	bool zoomed, outline;
	size_t scroll[READER_PANES], row; /* row: in the outline */
	size_t *noted;    /* READER_PANES: how far each may scroll, written when it is drawn */
	char notice[512]; /* the last error; "": none */
	char hint[256];
} Reader;

bool reader_init(Reader *reader, Err *err);
void reader_done(Reader *reader);
/* Back to nothing: the lesson is left. */
void reader_leave(Reader *reader);
void reader_take(Reader *reader, const json_t *record);
bool reader_act(Reader *reader, Action action, const KeyEvent *event, Request *out);
/* True while letters and digits are the question's. */
bool reader_prompting(const Reader *reader);
void reader_draw(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene);
void reader_say(Reader *reader, const json_t *record, const Speech *speech);

/* What the steps up to the current one locked: the prediction that a run or a reveal is read
 * against; NULL: none. */
const Question *reader_prediction(const Reader *reader);
/* A word for a kind: "text", "predict", … */
const char *reader_kind(StepKind kind);

#endif
