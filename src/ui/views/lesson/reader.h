/* The reader of one lesson: its text, its questions, and the experiment that runs beside them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_READER_H
#define WATTLE_UI_VIEWS_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/figures/figure.h"
#include "ui/keys.h"
#include "ui/view.h"
#include "ui/views/lesson/course.h"
#include "ui/views/lesson/exercise.h"
#include "ui/views/lesson/question.h"
#include "ui/views/race/race.h"
#include "ui/views/lesson/reflection.h"

#define READER_STEPS_MAX 200
#define READER_GOALS_MAX 8
#define READER_VARY_MAX 8

/* What is drawn in a way of its own; others are pages. */
typedef enum StepKind {
	STEP_TEXT,
	STEP_PREDICT,
	STEP_RUN,
	STEP_REVEAL,
	STEP_QUIZ,
	STEP_INSPECT,
	STEP_EXERCISE,
	STEP_REFLECT,
	STEP_OTHER
} StepKind;

/* What the engine says that a step asks, by which it is begun, done and counted; how it is drawn and
 * answered goes by the kind. */
typedef enum StepAsks {
	ASKS_NOTHING,
	ASKS_ANSWER, /* a prompt follows */
	ASKS_RUN,
	ASKS_CHECKS, /* of a file */
	ASKS_LOOK,   /* at a figure, which came with the run */
	ASKS_COUNT
} StepAsks;

typedef struct Step {
	StepKind kind;
	char word[16]; /* what records call it */
	StepAsks asks;
	char id[64];
	char *title, *markdown; /* owned; NULL: not told */
	char *why;              /* what went wrong here, whole; owned; NULL: nothing */
	bool seen, skipped;
	bool ran, failed; /* a run; failed: it was stopped or went wrong. ran: a reveal told, a
			     figure cannot be shown */
	double points;    /* that can be got; 0: none */
	Question question;
	Exercise *exercise;     /* owned, as the next ones; NULL: none was told */
	Figure *figure;         /* of an inspect step, once its run is done */
	Race *race;             /* what its last run came to; NULL: none ended */
	json_t *numbers;        /* that it returned, by name */
	Reflection *reflection; /* of a reflect step, once it was asked */
	json_t *draft; /* what an earlier sitting left typed, until the step asks; NULL: nothing */
} Step;

/* The second pane is the chart of a run, or what the step is about: checks, a figure, a text. */
enum { READER_TEXT, READER_CHART, READER_TABLE, READER_PANES };
/* What drawing finds out, for keys: how far each pane may be scrolled, and the columns of a text
 * that is written. */
enum { READER_COLUMNS = READER_PANES, READER_NOTED };

/* What is asked with y/n. */
typedef enum Confirm { CONFIRM_NOTHING, CONFIRM_RESET, CONFIRM_SKIP, CONFIRM_VALUE } Confirm;

/* What the lesson varies. */
typedef struct Vary {
	char name[64];
	json_t *values;     /* owned: numbers and texts */
	size_t picked, own; /* of them; own: the seed's, by which the checks go */
} Vary;

typedef struct Reader {
	bool open;
	char id[64];
	char *title; /* owned */
	char *goal[READER_GOALS_MAX];
	size_t goals;
	int64_t minutes, seed;
	int64_t sitting;       /* of whose worker the lesson came; it counts where it changes */
	bool allow_skip, fast; /* fast: its figures are for trying out only */
	bool again;            /* the last lesson record came because a value was set */
	Vary vary[READER_VARY_MAX];
	size_t varies, chosen; /* chosen: which one + and - change */
	size_t wanted;         /* its value that y/n asks about */
	char changing[256];    /* the question */
	Step steps[READER_STEPS_MAX];
	size_t n, at; /* at: index of the current step */
	Race race;    /* of the run at work; where it ends it becomes that of its step */
	size_t work;  /* number of its step; 0: not known yet */
	bool running; /* a run step is at work */
	bool asking;  /* the keys go to the step's question */
	bool ended;   /* the last page, behind the last step */
	Confirm confirm;
	int focus;
	bool zoomed, outline;
	size_t scroll[READER_PANES], row; /* row: in the outline */
	size_t *noted;                    /* READER_NOTED; written when a pane is drawn */
	char notice[512];                 /* the last error or notice; "": none */
	bool failed;                      /* the notice is an error */
	char reward[512];                 /* the lesson's line, filled; "": not told */
	char next[COURSE_NEXT_MAX];       /* what comes behind this lesson; "": nothing */
	char hint[640];                   /* holds a notice */
	bool asked;       /* for --linear: the step's question was said since one came to it */
	const char *told; /* … and the commands that were said last */
} Reader;

bool reader_init(Reader *reader, Err *err);
void reader_done(Reader *reader);
/* Back to nothing: the lesson is left. */
void reader_leave(Reader *reader);
void reader_take(Reader *reader, const json_t *record);
/* What was typed and is not locked, as a new array of the members of draft records. */
json_t *reader_drafts(const Reader *reader);
bool reader_act(Reader *reader, Action action, const KeyEvent *event, Request *out);
/* The line "set NAME VALUE"; false: it is none. */
bool reader_command(Reader *reader, const char *line, Request *out);
/* What to press next, for the line above the footer; after drawing. */
const char *reader_hint(const Reader *reader);
/* Where the keys go, of keys.h. */
uint32_t reader_place(const Reader *reader);
void reader_draw(const Reader *reader, Canvas *canvas, const Pane *pane, const Scene *scene);
/* What the record that was just taken means; a NULL record: what is asked for now. */
void reader_say(Reader *reader, const json_t *record, const Speech *speech);

/* --- for the reader's own files --- */

/* What is shown at the current step: of a run step its own, behind one that of the last run that
 * was made before. Never NULL. */
const Race *reader_race(const Reader *reader);
/* The run that is shown ended before its plan was whole: says so, else "". */
#define READER_STOPPED_MAX 160
const char *reader_stopped(const Reader *reader, char out[READER_STOPPED_MAX]);
/* The run of a step begins anew. */
void reader_begin_run(Reader *reader, size_t index);
/* What a run step came to is forgotten. */
void reader_forget_run(Step *step);
/* What the steps up to the current one locked: the prediction that a run or a reveal is read
 * against; NULL: none. */
const Question *reader_prediction(const Reader *reader);
/* … as text; where that of a reveal tells it already, how sure one was and why. */
void reader_prediction_flow(const Reader *reader, Flow *flow);
/* The numbers that a run returned, one a line. */
void reader_numbers_flow(const Step *step, Flow *flow);
/* Its title, or what stands for one. */
#define STEP_NAME_MAX 128
const char *reader_step_name(const Step *step, char out[STEP_NAME_MAX]);
bool reader_step_done(const Step *step);
/* A question or a text of the step that is not locked. */
bool reader_step_open(const Step *step);
/* Has a pane of its own beside the text: checks, a figure, a text to write. */
bool reader_step_works(const Step *step);
/* Charts and a table stand beside the step: not those of another run beside one that is to come. */
bool reader_shows_race(const Reader *reader);
/* … or a chart alone, of what the run drew itself. */
bool reader_shows_drawn(const Reader *reader);
/* Points so far, of those of the whole lesson. */
void reader_points(const Reader *reader, double *got, double *of);
/* The current step's question is being answered. */
bool reader_prompting(const Reader *reader);
/* After anything changed: hint says what to press next. */
void reader_update_hint(Reader *reader);
/* Something varies, and may be changed now. */
bool reader_varies(const Reader *reader);
/* A lesson record; again: of the lesson that is open. */
void reader_take_vary(Reader *reader, const json_t *record, bool again);
void reader_vary_done(Reader *reader);
bool reader_act_vary(Reader *reader, Action action, Request *out);
/* The answer to CONFIRM_VALUE. */
void reader_send_value(Reader *reader, Request *out);
bool reader_keep_value(Reader *reader);
/* What + and - change, for the hint; the values on the page of a run; those that an exercise keeps
 * although they were changed; all that can be chosen, in sentences. */
void reader_vary_hint(const Reader *reader, char *out, size_t cap);
void reader_vary_flow(const Reader *reader, Flow *flow);
void reader_own_flow(const Reader *reader, Flow *flow);
void reader_say_vary(const Reader *reader, Flow *flow);
/* What is asked with y/n; NULL: nothing. */
const char *reader_confirm_text(const Reader *reader);
/* The steps; open: one of them is chosen, else they stand beside a text. */
void reader_draw_outline(const Reader *reader, Canvas *canvas, const Pane *pane, bool open);
void reader_draw_end(const Reader *reader, Canvas *canvas, const Pane *pane);
/* The last page as text. */
void reader_end_flow(const Reader *reader, Flow *flow);

#endif
