/* The model solutions among the submissions: what they do not pass is no fair check of anybody's.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_MODEL_SOLUTION_H
#define WATTLE_APP_GRADING_MODEL_SOLUTION_H

#include "app/grading/checks.h"

/* Runs the checks on the solutions that lie beside the lesson of row, as those of one student more,
 * into *out (grades_done frees it in any case), and sets Mark.unfair of the marks of grades that
 * they do not pass. Exercises without a solution are left out. False: as checks_run. */
bool model_solution_grade(Grades *out, Session *session, Grades *grades, const CheckRun *run,
			  const json_t *row, Err *err);

#endif
