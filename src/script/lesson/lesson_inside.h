/* Shared by the files of the lesson engine: steps as they were checked, the lesson they make,
 * and the comparison that a run leaves.
 *
 * Texts are Lua strings, kept alive by the handle that points to them; a script that changes its
 * table afterwards changes nothing.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_LESSON_INSIDE_H
#define WATTLE_SCRIPT_LESSON_INSIDE_H

#include "lab/results.h"
#include "script/inside.h"
#include "script/lesson/lesson.h"
#include "script/lesson/template.h"

#define STEP_HANDLE "step"
#define COMPARISON_HANDLE "comparison"

#define LESSON_STEPS_MAX 64
#define LESSON_CHOICES_MAX 9
#define LESSON_GOALS_MAX 12
#define LESSON_VARY_MAX 8
#define LESSON_VALUES_MAX 16
#define LESSON_NAME_MAX 32  /* of ids, variants */
#define LESSON_LINE_MAX 256 /* bytes of a title, a goal, a choice */
#define LESSON_TEXT_MAX 32768
#define LESSON_ANSWER_MAX 4000 /* bytes of a reflection */
#define STEP_NUMBER_MAX 1e15   /* that can be asked for, either sign */
#define LESSON_NUMBERS_MAX 32  /* in the table that a run returns */
#define DRAWN_POINTS_MAX 2000  /* by the body of a run */
#define DRAWN_CURVES_MAX 8
#define EXERCISE_CHECKS_MAX 16
#define EXERCISE_HINTS_MAX 3
#define CHECK_SECONDS_MAX 600 /* that a lesson may give a check */
#define EXERCISE_REPORTS_MAX 8
#define EXERCISE_FILE_MAX 64 /* bytes of a file's name */

typedef enum StepKind {
	STEP_TEXT,
	STEP_PREDICT,
	STEP_RUN,
	STEP_REVEAL,
	STEP_QUIZ,
	STEP_REFLECT,
	STEP_INSPECT,
	STEP_EXERCISE,
} StepKind;

/* What a step asks of who comes to it; records call it "answer", "run", "checks" and "look". */
typedef enum StepAsks { ASKS_NOTHING, ASKS_ANSWER, ASKS_RUN, ASKS_CHECKS, ASKS_LOOK } StepAsks;

typedef struct Choice {
	const char *text;
	const char *arm; /* predict: an arm or "none" */
	const char *say; /* quiz; NULL: nothing */
	bool right;
} Choice;

/* What a student answered; locked once it is given. */
typedef struct Answer {
	bool given;
	size_t choice; /* from 0 */
	double number;
	int confidence; /* 0: not told */
	char why[LESSON_LINE_MAX * 2];
	char text[LESSON_ANSWER_MAX + 1]; /* reflect */
} Answer;

typedef enum CheckShow { SHOW_NOW, SHOW_AFTER_DUE, SHOW_NEVER } CheckShow;

/* A check of an exercise; its function lies in the step's STEP_FUNCTION, by its number from 1. */
typedef struct Check {
	char id[LESSON_NAME_MAX];
	int line; /* on which its table begins; 0: not known */
	const char *text;
	double points;
	size_t hints;
	const char *hint[EXERCISE_HINTS_MAX];
	const char *on_error; /* NULL: none */
	bool measured;        /* requires = "measured" */
	CheckShow show;
} Check;

/* What a round of checks can measure of a model. */
typedef enum ExerciseMetric {
	EXERCISE_BYTES,
	EXERCISE_MACS,
	EXERCISE_ACCURACY,
	EXERCISE_METRICS
} ExerciseMetric;

typedef struct Exercise {
	double minutes, seconds; /* seconds: of each check; minutes 0: not told */
	const char *file, *solution;
	bool setup; /* a function, "setup" in STEP_FUNCTION */
	size_t checks;
	Check check[EXERCISE_CHECKS_MAX];
	size_t reports;
	char report[EXERCISE_REPORTS_MAX][LESSON_NAME_MAX];

	/* What the last round left; NaN: not known. */
	double metric[EXERCISE_METRICS], base[EXERCISE_METRICS];
	double reported[EXERCISE_REPORTS_MAX];
} Exercise;

enum { STEP_STRINGS = 1, STEP_FUNCTION, STEP_RESULT, STEP_VALUES = STEP_RESULT };
typedef struct Step {
	StepKind kind;
	int line; /* of the script, 0: not known */
	char id[LESSON_NAME_MAX];
	const char *title; /* run, exercise */
	/* text, reveal, exercise: Markdown; predict, quiz, reflect: the question */
	const char *text;
	size_t choices; /* 0: a number is asked for */
	Choice choice[LESSON_CHOICES_MAX];
	const char *unit;
	double minimum, maximum;
	bool confidence, why;
	double points;                                       /* quiz, exercise */
	double seconds;                                      /* run */
	double min_words;                                    /* reflect */
	bool wanted[METRIC_COUNT], wants;                    /* show of a run; wants: given */
	char predict[LESSON_NAME_MAX], run[LESSON_NAME_MAX]; /* reveal; run: inspect too */
	char arm[PLAN_NAME_MAX];                             /* inspect */
	const struct ModelView *view;                        /* inspect */
	size_t layer;                                        /* inspect; 0: the first */
	struct Step *predict_step, *run_step;
	Exercise *exercise; /* lies in STEP_STRINGS; NULL: another kind */

	Answer answer;                 /* predict, quiz, reflect */
	bool skipped;                  /* and not answered since */
	bool done;                     /* run: its result is there, a comparison or numbers */
	bool restored;                 /* … of an earlier time */
	struct Comparison *comparison; /* run: lies in STEP_RESULT; NULL: none */
	size_t numbers;                /* run: what the body returned in a plain table */
	char number_name[LESSON_NUMBERS_MAX][LESSON_NAME_MAX];
	double number[LESSON_NUMBERS_MAX]; /* NaN: it is not measured here */
	bool revealed;                     /* reveal: what answer() said of the run as it is now */
	char answer_arm[PLAN_NAME_MAX];    /* as it said it */
	char nothing[LESSON_LINE_MAX]; /* inspect: why there is no figure; "": there may be one */
	char answer_text[LESSON_LINE_MAX]; /* as the prediction words it */
} Step;

typedef struct VaryValue {
	bool is_number;
	double number;
	const char *text;
} VaryValue;

typedef struct Vary {
	char name[LESSON_NAME_MAX];
	size_t count, picked, own; /* own: the seed's, by which exercises go */
	VaryValue value[LESSON_VALUES_MAX];
} Vary;

/* What the body of a run has drawn so far. */
typedef struct DrawnCurve {
	char name[LESSON_NAME_MAX];
	double x; /* of its last point */
} DrawnCurve;

typedef struct Drawn {
	size_t points, curves;
	DrawnCurve curve[DRAWN_CURVES_MAX];
} Drawn;

enum { LESSON_STRINGS = 1, LESSON_STEPS, LESSON_VALUES = LESSON_STEPS };
typedef struct Lesson {
	char id[PLAN_NAME_MAX];
	int line;
	const char *title, *level, *reward;
	const char *question; /* of one that is only planned, which has no steps; else NULL */
	double minutes;
	size_t goals, afters;
	const char *goal[LESSON_GOALS_MAX], *after[LESSON_GOALS_MAX];
	Needs needs;
	size_t varies;
	Vary vary[LESSON_VARY_MAX];
	size_t costs;
	Metric cost[2], fixed_cost; /* fixed before the first step */
	bool measured;              /* a sensor measures joules here */
	ScriptCaps caps;
	bool allow_skip;
	size_t steps;
	Step *step[LESSON_STEPS_MAX];

	uint64_t seed;
	size_t current; /* step, from 1; 0: none yet */
	Step *running;  /* whose body is called; NULL: none */
	Drawn drawn;    /* by it */
	uint64_t run_seed;
	bool compared;          /* that body has made its comparison */
	const Results *watched; /* get the records; NULL: none */
	LessonReader *reader;
} Lesson;

/* User values: while figures are made of it, the table of its programs and the rows. */
enum { COMPARISON_PROGRAMS = 1, COMPARISON_ROWS, COMPARISON_VALUES = COMPARISON_ROWS };
typedef struct Comparison {
	Results *results; /* NULL: closed */
	Plan plan;
	double predictions; /* that costs are told for */
	Metric cost;
} Comparison;

/* steps.c: w.text, w.predict, … */
void steps_open(lua_State *L); /* sets them in the table on top */
const char *step_kind_name(StepKind kind);
StepAsks step_asks(const Step *step);
/* Sets "asks" of a record; a step that asks nothing has none. */
void step_set_asks(const Step *step, json_t *record);
/* What a list shows beside a lesson: goals, after, needs, and the outline: [{kind, title}]. */
void lesson_row_beside(const Lesson *lesson, json_t *row);
/* A string of the table at `table`, checked and anchored in the list at `strings`; NULL when
 * absent. Raises for a text that is empty, too long or not printable. */
const char *step_string(lua_State *L, int table, int strings, const char *what, const char *key,
			size_t cap);
/* "id": a letter, then letters, digits and _. */
void step_id(lua_State *L, const char *key, const char *what, const char *id, char *out);

/* fill.c: the names in texts. */
/* Raises for a name that is unknown in the lesson, with the line of the field. */
void fill_check(lua_State *L, const Lesson *lesson);
/* A filled text, to be freed; NULL and *err. step: the reveal that {{answer}} belongs to, the
 * exercise of {{file}}, or NULL. */
char *fill_text(const Lesson *lesson, const Step *step, const char *text, Err *err);
/* Arms that texts and predictions of the run name must be its arms. ERR_SCRIPT with the line. */
bool fill_check_arms(const Script *script, const Lesson *lesson, const Step *run, Err *err);

/* step_exercise.c */
int step_exercise(lua_State *L);
/* "bytes", "macs", "accuracy"; the metric of that name, or EXERCISE_METRICS. */
const char *exercise_metric_name(ExerciseMetric metric);
ExerciseMetric exercise_metric_find(const char *name);
const char *check_show_name(CheckShow show);
/* Takes {"metrics":{…},"base":{…},"reports":{…}}: what is no number by a known name is left out. */
void exercise_take(Exercise *exercise, const json_t *figures);

/* compare.c */
void compare_open(lua_State *L); /* pushes the function `compare` */
/* comparison.c */
void comparison_open(lua_State *L); /* registers the handle */
/* Pushes a handle that holds nothing yet, by the lesson's cost. */
Comparison *comparison_push(lua_State *L);
/* Its plan is filled: makes its results. */
bool comparison_begin(Comparison *self, Err *err);
/* Fills it from the records of an earlier run by that name: plan, the one that holds the plan; end,
 * its step-end. ERR_FORMAT: what does not fit. */
bool comparison_restore(Comparison *self, const char *name, const json_t *plan,
			const json_t *records, const json_t *end, Err *err);
/* "MEASURED pkg", "MODELLED …", "MEASURED clock": where the cost comes from. */
void compare_source(const Comparison *comparison, Metric metric, char *out, size_t cap);
/* Estimate of one metric of an arm, for the work of the comparison; the ratio to its baseline. */
Estimate compare_value(const Comparison *comparison, Metric metric, size_t arm);
Estimate compare_ratio(const Comparison *comparison, Metric metric, size_t arm);
/* The arm of that name, or plan.arms. */
size_t compare_find(const Comparison *comparison, const char *name);

/* A whole number as an integer of JSON. */
json_t *lesson_number(double value);
/* Reads api and the lesson's id, under that key, of the table at index 1. Raises. */
void lesson_read_id(lua_State *L, const char *what, const char *key, char id[PLAN_NAME_MAX]);
/* The lesson of this script; NULL when it is an experiment or still loading. */
Lesson *lesson_of(const Script *script);

#endif
