/* A round of checks, in parts: round.c runs the checks and tells them, round_student.c calls the
 * student's file, round_helpers.c makes the table t that checks get, round_compare.c is its
 * not_worse.
 *
 * The lesson and the student's file are two scripts in one process. What a check computes with
 * lies in the lesson's state alone; the student's functions get copies and give copies
 * (parcel.h), so that nothing which a student defines runs in the lesson's state.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_ROUND_H
#define WATTLE_SCRIPT_ROUND_H

#include "script/round/exercise.h"
#include "script/lesson/grading.h"
#include "script/round/parcel.h"
#include "script/lesson/serve/serve.h"

#define ROUND_SEEDS_MAX 20
#define ROUND_MESSAGE_MAX 4096 /* bytes of a check's message, its end with them */

typedef enum RoundStatus {
	ROUND_PASS,
	ROUND_FAIL,
	ROUND_ERROR,
	ROUND_TIMEOUT,
	ROUND_SKIPPED
} RoundStatus;

/* What the student's file did in the check that runs. */
typedef struct RoundCall {
	char name[LESSON_NAME_MAX]; /* of the last function that came back; "": none did */
	char gave[LESSON_NAME_MAX]; /* the type of its first result */
	Err err;                    /* that a call raised; ERR_NONE: none */
	bool late; /* … without a call: the function has taken a check's whole time before */
} RoundCall;

/* Tables of the round, in the lesson's registry under Round.table. */
enum {
	ROUND_SETUPS = 1, /* what setup returned, by seed from 1 */
	ROUND_MEMO,       /* results of calls by their key: { n =, … } or { error = } */
	ROUND_LATE,  /* functions that took a check's whole time: { seconds =, check = } by name */
	ROUND_MODEL, /* the first model that came back */
};

typedef struct Round {
	Serve serve;
	size_t number; /* of the step */
	Step *step;
	uint64_t seed;
	int64_t attempts;

	Script *student; /* NULL: its file does not load, because of … */
	Err broken;
	bool broken_late; /* loading it took its whole time */
	bool called;      /* its state has run a call: it is loaded afresh before the next one */
	bool stopped;     /* time or memory ended the last call */
	Parcel parcel;
	int table;
	size_t kept; /* calls whose results are kept for the same call again */

	const GradingExtra *extra; /* checks of a grading file, behind the lesson's; or NULL */

	const Check *check; /* that runs */
	size_t index;       /* its number */
	bool is_extra;      /* … in the grading file */
	double seconds;     /* that it may take */
	double seconds_max; /* … of any, as the wish has it */
	RoundStatus status;
	char message[ROUND_MESSAGE_MAX]; /* of what passed: what not_worse found */
	RoundCall call;
	bool in_property; /* its cases are many and each its own: their calls are not kept */
	double reported[EXERCISE_REPORTS_MAX];
	double metric[EXERCISE_METRICS], base[EXERCISE_METRICS];
} Round;

/* --- round.c */
Round *round_of(lua_State *L); /* upvalue 1 */
/* Pushes what setup returned for the seed + offset, made now when it is not there. */
void round_push_setup(lua_State *L, Round *round, size_t offset);

/* --- round_student.c */
/* Loads the student's file; what is wrong with it goes into round->broken. */
void round_open(Round *round, const char *name, const char *text);
/* t.call(name, …) */
int round_call(lua_State *L);

/* --- round_helpers.c */
/* Pushes t. */
void round_push_t(lua_State *L, Round *round);
/* "1,066,440", "0.512"; with more digits where two numbers would read alike. */
void round_numbers(char a[TEMPLATE_VALUE_MAX], char b[TEMPLATE_VALUE_MAX], double x, double y);

/* --- round_compare.c */
int round_not_worse(lua_State *L);
/* One figure of the model or program at index; accuracy on the rows at index `on`. Raises. */
double round_measure(lua_State *L, int index, ExerciseMetric metric, int on);

#endif
