/* What a student did in a lesson, as a submission: answers from the progress, files from the work
 * folder.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_COLLECT_H
#define WATTLE_APP_GRADING_COLLECT_H

#include "app/grading/submission.h"

/* Whose attempt it is, for the first line. */
typedef struct Collected {
	const char *student;      /* that hands in */
	const char *version;      /* of wattle */
	bool fast;                /* the attempt was in fast mode */
	const char *attempted_by; /* the student of the attempt, whose work folder it is; "" */
} Collected;

/* events: of one attempt (app/lesson/progress.h). A file that is not there is left out; one that
 * cannot be handed in (too long, no text) is an error that names it. To be freed by
 * submission_done in any case. */
bool submission_collect(Submission *out, const json_t *source, const json_t *events,
			const Collected *of, Err *err);

#endif
