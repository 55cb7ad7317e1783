/* The checks of all submissions, each rerun in a fresh worker.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_CHECKS_H
#define WATTLE_APP_GRADING_CHECKS_H

#include "app/grading/grades.h"
#include "app/session/session.h"

/* What the workers are given beside a submission's file. */
typedef struct CheckRun {
	const ScriptFile *lesson;
	const char *grading_name; /* of the grading file; NULL: there is none */
	const char *grading_text;
	const json_t *data;    /* folders of datasets */
	size_t workers;        /* at a time */
	uint64_t memory_bytes; /* of each */
	bool show;             /* how far it is, on stderr */
} CheckRun;

/* The seconds that a check has which has seconds of its own, when timeouts checks of the same
 * student's exercise before it met theirs: less after the first, none after the second. */
double checks_limit(double seconds, size_t timeouts);

/* Settles all marks that are still open. What becomes of a check is never an error; those are
 * signals and workers that cannot be started. */
bool checks_run(Session *session, Grades *grades, const CheckRun *run, Err *err);

#endif
