/* A round of checks: a worker of its own, beside the lesson's, that checks one text of a student.
 * Where one of the checks needs measured joules it has the session's meter, while the lesson's worker
 * measures nothing. It may be killed at any time: whatever becomes of it, there is one check record
 * for each check of the exercise, and an exercise record at the end.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_CHECK_ROUND_H
#define WATTLE_APP_CHECK_ROUND_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/command.h"
#include "app/session/launch.h"
#include "app/session/session.h"
#include "base/err.h"

typedef struct CheckWish {
	const Cli *cli;           /* its flags: those of lesson_job.h */
	const ScriptFile *script; /* the lesson */
	const char *lesson;       /* its id */
	const json_t *step;       /* the exercise, as the lesson record tells it */
	const char *text;         /* to be checked */
	size_t attempts;          /* rounds before this one */
	const Session *session;   /* its meter, and the origin of its clock */
} CheckWish;

typedef struct CheckRound {
	Child child;
	char scratch[PATH_MAX];
	const char *lesson; /* borrowed, as is what the wish pointed to */
	json_t *step;       /* owned; NULL: no round */
	int64_t origin_ns;
	int64_t limit_ns; /* it is killed 1 s after that */
	double seconds;   /* a check may take */
	size_t told;      /* checks */
	double points, of;
	bool late, summed;
	bool died; /* its worker did, and not of the text, as far as anybody can tell */
	char why[ERR_TEXT_MAX]; /* its error record; "": none */
} CheckRound;

/* Begins the round. No round must be running. */
bool check_round_start(CheckRound *round, const CheckWish *wish, Err *err);
bool check_round_running(const CheckRound *round);
/* Gives the records that have come to take (borrowed), and kills what is late. False and *err only
 * when take fails. */
bool check_round_poll(CheckRound *round, bool (*take)(void *, const json_t *, Err *), void *user,
		      Err *err);
/* Ends it, without a word. */
void check_round_stop(CheckRound *round);

#endif
